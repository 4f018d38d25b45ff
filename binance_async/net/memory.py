"""The network in memory: HTTP and WebSocket between a client and servers in one event loop, with faults on demand.

A `MemoryNetwork` has servers, by `host:port` or by the beginning of an address, and one `Link` to each `host:port`. Its
`http` and `connect` are what `Seams` takes for a client's adapters. A server is two callables: one answers requests,
one accepts sockets and returns the `SocketHandler` of its side; it sends through the peer that it is given, which is a
`Socket` like the client's own. Messages are whole; there are no bytes and no frames.

**Delivery.** A socket is two `_Pipe`s. What is sent is delivered by the loop, after the link's latency, in the order in
which it was sent, and never inside the call that sends it; all that is due at one time arrives in one turn, as from a
real read. No descriptor and no thread is used, so under the virtual loop a run replays exactly.

**Faults**, each as the two sides of a real connection would see it:

    link.refuse             nobody listens: `NotConnected`
    link.handshake_delay    a slow upgrade; longer than the client's timeout: `NotConnected`
    link.upgrade_reply      the upgrade answered with this status instead
    link.reset()            RST: both sides 1006, requests under way `Disconnected`, what was in flight is lost
    link.half_open()        sockets open now lose every byte both ways, for good, and nobody is told; new ones work
    link.freeze()           nothing moves until `unfreeze()`; then all arrives, in order
    link.close(code)        the server closes its sockets with a code
    link.http_faults        one `HttpFault` for each of the next requests; `link.choose_fault` decides for any

An HTTP request goes on in the server when the client has given up on it, as in the world: a reply that is late is no
proof that nothing happened.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from binance_async.net.seams import Disconnected, HttpReply, NotConnected

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable, Coroutine, Mapping

    from binance_async.net.seams import Connect, Http, Socket, SocketHandler

__all__ = ["Acceptor", "HttpFault", "HttpHandler", "Link", "MemoryNetwork", "MemorySocket"]

MAX_SIZE = 32 * 2**20
"""The longest message taken, as on real sockets."""
_NO_CLOSE_FRAME = "connection closed without a close frame"
_BODY_LIMIT = 1024


class HttpHandler(Protocol):
    """A server's answer to one request."""

    def __call__(self, method: str, target: str, headers: Mapping[str, str], body: bytes, /) -> Awaitable[HttpReply]:
        """`target` is path and query; header names are lower case."""
        ...


class Acceptor(Protocol):
    """Accepts a socket, or refuses the upgrade by returning a reply."""

    def __call__(self, target: str, headers: Mapping[str, str], peer: MemorySocket, /) -> SocketHandler | HttpReply:
        """`peer` may be sent to at once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpFault:
    """What happens to one request, in the order of the fields."""

    refuse: bool = False
    """No connection: `NotConnected`, the server hears nothing."""
    delay: float = 0.0
    """Seconds before the server gets the request."""
    execute: bool = True
    """Whether the server gets it at all. If not, and nothing below answers, the client waits for its timeout."""
    delay_reply: float = 0.0
    """Seconds after that."""
    drop: bool = False
    """The connection breaks instead of an answer: `Disconnected`."""
    reply: HttpReply | None = None
    """The client gets this answer instead of the server's."""
    cut: int | None = None
    """The body ends after so many bytes ..."""
    cut_noticed: bool = True
    """... and the client sees that it is cut (`Disconnected`), or, without Content-Length, does not."""


