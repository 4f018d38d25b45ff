"""`simulate` as a process: one line of JSON, any client, a clean end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from websockets.asyncio.client import connect

from binance_async import Binance, Credentials, Environment
from binance_async.cli import main

COMMAND = (sys.executable, "-W", "error", "-m", "binance_async", "simulate")


@contextlib.asynccontextmanager
async def simulate(*arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, Any]]]:
    """The process and what it said when it was ready."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*COMMAND, *arguments, stdout=pipe, stderr=pipe)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            yield process, json.loads(await process.stdout.readline())
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ended(process: asyncio.subprocess.Process, how: signal.Signals) -> tuple[int, str, str]:
    """Its exit code, and what else it said."""
    process.send_signal(how)
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_it_serves_any_client_and_ends_cleanly() -> None:
    async with simulate("--symbols", "BTCUSDT", "ETHUSDT", "--rate", "300", "--seed", "7") as (process, ready):
        assert set(ready) == {"rest", "ws_api", "stream", "keys", "symbols"}
        assert ready["symbols"] == ["BTCUSDT", "ETHUSDT"]
        assert ready["ws_api"] == ready["stream"] + "/ws-api/v3"
        assert set(ready["keys"]["hmac"]) == {"api_key", "secret"}
        assert set(ready["keys"]["rsa"]) == set(ready["keys"]["ed25519"]) == {"api_key", "private_key"}
        async with aiohttp.ClientSession() as session:
            query = {"symbol": "BTCUSDT", "interval": "1m", "limit": "500"}
            async with session.get(ready["rest"] + "/api/v3/klines", params=query) as reply:
                assert len(await reply.json()) == 500
        async with connect(ready["stream"] + "/ws/btcusdt@trade", max_queue=None) as stream:
            assert json.loads(await stream.recv())["e"] == "trade"
        async with connect(ready["ws_api"]) as api:
            await api.send(json.dumps({"id": 1, "method": "ping"}))
            assert json.loads(await api.recv())["status"] == 200
        code, out, err = await ended(process, signal.SIGTERM)
    assert (code, out) == (0, "")
    assert "serving spot on http://127.0.0.1" in err
    assert "ending: " in err
    assert "Traceback" not in err
    for key in ready["keys"].values():
        assert not any(text in err for text in key.values())


async def test_our_client_works_with_what_it_printed() -> None:
    async with simulate("--rate", "0") as (process, ready):
        environment = Environment.custom(
            "spot", **{name: ready[name] for name in ("rest", "ws_api", "stream")}, user_data=("logon", "signature")
        )
        for kind, make in (("hmac", Credentials.hmac), ("ed25519", Credentials.ed25519), ("rsa", Credentials.rsa)):
            async with Binance(make(*ready["keys"][kind].values()), environment=environment) as binance:
                order = await binance.spot.place_order("BTCUSDT", "BUY", "MARKET", quantity="0.001")
                assert order.status == "FILLED"
        assert (await ended(process, signal.SIGINT))[0] == 0


async def test_both_families() -> None:
    async with simulate("--families", "us,spot", "--symbols", "1", "--rate", "0") as (process, ready):
        assert list(ready["families"]) == ["us", "spot"]
        assert ready["families"]["us"]["rest"] == ready["rest"] != ready["families"]["spot"]["rest"]
        assert (await ended(process, signal.SIGTERM))[0] == 0


async def test_time_passes_faster() -> None:
    async with simulate("--speed", "1000", "--rate", "0") as (process, ready):
        async with aiohttp.ClientSession() as session:
            times = []
            for _ in range(2):
                async with session.get(ready["rest"] + "/api/v3/time") as reply:
                    times.append((await reply.json())["serverTime"])
                await asyncio.sleep(0.05)
        assert times[1] - times[0] >= 50_000
        assert (await ended(process, signal.SIGTERM))[0] == 0


def test_a_port_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["simulate", "--port", str(port), "--symbols", "1", "--rate", "0"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"cannot listen on port {port} of 127.0.0.1: it is in use" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "70000"], "a port is 0 to 65535"),
        (["--port", "x"], "invalid"),
        (["--rate", "-1"], "0 or more"),
        (["--rate", "nan"], "0 or more"),
        (["--speed", "0"], "more than 0"),
        (["--families", "futures"], "some of spot,us"),
        (["--families", ","], "some of spot,us"),
        (["--symbols", "XYZ"], "'XYZ'"),
        (["--symbols", "0"], "at least one symbol"),
        (["--nonsense"], "unrecognized"),
    ],
)
def test_bad_arguments(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = main(["simulate", *arguments])
    except SystemExit as exit_:  # argparse's way
        code = int(str(exit_.code))
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert said in err


def test_help_says_what_it_prints(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["simulate", "--help"])
    assert exit_.value.code == 0
    said = capsys.readouterr().out
    assert all(word in said for word in ("--port", "--symbols", "--rate", "--seed", "--speed", '"ws_api"'))


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
async def test_it_does_not_mind_that_nobody_reads() -> None:
    reader, writer = os.pipe()
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "--rate", "0", "--symbols", "1", stdout=writer, stderr=asyncio.subprocess.PIPE
    )
    os.close(writer)
    os.close(reader)
    _, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    assert b"Traceback" not in err
