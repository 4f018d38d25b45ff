from __future__ import annotations

import asyncio
import gzip
import json
from typing import Any

import pytest
from simulator_kit import Rig, limit, virtual

from binance_async.simulator.actions import (
    Ban,
    ClockDrift,
    ClockJump,
    Close,
    CutReply,
    Delay,
    DelayAck,
    Double,
    DoubleReply,
    DropAck,
    EndFile,
    EndSubscriptions,
    ExpireListenKeys,
    ForeignWeight,
    Freeze,
    GzipReply,
    HalfOpen,
    Lag,
    LateCommit,
    LoseReply,
    Mutate,
    Mute,
    Push,
    Refuse,
    RefuseControl,
    RefuseHandshake,
    ReplaceReply,
    Reset,
    Revoke,
    Shutdown,
    SlowHandshake,
    SlowReply,
    StrayReply,
    Swap,
    Unreachable,
)
from binance_async.simulator.transport import Broken, Refused

ORDER = limit("BUY", "50000", "0.01")


def open_orders(rig: Rig) -> list[Any]:
    return rig.exchange.engine.open_orders(rig.account.uid)


# Conditions and measures


@virtual
async def test_a_rule_counts_what_it_sees_and_what_it_hits() -> None:
    rig = Rig()
    rule = rig.exchange.faults.add(Refuse(status=500), call="place_order", nth=2)
    statuses = [(await rig.signed_reply("POST", "/api/v3/order", **ORDER)).status for _ in range(3)]
    assert statuses == [200, 500, 200]
    assert (rule.seen, rule.hits) == (3, 1)
    rule.remove()
    assert rig.exchange.faults.rules == []
    rule.remove()


@pytest.mark.parametrize(
    "call", ["place_order", "spot.place_order", "POST /api/v3/order", "order.place", "place_*", "*"]
)
@virtual
async def test_calls_are_named_in_every_usual_way(call: str) -> None:
    rig = Rig()
    rig.exchange.faults.add(Refuse(), call=call)
    assert (await rig.signed_reply("POST", "/api/v3/order", **ORDER)).status == 503


@virtual
async def test_conditions_narrow_down() -> None:
    rig = Rig()
    other = rig.exchange.add_account(balances={"USDT": 10_000})
    faults = rig.exchange.faults

    async def status(**params: Any) -> int:
        return (await rig.signed_reply("POST", "/api/v3/order", **{**ORDER, **params})).status

    for where, hit, spared in (
        ({"account": other.uid}, {"key": other.keys["hmac"]}, {}),
        ({"client_order_id": "bad-*"}, {"newClientOrderId": "bad-1"}, {"newClientOrderId": "good"}),
        ({"ip": "192.0.2.*"}, {"ip": "192.0.2.5"}, {}),
        ({"symbol": "ETHUSDT"}, {"symbol": "ETHUSDT", "price": "2000"}, {}),
        ({"door": "rest", "writes": True}, {}, None),
        ({"door": "ws_api"}, None, {}),
    ):
        rule = faults.add(Refuse(), call="*", **where)
        assert hit is None or await status(**hit) == 503
        assert spared is None or await status(**spared) == 200
        rule.remove()


@virtual
async def test_measures() -> None:
    rig = Rig()
    faults = rig.exchange.faults

    async def pattern(number: int = 6) -> str:
        replies = [await rig.raw("GET", "/api/v3/ping") for _ in range(number)]
        return "".join("." if reply.status == 200 else "x" for reply in replies)

    for where, wanted in (({"times": 2}, "xx...."), ({"every": 3}, "..x..x"), ({"nth": 4}, "...x..")):
        rule = faults.add(Refuse(), call="ping", **where)
        assert await pattern() == wanted
        rule.remove()
    rule = faults.add(Refuse(), call="ping", after=10.0, until=20.0)
    assert await pattern(1) == "."
    await asyncio.sleep(15)
    assert await pattern(1) == "x"
    await asyncio.sleep(6)
    assert await pattern(1) == "."
    faults.clear()
    assert faults.rules == []


