"""Market streams under any sequence of events: connect, kill, rotate, add, drop, block, expire, outage, slow readers.

Whatever comes in whatever order, of each stream that a consumer has he is told every trade, once and in order, or
there is a `Gap` in its place; a loss is told to everybody once; and who waits for a stream is told in the end.
The run of CI is always the same; with `MACHINE_EXAMPLES` and `MACHINE_STEPS` it is larger, and another one each time.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from binance_async import Binance, Timings
from binance_async.core.events import Gap, GapCause
from binance_async.errors import BinanceError
from binance_async.net.virtual import VirtualLoop
from binance_async.session.market import Shard
from binance_async.session.stream_connection import Held
from binance_async.simulator import Simulator
from binance_async.simulator.actions import (
    Close,
    Delay,
    DelayAck,
    DropAck,
    EndFile,
    HalfOpen,
    RefuseControl,
    RefuseHandshake,
    Reset,
    Shutdown,
    SlowHandshake,
    Unreachable,
)
from binance_async.spot import streams
from tests.scenarios.connection.kit import Trader

SYMBOLS = ("AAAUSDT", "BBBUSDT", "CCCUSDT", "DDDUSDT")
FIRST = SYMBOLS[0]
"""Somebody has this one all the time, so that the connection is never given up."""
KILLS = [Reset(), EndFile(), Close(1000), Close(1001), Close(1008, "policy"), Close(1011), Close(1012)]
HINDRANCES: list[tuple[Any, dict[str, Any]]] = [
    (RefuseHandshake(503), {"opening": "*"}),
    (SlowHandshake(3.0), {"opening": "*"}),
    (HalfOpen(), {"opening": "*"}),
    (Reset(), {"opened": "*"}),
    (Reset(), {"control": "SUBSCRIBE"}),
    (DropAck(), {"control": "*"}),
    (DropAck(obey=True), {"control": "*"}),
    (DelayAck(2.0), {"control": "*"}),
    (RefuseControl(7, "Try again."), {"control": "SUBSCRIBE"}),
]
TIMINGS = Timings(connect_period=20.0, stable=5.0)
QUIET = 120.0
"""So long after the last fault everything has come back."""


def stream_of(symbol: str) -> str:
    return f"{symbol.lower()}@trade"


@dataclass
class Stretch:
    """A stretch of a consumer's events in which he had a stream."""

    symbol: str
    after: int
    """Trades of the symbol before it began."""
    begin: int
    """Where it begins among the events that were seen."""
    end: int | None = None


@dataclass
class Consumer:
    """A subscription and all that was seen of it."""

    market: Any
    seen: list[Any] = field(default_factory=list)
    has: dict[str, Stretch] = field(default_factory=dict)
    had: list[Stretch] = field(default_factory=list)
    reader: asyncio.Task[None] | None = None
    busy: asyncio.Task[None] | None = None
    """Opening, or adding a stream."""
    closed: bool = False

    @property
    def settled(self) -> bool:
        return not self.closed and (self.busy is None or self.busy.done())

    def read(self) -> None:
        self.reader = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        async for event in self.market:
            self.seen.append(event)

    def leaves(self, symbol: str) -> None:
        stretch = self.has.pop(symbol)
        stretch.end = len(self.seen)
        self.had.append(stretch)


