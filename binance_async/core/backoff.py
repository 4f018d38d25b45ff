"""When to try again: connections without limit but never as a storm, reads within a quota.

Connections
    A connection that is lost is opened again, for as long as somebody wants it. What is waited before depends on why.
    Each failure in a row doubles the longest wait, from 0.1 s up to 30 s, and the wait is drawn evenly between nothing
    and that ("full jitter"): clients that were cut off together do not come back together. A connection that has lasted
    a minute ends the row. Some answers have waits of their own:

    close 1000, 1001   the exchange closed in good order, as it does for an upgrade: at once if it is the first in a row
    close 1008         policy. If the reason speaks of too many messages, the sender slows down by half, too
    close 1009         our limit for one message was passed. The second in a row is fatal, for it will come again
    close 1012         the service restarts: spread over 5 s
    close 1013         try again later: not before 5 s
    HTTP 403           the firewall: not before 5 minutes
    HTTP 418, 429      not before the time stated; if there is none, 2 minutes, or 1
    HTTP 401, 404, 407, 451, a key that is refused, an argument that is refused: fatal. Time does not mend it
    anything else      as above, with jitter

    Fatal means that the link ends and its owner is told; nothing is retried in silence.
    The exchange counts connection attempts: 300 in 5 minutes for an address. `ConnectBudget` keeps to 60, for all the
    connections that share it. Places are given in the order of asking, so one that flaps takes no other's turn.

Reads
    A read has no effect, so it can be repeated, but when the exchange is in trouble the repeats of all clients keep it
    there. `RetryQuota` is a bucket of 500 tokens: a retry takes 5, or 10 after a time out, and success puts back what
    its last retry took, or 1 if there was none. A broken exchange empties it, and then every read fails the first time.
    A read is tried three times at most, 1, 2, ... s apart with full jitter. The figures are those of botocore.
    Writes are never repeated.

Times are seconds of the monotonic clock, and randomness comes from outside. No call waits.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass, fields, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Self

from binance_async.errors import (
    BinanceError,
    BudgetExhausted,
    ConnectFailed,
    FirewallRefused,
    IpBanned,
    NotSent,
    RateLimited,
    RegionRefused,
    Rejected,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

__all__ = ["Backoff", "ConnectBudget", "Judgement", "Pace", "RetryQuota", "Verdict", "judge_close", "judge_error"]

REFUSED_KEY_CODES = frozenset({-1002, -1022, -1099, -2008, -2014, -2015})
"""The exchange's codes for a key, signature or permission that it does not accept."""
FATAL_STATUSES = frozenset({401, 404, 407, 451})
_LONGEST_ROW = 40


@dataclass(frozen=True, slots=True)
class Pace:
    """Every constant of this module; what is a float is a duration."""

    first: float = 0.1
    most: float = 30.0
    stable: float = 60.0
    restart: float = 5.0
    later: float = 5.0
    firewall: float = 300.0
    limited: float = 60.0
    banned: float = 120.0
    longest_stated: float = 3.5 * 86400.0
    """A stated time beyond this (the exchange bans for 3 days at most) is not believed."""

    connects: int = 60
    connect_period: float = 300.0

    tokens: int = 500
    retry_cost: int = 5
    timeout_cost: int = 10
    attempts: int = 3
    retry_first: float = 1.0
    retry_most: float = 20.0

    def scaled(self, factor: float) -> Self:
        """The same with every duration multiplied."""
        values: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        durations: dict[str, Any] = {name: v * factor for name, v in values.items() if isinstance(v, float)}
        return replace(self, **durations)


class Verdict(Enum):
    """What a failure means for the next try."""

    AT_ONCE = "at once"
    """Without a wait, if it is the first in a row."""
    RETRY = "retry"
    """After a wait that grows with the row."""
    WAIT = "wait"
    """Not before a certain time."""
    FATAL = "fatal"
    """Never: time does not mend it."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and what goes with it."""

    verdict: Verdict
    wait: float = 0.0
    """At least this long."""
    spread: float = 0.0
    """And up to this much more, evenly drawn."""
    slower: bool = False
    """The sender was too fast."""


