# mypy: disable-error-code="empty-body"
"""General calls of spot: is it there, what time is it, what does it trade."""

from collections.abc import Sequence

from binance_async.core.endpoint import Group, get
from binance_async.core.weight import per_symbol
from binance_async.spot.enums import SymbolStatusLike
from binance_async.spot.types.general import ExchangeInfo, ExecutionRules, ServerTime


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

    @get("/api/v3/exchangeInfo", weight=20, ws="exchangeInfo")
    async def exchange_info(
        self,
        symbol: str | None = None,
        *,
        symbols: Sequence[str] | None = None,
        permissions: Sequence[str] | None = None,
        show_permission_sets: bool | None = None,
        symbol_status: SymbolStatusLike | None = None,
    ) -> ExchangeInfo:
        """Limits and symbols: all, or those named by `symbol`, `symbols` or `permissions` (one of them)."""
        ...

    @get("/api/v3/executionRules", weight=per_symbol(2, cap=40), ws="executionRules", since="2026-03-09")
    async def execution_rules(
        self,
        symbol: str | None = None,
        *,
        symbols: Sequence[str] | None = None,
        symbol_status: SymbolStatusLike | None = None,
    ) -> ExecutionRules:
        """The rules that executions of these symbols obey."""
        ...
