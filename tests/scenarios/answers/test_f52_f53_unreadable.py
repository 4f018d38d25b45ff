"""F52: answers that are none. F53: answers that are cut."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections import Counter
from typing import Any

import pytest

from binance_async import Binance, Credentials, Environment, Timings
from binance_async.core.endpoint import Endpoint, endpoints
from binance_async.errors import (
    BinanceError,
    DecodeFailure,
    FirewallRefused,
    OutcomeUnknown,
    Unavailable,
    UndecodableAnswer,
    UndecodableOutcome,
)
from binance_async.net.seams import Seams, SystemClock
from binance_async.net.virtual import run_virtual
from binance_async.simulator.actions import ReplaceReply
from binance_async.spot import Calls, WebsocketCalls
from tests.chaos.orders import EASY, arguments_of
from tests.chaos.trader import LATEST, ROUTES, Desk, open_desk
from tests.chaos.verdicts import Deed, Truth

HTML = "<html><head><title>502 Bad Gateway</title></head><body>" + "nginx " * 500 + "</body></html>"
BODIES = {
    "html": HTML,
    "empty": "",
    "null": "null",
    "list": "[]",
    "number": "17",
    "nul": "\x00" * 20,
    "bom": "\ufeff{}",
    "cut": '{"symbol":"BTCUSDT","orderId":1',
    "text": '"ok"',
}
JSON = ("null", "list", "number", "text")
"""On the WebSocket API these can stand as a result in a reply that is one; the others are no reply to anything."""


def _of(group: Any) -> list[Endpoint]:
    return [e for e in endpoints(group) if not e.name.endswith("session_logout")]


async def _ask(desk: Desk, endpoint: Endpoint) -> Any:
    """What a call ends in."""
    try:
        return await getattr(desk.api, endpoint.name.rpartition(".")[2])(**arguments_of(endpoint, 1))
    except BinanceError as error:
        return error


# F52


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("status", [200, 403, 502])
def test_f52_every_call_of_rest_is_answered_by_something_else(name: str, status: int) -> None:
    """A typed error with the status and at most 1 KiB of the body; never a value made of nothing."""

    async def main() -> None:
        async with open_desk(1, rules=EASY) as desk:
            desk.binance._manager.resolve_outcomes = False
            kinds: Counter[str] = Counter()
            for endpoint in _of(Calls):
                rule = desk.exchange.faults.add(ReplaceReply(status, BODIES[name]), call=endpoint.name)
                ended = await _ask(desk, endpoint)
                rule.remove()
                assert rule.hits >= 1, endpoint
                kinds[type(ended).__name__] += 1
                if status == 403:
                    assert isinstance(ended, FirewallRefused), f"{endpoint}: {ended!r}"
                elif name == "list" and status == 200 and ended == []:
                    continue  # which is what such a call answers when there is nothing
                elif endpoint.writes:
                    assert isinstance(ended, UndecodableOutcome), f"{endpoint}: {ended!r}"
                    assert isinstance(ended, OutcomeUnknown)
                    assert rule.hits == 1, "a write is sent once"
                else:
                    wanted = DecodeFailure if status == 200 else UndecodableAnswer
                    assert isinstance(ended, wanted), f"{endpoint}: {ended!r}"
                if isinstance(ended, DecodeFailure):
                    assert ended.status == status
                    assert ended.body == BODIES[name].encode()[:1024]
                    assert len(str(ended)) < 1_200
            assert kinds.total() > 40

    run_virtual(main())


@pytest.mark.parametrize("name", BODIES)
def test_f52_every_call_of_the_websocket_api(name: str) -> None:
    """What is no reply belongs to no request, which ends when its time is up. The session lives."""

    async def main() -> None:
        async with open_desk(1, "hmac", rules=EASY) as desk:
            desk.binance._manager.resolve_outcomes = False
            calls = [e for e in _of(WebsocketCalls) if not e.name.endswith("session_logon")]
            rules = [
                desk.exchange.faults.add(ReplaceReply(200, BODIES[name]), call=e.name, door="ws_api") for e in calls
            ]
            for endpoint, ended in zip(calls, await asyncio.gather(*(_ask(desk, e) for e in calls)), strict=True):
                if name in JSON:
                    wanted: Any = UndecodableOutcome if endpoint.writes else DecodeFailure
                else:
                    wanted = OutcomeUnknown if endpoint.writes else Unavailable
                assert ended == [] or isinstance(ended, wanted), f"{endpoint}: {ended!r}"
            for rule in rules:
                rule.remove()
            session: Any = desk.api
            assert session._session.link.losses == 0
            assert session._session.link.current.pending == {}
            assert (await session.time()).server_time > 0

    run_virtual(main())


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("status", [200, 502])
@pytest.mark.parametrize("name", BODIES)
def test_f52_an_order_that_was_answered_so_is_found(name: str, status: int, route: str) -> None:
    """It was executed, whatever the answer looks like; and one that never entered is not called placed."""

    async def main() -> None:
        async with open_desk(1, route) as desk:
            deed = Deed("place_order", "mine")
            rule = desk.exchange.faults.add(ReplaceReply(status, BODIES[name]), call="place_order", times=1)
            await deed.do(
                desk.exchange,
                lambda: desk.api.place_order("BTCUSDT", "BUY", "MARKET", quantity="0.001", new_client_order_id="mine"),
            )
            assert rule.hits == 1
            assert deed.told == "value", deed
            assert deed.took <= LATEST
            Truth.of(desk.exchange).judge([deed], alarms=desk.alarms)

    run_virtual(main())


def test_f52_a_read_is_asked_again_within_its_quota() -> None:
    async def main() -> None:
        async with open_desk(1) as desk:
            rule = desk.exchange.faults.add(ReplaceReply(502, HTML), call="klines", times=1)
            assert await desk.api.klines("BTCUSDT", "1m") is not None
            assert rule.hits == 1
            always = desk.exchange.faults.add(ReplaceReply(502, HTML), call="klines")
            for _ in range(300):
                with pytest.raises(UndecodableAnswer):
                    await desk.api.klines("BTCUSDT", "1m")
            assert 300 < always.hits < 300 + 150, "an exchange that is out of order is not hammered"

    run_virtual(main())


# F53

ORDER = json.dumps(
    {"symbol": "BTCUSDT", "orderId": 28, "orderListId": -1, "clientOrderId": "mine", "transactTime": 1507725176595}
).encode()
SIZES = {"small": ORDER, "large": ORDER[:-1] + b',"pad":"' + b"x" * 300_000 + b'"}'}


class QuickClock(SystemClock):
    """Nobody waits between two attempts."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


