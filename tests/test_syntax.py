"""What the syntax trees of the package must show: real declarations, imports in one direction, one clock.

Each rule is a function from a syntax tree to the faults it finds, and is tried on a faulty text first: a lint that
cannot find anything is worse than none.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "binance_async"
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
FAMILIES = frozenset({"spot", "usdm", "coinm", "options", "options_legacy", "portfolio", "portfolio_pro", "us"})
IN_FAMILIES = [module for module in MODULES if module.split("/")[0] in FAMILIES]


def tree(module: str) -> ast.Module:
    return ast.parse((PACKAGE / module).read_text(encoding="utf-8"), filename=module)


def imports(node: ast.Module) -> Iterator[tuple[str, str, int]]:
    """Every imported (module, name) with its line, also those inside of functions."""
    for item in ast.walk(node):
        if isinstance(item, ast.Import):
            for alias in item.names:
                yield alias.name, "", item.lineno
        elif isinstance(item, ast.ImportFrom):
            for alias in item.names:
                yield "." * item.level + (item.module or ""), alias.name, item.lineno


def names_from(node: ast.Module, module: str) -> dict[str, str]:
    """What a module takes from another: the name here and the name there."""
    return {
        alias.asname or alias.name: alias.name
        for item in ast.walk(node)
        if isinstance(item, ast.ImportFrom) and item.module == module
        for alias in item.names
    }


# Declarations

DECLARES = {
    "binance_async.core.endpoint": {"get", "post", "put", "delete", "ws_only"},
    "binance_async.core.stream": {"stream"},
}
NO_BODY_NEEDED = {"overload", "abstractmethod"}


def is_empty(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A body of a docstring, `...` and `pass`: it answers None without a word."""
    return all(
        isinstance(part, ast.Pass) or (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
        for part in function.body
    )


def decorators(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    called = [d.func if isinstance(d, ast.Call) else d for d in function.decorator_list]
    return {
        d.attr if isinstance(d, ast.Attribute) else d.id for d in called if isinstance(d, (ast.Attribute, ast.Name))
    }


def declaring_names(node: ast.Module) -> set[str]:
    return {
        here
        for module, wanted in DECLARES.items()
        for here, there in names_from(node, module).items()
        if there in wanted
    }


def false_declarations(node: ast.Module) -> Iterator[str]:
    declaring = declaring_names(node)
    protocols = {
        id(inner)
        for item in ast.walk(node)
        if isinstance(item, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in item.bases)
        for inner in ast.walk(item)
    }
    for item in ast.walk(node):
        if not isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        by = decorators(item)
        if is_empty(item):
            if not by & (declaring | NO_BODY_NEEDED) and id(item) not in protocols:
                yield f"line {item.lineno}: {item.name} has no body and is no declaration"
        elif by & declaring:
            yield f"line {item.lineno}: {item.name} is a declaration, and its body would never run"


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("async def order(self) -> Order:\n    'One order.'\n    ...", 1),
        ("async def order(self) -> Order: ...", 1),
        ("async def order(self) -> None:\n    'Only words.'", 1),
        ("def kline(self) -> None: pass", 1),
        ("@get('/x')\nasync def order(self) -> Order: ...", 1),  # a `get` of somewhere else
        ("from x import get\n@get('/x')\nasync def order(self) -> Order: ...", 1),
        ("from binance_async.core.endpoint import get\n@get('/x')\nasync def order(self) -> Order: ...", 0),
        ("from binance_async.core.endpoint import get as g\n@g('/x')\nasync def order(self) -> Order: ...", 0),
        (
            "from binance_async.core.stream import stream\n@stream('x')\ndef kline(self) -> A:\n    'D.'\n    ...",
            0,
        ),
        ("from binance_async.core.endpoint import get\n@get('/x')\nasync def order(self) -> int:\n    return 5", 1),
        ("from binance_async.core.endpoint import Group\n@Group('/x')\nasync def order(self) -> int: ...", 1),
        ("@overload\nasync def order(self) -> int: ...", 0),
        ("@property\ndef order(self) -> int: ...", 1),
        ("class A(Protocol[T]):\n    def order(self) -> int: ...", 0),
        ("class A(Group):\n    async def order(self) -> int: ...", 1),
        ("def order(self) -> int:\n    'Doc.'\n    return 5", 0),
    ],
)
def test_a_false_declaration_is_found(text: str, faults: int) -> None:
    assert len(list(false_declarations(ast.parse(text)))) == faults


