"""One port for everything: REST, the WebSocket API and streams. REST and the API are served by one epoll loop."""

from __future__ import annotations

import contextlib
import json
import selectors
import socket
import threading
from typing import Any
from urllib.parse import unquote

from benchmarks.sender import http, replies
from benchmarks.sender.feed import Connection, Feed, Plan, UserFeed
from benchmarks.sender.frames import CLOSE, PING, PONG, accept_key, frame, read_frame

API_PATH = "/ws-api/v3"


class _Client:
    """A connection of the loop: HTTP until it is upgraded."""

    __slots__ = ("buffer", "is_api", "socket")

    def __init__(self, tcp: socket.socket) -> None:
        self.socket = tcp
        self.buffer = bytearray()
        self.is_api = False


class Sender:
    """Serves until it is killed."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._rest = replies.rest_replies()
        self._api = replies.api_replies()
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._grants = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._grants.bind(("127.0.0.1", 0))
        self._selector.register(self._grants, selectors.EVENT_READ)
        self._granted: list[int] = []
        self._feeds: list[Feed] = []

    @property
    def addresses(self) -> dict[str, Any]:
        """Where a client finds what it needs."""
        port = self._listener.getsockname()[1]
        return {
            "rest": f"http://127.0.0.1:{port}",
            "ws_api": f"ws://127.0.0.1:{port}{API_PATH}",
            "stream": f"ws://127.0.0.1:{port}",
            "grants": self._grants.getsockname()[1],
        }

    def run(self) -> None:
        """The loop."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj is self._grants:
                    self._grant(int(self._grants.recv(64)))
                else:
                    self._read(key.data)

    def _accept(self) -> None:
        tcp, _ = self._listener.accept()
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(tcp, selectors.EVENT_READ, _Client(tcp))

    def _read(self, client: _Client) -> None:
        try:
            data = client.socket.recv(262144)
        except OSError:
            data = b""
        if not data:
            self._drop(client)
            return
        client.buffer += data
        out: list[bytes] = []
        taken = self._api_requests(client, out) if client.is_api else self._http_requests(client, out)
        if out:
            self._send(client, b"".join(out))
        if taken is not None:
            self._selector.unregister(client.socket)
            self._start(taken)

    def _start(self, feed: Feed) -> None:
        for messages in self._granted:  # what was asked for before it connected
            feed.grant(messages)
        self._feeds.append(feed)
        threading.Thread(target=feed.run, daemon=True).start()

    def _grant(self, messages: int) -> None:
        self._granted.append(messages)
        for feed in self._feeds:
            feed.grant(messages)

    def _send(self, client: _Client, data: bytes) -> None:
        client.socket.setblocking(True)  # answers are small: they always fit
        try:
            client.socket.sendall(data)
        except OSError:
            self._drop(client)

    def _drop(self, client: _Client) -> None:
        with contextlib.suppress(KeyError, ValueError):  # it has left the loop
            self._selector.unregister(client.socket)
        client.socket.close()

    def _http_requests(self, client: _Client, out: list[bytes]) -> Feed | None:
        while (request := http.read_request(client.buffer)) is not None:
            del client.buffer[: request.end]
            if "sec-websocket-key" in request.headers:
                return self._upgrade(client, request, out)
            out.append(self._rest.get(f"{request.method} {request.path}", replies.NOT_FOUND))
        return None

    def _upgrade(self, client: _Client, request: http.Request, out: list[bytes]) -> Feed | None:
        out.append(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept_key(request.headers['sec-websocket-key'])}\r\n\r\n".encode()
        )
        if request.path == API_PATH:
            client.is_api = True
            return None
        return Feed(_stream_connection(client, request), self.plan)

    def _api_requests(self, client: _Client, out: list[bytes]) -> Feed | None:
        while (got := read_frame(client.buffer)) is not None:
            del client.buffer[: got.end]
            if got.opcode == PING:
                out.append(frame(got.payload, PONG))
            elif got.opcode == CLOSE:
                out.append(frame(got.payload, CLOSE))
            elif got.opcode == 1:
                out.append(frame(self.answer(got.payload)))
                if any(f'"{method}"'.encode() in got.payload for method in replies.SUBSCRIBES_USER_DATA):
                    connection = Connection(client.socket, combined=False, buffer=client.buffer)
                    return UserFeed(connection, self.plan, self.answer)
        return None

    def answer(self, request: bytes) -> bytes:
        """The reply of the WebSocket API, with the id that was given."""
        asked = json.loads(request)
        told = self._api.get(asked.get("method"), replies.UNKNOWN_METHOD)
        return b'{"id":' + json.dumps(asked.get("id")).encode() + told


def _stream_connection(client: _Client, request: http.Request) -> Connection:
    """`/ws/<name>`, `/ws`, `/stream?streams=<name>/<name>` or `/stream`."""
    combined = request.path.startswith("/stream")
    names: list[str] = []
    for option in request.query.split("&"):
        key, _, value = option.partition("=")
        if key == "streams":
            names = [unquote(name) for name in value.split("/") if name]
    if request.path.startswith("/ws/"):
        names = [unquote(name) for name in request.path[4:].split("/") if "@" in name]
    return Connection(client.socket, combined, names, client.buffer)
