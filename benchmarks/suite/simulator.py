"""The embedded exchange."""

from __future__ import annotations

from benchmarks import model
from benchmarks.model import Benchmark, Client, Metric, Run

_ENGINE = Client("binance_async.simulator", "simulated", model.OURS)


def _engine_runs(quick: bool) -> list[Run]:
    return [
        Run("place, with its reply", _ENGINE, {"measure": "engine", "account": "own"}),
        Run("submit, a simulated maker's", _ENGINE, {"measure": "engine", "account": "house"}),
    ]


ENGINE = Benchmark(
    name="engine",
    title="The embedded exchange's engine",
    about=(
        "Limit orders of ten accounts around one price, about a third of which meet another; each account cancels its "
        "oldest order when it has a hundred open (the cancels are not counted, but their cost is). One process, no "
        "sockets. `place` is what REST and the WebSocket API call; `submit` is what keeps a simulated market moving."
    ),
    metrics=(
        Metric("per_cpu_second", "orders per CPU second", digits=0, less_is_better=False),
        Metric("cpu_us", "µs CPU per order"),
    ),
    runs=_engine_runs,
    read=model.windows,
    repeats=3,
)


def _stream_runs(quick: bool) -> list[Run]:
    return [
        Run("the door alone", _ENGINE, {"measure": "stream", "source": "door"}),
        Run("made by the engine", _ENGINE, {"measure": "stream", "source": "engine"}),
    ]


STREAM = Benchmark(
    name="simulator_stream",
    title="The embedded exchange's stream door",
    about=(
        "Trades to one subscriber over a socket. `the door alone` publishes one event again and again: encoding, "
        "framing, writing. `made by the engine` lets every trade be matched from an order first."
    ),
    metrics=(
        Metric("per_cpu_second", "messages per CPU second", digits=0, less_is_better=False),
        Metric("cpu_us", "µs CPU per message"),
    ),
    runs=_stream_runs,
    read=model.windows,
    repeats=3,
)