_NO_FAULT = HttpFault()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an address leads. The repr ends at the port: the rest can hold a listen key."""

    authority: str
    path: str = field(repr=False)
    target: str = field(repr=False)

    @classmethod
    def parse(cls, where: str) -> _Place:
        parts = urlsplit(where if "://" in where else f"https://{where}")
        port = parts.port or (80 if parts.scheme in {"http", "ws"} else 443)
        path = parts.path or "/"
        return cls(f"{parts.hostname}:{port}", path, f"{path}?{parts.query}" if parts.query else path)

    def leads_to(self, prefix: str) -> bool:
        prefix = prefix.rstrip("/")
        return self.path == prefix or self.path.startswith(prefix + "/")


@dataclass(slots=True)
class _Server:
    http: HttpHandler | None
    websocket: Acceptor | None


class Link:
    """The way to one `host:port`, and what goes wrong on it."""

    def __init__(self) -> None:
        self.latency: float | Callable[[], float] = 0.0
        """Seconds one way, or a callable that gives them for each message."""
        self.refuse = False
        self.handshake_delay: float = 0.0
        self.upgrade_reply: HttpReply | None = None
        self.http_faults: deque[HttpFault] = deque()
        self.choose_fault: Callable[[str, str], HttpFault | None] | None = None
        self.sockets: list[MemorySocket] = []
        """The servers' ends of the sockets that are open."""
        self._thawed: asyncio.Event | None = None
        self._broken: asyncio.Future[None] | None = None

    @property
    def frozen(self) -> bool:
        """Whether nothing moves."""
        return self._thawed is not None

    def delay(self) -> float:
        """The latency of one message."""
        return self.latency() if callable(self.latency) else self.latency

    def reset(self) -> None:
        """Break everything that is open, as a firewall that sends RST both ways."""
        for peer in list(self.sockets):
            peer.break_both("connection reset by peer")
        broken, self._broken = self._broken, None
        if broken is not None and not broken.done():
            broken.set_result(None)

    def half_open(self) -> None:
        """Make the sockets that are open now lose all bytes, both ways and for good."""
        for peer in self.sockets:
            peer.silence_both()

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Let the server close its sockets."""
        for peer in list(self.sockets):
            peer.send_close(code, reason)

    def freeze(self) -> None:
        """Hold everything back."""
        self._thawed = self._thawed or asyncio.Event()

    def unfreeze(self) -> None:
        """Let everything go that was held back."""
        thawed, self._thawed = self._thawed, None
        if thawed is not None:
            thawed.set()
            for peer in self.sockets:
                peer.resume_both()

    async def thaw(self) -> None:
        """Wait while the link is frozen."""
        while self._thawed is not None:
            await self._thawed.wait()

    def broken(self) -> asyncio.Future[None]:
        """Done at the next `reset`."""
        loop = asyncio.get_running_loop()
        if self._broken is None or self._broken.done() or self._broken.get_loop() is not loop:
            self._broken = loop.create_future()
        return self._broken

    def next_fault(self, method: str, target: str) -> HttpFault:
        """The fault of the next request."""
        if self.http_faults:
            return self.http_faults.popleft()
        return (self.choose_fault(method, target) if self.choose_fault else None) or _NO_FAULT


class _Pipe:
    """One direction of a socket."""

    def __init__(self, loop: asyncio.AbstractEventLoop, link: Link) -> None:
        self._loop = loop
        self._link = link
        self._queue: deque[tuple[float, int, Callable[[], None]]] = deque()
        self._handle: asyncio.Handle | None = None
        self._last = 0.0
        self.size = 0
        self.silent = False

    def put(self, action: Callable[[], None], size: int = 0) -> None:
        """Do `action` at the other end, later and in order."""
        if self.silent:
            return
        self._last = max(self._last, self._loop.time() + self._link.delay())
        self._queue.append((self._last, size, action))
        self.size += size
        self.schedule()

    def schedule(self) -> None:
        """See to it that the first in the queue is delivered when it is due."""
        if self._handle is not None or not self._queue or self._link.frozen:
            return
        due = self._queue[0][0]
        soon = due <= self._loop.time()
        self._handle = self._loop.call_soon(self._deliver) if soon else self._loop.call_at(due, self._deliver)

    def _deliver(self) -> None:
        self._handle = None
        now = self._loop.time()
        for _ in range(len(self._queue)):
            if self._link.frozen or not self._queue or self._queue[0][0] > now:
                break
            _, size, action = self._queue.popleft()
            self.size -= size
            action()
        self.schedule()

    def cut(self) -> None:
        """Lose what is under way, and all that follows."""
        self.silent = True
        self._queue.clear()
        self.size = 0
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None


class MemorySocket:
    """One end of a socket; both ends are alike."""

    def __init__(self, loop: asyncio.AbstractEventLoop, link: Link) -> None:
        self._loop = loop
        self._link = link
        self._out = _Pipe(loop, link)
        self._other: MemorySocket = self
        self._handler: SocketHandler | None = None
        self._open = True
        self._muted = False
        self._finished = False
        self._cause = "the socket is closed"
        self._ended: asyncio.Future[None] = loop.create_future()

    @classmethod
    def pair(cls, loop: asyncio.AbstractEventLoop, link: Link) -> tuple[MemorySocket, MemorySocket]:
        """Two connected ends."""
        one, other = cls(loop, link), cls(loop, link)
        one._other, other._other = other, one
        return one, other

    def attach(self, handler: SocketHandler) -> None:
        """Name who receives what arrives at this end."""
        self._handler = handler

    @property
    def buffered(self) -> int:
        """Bytes that were sent and have not arrived."""
        return self._out.size

    def send(self, data: bytes) -> None:
        """Send one message. Raises `Disconnected` when the socket is closing or closed."""
        self._check_open()
        self._out.put(partial(self._other._message, bytes(data)), len(data))

    def ping(self, payload: bytes = b"") -> None:
        """Send a ping of at most 125 bytes."""
        if len(payload) > 125:
            raise ValueError("a ping carries at most 125 bytes")
        self._check_open()
        self._out.put(partial(self._other._ping, bytes(payload)), len(payload))

    async def close(self, code: int = 1000, reason: str = "", *, timeout: float = 0.5) -> None:
        """Close handshake within `timeout` seconds, then abort. Idempotent."""
        if self._open:
            self._cause = f"no answer to the close frame within {timeout:g} s"
            self.send_close(code, reason)
        try:
            await asyncio.wait([self._ended], timeout=timeout)
        finally:
            self.abort()
        await asyncio.wait([self._ended])

    def send_close(self, code: int = 1000, reason: str = "") -> None:
        """Send a close frame, and wait for nothing."""
        if self._open:
            self._open = False
            self._out.put(partial(self._other._close, code, reason))

    def abort(self) -> None:
        """Drop the connection now, without a handshake. Nothing but `on_closed` reaches the handler any more."""
        if self._finished or self._muted:
            return
        if self._open:
            self._cause = "aborted by this side"
        self._open = False
        self._muted = True
        self._out.put(self._other._end)
        self._loop.call_soon(self._finish, 1006, self._cause)

    def break_both(self, cause: str) -> None:
        """Both ends lose the connection, with what was under way."""
        for end in (self, self._other):
            end._out.cut()
            end._open = False
            end._muted = True
            self._loop.call_soon(end._finish, 1006, cause)

    def silence_both(self) -> None:
        """Lose every byte from now on, without a word to either end."""
        self._out.cut()
        self._other._out.cut()

    def resume_both(self) -> None:
        """Go on delivering."""
        self._out.schedule()
        self._other._out.schedule()

    def _check_open(self) -> None:
        if not self._open:
            raise Disconnected(self._cause)

    # What follows is called when something arrives.

    def _message(self, data: bytes) -> None:
        if len(data) > MAX_SIZE:
            self._fail(1009, f"a message is longer than {MAX_SIZE} bytes")
        else:
            self._tell(lambda handler: handler.on_message(data))

    def _ping(self, payload: bytes) -> None:
        if not self._muted:
            self._out.put(partial(self._other._pong, payload), len(payload))
        self._tell(lambda handler: handler.on_ping(payload))

    def _pong(self, payload: bytes) -> None:
        self._tell(lambda handler: handler.on_pong(payload))

    def _close(self, code: int, reason: str) -> None:
        if not self._muted:
            self.send_close(code, reason)
            self._finish(code, reason)

    def _end(self) -> None:
        if not self._muted:
            self._finish(1006, _NO_CLOSE_FRAME)

    def _tell(self, call: Callable[[SocketHandler], None]) -> None:
        if self._muted or self._handler is None:
            return
        try:
            call(self._handler)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises must end this socket and be seen
            self._report(error)
            self._fail(1011, f"the handler raised {type(error).__name__}")

    def _fail(self, code: int, cause: str) -> None:
        if not self._muted:
            self.send_close(code)
            self._finish(code, cause)

    def _finish(self, code: int, reason: str) -> None:
        if self._finished:
            return
        self._finished = self._muted = True
        self._open = False
        if self._other._finished or self._out.silent:
            self._link.sockets[:] = [peer for peer in self._link.sockets if peer not in (self, self._other)]
        if not self._ended.done():
            self._ended.set_result(None)
        if self._handler is None:
            return
        try:
            self._handler.on_closed(code, reason)
        except Exception as error:  # noqa: BLE001 - a handler's error has no other way out of a callback
            self._report(error)

    def _report(self, error: Exception) -> None:
        self._loop.call_exception_handler({"message": "a WebSocket handler raised", "exception": error})


class MemoryNetwork:
    """Servers, and the links to them."""

    def __init__(self) -> None:
        self._servers: dict[tuple[str, str], _Server] = {}
        self._links: dict[str, Link] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def serve(self, where: str, *, http: HttpHandler | None = None, websocket: Acceptor | None = None) -> Link:
        """Serve at `host:port` or below an address such as `https://host/prefix`; the longest prefix wins."""
        place = _Place.parse(where)
        self._servers[place.authority, place.path] = _Server(http, websocket)
        return self.link(where)

    def remove(self, where: str) -> None:
        """Stop serving there. Open sockets stay open."""
        place = _Place.parse(where)
        del self._servers[place.authority, place.path]

    def link(self, where: str) -> Link:
        """The link to the `host:port` of an address, for its faults."""
        return self._links.setdefault(_Place.parse(where).authority, Link())

    @property
    def links(self) -> Mapping[str, Link]:
        """Every link, by `host:port`."""
        return self._links

    def http(self, *, proxy: str | None = None, ssl_context: ssl.SSLContext | None = None) -> Http:
        """The seam `OpenHttp`."""
        return _MemoryHttp(self)

    def connect(self, *, proxy: str | None = None, ssl_context: ssl.SSLContext | None = None) -> Connect:
        """The seam `OpenConnect`."""
        return _MemoryConnect(self)

    def find(self, place: _Place) -> _Server | None:
        """The server with the longest prefix."""
        paths = [path for authority, path in self._servers if authority == place.authority and place.leads_to(path)]
        return self._servers[place.authority, max(paths, key=len)] if paths else None

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Let a server's work go on whoever waits for it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Break what is open and end the servers' work."""
        for link in self._links.values():
            link.reset()
            link.unfreeze()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)


