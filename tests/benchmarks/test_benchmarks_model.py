from __future__ import annotations

import pytest

from benchmarks.model import FLOOR, OURS, PEER, Metric, Outcome, Row, paired_ratios, ratio, spread, windows

CPU = Metric("cpu_us", "µs CPU")


def row(client: str, group: str, *values: float, case: str = "case") -> Row:
    found = Row(case, client, group)
    for value in values:
        found.add({"cpu_us": value})
    return found


def test_the_median_over_the_processes() -> None:
    assert row("a", OURS, 3, 1, 100).value(CPU) == 3
    assert row("a", OURS).value(CPU) is None


def test_or_the_least() -> None:
    assert row("a", OURS, 3, 1, 100).value(Metric("cpu_us", "µs", least=True)) == 1


def test_floors_first_and_peers_last() -> None:
    outcome = Outcome("x", [row("peer", PEER, 1), row("ours", OURS, 1), row("floor", FLOOR, 1)])
    assert outcome.clients() == ["floor", "ours", "peer"]


def test_ratios() -> None:
    ours, floor = row("ours", OURS, 2, 4, 3), row("floor", FLOOR, 1, 2, 2)
    assert ratio(ours, floor, CPU) == 1.5
    assert paired_ratios(ours, floor, "cpu_us") == [2.0, 2.0, 1.5]
    assert ratio(ours, None, CPU) is None
    assert ratio(row("ours", OURS), floor, CPU) is None


def test_spread() -> None:
    assert spread([5]) == 0
    assert spread([2, 2, 2]) == 0
    assert spread([1, 2, 3]) == pytest.approx(1 / 3)


def test_a_slow_round_does_not_move_the_median() -> None:
    rounds = [{"messages": 10, "cpu": cpu, "wall": 2 * cpu} for cpu in (1e-5, 1e-5, 9e-5)]
    found = windows({"windows": rounds, "rss_mib": 30.0})
    assert found["cpu_us"] == pytest.approx(1.0)
    assert found["per_cpu_second"] == pytest.approx(1e6)
    assert found["per_second"] == pytest.approx(5e5)
