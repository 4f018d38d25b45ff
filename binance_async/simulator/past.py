"""What a simulated market says of the years before it opened: computed when somebody asks, never stored.

A real exchange has candles since 2017 and answers for any of them. Making them all would take minutes and gigabytes;
here nothing is made until it is asked for, and whatever is asked for is always the same. The past is a tree:

    day ─► 6 shifts of 4 hours ─► 4 hours ─► 4 quarters ─► 15 minutes ─► trades

A day's prices follow a random walk back from the price at which the market opens, pulled towards that price so that
eight years of it stay believable. A span is split by a Brownian bridge from its open to its close within its high and
low, by a generator that is seeded with the span's own time. So each part can be made alone, in any order, and the
parts always make up the whole: opens, highs, lows, closes, volumes, counts and trade ids of every interval agree with
those of the intervals and trades below. (Quote volumes are volumes at the mean of the span's prices, and agree to
about a thousandth.)

Trade ids are a straight line over the days with a little noise, so that the day of an id is found without adding up
all days before it. Each trade of the past is an aggregate of its own, under the same number.

Prices are integers of ticks, quantities integers of lots (`stepSize`), times seconds, as in `engine.bars`.
"""

from __future__ import annotations

import hashlib
import math
import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

from binance_async.simulator.engine.amounts import UNIT
from binance_async.simulator.engine.bars import INTERVALS, Bar, merged
from binance_async.simulator.engine.records import AggTrade, Trade
from binance_async.simulator.engine.ring import Ring

if TYPE_CHECKING:
    from binance_async.simulator.engine.market import Market
    from binance_async.simulator.engine.symbols import SymbolSpec

__all__ = ["Past", "Scale", "begin"]

T = TypeVar("T")

MINUTE, QUARTER, HOUR, SHIFT, DAY = SIZES = 60, 900, 3_600, 14_400, 86_400
PARTS = {DAY: (6, SHIFT), SHIFT: (4, HOUR), HOUR: (4, QUARTER), QUARTER: (15, MINUTE)}
YEAR = 365 * DAY
DAYS = 3_000
"""How far back the past reaches."""
FEWEST = 4
"""Trades of a minute: one for each of its four prices."""
LEAST_PACE = 6
"""Trades a minute on average, at least: a day's noise must leave every minute its fewest."""
_PULL = 0.997
"""How much of its distance from the opening price a day keeps, going back."""
_CACHED = 512


