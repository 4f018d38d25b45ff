"""F01, F02: links and streams that are dead without a sign."""

from __future__ import annotations

import asyncio

import pytest

from binance_async.core.events import GapCause
from binance_async.simulator.actions import HalfOpen, Mute
from binance_async.spot import streams
from tests.scenarios.connection.kit import events, gaps, scenario, stage, until

SYMBOLS = [f"A{chr(65 + i // 26)}{chr(65 + i % 26)}USDT" for i in range(50)]


@pytest.mark.parametrize("after", [0.0, 0.1, 4.9, 5.1, 9.9, 10.1, 14.9, 23.0])
@scenario
async def test_f01_half_open_is_noticed_within_15_s(after: float) -> None:
    async with stage() as s:
        s.trader.fill("AAAUSDT")
        s.run(s.trader.keep_trading(["AAAUSDT"], 0.1))
        async with s.binance.spot.stream(streams.trade("AAAUSDT")) as market:
            seen = s.reader(market)
            await asyncio.sleep(10.05 + after)
            s.exchange.faults.now(HalfOpen(), door="stream")
            took = await until(lambda: s.link.losses)
            assert took <= 15.02
            await until(lambda: gaps(seen))
            await asyncio.sleep(30)
        [gap] = gaps(seen)
        assert gap.cause is GapCause.DISCONNECTED
        assert s.link.losses == 1
        at = seen.index(gap)
        first_missed = seen[at - 1].event_time + 99
        assert gap.from_time <= first_missed < gap.to_time <= seen[at + 1].event_time
        missed = seen[at + 1].trade_id - seen[at - 1].trade_id - 1
        assert missed > 0
        ids = [event.trade_id for event in events(seen)]
        assert ids == sorted(set(ids))


@scenario
async def test_f01_before_the_gap_nothing_is_missing() -> None:
    """What the exchange sent into a dead link is missing, so the gap begins before it, not when it is noticed."""
    async with stage() as s:
        s.trader.fill("AAAUSDT")
        async with s.binance.spot.stream(streams.book_ticker("AAAUSDT")) as market:
            seen = s.reader(market)
            await asyncio.sleep(12)
            s.exchange.faults.now(HalfOpen(), door="stream")
            lost_ms = s.exchange.clock.now_ms()
            s.trader.place("AAAUSDT", "BUY", "10")
            await until(lambda: gaps(seen))
        [gap] = gaps(seen)
        assert gap.from_time <= lost_ms


@scenario
async def test_f02_one_mute_stream_of_50_is_found() -> None:
    async with stage(*SYMBOLS) as s:
        s.run(s.trader.keep_trading(SYMBOLS, 0.2))
        async with s.binance.spot.stream(*(streams.trade(symbol) for symbol in SYMBOLS)) as market:
            seen = s.reader(market)
            await asyncio.sleep(20)
            name = f"{SYMBOLS[7].lower()}@trade"
            s.exchange.faults.add(Mute(), stream=name, connection=s.connections()[-1].number)
            found = await until(lambda: s.shard.silence.mute)
            assert found <= 5.2
            took = await until(lambda: s.link.losses, within=20)  # subscribing again does not help here
            assert took <= 10
            await asyncio.sleep(30)
        assert s.link.losses == 1
        told = [gap for gap in gaps(seen) if name in gap.streams]
        assert [gap.cause for gap in told] == [GapCause.SILENT, GapCause.SILENT]
        assert told[0].streams == (name,)
        assert len(gaps(seen)) == 2
        of_it = [event for event in events(seen) if event.symbol == SYMBOLS[7]]
        assert of_it[-1].trade_id == max(event.trade_id for event in of_it)
        assert seen[-1].event_time - of_it[-1].event_time <= 1_000


