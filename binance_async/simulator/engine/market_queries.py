"""What anybody can ask: rules, books, trades, klines, tickers; and the events of streams that are pushed by time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from binance_async.simulator.engine import errors, market_views
from binance_async.simulator.engine.amounts import text
from binance_async.simulator.engine.bars import INTERVALS, Bar, align
from binance_async.simulator.engine.core import Core
from binance_async.simulator.engine.depth import snapshot
from binance_async.simulator.engine.errors import ExchangeError
from binance_async.simulator.engine.market_data import window_start
from binance_async.simulator.engine.ranges import limited, offset_of, span, window_minutes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from binance_async.simulator.engine.market import Market
    from binance_async.simulator.engine.records import AggTrade

__all__ = ["MarketQueries"]

Reply = dict[str, Any]
Replies = list[dict[str, Any]]

_DEFAULT_PERMISSIONS = ("SPOT", "MARGIN", "LEVERAGED")
_DAY = 86_400
_DAY_MINUTES = 1_440


class MarketQueries(Core):
    """Queries of the markets. None of them has an effect."""

    # Rules

    def exchange_info(
        self,
        *,
        symbol: str | None = None,
        symbols: Sequence[str] | None = None,
        permissions: Sequence[str] | None = None,
        show_permission_sets: bool = True,
        symbol_status: str | None = None,
        rate_limits: Sequence[Mapping[str, Any]] = (),
        micro: bool = False,
    ) -> Reply:
        """`GET /api/v3/exchangeInfo`. `rate_limits` are the door's own; the ORDERS limits are added to them."""
        named = [symbol] if symbol is not None else list(symbols) if symbols is not None else None
        if (symbol is not None and symbols is not None) or (named is not None and permissions is not None):
            raise errors.bad_combination()
        if named is not None and symbol_status is not None:
            raise errors.bad_combination()
        markets = self._shown(named, permissions, symbol_status)
        now = self.tick()
        info: Reply = {
            "timezone": "UTC",
            "serverTime": now if micro else now // 1000,
            "rateLimits": _sorted_limits([*map(dict, rate_limits), *(limit.payload() for limit in self.limits)]),
            "exchangeFilters": [dict(entry) for entry in self.exchange_rules.filters],
            "symbols": [
                market_views.symbol_entry(
                    market.spec, market.status, show_permission_sets=show_permission_sets, edition=self.edition
                )
                for market in markets
            ],
        }
        sors = self._sors()
        if sors:
            info["sors"] = sors
        return info

    def _shown(self, named: list[str] | None, permissions: Sequence[str] | None, status: str | None) -> list[Market]:
        if named is not None:
            if len(set(named)) < len(named):
                raise ExchangeError(-1151, "Symbol is present multiple times in the list.")
            return [self.market(name) for name in named]
        wanted = set(_DEFAULT_PERMISSIONS if permissions is None else permissions)
        shown = [
            market
            for market in self.markets.values()
            if any(wanted.intersection(group) for group in market.spec.permission_sets)
        ]
        return [market for market in shown if status is None or market.status == status]

    def _sors(self) -> Replies:
        by_base: dict[str, list[str]] = {}
        for market in self.markets.values():
            if market.spec.sor_allowed:
                by_base.setdefault(market.spec.base_asset, []).append(market.spec.symbol)
        return [{"baseAsset": base, "symbols": names} for base, names in by_base.items()]

    # Book and trades

    def depth(self, symbol: str, limit: int | None = None) -> Reply:
        """`GET /api/v3/depth`, and the partial book depth streams."""
        return snapshot(self.market(symbol).book, limited(limit, 100, 5000))

    def trades(self, symbol: str, limit: int | None = None, *, micro: bool = False) -> Replies:
        """`GET /api/v3/trades`, `trades.recent`."""
        return self.historical_trades(symbol, limit=limit, micro=micro)

    def historical_trades(
        self, symbol: str, *, from_id: int | None = None, limit: int | None = None, micro: bool = False
    ) -> Replies:
        """`GET /api/v3/historicalTrades`, `trades.historical`."""
        ring = self.market(symbol).data.trades
        number = limited(limit)
        found = ring.last(number) if from_id is None else ring.since(from_id, number)
        return [market_views.trade(each, micro=micro) for each in found]

    def agg_trades(
        self,
        symbol: str,
        *,
        from_id: int | None = None,
        start_time: int | None = None,
        end_time: int | None = None,
        limit: int | None = None,
        micro: bool = False,
    ) -> Replies:
        """`GET /api/v3/aggTrades`, `trades.aggregate`."""
        ring = self.market(symbol).data.aggs
        number = limited(limit)
        start, end = span(start_time, end_time, hours=None)
        if from_id is not None:
            if start is not None or end is not None:
                raise errors.bad_combination()
            found = ring.since(from_id, number)
        else:
            found = ring.between(start, end, number, _agg_time)
        return [each.fields(each.time if micro else each.time // 1000) for each in found]

    # Klines

    def klines(
        self,
        symbol: str,
        interval: str,
        *,
        start_time: int | None = None,
        end_time: int | None = None,
        time_zone: str | None = None,
        limit: int | None = None,
        micro: bool = False,
    ) -> list[list[Any]]:
        """`GET /api/v3/klines` and `uiKlines`."""
        market = self.market(symbol)
        offset = _zone(interval, time_zone)
        start, end = span(start_time, end_time, hours=None)
        bars = market.data.bars.filled(
            interval,
            self.tick() // 1_000_000,
            start=None if start is None else -(-start // 1_000_000),
            end=None if end is None else end // 1_000_000,
            limit=limited(limit),
            offset=offset,
        )
        return [market_views.kline(bar, interval, offset, micro=micro) for bar in bars]

    def kline_event(self, symbol: str, interval: str, *, time_zone: str | None = None, micro: bool = False) -> Reply:
        """The `kline` event of the kline that is open now (flat, if nothing traded in it)."""
        return self._kline_event(symbol, interval, time_zone, closed=False, micro=micro)

    def closed_kline_event(
        self, symbol: str, interval: str, *, time_zone: str | None = None, micro: bool = False
    ) -> Reply:
        """The `kline` event, with `x` true, of the kline before the one that is open now."""
        return self._kline_event(symbol, interval, time_zone, closed=True, micro=micro)

    def _kline_event(self, symbol: str, interval: str, time_zone: str | None, *, closed: bool, micro: bool) -> Reply:
        market = self.market(symbol)
        offset = _zone(interval, time_zone)
        now = self.tick()
        time = align(now // 1_000_000, INTERVALS[interval], offset)
        if closed:
            time = align(time - 1, INTERVALS[interval], offset)
        bars = market.data.bars.filled(interval, time, start=None, end=time, limit=1, offset=offset)
        bar = bars[0] if bars and bars[0].time == time else Bar(time, market.data.last_price)
        return market_views.kline_event(symbol, bar, interval, offset, now, closed=closed, micro=micro)

    # Tickers

    def avg_price(self, symbol: str, *, micro: bool = False) -> Reply:
        """`GET /api/v3/avgPrice`."""
        data = self.market(symbol).data
        last = max(data.last_time, 0)
        price = text(data.average(5, self.tick()))
        return {"mins": 5, "price": price, "closeTime": last if micro else last // 1000}

    def ticker_24hr(self, symbol: str, *, type: str = "FULL", micro: bool = False) -> Reply:
        """`GET /api/v3/ticker/24hr` of one symbol."""
        market = self.market(symbol)
        now = self.tick()
        scale = 1 if micro else 1000
        statistics = market.data.rolling(_DAY_MINUTES, now)
        bid, bid_qty, ask, ask_qty = market.best_now()
        book = {"bidPrice": text(bid), "bidQty": text(bid_qty), "askPrice": text(ask), "askQty": text(ask_qty)}
        lasts = {"prevClosePrice": text(statistics.previous_close), "lastQty": text(market.data.last_qty)}
        opened = (now - _DAY * 1_000_000) // scale
        return market_views.ticker(symbol, statistics, opened, now // scale, mini=_mini(type), book=book, lasts=lasts)

    def ticker_trading_day(
        self, symbol: str, *, time_zone: str | None = None, type: str = "FULL", micro: bool = False
    ) -> Reply:
        """`GET /api/v3/ticker/tradingDay` of one symbol."""
        market = self.market(symbol)
        opened = align(self.tick() // 1_000_000, _DAY, offset_of(time_zone))
        scale = 1_000_000 if micro else 1000
        return market_views.ticker(
            symbol,
            market.data.since(opened),
            opened * scale,
            (opened + _DAY) * scale - 1,
            mini=_mini(type),
            book=None,
        )

    def ticker_rolling(self, symbol: str, *, window_size: str = "1d", type: str = "FULL", micro: bool = False) -> Reply:
        """`GET /api/v3/ticker` of one symbol."""
        market = self.market(symbol)
        now = self.tick()
        minutes = window_minutes(window_size)
        opened = window_start(minutes, now) * (1_000_000 if micro else 1000)
        closed = now if micro else now // 1000
        statistics = market.data.rolling(minutes, now)
        return market_views.ticker(symbol, statistics, opened, closed, mini=_mini(type), book=None)

    def ticker_price(self, symbol: str) -> Reply:
        """`GET /api/v3/ticker/price` of one symbol."""
        return {"symbol": symbol, "price": text(self.market(symbol).data.last_price)}

    def ticker_book(self, symbol: str) -> Reply:
        """`GET /api/v3/ticker/bookTicker` of one symbol."""
        bid, bid_qty, ask, ask_qty = self.market(symbol).best_now()
        return {
            "symbol": symbol,
            "bidPrice": text(bid),
            "bidQty": text(bid_qty),
            "askPrice": text(ask),
            "askQty": text(ask_qty),
        }

    def mini_ticker_event(self, symbol: str, *, micro: bool = False) -> Reply:
        """The `24hrMiniTicker` event."""
        now = self.tick()
        statistics = self.market(symbol).data.rolling(_DAY_MINUTES, now)
        return market_views.mini_ticker_event(symbol, statistics, now, micro=micro)

    def ticker_event(self, symbol: str, *, micro: bool = False) -> Reply:
        """The `24hrTicker` event."""
        market = self.market(symbol)
        now = self.tick()
        statistics = market.data.rolling(_DAY_MINUTES, now)
        opened = now - _DAY * 1_000_000
        return market_views.ticker_event(
            symbol, statistics, now, opened, market.best_now(), market.data.last_qty, micro=micro
        )

    def rolling_ticker_event(self, symbol: str, window_size: str, *, micro: bool = False) -> Reply:
        """The `1hTicker`, `4hTicker` or `1dTicker` event."""
        now = self.tick()
        minutes = window_minutes(window_size)
        opened = window_start(minutes, now) * 1_000_000
        statistics = self.market(symbol).data.rolling(minutes, now)
        return market_views.rolling_ticker_event(symbol, window_size, statistics, now, opened, micro=micro)

    def avg_price_event(self, symbol: str, *, micro: bool = False) -> Reply:
        """The `avgPrice` event."""
        data = self.market(symbol).data
        now = self.tick()
        scale = 1 if micro else 1000
        return {
            "e": "avgPrice",
            "E": now // scale,
            "s": symbol,
            "i": "5m",
            "w": text(data.average(5, now)),
            "T": max(data.last_time, 0) // scale,
        }

    def last_trade_id(self, symbol: str) -> int:
        """-1 before the first trade. Tells a door whether a ticker or kline has changed."""
        return self.market(symbol).data.next_trade_id - 1


def _zone(interval: str, time_zone: str | None) -> int:
    if interval not in INTERVALS:
        raise ExchangeError(-1120, "Invalid interval.")
    return offset_of(time_zone)


def _mini(kind: str) -> bool:
    if kind not in ("FULL", "MINI"):
        raise ExchangeError(-1139, "Invalid ticker type.")
    return kind == "MINI"


def _agg_time(agg: AggTrade) -> int:
    return agg.time


def _sorted_limits(limits: list[Reply]) -> Replies:
    """REQUEST_WEIGHT, then ORDERS, then the rest, as the exchange lists them."""
    order = {"REQUEST_WEIGHT": 0, "ORDERS": 1}
    return sorted(limits, key=lambda each: order.get(str(each["rateLimitType"]), 2))
