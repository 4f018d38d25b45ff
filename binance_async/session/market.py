"""Market streams: subscriptions shared over sockets, handed over without loss, and honest about what was not seen.

    stream_connection   one socket: routes, acks, pace
    feed                messages to events, events to subscriptions
    hand_over           from one socket to its successor
    silence             streams that are mute on a socket that lives
    here                which streams are wanted, and on which socket

A `Shard` is one lasting connection (a `Link`) with at most `MAX_STREAMS` streams; the `Hub` of a family spreads streams
over shards. Consumers of one stream share it.

**What is wanted is the truth.** A shard has a slot for each stream that somebody wants; that changes at once, without a
lock and without a wait. What the exchange is subscribed to (`StreamConnection.acked`) follows: `bring_in_line` sends
whatever request brings it nearer, until both are the same. So a thousand consumers who come together share a few
requests; each of them waits for its own streams only (`Slot.live`). A request that is not answered is followed by
the question what the exchange believes; one that is refused is halved until the stream that it is refused for stands
alone. That stream is refused to those who want it, and to nobody else.

A connection counts as ready when it is in line, and until then it holds what it is sent. After an outage the `Gap` is
told first, then what was held. During a hand-over only the successor's subscriptions change.

**Gaps.** What lies between the loss and the end of set-up was not seen. A connection's messages arrive in order, so
nothing is missing before the time of the last event that came on it, whichever stream it was of, or before its last
sign of life. That is where a gap begins, also when the loss was noticed much later.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from binance_async.core.events import Gap, GapCause
from binance_async.errors import BinanceError, StreamClosed, StreamError, SubscriptionRefused
from binance_async.net.seams import Disconnected
from binance_async.session.connection import Connection, Link, State
from binance_async.session.feed import Slot, id_of, time_of
from binance_async.session.hand_over import HandOver
from binance_async.session.rest import RestSession
from binance_async.session.silence import SilenceWatch
from binance_async.session.stream_connection import StreamConnection, first_chunk
from binance_async.session.subscription import Policy, Subscription

if TYPE_CHECKING:
    from binance_async.core.endpoint import Bound, Endpoint
    from binance_async.core.stream import Stream
    from binance_async.session.family import Kit
    from binance_async.session.manager import Manager

log: Final = logging.getLogger("binance_async.market")

T = TypeVar("T")

MAX_STREAMS = 1_000
"""Streams on one connection; the exchange's own limit is 1,024."""
MOST_UNANSWERED = 3
"""After so many requests without an answer a connection is given up."""
REQUEST_ERRORS = range(4)
"""The exchange's codes for requests that are wrong; other refusals may pass."""
SNAPSHOTS = 8
"""Books that fetch a snapshot at the same time."""


