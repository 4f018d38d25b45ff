"""F30: an order's event before the reply to its placing, or long after; either way it is one order."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

from account_scene import Scene, play, scene
from hypothesis import example, given, settings
from hypothesis import strategies as st

from binance_async import Timings
from binance_async.errors import BinanceError
from binance_async.net.virtual import run_virtual
from binance_async.simulator.actions import Delay, LoseReply, Mute, Reset, SlowReply

ORDER: dict[str, Any] = {"time_in_force": "GTC", "quantity": "0.01", "price": "59900"}

worlds = st.fixed_dictionaries(
    {
        "route": st.sampled_from(["logon", "signature", "us"]),
        "over": st.sampled_from(["rest", "websocket"]),
        "reply": st.sampled_from([0.0, 0.5, 8.0, "reset", "timeout"]),
        "event": st.sampled_from([0.0, 0.5, 8.0, "lost", "connection lost"]),
        "fill": st.sampled_from([None, 0.0, 2.0]),
        "cancel": st.booleans(),
    }
)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(world=worlds)
@example(world={"route": "logon", "over": "rest", "reply": 8.0, "event": 0.0, "fill": 0.0, "cancel": False})
@example(world={"route": "us", "over": "rest", "reply": 0.0, "event": 8.0, "fill": 0.0, "cancel": False})
def test_f30_in_any_order_the_same_end(world: dict[str, Any]) -> None:
    async def test(scene: Scene) -> None:
        async with scene.listening(symbols=["BTCUSDT"]), calls(scene, world) as api:
            hinder(scene, world)
            placed = await api.place_order("BTCUSDT", "BUY", "LIMIT", **ORDER)
            if world["fill"] is not None:
                await asyncio.sleep(world["fill"])
                scene.fill("59900", quantity="0.004")
            if world["cancel"]:
                await scene.calls.cancel_order("BTCUSDT", order_id=placed.order_id)
            await asyncio.sleep(120)  # an audit finds what was lost silently, if nothing has told of it since
            heard_of = world["event"] == "lost" and (world["cancel"] or world["fill"] is not None)
            missed = world["event"] == "connection lost" or (world["event"] == "lost" and not heard_of)
            scene.check(gaps=int(missed), told_whole=not heard_of)
            lasting = {**scene.account.state.open, **scene.account.state.closed}
            assert [order.order_id for order in lasting.values()] == [placed.order_id], "one order, told once"
            (order,) = lasting.values()
            assert order.client_order_id == placed.client_order_id
            assert order.executed == (Decimal("0.004") if world["fill"] is not None else 0)
            assert order.status == ("CANCELED" if world["cancel"] else "PARTIALLY_FILLED" if order.executed else "NEW")
            assert scene.kinds().count("NEW NEW") <= 1

    run_virtual(play(test, world["route"], replace(Timings(), audit=60.0), {}, {}, (), {}))


def calls(scene: Scene, world: dict[str, Any]) -> Any:
    if world["over"] == "websocket":
        return scene.calls.websocket()
    return Rest(scene.calls)


class Rest:
    """The calls over REST, to be entered like those over a socket."""

    def __init__(self, calls: Any) -> None:
        self.calls = calls

    async def __aenter__(self) -> Any:
        return self.calls

    async def __aexit__(self, *exc: object) -> None:
        pass


def hinder(scene: Scene, world: dict[str, Any]) -> None:
    faults, reply, event = scene.exchange.faults, world["reply"], world["event"]
    if isinstance(reply, str):
        faults.add(LoseReply(reply), call="place_order", times=1)
    elif reply:
        faults.add(SlowReply(reply), call="place_order", times=1)
    if event == "lost":
        faults.add(Mute(), event="executionReport", times=1)
    elif event == "connection lost":
        faults.add(Reset(), event="executionReport", times=1)
    elif event:
        faults.add(Delay(event), event="*", stream="user")


@scene("logon", "signature", "us")
async def test_f30_a_lost_reply_is_found_by_the_event(scene: Scene) -> None:
    """The query comes as soon as the event was heard, also while events are held back."""
    async with scene.listening():
        scene.exchange.faults.add(LoseReply("reset"), call="place_order", times=1)
        loop = asyncio.get_running_loop()
        began = loop.time()
        order = await scene.calls.place_order("BTCUSDT", "BUY", "LIMIT", **ORDER)
        assert loop.time() - began <= 1.0
        await asyncio.sleep(1)
        assert [event.order_id for event in scene.seen if hasattr(event, "order_id")] == [order.order_id]
        scene.check(gaps=0)


@scene("logon", "us")
async def test_f30_an_order_in_a_symbol_that_was_never_used(scene: Scene) -> None:
    """The client knows of its symbol before its first byte is sent, so a gap does not hide it."""
    async with scene.listening() as account:
        await asyncio.sleep(1)
        scene.exchange.faults.add(Reset(), event="executionReport", times=1)
        terms = {"time_in_force": "IOC", "quantity": "0.01", "price": "3000"}
        try:
            await scene.calls.place_order("ETHUSDT", "BUY", "LIMIT", **terms)
        except BinanceError as error:
            raise AssertionError("the order went over REST") from error
        await scene.restored()
        await asyncio.sleep(60)
        assert "ETHUSDT" in account.state.symbols
        scene.check(gaps=1)
