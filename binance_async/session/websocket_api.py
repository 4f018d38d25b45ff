"""The WebSocket API: the calls of REST over one lasting socket, side by side.

    call → budget → parameters, signed unless the session is logged on → frame → future by id → reply

With an Ed25519 key each new connection logs on (`session.logon`) before it counts as ready, and requests need no
signature; with other keys each request is signed. Replies carry `rateLimits`, which feed the budget that REST shares.

A request belongs to the socket it was sent on. When that dies, all its pending requests end in the same turn of the
loop: reads are asked again on the next socket, writes go to the resolver, and nothing is kept to be sent later, since
an order that arrives after a reconnect is an order that nobody expects any more. On a planned hand-over new requests
go to the new socket while the old one answers what it was asked.

While there is no connection, a read waits for the next one, and an order is refused at once. A session that is closed,
not open yet, or over for good (its key was refused) refuses every call and says why.

A key can lose its rights during a session. The exchange then answers the next request, whichever it was, with a
message without an id, and forgets the log-on. So such a message ends the connection, and with it all that is pending;
the next connection logs on anew, or learns for good that it may not.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import msgspec

from binance_async.core import reply as read
from binance_async.core import signing
from binance_async.core.endpoint import Bound, Endpoint
from binance_async.errors import (
    BinanceError,
    BudgetExhausted,
    ClientClosed,
    ConnectFailed,
    Unavailable,
    UnsupportedRoute,
)
from binance_async.net.seams import Disconnected, NotConnected
from binance_async.session.caller import FamilyCaller
from binance_async.session.connection import Connection, Link, State
from binance_async.session.limits import Room

if TYPE_CHECKING:
    from binance_async.core.signing import Signer
    from binance_async.session.family import Kit
    from binance_async.session.manager import Manager

log: Final = logging.getLogger("binance_async.websocket_api")


class Reply(msgspec.Struct):
    """A message of the WebSocket API: a reply by its id, or an event."""

    id: int | str | None = None
    status: int = 0
    result: msgspec.Raw = msgspec.Raw(b"")
    response: msgspec.Raw = msgspec.Raw(b"")
    """What some calls of Binance.US have in place of `result`."""
    error: msgspec.Raw = msgspec.Raw(b"")
    rateLimits: msgspec.Raw = msgspec.Raw(b"")  # noqa: N815 - the exchange's name
    event: msgspec.Raw = msgspec.Raw(b"")


UNAUTHORIZED = 401
_LOG_ONS = {"session.logon": True, "session.logout": False}
"""Whether a connection is logged on after these, whoever makes them."""

_reply = msgspec.json.Decoder(Reply)


class ApiConnection(Connection):
    """One socket of the WebSocket API."""

    frames: int
    late_replies: int

    def __init__(self, manager: Manager, name: str, on_event: Callable[[ApiConnection, bytes], None] | None) -> None:
        super().__init__(manager, name)
        self.logged_on = False
        self.unreadable: int = 0
        self._on_event = on_event

    def on_message(self, data: bytes) -> None:
        """A reply goes to its request, an event to whoever owns the connection."""
        self.frames += 1
        try:
            reply = _reply.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self.unreadable += 1
            log.warning("unreadable message of %d bytes on %s", len(data), self.name)
            return
        if reply.id is not None:
            self.answer(reply.id, reply)
        elif bytes(reply.event):
            self._event(data, bytes(reply.event))
        else:
            self._without_id(reply)

    def _without_id(self, reply: Reply) -> None:
        self.answer(None, reply)  # which counts it
        log.warning("message without an id on %s, status %d", self.name, reply.status)
        if reply.status == UNAUTHORIZED and self.logged_on:
            self.abort("the exchange has ended the log-on")

    def _event(self, data: bytes, event: bytes) -> None:
        if b'"serverShutdown"' in event:
            log.info("the exchange announced its shutdown on %s", self.name)
            self.shutdown_notice.set()
        elif self._on_event is not None:
            self._on_event(self, data)

    async def ask(self, method: str, params: Bound, *, timeout: float) -> Reply:
        """Send one request and wait for its reply.

        Raises `NotConnected` when nothing can have left, and `Disconnected` when no reply came.
        """
        request_id = self.next_id()
        request: dict[str, Any] = {"id": request_id, "method": method}
        if params:
            request["params"] = params
        future = self.expect(request_id)
        try:
            self.send(msgspec.json.encode(request))
        except Disconnected as error:
            self.pending.pop(request_id, None)
            raise NotConnected(error.cause) from None
        del request  # it holds the signature, and this frame is in the traceback of what comes
        try:
            reply: Reply = await self.reply(request_id, future, timeout)
        except Disconnected:
            if not future.done() or future.cancelled() or future.exception() is not None:
                raise
            reply = future.result()  # it came in the turn in which time was up: our own loop had stood still
        return reply


class WebsocketApi(FamilyCaller):
    """A WebSocket API session that lasts: carries calls, logs on, hands over."""

    def __init__(
        self,
        manager: Manager,
        kit: Kit,
        *,
        on_event: Callable[[ApiConnection, bytes], None] | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(manager, kit)
        self.name: str = name or f"{kit.family}.websocket"
        self.link: Link = Link(manager, self, self.name)
        self._on_event = on_event
        self._opened = 0
        self._connections: set[ApiConnection] = set()
        self._late_replies = 0
        self._ready = asyncio.Event()
        """Set when there is a connection, and when there will be none any more."""
        self._refusal: str | None = "this session is not open; open it with `async with`"

    def __repr__(self) -> str:
        link, pending = self.link, sum(len(connection.pending) for connection in self._connections)
        state = "lost" if link.current is None else link.current.state.value
        return (
            f"<WebsocketApi {self.name} {state}, {pending} pending, {self.late_replies} late replies, "
            f"{link.connects} connects, {link.rotations} rotations, {link.losses} losses>"
        )

    @property
    def late_replies(self) -> int:
        """Replies that nobody waited for: late, doubled, or with an id that was never sent."""
        return self._late_replies + sum(connection.late_replies for connection in self._connections)

    @property
    def url(self) -> str:
        """The address; it can carry options, and never secrets."""
        url = self.manager.environment.of(self.family).ws_api
        if url is None:
            raise UnsupportedRoute(f"the environment {self.manager.environment.name!r} names no WebSocket API")
        return url + ("?timeUnit=MICROSECOND" if self.manager.time_unit == "microseconds" else "")

    def diagnostics(self) -> dict[str, Any]:
        """Counters and state, for `Binance.diagnostics()`."""
        return {"links": [self.link.diagnostics()]}

    # Life

    async def start(self) -> None:
        """Connect and, where the key allows it, log on."""
        self.manager.check_usable(self.name)
        retry_at = self._embargo()
        if retry_at is not None:
            raise BudgetExhausted("the exchange wants no requests now", call=self.name, retry_at=retry_at)
        self.manager.on_close(self)
        try:
            await self.link.start()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """End the session. Idempotent."""
        self.manager.forget(self)
        self._end("this session is closed")
        await self.link.close()

    def _end(self, why: str) -> None:
        """Whoever waits for a connection is told, and whoever calls from now on."""
        self._refusal = why
        self._ready.set()

    async def open(self) -> Connection:
        """A connection that is logged on if it can be."""
        retry_at = self._embargo()
        if retry_at is not None:  # a handshake is a request too
            raise BudgetExhausted("the exchange wants no requests now", call=self.name, retry_at=retry_at)
        self._opened += 1
        connection = ApiConnection(self.manager, f"{self.name}/{self._opened}", self._on_event)
        self._connections.add(connection)
        connection.closed.add_done_callback(lambda _: self._forget(connection))
        try:
            await connection.open(self.url)
            await self.set_up(connection)
        except BaseException:
            await connection.close()
            raise
        return connection

    def _embargo(self) -> float | None:
        """Until when nothing may be sent, if that is so."""
        until = self.manager.limits(self.family).budget.embargo_until
        return until if until is not None and until > self.manager.server_time(self.family) else None

    def _forget(self, connection: ApiConnection) -> None:
        self._connections.discard(connection)
        self._late_replies += connection.late_replies
        if connection is self.link.current:  # before the reads that were lost with it look for the next one
            self._ready.clear()

    async def set_up(self, connection: ApiConnection) -> None:
        """Log on, if the key is of the kind that can."""
        credentials = self.manager.credentials
        if credentials is not None and credentials.kind == "ED25519" and self.kit.logon is not None:
            await self.on(connection, self.kit.logon, Bound())

    async def hand_over(self, old: Connection, new: Connection) -> None:
        """Requests belong to their socket, so nothing has to move."""

    def lost(self, cause: str) -> None:
        """Calls are refused until the link is back."""
        log.warning("%s lost: %s", self.name, cause)
        self._ready.clear()

    def restored(self, connection: Connection) -> None:
        """Calls go out again."""
        self._refusal = None
        self._ready.set()

    def failed(self, error: Exception) -> None:
        """Nothing more will be tried; whoever waits is told."""
        self._end(f"this session has ended: {error}")

    # Calls

    def check(self, endpoint: Endpoint) -> None:
        """Only calls that the WebSocket API has."""
        if endpoint.ws is None:
            raise UnsupportedRoute("the WebSocket API does not have this call; REST does", call=endpoint.name)

    async def attempt(self, endpoint: Endpoint, bound: Bound, signer: Signer | None) -> Any:
        """One request on the current socket; for a read that is lost with its socket, one more on the next."""
        connection = await self._connection(endpoint)
        try:
            return await self._request(connection, endpoint, bound, signer)
        except Unavailable:
            if endpoint.writes or not connection.closed.done():
                raise
        log.info("%s: its connection was lost; asked again on the next one", endpoint.name)
        return await self._request(await self._connection(endpoint), endpoint, bound, signer)

    async def _connection(self, endpoint: Endpoint) -> ApiConnection:
        current = self._usable()
        if current is None and self._refusal is None and not endpoint.writes:
            try:
                async with asyncio.timeout(self.manager.timings.request):
                    await self._ready.wait()
            except TimeoutError:
                pass  # it is told below
            current = self._usable()
        if self._refusal is not None:
            raise ClientClosed(self._refusal, call=endpoint.name)
        if current is None:
            raise ConnectFailed("the session has no connection now", call=endpoint.name)
        return current

    def _usable(self) -> ApiConnection | None:
        current = self.link.current
        return current if isinstance(current, ApiConnection) and current.state is State.READY else None

    async def on(
        self, connection: ApiConnection, endpoint: Endpoint, bound: Bound, signer: Signer | None = None
    ) -> Any:
        """A request on a given socket, once more if its timestamp is refused; a value or an error of `errors`."""
        if signer is None and endpoint.keyed:
            signer = self.manager.signer_for(endpoint.name, endpoint.security)
        return await self._timely(endpoint, lambda: self._request(connection, endpoint, bound, signer))

    async def _request(self, connection: ApiConnection, endpoint: Endpoint, bound: Bound, signer: Signer | None) -> Any:
        failure: BinanceError
        room = Room(self.limits, endpoint, endpoint.ws_weight.of(bound), self.limits.now())
        if room.full is not None:
            await room.wait()
        try:
            params = self._params(connection, endpoint, bound, signer, room.now)
            reply = await connection.ask(str(endpoint.ws), params, timeout=self.manager.timings.request)
            room.rate_limits(reply.rateLimits)
            if 200 <= reply.status < 300:
                if endpoint.ws in _LOG_ONS:
                    connection.logged_on = _LOG_ONS[endpoint.ws]
                value = self._value(endpoint, bound, reply, params)
                if endpoint.ws == "exchangeInfo":
                    self.limits.learn(value)
                return value
            failure = self._error(endpoint, bound, reply, params)
        except NotConnected as error:
            room.not_sent()
            failure = ConnectFailed(error.cause, call=endpoint.name)
        except Disconnected as error:
            failure = self.unanswered(endpoint, bound, error.cause)
        finally:
            room.leave()
        raise failure  # outside of the handlers: no frame below hangs on to it

    def _value(self, endpoint: Endpoint, bound: Bound, reply: Reply, params: Bound) -> Any:
        return read.value_of(
            endpoint.ws_decoder,
            reply.result if bytes(reply.result) else reply.response,
            status=reply.status,
            endpoint_name=endpoint.name,
            writes=endpoint.writes,
            client_order_id=self.client_order_id(endpoint, bound),
            secrets=self._secrets(params),
        )

    def _error(self, endpoint: Endpoint, bound: Bound, reply: Reply, params: Bound) -> BinanceError:
        now = self.manager.server_time(self.family)
        told = read.ws_error(reply.status, reply.error, now=now, secrets=self._secrets(params))
        self.manager.refused(self.family, endpoint, told)
        return read.error_of(
            told,
            endpoint_name=endpoint.name,
            family=self.family,
            writes=endpoint.writes,
            body=bytes(reply.error),
            client_order_id=self.client_order_id(endpoint, bound),
            secrets=self._secrets(params),
        )

    def _params(
        self, connection: ApiConnection, endpoint: Endpoint, bound: Bound, signer: Signer | None, now: float
    ) -> Bound:
        if not endpoint.keyed or signer is None:
            return bound
        if endpoint is self.kit.logon or endpoint is self.kit.subscribe_signature:
            return Bound(signing.signed_params(self.timestamped(endpoint, bound, now), signer))
        if endpoint.signed:
            params = self.timestamped(endpoint, bound, now)
            return params if connection.logged_on else Bound(signing.signed_params(params, signer))
        return bound if connection.logged_on else Bound(bound, apiKey=signer.api_key)

    def _secrets(self, params: Bound) -> Iterator[str]:
        """What an answer could give away: of a request, and of the log-on before it, which told the key for all."""
        if self.manager.credentials is not None:
            yield self.manager.credentials.api_key
        for name in ("signature", "listenKey"):
            if name in params:
                yield str(params[name])
