"""A list that forgets its beginning: append at the end, read by index of all that ever came.

A deque would copy to reach its middle; here the head is cut off in lumps, so that reading by index costs nothing and
appending stays constant on average.
"""

from __future__ import annotations

from typing import Generic, TypeVar

__all__ = ["Ring"]

T = TypeVar("T")


class Ring(Generic[T]):
    """The newest `bound` items, and up to a quarter more between two cuts."""

    __slots__ = ("_limit", "bound", "first", "items")

    def __init__(self, bound: int) -> None:
        self.bound = bound
        self.items: list[T] = []
        self.first = 0
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
