"""Parameters as the exchange reads them: from text to the values that a declaration names, or the documented refusal.

REST sends parameters in the query string, in a form body, or in both; where one is in both, the query wins. The
WebSocket API sends them as JSON. Either way each parameter is first a text (a JSON number is kept as it was printed,
because that is what was signed), and one reading by the declaration makes it a value:

    text       the text                        integer, time   int
    choice     one of the documented words     number          Decimal, with every digit that was sent
    boolean    bool                            list            list

What is wrong with a parameter is told with the exchange's own codes, -1100 to -1130 and those of single parameters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from binance_async.core.endpoint import Endpoint, Parameter
from binance_async.simulator.engine import ExchangeError
from binance_async.simulator.engine import errors as refusals

__all__ = ["AUTHENTICATION", "read", "texts_of_form", "texts_of_json"]

Values = dict[str, Any]

AUTHENTICATION = frozenset({"apiKey", "signature", "timestamp", "recvWindow", "returnRateLimits"})
"""Parameters that belong to a request and not to its call."""

_INTEGER = re.compile(r"[0-9]{1,20}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?", re.ASCII)
# Since 2025-10 a symbol may hold letters of any script; only ASCII lower case, spaces and punctuation are out.
_SYMBOL = re.compile(r"[^a-z\x00-\x2c/:-@\[-^`{-\x7f\s]{1,50}")
_SYMBOL_RANGE = "^[A-Z0-9-_.]{1,20}$"
_MOST_INTEGER = 2**63 - 1
_MOST_SYMBOLS = 100

_INVALID: Mapping[str, tuple[int, str]] = {
    "timeInForce": (-1115, "Invalid timeInForce."),
    "orderType": (-1116, "Invalid orderType."),
    "side": (-1117, "Invalid side."),
    "interval": (-1120, "Invalid interval."),
    "symbolStatus": (-1122, "Invalid symbolStatus."),
    "tickerType": (-1139, "Invalid ticker type."),
    "cancelRestrictions": (-1145, "cancelRestrictions has to be either ONLY_NEW or ONLY_PARTIALLY_FILLED."),
    "pegPriceType": (-1210, "Invalid pegPriceType."),
    "pegOffsetType": (-1211, "Invalid pegOffsetType."),
}


def texts_of_form(query: str, body: str, *, lists: Iterable[str] = ()) -> dict[str, str]:
    """The parameters of a REST request. Raises `ExchangeError` for one that is given twice and is none of `lists`.

    A list is one JSON text, or a parameter for each of its items.
    """
    texts = _form(body, frozenset(lists))
    texts.update(_form(query, frozenset(lists)))
    return texts


def _form(encoded: str, lists: frozenset[str]) -> dict[str, str]:
    texts: dict[str, str] = {}
    items: dict[str, list[str]] = {}
    for part in encoded.split("&"):
        if not part:
            continue
        name, _, value = part.partition("=")
        name, value = unquote_plus(name), unquote_plus(value)
        if name in texts and name not in lists:
            raise ExchangeError(-1101, "Duplicate values for a parameter detected.")
        items.setdefault(name, []).append(value)
        texts[name] = value
    return texts | {name: msgspec.json.encode(items[name]).decode() for name in lists if len(items.get(name, ())) > 1}


@lru_cache(maxsize=4_096)
def lists_of(endpoint: Endpoint) -> frozenset[str]:
    """The parameters of a call that are lists."""
    return frozenset(p.wire for p in endpoint.parameters if p.kind == "list")


def texts_of_json(params: Mapping[str, msgspec.Raw]) -> dict[str, str]:
    """The parameters of a WebSocket API request: texts as they are, all else as it was printed. Null is not sent."""
    texts: dict[str, str] = {}
    for name, raw in params.items():
        printed = bytes(raw).strip()
        if printed.startswith(b'"'):
            texts[name] = msgspec.json.decode(printed, type=str)
        elif printed != b"null":
            texts[name] = printed.decode()
    return texts


def read(endpoint: Endpoint, texts: Mapping[str, str], *, extra: Iterable[str] = ()) -> Values:
    """The values of a call's parameters. `extra` names are of the request and not of the call."""
    plan, required = _plan(endpoint)
    known = AUTHENTICATION.union(extra)
    values: Values = {}
    for name, text in texts.items():
        reader = plan.get(name)
        if reader is None:
            continue
        if text == "":
            raise _empty(name, required=name in required)
        values[name] = reader(name, text)
    for name in required:
        if name not in values:
            raise refusals.missing(name)
    _refuse_unread(plan, [name for name in texts if name not in known or name in plan])
    _check_lists(values)
    return values


