"""One symbol at work: its rules, book, triggers, data, and the counters of its ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from binance_async.simulator.engine.book import Book
from binance_async.simulator.engine.filters import Rules
from binance_async.simulator.engine.market_data import MarketData
from binance_async.simulator.engine.triggers import Triggers

if TYPE_CHECKING:
    from binance_async.simulator.engine.bounds import Bounds
    from binance_async.simulator.engine.events import MarketListener
    from binance_async.simulator.engine.symbols import SymbolSpec

__all__ = ["Market"]


class Market:
    """Ids start at 1, but for trades, aggregates, prevented matches and allocations, which start at 0."""

    __slots__ = (
        "best",
        "book",
        "data",
        "execution_id",
        "listeners",
        "next_allocation_id",
        "next_order_id",
        "next_prevented_match_id",
        "quiet_since",
        "rules",
        "spec",
        "status",
        "triggers",
    )

    def __init__(self, spec: SymbolSpec, bounds: Bounds) -> None:
        self.spec: SymbolSpec = spec
        self.status: str = spec.status
        self.rules: Rules = Rules(spec.filters)
        self.book: Book = Book()
        self.triggers: Triggers = Triggers()
        self.data: MarketData = MarketData(bounds)
        self.next_order_id: int = 1
        self.execution_id: int = 0
        self.next_prevented_match_id: int = 0
        self.next_allocation_id: int = 0
        self.listeners: dict[str, list[MarketListener]] = {"trade": [], "aggTrade": [], "bookTicker": []}
        self.best: tuple[int, int, int, int] = (0, 0, 0, 0)
        """The best prices and quantities last told: bid, its quantity, ask, its quantity."""
        self.quiet_since: int = 0
        """The book's update id when `best` was last looked at."""

    def best_now(self) -> tuple[int, int, int, int]:
        """Best bid and ask; zeros for an empty side."""
        bid, ask = self.book.bids.best(), self.book.asks.best()
        return (
            bid.price if bid else 0,
            bid.visible if bid else 0,
            ask.price if ask else 0,
            ask.visible if ask else 0,
        )
