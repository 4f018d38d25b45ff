"""Spot's declarations against the exchange's documents: verb, path, parameters, security, weight, replies.

Verb, path, security and weight are held to the documents of 2025 and to what has changed since; parameters and
replies here to those of 2025, in `test_spot_now` to the changes. Where the documents contradict themselves or the
exchange, the exception stands in a table with its reason, and the test fails when it is no longer needed.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from shared import (
    CLIENTS_OWN,
    COPY,
    ORIGINAL,
    Entry,
    calls,
    catalogue,
    check_parameters,
    check_reply,
    check_request,
    declared,
    examples,
    key_of,
    lost,
    name_of,
    objects,
    parameters_of,
    plain,
)

from binance_async.core.endpoint import Endpoint, Security
from binance_async.core.weight import Params
from binance_async.spot import Calls, WebsocketCalls
from binance_async.spot import enums as spot_enums
from binance_async.spot.filters import Filter, UnknownFilter

DECLARED = {k: e for k, e in declared(Calls).items() if k[0] == "rest"} | {
    k: e for k, e in declared(WebsocketCalls).items() if k[0] == "ws_api"
}
SPOT = calls("spot")
NOW = [e for e in calls("now_spot") if not (e.get("path") or "").startswith("/api/v1/")]
BOTH = SPOT + NOW


def ids(entries: list[Entry]) -> list[str]:
    return [f"{e.get('since', '2025')}-{name_of(e)}" for e in entries]


each = pytest.mark.parametrize("entry", BOTH, ids=ids(BOTH))


def endpoint(entry: Entry) -> Endpoint:
    return DECLARED[key_of(entry)]


# ---------------------------------------------------------------------------------------------- the data themselves


@pytest.mark.skipif(not ORIGINAL.is_dir(), reason="a clone of the repository alone has only the copy")
@pytest.mark.parametrize("file", sorted(p.name for p in COPY.glob("*.json")))
def test_the_copy_of_the_catalogue_is_the_catalogue(file: str) -> None:
    assert (COPY / file).read_bytes() == (ORIGINAL / file).read_bytes()


def test_the_catalogue_is_not_empty() -> None:
    assert len([e for e in SPOT if e["kind"] == "rest"]) == 44
    assert len([e for e in SPOT if e["kind"] == "ws_api"]) == 49
    assert len(NOW) == 93


# ------------------------------------------------------------------------------------------------- name and security


@each
def test_it_is_declared_with_verb_and_path(entry: Entry) -> None:
    found = endpoint(entry)
    if entry["kind"] == "rest":
        assert (found.method, found.path) == (entry["method"], entry["path"])
    else:
        assert found.ws == entry["method"]
    assert (found.fn.__doc__ or "").strip()


def test_nothing_is_declared_that_is_not_documented() -> None:
    assert set(DECLARED) == {key_of(e) for e in BOTH}


SECURITY = {
    ("2025", "session.logon"): ("SIGNED", "USER_DATA", "signed, and reads; there is no SIGNED elsewhere"),
    ("2025-08-12", "session.logon"): ("SIGNED", "USER_DATA", "signed, and reads; there is no SIGNED elsewhere"),
    ("2025-08-12", "userDataStream.subscribe.signature"): ("USER_STREAM", "USER_DATA", "yet it must be signed"),
    ("2025", "userDataStream.unsubscribe"): ("USER_STREAM", "NONE", "NONE since 2025-08-12, and never had a parameter"),
}


@each
def test_its_security(entry: Entry) -> None:
    documented, ours, _reason = SECURITY.get(
        (entry.get("since", "2025"), entry["method"]), (entry["security"], entry["security"], "")
    )
    assert entry["security"] == documented
    assert endpoint(entry).security is Security(ours)


@each
def test_it_is_signed_where_the_documents_say_so(entry: Entry) -> None:
    assert endpoint(entry).security.signed == entry["signed"]


@each
def test_every_signed_call_takes_a_receive_window_last(entry: Entry) -> None:
    parameters = endpoint(entry).parameters
    if entry["signed"]:
        assert parameters[-1].wire == "recvWindow"
        assert parameters[-1].kind == "number"
    assert not {p.wire for p in parameters} & CLIENTS_OWN


# --------------------------------------------------------------------------------------------------------- parameters


@pytest.mark.parametrize("entry", SPOT, ids=ids(SPOT))
def test_it_takes_every_documented_parameter_and_requires_what_is_required(entry: Entry) -> None:
    check_parameters(entry, endpoint(entry))


@pytest.mark.parametrize("kind", ["rest", "ws_api"])
def test_it_takes_no_parameter_that_is_not_documented(kind: str) -> None:
    known: dict[tuple[str, ...], set[str]] = {}
    for entry in BOTH:
        known.setdefault(key_of(entry), set()).update(p["name"] for p in parameters_of(entry))
    for key, found in DECLARED.items():
        if key[0] == kind:
            extra = {p.wire for p in found.parameters} - known[key]
            assert extra <= {"recvWindow"}, key  # the documents forget it here and there, the exchange does not


KINDS = {
    "STRING": {"text", "choice"},
    "INT": {"integer"},
    "LONG": {"integer", "time"},
    "DECIMAL": {"number"},
    "ENUM": {"choice"},
    "BOOLEAN": {"boolean"},
    "ARRAY OF STRING": {"list"},
}
KIND_SLIPS = {
    "recvWindow": "number",  # LONG until 2025-08-28, three decimals since
    "symbols": "list",
    "permissions": "list",
    "windowSize": "text",  # ENUM of 1m..59m, 1h..23h, 1d..7d
    "aboveIcebergQty": "number",  # LONG, like no other iceberg quantity
    "belowIcebergQty": "number",
    "aboveTimeInForce": "choice",  # DECIMAL
    "trailingDelta": "integer",  # DECIMAL here and there; the filter's bounds are whole basis points
    "pendingTrailingDelta": "integer",
    "pendingAboveTrailingDelta": "integer",
    "pendingBelowTrailingDelta": "integer",
}


@each
def test_its_parameters_are_of_the_documented_kind(entry: Entry) -> None:
    ours = {p.wire: p for p in endpoint(entry).parameters}
    for parameter in parameters_of(entry):
        name = parameter["name"]
        if name in KIND_SLIPS:
            assert ours[name].kind == KIND_SLIPS[name]
        else:
            assert ours[name].kind in KINDS[parameter["type"]], name


REQUESTS = [e for e in SPOT if e["kind"] == "ws_api" and e.get("request")]


@pytest.mark.parametrize("entry", REQUESTS, ids=ids(REQUESTS))
def test_the_documented_request_can_be_made(entry: Entry) -> None:
    check_request(entry, endpoint(entry))


@pytest.mark.parametrize("slip", KIND_SLIPS)
def test_a_slip_of_kind_is_one(slip: str) -> None:
    kinds = {p["type"] for e in BOTH for p in parameters_of(e) if p["name"] == slip}
    assert any(KIND_SLIPS[slip] not in KINDS[kind] for kind in kinds)


# ------------------------------------------------------------------------------------------------------------ weights

Case = tuple[Params, int]


def some(count: int | str) -> Params:
    return {"symbols": [f"S{i}USDT" for i in range(int(count))]}


def one() -> Params:
    return {"symbol": "BTCUSDT"}


def given(name: str) -> Params:
    return {name: True if name == "computeCommissionRates" else "1"}


def absent(name: str) -> list[Params]:
    return [{}, {name: False}] if name == "computeCommissionRates" else [{}]


def of_each(each: str, most: str) -> list[Case]:
    return [(some(n), min(int(most), n * int(each))) for n in (1, 2, 19, 20, 21, 50, 51, 100)]


HEADINGS = re.compile(r"Adjusted based on .*|Limit:Request Weight|Condition:Request Weight")
FORMS: list[tuple[str, Any]] = [
    (r"(\d+)", lambda w: [({}, int(w)), (one(), int(w))]),
    (r"(\d+) (?:per|for each requested) symbol\b.*?cap (?:at )?(\d+) .*", of_each),
    (r"symbols:(\d+) for each symbol, capped at a max of (\d+)", of_each),
    (r"(\d+)-(\d+):(\d+) per symbol", lambda a, b, w: [(some(n), int(n) * int(w)) for n in (a, b)]),
    (r"(?:symbols[ :])?(\d+)-(\d+):(\d+)", lambda a, b, w: [(some(n), int(w)) for n in (a, b)]),
    (r"(?:symbols[ :])?(\d+)(?:\+| or more):(\d+)", lambda a, w: [(some(a), int(w))]),
    (r"symbols(?:[ :]Any)?:(\d+)", lambda w: [(some(n), int(w)) for n in (1, 2, 300)]),
    (r"symbol(?:[ :]1)?:(\d+)", lambda w: [(one(), int(w))]),
    (r"(?:no symbols?|[Nn]one|all symbols|without symbol):(\d+)", lambda w: [({}, int(w))]),
    (r"symbols?:symbols? parameter is omitted:(\d+)", lambda w: [({}, int(w))]),
    (r"symbolStatus:(\d+)", lambda w: [({"symbolStatus": "TRADING"}, int(w))]),
    (r"(\d+) for a single symbol", lambda w: [(one(), int(w))]),
    (r"(\d+) when the symbol parameter is omitted", lambda w: [({}, int(w))]),
    (r"(?:[Ww]ith|Querying by) (\w+):(\d+)", lambda name, w: [(given(name), int(w))]),
    (r"Without (\w+):(\d+)", lambda name, w: [(p, int(w)) for p in absent(name)]),
    (r"If symbol is invalid:(\d+)", lambda w: [(one(), int(w))]),
]  # fmt: skip


def weight_cases(entry: Entry) -> Iterator[Case]:
    text = re.sub(r"<[^>]*>|`", "", entry["weight"]).replace("–", "-")
    text = re.sub(r"(\d+ per symbol); (cap \d+)", r"\1, \2", text)
    for row in text.split("; "):
        if HEADINGS.fullmatch(row):
            continue
        if "depth" in name_of(entry) and (limits := re.fullmatch(r"(\d+)-(\d+):(\d+)", row)):
            yield from (({"limit": int(limits[i])}, int(limits[3])) for i in (1, 2))
            continue
        found = [(match, make) for form, make in FORMS if (match := re.fullmatch(form, row))]
        assert found, f"no reading of the weight {row!r}"
        match, make = found[0]
        yield from make(*match.groups())


@each
def test_its_weight(entry: Entry) -> None:
    found = endpoint(entry)
    rule = found.weight if entry["kind"] == "rest" else found.ws_weight
    cases = list(weight_cases(entry))
    assert cases
    for params, weight in cases:
        assert rule.of(params) == weight, (params, str(rule))


def test_the_weight_of_depth_without_a_limit_is_that_of_its_default() -> None:
    assert DECLARED["rest", "GET", "/api/v3/depth"].weight.of({"symbol": "BTCUSDT"}) == 5


@pytest.mark.parametrize("entry", SPOT, ids=ids(SPOT))
def test_what_it_adds_to_the_unfilled_order_count(entry: Entry) -> None:
    if entry["method"] == "orderList.place":
        assert entry["unfilled_order_count"] == 1  # REST says 2 of the same two orders, and so do the newer lists
        assert endpoint(entry).orders == 2
    else:
        assert endpoint(entry).orders == int(entry.get("unfilled_order_count", 0))


# ------------------------------------------------------------------------------------------------------------ editions


@each
def test_since_when_it_is_spoken_and_until_when(entry: Entry) -> None:
    found = endpoint(entry)
    match entry.get("change"):
        case "new":
            assert (found.since, found.until) == (entry["since"], None)
        case "removed":
            assert found.until == entry["since"]
        case "changed":
            assert (found.since, found.until) == (None, None)
        case _:
            assert found.since is None


def test_nothing_of_v1_is_declared() -> None:
    retired = [e for e in calls("now_spot") if (e.get("path") or "").startswith("/api/v1/")]
    assert len(retired) == 14
    assert all(e["change"] == "removed" and key_of(e) not in DECLARED for e in retired)


# ------------------------------------------------------------------------------------------------------------- replies

REPLIES = [
    pytest.param(entry, reply, id=f"{name}-{i}")
    for entry, name in zip(SPOT, ids(SPOT), strict=True)
    for i, reply in enumerate(examples(entry))
]


@pytest.mark.parametrize(("entry", "reply"), REPLIES)
def test_a_documented_reply_is_decoded_and_nothing_is_lost(entry: Entry, reply: Any) -> None:
    check_reply(endpoint(entry), reply, entry["kind"])


def test_every_call_has_a_documented_reply() -> None:
    assert {key_of(e) for e in SPOT} == {key_of(p.values[0]) for p in REPLIES}


PLACED_ONLY = ("preventedMatches", "tradeGroupId")


def carriers(reply: Any, field: str, entry: Entry) -> list[Entry]:
    """The objects of a reply in which the conditional field would stand."""
    if field.startswith("fills[]."):
        return [fill for o in objects(reply) for fill in o.get("fills", [])]
    if "Prevented" in name_of(entry) or "account" in name_of(entry):
        return reply if isinstance(reply, list) else [reply]
    orders = [o for o in objects(reply) if "orderId" in o and "status" in o]
    return [o for o in orders if "origClientOrderId" not in o] if field in PLACED_ONLY else orders


CONDITIONAL = [
    pytest.param(entry, field, id=f"{name_of(entry)}-{field['name']}")
    for entry in SPOT
    if not name_of(entry).endswith("exchangeInfo")
    for field in entry.get("conditional_fields") or []
]


@pytest.mark.parametrize(("entry", "field"), CONDITIONAL)
def test_a_conditional_field_is_kept(entry: Entry, field: Entry) -> None:
    seen = 0
    for example in examples(entry):
        reply = copy.deepcopy(example)
        for carrier in carriers(reply, field["name"], entry):
            carrier[field["name"].removeprefix("fills[].")] = field["example"]
            seen += 1
        check_reply(endpoint(entry), reply, entry["kind"])
    assert seen, "no documented reply has a place for it"


# --------------------------------------------------------------------------------------------------- enums and filters

ENUMS = {
    "OrderRespType": "NewOrderRespType",
    "OrderSide": "Side",
    "WsApiRateLimitType": "RateLimitType",
    "Symbol status (status)": "SymbolStatus",
    "STP Modes": "SelfTradePreventionMode",
    "Execution types": "ExecutionType",
    "Execution Rules": "ExecutionRuleType",
    "Expiry Reasons": "ExpiryReason",
    "pegPriceType": "PegPriceType",
    "pegOffsetType": "PegOffsetType",
}
NO_ENUMS = {
    "TickerWindowSize": "a range, not a list",
    "Permission": "free text: the trading groups are numbered",
    "StreamControlMethod": "the session's",
    "TimeUnit": "the client's",
    "OrderRejectReason": "with the user events",
}
DOCUMENTED_ENUMS = [
    e for p in ("spot", "now_spot") for e in catalogue(p) if e["kind"] == "enum" and e["name"] not in NO_ENUMS
]


@pytest.mark.parametrize("entry", DOCUMENTED_ENUMS, ids=lambda e: e["name"].split()[0])
def test_an_enum_knows_every_documented_value(entry: Entry) -> None:
    enum = getattr(spot_enums, ENUMS.get(entry["name"], entry["name"]))
    assert set(entry["values"]) <= {str(v) for v in enum}


@pytest.mark.parametrize("enum", [n for n in vars(spot_enums) if hasattr(spot_enums, n + "Like")])
def test_the_alias_of_an_enum_has_its_values(enum: str) -> None:
    from binance_async.core.wire import choices

    texts = [a for a in getattr(spot_enums, enum + "Like").__args__ if a is not getattr(spot_enums, enum)]
    assert set(choices(texts[0])) == {str(v) for v in getattr(spot_enums, enum)}


FILTERS = [e for p in ("spot", "now_spot") for e in catalogue(p) if e["kind"] == "filter"]


@pytest.mark.parametrize("entry", FILTERS, ids=lambda e: e["name"])
def test_a_filter_is_known(entry: Entry) -> None:
    import msgspec

    example = entry["example"]
    kept = msgspec.json.decode(json.dumps(example), type=Filter)
    assert not isinstance(kept, UnknownFilter)
    assert not lost(example, plain(kept))


# ---------------------------------------------------------------------------------------------------------- the checks


def test_lost_tells_what_is_gone_and_what_changed() -> None:
    original = {"a": 1, "b": [{"c": "1.0"}, {"c": True}], "d": None}
    assert lost(original, {"a": 1, "b": [{"c": "1.00"}, {"c": True}]}) == []
    assert lost(original, {"a": 2, "b": [{}, {"c": 1}]}) == [
        "$.a: 1 became 2",
        "$.b[0].c: '1.0' became None",
        "$.b[1].c: True became 1",
    ]
    assert lost([1, 2], [1]) == ["$"]
    assert lost({"p": "0.1"}, {"p": str(Decimal("0.10000000000000001"))}) != []
