"""The same calls over the WebSocket API: one session, many requests in flight, answers as they come."""

from __future__ import annotations

import asyncio
import time

from world import connected

SYMBOLS = ("BTCUSDT", "ETHUSDT", "BNBUSDT")


async def main() -> None:
    async with connected() as binance, binance.spot.websocket() as spot:
        began = time.perf_counter()
        books = await asyncio.gather(*(spot.ticker_book(symbol) for symbol in SYMBOLS))
        took = (time.perf_counter() - began) * 1000
        for book in books:
            print(f"{book.symbol}: {book.bid_price} / {book.ask_price}")
        print(f"{len(books)} answers after {took:.1f} ms, over one socket")
        account = await spot.account(omit_zero_balances=True)
        print(f"{len(account.balances)} assets; with an Ed25519 key the session is logged on and requests are unsigned")
        tried = await spot.test_order(
            "BTCUSDT", "BUY", "LIMIT", time_in_force="GTC", quantity="0.001", price=books[0].bid_price
        )
        print(f"a test order is checked and not placed: {tried}")


asyncio.run(main())
