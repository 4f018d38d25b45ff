"""The nouns of a benchmark: clients, runs, samples, results. Pure.

A `Benchmark` is a list of runs. A `Run` is one client doing one case in a process of its own; it is repeated, all runs
in turn, so that whatever the machine does meanwhile hits each client alike. Every process answers one number for each
metric; what is reported is the median over the processes, beside the least and the greatest.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

FLOOR, OURS, PEER = "floor", "ours", "peer"

Task = Mapping[str, Any]
Result = dict[str, Any]
Metrics = dict[str, float]


@dataclass(frozen=True)
class Client:
    """Something that is measured: a module of `benchmarks.clients` and how it is set up."""

    name: str
    module: str
    group: str
    environment: str = "own"
    """`own` is the interpreter that runs the harness; the others are made by `environments`."""
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    needs: tuple[str, ...] = ()
    """Distributions without which it cannot run."""

    def with_options(self, name: str, **options: Any) -> Client:
        """The same client, set up in another way."""
        return Client(name, self.module, self.group, self.environment, {**self.options, **options}, self.needs)


WEBSOCKETS = Client("websockets, await recv()", "floor_websockets", FLOOR, needs=("websockets", "msgspec"))
SANS_IO = Client("websockets, sans-I/O", "floor_sans_io", FLOOR, needs=("websockets", "msgspec"))
AIOHTTP = Client("aiohttp", "floor_aiohttp", FLOOR, needs=("aiohttp", "msgspec"))
PICOWS = Client(
    "picows, uvloop", "floor_picows", FLOOR, options={"loop": "uvloop"}, needs=("picows", "uvloop", "msgspec")
)

DEFAULT = Client("binance_async", "ours", OURS, options={"driver": "websockets"})
# The driver is the package's own choice, as it is for whoever has installed the extra.
FAST = Client("binance_async, fast", "ours", OURS, options={"loop": "uvloop"}, needs=("picows", "uvloop"))

PYTHON_BINANCE = Client("python-binance", "python_binance", PEER, "peers", needs=("python-binance",))
OFFICIAL = Client("binance-sdk-spot (official)", "binance_sdk", PEER, "peers", needs=("binance-sdk-spot",))
CCXT = Client("ccxt.pro", "ccxt_pro", PEER, "peers", needs=("ccxt",))
UNICORN = Client("unicorn", "unicorn", PEER, "peers", needs=("unicorn-binance-websocket-api",))
UNICORN_PICOWS = Client(
    "unicorn, picows", "unicorn", PEER, "peers", {"library": "picows"}, ("unicorn-binance-websocket-api", "picows")
)
CRYPTOFEED = Client("cryptofeed", "cryptofeed_feed", PEER, "cryptofeed", needs=("cryptofeed",))


@dataclass(frozen=True)
class Run:
    """One client doing one case."""

    case: str
    client: Client
    task: Task = field(default_factory=dict[str, Any])
    plan: Mapping[str, Any] | None = None
    """What the sender shall do; None for a benchmark without one."""
    timeout: float = 60.0


@dataclass(frozen=True)
class Guard:
    """A ratio that must not get worse: this client's metric to another's, in the same case."""

    case: str
    client: str
    floor: str
    metric: str
    floor_case: str | None = None

    @property
    def name(self) -> str:
        """How it is called in `accepted.json`."""
        of = f"{self.floor} {self.floor_case}" if self.floor_case else self.floor
        return f"{self.case}: {self.client} / {of} ({self.metric})"


@dataclass(frozen=True)
class Metric:
    """What is read from a result."""

    name: str
    unit: str
    digits: int = 2
    less_is_better: bool = True
    least: bool = False
    """Whether the least over the processes stands for it: waiting is only ever made longer by what else is running."""


@dataclass(frozen=True)
class Benchmark:
    """One benchmark: what is run and how it is read."""

    name: str
    title: str
    about: str
    """What is measured, in a few sentences; it stands above the table."""
    metrics: tuple[Metric, ...]
    """The first one is what ratios and plots are made of."""
    runs: Callable[[bool], list[Run]]
    """The runs; fewer and shorter ones when quick."""
    read: Callable[[Result], Metrics]
    """The metrics in what a process has printed."""
    floor: Callable[[str], str | None] = lambda _case: None
    """The client that is the floor of a case."""
    guards: tuple[Guard, ...] = ()
    repeats: int = 5
    ratios_to: tuple[str, ...] = ()
    """Clients that every other one is compared with, besides the floor."""


@dataclass
class Row:
    """What came of one client in one case."""

    case: str
    client: str
    group: str
    samples: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    errors: list[str] = field(default_factory=list[str])

    def add(self, metrics: Metrics) -> None:
        """Take one process's numbers."""
        for name, value in metrics.items():
            self.samples.setdefault(name, []).append(value)

    def value(self, metric: Metric) -> float | None:
        """The median over the processes, or the least; None if nothing was measured."""
        values = self.samples.get(metric.name)
        if not values:
            return None
        return min(values) if metric.least else statistics.median(values)


@dataclass
class Outcome:
    """All rows of a benchmark."""

    benchmark: str
    rows: list[Row]

    def row(self, case: str, client: str) -> Row | None:
        """One row, if there is one."""
        return next((row for row in self.rows if row.case == case and row.client == client), None)

    def cases(self) -> list[str]:
        """The cases in their order."""
        return list(dict.fromkeys(row.case for row in self.rows))

    def clients(self) -> list[str]:
        """The clients, floors first and peers last."""
        order = {FLOOR: 0, OURS: 1, PEER: 2}
        return list(dict.fromkeys(row.client for row in sorted(self.rows, key=lambda row: order[row.group])))


def ratio(of: Row | None, to: Row | None, metric: Metric) -> float | None:
    """What stands for one over what stands for the other."""
    if of is None or to is None:
        return None
    above, below = of.value(metric), to.value(metric)
    return above / below if above is not None and below else None


def paired_ratios(of: Row, to: Row, metric: str) -> list[float]:
    """The ratio in each repeat: what slowed both down cancels out."""
    pairs = zip(of.samples.get(metric, ()), to.samples.get(metric, ()), strict=False)
    return [above / below for above, below in pairs if below]


def spread(values: Iterable[float]) -> float:
    """How far values lie apart: the mean distance from their median, relative to it."""
    values = list(values)
    if len(values) < 2:
        return 0.0
    middle = statistics.median(values)
    return sum(abs(value - middle) for value in values) / len(values) / middle if middle else 0.0


def windows(result: Result) -> Metrics:
    """CPU and throughput of a client that reports rounds."""
    rounds = result["windows"]
    cpu = statistics.median(one["cpu"] / one["messages"] for one in rounds)
    return {
        "cpu_us": cpu * 1e6,
        # What other work on the machine adds, it does not add to every round: the guard looks at the best one.
        "least_us": min(one["cpu"] / one["messages"] for one in rounds) * 1e6,
        "per_cpu_second": 1 / cpu,
        "per_second": statistics.median(one["messages"] / one["wall"] for one in rounds),
        "wall_us": statistics.median(one["wall"] / one["messages"] for one in rounds) * 1e6,
        "rss_mib": result["rss_mib"],
    }
