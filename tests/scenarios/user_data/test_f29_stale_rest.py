"""F29: REST is behind the events."""

from __future__ import annotations

import asyncio

import pytest
from account_scene import ROUTES, Scene, scene

from binance_async.simulator.actions import Lag, Mute, Reset, Unreachable


def lagging(scene: Scene, most: float = 40.0) -> None:
    """Each read sees the ledger of another moment, up to so long ago."""
    for share, probability in ((1.0, 0.25), (0.6, 0.33), (0.2, 0.5)):
        scene.exchange.faults.add(Lag(most * share), call="*", writes=False, probability=probability)


@pytest.mark.parametrize("seed", range(6))
@scene(*ROUTES)
async def test_f29_reads_of_random_moments(seed: int, scene: Scene) -> None:
    scene.exchange.faults._chance.seed(seed)
    async with scene.listening():
        lagging(scene)
        orders = [scene.place(price=59_000 + number) for number in range(6)]
        for _ in range(40):
            scene.live_a_little()
            await asyncio.sleep(0.5)
        scene.exchange.faults.now(Reset())
        for number in range(10):
            scene.live_a_little()
            if number < 3:
                scene.cancel(orders.pop())
            await asyncio.sleep(0.05)
        scene.fill(59_000, quantity="0.005")  # the best bid, in part
        await scene.restored()
        for _ in range(10):
            scene.live_a_little()
            await asyncio.sleep(1.0)
        await asyncio.sleep(120)
        scene.check(gaps=1)


@scene("logon", "us")
async def test_f29_a_reading_that_knows_nothing_of_the_outage(scene: Scene) -> None:
    """All of REST is 40 s behind: what was missed comes after the gap was told, and without another."""
    async with scene.listening():
        scene.live_a_little()
        order = scene.place(price=59_000)
        await asyncio.sleep(100)
        scene.exchange.faults.add(Lag(40.0), call="*", writes=False)
        scene.exchange.faults.now(Unreachable(1.0))
        scene.live_a_little()
        scene.cancel(order)
        await scene.restored()
        assert not any(event.source == "rest" for event in scene.seen), "it was not there yet"
        await asyncio.sleep(60)
        scene.check(gaps=1)


@scene("logon", "us")
async def test_f29_a_second_outage_before_the_first_was_read_to_its_end(scene: Scene) -> None:
    async with scene.listening():
        scene.live_a_little()
        await asyncio.sleep(100)
        scene.exchange.faults.add(Lag(40.0), call="*", writes=False)
        scene.exchange.faults.now(Reset())
        scene.live_a_little()
        await scene.restored()
        scene.live_a_little()
        await asyncio.sleep(10)
        scene.exchange.faults.now(Reset())
        scene.live_a_little()
        await scene.restored(2)
        scene.live_a_little()
        await asyncio.sleep(60)
        scene.check(gaps=2)


@scene("logon", "us")
async def test_f29_a_lagging_start(scene: Scene) -> None:
    """What REST did not know of when it began is not taken for news, and what it did not know had ended, ends."""
    ended, lives = scene.place(price=59_000), scene.place(price=59_001)
    await asyncio.sleep(60)
    scene.trade()
    scene.fill(59_001, quantity="0.004")
    scene.cancel(ended)
    lag = scene.exchange.faults.add(Lag(30.0), call="*", writes=False)
    async with scene.listening(symbols=["BTCUSDT"]) as account:
        await asyncio.sleep(1)
        lag.remove()
        scene.fill(59_001, quantity="0.002")
        await asyncio.sleep(1)
        scene.exchange.faults.now(Reset())
        scene.fill(59_001, quantity="0.003")
        await scene.restored()
        await asyncio.sleep(60)
        scene.truth.check(
            [event for event in scene.seen if getattr(event, "order_id", lives) == lives], account, gaps=1
        )
        assert [event.order_id for event in scene.seen if "CANCELED" in str(getattr(event, "status", ""))] == [ended]
        assert list(account.state.open) == [("BTCUSDT", lives)]


@scene()
async def test_f29_a_trade_that_only_rest_tells_stands_behind_one_that_was_heard(scene: Scene) -> None:
    """An order that is filled stays so for whoever reads the events, though a trade of it comes late."""
    async with scene.listening():
        scene.live_a_little()
        await asyncio.sleep(1)
        order = scene.place(quantity="0.03")
        await asyncio.sleep(1)
        skipped = scene.exchange.faults.add(Mute(), event="executionReport", times=1)
        scene.fill(quantity="0.01")
        scene.fill(quantity="0.02")
        assert skipped.hits == 1
        await scene.restored(limit=16 * 60)
        await asyncio.sleep(60)
        trades = [(str(e.status), e.last_qty, e.executed_qty, e.source) for e in scene.seen
                  if getattr(e, "order_id", 0) == order and str(e.execution_type) == "TRADE"]  # fmt: skip
        assert [(status, str(executed), source) for status, _, executed, source in trades] == [
            ("FILLED", "0.03000000", "stream"), ("FILLED", "0.03000000", "rest")
        ]  # fmt: skip
        assert [str(quantity) for _, quantity, _, _ in trades] == ["0.02000000", "0.01000000"]
        scene.check(gaps=1)
