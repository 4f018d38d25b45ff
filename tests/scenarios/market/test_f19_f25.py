"""F19 to F25: order books, and what can go wrong with the changes and the snapshots that they are made of."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from binance_async import Binance
from binance_async.core.order_book import BookState
from binance_async.errors import NotSynced, Rejected, StreamClosed, SubscriptionRefused
from binance_async.simulator import Simulator
from binance_async.simulator.actions import (
    Delay,
    Double,
    HalfOpen,
    Mutate,
    Mute,
    Refuse,
    ReplaceReply,
    Reset,
    SlowReply,
    Swap,
)
from binance_async.simulator.rules import SPOT_2026
from tests.chaos import books
from tests.scenarios.connection.kit import Stage, scenario, stage, until

FAMILIES = pytest.mark.parametrize("family", ["spot", "us"])


def truth(s: Stage, symbol: str, depth: int = 5000) -> tuple[Any, Any, int]:
    now = s.exchange.engine.depth(symbol, depth)
    sides = ([(Decimal(p), Decimal(q)) for p, q in now[side]] for side in ("bids", "asks"))
    return *sides, now["lastUpdateId"]


def equal(s: Stage, book: Any, symbol: str = "AAAUSDT") -> None:
    bids, asks, update_id = truth(s, symbol)
    assert book.last_update_id == update_id
    assert book.bids() == bids
    assert book.asks() == asks
    assert (book.best_bid, book.best_ask) == (bids[0][0], asks[0][0])


async def change(s: Stage, times: int = 1, symbol: str = "AAAUSDT", every: float = 0.1) -> None:
    """Changes, one for each beat of the stream."""
    for _ in range(times):
        s.trader.place(symbol, "BUY", "9.5")
        await asyncio.sleep(every)


# F19


@FAMILIES
@scenario
async def test_f19_changes_that_are_lost(family: str) -> None:
    """One in a hundred, on twenty symbols: every read is right, and what is wrong is not read."""
    names = [f"B{index:02}USDT" for index in range(20)]
    async with (
        Simulator(transport="memory", symbols=names, families=(family,)) as exchange,
        Binance(environment=exchange.environment) as binance,
    ):
        run = books.Run(exchange, getattr(binance, family), float, 1)
        await run.open()
        rule = exchange.faults.add(Mute(), event="depthUpdate", every=100)
        for _ in range(60):
            await run.beat(least=1)
        rule.remove()
        await run.beat(least=1)
        await run.beat(least=1)
        assert rule.hits >= 10
        assert sum(book.counters.gaps for book in run.books) == rule.hits
        assert all(book.is_synced for book in run.books)
        assert len(run.resyncs) + sum(book.last_gap == "missing" for book in run.books) >= rule.hits
        assert max(run.resyncs, default=0.0) <= 1.0
        await run.close()


@scenario
async def test_f19_the_book_is_given_up_when_its_connection_is_lost_not_when_it_is_back() -> None:
    async with stage() as s:
        s.trader.fill("AAAUSDT")
        async with s.binance.spot.order_book("AAAUSDT") as book:
            await book.synced(5)
            s.exchange.faults.add(HalfOpen(), opening="*", times=1)  # 10 s until that is given up
            s.exchange.faults.now(Reset(), door="stream")
            await asyncio.sleep(0.001)
            assert book.state is BookState.BUFFERING
            for read in (lambda: book.best_bid, lambda: book.bids(5), lambda: book.ask_horizon):
                with pytest.raises(NotSynced):
                    read()
            asked = len(s.exchange.history.requests(call="depth"))
            await asyncio.sleep(8)
            assert len(s.exchange.history.requests(call="depth")) == asked  # a snapshot without changes is of no use
            await book.synced(10)
            equal(s, book)


@scenario
async def test_f19_a_snapshot_asked_for_before_the_loss_is_not_used() -> None:
    async with stage() as s:
        s.trader.fill("AAAUSDT")
        async with s.binance.spot.order_book("AAAUSDT") as book:
            await asyncio.sleep(2)
            s.exchange.faults.add(SlowReply(3), call="depth", times=1)
            s.exchange.faults.add(Mute(), event="depthUpdate", times=1)
            await change(s, 3)
            assert not book.is_synced  # and its snapshot is on the way
            s.exchange.faults.now(Reset(), door="stream")
            await book.synced(2)
            equal(s, book)
            await asyncio.sleep(5)
            equal(s, book)


# F20


@FAMILIES
@scenario
async def test_f20_a_snapshot_that_is_too_old(family: str) -> None:
    """Three times; the changes are kept, and the fourth joins them."""
    async with stage(families=(family,)) as s:
        s.trader.fill("AAAUSDT")
        old = s.exchange.engine.depth("AAAUSDT", 1000)
        await change(s, 5, every=0)
        async with s.family.order_book("AAAUSDT") as book:
            await book.synced(5)
            rule = s.exchange.faults.add(ReplaceReply(body=json.dumps(old)), call="depth", times=3)
            s.exchange.faults.add(Mute(), event="depthUpdate", times=1)
            asked = len(s.exchange.history.requests(call="depth"))
            await change(s, 10)
            await book.synced(5)
            assert rule.hits == book.counters.stale_snapshots == 3
            assert len(s.exchange.history.requests(call="depth")) - asked == 4
            assert book.counters.gaps == 1
            equal(s, book)


@scenario
async def test_f20_an_old_snapshot_before_any_change_is_found_out_by_the_first() -> None:
    async with stage() as s:
        s.trader.fill("AAAUSDT")
        old = s.exchange.engine.depth("AAAUSDT", 1000)
        await change(s, 5, every=0)
        s.exchange.faults.add(ReplaceReply(body=json.dumps(old)), call="depth", times=1)
        async with s.binance.spot.order_book("AAAUSDT") as book:
            await book.synced(5)
            assert book.last_update_id == old["lastUpdateId"]  # that is what it says it is
            await change(s, 1, every=0.15)
            assert book.last_gap == "missing"
            await book.synced(1)
            equal(s, book)


@scenario
async def test_f20_snapshots_that_do_not_come() -> None:
    """Refusals and failures that may pass are followed by another try, more and more slowly."""
    async with stage() as s:
        s.trader.fill("AAAUSDT")
        rule = s.exchange.faults.add(Refuse(), call="depth")
        async with s.binance.spot.order_book("AAAUSDT") as book:
            await asyncio.sleep(60)
            assert rule.hits in range(9, 15)
            assert not book.is_synced
            rule.remove()
            await book.synced(11)
            equal(s, book)


@scenario
async def test_f20_a_symbol_that_does_not_exist_ends_the_book() -> None:
    """The exchange acknowledges any name of a stream; the snapshot tells."""
    from dataclasses import replace

    async with stage(rules=replace(SPOT_2026, accept_unknown_streams=True)) as s:
        async with s.binance.spot.order_book("NOPEUSDT") as book:
            with pytest.raises(Rejected) as caught:
                await book.synced(5)
            assert caught.value.code == -1121
            with pytest.raises(Rejected):
                async for _ in book.changes():
                    pass
            assert s.hub.shards == []
        assert len(s.exchange.history.requests(call="depth")) == 1
    async with stage() as s:
        with pytest.raises(SubscriptionRefused, match="nopeusdt@depth"):
            await s.binance.spot.order_book("NOPEUSDT").open()


# F21


@FAMILIES
@pytest.mark.parametrize(
    ("refusals", "snapshot", "events"),
    [(0, 0.0, 0.5), (0, 0.55, 0.0), (0, 0.3, 0.25), (2, 0.0, 0.5), (2, 0.0, 1.0), (2, 0.3, 0.0)],
)
@scenario
async def test_f21_a_snapshot_before_within_and_behind_what_is_kept(
    family: str, refusals: int, snapshot: float, events: float
) -> None:
    async with stage(families=(family,)) as s:
        s.trader.fill("AAAUSDT")
        if refusals:
            s.exchange.faults.add(Refuse(), call="depth", times=refusals)
        if snapshot:
            s.exchange.faults.add(SlowReply(snapshot), call="depth")
        if events:
            s.exchange.faults.add(Delay(events), event="depthUpdate")
        changing = s.run(change(s, 1000, every=0.03))
        async with s.family.order_book("AAAUSDT") as book:
            await book.synced(5)
            for _ in range(20):
                await asyncio.sleep(0.1)
                assert book.is_synced
            changing.cancel()
            await asyncio.sleep(1.5)
            equal(s, book)
            assert book.counters.gaps == 0
            assert (book.counters.duplicates > 0) == (refusals > 0)  # a late snapshot contains what was kept


# F22


@FAMILIES
@scenario
async def test_f22_a_crossed_book_is_not_read(family: str) -> None:
    async with stage(families=(family,)) as s:
        s.trader.fill("AAAUSDT")
        async with s.family.order_book("AAAUSDT") as book:
            await book.synced(5)
            crossed = Mutate(set={"b": [["10.02", "1"]]})  # the best offer is at 10.01
            s.exchange.faults.add(crossed, event="depthUpdate", times=1)
            s.exchange.faults.add(SlowReply(0.5), call="depth", times=1)
            s.trader.place("AAAUSDT", "BUY", "9.5")
            await until(lambda: not book.is_synced, within=1)
            assert (book.last_gap, book.counters.crossed) == ("crossed", 1)
            await book.synced(1)
            equal(s, book)


@scenario
async def test_f22_a_stream_that_stays_crossed_is_not_answered_by_a_storm_of_snapshots() -> None:
    async with stage() as s:
        s.trader.fill("AAAUSDT")
        async with s.binance.spot.order_book("AAAUSDT") as book:
            await book.synced(5)
            s.exchange.faults.add(Mutate(set={"b": [["10.02", "1"]]}), event="depthUpdate")
            await change(s, 600)
            assert book.counters.crossed > 5
            assert len(s.exchange.history.requests(call="depth")) <= 20


@scenario
async def test_f22_malformed_changes_are_not_answered_by_a_storm_either() -> None:
    async with stage() as s:
        s.trader.fill("AAAUSDT")
        async with s.binance.spot.order_book("AAAUSDT") as book:
            await book.synced(5)
            rule = s.exchange.faults.add(Mutate(set={"b": 7}), event="depthUpdate")
            await change(s, 600)
            assert book.last_gap == "malformed"
            assert len(s.exchange.history.requests(call="depth")) <= 20
            rule.remove()
            await change(s, 3)
            await book.synced(11)
            equal(s, book)


@scenario
async def test_f22_beyond_the_snapshot_nothing_is_said_to_be_known() -> None:
    """The price walks down through the levels of the snapshot, and past them."""
    async with stage() as s:
        for level in range(1, 41):
            s.trader.place("AAAUSDT", "BUY", Decimal(10) - Decimal("0.01") * level)
            s.trader.place("AAAUSDT", "SELL", Decimal(10) + Decimal("0.01") * level)
        async with s.binance.spot.order_book("AAAUSDT", depth=10) as book:
            await book.synced(5)
            assert (book.bid_horizon, book.ask_horizon) == (Decimal("9.9"), Decimal("10.1"))
            s.trader.place("AAAUSDT", "BUY", "9.85")  # beyond: it changes, and is not told
            s.trader.place("AAAUSDT", "BUY", "9.955")
            await asyncio.sleep(0.2)
            assert Decimal("9.85") not in dict(book.bids())
            assert Decimal("9.955") in dict(book.bids())
            for level in range(1, 31):
                s.trader.place("AAAUSDT", "SELL", Decimal(10) - Decimal("0.01") * level, "2", tif="IOC")
                await asyncio.sleep(0.1)
                if book.is_synced:
                    bids, _, _ = truth(s, "AAAUSDT")
                    known = [level for level in bids if level[0] >= book.bid_horizon]
                    assert book.bids() == known != []
            assert book.last_gap == "horizon"
            assert book.counters.gaps in range(2, 5)
            assert book.is_synced


# F23


@FAMILIES
@scenario
async def test_f23_doubles_and_old_changes_are_counted_and_nothing_else(family: str) -> None:
    async with stage(families=(family,)) as s:
        s.trader.fill("AAAUSDT")
        async with s.family.order_book("AAAUSDT") as book:
            await book.synced(5)
            twice = s.exchange.faults.add(Double(), event="depthUpdate", every=10)
            again = s.exchange.faults.add(Double(after=3.0), event="depthUpdate")
            await change(s, 200)
            again.remove()
            await change(s, 200)
            assert twice.hits >= 39
            assert again.hits >= 199
            assert book.counters.duplicates == twice.hits + again.hits
            assert book.counters.gaps == 0
            equal(s, book)


# F24


@FAMILIES
@scenario
async def test_f24_changes_in_the_wrong_order_are_a_gap(family: str) -> None:
    async with stage(families=(family,)) as s:
        s.trader.fill("AAAUSDT")
        async with s.family.order_book("AAAUSDT") as book:
            await book.synced(5)
            swapped = s.exchange.faults.add(Swap(), event="depthUpdate", every=20)
            for _ in range(20):
                await change(s, 10)
                if book.is_synced:
                    bids, _, update_id = truth(s, "AAAUSDT")
                    if book.last_update_id == update_id:
                        assert book.bids() == bids
            swapped.remove()
            s.exchange.faults.add(Mute(), event="nothing")  # what is held back comes with the next
            await change(s, 3)
            await book.synced(2)
            equal(s, book)
            assert book.counters.gaps == swapped.hits > 5


# F25


@scenario
async def test_f25_hundreds_of_deep_books_after_a_reconnect() -> None:
    """200 snapshots of 250 weight, where 3,000 a minute are free for them: no 429, and no book is wrong meanwhile."""
    symbols = [f"A{i:03}USDT" for i in range(200)]
    async with stage(*symbols) as s:
        for symbol in symbols:
            s.trader.fill(symbol, levels=2)
        kept = [s.binance.spot.order_book(symbol, depth=5000) for symbol in symbols]
        start = asyncio.get_running_loop().time()
        await asyncio.gather(*(book.open() for book in kept))
        assert asyncio.get_running_loop().time() - start < 5  # they share a few requests
        await asyncio.gather(*(book.synced(3600) for book in kept))
        s.exchange.faults.now(Reset(), door="stream")
        await asyncio.sleep(1)
        assert not all(book.is_synced for book in kept)
        for minute in range(40):
            for symbol, book in zip(symbols, kept, strict=True):
                if book.is_synced:
                    equal(s, book, symbol)
                else:
                    with pytest.raises(NotSynced):
                        _ = book.best_bid
                s.trader.place(symbol, "BUY", "9.5")
            await asyncio.sleep(60)
            if minute > 5 and all(book.is_synced for book in kept):
                break
        await asyncio.gather(*(book.synced(60) for book in kept))
        asked = s.exchange.history.requests(call="depth")
        assert {record.status for record in asked} == {200}
        minutes = Counter(record.time_us // 60_000_000 for record in asked)
        assert max(minutes.values()) * 250 <= 3_000
        assert len(asked) == 400
        await asyncio.gather(*(book.close() for book in kept))
        assert s.hub.shards == []


@scenario
async def test_f25_orders_are_not_kept_waiting_by_snapshots() -> None:
    """Books may use half of the budget; the rest is for calls."""
    symbols = [f"A{i:02}USDT" for i in range(40)]
    async with stage(*symbols, client={}) as s:
        for symbol in symbols:
            s.trader.fill(symbol, levels=2)
        kept = [s.binance.spot.order_book(symbol, depth=5000) for symbol in symbols]
        await asyncio.gather(*(book.open() for book in kept))
        await asyncio.sleep(5)
        assert not all(book.is_synced for book in kept)
        start = asyncio.get_running_loop().time()
        for _ in range(50):
            await s.binance.spot.exchange_info()
        assert asyncio.get_running_loop().time() - start < 1
        await asyncio.gather(*(book.close() for book in kept))


# Reading


@scenario
async def test_f19_everyone_who_watches_sees_each_change() -> None:
    async with stage() as s:
        s.trader.fill("AAAUSDT")
        async with s.binance.spot.order_book("AAAUSDT", numbers=float) as book:
            await book.synced(5)
            quick: list[Any] = []
            slow: list[Any] = []

            async def watch(into: list[Any], pause: float) -> None:
                async for state in book.changes():
                    into.append((state, book.last_update_id if state is BookState.SYNCED else None))
                    await asyncio.sleep(pause)

            watchers = [s.run(watch(quick, 0)), s.run(watch(slow, 0.35))]
            await asyncio.sleep(0.01)
            await change(s, 20)
            await asyncio.sleep(1)
            assert len(quick) in (20, 21)
            assert len(slow) in range(5, 9)
            assert quick[-1] == slow[-1] == (BookState.SYNCED, truth(s, "AAAUSDT")[2])
            await book.close()
            await asyncio.gather(*watchers)
            with pytest.raises(StreamClosed):
                await book.synced()
            with pytest.raises(NotSynced):
                _ = book.best_bid


@pytest.mark.parametrize("numbers", [Decimal, float, str])
@FAMILIES
@scenario
async def test_f19_each_kind_of_number(family: str, numbers: Any) -> None:
    async with stage(families=(family,)) as s:
        s.trader.fill("AAAUSDT")
        async with s.family.order_book("AAAUSDT", numbers=numbers, speed=None) as book:
            await book.synced(5)
            before = book.bids(3)
            s.trader.place("AAAUSDT", "BUY", "9.99", "2.5")  # on a level of the snapshot, and on a new one
            s.trader.place("AAAUSDT", "BUY", "9.995", "0.6")
            await asyncio.sleep(1.1)
            bids, _, _ = truth(s, "AAAUSDT")
            assert [(Decimal(str(p)), Decimal(str(q))) for p, q in book.bids()] == bids
            assert all(type(number) is numbers for level in (*before, *book.bids(), *book.asks()) for number in level)
            if numbers is str:  # in the exchange's own digits, whether by snapshot or by change
                assert book.best_bid == "9.99500000"
                assert book.asks(1) == [("10.01000000", "1.00000000")]
