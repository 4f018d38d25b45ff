"""Are the documents true? Every Python example runs, every link leads somewhere, every command exists.

An example is a block marked `python`:

* a program (it calls `asyncio.run`) runs in a process of its own;
* any other block runs as a part of its page, one after another, with `exchange` (an embedded one) and `binance` (a
  client of it) open, and the names of `WORDS`. A loop over a stream has no end; it may run until its time is up;
* a block marked `python compile` needs a key or a network that is not here, and is compiled only; so is a declaration.

`python docs/check.py [PAGE ...]` looks at all pages, or at these.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import datetime as dt
import inspect
import io
import logging
import re
import subprocess
import sys
import traceback
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import binance_async
from binance_async import Binance
from binance_async.cli import COMMANDS
from binance_async.simulator import LivingMarket, Simulator, actions
from binance_async.spot import events, streams

sys.path.insert(0, str(Path(__file__).parent))
import reference

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```python([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
COMMAND = re.compile(r"python -m binance_async +([a-z_]+)")
SESSION = re.compile(r"nox -s +([a-z]+)")
DECLARATION = re.compile(r"^@(get|post|put|delete|ws_only|stream)\(", re.MULTILINE)
ENDLESS = 1.5
"""Seconds for a loop without an end."""
LONGEST = 30.0
WORDS: dict[str, Any] = {
    **{name: getattr(binance_async, name) for name in binance_async.__all__},
    **{name: getattr(actions, name) for name in actions.__all__},
    "asyncio": asyncio,
    "contextlib": contextlib,
    "dt": dt,
    "Decimal": Decimal,
    "events": events,
    "streams": streams,
    "Simulator": Simulator,
    "LivingMarket": LivingMarket,
}


def blocks(document: Path) -> list[tuple[str, str, str]]:
    """The examples of a page: a name, what is said of it, and its text."""
    text = document.read_text(encoding="utf-8")
    found: list[tuple[str, str, str]] = []
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        marked = "compile" if DECLARATION.search(match[2]) else match[1].strip()
        found.append((f"{document.relative_to(ROOT)}:{line}", marked, match[2]))
    return found


def program(name: str, source: str) -> Iterator[str]:
    """Run a whole program."""
    command = [sys.executable, "-W", "error", "-c", source]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        yield f"{name}: {done.stderr}"


def compiled(name: str, source: str) -> Iterator[str]:
    """Compile what cannot run here."""
    try:
        compile(source, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as error:
        yield f"{name}: {error}"


async def part(name: str, source: str, world: dict[str, Any]) -> str | None:
    """Run a part of a page; what is wrong with it."""
    try:
        code = compile(source, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        with contextlib.redirect_stdout(io.StringIO()):
            async with asyncio.timeout(ENDLESS if "async for" in source else LONGEST):
                running = eval(code, world)
                if inspect.iscoroutine(running):
                    await running
    except TimeoutError:
        return None if "async for" in source else f"{name}: no end within {LONGEST:g} s"
    except Exception:  # noqa: BLE001 - whatever it raises is what is wrong with it
        return f"{name}: {traceback.format_exc(limit=-2)}"
    return None


async def parts(examples: list[tuple[str, str]]) -> list[str]:
    """Run the parts of a page in one world."""
    async with (
        Simulator(rate=300) as exchange,
        Binance(exchange.keys["ed25519"].credentials, environment=exchange.environment) as binance,
    ):
        world = {**WORDS, "exchange": exchange, "binance": binance}
        return [wrong for name, source in examples if (wrong := await part(name, source, world))]


def examples_of(document: Path) -> Iterator[str]:
    """What is wrong with the examples of a page."""
    inside: list[tuple[str, str]] = []
    for name, marked, source in blocks(document):
        if marked == "compile":
            yield from compiled(name, source)
        elif "asyncio.run(" in source:
            yield from program(name, source)
        else:
            inside.append((name, source))
    if inside:
        yield from asyncio.run(parts(inside))


def _anchors(document: Path) -> set[str]:
    headings = HEADING.findall(FENCED.sub("", document.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(document: Path) -> Iterator[str]:
    """Links to files or headings that are not there."""
    for target in LINK.findall(FENCED.sub("", document.read_text(encoding="utf-8"))):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, anchor = target.partition("#")
        page = document.parent / path if path else document
        if not page.exists() or (anchor and anchor not in _anchors(page)):
            yield f"{document.relative_to(ROOT)}: {target} leads nowhere"


def commands(document: Path) -> Iterator[str]:
    """Commands that do not exist."""
    text = document.read_text(encoding="utf-8")
    sessions = set(re.findall(r"^def (\w+)\(session", (ROOT / "noxfile.py").read_text(encoding="utf-8"), re.MULTILINE))
    for kind, known, found in (("command", COMMANDS, COMMAND), ("session", sessions, SESSION)):
        for name in found.findall(text):
            if name not in known:
                yield f"{document.relative_to(ROOT)}: there is no {kind} {name}"


def main(pages: list[str]) -> int:
    """Look at all of them; 1 if something is wrong."""
    logging.getLogger("binance_async").addHandler(logging.NullHandler())
    logging.getLogger("binance_async").propagate = False
    documents = [document for document in DOCUMENTS if not pages or any(page in str(document) for page in pages)]
    wrong = list(reference.undocumented())
    number = 0
    for document in documents:
        number += len(blocks(document))
        wrong += [*links(document), *commands(document), *examples_of(document)]
    print("\n".join(wrong) or f"{len(documents)} documents with {number} examples are right")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
