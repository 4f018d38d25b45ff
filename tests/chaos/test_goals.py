"""The goals at the size of CI; `python -m tests.chaos --size night` runs them larger."""

from __future__ import annotations

from typing import Any

import pytest

from binance_async.net.virtual import run_virtual
from tests.chaos import goals

SEED = 1


@pytest.mark.parametrize(
    ("goal", "size"), [(goals.rotation, 20), (goals.kills, 30)], ids=lambda p: getattr(p, "__name__", p)
)
def test_goal(goal: Any, size: int, record_property: Any) -> None:
    figures = run_virtual(goal(size, SEED))
    record_property("figures", figures)
    print(goal.__name__, "seed", SEED, figures)
