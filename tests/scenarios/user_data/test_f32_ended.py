"""F32 and F33: the subscription ends, the key is revoked, a connection has had all the subscriptions it may have."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from account_scene import ROUTES, Scene, scene

from binance_async import Binance
from binance_async.core.events import Gap, GapCause
from binance_async.errors import BinanceError, Rejected, StreamClosed
from binance_async.simulator.actions import EndSubscriptions, ExpireListenKeys, Reset, Revoke, SlowReply
from binance_async.simulator.rules import rules_for


@scene("logon", "signature")
async def test_f32_the_stream_is_terminated(scene: Scene) -> None:
    async with scene.listening() as account:
        for count in range(1, 4):
            scene.live_a_little()
            await asyncio.sleep(1)
            scene.exchange.faults.now(EndSubscriptions())
            scene.live_a_little()
            assert await scene.restored(count) <= 2.0
        await asyncio.sleep(60)
        scene.check(gaps=3)
        assert {gap.cause for gap in scene.gaps} == {GapCause.EXPIRED}
        assert scene.kinds().count("EventStreamTerminated") == 3
        assert account.link.losses == 3


@scene("logon", "signature")
async def test_f32_terminated_with_fifty_calls_pending(scene: Scene) -> None:
    async with scene.listening():
        scene.live_a_little()
        scene.exchange.faults.add(SlowReply(5.0), call="*", door="rest", writes=False, times=50)
        calls = [asyncio.ensure_future(scene.calls.open_orders()) for _ in range(50)]
        await asyncio.sleep(1)
        scene.exchange.faults.now(EndSubscriptions())
        scene.live_a_little()
        await scene.restored()
        assert [len(orders) for orders in await asyncio.gather(*calls)] == [0] * 50
        await asyncio.sleep(60)
        scene.check(gaps=1)


def revoke(scene: Scene) -> None:
    scene.exchange.faults.now(Revoke(account=scene.mine))


async def the_end(scene: Scene, limit: float) -> BinanceError:
    """Why the iteration ended."""
    assert scene.reader is not None
    await asyncio.wait({scene.reader}, timeout=limit)
    assert scene.reader.done(), "it hangs"
    error = scene.reader.exception()
    assert isinstance(error, BinanceError)
    return error


@scene("logon", "signature")
async def test_f32_the_key_is_revoked_and_the_stream_ends(scene: Scene) -> None:
    async with scene.listening() as account:
        scene.live_a_little()
        await asyncio.sleep(1)
        revoke(scene)
        scene.exchange.faults.now(EndSubscriptions())
        error = await the_end(scene, 10.0)
        assert isinstance(error, Rejected)
        assert error.code == -2015
        (gap,) = scene.gaps
        assert not gap.reconciled
        assert "everything between the two times" in gap.missing
        with pytest.raises(Rejected):
            await account.next(1)
        assert account._chores == set(), "nothing goes on asking"


@scene("listen_key", "us")
async def test_f32_the_key_is_revoked_and_the_listen_key_expires(scene: Scene) -> None:
    async with scene.listening():
        await asyncio.sleep(1)
        revoke(scene)
        scene.exchange.faults.now(ExpireListenKeys())
        error = await the_end(scene, 10.0)
        assert isinstance(error, Rejected)
        assert error.code == -2015


@scene(*ROUTES)
async def test_f32_the_key_is_revoked_while_nothing_happens(scene: Scene) -> None:
    """The stream says nothing of it. The next audit hears of it; the connection that lives on is kept for its events,
    and the iteration ends with it."""
    async with scene.listening() as account:
        await asyncio.sleep(60)
        revoke(scene)
        await asyncio.sleep(30 * 60)
        scene.exchange.faults.now(Reset())
        error = await the_end(scene, 60.0)
        assert isinstance(error, Rejected)
        assert error.code == -2015
        before = len(scene.exchange.history.requests())
        await asyncio.sleep(3600)
        assert len(scene.exchange.history.requests()) == before
        assert account.link.current is None


@scene("logon", "us")
async def test_f32_the_key_is_revoked_during_a_reconciliation(scene: Scene) -> None:
    async with scene.listening():
        scene.live_a_little()
        await asyncio.sleep(1)
        scene.exchange.faults.add(SlowReply(3.0), call="open_orders")
        scene.exchange.faults.now(Reset())
        await asyncio.sleep(2)
        revoke(scene)
        await scene.restored()
        assert not scene.gaps[0].reconciled
        scene.exchange.faults.now(Reset())
        assert isinstance(await the_end(scene, 60.0), Rejected)
        assert all(isinstance(gap, Gap) for gap in scene.gaps)


@scene(*ROUTES)
async def test_f32_a_key_that_was_never_good(scene: Scene) -> None:
    """The error comes where the subscription is opened, and nothing is left of it."""
    revoke(scene)
    tasks = asyncio.all_tasks()
    account = scene.calls.user_data()
    with pytest.raises(Rejected) as refused:
        async with account:
            raise AssertionError("it opened")
    assert refused.value.code == -2015
    await asyncio.sleep(1)  # the client may still be asking for the time
    assert asyncio.all_tasks() == tasks
    assert repr(scene.binance.diagnostics()["open"]) == "[]"
    with pytest.raises(StreamClosed):
        await account.next(1)


@scene("logon", "signature")
async def test_f32_the_account_cannot_be_read_at_the_start(scene: Scene) -> None:
    from binance_async.simulator.actions import Refuse

    for call in ("open_orders", "account"):
        rule = scene.exchange.faults.add(Refuse(400, -2015, "Invalid API-key, IP, or permissions."), call=call)
        with pytest.raises(Rejected):
            async with scene.calls.user_data():
                raise AssertionError("it opened")
        rule.remove()
        assert scene.binance.diagnostics()["open"] == []
    await asyncio.sleep(1)
    assert scene.exchange.exchange.sessions == {}


@scene("logon", "signature", rules=replace(rules_for("spot"), lifetime_subscriptions=1))
async def test_f33_each_subscription_has_a_connection_of_its_own(scene: Scene) -> None:
    """A connection may have 65,535 in its life, here one: the client never asks for a second."""
    async with scene.listening() as account:
        for count in range(1, 6):
            scene.live_a_little()
            await asyncio.sleep(1)
            scene.exchange.faults.now(EndSubscriptions())
            await scene.restored(count)
            account.link.rotate()
            for _ in range(10):
                scene.live_a_little()
                await asyncio.sleep(1)
        scene.check(gaps=5)
        assert account.link.rotations == 5
        refused = [record for record in scene.exchange.history.requests() if record.refusal]
        assert refused == []


@scene("logon")
async def test_f32_what_another_account_may_do_changes_nothing(scene: Scene) -> None:
    """Two clients of two accounts of one exchange, one of which is revoked."""
    other = scene.exchange.add_account()
    options = {"environment": scene.exchange.environment}
    async with Binance(other.keys["ed25519"].credentials, **options) as second, second.spot.user_data() as theirs:
        async with scene.listening():
            scene.live_a_little()
            scene.exchange.faults.now(Revoke(account=other.uid))
            scene.exchange.faults.now(EndSubscriptions(account=other.uid))
            await asyncio.sleep(5)
            scene.live_a_little()
            await asyncio.sleep(1)
            scene.check(gaps=0)
        with pytest.raises(Rejected):
            while True:
                await theirs.next(1)


@scene("logon", "us")
async def test_f32_a_gap_that_rest_refuses_is_told_as_it_is(scene: Scene) -> None:
    """Not reconciled, and what is missing; what REST tells later is given all the same."""
    from binance_async.simulator.actions import Refuse

    async with scene.listening():
        scene.live_a_little()
        await asyncio.sleep(1)
        refusal = scene.exchange.faults.add(Refuse(400, -1100, "Illegal characters."), call="open_orders")
        scene.exchange.faults.now(Reset())
        scene.live_a_little()
        await scene.restored()
        refusal.remove()
        (gap,) = scene.gaps
        assert not gap.reconciled
        await asyncio.sleep(60)
        scene.check(gaps=1, whole=False)
