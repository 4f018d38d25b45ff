from __future__ import annotations

from typing import Any

import pytest

from benchmarks.clients import simulated_day
from benchmarks.suite.simulator import DAY
from binance_async.net.virtual import run_virtual


def test_a_short_day() -> None:
    found = run_virtual(simulated_day.live(0.5, rate=2, symbols=2))
    assert len(found["resident_mib"]) == 4
    assert all(mib > 10 for mib in found["resident_mib"])
    done = found["done"]
    assert done["orders"] == 29
    assert 3_000 < done["takes"] / 0.15 < 4_200
    assert done["trades"] > 100
    assert done["account events"] > done["orders"]
    assert not done.get("left_out")


def test_what_goes_wrong_during_the_day_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def trade(*_: Any) -> None:
        raise RuntimeError("no orders today")

    monkeypatch.setattr(simulated_day, "_trade", trade)
    with pytest.raises(RuntimeError, match="no orders today"):
        run_virtual(simulated_day.live(0.1, rate=1, symbols=1))


@pytest.mark.parametrize(("quick", "hours"), [(False, 24), (True, 6)])
def test_a_quick_day_is_shorter(quick: bool, hours: int) -> None:
    (run,) = DAY.runs(quick)
    assert run.task["hours"] == hours
    assert run.timeout > 60


def test_growth_is_from_the_first_quarter_to_the_last() -> None:
    found = DAY.read({"resident_mib": [50.0, 53.0, 51.0, 52.5], "done": {"orders": 2, "takes": 3}, "cpu": 1.5})
    assert found == {"growth_mib": 2.5, "first_mib": 50.0, "last_mib": 52.5, "events": 5, "cpu_s": 1.5}
