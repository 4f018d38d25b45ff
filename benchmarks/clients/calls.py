# mypy: disable-error-code="import-not-found, import-untyped"
"""A call without a network: what a declaration costs, and what the whole client around it costs."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from benchmarks import payloads
from benchmarks.clients import harness, keys
from benchmarks.sender import replies

_ARGUMENTS: dict[str, Any] = {"time_in_force": "GTC", "quantity": "0.001", "price": "43250.01"}


async def _timed(task: harness.Task, one: Callable[[], Awaitable[Any]]) -> None:
    async def many(times: int) -> None:
        for _ in range(times):
            for _ in range(100):
                await one()

    def operate(times: int) -> None:
        run = many(times)
        try:
            run.send(None)
        except StopIteration:
            return
        raise RuntimeError("the call waited for something")

    harness.timed(task, operate, 100)


async def declared(task: harness.Task) -> None:
    """A declared call up to the wire: arguments checked, bound, written as text and percent-encoded."""
    from binance_async.core import wire
    from binance_async.core.signing import encode_query
    from binance_async.spot import Calls

    class Wire:
        async def call(self, endpoint: Any, bound: Any) -> Any:
            return encode_query(wire.texts(bound))

    calls = Calls(Wire())
    if task["call"] == "place_order":
        await _timed(task, lambda: calls.place_order("BTCUSDT", "BUY", "LIMIT", **_ARGUMENTS))
    await _timed(task, lambda: calls.order("BTCUSDT", order_id=4_293_153))


async def by_hand(task: harness.Task) -> None:
    """Floor: the same text by `urlencode` from a dict."""

    async def place_order() -> str:
        return urlencode({"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC",
                          "quantity": "0.001", "price": "43250.01"})  # fmt: skip

    async def order() -> str:
        return urlencode({"symbol": "BTCUSDT", "orderId": 4_293_153})

    await _timed(task, place_order if task["call"] == "place_order" else order)


class _Http:
    """The `Http` seam without a network: every request is answered at once."""

    def __init__(self) -> None:
        from binance_async.net.seams import HttpReply

        headers = {
            "content-type": "application/json;charset=UTF-8",
            "x-mbx-used-weight": "1",
            "x-mbx-used-weight-1m": "1",
        }
        self._replies = {
            "GET": HttpReply(200, headers, replies.as_json(payloads.ORDER)),
            "POST": HttpReply(200, {**headers, "x-mbx-order-count-10s": "1"}, replies.as_json(payloads.PLACED)),
        }

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, timeout: float
    ) -> Any:
        return self._replies[method]

    async def close(self) -> None: ...


async def client(task: harness.Task) -> None:
    """The whole client but the network: budget, client order id, timestamp, HMAC, headers, reply, decoder."""
    from binance_async import Binance, Credentials, Environment
    from binance_async.net.seams import Seams

    environment = Environment.custom("spot", rest="http://127.0.0.1:1")
    seams = Seams(http=lambda **_: _Http())
    binance = Binance(Credentials.hmac(keys.API_KEY, keys.HMAC_SECRET), environment=environment, seams=seams)
    async with binance:
        if task["call"] == "place_order":
            await _timed(task, lambda: binance.spot.place_order("BTCUSDT", "BUY", "LIMIT", **_ARGUMENTS))
        await _timed(task, lambda: binance.spot.order("BTCUSDT", order_id=4_293_153))


async def signed_by_hand(task: harness.Task) -> None:
    """Floor: text, timestamp and HMAC by the standard library, and one msgspec decode of the reply."""
    import msgspec

    from benchmarks.clients import structs

    secret, body = keys.HMAC_SECRET.encode(), replies.as_json(payloads.ORDER)
    decode = msgspec.json.Decoder(structs.Order).decode

    async def order() -> Any:
        query = urlencode({"symbol": "BTCUSDT", "orderId": 4_293_153, "timestamp": int(time.time() * 1000)})
        signature = hmac.new(secret, query.encode(), hashlib.sha256).hexdigest()
        return decode(body), f"{query}&signature={signature}"

    await _timed(task, order)


async def python_binance(task: harness.Task) -> None:
    """Peer: what python-binance does between the call and `session.get`, and its way to read a reply."""
    import json

    from binance import AsyncClient

    peer = AsyncClient(keys.API_KEY, keys.HMAC_SECRET)
    text = replies.as_json(payloads.ORDER).decode()

    async def answered(method: str, uri: str, signed: bool, force_params: bool = False, **kwargs: Any) -> Any:
        peer._get_request_kwargs(method, signed, force_params, **kwargs)
        return json.loads(text)

    peer._request = answered
    if task["call"] == "place_order":
        await _timed(
            task,
            lambda: peer.create_order(
                symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.001", price="43250.01"
            ),
        )
    await _timed(task, lambda: peer.get_order(symbol="BTCUSDT", orderId=4_293_153))


if __name__ == "__main__":
    harness.main(
        declared=declared,
        by_hand=by_hand,
        client=client,
        signed_by_hand=signed_by_hand,
        python_binance=python_binance,
    )
