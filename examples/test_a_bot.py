"""How to test a bot: on the embedded exchange in memory, on virtual time, with a fault. `python -m pytest` this file.

Nothing here waits: a minute of the market takes as long as its events take to compute. And nothing is left to chance:
with one seed, two runs are the same.
"""

from __future__ import annotations

import asyncio
import sys
from decimal import Decimal

from binance_async import Binance
from binance_async.net.virtual import run_virtual
from binance_async.simulator import Simulator
from binance_async.simulator.actions import LoseReply
from binance_async.spot import streams


async def buy_the_dip(binance: Binance, below: Decimal) -> Decimal:
    """The bot: it buys once when a trade happens below a price, and says at what price it bought."""
    async with binance.spot.stream(streams.trade("BTCUSDT")) as market:
        async for event in market:
            if isinstance(price := getattr(event, "price", None), Decimal) and price < below:
                order = await binance.spot.place_order("BTCUSDT", "BUY", "MARKET", quantity="0.001")
                return order.cummulative_quote_qty / order.executed_qty
    raise AssertionError("the stream has ended")


def play(*, lose_the_reply: bool = False) -> tuple[Decimal, int]:
    """One run; the price, and how many orders the exchange has seen."""

    async def run() -> tuple[Decimal, int]:
        async with (
            Simulator(transport="memory", rate=100, seed=7) as exchange,
            Binance(exchange.credentials, environment=exchange.environment) as binance,
        ):
            if lose_the_reply:
                exchange.faults.add(LoseReply("reset"), call="place_order", times=1)
            async with asyncio.timeout(600):
                price = await buy_the_dip(binance, Decimal(59_990))
            return price, len(exchange.history.requests(call="place_order"))

    return run_virtual(run())


def test_it_buys_below_the_price() -> None:
    price, orders = play()
    assert price < Decimal(60_000)
    assert orders == 1


def test_it_buys_once_when_the_reply_is_lost() -> None:
    assert play(lose_the_reply=True)[1] == 1


def test_two_runs_are_the_same() -> None:
    assert play() == play()


if __name__ == "__main__":
    import pytest

    sys.exit(pytest.main(["-p", "no:cacheprovider", __file__]))
