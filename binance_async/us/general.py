# mypy: disable-error-code="empty-body"
"""General calls of Binance.US: is it there, what time is it, what does it trade."""

from collections.abc import Sequence

from binance_async.core.endpoint import Group, get
from binance_async.us.types.general import ExchangeInfo, ServerTime


class General(Group):
    """General calls."""

    @get("/api/v3/ping", weight=1, ws="ping")
    async def ping(self) -> None:
        """Whether the exchange answers."""
        ...

    @get("/api/v3/time", weight=1, ws="time")
    async def time(self) -> ServerTime:
        """The exchange's clock."""
        ...

    @get("/api/v3/exchangeInfo", weight=10, ws="exchangeInfo")
    async def exchange_info(
        self,
        symbol: str | None = None,
        *,
        symbols: Sequence[str] | None = None,
        permissions: Sequence[str] | None = None,
    ) -> ExchangeInfo:
        """Limits and symbols: all, or those named by `symbol`, `symbols` or `permissions` (one of them)."""
        ...
