"""Open but silent: finding a stream that has gone mute on a connection that lives.

Pings say that the connection lives, and nothing of its streams. A symbol without trades is silent too, and no error. So
each stream's rhythm is learned: the longest pause between its events, slowly forgotten. When a stream that used to
flow is silent for three times that long (and at least 5 s), it is looked into:

1. Is it still subscribed? If the exchange does not list it, it is subscribed to again, and a `Gap` is announced.
2. Has something happened at the exchange? One small REST call tells: a newer trade, or a newer state of the book. If
   nothing has, the symbol is quiet; this stream is not looked into again before twice the silence.
3. Something has happened, and a second later there is still no event: the stream is mute. The connection is given up
   as one, like any other outage.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from binance_async.core.endpoint import Bound
from binance_async.core.events import GapCause
from binance_async.errors import BinanceError
from binance_async.net.seams import Disconnected

if TYPE_CHECKING:
    from binance_async.session.market import Shard, Slot, StreamConnection

log = logging.getLogger("binance_async.silence")

LEAST_EVENTS = 20
"""A rhythm is known after so many events."""
LEAST_SILENCE = 5.0
TIMES = 3.0
FORGETTING = 0.99


class Rhythm:
    """How often a stream speaks."""

    __slots__ = ("longest_pause", "patience", "seen", "since")

    def __init__(self, now: float) -> None:
        self.seen = 0
        self.since = now
        self.longest_pause = 0.0
        self.patience = 1.0

    def look(self, received: int, now: float) -> float:
        """Take in the count so far; for how long the stream has been silent."""
        if received != self.seen:
            events = received - self.seen
            self.longest_pause = max(self.longest_pause * FORGETTING, (now - self.since) / events)
            self.seen, self.since, self.patience = received, now, 1.0
            return 0.0
        return now - self.since

    def suspicious(self, silence: float, least: float) -> bool:
        """Whether a silence is unlike this stream."""
        return self.seen >= LEAST_EVENTS and silence > self.patience * max(TIMES * self.longest_pause, least)


class SilenceWatch:
    """Watches the streams of one shard."""

    def __init__(self, shard: Shard) -> None:
        self.shard = shard
        self.probes = 0
        self.mute = 0
        self._rhythms: dict[str, Rhythm] = {}

    async def run(self, connection: StreamConnection) -> None:
        """Look at all streams every second, for as long as the connection lives."""
        clock, unit = self.shard.manager.clock, self.shard.manager.timings.unit
        self._rhythms.clear()
        while not connection.closed.done():
            await clock.sleep(unit)
            now = clock.monotonic()
            for name, slot in list(self.shard.slots.items()):
                rhythm = self._rhythms.setdefault(name, Rhythm(now))
                silence = rhythm.look(slot.received, now)
                if rhythm.suspicious(silence, LEAST_SILENCE * unit):
                    rhythm.patience *= 2
                    try:
                        await self._look_into(connection, slot)
                    except (BinanceError, Disconnected) as error:
                        log.info("%s: %s could not be looked into: %s", connection.name, name, error)
                    break  # one at a time: a look takes messages and weight

    async def _look_into(self, connection: StreamConnection, slot: Slot) -> None:
        self.probes += 1
        before = slot.received
        log.info("%s: %s is silent, looking into it", connection.name, slot.name)
        if slot.name not in await connection.subscribed():
            await self.shard.subscribe(connection, [slot.name])
            self.shard.announce([slot], GapCause.RESUBSCRIBED)
            return
        if not await self._has_news(slot):
            return
        await self.shard.manager.clock.sleep(self.shard.manager.timings.unit)
        if slot.received == before and not connection.closed.done():
            self.mute += 1
            self.shard.cause = GapCause.SILENT
            connection.abort(f"the stream {slot.name} is mute")

    async def _has_news(self, slot: Slot) -> bool:
        """Whether the exchange has something newer than the stream's last event."""
        hub, last = self.shard.hub, slot.last
        symbol, _, kind = slot.name.partition("@")
        if symbol.startswith("!"):
            return True  # streams of all symbols are never quiet
        if kind.startswith(("depth", "bookTicker")):
            book = await hub.ask(hub.kit.depth, Bound(symbol=symbol.upper(), limit=5))
            seen = getattr(last, "final_update_id", None) or getattr(last, "update_id", None) or last.last_update_id
            return bool(book.last_update_id > seen)
        trades: list[Any] = await hub.ask(hub.kit.agg_trades, Bound(symbol=symbol.upper(), limit=1))
        seen_at = getattr(last, "event_time", None)
        return bool(trades) and seen_at is not None and trades[-1].time > seen_at
