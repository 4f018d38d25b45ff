"""One socket's life, and the chain of sockets that makes a connection last for months.

`Connection` is one socket:

    CONNECTING ──► OPENING ──► READY ──► DRAINING ──► CLOSED
        │             │          │           │           ▲
        └─────────────┴──────────┴───────────┴───────────┘

    CONNECTING  name look-up, TCP, TLS, upgrade
    OPENING     logon, subscribe, and waiting for the acks; the owner's `setup`
    READY       carries what its owner wants
    DRAINING    its successor is READY: no new requests, only pending answers and the overlap of events
    CLOSED      whatever the reason; every pending request ended in the same turn of the loop

`Link` is the chain. It keeps one READY connection, for as long as its owner wants:

* Planned hand-over (`make before break`): at 23 h give or take 20 minutes, and at once when the exchange says that it
  will shut down. The successor is opened and set up while the old connection carries on; the owner moves over from one
  to the other (`hand_over`); then the old one drains and closes. The exchange's cap of 24 h is never reached.
* Unplanned loss: the owner is told at once (`lost`), and again when a new connection is READY (`restored`). Between
  the two the link tries without limit, with full jitter, within the connect budget of the whole process. A refusal
  that time does not mend (a bad key, a forbidden region) ends the link, and the owner is told why (`failed`).

Liveness. A dead link looks like a quiet one. So each connection pings after `ping_interval` and expects any frame
within `pong_timeout`; a half-open link is noticed within their sum. When our own loop was blocked meanwhile, what is
buffered is read before the link is judged.
"""

from __future__ import annotations

import asyncio
import enum
import logging
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from binance_async.core.backoff import Verdict
from binance_async.errors import BinanceError, StreamError
from binance_async.net.seams import Disconnected, NotConnected

if TYPE_CHECKING:
    from binance_async.net.seams import Socket
    from binance_async.session.manager import Manager

log = logging.getLogger("binance_async.connection")


async def first_of(*waits: asyncio.Future[Any]) -> None:
    """Wait until one of them is done; none is cancelled."""
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)


class State(enum.Enum):
    """Where a connection is in its life."""

    CONNECTING = "connecting"
    OPENING = "opening"
    READY = "ready"
    DRAINING = "draining"
    CLOSED = "closed"


