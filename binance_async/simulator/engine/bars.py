"""Klines of every interval, kept as cheaply as trades come.

A trade touches one bar only: that of its second. When a second is over, its bar is merged into the open bar of every
longer interval; when that interval is over, its bar goes to the interval's ring. A query merges the open bar with the
second that still runs. Only bars with trades are kept; the flat ones between are made up on reading, as the exchange
shows them: at the close before, with no volume.

Times here are whole seconds since the epoch. Intervals are aligned to UTC, weeks start on Monday, three-day bars on
multiples of three days since the epoch, months on the first. With a time zone the same holds on that zone's clock:
such bars are put together from UTC bars of an hour (or, for zones of odd minutes, of fifteen).

What was before the first trade is asked of a `Past`, if there is one, and never kept.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from binance_async.simulator.engine.ring import Ring

if TYPE_CHECKING:
    from collections.abc import Iterable

    from binance_async.simulator.engine.bounds import Bounds
    from binance_async.simulator.engine.records import Trade

__all__ = ["INTERVALS", "Bar", "Bars", "Past", "align", "merged", "next_open"]

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_WEEK = 7 * _DAY
_MONDAY = 4 * _DAY  # 1970-01-05
_MONTH = 0

INTERVALS = {
    "1s": 1,
    "1m": _MINUTE,
    "3m": 3 * _MINUTE,
    "5m": 5 * _MINUTE,
    "15m": 15 * _MINUTE,
    "30m": 30 * _MINUTE,
    "1h": _HOUR,
    "2h": 2 * _HOUR,
    "4h": 4 * _HOUR,
    "6h": 6 * _HOUR,
    "8h": 8 * _HOUR,
    "12h": 12 * _HOUR,
    "1d": _DAY,
    "3d": 3 * _DAY,
    "1w": _WEEK,
    "1M": _MONTH,
}


def align(time: int, size: int, offset: int = 0) -> int:
    """The open of the interval that holds `time`, on a clock `offset` seconds ahead of UTC."""
    local = time + offset
    if size == _MONTH:
        return _first_of_month(local) - offset
    if size == _WEEK:
        return local - (local - _MONDAY) % _WEEK - offset
    return local - local % size - offset


def next_open(time: int, size: int, offset: int = 0) -> int:
    """The open after the one at `time`."""
    if size == _MONTH:
        return _first_of_month(time + offset + 31 * _DAY) - offset
    return time + size


def _first_of_month(time: int) -> int:
    day = datetime.fromtimestamp(time, UTC)
    return int(datetime(day.year, day.month, 1, tzinfo=UTC).timestamp())


class Bar:
    """One kline. `first_id` is -1 where nothing traded."""

    __slots__ = ("buy_quote", "buy_volume", "close", "count", "first_id", "high", "last_id", "low", "open",
                 "quote", "time", "volume")  # fmt: skip

    def __init__(self, time: int, price: int) -> None:
        self.time: int = time
        self.open: int = price
        self.high: int = price
        self.low: int = price
        self.close: int = price
        self.volume: int = 0
        self.quote: int = 0
        self.count: int = 0
        self.buy_volume: int = 0
        self.buy_quote: int = 0
        self.first_id: int = -1
        self.last_id: int = -1

    def add(self, trade: Trade) -> None:
        """One more trade."""
        price = trade.price
        if price > self.high:
            self.high = price
        elif price < self.low:
            self.low = price
        self.close = price
        self.volume += trade.qty
        self.quote += trade.quote
        self.count += 1
        if not trade.buyer_maker:
            self.buy_volume += trade.qty
            self.buy_quote += trade.quote
        if self.first_id < 0:
            self.first_id = trade.id
        self.last_id = trade.id

    def merge(self, later: Bar) -> None:
        """Append a bar that follows this one."""
        if later.high > self.high:
            self.high = later.high
        if later.low < self.low:
            self.low = later.low
        self.close = later.close
        self.volume += later.volume
        self.quote += later.quote
        self.count += later.count
        self.buy_volume += later.buy_volume
        self.buy_quote += later.buy_quote
        if self.first_id < 0:
            self.first_id = later.first_id
        if later.last_id >= 0:
            self.last_id = later.last_id

    def copy(self, time: int) -> Bar:
        """The same, opened at another time."""
        bar = Bar(time, self.open)
        bar.high, bar.low, bar.close = self.high, self.low, self.close
        bar.volume, bar.quote, bar.count = self.volume, self.quote, self.count
        bar.buy_volume, bar.buy_quote = self.buy_volume, self.buy_quote
        bar.first_id, bar.last_id = self.first_id, self.last_id
        return bar


def merged(bars: Iterable[Bar], size: int, offset: int) -> list[Bar]:
    """Bars put together to longer ones."""
    longer: list[Bar] = []
    for bar in bars:
        time = align(bar.time, size, offset)
        if longer and longer[-1].time == time:
            longer[-1].merge(bar)
        else:
            longer.append(bar.copy(time))
    return longer


class Past(Protocol):
    """What was before the market opened: a bar for every minute, and so for every interval."""

    @property
    def listed(self) -> int:
        """The open of its first day."""
        ...

    @property
    def end(self) -> int:
        """The second that it does not reach."""
        ...

    def bars(self, name: str, start: int, end: int) -> list[Bar]:
        """The whole bars of an interval that open from `start` until before `end`, on UTC's clock."""
        ...

    def cover(self, start: int, end: int) -> list[Bar]:
        """As few bars as possible that together are the stretch; `start` is on the minute."""
        ...


