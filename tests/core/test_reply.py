"""Every row of the map from an answer to its error, with three literals a case: status, headers, body."""

from __future__ import annotations

import json
import pickle
import traceback
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from binance_async import codes
from binance_async.core import decoding, reply
from binance_async.declared import Declaration, declarations
from binance_async.errors import (
    BinanceError,
    DecodeFailure,
    FirewallRefused,
    IpBanned,
    NotSent,
    OutcomeUnknown,
    PartlyAccepted,
    RateLimited,
    RegionRefused,
    Rejected,
    Unavailable,
    UndecodableAnswer,
    UndecodableOutcome,
)

NOW = 1_700_000_000.0
DATA = Path(__file__).parents[1] / "catalogue" / "data"
HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


class Order(msgspec.Struct, rename="camel"):
    symbol: str
    order_id: int
    price: Decimal


class Ack(msgspec.Struct, rename="camel"):
    order_id: int


def ended(decoder: Any, status: int, headers: dict[str, str], body: bytes, **call: Any) -> Any:
    """The value, or the error that was raised."""
    try:
        return reply.read_reply(decoder, status, headers, body, now=NOW, endpoint_name="spot.place_order", **call)
    except BinanceError as failure:
        return failure


def error(
    status: int, headers: dict[str, str], body: bytes, *, writes: bool = True, family: str = "spot", **more: Any
) -> BinanceError:
    end = ended(decoding.decoder_for(Order), status, headers, body, writes=writes, family=family, **more)
    assert isinstance(end, BinanceError)
    return end


def said(code: int, msg: str, **more: Any) -> bytes:
    return json.dumps({"code": code, "msg": msg, **more}).encode()


# Rule A. Each row: status, headers, body, family, what a write ends as, what a read ends as.

UNKNOWN = (OutcomeUnknown, Unavailable)
UNREADABLE = (UndecodableOutcome, UndecodableAnswer)
SHORT = "Server is currently overloaded with other requests. Please try again in a few minutes."
INTERNAL = "Internal error; unable to process your request. Please try again."
TIMEOUT = "Timeout waiting for response from backend server. Send status unknown; execution status unknown."

