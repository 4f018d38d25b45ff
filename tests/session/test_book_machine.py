"""Order books under any sequence of events: connect, kill, rotate, block, and all that spoils changes and snapshots.

The invariant is the whole promise: a book that can be read equals the exchange's own at that update id, and one that
cannot be trusted cannot be read. When all is quiet each book comes back, and is at the exchange's last id.
The run of CI is always the same; with `MACHINE_EXAMPLES` and `MACHINE_STEPS` it is larger, and another one each time.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from decimal import Decimal
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
from binance_async.core.order_book import OrderBook
from binance_async.errors import BinanceError
from binance_async.net.virtual import VirtualLoop
from binance_async.simulator import Simulator
from binance_async.simulator.actions import (
    Close,
    Delay,
    Double,
    EndFile,
    HalfOpen,
    LoseReply,
    Mutate,
    Mute,
    Refuse,
    ReplaceReply,
    Reset,
    Shutdown,
    SlowReply,
    Swap,
    Unreachable,
)
from tests.chaos.books import DEPTH, WALLS, Market, Run

SYMBOLS = ("AAAUSDT", "BBBUSDT")
KILLS = [Reset(), EndFile(), HalfOpen(), Close(1000), Close(1001), Close(1008, "policy"), Close(1011), Close(1012)]
OF_CHANGES = [
    Mute(), Double(), Double(after=0.35), Double(after=30.0), Swap(), Delay(0.25), Delay(3.0),
    Mutate(set={"b": "nonsense"}), Mutate(set={"U": None}), Mutate(set={"b": [[str(WALLS[1] + 1), "7"]]}),
]  # fmt: skip
OF_SNAPSHOTS = [LoseReply(), LoseReply("close"), Refuse(), ReplaceReply(body="<html>"), SlowReply(0.3), SlowReply(4.0)]
TIMINGS = Timings(connect_period=20.0, stable=5.0)


class Books(RuleBasedStateMachine):
    """One exchange, one client, and books of two symbols."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=VirtualLoop)
        self.stack = AsyncExitStack()
        self.books: list[tuple[Any, Run, Market]] = []
        self.opening: list[asyncio.Task[None]] = []
        self.complaints: list[Any] = []

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    @initialize(family=st.sampled_from(["spot", "us"]), latency=st.sampled_from([0.0, 0.02, 0.15]))
    def begin(self, family: str, latency: float) -> None:
        async def main() -> None:
            asyncio.get_running_loop().set_exception_handler(lambda _, context: self.complaints.append(context))
            exchange = Simulator(seed=1, transport="memory", symbols=list(SYMBOLS), families=(family,))
            self.exchange = await self.stack.enter_async_context(exchange)
            assert exchange.network is not None
            for link in exchange.network.links.values():
                link.latency = lambda: latency
            client = Binance(environment=exchange.environment, timings=TIMINGS)
            self.binance = await self.stack.enter_async_context(client)
            self.family = getattr(self.binance, family)
            self.judges = {numbers: Run(exchange, self.family, numbers, 1) for numbers in (Decimal, float)}
            self.markets = self.judges[Decimal].markets
            for market in self.markets:
                market.build_walls()
                for _ in range(3):
                    market.burst(20)

        self.run(main())

    # What the user does

    @rule(
        which=st.integers(0, 1), numbers=st.sampled_from([Decimal, float]),
        speed=st.sampled_from(["100ms", None]),
    )  # fmt: skip
    def connect(self, which: int, numbers: Any, speed: Any) -> None:
        """Books of one symbol may differ in numbers, and share a stream. All are as deep as the stale snapshots."""
        market = self.markets[which]

        async def main() -> None:
            book = self.family.order_book(market.symbol, depth=DEPTH, numbers=numbers, speed=speed)
            self.books.append((book, self.judges[numbers], market))
            self.opening.append(asyncio.ensure_future(self._open(book)))
            await asyncio.sleep(0)

        if len(self.books) < 6:
            self.run(main())

    async def _open(self, book: Any) -> None:
        """The first connection is tried a few times; who cannot have it is told so, and has no book."""
        try:
            await book.open()
        except BinanceError:
            self.books = [each for each in self.books if each[0] is not book]

    @precondition(lambda self: self.books)
    @rule(which=st.integers(0, 1_000))
    def disconnect(self, which: int) -> None:
        book, _, _ = self.books.pop(which % len(self.books))
        self.run(book.close())
        assert not book.is_synced

    @precondition(lambda self: self.books)
    @rule(which=st.integers(0, 1_000), seconds=st.sampled_from([0.05, 2.0]))
    def wait(self, which: int, seconds: float) -> None:
        """Until it can be read, or the user's patience ends."""
        book = self.books[which % len(self.books)][0]

        async def main() -> None:
            try:
                await book.synced(timeout=seconds)
            except (TimeoutError, BinanceError):
                assert not book.is_synced
            else:
                assert book.is_synced

        self.run(main())

    # What happens

    @rule(bursts=st.integers(1, 6), changes=st.integers(0, 8), apart=st.sampled_from([0.03, 0.1, 1.1]))
    def change(self, bursts: int, changes: int, apart: float) -> None:
        async def main() -> None:
            for _ in range(bursts):
                for market in self.markets:
                    market.burst(changes)
                await asyncio.sleep(apart)
                self.every_read_is_right()

        self.run(main())

    @rule(seconds=st.sampled_from([0.01, 0.3, 1.5, 20.0]))
    def time_passes(self, seconds: float) -> None:
        self.run(asyncio.sleep(seconds))

    @rule(kill=st.sampled_from(KILLS))
    def kill(self, kill: Any) -> None:
        async def main() -> None:
            self.exchange.faults.now(kill, door="stream")
            await asyncio.sleep(0)

        self.run(main())

    @rule(after=st.sampled_from([0.1, 30.0]))
    def expire(self, after: float) -> None:
        async def main() -> None:
            self.exchange.faults.now(Shutdown(after=after), door="stream")
            await asyncio.sleep(0)

        self.run(main())

    @rule()
    def rotate(self) -> None:
        async def main() -> None:
            for shard in self.family._hub.shards:
                shard.link.rotate()
            await asyncio.sleep(0)

        self.run(main())

    @rule(fault=st.sampled_from(OF_CHANGES), which=st.integers(0, 1), times=st.integers(1, 3))
    def spoil_changes(self, fault: Any, which: int, times: int) -> None:
        self.exchange.faults.add(fault, event="depthUpdate", symbol=SYMBOLS[which], times=times)

    @rule(fault=st.sampled_from(OF_SNAPSHOTS), which=st.integers(0, 1), times=st.integers(1, 2))
    def spoil_snapshots(self, fault: Any, which: int, times: int) -> None:
        self.exchange.faults.add(fault, call="depth", symbol=SYMBOLS[which], times=times)

    @rule(which=st.integers(0, 1), times=st.integers(1, 3))
    def stale_snapshots(self, which: int, times: int) -> None:
        market = self.markets[which]
        said = ReplaceReply(body=market.stale_snapshot())
        self.exchange.faults.add(said, call="depth", symbol=market.symbol, times=times)

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
    def every_read_is_right(self) -> None:
        for book, judge, market in self.books:
            if book.is_synced:
                judge._compare(market, book)
            else:
                judge._cannot_be_read(book)

    def teardown(self) -> None:
        if not hasattr(self, "binance"):
            self.runner.close()
            return

        async def main() -> None:
            self.exchange.faults.clear()
            await asyncio.sleep(60)
            for _ in range(60):
                for market in self.markets:
                    market.burst(4)
                await asyncio.sleep(1.1)
                self.every_read_is_right()
            await asyncio.sleep(2)
            self._openings_have_ended()
            for book, _, market in self.books:
                assert book.is_synced, f"{book} does not come back: {book.last_gap}"
                assert book.last_update_id == list(market.books)[-1], f"{book} is behind"
            refused = [record for record in self.exchange.history.requests() if record.status in (418, 429)]
            assert not refused
            await self.stack.aclose()
            await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}
            assert self.complaints == []

        try:
            self.run(main())
        finally:
            self.runner.close()

    def _openings_have_ended(self) -> None:
        for opening in self.opening:
            assert opening.done(), "somebody waits for ever"
            opening.result()


def test_the_machine_sees_a_wrong_book(monkeypatch: pytest.MonkeyPatch) -> None:
    """A keeper that forgets the asks of each change is found out."""
    apply = OrderBook.apply

    def forgetful(self: Any, first: int, last: int, before: Any, bids: Any, _: Any) -> Any:
        return apply(self, first, last, before, bids, [])

    monkeypatch.setattr(OrderBook, "apply", forgetful)
    few = settings(Books.TestCase.settings, max_examples=30, phases=(Phase.generate,), derandomize=True, database=None)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Books, settings=few)


Books.TestCase.settings = settings(
    max_examples=int(os.environ.get("MACHINE_EXAMPLES", "25")),
    stateful_step_count=int(os.environ.get("MACHINE_STEPS", "20")),
    deadline=None,
    derandomize="MACHINE_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
TestBooks = Books.TestCase