class Shard:
    """A lasting connection and the streams that are wanted on it."""

    def __init__(self, hub: Hub, index: int) -> None:
        self.hub = hub
        self.manager: Manager = hub.manager
        self.name: str = f"{hub.family}.streams#{index}"
        self.slots: dict[str, Slot] = {}
        self.link: Link = Link(self.manager, self, self.name)
        self.silence: SilenceWatch = SilenceWatch(self)
        self.cause: GapCause = GapCause.DISCONNECTED
        """Why the next loss will have happened."""
        self._connections: list[StreamConnection] = []
        """All that are open or opening, the newest last."""
        self._serving: StreamConnection | None = None
        self._moving = False
        self._started = False
        self._lost_at: int | None = None
        self._aligning: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._opened = 0

    def __repr__(self) -> str:
        return f"<Shard {self.name} of {len(self.slots)} streams>"

    # What is wanted

    def want(self, subscription: Subscription[Any], stream: Stream[Any]) -> Slot:
        """Let a subscription have a stream. `align` does the rest."""
        slot = self.slots.get(stream.name)
        if slot is None:
            slot = self.slots[stream.name] = Slot(stream.name, asyncio.get_running_loop().create_future())
            slot.attach(subscription, stream)
            self._resume(slot)
        else:
            slot.attach(subscription, stream)
            self._reroute(slot)
        for feed in slot.feeds.values():
            feed.now_ms = self.hub.now_ms
        return slot

    def _resume(self, slot: Slot) -> None:
        """It may still be subscribed from before; not on a connection that is being left, which soon says nothing."""
        for connection in self._connections:
            if slot.name in connection.acked and not self._is_left(connection):
                connection.place(slot)
                if connection is self._serving:
                    slot.settle()

    def _is_left(self, connection: StreamConnection) -> bool:
        """Whether another connection carries what it carried, or is about to."""
        newest = self._connections[-1:] == [connection]
        return not newest and (self._moving or connection is not self._serving)

    def drop(self, subscription: Subscription[Any], names: Iterable[str]) -> None:
        """Let it have these no more; streams that nobody wants are unsubscribed from."""
        had = [slot for name in names if (slot := self.slots.get(name)) and subscription in slot.subscriptions]
        for slot in had:
            slot.detach(subscription)
            if slot.subscriptions:
                self._reroute(slot)
            else:
                self._discard(slot, StreamClosed(f"{slot.name}: dropped while it was being subscribed to"))
        if not self.slots:
            self.hub.retire(self)
        elif had:
            self.align()

    def _discard(self, slot: Slot, error: BinanceError) -> None:
        self.slots.pop(slot.name, None)
        for connection in self._connections:
            connection.forget(slot)
        slot.settle(error)

    def _reroute(self, slot: Slot) -> None:
        for connection in self._connections:
            connection.reroute(slot)

    def align(self) -> None:
        """Let the exchange follow what is wanted."""
        if not self._started:
            self._started = True
            self.manager.spawn(self._start(), name=f"{self.name}: start")
        elif self._serving is not None and not self._moving and (self._aligning is None or self._aligning.done()):
            self._aligning = self.manager.spawn(self._align(self._serving), name=f"{self.name}: align")

    async def _start(self) -> None:
        try:
            await self.link.start()
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to those who wait for the streams
            self.failed(error)

    async def _align(self, connection: StreamConnection) -> None:
        try:
            await self.bring_in_line(connection)
        except (Disconnected, SubscriptionRefused) as error:
            log.info("%s: lost while subscribing; the next connection will: %s", self.name, error)

    # What the exchange is subscribed to

    async def bring_in_line(self, connection: StreamConnection) -> None:
        """Send requests until the exchange is subscribed to what is wanted. Raises `Disconnected`."""
        async with connection.aligning:
            unanswered = 0
            while change := self._next_change(connection):
                try:
                    await self._request(connection, *change)
                except Disconnected as error:
                    unanswered += 1
                    await self._verify(connection, error, unanswered)
            connection.prune()

    def _next_change(self, connection: StreamConnection) -> tuple[str, list[str]] | None:
        if self._is_left(connection):
            return None
        surplus = first_chunk(name for name in connection.acked if name not in self.slots)
        if surplus:  # first, so that the number of streams stays below the exchange's limit
            return "UNSUBSCRIBE", surplus
        missing = first_chunk(name for name in self.slots if name not in connection.acked)
        return ("SUBSCRIBE", missing) if missing else None

    async def _request(self, connection: StreamConnection, method: str, names: list[str]) -> None:
        if method == "SUBSCRIBE":
            await self._subscribe(connection, names)
            return
        connection.acked.difference_update(names)  # at once: who wants one again now has to ask for it
        try:
            await connection.control(method, names)
        except SubscriptionRefused as error:
            log.warning("%s: unsubscribing: %s", connection.name, error)

    async def _subscribe(self, connection: StreamConnection, names: list[str]) -> None:
        wanted = [self.slots[name] for name in names if name in self.slots]
        if not wanted:
            return
        for slot in wanted:
            connection.place(slot)
        names = [slot.name for slot in wanted]
        try:
            await connection.control("SUBSCRIBE", names)
        except SubscriptionRefused as error:
            if len(names) == 1:
                self._refused(wanted[0], error)
                return
            middle = len(names) // 2
            await self._subscribe(connection, names[:middle])
            await self._subscribe(connection, names[middle:])
        else:
            self._acked(connection, names)

    def _acked(self, connection: StreamConnection, names: Iterable[str]) -> None:
        connection.acked.update(names)
        if self._is_left(connection):
            return  # its successor tells
        for name in connection.acked & self.slots.keys() & set(names):
            slot, held = self.slots[name], connection.held.get(name)
            if connection.carried.get(name) is not slot and (held is None or held.slot is not slot):
                connection.place(slot)  # it was wanted anew while the request was under way
            if connection is self._serving:  # another tells when it serves, for it may never come to that
                slot.settle()

    async def _verify(self, connection: StreamConnection, error: Disconnected, unanswered: int) -> None:
        """A request was not answered: ask what the exchange believes. Without an answer to that, there is no hope."""
        if connection.state is State.CLOSED:
            raise error
        log.warning("%s: a request was not answered", connection.name)
        try:
            if unanswered > MOST_UNANSWERED:
                raise error
            believed = await connection.subscribed()
        except (Disconnected, SubscriptionRefused) as again:
            connection.abort("requests are not answered")
            raise Disconnected("requests are not answered") from again
        connection.acked.clear()
        self._acked(connection, believed)

    async def subscribe_again(self, connection: StreamConnection, slots: list[Slot], cause: GapCause) -> None:
        """Renew subscriptions that have failed. Raises `Disconnected`."""
        since = min((told for slot in slots if (told := time_of(slot.last)) is not None), default=None)
        connection.acked.difference_update(slot.name for slot in slots)
        await self.bring_in_line(connection)
        self.announce(slots, cause, since)

    def _refused(self, slot: Slot, error: SubscriptionRefused) -> None:
        refusal = SubscriptionRefused(f"{slot.name}: {error.message}", code=error.code)
        if not slot.live.done():
            self._discard(slot, refusal)
        elif error.code in REQUEST_ERRORS:
            self._withdraw(slot, refusal)
        else:
            raise refusal  # the exchange served it before, and does not say that it never will: try again

    def _withdraw(self, slot: Slot, refusal: SubscriptionRefused) -> None:
        """A stream that was live is not served any more. A subscription that has others lives on."""
        self.manager.alarm(f"{self.name}: the exchange refuses a stream that it served before: {refusal}")
        gap = self._gap([slot], self.cause, time_of(slot.last), missing=(str(refusal),))
        subscriptions = slot.subscriptions
        self._discard(slot, refusal)
        for subscription in subscriptions:
            subscription.withdrawn(slot.name)
            if self.hub.serves(subscription):
                subscription.tell(gap)
            else:
                subscription.end(refusal)

    # Owner of the link

    async def open(self) -> Connection:
        """A connection on which every wanted stream is subscribed and acked."""
        self._opened += 1
        name = f"{self.name}/{self._opened}"
        connection = StreamConnection(self.manager, name, slowdown=self.link.slowdown)
        await connection.open(self.hub.url)
        self._connections.append(connection)
        connection.closed.add_done_callback(lambda _: self._connections.remove(connection))
        try:
            await self.bring_in_line(connection)
        except BaseException:
            await connection.close()
            raise
        return connection

    async def hand_over(self, old: Connection, new: Connection) -> None:
        """Move each stream when the successor's events join the old connection's without a hole."""
        assert isinstance(old, StreamConnection)
        assert isinstance(new, StreamConnection)
        self._moving = True
        try:
            await self._align(new)  # what was wanted since it was opened
            moving = HandOver(old, new, self.manager.clock, self.manager.timings.unit)
            torn = await moving.run(self.manager.timings.overlap)
        finally:
            self._moving = False
        if torn and not new.closed.done():  # else all streams have a gap, which is told when there is a connection
            self.announce(torn, GapCause.ROTATED, self._last_proof(old))
        moving.move_rest()
        self._serve(new)

    def lost(self, cause: str) -> None:
        """Remember since when, and tell those who must know at once."""
        log.warning("%s lost: %s", self.name, cause)
        if self._lost_at is None:
            self._lost_at = self._last_proof(self._serving)
        self._serving = None
        for subscription in self._subscriptions():
            subscription.interrupted(cause)

    def restored(self, connection: Connection) -> None:
        """Announce one gap to each subscription, if there was an outage, and carry on."""
        assert isinstance(connection, StreamConnection)
        if self._lost_at is not None:
            since, self._lost_at = self._lost_at, None
            self.announce(list(self.slots.values()), self.cause, since)
        self.cause = GapCause.DISCONNECTED
        connection.holding = False
        for held in list(connection.held.values()):
            connection.carry(held.slot)
        self._serve(connection)

    def _serve(self, connection: StreamConnection) -> None:
        self._serving = connection
        for name in connection.acked & self.slots.keys():
            self.slots[name].settle()
        if self._watching is not None:
            self._watching.cancel()
        self._watching = self.manager.spawn(self.silence.run(connection), name=f"{self.name}: silence")
        self._aligning = None  # one for the connection before this need not have ended yet
        self.align()

    def failed(self, error: Exception) -> None:
        """End every subscription with the reason. Who comes later gets a new shard."""
        self.hub.retire(self)
        known = error if isinstance(error, BinanceError) else StreamError(str(error))
        for slot in list(self.slots.values()):
            subscriptions = slot.subscriptions if slot.live.done() else []  # who waits is told by `live`
            self._discard(slot, known)
            for subscription in subscriptions:
                subscription.end(known)

    # Gaps

    def _subscriptions(self) -> list[Subscription[Any]]:
        return list({id(each): each for slot in self.slots.values() for each in slot.subscriptions}.values())

    def _last_proof(self, connection: StreamConnection | None) -> int:
        """Until when nothing is missing, in the exchange's milliseconds."""
        now = self.hub.now_ms()
        if connection is None:
            return now
        silent_for = self.manager.clock.monotonic() - connection.alive_at
        proofs = [now - int(silent_for / self.manager.timings.unit * 1000)]
        proofs += [told for slot in self.slots.values() if (told := time_of(slot.last)) is not None]
        return min(now, max(proofs))

    def announce(self, slots: Iterable[Slot], cause: GapCause, since: int | None = None) -> None:
        """Tell every subscription that has one of these streams of a gap."""
        concerned: dict[int, tuple[Subscription[Any], list[Slot]]] = {}
        for slot in slots:
            for subscription in slot.subscriptions:
                concerned.setdefault(id(subscription), (subscription, []))[1].append(slot)
        for subscription, its_slots in concerned.values():
            subscription.tell(self._gap(its_slots, cause, since))

    def _gap(self, slots: list[Slot], cause: GapCause, since: int | None, missing: tuple[str, ...] = ()) -> Gap:
        now = self.hub.now_ms()
        return Gap(
            streams=tuple(slot.name for slot in slots),
            cause=cause,
            from_time=now if since is None else min(since, now),
            to_time=now,
            from_id=id_of(slots[0].last) if len(slots) == 1 else None,
            missing=missing,
            connection=self.name,
        )

    async def close(self) -> None:
        """Close the connection."""
        for task in (self._watching, self._aligning):
            if task is not None:
                task.cancel()
        await self.link.close()
        for slot in list(self.slots.values()):
            self._discard(slot, StreamClosed(f"{slot.name}: the client was closed"))


