"""Floor: the sans-I/O protocol of `websockets` inside an `asyncio.Protocol`, and one msgspec decode."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from benchmarks.clients import harness, structs


class _Reader(asyncio.Protocol):
    def __init__(self, url: str, on_message: object) -> None:
        self._protocol = ClientProtocol(parse_uri(url))
        self._on_message = on_message

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._protocol.send_request(self._protocol.connect())
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self._on_message(event.data)  # type: ignore[operator]
        self._flush()

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            self._transport.write(data)  # type: ignore[attr-defined]


async def _run(url: str, on_message: object) -> None:
    address = urlsplit(url)
    loop = asyncio.get_running_loop()
    await loop.create_connection(lambda: _Reader(url, on_message), str(address.hostname), address.port or 80)
    await asyncio.Event().wait()


async def stream(task: harness.Task) -> None:
    decode = structs.decoder_of(task["payload"]).decode
    meter = harness.Meter(task)
    count, due = 0, meter.due

    def on_message(data: bytes) -> None:
        nonlocal count, due
        decode(data)
        count += 1
        if count >= due:
            due = meter.mark(count)

    await _run(task["combined"], on_message)


async def latency(task: harness.Task) -> None:
    decode = structs.decoder_of("trade").decode
    seen = harness.Latency(task).seen
    await _run(task["combined"], lambda data: seen(decode(data).data.t))  # type: ignore[attr-defined]


if __name__ == "__main__":
    harness.main(stream=stream, latency=latency)
