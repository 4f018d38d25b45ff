"""What has changed on spot since the documents of 2025: parameters, replies, and what each change announces."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from shared import (
    Entry,
    calls,
    check_parameters,
    check_reply,
    check_request,
    declared,
    examples,
    key_of,
    name_of,
    objects,
)

from binance_async.core.endpoint import Endpoint
from binance_async.spot import Calls, WebsocketCalls

DECLARED = declared(Calls, WebsocketCalls)
NOW = [e for e in calls("now_spot") if not (e.get("path") or "").startswith("/api/v1/")]
IDS = [f"{e['since']}-{name_of(e)}" for e in NOW]
OLD_REPLIES = {key_of(e): list(examples(e)) for e in calls("spot")}

each = pytest.mark.parametrize("entry", NOW, ids=IDS)


def endpoint(entry: Entry) -> Endpoint:
    return DECLARED[key_of(entry)]


SLIPS = {
    ("orderList.place", "stopPrice", "yes"): "YES with a footnote: one of the two is needed; REST says stopPrice",
    ("orderList.place", "trailingDelta", "yes"): "YES with a footnote: one of the two is needed; REST says stopPrice",
}
"""What the tables say of a parameter that their own footnotes deny."""


@each
def test_it_takes_every_parameter_and_requires_what_is_required(entry: Entry) -> None:
    check_parameters(entry, endpoint(entry), SLIPS)


@pytest.mark.parametrize("slip", SLIPS, ids=lambda s: s[1])
def test_a_slip_still_stands_in_the_documents(slip: tuple[str, str, str]) -> None:
    assert any((e["method"], p["name"], p["required"]) == slip for e in NOW for p in e.get("params") or [])


REQUESTS = [e for e in NOW if e["kind"] == "ws_api" and e.get("request")]


@pytest.mark.parametrize("entry", REQUESTS, ids=name_of)
def test_the_documented_request_can_be_made(entry: Entry) -> None:
    check_request(entry, endpoint(entry))


REPLIES = [
    pytest.param(entry, reply, id=f"{name}-{i}")
    for entry, name in zip(NOW, IDS, strict=True)
    for i, reply in enumerate(examples(entry))
]


@pytest.mark.parametrize(("entry", "reply"), REPLIES)
def test_a_reply_is_decoded_and_nothing_is_lost(entry: Entry, reply: Any) -> None:
    check_reply(endpoint(entry), reply, entry["kind"])


def test_every_new_call_has_a_reply() -> None:
    assert {key_of(e) for e in NOW if e["change"] == "new"} <= {key_of(p.values[0]) for p in REPLIES}


# ------------------------------------------------------------------------------------------- what the changes announce

PEGGED = {"pegPriceType": "PRIMARY_PEG", "pegOffsetType": "PRICE_LEVEL", "pegOffsetValue": 5, "peggedPrice": "87523.83"}
EXPIRED = {"expiryReason": "UNFILLED_IOC_QUANTITY_EXPIRED"}
RATES = {"maker": "0.05000000", "taker": "0.06000000"}
SPECIAL = {"specialCommission": {**RATES, "buyer": "0.01000000", "seller": "0.02000000"}}
SPECIAL_OF_ORDER = {"specialCommissionForOrder": RATES}
PEG_PARAMETERS = {"pegPriceType", "pegOffsetType", "pegOffsetValue"}


def added(what: str, entry: Entry) -> dict[str, Any]:
    """The fields that a change adds to the orders (or the commission) of a reply."""
    match what:
        case "pegged order parameters" | "pegged orders add pegPriceType, pegOffsetType, pegOffsetValue, peggedPrice":
            return PEGGED
        case "expiryReason in RESULT and FULL responses, not in ACK" | "expiryReason on expired orders":
            return EXPIRED
        case "specialCommission block":
            return SPECIAL if "commission" in name_of(entry) else SPECIAL_OF_ORDER
    return {}


OTHER_CHANGES = {
    "recvWindow takes up to three decimals (microseconds)": "test_a_receive_window_takes_microseconds",
    "request weight 0 when it succeeds (amend: only when the order expires); documented weight when it fails": "budget",
    "at most 10 amendments an order (MAX_NUM_ORDER_AMENDS)": "a filter",
    "optional symbolStatus; mismatch on a single symbol gives -1220": "a parameter",
    "price range execution rule": "new calls",
    "block trades; fromId mandatory": "a new call",
    "one-pays-the-other order lists; working leg buys, pending legs sell": "new calls",
    "one-pays-the-other order lists": "new calls",
    "filters of the account for a symbol": "a new call",
    "filters of the account for a symbol; only place that shows MAX_ASSET": "a new call",
    "listenKey gone on spot": "until",
    "listenKey gone on spot; undocumented since 2025-10-24": "until",
    "userDataStream flag: true when at least one subscription is active": "no field",
    "closes only the logon subscription, not signature subscriptions": "no field",
    "result carries subscriptionId; still needs an Ed25519 logon": "test_a_subscription_has_an_id_today",
    "optional subscriptionId; none closes all; security NONE": "a parameter",
    "lists active subscriptions": "a new call",
    "user data without logon; any key type; recvWindow since 2026-01-26": "a new call",
    "pegInstructionsAllowed per symbol": "test_a_symbol_says_what_is_new",
    "opoAllowed per symbol": "test_a_symbol_says_what_is_new",
    "symbolStatus CANCEL_ONLY may appear": "an enum",
}
"""The changes that add no field to an order, and what holds them."""


def changes(entry: Entry) -> list[str]:
    return [c["what"] for c in entry.get("changes") or [{"what": entry["what"]}]]


def test_every_change_is_looked_at_and_no_other() -> None:
    announced = {what for entry in NOW for what in changes(entry) if not added(what, entry)}
    assert announced == set(OTHER_CHANGES)


ADDING = [
    pytest.param(entry, what, id=f"{name_of(entry)}-{what.split()[0]}")
    for entry in NOW
    for what in changes(entry)
    if added(what, entry)
]


def carriers(reply: Any, what: str) -> list[Entry]:
    """Where a reply would hold what a change adds: in orders that tell their status, in blocks of commission."""
    if what == "specialCommission block":
        return [o for o in objects(reply) if "standardCommission" in o or "standardCommissionForOrder" in o]
    orders = [o for o in objects(reply) if "orderId" in o and "status" in o]
    return [o for o in orders if "origClientOrderId" not in o] if what.startswith("expiryReason") else orders


LISTS_OF_IDS = {
    "orderList",
    "allOrderList",
    "openOrderList",
    "orderList.status",
    "openOrderLists.status",
    "allOrderLists",
}
"""Queries that tell only the ids of a list's orders; the change log names them with the rest."""


