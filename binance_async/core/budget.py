"""How much of the exchange's rate limits is used, and whether one more request fits in.

What the exchange does
    It counts in windows that are aligned to its clock: 6,000 REQUEST_WEIGHT a minute start afresh at :00, 100 ORDERS in
    10 seconds at :00, :10, :20, a day at 00:00 UTC. Weight and RAW_REQUESTS count per IP address and are shared by REST
    and the WebSocket API (on futures by both kinds of futures), so one `Budget` stands for one such pool. Orders count
    per account, whatever the address. The limits are in `rateLimits` of exchangeInfo and change; nothing here is fixed.
    Every reply tells the weight used (`x-mbx-used-weight-1m`, or `rateLimits` on the WebSocket API), and replies to
    orders tell the order count; it may fall, because orders that are filled are taken off.
    Going over the limit is answered 429, going on after that 418, a ban of 2 minutes to 3 days. Both say until when;
    an order count that is used up (429 with code -1015) does not, and stops nothing but orders.

What is not known here
    *When* the exchange counts a request: some time between sending it and reading its reply. *What time it is* there,
    other than within `margin`. *Who else* is using the same address. And a reply may overtake another, or belong to a
    window that is over.

How it is counted
    A request is *reserved* before it is sent and counts in full from then on. When its reply has come it is *settled*,
    when it was never sent it is *released*.
    * A window is open from its start to its end, both `margin` later than we believe. All that is in flight at that
      moment may still be counted in the new window, so it counts there too, and so does what was settled in the last
      `margin` before the end. With that, a client that is alone never goes over a limit, whatever the latency.
    * The count told by a reply is believed if the reply certainly belongs to the open window: reserved after its start
      and settled `margin` before its end. It contains what was reserved before that request, as far as the exchange
      keeps the order, and the rest of it is *foreign* weight, of others at this address. The reply to the request that
      was reserved last is the newest word on that, and replaces what older ones said. An older reply can only raise the
      count: no less than what it tells has been used.
    * A count that is lower than ours gives back only what it must have contained: all that was settled before the
      request was reserved. This is how filled orders, and requests that turn out to cost nothing, come back.
    * Three priorities: bulk work (snapshots, histories) may fill half of a window, normal calls nine tenths, and
      cancels and queries of orders all of it. New orders are normal calls; their order counts may be used up entirely.
    * A 429 means that others use the limit too, or that it is not what we think. Besides the embargo it halves the
      share of bulk and normal calls; a window without a 429 doubles it again.

Time is an argument: seconds since the epoch on the exchange's clock. No call waits.

How it is fast
    A meter keeps one running total, which only grows, and each window the total at which it started. So a reservation
    adds to the total, whatever the number of windows, and compares it with one ceiling that is worked out anew only
    when a window starts or a reply tells something new.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "Budget",
    "BudgetSettings",
    "BudgetState",
    "HeaderReader",
    "Priority",
    "Refusal",
    "Reservation",
    "Usage",
    "WindowState",
    "banned_until",
    "retry_after_ms",
    "retry_after_seconds",
    "usage_from_headers",
    "usage_from_rows",
    "usage_of",
]

REQUEST_WEIGHT, RAW_REQUESTS, ORDERS = "REQUEST_WEIGHT", "RAW_REQUESTS", "ORDERS"
_UNITS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86400}
_LETTERS = {unit[0].lower(): seconds for unit, seconds in _UNITS.items()}
_LONGEST_COUNT = 18
"""Digits. More than that is no count."""


class Priority(IntEnum):
    """How much of a window a call may fill."""

    BULK = 0
    """Snapshots, histories, audits: what can wait for the next window."""
    NORMAL = 1
    CANCEL = 2
    """Cancels and queries of orders: may use what is kept back from all others."""


@dataclass(frozen=True, slots=True)
class BudgetSettings:
    """The numbers that the exchange does not give."""

    bulk_share: float = 0.5
    normal_share: float = 0.9
    least_share: float = 0.125
    """What repeated 429 can make of these shares."""
    margin: float = 0.1
    """How far our idea of the exchange's time may be off, either way. Seconds, as are those below."""
    first_ban: float = 120.0
    """What a 418 without a readable time counts as."""
    longest_ban: float = 3.5 * 86400.0
    """A time beyond this (the exchange bans for 3 days at most) is not believed."""

    def scaled(self, factor: float) -> Self:
        """The same with our own durations multiplied."""
        return replace(
            self,
            margin=self.margin * factor,
            first_ban=self.first_ban * factor,
            longest_ban=self.longest_ban * factor,
        )


