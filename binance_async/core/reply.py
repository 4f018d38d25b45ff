"""What came back, and what it proves: a value, or an error that says whether the call had an effect.

An answer is `(status, headers, body)` over REST and `(status, error)` over the WebSocket API, whose statuses mean the
same. A read that fails may be made again, so there the question is only what to tell. A write is another matter: what
is called a failure and was none makes a bot buy twice, and what is called unknown costs one query. So a write counts
as refused only where the exchange's documents say that it had no effect, and everything that is not listed here is
unknown. In the order in which the rows are tried:

    status      body                                                  a write ends as
    2xx         what the declaration says                             a value
    2xx         anything else: HTML, empty, cut, of another shape     UndecodableOutcome
    4xx         cancel-replace with the result of each leg            by its legs, see below
    418         any                                                   IpBanned
    429         any; by its code where that is a limit (-1015)        RateLimited
    451         any                                                   RegionRefused
    5xx         futures: -1008                                        Rejected
    503         futures: one of the two texts in `FUTURES_REFUSALS`   Rejected
    5xx         anything else, whatever its code                      OutcomeUnknown
    408         any                                                   OutcomeUnknown
    4xx         -1000, -1001, -1006, -1007                            OutcomeUnknown
    4xx         any other code                                        Rejected, by its code and text
    403         no code (the firewall answers in HTML)                FirewallRefused
    any other   anything                                              OutcomeUnknown, UndecodableOutcome if unreadable

A read ends in the same refusals. Where a write's outcome would be unknown it ends as `Unavailable`
(`UndecodableAnswer` if what came with a failure status is no error of the exchange's), and a 2xx that does not decode
is a `DecodeFailure`.

Where rows contradict each other the careful one wins: a 5xx with a code that elsewhere is a refusal is unknown,
because the documents say of every 5xx that the call may have succeeded. The futures documents name three exceptions.
The text of one of them is that of -1001 too; on a futures 503 it is a refusal, with any other status it is not.

**Cancel and replace** is two operations and no transaction. The failed answer holds the result of each leg (409 as a
rule, 429 where the order count was used up, 400 if nothing happened), and the legs decide, not the status: one leg
done is `PartlyAccepted`, which tells each leg's value or error; none done is `Rejected`, with the legs' reasons in its
text; and results that do not add up are unknown.

**Limits.** 418 and 429 stop all requests of the address until `retry_at`: `Retry-After` holds seconds (REST),
`data.retryAfter` milliseconds of the epoch (WebSocket API), and the text of a ban the same milliseconds. The kinds
are told apart by their size, because a wrong reading is a longer ban. What cannot be read is None, and the budget
falls back to its own wait. A 429 for the order count (-1015) states no time and stops orders only.

**Text of the server is data.** It is cut to 500 characters and its control characters are escaped before it goes into
a message; bodies are kept up to 1 KiB. Before either, what a server might echo (the key, the signature, a listen key)
is taken out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, AnyStr, Final, NamedTuple, TypeVar, cast
from urllib.parse import quote

import msgspec

from binance_async.core.decoding import FAILURES, JsonDecoder
from binance_async.errors import (
    BinanceError,
    DecodeFailure,
    FirewallRefused,
    IpBanned,
    OutcomeUnknown,
    PartlyAccepted,
    RateLimited,
    RegionRefused,
    Rejected,
    Unavailable,
    UndecodableAnswer,
    UndecodableOutcome,
    error_class,
)

__all__ = [
    "FUTURES",
    "FUTURES_REFUSALS",
    "UNKNOWN_OUTCOMES",
    "Answer",
    "by_text",
    "clean",
    "error_of",
    "read_reply",
    "refusal",
    "rejected_class",
    "rest_error",
    "scrub",
    "value_of",
    "ws_error",
]

FUTURES: Final = frozenset({"usdm", "coinm", "options", "portfolio"})
"""The families whose documents call some failures of the server definite."""

FUTURES_REFUSALS: Final = frozenset(
    {"Service Unavailable.", "Internal error; unable to process your request. Please try again."}
)
"""The texts with which a futures 503 is a refusal. Compared to the letter."""

UNKNOWN_OUTCOMES: Final = frozenset({-1000, -1001, -1006, -1007})
"""Codes that tell of a failure inside the exchange: a write may have happened."""

_OVERLOADED = -1008
_PARTLY_FAILED = -2021
_ORDER_COUNT = frozenset({-1015, _PARTLY_FAILED, -2022})
"""With a 429 these mean that the account's order count is used up. The address may go on."""

