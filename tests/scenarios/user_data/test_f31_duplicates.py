"""F31, and planned hand-overs of user data: what comes twice is told once, what comes once is not lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest
from account_scene import ROUTES, Scene, scene

from binance_async import Timings
from binance_async.core.events import GapCause
from binance_async.simulator.actions import Close, Delay, Double, EndFile, HalfOpen, Mute, Reset


@pytest.mark.parametrize("after", [0.0, 0.5, 20.0])
@scene(*ROUTES)
async def test_f31_every_report_comes_twice(after: float, scene: Scene) -> None:
    for kind in ("executionReport", "outboundAccountPosition"):
        scene.exchange.faults.add(Double(after), event=kind)
    async with scene.listening() as account:
        for _ in range(30):
            scene.live_a_little()
            await asyncio.sleep(0.1)
        await asyncio.sleep(30)
        scene.check(gaps=0)
        assert account.state.duplicates >= 30 * 6


@scene(*ROUTES)
async def test_f31_two_equal_deposits_are_two_and_come_on_both_connections(scene: Scene) -> None:
    async with scene.listening() as account:
        await asyncio.sleep(1)
        account.link.rotate()
        for _ in range(40):
            scene.engine.deposit(scene.mine, "USDT", Decimal(5))
            scene.engine.deposit(scene.mine, "USDT", Decimal(5))
            await asyncio.sleep(0.05)
        await asyncio.sleep(10)
        assert account.link.rotations == 1
        scene.check(gaps=0)


@pytest.mark.parametrize("late", ["old", "new"])
@pytest.mark.parametrize("seconds", [0.2, 3.0])
@scene(*ROUTES)
async def test_f31_one_connection_is_behind_the_other(late: str, seconds: float, scene: Scene) -> None:
    async with scene.listening() as account:
        scene.live_a_little()
        await asyncio.sleep(1)
        numbers = {"old": 1, "new": 2}
        scene.exchange.faults.add(Delay(seconds), stream="user", connection=numbers[late])
        for _ in range(10):
            scene.live_a_little()
            await asyncio.sleep(0.2)
        account.link.rotate()
        for _ in range(60):
            scene.live_a_little()
            await asyncio.sleep(0.2)
        await asyncio.sleep(10)
        scene.check(gaps=0)
        assert account.link.rotations == 1


@pytest.mark.parametrize("end", [Reset(), EndFile(), Close(1001), HalfOpen()])
@pytest.mark.parametrize("moment", [0.0, 0.5, 2.5])
@scene("logon", "listen_key")
async def test_f31_the_old_connection_dies_during_the_hand_over(end: object, moment: float, scene: Scene) -> None:
    """It was behind, so what it had not yet given is missed: one gap, and all is restored."""
    async with scene.listening() as account:
        scene.live_a_little()
        await asyncio.sleep(1)
        scene.exchange.faults.add(Delay(3.0), stream="user", connection=1)
        scene.live_a_little()
        account.link.rotate()
        await scene.until(lambda: account.link.connects == 2)
        for _ in range(int(moment / 0.1)):
            scene.live_a_little()
            await asyncio.sleep(0.1)
        scene.exchange.faults.now(end, connection=1)
        for _ in range(25):
            scene.live_a_little()
            await asyncio.sleep(0.4)
        await asyncio.sleep(60)
        scene.check(gaps=1)


@scene(*ROUTES, timings=replace(Timings(), rotate_after=600.0, rotate_jitter=10.0))
async def test_f31_a_quiet_account_is_handed_over_again_and_again(scene: Scene) -> None:
    """Nothing happens on either connection; a ping shows that the old one has missed nothing."""
    async with scene.listening() as account:
        await asyncio.sleep(2 * 3600)
        scene.live_a_little()
        await asyncio.sleep(1)
        assert account.link.rotations in (11, 12)
        assert account.link.losses == 0
        scene.check(gaps=0)


@scene("logon", "us")
async def test_f31_the_old_connection_was_half_open_and_nobody_knew_yet(scene: Scene) -> None:
    """Nothing comes during the overlap, but something had come before: it must not be lost silently."""
    async with scene.listening() as account:
        scene.live_a_little()
        await asyncio.sleep(15)  # a ping was answered at 10 s; the next is due at 20 s
        scene.exchange.faults.now(HalfOpen(), connection=1)
        scene.live_a_little()
        account.link.rotate()
        await scene.restored()
        await asyncio.sleep(60)
        scene.check(gaps=1)


@scene("logon", "us")
async def test_f31_the_old_connection_was_mute(scene: Scene) -> None:
    """It answers every ping, but the successor tells of events that it does not tell."""
    async with scene.listening() as account:
        scene.live_a_little()
        await asyncio.sleep(15)
        scene.exchange.faults.add(Mute(), stream="user", connection=1)
        scene.live_a_little()
        account.link.rotate()
        await asyncio.sleep(1)
        scene.live_a_little()
        await scene.restored()
        await asyncio.sleep(60)
        scene.check(gaps=1)
        assert scene.gaps[0].cause is GapCause.ROTATED


@scene("logon")
async def test_f31_the_successor_needs_several_attempts(scene: Scene) -> None:
    """What an attempt that came to nothing has heard is heard by the carrier too."""
    async with scene.listening() as account:
        scene.live_a_little()
        await asyncio.sleep(1)
        for number in (2, 3):
            scene.exchange.faults.add(Reset(), call="session.logon", connection=number)
        account.link.rotate()
        for _ in range(50):
            scene.live_a_little()
            await asyncio.sleep(0.1)
        assert account.link.connects == 4
        scene.check(gaps=0)
