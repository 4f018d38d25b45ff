"""Canceling, replacing and amending, and the answers to single orders."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from engine_kit import Bench, bare, oco, otoco, trim

from binance_async.simulator.engine import ExchangeError, OrderLimit

NO_SUCH = (-2011, "Unknown order sent.")


# Answers


RESULT = [
    "symbol",
    "orderId",
    "orderListId",
    "clientOrderId",
    "transactTime",
    "price",
    "origQty",
    "executedQty",
    "origQuoteOrderQty",
    "cummulativeQuoteQty",
    "status",
    "timeInForce",
    "type",
    "side",
    "workingTime",
    "selfTradePreventionMode",
]


def test_answers_by_response_type() -> None:
    bench = Bench()
    assert list(bench.buy("1", "10", new_order_resp_type="ACK")) == RESULT[:5]
    assert list(bench.buy("1", "10", new_order_resp_type="RESULT")) == RESULT
    full = [*RESULT[:-1], "fills", RESULT[-1]]
    assert list(bench.buy("1", "10", new_order_resp_type="FULL")) == full
    assert list(bench.buy("1", "10", new_order_resp_type=None)) == full
    assert list(bench.place("BUY", "LIMIT_MAKER", quantity="1", price="9", new_order_resp_type=None)) == RESULT[:5]
    assert list(bench.market("BUY", "1", new_order_resp_type=None))[-3:] == [
        "fills",
        "selfTradePreventionMode",
        "expiryReason",
    ]


def test_conditional_fields() -> None:
    bench = Bench()
    bench.trade("100")
    reply = bench.place(
        "SELL",
        "STOP_LOSS_LIMIT",
        quantity="1",
        price="80",
        stop_price="90",
        trailing_delta=100,
        iceberg_qty="0.5",
        time_in_force="GTC",
        strategy_id=7,
        strategy_type=1_000_000,
        new_order_resp_type="RESULT",
    )
    assert list(reply)[13:] == [
        "side",
        "stopPrice",
        "trailingDelta",
        "trailingTime",
        "workingTime",
        "icebergQty",
        "strategyId",
        "strategyType",
        "selfTradePreventionMode",
    ]
    assert (reply["trailingTime"], reply["workingTime"], reply["strategyId"]) == (-1, -1, 7)


def test_times_in_either_unit() -> None:
    bench = Bench()
    bench.clock.now += 123_456
    request = bench.request("BUY", "LIMIT", time_in_force="GTC", quantity="1", price="10")
    assert bench.engine.place(bench.me, request)["transactTime"] == bench.clock.now // 1000
    assert bench.engine.place(bench.me, request, micro=True)["transactTime"] == bench.clock.now


def test_client_order_ids_are_made_up_when_not_sent() -> None:
    bench = Bench(seed=7)
    ids = [bench.buy("1", "10")["clientOrderId"] for _ in range(100)]
    assert len(set(ids)) == 100
    assert all(len(each) == 22 and each.isalnum() for each in ids)
    again = Bench(seed=7)
    assert [again.buy("1", "10")["clientOrderId"] for _ in range(100)] == ids
    assert Bench(seed=8).buy("1", "10")["clientOrderId"] != ids[0]


def test_order_ids_count_by_symbol() -> None:
    bench = Bench(bare(), bare("ETHUSDT", "ETH", "USDT"))
    assert [bench.buy("1", "10", symbol=name)["orderId"] for name in ("BTCUSDT", "ETHUSDT", "BTCUSDT")] == [1, 1, 2]


def test_a_test_order_changes_nothing() -> None:
    bench = Bench()
    before = bench.engine.checksum()
    request = bench.request("BUY", "LIMIT", time_in_force="GTC", quantity="1000000", price="1000")
    assert bench.engine.test_order(bench.me, request) == {}
    assert bench.engine.checksum() == before


def test_submit_and_withdraw() -> None:
    bench = Bench()
    bench.trade("100")
    request = bench.request("BUY", "LIMIT", time_in_force="GTC", quantity="1", price="10")
    number = bench.engine.submit(bench.me, request)
    assert bench.status(number)["status"] == "NEW"
    assert bench.engine.withdraw_order(bench.me, bench.symbol, number)
    assert not bench.engine.withdraw_order(bench.me, bench.symbol, number)
    reply = bench.engine.place_oco(bench.me, oco(bench))
    assert bench.engine.withdraw_order(bench.me, bench.symbol, reply["orders"][0]["orderId"])
    assert bench.engine.open_order_lists(bench.me) == []


# Cancels


def test_cancel_by_either_id_or_both() -> None:
    bench = Bench()
    orders = [bench.buy("1", "10", new_client_order_id=f"id{number}")["orderId"] for number in range(3)]
    reply = bench.engine.cancel(bench.me, bench.symbol, order_id=orders[0], new_client_order_id="bye")
    assert list(reply) == [
        "symbol",
        "origClientOrderId",
        "orderId",
        "orderListId",
        "clientOrderId",
        "transactTime",
        *RESULT[5:14],
        "selfTradePreventionMode",
    ]
    assert (reply["origClientOrderId"], reply["clientOrderId"], reply["status"]) == ("id0", "bye", "CANCELED")
    bench.engine.cancel(bench.me, bench.symbol, orig_client_order_id="id1")
    with bench.refused(*NO_SUCH):
        bench.engine.cancel(bench.me, bench.symbol, order_id=orders[2], orig_client_order_id="id1")
    bench.engine.cancel(bench.me, bench.symbol, order_id=orders[2], orig_client_order_id="id2")
    assert bench.engine.open_orders(bench.me) == []
    assert bench.money("USDT") == (Decimal(1_000_000), 0)


def test_cancels_that_find_nothing() -> None:
    bench = Bench()
    order = bench.buy("1", "10")["orderId"]
    with bench.refused(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"):
        bench.engine.cancel(bench.me, bench.symbol)
    with bench.refused(*NO_SUCH):
        bench.engine.cancel(bench.me, bench.symbol, order_id=order + 1)
    with bench.refused(*NO_SUCH):
        bench.engine.cancel(bench.you, bench.symbol, order_id=order)
    stranger = bench.engine.add_account()
    with bench.refused(*NO_SUCH):
        bench.engine.cancel(stranger, bench.symbol, order_id=order)
    bench.engine.cancel(bench.me, bench.symbol, order_id=order)
    with bench.refused(*NO_SUCH):
        bench.engine.cancel(bench.me, bench.symbol, order_id=order)
    with bench.refused(*NO_SUCH):
        bench.engine.cancel_all(bench.me, bench.symbol)


@pytest.mark.parametrize(("restriction", "fresh"), [("ONLY_NEW", True), ("ONLY_PARTIALLY_FILLED", False)])
def test_cancel_restrictions(restriction: str, fresh: bool) -> None:
    bench = Bench()
    new = bench.buy("1", "9")["orderId"]
    partly = bench.buy("2", "10")["orderId"]
    bench.sell("1", "10", account=bench.you)
    good, bad = (new, partly) if fresh else (partly, new)
    with bench.refused(-2011, "Order was not canceled due to cancel restrictions."):
        bench.engine.cancel(bench.me, bench.symbol, order_id=bad, cancel_restrictions=restriction)
    bench.engine.cancel(bench.me, bench.symbol, order_id=good, cancel_restrictions=restriction)
    with bench.refused(-1145, "cancelRestrictions has to be either ONLY_NEW or ONLY_PARTIALLY_FILLED."):
        bench.engine.cancel(bench.me, bench.symbol, order_id=bad, cancel_restrictions="ONLY_MINE")


def test_cancel_all_mixes_orders_and_lists() -> None:
    bench = Bench()
    bench.trade("100")
    bench.buy("1", "10")
    listed = bench.engine.place_oco(bench.me, oco(bench))
    bench.place("SELL", "STOP_LOSS", quantity="1", stop_price="50")
    replies = bench.engine.cancel_all(bench.me, bench.symbol)
    assert [reply.get("type", reply.get("contingencyType")) for reply in replies] == ["LIMIT", "STOP_LOSS", "OCO"]
    assert replies[2]["orderListId"] == listed["orderListId"]
    assert len({report["clientOrderId"] for report in (*replies[:2], *replies[2]["orderReports"])}) == 1
    assert bench.engine.open_orders(bench.me) == []
    assert bench.levels() == ([], [])


# Cancel and replace


def replace_order(bench: Bench, mode: str, cancel: int | None, price: str = "11", **fields: Any) -> Any:
    names = (
        "order_rate_limit_exceeded_mode",
        "cancel_restrictions",
        "cancel_orig_client_order_id",
        "cancel_new_client_order_id",
    )
    options = {name: fields.pop(name) for name in names if name in fields}
    request = bench.request("BUY", "LIMIT", time_in_force="GTC", quantity="1", price=price, **fields)
    return bench.engine.cancel_replace(bench.me, request, mode, cancel_order_id=cancel, **options)


def failed(bench: Bench, *args: Any, **fields: Any) -> ExchangeError:
    with pytest.raises(ExchangeError) as caught:
        replace_order(bench, *args, **fields)
    return caught.value


def results(error: ExchangeError) -> tuple[Any, ...]:
    assert error.data is not None
    return error.code, error.status, error.data["cancelResult"], error.data["newOrderResult"]


@pytest.mark.parametrize("mode", ["STOP_ON_FAILURE", "ALLOW_FAILURE"])
def test_both_legs_succeed(mode: str) -> None:
    bench = Bench()
    old = bench.buy("1", "10", new_client_order_id="same")["orderId"]
    reply = replace_order(bench, mode, old, new_client_order_id="same", cancel_new_client_order_id="bye")
    assert list(reply) == ["cancelResult", "newOrderResult", "cancelResponse", "newOrderResponse"]
    assert (reply["cancelResult"], reply["newOrderResult"]) == ("SUCCESS", "SUCCESS")
    assert (reply["cancelResponse"]["orderId"], reply["cancelResponse"]["clientOrderId"]) == (old, "bye")
    assert (reply["newOrderResponse"]["clientOrderId"], reply["newOrderResponse"]["fills"]) == ("same", [])
    assert bench.levels() == ([("11", "1")], [])


def test_the_cancel_fails_and_the_order_is_not_attempted() -> None:
    bench = Bench(order_limits=(OrderLimit("DAY", 1, 10),))
    error = failed(bench, "STOP_ON_FAILURE", 99)
    assert results(error) == (-2022, 400, "FAILURE", "NOT_ATTEMPTED")
    assert error.payload() == {
        "code": -2022,
        "msg": "Order cancel-replace failed.",
        "data": {
            "cancelResult": "FAILURE",
            "newOrderResult": "NOT_ATTEMPTED",
            "cancelResponse": {"code": -2011, "msg": "Unknown order sent."},
            "newOrderResponse": None,
        },
    }
    assert bench.engine.order_counts(bench.me)[0]["count"] == 1  # it counts all the same
    assert bench.engine.open_orders(bench.me) == []


@pytest.mark.parametrize("mode", ["STOP_ON_FAILURE", "ALLOW_FAILURE"])
def test_the_order_fails_after_the_cancel(mode: str) -> None:
    bench = Bench()
    old = bench.buy("1", "10")["orderId"]
    bench.listen()
    error = failed(bench, mode, old, price="2000000")
    assert results(error) == (-2021, 409, "SUCCESS", "FAILURE")
    assert error.data is not None
    assert error.data["cancelResponse"]["status"] == "CANCELED"
    assert error.data["newOrderResponse"] == {
        "code": -2010,
        "msg": "Account has insufficient balance for requested action.",
    }
    reports = [(each["x"], each["X"], each["r"]) for each in bench.events if each["e"] == "executionReport"]
    assert reports == [("CANCELED", "CANCELED", "NONE"), ("REJECTED", "REJECTED", "INSUFFICIENT_BALANCES")]


def test_the_cancel_fails_and_the_order_succeeds() -> None:
    bench = Bench()
    error = failed(bench, "ALLOW_FAILURE", 99)
    assert results(error) == (-2021, 409, "FAILURE", "SUCCESS")
    assert bench.levels() == ([("11", "1")], [])


def test_both_legs_fail() -> None:
    bench = Bench()
    error = failed(bench, "ALLOW_FAILURE", 99, price="2000000")
    assert results(error) == (-2022, 400, "FAILURE", "FAILURE")


def test_a_rejected_duplicate_does_not_hide_the_order_that_bears_the_name() -> None:
    bench = Bench()
    bench.buy("1", "9", new_client_order_id="taken")
    old = bench.buy("1", "10")["orderId"]
    error = failed(bench, "STOP_ON_FAILURE", old, new_client_order_id="taken")
    assert error.data is not None
    assert error.data["newOrderResponse"]["msg"] == "Duplicate order sent."
    assert bench.engine.cancel(bench.me, bench.symbol, orig_client_order_id="taken")["price"] == "9.00000000"


def test_the_money_of_the_canceled_order_pays_for_the_new() -> None:
    bench = Bench()
    bench.engine.withdraw(bench.me, "USDT", Decimal(999_989))
    old = bench.buy("1", "10")["orderId"]
    reply = replace_order(bench, "STOP_ON_FAILURE", old)
    assert reply["newOrderResult"] == "SUCCESS"
    assert bench.money("USDT") == (0, Decimal(11))


def test_filters_come_before_both_legs() -> None:
    bench = Bench(filters=({"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 1},))
    old = bench.buy("1", "10")["orderId"]
    with bench.refused(-1013, "Filter failure: MAX_NUM_ORDERS"):
        replace_order(bench, "ALLOW_FAILURE", old)
    assert bench.status(old)["status"] == "NEW"


@pytest.mark.parametrize(
    ("mode", "exists", "expected"),
    [
        ("STOP_ON_FAILURE", True, (-2021, 429, "SUCCESS", "FAILURE")),
        ("STOP_ON_FAILURE", False, (-2022, 429, "FAILURE", "NOT_ATTEMPTED")),
        ("ALLOW_FAILURE", True, (-2021, 409, "SUCCESS", "FAILURE")),
        ("ALLOW_FAILURE", False, (-2022, 400, "FAILURE", "FAILURE")),
    ],
)
def test_beyond_the_order_limit_only_the_cancel_may_happen(mode: str, exists: bool, expected: tuple[Any, ...]) -> None:
    bench = Bench(order_limits=(OrderLimit("SECOND", 10, 1),))
    old = bench.buy("1", "10")["orderId"]
    too_many = "Too many new orders; current limit is 1 orders per 10 SECOND."
    with bench.refused(-1015, too_many):
        replace_order(bench, mode, old)
    assert bench.status(old)["status"] == "NEW"
    error = failed(bench, mode, old if exists else 99, order_rate_limit_exceeded_mode="CANCEL_ONLY")
    assert results(error) == expected
    assert bench.engine.order_counts(bench.me)[0]["count"] == 1
    assert error.data is not None
    if expected[3] == "FAILURE":
        assert error.data["newOrderResponse"] == {"code": -1015, "msg": too_many}


def test_parameters_of_cancel_replace() -> None:
    bench = Bench()
    old = bench.buy("1", "10")["orderId"]
    with bench.refused(-1130, "Data sent for parameter 'cancelReplaceMode' is not valid."):
        replace_order(bench, "MAYBE", old)
    with bench.refused(-1130, "Data sent for parameter 'orderRateLimitExceededMode' is not valid."):
        replace_order(bench, "STOP_ON_FAILURE", old, order_rate_limit_exceeded_mode="WAIT")
    with bench.refused(
        -1102, "Param 'cancelOrigClientOrderId' or 'cancelOrderId' must be sent, but both were empty/null!"
    ):
        replace_order(bench, "STOP_ON_FAILURE", None)
    error = failed(bench, "STOP_ON_FAILURE", old, cancel_restrictions="ONLY_PARTIALLY_FILLED")
    assert error.data is not None
    assert error.data["cancelResponse"]["msg"] == "Order was not canceled due to cancel restrictions."
    other = Bench(bare(cancel_replace_allowed=False))
    with other.refused(-2010, "Order cancel-replace is not supported for this symbol."):
        replace_order(other, "STOP_ON_FAILURE", 1)


def test_replacing_an_order_of_a_list_cancels_the_list() -> None:
    bench = Bench()
    bench.trade("100")
    listed = bench.engine.place_oco(bench.me, oco(bench))
    reply = replace_order(bench, "STOP_ON_FAILURE", listed["orders"][1]["orderId"])
    assert reply["cancelResponse"]["contingencyType"] == "OCO"
    assert len(bench.engine.open_orders(bench.me)) == 1


# Amendments


def amend(bench: Bench, order: int, quantity: str, **options: Any) -> dict[str, Any]:
    return bench.engine.amend(bench.me, bench.symbol, order_id=order, new_qty=Decimal(quantity), **options)


def test_an_amended_order_keeps_its_place() -> None:
    bench = Bench()
    bench.buy("1", "87", account=bench.you)
    mine = bench.buy("5.5", "87", new_client_order_id="mine")["orderId"]
    behind = bench.buy("4", "87", account=bench.you)
    bench.listen()
    reply = amend(bench, mine, "5", new_client_order_id="newer")
    assert list(reply) == ["transactTime", "executionId", "amendedOrder"]
    amended = reply["amendedOrder"]
    assert list(amended) == [
        "symbol",
        "orderId",
        "orderListId",
        "origClientOrderId",
        "clientOrderId",
        "price",
        "qty",
        "executedQty",
        "preventedQty",
        "quoteOrderQty",
        "cumulativeQuoteQty",
        "status",
        "timeInForce",
        "type",
        "side",
        "workingTime",
        "selfTradePreventionMode",
    ]
    assert (amended["origClientOrderId"], amended["clientOrderId"], amended["qty"]) == ("mine", "newer", "5.00000000")
    (report,) = [each for each in bench.events if each["e"] == "executionReport"]
    assert (report["x"], report["X"], report["c"], report["C"], report["q"]) == (
        "REPLACED",
        "NEW",
        "newer",
        "mine",
        "5.00000000",
    )
    assert report["I"] == reply["executionId"]
    assert bench.money("USDT")[1] == 5 * 87
    bench.sell("6", "87", account=bench.you)
    assert bench.status(mine)["status"] == "FILLED"
    assert bench.status(behind, bench.you)["status"] == "NEW"
    assert bench.engine.order(bench.me, bench.symbol, orig_client_order_id="newer")["orderId"] == mine


def test_amendments_are_remembered() -> None:
    bench = Bench()
    order = bench.buy("5", "10", new_client_order_id="a")["orderId"]
    first = amend(bench, order, "4", new_client_order_id="b")
    amend(bench, order, "3", new_client_order_id="b")
    replies = bench.engine.order_amendments(bench.me, bench.symbol, order)
    assert list(replies[0]) == [
        "symbol",
        "orderId",
        "executionId",
        "origClientOrderId",
        "newClientOrderId",
        "origQty",
        "newQty",
        "time",
    ]
    assert [(each["origClientOrderId"], each["newClientOrderId"], trim(each["newQty"])) for each in replies] == [
        ("a", "b", "4"),
        ("b", "b", "3"),
    ]
    later = bench.engine.order_amendments(bench.me, bench.symbol, order, from_execution_id=first["executionId"] + 1)
    assert len(later) == 1
    assert len(bench.engine.order_amendments(bench.me, bench.symbol, order, limit=1)) == 1


def test_refused_amendments() -> None:
    lot = {"filterType": "LOT_SIZE", "minQty": "1", "maxQty": "100", "stepSize": "0.5"}
    bench = Bench(filters=(lot,))
    order = bench.buy("5", "10", new_client_order_id="mine")["orderId"]
    bench.buy("5", "9", new_client_order_id="other")
    bench.sell("2", "10", account=bench.you)
    before = bench.engine.checksum()
    for quantity, code, message in (
        ("6", -2038, "Order amend (quantity increase) is not supported."),
        ("5", -2038, "The requested action would change no state; rejecting"),
        ("2", -2038, "Unsupported order combination"),
        ("1", -2038, "Unsupported order combination"),
        ("4.25", -1013, "Filter failure: LOT_SIZE"),
    ):
        with bench.refused(code, message):
            amend(bench, order, quantity)
    with bench.refused(-2038, "Unknown order sent."):
        amend(bench, 99, "1")
    with bench.refused(-2038, "Duplicate order sent."):
        amend(bench, order, "4", new_client_order_id="other")
    with bench.refused(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"):
        bench.engine.amend(bench.me, bench.symbol, new_qty=Decimal(1))
    assert bench.engine.checksum() == before
    other = Bench(bare(amend_allowed=False))
    with other.refused(-2038, "Order amend is not supported for this symbol."):
        amend(other, 1, "1")


def test_an_icebergs_shown_part_shrinks_only_if_it_must() -> None:
    bench = Bench()
    order = bench.buy("10", "10", iceberg_qty="4")["orderId"]
    amend(bench, order, "6")
    assert bench.levels() == ([("10", "4")], [])
    amend(bench, order, "3")
    assert bench.levels() == ([("10", "3")], [])
    assert bench.money("USDT")[1] == 30


def test_amending_either_order_of_a_pair_amends_both() -> None:
    bench = Bench()
    bench.trade("100")
    listed = bench.engine.place_oco(bench.me, oco(bench, quantity="5"))
    stop, limit = (each["orderId"] for each in listed["orders"])
    bench.listen()
    reply = amend(bench, limit, "3")
    assert list(reply) == ["transactTime", "executionId", "amendedOrder", "listStatus"]
    assert list(reply["listStatus"]) == [
        "orderListId",
        "contingencyType",
        "listOrderStatus",
        "listClientOrderId",
        "symbol",
        "orders",
    ]
    assert [bench.status(each)["origQty"] for each in (stop, limit)] == ["3.00000000"] * 2
    assert [(each["i"], each["x"]) for each in bench.events if each["e"] == "executionReport"] == [
        (limit, "REPLACED"),
        (stop, "REPLACED"),
    ]
    (listing,) = [each for each in bench.events if each["e"] == "listStatus"]
    assert (listing["l"], listing["L"]) == ("UPDATED", "EXECUTING")
    assert bench.money("BTC")[1] == 3
    assert bench.levels() == ([], [("110", "3")])


def test_amending_pending_orders() -> None:
    bench = Bench()
    listed = bench.engine.place_otoco(bench.me, otoco(bench, quantity="5"))
    working, stop, limit = (each["orderId"] for each in listed["orders"])
    bench.listen()
    amend(bench, stop, "2", new_client_order_id=bench.status(stop)["clientOrderId"])
    assert not [each for each in bench.events if each["e"] == "listStatus"]  # no name has changed
    assert [trim(bench.status(each)["origQty"]) for each in (working, stop, limit)] == ["5", "2", "2"]
    amend(bench, working, "4")
    assert [trim(bench.status(each)["origQty"]) for each in (working, stop, limit)] == ["4", "2", "2"]
    assert bench.money("USDT")[1] == 4 * 95
    assert bench.money("BTC")[1] == 0
    bench.sell("4", "95", account=bench.you)
    assert bench.money("BTC")[1] == 2
