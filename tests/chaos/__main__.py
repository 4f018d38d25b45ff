"""`python -m tests.chaos [--size pr|night|release] [--seed N] [GOAL ...]`: the goals, with their figures."""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import sys
import time
from typing import Any

from binance_async.net.virtual import run_virtual

SIZES = {"pr": 0, "night": 1, "release": 2}

GOALS: dict[str, tuple[str, str, tuple[int, int, int]]] = {
    "memory": ("runtime", "memory", (500_000, 10_000_000, 100_000_000)),
    "rotation": ("goals", "rotation", (20, 1_000, 5_000)),
    "kills": ("goals", "kills", (30, 1_000, 10_000)),
    "books": ("books", "books", (300, 10_000, 100_000)),
    "outcomes": ("orders", "every_route", (300, 10_000, 100_000)),
    "embargoes": ("orders", "embargoes", (3, 30, 300)),
    "cancels": ("cancelled", "everything", (1_000, 1_000, 1_000)),
    "crossed": ("orders", "crossed", (2_000, 100_000, 100_000)),
    "clocks": ("orders", "clocks", (5, 100, 1_000)),
    "routes": ("accounts", "routes", (30, 1_000, 10_000)),
    "outage": ("accounts", "outage", (5_000, 5_000, 50_000)),
    "drift": ("accounts", "drift", (1, 1, 1)),
    "connects": ("runtime", "connects", (10, 10, 60)),
    "close": ("runtime", "close", (1, 100, 1_000)),
    "blocked": ("runtime", "blocked", (3, 100, 1_000)),
    "huge": ("runtime", "huge", (2, 10, 100)),
    "secrets": ("secrets", "secrets", (1_000, 10_000, 10_000)),
}
"""Each goal: its module and function, and its size in a pull request, at night and for a release. That of memory comes
first, while the process is small: what others have left to the allocator would hide what this one takes."""


def main() -> int:
    """Run them; 1 if one was not reached."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("goals", nargs="*", metavar="GOAL", help=f"of {', '.join(GOALS)}; all if none is named")
    parser.add_argument("--size", choices=SIZES, default="pr")
    parser.add_argument("--seed", type=int, default=None, help="a run replays from its seed; by the clock if not said")
    arguments = parser.parse_args()
    unknown = set(arguments.goals) - GOALS.keys()
    if unknown:
        parser.error(f"no such goal: {', '.join(sorted(unknown))}")
    seed = arguments.seed if arguments.seed is not None else int(time.time())
    broken = 0
    for name in arguments.goals or GOALS:
        module, function, sizes = GOALS[name]
        goal: Any = getattr(importlib.import_module(f"tests.chaos.{module}"), function)
        size, started = sizes[SIZES[arguments.size]], time.perf_counter()
        print(f"{name}: size {size}, seed {seed} ...", file=sys.stderr, flush=True)
        try:
            figures = goal(size, seed)
            if inspect.iscoroutine(figures):
                figures = run_virtual(figures, limit=10 * 366 * 86_400)
        except Exception as error:  # whatever ends a goal is told with its seed, and the others are run
            broken += 1
            figures = {"broken": f"{type(error).__name__}: {error}"}
        print(
            json.dumps(
                {
                    "goal": name,
                    "size": size,
                    "seed": seed,
                    **figures,
                    "seconds": round(time.perf_counter() - started, 1),
                }
            ),
            flush=True,
        )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
