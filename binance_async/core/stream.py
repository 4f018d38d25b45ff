"""A typed function signature is the whole specification of a stream.

    class Streams(StreamGroup[N]):
        @stream("<symbol>@kline_<interval>")
        def kline(self, symbol: str, interval: KlineIntervalLike) -> Stream[KlineEvent[N]]:
            \"\"\"The candle of an interval as it changes.\"\"\"
            ...

Called, it answers a `Stream`: the name to subscribe to and the type of its events. Names are lower case where the
exchange wants them so (symbols); a part in square brackets is left out when its argument is not given, so
`<symbol>@depth[@<speed>]` is both `btcusdt@depth` and `btcusdt@depth@100ms`.

Events are generic in their number. `StreamGroup[N]` carries that choice: a family offers the same group three times,
for Decimal (the default), float and str.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, Generic, Literal, cast, get_args, get_origin, get_type_hints

from binance_async.core import decoding, wire
from binance_async.core.endpoint import Parameter
from binance_async.errors import InvalidArgument

if TYPE_CHECKING or sys.version_info < (3, 13):
    from typing_extensions import TypeVar
else:
    from typing import TypeVar

T_co = TypeVar("T_co", covariant=True)
N = TypeVar("N", default=Decimal)
"""The number of a family's market events: Decimal unless said."""
F = TypeVar("F", bound=Callable[..., Any])

_OPTIONAL = re.compile(r"\[([^\]]*)\]")
_PLACE = re.compile(r"<([\w-]+)>")
_SEPARATORS = re.compile(r"[\s@/?&#,\"\\]")


@dataclass(frozen=True, slots=True)
class Stream(Generic[T_co]):
    """A stream to subscribe to. Made by the functions of a family's `streams` module, or `raw` for any name."""

    name: str
    """The exchange's name, for instance `btcusdt@trade`."""
    declaration: StreamDeclaration | None = None
    """None for a name that no declaration knows; its events are `RawEvent`."""
    numbers: Any = Decimal

    def __str__(self) -> str:
        return self.name


