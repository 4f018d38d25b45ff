"""Our own client against the exchange, over both transports and for both families."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

from simulator_kit import virtual

from binance_async import Binance
from binance_async.net.virtual import run_virtual
from binance_async.simulator import Simulator
from binance_async.simulator.engine import NewOrder
from binance_async.spot import events, streams


def sell(exchange: Simulator, quantity: str = "0.004") -> None:
    """Somebody sells at the best bid."""
    stranger = exchange.add_account(balances={"BTC": Decimal(1)})
    exchange.engine.place(stranger.uid, NewOrder("BTCUSDT", "SELL", "MARKET", quantity=Decimal(quantity)))


async def session(exchange: Simulator, key: Any = "hmac") -> None:
    """An order over REST, its fill on the market stream and in the user data, and the order over the WebSocket API."""
    credentials = exchange.keys[key].credentials
    async with Binance(credentials, environment=exchange.environment) as binance, asyncio.timeout(30):
        market = binance.spot.stream(streams.trade("BTCUSDT"))
        async with market as trades, binance.spot.user_data() as user, binance.spot.websocket() as spot:
            order = await binance.spot.place_order(
                "BTCUSDT", "BUY", "LIMIT", time_in_force="GTC", quantity="0.01", price="50000"
            )
            sell(exchange)
            assert (await anext(aiter(trades))).price == Decimal(50_000)
            seen = []
            async for event in user:
                seen.append(event)
                if isinstance(event, events.ExecutionReport) and event.status == "PARTIALLY_FILLED":
                    break
            assert seen[0].order_id == order.order_id
            found = await spot.order("BTCUSDT", order_id=order.order_id)
            assert found.executed_qty == Decimal("0.004")


async def test_over_sockets() -> None:
    async with Simulator(market=None) as exchange:
        await session(exchange)


async def test_over_sockets_logged_on() -> None:
    async with Simulator(market=None) as exchange:
        await session(exchange, "ed25519")
        assert exchange.history.requests(call="session_logon")


async def test_over_sockets_a_hundred_times_faster() -> None:
    async with Simulator(market=None, speed=100.0) as exchange:
        await session(exchange)


@virtual
async def test_in_memory_with_the_older_edition() -> None:
    async with Simulator(transport="memory", edition=2025) as exchange:
        await session(exchange)
        assert exchange.history.requests(call="start_user_data_stream")


def test_two_runs_with_a_client_in_them_are_the_same() -> None:
    async def run() -> bytes:
        async with Simulator(transport="memory", seed=3) as exchange:
            await session(exchange, "ed25519")
            return exchange.history.dump()

    assert run_virtual(run()) == run_virtual(run())


@virtual
async def test_binance_us() -> None:
    async with (
        Simulator(transport="memory", families=("us",)) as exchange,
        Binance(exchange.credentials, environment=exchange.environment) as binance,
    ):
        us = binance.us
        placed = await us.place_order("BTCUSDT", "BUY", "LIMIT", time_in_force="GTC", quantity="0.01", price="50000")
        assert (await us.order("BTCUSDT", order_id=placed.order_id)).status == "NEW"
        async with us.user_data() as user, asyncio.timeout(30):
            await us.cancel_order("BTCUSDT", order_id=placed.order_id)
            async for event in user:
                if getattr(event, "status", None) == "CANCELED":
                    break