@pytest.mark.parametrize(("entry", "what"), ADDING)
def test_what_a_change_adds_to_a_reply_is_kept(entry: Entry, what: str) -> None:
    replies = OLD_REPLIES.get(key_of(entry), []) + list(examples(entry))
    seen = 0
    for example in replies:
        reply = copy.deepcopy(example)
        for carrier in carriers(reply, what):
            carrier.update(added(what, entry))
            seen += 1
        check_reply(endpoint(entry), reply, entry["kind"])
    if (entry.get("path") or entry["method"]).rsplit("/", 1)[-1] in LISTS_OF_IDS and entry["security"] == "USER_DATA":
        assert not seen
    elif not name_of(entry).endswith(("order/test", "order.test")) or what == "specialCommission block":
        assert seen, "no reply has a place for it"


@pytest.mark.parametrize("entry", [e for e in NOW if "pegged order parameters" in changes(e)], ids=name_of)
def test_an_order_can_be_pegged(entry: Entry) -> None:
    wires = {p.wire for p in endpoint(entry).parameters}
    lower = {w.lower() for w in wires}
    legs = {
        w.removesuffix("PegPriceType").removesuffix("pegPriceType") for w in wires if w.lower().endswith("pegpricetype")
    }
    assert legs
    assert {f"{leg}{name}".lower() for leg in legs for name in PEG_PARAMETERS} <= lower


@pytest.mark.parametrize("entry", [e for e in NOW if e.get("signed")], ids=name_of)
def test_a_receive_window_takes_microseconds(entry: Entry) -> None:
    found = endpoint(entry)
    required = {
        p.name: p.choices[0] if p.choices else 1 if p.kind == "integer" else "1" for p in found.parameters if p.required
    }
    assert found.bind((), {**required, "recv_window": "6000.346"})["recvWindow"] == "6000.346"
    assert found.bind((), {**required, "recv_window": 5000})["recvWindow"] == "5000"


def test_a_subscription_has_an_id_today() -> None:
    decode = DECLARED["ws_api", "userDataStream.subscribe"].decoder.decode
    assert decode(b'{"subscriptionId": 7}').subscription_id == 7
    assert decode(b"{}").subscription_id is None


def test_a_symbol_says_what_is_new() -> None:
    decode = DECLARED["rest", "GET", "/api/v3/exchangeInfo"].decoder.decode
    reply = copy.deepcopy(next(r for r in OLD_REPLIES["rest", "GET", "/api/v3/exchangeInfo"] if r["symbols"]))
    reply["symbols"][0] |= {"pegInstructionsAllowed": True, "opoAllowed": True, "status": "CANCEL_ONLY"}
    symbol = decode(json.dumps(reply).encode()).symbols[0]
    assert (symbol.peg_instructions_allowed, symbol.opo_allowed, symbol.status.is_known) == (True, True, True)


def test_user_data_needs_no_listen_key_today_and_no_key_is_asked_for_after_its_end() -> None:
    gone = [e for e in NOW if e["change"] == "removed"]
    assert len(gone) == 6
    assert {endpoint(e).until for e in gone} == {"2026-02-20"}
