"""WebSockets over loopback on both drivers, and the default driver's way with bytes against the library's own."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gc
import hashlib
import logging
import socket
import ssl
import struct
import traceback
from typing import TYPE_CHECKING, Any

import pytest
import uvloop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.asyncio.server import serve as serve_websockets
from websockets.client import ClientProtocol
from websockets.exceptions import PayloadTooBig, ProtocolError
from websockets.frames import Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from binance_async.net import socket as driver_module
from binance_async.net.picows_socket import PicowsConnect
from binance_async.net.seams import Disconnected, NotConnected, Socket
from binance_async.net.socket import (
    MAX_SIZE,
    Address,
    Answer,
    WebsocketsConnect,
    WebsocketsSocket,
    cause_of,
    connector,
)
from binance_async.net.virtual import VirtualLoop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10
CANARY = "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1"


class Recorder:
    """Keeps what it is told, and lets a test wait for more."""

    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []
        self._more = asyncio.Event()

    def _hear(self, *what: Any) -> None:
        self.heard.append(what)
        self._more.set()

    def on_message(self, data: bytes) -> None:
        assert type(data) is bytes
        self._hear("message", data)

    def on_ping(self, payload: bytes) -> None:
        self._hear("ping", payload)

    def on_pong(self, payload: bytes) -> None:
        self._hear("pong", payload)

    def on_closed(self, code: int, reason: str) -> None:
        assert type(code) is int
        self._hear("closed", code, reason)

    @property
    def messages(self) -> list[bytes]:
        return [what[1] for what in self.heard if what[0] == "message"]

    @property
    def closed(self) -> list[tuple[int, str]]:
        return [what[1:] for what in self.heard if what[0] == "closed"]

    async def until(self, what: Callable[[], Any]) -> None:
        async with asyncio.timeout(10):
            while not what():
                self._more.clear()
                await self._more.wait()


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, mask: bool = False) -> bytes:
    """One frame as a server sends it."""
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    bit = 0x80 if mask else 0
    if len(payload) < 126:
        head += bytes([bit | len(payload)])
    elif len(payload) < 65536:
        head += bytes([bit | 126]) + len(payload).to_bytes(2, "big")
    else:
        head += bytes([bit | 127]) + len(payload).to_bytes(8, "big")
    return head + (bytes(4) if mask else b"") + payload


def close_frame(code: int, reason: str = "") -> bytes:
    return frame(CLOSE, code.to_bytes(2, "big") + reason.encode())


def accepted(request: bytes, headers: str = "") -> bytes:
    """The answer 101 to an upgrade."""
    key = next(line[18:].strip() for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:"))
    token = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()).decode()
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {token}\r\n{headers}\r\n"
    ).encode()


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """One frame of a client: opcode and unmasked payload."""
    first, second = await reader.readexactly(2)
    assert second & 0x80, "a client masks"
    size = second & 0x7F
    if size > 125:
        size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8), "big")
    mask = await reader.readexactly(4)
    payload = await reader.readexactly(size)
    return first & 0x0F, bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


async def upgrade(talk: Any, more: bytes = b"") -> bytes:
    request = await talk.request()
    talk.writer.write(accepted(request) + more)
    return request


async def close_back(talk: Any) -> None:
    """Answer the client's close frame, and whatever comes before it by nothing."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            opcode, payload = await read_frame(talk.reader)
            if opcode == CLOSE:
                talk.writer.write(frame(CLOSE, payload))
                break
    talk.close()


@pytest.fixture(params=["websockets", "aiofastnet", "picows"])
def driver(request: pytest.FixtureRequest) -> str:
    return request.param


Open = Any


@pytest.fixture
async def connect(driver: str) -> AsyncIterator[Open]:
    """`await connect(peer, recorder)` opens a socket that is gone after the test, as is everything it used."""
    opened: list[Socket] = []

    async def go(where: Any, handler: Any, *, path: str = "/ws", timeout: float = 5.0, tls: Any = None) -> Socket:
        url = where if isinstance(where, str) else where.url.replace("http", "ws", 1) + path
        opened.append(await connector(proxy=None, ssl_context=tls, driver=driver)(url, handler, timeout=timeout))
        return opened[-1]

    yield go
    for each in opened:
        await each.close(timeout=0.05)
    opened.clear()
    gc.collect()  # what was not closed warns now


# Messages


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
@pytest.mark.parametrize("size", [0, 1, 2, 125, 126, 127, 65535, 65536, 300_000])
async def test_messages_of_every_length_arrive(connect: Open, peer: Any, opcode: int, size: int):
    payload = bytes(i % 251 for i in range(size))

    async def script(talk: Any) -> None:
        await upgrade(talk, frame(opcode, payload) + frame(TEXT, b"next") + frame(opcode, payload))
        await close_back(talk)

    recorder = Recorder()
    await connect(await peer(script), recorder)
    await recorder.until(lambda: len(recorder.messages) == 3)
    assert recorder.messages == [payload, b"next", payload]


async def test_fragments_are_joined_around_control_frames(connect: Open, peer: Any):
    async def script(talk: Any) -> None:
        await upgrade(talk, frame(TEXT, b"one ", fin=False) + frame(PING, b"p") + frame(CONTINUATION, b"", fin=False))
        talk.writer.write(frame(PONG, b"q") + frame(CONTINUATION, b"two") + frame(TEXT, b"three"))
        assert await read_frame(talk.reader) == (PONG, b"p")
        await close_back(talk)

    recorder = Recorder()
    await connect(await peer(script), recorder)
    await recorder.until(lambda: len(recorder.messages) == 2)
    assert recorder.heard == [("ping", b"p"), ("pong", b"q"), ("message", b"one two"), ("message", b"three")]


