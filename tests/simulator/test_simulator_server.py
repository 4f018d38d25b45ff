"""The exchange over real sockets, with clients that are not ours."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from simulator_kit import key_signs, limit, query_of
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidMessage, InvalidStatus

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
from binance_async.simulator.certificates import CERTIFICATE_KINDS
from binance_async.simulator.rules import Rules
from binance_async.simulator.transport import Message


def signed(exchange: Simulator, **params: Any) -> tuple[str, dict[str, str]]:
    key = exchange.keys["hmac"]
    query = query_of({**params, "timestamp": exchange.clock.now_ms()})
    return f"{query}&signature={key_signs(key, query.encode())}", {"X-MBX-APIKEY": key.api_key}


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


async def raw(exchange: Simulator, text: bytes, *, until_eof: bool = True) -> bytes:
    """Bytes in, bytes out."""
    reader, writer = await asyncio.open_connection("127.0.0.1", exchange.port)
    writer.write(text)
    try:
        return await (reader.read() if until_eof else reader.readuntil(b"\r\n\r\n"))
    finally:
        writer.close()


async def test_http_and_websocket_on_one_port() -> None:
    async with Simulator(market=None) as exchange, aiohttp.ClientSession() as session:
        urls = exchange.urls
        assert urls["rest"] == f"http://127.0.0.1:{exchange.port}"
        async with session.get(urls["rest"] + "/api/v3/time") as reply:
            assert abs((await reply.json())["serverTime"] - exchange.clock.now_ms()) < 1_000
        async with connect(urls["ws_api"]) as api, connect(urls["stream"] + "/ws/btcusdt@bookTicker") as stream:
            await api.send(json.dumps({"id": 1, "method": "ping"}))
            assert json.loads(await api.recv())["result"] == {}
            query, headers = signed(exchange, **limit("BUY", "50000", "0.01"))
            async with session.post(
                urls["rest"] + "/api/v3/order",
                data=query,
                headers={**headers, "Content-Type": "application/x-www-form-urlencoded"},
            ) as reply:
                assert (await reply.json())["status"] == "NEW"
            assert json.loads(await stream.recv())["b"] == "50000.00000000"


async def test_requests_in_any_pieces_and_one_behind_the_other() -> None:
    async with Simulator(market=None) as exchange:
        one = b"GET /api/v3/ping HTTP/1.1\r\nHost: x\r\n\r\n"
        last = b"GET /api/v3/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        assert (await raw(exchange, one + one + last)).count(b"200 OK") == 3
        reader, writer = await asyncio.open_connection("127.0.0.1", exchange.port)
        for at in range(0, len(last), 5):
            writer.write(last[at : at + 5])
            await writer.drain()
            await asyncio.sleep(0)
        assert (await reader.read()).endswith(b"{}")
        writer.close()


async def test_bodies_in_chunks() -> None:
    async with Simulator(market=None) as exchange:
        query, headers = signed(exchange, **limit("BUY", "50000", "0.01"))
        half = len(query) // 2
        chunks = b"".join(f"{len(part):x}\r\n{part}\r\n".encode() for part in (query[:half], query[half:], ""))
        head = "POST /api/v3/order HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
        head += f"X-MBX-APIKEY: {headers['X-MBX-APIKEY']}\r\n\r\n"
        assert b'"status":"NEW"' in await raw(exchange, head.encode() + chunks)


async def test_what_is_no_http_is_refused() -> None:
    async with Simulator(market=None) as exchange:
        for text in (b"HELLO\r\n\r\n", b"GET / HTTP/2\r\n\r\n", b"GET / HTTP/1.1\r\nno header\r\n\r\n"):
            assert (await raw(exchange, text)).startswith(b"HTTP/1.1 400 ")
        keyless = b"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"
        assert (await raw(exchange, keyless)).startswith(b"HTTP/1.1 400 ")
        big = b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n"
        assert (await raw(exchange, big)).startswith(b"HTTP/1.1 400 ")


async def test_a_client_that_waits_for_leave_to_send() -> None:
    async with Simulator(market=None) as exchange:
        head = b"POST /api/v3/order HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
        assert await raw(exchange, head, until_eof=False) == b"HTTP/1.1 100 Continue\r\n\r\n"


async def test_replies_that_are_lost() -> None:
    async with Simulator(market=None) as exchange, aiohttp.ClientSession() as session:
        url = exchange.urls["rest"] + "/api/v3/time"
        exchange.faults.add(LoseReply("reset"), call="time", nth=1)
        exchange.faults.add(LoseReply("close"), call="time", nth=2)
        exchange.faults.add(CutReply(5), call="time", nth=3)
        exchange.faults.add(CutReply(5, whole=True), call="time", nth=4)
        exchange.faults.add(LoseReply("silence"), call="time", nth=5)
        request = b"GET /api/v3/time HTTP/1.1\r\nHost: x\r\n\r\n"
        with pytest.raises(ConnectionResetError):
            await raw(exchange, request)
        assert await raw(exchange, request) == b""
        cut = await raw(exchange, request)
        assert cut.endswith(b'\r\n\r\n{"ser')
        assert b"content-length: 28" in cut
        async with session.get(url) as reply:
            assert await reply.read() == b'{"ser'
        silent = asyncio.ensure_future(raw(exchange, request))
        await until(lambda: len(exchange.history.requests(call="time")) == 5)
        await asyncio.wait({silent}, timeout=0.1)
        assert not silent.done()
        silent.cancel()


async def test_handshakes_that_are_refused_or_slow() -> None:
    async with Simulator(market=None) as exchange:
        url = exchange.urls["stream"] + "/ws"
        rule = exchange.faults.add(RefuseHandshake(451, "<html>no</html>"), opening="*")
        with pytest.raises(InvalidStatus) as refused:
            await connect(url)
        assert refused.value.response.status_code == 451
        rule.remove()
        rule = exchange.faults.add(SlowHandshake(5.0), opening="*")
        with pytest.raises(TimeoutError):
            await connect(url, open_timeout=0.1)
        rule.remove()
        rule = exchange.faults.add(Reset(), opening="*")
        with pytest.raises((ConnectionResetError, InvalidMessage)):
            await connect(url)
        rule.remove()
        with pytest.raises(InvalidStatus) as refused:
            await connect(exchange.urls["stream"] + "/nothing")
        assert refused.value.response.status_code == 404


async def test_closes_resets_and_ends() -> None:
    async with Simulator(market=None) as exchange:
        url = exchange.urls["stream"] + "/ws"
        for code in (1000, 1001, 1008, 1011, 1012, 1013):
            async with connect(url) as client:
                exchange.faults.now(Close(code, "why"), door="stream")
                with pytest.raises(ConnectionClosed) as closed:
                    await client.recv()
                assert closed.value.rcvd is not None
                assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (code, "why")
        for action, cause in ((Reset(), ConnectionResetError), (EndFile(), type(None))):
            async with connect(url) as client:
                exchange.faults.now(action, door="stream")
                with pytest.raises(ConnectionClosedError) as ended:
                    await client.recv()
                assert ended.value.rcvd is None
                assert cause is type(None) or isinstance(ended.value.__cause__, cause)


async def test_half_open_and_frozen_connections() -> None:
    async with Simulator(market=None) as exchange:
        url = exchange.urls["stream"] + "/ws"
        async with connect(url, ping_interval=None, close_timeout=0.1) as client:
            exchange.faults.now(Freeze(0.3), door="stream")
            began = asyncio.get_running_loop().time()
            await client.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": 1}))
            assert json.loads(await client.recv())["result"] == []
            assert asyncio.get_running_loop().time() - began > 0.2
            exchange.faults.now(HalfOpen(), door="stream")
            await client.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": 2}))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await client.recv()


async def test_nothing_gets_through_for_a_while() -> None:
    async with Simulator(market=None) as exchange:
        client = await connect(exchange.urls["stream"] + "/ws")
        exchange.faults.now(Unreachable(1.0))
        with pytest.raises(ConnectionClosed):
            await client.recv()
        with pytest.raises(ConnectionResetError):
            await raw(exchange, b"GET /api/v3/ping HTTP/1.1\r\n\r\n")
        await until(lambda: exchange.exchange.reachable)
        reply = await raw(exchange, b"GET /api/v3/ping HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert b"200 OK" in reply


async def test_pings_are_sent_and_answered() -> None:
    async with Simulator(market=None, rules=Rules(ping_interval=0.05, messages_per_second=100)) as exchange:
        async with connect(exchange.urls["stream"] + "/ws", ping_interval=None) as client:
            await (await client.ping(b"mine"))
            record = exchange.history.connections("stream")[0]
            await until(lambda: record.pongs >= 2)
        assert record.pings == 1
        assert (record.code, record.by_client) == (1000, True)


async def test_a_reader_that_takes_nothing_does_not_fill_the_memory() -> None:
    async with Simulator(market=None, rules=Rules(most_buffered=1_000_000)) as exchange:
        client = await connect(exchange.urls["stream"] + "/ws", max_queue=1)
        session = next(iter(exchange.exchange.sessions.values()))
        message = Message(b"x" * 100_000)
        for _ in range(400):
            session.send(message)
            await asyncio.sleep(0)
            if not session.open or session.record.code is not None:
                break
        assert session.record.code == 1008
        assert exchange.counters["slow_readers"] >= 1
        assert session.wire is not None
        assert session.wire.buffered < 1_300_000
        client.transport.abort()


async def test_a_message_that_is_too_long_ends_its_connection_alone() -> None:
    async with Simulator(market=None, rules=Rules(longest_message=1_000)) as exchange:
        url = exchange.urls["stream"] + "/ws"
        async with connect(url) as client, connect(url) as other:
            await client.send("x" * 1_001)
            with pytest.raises(ConnectionClosed) as closed:
                await client.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1009
            await other.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": 1}))
            assert await other.recv()


async def test_long_messages_and_fragments() -> None:
    async with Simulator(market=None) as exchange, connect(exchange.urls["ws_api"]) as client:
        await client.send(['{"id":1,"method":', '"exchangeInfo"', "}"])
        assert len(json.loads(await client.recv())["result"]["symbols"]) == 6
        session = next(iter(exchange.exchange.sessions.values()))
        for size in (125, 126, 65_535, 65_536, 900_000):
            session.send(Message(b"y" * size))
            assert len(await client.recv()) == size


async def test_over_tls_with_a_certificate_made_on_the_spot() -> None:
    async with Simulator(market=None, tls=True) as exchange, aiohttp.ClientSession() as session:
        context = exchange.ssl_context
        assert context is not None
        assert exchange.urls["rest"].startswith("https://")
        async with session.get(exchange.urls["rest"] + "/api/v3/ping", ssl=context) as reply:
            assert reply.status == 200
        async with connect(exchange.urls["ws_api"], ssl=context) as client:
            await client.send('{"id":1,"method":"ping"}')
            assert json.loads(await client.recv())["status"] == 200
        exchange.faults.add(Reset(), opened="*")
        client = await connect(exchange.urls["stream"] + "/ws", ssl=context)
        with pytest.raises(ConnectionClosed):
            await client.recv()


@pytest.mark.parametrize("kind", [kind for kind in CERTIFICATE_KINDS if kind != "good"])
async def test_wrong_certificates_are_wrong(kind: Any) -> None:
    async with Simulator(market=None, tls=kind) as exchange:
        with pytest.raises(ssl.SSLError):
            await asyncio.open_connection("127.0.0.1", exchange.port, ssl=exchange.ssl_context)
        assert exchange.history.requests() == []


async def test_closing_ends_every_connection() -> None:
    exchange = await Simulator(market=None).open()
    clients = [await connect(exchange.urls["stream"] + "/ws") for _ in range(3)]
    port = exchange.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await exchange.close()
    await exchange.close()
    for client in clients:
        with pytest.raises(ConnectionClosed):
            await client.recv()
    assert await reader.read() == b""
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
