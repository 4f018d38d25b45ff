"""Every example runs on the embedded exchange, and knows what to say about the test network."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
SAYS = {
    "candles": "candles of BTCUSDT",
    "every_outcome": "each placed once",
    "first_order": "TRADE FILLED",
    "quoting_bot": "0 orders are left open",
    "survive_a_cut": "FILLED, from rest",
    "test_a_bot": "3 passed",
    "watch_a_market": "0 dropped, 0 gaps",
    "websocket_api": "3 answers after",
}
"""What an example prints when it has done what it is for."""
EMBEDDED_ONLY = {"every_outcome", "survive_a_cut"}


def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("BINANCE_")}
    command = [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)


def test_all_of_them_are_tried() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} - {"world"} == SAYS.keys()


@pytest.mark.parametrize("name", SAYS)
def test_it_runs_on_the_embedded_exchange(name: str) -> None:
    done = run(name)
    assert SAYS[name] in done.stdout, done.stdout + done.stderr
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr


@pytest.mark.parametrize("name", sorted(SAYS.keys() - {"test_a_bot"}))
def test_on_the_test_network_it_asks_for_a_key(name: str) -> None:
    done = run(name, "--testnet")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert ("for the embedded exchange" if name in EMBEDDED_ONLY else "BINANCE_API_KEY is not set") in done.stderr