_RETRY, _FATAL = Judgement(Verdict.RETRY), Judgement(Verdict.FATAL)


def judge_close(code: int, reason: str, pace: Pace) -> Judgement:
    """A connection that was open was closed with this code."""
    if code in (1000, 1001):
        return Judgement(Verdict.AT_ONCE)
    if code == 1008:
        return Judgement(Verdict.RETRY, slower="too many" in reason.lower())
    if code == 1012:
        return Judgement(Verdict.RETRY, spread=pace.restart)
    if code == 1013:
        return Judgement(Verdict.WAIT, wait=pace.later, spread=pace.later)
    return _RETRY


def judge_error(error: Exception, pace: Pace, *, server_now: float | None = None) -> Judgement:
    """A connection could not be opened or set up.

    `error` is one of ours, or what an adapter reports (`net.seams`: it has a `cause`, and a `status` and `headers` when
    an upgrade was refused). Any other is a mistake in the program, hence fatal. `server_now` is the exchange's time, by
    which `retry_at` of our errors goes.
    """
    if isinstance(error, BinanceError):
        return _judge_own(error, pace, server_now)
    if not hasattr(error, "cause") and not isinstance(error, OSError):
        return _FATAL
    status: int | None = getattr(error, "status", None)
    headers: Mapping[str, str] = getattr(error, "headers", {})
    if status in FATAL_STATUSES:
        return _FATAL
    if status == 403:
        return _firewall(pace)
    if status in (418, 429):
        return _limited(_seconds(headers.get("retry-after")), pace, banned=status == 418)
    return _RETRY


def _judge_own(error: BinanceError, pace: Pace, server_now: float | None) -> Judgement:
    if isinstance(error, (RateLimited, BudgetExhausted)):
        if error.retry_at is None or server_now is None:
            return _limited(None, pace, banned=isinstance(error, IpBanned))
        wait = error.retry_at - server_now
        return _limited(wait, pace, banned=isinstance(error, IpBanned)) if wait > 0 else _RETRY
    if isinstance(error, FirewallRefused):
        return _firewall(pace)
    if isinstance(error, RegionRefused):
        return _FATAL
    if isinstance(error, Rejected):
        return _FATAL if error.code in REFUSED_KEY_CODES or error.status in FATAL_STATUSES else _RETRY
    return _FATAL if isinstance(error, NotSent) and not isinstance(error, ConnectFailed) else _RETRY


def _firewall(pace: Pace) -> Judgement:
    return Judgement(Verdict.WAIT, wait=pace.firewall, spread=pace.most)


def _limited(stated: float | None, pace: Pace, *, banned: bool) -> Judgement:
    if stated is None or not 0 < stated <= pace.longest_stated:
        stated = pace.banned if banned else pace.limited
    return Judgement(Verdict.WAIT, wait=stated, spread=pace.first)


def _seconds(text: Any) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


