"""Floor: picows by itself, as its README shows it, and one msgspec decode."""

from __future__ import annotations

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks.clients import harness, structs


class _Counter(WSListener):
    def __init__(self, task: harness.Task) -> None:
        self._decode = structs.decoder_of(task["payload"]).decode
        self._meter = harness.Meter(task)
        self._count, self._due = 0, self._meter.due
        self._hello = task.get("hello")

    def on_ws_connected(self, transport: WSTransport) -> None:
        if self._hello:
            transport.send(WSMsgType.TEXT, self._hello.encode())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type != WSMsgType.TEXT:
            return
        if self._hello:
            self._hello = None
            return
        self._decode(frame.get_payload_as_memoryview())
        self._count += 1
        if self._count >= self._due:
            self._due = self._meter.mark(self._count)


class _Ages(WSListener):
    def __init__(self, task: harness.Task) -> None:
        self._decode = structs.decoder_of("trade").decode
        self._seen = harness.Latency(task).seen

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            self._seen(self._decode(frame.get_payload_as_memoryview()).data.t)  # type: ignore[attr-defined]


async def stream(task: harness.Task) -> None:
    transport, _ = await ws_connect(lambda: _Counter(task), task["combined"])
    await transport.wait_disconnected()


async def latency(task: harness.Task) -> None:
    transport, _ = await ws_connect(lambda: _Ages(task), task["combined"])
    await transport.wait_disconnected()


if __name__ == "__main__":
    harness.main(stream=stream, latency=latency, streams_scale=stream)
