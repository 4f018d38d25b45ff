"""G10 for what is no request, at the size of CI."""

from __future__ import annotations

from typing import Any

import pytest

from binance_async.net.virtual import run_virtual
from binance_async.session.connection import Link
from binance_async.session.market import MarketStream
from tests.chaos import cancelled
from tests.chaos.goals import Broken

SEED = 1


def test_g10_every_act(record_property: Any) -> None:
    figures = run_virtual(cancelled.acts(1_000, SEED))
    record_property("figures", figures)
    print("acts", "seed", SEED, figures)
    assert figures["acts"] == len(cancelled.ACTS) + 1
    assert figures["cancels"] > 200


def _act(name: str) -> cancelled.Act:
    return next(act for act in cancelled.ACTS if act.name == name)


def test_the_goal_sees_a_stream_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    async def careless(self: Any) -> None:
        await self._hub.attach(self, self._streams.values())

    monkeypatch.setattr(MarketStream, "open", careless)
    with pytest.raises(Broken, match="left behind"):
        run_virtual(cancelled._at_every_moment(_act("stream: open"), SEED))


def test_the_goal_sees_a_connection_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    async def careless(self: Any) -> None:
        self._task = None

    monkeypatch.setattr(Link, "close", careless)
    with pytest.raises(Broken, match="left behind"):
        run_virtual(cancelled._at_every_moment(_act("websocket: open, logged on"), SEED))
