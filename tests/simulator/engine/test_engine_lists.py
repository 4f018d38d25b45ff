"""How the orders of a list act on each other, and what the account hears of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from engine_kit import Bench, oco, oto, otoco, trim


def statuses(bench: Bench, reply: dict[str, Any]) -> list[str]:
    return [bench.status(each["orderId"])["status"] for each in reply["orders"]]


def story(bench: Bench) -> list[tuple[Any, ...]]:
    """The events, in short."""
    short: list[tuple[Any, ...]] = []
    for event in bench.events:
        if event["e"] == "executionReport":
            short.append((event["i"], event["x"], event["X"]))
        elif event["e"] == "listStatus":
            short.append(("list", event["l"], event["L"]))
        else:
            short.append((event["e"],))
    return short


def done(bench: Bench, reply: dict[str, Any]) -> bool:
    found = bench.engine.order_list(bench.me, order_list_id=reply["orderListId"])
    return found["listOrderStatus"] == "ALL_DONE"


# OCO


def test_an_oco_begins() -> None:
    bench = Bench()
    bench.trade("100")
    bench.listen()
    reply = bench.engine.place_oco(bench.me, oco(bench))
    stop, limit = (each["orderId"] for each in reply["orders"])
    assert [each["type"] for each in reply["orderReports"]] == ["STOP_LOSS", "LIMIT_MAKER"]
    assert [each["workingTime"] for each in reply["orderReports"]] == [-1, bench.clock.now // 1000]
    assert (reply["contingencyType"], reply["listStatusType"], reply["listOrderStatus"]) == (
        "OCO",
        "EXEC_STARTED",
        "EXECUTING",
    )
    assert story(bench) == [
        (stop, "NEW", "NEW"),
        (limit, "NEW", "NEW"),
        ("list", "EXEC_STARTED", "EXECUTING"),
        ("outboundAccountPosition",),
    ]
    assert bench.money("BTC") == (Decimal(999), Decimal(1))
    assert bench.levels() == ([], [("110", "1")])


def test_a_fill_of_the_limit_leg_expires_the_stop_leg() -> None:
    bench = Bench()
    bench.trade("100")
    reply = bench.engine.place_oco(bench.me, oco(bench))
    stop, limit = (each["orderId"] for each in reply["orders"])
    bench.listen()
    bench.buy("0.4", "110", account=bench.you)
    assert statuses(bench, reply) == ["EXPIRED", "PARTIALLY_FILLED"]
    assert story(bench) == [
        (stop, "EXPIRED", "EXPIRED"),
        (limit, "TRADE", "PARTIALLY_FILLED"),
        ("outboundAccountPosition",),
    ]
    assert bench.status(stop)["expiryReason"] == "OCO_TRIGGER"
    assert not done(bench, reply)
    bench.events.clear()
    bench.buy("0.6", "110", account=bench.you)
    assert story(bench) == [
        (limit, "TRADE", "FILLED"),
        ("list", "ALL_DONE", "ALL_DONE"),
        ("outboundAccountPosition",),
    ]
    assert done(bench, reply)
    assert bench.money("BTC")[1] == 0


def test_the_trigger_of_the_stop_leg_expires_the_limit_leg() -> None:
    bench = Bench()
    bench.trade("100")
    bench.buy("1", "80", account=bench.you)
    reply = bench.engine.place_oco(bench.me, oco(bench))
    stop, limit = (each["orderId"] for each in reply["orders"])
    bench.listen()
    bench.trade("90")
    assert story(bench) == [
        (limit, "EXPIRED", "EXPIRED"),
        (stop, "NEW", "NEW"),
        (stop, "TRADE", "FILLED"),
        ("list", "ALL_DONE", "ALL_DONE"),
        ("outboundAccountPosition",),
    ]
    assert done(bench, reply)
    assert bench.levels() == ([], [])


def test_an_oco_of_two_waiting_legs() -> None:
    bench = Bench()
    bench.trade("100")
    request = oco(
        bench, above_type="TAKE_PROFIT_LIMIT", above_price="110", above_stop_price="105", above_time_in_force="GTC"
    )
    reply = bench.engine.place_oco(bench.me, request)
    bench.trade("105")
    assert statuses(bench, reply) == ["EXPIRED", "NEW"]
    assert bench.levels() == ([], [("110", "1")])
    bench.buy("1", "110", account=bench.you)
    assert done(bench, reply)


def test_an_oco_locks_what_the_dearer_leg_needs() -> None:
    bench = Bench()
    bench.trade("100")
    reply = bench.engine.place_oco(bench.me, oco(bench, "BUY"))
    assert bench.money("USDT")[1] == 110  # the stop leg
    bench.sell("0.5", "90", account=bench.you)
    assert statuses(bench, reply) == ["EXPIRED", "PARTIALLY_FILLED"]
    assert bench.money("USDT")[1] == 45
    assert bench.money("USDT")[0] == Decimal(1_000_000) - 90


@pytest.mark.parametrize(
    ("side", "price", "stop"),
    [("SELL", "100", "90"), ("SELL", "110", "100"), ("BUY", "110", "100"), ("BUY", "100", "90"), ("SELL", "99", "98")],
)
def test_the_prices_of_an_oco_lie_around_the_last(side: str, price: str, stop: str) -> None:
    bench = Bench()
    bench.trade("100")
    with bench.refused(-2010, "The relationship of the prices for the orders is not correct."):
        bench.engine.place_oco(bench.me, oco(bench, side, price=price, stop=stop))


def test_a_take_profit_limit_is_judged_by_its_price_and_its_trigger() -> None:
    bench = Bench()
    bench.trade("100")
    terms = {"above_type": "TAKE_PROFIT_LIMIT", "above_time_in_force": "GTC"}
    with bench.refused(-2010, "The relationship of the prices for the orders is not correct."):
        bench.engine.place_oco(bench.me, oco(bench, **terms, above_price="99", above_stop_price="105"))
    with bench.refused(-2010, "Order would trigger immediately."):
        bench.engine.place_oco(bench.me, oco(bench, **terms, above_price="105", above_stop_price="99"))


def test_the_limit_leg_must_not_take() -> None:
    bench = Bench()
    bench.trade("100")
    bench.buy("1", "112", account=bench.you)
    with bench.refused(-2010, "Order would immediately match and take."):
        bench.engine.place_oco(bench.me, oco(bench))


def test_an_oco_must_be_affordable() -> None:
    bench = Bench()
    bench.trade("100")
    with bench.refused(-2010, "Account has insufficient balance for requested action."):
        bench.engine.place_oco(bench.me, oco(bench, quantity="1001"))


def test_a_prevented_self_trade_is_an_act_too() -> None:
    bench = Bench()
    bench.trade("100")
    reply = bench.engine.place_oco(bench.me, oco(bench))
    bench.buy("0.1", "110", self_trade_prevention_mode="EXPIRE_TAKER")
    assert statuses(bench, reply) == ["NEW", "NEW"]
    bench.buy("0.1", "110", self_trade_prevention_mode="DECREMENT")
    assert statuses(bench, reply) == ["EXPIRED", "NEW"]
    bench.buy("0.1", "110", self_trade_prevention_mode="EXPIRE_MAKER")
    assert statuses(bench, reply) == ["EXPIRED", "EXPIRED_IN_MATCH"]
    assert done(bench, reply)
    assert bench.money("BTC")[1] == 0


def test_canceling_an_order_cancels_the_list() -> None:
    bench = Bench()
    bench.trade("100")
    reply = bench.engine.place_oco(bench.me, oco(bench))
    stop, limit = (each["orderId"] for each in reply["orders"])
    bench.listen()
    canceled = bench.engine.cancel(bench.me, bench.symbol, order_id=limit, new_client_order_id="bye")
    assert (canceled["listStatusType"], canceled["listOrderStatus"]) == ("ALL_DONE", "ALL_DONE")
    assert [(each["orderId"], each["clientOrderId"], each["status"]) for each in canceled["orderReports"]] == [
        (stop, "bye", "CANCELED"),
        (limit, "bye", "CANCELED"),
    ]
    assert story(bench) == [
        (stop, "CANCELED", "CANCELED"),
        (limit, "CANCELED", "CANCELED"),
        ("list", "ALL_DONE", "ALL_DONE"),
        ("outboundAccountPosition",),
    ]
    assert bench.money("BTC") == (Decimal(1000), 0)
    assert bench.levels() == ([], [])
    bench.trade("85")  # the stop leg waits no more
    assert statuses(bench, reply) == ["CANCELED", "CANCELED"]


# OTO


def test_an_oto_places_its_pending_order_when_the_working_order_is_filled() -> None:
    bench = Bench()
    bench.listen()
    reply = bench.engine.place_oto(bench.me, oto(bench))
    working, pending = (each["orderId"] for each in reply["orders"])
    assert [each["status"] for each in reply["orderReports"]] == ["NEW", "PENDING_NEW"]
    assert reply["contingencyType"] == "OTO"
    assert story(bench) == [
        (working, "NEW", "NEW"),
        (pending, "NEW", "PENDING_NEW"),
        ("list", "EXEC_STARTED", "EXECUTING"),
        ("outboundAccountPosition",),
    ]
    assert bench.money("BTC")[1] == 0
    bench.events.clear()
    bench.sell("0.4", "95", account=bench.you)
    assert statuses(bench, reply) == ["PARTIALLY_FILLED", "PENDING_NEW"]
    bench.events.clear()
    bench.sell("0.6", "95", account=bench.you)
    assert story(bench) == [
        (working, "TRADE", "FILLED"),
        (pending, "NEW", "NEW"),
        ("list", "EXEC_STARTED", "EXECUTING"),
        ("outboundAccountPosition",),
    ]
    assert bench.levels() == ([], [("120", "1")])
    assert bench.money("BTC")[1] == 1
    assert not done(bench, reply)
    bench.buy("1", "120", account=bench.you)
    assert done(bench, reply)


def test_the_answer_shows_the_pending_order_as_it_was() -> None:
    bench = Bench()
    bench.sell("1", "95", account=bench.you)
    reply = bench.engine.place_oto(bench.me, oto(bench))
    assert [each["status"] for each in reply["orderReports"]] == ["FILLED", "PENDING_NEW"]
    assert statuses(bench, reply) == ["FILLED", "NEW"]


@pytest.mark.parametrize("how", ["IOC", "EXPIRE_MAKER"])
def test_a_working_order_that_ends_otherwise_expires_the_pending(how: str) -> None:
    bench = Bench()
    if how == "IOC":
        reply = bench.engine.place_oto(bench.me, oto(bench, working_time_in_force="IOC"))
    else:
        reply = bench.engine.place_oto(bench.me, oto(bench))
        bench.sell("1", "95", self_trade_prevention_mode="EXPIRE_MAKER")
    assert statuses(bench, reply)[1] == "EXPIRED"
    assert bench.status(reply["orders"][1]["orderId"])["expiryReason"] == "OTO_PHASE_ONE_EXPIRED"
    assert done(bench, reply)


@pytest.mark.parametrize("which", [0, 1])
def test_canceling_either_order_of_an_oto_cancels_both(which: int) -> None:
    bench = Bench()
    reply = bench.engine.place_oto(bench.me, oto(bench))
    bench.engine.cancel(bench.me, bench.symbol, order_id=reply["orders"][which]["orderId"])
    assert statuses(bench, reply) == ["CANCELED", "CANCELED"]
    assert bench.money("USDT") == (Decimal(1_000_000), 0)


@pytest.mark.parametrize(
    ("pending", "reason"),
    [
        ({"pending_quantity": "2000"}, "INSUFFICIENT_BALANCES"),
        (
            {"pending_type": "LIMIT_MAKER", "pending_price": "90", "pending_time_in_force": None},
            "WOULD_MATCH_IMMEDIATELY",
        ),
        (
            {
                "pending_type": "STOP_LOSS",
                "pending_stop_price": "96",
                "pending_price": None,
                "pending_time_in_force": None,
            },
            "STOP_PRICE_WOULD_TRIGGER_IMMEDIATELY",
        ),
    ],
)
def test_a_pending_order_may_be_rejected_when_its_turn_comes(pending: dict[str, Any], reason: str) -> None:
    bench = Bench()
    bench.buy("1", "92", account=bench.you)
    reply = bench.engine.place_oto(bench.me, oto(bench, **pending))
    bench.listen()
    bench.sell("1", "95", account=bench.you)
    assert statuses(bench, reply) == ["FILLED", "REJECTED"]
    (rejected,) = [each for each in bench.events if each.get("x") == "REJECTED"]
    assert (rejected["X"], rejected["r"], rejected["eR"]) == ("REJECTED", reason, "REJECTED")
    assert done(bench, reply)
    assert bench.money("BTC")[1] == 0


def test_a_pending_market_order() -> None:
    bench = Bench()
    bench.buy("1", "92", account=bench.you)
    request = oto(bench, pending_type="MARKET", pending_price=None, pending_time_in_force=None)
    reply = bench.engine.place_oto(bench.me, request)
    bench.sell("1", "95", account=bench.you)
    assert statuses(bench, reply) == ["FILLED", "FILLED"]
    assert done(bench, reply)


# OTOCO


def test_an_otoco_places_its_pair() -> None:
    bench = Bench()
    reply = bench.engine.place_otoco(bench.me, otoco(bench))
    assert [each["type"] for each in reply["orderReports"]] == ["LIMIT", "STOP_LOSS", "LIMIT_MAKER"]
    bench.listen()
    bench.sell("1", "95", account=bench.you)
    working, stop, limit = (each["orderId"] for each in reply["orders"])
    assert story(bench) == [
        (working, "TRADE", "FILLED"),
        (stop, "NEW", "NEW"),
        (limit, "NEW", "NEW"),
        ("list", "EXEC_STARTED", "EXECUTING"),
        ("outboundAccountPosition",),
    ]
    assert bench.money("BTC")[1] == 1
    bench.buy("1", "120", account=bench.you)
    assert statuses(bench, reply) == ["FILLED", "EXPIRED", "FILLED"]
    assert done(bench, reply)


def test_the_pair_of_an_otoco_may_be_rejected() -> None:
    bench = Bench()
    bench.listen()
    reply = bench.engine.place_otoco(bench.me, otoco(bench, pending_below_stop_price="96"))
    bench.sell("1", "95", account=bench.you)
    assert statuses(bench, reply) == ["FILLED", "REJECTED", "REJECTED"]
    assert [each["r"] for each in bench.events if each.get("x") == "REJECTED"] == ["OCO_BAD_PRICES"] * 2
    assert done(bench, reply)


def test_an_otoco_whose_working_order_expires() -> None:
    bench = Bench()
    reply = bench.engine.place_otoco(bench.me, otoco(bench, working_time_in_force="FOK"))
    assert statuses(bench, reply) == ["EXPIRED"] * 3
    assert done(bench, reply)
    assert reply["listOrderStatus"] == "ALL_DONE"


def test_a_canceled_otoco() -> None:
    bench = Bench()
    reply = bench.engine.place_otoco(bench.me, otoco(bench))
    bench.sell("1", "95", account=bench.you)
    canceled = bench.engine.cancel_list(bench.me, bench.symbol, order_list_id=reply["orderListId"])
    assert [each["status"] for each in canceled["orderReports"]] == ["CANCELED", "CANCELED"]  # those that were open
    assert statuses(bench, reply) == ["FILLED", "CANCELED", "CANCELED"]
    assert bench.money("BTC")[1] == 0
    assert trim(str(bench.money("USDT")[0])) == "999905"
