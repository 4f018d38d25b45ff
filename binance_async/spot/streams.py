# mypy: disable-error-code="empty-body"
"""The market streams of spot.

streams.trade("BTCUSDT")            events with Decimal, exact
streams.as_float.trade("BTCUSDT")   events with float
streams.as_str.trade("BTCUSDT")     events with the exchange's text
streams.raw("btcusdt@trade")        any name; one that no declaration knows brings `RawEvent`
"""

from decimal import Decimal
from typing import Final, Literal

from binance_async.core.events import RawEvent
from binance_async.core.stream import N, Stream, StreamGroup, stream
from binance_async.spot.enums import KlineIntervalLike
from binance_async.spot.events import (
    AggTrade,
    AvgPrice,
    BlockTrade,
    BookTicker,
    DepthUpdate,
    KlineEvent,
    MarketEvent,
    MiniTicker,
    PartialDepth,
    ReferencePrice,
    Ticker,
    Trade,
    WindowTicker,
)

__all__ = [
    "Streams",
    "agg_trade",
    "all_mini_tickers",
    "all_tickers",
    "all_window_tickers",
    "as_float",
    "as_str",
    "avg_price",
    "block_trade",
    "book_ticker",
    "decimals",
    "depth",
    "kline",
    "kline_utc8",
    "mini_ticker",
    "partial_depth",
    "raw",
    "reference_price",
    "ticker",
    "trade",
    "window_ticker",
]


class Streams(StreamGroup[N]):
    """The market streams of spot, with one kind of number."""

    @stream("<symbol>@aggTrade")
    def agg_trade(self, symbol: str) -> Stream[AggTrade[N]]:
        """Trades, those of one taker order at one price taken together; as they happen."""
        ...

    @stream("<symbol>@trade")
    def trade(self, symbol: str) -> Stream[Trade[N]]:
        """Every trade, as it happens."""
        ...

    @stream("<symbol>@blockTrade", since="2026-05-12")
    def block_trade(self, symbol: str) -> Stream[BlockTrade[N]]:
        """Every block trade, as it happens."""
        ...

    @stream("<symbol>@kline_<interval>")
    def kline(self, symbol: str, interval: KlineIntervalLike) -> Stream[KlineEvent[N]]:
        """The candle of an interval as it changes, every 2 seconds (every second for `1s`); days begin at 0:00 UTC."""
        ...

    @stream("<symbol>@kline_<interval>@+08:00")
    def kline_utc8(self, symbol: str, interval: KlineIntervalLike) -> Stream[KlineEvent[N]]:
        """The same with candles cut at 0:00 UTC+8. All times in the events stay UTC."""
        ...

    @stream("<symbol>@miniTicker")
    def mini_ticker(self, symbol: str) -> Stream[MiniTicker[N]]:
        """The statistics of the last 24 hours in short, every second."""
        ...

    @stream("!miniTicker@arr")
    def all_mini_tickers(self) -> Stream[list[MiniTicker[N]]]:
        """The short statistics of all symbols that changed, every second."""
        ...

    @stream("<symbol>@ticker")
    def ticker(self, symbol: str) -> Stream[Ticker[N]]:
        """The statistics of the last 24 hours, every second."""
        ...

    @stream("!ticker@arr", until="2026-03-26")
    def all_tickers(self) -> Stream[list[Ticker[N]]]:
        """The statistics of all symbols that changed, every second. Retired: use `all_mini_tickers` or `ticker`."""
        ...

    @stream("<symbol>@ticker_<window_size>")
    def window_ticker(self, symbol: str, window_size: Literal["1h", "4h", "1d"]) -> Stream[WindowTicker[N]]:
        """The statistics of a rolling window, every second."""
        ...

    @stream("!ticker_<window-size>@arr")
    def all_window_tickers(self, window_size: Literal["1h", "4h", "1d"]) -> Stream[list[WindowTicker[N]]]:
        """The statistics of a rolling window for all symbols that changed, every second."""
        ...

    @stream("<symbol>@bookTicker")
    def book_ticker(self, symbol: str) -> Stream[BookTicker[N]]:
        """The best bid and ask, whenever one of them changes."""
        ...

    @stream("<symbol>@avgPrice")
    def avg_price(self, symbol: str) -> Stream[AvgPrice[N]]:
        """The average price of the last minutes, every second."""
        ...

    @stream("<symbol>@depth<levels>[@<speed>]")
    def partial_depth(
        self, symbol: str, levels: Literal[5, 10, 20], speed: Literal["100ms"] | None = None
    ) -> Stream[PartialDepth[N]]:
        """The best 5, 10 or 20 levels of the book, every second or every 100 ms."""
        ...

    @stream("<symbol>@depth[@<speed>]")
    def depth(self, symbol: str, speed: Literal["100ms"] | None = None) -> Stream[DepthUpdate[N]]:
        """The changes of the book, every second or every 100 ms."""
        ...

    @stream("<symbol>@referencePrice", since="2026-03-09")
    def reference_price(self, symbol: str) -> Stream[ReferencePrice[N]]:
        """The reference price, every second."""
        ...

    def raw(self, name: str) -> Stream[MarketEvent[N] | RawEvent]:
        """The stream of this name, typed if a declaration fits it."""
        return self.named(name)


decimals: Streams[Decimal] = Streams(Decimal)
as_float: Streams[float] = Streams(float)
as_str: Streams[str] = Streams(str)

agg_trade: Final = decimals.agg_trade
trade: Final = decimals.trade
block_trade: Final = decimals.block_trade
kline: Final = decimals.kline
kline_utc8: Final = decimals.kline_utc8
mini_ticker: Final = decimals.mini_ticker
all_mini_tickers: Final = decimals.all_mini_tickers
ticker: Final = decimals.ticker
all_tickers: Final = decimals.all_tickers
window_ticker: Final = decimals.window_ticker
all_window_tickers: Final = decimals.all_window_tickers
book_ticker: Final = decimals.book_ticker
avg_price: Final = decimals.avg_price
partial_depth: Final = decimals.partial_depth
depth: Final = decimals.depth
reference_price: Final = decimals.reference_price
raw: Final = decimals.raw
