"""A typed method signature is the whole specification of an exchange call.

    @get("/api/v3/order", weight=4, security=USER_DATA, ws="order.status")
    async def order(self, symbol: str, *, order_id: int | None = None) -> Order:
        \"\"\"One order, by the exchange's id or your own.\"\"\"
        ...

The decorator keeps the function's type as it is, so that checkers and editors show the signature. Called, the method
binds its arguments (checked and written by `core.wire`) and hands them with its `Endpoint` to the group's caller,
which is a REST session, a WebSocket API session, or a test. REST, the WebSocket API, the rate budget, the embedded
exchange, the docs and the tests all read the same `Endpoint`.

Nothing is built at import: the parameters and the decoder are made on first use. Modules of declarations do not use
`from __future__ import annotations`, because their annotations are read at run time.
"""

from __future__ import annotations

import enum
import inspect
import re
import types
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any, ClassVar, Final, Protocol, TypeVar, cast, get_args, get_origin, get_type_hints

from binance_async.core import decoding, wire
from binance_async.core.weight import WeightRule, rule
from binance_async.errors import InvalidArgument

F = TypeVar("F", bound=Callable[..., Coroutine[Any, Any, Any]])


class Bound(dict[str, wire.Wire]):
    """A call's arguments by their wire names. Its repr has no values: one may be a listen key."""

    def __repr__(self) -> str:
        return f"<arguments {', '.join(self)}>"


class Security(enum.Enum):
    """What a call needs: nothing, the key, or the key and a signature."""

    NONE = "NONE"
    TRADE = "TRADE"
    USER_DATA = "USER_DATA"
    MARGIN = "MARGIN"
    USER_STREAM = "USER_STREAM"
    MARKET_DATA = "MARKET_DATA"

    @property
    def keyed(self) -> bool:
        """Whether the API key is sent."""
        return self is not Security.NONE

    @property
    def signed(self) -> bool:
        """Whether the call is signed."""
        return self in (Security.TRADE, Security.USER_DATA, Security.MARGIN)


NONE = Security.NONE
TRADE = Security.TRADE
USER_DATA = Security.USER_DATA
USER_STREAM = Security.USER_STREAM
MARKET_DATA = Security.MARKET_DATA
MARGIN = Security.MARGIN