@dataclass(frozen=True, slots=True)
class Scale:
    """The units of a symbol, and what is usual in it."""

    tick: int
    """Units of a tick."""
    step: int
    """Units of a lot."""
    start: int
    """The opening price in ticks."""
    usual: int
    """The lots of a usual trade."""

    @classmethod
    def of(cls, spec: SymbolSpec) -> Scale:
        """Of a symbol, with or without filters."""
        by_name = {str(entry["filterType"]): entry for entry in spec.filters}
        price = spec.start_price * UNIT
        tick = _units(by_name, "PRICE_FILTER", "tickSize") or max(int(price) // 10_000, 1)
        step = _units(by_name, "LOT_SIZE", "stepSize") or UNIT // 1_000
        least = max(_units(by_name, name, "minNotional") for name in ("NOTIONAL", "MIN_NOTIONAL")) or UNIT
        start = max(int(price) // tick, 1)
        # Forty times the smallest order is some hundred dollars in most markets.
        usual = max(40 * least * UNIT // (start * tick * step), 2)
        return cls(tick, step, start, usual)


def _units(by_name: dict[str, Any], name: str, field: str) -> int:
    return int(Decimal(str(by_name.get(name, {}).get(field, 0))) * UNIT)


class Span:
    """A stretch of the past: prices in ticks, quantities in lots."""

    __slots__ = ("bought", "close", "count", "first_id", "high", "low", "open", "time", "volume")

    def __init__(self, time: int, opened: int, high: int, low: int, close: int) -> None:
        self.time: int = time
        self.open: int = opened
        self.high: int = high
        self.low: int = low
        self.close: int = close
        self.volume: int = 0
        self.bought: int = 0
        """The part of the volume whose taker was the buyer."""
        self.count: int = 0
        self.first_id: int = 0


class Past:
    """The past of one symbol up to the second `end`."""

    def __init__(
        self, spec: SymbolSpec, end: int, *, seed: int = 1, pace: float = 60.0, volatility: float = 0.6
    ) -> None:
        """`pace` is trades a minute on average, `volatility` the usual change of price in a year, as a fraction."""
        self.symbol: str = spec.symbol
        self.scale: Scale = Scale.of(spec)
        self.end = end
        self._today = end // DAY
        self.listed: int = max(self._today - DAYS, 1) * DAY
        self._per_day = round(max(pace, LEAST_PACE) * DAY / MINUTE)
        self._sigma = volatility / math.sqrt(YEAR)
        digest = hashlib.blake2b(f"past/{seed}/{spec.symbol}".encode(), digest_size=6)
        self._seed = int.from_bytes(digest.digest())
        self._walk = random.Random(self._seed)
        self._logs = [0.0]
        """The logarithm of the price at the end of today, of yesterday, ..., from where the walk has come so far."""
        self._days: dict[int, Span] = {}
        self._spans: dict[tuple[int, int], list[Span]] = {}
        self._trades: dict[int, list[Trade]] = {}
        self._anchor = math.log(self.scale.start)
        # The walk ends at midnight and the market opens at any time: move it until they meet.
        self._anchor += math.log(self.scale.start * self.scale.tick / self._newest().price)
        for made in (self._days, self._spans, self._trades):
            made.clear()
        self.last: Trade = self._newest()
        self.next_trade_id: int = self.last.id + 1

    def _newest(self) -> Trade:
        return self.trades(self.id_at(self.end * 1_000_000) - 1, 1)[0]

    # Spans

    def _chance(self, time: int, size: int) -> random.Random:
        return random.Random(self._seed ^ (time * 31 + size))

    def _log(self, day: int) -> float:
        """Of the price at the end of a day."""
        back = max(self._today - day, 0)
        logs, sigma = self._logs, self._sigma * math.sqrt(DAY)
        while len(logs) <= back:
            logs.append(logs[-1] * _PULL + self._walk.gauss(0.0, sigma))
        return self._anchor + logs[back]

    def _first_id(self, day: int) -> int:
        """Of a day's first trade."""
        since = day - self.listed // DAY
        noise = (self._seed + since * 2_654_435_761) % 2**32 * (self._per_day // 8) >> 32
        return since * self._per_day + (noise if since > 0 else 0)

    def day(self, time: int) -> Span:
        """The day that holds a second."""
        found = self._days.get(time // DAY)
        if found is None:
            if len(self._days) >= _CACHED:
                self._days.clear()
            found = self._days[time // DAY] = self._make_day(time // DAY)
        return found

    def _make_day(self, day: int) -> Span:
        opened, close = (max(round(math.exp(self._log(each))), 1) for each in (day - 1, day))
        chance = self._chance(day, DAY - 1)
        reach = self._sigma * math.sqrt(DAY) * 0.4
        high = max(opened, close) * math.exp(abs(chance.gauss(0.0, reach)))
        low = min(opened, close) * math.exp(-abs(chance.gauss(0.0, reach)))
        span = Span(day * DAY, opened, math.ceil(high), max(math.floor(low), 1), close)
        span.first_id = self._first_id(day)
        span.count = self._first_id(day + 1) - span.first_id
        span.volume = max(round(span.count * self.scale.usual * chance.lognormvariate(0.0, 0.3)), 2 * span.count)
        span.bought = round(span.volume * chance.uniform(0.42, 0.58))
        return span

    def parts(self, span: Span, size: int) -> list[Span]:
        """The spans that make up a span of this size."""
        key = (span.time, size)
        found = self._spans.get(key)
        if found is None:
            if len(self._spans) >= _CACHED:
                self._spans.clear()
            found = self._spans[key] = self._split(span, size)
        return found

    def _split(self, span: Span, size: int) -> list[Span]:
        number, part = PARTS[size]
        chance = self._chance(span.time, size)
        sigma = self._sigma * math.sqrt(part) * span.open
        steps = [chance.gauss(0.0, sigma) for _ in range(number)]
        parts = _bridge(span, steps, part)
        for each in parts:
            each.high = min(span.high, each.high + int(chance.random() * sigma))
            each.low = max(span.low, each.low - int(chance.random() * sigma))
        max(parts, key=_high).high = span.high
        min(parts, key=_low).low = span.low
        # More is traded where the price moves more.
        shares = [(0.4 + chance.random()) * (1.0 + min(abs(step) / sigma, 3.0)) for step in steps]
        counts = _shared(span.count, shares, FEWEST * part // MINUTE)
        whole, done, bought, first_id = span.volume, 0, 0, span.first_id
        for each, count, more in zip(parts, counts, _shared(whole - span.count, shares, 0), strict=True):
            each.count = count
            each.volume = count + more
            each.first_id = first_id
            first_id += count
            done += each.volume
            each.bought = span.bought * done // whole - bought
            bought += each.bought
        return parts

    def _node(self, time: int, size: int) -> Span:
        """The span of this size that holds a second."""
        span, length = self.day(time), DAY
        while length != size:
            parts, length_of_part = self.parts(span, length), PARTS[length][1]
            span, length = parts[(time - span.time) // length_of_part], length_of_part
        return span

    def _nodes(self, start: int, end: int, size: int) -> Iterator[Span]:
        """The spans of this size that open from `start` until before `end`."""
        if size == DAY:
            yield from (self.day(time) for time in range(start, end, DAY))
            return
        longer = next(each for each, (_, part) in PARTS.items() if part == size)
        for span in self._nodes(start - start % longer, end, longer):
            yield from (part for part in self.parts(span, longer) if start <= part.time < end)

    # Bars

    def bars(self, name: str, start: int, end: int) -> list[Bar]:
        """The whole bars of an interval that open from `start` until before `end`, on UTC's clock."""
        size = INTERVALS[name]
        start, end = max(start, self.listed), min(end, self.end)
        if size == 1:
            return self._seconds(start, end)
        base = next(each for each in reversed(SIZES) if size % each == 0)  # a month's size is 0
        end = min(end, self.end - self.end % base)
        return merged((self._bar(span) for span in self._nodes(start, end, base)), size, 0)

    def cover(self, start: int, end: int) -> list[Bar]:
        """As few bars as possible that together are the stretch; `start` is on the minute."""
        found: list[Bar] = []
        time, end = max(start, self.listed), min(end, self.end)
        while time + MINUTE <= end:
            size = next(each for each in reversed(SIZES) if time % each == 0 and time + each <= end)
            found.append(self._bar(self._node(time, size)))
            time += size
        if time < end:
            found += merged(self._seconds(time, end), MINUTE, 0)
        return found

    def _seconds(self, start: int, end: int) -> list[Bar]:
        bars: list[Bar] = []
        for minute in self._nodes(start - start % MINUTE, end, MINUTE):
            for trade in self._of_minute(minute):
                second = trade.time // 1_000_000
                if start <= second < end:
                    if not bars or bars[-1].time != second:
                        bars.append(Bar(second, trade.price))
                    bars[-1].add(trade)
        return bars

    def _bar(self, span: Span) -> Bar:
        tick, step = self.scale.tick, self.scale.step
        bar = Bar(span.time, span.open * tick)
        bar.high, bar.low, bar.close = span.high * tick, span.low * tick, span.close * tick
        bar.volume, bar.buy_volume, bar.count = span.volume * step, span.bought * step, span.count
        price = (bar.open + bar.high + bar.low + bar.close) // 4
        bar.quote, bar.buy_quote = price * bar.volume // UNIT, price * bar.buy_volume // UNIT
        bar.first_id, bar.last_id = span.first_id, span.first_id + span.count - 1
        return bar

    # Trades

    def trades(self, number: int, limit: int) -> list[Trade]:
        """At most `limit` trades from an id on."""
        found: list[Trade] = []
        number = max(number, 0)
        minute = self._minute_of(number)
        while minute.time < self.end and len(found) < limit:
            trades = self._of_minute(minute)
            found += trades[max(number - minute.first_id, 0) :]
            minute = self._node(minute.time + MINUTE, MINUTE)
        return [trade for trade in found[:limit] if trade.time < self.end * 1_000_000]

    def aggregates(self, number: int, limit: int) -> list[AggTrade]:
        """The same as aggregate trades."""
        return [AggTrade(trade.id, trade) for trade in self.trades(number, limit)]

    def id_at(self, time: int) -> int:
        """The id of the first trade at a time (microseconds) or after it."""
        minute = self._node(min(max(time // 1_000_000, self.listed), self.end), MINUTE)
        return minute.first_id + bisect_left(self._of_minute(minute), time, key=_time)

    def _minute_of(self, number: int) -> Span:
        """The minute of a trade's id."""
        day = self.listed // DAY + number // self._per_day
        while self._first_id(day) > number:
            day -= 1
        span, size = self.day(day * DAY), DAY
        while size != MINUTE:
            parts, part = self.parts(span, size), PARTS[size][1]
            span, size = parts[bisect_right(parts, number, key=_id) - 1], part
        return span

    def _of_minute(self, minute: Span) -> list[Trade]:
        found = self._trades.get(minute.time)
        if found is None:
            if len(self._trades) >= _CACHED:
                self._trades.clear()
            found = self._trades[minute.time] = self._make_trades(minute)
        return found

    def _make_trades(self, minute: Span) -> list[Trade]:
        chance = self._chance(minute.time, MINUTE)
        number, step, tick = minute.count, self.scale.step, self.scale.tick
        prices = _prices(minute, chance)
        sold = minute.volume - minute.bought
        buys = min(max(round(number * minute.bought / minute.volume), number - sold), minute.bought)
        sizes = [*_sizes(minute.bought, buys, chance), *_sizes(sold, number - buys, chance)]
        order = list(range(number))
        chance.shuffle(order)
        begin = minute.time * 1_000_000
        times = sorted(begin + int(chance.random() * MINUTE * 1_000_000) for _ in range(number))
        trades: list[Trade] = []
        for index in range(number):
            price, qty, maker = prices[index] * tick, sizes[order[index]] * step, order[index] >= buys
            quote, time, name = price * qty // UNIT, times[index], minute.first_id + index
            trades.append(Trade(self.symbol, name, price, qty, quote, time, -1, -1, buyer_maker=maker))
        return trades


def _bridge(span: Span, steps: list[float], size: int) -> list[Span]:
    """Spans from the open to the close of a longer one, within its high and low."""
    number = len(steps)
    slope = (span.close - span.open - sum(steps)) / number
    parts: list[Span] = []
    before, exact, time = span.open, float(span.open), span.time
    for index, step in enumerate(steps):
        exact += step + slope
        close = span.close if index == number - 1 else _reflected(round(exact), span)
        parts.append(Span(time, before, max(before, close), min(before, close), close))
        before, time = close, time + size
    return parts


def _reflected(price: int, span: Span) -> int:
    """Back into the span's range: a price that stopped at its end would draw a line there."""
    if price > span.high:
        price = 2 * span.high - price
    elif price < span.low:
        price = 2 * span.low - price
    return min(max(price, span.low), span.high)


def _shared(whole: int, shares: list[float], least: int) -> list[int]:
    """A whole in parts that are about in this proportion, none less than `least`."""
    rest, total = whole - least * len(shares), sum(shares)
    parts: list[int] = []
    given, reached = 0, 0.0
    for share in shares:
        reached += share
        upto = min(int(rest * reached / total), rest)
        parts.append(least + upto - given)
        given = upto
    parts[-1] += rest - given
    return parts


def _prices(minute: Span, chance: random.Random) -> list[int]:
    """The prices of a minute's trades: its open first, its close last, its high and low in between."""
    number = minute.count
    highest, lowest = chance.sample(range(1, number - 1), 2)
    corners = sorted({0: minute.open, highest: minute.high, lowest: minute.low, number - 1: minute.close}.items())
    prices = [minute.open]
    for (first, before), (last, after) in pairwise(corners):
        slope, noise = (after - before) / (last - first), (minute.high - minute.low) / 8
        for index in range(first + 1, last):
            exact = before + slope * (index - first) + chance.uniform(-noise, noise)
            prices.append(min(max(round(exact), minute.low), minute.high))
        prices.append(after)
    return prices


def _sizes(whole: int, number: int, chance: random.Random) -> list[int]:
    """Quantities of so many trades: most small, some large."""
    return _shared(whole, [0.02 + chance.random() ** 4 for _ in range(number)], 1) if number else []


def _high(span: Span) -> int:
    return span.high


def _low(span: Span) -> int:
    return span.low


def _id(span: Span) -> int:
    return span.first_id


def _time(trade: Trade) -> int:
    return trade.time


class _PastRing(Ring[T]):
    """A ring that continues a past: what was before its first item is made when it is asked for."""

    __slots__ = ("_began", "_make", "_past")

    def __init__(self, bound: int, past: Past, make: Callable[[int, int], list[T]]) -> None:
        super().__init__(bound)
        self.first = self._began = past.next_trade_id
        self._past = past
        self._make = make

    def since(self, number: int, limit: int) -> list[T]:
        """At most `limit` items from the running number on."""
        if number >= self._began:
            return super().since(number, limit)
        number = max(number, 0)
        before = self._make(number, min(limit, self._began - number))
        return before + super().since(self._began, limit - len(before))

    def last(self, limit: int) -> list[T]:
        """The newest `limit`, oldest first."""
        return self._before(self._began, limit, super().last(limit))

    def between(self, start: int | None, end: int | None, limit: int, time_of: Callable[[T], int]) -> list[T]:
        """The items of a span of time: the first `limit` from `start`, else the last to `end`."""
        opened = self._past.end * 1_000_000
        if start is None:
            upto = self._began if end is None or end >= opened else self._past.id_at(end + 1)
            return self._before(upto, limit, super().between(None, end, limit, time_of))
        if start >= opened:
            return super().between(start, end, limit, time_of)
        found = self.since(self._past.id_at(start), limit)
        return found if end is None else [item for item in found if time_of(item) <= end]

    def _before(self, number: int, limit: int, found: list[T]) -> list[T]:
        """These items after those of the past before a number, if nothing between them has been forgotten."""
        missing = min(limit - len(found), number)
        if missing <= 0 or self.first != self._began:
            return found
        return self._make(number - missing, missing) + found


def begin(market: Market, past: Past, bound: int) -> None:
    """Let a market that has not traded continue a past. `bound` is how many trades it remembers itself."""
    trades = _PastRing(bound, past, past.trades)
    market.data.begin(past, trades, _PastRing(bound, past, past.aggregates), past.last)
