"""F64-F67: closed in whatever state, in another loop, a thousand times, and after a crash."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from account_scene import ROUTES, Scene, scene

from binance_async import Binance
from binance_async.errors import ClientClosed, StreamClosed
from binance_async.session.manager import process
from binance_async.simulator.actions import (
    Delay,
    EndSubscriptions,
    ExpireListenKeys,
    Freeze,
    HalfOpen,
    RefuseHandshake,
    Reset,
    SlowHandshake,
    SlowReply,
    Unreachable,
)

Prepare = Callable[[Scene], Any]


def slow_reading(scene: Scene) -> None:
    scene.exchange.faults.add(SlowReply(8.0), call="all_orders")
    scene.exchange.faults.now(Reset())


def hand_over_that_waits(scene: Scene) -> None:
    scene.exchange.faults.add(Delay(60.0), stream="user", connection=1)
    scene.account.link.rotate()
    asyncio.get_running_loop().call_later(1.0, scene.live_a_little)


def unreachable(scene: Scene) -> None:
    scene.exchange.faults.now(Unreachable(1e6))


def slow_handshake(scene: Scene) -> None:
    scene.exchange.faults.add(SlowHandshake(9.0), opening="*")
    scene.exchange.faults.now(Reset())


def refused_handshakes(scene: Scene) -> None:
    scene.exchange.faults.add(RefuseHandshake(503), opening="*")
    scene.exchange.faults.now(Reset())


def slow_successor(scene: Scene) -> None:
    scene.exchange.faults.add(SlowHandshake(9.0), opening="*")
    scene.account.link.rotate()


def ended(scene: Scene) -> None:
    scene.exchange.faults.now(EndSubscriptions())
    scene.exchange.faults.now(ExpireListenKeys())


def settled_later(scene: Scene) -> None:
    scene.exchange.faults.now(Reset())


STATES: dict[str, tuple[Prepare, float]] = {
    "quiet": (lambda _: None, 1.0),
    "just opened": (lambda _: None, 0.0),
    "pinging": (lambda _: None, 12.0),
    "half open": (lambda scene: scene.exchange.faults.now(HalfOpen()), 12.0),
    "frozen": (lambda scene: scene.exchange.faults.now(Freeze()), 2.0),
    "lost this moment": (lambda scene: scene.exchange.faults.now(Reset()), 0.0),
    "reading REST": (slow_reading, 3.0),
    "between two readings": (settled_later, 2.0),
    "exchange out of reach": (unreachable, 20.0),
    "in a slow handshake": (slow_handshake, 3.0),
    "between refused handshakes": (refused_handshakes, 10.0),
    "opening a successor": (slow_successor, 3.0),
    "handing over": (hand_over_that_waits, 3.0),
    "ended by the exchange": (ended, 0.0),
    "auditing": (lambda _: None, 15 * 60 + 1.0),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("by", ["itself", "the client"])
@scene(*ROUTES)
async def test_f64_closed_in_every_state(state: str, by: str, scene: Scene) -> None:
    prepare, wait = STATES[state]
    account = scene.account = scene.calls.user_data(symbols=["BTCUSDT"])
    await account.start()
    scene.live_a_little()
    prepare(scene)
    await asyncio.sleep(wait)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await (account.close() if by == "itself" else scene.binance.close())
    assert loop.time() - began < 1.0
    await asyncio.sleep(0)
    left = [task.get_coro() for task in asyncio.all_tasks() - {asyncio.current_task()}]
    ours = [each for each in left if each is not None and not each.cr_code.co_filename.endswith("memory.py")]
    if by == "itself":
        ours = [each for each in ours if each.cr_code.co_name != "_measure"]  # the client keeps the time
    assert ours == [], "the exchange may still work at an answer"
    await account.close()
    with pytest.raises(StreamClosed):
        while True:
            await account.next(1)
    await asyncio.sleep(30)
    live = {number for number, session in scene.exchange.exchange.sessions.items() if session.wire is not None}
    assert not live or state in ("half open", "frozen"), "the exchange has heard of it"


@scene(*ROUTES)
async def test_f64_closed_while_somebody_reads(scene: Scene) -> None:
    """The iteration ends, without an error."""
    account = scene.calls.user_data()
    seen = []
    async with account:

        async def read() -> None:
            async for event in account:
                seen.append(event)  # noqa: PERF401

        reader = asyncio.ensure_future(read())
        scene.live_a_little()
        await asyncio.sleep(1)
    await asyncio.wait_for(reader, 1)
    assert len(seen) == len(scene.truth.events) > 10


@scene("logon")
async def test_f64_not_with_a_client_that_is_closed(scene: Scene) -> None:
    account = scene.calls.user_data()
    await scene.binance.close()
    with pytest.raises(ClientClosed):
        await account.start()


@scene("logon", "us")
async def test_f65_not_in_another_loop(scene: Scene) -> None:
    async with scene.listening():
        scene.live_a_little()
        account = scene.calls.user_data()
        failure: list[BaseException] = []

        def elsewhere() -> None:
            other = asyncio.new_event_loop()
            try:
                other.run_until_complete(account.start())
            except ClientClosed as error:
                failure.append(error)
            finally:
                other.close()

        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        assert "another event loop" in str(failure[0])
        await asyncio.sleep(1)
        scene.check()


@scene("logon")
async def test_f65_not_after_a_fork(scene: Scene) -> None:
    async with scene.listening():
        account = scene.calls.user_data()
        try:
            process.forks += 1  # as a child sees it
            with pytest.raises(ClientClosed, match="fork"):
                await account.start()
        finally:
            process.forks -= 1
        scene.live_a_little()
        await asyncio.sleep(1)
        scene.check()


@scene("logon", "us")
async def test_f66_reconnects_leave_nothing(scene: Scene) -> None:
    async with scene.listening() as account:
        scene.live_a_little()
        await asyncio.sleep(120)
        tasks = len(asyncio.all_tasks())
        for number in range(120):
            if number % 3:
                scene.exchange.faults.now(Reset())
            else:
                account.link.rotate()
            await asyncio.sleep(30)
            if number % 10 == 0:
                scene.live_a_little()
        await asyncio.sleep(120)
        assert len(asyncio.all_tasks()) == tasks
        assert len(account._chores) <= 3
        assert account._held == []
        scene.check(gaps=80)


@scene(*ROUTES)
async def test_f67_after_a_crash_the_state_is_read_anew(scene: Scene) -> None:
    """The client keeps nothing. Who begins anew finds the open orders and balances, and is not told of the past."""
    async with scene.listening():
        scene.live_a_little()
        order = scene.place(price=59_000, quantity="0.03")
        scene.fill(59_000, quantity="0.01")
        await asyncio.sleep(1)
    await scene.binance.close()
    scene.live_a_little()
    scene.fill(59_000, quantity="0.01")
    await asyncio.sleep(5)
    credentials = scene.exchange.keys[{"logon": "ed25519"}.get(str(scene.account.route), "hmac")].credentials
    async with Binance(credentials, environment=scene.exchange.environment) as binance:
        scene.binance = binance
        scene.seen.clear()
        async with scene.listening() as account:
            assert str(account.state.open["BTCUSDT", order].executed) == "0.02000000"
            await asyncio.sleep(1)
            assert scene.seen == []
            scene.exchange.faults.now(Reset())
            scene.fill(59_000, quantity="0.005")
            await scene.restored()
            await asyncio.sleep(60)
            scene.check(gaps=1)
