"""REST calls: one request for one attempt, and what it proves.

    budget → timestamp and signature → one request → facts to the budget → value or error

See `caller` for what happens around it: the retries of reads, the resolution of lost outcomes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from binance_async.core import reply, wire
from binance_async.core.decoding import FAILURES
from binance_async.core.endpoint import Bound, Endpoint, Security, loose
from binance_async.errors import BinanceError, ConnectFailed, InvalidArgument, UnsupportedRoute
from binance_async.net.seams import Disconnected, HttpReply, NotConnected
from binance_async.session import guard, request
from binance_async.session.caller import FamilyCaller
from binance_async.session.limits import Room

if TYPE_CHECKING:
    from binance_async.core.budget import Priority
    from binance_async.core.signing import Signer
    from binance_async.session.family import Kit
    from binance_async.session.manager import Manager

_OURS = frozenset({"timestamp", "signature", "apiKey"})
_MICROSECONDS = {"X-MBX-TIME-UNIT": "MICROSECOND"}


class RestSession(FamilyCaller):
    """Carries a family's calls over HTTP."""

    def __init__(self, manager: Manager, kit: Kit, *, priority: Priority | None = None) -> None:
        super().__init__(manager, kit)
        self._priority = priority
        self._base = manager.environment.of(kit.family).rest
        self._extra = _MICROSECONDS if manager.time_unit == "microseconds" else None

    def check(self, endpoint: Endpoint) -> None:
        """Only calls that REST has."""
        if endpoint.method is None:
            raise UnsupportedRoute("only the WebSocket API has this call", call=endpoint.name)

    async def attempt(self, endpoint: Endpoint, bound: Bound, signer: Signer | None) -> Any:
        """One request."""
        manager = self.manager
        failure: BinanceError
        room = Room(self.limits, endpoint, endpoint.weight.of(bound), self.limits.now(), self._priority)
        if room.full is not None:
            await room.wait()
        try:
            prepared = self._prepare(endpoint, bound, signer, room.now)
            answer = await manager.http.request(
                prepared.method,
                prepared.url,
                headers=prepared.headers,
                body=prepared.body,
                timeout=manager.timings.request,
            )
            room.answered(answer.headers)
            if 200 <= answer.status < 300:
                return self._value(endpoint, bound, answer, prepared)
            failure = self._error(endpoint, bound, answer, prepared)
        except NotConnected as error:
            room.not_sent()
            failure = ConnectFailed(error.cause, call=endpoint.name)
        except Disconnected as error:
            failure = self.unanswered(endpoint, bound, error.cause)
        except asyncio.CancelledError as error:
            if getattr(error, "sent", True) is False:
                room.not_sent()
            raise
        finally:
            room.leave()
        # Raised outside of the handlers, so that no frame of the adapter, which holds the key, hangs on to it.
        raise failure

    def _prepare(self, endpoint: Endpoint, bound: Bound, signer: Signer | None, now: float) -> request.Request:
        method, signed = endpoint.method, endpoint.signed
        assert method is not None
        if signed:
            bound = self.timestamped(endpoint, bound, now)
        elif "{" in str(endpoint.path):
            bound = Bound(bound)  # the path takes its parameters out
        path = endpoint.route(bound)
        return request.build(
            method,
            self._base,
            path,
            wire.texts(bound),
            api_key=signer.api_key if signer is not None else None,
            signer=signer if signed else None,
            extra_headers=self._extra,
        )

    def _secrets(self, prepared: request.Request) -> Iterator[str]:
        yield from prepared.secrets()
        yield from self.manager.proxy_secrets()

    def _value(self, endpoint: Endpoint, bound: Bound, answer: HttpReply, prepared: request.Request) -> Any:
        try:
            value = endpoint.decoder.decode(answer.body)
        except FAILURES:
            pass  # told below, by who knows what to say of it
        else:
            if endpoint.path is not None and endpoint.path.endswith("/exchangeInfo"):
                self.limits.learn(value)
            return value
        return reply.value_of(
            endpoint.decoder,
            answer.body,
            status=answer.status,
            endpoint_name=endpoint.name,
            writes=endpoint.writes,
            client_order_id=self.client_order_id(endpoint, bound),
            secrets=self._secrets(prepared),
        )

    def _error(self, endpoint: Endpoint, bound: Bound, answer: HttpReply, prepared: request.Request) -> BinanceError:
        now = self.manager.server_time(self.family)
        told = reply.rest_error(answer.status, answer.headers, answer.body, now=now, secrets=self._secrets(prepared))
        self.manager.refused(self.family, endpoint, told)
        return reply.error_of(
            told,
            endpoint_name=endpoint.name,
            family=self.family,
            writes=endpoint.writes,
            body=answer.body,
            client_order_id=self.client_order_id(endpoint, bound),
            secrets=self._secrets(prepared),
        )

    async def request(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any],
        *,
        security: Security | str = Security.NONE,
        weight: int = 1,
    ) -> Any:
        """A call that is not declared: the arguments go as they are, the reply comes as plain JSON."""
        given = request.hidden(params)
        del params
        if isinstance(given, InvalidArgument):
            raise given
        if method not in ("GET", "POST", "PUT", "DELETE"):
            raise InvalidArgument("method takes GET, POST, PUT or DELETE", call="request", argument="method")
        try:
            needs = Security(security)
        except ValueError:
            names = ", ".join(s.value for s in Security)
            raise InvalidArgument(f"security takes one of {names}", call="request", argument="security") from None
        if type(weight) is not int or weight < 0:
            raise InvalidArgument("weight takes a whole number", call="request", argument="weight")
        endpoint = loose(self.family, method, guard.check_path(path), security=needs, weight=weight)
        if needs.signed and (taken := _OURS & given.keys()):
            name = min(taken)
            raise InvalidArgument(f"{name} is added by the client", call=endpoint.name, argument=name)
        return await self.call(endpoint, endpoint.bind_loosely(given))
