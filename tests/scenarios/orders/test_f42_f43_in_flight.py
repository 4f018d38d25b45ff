"""F42: replies that are nobody's. F43: the socket dies, or is handed over, with requests in flight."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from orders_scene import Deed, Scene, on_stage

from binance_async import Timings
from binance_async.errors import ConnectFailed
from binance_async.simulator.actions import (
    Close,
    DoubleReply,
    EndFile,
    Freeze,
    HalfOpen,
    Push,
    RefuseHandshake,
    Reset,
    Shutdown,
    SlowReply,
    StrayReply,
)

PENDING = 200


def session(scene: Scene) -> Any:
    return scene.api._session


# F42

NOBODYS = [
    '{"id": null, "status": 400, "error": {"code": -1135, "msg": "Invalid JSON Request"}}',
    '{"id": 999999999, "status": 200, "result": {}}',
    '{"id": -1, "status": 200, "result": {}}',
    '{"id": "1", "status": 200, "result": {}}',
    '{"id": 1e300, "status": 200}',
    '{"id": 1.5, "status": 200}',
    '{"id": true, "status": 200}',
    '{"id": [1], "status": 200}',
    '{"status": 200, "result": {}}',
    '{"id": 123456789012345678901234567890, "status": 200}',
    "[]", "null", "17", '"text"', "", "<html>", "{", '{"id": 1, "status": "x"}', "[" * 100_000, "\x00",
]  # fmt: skip


@pytest.mark.parametrize("route", ["hmac", "ed25519"])
def test_f42_what_nobody_asked_for_is_counted_and_dropped(route: str) -> None:
    async def play(scene: Scene) -> None:
        ids = [scene.resting(str(58_000 + n)) for n in range(20)]
        scene.faults.add(SlowReply(0.5), call="order")
        asked = [asyncio.ensure_future(scene.api.order("BTCUSDT", order_id=i)) for i in ids]
        await asyncio.sleep(0.1)
        for payload in NOBODYS:
            scene.faults.now(Push(payload), door="ws_api")
        assert [order.order_id for order in await asyncio.gather(*asked)] == ids
        link = session(scene).link
        unreadable = link.current.unreadable
        assert session(scene).late_replies + unreadable == len(NOBODYS)
        assert unreadable >= 10
        assert (link.losses, link.connects) == (0, 1)

    on_stage(play, route=route)


@pytest.mark.parametrize("fault", [DoubleReply(), DoubleReply(1.0), StrayReply(None), StrayReply("x"), SlowReply(10.5)])
def test_f42_each_call_gets_its_own_reply(fault: Any) -> None:
    async def play(scene: Scene) -> None:
        ids = [scene.resting(str(58_000 + n)) for n in range(20)]
        rule = scene.faults.add(fault, call="order", every=2, times=10)
        for _ in range(3):
            found = await asyncio.gather(*(scene.api.order("BTCUSDT", order_id=i) for i in ids))
            assert [order.order_id for order in found] == ids
        await asyncio.sleep(2)
        assert session(scene).late_replies == rule.hits == 10

    on_stage(play, route="hmac")


def test_f42_a_late_reply_to_an_order_changes_nothing() -> None:
    async def play(scene: Scene) -> None:
        deed = await scene.market(SlowReply(12.0))
        assert deed.told == "value"
        assert 10 < deed.took < 11
        assert session(scene).late_replies == 0
        await asyncio.sleep(5)
        assert session(scene).late_replies == 1

    on_stage(play, route="hmac")


# F43

KILLS = [Reset(), EndFile(), Close(1000), Close(1001), Close(1008), Close(1011), HalfOpen(), Freeze(0.0)]


WATCHFUL = Timings(ping_interval=2.0, pong_timeout=1.0, stable=1.0)
"""So that a dead link is noticed before the requests on it are out of time."""


def at_once(kill: Any) -> bool:
    return not isinstance(kill, (HalfOpen, Freeze))


async def in_flight(scene: Scene, replies: float) -> tuple[list[asyncio.Task[Any]], list[asyncio.Task[Deed]]]:
    """A hundred reads and a hundred writes, executed, whose replies take so long."""
    order_id = scene.resting()
    for call in ("order", "place_order"):
        scene.faults.add(SlowReply(replies), call=call, door="ws_api", times=PENDING // 2)
    reads = [asyncio.ensure_future(scene.api.order("BTCUSDT", order_id=order_id)) for _ in range(PENDING // 2)]
    writes = [asyncio.ensure_future(scene.market(key=f"in-flight-{n}")) for n in range(PENDING // 2)]
    await asyncio.sleep(0.5)
    assert len(session(scene).link.current.pending) == PENDING
    return reads, writes


@pytest.mark.parametrize("route", ["hmac", "ed25519"])
@pytest.mark.parametrize("kill", KILLS, ids=str)
def test_f43_a_kill_ends_all_at_once_reads_are_asked_again_writes_resolved(kill: Any, route: str) -> None:
    async def play(scene: Scene) -> None:
        reads, writes = await in_flight(scene, 9.0)
        dying = session(scene).link.current
        ended: list[float] = []
        for future in dying.pending.values():
            future.add_done_callback(lambda _: ended.append(scene.now))
        killed = scene.now
        scene.faults.now(kill, door="ws_api")
        if not at_once(kill):
            await asyncio.wait({dying.closed})
            assert scene.now - killed <= WATCHFUL.ping_interval + WATCHFUL.pong_timeout + 0.1
            killed = scene.now
            scene.exchange.network.link(scene.exchange.urls["ws_api"]).unfreeze()
        await asyncio.sleep(0.1)
        assert len(ended) == PENDING
        assert max(ended) - min(ended) == 0.0
        assert max(ended) - killed <= 0.1
        assert dying.pending == {}
        orders = await asyncio.gather(*reads)
        assert {order.price for order in orders} == {59_000}
        deeds = await asyncio.gather(*writes)
        assert {deed.told for deed in deeds} == {"value"}
        assert max(scene.requests("place_order", deed.key) for deed in deeds) == 1
        assert len(scene.history.requests(call="order", door="ws_api")) == PENDING
        assert session(scene).link.losses == 1

    on_stage(play, route=route, timings=WATCHFUL)


def test_f43_writes_are_resolved_over_rest_while_the_websocket_api_is_down() -> None:
    async def play(scene: Scene) -> None:
        _, writes = reads_and_writes = await in_flight(scene, 9.0)
        scene.faults.add(RefuseHandshake(503), opening="*", door="ws_api")
        scene.faults.now(Reset(), door="ws_api")
        deeds = await asyncio.gather(*writes)
        assert {deed.told for deed in deeds} == {"value"}
        assert session(scene).link.current is None
        refused = await scene.market(key="meanwhile")
        assert isinstance(refused.verdict, ConnectFailed)
        assert refused.took == 0
        assert scene.requests("place_order", "meanwhile") == 0
        for task in reads_and_writes[0]:
            task.cancel()

    on_stage(play, route="hmac")


@pytest.mark.parametrize("route", ["hmac", "ed25519"])
@pytest.mark.parametrize("cause", ["planned", "serverShutdown"])
def test_f43_a_hand_over_loses_none_of_those_in_flight(cause: str, route: str) -> None:
    async def play(scene: Scene) -> None:
        reads, writes = await in_flight(scene, 4.0)
        link, old = session(scene).link, session(scene).link.current
        if cause == "planned":
            link.rotate()
        else:
            scene.faults.now(Shutdown(after=10.0), door="ws_api")
        await asyncio.sleep(1)
        assert link.current is not old
        assert not old.closed.done()
        fresh = await scene.market(key="on-the-new-one")
        assert fresh.told == "value"
        assert len({order.order_id for order in await asyncio.gather(*reads)}) == 1
        deeds = await asyncio.gather(*writes)
        assert {deed.told for deed in deeds} == {"value"}
        assert max(deed.took for deed in deeds) < 5
        assert len(scene.history.requests(door="ws_api", call="order")) == PENDING // 2
        assert scene.requests("order") == PENDING // 2, "nothing had to be asked again"
        assert (link.losses, link.rotations) == (0, 1)
        await asyncio.sleep(1)
        assert old.closed.done()
        connections = {record.connection for record in scene.history.requests(call="place_order")}
        assert len(connections) == 2

    on_stage(play, route=route)


def test_f43_a_reply_that_comes_after_the_drain_is_resolved() -> None:
    async def play(scene: Scene) -> None:
        task = asyncio.ensure_future(scene.market(SlowReply(30.0)))
        await asyncio.sleep(0.2)
        session(scene).link.rotate()
        deed = await task
        assert deed.told == "value"
        assert deed.took < 11

    on_stage(play, route="hmac")


def test_f43_hand_overs_without_end_under_load() -> None:
    """Every two seconds a new socket, and an order every 50 ms: none is lost, none refused."""
    from tests.chaos.goals import QUICK

    async def play(scene: Scene) -> None:
        tasks = []
        for number in range(400):
            tasks.append(asyncio.ensure_future(scene.market(key=f"steady-{number}")))
            await asyncio.sleep(0.12)
        deeds = await asyncio.gather(*tasks)
        assert {deed.told for deed in deeds} == {"value"}
        assert max(deed.took for deed in deeds) < 0.5
        assert session(scene).link.rotations >= 15
        assert session(scene).link.losses == 0

    on_stage(play, route="ed25519", timings=QUICK)
