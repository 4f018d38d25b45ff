"""The HTTP adapter against real sockets: what is sent, that it is sent once, and what is said of a failure."""

from __future__ import annotations

import asyncio
import gzip
import io
import logging
import math
import os
import random
import socket
import ssl
import traceback
import zlib
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import uvloop
from aioresponses import aioresponses as Aioresponses  # noqa: N812 - it is a class

import binance_async.net.http as module
from binance_async import __version__
from binance_async.net.http import AiohttpHttp
from binance_async.net.seams import Disconnected, HttpReply, NotConnected, Seams

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from conftest import Authority, MakeHttp, MakePeer, Names, Peer, Talk

KEY = "canarykey" + "k" * 55
SIGNATURE = "canarysignature" + "a" * 49
PASSWORD = "canarypassword"
CANARIES = (KEY, SIGNATURE, PASSWORD)
QUERY = f"/api/v3/order?symbol=BTCUSDT&timestamp=1499827319559&signature={SIGNATURE}"
HEADERS = {"X-MBX-APIKEY": KEY}
FORM = {**HEADERS, "Content-Type": "application/x-www-form-urlencoded"}
METHODS = ("GET", "PUT", "DELETE", "POST")


async def call(http: AiohttpHttp, url: str, method: str = "GET", body: bytes | None = None, timeout: float = 5):
    """A signed request."""
    headers = HEADERS if body is None else FORM
    return await http.request(method, url + QUERY, headers=headers, body=body, timeout=timeout)


async def failure(http: AiohttpHttp, url: str, method: str = "GET", timeout: float = 5) -> Exception:
    """How a signed request fails, in one of the two ways that there are."""
    with pytest.raises((NotConnected, Disconnected)) as caught:
        await call(http, url, method, timeout=timeout)
    return caught.value


async def echo(talk: Talk) -> None:
    """A peer that answers each request with an empty object."""
    while await talk.request():
        talk.answer()


async def silence(talk: Talk) -> None:
    """A peer that reads and says nothing."""
    await talk.drain_all()


def script(*parts: bytes | float, end: str = "close") -> Callable[[Talk], Awaitable[None]]:
    """A peer that takes one request, writes `parts` (a number is a pause) and ends by `end`."""

    async def follow(talk: Talk) -> None:
        await talk.request()
        for part in parts:
            if isinstance(part, bytes):
                talk.writer.write(part)
                await talk.writer.drain()
            else:
                await asyncio.sleep(part)
        if end == "close":
            talk.close()
        elif end == "reset":
            talk.reset()
        else:
            await talk.drain_all()

    return follow


def head(*headers: str, status: str = "200 OK") -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status}", *headers, "", "")).encode()


async def until(condition: Callable[[], bool]) -> None:
    """Let others run until it is so."""
    while not condition():  # noqa: ASYNC110 - there is nobody to set an event
        await asyncio.sleep(0)


# What is sent


async def test_exactly_the_headers_given(http: MakeHttp, peer: MakePeer):
    server = await peer(echo)
    await call(http(), server.url)
    assert (
        server.received
        == (
            f"GET {QUERY} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nX-MBX-APIKEY: {KEY}\r\n"
            f"Accept-Encoding: gzip\r\nUser-Agent: binance-async/{__version__}\r\n\r\n"
        ).encode()
    )


