"""Each way in which an order can end, made to happen on the embedded exchange, and what to do about it."""

from __future__ import annotations

import asyncio
import sys

from world import ON_TESTNET

from binance_async import Binance, NotSent, OutcomeUnknown, Rejected, codes
from binance_async.simulator import Simulator
from binance_async.simulator.actions import LoseReply

ORDER = {"side": "BUY", "type": "LIMIT", "time_in_force": "GTC", "price": "50000"}


async def attempt(binance: Binance, **order: str) -> None:
    try:
        placed = await binance.spot.place_order("BTCUSDT", **{**ORDER, "quantity": "0.001", **order})  # type: ignore[call-overload]
    except codes.FilterFailure as error:
        print(f"  refused by the filter {error.filter}: mend the order")
    except codes.InsufficientBalance:
        print("  refused: there is not so much money")
    except Rejected as error:
        print(f"  refused, without effect: {error.code} {error.reason}")
    except NotSent as error:
        print(f"  nothing left this machine, make the call again: {error.message}")
    except OutcomeUnknown as error:
        print(f"  may or may not have happened: look for {error.client_order_id}, and never just repeat it")
    else:
        print(f"  placed: order {placed.order_id}, {placed.status}")


async def main() -> None:
    if ON_TESTNET:
        sys.exit("the test network cannot be asked to lose replies: this one is for the embedded exchange")
    async with (
        Simulator(rate=0) as exchange,
        Binance(exchange.credentials, environment=exchange.environment) as binance,
    ):
        print("an order like any other:")
        await attempt(binance)
        print("a price between two ticks:")
        await attempt(binance, price="50000.001")
        print("more than the account has:")
        await attempt(binance, quantity="100")
        print("a route that the account's key has not (a key that only reads):")
        reader = exchange.account.add_key("hmac", permissions=["USER_DATA"])
        async with Binance(reader.credentials, environment=exchange.environment) as watcher:
            await attempt(watcher)
        print("an argument that is none:")
        await attempt(binance, quantity="a lot")
        print("the answer is lost, and looked for:")
        exchange.faults.add(LoseReply("reset"), call="place_order", times=1)
        await attempt(binance)
        print("a client that does not look:")
        async with Binance(exchange.credentials, environment=exchange.environment, resolve_outcomes=False) as impatient:
            exchange.faults.add(LoseReply("reset"), call="place_order", times=1)
            await attempt(impatient)
        print(f"orders on the exchange: {len(await binance.spot.open_orders('BTCUSDT'))}, each placed once")


asyncio.run(main())