ROWS: list[tuple[str, int, dict[str, str], bytes, str, type[Any], type[Any]]] = [
    # refused: 4xx with a code
    ("400 with a code", 400, {}, said(-1121, "Invalid symbol."), "spot", codes.InvalidSymbol, codes.InvalidSymbol),
    ("400 with a code of tomorrow", 400, {}, said(-7777, "New."), "spot", Rejected, Rejected),
    ("401 with a code", 401, {}, said(-2015, "Invalid API-key."), "spot", codes.RejectedMbxKey, codes.RejectedMbxKey),
    ("404 with a code", 404, {}, said(-1099, "Not found."), "spot", codes.NotFoundOrUnauthorized, Rejected),
    ("the clock", 400, {}, said(-1021, "Timestamp ..."), "spot", codes.InvalidTimestamp, codes.InvalidTimestamp),
    ("the clock, at the engine, usdm", 400, {}, said(-5028, "Timestamp ..."), "usdm", Rejected, Rejected),
    ("the clock, at the engine, coinm", 400, {}, said(-4188, "Timestamp ..."), "coinm", Rejected, Rejected),
    ("a 4xx -1008 of spot", 400, {}, said(-1008, SHORT), "spot", codes.ServerBusy, codes.ServerBusy),
    ("409 with a code of another call", 409, {}, said(-2010, "x"), "spot", codes.NewOrderRejected, Rejected),
    # the firewall and the region
    ("403 HTML", 403, {}, HTML, "spot", FirewallRefused, FirewallRefused),
    ("403 empty", 403, {}, b"", "usdm", FirewallRefused, FirewallRefused),
    ("403 with a code", 403, {}, said(-2015, "Invalid API-key."), "spot", codes.RejectedMbxKey, Rejected),
    ("451 HTML", 451, {}, HTML, "spot", RegionRefused, RegionRefused),
    (
        "451 JSON",
        451,
        {},
        said(0, "Service unavailable from a restricted location"),
        "us",
        RegionRefused,
        RegionRefused,
    ),
    # limits
    ("429", 429, {"retry-after": "7"}, said(-1003, "Too many requests."), "spot", codes.TooManyRequests, RateLimited),
    ("429 HTML", 429, {"retry-after": "7"}, HTML, "spot", RateLimited, RateLimited),
    ("429 order count", 429, {}, said(-1015, "Too many new orders."), "spot", codes.TooManyOrders, RateLimited),
    ("429 with another code", 429, {}, said(-7777, "New."), "spot", RateLimited, RateLimited),
    ("-1003 without 429", 400, {}, said(-1003, "Too many requests."), "spot", codes.TooManyRequests, RateLimited),
    ("-1015 without 429", 400, {}, said(-1015, "Too many new orders."), "usdm", codes.TooManyOrders, RateLimited),
    ("418", 418, {"retry-after": "120"}, said(-1003, "Way too much."), "spot", IpBanned, IpBanned),
    ("418 HTML", 418, {"retry-after": "120"}, HTML, "spot", IpBanned, IpBanned),
    # unknown
    ("408", 408, {}, said(-1007, TIMEOUT), "usdm", *UNKNOWN),
    ("408 with a code that elsewhere is refused", 408, {}, said(-2010, "x"), "spot", *UNKNOWN),
    ("-1000", 400, {}, said(-1000, "An unknown error occurred."), "spot", *UNKNOWN),
    ("-1001", 400, {}, said(-1001, INTERNAL), "spot", *UNKNOWN),
    ("-1006", 400, {}, said(-1006, "An unexpected response was received."), "spot", *UNKNOWN),
    ("-1007", 400, {}, said(-1007, TIMEOUT), "spot", *UNKNOWN),
    ("-1007 of futures", 400, {}, said(-1007, TIMEOUT), "usdm", *UNKNOWN),
    ("spot 500", 500, {}, said(-1000, "x"), "spot", *UNKNOWN),
    ("spot 500 with a code that elsewhere is refused", 500, {}, said(-2010, "x"), "spot", *UNKNOWN),
    ("spot 503 -1008", 503, {}, said(-1008, SHORT), "spot", *UNKNOWN),
    ("US 503 -1008", 503, {}, said(-1008, SHORT), "us", *UNKNOWN),
    ("spot 503 Service Unavailable.", 503, {}, said(-1000, "Service Unavailable."), "spot", *UNKNOWN),
    ("spot 503 Internal error", 503, {}, said(-1001, INTERNAL), "spot", *UNKNOWN),
    ("portfolio pro 503 Service Unavailable.", 503, {}, said(-1, "Service Unavailable."), "portfolio_pro", *UNKNOWN),
    (
        "409 partly failed, legs unreadable",
        409,
        {},
        said(-2021, "Order cancel-replace partially failed."),
        "spot",
        *UNKNOWN,
    ),
    ("404 HTML", 404, {}, HTML, "spot", *UNREADABLE),
    ("400 without a code", 400, {}, b"{}", "spot", *UNREADABLE),
    ("400 whose code is no number", 400, {}, b'{"code":true}', "spot", *UNREADABLE),
    ("409 HTML", 409, {}, HTML, "spot", *UNREADABLE),
    ("502 HTML", 502, {}, HTML, "spot", *UNREADABLE),
    ("502 empty", 502, {}, b"", "spot", *UNREADABLE),
    ("504 of futures, HTML", 504, {}, HTML, "usdm", *UNREADABLE),
    ("a redirect", 302, {"location": "https://elsewhere"}, b"", "spot", *UNREADABLE),
    ("a redirect with a code", 302, {}, said(-2010, "x"), "spot", *UNKNOWN),
    ("no status at all", 0, {}, b"", "spot", *UNREADABLE),
    ("a status of tomorrow", 600, {}, said(-2010, "x"), "spot", *UNKNOWN),
    # futures: the three failures that are definite, and those that are not
    ("futures 503 -1008", 503, {}, said(-1008, SHORT), "usdm", codes.ServerBusy, codes.ServerBusy),
    ("coinm 503 -1008", 503, {}, said(-1008, "Request Throttled"), "coinm", codes.ServerBusy, Rejected),
    ("futures 500 -1008", 500, {}, said(-1008, SHORT), "usdm", codes.ServerBusy, codes.ServerBusy),
    ("futures 503 Service Unavailable.", 503, {}, said(-1000, "Service Unavailable."), "usdm", Rejected, Rejected),
    ("options 503 Service Unavailable.", 503, {}, said(-1000, "Service Unavailable."), "options", Rejected, Rejected),
    ("portfolio 503 Internal error", 503, {}, said(-1001, INTERNAL), "portfolio", Rejected, Rejected),
    ("futures 503 Internal error", 503, {}, said(-1001, INTERNAL), "coinm", Rejected, Rejected),
    ("futures 503 text without code", 503, {}, b'{"msg":"Service Unavailable."}', "usdm", Rejected, Rejected),
    (
        "futures 503 Unknown error",
        503,
        {},
        said(-1000, "Unknown error, please check your request or try again later."),
        "usdm",
        *UNKNOWN,
    ),
    ("futures 503 of an unseen text", 503, {}, said(-1000, "Service is unavailable"), "usdm", *UNKNOWN),
    ("futures 503 of nearly the text", 503, {}, said(-1000, "Service Unavailable"), "usdm", *UNKNOWN),
    ("futures 500 Internal error", 500, {}, said(-1001, INTERNAL), "usdm", *UNKNOWN),
    ("futures 500", 500, {}, said(-1000, "Request occur unknown error."), "usdm", *UNKNOWN),
    ("futures 503 HTML", 503, {}, b"<html>Service Unavailable.</html>", "usdm", *UNREADABLE),
    ("futures 503 plain text", 503, {}, b"Service Unavailable.", "usdm", *UNREADABLE),
]


