"""What the project has set out to reach, beside what was measured. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks import model
from benchmarks.model import PEER, Metric, Outcome, Row, ratio

Outcomes = Mapping[str, Outcome]


@dataclass(frozen=True)
class Aim:
    """One figure that must not be exceeded, or must be reached."""

    text: str
    read: Callable[[Outcomes], float | None]
    """The figure; None where it was not measured."""
    most: float | None = None
    least: float | None = None
    unit: str = "×"

    def reached(self, value: float) -> bool:
        """Whether it is."""
        return (self.most is None or value <= self.most) and (self.least is None or value >= self.least)

    @property
    def bounds(self) -> str:
        """The limit in words."""
        parts = []
        if self.least is not None:
            parts.append(f"at least {self.least:,g}")
        if self.most is not None:
            parts.append(f"at most {self.most:,g}")
        return f"{' and '.join(parts)} {self.unit}"


_CPU = Metric("cpu_us", "µs")


def _row(outcomes: Outcomes, benchmark: str, case: str, client: str) -> Row | None:
    outcome = outcomes.get(benchmark)
    return None if outcome is None else outcome.row(case, client)


def _times(
    benchmark: str, case: str, above: str, below: str, metric: Metric = _CPU, *, below_case: str | None = None
) -> Callable[[Outcomes], float | None]:
    """One client's metric over another's."""

    def read(outcomes: Outcomes) -> float | None:
        over = _row(outcomes, benchmark, case, above)
        return ratio(over, _row(outcomes, benchmark, below_case or case, below), metric)

    return read


def _value(benchmark: str, case: str, client: str, metric: str) -> Callable[[Outcomes], float | None]:
    def read(outcomes: Outcomes) -> float | None:
        row = _row(outcomes, benchmark, case, client)
        return None if row is None else row.value(Metric(metric, ""))

    return read


def _above_bare(outcomes: Outcomes) -> float | None:
    package = _value("import", "import", "import binance_async", "cpu_ms")(outcomes)
    bare = _value("import", "import", "bare Python", "cpu_ms")(outcomes)
    return None if package is None or bare is None else package - bare


def _best_peer(benchmark: str, case: str, ours: str) -> Callable[[Outcomes], float | None]:
    """The quickest peer's cost over ours."""

    def read(outcomes: Outcomes) -> float | None:
        outcome = outcomes.get(benchmark)
        if outcome is None:
            return None
        own = outcome.row(case, ours)
        found = [ratio(row, own, _CPU) for row in outcome.rows if row.case == case and row.group == PEER]
        return min((value for value in found if value is not None), default=None)

    return read


_DEFAULT, _FAST = model.DEFAULT.name, model.FAST.name
_RECV, _PICOWS = model.WEBSOCKETS.name, model.PICOWS.name
_FLOAT = "binance_async, float"
_SORTED = "SortedDict, nothing checked"
_P99 = Metric("p99", "µs", least=True)

AIMS = (
    Aim("trade stream: default socket to a bare `await recv()` loop", _times("stream", "trade", _DEFAULT, _RECV), 1.0),
    Aim(
        "trade stream: messages per CPU second to python-binance's",
        _times("stream", "trade", model.PYTHON_BINANCE.name, _DEFAULT),
        least=7,
    ),
    Aim("trade stream, `fast`: to the picows floor", _times("stream", "trade", _FAST, _PICOWS), 1.5),
    Aim(
        "trade stream, `fast`: messages per CPU second to python-binance's",
        _times("stream", "trade", model.PYTHON_BINANCE.name, _FAST),
        least=20,
    ),
    Aim(
        "trade stream, `fast`: messages per CPU second to unicorn's with picows",
        _times("stream", "trade", model.UNICORN_PICOWS.name, _FAST),
        least=1,
    ),
    Aim(
        "REST, signed by HMAC: to bare aiohttp", _times("rest", "HMAC", "binance_async", "aiohttp, fixed address"), 1.2
    ),
    Aim(
        "WebSocket API, public: to a bare round trip",
        _times("websocket_api", "public", "binance_async", "websockets"),
        1.25,
    ),
    Aim(
        "WebSocket API, signed by HMAC: to a bare round trip that signs nothing",
        _times("websocket_api", "HMAC", "binance_async", "websockets"),
        1.25,
    ),
    Aim(
        "book, 20 levels changed, float: `SortedDict` to ours",
        _times("book", "20 levels changed", _SORTED, _FLOAT),
        least=2,
    ),
    Aim(
        "book, 20 levels changed, `Decimal`: `SortedDict` of floats to ours",
        _times("book", "20 levels changed", _SORTED, "binance_async"),
        least=1,
    ),
    Aim("book, 20 levels changed, float: best peer to ours", _best_peer("book", "20 levels changed", _FLOAT), least=1),
    Aim(
        "book, 20 levels changed, `Decimal`: best peer to ours",
        _best_peer("book", "20 levels changed", "binance_async"),
        least=1,
    ),
    Aim(
        "book, 20 levels changed and 20 a side read, float: best peer to ours",
        _best_peer("book", "20 levels changed, 20 a side read", _FLOAT),
        least=1,
    ),
    Aim("`import binance_async` above the interpreter", _above_bare, 60, unit="ms"),
    Aim(
        "one family opened, interpreter included",
        _value("import", "import", "binance_async, .spot opened", "cpu_ms"),
        300,
        unit="ms",
    ),
    Aim("one family opened", _value("import", "import", "binance_async, .spot opened", "mib"), 45, unit="MiB"),
    Aim(
        "a declared call up to the wire",
        _value("call", "order (2 parameters)", "binance_async, declared call up to the wire", "cpu_us"),
        4,
        unit="µs",
    ),
    Aim(
        "p99 latency at 10 k messages/s: to the floor's", _times("latency", "10 k messages/s", _DEFAULT, _RECV, _P99), 2
    ),
    Aim(
        "p99 latency at 10 k messages/s, `fast`: to the picows floor's",
        _times("latency", "10 k messages/s", _FAST, _PICOWS, _P99),
        2,
    ),
    Aim(
        "cost per message: 1,000 streams to 1 stream",
        _times("streams_scale", "1,000 streams", _DEFAULT, _DEFAULT, below_case="1 stream"),
        1.15,
        0.85,
    ),
    Aim(
        "cost per message, `fast`: 1,000 streams to 1 stream",
        _times("streams_scale", "1,000 streams", _FAST, _FAST, below_case="1 stream"),
        1.15,
        0.85,
    ),
    Aim(
        "embedded exchange: orders through the engine",
        _value("engine", "place, with its reply", "binance_async.simulator", "per_cpu_second"),
        least=5_000,
        unit="per CPU second",
    ),
    Aim(
        "embedded exchange: messages to one subscriber",
        _value("simulator_stream", "the door alone", "binance_async.simulator", "per_cpu_second"),
        least=100_000,
        unit="per CPU second",
    ),
    Aim(
        "embedded exchange: memory that the last three quarters of a day add to the first",
        _value("engine_day", "20 symbols", "binance_async.simulator", "growth_mib"),
        15,
        unit="MiB",
    ),
)


def table(outcomes: Outcomes) -> str:
    """Every aim whose benchmark was run."""
    lines = ["| aim | limit | measured | |", "| --- | --- | ---: | --- |"]
    for aim in AIMS:
        value = aim.read(outcomes)
        if value is not None:
            shown = f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
            lines.append(
                f"| {aim.text} | {aim.bounds} | {shown} | {'reached' if aim.reached(value) else '**not reached**'} |"
            )
    return "\n".join(lines) if len(lines) > 2 else ""
