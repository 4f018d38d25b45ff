# mypy: disable-error-code="import-not-found, import-untyped"
"""Peer: the official `binance-sdk-spot`, as its README shows it. Its REST client is synchronous (requests)."""

from __future__ import annotations

import asyncio
import tempfile
from typing import Any

from binance_common.configuration import (
    ConfigurationRestAPI,
    ConfigurationWebSocketAPI,
    ConfigurationWebSocketStreams,
)
from binance_sdk_spot.spot import Spot

from benchmarks.clients import harness, keys


def _key(task: harness.Task) -> dict[str, Any]:
    kind = task.get("sign")
    if kind in ("rsa", "ed25519"):
        with tempfile.NamedTemporaryFile("w", suffix=".pem", delete=False) as file:
            file.write(keys.pem(kind))
        return {"api_key": keys.API_KEY, "private_key": file.name}
    return {"api_key": keys.API_KEY, "api_secret": keys.HMAC_SECRET}


async def _streams(task: harness.Task) -> Any:
    client = Spot(config_ws_streams=ConfigurationWebSocketStreams(stream_url=task["stream"]))
    return await client.websocket_streams.create_connection()


async def _subscribe(connection: Any, task: harness.Task) -> Any:
    symbol = "btcusdt"
    match task["payload"]:
        case "trade":
            return await connection.trade(symbol=symbol)
        case "agg_trade":
            return await connection.agg_trade(symbol=symbol)
        case "book_ticker":
            return await connection.book_ticker(symbol=symbol)
        case "kline":
            return await connection.kline(symbol=symbol, interval="1m")
        case "depth_40" | "depth_1000":
            return await connection.diff_book_depth(symbol=symbol, update_speed="100ms")
        case "all_tickers":
            return await connection.all_mini_ticker()
        case other:
            raise ValueError(other)


async def stream(task: harness.Task) -> None:
    connection = await _streams(task)
    counter = harness.Meter(task).counter()
    if "names" in task:
        for name in task["names"]:
            handle = await connection.trade(symbol=name.partition("@")[0])
            handle.on("message", counter)
    else:
        (await _subscribe(connection, task)).on("message", counter)
    await asyncio.Event().wait()


async def latency(task: harness.Task) -> None:
    connection = await _streams(task)
    seen = harness.Latency(task).seen
    (await connection.trade(symbol="btcusdt")).on("message", lambda event: seen(event.t))
    await asyncio.Event().wait()


def rest(task: harness.Task) -> None:
    api = Spot(config_rest_api=ConfigurationRestAPI(base_path=task["rest"], **_key(task))).rest_api
    meter = harness.Meter({"warm_up": 64, **task})
    count, due = 0, meter.due
    while True:
        if task["call"] == "order":
            api.get_order(symbol="BTCUSDT", order_id=4_293_153).data()
        else:
            api.ticker_price(symbol="BTCUSDT").data()
        count += 1
        if count >= due:
            due = meter.mark(count)


async def websocket_api(task: harness.Task) -> None:
    client = Spot(config_ws_api=ConfigurationWebSocketAPI(stream_url=task["ws_api"], **_key(task)))
    connection = await client.websocket_api.create_connection()

    async def order() -> None:
        (await connection.order_status(symbol="BTCUSDT", order_id=4_293_153)).data()

    async def price() -> None:
        (await connection.ticker_price(symbol="BTCUSDT")).data()

    await harness.calls(task, order if task["call"] == "order" else price)


if __name__ == "__main__":
    harness.main(stream=stream, latency=latency, rest=rest, websocket_api=websocket_api)
