"""Keeping an order book in step: the stream of changes, the snapshot, and the recovery after a gap.

`core.order_book` knows which change follows which. The keeper feeds it: changes go into the book in the turn of the
loop in which they were read, with no queue between; whenever the book asks for a snapshot, one is fetched beside the
read path while changes keep being buffered. A snapshot that is older than the buffer is fetched again after a pause
that grows. Snapshots of many books after a reconnect queue up, a few at a time, and take at most half of the budget.

A book is read only while it is `synced`. Reading it in between raises `NotSynced`, because yesterday's best price is
worse than none.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from binance_async.core import events, order_book
from binance_async.core.endpoint import Bound
from binance_async.core.order_book import BookState
from binance_async.core.wire import plain
from binance_async.errors import BinanceError, StreamClosed
from binance_async.session.subscription import Subscription

if TYPE_CHECKING:
    from types import TracebackType

    from binance_async.core.stream import Stream
    from binance_async.session.family import Kit
    from binance_async.session.market import Hub
    from binance_async.session.rest import RestSession

log = logging.getLogger("binance_async.order_book")

N = TypeVar("N", Decimal, float, str)

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0


class _Tap(Subscription[Any]):
    """A subscription whose events go straight into the book."""

    def __init__(self, take: Callable[[Any], None], told: Callable[[events.Gap], None]) -> None:
        super().__init__()
        self._take = take
        self._told = told
        self.ended_with: Callable[[BaseException | None], None] = lambda _error: None

    def pusher(self, stream: str) -> Callable[[Any], None]:
        return self._take

    def tell(self, gap: events.Gap) -> None:
        self._told(gap)

    def end(self, error: BaseException | None = None) -> None:
        super().end(error)
        self.ended_with(error)


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
        self.symbol = symbol.upper()
        self.depth = depth
        self._hub = hub
        self._kit = kit
        self._rest = rest
        self._stream = stream
        self._numbers: type[N] = numbers
        self._book: order_book.OrderBook[N] = order_book.OrderBook(kit.sequence_rule, numbers, depth=depth)
        self._tap = _Tap(self._take, self._told)
        self._tap.ended_with = self._ended
        self._synced = asyncio.Event()
        self._changed = asyncio.Event()
        self._fetching: asyncio.Task[None] | None = None
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
        """Wait until the book can be read. Raises `TimeoutError`, or `StreamError` when it never will."""
        async with asyncio.timeout(timeout):
            await self._synced.wait()
        if self._error is not None:
            raise self._error
        if self._closed:
            raise StreamClosed("the book is closed")

    async def changes(self) -> AsyncIterator[BookState]:
        """The state after each change; changes that come while the consumer is busy are taken together."""
        while not self._closed:
            await self._changed.wait()
            self._changed.clear()
            if self._error is not None:
                raise self._error
            if not self._closed:
                yield self.state

    # Life

    async def open(self) -> None:
        """Subscribe; the first snapshot follows by itself."""
        try:
            await self._hub.attach(self._tap, [self._stream])
        except BaseException:
            await self._hub.detach(self._tap)
            raise
        self._fetch()

    async def close(self) -> None:
        """Stop. Idempotent."""
        self._closed = True
        self._synced.set()
        self._changed.set()
        if self._fetching is not None:
            self._fetching.cancel()
        await self._hub.detach(self._tap)

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
        self._changed.set()

    def _told(self, gap: events.Gap) -> None:
        self._lost(str(gap.cause))

    def _lost(self, cause: str) -> None:
        self._book.invalidate(cause)
        self._gap(cause)
        self._changed.set()

    def _gap(self, cause: str) -> None:
        self.last_gap = cause
        self._synced.clear()
        log.info("%s: not synced: %s", self.symbol, cause)
        self._fetch()

    def _ended(self, error: BaseException | None) -> None:
        self._error = error if error is not None else StreamClosed("the stream of the book has ended")
        if self.is_synced:
            self._book.invalidate("closed")
        self._synced.set()
        self._changed.set()

    # Snapshots

    def _fetch(self) -> None:
        if self._closed or (self._fetching is not None and not self._fetching.done()):
            return
        self._fetching = self._hub.manager.spawn(self._synchronise(), name=f"{self.symbol}: snapshot")

    async def _synchronise(self) -> None:
        clock, pause = self._hub.manager.clock, FIRST_PAUSE
        while not self.is_synced:
            try:
                async with self._hub.snapshots:
                    snapshot = await self._rest.call(self._kit.depth, Bound(symbol=self.symbol, limit=self.depth))
            except BinanceError as error:
                log.warning("%s: no snapshot: %s", self.symbol, error)
            else:
                bids, asks = self._in_numbers(snapshot.bids), self._in_numbers(snapshot.asks)
                self._book.snapshot(snapshot.last_update_id, bids, asks)
                if self.is_synced:
                    break
            await clock.sleep(pause * self._hub.manager.seams.random.uniform(0.5, 1.0))
            pause = min(2 * pause, LONGEST_PAUSE)
        self._synced.set()
        self._changed.set()

    def _in_numbers(self, levels: list[tuple[Decimal, Decimal]]) -> list[tuple[Any, Any]]:
        if self._numbers is Decimal:
            return levels
        make: Callable[[Decimal], Any] = plain if self._numbers is str else float
        return [(make(price), make(quantity)) for price, quantity in levels]
