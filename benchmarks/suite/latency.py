"""How old a message is when the consumer has it, at a steady pace."""

from __future__ import annotations

from benchmarks import model
from benchmarks.model import Benchmark, Guard, Metric, Metrics, Result, Run

RATES = (1_000, 10_000, 50_000)
_CLIENTS = (
    model.WEBSOCKETS,
    model.PICOWS,
    model.DEFAULT,
    model.FAST,
    model.PYTHON_BINANCE,
    model.OFFICIAL,
    model.CCXT,
    model.UNICORN,
    model.UNICORN_PICOWS,
)


def _case(rate: int) -> str:
    return f"{rate // 1000} k messages/s"


def _runs(quick: bool) -> list[Run]:
    seconds = 1.5 if quick else 3.0
    return [
        Run(
            _case(rate),
            client,
            {"measure": "latency", "payload": "trade", "name": "btcusdt@trade", "rate": rate, "seconds": seconds},
            {"mode": "pace", "rate": rate},
        )
        for rate in (RATES[1:2] if quick else RATES)
        for client in _CLIENTS
    ]


def _read(result: Result) -> Metrics:
    received = result["received"]
    return {
        **{name: float(value) for name, value in result["latency"].items()},
        "rate": result["rate"],
        "cpu_percent": 100 * result["cpu"] / result["wall"],
        "cpu_us": 1e6 * result["cpu"] / received,
    }


BENCHMARK = Benchmark(
    name="latency",
    title="Latency at a steady pace",
    about=(
        "A trade carries the sender's clock (`CLOCK_MONOTONIC`, one for all processes) at the moment at which it is "
        "given to the socket; its age is taken on the consumer's first line. A client that cannot keep up with the "
        "pace shows a rate below it, and ages that grow for as long as one measures. Scheduling of the two processes "
        "by the kernel is part of every figure, and other work on the machine can only add to it, so the least of the "
        "repeats stands for each percentile; compare it with the floor of the same run."
    ),
    metrics=(
        Metric("p99", "µs p99", digits=0, least=True),
        Metric("p50", "µs p50", digits=0, least=True),
        Metric("p99.9", "µs p99.9", digits=0, least=True),
        Metric("rate", "messages/s received", digits=0, less_is_better=False),
        Metric("cpu_us", "µs CPU per message"),
    ),
    runs=_runs,
    read=_read,
    floor=lambda _case: model.WEBSOCKETS.name,
    # Percentiles are the machine's as much as ours; what is guarded is the work per message that arrives alone.
    guards=(Guard(_case(10_000), model.DEFAULT.name, model.WEBSOCKETS.name, "cpu_us"),),
    repeats=3,
    ratios_to=(model.PICOWS.name,),
)