async def _pass(seconds: float) -> None:
    """Let time pass: at least one turn of the loop, by its own timer."""
    await asyncio.sleep(0)
    if seconds > 0:
        loop = asyncio.get_running_loop()
        over = loop.create_future()
        timer = loop.call_later(seconds, over.set_result, None)
        try:
            await over
        finally:
            timer.cancel()


class _Exchange:
    """One HTTP request: the server's half runs as a task of its own, the client's half waits for `result`."""

    def __init__(self, network: MemoryNetwork, place: _Place) -> None:
        self._network = network
        self._place = place
        self._link = network.link(place.authority)
        self.sent = False
        self.given_up = False
        self.result: asyncio.Future[HttpReply | NotConnected | Disconnected] = (
            asyncio.get_running_loop().create_future()
        )

    def settle(self, result: HttpReply | NotConnected | Disconnected) -> None:
        """The end of it for the client."""
        if not self.result.done():
            self.result.set_result(result)

    async def run(self, method: str, headers: Mapping[str, str], body: bytes) -> None:
        """Bring the request to the server and the reply back."""
        link, place = self._link, self._place
        fault = link.next_fault(method, place.target)
        await asyncio.sleep(0)
        await link.thaw()
        server = self._network.find(place)
        if link.refuse or fault.refuse or server is None or server.http is None:
            self.settle(NotConnected(f"connection refused by {place.authority}"))
        if self.given_up or self.result.done() or server is None or server.http is None:
            return
        self.sent = True
        await self._way(fault.delay)
        reply = fault.reply
        if fault.execute:
            real = await self._execute(server.http, method, headers, body)
            reply = reply or real
        await self._way(fault.delay_reply)
        if fault.drop or (reply is None and fault.execute):
            self.settle(Disconnected("the connection broke before the answer"))
        elif reply is not None:
            self.settle(_shortened(reply, fault))

    async def _way(self, delay: float) -> None:
        await _pass(self._link.delay() + delay)
        await self._link.thaw()

    async def _execute(
        self, handler: HttpHandler, method: str, headers: Mapping[str, str], body: bytes
    ) -> HttpReply | None:
        try:
            return await handler(method, self._place.target, headers, body)
        except Exception as error:  # noqa: BLE001 - a bug of the server's; it must be seen, and not by the client
            asyncio.get_running_loop().call_exception_handler(
                {"message": "a server in memory raised", "exception": error}
            )
            return None


