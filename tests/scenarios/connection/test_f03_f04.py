"""F03, F04: the end of a connection that was announced, by its age or by the exchange."""

from __future__ import annotations

import asyncio
import itertools
import random
from dataclasses import replace
from typing import Any

import pytest

from binance_async import Timings
from binance_async.core.events import GapCause
from binance_async.simulator.actions import HalfOpen, Push, RefuseHandshake, Reset, Shutdown, SlowHandshake
from binance_async.simulator.rules import SPOT_2026
from binance_async.spot import streams
from binance_async.spot.events import DepthUpdate, Trade
from tests.scenarios.connection.kit import Stage, events, gaps, scenario, stage, until

QUICK = replace(Timings(), rotate_after=5.0, rotate_jitter=0.5, overlap=0.5, connect_period=1.0, stable=1.0)


def jittery(s: Stage, most: float, seed: int = 1) -> None:
    """Each message takes its own time, so that either connection may be ahead of the other."""
    chance = random.Random(seed)
    s.exchange.network.link("wss://stream.spot.simulated").latency = lambda: chance.uniform(0, most)


def in_order(seen: list[Any]) -> None:
    """Every trade once, every change of the book joined to the one before."""
    trades = [event.trade_id for event in seen if isinstance(event, Trade)]
    assert trades == list(range(trades[0], trades[-1] + 1))
    for before, after in itertools.pairwise(event for event in seen if isinstance(event, DepthUpdate)):
        assert after.first_update_id == before.final_update_id + 1


@pytest.mark.parametrize("most", [0.0, 0.03, 0.3])
@scenario
async def test_f03_no_connection_comes_to_its_cap(most: float) -> None:
    rules = replace(SPOT_2026, connection_life=8.0)
    async with stage(rules=rules, client={"timings": QUICK}) as s:
        jittery(s, most)
        s.trader.fill("AAAUSDT")
        names = streams.trade("AAAUSDT"), streams.depth("AAAUSDT", "100ms"), streams.book_ticker("AAAUSDT")
        async with s.binance.spot.stream(*names, bound=10**6) as market:
            seen = s.reader(market)
            s.run(s.trader.keep_trading(["AAAUSDT"], 0.02))
            await until(lambda: s.link.rotations == 10, within=100)
        assert gaps(seen) == []
        in_order(seen)
        assert all(record.by_client for record in s.connections())
        assert s.link.losses == 0


@scenario
async def test_f03_rotations_are_spread() -> None:
    """Ten connections opened together do not move together. (An hour is 10 s here.)"""
    timings = replace(Timings(), rotate_after=230.0, rotate_jitter=20 / 6, ping_interval=60.0)
    async with stage(*[f"A{i}USDT" for i in range(10)], client={"timings": timings}) as s:
        s.hub.max_streams = 1
        async with s.binance.spot.stream(*(streams.trade(f"A{i}USDT") for i in range(10))):
            await asyncio.sleep(240)
            closed = [record for record in s.connections() if record.closed_us]
        ages = sorted((record.closed_us - record.opened_us) / 1e6 for record in closed)
        assert len(ages) == 10
        assert 230 - 20 / 6 <= ages[0] < ages[-1] <= 230 + 20 / 6 + 5.1  # a silent stream's overlap takes 5 s
        assert ages[-1] - ages[0] > 3
        assert len({round(age, 2) for age in ages}) == 10


@scenario
async def test_f03_the_old_connection_is_kept_until_the_successor_is_ready() -> None:
    async with stage(client={"timings": replace(Timings(), rotate_after=60.0, rotate_jitter=0.0)}) as s:
        s.trader.fill("AAAUSDT")
        async with s.binance.spot.stream(streams.trade("AAAUSDT")) as market:
            seen = s.reader(market)
            s.run(s.trader.keep_trading(["AAAUSDT"], 0.1))
            await asyncio.sleep(55)
            s.exchange.faults.add(RefuseHandshake(503), opening="*", times=5)
            s.exchange.faults.add(SlowHandshake(8), opening="*")
            s.exchange.faults.add(Reset(), control="SUBSCRIBE", times=1)
            await until(lambda: s.link.rotations and len(s.connections()) == 3, within=120)
            await asyncio.sleep(20)
        assert (gaps(seen), s.link.losses) == ([], 0)
        in_order(seen)


