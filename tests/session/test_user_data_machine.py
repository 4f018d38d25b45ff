"""User data under any sequence of events: connect, kill, rotate, expire, order, cancel, block, outage, a lazy reader.

Whatever comes in whatever order, over each route: every trade of the account is told once, every order and balance
ends as the exchange has it, no order goes backwards, what the stream did not tell lies within a `Gap`, and an outage
has one. The run of CI is always the same; with
`MACHINE_EXAMPLES` and `MACHINE_STEPS` it is larger, and another one each time.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace
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
from binance_async.core.account_state import AccountState
from binance_async.core.events import Gap, GapCause
from binance_async.errors import BinanceError
from binance_async.net.virtual import VirtualLoop
from binance_async.simulator import Simulator
from binance_async.simulator.actions import (
    Close,
    Delay,
    Double,
    EndFile,
    EndSubscriptions,
    ExpireListenKeys,
    HalfOpen,
    Lag,
    LoseReply,
    Refuse,
    RefuseHandshake,
    Reset,
    Shutdown,
    SlowReply,
    Unreachable,
)
from tests.chaos.account_truth import never_backwards
from tests.scenarios.user_data.account_scene import LIMITS, PRICE, RICH, ROUTES, Scene

KILLS = [Reset(), EndFile(), Close(1000), Close(1001), Close(1008, "policy"), Close(1011), Close(1012)]
TIMINGS = replace(Timings(), audit=90.0, connect_period=20.0, stable=5.0)
BOUND = 200
LATEST = 600.0
"""By then an outage is over, however often connections were refused."""


class Account(RuleBasedStateMachine):
    """One exchange, one client, one account and whoever listens to it."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=VirtualLoop)
        self.stack = AsyncExitStack()
        self.resting: list[int] = []
        self.rested = 0
        self.complaints: list[Any] = []
        self.callers: list[asyncio.Task[Any]] = []
        self.judged = 0

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    @initialize(route=st.sampled_from([*ROUTES]), latency=st.sampled_from([0.0, 0.02, 0.2]))
    def begin(self, route: str, latency: float) -> None:
        async def main() -> None:
            asyncio.get_running_loop().set_exception_handler(lambda _, context: self.complaints.append(context))
            way = dict(ROUTES[route])
            key = way.pop("key")
            options: dict[str, Any] = {"order_limits": LIMITS, "balances": RICH, "seed": 1, **way}
            exchange = Simulator(transport="memory", symbols=["BTCUSDT", "ETHUSDT"], **options)
            await self.stack.enter_async_context(exchange)
            assert exchange.network is not None
            for link in exchange.network.links.values():
                link.latency = lambda: latency
            await asyncio.sleep(60)  # there is nothing before the ledger's beginning for a read that lags
            client = Binance(exchange.keys[key].credentials, environment=exchange.environment, timings=TIMINGS)
            binance = await self.stack.enter_async_context(client)
            self.door = "stream" if route in ("listen_key", "us") else "ws_api"
            self.ended: Any = ExpireListenKeys() if self.door == "stream" else EndSubscriptions()
            self.scene = Scene(exchange, binance, "us" if route == "us" else "spot")
            self.faults = exchange.faults
            await self.stack.enter_async_context(self.scene.listening(symbols=["BTCUSDT"], bound=BOUND))

        self.run(main())

    @property
    def account(self) -> Any:
        return self.scene.account

    # What happens to the account

    @rule(what=st.lists(st.sampled_from(["trade", "rest", "expire", "deposit"]), min_size=1, max_size=6))
    def something_happens(self, what: list[str]) -> None:
        async def main() -> None:
            for each in what:
                if each == "rest":
                    self.rested += 1  # each lower than the one before, so that the first is the best
                    self.resting.append(self.scene.place(price=PRICE - 200 - self.rested))
                elif each == "deposit":
                    self.scene.engine.deposit(self.scene.mine, "USDT", Decimal(5))
                else:
                    getattr(self.scene, each)()
            await asyncio.sleep(0)

        self.run(main())

    @precondition(lambda self: self.resting)
    @rule(which=st.integers(0, 1_000))
    def cancel(self, which: int) -> None:
        async def main() -> None:
            self.scene.cancel(self.resting.pop(which % len(self.resting)))
            await asyncio.sleep(0)

        self.run(main())

    @precondition(lambda self: self.resting)
    @rule(quantity=st.sampled_from(["0.004", "0.01"]))
    def fill(self, quantity: str) -> None:
        """The best of them, in part or whole."""

        async def main() -> None:
            best = self.resting[0]
            order = self.scene.engine.order(self.scene.mine, "BTCUSDT", order_id=best)
            self.scene.fill(order["price"], quantity=quantity)
            order = self.scene.engine.order(self.scene.mine, "BTCUSDT", order_id=best)
            if order["status"] == "FILLED":
                self.resting.pop(0)
            await asyncio.sleep(0)

        self.run(main())

    @rule(count=st.sampled_from([30, 150]))
    def a_flood(self, count: int) -> None:
        async def main() -> None:
            for _ in range(count):
                self.scene.trade(quantity="0.001")
                await asyncio.sleep(0.001)

        self.run(main())

    # What the user does

    @rule(reply=st.sampled_from([None, LoseReply("reset"), SlowReply(2.0)]))
    def order(self, reply: Any) -> None:
        async def place() -> None:
            try:
                await self.scene.calls.place_order(
                    "BTCUSDT", "BUY", "LIMIT", time_in_force="IOC", quantity="0.01", price="50000"
                )
            except BinanceError:
                return

        async def main() -> None:
            if reply is not None:
                self.faults.add(reply, call="place_order", times=1)
            self.callers.append(asyncio.ensure_future(place()))
            await asyncio.sleep(0)

        self.run(main())

    @rule()
    def stop_reading(self) -> None:
        async def main() -> None:
            if self.scene.reader is not None:
                self.scene.reader.cancel()
                await asyncio.wait({self.scene.reader})
                self.scene.reader = None

        self.run(main())

    @rule()
    def read_again(self) -> None:
        async def main() -> None:
            if self.scene.reader is None:
                self.scene.read()
            await asyncio.sleep(0)

        self.run(main())

    # What goes wrong

    @rule(seconds=st.sampled_from([0.01, 0.2, 1.0, 6.0, 30.0, 100.0]))
    def time_passes(self, seconds: float) -> None:
        self.run(asyncio.sleep(seconds))

    @rule(kill=st.sampled_from([*KILLS, HalfOpen()]), after=st.sampled_from([0.0, 0.02, 0.3]))
    def kill(self, kill: Any, after: float) -> None:
        async def main() -> None:
            self.faults.at(after, kill, door=self.door)
            await asyncio.sleep(after)

        self.run(main())

    @rule()
    def expire(self) -> None:
        async def main() -> None:
            self.faults.now(self.ended)
            await asyncio.sleep(0)

        self.run(main())

    @rule(after=st.sampled_from([0.1, 30.0]))
    def shutdown(self, after: float) -> None:
        async def main() -> None:
            self.faults.now(Shutdown(after=after), door=self.door)
            await asyncio.sleep(0)

        self.run(main())

    @rule()
    def rotate(self) -> None:
        async def main() -> None:
            self.account.link.rotate()
            await asyncio.sleep(0)

        self.run(main())

    @rule(kill=st.sampled_from(KILLS))
    def one_outage(self, kill: Any) -> None:
        """From the loss until all is told again: one gap."""

        async def main() -> None:
            await self.scene.until(lambda: self.account.live or self.scene.reader is None, LATEST)
            if not self.account.live or self.account.queued or self.scene.reader is None:
                return
            gaps = self.account.gaps
            carrier = self.account.link.current
            self.faults.now(kill, door=self.door)
            await self.scene.until(lambda: self.account.gaps > gaps and self.account.live, LATEST)
            assert self.account.gaps == gaps + 1
            assert self.account.link.current is not carrier

        self.run(main())

    @rule(seconds=st.sampled_from([1.0, 6.0, 30.0]))
    def block(self, seconds: float) -> None:
        async def main() -> None:
            loop: Any = asyncio.get_running_loop()
            loop._now += seconds
            await asyncio.sleep(0)

        self.run(main())

    @rule(seconds=st.sampled_from([0.5, 5.0, 20.0]))
    def outage(self, seconds: float) -> None:
        async def main() -> None:
            self.faults.now(Unreachable(seconds))
            await asyncio.sleep(0)

        self.run(main())

    @rule(
        fault=st.sampled_from([Lag(3.0), Lag(40.0), Refuse(503), LoseReply("reset"), SlowReply(3.0)]),
        call=st.sampled_from(["open_orders", "all_orders", "my_trades", "account", "order"]),
        times=st.integers(1, 3),
    )
    def trouble_reads(self, fault: Any, call: str, times: int) -> None:
        self.faults.add(fault, call=call, times=times)

    @rule(fault=st.sampled_from([Double(), Double(2.0), Double(30.0), Delay(0.5)]), times=st.integers(1, 5))
    def trouble_events(self, fault: Any, times: int) -> None:
        if isinstance(fault, Delay):  # on one connection events do not overtake each other
            newest = len(self.scene.exchange.history.connections(self.door))
            self.faults.add(fault, stream="user", connection=newest)
        else:
            self.faults.add(fault, event="executionReport", times=times)

    @rule(times=st.integers(1, 3))
    def refuse_connections(self, times: int) -> None:
        self.faults.add(RefuseHandshake(503), opening="*", times=times)

    # What always holds

    @invariant()
    def no_trade_is_told_twice_and_none_is_invented(self) -> None:
        if not hasattr(self, "scene") or len(self.scene.seen) == self.judged:
            return
        self.judged = len(self.scene.seen)
        reports = [event for event in self.scene.seen if getattr(event, "execution_type", None) is not None]
        never_backwards(reports)
        told = Counter(r.trade_id for r in reports if str(r.execution_type) == "TRADE" and r.trade_id >= 0)
        assert max(told.values(), default=0) <= 1
        assert told.keys() <= {trade for _, trade, _ in self.scene.truth.trades}

    @invariant()
    def memory_is_bounded(self) -> None:
        if hasattr(self, "scene"):
            assert len(self.account._held) <= BOUND

    def teardown(self) -> None:
        if not hasattr(self, "scene"):
            self.runner.close()
            return

        async def main() -> None:
            self.faults.clear()
            if self.scene.reader is None:
                self.scene.read()
            await asyncio.sleep(300)
            for caller in self.callers:
                assert caller.done(), "a caller waits for ever"
                caller.result()
            self.scene.live_a_little()
            await asyncio.sleep(200)
            assert self.scene.reader is not None
            assert not self.scene.reader.done(), self.scene.reader.exception()
            self.scene.check(gaps=None)
            self._an_outage_has_one_gap()
            await self.stack.aclose()
            await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}
            assert self.complaints == []

        try:
            self.run(main())
        finally:
            self.runner.close()

    def _an_outage_has_one_gap(self) -> None:
        """A loss before the gap of one before it was told belongs to the same outage."""
        causes = Counter(gap.cause for gap in self.scene.gaps)
        link = self.account.link
        assert causes[GapCause.DISCONNECTED] + causes[GapCause.EXPIRED] <= link.losses
        assert causes[GapCause.ROTATED] <= link.rotations
        assert bool(link.losses) <= bool(self.scene.gaps)
        assert self.scene.gaps == sorted(self.scene.gaps, key=lambda gap: gap.to_time or 0)
        assert all(isinstance(gap, Gap) and gap.reconciled for gap in self.scene.gaps)


Account.TestCase.settings = settings(
    max_examples=int(os.environ.get("MACHINE_EXAMPLES", "25")),
    stateful_step_count=int(os.environ.get("MACHINE_STEPS", "20")),
    deadline=None,
    derandomize="MACHINE_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
TestAccount = Account.TestCase


def test_the_machine_sees_a_gap_that_was_not_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AccountState, "missed", lambda *_: [])
    few = settings(
        Account.TestCase.settings, max_examples=30, phases=(Phase.generate,), derandomize=True, database=None
    )
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Account, settings=few)
