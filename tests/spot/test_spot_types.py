"""Replies of spot: exact to the last digit, whole, open to what is new, and silent about keys."""

from __future__ import annotations

import copy
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from binance_async.core.decoding import decoder_for
from binance_async.spot.enums import CancelReplaceResult, ContingencyType, ExpiryReason, OrderStatus
from binance_async.spot.filters import MaxAsset, UnknownFilter
from binance_async.spot.types.account import AccountInfo, AccountPreventedMatch, Allocation, MyFilters
from binance_async.spot.types.order_lists import OpoOrderFull, OpoOrderResult, OrderList, PlacedOrderList
from binance_async.spot.types.session import ListenKey, SessionLogon, SessionStatus, Subscription
from binance_async.spot.types.trading import (
    CanceledOrder,
    CanceledOrderList,
    CanceledReport,
    CancelReplaceFailure,
    CancelReplaceLegs,
    ConditionalFields,
    LegError,
    Order,
    OrderAck,
    OrderAmended,
    OrderFull,
    OrderResult,
    SorOrderFull,
)

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "catalogue"))
from shared import Entry, calls, catalogue, examples, lost, plain


def read(type_: Any, value: Any) -> Any:
    return decoder_for(type_).decode(json.dumps(value).encode())


def example(method: str, path: str, index: int = 0, product: str = "spot") -> Any:
    entry = next(e for e in calls(product) if e["method"] == method and e.get("path") == path)
    return copy.deepcopy(list(examples(entry))[index])


# ------------------------------------------------------------------------------------------------------------ exactness


def test_money_is_exact_and_keeps_its_zeros() -> None:
    order = read(Order, example("GET", "/api/v3/order") | {"price": "0.00000001", "origQty": "123456789.12345678900"})
    assert order.price == Decimal("0.00000001")
    assert str(order.orig_qty) == "123456789.12345678900"


def test_ids_are_exact_beyond_53_bits() -> None:
    assert read(Order, example("GET", "/api/v3/order") | {"orderId": 2**63 - 1}).order_id == 2**63 - 1


@pytest.mark.parametrize("field", ["orderId", "status", "executedQty", "symbol", "isWorking"])
def test_an_order_that_lacks_what_every_order_has_is_refused(field: str) -> None:
    reply = example("GET", "/api/v3/order")
    del reply[field]
    with pytest.raises(msgspec.ValidationError, match=field):
        read(Order, reply)


@pytest.mark.parametrize(("field", "value"), [("orderId", "1"), ("price", True), ("price", 1.5e400), ("fills", {})])
def test_an_order_with_a_value_of_another_type_is_refused(field: str, value: Any) -> None:
    with pytest.raises(msgspec.DecodeError):
        read(OrderFull, example("POST", "/api/v3/order", 2) | {field: value})


def test_replies_are_frozen_and_hashable_where_their_fields_are() -> None:
    order = read(Order, example("GET", "/api/v3/order"))
    assert hash(order) == hash(read(Order, example("GET", "/api/v3/order")))
    with pytest.raises(AttributeError):
        order.price = Decimal(1)


# ------------------------------------------------------------------------------------------------------------- openness


def test_a_value_of_tomorrow_is_kept() -> None:
    order = read(Order, example("GET", "/api/v3/order") | {"status": "FROZEN", "selfTradePreventionMode": "ASK"})
    assert (order.status, order.status.is_known) == ("FROZEN", False)
    assert not order.self_trade_prevention_mode.is_known
    assert plain(order)["status"] == "FROZEN"


def test_a_field_of_tomorrow_harms_nothing() -> None:
    reply = example("GET", "/api/v3/order")
    assert read(Order, reply | {"mood": {"a": [1]}}) == read(Order, reply)


def test_an_unknown_filter_of_the_account_is_kept() -> None:
    reply = example("GET", "/api/v3/myFilters", product="now_spot")
    reply["assetFilters"].append({"filterType": "MOON", "phase": "full"})
    filters = read(MyFilters, reply)
    assert filters.asset_filters[0] == MaxAsset(asset="JPY", limit=Decimal("1000000.00000000"))
    assert filters.asset_filters[1] == UnknownFilter(name="MOON", fields={"phase": "full"})


