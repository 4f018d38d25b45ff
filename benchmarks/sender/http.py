"""As much of HTTP as a benchmark needs: requests with a Content-Length, answers that are ready. Pure."""

from __future__ import annotations

from typing import NamedTuple


class Request(NamedTuple):
    """A request that was read, and where the next one begins."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    end: int

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The query, undecoded."""
        return self.target.partition("?")[2]


def read_request(buffer: bytes | bytearray, start: int = 0) -> Request | None:
    """The request at `start`; None while it is not whole."""
    head_end = buffer.find(b"\r\n\r\n", start)
    if head_end < 0:
        return None
    first, *lines = bytes(buffer[start:head_end]).decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    end = head_end + 4 + int(headers.get("content-length", "0"))
    if len(buffer) < end:
        return None
    return Request(method, target, headers, bytes(buffer[head_end + 4 : end]), end)


def reply(body: bytes, status: str = "200 OK") -> bytes:
    """An answer as the exchange gives it, with the headers that clients read."""
    head = (
        f"HTTP/1.1 {status}\r\n"
        "Content-Type: application/json;charset=UTF-8\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Connection: keep-alive\r\n"
        "Server: nginx\r\n"
        "x-mbx-uuid: 7a5c2b4e-0d6f-4e53-8c3a-4d5f5b8f9e10\r\n"
        # The weight of one request: a client that follows the exchange's count is then never held back by its limits.
        "x-mbx-used-weight: 1\r\n"
        "x-mbx-used-weight-1m: 1\r\n"
        "Cache-Control: no-cache, no-store, must-revalidate\r\n"
        "\r\n"
    )
    return head.encode() + body
