# mypy: disable-error-code="empty-body"
"""Market data calls of spot."""

from collections.abc import Sequence
from typing import Literal, overload

from binance_async.core.endpoint import Group, get
from binance_async.core.weight import by_limit, by_symbols, per_symbol
from binance_async.core.wire import Time
from binance_async.spot.enums import KlineIntervalLike, SymbolStatusLike, TickerType, TickerTypeLike
from binance_async.spot.types.market import (
    AggTrade,
    AvgPrice,
    BlockTrade,
    BookTicker,
    Kline,
    MiniTicker,
    OrderBook,
    PriceTicker,
    ReferencePrice,
    ReferencePriceCalculation,
    Ticker24h,
    Trade,
    WindowTicker,
)


class Market(Group):
    """Market data."""

    @get(
        "/api/v3/depth",
        weight=by_limit({100: 5, 500: 25, 1000: 50, 5000: 250}, default=100),
        ws="depth",
    )
    async def depth(
        self, symbol: str, limit: int | None = None, *, symbol_status: SymbolStatusLike | None = None
    ) -> OrderBook:
        """The order book: 100 levels a side, or `limit` of them up to 5,000."""
        ...

    @get("/api/v3/trades", weight=25, ws="trades.recent")
    async def trades(self, symbol: str, *, limit: int | None = None) -> list[Trade]:
        """The latest trades: 500, or `limit` of them up to 1,000."""
        ...

    @get("/api/v3/historicalTrades", weight=25, ws="trades.historical")
    async def historical_trades(
        self, symbol: str, *, from_id: int | None = None, limit: int | None = None
    ) -> list[Trade]:
        """Older trades from `from_id` on; without it the latest."""
        ...

    @get("/api/v3/aggTrades", weight=4, ws="trades.aggregate")
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

    @get("/api/v3/historicalBlockTrades", weight=25, ws="blockTrades.historical", since="2026-05-08")
    async def historical_block_trades(self, symbol: str, *, from_id: int, limit: int | None = None) -> list[BlockTrade]:
        """Block trades from `from_id` on."""
        ...

    @get("/api/v3/klines", weight=2, ws="klines")
    async def klines(
        self,
        symbol: str,
        interval: KlineIntervalLike,
        *,
        start_time: Time | None = None,
        end_time: Time | None = None,
        time_zone: str | None = None,
        limit: int | None = None,
    ) -> list[Kline]:
        """Candles, oldest first: the latest 500, or a range. `time_zone` shifts days and weeks only."""
        ...

    @get("/api/v3/uiKlines", weight=2, ws="uiKlines")
    async def ui_klines(
        self,
        symbol: str,
        interval: KlineIntervalLike,
        *,
        start_time: Time | None = None,
        end_time: Time | None = None,
        time_zone: str | None = None,
        limit: int | None = None,
    ) -> list[Kline]:
        """Candles adjusted for charts."""
        ...

    @get("/api/v3/avgPrice", weight=2, ws="avgPrice")
    async def avg_price(self, symbol: str) -> AvgPrice:
        """The average price of the last minutes."""
        ...

    @overload
    async def ticker_24h(
        self,
        symbol: str,
        *,
        type: Literal["FULL", TickerType.FULL] | None = None,
        symbol_status: SymbolStatusLike | None = None,
    ) -> Ticker24h: ...
    @overload
    async def ticker_24h(
        self, symbol: str, *, type: Literal["MINI", TickerType.MINI], symbol_status: SymbolStatusLike | None = None
    ) -> MiniTicker: ...
    @overload
    async def ticker_24h(
        self,
        *,
        symbols: Sequence[str] | None = None,
        type: Literal["FULL", TickerType.FULL] | None = None,
        symbol_status: SymbolStatusLike | None = None,
    ) -> list[Ticker24h]: ...
    @overload
    async def ticker_24h(
        self,
        *,
        symbols: Sequence[str] | None = None,
        type: Literal["MINI", TickerType.MINI],
        symbol_status: SymbolStatusLike | None = None,
    ) -> list[MiniTicker]: ...
    @get("/api/v3/ticker/24hr", weight=by_symbols(one=2, rows={20: 2, 100: 40}, none=80), ws="ticker.24hr")
    async def ticker_24h(
        self,
        symbol: str | None = None,
        *,
        symbols: Sequence[str] | None = None,
        type: TickerTypeLike | None = None,
        symbol_status: SymbolStatusLike | None = None,
    ) -> Ticker24h | list[Ticker24h] | MiniTicker | list[MiniTicker]:
        """Statistics of the last 24 hours, of one symbol, several, or all."""
        ...

    @overload
    async def ticker_trading_day(
        self,
        symbol: str,
        *,
        time_zone: str | None = None,
        type: Literal["FULL", TickerType.FULL] | None = None,
        symbol_status: SymbolStatusLike | None = None,
    ) -> WindowTicker: ...
    @overload
    async def ticker_trading_day(
        self,
        symbol: str,
        *,
        time_zone: str | None = None,
        type: Literal["MINI", TickerType.MINI],
        symbol_status: SymbolStatusLike | None = None,
    ) -> MiniTicker: ...
    @overload
    async def ticker_trading_day(
        self,
        *,
        symbols: Sequence[str],
        time_zone: str | None = None,
        type: Literal["FULL", TickerType.FULL] | None = None,
        symbol_status: SymbolStatusLike | None = None,
    ) -> list[WindowTicker]: ...
    @overload
    async def ticker_trading_day(
        self,
        *,
        symbols: Sequence[str],
        time_zone: str | None = None,
        type: Literal["MINI", TickerType.MINI],
        symbol_status: SymbolStatusLike | None = None,
    ) -> list[MiniTicker]: ...
    @get("/api/v3/ticker/tradingDay", weight=per_symbol(4, cap=200), ws="ticker.tradingDay")
    async def ticker_trading_day(
        self,
        symbol: str | None = None,
        *,
        symbols: Sequence[str] | None = None,
        time_zone: str | None = None,
        type: TickerTypeLike | None = None,
        symbol_status: SymbolStatusLike | None = None,
    ) -> WindowTicker | list[WindowTicker] | MiniTicker | list[MiniTicker]:
        """Statistics of the trading day, of one symbol or of up to 100."""
        ...

    @overload
    async def ticker(
        self,
        symbol: str,
        *,
        window_size: str | None = None,
        type: Literal["FULL", TickerType.FULL] | None = None,
        symbol_status: SymbolStatusLike | None = None,
    ) -> WindowTicker: ...
    @overload
    async def ticker(
        self,
        symbol: str,
        *,
        window_size: str | None = None,
        type: Literal["MINI", TickerType.MINI],
        symbol_status: SymbolStatusLike | None = None,
    ) -> MiniTicker: ...
    @overload
    async def ticker(
        self,
        *,
        symbols: Sequence[str],
        window_size: str | None = None,
        type: Literal["FULL", TickerType.FULL] | None = None,
        symbol_status: SymbolStatusLike | None = None,
    ) -> list[WindowTicker]: ...
    @overload
    async def ticker(
        self,
        *,
        symbols: Sequence[str],
        window_size: str | None = None,
        type: Literal["MINI", TickerType.MINI],
        symbol_status: SymbolStatusLike | None = None,
    ) -> list[MiniTicker]: ...
    @get("/api/v3/ticker", weight=per_symbol(4, cap=200), ws="ticker")
    async def ticker(
        self,
        symbol: str | None = None,
        *,
        symbols: Sequence[str] | None = None,
        window_size: str | None = None,
        type: TickerTypeLike | None = None,
        symbol_status: SymbolStatusLike | None = None,
    ) -> WindowTicker | list[WindowTicker] | MiniTicker | list[MiniTicker]:
        """Statistics of a rolling window (`1m` to `59m`, `1h` to `23h`, `1d` to `7d`; 1d if not said)."""
        ...

    @overload
    async def ticker_price(self, symbol: str, *, symbol_status: SymbolStatusLike | None = None) -> PriceTicker: ...
    @overload
    async def ticker_price(
        self, *, symbols: Sequence[str] | None = None, symbol_status: SymbolStatusLike | None = None
    ) -> list[PriceTicker]: ...
    @get("/api/v3/ticker/price", weight=by_symbols(one=2, none=4), ws="ticker.price")
    async def ticker_price(
        self,
        symbol: str | None = None,
        *,
        symbols: Sequence[str] | None = None,
        symbol_status: SymbolStatusLike | None = None,
    ) -> PriceTicker | list[PriceTicker]:
        """The last price of one symbol, several, or all."""
        ...

    @overload
    async def ticker_book(self, symbol: str, *, symbol_status: SymbolStatusLike | None = None) -> BookTicker: ...
    @overload
    async def ticker_book(
        self, *, symbols: Sequence[str] | None = None, symbol_status: SymbolStatusLike | None = None
    ) -> list[BookTicker]: ...
    @get("/api/v3/ticker/bookTicker", weight=by_symbols(one=2, none=4), ws="ticker.book")
    async def ticker_book(
        self,
        symbol: str | None = None,
        *,
        symbols: Sequence[str] | None = None,
        symbol_status: SymbolStatusLike | None = None,
    ) -> BookTicker | list[BookTicker]:
        """The best bid and ask of one symbol, several, or all."""
        ...

    @get("/api/v3/referencePrice", weight=2, ws="referencePrice", since="2026-03-09")
    async def reference_price(self, symbol: str) -> ReferencePrice:
        """The reference price of a symbol."""
        ...

    @get("/api/v3/referencePrice/calculation", weight=2, ws="referencePrice.calculation", since="2026-03-09")
    async def reference_price_calculation(
        self, symbol: str, *, symbol_status: SymbolStatusLike | None = None
    ) -> ReferencePriceCalculation:
        """How the reference price of a symbol is made."""
        ...
