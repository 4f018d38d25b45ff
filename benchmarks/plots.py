"""One picture a benchmark, drawn by matplotlib in its own environment."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.environments import ROOT, environment
from benchmarks.model import Outcome, Row
from benchmarks.suite import ALL


def draw(results: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """Write the pictures; where each is, seen from `docs/`. Without matplotlib there are none."""
    home = environment("plots")
    if home.lacks(("matplotlib",)):
        return {}
    folder.mkdir(parents=True, exist_ok=True)
    drawn: dict[str, str] = {}
    wanted: list[dict[str, Any]] = []
    for name, rows in results["benchmarks"].items():
        picture = _picture(name, Outcome(name, [Row(**row) for row in rows]), folder / f"{name}.png")
        if picture["bars"]:
            wanted.append(picture)
            drawn[name] = f"{folder.name}/{name}.png"
    script = Path(__file__).with_name("draw.py")
    subprocess.run([str(home.python), str(script)], input=json.dumps(wanted), text=True, check=True, cwd=ROOT)
    return drawn


def _picture(name: str, outcome: Outcome, file: Path) -> dict[str, Any]:
    benchmark = ALL[name]
    metric = benchmark.metrics[0]
    groups = {row.client: row.group for row in outcome.rows}
    bars = [
        {
            "case": case,
            "client": client,
            "group": groups[client],
            "value": row.value(metric),
            "digits": metric.digits,
        }
        for case in outcome.cases()
        for client in outcome.clients()
        if (row := outcome.row(case, client)) is not None and row.value(metric) is not None
    ]
    return {"file": str(file), "title": benchmark.title, "unit": metric.unit, "bars": bars}
