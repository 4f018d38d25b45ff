# mypy: disable-error-code="import-not-found"
"""Draws the pictures that `plots` asks for: `python draw.py < JSON`, in an environment that has matplotlib."""

from __future__ import annotations

import json
import sys
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt

COLOURS = {"floor": "#9aa5b1", "ours": "#e0a800", "peer": "#4a6fa5"}


def draw(picture: dict[str, Any]) -> None:
    """Horizontal bars, a panel a case, each with a scale of its own."""
    cases = list(dict.fromkeys(bar["case"] for bar in picture["bars"]))
    columns = min(len(cases), 3)
    rows = -(-len(cases) // columns)
    most = max(sum(bar["case"] == case for bar in picture["bars"]) for case in cases)
    figure, axes = plt.subplots(
        rows, columns, figsize=(5.4 * columns, (0.32 * most + 1.0) * rows), squeeze=False, layout="constrained"
    )
    for panel in axes.flat[len(cases) :]:
        panel.axis("off")
    for panel, case in zip(axes.flat, cases, strict=False):
        bars = [bar for bar in picture["bars"] if bar["case"] == case][::-1]
        values = [bar["value"] for bar in bars]
        drawn = panel.barh([bar["client"] for bar in bars], values, color=[COLOURS[bar["group"]] for bar in bars])
        labels = [f"{bar['value']:,.{max(bar['digits'], 1 if bar['value'] < 10 else 0)}f}" for bar in bars]
        panel.bar_label(drawn, labels, padding=3, fontsize=8)
        if max(values) > 100 * min(values):
            panel.set_xscale("log")
            panel.set_xlim(min(values) / 2, max(values) * 4)
        else:
            panel.set_xlim(0, max(values) * 1.18)
        panel.set_title(case, fontsize=10)
        panel.tick_params(labelsize=8)
        panel.spines[["top", "right"]].set_visible(False)
    figure.suptitle(f"{picture['title']}: {picture['unit']}", fontsize=12)
    figure.savefig(picture["file"], dpi=110)
    plt.close(figure)


if __name__ == "__main__":
    for one in json.load(sys.stdin):
        draw(one)
