"""Another driver of the `Connect` seam: picows, a WebSocket protocol in C (the extra `fast`).

picows parses in the transport's buffer and calls back once a frame; this module turns frames into the seam's calls.
What picows leaves to its user is done here: the pong (it would send one itself, but then hide the ping from the
handler), joining fragments, the limit of a joined message, reserved bits, and the answer to a close frame. What it
gets wrong for us is made up for: it logs addresses (its logger is off), follows redirects (limited to none), and on a
cancelled connect it leaves the transport open (so the TCP socket is made here, and shut down here).

Differences to the default driver: of a refused upgrade the body is what arrived together with the head; a connection
that is lost is 1006 without the kernel's reason; what picows itself refuses (1002, 1009) is reported 10 ms later, when
it has closed; and frames are masked with numbers that are not of cryptographic strength, which is harmless (masking
protects old proxies from hostile pages).

When it pays: hardly ever any more, so it has to be asked for (`connector(..., driver="picows")`). Its parser is the
quickest there is, but it calls back for every frame, and what has to be asked of each costs more than the parsing in C
saves. Its other half, a TLS transport that beats the loops' own, serves the default driver as well (`net.socket`).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, cast

from picows import (
    WSError,
    WSFrame,
    WSHandshakeError,
    WSListener,
    WSMsgType,
    WSTransport,
    ws_connect,  # pyright: ignore[reportUnknownVariableType] - its **kwargs have no types
)

from binance_async.net.seams import Disconnected, NotConnected
from binance_async.net.socket import (
    MAX_SIZE,
    NO_CLOSE_FRAME,
    TOO_BIG,
    USER_AGENT,
    Address,
    Answer,
    BaseSocket,
    cause_of,
    silent_logger,
)
from binance_async.net.tls import client_context

if TYPE_CHECKING:
    import ssl

    from picows import WSCloseCode, WSUpgradeRequest, WSUpgradeResponse
    from picows.picows import WSCloseHandshake
    from picows.url import WSParsedURL

    from binance_async.net.seams import Socket, SocketHandler

__all__ = ["PicowsConnect", "PicowsSocket"]

_TEXT, _CONTINUATION = WSMsgType.TEXT, WSMsgType.CONTINUATION
_PING, _PONG, _CLOSE = WSMsgType.PING, WSMsgType.PONG, WSMsgType.CLOSE
_SILENT = silent_logger()


class _UnaskedError(WSError):
    """An answer to the upgrade that must not be taken."""


class PicowsSocket(BaseSocket, WSListener):
    """One WebSocket: picows' listener and our `Socket` in one object."""

    def __init__(self, loop: asyncio.AbstractEventLoop, handler: SocketHandler) -> None:
        super().__init__(loop, handler)
        self._wire: WSTransport | None = None
        self._between = True  # no fragmented message is under way
        self._fragments: list[bytes] = []
        self._assembled = 0
        self._reaper: asyncio.Task[None] | None = None

    def upgraded(self, _request: WSUpgradeRequest, response: WSUpgradeResponse) -> PicowsSocket:
        """Picows asks for its listener when the upgrade was answered; refuse what was not offered."""
        if self._muted:
            raise _UnaskedError("this connect was given up")
        for header in ("Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol"):
            if header in response.headers:
                raise _UnaskedError(f"the upgrade was answered wrongly: {header} was not offered")
        return self

    @property
    def upgrade_done(self) -> bool:
        """Whether the upgrade was answered well."""
        return self._wire is not None

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The upgrade is done."""
        self._wire = transport
        self._transport = transport.underlying_transport
        self._open = True

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Hand over a whole message at once; all else takes the long way."""
        try:
            size = frame.payload_size
            if (
                self._between
                and frame.fin
                and not (frame.rsv1 or frame.rsv2 or frame.rsv3)
                # The look at the type costs as much as all the rest, and picows lets no control frame pass that is
                # longer than 125 bytes; so a longer one is a message.
                and (size > 125 or frame.msg_type == _TEXT)
                and size <= MAX_SIZE
            ):
                self._on_message(frame.get_payload_as_bytes())
            elif not self._muted:
                self._other(frame, size)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises must end this socket and be seen
            self._handler_failed(error)

    def _other(self, frame: WSFrame, size: int) -> None:
        kind = frame.msg_type
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            self._fail(1002, "the peer broke the protocol: reserved bits")
        elif self._assembled + size > MAX_SIZE:
            self._fail(1009, TOO_BIG)
        elif kind == _PING:
            payload = frame.get_payload_as_bytes()
            self._wired().send_pong(payload)
            self._handler.on_ping(payload)
        elif kind == _PONG:
            self._handler.on_pong(frame.get_payload_as_bytes())
        elif kind == _CLOSE:
            self._peer_closes(frame.get_payload_as_bytes())
        elif (kind == _CONTINUATION) is self._between:
            self._fail(1002, "the peer broke the protocol: fragments out of order")
        else:
            self._fragment(frame.get_payload_as_bytes(), final=bool(frame.fin))

    def _fragment(self, payload: bytes, *, final: bool) -> None:
        self._fragments.append(payload)
        self._assembled += len(payload)
        self._between = final
        if final:
            message = b"".join(self._fragments)
            self._fragments.clear()
            self._assembled = 0
            self._on_message(message)

    def _peer_closes(self, payload: bytes) -> None:
        code = int.from_bytes(payload[:2], "big") if payload else 1005
        reason = payload[2:].decode()
        if self._open:
            self._open = False
            self._send_close(1000 if code == 1005 else code, "")  # picows cannot send a close frame without a code
        self._finish(code, reason)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The transport is gone; if picows itself gave the socket up, its close frame says why."""
        handshake = cast("WSCloseHandshake | None", transport.close_handshake)
        sent = None if handshake is None else handshake.sent
        if sent is None or self._on_closed is None or self._cause is not None:
            self._ended(None)
            return
        code = int(cast("int", sent.code))
        self._finish(code, TOO_BIG if code == 1009 else f"the peer broke the protocol: {sent.reason}")
        self._reaper = self._loop.create_task(self._reap(transport))

    async def _reap(self, transport: WSTransport) -> None:
        """Take the error that picows keeps for whoever waits, or asyncio would log it as never retrieved."""
        with contextlib.suppress(WSError):
            await transport.wait_disconnected()
        self._ended(None)

    def _wired(self) -> WSTransport:
        if self._wire is None:
            raise Disconnected("the socket is not open")
        return self._wire

    def _send_close(self, code: int, reason: str) -> None:
        self._wired().send_close(cast("WSCloseCode", code), reason)

    def send(self, data: bytes) -> None:
        """Send one text message. Raises `Disconnected` when the socket is closing or closed."""
        self._check_open()
        self._wired().send(_TEXT, data)

    def ping(self, payload: bytes = b"") -> None:
        """Send a ping of at most 125 bytes."""
        if len(payload) > 125:
            raise ValueError("a ping carries at most 125 bytes")
        self._check_open()
        self._wired().send_ping(payload)


class _Tcp:
    """Makes the TCP socket of one connect, so that it can be taken down when picows would leave it open."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._socket: socket.socket | None = None

    async def open(self, _url: WSParsedURL) -> socket.socket:
        """A connected socket; the addresses of the host are tried in turn."""
        loop = asyncio.get_running_loop()
        refused: OSError | None = None
        address = self._address
        for family, kind, proto, _, target in await loop.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM
        ):
            tcp = socket.socket(family, kind, proto)
            try:
                tcp.setblocking(False)
                await loop.sock_connect(tcp, target)
            except BaseException as error:
                tcp.close()
                if not isinstance(error, OSError):
                    raise
                refused = error
            else:
                self._socket = tcp
                return tcp
        raise refused or OSError("the host has no address")

    async def drop(self) -> None:
        """End the connection under picows' transport, and give that the loop turns it needs to notice."""
        tcp = self._socket
        if tcp is None or tcp.fileno() < 0:
            return
        with contextlib.suppress(OSError):
            tcp.shutdown(socket.SHUT_RDWR)
        for _ in range(20):
            if tcp.fileno() < 0:
                break
            await asyncio.sleep(0)


