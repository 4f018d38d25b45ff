"""What a driver gives to takers: the same events, in the same order among the messages, however the bytes are cut."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from binance_async.core.combined import Routes, beginning_of
from binance_async.net.socket import Address, WebsocketsSocket
from binance_async.net.virtual import VirtualLoop

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = ("a@trade", "btcusdt@trade", "ethusdt@trade", "!ticker@arr", "币安usdt@depth", "btcusdt@kline_1d@+08:00")


class Listener:
    """Remembers what it is given: events by their stream, and whole messages."""

    def __init__(self, names: tuple[str, ...] = NAMES) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.routes = Routes({beginning_of(name): self.taker(name) for name in names})
        self.routed = 0
        self.raises = b"?"
        self.socket: WebsocketsSocket | None = None

    def taker(self, name: str) -> Callable[[bytes], None]:
        def take(event: bytes) -> None:
            if event == self.raises:
                raise RuntimeError(name)
            if event == b'"abort"' and self.socket is not None:
                self.socket.abort()
            self.heard.append((name, event))

        return take

    def on_routed(self, count: int) -> None:
        self.routed += count

    def on_message(self, data: bytes) -> None:
        self.heard.append(("", data))

    def on_ping(self, payload: bytes) -> None: ...
    def on_pong(self, payload: bytes) -> None: ...
    def on_closed(self, code: int, reason: str) -> None:
        self.heard.append(("closed", str(code).encode()))


class Wire(asyncio.Transport):
    """A transport that only knows whether it was aborted."""

    aborted = False

    def write(self, data: Any) -> None: ...
    def abort(self) -> None:
        self.aborted = True

    def is_closing(self) -> bool:
        return self.aborted


def read(stream: bytes, cuts: list[int], listener: Listener) -> list[tuple[str, bytes]]:
    """What a listener hears of these bytes when they are cut there."""
    loop = VirtualLoop()
    loop.set_exception_handler(lambda _loop, _context: None)
    socket: Any = WebsocketsSocket(loop, Address.parse("ws://example.com/"), listener)
    listener.socket = socket
    socket.connection_made(Wire())
    socket._busy, socket._open = False, True  # as after the upgrade
    socket._protocol.state = State.OPEN
    socket.opening.set_result(None)
    for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        if start < stop:
            socket.data_received(stream[start:stop])
    heard = list(listener.heard)
    socket.connection_lost(None)
    loop.close()
    return heard


def frame(message: bytes, opcode: Opcode = Opcode.TEXT) -> bytes:
    return Frame(opcode, message).serialize(mask=False)


def told(message: bytes) -> tuple[str, bytes]:
    """What must be heard of a message, by its text alone."""
    for name in NAMES:
        if message.startswith(beginning_of(name)) and message.endswith(b"}"):
            return name, message[len(beginning_of(name)) : -1]
    return "", message


events = st.sampled_from([b"{}", b"[]", b'{"e":"trade","x":"}"}', b"{" + b" " * 200 + b"}", b"", b'"'])
usual = st.builds(lambda name, event: beginning_of(name) + event + b"}", st.sampled_from(NAMES), events)
strange = st.one_of(
    st.sampled_from(NAMES).map(beginning_of),
    st.sampled_from([b'{"result":null,"id":1}', b"", b"{", b'{"stream":"', b'{"stream":"x"', b'"', b"nonsense"]),
    st.builds(lambda name: beginning_of(name) + b"{}", st.just("nobody@trade")),
    st.builds(lambda name: beginning_of(name) + b"{}}\n", st.sampled_from(NAMES)),
    st.builds(lambda name: beginning_of(name).replace(b":", b": ") + b"{}}", st.sampled_from(NAMES)),
    st.builds(lambda message, size: message[:size], usual, st.integers(0, 60)),
)
messages = st.lists(st.one_of(usual, usual, usual, strange), max_size=25)


@settings(max_examples=300, deadline=None)
@given(data=st.data(), messages=messages)
def test_every_message_is_taken_or_told_whole_in_its_order(data: st.DataObject, messages: list[bytes]):
    opcodes = st.sampled_from([Opcode.TEXT, Opcode.TEXT, Opcode.BINARY])
    stream = b"".join(frame(message, data.draw(opcodes)) for message in messages)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=10), label="cuts"))
    listener = Listener()
    heard = read(stream, cuts, listener)
    expected = [told(message) for message in messages]
    # A message that comes in pieces is told whole, which says the same.
    assert [told(text) if not name else (name, text) for name, text in heard] == expected
    assert listener.routed == sum(name != "" for name, _ in heard)


def test_the_same_lengths_and_others_in_turn_go_to_their_own_streams():
    names = [*(["btcusdt@trade"] * 5), "a@trade", *(["ethusdt@trade", "btcusdt@trade"] * 3), "!ticker@arr", "a@trade"]
    stream = b"".join(frame(beginning_of(name) + str(number).encode() + b"}") for number, name in enumerate(names))
    assert read(stream, [], Listener()) == [(name, str(number).encode()) for number, name in enumerate(names)]


def test_a_route_that_is_changed_counts_from_the_next_message_on():
    listener = Listener()
    key = beginning_of("btcusdt@trade")
    taken: list[bytes] = []

    def move(event: bytes) -> None:
        taken.append(event)
        del listener.routes[key]

    listener.routes[key] = move
    message = key + b"{}}"
    assert read(frame(message) * 3, [], listener) == [("", message)] * 2
    assert taken == [b"{}"]
    assert listener.routed == 1


@pytest.mark.parametrize(("event", "end"), [(b"?", "1011"), (b'"abort"', None)])
def test_nothing_is_told_after_a_taker_has_raised_or_aborted(event: bytes, end: str | None):
    ahead, last = beginning_of("btcusdt@trade") + b"{}}", beginning_of("btcusdt@trade") + event + b"}"
    listener = Listener()
    heard = read(frame(ahead) * 4 + frame(last) + frame(ahead) * 4, [], listener)
    assert heard[:4] == [("btcusdt@trade", b"{}")] * 4
    assert heard[4:] == [("closed", end.encode())] if end else [("btcusdt@trade", event)]
    assert listener.routed == 5


def test_a_handler_without_routes_hears_everything():
    class Plain(Listener):
        routes = None  # type: ignore[assignment]

        def __init__(self) -> None:
            self.heard = []

    message = beginning_of("btcusdt@trade") + b"{}}"
    assert read(frame(message) * 3, [], Plain()) == [("", message)] * 3


def test_routes_that_were_empty_when_the_socket_was_made_are_looked_at_all_the_same():
    listener = Listener(())
    first, message = b'{"result":null,"id":1}', beginning_of("btcusdt@trade") + b"{}}"
    add = listener.on_message

    def subscribed(data: bytes) -> None:
        add(data)
        listener.routes[beginning_of("btcusdt@trade")] = listener.taker("btcusdt@trade")

    listener.on_message = subscribed  # type: ignore[method-assign]
    assert read(frame(first) + frame(message) * 2, [], listener) == [("", first), *[("btcusdt@trade", b"{}")] * 2]
    assert listener.routed == 2
