"""What each declared stream of spot tells: a topic for its name, by the name of its declaration."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from binance_async.simulator.topics import DepthTopic, RealTimeTopic, TimedTopic, Topic

if TYPE_CHECKING:
    from binance_async.simulator.exchange import Exchange

__all__ = ["MAKERS"]

Parts = dict[str, str]
Maker = Callable[["Exchange", str, Parts, bool], Topic]

_SECOND = 1.0


def _real_time(kind: str) -> Maker:
    def make(exchange: Exchange, name: str, parts: Parts, micro: bool) -> Topic:
        return RealTimeTopic(exchange, name, micro=micro, symbol=parts["symbol"], kind=kind)

    return make


def _speed(parts: Parts) -> float:
    return 0.1 if parts.get("speed") == "100ms" else _SECOND


def _depth(exchange: Exchange, name: str, parts: Parts, micro: bool) -> Topic:
    return DepthTopic(exchange, name, micro=micro, period=_speed(parts), symbol=parts["symbol"])


def _partial_depth(exchange: Exchange, name: str, parts: Parts, micro: bool) -> Topic:
    symbol, levels = parts["symbol"], int(parts["levels"])
    last: list[int] = [-1]

    def look() -> list[Any]:
        book = exchange.engine.depth(symbol, levels)
        if book["lastUpdateId"] == last[0]:
            return []
        last[0] = book["lastUpdateId"]
        return [book]

    return TimedTopic(exchange, name, micro=micro, period=_speed(parts), look=look, kind="partialDepth")


class _Kline:
    """The candle of an interval: as it changes, and once more when it closes."""

    def __init__(self, exchange: Exchange, symbol: str, interval: str, zone: str | None, *, micro: bool) -> None:
        self._exchange = exchange
        self._symbol = symbol
        self._interval = interval
        self._options: dict[str, Any] = {"time_zone": zone, "micro": micro}
        self._open: int | None = None
        self._last = -1

    def look(self) -> list[Any]:
        """What is new."""
        engine = self._exchange.engine
        last = engine.last_trade_id(self._symbol)
        event = engine.kline_event(self._symbol, self._interval, **self._options)
        opened = event["k"]["t"]
        events: list[Any] = []
        if self._open is not None and opened != self._open:
            events.append(engine.closed_kline_event(self._symbol, self._interval, **self._options))
        if opened != self._open or last != self._last:
            events.append(event)
        self._open, self._last = opened, last
        return events


def _kline(zone: str | None) -> Maker:
    def make(exchange: Exchange, name: str, parts: Parts, micro: bool) -> Topic:
        kline = _Kline(exchange, parts["symbol"], parts["interval"], zone, micro=micro)
        period = _SECOND if parts["interval"] == "1s" else 2 * _SECOND
        return TimedTopic(exchange, name, micro=micro, period=period, look=kline.look, kind="kline")

    return make


class _Changed:
    """The event of a symbol when something was traded, or its book's best prices may have changed."""

    def __init__(self, exchange: Exchange, event: Callable[[str], Any]) -> None:
        self._exchange = exchange
        self._event = event
        self._seen: dict[str, int] = {}

    def look(self, symbol: str) -> list[Any]:
        """The event, if it is new."""
        last = self._exchange.engine.last_trade_id(symbol)
        if self._seen.get(symbol) == last:
            return []
        self._seen[symbol] = last
        return [self._event(symbol)]

    def all(self) -> list[Any]:
        """One list of all that are new, if there are any."""
        events = [event for symbol in self._exchange.engine.symbols for event in self.look(symbol)]
        return [events] if events else []


EventOf = Callable[["Exchange", Parts, bool], Callable[[str], Any]]


def _single(event_of: EventOf, kind: str) -> Maker:
    def make(exchange: Exchange, name: str, parts: Parts, micro: bool) -> Topic:
        changed = _Changed(exchange, event_of(exchange, parts, micro))
        symbol = parts["symbol"]
        return TimedTopic(exchange, name, micro=micro, period=_SECOND, look=lambda: changed.look(symbol), kind=kind)

    return make


def _all(event_of: EventOf, kind: str) -> Maker:
    def make(exchange: Exchange, name: str, parts: Parts, micro: bool) -> Topic:
        changed = _Changed(exchange, event_of(exchange, parts, micro))
        return TimedTopic(exchange, name, micro=micro, period=_SECOND, look=changed.all, kind=kind)

    return make


def _ticker(exchange: Exchange, parts: Parts, micro: bool) -> Callable[[str], Any]:  # noqa: ARG001
    return lambda symbol: exchange.engine.ticker_event(symbol, micro=micro)


def _mini(exchange: Exchange, parts: Parts, micro: bool) -> Callable[[str], Any]:  # noqa: ARG001
    return lambda symbol: exchange.engine.mini_ticker_event(symbol, micro=micro)


def _window(exchange: Exchange, parts: Parts, micro: bool) -> Callable[[str], Any]:
    size = parts["window_size"]
    return lambda symbol: exchange.engine.rolling_ticker_event(symbol, size, micro=micro)


def _average(exchange: Exchange, parts: Parts, micro: bool) -> Callable[[str], Any]:  # noqa: ARG001
    return lambda symbol: exchange.engine.avg_price_event(symbol, micro=micro)


MAKERS: dict[str, Maker] = {
    "agg_trade": _real_time("aggTrade"),
    "trade": _real_time("trade"),
    "book_ticker": _real_time("bookTicker"),
    "kline": _kline(None),
    "kline_utc8": _kline("+08:00"),
    "depth": _depth,
    "partial_depth": _partial_depth,
    "mini_ticker": _single(_mini, "24hrMiniTicker"),
    "all_mini_tickers": _all(_mini, "24hrMiniTicker"),
    "ticker": _single(_ticker, "24hrTicker"),
    "all_tickers": _all(_ticker, "24hrTicker"),
    "window_ticker": _single(_window, "ticker"),
    "all_window_tickers": _all(_window, "ticker"),
    "avg_price": _single(_average, "avgPrice"),
}
