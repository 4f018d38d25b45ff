"""A WebSocket API session under any sequence of events: connect, kill, rotate, order, cancel, expire, block, outage.

Whatever comes in whatever order: every caller is told the truth (by the exchange's history), nothing is sent twice, no
reply goes to another call, and nothing is left behind. `MACHINE_EXAMPLES` and `MACHINE_STEPS` make it larger.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from binance_async.errors import BinanceError, NotSent, Rejected, Unavailable
from binance_async.net.virtual import VirtualLoop
from binance_async.simulator.actions import (
    Close,
    EndFile,
    LateCommit,
    LoseReply,
    Push,
    Refuse,
    Reset,
    Shutdown,
    SlowReply,
    Unreachable,
)
from binance_async.simulator.engine import NewOrder
from tests.chaos.trader import LATEST, open_desk
from tests.chaos.verdicts import Deed, Truth

KILLS = [Reset(), EndFile(), Close(1000), Close(1001), Close(1008, "policy"), Close(1011), Close(1012)]
FAULTS = [
    None, None, None, SlowReply(0.5), SlowReply(4.0), SlowReply(12.0), LoseReply("reset"), LoseReply("silence"),
    LoseReply("unexpected"), LateCommit(3.0), LateCommit(14.0, "close"), LateCommit(1e9), Refuse(503),
    Refuse(400, -1013),
]  # fmt: skip
ENDED_LOG_ON = '{"id":null,"status":401,"error":{"code":-2015,"msg":"Invalid API-key, IP, or permissions."}}'


class Session(RuleBasedStateMachine):
    """One session and its callers."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=VirtualLoop)
        self.stack = AsyncExitStack()
        self.deeds: list[Deed] = []
        self.callers: list[asyncio.Task[Any]] = []
        self.complaints: list[Any] = []
        self.outages = 0

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    @initialize(route=st.sampled_from(["hmac", "ed25519"]), user_stream=st.booleans())
    def begin(self, route: str, user_stream: bool) -> None:
        async def main() -> None:
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(lambda _, context: self.complaints.append(context))
            self.desk = await self.stack.enter_async_context(open_desk(1, route, user_stream=user_stream))
            self.api: Any = self.desk.api
            self.before = len(asyncio.all_tasks())

        self.run(main())
        self.open = True

    # What the user does

    @rule(fault=st.sampled_from(FAULTS), kind=st.sampled_from(["market", "limit", "cancel"]))
    def order(self, fault: Any, kind: str) -> None:
        key = f"deed-{len(self.deeds)}"
        uid = self.desk.exchange.account.uid

        async def main() -> None:
            if kind == "cancel":
                resting = NewOrder("BTCUSDT", "BUY", "LIMIT", "GTC", Decimal("0.01"), price=Decimal(50_000))
                order_id = self.desk.exchange.engine.place(uid, resting)["orderId"]
                deed = Deed("cancel_order", key, order_id, note=str(fault))
                call = lambda: self.api.cancel_order("BTCUSDT", order_id=order_id, new_client_order_id=key)  # noqa: E731
            else:
                more = {"price": 50_000, "time_in_force": "GTC"} if kind == "limit" else {}
                deed = Deed("place_order", key, note=str(fault))
                call = lambda: self.api.place_order(  # noqa: E731
                    "BTCUSDT", "BUY", kind.upper(), quantity="0.001", new_client_order_id=key, **more
                )
            if fault is not None:
                self.desk.exchange.faults.add(fault, call=deed.call, client_order_id=key, writes=True, times=1)
            self.deeds.append(deed)
            self.callers.append(asyncio.ensure_future(deed.do(self.desk.exchange, call)))
            await asyncio.sleep(0)

        self.run(main())

    @rule(price=st.integers(40_000, 50_000), slow=st.sampled_from([0.0, 0.0, 0.2, 3.0, 11.0]))
    def read(self, price: int, slow: float) -> None:
        async def ask(order_id: int) -> None:
            try:
                order = await self.api.order("BTCUSDT", order_id=order_id)
            except (NotSent, Unavailable):
                return
            except Rejected as error:
                assert error.code == -1021, error  # our loop stood still while it was under way, twice
                return
            assert (order.order_id, order.price) == (order_id, price), "a reply went to another call"

        async def main() -> None:
            resting = NewOrder("BTCUSDT", "BUY", "LIMIT", "GTC", Decimal("0.01"), price=Decimal(price))
            order_id = self.desk.exchange.engine.place(self.desk.exchange.account.uid, resting)["orderId"]
            if slow:
                self.desk.exchange.faults.add(SlowReply(slow), call="order", door="ws_api", times=1)
            self.callers.append(asyncio.ensure_future(ask(order_id)))
            await asyncio.sleep(0)

        self.run(main())

    @precondition(lambda self: self.callers)
    @rule(which=st.integers(0, 1_000))
    def cancel(self, which: int) -> None:
        self.callers[which % len(self.callers)].cancel()
        self.run(asyncio.sleep(0))

    @rule()
    def rotate(self) -> None:
        self.api._session.link.rotate()
        self.run(asyncio.sleep(0))

    @precondition(lambda self: self.open)
    @rule()
    def close_the_session(self) -> None:
        self.run(self.api.close())
        self.open = False

    @precondition(lambda self: not self.open)
    @rule()
    def connect(self) -> None:
        async def main() -> None:
            session = self.desk.binance.spot.websocket()
            try:
                await session.open()
            except BinanceError:
                return
            self.api, self.open = session, True

        self.run(main())

    # What happens

    @rule(seconds=st.sampled_from([0.01, 0.1, 0.5, 2.0, 9.0, 17.0, 40.0]))
    def time_passes(self, seconds: float) -> None:
        self.run(asyncio.sleep(seconds))

    @rule(kill=st.sampled_from(KILLS), after=st.sampled_from([0.0, 0.02]))
    def kill(self, kill: Any, after: float) -> None:
        async def main() -> None:
            self.desk.exchange.faults.at(after, kill, door="ws_api")
            await asyncio.sleep(after)

        self.run(main())

    @rule(how=st.sampled_from(["log-on", "shutdown", "lifetime"]))
    def expire(self, how: str) -> None:
        async def main() -> None:
            action: Any = {
                "log-on": Push(ENDED_LOG_ON),
                "shutdown": Shutdown(after=1.0),
                "lifetime": Close(1001, "connection lifetime reached"),
            }[how]
            self.desk.exchange.faults.now(action, door="ws_api")
            await asyncio.sleep(0)

        self.run(main())

    @rule(seconds=st.sampled_from([1.0, 6.0, 20.0]))
    def block(self, seconds: float) -> None:
        async def main() -> None:
            loop: Any = asyncio.get_running_loop()
            loop._now += seconds
            await asyncio.sleep(0)

        self.run(main())

    @rule(seconds=st.sampled_from([0.5, 5.0]))
    def outage(self, seconds: float) -> None:
        self.outages += 1

        async def main() -> None:
            self.desk.exchange.faults.now(Unreachable(seconds))
            await asyncio.sleep(0)

        self.run(main())

    # What always holds

    @invariant()
    def nothing_waits_on_a_dead_socket(self) -> None:
        if hasattr(self, "api"):
            for connection in self.api._session._connections:
                assert not connection.closed.done() or connection.pending == {}

    @invariant()
    def nothing_is_placed_twice(self) -> None:
        for deed in self.deeds[-5:]:
            requests = self.desk.exchange.history.requests(client_order_id=deed.key, writes=True)
            # One that was under way for longer than recvWindow was refused, and may be signed anew.
            assert len([request for request in requests if request.code != -1021]) <= 1, deed

    def teardown(self) -> None:
        if not hasattr(self, "desk"):
            self.runner.close()
            return

        async def main() -> None:
            await asyncio.sleep(LATEST + 60)
            for caller in self.callers:
                assert caller.done(), "a caller waits for ever"
                if not caller.cancelled():
                    caller.result()
            self._settle_times()
            resolver = self.desk.resolver
            assert resolver.unknown == resolver.resolved + resolver.absent + resolver.unresolved
            windows = self.desk.binance.diagnostics()["limits"]["spot"]["windows"]
            assert all(window["in_flight"] == 0 for window in windows)
            Truth.of(self.desk.exchange).judge(
                self._judged(), alarms=self.desk.alarms, unknown_allowed=self.outages > 0
            )
            await self.stack.aclose()
            await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}
            assert self.complaints == []

        try:
            self.run(main())
        finally:
            self.runner.close()

    def _settle_times(self) -> None:
        """The request of a caller who was cancelled, or whose loop was blocked, may have arrived after he was told."""
        for deed in self.deeds:
            deed.told_us = max(deed.told_us, self.desk.exchange.clock.now_us())

    def _judged(self) -> list[Deed]:
        return [deed for deed in self.deeds if deed.asked_us]


Session.TestCase.settings = settings(
    max_examples=int(os.environ.get("MACHINE_EXAMPLES", "40")),
    stateful_step_count=int(os.environ.get("MACHINE_STEPS", "20")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
TestSession = Session.TestCase
