"""F54 to F60: messages that are not what they should be, and consumers that are too slow for those that are."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from binance_async.core.events import Gap, GapCause, RawEvent
from binance_async.errors import SlowConsumer
from binance_async.net.memory import MAX_SIZE
from binance_async.simulator.actions import Mutate, Push, Reset
from binance_async.simulator.rules import SPOT_2026
from binance_async.simulator.topics import Topic
from binance_async.spot import events as spot_events
from binance_async.spot import streams
from binance_async.us import streams as us_streams
from tests.scenarios.connection.kit import Stage, gaps, scenario, stage, until

SYMBOL = "AAAUSDT"
NAMES = {
    "spot": [
        *(f"aaausdt@{kind}" for kind in (
            "aggTrade", "trade", "kline_1m", "kline_1s", "kline_1m@+08:00", "miniTicker", "ticker", "ticker_1h",
            "bookTicker", "avgPrice", "depth5", "depth10@100ms", "depth", "depth@100ms",
        )),
        "!miniTicker@arr", "!ticker@arr", "!ticker_1h@arr",
    ],
    "us": [
        *(f"aaausdt@{kind}" for kind in (
            "aggTrade", "trade", "kline_1m", "miniTicker", "ticker", "ticker_1h", "bookTicker", "depth5", "depth@100ms",
        )),
        "!miniTicker@arr", "!ticker@arr",
    ],
}  # fmt: skip
GROUPS = {"spot": streams, "us": us_streams}


def push(s: Stage, name: str, payload: Any) -> None:
    """As the exchange would send it on this stream."""
    text = payload if isinstance(payload, str) else json.dumps(payload)
    s.exchange.faults.now(Push(text, stream=name))


# F54


DEEP = 100_000


@pytest.mark.parametrize(
    "payload",
    [
        "[" * DEEP + "]" * DEEP,
        '{"a":' * DEEP + "1" + "}" * DEEP,
        '{"e":"trade","p":' + "[" * DEEP + "]" * DEEP + "}",
        "[" * DEEP,
    ],
    ids=["lists", "objects", "in a field", "not closed"],
)
@pytest.mark.parametrize("name", ["aaausdt@trade", "aaausdt@unknownKind"])
@scenario
async def test_f54_nested_too_deeply(name: str, payload: str) -> None:
    async with stage(SYMBOL, rules=replace(SPOT_2026, accept_unknown_streams=True)) as s:
        async with s.binance.spot.stream(name, "aaausdt@aggTrade") as market:
            seen = s.reader(market)
            message = f'{{"stream":"{name}","data":{payload}}}'
            s.exchange.faults.now(Push(message), door="stream")
            s.exchange.faults.now(Push(payload), door="stream")  # and bare, which is for nobody
            s.trader.trade(SYMBOL)
            await until(lambda: len(seen) >= 2)
        assert isinstance(seen[0], RawEvent)
        assert (seen[0].stream, seen[0].event, seen[0].fields()) == (name, None, {})
        assert len(seen[0].body) >= len(payload)
        assert not isinstance(seen[-1], RawEvent)
        assert s.link.losses == 0


@scenario
async def test_f54_a_huge_message_that_is_typed() -> None:
    """A change of half a million levels."""
    levels = [["1.00000000", "2.00000000"]] * 500_000
    async with stage(SYMBOL) as s, s.binance.spot.stream(streams.as_float.depth(SYMBOL)) as market:
        payload = {"e": "depthUpdate", "E": 1, "s": SYMBOL, "U": 1, "u": 2, "b": levels, "a": []}
        text = json.dumps(payload, separators=(",", ":"))
        assert 10 * 2**20 < len(text) < MAX_SIZE
        push(s, "aaausdt@depth", text)
        event = await market.next(5)
        assert isinstance(event, spot_events.DepthUpdate)
        assert len(event.bids) == 500_000
        assert s.link.losses == 0


# F55 to F57


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a payload; of lists only the first item."""
    if path:
        yield path
    items: list[Any] = list(value.items()) if isinstance(value, dict) else []
    if isinstance(value, list) and value:
        items = [(0, value[0])]
    for key, item in items:
        yield from paths(item, (*path, key))


