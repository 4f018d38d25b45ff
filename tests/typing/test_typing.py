"""mypy and pyright read the examples: what they reveal is what the examples say, and mistakes are found.

Both checkers run once, strict, as a user's would: over files outside of the package that use it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
EXAMPLES = sorted(path for path in HERE.glob("*.py") if not path.name.startswith("test_"))
CHECKERS = ("mypy", "pyright")

Place = tuple[str, int]
"""A file and a line."""


def lines() -> Iterator[tuple[Place, str]]:
    for path in EXAMPLES:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            yield (path.name, number), line


EXPECTED = {place: line.partition("# -> ")[2] for place, line in lines() if "reveal_type(" in line}
WRONG = {place for place, line in lines() if line.endswith("# wrong")}


@dataclass
class Findings:
    """What a checker says of the examples."""

    revealed: dict[Place, str] = field(default_factory=dict)
    errors: dict[Place, list[str]] = field(default_factory=dict)

    def add(self, file: str, line: int, message: str, *, error: bool) -> None:
        place = (Path(file).name, line)
        shown = re.fullmatch(r'Revealed type is "(.*)"|Type of ".*" is "(.*)"', message, re.DOTALL)
        if shown:
            self.revealed[place] = shown[1] or shown[2]
        elif error:
            self.errors.setdefault(place, []).append(message)


def run(*command: str) -> str:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode in (0, 1), done.stdout + done.stderr  # 1: it found something; more: it did not work
    return done.stdout


def mypy() -> Findings:
    findings = Findings()
    for line in run("mypy", "--strict", "--output=json", *map(str, EXAMPLES)).splitlines():
        if line.startswith("{"):
            told = json.loads(line)
            findings.add(told["file"], told["line"], told["message"], error=told["severity"] == "error")
    return findings


def pyright() -> Findings:
    findings = Findings()
    told = json.loads(run("pyright", "--outputjson", "--pythonpath", sys.executable, *map(str, EXAMPLES)))
    for each in told["generalDiagnostics"]:
        line = each["range"]["start"]["line"] + 1
        findings.add(each["file"], line, each["message"], error=each["severity"] == "error")
    return findings


@pytest.fixture(scope="module")
def findings() -> dict[str, Findings]:
    return {"mypy": mypy(), "pyright": pyright()}


def simple(type_: str) -> str:
    """A type as both checkers could have put it: no modules, no marks, the members of unions in order."""
    bare = re.sub(r"\b(?:[a-z_]\w*\.)+(?=\w)|[*?]", "", type_.strip().replace('"', "'"))
    return parse(bare)


def parse(type_: str) -> str:
    """`B | A[D | C]` as `A[C | D] | B`."""
    return " | ".join(sorted({each for member in split(type_, "|") for each in members(member)}))


def members(type_: str) -> list[str]:
    """What a member of a union comes to; `Union` and `Literal` are unions themselves."""
    found = re.fullmatch(r"(\w+)\[(.*)\]", type_)
    if not found:
        return [type_]
    arguments = split(found[2], ",")
    if found[1] == "Literal":
        return [f"Literal[{argument}]" for argument in arguments]
    if found[1] == "Union":
        return [each for argument in arguments for each in members(argument)]
    return [f"{found[1]}[{', '.join(map(parse, arguments))}]"]


def split(type_: str, mark: str) -> list[str]:
    """Parted at marks that stand outside of brackets."""
    parts, depth = [""], 0
    for letter in type_:
        depth += {"[": 1, "]": -1}.get(letter, 0)
        if letter == mark and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("place", EXPECTED, ids=lambda place: f"{place[0]}:{place[1]}")
def test_the_type_is_known(findings: dict[str, Findings], checker: str, place: Place) -> None:
    revealed = findings[checker].revealed.get(place)
    assert revealed is not None, f"{checker} never came there"
    assert simple(revealed) == simple(EXPECTED[place])


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("place", sorted(WRONG), ids=lambda place: f"{place[0]}:{place[1]}")
def test_the_mistake_is_found(findings: dict[str, Findings], checker: str, place: Place) -> None:
    assert place in findings[checker].errors


@pytest.mark.parametrize("checker", CHECKERS)
def test_nothing_else_is_wrong(findings: dict[str, Findings], checker: str) -> None:
    unexpected = {place: told for place, told in findings[checker].errors.items() if place not in WRONG}
    assert unexpected == {}


def test_there_are_examples() -> None:
    assert [path.name for path in EXAMPLES] == ["calls.py", "live.py", "mistakes.py"]
    assert len(EXPECTED) > 100
    assert all(EXPECTED.values())
    assert len(WRONG) > 40


@pytest.mark.parametrize(
    ("mypys", "pyrights"),
    [
        ("binance_async.spot.types.trading.OrderFull", "OrderFull"),
        ("builtins.list[binance_async.spot.types.market.Kline]", "list[Kline]"),
        ("Union[b.A[decimal.Decimal], None, b.C]", "C | A[Decimal] | None"),
        ("a.M[Union[a.X[a.P | a.O], a.Gap]]", "M[Gap | X[O | P]]"),
        ("builtins.list[tuple[decimal.Decimal, decimal.Decimal]]", "list[tuple[Decimal, Decimal]]"),
        ("Literal['stream', 'rest']", "Literal['rest', 'stream']"),
        ('Literal["a"]', "Literal['a']"),
    ],
)
def test_types_are_the_same_however_they_are_put(mypys: str, pyrights: str) -> None:
    assert simple(mypys) == simple(pyrights)


@pytest.mark.parametrize(("one", "other"), [("A | B", "A"), ("A[B]", "A[C]"), ("tuple[A, B]", "tuple[B, A]")])
def test_types_that_differ_stay_different(one: Any, other: Any) -> None:
    assert simple(one) != simple(other)
