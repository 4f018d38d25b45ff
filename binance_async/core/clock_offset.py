"""What time it is at the exchange.

Signed calls carry a timestamp, and the exchange refuses it (-1021) when `timestamp >= serverTime + 1000` or
`serverTime - timestamp > recvWindow`: a second ahead is too much, several behind (5 by default) are not. The windows of
the rate limits turn by the same clock. So its time must be known to some tens of milliseconds, and rather too early
than too late.

How it is measured
    The wall clock of this machine may be wrong and may be set at any moment. Its monotonic clock runs evenly from an
    arbitrary start. So the exchange's time is kept as an offset to the monotonic clock.
    A sample is a question for the time, sent at `sent`, answered at `received`, and the time `server` told between. The
    exchange's clock then stood at `server` somewhere in the round trip, so the offset lies between `server - received`
    and `server - sent` (and a millisecond more, since the answer is cut to milliseconds). The faster the round trip,
    the less is left open: the fastest sample counts. Within it a quarter of the way from the early end is taken. When
    both directions take equally long, the truth is in the middle; when they do not, erring to the past is harmless.
    What is left open grows with the sample's age, because no two clocks run alike: by 500 ppm, more than any that is
    disciplined. The sample that leaves least open *now* is the one in use, so slow ones do not displace a fast one
    until it is old.

When it cannot be trusted
    * Before the first sample. Then the wall clock is all there is.
    * After a jump: the wall clock has moved against the monotonic one by more than 200 ms. Either the wall clock was
      set, which changes nothing here, or the machine slept, during which the monotonic clock may have stood still, and
      then the offset is wrong by that time. It cannot be told which, so it is measured again.
    * After -1021: the exchange itself says that it is wrong.
    Then samples from before count no more as soon as there is a new one, and until then the old offset is the best
    guess. `trusted` is false, and a signed call should wait for a sample. `needs_sample` is true then, while there are
    less than three samples, and when the last one is older than `refresh`.

All times are seconds. No call waits or asks anything.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["ClockOffset", "ClockState"]

_RESOLUTION = 0.001
_EARLY = 0.25
_LATEST = 0.25


class _Sample(NamedTuple):
    sent: float
    earliest: float
    latest: float

    @property
    def open(self) -> float:
        """How much the sample leaves open when it is new."""
        return self.latest - self.earliest

    @property
    def offset(self) -> float:
        """A quarter of the way, but never so far that it could be much ahead of the truth."""
        return self.earliest + min(_EARLY * self.open, _LATEST)


@dataclass(frozen=True, slots=True)
class ClockState:
    """All of it, for diagnostics. Seconds, but for `drift_ppm`."""

    trusted: bool
    offset: float | None
    """The exchange's time less the monotonic clock's."""
    uncertainty: float | None
    """How far `offset` may be off, either way, as long as it is trusted."""
    round_trip: float | None
    """Of the sample in use."""
    wall_error: float | None
    """How far this machine's wall clock was ahead of the exchange's when it was last seen."""
    drift_ppm: float | None
    """How much faster the exchange's clock runs than ours, once a minute or more has been measured."""
    samples: int
    jumps: int
    rejections: int


