"""Moving streams from one connection to its successor, without a hole and without a double.

Both connections are subscribed to the same streams, and both send the same events with some delay between them. What
the successor sends is held. For each stream, as soon as the old connection has delivered the first of the held events
itself, or a later one, the two have joined: what is held beyond that is delivered, from there on the stream is the
successor's, and what the old connection still sends of it goes nowhere. Either may be ahead of the other; a successor
that is behind is not heard until it comes to what was not delivered yet.

    old         ... e4  e5  e6                   old         ... e4  e5  e6  e7
    successor           (e5  e6  e7)             successor           (e5)            e6  e7  e8
    delivered   ... e4  e5 | e6  e7              delivered   ... e4  e5  e6  e7  |           e8

The old connection may itself be behind the one before it, when hand-overs follow each other closely: then what it still
says of what was delivered already goes nowhere either.

A stream that is silent on both sides has nothing to join, and moves when the overlap ends. A stream is *torn* if the
old connection ends before the two have joined, or if it has not come to the successor's first event although it had
time for it: then it was mute or late, and something may lie between what was delivered and what is held. Torn streams,
and only those, have a gap.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from binance_async.session.connection import first_of
from binance_async.session.feed import order_of
from binance_async.session.stream_connection import ignore

if TYPE_CHECKING:
    from collections.abc import Callable

    from binance_async.net.seams import Clock
    from binance_async.session.feed import Order, Slot
    from binance_async.session.stream_connection import Held, StreamConnection

TIME_TO_FOLLOW = 1.0
"""Seconds after which the old connection must have come to the successor's first event."""


def is_past(order: Order | None, reached: Order) -> bool:
    """Whether an event is none beyond another; events that cannot be compared are."""
    return order is not None and order[0] == reached[0] and order[1] <= reached[1]


class HandOver:
    """One hand-over of all streams that the successor holds."""

    def __init__(self, old: StreamConnection, new: StreamConnection, clock: Clock, unit: float) -> None:
        self._old = old
        self._new = new
        self._clock = clock
        self._time_to_follow = TIME_TO_FOLLOW * unit
        self._done = asyncio.get_running_loop().create_future()

    async def run(self, overlap: float) -> list[Slot]:
        """Move every stream; the torn ones. Those still wait for `move_rest`, so that their gap can be told first."""
        for held in list(self._new.held.values()):
            if held.slot.name not in self._old.acked:
                self._move(held)  # the old connection never had it
                continue
            held.watch = self._look
            self._old.take_over(held.slot, self._watched(held))
            self._look(held)
        self._look_for_end()
        try:
            async with asyncio.timeout(overlap):
                await first_of(self._done, self._old.closed, self._new.closed)
        except TimeoutError:
            pass  # the streams that are left were silent on one side
        return [held.slot for held in self._new.held.values() if self._is_torn(held)]

    def move_rest(self) -> None:
        """Move what has not joined."""
        self._new.holding = False
        for held in list(self._new.held.values()):
            self._move(held)

    def _watched(self, held: Held) -> Callable[[bytes], None]:
        """What takes the old connection's messages: delivers them as ever, and looks."""
        slot = held.slot
        catching_up = self._old.routes.get(slot.key) != slot.route
        reached = order_of(slot.last) if catching_up else None

        def take(message: bytes) -> None:
            nonlocal reached
            if reached is not None and is_past(order_of(slot.read(message)), reached):
                return
            reached = None
            slot.route(message)
            self._look(held)

        return take

    def _look(self, held: Held) -> None:
        if held.joins and self._new.held.get(held.slot.name) is held:
            self._move(held)
            self._look_for_end()

    def _look_for_end(self) -> None:
        if not self._new.held and not self._done.done():
            self._done.set_result(None)

    def _move(self, held: Held) -> None:
        self._old.take_over(held.slot, ignore)
        self._new.carry(held.slot)

    def _is_torn(self, held: Held) -> bool:
        if self._old.closed.done():
            return True
        return bool(held.messages) and self._clock.monotonic() - held.first_at > self._time_to_follow
