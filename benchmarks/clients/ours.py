"""Ours: the package itself, through its public API alone."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from benchmarks.clients import harness, keys
from binance_async import Binance, Credentials, Environment
from binance_async.net.seams import Seams
from binance_async.net.socket import connector
from binance_async.spot import streams

EVERYTHING = 5_000_000
"""A bound that a flood does not reach: what is measured is the cost of a message, not of dropping it."""


def client(task: harness.Task) -> Binance:
    """A client of the sender; with the driver that the task names instead of the fastest that is installed."""
    environment = Environment.custom("spot", rest=task["rest"], ws_api=task["ws_api"], stream=task["stream"])
    seams = Seams(connect=functools.partial(connector, driver=task["driver"])) if "driver" in task else None
    return Binance(_credentials(task.get("sign")), environment=environment, seams=seams)


def _credentials(kind: str | None) -> Credentials | None:
    if kind is None:
        return None
    if kind == "hmac":
        return Credentials.hmac(keys.API_KEY, keys.HMAC_SECRET)
    make = Credentials.ed25519 if kind == "ed25519" else Credentials.rsa
    return make(keys.API_KEY, keys.pem(kind))


NUMBERS: dict[str, Any] = {"decimal": streams.decimals, "float": streams.as_float, "str": streams.as_str}


@asynccontextmanager
async def _market(task: harness.Task, *names: str) -> AsyncIterator[Any]:
    group = NUMBERS[task.get("numbers", "decimal")]
    bound = task.get("bound", EVERYTHING)
    async with client(task) as binance, binance.spot.stream(*map(group.raw, names), bound=bound) as market:
        yield market


async def stream(task: harness.Task) -> None:
    if task["payload"] == "execution_report":
        await user_data(task)
    meter = harness.Meter(task)
    count, due = 0, meter.due
    async with _market(task, *task.get("names", [task["name"]])) as market:
        async for _ in market:
            count += 1
            if count >= due:
                due = meter.mark(count)


async def user_data(task: harness.Task) -> None:
    meter = harness.Meter(task)
    count, due = 0, meter.due
    async with client(task) as binance, binance.spot.user_data() as account:
        async for _ in account:
            count += 1
            if count >= due:
                due = meter.mark(count)


async def latency(task: harness.Task) -> None:
    seen = harness.Latency(task).seen
    async with _market(task, task["name"]) as market:
        async for event in market:
            seen(event.trade_id)


async def fanout(task: harness.Task) -> None:
    """Every subscriber is a `stream(...)` of its own with a task of its own."""
    counter = harness.Meter(task).counter()

    async def consume(binance: Binance, first: bool) -> None:
        async with binance.spot.stream(streams.trade("BTCUSDT"), bound=EVERYTHING) as market:
            async for _ in market:
                if first:
                    counter()

    async with client(task) as binance:
        await asyncio.gather(*(consume(binance, index == 0) for index in range(task["subscribers"])))


async def rest(task: harness.Task) -> None:
    async with client(task) as binance:
        spot = binance.spot
        if task["call"] == "order":
            await harness.calls(task, lambda: spot.order("BTCUSDT", order_id=4_293_153))
        await harness.calls(task, lambda: spot.ticker_price("BTCUSDT"))


async def websocket_api(task: harness.Task) -> None:
    async with client(task) as binance, binance.spot.websocket() as spot:
        if task["call"] == "order":
            await harness.calls(task, lambda: spot.order("BTCUSDT", order_id=4_293_153))
        await harness.calls(task, lambda: spot.ticker_price("BTCUSDT"))


if __name__ == "__main__":
    harness.main(
        stream=stream,
        latency=latency,
        fanout=fanout,
        streams_scale=stream,
        rest=rest,
        websocket_api=websocket_api,
    )
