"""Grids: rounding against fractions, common grids against sieves."""

from __future__ import annotations

from decimal import Decimal, getcontext, localcontext
from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binance_async.core import grid
from binance_async.core.grid import Grid
from binance_async.spot import filters as spot
from binance_async.us import filters as us

amounts = st.decimals("0", "1000000000", places=8) | st.decimals("0", "1000", places=30)
steps = st.decimals("0.00000001", "1000", places=8).filter(bool) | st.sampled_from([Decimal("0.25"), Decimal("1E+2")])


# What filters give


@pytest.mark.parametrize("family", [spot, us], ids=["spot", "us"])
def test_the_three_filters_give_their_grids(family: Any) -> None:
    one, two, three = Decimal("0.1"), Decimal(20), Decimal("0.01")
    price = family.PriceFilter(min_price=one, max_price=two, tick_size=three)
    lot = family.LotSize(min_qty=one, max_qty=two, step_size=three)
    market = family.MarketLotSize(min_qty=one, max_qty=two, step_size=three)
    for filter_, name in ((price, "PRICE_FILTER"), (lot, "LOT_SIZE"), (market, "MARKET_LOT_SIZE")):
        assert Grid.of(filter_) == Grid(name, one, two, three, Decimal(0))
        assert Grid.of(filter_, from_minimum=True) == Grid(name, one, two, three, one)


def test_a_field_is_found_under_any_of_its_names() -> None:
    limit = us.MaxNumOrders(limit=7)
    assert grid.field(limit, "max_num_orders", "limit") == 7
    assert grid.field(limit, "max_num_orders") is None
    assert grid.field(limit, "nothing") is None
    assert grid.tag(limit) == "MAX_NUM_ORDERS"


# Rounding


def reference(x: Decimal, step: Decimal, origin: Decimal, rounding: str) -> Fraction:
    count = (Fraction(x) - Fraction(origin)) / Fraction(step)
    down = floor(count)
    if rounding == "up":
        down = -floor(-count)
    elif rounding == "nearest":
        down = floor(count + Fraction(1, 2))
    return Fraction(origin) + down * Fraction(step)


@given(x=amounts, step=steps, origin=st.just(Decimal(0)) | amounts, rounding=st.sampled_from(["down", "up", "nearest"]))
def test_rounding_is_that_of_fractions(x: Decimal, step: Decimal, origin: Decimal, rounding: Any) -> None:
    on = Grid("", step=step, origin=origin)
    with grid.exact():
        result = on.rounded(x, rounding)
        assert Fraction(result) == reference(x, step, origin, rounding)
        assert on.rounded(result, rounding) == result
        assert not on.rest(result)
        assert abs(result - x) <= (step / 2 if rounding == "nearest" else step)
        assert 0 <= on.rest(x) < step


@given(x=amounts, step=steps)
def test_what_is_off_the_grid_is_told_by_its_distance(x: Decimal, step: Decimal) -> None:
    with grid.exact():
        faults = list(Grid("TICK", step=step).off("price", x))
        nearest = abs(Fraction(x) - reference(x, step, Decimal(0), "nearest"))
        assert [Fraction(f.by or 0) for f in faults] == ([nearest] if nearest else [])
        assert all(f.filter == "TICK" and format((f.by or Decimal(0)).normalize(), "f") in f.message for f in faults)


@pytest.mark.parametrize(
    ("step", "x", "shown"),
    [
        ("0.00100000", "1", "1.000"),
        ("0.05", "1.234", "1.20"),
        ("5", "12", "10"),
        ("1E+2", "250", "200"),
        ("0.25", "0.5", "0.50"),
        ("0", "0.123456789", "0.123456789"),
    ],
)
def test_the_result_has_the_digits_of_the_step(step: str, x: str, shown: str) -> None:
    with grid.exact():
        assert str(Grid("", step=Decimal(step)).rounded(Decimal(x), "down")) == shown


def test_steps_may_be_counted_from_the_minimum() -> None:
    on = Grid("PRICE_FILTER", low=Decimal("0.015"), step=Decimal("0.01"), origin=Decimal("0.015"))
    with grid.exact():
        assert str(on.rounded(Decimal("0.03"), "down")) == "0.025"
        assert str(on.rounded(Decimal("0.01"), "down")) == "0.005"  # below the origin steps go on
        [fault] = on.off("price", Decimal("0.03"))
        assert fault.message == "price 0.03 is off the steps of 0.01 from 0.015 by 0.005"
        [fault] = on.beyond("price", Decimal("0.01"))
        assert fault.message == "price 0.01 is below 0.015 by 0.005"


def test_a_bound_of_0_is_off() -> None:
    open_ended = Grid("PRICE_FILTER")
    assert not list(open_ended.beyond("price", Decimal(10**9)))
    assert not list(open_ended.off("price", Decimal("0.1")))
    bounded = Grid("PRICE_FILTER", low=Decimal(1), high=Decimal(2))
    for x, by in (("0.5", "0.5"), ("2.25", "0.25")):
        assert [fault.by for fault in bounded.beyond("price", Decimal(x))] == [Decimal(by)]
    assert not [fault for x in (1, 2) for fault in bounded.beyond("price", Decimal(x))]


# Two filters


small = st.integers(1, 12)


@given(p=small, q=small, a=st.integers(0, 15), b=st.integers(0, 15), places=st.integers(0, 3))
def test_the_common_grid_is_what_a_sieve_finds(p: int, q: int, a: int, b: int, places: int) -> None:
    unit = Decimal(1).scaleb(-places)
    one, two = Grid("A", step=p * unit, origin=a * unit), Grid("B", step=q * unit, origin=b * unit)
    found = [n for n in range(400) if (n - a) % p == 0 and (n - b) % q == 0]
    with grid.exact():
        common = one.common(two)
        if common is None:
            assert not found
            return
        assert [n for n in range(400) if not common.rest(n * unit)] == found
        assert common.low == common.high == 0


def test_a_grid_without_steps_adds_nothing() -> None:
    one, none = Grid("A", step=Decimal("0.1"), low=Decimal(3)), Grid("B", high=Decimal(9))
    with grid.exact():
        assert one.common(none) is one
        assert none.common(one) is one


# Exactness


def test_exact_leaves_the_callers_context_alone_and_is_not_touched_by_it() -> None:
    x, step = Decimal("123456789012345678901234567890.123456789"), Decimal("0.000000002")
    with localcontext() as mine:
        mine.prec = 3
        with grid.exact():
            assert str(Grid("", step=step).rounded(x, "down")) == "123456789012345678901234567890.123456788"
        assert getcontext().prec == 3


@pytest.mark.parametrize(
    ("number", "shown", "places"), [("0.00100000", "0.001", 3), ("100", "100", -2), ("1E-8", "0.00000001", 8)]
)
def test_numbers_are_told_in_plain_digits(number: str, shown: str, places: int) -> None:
    assert grid.text(Decimal(number)) == shown
    assert grid.decimals(Decimal(number)) == places
