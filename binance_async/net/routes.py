"""A way past the handler: what a socket's scan asks of handlers who sort their messages by how they begin.

A driver that has found a frame in a received block looks up the message's beginning, and if somebody takes what has it,
gives him what stands between it and the last byte, cut from the block. So a message is neither copied as a whole nor
read twice, and no call stands between the scan and the taker. What is in messages is the handler's affair: he names the
mark that ends a beginning's variable part, and the distances before and behind it.

The search for the mark costs more than the look-up, so after two beginnings of one length a third is expected: a
look-up that succeeds has proved every byte. Whatever has another beginning misses, whatever ends otherwise is not taken
either; both arrive as `on_message`, whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from binance_async.net.seams import SocketHandler

if TYPE_CHECKING:
    from collections.abc import Callable


class Routes(Protocol):
    """Takers by beginnings."""

    @property
    def mark(self) -> bytes:
        """What ends the part of a beginning that differs."""
        ...

    @property
    def mark_from(self) -> int:
        """Where in a message to look for it."""
        ...

    @property
    def to_event(self) -> int:
        """From the mark to the end of the beginning."""
        ...

    @property
    def last(self) -> int:
        """The last byte of a message, which its taker does not get."""
        ...

    def get(self, beginning: bytes, /) -> Callable[[bytes], None] | None:
        """Who takes messages that begin so."""
        ...


class RoutingHandler(SocketHandler, Protocol):
    """A handler that a driver may pass by for messages with a known beginning."""

    @property
    def routes(self) -> Routes:
        """The takers; always the same object, whose entries change."""
        ...

    def on_routed(self, count: int) -> None:
        """So many messages went to their takers since the last call.

        Called at the end of each block; so, unlike all else, also of the one within which the socket has ended.
        """
        ...


class NoRoutes:
    """Nobody takes anything."""

    mark: bytes = b""
    mark_from: int = 0
    to_event: int = 0
    last: int = -1

    def get(self, _beginning: bytes, /) -> None:
        """Nobody."""


NO_ROUTES = NoRoutes()
