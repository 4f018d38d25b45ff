"""What can be made to go wrong: one small class for each fault.

Faults of calls say what happens to a request; faults of events what happens to a message of a stream; faults of
sockets what happens to a connection, and can be hung on any of them; the rest changes the exchange itself, at once.
`faults.Faults` decides when. In a script (`script.py`) a fault is written by its class name in snake case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from binance_async.simulator.transport import Fate

__all__ = [
    "Action",
    "Ban",
    "CallAction",
    "ClockDrift",
    "ClockJump",
    "Close",
    "ControlAction",
    "CutReply",
    "Delay",
    "DelayAck",
    "Double",
    "DoubleReply",
    "DropAck",
    "EndFile",
    "EndSubscriptions",
    "EventAction",
    "ExpireListenKeys",
    "ForeignWeight",
    "Freeze",
    "GzipReply",
    "HalfOpen",
    "HandshakeAction",
    "Lag",
    "LateCommit",
    "LoseReply",
    "Mutate",
    "Mute",
    "NowAction",
    "Push",
    "Refuse",
    "RefuseControl",
    "RefuseHandshake",
    "ReplaceReply",
    "Reset",
    "Revoke",
    "Shutdown",
    "SlowHandshake",
    "SlowReply",
    "SocketAction",
    "StrayReply",
    "Swap",
    "Unreachable",
]


class Action:
    """A fault."""


class CallAction(Action):
    """A fault of a request."""


class EventAction(Action):
    """A fault of one message of a stream or of user data."""


class ControlAction(Action):
    """A fault of a control message (SUBSCRIBE, ...) on a stream connection."""


class HandshakeAction(Action):
    """A fault of a WebSocket's opening."""


class SocketAction(Action):
    """A fault of a connection. Can be hung on calls, events, control messages, openings and closings."""


class NowAction(Action):
    """A change of the exchange itself."""


# Calls


@dataclass(frozen=True, slots=True)
class Refuse(CallAction):
    """Before anything happened, answer with a failure.

    With `body` the text is sent as it is, HTML for instance; `data` is the error's own (`retryAfter`).
    """

    status: int = 503
    code: int = -1001
    message: str = "Internal error; unable to process your request. Please try again."
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    data: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class LoseReply(CallAction):
    """Execute, and let the reply get lost. `timeout` answers -1007 after `delay`, `unexpected` -1006 (both 5xx)."""

    how: Fate | Literal["timeout", "unexpected"] = "reset"
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class LateCommit(CallAction):
    """The request enters the engine `delay` seconds from now; its reply is lost at once (or after `reply_delay`)."""

    delay: float
    how: Fate | Literal["timeout", "unexpected"] = "reset"
    reply_delay: float = 0.0


@dataclass(frozen=True, slots=True)
class CutReply(CallAction):
    """Execute, and cut the reply at byte `at` of its body, ending the connection.

    With `whole` the cut body has a fitting length, so that nothing but its JSON shows that it is cut.
    """

    at: int
    whole: bool = False


@dataclass(frozen=True, slots=True)
class ReplaceReply(CallAction):
    """Execute, and answer something else. What is None stays as it was."""

    status: int | None = None
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class GzipReply(CallAction):
    """REST: execute, and answer compressed; with `at` cut at that byte, with a length that fits the cut."""

    at: int | None = None


@dataclass(frozen=True, slots=True)
class SlowReply(CallAction):
    """Execute, and answer after `delay` seconds."""

    delay: float


@dataclass(frozen=True, slots=True)
class Lag(CallAction):
    """Reads of orders, trades and balances see the ledger as it was so many seconds ago."""

    seconds: float


@dataclass(frozen=True, slots=True)
class DoubleReply(CallAction):
    """WebSocket API: the reply comes twice, the second time `after` seconds later."""

    after: float = 0.0


@dataclass(frozen=True, slots=True)
class StrayReply(CallAction):
    """WebSocket API: before the reply comes another with an id that nobody sent (None: null)."""

    id: str | None = "00000000-0000-0000-0000-000000000000"


# Calls and events


