"""Market and user streams as fast as they come."""

from __future__ import annotations

import json

from benchmarks import model
from benchmarks.model import Benchmark, Client, Guard, Metric, Run
from benchmarks.payloads import PAYLOADS

_FLOAT = model.DEFAULT.with_options("binance_async, float", numbers="float")
_UVLOOP = model.DEFAULT.with_options("binance_async, uvloop", loop="uvloop")
_TEXT = model.DEFAULT.with_options("binance_async, str", numbers="str")
_OWN_PICOWS = model.FAST.with_options("binance_async, picows", driver="picows")
_FAST_FLOAT = model.FAST.with_options("binance_async, fast, float", numbers="float")

_EVERYWHERE = (model.WEBSOCKETS, model.PICOWS, model.DEFAULT, model.FAST, model.PYTHON_BINANCE)
_MARKET = (*_EVERYWHERE, model.OFFICIAL, model.UNICORN, model.UNICORN_PICOWS, _FLOAT)
_CLIENTS: dict[str, tuple[Client, ...]] = {
    "trade": (
        model.WEBSOCKETS,
        model.SANS_IO,
        model.AIOHTTP,
        model.PICOWS,
        model.DEFAULT,
        _FLOAT,
        _UVLOOP,
        model.FAST,
        _FAST_FLOAT,
        _OWN_PICOWS,
        model.PYTHON_BINANCE,
        model.OFFICIAL,
        model.CCXT,
        model.UNICORN,
        model.UNICORN_PICOWS,
    ),
    "agg_trade": (*_MARKET, model.CRYPTOFEED),
    "book_ticker": (*_MARKET, model.CRYPTOFEED),
    "kline": (*_MARKET, model.CRYPTOFEED),
    "depth_40": (*_MARKET, _TEXT),
    "depth_1000": (*_MARKET, _TEXT),
    "all_tickers": (*_MARKET, _TEXT),
    "execution_report": _EVERYWHERE,
}
_HELLO = json.dumps({"id": 1, "method": "userDataStream.subscribe"})


def _runs(quick: bool) -> list[Run]:
    chosen = ("trade", "depth_40", "execution_report") if quick else tuple(_CLIENTS)
    return [_run(name, client) for name in chosen for client in _CLIENTS[name]]


def _run(name: str, client: Client) -> Run:
    payload = PAYLOADS[name]
    task = {"measure": "stream", "payload": name, "name": payload.stream}
    if name == "execution_report":
        task |= {"hello": _HELLO, "sign": "ed25519"}
    plan = {"mode": "flood", "levels": payload.levels, "messages": payload.messages}
    return Run(payload.title, client, task, plan)


def _floor(_case: str) -> str:
    return model.WEBSOCKETS.name


BENCHMARK = Benchmark(
    name="stream",
    title="Messages of one stream, as fast as they come",
    about=(
        "One connection, one stream, a consumer that counts: `async for event in binance.spot.stream(...)`, or what "
        "the peer has in its place. CPU time of the process per message, everything included: the kernel, the frames, "
        "the decoding, the hand-over to the consumer. The floors decode each message once into a msgspec struct with "
        "`Decimal` numbers, as binance_async does by default; `float` and `str` are its other two choices. The peers "
        "deliver text in dicts (the official SDK: in pydantic models; cryptofeed: `Decimal`)."
    ),
    metrics=(
        Metric("cpu_us", "µs CPU per message"),
        Metric("per_cpu_second", "messages per CPU second", digits=0, less_is_better=False),
        Metric("per_second", "messages per second", digits=0, less_is_better=False),
        Metric("rss_mib", "MiB at most", digits=0),
    ),
    runs=_runs,
    read=model.windows,
    floor=_floor,
    guards=tuple(
        Guard(PAYLOADS[payload].title, client.name, floor.name, "least_us")
        for payload in ("trade", "depth_40", "execution_report")
        for client, floor in ((model.DEFAULT, model.WEBSOCKETS), (model.FAST, model.PICOWS))
    ),
    ratios_to=(model.PICOWS.name, model.PYTHON_BINANCE.name),
)
