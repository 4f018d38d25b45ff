from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from simulator_kit import Rig, limit, virtual

from binance_async.simulator import actions
from binance_async.simulator.transport import Refused


@virtual
async def test_ids_come_back_as_they_were_sent() -> None:
    client = Rig().api()
    for given in (1, -5, 2**63, "a1b2", "x" * 36, "", None):
        (reply,) = client.say({"id": given, "method": "ping"})
        assert reply.pop("rateLimits")
        assert reply == {"id": given, "status": 200, "result": {}}


@virtual
async def test_malformed_requests() -> None:
    client = Rig().api()
    for text in (b"{", b"[]", b'"x"', b'{"id":1.5,"method":"ping"}', b'{"id":true,"method":"ping"}', b"\xff\xfe"):
        assert client.say(text) == [
            {"id": None, "status": 400, "error": {"code": -1135, "msg": "Invalid JSON Request"}}
        ]
    long = client.say({"id": "x" * 37, "method": "ping"})
    assert long[0]["error"]["code"] == -1135
    reply = client.ask("order.guess")
    assert (reply["status"], reply["error"]["code"]) == (400, -1020)
    assert client.ask("v3/ping")["status"] == 200
    refused = client.ask("depth")
    assert (refused["status"], refused["error"]["code"], refused["id"]) == (400, -1102, 3)


@virtual
async def test_rate_limits_are_shown_unless_they_are_not_wanted() -> None:
    rig = Rig()
    client = rig.api()
    assert "rateLimits" in client.ask("ping")
    assert "rateLimits" not in client.ask("ping", returnRateLimits=False)
    quiet = rig.api("?returnRateLimits=false")
    assert "rateLimits" not in quiet.ask("time")
    assert "rateLimits" in quiet.ask("time", returnRateLimits=True)
    placed = client.signed("order.place", **limit("BUY", "50000", "0.01"))
    assert [(row["rateLimitType"], row["interval"]) for row in placed["rateLimits"]] == [
        ("ORDERS", "SECOND"),
        ("ORDERS", "DAY"),
        ("REQUEST_WEIGHT", "MINUTE"),
    ]


@virtual
async def test_microseconds_are_asked_for_in_the_url() -> None:
    rig = Rig()
    for unit in ("MICROSECOND", "microsecond"):
        assert rig.api(f"?timeUnit={unit}").ask("time")["result"] == {"serverTime": rig.clock.now_us()}
    with pytest.raises(Refused) as refused:
        rig.api("?timeUnit=DAY")
    assert refused.value.reply.status == 400
    assert json.loads(refused.value.reply.body)["code"] == -1194


@virtual
async def test_signed_requests_with_every_kind_of_key() -> None:
    rig = Rig()
    client = rig.api()
    for kind in ("hmac", "ed25519", "rsa"):
        key = rig.account.keys[kind]
        placed = client.signed("order.place", key, **limit("BUY", "50000", "0.01"))
        assert placed["result"]["status"] == "NEW"
        found = client.signed("order.status", key, symbol="BTCUSDT", orderId=placed["result"]["orderId"])
        assert found["result"]["origQty"] == "0.01000000"
    assert client.signed("order.status", symbol="BTCUSDT", orderId=99)["error"]["code"] == -2013
    wrong = client.ask("account.status", apiKey=rig.key.api_key, timestamp=rig.now, signature="00")
    assert (wrong["status"], wrong["error"]["code"]) == (400, -1022)


