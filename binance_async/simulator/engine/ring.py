"""A list that forgets its beginning: append at the end, read by index of all that ever came.

A deque would copy to reach its middle; here the head is cut off in lumps, so that reading by index costs nothing and
appending stays constant on average.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Ring"]

T = TypeVar("T")


class Ring(Generic[T]):
    """The newest `bound` items, and up to a quarter more between two cuts."""

    __slots__ = ("_limit", "bound", "first", "items")

    def __init__(self, bound: int) -> None:
        self.bound: int = bound
        self.items: list[T] = []
        self.first: int = 0
        """The running number of `items[0]`."""
        self._limit = bound + bound // 4 + 1

    def append(self, item: T) -> None:
        """Add the newest; every now and then cut the oldest."""
        items = self.items
        items.append(item)
        if len(items) >= self._limit:
            cut = len(items) - self.bound
            del items[:cut]
            self.first += cut

    def __len__(self) -> int:
        return len(self.items)

    def since(self, number: int, limit: int) -> list[T]:
        """At most `limit` items from the running number on."""
        start = max(number - self.first, 0)
        return self.items[start : start + limit]

    def last(self, limit: int) -> list[T]:
        """The newest `limit`, oldest first."""
        return self.items[-limit:] if limit > 0 else []

    def between(self, start: int | None, end: int | None, limit: int, time_of: Callable[[T], int]) -> list[T]:
        """The items of a span of time, both ends inclusive: the first `limit` from `start`, else the last to `end`."""
        first = 0 if start is None else bisect_left(self.items, start, key=time_of)
        last = len(self.items) if end is None else bisect_left(self.items, end + 1, key=time_of)
        if start is None:
            first = max(first, last - limit)
        return self.items[first : min(last, first + limit)]
