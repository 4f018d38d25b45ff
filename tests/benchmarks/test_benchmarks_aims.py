from __future__ import annotations

import pytest

from benchmarks.aims import AIMS, Aim, table
from benchmarks.model import OURS, Outcome, Row
from benchmarks.suite import ALL


@pytest.mark.parametrize(("value", "reached"), [(0.84, False), (0.85, True), (1.0, True), (1.15, True), (1.16, False)])
def test_an_aim_with_two_limits(value: float, reached: bool) -> None:
    aim = Aim("x", lambda _outcomes: value, 1.15, 0.85)
    assert aim.reached(value) is reached
    assert aim.bounds == "at least 0.85 and at most 1.15 ×"


def full(benchmark: str) -> Outcome:
    """Every run of a benchmark, all alike."""
    rows: dict[tuple[str, str], Row] = {}
    for run in ALL[benchmark].runs(False):
        row = rows.setdefault((run.case, run.client.name), Row(run.case, run.client.name, run.client.group))
        row.samples = {name: [10.0] for name in ("cpu_us", "p99", "cpu_ms", "mib", "per_cpu_second", "growth_mib")}
    return Outcome(benchmark, list(rows.values()))


def test_every_aim_is_of_something_that_is_measured() -> None:
    outcomes = {name: full(name) for name in ALL}
    for aim in AIMS:
        assert aim.read(outcomes) is not None, aim.text
        assert aim.read({}) is None, aim.text


def test_the_table_says_what_is_not_reached() -> None:
    ours, floor = Row("trade", "binance_async", OURS), Row("trade", "websockets, await recv()", "floor")
    ours.add({"cpu_us": 6.0})
    floor.add({"cpu_us": 5.0})
    text = table({"stream": Outcome("stream", [ours, floor])})
    assert "| at most 1 × | 1.20 | **not reached** |" in text
    ours.samples["cpu_us"] = [2.0]
    assert "| at most 1 × | 0.40 | reached |" in table({"stream": Outcome("stream", [ours, floor])})


def test_nothing_measured_is_no_table() -> None:
    assert table({}) == ""