class Usage(NamedTuple):
    """One line of a rate limit as a reply or exchangeInfo tells it."""

    kind: str
    seconds: int
    """The length of the window."""
    used: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """It may not be sent now. `retry_at` is when it can be asked again; None if it never fits."""

    reason: str
    retry_at: float | None


class Reservation(msgspec.Struct, gc=False):
    """A place in the budget. Ends with exactly one of `settle` and `release`; what comes after that does nothing."""

    at: float
    weight: int
    total: int
    """The running total of weight, this one included."""
    contained: int
    """What of that total was settled by then, and this one: the least that its reply's count contains."""
    meter: Any = None
    """Of the account's orders, if it concerns one."""
    orders: int = 0
    orders_total: int = 0
    orders_contained: int = 0
    open: bool = True
    account: str | None = None
    """Whose order counts its reply may tell, if it places none itself."""


@dataclass(frozen=True, slots=True)
class WindowState:
    """One limit, for diagnostics. `used` contains `in_flight` and `foreign`."""

    kind: str
    seconds: int
    limit: int
    used: int
    in_flight: int
    foreign: int
    resets_at: float
    account: str | None


@dataclass(frozen=True, slots=True)
class BudgetState:
    """All of a budget, for diagnostics."""

    embargo_until: float | None
    embargo_cause: str
    windows: tuple[WindowState, ...]
    refused: int
    """Requests that found no room."""
    limited: int
    """Replies 429 and 418."""


# What replies tell


def usage_of(kind: str, interval: str, interval_num: int, used: int | None = None, limit: int | None = None) -> Usage:
    """A row of `rateLimits`. Raises ValueError for an interval that is not known."""
    if interval not in _UNITS or interval_num < 1:
        raise ValueError(f"no such interval: {interval_num} {interval}"[:100])
    return Usage(kind, _UNITS[interval] * interval_num, used, limit)


def usage_from_rows(rows: Iterable[Mapping[str, Any]] | None) -> list[Usage]:
    """The rows of `rateLimits`, of exchangeInfo or of a WebSocket API reply. What cannot be read is left out."""
    found: list[Usage] = []
    for row in rows or ():
        try:
            used, limit = row.get("count"), row.get("limit")
            found.append(
                usage_of(
                    str(row["rateLimitType"]),
                    row["interval"],
                    int(row["intervalNum"]),
                    None if used is None else int(used),
                    None if limit is None else int(limit),
                )
            )
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            continue
    return found


_MOST_KINDS = 4096
_HEADER = re.compile(r"x-(mbx-used-weight|mbx-order-count|sapi-used-ip-weight)(?:-([0-9]{1,4})([smhd]))?")


@lru_cache(maxsize=256)
def _meaning(header: str) -> tuple[str, int] | None:
    match = _HEADER.fullmatch(header)
    if match is None:
        return None
    what, number, letter = match.groups()
    if number is None:  # the old spelling is of the minute; the others do not go without
        return (REQUEST_WEIGHT, 60) if what == "mbx-used-weight" else None
    seconds = int(number) * _LETTERS[letter]
    if not seconds:
        return None
    return ORDERS if what == "mbx-order-count" else REQUEST_WEIGHT, seconds


