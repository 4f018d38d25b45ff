"""G7, G8, G9, G11 and G19 at the size of CI."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from binance_async.net.virtual import run_virtual
from binance_async.session.subscription import Subscription
from tests.chaos import goals, runtime

SEED = 1


@pytest.mark.parametrize(
    ("goal", "size"),
    [
        (runtime.connects, 10),
        (runtime.memory, 250_000),
        (runtime.close, 1),
        (runtime.blocked, 3),
        (runtime.huge, 2),
    ],
    ids=lambda p: getattr(p, "__name__", p),
)
def test_goal(goal: Any, size: int, record_property: Any) -> None:
    figures = run_virtual(goal(size, SEED))
    record_property("figures", figures)
    print(goal.__name__, "seed", SEED, figures)


def test_there_are_enough_states_to_close_in() -> None:
    assert len(runtime.STATES) - len(runtime.WIRE_STATES) >= 13


def test_the_goal_sees_a_queue_without_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Subscription, "_overflow", lambda self: None)
    with pytest.raises(goals.Broken):
        run_virtual(runtime.memory(20_000, SEED))


def test_the_goal_sees_a_task_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    from binance_async.session.manager import Manager

    async def careless(self: Any) -> list[Any]:
        for closable in list(self._closables.values()):
            await closable.close()
        return []

    def spawn(self: Any, work: Any, *, name: str) -> Any:
        return asyncio.get_running_loop().create_task(work, name=name)

    monkeypatch.setattr(Manager, "_close", careless)
    monkeypatch.setattr(Manager, "spawn", spawn)
    with pytest.raises(goals.Broken):
        run_virtual(runtime.close_in("resolving an order"))


def test_the_goal_sees_a_storm(monkeypatch: pytest.MonkeyPatch) -> None:
    from binance_async.core.backoff import ConnectBudget

    monkeypatch.setattr(ConnectBudget, "reserve", lambda self, now: now)
    with pytest.raises(goals.Broken, match="connects within 5 minutes"):
        run_virtual(runtime.connects(3, SEED))


def test_the_goal_sees_a_link_that_is_given_up_because_we_were_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    from binance_async.session.connection import Connection

    async def impatient(self: Any, seen: int, seconds: float) -> bool:
        until = self.manager.clock.monotonic() + seconds
        await self.manager.clock.sleep(0.01)
        return self.frames != seen and self.manager.clock.monotonic() < until

    monkeypatch.setattr(Connection, "_heard", impatient)
    with pytest.raises(goals.Broken):
        run_virtual(runtime.blocked(3, SEED))
