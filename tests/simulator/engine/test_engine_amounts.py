from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binance_async.simulator.engine import ExchangeError
from binance_async.simulator.engine.amounts import UNIT, notional, optional_units, text, units


@given(st.integers(0, 10**21))
def test_text_and_units_are_inverse(number: int) -> None:
    assert units(Decimal(text(number)), "quantity") == number


@pytest.mark.parametrize(
    ("number", "written"),
    [(0, "0.00000000"), (1, "0.00000001"), (UNIT, "1.00000000"), (-150_000_000, "-1.50000000"), (-1, "-0.00000001")],
)
def test_text_has_eight_decimals(number: int, written: str) -> None:
    assert text(number) == written


@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        ("0.000000001", -1111, "Parameter 'price' has too much precision."),
        ("1.0000000000000000000000000000000000001", -1111, "Parameter 'price' has too much precision."),
        ("1e14", -1108, "Parameter 'price' overflowed."),
        (
            "-1",
            -1100,
            r"Illegal characters found in parameter 'price'; legal range is '^([0-9]{1,20})(\.[0-9]{1,20})?$'.",
        ),
        (
            "NaN",
            -1100,
            r"Illegal characters found in parameter 'price'; legal range is '^([0-9]{1,20})(\.[0-9]{1,20})?$'.",
        ),
        (
            "Infinity",
            -1100,
            r"Illegal characters found in parameter 'price'; legal range is '^([0-9]{1,20})(\.[0-9]{1,20})?$'.",
        ),
    ],
)
def test_units_refuse_what_no_order_can_hold(value: str, code: int, message: str) -> None:
    with pytest.raises(ExchangeError) as caught:
        units(Decimal(value), "price")
    assert (caught.value.code, caught.value.message) == (code, message)


def test_trailing_zeros_are_no_precision() -> None:
    assert units(Decimal("1.500000000000"), "price") == 150_000_000


def test_optional() -> None:
    assert optional_units(None, "price") == 0
    assert optional_units(Decimal(1), "price") == UNIT


@given(st.integers(0, 10**15), st.lists(st.integers(0, 10**12), max_size=5))
def test_parts_never_cost_more_than_the_whole(price: int, parts: list[int]) -> None:
    assert sum(notional(price, part) for part in parts) <= notional(price, sum(parts))
