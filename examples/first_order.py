"""An order from beginning to end: put on the grid, checked, placed, followed on the user stream, cancelled."""

from __future__ import annotations

import asyncio
from decimal import Decimal

from world import connected

from binance_async.spot import events

SYMBOL = "BTCUSDT"


async def main() -> None:
    async with connected() as binance:
        spot = binance.spot
        rules = await spot.symbol_rules(SYMBOL)
        best = await spot.ticker_book(SYMBOL)
        # A little above the best price asked, so that it is filled at once, and for 20 units of the quote asset.
        price = rules.price(best.ask_price * Decimal("1.0005"), side="BUY")
        quantity = rules.quantity(Decimal(20) / price, "up")
        rules.require("BUY", "LIMIT", time_in_force="GTC", price=price, quantity=quantity)
        async with spot.user_data(symbols=[SYMBOL]) as account:
            order = await spot.place_order(SYMBOL, "BUY", "LIMIT", time_in_force="GTC", price=price, quantity=quantity)
            print(f"order {order.order_id}: {order.status}, {order.executed_qty} of {order.orig_qty}")
            async with asyncio.timeout(30):
                async for event in account:
                    if isinstance(event, events.ExecutionReport) and event.order_id == order.order_id:
                        print(f"  {event.execution_type} {event.status}: {event.last_qty} at {event.last_price}")
                        if event.status in ("FILLED", "CANCELED", "EXPIRED"):
                            break
            far = rules.price(best.bid_price * Decimal("0.9"), side="BUY")
            resting = await spot.place_order(
                SYMBOL, "BUY", "LIMIT", time_in_force="GTC", price=far, quantity=rules.quantity(Decimal(20) / far, "up")
            )
            await spot.cancel_order(SYMBOL, order_id=resting.order_id)
            print(f"order {resting.order_id}: {(await spot.order(SYMBOL, order_id=resting.order_id)).status}")


asyncio.run(main())
