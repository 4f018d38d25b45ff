from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest
from simulator_kit import START, Rig, limit, virtual

from binance_async.simulator.engine import OrderLimit
from binance_async.simulator.rules import RateLimit, rules_for
from binance_async.simulator.transport import Refused

SMALL = replace(
    rules_for("spot"),
    weight=RateLimit("REQUEST_WEIGHT", "MINUTE", 1, 100),
    raw_requests=RateLimit("RAW_REQUESTS", "MINUTE", 5, 500),
    connections=RateLimit("CONNECTIONS", "MINUTE", 5, 3),
    patience=3,
)


@virtual
async def test_weight_is_counted_and_told() -> None:
    rig = Rig()
    reply = await rig.raw("GET", "/api/v3/depth?symbol=BTCUSDT&limit=500")
    assert reply.headers["x-mbx-used-weight-1m"] == reply.headers["x-mbx-used-weight"] == "25"
    reply = await rig.raw("GET", "/api/v3/ticker/24hr")
    assert reply.headers["x-mbx-used-weight-1m"] == "105"
    reply = await rig.raw("GET", "/api/v3/ping", ip="192.0.2.1")
    assert reply.headers["x-mbx-used-weight-1m"] == "1"


@virtual
async def test_rest_and_websocket_api_share_the_weight_of_their_address() -> None:
    rig = Rig()
    client = rig.api()
    rows = client.ask("depth", symbol="BTCUSDT")["rateLimits"]
    assert [(row["rateLimitType"], row["limit"], row["count"]) for row in rows] == [("REQUEST_WEIGHT", 6000, 7)]
    reply = await rig.raw("GET", "/api/v3/ping")
    assert reply.headers["x-mbx-used-weight"] == "8"
    assert rig.api(ip="192.0.2.1").ask("ping")["rateLimits"][0]["count"] == 3


@virtual
async def test_windows_are_aligned_to_the_clock() -> None:
    rig = Rig(rules=SMALL)
    await asyncio.sleep(59)
    await rig.rest("GET", "/api/v3/exchangeInfo")
    assert rig.exchange.limiter.used_weight("127.0.0.1") == 20
    await asyncio.sleep(1)
    assert rig.exchange.limiter.used_weight("127.0.0.1") == 0


@virtual
async def test_orders_that_succeed_are_free_today_and_were_not_in_2025() -> None:
    for edition, used in ((2026, "0"), (2025, "1")):
        rig = Rig(edition=edition)
        placed = await rig.signed_reply("POST", "/api/v3/order", **limit("BUY", "50000", "0.01"))
        assert placed.headers["x-mbx-used-weight"] == used
        assert placed.headers["x-mbx-order-count-10s"] == "1"
        assert placed.headers["x-mbx-order-count-1d"] == "1"
        failed = await rig.signed_reply("POST", "/api/v3/order", **limit("BUY", "50000", "0.0000001"))
        assert failed.status == 400
        assert int(failed.headers["x-mbx-used-weight"]) == int(used) + 1
        assert "x-mbx-order-count-10s" not in failed.headers


@virtual
async def test_429_then_418_and_nothing_is_served_before_the_time_that_was_told() -> None:
    rig = Rig(rules=SMALL)
    await asyncio.sleep(10)
    for _ in range(5):
        await rig.rest("GET", "/api/v3/exchangeInfo")
    for _ in range(3):
        reply = await rig.raw("GET", "/api/v3/exchangeInfo")
        assert (reply.status, reply.headers["retry-after"]) == (429, "50")
        body = json.loads(reply.body)
        assert body["code"] == -1003
        assert "data" not in body
        assert body["msg"].startswith("Too much request weight used; current limit is 100 request weight per 1 MINUTE.")
    reply = await rig.raw("GET", "/api/v3/ping")
    assert (reply.status, reply.headers["retry-after"]) == (418, "120")
    until = int((START + 10 + 120) * 1000)
    assert f"IP banned until {until}." in json.loads(reply.body)["msg"]
    await asyncio.sleep(119.5)
    reply = await rig.raw("GET", "/api/v3/ping")
    assert (reply.status, reply.headers["retry-after"]) == (418, "1")
    await asyncio.sleep(0.5)
    assert (await rig.raw("GET", "/api/v3/ping")).status == 200
    assert rig.exchange.limiter.refused == 3
    assert rig.exchange.limiter.banned == 2


