"""F16 to F18: storms of reconnects, subscriptions that are not acknowledged, and being ready too early."""

from __future__ import annotations

import asyncio
import bisect
from collections import Counter
from typing import Any

import pytest

from binance_async.errors import SubscriptionRefused
from binance_async.session.connection import State
from binance_async.simulator.actions import Close, DelayAck, DropAck, HalfOpen, RefuseControl, Reset
from binance_async.spot import streams
from tests.scenarios.connection.kit import Stage, events, gaps, scenario, stage, until

# F16


def most_within(times: list[float], period: float) -> int:
    """The most that fall into any stretch of this length."""
    return max(bisect.bisect_left(times, at + period) - index for index, at in enumerate(times))


@pytest.mark.parametrize("fault", [Close(1000), Reset()], ids=["accept then close", "accept then reset"])
@scenario
async def test_f16_100_flapping_sockets(fault: Any) -> None:
    symbols = [f"A{i:02}USDT" for i in range(100)]
    async with stage(*symbols) as s:
        s.hub.max_streams = 1
        tried: list[tuple[float, str]] = []
        loop = asyncio.get_running_loop()
        connect = s.binance._manager.connect

        async def spy(url: str, handler: Any, *, timeout: float) -> Any:
            tried.append((loop.time(), handler.name.partition("/")[0]))
            return await connect(url, handler, timeout=timeout)

        s.binance._manager._connect = spy
        s.exchange.faults.add(fault, opened="*")
        opening = [asyncio.ensure_future(s.binance.spot.stream(streams.trade(symbol)).open()) for symbol in symbols]
        await asyncio.sleep(1800)
        times = [at for at, _ in tried]
        assert most_within(times, 300) <= 60
        assert len(times) >= 300  # what is allowed is used
        shares = Counter(name for _, name in tried if _ > 300)
        assert len(shares) == 100  # everyone has its turn
        assert max(shares.values()) <= 2 + min(shares.values())
        for each in opening:
            each.cancel()
        await asyncio.gather(*opening, return_exceptions=True)


@scenario
async def test_f16_one_that_flaps_does_not_keep_the_others_from_connecting() -> None:
    async with stage("AAAUSDT", "BBBUSDT") as s:
        s.hub.max_streams = 1
        async with s.binance.spot.stream(streams.trade("AAAUSDT")):
            [first] = s.connections()
            s.exchange.faults.add(Close(1001), opened="*", until=100)
            s.exchange.faults.now(Close(1001), connection=first.number)
            await asyncio.sleep(101)
            start = asyncio.get_running_loop().time()
            async with s.binance.spot.stream(streams.trade("BBBUSDT")):
                assert asyncio.get_running_loop().time() - start < 1


@scenario
async def test_f16_all_clients_of_the_loop_share_the_budget() -> None:
    from binance_async import Binance

    async with stage() as s:
        clients = [Binance(environment=s.exchange.environment) for _ in range(70)]
        opening = [asyncio.ensure_future(client.spot.stream(streams.trade("AAAUSDT")).open()) for client in clients]
        await asyncio.sleep(10)
        assert len(s.connections()) == 60
        await asyncio.sleep(295)
        assert len(s.connections()) == 70
        await asyncio.gather(*opening)
        await asyncio.gather(*(client.close() for client in clients))


# F17

MANY = [f"A{i:03}USDT" for i in range(200)]


async def in_line(s: Stage, within: float = 30.0) -> None:
    """The exchange is subscribed to what is wanted, to no more and no less, and knows it once."""
    await until(lambda: set(s.connection.acked) == set(s.shard.slots), within=within)
    [session] = s.exchange.exchange.sessions.values()
    assert set(session.names) == set(s.shard.slots)


@pytest.mark.parametrize(
    "fault",
    [DropAck(), DropAck(obey=True), DelayAck(3.0), DelayAck(7.0), DelayAck(12.0)],
    ids=["ignored", "obeyed without a word", "3 s late", "7 s late", "12 s late"],
)
@pytest.mark.parametrize("when", ["start", "add", "reconnect"])
@scenario
async def test_f17_acks_that_are_lost_or_late(fault: Any, when: str) -> None:
    async with stage(*MANY) as s:
        wanted = [streams.trade(symbol) for symbol in MANY]
        market = s.binance.spot.stream(*(wanted if when != "add" else wanted[:1]), bound=10**6)
        if when == "start":
            s.exchange.faults.add(fault, control="SUBSCRIBE", times=1)
        async with market:
            seen = s.reader(market)
            s.run(s.trader.keep_trading(MANY[:10], 0.25))
            if when != "start":
                s.exchange.faults.add(fault, control="SUBSCRIBE", times=1)
            if when == "add":
                await market.add(*wanted[1:])
            elif when == "reconnect":
                s.exchange.faults.now(Reset(), door="stream")
                await until(lambda: gaps(seen))
            await in_line(s)
            await asyncio.sleep(10)
            assert len(s.connection.acked) == 200
            ids = Counter((event.symbol, event.trade_id) for event in events(seen))
            assert max(ids.values()) == 1
            assert len(s.connections()) == (2 if when == "reconnect" else 1)
            assert len(gaps(seen)) == (when == "reconnect")


