"""Replies of the market data calls."""

from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct

Level: TypeAlias = tuple[Decimal, Decimal]
"""A price and the quantity there."""


class OrderBook(Struct, frozen=True, kw_only=True, rename="camel"):
    """A snapshot of the book, best prices first."""

    last_update_id: int
    bids: list[Level]
    asks: list[Level]


class Trade(Struct, frozen=True, kw_only=True, rename="camel"):
    """A trade of the market."""

    id: int
    price: Decimal
    qty: Decimal
    quote_qty: Decimal
    time: int
    is_buyer_maker: bool
    is_best_match: bool


class AggTrade(
    Struct,
    frozen=True,
    kw_only=True,
    rename={
        "id": "a",
        "price": "p",
        "qty": "q",
        "first_trade_id": "f",
        "last_trade_id": "l",
        "time": "T",
        "is_buyer_maker": "m",
        "is_best_match": "M",
    },
):
    """Trades of one taker order at one price, taken together."""

    id: int
    price: Decimal
    qty: Decimal
    first_trade_id: int
    last_trade_id: int
    time: int
    is_buyer_maker: bool
    is_best_match: bool


class Kline(Struct, frozen=True, array_like=True):
    """A candle; it is known by its open time."""

    open_time: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    close_time: int
    quote_volume: Decimal
    trades: int
    taker_buy_base_volume: Decimal
    taker_buy_quote_volume: Decimal
    unused: str = "0"


class AvgPrice(Struct, frozen=True, kw_only=True, rename="camel"):
    """The average price of the last minutes."""

    mins: int
    price: Decimal


class Ticker24h(Struct, frozen=True, kw_only=True, rename="camel"):
    """Statistics of the last 24 hours."""

    symbol: str
    price_change: Decimal
    price_change_percent: Decimal
    weighted_avg_price: Decimal
    prev_close_price: Decimal
    last_price: Decimal
    last_qty: Decimal
    bid_price: Decimal
    bid_qty: Decimal
    ask_price: Decimal
    ask_qty: Decimal
    open_price: Decimal
    high_price: Decimal
    low_price: Decimal
    volume: Decimal
    quote_volume: Decimal
    open_time: int
    close_time: int
    first_id: int
    last_id: int
    count: int


class WindowTicker(Struct, frozen=True, kw_only=True, rename="camel"):
    """Statistics of a trading day or of a rolling window."""

    symbol: str
    price_change: Decimal
    price_change_percent: Decimal
    weighted_avg_price: Decimal
    open_price: Decimal
    high_price: Decimal
    low_price: Decimal
    last_price: Decimal
    volume: Decimal
    quote_volume: Decimal
    open_time: int
    close_time: int
    first_id: int
    last_id: int
    count: int


class MiniTicker(Struct, frozen=True, kw_only=True, rename="camel"):
    """The statistics of a ticker of type MINI.

    By the text of the REST pages a 24-hour one keeps its change and the last close before; the WebSocket API's do not.
    """

    symbol: str
    price_change: Decimal | None = None
    prev_close_price: Decimal | None = None
    open_price: Decimal
    high_price: Decimal
    low_price: Decimal
    last_price: Decimal
    volume: Decimal
    quote_volume: Decimal
    open_time: int
    close_time: int
    first_id: int
    last_id: int
    count: int


class PriceTicker(Struct, frozen=True, kw_only=True, rename="camel"):
    """The last price of a symbol."""

    symbol: str
    price: Decimal


class BookTicker(Struct, frozen=True, kw_only=True, rename="camel"):
    """The best bid and ask of a symbol."""

    symbol: str
    bid_price: Decimal
    bid_qty: Decimal
    ask_price: Decimal
    ask_qty: Decimal
