"""User events: what they are, and what stands for those that nobody knows yet.

A family lists its events as structs tagged by the exchange's `e`. The session reads one with a single decoder over
their union; what does not fit (an event of tomorrow, a field of another type) is never lost: it arrives as a
`RawEvent` with the routing fields that could be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from binance_async.core import decoding


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
        return decoding.OpenDecoder(self.type)

    def decode(self, body: Any) -> Any:
        """Read one event."""
        return self._decoder.decode(body)


def user_event_declarations(types: tuple[Any, ...]) -> Iterator[UserEventDeclaration]:
    """The declarations of a family's events, by their tags."""
    for type_ in types:
        yield UserEventDeclaration(type_, event_name(type_))


def event_name(type_: Any) -> str:
    """The exchange's name of an event struct; that of the event inside for an envelope."""
    origin = getattr(type_, "__origin__", type_)
    inner = msgspec.structs.fields(type_)
    if origin.__struct_config__.tag is None:
        return event_name(next(f.type for f in inner if f.name == "event"))
    return str(origin.__struct_config__.tag)
