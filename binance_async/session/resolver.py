"""Finding out what became of a write whose answer was lost.

The exchange gives no way to send an order safely twice: `newClientOrderId` is unique among open orders only, so a
repeated MARKET order buys twice. What can be done is to look. But looking too early lies: "order does not exist"
(-2013) while the order is still on its way is no answer. So the resolver waits for one of two proofs.

* Its work is seen: by a query (`proofs`), or by an event of the user stream, which is a proof by itself and makes the
  next look come at once. An order of an earlier time under the same id is not taken for it (`write`).
* The fence has passed. A request carries a timestamp and a recvWindow, and the exchange checks both again just before
  the matching engine. After `timestamp + recvWindow + 10 s (the exchange's own time-out) + 2 s` it should no longer
  enter. Since what REST tells may be seconds old, looks go on for `settle` after the fence, a second apart; when all of
  them find nothing, and they are two at least, the write ends in `AbsentAfterFence`.

    lost ─► look ─► 0.2 s ─► look ─► 0.4 s ─► ... 8 s ─► look │ fence │ look ─► 1 s ─► look ─► ... settle ─► absent
              └─ seen: the reply, or what is known otherwise            └─ nobody answers for a minute: left unknown

Absent is not rejected: delay inside the matching engine is not covered. So the id of such an order is kept as a
tombstone for a day, and if the order appears after all, an alarm is raised: by an event at once; without a user stream
by looks that come ever less often, each when twice as much time has passed as at the one before. Who places an order
under the id again takes the tombstone away.

Nothing is ever sent again by itself. What cannot be proved ends in the `OutcomeUnknown` that it began with.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from binance_async.core import decoding
from binance_async.errors import AbsentAfterFence, BinanceError, OutcomeUnknown, PartlyAccepted, Rejected
from binance_async.session.proofs import PROOFS, Proof, Queries, Unknowable, Unseen
from binance_async.session.write import Write, event_keys

if TYPE_CHECKING:
    from binance_async.session.family import Kit
    from binance_async.session.manager import Manager
    from binance_async.timings import Timings

log: Final = logging.getLogger("binance_async.resolver")

LEAST_LOOKS: Final = 10
"""So many looks after the fence before the search is given up: a minute for which our own loop stood still is none."""
TOMBSTONE: Final = 86_400.0
MOST_TOMBSTONES: Final = 10_000
FIRST_VISIT: Final = 8.0
_JUST_AFTER: Final = 0.01
TURNS: Final = 100
"""After so many turns of the loop whoever waited for an answer has been told that there is none."""


class Schedule:
    """When to look for a write, and when to stop. The picture at the top of the module."""

    __slots__ = ("_asked_at", "_fence", "_give_up_at", "_late_looks", "_misses", "_pause", "_timings")

    def __init__(self, fence: float, timings: Timings) -> None:
        self._fence = fence
        self._timings = timings
        self._pause = timings.resolve_first
        self._asked_at = 0.0
        self._give_up_at = math.inf
        self._late_looks = 0
        self._misses = 0

    @property
    def _late(self) -> bool:
        return self._asked_at >= self._fence

    def looks(self, now: float) -> None:
        """A look begins."""
        self._asked_at = now
        if self._late:
            self._late_looks += 1
            if self._late_looks == 1:
                self._give_up_at = now + self._timings.resolve_give_up

    @property
    def not_before(self) -> float:
        """However many events come, the next look does not begin earlier."""
        return self._asked_at + self._timings.resolve_first

    @property
    def hopeless(self) -> bool:
        """Whether looks have told nothing for so long that the search is given up."""
        return self._asked_at > self._give_up_at and self._late_looks >= LEAST_LOOKS

    def wait(self, now: float, *, told: bool) -> float | None:
        """Seconds to the next look after one that did not see it; None if it can be there no more.

        `told`: whether the look told that it is not there. One that told nothing is repeated sooner.
        """
        unit, pause = self._timings.unit, self._pause
        self._pause = min(2 * pause, self._timings.resolve_last)
        if not self._late:
            to_fence = self._fence - now
            if to_fence >= pause:
                return pause
            self._pause = self._timings.resolve_first
            return max(0.0, to_fence) + _JUST_AFTER * unit
        self._misses += told
        if self._misses > 1 and self._asked_at >= self._fence + self._timings.settle:
            return None
        return unit if told else min(pause, unit)


@dataclass(slots=True)
class Tombstone:
    """An order that was given up as absent."""

    proof: Proof
    since: float
    next_visit: float


class Resolver:
    """Resolves the lost outcomes of one family, for the whole client."""

    def __init__(self, manager: Manager, kit: Kit) -> None:
        self.manager = manager
        self.kit = kit
        self.unknown: int = 0
        """Writes whose answer was lost. Each ends in one of the next three."""
        self.resolved: int = 0
        self.absent: int = 0
        self.unresolved: int = 0
        self.alarms: int = 0
        self.under_way: set[Write] = set()
        """Writes that somebody waits for."""
        self.left: list[OutcomeUnknown] = []
        """What was still to be found out when the client was closed."""
        self._watched: dict[Any, list[Write]] = {}
        self._listeners: dict[int, Any] = {}
        self._tombstones: OrderedDict[str, Tombstone] = OrderedDict()
        self._watchman: asyncio.Task[None] | None = None

    # What the user stream tells

    def listen(self, user_data: Any) -> None:
        """User data that wants to know which symbols this client trades."""
        self._listeners[id(user_data)] = user_data

    def stop_listening(self, user_data: Any) -> None:
        """No longer."""
        self._listeners.pop(id(user_data), None)

    def saw(self, event: Any) -> None:
        """An event of the account: perhaps of an order that is being looked for, or of one that was given up."""
        if not self._watched and not self._tombstones:
            return
        told: list[Write] = []
        for key in event_keys(event):
            told += [write for write in self._watched.get(key, ()) if write not in told]
            if isinstance(key, str) and (tombstone := self._tombstones.get(key)) is not None:
                self._appeared(key, tombstone, getattr(event, "order_time", None))
        for write in told:
            write.note(event)

    def begin(self, write: Write) -> None:
        """Somebody waits for it. To be ended by `end`."""
        self.under_way.add(write)
        self._watch(write)

    def end(self, write: Write) -> None:
        """Nobody waits for it any more."""
        self.under_way.discard(write)
        self._unwatch(write)

    def _watch(self, write: Write) -> None:
        """Know of the write before its first byte is sent, for events may come before the reply."""
        bound = write.bound
        if self._listeners and isinstance(symbol := bound.get("symbol"), str):
            for user_data in self._listeners.values():
                user_data.state.symbols.add(symbol)
        if write.endpoint.resolve is None:
            return
        write.watched = tuple(write.keys())
        for key in write.watched:
            self._watched.setdefault(key, []).append(write)
        if self._tombstones and write.client_order_id is not None:
            self._tombstones.pop(write.client_order_id, None)

    def _unwatch(self, write: Write) -> None:
        if write.endpoint.resolve is None:
            return
        for key in write.watched:
            watching = self._watched[key]
            watching.remove(write)
            if not watching:
                del self._watched[key]

    # Resolving

    async def resolve(self, write: Write, error: OutcomeUnknown) -> Any:
        """What the call would have answered, or an error that says what is known. Outlives a cancelled caller."""
        self.unknown += 1
        if not self._can_resolve(write):
            self.unresolved += 1
            raise error
        log.warning("%s: the outcome is unknown (%s); looking for it", write.endpoint.name, error.message)
        search = self._start(write, error)
        try:
            return await asyncio.shield(search)
        except asyncio.CancelledError:
            if not search.done():  # nobody waits for it any more
                search.add_done_callback(lambda search: self._ended(search, error))
            raise

    def abandoned(self, write: Write) -> None:
        """The caller was cancelled while its write was under way: find out all the same, for the log and the events."""
        error = OutcomeUnknown(
            "the caller was cancelled", call=write.endpoint.name, client_order_id=write.client_order_id
        )
        if self.manager.closed:
            self.left.append(error)
        elif self._can_resolve(write):
            self.unknown += 1
            self._start(write, error).add_done_callback(lambda search: self._ended(search, error))

    def _ended(self, search: asyncio.Task[Any], error: OutcomeUnknown) -> None:
        """A search that nobody waited for has ended."""
        if search.cancelled():
            self.left.append(error)  # by the closing of the client
        elif (failure := search.exception()) is not None:
            log.warning("an abandoned call ended: %s", failure)

    async def leave(self) -> list[OutcomeUnknown]:
        """After everything was closed: what is still unknown, once those who wait for it have been told."""
        for _ in range(TURNS):
            if not self.under_way:
                break
            await asyncio.sleep(0)
        stuck = "the client was closed before the answer came"
        return self.left + [
            OutcomeUnknown(stuck, call=write.endpoint.name, client_order_id=write.client_order_id)
            for write in self.under_way
        ]

    def _can_resolve(self, write: Write) -> bool:
        return self.manager.resolve_outcomes and write.endpoint.resolve in PROOFS

    def _start(self, write: Write, error: OutcomeUnknown) -> asyncio.Task[Any]:
        return self.manager.spawn(self._run(write, error), name=f"{write.endpoint.name}: resolving")

    async def _run(self, write: Write, error: OutcomeUnknown) -> Any:
        proof = PROOFS[str(write.endpoint.resolve)](Queries(self.manager, self.kit, write))
        failure: BinanceError
        self._watch(write)
        try:
            reply = await self._seen(write, proof)
            value = write.endpoint.decoder.decode(decoding.encode(reply))
        except (Rejected, PartlyAccepted):
            self.resolved += 1
            raise
        except (Unknowable, *decoding.FAILURES) as last:
            self.unresolved += 1
            failure = _still_unknown(error, str(last))
        except _Missing:
            failure = self._given_up(write, proof)
        else:
            self.resolved += 1
            log.info("%s: the lost outcome was found", write.endpoint.name)
            return value
        finally:
            self._unwatch(write)
        raise failure

    async def _seen(self, write: Write, proof: Proof) -> Any:
        """Look until the work of the write is seen. Raises `_Missing` when it can be there no more."""
        clock = self.manager.clock
        schedule = Schedule(write.fence(self.manager.timings), self.manager.timings)
        while True:
            schedule.looks(clock.monotonic())
            write.seen.clear()
            told = False
            try:
                reply = await proof.look()
                if reply is not None:
                    return reply
                told = True
            except Unseen as error:
                if schedule.hopeless:
                    raise Unknowable(f"it could not be looked up either: {error}") from None
                log.info("%s: could not be looked up yet: %s", write.endpoint.name, error)
            wait = schedule.wait(clock.monotonic(), told=told)
            if wait is None:
                raise _Missing
            await self._pause(write, wait, schedule.not_before)

    async def _pause(self, write: Write, seconds: float, not_before: float) -> None:
        """Wait so long, or until an event is about the write; however many there are, not before a certain time."""
        clock = self.manager.clock
        seen = asyncio.ensure_future(write.seen.wait())
        slept = asyncio.ensure_future(clock.sleep(seconds))
        try:
            await asyncio.wait({seen, slept}, return_when=asyncio.FIRST_COMPLETED)
            if not slept.done() and clock.monotonic() < not_before:
                await clock.sleep(not_before - clock.monotonic())
        finally:
            seen.cancel()
            slept.cancel()

    def _given_up(self, write: Write, proof: Proof) -> BinanceError:
        verdict = proof.missing()
        if isinstance(verdict, AbsentAfterFence):
            self.absent += 1
        elif isinstance(verdict, OutcomeUnknown):
            self.unresolved += 1
        else:
            self.resolved += 1
        late_comer = proof.late_comer()
        if late_comer is not None and write.client_order_id is not None:
            self._bury(write.client_order_id, late_comer)
        return verdict

    # Tombstones

    def _bury(self, client_order_id: str, proof: Proof) -> None:
        now, unit = self.manager.clock.monotonic(), self.manager.timings.unit
        self._tombstones[client_order_id] = Tombstone(proof, now, now + FIRST_VISIT * unit)
        if len(self._tombstones) > MOST_TOMBSTONES:
            self._tombstones.popitem(last=False)
        if self._watchman is None or self._watchman.done():
            self._watchman = self.manager.spawn(self._visits(), name=f"{self.kit.family}: absent orders")

    def _appeared(self, client_order_id: str, tombstone: Tombstone, order_time: int | None) -> None:
        if order_time is not None and not tombstone.proof.write.made(order_time):
            return  # an older order of the same id
        del self._tombstones[client_order_id]
        self.alarms += 1
        self.manager.alarm(f"an order that was given up as absent has appeared: {client_order_id}")

    async def _visits(self) -> None:
        """Look for those that were given up. Ends when there are none."""
        clock = self.manager.clock
        while self._tombstones:
            await clock.sleep(max(0.0, min(t.next_visit for t in self._tombstones.values()) - clock.monotonic()))
            now = clock.monotonic()
            for client_order_id, tombstone in list(self._tombstones.items()):
                if now >= tombstone.next_visit:
                    await self._visit(client_order_id, tombstone)

    async def _visit(self, client_order_id: str, tombstone: Tombstone) -> None:
        now, unit = self.manager.clock.monotonic(), self.manager.timings.unit
        end = tombstone.since + TOMBSTONE * unit
        found, over = None, now >= end
        try:
            found = await tombstone.proof.look()
            tombstone.next_visit = min(2 * now - tombstone.since, end)
        except (Unseen, Unknowable):
            tombstone.next_visit = now + FIRST_VISIT * unit
        except Rejected:
            over = True  # it came, and the matching engine refused it
        if self._tombstones.get(client_order_id) is not tombstone:
            return
        if found is not None:
            self._appeared(client_order_id, tombstone, None)
        elif over:
            del self._tombstones[client_order_id]


class _Missing(Exception):
    """Its work is not to be seen, and can no longer come."""


def _still_unknown(error: OutcomeUnknown, why: str) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"{error.message}; {why}",
        call=error.call,
        status=error.status,
        code=error.code,
        client_order_id=error.client_order_id,
    )