def _counts(names: Iterable[str]) -> dict[str, tuple[str, int]]:
    """Which of these headers hold a count, and of what."""
    found = {name: _meaning(name.lower()) for name in names if name[:2] in ("x-", "X-")}
    return {name: meaning for name, meaning in found.items() if meaning is not None}


def usage_from_headers(headers: Mapping[str, str]) -> list[Usage]:
    """The counts in the headers of a REST reply. What cannot be read is left out."""
    found: dict[tuple[str, int], int] = {}
    for name, meaning in _counts(headers).items():
        value = headers[name]
        if value.isdecimal() and len(value) <= _LONGEST_COUNT:
            found[meaning] = max(int(value), found.get(meaning, 0))
    return [Usage(kind, seconds, count) for (kind, seconds), count in found.items()]


class HeaderReader:
    """Reads the counts of replies, remembering where replies of a kind have them.

    To go through all headers of each reply takes longer than anything else that is done for the budget, and the
    replies to one call look alike. When one has another number of headers, or lacks one, all are looked at again. Of
    two names for one count (the old one, and that with the interval) the longer is read.
    """

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], list[tuple[str, str, int]]] = {}

    def read(self, call: str, headers: Mapping[str, str]) -> list[Usage]:
        """The counts in the headers of a reply to this call."""
        kind = (call, len(headers))
        try:
            return [
                Usage(what, seconds, int(value))
                for name, what, seconds in self._known[kind]
                if (value := headers[name]).isdecimal() and len(value) <= _LONGEST_COUNT
            ]
        except KeyError:
            if len(self._known) >= _MOST_KINDS:
                self._known.clear()
            counts = _counts(sorted(headers, key=len))
            self._known[kind] = [(name, *meaning) for meaning, name in {m: n for n, m in counts.items()}.items()]
        return usage_from_headers(headers)


def retry_after_seconds(headers: Mapping[str, str], now: float) -> float | None:
    """The time that `retry-after` of a REST reply states; None if there is none or it is not a number."""
    try:
        seconds = float(headers["retry-after"])
    except (KeyError, ValueError):
        return None
    return now + seconds if math.isfinite(seconds) and seconds > 0 else None


def retry_after_ms(value: object) -> float | None:
    """The time that `retryAfter` of a WebSocket API reply states, an epoch in ms (or us); None if it is none."""
    try:
        epoch = float(value) if isinstance(value, (int, float, str)) else math.nan
    except (OverflowError, ValueError):
        return None
    if isinstance(value, bool) or not math.isfinite(epoch) or epoch <= 0:
        return None
    return epoch / (1e6 if epoch >= 1e14 else 1e3)


_BANNED_UNTIL = re.compile(r"banned until ([0-9]{10,17})")


def banned_until(message: str) -> float | None:
    """The time in "... IP banned until 1659146400000. ...", the text of -1003."""
    match = _BANNED_UNTIL.search(message)
    return retry_after_ms(int(match[1])) if match else None


# Counting


class _Window:
    """One limit. All but `limit` and `share` is of the window that is open."""

    __slots__ = (
        "capacities",
        "carried",
        "ends",
        "foreign",
        "kind",
        "limit",
        "newest",
        "opens",
        "seconds",
        "share",
        "start",
        "strained",
    )

    def __init__(self, kind: str, seconds: int, limit: int, start: int) -> None:
        self.kind = kind
        self.seconds = seconds
        self.limit = limit
        self.share = 1.0
        self.capacities: list[int] = []  # how much calls of each priority may fill
        self.strained = False  # by a 429
        self.start = start  # the meter's total without what counts in this window
        self.carried = 0  # settled so near the end that it may count in the next window
        self.foreign = 0
        self.newest = 0  # the meter's total when the request was reserved that told `foreign`
        self.opens = self.ends = -math.inf

    def __str__(self) -> str:
        unit, seconds = max(((u, s) for u, s in _UNITS.items() if self.seconds % s == 0), key=lambda pair: pair[1])
        return f"{self.kind} of {self.seconds // seconds} {unit}"


