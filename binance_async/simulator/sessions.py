"""One open WebSocket, whichever door it came through: its pings, its pace, its life, its end.

    opened → pings every 20 s, each to be answered within a minute → closed by the client, a fault, or after 24 h

Nothing that a session is sent can grow without bound: a reader that lets `Rules.most_buffered` bytes pile up is
closed with 1008.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from binance_async.simulator import actions
from binance_async.simulator.history import ConnectionRecord
from binance_async.simulator.transport import Message, Wire

if TYPE_CHECKING:
    import asyncio

    from binance_async.simulator.exchange import Exchange
    from binance_async.simulator.faults import Facts

__all__ = ["SocketSession"]


class SocketSession:
    """What stream connections and WebSocket API sessions have in common."""

    door = ""
    limited = False
    """Whether pings, pongs and messages of the client count against a limit."""

    def __init__(self, exchange: Exchange, target: str, ip: str, *, micro: bool) -> None:
        self.exchange = exchange
        self.ip = ip
        self.micro = micro
        self.number: int = exchange.next_connection()
        self.path: str = target.partition("?")[0]
        self.wire: Wire | None = None
        self.record: ConnectionRecord = ConnectionRecord(
            self.number, self.door, ip, exchange.shown(target), exchange.clock.now_us()
        )
        self._timers: list[asyncio.TimerHandle] = []
        self._pings: deque[tuple[bytes, float]] = deque()
        self._recent: deque[float] = deque()
        self.open: bool = False

    @property
    def facts(self) -> Facts:
        """What a fault's conditions may ask for."""
        return {"door": self.door, "connection": self.number, "ip": self.ip, "account": self.account}

    @property
    def account(self) -> int:
        """The account behind it; -1 for nobody."""
        return -1

    # Life

    def opened(self, wire: Wire) -> None:
        """The handshake is done."""
        self.wire = wire
        self.open = True
        exchange, rules = self.exchange, self.exchange.rules
        exchange.sessions[self.number] = self
        exchange.history.connection(self.record)
        self._later(rules.ping_interval, self._ping)
        self._later(rules.connection_life, self.close, 1001, "connection lifetime reached")
        for action in exchange.faults.match("opened", {**self.facts, "opened": self.path}):
            self.suffer(action)

    def _later(self, seconds: float, callback: object, *args: object) -> None:
        self._timers = [timer for timer in self._timers if not timer.cancelled()]
        self._timers.append(self.exchange.clock.call_later(seconds, callback, *args))  # type: ignore[arg-type]

    def on_closing(self, code: int, reason: str) -> bool:
        """The client says goodbye. Faults may leave it without an answer."""
        self.record.by_client = self.record.code is None
        faults = self.exchange.faults.match("closing", {**self.facts, "closing": str(code)})
        for action in faults:
            self.suffer(action)
        return not faults

    def on_closed(self, code: int, reason: str) -> None:
        """The connection is gone."""
        if not self.open:
            return
        self.open = False
        for timer in self._timers:
            timer.cancel()
        self.record.closed_us = self.exchange.clock.now_us()
        if self.record.code is None:
            self.record.code, self.record.reason = code, reason
        self.exchange.sessions.pop(self.number, None)
        self.ended()

    def ended(self) -> None:
        """Let go of what the session holds."""

    def close(self, code: int, reason: str = "") -> None:
        """Close from our side."""
        if self.open and self.wire is not None:
            if self.record.code is None:
                self.record.code, self.record.reason = code, reason
            self.wire.close(code, reason)

    def suffer(self, action: actions.Action) -> None:
        """What a fault does to the connection."""
        wire = self.wire
        if wire is None or not self.open:
            return
        match action:
            case actions.Close(code, reason):
                self.close(code, reason)
            case actions.Reset():
                wire.abort()
            case actions.EndFile():
                wire.end()
            case actions.HalfOpen():
                wire.half_open()
            case actions.Freeze(seconds):
                wire.freeze()
                if seconds:
                    self._later(seconds, wire.thaw)
            case _:
                pass

    # Sending

    def send(self, message: Message) -> None:
        """Send a message, unless the reader has fallen behind too far."""
        wire = self.wire
        if wire is None or not self.open:
            return
        if wire.buffered > self.exchange.rules.most_buffered:
            self.exchange.history.counters["slow_readers"] += 1
            self.close(1008, "slow consumer")
            return
        self.record.sent += 1
        wire.send(message)

    # Receiving

    def on_message(self, data: bytes) -> None:
        """A message of the client."""
        self.record.received += 1
        if self._within_pace():
            self.received(data)

    def received(self, data: bytes) -> None:
        """A message within the limits."""
        raise NotImplementedError

    def on_ping(self, payload: bytes) -> None:
        """A ping, which the transport has answered."""
        self.record.pings += 1
        self._within_pace()

    def on_pong(self, payload: bytes) -> None:
        """The answer to one of our pings, or one that nobody asked for, which is no sign of life."""
        self.record.pongs += 1
        if any(payload == sent for sent, _ in self._pings):
            while self._pings and self._pings.popleft()[0] != payload:
                pass
        self._within_pace()

    def _within_pace(self) -> bool:
        """Count one incoming message; a connection that is beyond the limit is closed."""
        if not self.open:
            return False
        now = self.exchange.clock.elapsed()
        recent = self._recent
        recent.append(now)
        while recent[0] <= now - 1.0:
            recent.popleft()
        self.record.fastest = max(self.record.fastest, len(recent))
        if self.limited and len(recent) > self.exchange.rules.messages_per_second:
            self.exchange.history.counters["too_fast"] += 1
            self.close(1008, "Too many requests")
            return False
        return True

    # Pings

    def _ping(self) -> None:
        """Send a ping, and close if one of a minute ago has not been answered."""
        now, rules = self.exchange.clock.elapsed(), self.exchange.rules
        if self._pings and now - self._pings[0][1] >= rules.pong_timeout:
            self.exchange.history.counters["pong_timeouts"] += 1
            self.close(1008, "Pong timeout")
            return
        payload = str(self.exchange.clock.now_ms()).encode()
        self._pings.append((payload, now))
        if self.wire is not None:
            self.wire.ping(payload)
        self._later(rules.ping_interval, self._ping)
