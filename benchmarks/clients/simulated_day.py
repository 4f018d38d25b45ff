"""A day of simulated trading on virtual time: what the process holds in memory after each quarter of it.

Twenty symbols whose books live, and a client with a user: who reads the trades of one symbol, places an order a
minute, cancels the oldest and hears of all of it. What the exchange remembers is bounded by numbers; they are chosen
here so that even the quietest symbol reaches them within the first quarter.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections import Counter, deque
from decimal import Decimal
from typing import Any

from benchmarks.clients import harness
from binance_async import Binance, Rejected
from binance_async.net.virtual import run_virtual
from binance_async.simulator import LivingMarket, Simulator
from binance_async.simulator.engine import Bounds
from binance_async.spot import streams

SYMBOL = "BTCUSDT"
QUARTERS = 4
LEVELS = 100
PAUSE = 60.0
"""Seconds between two orders of the user's."""
OPEN_ORDERS = 10


def _bounds(hours: float) -> Bounds:
    """What is reached in a quarter of so many hours."""
    most = max(int(20 * hours), 8)
    return Bounds(
        trades=most, account_trades=most, klines=max(int(2.5 * hours), 2), finished_orders=most // 2, records=most
    )


async def _trade(binance: Binance, done: Counter[str]) -> None:
    """Orders at the best prices, in turn on either side; the oldest is taken away when there are many."""
    mine: deque[int] = deque()
    for side in itertools.cycle(("BUY", "SELL")):
        await asyncio.sleep(PAUSE)
        best = await binance.spot.ticker_book(SYMBOL)
        price = best.bid_price if side == "BUY" else best.ask_price
        order = await binance.spot.place_order(
            SYMBOL, side, "LIMIT", time_in_force="GTC", quantity=Decimal("0.001"), price=price
        )
        done["orders"] += 1
        mine.append(order.order_id)
        if len(mine) > OPEN_ORDERS:
            with contextlib.suppress(Rejected):  # it was filled
                await binance.spot.cancel_order(SYMBOL, order_id=mine.popleft())


async def _follow(subscription: Any, name: str, done: Counter[str]) -> None:
    async with subscription as events:
        async for _ in events:
            done[name] += 1


async def live(hours: float, *, rate: float, symbols: int) -> dict[str, Any]:
    """Trade for so many hours; MiB in memory after each quarter, and what was done."""
    market, done, resident = LivingMarket(rate, levels=LEVELS), Counter[str](), list[float]()
    async with (
        Simulator(transport="memory", symbols=symbols, market=market, bounds=_bounds(hours)) as exchange,
        Binance(exchange.credentials, environment=exchange.environment) as binance,
    ):
        work = (
            _trade(binance, done),
            _follow(binance.spot.user_data(symbols=[SYMBOL]), "account events", done),
            _follow(binance.spot.stream(streams.trade(SYMBOL)), "trades", done),
        )
        tasks = [asyncio.ensure_future(each) for each in work]
        for _ in range(QUARTERS):
            ended, _ = await asyncio.wait(tasks, timeout=hours * 3_600 / QUARTERS, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                task.result()  # none of them ends but by an error
            resident.append(harness.resident() / 2**20)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return {"resident_mib": resident, "done": {**done, **market.counters(exchange.exchange)}}


def day(task: harness.Task) -> None:
    """The whole of it, and its CPU time."""
    began = time.process_time()
    found = run_virtual(live(task["hours"], rate=task["rate"], symbols=task["symbols"]))
    harness.finish({**found, "cpu": time.process_time() - began})


if __name__ == "__main__":
    harness.main(day=day)