def _told(type_: Any) -> Any:
    """A reply's type for whoever reads declarations; msgspec's own inspection refuses unions of untagged structs."""
    if get_origin(type_) is list:
        return types.GenericAlias(list, (_told(get_args(type_)[0]),))
    alternatives = decoding.shapes(type_)
    return type_ if len(alternatives) == 1 else types.GenericAlias(tuple, tuple(map(_told, alternatives)))


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a call."""

    name: str
    """As the user writes it."""
    wire: str
    """As the exchange reads it."""
    required: bool
    kind: str
    """`text`, `integer`, `number`, `boolean`, `time`, `choice` or `list`."""
    choices: tuple[str, ...]
    positional: bool
    annotation: Any


def camel(name: str) -> str:
    """`new_client_order_id` as the exchange spells it."""
    head, *tail = name.rstrip("_").split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in tail)


class Endpoint:
    """What the exchange needs to know of one call, and what it answers."""

    def __init__(
        self,
        fn: Callable[..., Any],
        method: str | None,
        path: str | None,
        *,
        weight: int | WeightRule,
        security: Security,
        ws: str | None,
        ws_weight: int | WeightRule | None,
        ws_list: bool = False,
        orders: int,
        client_id: str | None,
        resolve: str | None,
        since: str | None,
        until: str | None,
        spelling: dict[str, str],
    ) -> None:
        self.fn = fn
        self.method = method
        self.path = path
        self.weight: WeightRule = rule(weight)
        self.ws_weight: WeightRule = rule(weight if ws_weight is None else ws_weight)
        self.security = security
        self.ws = ws
        self.ws_list = ws_list
        self.orders = orders
        self.client_id = client_id
        self.resolve = resolve
        self.since = since
        self.until = until
        self._spelling = spelling
        self.writes: bool = method != "GET" if method is not None else security is TRADE
        """Whether the call changes something, so that it must never be repeated blindly."""
        self.keyed: bool = security.keyed
        """Whether the call needs an API key."""
        self.signed: bool = security.signed
        """Whether the call is signed."""
        self.family: str = fn.__module__.split(".")[1] if "." in fn.__module__ else fn.__module__
        self.name: str = f"{self.family}.{fn.__name__}"

    def __repr__(self) -> str:
        return f"<Endpoint {self.name} {self.method} {self.path} {self.ws or ''}>"

    @cached_property
    def _hints(self) -> dict[str, Any]:
        return get_type_hints(self.fn, include_extras=True)

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters in declared order."""
        out: list[Parameter] = []
        for p in list(inspect.signature(self.fn).parameters.values())[1:]:
            annotation = self._hints[p.name]
            try:
                kind = wire.kind_of(annotation)
            except TypeError as error:
                raise TypeError(f"{self.name}: {p.name}: {error}") from None
            out.append(
                Parameter(
                    name=p.name,
                    wire=self._spelling.get(p.name) or camel(p.name),
                    required=p.default is p.empty,
                    kind=kind,
                    choices=wire.choices(annotation),
                    positional=p.kind is not p.KEYWORD_ONLY,
                    annotation=annotation,
                )
            )
        return tuple(out)

    @cached_property
    def _writers(self) -> dict[str, tuple[str, wire.Writer]]:
        return {p.name: (p.wire, wire.writer(p.annotation)) for p in self.parameters}

    @cached_property
    def _positional(self) -> tuple[str, ...]:
        return tuple(p.name for p in self.parameters if p.positional)

    @cached_property
    def _required(self) -> frozenset[str]:
        return frozenset(p.wire for p in self.parameters if p.required)

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Bound:
        """The arguments by their wire names. None means not given. Raises `InvalidArgument`."""
        bound = Bound()
        writers = self._writers
        name = ""
        if len(args) > len(self._positional):
            raise self._refused("", f"takes at most {len(self._positional)} positional arguments, not {len(args)}")
        try:
            for name, value in zip(self._positional, args, strict=False):
                if value is not None:
                    key, write = writers[name]
                    bound[key] = write(value)
            for name, value in kwargs.items():
                if value is not None:
                    key, write = writers[name]
                    if key in bound:
                        raise self._refused(name, "is given twice")
                    bound[key] = write(value)
        except ValueError as error:
            raise self._refused(name, str(error)) from None
        except KeyError:
            raise self._refused(name, f"is unknown; the call takes {self._takes()}") from None
        if not self._required <= bound.keys():
            missing = next(p for p in self.parameters if p.required and p.wire not in bound)
            raise self._refused(missing.name, f"is missing; the call takes {self._takes()}")
        if len(bound) < len(args) + len(kwargs):  # some were None, whose names nothing has looked at
            for name in kwargs:
                if name not in writers:
                    raise self._refused(name, f"is unknown; the call takes {self._takes()}")
        return bound

    def _takes(self) -> str:
        return ", ".join(p.name if p.required else f"[{p.name}]" for p in self.parameters) or "no arguments"

    def _refused(self, argument: str, text: str) -> InvalidArgument:
        return InvalidArgument(f"{argument} {text}".strip(), call=self.name, argument=argument or None)

    @cached_property
    def reply_type(self) -> Any:
        """What REST answers; `None` for nothing. One of several shapes is given as the tuple of them."""
        return _told(self._hints["return"])

    @cached_property
    def decoder(self) -> decoding.JsonDecoder:
        """Reads the body of a REST reply."""
        return decoding.decoder_for(self._hints["return"])

    @cached_property
    def ws_reply_type(self) -> Any:
        """What the WebSocket API answers: the same, or a list of one."""
        return types.GenericAlias(list, (self.reply_type,)) if self.ws_list else self.reply_type

    @cached_property
    def ws_reply_decoder(self) -> decoding.JsonDecoder:
        """Reads the `result` of a WebSocket API reply as it stands."""
        if not self.ws_list:
            return self.decoder
        return decoding.decoder_for(types.GenericAlias(list, (self._hints["return"],)))

    @cached_property
    def ws_decoder(self) -> decoding.JsonDecoder:
        """Reads it into what the user gets: of a list of one, the item."""
        return decoding.OnlyItem(self.ws_reply_decoder) if self.ws_list else self.decoder

    def route(self, bound: Bound) -> str:
        """The path with its own parameters (`{id}`) filled in; they are taken out of `bound`."""
        assert self.path is not None
        if "{" not in self.path:
            return self.path
        from urllib.parse import quote

        return re.sub(r"\{(\w+)\}", lambda m: quote(wire.text(bound.pop(m[1])), safe=""), self.path)

    def takes(self, name: str) -> bool:
        """Whether the call has a parameter of this wire name."""
        return name in self._wire_names

    @cached_property
    def _wire_names(self) -> frozenset[str]:
        return frozenset(p.wire for p in self.parameters)


class LooseEndpoint(Endpoint):
    """A call that is not declared: any parameters, and the reply as plain JSON."""

    @cached_property
    def reply_type(self) -> Any:
        """Anything."""
        return Any

    @cached_property
    def decoder(self) -> decoding.JsonDecoder:
        """Reads any JSON; integers of any size stay exact."""
        return decoding.OpenDecoder(Any)

    def takes(self, name: str) -> bool:
        """Whatever the user says."""
        return True

    def bind_loosely(self, params: Mapping[str, Any]) -> Bound:
        """The user's parameters, None left out. Raises `InvalidArgument` for what has no text."""
        bound = Bound()
        for name, value in params.items():
            if value is None:
                continue
            try:
                bound[name] = wire.loosely(value)
            except ValueError as error:
                refusal = _bare(InvalidArgument(f"{name} {error}", call=self.name, argument=name))
                break
        else:
            return bound
        del params, value
        raise refusal


