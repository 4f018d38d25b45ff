"""What arrives unasked: events of streams and of an account, and what stands for those that could not be seen.

A family lists its user events as structs tagged by the exchange's `e`. An `EventReader` reads one with a single decoder
over their union. What does not fit (an event of tomorrow, a field of another type) is never lost and never stops the
reader: it arrives as a `RawEvent` with the routing fields that could be read and the bytes as they came.

What could not be seen at all is announced by a `Gap`, in its place between the events around it.

An event says where it is from. Those of the exchange are `source == "stream"`; those made again from REST after a gap
are instances of a subclass whose class attribute says `"rest"`. So `case ExecutionReport():` sees both, and the mark
takes neither a field of the wire nor a byte of an event nor time in decoding (a field with a default costs 2-7 %, and
would be sent by whoever encodes the event; a wrapper would hide a fill from those who forget to unwrap it).

This module reads its structs' annotations at run time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Generic, Literal, TypeAlias, TypeVar, cast, get_args, get_origin

import msgspec
from msgspec import Raw, Struct

from binance_async.core import decoding
from binance_async.core.open_enum import OpenEnum

E = TypeVar("E")

Body: TypeAlias = bytes | bytearray | memoryview
"""One JSON text as a socket gives it."""

Source: TypeAlias = Literal["stream", "rest"]
"""Where an event is from: the exchange's stream, or REST after a gap."""


class UserEventBase(Struct, frozen=True, kw_only=True):
    """What all user events share."""

    source: ClassVar[Source] = "stream"


class RawEvent(Struct, frozen=True, kw_only=True):
    """An event that this version does not know, or that did not decode, as it came."""

    source: ClassVar[Source] = "stream"

    event: str | None = None
    """The exchange's name of it (`e`)."""
    time: int | None = None
    """Its event time (`E`)."""
    symbol: str | None = None
    stream: str | None = None
    """The name of its stream, where it came from one."""
    reason: str = ""
    """Why it has no type, in the decoder's words; empty if nobody declared one."""
    body: bytes
    """The JSON text."""

    def fields(self) -> dict[str, Any]:
        """The event as a dict; empty if it is no JSON object."""
        return _object(self.body)

    def __repr__(self) -> str:
        # Not the body: it may hold a listen key.
        where = f" of {self.stream}" if self.stream else ""
        why = f", {self.reason}" if self.reason else ""
        return f"<RawEvent {self.event}{where} at {self.time}, {len(self.body)} bytes{why}>"


def raw_event(body: Body, *, stream: str | None = None, reason: str = "") -> RawEvent:
    """What can be said of an event that is not decoded. Takes anything."""
    text = bytes(body)
    plain = _object(text)
    inner = plain.get("event")
    if isinstance(inner, dict):
        plain = cast("dict[str, Any]", inner)
    event, time, symbol = plain.get("e"), plain.get("E"), plain.get("s")
    return RawEvent(
        event=event if isinstance(event, str) else None,
        time=time if isinstance(time, int) and not isinstance(time, bool) else None,
        symbol=symbol if isinstance(symbol, str) else None,
        stream=stream,
        reason=reason,
        body=text,
    )


def _object(body: Body) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}


class GapCause(OpenEnum):
    """Why something could not be seen."""

    DISCONNECTED = "disconnected"
    """The connection was lost."""
    DROPPED = "dropped"
    """The consumer was too slow and its policy let events go."""
    SEQUENCE = "sequence"
    """The exchange's ids left some out."""
    SILENT = "silent"
    """The stream was mute on a connection that lived."""
    RESUBSCRIBED = "resubscribed"
    """The stream was subscribed to anew on the same connection."""
    ROTATED = "rotated"
    """A planned hand-over whose connections did not overlap."""
    EXPIRED = "expired"
    """The listen key or the session of the user data stream ended."""


class Gap(Struct, frozen=True, kw_only=True):
    """A stretch that could not be seen. It stands between the last event before and the first one after it."""

    source: ClassVar[Source] = "stream"

    streams: tuple[str, ...]
    """The streams concerned."""
    cause: GapCause
    from_time: int | None = None
    """Milliseconds since the epoch on the exchange's clock: nothing is missing before it."""
    to_time: int | None = None
    """Nothing is missing after it."""
    from_id: int | None = None
    """The last id of the exchange that was seen, where the stream counts."""
    to_id: int | None = None
    """The next one that was seen."""
    dropped: int | None = None
    """How many events are missing, where that is known."""
    reconciled: bool = False
    """The state at the end of the gap was restored from REST, and what was missed was given as events before this."""
    missing: tuple[str, ...] = ()
    """What could not be restored, for instance `NEW` and `REPLACED` reports of orders; empty if nothing is."""
    connection: str | None = None
    """The connection that had the gap, as diagnostics name it."""


class Enveloped(Struct, Generic[E], frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """How the WebSocket API sends a user event; `subscription_id` since 2025-08."""

    subscription_id: int | None = None
    event: E


class EventReader(Generic[E]):
    """Reads the user events of a family, bare or in the envelope of the WebSocket API. Nothing that it reads raises."""

    __slots__ = ("_bare", "_enveloped", "_patient")

    def __init__(self, events: Any) -> None:
        """Of a union of tagged structs."""
        self._bare: msgspec.json.Decoder[E] = msgspec.json.Decoder(events)
        self._enveloped: msgspec.json.Decoder[Enveloped[E]] = msgspec.json.Decoder(Enveloped[events])
        # Some editions write numbers as text; whoever is not strict reads them all the same.
        self._patient: msgspec.json.Decoder[E] = msgspec.json.Decoder(events, strict=False)

    def read(self, body: Body) -> E | RawEvent:
        """The event, in one decode if it is as documented."""
        try:
            if body[:4] == b'{"e"':
                return self._bare.decode(body)
            return self._enveloped.decode(body).event
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._read_patiently(body)

    def _read_patiently(self, body: Body) -> E | RawEvent:
        try:
            return self._patient.decode(_bare(body))
        except RecursionError:
            return raw_event(body, reason="nested too deeply")
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return raw_event(body, reason=str(error))


class _Envelope(Struct):
    event: Raw


_envelope = msgspec.json.Decoder(_Envelope)


def _bare(body: Body) -> Body:
    """The event without its envelope, if it has one."""
    try:
        return memoryview(_envelope.decode(body).event)
    except msgspec.ValidationError:
        return body


@dataclass(frozen=True)
class UserEventDeclaration:
    """One event of a user data stream."""

    type: Any
    event: str
    enveloped: bool = False
    """The event arrives only as `{"event": {...}}`, as those about a subscription itself do."""

    @property
    def name(self) -> str:
        """The struct's name."""
        return str(self.type.__name__)

    @cached_property
    def _decoder(self) -> decoding.JsonDecoder:
        return decoding.OpenDecoder(cast("Any", Enveloped)[self.type] if self.enveloped else self.type)

    def decode(self, body: Any) -> Any:
        """Read one event as it is documented, in its envelope if it always has one."""
        return self._decoder.decode(body)


def user_event_declarations(types: tuple[Any, ...]) -> Iterator[UserEventDeclaration]:
    """The declarations of a family's events; those that only come in an envelope are given as `Enveloped[Event]`."""
    for type_ in types:
        enveloped = get_origin(type_) is Enveloped
        bare = get_args(type_)[0] if enveloped else type_
        yield UserEventDeclaration(bare, event_name(bare), enveloped)


def event_name(type_: Any) -> str:
    """The exchange's name of an event struct."""
    return str(getattr(type_, "__origin__", type_).__struct_config__.tag)
