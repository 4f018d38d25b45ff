"""The limits of an address: request weight, raw requests, connection attempts, and what comes of breaking them.

Windows are aligned to the clock: a limit of one minute starts anew at every full minute, whoever is counting. REST and
the WebSocket API share the weight of their address; orders are counted per account, by the engine.

A request that would pass a limit is refused with 429 and the seconds to the end of its window, and counts no further.
Whoever goes on asking after `Rules.patience` refusals in one window is banned: 418, two minutes the first time,
doubled each time after, up to three days. Nothing is served to a banned address until the time that it was told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from binance_async.simulator.clock import SimClock
from binance_async.simulator.engine import ExchangeError
from binance_async.simulator.rules import RateLimit, Rules

__all__ = ["Limited", "Limiter"]

_LETTERS = {"SECOND": "S", "MINUTE": "M", "HOUR": "H", "DAY": "D"}


class Limited(ExchangeError):
    """A request refused for a limit of its address. `retry_at_us` is when it may be made again."""

    def __init__(self, status: int, message: str, now_us: int, retry_at_us: int) -> None:
        data = {"serverTime": now_us // 1000, "retryAfter": -(-retry_at_us // 1000)}
        super().__init__(-1003, message, data, status=status)
        self.retry_after: int = max(1, -(-(retry_at_us - now_us) // 1_000_000))


@dataclass(slots=True)
class _Window:
    """One counter that starts anew with each aligned interval."""

    limit: RateLimit
    index: int = -1
    count: int = 0

    def at(self, now_us: int) -> int:
        """The count now."""
        index = now_us // (self.limit.seconds * 1_000_000)
        if index != self.index:
            self.index, self.count = index, 0
        return self.count

    def end(self, now_us: int) -> int:
        """When the window ends."""
        length = self.limit.seconds * 1_000_000
        return (now_us // length + 1) * length


@dataclass(slots=True)
class _Address:
    weight: _Window
    raw: _Window
    connections: _Window
    refusals: int = 0
    refusals_window: int = -1
    banned_until: int = 0
    bans: int = 0


class Limiter:
    """Counts what each address does."""

    def __init__(self, rules: Rules, clock: SimClock) -> None:
        self.rules = rules
        self._clock = clock
        self._addresses: dict[str, _Address] = {}
        self.refused: int = 0
        """Answers with 429."""
        self.banned: int = 0
        """Answers with 418."""

    def _address(self, ip: str) -> _Address:
        found = self._addresses.get(ip)
        if found is None:
            rules = self.rules
            found = _Address(_Window(rules.weight), _Window(rules.raw_requests), _Window(rules.connections))
            self._addresses[ip] = found
        return found

    def used_weight(self, ip: str) -> int:
        """The weight used in this window."""
        return self._address(ip).weight.at(self._clock.now_us())

    def admit(self, ip: str, weight: int, *, raw: bool) -> None:
        """Count one request. Raises `Limited` if its address is banned or over a limit."""
        now = self._clock.now_us()
        address = self._address(ip)
        self.check_ban(ip)
        if raw:
            self._take(address, address.raw, 1, now)
        self._take(address, address.weight, weight, now)

    def check_ban(self, ip: str) -> None:
        """Raises `Limited` (418) while the address is banned."""
        now = self._clock.now_us()
        address = self._address(ip)
        if now < address.banned_until:
            self.banned += 1
            raise self._ban_error(address, now)

    def charge(self, ip: str, weight: int) -> None:
        """Add weight that no request of ours brought (a neighbour's), or with a negative sign give it back."""
        window = self._address(ip).weight
        window.count = max(0, window.at(self._clock.now_us()) + weight)

    def connect(self, ip: str, weight: int = 0) -> None:
        """Count one attempt to open a WebSocket. Raises `Limited`."""
        now = self._clock.now_us()
        address = self._address(ip)
        self.check_ban(ip)
        self._take(address, address.connections, 1, now)
        if weight:
            self._take(address, address.weight, weight, now)

    def ban(self, ip: str, seconds: float | None = None) -> None:
        """Ban an address, by default for as long as its history asks for."""
        now = self._clock.now_us()
        address = self._address(ip)
        if now - address.banned_until > self.rules.ban_memory * 1e6:
            address.bans = 0
        if seconds is None:
            seconds = min(self.rules.longest_ban, self.rules.first_ban * 2 ** min(address.bans, 20))
        address.banned_until = now + int(seconds * 1e6)
        address.bans += 1

    def _take(self, address: _Address, window: _Window, amount: int, now: int) -> None:
        if window.at(now) + amount <= window.limit.limit:
            window.count += amount
            return
        self._refuse(address, window, now)

    def _refuse(self, address: _Address, window: _Window, now: int) -> None:
        if address.refusals_window != window.index:
            address.refusals_window, address.refusals = window.index, 0
        address.refusals += 1
        if address.refusals > self.rules.patience:
            address.refusals = 0
            self.ban(next(ip for ip, known in self._addresses.items() if known is address))
            self.banned += 1
            raise self._ban_error(address, now)
        self.refused += 1
        raise Limited(429, _too_much(window.limit), now, window.end(now))

    def _ban_error(self, address: _Address, now: int) -> Limited:
        until = -(-address.banned_until // 1000)
        text = f"Way too much request weight used; IP banned until {until}. "
        return Limited(418, text + "Please use WebSocket Streams for live updates to avoid bans.", now, until * 1000)

    # What answers tell

    def headers(self, ip: str) -> dict[str, str]:
        """The headers of a REST answer."""
        used = str(self.used_weight(ip))
        limit = self.rules.weight
        return {
            "x-mbx-used-weight": used,
            f"x-mbx-used-weight-{limit.interval_num}{_LETTERS[limit.interval].lower()}": used,
        }

    def rows(self, ip: str) -> list[dict[str, Any]]:
        """The `rateLimits` of a WebSocket API answer."""
        return [self.rules.weight.row(self.used_weight(ip))]

    def exchange_rows(self) -> list[dict[str, Any]]:
        """The `rateLimits` of `exchangeInfo`, without those for orders."""
        return [limit.row() for limit in (self.rules.weight, self.rules.raw_requests, self.rules.connections)]


def _too_much(limit: RateLimit) -> str:
    per = f"{limit.interval_num} {limit.interval}"
    if limit.rate_limit_type == "REQUEST_WEIGHT":
        return (
            f"Too much request weight used; current limit is {limit.limit} request weight per {per}. "
            "Please use WebSocket Streams for live updates to avoid polling the API."
        )
    if limit.rate_limit_type == "CONNECTIONS":
        return f"Too many connection attempts from IP; current limit is {limit.limit} per '{per}'."
    return f"Too many requests; current limit is {limit.limit} requests per {per}."


def order_headers(rows: list[dict[str, Any]]) -> dict[str, str]:
    """The headers of the order counts."""
    return {
        f"x-mbx-order-count-{row['intervalNum']}{_LETTERS[str(row['interval'])].lower()}": str(row["count"])
        for row in rows
    }
