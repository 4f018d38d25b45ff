"""One call, whichever door it came through: read, admitted, authenticated, executed.

    text → values (by the declaration) → weight → key, time, signature → handler → engine

A call that is malformed is still counted, and refused only after its signature was found right, so that the exchange
tells a stranger nothing about its parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from binance_async.core.endpoint import TRADE, Endpoint
from binance_async.simulator import auth, params
from binance_async.simulator.engine import ExchangeError
from binance_async.simulator.examples import example_of
from binance_async.simulator.keys import Key

if TYPE_CHECKING:
    from binance_async.simulator.exchange import Exchange
    from binance_async.simulator.websocket_api import ApiSession

__all__ = ["Call", "Handler", "Outcome", "admit", "authenticate", "execute"]

Door = Literal["rest", "ws_api"]
Handler = Callable[["Exchange", "Call"], Any]


@dataclass(slots=True, eq=False)
class Call:
    """A request for one of the declared calls."""

    door: Door
    endpoint: Endpoint
    ip: str
    texts: dict[str, str]
    micro: bool = False
    api_key: str | None = None
    signature: str | None = None
    payload: bytes = b""
    """The bytes that the signature is of."""
    session: ApiSession | None = None
    connection: int = 0
    values: dict[str, Any] = field(default_factory=dict[str, Any])
    key: Key | None = None
    weight: int = 1
    malformed: ExchangeError | None = None
    simulated: bool = False
    """Whether the answer is an example, because the engine has no meaning for the call."""

    @property
    def name(self) -> str:
        """As the declaration names it, without its family."""
        return self.endpoint.name.rpartition(".")[2]

    @property
    def account(self) -> int:
        """The account of the key; -1 for nobody."""
        return -1 if self.key is None else self.key.account

    @property
    def client_order_id(self) -> str | None:
        """The client's own id of the order that the call is about."""
        for name in (self.endpoint.client_id, "origClientOrderId", "listClientOrderId", "newClientOrderId"):
            if name is not None and name in self.texts:
                return self.texts[name]
        return None


@dataclass(slots=True)
class Outcome:
    """How a call ended: a result, or an error with its HTTP status."""

    status: int
    body: Any
    error: ExchangeError | None = None


def admit(exchange: Exchange, call: Call) -> None:
    """Read the parameters and count the request. Raises `ExchangeError` for a broken limit alone."""
    endpoint = call.endpoint
    rule = endpoint.weight if call.door == "rest" else endpoint.ws_weight
    try:
        call.values = params.read(endpoint, call.texts)
        call.weight = rule.of(call.values)
    except ExchangeError as error:
        call.malformed = error
    exchange.limiter.admit(call.ip, call.weight, raw=call.door == "rest")


def authenticate(exchange: Exchange, call: Call) -> None:
    """Find the key behind the call and check that it may make it. Raises `ExchangeError`."""
    security = call.endpoint.security
    if not security.keyed:
        return
    session_key = None if call.session is None else call.session.key
    if call.api_key is None and session_key is not None:
        call.key = auth.check_key(exchange.key_ring, session_key.api_key, call.ip, security)
        if security.signed:
            auth.check_time(exchange.rules, call.texts, exchange.clock.now_us())
        return
    call.key = auth.check_key(exchange.key_ring, call.api_key, call.ip, security)
    if security.signed:
        auth.check_time(exchange.rules, call.texts, exchange.clock.now_us())
        auth.check_signature(call.key, call.payload, call.signature)


def execute(exchange: Exchange, call: Call) -> Any:
    """Do what the call asks for. Raises `ExchangeError`."""
    if call.malformed is not None:
        raise call.malformed
    handler = exchange.handler_of(call.endpoint)
    if handler is None:
        call.simulated = True
        example = example_of(call.endpoint)
        if example is None:
            raise ExchangeError(-1020, "This operation is not supported.")
        return example
    result = handler(exchange, call)
    if exchange.rules.edition >= 2026 and _free(call.endpoint):
        exchange.limiter.charge(call.ip, -call.weight)
    return result


def _free(endpoint: Endpoint) -> bool:
    """Whether the exchange gives the weight back where the call succeeds: orders and cancels, since 2026-04."""
    if endpoint.security is not TRADE or endpoint.path is None:
        return False
    return not endpoint.path.endswith("/test") and not endpoint.path.endswith("/keepPriority")
