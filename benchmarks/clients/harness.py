"""What every client under measurement shares. The standard library alone: it runs in the peers' environments too.

CPU time is that of the whole process (`time.process_time`: all threads, user and system), never the wall clock: the
machine may be doing other things. A measurement is a run of rounds, each about `WINDOW` seconds of CPU long, so that
a slow library and a fast one are measured equally long.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import resource
import socket
import sys
import threading
import time
import traceback
from array import array
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

WINDOW = 0.15
WINDOWS = 5
SHORTEST = 0.02
"""A warm-up of less than this many seconds of CPU says too little of the cost; it is prolonged."""

Task = dict[str, Any]
Measure = Callable[[Task], Awaitable[None] | None]


def finish(result: dict[str, Any]) -> None:
    """Print the result and end the process at once: closing is not what is measured, and some peers hang in it."""
    result["rss_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("\n" + json.dumps(result), flush=True)
    os._exit(0)


class Meter:
    """Counts what arrives, asks the sender for it in rounds, and takes the CPU time of each round.

    count, due = 0, meter.due
    async for event in market:
        count += 1
        if count >= due:
            due = meter.mark(count)

    A round is over when the consumer has had all of it, so nothing that was read ahead is counted to another round.
    """

    def __init__(self, task: Task) -> None:
        self._windows = int(task.get("windows", WINDOWS))
        self._window = 0
        self._most = int(task.get("most", 1_000_000))
        self._samples: list[dict[str, float]] = []
        self._also = {key: task[key] for key in ("subscribers",) if key in task}
        self._grants: socket.socket | None = None
        if "grants" in task:  # else the client itself makes what it counts
            self._grants = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._grants.connect(("127.0.0.1", task["grants"]))
        self._warm_up = int(task.get("warm_up", 256))
        self.due = self._warm_up
        self._last = (0, 0.0, 0.0)
        self._ask(self.due)

    def _ask(self, messages: int) -> int:
        if self._grants is not None:
            self._grants.send(str(messages).encode())
        return messages

    def mark(self, count: int) -> int:
        """A round ends here; when the next one does. The last one ends the process."""
        cpu, wall = time.process_time(), time.perf_counter()
        before, cpu_before, wall_before = self._last
        messages, spent = count - before, cpu - cpu_before
        if self._window:
            self._samples.append({"messages": messages, "cpu": spent, "wall": wall - wall_before})
            if len(self._samples) >= self._windows:
                self.end()
        elif before:  # the first round has imports and first calls in it, later ones tell what a message costs
            if spent < SHORTEST and messages < self._most:
                self._warm_up = min(self._most, messages * 4)
            else:
                self._window = min(self._most, max(1, int(WINDOW * messages / spent)))
        due = count + self._ask(self._window or self._warm_up)
        self._last = (count, time.process_time(), time.perf_counter())
        return due

    def end(self) -> None:
        """Report what was measured."""
        finish({"windows": self._samples, **self._also})

    def counter(self) -> Callable[..., None]:
        """A callback that counts its calls."""
        count, due = 0, self.due

        def one(*_: Any) -> None:
            nonlocal count, due
            count += 1
            if count >= due:
                due = self.mark(count)

        return one


class Latency:
    """Collects ages of messages: from the sender's clock to the consumer's line."""

    def __init__(self, task: Task) -> None:
        self._rate = float(task["rate"])
        self._skip = int(self._rate * float(task.get("warm_up_seconds", 0.7)))
        self._wanted = int(self._rate * float(task.get("seconds", 3.0)))
        # To collect the garbage of the start takes 10 to 40 ms, the longer the more a client has imported, and what
        # arrives meanwhile is that old. It must not be among what is measured, so this happens half-way to it.
        self._settles = self._skip // 2
        self._ages = array("q")
        self._started = (0.0, 0.0)
        self._deadline = time.monotonic() + 4 * float(task.get("seconds", 3.0)) + 5
        threading.Thread(target=self._give_up, daemon=True).start()

    def seen(self, stamp: int) -> None:
        """A message with the sender's stamp is in the consumer's hands."""
        ages = self._ages
        ages.append(time.monotonic_ns() - stamp)
        if len(ages) == self._settles:
            gc.collect()
        elif len(ages) == self._skip:
            self._started = (time.process_time(), time.perf_counter())
        elif len(ages) >= self._skip + self._wanted:
            self.end()

    def _give_up(self) -> None:
        time.sleep(max(0.0, self._deadline - time.monotonic()))
        self.end()

    def end(self) -> None:
        """Report."""
        cpu, wall = time.process_time() - self._started[0], time.perf_counter() - self._started[1]
        ages = sorted(self._ages[self._skip :])
        if not ages:
            finish({"error": "nothing arrived"})
        at = {f"p{p:g}": ages[min(len(ages) - 1, int(len(ages) * p / 100))] / 1e3 for p in (50, 99, 99.9)}
        finish({"latency": at, "received": len(ages), "rate": len(ages) / wall, "cpu": cpu, "wall": wall})


async def calls(task: Task, call: Callable[[], Awaitable[Any]]) -> None:
    """Make calls for some windows, `in_flight` at a time, each as soon as the one before it is answered."""
    meter = Meter({"warm_up": 64, **task})
    in_flight = int(task.get("in_flight", 1))
    count, due = 0, meter.due

    async def worker() -> None:
        nonlocal count, due
        while True:
            await call()
            count += 1
            if count >= due:
                due = meter.mark(count)

    if in_flight == 1:
        await worker()
    else:
        await asyncio.gather(*(worker() for _ in range(in_flight)))


def timed(task: Task, operate: Callable[[int], None], each: int) -> None:
    """CPU time of something that has no network: `operate(times)` does it `each * times` times."""
    operate(1)
    times, spent = 1, 0.0
    while spent < SHORTEST:
        times *= 2
        started = time.process_time()
        operate(times)
        spent = time.process_time() - started
    times = max(1, int(times * WINDOW / spent))
    samples: list[dict[str, float]] = []
    for _ in range(int(task.get("windows", WINDOWS))):
        started, wall = time.process_time(), time.perf_counter()
        operate(times)
        cpu = time.process_time() - started
        samples.append({"messages": times * each, "cpu": cpu, "wall": time.perf_counter() - wall})
    finish({"windows": samples})


def resident() -> int:
    """Bytes of this process in memory, now."""
    gc.collect()
    if sys.platform != "linux":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def run_loop(task: Task, main: Awaitable[None]) -> None:
    """Run on asyncio's own loop, or on uvloop where the task says so."""
    if task.get("loop") == "uvloop":
        import uvloop

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main)  # type: ignore[arg-type]
    else:
        asyncio.run(main)  # type: ignore[arg-type]


def main(**measures: Measure) -> None:
    """`python -m benchmarks.clients.NAME TASK`: run the measure that the task names."""
    task: Task = json.loads(sys.argv[1])
    try:
        running = measures[task["measure"]](task)
        if running is not None:
            run_loop(task, running)
        finish({"error": "the client ended by itself"})
    except Exception as error:  # noqa: BLE001 - the parent reports whatever a library raised
        traceback.print_exc()
        finish({"error": f"{type(error).__name__}: {error}"[:300]})
