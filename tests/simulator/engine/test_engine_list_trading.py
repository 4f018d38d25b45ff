"""The requests for lists: what they need, what they refuse, how their answers look."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from engine_kit import Bench, bare, oco, oto, otoco

from binance_async.simulator.engine import NewOcoDeprecated


def bench_at_100(**options: Any) -> Bench:
    bench = Bench(**options)
    bench.trade("100")
    return bench


@pytest.mark.parametrize(
    ("side", "above", "below", "code", "message"),
    [
        ("SELL", "LIMIT", "STOP_LOSS", -1158, "Order type not supported in OCO."),
        ("SELL", "LIMIT_MAKER", "MARKET", -1158, "Order type not supported in OCO."),
        ("SELL", "LIMIT_MAKER", "LIMIT_MAKER", -1168, "At least one OCO order must be contingent."),
        ("BUY", "LIMIT_MAKER", "STOP_LOSS", -1165, "A limit order in a buy OCO must be below."),
        ("SELL", "STOP_LOSS", "LIMIT_MAKER", -1197, "A stop loss order in a sell OCO must be below."),
        ("SELL", "TAKE_PROFIT", "LIMIT_MAKER", -1166, "A limit order in a sell OCO must be above."),
        ("BUY", "STOP_LOSS", "STOP_LOSS", -1196, "A stop loss order in a buy OCO must be above."),
        ("BUY", "TAKE_PROFIT", "LIMIT_MAKER", -1198, "A take profit order in a buy OCO must be below."),
        ("SELL", "LIMIT_MAKER", "TAKE_PROFIT", -1199, "A take profit order in a sell OCO must be above."),
    ],
)
def test_where_a_type_may_stand(side: str, above: str, below: str, code: int, message: str) -> None:
    bench = bench_at_100()
    request = replace(oco(bench, side), above_type=above, below_type=below)
    with bench.refused(code, message):
        bench.engine.place_oco(bench.me, request)


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"above_price": None}, -1102, "Mandatory parameter 'abovePrice' was not sent, was empty/null, or malformed."),
        ({"quantity": None}, -1102, "Mandatory parameter 'quantity' was not sent, was empty/null, or malformed."),
        (
            {"below_stop_price": None},
            -1102,
            "Param 'belowStopPrice' or 'belowTrailingDelta' must be sent, but both were empty/null!",
        ),
        ({"below_price": Decimal(1)}, -1106, "Parameter 'belowPrice' sent when not required."),
        ({"above_stop_price": Decimal(1)}, -1106, "Parameter 'aboveStopPrice' sent when not required."),
        ({"above_time_in_force": "GTC"}, -1114, "TimeInForce parameter sent when not required."),
        (
            {
                "below_type": "STOP_LOSS_LIMIT",
                "below_price": Decimal(89),
                "below_time_in_force": "IOC",
                "below_iceberg_qty": Decimal("0.5"),
            },
            -1160,
            "Parameter 'belowIcebergQty' is not supported if aboveTimeInForce/ belowTimeInForce is not GTC.",
        ),
        (
            {"above_client_order_id": "same", "below_client_order_id": "same"},
            -2010,
            "Duplicate order sent.",
        ),
        (
            {"list_client_order_id": "not good"},
            -1100,
            "Illegal characters found in parameter 'listClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.",
        ),
        (
            {"above_client_order_id": "not good"},
            -1100,
            "Illegal characters found in parameter 'aboveClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.",
        ),
        ({"symbol": "NONE"}, -1121, "Invalid symbol."),
    ],
)
def test_refused_parameters_bear_their_names(changes: dict[str, Any], code: int, message: str) -> None:
    bench = bench_at_100()
    with bench.refused(code, message):
        bench.engine.place_oco(bench.me, replace(oco(bench), **changes))
    assert bench.engine.open_order_lists(bench.me) == []


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"working_type": "MARKET"}, -1116, "Invalid orderType."),
        (
            {"working_price": None},
            -1102,
            "Mandatory parameter 'workingPrice' was not sent, was empty/null, or malformed.",
        ),
        (
            {"working_time_in_force": None},
            -1102,
            "Mandatory parameter 'workingTimeInForce' was not sent, was empty/null, or malformed.",
        ),
        (
            {"working_quantity": None},
            -1102,
            "Mandatory parameter 'workingQuantity' was not sent, was empty/null, or malformed.",
        ),
        (
            {"pending_price": None},
            -1102,
            "Mandatory parameter 'pendingPrice' was not sent, was empty/null, or malformed.",
        ),
        (
            {"pending_type": "STOP_LOSS", "pending_price": None, "pending_time_in_force": None},
            -1102,
            "Param 'pendingStopPrice' or 'pendingTrailingDelta' must be sent, but both were empty/null!",
        ),
        ({"working_price": Decimal(0)}, -2010, "Price * QTY is zero or less."),
    ],
)
def test_refused_parameters_of_an_oto(changes: dict[str, Any], code: int, message: str) -> None:
    bench = Bench()
    with bench.refused(code, message):
        bench.engine.place_oto(bench.me, replace(oto(bench), **changes))


def test_a_pending_market_order_takes_no_quote_quantity() -> None:
    bench = Bench()
    request = replace(
        oto(bench), pending_type="MARKET", pending_price=None, pending_time_in_force=None, pending_quantity=None
    )
    with bench.refused(
        -1102, "Param 'pendingQuantity' or 'pendingQuoteOrderQty' must be sent, but both were empty/null!"
    ):
        bench.engine.place_oto(bench.me, request)


def test_an_otoco_needs_both_pending_types() -> None:
    bench = Bench()
    with bench.refused(-1102, "Mandatory parameter 'pendingBelowType' was not sent, was empty/null, or malformed."):
        bench.engine.place_otoco(bench.me, replace(otoco(bench), pending_below_type=None))


def test_symbols_without_lists() -> None:
    bench = Bench(bare(oco_allowed=False, oto_allowed=False))
    with bench.refused(-2010, "OCO orders are not supported for this symbol"):
        bench.engine.place_oco(bench.me, oco(bench))
    with bench.refused(-2010, "Unsupported order combination"):
        bench.engine.place_oto(bench.me, oto(bench))


def test_a_working_order_is_checked_like_any_other() -> None:
    bench = Bench()
    with bench.refused(-2010, "Account has insufficient balance for requested action."):
        bench.engine.place_oto(bench.me, oto(bench, quantity="100000"))
    bench.sell("1", "90", account=bench.you)
    with bench.refused(-2010, "Order would immediately match and take."):
        bench.engine.place_oto(bench.me, oto(bench, working_type="LIMIT_MAKER", working_time_in_force=None))


# The deprecated OCO


def deprecated(bench: Bench, **changes: Any) -> NewOcoDeprecated:
    return NewOcoDeprecated(
        bench.symbol,
        **{"side": "SELL", "quantity": Decimal(1), "price": Decimal(110), "stop_price": Decimal(90)} | changes,
    )


def test_the_deprecated_oco() -> None:
    bench = bench_at_100()
    request = deprecated(
        bench,
        stop_limit_price=Decimal(89),
        stop_limit_time_in_force="GTC",
        limit_client_order_id="upper",
        stop_client_order_id="lower",
        limit_iceberg_qty=Decimal("0.5"),
        list_client_order_id="both",
        limit_strategy_id=1,
        stop_strategy_type=1_000_000,
    )
    reply = bench.engine.place_oco_deprecated(bench.me, request)
    assert reply["listClientOrderId"] == "both"
    assert [each["clientOrderId"] for each in reply["orders"]] == ["lower", "upper"]
    stop, limit = reply["orderReports"]
    assert (stop["type"], stop["price"], stop["stopPrice"]) == ("STOP_LOSS_LIMIT", "89.00000000", "90.00000000")
    assert (limit["type"], limit["price"], limit["icebergQty"]) == ("LIMIT_MAKER", "110.00000000", "0.50000000")
    assert (limit["strategyId"], stop["strategyType"]) == (1, 1_000_000)
    assert bench.levels() == ([], [("110", "0.5")])


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"price": None}, -1102, "Mandatory parameter 'price' was not sent, was empty/null, or malformed."),
        (
            {"stop_limit_price": Decimal(89)},
            -1102,
            "Mandatory parameter 'stopLimitTimeInForce' was not sent, was empty/null, or malformed.",
        ),
        ({"stop_price": None}, -1102, "Param 'stopPrice' or 'trailingDelta' must be sent, but both were empty/null!"),
        ({"stop_iceberg_qty": Decimal("0.5")}, -1106, "Parameter 'stopIcebergQty' sent when not required."),
        ({"price": Decimal(95)}, -2010, "The relationship of the prices for the orders is not correct."),
    ],
)
def test_the_deprecated_oco_refuses(changes: dict[str, Any], code: int, message: str) -> None:
    bench = bench_at_100()
    with bench.refused(code, message):
        bench.engine.place_oco_deprecated(bench.me, deprecated(bench, **changes))


def test_a_trailing_oco() -> None:
    bench = bench_at_100()
    reply = bench.engine.place_oco_deprecated(bench.me, deprecated(bench, stop_price=None, trailing_delta=500))
    stop = reply["orderReports"][0]
    assert (stop["trailingDelta"], stop["stopPrice"]) == (500, "0.00000000")
    bench.buy("1", "80", account=bench.you)
    bench.trade("108")
    bench.trade("102.6")
    assert bench.status(reply["orders"][0]["orderId"])["status"] == "FILLED"
    assert bench.status(reply["orders"][1]["orderId"])["status"] == "EXPIRED"


# Names and cancels


def test_a_list_client_order_id_is_unique_among_open_lists() -> None:
    bench = bench_at_100()
    first = bench.engine.place_oco(bench.me, oco(bench, list_client_order_id="mine"))
    with bench.refused(-2010, "Duplicate order sent."):
        bench.engine.place_oco(bench.me, oco(bench, list_client_order_id="mine"))
    bench.engine.cancel_list(bench.me, bench.symbol, list_client_order_id="mine")
    again = bench.engine.place_oco(bench.me, oco(bench, list_client_order_id="mine"))
    assert again["orderListId"] == first["orderListId"] + 1


def test_cancel_list() -> None:
    bench = bench_at_100()
    reply = bench.engine.place_oco(bench.me, oco(bench, list_client_order_id="mine"))
    number = reply["orderListId"]
    with bench.refused(-1102, "Param 'orderListId' or 'listClientOrderId' must be sent, but both were empty/null!"):
        bench.engine.cancel_list(bench.me, bench.symbol)
    for wrong in (
        {"order_list_id": 99},
        {"list_client_order_id": "other"},
        {"order_list_id": number, "list_client_order_id": "other"},
    ):
        with bench.refused(-2011, "Unknown order sent."):
            bench.engine.cancel_list(bench.me, bench.symbol, **wrong)
    with bench.refused(-2011, "Unknown order sent."):
        bench.engine.cancel_list(bench.you, bench.symbol, order_list_id=number)
    canceled = bench.engine.cancel_list(bench.me, bench.symbol, order_list_id=number, list_client_order_id="mine")
    assert list(canceled) == [
        "orderListId",
        "contingencyType",
        "listStatusType",
        "listOrderStatus",
        "listClientOrderId",
        "transactionTime",
        "symbol",
        "orders",
        "orderReports",
    ]
    with bench.refused(-2011, "Unknown order sent."):
        bench.engine.cancel_list(bench.me, bench.symbol, order_list_id=number)


def test_answers_of_every_kind() -> None:
    bench = bench_at_100()
    for kind, last in (
        ("ACK", "transactTime"),
        ("RESULT", "selfTradePreventionMode"),
        ("FULL", "selfTradePreventionMode"),
    ):
        reply = bench.engine.place_oco(bench.me, oco(bench, new_order_resp_type=kind))
        for report in reply["orderReports"]:
            assert list(report)[-1] == last
            assert ("fills" in report) == (kind == "FULL")
    bench.sell("0.5", "95", account=bench.you)
    reply = bench.engine.place_oto(bench.me, oto(bench, new_order_resp_type="FULL"))
    assert [len(each["fills"]) for each in reply["orderReports"]] == [1, 0]
