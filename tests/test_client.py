"""`Binance`: what it takes, what it gives, and how it ends. The calls themselves: see `tests/session`."""

from __future__ import annotations

import asyncio
import inspect
import random
import ssl
import traceback
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from binance_async import BINANCE_US, DEMO, PRODUCTION, TESTNET, Binance, Environment, Timings
from binance_async.environment import Hosts
from binance_async.errors import ClientClosed, InvalidArgument, RefusedLocally, UnsupportedRoute
from binance_async.net.seams import Seams
from binance_async.net.virtual import VirtualClock, run_virtual

if TYPE_CHECKING:
    from conftest import Keys, World

CANARY = "canary0123456789"
LIMIT: dict[str, Any] = {"time_in_force": "GTC", "quantity": "1", "price": "2", "new_order_resp_type": "ACK"}


def shown(error: BaseException) -> str:
    """All that a crash report with locals shows, but for the frames of this file."""
    report = traceback.TracebackException.from_exception(error, capture_locals=True)
    report.stack = traceback.StackSummary.from_list([f for f in report.stack if f.filename != __file__])
    return "".join(report.format())


# What it takes


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"recv_window": 0}, "more than 0 and at most 60000"),
        ({"recv_window": -1}, "more than 0"),
        ({"recv_window": 60_000.001}, "at most 60000"),
        ({"recv_window": float("nan")}, "finite"),
        ({"recv_window": "soon"}, "takes a number"),
        ({"recv_window": True}, "takes a number"),
        ({"time_unit": "seconds"}, "milliseconds or microseconds"),
        ({"time_unit": None}, "milliseconds or microseconds"),
        ({"allow_transfers": "us.withdraw"}, "a set of names"),
        ({"allow_transfers": b"us.withdraw"}, "a set of names"),
        ({"allow_transfers": None}, "a set of names"),
        ({"allow_transfers": True}, "a set of names"),
        ({"allow_transfers": [["us.withdraw"]]}, "a set of names"),
        ({"environment": "testnet"}, "takes PRODUCTION, TESTNET and the like, not str"),
        ({"environment": None}, "not NoneType"),
        ({"credentials": CANARY}, r"takes Credentials\.hmac\(\.\.\.\) and the like, not str"),
        ({"credentials": (CANARY, CANARY)}, "not tuple"),
        ({"proxy": f"user:{CANARY}@host:1"}, "takes an address like http://user:password@host:port"),
        ({"proxy": f"socks5://user:{CANARY}@host:1"}, "takes an address like"),
        ({"proxy": f"http://user:{CANARY}@host:99999"}, "takes an address like"),
        ({"proxy": f"http://user:{CANARY}@[host"}, "takes an address like"),
        ({"proxy": ""}, "takes an address like"),
        ({"proxy": 8080}, "takes an address like"),
        ({"ssl_context": "ca.pem"}, r"takes an ssl\.SSLContext"),
    ],
)
def test_arguments_that_make_no_sense(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidArgument, match=text) as caught:
        Binance(**{"proxy": f"http://user:{CANARY}@host:1", **arguments})
    assert caught.value.argument == next(iter(arguments))
    assert CANARY not in shown(caught.value)


def unsafe() -> list[ssl.SSLContext]:
    """TLS contexts that would accept what they must not."""
    anybody = ssl.create_default_context()
    anybody.check_hostname = False
    nobody = ssl.create_default_context()
    nobody.check_hostname = False
    nobody.verify_mode = ssl.CERT_NONE
    return [anybody, nobody, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)]


@pytest.mark.parametrize("number", range(3))
def test_a_context_that_verifies_nothing(number: int) -> None:
    with pytest.raises(InvalidArgument, match="ssl_context") as caught:
        Binance(ssl_context=unsafe()[number], proxy=f"http://user:{CANARY}@host:1")
    assert CANARY not in shown(caught.value)


@pytest.mark.parametrize("arguments", [(CANARY, CANARY), (None, TESTNET)])
def test_everything_but_the_credentials_is_named(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError):
        Binance(*arguments)


@pytest.mark.parametrize("window", [0.001, 1, 5000, 60_000, "1234.5", Decimal("1E+3"), 12345.678])
def test_recv_windows_that_make_sense(window: Any) -> None:
    assert repr(Binance(recv_window=window)) == "<Binance production>"


def test_it_is_made_without_a_loop_and_without_a_connection(world: World) -> None:
    binance = Binance(environment=TESTNET, seams=Seams(http=lambda **_: pytest.fail("nothing was asked yet")))
    assert repr(binance) == "<Binance testnet>"
    assert repr(binance.spot) == "<Spot of testnet>"
    assert binance.diagnostics()["closed"] is False


