"""Every connection breaks while an order is filled: what the user data says before, meanwhile and after."""

from __future__ import annotations

import asyncio
import sys
from decimal import Decimal

from world import ON_TESTNET

from binance_async import Binance
from binance_async.simulator import Simulator
from binance_async.simulator.actions import Unreachable
from binance_async.simulator.engine import NewOrder
from binance_async.spot import events


async def main() -> None:
    if ON_TESTNET:
        sys.exit("cutting connections takes an exchange of one's own: this one is for the embedded exchange")
    async with (
        Simulator(market=None) as exchange,
        Binance(exchange.credentials, environment=exchange.environment) as binance,
        binance.spot.user_data() as account,
    ):
        order = await binance.spot.place_order(
            "BTCUSDT", "BUY", "LIMIT", time_in_force="GTC", quantity="0.01", price="60000"
        )
        exchange.faults.now(Unreachable(seconds=0.5))
        stranger = exchange.add_account(balances={"BTC": Decimal(1)})
        sale = NewOrder("BTCUSDT", "SELL", "MARKET", quantity=Decimal("0.01"))
        exchange.engine.place(stranger.uid, sale)
        print("cut, and the order is filled while nobody can tell us")
        async with asyncio.timeout(30):
            async for event in account:
                if isinstance(event, events.ExecutionReport):
                    print(f"  order {event.order_id}: {event.status}, from {event.source}")
                elif isinstance(event, events.Gap):
                    print(f"  Gap: {event.cause}, reconciled: {event.reconciled}, not restored: {event.missing}")
                    break
        print(f"placed {exchange.history.side_effects(order.client_order_id)} time")


asyncio.run(main())
