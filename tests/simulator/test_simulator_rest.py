from __future__ import annotations

import json

from simulator_kit import Rig, limit, virtual


@virtual
async def test_general_calls() -> None:
    rig = Rig()
    assert await rig.rest("GET", "/api/v3/ping") == {}
    assert await rig.rest("GET", "/api/v3/time") == {"serverTime": rig.now}
    info = await rig.rest("GET", "/api/v3/exchangeInfo")
    assert [(row["rateLimitType"], row["limit"]) for row in info["rateLimits"]] == [
        ("REQUEST_WEIGHT", 6000),
        ("ORDERS", 100),
        ("ORDERS", 200_000),
        ("RAW_REQUESTS", 300_000),
        ("CONNECTIONS", 300),
    ]
    assert [symbol["symbol"] for symbol in info["symbols"]] == ["BTCUSDT", "ETHUSDT", "BNBUSDT"]
    one = await rig.rest("GET", "/api/v3/exchangeInfo", symbol="ETHUSDT")
    assert [symbol["symbol"] for symbol in one["symbols"]] == ["ETHUSDT"]


@virtual
async def test_replies_are_json_and_say_so() -> None:
    reply = await Rig().raw("GET", "/api/v3/ping")
    assert reply.headers["content-type"] == "application/json;charset=UTF-8"


@virtual
async def test_microseconds_are_asked_for_by_a_header() -> None:
    rig = Rig()
    for unit in ("MICROSECOND", "microsecond"):
        reply = await rig.raw("GET", "/api/v3/time", headers={"x-mbx-time-unit": unit})
        assert json.loads(reply.body) == {"serverTime": rig.clock.now_us()}
    reply = await rig.raw("GET", "/api/v3/time", headers={"x-mbx-time-unit": "HOUR"})
    assert (reply.status, json.loads(reply.body)["code"]) == (400, -1194)


@virtual
async def test_unknown_paths_and_methods() -> None:
    rig = Rig()
    reply = await rig.raw("GET", "/api/v3/nothing")
    assert (reply.status, reply.body) == (404, b"")
    reply = await rig.raw("GET", "/api/v3/nothing", headers={"accept": "text/html,*/*"})
    assert (reply.status, reply.headers["content-type"]) == (404, "text/html")
    assert reply.body.startswith(b"<html>")
    assert (await rig.raw("POST", "/api/v3/depth")).status == 405


