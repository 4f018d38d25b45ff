"""The demo as plain lines, for pipes, logs and terminals without rich."""

from __future__ import annotations

import sys
from typing import TextIO

from binance_async.cli.demo_scene import Line, Scene

__all__ = ["Lines", "summary"]

_MARKS = {"say": "  ", "good": "  ", "bad": "  ", "account": "    account  ", "gap": "    gap      ", "tape": "  "}


class Lines:
    """Writes each line as it is told."""

    def __init__(self, scene: Scene, out: TextIO | None = None) -> None:
        self._scene = scene
        self._out = sys.stdout if out is None else out
        self._steps = 0

    def __enter__(self) -> Lines:
        self._scene.on_line = self.write
        print("binance_async: fifteen seconds on the embedded exchange", file=self._out, flush=True)
        return self

    def __exit__(self, *exc: object) -> None:
        self._scene.on_line = lambda _: None

    def refresh(self) -> None:
        """Nothing: what was written stays."""

    def write(self, line: Line) -> None:
        """One line."""
        if line.kind == "step":
            self._steps += 1
            text = f"\n{line.at:5.1f} s  {self._steps}/{self._scene.steps}  {line.text}"
        else:
            text = f"          {_MARKS[line.kind]}{line.text}"
        print(text, file=self._out, flush=True)


def summary(scene: Scene, out: TextIO | None = None) -> None:
    """What the demo came to."""
    out = sys.stdout if out is None else out
    print(file=out)
    for name, text in scene.summary:
        print(f"  {name:<9} {text}", file=out, flush=True)
    print(file=out, flush=True)