def loose(family: str, method: str, path: str, *, security: Security, weight: int) -> LooseEndpoint:
    """An endpoint for a call that nobody declared."""

    async def request() -> None: ...

    endpoint = LooseEndpoint(
        request,
        method,
        path,
        weight=weight,
        security=security,
        ws=None,
        ws_weight=None,
        orders=0,
        client_id=None,
        resolve=None,
        since=None,
        until=None,
        spelling={},
    )
    endpoint.family, endpoint.name = family, f"{method} {path}"
    return endpoint


class Caller(Protocol):
    """Whatever carries calls to the exchange."""

    def call(self, endpoint: Endpoint, bound: Bound) -> Coroutine[Any, Any, Any]:
        """Make the call; its decoded reply, or an error of `binance_async.errors`."""
        ...


class Group:
    """A section of the exchange's API, bound to whatever carries its calls."""

    family: ClassVar[str] = ""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller


_endpoints: dict[Callable[..., Any], Endpoint] = {}


def endpoint_of(method: Callable[..., Any]) -> Endpoint:
    """The declaration behind a method, for instance `endpoint_of(Spot.order)`."""
    return _endpoints[getattr(method, "__func__", method)]


def endpoints(group: type[Group]) -> Iterator[Endpoint]:
    """All declarations of a group, base classes first, in the order of the source."""
    for cls in reversed(group.__mro__):
        for member in vars(cls).values():
            if inspect.isfunction(member) and member in _endpoints:
                yield _endpoints[member]


def _bare(error: InvalidArgument) -> InvalidArgument:
    """The error without the frames and the cause below, whose locals are the arguments."""
    error.__context__ = None
    return error.with_traceback(None)


def _declare(
    method: str | None,
    path: str | None,
    *,
    weight: int | WeightRule,
    security: Security,
    ws: str | None,
    ws_weight: int | WeightRule | None = None,
    ws_list: bool = False,
    orders: int = 0,
    client_id: str | None = None,
    resolve: str | None = None,
    since: str | None = None,
    until: str | None = None,
    spelling: dict[str, str] | None = None,
) -> Callable[[F], F]:
    def declare(fn: F) -> F:
        endpoint = Endpoint(
            fn,
            method,
            path,
            weight=weight,
            security=security,
            ws=ws,
            ws_weight=ws_weight,
            ws_list=ws_list,
            orders=orders,
            client_id=client_id,
            resolve=resolve,
            since=since,
            until=until,
            spelling=spelling or {},
        )

        @wraps(fn)
        async def call(self: Group, *args: Any, **kwargs: Any) -> Any:
            try:
                bound = endpoint.bind(args, kwargs)
            except InvalidArgument as error:
                refusal = _bare(error)
            else:
                del args, kwargs  # one may be a listen key, and this frame is in the traceback of whatever comes
                return await self.caller.call(endpoint, bound)
            del args, kwargs
            raise refusal

        _endpoints[call] = endpoint
        return cast("F", call)

    return declare


class _Verb:
    """The decorators `get`, `post`, `put`, `delete`.

    `weight` is the call's REQUEST_WEIGHT, and `ws` the method of the WebSocket API that does the same (`ws_weight`
    where it costs otherwise, `ws_list` where it answers a list of the one thing that REST answers); `orders` is what
    it adds to the unfilled order count. `client_id` names the parameter that the client fills with a fresh id when its
    user gives none, `resolve` the way in which a lost outcome is found out (see `session.resolver`). `since` and
    `until` are the dates between which the exchange speaks the call, `spelling` the wire names that camel case does
    not give.
    """

    def __init__(self, method: str, security: Security) -> None:
        self._method = method
        self._security = security

    def __call__(
        self,
        path: str,
        *,
        weight: int | WeightRule = 1,
        security: Security | None = None,
        ws: str | None = None,
        ws_weight: int | WeightRule | None = None,
        ws_list: bool = False,
        orders: int = 0,
        client_id: str | None = None,
        resolve: str | None = None,
        since: str | None = None,
        until: str | None = None,
        spelling: dict[str, str] | None = None,
    ) -> Callable[[F], F]:
        return _declare(
            self._method,
            path,
            weight=weight,
            security=security or self._security,
            ws=ws,
            ws_weight=ws_weight,
            ws_list=ws_list,
            orders=orders,
            client_id=client_id,
            resolve=resolve,
            since=since,
            until=until,
            spelling=spelling,
        )


get: Final = _Verb("GET", NONE)
post: Final = _Verb("POST", TRADE)
put: Final = _Verb("PUT", TRADE)
delete: Final = _Verb("DELETE", TRADE)


def ws_only(
    method: str,
    *,
    weight: int | WeightRule = 2,
    security: Security = NONE,
    since: str | None = None,
    until: str | None = None,
    spelling: dict[str, str] | None = None,
) -> Callable[[F], F]:
    """A call that only the WebSocket API has."""
    return _declare(
        None, None, weight=weight, security=security, ws=method, since=since, until=until, spelling=spelling
    )