# ---------------------------------------------------------------------------------------------------- shapes and kinds


def test_what_an_order_does_not_have_is_none() -> None:
    ack, result, full = (
        read(OrderFull | OrderResult | OrderAck, example("POST", "/api/v3/order", i)) for i in range(3)
    )
    assert [type(r) for r in (ack, result, full)] == [OrderAck, OrderResult, OrderFull]
    assert [getattr(full, f) for f in ConditionalFields.__struct_fields__] == [None] * 14
    assert not hasattr(result, "fills")
    assert not hasattr(ack, "status")


def test_an_order_that_expired_says_why() -> None:
    reply = example("POST", "/api/v3/order", 2) | {"status": "EXPIRED", "expiryReason": "INSUFFICIENT_LIQUIDITY"}
    order = read(OrderFull | OrderResult | OrderAck, reply)
    assert (order.status, order.expiry_reason) == (OrderStatus.EXPIRED, ExpiryReason.INSUFFICIENT_LIQUIDITY)


FAQ = {
    "FAQ self-trade prevention": OrderFull | Order | list[AccountPreventedMatch],
    "FAQ smart order routing": SorOrderFull | list[Allocation],
}
FAQ_EXAMPLES = [
    pytest.param(e["payload"], FAQ[e["section"]], id=f"{e['section'].split()[-1]}-{e['n']}")
    for e in catalogue("spot")
    if e["kind"] == "example"
    and e["section"] in FAQ
    and ('"orderId"' in json.dumps(e["payload"]) or '"takerOrderId"' in json.dumps(e["payload"]))
]


@pytest.mark.parametrize(("reply", "type_"), FAQ_EXAMPLES)
def test_the_orders_of_the_frequent_questions_are_read_whole(reply: Any, type_: Any) -> None:
    assert not lost(reply, plain(read(type_, reply)))


def test_the_frequent_questions_have_orders() -> None:
    assert len(FAQ_EXAMPLES) >= 22


# ------------------------------------------------------------------------------------------------- what was cancelled


def test_what_was_cancelled_is_told_entry_by_entry() -> None:
    reply = example("DELETE", "/api/v3/openOrders")
    entries = read(list[CanceledOrder | CanceledOrderList], reply)
    assert [type(e) for e in entries] == [CanceledOrder, CanceledOrder, CanceledOrderList]
    for entry, original in zip(entries, reply, strict=True):
        assert not lost(original, plain(entry))
        assert entry == read(type(entry), original)


def test_an_entry_that_is_neither_an_order_nor_a_list_says_so() -> None:
    with pytest.raises(msgspec.ValidationError, match="in item 0"):
        read(list[CanceledOrder | CanceledOrderList], [{"symbol": "A", "orderListId": -1}])


# --------------------------------------------------------------------------------------- cancel-and-replace that failed


def failures() -> list[Any]:
    out = []
    for entry in calls("spot"):
        if "cancelReplace" in (entry.get("path") or entry["method"]):
            for label, reply in zip(entry["error_labels"], entry["error_responses"], strict=True):
                body = reply.get("error", reply)
                if "data" in body:
                    out.append(pytest.param(body["code"], body["data"], id=f"{entry['kind']}-{label}"))
    return out


FAILURES = failures()
SUCCESS, FAILURE, NOT_ATTEMPTED = CancelReplaceResult


def test_the_documents_show_failures() -> None:
    assert len(FAILURES) == 10


@pytest.mark.parametrize(("code", "data"), FAILURES)
def test_each_leg_is_told_as_what_became_of_it(code: int, data: Any) -> None:
    legs = read(CancelReplaceFailure, data)
    assert isinstance(legs, CancelReplaceLegs)
    assert not lost(data, plain(legs))
    canceled = {SUCCESS: CanceledReport, FAILURE: LegError}[legs.cancel_result]
    placed = {SUCCESS: (OrderAck, OrderResult), FAILURE: LegError, NOT_ATTEMPTED: type(None)}[legs.new_order_result]
    assert isinstance(legs.cancel_response, canceled)
    assert isinstance(legs.new_order_response, placed)
    assert code == (-2021 if SUCCESS in (legs.cancel_result, legs.new_order_result) else -2022)