MOST_TEXT: Final = 500
MOST_BODY: Final = 1024
_LONGEST_WAIT = 7 * 86_400.0
"""The longest ban that is documented is three days; a later time is not one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A failed call as the exchange told it, over REST or the WebSocket API."""

    status: int
    code: int | None = None
    """The exchange's code; None if what came back is no error of the exchange's."""
    reason: str = ""
    """Its text, cut and cleaned."""
    data: bytes = b""
    """The JSON of the error's `data`, as it came."""
    retry_at: float | None = None
    """When requests may be made again, in seconds since the epoch on the exchange's clock, where it was stated."""

    @property
    def readable(self) -> bool:
        """Whether the answer was an error of the exchange's."""
        return self.code is not None or bool(self.reason)

    @property
    def stops_traffic(self) -> bool:
        """Whether this address must send nothing until `retry_at` (or for a while, if that is None)."""
        if self.status == 418 or self.code == -1003:
            return True
        return self.status == 429 and self.code not in _ORDER_COUNT


# Reading an error


def rest_error(
    status: int, headers: Mapping[str, str], body: bytes, *, now: float, secrets: Iterable[str] = ()
) -> Answer:
    """A REST answer that is no success. `headers` have lower-case names; `now` is the exchange's clock.

    A body that is no error of the exchange's gives an answer that is not `readable`: some statuses tell enough.
    """
    return _answer(status, body, headers.get("retry-after"), now, secrets)


def ws_error(status: int, error: bytes | msgspec.Raw, *, now: float, secrets: Iterable[str] = ()) -> Answer:
    """The `error` object of a WebSocket API reply; empty if the reply has none."""
    return _answer(status, bytes(error), None, now, secrets)


class _Error(msgspec.Struct):
    """`{"code", "msg", "data"}`, of any shape: a refusal must not be lost because its text is no text."""

    code: Any = None
    msg: Any = None
    data: msgspec.Raw = msgspec.Raw()


class _Times(msgspec.Struct):
    retryAfter: Any = None  # noqa: N815 - the exchange's


T = TypeVar("T")
_EMPTY = _Error()
_exact: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=Decimal)


def _read(body: bytes, type_: type[T], empty: T) -> T:
    """The body as a struct. Bytes that are no UTF-8 are replaced, and what cannot be read is `empty`."""
    try:
        return msgspec.json.decode(body, type=type_)
    except UnicodeDecodeError:
        return _read(body.decode("utf-8", "replace").encode(), type_, empty)
    except FAILURES:
        return empty


def _answer(status: int, body: bytes, retry_after: str | None, now: float, secrets: Iterable[str]) -> Answer:
    error = _read(body, _Error, _EMPTY)
    data = bytes(error.data)
    text = _text(error.msg)
    stated = _retry_time(retry_after, now)
    if stated is None:
        stated = _retry_time(_read(data, _Times, _Times()).retryAfter, now)
    if stated is None and (banned := re.search(r"banned until (\d+)", text)):
        stated = _retry_time(banned[1], now)
    return Answer(status, _code(error.code), clean(scrub(text, secrets)), data, stated)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _code(value: Any) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,9}", value, re.ASCII):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _retry_time(stated: Any, now: float) -> float | None:
    """Seconds from now, or a time since the epoch in s, ms or µs. The magnitudes are decades apart."""
    if stated is None or isinstance(stated, bool):
        return None
    try:
        value = float(stated)
    except (TypeError, ValueError, OverflowError):
        return None
    if not (math.isfinite(value) and value >= 0):
        return None
    for at_least, unit in ((1e14, 1e6), (1e11, 1e3), (1e9, 1.0)):
        if value >= at_least:
            at = value / unit
            break
    else:
        at = now + value
    return at if at - now <= _LONGEST_WAIT else None


