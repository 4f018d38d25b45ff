"""F28: what happened while nobody listened."""

from __future__ import annotations

import asyncio

from account_scene import ROUTES, Scene, scene

from binance_async.simulator.actions import HalfOpen, Unreachable


@scene(*ROUTES)
async def test_f28_everything_that_happened_in_an_outage(scene: Scene) -> None:
    async with scene.listening():
        scene.live_a_little()
        open_order = scene.place(price=59_000)
        await asyncio.sleep(1)
        scene.exchange.faults.now(Unreachable(30.0))
        await asyncio.sleep(1)
        for _ in range(20):
            scene.live_a_little()
            await asyncio.sleep(1)
        scene.cancel(open_order)
        await scene.restored()
        await asyncio.sleep(100)
        scene.live_a_little()
        await asyncio.sleep(1)
        scene.check(gaps=1)


@scene()
async def test_f28_a_half_open_link_at_its_own_durations(scene: Scene) -> None:
    """What happened before the loss could be noticed was missed as well."""
    async with scene.listening():
        scene.live_a_little()
        await asyncio.sleep(60)
        scene.exchange.faults.now(HalfOpen(), door="ws_api")
        await asyncio.sleep(0.1)
        scene.live_a_little()
        await scene.restored()
        await asyncio.sleep(100)
        scene.check(gaps=1)
        (gap,) = scene.gaps
        assert gap.to_time - gap.from_time < 30_000