@pytest.mark.parametrize(
    ("status", "headers", "body", "family", "write", "read"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS]
)
def test_rule_a(
    status: int, headers: dict[str, str], body: bytes, family: str, write: type[Any], read: type[Any]
) -> None:
    written = error(status, headers, body, family=family, client_order_id="my-1")
    assert isinstance(written, write)
    if write in (OutcomeUnknown, UndecodableOutcome, Rejected, FirewallRefused, RegionRefused, IpBanned):
        assert type(written) is write
    if isinstance(written, OutcomeUnknown):
        assert written.client_order_id == "my-1"
        assert written.status == status
    was_read = error(status, headers, body, family=family, writes=False)
    assert isinstance(was_read, read)
    assert not isinstance(was_read, OutcomeUnknown)
    if isinstance(written, Rejected):
        assert type(was_read) is type(written)
    # The WebSocket API's statuses mean the same; its errors come in an envelope that was opened.
    if not body.startswith(b"<"):
        answer = reply.ws_error(status, msgspec.Raw(body), now=NOW)
        assert type(reply.error_of(answer, endpoint_name="x", family=family, writes=True, body=body)) is type(written)


def test_rows_are_distinct() -> None:
    assert len({r[0] for r in ROWS}) == len(ROWS)


def test_a_refusal_tells_what_the_exchange_said() -> None:
    refused = error(400, {}, said(-2010, "Account has insufficient balance for requested action."))
    assert isinstance(refused, codes.InsufficientBalance)
    assert isinstance(refused, codes.NewOrderRejected)
    assert (refused.status, refused.code, refused.call) == (400, -2010, "spot.place_order")
    assert refused.reason == "Account has insufficient balance for requested action."
    assert str(refused) == (
        "spot.place_order: rejected: -2010 Account has insufficient balance for requested action. (HTTP 400)"
    )


def test_an_unknown_outcome_tells_status_code_and_text() -> None:
    lost = error(503, {}, said(-1007, TIMEOUT))
    assert isinstance(lost, OutcomeUnknown)
    assert (lost.status, lost.code) == (503, -1007)
    assert TIMEOUT in str(lost)
    assert "HTTP 503" in str(lost)
    failed = error(503, {}, said(-1007, TIMEOUT), writes=False)
    assert isinstance(failed, Unavailable)
    assert (failed.status, failed.code) == (503, -1007)


@pytest.mark.parametrize(
    ("status", "body", "part"),
    [
        (403, HTML, "firewall"),
        (451, b"", "location"),
        (418, HTML, "banned"),
        (429, b"", "too many requests"),
        (400, b'{"code":-1003}', "no reason given"),
    ],
)
def test_a_refusal_without_words_gets_some(status: int, body: bytes, part: str) -> None:
    refused = error(status, {}, body)
    assert isinstance(refused, Rejected)
    assert part in refused.reason


@pytest.mark.parametrize(
    ("body", "code", "reason"),
    [
        (b'{"code":"-1121","msg":"Invalid symbol."}', -1121, "Invalid symbol."),
        (b'{"code":-1121,"msg":{"text":"Invalid symbol."}}', -1121, "{'text': 'Invalid symbol.'}"),
        (b'{"code":-1121,"msg":null}', -1121, "no reason given"),
        (b'{"code":-1121}', -1121, "no reason given"),
        (b'{"code":-1121,"msg":"Inv\xffalid"}', -1121, "Inv\N{REPLACEMENT CHARACTER}alid"),
        (b'{"code":-1121,"msg":"Invalid symbol.","new":[1,{"a":2}]}', -1121, "Invalid symbol."),
        (b'{"code":-1121,"code":-1122,"msg":"last wins"}', -1122, "last wins"),
    ],
)
def test_a_refusal_is_not_lost_over_its_form(body: bytes, code: int, reason: str) -> None:
    refused = error(400, {}, body)
    assert isinstance(refused, Rejected)
    assert (refused.code, refused.reason) == (code, reason)


# When to come back


