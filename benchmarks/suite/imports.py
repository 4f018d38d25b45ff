"""What an import costs."""

from __future__ import annotations

from benchmarks import model
from benchmarks.environments import ROOT
from benchmarks.model import Benchmark, Client, Guard, Metric, Metrics, Result, Run

_BARE = Client("bare Python", "imports", model.FLOOR, options={"code": "pass"})
_PACKAGE = Client("import binance_async", "imports", model.OURS, options={"code": "import binance_async"})
_FAMILIES = ("spot", "us", "usdm", "coinm", "options", "options_legacy", "portfolio", "portfolio_pro")


def _family(name: str) -> Client:
    environment = "BINANCE_US" if name == "us" else "PRODUCTION"
    code = f"from binance_async import Binance, {environment}\nBinance(environment={environment}).{name}"
    return Client(f"binance_async, .{name} opened", "imports", model.OURS, options={"code": code})


def _peer(name: str, code: str, *needs: str, environment: str = "peers") -> Client:
    return Client(name, "imports", model.PEER, environment, {"code": code}, needs)


_PEERS = (
    _peer("python-binance", "from binance import AsyncClient, BinanceSocketManager", "python-binance"),
    _peer("binance-sdk-spot (official)", "from binance_sdk_spot.spot import Spot", "binance-sdk-spot"),
    _peer("ccxt.pro", "import ccxt.pro", "ccxt"),
    _peer(
        "unicorn",
        "from unicorn_binance_websocket_api import BinanceWebSocketApiManager",
        "unicorn-binance-websocket-api",
    ),
    _peer("cryptofeed", "from cryptofeed import FeedHandler", "cryptofeed", environment="cryptofeed"),
)


def _present() -> list[str]:
    """The families that there are."""
    return [name for name in _FAMILIES if (ROOT / "binance_async" / "clients" / f"{name}.py").exists()]


def _runs(quick: bool) -> list[Run]:
    families = _present()[:1] if quick else _present()
    clients = (_BARE, _PACKAGE, *(_family(name) for name in families), *_PEERS)
    return [Run("import", client, {"measure": "imports"}) for client in clients]


def _read(result: Result) -> Metrics:
    return {name: result[name] for name in ("cpu_ms", "wall_ms", "mib")}


BENCHMARK = Benchmark(
    name="import",
    title="Import",
    about=(
        "A fresh interpreter that does nothing else, its byte code and its files in the cache; as the kernel accounts "
        "for it (`wait4`), the interpreter's own start included. A family is opened by `Binance().spot`."
    ),
    metrics=(
        Metric("cpu_ms", "ms CPU", digits=0),
        Metric("wall_ms", "ms", digits=0),
        Metric("mib", "MiB at most", digits=0),
    ),
    runs=_runs,
    read=_read,
    floor=lambda _case: _BARE.name,
    guards=tuple(
        Guard("import", client.name, _BARE.name, metric)
        for client in (_PACKAGE, _family("spot"))
        for metric in ("cpu_ms", "mib")
    ),
    repeats=3,
)