class Bars:
    """All klines of a symbol."""

    __slots__ = ("_open", "_past", "_rings", "live")

    def __init__(self, bounds: Bounds) -> None:
        self._past: Past | None = None
        self.live: Bar | None = None
        """The bar of the newest second with a trade."""
        more = {"1s": 2 * bounds.klines, "1m": max(bounds.klines, 7 * _DAY // _MINUTE)}
        self._rings: dict[str, Ring[Bar]] = {name: Ring(more.get(name, bounds.klines)) for name in INTERVALS}
        self._open: dict[str, Bar] = {}

    def begin(self, past: Past) -> None:
        """Continue a past, before the first trade: its bars that are not over become the open ones."""
        self._past = past
        for name, size in INTERVALS.items():
            begun = past.cover(align(past.end, size), past.end) if size != 1 else []
            if begun:
                self._open[name] = merged(begun, size, 0)[0]

    @property
    def began(self) -> int:
        """The first minute that is kept and not asked of the past; 0 without a past."""
        return 0 if self._past is None else align(self._past.end, _MINUTE)

    def close_second(self, second: int, price: int) -> Bar | None:
        """Begin a second; answer with the bar of the one before, which is over."""
        over = self.live
        if over is not None:
            self._rings["1s"].append(over)
            self.absorb(over)
        self.live = Bar(second, price)
        return over

    def absorb(self, bar: Bar) -> None:
        """Merge a bar that is over (of a second, or a loaded one of a minute) into the longer intervals."""
        for name, size in INTERVALS.items():
            if size == 1:
                continue
            time = align(bar.time, size)
            current = self._open.get(name)
            if current is not None and current.time == time:
                current.merge(bar)
            else:
                if current is not None:
                    self._rings[name].append(current)
                self._open[name] = bar.copy(time)

    def open_minute(self) -> int:
        """The open of the minute that has not been put away, -1 if there is none."""
        current = self._open.get("1m")
        return -1 if current is None else current.time

    def last_minute(self) -> Bar:
        """The newest minute that is over."""
        return self._rings["1m"].items[-1]

    def recent(self, name: str) -> list[Bar]:
        """The bars of an interval that are not put away: none, one or two."""
        newest = [] if name == "1s" or name not in self._open else [self._open[name]]
        if self.live is None:
            return newest
        time = align(self.live.time, INTERVALS[name])
        if newest and newest[0].time == time:
            together = newest[0].copy(time)
            together.merge(self.live)
            return [together]
        return [*newest, self.live.copy(time)]

    def sparse(self, name: str, offset: int = 0) -> list[Bar]:
        """All bars with trades, oldest first."""
        base = _base(name, offset)
        if base != name:
            return merged(self.sparse(base), INTERVALS[name], offset)
        return self._rings[name].items + self.recent(name)

    def since(self, start: int) -> list[Bar]:
        """The minutes that are not put away in a ring, and those in it, from `start` on; oldest first."""
        found = [bar for bar in reversed(self.recent("1m")) if bar.time >= start]
        for bar in reversed(self._rings["1m"].items):
            if bar.time < start:
                break
            found.append(bar)
        found.reverse()
        if self._past is not None and start < self.began and not self._rings["1m"].first:
            return self._past.cover(start, self.began) + found
        return found

    def close_before(self, start: int) -> int:
        """The last price before `start`, 0 if unknown."""
        for bar in reversed([*self._rings["1m"].items, *self.recent("1m")]):
            if bar.time < start:
                return bar.close
        if self._past is not None and start > self._past.listed:
            minute = min(start, self.began)
            return self._past.cover(minute - _MINUTE, minute)[-1].close
        return 0

    def filled(
        self, name: str, now: int, *, start: int | None, end: int | None, limit: int, offset: int = 0
    ) -> list[Bar]:
        """The klines that open in the range, flat ones included: the first `limit` from `start`, else the last."""
        size = INTERVALS[name]
        bars = self.sparse(name, offset)
        newest = align(now if end is None else min(now, end), size, offset)
        if self._past is not None:
            times = _opens(align(self._past.listed, size, offset), newest, size, offset, start=start, limit=limit)
            if not times or (bars and bars[0].time < times[0]):
                return _fill(bars, times)
            return _fill(self._longer(name, offset, times[0], next_open(times[-1], size, offset)), times)
        if not bars:
            return []
        return _fill(bars, _opens(bars[0].time, newest, size, offset, start=start, limit=limit))

    def _longer(self, name: str, offset: int, start: int, end: int) -> list[Bar]:
        """The bars that open from `start` until before `end`, and perhaps later ones: the past's, then those kept."""
        assert self._past is not None
        base = _base(name, offset)
        kept = self.sparse(base)
        upto = min(end, kept[0].time if kept else self._past.end)
        bars = self._past.bars(base, align(start, INTERVALS[base]), upto) + kept
        return merged(bars, INTERVALS[name], offset) if offset else bars


def _base(name: str, offset: int) -> str:
    """The interval whose bars on UTC's clock make up those of `name` on another."""
    base = "1h" if offset % _HOUR == 0 else "15m" if offset % (15 * _MINUTE) == 0 else "1m"
    size = INTERVALS[name]
    return base if offset and (size in (_MONTH, _WEEK) or size > INTERVALS[base]) else name


def _opens(oldest: int, newest: int, size: int, offset: int, *, start: int | None, limit: int) -> list[int]:
    if start is not None and start > oldest:
        oldest = align(start - 1, size, offset)
        oldest = next_open(oldest, size, offset)
    if size != _MONTH:
        if start is None:
            oldest = max(oldest, newest - (limit - 1) * size)
        return list(range(oldest, newest + 1, size)[:limit])
    times: list[int] = []
    while oldest <= newest:
        times.append(oldest)
        oldest = next_open(oldest, size, offset)
    return times[:limit] if start is not None else times[-limit:]


def _fill(bars: list[Bar], times: list[int]) -> list[Bar]:
    if not times:
        return []
    index = bisect_left(bars, times[0], key=_time_of)
    close = bars[index - 1].close if index else 0
    klines: list[Bar] = []
    for time in times:
        if index < len(bars) and bars[index].time == time:
            bar = bars[index]
            index += 1
        else:
            bar = Bar(time, close)
        close = bar.close
        klines.append(bar)
    return klines


def _time_of(bar: Bar) -> int:
    return bar.time