@scenario
async def test_f17_an_ack_behind_ten_thousand_messages() -> None:
    async with stage("AAAUSDT", "BBBUSDT") as s, s.binance.spot.stream(streams.trade("AAAUSDT"), bound=10**6) as market:
        seen = s.reader(market)
        s.trader.fill("AAAUSDT")
        s.exchange.faults.add(DelayAck(2.0), control="SUBSCRIBE")
        adding = asyncio.ensure_future(market.add(streams.trade("BBBUSDT")))
        await s.trader.keep_trading(["AAAUSDT"] * 60, 0.01, 1.9)
        count = len(seen)
        assert count > 10_000
        assert not adding.done()
        await adding
        await in_line(s)


@pytest.mark.parametrize("bad", [0, 77, 199])
@pytest.mark.parametrize("apart", [True, False], ids=["each by itself", "one subscription"])
@scenario
async def test_f17_one_bad_stream_among_200(bad: int, apart: bool) -> None:
    wanted = [streams.trade(symbol) for symbol in MANY]
    wanted[bad] = streams.trade("NOPEUSDT")
    async with stage(*MANY) as s:
        start = asyncio.get_running_loop().time()
        if apart:
            markets = [s.binance.spot.stream(stream) for stream in wanted]
            outcomes = await asyncio.gather(*(market.open() for market in markets), return_exceptions=True)
            refused = [outcome for outcome in outcomes if outcome is not None]
            assert outcomes.index(refused[0]) == bad
        else:
            market = s.binance.spot.stream(wanted[1 if bad == 0 else 0])
            await market.open()
            with pytest.raises(SubscriptionRefused) as caught:
                await market.add(*wanted)
            refused = [caught.value]
            good = [stream for index, stream in enumerate(wanted) if index != bad]
            await market.add(*good)
            markets = [market]
        assert asyncio.get_running_loop().time() - start < 12  # halved, not one by one
        [error] = refused
        assert isinstance(error, SubscriptionRefused)
        assert error.code == 2
        assert "nopeusdt@trade" in str(error)
        await in_line(s)
        assert len(s.shard.slots) == 199
        for each in markets:
            await each.close()


@scenario
async def test_f17_a_stream_that_is_refused_after_a_reconnect_leaves_the_others_alone() -> None:
    """A symbol was delisted while we were away."""
    alarms: list[str] = []
    async with stage(*MANY[:5], client={"on_alarm": alarms.append}) as s:
        both = s.binance.spot.stream(streams.trade(MANY[0]), streams.trade(MANY[1]))
        only = s.binance.spot.stream(streams.trade(MANY[0]))
        async with both, only:
            seen = s.reader(both)
            await asyncio.sleep(1)
            del s.exchange.engine.markets[MANY[0]]
            s.exchange.exchange.topics._topics.clear()
            s.exchange.faults.now(Reset(), door="stream")
            with pytest.raises(SubscriptionRefused, match=MANY[0].lower()):
                while True:
                    await only.next(timeout=30)
            await until(lambda: len(gaps(seen)) == 2)
            s.trader.trade(MANY[1])
            await until(lambda: events(seen))
            assert both.streams == (f"{MANY[1].lower()}@trade",)
            told = {gap.streams: gap.missing for gap in gaps(seen)}
            assert "unknown stream" in told[f"{MANY[0].lower()}@trade",][0]
            assert len(alarms) == 1


@scenario
async def test_f17_a_refusal_that_may_pass_is_tried_again() -> None:
    async with stage() as s, s.binance.spot.stream(streams.trade("AAAUSDT")) as market:
        seen = s.reader(market)
        s.exchange.faults.add(RefuseControl(-1008, "Server is busy."), control="SUBSCRIBE", times=4)
        s.exchange.faults.now(Reset(), door="stream")
        await until(lambda: gaps(seen))
        await in_line(s)
        assert len(s.connections()) == 6


