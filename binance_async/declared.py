"""Every call, stream and user event of the package, as data.

    for declaration in declarations():
        print(declaration.kind, declaration.name, declaration.path or declaration.ws_method or declaration.stream)

A declaration that serves REST and the WebSocket API appears once for each. `python -m binance_async endpoints` prints
the same. `decode(body)` is exactly the decoding that a user gets: of a REST body, of the `result` of a WebSocket API
reply, of the payload of a stream or user event. One call of the WebSocket API answers a list of one, an order by smart
order routing; `decode` gives the list, and the call its item, which is what REST answers.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from types import ModuleType

    from binance_async.core.endpoint import Endpoint

__all__ = ["FAMILIES", "Declaration", "Param", "declarations"]

Kind: TypeAlias = Literal["rest", "ws_api", "stream", "user_event"]

FAMILIES = ("spot", "us")
"""The families that are declared, in the order in which they are listed."""


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of a call."""

    wire: str
    """As the exchange reads it."""
    name: str
    """As the user writes it."""
    required: bool
    kind: str = "text"
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Declaration:
    """One call, stream or user event. What does not apply to its kind is None."""

    family: str
    kind: Kind
    name: str
    reply_type: Any
    decode: Callable[[bytes], Any] = field(repr=False)
    method: str | None = None
    path: str | None = None
    ws_method: str | None = None
    stream: str | None = None
    event: str | None = None
    params: tuple[Param, ...] = ()
    security: str = "NONE"
    signed: bool = False
    weight: str | None = None
    orders: int = 0
    since: str | None = None
    until: str | None = None
    doc: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The declaration as JSON can hold it."""
        out = {name: getattr(self, name) for name in self.__slots__ if name not in ("decode", "reply_type", "params")}
        out["params"] = [
            {"wire": p.wire, "name": p.name, "required": p.required, "kind": p.kind, "choices": list(p.choices)}
            for p in self.params
        ]
        out["reply_type"] = None if self.reply_type is None else _type_name(self.reply_type)
        return out


def declarations(*families: str) -> Iterator[Declaration]:
    """All declarations, or those of the named families."""
    for family in families or FAMILIES:
        yield from _family(importlib.import_module(f"binance_async.{family}"))


def _family(module: ModuleType) -> Iterator[Declaration]:
    from binance_async.core.endpoint import endpoints

    for endpoint in endpoints(module.Calls):
        if endpoint.method is not None:
            yield _call(endpoint, "rest")
    for endpoint in endpoints(module.WebsocketCalls):
        if endpoint.ws is not None:
            yield _call(endpoint, "ws_api")
    yield from _streams(module)
    yield from _user_events(module)


def _user_events(module: ModuleType) -> Iterator[Declaration]:
    from binance_async.core.events import user_event_declarations

    for declared in user_event_declarations(module.events.USER_EVENTS):
        yield Declaration(
            family=module.__name__.split(".")[-1],
            kind="user_event",
            name=f"{module.__name__.split('.')[-1]}.events.{declared.name}",
            reply_type=declared.type,
            decode=declared.decode,
            event=declared.event,
            doc=_first_line(declared.type),
        )


def _streams(module: ModuleType) -> Iterator[Declaration]:
    from binance_async.core.stream import stream_declarations

    for declared in stream_declarations(module.Streams):
        yield Declaration(
            family=declared.family,
            kind="stream",
            name=declared.name,
            reply_type=declared.event_type(),
            decode=declared.decoder().decode,
            stream=declared.plain_template,
            params=tuple(Param(p.name, p.name, p.required, p.kind, p.choices) for p in declared.parameters),
            since=declared.since,
            until=declared.until,
            doc=_first_line(declared.fn),
        )


def _call(endpoint: Endpoint, kind: Kind) -> Declaration:
    rest = kind == "rest"
    return Declaration(
        family=endpoint.family,
        kind=kind,
        name=endpoint.name,
        reply_type=endpoint.reply_type if rest else endpoint.ws_reply_type,
        decode=(endpoint.decoder if rest else endpoint.ws_reply_decoder).decode,
        method=endpoint.method if rest else None,
        path=endpoint.path if rest else None,
        ws_method=None if rest else endpoint.ws,
        params=tuple(Param(p.wire, p.name, p.required, p.kind, p.choices) for p in endpoint.parameters),
        security=endpoint.security.value,
        signed=endpoint.security.signed,
        weight=str(endpoint.weight if rest else endpoint.ws_weight),
        orders=endpoint.orders,
        since=endpoint.since,
        until=endpoint.until,
        doc=_first_line(endpoint.fn),
    )


def _first_line(fn: Any) -> str:
    return (fn.__doc__ or "").strip().splitlines()[0]


def _type_name(type_: Any) -> str:
    if isinstance(type_, type) and not hasattr(type_, "__args__"):
        return type_.__qualname__
    return str(type_).replace("binance_async.", "").replace("typing.", "")
