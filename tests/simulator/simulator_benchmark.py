"""Stream messages a second to one subscriber over a real socket, and the server's time for a request.

Run it: `python tests/simulator/simulator_benchmark.py [MESSAGES]`.

Not a test: its numbers depend on the machine. The subscriber is a process of its own that only counts bytes, so that
the exchange is what is measured. Events are the engine's own objects, published as fast as the socket takes them.
"""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import replace

from binance_async.simulator import Simulator
from binance_async.simulator.engine.records import Trade
from binance_async.simulator.rules import RateLimit, rules_for
from binance_async.simulator.topics import RealTimeTopic
from binance_async.simulator.transport import Message

SUBSCRIBER = """
import base64, os, socket, sys, time
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
key = base64.b64encode(os.urandom(16)).decode()
connection.sendall(
    f"GET {sys.argv[2]} HTTP/1.1\\r\\nHost: x\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
    f"Sec-WebSocket-Key: {key}\\r\\nSec-WebSocket-Version: 13\\r\\n\\r\\n".encode()
)
received = b""
while b"\\r\\n\\r\\n" not in received:
    received += connection.recv(65536)
count = len(received.split(b"\\r\\n\\r\\n", 1)[1])
print("open", flush=True)
wanted = int(sys.stdin.readline())
while count < wanted:
    count += len(connection.recv(1 << 20)) or sys.exit("closed")
print(time.time(), flush=True)
"""

REQUESTS = """
import socket, sys, time
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for _ in range(int(sys.argv[2])):
    connection.sendall(b"GET /api/v3/ping HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
    connection.recv(65536)
"""


def trades(number: int) -> list[Trade]:
    return [
        Trade(
            "BTCUSDT", 10**9 + n, 60_000 * 10**8, 10**5, 60 * 10**8, 1_700_000_000_000_000 + n, 1, 2, buyer_maker=True
        )
        for n in range(number)
    ]


async def stream(number: int) -> None:
    async with Simulator(market=None, symbols=["BTCUSDT"]) as exchange:
        pipe = asyncio.subprocess.PIPE
        subscriber = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            SUBSCRIBER,
            str(exchange.port),
            "/stream?streams=btcusdt@trade",
            stdin=pipe,
            stdout=pipe,
        )
        assert subscriber.stdin is not None
        assert subscriber.stdout is not None
        await subscriber.stdout.readline()
        session = next(iter(exchange.exchange.sessions.values()))
        topic = RealTimeTopic(exchange.exchange, "btcusdt@trade", micro=False, symbol="BTCUSDT", kind="trade")
        topic.join(session)  # type: ignore[arg-type]
        events = trades(number)
        sent: list[int] = []
        session.send = lambda message: sent.append(len(message.frame))  # type: ignore[method-assign]
        topic._on_event(events[0])
        del session.send
        subscriber.stdin.write(f"{sent[0] * number}\n".encode())
        begin, cpu = time.time(), time.process_time()
        for start in range(0, number, 500):
            for event in events[start : start + 500]:
                topic._on_event(event)
            while session.wire is not None and session.wire.buffered > 4_000_000:  # noqa: ASYNC110 - a poll will do
                await asyncio.sleep(0.001)
            await asyncio.sleep(0)
        end = float(await subscriber.stdout.readline())
        cpu = time.process_time() - cpu
        await subscriber.wait()
        print(f"stream: {number / (end - begin):,.0f} messages/s to one subscriber, {cpu / number * 1e6:.2f} us each")


async def requests(number: int) -> None:
    without_limits = replace(
        rules_for("spot"),
        weight=RateLimit("REQUEST_WEIGHT", "MINUTE", 1, 10**9),
        raw_requests=RateLimit("RAW_REQUESTS", "MINUTE", 5, 10**9),
    )
    async with Simulator(market=None, rules=without_limits) as exchange:
        cpu = time.process_time()
        client = await asyncio.create_subprocess_exec(sys.executable, "-c", REQUESTS, str(exchange.port), str(number))
        await client.wait()
        print(f"rest: {(time.process_time() - cpu) / number * 1e6:.0f} us of the server's time a request")


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    assert Message(b"x").frame == b"\x81\x01x"
    asyncio.run(stream(count))
    asyncio.run(requests(5_000))
