"""Opening WebSockets, and the default driver of the `Connect` seam on the `websockets` library.

The driver is an `asyncio.Protocol` around the library's sans-I/O `ClientProtocol`. There is no queue and no task: what
the transport reads goes to the handler in the same loop turn, so the socket is drained whatever the consumers do, and
a ping is answered before the next frame is looked at.

**Two ways for a frame.** Nearly all that an exchange sends are whole, unmasked, final text or binary frames. A scan
of the received buffer finds them and hands over a slice each. Every other frame (control frames, fragments, reserved
bits, masks, unknown opcodes) goes to the library, which knows the rules; what is too long ends the socket. The
library is given exactly one whole frame at a time, never a part, so it always stands between two frames and the scan
may go on behind it. A frame that is not whole yet is kept as the list of its pieces and joined once, so that a message
of 32 MiB costs linear time.

CPU per text message of 160 bytes up to `on_message`, loopback, sender in another process, one run (Python 3.11 / 3.13):

    bare `await ws.recv()` loop of websockets        4.04 / 4.35 µs   1.00
    (a) every byte through ClientProtocol            2.83 / 2.98      0.70 / 0.68
    (b) the scan in front of it: this module         0.28 / 0.37      0.07 / 0.08
    picows bare, of which the handler asks nothing   0.19 / 0.23      0.05
    picows through the seam (`net.picows_socket`)    0.38 / 0.43      0.09 / 0.10

A handler with `routes` (`net.routes`) has a scan of its own, which finds the taker too and cuts out the event, where
else the message would be cut out first and the event of it later. Trades up to `async for` under uvloop, CPU of the
whole process: 1.9 µs so (`Decimal`), 2.4 on picows; 2.6 and 2.8 before there were routes.

**TLS** is the greater part of a message that comes alone. The loops' own is not the quickest: asyncio's and uvloop's
take some 10 µs more a read than aiofastnet's transport, on which picows is built as well, and which takes any protocol.
With the extra `fast` it carries this driver's `wss://` connections. A trade alone, 8,000 a second, uvloop, CPU of the
whole process: 36 to 40 µs on uvloop's TLS, 28 on aiofastnet's, 26 with picows. 20 trades a read: 5.3, 4.7, 5.5 µs each.
Without TLS there is nothing to gain by it.

The scan reads head and length as one 16-bit number (`struct`), so that one comparison decides text or binary, mask,
fragment and length. Indexing single bytes instead takes 0.06 µs more above 125 bytes, where most messages are, and
0.05 less below. `asyncio.BufferedProtocol` was measured too: its buffer has to be copied to `bytes` again, which costs
5 to 25 % in a flood, and no gain was seen when messages arrive one by one.

**The end of a socket.** `on_closed` is called once, and last: with the peer's code and text as soon as its close frame
is read; with 1009, 1002, 1007 or 1011 when this side gives up (message too long, protocol broken, handler failed);
else with 1006 and the cause. TCP is then the peer's to close, for at most `LINGER` seconds, then it is aborted.

**Secrets.** Paths and queries can carry a listen key. No text, repr or log made here holds one: the library gets a
logger that is disabled, and its errors (their reprs quote the address) are replaced outside of the `except` block, so
that they are not even the new error's context.
"""

from __future__ import annotations

import asyncio
import base64
import importlib.util
import logging
import re
import socket
import ssl
import struct
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, cast
from urllib.parse import unquote, urlsplit

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidURI, PayloadTooBig, ProtocolError
from websockets.frames import Frame, Opcode
from websockets.uri import WebSocketURI, parse_uri

from binance_async._version import __version__
from binance_async.net.routes import NO_ROUTES
from binance_async.net.seams import Disconnected, NotConnected
from binance_async.net.tls import client_context

if TYPE_CHECKING:
    from collections.abc import Callable

    from binance_async.net.routes import Routes
    from binance_async.net.seams import Connect, Socket, SocketHandler

__all__ = [
    "LINGER",
    "MAX_SIZE",
    "NO_CLOSE_FRAME",
    "TOO_BIG",
    "USER_AGENT",
    "Address",
    "Answer",
    "BaseSocket",
    "WebsocketsConnect",
    "WebsocketsSocket",
    "cause_of",
    "connector",
    "silent_logger",
]

