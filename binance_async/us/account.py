# mypy: disable-error-code="empty-body"
"""Account calls of Binance.US: balances, trades and limits."""

from binance_async.core.endpoint import USER_DATA, Group, get
from binance_async.core.weight import when_given
from binance_async.core.wire import Number, Time
from binance_async.us.types.account import (
    AccountInfo,
    AccountPreventedMatch,
    AccountTrade,
    UnfilledOrderCount,
)


class Account(Group):
    """The account."""

    @get("/api/v3/account", weight=10, security=USER_DATA, ws="account.status")
    async def account(self, *, recv_window: Number | None = None) -> AccountInfo:
        """Balances, commission and what the account may do."""
        ...

    @get("/api/v3/myTrades", weight=10, security=USER_DATA, ws="myTrades")
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

    @get("/api/v3/rateLimit/order", weight=20, security=USER_DATA, ws="account.rateLimits.orders")
    async def unfilled_order_count(self, *, recv_window: Number | None = None) -> list[UnfilledOrderCount]:
        """How many orders have been placed of those that the account may place in each window."""
        ...

    @get(
        "/api/v3/myPreventedMatches",
        weight=when_given("orderId", 10, 1),
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