@pytest.mark.parametrize(
    "query",
    [
        "symbol=%E5%B8%81USDT&x=%F0%9F%98%80",
        "a=%2B%26%3D%25%2F%3F%23",
        "a=%7e%7E~&b=%2d-",
        "a=+&b=%20&c=*!'()",
        "symbols=%5B%22BTCUSDT%22%2C%22BNBUSDT%22%5D",
        'symbols=["BTCUSDT"]',
        "a=1&a=2&&b=&=c&d",
        "a=?/:@;,",
        "timestamp=1&signature=" + "%2B%2F%3D" * 30,
        "",
    ],
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_exactly_the_url_given(http: MakeHttp, peer: MakePeer, query: str, method: str):
    server = await peer(echo)
    target = "/api/v3/%C3%BC/../x" + (f"?{query}" if query else "")
    await http().request(method, server.url + target, headers={}, body=None, timeout=5)
    assert server.received.split(b"\r\n")[0] == f"{method} {target} HTTP/1.1".encode()


@pytest.mark.parametrize("body", [b"symbol=BTCUSDT&x=%20+%2B", b"", bytes(range(256)), b"x" * 200_000])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_exactly_the_body_given(http: MakeHttp, peer: MakePeer, body: bytes, method: str):
    server = await peer(echo)
    await call(http(), server.url, method, body)
    sent_head, _, sent = server.received.partition(b"\r\n\r\n")
    assert sent == body
    assert b"\r\nContent-Type: application/x-www-form-urlencoded\r\n" in sent_head + b"\r\n"
    assert f"\r\nContent-Length: {len(body)}\r\n".encode() in sent_head + b"\r\n"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("body", [None, b"x"])
async def test_no_content_type_of_our_own(http: MakeHttp, peer: MakePeer, method: str, body: bytes | None):
    server = await peer(echo)
    await http().request(method, server.url, headers=HEADERS, body=body, timeout=5)
    assert b"content-type" not in server.received.lower()
    assert b"cookie" not in server.received.lower()


async def test_cookies_are_not_kept(http: MakeHttp, peer: MakePeer):
    async def cookies(talk: Talk) -> None:
        while await talk.request():
            talk.answer(headers="Set-Cookie: a=b\r\n")

    server = await peer(cookies)
    adapter = http()
    await call(adapter, server.url)
    await call(adapter, server.url)
    assert len(server.talks) == 1
    assert b"cookie" not in server.received.lower()


async def test_the_reply(http: MakeHttp, peer: MakePeer):
    server = await peer(
        script(head("X-MBX-Used-Weight-1M: 7", "content-LENGTH: 3", status="418 I'm a teapot") + b"[1]")
    )
    reply = await call(http(), server.url)
    assert (reply.status, reply.body) == (418, b"[1]")
    assert {name.lower(): value for name, value in reply.headers.items()} == {
        "x-mbx-used-weight-1m": "7",
        "content-length": "3",
    }
    assert reply.headers["x-mbx-used-weight-1m"] == "7"


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("size", [0, 10, 3_000_000])
async def test_gzip(http: MakeHttp, peer: MakePeer, chunked: bool, size: int):
    plain = random.Random(1).randbytes(size // 2) + b"a" * (size // 2)
    packed = gzip.compress(plain)
    frame = b"%x\r\n%b\r\n0\r\n\r\n" % (len(packed), packed) if chunked else packed
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(packed)}"
    server = await peer(script(head("Content-Encoding: gzip", length), frame))
    assert (await call(http(), server.url)).body == plain


async def test_a_hundred_at_once(http: MakeHttp, peer: MakePeer):
    async def say_it_back(talk: Talk) -> None:
        while request := await talk.request():
            talk.answer(request.partition(b"\r\n\r\n")[2])

    server, adapter = await peer(say_it_back), http()
    replies = await asyncio.gather(*(call(adapter, server.url, "POST", b"number=%d" % i) for i in range(100)))
    assert [reply.body for reply in replies] == [b"number=%d" % i for i in range(100)]


async def test_connections_are_kept(http: MakeHttp, peer: MakePeer):
    server, adapter = await peer(echo), http()
    for method in METHODS * 3:
        await call(adapter, server.url, method)
    assert len(server.talks) == 1


async def test_a_connection_that_the_peer_gives_up_is_not_kept(http: MakeHttp, peer: MakePeer):
    server, adapter = await peer(script(head("Connection: close", "Content-Length: 2") + b"{}", end="stay")), http()
    await call(adapter, server.url)
    await call(adapter, server.url)
    assert len(server.talks) == 2


# Once


class Ledger:
    """A peer that answers the first request, executes the second one, and then closes without an answer."""

    def __init__(self) -> None:
        self.executed = 0

    async def __call__(self, talk: Talk) -> None:
        while await talk.request():
            self.executed += 1
            if self.executed > 1:
                talk.close()
                return
            talk.answer()


@pytest.mark.parametrize("body", [None, b"a=1"])
@pytest.mark.parametrize("method", METHODS)
async def test_a_request_is_sent_once(http: MakeHttp, peer: MakePeer, method: str, body: bytes | None):
    ledger = Ledger()
    server, adapter = await peer(ledger), http()
    await call(adapter, server.url, method, body)
    with pytest.raises(Disconnected):
        await call(adapter, server.url, method, body)
    assert ledger.executed == 2
    assert len(server.talks) == 1


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_aiohttp_left_to_itself_sends_twice(peer: MakePeer, method: str):
    """The reason for it all. When this fails, aiohttp has changed its mind: look again at what the adapter needs."""
    ledger = Ledger()
    server = await peer(ledger)
    async with aiohttp.ClientSession() as session:
        await (await session.request(method, server.url)).read()
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await session.request(method, server.url)
    assert ledger.executed == 3


@pytest.mark.parametrize("method", METHODS)
async def test_a_request_is_sent_once_even_if_aiohttp_tries(http: MakeHttp, peer: MakePeer, method: str):
    ledger = Ledger()
    server, adapter = await peer(ledger), http()
    await call(adapter, server.url, method)
    adapter._session._retry_connection = True
    with pytest.raises(Disconnected):
        await call(adapter, server.url, method)
    assert ledger.executed == 2


async def test_the_private_switch_is_there_and_off(http: MakeHttp, peer: MakePeer):
    async with aiohttp.ClientSession() as session:
        assert session._retry_connection is True, "aiohttp has no such switch any more: find the new one"
    adapter = http()
    await call(adapter, (await peer(echo)).url)
    assert adapter._session._retry_connection is False


def hang_up(server: Peer) -> None:
    """Close the peer's ends now, without a turn of the event loop in which the client could notice."""
    for talk in server.talks:
        if not talk.ended:
            with socket.socket(fileno=os.dup(talk.writer.get_extra_info("socket").fileno())) as end:
                end.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("kept", [1, 3])
@pytest.mark.parametrize("method", METHODS)
async def test_a_kept_connection_that_was_closed_meanwhile(
    http: MakeHttp, peer: MakePeer, monkeypatch: pytest.MonkeyPatch, method: str, kept: int
):
    monkeypatch.setattr(module, "PROBE_AFTER", -1.0)
    server, adapter = await peer(echo), http()
    await asyncio.gather(*(call(adapter, server.url) for _ in range(kept)))
    assert len(server.talks) == kept
    hang_up(server)
    assert (await call(adapter, server.url, method)).status == 200
    assert len(server.talks) == kept + 1
    assert server.received.count(f"{method} ".encode()) == 1 + kept * (method == "GET")


async def test_without_looking_it_would_be_an_unknown_outcome(
    http: MakeHttp, peer: MakePeer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "PROBE_AFTER", math.inf)
    server, adapter = await peer(echo), http()
    await call(adapter, server.url)
    hang_up(server)
    assert isinstance(await failure(adapter, server.url), Disconnected)


@pytest.mark.parametrize("tls", [False, True])
async def test_answers_are_not_shifted_by_one_that_nobody_asked_for(
    http: MakeHttp, peer: MakePeer, authority: Authority, tls: bool
):
    """After each answer the peer says something more, once it was received and the connection is kept."""
    spoken = asyncio.Event()

    async def talkative(talk: Talk) -> None:
        while request := await talk.request():
            talk.answer(request.partition(b"\r\n\r\n")[2])
            await spoken.wait()
            talk.answer(b"unasked", "408 Request Timeout")

    server = await peer(talkative, tls=authority.server() if tls else None)
    adapter = http(ssl_context=authority.client())
    for number in range(5):
        spoken.clear()
        body = b"number=%d" % number
        assert (await call(adapter, server.url, "POST", body)).body == body
        spoken.set()
        await until(lambda: all(protocol.should_close for protocol in kept(adapter)))


def kept(adapter: AiohttpHttp) -> list[Any]:
    """aiohttp's protocols of the connections that are kept, to wait until they have read something."""
    return [protocol for pool in adapter._session.connector._conns.values() for protocol, _ in pool]


async def test_nor_by_one_that_was_not_even_read(http: MakeHttp, peer: MakePeer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "PROBE_AFTER", -1.0)
    server, adapter = await peer(echo), http()
    await call(adapter, server.url)
    with socket.socket(fileno=os.dup(server.talks[0].writer.get_extra_info("socket").fileno())) as end:
        end.send(head("Content-Length: 7", status="408 Request Timeout") + b"unasked")
    assert (await call(adapter, server.url)).body == b"{}"
    assert len(server.talks) == 2


async def test_a_pause_is_noticed(http: MakeHttp, peer: MakePeer):
    """The kernel is asked only after `PROBE_AFTER` without an answer: it costs a few microseconds."""
    server, adapter = await peer(echo), http()
    await call(adapter, server.url)
    adapter._watched -= module.PROBE_AFTER
    hang_up(server)
    assert (await call(adapter, server.url)).status == 200


async def test_without_a_pause_it_is_not_asked(http: MakeHttp, peer: MakePeer, monkeypatch: pytest.MonkeyPatch):
    asked: list[Any] = []
    monkeypatch.setattr(module, "PROBE_AFTER", 1000.0)
    monkeypatch.setattr(module, "_has_input", asked.append)
    server, adapter = await peer(echo), http()
    adapter._watched = -math.inf
    await call(adapter, server.url)
    await call(adapter, server.url)
    assert (len(server.talks), asked) == (1, [])


async def test_a_peer_that_closes_each_new_connection_is_not_stormed(http: MakeHttp, peer: MakePeer):
    async def go_away(talk: Talk) -> None:
        talk.close()

    server, adapter = await peer(go_away), http()
    await failure(adapter, server.url)
    assert len(server.talks) == 1


async def test_a_new_connection_is_never_stale(http: MakeHttp, peer: MakePeer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "_has_input", lambda conn: True)
    server = await peer(echo)
    async with asyncio.timeout(5):
        assert (await call(http(), server.url)).status == 200
    assert len(server.talks) == 1


# Not connected


def free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


async def test_refused(http: MakeHttp):
    error = await failure(http(), f"http://127.0.0.1:{free_port()}")
    assert isinstance(error, NotConnected)
    assert error.cause == "no connection: Connection refused"


async def test_no_such_name_and_then_there_is(http: MakeHttp, peer: MakePeer, names: type[Names]):
    resolver = names(exchange=OSError(socket.EAI_AGAIN, "Temporary failure"))
    server, adapter = await peer(echo), http(resolver=resolver)
    error = await failure(adapter, "http://exchange")
    assert isinstance(error, NotConnected)
    assert error.cause == "the name exchange has no address"
    resolver.names["exchange"] = "127.0.0.1"
    assert (await call(adapter, f"http://exchange:{server.port}")).status == 200


async def test_a_changed_address_is_found_at_once(http: MakeHttp, peer: MakePeer, names: type[Names]):
    resolver = names(exchange="127.0.0.2")
    server, adapter = await peer(echo), http(resolver=resolver)
    url = f"http://exchange:{server.port}"
    assert isinstance(await failure(adapter, url), NotConnected)
    resolver.names["exchange"] = "127.0.0.1"
    assert (await call(adapter, url)).status == 200
    assert resolver.asked == 2


async def test_an_address_is_believed_for_a_short_while(http: MakeHttp, peer: MakePeer, names: type[Names]):
    resolver = names(exchange="127.0.0.1")
    server, adapter = await peer(script(head("Content-Length: 0", "Connection: close"))), http(resolver=resolver)
    for _ in range(5):
        await call(adapter, f"http://exchange:{server.port}")
    assert (len(server.talks), resolver.asked) == (5, 1)
    assert adapter._session.connector._cached_hosts._ttl <= 10


async def test_the_second_address(http: MakeHttp, peer: MakePeer, names: type[Names]):
    server = await peer(echo)
    reply = await call(http(resolver=names(exchange="127.0.0.2 127.0.0.1")), f"http://exchange:{server.port}")
    assert reply.status == 200


async def test_no_tls_within_the_time(http: MakeHttp, peer: MakePeer):
    server = await peer(silence)
    error = await failure(http(), server.url.replace("http:", "https:"), timeout=0.05)
    assert isinstance(error, NotConnected)
    assert error.cause == "no connection within 0.05 s"
    assert KEY.encode() not in server.received


async def test_connecting_has_its_own_limit(http: MakeHttp, peer: MakePeer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "CONNECT_WITHIN", 0.05)
    server = await peer(silence)
    error = await failure(http(), server.url.replace("http:", "https:"), timeout=77)
    assert isinstance(error, NotConnected)
    assert error.cause == "no connection within 0.05 s"


@pytest.mark.parametrize("timeout", [0, -1.0])
async def test_no_time_left(http: MakeHttp, peer: MakePeer, timeout: float):
    server, adapter = await peer(echo), http()
    await call(adapter, server.url)
    before = server.received
    assert (await failure(adapter, server.url, timeout=timeout)).args == ("no time is left",)
    await call(adapter, server.url)
    assert server.received == 2 * before


@pytest.mark.parametrize(
    ("url", "headers"), [("http://", {}), ("nonsense", {}), ("http://[", {}), ("http://127.0.0.1:1", {"X": "a\r\nb"})]
)
async def test_what_cannot_be_sent(http: MakeHttp, url: str, headers: dict[str, str]):
    with pytest.raises(NotConnected):
        await http().request("GET", url, headers=headers, body=None, timeout=5)


# Disconnected


async def test_no_answer_within_the_time(http: MakeHttp, peer: MakePeer):
    server = await peer(silence)
    error = await failure(http(), server.url, "POST", timeout=0.3)
    assert isinstance(error, Disconnected)
    assert error.cause == "no answer within 0.3 s"
    assert asyncio.current_task().cancelling() == 0
    await until(lambda: server.talks[0].ended)


async def test_time_ends_with_the_call(http: MakeHttp, peer: MakePeer):
    """Or else it would end something of the caller's later on."""
    server, adapter = await peer(echo), http()
    await call(adapter, server.url, timeout=0.5)
    assert isinstance(await failure(adapter, f"http://127.0.0.1:{free_port()}", timeout=0.5), NotConnected)
    await asyncio.sleep(0.6)


async def test_no_end_of_the_answer_within_the_time(http: MakeHttp, peer: MakePeer):
    server = await peer(script(head("Content-Length: 10") + b"12345", end="stay"))
    error = await failure(http(), server.url, timeout=0.3)
    assert isinstance(error, Disconnected)
    await until(lambda: server.talks[0].ended)


async def test_a_failure_while_sending(http: MakeHttp, peer: MakePeer, monkeypatch: pytest.MonkeyPatch):
    async def fail(self: aiohttp.ClientRequest, conn: Any) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(aiohttp.ClientRequest, "send", fail)
    error = await failure(http(), (await peer(echo)).url)
    assert isinstance(error, Disconnected)
    assert error.cause == "connection lost: Input/output error"


PACKED = {size: gzip.compress(random.Random(2).randbytes(size)) for size in (20, 300_000)}


def _wrong_sum(packed: bytes) -> bytes:
    return packed[:-8] + bytes(8)


CUT: dict[str, Callable[[bytes], tuple[bytes, ...]]] = {
    "length, too short": lambda b: (head(f"Content-Length: {len(b)}"), b[:-1]),
    "length, no body": lambda b: (head(f"Content-Length: {len(b)}"),),
    "chunked, no last chunk": lambda b: (head("Transfer-Encoding: chunked"), b"%x\r\n%b\r\n" % (len(b), b)),
    "chunked, within a chunk": lambda b: (head("Transfer-Encoding: chunked"), b"%x\r\n%b" % (len(b), b[:-1])),
    "chunked, within a size": lambda b: (head("Transfer-Encoding: chunked"), b"%x\r\n%b\r\n1" % (len(b), b)),
    "gzip, right length": lambda b: (head("Content-Encoding: gzip", f"Content-Length: {len(b) - 9}"), b[:-9]),
    "gzip, within its trailer": lambda b: (head("Content-Encoding: gzip", f"Content-Length: {len(b) - 1}"), b[:-1]),
    "gzip, in whole chunks": lambda b: (
        head("Content-Encoding: gzip", "Transfer-Encoding: chunked"),
        b"%x\r\n%b\r\n0\r\n\r\n" % (len(b) // 2, b[: len(b) // 2]),
    ),
    "gzip, until the end": lambda b: (head("Content-Encoding: gzip"), b[:-4]),
    "gzip, more after it": lambda b: (head("Content-Encoding: gzip", f"Content-Length: {len(b) + 1}"), b + b"x"),
    "gzip, wrong sum": lambda b: (head("Content-Encoding: gzip", f"Content-Length: {len(b)}"), _wrong_sum(b)),
    "gzip, not at all": lambda b: (head("Content-Encoding: gzip", "Content-Length: 2"), b"{}"),
    "headers": lambda b: (head("Content-Length: 2")[:-6],),
    "status line": lambda b: (b"HTTP/1.1 20",),
    "nothing": lambda b: (),
}


@pytest.mark.parametrize("end", ["close", "reset"])
@pytest.mark.parametrize("size", PACKED)
@pytest.mark.parametrize("shape", CUT)
async def test_a_cut_answer_is_never_handed_on(http: MakeHttp, peer: MakePeer, shape: str, size: int, end: str):
    server = await peer(script(*CUT[shape](PACKED[size]), end=end))
    error = await failure(http(), server.url)
    assert isinstance(error, Disconnected)
    assert "within" not in error.cause


async def test_a_broken_chunk_is_found_when_time_is_up_at_the_latest(http: MakeHttp, peer: MakePeer):
    """aiohttp tells nobody of one that comes after the first chunk was read."""
    server = await peer(script(head("Transfer-Encoding: chunked") + b"2\r\n{}\r\n", 0.01, b"zz\r\n"))
    assert isinstance(await failure(http(), server.url, timeout=0.1), Disconnected)


async def test_only_a_body_of_no_stated_length_can_be_cut_unseen(http: MakeHttp, peer: MakePeer):
    """Documented at the top of the module: such JSON does not decode, which is for `core.reply` to find."""
    server = await peer(script(head("Content-Type: application/json"), b'{"orderId": 1, "sta'))
    assert (await call(http(), server.url)).body == b'{"orderId": 1, "sta'


@pytest.mark.parametrize(
    "said",
    [b"\x00" * 50, b"<html>no head</html>\r\n\r\n", b"HTTP/9.9 abc\r\n\r\n", b"SSH-2.0-OpenSSH_9.6\r\n", b"\r\n" * 9],
)
async def test_an_answer_that_is_not_http(http: MakeHttp, peer: MakePeer, said: bytes):
    server = await peer(script(said))
    assert isinstance(await failure(http(), server.url), Disconnected)


async def test_an_encoding_not_asked_for(http: MakeHttp, peer: MakePeer):
    server = await peer(script(head("Content-Encoding: br", "Content-Length: 3") + b"\x01\x02\x03"))
    assert (await failure(http(), server.url)).cause == "the answer is in an encoding that was not asked for"


async def test_encodings_that_are_none(http: MakeHttp, peer: MakePeer):
    server = await peer(script(head("Content-Encoding: Identity", "Content-Length: 2") + b"{}"))
    assert (await call(http(), server.url)).body == b"{}"


async def test_a_header_without_end(http: MakeHttp, peer: MakePeer):
    server = await peer(script(head("X-Long: " + "y" * 100_000)))
    assert isinstance(await failure(http(), server.url), Disconnected)


@pytest.mark.parametrize("length", ["Content-Length: 100000", "Transfer-Encoding: chunked", "X-Length: none"])
async def test_too_long(http: MakeHttp, peer: MakePeer, monkeypatch: pytest.MonkeyPatch, length: str):
    monkeypatch.setattr(module, "BODY_LIMIT", 99_999)
    body = b"186a0\r\n%b\r\n0\r\n\r\n" % (b"x" * 100_000) if "chunked" in length else b"x" * 100_000
    server = await peer(script(head(length), body, end="close"))
    assert (await failure(http(), server.url)).cause == "the answer is longer than 99999 bytes"
    monkeypatch.setattr(module, "BODY_LIMIT", 100_000)
    assert len((await call(http(), server.url)).body) == 100_000


async def test_a_small_answer_that_unpacks_to_a_huge_one(http: MakeHttp, peer: MakePeer):
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(40)) + packer.flush()
    server = await peer(script(head("Content-Encoding: gzip", f"Content-Length: {len(bomb)}"), bomb))
    assert (await failure(http(), server.url)).cause == f"the answer is longer than {32 << 20} bytes"


# Handed on as it came


@pytest.mark.parametrize("status", ["200 OK", "403 Forbidden", "502 Bad Gateway"])
@pytest.mark.parametrize("body", [b"", b"<html>\xff</html>", b"null", b"\x00", b"\xef\xbb\xbf{}"])
async def test_odd_bodies(http: MakeHttp, peer: MakePeer, status: str, body: bytes):
    server = await peer(script(head(f"Content-Length: {len(body)}", status=status) + body))
    reply = await call(http(), server.url)
    assert (reply.status, reply.body) == (int(status[:3]), body)


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
async def test_no_body(http: MakeHttp, peer: MakePeer, status: str):
    server = await peer(script(head(status=status), end="stay"))
    assert (await call(http(), server.url)).body == b""


async def test_preliminary_answers_are_passed_over(http: MakeHttp, peer: MakePeer):
    server = await peer(script(head(status="103 Early Hints") + head("Content-Length: 2") + b"{}"))
    assert (await call(http(), server.url)).status == 200


async def test_an_upgrade_that_nobody_asked_for(http: MakeHttp, peer: MakePeer):
    asyncio.get_running_loop().set_debug(True)  # in which aiohttp complains of a connection that it was not given back
    upgrade = head("Connection: Upgrade", "Upgrade: x", status="101 Switching Protocols")
    server, adapter = await peer(script(upgrade, end="stay")), http()
    assert (await call(adapter, server.url)).status == 101
    await until(lambda: server.talks[0].ended)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", METHODS)
async def test_a_redirect_is_an_answer(http: MakeHttp, peer: MakePeer, status: int, method: str):
    elsewhere = await peer(echo)
    server = await peer(script(head(f"Location: {elsewhere.url}/x", "Content-Length: 0", status=f"{status} Moved")))
    reply = await call(http(), server.url, method)
    assert (reply.status, reply.headers["location"]) == (status, f"{elsewhere.url}/x")
    assert elsewhere.talks == []


# TLS


async def test_tls(http: MakeHttp, peer: MakePeer, authority: Authority):
    server = await peer(echo, tls=authority.server())
    adapter = http(ssl_context=authority.client())
    assert (await call(adapter, server.url)).status == 200
    assert KEY.encode() in server.received


async def _hang_up_in_the_handshake(talk: Talk) -> None:
    talk.received += await talk.reader.read(1)
    talk.close()


async def _reset_in_the_handshake(talk: Talk) -> None:
    talk.received += await talk.reader.read(1)
    talk.reset()


async def _speak_plainly(talk: Talk) -> None:
    talk.received += await talk.reader.read(1)
    talk.answer()
    await talk.drain_all()


BAD_PEERS: dict[str, tuple[str, Callable[[Authority], Any]]] = {
    "expired": ("certificate has expired", lambda a: (echo, a.server(days=(-2, -1)))),
    "not yet valid": ("not yet valid", lambda a: (echo, a.server(days=(1, 2)))),
    "wrong address": ("mismatch", lambda a: (echo, a.server("127.0.0.2"))),
    "wrong name": ("mismatch", lambda a: (echo, a.server("api.binance.com.example.org"))),
    "self-signed": ("self-signed", lambda a: (echo, a.self_signed())),
    "end in the handshake": ("", lambda a: (_hang_up_in_the_handshake, None)),
    "reset in the handshake": ("", lambda a: (_reset_in_the_handshake, None)),
    "not TLS": ("TLS handshake failed", lambda a: (_speak_plainly, None)),
}


@pytest.mark.parametrize("kind", BAD_PEERS)
async def test_a_peer_not_to_be_trusted_hears_nothing(http: MakeHttp, peer: MakePeer, authority: Authority, kind: str):
    cause, make = BAD_PEERS[kind]
    behaviour, tls = make(authority)
    server = await peer(behaviour, tls=tls)
    error = await failure(http(ssl_context=authority.client()), server.url.replace("http:", "https:"), "POST")
    assert isinstance(error, NotConnected)
    assert cause in error.cause
    assert KEY.encode() not in server.received
    if tls is not None:
        assert server.received == b""


async def test_an_unknown_authority(http: MakeHttp, peer: MakePeer, authority: Authority):
    server = await peer(echo, tls=authority.server())
    error = await failure(http(), server.url)
    assert isinstance(error, NotConnected)
    assert error.cause.startswith("certificate refused: ")
    assert server.received == b""


def test_a_careless_context_is_refused_when_given():
    careless = ssl.create_default_context()
    careless.check_hostname = False
    with pytest.raises(ValueError, match="check_hostname"):
        AiohttpHttp(proxy=None, ssl_context=careless)


# Proxies


async def test_a_proxy_of_the_environment_is_ignored(
    http: MakeHttp, peer: MakePeer, monkeypatch: pytest.MonkeyPatch, authority: Authority
):
    proxy = await peer(echo)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    adapter = http(ssl_context=authority.client())
    await call(adapter, (await peer(echo)).url)
    await call(adapter, (await peer(echo, tls=authority.server())).url)
    assert proxy.talks == []


async def test_netrc_is_ignored(http: MakeHttp, peer: MakePeer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "netrc").write_text(f"machine 127.0.0.1 login user password {PASSWORD}\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server = await peer(echo)
    await call(http(), server.url)
    assert b"authorization" not in server.received.lower()


def tunnel_to(target: Peer) -> Callable[[Talk], Awaitable[None]]:
    """A proxy that opens each tunnel to `target`."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def follow(talk: Talk) -> None:
        await talk.request()
        reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
        talk.writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(pump(talk.reader, writer))
                group.create_task(pump(reader, talk.writer))
        finally:
            writer.transport.abort()

    return follow


async def test_an_explicit_proxy_opens_a_tunnel(http: MakeHttp, peer: MakePeer, authority: Authority):
    server = await peer(echo, tls=authority.server())
    proxy = await peer(tunnel_to(server))
    adapter = http(ssl_context=authority.client(), proxy=f"http://user:{PASSWORD}@127.0.0.1:{proxy.port}")
    assert (await call(adapter, server.url)).status == 200
    assert (await call(adapter, server.url)).status == 200
    assert len(proxy.talks) == len(server.talks) == 1
    assert proxy.received.startswith(f"CONNECT 127.0.0.1:{server.port} HTTP/1.1\r\n".encode())
    assert b"Proxy-Authorization: Basic " in proxy.received
    assert b"Authorization" not in server.received
    assert KEY.encode() in server.received
    assert KEY.encode() not in proxy.received


async def test_an_explicit_proxy_for_plain_http(http: MakeHttp, peer: MakePeer):
    proxy = await peer(echo)
    assert (await call(http(proxy=proxy.url), "http://exchange.test")).status == 200
    assert proxy.received.startswith(f"GET http://exchange.test{QUERY} HTTP/1.1\r\n".encode())


@pytest.mark.parametrize("status", [403, 407, 502])
async def test_a_proxy_that_refuses(http: MakeHttp, peer: MakePeer, status: int):
    refusal = head("Proxy-Authenticate: Basic", "Content-Length: 0", status=f"{status} {PASSWORD} is wrong")
    proxy = await peer(script(refusal))
    error = await failure(http(proxy=f"http://user:{PASSWORD}@127.0.0.1:{proxy.port}"), "https://api.binance.com")
    assert isinstance(error, NotConnected)
    assert error.cause == f"the proxy refused to connect: HTTP {status}"
    assert KEY.encode() not in proxy.received


async def test_a_proxy_that_is_not_there(http: MakeHttp):
    error = await failure(http(proxy=f"http://user:{PASSWORD}@127.0.0.1:{free_port()}"), "https://api.binance.com")
    assert isinstance(error, NotConnected)
    assert error.cause == "no connection to the proxy: Connection refused"


@pytest.mark.parametrize("proxy", [f"socks5://user:{PASSWORD}@host:1", f"{PASSWORD}:1", "http://", "http://[", ""])
def test_an_address_that_no_proxy_can_have(proxy: str):
    with pytest.raises(ValueError, match="proxy must be") as caught:
        AiohttpHttp(proxy=proxy, ssl_context=None)
    assert PASSWORD not in str(caught.value)
    assert caught.value.__context__ is None


# Cancelled


async def test_cancelled_while_connecting(http: MakeHttp, peer: MakePeer):
    server = await peer(silence)
    task = asyncio.create_task(call(http(), server.url.replace("http:", "https:")))
    await until(lambda: bool(server.received))
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    assert caught.value.sent is False
    assert KEY.encode() not in server.received


async def test_cancelled_while_waiting(http: MakeHttp, peer: MakePeer):
    adapter = http()

    async def first_never(talk: Talk) -> None:
        await talk.request()
        await (talk.drain_all() if server.talks[0] is talk else echo_rest(talk))

    async def echo_rest(talk: Talk) -> None:
        talk.answer()
        await echo(talk)

    server = await peer(first_never)
    task = asyncio.create_task(call(adapter, server.url, "POST"))
    await until(lambda: bool(server.received))
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    assert caught.value.sent is True
    await until(lambda: server.talks[0].ended)
    assert (await call(adapter, server.url)).body == b"{}"
    assert len(server.talks) == 2


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("body", [None, b"x" * 300_000])
async def test_cancelled_at_every_step(
    http: MakeHttp, peer: MakePeer, authority: Authority, tls: bool, body: bytes | None
):
    server = await peer(echo, tls=authority.server() if tls else None)
    for steps in range(60):
        adapter = http(ssl_context=authority.client())
        before = len(server.received)
        task = asyncio.create_task(call(adapter, server.url, "PUT", body))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError as cancelled:
            if not getattr(cancelled, "sent", False):
                for _ in range(10):
                    await asyncio.sleep(0)
                assert len(server.received) == before
        await adapter.close()
        assert adapter._attempts == set()


async def test_a_timeout_of_the_caller_stays_one(http: MakeHttp, peer: MakePeer):
    server = await peer(silence)
    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(0.3):
            await call(http(), server.url)
    assert caught.value.__cause__.sent is True
    assert asyncio.current_task().cancelling() == 0


# Closing


async def _ended(tasks: list[asyncio.Task[HttpReply]]) -> set[type]:
    """What kinds of failure the calls ended in, none of them by a cancellation of its task."""
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [task.cancelling() for task in tasks] == [0] * len(tasks)
    return {type(result) for result in results}


async def test_close_is_idempotent_and_final(http: MakeHttp, peer: MakePeer):
    server, adapter = await peer(echo), http()
    await call(adapter, server.url)
    await adapter.close()
    await until(lambda: server.talks[0].ended)
    await adapter.close()
    assert isinstance(await failure(adapter, server.url), NotConnected)
    assert len(server.talks) == 1


async def test_close_before_anything():
    adapter = AiohttpHttp(proxy=None, ssl_context=None)
    await adapter.close()
    await adapter.close()


@pytest.mark.parametrize("tls", [False, True])
async def test_close_with_calls_that_wait_for_their_answer(
    http: MakeHttp, peer: MakePeer, authority: Authority, monkeypatch: pytest.MonkeyPatch, tls: bool
):
    monkeypatch.setattr(module, "CLOSE_WITHIN", 1000.0)
    server = await peer(silence, tls=authority.server() if tls else None)
    adapter = http(ssl_context=authority.client())
    tasks = [asyncio.create_task(call(adapter, server.url)) for _ in range(5)]
    await until(lambda: server.received.count(b"GET") == 5)
    async with asyncio.timeout(5):
        await adapter.close()
    assert all(task.done() for task in tasks)
    assert await _ended(tasks) == {Disconnected}
    assert {str(task.exception()) for task in tasks} == {"the HTTP connections were closed"}
    await until(lambda: all(talk.ended for talk in server.talks))


async def test_close_with_calls_that_connect(http: MakeHttp, peer: MakePeer):
    server, adapter = await peer(silence), http()
    tasks = [asyncio.create_task(call(adapter, server.url.replace("http:", "https:"))) for _ in range(5)]
    await until(lambda: len(server.talks) == 5)
    await adapter.close()
    assert all(task.done() for task in tasks)
    assert await _ended(tasks) == {NotConnected}
    await until(lambda: all(talk.ended for talk in server.talks))


async def test_close_with_calls_that_look_up_a_name(http: MakeHttp, names: type[Names]):
    class Slow(names):
        async def resolve(self, *arguments: Any, **options: Any) -> list[Any]:
            self.asked += 1
            return await asyncio.get_running_loop().create_future()

    slow = Slow()
    adapter = http(resolver=slow)
    tasks = [asyncio.create_task(call(adapter, "http://exchange")) for _ in range(3)]
    await until(lambda: slow.asked > 0)
    await adapter.close()
    assert all(task.done() for task in tasks)
    assert await _ended(tasks) == {NotConnected}


async def test_close_with_calls_that_wait_for_a_connection(http: MakeHttp, peer: MakePeer):
    server, adapter = await peer(silence), http()
    tasks = [asyncio.create_task(call(adapter, server.url)) for _ in range(103)]
    await until(lambda: server.received.count(b"GET") == 100)
    await adapter.close()
    assert all(task.done() for task in tasks)
    await _ended(tasks)
    assert [type(task.exception()) for task in tasks] == [Disconnected] * 100 + [NotConnected] * 3


async def test_a_waiting_call_that_aiohttp_cancels_is_not_cancelled(http: MakeHttp, peer: MakePeer):
    """Closing its connector, aiohttp cancels the future that the call waits for, while nobody cancels the task."""
    server, adapter = await peer(silence), http()
    tasks = [asyncio.create_task(call(adapter, server.url)) for _ in range(101)]
    await until(lambda: server.received.count(b"GET") == 100)
    await adapter._session.connector.close()
    assert await _ended(tasks) == {Disconnected, NotConnected}


async def test_cancelled_and_closed_at_once_is_cancelled(http: MakeHttp, peer: MakePeer):
    server, adapter = await peer(silence), http()
    task = asyncio.create_task(call(adapter, server.url))
    await until(lambda: bool(server.received))
    task.cancel()
    await adapter.close()
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    assert caught.value.sent is True


async def test_close_does_not_wait_for_ever(http: MakeHttp, peer: MakePeer, monkeypatch: pytest.MonkeyPatch):
    adapter = http()
    await call(adapter, (await peer(echo)).url)
    close, never = adapter._session.close, asyncio.get_running_loop().create_future()

    async def hang() -> None:
        await close()
        await never

    monkeypatch.setattr(adapter._session, "close", hang, raising=False)
    assert 2 * module.CLOSE_WITHIN < 0.5
    async with asyncio.timeout(5):
        await adapter.close()
    monkeypatch.undo()


# Secrets


def _everything_about(error: BaseException) -> str:
    """What an error reporter may print of it, the locals of all frames but the tests' own included."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename != __file__]
    others = [other for other in (error.__cause__, error.__context__) if other is not None]
    own = [str(error), repr(error), repr(error.args), repr(vars(error)), *(repr(frame.f_locals) for frame in frames)]
    return "\n".join(own + [_everything_about(other) for other in others])


async def _refused(peer: MakePeer) -> str:
    return f"http://127.0.0.1:{free_port()}"


FAILURES: dict[str, Callable[[MakePeer], Awaitable[str]]] = {
    "refused": _refused,
    "no TLS": lambda peer: _url(peer(_speak_plainly), "https:"),
    "no answer": lambda peer: _url(peer(silence)),
    "closed": lambda peer: _url(peer(script())),
    "reset": lambda peer: _url(peer(script(end="reset"))),
    "cut": lambda peer: _url(peer(script(head("Content-Length: 9") + b"{"))),
    "not HTTP": lambda peer: _url(peer(script(b"garbage\r\n\r\n"))),
    "echoed": lambda peer: _url(peer(script(f"{KEY}{SIGNATURE}\r\n\r\n".encode()))),
}


async def _url(peer: Awaitable[Peer], scheme: str = "http:") -> str:
    return (await peer).url.replace("http:", scheme)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[io.StringIO]:
    """Everything that is logged, at DEBUG, with its arguments."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(message)s %(args)s %(exc_text)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    caplog.set_level(logging.DEBUG)
    yield stream
    root.removeHandler(handler)


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("kind", FAILURES)
async def test_failures_hold_no_secret(http: MakeHttp, peer: MakePeer, log: io.StringIO, kind: str, debug: bool):
    asyncio.get_running_loop().set_debug(debug)
    url, adapter = await FAILURES[kind](peer), http()
    for method, body in (("GET", None), ("POST", f"signature={SIGNATURE}".encode())):
        with pytest.raises((NotConnected, Disconnected)) as caught:
            await call(adapter, url, method, body, timeout=0.05)
        error = caught.value
        assert error.__cause__ is None
        assert error.__context__ is None
        found = _everything_about(error)
        assert not [secret for secret in CANARIES if secret in found]
    await adapter.close()
    assert not [secret for secret in CANARIES if secret in log.getvalue()]


async def test_a_cancellation_holds_no_secret(http: MakeHttp, peer: MakePeer, log: io.StringIO):
    server, adapter = await peer(silence), http(proxy=None)
    caught: list[BaseException] = []

    async def run() -> None:
        try:
            await call(adapter, server.url)
        except asyncio.CancelledError as cancelled:
            caught.append(cancelled)
            raise

    task = asyncio.create_task(run())
    await until(lambda: bool(server.received))
    task.cancel()
    await asyncio.wait((task,))
    found = _everything_about(caught[0]) + log.getvalue()
    assert not [secret for secret in CANARIES if secret in found]


async def test_a_body_that_could_not_be_sent_is_not_logged(http: MakeHttp, peer: MakePeer, log: io.StringIO):
    async def stop_reading(talk: Talk) -> None:
        await talk.reader.readuntil(b"\r\n\r\n")
        talk.reset()

    server, adapter = await peer(stop_reading), http()
    for _ in range(5):
        with pytest.raises(Disconnected):
            await call(adapter, server.url, "POST", SIGNATURE.encode() * 15_000)
        await asyncio.sleep(0)
    await adapter.close()
    assert not [secret for secret in CANARIES if secret in log.getvalue()]


async def test_a_proxys_password_is_not_shown(http: MakeHttp, log: io.StringIO):
    adapter = http(proxy=f"http://user:{PASSWORD}@127.0.0.1:{free_port()}")
    for url in ("https://api.binance.com", "http://api.binance.com"):
        error = await failure(adapter, url)
        assert PASSWORD not in _everything_about(error)
    await adapter.close()
    assert PASSWORD not in repr(adapter) + log.getvalue()


# By aioresponses: what does not need a socket


@pytest.mark.parametrize("status", [200, 400, 404, 409, 418, 429, 451, 500, 503])
@pytest.mark.parametrize("method", METHODS)
async def test_every_status_is_an_answer(http: MakeHttp, mocked: Aioresponses, method: str, status: int):
    url = "https://api.binance.com" + QUERY
    body = b'{"code":-1003,"msg":"Too many requests."}'
    mocked.add(url, method, status=status, body=body, headers={"Retry-After": "12", "X-MBX-USED-WEIGHT-1M": "6001"})
    reply = await call(http(), "https://api.binance.com", method)
    assert (reply.status, reply.body) == (status, body)
    headers = {name.lower(): value for name, value in reply.headers.items()}
    assert headers == {"content-type": "application/json", "retry-after": "12", "x-mbx-used-weight-1m": "6001"}


@pytest.mark.parametrize(
    "raised",
    [
        aiohttp.ClientConnectionError(f"?signature={SIGNATURE}"),
        aiohttp.ServerTimeoutError(f"?signature={SIGNATURE}"),
        aiohttp.InvalidURL(f"https://x?signature={SIGNATURE}"),
        RuntimeError(f"signature={SIGNATURE}"),
        OSError(5, SIGNATURE),
        TimeoutError(SIGNATURE),
    ],
)
async def test_nothing_of_aiohttp_escapes(http: MakeHttp, mocked: Aioresponses, raised: Exception):
    mocked.get("https://api.binance.com" + QUERY, exception=raised)
    error = await failure(http(), "https://api.binance.com")
    assert isinstance(error, NotConnected)
    assert SIGNATURE not in _everything_about(error)


async def test_what_is_passed_to_aiohttp(http: MakeHttp, mocked: Aioresponses):
    mocked.post("https://api.binance.com" + QUERY, body=b"{}")
    await call(http(), "https://api.binance.com", "POST", b"a=1", timeout=3)
    [[request]] = mocked.requests.values()
    assert request.kwargs["allow_redirects"] is False
    assert request.kwargs["data"] == b"a=1"
    assert request.kwargs["headers"] == FORM


# Other ways to run it


def test_under_uvloop(authority: Authority, serve_peer: MakePeer):
    async def run() -> None:
        server = await serve_peer(echo, tls=authority.server())
        adapter = AiohttpHttp(proxy=None, ssl_context=authority.client())
        for method in METHODS:
            assert (await call(adapter, server.url, method)).status == 200
        adapter._watched = -math.inf  # so that the kernel is asked about the kept connection
        assert (await call(adapter, server.url)).status == 200
        assert len(server.talks) == 1
        await adapter.close()
        await server.close()

    uvloop.run(run())


async def test_the_seams_open_it(peer: MakePeer):
    adapter = Seams().http(proxy=None, ssl_context=None)
    assert isinstance(adapter, AiohttpHttp)
    assert (await call(adapter, (await peer(echo)).url)).status == 200
    await adapter.close()


def test_a_reply_shows_neither_headers_nor_body() -> None:
    """A server may echo what it was sent, and rich has a way of its own to show locals."""
    reply = HttpReply(200, {"x-echo": PASSWORD}, PASSWORD.encode())
    assert repr(reply) == f"<HttpReply 200, {len(PASSWORD)} bytes>"
    assert reply.__rich_repr__() == [("status", 200)]
