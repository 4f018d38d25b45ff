"""What the picows driver does beyond the suite of `test_socket`, which runs on both drivers."""

from __future__ import annotations

import asyncio
import base64
import gc
import hashlib
import socket
from typing import Any

import pytest
from picows import WSError, WSMsgType, WSUpgradeResponse
from picows.picows import _make_test_ws_frame

from binance_async.net.picows_socket import PicowsConnect, PicowsSocket
from binance_async.net.seams import Disconnected, NotConnected


class Recorder:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []
        self.closed = asyncio.Event()

    def on_message(self, data: bytes) -> None:
        self.heard.append(("message", data))

    def on_ping(self, payload: bytes) -> None:
        self.heard.append(("ping", payload))

    def on_pong(self, payload: bytes) -> None:
        self.heard.append(("pong", payload))

    def on_closed(self, code: int, reason: str) -> None:
        self.heard.append(("closed", code, reason))
        self.closed.set()


async def upgrade(talk: Any, more: bytes = b"") -> None:
    request = await talk.request()
    key = next(line[18:].strip() for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:"))
    token = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
    talk.writer.write(head + token + b"\r\n\r\n" + more)


def ws(server: Any) -> str:
    return server.url.replace("http", "ws") + "/ws"


@pytest.mark.parametrize("size", [0, 125, 126, 5000])
@pytest.mark.parametrize("kind", [WSMsgType.TEXT, WSMsgType.BINARY])
async def test_a_whole_message_is_handed_over_as_bytes(kind: WSMsgType, size: int):
    recorder = Recorder()
    opened = PicowsSocket(asyncio.get_running_loop(), recorder)
    opened.on_ws_frame(None, _make_test_ws_frame(kind, bytes(size), True, False))
    assert recorder.heard == [("message", bytes(size))]
    opened.discard()


async def test_a_frame_over_the_limit_is_not_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("binance_async.net.picows_socket.MAX_SIZE", 1000)
    recorder = Recorder()
    opened = PicowsSocket(asyncio.get_running_loop(), recorder)
    for size in (1000, 1001, 1000):
        opened.on_ws_frame(None, _make_test_ws_frame(WSMsgType.TEXT, bytes(size), True, False))
    assert [what[:2] for what in recorder.heard] == [("message", bytes(1000)), ("closed", 1009)]
    opened.discard()


@pytest.mark.parametrize("size", [3, 300])
async def test_a_reserved_bit_is_not_overlooked(size: int):
    recorder = Recorder()
    opened = PicowsSocket(asyncio.get_running_loop(), recorder)
    opened.on_ws_frame(None, _make_test_ws_frame(WSMsgType.TEXT, bytes(size), True, True))
    assert [what[:2] for what in recorder.heard] == [("closed", 1002)]
    opened.discard()


async def test_nothing_is_sent_before_the_upgrade():
    opened = PicowsSocket(asyncio.get_running_loop(), Recorder())
    assert opened.buffered == 0
    with pytest.raises(Disconnected):
        opened.send(b"x")
    with pytest.raises(Disconnected):
        opened.ping()
    opened.discard()


async def test_an_upgrade_that_comes_too_late_is_not_taken():
    opened = PicowsSocket(asyncio.get_running_loop(), Recorder())
    response = WSUpgradeResponse.create_101_response()
    assert opened.upgraded(None, response) is opened
    opened.discard()
    with pytest.raises(WSError, match="given up"):
        opened.upgraded(None, response)


@pytest.mark.parametrize("broken", [b"\x83\x00", b"\x81\x7f\x00\x00\x00\x00\x02\x00\x00\x01"])
async def test_what_picows_finds_wrong_is_reported_once_and_leaves_nothing_behind(peer: Any, broken: bytes):
    unhandled: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: unhandled.append(context))

    async def script(talk: Any) -> None:
        await upgrade(talk, broken)
        await talk.drain_all()

    recorder = Recorder()
    opened = await PicowsConnect()(ws(await peer(script)), recorder, timeout=5)
    await asyncio.wait_for(recorder.closed.wait(), 5)
    await opened.close()
    assert [what[1] for what in recorder.heard] == [1002 if broken[0] == 0x83 else 1009]
    assert asyncio.all_tasks() - {asyncio.current_task()} <= set(tasks_of_the_peer(loop))
    del opened
    gc.collect()
    assert unhandled == []


def tasks_of_the_peer(loop: asyncio.AbstractEventLoop) -> list[asyncio.Task[Any]]:
    """The tasks of the scripted peer."""
    return [task for task in asyncio.all_tasks(loop) if "script" in getattr(task.get_coro(), "__qualname__", "")]


async def test_the_addresses_of_a_name_are_tried_in_turn(peer: Any, monkeypatch: pytest.MonkeyPatch):
    async def script(talk: Any) -> None:
        await upgrade(talk, b"\x81\x02{}\x88\x02\x03\xe8")
        await talk.drain_all()

    server = await peer(script)
    with socket.create_server(("127.0.0.1", 0)) as unused:
        refusing = unused.getsockname()[1]

    def two(*_args: Any, **_kwargs: Any) -> Any:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, ("127.0.0.1", refusing)), (*kind, ("127.0.0.1", server.port))]

    monkeypatch.setattr(socket, "getaddrinfo", two)
    recorder = Recorder()
    opened = await PicowsConnect()("ws://stream.example/ws", recorder, timeout=5)
    await asyncio.wait_for(recorder.closed.wait(), 5)
    await opened.close(timeout=0.01)
    assert recorder.heard == [("message", b"{}"), ("closed", 1000, "")]


async def test_a_name_without_an_address(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: [])
    with pytest.raises(NotConnected, match="no address"):
        await PicowsConnect()("ws://stream.example/ws", Recorder(), timeout=5)


async def test_a_connect_that_hangs_is_cancelled_before_tcp_is_made(monkeypatch: pytest.MonkeyPatch):
    loop = asyncio.get_running_loop()
    tried = asyncio.Event()
    made: list[socket.socket] = []

    async def never(tcp: socket.socket, _address: Any) -> None:
        made.append(tcp)
        tried.set()
        await loop.create_future()

    monkeypatch.setattr(loop, "sock_connect", never)
    task = asyncio.ensure_future(PicowsConnect()("ws://127.0.0.1:9/ws", Recorder(), timeout=5))
    await asyncio.wait_for(tried.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert made[0].fileno() == -1
