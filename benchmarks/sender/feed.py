"""What goes out on one stream connection: frames made before, or frames made at a stated pace.

A feed owns its socket and its thread. Between two blocks it looks whether the client has said something (SUBSCRIBE,
ping), answers, and goes on; `sendall` blocks while the client does not read, and that is all the waiting there is.

    flood   as fast as the socket takes them, in rounds: the client asks for so many messages (a datagram, see
            `clients.harness.Meter`), gets them, and has worked all of them off when it asks for the next round. So what
            a round has cost is exact also for a client that reads ahead of its consumer.
    pace    so many messages a second; the trade id of each is the clock (`time.monotonic_ns`, which all processes of
            a machine share) at the moment at which it was handed to the socket
"""

from __future__ import annotations

import ctypes
import itertools
import json
import os
import select
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks import payloads
from benchmarks.sender.frames import CLOSE, PING, PONG, frame, read_frame

BLOCK = 256 * 1024
_TIMER_SLACK = 29  # PR_SET_TIMERSLACK


@dataclass(frozen=True)
class Plan:
    """What a benchmark wants sent."""

    mode: str = "flood"
    rate: float = 1000.0
    """Messages a second, when paced."""
    levels: int = 40
    """Levels of a depth message."""
    streams: int = 1
    """Streams that must be subscribed before anything is sent."""
    messages: int = 512
    """Different messages in a block."""


@dataclass
class Connection:
    """A client that has been upgraded."""

    socket: socket.socket
    combined: bool
    streams: list[str] = field(default_factory=list[str])
    buffer: bytearray = field(default_factory=bytearray)
    """What was read and not yet handled."""

    def send(self, payload: bytes, opcode: int = 1) -> None:
        """Send one frame, whatever it takes."""
        self.socket.sendall(frame(payload, opcode))

    def message(self, stream: str, data: bytes) -> bytes:
        """A frame in this connection's form."""
        return frame(payloads.combined(stream, data) if self.combined else data)


class Block:
    """Frames of all streams in turn, joined; as many as fill a block."""

    def __init__(self, connection: Connection, plan: Plan) -> None:
        names = connection.streams
        frames = [
            connection.message(name, payloads.data_of(name, index, plan.levels))
            for index, name in zip(range(max(plan.messages, len(names))), itertools.cycle(names), strict=False)
        ]
        frames *= BLOCK // sum(map(len, frames)) + 1
        self.data = memoryview(b"".join(frames))
        self.ends = list(itertools.accumulate(map(len, frames)))

    def pieces(self, messages: int) -> Iterator[memoryview]:
        """So many messages, the block repeated as often as needed."""
        whole, rest = divmod(messages, len(self.ends))
        for _ in range(whole):
            yield self.data
        if rest:
            yield self.data[: self.ends[rest - 1]]


class Feed:
    """Sends to one client until it goes away."""

    def __init__(self, connection: Connection, plan: Plan) -> None:
        self.connection = connection
        self.plan = plan
        self._asked, self._ask = os.pipe()

    def grant(self, messages: int) -> None:
        """The client wants so many messages more. Called from the sender's own thread."""
        os.write(self._ask, messages.to_bytes(8, "big"))

    def run(self) -> None:
        """Wait for enough subscriptions, then send."""
        self.connection.socket.setblocking(True)
        try:
            self.control()
            while len(self.connection.streams) < self.plan.streams:
                self.control(wait=True)
            if self.plan.mode == "flood":
                self.flood()
            else:
                self.pace()
        except (OSError, EOFError):
            self.connection.socket.close()

    def flood(self) -> None:
        """Send what is asked for, as fast as the socket takes it."""
        block = Block(self.connection, self.plan)
        send = self.connection.socket.sendall
        while True:
            for piece in block.pieces(self.asked()):
                send(piece)
                self.control()

    def asked(self) -> int:
        """Wait until messages are asked for; how many."""
        while True:
            both: list[Any] = [self._asked, self.connection.socket]
            ready = select.select(both, [], [])[0]
            if self.connection.socket in ready:
                self.control()
            if self._asked in ready:
                return int.from_bytes(os.read(self._asked, 8), "big")

    def pace(self) -> None:
        """Send at the plan's rate; several at once when more than one is due."""
        ctypes.CDLL(None).prctl(_TIMER_SLACK, 1000, 0, 0, 0)  # else every sleep is 50 µs longer
        connection, rate = self.connection, self.plan.rate
        name = connection.streams[0]
        whole = payloads.data_of(name, 0)
        head, found, tail = whole.partition(str(payloads.FIRST_ID).encode())
        assert found
        now = time.monotonic_ns
        started = now()
        sent = 0
        next_control = started
        while True:
            moment = now()
            due = int((moment - started) * rate / 1e9) - sent
            if due > 0:
                one = connection.message(name, head + str(now()).encode() + tail)
                connection.socket.sendall(one * due)
                sent += due
            if moment >= next_control:
                self.control()
                next_control = moment + 10_000_000
            left = started / 1e9 + (sent + 1) / rate - now() / 1e9
            if left > 0:
                time.sleep(left)

    def control(self, *, wait: bool = False) -> None:
        """Answer what the client has said meanwhile."""
        connection = self.connection
        while select.select([connection.socket], [], [], None if wait else 0)[0]:
            data = connection.socket.recv(65536)
            if not data:
                raise EOFError
            connection.buffer += data
            wait = False
            self.read()

    def read(self) -> None:
        """Handle every whole frame."""
        connection = self.connection
        while (got := read_frame(connection.buffer)) is not None:
            del connection.buffer[: got.end]
            if got.opcode == PING:
                connection.send(got.payload, PONG)
            elif got.opcode == CLOSE:
                connection.send(got.payload, CLOSE)
                raise EOFError
            elif got.opcode == 1:
                self.request(json.loads(got.payload))

    def request(self, request: dict[str, Any]) -> None:
        """SUBSCRIBE and its kin."""
        method = request.get("method")
        names: list[str] = request.get("params") or []
        result: object = None
        if method == "SUBSCRIBE":
            self.connection.streams += [name for name in names if name not in self.connection.streams]
        elif method == "LIST_SUBSCRIPTIONS":
            result = self.connection.streams
        self.connection.send(json.dumps({"result": result, "id": request.get("id")}).encode())


class UserFeed(Feed):
    """Execution reports on a connection of the WebSocket API; no two alike, as a client may refuse what it has seen."""

    def __init__(self, connection: Connection, plan: Plan, answer: Callable[[bytes], bytes]) -> None:
        super().__init__(connection, plan)
        self.answer = answer

    def run(self) -> None:
        """Send what is asked for."""
        self.connection.socket.setblocking(True)
        sent = 0
        try:
            while True:
                wanted = self.asked()
                messages = [frame(payloads.user_message(index)) for index in range(sent, sent + wanted)]
                sent += wanted
                self.connection.socket.sendall(b"".join(messages))
        except (OSError, EOFError):
            self.connection.socket.close()

    def read(self) -> None:
        """Requests of the WebSocket API are answered here too."""
        connection = self.connection
        while (got := read_frame(connection.buffer)) is not None:
            del connection.buffer[: got.end]
            if got.opcode == PING:
                connection.send(got.payload, PONG)
            elif got.opcode == 1:
                connection.send(self.answer(got.payload))
