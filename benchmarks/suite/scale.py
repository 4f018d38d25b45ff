"""Many streams on one connection."""

from __future__ import annotations

from benchmarks import model
from benchmarks.model import Benchmark, Guard, Metric, Run

STREAMS = (1, 10, 100, 1_000)


def _case(streams: int) -> str:
    return f"{streams:,} stream{'s' if streams > 1 else ''}"


def _runs(quick: bool) -> list[Run]:
    return [
        Run(
            _case(streams),
            client,
            {
                "measure": "streams_scale",
                "payload": "trade",
                "names": _names(streams),
                "name": "/".join(_names(streams)),
            },
            {"mode": "flood", "streams": streams, "messages": max(512, streams)},
        )
        for streams in ((1, 1_000) if quick else STREAMS)
        for client in (model.WEBSOCKETS, model.PICOWS, model.DEFAULT, model.FAST, model.PYTHON_BINANCE, model.UNICORN)
    ]


def _names(streams: int) -> list[str]:
    return [f"coin{number}usdt@trade" for number in range(streams)]


BENCHMARK = Benchmark(
    name="streams_scale",
    title="Many streams on one connection",
    about=(
        "The trades of so many symbols in turn, all subscribed on one connection and read by one consumer. What a "
        "message costs should not depend on how many streams there are."
    ),
    metrics=(Metric("cpu_us", "µs CPU per message"), Metric("rss_mib", "MiB at most", digits=0)),
    runs=_runs,
    read=model.windows,
    floor=lambda _case: model.WEBSOCKETS.name,
    guards=(
        Guard(_case(1_000), model.DEFAULT.name, model.DEFAULT.name, "least_us", floor_case=_case(1)),
        Guard(_case(1_000), model.FAST.name, model.FAST.name, "least_us", floor_case=_case(1)),
    ),
)
