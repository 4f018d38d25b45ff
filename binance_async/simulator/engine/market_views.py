"""Market data as the documents spell it: answers and events made of trades, bars and statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from binance_async.simulator.engine.amounts import text
from binance_async.simulator.engine.bars import INTERVALS, next_open

if TYPE_CHECKING:
    from collections.abc import Mapping

    from binance_async.simulator.engine.bars import Bar
    from binance_async.simulator.engine.market_data import Statistics
    from binance_async.simulator.engine.records import Trade
    from binance_async.simulator.engine.symbols import SymbolSpec

__all__ = [
    "kline",
    "kline_event",
    "mini_ticker_event",
    "percent",
    "rolling_ticker_event",
    "symbol_entry",
    "ticker",
    "ticker_event",
    "trade",
]

Reply = dict[str, Any]

_NAMES = {"o": "openPrice", "h": "highPrice", "l": "lowPrice", "c": "lastPrice", "v": "volume", "q": "quoteVolume"}


def trade(record: Trade, *, micro: bool) -> Reply:
    """One of the recent or historical trades."""
    return {
        "id": record.id,
        "price": text(record.price),
        "qty": text(record.qty),
        "quoteQty": text(record.quote),
        "time": record.time if micro else record.time // 1000,
        "isBuyerMaker": record.buyer_maker,
        "isBestMatch": True,
    }


def percent(thousandths: int) -> str:
    """A percentage of three decimals."""
    sign = "-" if thousandths < 0 else ""
    size = abs(thousandths)
    return f"{sign}{size // 1000}.{size % 1000:03d}"


def _open_and_close(bar: Bar, interval: str, offset: int, *, micro: bool) -> tuple[int, int]:
    scale = 1_000_000 if micro else 1_000
    return bar.time * scale, next_open(bar.time, INTERVALS[interval], offset) * scale - 1


def kline(bar: Bar, interval: str, offset: int, *, micro: bool) -> list[Any]:
    """One row of klines."""
    opened, closed = _open_and_close(bar, interval, offset, micro=micro)
    return [
        opened,
        text(bar.open),
        text(bar.high),
        text(bar.low),
        text(bar.close),
        text(bar.volume),
        closed,
        text(bar.quote),
        bar.count,
        text(bar.buy_volume),
        text(bar.buy_quote),
        "0",
    ]


def kline_event(symbol: str, bar: Bar, interval: str, offset: int, now: int, *, closed: bool, micro: bool) -> Reply:
    """The kline event."""
    first, last = _open_and_close(bar, interval, offset, micro=micro)
    return {
        "e": "kline",
        "E": now if micro else now // 1000,
        "s": symbol,
        "k": {
            "t": first,
            "T": last,
            "s": symbol,
            "i": interval,
            "f": bar.first_id,
            "L": bar.last_id,
            "o": text(bar.open),
            "c": text(bar.close),
            "h": text(bar.high),
            "l": text(bar.low),
            "v": text(bar.volume),
            "n": bar.count,
            "x": closed,
            "q": text(bar.quote),
            "V": text(bar.buy_volume),
            "Q": text(bar.buy_quote),
            "B": "0",
        },
    }


def _prices(statistics: Statistics) -> dict[str, str]:
    return {
        "o": text(statistics.open),
        "h": text(statistics.high),
        "l": text(statistics.low),
        "c": text(statistics.last),
        "v": text(statistics.volume),
        "q": text(statistics.quote),
    }


def ticker(
    symbol: str,
    statistics: Statistics,
    opened: int,
    closed: int,
    *,
    mini: bool,
    book: Mapping[str, str] | None,
    lasts: Mapping[str, str] | None = None,
) -> Reply:
    """A ticker answer. `book` and `lasts` are what only the 24-hour one has; times are in the caller's unit."""
    prices = {_NAMES[key]: value for key, value in _prices(statistics).items()}
    times = {
        "openTime": opened,
        "closeTime": closed,
        "firstId": statistics.first_id,
        "lastId": statistics.last_id,
        "count": statistics.count,
    }
    if mini:
        return {"symbol": symbol, **prices, **times}
    changes = {
        "priceChange": text(statistics.change),
        "priceChangePercent": percent(statistics.change_percent),
        "weightedAvgPrice": text(statistics.average),
    }
    if book is None or lasts is None:
        return {"symbol": symbol, **changes, **prices, **times}
    last = {"lastPrice": prices.pop("lastPrice")}
    return {
        "symbol": symbol,
        **changes,
        "prevClosePrice": lasts["prevClosePrice"],
        **last,
        "lastQty": lasts["lastQty"],
        **book,
        **prices,
        **times,
    }


