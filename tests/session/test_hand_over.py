"""Hand-overs that follow each other closely; see `tests/scenarios/connection/test_f03_f04.py` for all others."""

from __future__ import annotations

import asyncio

import pytest

from binance_async.simulator.actions import Delay
from binance_async.spot import streams
from tests.scenarios.connection.kit import events, gaps, scenario, stage, until


@pytest.mark.parametrize("late", [0.3, 0.7, 0.95])
@pytest.mark.parametrize("again_after", [0.0, 0.2, 0.5])
@scenario
async def test_a_connection_that_is_still_behind_is_handed_over_itself(late: float, again_after: float) -> None:
    """What the first of three delivered comes on the second when that is being left already."""
    async with stage() as s, s.binance.spot.stream(streams.trade("AAAUSDT")) as market:
        seen = s.reader(market)
        s.run(s.trader.keep_trading(["AAAUSDT"], 0.1))
        await asyncio.sleep(1)
        s.exchange.faults.add(Delay(late), event="*", connection=2)
        s.link.rotate()
        await until(lambda: s.link.rotations == 1 and s.connection.name.endswith("/2"), within=5)
        await asyncio.sleep(again_after)
        s.link.rotate()
        await until(lambda: s.link.rotations == 2 and s.connection.name.endswith("/3"), within=5)
        await asyncio.sleep(2)
        ids = [event.trade_id for event in events(seen)]
        assert ids == list(range(ids[0], ids[0] + len(ids)))
        assert len(ids) >= 30
        assert gaps(seen) == []