@virtual
async def test_chance_is_the_seeds() -> None:
    async def pattern(seed: int) -> str:
        rig = Rig(seed=seed)
        rig.exchange.faults.add(Refuse(), call="ping", probability=0.3)
        replies = [await rig.raw("GET", "/api/v3/ping") for _ in range(300)]
        return "".join("." if reply.status == 200 else "x" for reply in replies)

    first, again, other = await pattern(1), await pattern(1), await pattern(2)
    assert first == again != other
    assert 60 < first.count("x") < 120


@virtual
async def test_a_rule_needs_a_place_where_its_action_can_happen() -> None:
    faults = Rig().exchange.faults
    for action, where in (
        (Refuse(), {}),
        (Mute(), {"call": "*"}),
        (DropAck(), {"stream": "*"}),
        (RefuseHandshake(), {"call": "*"}),
        (ClockJump(1), {"call": "*"}),
        (Reset(), {"door": "stream"}),
    ):
        with pytest.raises(ValueError, match=type(action).__name__):
            faults.add(action, **where)  # type: ignore[typeddict-item]
    with pytest.raises(ValueError, match="unknown conditions: colour"):
        faults.add(Refuse(), call="*", colour="red")  # type: ignore[typeddict-unknown-key]
    with pytest.raises(ValueError, match=r"faults\.add"):
        faults.now(Mute())


# Calls


@virtual
async def test_refusing_before_the_commit_leaves_nothing_behind() -> None:
    rig = Rig()
    rig.exchange.faults.add(Refuse(503, -1008, "Server is currently overloaded."), call="place_order", times=1)
    reply = await rig.signed_reply("POST", "/api/v3/order", **ORDER, newClientOrderId="a")
    assert (reply.status, json.loads(reply.body)["code"]) == (503, -1008)
    assert open_orders(rig) == []
    assert rig.exchange.history.side_effects("a") == 0


@virtual
async def test_html_from_the_firewall() -> None:
    rig = Rig()
    html = "<html><body>403 Forbidden</body></html>"
    rig.exchange.faults.add(Refuse(403, body=html, headers={"server": "awselb/2.0"}), call="*")
    reply = await rig.raw("GET", "/api/v3/ping")
    assert (reply.status, reply.body.decode()) == (403, html)
    assert (reply.headers["content-type"], reply.headers["server"]) == ("text/html", "awselb/2.0")


@pytest.mark.parametrize("fate", ["reset", "close", "silence"])
@virtual
async def test_executing_and_losing_the_reply_over_rest(fate: Any) -> None:
    rig = Rig()
    rig.exchange.faults.add(LoseReply(fate), call="place_order")
    with pytest.raises(Broken) as broken:
        await rig.signed_reply("POST", "/api/v3/order", **ORDER, newClientOrderId="a")
    assert broken.value.fate == fate
    assert [order["clientOrderId"] for order in open_orders(rig)] == ["a"]
    (record,) = rig.exchange.history.requests(client_order_id="a")
    assert (record.took_effect, record.fate, record.faults) == (True, fate, ("LoseReply",))
    assert rig.exchange.history.side_effects("a") == 1


@virtual
async def test_executing_and_losing_the_reply_over_the_websocket_api() -> None:
    rig = Rig()
    for fate, did in (("reset", "abort"), ("close", "end"), ("silence", None)):
        client = rig.api()
        rule = rig.exchange.faults.add(LoseReply(fate), call="order.place", connection=client.session.number)
        assert client.signed("order.place", **ORDER) is None
        await asyncio.sleep(0)
        await asyncio.sleep(0.001)
        assert client.wire.did == ([did] if did else [])
        rule.remove()
    assert len(open_orders(rig)) == 3