class StreamDeclaration:
    """One kind of stream: its template and what its events are."""

    def __init__(self, fn: Callable[..., Any], template: str, since: str | None, until: str | None) -> None:
        self.fn = fn
        self.template = template
        self.since = since
        self.until = until
        self.family: str = fn.__module__.split(".")[1] if "." in fn.__module__ else fn.__module__
        self.name: str = f"{self.family}.streams.{fn.__name__}"
        self._decoders: dict[Any, decoding.JsonDecoder] = {}

    def __repr__(self) -> str:
        return f"<StreamDeclaration {self.name} {self.template}>"

    @cached_property
    def _hints(self) -> dict[str, Any]:
        return get_type_hints(self.fn)

    @cached_property
    def _signature(self) -> inspect.Signature:
        return inspect.signature(self.fn)

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parts of the name."""
        return tuple(
            Parameter(
                name=p.name,
                wire=p.name,
                required=p.default is p.empty,
                kind=wire.kind_of(self._hints[p.name]),
                choices=wire.choices(self._hints[p.name]),
                positional=p.kind is not p.KEYWORD_ONLY,
                annotation=self._hints[p.name],
            )
            for p in list(self._signature.parameters.values())[1:]
        )

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches the names of this stream."""
        out = ""
        for part in re.split(r"(\[[^\]]*\]|<[\w-]+>)", self.template):
            if part.startswith("["):
                before, _, place = part[1:-1].partition("<")
                out += f"(?:{re.escape(before)}{self._group(place.rstrip('>'))})?"
            elif part.startswith("<"):
                out += self._group(part[1:-1])
            else:
                out += re.escape(part)
        return re.compile(out)

    def _group(self, place: str) -> str:
        name = place.replace("-", "_")
        choices = next((p.choices for p in self.parameters if p.name == name), ())
        return f"(?P<{name}>{'|'.join(map(re.escape, choices)) if choices else '[^@/!]+'})"

    @property
    def plain_template(self) -> str:
        """The template without its optional parts."""
        return _OPTIONAL.sub("", self.template)

    @cached_property
    def _writers(self) -> dict[str, wire.Writer]:
        return {p.name: _writer(p.annotation) for p in self.parameters}

    def _text(self, name: str, value: Any) -> str:
        """One part of the name. Raises `ValueError`."""
        text = wire.text(self._writers[name](value))
        if not text or _SEPARATORS.search(text):
            raise ValueError("takes a part of a stream's name, without separators")
        return text.lower() if name in ("symbol", "pair") else text

    def stream_name(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """The exchange's name for these arguments. Raises `InvalidArgument`."""
        given: dict[str, str] = {}
        try:
            bound = self._signature.bind(None, *args, **kwargs)
        except TypeError as error:
            raise InvalidArgument(str(error), call=self.name) from None
        for name, value in list(bound.arguments.items())[1:]:
            try:
                if value is not None:
                    given[name] = self._text(name, value)
                elif self._signature.parameters[name].default is not None:
                    raise ValueError("is missing")
            except ValueError as error:
                raise InvalidArgument(f"{name} {error}", call=self.name, argument=name) from None

        def fill(match: re.Match[str]) -> str:
            return given[match[1].replace("-", "_")]

        def optional(match: re.Match[str]) -> str:
            places = [m.replace("-", "_") for m in _PLACE.findall(match[1])]
            return match[1] if all(place in given for place in places) else ""

        return _PLACE.sub(fill, _OPTIONAL.sub(optional, self.template))

    def event_type(self, numbers: Any = Decimal) -> Any:
        """What an event of this stream is, with this kind of number."""
        declared = get_args(self._hints["return"])[0]
        return _with_numbers(declared, numbers)

    def decoder(self, numbers: Any = Decimal) -> decoding.JsonDecoder:
        """Reads the payload of one event."""
        if numbers not in self._decoders:
            # A float is read from the exchange's text, which strict decoding refuses.
            self._decoders[numbers] = decoding.OpenDecoder(self.event_type(numbers), strict=numbers is not float)
        return self._decoders[numbers]


def _writer(annotation: Any) -> wire.Writer:
    """As `wire.writer`, and for a choice of ints too (the levels of a book), which are given as ints or as text."""
    members = wire.members(annotation)
    if not all(get_origin(m) is Literal and all(type(v) is int for v in get_args(m)) for m in members):
        return wire.writer(annotation)
    known = wire.choices(annotation)

    def write(value: Any) -> wire.Wire:
        if type(value) in (int, str) and str(value) in known:
            return str(value)
        raise ValueError(f"takes one of {', '.join(known)}")

    return write


def _with_numbers(type_: Any, numbers: Any) -> Any:
    parameters = getattr(type_, "__parameters__", ())
    return type_[(numbers,) * len(parameters)] if parameters else type_


class StreamGroup(Generic[N]):
    """The streams of a family, with one kind of number in their events."""

    def __init__(self, numbers: type[N]) -> None:
        self.numbers = numbers

    def named(self, name: str) -> Stream[Any]:
        """The stream of this name, by the declaration whose template it fits, if any. Raises `InvalidArgument`."""
        if not name or re.search(r"[\s/?&#,\"\\]", name):
            raise InvalidArgument(f"takes the name of one stream, not {name!r}", argument="name")
        declared = (d for d in stream_declarations(type(self)) if d.pattern.fullmatch(name))
        return Stream(name, next(declared, None), self.numbers)


_streams: dict[Callable[..., Any], StreamDeclaration] = {}


def stream(template: str, *, since: str | None = None, until: str | None = None) -> Callable[[F], F]:
    """Declare a stream by the template of its name."""

    def declare(fn: F) -> F:
        declaration = StreamDeclaration(fn, template, since, until)

        @wraps(fn)
        def make(self: StreamGroup[Any], *args: Any, **kwargs: Any) -> Stream[Any]:
            return Stream(declaration.stream_name(args, kwargs), declaration, self.numbers)

        _streams[make] = declaration
        return cast("F", make)

    return declare


def stream_declarations(group: type[StreamGroup[Any]]) -> Iterator[StreamDeclaration]:
    """All declarations of a group, in the order of the source."""
    for cls in reversed(group.__mro__):
        for member in vars(cls).values():
            if inspect.isfunction(member) and member in _streams:
                yield _streams[member]
