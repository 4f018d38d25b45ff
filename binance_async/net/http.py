"""HTTP over aiohttp: one request, sent once, and the truth about how it ended.

What a caller must know of a failed write is whether the exchange can have got it. There is one piece of evidence for
that, and everything here hangs on it: aiohttp calls `ClientRequest.send` when it holds an open connection (looked up,
connected, TLS agreed, the proxy's tunnel open) and has written nothing of the request. `_Request` overrides that one
method to note the fact, so

* a failure before it is `NotConnected`: provably no byte left;
* a failure after it is `Disconnected`, whatever it was: time ran out, reset, a cut body, an answer that is not HTTP;
* a cancelled call raises `CancelledError` with the attribute `sent`: false if provably no byte left. A reader takes a
  missing attribute for true. (A subclass would say it better, but `asyncio.timeout` of Python 3.11 ignores subclasses.)

**Sent once.** aiohttp by itself sends GET, PUT and DELETE again when a kept connection breaks, which executes them
twice. Its private switch for that is off, and `_Request.send` refuses a second time too, so that the promise does not
rest on a private name.

**The right answer.** On a kept connection, what the peer says unasked (a 408 before it closes, an answer sent twice)
would be taken for the answer to the next request, and every later one would be shifted; aiohttp does not look. And a
request that is written into a connection that the peer has closed ends in an unknown outcome. So a kept connection is
used only if nothing was received on it since its last answer; the kernel is asked as well when the event loop may not
have read for a while, because the program computed or slept. Otherwise it is dropped and another one is taken, which
repeats nothing, because nothing was sent.

**Cut bodies.** Too few bytes for the `Content-Length` and a chunked body without its last chunk are found by aiohttp.
It does not find a gzip stream that ends too early inside a body of the right length, so decompression is done here,
where the end of the stream is checked; the only encoding asked for is gzip. A body whose length nobody stated (it ends
with the connection) cannot be checked, and is handed on as it came: a JSON object or array that was cut does not
decode, so `core.reply` finds that one. Compressed or not, a body is at most `BODY_LIMIT` bytes.

**Time** runs from the beginning of a call to the last byte of its body. When it is up the call is ended the way `close`
does it, by a cancellation of the task which is taken back before it leaves `request`. There is one timer for all calls,
set for the first that may be due; that costs less than one a call.

**Secrets.** The exceptions of aiohttp hold the request's headers and the signed URL, and so do the frames of their
tracebacks. They are described in our own words, and the result is raised outside the handler and without the
arguments of the call, so that neither its cause, nor its context, nor the locals of this module's frame hold a key.
"""

from __future__ import annotations

import asyncio
import functools
import math
import os
import select
import socket
import ssl
import sys
import zlib
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import SplitResult

import aiohttp
from aiohttp import ClientRequest, ClientResponse, ClientSession, ClientTimeout, TCPConnector, hdrs
from yarl import URL

from binance_async._version import __version__
from binance_async.net.seams import Disconnected, HttpReply, NotConnected
from binance_async.net.tls import client_context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.abc import AbstractResolver
    from aiohttp.connector import Connection

__all__ = ["BODY_LIMIT", "AiohttpHttp"]

BODY_LIMIT: Final = 32 * 1024 * 1024
"""Bytes of an answer's body, as it comes and when decompressed; a longer one is `Disconnected`."""

CONNECT_WITHIN: Final = 5.0
"""Seconds of a call's time that connecting may take, so that a dead address leaves time for another attempt."""

CLOSE_WITHIN: Final = 0.2
"""Seconds that each of the two steps of `close` may take."""

KEEP_ALIVE: Final = 30.0
"""Seconds a connection is kept unused; the longer, the more often the peer has closed it by then."""

PROBE_AFTER: Final = 0.05
"""Seconds without an answer, after which a kept connection is looked at before it is used."""

DNS_CACHE: Final = 10
"""Seconds an address is believed, unless connecting to it failed."""