def _head(*headers: str) -> bytes:
    return "\r\n".join(("HTTP/1.1 200 OK", "Content-Type: application/json", *headers, "", "")).encode()


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _shapes(body: bytes) -> dict[str, bytes]:
    """What the peer sends before it closes."""
    half, packed = body[: len(body) // 2], gzip.compress(body)
    length = f"Content-Length: {len(body)}"
    zipped, chunked = "Content-Encoding: gzip", "Transfer-Encoding: chunked"
    return {
        "shorter than its length": _head(length) + half,
        "its length is that of the cut": _head(f"Content-Length: {len(half)}") + half,
        "no length": _head("Connection: close") + half,
        "within a chunk": _head(chunked) + _chunk(body)[: len(half)],
        "no last chunk": _head(chunked) + _chunk(half),
        "whole chunks of a half": _head(chunked) + _chunk(half) + b"0\r\n\r\n",
        "gzip, its length is that of the cut": _head(zipped, f"Content-Length: {len(packed) - 9}") + packed[:-9],
        "gzip of a half": _head(zipped, f"Content-Length: {len(gzip.compress(half))}") + gzip.compress(half),
        "gzip, no length": _head(zipped, "Connection: close") + packed[:-4],
        "nothing but a head": _head(length),
    }


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shape", _shapes(ORDER))
async def test_f53_nothing_is_made_of_an_answer_that_is_cut(shape: str, size: str) -> None:
    """Over real sockets: neither an order nor a read ever has a value that only half came."""
    said = _shapes(SIZES[size])[shape]
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                await reader.readexactly(int(line[15:]))
        heard.append(head)
        writer.write(said)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    environment = Environment.custom("spot", rest=url, timings=Timings(request=2.0))
    options: Any = {"environment": environment, "seams": Seams(clock=QuickClock()), "resolve_outcomes": False}
    async with Binance(Credentials.hmac("k" * 64, "s" * 64), **options) as binance:
        binance._manager.keep_time = lambda kit: None  # type: ignore[method-assign]
        with pytest.raises(OutcomeUnknown):
            await binance.spot.place_order("BTCUSDT", "BUY", "MARKET", quantity="1", new_client_order_id="mine")
        assert len(heard) == 1, "the order was sent once"
        with pytest.raises((DecodeFailure, Unavailable)):
            await binance.spot.order("BTCUSDT", order_id=28)
        assert len(heard) > 2, "the read was asked again"
    server.close()


async def test_f53_the_same_answer_whole_is_a_value() -> None:
    """Else the test above would prove nothing."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        packed = gzip.compress(SIZES["large"])
        writer.write(_head("Content-Encoding: gzip", f"Content-Length: {len(packed)}") + packed)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    environment = Environment.custom("spot", rest=url)
    async with Binance(
        Credentials.hmac("k" * 64, "s" * 64), environment=environment, resolve_outcomes=False
    ) as binance:
        binance._manager.keep_time = lambda kit: None  # type: ignore[method-assign]
        order = await binance.spot.place_order(
            "BTCUSDT", "BUY", "MARKET", quantity="1", new_client_order_id="mine", new_order_resp_type="ACK"
        )
        assert order.order_id == 28
    server.close()
