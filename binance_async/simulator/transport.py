"""What the doors and the transports agree on. Sockets and memory are the same exchange behind it.

A transport gives a request to `Exchange.http` and writes what comes back, or does to the connection what `Broken`
says. A WebSocket begins with `Exchange.accept`, which answers with a `Session` or refuses with an HTTP reply; the
transport then hands the session its `Wire`, and tells it of messages, pings, pongs and the end.
"""

from __future__ import annotations

from typing import Literal, Protocol

from binance_async.net.seams import HttpReply

__all__ = ["Broken", "Fate", "Message", "Refused", "Session", "Wire", "frame"]

Fate = Literal["reset", "close", "silence", "cut"]
"""What becomes of a connection: aborted (RST), ended without a reply (EOF), kept in silence, cut at a byte."""


def frame(opcode: int, payload: bytes) -> bytes:
    """A final WebSocket frame of a server: not masked."""
    length = len(payload)
    if length < 126:
        return bytes((0x80 | opcode, length)) + payload
    if length < 65_536:
        return bytes((0x80 | opcode, 126)) + length.to_bytes(2, "big") + payload
    return bytes((0x80 | opcode, 127)) + length.to_bytes(8, "big") + payload


class Message:
    """A text message on its way out. Its frame is made once, however many read it."""

    __slots__ = ("_frame", "data")

    def __init__(self, data: bytes) -> None:
        self.data: bytes = data
        self._frame: bytes | None = None

    @property
    def frame(self) -> bytes:
        """The message as a WebSocket frame."""
        if self._frame is None:
            self._frame = frame(1, self.data)
        return self._frame


class Broken(Exception):
    """The transport writes no whole reply. `reply` is what is cut at byte `at` of the written answer."""

    def __init__(self, fate: Fate, reply: HttpReply | None = None, at: int = 0) -> None:
        super().__init__(fate)
        self.fate = fate
        self.reply = reply
        self.at = at


class Wire(Protocol):
    """The transport's half of one open WebSocket. Nothing here waits."""

    @property
    def buffered(self) -> int:
        """Bytes that were sent and that the reader has not taken."""
        ...

    def send(self, message: Message) -> None:
        """Send a text message."""
        ...

    def ping(self, payload: bytes) -> None:
        """Send a ping."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Send a close frame, and end the connection when it is answered or after a while."""
        ...

    def abort(self) -> None:
        """Reset the connection (RST)."""
        ...

    def end(self) -> None:
        """End the connection without a close frame (EOF)."""
        ...

    def freeze(self) -> None:
        """Neither read nor write from now on; what is sent meanwhile waits."""
        ...

    def thaw(self) -> None:
        """Go on after `freeze`."""
        ...

    def half_open(self) -> None:
        """Be gone without a sign: nothing is read, and what is sent is lost. For good."""
        ...


class Session(Protocol):
    """The exchange's half of one open WebSocket."""

    def opened(self, wire: Wire) -> None:
        """The handshake is done."""
        ...

    def on_message(self, data: bytes) -> None:
        """A whole message of the client."""
        ...

    def on_ping(self, payload: bytes) -> None:
        """A ping, which the transport has answered."""
        ...

    def on_pong(self, payload: bytes) -> None:
        """A pong."""
        ...

    def on_closing(self, code: int, reason: str) -> bool:
        """The client's close frame. Whether the transport is to answer it."""
        ...

    def on_closed(self, code: int, reason: str) -> None:
        """The connection is gone. Called exactly once."""
        ...


class Refused(Exception):
    """A WebSocket that was refused: the HTTP reply to its handshake."""

    def __init__(self, reply: HttpReply) -> None:
        super().__init__(reply.status)
        self.reply = reply
