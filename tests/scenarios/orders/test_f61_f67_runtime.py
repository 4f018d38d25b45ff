"""F61 to F67, as far as they concern requests.

Callbacks, a blocked loop, cancels, closing, other loops, leaks, restarts.
"""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from contextlib import AsyncExitStack
from typing import Any

import pytest
from orders_scene import ROUTES, AbsentAfterFence, Deed, OutcomeUnknown, Scene, on_stage

from binance_async import Binance, Timings
from binance_async.errors import ClientClosed, ConnectFailed, Unavailable
from binance_async.net.virtual import VirtualLoop, run_virtual
from binance_async.simulator import Simulator
from binance_async.simulator.actions import HalfOpen, LateCommit, LoseReply, Refuse, Reset, SlowReply
from tests.chaos.trader import LATEST, open_desk
from tests.chaos.verdicts import Truth

# F61


def test_f61_a_callback_that_raises_harms_nobody() -> None:
    async def play(scene: Scene) -> None:
        def complain(text: str) -> None:
            raise RuntimeError(text)

        scene.desk.binance._manager.on_alarm = complain
        first = await scene.market(LateCommit(30.0))
        assert isinstance(first.verdict, AbsentAfterFence)
        await asyncio.sleep(30)
        assert scene.desk.resolver.alarms == 1
        assert (await scene.market(LoseReply("reset"))).told == "value"
        scene.desk.alarms.append(first.key)  # it was raised, and the callback failed

    on_stage(play, user_stream=True)


# F62


def block(seconds: float) -> None:
    """The loop stands still; the world does not."""
    loop: Any = asyncio.get_running_loop()
    loop._now += seconds


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("seconds", [5.0, 9.0, 30.0, 120.0])
def test_f62_a_blocked_loop_doubles_nothing_and_decides_nothing_wrong(seconds: float, route: str) -> None:
    async def play(scene: Scene) -> None:
        scene.faults.add(SlowReply(1.0), call="place_order", every=2)
        running = [asyncio.ensure_future(scene.market(key=f"blocked-{n}")) for n in range(20)]
        await asyncio.sleep(0.5)
        block(seconds)
        deeds = await asyncio.gather(*running)
        assert {deed.told for deed in deeds} == {"value"}
        assert (await scene.market()).told == "value"

    on_stage(play, route=route)


@pytest.mark.parametrize("route", ["hmac", "ed25519"])
def test_f62_a_short_block_costs_no_connection(route: str) -> None:
    async def play(scene: Scene) -> None:
        for _ in range(10):
            task = asyncio.ensure_future(scene.market())
            await asyncio.sleep(0.01)
            block(5.0)
            assert (await task).told == "value"
            await asyncio.sleep(3)
        assert scene.api._session.link.losses == 0

    on_stage(play, route=route)


def test_f62_a_block_over_the_fence() -> None:
    """The search begins late, and two looks are needed all the same."""

    async def play(scene: Scene) -> None:
        task = asyncio.ensure_future(scene.market(LateCommit(15.0)))
        await asyncio.sleep(0.3)
        block(60.0)
        assert (await task).told == "value"

    on_stage(play)


# F63


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("after", [0.0, 0.001, 0.03, 5.0, 16.0])
@pytest.mark.parametrize("fault", [SlowReply(2.0), LateCommit(12.0), LateCommit(1e9)], ids=str)
def test_f63_a_cancelled_caller_loses_the_answer_and_not_the_resolution(fault: Any, after: float, route: str) -> None:
    async def play(scene: Scene) -> None:
        deed = Deed("place_order", "mine")
        rule = scene.faults.add(fault, call="place_order", times=1)
        task = asyncio.ensure_future(
            deed.do(
                scene.exchange,
                lambda: scene.api.place_order("BTCUSDT", "BUY", "MARKET", quantity="0.001", new_client_order_id="mine"),
            )
        )
        await asyncio.sleep(after)
        ended = task.done()
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled() == (not ended)
        await asyncio.sleep(LATEST)
        deed.told_us = scene.exchange.clock.now_us()  # its request may have been on the way
        found = scene.desk.resolver
        sent = scene.requests("place_order")
        assert sent <= 1
        if not ended and sent:
            assert found.unknown == 1
            assert (found.resolved, found.absent) == ((0, 1) if fault == LateCommit(1e9) else (1, 0))
        windows = scene.desk.binance.diagnostics()["limits"]["spot"]["windows"]
        assert all(window["in_flight"] == 0 for window in windows)
        rule.remove()
        assert (await scene.market()).told == "value"
        Truth.of(scene.exchange).judge([*scene.deeds, deed], alarms=[])

    on_stage(play, route=route, judge=False)


