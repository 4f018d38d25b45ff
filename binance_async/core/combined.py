"""The form of combined messages: how those of one stream begin, and where the event in them is.

Nearly all that an exchange sends on a market connection is `{"stream":"btcusdt@trade","data":{...}}`. The beginning up
to `"data":` is the same for every message of a stream, so it is a key: one look-up of these bytes proves the form and
finds who takes the stream's events. What stands between the beginning and the last brace is the event.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

BEFORE_NAME: Final = b'{"stream":"'
BEHIND_NAME: Final = b'","data":'


def beginning_of(name: str) -> bytes:
    """How every message of this stream begins."""
    return BEFORE_NAME + name.encode() + BEHIND_NAME


class Routes(dict[bytes, Callable[[bytes], None]]):
    """Who takes events, by the beginning of their messages, and what else there is to know in order to look there."""

    mark: Final = b'"'
    """What ends the part of a beginning that differs."""
    mark_from: Final = len(BEFORE_NAME)
    """Where to look for it."""
    to_event: Final = len(BEHIND_NAME)
    """From the mark to the event."""
    last: Final = 0x7D
    """The last byte of a message, which is none of the event's."""

    def find(self, message: bytes) -> tuple[Callable[[bytes], None], bytes] | None:
        """Who takes the event of a message, and the event; None for a message of another form, or of nobody."""
        event = message.find(self.mark, self.mark_from) + self.to_event
        take = self.get(message[:event])
        return (take, message[event:-1]) if take is not None and message[-1] == self.last else None
