"""Order books: changes, reads, and the memory of many."""

from __future__ import annotations

from typing import Any

from benchmarks import model
from benchmarks.model import Benchmark, Client, Guard, Metric, Metrics, Result, Run


def _book(name: str, kind: str, group: str, environment: str = "own", *needs: str) -> Client:
    return Client(name, "books", group, environment, {"kind": kind}, needs)


_FLOOR = _book("dict + sorted list, nothing checked", "dict", model.FLOOR)
_FLOAT = _book("binance_async, float", "float", model.OURS)
_DECIMAL = _book("binance_async", "decimal", model.OURS)
_TEXT = _book("binance_async, str", "str", model.OURS)
_SORTED = _book("SortedDict, nothing checked", "sorted", model.FLOOR, "peers", "sortedcontainers")
_CLIENTS = (
    _FLOOR,
    _SORTED,
    _FLOAT,
    _DECIMAL,
    _TEXT,
    _book("python-binance", "python_binance", model.PEER, "peers", "python-binance"),
    _book("unicorn local depth cache", "unicorn", model.PEER, "peers", "unicorn-binance-local-depth-cache"),
    _book("ccxt.pro", "ccxt", model.PEER, "peers", "ccxt"),
    _book("cryptofeed (order_book, C)", "cryptofeed", model.PEER, "cryptofeed", "cryptofeed"),
)
_CASES: dict[str, dict[str, Any]] = {
    "20 levels changed": {"what": "apply", "levels": 20},
    "1,000 levels changed": {"what": "apply", "levels": 1_000},
    "20 levels a side read": {"what": "read"},
    "20 levels changed, 20 a side read": {"what": "both", "levels": 20},
}


def _runs(quick: bool) -> list[Run]:
    return [
        Run(case, client, {"measure": "book", **task})
        for case, task in _CASES.items()
        for client in _CLIENTS
        if not (quick and task.get("levels") == 1_000)
    ]


BENCHMARK = Benchmark(
    name="book",
    title="A local order book",
    about=(
        "A book of 1,000 levels a side. A change of 20 (or 1,000) levels, decoded already, is applied and both best "
        "prices are read; or the best 20 levels of both sides are read; or both. Ours checks the numbering, "
        "the crossing and the horizon with each change; the floors check nothing. Each book gets numbers in the form "
        "that its library uses: floors and ccxt float, cryptofeed `Decimal`, python-binance and unicorn text."
    ),
    metrics=(Metric("cpu_us", "µs CPU"), Metric("per_cpu_second", "per CPU second", digits=0, less_is_better=False)),
    runs=_runs,
    read=model.windows,
    floor=lambda _case: _FLOOR.name,
    guards=tuple(
        Guard(case, client.name, _FLOOR.name, "least_us")
        for case in ("20 levels changed", "20 levels a side read")
        for client in (_FLOAT, _DECIMAL)
    ),
    ratios_to=(_SORTED.name,),
    repeats=3,
)

BOOKS = 100


def _memory_runs(quick: bool) -> list[Run]:
    return [Run("1,000 levels a side", client, {"measure": "memory", "books": BOOKS}) for client in _CLIENTS]


def _memory(result: Result) -> Metrics:
    return {"mib": result["bytes"] / result["books"] * 1000 / 2**20}


MEMORY = Benchmark(
    name="memory_books",
    title="Memory of 1,000 order books",
    about=(
        f"Resident memory that {BOOKS} books of 1,000 levels a side add to a process, times {1000 // BOOKS}. Prices "
        "and quantities are objects of each book's own, as they are when they come from the wire."
    ),
    metrics=(Metric("mib", "MiB for 1,000 books", digits=0),),
    runs=_memory_runs,
    read=_memory,
    floor=lambda _case: _FLOOR.name,
    guards=(Guard("1,000 levels a side", _DECIMAL.name, _FLOOR.name, "mib"),),
    repeats=3,
)
