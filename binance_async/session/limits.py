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
    Priority,
    Refusal,
    Reservation,
    Usage,
    usage_from_headers,
    usage_from_rows,
)
from binance_async.errors import BudgetExhausted

if TYPE_CHECKING:
    from types import TracebackType

    from binance_async.core.endpoint import Endpoint
    from binance_async.core.reply import Answer
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
        now: Callable[[], float],
    ) -> None:
        self.scope = scope
        self.budget: Budget = Budget(DEFAULTS)
        self.pause = pause
        self.timings = timings
        self.now = now
        self.waits = 0

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
    if endpoint.security.signed:
        # By the path, so that calls which nobody declared count as well; among them are those of the resolver.
        about_orders = endpoint.path is not None and endpoint.path.endswith(ORDER_PATHS)
        mends = endpoint.resolve in CANCELS or (about_orders and endpoint.method in ("GET", "DELETE"))
        if mends:
            return Priority.CANCEL
    return Priority.NORMAL


class Room:
    """A place in the budget for one request: `async with manager.room_for(...) as room`."""

    __slots__ = ("_endpoint", "_limits", "_priority", "_reservation", "_usage", "_weight")

    def __init__(self, limits: Limits, endpoint: Endpoint, weight: int, priority: Priority | None = None) -> None:
        self._limits = limits
        self._endpoint = endpoint
        self._weight = weight
        self._priority = priority_of(endpoint) if priority is None else priority
        self._reservation: Reservation | None = None
        self._usage: list[Usage] | tuple[()] = ()

    async def __aenter__(self) -> Room:
        endpoint, limits = self._endpoint, self._limits
        deadline: float | None = None
        while True:
            now = limits.now()
            found = limits.budget.reserve(
                now,
                weight=self._weight,
                orders=endpoint.orders,
                priority=self._priority,
                account=_ACCOUNT if endpoint.security.signed else None,
            )
            if isinstance(found, Reservation):
                self._reservation = found
                return self
            if deadline is None:
                deadline = now + limits.timings.budget_wait / limits.timings.unit
            await self._wait(found, now, deadline)

    async def _wait(self, refusal: Refusal, now: float, deadline: float) -> None:
        retry_at = refusal.retry_at
        if retry_at is None or self._endpoint.writes or retry_at > deadline:
            raise BudgetExhausted(
                f"the rate budget has no room: {refusal.reason}", call=self._endpoint.name, retry_at=retry_at
            )
        self._limits.waits += 1
        await self._limits.pause((retry_at - now) * self._limits.timings.unit, self._endpoint.name)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        reservation = self._reservation
        if reservation is not None and reservation.open:
            self._limits.budget.settle(reservation, self._limits.now(), self._usage)

    def not_sent(self) -> None:
        """Nothing left, so nothing was used."""
        if self._reservation is not None:
            self._limits.budget.release(self._reservation)

    def answered(self, headers: Mapping[str, str]) -> None:
        """What the headers of a REST reply say of the limits."""
        self._usage = usage_from_headers(headers)

    def rate_limits(self, rows: msgspec.Raw) -> None:
        """What the `rateLimits` of a WebSocket API reply say."""
        if bytes(rows):
            try:
                self._usage = usage_from_rows(_rows.decode(rows))
            except msgspec.DecodeError:
                self._usage = ()