@dataclass(frozen=True, slots=True)
class Mutate(CallAction, EventAction):
    """Change fields of the reply or event. A name may be a path: `fills.0.price`. `text` replaces all of it.

    With `microseconds` every time in milliseconds becomes one in microseconds.
    """

    set: Mapping[str, Any] = field(default_factory=dict[str, Any])
    drop: Sequence[str] = ()
    text: str | None = None
    microseconds: bool = False


# Events


@dataclass(frozen=True, slots=True)
class Mute(EventAction):
    """The event is not sent. Once (`times=1`) it is a skipped event, always it is a muted stream."""


@dataclass(frozen=True, slots=True)
class Double(EventAction):
    """The event comes again, `after` seconds later."""

    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Swap(EventAction):
    """The event comes after the next one of its stream."""


@dataclass(frozen=True, slots=True)
class Delay(EventAction):
    """The event comes `seconds` later; what follows it does not wait."""

    seconds: float


# Control messages


@dataclass(frozen=True, slots=True)
class DropAck(ControlAction):
    """Do nothing and say nothing. With `obey` do it, and say nothing."""

    obey: bool = False


@dataclass(frozen=True, slots=True)
class DelayAck(ControlAction):
    """Do it, and say so `seconds` later, behind whatever data flows meanwhile."""

    seconds: float


@dataclass(frozen=True, slots=True)
class RefuseControl(ControlAction):
    """Answer with an error, and do nothing."""

    code: int = 2
    message: str = "Invalid request: too many parameters"


# Handshakes


@dataclass(frozen=True, slots=True)
class RefuseHandshake(HandshakeAction):
    """Answer the opening with an HTTP status."""

    status: int = 503
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class SlowHandshake(HandshakeAction):
    """Answer the opening after `seconds`."""

    seconds: float


# Sockets


@dataclass(frozen=True, slots=True)
class Close(SocketAction):
    """A close frame of the exchange's."""

    code: int = 1001
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reset(SocketAction):
    """RST: the connection is gone at once."""


@dataclass(frozen=True, slots=True)
class EndFile(SocketAction):
    """EOF without a close frame."""


@dataclass(frozen=True, slots=True)
class HalfOpen(SocketAction):
    """The peer is gone without a sign: nothing is read, what is sent is lost."""


@dataclass(frozen=True, slots=True)
class Freeze(SocketAction):
    """The exchange stops reading and writing on the connection, and goes on after `seconds` (0: never)."""

    seconds: float = 0.0


# The exchange itself


@dataclass(frozen=True, slots=True)
class Shutdown(NowAction):
    """`serverShutdown` to every matching connection, which is closed `after` seconds later."""

    after: float = 10.0
    code: int = 1001


@dataclass(frozen=True, slots=True)
class Unreachable(NowAction):
    """For `seconds` no connection and no request gets through; what is open is reset."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ExpireListenKeys(NowAction):
    """All listen keys (of an account) expire: `listenKeyExpired`. `silent`: without the event."""

    account: int | None = None
    silent: bool = False


@dataclass(frozen=True, slots=True)
class EndSubscriptions(NowAction):
    """`eventStreamTerminated`: the WebSocket API's subscriptions (of an account) end."""

    account: int | None = None


@dataclass(frozen=True, slots=True)
class Revoke(NowAction):
    """API keys stop working: one, or all of an account."""

    api_key: str | None = None
    account: int | None = None


@dataclass(frozen=True, slots=True)
class Push(NowAction):
    """Send this JSON on every matching connection, as if the exchange had something new to tell.

    With `stream` it goes to whoever is subscribed to that, in the envelope of its events; with `account` to whoever
    has that account's user data; with neither, bare.
    """

    payload: str
    stream: str | None = None
    account: int | None = None


@dataclass(frozen=True, slots=True)
class ClockJump(NowAction):
    """The exchange's wall clock jumps."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ClockDrift(NowAction):
    """The exchange's wall clock gains so many microseconds a second."""

    ppm: float


@dataclass(frozen=True, slots=True)
class ForeignWeight(NowAction):
    """Somebody else on the address uses weight: once, or `every` so many seconds, `times` times."""

    weight: int
    ip: str = "127.0.0.1"
    every: float = 0.0
    times: int = 1


@dataclass(frozen=True, slots=True)
class Ban(NowAction):
    """The address is banned for `seconds`."""

    seconds: float
    ip: str = "127.0.0.1"
