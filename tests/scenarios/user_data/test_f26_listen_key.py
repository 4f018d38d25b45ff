"""F26 and F27: the listen key expires, is refused, or is closed by somebody else."""

from __future__ import annotations

import asyncio
import random

import pytest
from account_scene import Scene, scene

from binance_async.core.events import GapCause
from binance_async.simulator.actions import Close, ExpireListenKeys, Mutate, Refuse, Reset

HOUR = 3600.0
KEEP_ALIVE = "keep_alive_user_data_stream"
START = "start_user_data_stream"


@pytest.mark.parametrize("seed", range(4))
@scene("listen_key", "us")
async def test_f26_it_expires_at_random_moments(seed: int, scene: Scene) -> None:
    chance = random.Random(seed)
    async with scene.listening() as account:
        for count in range(1, 6):
            for _ in range(chance.randint(1, 40)):
                scene.live_a_little()
                await asyncio.sleep(chance.uniform(0, 1.0))
            scene.exchange.faults.now(ExpireListenKeys())
            if chance.random() < 0.5:
                scene.live_a_little()
            await scene.restored(count)
            scene.live_a_little()
        await asyncio.sleep(60)
        scene.check(gaps=5)
        assert {gap.cause for gap in scene.gaps} == {GapCause.EXPIRED}
        assert account.link.losses == 5
        assert sum("ListenKeyExpired" in kind for kind in scene.kinds()) == 5, "the consumer is told of it, too"


@scene("listen_key", "us")
async def test_f26_its_time_may_be_a_text(scene: Scene) -> None:
    scene.exchange.faults.add(Mutate(set={"E": "1767225700000"}), event="listenKeyExpired")
    async with scene.listening(symbols=["BTCUSDT"]):
        await asyncio.sleep(60)
        scene.exchange.faults.now(ExpireListenKeys())
        scene.live_a_little()
        await scene.restored()
        await asyncio.sleep(60)
        scene.check(gaps=1)
        assert [type(event).__name__ for event in scene.seen].count("ListenKeyExpired") == 1


@scene("listen_key", "us")
async def test_f26_it_is_kept_alive_for_a_day(scene: Scene) -> None:
    async with scene.listening() as account:
        for _ in range(22):
            await asyncio.sleep(HOUR)
            scene.live_a_little()
        await asyncio.sleep(1)
        scene.check(gaps=0)
        assert account.link.connects == 1
        assert len(scene.calls_of(KEEP_ALIVE)) >= 44


@scene("listen_key", "us")
async def test_f26_it_expires_silently_and_is_refused_when_it_should_be_kept_alive(scene: Scene) -> None:
    """-1125: nobody knows since when nothing has come."""
    async with scene.listening():
        await asyncio.sleep(5 * 60)
        scene.live_a_little()
        await asyncio.sleep(60)
        scene.exchange.faults.now(ExpireListenKeys(silent=True))
        for _ in range(8):  # an audit comes, and finds it out sooner
            scene.live_a_little()
            await asyncio.sleep(60)
        await scene.restored(limit=30 * 60)
        scene.live_a_little()
        await asyncio.sleep(60)
        scene.check(gaps=1)


@scene("listen_key", "us")
async def test_f26_a_key_that_is_not_known_is_an_outage_since_it_was_last_kept_alive(scene: Scene) -> None:
    async with scene.listening(symbols=["BTCUSDT"]) as account:
        await asyncio.sleep(16 * 60)  # the audit is behind us
        scene.exchange.faults.now(ExpireListenKeys(silent=True))
        scene.live_a_little()
        await scene.restored(limit=12 * 60)
        scene.live_a_little()
        await asyncio.sleep(60)
        scene.check(gaps=1)
        (gap,) = scene.gaps
        assert gap.cause is GapCause.EXPIRED
        assert account.link.losses == 1


@scene("listen_key", "us")
async def test_f26_keeping_it_alive_fails_and_the_same_key_comes_again(scene: Scene) -> None:
    """A planned change: the exchange gives the key that lives, and both connections hear the same."""
    scene.exchange.faults.add(Refuse(503), call=KEEP_ALIVE, times=3)
    async with scene.listening() as account:
        for _ in range(70):
            scene.live_a_little()
            await asyncio.sleep(30)
        scene.check(gaps=0)
        assert account.link.rotations == 1
        assert account.link.losses == 0
        assert len({record.target for record in scene.exchange.history.connections("stream")}) == 1


