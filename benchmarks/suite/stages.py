"""Where the time goes."""

from __future__ import annotations

from benchmarks import model
from benchmarks.model import Benchmark, Client, Guard, Metric, Run

_OURS = "binance_async"
_STAGES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "frames and routing": ((_OURS, "frames", model.OURS), ("websockets, sans-I/O", "frames_websockets", model.FLOOR)),
    "decoding": ((_OURS, "decode", model.OURS), ("msgspec struct", "decode_floor", model.FLOOR)),
    "hand-over": ((_OURS, "hand_over", model.OURS), ("asyncio.Queue", "hand_over_queue", model.FLOOR)),
}


def _runs(quick: bool) -> list[Run]:
    return [
        Run(stage, Client(name, "stages", group), {"measure": measure})
        for stage, clients in _STAGES.items()
        for name, measure, group in clients
    ]


BENCHMARK = Benchmark(
    name="stages",
    title="Where the time of a trade goes",
    about=(
        "The stages of the hot path of a trade, each alone and on messages in memory, beside the floor of that stage. "
        "`frames and routing`: from the bytes that were read to the feed of the stream, which gets the event's own "
        "bytes; the floor finds the frames and looks no further. `decoding`: one pass over these bytes; the floor "
        "reads the envelope too. `hand-over`: into the subscription's queue and out of it by `async for`. What the "
        "stages leave of the figure of `stream` is the kernel's part, the event loop's, and memory that is not in the "
        "cache any more."
    ),
    metrics=(Metric("cpu_us", "µs CPU per message", digits=3),),
    runs=_runs,
    read=model.windows,
    floor=lambda stage: {"frames and routing": "websockets, sans-I/O", "decoding": "msgspec struct"}.get(
        stage, "asyncio.Queue"
    ),
    guards=(
        Guard("decoding", _OURS, "msgspec struct", "least_us"),
        Guard("hand-over", _OURS, "asyncio.Queue", "least_us"),
        Guard("frames and routing", _OURS, "websockets, sans-I/O", "least_us"),
    ),
    repeats=3,
)
