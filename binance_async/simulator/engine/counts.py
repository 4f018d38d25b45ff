"""The unfilled order count.

Every order placed adds one to each window; the first fill of an order takes it off again, and more than that (five in
the exchange's example) if the order was filled as maker. Cancels and expiries change nothing, fills never take a
window below zero, and they count against the window of the fill, not that of the order. Windows are aligned to the
clock: ten seconds start at :00, :10 and so on, days at 00:00 UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from binance_async.simulator.engine import errors

__all__ = ["DEFAULT_LIMITS", "OrderCounts", "OrderLimit"]

_SECONDS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3_600, "DAY": 86_400}
TAKER_CREDIT = 1
MAKER_CREDIT = 5


@dataclass(frozen=True, slots=True)
class OrderLimit:
    """One ORDERS limit of `rateLimits`."""

    interval: str
    interval_num: int
    limit: int

    def payload(self) -> dict[str, Any]:
        """As `exchangeInfo` lists it."""
        return {
            "rateLimitType": "ORDERS",
            "interval": self.interval,
            "intervalNum": self.interval_num,
            "limit": self.limit,
        }


DEFAULT_LIMITS = (OrderLimit("SECOND", 10, 100), OrderLimit("DAY", 1, 200_000))


class _Window:
    __slots__ = ("count", "limit", "number", "size")

    def __init__(self, limit: OrderLimit) -> None:
        self.limit = limit
        self.size = _SECONDS[limit.interval] * limit.interval_num * 1_000_000
        self.number = -1
        self.count = 0

    def at(self, now: int) -> int:
        number = now // self.size
        if number != self.number:
            self.number = number
            self.count = 0
        return self.count


class OrderCounts:
    """The windows of one account."""

    __slots__ = ("_windows",)

    def __init__(self, limits: tuple[OrderLimit, ...]) -> None:
        self._windows = [_Window(limit) for limit in limits]

    def check(self, now: int, orders: int) -> None:
        """Raise -1015 if so many more orders would pass a limit. The longest window speaks first."""
        for window in reversed(self._windows):
            if window.at(now) + orders > window.limit.limit:
                limit = window.limit
                raise errors.too_many_orders(limit.limit, limit.interval_num, limit.interval)

    def add(self, now: int, orders: int) -> None:
        """Count orders that were placed (or, in a cancel-replace, not attempted)."""
        for window in self._windows:
            window.count = window.at(now) + orders

    def first_fill(self, now: int, *, maker: bool) -> None:
        """Take off what an order's first fill earns."""
        credit = MAKER_CREDIT if maker else TAKER_CREDIT
        for window in self._windows:
            window.count = max(window.at(now) - credit, 0)

    def payload(self, now: int) -> list[dict[str, Any]]:
        """As `GET /api/v3/rateLimit/order` answers."""
        return [window.limit.payload() | {"count": window.at(now)} for window in self._windows]