async def test_what_is_sent_arrives_as_text(connect: Open, driver: str):
    got: list[str | bytes] = []

    async def echo(ws: Any) -> None:
        async for message in ws:
            got.append(message)
            await ws.send(message)

    async with serve_websockets(echo, "127.0.0.1", 0, compression="deflate") as server:
        port = server.sockets[0].getsockname()[1]
        recorder = Recorder()
        opened = await connect(f"ws://127.0.0.1:{port}/ws-api/v3", recorder)
        sent = [b"", b"{}", b"x" * 126, "€".encode() * 50_000]
        for message in sent:
            opened.send(message)
        opened.ping(b"are you there")
        await recorder.until(lambda: len(recorder.heard) == 5)
        assert recorder.messages == sent
        assert ("pong", b"are you there") in recorder.heard
        assert got == [message.decode() for message in sent]
        await opened.close()
        assert recorder.closed == [(1000, "")]


async def test_the_request_is_an_upgrade_without_extensions(connect: Open, peer: Any):
    async def script(talk: Any) -> None:
        await upgrade(talk)
        await close_back(talk)

    server = await peer(script)
    await connect(server, Recorder(), path="/stream?streams=btcusdt@trade")
    head = server.received.lower()
    assert head.startswith(b"get /stream?streams=btcusdt@trade http/1.1\r\n")
    assert f"\r\nhost: 127.0.0.1:{server.port}\r\n".encode() in head
    assert b"\r\nuser-agent: binance-async/" in head
    assert b"extensions" not in head
    assert b"cookie" not in head


async def test_messages_may_come_with_the_upgrade(connect: Open, peer: Any):
    async def script(talk: Any) -> None:
        await upgrade(talk, frame(TEXT, b"early") + close_frame(1001, "bye"))
        await close_back(talk)

    recorder = Recorder()
    opened = await connect(await peer(script), recorder)
    await recorder.until(lambda: recorder.closed)
    assert recorder.heard == [("message", b"early"), ("closed", 1001, "bye")]
    with pytest.raises(Disconnected):
        opened.send(b"late")


async def test_a_message_of_the_greatest_length_arrives_and_a_longer_one_ends_that_socket_alone(
    connect: Open, peer: Any
):
    other = Recorder()

    async def script(talk: Any) -> None:
        request = await talk.request()
        talk.writer.write(accepted(request))
        if b"/big" not in request:
            await close_back(talk)
            return
        talk.writer.write(frame(BINARY, bytes(MAX_SIZE)))
        talk.writer.write(struct.pack(">BBQ", 0x81, 127, MAX_SIZE + 1) + b"{")
        opcode, payload = await read_frame(talk.reader)
        assert (opcode, payload[:2]) == (CLOSE, (1009).to_bytes(2, "big"))
        talk.close()

    server = await peer(script)
    await connect(server, other, path="/other")
    recorder = Recorder()
    opened = await connect(server, recorder, path="/big")
    await recorder.until(lambda: recorder.closed)
    assert [len(message) for message in recorder.messages] == [MAX_SIZE]
    assert recorder.closed == [(1009, f"a message is longer than {MAX_SIZE} bytes")]
    with pytest.raises(Disconnected):
        opened.send(b"x")
    assert other.heard == []


async def test_fragments_that_grow_too_long_end_the_socket(connect: Open, peer: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("binance_async.net.socket.MAX_SIZE", 1000)
    monkeypatch.setattr("binance_async.net.picows_socket.MAX_SIZE", 1000)

    async def script(talk: Any) -> None:
        await upgrade(talk, frame(TEXT, bytes(600), fin=False) + frame(CONTINUATION, bytes(400)))
        talk.writer.write(frame(TEXT, bytes(600), fin=False) + frame(CONTINUATION, bytes(401)) + frame(TEXT, b"no"))
        await close_back(talk)

    recorder = Recorder()
    await connect(await peer(script), recorder)
    await recorder.until(lambda: recorder.closed)
    assert recorder.messages == [bytes(1000)]
    assert recorder.closed[0][0] == 1009


BROKEN = {
    "masked": frame(TEXT, b"abc", mask=True),
    "reserved bits": frame(TEXT, b"abc", rsv=4),
    "reserved bits, long": frame(BINARY, bytes(300), rsv=1),
    "unknown opcode": frame(3, b"abc"),
    "continues nothing": frame(CONTINUATION, b"abc"),
    "fragment inside fragments": frame(TEXT, b"a", fin=False) + frame(TEXT, b"b"),
    "fragmented ping": frame(PING, b"a", fin=False),
    "long ping": frame(PING, bytes(126)),
    "close code": close_frame(1005),
    "close of one byte": frame(CLOSE, b"\x03"),
}


@pytest.mark.parametrize("broken", BROKEN)
async def test_a_broken_protocol_ends_the_socket(connect: Open, peer: Any, broken: str):
    async def script(talk: Any) -> None:
        await upgrade(talk, frame(TEXT, b"good") + BROKEN[broken])
        assert await read_frame(talk.reader) is not None
        talk.close()

    recorder = Recorder()
    await connect(await peer(script), recorder)
    await recorder.until(lambda: recorder.closed)
    assert recorder.messages == [b"good"]
    [(code, reason)] = recorder.closed
    assert code == 1002
    assert "protocol" in reason


# Pings and ends


async def test_a_ping_is_answered_with_its_payload_though_nobody_listens(connect: Open, peer: Any):
    pongs: list[bytes] = []

    async def script(talk: Any) -> None:
        await upgrade(talk)
        for payload in (b"", b"1672515782136", bytes(125)):
            talk.writer.write(frame(PING, payload))
            opcode, answer = await read_frame(talk.reader)
            assert opcode == PONG
            pongs.append(answer)
        talk.writer.write(close_frame(1000))
        await close_back(talk)

    recorder = Recorder()
    await connect(await peer(script), recorder)
    await recorder.until(lambda: recorder.closed)
    assert pongs == [b"", b"1672515782136", bytes(125)]
    assert recorder.heard == [*(("ping", payload) for payload in pongs), ("closed", 1000, "")]


@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (1001, "maintenance"), (1008, "Pong timeout"), (4001, "x")])
async def test_the_peers_close_is_reported_and_answered_with_its_code(connect: Open, peer: Any, code: int, reason: str):
    answers: list[tuple[int, bytes]] = []

    async def script(talk: Any) -> None:
        await upgrade(talk, close_frame(code, reason))
        answers.append(await read_frame(talk.reader))
        talk.close()

    recorder = Recorder()
    opened = await connect(await peer(script), recorder)
    await recorder.until(lambda: recorder.closed)
    await opened.close()
    assert recorder.heard == [("closed", code, reason)]
    assert answers[0][0] == CLOSE
    assert answers[0][1][:2] == code.to_bytes(2, "big")