@pytest.mark.parametrize(
    ("headers", "body", "retry_at"),
    [
        ({"retry-after": "7"}, said(-1003, "x"), NOW + 7),
        ({"retry-after": "0"}, said(-1003, "x"), NOW),
        ({"retry-after": " 12 "}, HTML, NOW + 12),
        ({"retry-after": "259200"}, said(-1003, "x"), NOW + 259_200),
        ({"retry-after": "1700000060"}, said(-1003, "x"), NOW + 60),
        ({"retry-after": "1700000060000"}, said(-1003, "x"), NOW + 60),
        ({"retry-after": "1700000060000000"}, said(-1003, "x"), NOW + 60),
        ({}, said(-1003, "x", data={"serverTime": 1, "retryAfter": 1_700_000_060_000}), NOW + 60),
        ({}, said(-1003, "x", data={"retryAfter": "1700000060000"}), NOW + 60),
        ({}, said(-1003, "Way too much request weight used; IP banned until 1700000060000. Please use"), NOW + 60),
        ({}, said(-1003, "Way too many requests; IP(1.2.3.4) banned until 1700000060000."), NOW + 60),
        ({"retry-after": "7"}, said(-1003, "IP banned until 1700000060000."), NOW + 7),
        ({"retry-after": "soon"}, said(-1003, "IP banned until 1700000060000."), NOW + 60),
        ({"retry-after": "soon"}, said(-1003, "x", data={"retryAfter": 1_700_000_060_000}), NOW + 60),
        ({}, said(-1003, "x"), None),
        ({}, HTML, None),
        ({"retry-after": ""}, said(-1003, "x"), None),
        ({"retry-after": "soon"}, said(-1003, "x"), None),
        ({"retry-after": "-5"}, said(-1003, "x"), None),
        ({"retry-after": "nan"}, said(-1003, "x"), None),
        ({"retry-after": "inf"}, said(-1003, "x"), None),
        ({"retry-after": "1e400"}, said(-1003, "x"), None),
        ({"retry-after": "9" * 30}, said(-1003, "x"), None),
        ({"retry-after": "4102444800"}, said(-1003, "x"), None),
        ({}, said(-1003, "x", data={"retryAfter": None}), None),
        ({}, said(-1003, "x", data={"retryAfter": True}), None),
        ({}, said(-1003, "x", data={"retryAfter": {"in": 5}}), None),
        ({}, said(-1003, "x", data="later"), None),
        ({}, b'{"code":-1003,"msg":"x","data":{"retryAfter":' + b"9" * 400 + b"}}", None),
    ],
)
def test_retry_at(headers: dict[str, str], body: bytes, retry_at: float | None) -> None:
    for status, class_ in ((429, RateLimited), (418, IpBanned)):
        refused = error(status, headers, body)
        assert isinstance(refused, class_)
        assert refused.retry_at == retry_at


def test_the_websocket_api_states_milliseconds() -> None:
    raw = b'{"code":-1003,"msg":"Way too much","data":{"serverTime":1700000000000,"retryAfter":1700000060000}}'
    answer = reply.ws_error(418, raw, now=NOW)
    assert answer.retry_at == NOW + 60
    assert answer.stops_traffic
    assert json.loads(answer.data) == {"serverTime": 1_700_000_000_000, "retryAfter": 1_700_000_060_000}
    assert reply.ws_error(503, b"", now=NOW) == reply.Answer(503)


@pytest.mark.parametrize(
    ("status", "code", "stops"),
    [
        (429, -1003, True),
        (429, None, True),
        (429, -7777, True),
        (429, -1015, False),
        (429, -2021, False),
        (429, -2022, False),
        (418, -1003, True),
        (418, -1015, True),
        (418, None, True),
        (400, -1003, True),
        (503, -1003, True),
        (400, -1015, False),
        (400, -2010, False),
        (403, None, False),
        (503, -1008, False),
    ],
)
def test_what_stops_the_address(status: int, code: int | None, stops: bool) -> None:
    assert reply.Answer(status, code).stops_traffic is stops


# Cancel and replace

CANCELLED = {"symbol": "BTCUSDT", "orderId": 12_569_099_453, "status": "CANCELED"}
PLACED = {"symbol": "BTCUSDT", "orderId": 2**63 + 1, "transactTime": 1_660_813_156_959, "price": "0.10"}
NO_ORDER = {"code": -2011, "msg": "Unknown order sent."}
WOULD_MATCH = {"code": -2010, "msg": "Order would immediately match and take."}
TOO_MANY = {"code": -1015, "msg": "Too many new orders; current limit is 1 orders per 10 SECOND."}


def legs(cancel: str, cancelled: Any, new: str, placed: Any, code: int = -2021) -> bytes:
    data = {"cancelResult": cancel, "newOrderResult": new, "cancelResponse": cancelled, "newOrderResponse": placed}
    return said(code, "Order cancel-replace partially failed.", data=data)


