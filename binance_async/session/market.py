"""Market streams: subscriptions shared over sockets, handed over without loss, and honest about what was not seen.

    net bytes → StreamConnection.on_message → Route of the stream's name → one decode → Subscription

The hot path. Messages come in the combined form, `{"stream":"btcusdt@trade","data":{...}}`. The name is cut from the
bytes, one dict look-up finds the stream's `Feed`, and a decoder of exactly that event reads the whole message in one
pass. Events go into the subscriptions' queues in the same turn of the loop.

Sharing. A `Shard` is one lasting connection (a `Link`) with at most `MAX_STREAMS` streams; the `Hub` of a family
spreads streams over shards. Two consumers of one stream share it. The set of wanted streams is the truth: after each
reconnect all of it is subscribed and acked before the shard counts as ready.

Handing over. The successor subscribes to the same streams while the old connection carries on, and both then send the
same events with some delay between them. For each stream, the successor's events are held until the old connection
has delivered the first of them (or a later one) itself; then what is held is given from there on, and the stream has
moved. Events are known by the exchange's own ids (`u`, `t`, `a`, ...) or, where a kind has none, by their event time.
Streams that are silent on both sides move when the overlap ends. If the old connection dies first, each stream that
had not moved is announced as a `Gap`, and only those.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from binance_async.core.events import Gap, GapCause, raw_event
from binance_async.errors import BinanceError, StreamError, SubscriptionRefused
from binance_async.net.seams import Disconnected
from binance_async.session.connection import Connection, Link, State, first_of
from binance_async.session.silence import SilenceWatch
from binance_async.session.subscription import Policy, Subscription

if TYPE_CHECKING:
    from binance_async.core.endpoint import Bound, Endpoint
    from binance_async.core.stream import Stream
    from binance_async.session.family import Kit
    from binance_async.session.manager import Manager

log = logging.getLogger("binance_async.market")

T = TypeVar("T")

MAX_STREAMS = 1_000
"""Streams on one connection; the exchange's own limit is 1,024."""
CHUNK_BYTES = 4_000
"""The exchange ignores a SUBSCRIBE of more than 4,088 bytes in silence."""
MOST_HELD = 100_000
"""Events that a successor may hold during a hand-over before it is given up as one."""

_PREFIX = b'{"stream":"'
_PREFIX_LENGTH = len(_PREFIX)


class Combined(msgspec.Struct, Generic[T]):
    """The envelope of combined streams; the name has been read already."""

    data: T


class _Head(msgspec.Struct):
    """What tells the messages of a stream connection apart when they are not in the usual form."""

    stream: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"")
    id: int | str | None = None
    result: msgspec.Raw = msgspec.Raw(b"")
    error: msgspec.Raw = msgspec.Raw(b"")
    code: int | None = None
    msg: str = ""
    e: str | None = None
    event: msgspec.Raw = msgspec.Raw(b"")


_head = msgspec.json.Decoder(_Head)


class _ControlError(msgspec.Struct):
    code: int = 0
    msg: str = ""