@scenario
async def test_f03_if_the_old_one_dies_before_there_is_a_gap() -> None:
    async with stage(client={"timings": replace(Timings(), rotate_after=60.0, rotate_jitter=0.0)}) as s:
        s.trader.fill("AAAUSDT")
        async with s.binance.spot.stream(streams.trade("AAAUSDT")) as market:
            seen = s.reader(market)
            s.run(s.trader.keep_trading(["AAAUSDT"], 0.1))
            s.exchange.faults.add(SlowHandshake(8), opening="*")
            await until(lambda: s.link.rotations, within=120)
            await asyncio.sleep(1)
            s.exchange.faults.now(Reset(), door="stream")
            await asyncio.sleep(30)
        [gap] = gaps(seen)
        assert gap.cause is GapCause.DISCONNECTED
        ids = [event.trade_id for event in events(seen)]
        assert ids == sorted(set(ids))
        at = seen.index(gap)
        assert seen[at + 1].trade_id - seen[at - 1].trade_id in range(60, 90)
        assert ids[at:] == list(range(ids[at], ids[-1] + 1))


@scenario
async def test_f03_a_stream_torn_in_a_hand_over_is_told_and_no_other() -> None:
    """The old connection dies when one stream has joined and the other has not."""
    async with stage("AAAUSDT", "BBBUSDT", client={"timings": replace(Timings(), overlap=30.0)}) as s:
        async with s.binance.spot.stream(streams.trade("AAAUSDT"), streams.trade("BBBUSDT")) as market:
            seen = s.reader(market)
            s.run(s.trader.keep_trading(["AAAUSDT"], 0.1))
            await asyncio.sleep(5)
            [old] = s.connections()
            s.link.rotate()
            await asyncio.sleep(2)
            s.exchange.faults.now(Reset(), connection=old.number)
            await asyncio.sleep(5)
            s.trader.trade("BBBUSDT")
            await asyncio.sleep(1)
        [gap] = gaps(seen)
        assert (gap.streams, gap.cause) == (("bbbusdt@trade",), GapCause.ROTATED)
        of_a = [event.trade_id for event in events(seen) if event.symbol == "AAAUSDT"]
        assert of_a == list(range(of_a[0], of_a[-1] + 1))
        assert seen[-1].symbol in ("AAAUSDT", "BBBUSDT")
        assert any(event.symbol == "BBBUSDT" for event in events(seen))


@scenario
async def test_f03_a_hand_over_from_a_connection_that_has_gone_mute_has_a_gap() -> None:
    async with stage(client={"timings": replace(Timings(), ping_interval=1e6)}) as s:
        s.trader.fill("AAAUSDT")
        async with s.binance.spot.stream(streams.trade("AAAUSDT")) as market:
            seen = s.reader(market)
            s.run(s.trader.keep_trading(["AAAUSDT"], 0.1))
            await asyncio.sleep(1)
            s.exchange.faults.now(HalfOpen(), door="stream")
            await asyncio.sleep(1)
            s.link.rotate()
            await asyncio.sleep(10)
        [gap] = gaps(seen)
        assert gap.cause is GapCause.ROTATED
        at = seen.index(gap)
        assert gap.from_time <= seen[at - 1].event_time + 100
        assert seen[at + 1].trade_id - seen[at - 1].trade_id in range(9, 13)


@scenario
async def test_f03_streams_added_and_dropped_during_a_hand_over() -> None:
    async with stage("AAAUSDT", "BBBUSDT", "CCCUSDT", client={"timings": replace(QUICK, rotate_after=1e6)}) as s:
        async with s.binance.spot.stream(streams.trade("AAAUSDT"), streams.trade("BBBUSDT"), bound=10**6) as market:
            seen = s.reader(market)
            s.run(s.trader.keep_trading(["AAAUSDT", "CCCUSDT"], 0.01))
            for turn in range(10):
                await asyncio.sleep(0.3)
                s.link.rotate()
                await asyncio.sleep(0.03 * turn)  # BBBUSDT is silent, so the overlap lasts its 0.5 s
                await market.add(streams.trade("CCCUSDT"))
                count = len(seen)
                await until(lambda count=count: any(e.symbol == "CCCUSDT" for e in seen[count:]), within=0.1)
                await asyncio.sleep(0.6)
                await market.drop(streams.trade("CCCUSDT"))
                await asyncio.sleep(0.5)
                [session] = s.exchange.exchange.sessions.values()
                assert set(session.names) == set(s.shard.slots) == {"aaausdt@trade", "bbbusdt@trade"}
        assert s.link.rotations == 10
        assert gaps(seen) == []
        of_a = [event.trade_id for event in seen if event.symbol == "AAAUSDT"]
        assert of_a == list(range(of_a[0], of_a[-1] + 1))
        of_c = [event.trade_id for event in seen if event.symbol == "CCCUSDT"]
        assert len(of_c) == len(set(of_c))
        holes = sum(b != a + 1 for a, b in itertools.pairwise(of_c))
        assert holes == 9  # while nobody wanted it, and never else


