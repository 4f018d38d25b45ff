"""What is derived from the trades of a symbol, trade by trade: aggregates, klines, averages, tickers.

The average price over some minutes is known to the second, the rolling windows to the minute: whole minutes are
summed once when they end, taken off again when they leave the window, and their highs and lows kept in monotonic
queues. So a trade costs a few additions, and a ticker of 24 hours costs no more than one of an hour.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from binance_async.simulator.engine.amounts import UNIT
from binance_async.simulator.engine.bars import Bar, Bars
from binance_async.simulator.engine.records import AggTrade
from binance_async.simulator.engine.ring import Ring

if TYPE_CHECKING:
    from binance_async.simulator.engine.bars import Past
    from binance_async.simulator.engine.bounds import Bounds
    from binance_async.simulator.engine.records import Trade

__all__ = ["MarketData", "Statistics"]

_WINDOWS = (60, 240, 1_440)


@dataclass(slots=True)
class Statistics:
    """A ticker's numbers over a window; prices are 0 and ids -1 where nothing ever traded."""

    open: int
    high: int
    low: int
    last: int
    volume: int
    quote: int
    count: int
    first_id: int
    last_id: int
    previous_close: int

    @property
    def average(self) -> int:
        """Volume-weighted."""
        return (self.quote * UNIT + self.volume // 2) // self.volume if self.volume else 0

    @property
    def change(self) -> int:
        """Of the price."""
        return self.last - self.open

    @property
    def change_percent(self) -> int:
        """In thousandths of a percent, rounded half away from zero."""
        if not self.open:
            return 0
        size = (abs(self.change) * 200_000 + self.open) // (2 * self.open)
        return size if self.change >= 0 else -size


class _Average:
    """Quantity and quote of the last so many seconds."""

    __slots__ = ("_seconds", "qty", "quote", "size")

    def __init__(self, minutes: int, seconds: list[Bar]) -> None:
        self.size = minutes * 60
        self.qty = 0
        self.quote = 0
        self._seconds: deque[tuple[int, int, int]] = deque()
        for bar in seconds:
            self.push(bar)

    def push(self, bar: Bar) -> None:
        self._seconds.append((bar.time, bar.volume, bar.quote))
        self.qty += bar.volume
        self.quote += bar.quote
        self._evict(bar.time - self.size)

    def _evict(self, oldest: int) -> None:
        seconds = self._seconds
        while seconds and seconds[0][0] <= oldest:
            _, qty, quote = seconds.popleft()
            self.qty -= qty
            self.quote -= quote

    def sums(self, now: int, live: Bar | None) -> tuple[int, int]:
        oldest = now - self.size
        self._evict(oldest)
        if live is not None and live.time > oldest:
            return self.qty + live.volume, self.quote + live.quote
        return self.qty, self.quote


class _Window:
    """Whole minutes of the last so many."""

    __slots__ = ("_bars", "_highs", "_lows", "count", "minutes", "previous_close", "quote", "volume")

    def __init__(self, minutes: int) -> None:
        self.minutes = minutes
        self.volume = 0
        self.quote = 0
        self.count = 0
        self.previous_close = 0
        self._bars: deque[Bar] = deque()
        self._highs: deque[Bar] = deque()
        self._lows: deque[Bar] = deque()

    def push(self, bar: Bar) -> None:
        self._bars.append(bar)
        self.volume += bar.volume
        self.quote += bar.quote
        self.count += bar.count
        while self._highs and self._highs[-1].high <= bar.high:
            self._highs.pop()
        self._highs.append(bar)
        while self._lows and self._lows[-1].low >= bar.low:
            self._lows.pop()
        self._lows.append(bar)
        # A minute at most is read too little; without this the deque would grow while nobody asks.
        self.evict(bar.time - (self.minutes + 1) * 60)

    def evict(self, start: int) -> None:
        bars = self._bars
        while bars and bars[0].time < start:
            bar = bars.popleft()
            self.volume -= bar.volume
            self.quote -= bar.quote
            self.count -= bar.count
            self.previous_close = bar.close
            if self._highs[0] is bar:
                self._highs.popleft()
            if self._lows[0] is bar:
                self._lows.popleft()

    def whole(self) -> Bar | None:
        """All minutes of the window as one bar."""
        if not self._bars:
            return None
        bar = Bar(self._bars[0].time, self._bars[0].open)
        bar.high, bar.low, bar.close = self._highs[0].high, self._lows[0].low, self._bars[-1].close
        bar.volume, bar.quote, bar.count = self.volume, self.quote, self.count
        bar.first_id = self._bars[0].first_id
        bar.last_id = self._bars[-1].last_id
        return bar


class MarketData:
    """Everything that trades leave behind."""

    __slots__ = (
        "_averages",
        "_open_agg",
        "_windows",
        "aggs",
        "bars",
        "last_price",
        "last_qty",
        "last_time",
        "next_agg_id",
        "next_trade_id",
        "trades",
    )

    def __init__(self, bounds: Bounds) -> None:
        self.trades: Ring[Trade] = Ring(bounds.trades)
        self.aggs: Ring[AggTrade] = Ring(bounds.trades)
        self.bars: Bars = Bars(bounds)
        self.next_trade_id: int = 0
        self.next_agg_id: int = 0
        self.last_price: int = 0
        self.last_qty: int = 0
        self.last_time: int = -1
        self._open_agg: AggTrade | None = None
        self._averages: dict[int, _Average] = {}
        self._windows = {minutes: _Window(minutes) for minutes in _WINDOWS}

    def begin(self, past: Past, trades: Ring[Trade], aggs: Ring[AggTrade], last: Trade) -> None:
        """Continue a past, before the first trade; the rings know themselves what was before them."""
        self.bars.begin(past)
        self.trades, self.aggs = trades, aggs
        self.next_trade_id, self.next_agg_id = trades.first, aggs.first
        self.last_price, self.last_qty, self.last_time = last.price, last.qty, last.time

    def record(self, trade: Trade) -> None:
        """One trade, later than all before."""
        self.trades.append(trade)
        price = trade.price
        self.last_price = price
        self.last_qty = trade.qty
        self.last_time = trade.time
        agg = self._open_agg
        if agg is not None and agg.price == price:
            agg.qty += trade.qty
            agg.last = trade.id
        else:
            self._open_agg = agg = AggTrade(self.next_agg_id, trade)
            self.next_agg_id += 1
            self.aggs.append(agg)
        second = trade.time // 1_000_000
        live = self.bars.live
        if live is None or live.time != second:
            live = self._begin(second, price)
        live.add(trade)

    def end_taker(self) -> None:
        """The next trade belongs to another taker order: aggregates end here."""
        self._open_agg = None

    def _begin(self, second: int, price: int) -> Bar:
        minute = self.bars.open_minute()
        over = self.bars.close_second(second, price)
        if over is not None:
            for average in self._averages.values():
                average.push(over)
            self._minute_over(minute)
        assert self.bars.live is not None
        return self.bars.live

    def load(self, bar: Bar) -> None:
        """A minute of history, before the first trade."""
        minute = self.bars.open_minute()
        self.bars.absorb(bar)
        self._minute_over(minute)
        self.last_price = bar.close
        self.last_time = (bar.time + 60) * 1_000_000 - 1

    def _minute_over(self, minute: int) -> None:
        if minute >= 0 and self.bars.open_minute() != minute:
            bar = self.bars.last_minute()
            for window in self._windows.values():
                window.push(bar)

    # Reading

    def average(self, minutes: int, now: int) -> int:
        """The average price over so many minutes to `now`; the last price if nothing traded, or for 0 minutes."""
        qty, quote = self.sums(minutes, now)
        return (quote * UNIT + qty // 2) // qty if qty else 0

    def sums(self, minutes: int, now: int) -> tuple[int, int]:
        """Quantity and quote whose quotient is the average price; (0, 0) if there is no price at all."""
        if minutes:
            average = self._averages.get(minutes)
            if average is None:
                average = self._averages[minutes] = _Average(minutes, self.bars.sparse("1s")[:-1])
            qty, quote = average.sums(now // 1_000_000, self.bars.live)
            if qty:
                return qty, quote
        return (UNIT, self.last_price) if self.last_price else (0, 0)

    def rolling(self, minutes: int, now: int) -> Statistics:
        """The window that ends now and starts on the minute, at most 59.999 s too early."""
        start = window_start(minutes, now)
        window = self._windows.get(minutes)
        if window is None or start < self.bars.began:
            return self.since(start)
        window.evict(start)
        recent = self.bars.recent("1m")
        bars = [bar for bar in recent if bar.time >= start]
        before = [bar.close for bar in recent if bar.time < start]
        whole = window.whole()
        previous = before[-1] if before else window.previous_close
        return self._statistics(bars if whole is None else [whole, *bars], previous)

    def since(self, start: int) -> Statistics:
        """From a minute on."""
        return self._statistics(self.bars.since(start), self.bars.close_before(start))

    def _statistics(self, bars: list[Bar], previous_close: int) -> Statistics:
        if not bars:
            price = self.last_price
            return Statistics(price, price, price, price, 0, 0, 0, -1, -1, price)
        whole = bars[0].copy(bars[0].time)
        for bar in bars[1:]:
            whole.merge(bar)
        return Statistics(
            whole.open,
            whole.high,
            whole.low,
            whole.close,
            whole.volume,
            whole.quote,
            whole.count,
            whole.first_id,
            whole.last_id,
            previous_close or whole.open,
        )


def window_start(minutes: int, now: int) -> int:
    """The second at which a rolling window of so many minutes starts."""
    return (now // 1_000_000 - minutes * 60) // 60 * 60
