"""Streams that are wanted anew while the exchange is still being told of what was wanted before."""

from __future__ import annotations

import asyncio

import pytest

from binance_async.simulator.actions import Reset, Unreachable
from binance_async.spot import streams
from tests.scenarios.connection.kit import events, scenario, stage, until

PAIR = ("AAAUSDT", "BBBUSDT")


@scenario
async def test_a_stream_that_is_wanted_again_while_it_is_being_subscribed_to() -> None:
    """Its first consumer went away before the ack; the second must not be told that it is live and hear nothing."""
    async with stage(*PAIR) as s, s.binance.spot.stream(streams.trade("AAAUSDT")):
        assert s.exchange.network is not None
        s.exchange.network.link("wss://stream.spot.simulated").latency = lambda: 0.05
        await asyncio.sleep(1)
        first = asyncio.ensure_future(s.binance.spot.stream(streams.trade("BBBUSDT")).open())
        await asyncio.sleep(0.03)
        first.cancel()
        await asyncio.wait({first})
        async with s.binance.spot.stream(streams.trade("BBBUSDT")) as second:
            s.trader.trade("BBBUSDT")
            assert (await second.next(2)).trade_id == 0


@pytest.mark.parametrize("pause", [0.0, 0.01, 0.05, 0.1, 0.2])
@scenario
async def test_a_stream_that_is_wanted_again_just_after_a_hand_over(pause: float) -> None:
    """The connection that was left is still subscribed; that is of no use to anybody."""
    async with stage(*PAIR) as s, s.binance.spot.stream(streams.trade("AAAUSDT")) as keeper:
        s.reader(keeper)
        assert s.exchange.network is not None
        s.exchange.network.link("wss://stream.spot.simulated").latency = lambda: 0.02
        async with s.binance.spot.stream(streams.trade("BBBUSDT")):
            s.run(s.trader.keep_trading(["AAAUSDT", "BBBUSDT"], 0.05, 1.5))
            await asyncio.sleep(0.5)
            s.link.rotate()
            await until(lambda: s.connection.name.endswith("/2"), within=5)
        await asyncio.sleep(pause)
        async with s.binance.spot.stream(streams.trade("BBBUSDT")) as again:
            seen = s.reader(again)
            behind = s.trader.engine.subscribe_market
            trades: list[int] = []
            behind(lambda event: trades.append(event.payload()["t"]), kind="trade", symbol="BBBUSDT")
            for _ in range(20):
                s.trader.trade("BBBUSDT")
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.5)
            ids = [event.trade_id for event in events(seen)]
            assert set(trades) <= set(ids)
            assert ids == sorted(set(ids))


@scenario
async def test_who_was_told_that_he_is_subscribed_is_not_ended_by_a_first_start_that_fails() -> None:
    """The first consumer's ack came, the second's request is lost with the connection, and an outage follows."""
    async with stage(*PAIR) as s:
        s.exchange.faults.add(Reset(), control="SUBSCRIBE", nth=2)
        first = s.binance.spot.stream(streams.trade("AAAUSDT"))
        second = s.binance.spot.stream(streams.trade("BBBUSDT"))
        assert s.exchange.network is not None
        s.exchange.network.link("wss://stream.spot.simulated").latency = lambda: 0.05
        opening = [asyncio.ensure_future(first.open())]
        await asyncio.sleep(0.12)  # its request has been sent
        opening.append(asyncio.ensure_future(second.open()))
        s.exchange.faults.at(0.3, Unreachable(8.0))
        await asyncio.wait(opening)
        for market, task in zip((first, second), opening, strict=True):
            if task.exception() is None:  # then it lives, whatever happens
                await asyncio.sleep(20)
                s.trader.trade("AAAUSDT")
                s.trader.trade("BBBUSDT")
                await market.next(5)
            await market.close()