class Market(RuleBasedStateMachine):
    """One exchange, one client, its consumers."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=VirtualLoop)
        self.stack = AsyncExitStack()
        self.trades: dict[str, list[int]] = {symbol: [] for symbol in SYMBOLS}
        self.consumers: list[Consumer] = []
        self.complaints: list[Any] = []

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    @initialize(latency=st.sampled_from([0.0, 0.02, 0.3]))
    def begin(self, latency: float) -> None:
        async def main() -> None:
            asyncio.get_running_loop().set_exception_handler(lambda _, context: self.complaints.append(context))
            exchange = Simulator(seed=1, transport="memory", symbols=list(SYMBOLS))
            self.exchange = await self.stack.enter_async_context(exchange)
            assert exchange.network is not None
            for link in exchange.network.links.values():
                link.latency = lambda: latency
            self.trader = Trader(exchange)
            for symbol in SYMBOLS:
                exchange.engine.subscribe_market(self._traded(symbol), kind="trade", symbol=symbol)
            client = Binance(environment=exchange.environment, timings=TIMINGS)
            self.binance = await self.stack.enter_async_context(client)
            self._open(1_000_000, "drop_oldest", [FIRST])
            await asyncio.sleep(2)

        self.run(main())

    def _traded(self, symbol: str) -> Callable[[Any], None]:
        return lambda event: self.trades[symbol].append(event.payload()["t"])

    # What the users do

    def _open(self, bound: int, policy: Any, symbols: list[str]) -> None:
        market = self.binance.spot.stream(*map(streams.trade, symbols), bound=bound, policy=policy)
        consumer = Consumer(market)
        self.consumers.append(consumer)
        consumer.busy = asyncio.ensure_future(self._have(consumer, symbols, market.open()))

    async def _have(self, consumer: Consumer, symbols: list[str], asking: Coroutine[Any, Any, None]) -> None:
        begin = len(consumer.seen)
        try:
            await asking
        except BinanceError:
            return
        for symbol in symbols if not consumer.closed else ():
            consumer.has[symbol] = Stretch(symbol, len(self.trades[symbol]), begin)
        if consumer.reader is None:
            consumer.read()

    @rule(symbols=st.sets(st.sampled_from(SYMBOLS), min_size=1), bound=st.sampled_from([3, 1_000_000]))
    def connect(self, symbols: set[str], bound: int) -> None:
        async def main() -> None:
            self._open(bound, "drop_oldest", sorted(symbols))
            await asyncio.sleep(0)

        self.run(main())

    @precondition(lambda self: len(self.consumers) > 1)
    @rule(which=st.integers(0, 1_000), symbol=st.sampled_from(SYMBOLS))
    def add(self, which: int, symbol: str) -> None:
        consumer = self._one(which)
        if not consumer.settled or not consumer.has or symbol in consumer.has:
            return

        async def main() -> None:
            consumer.busy = asyncio.ensure_future(
                self._have(consumer, [symbol], consumer.market.add(streams.trade(symbol)))
            )
            await asyncio.sleep(0)

        self.run(main())

    @precondition(lambda self: len(self.consumers) > 1)
    @rule(which=st.integers(0, 1_000), place=st.integers(0, 3))
    def drop(self, which: int, place: int) -> None:
        consumer = self._one(which)
        if not consumer.settled or len(consumer.has) < 2:
            return
        symbol = list(consumer.has)[place % len(consumer.has)]

        async def main() -> None:
            await consumer.market.drop(streams.trade(symbol))
            for _ in range(1 + consumer.market.queued):
                await asyncio.sleep(0)
            consumer.leaves(symbol)

        self.run(main())

    @precondition(lambda self: len(self.consumers) > 1)
    @rule(which=st.integers(0, 1_000))
    def disconnect(self, which: int) -> None:
        consumer = self._one(which)
        consumer.closed = True

        async def main() -> None:
            await consumer.market.close()
            await asyncio.sleep(0.01)
            for symbol in list(consumer.has):
                consumer.leaves(symbol)

        self.run(main())

    @precondition(lambda self: len(self.consumers) > 1)
    @rule(which=st.integers(0, 1_000))
    def cancel(self, which: int) -> None:
        """Whoever waits for a stream waits no more. What was not open then is closed; what was goes on."""
        consumer = self._one(which)

        async def main() -> None:
            if consumer.busy is not None and not consumer.busy.done():
                consumer.busy.cancel()
                consumer.closed = consumer.reader is None
                await asyncio.wait({consumer.busy})

        self.run(main())

    def _one(self, which: int) -> Consumer:
        return self.consumers[1 + which % (len(self.consumers) - 1)]

    # What happens

    @rule(symbol=st.sampled_from(SYMBOLS), count=st.integers(1, 5), apart=st.sampled_from([0.0, 0.01, 0.4]))
    def trade(self, symbol: str, count: int, apart: float) -> None:
        async def main() -> None:
            for _ in range(count):
                self.trader.trade(symbol)
                await asyncio.sleep(apart)

        self.run(main())

    @rule(seconds=st.sampled_from([0.01, 0.2, 1.0, 6.0, 20.0]), busy=st.booleans())
    def time_passes(self, seconds: float, busy: bool) -> None:
        async def main() -> None:
            for _ in range(10):
                if busy:
                    for symbol in SYMBOLS:
                        self.trader.trade(symbol)
                await asyncio.sleep(seconds / 10)

        self.run(main())

    @rule(kill=st.sampled_from([*KILLS, HalfOpen()]), after=st.sampled_from([0.0, 0.02, 0.3]))
    def kill(self, kill: Any, after: float) -> None:
        async def main() -> None:
            self.exchange.faults.at(after, kill, door="stream")
            await asyncio.sleep(after)

        self.run(main())

    @rule(after=st.sampled_from([0.1, 1.0, 30.0]))
    def expire(self, after: float) -> None:
        async def main() -> None:
            self.exchange.faults.now(Shutdown(after=after), door="stream")
            await asyncio.sleep(0)

        self.run(main())

    @rule()
    def rotate(self) -> None:
        async def main() -> None:
            for shard in self.binance.spot._hub.shards:
                shard.link.rotate()
            await asyncio.sleep(0)

        self.run(main())

    @rule(hindrance=st.sampled_from(HINDRANCES), times=st.integers(1, 2))
    def hinder(self, hindrance: tuple[Any, dict[str, Any]], times: int) -> None:
        action, where = hindrance
        self.exchange.faults.add(action, times=times, door="stream", **where)

    @rule(seconds=st.sampled_from([0.1, 0.7]))
    def delay(self, seconds: float) -> None:
        """All events of the newest connection come late, in their order: the old one is ahead."""
        newest = len(self.exchange.history.connections("stream"))
        self.exchange.faults.add(Delay(seconds), event="*", connection=newest)

    @rule(seconds=st.sampled_from([1.0, 6.0, 30.0]))
    def block(self, seconds: float) -> None:
        async def main() -> None:
            loop: Any = asyncio.get_running_loop()
            loop._now += seconds
            await asyncio.sleep(0)

        self.run(main())

    @rule(seconds=st.sampled_from([0.5, 5.0]))
    def outage(self, seconds: float) -> None:
        async def main() -> None:
            self.exchange.faults.now(Unreachable(seconds))
            await asyncio.sleep(0)

        self.run(main())

    # What always holds

    @invariant()
    def everything_is_told_once_or_in_a_gap(self) -> None:
        for consumer in self.consumers:
            market = consumer.market
            assert market.received == market.delivered + market.dropped + market.conflated + market.queued
            for stretch in (*consumer.has.values(), *consumer.had):
                self._check(consumer, stretch)

    def _check(self, consumer: Consumer, stretch: Stretch) -> int | None:
        """Which trade (of all of the symbol) was told last; None if a gap was, or nothing."""
        known = {trade: place for place, trade in enumerate(self.trades[stretch.symbol])}
        last: int | None = stretch.after - 1
        before = -1
        for event in consumer.seen[stretch.begin : stretch.end]:
            if isinstance(event, Gap):
                if not event.streams or stream_of(stretch.symbol) in event.streams:
                    last = None
            elif event.symbol == stretch.symbol:
                place = known[event.trade_id]
                assert place > before, f"{stretch.symbol}: trade {place} comes after {before}"
                assert last is None or place <= last + 1, f"{stretch.symbol}: {last} is followed by {place}, silently"
                last = before = place
        return last

    @invariant()
    def nothing_waits_on_a_dead_socket(self) -> None:
        if hasattr(self, "binance"):
            for shard in self.binance.spot._hub.shards:
                for connection in shard._connections:
                    assert not connection.closed.done() or connection.pending == {}

    def teardown(self) -> None:
        if not hasattr(self, "binance"):
            self.runner.close()
            return

        async def main() -> None:
            self.exchange.faults.clear()
            await asyncio.sleep(QUIET)
            for symbol in SYMBOLS:  # one by one, for those who can hold but few
                self.trader.trade(symbol)
                await asyncio.sleep(1)
            self._everybody_has_the_last()
            self._losses_are_told_once()
            await self.stack.aclose()
            for consumer in self.consumers:
                if consumer.reader is not None:
                    await consumer.reader
            await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}
            assert self.complaints == []

        try:
            self.run(main())
        finally:
            self.runner.close()

    def _everybody_has_the_last(self) -> None:
        self.everything_is_told_once_or_in_a_gap()
        for consumer in self.consumers:
            assert consumer.busy is None or consumer.busy.done(), "somebody waits for ever"
            if consumer.busy is not None and not consumer.busy.cancelled():
                consumer.busy.result()
            for symbol, stretch in consumer.has.items():
                told = self._check(consumer, stretch)
                assert told == len(self.trades[symbol]) - 1, f"{symbol}: {told} is the last, {len(self.trades[symbol])}"

    def _losses_are_told_once(self) -> None:
        """To the one who was there all the time. A stream that fell silent may be renewed without a loss."""
        causes = Counter(event.cause for event in self.consumers[0].seen if isinstance(event, Gap))
        link = self.binance.spot._hub.shards[0].link
        lost = causes[GapCause.DISCONNECTED]
        assert lost <= link.losses <= lost + causes[GapCause.SILENT], f"{link.losses} losses and {causes}"
        assert causes[GapCause.ROTATED] <= link.rotations


Market.TestCase.settings = settings(
    max_examples=int(os.environ.get("MACHINE_EXAMPLES", "40")),
    stateful_step_count=int(os.environ.get("MACHINE_STEPS", "20")),
    deadline=None,
    derandomize="MACHINE_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
TestMarket = Market.TestCase


@pytest.mark.parametrize("fault", ["a gap that is not told", "an event that is told twice"])
def test_the_machine_sees(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if fault == "a gap that is not told":
        monkeypatch.setattr(Shard, "announce", lambda *_: None)
    else:
        monkeypatch.setattr(Held, "news", lambda self: self.messages)
    few = settings(
        Market.TestCase.settings, max_examples=600, phases=(Phase.generate,), derandomize=True, database=None
    )
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Market, settings=few)
