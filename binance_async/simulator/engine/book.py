"""The order book: price levels in priority, orders in a level first come, first served.

A side is a dict of levels by price and a sorted list of keys whose last is the best: the price itself for bids, its
negative for asks. The best level is read and dropped at the end of the list, where both are free; a new level in the
middle costs a bisection and a move of a few kilobytes. Orders of a level are linked, so that any of them leaves at
once. A spent iceberg shows its next part at the back of its level: the hidden part has no priority.

Each change of a level's visible quantity takes one update id and is marked in every open depth feed.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from binance_async.simulator.engine.depth import BookFeed
    from binance_async.simulator.engine.orders import Order

__all__ = ["Book", "Level", "Side"]


class Level:
    """All orders of a side at one price."""

    __slots__ = ("head", "price", "tail", "total", "visible")

    def __init__(self, price: int) -> None:
        self.price: int = price
        self.head: Order | None = None
        self.tail: Order | None = None
        self.visible: int = 0
        self.total: int = 0
        """With the hidden parts of icebergs."""

    def __iter__(self) -> Iterator[Order]:
        """In priority."""
        order = self.head
        while order is not None:
            yield order
            order = order.next

    def append(self, order: Order) -> None:
        """To the back of the queue."""
        tail = self.tail
        order.prev = tail
        order.next = None
        if tail is None:
            self.head = order
        else:
            tail.next = order
        self.tail = order

    def unlink(self, order: Order) -> None:
        """Out of the queue."""
        before, after = order.prev, order.next
        if before is None:
            self.head = after
        else:
            before.next = after
        if after is None:
            self.tail = before
        else:
            after.prev = before
        order.prev = order.next = None


class Side:
    """Bids or asks."""

    __slots__ = ("buy", "keys", "levels")

    def __init__(self, *, buy: bool) -> None:
        self.buy: bool = buy
        self.levels: dict[int, Level] = {}
        self.keys: list[int] = []

    def best(self) -> Level | None:
        """The level with the best price."""
        if not self.keys:
            return None
        key = self.keys[-1]
        return self.levels[key if self.buy else -key]

    def level(self, price: int) -> Level:
        """The level of a price, made if need be."""
        level = self.levels.get(price)
        if level is None:
            level = self.levels[price] = Level(price)
            insort(self.keys, price if self.buy else -price)
        return level

    def drop(self, price: int) -> None:
        """Forget an empty level."""
        del self.levels[price]
        key = price if self.buy else -price
        if self.keys[-1] == key:
            self.keys.pop()
        else:
            del self.keys[bisect_left(self.keys, key)]

    def __iter__(self) -> Iterator[Level]:
        """Best first. The side must not change meanwhile."""
        levels = self.levels
        if self.buy:
            return (levels[key] for key in reversed(self.keys))
        return (levels[-key] for key in reversed(self.keys))

    def __len__(self) -> int:
        return len(self.keys)


class Book:
    """Both sides, the update id, and the feeds that watch."""

    __slots__ = ("asks", "bids", "feeds", "update_id")

    def __init__(self) -> None:
        self.bids: Side = Side(buy=True)
        self.asks: Side = Side(buy=False)
        self.update_id: int = 0
        self.feeds: list[BookFeed] = []

    def changed(self, *, buy: bool, price: int) -> None:
        """One change of one level."""
        self.update_id += 1
        for feed in self.feeds:
            feed.mark(buy, price)

    def add(self, order: Order) -> None:
        """Rest an order, behind those that came before."""
        side = self.bids if order.buy else self.asks
        level = side.level(order.price)
        rest = order.rest
        order.visible = visible = min(order.iceberg_qty, rest) if order.iceberg_qty else rest
        order.level = level
        level.append(order)
        level.visible += visible
        level.total += rest
        self.changed(buy=order.buy, price=order.price)

    def take(self, order: Order, quantity: int) -> None:
        """Take so much, at most what is visible, from an order that rests; its `rest` is already less by it."""
        level = order.level
        assert level is not None
        level.visible -= quantity
        level.total -= quantity
        order.visible -= quantity
        if not order.visible:
            if order.rest:
                level.unlink(order)
                level.append(order)
                order.visible = min(order.iceberg_qty, order.rest)
                level.visible += order.visible
            else:
                self._leave(order, level)
        self.changed(buy=order.buy, price=level.price)

    def reduce(self, order: Order, rest: int) -> None:
        """Set the rest of a resting order to less, in its place; the visible part shrinks only if it must."""
        level = order.level
        assert level is not None
        level.total -= order.rest - rest
        order.rest = rest
        if order.visible > rest:
            level.visible -= order.visible - rest
            order.visible = rest
            self.changed(buy=order.buy, price=level.price)

    def remove(self, order: Order) -> None:
        """Take an order off the book."""
        level = order.level
        assert level is not None
        level.visible -= order.visible
        level.total -= order.rest
        order.visible = 0
        self._leave(order, level)
        self.changed(buy=order.buy, price=level.price)

    def _leave(self, order: Order, level: Level) -> None:
        level.unlink(order)
        order.level = None
        if level.head is None:
            (self.bids if order.buy else self.asks).drop(level.price)
