"""F68: secrets in logs and errors. F69: listen keys in the libraries' logs. F70: keys for hosts that are not ours.

`tests/test_canary.py` leads a client through ten thousand failures and searches everything; here each row has its
shortest form, over the embedded exchange and over real sockets.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest

from binance_async import TESTNET, Binance, Credentials, Environment, Timings
from binance_async.errors import BinanceError, NotSent, RefusedLocally
from binance_async.net.seams import Seams, SystemClock
from binance_async.net.virtual import run_virtual
from binance_async.simulator import Simulator
from binance_async.simulator.actions import (
    CutReply,
    EndFile,
    ExpireListenKeys,
    LateCommit,
    LoseReply,
    Refuse,
    ReplaceReply,
    Reset,
    Revoke,
)
from tests.chaos.trader import ROUTES, open_desk

LIBRARIES = ("", "asyncio", "aiohttp", "aiohttp.client", "aiohttp.internal", "websockets", "websockets.client",
             "websockets.protocol", "binance_async", "picows")  # fmt: skip
PIECE = 12
at_the_exchange: list[str] = []
"""What the embedded exchange logs of what it is sent: there the secrets can be seen."""


@contextmanager
def everything_logged() -> Iterator[list[str]]:
    """Every record of every logger at DEBUG, with its arguments and its exception; but for the exchange's own."""
    heard: list[str] = []
    at_the_exchange.clear()

    class Ears(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            line = f"{record.name} {record.getMessage()} {record.args!r} {record.exc_info!r}"
            (at_the_exchange if record.name == "websockets.server" else heard).append(line)

    ears = Ears(logging.DEBUG)
    before = [(logging.getLogger(name), logging.getLogger(name).level) for name in LIBRARIES]
    logging.getLogger().addHandler(ears)
    for logger, _ in before:
        logger.setLevel(logging.DEBUG)
    try:
        yield heard
    finally:
        logging.getLogger().removeHandler(ears)
        for logger, level in before:
            logger.setLevel(level)


def shown(error: BaseException) -> str:
    """All that a person or a crash report sees of an error."""
    seen = [str(error), repr(error), repr(error.args), repr(vars(error)), pickle.dumps(error).decode("latin-1")]
    stack = traceback.TracebackException.from_exception(error, capture_locals=False)
    return "\n".join([*seen, *stack.format()])


def assert_absent(secrets: dict[str, str], text: str) -> None:
    """Not even a piece of one."""
    lower = text.lower()
    found = [name for name, secret in secrets.items() for i in range(len(secret) - PIECE)
             if secret[i : i + PIECE].lower() in lower]  # fmt: skip
    assert found == []


def secrets_of(exchange: Simulator, kind: Any) -> dict[str, str]:
    key = exchange.keys[kind]
    body = "".join(line for line in str(key.secret).splitlines() if "-----" not in line)
    return {"the api key": key.api_key, "the secret": body}


# F68

FAILURES: dict[str, Callable[[str], Any]] = {
    "an error that repeats the key": lambda key: Refuse(400, -1100, f"Illegal key {key} in {key[:30]}"),
    "a page that repeats the key": lambda key: Refuse(502, body=f"<html>{key}</html>"),
    "nonsense that repeats the key": lambda key: ReplaceReply(200, f'{{"orderId": "{key}"}}'),
    "lost": lambda _: LoseReply("reset"),
    "cut": lambda _: CutReply(30),
    "never": lambda _: LateCommit(1e9),
    "banned, and told the key": lambda key: Refuse(418, -1003, f"{key} banned until 1767225722000."),
}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("failure", FAILURES)
def test_f68_no_secret_is_in_what_a_failure_leaves(failure: str, route: str) -> None:
    async def main() -> None:
        async with open_desk(1, route, user_stream=True) as desk:
            secrets = secrets_of(desk.exchange, "ed25519" if route == "ed25519" else "hmac")
            desk.exchange.faults.add(FAILURES[failure](secrets["the api key"]), call="place_order", times=1)
            told = ""
            try:
                await desk.api.place_order("BTCUSDT", "BUY", "MARKET", quantity="0.001")
            except BinanceError as error:
                told = shown(error)
            held = f"{desk.binance!r} {vars(desk.binance)!r} {desk.binance.diagnostics()!r} {desk.api!r} {desk.alarms}"
            assert_absent(secrets, f"{told} {held} {vars(desk.binance._manager)!r} {asyncio.all_tasks()!r}")

    with everything_logged() as heard:
        run_virtual(main())
    assert heard, "somebody has logged something"


@pytest.mark.parametrize("kind", ["hmac", "ed25519", "rsa"])
async def test_f68_nor_in_any_log_over_real_sockets(kind: Any) -> None:
    """Requests, a session that logs on or signs, user data, a lost reply, a lost connection, a revoked key."""
    with everything_logged() as heard:
        async with Simulator(symbols=["BTCUSDT"]) as exchange:
            secrets = secrets_of(exchange, kind)
            credentials = exchange.keys[kind].credentials
            async with (
                Binance(credentials, environment=exchange.environment) as binance,
                binance.spot.websocket() as session,
                binance.spot.user_data() as account,
            ):
                exchange.faults.add(LoseReply("reset"), call="place_order", times=1)
                order = {"quantity": "0.001", "price": "50000", "time_in_force": "GTC"}
                for api in (binance.spot, session):
                    await api.place_order("BTCUSDT", "BUY", "LIMIT", **order)
                await account.next(5)
                exchange.faults.now(EndFile(), door="ws_api")
                await session.account()
                exchange.faults.now(Revoke(account=exchange.account.uid))
                with pytest.raises(BinanceError) as caught:
                    await binance.spot.account()
                assert_absent(secrets, shown(caught.value))
    assert_absent(secrets, "\n".join(heard))
    if kind == "hmac":  # who is logged on says it only once
        assert any(secrets["the api key"][:PIECE] in line for line in at_the_exchange)
    assert any("binance_async" in line for line in heard)


# F69


@pytest.mark.parametrize("family", ["spot", "us"])
async def test_f69_a_listen_key_is_in_no_log_of_any_library(family: str) -> None:
    """It stands in the path of the upgrade, which websockets logs at DEBUG if it is let."""
    options: dict[str, Any] = {"edition": 2025} if family == "spot" else {"families": ("us",)}
    keys: list[str] = []
    with everything_logged() as heard:
        async with (
            Simulator(symbols=["BTCUSDT"], **options) as exchange,
            Binance(exchange.credentials, environment=exchange.environment) as binance,
            getattr(binance, family).user_data() as account,
        ):
            for fault in (Reset(), ExpireListenKeys()):
                keys.append(account._way.listen_key())
                assert exchange.exchange.user_data.find(keys[-1]) is not None
                gaps = account.gaps
                exchange.faults.now(fault)
                async with asyncio.timeout(10):
                    while account.gaps == gaps:
                        await account.next(5)
            text = f"{account!r} {vars(account)!r} {account.link!r} {binance.diagnostics()!r}"
    assert_absent({f"listen key {n}": key for n, key in enumerate(keys)}, "\n".join([text, *heard]))


# F70


class Foreigner:
    """A server that is not the exchange, and what it is told."""

    def __init__(self) -> None:
        self.heard = b""
        self.connections = 0

    @asynccontextmanager
    async def listening(self, **options: Any) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._hear, "127.0.0.1", 0, **options)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while data := await reader.read(65_536):
            self.heard += data
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()


