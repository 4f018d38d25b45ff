"""Changes of a book between two looks at it: the diff. depth stream.

Every change of a price level takes one update id. A feed remembers which levels changed since its last flush, and a
flush tells their quantities as they are now: `U` is the id after the last flush's `u`, so that feeds of any speed
read gapless.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from binance_async.simulator.engine.amounts import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from binance_async.simulator.engine.book import Book, Side

__all__ = ["BookFeed", "DepthFeed", "snapshot"]


class DepthFeed(Protocol):
    """One reader of a symbol's changes, at its own pace."""

    @property
    def symbol(self) -> str:
        """The symbol, in capitals."""
        ...

    def flush(self, *, micro: bool = False) -> dict[str, Any] | None:
        """The `depthUpdate` since the last flush; None if nothing changed."""
        ...

    def close(self) -> None:
        """Stop remembering. Idempotent."""
        ...


class BookFeed:
    """A `DepthFeed` of a book."""

    __slots__ = ("_asks", "_bids", "_book", "_flushed", "_now", "symbol")

    def __init__(self, symbol: str, book: Book, now: Callable[[], int]) -> None:
        self.symbol: str = symbol
        self._book = book
        self._now = now
        self._flushed = book.update_id
        self._bids: set[int] = set()
        self._asks: set[int] = set()
        book.feeds.append(self)

    def mark(self, buy: bool, price: int) -> None:
        """A level has changed."""
        (self._bids if buy else self._asks).add(price)

    def flush(self, *, micro: bool = False) -> dict[str, Any] | None:
        """The `depthUpdate` since the last flush; None if nothing changed."""
        book = self._book
        if self._flushed == book.update_id:
            return None
        now = self._now()
        update = {
            "e": "depthUpdate",
            "E": now if micro else now // 1000,
            "s": self.symbol,
            "U": self._flushed + 1,
            "u": book.update_id,
            "b": _changes(book.bids, sorted(self._bids, reverse=True)),
            "a": _changes(book.asks, sorted(self._asks)),
        }
        self._flushed = book.update_id
        self._bids.clear()
        self._asks.clear()
        return update

    def close(self) -> None:
        """Stop remembering. Idempotent."""
        if self in self._book.feeds:
            self._book.feeds.remove(self)


def _changes(side: Side, prices: list[int]) -> list[list[str]]:
    levels = side.levels
    return [[text(price), text(levels[price].visible if price in levels else 0)] for price in prices]


def snapshot(book: Book, limit: int) -> dict[str, Any]:
    """The best `limit` levels of each side."""
    return {"lastUpdateId": book.update_id, "bids": _top(book.bids, limit), "asks": _top(book.asks, limit)}


def _top(side: Side, limit: int) -> list[list[str]]:
    sign = 1 if side.buy else -1
    keys = side.keys[: -limit - 1 : -1]
    levels = side.levels
    return [[text(sign * key), text(levels[sign * key].visible)] for key in keys]
