"""The command: run, report, compare."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks import check, document, machine, plots
from benchmarks.environments import HOME, PACKAGES, environment
from benchmarks.model import Benchmark, Outcome, Row
from benchmarks.process import ClientFailed, execute
from benchmarks.suite import ALL


def _arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Benchmarks beside the peers.")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=list(ALL), help="these benchmarks alone")
    parser.add_argument("--clients", nargs="+", metavar="TEXT", help="only clients whose name contains one of these")
    parser.add_argument("--quick", action="store_true", help="fewer cases, two repeats")
    parser.add_argument("--repeats", type=int, help="processes a client and case")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample here")
    parser.add_argument("--check", action="store_true", help="compare with benchmarks/accepted.json; no peers are run")
    parser.add_argument("--accept", action="store_true", help="write benchmarks/accepted.json from this run")
    parser.add_argument("--document", action="store_true", help="write the tables and plots into docs/")
    parser.add_argument("--from", type=Path, dest="source", metavar="FILE", help="report a --json of before")
    parser.add_argument("--list", action="store_true", help="name the benchmarks")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Run what was asked for; 1 if the check failed."""
    options = _arguments(arguments)
    if options.list:
        for benchmark in ALL.values():
            print(f"{benchmark.name:16} {benchmark.title}")
        return 0
    results = json.loads(options.source.read_text()) if options.source else _measure(options)
    if options.accept:
        return check.main(results, accept=True)
    if options.check:
        return check.main(results, accept=False, again=_measured_again(options, results))
    pictures = Path(document.PICTURES) if options.document else HOME / "plots"
    text = document.render(results, plots.draw(results, pictures))
    if options.document:
        document.write(text)
    else:
        print(text)
    return 0


def _measured_again(options: argparse.Namespace, results: dict[str, object]) -> dict[str, object] | None:
    """What seems to have got worse is measured a second time."""
    names = [] if options.source else check.failing(results)
    if not names:
        return None
    print(f"worse, and measured again: {', '.join(names)}", file=sys.stderr)
    return _measure(argparse.Namespace(**{**vars(options), "only": names}))


def _measure(options: argparse.Namespace) -> dict[str, object]:
    chosen = [ALL[name] for name in options.only or ALL]
    names = ["own"] if options.check or options.accept else ["own", *(n for n in PACKAGES if n != "plots")]
    found: dict[str, object] = {}
    results: dict[str, object] = {
        "machine": machine.describe(),
        "versions": {name: environment(name).versions for name in names},
        "benchmarks": found,
    }
    for benchmark in chosen:
        repeats = options.repeats or (2 if options.quick else benchmark.repeats)
        found[benchmark.name] = [vars(row) for row in _benchmark(benchmark, repeats, options).rows]
        if options.json:  # after each: what took an hour must not be lost to the last one
            options.json.write_text(json.dumps(results, indent=1))
    return results


def _benchmark(benchmark: Benchmark, repeats: int, options: argparse.Namespace) -> Outcome:
    """All runs in turn, and that so many times."""
    runs = benchmark.runs(options.quick)
    if options.check or options.accept:
        guarded = {(guard.case, guard.client) for guard in benchmark.guards}
        guarded |= {(guard.floor_case or guard.case, guard.floor) for guard in benchmark.guards}
        runs = [run for run in runs if (run.case, run.client.name) in guarded]
    if options.clients:
        runs = [run for run in runs if any(text in run.client.name for text in options.clients)]
    rows = {(run.case, run.client.name): Row(run.case, run.client.name, run.client.group) for run in runs}
    for repeat in range(repeats):
        for run in runs:
            row = rows[run.case, run.client.name]
            if len(row.errors) >= 2:
                continue  # it does not work here; twice is enough to say so
            _progress(f"{benchmark.name} {repeat + 1}/{repeats}: {run.case}, {run.client.name}")
            try:
                row.add(benchmark.read(execute(run)))
            except ClientFailed as failure:
                row.errors.append(str(failure))
    _progress("")
    return Outcome(benchmark.name, list(rows.values()))


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text[:110]}", end="", file=sys.stderr, flush=True)
    elif text:
        print(text, file=sys.stderr, flush=True)
