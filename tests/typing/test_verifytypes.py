"""Every public name of the installed package has a type that all checkers read alike."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


def test_all_public_types_are_known(tmp_path: Path) -> None:
    # verifytypes asks the first `python` of the path where packages are.
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    command = [sys.executable, "-m", "pyright", "--verifytypes", "binance_async", "--ignoreexternal", "--outputjson"]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=600
    )
    assert done.stdout.startswith("{"), done.stdout + done.stderr
    told = json.loads(done.stdout)["typeCompleteness"]
    assert told.get("pyTypedPath"), "the package is not installed, or py.typed is missing"
    found = {
        f"{each['file']}:{each['range']['start']['line'] + 1}: {symbol['name']}: {each['message'].splitlines()[0]}"
        for symbol in told["symbols"]
        for each in symbol["diagnostics"]
        if each["severity"] == "error" and "range" in each and "partially unknown" not in each["message"]
    }  # "partially unknown" follows from another
    assert not found, "\n".join([f"{len(found)} names:", *sorted(found)])
    assert told["completenessScore"] == 1
    assert told["exportedSymbolCounts"]["withKnownType"] > 1_000
