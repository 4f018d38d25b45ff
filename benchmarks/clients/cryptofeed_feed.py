# mypy: disable-error-code="import-not-found, import-untyped"
"""Peer: cryptofeed, as its examples show it: a `FeedHandler`, one feed, one callback.

It has no stream of single trades, only aggregate ones. It insists on `wss://` addresses; the sender speaks plain
`ws://`, so the scheme is put right where it connects.
"""

from __future__ import annotations

from typing import Any

from cryptofeed import FeedHandler, connection
from cryptofeed.defines import CANDLES, TICKER, TRADES
from cryptofeed.exchanges import Binance

from benchmarks.clients import harness

_CHANNELS = {"agg_trade": TRADES, "book_ticker": TICKER, "kline": CANDLES}


def _plain(task: harness.Task) -> None:
    connect = connection.connect
    connection.connect = lambda address, **options: connect(address.replace("wss://", "ws://"), **options)
    Binance.websocket_endpoints[0].address = task["stream"].replace("ws://", "wss://")
    Binance.rest_endpoints[0].address = task["rest"]


def stream(task: harness.Task) -> None:
    _plain(task)
    counter = harness.Meter(task).counter()

    async def callback(event: Any, receipt: float) -> None:
        counter()

    channel = _CHANNELS[task["payload"]]
    handler = FeedHandler({"uvloop": task.get("loop") == "uvloop", "log": {"disabled": True, "filename": "/dev/null"}})
    options = {"candle_closed_only": False} if channel == CANDLES else {}
    handler.add_feed(Binance(symbols=["BTC-USDT"], channels=[channel], callbacks={channel: callback}, **options))
    handler.run()


if __name__ == "__main__":
    harness.main(stream=stream)