@pytest.mark.parametrize("module", IN_FAMILIES)
def test_every_empty_body_is_a_declaration(module: str) -> None:
    assert list(false_declarations(tree(module))) == []


def unreadable_annotations(node: ast.Module) -> Iterator[str]:
    """Annotations that are read at run time must be there at run time."""
    structs = names_from(node, "msgspec").keys() & {"Struct"}
    declares = bool(declaring_names(node)) or any(
        isinstance(item, ast.ClassDef)
        and any(ast.unparse(base).split("[")[0] in structs | {"msgspec.Struct"} for base in item.bases)
        for item in ast.walk(node)
    )
    if not declares:
        return
    if "annotations" in names_from(node, "__future__"):
        yield "declarations under `from __future__ import annotations`"
    for item in ast.walk(node):
        if isinstance(item, ast.If) and "TYPE_CHECKING" in ast.unparse(item.test):
            yield f"line {item.lineno}: imports that are not there at run time"


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("from __future__ import annotations\nfrom msgspec import Struct\nclass A(Struct): ...", 1),
        ("from __future__ import annotations\nimport msgspec\nclass A(msgspec.Struct, frozen=True): ...", 1),
        ("from __future__ import annotations\nfrom binance_async.core.endpoint import get", 1),
        (
            "from msgspec import Struct\nif typing.TYPE_CHECKING:\n    import x\nclass A(Struct): ...",
            1,
        ),
        ("from msgspec import Struct\nclass A(Struct): ...", 0),
        ("from __future__ import annotations\nfrom binance_async.core.endpoint import Group", 0),
    ],
)
def test_an_unreadable_annotation_is_found(text: str, faults: int) -> None:
    assert len(list(unreadable_annotations(ast.parse(text)))) == faults


@pytest.mark.parametrize("module", IN_FAMILIES)
def test_declarations_can_be_read_at_run_time(module: str) -> None:
    assert list(unreadable_annotations(tree(module))) == []


# Directions

MAY_IMPORT: dict[str, set[str]] = {
    # The parts of the house, and what each may know. Nothing may know a part that is not named.
    "_version": set(),
    "secret": set(),
    "timings": set(),
    "errors": {"codes"},  # on first use: the classes by code
    "core": {"errors", "secret"},
    "codes": {"errors", "core"},
    "net": {"errors", "_version"},
    "credentials": {"errors", "secret", "core"},
    "environment": {"errors", "timings", "net.seams"},
    "declared": {"core"},  # families by name, at run time
    "session": {"errors", "codes", "core", "net.seams", "credentials", "environment", "secret", "timings", "_version"},
    "clients": {"errors", "codes", "core", "net.seams", "session", "environment", "timings", "families"},
    "simulator": {"errors", "codes", "core", "net", "credentials", "environment", "secret", "timings", "families"},
    **{family: {"core", "errors"} for family in FAMILIES},
    "client": {
        *("_version", "errors", "codes", "core", "net", "credentials", "environment", "secret", "timings"),
        *("declared", "session", "clients", "families"),
    },
}
TOPS = {"__init__", "__main__", "cli"}
"""They open everything and nothing imports them."""


def part_of(module: str) -> str:
    """The part of the house that a dotted name belongs to."""
    return module.split(".")[1] if "." in module else "__init__"


def wrong_imports(part: str, node: ast.Module) -> Iterator[str]:
    for module, name, line in imports(node):
        if module.startswith("."):
            yield f"line {line}: a relative import"
        if module != "binance_async" and not module.startswith("binance_async."):
            continue
        whole = f"{module}.{name}" if module == "binance_async" else module
        known = part_of(whole)
        seams = whole.startswith("binance_async.net.seams") or (whole == "binance_async.net" and name == "seams")
        allowed = MAY_IMPORT[part] | {part}
        if known in allowed or (seams and "net.seams" in allowed) or (known in FAMILIES and "families" in allowed):
            continue
        yield f"line {line}: {part} may not import {whole}"


