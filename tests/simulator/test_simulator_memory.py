"""The exchange in memory, through the seams that a client would use."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from simulator_kit import key_signs, limit, query_of, virtual

from binance_async.net.seams import Disconnected, HttpReply, NotConnected, Seams, Socket
from binance_async.net.virtual import run_virtual
from binance_async.simulator import Simulator
from binance_async.simulator.actions import (
    Close,
    CutReply,
    EndFile,
    Freeze,
    HalfOpen,
    LoseReply,
    RefuseHandshake,
    Reset,
    SlowHandshake,
    Unreachable,
)


class Ear:
    """What a client's socket hears."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.pings: list[bytes] = []
        self.pongs: list[bytes] = []
        self.closed: tuple[int, str] | None = None

    def on_message(self, data: bytes) -> None:
        self.messages.append(data)

    def on_ping(self, payload: bytes) -> None:
        self.pings.append(payload)

    def on_pong(self, payload: bytes) -> None:
        self.pongs.append(payload)

    def on_closed(self, code: int, reason: str) -> None:
        self.closed = (code, reason)


def seams(exchange: Simulator) -> Seams:
    found = exchange.environment.seams
    assert found is not None
    return found


async def ask(exchange: Simulator, path: str = "/api/v3/time", *, timeout: float = 10.0, **options: Any) -> HttpReply:
    http = seams(exchange).http(proxy=None, ssl_context=None)
    try:
        return await http.request(
            options.get("method", "GET"),
            exchange.urls["rest"] + path,
            headers=options.get("headers", {}),
            body=None,
            timeout=timeout,
        )
    finally:
        await http.close()


async def join(exchange: Simulator, target: str = "/ws", *, timeout: float = 10.0) -> tuple[Socket, Ear]:
    ear = Ear()
    connect = seams(exchange).connect(proxy=None, ssl_context=None)
    url = exchange.urls["ws_api"] if target == "api" else exchange.urls["stream"] + target
    return await connect(url, ear, timeout=timeout), ear


def in_memory(test: Callable[[Simulator], Awaitable[None]]) -> Callable[[], None]:
    @virtual
    async def run() -> None:
        async with Simulator(transport="memory") as exchange:
            await test(exchange)

    run.__name__ = test.__name__
    return run


@in_memory
async def test_calls_and_streams(exchange: Simulator) -> None:
    assert json.loads((await ask(exchange)).body) == {"serverTime": exchange.clock.now_ms()}
    socket, ear = await join(exchange, "/stream?streams=btcusdt@bookTicker")
    api, replies = await join(exchange, "api")
    api.send(b'{"id":1,"method":"ping"}')
    key = exchange.keys["hmac"]
    query = query_of({**limit("BUY", "50000", "0.01"), "timestamp": exchange.clock.now_ms()})
    placed = await ask(
        exchange,
        f"/api/v3/order?{query}&signature={key_signs(key, query.encode())}",
        method="POST",
        headers={"X-MBX-APIKEY": key.api_key},
    )
    assert placed.status == 200
    await asyncio.sleep(0.1)
    assert json.loads(ear.messages[0])["data"]["b"] == "50000.00000000"
    assert json.loads(replies.messages[0])["status"] == 200
    await socket.close()
    assert exchange.history.connections("stream")[0].code == 1000


@in_memory
async def test_replies_that_are_lost(exchange: Simulator) -> None:
    for how in ("reset", "close"):
        rule = exchange.faults.add(LoseReply(how), call="time")  # type: ignore[arg-type]
        with pytest.raises(Disconnected):
            await ask(exchange)
        rule.remove()
    rule = exchange.faults.add(CutReply(5), call="time")
    with pytest.raises(Disconnected):
        await ask(exchange)
    rule.remove()
    rule = exchange.faults.add(CutReply(5, whole=True), call="time")
    assert (await ask(exchange)).body == b'{"ser'
    rule.remove()
    exchange.faults.add(LoseReply("silence"), call="time")
    began = exchange.clock.elapsed()
    with pytest.raises(Disconnected, match="timed out"):
        await ask(exchange, timeout=10.0)
    assert exchange.clock.elapsed() - began == pytest.approx(10.0, abs=0.1)
    assert len(exchange.history.requests(call="time")) == 5