@virtual
async def test_logging_on() -> None:
    rig = Rig()
    client = rig.api()
    opened = rig.now
    status = client.ask("session.status")["result"]
    assert status == {
        "apiKey": None,
        "authorizedSince": None,
        "connectedSince": opened,
        "returnRateLimits": True,
        "serverTime": opened,
        "userDataStream": False,
    }
    await asyncio.sleep(5)
    key = rig.account.keys["ed25519"]
    result = client.log_on()["result"]
    assert (result["apiKey"], result["authorizedSince"]) == (key.api_key, rig.now)
    placed = client.ask("order.place", **limit("BUY", "50000", "0.01"), timestamp=rig.now)
    assert placed["status"] == 200
    without = client.ask("order.place", **limit("BUY", "50000", "0.01"))
    assert without["error"]["code"] == -1102
    stale = client.ask("account.status", timestamp=rig.now - 6000)
    assert stale["error"]["code"] == -1021
    other = rig.exchange.add_account()
    theirs = client.signed("account.status", other.keys["hmac"])
    assert theirs["result"]["uid"] == other.uid
    assert client.ask("account.status", timestamp=rig.now)["result"]["uid"] == rig.account.uid
    assert client.log_on(other.keys["ed25519"])["result"]["apiKey"] == other.keys["ed25519"].api_key
    assert client.ask("account.status", timestamp=rig.now)["result"]["uid"] == other.uid
    out = client.ask("session.logout")["result"]
    assert (out["apiKey"], out["authorizedSince"]) == (None, None)
    assert client.ask("account.status", timestamp=rig.now)["error"]["code"] == -2014


@virtual
async def test_only_ed25519_keys_log_on() -> None:
    rig = Rig()
    for kind in ("hmac", "rsa"):
        refused = rig.api().log_on(rig.account.keys[kind])
        assert (refused["status"], refused["error"]["code"]) == (400, -4056)


@virtual
async def test_user_data_of_the_log_on() -> None:
    rig = Rig()
    client = rig.api()
    assert client.ask("userDataStream.subscribe")["status"] == 401
    client.log_on()
    assert client.ask("userDataStream.subscribe")["result"] == {"subscriptionId": 0}
    assert client.ask("userDataStream.subscribe")["error"] == {
        "code": -2035,
        "msg": "User Data Stream subscription already active.",
    }
    assert client.ask("session.status")["result"]["userDataStream"] is True
    await rig.buy()
    kinds = [(event["subscriptionId"], event["event"]["e"]) for event in client.take()]
    assert kinds == [(0, "executionReport"), (0, "outboundAccountPosition")]
    assert client.ask("session.subscriptions")["result"] == [{"subscriptionId": 0}]
    client.ask("userDataStream.unsubscribe", subscriptionId=0)
    assert client.events == [{"subscriptionId": 0, "event": {"e": "eventStreamTerminated", "E": rig.now}}]
    await rig.buy()
    assert client.take() == []
    again = client.ask("userDataStream.unsubscribe", subscriptionId=0)
    assert again["error"] == {"code": -2036, "msg": "User Data Stream subscription not active."}
    assert client.ask("userDataStream.subscribe")["result"] == {"subscriptionId": 1}


@virtual
async def test_user_data_by_signature_for_any_key_and_several_accounts() -> None:
    rig = Rig()
    other = rig.exchange.add_account(balances={"USDT": 1_000})
    client = rig.api()
    for number, key in enumerate((rig.key, rig.account.keys["rsa"], other.keys["hmac"])):
        reply = client.signed("userDataStream.subscribe.signature", key)
        assert reply["result"] == {"subscriptionId": number}
    await rig.buy()
    assert [event["subscriptionId"] for event in client.take()] == [0, 1, 0, 1]
    await rig.signed("POST", "/api/v3/order", key=other.keys["hmac"], **limit("BUY", "50000", "0.01"))
    assert {event["subscriptionId"] for event in client.take()} == {2}
    client.log_on()
    client.ask("userDataStream.subscribe")
    client.ask("session.logout")
    assert [event["subscriptionId"] for event in client.events] == [3]
    assert [row["subscriptionId"] for row in client.ask("session.subscriptions")["result"]] == [0, 1, 2]
    client.ask("userDataStream.unsubscribe")
    assert client.ask("session.subscriptions")["result"] == []


@virtual
async def test_events_of_2025_have_no_subscription_id() -> None:
    rig = Rig(edition=2025)
    client = rig.api()
    client.log_on()
    assert client.ask("userDataStream.subscribe")["result"] == {}
    await rig.buy()
    assert [list(event) for event in client.take()] == [["event"], ["event"]]
    assert client.ask("session.subscriptions")["error"]["code"] == -1020


