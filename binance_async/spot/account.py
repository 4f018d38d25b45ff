# mypy: disable-error-code="empty-body"
"""Account calls of spot: balances, trades, limits and commission."""

from binance_async.core.endpoint import USER_DATA, Group, get
from binance_async.core.weight import when_given
from binance_async.core.wire import Number, Time
from binance_async.spot.types.account import (
    AccountCommission,
    AccountInfo,
    AccountPreventedMatch,
    AccountTrade,
    Allocation,
    MyFilters,
    OrderAmendment,
    UnfilledOrderCount,
)


class Account(Group):
    """The account."""

    @get("/api/v3/account", weight=20, security=USER_DATA, ws="account.status")
    async def account(
        self, *, omit_zero_balances: bool | None = None, recv_window: Number | None = None
    ) -> AccountInfo:
        """Balances, commission and what the account may do."""
        ...

    @get("/api/v3/myTrades", weight=when_given("orderId", 5, 20), security=USER_DATA, ws="myTrades")
    async def my_trades(
        self,
        symbol: str,
        *,
        order_id: int | None = None,
        start_time: Time | None = None,
        end_time: Time | None = None,
        from_id: int | None = None,
        limit: int | None = None,
        recv_window: Number | None = None,
    ) -> list[AccountTrade]:
        """Trades on a symbol: the latest, those of an order, those from `from_id` on, or those of at most 24 hours."""
        ...

    @get("/api/v3/rateLimit/order", weight=40, security=USER_DATA, ws="account.rateLimits.orders")
    async def unfilled_order_count(self, *, recv_window: Number | None = None) -> list[UnfilledOrderCount]:
        """How many orders have been placed of those that the account may place in each window."""
        ...

    @get(
        "/api/v3/myPreventedMatches",
        weight=when_given("orderId", 20, 2),
        security=USER_DATA,
        ws="myPreventedMatches",
    )
    async def my_prevented_matches(
        self,
        symbol: str,
        *,
        prevented_match_id: int | None = None,
        order_id: int | None = None,
        from_prevented_match_id: int | None = None,
        limit: int | None = None,
        recv_window: Number | None = None,
    ) -> list[AccountPreventedMatch]:
        """Matches that self-trade prevention prevented, by their id or by an order's."""
        ...

    @get("/api/v3/myAllocations", weight=20, security=USER_DATA, ws="myAllocations")
    async def my_allocations(
        self,
        symbol: str,
        *,
        start_time: Time | None = None,
        end_time: Time | None = None,
        from_allocation_id: int | None = None,
        limit: int | None = None,
        order_id: int | None = None,
        recv_window: Number | None = None,
    ) -> list[Allocation]:
        """Allocations by smart order routing: the latest, of an order, from an id on, or of at most 24 hours."""
        ...

    @get("/api/v3/account/commission", weight=20, security=USER_DATA, ws="account.commission")
    async def account_commission(self, symbol: str, *, recv_window: Number | None = None) -> AccountCommission:
        """The account's commission rates on a symbol."""
        ...

    @get("/api/v3/order/amendments", weight=4, security=USER_DATA, ws="order.amendments")
    async def order_amendments(
        self,
        symbol: str,
        order_id: int,
        *,
        from_execution_id: int | None = None,
        limit: int | None = None,
        recv_window: Number | None = None,
    ) -> list[OrderAmendment]:
        """The amendments of one order."""
        ...

    @get("/api/v3/myFilters", weight=40, security=USER_DATA, ws="myFilters", since="2025-09-29")
    async def my_filters(self, symbol: str, *, recv_window: Number | None = None) -> MyFilters:
        """The filters that bound the account on a symbol."""
        ...
