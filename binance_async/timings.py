"""Every duration of the client in one place, so that a day can pass in a second.

The exchange's own durations (the 24 h cap, the life of a listen key) and ours hang together. A test that runs the
embedded exchange a thousand times faster gives the client `timings.scaled(0.001)`, and nothing else changes.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self


@dataclass(frozen=True, slots=True)
class Timings:
    """Durations in seconds."""

    unit: float = 1.0
    """How long a second of the exchange's is here; for what the exchange counts itself, such as recvWindow."""
    request: float = 10.0
    """How long a call may take from the first byte sent to the last one read."""
    connect: float = 10.0
    """How long a connection may take to open: name look-up, TCP, TLS, upgrade."""
    stable: float = 60.0
    """A connection that has lasted so long has nothing to do with the failures before it."""
    connect_period: float = 300.0
    """In any stretch of this length at most 60 connections are opened, by all clients of the process together."""
    budget_wait: float = 10.0
    """How long a read waits for room in the rate budget before it is refused."""

    rotate_after: float = 23 * 3600.0
    """The age at which a connection is handed over; the exchange cuts it at 24 h."""
    rotate_jitter: float = 20 * 60.0
    """Hand-overs are spread by plus or minus this much, so that connections do not move together."""
    overlap: float = 5.0
    """How long the old connection is kept while the new one has not shown an event yet."""
    drain: float = 10.0
    """How long pending requests may still be answered on a connection that is being replaced."""

    ping_interval: float = 10.0
    pong_timeout: float = 5.0
    silence: float = 45.0
    """No frame at all for this long (two pings of the exchange and some) means that the link is dead."""
    quiet_stream: float = 60.0
    """The least time without an event before a stream that used to flow is looked into."""

    send_interval: float = 0.25
    """Between two messages that we send on one connection: 4 of the 5 a second that spot allows."""
    ack: float = 5.0
    """How long a subscription may stay unanswered."""
    close: float = 0.5
    """How long a close handshake may take."""

    listen_key_keep_alive: float = 25 * 60.0
    listen_token_renewal: float = 20 * 3600.0

    fence_margin: float = 12.0
    """After timestamp + recvWindow + this an order can no longer enter (10 s of the exchange's own, 2 s of ours)."""
    resolve_give_up: float = 60.0
    """How long after the fence the exchange may stay out of reach before the outcome is left unknown."""
    resolve_first: float = 0.2
    """The first look for an order whose answer was lost; doubled each time up to 8 s."""
    resolve_last: float = 8.0
    settle: float = 3.0
    """REST may lag behind the events: a reconciliation is repeated after this long."""
    audit: float = 15 * 60.0
    """How often an undisturbed user stream is compared with REST."""

    rules_cache: float = 3600.0
    """How long a symbol's filters are taken as current."""
    clock_refresh: float = 15 * 60.0
    """The age at which the exchange's clock is measured again."""

    def scaled(self, factor: float) -> Self:
        """The same with every duration multiplied."""
        return type(self)(**{f.name: getattr(self, f.name) * factor for f in fields(self)})
