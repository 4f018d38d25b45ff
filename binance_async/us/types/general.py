"""Replies of the general calls."""

from msgspec import Struct

from binance_async.us.enums import OrderType, RateLimitInterval, RateLimitType, SelfTradePreventionMode, SymbolStatus
from binance_async.us.filters import Filter


class ServerTime(Struct, frozen=True, kw_only=True, rename="camel"):
    """The exchange's clock."""

    server_time: int


class RateLimit(Struct, frozen=True, kw_only=True, rename="camel"):
    """A limit: at most `limit` of `rate_limit_type` in each window of `interval_num` x `interval`.

    Replies of the WebSocket API add `count`, what is used of it now.
    """

    rate_limit_type: RateLimitType = RateLimitType("")
    interval: RateLimitInterval = RateLimitInterval("")
    interval_num: int = 0
    limit: int = 0
    count: int | None = None


class Symbol(Struct, frozen=True, kw_only=True, rename="camel"):
    """A symbol and what is allowed on it."""

    symbol: str
    status: SymbolStatus
    base_asset: str
    base_asset_precision: int
    quote_asset: str
    quote_precision: int
    quote_asset_precision: int
    base_commission_precision: int
    quote_commission_precision: int
    order_types: list[OrderType]
    iceberg_allowed: bool
    oco_allowed: bool
    quote_order_qty_market_allowed: bool
    allow_trailing_stop: bool
    cancel_replace_allowed: bool
    is_spot_trading_allowed: bool
    is_margin_trading_allowed: bool
    filters: list[Filter]
    permissions: list[str] | None = None
    default_self_trade_prevention_mode: SelfTradePreventionMode | None = None
    allowed_self_trade_prevention_modes: list[SelfTradePreventionMode] | None = None


class ExchangeInfo(Struct, frozen=True, kw_only=True, rename="camel"):
    """The exchange's limits and symbols.

    The document prints permissions beside the symbols (REST) or inside of them (WebSocket API), and the self-trade
    prevention modes beside them.
    """

    timezone: str
    server_time: int
    rate_limits: list[RateLimit]
    exchange_filters: list[Filter]
    symbols: list[Symbol]
    permissions: list[str] | None = None
    default_self_trade_prevention_mode: SelfTradePreventionMode | None = None
    allowed_self_trade_prevention_modes: list[SelfTradePreventionMode] | None = None