@virtual
async def test_events_are_in_the_unit_of_the_connection() -> None:
    rig = Rig()
    await asyncio.sleep(0.000123)
    milli, micro = rig.api(), rig.api("?timeUnit=MICROSECOND")
    for client in (milli, micro):
        client.signed("userDataStream.subscribe.signature")
    await rig.buy()
    assert milli.take()[0]["event"]["E"] == rig.now
    assert micro.take()[0]["event"]["E"] == rig.clock.now_us()


@virtual
async def test_subscriptions_of_a_connection_are_limited() -> None:
    from dataclasses import replace

    from binance_async.simulator.rules import rules_for

    rig = Rig(rules=replace(rules_for("spot"), live_subscriptions=2, lifetime_subscriptions=3))
    client = rig.api()
    method = "userDataStream.subscribe.signature"
    assert [client.signed(method)["status"] for _ in range(3)] == [200, 200, 400]
    client.ask("userDataStream.unsubscribe")
    assert client.signed(method)["result"] == {"subscriptionId": 2}
    full = client.signed(method)
    assert full["error"] == {"code": -2042, "msg": "Maximum subscription ID reached for this connection."}


@virtual
async def test_a_revoked_key_ends_the_session_without_a_reply() -> None:
    rig = Rig()
    client = rig.api()
    client.log_on()
    rig.exchange.faults.now(actions.Revoke(account=rig.account.uid))
    invalid = {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}
    assert client.ask("account.status", timestamp=rig.now) == {"id": None, "status": 401, "error": invalid}
    assert client.ask("session.status")["result"]["apiKey"] is None


@virtual
async def test_listen_keys_of_the_websocket_api() -> None:
    rig = Rig()
    client = rig.api()
    key = client.ask("userDataStream.start", apiKey=rig.key.api_key)["result"]["listenKey"]
    kept = client.ask("userDataStream.ping", apiKey=rig.key.api_key, listenKey=key)
    assert (kept["status"], kept["result"], kept["response"]) == (200, {}, {})
    assert client.ask("userDataStream.stop", apiKey=rig.key.api_key, listenKey=key)["response"] == {}
    gone = client.ask("userDataStream.ping", apiKey=rig.key.api_key, listenKey=key)
    assert gone["error"]["code"] == -1125


@virtual
async def test_what_is_retired_can_be_switched_off() -> None:
    from dataclasses import replace

    from binance_async.simulator.rules import rules_for

    rig = Rig(rules=replace(rules_for("spot"), retired=False))
    assert rig.api().ask("userDataStream.start", apiKey=rig.key.api_key)["error"]["code"] == -1020
    assert (await rig.raw("POST", "/api/v3/userDataStream")).status == 404


@virtual
async def test_sor_orders_answer_a_list_here_and_an_object_on_rest() -> None:
    rig = Rig()
    over_sockets = rig.api().signed("sor.order.place", **limit("BUY", "50000", "0.01"))
    assert isinstance(over_sockets["result"], list)
    over_rest: Any = await rig.signed("POST", "/api/v3/sor/order", **limit("BUY", "50000", "0.01"))
    assert over_rest["usedSor"] is True


@virtual
async def test_examples_say_so() -> None:
    rig = Rig()
    order = {
        "symbol": "BTCUSDT",
        "workingType": "LIMIT",
        "workingSide": "BUY",
        "workingPrice": "50000",
        "workingQuantity": "0.01",
        "workingTimeInForce": "GTC",
        "pendingType": "MARKET",
        "pendingSide": "SELL",
    }
    assert rig.api().signed("orderList.place.opo", **order)["x-simulated"] == "example"


@virtual
async def test_a_rest_call_has_no_session() -> None:
    rig = Rig()
    assert "session.logon" in rig.exchange.ws_endpoints
    assert all(endpoint.path is not None for endpoint in rig.exchange.rest_endpoints)
