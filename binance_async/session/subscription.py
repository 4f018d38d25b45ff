"""What a consumer holds of a stream: a bounded queue with a stated policy, exact counters, and an end.

The reader of a socket never waits for a consumer. It pushes into this queue and goes on, so pongs are sent in time
and other consumers are served. When the consumer is slower than the stream, the queue reaches its bound, and the
policy says what happens then:

    drop_oldest   the oldest event makes room; before the consumer's next event comes one `Gap` that counts the loss
    conflate      at most one event a stream waits, always the newest; made for tickers and books' best prices
    fail          the subscription ends with `SlowConsumer`

A `Gap` stands between the last event before it and the first one after it, under each policy. It does not count against
the bound and is never dropped; where gaps would pile up because nobody reads them, neighbours are told as one.

`received = delivered + dropped + conflated + queued` holds at every moment.

**Short ways.** Nearly always an event is appended to a queue that is not full and taken from one that is not empty, so
both sides look closer only when there may be something to see, and know beforehand when that is. A push looks at the
bound and at the clock when the count has come to `_look_at`: a queue cannot reach its bound before so many events have
come as it has room for. The consumer takes `_plain` events without a look; what must come first, or cannot wait that
long (a drop, a gap that left the queue, an event whose waiting time is to be known), sets that number accordingly.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, Self, TypeAlias, TypeVar

from binance_async.core.events import Gap, GapCause
from binance_async.errors import InvalidArgument, SlowConsumer, StreamClosed
from binance_async.session.latency import SAMPLE_EVERY, Latency

if TYPE_CHECKING:
    from types import TracebackType

E = TypeVar("E")

Policy: TypeAlias = Literal["drop_oldest", "conflate", "fail"]

_MOST_GAPS = 1_000
"""So many wait side by side at most."""
_TURN_EVERY = 64
"""A consumer that is always behind still lets the loop read sockets after this many events."""
_SAMPLE_MASK = SAMPLE_EVERY - 1
_MOST_MARKS = 1_000


class Subscription(Generic[E], AsyncIterator[E]):
    """An asynchronous iterator over events, and a context manager that ends it."""

    def __init__(self, *, bound: int = 10_000, policy: Policy = "drop_oldest") -> None:
        if policy not in ("drop_oldest", "conflate", "fail"):
            raise InvalidArgument("policy takes drop_oldest, conflate or fail", argument="policy")
        if bound < 1:
            raise InvalidArgument("bound takes a number above 0", argument="bound")
        self.bound = bound
        self.policy: Policy = policy
        self._most_gaps = 1 if policy == "conflate" else min(bound, _MOST_GAPS)
        self.received: int = 0
        self.dropped: int = 0
        self.conflated: int = 0
        self.gaps: int = 0
        self._queue: deque[E] = deque()
        self._before_gap: dict[str, E] = {}
        """Under `conflate`: what waits, and came before the gap that waits."""
        self._latest: dict[str, E] = {}
        self._dropped_told = 0
        self._told_late: deque[E] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._error: BaseException | None = None
        self._ended = False
        self._look_at = 1
        """The count at which a push looks at the bound and at the clock."""
        self._plain = 0
        """So many events may be taken from the queue without a closer look."""
        self._unlooked = 0
        """As that number was when it was set."""
        self._until_turn = _TURN_EVERY
        self.wait: Final = Latency()
        """How long events waited for the consumer; every 64th is looked at."""
        self._marks: deque[tuple[int, float]] = deque(maxlen=_MOST_MARKS)

    # Counters

    @property
    def queued(self) -> int:
        """Events that wait for the consumer."""
        return len(self._queue) + len(self._latest) + len(self._before_gap) + len(self._told_late)

    @property
    def delivered(self) -> int:
        """Events that the consumer has had."""
        return self.received - self.dropped - self.conflated - self.queued

    def diagnostics(self) -> dict[str, Any]:
        """The counters, for `Binance.diagnostics()`."""
        return {
            "received": self.received,
            "delivered": self.delivered,
            "dropped": self.dropped,
            "conflated": self.conflated,
            "queued": self.queued,
            "gaps": self.gaps,
            "wait": self.wait.as_dict(),
        }

    # What the session does

    def pusher(self, stream: str) -> Callable[[E], None]:
        """The function that takes the events of one stream."""
        if self.policy != "conflate":
            return self._push

        def push(event: E) -> None:
            self.received += 1
            self.conflated += stream in self._latest
            self._latest[stream] = event
            if self._before_gap and self._before_gap.pop(stream, None) is not None:
                self.conflated += 1
            self._wake()

        return push

    def _push(self, event: E) -> None:
        received = self.received = self.received + 1
        self._queue.append(event)
        if self._waiter is not None:
            self._wake()
        if received >= self._look_at:
            self._look()

    def _look(self) -> None:
        """Look at the clock, if it is time for that, and at the bound; and when to look again."""
        received = self.received
        if not received & _SAMPLE_MASK:
            self._marks.append((received, asyncio.get_running_loop().time()))
        if len(self._queue) > self.bound:
            self._overflow()
        room = max(0, self.bound - len(self._queue))
        self._look_at = received + 1 + min(room, ~received & _SAMPLE_MASK)

    def _overflow(self) -> None:
        if self.policy == "fail":
            self.end(SlowConsumer(f"the consumer let {self.bound} events wait"))
            return
        self._plain = 0
        while len(self._queue) > self.bound:
            oldest = self._queue.popleft()
            if isinstance(oldest, Gap):
                self._append_gap(self._told_late, oldest)
            else:
                self.dropped += 1

    def tell(self, gap: Gap) -> None:
        """Announce what could not be seen."""
        self.gaps += 1
        self.received += 1
        self._before_gap |= self._latest
        self._latest.clear()
        self._append_gap(self._queue, gap)
        self._wake()

    def _append_gap(self, queue: deque[E], gap: Gap) -> None:
        before = queue[-1] if queue else None
        if isinstance(before, Gap) and len(queue) >= self._most_gaps:
            queue.pop()
            self.conflated += 1
            gap = _both(before, gap)
        queue.append(gap)  # type: ignore[arg-type]  # every subscription's events include Gap

    def interrupted(self, cause: str) -> None:
        """The connection of some of its streams was lost. A `Gap` follows when there is one again."""

    def withdrawn(self, stream: str) -> None:
        """The exchange does not serve one of its streams any more."""

    def end(self, error: BaseException | None = None) -> None:
        """No more events; what is queued is still delivered, then `error`, if there is one."""
        if not self._ended:
            self._ended = True
            self._error = error
            self._wake()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    # What the consumer does

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> E:
        queue = self._queue
        self._plain -= 1
        if queue and self._plain >= 0:
            return queue.popleft()
        if self._is_turn_due():
            await _turn()
        while True:
            if self._dropped_told != self.dropped:
                return self._told_of_drops()
            if self._told_late:
                return self._told_late.popleft()
            if self._before_gap:
                return self._before_gap.pop(next(iter(self._before_gap)))
            if queue:
                self._look_ahead()
                return queue.popleft()
            if self._latest:
                return self._latest.pop(next(iter(self._latest)))
            if self._ended:
                raise self._error or StopAsyncIteration
            await self._wait()
            self._until_turn = _TURN_EVERY

    def _is_turn_due(self) -> bool:
        """Whether so many events were taken, with or without a look, that the loop must turn."""
        self._until_turn -= self._unlooked - self._plain
        self._plain = self._unlooked = 0
        if self._until_turn > 0:
            return False
        self._until_turn = _TURN_EVERY
        return True

    def _look_ahead(self) -> None:
        """Look at the event that is taken now, and how many after it may be taken without."""
        number = self.received - self.queued + 1
        marks = self._marks
        while marks and marks[0][0] <= number:
            self.wait.add(asyncio.get_running_loop().time() - marks.popleft()[1])
        if self.policy != "conflate":  # there, other events may come to stand before the queue's
            self._plain = self._unlooked = min(self._until_turn - 1, ~number & _SAMPLE_MASK)

    async def next(self, timeout: float | None = None) -> E:
        """The next event. Raises `TimeoutError` when none comes in time and `StreamClosed` after the end."""
        try:
            async with asyncio.timeout(timeout):
                return await self.__anext__()
        except StopAsyncIteration:
            raise StreamClosed("the stream is closed") from None

    async def _wait(self) -> None:
        if self._waiter is not None:
            raise StreamClosed("two tasks iterate one subscription; open one for each")
        waiter = self._waiter = asyncio.get_running_loop().create_future()
        try:
            await waiter
        finally:
            if self._waiter is waiter:
                self._waiter = None

    def _told_of_drops(self) -> E:
        lost, self._dropped_told = self.dropped - self._dropped_told, self.dropped
        self.gaps += 1
        return Gap(streams=(), cause=GapCause.DROPPED, dropped=lost)  # type: ignore[return-value]  # as above

    async def close(self) -> None:
        """End the subscription. Idempotent."""
        self.end()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()


def _both(before: Gap, after: Gap) -> Gap:
    """Two gaps as one."""
    return Gap(
        streams=tuple(dict.fromkeys((*before.streams, *after.streams))),
        cause=after.cause,
        from_time=before.from_time,
        to_time=after.to_time,
        from_id=before.from_id if before.streams == after.streams else None,
        reconciled=before.reconciled and after.reconciled,
        missing=tuple(dict.fromkeys((*before.missing, *after.missing))),
        connection=after.connection,
    )


async def _turn() -> None:
    await asyncio.sleep(0)
