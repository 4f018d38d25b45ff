"""Keeping an order book in step: the stream of changes, the snapshot, and the recovery after a gap.

`core.order_book` knows which change follows which. The keeper feeds it: changes go into the book in the turn of the
loop in which they were read, with no queue between; whenever the book asks for a snapshot, one is fetched beside the
read path while changes keep being buffered.

A book is read only while it is `synced`. Reading it in between raises `NotSynced`, because yesterday's best price is
worse than none. So the book is given up in the moment in which its connection is known to be lost, and a snapshot that
was asked for before is not used any more; the next one is asked for when the stream is back, never before.

The first snapshot after a quiet time is asked for at once. If that does not help, or does not help for long (it was
older than the changes, the exchange's book is crossed, each change is unreadable), the pauses before the next ones
double. Snapshots of many books after a reconnect queue up, a few at a time. They take at most half of the rate budget,
and when that is used up the books at the head of the queue wait for the time at which there is room. A refusal that
time does not mend (no such symbol) ends the book.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from binance_async.core import events, order_book
from binance_async.core.endpoint import Bound
from binance_async.core.order_book import BookState
from binance_async.core.wire import plain
from binance_async.errors import (
    BinanceError,
    BudgetExhausted,
    ConnectFailed,
    NotSent,
    RateLimited,
    RegionRefused,
    Rejected,
    StreamClosed,
)
from binance_async.session.subscription import Subscription

if TYPE_CHECKING:
    from types import TracebackType

    from binance_async.core.stream import Stream
    from binance_async.session.family import Kit
    from binance_async.session.market import Hub
    from binance_async.session.rest import RestSession

log: Final = logging.getLogger("binance_async.order_book")

N = TypeVar("N", Decimal, float, str)

_FROM_DECIMAL: dict[type, Callable[[Decimal], Any]] = {float: float, str: plain}
"""How the numbers of a snapshot are made those of the book."""

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0
CALM = 1.0
"""After so many seconds in step, the pauses begin anew."""
_WRONG_REQUEST = range(-1199, -1099)
"""The exchange's codes for requests that are wrong."""


class _Tap(Subscription[Any]):
    """A subscription whose events go straight into the book."""

    def __init__(self, book: LiveOrderBook[Any]) -> None:
        super().__init__()
        self._book = book

    def pusher(self, stream: str) -> Callable[[Any], None]:
        return self._book._take  # pyright: ignore[reportPrivateUsage] - its other half

    def interrupted(self, cause: str) -> None:
        self._book._interrupted(cause)  # pyright: ignore[reportPrivateUsage]

    def tell(self, gap: events.Gap) -> None:
        self._book._lost(str(gap.cause))  # pyright: ignore[reportPrivateUsage]

    def end(self, error: BaseException | None = None) -> None:
        super().end(error)
        self._book._ended(error)  # pyright: ignore[reportPrivateUsage]


