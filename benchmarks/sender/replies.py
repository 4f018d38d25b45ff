"""Answers of REST and of the WebSocket API, made before they are asked for."""

from __future__ import annotations

import json

from benchmarks import payloads
from benchmarks.sender import http

LIMIT = 10**9
"""The weight that a minute may cost here: no client shall wait for its budget."""


def as_json(value: object) -> bytes:
    """JSON as the exchange writes it, without spaces."""
    return json.dumps(value, separators=(",", ":")).encode()


def _bodies() -> dict[str, bytes]:
    return {
        "GET /api/v3/ping": b"{}",
        "GET /api/v3/time": as_json({"serverTime": payloads.TIME}),
        "GET /api/v3/ticker/price": as_json(payloads.PRICE),
        "GET /api/v3/order": as_json(payloads.ORDER),
        "POST /api/v3/order": as_json(payloads.PLACED),
        "GET /api/v3/exchangeInfo": as_json(payloads.exchange_info()),
        "GET /api/v3/openOrders": b"[]",
        "GET /api/v3/openOrderList": b"[]",
        "GET /api/v3/myTrades": b"[]",
        "GET /api/v3/account": as_json(payloads.ACCOUNT),
        "GET /api/v3/depth": as_json(payloads.snapshot(1000)),
    }


def rest_replies() -> dict[str, bytes]:
    """Whole HTTP answers by method and path."""
    return {call: http.reply(body) for call, body in _bodies().items()}


NOT_FOUND = http.reply(as_json({"code": -1, "msg": "the benchmark's sender does not know this call"}), "404 Not Found")

_RATE_LIMITS = as_json(
    [{"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": LIMIT, "count": 1}]
)


def api_replies() -> dict[str, bytes]:
    """What follows the id in a reply of the WebSocket API, by method."""
    results = {
        "ping": b"{}",
        "time": as_json({"serverTime": payloads.TIME}),
        "ticker.price": as_json(payloads.PRICE),
        "order.status": as_json(payloads.ORDER),
        "order.place": as_json(payloads.PLACED),
        "session.logon": as_json(
            {
                "apiKey": "key",
                "authorizedSince": payloads.TIME,
                "connectedSince": payloads.TIME,
                "returnRateLimits": True,
                "serverTime": payloads.TIME,
                "userDataStream": False,
            }
        ),
        "userDataStream.subscribe": as_json({"subscriptionId": 0}),
        "userDataStream.subscribe.signature": as_json({"subscriptionId": 0}),
        "userDataStream.unsubscribe": b"{}",
    }
    return {
        method: b',"status":200,"result":' + result + b',"rateLimits":' + _RATE_LIMITS + b"}"
        for method, result in results.items()
    }


UNKNOWN_METHOD = b',"status":400,"error":{"code":-1,"msg":"the benchmark\'s sender does not know this call"}}'
SUBSCRIBES_USER_DATA = ("userDataStream.subscribe", "userDataStream.subscribe.signature")
