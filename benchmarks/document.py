"""`docs/performance.md`: the tables between its two marks are written by the command, the rest by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks import aims, report
from benchmarks.environments import ROOT
from benchmarks.model import Outcome, Row
from benchmarks.suite import ALL

PAGE = ROOT / "docs" / "performance.md"
PICTURES = ROOT / "docs" / "performance"
BEGIN, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"


def outcomes(results: Mapping[str, Any]) -> dict[str, Outcome]:
    """The results as rows again."""
    return {name: Outcome(name, [Row(**row) for row in rows]) for name, rows in results["benchmarks"].items()}


def render(results: Mapping[str, Any], pictures: Mapping[str, str]) -> str:
    """All tables."""
    found = outcomes(results)
    parts = [report.heading(results["machine"], results["versions"])]
    aimed = aims.table(found)
    if aimed:
        parts += ["### Aims", aimed]
    for name, outcome in found.items():
        parts.append(report.section(ALL[name], outcome, pictures.get(name)))
    return "\n\n".join(parts) + "\n"


def write(text: str) -> None:
    """Put the tables where they belong."""
    page = PAGE.read_text() if PAGE.exists() else f"# Performance\n\n{BEGIN}\n{END}\n"
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}")