def changed(payload: Any, path: tuple[Any, ...], how: str) -> Any:
    """The payload with one thing in it another way."""
    new = copy.deepcopy(payload)
    holder = new
    for step in path[:-1]:
        holder = holder[step]
    key, old = path[-1], holder[path[-1]]
    retyped = float(old) if isinstance(old, str) and old.replace(".", "").isdigit() else str(old)
    if how == "drop":
        del holder[key]
    elif how == "add" and isinstance(holder, dict):
        holder[f"new_{key}"] = {"nested": [1, None, "x"]}
    else:
        holder[key] = {
            "null": None, "retype": retyped, "empty": "", "object": {"a": 1}, "list": [], "new": "NEW_2030",
            "huge": 10**25, "negative": -1, "bool": True, "add": old,
        }[how]  # fmt: skip
    return new


HOW = ("add", "drop", "null", "retype", "empty", "object", "list", "new", "huge", "negative", "bool")


async def examples(s: Stage, names: list[str]) -> dict[str, Any]:
    """One payload of each stream, as the embedded exchange sends it."""
    found: dict[str, Any] = {}
    publish = Topic.publish

    def spy(self: Topic, payload: Any) -> None:
        if payload:
            found.setdefault(self.name, json.loads(msgspec.json.encode(payload)))
        publish(self, payload)

    Topic.publish = spy  # type: ignore[method-assign]
    try:
        for _ in range(50):
            s.trader.trade(SYMBOL)
            s.trader.place(SYMBOL, "BUY", "9.9")
            await asyncio.sleep(0.1)
            if found.keys() >= set(names):
                break
    finally:
        Topic.publish = publish  # type: ignore[method-assign]
    assert found.keys() == set(names)
    return found


@pytest.mark.parametrize("numbers", [Decimal, float])
@pytest.mark.parametrize("family", ["spot", "us"])
@scenario
async def test_f56_each_field_of_each_stream_in_other_ways(family: str, numbers: Any) -> None:
    """What arrives is typed or raw, in order, and nothing stops."""
    async with stage(SYMBOL, families=(family,)) as s:
        s.trader.fill(SYMBOL)
        group = GROUPS[family].decimals if numbers is Decimal else GROUPS[family].as_float
        wanted = [group.named(name) for name in NAMES[family]]
        async with s.family.stream(*wanted, bound=10**6) as market:
            payloads = await examples(s, NAMES[family])
            await asyncio.sleep(3)
            sent = raw = 0
            for name, payload in payloads.items():
                feed = next(iter(s.shard.slots[name].feeds.values()))
                undecoded = feed.undecoded
                while market.queued:
                    assert not isinstance(await market.next(1), RawEvent)  # nothing that is as it should be is raw
                mutated = [changed(payload, path, how) for path in paths(payload) for how in HOW]
                for each in mutated:
                    push(s, name, each)
                await asyncio.sleep(0)
                got = [await market.next(1) for _ in mutated]
                assert market.queued == 0
                own_raw = [event for event in got if isinstance(event, RawEvent)]
                assert feed.undecoded - undecoded == len(own_raw)
                for event, each in zip(got, mutated, strict=True):
                    if isinstance(event, RawEvent):
                        assert (event.stream, json.loads(event.body)) == (name, each)
                        assert event.reason
                        if isinstance(each, dict):
                            known = each.get("e") if isinstance(each.get("e"), str) else None
                            assert event.event == known
                added = [event for event, each in zip(got, mutated, strict=True) if '"new_' in json.dumps(each)]
                assert added
                assert not any(isinstance(event, RawEvent) for event in added)  # a new field breaks nothing
                sent += len(mutated)
                raw += len(own_raw)
            assert s.link.losses == 0
            assert sent > 1_000
            assert 0.2 < raw / sent < 0.9
            s.trader.trade(SYMBOL)
            await market.next(1)


@scenario
async def test_f55_a_value_that_nobody_knows_is_delivered() -> None:
    """Events of market streams hold no enums; what is a choice elsewhere is text here."""
    async with stage(SYMBOL) as s, s.binance.spot.stream(streams.kline(SYMBOL, "1m")) as market:
        await examples(s, ["aaausdt@kline_1m"])
        while market.queued:
            event = await market.next(1)
        assert not isinstance(event, RawEvent)
        s.exchange.faults.add(Mutate(set={"k.i": "NEW_2030"}), event="kline")
        s.trader.trade(SYMBOL)
        event = await market.next(5)
        assert not isinstance(event, RawEvent)
        assert event.kline.interval == "NEW_2030"