@pytest.mark.parametrize(
    ("part", "text", "faults"),
    [
        ("core", "from binance_async.errors import NotSent", 0),
        ("core", "from binance_async.core import wire", 0),
        ("core", "from binance_async.spot import streams", 1),
        ("core", "import binance_async.net.seams", 1),
        ("core", "from binance_async import codes", 1),
        ("core", "def f():\n    from binance_async.codes import X", 1),
        ("core", "if TYPE_CHECKING:\n    from binance_async.session import manager", 1),
        ("net", "from binance_async.core import wire", 1),
        ("net", "from binance_async.net.seams import Clock", 0),
        ("spot", "from binance_async.core.endpoint import get", 0),
        ("spot", "from binance_async.us.enums import Side", 1),
        ("us", "from binance_async.spot.enums import Side", 1),
        ("spot", "from binance_async.session.manager import Manager", 1),
        ("session", "from binance_async.net.seams import Clock", 0),
        ("session", "from binance_async.net import seams", 0),
        ("session", "from binance_async.net.http import AiohttpHttp", 1),
        ("session", "from binance_async.spot import Calls", 1),
        ("session", "from binance_async.clients.spot import Spot", 1),
        ("clients", "from binance_async.session.rest import RestSession", 0),
        ("clients", "from binance_async.spot import Calls", 0),
        ("clients", "from binance_async.client import Binance", 1),
        ("simulator", "from binance_async.spot.enums import Side", 0),
        ("simulator", "from binance_async.session.manager import Manager", 1),
        ("simulator", "from binance_async.clients.spot import Spot", 1),
        ("client", "from binance_async.session.manager import Manager", 0),
        ("client", "from binance_async.simulator import Simulator", 1),
        ("session", "from binance_async import Binance", 1),
        ("session", "import binance_async", 1),
        ("core", "from . import wire", 1),
        ("core", "from ..spot import streams", 1),
        ("core", "import binance_asyncio", 0),
    ],
)
def test_a_wrong_import_is_found(part: str, text: str, faults: int) -> None:
    assert len(list(wrong_imports(part, ast.parse(text)))) == faults


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_one_way(module: str) -> None:
    part = module.split("/")[0].removesuffix(".py")
    if part not in TOPS:
        assert part in MAY_IMPORT, "has no place in the house: see DESIGN.md"
        assert list(wrong_imports(part, tree(module))) == []


def test_families_cannot_reach_each_other_by_any_way() -> None:
    for part, allowed in MAY_IMPORT.items():
        if part in FAMILIES:
            assert not allowed & (FAMILIES | {"families"})


def test_nothing_imports_the_tops() -> None:
    for allowed in MAY_IMPORT.values():
        assert not allowed & TOPS


PURE = {"asyncio", "socket", "ssl", "threading", "subprocess", "aiohttp", "websockets", "picows", "selectors", "time"}


@pytest.mark.parametrize("module", [m for m in MODULES if m.split("/")[0] in FAMILIES | {"core"}])
def test_core_and_families_do_no_io(module: str) -> None:
    found = {name.split(".")[0] for name, _, _ in imports(tree(module))}
    assert not found & PURE


@pytest.mark.parametrize("module", [m for m in MODULES if m.startswith(("session/", "clients/")) or m == "client.py"])
def test_sessions_know_no_network_library(module: str) -> None:
    found = {name.split(".")[0] for name, _, _ in imports(tree(module))}
    assert not found & {"aiohttp", "websockets", "picows", "socket", "yarl"}


# One clock, one source of chance (rule L)

SEAMS: dict[str, set[str]] = {
    "net/seams.py": {"time.time", "time.monotonic", "asyncio.sleep", "random.Random"},  # the machine's
    "net/virtual.py": {"time.time", "time.monotonic", "asyncio.sleep"},  # the clock that runs as fast as it can
    "net/memory.py": {"asyncio.sleep"},  # a network's delays are the event loop's time, as a real network's are
    "simulator/clock.py": {"asyncio.sleep"},  # the exchange's clock: the event loop's, scaled
}
"""The modules behind the seams, and what each may use."""

BANNED: dict[str, set[str]] = {
    "time": {
        *("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time"),
        *("clock_gettime", "sleep", "localtime", "gmtime", "ctime"),
    },
    "asyncio": {"sleep"},
    "datetime": {"now", "utcnow", "today"},
    "random": {"*"},
    "secrets": {"*"},
    "uuid": {"uuid1", "uuid4"},
    "os": {"urandom", "getrandom"},
}


def module_names(node: ast.Module) -> dict[str, str]:
    """The names under which a module knows those of `BANNED`, and the classes of datetime."""
    names: dict[str, str] = {}
    for item in ast.walk(node):
        if isinstance(item, ast.Import):
            names |= {alias.asname or alias.name: alias.name for alias in item.names if alias.name in BANNED}
    for here, there in names_from(node, "datetime").items():
        if there in ("datetime", "date"):
            names[here] = "datetime"
    return names


