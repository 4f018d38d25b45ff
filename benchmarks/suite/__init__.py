"""All benchmarks, in the order in which they are run and reported."""

from __future__ import annotations

from benchmarks.model import Benchmark
from benchmarks.suite import (
    book,
    call,
    fanout,
    imports,
    latency,
    rest,
    scale,
    sender,
    simulator,
    stages,
    stream,
    websocket_api,
)

ALL: dict[str, Benchmark] = {
    benchmark.name: benchmark
    for benchmark in (
        sender.BENCHMARK,
        stream.BENCHMARK,
        stages.BENCHMARK,
        latency.BENCHMARK,
        fanout.BENCHMARK,
        scale.BENCHMARK,
        book.BENCHMARK,
        book.MEMORY,
        rest.BENCHMARK,
        rest.IN_FLIGHT,
        websocket_api.BENCHMARK,
        call.BENCHMARK,
        imports.BENCHMARK,
        simulator.ENGINE,
        simulator.STREAM,
        simulator.DAY,
    )
}