class _Attempt:
    """One call of `request`: in which task it runs, whether a byte of it may have left, whether we have ended it."""

    __slots__ = ("cancelling", "connecting", "deadline", "ended", "probe", "sent", "task")

    def __init__(self, task: asyncio.Task[Any], deadline: float, probe: bool) -> None:
        self.task = task
        self.cancelling = task.cancelling()
        self.deadline = deadline
        self.probe = probe
        self.connecting = False
        self.sent = False
        self.ended = False

    def end(self) -> None:
        """End the call, as time is up or the connections close, by a cancellation that does not leave `request`."""
        if not self.ended:
            self.ended = True
            self.task.cancel()

    def cancelled_by_others(self) -> bool:
        """Whether somebody else wants the task to end; that is not aiohttp, which cancels futures of its own."""
        return self.task.cancelling() - self.ended > self.cancelling


_attempt: ContextVar[_Attempt] = ContextVar("binance_async_http_attempt")


class _Broken(Exception):
    """The answer is of no use. The text is ours and safe to show."""


class _Stale(Exception):
    """A kept connection is of no use any more, and nothing was written yet; another one may do."""


class _Request(ClientRequest):
    """Knows when its first byte may leave, and does not leave twice."""

    # Stated here rather than on the session, where they would be copied into each request.
    DEFAULT_HEADERS = {hdrs.ACCEPT_ENCODING: "gzip", hdrs.USER_AGENT: f"binance-async/{__version__}"}  # noqa: RUF012
    POST_METHODS: set[str] = set()  # noqa: RUF012 - those that aiohttp gives a content type of its own, body or not

    async def send(self, conn: Connection) -> ClientResponse:
        """Write the request; called by aiohttp with an open connection on which nothing of it is written yet."""
        attempt = _attempt.get()
        assert conn.protocol is not None
        if attempt.sent:
            raise _Broken("the connection was lost, and a request is not sent twice")
        if not attempt.connecting and (conn.protocol.should_close or (attempt.probe and _has_input(conn))):
            raise _Stale
        attempt.sent = True
        return await super().send(conn)


def _has_input(conn: Connection) -> bool:
    """Whether the kernel holds something of the peer, or its end, that the event loop has not read yet."""
    if conn.transport is None:
        return True
    number = conn.transport.get_extra_info("socket").fileno()
    if sys.platform == "win32":
        return bool(select.select([number], [], [], 0)[0])
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return bool(poll.poll(0))


def _new_socket(address: tuple[Any, ...]) -> socket.socket:
    """Make the socket of a new connection, and note that the call does not get a kept one."""
    _attempt.get().connecting = True
    return socket.socket(*address[:3])