class _Meter:
    """The windows that count the same thing: weight, requests, or the orders of one account."""

    __slots__ = ("carry_from", "ceilings", "in_flight", "margin", "shares", "since", "total", "until", "windows")

    def __init__(self, shares: tuple[float, float, float], margin: float) -> None:
        self.shares = shares
        self.margin = margin
        self.total = 0
        self.in_flight = 0
        self.windows: dict[int, _Window] = {}
        self.ceilings: list[float] = []
        self.refresh()

    def refresh(self) -> None:
        """Work out anew what follows from the windows: who may fill how much, and when the next one starts."""
        windows = self.windows.values()
        for window in windows:
            *lower, cancel = (window.limit * share for share in self.shares)
            window.capacities = [*(int(capacity * window.share) for capacity in lower), int(cancel)]
        ends = min((window.ends for window in windows), default=math.inf)
        self.until = ends + self.margin
        self.carry_from = ends - self.margin
        self.since = max((window.opens - window.seconds for window in windows), default=-math.inf)
        self.set_ceilings()

    def set_ceilings(self) -> None:
        """Work out anew up to which total each priority may go."""
        windows = self.windows.values()
        if len(windows) == 1:  # as a rule
            [window] = windows
            used_up = window.start - window.foreign
            self.ceilings = [used_up + capacity for capacity in window.capacities]
            return
        ceilings = [math.inf] * len(self.shares)
        for window in windows:
            used_up = window.start - window.foreign
            for priority, capacity in enumerate(window.capacities):
                if used_up + capacity < ceilings[priority]:
                    ceilings[priority] = used_up + capacity
        self.ceilings = ceilings

    def used(self, window: _Window) -> int:
        """What counts in the open window, as far as is known."""
        return self.total - window.start + window.foreign

    def learn(self, kind: str, seconds: int, limit: int) -> _Window:
        """Set a limit."""
        window = self.windows.get(seconds)
        if window is None:
            window = self.windows[seconds] = _Window(kind, seconds, limit, self.total - self.in_flight)
        window.limit = limit
        self.refresh()
        return window

    def keep(self, seconds: Iterable[int]) -> None:
        """Forget all other limits."""
        kept = set(seconds)
        self.windows = {length: window for length, window in self.windows.items() if length in kept}
        self.refresh()

    def roll(self, now: float) -> None:
        """Open the windows in which `now` is."""
        if self.since <= now < self.until:
            return
        for window in self.windows.values():
            started = now >= window.ends + self.margin
            if started:
                self._start(window, now)
            if started or now < window.opens - window.seconds:  # else our clock was set back: keep the counts
                index = (now - self.margin) // window.seconds
                window.opens = index * window.seconds + self.margin
                window.ends = (index + 1) * window.seconds
        self.refresh()

    def _start(self, window: _Window, now: float) -> None:
        idle = (now - self.margin - window.ends) // window.seconds  # whole windows that nobody used; nan at first
        if window.share < 1.0:
            calm = idle + (0 if window.strained else 1)
            window.share = min(1.0, window.share * 2 ** min(calm, 10))
        window.strained = False
        window.start = self.total - self.in_flight - (0 if idle else window.carried)
        window.carried = window.foreign = window.newest = 0

    def strain(self, least_share: float) -> None:
        """Halve the shares of all but cancels, once a window."""
        for window in self.windows.values():
            if not window.strained:
                window.strained = True
                window.share = max(least_share, window.share / 2)
        self.refresh()

    def refusal(self, amount: int, priority: int) -> Refusal | None:
        """Why `amount` more does not fit in; None if it does."""
        worst: Refusal | None = None
        for window in self.windows.values():
            used, capacity = self.used(window), window.capacities[priority]
            if used + amount <= capacity:
                continue
            if amount > window.limit:
                return Refusal(f"{amount} is more than all of {window}, which is {window.limit}", None)
            if amount > capacity and self.total == window.start and used + amount <= window.limit:
                continue  # heavier than its whole share: it may go when nothing else does
            retry_at = window.ends + self.margin
            if worst is None or worst.retry_at is None or retry_at > worst.retry_at:
                worst = Refusal(f"{used} of {capacity} ({window}, limit {window.limit}) used, {amount} asked", retry_at)
        return worst

    def end(self, reserved: int, actual: int, now: float) -> None:
        """Something in flight has been answered, and cost `actual`."""
        self.roll(now)
        self.in_flight -= reserved
        self.total += actual - reserved
        if now >= self.carry_from:
            for window in self.windows.values():
                if now >= window.ends - self.margin:
                    window.carried += actual

    def told(self, window: _Window, count: int, total: int | None, contained: int) -> None:
        """Take in a count that certainly belongs to the open window.

        `total` and `contained` are those of the request whose reply told it; None if it is not known which.
        """
        start, foreign = window.start, window.foreign
        if total is not None and total >= window.newest:
            window.newest = total
            if contained - start > count:  # it has counted less than we did
                window.start = contained - count
            foreign = max(0, count - (total - start))
        foreign = max(foreign, count - (self.total - window.start))
        if foreign != window.foreign or start != window.start:
            window.foreign = foreign
            self.set_ceilings()


