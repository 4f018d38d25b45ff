"""The exchange within the process: its doors on a `MemoryNetwork`, and the seams with which a client reaches them.

Faults are the same as over sockets. Two are coarser, because a socket in memory has no bytes to hold back: a frozen
connection freezes all connections of its door, and one that the client closes is always answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from binance_async.net.memory import MemoryNetwork, MemorySocket
from binance_async.net.seams import Disconnected, HttpReply, NotConnected
from binance_async.simulator.transport import Broken, Message, Refused, Session

if TYPE_CHECKING:
    import ssl

    from binance_async.net.memory import Link
    from binance_async.net.seams import Connect, Http, Socket, SocketHandler
    from binance_async.simulator.exchange import Exchange

__all__ = ["MemoryDoors", "MemoryTransport"]

_BROKEN = "x-simulated-fate"
_CAUSES = {
    "reset": "connection reset by peer",
    "close": "the server closed the connection before the answer",
    "cut": "the connection ended in the middle of the answer",
}


class MemoryDoors:
    """One exchange's three hosts: `rest`, `ws_api` and `stream`."""

    def __init__(self, exchange: Exchange, network: MemoryNetwork) -> None:
        self._exchange = exchange
        domain = f"{exchange.family}.simulated"
        self.rest: str = f"https://api.{domain}"
        self.ws_api: str = f"wss://ws-api.{domain}/ws-api/v3"
        self.stream: str = f"wss://stream.{domain}"
        self.hosts: frozenset[str] = frozenset({f"api.{domain}", f"ws-api.{domain}", f"stream.{domain}"})
        network.serve(self.rest, http=self._http)
        for where in (f"wss://ws-api.{domain}", self.stream):
            link = network.serve(where, websocket=_acceptor(exchange, network, where))
            assert link is network.link(where)

    async def _http(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> HttpReply:
        try:
            return await self._exchange.http(method, target, headers, body)
        except Broken as broken:
            if broken.fate == "silence":
                await asyncio.get_running_loop().create_future()  # until the network closes
            return HttpReply(599, {_BROKEN: broken.fate}, b"")


def _acceptor(exchange: Exchange, network: MemoryNetwork, where: str) -> Any:
    def accept(target: str, headers: Mapping[str, str], peer: MemorySocket) -> SocketHandler | HttpReply:
        try:
            session = exchange.accept(target, headers)
        except Refused as refused:
            return refused.reply
        session.opened(_MemoryWire(peer, network.link(where)))
        return _Receiver(session)

    return accept


class _Receiver:
    """What arrives at the exchange's end, for its session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def on_message(self, data: bytes) -> None:
        """A message."""
        self._session.on_message(data)

    def on_ping(self, payload: bytes) -> None:
        """A ping."""
        self._session.on_ping(payload)

    def on_pong(self, payload: bytes) -> None:
        """A pong."""
        self._session.on_pong(payload)

    def on_closed(self, code: int, reason: str) -> None:
        """The end."""
        if code != 1006:
            self._session.on_closing(code, reason)
        self._session.on_closed(code, reason)


class _MemoryWire:
    """The session's `Wire`."""

    def __init__(self, peer: MemorySocket, link: Link) -> None:
        self._peer = peer
        self._link = link

    @property
    def buffered(self) -> int:
        """Bytes under way."""
        return self._peer.buffered

    def send(self, message: Message) -> None:
        """Send a message; after the end of the connection it goes nowhere."""
        try:
            self._peer.send(message.data)
        except Disconnected:
            return

    def ping(self, payload: bytes) -> None:
        """Send a ping."""
        try:
            self._peer.ping(payload)
        except Disconnected:
            return

    def close(self, code: int, reason: str) -> None:
        """Send a close frame."""
        self._peer.send_close(code, reason)

    def abort(self) -> None:
        """RST."""
        self._peer.break_both("connection reset by peer")

    def end(self) -> None:
        """EOF."""
        self._peer.abort()

    def freeze(self) -> None:
        """Freeze the link."""
        self._link.freeze()

    def thaw(self) -> None:
        """Let it go on."""
        self._link.unfreeze()

    def half_open(self) -> None:
        """Be gone without a sign."""
        self._peer.silence_both()


class MemoryTransport:
    """The seams `OpenHttp` and `OpenConnect` to exchanges in memory."""

    def __init__(self, network: MemoryNetwork, exchanges: Mapping[str, Exchange]) -> None:
        self._network = network
        self._exchanges = exchanges
        """By host."""

    def http(self, *, proxy: str | None = None, ssl_context: ssl.SSLContext | None = None) -> Http:
        """The seam `OpenHttp`."""
        return _Http(self._network.http(proxy=proxy, ssl_context=ssl_context))

    def connect(self, *, proxy: str | None = None, ssl_context: ssl.SSLContext | None = None) -> Connect:
        """The seam `OpenConnect`."""
        return _Connect(self._network.connect(proxy=proxy, ssl_context=ssl_context), self._exchanges)


class _Http:
    """Requests, of which some break."""

    def __init__(self, inner: Http) -> None:
        self._inner = inner

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, timeout: float
    ) -> HttpReply:
        """Send exactly this, once."""
        reply = await self._inner.request(method, url, headers=headers, body=body, timeout=timeout)
        fate = reply.headers.get(_BROKEN)
        if fate is not None:
            del url, headers, body
            raise Disconnected(_CAUSES.get(fate, "the connection broke"))
        return reply

    async def close(self) -> None:
        """Close."""
        await self._inner.close()


class _Connect:
    """WebSockets, of which some are refused or slow to open."""

    def __init__(self, inner: Connect, exchanges: Mapping[str, Exchange]) -> None:
        self._inner = inner
        self._exchanges = exchanges

    async def __call__(self, url: str, handler: SocketHandler, *, timeout: float) -> Socket:
        """Connect and upgrade."""
        try:
            async with asyncio.timeout(timeout):
                await self._opening(url)
                return await self._inner(url, handler, timeout=timeout)
        except TimeoutError:
            failure = NotConnected(f"timed out after {timeout:g} s")
        raise failure

    async def _opening(self, url: str) -> None:
        parts = urlsplit(url)
        exchange = self._exchanges.get(parts.hostname or "")
        if exchange is None:
            return
        try:
            delay = exchange.opening(f"{parts.path}?{parts.query}")
            if delay:
                await exchange.clock.sleep(delay)
        except Broken as broken:
            if broken.fate == "silence":
                await asyncio.get_running_loop().create_future()
            raise NotConnected(_CAUSES.get(broken.fate, "the connection broke")) from None
        except Refused as refused:
            reply = refused.reply
            cause = f"the upgrade was refused with HTTP {reply.status}"
            raise NotConnected(cause, status=reply.status, headers=reply.headers, body=reply.body[:1024]) from None