async def test_a_close_without_a_code_is_1005(connect: Open, peer: Any):
    async def script(talk: Any) -> None:
        await upgrade(talk, frame(CLOSE))
        opcode, _ = await read_frame(talk.reader)
        assert opcode == CLOSE
        talk.close()

    recorder = Recorder()
    await connect(await peer(script), recorder)
    await recorder.until(lambda: recorder.closed)
    assert recorder.closed == [(1005, "")]


async def test_nothing_is_told_after_the_peers_close(connect: Open, peer: Any):
    async def script(talk: Any) -> None:
        await upgrade(talk, close_frame(1000) + frame(TEXT, b"no") + frame(TEXT, bytes(200)) + frame(PING, b"no"))
        await close_back(talk)

    recorder = Recorder()
    opened = await connect(await peer(script), recorder)
    await recorder.until(lambda: recorder.closed)
    await opened.close()
    assert recorder.heard == [("closed", 1000, "")]


async def test_a_socket_that_the_peer_leaves_open_after_the_close_is_aborted(
    connect: Open, peer: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("binance_async.net.socket.LINGER", 0.02)
    gone = asyncio.Event()

    async def script(talk: Any) -> None:
        await upgrade(talk, close_frame(1000))
        await talk.drain_all()
        gone.set()

    recorder = Recorder()
    await connect(await peer(script), recorder)
    await asyncio.wait_for(gone.wait(), 5)
    assert recorder.closed == [(1000, "")]


async def test_close_says_code_and_reason_and_is_idempotent(connect: Open, peer: Any):
    got: list[tuple[int, bytes]] = []

    async def script(talk: Any) -> None:
        await upgrade(talk)
        got.append(await read_frame(talk.reader))
        talk.writer.write(frame(TEXT, b"still read") + frame(CLOSE, got[0][1]))
        talk.close()

    recorder = Recorder()
    opened = await connect(await peer(script), recorder)
    await asyncio.gather(opened.close(4000, "x" * 200), opened.close())
    await opened.close()
    assert got == [(CLOSE, (4000).to_bytes(2, "big") + b"x" * 123)]
    assert recorder.heard == [("message", b"still read"), ("closed", 4000, "x" * 123)]
    assert opened.buffered == 0
    with pytest.raises(Disconnected):
        opened.send(b"x")
    with pytest.raises(Disconnected):
        opened.ping()


@pytest.mark.parametrize("code", [999, 1005, 1006, 1015, 2999, 5000])
async def test_a_code_that_may_not_be_sent_is_refused(connect: Open, peer: Any, code: int):
    async def script(talk: Any) -> None:
        await upgrade(talk)
        await close_back(talk)

    opened = await connect(await peer(script), Recorder())
    with pytest.raises(ValueError, match=str(code)):
        await opened.close(code)


async def test_close_without_an_answer_aborts_in_time(connect: Open, peer: Any):
    async def script(talk: Any) -> None:
        await upgrade(talk)
        await talk.drain_all()

    recorder = Recorder()
    opened = await connect(await peer(script), recorder)
    async with asyncio.timeout(1):
        await opened.close(timeout=0.03)
    assert recorder.heard == [("closed", 1006, "no answer to the close frame within 0.03 s")]


async def test_abort_ends_at_once(connect: Open, peer: Any):
    async def script(talk: Any) -> None:
        await upgrade(talk)
        await talk.drain_all()

    recorder = Recorder()
    opened = await connect(await peer(script), recorder)
    opened.abort()
    opened.abort()
    assert recorder.heard == []  # never from within the call
    await recorder.until(lambda: recorder.closed)
    assert recorder.heard == [("closed", 1006, "aborted by this side")]
    with pytest.raises(Disconnected, match="aborted"):
        opened.send(b"x")


@pytest.mark.parametrize("how", ["end", "reset", "within a frame"])
async def test_a_connection_that_is_lost_is_1006(connect: Open, peer: Any, how: str):
    go = asyncio.Event()

    async def script(talk: Any) -> None:
        await upgrade(talk, frame(TEXT, b"first"))
        await go.wait()
        if how == "within a frame":
            talk.writer.write(frame(TEXT, bytes(200))[:50])
        if how == "reset":
            talk.reset()
        else:
            talk.close()

    recorder = Recorder()
    opened = await connect(await peer(script), recorder)
    await recorder.until(lambda: recorder.messages)
    go.set()
    await recorder.until(lambda: recorder.closed)
    [(code, reason)] = recorder.closed
    assert code == 1006
    assert reason
    with pytest.raises(Disconnected):
        opened.send(b"x")
    await opened.close()
    assert len(recorder.closed) == 1


class Faulty(Recorder):
    """A handler with a bug."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where = where

    def _hear(self, *what: Any) -> None:
        super()._hear(*what)
        if what[0] == self.where:
            raise KeyError("the bug")


@pytest.fixture
def unhandled() -> Iterator[list[dict[str, Any]]]:
    return []


@pytest.mark.parametrize("where", ["message", "ping", "pong"])
@pytest.mark.parametrize("size", [3, 200])
async def test_a_handler_that_raises_ends_its_socket_and_is_seen(
    connect: Open, peer: Any, where: str, size: int, unhandled: list[dict[str, Any]]
):
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))
    codes: list[bytes] = []

    async def script(talk: Any) -> None:
        sent = {"message": frame(TEXT, bytes(size)), "ping": frame(PING), "pong": frame(PONG)}[where]
        await upgrade(talk, sent + frame(TEXT, b"not told") + frame(TEXT, bytes(200)) + sent)
        while True:
            opcode, payload = await read_frame(talk.reader)
            if opcode == CLOSE:
                codes.append(payload)
                break
        talk.close()

    recorder = Faulty(where)
    opened = await connect(await peer(script), recorder)
    await recorder.until(lambda: recorder.closed)
    await opened.close()
    assert [what[0] for what in recorder.heard] == [where, "closed"]
    assert recorder.closed == [(1011, "the handler raised KeyError")]
    assert codes == [(1011).to_bytes(2, "big")]
    [context] = unhandled
    assert repr(context["exception"]) == "KeyError('the bug')"


async def test_a_handler_that_raises_at_the_end_is_seen(connect: Open, peer: Any, unhandled: list[dict[str, Any]]):
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))

    async def script(talk: Any) -> None:
        await upgrade(talk, close_frame(1000))
        await close_back(talk)

    recorder = Faulty("closed")
    opened = await connect(await peer(script), recorder)
    await recorder.until(lambda: recorder.closed)
    await opened.close()
    assert len(recorder.closed) == 1
    assert [repr(context["exception"]) for context in unhandled] == ["KeyError('the bug')"]


async def test_a_handler_may_abort_from_within(connect: Open, peer: Any):
    go = asyncio.Event()

    async def script(talk: Any) -> None:
        await upgrade(talk)
        await go.wait()
        talk.writer.write(frame(TEXT, b"one") + frame(TEXT, b"two") + frame(PING, b"three") + frame(TEXT, bytes(200)))
        await talk.drain_all()

    class Aborting(Recorder):
        socket: Socket

        def on_message(self, data: bytes) -> None:
            super().on_message(data)
            self.socket.abort()

    recorder = Aborting()
    recorder.socket = await connect(await peer(script), recorder)
    go.set()
    await recorder.until(lambda: recorder.closed)
    assert recorder.heard == [("message", b"one"), ("closed", 1006, "aborted by this side")]


async def test_what_the_peer_does_not_take_is_counted(connect: Open, peer: Any):
    done = asyncio.Event()

    async def paused(talk: Any) -> None:
        await upgrade(talk)
        talk.writer.transport.pause_reading()
        await done.wait()

    opened = await connect(await peer(paused), Recorder())
    assert opened.buffered == 0
    for _ in range(40):
        opened.send(bytes(1_000_000))
    assert 0 < opened.buffered <= 40_001_000
    opened.abort()
    done.set()


async def test_a_ping_that_is_too_long_is_refused(connect: Open, peer: Any):
    async def script(talk: Any) -> None:
        await upgrade(talk)
        await close_back(talk)

    opened = await connect(await peer(script), Recorder())
    with pytest.raises(ValueError, match="125"):
        opened.ping(bytes(126))


# Refusals

ANSWERS = {
    "waf": (403, {"content-type": "text/html"}, b"<html><h1>403 Forbidden</h1></html>"),
    "banned": (418, {"retry-after": "120"}, b'{"code":-1003,"msg":"IP banned until 1672515782136"}'),
    "moved": (302, {"location": "https://elsewhere.example/"}, b""),
    "unknown to http": (520, {}, b"cloud"),
    "down": (503, {"content-type": "text/html"}, b"x" * 5000),
}


@pytest.mark.parametrize("kind", ANSWERS)
async def test_a_refused_upgrade_tells_status_headers_and_the_beginning_of_the_body(
    connect: Open, peer: Any, kind: str
):
    status, headers, body = ANSWERS[kind]

    async def script(talk: Any) -> None:
        await talk.request()
        talk.answer(body, f"{status} No", "".join(f"{name.title()}: {value}\r\n" for name, value in headers.items()))
        await talk.drain_all()

    recorder = Recorder()
    with pytest.raises(NotConnected) as caught:
        await connect(await peer(script), recorder)
    assert caught.value.status == status
    assert str(status) in str(caught.value)
    assert headers.items() <= caught.value.headers.items()
    assert caught.value.body == body[:1024]
    assert recorder.heard == []


async def test_a_refusal_in_chunks_is_put_together(connect: Open, peer: Any):
    async def script(talk: Any) -> None:
        await talk.request()
        talk.writer.write(
            b"HTTP/1.1 429 Too Many\r\nTransfer-Encoding: chunked\r\nX: 1\r\nX: 2\r\n\r\n"
            b"4\r\nslow\r\n5;a=b\r\n down\r\n0\r\n\r\n"
        )
        await talk.drain_all()

    with pytest.raises(NotConnected) as caught:
        await connect(await peer(script), Recorder())
    assert (caught.value.status, caught.value.body, caught.value.headers["x"]) == (429, b"slow down", "1, 2")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9\r\n\r\n",
        b"HTTP/1.1 101",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: no\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
        b"x" * 70_000,
    ],
)
async def test_a_wrong_answer_to_the_upgrade_is_not_connected(connect: Open, peer: Any, answer: bytes):
    async def script(talk: Any) -> None:
        await talk.request()
        talk.writer.write(answer)
        talk.close()

    recorder = Recorder()
    with pytest.raises(NotConnected) as caught:
        await connect(await peer(script), recorder)
    assert caught.value.status in {None, 101}
    assert recorder.heard == []


@pytest.mark.parametrize("header", ["Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Protocol: mqtt"])
async def test_what_was_not_offered_is_not_taken(connect: Open, peer: Any, header: str):
    async def script(talk: Any) -> None:
        talk.writer.write(accepted(await talk.request(), header + "\r\n"))
        await talk.drain_all()

    with pytest.raises(NotConnected, match="wrongly"):
        await connect(await peer(script), Recorder())


async def test_nobody_listens(connect: Open):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(NotConnected, match=r"(?i)connect"):
        await connect(f"ws://127.0.0.1:{port}/", Recorder())


async def test_a_name_that_is_unknown(connect: Open, monkeypatch: pytest.MonkeyPatch):
    def unknown(*_args: Any, **_kwargs: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(NotConnected, match="name look-up failed: Name or service not known"):
        await connect("ws://stream.example.invalid/", Recorder())


@pytest.mark.parametrize("name", ["a" * 64 + ".example", "a\0b.example"])
async def test_a_name_that_is_no_name(connect: Open, name: str):
    with pytest.raises(NotConnected, match="name"):
        await connect(f"ws://{name}/", Recorder())


@pytest.mark.parametrize(
    "url", ["http://example.com/", "wss:///path", "wss://user:pw@example.com/", "ws://example.com:port/", "ws://[::1/"]
)
async def test_what_is_no_address_is_not_repeated(connect: Open, url: str):
    with pytest.raises(NotConnected, match="not a ws:// or wss:// address") as caught:
        await connect(url + CANARY, Recorder())
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 101 Swi"])
async def test_an_answer_that_does_not_come_in_time(connect: Open, peer: Any, answer: bytes):
    gone = asyncio.Event()

    async def script(talk: Any) -> None:
        await talk.request()
        talk.writer.write(answer)
        await talk.drain_all()
        gone.set()

    with pytest.raises(NotConnected, match=r"timed out after 0\.05 s"):
        await connect(await peer(script), Recorder(), timeout=0.05)
    await asyncio.wait_for(gone.wait(), 5)


async def test_a_connect_that_is_cancelled_leaves_nothing(connect: Open, peer: Any):
    asked, gone = asyncio.Event(), asyncio.Event()

    async def script(talk: Any) -> None:
        await talk.request()
        asked.set()
        await talk.drain_all()
        gone.set()

    recorder = Recorder()
    task = asyncio.ensure_future(connect(await peer(script), recorder))
    await asyncio.wait_for(asked.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(gone.wait(), 5)
    assert recorder.heard == []


# TLS


async def test_a_trusted_certificate(connect: Open, peer: Any, authority: Any):
    async def script(talk: Any) -> None:
        await upgrade(talk, frame(TEXT, b"secret") + frame(PING, b"p"))
        assert await read_frame(talk.reader) == (PONG, b"p")
        talk.writer.write(close_frame(1000))
        await close_back(talk)

    recorder = Recorder()
    opened = await connect(await peer(script, tls=authority.server()), recorder, tls=authority.client())
    await recorder.until(lambda: recorder.closed)
    await opened.close()
    assert recorder.heard == [("message", b"secret"), ("ping", b"p"), ("closed", 1000, "")]


@pytest.mark.parametrize("fault", ["expired", "not yet", "wrong host", "self-signed", "unknown authority"])
async def test_a_certificate_that_proves_nothing(connect: Open, peer: Any, authority: Any, fault: str):
    server = {
        "expired": lambda: authority.server(days=(-3, -1)),
        "not yet": lambda: authority.server(days=(1, 3)),
        "wrong host": lambda: authority.server("stream.example.com"),
        "self-signed": authority.self_signed,
        "unknown authority": authority.server,
    }[fault]()

    async def script(talk: Any) -> None:
        await talk.drain_all()

    answering = await peer(script, tls=server)
    tls = None if fault == "unknown authority" else authority.client()
    with pytest.raises(NotConnected, match="certificate") as caught:
        await connect(answering, Recorder(), tls=tls, path=f"/ws/{CANARY}")
    assert caught.value.status is None
    assert answering.received == b""


async def test_a_peer_that_hangs_up_in_the_tls_handshake(connect: Open, peer: Any, authority: Any):
    async def script(talk: Any) -> None:
        await talk.reader.read(10)
        talk.close()

    where = (await peer(script)).url.replace("http", "wss")
    with pytest.raises(NotConnected):
        await connect(where, Recorder(), tls=authority.client())


async def test_a_peer_that_does_not_speak_tls(connect: Open, peer: Any, authority: Any):
    async def script(talk: Any) -> None:
        await talk.reader.read(10)
        talk.answer(b"plain", "400 Bad Request")
        await talk.drain_all()

    where = (await peer(script)).url.replace("http", "wss")
    with pytest.raises(NotConnected):
        await connect(where, Recorder(), tls=authority.client())


async def test_a_tls_peer_that_does_not_answer_the_close(connect: Open, peer: Any, authority: Any):
    async def script(talk: Any) -> None:
        await upgrade(talk)
        await talk.drain_all()

    recorder = Recorder()
    opened = await connect(await peer(script, tls=authority.server()), recorder, tls=authority.client())
    async with asyncio.timeout(1):
        await opened.close(timeout=0.03)
    assert recorder.closed == [(1006, "no answer to the close frame within 0.03 s")]


def test_a_context_that_does_not_verify_is_refused_at_once():
    loose = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    loose.check_hostname = False
    with pytest.raises(ValueError, match="check_hostname"):
        connector(proxy=None, ssl_context=loose)


# Proxies


async def test_through_a_proxy(peer: Any):
    async def script(talk: Any) -> None:
        await talk.request()
        talk.writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await upgrade(talk, frame(TEXT, b"through"))
        await close_back(talk)

    proxy = await peer(script)
    recorder = Recorder()
    connect = connector(proxy=f"http://user:p%40ss@127.0.0.1:{proxy.port}", ssl_context=None)
    opened = await connect("ws://exchange.example:9443/ws", recorder, timeout=5)
    await recorder.until(lambda: recorder.messages)
    await opened.close()
    assert recorder.heard == [("message", b"through"), ("closed", 1000, "")]
    first, second = proxy.received.split(b"\r\n\r\n")[:2]
    assert first.startswith(b"CONNECT exchange.example:9443 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic " + base64.b64encode(b"user:p@ss") in first
    assert second.startswith(b"GET /ws HTTP/1.1\r\n")
    assert b"Proxy" not in second


async def test_tls_through_a_proxy(peer: Any, authority: Any):
    async def script(talk: Any) -> None:
        await talk.request()
        talk.writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await talk.writer.start_tls(authority.server("exchange.example"))
        await upgrade(talk, frame(TEXT, b"through"))
        await close_back(talk)

    proxy = await peer(script)
    recorder = Recorder()
    connect = connector(proxy=f"http://127.0.0.1:{proxy.port}", ssl_context=authority.client())
    opened = await connect("wss://exchange.example/ws", recorder, timeout=5)
    await recorder.until(lambda: recorder.messages)
    await opened.close()
    assert recorder.heard == [("message", b"through"), ("closed", 1000, "")]
    assert b"Proxy-Authorization" not in proxy.received


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "HTTP 407"),
        (b"HTTP/1.0 502 Bad Gateway\r\n\r\n", "HTTP 502"),
        (b"HTTP/1.1 200 OK\r\n\r\nsurprise", "more than its answer"),
        (b"nonsense\r\n\r\n", "unreadable"),
        (b"", "closed the connection"),
    ],
)
async def test_a_proxy_that_refuses(peer: Any, answer: bytes, said: str):
    async def script(talk: Any) -> None:
        await talk.request()
        talk.writer.write(answer)
        talk.close()

    proxy = await peer(script)
    connect = connector(proxy=f"http://user:{CANARY}@127.0.0.1:{proxy.port}", ssl_context=None)
    with pytest.raises(NotConnected, match=said) as caught:
        await connect("wss://exchange.example/ws", Recorder(), timeout=5)
    assert caught.value.status is None
    assert CANARY not in everything_said_by(caught.value)
    assert CANARY not in repr(vars(connect))
    assert b"GET" not in proxy.received


async def test_a_proxy_that_does_not_answer(peer: Any):
    async def script(talk: Any) -> None:
        await talk.drain_all()

    proxy = await peer(script)
    connect = connector(proxy=f"http://127.0.0.1:{proxy.port}", ssl_context=None)
    with pytest.raises(NotConnected, match="timed out"):
        await connect("ws://exchange.example/ws", Recorder(), timeout=0.05)


@pytest.mark.parametrize(
    "proxy",
    [
        f"socks5://user:{CANARY}@127.0.0.1:1080",
        f"https://user:{CANARY}@127.0.0.1:3128",
        f"http://user:{CANARY}@127.0.0.1",
        f"http://127.0.0.1:80/{CANARY}",
        f"http://user:{CANARY}@[::1",
        CANARY,
    ],
)
def test_a_proxy_of_another_kind_is_refused_without_its_password(proxy: str):
    with pytest.raises(ValueError, match="proxy must be http://") as caught:
        connector(proxy=proxy, ssl_context=None)
    assert CANARY not in str(caught.value)
    if proxy.startswith("socks5"):
        assert "socks5:// is not supported" in str(caught.value)


async def test_the_environments_proxy_is_not_used(connect: Open, peer: Any, monkeypatch: pytest.MonkeyPatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "ws_proxy", "wss_proxy", "socks_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.upper(), "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)

    async def script(talk: Any) -> None:
        await upgrade(talk, frame(TEXT, b"direct"))
        await close_back(talk)

    recorder = Recorder()
    await connect(await peer(script), recorder)
    await recorder.until(lambda: recorder.messages)


def test_the_driver_is_chosen(monkeypatch: pytest.MonkeyPatch):
    proxy = "http://127.0.0.1:3128"

    def chosen(proxy: str | None, driver: Any = None) -> tuple[type, bool]:
        made = connector(proxy=proxy, ssl_context=None, driver=driver)
        return type(made), getattr(made, "fast_tls", False)

    assert chosen(None) == (WebsocketsConnect, True)
    assert chosen(proxy) == (WebsocketsConnect, False)
    assert chosen(None, "websockets") == (WebsocketsConnect, False)
    assert chosen(None, "picows") == (PicowsConnect, False)
    for driver in ("picows", "aiofastnet"):
        with pytest.raises(ValueError, match=f"{driver} driver takes no proxy"):
            chosen(proxy, driver)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert chosen(None) == (WebsocketsConnect, False)


# Secrets


def everything_said_by(error: BaseException) -> str:
    """All that a careless program could print of an error: its chain, with the local variables of our frames."""
    said = ""
    seen: BaseException | None = error
    while seen is not None:
        said += repr(seen) + str(seen) + repr(vars(seen))
        for line in traceback.TracebackException.from_exception(seen, capture_locals=True).stack:
            if "binance_async" in line.filename:
                said += f"{line.line} {line.locals}"
        seen = seen.__cause__ or seen.__context__
    return said


async def test_no_failure_and_no_log_says_the_path(
    connect: Open, peer: Any, authority: Any, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    for name in ("websockets", "websockets.client", "picows", "picows.client", "asyncio", "binance_async"):
        caplog.set_level(1, logger=name)
    asyncio.get_running_loop().set_debug(True)

    async def refuse(talk: Any) -> None:
        request = await talk.request()
        talk.answer(b"", "403 Forbidden", "Server: x\r\n")
        assert CANARY.encode() in request
        await talk.drain_all()

    async def hang(talk: Any) -> None:
        await talk.drain_all()

    async def wrong(talk: Any) -> None:
        await talk.request()
        talk.writer.write(b"HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        await talk.drain_all()

    async def good(talk: Any) -> None:
        await upgrade(talk, frame(TEXT, b"{}") + frame(3, b""))
        await close_back(talk)

    path = f"/ws/{CANARY}?timestamp=1&signature={CANARY}"
    tls = {"tls": authority.client()}
    for script, options, server in [
        (refuse, {}, None),
        (hang, {"timeout": 0.03}, None),
        (wrong, {}, None),
        (hang, tls, authority.self_signed()),
        (refuse, tls, authority.server()),
    ]:
        with pytest.raises(NotConnected) as caught:
            await connect(await peer(script, tls=server), Recorder(), path=path, **options)
        assert CANARY not in everything_said_by(caught.value)
    recorder = Recorder()
    opened = await connect(await peer(good), recorder, path=path)
    await recorder.until(lambda: recorder.closed)
    with pytest.raises(Disconnected) as ended:
        opened.send(b"x")
    assert CANARY not in everything_said_by(ended.value) + repr(recorder.closed) + repr(opened)
    assert CANARY not in caplog.text + repr([record.args for record in caplog.records])


def test_an_address_is_shown_without_its_path():
    address = Address.parse(f"wss://stream.example:9443/ws/{CANARY}?x={CANARY}")
    assert repr(address) == "Address(wss://stream.example:9443)"
    assert address.url == f"wss://stream.example:9443/ws/{CANARY}?x={CANARY}"
    assert Address.parse("wss://example.com:443").url == "wss://example.com/"
    assert Address.parse("ws://[::1]:8080/a").url == "ws://[::1]:8080/a"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (None, "connection closed without a close frame"),
        (TimeoutError(), "timed out after 2 s"),
        (TimeoutError(110, "Connection timed out"), "Connection timed out"),
        (ConnectionResetError(104, "Connection reset by peer"), "Connection reset by peer"),
        (OSError("Multiple exceptions: refused"), "Multiple exceptions: refused"),
        (ssl.SSLError(1, "[SSL: WRONG] text"), "TLS failed: SSLError"),
        (ConnectionAbortedError(), "ConnectionAbortedError"),
        (UnicodeError("label too long"), "the host's name is not valid"),
    ],
)
def test_causes_in_words(error: BaseException | None, text: str):
    assert cause_of(error, timeout=2) == text


# Other loops


@pytest.mark.parametrize("tls", [False, True])
def test_under_uvloop(driver: str, authority: Any, serve_peer: Callable[..., Awaitable[Any]], tls: bool):
    async def script(talk: Any) -> None:
        if b"/first" not in await upgrade(talk, frame(TEXT, b"fast") + frame(PING, b"p")):
            await talk.drain_all()
            return
        assert await read_frame(talk.reader) == (PONG, b"p")
        assert await read_frame(talk.reader) == (TEXT, b"sent")
        await close_back(talk)

    async def main() -> None:
        server = await serve_peer(script, tls=authority.server() if tls else None)
        connect = connector(proxy=None, ssl_context=authority.client() if tls else None, driver=driver)
        recorder = Recorder()
        opened = await connect(server.url.replace("http", "ws") + "/first", recorder, timeout=5)
        opened.send(b"sent")
        await opened.close(timeout=5)
        assert recorder.heard == [("message", b"fast"), ("ping", b"p"), ("closed", 1000, "")]
        recorder = Recorder()
        opened = await connect(server.url.replace("http", "ws") + "/second", recorder, timeout=5)
        opened.abort()
        await recorder.until(lambda: recorder.closed)
        with pytest.raises(NotConnected):
            await connect("ws://127.0.0.1:9/", recorder, timeout=5)
        await server.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
    gc.collect()


# The default driver's bytes, without a network


class Wire:
    """A transport that only remembers."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.aborted = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def abort(self) -> None:
        self.aborted = True

    def is_closing(self) -> bool:
        return self.aborted

    def get_write_buffer_size(self) -> int:
        return 0


@contextlib.contextmanager
def opened_on_a_wire(handler: Any) -> Iterator[tuple[WebsocketsSocket, Wire]]:
    """A default driver's socket that is open, on a wire that only remembers."""
    loop = VirtualLoop()
    sock, wire = WebsocketsSocket(loop, Address.parse("ws://example.com/"), handler), Wire()
    sock.connection_made(wire)
    sock.data_received(accepted(wire.written[0]))
    assert sock.opening.result() is None
    wire.written.clear()
    yield sock, wire
    sock.connection_lost(None)
    loop.close()


class Plain:
    """A handler that only remembers."""

    def __init__(self, order: list[Any] | None = None) -> None:
        self.heard: list[Any] = [] if order is None else order

    def on_message(self, data: bytes) -> None:
        self.heard.append(("message", data))

    def on_ping(self, payload: bytes) -> None:
        self.heard.append(("ping", payload))

    def on_pong(self, payload: bytes) -> None:
        self.heard.append(("pong", payload))

    def on_closed(self, code: int, reason: str) -> None:
        self.heard.append(("closed", code))


def as_the_library_reads(stream: bytes, limit: int) -> tuple[list[Any], list[tuple[int, bytes]]]:
    """What a handler must hear of these bytes, and what must be answered, if every byte goes through the library."""
    protocol = ClientProtocol(parse_uri("ws://example.com/"), max_size=limit, state=State.OPEN)
    protocol.receive_data(stream)
    heard: list[Any] = []
    message = b""
    for event in protocol.events_received():
        assert event.__class__.__name__ == "Frame"
        payload = bytes(event.data)
        if event.opcode is Opcode.CLOSE:
            heard.append(("closed", int(protocol.close_rcvd.code)))
        elif event.opcode in {Opcode.PING, Opcode.PONG}:
            heard.append((event.opcode.name.lower(), payload))
        else:
            message += payload
            if event.fin:
                heard.append(("message", message))
                message = b""
    broken = protocol.parser_exc
    if broken is not None:
        heard.append(("closed", {PayloadTooBig: 1009, ProtocolError: 1002, UnicodeDecodeError: 1007}[type(broken)]))
    return heard, [unmasked(chunk) for chunk in protocol.data_to_send() if chunk]


def unmasked(data: bytes) -> tuple[int, bytes]:
    """One of our own small frames: opcode and, of a close frame, the code alone."""
    assert data[1] & 0x80
    payload = bytes(byte ^ data[2 + i % 4] for i, byte in enumerate(data[6:]))
    opcode = data[0] & 0x0F
    return opcode, payload[:2] if opcode == CLOSE else payload


LIMIT = 70_000
sizes = st.one_of(st.integers(0, 5), st.integers(120, 130), st.integers(65530, 65540), st.just(LIMIT + 1))
payloads = st.builds(lambda size, byte: bytes([byte]) * size, sizes, st.integers(0, 255))
small = st.binary(max_size=125)
wholes = st.builds(frame, st.sampled_from([TEXT, BINARY]), payloads)
controls = st.builds(frame, st.sampled_from([PING, PONG]), small)
fragmented = st.builds(
    lambda opcode, parts, control: (
        frame(opcode, parts[0], fin=False)
        + control.join(frame(CONTINUATION, part, fin=False) for part in parts[1:])
        + control
        + frame(CONTINUATION, parts[0])
    ),
    st.sampled_from([TEXT, BINARY]),
    st.lists(payloads, min_size=1, max_size=3),
    st.one_of(st.just(b""), controls),
)
closes = st.builds(close_frame, st.sampled_from([1000, 1001, 1008, 4000, 1005, 999]), st.sampled_from(["", "why", "é"]))
odd = st.one_of(
    closes,
    st.just(frame(CLOSE)),
    st.just(frame(CLOSE, b"\x03\xe8\xff")),
    st.builds(
        lambda rsv, opcode, payload: frame(opcode, payload, rsv=rsv), st.integers(1, 7), st.integers(0, 15), small
    ),
    st.builds(lambda opcode, payload: frame(opcode, payload, mask=True), st.integers(0, 15), payloads),
    st.builds(lambda opcode, payload: frame(opcode, payload, fin=False), st.integers(0, 15), payloads),
    st.builds(frame, st.integers(0, 15), payloads),
)
streams = st.lists(st.one_of(wholes, wholes, wholes, controls, fragmented, odd), max_size=12).map(b"".join)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), stream=streams)
def test_a_stream_cut_anywhere_reads_as_the_library_reads_it(data: st.DataObject, stream: bytes):
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=30), label="cuts"))
    check_cut(stream, cuts)


