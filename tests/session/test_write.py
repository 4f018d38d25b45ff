"""A write under way: its fence, what can be its work, and by what events know it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from binance_async import Timings
from binance_async.core.endpoint import Bound, endpoint_of
from binance_async.session.write import MOST_REPORTS, Write, event_keys, in_ms
from binance_async.spot import Calls
from binance_async.spot.events import ExecutionReport, ListStatus
from binance_async.spot.restore import report
from binance_async.spot.types.trading import Order

SENT = 1_700_000_000_000


def write(call: Any = Calls.place_order, **params: Any) -> Write:
    found = Write(endpoint_of(call), Bound(symbol="BTCUSDT", timestamp=SENT, **params))
    found.begins(100.0)
    return found


def an_order(**fields: Any) -> Order:
    told = {
        "symbol": "BTCUSDT", "order_id": 7, "order_list_id": -1, "client_order_id": "mine", "price": Decimal(5),
        "orig_qty": Decimal(3), "executed_qty": Decimal(1), "cummulative_quote_qty": Decimal(5),
        "orig_quote_order_qty": Decimal(0), "status": "PARTIALLY_FILLED", "time_in_force": "GTC", "type": "LIMIT",
        "side": "BUY", "time": SENT, "update_time": SENT + 5, "is_working": True, "working_time": SENT,
        "self_trade_prevention_mode": "NONE",
    }  # fmt: skip
    return Order(**(told | fields))


def a_report(order: Order | None = None, **fields: Any) -> ExecutionReport:
    made = report(
        order or an_order(), execution="NEW", status="NEW", executed=Decimal(0), quote=Decimal(0), time=SENT + 5
    )
    return msgspec.structs.replace(made, **fields)


# The fence


@pytest.mark.parametrize(
    ("params", "fence"),
    [({}, 117.0), ({"recvWindow": "5000"}, 117.0), ({"recvWindow": "60000"}, 172.0), ({"recvWindow": "0.5"}, 112.0005)],
)
def test_the_fence_is_the_window_and_a_margin_after_the_attempt(params: dict[str, str], fence: float) -> None:
    assert write(**params).fence(Timings()) == pytest.approx(fence)


def test_the_fence_counts_from_the_last_attempt() -> None:
    twice = write()
    twice.begins(108.0)
    assert twice.fence(Timings()) == 125.0


def test_the_fence_scales_with_the_exchange_s_time() -> None:
    assert write().fence(Timings().scaled(0.01)) == pytest.approx(100.17)
    assert write().fence(replace(Timings(), fence_margin=0.0)) == 105.0


# Whose work


@pytest.mark.parametrize(("time", "mine"), [(-60_000, False), (-1_000, False), (-999, True), (0, True), (14_000, True)])
@pytest.mark.parametrize("unit", [1, 1_000])
def test_what_is_older_than_any_timestamp_allows_is_not_its_work(time: int, mine: bool, unit: int) -> None:
    assert write().made((SENT + time) * unit) is mine


def test_times_in_either_unit() -> None:
    assert in_ms(SENT) == in_ms(SENT * 1_000 + 999) == SENT


def test_what_it_makes_has_an_id_and_what_it_changes_has_not() -> None:
    assert write(newClientOrderId="mine").client_order_id == "mine"
    assert write(Calls.place_oco, listClientOrderId="pair").client_order_id == "pair"
    assert write(Calls.cancel_order, origClientOrderId="mine").client_order_id is None
    assert write().client_order_id is None


# Events


KEYS: list[tuple[Any, dict[str, Any], set[Any]]] = [
    (Calls.place_order, {"newClientOrderId": "mine"}, {"mine"}),
    (Calls.cancel_order, {"origClientOrderId": "mine"}, {"mine"}),
    (Calls.cancel_order, {"orderId": 7, "newClientOrderId": "the cancel"}, {("BTCUSDT", 7), "the cancel"}),
    (Calls.cancel_replace, {"cancelOrderId": 7, "newClientOrderId": "new"}, {("BTCUSDT", 7), "new"}),
    (Calls.cancel_replace, {"cancelOrigClientOrderId": "old", "newClientOrderId": "new"}, {"old", "new"}),
    (Calls.place_oco, {"listClientOrderId": "pair"}, {"pair"}),
    (Calls.cancel_open_orders, {}, set()),
]


@pytest.mark.parametrize(("call", "params", "keys"), KEYS)
def test_keys(call: Any, params: dict[str, Any], keys: set[Any]) -> None:
    assert set(write(call, **params).keys()) == keys


def test_keys_of_events() -> None:
    assert set(event_keys(a_report())) == {"mine", ("BTCUSDT", 7)}
    cancelled = a_report(execution_type="CANCELED", client_order_id="the cancel", orig_client_order_id="mine")
    assert set(event_keys(cancelled)) == {"mine", "the cancel", ("BTCUSDT", 7)}
    status = ListStatus(
        event_time=1, symbol="BTCUSDT", order_list_id=1, contingency_type="OCO", list_status_type="EXEC_STARTED",
        list_order_status="EXECUTING", list_reject_reason="NONE", list_client_order_id="pair", transaction_time=1,
        orders=[],
    )  # fmt: skip
    assert set(event_keys(status)) == {"pair"}
    assert set(event_keys(object())) == set()


def test_an_event_tells_the_order_in_the_words_of_a_query() -> None:
    watched = write(newClientOrderId="mine")
    watched.note(a_report())
    told = watched.told("BTCUSDT", None, "mine")
    assert told is not None
    assert (told["orderId"], told["clientOrderId"], told["status"]) == (7, "mine", "NEW")
    assert (told["time"], told["updateTime"], told["isWorking"]) == (SENT, SENT + 5, True)
    assert endpoint_of(Calls.order).decoder.decode(msgspec.json.encode(told, enc_hook=str)).order_id == 7
    assert watched.told("BTCUSDT", 7, None) == told
    assert watched.told("ETHUSDT", 7, None) is None
    assert watched.told("BTCUSDT", 8, None) is None
    assert watched.told("BTCUSDT", None, "another") is None


def test_the_newest_event_counts() -> None:
    watched = write(newClientOrderId="mine")
    watched.note(a_report())
    watched.note(a_report(status="FILLED", executed_qty=Decimal(3)))
    told = watched.told("BTCUSDT", 7, None)
    assert told is not None
    assert told["status"] == "FILLED"


@pytest.mark.parametrize(
    ("kind", "client_order_id", "orig", "own"),
    [("NEW", "mine", "", "mine"), ("CANCELED", "cancel", "mine", "mine"), ("REPLACED", "new", "mine", "new")],
)
def test_whose_id_an_event_carries(kind: str, client_order_id: str, orig: str, own: str) -> None:
    watched = write()
    watched.note(a_report(execution_type=kind, client_order_id=client_order_id, orig_client_order_id=orig))
    assert watched.told("BTCUSDT", None, own) is not None


def test_other_events_wake_and_are_not_kept() -> None:
    watched = write()
    watched.note(object())
    assert watched.seen.is_set()
    assert watched.reports == []


def test_reports_are_bounded() -> None:
    watched = write()
    for _ in range(MOST_REPORTS + 5):
        watched.note(a_report())
    assert len(watched.reports) == MOST_REPORTS