MAX_SIZE = 32 * 2**20
"""The longest message taken, in bytes; above it the socket that brought it is closed with 1009."""
LINGER = 0.5
"""Seconds which the peer has to close TCP after close frames."""
USER_AGENT = f"binance-async/{__version__}"
TOO_BIG = f"a message is longer than {MAX_SIZE} bytes"
NO_CLOSE_FRAME = "connection closed without a close frame"
_HEAD_LIMIT = 64 * 1024
_BODY_LIMIT = 1024

Driver = Literal["websockets", "aiofastnet", "picows"]


def silent_logger() -> logging.Logger:
    """A logger of nobody's tree that is off: the libraries log whole addresses."""
    logger = logging.Logger("binance_async.net.socket", level=logging.CRITICAL + 1)
    logger.propagate = False
    logger.disabled = True
    logger.addHandler(logging.NullHandler())
    return logger


_SILENT = silent_logger()


def connector(*, proxy: str | None, ssl_context: ssl.SSLContext | None, driver: Driver | None = None) -> Connect:
    """The fastest driver that is installed and can do what is asked, or the one that is named.

    `proxy` is `http://[user:password@]host:port` (CONNECT); the environment's proxies are never used. `ssl_context`
    replaces the machine's certificate store and must verify. Drivers: `websockets`, this module on the loop's own
    transports; `aiofastnet`, the same with that library's TLS; `picows`. The latter two serve connections without a
    proxy.
    """
    if ssl_context is not None:
        client_context(ssl_context)  # the default one takes 20 ms to make, and ws:// has no need of it
    through = None if proxy is None else Proxy.parse(proxy)
    if driver is None:
        driver = "aiofastnet" if through is None and importlib.util.find_spec("aiofastnet") else "websockets"
    if driver != "websockets" and through is not None:
        raise ValueError(f"the {driver} driver takes no proxy; use driver='websockets'")
    if driver == "picows":
        from binance_async.net.picows_socket import PicowsConnect  # an extra, imported when chosen

        return PicowsConnect(ssl_context)
    return WebsocketsConnect(ssl_context, through, fast_tls=driver == "aiofastnet")


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy that does CONNECT. The repr holds no credentials."""

    host: str
    port: int
    authorization: str | None = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Proxy:
        """Read `http://[user:password@]host:port`; the error never repeats the text, which may hold a password."""
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port
        except ValueError:
            parts, host, port = urlsplit(""), None, None
        if parts.scheme != "http" or not host or port is None or parts.path.strip("/") or parts.query or parts.fragment:
            named = f"{parts.scheme}://" if parts.scheme in {"https", "socks4", "socks5", "socks5h"} else "this"
            raise ValueError(f"proxy must be http://[user:password@]host:port; {named} is not supported")
        if parts.username is None:
            return cls(host, port, None)
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        return cls(host, port, "Basic " + base64.b64encode(pair.encode()).decode())

    def connect_request(self, address: Address) -> bytes:
        """The CONNECT request for `address`."""
        target = f"[{address.host}]:{address.port}" if ":" in address.host else f"{address.host}:{address.port}"
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", f"User-Agent: {USER_AGENT}"]
        if self.authorization is not None:
            lines.append(f"Proxy-Authorization: {self.authorization}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


class Address(WebSocketURI):
    """A parsed ws:// or wss:// address whose repr ends at the port."""

    @classmethod
    def parse(cls, url: str) -> Address:
        """Raises `NotConnected` with a text that does not repeat the address."""
        address: Address | None = None
        try:
            uri = parse_uri(url)
            address = cls(uri.secure, uri.host, uri.port, uri.path, uri.query)
            credentials = uri.username is not None
            del uri
        except (InvalidURI, ValueError):
            credentials = False
        del url  # neither shall a traceback that prints local variables
        if address is None or credentials:
            raise NotConnected("not a ws:// or wss:// address, or one with credentials in it")
        return address

    @property
    def url(self) -> str:
        """The address in full; for the library that asks for text."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == (443 if self.secure else 80) else f":{self.port}"
        return f"{'wss' if self.secure else 'ws'}://{host}{port}{self.resource_name}"

    def __repr__(self) -> str:
        return f"Address({'wss' if self.secure else 'ws'}://{self.host}:{self.port})"


def cause_of(error: BaseException | None, *, timeout: float | None = None) -> str:
    """What went wrong, in words that cannot hold a path."""
    if error is None:
        return NO_CLOSE_FRAME
    if isinstance(error, ssl.SSLCertVerificationError):  # made in Python, these lack the attributes of the C ones
        return f"TLS certificate refused: {getattr(error, 'verify_message', '') or 'not verified'}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {getattr(error, 'reason', '') or type(error).__name__}"
    if isinstance(error, socket.gaierror):
        return f"name look-up failed: {error.strerror}"
    if isinstance(error, TimeoutError) and error.errno is None and timeout is not None:
        return f"timed out after {timeout:g} s"
    if isinstance(error, ValueError):
        return "the host's name is not valid"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d)(?=[ \r])")


class Answer:
    """An HTTP answer as it arrives: the head, what followed it, and of a body the first KiB."""

    __slots__ = ("_end", "_raw", "headers", "status")

    def __init__(self) -> None:
        self._raw = bytearray()
        self._end = 0
        self.status: int = 0
        self.headers: dict[str, str] = {}

    def feed(self, data: bytes) -> bool:
        """Take what was read. True when the head is whole; raises ValueError if this is no HTTP answer."""
        seen = max(len(self._raw) - 3, 0)
        self._raw += data
        if not self._end:
            found = self._raw.find(b"\r\n\r\n", seen)
            if found >= 0:
                self._end = found + 4
                self._parse()
            elif len(self._raw) > _HEAD_LIMIT:
                raise ValueError("the head of the answer is too long")
        return self._end > 0

    def _parse(self) -> None:
        status = _STATUS.match(self._raw)
        if status is None:
            raise ValueError("not an HTTP/1 answer")
        self.status = int(status[1])
        for line in self._raw[: self._end - 4].decode("latin-1").split("\r\n")[1:]:
            name, _, value = line.partition(":")
            name, value = name.strip().lower(), value.strip()
            self.headers[name] = f"{self.headers[name]}, {value}" if name in self.headers else value

    @property
    def head(self) -> bytes:
        """The head with its empty line."""
        return bytes(self._raw[: self._end])

    @property
    def rest(self) -> bytes:
        """All that came behind the head."""
        return bytes(self._raw[self._end :])

    @property
    def chunked(self) -> bool:
        """Whether the body is in chunks."""
        return "chunked" in self.headers.get("transfer-encoding", "").lower()

    @property
    def complete(self) -> bool:
        """Whether the body, or as much of it as is kept, has arrived."""
        size = len(self._raw) - self._end
        if size >= 2 * _BODY_LIMIT or self.status in {204, 304}:
            return True
        if self.chunked:
            return self._raw.endswith(b"0\r\n\r\n")
        length = self.headers.get("content-length", "")
        return length.isdecimal() and size >= int(length)

    @property
    def body(self) -> bytes:
        """The first KiB of the body that has arrived."""
        body = self.rest
        return (_dechunked(body) if self.chunked else body)[:_BODY_LIMIT]

    def refusal(self) -> NotConnected:
        """The answer as the reason why there is no WebSocket."""
        cause = f"the upgrade was refused with HTTP {self.status}"
        return NotConnected(cause, status=self.status, headers=self.headers, body=self.body)


def _dechunked(raw: bytes) -> bytes:
    body = b""
    while match := re.match(rb"([0-9a-fA-F]{1,8})[^\r\n]*\r\n", raw):
        size = int(match[1], 16)
        body += raw[match.end() : match.end() + size]
        raw = raw[match.end() + size + 2 :]
    return body


class _SilentHandler:
    """Stands in for the handler when nothing may reach it any more."""

    def on_message(self, data: bytes) -> None: ...
    def on_routed(self, count: int) -> None: ...
    def on_ping(self, payload: bytes) -> None: ...
    def on_pong(self, payload: bytes) -> None: ...
    def on_closed(self, code: int, reason: str) -> None: ...


_NOBODY = _SilentHandler()


def checked_reason(code: int, reason: str) -> str:
    """`reason` cut to what fits a close frame; raises ValueError for a code that may not be sent."""
    if not (1000 <= code <= 1014 and code not in {1004, 1005, 1006}) and not 3000 <= code < 5000:
        raise ValueError(f"{code} is not a close code that can be sent")
    return reason.encode()[:123].decode(errors="ignore")


class BaseSocket:
    """What both drivers share: who is told what, and how a socket ends. A driver adds the wire."""

    def __init__(self, loop: asyncio.AbstractEventLoop, handler: SocketHandler) -> None:
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._handler = handler
        self._on_message: Callable[[bytes], None] = handler.on_message
        self._on_closed: Callable[[int, str], None] | None = handler.on_closed
        routes: Routes | None = getattr(handler, "routes", None)  # of a `RoutingHandler`; as yet without an entry
        self._routes = NO_ROUTES if routes is None else routes
        self._route = self._routes.get
        self._on_routed = getattr(handler, "on_routed", _NOBODY.on_routed)
        self._muted = False
        self._open = False
        self._cause: str | None = None
        self._guard: asyncio.TimerHandle | None = None
        self._lost: asyncio.Future[None] = loop.create_future()

    @abstractmethod
    def _send_close(self, code: int, reason: str) -> None:
        """Send a close frame, if that is still possible."""

    def _check_open(self) -> None:
        if not self._open or self._transport is None or self._transport.is_closing():
            raise Disconnected(self._cause or "the socket is closed")

    @property
    def buffered(self) -> int:
        """Bytes accepted by `send` that the kernel has not taken yet (under TLS: less what its own layer holds)."""
        transport = self._transport
        return 0 if transport is None or self._lost.done() else transport.get_write_buffer_size()

    async def close(self, code: int = 1000, reason: str = "", *, timeout: float = 0.5) -> None:
        """Close handshake within `timeout` seconds, then abort. Idempotent."""
        reason = checked_reason(code, reason)
        if self._open:
            self._open = False
            self._cause = f"no answer to the close frame within {timeout:g} s"
            self._send_close(code, reason)
        try:
            await asyncio.wait([self._lost], timeout=timeout)
        finally:
            self._abort_transport()
        await asyncio.wait([self._lost], timeout=timeout)

    def abort(self) -> None:
        """Drop the connection now, without a handshake. Nothing but `on_closed` reaches the handler any more."""
        if self._cause is None:
            self._cause = "aborted by this side"
        self._mute()
        self._abort_transport()

    def discard(self) -> None:
        """Drop a connection that is not wanted any more, without a word to the handler."""
        self._on_closed = None
        self.abort()

    def _abort_transport(self) -> None:
        self._open = False
        if self._transport is not None:
            self._transport.abort()

    def _mute(self) -> None:
        self._open = False
        self._muted = True
        self._handler = _NOBODY
        self._on_message = _NOBODY.on_message
        self._route = NO_ROUTES.get

    def _finish(self, code: int, reason: str) -> None:
        """Tell the handler the end, once, and leave TCP to the peer for a moment."""
        self._mute()
        on_closed, self._on_closed = self._on_closed, None
        if self._guard is None and not self._lost.done():
            self._guard = self._loop.call_later(LINGER, self._abort_transport)
        if on_closed is None:
            return
        try:
            on_closed(code, reason)
        except Exception as error:  # noqa: BLE001 - a handler's error has no other way out of a callback
            self._report(error)

    def _fail(self, code: int, cause: str) -> None:
        """Give up on this socket: tell the peer the code and the handler the cause."""
        if self._open:
            self._open = False
            self._send_close(code, "")
        self._finish(code, cause)

    def _handler_failed(self, error: Exception) -> None:
        self._report(error)
        self._fail(1011, f"the handler raised {type(error).__name__}")

    def _report(self, error: Exception) -> None:
        self._loop.call_exception_handler({"message": "a WebSocket handler raised", "exception": error})

    def _ended(self, error: BaseException | None) -> None:
        """The transport is gone."""
        if not self._lost.done():
            self._lost.set_result(None)
        self._finish(1006, self._cause or cause_of(error))
        if self._guard is not None:
            self._guard.cancel()


_HEAD = struct.Struct(">HH").unpack_from
"""First byte and length byte of a frame as one number, and the 16-bit length that may follow."""
_TEXT, _TEXT_16, _BINARY, _BINARY_16 = 0x8100, 0x817E, 0x8200, 0x827E


def _measure(data: bytes, position: int) -> tuple[int, int]:
    """Lengths of header and payload of the frame at `position`; payload -1 while the header is not whole."""
    have = len(data) - position
    if have < 2:
        return 2, -1
    mask = 4 if data[position + 1] & 0x80 else 0
    size = data[position + 1] & 0x7F
    if size < 126:
        return 2 + mask, size
    end = 4 if size == 126 else 10
    if have < end:
        return end, -1
    return end + mask, int.from_bytes(data[position + 2 : position + end], "big")


class WebsocketsSocket(BaseSocket, asyncio.Protocol):
    """One WebSocket: an asyncio protocol around the library's."""

    def __init__(self, loop: asyncio.AbstractEventLoop, address: Address, handler: SocketHandler) -> None:
        super().__init__(loop, handler)
        self._protocol = ClientProtocol(address, max_size=MAX_SIZE, logger=_SILENT)
        self.opening: asyncio.Future[NotConnected | None] = loop.create_future()
        self._answer = Answer()
        self._busy = True  # data_received has something to do before it may scan
        self._between = True  # no fragmented message is under way
        self._pieces: list[bytes] = []  # the beginning of a frame that is not whole
        self._missing = 0  # bytes to its end, or to the end of its header
        self._width = 0  # how long the next message's beginning is expected to be; 0 if it has to be looked for
        self._last_width = 0
        self._scan = self._scan_plain if self._routes is NO_ROUTES else self._scan_routed
        self._strip = 0  # its header's length, if it is a plain message
        self._fragments: list[bytes] = []
        self._assembled = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        self._transport = cast("asyncio.Transport", transport)
        request = self._protocol.connect()
        request.headers["User-Agent"] = USER_AGENT
        self._protocol.send_request(request)
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Hand over every message in `data`."""
        try:
            end = len(data)
            position = self._resume(data) if self._busy else 0
            while position < end:
                if self._between:
                    position = self._scan(data, position)
                if position < end:
                    position = end if self._muted else self._frame(data, position)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises must end this socket and be seen
            self._handler_failed(error)

    def _scan_plain(self, data: bytes, position: int) -> int:
        """Hand over the plain messages that begin at `position`; the position of what is none, or not whole."""
        end, unpack = len(data), _HEAD
        limit = end - 3
        while position < limit:
            head, size = unpack(data, position)
            if head == _TEXT_16 or head == _BINARY_16:  # noqa: SIM109 - `in` is slower
                start = position + 4
                stop = start + size
            elif _TEXT <= head < _TEXT_16:
                start = position + 2
                stop = start + head - _TEXT
            elif _BINARY <= head < _BINARY_16:
                start = position + 2
                stop = start + head - _BINARY
            else:
                break
            if stop > end:
                break
            position = stop
            self._on_message(data[start:stop])
        return position

    def _scan_routed(self, data: bytes, position: int) -> int:
        """As `_scan_plain`, and events whose messages begin in a known way go straight to their takers."""
        end, unpack, routed = len(data), _HEAD, 0
        width, last, limit = self._width, self._routes.last, end - 3
        try:
            while position < limit:
                head, size = unpack(data, position)
                if head == _TEXT_16 or head == _BINARY_16:  # noqa: SIM109 - `in` is slower
                    start = position + 4
                    stop = start + size
                elif _TEXT <= head < _TEXT_16:
                    start = position + 2
                    stop = start + head - _TEXT
                elif _BINARY <= head < _BINARY_16:
                    start = position + 2
                    stop = start + head - _BINARY
                else:
                    break
                if stop > end:
                    break
                position = stop
                event = start + width
                take = self._route(data[start:event]) if width else None
                if take is None:
                    event = data.find(self._routes.mark, start + self._routes.mark_from, stop) + self._routes.to_event
                    take = self._route(data[start:event])
                    width = self._expect(event - start)
                if take is not None and data[stop - 1] == last:
                    routed += 1
                    take(data[event : stop - 1])
                else:
                    self._on_message(data[start:stop])
        finally:
            self._width = width
            self._on_routed(routed)
        return position

    def _expect(self, width: int) -> int:
        """How long the next message's beginning will be, or 0: it is expected to be as the last two were."""
        repeated, self._last_width = width == self._last_width, width
        return width if repeated else 0

    def _resume(self, data: bytes) -> int:
        """Finish what the last read left undone; the position in `data` where scanning may begin."""
        position = 0
        if not self._muted and not self.opening.done():
            position = self._upgrade(data)
        while self._pieces and not self._muted:
            stop = position + self._missing
            if stop > len(data):
                self._pieces.append(data[position:])
                self._missing = stop - len(data)
                return len(data)
            self._pieces.append(data[position:stop])
            position = stop
            self._joined()
        if self._muted or not self.opening.done():
            return len(data)
        self._busy = False
        return position

    def _joined(self) -> None:
        pieces, self._pieces = self._pieces, []
        if not self._strip:
            self._frame(b"".join(pieces), 0)
            return
        pieces[0] = pieces[0][self._strip :]
        self._on_message(b"".join(pieces))

    def _upgrade(self, data: bytes) -> int:
        """Read the answer to the upgrade; the position in `data` behind it."""
        answer = self._answer
        try:
            if not answer.feed(data):
                return len(data)
        except ValueError as error:
            self._refuse(NotConnected(f"the upgrade was not answered by HTTP: {error}"))
            return len(data)
        if answer.status != 101:
            if answer.complete:
                self._refuse(answer.refusal())
            return len(data)
        self._protocol.receive_data(answer.head)
        self._protocol.events_received()
        if self._protocol.handshake_exc is not None:
            kind = type(self._protocol.handshake_exc).__name__
            self._refuse(NotConnected(f"the upgrade was answered wrongly: {kind}", status=101, headers=answer.headers))
            return len(data)
        self._open = True
        self.opening.set_result(None)
        self._answer = Answer()  # the old one holds all that came with it
        return len(data) - len(answer.rest)

    def _refuse(self, failure: NotConnected) -> None:
        if not self.opening.done():
            self.opening.set_result(failure)
        self.discard()

    def refused(self) -> NotConnected | None:
        """The refusal of which only a part of the body has arrived."""
        return self._answer.refusal() if self._answer.status not in {0, 101} else None

    def _frame(self, data: bytes, position: int) -> int:
        """Take the one frame at `position`, whatever it is; the position behind it."""
        header, size = _measure(data, position)
        if size > MAX_SIZE - self._assembled:
            self._through_library(data[position : position + header])  # it knows whether length is the first fault
            return len(data)
        stop = position + header + max(size, 0)
        plain = self._between and data[position] in {0x81, 0x82} and size >= 0 and not data[position + 1] & 0x80
        if size < 0 or stop > len(data):
            self._pieces.append(data[position:])
            self._missing = stop - len(data)
            self._strip = header if plain else 0
            self._busy = True
            return len(data)
        if plain:
            self._on_message(data[position + header : stop])
        else:
            self._through_library(data[position:stop])
        return stop

    def _through_library(self, frame: bytes) -> None:
        protocol = self._protocol
        protocol.receive_data(frame)
        events = protocol.events_received()
        self._flush()  # a pong leaves before the handler hears of the ping
        broken = protocol.parser_exc
        if broken is not None:
            self._open = False  # the library has sent the close frame
            self._finish(*_fault(broken))
        for event in events:
            self._event(cast("Frame", event))

    def _event(self, frame: Frame) -> None:
        payload = bytes(frame.data)
        if frame.opcode is Opcode.PING:
            self._handler.on_ping(payload)
        elif frame.opcode is Opcode.PONG:
            self._handler.on_pong(payload)
        elif frame.opcode is Opcode.CLOSE:
            close = self._protocol.close_rcvd
            self._finish(1005, "") if close is None else self._finish(int(close.code), close.reason)
        else:
            self._fragment(payload, final=frame.fin)

    def _fragment(self, payload: bytes, *, final: bool) -> None:
        self._fragments.append(payload)
        self._assembled += len(payload)
        self._between = final
        if final:
            message = b"".join(self._fragments)
            self._fragments.clear()
            self._assembled = 0
            self._on_message(message)

    def connection_lost(self, exc: Exception | None) -> None:
        """The transport's last word."""
        if not self.opening.done():
            early = NotConnected(f"no answer to the upgrade: {cause_of(exc)}")
            self.opening.set_result(self.refused() or early)
            self._on_closed = None
        if self._pieces or self._fragments:
            self._cause = self._cause or (None if exc else f"{NO_CLOSE_FRAME}, within a message")
        self._pieces.clear()
        self._fragments.clear()
        self._ended(exc)

    def _flush(self) -> None:
        transport = self._transport
        for chunk in self._protocol.data_to_send():
            if chunk and transport is not None and not transport.is_closing():
                transport.write(chunk)

    def _send_close(self, code: int, reason: str) -> None:
        self._protocol.send_close(code, reason)
        self._flush()

    def send(self, data: bytes) -> None:
        """Send one text message. Raises `Disconnected` when the socket is closing or closed."""
        self._check_open()
        self._protocol.send_text(data)
        self._flush()

    def ping(self, payload: bytes = b"") -> None:
        """Send a ping of at most 125 bytes."""
        if len(payload) > 125:
            raise ValueError("a ping carries at most 125 bytes")
        self._check_open()
        self._protocol.send_ping(payload)
        self._flush()


