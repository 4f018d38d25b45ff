"""Messages that begin alike: the seam between a socket's scan and what takes the messages of a stream.

Nearly all that an exchange sends on a market connection is `{"stream":"btcusdt@trade","data":{...}}`. The beginning up
to `"data":` is the same for every message of a stream, so it is a key: one look-up of these bytes proves the form and
finds the taker at once. What stands between the beginning and the last brace is the event, and that is what the taker
gets. A driver that has found a frame in a received block cuts both straight from the block, so a message is neither
copied as a whole nor read twice, and no call stands between the scan and the taker.

How long a beginning is, is told by the quote behind the name. The search for it costs more than the look-up, so after
two beginnings of one length a third is expected: a look-up that succeeds has proved every byte. Whatever has another
form has another beginning and misses, whatever ends otherwise is not taken either; both arrive as `on_message`, whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from binance_async.net.seams import SocketHandler

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BEFORE_NAME: Final = b'{"stream":"'
BEHIND_NAME: Final = b'","data":'
NAME_AT: Final = len(BEFORE_NAME)
TO_EVENT: Final = len(BEHIND_NAME)
"""From the quote that ends the name to the event."""
BRACE: Final = 0x7D
"""What ends a message."""


def beginning_of(name: str) -> bytes:
    """How every message of this stream begins."""
    return BEFORE_NAME + name.encode() + BEHIND_NAME


class RoutingHandler(SocketHandler, Protocol):
    """A handler that a driver may pass by for messages with a known beginning."""

    @property
    def routes(self) -> Mapping[bytes, Callable[[bytes], None]]:
        """The takers of events, by the beginning of their messages; always the same object."""
        ...

    def on_routed(self, count: int) -> None:
        """So many messages went to their takers since the last call.

        Called at the end of each block; so, unlike all else, also of the one within which the socket has ended.
        """
        ...


def nowhere(_beginning: bytes) -> None:
    """Stands in for the look-up when nobody is to be told anything."""
