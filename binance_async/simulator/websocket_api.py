"""The WebSocket API door: requests and replies over one socket, log-on, and user data on the same connection.

A request is `{id, method, params}`; its reply carries the same id and a status that means what HTTP's does. A session
that is logged on (`session.logon`, Ed25519 keys only) needs no key and no signature any more, only timestamps. User
data comes between the replies, in `{subscriptionId, event}` today and in `{event}` in the edition of 2025.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from binance_async.core.endpoint import Endpoint
from binance_async.simulator import auth, params
from binance_async.simulator.answers import Answer, answer_to
from binance_async.simulator.calls import Call, Handler
from binance_async.simulator.engine import ExchangeError
from binance_async.simulator.keys import Key
from binance_async.simulator.limits import Limited
from binance_async.simulator.sessions import SocketSession
from binance_async.simulator.transport import Message

if TYPE_CHECKING:
    from binance_async.simulator.exchange import Exchange
    from binance_async.simulator.user_data import Subscription

__all__ = ["SESSION_CALLS", "ApiSession"]

_MOST_ID = 36
_RESPONSES = frozenset({"userDataStream.ping", "userDataStream.stop"})


class _Request(msgspec.Struct):
    id: msgspec.Raw = msgspec.Raw(b"null")
    method: str = ""
    params: dict[str, msgspec.Raw] = {}


class ApiSession(SocketSession):
    """One connection of the WebSocket API."""

    door = "ws_api"

    def __init__(self, exchange: Exchange, target: str, ip: str, *, micro: bool, show_limits: bool) -> None:
        super().__init__(exchange, target, ip, micro=micro)
        self.show_limits = show_limits
        self.key: Key | None = None
        self.authorized_since: int | None = None
        self.subscriptions: dict[int, Subscription] = {}
        self._next_subscription = 0

    @property
    def account(self) -> int:
        """The account that is logged on; -1 for nobody."""
        return -1 if self.key is None else self.key.account

    # Requests

    def received(self, data: bytes) -> None:
        """One request."""
        try:
            request = msgspec.json.decode(data, type=_Request)
            self._id_of(request)
            texts = params.texts_of_json(request.params)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
            self.reply(b"null", Answer(400, *_error(ExchangeError(-1135, "Invalid JSON Request"))), show=False)
            return
        endpoint = self.exchange.ws_endpoints.get(request.method.removeprefix("v3/"))
        if endpoint is None:
            refusal = ExchangeError(-1020, "This operation is not supported.")
            self.reply(bytes(request.id), Answer(400, *_error(refusal)), show=self.show_limits)
            return
        self._call(bytes(request.id), endpoint, texts)

    def _id_of(self, request: _Request) -> None:
        """Refuse an id that is no int, no short text and not null."""
        value: Any = msgspec.json.decode(request.id)
        if isinstance(value, bool) or not (value is None or isinstance(value, (int, str))):
            raise ValueError("no id")
        if isinstance(value, str) and len(value) > _MOST_ID:
            raise ValueError("no id")

    def _call(self, id: bytes, endpoint: Endpoint, texts: dict[str, str]) -> None:
        if self.key is not None and self.key.revoked:
            self._log_off_revoked()
            return
        # `apiKey` with the parameters of a call for which the session stands in is a call on its own account.
        call = Call(
            door="ws_api",
            endpoint=endpoint,
            ip=self.ip,
            texts=texts,
            micro=self.micro,
            api_key=texts.get("apiKey"),
            signature=texts.get("signature"),
            payload=auth.json_payload(texts),
            session=self,
            connection=self.number,
        )
        answer = answer_to(self.exchange, call)
        show = texts.get("returnRateLimits", "true" if self.show_limits else "false") != "false"
        self._deliver(id, call, answer, show=show)
        if isinstance(answer.error, Limited) and answer.error.status == 418:
            self.close(1008, "IP banned")

    def _deliver(self, id: bytes, call: Call, answer: Answer, *, show: bool) -> None:
        """Send the answer as the faults want it."""
        for stray in answer.strays:
            self.reply(msgspec.json.encode(stray), answer, show=show)
        if answer.fate is None:
            send = (self.reply, id, answer, call)
            if answer.delay:
                self._later(answer.delay, self.reply, id, answer, call, show)
            else:
                self.reply(id, answer, call, show=show)
            if answer.doubled is not None:
                self._later(answer.delay + answer.doubled, *send, show)
        elif self.wire is not None:
            self._later(answer.delay, self._end, answer.fate)
        for action in answer.socket:
            self.suffer(action)

    def _end(self, fate: str) -> None:
        if self.wire is None or not self.open or fate == "silence":
            return
        if fate == "close":
            self.wire.end()
        else:
            self.wire.abort()

    def reply(self, id: bytes, answer: Answer, call: Call | None = None, show: bool = True) -> None:
        """Write one reply."""
        body = answer.encoded
        parts = [b'{"id":', id, b',"status":', str(answer.status).encode()]
        if answer.text is not None and not _is_json(body):
            self.send(Message(body))  # what is no JSON is no reply either
            return
        parts += [b',"error":' if answer.error is not None else b',"result":', body]
        if call is not None and answer.error is None and call.endpoint.ws in _RESPONSES:
            parts += [b',"response":', body]  # the documents show this name, today's exchange the other
        if call is not None and call.simulated:
            parts += [b',"x-simulated":"example"']
        if show:
            parts += [b',"rateLimits":', msgspec.json.encode(self._rate_limits(call))]
        self.send(Message(b"".join((*parts, b"}"))))

    def _rate_limits(self, call: Call | None) -> list[dict[str, Any]]:
        rows = self.exchange.limiter.rows(self.ip)
        if call is not None and call.endpoint.orders and call.account >= 0:
            return [*self.exchange.engine.order_counts(call.account), *rows]
        return rows

    def _log_off_revoked(self) -> None:
        """The key has been revoked: no reply to anything, but a notice without an id."""
        self.log_off(everything=False)
        self.reply(b"null", Answer(401, *_error(auth.no_permission())), show=False)

    # The session

    def status(self) -> dict[str, Any]:
        """What `session.status` answers."""
        opened = self.record.opened_us
        scale = 1 if self.micro else 1_000
        return {
            "apiKey": None if self.key is None else self.key.api_key,
            "authorizedSince": None if self.authorized_since is None else self.authorized_since // scale,
            "connectedSince": opened // scale,
            "returnRateLimits": self.show_limits,
            "serverTime": self.exchange.clock.now_us() // scale,
            "userDataStream": bool(self.subscriptions),
        }

    def log_on(self, key: Key) -> None:
        """Requests without a key are this key's from now on."""
        if key.kind != "ed25519":
            raise ExchangeError(-4056, "HMAC_SHA256 API key is not supported.")
        self.key = key
        self.authorized_since = self.exchange.clock.now_us()

    def log_off(self, *, everything: bool) -> None:
        """Nobody is logged on any more; the user data of the log-on ends (that of signatures: if `everything`)."""
        self.key = None
        self.authorized_since = None
        for subscription in list(self.subscriptions.values()):
            if everything or not subscription.signed:
                self.unsubscribe(subscription.id)

    # User data

    def subscribe(self, account: int, *, signed: bool) -> dict[str, Any]:
        """Have an account's events come on this connection."""
        rules = self.exchange.rules
        if not signed and any(not each.signed for each in self.subscriptions.values()):
            raise ExchangeError(-2035, "User Data Stream subscription already active.")
        if (
            len(self.subscriptions) >= rules.live_subscriptions
            or self._next_subscription >= rules.lifetime_subscriptions
        ):
            raise ExchangeError(-2042, "Maximum subscription ID reached for this connection.")
        number = self._next_subscription
        self._next_subscription += 1
        self.subscriptions[number] = self.exchange.user_data.subscribe(self, account, number, signed=signed)
        return {"subscriptionId": number} if rules.edition >= 2026 else {}

    def unsubscribe(self, id: int | None = None) -> None:
        """End one subscription, or all: `eventStreamTerminated`."""
        if id is None:
            chosen = list(self.subscriptions)
        elif id in self.subscriptions:
            chosen = [id]
        else:
            raise ExchangeError(-2036, "User Data Stream subscription not active.")
        for each in chosen:
            self.subscriptions.pop(each).terminate()

    def ended(self) -> None:
        """The connection is gone."""
        for subscription in self.subscriptions.values():
            subscription.cancel()
        self.subscriptions.clear()


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _error(error: ExchangeError) -> tuple[Any, ExchangeError]:
    return error.payload(), error


