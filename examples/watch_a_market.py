"""Trades and an order book, side by side, for five seconds; and what is said when something could not be seen."""

from __future__ import annotations

import asyncio
import contextlib

from world import connected

from binance_async.spot import events, streams

SYMBOL, SECONDS = "BTCUSDT", 5


async def main() -> None:
    async with (
        connected() as binance,
        binance.spot.order_book(SYMBOL, depth=1000) as book,
        binance.spot.stream(streams.trade(SYMBOL), streams.kline(SYMBOL, "1m")) as market,
    ):
        await book.synced(timeout=10)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SECONDS):
                async for event in market:
                    match event:
                        case events.Trade():
                            # A book that is not in step with the exchange raises NotSynced: look before reading.
                            best = f"{book.best_bid} / {book.best_ask}" if book.is_synced else book.state.value
                            print(f"{event.qty} at {event.price}   book {best}")
                        case events.KlineEvent():
                            print(f"the minute so far: {event.kline.volume} traded")
                        case events.Gap():
                            print(
                                f"not seen: {event.streams}, {event.cause}, from {event.from_time} to {event.to_time}"
                            )
        print(f"{market.delivered} events, {market.dropped} dropped, {market.gaps} gaps")


asyncio.run(main())
