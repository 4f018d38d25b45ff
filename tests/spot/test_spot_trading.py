"""Trading calls and order lists: what a call sends, what it refuses, and what its overloads say."""

from __future__ import annotations

import datetime as dt
import inspect
import json
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin, get_overloads, get_type_hints

import msgspec
import pytest

from binance_async.core.endpoint import Bound, Endpoint, Security, endpoint_of, endpoints
from binance_async.core.wire import choices
from binance_async.errors import InvalidArgument
from binance_async.spot.enums import OrderType, PegPriceType, Side, TimeInForce
from binance_async.spot.order_lists import OrderLists
from binance_async.spot.trading import Trading
from binance_async.spot.types.trading import (
    CanceledOrder,
    CanceledOrderList,
    CancelReplaced,
    OrderAck,
    OrderCommission,
    OrderFull,
    OrderResult,
    SorOrderFull,
    ValidOrder,
)


class Exchange:
    """Keeps what is sent, and answers with one reply."""

    def __init__(self, reply: Any = None) -> None:
        self.reply = reply
        self.sent: list[tuple[Endpoint, Bound]] = []

    async def call(self, endpoint: Endpoint, bound: Bound) -> Any:
        self.sent.append((endpoint, bound))
        return None if self.reply is None else endpoint.decoder.decode(json.dumps(self.reply).encode())


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


@pytest.fixture
def trading(exchange: Exchange) -> Trading:
    return Trading(exchange)


@pytest.fixture
def lists(exchange: Exchange) -> OrderLists:
    return OrderLists(exchange)


# ------------------------------------------------------------------------------------------------------- what is sent


async def test_an_order_is_sent_as_it_was_given(trading: Trading, exchange: Exchange) -> None:
    await trading.place_order(
        "BTCUSDT", "BUY", "LIMIT", time_in_force="GTC", quantity="0.00100", price=Decimal("60000.10")
    )
    [(endpoint, bound)] = exchange.sent
    assert endpoint.name == "spot.place_order"
    assert bound == {
        "symbol": "BTCUSDT",
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "0.00100",
        "price": "60000.10",
    }


async def test_enums_and_their_texts_send_the_same(trading: Trading, exchange: Exchange) -> None:
    await trading.place_order("BTCUSDT", "SELL", "LIMIT", time_in_force="IOC", peg_price_type="MARKET_PEG")
    await trading.place_order(
        "BTCUSDT", Side.SELL, OrderType.LIMIT, time_in_force=TimeInForce.IOC, peg_price_type=PegPriceType.MARKET_PEG
    )
    assert exchange.sent[0] == exchange.sent[1]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (Decimal("1E-8"), "0.00000001"),
        (1e-05, "0.00001"),
        (0.1, "0.1"),
        ("0.10", "0.10"),
        (12345678901234567890, "12345678901234567890"),
    ],
)
async def test_money_is_sent_in_plain_digits(trading: Trading, exchange: Exchange, given: Any, sent: str) -> None:
    await trading.place_order("A", "BUY", "MARKET", quantity=given)
    await trading.amend_order("A", order_id=1, new_qty=given)
    await trading.cancel_replace("A", "BUY", "LIMIT", "ALLOW_FAILURE", stop_price=given)
    assert [b.get("quantity") or b.get("newQty") or b.get("stopPrice") for _, b in exchange.sent] == [sent] * 3


async def test_none_is_not_sent(trading: Trading, exchange: Exchange) -> None:
    await trading.place_order("A", "BUY", "MARKET", quantity=None, quote_order_qty=100, recv_window=None)
    assert exchange.sent[0][1] == {"symbol": "A", "side": "BUY", "type": "MARKET", "quoteOrderQty": "100"}


async def test_an_id_beyond_53_bits_is_sent_whole(trading: Trading, exchange: Exchange) -> None:
    await trading.cancel_order("A", order_id=2**63 - 1)
    await trading.order("A", order_id=2**53 + 1)
    assert [b["orderId"] for _, b in exchange.sent] == [2**63 - 1, 2**53 + 1]


async def test_times_are_milliseconds_or_aware(trading: Trading, exchange: Exchange) -> None:
    await trading.all_orders("A", start_time=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), end_time=1767225600001)
    assert exchange.sent[0][1] == {"symbol": "A", "startTime": 1767225600000, "endTime": 1767225600001}
    with pytest.raises(InvalidArgument, match="time zone"):
        await trading.all_orders("A", start_time=dt.datetime(2026, 1, 1))  # noqa: DTZ001 - that is the fault