# Calls that are about the connection


def _session(call: Call) -> ApiSession:
    if call.session is None:
        raise ExchangeError(-1020, "This operation is not supported.")
    return call.session


def _logon(exchange: Exchange, call: Call) -> Any:  # noqa: ARG001
    session = _session(call)
    assert call.key is not None
    session.log_on(call.key)
    return session.status()


def _logout(exchange: Exchange, call: Call) -> Any:
    session = _session(call)
    session.log_off(everything=exchange.rules.edition < 2026)
    return session.status()


def _subscribe(exchange: Exchange, call: Call) -> Any:  # noqa: ARG001
    session = _session(call)
    if session.key is None:
        raise ExchangeError(-1002, "You are not authorized to execute this request.", status=401)
    return session.subscribe(session.key.account, signed=False)


def _unsubscribe(exchange: Exchange, call: Call) -> Any:  # noqa: ARG001
    session = _session(call)
    session.unsubscribe(call.values.get("subscriptionId"))
    return {}


SESSION_CALLS: dict[str, Handler] = {
    "session.logon": _logon,
    "session.status": lambda exchange, call: _session(call).status(),  # noqa: ARG005
    "session.logout": _logout,
    "session.subscriptions": lambda exchange, call: [{"subscriptionId": n} for n in _session(call).subscriptions],  # noqa: ARG005
    "userDataStream.subscribe": _subscribe,
    "userDataStream.subscribe.signature": lambda exchange, call: _session(call).subscribe(call.account, signed=True),  # noqa: ARG005
    "userDataStream.unsubscribe": _unsubscribe,
}
