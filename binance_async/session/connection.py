"""One socket's life, and the chain of sockets that makes a connection last for months.

`Connection` is one socket:

    CONNECTING ──► OPENING ──► READY ──► DRAINING ──► CLOSED
        │             │          │           │           ▲
        └─────────────┴──────────┴───────────┴───────────┘

    CONNECTING  name look-up, TCP, TLS, upgrade
    OPENING     logon, subscribe, and waiting for the acks; what its owner does in `open`
    READY       carries what its owner wants
    DRAINING    its successor is READY: no new requests, only pending answers
    CLOSED      whatever the reason; every pending request ended in the same turn of the loop

`Link` is the chain. It keeps one READY connection, for as long as its owner wants:

* Planned hand-over (make before break): at 23 h give or take 20 minutes, and when the exchange says that it will shut
  down. The successor is opened and set up while the old connection carries on; the owner moves over from one to the
  other (`hand_over`); then the old one drains and closes. The exchange's cap of 24 h is never reached. A shutdown is
  followed within half a second, not at once by all: many links hear of it in the same moment. If no successor can be
  had at all (a key that was revoked, a region that is refused), the old connection is kept until the exchange closes
  it, and an alarm is raised.
* Unplanned loss: the owner is told at once (`lost`), and again when a new connection is READY (`restored`). Between
  the two the link tries without limit, with full jitter, within the connect budget of the whole process. A refusal
  that time does not mend ends the link, and the owner is told why (`failed`). A third close for "policy" in a row
  raises an alarm: the exchange objects to something that we do.

Liveness. A dead link looks like a quiet one. So each connection pings every `ping_interval` and expects any frame
within `pong_timeout`; a half-open link is noticed within their sum. The peer is given that time as our loop runs it:
it is slept in steps, and a step in which the loop stood still counts as one step, however long it took. So what has
been buffered meanwhile is read before the link is judged.
"""

from __future__ import annotations

import asyncio
import enum
import logging
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from binance_async.core.backoff import Verdict
from binance_async.errors import BinanceError, ClientClosed, ConnectFailed, RegionRefused, StreamError
from binance_async.net.seams import Disconnected, NotConnected

if TYPE_CHECKING:
    from binance_async.net.seams import Socket
    from binance_async.session.manager import Manager

log: Final = logging.getLogger("binance_async.connection")

LISTENING_STEPS = 5
"""In so many sleeps a pong is waited for."""
SHUTDOWN_SPREAD = 0.5
"""Within so many seconds after `serverShutdown` the hand-overs of many links begin."""
POLICY_CLOSES = 3
"""After so many closes with 1008 in a row a person should look."""


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


class Notice:
    """Something that is told once, and that can be waited for without a task."""

    def __init__(self) -> None:
        self.told: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def set(self) -> None:
        """Tell it."""
        if not self.told.done():
            self.told.set_result(None)

    def is_set(self) -> bool:
        """Whether it was told."""
        return self.told.done()


