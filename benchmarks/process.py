"""Starting the sender and one client beside it, and reading what the client has to say."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from benchmarks.environments import ROOT, environment
from benchmarks.model import Result, Run


class ClientFailed(Exception):
    """The client said that it failed, or said nothing."""


@contextmanager
def sender(plan: Mapping[str, Any]) -> Generator[dict[str, Any]]:
    """A sender of its own for each run; its addresses."""
    python = environment("own").python
    command = [str(python), "-m", "benchmarks.sender", json.dumps(dict(plan))]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def execute(run: Run) -> Result:
    """Do one run. Raises `ClientFailed`."""
    home = environment(run.client.environment)
    lacking = home.lacks(run.client.needs)
    if lacking is not None:
        raise ClientFailed(lacking)
    if run.plan is None:
        return _client(run, {})
    with sender(run.plan) as addresses:
        return _client(run, addresses)


def _client(run: Run, addresses: dict[str, Any]) -> Result:
    task = {**addresses, **run.client.options, **run.task}
    if task.get("payload") == "execution_report":
        task["combined"] = task["ws_api"]
    elif "name" in task:
        task["combined"] = f"{task['stream']}/stream?streams={task['name']}"
    command = [
        str(environment(run.client.environment).python),
        "-m",
        f"benchmarks.clients.{run.client.module}",
        json.dumps(task),
    ]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=run.timeout, check=False)
    except subprocess.TimeoutExpired as error:
        told = (error.stderr or b"").decode(errors="replace")
        raise ClientFailed(f"no result within {run.timeout:g} s; {last_line(told)}") from None
    answer = _answer(done.stdout)
    if answer is None or "error" in answer:
        raise ClientFailed(str(answer["error"]) if answer else f"no result; {last_line(done.stderr)}")
    return answer


def _answer(output: str) -> Result | None:
    """The last line of JSON; what a library prints is in the way."""
    for line in reversed(output.splitlines()):
        if line.startswith("{"):
            try:
                found: Result = json.loads(line)
            except ValueError:
                continue
            return found
    return None


def last_line(text: str) -> str:
    """What a program said last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "it said nothing"