def _refuse_unread(plan: Mapping[str, Reader], sent: list[str]) -> None:
    read_count = sum(name in plan for name in sent)
    if read_count == len(sent):
        return
    if not plan:
        raise ExchangeError(-1101, f"Too many parameters; expected '0' and received '{len(sent)}'.")
    raise ExchangeError(
        -1104, f"Not all sent parameters were read; read '{read_count}' parameter(s) but was sent '{len(sent)}'."
    )


def _empty(name: str, *, required: bool) -> ExchangeError:
    if required:
        return refusals.missing(name)
    if name == "newClientOrderId":
        return ExchangeError(-1118, "New client order ID was empty.")
    if name == "origClientOrderId":
        return ExchangeError(-1119, "Original client order ID was empty.")
    return ExchangeError(-1105, f"Parameter '{name}' was empty.")


def _check_lists(values: Values) -> None:
    symbols = values.get("symbols")
    if symbols is None:
        return
    if "symbol" in values:
        raise refusals.bad_combination()
    if len(set(symbols)) < len(symbols):
        raise ExchangeError(-1151, "Symbol is present multiple times in the list.")


Reader = Callable[[str, str], Any]


@lru_cache(maxsize=4_096)
def _plan(endpoint: Endpoint) -> tuple[dict[str, Reader], tuple[str, ...]]:
    """How each parameter is read, and which must be there."""
    plan = {p.wire: _reader(endpoint, p) for p in endpoint.parameters if p.wire not in AUTHENTICATION}
    return plan, tuple(p.wire for p in endpoint.parameters if p.required and p.wire in plan)


def _reader(endpoint: Endpoint, parameter: Parameter) -> Reader:
    if parameter.kind == "choice":
        return _choice(endpoint, parameter)
    return _READERS[parameter.kind]


def _choice(endpoint: Endpoint, parameter: Parameter) -> Reader:
    known = frozenset(parameter.choices)
    code, message = _INVALID.get(_meaning(endpoint, parameter.wire), (0, ""))

    def read_choice(name: str, text: str) -> str:
        if text in known:
            return text
        raise ExchangeError(code, message) if code else refusals.invalid(name)

    return read_choice


def _meaning(endpoint: Endpoint, name: str) -> str:
    """Which of the parameters with a code of their own this is: `aboveTimeInForce` is a timeInForce."""
    if name == "type":
        return "tickerType" if "ticker" in (endpoint.path or endpoint.ws or "") else "orderType"
    lowered = name.lower()
    for meaning in ("timeInForce", "side", "pegPriceType", "pegOffsetType"):
        if lowered.endswith(meaning.lower()):
            return meaning
    if name.endswith("Type") and name.startswith(("above", "below", "working", "pending")):
        return "orderType"
    return name


def _text(name: str, text: str) -> str:
    if name == "symbol":
        return _symbol(name, text)
    return text


def _symbol(name: str, text: str) -> str:
    if not _SYMBOL.fullmatch(text):
        raise refusals.illegal(name, _SYMBOL_RANGE)
    return text


def _integer(name: str, text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise refusals.illegal(name, "^[0-9]{1,20}$")
    value = int(text)
    if value > _MOST_INTEGER:
        raise refusals.overflowed(name)
    return value


def _number(name: str, text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise refusals.illegal(name, r"^([0-9]{1,20})(\.[0-9]{1,20})?$")
    return Decimal(text)


def _boolean(name: str, text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise refusals.invalid(name)
    return text.lower() == "true"


def _list(name: str, text: str) -> list[Any]:
    if not text.startswith("["):
        return [text]
    try:
        items: list[Any] = msgspec.json.decode(text, type=list[Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ExchangeError(-1135, f"JSON sent for parameter '{name}' is not valid") from None
    if name == "symbols":
        if not items:
            raise refusals.missing(name)
        items = [_symbol(name, item) if isinstance(item, str) else _symbol(name, "") for item in items]
    return items


_READERS: dict[str, Reader] = {
    "text": _text,
    "integer": _integer,
    "time": _integer,
    "number": _number,
    "boolean": _boolean,
    "list": _list,
}


def at_most_100(values: Values) -> None:
    """The tickers take at most a hundred symbols."""
    if len(values.get("symbols", ())) > _MOST_SYMBOLS:
        raise ExchangeError(-1101, "Too many values sent for parameter 'symbols', maximum allowed up to 100.")