def is_seeded_random(call: ast.AST | None) -> bool:
    return isinstance(call, ast.Call) and bool(call.args or call.keywords)


def is_turn(call: ast.AST | None) -> bool:
    """`asyncio.sleep(0)` waits for no time: it lets other tasks run."""
    return isinstance(call, ast.Call) and [ast.unparse(a) for a in call.args] == ["0"]


def clocks_and_chance(node: ast.Module) -> Iterator[str]:
    known = module_names(node)
    calls = {id(item.func): item for item in ast.walk(node) if isinstance(item, ast.Call)}
    annotations = {
        id(inner)
        for item in ast.walk(node)
        for note in (getattr(item, "annotation", None), getattr(item, "returns", None))
        if note is not None
        for inner in ast.walk(note)
    }
    for item in ast.walk(node):
        if isinstance(item, ast.ImportFrom) and item.module in BANNED and item.module != "datetime":
            for alias in item.names:
                if alias.name in BANNED[item.module] or "*" in BANNED[item.module]:
                    yield f"line {item.lineno}: from {item.module} import {alias.name}"
        if not isinstance(item, ast.Attribute):
            continue
        base = item.value
        # `datetime.datetime.now` as well as `datetime.now`
        root = base.value if isinstance(base, ast.Attribute) and base.attr in ("datetime", "date") else base
        module = known.get(root.id) if isinstance(root, ast.Name) else None
        if module is None:
            continue
        call = calls.get(id(item))
        if module == "asyncio" and item.attr == "sleep" and is_turn(call):
            continue
        if module == "random" and item.attr == "Random" and (id(item) in annotations or is_seeded_random(call)):
            continue
        if item.attr in BANNED[module] or "*" in BANNED[module]:
            yield f"line {item.lineno}: {ast.unparse(item)}"


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("import time\ntime.time()", 1),
        ("import time as t\nt.monotonic()", 1),
        ("from time import perf_counter", 1),
        ("import asyncio\nasync def f():\n    await asyncio.sleep(1)", 1),
        ("import asyncio\nasync def f():\n    await asyncio.sleep(0)", 0),
        ("import asyncio\nasync def f(x):\n    await asyncio.sleep(x)", 1),
        ("import asyncio\nf = asyncio.sleep", 1),
        ("from asyncio import sleep", 1),
        ("async def f(clock):\n    await clock.sleep(1)", 0),
        ("import random\nrandom.random()", 1),
        ("import random\nrandom.Random()", 1),
        ("import random\nrandom.Random(7)", 0),
        ("import random\ndef f(chance: random.Random) -> random.Random: ...", 0),
        ("import random\ndef f() -> None:\n    x: random.Random", 0),
        ("import random\nfield(default_factory=random.Random)", 1),
        ("import random\nrandom.SystemRandom(7)", 1),
        ("from random import choice", 1),
        ("def f(random):\n    return random.uniform(0, 1)", 0),
        ("import datetime as dt\ndt.datetime.now(dt.UTC)", 1),
        ("import datetime\ndatetime.datetime.now()", 1),
        ("from datetime import datetime\ndatetime.utcnow()", 1),
        ("from datetime import date\ndate.today()", 1),
        ("from datetime import datetime\ndatetime.fromtimestamp(5)", 0),
        ("import os\nos.urandom(8)", 1),
        ("import uuid\nuuid.uuid4()", 1),
        ("import secrets\nsecrets.token_hex()", 1),
        ("def f():\n    import time\n    return time.time()", 1),
    ],
)
def test_a_clock_of_its_own_is_found(text: str, faults: int) -> None:
    assert len(list(clocks_and_chance(ast.parse(text)))) == faults


@pytest.mark.parametrize("module", MODULES)
def test_time_and_chance_come_through_the_seams(module: str) -> None:
    allowed = SEAMS.get(module, set())
    assert [fault for fault in clocks_and_chance(tree(module)) if fault.split(": ", 1)[1] not in allowed] == []


def test_every_module_is_looked_at() -> None:
    rules: list[Callable[[ast.Module], Iterator[str]]] = [false_declarations, unreadable_annotations]
    assert len(MODULES) > 50
    assert len(IN_FAMILIES) > 10
    for module in MODULES:
        node = tree(module)
        for rule in rules:
            list(rule(node))  # no tree breaks a rule's own code