class Hub:
    """All market streams of a family."""

    def __init__(self, manager: Manager, kit: Kit, *, max_streams: int = MAX_STREAMS) -> None:
        self.manager = manager
        self.kit = kit
        self.family: str = kit.family
        self.max_streams = max_streams
        self.shards: list[Shard] = []
        self.snapshots: Final = asyncio.Semaphore(SNAPSHOTS)
        self._rest = RestSession(manager, kit)
        self._opened = 0
        self._closing: set[asyncio.Task[None]] = set()

    def __repr__(self) -> str:
        links = [shard.link for shard in self.shards]
        return (
            f"<Hub of {self.family}: {sum(len(shard.slots) for shard in self.shards)} streams on {len(links)} links, "
            f"{sum(link.rotations for link in links)} rotations, {sum(link.losses for link in links)} losses>"
        )

    def diagnostics(self) -> dict[str, Any]:
        """Counters of every connection, stream and subscription, for `Binance.diagnostics()`."""
        slots = [slot for shard in self.shards for slot in shard.slots.values()]
        feeds = [feed for slot in slots for feed in slot.feeds.values()]
        consumers = {id(subscription): subscription for slot in slots for subscription in slot.subscriptions}
        return {
            "links": [shard.link.diagnostics() for shard in self.shards],
            "streams": {
                feed.name: {"received": feed.received, "undecoded": feed.undecoded, "age": feed.age.as_dict()}
                for feed in feeds
            },
            "subscriptions": [subscription.diagnostics() for subscription in consumers.values()],
        }

    @property
    def url(self) -> str:
        """Where combined streams are."""
        base = self.manager.environment.of(self.family).stream
        if base is None:
            raise StreamError(f"the environment {self.manager.environment.name!r} names no stream host")
        unit = "?timeUnit=MICROSECOND" if self.manager.time_unit == "microseconds" else ""
        return f"{base}/stream{unit}"

    async def ask(self, endpoint: Endpoint, bound: Bound) -> Any:
        """A question of the session's own, over REST."""
        return await self._rest.call(endpoint, bound)

    def now_ms(self) -> int:
        """The exchange's time."""
        return int(self.manager.server_time(self.family) * 1000)

    # Subscriptions

    async def attach(self, subscription: Subscription[Any], streams: Iterable[Stream[Any]]) -> None:
        """Let a subscription have these streams' events; returns when the exchange has acknowledged them all.

        Raises `SubscriptionRefused` and what else keeps them from coming. Whoever calls it detaches then.
        """
        self.manager.check_usable(f"{self.family}.stream")
        self.manager.on_close(self)
        shards: dict[Shard, None] = {}
        waits: dict[asyncio.Future[BinanceError | None], None] = {}
        for stream in streams:
            shard = self._shard_for(stream.name)
            waits[shard.want(subscription, stream).live] = None
            shards[shard] = None
        for shard in shards:
            shard.align()
        if waits:
            await asyncio.wait(waits)
        for wait in waits:
            error = wait.result()
            if error is not None:
                raise error

    def _shard_for(self, name: str) -> Shard:
        for shard in self.shards:
            if name in shard.slots:
                return shard
        for shard in self.shards:
            if len(shard.slots) < self.max_streams:
                return shard
        self._opened += 1
        self.shards.append(Shard(self, self._opened))
        return self.shards[-1]

    def leave(self, subscription: Subscription[Any], names: Iterable[str]) -> None:
        """Let it have these no more, from now on."""
        names = list(names)
        for shard in list(self.shards):
            shard.drop(subscription, names)

    async def detach(self, subscription: Subscription[Any], names: Iterable[str]) -> None:
        """The same, and wait until connections that nobody needs any more are closed."""
        self.leave(subscription, names)
        if self._closing:
            await asyncio.wait(list(self._closing))

    def serves(self, subscription: Subscription[Any]) -> bool:
        """Whether it has any stream."""
        slots = (slot for shard in self.shards for slot in shard.slots.values())
        return any(subscription in slot.subscriptions for slot in slots)

    def retire(self, shard: Shard) -> None:
        """A shard is empty, or has failed."""
        if shard in self.shards:
            self.shards.remove(shard)
            closing = self.manager.spawn(shard.close(), name=f"{shard.name}: close")
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Close all connections and end all subscriptions."""
        shards, self.shards = self.shards, []
        for shard in shards:
            for slot in list(shard.slots.values()):
                for subscription in slot.subscriptions:
                    subscription.end()
        await asyncio.gather(*(shard.close() for shard in shards), *self._closing, return_exceptions=True)


class MarketStream(Subscription[T]):
    """Events of market streams: iterate over it; add and drop streams while it runs."""

    def __init__(self, hub: Hub, streams: tuple[Stream[Any], ...], *, bound: int, policy: Policy) -> None:
        super().__init__(bound=bound, policy=policy)
        self._hub = hub
        self._streams: dict[str, Stream[Any]] = {stream.name: stream for stream in streams}

    def __repr__(self) -> str:
        return f"<MarketStream of {len(self._streams)} streams, {self.queued} events waiting>"

    @property
    def streams(self) -> tuple[str, ...]:
        """The names of its streams."""
        return tuple(self._streams)

    async def open(self) -> None:
        """Connect and subscribe; `async with` does it. Raises what keeps any of its streams from coming."""
        try:
            await self._hub.attach(self, self._streams.values())
        except BaseException:
            await self.close()
            raise

    async def add(self, *streams: Stream[Any]) -> None:
        """Have these streams too: all of them, or, when one is refused, none. The others go on either way."""
        added = {stream.name: stream for stream in streams if stream.name not in self._streams}
        self._streams |= added
        try:
            await self._hub.attach(self, added.values())
        except BaseException:
            await self.drop(*added.values())
            raise

    async def drop(self, *streams: Stream[Any]) -> None:
        """Have these no more; events that wait already are still delivered."""
        for stream in streams:
            self._streams.pop(stream.name, None)
        await self._hub.detach(self, [stream.name for stream in streams])

    def withdrawn(self, stream: str) -> None:
        """The exchange refuses one of the streams now."""
        self._streams.pop(stream, None)

    def end(self, error: BaseException | None = None) -> None:
        """No more events; what is queued is still delivered, then `error`, if there is one."""
        super().end(error)
        self._hub.leave(self, self._streams)

    async def close(self) -> None:
        """End the subscription; other consumers of the same streams are untouched."""
        self.end()
        await self._hub.detach(self, self._streams)

    async def __aenter__(self) -> MarketStream[T]:
        await self.open()
        return self
