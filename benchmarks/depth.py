"""A book and its changes, for the benchmarks of order books. Pure, and the same in every process.

Changes look like those of a liquid symbol: most hit a level that exists, some remove one, some bring one back, and
most are near the best price. Bids stay below a fixed price and asks above it, so that any run of changes can be
repeated for ever without the book being crossed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

LEVELS = 1_000
"""Levels a side of the snapshot."""
MIDDLE = 4_325_000
"""In ticks of a cent; bids are below."""
DIFFS = 500
"""Changes before they repeat."""

TextLevel = tuple[str, str]


class Diff(NamedTuple):
    """One change: new quantities at these prices, zero where a level is gone."""

    bids: list[TextLevel]
    asks: list[TextLevel]


def price(ticks: int) -> str:
    """A price as the exchange writes it."""
    return f"{ticks // 100}.{ticks % 100:02d}000000"


def _quantity(chance: random.Random) -> str:
    return f"{chance.randrange(1, 500_000) / 100_000:.5f}000"


def snapshot(seed: int = 1) -> Diff:
    """The book to begin with; every second tick has a level."""
    chance = random.Random(seed)
    bids = [(price(MIDDLE - 1 - 2 * n), _quantity(chance)) for n in range(LEVELS)]
    asks = [(price(MIDDLE + 2 * n), _quantity(chance)) for n in range(LEVELS)]
    return Diff(bids, asks)


def diffs(levels: int, seed: int = 2) -> Iterator[Diff]:
    """Changes of so many levels, half of them bids."""
    chance = random.Random(seed)
    for _ in range(DIFFS if levels < 100 else 20):
        yield Diff(_side(chance, levels // 2, -1), _side(chance, levels // 2, 1))


def _side(chance: random.Random, levels: int, direction: int) -> list[TextLevel]:
    reach = 2 * LEVELS if levels > 100 else 400
    first = MIDDLE - 1 if direction < 0 else MIDDLE
    found: dict[int, str] = {}
    while len(found) < levels:
        away = min(int(chance.expovariate(4 / reach)), reach - 1)
        new = chance.random() < 0.1  # a tick that had no level
        ticks = first + direction * (away // 2 * 2 + new)
        removed = chance.random() < 0.15 and away > 1
        found[ticks] = "0.00000000" if removed else _quantity(chance)
    return [(price(ticks), quantity) for ticks, quantity in found.items()]