class LiveOrderBook(Generic[N]):
    """The order book of one symbol, kept in step with the exchange.

    async with binance.spot.order_book("BTCUSDT", depth=1000) as book:
        await book.synced()
        print(book.best_bid, book.best_ask, book.bids(20))
        async for state in book.changes():
            ...
    """

    def __init__(
        self,
        hub: Hub,
        kit: Kit,
        rest: RestSession,
        symbol: str,
        stream: Stream[Any],
        *,
        depth: int,
        numbers: type[N],
    ) -> None:
        self.symbol: str = symbol.upper()
        self.depth = depth
        self._hub = hub
        self._kit = kit
        self._rest = rest
        self._stream = stream
        self._numbers: type[N] = numbers
        self._book: order_book.OrderBook[N] = order_book.OrderBook(kit.sequence_rule, numbers, depth=depth)
        self._tap = _Tap(self)
        self._changed = 0
        self._waiting: list[asyncio.Future[None]] = []
        """Those who wait for the next change."""
        self._fetching: asyncio.Task[None] | None = None
        self._pause = 0.0
        self._synced_at: float | None = None
        self._closed = False
        self._error: BaseException | None = None
        self.last_gap: str | None = None

    def __repr__(self) -> str:
        return f"<LiveOrderBook {self.symbol} {self.state.value}>"

    # Reading

    @property
    def state(self) -> BookState:
        """Whether it can be read: EMPTY, BUFFERING or SYNCED."""
        return self._book.state

    @property
    def is_synced(self) -> bool:
        """Whether it can be read."""
        return self._book.state is BookState.SYNCED

    @property
    def best_bid(self) -> N | None:
        """The highest price bid; None on an empty side. Raises `NotSynced`."""
        return self._book.best_bid

    @property
    def best_ask(self) -> N | None:
        """The lowest price asked."""
        return self._book.best_ask

    def bids(self, n: int | None = None) -> list[tuple[N, N]]:
        """The `n` best levels bid (all that are known, if not said), best first."""
        return self._book.bids(n)

    def asks(self, n: int | None = None) -> list[tuple[N, N]]:
        """The same of the other side."""
        return self._book.asks(n)

    @property
    def last_update_id(self) -> int | None:
        """The exchange's number of the state that the book has reached."""
        return self._book.last_update_id

    @property
    def bid_horizon(self) -> N | None:
        """Below this price nothing is known; None if everything is."""
        return self._book.bid_horizon

    @property
    def ask_horizon(self) -> N | None:
        """Above this price nothing is known."""
        return self._book.ask_horizon

    @property
    def counters(self) -> order_book.Counters:
        """What has happened to the book."""
        return self._book.counters

    async def synced(self, timeout: float | None = None) -> None:
        """Wait until the book can be read. Raises `TimeoutError`, or what keeps it from ever being so."""
        async with asyncio.timeout(timeout):
            while not self.is_synced:
                self._check_alive()
                await self._next_change()

    async def changes(self) -> AsyncIterator[BookState]:
        """The state after each change; changes that come while the consumer is busy are taken together.

        Ends when the book is closed. Raises what else ends it.
        """
        seen = 0
        while not self._closed:
            if self._changed == seen:
                await self._next_change()
                continue
            seen = self._changed
            if self._error is not None:
                raise self._error
            yield self.state

    def _check_alive(self) -> None:
        if self._error is not None:
            raise self._error
        if self._closed:
            raise StreamClosed("the book is closed")

    async def _next_change(self) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            await waiter
        finally:
            if waiter in self._waiting:
                self._waiting.remove(waiter)

    def _tell_change(self) -> None:
        self._changed += 1
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            for waiter in waiting:
                if not waiter.done():
                    waiter.set_result(None)

    # Life

    async def open(self) -> None:
        """Subscribe; the first snapshot follows by itself."""
        try:
            await self._hub.attach(self._tap, [self._stream])
        except BaseException:
            await self.close()
            raise
        self._fetch()

    async def close(self) -> None:
        """Stop. Idempotent."""
        self._closed = True
        self._give_up("closed")
        await self._hub.detach(self._tap, [self._stream.name])

    async def __aenter__(self) -> LiveOrderBook[N]:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    # Feeding

    def _take(self, event: Any) -> None:
        if isinstance(event, events.RawEvent):
            self._lost("malformed")
            return
        outcome = self._book.apply(
            event.first_update_id, event.final_update_id, getattr(event, "prev_update_id", None), event.bids, event.asks
        )
        if isinstance(outcome, order_book.Gap):
            self._gap(outcome.cause)
            self._fetch()
        self._tell_change()

    def _lost(self, cause: str) -> None:
        """The changes so far lead nowhere; those that come now do."""
        self._give_up(cause)
        self._fetch()

    def _interrupted(self, cause: str) -> None:
        """There are no changes for now, so a snapshot would not help either. Reconnects have their own pace."""
        self._give_up(cause)
        self._pause = 0.0

    def _ended(self, error: BaseException | None) -> None:
        if self._error is None:
            self._error = error if error is not None else StreamClosed("the stream of the book has ended")
        self._give_up("closed")

    def _give_up(self, cause: str) -> None:
        self._book.invalidate(cause)
        if self._fetching is not None:
            self._fetching.cancel()
            self._fetching = None
        self._gap(cause)
        self._tell_change()

    def _gap(self, cause: str) -> None:
        self.last_gap = cause
        log.info("%s: not synced: %s", self.symbol, cause)

    # Snapshots

    def _fetch(self) -> None:
        if self._closed or self._error is not None or (self._fetching is not None and not self._fetching.done()):
            return
        clock, unit = self._hub.manager.clock, self._hub.manager.timings.unit
        if self._synced_at is not None and clock.monotonic() - self._synced_at >= CALM * unit:
            self._pause = 0.0
        self._synced_at = None
        self._fetching = self._hub.manager.spawn(self._synchronise(), name=f"{self.symbol}: snapshot")

    async def _synchronise(self) -> None:
        clock, unit = self._hub.manager.clock, self._hub.manager.timings.unit
        while not self.is_synced:
            if self._pause:
                await clock.sleep(self._pause * unit * self._hub.manager.seams.random.uniform(0.5, 1.0))
            try:
                snapshot = await self._snapshot()
            except BinanceError as error:
                log.warning("%s: no snapshot: %s", self.symbol, error)
                if _is_final(error):
                    self._fetching = None  # this task: it ends by itself
                    self._tap.end(error)
                    self._hub.leave(self._tap, [self._stream.name])
                    return
            else:
                bids, asks = self._in_numbers(snapshot.bids), self._in_numbers(snapshot.asks)
                self._book.snapshot(snapshot.last_update_id, bids, asks)
            self._pause = min(max(2 * self._pause, FIRST_PAUSE), LONGEST_PAUSE)
        self._synced_at = clock.monotonic()
        self._tell_change()

    async def _snapshot(self) -> Any:
        """The exchange's book, when it is this book's turn and there is room in the budget.

        One attempt: the pauses after a failure are the keeper's, and nobody else waits for their end.
        """
        manager, bound = self._hub.manager, Bound(symbol=self.symbol, limit=self.depth)
        async with self._hub.snapshots:
            while True:
                try:
                    return await self._rest.attempt(self._kit.depth, bound, None)
                except (BudgetExhausted, RateLimited) as error:
                    if error.retry_at is None:
                        raise
                    wait = error.retry_at - manager.server_time(self._kit.family)
                await manager.clock.sleep(
                    (max(0.0, wait) + manager.seams.random.uniform(0, 0.1)) * manager.timings.unit
                )

    def _in_numbers(self, levels: list[tuple[Decimal, Decimal]]) -> list[tuple[Any, Any]]:
        make = _FROM_DECIMAL.get(self._numbers)
        return levels if make is None else [(make(price), make(quantity)) for price, quantity in levels]


def _is_final(error: BinanceError) -> bool:
    """Whether asking again cannot help: the request itself is wrong, or the client may not ask."""
    if isinstance(error, Rejected):
        return isinstance(error, RegionRefused) or error.code in _WRONG_REQUEST
    return isinstance(error, NotSent) and not isinstance(error, (ConnectFailed, BudgetExhausted))
