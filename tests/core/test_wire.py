"""Arguments on the wire: every digit arrives, in plain digits, or the argument is refused in words."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import math
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal, Optional, Union

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from binance_async.core import wire
from binance_async.core.open_enum import OpenEnum

PLAIN = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


class Colour(OpenEnum):
    RED = "RED"
    BLUE = "BLUE"


# Numbers


@st.composite
def decimals(draw: st.DrawFn) -> Decimal:
    digits = draw(st.integers(0, 10**40))
    exponent = draw(st.integers(-900, 900) | st.integers(-20, 20))
    return Decimal((draw(st.sampled_from([0, 1])), Decimal(digits).as_tuple().digits, exponent))


@given(decimals())
@example(Decimal("0.00000001"))
@example(Decimal("1E-8"))
@example(Decimal("1E+8"))
@example(Decimal("-0"))
@example(Decimal("0E-8"))
@example(Decimal("123456789012345678901234567890.123456789012345678901234567890"))
def test_a_decimal_keeps_every_digit(value: Decimal) -> None:
    text = wire.plain(value)
    assert PLAIN.fullmatch(text)
    back = Decimal(text)
    assert back == value
    assert value.is_zero() or back.as_tuple().exponent == min(value.as_tuple().exponent, 0)
    assert wire.plain(text) == text


@given(decimals())
def test_the_precision_of_the_context_does_not_matter(value: Decimal) -> None:
    expected = wire.plain(value)
    with decimal.localcontext() as context:
        context.prec = 2
        context.rounding = decimal.ROUND_DOWN
        assert wire.plain(value) == expected


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(0.00001)
@example(1e-05)
@example(5e-324)
@example(1e308)
@example(1.7976931348623157e308)
@example(0.1 + 0.2)
@example(-0.0)
def test_a_float_is_its_shortest_repr_in_plain_digits(value: float) -> None:
    text = wire.plain(value)
    assert PLAIN.fullmatch(text)
    assert float(text) == value
    assert Decimal(text) == Decimal(repr(value))  # not the 50 digits of the double itself


@given(st.integers(-(10**600), 10**600))
@example(2**53 + 1)
@example(2**64)
def test_an_int_is_exact(value: int) -> None:
    text = wire.plain(value)
    assert PLAIN.fullmatch(text)
    assert int(text) == value


@given(decimals())
def test_a_text_keeps_every_digit(value: Decimal) -> None:
    for text in (str(value), format(value, "e"), format(value, "f"), f" {value} "):
        sent = wire.plain(text)
        assert PLAIN.fullmatch(sent)
        assert Decimal(sent) == value


def test_a_plain_text_is_sent_as_it_is() -> None:
    for text in ("0.10", "007", "1", "-5.000"):
        assert wire.plain(text) == text


@pytest.mark.parametrize(
    ("value", "sent"), [("1e-8", "0.00000001"), ("+5", "5"), (".5", "0.5"), ("5.", "5"), ("１２", "12"), (" 5\n", "5")]
)
def test_other_spellings_of_a_number(value: str, sent: str) -> None:
    assert wire.plain(value) == sent


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        "NaN",
        "inf",
        "-Infinity",
        "",
        " ",
        "abc",
        "1,5",
        "1 5",
        "0x10",
        "1\x00",
        "--1",
        "1e99999999999999999999999999",
        True,
        False,
        None,
        b"1",
        [],
        1j,
        object,
        dt.timedelta(1),
    ],
    ids=repr,
)
def test_what_is_no_finite_number_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="takes a "):
        wire.plain(value)


@pytest.mark.parametrize(
    "value",
    [Decimal("1E+1000"), Decimal("1E-1001"), "1e999999999", "1e-999999999", 10**1000, 10**9000],
    ids=["Decimal", "small", "text", "small text", "int", "long int"],
)
def test_a_number_that_would_fill_the_memory_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="at most 1,000 digits"):
        wire.plain(value)


def test_the_largest_numbers_are_sent() -> None:
    assert wire.plain(Decimal("1E+999")) == "1" + "0" * 999
    assert wire.plain(Decimal("1E-1000")) == "0." + "0" * 999 + "1"
    assert wire.plain(10**999 + 1) == "1" + "0" * 998 + "1"


# Writers by annotation


def test_none_of_a_union_does_not_count() -> None:
    for annotation in (int | None, Optional[int], Union[None, int]):  # noqa: UP007, UP045 - all spellings
        assert wire.members(annotation) == (int,)
        assert wire.kind_of(annotation) == "integer"
    assert wire.members(int) == (int,)


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        (str, "text"),
        (int, "integer"),
        (bool, "boolean"),
        (Decimal, "number"),
        (wire.Number, "number"),
        (wire.Number | None, "number"),
        (wire.Time, "time"),
        (wire.Time | None, "time"),
        (Literal["A", "B"], "choice"),
        (Colour, "choice"),
        (Colour | Literal["RED", "BLUE"] | None, "choice"),
        (Sequence[str], "list"),
        (list[int] | None, "list"),
        (Sequence[Colour], "list"),
    ],
)
def test_kind_of(annotation: Any, kind: str) -> None:
    assert wire.kind_of(annotation) == kind
    assert callable(wire.writer(annotation))


@pytest.mark.parametrize("annotation", [float, bytes, dict[str, str], str | int, Any, object, None, type(None)])
def test_an_annotation_without_a_writer_is_refused(annotation: Any) -> None:
    with pytest.raises(TypeError, match="no writer for"):
        wire.writer(annotation)


@pytest.mark.parametrize(
    ("annotation", "value", "sent"),
    [
        (str, "BTCUSDT", "BTCUSDT"),
        (str, "", ""),
        (str, Colour.RED, "RED"),
        (int, 5, 5),
        (int, -(2**70), -(2**70)),
        (bool, True, True),
        (bool, False, False),
        (wire.Number, 0.00001, "0.00001"),
        (Literal["A", "B"], "A", "A"),
        (Colour, "RED", "RED"),
        (Colour, Colour.BLUE, "BLUE"),
        (Colour, Colour("MAUVE"), "MAUVE"),
        (Sequence[str], ["A", "B"], ["A", "B"]),
        (Sequence[str], ("A",), ["A"]),
        (Sequence[str], [], []),
        (Sequence[int], range(3), [0, 1, 2]),
        (Sequence[str], {"A"}, ["A"]),
        (Sequence[str], frozenset({"A"}), ["A"]),
        (Sequence[Colour], ["RED", Colour("MAUVE")], ["RED", "MAUVE"]),
        (Sequence[wire.Number], [1e-5, Decimal("1E-8")], ["0.00001", "0.00000001"]),
    ],
)
def test_what_is_written(annotation: Any, value: Any, sent: Any) -> None:
    written = wire.writer(annotation)(value)
    assert written == sent
    assert type(written) is type(sent)
    if isinstance(sent, list):
        assert [type(item) for item in written] == [type(item) for item in sent]


class Index:
    def __index__(self) -> int:
        return 7


def test_an_integer_of_another_library_is_one() -> None:
    written = wire.writer(int)(Index())
    assert (written, type(written)) == (7, int)


@pytest.mark.parametrize(
    ("annotation", "value", "takes"),
    [
        (str, 5, "takes a str"),
        (str, b"BTCUSDT", "takes a str"),
        (str, ["BTCUSDT"], "takes a str"),
        (int, "5", "takes an int"),
        (int, 5.0, "takes an int"),
        (int, True, "takes an int"),
        (int, Decimal(5), "takes an int"),
        (bool, 1, "takes True or False"),
        (bool, "true", "takes True or False"),
        (bool, 0, "takes True or False"),
        (wire.Number, "abc", "takes a number"),
        (wire.Time, 1.5, "takes milliseconds since the epoch"),
        (wire.Time, "2024-01-01", "takes milliseconds since the epoch"),
        (wire.Time, True, "takes milliseconds since the epoch"),
        (wire.Time, dt.date(2024, 1, 1), "takes milliseconds since the epoch"),
        (Literal["A", "B"], "C", "takes one of A, B"),
        (Literal["A", "B"], 5, "takes one of A, B"),
        (Colour, "MAUVE", "takes one of RED, BLUE"),
        (Colour, "red", "takes one of RED, BLUE"),
        (Literal["A", "B"], Colour.RED, "takes one of A, B"),
        (Sequence[str], "BTCUSDT", "takes a list, not a single value"),
        (Sequence[str], b"BTCUSDT", "takes a list, not a single value"),
        (Sequence[str], 5, "takes a list, not a single value"),
        (Sequence[str], {"A": 1}, "takes a list, not a single value"),
        (Sequence[str], ["A", 5], "takes a str"),
        (Sequence[str], ["A", None], "takes a str"),
        (Sequence[Colour], ["MAUVE"], "takes one of RED, BLUE"),
    ],
)
def test_what_is_refused_is_told_what_it_takes(annotation: Any, value: Any, takes: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(takes)}"):
        wire.writer(annotation)(value)


def test_the_choices_of_an_annotation() -> None:
    assert wire.choices(Colour | Literal["RED", "GREEN"] | None) == ("RED", "BLUE", "GREEN")
    assert wire.choices(str | None) == ()


# Times


@given(st.datetimes(timezones=st.timezones()))
def test_a_datetime_is_milliseconds_rounded_down(when: dt.datetime) -> None:
    sent = wire.writer(wire.Time)(when)
    assert type(sent) is int
    back = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=sent)
    assert dt.timedelta(0) <= when.astimezone(dt.UTC) - back < dt.timedelta(milliseconds=1)


def test_times() -> None:
    write = wire.writer(wire.Time | None)
    assert write(dt.datetime(2024, 1, 1, tzinfo=dt.UTC)) == 1_704_067_200_000
    assert write(dt.datetime(2024, 1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1)))) == 1_704_067_200_000
    assert write(1_704_067_200_000_000) == 1_704_067_200_000_000  # microseconds pass through


@given(st.datetimes())
def test_a_naive_datetime_is_refused(when: dt.datetime) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        wire.writer(wire.Time)(when)


# As REST sends it


@given(st.text() | st.integers() | st.booleans() | st.lists(st.text() | st.integers() | st.booleans(), max_size=5))
def test_text_can_be_read_back(value: Any) -> None:
    sent = wire.text(value)
    assert type(sent) is str
    assert sent == value if isinstance(value, str) else json.loads(sent) == value


def test_a_repeated_parameter_stands_once_for_each_item() -> None:
    write = wire.writer(wire.RepeatedText)
    assert wire.texts({"asset": write(["BTC", "ETH"]), "to": "BNB"}) == [
        ("asset", "BTC"),
        ("asset", "ETH"),
        ("to", "BNB"),
    ]
    assert wire.text(write(["BTC"])) == '["BTC"]', "over the WebSocket API it is a list"
    assert wire.kind_of(wire.RepeatedText) == "list"
    with pytest.raises(ValueError, match="takes a list"):
        write("BTC")


def test_texts_keep_the_order() -> None:
    sent = wire.texts({"symbols": ["BTCUSDT", "币安"], "limit": 5, "on": True, "off": False, "price": "0.10"})
    assert sent == [
        ("symbols", '["BTCUSDT","币安"]'),
        ("limit", "5"),
        ("on", "true"),
        ("off", "false"),
        ("price", "0.10"),
    ]


# What nobody declared


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (1e-5, "0.00001"),
        (Decimal("1E-8"), "0.00000001"),
        (5, 5),
        (True, True),
        ("x", "x"),
        (["a", 1, 0.5, True], ["a", 1, "0.5", True]),
        (("a",), ["a"]),
        (Colour("MAUVE"), "MAUVE"),
        (dt.datetime(2024, 1, 1, tzinfo=dt.UTC), 1_704_067_200_000),
    ],
)
def test_an_undeclared_argument_is_written_by_what_it_is(value: Any, sent: Any) -> None:
    assert wire.loosely(value) == sent
    assert type(wire.loosely(value)) is type(sent)


@pytest.mark.parametrize("value", [b"x", {"a": 1}, object, math.nan, [b"x"], dt.datetime(2024, 1, 1)])  # noqa: DTZ001
def test_an_undeclared_argument_without_a_form_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"takes|time zone"):
        wire.loosely(value)
