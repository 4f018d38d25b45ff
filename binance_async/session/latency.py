"""How old events are when they are read, and how long they wait for their consumer.

Looking at the clock for each event would cost a tenth of reading it, so one in 64 is looked at. Latencies are counted
in buckets whose bounds double, from 62.5 µs to 64 s; a percentile is the upper bound of its bucket.
"""

from __future__ import annotations

SAMPLE_EVERY = 64
_FIRST = 62.5e-6
_BUCKETS = 21


class Latency:
    """A histogram of durations."""

    __slots__ = ("_counts", "count", "largest")

    def __init__(self) -> None:
        self._counts = [0] * _BUCKETS
        self.count: int = 0
        self.largest: float = 0.0

    def add(self, seconds: float) -> None:
        """Take in one duration. One below zero is a clock that is off, and counts as none."""
        seconds = max(0.0, seconds)
        bucket, bound = 0, _FIRST
        while seconds > bound and bucket < _BUCKETS - 1:
            bucket += 1
            bound *= 2
        self._counts[bucket] += 1
        self.count += 1
        self.largest = max(self.largest, seconds)

    def percentile(self, share: float) -> float | None:
        """The duration that this share of all did not exceed, as the upper bound of a bucket; None without samples."""
        if not self.count:
            return None
        seen, bound = 0, _FIRST
        for count in self._counts:
            seen += count
            if seen >= share * self.count:
                return min(bound, self.largest)
            bound *= 2
        return self.largest

    def as_dict(self) -> dict[str, float | int | None]:
        """For diagnostics, in milliseconds."""

        def ms(seconds: float | None) -> float | None:
            return None if seconds is None else round(seconds * 1000, 3)

        return {
            "samples": self.count,
            "p50_ms": ms(self.percentile(0.5)),
            "p99_ms": ms(self.percentile(0.99)),
            "largest_ms": ms(self.largest),
        }