def _shortened(reply: HttpReply, fault: HttpFault) -> HttpReply | Disconnected:
    headers = {name.lower(): value for name, value in reply.headers.items()}
    if fault.cut is None:
        return HttpReply(reply.status, headers, reply.body)
    if fault.cut_noticed:
        return Disconnected(f"the answer was cut after {fault.cut} bytes")
    return HttpReply(reply.status, headers, reply.body[: fault.cut])


class _MemoryHttp:
    """The seam `Http`."""

    def __init__(self, network: MemoryNetwork) -> None:
        self._network = network
        self._closed = False

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, timeout: float
    ) -> HttpReply:
        """Send exactly this, once."""
        if self._closed:
            del url, headers, body
            raise NotConnected("this adapter is closed")
        place = _Place.parse(url)
        exchange = _Exchange(self._network, place)
        sent = {name.lower(): value for name, value in headers.items()}
        self._network.run(exchange.run(method, sent, body or b""))
        del url, headers, body, sent  # no traceback that prints local variables shall show a key
        broken = self._network.link(place.authority).broken()
        either: list[asyncio.Future[Any]] = [exchange.result, broken]
        try:
            await asyncio.wait(either, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            exchange.given_up = True
        if not exchange.result.done():
            cause = "connection reset by peer" if broken.done() else f"timed out after {timeout:g} s"
            raise Disconnected(cause) if exchange.sent else NotConnected(cause)
        result = exchange.result.result()
        if isinstance(result, HttpReply):
            return result
        raise result

    async def close(self) -> None:
        """Close every kept connection. Idempotent."""
        self._closed = True


class _MemoryConnect:
    """The seam `Connect`."""

    def __init__(self, network: MemoryNetwork) -> None:
        self._network = network

    async def __call__(self, url: str, handler: SocketHandler, *, timeout: float) -> Socket:
        """Connect, upgrade and start reading."""
        place = _Place.parse(url)
        del url
        try:
            async with asyncio.timeout(timeout):
                return await self._open(place, handler)
        except TimeoutError:
            failure = NotConnected(f"timed out after {timeout:g} s")
        raise failure

    async def _open(self, place: _Place, handler: SocketHandler) -> MemorySocket:
        link = self._network.link(place.authority)
        await _pass(2 * link.delay() + link.handshake_delay)
        await link.thaw()
        server = self._network.find(place)
        if link.refuse or server is None or server.websocket is None:
            raise NotConnected(f"connection refused by {place.authority}")
        if link.upgrade_reply is not None:
            raise _refusal(link.upgrade_reply)
        loop = asyncio.get_running_loop()
        client, peer = MemorySocket.pair(loop, link)
        headers = {"host": place.authority, "upgrade": "websocket", "connection": "Upgrade"}
        try:
            accepted = server.websocket(place.target, headers, peer)
        except Exception as error:  # noqa: BLE001 - a bug of the server's; it must be seen, and not by the client
            loop.call_exception_handler({"message": "a server in memory raised", "exception": error})
            accepted = HttpReply(500, {}, b"")
        if isinstance(accepted, HttpReply):
            peer.silence_both()
            raise _refusal(accepted)
        peer.attach(accepted)
        client.attach(handler)
        link.sockets.append(peer)
        return client


def _refusal(reply: HttpReply) -> NotConnected:
    headers = {name.lower(): value for name, value in reply.headers.items()}
    cause = f"the upgrade was refused with HTTP {reply.status}"
    return NotConnected(cause, status=reply.status, headers=headers, body=reply.body[:_BODY_LIMIT])