# Text of the server


_FIELDS = "signature|apikey|x-mbx-apikey|secret|secretkey|listenkey|listentoken"
_NAMED = re.compile(rf"""(\b(?:{_FIELDS})\\*["']?\s*[=:]\s*\\*["']?)(?:[^"'&\s<>,}}\\]|\\/)+""", re.IGNORECASE)
_NAMED_BYTES = re.compile(_NAMED.pattern.encode(), re.IGNORECASE)


def scrub(text: AnyStr, secrets: Iterable[str]) -> AnyStr:
    """The text without the secrets, however they were encoded, and without the values of fields that hold one.

    At its end, where it may have been cut, it is without the beginning of one either.
    """
    forms = _forms(secrets)
    if isinstance(text, str):
        for form in forms:
            # To look first is much quicker. (Beyond ASCII there are letters that match and are not equal.)
            if not text.isascii() or form.lower() in text.lower():
                text = re.sub(re.escape(form), "[removed]", text, flags=re.IGNORECASE)
        return _NAMED.sub(r"\1[removed]", text[: _begun(text.lower(), [form.lower() for form in forms])])
    raw = [form.encode("utf-8", "surrogatepass") for form in forms]
    for form in raw:
        if form.lower() in text.lower():
            text = re.sub(re.escape(form), b"[removed]", text, flags=re.IGNORECASE)
    return _NAMED_BYTES.sub(rb"\1[removed]", text[: _begun(text.lower(), [form.lower() for form in raw])])


def _begun(text: AnyStr, forms: list[AnyStr]) -> int:
    """Where the text ends, but for the beginning of a secret."""
    for form in forms:
        for length in range(min(len(form) - 1, len(text)), _SHORTEST, -1):
            if text[-length:] == form[:length]:
                return len(text) - length
    return len(text)


_SHORTEST: Final = 5
"""So little of a secret is none."""


def _forms(secrets: Iterable[str]) -> list[str]:
    """The secrets plain, percent-encoded, and with what some escape in JSON. Longest first."""
    forms: set[str] = set()
    for secret in filter(None, secrets):
        encoded = secret.encode("utf-8", "surrogatepass")
        forms |= {
            secret,
            quote(encoded, safe=""),
            quote(encoded),
            secret.replace("/", "\\/"),
            secret.replace("=", "\\u003d"),
        }
    return sorted(forms, key=len, reverse=True)


