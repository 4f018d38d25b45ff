"""The rate budget at work: room is taken before a request is sent, and every reply says how much is left.

What fits and what does not is decided by `core.budget`. Here is what a caller notices: a read waits a while for room,
a write is refused at once with the time at which it would fit, because an order that is late is another order. Under
an embargo (429, 418) nothing is sent before its end, and neither does anything wait that would wait too long.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import msgspec

from binance_async.core.budget import (
    Budget,
    HeaderReader,
    Priority,
    Refusal,
    Reservation,
    Usage,
    usage_from_rows,
)
from binance_async.errors import BudgetExhausted

if TYPE_CHECKING:
    from binance_async.core.clock_offset import ClockOffset
    from binance_async.core.endpoint import Endpoint
    from binance_async.core.reply import Answer
    from binance_async.net.seams import Clock
    from binance_async.timings import Timings

DEFAULTS = (Usage("REQUEST_WEIGHT", 60, limit=6000), Usage("RAW_REQUESTS", 300, limit=61000))
"""What spot documents; replaced as soon as the exchange says otherwise."""

ORDER_COUNT = -1015
BULK_CALLS = frozenset({"depth", "klines", "ui_klines", "trades", "historical_trades", "agg_trades"})
CANCELS = frozenset({"cancel", "cancel_all", "cancel_list"})
ORDER_PATHS = ("/order", "/openOrders", "/orderList")
_rows: msgspec.json.Decoder[list[dict[str, Any]]] = msgspec.json.Decoder(list[dict[str, Any]])


class Limits:
    """The limits of one pool, for all sessions of the client."""

    def __init__(
        self,
        scope: str,
        pause: Callable[[float, str], Awaitable[None]],
        timings: Timings,
        clock: Clock,
        offset: ClockOffset,
    ) -> None:
        self.scope = scope
        self.budget: Budget = Budget(DEFAULTS)
        self.headers: HeaderReader = HeaderReader()
        self.pause = pause
        self.timings = timings
        self.waits = 0
        self._clock = clock
        self._offset = offset

    def now(self) -> float:
        """The exchange's time in seconds since the epoch, as well as it is known."""
        return self._offset.now(self._clock.wall(), self._clock.monotonic())

    def learn(self, exchange_info: Any) -> None:
        """Take the limits that exchangeInfo tells, as its type or as plain JSON."""
        told: Any = getattr(exchange_info, "rate_limits", None)
        if told is None and isinstance(exchange_info, dict):
            told = cast("dict[str, Any]", exchange_info).get("rateLimits")
        rows = msgspec.to_builtins(told)
        if isinstance(rows, list):
            self.budget.learn(usage_from_rows(cast("list[dict[str, Any]]", rows)), self.now())

    def refused(self, endpoint: Endpoint, answer: Answer) -> None:
        """Take in a 429 or 418."""
        if answer.code == ORDER_COUNT:
            self.budget.orders_limited(self.now(), _ACCOUNT)
        elif answer.stops_traffic:
            self.budget.limited(self.now(), until=answer.retry_at, banned=answer.status == 418)


_ACCOUNT = "account"
"""A client has one account."""


@lru_cache(maxsize=1024)
def priority_of(endpoint: Endpoint) -> Priority:
    """How much of a window a call may fill: what mends comes before what asks, and that before what fetches."""
    if endpoint.name.rpartition(".")[2] in BULK_CALLS:
        return Priority.BULK
    if endpoint.signed:
        # By the path, so that calls which nobody declared count as well; among them are those of the resolver.
        about_orders = endpoint.path is not None and endpoint.path.endswith(ORDER_PATHS)
        mends = endpoint.resolve in CANCELS or (about_orders and endpoint.method in ("GET", "DELETE"))
        if mends:
            return Priority.CANCEL
    return Priority.NORMAL


class Room:
    """A place in the budget for one request.

    room = Room(limits, endpoint, weight, limits.now())
    if room.full is not None:
        await room.wait()
    try:
        ...
    finally:
        room.leave()
    """

    __slots__ = ("_endpoint", "_limits", "_priority", "_reservation", "_usage", "_weight", "full", "now")

    def __init__(
        self, limits: Limits, endpoint: Endpoint, weight: int, now: float, priority: Priority | None = None
    ) -> None:
        self._limits = limits
        self._endpoint = endpoint
        self._weight = weight
        self._priority = priority_of(endpoint) if priority is None else priority
        self._reservation: Reservation | None = None
        self._usage: list[Usage] | tuple[()] = ()
        self.now: float = now
        """The exchange's time when the place was taken."""
        self.full: Refusal | None = self._reserve()
        """Why there was no place yet."""

    def _reserve(self) -> Refusal | None:
        endpoint = self._endpoint
        found = self._limits.budget.reserve(
            self.now,
            weight=self._weight,
            orders=endpoint.orders,
            priority=self._priority,
            account=_ACCOUNT if endpoint.signed else None,
        )
        if isinstance(found, Reservation):
            self._reservation = found
            return None
        return found

    async def wait(self) -> None:
        """Wait for a place. Raises `BudgetExhausted` for a write, and when it would take too long."""
        limits = self._limits
        deadline = self.now + limits.timings.budget_wait / limits.timings.unit
        while self.full is not None:
            retry_at = self.full.retry_at
            if retry_at is None or self._endpoint.writes or retry_at > deadline:
                raise BudgetExhausted(
                    f"the rate budget has no room: {self.full.reason}", call=self._endpoint.name, retry_at=retry_at
                )
            limits.waits += 1
            await limits.pause((retry_at - self.now) * limits.timings.unit, self._endpoint.name)
            self.now = limits.now()
            self.full = self._reserve()

    def leave(self) -> None:
        """The request is over."""
        reservation = self._reservation
        if reservation is not None and reservation.open:
            self._limits.budget.settle(reservation, self._limits.now(), self._usage)

    def not_sent(self) -> None:
        """Nothing left, so nothing was used."""
        if self._reservation is not None:
            self._limits.budget.release(self._reservation)

    def answered(self, headers: Mapping[str, str]) -> None:
        """What the headers of a REST reply say of the limits."""
        self._usage = self._limits.headers.read(self._endpoint.name, headers)

    def rate_limits(self, rows: msgspec.Raw) -> None:
        """What the `rateLimits` of a WebSocket API reply say."""
        if bytes(rows):
            try:
                self._usage = usage_from_rows(_rows.decode(rows))
            except msgspec.DecodeError:
                self._usage = ()