def test_f63_a_timeout_of_the_caller_is_a_cancel_like_any_other() -> None:
    async def play(scene: Scene) -> None:
        scene.faults.add(LoseReply("silence"), call="place_order", times=1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await scene.api.place_order("BTCUSDT", "BUY", "MARKET", quantity="0.001")
        await asyncio.sleep(LATEST)
        assert (scene.desk.resolver.unknown, scene.desk.resolver.resolved) == (1, 1)
        assert scene.requests("place_order") == 1

    on_stage(play, judge=False)


# F64


STATES = [
    *((state, route) for state in ("idle", "looking", "after the fence", "absent") for route in ROUTES),
    *((state, route) for state in ("in flight", "half-open", "lost") for route in ROUTES[1:]),
]
"""Requests in flight over REST are for real sockets, below: the network in memory does not end them."""


@pytest.mark.parametrize(("state", "route"), STATES)
def test_f64_closing_is_quick_and_tells_everybody(state: str, route: str) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        before = asyncio.all_tasks()
        async with open_desk(1, route) as desk:
            faults = desk.exchange.faults
            if state in ("looking", "after the fence", "absent"):
                faults.add(LateCommit(1e9), call="place_order")
            elif state != "idle":
                faults.add(SlowReply(9.0), call="place_order")
            order = asyncio.ensure_future(desk.api.place_order("BTCUSDT", "BUY", "MARKET", quantity="0.001"))
            read = asyncio.ensure_future(desk.api.order("BTCUSDT", order_id=1))
            await asyncio.sleep({"looking": 3.0, "after the fence": 18.0, "absent": 25.0}.get(state, 0.2))
            if state == "half-open":
                faults.now(HalfOpen())
            elif state == "lost":
                faults.add(Refuse(503), call="order")
                faults.now(Reset())
                await asyncio.sleep(0.05)
            started = loop.time()
            left = await desk.binance.close()
            assert loop.time() - started < 1.0
            await asyncio.wait({order, read}, timeout=1.0)
            assert order.done()
            assert read.done()
            assert not order.cancelled(), "nobody has cancelled the caller"
            ended = order.exception()
            if state == "idle":
                assert (ended, left) == (None, [])
            else:
                assert isinstance(ended, OutcomeUnknown)
                assert ended.client_order_id is not None
                told_before = state == "absent"
                assert [error.client_order_id for error in left] == [ended.client_order_id] * (not told_before)
            with pytest.raises(ClientClosed):
                await desk.api.time()
            assert await desk.binance.close() == left
        assert asyncio.all_tasks() == before

    run_virtual(main())


@pytest.mark.parametrize("seconds", [0.1, 3.0])
@pytest.mark.parametrize("route", ROUTES)
def test_f64_an_order_whose_caller_has_gone_is_told_by_close(route: str, seconds: float) -> None:
    async def main() -> None:
        async with open_desk(1, route) as desk:
            desk.exchange.faults.add(LateCommit(1e9), call="place_order")
            order = asyncio.ensure_future(
                desk.api.place_order("BTCUSDT", "BUY", "MARKET", quantity="0.001", new_client_order_id="mine")
            )
            await asyncio.sleep(seconds)
            order.cancel()
            await asyncio.sleep(0.1)
            left = await desk.binance.close()
            assert [error.client_order_id for error in left] == ["mine"]

    run_virtual(main())


async def test_f64_closing_with_requests_in_flight_over_real_sockets() -> None:
    loop = asyncio.get_running_loop()
    async with Simulator() as exchange:
        exchange.faults.add(SlowReply(30.0), call="*")
        binance = Binance(exchange.credentials, environment=exchange.environment)
        order = asyncio.ensure_future(binance.spot.place_order("BTCUSDT", "BUY", "MARKET", quantity="0.001"))
        read = asyncio.ensure_future(binance.spot.order("BTCUSDT", order_id=1))
        while len(exchange.history.requests()) < 2:  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.005)
        started = loop.time()
        await binance.close()
        await asyncio.wait({order, read}, timeout=0.5)
        assert loop.time() - started < 1.0
        assert isinstance(order.exception(), OutcomeUnknown)
        assert isinstance(read.exception(), (ClientClosed, Unavailable))