@virtual
async def test_an_orders_life() -> None:
    rig = Rig()
    placed = await rig.buy(newClientOrderId="mine", newOrderRespType="RESULT")
    assert (placed["status"], placed["clientOrderId"]) == ("NEW", "mine")
    order = await rig.signed("GET", "/api/v3/order", symbol="BTCUSDT", origClientOrderId="mine")
    assert order["orderId"] == placed["orderId"]
    assert [o["orderId"] for o in await rig.signed("GET", "/api/v3/openOrders")] == [placed["orderId"]]
    amended = await rig.signed(
        "PUT", "/api/v3/order/amend/keepPriority", symbol="BTCUSDT", orderId=placed["orderId"], newQty="0.005"
    )
    assert amended["amendedOrder"]["qty"] == "0.00500000"
    canceled = await rig.signed("DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=placed["orderId"])
    assert canceled["status"] == "CANCELED"
    again = await rig.signed("DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=placed["orderId"])
    assert again == {"code": -2011, "msg": "Unknown order sent."}
    unknown = await rig.signed("GET", "/api/v3/order", symbol="BTCUSDT", orderId=999)
    assert unknown == {"code": -2013, "msg": "Order does not exist."}


@virtual
async def test_cancel_replace_in_part_is_a_conflict() -> None:
    rig = Rig()
    reply = await rig.signed_reply(
        "POST",
        "/api/v3/order/cancelReplace",
        **limit("BUY", "50000", "0.01"),
        cancelReplaceMode="ALLOW_FAILURE",
        cancelOrderId=999,
    )
    body = json.loads(reply.body)
    assert (reply.status, body["code"]) == (409, -2021)
    assert (body["data"]["cancelResult"], body["data"]["newOrderResult"]) == ("FAILURE", "SUCCESS")


@virtual
async def test_order_lists_and_test_orders() -> None:
    rig = Rig()
    rig.trade()
    oco = await rig.signed(
        "POST",
        "/api/v3/orderList/oco",
        symbol="BTCUSDT",
        side="SELL",
        quantity="0.01",
        aboveType="LIMIT_MAKER",
        abovePrice="70000",
        belowType="STOP_LOSS",
        belowStopPrice="50000",
    )
    assert len(oco["orders"]) == 2
    found = await rig.signed("GET", "/api/v3/orderList", orderListId=oco["orderListId"])
    assert found["listOrderStatus"] == "EXECUTING"
    assert await rig.signed("POST", "/api/v3/order/test", **limit("BUY", "50000", "0.01")) == {}
    rates = await rig.signed("POST", "/api/v3/order/test", **limit("BUY", "50000", "0.01"), computeCommissionRates=True)
    assert "standardCommissionForOrder" in rates
    missing = await rig.signed("POST", "/api/v3/order/oco", symbol="BTCUSDT", side="SELL", quantity="0.01", price="1")
    assert missing["code"] == -1102


@virtual
async def test_pegged_orders_are_refused_as_for_a_symbol_that_does_not_allow_them() -> None:
    rig = Rig()
    refused = await rig.buy(pegPriceType="PRIMARY_PEG")
    assert refused == {"code": -2010, "msg": "Pegged orders are not supported for this symbol."}


@virtual
async def test_tickers_of_one_of_some_and_of_all() -> None:
    rig = Rig()
    rig.trade()
    rig.trade(symbol="ETHUSDT", price="3000", quantity="0.01")
    one = await rig.rest("GET", "/api/v3/ticker/price", symbol="BTCUSDT")
    assert one == {"symbol": "BTCUSDT", "price": "60000.00000000"}
    some = await rig.rest("GET", "/api/v3/ticker/24hr", symbols=["BTCUSDT", "ETHUSDT"], type="MINI")
    assert [each["symbol"] for each in some] == ["BTCUSDT", "ETHUSDT"]
    assert "priceChange" not in some[0]
    every = await rig.rest("GET", "/api/v3/ticker/bookTicker")
    assert len(every) == 3
    for path in ("/api/v3/ticker", "/api/v3/ticker/tradingDay"):
        neither = await rig.rest("GET", path)
        assert neither == {"code": -1102, "msg": "Param 'symbol' or 'symbols' must be sent, but both were empty/null!"}


@virtual
async def test_symbol_status_is_compared() -> None:
    rig = Rig()
    rig.exchange.engine.set_status("ETHUSDT", "HALT")
    mismatch = await rig.rest("GET", "/api/v3/depth", symbol="ETHUSDT", symbolStatus="TRADING")
    assert mismatch["code"] == -1220
    assert "bids" in await rig.rest("GET", "/api/v3/depth", symbol="ETHUSDT", symbolStatus="HALT")
    trading = await rig.rest("GET", "/api/v3/ticker/bookTicker", symbolStatus="TRADING")
    assert [each["symbol"] for each in trading] == ["BTCUSDT", "BNBUSDT"]


@virtual
async def test_what_the_simulated_exchange_does_not_have_it_says_as_documented() -> None:
    rig = Rig()
    none = {"code": -2043, "msg": "This symbol doesn't have a reference price."}
    assert await rig.rest("GET", "/api/v3/referencePrice", symbol="BTCUSDT") == none
    assert await rig.rest("GET", "/api/v3/referencePrice/calculation", symbol="BTCUSDT") == none
    assert await rig.rest("GET", "/api/v3/executionRules", symbol="BTCUSDT") == {"symbolRules": []}
    assert await rig.rest("GET", "/api/v3/historicalBlockTrades", symbol="BTCUSDT", fromId=1) == []
    for path in ("/api/v3/referencePrice", "/api/v3/executionRules"):
        assert (await rig.rest("GET", path, symbol="NIXUSDT"))["code"] == -1121


@virtual
async def test_calls_without_a_meaning_answer_with_their_example_and_say_so() -> None:
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
    reply = await rig.signed_reply("POST", "/api/v3/orderList/opo", **order)
    assert reply.headers["x-simulated"] == "example"
    assert json.loads(reply.body)["contingencyType"] == "OTO"
    assert await rig.signed("GET", "/api/v3/openOrders") == []
    assert "x-simulated" not in (await rig.raw("GET", "/api/v3/ping")).headers


@virtual
async def test_listen_keys_over_rest() -> None:
    rig = Rig()
    headers = {"x-mbx-apikey": rig.key.api_key}
    made = json.loads((await rig.raw("POST", "/api/v3/userDataStream", headers=headers)).body)["listenKey"]
    assert len(made) == 60
    again = json.loads((await rig.raw("POST", "/api/v3/userDataStream", headers=headers)).body)["listenKey"]
    assert again == made
    kept = await rig.raw("PUT", f"/api/v3/userDataStream?listenKey={made}", headers=headers)
    assert (kept.status, kept.body) == (200, b"{}")
    stopped = await rig.raw("DELETE", "/api/v3/userDataStream", f"listenKey={made}", headers)
    assert stopped.body == b"{}"
    gone = await rig.raw("PUT", f"/api/v3/userDataStream?listenKey={made}", headers=headers)
    assert json.loads(gone.body) == {"code": -1125, "msg": "This listenKey does not exist."}
