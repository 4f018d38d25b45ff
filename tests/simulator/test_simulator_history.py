from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from simulator_kit import Rig, limit, virtual

from binance_async.net.virtual import run_virtual
from binance_async.simulator.actions import LateCommit, LoseReply, Refuse, ReplaceReply, SlowReply
from binance_async.simulator.engine import Bounds
from binance_async.simulator.transport import Broken


@virtual
async def test_requests_are_found_by_what_they_were() -> None:
    rig = Rig()
    await rig.buy(newClientOrderId="a")
    await rig.signed("GET", "/api/v3/order", symbol="BTCUSDT", origClientOrderId="a")
    rig.api().signed("order.place", **limit("BUY", "49000", "0.01"), newClientOrderId="b")
    await rig.signed("POST", "/api/v3/order", **limit("BUY", "50000", "0.0000001"), newClientOrderId="c")
    await rig.rest("GET", "/api/v3/ping")
    history = rig.exchange.history
    assert [record.call for record in history.requests()] == [
        "spot.place_order",
        "spot.order",
        "spot.place_order",
        "spot.place_order",
        "spot.ping",
    ]
    assert [record.writes for record in history.requests(client_order_id="a")] == [True, False]
    assert [record.client_order_id for record in history.requests(door="ws_api")] == ["b"]
    assert len(history.requests(writes=True, account=rig.account.uid)) == 3
    assert history.requests(call="ping") == history.requests(call="spot.ping")
    assert [history.side_effects(text) for text in "abcd"] == [1, 1, 0, 0]
    refused = history.requests(client_order_id="c")[0]
    assert (refused.status, refused.took_effect) == (400, False)
    assert refused.refusal.startswith("-1")
    placed = history.requests(client_order_id="a")[0]
    assert placed.order_id == rig.exchange.engine.order(rig.account.uid, "BTCUSDT", orig_client_order_id="a")["orderId"]
    assert history.counters == {"rest": 4, "ws_api": 1, "connections": 1}


@virtual
async def test_the_ledger_is_told_as_it_changes() -> None:
    rig = Rig()
    await rig.buy()
    history = rig.exchange.history
    assert [record.event.kind for record in history.ledger()] == ["executionReport", "outboundAccountPosition"]
    (report,) = history.ledger(rig.account.uid, "executionReport")
    assert report.as_dict()["account"] == rig.account.uid
    assert history.ledger(1) == []


@virtual
async def test_connections_are_told_with_what_went_over_them() -> None:
    rig = Rig()
    client = rig.stream("/ws/btcusdt@trade")
    rig.trade()
    client.say({"method": "LIST_SUBSCRIPTIONS", "id": 1})
    client.session.on_closing(1000, "bye")
    client.session.on_closed(1000, "bye")
    (record,) = rig.exchange.history.connections("stream")
    assert (record.received, record.sent, record.code, record.reason, record.by_client) == (1, 2, 1000, "bye", True)
    assert rig.exchange.history.connections("ws_api") == []


@virtual
async def test_it_is_bounded_and_says_what_fell_out() -> None:
    rig = Rig(bounds=Bounds(records=3))
    history = rig.exchange.history
    for _ in range(5):
        await rig.rest("GET", "/api/v3/ping")
    assert [record.number for record in history.requests()] == [3, 4, 5]
    assert history.dropped == 2


@virtual
async def test_a_dump_is_lines_of_json_without_secrets() -> None:
    rig = Rig()
    key = rig.exchange.user_data.start(rig.account.uid)
    rig.stream(f"/ws/{key}")
    rig.api().log_on()
    await rig.buy()
    await asyncio.sleep(1)
    dump = rig.exchange.history.dump()
    lines = [json.loads(line) for line in dump.splitlines()]
    assert [next(iter(line)) for line in lines] == [
        "request",
        "request",
        "ledger",
        "ledger",
        "connection",
        "connection",
        "counters",
    ]
    for secret in (key, rig.key.api_key, rig.key.secret, rig.account.keys["ed25519"].api_key):
        assert secret.encode() not in dump


@given(seed=st.integers(0, 2**32), rates=st.lists(st.floats(0, 0.5), min_size=5, max_size=5))
@settings(max_examples=40, deadline=None)
def test_whatever_goes_wrong_the_history_is_the_ledgers(seed: int, rates: list[float]) -> None:
    """Orders with random faults: each id has as many side effects as the ledger has orders of that id."""

    async def run() -> None:
        rig = Rig(seed=seed)
        faults = [Refuse(), LoseReply("reset"), LateCommit(7.0), ReplaceReply(502, "null"), SlowReply(1.0)]
        for fault, rate in zip(faults, rates, strict=True):
            rig.exchange.faults.add(fault, call="place_order", probability=rate)
        client = rig.api()
        for number in range(30):
            order = {**limit("BUY", "50000", "0.001"), "newClientOrderId": f"n{number % 20}"}
            if number % 2:
                client.signed("order.place", **order)
                client = client if client.closed is None else rig.api()
            else:
                with contextlib.suppress(Broken):
                    await rig.signed_reply("POST", "/api/v3/order", **order)
        await asyncio.sleep(10)
        history = rig.exchange.history
        placed = Counter(
            record.as_dict()["c"] for record in history.ledger(kind="executionReport") if record.as_dict()["x"] == "NEW"
        )
        ids = {record.client_order_id for record in history.requests(writes=True)}
        assert placed == Counter({text: n for text in ids if text and (n := history.side_effects(text))})

    run_virtual(run())