class AiohttpHttp:
    """`Http` over an aiohttp session, which is made by the first request and belongs to its event loop."""

    __slots__ = (
        "_alarm",
        "_alarm_at",
        "_attempts",
        "_closed",
        "_idle",
        "_proxy",
        "_resolver",
        "_session",
        "_ssl_context",
        "_watched",
    )

    def __init__(
        self,
        *,
        proxy: str | None = None,
        ssl_context: ssl.SSLContext | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._proxy = _proxy_url(proxy)
        # The default is made when it is needed; a given one is refused here, where its maker sees it.
        self._ssl_context = None if ssl_context is None else client_context(ssl_context)
        self._resolver = resolver
        self._session: ClientSession | None = None
        self._attempts: set[_Attempt] = set()
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = math.inf  # one for all: no call's time is up before it
        self._watched = 0.0  # when the event loop was last known to have looked at all connections
        self._idle: asyncio.Future[None] | None = None
        self._closed = False

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, timeout: float
    ) -> HttpReply:
        """Send exactly these bytes, once. Raises `NotConnected` or `Disconnected`; see the module for cancellation."""
        if self._closed or not timeout > 0:
            raise NotConnected("the HTTP connections are closed" if self._closed else "no time is left")
        task = asyncio.current_task()
        if task is None:
            raise NotConnected("a request needs a task to run in")
        loop = task.get_loop()
        now = loop.time()
        attempt = _Attempt(task, now + timeout, probe=now - self._watched > PROBE_AFTER)
        if attempt.deadline < self._alarm_at:
            self._set_alarm(loop, attempt.deadline)
        self._attempts.add(attempt)
        token = _attempt.set(attempt)
        try:
            reply = await self._exchange(method, url, headers, body)
        except asyncio.CancelledError as cancelled:
            failure = self._cancelled(attempt, cancelled, timeout)
        except Exception as error:  # noqa: BLE001 - whatever it is: bytes may have left, and its text may hold the URL
            failure = self._failure(attempt, _cause(error))
        else:
            self._watched = loop.time()
            return reply
        finally:
            _attempt.reset(token)
            self._attempts.discard(attempt)
            if attempt.ended:
                self._ended(attempt)
        del url, headers, body
        raise failure

    def _set_alarm(self, loop: asyncio.AbstractEventLoop, at: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm, self._alarm_at = loop.call_at(at, self._time_is_up, loop), at

    def _time_is_up(self, loop: asyncio.AbstractEventLoop) -> None:
        """It may be so for no call at all: those that were answered have left the alarm set."""
        self._alarm, self._alarm_at = None, math.inf
        now = loop.time()
        for attempt in self._attempts:
            if attempt.deadline <= now:
                attempt.end()
        left = [attempt.deadline for attempt in self._attempts if not attempt.ended]
        if left:
            self._set_alarm(loop, min(left))

    async def close(self) -> None:
        """Close every connection; calls under way end as `NotConnected` or `Disconnected`. Idempotent."""
        self._closed = True
        if self._alarm is not None:
            self._alarm.cancel()
        for attempt in self._attempts:
            attempt.end()
        if self._attempts:
            self._idle = self._idle or asyncio.get_running_loop().create_future()
            await asyncio.wait((self._idle,), timeout=CLOSE_WITHIN)
        if self._session is not None:
            # aiohttp closes the connections first; what it waits for after that has been seen never to come.
            closing = asyncio.ensure_future(self._session.close())
            await asyncio.wait((closing,), timeout=CLOSE_WITHIN)
            closing.cancel()

    async def _exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> HttpReply:
        session = self._session or self._open()
        target = _target(url)
        # aiohttp would state a type for a body that the caller gave none.
        skip = None if body is None or "Content-Type" in headers else (hdrs.CONTENT_TYPE,)
        while True:
            try:
                response = await session.request(
                    method,
                    target,
                    headers=headers,
                    data=body,
                    skip_auto_headers=skip,
                    allow_redirects=False,
                )
            except _Stale:
                continue  # comes to an end: each turn drops a kept connection, and a new one is never stale
            return await _read(response)

    def _open(self) -> ClientSession:
        connector = TCPConnector(
            ssl=client_context(self._ssl_context),
            resolver=self._resolver,
            socket_factory=_new_socket,
            ttl_dns_cache=DNS_CACHE,
            keepalive_timeout=KEEP_ALIVE,
        )
        session = ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            proxy=self._proxy,
            request_class=_Request,
            timeout=ClientTimeout(connect=CONNECT_WITHIN, ceil_threshold=CONNECT_WITHIN),
            auto_decompress=False,
            trust_env=False,
        )
        session._retry_connection = False  # pyright: ignore[reportPrivateUsage] - there is no public name
        self._session = session
        return session

    def _failure(self, attempt: _Attempt, cause: str) -> Exception:
        if attempt.sent:
            return Disconnected(cause)
        connector = self._session.connector if self._session is not None else None
        if isinstance(connector, TCPConnector):
            connector.clear_dns_cache()  # the address may have changed: look it up again next time
        return NotConnected(cause)

    def _cancelled(self, attempt: _Attempt, cancelled: asyncio.CancelledError, timeout: float) -> BaseException:
        if attempt.cancelled_by_others():
            cancelled.sent = attempt.sent  # type: ignore[attr-defined]  # the class allows it; see the module
            return cancelled.with_traceback(None)
        if self._closed or not attempt.ended:
            return self._failure(attempt, "the HTTP connections were closed")
        return self._failure(attempt, f"no {'answer' if attempt.sent else 'connection'} within {timeout:g} s")

    def _ended(self, attempt: _Attempt) -> None:
        attempt.task.uncancel()
        if self._idle is not None and not self._attempts and not self._idle.done():
            self._idle.set_result(None)


