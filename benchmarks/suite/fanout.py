"""One stream for many subscribers in one process."""

from __future__ import annotations

from benchmarks import model
from benchmarks.model import Benchmark, Guard, Metric, Metrics, Result, Run

SUBSCRIBERS = (1, 10, 100)


def _case(subscribers: int) -> str:
    return f"{subscribers} subscriber{'s' if subscribers > 1 else ''}"


def _runs(quick: bool) -> list[Run]:
    return [
        Run(
            _case(subscribers),
            client,
            {
                "measure": "fanout",
                "payload": "trade",
                "name": "btcusdt@trade",
                "subscribers": subscribers,
                "most": 2_000_000 // subscribers,
            },
            {"mode": "flood"},
        )
        for subscribers in (SUBSCRIBERS[:2] if quick else SUBSCRIBERS)
        for client in (model.WEBSOCKETS, model.DEFAULT, model.FAST)
    ]


def _read(result: Result) -> Metrics:
    found = model.windows(result)
    return {**found, "delivery_us": found["cpu_us"] / result["subscribers"]}


BENCHMARK = Benchmark(
    name="fanout",
    title="One stream, many subscribers",
    about=(
        "Several parts of one program want the same trades. Each opens `binance.spot.stream(...)` and iterates in a "
        "task of its own; all of them share one socket and one decode. The floor is the usual way by hand: one "
        "`recv()` loop that decodes once and puts into an `asyncio.Queue` for each subscriber."
    ),
    metrics=(
        Metric("cpu_us", "µs CPU per message"),
        Metric("delivery_us", "µs CPU per delivery", digits=3),
        Metric("per_second", "messages per second", digits=0, less_is_better=False),
    ),
    runs=_runs,
    read=_read,
    floor=lambda _case: model.WEBSOCKETS.name,
    guards=(Guard(_case(10), model.DEFAULT.name, model.WEBSOCKETS.name, "least_us"),),
)