class Feed:
    """One stream: its decoder and the subscriptions that want it."""

    def __init__(self, stream: Stream[Any], numbers: Any) -> None:
        self.name = stream.name
        self.numbers = numbers
        self.received = 0
        self.undecoded = 0
        self.last: Any = None
        """The last event delivered; where a hand-over or a gap begins."""
        self.pushes: list[Callable[[Any], None]] = []
        self.subscriptions: dict[int, tuple[Subscription[Any], Callable[[Any], None]]] = {}
        declaration = stream.declaration
        type_: Any = Any if declaration is None else declaration.event_type(numbers)
        self._decode = None
        if declaration is not None:
            decoder: msgspec.json.Decoder[Combined[Any]] = msgspec.json.Decoder(
                Combined[type_], strict=numbers is not float
            )
            self._decode = decoder.decode

    def deliver(self, message: bytes) -> None:
        """Read one combined message and hand its event on."""
        self.received += 1
        try:
            event: Any = self._decode(message).data  # type: ignore[misc]  # raw streams are caught below
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError) as error:
            event = self._raw(message, error)
        self.last = event
        for push in self.pushes:
            push(event)

    def _raw(self, message: bytes, error: Exception) -> Any:
        try:
            payload = bytes(_head.decode(message).data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            payload = message
        if self._decode is None:
            return raw_event(payload, stream=self.name)
        self.undecoded += 1
        return raw_event(payload, stream=self.name, reason=str(error))

    def attach(self, subscription: Subscription[Any]) -> None:
        """Deliver to this subscription too."""
        push = subscription.pusher(self.name)
        self.subscriptions[id(subscription)] = (subscription, push)
        self.pushes = [push for _, push in self.subscriptions.values()]

    def detach(self, subscription: Subscription[Any]) -> None:
        """No longer."""
        self.subscriptions.pop(id(subscription), None)
        self.pushes = [push for _, push in self.subscriptions.values()]


def order_of(event: Any) -> int | None:
    """What orders the events of one stream: the exchange's id, else the event time. None if it tells neither."""
    if isinstance(event, list):
        items: list[Any] = event  # pyright: ignore[reportUnknownVariableType] - a list of events
        event = items[0] if items else None
    for name in ("last_update_id", "update_id", "final_update_id", "trade_id", "agg_trade_id", "event_time", "time"):
        value = getattr(event, name, None)
        if isinstance(value, int):
            return value
    return None


class Slot:
    """A stream that is wanted on a shard: one feed for each kind of number that someone wants it in."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.feeds: dict[Any, Feed] = {}
        self.route: Callable[[bytes], None] = self._many

    def feed(self, stream: Stream[Any], numbers: Any) -> Feed:
        """The feed for this kind of number."""
        if numbers not in self.feeds:
            self.feeds[numbers] = Feed(stream, numbers)
            # Nearly every stream has one feed: its method is the route, with nothing in between.
            self.route = next(iter(self.feeds.values())).deliver if len(self.feeds) == 1 else self._many
        return self.feeds[numbers]

    def _many(self, message: bytes) -> None:
        for feed in self.feeds.values():
            feed.deliver(message)

    @property
    def received(self) -> int:
        """Events so far."""
        return next((feed.received for feed in self.feeds.values()), 0)

    @property
    def last(self) -> Any:
        """The last event delivered, whatever its numbers."""
        return next((feed.last for feed in self.feeds.values() if feed.last is not None), None)

    def peek(self, message: bytes) -> int | None:
        """The order of a message's event, without delivering it."""
        for feed in self.feeds.values():
            try:
                return order_of(feed._decode(message).data)  # type: ignore[misc]  # its own kin
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError):
                continue
        return None

    @property
    def subscriptions(self) -> list[Subscription[Any]]:
        """Everyone who wants it."""
        return [subscription for feed in self.feeds.values() for subscription, _ in feed.subscriptions.values()]


class StreamConnection(Connection):
    """One socket of combined streams."""

    def __init__(self, manager: Manager, name: str) -> None:
        super().__init__(manager, name)
        self.routes: dict[bytes, Callable[[bytes], None]] = {}
        self.held: dict[str, _Held] | None = None
        """Of a successor: the streams that have not moved to it yet."""
        self.unrouted = 0
        self._last_sent = float("-inf")
        self._turn = asyncio.Lock()

    def on_message(self, data: bytes) -> None:
        """One message. The combined form with a known stream is the path that matters."""
        self.frames += 1
        if data[:_PREFIX_LENGTH] == _PREFIX:
            route = self.routes.get(data[_PREFIX_LENGTH : data.find(b'"', _PREFIX_LENGTH)])
            if route is not None:
                route(data)
                return
        self._unusual(data)

    def _unusual(self, data: bytes) -> None:
        try:
            head = _head.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self.unrouted += 1
            log.warning("unreadable message of %d bytes on %s", len(data), self.name)
            return
        if head.e == "serverShutdown" or head.stream == "!serverShutdown" or b"serverShutdown" in bytes(head.event):
            log.info("the exchange announced its shutdown on %s", self.name)
            self.shutdown_notice.set()
        elif head.stream is not None:
            route = self.routes.get(head.stream.encode())
            if route is not None:
                route(data)
            else:
                self.unrouted += 1
        elif head.id is not None:
            self.answer(head.id, data)
        else:
            self.unrouted += 1
            log.warning("message without a stream or an id on %s", self.name)

    async def control(self, method: str, params: list[str] | None = None) -> bytes:
        """Send a control request within the exchange's pace and wait for its result.

        Raises `SubscriptionRefused` for an error reply and `Disconnected` when none comes.
        """
        timings, clock = self.manager.timings, self.manager.clock
        request_id = self.next_id()
        request: dict[str, Any] = {"method": method, "id": request_id}
        if params is not None:
            request["params"] = params
        async with self._turn:
            await clock.sleep(max(0.0, self._last_sent + timings.send_interval - clock.monotonic()))
            self._last_sent = clock.monotonic()
            future = self.expect(request_id)
            self.send(msgspec.json.encode(request))
        data = await self.reply(request_id, future, timings.ack)
        head = _head.decode(data)
        error = bytes(head.error)
        if error or head.code is not None:
            said = msgspec.json.decode(error, type=_ControlError) if error else _ControlError(head.code or 0, head.msg)
            raise SubscriptionRefused(f"the exchange refused: {said.code} {said.msg}", code=said.code)
        return bytes(head.result)

    async def subscribed(self) -> set[str]:
        """What the exchange says this connection is subscribed to."""
        return set(msgspec.json.decode(await self.control("LIST_SUBSCRIPTIONS"), type=list[str]))