class Connection:
    """One socket. A subclass says what arrives (`on_message`) and counts it in `frames`."""

    ids: ClassVar[int] = 0

    def __init__(self, manager: Manager, name: str) -> None:
        self.manager = manager
        self.name = name
        """What logs and diagnostics call it; never its URL, which can carry a listen key."""
        self.state = State.CONNECTING
        self.frames = 0
        self.opened_at = 0.0
        self.late_replies = 0
        self.pending: dict[int, asyncio.Future[Any]] = {}
        self.closed: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()
        self.shutdown_notice = asyncio.Event()
        self._socket: Socket | None = None
        self._watch: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} {self.state.value}>"

    async def open(self, url: str) -> None:
        """Connect. Raises `NotConnected`."""
        self._socket = await self.manager.connect(url, self, timeout=self.manager.timings.connect)
        if self.closed.done():  # closed again before we came back to look
            raise NotConnected("the connection was closed at once")
        self.opened_at = self.manager.clock.monotonic()
        self.state = State.OPENING
        self._watch = self.manager.spawn(self._liveness(), name=f"{self.name}: liveness")

    # What the socket tells

    def on_message(self, data: bytes) -> None:
        """One whole message."""
        raise NotImplementedError

    def on_ping(self, payload: bytes) -> None:
        """The exchange's ping is a sign of life."""
        self.frames += 1

    def on_pong(self, payload: bytes) -> None:
        """So is a pong."""
        self.frames += 1

    def on_closed(self, code: int, reason: str) -> None:
        """Every pending request ends in this turn of the loop."""
        if self.closed.done():
            return
        self.state = State.CLOSED
        self.closed.set_result((code, reason))
        cause = f"the connection was closed ({code}{' ' + reason[:120] if reason else ''})"
        pending, self.pending = self.pending, {}
        for future in pending.values():
            if not future.done():
                future.set_exception(Disconnected(cause))
        if self._watch is not None:
            self._watch.cancel()
        log.info("closed: %s, code %s", self.name, code)

    # What we send

    def send(self, frame: bytes) -> None:
        """Send one frame now. Raises `Disconnected` when nothing can have left."""
        if self._socket is None or self.state is State.CLOSED:
            raise Disconnected("the connection is closed")
        self._socket.send(frame)

    @classmethod
    def next_id(cls) -> int:
        """A request id that is unique in this process."""
        Connection.ids += 1
        return Connection.ids

    def expect(self, request_id: int) -> asyncio.Future[Any]:
        """The future of a reply; entered before the request is sent."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.pending[request_id] = future
        return future

    def answer(self, request_id: object, reply: Any) -> None:
        """Hand a reply to whoever waits for it; late and unknown ones are counted and dropped."""
        future = self.pending.pop(request_id, None) if isinstance(request_id, int) else None
        if future is None or future.done():
            self.late_replies += 1
            log.info("late or unknown reply on %s", self.name)
        else:
            future.set_result(reply)

    async def reply(self, request_id: int, future: asyncio.Future[Any], timeout: float) -> Any:
        """Wait for a reply. Raises `Disconnected`; whatever happens, nothing of the request stays behind."""
        try:
            async with asyncio.timeout(timeout):
                return await future
        except TimeoutError:
            raise Disconnected(f"no reply within {timeout:g} s") from None
        finally:
            self.pending.pop(request_id, None)

    # The end

    async def close(self) -> None:
        """Close with a handshake, or without one when the peer does not answer. Idempotent."""
        if self._socket is not None and not self.closed.done():
            await self._socket.close(timeout=self.manager.timings.close)
        if self._watch is not None:
            self._watch.cancel()
        if not self.closed.done():  # the adapter never opened
            self.on_closed(1000, "")

    def abort(self, reason: str) -> None:
        """Drop a link that is taken for dead."""
        log.warning("aborted: %s, %s", self.name, reason)
        if self._socket is not None:
            self._socket.abort()
        self.on_closed(1006, reason)

    async def drain(self, timeout: float) -> None:
        """Let pending requests be answered, then close."""
        self.state = State.DRAINING
        pending = [future for future in self.pending.values() if not future.done()]
        if pending:
            await asyncio.wait(pending, timeout=timeout)
        await self.close()

    async def _liveness(self) -> None:
        timings, clock = self.manager.timings, self.manager.clock
        assert self._socket is not None
        while True:
            await clock.sleep(timings.ping_interval)
            seen = self.frames
            asked_at = clock.monotonic()
            try:
                self._socket.ping()
            except Disconnected:
                return  # its closing is being reported
            await clock.sleep(timings.pong_timeout)
            if clock.monotonic() - asked_at > 2 * timings.pong_timeout:
                continue  # our own loop was blocked: what came meanwhile has not been read yet
            if self.frames == seen:
                self.abort("no sign of life after a ping")
                return


class Owner(Protocol):
    """What a `Link` carries: market streams, a WebSocket API session, user data."""

    async def open(self) -> Connection:
        """Connect and set up a fresh connection up to READY, subscriptions acked.

        Raises `NotConnected` and `Disconnected`, which are tried again, or `BinanceError`, which is judged by its
        kind. What it opened and could not set up, it closes.
        """
        ...

    async def hand_over(self, old: Connection, new: Connection) -> None:
        """Move everything from `old`, which still lives, to `new`. Returns when `old` is needed no more."""
        ...

    def lost(self, cause: str) -> None:
        """There is no connection now."""
        ...

    def restored(self, connection: Connection) -> None:
        """There is one again, after `lost` or for the first time."""
        ...

    def failed(self, error: Exception) -> None:
        """Nothing more will be tried."""
        ...


class Link:
    """A connection that lasts: opens, hands over, reopens, until it is closed."""

    def __init__(self, manager: Manager, owner: Owner, name: str) -> None:
        self.manager = manager
        self.family = name.partition(".")[0]
        self.owner = owner
        self.name = name
        self.current: Connection | None = None
        self.connects = 0
        self.rotations = 0
        self.losses = 0
        self._backoff = manager.new_backoff()
        self._task: asyncio.Task[None] | None = None
        self._draining: set[asyncio.Task[None]] = set()
        self._rotate = asyncio.Event()

    async def start(self, *, tries: int = 3) -> None:
        """Open the first connection. Raises what the last try met; afterwards the link mends itself."""
        connection = await self._establish(tries)
        self.current = connection
        self.owner.restored(connection)
        self._task = self.manager.spawn(self._run(connection), name=f"{self.name}: link")

    def rotate(self) -> None:
        """Hand over to a fresh connection now."""
        self._rotate.set()

    async def close(self) -> None:
        """End. Idempotent."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        current, self.current = self.current, None
        if current is not None:
            await current.close()
        for draining in list(self._draining):
            draining.cancel()
        await asyncio.gather(*self._draining, return_exceptions=True)

    # One round: a READY connection until it is lost or due

    async def _run(self, connection: Connection) -> None:
        while True:
            due = self.manager.spawn(self._due(connection), name=f"{self.name}: rotation")
            try:
                await first_of(connection.closed, due)
            finally:
                due.cancel()
            try:
                if connection.closed.done():
                    connection = await self._reopen(connection)
                else:
                    connection = await self._replace(connection)
            except asyncio.CancelledError:
                raise
            except Exception as error:
                log.error("%s ended: %s", self.name, error, exc_info=not _expected(error))
                self.current = None
                self.owner.failed(error)
                return

    async def _due(self, connection: Connection) -> None:
        timings, random = self.manager.timings, self.manager.seams.random
        age = timings.rotate_after + random.uniform(-1, 1) * timings.rotate_jitter
        waits: list[asyncio.Future[Any]] = [
            asyncio.ensure_future(self.manager.clock.sleep(age)),
            asyncio.ensure_future(self._rotate.wait()),
            asyncio.ensure_future(connection.shutdown_notice.wait()),
        ]
        try:
            await first_of(*waits)
        finally:
            for wait in waits:
                wait.cancel()
        self._rotate.clear()

    async def _reopen(self, dead: Connection) -> Connection:
        code, reason = dead.closed.result()
        self.losses += 1
        self.current = None
        self.owner.lost(reason or f"closed with code {code}")
        if self._backoff.closed(code, reason, self.manager.clock.monotonic()) is Verdict.FATAL:
            raise StreamError(f"closed with code {code} again: {reason[:120] or 'a message is too long'}")
        return self._adopt(await self._establish())

    async def _replace(self, old: Connection) -> Connection:
        self.rotations += 1
        successor = asyncio.ensure_future(self._establish())
        try:
            await first_of(successor, old.closed)
            if not successor.done():  # the old one died first: this was no planned change after all
                self.losses += 1
                self.current = None
                self.owner.lost("closed while its successor was being opened")
                return self._adopt(await successor)
            new = await successor
        except asyncio.CancelledError:
            successor.cancel()
            raise
        await self.owner.hand_over(old, new)
        self.current = new
        drain = self.manager.spawn(old.drain(self.manager.timings.drain), name=f"{self.name}: drain")
        self._draining.add(drain)
        drain.add_done_callback(self._draining.discard)
        return new

    def _adopt(self, connection: Connection) -> Connection:
        self.current = connection
        self.owner.restored(connection)
        return connection

    async def _establish(self, tries: int | None = None) -> Connection:
        """Open until it succeeds; raises at once what time will not mend, and anything after `tries`."""
        tried = 0
        while True:
            await self.manager.connect_slot(self._backoff.delay(self.manager.clock.monotonic()))
            tried += 1
            self.connects += 1
            try:
                connection = await self.owner.open()
            except Exception as error:
                now = self.manager.clock.monotonic()
                verdict = self._backoff.failed(error, now, server_now=self.manager.server_time(self.family))
                log.warning("%s: could not connect: %s", self.name, error)
                if verdict is Verdict.FATAL or tried == tries:
                    raise
                continue
            connection.state = State.READY
            self._backoff.succeeded(self.manager.clock.monotonic())
            log.info("ready: %s", self.name)
            return connection


def _expected(error: Exception) -> bool:
    return isinstance(error, (BinanceError, NotConnected, Disconnected))