def check_cut(stream: bytes, cuts: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(driver_module, "MAX_SIZE", LIMIT)
        handler = Plain()
        with opened_on_a_wire(handler) as (sock, wire):
            for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True):
                if start < stop:
                    sock.data_received(stream[start:stop])
            heard = list(handler.heard)
        answers = [unmasked(chunk) for chunk in wire.written]
    expected, answered = as_the_library_reads(stream, LIMIT)
    assert heard == expected
    assert answers == answered
    ends = [what for what in handler.heard if what[0] == "closed"]
    assert len(ends) == 1  # 1006 when the stream itself had no end


MIXED = b"".join(
    [
        frame(TEXT, b""),
        frame(BINARY, b"a"),
        frame(TEXT, b"ab"),
        frame(PING, b"p"),
        frame(TEXT, bytes(126)),
        frame(TEXT, b"frag", fin=False),
        frame(PONG),
        frame(CONTINUATION, b"", fin=False),
        frame(CONTINUATION, b"ment"),
        frame(TEXT, bytes(125)),
        frame(BINARY, bytes(200)),
        close_frame(1001, "end"),
        frame(TEXT, b"never"),
    ]
)


def test_a_stream_cut_at_every_position_reads_the_same():
    for cut in range(len(MIXED) + 1):
        check_cut(MIXED, [cut])


