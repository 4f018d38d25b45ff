"""The guard: ratios to the floor of the same run, against the last accepted ones.

Times differ from machine to machine and from hour to hour; what a client costs in units of the floor beside it hardly
does. How much it does is measured (the spread of the ratio over the repeats) and added to the 10 % that are allowed.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.model import Benchmark, Outcome, Row, paired_ratios, spread
from benchmarks.suite import ALL

ACCEPTED = Path(__file__).with_name("accepted.json")
ALLOWED = 0.10


@dataclass(frozen=True)
class Reading:
    """A guarded ratio and how sure it is."""

    ratio: float
    noise: float


@dataclass(frozen=True)
class Verdict:
    """A reading beside the accepted one."""

    name: str
    accepted: Reading | None
    found: Reading

    @property
    def limit(self) -> float:
        """Above this it has got worse."""
        if self.accepted is None:
            return float("inf")
        return self.accepted.ratio * (1 + ALLOWED + self.accepted.noise + self.found.noise)

    @property
    def failed(self) -> bool:
        """Whether it has."""
        return self.found.ratio > self.limit

    def __str__(self) -> str:
        before = f"{self.accepted.ratio:.3f}" if self.accepted else "new"
        state = "WORSE" if self.failed else "ok"
        return f"{state:6} {self.found.ratio:7.3f} (accepted {before}, at most {self.limit:.3f})  {self.name}"


def readings(benchmark: Benchmark, outcome: Outcome) -> dict[str, Reading]:
    """The guarded ratios of a benchmark. Raises `LookupError` when one was not measured."""
    found: dict[str, Reading] = {}
    for guard in benchmark.guards:
        ours = outcome.row(guard.case, guard.client)
        floor = outcome.row(guard.floor_case or guard.case, guard.floor)
        ratios = paired_ratios(ours, floor, guard.metric) if ours and floor else []
        if not ratios:
            raise LookupError(f"{benchmark.name}: {guard.name} was not measured")
        found[f"{benchmark.name}: {guard.name}"] = Reading(statistics.median(ratios), spread(ratios))
    return found


def verdicts(found: Mapping[str, Reading], accepted: Mapping[str, Mapping[str, float]]) -> list[Verdict]:
    """What was found beside what was accepted."""
    return [
        Verdict(name, Reading(**accepted[name]) if name in accepted else None, reading)
        for name, reading in found.items()
    ]


def _found(results: Mapping[str, Any]) -> dict[str, Reading]:
    found: dict[str, Reading] = {}
    for name, rows in results["benchmarks"].items():
        found |= readings(ALL[name], Outcome(name, [Row(**row) for row in rows]))
    return found


def _accepted() -> dict[str, dict[str, float]]:
    accepted: dict[str, dict[str, float]] = json.loads(ACCEPTED.read_text()) if ACCEPTED.exists() else {}
    return accepted


def failing(results: Mapping[str, Any]) -> list[str]:
    """The benchmarks in which something seems to have got worse."""
    failed = [verdict.name for verdict in verdicts(_found(results), _accepted()) if verdict.failed]
    return list(dict.fromkeys(name.partition(":")[0] for name in failed))


def main(results: Mapping[str, Any], *, accept: bool, again: Mapping[str, Any] | None = None) -> int:
    """Compare, or accept; 1 if something got worse.

    `again` are results of a second run. Of two readings the better one counts: what has got worse is so twice, and what
    other work on the machine adds is not.
    """
    found, accepted = _found(results), _accepted()
    for name, reading in (_found(again) if again is not None else {}).items():
        found[name] = min(found[name], reading, key=lambda each: each.ratio)
    if accept:
        accepted |= {name: {"ratio": round(r.ratio, 4), "noise": round(r.noise, 4)} for name, r in found.items()}
        ACCEPTED.write_text(json.dumps(accepted, indent=2, sort_keys=True) + "\n")
    judged = verdicts(found, accepted)
    for verdict in judged:
        print(verdict)
    return int(any(verdict.failed for verdict in judged))
