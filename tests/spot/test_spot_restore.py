"""Events made again from REST: they say what the exchange's own would have said, as far as REST tells it."""

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
from binance_async.spot import events, restore
from binance_async.spot.types.account import AccountInfo, AccountTrade
from binance_async.spot.types.trading import ConditionalFields, Order

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "catalogue"))
from shared import calls, examples

ZERO = Decimal(0)


def documented(path: str) -> Any:
    """The reply that the exchange's documents show."""
    entry = next(e for e in calls("spot") if e["method"] == "GET" and e.get("path") == path)
    return copy.deepcopy(next(iter(examples(entry))))


def read(type_: Any, value: Any) -> Any:
    return decoder_for(type_).decode(json.dumps(value).encode())


def an_order(**changes: Any) -> Order:
    found: Order = read(Order, documented("/api/v3/order") | changes)
    return found


def a_trade() -> AccountTrade:
    found: AccountTrade = read(list[AccountTrade], documented("/api/v3/myTrades"))[0]
    return found


def report(order: Order, **given: Any) -> events.RestoredExecutionReport:
    told = {"execution": "NEW", "status": "NEW", "executed": ZERO, "quote": ZERO, "time": order.time}
    return restore.report(order, **{**told, **given})


def letters(event: Any) -> dict[str, Any]:
    """The event as it would stand on the wire."""
    found: dict[str, Any] = json.loads(msgspec.json.encode(event, enc_hook=str))
    return found


def test_an_order_that_was_placed() -> None:
    told = {name: value for name, value in letters(report(an_order())).items() if value is not None}
    assert told == {
        "e": "executionReport", "E": 1499827319559, "s": "LTCBTC", "c": "myOrder1", "S": "BUY", "o": "LIMIT",
        "f": "GTC", "q": "1.0", "p": "0.1", "P": "0", "F": "0", "g": -1, "C": "", "x": "NEW", "X": "NEW",
        "r": "NONE", "i": 1, "l": "0", "z": "0", "L": "0", "n": "0", "T": 1499827319559, "t": -1, "w": True,
        "m": False, "O": 1499827319559, "Z": "0", "Y": "0", "Q": "0.000000", "W": 1499827319559, "V": "NONE",
    }  # fmt: skip


def test_it_is_an_event_like_the_exchange_s_own_and_says_where_it_is_from() -> None:
    event = report(an_order())
    assert isinstance(event, events.ExecutionReport)
    assert (event.source, events.ExecutionReport.source) == ("rest", "stream")
    match event:
        case events.ExecutionReport(order_id=order_id):
            assert order_id == 1
    assert event.execution_id is None


def test_a_trade_that_was_missed() -> None:
    trade = a_trade()
    order = an_order(symbol="BNBBTC", orderId=100234, origQty="12")
    event = report(
        order,
        execution="TRADE",
        status="FILLED",
        executed=Decimal(12),
        quote=Decimal("48.000012"),
        time=trade.time,
        trade=trade,
    )
    assert (event.symbol, event.order_id, event.trade_id) == ("BNBBTC", 100234, 28457)
    assert (event.last_qty, event.last_price, event.last_quote_qty) == (
        Decimal("12.00000000"), Decimal("4.00000100"), Decimal("48.000012")
    )  # fmt: skip
    assert (event.commission, event.commission_asset) == (Decimal("10.10000000"), "BNB")
    assert (event.executed_qty, event.cummulative_quote_qty) == (Decimal(12), Decimal("48.000012"))
    assert event.event_time == event.transact_time == 1499865549590
    assert (event.is_maker, event.is_on_book) == (False, False)
    assert event.order_time == order.time


@pytest.mark.parametrize(
    ("status", "on_book"),
    [("NEW", True), ("PARTIALLY_FILLED", True), ("FILLED", False), ("CANCELED", False), ("EXPIRED", False)],
)
def test_an_order_is_on_the_book_while_it_lives(status: str, on_book: bool) -> None:
    assert report(an_order(), status=status).is_on_book is on_book
    assert report(an_order(isWorking=False), status=status).is_on_book is False