def test_cancelled_and_not_placed() -> None:
    partly = error(409, {}, legs("SUCCESS", CANCELLED, "FAILURE", WOULD_MATCH))
    assert type(partly) is PartlyAccepted
    assert partly.code == -2021
    assert partly.cancel == CANCELLED
    assert isinstance(partly.new, codes.WouldMatchImmediately)
    assert (partly.new.code, partly.new.status) == (-2010, None)
    assert "Cancel: done. New order: -2010 Order would immediately match and take." in str(partly)


def test_placed_and_not_cancelled() -> None:
    partly = error(409, {}, legs("FAILURE", NO_ORDER, "SUCCESS", PLACED))
    assert type(partly) is PartlyAccepted
    assert isinstance(partly.cancel, codes.UnknownOrder)
    assert partly.new == PLACED  # ids beyond 2^63 are exact
    assert type(partly.new["orderId"]) is int


def test_cancelled_with_the_order_count_used_up_is_429_and_partly_accepted_all_the_same() -> None:
    body = legs("SUCCESS", CANCELLED, "FAILURE", TOO_MANY)
    partly = error(429, {}, body)
    assert type(partly) is PartlyAccepted
    assert isinstance(partly.new, codes.TooManyOrders)
    assert not reply.rest_error(429, {}, body, now=NOW).stops_traffic


@pytest.mark.parametrize("status", [400, 429])
def test_not_cancelled_and_not_tried(status: int) -> None:
    refused = error(status, {}, legs("FAILURE", NO_ORDER, "NOT_ATTEMPTED", None, -2022))
    assert type(refused) is codes.OrderCancelReplaceFailed
    assert "-2011 Unknown order sent" in refused.reason
    assert "New order: not attempted" in refused.reason


def test_both_failed() -> None:
    refused = error(400, {}, legs("FAILURE", NO_ORDER, "FAILURE", WOULD_MATCH, -2022))
    assert type(refused) is codes.OrderCancelReplaceFailed
    assert "Cancel: -2011 Unknown order sent. New order: -2010 Order would immediately match and take." in str(refused)


def test_cancelled_and_a_new_order_whose_outcome_is_unknown() -> None:
    lost = {"code": -1007, "msg": TIMEOUT}
    partly = error(409, {}, legs("SUCCESS", CANCELLED, "FAILURE", lost), client_order_id="my-1")
    assert type(partly) is PartlyAccepted
    assert type(partly.new) is OutcomeUnknown
    assert partly.new.client_order_id == "my-1"


