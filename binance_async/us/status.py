# mypy: disable-error-code="empty-body"
"""Status of the system and the account, fees, volume and distributions.

The document states no security type for these calls. Its examples sign them, so they are USER_DATA here.
"""

from binance_async.core.endpoint import USER_DATA, Group, get
from binance_async.core.wire import Number, Time
from binance_async.us.types.status import (
    AccountStatus,
    ApiTradingStatusReply,
    AssetDistributions,
    SystemStatus,
    TradeFee,
    TradeVolume,
)


class Status(Group):
    """Status and fees."""

    @get("/sapi/v1/system/status", weight=1, security=USER_DATA)
    async def system_status(self, *, recv_window: Number | None = None) -> SystemStatus:
        """Whether the exchange is under maintenance."""
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