@pytest.mark.parametrize("index", range(3), ids=["ACK", "RESULT", "FULL"])
def test_the_order_that_was_placed_although_the_cancel_failed_is_read_in_full(index: int) -> None:
    placed = example("POST", "/api/v3/order", index)
    data = {
        "cancelResult": "FAILURE",
        "newOrderResult": "SUCCESS",
        "cancelResponse": {"code": -2011, "msg": "Unknown order sent."},
        "newOrderResponse": placed,
    }
    legs = read(CancelReplaceFailure, data)
    assert type(legs.new_order_response) is (OrderAck, OrderResult, OrderFull)[index]
    assert not lost(data, plain(legs))


# ---------------------------------------------------------------------------------------------------------------- lists


@pytest.mark.parametrize("path", ["oco", "oto", "otoco"])
def test_a_placed_list_holds_orders_and_their_reports(path: str) -> None:
    placed = read(PlacedOrderList[OrderResult], example("POST", f"/api/v3/orderList/{path}"))
    assert isinstance(placed, OrderList)
    assert placed.contingency_type is ContingencyType(path[:3].upper())
    assert [o.order_id for o in placed.orders] == [r.order_id for r in placed.order_reports]


@pytest.mark.parametrize("path", ["opo", "opoco"])
def test_the_pending_orders_of_an_opo_have_no_quantity_yet(path: str) -> None:
    reply = example("POST", f"/api/v3/orderList/{path}", product="now_spot")
    placed = read(PlacedOrderList[OpoOrderFull] | PlacedOrderList[OpoOrderResult] | PlacedOrderList[OrderAck], reply)
    working, *pending = placed.order_reports
    assert isinstance(working, OpoOrderResult)
    assert working.orig_qty is not None
    assert pending
    assert {r.orig_qty for r in pending} == {None}


def test_an_amended_order_of_a_list_tells_of_its_list() -> None:
    alone, listed = (read(OrderAmended, example("PUT", "/api/v3/order/amend/keepPriority", i)) for i in range(2))
    assert alone.list_status is None
    assert listed.list_status.contingency_type is ContingencyType.OTO
    assert listed.amended_order.working_time is None
    assert (alone.amended_order.qty, alone.amended_order.cumulative_quote_qty) == (Decimal(5), Decimal(0))


# -------------------------------------------------------------------------------------------------------------- account


def test_the_account_tells_its_trade_group() -> None:
    reply = example("GET", "/api/v3/account")
    assert read(AccountInfo, reply).trade_group_id is None
    account = read(AccountInfo, reply | {"tradeGroupId": -1})
    assert account.trade_group_id == -1
    assert account.balances[0].free == Decimal("4723846.89208129")


# -------------------------------------------------------------------------------------------------------------- session

CANARY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
SESSION = {
    "apiKey": CANARY,
    "authorizedSince": 1649729878532,
    "connectedSince": 1649729873021,
    "returnRateLimits": False,
    "serverTime": 1649729878630,
    "userDataStream": False,
}


@pytest.mark.parametrize(
    ("type_", "reply"), [(SessionLogon, SESSION), (SessionStatus, SESSION), (ListenKey, {"listenKey": CANARY})]
)
def test_no_repr_shows_a_key(type_: Any, reply: Entry) -> None:
    value = read(type_, reply)
    for shown in (repr(value), str(value), f"{value}", repr([value])):
        assert CANARY not in shown
        assert "***" in shown
    assert CANARY in plain(value).values()


def test_a_session_that_is_not_logged_on_has_no_key() -> None:
    status = read(SessionStatus, SESSION | {"apiKey": None, "authorizedSince": None})
    assert (status.api_key, status.authorized_since) == (None, None)
    assert repr(status).startswith("SessionStatus(api_key=None, authorized_since=None, connected_since=1649729873021")
    with pytest.raises(msgspec.ValidationError):
        read(SessionLogon, SESSION | {"apiKey": None})


def test_subscriptions_are_listed_by_their_ids() -> None:
    assert [s.subscription_id for s in read(list[Subscription], [{"subscriptionId": 0}, {"subscriptionId": 1}])] == [
        0,
        1,
    ]
