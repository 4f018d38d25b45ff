# mypy: disable-error-code="import-not-found, import-untyped"
"""Peer: unicorn-binance-websocket-api, with websockets (its default) or picows, as its README shows it.

A consumer coroutine takes dicts (`output="dict"`, orjson) from the stream's asyncio queue.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from unicorn_binance_websocket_api import BinanceWebSocketApiManager

from benchmarks.clients import harness

_CHANNELS = {
    "trade": ("trade", "btcusdt"),
    "agg_trade": ("aggTrade", "btcusdt"),
    "book_ticker": ("bookTicker", "btcusdt"),
    "kline": ("kline_1m", "btcusdt"),
    "depth_40": ("depth@100ms", "btcusdt"),
    "depth_1000": ("depth@100ms", "btcusdt"),
    "all_tickers": ("!miniTicker", "arr"),
}


def _manager(task: harness.Task) -> Any:
    logging.getLogger("unicorn_binance_websocket_api").setLevel(logging.ERROR)
    return BinanceWebSocketApiManager(
        exchange="binance.com",
        output_default="dict",
        websocket_base_uri=task["stream"] + "/",
        websocket_library=task.get("library", "websockets"),
        warn_on_update=False,
    )


async def _run(task: harness.Task, consume: Any) -> None:
    manager = _manager(task)

    async def consumer(stream_id: str) -> None:
        while True:
            data = await manager.get_stream_data_from_asyncio_queue(stream_id)
            if data is not None and "result" not in data:
                consume(data)

    if "names" in task:
        channels: Any = "trade"
        markets: Any = [name.partition("@")[0] for name in task["names"]]
    else:
        channels, markets = _CHANNELS[task["payload"]]
    manager.create_stream(channels, markets, process_asyncio_queue=consumer)
    while not manager.is_manager_stopping():  # noqa: ASYNC110 - the README's own main loop
        await asyncio.sleep(1)


async def stream(task: harness.Task) -> None:
    await _run(task, harness.Meter(task).counter())


async def latency(task: harness.Task) -> None:
    seen = harness.Latency(task).seen
    await _run({**task, "payload": "trade"}, lambda data: seen(data["data"]["t"]))


if __name__ == "__main__":
    harness.main(stream=stream, latency=latency, streams_scale=stream)
