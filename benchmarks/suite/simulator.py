"""The embedded exchange."""

from __future__ import annotations

from benchmarks import model
from benchmarks.model import Benchmark, Client, Metric, Metrics, Result, Run

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


_DAY = Client("binance_async.simulator", "simulated_day", model.OURS)


def _day_runs(quick: bool) -> list[Run]:
    hours = 6 if quick else 24
    task = {"measure": "day", "hours": hours, "rate": 4, "symbols": 20}
    return [Run("20 symbols", _DAY, task, timeout=600)]


def _day(result: Result) -> Metrics:
    first, *_, last = result["resident_mib"]
    done = result["done"]
    return {
        "growth_mib": last - first,
        "first_mib": first,
        "last_mib": last,
        "events": sum(done.get(what, 0) for what in ("quotes", "cancels", "takes", "orders")),
        "cpu_s": result["cpu"],
    }


DAY = Benchmark(
    name="engine_day",
    title="The memory of a day of simulated trading",
    about=(
        "24 hours of an exchange's time (6 with `--quick`) under the virtual clock: twenty symbols with living books, "
        "and a client that reads trades, places an order a minute, cancels and hears of all of it. Every ring is full "
        "by the end of the first quarter (the bounds are set so). What the other three add are the candles of the "
        "day's minutes, which statistics over seven days need (about 0.4 KiB each), and what the client knows of its "
        "newest 20,000 orders and account events."
    ),
    metrics=(
        Metric("growth_mib", "MiB more after the last quarter than after the first", digits=1),
        Metric("first_mib", "MiB after the first", digits=1),
        Metric("last_mib", "MiB after the last", digits=1),
        Metric("events", "things done", digits=0),
        Metric("cpu_s", "s CPU", digits=0),
    ),
    runs=_day_runs,
    read=_day,
    repeats=1,
)