def test_what_it_was_given_does_not_show(keys: Keys) -> None:
    binance = Binance(keys.hmac.credentials, environment=TESTNET, proxy=f"http://user:{CANARY}@host:1")
    assert binance.spot
    assert CANARY not in f"{vars(binance)}{vars(binance._manager)}{vars(binance.spot)}{binance.diagnostics()}"
    assert keys.hmac.secret not in f"{vars(binance)}{vars(binance._manager)}"


def test_its_signature_tells_every_argument() -> None:
    documented = inspect.getdoc(Binance) or ""
    for name in inspect.signature(Binance).parameters:
        assert f"{name}: " in documented


def test_proxy_and_context_reach_the_adapter(world: World) -> None:
    context = ssl.create_default_context()
    world.http.always("*", world.json({"serverTime": 1}))
    world.run(lambda binance: binance.spot.time(), proxy="http://user:pass@host:1", ssl_context=context)
    assert world.opened == [{"proxy": "http://user:pass@host:1", "ssl_context": context}]


def test_timings_reach_the_calls(world: World) -> None:
    world.http.always("*", world.json({"serverTime": 1}))
    world.run(lambda binance: binance.spot.time(), timings=Timings().scaled(0.5))
    assert world.http.sent[0].timeout == 5.0


# What it gives


@pytest.mark.parametrize(
    ("environment", "family", "host"),
    [
        (PRODUCTION, "spot", "https://api.binance.com"),
        (TESTNET, "spot", "https://testnet.binance.vision"),
        (DEMO, "spot", "https://demo-api.binance.com"),
        (BINANCE_US, "us", "https://api.binance.us"),
    ],
)
def test_each_environment_has_its_family(world: World, environment: Environment, family: str, host: str) -> None:
    world.http.always("*", world.json({"serverTime": 5}))
    found = world.run(lambda binance: getattr(binance, family).time(), environment=environment)
    assert found.server_time == 5
    assert world.http.sent[0].url == f"{host}/api/v3/time"


@pytest.mark.parametrize(("environment", "family"), [(TESTNET, "us"), (BINANCE_US, "spot")])
def test_a_family_that_the_environment_has_not(environment: Environment, family: str) -> None:
    with pytest.raises(UnsupportedRoute, match=rf"'{environment.name}' has .*, not \.{family}"):
        getattr(Binance(environment=environment), family)


def test_a_family_is_made_once() -> None:
    binance = Binance(environment=TESTNET)
    assert binance.spot is binance.spot


def test_two_families_side_by_side(world: World) -> None:
    hosts = {"spot": Hosts(rest="http://127.0.0.1:1"), "us": Hosts(rest="http://127.0.0.1:2")}
    world.http.always("*", world.json({"serverTime": 1}))

    async def main(binance: Binance) -> None:
        await asyncio.gather(binance.spot.time(), binance.us.time())
        await binance.request("GET", "/api/v3/x")
        await binance.request("GET", "/api/v3/x", family="us")

    world.run(main, environment=Environment("both", hosts))
    assert sorted(sent.url[:18] for sent in world.http.sent) == ["http://127.0.0.1:1"] * 2 + ["http://127.0.0.1:2"] * 2


def test_two_clients_do_not_know_each_other(new_world: Any, keys: Keys) -> None:
    here, there = new_world(), new_world()
    for world in (here, there):
        world.http.always("/api/v3/order", lambda sent: here.json(here.order(sent)))

    async def main() -> None:
        there.clock = here.clock
        one, two = here.client(keys.hmac), there.client(keys.ed25519)
        await one.spot.place_order("BTCUSDT", "BUY", "LIMIT", **LIMIT)
        await one.close()
        await two.spot.place_order("BTCUSDT", "BUY", "LIMIT", **LIMIT)
        assert two.diagnostics()["closed"] is False
        await two.close()

    here.run_loop(main)
    assert [sent.headers["X-MBX-APIKEY"] for sent in here.http.sent] == [keys.hmac.api_key]
    assert [sent.headers["X-MBX-APIKEY"] for sent in there.http.sent] == [keys.ed25519.api_key]


