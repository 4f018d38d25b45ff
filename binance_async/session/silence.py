"""Open but silent: finding a stream that has gone mute on a connection that lives.

Pings say that the connection lives, and nothing of its streams. A symbol without trades is silent too, and no error. So
each stream's rhythm is learned on each connection: the longest pause between its events, slowly forgotten. When a
stream that used to flow is silent for three times that long, and for some seconds at least, it is looked into:

1. Is it still subscribed? If the exchange does not list it, it is subscribed to again, and a `Gap` is announced.
2. Has something happened at the exchange that the stream should have told? One small REST call says so: a newer trade,
   another best price, a newer state of the book. If nothing has, the symbol is quiet; it is not looked into again
   before twice the silence. Of streams that tell other things (block trades, reference prices, names that nobody
   declared) nothing can be asked, so they end here too.
3. Something has happened, and when the stream would have had to tell it there is still no event: the stream is mute. It
   is unsubscribed and subscribed to again, and a `Gap` is announced.
4. It is still mute after that. The connection is given up as one, like any other outage.

The least silence and the wait of step 3 are such that a stream of many events a second is found within 5 s.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from binance_async.core.endpoint import Bound
from binance_async.core.events import GapCause
from binance_async.errors import BinanceError
from binance_async.net.seams import Disconnected
from binance_async.session.feed import Slot, id_of, time_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from binance_async.session.market import Shard
    from binance_async.session.stream_connection import StreamConnection

log: Final = logging.getLogger("binance_async.silence")

LEAST_EVENTS = 20
"""A rhythm is known after so many events."""
LOOK_EVERY = 0.5
LEAST_SILENCE = 3.4
TIMES = 3.0
FORGETTING = 0.99
AT_ONCE = 1.0
"""By when a stream that tells things as they happen must have told them."""
SOON = 3.0
"""And one that speaks every second or two."""

_IMMEDIATE = ("trade", "aggTrade", "bookTicker")
_OF_TRADES = ("trade", "aggTrade", "kline_", "miniTicker", "ticker", "avgPrice")
_OF_THE_BOOK = ("depth", "bookTicker")


class Rhythm:
    """How often a stream speaks."""

    __slots__ = ("_heard", "_longest_pause", "_patience", "_quiet_since", "_received", "baseline")

    def __init__(self, received: int, now: float) -> None:
        self._heard = 0
        self._longest_pause = 0.0
        self.resume(received, now)

    def resume(self, received: int, now: float) -> None:
        """Go on after an interruption, which was no pause of the stream's."""
        self._received = received
        self._spoke(now)

    def _spoke(self, now: float) -> None:
        self._quiet_since = now
        self._patience = 1.0
        self.baseline: Any = None
        """What the exchange's state was when the stream was subscribed to again in this silence."""

    def look(self, received: int, now: float) -> None:
        """Take in the count so far."""
        if received == self._received:
            return
        if self._heard:
            self._longest_pause = max(self._longest_pause * FORGETTING, now - self._quiet_since)
        self._heard += received - self._received
        self._received = received
        self._spoke(now)

    def suspicious(self, now: float, least: float) -> bool:
        """Whether the silence is unlike this stream."""
        silence = now - self._quiet_since
        return self._heard >= LEAST_EVENTS and silence > self._patience * max(TIMES * self._longest_pause, least)

    def looked_into(self) -> None:
        """It is not suspicious again before twice the silence."""
        self._patience *= 2


