"""A call without a network."""

from __future__ import annotations

from benchmarks import model
from benchmarks.model import Benchmark, Client, Guard, Metric, Run

_BY_HAND = Client("urlencode by hand", "calls", model.FLOOR, options={"measure": "by_hand"})
_DECLARED = Client("binance_async, declared call up to the wire", "calls", model.OURS, options={"measure": "declared"})
_SIGNED = Client("urlencode, HMAC and msgspec by hand", "calls", model.FLOOR, options={"measure": "signed_by_hand"})
_CLIENT = Client("binance_async, all but the network", "calls", model.OURS, options={"measure": "client"})
_PEER = Client(
    "python-binance, all but the network",
    "calls",
    model.PEER,
    "peers",
    {"measure": "python_binance"},
    ("python-binance",),
)
_CASES = {"order (2 parameters)": "order", "place_order (6 parameters)": "place_order"}


def _runs(quick: bool) -> list[Run]:
    return [
        Run(case, client, {"call": call})
        for case, call in _CASES.items()
        for client in (_BY_HAND, _DECLARED, _SIGNED, _CLIENT, _PEER)
        if not (client is _SIGNED and call == "place_order")
    ]


BENCHMARK = Benchmark(
    name="call",
    title="A call without a network",
    about=(
        "`up to the wire`: the declared call checks, binds, writes and percent-encodes its arguments; the floor "
        "is `urlencode` of a dict. `all but the network`: the whole client over an `Http` that answers at once, with "
        "budget, client order id, outcome guard, timestamp, HMAC and the decoded reply; its floor does timestamp, HMAC "
        "and one decode. Of python-binance everything but `session.get` is counted likewise."
    ),
    metrics=(Metric("cpu_us", "µs CPU per call"),),
    runs=_runs,
    read=model.windows,
    floor=lambda _case: _BY_HAND.name,
    guards=(
        *(Guard(case, _DECLARED.name, _BY_HAND.name, "least_us") for case in _CASES),
        Guard("order (2 parameters)", _CLIENT.name, _SIGNED.name, "least_us"),
    ),
    repeats=3,
)