@pytest.mark.parametrize("name", ["aaausdt@trade", "aaausdt@depth", "aaausdt@kline_1m", "aaausdt@ticker"])
@scenario
async def test_f57_an_event_of_tomorrow_on_a_stream_of_today(name: str) -> None:
    async with stage(SYMBOL) as s, s.binance.spot.stream(name) as market:
        push(s, name, {"e": "tomorrow", "E": 1_700_000_000_000, "s": SYMBOL, "x": [1]})
        event = await market.next(1)
        assert isinstance(event, RawEvent)
        assert (event.event, event.time, event.symbol, event.stream) == ("tomorrow", 1_700_000_000_000, SYMBOL, name)
        assert event.fields()["x"] == [1]
        [feed] = s.shard.slots[name].feeds.values()
        assert feed.undecoded == 1


@pytest.mark.parametrize("number", [2**53 - 1, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**25])
@scenario
async def test_f58_ids_of_any_size_are_exact(number: int) -> None:
    async with stage(SYMBOL) as s, s.binance.spot.stream(streams.trade(SYMBOL)) as market:
        trade = {"e": "trade", "E": 1, "s": SYMBOL, "t": number, "p": "1.0", "q": "1", "T": 1, "m": True, "M": True}
        push(s, "aaausdt@trade", trade)
        event = await market.next(1)
        assert event.trade_id == number
        s.link.rotate()
        await asyncio.sleep(6)
        assert (s.link.rotations, s.link.losses) == (1, 0)


@scenario
async def test_f57_messages_in_another_spelling_find_their_stream() -> None:
    """Keys in another order, spaces, escapes: all of it is JSON."""
    async with stage("币安USDT") as s, s.binance.spot.stream(streams.trade("币安USDT")) as market:
        name = "币安usdt@trade"

        def data(number: int) -> str:
            return json.dumps(
                {"e": "trade", "E": 1, "s": "x", "t": number, "p": "1", "q": "1", "T": 1, "m": True, "M": True}
            )

        for number, text in enumerate(
            (
                f'{{"stream":"{name}","data":{data(0)}}}',
                f'{{"data":{data(1)},"stream":"{name}"}}',
                f'{{ "stream" : "{name}" , "data" : {data(2)} }}',
                f'{{"stream":{json.dumps(name)},"data":{data(3)}}}',
            )
        ):
            s.exchange.faults.now(Push(text), door="stream")
            event = await market.next(1)
            assert event.trade_id == number
        assert s.connection.unrouted == 0


@scenario
async def test_f56_a_hand_over_after_an_event_that_did_not_decode_loses_nothing() -> None:
    """Its time must not be taken for a very late id."""
    async with stage(SYMBOL) as s:
        s.trader.fill(SYMBOL)
        async with s.binance.spot.stream(streams.depth(SYMBOL, "100ms"), bound=10**6) as market:
            seen = s.reader(market)
            s.run(s.trader.keep_trading([SYMBOL], 0.1))
            for _ in range(10):
                await asyncio.sleep(1.03)
                s.exchange.faults.add(Mutate(set={"b": 7}), event="depthUpdate", times=2)  # on both connections
                s.link.rotate()
            await asyncio.sleep(6)
        ids: list[tuple[int, int]] = []
        for event in seen:
            if isinstance(event, RawEvent):
                fields = event.fields()
                ids.append((fields["U"], fields["u"]))
            else:
                ids.append((event.first_update_id, event.final_update_id))
        assert sum(isinstance(event, RawEvent) for event in seen) >= 10
        last = 0
        for first, final in ids:
            assert first == last + 1 or last == 0 or final == last  # joined; at most told twice
            last = final
        assert gaps(seen) == []


# F60


@scenario
async def test_f60_the_oldest_make_room_and_the_loss_is_told() -> None:
    async with stage(SYMBOL) as s:
        market = s.binance.spot.stream(streams.trade(SYMBOL), bound=10)
        other = s.binance.spot.stream(streams.trade(SYMBOL))
        async with market, other:
            quick = s.reader(other)
            await s.trader.keep_trading([SYMBOL], 0.01, 1.0)
            await asyncio.sleep(0.01)
            sent = len(quick)
            assert (market.received, market.dropped, market.queued) == (sent, sent - 10, 10)
            gap = await market.next(1)
            assert isinstance(gap, Gap)
            assert (gap.cause, gap.dropped) == (GapCause.DROPPED, sent - 10)
            rest = [await market.next(1) for _ in range(10)]
            assert rest == quick[-10:]
            assert market.delivered == 10
            await s.trader.keep_trading([SYMBOL], 0.01, 0.2)
            again = await market.next(1)
            assert again.dropped == len(quick) - sent - 10
        assert len(gaps(quick)) == 0