def test_f64_a_session_that_is_closed_says_so_at_once() -> None:
    async def play(scene: Scene) -> None:
        session = scene.desk.binance.spot.websocket()
        for call in (session.time, lambda: session.cancel_order("BTCUSDT", order_id=1)):
            with pytest.raises(ClientClosed, match="not open"):
                await call()
        await session.open()
        waiting = asyncio.ensure_future(session.time())
        scene.faults.add(SlowReply(5.0), call="time")
        await asyncio.sleep(0.1)
        await session.close()
        with pytest.raises(ClientClosed, match="closed"):
            await waiting
        for call in (session.time, lambda: session.cancel_order("BTCUSDT", order_id=1)):
            started = scene.now
            with pytest.raises(ClientClosed, match="closed"):
                await call()
            assert scene.now == started
        await session.close()

    on_stage(play)


# F65


@pytest.mark.parametrize("route", ROUTES)
def test_f65_a_client_belongs_to_its_loop(route: str) -> None:
    stack = AsyncExitStack()
    with asyncio.Runner(loop_factory=VirtualLoop) as here, asyncio.Runner(loop_factory=VirtualLoop) as there:
        desk = here.run(stack.enter_async_context(open_desk(1, route)))
        for call in (desk.api.time, lambda: desk.api.cancel_order("BTCUSDT", order_id=1)):
            with pytest.raises(ClientClosed, match="another event loop"):
                there.run(call())
        assert here.run(desk.api.time()).server_time
        assert desk.exchange.history.requests(writes=True) == []
        here.run(stack.aclose())


# F66


@pytest.mark.parametrize("route", ["hmac", "ed25519"])
def test_f66_a_hundred_reconnects_leave_nothing(route: str) -> None:
    async def play(scene: Scene) -> None:
        def counts() -> tuple[int, int, int]:
            gc.collect()
            kinds = Counter(type(each).__name__ for each in gc.get_objects())
            return len(asyncio.all_tasks()), kinds["ApiConnection"], kinds["Write"]

        async def cycle(number: int) -> None:
            scene.faults.now(Reset(), door="ws_api")
            await asyncio.sleep(0.5)
            assert (await scene.market(key=f"cycle-{number}")).told == "value"

        for number in range(5):
            await cycle(number)
        before = counts()
        for number in range(5, 105):
            await cycle(number)
        assert counts() == before
        assert scene.api._session.link.losses == 105
        assert scene.api._session.link.connects <= 107

    on_stage(play, route=route, timings=Timings(connect_period=1.0, stable=0.2))


# F67


def test_f67_a_restart_finds_its_orders_under_their_ids() -> None:
    """The bot dies with an order in flight. The SDK keeps no state: the next one asks the exchange."""

    async def main() -> None:
        async with open_desk(1) as desk:
            exchange = desk.exchange
            bot = Binance(exchange.credentials, environment=exchange.environment)
            exchange.faults.add(LateCommit(3.0, "silence"), call="place_order", times=1)
            dying = asyncio.ensure_future(
                bot.spot.place_order(
                    "BTCUSDT",
                    "BUY",
                    "LIMIT",
                    time_in_force="GTC",
                    quantity="0.01",
                    price="50000",
                    new_client_order_id="before-the-crash",
                )
            )
            await asyncio.sleep(1)
            await bot.close()
            with pytest.raises(OutcomeUnknown) as caught:
                await dying
            assert caught.value.client_order_id == "before-the-crash"
            await asyncio.sleep(20)
            found = await desk.api.order("BTCUSDT", orig_client_order_id="before-the-crash")
            assert str(found.status) == "NEW"
            assert [order.order_id for order in await desk.api.open_orders("BTCUSDT")] == [found.order_id]
            assert exchange.history.side_effects("before-the-crash") == 1

    run_virtual(main())


def test_f67_a_write_while_the_session_is_lost_is_not_kept_for_later() -> None:
    """An order that is sent after a reconnect is an order that nobody expects any more."""

    async def play(scene: Scene) -> None:
        scene.faults.now(Reset(), door="ws_api")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        refused = [await scene.market(key=f"refused-{n}") for n in range(3)]
        assert {type(deed.verdict) for deed in refused} == {ConnectFailed}
        assert [deed.took for deed in refused] == [0.0, 0.0, 0.0]
        await asyncio.sleep(5)
        assert (await scene.market(key="after")).told == "value"
        assert sorted(r.client_order_id for r in scene.history.requests(call="place_order")) == ["after"]

    on_stage(play, route="hmac")