TOLD_ANEW = {"status", "executed_qty", "cummulative_quote_qty"}
"""What is the event's own, and not the order's as it is now."""
CONDITIONAL: dict[str, Any] = {
    "stopPrice": "0.2", "icebergQty": "0.3", "trailingDelta": 10, "trailingTime": 1499827319560, "strategyId": 37,
    "strategyType": 1000000, "preventedMatchId": 5, "preventedQuantity": "0.4", "usedSor": True, "workingFloor": "SOR",
}  # fmt: skip
PEG: dict[str, Any] = {
    "pegPriceType": "PRIMARY_PEG", "pegOffsetType": "PRICE_LEVEL", "pegOffsetValue": 5, "peggedPrice": "87523.8371",
}  # fmt: skip
OTHERS = {"selfTradePreventionMode": "EXPIRE_TAKER", "expiryReason": "OCO_TRIGGER", "orderListId": 7}


def wire_names(struct: Any) -> dict[str, str]:
    """The exchange's name of each field."""
    return {field.name: field.encode_name for field in msgspec.structs.fields(struct)}


@pytest.mark.parametrize("name", sorted({*CONDITIONAL, *OTHERS}))
def test_what_only_some_orders_have_is_told(name: str) -> None:
    check_told(name, CONDITIONAL | OTHERS)


@pytest.mark.parametrize("name", sorted(PEG))
def test_the_peg_of_an_order_is_told(name: str) -> None:
    check_told(name, PEG)


def check_told(name: str, changes: dict[str, Any]) -> None:
    order = an_order(**changes)
    field = next(field for field, wire in wire_names(Order).items() if wire == name)
    assert getattr(order, field) is not None
    assert getattr(report(order), field) == getattr(order, field)


def test_every_field_that_both_have_was_tried() -> None:
    """A field of tomorrow must be tried here, or it would be forgotten there."""
    both = wire_names(Order).keys() & wire_names(events.ExecutionReport).keys() - TOLD_ANEW
    tried = {*CONDITIONAL, *PEG, *OTHERS}
    order = an_order()
    for field in both:
        if wire_names(Order)[field] not in tried:
            assert getattr(order, field) not in (None, ""), f"nothing tells whether {field} is copied"
            assert getattr(report(order), field) == getattr(order, field)
    assert set(wire_names(ConditionalFields).values()) <= tried


@pytest.mark.parametrize("value", ["EXCHANGE", "BROKER", "SOR", "A_FLOOR_OF_TOMORROW"])
def test_a_value_of_tomorrow_is_kept(value: str) -> None:
    assert report(an_order(workingFloor=value)).working_floor == value
    assert report(an_order(selfTradePreventionMode=value)).self_trade_prevention_mode == value


@pytest.mark.parametrize(("execution", "status"), [("TRADE_PREVENTION", "EXPIRED_IN_MATCH"), ("EXPIRED", "EXPIRED")])
def test_an_end_is_told_as_the_exchange_tells_it(execution: str, status: str) -> None:
    event = report(an_order(), execution=execution, status=status, executed=Decimal("0.5"), quote=Decimal("0.05"))
    assert (event.execution_type, event.status) == (execution, status)
    assert (event.executed_qty, event.cummulative_quote_qty, event.last_qty) == (Decimal("0.5"), Decimal("0.05"), ZERO)


def test_balances_are_told_whole() -> None:
    account: AccountInfo = read(AccountInfo, documented("/api/v3/account"))
    event = restore.position(account, 5)
    assert isinstance(event, events.OutboundAccountPosition)
    assert event.source == "rest"
    assert (event.event_time, event.last_account_update) == (5, 123456789)
    assert [(b.asset, b.free, b.locked) for b in event.balances] == [
        ("BTC", Decimal("4723846.89208129"), ZERO),
        ("LTC", Decimal("4763368.68006011"), ZERO),
    ]
