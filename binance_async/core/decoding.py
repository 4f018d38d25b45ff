"""Decoders that a declaration's return type asks for.

Most types are one msgspec decoder. Three things the exchange does need more:

* A reply that comes in one of several shapes (ACK, RESULT or FULL; FULL or MINI). msgspec refuses a union of untagged
  structs, so such a union is tried member by member, the richest first, in the order of the annotation. A list of them
  (orders and order lists, mixed) is taken apart, and each item is tried.
* A list of one, where the item is meant: the WebSocket API answers so where REST answers the item.
* A union that grows (a new symbol filter among thousands). The fast path is the closed, tagged union; only when that
  fails is the body read again, its unknown members being replaced by the union's `unknown` struct.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Protocol, Union, cast, get_args, get_origin

import msgspec

from binance_async.core.wire import members


class JsonDecoder(Protocol):
    """Bytes in, a value out; raises `msgspec.DecodeError` (of which `ValidationError` is a kind)."""

    def decode(self, body: Any, /) -> Any:
        """The value."""
        ...


@dataclass(frozen=True, slots=True)
class OpenUnion:
    """A tagged union that the exchange may extend, and the struct that stands for what is not known yet."""

    tag_field: str
    known: frozenset[str]
    unknown: type[msgspec.Struct]

    def holds(self, fields: dict[str, Any]) -> bool:
        """Whether the unknown struct takes these fields as they came."""
        type_ = next(f.type for f in msgspec.structs.fields(self.unknown) if f.name == "fields")
        try:
            msgspec.convert(fields, type_)
        except msgspec.ValidationError:
            return False
        return True


_open_unions: list[OpenUnion] = []

FAILURES: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What a bare msgspec decoder raises for bytes from the net; the decoders here make `msgspec.DecodeError` of them."""


def open_union(tag_field: str, known: Any, unknown: type[msgspec.Struct]) -> None:
    """Declare that objects with `tag_field` may carry tags outside of the union `known`.

    `unknown` is a struct of the same union with two fields, `name` and `fields`, which keep the tag and the rest; what
    is nested in the rest is kept as JSON text where `fields` takes plain values only. It also tells whose union it is:
    families have unions of their own over the same tag field.
    """
    tags = frozenset(str(t.__struct_config__.tag) for t in members(known))
    _open_unions.append(OpenUnion(tag_field, tags, unknown))


def _opened(value: Any, unions: Sequence[OpenUnion]) -> Any:
    if isinstance(value, list):
        items: list[Any] = value  # pyright: ignore[reportUnknownVariableType] - whatever JSON holds
        return [_opened(item, unions) for item in items]
    return _opened_object(cast("dict[str, Any]", value), unions) if isinstance(value, dict) else value


def _opened_object(value: dict[str, Any], unions: Sequence[OpenUnion]) -> dict[str, Any]:
    for union in unions:
        tag = value.get(union.tag_field)
        if isinstance(tag, str) and tag not in union.known:
            rest = {key: item for key, item in value.items() if key != union.tag_field}
            if not union.holds(rest):
                rest = {k: encode(v).decode() if isinstance(v, (list, dict)) else v for k, v in rest.items()}
            return {union.tag_field: union.unknown.__struct_config__.tag, "name": tag, "fields": rest}
    return {key: _opened(item, unions) for key, item in value.items()}


def _structs_in(node: Any, seen: dict[int, Any]) -> Iterator[Any]:
    """Every struct that a type can hold, from msgspec's own description of it."""
    if isinstance(node, tuple):
        items: tuple[Any, ...] = node  # pyright: ignore[reportUnknownVariableType] - whatever msgspec holds
        for item in items:
            yield from _structs_in(item, seen)
    elif isinstance(node, msgspec.Struct) and id(node) not in seen:
        seen[id(node)] = node
        if isinstance(node, msgspec.inspect.StructType):
            yield node.cls
        yield from _structs_in(msgspec.structs.astuple(node), seen)


def _unions_in(type_: Any) -> tuple[OpenUnion, ...]:
    structs = {get_origin(s) or s for s in _structs_in(msgspec.inspect.type_info(type_), {})}
    return tuple(union for union in _open_unions if union.unknown in structs)


def _unreadable(error: UnicodeDecodeError | RecursionError) -> msgspec.DecodeError:
    return msgspec.DecodeError("text is no UTF-8" if isinstance(error, UnicodeDecodeError) else "nested too deeply")


class OpenDecoder:
    """One msgspec decoder, and a second, patient reading for unions that grew."""

    __slots__ = ("_fast", "_strict", "_type", "_unions", "decode_fast")

    def __init__(self, type_: Any, *, strict: bool = True) -> None:
        self._type = type_
        self._strict = strict
        self._fast: msgspec.json.Decoder[Any] = msgspec.json.Decoder(type_, strict=strict)
        self._unions: tuple[OpenUnion, ...] | None = None
        self.decode_fast: Callable[[Any], Any] = self._fast.decode

    def decode(self, body: Any) -> Any:
        """The value. Text that is no UTF-8 and a nest too deep to read are decode errors like any other."""
        try:
            try:
                return self.decode_fast(body)
            except msgspec.ValidationError:
                opened = self._opened(body)
                if opened is None:
                    raise
                return msgspec.convert(opened, self._type, strict=self._strict)
        except (UnicodeDecodeError, RecursionError) as error:
            raise _unreadable(error) from None

    def _opened(self, body: Any) -> Any:
        """The body with its unknown members replaced; None if there are none."""
        if self._unions is None:
            self._unions = _unions_in(self._type)
        if not self._unions:
            return None
        plain = _exact.decode(body)
        opened = _opened(plain, self._unions)
        return None if opened == plain else opened


