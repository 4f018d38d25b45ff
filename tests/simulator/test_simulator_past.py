"""The past of a market: the same whoever asks, in whatever order, and consistent from the day down to the trade."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from binance_async.simulator.clock import SimClock
from binance_async.simulator.engine import Engine, SymbolSpec, default_symbols
from binance_async.simulator.engine.bars import INTERVALS, Bar
from binance_async.simulator.past import DAY, DAYS, Past, Scale, begin

END = 1_767_323_045  # 2026-01-02 03:04:05
SPECS = default_symbols(6)
ends = st.integers(END - 400 * DAY, END + 400 * DAY)
seeds = st.integers(0, 2**32)


def a_past(end: int = END, seed: int = 1, spec: SymbolSpec = SPECS[0], **options: Any) -> Past:
    return Past(spec, end, seed=seed, **options)


def fields(bar: Bar) -> tuple[int, ...]:
    return tuple(getattr(bar, name) for name in Bar.__slots__)


def together(bars: list[Bar]) -> tuple[int, ...]:
    """What must agree between a bar and those that make it up: all but the quote volumes."""
    first, last = bars[0], bars[-1]
    return (
        *(first.open, max(b.high for b in bars), min(b.low for b in bars), last.close),
        *(sum(b.volume for b in bars), sum(b.buy_volume for b in bars), sum(b.count for b in bars)),
        *(first.first_id, last.last_id),
    )


@settings(max_examples=25, deadline=None)
@given(ends, seeds, st.sampled_from(SPECS), st.integers(0, 300 * DAY))
def test_every_interval_agrees_with_those_below(end: int, seed: int, spec: SymbolSpec, back: int) -> None:
    past = a_past(end, seed, spec)
    day = (end - back) // DAY * DAY - DAY
    shorter = past.bars("1m", day, day + DAY)
    assert len(shorter) == 1_440
    for name in ("3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d"):
        size = INTERVALS[name]
        bars = past.bars(name, day, day + DAY)
        assert [bar.time for bar in bars] == list(range(day, day + DAY, size))
        number = size // 60
        for index, bar in enumerate(bars):
            assert together([bar]) == together(shorter[index * number : (index + 1) * number])
    hour = day + 11 * 3_600
    trades = past.bars("1s", hour, hour + 60)
    assert together(trades) == together(shorter[660:661])


@settings(max_examples=25, deadline=None)
@given(ends, seeds, st.sampled_from(SPECS))
def test_prices_are_prices(end: int, seed: int, spec: SymbolSpec) -> None:
    past = a_past(end, seed, spec)
    for name in ("1s", "1m", "15m", "1h", "1d", "3d"):
        size = INTERVALS[name]
        bars = past.bars(name, end - 200 * size, end)
        assert len(bars) >= 190 or name == "1s"
        for before, bar in pairwise(bars):
            assert bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high
            assert bar.low > 0
            assert 0 <= bar.buy_volume <= bar.volume
            assert bar.count > 0
            assert bar.first_id == before.last_id + 1
            assert bar.low * bar.volume // 10**8 <= bar.quote + bar.count + 1
            assert bar.quote <= bar.high * bar.volume // 10**8 + 1
            assert name == "1s" or bar.open == before.close
            assert bar.open % past.scale.tick == bar.volume % past.scale.step == 0
    last = past.bars("1m", past.listed, past.listed + 600)
    assert last[0].first_id == 0


@settings(max_examples=15, deadline=None)
@given(seeds, st.randoms(use_true_random=False))
def test_any_order_of_questions_has_the_same_answers(seed: int, chance: Any) -> None:
    questions = [(name, END - chance.randrange(1, 2_000) * INTERVALS[name]) for name in ("1m", "15m", "1h", "1d") * 3]
    one, other = a_past(seed=seed), a_past(seed=seed)
    first = {each: [fields(bar) for bar in one.bars(each[0], each[1], END)[:20]] for each in questions}
    chance.shuffle(questions)
    assert {each: [fields(bar) for bar in other.bars(each[0], each[1], END)[:20]] for each in questions} == first
    assert one.next_trade_id == other.next_trade_id


@settings(max_examples=25, deadline=None)
@given(ends, seeds, st.data())
def test_trades_are_numbered_without_a_hole(end: int, seed: int, data: Any) -> None:
    past = a_past(end, seed)
    number = data.draw(st.integers(0, past.next_trade_id - 1))
    trades = past.trades(number, 300)
    assert [trade.id for trade in trades] == list(range(number, min(number + 300, past.next_trade_id)))
    for before, trade in pairwise(trades):
        assert before.time <= trade.time < end * 1_000_000
    assert past.id_at(trades[0].time) <= number <= past.id_at(trades[0].time + 1)
    for trade in trades:
        assert trade.price % past.scale.tick == trade.qty % past.scale.step == 0
        assert trade.price > 0 < trade.qty


def test_the_trades_of_a_minute_are_its_candle() -> None:
    past = a_past(pace=300)
    start = END // 60 * 60 - 600
    for bar in past.bars("1m", start, start + 600):
        trades = past.trades(bar.first_id, bar.count)
        prices = [trade.price for trade in trades]
        assert (prices[0], max(prices), min(prices), prices[-1]) == (bar.open, bar.high, bar.low, bar.close)
        assert sum(trade.qty for trade in trades) == bar.volume
        assert sum(trade.qty for trade in trades if not trade.buyer_maker) == bar.buy_volume
        assert all(bar.time <= trade.time // 1_000_000 < bar.time + 60 for trade in trades)
        assert abs(sum(trade.quote for trade in trades) - bar.quote) < bar.quote // 500


def test_it_ends_where_the_market_opens() -> None:
    for spec in SPECS:
        past = a_past(spec=spec)
        assert abs(past.last.price / (past.scale.start * past.scale.tick) - 1) < 0.002
        assert past.trades(past.next_trade_id - 5, 100)[-1].id == past.next_trade_id - 1
        assert past.trades(past.next_trade_id, 100) == []


def test_seeds_and_symbols_have_different_pasts() -> None:
    pasts = [a_past(), a_past(), a_past(seed=2), a_past(spec=SPECS[1])]
    closes = [[bar.close / bar.open for bar in past.bars("1d", END - 50 * DAY, END)] for past in pasts]
    assert closes[0] == closes[1]
    assert closes[0] != closes[2]
    assert closes[0] != closes[3]


def test_volatility_is_what_was_asked_for() -> None:
    for wanted in (0.3, 0.9):
        past = a_past(volatility=wanted)
        bars = past.bars("1d", END - 2_000 * DAY, END)
        squares = [(bar.close / bar.open - 1) ** 2 for bar in bars]
        assert (sum(squares) / len(squares) * 365) ** 0.5 == pytest.approx(wanted, rel=0.15)


def test_a_symbol_without_filters_has_a_scale_too() -> None:
    scale = Scale.of(SymbolSpec("FOOBAR", "FOO", "BAR"))
    assert scale.start >= 1_000
    assert scale.usual >= 1


# In the engine


async def an_engine(spec: SymbolSpec = SPECS[0], end: float = END + 0.25) -> tuple[Engine, Past]:
    clock = SimClock(end)
    engine = Engine([spec], now_us=clock.now_us)
    past = a_past(int(end), spec=spec)
    begin(engine.market(spec.symbol), past, engine.bounds.trades)
    return engine, past


async def test_candles_of_every_interval() -> None:
    engine, _ = await an_engine()
    for name, size in INTERVALS.items():
        rows = engine.klines("BTCUSDT", name, limit=1_000)
        whole = min(1_000, DAYS * DAY // size) if size else 98
        assert len(rows) >= whole - 1, name
        assert rows[-1][0] <= END * 1_000 <= rows[-1][6], name
        for before, row in pairwise(rows):
            assert row[0] == before[6] + 1
            assert row[1] == before[4] or name == "1s"
        assert name == "1s" or float(rows[-2][5]) > 0


async def test_candles_from_a_day_years_ago() -> None:
    engine, _ = await an_engine()
    start = (END - 2_500 * DAY) // DAY * DAY * 1_000
    rows = engine.klines("BTCUSDT", "1m", start_time=start, limit=500)
    assert [row[0] for row in rows] == list(range(start, start + 500 * 60_000, 60_000))
    rows = engine.klines("BTCUSDT", "1m", start_time=start + 1, end_time=start + 120_000)
    assert [row[0] for row in rows] == [start + 60_000, start + 120_000]
    rows = engine.klines("BTCUSDT", "1h", end_time=start + 3_600_000, limit=3)
    assert [row[0] for row in rows] == [start - 3_600_000, start, start + 3_600_000]
    assert engine.klines("BTCUSDT", "1h", start_time=0, limit=1)[0][0] // 86_400_000 == END // DAY - DAYS


async def test_candles_on_another_clock() -> None:
    engine, past = await an_engine()
    days = engine.klines("BTCUSDT", "1d", time_zone="-5:30", limit=3)
    assert all((row[0] - 5.5 * 3_600_000) % 86_400_000 == 0 for row in days)
    opened = days[0][0] // 1_000
    assert int(days[0][8]) == sum(bar.count for bar in past.bars("15m", opened, opened + DAY))


async def test_tickers_see_the_past() -> None:
    engine, past = await an_engine()
    start = END // 60 * 60 - 1_440 * 60
    minutes = past.bars("1m", start, END // 60 * 60)
    partial = past.cover(END // 60 * 60, END)
    ticker = engine.ticker_24hr("BTCUSDT")
    assert ticker["count"] == sum(bar.count for bar in minutes + partial)
    assert ticker["firstId"] == minutes[0].first_id
    assert float(ticker["highPrice"]) == max(bar.high for bar in minutes + partial) / 1e8
    assert float(ticker["prevClosePrice"]) == past.bars("1m", start - 60, start)[0].close / 1e8
    assert engine.ticker_rolling("BTCUSDT", window_size="7d")["count"] > 6 * ticker["count"]
    assert engine.ticker_trading_day("BTCUSDT")["openPrice"] == engine.klines("BTCUSDT", "1d", limit=1)[0][1]
    assert engine.ticker_price("BTCUSDT")["price"] == engine.trades("BTCUSDT", limit=1)[0]["price"]


async def test_trades_of_the_past() -> None:
    engine, past = await an_engine()
    newest = engine.trades("BTCUSDT", limit=1_000)
    assert [row["id"] for row in newest] == list(range(past.next_trade_id - 1_000, past.next_trade_id))
    assert [row["id"] for row in engine.historical_trades("BTCUSDT", from_id=77, limit=3)] == [77, 78, 79]
    start = (END - 86_400) * 1_000
    found = engine.agg_trades("BTCUSDT", start_time=start, end_time=start + 60_000, limit=1_000)
    assert found
    assert all(start <= row["T"] <= start + 60_000 for row in found)
    assert found[0]["a"] == past.id_at(start * 1_000)
    before = engine.agg_trades("BTCUSDT", end_time=start, limit=5)
    assert [row["a"] for row in before] == list(range(found[0]["a"] - 5, found[0]["a"]))
    assert [row["f"] for row in engine.agg_trades("BTCUSDT", from_id=9, limit=2)] == [9, 10]
    assert len(engine.agg_trades("BTCUSDT", limit=700)) == 700
