"""Decoders that a declaration's return type asks for.

Most types are one msgspec decoder. Two things the exchange does need more:

* A reply that comes in one of several shapes (ACK, RESULT or FULL; FULL or MINI). msgspec refuses a union of untagged
  structs, so such a union is tried member by member, the richest first, in the order of the annotation.
* A union that grows (a new symbol filter among thousands). The fast path is the closed, tagged union; only when that
  fails is the body read again, its unknown members being replaced by the union's `unknown` struct.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Union, cast, get_args, get_origin

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


_open_unions: dict[str, OpenUnion] = {}


def open_union(tag_field: str, known: Any, unknown: type[msgspec.Struct]) -> None:
    """Declare that objects with `tag_field` may carry tags outside of the union `known`.

    `unknown` is a struct of the same union with two fields, `name` and `fields`, which keep the tag and the rest.
    """
    tags = frozenset(str(t.__struct_config__.tag) for t in members(known))
    _open_unions[tag_field] = OpenUnion(tag_field, tags, unknown)


def _opened(value: Any) -> Any:
    if isinstance(value, list):
        items: list[Any] = value  # pyright: ignore[reportUnknownVariableType] - whatever JSON holds
        return [_opened(item) for item in items]
    return _opened_object(cast("dict[str, Any]", value)) if isinstance(value, dict) else value


def _opened_object(value: dict[str, Any]) -> dict[str, Any]:
    for tag_field, union in _open_unions.items():
        tag = value.get(tag_field)
        if isinstance(tag, str) and tag not in union.known:
            rest = {key: item for key, item in value.items() if key != tag_field}
            return {tag_field: union.unknown.__struct_config__.tag, "name": tag, "fields": rest}
    return {key: _opened(item) for key, item in value.items()}


class OpenDecoder:
    """One msgspec decoder, and a second, patient reading for unions that grew."""

    __slots__ = ("_fast", "_type", "decode_fast")

    def __init__(self, type_: Any, *, strict: bool = True) -> None:
        self._type = type_
        self._fast: msgspec.json.Decoder[Any] = msgspec.json.Decoder(type_, strict=strict)
        self.decode_fast = self._fast.decode

    def decode(self, body: Any) -> Any:
        """The value. A nest too deep to read is a decode error like any other."""
        try:
            return self.decode_fast(body)
        except msgspec.ValidationError:
            if not _open_unions:
                raise
            plain = msgspec.json.decode(body)
            opened = _opened(plain)
            if opened == plain:
                raise
            return msgspec.convert(opened, self._type)
        except RecursionError:
            raise msgspec.DecodeError("nested too deeply") from None


class FirstOf:
    """Several shapes, the first that fits."""

    __slots__ = ("_decoders",)

    def __init__(self, types: tuple[Any, ...]) -> None:
        self._decoders = [OpenDecoder(t) for t in types]

    def decode(self, body: Any) -> Any:
        """The first shape that fits; the error of the last one if none does."""
        for decoder in self._decoders[:-1]:
            try:
                return decoder.decode(body)
            except msgspec.ValidationError:
                continue
        return self._decoders[-1].decode(body)


class Discarded:
    """A reply of which only the fact matters; it must still be a JSON object."""

    __slots__ = ("_decoder",)

    def __init__(self) -> None:
        self._decoder: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])

    def decode(self, body: Any) -> None:
        """Nothing."""
        self._decoder.decode(body)


def _is_struct(type_: Any) -> bool:
    origin = get_origin(type_) or type_
    return isinstance(origin, type) and issubclass(origin, msgspec.Struct)


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
            if groups and not (_is_struct(key) or _is_struct(groups[-1][0])):
                groups[-1].append(alternative)
            else:
                groups.append([alternative])
    return tuple(Union[tuple(group)] for group in groups)  # noqa: UP007 - made at run time


def decoder_for(type_: Any) -> JsonDecoder:
    """The decoder of a declared return type."""
    if type_ is None or type_ is type(None):
        return Discarded()
    alternatives = shapes(type_)
    return OpenDecoder(alternatives[0]) if len(alternatives) == 1 else FirstOf(alternatives)


def encode(value: Any) -> bytes:
    """A decoded value as JSON again, decimals as text."""
    return msgspec.json.encode(value, enc_hook=str)


def fields_of(body: Any) -> Mapping[str, Any]:
    """A JSON object as it came, for what no declaration describes. Raises `msgspec.DecodeError`."""
    value: dict[str, Any] = msgspec.json.decode(body, type=dict[str, Any])
    return value