async def test_a_list_is_sent_leg_by_leg(lists: OrderLists, exchange: Exchange) -> None:
    await lists.place_otoco(
        "BTCUSDT",
        working_type="LIMIT",
        working_side="BUY",
        working_price="60000",
        working_quantity="0.01",
        working_time_in_force="GTC",
        pending_side="SELL",
        pending_quantity="0.01",
        pending_above_type="LIMIT_MAKER",
        pending_above_price="65000",
        pending_below_type="STOP_LOSS",
        pending_below_stop_price="58000",
        new_order_resp_type="RESULT",
    )
    assert exchange.sent[0][1] == {
        "symbol": "BTCUSDT",
        "workingType": "LIMIT",
        "workingSide": "BUY",
        "workingPrice": "60000",
        "workingQuantity": "0.01",
        "workingTimeInForce": "GTC",
        "pendingSide": "SELL",
        "pendingQuantity": "0.01",
        "pendingAboveType": "LIMIT_MAKER",
        "pendingAbovePrice": "65000",
        "pendingBelowType": "STOP_LOSS",
        "pendingBelowStopPrice": "58000",
        "newOrderRespType": "RESULT",
    }


# ---------------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("args", "kwargs", "text"),
    [
        (("A", "BUY"), {}, "spot.place_order: type is missing"),
        (("A", "buy", "LIMIT"), {}, "side takes one of BUY, SELL"),
        (("A", "BUY", "LIMITED"), {}, "type takes one of LIMIT, MARKET"),
        (("A", "BUY", "LIMIT", "GTC"), {}, "takes at most 3 positional arguments, not 4"),
        (("A", "BUY", "LIMIT"), {"price": "cheap"}, "price takes a number"),
        (("A", "BUY", "LIMIT"), {"price": float("nan")}, "price takes a finite number"),
        (("A", "BUY", "LIMIT"), {"price": True}, "price takes a number"),
        (("A", "BUY", "LIMIT"), {"strategy_id": "7"}, "strategy_id takes an int"),
        (("A", "BUY", "LIMIT"), {"side": "SELL"}, "side is given twice"),
        (("A", "BUY", "LIMIT"), {"qty": 1}, "qty is unknown; the call takes symbol, side, type, \\[time_in_force\\]"),
        (("A", "BUY", "LIMIT"), {"timestamp": 1}, "timestamp is unknown"),
    ],
)
async def test_a_bad_argument_is_refused_before_anything_is_sent(
    trading: Any, exchange: Exchange, args: Any, kwargs: Any, text: str
) -> None:
    with pytest.raises(InvalidArgument, match=text):
        await trading.place_order(*args, **kwargs)
    assert not exchange.sent


async def test_a_missing_leg_is_refused(lists: Any, exchange: Exchange) -> None:
    with pytest.raises(InvalidArgument, match=r"spot\.place_oco: below_type is missing"):
        await lists.place_oco("A", "SELL", quantity=1, above_type="LIMIT_MAKER")
    assert not exchange.sent


# ------------------------------------------------------------------------------------- what the client does for a call

WRITES = {
    "place_order": (1, "newClientOrderId", "order"),
    "place_sor_order": (1, "newClientOrderId", "order"),
    "test_order": (0, None, None),
    "test_sor_order": (0, None, None),
    "cancel_order": (0, None, "cancel"),
    "cancel_open_orders": (0, None, "cancel_all"),
    "cancel_replace": (1, "newClientOrderId", "cancel_replace"),
    "amend_order": (0, None, "amend"),
    "place_oco": (2, "listClientOrderId", "order_list"),
    "place_oco_deprecated": (2, "listClientOrderId", "order_list"),
    "place_oto": (2, "listClientOrderId", "order_list"),
    "place_otoco": (3, "listClientOrderId", "order_list"),
    "place_opo": (2, "listClientOrderId", "order_list"),
    "place_opoco": (3, "listClientOrderId", "order_list"),
    "cancel_order_list": (0, None, "cancel_list"),
}


@pytest.mark.parametrize("group", [Trading, OrderLists])
def test_every_write_says_what_it_counts_how_it_is_named_and_how_it_is_resolved(group: Any) -> None:
    for endpoint in endpoints(group):
        name = endpoint.fn.__name__
        if endpoint.writes:
            assert (endpoint.orders, endpoint.client_id, endpoint.resolve) == WRITES[name]
            assert endpoint.security is Security.TRADE
        else:
            assert name not in WRITES
            assert endpoint.security is Security.USER_DATA
        assert endpoint.client_id is None or endpoint.client_id in {p.wire for p in endpoint.parameters}