def mini_ticker_event(symbol: str, statistics: Statistics, now: int, *, micro: bool) -> Reply:
    """The 24hrMiniTicker event."""
    prices = _prices(statistics)
    time = now if micro else now // 1000
    return {
        "e": "24hrMiniTicker",
        "E": time,
        "s": symbol,
        **{key: prices[key] for key in ("c", "o", "h", "l", "v", "q")},
    }


def ticker_event(
    symbol: str,
    statistics: Statistics,
    now: int,
    opened: int,
    best: tuple[int, int, int, int],
    last_qty: int,
    *,
    micro: bool,
) -> Reply:
    """The 24hrTicker event."""
    prices = _prices(statistics)
    scale = 1 if micro else 1000
    bid, bid_qty, ask, ask_qty = best
    return {
        "e": "24hrTicker",
        "E": now // scale,
        "s": symbol,
        "p": text(statistics.change),
        "P": percent(statistics.change_percent),
        "w": text(statistics.average),
        "x": text(statistics.previous_close),
        "c": prices["c"],
        "Q": text(last_qty),
        "b": text(bid),
        "B": text(bid_qty),
        "a": text(ask),
        "A": text(ask_qty),
        **{key: prices[key] for key in ("o", "h", "l", "v", "q")},
        "O": opened // scale,
        "C": now // scale,
        "F": statistics.first_id,
        "L": statistics.last_id,
        "n": statistics.count,
    }


def rolling_ticker_event(
    symbol: str, window: str, statistics: Statistics, now: int, opened: int, *, micro: bool
) -> Reply:
    """The 1hTicker, 4hTicker or 1dTicker event."""
    prices = _prices(statistics)
    scale = 1 if micro else 1000
    return {
        "e": f"{window}Ticker",
        "E": now // scale,
        "s": symbol,
        "p": text(statistics.change),
        "P": percent(statistics.change_percent),
        **{key: prices[key] for key in ("o", "h", "l", "c")},
        "w": text(statistics.average),
        "v": prices["v"],
        "q": prices["q"],
        "O": opened // scale,
        "C": now // scale,
        "F": statistics.first_id,
        "L": statistics.last_id,
        "n": statistics.count,
    }


def symbol_entry(spec: SymbolSpec, status: str, *, show_permission_sets: bool, edition: int) -> Reply:
    """One symbol of exchangeInfo."""
    entry: Reply = {
        "symbol": spec.symbol,
        "status": status,
        "baseAsset": spec.base_asset,
        "baseAssetPrecision": 8,
        "quoteAsset": spec.quote_asset,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": list(spec.order_types),
        "icebergAllowed": spec.iceberg_allowed,
        "ocoAllowed": spec.oco_allowed,
        "otoAllowed": spec.oto_allowed,
    }
    if edition >= 2026:
        entry["opoAllowed"] = False
    entry["quoteOrderQtyMarketAllowed"] = spec.quote_order_qty_market_allowed
    entry["allowTrailingStop"] = spec.allow_trailing_stop
    entry["cancelReplaceAllowed"] = spec.cancel_replace_allowed
    # The examples of 2025 say allowAmend, their text and today's exchange amendAllowed.
    entry["amendAllowed"] = spec.amend_allowed
    if edition >= 2026:
        entry["pegInstructionsAllowed"] = False
    else:
        entry["allowAmend"] = spec.amend_allowed
    entry["isSpotTradingAllowed"] = spec.is_spot_trading_allowed
    entry["isMarginTradingAllowed"] = spec.is_margin_trading_allowed
    entry["filters"] = [dict(each) for each in spec.filters]
    entry["permissions"] = []
    entry["permissionSets"] = [list(group) for group in spec.permission_sets] if show_permission_sets else []
    entry["defaultSelfTradePreventionMode"] = spec.default_self_trade_prevention_mode
    entry["allowedSelfTradePreventionModes"] = list(spec.allowed_self_trade_prevention_modes)
    return entry
