"""One socket of combined streams: where its messages go, what it is subscribed to, and how fast we send on it.

The hot path. A message is `{"stream":"btcusdt@trade","data":{...}}`. All of it before the event is the key of one dict
look-up, which finds the function that takes the event (`core.combined`); a driver that can looks there by itself (see
`net.routes`). What does not have this form (acks, errors, a shutdown, streams in another spelling) goes a longer way.

Pace. The exchange closes a connection on which more than 5 messages a second arrive, pings and pongs among them. We
send at most 3 of our own in any second, and so leave one place for the pong that the adapter sends by itself and one
for what the network pushes together. Requests wait in the order of asking; a ping goes ahead of those that wait.
After a close for "too many" messages, the next connection of the link sends half as fast.

Requests are answered by id, whatever data flows in between. One that is not answered proves nothing: whoever sent it
asks the exchange what it believes (`subscribed`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from binance_async.core.combined import BEFORE_NAME, BEHIND_NAME, Routes, beginning_of
from binance_async.errors import SubscriptionRefused
from binance_async.net.seams import Disconnected
from binance_async.session.connection import Connection
from binance_async.session.feed import UNREADABLE, Slot, order_of

if TYPE_CHECKING:
    from binance_async.session.feed import Order
    from binance_async.session.manager import Manager

log: Final = logging.getLogger("binance_async.market")

CHUNK_BYTES = 4_000
"""The exchange ignores a SUBSCRIBE of more than 4,088 bytes in silence."""
MOST_HELD = 100_000
"""Messages of a stream that a connection may hold before it is given up as one."""
SPACING = 1.4
"""Times `Timings.send_interval`: 3 messages in a second where that allows 4."""

_AROUND_NAMES = 100
"""Bytes of a request beside the names in it."""


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

    @property
    def announces_shutdown(self) -> bool:
        """In whatever shape: bare, as an event of the WebSocket API, or as one of a stream of its own."""
        name = "serverShutdown"
        return self.e == name or any(f'"{name}"'.encode() in bytes(part)[:256] for part in (self.event, self.data))


_head = msgspec.json.Decoder(_Head)


class _ControlError(msgspec.Struct):
    code: int = 0
    msg: str = ""


class Held:
    """A stream on a connection that does not carry it yet: the events it has sent, until they may be delivered."""

    def __init__(self, slot: Slot, now: Callable[[], float], on_full: Callable[[], None]) -> None:
        self.slot = slot
        self.messages: list[bytes] = []
        self.first: Any = None
        """The event of the first message."""
        self.first_at: float = 0.0
        self.watch: Callable[[Held], None] | None = None
        """Told of each message, while a hand-over waits for the stream."""
        self._now = now
        self._on_full = on_full

    def take(self, message: bytes) -> None:
        """One more event, undecoded."""
        if not self.messages:
            self.first, self.first_at = self.slot.read(message), self._now()
        self.messages.append(message)
        if len(self.messages) > MOST_HELD:
            self._on_full()
        elif self.watch is not None:
            self.watch(self)

    @property
    def joins(self) -> bool:
        """Whether what was delivered elsewhere has come to the first message that is held."""
        last = self.slot.last
        if not self.messages or last is None:
            return False
        reached, first = order_of(last), order_of(self.first)
        if reached is not None and first is not None and reached[0] == first[0]:
            return reached[1] >= first[1]
        return bool(last == self.first or last == self.slot.read(self.messages[-1]))

    def news(self) -> list[bytes]:
        """What of it has not been delivered elsewhere."""
        messages, last = self.messages, self.slot.last
        if last is None:
            return messages
        events = [self.slot.read(message) for message in messages]
        for index in range(len(events) - 1, -1, -1):
            if events[index] == last:
                return messages[index + 1 :]
        reached = order_of(last)
        return [m for m, event in zip(messages, events, strict=True) if not _is_past(order_of(event), reached)]


def _is_past(order: Order | None, reached: Order | None) -> bool:
    return order is not None and reached is not None and order[0] == reached[0] and order[1] <= reached[1]


class StreamConnection(Connection):
    """One socket of combined streams."""

    frames: int

    def __init__(self, manager: Manager, name: str, *, slowdown: int = 1) -> None:
        super().__init__(manager, name)
        self.routes: Final = Routes()
        """What takes events, by how their messages begin."""
        self.carried: dict[str, Slot] = {}
        """The streams whose messages go straight to their slot."""
        self.held: dict[str, Held] = {}
        """The streams whose messages wait."""
        self._behind: set[str] = set()
        """Those among the carried whose next messages another connection may have delivered already."""
        self.holding = True
        """Whether new streams are held: until the connection carries what it was opened for."""
        self.acked: set[str] = set()
        """What the exchange has said it is subscribed to."""
        self.aligning: Final = asyncio.Lock()
        """One at a time changes the subscriptions."""
        self.unrouted: int = 0
        self._spacing = SPACING * manager.timings.send_interval * slowdown
        self._next_place = float("-inf")
        self._turn = asyncio.Lock()

    # What arrives

    def on_message(self, data: bytes) -> None:
        """One message, of a driver that does not look at `routes` itself or does not find it there."""
        self.frames += 1
        found = self.routes.find(data)
        if found is None:
            self._unusual(data)
        else:
            take, event = found
            take(event)

    def on_routed(self, count: int) -> None:
        """A driver has given so many events to their takers."""
        self.frames += count

    def _unusual(self, data: bytes) -> None:
        try:
            head = _head.decode(data)
        except UNREADABLE:
            self._unreadable(data)
            return
        take = self.routes.get(beginning_of(head.stream)) if head.stream is not None else None
        if take is not None:
            take(bytes(head.data) or data)
        elif head.announces_shutdown:
            log.info("the exchange announced its shutdown on %s", self.name)
            self.shutdown_notice.set()
        elif head.id is not None:
            self.answer(head.id, head)
        else:
            self.unrouted += 1
            log.info("a message of %d bytes for nobody on %s", len(data), self.name)

    def _unreadable(self, data: bytes) -> None:
        """What is no JSON belongs to its stream, if it names one."""
        name, quote, _ = data.removeprefix(BEFORE_NAME).partition(b'"')
        take = self.routes.get(BEFORE_NAME + name + BEHIND_NAME)
        if take is not None and quote and data.startswith(BEFORE_NAME):
            take(data)
            return
        self.unrouted += 1
        log.warning("unreadable message of %d bytes on %s", len(data), self.name)

    # Where it goes

    def place(self, slot: Slot) -> None:
        """Let the messages of a stream reach its slot, now or when the connection carries."""
        if not self.holding:
            self.carry(slot)
            return
        held = self.held.get(slot.name)
        if held is None or held.slot is not slot:
            held = self.held[slot.name] = Held(slot, self.manager.clock.monotonic, self._held_too_much)
        self.routes[slot.key] = held.take

    def carry(self, slot: Slot) -> None:
        """Let the messages of a stream go straight to its slot, after those that were held."""
        held = self.held.pop(slot.name, None)
        self.carried[slot.name] = slot
        self.routes[slot.key] = slot.route
        if held is None:
            return
        news = held.news()
        if not news:  # another connection has delivered all of it, and perhaps more that is yet to come here
            self._behind.add(slot.name)
            self.routes[slot.key] = self._catching_up(slot)
        for message in news:
            slot.route(message)

    def _catching_up(self, slot: Slot) -> Callable[[bytes], None]:
        reached = order_of(slot.last)

        def take(message: bytes) -> None:
            if not _is_past(order_of(slot.read(message)), reached):
                self._behind.discard(slot.name)
                self.routes[slot.key] = slot.route
                slot.route(message)

        return take

    def reroute(self, slot: Slot) -> None:
        """The slot has another route now."""
        if self.carried.get(slot.name) is slot and slot.name not in self._behind:
            self.routes[slot.key] = slot.route

    def take_over(self, slot: Slot, route: Callable[[bytes], None]) -> None:
        """Another connection takes this stream over; its messages go there."""
        self.carried.pop(slot.name, None)
        self._behind.discard(slot.name)
        self.routes[slot.key] = route

    def forget(self, slot: Slot) -> None:
        """Nobody wants this stream; what still comes goes nowhere."""
        self.held.pop(slot.name, None)
        self.take_over(slot, ignore)

    def prune(self) -> None:
        """Drop the routes of streams that it is no longer subscribed to."""
        subscribed = {beginning_of(name) for name in self.acked}
        for key in [key for key, route in self.routes.items() if route is ignore and key not in subscribed]:
            del self.routes[key]

    def _held_too_much(self) -> None:
        self.abort("too many events were held before it carried them")

    # What we send

    async def ping(self) -> None:
        """Send a ping in its place."""
        await self._wait_for_place()
        await super().ping()

    async def _wait_for_place(self) -> None:
        clock = self.manager.clock
        now = clock.monotonic()
        start = max(now, self._next_place)
        self._next_place = start + self._spacing
        if start > now:
            await clock.sleep(start - now)

    async def control(self, method: str, params: list[str] | None = None) -> bytes:
        """Send a control request in its place and wait for its result.

        Raises `SubscriptionRefused` for an error reply and `Disconnected` when none comes.
        """
        request_id = self.next_id()
        request: dict[str, Any] = {"method": method, "id": request_id}
        if params is not None:
            request["params"] = params
        async with self._turn:
            await self._wait_for_place()
            self.send(msgspec.json.encode(request))
            future = self.expect(request_id)
        head: _Head = await self.reply(request_id, future, self.manager.timings.ack)
        if bytes(head.error) or head.code is not None:
            raise _refusal(head)
        return bytes(head.result)

    async def subscribed(self) -> set[str]:
        """What the exchange says this connection is subscribed to. Raises as `control` does."""
        result = await self.control("LIST_SUBSCRIPTIONS")
        try:
            return set(msgspec.json.decode(result, type=list[str]))
        except UNREADABLE:
            raise Disconnected("the list of subscriptions is unreadable") from None


def _refusal(head: _Head) -> SubscriptionRefused:
    code, text = head.code or 0, head.msg
    try:
        said = msgspec.json.decode(head.error, type=_ControlError) if bytes(head.error) else None
    except UNREADABLE:
        said = _ControlError(msg=bytes(head.error)[:120].decode(errors="replace"))
    if said is not None:
        code, text = said.code, said.msg
    return SubscriptionRefused(f"the exchange refused: {code} {text}", code=code)


def ignore(message: bytes) -> None:
    """What still comes of a stream that has moved or ended."""


def first_chunk(names: Iterable[str]) -> list[str]:
    """As many names as fit into one request."""
    chunk: list[str] = []
    left = CHUNK_BYTES - _AROUND_NAMES
    for name in names:
        left -= len(name.encode()) + 3
        if chunk and left < 0:
            break
        chunk.append(name)
    return chunk