class _Held:
    """A stream on a successor: what it has sent, until the old connection is as far."""

    def __init__(self, slot: Slot) -> None:
        self.slot = slot
        self.messages: list[bytes] = []
        self.first: int | None = None
        self.moved: Callable[[_Held], None] | None = None
        """What is called when the stream can move; None until the hand-over has begun."""

    def from_new(self, message: bytes) -> None:
        """The successor's message waits for the old connection to come as far."""
        if not self.messages:
            self.first = self.slot.peek(message)
        self.messages.append(message)
        self.look()
        if len(self.messages) > MOST_HELD and self.moved is not None:
            self.moved(self)

    def from_old(self, message: bytes) -> None:
        """The old connection's message is delivered as ever."""
        self.slot.route(message)
        self.look()

    def look(self) -> None:
        """Move the stream if the old connection has given what the successor began with."""
        reached = order_of(self.slot.last)
        if self.moved is not None and self.first is not None and reached is not None and reached >= self.first:
            self.moved(self)

    def release(self) -> None:
        """Deliver what is held and was not delivered yet."""
        messages, self.messages = self.messages, []
        reached = order_of(self.slot.last)
        for message in messages:
            order = self.slot.peek(message)
            if reached is None or order is None or order > reached:
                self.slot.route(message)


class Shard:
    """A lasting connection and the streams that are wanted on it."""

    def __init__(self, hub: Hub, index: int) -> None:
        self.hub = hub
        self.manager = hub.manager
        self.name = f"{hub.family}.streams#{index}"
        self.slots: dict[str, Slot] = {}
        self.link = Link(self.manager, self, self.name)
        self.silence = SilenceWatch(self)
        self.cause = GapCause.DISCONNECTED
        self._lost_at: int | None = None
        self._watching: asyncio.Task[None] | None = None
        self._opened = 0

    # Owner of the link

    async def open(self) -> Connection:
        """A connection on which every wanted stream is subscribed and acked."""
        self._opened += 1
        connection = StreamConnection(self.manager, f"{self.name}/{self._opened}")
        if self.link.current is not None:
            connection.held = {}
        await connection.open(self.hub.url)
        try:
            await self.subscribe(connection, list(self.slots))
            await self._repair(connection)
        except BaseException:
            await connection.close()
            raise
        return connection

    async def subscribe(self, connection: StreamConnection, names: list[str]) -> None:
        """Subscribe to streams; those that the exchange refuses end the subscriptions that want them."""
        for chunk in _chunks(names):
            for name in chunk:
                connection.routes[name.encode()] = self._route(connection, name)
            try:
                await connection.control("SUBSCRIBE", chunk)
            except SubscriptionRefused as error:
                await self._blame(connection, chunk, error)
            except Disconnected:
                if connection.state is State.CLOSED:
                    raise
                log.warning("%s: a SUBSCRIBE was not acked", connection.name)

    def _route(self, connection: StreamConnection, name: str) -> Callable[[bytes], None]:
        slot = self.slots.get(name)
        if slot is None:
            return _ignore
        if connection.held is None:
            return slot.route
        return connection.held.setdefault(name, _Held(slot)).from_new

    async def _blame(self, connection: StreamConnection, chunk: list[str], error: SubscriptionRefused) -> None:
        if len(chunk) > 1:  # one bad name refuses all of its request
            for name in chunk:
                try:
                    await connection.control("SUBSCRIBE", [name])
                except SubscriptionRefused as its_own:
                    self._refuse(connection, name, its_own)
        else:
            self._refuse(connection, chunk[0], error)

    def _refuse(self, connection: StreamConnection, name: str, error: SubscriptionRefused) -> None:
        connection.routes.pop(name.encode(), None)
        slot = self.slots.pop(name, None)
        for subscription in slot.subscriptions if slot else ():
            subscription.end(SubscriptionRefused(f"{name}: {error.message}", code=error.code))

    async def _repair(self, connection: StreamConnection) -> None:
        """Compare with what the exchange believes, when an ack was lost."""
        if not self.slots:
            return
        missing = sorted(set(self.slots) - await connection.subscribed())
        if missing:
            log.warning("%s: %d streams were not subscribed at the first try", connection.name, len(missing))
            await self.subscribe(connection, missing)

    async def hand_over(self, old: Connection, new: Connection) -> None:
        """Move each stream when the successor's events join the old connection's without a hole."""
        assert isinstance(old, StreamConnection)
        assert isinstance(new, StreamConnection)
        waiting, new.held = new.held or {}, None
        moved = asyncio.Event()

        def move(held: _Held) -> None:
            key = held.slot.name.encode()
            old.routes[key] = _ignore
            new.routes[key] = held.slot.route
            waiting.pop(held.slot.name, None)
            held.release()
            if not waiting:
                moved.set()

        for name, held in list(waiting.items()):
            held.moved = move
            old.routes[name.encode()] = held.from_old
            held.look()
        if waiting:
            await self._overlap(old, moved)
        torn = [held.slot for held in waiting.values()] if old.closed.done() else []
        if torn:
            self.announce(torn, GapCause.ROTATED)
        for held in list(waiting.values()):
            move(held)
        self._watch(new)

    async def _overlap(self, old: Connection, moved: asyncio.Event) -> None:
        done = asyncio.ensure_future(moved.wait())
        try:
            async with asyncio.timeout(self.manager.timings.overlap):
                await first_of(done, old.closed)
        except TimeoutError:
            pass  # the streams that are left were silent on one side
        finally:
            done.cancel()

    def lost(self, cause: str) -> None:
        """Remember since when."""
        log.warning("%s lost: %s", self.name, cause)
        self._lost_at = self.hub.now_ms()

    def restored(self, connection: Connection) -> None:
        """Announce one gap to each subscription, if there was an outage."""
        assert isinstance(connection, StreamConnection)
        if self._lost_at is not None:
            since, self._lost_at = self._lost_at, None
            self.announce(self.slots.values(), self.cause, since)
        self.cause = GapCause.DISCONNECTED
        held, connection.held = connection.held or {}, None
        for name, each in held.items():  # opened as a successor, whose predecessor has died meanwhile
            connection.routes[name.encode()] = each.slot.route
            each.release()
        self._watch(connection)

    def _watch(self, connection: StreamConnection) -> None:
        if self._watching is not None:
            self._watching.cancel()
        self._watching = self.manager.spawn(self.silence.run(connection), name=f"{self.name}: silence")

    def failed(self, error: Exception) -> None:
        """End every subscription with the reason."""
        for slot in self.slots.values():
            for subscription in slot.subscriptions:
                subscription.end(error if isinstance(error, BinanceError) else StreamError(str(error)))

    def announce(self, slots: Iterable[Slot], cause: GapCause, since: int | None = None) -> None:
        """Tell every subscription that has one of these streams of a gap."""
        concerned: dict[int, tuple[Subscription[Any], list[str]]] = {}
        for slot in slots:
            for subscription in slot.subscriptions:
                concerned.setdefault(id(subscription), (subscription, []))[1].append(slot.name)
        for subscription, names in concerned.values():
            last = order_of(self.slots[names[0]].last) if len(names) == 1 and names[0] in self.slots else None
            subscription.tell(
                Gap(
                    streams=tuple(names),
                    cause=cause,
                    from_time=since if since is not None else self.hub.now_ms(),
                    to_time=self.hub.now_ms(),
                    from_id=last,
                    connection=self.name,
                )
            )

    # What the hub does

    async def add(self, names: list[str]) -> None:
        """Subscribe to streams that were just wanted; an outage does it when the link is back."""
        connection = self.link.current
        if isinstance(connection, StreamConnection) and connection.state is State.READY:
            try:
                await self.subscribe(connection, names)
            except Disconnected:
                log.info("%s: lost while subscribing; the reconnect will", self.name)

    async def close(self) -> None:
        """Close the connection."""
        if self._watching is not None:
            self._watching.cancel()
        await self.link.close()

    async def drop(self, names: list[str]) -> None:
        """Unsubscribe from streams that nobody wants any more."""
        for name in names:
            self.slots.pop(name, None)
        connection = self.link.current
        if not isinstance(connection, StreamConnection) or connection.state is not State.READY:
            return
        for name in names:
            connection.routes[name.encode()] = _ignore
        for chunk in _chunks(names):
            try:
                await connection.control("UNSUBSCRIBE", chunk)
            except (Disconnected, SubscriptionRefused) as error:
                log.info("%s: unsubscribing: %s", self.name, error)
            for name in chunk:
                if name not in self.slots:
                    connection.routes.pop(name.encode(), None)


