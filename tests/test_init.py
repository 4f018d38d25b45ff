"""What `import binance_async` gives, and what it costs."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

import binance_async

HEAVY = ("aiohttp", "websockets", "msgspec", "orjson", "cryptography", "yarl", "asyncio", "ssl")
SOURCE = ast.parse(Path(binance_async.__file__).read_text(encoding="utf-8"))


def loaded_by(statements: str) -> set[str]:
    """The modules that are there after these statements in a fresh interpreter."""
    program = f"import sys\nbefore = set(sys.modules)\n{statements}\n"
    program += "import json\nprint(json.dumps(sorted(set(sys.modules) - before)))"
    # -S: the site packages of this interpreter may load what they like at its start; the path is given by hand.
    paths = [path for path in sys.path if path]
    start = f"import sys\nsys.path[:] = {paths!r}\n"
    found = subprocess.run(
        [sys.executable, "-S", "-W", "error", "-c", start + program],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert found.stderr == ""
    return set(json.loads(found.stdout))


def written(name: str) -> list[str]:
    """The list or dict of texts that the source gives a name."""
    for item in SOURCE.body:
        if isinstance(item, ast.Assign) and getattr(item.targets[0], "id", None) == name:
            value = item.value
            return list(ast.literal_eval(value))
    raise AssertionError(name)


def names_for_checkers() -> set[str]:
    """What type checkers see imported."""
    (block,) = (item for item in SOURCE.body if isinstance(item, ast.If) and ast.unparse(item.test) == "TYPE_CHECKING")
    imports = [item for item in block.body if isinstance(item, ast.ImportFrom)]
    return {alias.asname or alias.name for item in imports for alias in item.names}


def rank(name: str) -> tuple[int, str]:
    """The order that the linter keeps: constants, classes, all others."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


def test_all_is_sorted_and_has_no_doubles() -> None:
    names = binance_async.__all__
    assert names == sorted(names, key=rank)
    assert len(set(names)) == len(names)


def test_the_three_lists_of_names_agree() -> None:
    lazy = {*written("_HOMES"), *written("_MODULES")}
    assert lazy | {"__version__"} == set(binance_async.__all__)
    assert lazy == names_for_checkers()


@pytest.mark.parametrize("name", binance_async.__all__)
def test_every_name_is_importable(name: str) -> None:
    namespace: dict[str, object] = {}
    exec(f"from binance_async import {name}", namespace)
    assert namespace[name] is getattr(binance_async, name)
    assert name in vars(binance_async), "it is kept after the first use"


@pytest.mark.parametrize("name", [n for n in binance_async.__all__ if n[0].isupper() and not n.isupper()])
def test_every_name_is_the_thing_at_its_home(name: str) -> None:
    thing = getattr(binance_async, name)
    assert getattr(importlib.import_module(thing.__module__), name) is thing
    assert thing.__doc__


def test_what_a_user_needs_is_there() -> None:
    """The names that the design and the README speak of."""
    wanted = {"Binance", "Credentials", "Environment", "declarations", "PRODUCTION", "TESTNET", "DEMO", "BINANCE_US"}
    errors = {"BinanceError", "Rejected", "NotSent", "OutcomeUnknown"}
    assert wanted | errors <= set(binance_async.__all__)


def test_dir_shows_the_public_names() -> None:
    assert dir(binance_async) == sorted(binance_async.__all__)


def test_star_gives_them_all() -> None:
    namespace: dict[str, object] = {}
    exec("from binance_async import *", namespace)
    assert set(binance_async.__all__) <= namespace.keys()


@pytest.mark.parametrize("name", ["binance", "Client", "_HOMES_", "__wrapped__"])
def test_an_unknown_name(name: str) -> None:
    with pytest.raises(AttributeError, match=f"module 'binance_async' has no attribute '{name}'"):
        getattr(binance_async, name)
    with pytest.raises(ImportError):
        exec(f"from binance_async import {name}")


def test_the_version_is_a_version() -> None:
    assert all(part.isdecimal() for part in binance_async.__version__.split(".")[:2])


def test_the_import_costs_next_to_nothing() -> None:
    loaded = loaded_by("import binance_async")
    assert "binance_async" in loaded
    assert not loaded & set(HEAVY)
    assert {name for name in loaded if name.startswith("binance_async")} == {"binance_async", "binance_async._version"}


def test_a_client_can_be_made_without_the_network_s_libraries() -> None:
    loaded = loaded_by("from binance_async import TESTNET, Binance\nBinance(environment=TESTNET)")
    assert not loaded & {"aiohttp", "websockets", "msgspec", "orjson", "cryptography"}


def test_a_family_is_loaded_alone_and_without_the_network_s_libraries() -> None:
    loaded = loaded_by("from binance_async import TESTNET, Binance\nBinance(environment=TESTNET).spot")
    assert "binance_async.spot.trading" in loaded
    assert not any(name.startswith("binance_async.us") for name in loaded)
    assert not loaded & {"aiohttp", "websockets"}


def test_a_call_loads_no_websockets() -> None:
    statements = """
import asyncio
from binance_async import Environment, Binance
from binance_async.errors import NotSent
async def main():
    async with Binance(environment=Environment.custom("spot", rest="http://127.0.0.1:9")) as binance:
        try:
            await binance.request("POST", "/api/v3/x")  # a write is not tried twice
        except NotSent:
            pass
asyncio.run(main())
"""
    loaded = loaded_by(statements)
    assert "aiohttp" in loaded
    assert "websockets" not in loaded
