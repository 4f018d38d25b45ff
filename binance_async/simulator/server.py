"""Real sockets: HTTP and WebSocket on one port, over TCP or TLS.

    bytes → RequestParser → Exchange.http → bytes
                          ↘ upgrade → Exchange.accept → frames ⇄ Session

What is written to a WebSocket within one turn of the loop leaves in one write, and a message that many read is framed
once. So the exchange is not what a benchmark of a client measures.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import socket
import ssl
import struct
from typing import TYPE_CHECKING, Any

from websockets.frames import CloseCode, Opcode
from websockets.protocol import Protocol as FrameProtocol
from websockets.protocol import Side, State

from binance_async.net.seams import HttpReply
from binance_async.simulator.http_parser import BadRequest, HttpRequest, RequestParser, written
from binance_async.simulator.transport import Broken, Message, Refused, Session, frame

if TYPE_CHECKING:
    from websockets.frames import Frame

    from binance_async.simulator.exchange import Exchange

__all__ = ["Server"]

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CLOSE_TIMEOUT = 2.0
"""How long a client may take to answer a close frame, in seconds of the loop."""
_PING = 9


class Server:
    """Listens for one exchange."""

    def __init__(
        self, exchange: Exchange, *, host: str = "127.0.0.1", ssl_context: ssl.SSLContext | None = None
    ) -> None:
        self.exchange = exchange
        self.host = host
        self.port: int = 0
        self._ssl = ssl_context
        self._server: asyncio.Server | None = None
        self.connections: set[_Connection] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    def began(self, connection: _Connection) -> None:
        """A connection was accepted."""
        self.connections.add(connection)
        self._idle.clear()

    def ended(self, connection: _Connection) -> None:
        """It is gone."""
        self.connections.discard(connection)
        if not self.connections:
            self._idle.set()

    async def open(self, port: int = 0) -> None:
        """Listen on the port, on any that is free for 0."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), self.host, port, ssl=self._ssl)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Listen no more, and end every connection."""
        if self._server is not None:
            self._server.close()
        for connection in list(self.connections):
            connection.end()
        await asyncio.sleep(0)
        for connection in list(self.connections):
            connection.abort()
        if self._server is not None:
            await self._server.wait_closed()
        await self._idle.wait()


