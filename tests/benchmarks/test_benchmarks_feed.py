from __future__ import annotations

import socket

import pytest

from benchmarks import payloads
from benchmarks.sender.feed import BLOCK, Block, Connection, Plan
from benchmarks.sender.frames import frame


def block_of(*streams: str, combined: bool = True, plan: Plan | None = None) -> Block:
    with socket.socket() as unused:
        return Block(Connection(unused, combined, list(streams)), plan or Plan())


def messages_in(data: bytes) -> int:
    position = count = 0
    while position < len(data):
        size = data[position + 1]
        position += 2 + size if size < 126 else 4 + int.from_bytes(data[position + 2 : position + 4], "big")
        count += 1
    assert position == len(data)
    return count


def test_a_block_is_large_and_ends_with_a_message() -> None:
    block = block_of("btcusdt@trade")
    assert len(block.data) >= BLOCK
    assert messages_in(bytes(block.data)) == len(block.ends)
    assert block.ends[-1] == len(block.data)


@pytest.mark.parametrize("wanted", [1, 7, 511, 512, 1_600, 5_000, 12_345])
def test_pieces_hold_exactly_what_is_asked_for(wanted: int) -> None:
    block = block_of("btcusdt@trade")
    assert sum(messages_in(bytes(piece)) for piece in block.pieces(wanted)) == wanted


def test_streams_take_turns() -> None:
    names = [f"coin{number}usdt@trade" for number in range(1000)]
    data = bytes(block_of(*names).data)
    for name in names:
        assert data.count(f'"{name}"'.encode()) in (1, 2, 3)


def test_the_raw_form_has_no_envelope() -> None:
    block = block_of("btcusdt@trade", combined=False)
    assert bytes(block.data).startswith(frame(payloads.data_of("btcusdt@trade", 0)))
