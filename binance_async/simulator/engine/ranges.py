"""The parameters that queries share: limits, times, zones, windows.

A list without times answers with the newest entries, with `startTime` the oldest from it on, with `endTime` alone the
newest up to it, with both like `startTime`, capped. Entries are always oldest first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from binance_async.simulator.engine import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["cut", "limited", "microseconds", "offset_of", "select", "span", "window_minutes"]

T = TypeVar("T")

_MICRO_FROM = 10**14  # milliseconds reach it in the year 5138, microseconds did in 1973
_DAY_US = 86_400_000_000
_ZONE = re.compile(r"([+-]?)(\d{1,2})(?::(\d{2}))?")
_WINDOW = re.compile(r"([1-9]\d?)([mhd])")
_WINDOWS = {"m": (1, 59), "h": (60, 23), "d": (1_440, 7)}


def microseconds(time: int) -> int:
    """A time parameter, whichever unit it came in."""
    return time if abs(time) >= _MICRO_FROM else time * 1000


def limited(limit: int | None, default: int = 500, most: int = 1000) -> int:
    """How many entries are wanted: never more than the call gives."""
    if limit is None:
        return default
    if limit < 1:
        raise errors.invalid("limit")
    return min(limit, most)


def span(start: int | None, end: int | None, *, hours: int | None = 24) -> tuple[int | None, int | None]:
    """Both ends in microseconds, both inclusive; -1127 if they are too far apart."""
    first = None if start is None else microseconds(start)
    last = None if end is None else microseconds(end)
    if first is not None and last is not None and hours is not None and last - first > hours * _DAY_US // 24:
        raise errors.too_long(hours)
    if last is not None and end is not None and last != end:
        last += 999  # a millisecond is all of its microseconds
    return first, last


def select(
    items: Sequence[T], time_of: Callable[[T], int], start: int | None, end: int | None, limit: int
) -> Sequence[T]:
    """The entries of a span (microseconds) by the rule above; `items` are oldest first."""
    if start is not None or end is not None:
        items = [
            each
            for each in items
            if (start is None or time_of(each) >= start) and (end is None or time_of(each) <= end)
        ]
    return cut(items, limit, from_start=start is not None)


def cut(items: Sequence[T], limit: int, *, from_start: bool) -> Sequence[T]:
    """The first or the last `limit`."""
    return items[:limit] if from_start else items[-limit:]


def offset_of(time_zone: str | None) -> int:
    """The seconds of a time zone parameter such as `8`, `-1:00` or `05:45`: -12:00 to +14:00."""
    if time_zone is None:
        return 0
    match = _ZONE.fullmatch(time_zone)
    if match is None:
        raise errors.invalid("timeZone")
    sign, hours, minutes = match.groups()
    seconds = int(hours) * 3_600 + int(minutes or 0) * 60
    if sign == "-":
        seconds = -seconds
    if int(minutes or 0) > 59 or not -12 * 3_600 <= seconds <= 14 * 3_600:
        raise errors.invalid("timeZone")
    return seconds


def window_minutes(window: str) -> int:
    """The minutes of a window size: 1m to 59m, 1h to 23h, 1d to 7d."""
    match = _WINDOW.fullmatch(window)
    if match is None:
        raise errors.invalid("windowSize")
    number, unit = int(match[1]), match[2]
    minutes, most = _WINDOWS[unit]
    if number > most:
        raise errors.invalid("windowSize")
    return number * minutes
