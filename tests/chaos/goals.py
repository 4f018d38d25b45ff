"""The goals of the specification, each a function of a size and a seed that returns figures or raises `Broken`.

Everything runs on the virtual clock and the in-memory network, so a failed run replays from its seed.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from binance_async import Binance, Timings
from binance_async.core.events import Gap
from binance_async.simulator import Simulator
from binance_async.simulator.actions import Close, EndFile, Freeze, HalfOpen, Reset
from binance_async.spot import events, streams
from tests.chaos.load import Load

Figures = dict[str, Any]


class Broken(AssertionError):
    """A goal was not reached."""


def demand(condition: bool, text: str | Callable[[], str]) -> None:
    """Raise if not; a text that takes work is a function."""
    if not condition:
        raise Broken(text if isinstance(text, str) else text())


QUICK = Timings(
    rotate_after=2.0,
    rotate_jitter=0.4,
    overlap=0.5,
    drain=1.0,
    ping_interval=1.0,
    pong_timeout=0.4,
    settle=0.5,
    audit=1e6,
    connect_period=1.0,
    stable=1.0,
    send_interval=0.25,
)
"""The client's durations, shortened: a hand-over every two seconds."""


async def collect(source: Any, into: list[Any]) -> None:
    """Everything that comes."""
    async for event in source:
        into.append(event)  # noqa: PERF401 - as they come


def duplicates(values: list[Any]) -> list[Any]:
    """What comes more than once."""
    return [value for value, count in Counter(values).items() if count > 1]


async def rotation(size: int, seed: int) -> Figures:
    """G1: planned hand-overs under load lose nothing and double nothing."""
    timings = replace(QUICK)
    async with Simulator(seed=seed, transport="memory", symbols=["BTCUSDT"]) as exchange:
        load = Load(exchange, seed, market_rate=500, user_rate=100)
        load.fill_book(50)
        credentials = exchange.keys["ed25519"].credentials
        async with Binance(credentials, environment=exchange.environment, timings=timings) as binance:
            market_seen: list[Any] = []
            user_seen: list[Any] = []
            market = binance.spot.stream(
                streams.trade("BTCUSDT"), streams.book_ticker("BTCUSDT"), streams.depth("BTCUSDT", speed="100ms"),
                bound=10**6,
            )  # fmt: skip
            async with market, binance.spot.user_data() as account:
                readers = [
                    asyncio.ensure_future(collect(market, market_seen)),
                    asyncio.ensure_future(collect(account, user_seen)),
                ]
                first_trade = len(load.trades)
                first_report = len(load.reports)
                market_link = binance.spot._hub.shards[0].link
                while min(market_link.rotations, account.link.rotations) < size:
                    await load.run(0.5)
                await asyncio.sleep(2)
                connections = len(exchange.history.connections())
                for reader in readers:
                    reader.cancel()
                truth = load.trades[first_trade:]
                seen = [event.trade_id for event in market_seen if isinstance(event, events.Trade)]
                updates = [event for event in market_seen if isinstance(event, events.DepthUpdate)]
                reports = [event.execution_id for event in user_seen if isinstance(event, events.ExecutionReport)]
                ledger = [report["I"] for report in load.reports[first_report:]]
                gaps = [event for event in (*market_seen, *user_seen) if isinstance(event, Gap)]
                demand(not gaps, f"{len(gaps)} gaps were announced in planned hand-overs: {gaps[:1]}")
                demand(seen == truth, lambda: f"trades: {_difference(seen, truth)}")
                demand(reports == ledger, lambda: f"reports: {_difference(reports, ledger)}")
                for before, after in itertools.pairwise(updates):
                    demand(
                        after.first_update_id == before.final_update_id + 1,
                        f"depth: {before.final_update_id} is followed by {after.first_update_id}",
                    )
                return {
                    "rotations": market_link.rotations + account.link.rotations,
                    "trades": len(truth),
                    "depth updates": len(updates),
                    "reports": len(ledger),
                    "connections": connections,
                    "lost": 0,
                    "doubled": 0,
                }


def _difference(seen: list[Any], truth: list[Any]) -> str:
    missing, extra = sorted(set(truth) - set(seen)), sorted(set(seen) - set(truth))
    return (
        f"{len(seen)} seen, {len(truth)} happened; missing {missing[:5]} ({len(missing)}), "
        f"doubled {duplicates(seen)[:5]}, invented {extra[:5]}, in order: {seen == sorted(seen)}"
    )


