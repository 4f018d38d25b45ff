"""F38: cancels. F39: cancel-and-replace, and order lists. F40: amendments. F41: orders too old to be seen."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from orders_scene import ROUTES, AbsentAfterFence, OutcomeUnknown, PartlyAccepted, Rejected, Scene, on_stage

from binance_async.errors import BinanceError
from binance_async.simulator.actions import ClockJump, Lag, LateCommit, LoseReply, Refuse
from tests.chaos.trader import LATEST
from tests.chaos.verdicts import Deed, cancel_id

NEVER = LateCommit(1e9)
LOSSES = [LoseReply("reset"), LoseReply("silence"), LoseReply("timeout"), LateCommit(5.0), LateCommit(14.0, "close")]


async def cancel(scene: Scene, order_id: int, fault: Any = None, *, by: str = "number") -> Deed:
    key = f"cancel-{len(scene.deeds)}"
    if by == "number":
        arguments: dict[str, Any] = {"order_id": order_id, "new_client_order_id": key}
    else:
        order = scene.exchange.engine.order(scene.exchange.account.uid, "BTCUSDT", order_id=order_id)
        key = order["clientOrderId"]
        arguments = {"orig_client_order_id": key}
    return await scene.write("cancel_order", key, arguments, fault, order_id=order_id)


# F38


@pytest.mark.parametrize("by", ["number", "name"])
@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("fault", LOSSES, ids=str)
def test_f38_a_cancel_whose_answer_is_lost_is_found(fault: Any, route: str, by: str) -> None:
    async def play(scene: Scene) -> None:
        order_id = scene.resting(client_order_id="mine")
        deed = await cancel(scene, order_id, fault, by=by)
        assert deed.told == "value"
        assert (deed.verdict.order_id, deed.verdict.status) == (order_id, "CANCELED")
        assert deed.verdict.orig_client_order_id == "mine"
        assert scene.requests("cancel_order") == 1

    on_stage(play, route=route)


@pytest.mark.parametrize("fault", [None, *LOSSES, NEVER], ids=str)
def test_f38_a_filled_order_is_never_told_cancelled(fault: Any) -> None:
    async def play(scene: Scene) -> None:
        order_id = scene.resting()
        scene.fill(order_id)
        deed = await cancel(scene, order_id, fault)
        assert isinstance(deed.verdict, Rejected)
        assert deed.verdict.code == -2011
        assert ("FILLED" in str(deed.verdict)) == (fault is not None)

    on_stage(play)


@pytest.mark.parametrize("fill_at", [0.01, 0.05, 1.0, 16.0])
@pytest.mark.parametrize("fault", LOSSES, ids=str)
def test_f38_a_fill_races_the_cancel(fault: Any, fill_at: float) -> None:
    async def play(scene: Scene) -> None:
        order_id = scene.resting()
        task = asyncio.ensure_future(cancel(scene, order_id, fault))
        await asyncio.sleep(fill_at)
        if scene.status(order_id) == "NEW":
            scene.fill(order_id)
        deed = await task
        if scene.status(order_id) == "FILLED":
            assert isinstance(deed.verdict, Rejected)
        else:
            assert (deed.told, scene.status(order_id)) == ("value", "CANCELED")

    on_stage(play)


def test_f38_a_cancel_that_never_came_leaves_the_order_and_may_be_made_again() -> None:
    async def play(scene: Scene) -> None:
        order_id = scene.resting()
        first = await cancel(scene, order_id, NEVER)
        assert isinstance(first.verdict, AbsentAfterFence)
        assert "still open" in str(first.verdict)
        assert first.took <= LATEST
        assert scene.status(order_id) == "NEW"
        assert (await cancel(scene, order_id)).told == "value"
        await asyncio.sleep(86_400)
        assert scene.desk.alarms == []

    on_stage(play)


@pytest.mark.parametrize("lag", [1.0, 4.0])
def test_f38_stale_reads_do_not_keep_an_order_open(lag: float) -> None:
    async def play(scene: Scene) -> None:
        scene.faults.add(Lag(lag), call="order")
        assert (await cancel(scene, scene.resting(), LateCommit(15.0))).told == "value"

    on_stage(play)


def test_f38_an_event_tells_of_the_cancel_when_rest_is_far_behind() -> None:
    async def play(scene: Scene) -> None:
        scene.faults.add(Lag(40.0), call="order")
        order_id = scene.resting()
        await asyncio.sleep(60)
        deed = await cancel(scene, order_id, LoseReply("reset"))
        assert deed.told == "value"
        assert deed.took < 2

    on_stage(play, user_stream=True)


@pytest.mark.parametrize("fault", LOSSES, ids=str)
def test_f38_all_orders_cancelled_and_the_answer_lost(fault: Any) -> None:
    async def play(scene: Scene) -> None:
        ids = {scene.resting(str(price)) for price in range(58_000, 58_005)}
        await scene.write("place_oco", "pair", OCO | {"list_client_order_id": "pair"}, list_id="pair")
        await asyncio.sleep(2)
        scene.faults.add(fault, call="cancel_open_orders", times=1)
        reply = await scene.rest.cancel_open_orders("BTCUSDT")
        assert {each.order_id for each in reply if hasattr(each, "order_id")} == ids
        assert [each.list_client_order_id for each in reply if hasattr(each, "order_reports")] == ["pair"]
        assert await scene.rest.open_orders("BTCUSDT") == []
        scene.faults.add(fault, call="cancel_open_orders", times=1)
        await asyncio.sleep(30)
        with pytest.raises(Rejected, match="-2011"):
            await scene.rest.cancel_open_orders("BTCUSDT")
        assert scene.requests("cancel_open_orders") == 2

    on_stage(play, judge=False)


def test_f38_all_orders_still_open() -> None:
    async def play(scene: Scene) -> None:
        order_id = scene.resting()
        await asyncio.sleep(2)
        scene.faults.add(NEVER, call="cancel_open_orders", times=1)
        task = asyncio.ensure_future(scene.rest.cancel_open_orders("BTCUSDT"))
        await asyncio.sleep(5)
        scene.resting("58000")  # a new order is none of those that were to be cancelled
        with pytest.raises(AbsentAfterFence):
            await task
        assert scene.status(order_id) == "NEW"

    on_stage(play, judge=False)


# F39

OCO: dict[str, Any] = {
    "side": "SELL", "quantity": "0.01", "above_type": "LIMIT_MAKER", "above_price": "70000",
    "below_type": "STOP_LOSS", "below_stop_price": "30000",
}  # fmt: skip
OTO: dict[str, Any] = {
    "working_type": "LIMIT", "working_side": "BUY", "working_price": "59000", "working_quantity": "0.01",
    "working_time_in_force": "GTC", "pending_type": "LIMIT_MAKER", "pending_side": "SELL", "pending_quantity": "0.01",
    "pending_price": "80000",
}  # fmt: skip


async def replace(scene: Scene, order_id: int, mode: str, fault: Any, *, good: bool = True) -> Deed:
    key = f"replace-{len(scene.deeds)}"
    arguments = {
        "side": "BUY", "type": "LIMIT_MAKER", "cancel_replace_mode": mode, "cancel_order_id": order_id,
        "cancel_new_client_order_id": cancel_id(key), "new_client_order_id": key, "quantity": "0.01",
        "price": "58000" if good else "61000",  # which would match at once
    }  # fmt: skip
    return await scene.write("cancel_replace", key, arguments, fault, order_id=order_id)


@pytest.mark.parametrize("route", ["rest", "ed25519"])
@pytest.mark.parametrize("mode", ["STOP_ON_FAILURE", "ALLOW_FAILURE"])
@pytest.mark.parametrize("fault", [None, LoseReply("reset"), LateCommit(8.0), NEVER], ids=str)
@pytest.mark.parametrize("new_is_good", [True, False])
@pytest.mark.parametrize("old_is_open", [True, False])
def test_f39_each_leg_is_told_on_its_own(
    old_is_open: bool, new_is_good: bool, fault: Any, mode: str, route: str
) -> None:
    async def play(scene: Scene) -> None:
        order_id = scene.resting()
        if not old_is_open:
            scene.fill(order_id)
        deed = await replace(scene, order_id, mode, fault, good=new_is_good)
        allow = mode == "ALLOW_FAILURE"
        if fault is NEVER:
            nothing = OutcomeUnknown if old_is_open or allow else Rejected
            assert isinstance(deed.verdict, nothing)
        elif old_is_open and new_is_good:
            assert deed.told == "value"
        elif old_is_open:
            error = deed.verdict
            assert isinstance(error, PartlyAccepted)
            assert isinstance(error.new, Rejected)
            assert error.cancel["orderId"] == order_id
        elif allow and new_is_good:
            error = deed.verdict
            assert isinstance(error, PartlyAccepted)
            assert isinstance(error.cancel, Rejected)
            assert error.new["clientOrderId"] == deed.key
        else:
            assert isinstance(deed.verdict, (Rejected, AbsentAfterFence))
        assert scene.requests("cancel_replace") == 1

    on_stage(play, route=route)


@pytest.mark.parametrize("lags", [(0.0, 4.0), (4.0, 0.0), (1.0, 3.0)])
def test_f39_legs_that_are_seen_at_different_times(lags: tuple[float, float]) -> None:
    """One look sees the new order and the next sees the old one as it was: neither is a leg that failed."""

    async def play(scene: Scene) -> None:
        order_id = scene.resting()
        for lag, every in zip(lags, (1, 2), strict=True):
            scene.faults.add(Lag(lag), call="order", every=every)
        deed = await replace(scene, order_id, "ALLOW_FAILURE", LateCommit(14.0))
        assert deed.told == "value"

    on_stage(play)


@pytest.mark.parametrize("route", ["rest", "hmac"])
@pytest.mark.parametrize("fault", [*LOSSES, NEVER], ids=str)
@pytest.mark.parametrize("call", ["place_oco", "place_oto"])
def test_f39_order_lists(call: str, fault: Any, route: str) -> None:
    async def play(scene: Scene) -> None:
        arguments = {**(OCO if call == "place_oco" else OTO), "list_client_order_id": "pair"}
        deed = await scene.write(call, "pair", arguments, fault, list_id="pair")
        if fault is NEVER:
            assert isinstance(deed.verdict, AbsentAfterFence)
            return
        reports = deed.verdict.order_reports
        assert deed.told == "value"
        assert [type(report).__name__ for report in reports] == ["OrderFull", "OrderFull"]
        assert len(deed.verdict.orders) == 2
        await asyncio.sleep(20)
        gone = await scene.write("cancel_order_list", "pair", {"list_client_order_id": "pair"}, fault, list_id="pair")
        assert gone.told == "value"
        assert {str(report.status) for report in gone.verdict.order_reports} == {"CANCELED"}

    on_stage(play, route=route)


@pytest.mark.parametrize("fault", [None, LoseReply("reset"), LateCommit(3.0)], ids=str)
def test_f39_a_cancel_of_one_order_takes_its_list_and_says_so(fault: Any) -> None:
    async def play(scene: Scene) -> None:
        placed = await scene.write("place_oco", "pair", {**OCO, "list_client_order_id": "pair"}, list_id="pair")
        order_id = placed.verdict.orders[0].order_id
        deed = await cancel(scene, order_id, fault)
        assert type(deed.verdict).__name__ == "CanceledOrderList"
        assert len(deed.verdict.order_reports) == 2

    on_stage(play)


def test_f39_a_list_that_ended_by_a_fill_is_not_told_cancelled() -> None:
    async def play(scene: Scene) -> None:
        arguments = {**OTO, "list_client_order_id": "pair", "pending_price": "60000.5"}
        placed = await scene.write("place_oto", "pair", arguments, list_id="pair")
        scene.fill(placed.verdict.orders[0].order_id)
        uid = scene.exchange.account.uid
        open_orders = scene.exchange.engine.open_orders(uid, "BTCUSDT")
        assert len(open_orders) == 1
        from decimal import Decimal

        from binance_async.simulator.engine import NewOrder

        buyer = NewOrder("BTCUSDT", "BUY", "LIMIT", "IOC", Decimal("0.01"), price=Decimal("60000.5"))
        scene.exchange.engine.place(scene.desk.house, buyer)
        for fault in (LoseReply("reset"), NEVER):
            deed = await scene.write(
                "cancel_order_list", "pair", {"list_client_order_id": "pair"}, fault, list_id="pair"
            )
            assert isinstance(deed.verdict, Rejected)

    on_stage(play, judge=False)


# F40


@pytest.mark.parametrize("route", ["rest", "hmac"])
@pytest.mark.parametrize("fault", [LoseReply("reset"), LoseReply("timeout"), LateCommit(14.0, "close")], ids=str)
@pytest.mark.parametrize("by", ["number", "number and a new name", "name"])
def test_f40_an_amendment_whose_answer_is_lost_is_found(by: str, fault: Any, route: str) -> None:
    async def play(scene: Scene) -> None:
        order_id = scene.resting(client_order_id="mine")
        ids: dict[str, Any] = {"order_id": order_id} if by.startswith("number") else {"orig_client_order_id": "mine"}
        if "new" in by:
            ids["new_client_order_id"] = "new-name"
        # Without a new name the client makes one up: the history has the request under it.
        scene.faults.add(fault, call="amend_order", times=1)
        reply = await scene.api.amend_order("BTCUSDT", new_qty="0.004", **ids)
        assert reply.amended_order.order_id == order_id
        assert str(reply.amended_order.qty) == "0.00400000"
        assert reply.amended_order.orig_client_order_id == "mine"
        order = scene.exchange.engine.order(scene.exchange.account.uid, "BTCUSDT", order_id=order_id)
        assert reply.amended_order.client_order_id == order["clientOrderId"]
        assert (order["clientOrderId"] == "new-name") == ("new" in by)
        assert scene.requests("amend_order") == 1

    on_stage(play, route=route, judge=False)


def test_f40_an_amendment_that_never_came() -> None:
    async def play(scene: Scene) -> None:
        order_id = scene.resting()
        scene.faults.add(NEVER, call="amend_order", times=1)
        with pytest.raises(AbsentAfterFence, match="did not happen"):
            await scene.api.amend_order("BTCUSDT", order_id=order_id, new_qty="0.004")
        assert scene.requests("amend_order") == 1

    on_stage(play, judge=False)


def test_f40_an_earlier_amendment_to_the_same_quantity_is_not_taken_for_it() -> None:
    async def play(scene: Scene) -> None:
        order_id = scene.resting()
        await scene.api.amend_order("BTCUSDT", order_id=order_id, new_qty="0.004")
        await asyncio.sleep(5)
        scene.faults.add(NEVER, call="amend_order", times=1)
        with pytest.raises(AbsentAfterFence):
            await scene.api.amend_order("BTCUSDT", order_id=order_id, new_qty="0.004")

    on_stage(play, judge=False)


@pytest.mark.parametrize("fault", [None, LoseReply("reset"), NEVER], ids=str)
def test_f40_a_filled_order_is_not_amended(fault: Any) -> None:
    async def play(scene: Scene) -> None:
        order_id = scene.resting()
        scene.fill(order_id)
        if fault is not None:
            scene.faults.add(fault, call="amend_order", times=1)
        with pytest.raises(Rejected) as caught:
            await scene.api.amend_order("BTCUSDT", order_id=order_id, new_qty="0.004")
        assert caught.value.code == -2038

    on_stage(play, judge=False)


def test_f40_amended_and_then_filled_is_amended() -> None:
    async def play(scene: Scene) -> None:
        order_id = scene.resting()
        scene.faults.add(LoseReply("silence"), call="amend_order", times=1)
        task = asyncio.ensure_future(scene.api.amend_order("BTCUSDT", order_id=order_id, new_qty="0.004"))
        await asyncio.sleep(1)
        scene.fill(order_id)
        reply = await task
        assert (str(reply.amended_order.qty), reply.amended_order.status) == ("0.00400000", "FILLED")

    on_stage(play, judge=False)


# F41


def forget(scene: Scene, order_id: int) -> None:
    """The exchange forgets an order."""
    engine, uid = scene.exchange.engine, scene.exchange.account.uid
    desk = engine.accounts[uid].desk(engine.market("BTCUSDT"))
    order = desk.open.pop(order_id, None) or desk.finished.pop(order_id)
    desk.by_client_id.pop(order.client_order_id, None)


def test_f41_a_query_of_a_forgotten_order_is_a_typed_refusal() -> None:
    from binance_async.codes import OrderDoesNotExist

    async def play(scene: Scene) -> None:
        order_id = scene.resting()
        forget(scene, order_id)
        with pytest.raises(OrderDoesNotExist):
            await scene.api.order("BTCUSDT", order_id=order_id)

    on_stage(play)


@pytest.mark.parametrize("call", ["cancel_order", "amend_order", "cancel_order_list"])
def test_f41_what_is_forgotten_is_not_called_absent(call: str) -> None:
    async def play(scene: Scene) -> None:
        order_id = scene.resting(client_order_id="old")
        forget(scene, order_id)
        arguments: dict[str, Any] = {"order_id": order_id}
        if call == "amend_order":
            arguments["new_qty"] = "0.005"
        elif call == "cancel_order_list":
            arguments = {"list_client_order_id": "forgotten"}
        scene.faults.add(NEVER, call=call, times=1)
        with pytest.raises(OutcomeUnknown, match="cannot be found") as caught:
            await getattr(scene.api, call)("BTCUSDT", **arguments)
        assert not isinstance(caught.value, AbsentAfterFence)

    on_stage(play, judge=False)


def test_f41_an_order_that_only_the_list_of_all_orders_has() -> None:
    async def play(scene: Scene) -> None:
        order_id = scene.resting()
        scene.faults.add(Refuse(400, -2013, "Order does not exist."), call="order")
        deed = await cancel(scene, order_id, LoseReply("reset"))
        assert deed.told == "value"
        assert deed.verdict.order_id == order_id

    on_stage(play)


def test_f41_an_archived_order_is_over() -> None:
    from binance_async.codes import OrderArchived

    async def play(scene: Scene) -> None:
        order_id = scene.resting()
        await cancel(scene, order_id)
        scene.faults.now(ClockJump(91 * 86_400))
        with pytest.raises(OrderArchived):
            await scene.api.order("BTCUSDT", order_id=order_id)
        deed = await cancel(scene, order_id, NEVER)
        assert isinstance(deed.verdict, BinanceError)
        assert isinstance(deed.verdict, Rejected)
        assert "archived" in str(deed.verdict)

    on_stage(play)