@scenario
async def test_f02_a_mute_stream_that_resubscribing_mends_costs_the_others_nothing() -> None:
    async with stage(*SYMBOLS[:5]) as s:
        s.run(s.trader.keep_trading(SYMBOLS[:5], 0.2))
        async with s.binance.spot.stream(*(streams.trade(symbol) for symbol in SYMBOLS[:5])) as market:
            seen = s.reader(market)
            await asyncio.sleep(20)
            name = f"{SYMBOLS[0].lower()}@trade"
            topic = s.exchange.exchange.topics._topics[name, False]
            topic.leave(*topic.readers())  # the exchange forgets to send, and believes that it does
            await until(lambda: gaps(seen))
            await asyncio.sleep(30)
        [gap] = gaps(seen)
        assert (gap.streams, gap.cause) == ((name,), GapCause.SILENT)
        assert s.link.losses == 0
        others = [event.trade_id for event in events(seen) if event.symbol == SYMBOLS[1]]
        assert others == list(range(others[0], others[-1] + 1))
        it = seen.index(gap)
        last = [event for event in events(seen[:it]) if event.symbol == SYMBOLS[0]][-1]
        assert gap.from_time == last.event_time
        assert gap.from_id == last.trade_id


@scenario
async def test_f02_a_stream_that_the_exchange_forgot_is_subscribed_to_again() -> None:
    async with stage(*SYMBOLS[:3]) as s:
        s.run(s.trader.keep_trading(SYMBOLS[:3], 0.2))
        async with s.binance.spot.stream(*(streams.trade(symbol) for symbol in SYMBOLS[:3])) as market:
            seen = s.reader(market)
            await asyncio.sleep(20)
            name = f"{SYMBOLS[0].lower()}@trade"
            [session] = s.exchange.exchange.sessions.values()
            session._unsubscribe([name])
            took = await until(lambda: gaps(seen))
            assert took <= 5.2
            await asyncio.sleep(5)
        [gap] = gaps(seen)
        assert (gap.streams, gap.cause) == ((name,), GapCause.RESUBSCRIBED)
        assert s.link.losses == 0
        assert events(seen)[-1].event_time - [e for e in events(seen) if e.symbol == SYMBOLS[0]][-1].event_time < 1_000


@pytest.mark.parametrize(
    "stream", [streams.trade, streams.book_ticker, streams.ticker, streams.depth, streams.agg_trade, streams.avg_price]
)
@scenario
async def test_f02_an_idle_symbol_is_no_error(stream: object) -> None:
    """It traded, then nothing happens for an hour."""
    async with stage() as s:
        s.trader.fill("AAAUSDT")
        async with s.binance.spot.stream(stream("AAAUSDT")) as market:
            seen = s.reader(market)
            await s.trader.keep_trading(["AAAUSDT"], 0.2, 30)
            count = len(events(seen))
            assert count >= 20
            await asyncio.sleep(3600)
        assert s.link.losses == 0
        assert gaps(seen) == []
        assert s.shard.silence.mute == 0
        assert s.shard.silence.probes <= 12  # each after twice the silence of the one before


@scenario
async def test_f02_a_still_best_price_is_not_taken_for_a_mute_stream() -> None:
    """The book moves below its best prices: nothing that this stream should tell."""
    async with stage() as s:
        s.trader.fill("AAAUSDT")
        async with s.binance.spot.stream(streams.book_ticker("AAAUSDT")) as market:
            seen = s.reader(market)
            await s.trader.keep_trading(["AAAUSDT"], 0.2, 10)
            for step in range(600):
                s.trader.place("AAAUSDT", "BUY", "9.5", quantity=f"{1 + step}")
                await asyncio.sleep(0.5)
        assert s.shard.silence.probes > 0
        assert (s.shard.silence.mute, s.link.losses, gaps(seen)) == (0, 0, [])


@scenario
async def test_f02_a_halt_of_all_symbols_costs_one_connection_at_most() -> None:
    async with stage() as s:
        s.trader.fill("AAAUSDT")
        async with s.binance.spot.stream(streams.all_mini_tickers()) as market:
            seen = s.reader(market)
            await s.trader.keep_trading(["AAAUSDT"], 0.2, 40)
            assert len(events(seen)) >= 20
            await asyncio.sleep(3600)
        assert s.link.losses <= 1
