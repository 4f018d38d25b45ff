"""Calls of the WebSocket API."""

from __future__ import annotations

from benchmarks import model
from benchmarks.model import Benchmark, Client, Guard, Metric, Run

_OURS = Client("binance_async", "ours", model.OURS, options={"driver": "websockets"})
_OURS_UVLOOP = Client("binance_async, uvloop", "ours", model.OURS, options={"driver": "websockets", "loop": "uvloop"})
_FLOOR = Client("websockets", "floor_websockets", model.FLOOR, needs=("websockets", "msgspec"))
_FLOOR_UVLOOP = _FLOOR.with_options("websockets, uvloop", loop="uvloop")
_FIXED = {
    "price": {"method": "ticker.price", "params": {"symbol": "BTCUSDT"}},
    "order": {
        "method": "order.status",
        "params": {
            "symbol": "BTCUSDT",
            "orderId": 4_293_153,
            "timestamp": 1_790_000_000_000,
            "apiKey": "k" * 64,
            "signature": "0" * 64,
        },
    },
}
_CASES: dict[str, dict[str, object]] = {
    "public": {"call": "price"},
    "HMAC": {"call": "order", "sign": "hmac"},
    "Ed25519, logged on": {"call": "order", "sign": "ed25519"},
    "HMAC, 10 in flight": {"call": "order", "sign": "hmac", "in_flight": 10},
    "HMAC, 100 in flight": {"call": "order", "sign": "hmac", "in_flight": 100},
}


def _runs(quick: bool) -> list[Run]:
    runs: list[Run] = []
    for case, task in _CASES.items():
        if quick and case not in ("public", "HMAC"):
            continue
        fixed = _FIXED[str(task["call"])]
        clients = [_FLOOR, _FLOOR_UVLOOP, _OURS, _OURS_UVLOOP, model.PYTHON_BINANCE, model.OFFICIAL]
        if task["call"] == "order":
            clients.append(model.CCXT)
        if "logged on" in case:
            clients = [client for client in clients if client.group != model.PEER]
        runs += [Run(case, client, {"measure": "websocket_api", **task, **fixed}, {}) for client in clients]
    return runs


BENCHMARK = Benchmark(
    name="websocket_api",
    title="A call over the WebSocket API",
    about=(
        "One request after another over one socket on loopback, the reply decoded: `ticker_price` or `order`. The "
        "floor sends fixed text with the `websockets` library, awaits `recv()` and decodes the reply once (in flight: "
        "a reader and a future for each id). With an Ed25519 key binance_async logs on and signs no more."
    ),
    metrics=(
        Metric("cpu_us", "µs CPU per call", digits=0),
        Metric("wall_us", "µs per call", digits=0),
        Metric("per_second", "calls per second", digits=0, less_is_better=False),
    ),
    runs=_runs,
    read=model.windows,
    floor=lambda _case: _FLOOR.name,
    guards=tuple(Guard(case, _OURS.name, _FLOOR.name, "least_us") for case in ("public", "HMAC")),
    ratios_to=(model.PYTHON_BINANCE.name,),
)