KILLS = {
    Reset(): 0.0,
    EndFile(): 0.0,
    HalfOpen(): QUICK.ping_interval + QUICK.pong_timeout,
    Freeze(5.0): 5.0,
    Close(1000): 0.0,
    Close(1001): 0.0,
    Close(1008, "policy"): 0.0,
    Close(1011): 0.0,
    Close(1012): 5.0,
    Close(1013): 10.0,
}
"""How a connection can end, and for how long it then stays out of reach: until the loss can be noticed at all, the link
moves again, or the close code's own wait (a restart is spread over 5 s, "try again later" over 5 to 10 s) is over."""


async def kills(size: int, seed: int) -> Figures:
    """G2: unplanned losses under load; state equal, one gap an outage, quick recovery."""
    timings = replace(QUICK, rotate_after=1e6, rotate_jitter=0.0)
    chance = random.Random(seed)
    async with Simulator(seed=seed, transport="memory", symbols=["BTCUSDT"]) as exchange:
        load = Load(exchange, seed, user_rate=500)
        load.fill_book(50)
        credentials = exchange.keys["ed25519"].credentials
        async with Binance(credentials, environment=exchange.environment, timings=timings) as binance:
            seen: list[Any] = []
            async with binance.spot.user_data(symbols=["BTCUSDT"]) as account:
                reader = asyncio.ensure_future(collect(account, seen))
                loop = asyncio.get_running_loop()
                started = len(load.reports)
                recoveries: list[float] = []
                by_kind: dict[str, float] = {}
                for _ in range(size):
                    running = asyncio.ensure_future(load.run(1e9))
                    await asyncio.sleep(1)
                    gaps = account.gaps
                    kill = chance.choice(list(KILLS))
                    killed = loop.time()
                    exchange.faults.now(kill, door="ws_api")
                    while account.gaps == gaps:
                        await asyncio.sleep(0.01)
                        demand(loop.time() < killed + 60, f"no gap within 60 s of {kill}")
                    recoveries.append(max(0.0, loop.time() - killed - KILLS[kill]))
                    by_kind[type(kill).__name__] = max(by_kind.get(type(kill).__name__, 0.0), recoveries[-1])
                    await asyncio.sleep(timings.settle + chance.uniform(0.3, 0.6))
                    running.cancel()
                    await asyncio.sleep(10)  # the exchange's weight limit bounds how often anyone can reconcile
                reader.cancel()
                ledger = load.reports[started:]
                reports = [event for event in seen if isinstance(event, events.ExecutionReport)]
                truth = [report["t"] for report in ledger if report["x"] == "TRADE"]
                trades = [report.trade_id for report in reports if report.execution_type == "TRADE"]
                demand(sorted(trades) == sorted(truth), lambda: f"trades: {_difference(trades, truth)}")
                gap_count = sum(isinstance(event, Gap) for event in seen)
                demand(gap_count == size, f"{gap_count} gaps for {size} outages")
                demand(max(recoveries) <= 2.0, f"a recovery took {max(recoveries):.2f} s: {by_kind}")
                final = {report["i"]: (report["X"], report["z"]) for report in ledger}
                told = {report.order_id: (str(report.status), f"{report.executed_qty:.8f}") for report in reports}
                wrong = {i: (told.get(i), state) for i, state in final.items() if told.get(i) != state}
                demand(not wrong, f"{len(wrong)} final orders differ: {list(wrong.items())[:3]}")
                free = account.state.balances
                for asset in ("USDT", "BTC"):
                    truth_of = exchange.engine.balance(load.mine, asset)
                    demand(free[asset] == truth_of, f"{asset}: told {free[asset]}, is {truth_of}")
                return {
                    "kills": size,
                    "reports": len(ledger),
                    "trades": len(truth),
                    "restored": sum(report.source == "rest" for report in reports),
                    "gaps": gap_count,
                    "slowest recovery once reachable, s": round(max(recoveries), 3),
                    "lost": 0,
                    "doubled": 0,
                    "slowest by kind": {kind: round(seconds, 2) for kind, seconds in sorted(by_kind.items())},
                }
