"""What sessions share: one loop, one process, one clock, one end."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import re
import subprocess
import sys
import textwrap
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from binance_async import BINANCE_US, TESTNET, Binance, Timings
from binance_async.clients.spot import KIT
from binance_async.core.endpoint import TRADE, USER_STREAM
from binance_async.errors import ClientClosed, CredentialsRequired
from binance_async.net.seams import Seams
from binance_async.session.manager import Manager

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from conftest import Keys, World

LEGAL_ID = re.compile(r"[\.A-Z\:/a-z0-9_-]{1,36}")


class Part:
    """Something open."""

    def __init__(self, *, fails: bool = False, seconds: float = 0.0) -> None:
        self.closed = 0
        self.fails = fails
        self.seconds = seconds

    async def close(self) -> None:
        self.closed += 1
        await asyncio.sleep(self.seconds)
        if self.fails:
            raise ValueError("cannot close")


def in_a_loop(world: World, main: Callable[[Manager], Awaitable[Any]], **options: Any) -> Any:
    """Run something with a manager, which `main` closes or does not."""

    async def whole() -> Any:
        manager = Manager(**{"credentials": None, "environment": TESTNET, "seams": world.seams(), **options})
        return await main(manager)

    return world.run_loop(whole)


# Ids


def test_client_order_ids_are_legal_and_differ(world: World) -> None:
    async def main(manager: Manager) -> list[str]:
        return [manager.new_client_id() for _ in range(10_000)]

    ids = in_a_loop(world, main)
    assert len(set(ids)) == 10_000
    assert all(LEGAL_ID.fullmatch(each) for each in ids)
    assert max(map(len, ids)) <= 32, "conditional orders of portfolio margin take no more"


def test_client_order_ids_come_from_the_seams() -> None:
    def first(seed: int) -> str:
        seams = Seams(random=random.Random(seed))
        return Manager(credentials=None, environment=TESTNET, seams=seams).new_client_id()

    assert first(1) == first(1) != first(2)


def test_two_clients_do_not_share_their_ids() -> None:
    one, two = (Manager(credentials=None, environment=TESTNET) for _ in range(2))
    assert one.new_client_id() != two.new_client_id()


# Keys


@pytest.mark.parametrize(("security", "needs"), [(TRADE, "a key and its secret"), (USER_STREAM, "an API key")])
def test_a_call_says_what_it_needs(security: Any, needs: str) -> None:
    manager = Manager(credentials=None, environment=TESTNET)
    with pytest.raises(CredentialsRequired, match=needs):
        manager.signer_for("spot.x", security)


def test_the_signer_is_the_credentials_own(keys: Keys) -> None:
    manager = Manager(credentials=keys.rsa.credentials, environment=TESTNET)
    assert manager.signer_for("spot.x", TRADE) is keys.rsa.credentials.signer


# Seams


def test_the_adapter_is_made_once_and_when_it_is_needed(world: World) -> None:
    async def main(manager: Manager) -> None:
        assert world.opened == []
        assert manager.http is manager.http is world.http
        await manager.close()

    in_a_loop(world, main, proxy="http://u:p@127.0.0.1:1")
    assert world.opened == [{"proxy": "http://u:p@127.0.0.1:1", "ssl_context": None}]


def test_seams_and_timings_of_the_environment_are_the_second_choice(world: World) -> None:
    timings, seams = Timings(request=3), Seams(random=random.Random(1))
    environment = replace(TESTNET, timings=timings, seams=seams)
    manager = Manager(credentials=None, environment=environment)
    assert (manager.timings, manager.seams) == (timings, seams)
    mine = Manager(credentials=None, environment=environment, timings=Timings(request=4), seams=Seams())
    assert mine.timings.request == 4
    assert mine.seams is not seams


# Limits


def test_futures_share_one_pool_and_others_have_their_own(world: World) -> None:
    async def main(manager: Manager) -> None:
        assert manager.limits("usdm") is manager.limits("coinm")
        assert manager.limits("spot") is manager.limits("spot")
        assert manager.limits("spot") is not manager.limits("usdm")
        assert manager.limits("us") is not manager.limits("spot")

    in_a_loop(world, main)


# The clock


def test_before_anything_is_measured_the_machine_s_clock_counts(world: World) -> None:
    async def main(manager: Manager) -> None:
        assert manager.server_time("spot") == 1_700_000_000
        world.clock.jump(5)
        assert manager.server_time("spot") == 1_700_000_005
        assert manager.server_time("us") == 1_700_000_005

    in_a_loop(world, main)


@pytest.mark.parametrize("unit", [1_000, 1_000_000])
def test_the_exchange_s_clock_in_either_unit(world: World, unit: int) -> None:
    def now(sent: Any) -> Any:
        return world.after(0.01, world.json({"serverTime": int((world.clock.monotonic() + 2e9) * unit)}))

    world.http.always("/api/v3/time", world.after(0.01, now))

    async def main(manager: Manager) -> None:
        await manager.measure_clock(KIT)
        assert manager.server_time("spot") == pytest.approx(2e9 + world.clock.monotonic(), abs=0.03)
        assert manager.server_time("spot") <= 2e9 + world.clock.monotonic(), "rather too early than too late"
        world.clock.jump(-3600)
        assert manager.server_time("spot") == pytest.approx(2e9 + world.clock.monotonic(), abs=0.03)
        assert manager.server_time("us") < 1.8e9, "another exchange has another clock"
        await manager.close()

    in_a_loop(world, main)


@pytest.mark.parametrize("answer", [b"<html>", b'{"serverTime":"soon"}', b"{}", b'{"serverTime":null}'])
def test_a_clock_that_cannot_be_read_leaves_what_is_known(
    world: World, caplog: pytest.LogCaptureFixture, answer: bytes
) -> None:
    world.http.always("/api/v3/time", world.raw(answer))

    async def main(manager: Manager) -> None:
        await manager.measure_clock(KIT)
        assert manager.server_time("spot") == pytest.approx(world.clock.wall())
        await manager.close()

    with caplog.at_level(logging.WARNING):
        in_a_loop(world, main)
    assert "clock could not be measured" in caplog.text


@pytest.mark.parametrize("told", [-1, 0, 10**13, 10**16, 10**30])
def test_a_clock_that_is_far_off_does_no_harm(world: World, told: int) -> None:
    world.http.always("/api/v3/time", world.raw(b'{"serverTime":%d}' % told))

    async def main(manager: Manager) -> None:
        await manager.measure_clock(KIT)
        assert isinstance(manager.server_time("spot"), float)
        await manager.close()

    in_a_loop(world, main)


def _tells_the_time(world: World, ahead: float) -> Any:
    return lambda _: world.after(0.01, world.json({"serverTime": int((world.clock.wall() + ahead) * 1000)}))


def test_signed_calls_keep_the_time_without_waiting_for_it(world: World, keys: Keys) -> None:
    """Rule I: measured with the first signed call, after a jump of this machine's clocks, and when it is old."""
    world.http.always("/api/v3/time", _tells_the_time(world, 0.5))
    world.http.always("/api/v3/order", world.json({"symbol": "BTCUSDT"}))

    async def look(binance: Any) -> int:
        before = len(world.http.to("/api/v3/time"))
        sent = world.http.to("/api/v3/order")
        await binance.request("GET", "/api/v3/order", {"symbol": "BTCUSDT"}, security="USER_DATA")
        assert world.http.to("/api/v3/order")[len(sent)].at == world.clock.monotonic(), "it did not wait"
        await asyncio.sleep(1)
        return len(world.http.to("/api/v3/time")) - before

    async def main(binance: Any) -> None:
        assert [await look(binance) for _ in range(3)] == [3, 0, 0]
        offset = binance._manager.server_time("spot") - world.clock.wall()
        assert offset == pytest.approx(0.5, abs=0.03)
        await asyncio.sleep(890)
        assert await look(binance) == 0
        await asyncio.sleep(30)
        assert await look(binance) == 3
        world.clock.jump(0.1)
        assert await look(binance) == 0
        world.clock.jump(-0.5)
        assert await look(binance) == 3

    world.run(main, keys.hmac, keeps_time=True)


