"""The exchange's time: one clock for every duration and every timestamp.

The exchange's time is the event loop's time, multiplied by `speed`, counted from `start`. So a day lasts 2.4 s at
speed 36,000, and under the virtual loop of `net.virtual` it takes no time at all. Timers are the loop's own; nothing
in the simulator asks the machine what time it is.

Two kinds of time are kept apart, as in life. The *wall* (`now_us`) is what the exchange writes into its answers and
compares timestamps with; it can be set wrong (`jump`) and can run wrong (`drift`). *Durations* (`call_later`,
`elapsed`) never jump: a connection is a day old after a day.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

__all__ = ["ClientClock", "SimClock"]

MILLION = 1_000_000


class SimClock:
    """The exchange's clock. Made inside a running loop."""

    def __init__(self, start: float, *, speed: float = 1.0) -> None:
        """`start` is the wall time of this moment in seconds since the epoch."""
        if not speed > 0:
            raise ValueError("speed is more than nothing")
        self.speed = speed
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._start_us = round(start * MILLION)
        self._offset_us = 0
        self._ppm = 0.0
        self._ppm_since = 0.0

    def elapsed(self) -> float:
        """Seconds of the exchange's time since it opened. Never jumps."""
        return (self._loop.time() - self._began) * self.speed

    def now_us(self) -> int:
        """The wall, in microseconds since the epoch."""
        elapsed = self.elapsed()
        drifted = (elapsed - self._ppm_since) * self._ppm
        return self._start_us + self._offset_us + int(elapsed * MILLION) + int(drifted)

    def now_ms(self) -> int:
        """The wall, in milliseconds since the epoch."""
        return self.now_us() // 1000

    def jump(self, seconds: float) -> None:
        """Set the wall forwards or back. Durations do not notice."""
        self._offset_us += round(seconds * MILLION)

    def drift(self, ppm: float) -> None:
        """From now on the wall gains this many microseconds a second."""
        elapsed = self.elapsed()
        self._offset_us += int((elapsed - self._ppm_since) * self._ppm)
        self._ppm, self._ppm_since = ppm, elapsed

    def call_later(self, seconds: float, callback: Callable[..., Any], *args: Any) -> asyncio.TimerHandle:
        """Call back after so many seconds of the exchange's time."""
        return self._loop.call_later(max(0.0, seconds) / self.speed, callback, *args)

    async def sleep(self, seconds: float) -> None:
        """Wait so many seconds of the exchange's time."""
        await asyncio.sleep(max(0.0, seconds) / self.speed)


class ClientClock:
    """What a client of the embedded exchange takes for its machine's clock (a `net.seams.Clock`).

    Its wall is the exchange's at the start, and runs at the exchange's speed; it can be set wrong for itself. Its
    monotonic time and its sleep are the loop's, as those of the machine are: the client's `timings` are scaled instead.
    """

    def __init__(self, exchange: SimClock) -> None:
        self._exchange = exchange
        self._loop = asyncio.get_running_loop()
        self._start = exchange.now_us() / MILLION - exchange.elapsed()
        self._offset = 0.0
        self._rate = 0.0
        self._rate_since = 0.0

    def wall(self) -> float:
        """Seconds since the epoch, as the client's machine believes them."""
        elapsed = self._exchange.elapsed()
        return self._start + self._offset + elapsed + (elapsed - self._rate_since) * self._rate

    def monotonic(self) -> float:
        """The loop's time."""
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        """Wait, in the loop's time."""
        await asyncio.sleep(seconds)

    def jump(self, seconds: float) -> None:
        """Set the client's wall forwards or back."""
        self._offset += seconds

    def drift(self, ppm: float) -> None:
        """From now on the client's wall gains this many microseconds a second."""
        elapsed = self._exchange.elapsed()
        self._offset += (elapsed - self._rate_since) * self._rate
        self._rate, self._rate_since = ppm / MILLION, elapsed
