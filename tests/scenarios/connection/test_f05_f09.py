"""F05 to F09: connections that end unannounced, and how."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from binance_async.core.events import GapCause, RawEvent
from binance_async.errors import ConnectFailed, StreamError
from binance_async.net.memory import MAX_SIZE
from binance_async.simulator.actions import Close, EndFile, HalfOpen, Push, Reset
from binance_async.spot import streams
from tests.scenarios.connection.kit import Stage, events, gaps, scenario, stage, until


async def outage(s: Stage, seen: list[Any], fault: Any, within: float = 60.0) -> float:
    """How long a loss lasts, until the gap is told."""
    before = len(gaps(seen))
    s.exchange.faults.now(fault, door="stream")
    took = await until(lambda: len(gaps(seen)) > before, within=within)
    assert len(gaps(seen)) == before + 1
    return took


@pytest.mark.parametrize("code", [1000, 1001])
@scenario
async def test_f05_no_unexpected_close_is_final(code: int) -> None:
    async with stage() as s:
        async with s.binance.spot.stream(streams.trade("AAAUSDT")) as market:
            seen = s.reader(market)
            s.run(s.trader.keep_trading(["AAAUSDT"], 0.1))
            for _ in range(5):
                await asyncio.sleep(65)
                assert await outage(s, seen, Close(code)) <= 1.0
        assert s.link.losses == 5
        ids = [event.trade_id for event in events(seen)]
        assert ids == sorted(set(ids))


@pytest.mark.parametrize("fault", [Reset(), EndFile(), Close(1000)], ids=lambda f: type(f).__name__)
@pytest.mark.parametrize("place", ["opening", "opened", "SUBSCRIBE", "steady", "closing"])
@scenario
async def test_f06_lost_in_each_state(place: str, fault: Any) -> None:
    async with stage("AAAUSDT", "BBBUSDT") as s:
        market = s.binance.spot.stream(streams.trade("AAAUSDT"))
        s.run(s.trader.keep_trading(["AAAUSDT"], 0.1))
        if place in ("opening", "opened", "closing"):
            s.exchange.faults.add(fault, times=1, **{place: "*"})
        elif place == "SUBSCRIBE":
            s.exchange.faults.add(fault, times=1, control=place)
        async with market:
            seen = s.reader(market)
            assert s.connection.acked == {"aaausdt@trade"}  # ready only after that
            await until(lambda: events(seen), within=2)
            if place == "steady":
                assert await outage(s, seen, fault) < 1
                count = len(events(seen))
                await until(lambda: len(events(seen)) > count, within=2)
            count = len(seen)
        assert s.hub.shards == []
        assert len(gaps(seen)) == (place == "steady")
        ids = [event.trade_id for event in events(seen)]
        assert ids == sorted(set(ids))


@scenario
async def test_f06_everybody_is_subscribed_again() -> None:
    symbols = [f"A{i:02}USDT" for i in range(30)]
    async with stage(*symbols) as s:
        readers = []
        markets = [s.binance.spot.stream(streams.trade(symbol)) for symbol in symbols]
        await asyncio.gather(*(market.open() for market in markets))
        readers = [s.reader(market) for market in markets]
        s.run(s.trader.keep_trading(symbols, 0.1))
        for _ in range(3):
            await asyncio.sleep(1)
            s.exchange.faults.now(Reset(), door="stream")
        await asyncio.sleep(2)
        for market in markets:
            await market.close()
        for seen in readers:
            assert len(gaps(seen)) == 3
            assert len(events(seen)) >= 40


@scenario
async def test_f06_requests_under_way_end_in_the_same_turn() -> None:
    from binance_async.net.seams import Disconnected
    from binance_async.simulator.actions import DropAck

    async with stage() as s, s.binance.spot.stream(streams.trade("AAAUSDT")):
        s.exchange.faults.add(DropAck(), control="LIST_SUBSCRIPTIONS")
        connection = s.connection
        asked = [asyncio.ensure_future(connection.subscribed()) for _ in range(3)]
        await until(lambda: len(connection.pending) == 3, within=2)
        pending = list(connection.pending.values())
        connection.on_closed(1006, "gone")
        assert all(isinstance(future.exception(), Disconnected) for future in pending)
        assert connection.pending == {}
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [Disconnected] * 3


REASONS = ["Pong timeout", "Too many requests", "disconnected", '{"code":-1,"msg":"illegal\nrequest\x1b[31m"}']


@pytest.mark.parametrize("reason", REASONS)
@scenario
async def test_f07_closed_for_policy(reason: str) -> None:
    alarms: list[str] = []
    async with stage(client={"on_alarm": alarms.append}) as s:
        async with s.binance.spot.stream(streams.trade("AAAUSDT")) as market:
            seen = s.reader(market)
            pauses = []
            for _ in range(8):
                await asyncio.sleep(0.5)
                pauses.append(await outage(s, seen, Close(1008, reason)))
            assert s.link.slowdown == (2**8 if "many" in reason else 1)
            assert pauses[0] <= 0.12
            assert max(pauses) > 1  # they grow
            assert max(pauses) <= 12.9 + (2**8 if "many" in reason else 0)
        [alarm] = alarms
        assert "3 times" in alarm
        assert alarm.isprintable()
        assert reason[:8] in alarm


@scenario
async def test_f07_after_too_many_messages_the_next_connection_sends_more_slowly() -> None:
    symbols = [f"A{i}USDT" for i in range(5)]
    async with stage(*symbols) as s, s.binance.spot.stream(streams.trade(symbols[0])) as market:
        seen = s.reader(market)
        await outage(s, seen, Close(1008, "Too many requests"))
        for symbol in symbols[1:]:
            await asyncio.sleep(0)
            s.run(s.binance.spot.stream(streams.trade(symbol)).open())
        start = asyncio.get_running_loop().time()
        asks = [s.connection.subscribed() for _ in range(5)]
        await asyncio.gather(*asks)
        took = asyncio.get_running_loop().time() - start
        assert took >= 4 * 0.7
        assert s.connections()[-1].fastest <= 2


@pytest.mark.parametrize(
    ("code", "least", "most"),
    [(1011, 0.0, 0.1), (1012, 0.0, 5.1), (1013, 5.0, 10.0), (1006, 0.0, 0.1), (4000, 0.0, 0.1)],
)
@scenario
async def test_f08_each_code_has_its_delay(code: int, least: float, most: float) -> None:
    async with stage() as s:
        async with s.binance.spot.stream(streams.trade("AAAUSDT")) as market:
            seen = s.reader(market)
            pauses = []
            for _ in range(8):
                await asyncio.sleep(61)  # each is the first in a row
                pauses.append(await outage(s, seen, Reset() if code == 1006 else Close(code)))
        assert min(pauses) >= least
        assert max(pauses) <= most + 0.05
        if code == 1012:
            assert max(pauses) - min(pauses) > 1.5  # spread


@scenario
async def test_f09_a_message_of_32_mib_is_taken() -> None:
    async with stage() as s, s.binance.spot.stream(streams.trade("AAAUSDT")) as market:
        seen = s.reader(market)
        envelope = len('{"stream":"aaausdt@trade","data":}')
        text = json.dumps({"e": "trade", "x": ""})
        text = text.replace('""', f'"{"x" * (MAX_SIZE - envelope - len(text))}"')
        s.exchange.faults.now(Push(text, stream="aaausdt@trade"))
        await until(lambda: seen)
        [event] = seen
        assert isinstance(event, RawEvent)
        assert len(event.body) == MAX_SIZE - envelope
        assert s.link.losses == 0


@scenario
async def test_f09_a_longer_one_ends_its_own_link_at_the_second_time() -> None:
    async with stage("AAAUSDT", "BBBUSDT") as s:
        s.hub.max_streams = 1
        big, other = s.binance.spot.stream(streams.trade("AAAUSDT")), s.binance.spot.stream(streams.trade("BBBUSDT"))
        async with big, other:
            bystander = s.reader(other)
            s.run(s.trader.keep_trading(["BBBUSDT"], 0.1))
            text = f'{{"x":"{"x" * MAX_SIZE}"}}'
            s.exchange.faults.now(Push(text, stream="aaausdt@trade"))
            gap = await big.next(timeout=5)
            assert gap.cause is GapCause.DISCONNECTED
            s.exchange.faults.now(Push(text, stream="aaausdt@trade"))
            with pytest.raises(StreamError, match="1009"):
                await big.next(timeout=5)
            connections = len(s.connections())
            await asyncio.sleep(60)
            assert len(s.connections()) == connections == 3
            assert gaps(bystander) == []
            assert len(events(bystander)) > 500


@scenario
async def test_f06_the_first_start_is_told_of_what_keeps_it_from_connecting() -> None:
    async with stage() as s:
        s.exchange.faults.add(Reset(), opening="*")
        with pytest.raises(ConnectFailed, match=r"spot\.streams"):
            await s.binance.spot.stream(streams.trade("AAAUSDT")).open()
        assert s.hub.shards == []
        assert s.exchange.history.connections() == []
        s.exchange.faults.clear()
        async with s.binance.spot.stream(streams.trade("AAAUSDT")) as market:  # and it can be tried again
            s.trader.trade("AAAUSDT")
            await market.next(timeout=1)


@scenario
async def test_f06_an_answer_that_never_comes_costs_the_time_out_and_no_more() -> None:
    async with stage() as s:
        s.exchange.faults.add(HalfOpen(), opening="*", times=1)
        start = asyncio.get_running_loop().time()
        async with s.binance.spot.stream(streams.trade("AAAUSDT")):
            assert 10 <= asyncio.get_running_loop().time() - start <= 10.2
