"""The sender by itself: proof that it is not what the clients wait for."""

from __future__ import annotations

from benchmarks import model
from benchmarks.model import Benchmark, Client, Metric, Run
from benchmarks.payloads import PAYLOADS

_DRAIN = Client("read and thrown away", "drain", model.FLOOR)
_DOORS = {"REST": "rest", "WebSocket API": "ws_api"}


def _runs(quick: bool) -> list[Run]:
    runs: list[Run] = []
    for name in ("trade", "depth_40") if quick else ("trade", "depth_40", "depth_1000", "all_tickers"):
        payload = PAYLOADS[name]
        plan = {"mode": "flood", "levels": payload.levels, "messages": payload.messages}
        runs.append(Run(payload.title, _DRAIN, {"measure": "stream", "payload": name, "name": payload.stream}, plan))
    for title, door in _DOORS.items():
        task = {"measure": "requests", "door": door}
        runs.append(Run(f"{title}, one by one", _DRAIN, {**task, "in_flight": 1}, {}))
        runs.append(Run(f"{title}, 64 at once", _DRAIN, {**task, "in_flight": 64}, {}))
    return runs


BENCHMARK = Benchmark(
    name="sender",
    title="The sender alone",
    about=(
        "What the other side of all these benchmarks can do: a process that reads from the socket and throws away. "
        "Every figure must be well above those of the clients below, or they would measure the sender."
    ),
    metrics=(
        Metric("per_second", "per second", digits=0, less_is_better=False),
        Metric("cpu_us", "µs CPU of the reader", digits=3),
    ),
    runs=_runs,
    read=model.windows,
    repeats=3,
)