class Budget:
    """What may be sent from one address in one pool of limits, and the order counts of the accounts using it.

    `limits` are the rows to start with; without any nothing is refused until `learn`. Accounts are told apart by any
    label, which must not be a key: it is shown by `state`.
    """

    def __init__(self, limits: Iterable[Usage] = (), *, settings: BudgetSettings | None = None) -> None:
        self.settings: BudgetSettings = settings or BudgetSettings()
        self._shares = (self.settings.bulk_share, self.settings.normal_share, 1.0)
        self._weights = _Meter(self._shares, self.settings.margin)
        self._requests = _Meter(self._shares, self.settings.margin)
        self._accounts: dict[str, _Meter] = {}
        self._order_limits: dict[int, int] = {}
        self._orders_from: dict[str, float] = {}
        self._embargo_until = -math.inf
        self._embargo_cause = ""
        self._refused = self._limited = 0
        self._set_limits(limits)

    # Before a request

    def reserve(
        self,
        now: float,
        *,
        weight: int = 1,
        orders: int = 0,
        priority: Priority = Priority.NORMAL,
        account: str | None = None,
    ) -> Reservation | Refusal:
        """Take a place for one request of this weight that places so many orders, or say why there is none.

        With an `account` the order counts that come with the reply are taken as that account's.
        """
        weights, requests = self._weights, self._requests
        if now < self._embargo_until:
            return self._refuse(Refusal(self._embargo_cause, self._embargo_until))
        if not weights.since <= now < weights.until or not requests.since <= now < requests.until:
            weights.roll(now)
            requests.roll(now)
        total = weights.total + weight
        if total > weights.ceilings[priority] or requests.total >= requests.ceilings[priority]:
            refusal = weights.refusal(weight, priority) or requests.refusal(1, priority)
            if refusal is not None:
                return self._refuse(refusal)
        contained = total - weights.in_flight
        if orders:
            reserved = self._reserve_orders(now, weight, orders, account or "")
            if isinstance(reserved, Refusal):
                return self._refuse(reserved)
            reserved.total, reserved.contained = total, contained
        else:
            reserved = Reservation(now, weight, total, contained, account=account)
        weights.total = total
        weights.in_flight += weight
        requests.total += 1
        requests.in_flight += 1
        return reserved

    def _reserve_orders(self, now: float, weight: int, orders: int, account: str) -> Reservation | Refusal:
        meter = self._account(account)
        meter.roll(now)
        stopped_until = self._orders_from.get(account, -math.inf)
        if now < stopped_until:
            return Refusal("too many orders (-1015)", stopped_until)
        refusal = meter.refusal(orders, Priority.CANCEL)
        if refusal is not None:
            return refusal
        contained = meter.total + orders - meter.in_flight
        meter.total += orders
        meter.in_flight += orders
        return Reservation(now, weight, 0, 0, meter, orders, meter.total, contained)

    def _refuse(self, refusal: Refusal) -> Refusal:
        self._refused += 1
        return refusal

    # After it

    def release(self, reservation: Reservation) -> None:
        """Give a place back: the request was never sent."""
        if not reservation.open:
            return
        reservation.open = False
        for meter, amount in self._charges(reservation):
            meter.total -= amount
            meter.in_flight -= amount

    def settle(
        self,
        reservation: Reservation,
        now: float,
        usage: Iterable[Usage] = (),
        *,
        weight: int | None = None,
        orders: int | None = None,
    ) -> None:
        """A request has been answered, or is given up. `usage` is what the reply tells of the limits.

        `weight` and `orders` are what it has really cost, where that is known to be less than what was reserved.
        """
        if not reservation.open:
            return
        reservation.open = False
        weights, requests = self._weights, self._requests
        if now < weights.carry_from and now < requests.carry_from and reservation.meter is None and weight is None:
            weights.in_flight -= reservation.weight
            requests.in_flight -= 1
        else:
            self._settle(reservation, now, weight, orders)
        for row in usage:
            self._tell(row, reservation, now)

    def _settle(self, reservation: Reservation, now: float, weight: int | None, orders: int | None) -> None:
        weight = reservation.weight if weight is None else weight
        self._weights.end(reservation.weight, weight, now)
        self._requests.end(1, 1, now)
        reservation.total += weight - reservation.weight
        reservation.contained += weight - reservation.weight
        if reservation.meter is not None:
            orders = reservation.orders if orders is None else orders
            reservation.meter.end(reservation.orders, orders, now)
            reservation.orders_total += orders - reservation.orders
            reservation.orders_contained += orders - reservation.orders

    def _tell(self, row: Usage, reservation: Reservation, now: float) -> None:
        kind, seconds, used, limit = row
        total: int | None
        if kind == REQUEST_WEIGHT:
            meter, total, contained = self._weights, reservation.total, reservation.contained
        elif kind == ORDERS and reservation.meter is not None:
            meter, total, contained = reservation.meter, reservation.orders_total, reservation.orders_contained
        elif kind == ORDERS and reservation.account is not None:
            meter, total, contained = self._account(reservation.account), None, 0
            meter.roll(now)
        elif kind == RAW_REQUESTS:
            meter, total, contained = self._requests, None, 0
        else:
            return
        window = meter.windows.get(seconds)
        if limit is not None and limit > 0 and (window is None or window.limit != limit):
            if kind == ORDERS:
                self._order_limits[seconds] = limit
            window = meter.learn(kind, seconds, limit)
            meter.roll(now)
        if window is None or used is None or used < 0:
            return
        if reservation.at >= window.opens and now < window.ends - meter.margin:
            meter.told(window, used, total, contained)

    # What the exchange says besides

    def learn(self, rows: Iterable[Usage], now: float) -> None:
        """Take the limits of exchangeInfo for all that there are. Counts go on."""
        rows = [row for row in rows if row.limit is not None and row.limit > 0]
        if not rows:
            return
        self._order_limits.clear()
        self._set_limits(rows)
        for kind, meter in self._meters():
            meter.keep(row.seconds for row in rows if row.kind == kind)
            meter.roll(now)

    def _set_limits(self, rows: Iterable[Usage]) -> None:
        for row in rows:
            if row.limit is None:
                continue
            if row.kind == ORDERS:
                self._order_limits[row.seconds] = row.limit
            for kind, meter in self._meters():
                if kind == row.kind:
                    meter.learn(kind, row.seconds, row.limit)

    def limited(self, now: float, *, until: float | None = None, banned: bool = False) -> float:
        """Take in a 429, or a 418 (`banned`), with the time it states. Nothing may be sent before the time returned."""
        settings = self.settings
        self._limited += 1
        for meter in (self._weights, self._requests):
            meter.roll(now)
            meter.strain(settings.least_share)
        if until is None or not now < until <= now + settings.longest_ban:
            windows = self._weights.windows.values()
            until = min((window.ends for window in windows), default=(now // 60 + 1) * 60) + settings.margin
            if banned:
                until = max(until, now + settings.first_ban)
        if until > self._embargo_until:
            self._embargo_until = until
            self._embargo_cause = "the address is banned (418)" if banned else "too many requests (429)"
        return self._embargo_until

    def orders_limited(self, now: float, account: str = "") -> float:
        """Take in a -1015, which states no time. The account may place no orders before the time returned."""
        self._limited += 1
        meter = self._account(account)
        meter.roll(now)
        fullest = max(meter.windows.values(), key=lambda w: (meter.used(w) / w.limit, -w.seconds), default=None)
        until = (fullest.ends if fullest else (now // 10 + 1) * 10) + self.settings.margin
        until = self._orders_from[account] = max(until, self._orders_from.get(account, -math.inf))
        return until

    @property
    def embargo_until(self) -> float | None:
        """Nothing may be sent before; None if there was never an embargo. It may be over."""
        return self._embargo_until if self._embargo_until > -math.inf else None

    def export_embargo(self) -> dict[str, Any]:
        """What must survive a restart, as JSON can hold it."""
        return {"until": self.embargo_until, "cause": self._embargo_cause}

    def import_embargo(self, exported: Mapping[str, Any], now: float) -> None:
        """Go on with an embargo exported before. One that is over or cannot be read changes nothing."""
        until, cause = exported.get("until"), exported.get("cause")
        if isinstance(until, (int, float)) and max(now, self._embargo_until) < until <= now + self.settings.longest_ban:
            self._embargo_until = float(until)
            self._embargo_cause = str(cause)[:200] if cause else "an embargo of before"

    def state(self, now: float) -> BudgetState:
        """Everything, to be read."""
        windows: list[WindowState] = []
        meters = [(self._weights, None), (self._requests, None), *((m, a) for a, m in self._accounts.items())]
        for meter, account in meters:
            meter.roll(now)
            windows += [
                WindowState(
                    window.kind,
                    window.seconds,
                    window.limit,
                    meter.used(window),
                    meter.in_flight,
                    window.foreign,
                    window.ends + meter.margin,
                    account,
                )
                for window in meter.windows.values()
            ]
        embargo = self._embargo_until if now < self._embargo_until else None
        cause = self._embargo_cause if embargo is not None else ""
        return BudgetState(embargo, cause, tuple(windows), self._refused, self._limited)

    def _account(self, account: str) -> _Meter:
        meter = self._accounts.get(account)
        if meter is None:
            meter = self._accounts[account] = _Meter((1.0, 1.0, 1.0), self.settings.margin)
            for seconds, limit in self._order_limits.items():
                meter.learn(ORDERS, seconds, limit)
        return meter

    def _meters(self) -> list[tuple[str, _Meter]]:
        return [
            (REQUEST_WEIGHT, self._weights),
            (RAW_REQUESTS, self._requests),
            *((ORDERS, meter) for meter in self._accounts.values()),
        ]

    def _charges(self, reservation: Reservation) -> list[tuple[_Meter, int]]:
        charges = [(self._weights, reservation.weight), (self._requests, 1)]
        return [*charges, (reservation.meter, reservation.orders)] if reservation.meter is not None else charges