@virtual
async def test_bans_grow_up_to_three_days_and_are_forgotten() -> None:
    rig = Rig()
    limiter = rig.exchange.limiter
    told: list[int] = []
    for _ in range(13):
        limiter.ban("192.0.2.1")
        reply = await rig.raw("GET", "/api/v3/ping", ip="192.0.2.1")
        told.append(int(reply.headers["retry-after"]))
        await asyncio.sleep(told[-1])
    assert told[:4] == [120, 240, 480, 960]
    assert told[-1] == 3 * 86_400
    await asyncio.sleep(86_401)
    limiter.ban("192.0.2.1")
    assert (await rig.raw("GET", "/api/v3/ping", ip="192.0.2.1")).headers["retry-after"] == "120"


@virtual
async def test_a_banned_websocket_api_connection_is_told_and_dropped() -> None:
    rig = Rig()
    client = rig.api()
    rig.exchange.limiter.ban("127.0.0.1", 60)
    reply = client.ask("ping")
    assert reply["status"] == 418
    assert reply["error"]["data"] == {"serverTime": rig.now, "retryAfter": rig.now + 60_000}
    assert client.closed == (1008, "IP banned")
    with pytest.raises(Refused) as refused:
        rig.api()
    assert refused.value.reply.status == 418
    assert refused.value.reply.headers["retry-after"] == "60"


@virtual
async def test_a_429_of_the_websocket_api_tells_the_time() -> None:
    rig = Rig(rules=SMALL)
    client = rig.api()
    for _ in range(4):
        client.ask("exchangeInfo")
    reply = client.ask("exchangeInfo")
    assert reply["status"] == 429
    assert reply["error"]["data"]["retryAfter"] == rig.now + 60_000
    assert client.closed is None


@virtual
async def test_connection_attempts_are_limited_by_address() -> None:
    rig = Rig(rules=SMALL)
    for _ in range(3):
        rig.stream()
    with pytest.raises(Refused) as refused:
        rig.stream()
    assert refused.value.reply.status == 429
    assert b"Too many connection attempts from IP; current limit is 3 per '5 MINUTE'." in refused.value.reply.body
    rig.stream(ip="192.0.2.1")
    await asyncio.sleep(300)
    rig.stream()


@virtual
async def test_raw_requests_are_limited_on_rest_alone() -> None:
    rules = replace(SMALL, weight=rules_for("spot").weight, raw_requests=RateLimit("RAW_REQUESTS", "MINUTE", 5, 2))
    rig = Rig(rules=rules)
    client = rig.api()
    assert [(await rig.raw("GET", "/api/v3/ping")).status for _ in range(3)] == [200, 200, 429]
    assert client.ask("ping")["status"] == 200


@virtual
async def test_order_counts_come_from_the_account() -> None:
    rig = Rig()
    for _ in range(100):
        await rig.buy(quantity="0.001")
    reply = await rig.signed_reply("POST", "/api/v3/order", **limit("BUY", "50000", "0.001"))
    assert reply.status == 429
    assert "retry-after" not in reply.headers
    assert json.loads(reply.body)["code"] == -1015
    await asyncio.sleep(10)
    assert (await rig.buy(quantity="0.001"))["status"] == "NEW"
    rows = (await rig.signed("GET", "/api/v3/rateLimit/order"))[0]
    assert rows == {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 100, "count": 1}


@virtual
async def test_foreign_weight_on_the_address() -> None:
    rig = Rig(rules=SMALL)
    rig.exchange.limiter.charge("127.0.0.1", 90)
    reply = await rig.raw("GET", "/api/v3/exchangeInfo")
    assert (reply.status, reply.headers["x-mbx-used-weight"]) == (429, "90")


@virtual
async def test_order_limits_can_be_set() -> None:
    rig = Rig(order_limits=[OrderLimit("SECOND", 10, 2)])
    statuses = [
        (await rig.signed_reply("POST", "/api/v3/order", **limit("BUY", "50000", "0.001"))).status for _ in range(3)
    ]
    assert statuses == [200, 200, 429]