@virtual
async def test_backend_timeouts_are_5xx_after_ten_seconds() -> None:
    rig = Rig()
    rig.exchange.faults.add(LoseReply("timeout"), call="place_order", nth=1)
    rig.exchange.faults.add(LoseReply("unexpected"), call="place_order", nth=2)
    began = rig.clock.elapsed()
    reply = await rig.signed_reply("POST", "/api/v3/order", **ORDER)
    assert rig.clock.elapsed() - began == pytest.approx(10.0)
    assert (reply.status, json.loads(reply.body)["code"]) == (504, -1007)
    reply = await rig.signed_reply("POST", "/api/v3/order", **ORDER)
    assert (reply.status, json.loads(reply.body)["code"]) == (500, -1006)
    assert len(open_orders(rig)) == 2


@virtual
async def test_an_order_that_enters_late() -> None:
    rig = Rig()
    rig.exchange.faults.add(LateCommit(delay=12.0, how="timeout"), call="place_order")
    reply = await rig.signed_reply("POST", "/api/v3/order", **ORDER, newClientOrderId="late")
    assert json.loads(reply.body)["code"] == -1007
    missing = await rig.signed("GET", "/api/v3/order", symbol="BTCUSDT", origClientOrderId="late")
    assert missing["code"] == -2013
    assert rig.exchange.history.side_effects("late") == 0
    await asyncio.sleep(2.5)
    found = await rig.signed("GET", "/api/v3/order", symbol="BTCUSDT", origClientOrderId="late")
    assert found["status"] == "NEW"
    (record,) = rig.exchange.history.requests(client_order_id="late", writes=True)
    assert record.commit_us is not None
    assert record.commit_us - record.time_us == pytest.approx(12e6, abs=2)


@virtual
async def test_cut_replies() -> None:
    rig = Rig()
    rig.exchange.faults.add(CutReply(7), call="time", nth=1)
    rig.exchange.faults.add(CutReply(7, whole=True), call="time", nth=2)
    with pytest.raises(Broken) as broken:
        await rig.raw("GET", "/api/v3/time")
    assert (broken.value.fate, broken.value.at) == ("cut", 7)
    assert broken.value.reply is not None
    assert len(broken.value.reply.body) > 7
    assert (await rig.raw("GET", "/api/v3/time")).body == b'{"serve'


@virtual
async def test_replaced_replies() -> None:
    rig = Rig()
    rig.exchange.faults.add(ReplaceReply(body="null"), call="place_order", nth=1)
    rig.exchange.faults.add(ReplaceReply(502, "<html>Bad Gateway</html>", {"x": "y"}), call="place_order", nth=2)
    reply = await rig.signed_reply("POST", "/api/v3/order", **ORDER)
    assert (reply.status, reply.body) == (200, b"null")
    reply = await rig.signed_reply("POST", "/api/v3/order", **ORDER)
    assert (reply.status, reply.headers["x"], reply.headers["content-type"]) == (502, "y", "text/html")
    assert len(open_orders(rig)) == 2


@virtual
async def test_replaced_replies_of_the_websocket_api() -> None:
    rig = Rig()
    client = rig.api()
    for body, sent in (("null", b'{"id":1,"status":200,"result":null,'), ("<html>", b"<html>"), ("[[[", b"[[[")):
        rule = rig.exchange.faults.add(ReplaceReply(body=body), call="ping")
        client.session.on_message(b'{"id":1,"method":"ping"}')
        assert client.received.pop().startswith(sent)
        rule.remove()


@virtual
async def test_slow_replies() -> None:
    rig = Rig()
    rig.exchange.faults.add(SlowReply(3.0), call="ping")
    began = rig.clock.elapsed()
    await rig.raw("GET", "/api/v3/ping")
    assert rig.clock.elapsed() - began == pytest.approx(3.0)
    client = rig.api()
    assert client.ask("ping") is None
    await asyncio.sleep(3.1)
    assert client.take()[0]["status"] == 200


