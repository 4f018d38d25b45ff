"""Klines against klines made the slow way, and the clock they are aligned to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from engine_kit import START, Bench, Clock, bare
from hypothesis import given, settings
from hypothesis import strategies as st

from binance_async.simulator.engine import Engine
from binance_async.simulator.engine.bars import INTERVALS, align, next_open

DAY = 86_400


def calendar_open(time: int, interval: str, offset: int) -> int:
    """The open of an interval by the calendar of a time zone."""
    zone = timezone(timedelta(seconds=offset))
    local = datetime.fromtimestamp(time, zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if interval == "1M":
        return int(midnight.replace(day=1).timestamp())
    if interval == "1w":
        return int((midnight - timedelta(days=midnight.weekday())).timestamp())
    if interval == "1d":
        return int(midnight.timestamp())
    size = INTERVALS[interval]
    if interval == "3d":
        return (time + offset) // size * size - offset
    passed = int((local - midnight).total_seconds())
    return int(midnight.timestamp()) + passed // size * size


@given(
    st.integers(0, 4_000_000_000),
    st.sampled_from(list(INTERVALS)),
    st.integers(-12 * 4, 14 * 4).map(lambda quarters: quarters * 900),
)
def test_alignment(time: int, interval: str, offset: int) -> None:
    opened = align(time, INTERVALS[interval], offset)
    assert opened == calendar_open(time, interval, offset)
    after = next_open(opened, INTERVALS[interval], offset)
    assert opened <= time < after
    assert align(after, INTERVALS[interval], offset) == after
    assert align(after - 1, INTERVALS[interval], offset) == opened


trades = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 7, 30, 61, 200, 900, 3_600, 5_000, 40_000, 100_000]),
        st.integers(90, 110),
        st.integers(1, 9),
        st.booleans(),
    ),
    min_size=1,
    max_size=40,
)


def played(flow: list[tuple[int, int, int, bool]]) -> tuple[Engine, Clock, list[tuple[int, int, int, bool]]]:
    clock = Clock()
    engine = Engine([bare("XY", "X", "Y")], now_us=clock)
    done: list[tuple[int, int, int, bool]] = []
    for wait, price, qty, maker in flow:
        clock.step(wait)
        engine.load_trades("XY", [(clock.now, Decimal(price), Decimal(qty), maker)])
        done.append((clock.now // 1_000_000, price, qty, maker))
    return engine, clock, done


def slow_klines(done: list[tuple[int, int, int, bool]], interval: str, now: int, offset: int) -> list[list[Any]]:
    """Every kline from the first trade to now, one by one."""
    rows: list[list[Any]] = []
    opened = calendar_open(done[0][0], interval, offset)
    close = 0
    while opened <= now:
        after = next_open(opened, INTERVALS[interval], offset)
        mine = [each for each in done if opened <= each[0] < after]
        numbers = [each[1] for each in mine] or [close]
        close = numbers[-1]
        bought = [each for each in mine if not each[3]]
        rows.append(
            [
                opened * 1000,
                numbers[0],
                max(numbers),
                min(numbers),
                close,
                sum(each[2] for each in mine),
                after * 1000 - 1,
                sum(each[1] * each[2] for each in mine),
                len(mine),
                sum(each[2] for each in bought),
                sum(each[1] * each[2] for each in bought),
            ]
        )
        opened = after
    return rows


def plain(rows: list[list[Any]]) -> list[list[Any]]:
    return [[Decimal(cell) if isinstance(cell, str) else cell for cell in row[:-1]] for row in rows]


@pytest.mark.parametrize("interval", ["1m", "5m", "1h", "4h", "12h", "1d", "3d", "1w", "1M"])
@settings(max_examples=15, deadline=None)
@given(
    trades,
    st.sampled_from([None, "8", "-5", "05:45"]),
    st.integers(0, 100_000),
)
def test_klines_are_what_the_trades_say(
    interval: str, flow: list[tuple[int, int, int, bool]], zone: str | None, wait: int
) -> None:
    engine, clock, done = played(flow)
    clock.step(wait)
    offset = {None: 0, "8": 8 * 3_600, "-5": -5 * 3_600, "05:45": 20_700}[zone]
    expected = slow_klines(done, interval, clock.now // 1_000_000, offset)
    got = plain(engine.klines("XY", interval, time_zone=zone, limit=1000))
    assert got == expected[-1000:]
    start = expected[len(expected) // 2][0]
    got = plain(engine.klines("XY", interval, time_zone=zone, start_time=start - 1, limit=3))
    assert got == expected[len(expected) // 2 :][:3]
    got = plain(engine.klines("XY", interval, time_zone=zone, end_time=start, limit=2))
    assert got == expected[: len(expected) // 2 + 1][-2:]
    event = engine.kline_event("XY", interval, time_zone=zone)["k"]
    assert [event["t"], Decimal(event["o"]), Decimal(event["c"]), event["n"], event["x"]] == [
        expected[-1][0],
        expected[-1][1],
        expected[-1][4],
        expected[-1][8],
        False,
    ]
    if len(expected) > 1:
        closed = engine.closed_kline_event("XY", interval, time_zone=zone)["k"]
        assert (closed["t"], closed["T"], closed["n"], closed["x"]) == (*expected[-2][0:7:6], expected[-2][8], True)


def test_seconds() -> None:
    engine, clock, _ = played([(0, 100, 1, True), (0, 101, 2, False), (2, 99, 1, True)])
    rows = plain(engine.klines("XY", "1s"))
    second = START // 1_000_000 * 1000
    assert rows == [
        [second, 100, 101, 100, 101, 3, second + 999, 302, 2, 2, 202],
        [second + 1000, 101, 101, 101, 101, 0, second + 1999, 0, 0, 0, 0],
        [second + 2000, 99, 99, 99, 99, 1, second + 2999, 99, 1, 0, 0],
    ]
    micro = engine.klines("XY", "1s", micro=True, limit=1)[0]
    assert (micro[0], micro[6], micro[11]) == ((second + 2000) * 1000, (second + 3000) * 1000 - 1, "0")
    assert clock.now


def test_without_any_trade_there_are_no_klines() -> None:
    bench = Bench()
    assert bench.engine.klines(bench.symbol, "1m") == []
    event = bench.engine.kline_event(bench.symbol, "1m")["k"]
    assert (event["n"], event["f"], event["o"]) == (0, -1, "0.00000000")


def test_refused_parameters() -> None:
    bench = Bench()
    with bench.refused(-1120, "Invalid interval."):
        bench.engine.klines(bench.symbol, "2m")
    for zone in ("15", "-12:15", "1:60", "UTC", "14:01"):
        with bench.refused(-1130, "Data sent for parameter 'timeZone' is not valid."):
            bench.engine.klines(bench.symbol, "1h", time_zone=zone)
    for zone in ("14", "-12:00", "0", "+08:00", "14:00"):
        bench.engine.klines(bench.symbol, "1h", time_zone=zone)


def test_loaded_history() -> None:
    clock = Clock()
    engine = Engine([bare("XY", "X", "Y")], now_us=clock)
    minute = 60_000_000
    begin = START // minute * minute - 180 * minute
    engine.load_klines(
        "XY",
        [
            (begin + n * minute, Decimal(100 + n), Decimal(105 + n), Decimal(95 + n), Decimal(101 + n), Decimal(10), 5)
            for n in range(180)
        ],
    )
    hours = plain(engine.klines("XY", "1h"))
    assert [row[8] for row in hours] == [245, 300, 300, 55, 0][: len(hours)] or sum(row[8] for row in hours) == 900
    assert (hours[0][1], hours[-1][4]) == (100, 280)
    assert engine.ticker_24hr("XY")["count"] == 900
    assert engine.ticker_price("XY")["price"] == "280.00000000"
    assert engine.avg_price("XY")["price"] == "280.00000000"
    with pytest.raises(ValueError, match="oldest first"):
        engine.load_klines("XY", [(begin, *[Decimal(1)] * 5, 1)])
    with pytest.raises(ValueError, match="on the minute"):
        engine.load_klines("XY", [(START + 1_000_000, *[Decimal(1)] * 5, 1)])
    engine.load_trades("XY", [(START, Decimal(300), Decimal(1), True)])
    assert plain(engine.klines("XY", "1m", limit=1))[0][4] == 300
    with pytest.raises(ValueError, match="before the first trade"):
        engine.load_klines("XY", [])
    with pytest.raises(ValueError, match="oldest first"):
        engine.load_trades("XY", [(START - 1, Decimal(300), Decimal(1), True)])
    assert datetime.fromtimestamp(hours[0][0] / 1000, UTC).minute == 0