class ClockOffset:
    """The offset of one exchange's clock.

    `refresh` is the age at which it is measured again, `burst` how many samples that takes at first or after trouble,
    `drift` by how much clocks may run apart, `jump` by how much this machine's two may between two looks at them.
    """

    __slots__ = (
        "_best",
        "_burst",
        "_drift",
        "_first",
        "_fresh",
        "_jump",
        "_jumps",
        "_last",
        "_not_before",
        "_refresh",
        "_rejections",
        "_taken",
        "_trusted",
        "_wall",
    )

    def __init__(self, *, refresh: float = 180.0, burst: int = 3, drift: float = 500e-6, jump: float = 0.2) -> None:
        self._refresh = refresh
        self._burst = burst
        self._drift = drift
        self._jump = jump
        self._best: _Sample | None = None
        self._first: _Sample | None = None  # of those that count
        self._trusted = False
        self._fresh = 0  # samples since the measurement began
        self._last = -math.inf
        self._not_before = -math.inf  # samples sent earlier do not count
        self._wall: float | None = None  # the wall clock less the monotonic one, when last seen
        self._taken = self._jumps = self._rejections = 0

    @property
    def trusted(self) -> bool:
        """Whether the exchange's time is known: there is a sample, and nothing has happened since."""
        return self._trusted

    def needs_sample(self, monotonic: float) -> bool:
        """Whether the exchange should be asked for its time."""
        return not self._trusted or self._fresh < self._burst or monotonic - self._last > self._refresh

    def observe(self, wall: float, monotonic: float) -> bool:
        """Look at both clocks of this machine; true if one of them has jumped against the other."""
        before, self._wall = self._wall, wall - monotonic
        if before is None or abs(self._wall - before) <= self._jump:
            return False
        self._jumps += 1
        self._distrust(monotonic)
        return True

    def rejected(self, monotonic: float) -> None:
        """The exchange has refused a timestamp (-1021)."""
        self._rejections += 1
        self._distrust(monotonic)

    def sample(self, sent: float, received: float, server: float, *, wall: float) -> bool:
        """Take in what the exchange said its time was, between two readings of the monotonic clock.

        `wall` is the wall clock at `received`. False if the sample does not count: it began before something happened
        that makes its times doubtful, or they make no sense.
        """
        if not sent <= received < math.inf or not math.isfinite(server + wall):
            return False
        self.observe(wall, received)
        if sent < self._not_before:
            return False
        new = _Sample(sent, server - received, server + _RESOLUTION - sent)
        best = self._best
        if not self._trusted or best is None:
            self._begin(new)
        elif not self._agree(best, new):
            self._jumps += 1  # unseen by `observe`: a short sleep, or the exchange's clock was set
            self._begin(new)
        elif new.open <= best.open + 2 * self._drifted(best, received):
            self._best = new
        self._trusted = True
        self._last = received
        self._fresh += 1
        self._taken += 1
        return True

    def now(self, wall: float, monotonic: float) -> float:
        """The exchange's time in seconds since the epoch; before the first sample, the wall clock's."""
        self.observe(wall, monotonic)
        return self.at(monotonic)

    def at(self, monotonic: float) -> float:
        """The exchange's time at a reading of the monotonic clock. Either clock must have been seen before."""
        if self._best is not None:
            return monotonic + self._best.offset
        if self._wall is not None:
            return monotonic + self._wall
        raise ValueError("neither the exchange's clock nor the wall clock has been seen yet")

    def timestamp_ms(self, monotonic: float) -> int:
        """The `timestamp` of a call that is signed at this reading of the monotonic clock."""
        return math.floor(self.at(monotonic) * 1000)

    def state(self, monotonic: float) -> ClockState:
        """Everything, to be read."""
        best, first = self._best, self._first
        offset = uncertainty = round_trip = wall_error = drift = None
        if best is not None and first is not None:
            offset = best.offset
            uncertainty = max(best.latest - offset, offset - best.earliest) + self._drifted(best, monotonic)
            round_trip = best.open - _RESOLUTION
            wall_error = None if self._wall is None else self._wall - offset
            if best.sent - first.sent >= 60:
                drift = (best.offset - first.offset) / (best.sent - first.sent) * 1e6
        return ClockState(
            self._trusted,
            offset,
            uncertainty if self._trusted else None,
            round_trip,
            wall_error,
            drift,
            self._taken,
            self._jumps,
            self._rejections,
        )

    def _begin(self, sample: _Sample) -> None:
        self._best = self._first = sample
        self._fresh = 0

    def _distrust(self, monotonic: float) -> None:
        self._trusted = False
        self._not_before = monotonic

    def _drifted(self, sample: _Sample, monotonic: float) -> float:
        return self._drift * max(0.0, monotonic - sample.sent)

    def _agree(self, old: _Sample, new: _Sample) -> bool:
        drifted = self._drifted(old, new.sent + new.open)
        return old.earliest - drifted <= new.latest and new.earliest <= old.latest + drifted
