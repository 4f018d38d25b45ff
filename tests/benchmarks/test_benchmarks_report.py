from __future__ import annotations

from benchmarks import report
from benchmarks.model import FLOOR, OURS, PEER, Benchmark, Metric, Outcome, Row

BENCHMARK = Benchmark(
    name="x",
    title="Title",
    about="About.",
    metrics=(Metric("cpu_us", "µs CPU"), Metric("rate", "a second", digits=0)),
    runs=lambda _quick: [],
    read=lambda _result: {},
    floor=lambda _case: "bare",
    ratios_to=("peer",),
)


def outcome() -> Outcome:
    rows = [
        Row("case", "bare", FLOOR),
        Row("case", "ours", OURS),
        Row("case", "peer", PEER),
        Row("case", "absent", PEER),
    ]
    for row, value in zip(rows, (1.0, 1.5, 30.0), strict=False):
        row.add({"cpu_us": value, "rate": 1_234_567.0})
        row.add({"cpu_us": value * 1.2, "rate": 1_234_567.0})
    rows[3].errors.append("pip: no such package")
    return Outcome("x", rows)


def test_a_case_in_full() -> None:
    lines = report.details(BENCHMARK, outcome(), "case").splitlines()
    assert lines[0] == "| case | µs CPU | least – most | a second | × bare | × peer |"
    assert lines[3] == "| **ours** | 1.65 | 1.50 – 1.80 | 1,234,567 | 1.50 | 0.05 |"
    assert lines[5] == "| absent | failed | – | failed | – | – |"
    assert {line.count("|") for line in lines} == {7}


def test_what_is_missing_is_said() -> None:
    assert "- absent: pip: no such package" in report.section(BENCHMARK, outcome())


def test_an_overview_only_where_there_are_several_cases() -> None:
    assert "In µs CPU" not in report.section(BENCHMARK, outcome())
    both = outcome()
    both.rows.append(Row("another", "bare", FLOOR))
    text = report.overview(BENCHMARK, both)
    assert "|  | case | another |" in text
    assert "| bare | 1.10 | – |" in text


def test_small_numbers_keep_a_digit() -> None:
    assert report.number(3.14159, 0) == "3.1"
    assert report.number(31.4159, 0) == "31"
    assert report.number(0.31234, 3) == "0.312"