SHAPES = [
    '{"e":"serverShutdown","E":1}',
    '{"event":{"e":"serverShutdown","E":1}}',
    '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}',
    '{"stream":null,"data":{"e":"serverShutdown","E":1}}',
]


@pytest.mark.parametrize("shape", SHAPES)
@scenario
async def test_f04_every_shape_of_the_announcement_is_understood(shape: str) -> None:
    async with stage() as s:
        async with s.binance.spot.stream(streams.trade("AAAUSDT")) as market:
            seen = s.reader(market)
            s.run(s.trader.keep_trading(["AAAUSDT"], 0.1))
            await asyncio.sleep(1)
            s.exchange.faults.now(Push(shape), door="stream")
            await until(lambda: s.link.rotations == 1 and len(s.connections()) == 2, within=1)
            await asyncio.sleep(2)
        assert (gaps(seen), s.link.losses) == ([], 0)
        in_order(seen)


@pytest.mark.parametrize(("after", "expected"), [(0.0, 1), (0.05, 1), (10.0, 0)])
@scenario
async def test_f04_shutdown(after: float, expected: int) -> None:
    async with stage() as s:
        async with s.binance.spot.stream(streams.trade("AAAUSDT")) as market:
            seen = s.reader(market)
            s.run(s.trader.keep_trading(["AAAUSDT"], 0.01))
            await asyncio.sleep(1)
            jittery(s, 0.02)
            s.exchange.faults.now(Shutdown(after), door="stream")
            await asyncio.sleep(15)
        assert len(gaps(seen)) == expected
        ids = [event.trade_id for event in events(seen)]
        assert ids == sorted(set(ids))
        if not expected:
            in_order(seen)
            assert s.link.losses == 0


@scenario
async def test_f04_links_do_not_all_move_at_once() -> None:
    async with stage(*[f"A{i}USDT" for i in range(20)]) as s:
        s.hub.max_streams = 1
        async with s.binance.spot.stream(*(streams.trade(f"A{i}USDT") for i in range(20))) as market:
            seen = s.reader(market)
            await asyncio.sleep(1)
            told = s.exchange.clock.now_us()
            s.exchange.faults.now(Shutdown(10), door="stream")
            await asyncio.sleep(9)
        opened = sorted((record.opened_us - told) / 1e6 for record in s.connections() if record.opened_us > told)
        assert len(opened) == 20
        assert opened[-1] <= 0.6
        assert opened[-1] - opened[0] >= 0.2
        assert gaps(seen) == []


@scenario
async def test_f04_a_shutdown_told_to_the_successor_moves_it_too() -> None:
    async with stage() as s:
        async with s.binance.spot.stream(streams.trade("AAAUSDT")) as market:
            seen = s.reader(market)
            s.run(s.trader.keep_trading(["AAAUSDT"], 0.01))
            for _ in range(3):
                await asyncio.sleep(0.7)
                s.exchange.faults.now(Shutdown(10), door="stream")
            await asyncio.sleep(15)
        assert s.link.rotations == 3
        assert (gaps(seen), s.link.losses) == ([], 0)
        in_order(seen)


@scenario
async def test_f04_if_there_can_be_no_successor_the_old_one_is_kept() -> None:
    """A refusal for good is told at once, and ends the stream when the exchange does."""
    from binance_async.errors import RegionRefused

    alarms: list[str] = []
    async with stage(client={"on_alarm": alarms.append}) as s:
        market = s.binance.spot.stream(streams.trade("AAAUSDT"))
        seen: list[Any] = []
        async with market:
            s.run(s.trader.keep_trading(["AAAUSDT"], 0.1))
            await asyncio.sleep(1)
            s.exchange.faults.add(RefuseHandshake(451), opening="*")
            s.exchange.faults.now(Shutdown(8), door="stream")
            with pytest.raises(RegionRefused):
                async for event in market:
                    seen.append(event)  # noqa: PERF401 - it ends with an error
            assert s.hub.shards == []
            with pytest.raises(RegionRefused):  # nor does it begin again by itself
                await s.binance.spot.stream(streams.trade("AAAUSDT")).open()
        assert len(alarms) == 1
        assert seen[-1].trade_id in range(85, 95)
        in_order(seen)
