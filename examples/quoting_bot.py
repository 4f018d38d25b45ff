"""A small bot: a bid and an offer around the middle of the book, moved when the market has moved. For ten seconds.

What makes it fit for real money is what it does not have to do: the book is in step or says that it is not, an order's
outcome is known or is an error of its own, and what was missed by the user data arrives marked.
"""

from __future__ import annotations

import asyncio
import contextlib
from decimal import Decimal
from typing import Literal

from world import connected

from binance_async import Binance, OutcomeUnknown, Rejected
from binance_async.errors import NotSynced
from binance_async.spot import events

SYMBOL, SECONDS = "BTCUSDT", 10
SPREAD = Decimal("0.0001")
"""Between the two quotes, as a fraction of the price."""
VALUE = Decimal(50)
"""Of each quote, in the quote asset."""

Side = Literal["BUY", "SELL"]


class Bot:
    """Two quotes, and what was filled of them."""

    def __init__(self, binance: Binance) -> None:
        self.spot = binance.spot
        self.quotes: dict[str, tuple[int, Decimal]] = {}
        self.stopped: set[Side] = set()
        self.filled = {"BUY": Decimal(0), "SELL": Decimal(0)}

    async def run(self) -> None:
        """Quote until cancelled, and leave nothing open."""
        async with asyncio.TaskGroup() as tasks, self.spot.order_book(SYMBOL) as book:
            tasks.create_task(self.follow())
            rules = await self.spot.symbol_rules(SYMBOL)
            await book.synced(timeout=10)
            try:
                while True:
                    with contextlib.suppress(NotSynced):  # no book, no new prices; the quotes stand as they are
                        bid, ask = book.best_bid, book.best_ask
                        if bid is not None and ask is not None:
                            middle = (bid + ask) / 2
                            low = rules.price(middle * (1 - SPREAD / 2), side="BUY")
                            high = rules.price(middle * (1 + SPREAD / 2), side="SELL")
                            await self.quote("BUY", low, rules.quantity(VALUE / low, "up"))
                            await self.quote("SELL", high, rules.quantity(VALUE / high, "up"))
                    await asyncio.sleep(0.5)
            finally:
                with contextlib.suppress(Rejected):  # there are none
                    await self.spot.cancel_open_orders(SYMBOL)

    async def quote(self, side: Side, price: Decimal, quantity: Decimal) -> None:
        """Have one order on this side, near this price."""
        order_id, at = self.quotes.get(side, (0, Decimal(0)))
        if side in self.stopped or (order_id and abs(at - price) < price * SPREAD / 4):
            return
        if order_id:
            with contextlib.suppress(Rejected):  # it is filled already; the user data says so
                await self.spot.cancel_order(SYMBOL, order_id=order_id)
            self.quotes.pop(side, None)
        try:
            order = await self.spot.place_order(SYMBOL, side, "LIMIT_MAKER", price=price, quantity=quantity)
        except Rejected as error:
            print(f"{side} at {price} was refused: {error.reason}")
        except OutcomeUnknown as error:
            # It was looked for and not found out. Nothing more on this side before a person has looked.
            print(f"{side} at {price}: {error}")
            self.stopped.add(side)
        else:
            self.quotes[side] = order.order_id, price

    async def follow(self) -> None:
        """Count what is filled."""
        async with self.spot.user_data(symbols=[SYMBOL]) as account:
            async for event in account:
                if isinstance(event, events.ExecutionReport) and event.execution_type == "TRADE":
                    self.filled[event.side] += event.last_qty
                    print(f"{event.side} {event.last_qty} at {event.last_price}   (from {event.source})")
                    if event.status == "FILLED" and self.quotes.get(event.side, (0, 0))[0] == event.order_id:
                        del self.quotes[event.side]
                elif isinstance(event, events.Gap):
                    print(f"not seen for a while: {event.cause}; the state is reconciled: {event.reconciled}")


async def main() -> None:
    async with connected() as binance:
        bot = Bot(binance)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SECONDS):
                await bot.run()
        left = await binance.spot.open_orders(SYMBOL)
        print(f"bought {bot.filled['BUY']}, sold {bot.filled['SELL']}; {len(left)} orders are left open")


asyncio.run(main())
