"""Arguments as the exchange reads them.

A call's argument passes one writer, chosen by its annotation when the call is first used. The writer checks the
argument and answers with its wire value: `str`, `int`, `bool` or a list of them. The WebSocket API sends that as JSON
as it is; REST sends `text()` of it (`true`/`false`, lists as JSON text).

Numbers are where clients lose money. `str(Decimal("0.00000001"))` is `1E-8` and `str(0.00001)` is `1e-05`, which the
exchange refuses (or, rounded by a helper, obeys). Here a `Decimal` and a `str` keep every digit they have, a `float`
is taken by its shortest repr, and all are sent in plain digits. What is not a finite number is refused.
"""

from __future__ import annotations

import datetime as dt
import enum
import re
import types
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final, Literal, TypeAlias, Union, cast, get_args, get_origin

import msgspec

Number: TypeAlias = Decimal | str | int | float
"""A price or quantity as a user has it."""

Time: TypeAlias = int | dt.datetime
"""A time: milliseconds (or microseconds) since the epoch, or an aware datetime."""

Wire: TypeAlias = str | int | bool | list[Any]
"""A value as it stands in the JSON of the WebSocket API."""

Writer: TypeAlias = Callable[[Any], Wire]

MOST_DIGITS: Final = 1_000
"""The most digits before or after the decimal point; far more than a double or a price can have."""

_PLAIN = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def plain(value: object) -> str:
    """A number in plain digits, exactly. Raises `ValueError` for what is not a finite number."""
    if isinstance(value, str):
        if _PLAIN.fullmatch(value):
            return str(value)
        value = _parsed(value)
    elif isinstance(value, float):
        value = _parsed(repr(float(value)))
    elif isinstance(value, int) and not isinstance(value, bool):
        value = Decimal(int(value))
    elif not isinstance(value, Decimal):
        raise ValueError("takes a number: Decimal, str, int or float")
    if not value.is_finite():
        raise ValueError("takes a finite number")
    if not -MOST_DIGITS <= value.adjusted() < MOST_DIGITS:  # written out, 1E+999999999 would fill the memory
        raise ValueError(f"takes a number of at most {MOST_DIGITS:,} digits")
    return format(value, "f")


def _parsed(value: str) -> Decimal:
    try:
        return Decimal(value.strip())
    except InvalidOperation:
        raise ValueError("takes a number, and this text is none") from None


def _text(value: Any) -> Wire:
    if type(value) is str:
        return value
    if isinstance(value, str):  # a StrEnum's text is its value
        return str(value)
    raise ValueError("takes a str")


def _integer(value: Any) -> Wire:
    if type(value) is int:
        return value
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise ValueError("takes an int")
    return int(value)


def _boolean(value: Any) -> Wire:
    if value is True or value is False:
        return value
    raise ValueError("takes True or False")


_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def _time(value: Any) -> Wire:
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            raise ValueError("takes milliseconds since the epoch or an aware datetime; this one has no time zone")
        return (value - _EPOCH) // dt.timedelta(milliseconds=1)
    try:
        return _integer(value)
    except ValueError:
        raise ValueError("takes milliseconds since the epoch (int) or an aware datetime") from None


class Repeated(list[Any]):
    """A list that REST sends as one parameter for each item, `asset=BTC&asset=ETH`; others are sent as JSON text."""


RepeatedText: TypeAlias = Annotated[Sequence[str], Repeated]
"""The annotation of such a parameter."""


def _list_of(write: Writer, made: type[list[Any]]) -> Writer:
    def write_list(value: Any) -> Wire:
        if isinstance(value, (str, bytes)) or not isinstance(value, (Sequence, set, frozenset)):
            raise ValueError("takes a list, not a single value")
        return made(write(item) for item in cast("Sequence[Any]", value))

    return write_list


def _choice(values: tuple[str, ...], open_types: tuple[type, ...]) -> Writer:
    known = frozenset(values)

    def write_choice(value: Any) -> Wire:
        if type(value) is str and value in known:
            return value
        if isinstance(value, open_types):  # a member of the enum, perhaps one of tomorrow made by hand
            return str(value)
        raise ValueError(f"takes one of {', '.join(values)}")

    return write_choice


def members(annotation: Any) -> tuple[Any, ...]:
    """The alternatives of a union without None; the annotation itself if it is none."""
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(a for a in get_args(annotation) if a is not type(None))
    return (annotation,)


def choices(annotation: Any) -> tuple[str, ...]:
    """The documented values of a choice; empty for anything else."""
    out: dict[str, None] = {}
    for alternative in members(annotation):
        if get_origin(alternative) is Literal:
            out |= dict.fromkeys(str(v) for v in get_args(alternative))
        elif isinstance(alternative, type) and issubclass(alternative, enum.StrEnum):
            out |= dict.fromkeys(str(v.value) for v in alternative)
    return tuple(out)


def kind_of(annotation: Any) -> str:
    """`number`, `time`, `choice`, `list`, `boolean`, `integer` or `text`: how an argument is read and written."""
    alternatives = members(annotation)
    if set(alternatives) == set(get_args(Number)):
        return "number"
    if set(alternatives) == set(get_args(Time)):
        return "time"
    if choices(annotation):
        return "choice"
    if len(alternatives) == 1:
        only = alternatives[0]
        if get_origin(only) in (list, tuple, Sequence):
            return "list"
        if only in _KINDS:
            return _KINDS[only]
    raise TypeError(f"no writer for {annotation!r}")


_KINDS: dict[Any, str] = {bool: "boolean", int: "integer", str: "text", Decimal: "number"}
_WRITERS: dict[str, Writer] = {
    "number": plain,
    "time": _time,
    "boolean": _boolean,
    "integer": _integer,
    "text": _text,
}


def writer(annotation: Any) -> Writer:
    """The function that checks and writes arguments of this annotation. It raises `ValueError` saying what it takes."""
    kind = kind_of(annotation)
    if kind == "choice":
        enums = tuple(a for a in members(annotation) if isinstance(a, type) and issubclass(a, enum.StrEnum))
        return _choice(choices(annotation), enums)
    if kind == "list":
        items = writer(get_args(members(annotation)[0])[0])
        return _list_of(items, Repeated if get_origin(annotation) is Annotated else list)
    return _WRITERS[kind]


def loosely(value: Any) -> Wire:
    """The wire value of an argument that nothing is known of."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, (float, Decimal)):
        return plain(value)
    if isinstance(value, dt.datetime):
        return _time(value)
    if isinstance(value, (list, tuple)):
        return [loosely(item) for item in cast("Sequence[Any]", value)]
    return _text(value)


def text(value: Wire) -> str:
    """A wire value in a query string or form."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return msgspec.json.encode(value).decode()
    return str(value)


def texts(params: Mapping[str, Wire]) -> list[tuple[str, str]]:
    """All parameters as REST sends them, in their order."""
    pairs: list[tuple[str, str]] = []
    for name, value in params.items():
        if type(value) is Repeated:
            pairs += [(name, text(item)) for item in value]
        else:
            pairs.append((name, value if type(value) is str else text(value)))
    return pairs
