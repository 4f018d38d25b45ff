"""Averages, tickers and aggregates against the same made the slow way."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine_kit import START, Bench
from hypothesis import given, settings
from hypothesis import strategies as st
from test_engine_bars import played, trades

from binance_async.simulator.engine import Bounds

MINUTE = 60


def slow_ticker(done: list[tuple[int, int, int, bool]], start: int) -> dict[str, Any]:
    inside = [(number, each) for number, each in enumerate(done) if each[0] >= start]
    before = [each for each in done if each[0] < start]
    if not inside:
        last = Decimal(done[-1][1])
        return {
            "open": last,
            "high": last,
            "low": last,
            "last": last,
            "volume": 0,
            "quote": 0,
            "count": 0,
            "first": -1,
            "last_id": -1,
            "previous": last,
        }
    numbers = [each[1] for _, each in inside]
    return {
        "open": numbers[0],
        "high": max(numbers),
        "low": min(numbers),
        "last": numbers[-1],
        "volume": sum(each[2] for _, each in inside),
        "quote": sum(each[1] * each[2] for _, each in inside),
        "count": len(inside),
        "first": inside[0][0],
        "last_id": inside[-1][0],
        "previous": before[-1][1] if before else numbers[0],
    }


def same(ticker: dict[str, Any], expected: dict[str, Any]) -> None:
    names = {
        "openPrice": "open",
        "highPrice": "high",
        "lowPrice": "low",
        "lastPrice": "last",
        "volume": "volume",
        "quoteVolume": "quote",
    }
    assert {key: Decimal(ticker[key]) for key in names} == {key: expected[name] for key, name in names.items()}
    assert (ticker["count"], ticker["firstId"], ticker["lastId"]) == (
        expected["count"],
        expected["first"],
        expected["last_id"],
    )
    change = Decimal(expected["last"]) - Decimal(expected["open"])
    if "priceChange" in ticker:
        assert Decimal(ticker["priceChange"]) == change
        assert abs(Decimal(ticker["priceChangePercent"]) - 100 * change / expected["open"]) <= Decimal("0.0005")
        average = Decimal(expected["quote"]) / expected["volume"] if expected["volume"] else 0
        assert abs(Decimal(ticker["weightedAvgPrice"]) - average) <= Decimal("0.00000001")


@settings(max_examples=80, deadline=None)
@given(trades, st.integers(0, 200_000), st.sampled_from(["1m", "17m", "1h", "4h", "23h", "1d", "7d"]))
def test_rolling_tickers(flow: list[tuple[int, int, int, bool]], wait: int, window: str) -> None:
    engine, clock, done = played(flow)
    for _ in range(2):  # the second time the windows have been read before
        clock.step(wait)
        now = clock.now // 1_000_000
        minutes = int(window[:-1]) * {"m": 1, "h": 60, "d": 1440}[window[-1]]
        start = (now - minutes * MINUTE) // MINUTE * MINUTE
        ticker = engine.ticker_rolling("XY", window_size=window)
        same(ticker, slow_ticker(done, start))
        assert (ticker["openTime"], ticker["closeTime"]) == (start * 1000, clock.now // 1000)
        day = engine.ticker_24hr("XY")
        expected = slow_ticker(done, (now - 86_400) // MINUTE * MINUTE)
        same(day, expected)
        assert Decimal(day["prevClosePrice"]) == expected["previous"]
        today = engine.ticker_trading_day("XY", time_zone="2")
        midnight = (now + 7_200) // 86_400 * 86_400 - 7_200
        same(today, slow_ticker(done, midnight))
        assert (today["openTime"], today["closeTime"]) == (midnight * 1000, (midnight + 86_400) * 1000 - 1)


@settings(max_examples=80, deadline=None)
@given(trades, st.integers(0, 700))
def test_average_price(flow: list[tuple[int, int, int, bool]], wait: int) -> None:
    engine, clock, done = played(flow[:1])
    engine.avg_price("XY")  # from here on the average is kept up
    for pause, price, qty, maker in flow[1:]:
        clock.step(pause)
        engine.load_trades("XY", [(clock.now, Decimal(price), Decimal(qty), maker)])
        done.append((clock.now // 1_000_000, price, qty, maker))
    clock.step(wait)
    now = clock.now // 1_000_000
    inside = [each for each in done if each[0] > now - 300]
    expected = Decimal(sum(p * q for _, p, q, _ in inside)) / sum(q for _, _, q, _ in inside) if inside else done[-1][1]
    reply = engine.avg_price("XY")
    assert abs(Decimal(reply["price"]) - expected) <= Decimal("0.00000001")
    assert (reply["mins"], reply["closeTime"]) == (5, done[-1][0] * 1000)
    fresh, _, _ = played(flow)
    fresh._now_us = clock
    assert fresh.avg_price("XY")["price"] == reply["price"]


def test_aggregates_are_of_one_taker_and_price() -> None:
    bench = Bench()
    for price in ("10", "10", "11"):
        bench.sell("1", price, account=bench.you)
    bench.buy("3", "11")
    bench.sell("2", "10", account=bench.you)
    bench.buy("1", "10")
    bench.buy("1", "10")
    aggs = bench.engine.agg_trades(bench.symbol)
    assert [(each["a"], each["p"], each["q"], each["f"], each["l"]) for each in aggs] == [
        (0, "10.00000000", "2.00000000", 0, 1),
        (1, "11.00000000", "1.00000000", 2, 2),
        (2, "10.00000000", "1.00000000", 3, 3),
        (3, "10.00000000", "1.00000000", 4, 4),
    ]


def test_trades_are_bounded() -> None:
    bench = Bench(bounds=Bounds(trades=20), order_limits=())
    for _ in range(100):
        bench.trade("10")
    found = bench.engine.historical_trades(bench.symbol, from_id=0)
    assert 20 <= len(found) <= 26
    assert found[-1]["id"] == 99
    assert bench.engine.trades(bench.symbol, 5)[0]["id"] == 95
    assert bench.engine.ticker_24hr(bench.symbol)["count"] == 100  # what is derived does not forget


def test_a_day_of_trades_is_bounded_memory() -> None:
    bench = Bench(bounds=Bounds(trades=10, klines=50), order_limits=())
    for _ in range(400):
        bench.trade("10")
        bench.clock.step(300)
    assert len(bench.engine.klines(bench.symbol, "5m", limit=1000)) <= 64
    data = bench.engine.markets[bench.symbol].data
    assert all(len(ring) <= 10_080 for ring in data.bars._rings.values())
    assert sum(len(window._bars) for window in data._windows.values()) <= 20 * 13 * 24
    assert bench.clock.now > START
