"""What proves that a write happened, kind by kind: what a look concludes from what the exchange answers.

The same against a real exchange, with its faults, is in `scenarios/orders`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from binance_async import Binance
from binance_async.core.endpoint import Bound, endpoint_of, endpoints
from binance_async.errors import AbsentAfterFence, OutcomeUnknown, PartlyAccepted, Rejected
from binance_async.session.proofs import PROOFS, Queries, Unknowable, Unseen
from binance_async.session.write import Write
from binance_async.spot import WebsocketCalls
from binance_async.us import Calls as UsCalls
from binance_async.us import WebsocketCalls as UsWebsocketCalls

if TYPE_CHECKING:
    from conftest import Keys, Sent, World

NOW = 1_700_000_000_000


def order(**fields: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "symbol": "BTCUSDT", "orderId": 28, "orderListId": -1, "clientOrderId": "mine", "price": "5.00",
        "origQty": "3.00", "executedQty": "0.00", "cummulativeQuoteQty": "0.00", "origQuoteOrderQty": "0.00",
        "status": "NEW", "timeInForce": "GTC", "type": "LIMIT", "side": "BUY", "stopPrice": "0.00", "icebergQty": "0.0",
        "isWorking": True, "workingTime": NOW, "time": NOW, "updateTime": NOW, "selfTradePreventionMode": "NONE",
    }  # fmt: skip
    return told | fields


def trade(**fields: Any) -> dict[str, Any]:
    told = {"id": 1, "qty": "1.00", "price": "5.00", "commission": "0.1", "commissionAsset": "BNB", "orderId": 28}
    return told | fields


class Looker:
    """One look of one proof."""

    def __init__(self, new_world: Callable[[], World], keys: Keys) -> None:
        self.new_world = new_world
        self.world = new_world()
        self.keys = keys
        self.answers: dict[str, Any] = {}

    def _answer(self, sent: Sent) -> Any:
        assert sent.method == "GET"
        if sent.path == "/api/v3/time":
            return self.world.json({"serverTime": NOW})
        found = self.answers.get(sent.path.removeprefix("/api/v3/"), self.world.error(-2013))
        found = found(sent) if callable(found) else found
        return found if not isinstance(found, (dict, list)) and found is not None else self.world.json(found)

    def __call__(self, call: Any, late: bool = False, twice: bool = False, **params: Any) -> Any:
        """What it tells: a reply decoded, None, an error; `late`: the fence is passed; `twice`: and it is given up."""

        async def main(binance: Binance) -> Any:
            write = Write(endpoint_of(call), Bound(symbol="BTCUSDT", timestamp=NOW, **params))
            write.begins(binance._manager.clock.monotonic())
            if late:
                await asyncio.sleep(20)
            proof = PROOFS[str(write.endpoint.resolve)](Queries(binance._manager, binance.spot._kit, write))
            try:
                reply = await proof.look()
            except (Rejected, PartlyAccepted, Unseen, Unknowable) as verdict:
                return verdict
            if reply is None and twice:
                return proof.missing()
            if reply is None:
                return None
            return write.endpoint.decoder.decode(self.world.json(reply).body)

        self.world = self.new_world()  # one life a look
        self.world.http.always("*", self._answer)
        return self.world.run(main, self.keys.hmac)


@pytest.fixture
def look(new_world: Callable[[], World], keys: Keys) -> Looker:
    return Looker(new_world, keys)


Calls = WebsocketCalls


def test_every_way_that_a_declaration_names_has_a_proof() -> None:
    for group in (WebsocketCalls, UsCalls, UsWebsocketCalls):
        named = {endpoint.resolve for endpoint in endpoints(group)} - {None}
        assert named <= PROOFS.keys()


def test_every_write_of_orders_can_be_looked_up() -> None:
    for endpoint in endpoints(WebsocketCalls):
        if endpoint.writes and endpoint.security.signed and not endpoint.name.startswith("spot.test_"):
            assert endpoint.resolve in PROOFS, endpoint.name


# Orders


def test_an_order_that_is_there(look: Looker) -> None:
    look.answers["order"] = order()
    found = look(Calls.place_order, newClientOrderId="mine", newOrderRespType="RESULT")
    assert (type(found).__name__, found.order_id, found.transact_time) == ("OrderResult", 28, NOW)
    assert (found.stop_price, found.iceberg_qty) == (None, None), "which a plain order has not"


def test_what_a_stop_order_has_is_kept(look: Looker) -> None:
    look.answers["order"] = order(type="STOP_LOSS", stopPrice="4.5", icebergQty="0.5")
    found = look(Calls.place_order, newClientOrderId="mine", newOrderRespType="RESULT")
    assert (str(found.stop_price), str(found.iceberg_qty)) == ("4.5", "0.5")


@pytest.mark.parametrize(
    ("type_", "asked", "form"),
    [
        ("LIMIT", None, "OrderFull"),
        ("MARKET", None, "OrderFull"),
        ("LIMIT_MAKER", None, "OrderAck"),
        ("STOP_LOSS", None, "OrderAck"),
        ("LIMIT_MAKER", "FULL", "OrderFull"),
        ("LIMIT", "ACK", "OrderAck"),
        ("LIMIT", "RESULT", "OrderResult"),
    ],
)
def test_the_form_of_the_reply(look: Looker, type_: str, asked: str | None, form: str) -> None:
    look.answers["order"] = order(type=type_)
    params = {"newOrderRespType": asked} if asked else {}
    assert type(look(Calls.place_order, newClientOrderId="mine", **params)).__name__ == form


def test_fills_are_those_of_the_order(look: Looker) -> None:
    look.answers["order"] = order(executedQty="3.00", status="FILLED")
    look.answers["myTrades"] = [trade(), trade(id=2, qty="2.00")]
    found = look(Calls.place_order, newClientOrderId="mine")
    assert [(fill.trade_id, str(fill.qty)) for fill in found.fills] == [(1, "1.00"), (2, "2.00")]


@pytest.mark.parametrize("trades", [[], [trade()], [trade(), trade(id=2), trade(id=3), trade(id=4)]])
def test_trades_that_do_not_add_up_are_waited_for_until_the_fence(look: Looker, trades: list[Any]) -> None:
    look.answers["order"] = order(executedQty="3.00", status="FILLED")
    look.answers["myTrades"] = trades
    assert isinstance(look(Calls.place_order, newClientOrderId="mine"), Unseen)
    assert len(look(Calls.place_order, late=True, newClientOrderId="mine").fills) == len(trades)


def test_trades_that_cannot_be_read_do_not_hide_the_order_for_ever(look: Looker) -> None:
    look.answers["order"] = order(executedQty="3.00", status="FILLED")
    look.answers["myTrades"] = None
    assert isinstance(look(Calls.place_order, newClientOrderId="mine"), Unseen)
    assert look(Calls.place_order, late=True, newClientOrderId="mine").fills == []


def test_fills_by_sor_are_not_waited_for(look: Looker) -> None:
    look.answers["order"] = order(executedQty="3.00", status="FILLED", usedSor=True)
    look.answers["myTrades"] = []
    assert look(Calls.place_sor_order, newClientOrderId="mine").fills == []


@pytest.mark.parametrize("age", [-1, 1_000, 60_000])
def test_an_order_that_is_older_is_another_one(look: Looker, age: int) -> None:
    look.answers["order"] = order(time=NOW - age)
    found = look(Calls.place_order, twice=True, newClientOrderId="mine")
    assert isinstance(found, AbsentAfterFence) == (age >= 1_000)


def test_times_in_microseconds(look: Looker) -> None:
    look.answers["order"] = order(time=NOW * 1_000, updateTime=NOW * 1_000)
    assert look(Calls.place_order, newClientOrderId="mine").transact_time == NOW * 1_000


@pytest.mark.parametrize("code", [-1000, -1003, -1021, -1022, -1121, -2014, -2015, -9999])
def test_any_other_refusal_of_the_query_tells_nothing(look: Looker, code: int) -> None:
    look.answers["order"] = look.world.error(code)
    assert isinstance(look(Calls.place_order, newClientOrderId="mine"), Unseen)


def test_an_archived_order_of_that_id_is_an_older_one(look: Looker) -> None:
    look.answers["order"] = look.world.error(-2026)
    assert look(Calls.place_order, newClientOrderId="mine") is None


@pytest.mark.parametrize("wrong", [{"orderId": "x"}, {"status": None}, {"executedQty": "much"}, {"time": 1.5}])
def test_an_order_of_another_shape_tells_nothing(look: Looker, wrong: dict[str, Any]) -> None:
    look.answers["order"] = order(**wrong)
    assert isinstance(look(Calls.place_order, newClientOrderId="mine"), Unseen)


def test_a_new_status_and_new_fields_do_no_harm(look: Looker) -> None:
    look.answers["order"] = order(status="NEW_2030", tomorrow={"x": [1]})
    assert look(Calls.place_order, newClientOrderId="mine").status == "NEW_2030"


# Cancels


@pytest.mark.parametrize("status", ["NEW", "PARTIALLY_FILLED", "PENDING_NEW", "PENDING_CANCEL", "NEW_2030"])
def test_an_order_that_is_not_over(look: Looker, status: str) -> None:
    look.answers["order"] = order(status=status)
    assert look(Calls.cancel_order, orderId=28) is None
    verdict = look(Calls.cancel_order, twice=True, orderId=28)
    assert isinstance(verdict, AbsentAfterFence)
    assert "still open" in str(verdict)


@pytest.mark.parametrize("status", ["FILLED", "EXPIRED", "EXPIRED_IN_MATCH", "REJECTED"])
def test_an_order_that_ended_otherwise(look: Looker, status: str) -> None:
    look.answers["order"] = order(status=status)
    verdict = look(Calls.cancel_order, orderId=28)
    assert isinstance(verdict, Rejected)
    assert (verdict.code, verdict.call) == (-2011, "spot.cancel_order")
    assert status in str(verdict)


def test_a_cancelled_order_is_told_with_the_id_of_the_cancel(look: Looker) -> None:
    look.answers["order"] = order(status="CANCELED", updateTime=NOW + 7)
    found = look(Calls.cancel_order, orderId=28, newClientOrderId="the cancel")
    assert (found.orig_client_order_id, found.client_order_id) == ("mine", "the cancel")
    assert found.transact_time == NOW + 7


def test_by_number_the_number_counts(look: Looker) -> None:
    look.answers["order"] = order(status="CANCELED")
    look(Calls.cancel_order, orderId=28, origClientOrderId="mine")
    assert look.world.http.sent[-1].params.keys() >= {"orderId"}
    assert "origClientOrderId" not in look.world.http.sent[-1].params


def test_an_order_that_is_nowhere(look: Looker) -> None:
    look.answers["allOrders"] = [order(orderId=29)]
    assert look(Calls.cancel_order, orderId=28) is None
    assert [sent.path for sent in look.world.http.sent] == ["/api/v3/order"]
    verdict = look(Calls.cancel_order, late=True, twice=True, orderId=28)
    assert type(verdict) is OutcomeUnknown
    assert [sent.path for sent in look.world.http.sent][-1] == "/api/v3/allOrders"


def test_an_order_that_only_the_list_of_all_has(look: Looker) -> None:
    look.answers["allOrders"] = [order(status="CANCELED")]
    assert look(Calls.cancel_order, late=True, orderId=28).order_id == 28


# Lists


def order_list(**fields: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "orderListId": 3, "contingencyType": "OCO", "listStatusType": "EXEC_STARTED", "listOrderStatus": "EXECUTING",
        "listClientOrderId": "pair", "transactionTime": NOW, "symbol": "BTCUSDT",
        "orders": [{"symbol": "BTCUSDT", "orderId": n, "clientOrderId": f"leg-{n}"} for n in (28, 29)],
    }  # fmt: skip
    return told | fields


def legs(**states: Any) -> Any:
    """Answers queries of the two orders by their numbers."""

    def answer(sent: Sent) -> Any:
        number = sent.params["orderId"]
        fields = states.get(f"n{number}", {})
        return None if fields is None else order(orderId=int(number), orderListId=3, **fields)

    return answer


def test_a_list_with_all_its_orders(look: Looker) -> None:
    look.answers |= {"orderList": order_list(), "order": legs()}
    found = look(Calls.place_oco, listClientOrderId="pair")
    assert [report.order_id for report in found.order_reports] == [28, 29]


def test_a_list_of_which_an_order_is_not_there_yet(look: Looker) -> None:
    look.answers |= {"orderList": order_list(), "order": legs(n29=None)}
    assert isinstance(look(Calls.place_oco, listClientOrderId="pair"), Unseen)


@pytest.mark.parametrize("older", [{"transactionTime": NOW - 5_000}, {}])
def test_a_list_of_an_earlier_time(look: Looker, older: dict[str, Any]) -> None:
    look.answers |= {
        "orderList": order_list(**older),
        "order": legs(n28={"time": NOW - 5_000}, n29={"time": NOW - 5_000}),
    }
    assert look(Calls.place_oco, listClientOrderId="pair") is None
    assert isinstance(look(Calls.place_oco, twice=True, listClientOrderId="pair"), AbsentAfterFence)


def test_a_list_that_was_rejected(look: Looker) -> None:
    look.answers |= {"orderList": order_list(listOrderStatus="REJECT"), "order": legs()}
    assert isinstance(look(Calls.place_oco, listClientOrderId="pair"), Rejected)


DONE = order_list(listOrderStatus="ALL_DONE", listStatusType="ALL_DONE")


def test_the_cancel_of_a_list(look: Looker) -> None:
    look.answers |= {"orderList": DONE, "order": legs(n28={"status": "CANCELED"}, n29={"status": "EXPIRED"})}
    found = look(Calls.cancel_order_list, orderListId=3)
    assert [report.order_id for report in found.order_reports] == [28]
    look.answers["orderList"] = order_list()
    assert look(Calls.cancel_order_list, orderListId=3) is None
    assert isinstance(look(Calls.cancel_order_list, twice=True, orderListId=3), AbsentAfterFence)


def test_a_list_that_ended_by_a_fill(look: Looker) -> None:
    look.answers |= {"orderList": DONE, "order": legs(n28={"status": "FILLED"}, n29={"status": "EXPIRED"})}
    assert isinstance(look(Calls.cancel_order_list, listClientOrderId="pair"), Rejected)


def test_orders_that_are_behind_their_list(look: Looker) -> None:
    look.answers |= {"orderList": DONE, "order": legs(n28={"status": "CANCELED"}, n29={"status": "NEW"})}
    assert isinstance(look(Calls.cancel_order_list, listClientOrderId="pair"), Unseen)


def test_a_list_that_is_nowhere(look: Looker) -> None:
    assert type(look(Calls.cancel_order_list, twice=True, orderListId=3)) is OutcomeUnknown


def test_the_cancel_of_an_order_in_a_list_is_told_as_that_of_the_list(look: Looker) -> None:
    look.answers |= {"orderList": DONE, "order": legs(n28={"status": "CANCELED"}, n29={"status": "CANCELED"})}
    assert type(look(Calls.cancel_order, orderId=28)).__name__ == "CanceledOrderList"


# All orders


def test_all_cancelled(look: Looker) -> None:
    rows = [
        order(orderId=1, status="CANCELED", time=NOW - 9_000, updateTime=NOW - 8_000),
        order(orderId=2, status="CANCELED", time=NOW - 9_000, updateTime=NOW + 5),
        order(orderId=3, status="FILLED", time=NOW - 9_000, updateTime=NOW + 5),
        order(orderId=28, status="CANCELED", orderListId=3, time=NOW - 9_000, updateTime=NOW + 5),
    ]
    look.answers |= {
        "openOrders": [order(orderId=50, time=NOW + 60)],
        "allOrders": rows,
        "orderList": DONE,
        "order": legs(n28={"status": "CANCELED"}, n29={"status": "CANCELED"}),
    }
    found = look(Calls.cancel_open_orders)
    assert [type(each).__name__ for each in found] == ["CanceledOrder", "CanceledOrderList"]
    assert found[0].order_id == 2


def test_some_are_still_open(look: Looker) -> None:
    look.answers |= {"openOrders": [order(time=NOW - 9_000)], "allOrders": []}
    assert look(Calls.cancel_open_orders) is None
    assert isinstance(look(Calls.cancel_open_orders, twice=True), AbsentAfterFence)


def test_two_lists_that_contradict_each_other(look: Looker) -> None:
    look.answers |= {"openOrders": [], "allOrders": [order(time=NOW - 9_000)]}
    assert isinstance(look(Calls.cancel_open_orders), Unseen)


def test_nothing_was_there_to_be_cancelled(look: Looker) -> None:
    look.answers |= {"openOrders": [], "allOrders": [order(status="FILLED", time=NOW - 9_000)]}
    verdict = look(Calls.cancel_open_orders)
    assert isinstance(verdict, Rejected)
    assert verdict.code == -2011


# Amendments


def amendment(**fields: Any) -> dict[str, Any]:
    told = {
        "symbol": "BTCUSDT", "orderId": 28, "executionId": 60, "origClientOrderId": "mine",
        "newClientOrderId": "new", "origQty": "3.00", "newQty": "2.00", "time": NOW + 5,
    }  # fmt: skip
    return told | fields


AMEND: dict[str, Any] = {"orderId": 28, "newQty": "2", "newClientOrderId": "new"}


def test_an_amendment_in_the_history(look: Looker) -> None:
    look.answers |= {"order": order(origQty="2.00", clientOrderId="new"), "order/amendments": [amendment()]}
    found = look(Calls.amend_order, **AMEND)
    assert (str(found.amended_order.qty), found.execution_id, found.transact_time) == ("2.00", 60, NOW + 5)
    assert (found.amended_order.orig_client_order_id, found.amended_order.client_order_id) == ("mine", "new")


def test_an_order_that_went_on_after_its_amendment(look: Looker) -> None:
    history = [amendment(), amendment(newQty="1.00", newClientOrderId="newer", executionId=61)]
    look.answers |= {"order": order(origQty="1.00", clientOrderId="newer"), "order/amendments": history}
    assert str(look(Calls.amend_order, **AMEND).amended_order.qty) == "2.00"


@pytest.mark.parametrize("history", [[], [amendment(newQty="1.00")], [amendment(time=NOW - 5_000)]])
def test_no_amendment_of_its_own(look: Looker, history: list[Any]) -> None:
    look.answers |= {"order": order(), "order/amendments": history}
    assert look(Calls.amend_order, **AMEND) is None
    assert isinstance(look(Calls.amend_order, twice=True, **AMEND), AbsentAfterFence)


def test_an_order_that_ended_with_another_quantity(look: Looker) -> None:
    look.answers |= {"order": order(status="FILLED"), "order/amendments": []}
    verdict = look(Calls.amend_order, **AMEND)
    assert isinstance(verdict, Rejected)
    assert verdict.code == -2038


def test_a_history_that_is_behind_its_order(look: Looker) -> None:
    look.answers |= {"order": order(status="FILLED", origQty="2.00"), "order/amendments": []}
    assert look(Calls.amend_order, **AMEND) is None


def test_an_amended_order_is_found_under_its_new_id(look: Looker) -> None:
    def by_name(sent: Sent) -> Any:
        new = sent.params.get("origClientOrderId") == "new"
        return order(origQty="2.00", clientOrderId="new") if new else look.world.error(-2013)

    look.answers |= {"order": by_name, "order/amendments": [amendment()]}
    found = look(Calls.amend_order, origClientOrderId="mine", newQty="2", newClientOrderId="new")
    assert found.amended_order.order_id == 28


def test_an_amended_order_of_a_list_is_told_with_it(look: Looker) -> None:
    look.answers |= {
        "order": order(origQty="2.00", orderListId=3),
        "order/amendments": [amendment()],
        "orderList": order_list(),
    }
    assert look(Calls.amend_order, **AMEND).list_status.list_client_order_id == "pair"


# Cancel and replace


def both(old: str | None, new: str | None) -> Any:
    def answer(sent: Sent) -> Any:
        status = old if "orderId" in sent.params else new
        number = 28 if "orderId" in sent.params else 29
        return None if status is None else order(orderId=number, status=status, type="LIMIT_MAKER")

    def or_refused(sent: Sent) -> Any:
        return answer(sent) or {"code": -2013, "msg": "Order does not exist."}

    return or_refused


@pytest.mark.parametrize("mode", ["STOP_ON_FAILURE", "ALLOW_FAILURE"])
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("CANCELED", "NEW", "CancelReplaced"),
        ("CANCELED", "FILLED", "CancelReplaced"),
        ("CANCELED", "REJECTED", "PartlyAccepted"),
        ("CANCELED", None, "PartlyAccepted"),
        ("FILLED", "NEW", "PartlyAccepted"),
        ("FILLED", "REJECTED", "OrderCancelReplaceFailed or Rejected"),
        ("NEW", "NEW", "PartlyAccepted"),
        ("NEW", None, "AbsentAfterFence"),
        ("NEW", "REJECTED", "AbsentAfterFence"),
        (None, None, "AbsentAfterFence"),
        (None, "NEW", "PartlyAccepted"),
    ],
)
def test_legs(look: Looker, world: World, old: str | None, new: str | None, told: str, mode: str) -> None:
    def answer(sent: Sent) -> Any:
        found = both(old, new)(sent)
        return world.error(-2013) if "code" in found else found

    look.answers["order"] = answer
    params = {"cancelOrderId": 28, "newClientOrderId": "new", "cancelReplaceMode": mode}
    found = look(Calls.cancel_replace, twice=True, **params)
    assert type(found).__name__ in told
    if isinstance(found, PartlyAccepted):
        assert isinstance(found.cancel, dict) == (old == "CANCELED")
        assert isinstance(found.new, dict) == (new not in (None, "REJECTED"))


def test_a_stopped_cancel_replace_is_known_before_the_fence(look: Looker, world: World) -> None:
    look.answers["order"] = lambda s: order(status="FILLED") if "orderId" in s.params else world.error(-2013)
    params = {"cancelOrderId": 28, "newClientOrderId": "new"}
    assert isinstance(look(Calls.cancel_replace, cancelReplaceMode="STOP_ON_FAILURE", **params), Rejected)
    assert look(Calls.cancel_replace, cancelReplaceMode="ALLOW_FAILURE", **params) is None
