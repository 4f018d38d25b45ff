"""REST calls."""

from __future__ import annotations

from benchmarks import model
from benchmarks.model import Benchmark, Client, Guard, Metric, Run

_BARE = Client("aiohttp, fixed address", "floor_aiohttp", model.FLOOR, needs=("aiohttp", "msgspec"))
_OURS = Client("binance_async", "ours", model.OURS)
_OURS_UVLOOP = Client("binance_async, uvloop", "ours", model.OURS, options={"loop": "uvloop"}, needs=("uvloop",))


def _signing(kind: str) -> Client:
    return Client(
        f"aiohttp, {kind.upper() if kind != 'ed25519' else 'Ed25519'} by hand",
        "floor_aiohttp",
        model.FLOOR,
        options={"sign": kind},
        needs=("aiohttp", "msgspec", "cryptography"),
    )


_CASES = {
    "public": {"call": "price"},
    "HMAC": {"call": "order", "sign": "hmac"},
    "Ed25519": {"call": "order", "sign": "ed25519"},
    "RSA": {"call": "order", "sign": "rsa"},
}
_PEERS = (model.PYTHON_BINANCE, model.OFFICIAL, model.CCXT)


def _runs(quick: bool) -> list[Run]:
    runs: list[Run] = []
    for case, task in _CASES.items():
        if quick and case not in ("public", "HMAC"):
            continue
        signed = task.get("sign")
        runs.append(Run(case, _BARE, {"measure": "rest", "call": task["call"]}, {}))
        clients = [_signing(signed)] if signed else []
        clients += [_OURS, _OURS_UVLOOP, *_PEERS]
        runs += [Run(case, client, {"measure": "rest", **task}, {}) for client in clients]
    return runs


BENCHMARK = Benchmark(
    name="rest",
    title="A REST call",
    about=(
        "One call after another on a kept connection over loopback: `ticker_price` (public) or `order` (signed), with "
        "the reply decoded. CPU time of the process per call. The floor is a bare `session.get(address)` of aiohttp "
        "with one msgspec decode; for signed calls its address is fixed text, signature included, so it signs nothing. "
        "`by hand` is the same with timestamp and signature made by the standard library or by cryptography. The "
        "official SDK is synchronous (requests)."
    ),
    metrics=(Metric("cpu_us", "µs CPU per call", digits=0), Metric("wall_us", "µs per call", digits=0)),
    runs=_runs,
    read=model.windows,
    floor=lambda _case: _BARE.name,
    guards=tuple(Guard(case, _OURS.name, _BARE.name, "least_us") for case in ("public", "HMAC")),
    ratios_to=(model.PYTHON_BINANCE.name,),
)


def _runs_in_flight(quick: bool) -> list[Run]:
    clients = (_BARE, _OURS, _OURS_UVLOOP, model.PYTHON_BINANCE, model.CCXT)
    return [
        Run(
            f"{in_flight} in flight",
            client,
            {
                "measure": "rest",
                "call": "order",
                "in_flight": in_flight,
                **({} if client is _BARE else {"sign": "hmac"}),
            },
            {},
        )
        for in_flight in ((1, 100) if quick else (1, 10, 100))
        for client in clients
    ]


IN_FLIGHT = Benchmark(
    name="rest_in_flight",
    title="REST calls side by side",
    about="The signed call (HMAC) of above, so many of them in flight at any moment.",
    metrics=(
        Metric("per_second", "calls per second", digits=0, less_is_better=False),
        Metric("cpu_us", "µs CPU per call", digits=0),
    ),
    runs=_runs_in_flight,
    read=model.windows,
    floor=lambda _case: _BARE.name,
    ratios_to=(model.PYTHON_BINANCE.name,),
    repeats=3,
)
