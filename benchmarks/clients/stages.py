"""Where the time of one trade goes: each stage of the hot path alone, on messages that are in memory.

This file, unlike all others here, reaches into the package's inside.
"""

from __future__ import annotations

import asyncio
from typing import Any

from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.uri import parse_uri

from benchmarks import payloads
from benchmarks.clients import harness, structs
from benchmarks.sender.frames import frame
from binance_async.core.combined import Routes, beginning_of

NAME = "btcusdt@trade"
MESSAGES = 400
"""About what one read of 64 KiB brings."""


def _messages() -> list[bytes]:
    return [payloads.combined(NAME, payloads.data_of(NAME, index)) for index in range(MESSAGES)]


class _Nobody:
    def __init__(self) -> None:
        self.routes = Routes({beginning_of(NAME): lambda _event: None})

    def on_routed(self, count: int) -> None: ...
    def on_message(self, data: bytes) -> None: ...
    def on_ping(self, payload: bytes) -> None: ...
    def on_pong(self, payload: bytes) -> None: ...
    def on_closed(self, code: int, reason: str) -> None: ...


async def frames(task: harness.Task) -> None:
    """From the bytes of the socket to the feed of the stream, which gets the event's bytes."""
    from binance_async.net.socket import Address, WebsocketsSocket

    socket: Any = WebsocketsSocket(asyncio.get_running_loop(), Address.parse("ws://127.0.0.1:1"), _Nobody())
    socket._busy = False  # as after the upgrade
    socket._open = True
    data = b"".join(map(frame, _messages()))

    def operate(times: int) -> None:
        for _ in range(times):
            socket.data_received(data)

    harness.timed(task, operate, MESSAGES)


def frames_websockets(task: harness.Task) -> None:
    """Floor: the same by the sans-I/O protocol of `websockets`."""
    protocol: Any = ClientProtocol(parse_uri("ws://127.0.0.1:1"))
    protocol.state = 1  # open
    data = b"".join(map(frame, _messages()))
    protocol.receive_data(b"")
    protocol.parser = protocol.parse()
    protocol.reader.buffer.clear()

    def operate(times: int) -> None:
        for _ in range(times):
            protocol.receive_data(data)
            assert sum(isinstance(event, Frame) for event in protocol.events_received()) == MESSAGES

    harness.timed(task, operate, MESSAGES)


def _each(task: harness.Task, take: Any, messages: list[bytes]) -> None:

    def operate(times: int) -> None:
        for _ in range(times):
            for message in messages:
                take(message)

    harness.timed(task, operate, MESSAGES)


def decode(task: harness.Task) -> None:
    """One decode of what was cut out of the envelope, numbers as `Decimal`."""
    from binance_async.session.feed import Feed
    from binance_async.spot import streams

    stream = streams.trade("BTCUSDT")
    feed: Any = Feed(stream, stream.numbers)
    _each(task, feed._decode, [payloads.data_of(NAME, index) for index in range(MESSAGES)])


def decode_floor(task: harness.Task) -> None:
    """Floor: a plain msgspec struct, of the envelope and the event."""
    _each(task, structs.decoder_of("trade").decode, _messages())


async def hand_over(task: harness.Task) -> None:
    """Into the subscription's queue and out of it, by `async for`."""
    from binance_async.session.subscription import Subscription

    subscription: Any = Subscription(bound=10**9)
    push = subscription.pusher(NAME)
    event = object()

    async def many(times: int) -> None:
        left = times * MESSAGES
        for _ in range(MESSAGES):
            push(event)
        async for _ in subscription:
            left -= 1
            if not left:
                return
            push(event)

    def operate(times: int) -> None:
        run = many(times)
        try:
            while True:
                run.send(None)  # a turn of the loop is one step here
        except StopIteration:
            subscription._queue.clear()

    harness.timed(task, operate, MESSAGES)


async def hand_over_queue(task: harness.Task) -> None:
    """Floor: an `asyncio.Queue` that is never empty."""
    queue: asyncio.Queue[object] = asyncio.Queue()
    event = object()

    async def many(times: int) -> None:
        for _ in range(MESSAGES):
            queue.put_nowait(event)
        for _ in range(times * MESSAGES):
            await queue.get()
            queue.put_nowait(event)
        for _ in range(MESSAGES):
            queue.get_nowait()

    def operate(times: int) -> None:
        try:
            many(times).send(None)
        except StopIteration:
            return

    harness.timed(task, operate, MESSAGES)


if __name__ == "__main__":
    harness.main(
        frames=frames,
        frames_websockets=frames_websockets,
        decode=decode,
        decode_floor=decode_floor,
        hand_over=hand_over,
        hand_over_queue=hand_over_queue,
    )
