# mypy: disable-error-code="import-not-found, import-untyped"
"""Peer: ccxt.pro, as its manual shows it: `watch_*` in a loop, `newUpdates` on (its default).

Its own pacing of requests (`enableRateLimit`) is off; otherwise one would measure its waiting. Its cache of trades is
made larger: what arrives beyond 1,000 between two turns of the consumer is lost without a word.
"""

from __future__ import annotations

from typing import Any

import ccxt.pro

from benchmarks.clients import harness, keys


async def _exchange(task: harness.Task) -> Any:
    secret = keys.HMAC_SECRET if task.get("sign", "hmac") == "hmac" else keys.pem(task["sign"])
    exchange = ccxt.pro.binance({"apiKey": keys.API_KEY, "secret": secret, "enableRateLimit": False})
    exchange.options["fetchMarkets"] = {"types": ["spot"]}
    exchange.options["fetchCurrencies"] = False
    exchange.has["fetchCurrencies"] = False
    exchange.options["fetchMargins"] = False
    exchange.options["tradesLimit"] = 1_000_000
    exchange.urls["api"]["public"] = exchange.urls["api"]["private"] = task["rest"] + "/api/v3"
    exchange.urls["api"]["ws"]["spot"] = task["stream"] + "/ws"
    exchange.urls["api"]["ws"]["ws-api"]["spot"] = task["ws_api"]
    await exchange.load_markets()
    return exchange


async def stream(task: harness.Task) -> None:
    exchange = await _exchange(task)
    meter = harness.Meter(task)
    count, due = 0, meter.due
    watch = {"trade": exchange.watch_trades, "book_ticker": exchange.watch_bids_asks}.get(task["payload"])
    if watch is None:
        raise ValueError(task["payload"])
    while True:
        got = await (watch("BTC/USDT") if task["payload"] == "trade" else watch(["BTC/USDT"]))
        count += len(got) if isinstance(got, list) else 1
        if count >= due:
            due = meter.mark(count)


async def latency(task: harness.Task) -> None:
    exchange = await _exchange(task)
    seen = harness.Latency(task).seen
    while True:
        for trade in await exchange.watch_trades("BTC/USDT"):
            seen(int(trade["id"]))


async def rest(task: harness.Task) -> None:
    exchange = await _exchange(task)
    if task["call"] == "order":
        await harness.calls(task, lambda: exchange.fetch_order("4293153", "BTC/USDT"))
    await harness.calls(task, lambda: exchange.public_get_ticker_price({"symbol": "BTCUSDT"}))


async def websocket_api(task: harness.Task) -> None:
    exchange = await _exchange(task)
    if task["call"] == "order":
        await harness.calls(task, lambda: exchange.fetch_order_ws("4293153", "BTC/USDT"))
    raise ValueError(task["call"])


if __name__ == "__main__":
    harness.main(stream=stream, latency=latency, rest=rest, websocket_api=websocket_api)