class QuickClock(SystemClock):
    """Nobody waits between two attempts."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


CREDENTIALS = Credentials.hmac("canary" * 10 + "keys", "canary" * 10 + "word")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("call", ["place_order", "cancel_order", "account", "klines", "start_user_data_stream"])
async def test_f70_a_redirect_takes_nothing_along(status: int, call: str) -> None:
    foreigner, asked = Foreigner(), list[bytes]()
    async with foreigner.listening() as there:

        async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            where = f"http://localhost:{there}/stolen"
            writer.write(f"HTTP/1.1 {status} Moved\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(redirect, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        environment = Environment.custom("spot", rest=url, timings=Timings(request=2.0))
        options: Any = {"environment": environment, "resolve_outcomes": False, "seams": Seams(clock=QuickClock())}
        async with Binance(CREDENTIALS, **options) as binance:
            binance._manager.keep_time = lambda kit: None  # type: ignore[method-assign]
            spot: Any = binance.spot
            arguments: dict[str, Any] = {
                "place_order": {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "1"},
                "cancel_order": {"symbol": "BTCUSDT", "order_id": 1},
                "klines": {"symbol": "BTCUSDT", "interval": "1m"},
            }.get(call, {})
            with pytest.raises(BinanceError) as caught:
                await getattr(spot, call)(**arguments)
            assert "canary" not in shown(caught.value)
        server.close()
    assert len(asked) >= 1
    assert (foreigner.connections, foreigner.heard) == (0, b"")


@pytest.mark.parametrize("door", ["ws_api", "stream"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_f70_nor_does_a_redirect_of_an_upgrade(status: int, door: str) -> None:
    foreigner, asked = Foreigner(), list[bytes]()
    async with foreigner.listening() as there:

        async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            where = f"ws://localhost:{there}/stolen"
            writer.write(f"HTTP/1.1 {status} Moved\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(redirect, "127.0.0.1", 0)
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        environment = Environment.custom("spot", rest="http://127.0.0.1:1", ws_api=url, stream=url)
        async with Binance(CREDENTIALS, environment=environment) as binance:
            with pytest.raises(BinanceError):
                if door == "ws_api":
                    await binance.spot.websocket().open()
                else:
                    await binance.spot.stream("btcusdt@trade").open()
        server.close()
    assert len(asked) >= 1
    assert all(b"canary" not in request for request in asked)
    assert (foreigner.connections, foreigner.heard) == (0, b"")


LOOKALIKES = [
    "https://api.binance.com.evil.example", "https://evil-binance.com", "https://binance.com@evil.example",
    "https://api-binance.com", "https://api.binance.co", "https://api.binance.com:443@evil.example",
    "https://evil.example/api.binance.com", "https://binance.vision.evil.example", "https://xn--bnance-5va.com",
    "https://аpi.binance.example", "https://192.0.2.1", "https://binance.com.", "ftp://api.binance.com",
    "https://api.binance.com?x=1", "//api.binance.com", "api.binance.com",
]  # fmt: skip
PLAIN = ["http://api.binance.com", "http://testnet.binance.vision", "ws://stream.binance.com", "http://192.0.2.1"]


@pytest.mark.parametrize("url", [*PLAIN, *LOOKALIKES])
def test_f70_an_address_that_is_not_the_exchange_s_is_refused_before_a_byte(url: str) -> None:
    for place in ("rest", "ws_api", "stream"):
        urls = {"rest": "https://api.binance.com", place: url}
        if url == "https://binance.com.":  # the root's dot is the same name
            Environment.custom("spot", **urls)
            continue
        with pytest.raises(RefusedLocally):
            Environment.custom("spot", **urls)


async def test_f70_a_host_that_is_another_under_tls_hears_no_key() -> None:
    """Someone who answers under the exchange's address, without its certificate."""
    foreigner = Foreigner()
    async with foreigner.listening() as plain:
        environment = Environment.custom("spot", rest=f"https://127.0.0.1:{plain}")
        async with Binance(CREDENTIALS, environment=environment) as binance:
            binance._manager.keep_time = lambda kit: None  # type: ignore[method-assign]
            with pytest.raises(NotSent):
                await binance.spot.place_order("BTCUSDT", "BUY", "MARKET", quantity="1")
    assert foreigner.connections >= 1
    assert b"canary" not in foreigner.heard
    assert foreigner.heard[:2] == b"\x16\x03", "nothing but the beginning of TLS"


def test_f70_calls_take_no_address() -> None:
    """A path that leads elsewhere is refused before a byte is sent."""

    async def main() -> None:
        async with open_desk(1) as desk:
            before = dict(desk.exchange.counters)
            for path in ("//evil.example/api/v3/order", "https://evil.example/x", "/api/../../x", "@evil.example/x",
                         "/api/v3/order?x=1", "/api/v3/or der", "\\\\evil.example", "/api/v3/order#x"):  # fmt: skip
                with pytest.raises(NotSent):
                    await desk.binance.request("GET", path, {}, security="USER_DATA")
            assert dict(desk.exchange.counters) == before

    run_virtual(main())


def test_f70_production_and_test_network_have_no_plain_address() -> None:
    from binance_async import BINANCE_US, DEMO, PRODUCTION

    for environment in (PRODUCTION, TESTNET, DEMO, BINANCE_US):
        for hosts in environment.hosts.values():
            for url in (hosts.rest, hosts.ws_api, hosts.stream, hosts.market_rest, hosts.market_stream):
                assert url is None or url.startswith(("https://", "wss://"))
