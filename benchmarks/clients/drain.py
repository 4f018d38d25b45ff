"""No client at all: reads from a socket and throws away. It measures the sender, which must be faster than anybody."""

from __future__ import annotations

import base64
import json
import os
import socket
from urllib.parse import urlsplit

from benchmarks.clients import harness
from benchmarks.payloads import PAYLOADS
from benchmarks.sender.feed import Block, Connection, Plan


def _connect(url: str) -> socket.socket:
    address = urlsplit(url)
    return socket.create_connection((str(address.hostname), address.port or 80))


def _upgrade(url: str) -> socket.socket:
    tcp, parts = _connect(url), urlsplit(url)
    key = base64.b64encode(os.urandom(16)).decode()
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    tcp.sendall(
        f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += tcp.recv(1)
    return tcp


def stream(task: harness.Task) -> None:
    """Take whole rounds by their length in bytes, which is known because the block can be made here too."""
    payload = PAYLOADS[task["payload"]]
    plan = Plan(levels=payload.levels, messages=payload.messages)
    tcp = _upgrade(task["combined"])
    block = Block(Connection(tcp, combined=True, streams=[payload.stream]), plan)
    into = bytearray(1 << 20)
    meter = harness.Meter({**task, "most": 2_000_000})
    count, due = 0, meter.due
    while True:
        left = sum(map(len, block.pieces(due - count)))
        while left:
            left -= tcp.recv_into(into, min(left, len(into)))
        count = due
        due = meter.mark(count)


def requests(task: harness.Task) -> None:
    """Requests of REST or of the WebSocket API, so many written at once, and their answers."""
    meter = harness.Meter({**task, "warm_up": 64})
    together = int(task["in_flight"])
    if task["door"] == "rest":
        tcp = _connect(task["rest"])
        one = b"GET /api/v3/order?symbol=BTCUSDT&orderId=4293153 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    else:
        tcp = _upgrade(task["ws_api"])
        text = json.dumps({"id": 1, "method": "order.status", "params": {"symbol": "BTCUSDT"}}).encode()
        one = b"\x81" + bytes([0x80 | len(text)]) + b"\0\0\0\0" + text
    tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    tcp.sendall(one)
    size = len(tcp.recv(65536))
    count, due = 0, meter.due
    while True:
        tcp.sendall(one * together)
        left = size * together
        while left:
            left -= len(tcp.recv(left))
        count += together
        if count >= due:
            due = meter.mark(count)


def swallow(task: harness.Task) -> None:
    """Read a stream until it ends, for whoever measures the side that sends it."""
    tcp = _upgrade(task["url"])
    into = bytearray(1 << 20)
    while tcp.recv_into(into):
        pass


if __name__ == "__main__":
    harness.main(stream=stream, requests=requests, swallow=swallow)
