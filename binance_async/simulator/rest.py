"""The REST door: from an HTTP request to an HTTP reply."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from typing import TYPE_CHECKING

from binance_async.core.endpoint import Endpoint
from binance_async.net.seams import HttpReply
from binance_async.simulator import auth, params
from binance_async.simulator.answers import Answer, answer_to
from binance_async.simulator.calls import Call
from binance_async.simulator.engine import ExchangeError
from binance_async.simulator.limits import Limited, order_headers
from binance_async.simulator.transport import Broken, Fate

if TYPE_CHECKING:
    from binance_async.simulator.exchange import Exchange

__all__ = ["RestDoor"]

_JSON = "application/json;charset=UTF-8"
_HTML = "<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center></body></html>"


class RestDoor:
    """Answers HTTP requests."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._routes: dict[str, dict[str, Endpoint]] = {}
        self._patterns: list[tuple[tuple[str, ...], str]] = []
        for endpoint in exchange.rest_endpoints:
            assert endpoint.path is not None
            assert endpoint.method is not None
            self._routes.setdefault(endpoint.path, {})[endpoint.method] = endpoint
            if "{" in endpoint.path:
                self._patterns.append((tuple(endpoint.path.split("/")), endpoint.path))

    async def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes, ip: str) -> HttpReply:
        """The reply to a request. Raises `Broken` where the connection fares otherwise."""
        path, _, query = target.partition("?")
        route, in_path = self._route(path)
        endpoint = route.get(method)
        if endpoint is None:
            return self._nothing_there(path, headers, known=bool(route))
        answer = await self._answer(endpoint, query, body.decode("utf-8", "surrogateescape"), headers, ip, in_path)
        return self._reply(answer)

    def _route(self, path: str) -> tuple[dict[str, Endpoint], dict[str, str]]:
        """The calls of a path, and the parameters that stand in the path itself."""
        if path in self._routes:
            return self._routes[path], {}
        parts = path.split("/")
        for pattern, name in self._patterns:
            if len(pattern) != len(parts):
                continue
            pairs = list(zip(pattern, parts, strict=True))
            if all(place == part or place.startswith("{") for place, part in pairs):
                return self._routes[name], {place.strip("{}"): part for place, part in pairs if place.startswith("{")}
        return {}, {}

    async def _answer(
        self, endpoint: Endpoint, query: str, body: str, headers: Mapping[str, str], ip: str, in_path: dict[str, str]
    ) -> Answer:
        exchange = self._exchange
        malformed = None
        texts: dict[str, str] = {}
        try:
            texts = {**params.texts_of_form(query, body, lists=params.lists_of(endpoint)), **in_path}
            micro = _micro(headers.get("x-mbx-time-unit"))
        except ExchangeError as error:
            micro, malformed = False, error
        payload, signature = auth.raw_payload(query, body)
        call = Call(
            door="rest",
            endpoint=endpoint,
            ip=ip,
            texts=texts,
            micro=micro,
            api_key=headers.get("x-mbx-apikey"),
            signature=texts.get("signature", signature),
            payload=payload,
            malformed=malformed,
        )
        answer = answer_to(exchange, call)
        answer.headers = {**exchange.limiter.headers(ip), **self._order_headers(call, answer), **answer.headers}
        if isinstance(answer.error, Limited):
            answer.headers["retry-after"] = str(answer.error.retry_after)
            answer.body.pop("data", None)  # the time is in the header here
        if answer.delay:
            await exchange.clock.sleep(answer.delay)
        return answer

    def _order_headers(self, call: Call, answer: Answer) -> dict[str, str]:
        if not call.endpoint.orders or answer.error is not None:
            return {}
        return order_headers(self._exchange.engine.order_counts(call.account))

    def _reply(self, answer: Answer) -> HttpReply:
        headers = {"content-type": _JSON if answer.text is None else _kind_of(answer.text), **answer.headers}
        body = answer.encoded
        if answer.gzip:
            body, headers["content-encoding"] = gzip.compress(body, mtime=0), "gzip"
        if answer.fate == "cut" and answer.whole:
            return HttpReply(answer.status, headers, body[: answer.at])
        reply = HttpReply(answer.status, headers, body)
        if answer.fate is not None:
            raise Broken(answer.fate, reply, answer.at)
        if answer.socket:
            raise Broken(_FATES.get(type(answer.socket[0]).__name__, "silence"), reply)
        return reply

    def _nothing_there(self, path: str, headers: Mapping[str, str], *, known: bool) -> HttpReply:
        if known:
            body = b'{"code":-1020,"msg":"This operation is not supported."}'
            return HttpReply(405, {"content-type": _JSON}, body)
        if "text/html" in headers.get("accept", ""):
            return HttpReply(404, {"content-type": "text/html"}, _HTML.encode())
        self._exchange.history.counters["not_found"] += 1
        return HttpReply(404, {"content-type": _JSON}, b"")


_FATES: dict[str, Fate] = {"Reset": "reset", "EndFile": "close", "Close": "close"}


def _kind_of(text: str) -> str:
    return "text/html" if text.lstrip().startswith("<") else _JSON


def _micro(unit: str | None) -> bool:
    """Whether times are asked for in microseconds. Raises `ExchangeError`."""
    if unit is None or unit in ("MILLISECOND", "millisecond"):
        return False
    if unit in ("MICROSECOND", "microsecond"):
        return True
    raise ExchangeError(-1194, "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.")
