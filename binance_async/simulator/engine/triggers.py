"""Orders that wait for a price: stop loss, take profit and trailing stops.

A stop price above the market (STOP_LOSS BUY, TAKE_PROFIT SELL) is met by a trade at it or above, one below the market
(STOP_LOSS SELL, TAKE_PROFIT BUY) by a trade at it or below. What is nearest to the market triggers first, then what
came first.

A trailing stop tracks the best price for its owner (the highest for a sell, the lowest for a buy), from its placement
or, if it has a stop price, from the trade that met it; it triggers when a trade is `trailingDelta` basis points worse
than that extreme. Every trade is shown to every tracking order: there are at most a handful an account.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

from binance_async.simulator.engine.orders import BASIS_POINTS

if TYPE_CHECKING:
    from binance_async.simulator.engine.orders import Order

__all__ = ["Triggers", "waits_for_rise"]


def waits_for_rise(order: Order) -> bool:
    """Whether the stop price lies above the market."""
    return order.buy == order.type.startswith("STOP_LOSS")


class _Index:
    """Waiting orders by stop price; the last key is the nearest to the market."""

    __slots__ = ("keys", "orders", "sign")

    def __init__(self, *, rising: bool) -> None:
        self.sign = -1 if rising else 1
        self.keys: list[int] = []
        self.orders: dict[int, dict[Order, None]] = {}

    def add(self, order: Order) -> None:
        key = self.sign * order.stop_price
        queue = self.orders.get(key)
        if queue is None:
            queue = self.orders[key] = {}
            insort(self.keys, key)
        queue[order] = None

    def remove(self, order: Order) -> None:
        key = self.sign * order.stop_price
        queue = self.orders[key]
        del queue[order]
        if not queue:
            del self.orders[key]
            del self.keys[bisect_left(self.keys, key)]

    def pop_met(self, price: int) -> list[Order]:
        """All orders whose stop price a trade at `price` meets, nearest first."""
        met: list[Order] = []
        reached = self.sign * price
        keys = self.keys
        while keys and keys[-1] >= reached:
            met.extend(self.orders.pop(keys.pop()))
        return met


class Triggers:
    """The waiting and tracking orders of one symbol."""

    __slots__ = ("falling", "rising", "tracking")

    def __init__(self) -> None:
        self.rising: _Index = _Index(rising=True)
        self.falling: _Index = _Index(rising=False)
        self.tracking: dict[Order, None] = {}

    def arm(self, order: Order, last_price: int, now: int) -> None:
        """Let an order wait for its stop price or, without one, track from now on."""
        if order.stop_price:
            order.waiting = True
            (self.rising if order.rising else self.falling).add(order)
        else:
            self._track(order, last_price, now)

    def _track(self, order: Order, price: int, now: int) -> None:
        order.tracking = True
        order.extreme = price
        order.trailing_time = now
        self.tracking[order] = None

    def disarm(self, order: Order) -> None:
        """Forget an order."""
        if order.waiting:
            (self.rising if order.rising else self.falling).remove(order)
            order.waiting = False
        if order.tracking:
            del self.tracking[order]
            order.tracking = False

    def on_trade(self, price: int, now: int) -> list[Order]:
        """The orders that a trade triggers, in order. They are no longer armed."""
        fired = [order for order in self.tracking if _trails(order, price)] if self.tracking else []
        for order in fired:
            del self.tracking[order]
            order.tracking = False
        if self.rising.keys and -self.rising.keys[-1] <= price:
            self._met(self.rising.pop_met(price), fired, price, now)
        if self.falling.keys and self.falling.keys[-1] >= price:
            self._met(self.falling.pop_met(price), fired, price, now)
        return fired

    def _met(self, orders: list[Order], fired: list[Order], price: int, now: int) -> None:
        for order in orders:
            order.waiting = False
            if order.trailing_delta:
                self._track(order, price, now)
            else:
                fired.append(order)

    def __bool__(self) -> bool:
        return bool(self.rising.keys or self.falling.keys or self.tracking)


def _trails(order: Order, price: int) -> bool:
    """Move the extreme; True if the price is far enough from it."""
    extreme = order.extreme
    if order.buy:
        if price < extreme or not extreme:
            order.extreme = price
            return False
        return price * BASIS_POINTS >= extreme * (BASIS_POINTS + order.trailing_delta)
    if price > extreme:
        order.extreme = price
        return False
    return price * BASIS_POINTS <= extreme * (BASIS_POINTS - order.trailing_delta)
