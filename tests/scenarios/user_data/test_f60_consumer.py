"""F60-F63: a consumer that does not read, that raises, that is cancelled; a loop that stands still."""

from __future__ import annotations

import asyncio
import contextlib
from decimal import Decimal

import pytest
from account_scene import ROUTES, Scene, scene

from binance_async.core.events import GapCause
from binance_async.simulator.actions import Lag, Reset, SlowReply


@scene(*ROUTES)
async def test_f60_it_stalls_until_the_bound_is_reached(scene: Scene) -> None:
    """What waits is given, then what was let go is restored, then exactly one gap, then what comes."""
    async with scene.listening(read=False, bound=50) as account:
        for _ in range(40):
            scene.live_a_little()
            await asyncio.sleep(0.2)
        assert len(account._queue) == 50
        assert account.dropped > 100
        dropped = account.dropped
        assert account.received == account.delivered + account.dropped + account.queued
        scene.read()
        await scene.restored()
        for _ in range(5):
            scene.live_a_little()
            await asyncio.sleep(1)
        await asyncio.sleep(60)
        (gap,) = scene.gaps
        assert (gap.cause, gap.dropped) == (GapCause.DROPPED, dropped)
        assert [event.source for event in scene.seen[:50]] == ["stream"] * 50, "what waited is whole"
        assert account.received == account.delivered + account.dropped + account.queued
        scene.check(gaps=1)


@scene("logon", "us")
async def test_f60_it_stalls_and_the_connection_is_lost_meanwhile(scene: Scene) -> None:
    async with scene.listening(read=False, bound=20) as account:
        for number in range(40):
            scene.live_a_little()
            await asyncio.sleep(1)
            if number in (20, 30):
                scene.exchange.faults.now(Reset())
        assert len(account._queue) == 20
        scene.read()
        await scene.restored()
        await asyncio.sleep(60)
        scene.check(gaps=1)
        assert account.link.losses == 2


@scene("logon")
async def test_f60_it_stalls_during_an_outage(scene: Scene) -> None:
    """The queue is full when the connection comes back: REST is asked when it has been read."""
    async with scene.listening(read=False, bound=20) as account:
        for _ in range(2):
            scene.live_a_little()
        await asyncio.sleep(1)
        scene.exchange.faults.now(Reset())
        scene.live_a_little()
        await asyncio.sleep(5)
        scene.live_a_little()
        await asyncio.sleep(1)
        assert account.queued <= 40
        scene.read()
        await scene.restored()
        await asyncio.sleep(60)
        scene.check(gaps=None)
        assert 1 <= len(scene.gaps) <= 2


@scene("logon", "us")
async def test_f60_what_was_restored_does_not_overflow_again(scene: Scene) -> None:
    """A hundred times the bound was missed: it is all given, and there is one gap."""
    async with scene.listening(bound=30) as account:
        scene.live_a_little()
        await asyncio.sleep(1)
        scene.exchange.faults.now(Reset())
        for _ in range(250):
            scene.live_a_little()
        await scene.restored()
        scene.live_a_little()
        await asyncio.sleep(60)
        scene.check(gaps=1)
        assert account.dropped == 0


@scene("logon", "us")
async def test_f60_a_consumer_that_is_always_slower_than_the_events(scene: Scene) -> None:
    """It falls behind again and again; each time it is told, nothing is missed, and memory has its bound."""
    async with scene.listening(read=False, bound=30) as account:
        most = 0

        async def slow() -> None:
            async for event in account:
                scene.seen.append(event)
                await asyncio.sleep(0.1)

        scene.reader = asyncio.ensure_future(slow())
        for _ in range(60):
            scene.live_a_little()  # eleven events
            await asyncio.sleep(0.8)
            most = max(most, len(account._queue) + len(account._held))
        await asyncio.sleep(200)
        assert len(scene.gaps) >= 2
        scene.check(gaps=None)
        assert {gap.cause for gap in scene.gaps} == {GapCause.DROPPED}
        assert most < 500


@scene("logon", "us")
async def test_f60_a_stalled_consumer_for_a_day(scene: Scene) -> None:
    async with scene.listening(read=False, bound=100, symbols=["BTCUSDT"]) as account:
        for _ in range(72):
            scene.live_a_little()
            await asyncio.sleep(1200)
        assert account.queued <= 101
        assert len(account._held) == 0
        scene.read()
        await scene.restored()
        await asyncio.sleep(60)
        scene.check(gaps=1)


