"""Every row of the failure catalogue has a scenario that is named by it."""

from __future__ import annotations

import re
from pathlib import Path

ROWS = range(1, 71)
NAMED = re.compile(r"^(?:async )?def test_f(\d\d)(?:_f\d\d)*_", re.MULTILINE)


def test_every_row_of_the_catalogue_has_a_scenario() -> None:
    found: set[int] = set()
    for file in Path(__file__).parent.rglob("test_*.py"):
        found |= {int(number) for number in NAMED.findall(file.read_text(encoding="utf-8"))}
    missing = [f"F{row:02}" for row in ROWS if row not in found]
    assert missing == []
    assert found <= set(ROWS)
