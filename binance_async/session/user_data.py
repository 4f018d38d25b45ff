"""User data: an account's events, without a silent hole.

    socket ─► read ─► (held while nothing may be passed on) ─► AccountState: is it news? ─► queue ─► consumer
                                                                        │
                                   resolver: an order of ours was seen ◄┘

Which way the events come depends on the environment and the key (`user_routes`).

Who is passed on. One connection is the *carrier*: its events go to the consumer as they come. What any other says is
held. What came twice is recognised by the ledger (`AccountState`).

Planned hand-over. The successor subscribes while the old connection carries on. When the old one has given the first
event that the successor held, both say the same from there on: the successor becomes the carrier, what it held is
released, and the old one is dropped. If the successor heard nothing within the overlap there is nothing to join, and
that the old one still answers a ping shows that it has missed nothing. Anything else (the old one died, or was mute, or
late, or its listen key was another) means that events may be missing: the change was unplanned.

Outage. From the loss on nobody is the carrier. The exchange replays nothing, so what was missed is asked for, once
there is a connection that is subscribed (`account_reader`). What is news goes out as events with `source == "rest"`,
then exactly one `Gap` says from when to when nothing could be seen, why, and what could not be restored; then what was
held follows. A loss before that is told belongs to the same outage. REST may lag behind the events, so it is read again
some seconds and most of a minute later: what is found then belongs to the gap that was announced, and is given as it
is. A gap begins where it is certain that nothing is missing before: at the last event that came, or the last sign of
life.

Audit. Silence proves nothing: a subscription can be mute on a connection that answers every ping. So every quarter of
an hour all since the last audit is compared with REST. REST's answer is judged some seconds after it came, for what the
stream has told by then was only on its way. What is news all the same makes an outage of that time, and the connection
is not trusted any more.

A consumer that stops reading. At the bound nothing more is taken: what comes is counted, and not entered as known.
When the consumer has read what waits, that stretch is an outage like any other and is restored. So memory is bounded by
the bound (as much again may be held during a reconciliation), and nobody misses a trade for having been slow. What was
restored does not count against the bound.

The end. A refusal that time does not mend (a key that was revoked) ends the iteration with its reason.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from binance_async.core.account_state import AccountState, Mark, milliseconds
from binance_async.core.endpoint import Bound
from binance_async.core.events import Gap, GapCause, RawEvent, event_name
from binance_async.errors import BinanceError, StreamError
from binance_async.net.seams import Disconnected
from binance_async.session import user_routes
from binance_async.session.account_reader import AccountReader, Reading, is_refused_key
from binance_async.session.connection import Connection, Link, first_of
from binance_async.session.latency import SAMPLE_EVERY
from binance_async.session.subscription import Subscription
from binance_async.session.user_routes import KEY_IS_GONE

if TYPE_CHECKING:
    from binance_async.session.family import Kit
    from binance_async.session.manager import Manager
    from binance_async.session.rest import RestSession

log: Final = logging.getLogger("binance_async.user_data")

E = TypeVar("E")

NOT_RESTORED = (
    "NEW and REPLACED reports of orders",
    "single steps of balances",
    "steps of order lists",
    "what happened in symbols that were not known",
)
READ_AGAIN = (1, 14)
"""After a gap REST is read again after so many times `timings.settle`, and then so many more: 3 s, and 45 s."""
LAG_MS = 60_000
"""By how much REST may be behind: an audit begins so long before the end of the one before it."""
_NOTICES = {"serverShutdown", "eventStreamTerminated", "listenKeyExpired"}
"""Events about the stream itself; the last two end it."""


@dataclass(slots=True)
class Outage:
    """A stretch that could not be seen, from its beginning until it is told."""

    cause: GapCause
    since: Mark
    from_time: int
    connection: str | None
    to_time: int | None = None
    dropped: int | None = None

    def gap(self, stream: str, refused: Iterable[str] | None) -> Gap:
        """The announcement. `refused` is what could not be read; None if nothing could."""
        everything = ("everything between the two times",)
        return Gap(
            streams=(stream,),
            cause=self.cause,
            from_time=self.from_time,
            to_time=self.to_time,
            dropped=self.dropped,
            reconciled=refused is not None,
            missing=(*NOT_RESTORED, *(everything if refused is None else refused)),
            connection=self.connection,
        )


class UserData(Subscription[E]):
    """The events of the account, as an asynchronous iterator."""

    received: int
    dropped: int

    def __init__(self, manager: Manager, kit: Kit, *, symbols: Iterable[str] = (), bound: int = 100_000) -> None:
        super().__init__(bound=bound)
        self.manager = manager
        self.kit = kit
        self.rest: RestSession = manager.rest(kit)
        self.name: str = f"{kit.family}.user_data"
        self.state: AccountState = AccountState(kit.restore)
        self.state.symbols |= set(symbols)
        self.link: Link = Link(manager, self, self.name)
        self.route: str = user_routes.choose(manager, kit, self.name)
        self.unreadable: int = 0
        """Events that the ledger could make nothing of; they were passed on as they came."""
        self._resolver = manager.resolver(kit)
        self._way = user_routes.route_of(self.route, manager, kit, self.name, self.on_event)
        self._reader = AccountReader(manager, kit, self.state, self.name)
        self._begun = False
        self._current: Connection | None = None
        """The newest connection that is subscribed."""
        self._carrier: Connection | None = None
        self._former: Connection | None = None
        """The carrier before it, while it drains."""
        self._carried_since = 0
        self._held: list[tuple[Connection, Any]] = []
        self._overrun = False
        """More came than can be held."""
        self._join: tuple[Connection, asyncio.Event] | None = None
        self._heard: tuple[Connection | None, int] = (None, 0)
        """Who gave the last event, and its time."""
        self._outage: Outage | None = None
        self._unsettled: Mark | None = None
        """Since when REST is still to be read again."""
        self._audited = Mark(0, {})
        """Up to when all has been compared with REST."""
        self._stalled = False
        self._excess = 0
        """Restored events that waited when the bound was last looked at."""
        self._expired: Connection | None = None
        self._reconciling: asyncio.Task[None] | None = None
        self._chores: set[asyncio.Task[None]] = set()
        self._notices: dict[type[object], str | None] = {}

    def __repr__(self) -> str:
        state = "stalled" if self._stalled else "in a gap" if self._outage else "live" if self.live else "closed"
        return f"<UserData of {self.kit.family} by {self.route}, {state}, {self.queued} events waiting>"

    @property
    def live(self) -> bool:
        """Whether events are passed on as they come: not during an outage, and not after the end."""
        return self._carrier is not None

    def diagnostics(self) -> dict[str, Any]:
        """Counters and state, for `Binance.diagnostics()`."""
        links = [self.link.diagnostics()]
        own = {"links": links, "unreadable": self.unreadable, "duplicates": self.state.duplicates}
        return {**super().diagnostics(), **own}

    # Life

    async def start(self) -> None:
        """Connect, subscribe, and learn the open orders; `async with` does it."""
        self.manager.check_usable(self.name)
        self.manager.on_close(self)
        self._resolver.listen(self)
        try:
            await self.link.start()
            await self._begin()
        except BaseException:
            await self.close()
            raise
        if self._outage is None and not self._overrun:
            self._carry()
        elif self._outage is None:
            self._go_dark(GapCause.DROPPED)
        if self._outage is not None:
            self._reconcile_soon()
        self._chore(self._way.keep(self.link), "keep alive")
        self._chore(self._audits(), "audit")

    async def _begin(self) -> None:
        """Take the open orders and balances as they are. Events since the subscription are held."""
        clock = self.manager.clock
        sent = clock.monotonic()
        reply = await self.rest.call(self.kit.time, Bound())
        began = milliseconds(reply.server_time)
        self.manager.offset(self.kit.family).sample(sent, clock.monotonic(), began / 1000, wall=clock.wall())
        self.state.began = began
        open_orders = await self.rest.call(self.kit.open_orders, Bound())
        self.state.adopt(open_orders, await self.rest.call(self.kit.account, Bound()), self._now_ms())
        self._begun = True

    async def close(self) -> None:
        """End the subscription. The listen key is left to expire: another process may use it."""
        self.end()
        self._carrier = self._former = None
        self.manager.forget(self)
        self._resolver.stop_listening(self)
        self._cancel_chores()
        await self.link.close()
        await asyncio.gather(*self._chores, return_exceptions=True)

    async def __aenter__(self) -> UserData[E]:
        await self.start()
        return self

    def _chore(self, work: Any, what: str) -> asyncio.Task[None]:
        task: asyncio.Task[None] = self.manager.spawn(work, name=f"{self.name}: {what}")
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)
        return task

    def _cancel_chores(self) -> None:
        for chore in list(self._chores):
            chore.cancel()

    def _now_ms(self) -> int:
        return int(self.manager.server_time(self.kit.family) * 1000)

    # Owner of the link

    async def open(self) -> Connection:
        """A connection that carries the events, subscribed."""
        if self._carrier is not None:  # what an attempt before this one has heard, the carrier has said as well
            self._held.clear()
            self._overrun = False
        return await self._way.open()

    async def hand_over(self, old: Connection, new: Connection) -> None:
        """Wait until the old connection has given what the new one began with."""
        joined = self._carrier is old and await self._joins(old, new)
        self._current = new
        if self._outage is not None:  # nothing is passed on, and the new one is subscribed before REST is read
            self._reconcile_soon()
        elif joined:
            self._former = old
            self._carry()
        elif self._begun:
            self._go_dark(GapCause.ROTATED, old, mute=not old.closed.done())
            self._reconcile_soon()

    async def _joins(self, old: Connection, new: Connection) -> bool:
        joined = asyncio.Event()
        self._join = (new, joined)
        frames = old.frames
        waiting = asyncio.ensure_future(joined.wait())
        try:
            await old.ping()
            self._look_for_join()
            async with asyncio.timeout(self.manager.timings.overlap):
                await first_of(waiting, old.closed, new.closed)
        except (TimeoutError, Disconnected):
            pass  # what is known then tells
        finally:
            self._join = None
            waiting.cancel()
        if joined.is_set():
            return True
        heard = bool(self._held) or self._overrun
        answered = old.frames != frames and not old.closed.done()
        return not heard and answered and self._way.continues(old)

    def _look_for_join(self) -> None:
        """Whether the old connection has given the first event that the new one held."""
        if self._join is None:
            return
        new, joined = self._join
        first = next((event for connection, event in self._held if connection is new), None)
        if first is not None and self.state.knows(first):
            joined.set()

    def lost(self, cause: str) -> None:
        """Events are missed from now on."""
        log.warning("%s lost: %s", self.name, cause)
        dead, self._current = self._current, None
        expired = dead is not None and (dead is self._expired or cause == KEY_IS_GONE)
        self._go_dark(GapCause.EXPIRED if expired else GapCause.DISCONNECTED, dead)

    def restored(self, connection: Connection) -> None:
        """Subscribed again: find out what was missed."""
        self._current = connection
        if self._outage is not None:
            self._reconcile_soon()

    def failed(self, error: Exception) -> None:
        """The consumer is told why."""
        self._cancel_chores()
        if self._outage is not None:
            self._outage.to_time = self._now_ms()
            self.tell(self._outage.gap(self.name, None))
            self._release()
        self.end(error if isinstance(error, BinanceError) else StreamError(str(error)))

    # Events

    def on_event(self, connection: Connection, data: bytes) -> None:
        """One event of one connection."""
        event = self.kit.read_user_event(data)
        notice = self._notice(event)
        if notice == "serverShutdown":
            connection.shutdown_notice.set()
            return
        self._resolver.saw(event)
        if connection is self._carrier or connection is self._former:
            self._pass_on(connection, event)
        elif self._stalled:
            self._drop(1)
        else:
            self._hold(connection, event)
        if self._join is not None:
            self._look_for_join()
        if notice is not None:
            log.warning("%s: %s", connection.name, notice)
            self._expired = connection
            connection.abort(f"the exchange ended the stream ({notice})")

    def _notice(self, event: object) -> str | None:
        """The name of an event that is about the stream itself."""
        if isinstance(event, RawEvent):
            return event.event if event.event in _NOTICES else None
        type_ = type(event)
        if type_ not in self._notices:
            name = event_name(type_)
            self._notices[type_] = name if name in _NOTICES else None
        return self._notices[type_]

    def _hold(self, connection: Connection, event: Any) -> None:
        self._held.append((connection, event))
        if len(self._held) > self.bound:
            log.warning("%s: more than %d events came while they could not be passed on", self.name, self.bound)
            self._drop(len(self._held))
            self._held.clear()
            self._overrun = True

    def _pass_on(self, connection: Connection, event: Any) -> None:
        if len(self._queue) < self.bound:
            self._excess = 0
        elif not self._has_room():
            self._drop(1)
            return
        self._heard = (connection, self._time_of(event))
        if self._is_news(event, connection.name):
            self._put(event)

    def _time_of(self, event: Any) -> int:
        time = event.time if isinstance(event, RawEvent) else event.event_time
        return milliseconds(time) if time else self._heard[1]

    def _is_news(self, event: Any, connection: str) -> bool:
        try:
            return self.state.is_news(event, connection)
        except Exception:  # whatever the exchange may send, the reader goes on and the event is not lost
            self.unreadable += 1
            log.exception("%s: the ledger cannot read an event", self.name)
            return True

    def _put(self, event: Any) -> None:
        """As `_push`, but that the bound is looked at before."""
        self.received += 1
        self._queue.append(event)
        self._wake()
        if not self.received % SAMPLE_EVERY:
            self._marks.append((self.received, asyncio.get_running_loop().time()))

    def _drop(self, count: int) -> None:
        self.received += count
        self.dropped += count
        self._dropped_told = self.dropped  # the outage's own gap tells it
        if self._outage is not None and self._outage.dropped is not None:
            self._outage.dropped += count

    def _carry(self) -> None:
        """The newest connection becomes the carrier."""
        self._carrier, self._carried_since = self._current, self._now_ms()
        self._excess = len(self._queue)
        self._release()

    def _release(self) -> None:
        held, self._held = self._held, []
        for connection, event in held:
            self._pass_on(connection, event)

    # A consumer that does not read

    def _has_room(self) -> bool:
        """At the bound: whether it is for the restored events that wait. If not, nothing more is taken."""
        if not self._stalled and len(self._queue) >= self.bound + self._excess:
            log.warning("%s: %d events wait; what comes is restored when they have been read", self.name, self.bound)
            self._go_dark(GapCause.DROPPED, self._current)
            self._stalled = True
        return not self._stalled

    async def __anext__(self) -> E:
        if self._stalled and not self._queue and not self._ended:
            self._stalled = False
            self._reconcile_soon()
        return await super().__anext__()

    # Outages

    def _go_dark(
        self,
        cause: GapCause,
        connection: Connection | None = None,
        *,
        since: Mark | None = None,
        mute: bool = False,
    ) -> None:
        """From now on nothing is passed on until it is known what is missing, and has been for some time."""
        if self._outage is None:
            from_time = since.time if since is not None else self._complete_until(connection, mute=mute)
            self._outage = Outage(
                cause=cause,
                since=since or self._unsettled or self.state.mark(from_time),
                from_time=from_time,
                connection=connection.name if connection is not None else None,
                dropped=0 if cause is GapCause.DROPPED else None,
            )
        self._carrier = self._former = None
        if self._reconciling is not None:
            self._reconciling.cancel()

    def _complete_until(self, connection: Connection | None, *, mute: bool) -> int:
        """A time before which nothing is missing.

        What came on a connection, came in order: up to its last event nothing is missing. That it was alive says a
        little less, since an event can be late; and of one that turned out to be mute it says nothing.
        """
        heard_from, heard_at = self._heard
        known = [self.state.began, self._audited.time]
        if connection is not None and heard_from is connection:
            known.append(heard_at)
        late = int(self.manager.timings.overlap / self.manager.timings.unit * 1000)
        if connection is not None and not mute:
            known.append(self._way.alive_at(connection) - late)
        return min(self._now_ms(), max(*known, self._carried_since - late))

    def _reconcile_soon(self) -> None:
        """As soon as there is a connection and the consumer reads. From then on what comes is held."""
        assert self._outage is not None
        if self._reconciling is not None:
            self._reconciling.cancel()
        if len(self._queue) >= self.bound:
            self._stalled = True
            self._drop(len(self._held))
            self._held.clear()
        if self._stalled or not self._begun or self._current is None:
            return
        self._reconciling = self._chore(self._reconcile(), "reconciliation")

    async def _reconcile(self) -> None:
        outage = self._outage
        assert outage is not None
        refusal: BinanceError | None = None
        reading: Reading | None = None
        while reading is None or self._overrun:
            self._overrun = False
            try:
                reading = await self._reader.read(outage.since)
            except BinanceError as error:
                log.error("%s: REST refuses the reconciliation: %s", self.name, error)
                refusal = error
                break
        if reading is not None:
            self._give(reading)
        outage.to_time = self._now_ms()  # of what was held, REST may have told the end before its beginning
        self.tell(outage.gap(self.name, None if reading is None else reading.refused))
        self._outage, self._unsettled = None, outage.since
        self._carry()
        if refusal is not None and is_refused_key(refusal):
            self.link.rotate()  # which finds out whether the key is refused altogether
        for times in READ_AGAIN:
            await self.manager.clock.sleep(times * self.manager.timings.settle)
            await self._compare(outage.since, "a later reading")
        self._unsettled = None

    def _give(self, reading: Reading) -> int:
        """What REST tells and the stream did not; how many events that is."""
        now = self._now_ms()
        events = [event for event in self._missed(reading, now) if self._is_news(event, "rest")]
        position = self.state.position(reading.account, now) if reading.account is not None else None
        if position is not None:
            events.append(position)
        for event in events:
            self._resolver.saw(event)
            self._put(event)
        return len(events)

    def _missed(self, reading: Reading, now: int) -> list[Any]:
        """The events that REST's orders and trades make; an order that makes no sense is left out."""
        orders, trades = list(reading.orders.values()), list(reading.trades.values())
        try:
            return self.state.missed(orders, trades, now)
        except Exception:
            log.exception("%s: REST tells what makes no sense; each order is looked at by itself", self.name)
        events: list[Any] = []
        for order in orders:
            of_it = [trade for trade in trades if (trade.symbol, trade.order_id) == (order.symbol, order.order_id)]
            try:
                events += self.state.missed([order], of_it, now)
            except Exception:
                self.unreadable += 1
                log.exception("%s: an order cannot be restored", self.name)
        return events

    async def _compare(self, since: Mark, what: str) -> Reading | None:
        """Read REST again and give what is news. None if nothing came of it; else the reading, `found` in it."""
        try:
            reading = await self._reader.read(since)
        except BinanceError as error:
            log.warning("%s: %s failed: %s", self.name, what, error)
            if is_refused_key(error):
                self.link.rotate()
            return None
        await self.manager.clock.sleep(self.manager.timings.settle)
        if self._outage is not None or self._carrier is None:
            return None  # another reading will tell
        reading.found = self._give(reading)
        if reading.found:
            log.warning("%s: %s found %d events that the stream had not told", self.name, what, reading.found)
        return reading

    # Chores

    async def _audits(self) -> None:
        self._audited = Mark(self.state.began, {})
        while True:
            await self.manager.clock.sleep(self.manager.timings.audit)
            while self._unsettled is not None or self._outage is not None:
                await self.manager.clock.sleep(self.manager.timings.settle)
            since, began = self._audited, self._now_ms()
            reading = await self._compare(since, "an audit")
            if reading is None:
                continue
            carrier = self._carrier
            if reading.found and carrier is not None:
                self._go_dark(GapCause.SILENT, carrier, since=since)
                carrier.abort("the exchange knows of events that it did not tell")
            self._audited = reading.mark(since, began - LAG_MS)