def test_a_clock_that_cannot_be_measured_is_not_asked_at_each_call(world: World, keys: Keys) -> None:
    world.http.always("/api/v3/time", world.error(-1121))
    world.http.always("/api/v3/order", world.json({"symbol": "BTCUSDT"}))

    async def main(binance: Any) -> None:
        for second in range(65):
            await binance.request("GET", "/api/v3/order", {"symbol": "BTCUSDT"}, security="USER_DATA")
            await asyncio.sleep(1)
            assert len(world.http.to("/api/v3/time")) == 1 + second // 30

    world.run(main, keys.hmac, keeps_time=True)


def test_measuring_takes_no_longer_than_a_call(world: World) -> None:
    world.http.always("/api/v3/time", world.after(9999, None))

    async def main(manager: Manager) -> None:
        await manager.measure_clock(KIT)
        assert world.clock.monotonic() == pytest.approx(10.0)
        await manager.close()

    in_a_loop(world, main)


# Alarms


def test_an_alarm_is_logged_and_told(world: World, caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []
    manager = Manager(credentials=None, environment=TESTNET, on_alarm=told.append)
    manager.alarm("an order has appeared")
    assert told == ["an order has appeared"]
    assert "alarm: an order has appeared" in caplog.text
    assert manager.diagnostics()["alarms"] == 1


def test_whoever_hears_an_alarm_may_fail(caplog: pytest.LogCaptureFixture) -> None:
    def deaf(text: str) -> None:
        raise ValueError("not now")

    manager = Manager(credentials=None, environment=TESTNET, on_alarm=deaf)
    manager.alarm("an order has appeared")
    assert "on_alarm raised" in caplog.text


# Tasks and pauses


def test_a_pause_ends_in_time_or_with_the_client(world: World) -> None:
    async def main(manager: Manager) -> None:
        await manager.pause(5, "spot.x")
        assert world.clock.monotonic() == 5
        waiting = asyncio.ensure_future(manager.pause(1000, "spot.x"))
        await asyncio.sleep(1)
        await manager.close()
        with pytest.raises(ClientClosed, match=r"spot\.x: this client is closed"):
            await waiting
        assert world.clock.monotonic() < 7
        with pytest.raises(ClientClosed):
            await manager.pause(1, "spot.x")

    in_a_loop(world, main)


def test_a_cancelled_pause_leaves_no_task(world: World) -> None:
    async def main(manager: Manager) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await manager.pause(1000, "spot.x")
        await asyncio.sleep(0.001)
        assert manager.diagnostics()["tasks"] == 0

    in_a_loop(world, main)


def test_tasks_end_with_the_client(world: World) -> None:
    async def main(manager: Manager) -> None:
        done = manager.spawn(asyncio.sleep(1, "value"), name="short")
        forever = manager.spawn(asyncio.sleep(1e6), name="long")
        assert await done == "value"
        assert manager.diagnostics()["tasks"] == 1
        await manager.close()
        assert forever.cancelled()
        assert manager.diagnostics()["tasks"] == 0

    in_a_loop(world, main)


# Closing


def test_closing_closes_everything_once(world: World) -> None:
    async def main(manager: Manager) -> None:
        parts = [Part(), Part(fails=True), Part(seconds=0.3)]
        forgotten = Part()
        for part in (*parts, forgotten):
            manager.on_close(part)
        manager.forget(forgotten)
        manager.forget(Part())
        assert manager.http is world.http
        await asyncio.gather(manager.close(), manager.close())
        await manager.close()
        assert [part.closed for part in parts] == [1, 1, 1]
        assert forgotten.closed == 0
        assert world.http.closed == 1
        assert manager.closed
        assert repr(manager) == "<Manager of testnet, closed>"

    in_a_loop(world, main)


def test_everyone_who_closes_waits_for_the_end(world: World) -> None:
    async def main(manager: Manager) -> None:
        part = Part(seconds=0.3)
        manager.on_close(part)
        first = asyncio.ensure_future(manager.close())
        await asyncio.sleep(0.1)
        await manager.close()
        assert world.clock.monotonic() == pytest.approx(0.3)
        await first

    in_a_loop(world, main)


def test_closing_goes_on_when_who_waits_is_cancelled(world: World) -> None:
    async def main(manager: Manager) -> None:
        part = Part(seconds=0.3)
        manager.on_close(part)
        assert manager.http is world.http
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await manager.close()
        await manager.close()
        assert world.http.closed == 1

    in_a_loop(world, main)


def test_a_task_of_the_client_may_close_it(world: World) -> None:
    async def main(manager: Manager) -> None:
        task = manager.spawn(manager.close(), name="closes")
        await asyncio.wait({task}, timeout=1)
        assert task.done()
        await manager.close()
        assert manager.closed

    in_a_loop(world, main)


def test_what_was_never_used_closes_in_any_loop(world: World) -> None:
    manager = Manager(credentials=None, environment=TESTNET)
    asyncio.run(manager.close())
    asyncio.run(manager.close())
    assert manager.closed


# Loops, threads, processes


def test_another_event_loop(world: World, keys: Keys) -> None:
    world.http.always("/api/v3/time", world.json({"serverTime": 1}))
    clients: list[Binance] = []

    async def first() -> None:
        clients.append(world.client(keys.hmac))
        await clients[0].spot.time()

    async def second() -> None:
        binance = clients[0]
        with pytest.raises(ClientClosed, match=r"spot\.time: this client belongs to another event loop"):
            await binance.spot.time()
        with pytest.raises(ClientClosed, match="another event loop"):
            await binance.close()
        with pytest.raises(ClientClosed, match="another event loop"):
            async with binance:
                pass
        assert repr(binance) == "<Binance testnet>"
        assert binance.diagnostics()["closed"] is False

    world.run_loop(first)
    world.run_loop(second)
    assert len(world.http.sent) == 1


def test_a_loop_in_another_thread(world: World) -> None:
    world.http.always("/api/v3/time", world.json({"serverTime": 1}))
    found: list[BaseException] = []

    async def main(binance: Binance) -> None:
        await binance.spot.time()

        def other() -> None:
            try:
                asyncio.run(binance.spot.time())
            except ClientClosed as error:
                found.append(error)

        thread = threading.Thread(target=other)
        thread.start()
        thread.join(10)
        assert not thread.is_alive()
        await binance.spot.time()

    world.run(main)
    assert len(found) == 1
    assert len(world.http.sent) == 2


def test_a_closed_client(world: World, keys: Keys) -> None:
    async def main() -> None:
        binance = world.client(keys.hmac)
        await binance.close()
        for call in (binance.spot.time(), binance.request("GET", "/api/v3/x"), binance.spot.open_orders()):
            with pytest.raises(ClientClosed, match="this client is closed"):
                await call
        with pytest.raises(ClientClosed):
            async with binance:
                pass

    world.run_loop(main)
    assert world.http.sent == []


FORKING = """
import asyncio, os, sys
from binance_async import Binance, TESTNET
from binance_async.errors import ClientClosed
from binance_async.net.seams import HttpReply, Seams

class Http:
    closed = 0
    async def request(self, *args, **kwargs):
        return HttpReply(200, {}, b'{"serverTime":1}')
    async def close(self):
        self.closed += 1

async def main():
    http = Http()
    async with Binance(environment=TESTNET, seams=Seams(http=lambda **_: http)) as binance:
        await binance.spot.time()
        child = os.fork()
        if not child:
            try:
                await binance.spot.time()
            except ClientClosed as error:
                said = str(error)
            await binance.close()
            # What the child closed would be the parent's.
            os._exit(0 if "carried over a fork" in said and not http.closed else 1)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        assert (await binance.spot.time()).server_time == 1
    assert http.closed == 1

asyncio.run(main())
print("unharmed")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork() -> None:
    found = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(FORKING)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (found.stdout.strip(), found.stderr) == ("unharmed", "")


# What may be shown


def test_diagnostics_are_plain_data(world: World, keys: Keys) -> None:
    world.http.always("/api/v3/order", lambda sent: world.json(world.order(sent)))

    async def main(binance: Binance) -> dict[str, Any]:
        await binance.spot.place_order(
            "BTCUSDT", "BUY", "LIMIT", time_in_force="GTC", quantity=1, price=2, new_order_resp_type="ACK"
        )
        return binance.diagnostics()

    found = world.run(main, keys.hmac)
    assert json.loads(json.dumps(found)).keys() == found.keys()
    assert found["environment"] == "testnet"
    assert {"kind": "REQUEST_WEIGHT", "seconds": 60, "limit": 6000}.items() <= found["limits"]["spot"]["windows"][
        0
    ].items()
    assert "BTCUSDT" not in json.dumps(found)
    assert keys.hmac.api_key not in json.dumps(found)


def test_the_name_of_the_environment_is_all_that_a_repr_tells(keys: Keys) -> None:
    manager = Manager(credentials=keys.hmac.credentials, environment=BINANCE_US, proxy="http://u:canary@x:1")
    assert repr(manager) == "<Manager of binance_us>"
    assert "canary" not in str(vars(manager))