def _proxy_url(proxy: str | None) -> URL | None:
    """The proxy's address, checked. Messages do not repeat it, as it may hold a password."""
    if proxy is None:
        return None
    try:
        url = URL(proxy)
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError("proxy must be an address like http://user:password@host:port")
    return url


def _target(url: str) -> URL:
    """`url` as aiohttp wants it, with not a byte changed. Only the query differs from call to call.

    It is made as pickle makes one: that is the quickest way, and the only one by which yarl does not keep each signed
    address in its caches.
    """
    base, _, query = url.partition("?")
    target = URL()
    target.__setstate__((SplitResult(*_parts(base), query, ""),))
    return target


@functools.lru_cache(maxsize=1024)
def _parts(base: str) -> tuple[str, str, str]:
    url = URL(base, encoded=True)
    return url.scheme, url.raw_authority, url.raw_path


async def _read(response: ClientResponse) -> HttpReply:
    content = response.content
    try:
        # As a rule all of it has come with the headers.
        body = content.read_nowait() if content.is_eof() else await _rest_of(content)
        if len(body) > BODY_LIMIT:
            raise _Broken(f"the answer is longer than {BODY_LIMIT} bytes")
    except BaseException:
        response.close()
        raise
    if response.connection is not None:
        response.release()  # done by now, unless this is an upgrade that nobody asked for
    headers = response.headers
    encoding = headers.get(hdrs.CONTENT_ENCODING)
    if encoding is not None:
        body = _decompress(body, encoding.lower())
    return HttpReply(response.status, headers, body)


async def _rest_of(content: aiohttp.StreamReader) -> bytes:
    """What is still to come, and no more than is allowed."""
    parts: list[bytes] = []
    size = 0
    while size <= BODY_LIMIT and (part := await content.readany()):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _decompress(body: bytes, encoding: str) -> bytes:
    if encoding == "identity":
        return body
    if encoding != "gzip":
        raise _Broken("the answer is in an encoding that was not asked for")
    if not body:
        return body  # an answer to HEAD, or one without a body, may say gzip all the same
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = stream.decompress(body, BODY_LIMIT + 1)
    except zlib.error:
        raise _Broken("the answer is not the gzip that it says it is") from None
    if len(plain) > BODY_LIMIT:
        raise _Broken(f"the answer is longer than {BODY_LIMIT} bytes")
    if not stream.eof or stream.unused_data:
        raise _Broken("the answer was cut short: its gzip stream has no end")
    return plain


def _cause(error: Exception) -> str:
    """What happened, in words that cannot hold anything of the request."""
    match error:
        case _Broken():
            return str(error)
        case aiohttp.ClientConnectorDNSError():
            return f"the name {error.host} has no address"
        case aiohttp.ClientConnectorCertificateError(certificate_error=ssl.SSLCertVerificationError() as refusal):
            return f"certificate refused: {refusal.verify_message}"
        case aiohttp.ClientConnectorSSLError():
            return "TLS handshake failed"
        case aiohttp.ClientHttpProxyError():
            return f"the proxy refused to connect: HTTP {error.status}"
        case aiohttp.ClientProxyConnectionError():
            return f"no connection to the proxy: {_errno_text(error)}"
        case aiohttp.ClientConnectorError():
            return f"no connection: {_errno_text(error)}"
        case TimeoutError() if error.errno is None:
            return f"no connection within {CONNECT_WITHIN:g} s"
        case aiohttp.ServerDisconnectedError():
            return "the peer closed the connection without an answer"
        case aiohttp.ClientPayloadError():
            return "the answer was cut short"
        case aiohttp.ClientResponseError():
            return "the answer is not HTTP"
        case OSError():
            return f"connection lost: {_errno_text(error)}"
        case _:
            return f"the request failed: {type(error).__name__}"


def _errno_text(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else type(error).__name__
