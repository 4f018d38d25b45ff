"""F35: the answer to an order is lost. F37: the order enters late."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from orders_scene import ROUTES, AbsentAfterFence, Rejected, Scene, on_stage

from binance_async.errors import OutcomeUnknown
from binance_async.simulator.actions import Lag, LateCommit, LoseReply, Mute, Refuse, Unreachable
from tests.chaos.trader import LATEST, LOST, REFUSED

ANSWERED = {400, 403}
"""With these statuses the exchange says that nothing happened."""


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("fault", LOST, ids=str)
def test_f35_an_order_whose_answer_is_lost_is_found(fault: Any, route: str) -> None:
    async def play(scene: Scene) -> None:
        deed = await scene.market(fault)
        assert deed.told == "value"
        assert deed.verdict.executed_qty == sum(fill.qty for fill in deed.verdict.fills)
        assert deed.took < 13
        assert scene.requests("place_order", deed.key) == 1
        assert scene.history.side_effects(deed.key) == 1

    on_stage(play, route=route)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("fault", REFUSED, ids=str)
def test_f35_an_order_that_never_came_is_told_so(fault: Refuse, route: str) -> None:
    async def play(scene: Scene) -> None:
        deed = await scene.market(fault)
        silent = route != "rest" and fault.body is not None  # a page of HTML is no reply on the WebSocket API
        assert isinstance(deed.verdict, Rejected if fault.status in ANSWERED and not silent else AbsentAfterFence)
        assert deed.took <= LATEST
        assert scene.requests("place_order", deed.key) == 1
        assert scene.history.side_effects(deed.key) == 0

    on_stage(play, route=route)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    ("form", "names"),
    [
        (None, "OrderFull"),
        ("ACK", "OrderAck"),
        ("RESULT", "OrderResult"),
        ("FULL", "OrderFull"),
    ],
)
def test_f35_the_reply_is_of_the_kind_that_was_asked_for(form: Any, names: str, route: str) -> None:
    async def play(scene: Scene) -> None:
        kinds = []
        for fault in (None, LoseReply("reset")):
            await asyncio.sleep(2)  # a session opens again
            key = f"{names}-{fault}"[:30].replace(" ", "").partition("(")[0]
            arguments = {"side": "BUY", "type": "MARKET", "quantity": "0.001", "new_order_resp_type": form}
            deed = await scene.write("place_order", key, {**arguments, "new_client_order_id": key}, fault)
            kinds.append(deed.verdict)
        assert [type(each).__name__ for each in kinds] == [names, names]
        answered, found = kinds
        for name in answered.__struct_fields__:
            if name not in ("order_id", "client_order_id", "transact_time", "working_time", "fills"):
                assert getattr(found, name) == getattr(answered, name), name
        assert [fill.price for fill in getattr(found, "fills", [])] == [
            fill.price for fill in getattr(answered, "fills", [])
        ]

    on_stage(play, route=route)


def test_f35_what_cannot_be_asked_stays_unknown() -> None:
    async def play(scene: Scene) -> None:
        scene.faults.add(Refuse(503), call="order")
        deed = await scene.market(LoseReply("reset"))
        assert type(deed.verdict) is OutcomeUnknown
        assert deed.verdict.client_order_id == deed.key
        assert "could not be looked up" in str(deed.verdict)
        assert 60 < deed.took < 90
        scene.judge(unknown_allowed=True)

    on_stage(play, judge=False)


@pytest.mark.parametrize("refusal", [Refuse(403, body="<html>"), Refuse(401, -2015, "No."), Refuse(400, -1021, "No.")])
def test_f35_a_refusal_of_the_query_is_none_of_the_order(refusal: Refuse) -> None:
    async def play(scene: Scene) -> None:
        scene.faults.add(refusal, call="order", until=5.0)
        deed = await scene.market(LoseReply("reset"))
        assert deed.told == "value"
        assert deed.took >= 5

    on_stage(play)


@pytest.mark.parametrize("body", ["null", "[]", "{}", '{"orderId": "x"}', "17", "<html>", ""])
def test_f35_a_query_that_answers_nonsense_proves_nothing(body: str) -> None:
    from binance_async.simulator.actions import ReplaceReply

    async def play(scene: Scene) -> None:
        scene.faults.add(ReplaceReply(200, body), call="order")
        scene.faults.add(ReplaceReply(200, body), call="my_trades")
        deed = await scene.market(LoseReply("reset"))
        assert type(deed.verdict) is OutcomeUnknown
        scene.judge(unknown_allowed=True)

    on_stage(play, judge=False)


def test_f35_an_event_is_a_proof_when_rest_is_out_of_reach() -> None:
    async def play(scene: Scene) -> None:
        scene.faults.add(Refuse(503), call="order")
        deed = await scene.market(LoseReply("reset"))
        assert deed.told == "value"
        assert deed.took < 1
        assert (str(deed.verdict.status), deed.verdict.executed_qty) == ("FILLED", deed.verdict.orig_qty)

    on_stage(play, user_stream=True)


def test_f35_an_event_is_a_proof_when_rest_is_far_behind() -> None:
    async def play(scene: Scene) -> None:
        for call in ("order", "my_trades"):
            scene.faults.add(Lag(40.0), call=call)
        deed = await scene.market(LoseReply("reset"))
        assert deed.told == "value"
        assert str(deed.verdict.status) == "FILLED"

    on_stage(play, user_stream=True)


def test_f35_events_make_the_next_look_come_at_once() -> None:
    async def play(scene: Scene) -> None:
        slow = await scene.market(LateCommit(9.9))
        assert slow.told == "value"
        assert slow.took == pytest.approx(9.9, abs=0.3)

    on_stage(play, user_stream=True)


def test_f35_without_events_it_is_found_by_looking() -> None:
    async def play(scene: Scene) -> None:
        scene.faults.add(Mute(), event="*")
        deed = await scene.market(LateCommit(9.9))
        assert deed.told == "value"
        assert 9.9 < deed.took <= LATEST

    on_stage(play, user_stream=True)


# F37


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("delay", [0.0, 0.3, 2.0, 6.0, 10.0, 14.9, 17.5, 19.5])
def test_f37_a_late_order_is_never_told_absent(delay: float, route: str) -> None:
    async def play(scene: Scene) -> None:
        deed = await scene.market(LateCommit(delay))
        assert deed.told == "value"
        assert scene.desk.alarms == []

    on_stage(play, route=route)


@pytest.mark.parametrize("lag", [1.0, 4.0, 4.9])
def test_f37_nor_when_rest_is_behind(lag: float) -> None:
    async def play(scene: Scene) -> None:
        for call in ("order", "my_trades"):
            scene.faults.add(Lag(lag), call=call)
        assert (await scene.market(LateCommit(15.0))).told == "value"

    on_stage(play)


@pytest.mark.parametrize("window", [100, 5_000, 20_000, 60_000])
def test_f37_the_fence_moves_with_recv_window(window: int) -> None:
    async def play(scene: Scene) -> None:
        for number, delay in enumerate((window / 1000 + 10.0, 1e9)):
            key = f"window-{number}"
            arguments = {
                "side": "BUY", "type": "MARKET", "quantity": "0.001", "recv_window": window, "new_client_order_id": key,
            }  # fmt: skip
            deed = await scene.write("place_order", key, arguments, LateCommit(delay))
            assert deed.told == ("value" if delay < 1e9 else "AbsentAfterFence")
            assert deed.took <= window / 1000 + 12 + 5

    on_stage(play)


@pytest.mark.parametrize(
    ("user_stream", "delay"),
    [(True, 25.0), (True, 3_600.0), (False, 25.0), (False, 100.0), (False, 3_600.0), (False, 20 * 3_600.0)],
)
def test_f37_beyond_the_fence_an_alarm_is_raised(user_stream: bool, delay: float) -> None:
    async def play(scene: Scene) -> None:
        deed = await scene.market(LateCommit(delay))
        assert deed.told == "AbsentAfterFence"
        assert deed.verdict.client_order_id == deed.key
        assert scene.desk.alarms == []
        await asyncio.sleep(delay + 1 if user_stream else 3 * delay)
        assert scene.desk.alarms == [f"an order that was given up as absent has appeared: {deed.key}"]
        outcomes = scene.desk.binance.diagnostics()["outcomes"]["spot"]
        assert (outcomes["absent"], outcomes["alarms"]) == (1, 1)
        await asyncio.sleep(3_600)
        assert len(scene.desk.alarms) == 1

    on_stage(play, user_stream=user_stream)


def test_f37_an_order_that_stays_away_raises_none_and_is_not_looked_for_for_ever() -> None:
    async def play(scene: Scene) -> None:
        assert (await scene.market(LateCommit(1e9))).told == "AbsentAfterFence"
        before = scene.requests("order")
        await asyncio.sleep(3 * 86_400)
        assert scene.desk.alarms == []
        assert scene.requests("order") - before < 20
        assert scene.desk.resolver._tombstones == {}
        assert scene.desk.binance.diagnostics()["tasks"] == 0

    on_stage(play)


def test_f37_who_uses_the_id_again_is_not_alarmed_by_himself() -> None:
    async def play(scene: Scene) -> None:
        assert (await scene.market(LateCommit(1e9), key="mine")).told == "AbsentAfterFence"
        assert (await scene.market(key="mine")).told == "value"
        await asyncio.sleep(3_600)
        assert scene.desk.alarms == []

    on_stage(play, user_stream=True)


@pytest.mark.parametrize("before", [1.5, 60.0])
def test_f37_an_older_order_of_the_same_id_is_not_taken_for_it(before: float) -> None:
    async def play(scene: Scene) -> None:
        first = await scene.market(key="twice")
        await asyncio.sleep(before)
        second = await scene.market(LateCommit(1e9), key="twice")
        assert (first.told, second.told) == ("value", "AbsentAfterFence")
        third = await scene.market(LoseReply("reset"), key="twice")
        assert third.told == "value"
        assert third.verdict.order_id > first.verdict.order_id

    on_stage(play, judge=False)


def test_f37_an_outage_over_the_fence_decides_nothing() -> None:
    """Nobody answers from the loss until after the fence: then two looks are needed all the same."""

    async def play(scene: Scene) -> None:
        asyncio.get_running_loop().call_later(0.05, scene.faults.now, Unreachable(30.0))
        deed = await scene.market(LateCommit(28.0, "silence"))
        assert deed.told == "value"
        assert deed.took > 30

    on_stage(play)