def clean(text: str) -> str:
    """At most 500 characters, what is not printable being escaped: it may end in a log."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text[:MOST_TEXT])
    if len(text) <= MOST_TEXT and len(shown) <= MOST_TEXT:
        return shown
    return shown[: MOST_TEXT - 1] + "…"


# Classes


class _TextRule(NamedTuple):
    codes: frozenset[int]
    pattern: re.Pattern[str]
    refused: type[Rejected]


_text_rules: list[_TextRule] = []
R = TypeVar("R", bound=type[Rejected])


def by_text(pattern: str, *codes: int) -> Callable[[R], R]:
    """Choose a subclass of `Rejected` by the text where the exchange uses one code for many things.

        @by_text(r"Account has insufficient balance for requested action", -2010)
        class InsufficientBalance(NewOrderRejected): ...

    The pattern must match from the first letter on, whatever follows it.
    """

    def register(refused: R) -> R:
        _text_rules.append(_TextRule(frozenset(codes), re.compile(pattern, re.IGNORECASE), refused))
        return refused

    return register


def rejected_class(code: int, reason: str, family: str | None) -> type[Rejected]:
    """The class of a refusal: by its text where `by_text` says so, else by its code."""
    by_code = error_class(code, family)  # loads `codes`, which fills the rules
    for rule in _text_rules:
        if code in rule.codes and rule.pattern.match(reason):
            return rule.refused
    return by_code


def refusal(answer: Answer, family: str | None) -> type[Rejected] | None:
    """The class of a definite refusal; None where the call may have had an effect. The table of this module."""
    status, code = answer.status, answer.code
    by_code = None if code is None else rejected_class(code, answer.reason, family)
    if status == 418:
        return IpBanned
    if status == 429:
        return by_code if by_code is not None and issubclass(by_code, RateLimited) else RateLimited
    if status == 451:
        return RegionRefused
    if status >= 500:
        return (by_code or Rejected) if _futures_refusal(answer, family) else None
    if not 400 <= status < 500 or status == 408 or code in UNKNOWN_OUTCOMES:
        return None
    if status == 409 and code == _PARTLY_FAILED:  # one leg happened; its legs could not be read
        return None
    return by_code or (FirewallRefused if status == 403 and code is None else None)


def _futures_refusal(answer: Answer, family: str | None) -> bool:
    if family not in FUTURES:
        return False
    return answer.code == _OVERLOADED or (answer.status == 503 and answer.reason in FUTURES_REFUSALS)


# Errors


class _Call(NamedTuple):
    """The call that failed, as far as its error tells of it."""

    name: str
    family: str | None
    writes: bool
    client_order_id: str | None
    secrets: tuple[str, ...]

    def unknown(self, reason: str, status: int | None, code: int | None) -> BinanceError:
        """The exchange said something that does not tell what happened."""
        said = f"{code} {reason}".strip() if code is not None else reason
        if status is not None:
            said = f"{said} (HTTP {status})"
        if not self.writes:
            return Unavailable(f"no usable answer: {said}", call=self.name, status=status, code=code)
        return OutcomeUnknown(
            f"it may or may not have happened: {said}",
            call=self.name,
            status=status,
            code=code,
            client_order_id=self.client_order_id,
        )

    def unreadable(self, status: int, body: bytes, why: str = "it is no error of the exchange's") -> BinanceError:
        """What came back is neither the value nor an error."""
        said = f"the answer (HTTP {status}) cannot be read: {_shape(body) or clean(scrub(why, self.secrets))}"
        # Scrubbed before it is cut, and from more than is kept, so that no half of a secret stays behind.
        kept = scrub(body[: 4 * MOST_BODY], self.secrets)[:MOST_BODY]
        if self.writes:
            return UndecodableOutcome(
                f"it may or may not have happened: {said}",
                call=self.name,
                status=status,
                body=kept,
                client_order_id=self.client_order_id,
            )
        failed = DecodeFailure if 200 <= status < 300 else UndecodableAnswer
        return failed(said, call=self.name, status=status, body=kept)

    def rejected_class(self, code: int | None, reason: str) -> type[Rejected]:
        return Rejected if code is None else rejected_class(code, reason, self.family)


def _shape(body: bytes) -> str:
    start = body[:256].lstrip()
    if not start:
        return "it is empty"
    return "it is HTML" if start.startswith(b"<") else ""


def error_of(
    answer: Answer,
    *,
    endpoint_name: str,
    family: str | None,
    writes: bool,
    body: bytes = b"",
    client_order_id: str | None = None,
    secrets: Iterable[str] = (),
) -> BinanceError:
    """The error that a failed call is raised as."""
    call = _Call(endpoint_name, family, writes, client_order_id, tuple(secrets))
    if writes and 400 <= answer.status < 500 and (legs := _legs(answer)) is not None:
        return _cancel_replace(answer, legs, call)
    refused = refusal(answer, family)
    if refused is not None:
        return _rejected(refused, answer, call)
    if answer.readable:
        return call.unknown(answer.reason, answer.status, answer.code)
    return call.unreadable(answer.status, body)


_UNSAID: dict[type[Rejected], str] = {
    IpBanned: "this address is banned for a while",
    RateLimited: "too many requests",
    RegionRefused: "the exchange does not serve this location",
    FirewallRefused: "the firewall refused: slow down, or look for odd text in the parameters",
}


def _rejected(refused: type[Rejected], answer: Answer, call: _Call, reason: str = "") -> Rejected:
    return refused(
        reason or answer.reason or _UNSAID.get(refused, "no reason given"),
        call=call.name,
        status=answer.status,
        code=answer.code,
        retry_at=answer.retry_at,
    )


# Cancel and replace


class _Legs(msgspec.Struct):
    cancelResult: str  # noqa: N815 - the exchange's
    newOrderResult: str  # noqa: N815
    cancelResponse: msgspec.Raw = msgspec.Raw(b"null")  # noqa: N815
    newOrderResponse: msgspec.Raw = msgspec.Raw(b"null")  # noqa: N815


def _legs(answer: Answer) -> _Legs | None:
    none: _Legs | None = None
    return _read(answer.data, _Legs, none) if answer.data else none


def _leg(result: str, response: msgspec.Raw, call: _Call) -> Any:
    """What became of a leg: its value, or its error."""
    if result == "SUCCESS":
        return _scrubbed(_exact.decode(response), call.secrets)
    if result == "NOT_ATTEMPTED":
        return Rejected("not attempted", call=call.name)
    told = _read(bytes(response), _Error, _EMPTY)
    code, reason = _code(told.code), clean(scrub(_text(told.msg), call.secrets)) or "no reason given"
    if result != "FAILURE" or code in UNKNOWN_OUTCOMES:
        return call.unknown(reason, None, code)
    return call.rejected_class(code, reason)(reason, call=call.name, code=code)


def _scrubbed(value: Any, secrets: tuple[str, ...]) -> Any:
    """Decoded JSON whose texts hold no secret."""
    if isinstance(value, str):
        return scrub(value, secrets)
    if isinstance(value, list):
        entries: list[Any] = value  # pyright: ignore[reportUnknownVariableType] - whatever JSON holds
        return [_scrubbed(item, secrets) for item in entries]
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return {scrub(name, secrets): _scrubbed(item, secrets) for name, item in items}
    return value


def _cancel_replace(answer: Answer, legs: _Legs, call: _Call) -> BinanceError:
    cancel = _leg(legs.cancelResult, legs.cancelResponse, call)
    new = _leg(legs.newOrderResult, legs.newOrderResponse, call)
    text = f"{answer.reason} Cancel: {_told(cancel)}. New order: {_told(new)}.".strip()
    if isinstance(cancel, Rejected) and isinstance(new, Rejected):
        return _rejected(call.rejected_class(answer.code, answer.reason), answer, call, text)
    if isinstance(cancel, BinanceError) != isinstance(new, BinanceError):
        return PartlyAccepted(f"one leg was done: {text}", call=call.name, code=answer.code, cancel=cancel, new=new)
    return call.unknown(text, answer.status, answer.code)


def _told(leg: Any) -> str:
    if not isinstance(leg, BinanceError):
        return "done"
    if isinstance(leg, Rejected):
        return (f"{leg.code} {leg.reason}" if leg.code is not None else leg.reason).rstrip(".")
    return leg.message.rstrip(".")


# Replies


def value_of(
    decoder: JsonDecoder,
    body: bytes | msgspec.Raw,
    *,
    status: int = 200,
    endpoint_name: str,
    writes: bool,
    client_order_id: str | None = None,
    secrets: Iterable[str] = (),
) -> Any:
    """The value of a successful answer: a REST body, or the `result` of a WebSocket API reply."""
    try:
        return decoder.decode(body)
    except FAILURES as failure:
        call = _Call(endpoint_name, None, writes, client_order_id, tuple(secrets))
        error = call.unreadable(status, bytes(body), str(failure))
    # Outside of the handler and without these, so that neither its context nor its frame shows what the server sent.
    del body, secrets, call
    raise error


def read_reply(
    decoder: JsonDecoder,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: float,
    endpoint_name: str,
    family: str | None,
    writes: bool,
    client_order_id: str | None = None,
    secrets: Iterable[str] = (),
) -> Any:
    """The value of a REST answer, or its error raised. Nothing is taken from the headers but `retry-after`."""
    kept = tuple(secrets)
    if 200 <= status < 300:
        try:
            return decoder.decode(body)
        except FAILURES as failure:
            call = _Call(endpoint_name, family, writes, client_order_id, kept)
            error = call.unreadable(status, body, str(failure))
            del call
    else:
        error = error_of(
            rest_error(status, headers, body, now=now, secrets=kept),
            endpoint_name=endpoint_name,
            family=family,
            writes=writes,
            body=body,
            client_order_id=client_order_id,
            secrets=kept,
        )
    del body, headers, secrets, kept  # as in `value_of`
    raise error
