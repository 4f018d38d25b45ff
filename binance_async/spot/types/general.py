"""Replies of the general calls."""

from decimal import Decimal

from msgspec import Struct

from binance_async.spot.enums import (
    ExecutionRuleType,
    OrderType,
    RateLimitInterval,
    RateLimitType,
    SelfTradePreventionMode,
    SymbolStatus,
)
from binance_async.spot.filters import Filter


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
    oto_allowed: bool = False
    opo_allowed: bool = False
    quote_order_qty_market_allowed: bool
    allow_trailing_stop: bool
    cancel_replace_allowed: bool
    allow_amend: bool | None = None
    amend_allowed: bool | None = None
    peg_instructions_allowed: bool = False
    is_spot_trading_allowed: bool
    is_margin_trading_allowed: bool
    filters: list[Filter]
    permissions: list[str]
    permission_sets: list[list[str]] = []
    default_self_trade_prevention_mode: SelfTradePreventionMode = SelfTradePreventionMode.NONE
    allowed_self_trade_prevention_modes: list[SelfTradePreventionMode] = []


class Sor(Struct, frozen=True, kw_only=True, rename="camel"):
    """A base asset whose symbols the smart order router joins."""

    base_asset: str
    symbols: list[str]


class ExchangeInfo(Struct, frozen=True, kw_only=True, rename="camel"):
    """The exchange's limits and symbols."""

    timezone: str
    server_time: int
    rate_limits: list[RateLimit]
    exchange_filters: list[Filter]
    symbols: list[Symbol]
    sors: list[Sor] = []


class ExecutionRule(Struct, frozen=True, kw_only=True, rename="camel"):
    """A rule that executions obey: the multipliers bound the price against the reference price."""

    rule_type: ExecutionRuleType
    bid_limit_mult_up: Decimal | None = None
    bid_limit_mult_down: Decimal | None = None
    ask_limit_mult_up: Decimal | None = None
    ask_limit_mult_down: Decimal | None = None


class SymbolExecutionRules(Struct, frozen=True, kw_only=True, rename="camel"):
    """The execution rules of one symbol."""

    symbol: str
    rules: list[ExecutionRule]


class ExecutionRules(Struct, frozen=True, kw_only=True, rename="camel"):
    """The execution rules of the symbols asked for."""

    symbol_rules: list[SymbolExecutionRules]