def _ignore(message: bytes) -> None:
    """What still comes of a stream that has moved or ended."""


def _chunks(names: list[str]) -> Iterable[list[str]]:
    chunk: list[str] = []
    size = 0
    for name in names:
        if chunk and size + len(name) + 3 > CHUNK_BYTES - 100:
            yield chunk
            chunk, size = [], 0
        chunk.append(name)
        size += len(name) + 3
    if chunk:
        yield chunk


class Hub:
    """All market streams of a family."""

    def __init__(self, manager: Manager, kit: Kit, *, max_streams: int = MAX_STREAMS) -> None:
        self.manager = manager
        self.kit = kit
        self.family = kit.family
        self.max_streams = max_streams
        self.shards: list[Shard] = []
        self._opened = 0
        self.snapshots = asyncio.Semaphore(4)
        """Books that fetch a snapshot at the same time."""
        self._turn = asyncio.Lock()

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
        return await self.manager.rest(self.kit).call(endpoint, bound)

    def now_ms(self) -> int:
        """The exchange's time."""
        return int(self.manager.server_time(self.family) * 1000)

    async def attach(self, subscription: Subscription[Any], streams: Iterable[Stream[Any]]) -> None:
        """Let a subscription have these streams' events."""
        async with self._turn:
            wanted: dict[Shard, list[str]] = {}
            for stream in streams:
                shard, slot = self._slot(stream.name)
                slot.feed(stream, stream.numbers).attach(subscription)
                if slot.name not in wanted.setdefault(shard, []):
                    wanted[shard].append(slot.name)
            self.manager.on_close(self)
            for shard, names in wanted.items():
                if shard.link.connects == 0:
                    try:
                        await shard.link.start()
                    except BaseException:
                        self.shards.remove(shard)
                        raise
                else:
                    new = [n for n in names if not self._routed(shard, n)]
                    await shard.add(new)

    def _routed(self, shard: Shard, name: str) -> bool:
        connection = shard.link.current
        if not isinstance(connection, StreamConnection) or name.encode() not in connection.routes:
            return False
        # A second kind of number makes another route of the same stream.
        connection.routes[name.encode()] = shard.slots[name].route
        return True

    def _slot(self, name: str) -> tuple[Shard, Slot]:
        for shard in self.shards:
            if name in shard.slots:
                return shard, shard.slots[name]
        with_room = [shard for shard in self.shards if len(shard.slots) < self.max_streams]
        if not with_room:
            self._opened += 1
            with_room = [Shard(self, self._opened)]
            self.shards += with_room
        with_room[0].slots[name] = slot = Slot(name)
        return with_room[0], slot

    async def detach(self, subscription: Subscription[Any], names: Iterable[str] | None = None) -> None:
        """Let it have them no more; streams that nobody wants are unsubscribed, and empty shards closed."""
        only = None if names is None else set(names)
        async with self._turn:
            for shard in list(self.shards):
                idle: list[str] = []
                for name, slot in shard.slots.items():
                    if only is not None and name not in only:
                        continue
                    for feed in slot.feeds.values():
                        feed.detach(subscription)
                    if not slot.subscriptions:
                        idle.append(name)
                if len(idle) == len(shard.slots):
                    self.shards.remove(shard)
                    await shard.close()
                elif idle:
                    await shard.drop(idle)

    async def close(self) -> None:
        """Close all connections and end all subscriptions."""
        shards, self.shards = self.shards, []
        for shard in shards:
            for slot in shard.slots.values():
                for subscription in slot.subscriptions:
                    subscription.end()
            await shard.close()


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
        """Connect and subscribe; `async with` does it."""
        try:
            await self._hub.attach(self, self._streams.values())
        except BaseException:
            await self._hub.detach(self)
            raise
        if self._error is not None:
            error, self._error = self._error, None
            await self._hub.detach(self)
            raise error

    async def add(self, *streams: Stream[Any]) -> None:
        """Have these streams too."""
        self._streams |= {stream.name: stream for stream in streams}
        await self._hub.attach(self, streams)

    async def drop(self, *streams: Stream[Any]) -> None:
        """Have these no more; events that wait already are still delivered."""
        for stream in streams:
            self._streams.pop(stream.name, None)
        await self._hub.detach(self, [stream.name for stream in streams])

    async def close(self) -> None:
        """End the subscription; other consumers of the same streams are untouched."""
        self.end()
        await self._hub.detach(self)

    async def __aenter__(self) -> MarketStream[T]:
        await self.open()
        return self
