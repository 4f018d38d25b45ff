"""Results as Markdown. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.model import OURS, Benchmark, Metric, Outcome, Row, ratio

Described = Mapping[str, object]


def number(value: float, digits: int) -> str:
    """A number with thousands apart; small ones keep their digits."""
    if digits == 0 and abs(value) < 10:
        digits = 1
    return f"{value:,.{digits}f}"


def _cell(row: Row | None, metric: Metric) -> str:
    if row is None:
        return "–"
    value = row.value(metric)
    if value is None:
        return "failed" if row.errors else "–"
    return number(value, metric.digits)


def _times(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _table(head: list[str], lines: list[list[str]]) -> str:
    rows = [head, ["---", *["---:"] * (len(head) - 1)], *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _named(outcome: Outcome, client: str) -> str:
    ours = any(row.client == client and row.group == OURS for row in outcome.rows)
    return f"**{client}**" if ours else client


def overview(benchmark: Benchmark, outcome: Outcome) -> str:
    """Clients down, cases across: the first metric."""
    metric = benchmark.metrics[0]
    cases = outcome.cases()
    lines = [
        [_named(outcome, client), *(_cell(outcome.row(case, client), metric) for case in cases)]
        for client in outcome.clients()
    ]
    return f"In {metric.unit}:\n\n" + _table(["", *cases], lines)


def details(benchmark: Benchmark, outcome: Outcome, case: str) -> str:
    """One case: every metric, the range of the first one, and its ratios."""
    first, *others = benchmark.metrics
    compared = [name for name in (benchmark.floor(case), *benchmark.ratios_to) if name is not None]
    compared = [name for name in dict.fromkeys(compared) if outcome.row(case, name) is not None]
    head = [case, first.unit, "least – most", *(metric.unit for metric in others), *(f"× {name}" for name in compared)]
    lines: list[list[str]] = []
    for client in outcome.clients():
        row = outcome.row(case, client)
        if row is None:
            continue
        values = row.samples.get(first.name, [])
        between = f"{number(min(values), first.digits)} – {number(max(values), first.digits)}" if values else "–"
        lines.append(
            [
                _named(outcome, client),
                _cell(row, first),
                between,
                *(_cell(row, metric) for metric in others),
                *(_times(ratio(row, outcome.row(case, name), first)) for name in compared),
            ]
        )
    return _table(head, lines)


def failures(outcome: Outcome) -> list[str]:
    """What could not be measured, and why."""
    told = {f"{row.client}: {error}" for row in outcome.rows for error in row.errors}
    return sorted(told)


def section(benchmark: Benchmark, outcome: Outcome, plot: str | None = None) -> str:
    """Everything about one benchmark."""
    parts = [f"### {benchmark.title} (`{benchmark.name}`)", benchmark.about]
    if plot:
        parts.append(f"![{benchmark.title}]({plot})")
    if len(outcome.cases()) > 1:
        parts.append(overview(benchmark, outcome))
    parts += [details(benchmark, outcome, case) for case in outcome.cases()]
    missing = failures(outcome)
    if missing:
        parts.append("Not measured:\n\n" + "\n".join(f"- {line}" for line in missing))
    return "\n\n".join(parts)


def heading(machine: Described, versions: Mapping[str, Mapping[str, str]]) -> str:
    """Where, with what and how the numbers were made."""
    where = ", ".join(str(machine[name]) for name in ("cpu", "system", "python", "date"))
    lines = [f"{where}; {machine['cores']} cores, load {machine['load']} at the beginning."]
    for name, found in versions.items():
        title = {"own": "Ours and the floors", "peers": "Peers"}.get(name, name)
        lines.append(f"{title}: " + ", ".join(f"{package} {version}" for package, version in found.items()) + ".")
    return "\n\n".join(lines)
