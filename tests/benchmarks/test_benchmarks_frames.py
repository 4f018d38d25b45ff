from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Frame as LibraryFrame
from websockets.frames import Opcode
from websockets.uri import parse_uri

from benchmarks.sender.frames import PING, TEXT, accept_key, frame, read_frame


def as_client(payload: bytes, opcode: Opcode = Opcode.TEXT) -> bytes:
    return LibraryFrame(opcode, payload).serialize(mask=True)


def test_the_accept_key_of_the_rfc() -> None:
    assert accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 200_000])
def test_frames_are_those_of_a_server(size: int) -> None:
    payload = b"x" * size
    assert frame(payload) == LibraryFrame(Opcode.TEXT, payload).serialize(mask=False)


@pytest.mark.parametrize("size", [0, 5, 125, 126, 70_000])
def test_a_client_s_frame_is_read(size: int) -> None:
    payload = bytes(index % 251 for index in range(size))
    data = as_client(payload)
    got = read_frame(data + b"rest")
    assert got is not None
    assert (got.opcode, got.payload, got.end) == (TEXT, payload, len(data))


def test_a_ping_is_told_apart() -> None:
    got = read_frame(as_client(b"7", Opcode.PING))
    assert got is not None
    assert got.opcode == PING


@given(st.binary(max_size=300), st.data())
def test_a_part_of_a_frame_is_no_frame(payload: bytes, data: st.DataObject) -> None:
    whole = as_client(payload)
    cut = data.draw(st.integers(0, len(whole) - 1))
    assert read_frame(whole[:cut]) is None


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_several_frames_follow_one_another(payloads: list[bytes]) -> None:
    buffer = bytearray(b"".join(map(as_client, payloads)))
    found = []
    position = 0
    while (got := read_frame(buffer, position)) is not None:
        found.append(got.payload)
        position = got.end
    assert found == payloads
    assert position == len(buffer)


def test_a_library_reads_what_the_sender_writes() -> None:
    protocol = ClientProtocol(parse_uri("ws://localhost"))
    protocol.connect()
    key = protocol.key
    protocol.receive_data(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept_key(key).encode() + b"\r\n\r\n" + frame(b"one") + frame(b"two" * 100)
    )
    _, *events = protocol.events_received()
    assert [event.data for event in events] == [b"one", b"two" * 100]
