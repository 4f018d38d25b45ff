# mypy: disable-error-code="empty-body"
"""Account calls of Binance.US: balances, trades, limits, status and commission.

The document states no security type for the calls below /sapi. Its examples sign them, so they are USER_DATA here.
"""

from binance_async.core.endpoint import USER_DATA, Group, get
from binance_async.core.weight import when_given
from binance_async.core.wire import Number, Time
from binance_async.us.types.account import (
    AccountInfo,
    AccountPreventedMatch,
    AccountStatus,
    AccountTrade,
    ApiTradingStatusReply,
    AssetDistributions,
    TradeFee,
    TradeVolume,
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

    @get("/sapi/v3/accountStatus", weight=1, security=USER_DATA)
    async def account_status(self, *, recv_window: Number | None = None) -> AccountStatus:
        """Whether the account is in order, and why not."""
        ...

    @get("/sapi/v3/apiTradingStatus", weight=1, security=USER_DATA)
    async def api_trading_status(self, *, recv_window: Number | None = None) -> ApiTradingStatusReply:
        """Whether the account may trade by API, and how near its orders are to a ban. Renewed every 30 seconds."""
        ...

    @get("/sapi/v1/asset/assetDistributionHistory", weight=1, security=USER_DATA)
    async def asset_distributions(
        self,
        *,
        asset: str | None = None,
        category: str | None = None,
        start_time: Time | None = None,
        end_time: Time | None = None,
        limit: int | None = None,
        recv_window: Number | None = None,
    ) -> AssetDistributions:
        """Rebates, airdrops and the like: 20, or `limit` of them up to 500."""
        ...

    @get("/sapi/v1/asset/query/trading-fee", weight=1, security=USER_DATA)
    async def trade_fees(self, symbol: str | None = None, *, recv_window: Number | None = None) -> list[TradeFee]:
        """The commission on a symbol, or on all."""
        ...

    @get("/sapi/v1/asset/query/trading-volume", weight=1, security=USER_DATA)
    async def trade_volume(self, *, recv_window: Number | None = None) -> TradeVolume:
        """The volume traded in the past 30 days."""
        ...