class PicowsConnect:
    """Opens sockets on picows; without a proxy."""

    def __init__(self, ssl_context: ssl.SSLContext | None = None) -> None:
        self._ssl_context = ssl_context

    async def __call__(self, url: str, handler: SocketHandler, *, timeout: float) -> Socket:
        """Connect, upgrade and start reading. Messages may reach the handler before this returns."""
        address = Address.parse(url)
        del url
        opened = PicowsSocket(asyncio.get_running_loop(), handler)
        tcp = _Tcp(address)
        try:
            async with asyncio.timeout(timeout):
                await self._upgrade(opened, address, tcp)
            if opened.upgrade_done:
                return opened
            failure = NotConnected(f"no answer to the upgrade: {NO_CLOSE_FRAME}")  # to picows this is a success
        except WSHandshakeError as error:
            failure = _refusal(error)
        except _UnaskedError as error:
            failure = NotConnected(str(error), status=101)
        except (OSError, ValueError) as error:
            failure = NotConnected(cause_of(error, timeout=timeout))
        except BaseException:
            opened.discard()
            await tcp.drop()
            raise
        opened.discard()
        await tcp.drop()
        raise failure

    async def _upgrade(self, opened: PicowsSocket, address: Address, tcp: _Tcp) -> None:
        await ws_connect(
            opened.upgraded,
            address.url,
            ssl_context=client_context(self._ssl_context) if address.secure else None,
            websocket_handshake_timeout=None,
            logger_name=_SILENT,
            enable_auto_pong=False,
            max_frame_size=MAX_SIZE,
            extra_headers={"User-Agent": USER_AGENT},
            max_redirects=0,
            socket_factory=tcp.open,
        )


def _refusal(error: WSHandshakeError) -> NotConnected:
    """What picows read of an answer that is no upgrade."""
    answer = Answer()
    try:
        whole = answer.feed((error.raw_header or b"") + b"\r\n\r\n" + (error.raw_body or b""))
    except ValueError as problem:
        return NotConnected(f"the upgrade was not answered by HTTP: {problem}")
    if whole and answer.status != 101:
        return answer.refusal()
    kind = type(error).__name__
    return NotConnected(f"the upgrade was answered wrongly: {kind}", status=answer.status, headers=answer.headers)
