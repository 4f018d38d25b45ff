"""Just enough HTTP/1.1 to be a server: requests out of bytes, replies into bytes.

Requests may come in any pieces, one behind the other, with a Content-Length or in chunks.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from binance_async.net.seams import HttpReply

__all__ = ["BadRequest", "HttpRequest", "RequestParser", "written"]

_LONGEST_HEAD = 64 * 1024
_LONGEST_BODY = 10 * 1024 * 1024


class BadRequest(Exception):
    """Bytes that are no HTTP request."""


@dataclass(slots=True)
class HttpRequest:
    """One request."""

    method: str
    target: str
    headers: dict[str, str]
    """Names in lower case; of a header that comes twice the last."""
    body: bytes
    keep_alive: bool

    @property
    def upgrade(self) -> bool:
        """Whether it asks for a WebSocket."""
        return self.headers.get("upgrade", "").lower() == "websocket"


class RequestParser:
    """Bytes in, requests out."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._head: HttpRequest | None = None

    def feed(self, data: bytes) -> None:
        """More bytes."""
        self._buffer += data

    def rest(self) -> bytes:
        """The bytes behind the last request."""
        rest, self._buffer = bytes(self._buffer), bytearray()
        return rest

    @property
    def expects_continue(self) -> bool:
        """Whether the client waits for leave to send its body."""
        head = self._head
        return head is not None and head.headers.get("expect", "").lower() == "100-continue"

    def next(self) -> HttpRequest | None:
        """The next whole request; None until it is there. Raises `BadRequest`."""
        if self._head is None:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                if len(self._buffer) > _LONGEST_HEAD:
                    raise BadRequest("the head is too long")
                return None
            self._head = _head(bytes(self._buffer[:end]))
            del self._buffer[: end + 4]
        body = self._body(self._head)
        if body is None:
            return None
        request, self._head = self._head, None
        request.body = body
        return request

    def _body(self, head: HttpRequest) -> bytes | None:
        if "chunked" in head.headers.get("transfer-encoding", "").lower():
            return self._chunks()
        length = head.headers.get("content-length", "0")
        if not length.isdigit() or int(length) > _LONGEST_BODY:
            raise BadRequest("no such length")
        if len(self._buffer) < int(length):
            return None
        body = bytes(self._buffer[: int(length)])
        del self._buffer[: int(length)]
        return body

    def _chunks(self) -> bytes | None:
        """The body in chunks, once the last of them is there."""
        body, at = bytearray(), 0
        while True:
            end = self._buffer.find(b"\r\n", at)
            if end < 0:
                return None
            try:
                size = int(bytes(self._buffer[at:end]).partition(b";")[0], 16)
            except ValueError:
                raise BadRequest("no chunk") from None
            if size < 0 or len(body) + size > _LONGEST_BODY:
                raise BadRequest("the body is too long")
            at = end + 2
            if len(self._buffer) < at + size + 2:
                return None
            body += self._buffer[at : at + size]
            at += size + 2
            if size == 0:
                del self._buffer[:at]
                return bytes(body)


def _head(data: bytes) -> HttpRequest:
    first, *lines = data.decode("latin-1").split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise BadRequest("no request line")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise BadRequest("no header")
        headers[name.strip().lower()] = value.strip()
    connection = headers.get("connection", "").lower()
    keep_alive = "close" not in connection and (parts[2] != "HTTP/1.0" or "keep-alive" in connection)
    # The target was sent as bytes: whatever is in it is taken as UTF-8, as its signature was.
    target = parts[1].encode("latin-1").decode("utf-8", "surrogateescape")
    return HttpRequest(parts[0], target, headers, b"", keep_alive)


def written(reply: HttpReply, *, keep_alive: bool = True) -> tuple[bytes, bytes]:
    """A reply as bytes: head and body."""
    try:
        phrase = HTTPStatus(reply.status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {reply.status} {phrase}"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    if "content-length" not in reply.headers:
        lines.append(f"content-length: {len(reply.body)}")
    lines.append("connection: keep-alive" if keep_alive else "connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace"), reply.body