def _fault(broken: Exception) -> tuple[int, str]:
    """The close code and the cause for what the library found wrong."""
    if isinstance(broken, PayloadTooBig):
        return 1009, TOO_BIG
    if isinstance(broken, ProtocolError):
        return 1002, f"the peer broke the protocol: {broken}"
    code = 1007 if isinstance(broken, UnicodeDecodeError) else 1011
    return code, f"the peer broke the protocol: {type(broken).__name__}"


class _Tunnel(asyncio.Protocol):
    """Waits for a proxy's answer to CONNECT."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.answer = Answer()
        self.answered: asyncio.Future[str | None] = loop.create_future()

    def data_received(self, data: bytes) -> None:
        """Collect the head."""
        try:
            if not self.answer.feed(data):
                return
        except ValueError as error:
            self._settle(f"the proxy's answer is unreadable: {error}")
            return
        status = self.answer.status
        if not 200 <= status < 300:
            self._settle(f"the proxy answered CONNECT with HTTP {status}")
        else:
            self._settle("the proxy sent more than its answer" if self.answer.rest else None)

    def connection_lost(self, exc: Exception | None) -> None:
        """The proxy has hung up."""
        self._settle(f"the proxy closed the connection: {exc.__class__.__name__ if exc else 'no answer'}")

    def _settle(self, failure: str | None) -> None:
        if not self.answered.done():
            self.answered.set_result(failure)


async def _tunnel(loop: asyncio.AbstractEventLoop, proxy: Proxy, address: Address) -> asyncio.Transport:
    transport, tunnel = await loop.create_connection(lambda: _Tunnel(loop), proxy.host, proxy.port)
    try:
        transport.write(proxy.connect_request(address))
        failure = await tunnel.answered
        if failure is not None:
            raise NotConnected(failure)
    except BaseException:
        transport.abort()
        raise
    return transport


class WebsocketsConnect:
    """Opens sockets on the `websockets` library, directly or through a proxy."""

    def __init__(
        self, ssl_context: ssl.SSLContext | None = None, proxy: Proxy | None = None, *, fast_tls: bool = False
    ) -> None:
        self._ssl_context = ssl_context
        self._proxy = proxy
        self.fast_tls = fast_tls
        """Whether TLS is aiofastnet's instead of the loop's."""

    async def __call__(self, url: str, handler: SocketHandler, *, timeout: float) -> Socket:
        """Connect, upgrade and start reading. Messages may reach the handler before this returns."""
        address = Address.parse(url)
        del url
        opened = WebsocketsSocket(asyncio.get_running_loop(), address, handler)
        try:
            async with asyncio.timeout(timeout):
                await self._transport(opened, address)
                failure = await opened.opening
        except NotConnected as error:
            failure = error
        except (OSError, ValueError) as error:
            failure = opened.refused() or NotConnected(cause_of(error, timeout=timeout))
        except BaseException:
            opened.discard()
            raise
        if failure is not None:
            opened.discard()
            raise failure
        return opened

    async def _transport(self, opened: WebsocketsSocket, address: Address) -> None:
        loop = asyncio.get_running_loop()
        context = client_context(self._ssl_context) if address.secure else None
        if self._proxy is None and context is not None and self.fast_tls:
            from aiofastnet import create_connection  # an extra, imported when needed

            await create_connection(loop, lambda: opened, address.host, address.port, ssl=context)
            return
        if self._proxy is None:
            await loop.create_connection(lambda: opened, address.host, address.port, ssl=context)
            return
        transport = await _tunnel(loop, self._proxy, address)
        if context is None:
            transport.set_protocol(opened)
        else:
            secured = await loop.start_tls(transport, opened, context, server_hostname=address.host)
            if secured is None:
                raise ConnectionResetError("connection closed in the TLS handshake")
            transport = secured
        opened.connection_made(transport)
