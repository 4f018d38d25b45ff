from __future__ import annotations

from typing import Any

import pytest

from benchmarks.clients import harness


class Ended(Exception):
    pass


@pytest.fixture
def finished(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the client would have printed as its last line."""
    results: list[dict[str, Any]] = []

    def finish(result: dict[str, Any]) -> None:
        results.append(result)
        raise Ended

    monkeypatch.setattr(harness, "finish", finish)
    return results


@pytest.fixture
def cpu(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """CPU time as the test says it is: microseconds per message in [0], the time now in [1]."""
    state = [1.0, 0.0]
    monkeypatch.setattr(harness.time, "process_time", lambda: state[1])
    monkeypatch.setattr(harness.time, "perf_counter", lambda: 2 * state[1])
    return state


@pytest.mark.parametrize("cost", [1.0, 30.0, 3000.0])
def test_rounds_are_equally_long_whatever_a_message_costs(
    finished: list[dict[str, Any]], cpu: list[float], cost: float
) -> None:
    meter = harness.Meter({})
    count, due = 0, meter.due
    with pytest.raises(Ended):
        while True:
            count += 1
            cpu[1] += cost * 1e-6
            if count >= due:
                due = meter.mark(count)
    rounds = finished[0]["windows"]
    assert len(rounds) == harness.WINDOWS
    for one in rounds:
        assert one["cpu"] / one["messages"] * 1e6 == pytest.approx(cost, rel=1e-6)
        assert one["cpu"] == pytest.approx(harness.WINDOW, rel=0.05)
        assert one["wall"] == pytest.approx(2 * one["cpu"])


def test_the_first_round_is_not_counted(finished: list[dict[str, Any]], cpu: list[float]) -> None:
    meter = harness.Meter({"windows": 2})
    count, due = 0, meter.due
    with pytest.raises(Ended):
        while True:
            count += 1
            cpu[1] += 1e-3 if count <= 256 else 1e-5
            if count >= due:
                due = meter.mark(count)
    for one in finished[0]["windows"]:
        assert one["cpu"] / one["messages"] == pytest.approx(1e-5, rel=1e-6)


def test_something_without_a_network(finished: list[dict[str, Any]], cpu: list[float]) -> None:
    def operate(times: int) -> None:
        cpu[1] += times * 100 * 2e-6

    with pytest.raises(Ended):
        harness.timed({}, operate, 100)
    for one in finished[0]["windows"]:
        assert one["cpu"] / one["messages"] * 1e6 == pytest.approx(2.0)
        assert one["cpu"] == pytest.approx(harness.WINDOW, rel=0.05)