def test_a_stream_byte_by_byte_reads_the_same():
    check_cut(MIXED, list(range(1, len(MIXED))))
    check_cut(frame(TEXT, bytes(65536)) + MIXED, [*range(1, 70), 65540, 65545, 65546])


def test_a_pong_leaves_before_the_handler_hears_of_the_ping():
    order: list[Any] = []
    with opened_on_a_wire(Plain(order)) as (sock, wire):
        wire.write = lambda data: order.append(unmasked(data))
        sock.data_received(frame(TEXT, b"one") + frame(PING, b"now") + frame(TEXT, b"two"))
    assert order[:4] == [("message", b"one"), (PONG, b"now"), ("ping", b"now"), ("message", b"two")]


def test_the_pieces_of_a_long_message_are_kept_as_they_came_and_joined_once():
    handler = Plain()
    stream = frame(BINARY, bytes(range(256)) * 32_768)  # 8 MiB
    pieces = [stream[at : at + 65_536] for at in range(0, len(stream), 65_536)]
    with opened_on_a_wire(handler) as (sock, _):
        for count, piece in enumerate(pieces[:-1], 1):
            sock.data_received(piece)
            assert len(sock._pieces) == count
            assert sock._pieces[-1] is piece
        assert handler.heard == []
        sock.data_received(pieces[-1] + frame(TEXT, b"next"))
        assert handler.heard == [("message", bytes(range(256)) * 32_768), ("message", b"next")]
        assert sock._pieces == []


def test_the_library_never_holds_a_part_of_a_frame():
    with opened_on_a_wire(Plain()) as (sock, _):
        for byte in MIXED[:-20]:
            sock.data_received(bytes([byte]))
            assert not sock._protocol.reader.buffer


@given(st.binary(max_size=400), st.integers(1, 50))
def test_an_http_answer_is_read_in_any_pieces(noise: bytes, step: int):
    whole = b"HTTP/1.1 403 Forbidden\r\nA: 1\r\nContent-Length: %d\r\n\r\n" % len(noise) + noise
    answer = Answer()
    for at in range(0, len(whole), step):
        answer.feed(whole[at : at + step])
    assert (answer.status, answer.headers["a"], answer.body, answer.complete) == (403, "1", noise, True)


@given(st.binary(max_size=300))
def test_an_answer_of_any_bytes_is_read_or_refused(noise: bytes):
    answer = Answer()
    with contextlib.suppress(ValueError):
        if answer.feed(b"HTTP/1.1 " + noise):
            assert 100 <= answer.status < 600
        assert len(answer.body) <= 1024
        assert answer.complete in {True, False}