@virtual
async def test_mutated_replies() -> None:
    rig = Rig()
    change = Mutate(set={"status": "NEW_2030", "fills.0.price": "1e5", "extra": {"a": [1]}}, drop=("symbol", "nix.a"))
    rig.exchange.faults.add(change, call="place_order")
    rig.trade()
    reply = await rig.signed("POST", "/api/v3/order", **ORDER)
    assert (reply["status"], reply["extra"], "symbol" in reply) == ("NEW_2030", {"a": [1]}, False)
    rig.exchange.faults.add(Mutate(text="[[[["), call="ping")
    assert (await rig.raw("GET", "/api/v3/ping")).body == b"[[[["


@virtual
async def test_times_in_a_unit_that_nobody_asked_for() -> None:
    rig = Rig()
    client = rig.stream("/ws/btcusdt@trade")
    rig.exchange.faults.add(Mutate(microseconds=True), call="time")
    rig.exchange.faults.add(Mutate(microseconds=True), stream="btcusdt@trade")
    assert (await rig.rest("GET", "/api/v3/time"))["serverTime"] == rig.now * 1000
    rig.trade()
    (event,) = client.take()
    assert (event["E"], event["T"], event["t"]) == (rig.now * 1000, rig.now * 1000, 0)


@virtual
async def test_compressed_replies_whole_and_cut() -> None:
    rig = Rig()
    rig.exchange.faults.add(GzipReply(), call="time", nth=1)
    rig.exchange.faults.add(GzipReply(at=20), call="time", nth=2)
    whole = await rig.raw("GET", "/api/v3/time")
    assert whole.headers["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(whole.body)) == {"serverTime": rig.now}
    cut = await rig.raw("GET", "/api/v3/time")
    assert cut.body == whole.body[:20]


@virtual
async def test_limits_that_tell_their_time_in_every_way() -> None:
    rig = Rig()
    for told in (rig.now + 5_000, "soon", None):
        data = None if told is None else {"retryAfter": told}
        rule = rig.exchange.faults.add(Refuse(429, -1003, "Too many requests queued.", data=data), call="ping")
        reply = rig.api().ask("ping")
        assert (reply["status"], reply["error"].get("data")) == (429, data)
        rule.remove()


@virtual
async def test_doubled_and_stray_replies() -> None:
    rig = Rig()
    client = rig.api()
    rig.exchange.faults.add(DoubleReply(after=2.0), call="ping")
    client.ask("ping")
    await asyncio.sleep(2.1)
    assert [reply["id"] for reply in client.take()] == [1]
    rig.exchange.faults.clear()
    rig.exchange.faults.add(StrayReply("foreign"), call="ping")
    rig.exchange.faults.add(StrayReply(None), call="ping")
    client.session.on_message(b'{"id":7,"method":"ping"}')
    assert [reply["id"] for reply in client.take()] == ["foreign", None, 7]


@virtual
async def test_sockets_break_at_a_call() -> None:
    rig = Rig()
    rig.exchange.faults.add(Reset(), call="session.logon")
    client = rig.api()
    client.log_on()
    assert client.wire.did == ["abort"]
    rig.exchange.faults.add(EndFile(), call="ping", door="rest")
    with pytest.raises(Broken) as broken:
        await rig.raw("GET", "/api/v3/ping")
    assert broken.value.fate == "close"


# Lagging reads


@virtual
async def test_reads_that_lag_see_the_ledger_as_it_was() -> None:
    rig = Rig()
    placed = await rig.buy(quantity="0.01", newClientOrderId="a")
    await asyncio.sleep(10)
    seller = rig.exchange.add_account(balances={"BTC": 1})
    rig.exchange.faults.add(Lag(5.0), call="*", writes=False)
    sold = {"symbol": "BTCUSDT", "side": "SELL", "type": "MARKET", "quantity": "0.004"}
    await rig.signed("POST", "/api/v3/order", key=seller.keys["hmac"], **sold)
    await asyncio.sleep(3)
    fresh = await rig.buy(price="40000", newClientOrderId="b")
    canceled = await rig.signed("DELETE", "/api/v3/order", symbol="BTCUSDT", origClientOrderId="a")
    assert canceled["executedQty"] == "0.00400000"

    async def look() -> tuple[Any, ...]:
        first = await rig.signed("GET", "/api/v3/order", symbol="BTCUSDT", orderId=placed["orderId"])
        second = await rig.signed("GET", "/api/v3/order", symbol="BTCUSDT", orderId=fresh["orderId"])
        open_now = await rig.signed("GET", "/api/v3/openOrders", symbol="BTCUSDT")
        everything = await rig.signed("GET", "/api/v3/allOrders", symbol="BTCUSDT")
        trades = await rig.signed("GET", "/api/v3/myTrades", symbol="BTCUSDT")
        money = await rig.signed("GET", "/api/v3/account")
        usdt = next(row for row in money["balances"] if row["asset"] == "USDT")
        return (
            (first["status"], first["executedQty"], first["clientOrderId"]),
            second.get("status", second.get("code")),
            [(order["clientOrderId"], order["executedQty"]) for order in open_now],
            [order["clientOrderId"] for order in everything],
            len(trades),
            usdt["locked"],
        )

    none, some = "0.00000000", "0.00400000"
    assert await look() == (("NEW", none, "a"), -2013, [("a", none)], ["a"], 0, "500.00000000")
    await asyncio.sleep(2.5)
    assert await look() == (("PARTIALLY_FILLED", some, "a"), -2013, [("a", some)], ["a"], 1, "300.00000000")
    await asyncio.sleep(3)
    assert await look() == (("CANCELED", some, "a"), "NEW", [("b", none)], ["a", "b"], 1, "400.00000000")


@virtual
async def test_reads_of_anything_else_do_not_lag() -> None:
    rig = Rig()
    rig.exchange.faults.add(Lag(5.0), call="*")
    await rig.buy()
    rig.trade()
    assert len(await rig.rest("GET", "/api/v3/trades", symbol="BTCUSDT")) == 1
    assert "symbolFilters" in await rig.signed("GET", "/api/v3/myFilters", symbol="BTCUSDT")


# Events


@virtual
async def test_muted_skipped_doubled_and_swapped_events() -> None:
    rig = Rig()
    client = rig.stream("/ws/btcusdt@trade")
    faults = rig.exchange.faults

    def ids(number: int = 4) -> list[int]:
        first = rig.exchange.engine.last_trade_id("BTCUSDT") + 1
        for _ in range(number):
            rig.trade()
        return [event["t"] - first for event in client.take()]

    for action, where, wanted in (
        (Mute(), {}, []),
        (Mute(), {"nth": 2}, [0, 2, 3]),
        (Double(), {"nth": 2}, [0, 1, 1, 2, 3]),
        (Swap(), {"nth": 2}, [0, 2, 1, 3]),
        (Mute(), {"every": 2}, [0, 2]),
    ):
        rule = faults.add(action, stream="btcusdt@trade", **where)
        assert ids() == wanted
        rule.remove()
    assert not faults.events
    assert ids() == [0, 1, 2, 3]


@virtual
async def test_delayed_events_and_old_ones_again() -> None:
    rig = Rig()
    client = rig.stream("/stream?streams=btcusdt@trade")
    rig.exchange.faults.add(Delay(2.0), stream="btcusdt@*", nth=1)
    rig.exchange.faults.add(Double(after=5.0), event="trade", nth=2)
    for _ in range(3):
        rig.trade()
    order = [event["data"]["t"] for event in client.take()]
    await asyncio.sleep(6)
    order += [event["data"]["t"] for event in client.take()]
    assert order == [1, 2, 0, 1]


@virtual
async def test_events_are_chosen_by_stream_kind_symbol_and_connection() -> None:
    rig = Rig()
    one, two = rig.stream("/ws/btcusdt@trade/btcusdt@aggTrade"), rig.stream("/ws/btcusdt@trade/ethusdt@trade")
    faults = rig.exchange.faults
    for where, first, second in (
        ({"event": "aggTrade"}, ["trade"], ["trade", "trade"]),
        ({"stream": "*@trade", "connection": 1}, ["aggTrade"], ["trade", "trade"]),
        ({"event": "*", "symbol": "ETHUSDT"}, ["trade", "aggTrade"], ["trade"]),
        ({"event": "trade", "stream": "eth*"}, ["trade", "aggTrade"], ["trade"]),
    ):
        rule = faults.add(Mute(), **where)
        rig.trade()
        rig.trade(symbol="ETHUSDT", price="3000", quantity="0.01")
        assert [event["e"] for event in one.take()] == first
        assert [event["e"] for event in two.take()] == second
        rule.remove()


@virtual
async def test_mutated_events_on_every_route_of_user_data() -> None:
    rig = Rig()
    api, stream = rig.api(), rig.stream(f"/ws/{rig.exchange.user_data.start(rig.account.uid)}")
    api.signed("userDataStream.subscribe.signature")
    rig.exchange.faults.add(Mutate(set={"X": "NEW_2030", "new": 1}, drop=("r",)), event="executionReport")
    rig.exchange.faults.add(Mute(), stream="user", event="outboundAccountPosition")
    await rig.buy()
    (over_api,), (over_stream,) = api.take(), stream.take()
    assert over_api["subscriptionId"] == 0
    for event in (over_api["event"], over_stream):
        assert (event["X"], event["new"], "r" in event) == ("NEW_2030", 1, False)


@virtual
async def test_a_connection_breaks_at_an_event() -> None:
    rig = Rig()
    client, other = rig.stream("/ws/btcusdt@trade"), rig.stream("/ws/btcusdt@trade")
    rig.exchange.faults.add(Close(1012, "restart"), stream="btcusdt@trade", connection=client.session.number, nth=2)
    for _ in range(3):
        rig.trade()
    assert client.closed == (1012, "restart")
    assert len(other.take()) == 3


@virtual
async def test_events_of_nowhere() -> None:
    rig = Rig()
    raw, combined = rig.stream("/ws/btcusdt@trade"), rig.stream("/stream?streams=btcusdt@trade")
    api = rig.api()
    api.signed("userDataStream.subscribe.signature")
    faults = rig.exchange.faults
    faults.now(Push('{"e":"news"}', stream="btcusdt@trade"))
    assert raw.take() == [{"e": "news"}]
    assert combined.take() == [{"stream": "btcusdt@trade", "data": {"e": "news"}}]
    faults.now(Push('{"e":"executionReport","c":"adl_autoclose"}', account=rig.account.uid))
    assert api.take() == [{"subscriptionId": 0, "event": {"e": "executionReport", "c": "adl_autoclose"}}]
    faults.now(Push("garbage"), door="stream")
    assert raw.received == combined.received == [b"garbage"]
    assert api.received == []


# Control messages


@virtual
async def test_acknowledgements_that_are_dropped_delayed_or_errors() -> None:
    rig = Rig()
    faults = rig.exchange.faults
    client = rig.stream()
    ask = {"method": "SUBSCRIBE", "params": ["btcusdt@trade"], "id": 1}
    rule = faults.add(DropAck(), control="SUBSCRIBE")
    assert client.say(ask) == []
    assert client.say({"method": "LIST_SUBSCRIPTIONS", "id": 2}) == [{"result": [], "id": 2}]
    rule.remove()
    rule = faults.add(RefuseControl(2, "no"), control="SUBSCRIBE")
    assert client.say(ask) == [{"error": {"code": 2, "msg": "no"}, "id": 1}]
    rule.remove()
    rule = faults.add(DelayAck(5.0), control="*")
    assert client.say(ask) == []
    rig.trade()
    await asyncio.sleep(5.1)
    assert [event.get("e", event.get("id")) for event in client.take()] == ["trade", 1]
    rule.remove()
    silent = rig.stream()
    faults.add(DropAck(obey=True), control="SUBSCRIBE")
    assert silent.say(ask) == []
    rig.trade()
    assert len(silent.take()) == 1


@virtual
async def test_subscriptions_that_are_too_long_are_ignored_in_silence() -> None:
    rig = Rig()
    rig.exchange.faults.add(DropAck(), control="SUBSCRIBE", longer_than=4_088)
    client = rig.stream()
    assert client.subscribe("btcusdt@trade")["result"] is None
    many = [f"{n:060d}" for n in range(100)]
    assert client.say({"method": "SUBSCRIBE", "params": many, "id": 2}) == []
    assert client.say({"method": "LIST_SUBSCRIPTIONS", "id": 3})[0]["result"] == ["btcusdt@trade"]


@virtual
async def test_a_connection_breaks_between_subscribing_and_its_acknowledgement() -> None:
    rig = Rig()
    rig.exchange.faults.add(Reset(), control="SUBSCRIBE")
    client = rig.stream()
    client.say({"method": "SUBSCRIBE", "params": ["btcusdt@trade"], "id": 1})
    assert client.wire.did == ["abort"]
    assert client.received == []


# Openings and closings


@virtual
async def test_openings_that_are_refused_slow_or_broken() -> None:
    rig = Rig()
    exchange = rig.exchange
    rule = exchange.faults.add(RefuseHandshake(429, "slow down", {"retry-after": "7"}), opening="/ws*", door="stream")
    with pytest.raises(Refused) as refused:
        exchange.opening("/ws/btcusdt@trade")
    assert (refused.value.reply.status, refused.value.reply.headers) == (429, {"retry-after": "7"})
    assert exchange.opening("/ws-api/v3") == 0.0
    rule.remove()
    exchange.faults.add(SlowHandshake(3.0), opening="*", nth=1)
    assert exchange.opening("/ws") == 3.0
    for action, fate in ((Reset(), "reset"), (EndFile(), "close"), (HalfOpen(), "silence")):
        rule = exchange.faults.add(action, opening="*")
        with pytest.raises(Broken) as broken:
            exchange.opening("/ws")
        assert broken.value.fate == fate
        rule.remove()


@virtual
async def test_accepted_and_closed_at_once() -> None:
    rig = Rig()
    rig.exchange.faults.add(Close(1013, "try again later"), opened="*", times=1)
    assert rig.stream("/ws/btcusdt@trade").closed == (1013, "try again later")
    assert rig.stream("/ws/btcusdt@trade").closed is None
    assert len(rig.exchange.sessions) == 1


@virtual
async def test_a_close_frame_may_go_unanswered() -> None:
    rig = Rig()
    client = rig.stream()
    assert client.session.on_closing(1000, "") is True
    rig.exchange.faults.add(HalfOpen(), closing="*")
    assert client.session.on_closing(1000, "") is False
    assert client.wire.did == ["half_open"]


# At once


@virtual
async def test_sockets_are_chosen() -> None:
    rig = Rig()
    stream, quiet, api = rig.stream("/ws/btcusdt@trade"), rig.stream(), rig.api()
    faults = rig.exchange.faults
    faults.now(Freeze(5.0), stream="btcusdt@trade")
    await asyncio.sleep(6)
    assert (stream.wire.did, quiet.wire.did, api.wire.did) == (["freeze", "thaw"], [], [])
    faults.now(HalfOpen(), connection=quiet.session.number)
    assert quiet.wire.did == ["half_open"]
    faults.now(Reset(), door="ws_api")
    assert api.closed == (1006, "reset")
    faults.now(Close(1001))
    assert stream.closed == (1001, "")


@virtual
async def test_in_some_time() -> None:
    rig = Rig()
    client = rig.stream()
    rig.exchange.faults.at(30.0, Close(1001, "later"))
    await asyncio.sleep(29)
    assert client.closed is None
    await asyncio.sleep(2)
    assert client.closed == (1001, "later")


@virtual
async def test_a_shutdown_is_announced_in_every_form() -> None:
    rig = Rig()
    raw, combined, api = rig.stream(), rig.stream("/stream"), rig.api()
    rig.exchange.faults.now(Shutdown(after=10.0))
    event = {"e": "serverShutdown", "E": rig.now}
    assert (raw.take(), combined.take(), api.take()) == (
        [event],
        [{"stream": "!serverShutdown", "data": event}],
        [{"event": event}],
    )
    await asyncio.sleep(9.9)
    assert raw.closed is None
    await asyncio.sleep(0.2)
    assert raw.closed == combined.closed == api.closed == (1001, "server shutdown")


@virtual
async def test_nothing_gets_through() -> None:
    rig = Rig()
    client = rig.stream()
    rig.exchange.faults.now(Unreachable(30.0))
    assert client.closed == (1006, "reset")
    with pytest.raises(Broken):
        await rig.raw("GET", "/api/v3/ping")
    with pytest.raises(Broken):
        rig.exchange.opening("/ws")
    await asyncio.sleep(31)
    assert (await rig.raw("GET", "/api/v3/ping")).status == 200
    assert rig.exchange.opening("/ws") == 0


@virtual
async def test_listen_keys_and_subscriptions_end() -> None:
    rig = Rig()
    key = rig.exchange.user_data.start(rig.account.uid)
    told, untold, api = rig.stream(f"/ws/{key}"), rig.stream(), rig.api()
    api.signed("userDataStream.subscribe.signature")
    rig.exchange.faults.now(ExpireListenKeys())
    assert [event["e"] for event in told.take()] == ["listenKeyExpired"]
    untold.subscribe(rig.exchange.user_data.start(rig.account.uid))
    rig.exchange.faults.now(ExpireListenKeys(rig.account.uid, silent=True))
    await rig.buy()
    assert untold.take() == []
    api.take()
    rig.exchange.faults.now(EndSubscriptions(rig.account.uid))
    assert [event["event"]["e"] for event in api.take()] == ["eventStreamTerminated"]
    assert api.ask("session.subscriptions")["result"] == []


@virtual
async def test_one_key_is_revoked() -> None:
    rig = Rig()
    rig.exchange.faults.now(Revoke(api_key=rig.key.api_key))
    assert (await rig.signed("GET", "/api/v3/account"))["code"] == -2015
    assert "uid" in await rig.signed("GET", "/api/v3/account", key=rig.account.keys["ed25519"])


@virtual
async def test_the_clock_goes_wrong() -> None:
    rig = Rig()
    before = rig.now
    rig.exchange.faults.now(ClockJump(3600.0))
    assert (await rig.rest("GET", "/api/v3/time"))["serverTime"] == before + 3_600_000
    refused = await rig.signed("GET", "/api/v3/account", timestamp=before)
    assert refused["code"] == -1021
    rig.exchange.faults.now(ClockJump(-7200.0))
    assert (await rig.signed("GET", "/api/v3/account", timestamp=before))["msg"].startswith(
        "Timestamp for this request was 1000ms ahead"
    )
    assert (await rig.buy())["status"] == "NEW"
    rig.exchange.faults.now(ClockDrift(1_000_000))
    now = rig.now
    await asyncio.sleep(10)
    assert rig.now - now == pytest.approx(20_000, abs=1)


@virtual
async def test_neighbours_use_weight() -> None:
    rig = Rig()
    rig.exchange.faults.now(ForeignWeight(1_000, every=1.0, times=3))
    await asyncio.sleep(2.5)
    assert rig.exchange.limiter.used_weight("127.0.0.1") == 3_000
    rig.exchange.faults.now(Ban(60.0))
    assert (await rig.raw("GET", "/api/v3/ping")).status == 418