@scene("logon", "us")
async def test_f60_more_comes_during_a_reconciliation_than_can_be_held(scene: Scene) -> None:
    """It is let go, and REST is read once more."""
    async with scene.listening(bound=40) as account:
        scene.live_a_little()
        await asyncio.sleep(1)
        slow = scene.exchange.faults.add(SlowReply(5.0), call="account")
        scene.exchange.faults.now(Reset())
        await asyncio.sleep(2)
        for _ in range(20):
            scene.live_a_little()
        await asyncio.sleep(1)
        assert len(account._held) <= 40
        slow.remove()
        await scene.restored()
        await asyncio.sleep(60)
        scene.check(gaps=1)


@scene(*ROUTES)
async def test_f61_it_raises(scene: Scene) -> None:
    """Its own subscription ends with it; the other of the same client goes on."""
    async with scene.listening() as account:
        with pytest.raises(ZeroDivisionError):
            async with scene.calls.user_data() as second:
                scene.live_a_little()
                async for event in second:
                    assert event is not None
                    raise ZeroDivisionError
        scene.live_a_little()
        await asyncio.sleep(1)
        scene.check()
        assert account.link.current is not None
        assert len(scene.binance.diagnostics()["open"]) == 1


@scene(*ROUTES)
async def test_f61_two_of_one_client(scene: Scene) -> None:
    """Each is told everything, through a hand-over of the one and an outage of both."""
    other_seen: list[object] = []

    async def read(account: object) -> None:
        async for event in account:  # type: ignore[attr-defined]
            other_seen.append(event)  # noqa: PERF401

    async with scene.calls.user_data() as other, scene.listening() as account:
        reader = asyncio.ensure_future(read(other))
        scene.live_a_little()
        await asyncio.sleep(1)
        account.link.rotate()
        scene.live_a_little()
        await asyncio.sleep(10)
        scene.exchange.faults.now(Reset())
        scene.live_a_little()
        await asyncio.sleep(60)
        scene.live_a_little()
        await asyncio.sleep(1)
        scene.check(gaps=1)
        scene.truth.check(other_seen, other, gaps=1)
        reader.cancel()


@scene("logon", "us")
async def test_f63_a_reader_that_is_cancelled_loses_nothing(scene: Scene) -> None:
    async with scene.listening(read=False) as account:
        for number in range(200):
            if number % 3 == 0:
                scene.live_a_little()
            with contextlib.suppress(TimeoutError):
                scene.seen.append(await account.next(timeout=0.001 * (number % 4)))
        scene.read()
        await asyncio.sleep(1)
        scene.check()


@pytest.mark.parametrize("route_", ROUTES)
def test_f63_the_start_is_cancelled_at_every_step(route_: str) -> None:
    """Nothing is left of it, whatever it was waiting for."""
    from account_scene import play

    from binance_async.net.virtual import run_virtual

    async def test(scene: Scene) -> None:
        scene.exchange.faults.add(SlowReply(0.01), call="*")
        for step in range(1, 60):
            account = scene.calls.user_data()
            start = asyncio.ensure_future(account.start())
            await asyncio.sleep(step * 0.002)
            start.cancel()
            (outcome,) = await asyncio.gather(start, return_exceptions=True)
            if outcome is None:
                await account.close()
            assert scene.binance.diagnostics()["open"] == []
            assert account._chores == set()
            await asyncio.sleep(6)  # the connect budget
            left = {task.get_name() for task in asyncio.all_tasks() if "user_data" in task.get_name()}
            assert left == set(), step
            assert scene.exchange.exchange.sessions == {}, step
        assert outcome is None, "the last one had the time"

    run_virtual(play(test, route_, None, {}, {}, (), {}))


@scene(*ROUTES)
async def test_f62_the_loop_stood_still(scene: Scene) -> None:
    """What had arrived is read before the link is judged: no reconnect, no gap."""
    loop = asyncio.get_running_loop()
    async with scene.listening() as account:
        scene.live_a_little()
        await asyncio.sleep(9.99)
        for _ in range(3):
            loop._now += 8.0  # type: ignore[attr-defined]  # nothing runs meanwhile
            scene.live_a_little()
            await asyncio.sleep(12)
        assert account.link.losses == 0
        scene.check()


@scene("logon")
async def test_f60_an_audit_does_not_add_to_what_a_stalled_consumer_has_waiting(scene: Scene) -> None:
    async with scene.listening(read=False, bound=20) as account:
        for _ in range(5):
            scene.live_a_little()
        scene.exchange.faults.add(Lag(1.0), call="*", writes=False)
        await asyncio.sleep(3600)
        assert len(account._queue) == 20
        asked = len(scene.exchange.history.requests())
        await asyncio.sleep(3600)
        assert len(scene.exchange.history.requests()) == asked
        scene.engine.deposit(scene.mine, "BNB", Decimal(1))
        scene.read()
        await scene.restored()
        await asyncio.sleep(60)
        scene.check(gaps=1)