@in_memory
async def test_openings_that_fail(exchange: Simulator) -> None:
    rule = exchange.faults.add(RefuseHandshake(418, "tea", {"retry-after": "60"}), opening="*")
    with pytest.raises(NotConnected) as refused:
        await join(exchange)
    assert (refused.value.status, refused.value.headers["retry-after"], refused.value.body) == (418, "60", b"tea")
    rule.remove()
    rule = exchange.faults.add(SlowHandshake(3.0), opening="*")
    with pytest.raises(NotConnected, match="timed out"):
        await join(exchange, timeout=2.0)
    began = exchange.clock.elapsed()
    await join(exchange, timeout=4.0)
    assert exchange.clock.elapsed() - began == pytest.approx(3.0, abs=0.1)
    rule.remove()
    for action in (Reset(), HalfOpen()):
        rule = exchange.faults.add(action, opening="*")
        with pytest.raises(NotConnected):
            await join(exchange, timeout=2.0)
        rule.remove()
    with pytest.raises(NotConnected) as missing:
        await join(exchange, "/nothing")
    assert missing.value.status == 404


@in_memory
async def test_sockets_that_break(exchange: Simulator) -> None:
    for action, code in ((Close(1012, "restart"), 1012), (Reset(), 1006), (EndFile(), 1006)):
        _, ear = await join(exchange)
        exchange.faults.now(action, door="stream")
        await asyncio.sleep(0.1)
        assert ear.closed is not None
        assert ear.closed[0] == code
        assert exchange.exchange.sessions == {}
        assert exchange.history.connections()[-1].by_client is False


@in_memory
async def test_half_open_frozen_and_unreachable(exchange: Simulator) -> None:
    socket, ear = await join(exchange)
    exchange.faults.now(Freeze(5.0), door="stream")
    socket.send(b'{"method":"LIST_SUBSCRIPTIONS","id":1}')
    await asyncio.sleep(4.9)
    assert ear.messages == []
    await asyncio.sleep(0.2)
    assert len(ear.messages) == 1
    exchange.faults.now(HalfOpen(), door="stream")
    socket.send(b'{"method":"LIST_SUBSCRIPTIONS","id":2}')
    socket.ping(b"there?")
    await asyncio.sleep(60)
    assert len(ear.messages) == 1
    assert ear.pongs == []
    assert ear.closed is None
    _, other = await join(exchange)
    exchange.faults.now(Unreachable(10.0))
    await asyncio.sleep(0.1)
    assert other.closed is not None
    with pytest.raises(NotConnected):
        await join(exchange)
    with pytest.raises(Disconnected):
        await ask(exchange)
    await asyncio.sleep(10)
    await join(exchange)


@in_memory
async def test_a_day_passes_in_no_time(exchange: Simulator) -> None:
    _, ear = await join(exchange)
    await asyncio.sleep(86_401)
    assert ear.closed is not None
    assert ear.closed[0] == 1001
    assert len(ear.pings) > 4_000


async def _busy_hour() -> bytes:
    async with Simulator(transport="memory", seed=7, families=("spot", "us")) as exchange:
        exchange.faults.add(LoseReply("reset"), call="*", probability=0.2)
        exchange.faults.add(Reset(), event="trade", probability=0.05)
        client = seams(exchange)
        _, _ = await join(exchange, "/ws/btcusdt@trade")
        for step in range(60):
            key = exchange.keys["hmac"]
            query = query_of(
                {**limit(("BUY", "SELL")[step % 2], "50000", "0.01"), "timestamp": int(client.clock.wall() * 1000)}
            )
            try:
                await ask(
                    exchange,
                    f"/api/v3/order?{query}&signature={key_signs(key, query.encode())}",
                    method="POST",
                    headers={"X-MBX-APIKEY": key.api_key},
                )
            except Disconnected:
                await join(exchange, "/ws/btcusdt@trade")
            await asyncio.sleep(60)
        return exchange.history.dump()


def test_one_seed_writes_the_same_history_twice() -> None:
    first, second = run_virtual(_busy_hour()), run_virtual(_busy_hour())
    assert first == second
    assert first.count(b'"fate":"reset"') > 3
