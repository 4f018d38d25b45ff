"""The goals about orders and requests at the size of CI; `python -m tests.chaos --size night` runs them larger."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from binance_async.errors import AbsentAfterFence, Rejected
from binance_async.net.virtual import run_virtual
from binance_async.simulator.actions import LateCommit, LoseReply
from tests.chaos import orders
from tests.chaos.goals import Broken
from tests.chaos.trader import Desk, open_desk
from tests.chaos.verdicts import Deed, Truth

SEED = 1

GOALS: list[tuple[Any, int, dict[str, Any]]] = [
    (orders.outcomes, 300, {"route": "rest", "user_stream": True}),
    (orders.outcomes, 300, {"route": "hmac", "user_stream": False}),
    (orders.outcomes, 300, {"route": "ed25519", "user_stream": True}),
    (orders.outcomes, 100, {"route": "rest", "user_stream": False}),
    (orders.embargoes, 3, {}),
    (orders.cancels, 1_000, {"route": "rest"}),
    (orders.cancels, 6, {"route": "hmac"}),
    (orders.cancels, 1_000, {"route": "ed25519"}),
    (orders.crossed, 2_000, {}),
    (orders.clocks, 5, {}),
]


def _name(goal: Any, size: int, options: dict[str, Any]) -> str:
    return "-".join([goal.__name__, str(size), *map(str, options.values())])


@pytest.mark.parametrize(("goal", "size", "options"), GOALS, ids=[_name(*each) for each in GOALS])
def test_goal(goal: Any, size: int, options: dict[str, Any], record_property: Any) -> None:
    figures = run_virtual(goal(size, SEED, **options))
    record_property("figures", figures)
    print(goal.__name__, "seed", SEED, figures)


def test_a_run_replays_from_its_seed() -> None:
    first, second = (run_virtual(orders.outcomes(60, 7, route="ed25519", user_stream=True)) for _ in range(2))
    assert first == second


# The checker finds what is wrong: a false verdict is no verdict.


async def _one(desk: Desk, fault: Any) -> Deed:
    rule = desk.exchange.faults.add(fault, call="place_order", times=1)
    deed = Deed("place_order", "deed-1")
    await deed.do(
        desk.exchange,
        lambda: desk.api.place_order("BTCUSDT", "BUY", "MARKET", quantity="0.001", new_client_order_id="deed-1"),
    )
    rule.remove()
    return deed


FALSE: list[tuple[Any, Any, str]] = [
    (LoseReply("reset"), Rejected("no"), "it happened"),
    (LoseReply("reset"), AbsentAfterFence("not there"), "before the fence"),
    (LateCommit(1e9), "value of another", "the reply shows order"),
    (LateCommit(40.0), AbsentAfterFence("not there"), "no alarm"),
]


@pytest.mark.parametrize(("fault", "verdict", "problem"), FALSE)
def test_the_checker_finds_a_false_verdict(fault: Any, verdict: Any, problem: str) -> None:
    async def main() -> None:
        async with open_desk(SEED) as desk:
            deed = await _one(desk, fault)
            await asyncio.sleep(300)
            Truth.of(desk.exchange).judge([deed], alarms=desk.alarms)
            if verdict == "value of another":
                deed.verdict = await desk.api.place_order("BTCUSDT", "BUY", "MARKET", quantity="0.001")
            else:
                deed.verdict = verdict
            with pytest.raises(Broken, match=problem):
                Truth.of(desk.exchange).judge([deed], alarms=[])

    run_virtual(main())


def test_the_checker_finds_a_doubled_order() -> None:
    async def main() -> None:
        async with open_desk(SEED) as desk:
            deed = await _one(desk, LoseReply("reset"))
            await desk.api.place_order("BTCUSDT", "BUY", "MARKET", quantity="0.001", new_client_order_id="deed-1")
            with pytest.raises(Broken, match="placed 2 times"):
                Truth.of(desk.exchange).judge([deed], alarms=[])

    run_virtual(main())


def test_the_checker_finds_a_write_that_nobody_asked_for() -> None:
    async def main() -> None:
        async with open_desk(SEED) as desk:
            deed = await _one(desk, LoseReply("reset"))
            await desk.api.place_order("BTCUSDT", "BUY", "MARKET", quantity="0.001", new_client_order_id="deed-2")
            with pytest.raises(Broken, match="nobody asked for"):
                Truth.of(desk.exchange).judge([deed], alarms=[])

    run_virtual(main())
