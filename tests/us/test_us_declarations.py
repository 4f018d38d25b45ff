"""The declarations of Binance.US against its document: verb, path, parameters, security, weight, replies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from binance_async.core.endpoint import Endpoint, Security, endpoints
from binance_async.core.wire import choices
from binance_async.us import Calls, WebsocketCalls, enums
from binance_async.us.filters import Filter, UnknownFilter

CATALOGUE = Path(__file__).resolve().parents[1] / "catalogue" / "data" / "us.json"
ENTRIES: list[dict[str, Any]] = json.loads(CATALOGUE.read_text())
DOCUMENTED = [e for e in ENTRIES if e["kind"] in ("rest", "ws_api")]
CLIENTS_OWN = {"timestamp", "signature", "apiKey"}

Entry = dict[str, Any]
Key = tuple[str, ...]

DECLARED: dict[Key, Endpoint] = {
    ("rest", str(e.method), str(e.path)): e for e in endpoints(Calls) if e.method is not None
} | {("ws_api", e.ws): e for e in endpoints(WebsocketCalls) if e.ws is not None}


def key(entry: Entry) -> Key:
    if entry["kind"] == "rest":
        return ("rest", entry["method"], entry["path"])
    return ("ws_api", entry["method"])


each = pytest.mark.parametrize("entry", DOCUMENTED, ids=lambda e: " ".join(key(e)))


def test_everything_is_declared_and_nothing_else() -> None:
    assert len(DOCUMENTED) == 95 + 33
    assert set(DECLARED) == {key(e) for e in DOCUMENTED}


def test_every_name_is_used_once() -> None:
    names = [e.name for e in endpoints(Calls)]
    assert len(names) == len(set(names)) == 95


def test_the_websocket_api_has_no_call_that_it_does_not_speak() -> None:
    assert all(e.ws is not None for e in endpoints(WebsocketCalls))


# --------------------------------------------------------------------------------------------------------- security

TRADING = ("/sapi/v1/otc/orders", "/sapi/v1/custodian/order", "/sapi/v1/custodian/ocoOrder")


@each
def test_its_security(entry: Entry) -> None:
    found = DECLARED[key(entry)]
    assert found.security.signed == entry["signed"]
    if entry["security"] != "NONE" or not entry["signed"]:
        assert found.security is Security(entry["security"])
    elif entry["method"] == "GET":  # no type is stated, and the example is signed
        assert found.security is Security.USER_DATA
    elif "/api/v3/" in entry["path"] or entry["path"] in TRADING or entry["method"] == "DELETE":
        assert found.security is Security.TRADE
    else:
        assert found.security is Security.USER_DATA


@each
def test_every_signed_call_takes_a_receive_window_last(entry: Entry) -> None:
    parameters = DECLARED[key(entry)].parameters
    assert not {p.wire for p in parameters} & CLIENTS_OWN
    windows = [(p.wire, p.kind, p.positional, p.required) for p in parameters if p.wire == "recvWindow"]
    assert windows == ([("recvWindow", "number", False, False)] if entry["signed"] else [])
    if windows:
        assert parameters[-1].wire == "recvWindow"


# ------------------------------------------------------------------------------------------------------- parameters


@each
def test_its_parameters(entry: Entry) -> None:
    ours = {p.wire: p for p in DECLARED[key(entry)].parameters}
    documented = {p["name"]: p for p in entry["params"] if p["name"] not in CLIENTS_OWN}
    assert documented.keys() <= ours.keys()
    for name, parameter in documented.items():
        if parameter["required"] in ("yes", "no"):
            assert ours[name].required == (parameter["required"] == "yes"), name
        else:
            assert not ours[name].required or name == "stopPrice", name  # REST requires it of every OCO


@pytest.mark.parametrize("found", DECLARED.values(), ids=lambda e: f"{e.name}-{e.ws}")
def test_it_takes_nothing_that_is_not_documented(found: Endpoint) -> None:
    entries = [e for e in DOCUMENTED if DECLARED[key(e)] is found]
    documented = {p["name"] for e in entries for p in e["params"]}
    extra = {p.wire for p in found.parameters} - documented - {"recvWindow"}
    # The changelog of 2023-03-16 tells of the first, the WebSocket API's table of the second.
    assert extra <= {"cancelRestrictions"}


KINDS = {
    "STRING": {"text", "choice"},
    "INT": {"integer"},
    "INTEGER": {"integer"},
    "LONG": {"integer", "time"},
    "DECIMAL": {"number"},
    "ENUM": {"choice"},
    "BOOLEAN": {"boolean"},
    "ARRAY": {"list"},
    "ARRAY OF STRING": {"list"},
}
KIND_SLIPS = {
    "recvWindow": "number",
    "symbols": "list",  # STRING: JSON text
    "windowSize": "text",  # ENUM of 1m..59m, 1h..23h, 1d..7d
    "trailingDelta": "integer",  # DECIMAL once
    "startTime": "time",
    "endTime": "time",
}


@each
def test_its_parameters_are_of_the_documented_kind(entry: Entry) -> None:
    ours = {p.wire: p for p in DECLARED[key(entry)].parameters}
    for parameter in entry["params"]:
        name = parameter["name"]
        if name in KIND_SLIPS:
            assert ours[name].kind == KIND_SLIPS[name], name
        elif name not in CLIENTS_OWN:
            assert ours[name].kind in KINDS[parameter["type"]], name


REQUESTS = [e for e in DOCUMENTED if e.get("request", {}).get("params")]


@pytest.mark.parametrize("entry", REQUESTS, ids=lambda e: e["method"])
def test_the_documented_request_can_be_made(entry: Entry) -> None:
    found = DECLARED[key(entry)]
    names = {p.wire: p.name for p in found.parameters}
    params = {n: v for n, v in entry["request"]["params"].items() if n not in CLIENTS_OWN}
    bound = found.bind((), {names[n]: v for n, v in params.items()})
    assert {n: str(v) for n, v in bound.items()} == {n: str(v) for n, v in params.items()}


# ----------------------------------------------------------------------------------------------------------- weights


def some(count: int | str) -> dict[str, Any]:
    return {"symbols": [f"S{i}USD" for i in range(int(count))]}


ONE = {"symbol": "BTCUSD"}
FORMS: list[tuple[str, Any]] = [
    (r"(\d+)(?: \(UID\)| with symbol)?", lambda w: [({}, w), (ONE, w)]),
    (r"limit (\d+)-(\d+):(\d+)", lambda a, b, w: [({"limit": int(a)}, w), ({"limit": int(b)}, w)]),
    (r"symbol(?: 1)?:(\d+)", lambda w: [(ONE, w)]),
    (r"(?:symbols? omitted|all symbols|none):(\d+)", lambda w: [({}, w)]),
    (r"symbols(?: any)?:(\d+)", lambda w: [(some(1), w), (some(7), w)]),
    (r"(?:symbols (\d+)-(\d+):)?(\d+) per symbol", lambda a, b, w: [(some(n), n * int(w)) for n in (1, int(b or 50))]),
    (r"symbols (\d+)-(\d+):(\d+)", lambda a, b, w: [(some(a), w), (some(b), w)]),
    (r"symbols (\d+)\+:(\d+)", lambda a, w: [(some(a), w)]),
    (r"invalid symbol:(\d+)", lambda w: [(ONE, w)]),
    (r"by (\w+):(\d+)", lambda name, w: [(ONE | {name: 5}, w)]),
]  # fmt: skip


def weights(entry: Entry) -> Iterator[tuple[dict[str, Any], int]]:
    for row in entry["weight"].split("; "):
        found = [(match, make) for form, make in FORMS if (match := re.fullmatch(form, row))]
        assert found, f"no reading of the weight {row!r}"
        match, make = found[0]
        yield from ((params, int(weight)) for params, weight in make(*match.groups()))


@each
def test_its_weight(entry: Entry) -> None:
    found = DECLARED[key(entry)]
    rule = found.weight if entry["kind"] == "rest" else found.ws_weight
    for params, weight in weights(entry):
        assert rule.of(params) == weight, (params, str(rule))


def test_what_orders_add_to_the_unfilled_order_count() -> None:
    counted = {e.fn.__name__: e.orders for e in endpoints(Calls) if e.orders}
    assert counted == {
        "place_order": 1,
        "cancel_replace": 1,
        "place_oco": 2,
        "place_custodial_order": 1,
        "place_custodial_oco": 2,
    }


def test_whose_outcome_can_be_found_out_and_under_which_id() -> None:
    found = {e.fn.__name__: (e.client_id, e.resolve) for e in endpoints(Calls) if e.client_id or e.resolve}
    assert found == {
        "place_order": ("newClientOrderId", "order"),
        "cancel_order": (None, "cancel"),
        "cancel_open_orders": (None, "cancel_all"),
        "cancel_replace": ("newClientOrderId", "cancel_replace"),
        "place_oco": ("listClientOrderId", "order_list"),
        "cancel_order_list": (None, "cancel_list"),
        "withdraw": ("withdrawOrderId", None),
        "custodial_transfer_from_exchange": ("clientOrderId", None),
        "custodial_transfer_from_partner": ("clientOrderId", None),
    }


# ----------------------------------------------------------------------------------------------------------- replies


def examples(entry: Entry) -> Iterator[Any]:
    for reply in entry["responses"]:
        if entry["kind"] == "rest":
            yield reply
        elif reply["status"] < 400:
            yield reply.get("result", reply.get("response"))


def lost(original: Any, kept: Any, path: str = "$") -> list[str]:
    if isinstance(original, dict):
        pairs = [(f"{path}.{k}", v, kept.get(k)) for k, v in original.items()]
    elif isinstance(original, list):
        if len(original) != len(kept):
            return [path]
        pairs = [(f"{path}[{i}]", v, kept[i]) for i, v in enumerate(original)]
    elif isinstance(original, bool | None):
        return [] if original is kept else [path]
    elif original == kept or Decimal(str(original)) == Decimal(str(kept)):
        return []
    else:
        return [path]
    return [gone for where, a, b in pairs for gone in lost(a, b, where)]


REPLIES = [pytest.param(e, r, id=f"{' '.join(key(e))} {i}") for e in DOCUMENTED for i, r in enumerate(examples(e))]


@pytest.mark.parametrize(("entry", "reply"), REPLIES)
def test_a_documented_reply_is_decoded_and_nothing_is_lost(entry: Entry, reply: Any) -> None:
    found = DECLARED[key(entry)]
    value = found.decoder.decode(json.dumps(reply).encode())
    if found.reply_type is type(None):
        assert (value, reply) == (None, {})
    else:
        assert lost(reply, json.loads(msgspec.json.encode(value, enc_hook=str))) == []


@pytest.mark.parametrize(("entry", "reply"), REPLIES)
def test_a_field_of_tomorrow_is_no_matter(entry: Entry, reply: Any) -> None:
    def grown(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: grown(v) for k, v in value.items()} | ({"zz": [{"new": 1}]} if "BTCUSDT" not in value else {})
        return [grown(v) for v in value] if isinstance(value, list) else value

    decode = DECLARED[key(entry)].decoder.decode
    assert decode(json.dumps(grown(reply))) == decode(json.dumps(reply))


def test_every_call_has_a_documented_reply() -> None:
    assert {key(p.values[0]) for p in REPLIES} == set(DECLARED)


# ------------------------------------------------------------------------------------------------- enums and filters

ENUMS = {"OrderSide": "Side", "WsRateLimitInterval": "RateLimitInterval"}
OTHERS = {
    "MatchingEngineMessage", "FilterFailureMessage", "SecurityType", "DataSource", "StreamControlMethod",
    "RateLimitIntervalLetter", "SymbolType", "Permission", "WsOrderType", "CustodialOrderType", "StreamWindow",
    "SystemStatus", "WithdrawStatus", "DepositStatus", "UserBizType",
}  # fmt: skip
"""Texts of errors, words of the document, numbers with a meaning, and lists that are part of another."""


@pytest.mark.parametrize(
    "entry", [e for e in ENTRIES if e["kind"] == "enum" and e["name"] not in OTHERS], ids=lambda e: e["name"]
)
def test_an_enum_knows_every_documented_value(entry: Entry) -> None:
    known = {str(v) for v in getattr(enums, ENUMS.get(entry["name"], entry["name"]))}
    assert set(entry["values"]) <= known


@pytest.mark.parametrize("name", [n for n in vars(enums) if hasattr(enums, n + "Like")])
def test_the_alias_of_an_enum_has_its_values(name: str) -> None:
    texts = [a for a in getattr(enums, name + "Like").__args__ if a is not getattr(enums, name)]
    assert set(choices(texts[0])) == {str(v) for v in getattr(enums, name)}


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e["kind"] == "filter"], ids=lambda e: e["name"])
def test_a_filter_is_known(entry: Entry) -> None:
    kept = msgspec.json.decode(json.dumps(entry["example"]), type=Filter)
    assert not isinstance(kept, UnknownFilter)
    assert lost(entry["example"], json.loads(msgspec.json.encode(kept, enc_hook=str))) == []
