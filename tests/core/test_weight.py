"""Weight rules against the tables of the documents, row by row and at their edges."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binance_async.core.weight import Fixed, WeightRule, by_limit, by_symbols, per_symbol, rule, when_given

DEPTH = by_limit({100: 5, 500: 25, 1000: 50, 5000: 250}, default=100)
US_DEPTH = by_limit({5000: 50, 100: 1, 1000: 10, 500: 5}, default=100)  # in any order
KLINES = by_limit({99: 1, 499: 2, 1000: 5, 1500: 10}, default=500)
TICKER_24H = by_symbols(one=2, rows={20: 2, 100: 40}, none=80)
TICKER_PRICE = by_symbols(one=2, none=4)
TICKER = per_symbol(4, cap=200)
OPEN_ORDERS = when_given("symbol", 6, 80)
MY_TRADES = when_given("orderId", 5, 20)
ORDER_TEST = when_given("computeCommissionRates", 20, 1)


def symbols(count: int) -> dict[str, Any]:
    return {"symbols": [f"S{n}" for n in range(count)]}


@pytest.mark.parametrize(
    ("weight", "params", "documented"),
    [
        # spot /api/v3/depth: 1-100:5; 101-500:25; 501-1000:50; 1001-5000:250
        (DEPTH, {}, 5),
        (DEPTH, {"limit": 1}, 5),
        (DEPTH, {"limit": 100}, 5),
        (DEPTH, {"limit": 101}, 25),
        (DEPTH, {"limit": 500}, 25),
        (DEPTH, {"limit": 501}, 50),
        (DEPTH, {"limit": 1000}, 50),
        (DEPTH, {"limit": 1001}, 250),
        (DEPTH, {"limit": 5000}, 250),
        (DEPTH, {"limit": 9999}, 250),
        (DEPTH, {"limit": "500"}, 25),  # as the text of a query string
        # us /api/v3/depth: 1-100:1; 101-500:5; 501-1000:10; 1001-5000:50
        (US_DEPTH, {"limit": 100}, 1),
        (US_DEPTH, {"limit": 101}, 5),
        (US_DEPTH, {"limit": 1000}, 10),
        (US_DEPTH, {"limit": 1001}, 50),
        # usdm klines: 1-99:1; 100-499:2; 500-1000:5; >1000:10
        (KLINES, {}, 5),
        (KLINES, {"limit": 99}, 1),
        (KLINES, {"limit": 100}, 2),
        (KLINES, {"limit": 499}, 2),
        (KLINES, {"limit": 500}, 5),
        (KLINES, {"limit": 1001}, 10),
        # spot ticker/24hr: symbol 1:2; no symbol:80; symbols 1-20:2; symbols 21-100:40; symbols 101+:80; no symbols:80
        (TICKER_24H, {"symbol": "BTCUSDT"}, 2),
        (TICKER_24H, {}, 80),
        (TICKER_24H, symbols(1), 2),
        (TICKER_24H, symbols(20), 2),
        (TICKER_24H, symbols(21), 40),
        (TICKER_24H, symbols(100), 40),
        (TICKER_24H, symbols(101), 80),
        # spot ticker/price, ticker/bookTicker: symbol 1:2; no symbol:4; symbols Any:4
        (TICKER_PRICE, {"symbol": "BTCUSDT"}, 2),
        (TICKER_PRICE, {}, 4),
        (TICKER_PRICE, symbols(1), 4),
        (TICKER_PRICE, symbols(500), 4),
        # spot ticker, ticker/tradingDay: 4 per symbol; cap 200 above 50 symbols
        (TICKER, {"symbol": "BTCUSDT"}, 4),
        (TICKER, symbols(1), 4),
        (TICKER, symbols(49), 196),
        (TICKER, symbols(50), 200),
        (TICKER, symbols(51), 200),
        (TICKER, symbols(100), 200),
        (TICKER, {}, 200),
        # spot openOrders: with symbol:6; without symbol:80
        (OPEN_ORDERS, {"symbol": "BTCUSDT"}, 6),
        (OPEN_ORDERS, {}, 80),
        # spot myTrades: without orderId:20; with orderId:5 (order 0 is an order)
        (MY_TRADES, {"orderId": 0}, 5),
        (MY_TRADES, {"orderId": 12}, 5),
        (MY_TRADES, {"symbol": "BTCUSDT"}, 20),
        # spot order/test: without computeCommissionRates:1; with:20
        (ORDER_TEST, {}, 1),
        (ORDER_TEST, {"computeCommissionRates": True}, 20),
        (ORDER_TEST, {"computeCommissionRates": "true"}, 20),
        (ORDER_TEST, {"computeCommissionRates": False}, 1),
        (ORDER_TEST, {"computeCommissionRates": "false"}, 1),
        (rule(25), {}, 25),
        (rule(25), {"limit": 1000, "symbol": "BTCUSDT"}, 25),
    ],
)
def test_documented_weights(weight: WeightRule, params: dict[str, Any], documented: int) -> None:
    assert weight.of(params) == documented


def test_a_rule_stays_a_rule() -> None:
    assert rule(DEPTH) is DEPTH
    assert rule(3) == Fixed(3)


@pytest.mark.parametrize(
    ("weight", "said"),
    [
        (rule(25), "25"),
        (DEPTH, "limit<=100: 5; limit<=500: 25; limit<=1000: 50; limit<=5000: 250"),
        (TICKER_24H, "one symbol: 2; up to 20 symbols: 2; up to 100 symbols: 40; all: 80"),
        (TICKER_PRICE, "one symbol: 2; all: 4"),
        (TICKER, "4 a symbol, at most 200"),
        (OPEN_ORDERS, "with symbol: 6; without: 80"),
    ],
)
def test_a_rule_says_what_it_is(weight: WeightRule, said: str) -> None:
    assert str(weight) == said


@given(st.dictionaries(st.integers(1, 5000), st.integers(1, 500), min_size=1), st.integers(1, 6000))
def test_the_row_is_the_first_that_holds_the_limit(rows: dict[int, int], limit: int) -> None:
    holds = [most for most in rows if most >= limit]
    expected = rows[min(holds)] if holds else rows[max(rows)]
    assert by_limit(rows, default=1).of({"limit": limit}) == expected


@given(st.integers(1, 50), st.integers(1, 400), st.integers(0, 200))
def test_per_symbol_never_passes_its_cap(each: int, cap: int, count: int) -> None:
    weight = per_symbol(each, cap=cap)
    assert weight.of(symbols(count)) == min(cap, each * count)
    assert weight.of({}) == cap
