"""The seams: everything that is not a pure function of its arguments goes through these.

Three things make a client hard to test: time, randomness and the network. Each is a small Protocol here, and one
`Seams` object carries them all, so that a test (or the embedded exchange) replaces them together:

* `Clock` tells wall time (what an exchange compares with its own), monotonic time (what durations are made of), and
  sleeps. Under the virtual event loop of `net.virtual` both run ahead as fast as the tasks allow.
* `Http` makes one request and never repeats, redirects or interprets it.
* `Connect` opens one WebSocket and pushes what arrives into a `SocketHandler`, in the loop turn in which it was read;
  there is no queue in between, so that the reader always drains the socket.

Adapters report failures with the two exceptions below and no others. Which of them it was decides whether a write
can have happened: `NotConnected` proves that no byte of the request left; `Disconnected` proves nothing.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping


class NotConnected(Exception):
    """No byte of the request or handshake reached the peer: DNS, refused, TLS, or a refused upgrade.

    `status`, `headers` and `body` (at most 1 KiB) are those of the answer when the peer refused an upgrade.
    """

    def __init__(
        self, cause: str, *, status: int | None = None, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> None:
        super().__init__(cause)
        self.cause = cause
        self.status = status
        self.headers: Mapping[str, str] = headers or {}
        self.body = body


class Disconnected(Exception):
    """The connection failed, or time ran out, after the first byte of the request may have left."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class HttpReply(msgspec.Struct, frozen=True):
    """What came back, uninterpreted. Headers are found under their lower-case names."""

    status: int
    headers: Any
    """A mapping of text to text; as a rule one that does not care for the case of names."""
    body: bytes

    def __repr__(self) -> str:
        # A server may echo what it was sent, so neither headers nor body show.
        return f"<HttpReply {self.status}, {len(self.body)} bytes>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """As rich shows it in tracebacks with locals; msgspec's own would show all."""
        return [("status", self.status)]


class Http(Protocol):
    """One request, once: no redirect, no retry, no cookie, no proxy from the environment."""

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, timeout: float
    ) -> HttpReply:
        """Send exactly these bytes. Raises `NotConnected` or `Disconnected`, never a library's own error.

        A `CancelledError` that leaves here has `sent`: whether the first byte of the request may have left.
        """
        ...

    async def close(self) -> None:
        """Close every kept connection. Idempotent."""
        ...


class SocketHandler(Protocol):
    """Receives what a socket reads. Called from the event loop, in order; must not block and must not raise."""

    def on_message(self, data: bytes) -> None:
        """One whole text or binary message (a text message as its UTF-8 bytes)."""
        ...

    def on_ping(self, payload: bytes) -> None:
        """The peer's ping. The adapter has already answered it with a pong of the same payload."""
        ...

    def on_pong(self, payload: bytes) -> None:
        """A pong, normally for one of our own pings."""
        ...

    def on_closed(self, code: int, reason: str) -> None:
        """The last call, exactly once, with the code and text of the peer's close frame.

        Without one it is 1006 and the cause, or the code of what this side gave up for (1002, 1007, 1009, 1011).
        """
        ...


class Socket(Protocol):
    """One open WebSocket. Sending never waits: what the kernel does not take at once is buffered and counted."""

    @property
    def buffered(self) -> int:
        """Bytes accepted by `send` that the kernel has not taken yet."""
        ...

    def send(self, data: bytes) -> None:
        """Send one text message. Raises `Disconnected` when the socket is closing or closed."""
        ...

    def ping(self, payload: bytes = b"") -> None:
        """Send a ping."""
        ...

    async def close(self, code: int = 1000, reason: str = "", *, timeout: float = 0.5) -> None:
        """Close handshake within `timeout` seconds, then abort. Idempotent."""
        ...

    def abort(self) -> None:
        """Drop the connection now, without a handshake."""
        ...


class Connect(Protocol):
    """Opens WebSockets."""

    async def __call__(self, url: str, handler: SocketHandler, *, timeout: float) -> Socket:
        """Connect, upgrade and start reading. Raises `NotConnected`.

        Messages, and even `on_closed`, may reach the handler before this returns.
        """
        ...


class Clock(Protocol):
    """Time, in seconds as float."""

    def wall(self) -> float:
        """Seconds since the epoch, as this machine believes them."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump; the same scale as the event loop's own."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The machine's clock."""

    __slots__ = ()

    def wall(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """The event loop's time."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class OpenHttp(Protocol):
    """Makes the `Http` of a client when it is first needed."""

    def __call__(self, *, proxy: str | None, ssl_context: ssl.SSLContext | None) -> Http:
        """A new adapter, connected to nothing yet."""
        ...


class OpenConnect(Protocol):
    """Makes the `Connect` of a client when it is first needed."""

    def __call__(self, *, proxy: str | None, ssl_context: ssl.SSLContext | None) -> Connect:
        """A new adapter, connected to nothing yet."""
        ...


def _aiohttp(*, proxy: str | None, ssl_context: ssl.SSLContext | None) -> Http:
    from binance_async.net.http import AiohttpHttp

    return AiohttpHttp(proxy=proxy, ssl_context=ssl_context)


def _websockets(*, proxy: str | None, ssl_context: ssl.SSLContext | None) -> Connect:
    from binance_async.net.socket import connector

    return connector(proxy=proxy, ssl_context=ssl_context)


@dataclass(frozen=True, slots=True)
class Seams:
    """One object for all that is not pure. The defaults are the real world."""

    clock: Clock = field(default_factory=SystemClock)
    random: random.Random = field(default_factory=random.Random)
    http: OpenHttp = _aiohttp
    connect: OpenConnect = _websockets
