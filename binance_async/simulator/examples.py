"""Answers to calls that the engine has no meaning for: an example of the right shape, made from the reply's type.

Such an answer carries the header `x-simulated: example`. It decodes as the real one would, and nothing in it is true:
texts name their field, numbers are zero, times are those of an example. Nothing happens either.
"""

from __future__ import annotations

import enum
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import inspect as types

from binance_async.core.decoding import shapes
from binance_async.core.endpoint import Endpoint

__all__ = ["example_of"]

_TIME = 1_700_000_000_000


@lru_cache(maxsize=1_024)
def _encoded(endpoint: Endpoint) -> bytes:
    declared = endpoint.reply_type
    if declared is None or declared is type(None):
        return b"{}"
    return msgspec.json.encode(_sample(types.type_info(shapes(declared)[0]), "example"))


def example_of(endpoint: Endpoint) -> Any:
    """A body of the shape that the call answers."""
    return msgspec.json.decode(_encoded(endpoint))


def _sample(type_: types.Type, name: str) -> Any:
    if isinstance(type_, types.StructType):
        return _struct(type_)
    if isinstance(type_, types.UnionType):
        return _sample(next(t for t in type_.types if not isinstance(t, types.NoneType)), name)
    if isinstance(type_, (types.ListType, types.SetType, types.FrozenSetType, types.VarTupleType)):
        return [_sample(type_.item_type, name)]
    if isinstance(type_, types.TupleType):
        return [_sample(item, name) for item in type_.item_types]
    if isinstance(type_, types.DictType):
        return {name: _sample(type_.value_type, name)}
    return _plain(type_, name)


def _struct(type_: types.StructType) -> Any:
    values = [(field.encode_name, _sample(field.type, field.encode_name)) for field in type_.fields]
    if type_.array_like:
        return [value for _, value in values]
    fields: dict[str, Any] = dict(values)
    if type_.tag_field is not None:
        fields[type_.tag_field] = type_.tag
    return fields


def _plain(type_: types.Type, name: str) -> Any:
    if isinstance(type_, types.IntType):
        return _TIME if "time" in name.lower() else 1
    if isinstance(type_, types.FloatType):
        return 0.0
    if isinstance(type_, types.BoolType):
        return True
    if isinstance(type_, types.DecimalType):
        return "0.00000000"
    if isinstance(type_, types.EnumType):
        return next(iter(type_.cls)).value
    if isinstance(type_, types.LiteralType):
        return type_.values[0]
    if isinstance(type_, types.DateTimeType):
        return "2023-11-14T22:13:20Z"
    if isinstance(type_, types.CustomType):
        return _custom(type_.cls, name)
    return None if isinstance(type_, types.NoneType) else name


def _custom(cls: Any, name: str) -> Any:
    if isinstance(cls, type) and issubclass(cls, enum.Enum):
        return next(iter(cls)).value
    return name
