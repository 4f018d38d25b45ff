"""The living market: books, trades and candles that move, on virtual time."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections import Counter
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from simulator_kit import START, Rig, virtual

from binance_async.net.virtual import run_virtual
from binance_async.simulator import LivingMarket, Simulator
from binance_async.simulator.engine import Bounds, NewOrder, SymbolSpec, default_symbols
from binance_async.simulator.exchange import Exchange


class Floor(Rig):
    """A rig with a living market."""

    def __init__(self, rate: float = 100.0, **options: Any) -> None:
        market = {name: options.pop(name) for name in ("levels", "volatility", "history") if name in options}
        super().__init__(**options)
        self.market = LivingMarket(rate, **market)
        self.market.prepare(self.exchange)
        self.task = asyncio.ensure_future(self.market(self.exchange))

    @property
    def engine(self) -> Any:
        return self.exchange.engine

    @property
    def counters(self) -> Counter[str]:
        return self.market.counters(self.exchange)

    def book(self, symbol: str = "BTCUSDT") -> Any:
        return self.engine.market(symbol).book

    async def close(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


def checksum(exchange: Exchange) -> str:
    return exchange.engine.checksum()


# The opening


@virtual
async def test_books_are_deep_from_the_first_moment() -> None:
    floor = Floor(symbols=default_symbols(6))
    for name, spec in floor.engine.symbols.items():
        depth = floor.engine.depth(name, 5_000)
        least = 1_000 if name != "LTCBTC" else 900  # it has but 1,300 prices between its own and nothing
        assert min(len(depth["bids"]), len(depth["asks"])) >= least
        bids, asks = ([float(price) for price, _ in depth[side]] for side in ("bids", "asks"))
        assert bids == sorted(bids, reverse=True)
        assert asks == sorted(asks)
        assert bids[0] < asks[0] <= bids[0] * 1.002
        assert abs(bids[0] / float(spec.start_price) - 1) < 0.002
        assert asks[0] - bids[0] <= (asks[-1] - bids[-1]) / 1_000
    await floor.close()


def test_opening_takes_little_time() -> None:
    """Counted in calls of functions, so that it does not depend on what else runs."""

    async def opened() -> tuple[int, int]:
        calls = 0

        def count(_frame: Any, event: str, _: Any) -> None:
            nonlocal calls
            calls += event == "call"

        before = sys.getprofile()
        sys.setprofile(count)
        try:
            async with Simulator(transport="memory", rate=100) as exchange:
                orders = sum(account.open_count for account in exchange.engine.accounts.values())
        finally:
            sys.setprofile(before)
        return calls, orders

    run_virtual(opened())  # what is imported on first use
    calls, orders = run_virtual(opened())
    assert orders > 10_000
    assert calls < 25 * orders


@virtual
async def test_many_symbols_share_the_levels() -> None:
    floor = Floor(symbols=default_symbols(200))
    assert all(90 <= len(floor.book(name).bids) <= 110 for name in floor.engine.symbols)
    await asyncio.sleep(30)
    assert sum(floor.counters[name] for name in ("quotes", "takes", "cancels")) > 2_500
    await floor.close()


@virtual
async def test_symbols_that_somebody_made_up() -> None:
    specs = [SymbolSpec("FOOBAR", "FOO", "BAR"), SymbolSpec("TINYBAR", "TINY", "BAR", start_price=Decimal("0.000002"))]
    floor = Floor(symbols=specs, levels=50)
    await asyncio.sleep(60)
    for spec in specs:
        assert floor.engine.last_trade_id(spec.symbol) > 0
        assert len(floor.book(spec.symbol).asks) > 10
    assert not floor.counters["refused"]
    await floor.close()


# Its life


@virtual
async def test_things_happen_at_the_rate() -> None:
    floor = Floor(rate=200, levels=300)
    await asyncio.sleep(60)
    counters = floor.counters
    assert 11_000 < counters["takes"] / 0.15 < 13_000
    assert counters["quotes"] > counters["cancels"] > counters["takes"]
    assert not counters["refused"]
    assert not counters["left_out"]
    await floor.close()


@virtual
async def test_books_stay_whole_while_prices_move() -> None:
    floor = Floor(symbols=default_symbols(6))
    first = {name: floor.engine.ticker_price(name)["price"] for name in floor.engine.symbols}
    for _ in range(60):
        await asyncio.sleep(5)
        for name in floor.engine.symbols:
            bid, _, ask, _ = floor.engine.market(name).best_now()
            assert 0 < bid < ask
            assert ask < bid * 1.01
            assert min(len(floor.book(name).bids), len(floor.book(name).asks)) > 600
    moved = [name for name, price in first.items() if floor.engine.ticker_price(name)["price"] != price]
    assert len(moved) >= 5
    assert min(len(floor.book().bids), len(floor.book().asks)) > 1_000
    await floor.close()


@virtual
async def test_the_past_and_the_present_are_one() -> None:
    floor = Floor(symbols=default_symbols(1), rate=50)
    opened = floor.engine.last_trade_id("BTCUSDT")
    await asyncio.sleep(150)
    newest = floor.engine.last_trade_id("BTCUSDT")
    assert newest > opened + 300
    trades = floor.engine.historical_trades("BTCUSDT", from_id=opened - 400, limit=1_000)
    assert [trade["id"] for trade in trades] == list(range(opened - 400, opened - 400 + len(trades)))
    assert all(before["time"] <= trade["time"] for before, trade in pairwise(trades))
    rows = floor.engine.klines("BTCUSDT", "1m", limit=60)
    assert [row[0] // 60_000 - rows[0][0] // 60_000 for row in rows] == list(range(60))
    assert all(float(row[5]) > 0 for row in rows[:-1])
    hour = floor.engine.klines("BTCUSDT", "1h", limit=1)[0]
    minutes = floor.engine.klines("BTCUSDT", "1m", start_time=hour[0], limit=60)
    assert hour[8] == sum(row[8] for row in minutes)
    assert (hour[1], hour[4]) == (minutes[0][1], minutes[-1][4])
    day = floor.engine.ticker_24hr("BTCUSDT")
    assert day["lastId"] == newest
    assert day["count"] == newest - day["firstId"] + 1
    aggregates = floor.engine.agg_trades("BTCUSDT", start_time=trades[0]["time"], limit=1_000)
    assert [each["a"] for each in aggregates] == list(range(aggregates[0]["a"], aggregates[0]["a"] + len(aggregates)))
    assert aggregates[-1]["a"] > opened
    await floor.close()


@virtual
async def test_a_users_order_is_filled_by_the_market() -> None:
    floor = Floor(levels=300)
    ask = Decimal(floor.engine.ticker_book("BTCUSDT")["askPrice"])
    order = await floor.buy(str(ask - Decimal("0.01")), "0.001")
    assert order["status"] == "NEW"
    filled = asyncio.Event()
    floor.engine.subscribe_account(
        floor.account.uid, lambda event: event.payload().get("X") == "FILLED" and filled.set()
    )
    async with asyncio.timeout(300):
        await filled.wait()
    found = await floor.signed("GET", "/api/v3/order", symbol="BTCUSDT", orderId=order["orderId"])
    assert found["status"] == "FILLED"
    await floor.close()


@virtual
async def test_a_book_that_was_emptied_fills_again() -> None:
    floor = Floor(symbols=default_symbols(1), levels=300)
    floor.engine.deposit(floor.account.uid, "USDT", Decimal(10**9))
    everything = NewOrder("BTCUSDT", "BUY", "LIMIT", "IOC", Decimal(90), price=Decimal(70_000))
    while len(floor.book().asks):
        floor.engine.place(floor.account.uid, everything)
    await asyncio.sleep(120)
    assert len(floor.book().asks) > 150
    bid, _, ask, _ = floor.engine.market("BTCUSDT").best_now()
    assert ask < bid * 1.01
    await floor.close()


@virtual
async def test_a_halted_symbol_stands_still_and_others_do_not() -> None:
    floor = Floor(levels=100)
    floor.engine.set_status("BTCUSDT", "HALT")
    still, other = floor.book().update_id, floor.book("ETHUSDT").update_id
    await asyncio.sleep(10)
    assert floor.book().update_id == still
    assert floor.book("ETHUSDT").update_id > other
    floor.engine.set_status("BTCUSDT", "TRADING")
    await asyncio.sleep(10)
    assert floor.book().update_id > still
    assert not floor.counters["refused"]
    await floor.close()


@virtual
async def test_nothing_is_created_and_nothing_is_lost() -> None:
    floor = Floor(levels=100, rate=200)
    await floor.buy("70000", "0.5")

    def totals() -> dict[str, int]:
        sums: Counter[str] = Counter(floor.engine.collected)
        for account in floor.engine.accounts.values():
            for balance in account.wallet.values():
                sums[balance.asset] += balance.free + balance.locked
                assert balance.free >= 0
                assert balance.locked >= 0
        return dict(sums)

    before = totals()
    await asyncio.sleep(60)
    assert totals() == before
    for account in floor.engine.accounts.values():
        for desk in account.desks.values():
            for side, balance in ((True, desk.quote), (False, desk.base)):
                held = sum(each.locked for each in desk.open.values() if each.buy is side)
                assert balance.locked >= held
    await floor.close()


# Quiet, replayed, overrun


@virtual
async def test_without_a_rate_nothing_happens() -> None:
    floor = Floor(rate=0)
    before = checksum(floor.exchange)
    await asyncio.sleep(3_600)
    assert checksum(floor.exchange) == before
    assert floor.task.done()
    assert len(floor.book().bids) > 1_000
    assert len(floor.engine.klines("BTCUSDT", "1h", limit=100)) == 100


@virtual
async def test_without_a_history_trades_begin_with_the_first() -> None:
    floor = Floor(levels=100, history=False)
    assert floor.engine.klines("BTCUSDT", "1d") == []
    await asyncio.sleep(10)
    assert floor.engine.trades("BTCUSDT")[0]["id"] == 0
    await floor.close()


def test_two_runs_with_one_seed_are_the_same() -> None:
    async def run(seed: int) -> tuple[str, bytes, Any]:
        async with Simulator(transport="memory", seed=seed, rate=100, families=("spot", "us")) as exchange:
            listened: list[Any] = []
            exchange.engine.subscribe_market(lambda event: listened.append(event.payload()), kind="trade")
            order = NewOrder("BTCUSDT", "BUY", "LIMIT", "GTC", Decimal("0.5"), price=Decimal(59_990))
            exchange.engine.place(exchange.account.uid, order)
            await asyncio.sleep(15)
            return checksum(exchange.family("us")), exchange.history.dump(), listened

    first, second, other = (run_virtual(run(seed)) for seed in (1, 1, 2))
    assert first == second
    assert first[0] != other[0]
    assert len(first[2]) > 50
    assert first[2] != other[2]


@virtual
async def test_what_the_machine_cannot_do_is_left_out() -> None:
    floor = Floor(rate=10**7, levels=20, symbols=default_symbols(1))
    turns = 0
    async with asyncio.timeout(0.1):
        while floor.clock.elapsed() < 0.05:
            await asyncio.sleep(0.001)
            turns += 1
    assert turns > 20
    assert floor.counters["left_out"] > 100_000
    await floor.close()


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="rate"):
        LivingMarket(-1)
    with pytest.raises(ValueError, match="levels"):
        LivingMarket(levels=0)
    with pytest.raises(ValueError, match="either rate or market"):
        Simulator(rate=5, market=LivingMarket())
    assert repr(LivingMarket(50)) == "<LivingMarket of 50 events a second>"


async def test_over_sockets_a_market_lives_unless_told_otherwise() -> None:
    async with Simulator() as living, Simulator(market=None) as empty, Simulator(rate=0) as still:
        assert len(living.engine.depth("BTCUSDT", 5_000)["bids"]) > 1_000
        assert empty.engine.depth("BTCUSDT")["bids"] == []
        before = checksum(still.exchange), living.engine.market("BTCUSDT").book.update_id
        await asyncio.sleep(0.2)
        assert checksum(still.exchange) == before[0]
        assert living.engine.market("BTCUSDT").book.update_id > before[1]


@virtual
async def test_in_memory_nothing_happens_unless_told_otherwise() -> None:
    async with Simulator(transport="memory") as empty:
        assert empty.engine.depth("BTCUSDT")["bids"] == []
        assert list(empty.engine.accounts) == [empty.account.uid]


# A day


def resident() -> int:
    """Bytes of memory in use."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads the memory in use from /proc")
def test_the_memory_of_a_day_is_bounded() -> None:
    """Full rings by the morning, and then no growth but the minutes of the day."""

    async def day() -> tuple[int, int, int]:
        bounds = Bounds(trades=200, klines=100, finished_orders=100, account_trades=100)
        async with Simulator(transport="memory", rate=0.15, symbols=3, start=START, bounds=bounds) as exchange:
            await asyncio.sleep(6 * 3_600)
            gc.collect()
            morning, ids = resident(), exchange.engine.last_trade_id("BTCUSDT")
            await asyncio.sleep(18 * 3_600)
            gc.collect()
            data = exchange.engine.market("BTCUSDT").data
            assert len(data.trades) <= 251
            assert len(data.aggs) <= 251
            assert len(exchange.history.requests()) == 0
            return morning, resident(), exchange.engine.last_trade_id("BTCUSDT") - ids

    morning, night, trades = run_virtual(day())
    assert trades > 800
    assert night - morning < 8_000_000