@scene("listen_key", "us")
async def test_f26_a_limit_is_no_reason_to_change_the_key(scene: Scene) -> None:
    scene.exchange.faults.add(Refuse(429, -1003, "Too many requests."), call=KEEP_ALIVE, times=1)
    async with scene.listening() as account:
        await asyncio.sleep(40 * 60)
        scene.live_a_little()
        await asyncio.sleep(1)
        scene.check(gaps=0)
        assert account.link.rotations == 0


@scene("listen_key", "us")
async def test_f26_it_expires_while_the_connection_is_down(scene: Scene) -> None:
    async with scene.listening():
        scene.live_a_little()
        await asyncio.sleep(60)
        scene.exchange.faults.now(Reset(), door="stream")
        scene.exchange.faults.now(ExpireListenKeys())
        scene.live_a_little()
        await scene.restored()
        scene.live_a_little()
        await asyncio.sleep(60)
        scene.check(gaps=1)
        assert scene.gaps[0].cause is GapCause.DISCONNECTED


@scene("listen_key", "us")
async def test_f26_another_key_at_a_hand_over_means_that_the_old_one_was_dead(scene: Scene) -> None:
    """The old connection answers pings, and what its key would have brought went nowhere."""
    async with scene.listening() as account:
        scene.live_a_little()
        await asyncio.sleep(60)
        scene.exchange.faults.now(ExpireListenKeys(silent=True))
        scene.live_a_little()
        await asyncio.sleep(5)
        account.link.rotate()
        await scene.restored()
        await asyncio.sleep(60)
        scene.check(gaps=1)
        assert scene.gaps[0].cause is GapCause.ROTATED


@scene("listen_key", "us")
async def test_f26_a_key_cannot_be_had_for_some_time(scene: Scene) -> None:
    async with scene.listening():
        scene.live_a_little()
        await asyncio.sleep(60)
        scene.exchange.faults.add(Refuse(503), call=START, times=4)
        scene.exchange.faults.now(ExpireListenKeys())
        scene.live_a_little()
        await scene.restored()
        await asyncio.sleep(60)
        scene.check(gaps=1)


@scene("listen_key", "us")
async def test_f27_somebody_else_closes_our_key(scene: Scene) -> None:
    """As documented, its stream is closed with it."""
    async with scene.listening() as account:
        scene.live_a_little()
        await asyncio.sleep(60)
        await scene.calls.stop_user_data_stream(account._way.listen_key())
        scene.exchange.faults.now(Close(1000), door="stream")
        scene.live_a_little()
        took = await scene.restored()
        assert took <= 2.0
        scene.live_a_little()
        await asyncio.sleep(60)
        scene.check(gaps=1)


@scene("listen_key", "us")
async def test_f27_somebody_else_closes_our_key_and_the_stream_stays_open(scene: Scene) -> None:
    async with scene.listening() as account:
        scene.live_a_little()
        await asyncio.sleep(60)
        await scene.calls.stop_user_data_stream(account._way.listen_key())
        scene.live_a_little()
        await scene.restored(limit=26 * 60)
        scene.live_a_little()
        await asyncio.sleep(60)
        scene.check(gaps=1)


@scene("listen_key", "us")
async def test_f27_our_own_close_leaves_the_key(scene: Scene) -> None:
    """Another process may use it."""
    async with scene.listening(read=False) as account:
        listen_key = account._way.listen_key()
    assert scene.calls_of("stop_user_data_stream") == []
    assert scene.exchange.exchange.user_data.find(listen_key) is not None


@scene("listen_key", "us")
async def test_f26_the_key_is_shown_nowhere(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    async with scene.listening() as account:
        listen_key = account._way.listen_key()
        scene.exchange.faults.now(ExpireListenKeys())
        await scene.restored()
        text = f"{account!r} {vars(account)} {vars(account._current)} {scene.seen} {scene.binance.diagnostics()}"
    assert "ListenKeyExpired" in scene.kinds()
    assert listen_key not in text
    assert listen_key not in caplog.text