class Backoff:
    """The memory of one link: its failures in a row, and when it may try again."""

    __slots__ = (
        "_at_once",
        "_not_before",
        "_opened_at",
        "_pace",
        "_random",
        "_row",
        "_spread",
        "_too_big",
        "policy_closes",
        "slowdown",
    )

    def __init__(self, random: random.Random, pace: Pace | None = None) -> None:
        self._random = random
        self._pace = pace or Pace()
        self._opened_at: float | None = None
        self._begin()

    def _begin(self) -> None:
        self._row = 0  # failures since the last connection that lasted
        self._at_once = False
        self._not_before = -math.inf
        self._spread = 0.0
        self._too_big = 0
        self.slowdown: int = 1
        """By how much the sender should slow down: 2, 4, ... after closes that said "too many"."""
        self.policy_closes: int = 0
        """Closes with 1008 in this row. Three mean that something is wrong here, which a user should know."""

    def delay(self, now: float) -> float:
        """How long to wait before the next try."""
        self._look_back(now)
        if not self._row or self._at_once:
            return 0.0
        pace = self._pace
        jitter = self._random.uniform(0, min(pace.most, pace.first * 2 ** (self._row - 1)))
        spread = self._random.uniform(0, self._spread)
        return max(jitter, spread) if self._not_before <= now else self._not_before - now + spread

    def succeeded(self, now: float) -> None:
        """A connection is open and set up."""
        self._opened_at = now

    def closed(self, code: int, reason: str, now: float) -> Verdict:
        """An open connection was closed, other than by us."""
        self._look_back(now)
        self._opened_at = None
        judgement = judge_close(code, reason, self._pace)
        self.policy_closes += code == 1008
        self._too_big += code == 1009
        self.slowdown *= 2 if judgement.slower else 1
        self._take(judgement, now)
        return Verdict.FATAL if self._too_big > 1 else judgement.verdict

    def failed(self, error: Exception, now: float, *, server_now: float | None = None) -> Verdict:
        """A connection could not be opened or set up."""
        self._look_back(now)
        judgement = judge_error(error, self._pace, server_now=server_now)
        self._take(judgement, now)
        return judgement.verdict

    def _look_back(self, now: float) -> None:
        # The last connection may still be there, when it was to be replaced in good order.
        if self._opened_at is not None and now - self._opened_at >= self._pace.stable:
            self._opened_at = None
            self._begin()

    def _take(self, judgement: Judgement, now: float) -> None:
        self._at_once = judgement.verdict is Verdict.AT_ONCE and not self._row
        self._row = min(self._row + 1, _LONGEST_ROW)
        self._not_before = now + judgement.wait
        self._spread = judgement.spread


class ConnectBudget:
    """At most `connects` starts of connections in any `connect_period`, in the order of asking."""

    __slots__ = ("_limit", "_period", "_starts")

    def __init__(self, pace: Pace | None = None) -> None:
        pace = pace or Pace()
        self._limit = pace.connects
        self._period = pace.connect_period
        self._starts: deque[float] = deque()  # ascending; those to come too

    def reserve(self, now: float) -> float:
        """The time from which one connection may be opened. It counts, unless it is given back by `cancel`."""
        starts = self._starts
        while starts and starts[0] <= now - self._period:
            starts.popleft()
        start = now if len(starts) < self._limit else starts[-self._limit] + self._period
        start = max(now, start, starts[-1] if starts else now)
        starts.append(start)
        return start

    def cancel(self, start: float) -> None:
        """The connection reserved for that time will not be opened."""
        index = bisect_left(self._starts, start)
        if index < len(self._starts) and self._starts[index] == start:
            del self._starts[index]

    def used(self, now: float) -> int:
        """Starts in the last period."""
        return sum(now - self._period < start <= now for start in self._starts)


class RetryQuota:
    """Whether and when a failed read is tried again."""

    __slots__ = ("_pace", "tokens")

    def __init__(self, pace: Pace | None = None) -> None:
        self._pace = pace or Pace()
        self.tokens: int = self._pace.tokens

    def retry_after(self, attempts: int, chance: random.Random, *, timed_out: bool = False) -> float | None:
        """The wait after so many failed attempts, or None if the read has failed for good."""
        pace = self._pace
        cost = pace.timeout_cost if timed_out else pace.retry_cost
        if attempts >= pace.attempts or self.tokens < cost:
            return None
        self.tokens -= cost
        return chance.uniform(0, min(pace.retry_most, pace.retry_first * 2 ** (attempts - 1)))

    def succeeded(self, *, attempts: int = 1, timed_out: bool = False) -> None:
        """A read has succeeded at this attempt; `timed_out` is that of the retry before."""
        pace = self._pace
        back = 1 if attempts == 1 else pace.timeout_cost if timed_out else pace.retry_cost
        self.tokens = min(pace.tokens, self.tokens + back)
