"""F06 and F66 on the wire: TLS connections that end, and descriptors after many reconnects."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from typing import Any

import pytest

from binance_async import Binance, Timings
from binance_async.core.events import Gap
from binance_async.simulator import Simulator
from binance_async.simulator.actions import Close, EndFile, Reset
from binance_async.spot import streams
from tests.scenarios.connection.kit import Trader, events, gaps

QUICK = replace(Timings(), connect_period=0.5, stable=0.0, send_interval=0.01)


async def until_gap(market: Any, seen: list[Any]) -> None:
    """Read until a gap, and one event more."""
    before = len(gaps(seen))
    async with asyncio.timeout(10):
        while len(gaps(seen)) == before or isinstance(seen[-1], Gap):
            seen.append(await market.next())


@pytest.mark.parametrize("fault", [EndFile(), Reset(), Close(1001)], ids=lambda fault: type(fault).__name__)
async def test_f06_the_end_of_a_tls_connection(fault: Any) -> None:
    """Without a close frame and without TLS's own farewell, it is one loss and one gap, in streams and user data."""
    async with Simulator(symbols=["AAAUSDT"], tls="good") as exchange:
        options = {"environment": exchange.environment, "ssl_context": exchange.ssl_context, "timings": QUICK}
        trader = Trader(exchange)
        async with (
            Binance(exchange.keys["ed25519"].credentials, **options) as binance,
            binance.spot.stream(streams.trade("AAAUSDT")) as market,
            binance.spot.user_data() as account,
        ):
            trading = asyncio.ensure_future(trader.keep_trading(["AAAUSDT"], 0.005))
            seen: list[Any] = [await market.next(5)]
            for losses in range(1, 4):
                exchange.faults.now(fault)
                await until_gap(market, seen)
                async with asyncio.timeout(10):
                    while account.gaps < losses:  # noqa: ASYNC110 - what is waited for has no event
                        await asyncio.sleep(0.01)
            trading.cancel()
            assert len(gaps(seen)) == 3
            assert account.gaps == 3
            ids = [event.trade_id for event in events(seen)]
            assert ids == sorted(set(ids))


async def test_f66_reconnects_leave_no_descriptors() -> None:
    async with Simulator(symbols=["AAAUSDT"]) as exchange:
        trader = Trader(exchange)
        async with (
            Binance(environment=exchange.environment, timings=QUICK) as binance,
            binance.spot.stream(streams.trade("AAAUSDT")) as market,
        ):
            trading = asyncio.ensure_future(trader.keep_trading(["AAAUSDT"], 0.002))
            seen: list[Any] = [await market.next(5)]
            counts: list[int] = []
            for number in range(60):
                exchange.faults.now((Reset(), EndFile(), Close(1000))[number % 3], door="stream")
                await until_gap(market, seen)
                counts.append(len(os.listdir("/proc/self/fd")))  # noqa: PTH208 - only how many
            trading.cancel()
        assert max(counts[-20:]) <= max(counts[:10]) + 3  # of those that are closing just then
