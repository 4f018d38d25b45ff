"""What differs between exchanges and editions: limits, pings, lives, and which routes are spoken.

One `Rules` is the whole difference between Binance and Binance.US, or between the exchange of the 2025 documents and
today's, as far as the doors are concerned. Durations are seconds of the exchange's time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["RateLimit", "Rules", "rules_for"]

_SECONDS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3_600, "DAY": 86_400}


@dataclass(frozen=True, slots=True)
class RateLimit:
    """One row of `rateLimits`. Its windows are aligned to the clock."""

    rate_limit_type: str
    interval: str
    interval_num: int
    limit: int

    @property
    def seconds(self) -> int:
        """The length of the window."""
        return _SECONDS[self.interval] * self.interval_num

    def row(self, count: int | None = None) -> dict[str, str | int]:
        """As `exchangeInfo` shows it, and with `count` as the WebSocket API does."""
        row: dict[str, str | int] = {
            "rateLimitType": self.rate_limit_type,
            "interval": self.interval,
            "intervalNum": self.interval_num,
            "limit": self.limit,
        }
        if count is not None:
            row["count"] = count
        return row


@dataclass(frozen=True, slots=True)
class Rules:
    """What the doors of one exchange do. The defaults are those of Binance spot today."""

    edition: int = 2026
    """2026 wraps user events in `{subscriptionId, event}` and charges no weight for orders that succeed; 2025 not."""
    as_of: str = "9999-12-31"
    """What came later than this day is not there yet."""
    retired: bool = True
    """Whether what the exchange has retired since (listen keys on spot, `!ticker@arr`) still works."""

    weight: RateLimit = RateLimit("REQUEST_WEIGHT", "MINUTE", 1, 6_000)
    raw_requests: RateLimit = RateLimit("RAW_REQUESTS", "MINUTE", 5, 300_000)
    connections: RateLimit = RateLimit("CONNECTIONS", "MINUTE", 5, 300)
    websocket_api_weight: int = 2
    """What opening a WebSocket API connection costs."""
    patience: int = 20
    """After so many requests refused with 429 in one window, the address is banned."""
    first_ban: float = 120.0
    longest_ban: float = 3 * 86_400.0
    ban_memory: float = 86_400.0
    """A ban doubles the one before it, unless that is longer ago than this."""

    ping_interval: float = 20.0
    pong_timeout: float = 60.0
    connection_life: float = 86_400.0
    messages_per_second: int = 5
    """What a stream connection may send: control messages, pings and pongs."""
    streams_per_connection: int = 1_024
    most_buffered: int = 32 * 1024 * 1024
    """A reader that lets so many bytes pile up is closed with 1008."""
    longest_message: int = 1024 * 1024

    listen_key_life: float = 3_600.0
    live_subscriptions: int = 1_000
    lifetime_subscriptions: int = 65_535

    recv_window: float = 5_000.0
    longest_recv_window: float = 60_000.0
    accept_unknown_streams: bool = False
    """Whether SUBSCRIBE acknowledges a stream that does not exist, and then stays silent."""


SPOT_2026 = Rules()
SPOT_2025 = replace(
    SPOT_2026, edition=2025, as_of="2025-04-30", raw_requests=RateLimit("RAW_REQUESTS", "MINUTE", 5, 61_000)
)
US = Rules(
    edition=2025,
    weight=RateLimit("REQUEST_WEIGHT", "MINUTE", 1, 1_200),
    raw_requests=RateLimit("RAW_REQUESTS", "MINUTE", 5, 6_100),
    websocket_api_weight=1,
    ping_interval=180.0,
    pong_timeout=600.0,
)


def rules_for(family: str, edition: int = 2026) -> Rules:
    """The rules of a family's exchange in an edition."""
    if family == "us":
        return US
    if family == "spot":
        return SPOT_2026 if edition >= 2026 else SPOT_2025
    raise ValueError(f"the simulator has no exchange for the family {family!r} yet")
