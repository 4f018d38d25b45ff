"""The command: figures and seeds on the output, and 1 for what was not reached."""

from __future__ import annotations

import importlib
import json
import sys

import pytest

from tests.chaos import __main__ as command
from tests.chaos import goals, orders


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["chaos", *arguments])
    return command.main()


def test_figures_and_seed_are_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "--seed", "7", "clocks") == 0
    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert (told["goal"], told["seed"], told["size"], told["doubled"]) == ("clocks", 7, 5, 0)


def test_every_goal_is_there_and_grows() -> None:
    for name, (module, function, sizes) in command.GOALS.items():
        assert callable(getattr(importlib.import_module(f"tests.chaos.{module}"), function)), name
        assert sizes == tuple(sorted(sizes))


@pytest.mark.parametrize("error", [goals.Broken("lost"), RuntimeError("stuck")])
def test_what_is_not_reached_is_told_and_the_others_are_run(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(size: int, seed: int) -> goals.Figures:
        raise error

    monkeypatch.setattr(orders, "crossed", broken)
    assert run(monkeypatch, "--seed", "7", "crossed", "clocks") == 1
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["broken"] == f"{type(error).__name__}: {error}"
    assert (first["seed"], second["goal"]) == (7, "clocks")


def test_secrets_is_no_coroutine_and_is_run_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module, function, _ = command.GOALS["secrets"]
    monkeypatch.setitem(command.GOALS, "secrets", (module, function, (20, 20, 20)))
    assert run(monkeypatch, "--seed", "7", "secrets") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["failures"], told["failures over real sockets"], told["secrets seen"]) == (20, 2, 0)


def test_a_goal_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit):
        run(monkeypatch, "no such goal")