class _Connection(asyncio.Protocol):
    """One TCP connection: HTTP until it is upgraded, frames from then on."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._exchange = server.exchange
        self._parser = RequestParser()
        self._transport: Any = None
        self._ip = ""
        self._task: asyncio.Task[None] | None = None
        self._frames: _Frames | None = None
        self._silent = False

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accepted."""
        self._transport = transport
        self._ip = transport.get_extra_info("peername")[0]
        self._server.began(self)
        if not self._exchange.reachable:
            self.abort()

    def data_received(self, data: bytes) -> None:
        """Bytes of the client."""
        if self._frames is not None:
            self._frames.feed(data)
            return
        self._parser.feed(data)
        self._next()

    def eof_received(self) -> bool:
        """The client has finished; what is under way is finished too."""
        if self._frames is not None:
            self._frames.feed_eof()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Gone."""
        self._server.ended(self)
        if self._frames is not None:
            self._frames.lost()

    # HTTP

    def _next(self) -> None:
        """Begin with the next request, unless one is under way."""
        if self._task is not None or self._silent or self._frames is not None:
            return
        try:
            request = self._parser.next()
        except BadRequest:
            self._write(HttpReply(400, {}, b""), keep_alive=False)
            self._transport.close()
            return
        if request is None:
            if self._parser.expects_continue:
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            return
        self._task = asyncio.get_running_loop().create_task(self._serve(request))
        self._task.add_done_callback(self._served)

    def _served(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled() and task.exception() is not None:
            error = task.exception()
            asyncio.get_running_loop().call_exception_handler({"message": "a door raised", "exception": error})
            self.abort()
        elif not self._transport.is_closing():
            self._next()

    async def _serve(self, request: HttpRequest) -> None:
        try:
            if request.upgrade:
                await self._upgrade(request)
                return
            reply = await self._exchange.http(request.method, request.target, request.headers, request.body, self._ip)
            self._write(reply, keep_alive=request.keep_alive)
            if not request.keep_alive:
                self._transport.close()
        except Broken as broken:
            self._break(broken)

    def _write(self, reply: HttpReply, *, keep_alive: bool = True) -> None:
        head, body = written(reply, keep_alive=keep_alive)
        self._transport.write(head + body)

    def _break(self, broken: Broken) -> None:
        """What happens instead of a whole reply."""
        if broken.fate == "reset":
            self.abort()
        elif broken.fate == "silence":
            self._silent = True
        else:
            if broken.fate == "cut" and broken.reply is not None:
                head, body = written(broken.reply)
                self._transport.write(head + body[: broken.at])
            self._transport.close()

    # WebSocket

    async def _upgrade(self, request: HttpRequest) -> None:
        exchange, key = self._exchange, request.headers.get("sec-websocket-key", "")
        try:
            if not key:
                raise Refused(HttpReply(400, {}, b""))
            delay = exchange.opening(request.target, self._ip)
            if delay:
                await exchange.clock.sleep(delay)
            if self._transport.is_closing():
                return
            session = exchange.accept(request.target, request.headers, self._ip)
        except Refused as refused:
            self._write(refused.reply, keep_alive=False)
            self._transport.close()
            return
        digest = base64.b64encode(hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest()).decode()
        head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        self._transport.write(f"{head}Sec-WebSocket-Accept: {digest}\r\n\r\n".encode())
        self._frames = _Frames(self._transport, session, exchange.rules.longest_message)
        session.opened(self._frames)
        rest = self._parser.rest()
        if rest:
            self._frames.feed(rest)

    # Ends

    def end(self) -> None:
        """End in an orderly way."""
        if self._task is not None:
            self._task.cancel()
        if self._frames is not None:
            self._frames.flush()
        self._transport.close()

    def abort(self) -> None:
        """RST."""
        _reset(self._transport)


def _reset(transport: Any) -> None:
    raw = transport.get_extra_info("socket")
    if raw is not None and not transport.is_closing():
        # Closing with a linger time of zero sends RST instead of FIN.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class _Frames:
    """An open WebSocket over a transport: the session's `Wire`."""

    def __init__(self, transport: Any, session: Session, longest: int) -> None:
        self._transport = transport
        self._session = session
        self._protocol = FrameProtocol(Side.SERVER, state=State.OPEN, max_size=longest)
        self._loop = asyncio.get_running_loop()
        self._out: list[bytes] = []
        self._pending = 0
        self._scheduled = False
        self._closing = False
        self._frozen = False
        self._lost = False
        """Half-open: what is sent goes nowhere."""
        self._parts: list[bytes] = []
        self._code, self._reason = 1006, ""

    # Wire

    @property
    def buffered(self) -> int:
        """Bytes that the client has not taken."""
        return self._pending + int(self._transport.get_write_buffer_size())

    def send(self, message: Message) -> None:
        """Send a message with the rest of this turn."""
        if not self._closing:
            self._put(message.frame)

    def ping(self, payload: bytes) -> None:
        """Send a ping."""
        if not self._closing:
            self._put(frame(_PING, payload))

    def _put(self, data: bytes) -> None:
        if self._lost:
            return
        self._out.append(data)
        self._pending += len(data)
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Write what has gathered."""
        self._scheduled = False
        if self._frozen or not self._out:
            return
        out, self._out, self._pending = self._out, [], 0
        if not self._transport.is_closing():
            self._transport.write(b"".join(out))

    def close(self, code: int, reason: str) -> None:
        """Send a close frame."""
        if self._closing or self._transport.is_closing():
            return
        self._closing = True
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(code, reason.encode()[:123].decode("utf-8", "ignore"))
        self._send_protocol()
        self._loop.call_later(_CLOSE_TIMEOUT, self._transport.abort)

    def abort(self) -> None:
        """RST."""
        self._out.clear()
        _reset(self._transport)

    def end(self) -> None:
        """EOF."""
        self.flush()
        self._transport.close()

    def freeze(self) -> None:
        """Stop reading and writing."""
        self._frozen = True
        self._transport.pause_reading()

    def thaw(self) -> None:
        """Go on."""
        if self._frozen and not self._lost and not self._transport.is_closing():
            self._frozen = False
            self._transport.resume_reading()
            self.flush()

    def half_open(self) -> None:
        """Be gone without a sign."""
        self._lost = self._frozen = True
        self._out.clear()
        self._pending = 0
        self._transport.pause_reading()

    # Bytes of the client

    def feed(self, data: bytes) -> None:
        """Bytes of the client."""
        self._protocol.receive_data(data)
        self._handle()

    def feed_eof(self) -> None:
        """The client has closed its half."""
        self._protocol.receive_eof()
        self._handle()

    def _handle(self) -> None:
        for event in self._protocol.events_received():
            self._on_frame(event)  # type: ignore[arg-type]  # after the handshake all events are frames
        self._send_protocol()

    def _on_frame(self, event: Frame) -> None:
        opcode = event.opcode
        if opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            self._parts.append(bytes(event.data))
            if event.fin:
                data, self._parts = b"".join(self._parts), []
                self._session.on_message(data)
        elif opcode is Opcode.PING:
            self._session.on_ping(bytes(event.data))
        elif opcode is Opcode.PONG:
            self._session.on_pong(bytes(event.data))
        elif opcode is Opcode.CLOSE:
            self._on_close()

    def _on_close(self) -> None:
        received = self._protocol.close_rcvd
        code = received.code if received is not None else CloseCode.NO_STATUS_RCVD
        self._code, self._reason = int(code), "" if received is None else received.reason
        if not self._closing and not self._session.on_closing(self._code, self._reason):
            self._lost = True
        self._closing = True

    def _send_protocol(self) -> None:
        """Write what the protocol has to say: pongs, close frames; end when it is done."""
        for data in self._protocol.data_to_send():
            if data:
                self._put(data)
        # Ours was sent: wait for theirs. Theirs came, or the protocol refused what came: nothing is left to be said.
        waits = self._closing and self._protocol.close_rcvd is None
        if self._protocol.close_expected() and not self._lost and not waits:
            self.flush()
            self._transport.close()

    def lost(self) -> None:
        """The connection is gone."""
        self._session.on_closed(self._code, self._reason)
