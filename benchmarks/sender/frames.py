"""WebSocket frames as a server sends and reads them (RFC 6455). Pure."""

from __future__ import annotations

import base64
import hashlib
from typing import NamedTuple

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA


class Frame(NamedTuple):
    """A frame that was read, and where the next one begins."""

    opcode: int
    payload: bytes
    end: int


def accept_key(key: str) -> str:
    """The answer to a `Sec-WebSocket-Key`."""
    return base64.b64encode(hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest()).decode()


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """A whole, unmasked frame."""
    size = len(payload)
    first = bytes([0x80 | opcode])
    if size < 126:
        return first + bytes([size]) + payload
    if size < 65536:
        return first + b"\x7e" + size.to_bytes(2, "big") + payload
    return first + b"\x7f" + size.to_bytes(8, "big") + payload


def read_frame(buffer: bytes | bytearray, start: int = 0) -> Frame | None:
    """The client's frame at `start`; None while it is not whole. Fragments are not expected of clients here."""
    if len(buffer) - start < 2:
        return None
    opcode, size, position = buffer[start] & 0x0F, buffer[start + 1] & 0x7F, start + 2
    if size >= 126:
        width = 2 if size == 126 else 8
        if len(buffer) < position + width:
            return None
        size = int.from_bytes(buffer[position : position + width], "big")
        position += width
    masked = buffer[start + 1] & 0x80
    mask = bytes(buffer[position : position + 4]) if masked else b""
    position += 4 if masked else 0
    if len(buffer) < position + size:
        return None
    payload = bytes(buffer[position : position + size])
    return Frame(opcode, _unmasked(payload, mask) if masked else payload, position + size)


def _unmasked(payload: bytes, mask: bytes) -> bytes:
    repeated = (mask * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(payload), "big")