class Connection:
    """One socket. A subclass says what arrives (`on_message`) and counts it in `frames`."""

    ids: ClassVar[int] = 0

    def __init__(self, manager: Manager, name: str) -> None:
        self.manager = manager
        self.name = name
        """What logs and diagnostics call it; never its URL, which can carry a listen key."""
        self.state: State = State.CONNECTING
        self.frames: int = 0
        self.opened_at: float = 0.0
        self.alive_at: float = 0.0
        """When it was last seen to live, on the monotonic clock: what was sent before then has arrived."""
        self.late_replies: int = 0
        self.pending: dict[int, asyncio.Future[Any]] = {}
        self.closed: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()
        self.shutdown_notice: Notice = Notice()
        self._socket: Socket | None = None
        self._ended_by = "the connection is not open"
        self._watch: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} {self.state.value}>"

    async def open(self, url: str) -> None:
        """Connect. Raises `NotConnected`."""
        self._socket = await self.manager.connect(url, self, timeout=self.manager.timings.connect)
        if self.closed.done():  # closed again before we came back to look
            raise NotConnected("the connection was closed at once")
        self.opened_at = self.alive_at = self.manager.clock.monotonic()
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
        reason = _printable(reason)
        self.closed.set_result((code, reason))
        cause = self._ended_by = f"the connection was closed ({code}{' ' + reason if reason else ''})"
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
        self._open_socket().send(frame)

    async def ping(self) -> None:
        """Send a ping. Raises `Disconnected`."""
        self._open_socket().ping()

    def _open_socket(self) -> Socket:
        if self._socket is None or self.state is State.CLOSED:
            raise Disconnected(self._ended_by)
        return self._socket

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
        if self.state is not State.CLOSED:
            self.state = State.DRAINING
        pending = [future for future in self.pending.values() if not future.done()]
        if pending:
            await asyncio.wait(pending, timeout=timeout)
        await self.close()

    # Liveness

    async def _liveness(self) -> None:
        timings, clock = self.manager.timings, self.manager.clock
        asked_at = clock.monotonic()
        while True:
            await clock.sleep(max(0.0, asked_at + timings.ping_interval - clock.monotonic()))
            seen, asked_at = self.frames, clock.monotonic()
            try:
                await self.ping()
            except Disconnected:
                return  # its closing is being reported
            left = asked_at + timings.pong_timeout - clock.monotonic()  # less than that if the ping had to wait
            if not await self._heard(seen, max(left, timings.pong_timeout / 2)):
                self.abort("no sign of life after a ping")
                return
            self.alive_at = asked_at

    async def _heard(self, seen: int, seconds: float) -> bool:
        """Whether anything arrives in so much time, as our loop runs it."""
        for _ in range(LISTENING_STEPS):
            await self.manager.clock.sleep(seconds / LISTENING_STEPS)
            if self.frames != seen:
                return True
        return False


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
        self.family: str = name.partition(".")[0]
        self.owner = owner
        self.name = name
        self.current: Connection | None = None
        self.connects: int = 0
        self.rotations: int = 0
        self.losses: int = 0
        self._backoff = manager.new_backoff()
        self._task: asyncio.Task[None] | None = None
        self._connections: set[Connection] = set()
        """All that are set up and not closed: the current one, a successor, those that drain."""
        self._draining: set[asyncio.Task[None]] = set()
        self._rotate: Notice | None = None

    @property
    def slowdown(self) -> int:
        """By how much to send more slowly, because the exchange closed a connection for sending too much."""
        return self._backoff.slowdown

    def diagnostics(self) -> dict[str, Any]:
        """Counters and state, for `Binance.diagnostics()`."""
        current = self.current
        return {
            "name": self.name,
            "state": "closed" if current is None else current.state.value,
            "connects": self.connects,
            "rotations": self.rotations,
            "losses": self.losses,
            "frames": 0 if current is None else current.frames,
            "late_replies": 0 if current is None else current.late_replies,
            "pending": 0 if current is None else len(current.pending),
        }

    async def start(self, *, tries: int = 3) -> None:
        """Open the first connection; afterwards the link mends itself.

        Raises `ConnectFailed`, or what else the last try met, and `ClientClosed` when the link is closed meanwhile.
        """
        outcome: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        self._rotate = Notice()
        task = self._task = self.manager.spawn(self._live(tries, outcome), name=f"{self.name}: link")
        try:
            await first_of(outcome, task)
        except asyncio.CancelledError:
            await self.close()
            raise
        if not outcome.done():
            raise ClientClosed("closed while it was being opened", call=self.name)
        error = outcome.result()
        if error is not None:
            raise told(error, self.name) from None

    def rotate(self) -> None:
        """Hand over to a fresh connection now."""
        if self._rotate is not None:
            self._rotate.set()

    async def close(self) -> None:
        """End. Idempotent, and no slower than one close handshake whatever is going on."""
        task, self._task = self._task, None
        self.current = None
        ending: list[asyncio.Task[None]] = [*self._draining]
        if task is not None:
            ending.append(task)
        for each in ending:
            each.cancel()
        closing = [connection.close() for connection in self._connections]
        await asyncio.gather(*ending, *closing, return_exceptions=True)

    # One round: a READY connection until it is lost or due

    async def _live(self, tries: int, outcome: asyncio.Future[Exception | None]) -> None:
        try:
            connection = self._adopt(await self._establish(tries))
        except Exception as error:  # noqa: BLE001 - whoever waits for the start is told of whatever it was
            outcome.set_result(error)
            return
        outcome.set_result(None)
        try:
            while True:
                await self._carry(connection)
                lost = connection.closed.done()
                connection = await (self._reopen(connection) if lost else self._replace(connection))
        except Exception as error:
            log.error("%s ended: %s", self.name, error, exc_info=not _expected(error))
            self.current = None
            self.owner.failed(told(error, self.name))
            await asyncio.gather(*(each.close() for each in self._connections), return_exceptions=True)

    async def _carry(self, connection: Connection) -> None:
        """Wait until the connection is lost or is to be replaced."""
        assert self._rotate is not None
        timings, chance = self.manager.timings, self.manager.seams.random
        shutdown = connection.shutdown_notice.told
        age = timings.rotate_after + chance.uniform(-1, 1) * timings.rotate_jitter
        waits: list[asyncio.Future[Any]] = [connection.closed, shutdown, self._rotate.told]
        await asyncio.wait(waits, timeout=age, return_when=asyncio.FIRST_COMPLETED)
        if shutdown.done():
            spread = chance.uniform(0, SHUTDOWN_SPREAD) * timings.unit
            await asyncio.wait({connection.closed}, timeout=spread)
        self._rotate = Notice()

    async def _reopen(self, dead: Connection) -> Connection:
        self._lose(dead)
        return self._adopt(await self._establish())

    def _lose(self, dead: Connection) -> None:
        code, reason = dead.closed.result()
        self.losses += 1
        self.current = None
        self.owner.lost(reason or f"closed with code {code}")
        verdict = self._backoff.closed(code, reason, self.manager.clock.monotonic())
        if code == 1008 and self._backoff.policy_closes == POLICY_CLOSES:
            self.manager.alarm(
                f"{self.name}: closed {POLICY_CLOSES} times in a row for policy: {reason or 'no reason'}"
            )
        if verdict is Verdict.FATAL:
            raise StreamError(f"closed with code {code} again: {reason or 'a message is too long'}")

    async def _replace(self, old: Connection) -> Connection:
        self.rotations += 1
        successor = self.manager.spawn(self._establish(), name=f"{self.name}: successor")
        try:
            await first_of(successor, old.closed)
            if old.closed.done():  # the old one died first: this was no planned change after all
                self._lose(old)
                return self._adopt(await successor)
        finally:
            if not successor.done():
                successor.cancel()
                await asyncio.wait({successor})
        error = successor.exception()
        if error is not None:
            self.manager.alarm(f"{self.name}: it cannot be replaced and is kept until it closes: {error}")
            await asyncio.wait({old.closed})
            return await self._reopen(old)
        new = successor.result()
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
            self._ready(connection)
            return connection

    def _ready(self, connection: Connection) -> None:
        self._connections.add(connection)
        connection.closed.add_done_callback(lambda _: self._connections.discard(connection))
        if connection.state is State.OPENING:
            connection.state = State.READY
        self._backoff.succeeded(self.manager.clock.monotonic())
        log.info("ready: %s", self.name)


def told(error: Exception, name: str) -> Exception:
    """What the user of a link is told of an error below it."""
    if isinstance(error, NotConnected) and error.status == 451:
        return RegionRefused(error.cause, call=name, status=451)
    if isinstance(error, (NotConnected, Disconnected)):
        return ConnectFailed(error.cause, call=name)
    return error


def _expected(error: Exception) -> bool:
    return isinstance(error, (BinanceError, NotConnected, Disconnected))


def _printable(text: str) -> str:
    """A peer's text as it may stand in logs and errors: short, and without control characters."""
    return "".join(character if character.isprintable() else "?" for character in text[:120])