@scenario
async def test_f60_only_the_newest_is_kept() -> None:
    symbols = [f"A{i}USDT" for i in range(5)]
    async with stage(*symbols) as s:
        wanted = [streams.trade(symbol) for symbol in symbols]
        async with s.binance.spot.stream(*wanted, policy="conflate") as market:
            await s.trader.keep_trading(symbols, 0.01, 1.0)
            await asyncio.sleep(0.01)
            assert market.queued == 5
            newest = {(event := await market.next(1)).symbol: event.trade_id for _ in range(5)}
            assert newest.keys() == set(symbols)
            assert len(set(newest.values())) == 1
            assert market.received == 5 * (1 + next(iter(newest.values())))
            assert market.conflated == market.received - 5


@scenario
async def test_f60_conflated_events_from_before_a_gap_are_read_before_it() -> None:
    """Else yesterday's price would be read as the first one after it."""
    async with stage(SYMBOL, "BBBUSDT") as s:
        wanted = streams.trade(SYMBOL), streams.trade("BBBUSDT")
        async with s.binance.spot.stream(*wanted, policy="conflate") as market:
            s.trader.trade(SYMBOL)
            s.trader.trade("BBBUSDT")
            await asyncio.sleep(0.1)
            s.exchange.faults.now(Reset(), door="stream")
            await until(lambda: market.gaps)
            s.trader.trade(SYMBOL)
            await asyncio.sleep(0.1)
            order = [await market.next(1) for _ in range(3)]
            assert order[0].symbol == "BBBUSDT"  # that of the other was superseded
            assert isinstance(order[1], Gap)
            assert (order[2].symbol, order[2].trade_id) == (SYMBOL, 1)
            assert (market.received, market.conflated, market.queued) == (4, 1, 0)


@scenario
async def test_f60_a_slow_consumer_that_wants_to_fail() -> None:
    async with stage(SYMBOL) as s:
        market = s.binance.spot.stream(streams.trade(SYMBOL), bound=10, policy="fail")
        other = s.binance.spot.stream(streams.trade(SYMBOL))
        async with market, other:
            quick = s.reader(other)
            await s.trader.keep_trading([SYMBOL], 0.01, 1.0)
            await asyncio.sleep(0.01)
            assert market.queued == 11  # and not one more, though the stream goes on for the other
            got: list[Any] = []
            with pytest.raises(SlowConsumer):
                async for event in market:
                    got.append(event)  # noqa: PERF401 - it ends with an error
            assert got == quick[:11]
            assert len(quick) > 90


@scenario
async def test_f60_a_consumer_that_raises_ends_its_own_subscription_and_no_other() -> None:
    async with stage(SYMBOL) as s, s.binance.spot.stream(streams.trade(SYMBOL)) as other:
        quick = s.reader(other)
        s.run(s.trader.keep_trading([SYMBOL], 0.01))
        with pytest.raises(ZeroDivisionError):
            async with s.binance.spot.stream(streams.trade(SYMBOL)) as market:
                async for _ in market:
                    _ = 1 / 0
        await asyncio.sleep(1)
        assert len(quick) > 90
        [slot] = s.shard.slots.values()
        assert slot.subscriptions == [other]
        assert s.link.losses == 0


@scenario
async def test_f60_gaps_that_nobody_reads_do_not_pile_up() -> None:
    async with stage(SYMBOL) as s:
        markets = {
            policy: s.binance.spot.stream(streams.trade(SYMBOL), bound=5, policy=policy)
            for policy in ("drop_oldest", "conflate")
        }
        for market in markets.values():
            await market.open()
        for number in range(30):
            s.trader.trade(SYMBOL)
            await asyncio.sleep(0.05)
            s.exchange.faults.now(Reset(), door="stream")
            await until(lambda number=number: markets["conflate"].gaps == number + 1, within=400)
        for market in markets.values():
            assert market.queued <= 2 * 5 + 1
            assert market.received == market.delivered + market.dropped + market.conflated + market.queued
            got = [await market.next(1) for _ in range(market.queued)]
            told = gaps(got)
            assert told
            times = [(gap.from_time, gap.to_time) for gap in told if gap.from_time is not None]
            assert all(begin <= end for begin, end in times)
            assert times == sorted(times)
            await market.close()
