# mypy: disable-error-code="import-not-found, import-untyped"
"""Peer: python-binance (`AsyncClient`, `BinanceSocketManager`), as its README shows it.

Its queue holds 100 messages and its reader ends for good when they are not taken in time, which a flood brings about
at once; so `max_queue_size` is raised. Nothing else is changed but the addresses.
"""

from __future__ import annotations

import sys
from typing import Any

from binance import AsyncClient, BinanceSocketManager

from benchmarks.clients import harness, keys


async def _client(task: harness.Task) -> Any:
    AsyncClient.API_URL = task["rest"] + "/api"
    AsyncClient.WS_API_URL = task["ws_api"]
    BinanceSocketManager.STREAM_URL = task["stream"] + "/"
    kind = task.get("sign")
    if kind in ("rsa", "ed25519"):
        return await AsyncClient.create(keys.API_KEY, private_key=keys.pem(kind))
    return await AsyncClient.create(keys.API_KEY, keys.HMAC_SECRET)


def _socket(manager: Any, task: harness.Task) -> Any:
    symbol = "BTCUSDT"
    match task["payload"]:
        case "trade":
            return manager.trade_socket(symbol)
        case "agg_trade":
            return manager.aggtrade_socket(symbol)
        case "book_ticker":
            return manager.symbol_book_ticker_socket(symbol)
        case "kline":
            return manager.kline_socket(symbol)
        case "depth_40" | "depth_1000":
            return manager.depth_socket(symbol, interval=100)
        case "all_tickers":
            return manager.miniticker_socket()
        case "execution_report":
            return manager.user_socket()
        case other:
            raise ValueError(other)


async def stream(task: harness.Task) -> None:
    manager = BinanceSocketManager(await _client(task), max_queue_size=sys.maxsize)
    meter = harness.Meter(task)
    count, due = 0, meter.due
    socket = manager.multiplex_socket(task["names"]) if "names" in task else _socket(manager, task)
    async with socket as market:
        while True:
            await market.recv()
            count += 1
            if count >= due:
                due = meter.mark(count)


async def latency(task: harness.Task) -> None:
    manager = BinanceSocketManager(await _client(task), max_queue_size=sys.maxsize)
    seen = harness.Latency(task).seen
    async with manager.trade_socket("BTCUSDT") as market:
        while True:
            seen((await market.recv())["t"])


async def rest(task: harness.Task) -> None:
    client = await _client(task)
    if task["call"] == "order":
        await harness.calls(task, lambda: client.get_order(symbol="BTCUSDT", orderId=4_293_153))
    await harness.calls(task, lambda: client.get_symbol_ticker(symbol="BTCUSDT"))


async def websocket_api(task: harness.Task) -> None:
    client = await _client(task)
    if task["call"] == "order":
        await harness.calls(task, lambda: client.ws_get_order(symbol="BTCUSDT", orderId=4_293_153))
    await harness.calls(task, lambda: client.ws_get_symbol_ticker(symbol="BTCUSDT"))


if __name__ == "__main__":
    harness.main(stream=stream, latency=latency, streams_scale=stream, rest=rest, websocket_api=websocket_api)