_exact: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=Decimal)
"""Reads anything without losing a digit."""


class FirstOf:
    """Several shapes, the first that fits.

    A shape whose own field (one that it requires and no later shape has) is not named in the body cannot fit, and is
    not tried: to be refused costs more than to decode.
    """

    __slots__ = ("_decoders", "_own")

    def __init__(self, types: tuple[Any, ...]) -> None:
        self._decoders = [_decoder(t) for t in types]
        self._own: tuple[bytes, ...] = tuple(_own_field(type_, types[i + 1 :]) for i, type_ in enumerate(types))

    def decode(self, body: Any) -> Any:
        """The first shape that fits; the error of the last one if none does."""
        text = body.encode() if isinstance(body, str) else bytes(body)
        for own, decoder in zip(self._own[:-1], self._decoders[:-1], strict=True):
            if own not in text:
                continue
            try:
                return decoder.decode(body)
            except msgspec.ValidationError:
                continue
        return self._decoders[-1].decode(body)


def _own_field(type_: Any, later: tuple[Any, ...]) -> bytes:
    """The quoted name of a field that tells this shape from the later ones; nothing, which is in any text, if none."""
    struct = get_origin(type_) or type_
    if not _is_struct(type_) or not all(map(_is_struct, later)):
        return b""
    others = {field.encode_name for other in later for field in msgspec.structs.fields(get_origin(other) or other)}
    for field in msgspec.structs.fields(struct):
        if field.required and field.encode_name not in others:
            return b'"%s"' % field.encode_name.encode()
    return b""


class EachFirstOf:
    """A list whose items come in several shapes, each the first that fits."""

    __slots__ = ("_item", "_items")

    def __init__(self, types: tuple[Any, ...]) -> None:
        self._item = FirstOf(types)
        self._items: msgspec.json.Decoder[list[msgspec.Raw]] = msgspec.json.Decoder(list[msgspec.Raw])

    def decode(self, body: Any) -> list[Any]:
        """The items; the error of the first that is of no shape, with its place."""
        try:
            items = self._items.decode(body)
        except (UnicodeDecodeError, RecursionError) as error:
            raise _unreadable(error) from None
        return [self._decoded(item, place) for place, item in enumerate(items)]

    def _decoded(self, item: msgspec.Raw, place: int) -> Any:
        try:
            return self._item.decode(item)
        except msgspec.ValidationError as error:
            raise msgspec.ValidationError(f"{error} - in item {place}") from None


class OnlyItem:
    """A list of one, of which the item is meant. More than one is refused rather than lost."""

    __slots__ = ("_list",)

    def __init__(self, list_: JsonDecoder) -> None:
        self._list = list_

    def decode(self, body: Any) -> Any:
        """The item."""
        values = self._list.decode(body)
        if len(values) != 1:
            raise msgspec.ValidationError(f"Expected `array` of length 1, got {len(values)}")
        return values[0]


class Discarded:
    """A reply of which only the fact matters; it must still be a JSON object."""

    __slots__ = ("_decoder",)

    def __init__(self) -> None:
        self._decoder: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])

    def decode(self, body: Any) -> None:
        """Nothing."""
        try:
            self._decoder.decode(body)
        except (UnicodeDecodeError, RecursionError) as error:
            raise _unreadable(error) from None


def _is_struct(type_: Any) -> bool:
    origin = get_origin(type_) or type_
    return isinstance(origin, type) and issubclass(origin, msgspec.Struct)


def _item_shapes(type_: Any) -> tuple[Any, ...]:
    """The shapes of a list's items if they are several; nothing for any other type."""
    if get_origin(type_) is not list:
        return ()
    items = shapes(get_args(type_)[0])
    return items if len(items) > 1 else ()


def _stands_alone(type_: Any) -> bool:
    """Whether it cannot share an msgspec type with structs of other shapes."""
    return _is_struct(get_args(type_)[0] if get_origin(type_) is list else type_) or bool(_item_shapes(type_))


def shapes(type_: Any) -> tuple[Any, ...]:
    """A return type as the alternatives that have to be tried in turn; most have one."""
    groups: list[list[Any]] = []
    for alternative in members(type_):
        is_list = get_origin(alternative) is list
        key = get_args(alternative)[0] if is_list else alternative
        # `Ticker | list[Ticker]` is one msgspec type; another untagged struct begins the next.
        for group in groups:
            if all(get_origin(g) is list for g in group) != is_list and any(
                (get_args(g)[0] if get_origin(g) is list else g) is key for g in group
            ):
                group.append(alternative)
                break
        else:
            if groups and not (_stands_alone(alternative) or _stands_alone(groups[-1][0])):
                groups[-1].append(alternative)
            else:
                groups.append([alternative])
    return tuple(Union[tuple(group)] for group in groups)  # noqa: UP007 - made at run time


def decoder_for(type_: Any) -> JsonDecoder:
    """The decoder of a declared return type."""
    if type_ is None or type_ is type(None):
        return Discarded()
    alternatives = shapes(type_)
    return _decoder(alternatives[0]) if len(alternatives) == 1 else FirstOf(alternatives)


def _decoder(type_: Any) -> JsonDecoder:
    """The decoder of one shape."""
    items = _item_shapes(type_)
    return EachFirstOf(items) if items else OpenDecoder(type_)


def encode(value: Any) -> bytes:
    """A decoded value as JSON again, decimals as text."""
    return msgspec.json.encode(value, enc_hook=str)


def fields_of(body: Any) -> Mapping[str, Any]:
    """A JSON object as it came, for what no declaration describes. Raises `msgspec.DecodeError`."""
    try:
        value: dict[str, Any] = msgspec.json.decode(body, type=dict[str, Any])
    except (UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(error) from None
    return value
