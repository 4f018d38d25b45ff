"""The filters that bound orders on a symbol or on the exchange.

A filter of a kind that is not known yet arrives as `UnknownFilter` and breaks nothing.
"""

from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct

from binance_async.core.decoding import open_union


class PriceFilter(Struct, frozen=True, kw_only=True, rename="camel", tag_field="filterType", tag="PRICE_FILTER"):
    """Prices lie between `min_price` and `max_price` on steps of `tick_size`; a bound of 0 is off."""

    min_price: Decimal
    max_price: Decimal
    tick_size: Decimal


class PercentPrice(Struct, frozen=True, kw_only=True, rename="camel", tag_field="filterType", tag="PERCENT_PRICE"):
    """Prices stay near the average of the last `avg_price_mins` minutes."""

    multiplier_up: Decimal
    multiplier_down: Decimal
    avg_price_mins: int


class PercentPriceBySide(
    Struct, frozen=True, kw_only=True, rename="camel", tag_field="filterType", tag="PERCENT_PRICE_BY_SIDE"
):
    """The same with bounds of its own for each side."""

    bid_multiplier_up: Decimal
    bid_multiplier_down: Decimal
    ask_multiplier_up: Decimal
    ask_multiplier_down: Decimal
    avg_price_mins: int


class LotSize(Struct, frozen=True, kw_only=True, rename="camel", tag_field="filterType", tag="LOT_SIZE"):
    """Quantities lie between `min_qty` and `max_qty` on steps of `step_size`."""

    min_qty: Decimal
    max_qty: Decimal
    step_size: Decimal


class MarketLotSize(Struct, frozen=True, kw_only=True, rename="camel", tag_field="filterType", tag="MARKET_LOT_SIZE"):
    """The same for MARKET orders; a step of 0 is off."""

    min_qty: Decimal
    max_qty: Decimal
    step_size: Decimal


class MinNotional(Struct, frozen=True, kw_only=True, rename="camel", tag_field="filterType", tag="MIN_NOTIONAL"):
    """Price x quantity is at least this."""

    min_notional: Decimal
    apply_to_market: bool
    avg_price_mins: int


class Notional(Struct, frozen=True, kw_only=True, rename="camel", tag_field="filterType", tag="NOTIONAL"):
    """Price x quantity lies in a range."""

    min_notional: Decimal
    apply_min_to_market: bool
    max_notional: Decimal
    apply_max_to_market: bool
    avg_price_mins: int


class IcebergParts(Struct, frozen=True, kw_only=True, rename="camel", tag_field="filterType", tag="ICEBERG_PARTS"):
    """An iceberg order has at most this many parts."""

    limit: int


class MaxNumOrders(Struct, frozen=True, kw_only=True, rename="camel", tag_field="filterType", tag="MAX_NUM_ORDERS"):
    """Open orders on the symbol: `limit` as the document's example spells it, else `max_num_orders`."""

    limit: int | None = None
    max_num_orders: int | None = None


class MaxNumAlgoOrders(
    Struct, frozen=True, kw_only=True, rename="camel", tag_field="filterType", tag="MAX_NUM_ALGO_ORDERS"
):
    """Open stop and take-profit orders on the symbol."""

    max_num_algo_orders: int


class MaxNumIcebergOrders(
    Struct, frozen=True, kw_only=True, rename="camel", tag_field="filterType", tag="MAX_NUM_ICEBERG_ORDERS"
):
    """Open iceberg orders on the symbol."""

    max_num_iceberg_orders: int


class MaxPosition(Struct, frozen=True, kw_only=True, rename="camel", tag_field="filterType", tag="MAX_POSITION"):
    """What is held of the base asset plus what open buys would add."""

    max_position: Decimal


class TrailingDelta(Struct, frozen=True, kw_only=True, rename="camel", tag_field="filterType", tag="TRAILING_DELTA"):
    """Trailing deltas in basis points, above and below the price."""

    min_trailing_above_delta: int
    max_trailing_above_delta: int
    min_trailing_below_delta: int
    max_trailing_below_delta: int


class ExchangeMaxNumOrders(
    Struct, frozen=True, kw_only=True, rename="camel", tag_field="filterType", tag="EXCHANGE_MAX_NUM_ORDERS"
):
    """Open orders on the exchange."""

    max_num_orders: int


class ExchangeMaxAlgoOrders(
    Struct, frozen=True, kw_only=True, rename="camel", tag_field="filterType", tag="EXCHANGE_MAX_ALGO_ORDERS"
):
    """Open stop and take-profit orders on the exchange."""

    max_num_algo_orders: int


class ExchangeMaxNumIcebergOrders(
    Struct, frozen=True, kw_only=True, rename="camel", tag_field="filterType", tag="EXCHANGE_MAX_NUM_ICEBERG_ORDERS"
):
    """Open iceberg orders on the exchange."""

    max_num_iceberg_orders: int


class UnknownFilter(Struct, frozen=True, kw_only=True, tag_field="filterType", tag="?"):
    """A filter of a kind that this version does not know, as it came."""

    name: str
    fields: dict[str, str | int | float | bool | None]


KnownFilter: TypeAlias = (
    PriceFilter
    | PercentPrice
    | PercentPriceBySide
    | LotSize
    | MarketLotSize
    | MinNotional
    | Notional
    | IcebergParts
    | MaxNumOrders
    | MaxNumAlgoOrders
    | MaxNumIcebergOrders
    | MaxPosition
    | TrailingDelta
    | ExchangeMaxNumOrders
    | ExchangeMaxAlgoOrders
    | ExchangeMaxNumIcebergOrders
)
Filter: TypeAlias = KnownFilter | UnknownFilter

open_union("filterType", KnownFilter, UnknownFilter)
