"""F32, as far as it concerns requests: the key is revoked, or the log-on ends, at idle and with calls pending."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from orders_scene import OutcomeUnknown, Scene, on_stage

from binance_async.errors import BinanceError, ClientClosed
from binance_async.simulator.actions import Push, Revoke, SlowReply

ENDED = '{"id":null,"status":401,"error":{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}}'


def session(scene: Scene) -> Any:
    return scene.api._session


async def in_flight(scene: Scene, count: int) -> tuple[list[asyncio.Task[Any]], list[asyncio.Task[Any]]]:
    """Half reads, half orders that are executed; their answers are slow."""
    for call in ("klines", "place_order"):
        scene.faults.add(SlowReply(8.0), call=call, door="ws_api", times=count // 2)
    reads = [asyncio.ensure_future(scene.api.klines("BTCUSDT", "1m")) for _ in range(count // 2)]
    writes = [asyncio.ensure_future(scene.market(key=f"pending-{n}")) for n in range(count // 2)]
    await asyncio.sleep(0.5)
    return reads, writes


@pytest.mark.parametrize("pending", [0, 50])
def test_f32_the_log_on_ends_and_is_renewed(pending: int) -> None:
    """A message without an id: the connection ends, reads are asked again, orders are looked up."""

    async def play(scene: Scene) -> None:
        reads, writes = await in_flight(scene, pending)
        before = session(scene).link.current
        scene.faults.now(Push(ENDED), door="ws_api")
        await asyncio.sleep(0.1)
        assert before.closed.done()
        assert before.pending == {}
        assert all(await asyncio.gather(*reads)) or not reads
        deeds = await asyncio.gather(*writes)
        assert {deed.told for deed in deeds} <= {"value"}
        assert max((scene.requests("place_order", deed.key) for deed in deeds), default=1) == 1
        await asyncio.sleep(1)
        assert (await scene.market(key="after")).told == "value"
        assert (session(scene).link.losses, len(scene.desk.alarms)) == (1, 0)

    on_stage(play, route="ed25519")


@pytest.mark.parametrize("pending", [0, 50])
def test_f32_the_key_is_revoked(pending: int) -> None:
    """Nobody waits for ever. Reads say why; an order that nobody may look up any more is told as unknown."""

    async def play(scene: Scene) -> None:
        reads, writes = await in_flight(scene, pending)
        revoked = scene.now
        scene.faults.now(Revoke(account=scene.exchange.account.uid))
        with pytest.raises(ClientClosed, match="-2015"):
            await scene.api.account()
        for read in reads:
            with pytest.raises(BinanceError):
                await read
        assert scene.now - revoked < 2
        deeds = await asyncio.gather(*writes)
        assert {type(deed.verdict) for deed in deeds} <= {OutcomeUnknown}
        assert all(deed.verdict.client_order_id == deed.key for deed in deeds)
        assert max((deed.took for deed in deeds), default=0) < 100
        refused = await scene.market(key="after")
        assert isinstance(refused.verdict, ClientClosed)
        assert scene.requests("place_order", "after") == 0
        scene.judge(unknown_allowed=True)

    on_stage(play, route="ed25519", judge=False)