def test_every_call_is_spoken_by_rest_and_the_websocket_api() -> None:
    for group in (Trading, OrderLists):
        for endpoint in endpoints(group):
            assert endpoint.method, endpoint
            assert endpoint.ws, endpoint


# ---------------------------------------------------------------------------------------------- what the overloads say

OVERLOADED = [
    pytest.param(method, overload, id=f"{name}-{i}")
    for group in (Trading, OrderLists)
    for name, method in vars(group).items()
    if inspect.isfunction(method)
    for i, overload in enumerate(get_overloads(inspect.unwrap(method)))
]


def test_the_overloads_are_seen() -> None:
    assert len(OVERLOADED) == 6 + 3 + 6 + 4 + 3 + 6 * 4


def taken(fn: Any) -> dict[str, bool]:
    """The arguments of a function, and whether each must be given; those of a `TypedDict` too."""
    out: dict[str, bool] = {}
    for p in list(inspect.signature(fn).parameters.values())[1:]:
        if p.kind is p.VAR_KEYWORD:
            [options] = get_args(p.annotation)
            out |= {name: name in options.__required_keys__ for name in get_type_hints(options)}
        else:
            out[p.name] = p.default is p.empty
    return out


@pytest.mark.parametrize(("method", "overload"), OVERLOADED)
def test_an_overload_takes_just_what_the_call_takes(method: Any, overload: Any) -> None:
    ours, theirs = taken(inspect.unwrap(method)), taken(overload)
    assert ours.keys() == theirs.keys()
    decides = {n for n in ("new_order_resp_type", "compute_commission_rates") if theirs.get(n) and not ours[n]}
    assert {n for n, required in theirs.items() if required} - decides == {n for n, r in ours.items() if r}


@pytest.mark.parametrize(("method", "overload"), OVERLOADED)
def test_an_overload_annotates_as_the_call_does(method: Any, overload: Any) -> None:
    ours = get_type_hints(inspect.unwrap(method))
    for p in list(inspect.signature(overload).parameters.values())[1:]:
        if p.kind is p.VAR_KEYWORD:
            [options] = get_args(p.annotation)
            for name, annotation in get_type_hints(options).items():
                assert ours[name] == annotation, name
        elif p.name not in ("type", "new_order_resp_type", "compute_commission_rates"):
            assert ours[p.name] == p.annotation, p.name


def test_each_type_of_order_has_one_default_reply() -> None:
    by_default: dict[str, Any] = {}
    for overload in get_overloads(inspect.unwrap(Trading.place_order)):
        hints = get_type_hints(overload)
        if get_origin(hints["type"]) is Literal:
            assert {type(value) for value in get_args(hints["type"])} == {str, OrderType}
            assert len(get_args(hints["type"])) == 2 * len(choices(hints["type"]))  # each text and its member
            for order_type in choices(hints["type"]):
                assert order_type not in by_default
                by_default[order_type] = hints["return"]
    assert by_default.keys() == {str(t) for t in OrderType}
    assert {t for t, reply in by_default.items() if reply is OrderFull} == {"LIMIT", "MARKET"}
    assert set(by_default.values()) == {OrderFull, OrderAck}


# ---------------------------------------------------------------------------------------------------- what is answered

ACK = {"symbol": "A", "orderId": 28, "orderListId": -1, "clientOrderId": "x", "transactTime": 1507725176595}
STATE = {
    "price": "0.00000000",
    "origQty": "10.0",
    "executedQty": "10.0",
    "origQuoteOrderQty": "0.0",
    "cummulativeQuoteQty": "10.0",
    "status": "FILLED",
    "timeInForce": "GTC",
    "type": "MARKET",
    "side": "SELL",
    "workingTime": 1507725176595,
    "selfTradePreventionMode": "NONE",
}
FILL = {"price": "4000.00", "qty": "1.0", "commission": "4.0", "commissionAsset": "USDT", "tradeId": 56}
CANCELED = {**ACK, **STATE, "origClientOrderId": "mine", "status": "CANCELED"}
LIST = {
    "orderListId": 1929,
    "contingencyType": "OCO",
    "listStatusType": "ALL_DONE",
    "listOrderStatus": "ALL_DONE",
    "listClientOrderId": "l",
    "transactionTime": 1585230948299,
    "symbol": "A",
    "orders": [{"symbol": "A", "orderId": 20, "clientOrderId": "c"}],
    "orderReports": [CANCELED],
}