@pytest.mark.parametrize(
    ("what", "status", "body"),
    [
        ("a leg is unknown, none done", 400, legs("FAILURE", NO_ORDER, "FAILURE", {"code": -1006, "msg": ""})),
        ("a word of tomorrow", 409, legs("FAILURE", NO_ORDER, "PENDING", PLACED)),
        ("both done, and yet an error", 409, legs("SUCCESS", CANCELLED, "SUCCESS", PLACED)),
        ("the legs are cut off", 409, said(-2021, "x", data={"cancelResult": "SUCCESS"})),
        ("the legs are of another shape", 409, said(-2021, "x", data=[1])),
        ("the legs are null", 409, said(-2021, "x", data=None)),
        ("legs under a 5xx", 500, legs("FAILURE", NO_ORDER, "FAILURE", WOULD_MATCH, -2022)),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_results_that_do_not_add_up_are_unknown(what: str, status: int, body: bytes) -> None:
    assert type(error(status, {}, body)) is OutcomeUnknown


def test_a_read_has_no_legs() -> None:
    assert type(error(409, {}, legs("SUCCESS", CANCELLED, "FAILURE", WOULD_MATCH), writes=False)) is Unavailable


def test_the_value_of_a_leg_keeps_every_digit() -> None:
    body = legs("SUCCESS", "here", "FAILURE", WOULD_MATCH).replace(b'"here"', b'{"price":0.10,"qty":"1.50"}')
    partly = error(409, {}, body)
    assert isinstance(partly, PartlyAccepted)
    assert {name: str(value) for name, value in partly.cancel.items()} == {"price": "0.10", "qty": "1.50"}


def test_a_failed_leg_without_words_is_still_refused() -> None:
    refused = error(400, {}, legs("FAILURE", None, "FAILURE", [1], -2022))
    assert type(refused) is codes.OrderCancelReplaceFailed
    assert refused.reason.count("no reason given") == 2


def test_a_leg_carries_no_secret() -> None:
    partly = error(
        409, {}, legs("SUCCESS", CANCELLED, "FAILURE", {"code": -2010, "msg": "bad\nKEY123"}), secrets=["KEY123"]
    )
    assert isinstance(partly, PartlyAccepted)
    assert partly.new.reason == "bad\\n[removed]"


def documented(kind: str) -> list[tuple[str, int, dict[str, Any]]]:
    entries = json.loads((DATA / "spot.json").read_text())
    entry = next(
        e for e in entries if e["kind"] == kind and "cancelReplace" in (e.get("path") or "") + (e.get("method") or "")
    )
    statuses = [400, 409, 409, 400, 429, 409]
    examples = entry["error_responses"]
    assert len(examples) == len(statuses)
    return [
        (label, example.get("status", status), example.get("error", example))
        for label, status, example in zip(entry["error_labels"], statuses, examples, strict=True)
    ]


@pytest.mark.parametrize("kind", ["rest", "ws_api"])
def test_the_documented_answers_of_cancel_and_replace(kind: str) -> None:
    ended = [
        type(
            reply.error_of(
                reply.ws_error(status, json.dumps(body).encode(), now=NOW),
                endpoint_name="spot.cancel_replace",
                family="spot",
                writes=True,
            )
        )
        for _, status, body in documented(kind)
    ]
    assert ended == [
        codes.OrderCancelReplaceFailed,
        PartlyAccepted,
        PartlyAccepted,
        codes.OrderCancelReplaceFailed,
        codes.TooManyOrders,
        PartlyAccepted,
    ]


# Bodies that are not what was declared


class Filter(msgspec.Struct, tag_field="replyTestFilter", tag="KNOWN"):
    limit: int


class UnknownFilter(msgspec.Struct, tag_field="replyTestFilter", tag="?"):
    name: str
    fields: dict[str, Any]


decoding.open_union("replyTestFilter", Filter, UnknownFilter)

KINDS: dict[str, tuple[Any, bytes]] = {
    "an object": (Order, b'{"symbol":"BTCUSDT","orderId":1,"price":"1.10"}'),
    "a list": (list[Order], b'[{"symbol":"BTCUSDT","orderId":1,"price":"1.10"}]'),
    "one of several shapes": (Order | Ack, b'{"symbol":"BTCUSDT","orderId":1,"price":"1.10"}'),
    "one or many": (Order | list[Order], b'[{"symbol":"BTCUSDT","orderId":1,"price":"1.10"}]'),
    "rows": (list[tuple[int, str]], b'[[1,"a"],[2,"b"]]'),
    "nothing": (type(None), b"{}"),
    "an open union": (list[Filter | UnknownFilter], b'[{"replyTestFilter":"NEW","limit":[1]}]'),
    "text by name": (dict[str, str], b'{"a":"b"}'),
}
BODIES: dict[str, bytes] = {
    "HTML": HTML,
    "empty": b"",
    "blank": b" \r\n",
    "null": b"null",
    "[]": b"[]",
    "NUL": b"\x00",
    "NULs": b"\x00" * 4096,
    "BOM": b"\xef\xbb\xbf{}",
    "UTF-16": '{"code":0}'.encode("utf-16"),
    "text": b"OK",
    "a number": b"7",
    "true": b"true",
    "cut": b'{"symbol":"BTC',
    "an error with 200": b'{"code":-1121,"msg":"Invalid symbol."}',
    "no UTF-8": b'{"symbol":"\xff\xfe","orderId":1,"price":"1","a":"\xff"}',
    "deep": b"[" * 100_000,
    "deep and whole": b'{"symbol":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "two values": b"{}{}",
}
LEGAL = {
    ("a list", "[]"),
    ("one or many", "[]"),
    ("rows", "[]"),
    ("an open union", "[]"),
    ("nothing", "an error with 200"),  # an object, of which only the fact matters
}


@pytest.mark.parametrize("body", BODIES, ids=str)
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_body_that_is_not_what_was_declared(kind: str, body: str) -> None:
    type_, _ = KINDS[kind]
    decoder = decoding.decoder_for(type_)
    sent = BODIES[body]
    for status in (200, 502):
        for writes in (True, False):
            if status == 200 and (kind, body) in LEGAL:
                assert not reply.value_of(decoder, sent, endpoint_name="x", writes=writes)
                continue
            with pytest.raises(BinanceError) as caught:
                reply.read_reply(decoder, status, {}, sent, now=NOW, endpoint_name="x", family="spot", writes=writes)
            failure = caught.value
            if status == 502 and body == "an error with 200":
                assert type(failure) is (OutcomeUnknown if writes else Unavailable)
                continue
            assert isinstance(failure, DecodeFailure)
            assert isinstance(failure, OutcomeUnknown) is writes
            assert type(failure) is (
                UndecodableOutcome if writes else DecodeFailure if status == 200 else UndecodableAnswer
            )
            assert failure.status == status
            assert failure.body == sent[:1024]
            assert f"HTTP {status}" in str(failure)
            assert len(str(failure)) < 700


CALLS = [d for d in declarations() if d.kind in ("rest", "ws_api")]


@pytest.mark.parametrize("call", CALLS, ids=lambda d: f"{d.kind} {d.name}")
def test_every_declared_call_meets_every_bad_body(call: Declaration) -> None:
    writes = call.method not in ("GET", None)
    for name, body in BODIES.items():
        if name in ("[]", "an error with 200", "no UTF-8"):
            continue  # a list may be empty, and an object may hold what nobody reads
        for status in (200, 502):
            end = ended(call, status, {}, body, family=call.family, writes=writes)
            expected = DecodeFailure if status == 200 else UndecodableAnswer
            assert type(end) is (UndecodableOutcome if writes else expected), name


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_cut_body_is_never_partial_data(kind: str) -> None:
    type_, whole = KINDS[kind]
    decoder = decoding.decoder_for(type_)
    reply.value_of(decoder, whole, endpoint_name="x", writes=False)
    for size in range(len(whole)):
        with pytest.raises(DecodeFailure):
            reply.value_of(decoder, whole[:size], endpoint_name="x", writes=False)


def test_the_message_says_where_and_why() -> None:
    decoder = decoding.decoder_for(Order)
    with pytest.raises(DecodeFailure, match=r"Expected `int`, got `str` - at `\$.orderId`"):
        reply.value_of(decoder, b'{"symbol":"A","orderId":"1","price":"1"}', endpoint_name="spot.order", writes=False)
    with pytest.raises(UndecodableOutcome, match=r"may or may not have happened: .*it is empty"):
        reply.value_of(decoder, b"", endpoint_name="spot.order", writes=True)
    with pytest.raises(DecodeFailure, match="it is HTML"):
        reply.value_of(decoder, b"\n <!DOCTYPE html>", endpoint_name="spot.order", writes=False)


def test_a_value_of_the_websocket_api_is_read_from_raw() -> None:
    decoder = decoding.decoder_for(Order)
    raw = msgspec.json.decode(b'{"result":{"symbol":"A","orderId":1,"price":"1.10"}}', type=dict[str, msgspec.Raw])
    order = reply.value_of(decoder, raw["result"], endpoint_name="x", writes=True)
    assert order == Order("A", 1, Decimal("1.10"))


def test_success_is_any_2xx() -> None:
    for status in (200, 201, 299):
        assert reply.read_reply(
            decoding.decoder_for(Ack),
            status,
            {},
            b'{"orderId":1}',
            now=NOW,
            endpoint_name="x",
            family=None,
            writes=True,
        ) == Ack(1)


def test_a_huge_answer_is_one_typed_error() -> None:
    huge = b'{"symbol":"' + b"a" * (32 * 1024 * 1024)
    failure = error(200, {}, huge)
    assert isinstance(failure, UndecodableOutcome)
    assert len(failure.body) == 1024


# What the server sends is data


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\r\nb\x00\x1b[31m", "a\\r\\nb\\x00\\x1b[31m"),
        ("\u202eevil\u2028", "\\u202eevil\\u2028"),
        ("\ud800", "\\ud800"),
        ("币安 ok", "币安 ok"),
        ("%s {0} {call}", "%s {0} {call}"),
        ("x" * 500, "x" * 500),
        ("x" * 501, "x" * 499 + "…"),
        ("\n" * 500, "\\n" * 249 + "\\" + "…"),
    ],
)
def test_clean(text: str, shown: str) -> None:
    assert reply.clean(text) == shown


@given(st.text(max_size=2000))
def test_clean_is_short_and_printable(text: str) -> None:
    shown = reply.clean(text)
    assert len(shown) <= 500
    assert shown.isprintable()


SECRETS = {
    "the key": "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
    "hex": "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71",
    "base64": "HZ8HOjiJ1s/igS9JA+n7+7Ti/ihtkRF5BIWcPIEluJP6tlbFM/Bf44LfZka/iemtahZAZzcO9TnI5uaXh3==",
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_scrub_takes_a_secret_out_in_every_form(secret: str) -> None:
    from html import escape
    from urllib.parse import quote, quote_plus

    forms = [secret, secret.upper(), quote(secret), quote(secret, safe=""), quote_plus(secret).lower(), escape(secret)]
    forms += [json.dumps(secret), secret.replace("/", "\\/")]
    for form in forms:
        echoed = f"GET /api?x=1 [{form}] not found"
        out = reply.scrub(echoed, [secret, ""])
        assert form not in out
        assert secret.lower() not in out.lower()
        assert "[removed]" in out
        assert reply.scrub(echoed.encode(), [secret]) == out.encode()


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ('{"listenKey":"abc/+="}', '{"listenKey":"[removed]"}'),
        ('{"listenKey" : "abc', '{"listenKey" : "[removed]'),
        ("symbol=A&signature=ab%2F12&x=1", "symbol=A&signature=[removed]&x=1"),
        ('{\\"apiKey\\":\\"ab\\/c\\"}', '{\\"apiKey\\":\\"[removed]\\"}'),
        ("X-MBX-APIKEY: abc def", "X-MBX-APIKEY: [removed] def"),
        ("secretKey='abc'", "secretKey='[removed]'"),
        ("Mandatory parameter 'signature' was not sent", "Mandatory parameter 'signature' was not sent"),
        ("Signature for this request is not valid.", "Signature for this request is not valid."),
        ("This listenKey does not exist.", "This listenKey does not exist."),
    ],
)
def test_scrub_takes_out_fields_that_hold_a_secret(text: str, scrubbed: str) -> None:
    assert reply.scrub(text, []) == scrubbed
    assert reply.scrub(text.encode(), []) == scrubbed.encode()


@pytest.mark.parametrize("status", [200, 400, 403, 429, 503])
@pytest.mark.parametrize("writes", [True, False])
def test_no_error_shows_a_secret_that_the_server_echoed(status: int, writes: bool) -> None:
    canary = "CANARY" + "x" * 58
    bodies = [
        f"<html>GET /api/v3/order?signature={canary}</html>".encode(),
        said(-1022, f"Signature {canary} for this request is not valid."),
        b"p" * 1000 + canary.encode() + b"p" * 4000,  # over the edge of what is kept
        b'{"listenKey":"' + canary.encode() + b'"',
        legs("FAILURE", {"code": -2011, "msg": canary}, "FAILURE", {"code": -2010, "msg": canary}, -2022),
    ]
    for body in bodies:
        failure = ended(
            decoding.decoder_for(Order),
            status,
            {"x-echo": canary},
            body,
            writes=writes,
            family="spot",
            secrets=[canary],
        )
        assert isinstance(failure, BinanceError)
        assert failure.__cause__ is None
        assert failure.__context__ is None
        told = traceback.TracebackException.from_exception(failure, capture_locals=True)
        frames = [str(frame.locals) for frame in told.stack if frame.filename != __file__]
        assert frames
        seen = [str(failure), repr(failure), str(vars(failure)), pickle.dumps(failure).decode("latin-1"), *frames]
        assert not [text for text in seen if "CANARY" in text]


def test_a_value_that_cannot_be_read_is_not_shown() -> None:
    body = msgspec.Raw(b'{"listenKey":"CANARY","orderId":"CANARY"}')
    with pytest.raises(UndecodableOutcome) as caught:
        reply.value_of(decoding.decoder_for(Order), body, endpoint_name="x", writes=True, secrets=["CANARY"])
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    frames = [str(frame.locals) for frame in told.stack if frame.filename != __file__]
    assert frames
    assert "CANARY" not in "".join([*frames, str(vars(caught.value))])
    assert "secrets" not in "".join(frames)
    assert caught.value.__context__ is None


# Anything from the net


DECODERS = [decoding.decoder_for(type_) for type_, _ in KINDS.values()]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["code", "msg", "data", "cancelResult", "newOrderResult", "cancelResponse", "retryAfter", "x"]
            ),
            inner | st.sampled_from([-1007, -2010, -1003, "SUCCESS", "FAILURE"]),
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(
    decoder=st.sampled_from(DECODERS),
    status=st.sampled_from([200, 204, 302, 400, 403, 404, 408, 409, 418, 429, 451, 500, 503, 504])
    | st.integers(0, 999),
    body=st.binary(max_size=200) | JSON.map(lambda v: json.dumps(v).encode()),
    retry_after=st.none() | st.text(max_size=20) | st.integers().map(str),
    family=st.sampled_from(["spot", "usdm", "us", "options", None]),
    writes=st.booleans(),
)
def test_whatever_comes_ends_in_a_documented_way(
    decoder: Any, status: int, body: bytes, retry_after: str | None, family: str | None, writes: bool
) -> None:
    headers = {} if retry_after is None else {"retry-after": retry_after}
    end = ended(decoder, status, headers, body, family=family, writes=writes, secrets=["k" * 9])
    if not isinstance(end, BinanceError):
        assert 200 <= status < 300
        return
    allowed = (Rejected, PartlyAccepted, OutcomeUnknown) if writes else (Rejected, Unavailable, DecodeFailure)
    assert isinstance(end, allowed)
    assert not isinstance(end, NotSent)
    assert str(end).isprintable()
    if isinstance(end, Rejected):
        assert 400 <= status < 600
    pickle.loads(pickle.dumps(end))
