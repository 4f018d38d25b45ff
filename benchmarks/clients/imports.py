"""What an import costs: fresh interpreters, each measured from outside by the kernel's own accounts."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

from benchmarks.clients import harness

TIMES = 5


# Not `ru_maxrss` of the child: that begins with what its parent had when it forked.
_PEAK = """
import sys
if sys.platform == "linux":
    print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""


def _once(code: str, folder: str) -> tuple[float, float, float]:
    """CPU seconds, wall seconds and MiB of one interpreter that runs this."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", code + _PEAK], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    peak, told = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(told.strip().splitlines()[-1][:200])
    memory = int(peak.split()[-1]) if peak.split() else usage.ru_maxrss
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - started, memory / 1024


def measure(task: harness.Task) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _once(task["code"], folder)  # writes the byte code
        found = [_once(task["code"], folder) for _ in range(TIMES)]
    cpu, wall, memory = (statistics.median(column) for column in zip(*found, strict=True))
    harness.finish({"cpu_ms": cpu * 1e3, "wall_ms": wall * 1e3, "mib": memory})


if __name__ == "__main__":
    harness.main(imports=measure)
