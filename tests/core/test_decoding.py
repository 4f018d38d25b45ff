"""Decoders that a return type asks for: exact, patient with what grows, and never partial."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from binance_async.core import decoding

N = TypeVar("N")


class Known(msgspec.Struct, frozen=True, tag_field="filterKind", tag="LOT", rename="camel"):
    step_size: Decimal


class Other(msgspec.Struct, frozen=True, tag_field="filterKind", tag="PRICE", rename="camel"):
    tick_size: Decimal


class Unknown(msgspec.Struct, frozen=True, tag_field="filterKind", tag="?"):
    name: str
    fields: dict[str, Any]


class KnownElsewhere(msgspec.Struct, frozen=True, tag_field="filterKind", tag="LOT", rename="camel"):
    step_size: Decimal


class UnknownElsewhere(msgspec.Struct, frozen=True, tag_field="filterKind", tag="?"):
    name: str
    fields: dict[str, Any]


Filter = Known | Other | Unknown
decoding.open_union("filterKind", Known | Other, Unknown)
# A second family has a union of its own over the same tag field, and knows less.
decoding.open_union("filterKind", KnownElsewhere, UnknownElsewhere)


class Symbol(msgspec.Struct, frozen=True, rename="camel"):
    symbol: str
    filters: list[Filter]
    ratio: Decimal = Decimal(0)


class SymbolElsewhere(msgspec.Struct, frozen=True, rename="camel"):
    symbol: str
    filters: list[KnownElsewhere | UnknownElsewhere]


class Tree(msgspec.Struct):
    filters: list[Filter]
    children: list[Tree] = []
    by_name: dict[str, tuple[Tree, ...]] = {}


class Priced(msgspec.Struct, Generic[N]):
    price: N
    filters: list[Filter] = []


class KnownPlainly(msgspec.Struct, frozen=True, tag_field="filterKind", tag="LOT", rename="camel"):
    step_size: Decimal


class UnknownPlainly(msgspec.Struct, frozen=True, tag_field="filterKind", tag="?"):
    name: str
    fields: dict[str, str | int | float | bool | None]


decoding.open_union("filterKind", KnownPlainly, UnknownPlainly)


class SymbolPlainly(msgspec.Struct, frozen=True, rename="camel"):
    symbol: str
    filters: list[KnownPlainly | UnknownPlainly]


class Full(msgspec.Struct, rename="camel"):
    order_id: int
    price: Decimal
    fills: list[int]


class Result(msgspec.Struct, rename="camel"):
    order_id: int
    price: Decimal


class Ack(msgspec.Struct, rename="camel"):
    order_id: int


LOT = b'{"filterKind":"LOT","stepSize":"0.10"}'
NEW = b'{"filterKind":"NEW_2030","limit":5,"deep":{"filterKind":"LOT","x":[1]},"ratio":0.10}'
DEEP = {
    "an array": b"[" * 100_000 + b"]" * 100_000,
    "an object": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "in a field": b'{"symbol":"A","filters":[],"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "in a known field": b'{"symbol":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "in an unknown member": b'{"symbol":"A","filters":[{"filterKind":"NEW","x":'
    + b"[" * 100_000
    + b"]" * 100_000
    + b"}]}",
    "as deep as one may": b'{"symbol":"A","filters":[{"filterKind":"NEW","x":' + b"[" * 600 + b"]" * 600 + b"}]}",
}


def attempt(type_: Any, body: bytes) -> Any:
    """The value or the decode error; any other exception is a fault."""
    try:
        return decoding.decoder_for(type_).decode(body)
    except msgspec.DecodeError as error:
        return error


# Unions that grow


def test_a_known_member_is_typed() -> None:
    symbol = decoding.decoder_for(Symbol).decode(b'{"symbol":"A","filters":[' + LOT + b"]}")
    assert symbol == Symbol("A", [Known(Decimal("0.10"))])


def test_an_unknown_member_is_kept_as_it_came() -> None:
    symbol = decoding.decoder_for(Symbol).decode(b'{"symbol":"A","filters":[' + NEW + b"," + LOT + b'],"ratio":0.10}')
    unknown, known = symbol.filters
    assert known == Known(Decimal("0.10"))
    assert unknown == Unknown(
        "NEW_2030", {"limit": 5, "deep": {"filterKind": "LOT", "x": [1]}, "ratio": Decimal("0.10")}
    )
    assert str(symbol.ratio) == "0.10"  # the second reading loses no digit either


def test_what_is_nested_in_an_unknown_member_is_text_where_only_plain_values_are_kept() -> None:
    body = b'{"symbol":"A","filters":[' + NEW + b"," + LOT + b',{"filterKind":"N","name":"x","fields":[],"y":null}]}'
    nested, known, named = decoding.decoder_for(SymbolPlainly).decode(body).filters
    assert known == KnownPlainly(Decimal("0.10"))
    assert nested == UnknownPlainly("NEW_2030", {"limit": 5, "deep": '{"filterKind":"LOT","x":[1]}', "ratio": 0.10})
    assert named == UnknownPlainly("N", {"name": "x", "fields": "[]", "y": None})
    for deep in DEEP.values():
        attempt(SymbolPlainly, deep)


def test_an_unknown_member_anywhere_in_a_reply() -> None:
    leaf = b'{"filters":[' + NEW + b"]}"
    tree = decoding.decoder_for(Tree).decode(
        b'{"filters":[],"children":[' + leaf + b'],"by_name":{"x":[' + leaf + b"]}}"
    )
    assert tree.children[0].filters[0].name == "NEW_2030"
    assert tree.by_name["x"][0].filters[0].name == "NEW_2030"
    (symbol,) = decoding.decoder_for(list[Symbol]).decode(b'[{"symbol":"A","filters":[' + NEW + b"]}]")
    assert symbol.filters[0].name == "NEW_2030"


def test_each_family_has_its_own_union() -> None:
    body = b'{"symbol":"A","filters":[{"filterKind":"PRICE","tickSize":"0.10"}]}'
    assert decoding.decoder_for(Symbol).decode(body).filters == [Other(Decimal("0.10"))]
    assert decoding.decoder_for(SymbolElsewhere).decode(body).filters == [
        UnknownElsewhere("PRICE", {"tickSize": "0.10"})
    ]
    both = b'{"symbol":"A","filters":[' + NEW + b',{"filterKind":"PRICE","tickSize":"0.10"}]}'
    assert decoding.decoder_for(Symbol).decode(both).filters[1] == Other(Decimal("0.10"))


def test_a_fault_beside_an_unknown_member_is_told() -> None:
    decoder = decoding.decoder_for(Symbol)
    with pytest.raises(msgspec.ValidationError, match=r"Expected `str`, got `int` - at `\$\.symbol`"):
        decoder.decode(b'{"symbol":5,"filters":[' + NEW + b"]}")
    with pytest.raises(msgspec.ValidationError, match=r"missing required field `filters`"):
        decoder.decode(b'{"symbol":"A"}')
    with pytest.raises(msgspec.ValidationError, match=r"missing required field `stepSize`"):
        decoder.decode(b'{"symbol":"A","filters":[{"filterKind":"LOT"}]}')
    with pytest.raises(msgspec.ValidationError):
        decoder.decode(b'{"symbol":"A","filters":[{"filterKind":5}]}')


def test_the_second_reading_is_as_strict_as_the_first() -> None:
    body = b'{"price":"0.10","filters":[' + NEW + b"]}"
    read = decoding.OpenDecoder(Priced[float], strict=False).decode(body)
    assert (read.price, read.filters[0].name) == (0.1, "NEW_2030")
    with pytest.raises(msgspec.ValidationError, match=r"Expected `float`, got `str`"):
        decoding.OpenDecoder(Priced[float]).decode(body)


@given(
    st.text(), st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text()))
)
def test_any_unknown_member_is_kept(name: str, fields: dict[str, Any]) -> None:
    if name in ("LOT", "PRICE", "?"):
        return
    fields.pop("filterKind", None)
    body = json.dumps({"symbol": "A", "filters": [{"filterKind": name, **fields}]}).encode()
    (unknown,) = decoding.decoder_for(Symbol).decode(body).filters
    assert unknown == Unknown(name, fields)


# Several shapes


@pytest.mark.parametrize(
    ("body", "shape"),
    [
        (b'{"orderId":1,"price":"1","fills":[]}', Full),
        (b'{"orderId":1,"price":"1"}', Result),
        (b'{"orderId":1}', Ack),
        (b'{"orderId":1,"new":"field"}', Ack),
    ],
)
def test_the_richest_shape_that_fits(body: bytes, shape: Any) -> None:
    assert type(decoding.decoder_for(Full | Result | Ack).decode(body)) is shape


def test_no_shape_fits() -> None:
    decoder = decoding.decoder_for(Full | Result | Ack)
    with pytest.raises(msgspec.ValidationError, match="missing required field `orderId`"):
        decoder.decode(b"{}")
    with pytest.raises(msgspec.DecodeError):
        decoder.decode(b'{"orderId":1')


def test_one_or_many_of_several_shapes() -> None:
    decoder = decoding.decoder_for(Full | list[Full] | Ack | list[Ack])
    assert decoder.decode(b"[]") == []
    assert decoder.decode(b'{"orderId":1}') == Ack(1)
    assert decoder.decode(b'[{"orderId":1},{"orderId":2}]') == [Ack(1), Ack(2)]
    assert decoder.decode(b'[{"orderId":1,"price":"1","fills":[1]}]') == [Full(1, Decimal(1), [1])]


@pytest.mark.parametrize(
    ("type_", "shapes"),
    [
        (Full, 1),
        (list[Full], 1),
        (Full | list[Full], 1),
        (Full | Ack, 2),
        (Full | list[Full] | Ack | list[Ack], 2),
        (list[Full] | list[Ack], 2),
        (dict[str, str], 1),
        (int | str, 1),
        (Priced[Decimal], 1),
        (Priced[Decimal] | Ack, 2),
        (int | list[int], 1),
        (int | list[Full], 2),
    ],
)
def test_shapes(type_: Any, shapes: int) -> None:
    assert len(decoding.shapes(type_)) == shapes
    assert isinstance(decoding.decoder_for(type_), decoding.OpenDecoder if shapes == 1 else decoding.FirstOf)


# Lists of several shapes


MIXED = b'[{"orderId":1,"price":"0.10"},{"orderId":2,"price":"1","fills":[3]},{"orderId":4,"new":{"a":[]}}]'


def test_each_item_of_a_list_has_the_richest_shape_that_fits() -> None:
    decoder = decoding.decoder_for(list[Full | Result | Ack])
    assert decoder.decode(MIXED) == [Result(1, Decimal("0.10")), Full(2, Decimal(1), [3]), Ack(4)]
    assert decoder.decode(b" [ ] ") == []


def test_an_item_of_no_shape_is_told_by_its_place() -> None:
    decoder = decoding.decoder_for(list[Full | Ack])
    with pytest.raises(msgspec.ValidationError, match=r"missing required field `orderId` - in item 2"):
        decoder.decode(b'[{"orderId":1},{"orderId":2},{"price":"1"}]')
    for body in (b"{}", b"null", b"", b'[{"orderId":1}', b'[{"orderId":1},]', b"7"):
        assert isinstance(attempt(list[Full | Ack], body), msgspec.DecodeError)


def test_a_mixed_list_beside_other_shapes() -> None:
    decoder = decoding.decoder_for(Full | list[Full | Ack] | Ack)
    assert decoder.decode(b'{"orderId":1}') == Ack(1)
    assert decoder.decode(b'[{"orderId":1},{"orderId":2,"price":"1","fills":[]}]') == [Ack(1), Full(2, Decimal(1), [])]
    plain = decoding.decoder_for(int | list[Full | Ack] | str)
    assert [plain.decode(body) for body in (b"7", b'[{"orderId":1}]', b'"x"')] == [7, [Ack(1)], "x"]
    nested = decoding.decoder_for(list[list[Full | Ack] | Ack])
    assert nested.decode(b'[{"orderId":1},[{"orderId":2}]]') == [Ack(1), [Ack(2)]]


def test_unions_that_grow_grow_in_a_mixed_list_too() -> None:
    decoder = decoding.decoder_for(list[Symbol | Ack])
    symbol, ack = decoder.decode(b'[{"symbol":"A","filters":[' + NEW + b']},{"orderId":1}]')
    assert (symbol.filters[0].name, ack) == ("NEW_2030", Ack(1))


def test_of_a_list_of_one_the_item() -> None:
    decoder = decoding.OnlyItem(decoding.decoder_for(list[Full | Ack]))
    assert decoder.decode(b'[{"orderId":1}]') == Ack(1)
    for body, count in ((b"[]", 0), (b'[{"orderId":1},{"orderId":2}]', 2)):
        with pytest.raises(msgspec.ValidationError, match=f"length 1, got {count}"):
            decoder.decode(body)
    with pytest.raises(msgspec.ValidationError, match="Expected `array`, got `object`"):
        decoder.decode(b'{"orderId":1}')


# Nothing


@pytest.mark.parametrize("type_", [None, type(None)])
def test_a_discarded_reply_must_be_an_object(type_: Any) -> None:
    decoder = decoding.decoder_for(type_)
    assert decoder.decode(b"{}") is None
    assert decoder.decode(b'{"anything":[1]}') is None
    for body in (b"", b"null", b"[]", b"7", b"<html>", b'{"a"', b"\x00", b"{}{}"):
        with pytest.raises(msgspec.DecodeError):
            decoder.decode(body)


# Exact


@pytest.mark.parametrize("value", [2**53 - 1, 2**53, 2**53 + 1, 2**63, 2**64, 2**64 + 1, 10**25, -(2**64)])
def test_integers_of_any_size_are_exact(value: int) -> None:
    body = b'{"orderId":%d}' % value
    assert decoding.decoder_for(Ack).decode(body).order_id == value
    assert decoding.decoder_for(Full | Ack).decode(body).order_id == value
    assert decoding.decoder_for(dict[str, Any]).decode(body) == {"orderId": value}
    assert decoding.OpenDecoder(Any).decode(body) == {"orderId": value}
    assert decoding.fields_of(body) == {"orderId": value}
    assert decoding.encode(Ack(value)) == body
    member = b'{"symbol":"A","filters":[{"filterKind":"NEW","id":%d}]}' % value
    assert decoding.decoder_for(Symbol).decode(member).filters[0].fields == {"id": value}


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_decimals_keep_every_digit(value: Decimal) -> None:
    for text in (f'"{value}"', f'"{value:e}"'):
        read = decoding.decoder_for(Result).decode(f'{{"orderId":1,"price":{text}}}'.encode()).price
        assert read.as_tuple() == value.as_tuple()


def test_decimals_are_encoded_as_text() -> None:
    assert decoding.encode(Result(1, Decimal("0.10"))) == b'{"orderId":1,"price":"0.10"}'


# Bytes from the net


@pytest.mark.parametrize(
    "type_", [Symbol, list[Symbol], Full | Ack, list[Full | Ack], type(None), dict[str, Any], Tree, Any], ids=str
)
@pytest.mark.parametrize("body", DEEP, ids=str)
def test_a_deep_nest_is_a_decode_error(type_: Any, body: str) -> None:
    read = attempt(type_, DEEP[body])
    if body != "as deep as one may":  # the others are refused, wherever the nest is
        assert isinstance(read, msgspec.DecodeError)


def test_the_nest_is_named() -> None:
    with pytest.raises(msgspec.DecodeError, match="nested too deeply"):
        decoding.decoder_for(Symbol).decode(DEEP["in a field"])
    with pytest.raises(msgspec.DecodeError, match="nested too deeply"):
        decoding.fields_of(DEEP["an object"])


@pytest.mark.parametrize(
    "type_", [Symbol, list[Symbol], Full | Ack, list[Full | Ack], type(None), dict[str, Any], str, Any], ids=str
)
def test_bytes_that_are_no_utf8_are_a_decode_error(type_: Any) -> None:
    bodies = (b'"\xff"', b'{"\xff":1}', b'{"symbol":"\xff\xfe","filters":[]}', b'["\xc3"]', b'{"a":"\xed\xa0\x80"}')
    for body in bodies:
        assert isinstance(attempt(type_, body), msgspec.DecodeError)
    with pytest.raises(msgspec.DecodeError, match="no UTF-8"):
        decoding.fields_of(b'{"a":"\xff"}')
    with pytest.raises(msgspec.DecodeError, match="no UTF-8"):
        decoding.decoder_for(Symbol).decode(b'{"symbol":"\xff","filters":[]}')


@given(st.binary(max_size=100))
def test_any_bytes_are_a_value_or_a_decode_error(body: bytes) -> None:
    for type_ in (Symbol, list[Symbol], Full | Ack, list[Full | Ack], SymbolPlainly, None, dict[str, Any], Any):
        with suppress(msgspec.DecodeError):
            decoding.decoder_for(type_).decode(body)


def test_failures_are_all_that_a_bare_decoder_raises() -> None:
    fast = decoding.OpenDecoder(Symbol).decode_fast
    for body in (b"", b"\xff", b'{"symbol":"\xff"}', DEEP["in a field"], b"[]"):
        with pytest.raises(decoding.FAILURES):
            fast(body)


def test_fields_of_reads_an_object_and_nothing_else() -> None:
    assert decoding.fields_of(b'{"a":[1,{"b":null}]}') == {"a": [1, {"b": None}]}
    for body in (b"", b"[]", b"null", b"7", b'{"a"'):
        with pytest.raises(msgspec.DecodeError):
            decoding.fields_of(body)