@pytest.mark.parametrize(
    ("reply", "type_"),
    [(ACK, OrderAck), (ACK | STATE, OrderResult), (ACK | STATE | {"fills": [FILL]}, OrderFull)],
    ids=["ACK", "RESULT", "FULL"],
)
async def test_a_placed_order_is_of_the_type_that_was_answered(reply: Any, type_: type[Any]) -> None:
    placed = await Trading(Exchange(reply)).place_order("A", "SELL", "MARKET", quantity=10)
    assert type(placed) is type_
    replaced = {
        "cancelResult": "SUCCESS",
        "newOrderResult": "SUCCESS",
        "cancelResponse": CANCELED,
        "newOrderResponse": reply,
    }
    both = await Trading(Exchange(replaced)).cancel_replace("A", "SELL", "MARKET", "STOP_ON_FAILURE", quantity=10)
    assert isinstance(both, CancelReplaced)
    assert type(both.new_order_response) is type_
    listed = {**LIST, "orderReports": [reply, reply]}
    placed_list = await OrderLists(Exchange(listed)).place_oco(
        "A", "SELL", quantity=1, above_type="LIMIT_MAKER", below_type="STOP_LOSS"
    )
    assert [type(r) for r in placed_list.order_reports] == [type_, type_]


async def test_an_order_by_sor_is_one_order_over_rest_and_the_websocket_api() -> None:
    full = {**ACK, **STATE, "fills": [{**FILL, "matchType": "ONE_PARTY_TRADE_REPORT", "allocId": 0, "tradeId": -1}]}
    placed = await Trading(Exchange(full)).place_sor_order("A", "SELL", "MARKET", quantity=10)
    assert isinstance(placed, SorOrderFull)
    assert placed.fills[0].alloc_id == 0
    declared = endpoint_of(Trading.place_sor_order)
    for reply in (full, ACK, ACK | STATE):
        over_rest = declared.decoder.decode(json.dumps(reply))
        assert declared.ws_decoder.decode(json.dumps([reply])) == over_rest
        assert declared.ws_reply_decoder.decode(json.dumps([reply])) == [over_rest]
    with pytest.raises(msgspec.ValidationError, match="length 1, got 2"):  # rather than lose one
        declared.ws_decoder.decode(json.dumps([ACK, ACK]))


async def test_a_test_order_answers_its_commission_if_asked_for() -> None:
    rates = {"maker": "0.1", "taker": "0.2"}
    discount = {"enabledForAccount": True, "enabledForSymbol": True, "discountAsset": "BNB", "discount": "0.25"}
    reply = {"standardCommissionForOrder": rates, "taxCommissionForOrder": rates, "discount": discount}
    tested = await Trading(Exchange(reply)).test_order("A", "BUY", "MARKET", quantity=1, compute_commission_rates=True)
    assert isinstance(tested, OrderCommission)
    assert tested.standard_commission_for_order.taker == Decimal("0.2")
    assert await Trading(Exchange({})).test_order("A", "BUY", "MARKET", quantity=1) == ValidOrder()


def test_the_weight_of_a_test_order_is_that_of_the_rates_it_computes() -> None:
    for call in (Trading.test_order, Trading.test_sor_order):
        weight = endpoint_of(call).weight
        assert weight.of({}) == weight.of({"computeCommissionRates": False}) == 1
        assert weight.of({"computeCommissionRates": True}) == weight.of({"computeCommissionRates": "true"}) == 20


async def test_a_cancelled_order_of_a_list_answers_with_the_list() -> None:
    assert type(await Trading(Exchange(CANCELED)).cancel_order("A", order_id=28)) is CanceledOrder
    assert type(await Trading(Exchange(LIST)).cancel_order("A", order_id=20)) is CanceledOrderList


async def test_all_that_was_cancelled_is_told_as_what_it_is() -> None:
    canceled = await Trading(Exchange([CANCELED, LIST, CANCELED])).cancel_open_orders("A")
    assert [type(entry) for entry in canceled] == [CanceledOrder, CanceledOrderList, CanceledOrder]
    assert canceled[0] == await Trading(Exchange(CANCELED)).cancel_order("A", order_id=28)
    assert canceled[1] == await Trading(Exchange(LIST)).cancel_order("A", order_id=20)
