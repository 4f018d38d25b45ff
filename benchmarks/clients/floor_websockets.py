"""Floor: the `websockets` library by itself, as its documentation shows it, and one msgspec decode."""

from __future__ import annotations

import asyncio
import json

import msgspec
from websockets.asyncio.client import connect

from benchmarks.clients import harness, structs


async def stream(task: harness.Task) -> None:
    decode = structs.decoder_of(task["payload"]).decode
    meter = harness.Meter(task)
    count, due = 0, meter.due
    async with connect(task["combined"]) as ws:
        if "hello" in task:
            await ws.send(task["hello"])
            await ws.recv()
        while True:
            decode(await ws.recv(decode=False))
            count += 1
            if count >= due:
                due = meter.mark(count)


async def latency(task: harness.Task) -> None:
    decode = structs.decoder_of("trade").decode
    seen = harness.Latency(task).seen
    async with connect(task["combined"]) as ws:
        while True:
            seen(decode(await ws.recv(decode=False)).data.t)  # type: ignore[attr-defined]


async def fanout(task: harness.Task) -> None:
    """One socket; every subscriber has an `asyncio.Queue` and a task."""
    decode = structs.decoder_of("trade").decode
    counter = harness.Meter(task).counter()
    queues: list[asyncio.Queue[object]] = [asyncio.Queue() for _ in range(task["subscribers"])]

    async def consume(queue: asyncio.Queue[object], first: bool) -> None:
        while True:
            await queue.get()
            if first:
                counter()

    consumers = [asyncio.create_task(consume(queue, index == 0)) for index, queue in enumerate(queues)]
    async with connect(task["combined"]) as ws:
        while consumers:
            event = decode(await ws.recv(decode=False))
            for queue in queues:
                queue.put_nowait(event)


async def websocket_api(task: harness.Task) -> None:
    """Round trips: a request, the reply that belongs to it, one decode."""
    result = structs.Order if task["call"] == "order" else structs.Price
    decoder = msgspec.json.Decoder(structs.ApiReply[result])  # type: ignore[valid-type]
    async with connect(task["ws_api"]) as ws:
        if task.get("in_flight", 1) == 1:
            text = json.dumps({"id": 1, "method": task["method"], "params": task["params"]})

            async def one() -> None:
                await ws.send(text)
                decoder.decode(await ws.recv(decode=False))

            await harness.calls(task, one)
            return
        pending: dict[int, asyncio.Future[object]] = {}
        head, _, tail = json.dumps({"id": 0, "method": task["method"], "params": task["params"]}).partition("0")
        last = 0

        async def read() -> None:
            async for data in ws:
                reply = decoder.decode(data)
                pending.pop(reply.id).set_result(reply)

        async def ask() -> None:
            nonlocal last
            last += 1
            future = pending[last] = asyncio.get_running_loop().create_future()
            await ws.send(f"{head}{last}{tail}")
            await future

        reader = asyncio.create_task(read())
        await harness.calls(task, ask)
        del reader


if __name__ == "__main__":
    harness.main(
        stream=stream, latency=latency, fanout=fanout, streams_scale=stream, websocket_api=websocket_api
    )  # fmt: skip
