"""The embedded exchange: its engine without any door, and its stream door with one subscriber."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import subprocess
import sys
from decimal import Decimal
from typing import Any

from benchmarks.clients import harness
from binance_async.simulator import Simulator
from binance_async.simulator.engine import Engine, ExchangeError, NewOrder

SYMBOL = "BTCUSDT"
RICH = {"BTC": Decimal(1_000_000), "USDT": Decimal(10_000_000_000)}
OPEN_ORDERS = 100


class _Clock:
    """Microseconds that pass with every look."""

    def __init__(self) -> None:
        self.now = 1_790_000_000_000_000

    def __call__(self) -> int:
        self.now += 100
        return self.now


def _flow(count: int) -> list[tuple[str, str, str]]:
    """Side, quantity and price of limit orders around one price; about a third of them meet another."""
    chance = random.Random(7)
    orders = []
    for _ in range(count):
        side = chance.choice(("BUY", "SELL"))
        away = chance.gauss(4, 8) * (-1 if side == "BUY" else 1)
        orders.append((side, f"{chance.randrange(1, 50) / 1000:.3f}", f"{60_000 + away:.2f}"))
    return orders


def engine(task: harness.Task) -> None:
    """Limit orders of ten accounts; each cancels its oldest when it has many open."""
    exchange = Engine(now_us=_Clock(), order_limits=())
    house = task["account"] == "house"
    accounts = [exchange.add_account(balances=RICH, house=house) for _ in range(10)]
    flow = _flow(5_000)
    opened: dict[int, list[int]] = {account: [] for account in accounts}

    def operate(times: int) -> None:
        for _ in range(times):
            for index, (side, quantity, price) in enumerate(flow):
                account = accounts[index % 10]
                order = NewOrder(SYMBOL, side, "LIMIT", "GTC", Decimal(quantity), price=Decimal(price))
                number = exchange.submit(account, order) if house else exchange.place(account, order)["orderId"]
                mine = opened[account]
                mine.append(number)
                if len(mine) > OPEN_ORDERS:
                    _withdraw(exchange, account, mine.pop(0), house)

    harness.timed(task, operate, len(flow))


def _withdraw(exchange: Any, account: int, number: int, house: bool) -> None:
    if house:
        exchange.withdraw_order(account, SYMBOL, number)
        return
    with contextlib.suppress(ExchangeError):  # it was filled
        exchange.cancel(account, SYMBOL, order_id=number)


async def stream(task: harness.Task) -> None:
    """Trades to one subscriber over a socket: made by the engine, or one event again and again."""
    async with Simulator(order_limits=()) as exchange:
        swallow = json.dumps({"measure": "swallow", "url": f"{exchange.urls['stream']}/ws/btcusdt@trade"})
        subscriber = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.clients.drain", swallow, stdout=subprocess.DEVNULL
        )
        try:
            await _told(task, exchange)
        finally:
            subscriber.kill()


async def _told(task: harness.Task, exchange: Any) -> None:
    topics = exchange.exchange.topics
    while not topics._topics:  # noqa: ASYNC110 - nobody tells when a subscriber comes
        await asyncio.sleep(0.01)
    (topic,) = topics._topics.values()
    maker, taker = (exchange.engine.add_account(balances=RICH, house=True) for _ in range(2))
    events: list[Any] = []
    exchange.engine.subscribe_market(lambda event: events.append(event.payload()), kind="trade", symbol=SYMBOL)
    for _ in range(20):  # enough to buy from until the end
        sell = NewOrder(SYMBOL, "SELL", "LIMIT", "GTC", Decimal(100), price=Decimal(60_000))
        exchange.engine.submit(maker, sell)
    buy = NewOrder(SYMBOL, "BUY", "LIMIT", "IOC", Decimal("0.00100"), price=Decimal(60_000))
    exchange.engine.submit(taker, buy)
    payload = events[0]

    def once() -> None:
        if task["source"] == "engine":
            exchange.engine.submit(taker, buy)
            events.clear()
        else:
            topic.publish(payload)

    meter = harness.Meter({"warm_up": 2_000, **task})
    count, due = 0, meter.due
    while True:
        (session,) = topic.readers()
        while session.wire.buffered > 1_000_000:  # noqa: ASYNC110 - nor when it has read
            await asyncio.sleep(0)
        for _ in range(100):
            once()
        await asyncio.sleep(0)
        count += 100
        if count >= due:
            due = meter.mark(count)


if __name__ == "__main__":
    harness.main(engine=engine, stream=stream)