def test_transfers_are_opted_in_by_name(world: World, keys: Keys) -> None:
    withdrawal: dict[str, Any] = {"coin": "BTC", "network": "BTC", "address": "a", "amount": "1"}
    world.http.always("*", world.json({"id": "1"}))

    async def main(binance: Binance) -> None:
        await binance.us.withdraw(**withdrawal)
        with pytest.raises(RefusedLocally, match=r"us\.sub_account_transfer|moves money out"):
            await binance.request("POST", "/sapi/v3/sub-account/transfer", security="USER_DATA")

    world.run(main, keys.hmac, environment=BINANCE_US, allow_transfers=iter(["us.withdraw"]))
    assert [sent.path for sent in world.http.sent] == ["/sapi/v1/capital/withdraw/apply"]


# How it ends


def test_leaving_the_block_closes(world: World) -> None:
    world.http.always("*", world.json({"serverTime": 1}))

    async def main() -> Binance:
        async with world.client() as binance:
            await binance.spot.time()
        assert binance.diagnostics()["closed"]
        return binance

    world.run_loop(main)
    assert world.http.closed == 1


def test_an_error_leaves_the_block_as_it_is(world: World) -> None:
    async def main() -> None:
        with pytest.raises(ZeroDivisionError):
            async with world.client() as binance:
                await binance.spot.ping() if world.http.sent else 1 / 0

    world.run_loop(main)


def test_closing_twice_and_at_once(world: World) -> None:
    world.http.always("*", world.json({"serverTime": 1}))

    async def main() -> None:
        async with world.client() as binance:
            await binance.spot.time()
            await asyncio.gather(*(binance.close() for _ in range(5)))
            await binance.close()
        with pytest.raises(ClientClosed, match=r"Binance: this client is closed"):
            async with binance:
                pass

    world.run_loop(main)
    assert world.http.closed == 1


def test_closing_what_was_never_used(world: World) -> None:
    async def main() -> None:
        async with world.client():
            pass

    world.run_loop(main)
    assert world.http.closed == 0


def test_a_hundred_calls_under_way_do_not_hold_it_up(world: World, keys: Keys) -> None:
    world.http.always("*", world.after(9999, None))

    async def main() -> None:
        binance = world.client(keys.hmac)
        calls = [binance.spot.time() for _ in range(50)]
        calls += [binance.spot.place_order("BTCUSDT", "BUY", "LIMIT", **LIMIT) for _ in range(50)]
        under_way = asyncio.gather(*calls, return_exceptions=True)
        await asyncio.sleep(0.1)
        assert world.http.in_flight == 100
        before = world.clock.monotonic()
        await binance.close()
        found = await under_way
        assert world.clock.monotonic() - before < 1.0
        assert {type(error).__name__ for error in found[:50]} == {"ClientClosed"}
        assert {type(error).__name__ for error in found[50:]} == {"OutcomeUnknown"}

    world.run_loop(main)
    assert len([sent for sent in world.http.sent if sent.method == "POST"]) == 50


def test_a_run_replays_from_its_seed(keys: Keys, world: World) -> None:
    """The same seams, the same bytes."""

    def once(seed: int) -> list[tuple[str, float]]:
        world.http.sent.clear()
        world.http.closed = 0
        failures = random.Random(seed)

        def answer(sent: Any) -> Any:
            if sent.method == "GET" and failures.random() < 0.5:
                return world.error(-1000, status=500)
            return world.json(world.order(sent) if sent.method == "POST" else {"serverTime": 1})

        world.http.always("*", answer)

        async def main() -> None:
            clock = VirtualClock(asyncio.get_running_loop())
            seams = Seams(clock=clock, random=random.Random(seed), http=lambda **_: world.http)
            async with Binance(keys.hmac.credentials, environment=TESTNET, seams=seams) as binance:
                for _ in range(10):
                    await asyncio.gather(binance.spot.time(), return_exceptions=True)
                    await binance.spot.place_order("BTCUSDT", "BUY", "LIMIT", **LIMIT)

        run_virtual(main())
        return [(f"{sent.method} {sent.url} {sent.text}", sent.at) for sent in world.http.sent]

    assert once(1) == once(1)
    assert once(1) != once(2)


@pytest.mark.parametrize("kept", [None, {}, {"spot": 5}, {"spot": {"until": "soon"}}, {"other": {"until": 1.0}}])
def test_an_embargo_that_cannot_be_read_holds_nothing_up(world: World, kept: Any) -> None:
    world.http.always("/api/v3/time", world.json({"serverTime": 1}))
    world.run(lambda binance: binance.spot.time(), embargoes=kept)


def test_embargoes_that_are_none() -> None:
    with pytest.raises(InvalidArgument, match="embargoes"):
        Binance(embargoes=[1])  # type: ignore[arg-type]
