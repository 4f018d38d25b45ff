"""F10, F11: what the exchange demands of us: pongs in time, and few messages."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from binance_async import Binance, Timings
from binance_async.session.stream_connection import CHUNK_BYTES
from binance_async.simulator import Simulator
from binance_async.simulator.rules import SPOT_2026
from binance_async.spot import streams
from tests.scenarios.connection.kit import Trader, scenario, stage, until


@scenario
async def test_f10_a_consumer_that_sleeps_ten_minutes_keeps_its_connection() -> None:
    async with stage() as s:
        s.trader.fill("AAAUSDT")
        async with s.binance.spot.stream(streams.trade("AAAUSDT"), bound=100):
            assert s.shard
            s.run(s.trader.keep_trading(["AAAUSDT"], 0.1))
            await asyncio.sleep(600)
            [record] = s.connections()
            assert record.pongs >= 29
            assert s.exchange.counters["pong_timeouts"] == 0
            assert s.link.losses == 0


async def test_f10_pongs_are_sent_while_nobody_reads_over_real_sockets() -> None:
    rules = replace(SPOT_2026, ping_interval=0.1, pong_timeout=0.3, messages_per_second=100)
    async with Simulator(symbols=["AAAUSDT"], rules=rules) as exchange:
        trader = Trader(exchange)
        trader.fill("AAAUSDT")
        async with (
            Binance(environment=exchange.environment) as binance,
            binance.spot.stream(streams.trade("AAAUSDT"), bound=100) as market,
        ):
            flood = asyncio.ensure_future(trader.keep_trading(["AAAUSDT"], 0.001, 1.0))
            await flood
            [record] = exchange.history.connections("stream")
            assert market.dropped > 0
            assert record.closed_us is None
            assert record.pongs >= 7
            assert exchange.counters["pong_timeouts"] == 0


@scenario
async def test_f11_a_thousand_streams_wanted_at_once() -> None:
    """Each in a subscription of its own, while pings go back and forth."""
    symbols = [f"LONGNAME{i:04}USDT" for i in range(1000)]
    timings = replace(Timings(), ping_interval=0.7, pong_timeout=0.5)
    rules = replace(SPOT_2026, ping_interval=1.1)
    async with stage(*symbols, rules=rules, client={"timings": timings}) as s:
        markets = [s.binance.spot.stream(streams.trade(symbol)) for symbol in symbols]
        took = asyncio.get_running_loop().time()
        await asyncio.gather(*(market.open() for market in markets))
        took = asyncio.get_running_loop().time() - took
        [record] = s.connections()
        assert len(s.connection.acked) == 1000
        await asyncio.gather(*(market.close() for market in markets[:-1]))
        await until(lambda: len(s.connection.acked) == 1, within=10)
        await asyncio.sleep(3)
        assert record.fastest <= 4
        assert record.pings > 5
        assert record.pongs > 3
        assert took <= 6  # some eight requests, three a second
        assert s.link.losses == 0
        await markets[-1].close()


@scenario
async def test_f11_many_requests_at_once_wait_for_their_places() -> None:
    timings = replace(Timings(), ping_interval=0.9, pong_timeout=0.5)
    async with (
        stage(rules=replace(SPOT_2026, ping_interval=1.0), client={"timings": timings}) as s,
        s.binance.spot.stream(streams.trade("AAAUSDT")),
    ):
        answers = await asyncio.gather(*(s.connection.subscribed() for _ in range(60)))
        assert answers == [{"aaausdt@trade"}] * 60
        [record] = s.connections()
        assert record.fastest <= 4
        assert record.closed_us is None


@scenario
async def test_f11_a_ping_goes_before_the_requests_that_wait() -> None:
    """100 requests take 35 s; behind them it would come too late to tell anything."""
    async with stage() as s, s.binance.spot.stream(streams.trade("AAAUSDT")):
        [record] = s.connections()
        asks = asyncio.gather(*(s.connection.subscribed() for _ in range(100)))
        await asyncio.sleep(10.8)
        assert record.pings == 1
        await asks


@pytest.mark.parametrize("name", ["a", "LONGNAME", "币安人生"])
@scenario
async def test_f11_requests_stay_below_what_the_exchange_reads(name: str) -> None:
    """In bytes, not in letters."""
    symbols = [f"{name}{i:03}USDT" for i in range(600)]
    async with stage(*symbols) as s:
        lengths: list[int] = []
        async with s.binance.spot.stream(streams.trade(symbols[0])) as market:
            s.connection.send = lambda frame, send=s.connection.send: (lengths.append(len(frame)), send(frame))[1]  # type: ignore[method-assign]
            await market.add(*(streams.trade(symbol) for symbol in symbols[1:]))
            await market.drop(*(streams.trade(symbol) for symbol in symbols[1:]))
            await until(lambda: len(s.connection.acked) == 1, within=10)
        assert max(lengths) <= CHUNK_BYTES
        assert sum(lengths) / len(lengths) > 1500  # and are not wasted
