"""From the messages of a stream to events: one decode, and a push into each subscription.

    the socket's scan ─► Slot.route ─► Feed.deliver ─► Subscription

A `Slot` is a stream that somebody wants. It has a `Feed` for each kind of number in which somebody wants it, which
nearly always is one; then the slot's `route` is that feed's `deliver`, with nothing in between. What is routed is the
event alone, cut out of its combined message (`core.combined`), so that a feed's decoder reads nothing else. What does
not decode arrives as a `RawEvent`, is counted, and stops nothing.

Events of one stream are ordered by the exchange's own ids (`u`, `t`, `a`, ...) or, where a kind has none, by their
event time. An `Order` carries which of these it is, because an id and a time must never be compared: an event of a
depth stream that did not decode still tells its time, and is not later than all update ids for that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from binance_async.core.combined import beginning_of
from binance_async.core.events import RawEvent, raw_event
from binance_async.session.latency import SAMPLE_EVERY, Latency

if TYPE_CHECKING:
    import asyncio

    from binance_async.core.stream import Stream
    from binance_async.errors import BinanceError
    from binance_async.session.subscription import Subscription

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding anything that a peer sends can raise."""

Order: TypeAlias = tuple[str, int]
"""Which number of an event orders it, and the number."""

_IDS = ("last_update_id", "update_id", "final_update_id", "trade_id", "agg_trade_id")
_TIMES = ("event_time", "time")
_SAMPLE_MASK = SAMPLE_EVERY - 1
_MICROSECONDS = 10**14
"""A time above this is in microseconds."""


class _Envelope(msgspec.Struct):
    data: msgspec.Raw


_envelope = msgspec.json.Decoder(_Envelope)


def event_in(text: bytes) -> bytes:
    """The event at the beginning of a text that a message had between `"data":` and its last brace.

    Nearly always it is all of it. Only where the message told more behind its event is there anything to cut off.
    """
    try:
        return bytes(_envelope.decode(b'{"data":' + text + b"}").data)
    except UNREADABLE:
        return text


def _one(event: Any) -> Any:
    """The event, or the first of a stream that sends lists."""
    if isinstance(event, list):
        items: list[Any] = event  # pyright: ignore[reportUnknownVariableType] - a list of events
        return items[0] if items else None
    return event


def order_of(event: Any) -> Order | None:
    """What orders the events of one stream: the exchange's id, else the event time. None if it tells neither."""
    event = _one(event)
    for name in (*_IDS, *_TIMES):
        value = getattr(event, name, None)
        if isinstance(value, int):
            return name, value
    return None


def id_of(event: Any) -> int | None:
    """The exchange's id of an event, if its kind has one."""
    order = order_of(event)
    return order[1] if order is not None and order[0] in _IDS else None


def time_of(event: Any) -> int | None:
    """When the exchange sent an event, in milliseconds, if it says so."""
    event = _one(event)
    value = getattr(event, "event_time", None) or getattr(event, "time", None)
    if not isinstance(value, int):
        return None
    return value // 1000 if value > _MICROSECONDS else value


