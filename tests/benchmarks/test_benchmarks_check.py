from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import check
from benchmarks.check import Reading, Verdict
from benchmarks.model import Outcome, Row
from benchmarks.suite import ALL


@pytest.mark.parametrize(
    ("found", "noise", "failed"),
    [
        (1.0, 0.0, False),
        (1.09, 0.0, False),
        (1.11, 0.0, True),
        (1.11, 0.02, False),
        (1.13, 0.02, True),
        (0.5, 0.0, False),
    ],
)
def test_a_loss_beyond_ten_percent_and_the_noise_fails(found: float, noise: float, failed: bool) -> None:
    assert Verdict("x", Reading(1.0, 0.0), Reading(found, noise)).failed is failed


def test_the_accepted_noise_counts_too() -> None:
    assert not Verdict("x", Reading(1.0, 0.05), Reading(1.14, 0.0)).failed


def test_something_new_is_not_judged() -> None:
    assert not Verdict("x", None, Reading(100.0, 0.0)).failed


def results(*, slower: float = 1.0) -> dict[str, Any]:
    """Every guarded client of the import benchmark, with the floor at 10."""
    rows: dict[tuple[str, str], Row] = {}
    for guard in ALL["import"].guards:
        for client, value in ((guard.floor, 10.0), (guard.client, 20.0 * slower)):
            found = rows.setdefault((guard.case, client), Row(guard.case, client, "ours"))
            if guard.metric not in found.samples:
                found.samples[guard.metric] = [value] * 3
    return {"benchmarks": {"import": [vars(row) for row in rows.values()]}}


def test_accept_then_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(check, "ACCEPTED", tmp_path / "accepted.json")
    assert check.main(results(), accept=True) == 0
    accepted = json.loads(check.ACCEPTED.read_text())
    assert {reading["ratio"] for reading in accepted.values()} == {2.0}
    assert check.main(results(slower=1.05), accept=False) == 0
    assert check.main(results(slower=1.2), accept=False) == 1
    assert len(check.failing(results(slower=1.2))) == 1
    assert check.failing(results(slower=1.05)) == []
    assert check.main(results(slower=1.2), accept=False, again=results(slower=1.05)) == 0
    assert check.main(results(slower=1.2), accept=False, again=results(slower=1.3)) == 1
    assert "WORSE" in capsys.readouterr().out


def test_what_was_not_measured_is_not_passed_over() -> None:
    with pytest.raises(LookupError, match="was not measured"):
        check.readings(ALL["import"], Outcome("import", []))


def test_guards_name_runs_that_exist() -> None:
    for benchmark in ALL.values():
        runs = {(run.case, run.client.name) for run in benchmark.runs(False)}
        for guard in benchmark.guards:
            assert (guard.case, guard.client) in runs
            assert (guard.floor_case or guard.case, guard.floor) in runs


def test_accepted_ratios_are_of_guards_that_exist() -> None:
    if check.ACCEPTED.exists():
        names = {f"{benchmark.name}: {guard.name}" for benchmark in ALL.values() for guard in benchmark.guards}
        assert set(json.loads(check.ACCEPTED.read_text())) <= names
