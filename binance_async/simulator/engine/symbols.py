"""What a symbol is: assets, filters, what it allows. And a ready-made exchange of as many symbols as wanted.

Filters are kept as `exchangeInfo` shows them; `filters.py` reads the numbers out of them once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

__all__ = ["ORDER_TYPES", "STP_MODES", "SymbolSpec", "default_symbols"]

Filter = Mapping[str, Any]

ORDER_TYPES = (
    "LIMIT",
    "LIMIT_MAKER",
    "MARKET",
    "STOP_LOSS",
    "STOP_LOSS_LIMIT",
    "TAKE_PROFIT",
    "TAKE_PROFIT_LIMIT",
)
STP_MODES = ("NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT")


@dataclass(frozen=True, slots=True)
class SymbolSpec:
    """One entry of `exchangeInfo`'s symbols."""

    symbol: str
    base_asset: str
    quote_asset: str
    filters: tuple[Filter, ...] = ()
    status: str = "TRADING"
    order_types: tuple[str, ...] = ORDER_TYPES
    iceberg_allowed: bool = True
    oco_allowed: bool = True
    oto_allowed: bool = True
    quote_order_qty_market_allowed: bool = True
    allow_trailing_stop: bool = True
    cancel_replace_allowed: bool = True
    amend_allowed: bool = True
    sor_allowed: bool = False
    is_spot_trading_allowed: bool = True
    is_margin_trading_allowed: bool = False
    permission_sets: tuple[tuple[str, ...], ...] = (("SPOT",),)
    default_self_trade_prevention_mode: str = "EXPIRE_MAKER"
    allowed_self_trade_prevention_modes: tuple[str, ...] = STP_MODES
    start_price: Decimal = field(default=Decimal(1), compare=False)
    """Where a simulated market may start from. Nothing in the engine reads it."""


def _plain(number: str) -> str:
    return f"{Decimal(number):.8f}"


def standard_filters(tick: str, step: str, min_notional: str, *, max_price: str, max_qty: str) -> tuple[Filter, ...]:
    """The set of filters that the exchange gives a symbol."""
    largest = _plain(max_qty)
    return (
        {
            "filterType": "PRICE_FILTER",
            "minPrice": _plain(tick),
            "maxPrice": _plain(max_price),
            "tickSize": _plain(tick),
        },
        {"filterType": "LOT_SIZE", "minQty": _plain(step), "maxQty": largest, "stepSize": _plain(step)},
        {"filterType": "ICEBERG_PARTS", "limit": 10},
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": "0.00000000",
            "maxQty": _plain(str(Decimal(max_qty) / 50)),
            "stepSize": "0.00000000",
        },
        {
            "filterType": "TRAILING_DELTA",
            "minTrailingAboveDelta": 10,
            "maxTrailingAboveDelta": 2000,
            "minTrailingBelowDelta": 10,
            "maxTrailingBelowDelta": 2000,
        },
        {
            "filterType": "PERCENT_PRICE_BY_SIDE",
            "bidMultiplierUp": "5",
            "bidMultiplierDown": "0.2",
            "askMultiplierUp": "5",
            "askMultiplierDown": "0.2",
            "avgPriceMins": 5,
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": _plain(min_notional),
            "applyMinToMarket": True,
            "maxNotional": "9000000.00000000",
            "applyMaxToMarket": False,
            "avgPriceMins": 5,
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 5},
    )


_INTERCHANGEABLE = ("USDT", "USDC")

# base, quote, price, tick, step, least notional, largest price, largest quantity
_KNOWN = (
    ("BTC", "USDT", "60000", "0.01", "0.00001", "5", "1000000", "9000"),
    ("ETH", "USDT", "3000", "0.01", "0.0001", "5", "1000000", "9000"),
    ("BNB", "USDT", "600", "0.01", "0.001", "5", "100000", "900000"),
    ("ETH", "BTC", "0.05", "0.00001", "0.0001", "0.0001", "922327", "100000"),
    ("LTC", "BTC", "0.0013", "0.000001", "0.001", "0.0001", "1000", "100000"),
    ("BNB", "BTC", "0.01", "0.000001", "0.001", "0.0001", "1000", "100000"),
    ("LTC", "USDT", "80", "0.01", "0.001", "5", "100000", "90000"),
    ("SOL", "USDT", "150", "0.01", "0.001", "5", "10000", "90000"),
    ("XRP", "USDT", "0.6", "0.0001", "1", "5", "10000", "9222449"),
    ("ADA", "USDT", "0.4", "0.0001", "0.1", "5", "1000", "900000"),
    ("DOGE", "USDT", "0.12", "0.00001", "1", "1", "1000", "9000000"),
    ("TRX", "USDT", "0.13", "0.0001", "0.1", "5", "1000", "9000000"),
    ("LINK", "USDT", "14", "0.01", "0.01", "5", "10000", "90000"),
    ("DOT", "USDT", "6", "0.001", "0.01", "5", "10000", "90000"),
    ("AVAX", "USDT", "27", "0.01", "0.01", "5", "10000", "90000"),
    ("BCH", "USDT", "380", "0.1", "0.001", "5", "10000", "90000"),
    ("XLM", "USDT", "0.1", "0.0001", "1", "5", "1000", "9000000"),
    ("ATOM", "USDT", "7", "0.001", "0.01", "5", "10000", "90000"),
    ("ETC", "USDT", "22", "0.01", "0.01", "5", "10000", "90000"),
    ("UNI", "USDT", "9", "0.001", "0.01", "5", "10000", "90000"),
    ("BTC", "USDC", "60000", "0.01", "0.00001", "5", "1000000", "9000"),
    ("ETH", "USDC", "3000", "0.01", "0.0001", "5", "1000000", "9000"),
    ("BNB", "ETH", "0.2", "0.0001", "0.001", "0.001", "1000", "90000"),
    ("XRP", "BTC", "0.00001", "0.00000001", "1", "0.0001", "1000", "90000000"),
)


def default_symbols(number: int = 6) -> tuple[SymbolSpec, ...]:
    """The first `number` symbols of a believable exchange; beyond those known, invented ones against USDT."""
    known = [_spec(*row) for row in _KNOWN[:number]]
    invented = [
        _spec(f"SIM{index:03d}", "USDT", "10", "0.001", "0.01", "5", "10000", "900000")
        for index in range(len(_KNOWN) + 1, number + 1)
    ]
    return (*known, *invented)


def _spec(base: str, quote: str, price: str, tick: str, step: str, least: str, high: str, most: str) -> SymbolSpec:
    return SymbolSpec(
        symbol=base + quote,
        base_asset=base,
        quote_asset=quote,
        filters=standard_filters(tick, step, least, max_price=high, max_qty=most),
        sor_allowed=quote in _INTERCHANGEABLE,
        start_price=Decimal(price),
    )
