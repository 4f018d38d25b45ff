# mypy: disable-error-code="empty-body"
"""Market data calls of Binance.US."""

from collections.abc import Sequence
from typing import Literal, overload

from binance_async.core.endpoint import MARKET_DATA, Group, get
from binance_async.core.weight import by_limit, by_symbols, per_symbol
from binance_async.core.wire import Time
from binance_async.us.enums import KlineIntervalLike, TickerType, TickerTypeLike
from binance_async.us.types.market import (
    AggTrade,
    AvgPrice,
    BookTicker,
    Kline,
    MiniTicker,
    OrderBook,
    PriceTicker,
    Ticker24h,
    Trade,
    WindowTicker,
)


class Market(Group):
    """Market data."""

    @get(
        "/api/v3/depth",
        weight=by_limit({100: 1, 500: 5, 1000: 10, 5000: 50}, default=100),
        ws="depth",
    )
    async def depth(self, symbol: str, limit: int | None = None) -> OrderBook:
        """The order book: 100 levels a side, or `limit` of them up to 5,000."""
        ...

    @get("/api/v3/trades", weight=1, ws="trades.recent")
    async def trades(self, symbol: str, *, limit: int | None = None) -> list[Trade]:
        """The latest trades: 500, or `limit` of them up to 1,000."""
        ...

    @get("/api/v3/historicalTrades", weight=5, security=MARKET_DATA, ws="trades.historical")
    async def historical_trades(
        self, symbol: str, *, from_id: int | None = None, limit: int | None = None
    ) -> list[Trade]:
        """Older trades from `from_id` on; without it the latest."""
        ...

    @get("/api/v3/aggTrades", weight=1, ws="trades.aggregate")
    async def agg_trades(
        self,
        symbol: str,
        *,
        from_id: int | None = None,
        start_time: Time | None = None,
        end_time: Time | None = None,
        limit: int | None = None,
    ) -> list[AggTrade]:
        """Aggregate trades from an id, or of a time range (inclusive); without either the latest."""
        ...

    @get("/api/v3/klines", weight=1, ws="klines")
    async def klines(
        self,
        symbol: str,
        interval: KlineIntervalLike,
        *,
        start_time: Time | None = None,
        end_time: Time | None = None,
        limit: int | None = None,
    ) -> list[Kline]:
        """Candles, oldest first: the latest 500, or a range."""
        ...

    @get("/api/v3/avgPrice", weight=1, ws="avgPrice")
    async def avg_price(self, symbol: str) -> AvgPrice:
        """The average price of the last minutes."""
        ...

    @overload
    async def ticker_24h(
        self,
        symbol: str,
        *,
        type: Literal["FULL", TickerType.FULL] | None = None,
    ) -> Ticker24h: ...
    @overload
    async def ticker_24h(self, symbol: str, *, type: Literal["MINI", TickerType.MINI]) -> MiniTicker: ...
    @overload
    async def ticker_24h(
        self,
        *,
        symbols: Sequence[str] | None = None,
        type: Literal["FULL", TickerType.FULL] | None = None,
    ) -> list[Ticker24h]: ...
    @overload
    async def ticker_24h(
        self,
        *,
        symbols: Sequence[str] | None = None,
        type: Literal["MINI", TickerType.MINI],
    ) -> list[MiniTicker]: ...
    @get("/api/v3/ticker/24hr", weight=by_symbols(one=1, rows={20: 1, 100: 20}, none=40), ws="ticker.24hr")
    async def ticker_24h(
        self,
        symbol: str | None = None,
        *,
        symbols: Sequence[str] | None = None,
        type: TickerTypeLike | None = None,
    ) -> Ticker24h | list[Ticker24h] | MiniTicker | list[MiniTicker]:
        """Statistics of the last 24 hours, of one symbol, several, or all."""
        ...

    @overload
    async def ticker(
        self,
        symbol: str,
        *,
        window_size: str | None = None,
        type: Literal["FULL", TickerType.FULL] | None = None,
    ) -> WindowTicker: ...
    @overload
    async def ticker(
        self,
        symbol: str,
        *,
        window_size: str | None = None,
        type: Literal["MINI", TickerType.MINI],
    ) -> MiniTicker: ...
    @overload
    async def ticker(
        self,
        *,
        symbols: Sequence[str],
        window_size: str | None = None,
        type: Literal["FULL", TickerType.FULL] | None = None,
    ) -> list[WindowTicker]: ...
    @overload
    async def ticker(
        self,
        *,
        symbols: Sequence[str],
        window_size: str | None = None,
        type: Literal["MINI", TickerType.MINI],
    ) -> list[MiniTicker]: ...
    @get("/api/v3/ticker", weight=per_symbol(2, cap=100), ws="ticker")
    async def ticker(
        self,
        symbol: str | None = None,
        *,
        symbols: Sequence[str] | None = None,
        window_size: str | None = None,
        type: TickerTypeLike | None = None,
    ) -> WindowTicker | list[WindowTicker] | MiniTicker | list[MiniTicker]:
        """Statistics of a rolling window (`1m` to `59m`, `1h` to `23h`, `1d` to `7d`; 1d if not said)."""
        ...

    @overload
    async def ticker_price(self, symbol: str) -> PriceTicker: ...
    @overload
    async def ticker_price(self, *, symbols: Sequence[str] | None = None) -> list[PriceTicker]: ...
    @get("/api/v3/ticker/price", weight=by_symbols(one=1, none=2), ws="ticker.price")
    async def ticker_price(
        self,
        symbol: str | None = None,
        *,
        symbols: Sequence[str] | None = None,
    ) -> PriceTicker | list[PriceTicker]:
        """The last price of one symbol, several, or all."""
        ...

    @overload
    async def ticker_book(self, symbol: str) -> BookTicker: ...
    @overload
    async def ticker_book(self, *, symbols: Sequence[str] | None = None) -> list[BookTicker]: ...
    @get("/api/v3/ticker/bookTicker", weight=by_symbols(one=1, none=2), ws="ticker.book")
    async def ticker_book(
        self,
        symbol: str | None = None,
        *,
        symbols: Sequence[str] | None = None,
    ) -> BookTicker | list[BookTicker]:
        """The best bid and ask of one symbol, several, or all."""
        ...