class Feed:
    """One stream in one kind of number: its decoder and the subscriptions that want it."""

    def __init__(self, stream: Stream[Any], numbers: Any) -> None:
        self.name: str = stream.name
        self.numbers = numbers
        self.received: int = 0
        self.undecoded: int = 0
        self.last: Any = None
        """The last event delivered; where a hand-over or a gap begins."""
        self.age: Final = Latency()
        """How old events were when they were read, by the exchange's clock."""
        self.now_ms: Callable[[], int] | None = None
        """The exchange's time; set by whoever wants ages."""
        self.subscriptions: dict[int, tuple[Subscription[Any], Callable[[Any], None]]] = {}
        self._push: Callable[[Any], None] = self._fan_out
        self._pushes: list[Callable[[Any], None]] = []
        declaration = stream.declaration
        self._decode: Callable[[bytes], Any] = self._undeclared
        if declaration is not None:
            # A float is read from the exchange's text, which strict decoding refuses.
            decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(
                declaration.event_type(numbers), strict=numbers is not float
            )
            self._decode = decoder.decode

    def deliver(self, text: bytes) -> None:
        """Read one event and hand it on."""
        received = self.received = self.received + 1
        try:
            event = self._decode(text)
        except UNREADABLE as error:
            event = self._read_again(text, error)
            self.undecoded += isinstance(event, RawEvent)
        self.last = event
        self._push(event)
        if not received & _SAMPLE_MASK:
            self._sample(event)

    def _fan_out(self, event: Any) -> None:
        for push in self._pushes:
            push(event)

    def _sample(self, event: Any) -> None:
        sent_at = time_of(event)
        if self.now_ms is not None and sent_at is not None:
            self.age.add((self.now_ms() - sent_at) / 1000)

    def _undeclared(self, text: bytes) -> RawEvent:
        return raw_event(event_in(text), stream=self.name)

    def _read_again(self, text: bytes, error: Exception) -> Any:
        """What could not be decoded: without what stands behind it, if there is such; else as it came."""
        event = event_in(text)
        if event != text:
            try:
                return self._decode(event)
            except UNREADABLE as again:
                error = again
        return raw_event(event, stream=self.name, reason=str(error) or type(error).__name__)

    def read(self, text: bytes) -> Any:
        """One event, neither delivered nor counted."""
        try:
            return self._decode(text)
        except UNREADABLE as error:
            return self._read_again(text, error)

    def attach(self, subscription: Subscription[Any]) -> None:
        """Deliver to this subscription too."""
        self.subscriptions[id(subscription)] = (subscription, subscription.pusher(self.name))
        self._choose_push()

    def detach(self, subscription: Subscription[Any]) -> None:
        """No longer."""
        self.subscriptions.pop(id(subscription), None)
        self._choose_push()

    def _choose_push(self) -> None:
        """One subscription is pushed to without a loop around it."""
        self._pushes = [push for _, push in self.subscriptions.values()]
        self._push = self._pushes[0] if len(self._pushes) == 1 else self._fan_out


class Slot:
    """A stream that is wanted: one feed for each kind of number that someone wants it in."""

    def __init__(self, name: str, live: asyncio.Future[BinanceError | None]) -> None:
        self.name = name
        self.key: bytes = beginning_of(name)
        """How its messages begin."""
        self.live = live
        """Done when the exchange has acknowledged the stream for the first time, or will not: then with the error."""
        self.feeds: dict[Any, Feed] = {}
        self.route: Callable[[bytes], None] = self._many

    def settle(self, error: BinanceError | None = None) -> None:
        """Tell those who wait for the stream."""
        if not self.live.done():
            self.live.set_result(error)

    def attach(self, subscription: Subscription[Any], stream: Stream[Any]) -> None:
        """Deliver to this subscription too, in the numbers of `stream`."""
        numbers = stream.numbers
        if numbers not in self.feeds:
            self.feeds[numbers] = Feed(stream, numbers)
        self.feeds[numbers].attach(subscription)
        self._choose_route()

    def detach(self, subscription: Subscription[Any]) -> None:
        """No longer."""
        for numbers, feed in list(self.feeds.items()):
            feed.detach(subscription)
            if not feed.subscriptions and len(self.feeds) > 1:
                del self.feeds[numbers]
        self._choose_route()

    def _choose_route(self) -> None:
        feeds = list(self.feeds.values())
        self.route = feeds[0].deliver if len(feeds) == 1 else self._many

    def _many(self, text: bytes) -> None:
        for feed in list(self.feeds.values()):
            feed.deliver(text)

    def _furthest(self) -> Feed | None:
        """The feed that has been there for longest."""
        return max(self.feeds.values(), key=lambda feed: feed.received, default=None)

    @property
    def received(self) -> int:
        """Events so far."""
        feed = self._furthest()
        return feed.received if feed is not None else 0

    @property
    def undecoded(self) -> int:
        """Events of a declared kind that arrived as `RawEvent` all the same."""
        return max((feed.undecoded for feed in self.feeds.values()), default=0)

    @property
    def last(self) -> Any:
        """The last event delivered."""
        feed = self._furthest()
        return feed.last if feed is not None else None

    def read(self, text: bytes) -> Any:
        """An event as `last` would be, neither delivered nor counted."""
        feed = self._furthest()
        return feed.read(text) if feed is not None else None

    @property
    def subscriptions(self) -> list[Subscription[Any]]:
        """Everyone who wants it."""
        return [subscription for feed in self.feeds.values() for subscription, _ in feed.subscriptions.values()]