class SilenceWatch:
    """Watches the streams of one shard."""

    def __init__(self, shard: Shard) -> None:
        self.shard = shard
        self.probes: int = 0
        self.mute: int = 0
        self._rhythms: dict[Slot, Rhythm] = {}

    async def run(self, connection: StreamConnection) -> None:
        """Look at all streams twice a second, for as long as the connection lives."""
        clock, unit = self.shard.manager.clock, self.shard.manager.timings.unit
        self._begin(clock.monotonic())
        while not connection.closed.done():
            await clock.sleep(LOOK_EVERY * unit)
            now, known = clock.monotonic(), self._rhythms
            slots = self.shard.slots.values()
            self._rhythms = {slot: known.get(slot) or Rhythm(slot.received, now) for slot in slots}
            for slot, rhythm in self._rhythms.items():
                rhythm.look(slot.received, now)
            suspects = (each for each in self._rhythms.items() if each[1].suspicious(now, LEAST_SILENCE * unit))
            slot_and_rhythm = next(suspects, None)
            if slot_and_rhythm is not None:  # one at a time: a look takes messages and weight
                await self._look_into(connection, *slot_and_rhythm)

    def _begin(self, now: float) -> None:
        """Keep what was learned, so that a stream which is mute from the first moment on is found too.

        Of streams of all symbols nothing can be asked: they have to speak on each connection before they are missed, or
        a halt of the exchange would let one connection follow the other.
        """
        self._rhythms = {slot: rhythm for slot, rhythm in self._rhythms.items() if not slot.name.startswith("!")}
        for slot, rhythm in self._rhythms.items():
            rhythm.resume(slot.received, now)

    async def _look_into(self, connection: StreamConnection, slot: Slot, rhythm: Rhythm) -> None:
        rhythm.looked_into()
        self.probes += 1
        log.info("%s: %s is silent, looking into it", connection.name, slot.name)
        try:
            believed = await connection.subscribed()
            gone = [each for each in self.shard.slots.values() if each.name in connection.acked - believed]
            if gone:
                await self.shard.subscribe_again(connection, gone, GapCause.RESUBSCRIBED)
                return
            state = await self._state_of(slot)
            if _is_news(state, rhythm.baseline if rhythm.baseline is not None else _told_by(slot)):
                await self._mend(connection, slot, rhythm, state)
        except (BinanceError, Disconnected) as error:
            log.info("%s: %s could not be looked into: %s", connection.name, slot.name, error)

    async def _mend(self, connection: StreamConnection, slot: Slot, rhythm: Rhythm, state: Any) -> None:
        """Give the stream its time to tell the news; if it does not, it is mute."""
        shard, before = self.shard, slot.received
        clock, unit = shard.manager.clock, shard.manager.timings.unit
        await clock.sleep((AT_ONCE if _kind(slot) in _IMMEDIATE else SOON) * unit)
        if slot.received != before or connection.closed.done() or shard.slots.get(slot.name) is not slot:
            return
        self.mute += 1
        if rhythm.baseline is None:
            rhythm.baseline = state
            await connection.control("UNSUBSCRIBE", [slot.name])
            await shard.subscribe_again(connection, [slot], GapCause.SILENT)
        else:
            shard.cause = GapCause.SILENT
            connection.abort(f"the stream {slot.name} is mute")

    async def _state_of(self, slot: Slot) -> Any:
        """What the exchange has now of what the stream tells; None if that cannot be asked."""
        hub, symbol, kind, last = self.shard.hub, slot.name.partition("@")[0], _kind(slot), slot.last
        if symbol.startswith("!"):
            return [hub.now_ms()]  # among all symbols something always happens
        if kind.startswith(_OF_THE_BOOK):
            book = await hub.ask(hub.kit.depth, Bound(symbol=symbol.upper(), limit=5))
            if hasattr(last, "bid_price"):  # the best prices need not change with the book
                return _numbers([*book.bids[:1], *book.asks[:1]])
            if hasattr(last, "last_update_id"):  # nor the best levels
                return _numbers([*book.bids, *book.asks])
            return int(book.last_update_id)
        if kind.startswith(_OF_TRADES):
            trades: list[Any] = await hub.ask(hub.kit.agg_trades, Bound(symbol=symbol.upper(), limit=1))
            return time_of(trades[-1]) if trades else None
        return None


def _told_by(slot: Slot) -> Any:
    """The same as its last event told it; None if it does not tell."""
    last = slot.last
    if hasattr(last, "bid_price"):
        return _numbers([(last.bid_price, last.bid_qty), (last.ask_price, last.ask_qty)])
    if hasattr(last, "last_update_id"):
        return _numbers([*last.bids[:5], *last.asks[:5]])
    return id_of(last) if _kind(slot).startswith(_OF_THE_BOOK) else time_of(last)


def _is_news(state: Any, told: Any) -> bool:
    if state is None or told is None:
        return False
    return bool(state != told if isinstance(state, list) else state > told)


def _kind(slot: Slot) -> str:
    return slot.name.partition("@")[2]


def _numbers(levels: Iterable[tuple[Any, Any]]) -> list[tuple[float, float]]:
    """Levels in whatever numbers they were asked for, comparable."""
    return [(float(price), float(quantity)) for price, quantity in levels]