@scenario
async def test_f17_a_connection_that_answers_nothing_is_given_up() -> None:
    async with stage("AAAUSDT", "BBBUSDT") as s, s.binance.spot.stream(streams.trade("AAAUSDT")) as market:
        seen = s.reader(market)
        s.exchange.faults.add(DropAck(), control="*", connection=s.connections()[0].number)
        await market.add(streams.trade("BBBUSDT"))
        await in_line(s)
        assert len(s.connections()) == 2
        assert len(gaps(seen)) == 1


@scenario
async def test_f17_stray_and_doubled_answers_are_counted() -> None:
    from binance_async.simulator.actions import Push

    async with stage() as s, s.binance.spot.stream(streams.trade("AAAUSDT")) as market:
        for text in (
            '{"result":null,"id":999999}',
            '{"result":null,"id":null}',
            '{"id":"abc","result":[]}',
            '{"error":{"code":2,"msg":"x"},"id":null}',
            "[]",
            "null",
            "nonsense",
            '{"stream":"nobody@trade","data":{}}',
            '{"stream":"aaausdt@trade"',
        ):
            s.exchange.faults.now(Push(text), door="stream")
        await asyncio.sleep(0.1)
        connection = s.connection
        assert connection.late_replies == 2
        assert connection.unrouted == 6
        cut = await market.next(timeout=1)
        assert (cut.event, cut.stream, cut.body) == (None, "aaausdt@trade", b'{"stream":"aaausdt@trade"')
        s.trader.trade("AAAUSDT")
        await market.next(timeout=1)
        assert await connection.subscribed() == {"aaausdt@trade"}


# F18


@pytest.mark.parametrize("fault", [Reset(), Close(1001), HalfOpen()], ids=lambda f: type(f).__name__)
@scenario
async def test_f18_ready_is_when_everything_is_acknowledged(fault: Any) -> None:
    """The connection dies between its opening and its acks, three times."""
    async with stage(*MANY) as s, s.binance.spot.stream(*(streams.trade(symbol) for symbol in MANY)) as market:
        seen = s.reader(market)
        rule = s.exchange.faults.add(fault, control="SUBSCRIBE", times=3)
        s.exchange.faults.now(Reset(), door="stream")

        def is_ready() -> bool:
            current = s.link.current
            if current is None:
                return False
            assert current.state is State.READY
            assert current.acked == set(s.shard.slots)
            return rule.hits == 3

        await until(is_ready, within=120)
        assert len(gaps(seen)) == 1
        s.run(s.trader.keep_trading(MANY, 0.1))
        await asyncio.sleep(1)
        assert {event.symbol for event in events(seen)} == set(MANY)


@scenario
async def test_f18_the_gap_is_told_before_what_comes_while_it_is_set_up() -> None:
    """Streams of the first request are live while the second one waits for its ack."""
    async with stage(*MANY) as s:
        names = [streams.trade(symbol) for symbol in MANY] + [streams.book_ticker(symbol) for symbol in MANY]
        async with s.binance.spot.stream(*names, bound=10**6) as market:
            seen = s.reader(market)
            s.run(s.trader.keep_trading(MANY[:10], 0.1))
            await asyncio.sleep(1)
            s.exchange.faults.add(DelayAck(2.0), control="SUBSCRIBE")
            s.exchange.faults.now(Reset(), door="stream")
            await asyncio.sleep(8)
        [gap] = gaps(seen)
        at = seen.index(gap)
        before = [event for event in seen[:at] if hasattr(event, "event_time")]
        after = [event for event in seen[at + 1 :] if hasattr(event, "event_time")]
        assert all(event.event_time <= gap.from_time for event in before)
        assert after[0].event_time < gap.to_time  # held while the rest was being subscribed to
        ids = [event.trade_id for event in after if event.symbol == MANY[0]]
        assert ids == list(range(ids[0], ids[-1] + 1))


@scenario
async def test_f18_a_websocket_api_session_is_ready_when_it_is_logged_on() -> None:
    async with stage() as s:
        from binance_async import Binance

        credentials = s.exchange.keys["ed25519"].credentials
        async with Binance(credentials, environment=s.exchange.environment) as binance:
            s.exchange.faults.add(Reset(), call="session_logon", times=2)
            async with binance.spot.websocket() as api:
                link = api._session.link
                assert link.current.logged_on
                assert link.connects == 3
                s.exchange.faults.add(Reset(), call="session_logon", times=2)
                s.exchange.faults.now(Reset(), door="ws_api")
                await asyncio.sleep(0.001)
                assert link.current is None
                await until(lambda: link.current is not None, within=10)
                assert link.current.logged_on
                assert link.connects == 6
                await api.open_orders()
