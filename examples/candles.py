"""A day of one-minute candles, page by page, as a call gives at most a thousand of them."""

from __future__ import annotations

import asyncio
import datetime as dt

from world import connected

SYMBOL, PAGE = "BTCUSDT", 1_000


async def main() -> None:
    async with connected() as binance:
        now = dt.datetime.fromtimestamp((await binance.spot.time()).server_time / 1000, dt.UTC)
        start, candles = now.replace(second=0, microsecond=0) - dt.timedelta(days=1), []
        while page := await binance.spot.klines(SYMBOL, "1m", start_time=start, end_time=now, limit=PAGE):
            candles += page
            start = dt.datetime.fromtimestamp(page[-1].close_time / 1000, dt.UTC) + dt.timedelta(milliseconds=1)
        volume = sum(candle.volume for candle in candles)
        high, low = max(candle.high for candle in candles), min(candle.low for candle in candles)
        print(f"{len(candles)} candles of {SYMBOL}: {candles[0].open} to {candles[-1].close}")
        print(f"between {low} and {high}, volume {volume}")


asyncio.run(main())
