"""The peers' own environments, made by pip on first use below `.benchmarks/`. They are never dependencies.

A peer that cannot be installed is not skipped in silence: its reason stands in the report where its numbers would be.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".benchmarks"

PACKAGES: dict[str, tuple[str, ...]] = {
    "peers": (
        "python-binance",
        "binance-sdk-spot",
        "ccxt",
        "unicorn-binance-websocket-api",
        "unicorn-binance-local-depth-cache",
        "sortedcontainers",
        "picows",
        "websockets",
        "aiohttp",
        "msgspec",
        "uvloop",
    ),
    # Apart: it brings aiodns, yarl's C parts and others along, which would change what its neighbours import.
    "cryptofeed": ("cryptofeed", "uvloop"),
    "plots": ("matplotlib",),
}
OWN = ("binance-async", "websockets", "aiohttp", "msgspec", "orjson", "cryptography", "picows", "uvloop")


@dataclass(frozen=True)
class Environment:
    """An interpreter, what is installed for it, and what could not be."""

    name: str
    python: Path
    versions: dict[str, str]
    missing: dict[str, str]

    def lacks(self, needs: tuple[str, ...]) -> str | None:
        """Why a client cannot run here; None if it can."""
        for name in needs:
            if name not in self.versions:
                return f"{name} is not installed: {self.missing.get(name, 'not asked for')}"
        return None


@cache
def environment(name: str) -> Environment:
    """An environment by name, made if it is not there yet."""
    if name == "own":
        versions = _versions(Path(sys.executable), OWN)
        absent = {package: "not in this environment" for package in OWN if package not in versions}
        return Environment(name, Path(sys.executable), versions, absent)
    home = HOME / f"{name}-{sys.version_info[0]}.{sys.version_info[1]}"
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    notes = home / "missing.json"
    wanted = PACKAGES[name]
    if not python.exists():
        print(f"making {home} ...", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    versions = _versions(python, wanted)
    missing: dict[str, str] = json.loads(notes.read_text()) if notes.exists() else {}
    if not set(wanted) <= versions.keys() | missing.keys():
        missing = _install(python, wanted)
        notes.write_text(json.dumps(missing))
        versions = _versions(python, wanted)
    return Environment(name, python, versions, missing)


def _install(python: Path, packages: tuple[str, ...]) -> dict[str, str]:
    """Install all of them, or if that fails one after another; the reason of each that failed."""
    print(f"installing {', '.join(packages)} ...", file=sys.stderr, flush=True)
    if _pip(python, packages) is None:
        return {}
    failures = {package: _pip(python, (package,)) for package in packages}
    return {package: reason for package, reason in failures.items() if reason is not None}


def _pip(python: Path, packages: tuple[str, ...]) -> str | None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
    return (errors or done.stderr.splitlines() or ["pip failed"])[-1][:200]


_ASK = """
import importlib.metadata, json, sys
found = {}
for name in json.loads(sys.argv[1]):
    try:
        found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
print(json.dumps(found))
"""


def _versions(python: Path, packages: tuple[str, ...]) -> dict[str, str]:
    command = [str(python), "-c", _ASK, json.dumps(packages)]
    found: dict[str, str] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found
