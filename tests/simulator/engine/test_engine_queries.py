"""What an account can ask, and the rules of times, ids and limits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from engine_kit import START, Bench, bare, oco, trim

from binance_async.simulator.engine import Bounds

HOUR = 3_600
MS = START // 1000


def hourly(bench: Bench, number: int) -> list[int]:
    """Orders an hour apart; the odd ones are filled."""
    ids = []
    for index in range(number):
        order = bench.buy("1", "100")
        if index % 2:
            bench.sell("1", "100", account=bench.you)
        else:
            bench.engine.cancel(bench.me, bench.symbol, order_id=order["orderId"])
        ids.append(order["orderId"])
        bench.clock.step(HOUR)
    return ids


def test_query_order() -> None:
    bench = Bench()
    order = bench.buy("1", "10", new_client_order_id="mine")
    reply = bench.status(order)
    assert list(reply) == [
        "symbol",
        "orderId",
        "orderListId",
        "clientOrderId",
        "price",
        "origQty",
        "executedQty",
        "cummulativeQuoteQty",
        "status",
        "timeInForce",
        "type",
        "side",
        "stopPrice",
        "icebergQty",
        "time",
        "updateTime",
        "isWorking",
        "workingTime",
        "origQuoteOrderQty",
        "selfTradePreventionMode",
    ]
    assert bench.engine.order(bench.me, bench.symbol, orig_client_order_id="mine") == reply
    assert bench.engine.order(bench.me, bench.symbol, order_id=1, orig_client_order_id="mine") == reply
    with bench.refused(-2039, "Client order ID is not correct for this order ID."):
        bench.engine.order(bench.me, bench.symbol, order_id=1, orig_client_order_id="other")
    with bench.refused(-2013, "Order does not exist."):
        bench.status(2)
    with bench.refused(-2013, "Order does not exist."):
        bench.status(1, bench.you)
    with bench.refused(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"):
        bench.engine.order(bench.me, bench.symbol)


def test_a_finished_order_is_found_by_its_own_name() -> None:
    bench = Bench()
    bench.buy("1", "10", new_client_order_id="mine")
    bench.engine.cancel(bench.me, bench.symbol, orig_client_order_id="mine", new_client_order_id="bye")
    reply = bench.engine.order(bench.me, bench.symbol, orig_client_order_id="mine")
    assert (reply["status"], reply["clientOrderId"]) == ("CANCELED", "mine")


def test_optional_fields_of_a_query() -> None:
    bench = Bench()
    bench.trade("100")
    order = bench.place("SELL", "STOP_LOSS", quantity="1", trailing_delta=50, strategy_id=3, strategy_type=1_000_001)
    reply = bench.status(order)
    assert (reply["trailingDelta"], reply["trailingTime"]) == (50, MS)
    assert (reply["strategyId"], reply["strategyType"]) == (3, 1_000_001)
    sor = bench.engine.place_sor(bench.me, bench.request("BUY", "LIMIT", time_in_force="GTC", quantity="1", price="1"))
    reply = bench.status(sor)
    assert (reply["usedSor"], reply["workingFloor"]) == (True, "EXCHANGE")


def test_archived_orders() -> None:
    bench = Bench()
    filled, canceled = hourly(bench, 2)[1], 1
    bench.clock.step(90 * 86_400)
    assert bench.status(filled)["status"] == "FILLED"
    with bench.refused(
        -2026, "Order was canceled or expired with no executed qty over 90 days ago and has been archived."
    ):
        bench.status(canceled)


def test_open_orders() -> None:
    bench = Bench(bare(), bare("ETHUSDT", "ETH", "USDT"))
    bench.buy("1", "10")
    bench.buy("1", "10", symbol="ETHUSDT")
    bench.buy("1", "11")
    assert [(each["symbol"], each["orderId"]) for each in bench.engine.open_orders(bench.me)] == [
        ("BTCUSDT", 1),
        ("BTCUSDT", 2),
        ("ETHUSDT", 1),
    ]
    assert [each["orderId"] for each in bench.engine.open_orders(bench.me, "ETHUSDT")] == [1]
    assert bench.engine.open_orders(bench.you) == []
    with bench.refused(-1121, "Invalid symbol."):
        bench.engine.open_orders(bench.me, "NONE")


def test_all_orders() -> None:
    bench = Bench()
    ids = hourly(bench, 6)

    def ask(**options: Any) -> list[int]:
        return [each["orderId"] for each in bench.engine.all_orders(bench.me, bench.symbol, **options)]

    assert ask() == ids
    assert ask(limit=2) == ids[-2:]
    assert ask(order_id=ids[3]) == ids[3:]
    assert ask(order_id=ids[1], limit=2) == ids[1:3]
    assert ask(start_time=MS + HOUR * 1000) == ids[1:]
    assert ask(start_time=MS + 1, limit=2) == ids[1:3]
    assert ask(end_time=MS + HOUR * 3000, limit=2) == ids[2:4]
    assert ask(start_time=MS, end_time=MS) == ids[:1]
    assert ask(start_time=START + 1, end_time=START + HOUR * 1_000_000) == ids[1:2]  # microseconds
    assert ask(start_time=MS, end_time=MS + 86_400_000) == ids
    with bench.refused(-1127, "More than 24 hours between startTime and endTime."):
        ask(start_time=MS, end_time=MS + 86_400_001)
    with bench.refused(-1130, "Data sent for parameter 'limit' is not valid."):
        ask(limit=0)


def test_an_end_in_milliseconds_holds_all_of_its_microseconds() -> None:
    bench = Bench()
    bench.clock.now = START + 999
    order = bench.buy("1", "10")["orderId"]
    assert [each["orderId"] for each in bench.engine.all_orders(bench.me, bench.symbol, end_time=MS)] == [order]
    assert bench.engine.all_orders(bench.me, bench.symbol, end_time=START + 998) == []


def test_no_more_than_a_thousand_are_given() -> None:
    bench = Bench(order_limits=())
    for _ in range(1005):
        bench.buy("0.001", "1")
    assert len(bench.engine.all_orders(bench.me, bench.symbol, limit=5000)) == 1000
    assert len(bench.engine.all_orders(bench.me, bench.symbol)) == 500


def test_my_trades() -> None:
    bench = Bench()
    ids = hourly(bench, 8)

    def ask(**options: Any) -> list[int]:
        return [each["orderId"] for each in bench.engine.my_trades(bench.me, bench.symbol, **options)]

    filled = ids[1::2]
    assert ask() == filled
    assert ask(limit=2) == filled[-2:]
    assert ask(order_id=ids[3]) == [ids[3]]
    assert ask(order_id=ids[0]) == []
    assert ask(from_id=1, limit=2) == filled[1:3]
    assert ask(order_id=ids[3], from_id=2) == []
    assert ask(start_time=MS + HOUR * 2000) == filled[1:]
    assert ask(end_time=MS + HOUR * 2000) == filled[:1]
    assert ask(start_time=MS, end_time=MS + HOUR * 5000, limit=2) == filled[:2]
    with bench.refused(-1128, "Combination of optional parameters invalid."):
        ask(order_id=1, start_time=MS)
    with bench.refused(-1127, "More than 24 hours between startTime and endTime."):
        ask(start_time=MS, end_time=MS + 86_400_001)
    trade = bench.engine.my_trades(bench.me, bench.symbol)[0]
    assert trade == {
        "symbol": "BTCUSDT",
        "id": 0,
        "orderId": ids[1],
        "orderListId": -1,
        "price": "100.00000000",
        "qty": "1.00000000",
        "quoteQty": "100.00000000",
        "commission": "0.00100000",
        "commissionAsset": "BTC",
        "time": MS + HOUR * 1000,
        "isBuyer": True,
        "isMaker": True,
        "isBestMatch": True,
    }


def test_prevented_matches() -> None:
    bench = Bench()
    makers = [bench.buy("1", price)["orderId"] for price in ("12", "11", "10")]
    taker = bench.sell("5", "10", self_trade_prevention_mode="EXPIRE_MAKER")["orderId"]

    def ask(**options: Any) -> list[int]:
        found = bench.engine.my_prevented_matches(bench.me, bench.symbol, **options)
        return [each["preventedMatchId"] for each in found]

    assert ask(prevented_match_id=1) == [1]
    assert ask(order_id=taker) == [0, 1, 2]
    assert ask(order_id=makers[2]) == [2]
    assert ask(order_id=taker, from_prevented_match_id=1) == [1, 2]
    assert ask(order_id=taker, from_prevented_match_id=1, limit=1) == [1]
    assert bench.engine.my_prevented_matches(bench.you, bench.symbol, order_id=taker) == []
    with bench.refused(-1102, "Param 'preventedMatchId' or 'orderId' must be sent, but both were empty/null!"):
        ask()
    with bench.refused(-1128, "Combination of optional parameters invalid."):
        ask(prevented_match_id=1, order_id=taker)
    (match,) = bench.engine.my_prevented_matches(bench.me, bench.symbol, prevented_match_id=1)
    assert match == {
        "symbol": "BTCUSDT",
        "preventedMatchId": 1,
        "takerOrderId": taker,
        "makerSymbol": "BTCUSDT",
        "makerOrderId": makers[1],
        "tradeGroupId": -1,
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "price": "11.00000000",
        "makerPreventedQuantity": "1.00000000",
        "transactTime": MS,
    }


def test_allocations() -> None:
    bench = Bench()
    orders = []
    for _ in range(4):
        bench.sell("1", "10", account=bench.you)
        orders.append(bench.engine.place_sor(bench.me, bench.request("BUY", "MARKET", quantity="1"))["orderId"])
        bench.clock.step(HOUR)

    def ask(**options: Any) -> list[int]:
        return [each["allocationId"] for each in bench.engine.my_allocations(bench.me, bench.symbol, **options)]

    assert ask() == [0, 1, 2, 3]
    assert ask(limit=2) == [0, 1]  # this list begins with the oldest
    assert ask(start_time=MS + 1, limit=2) == [1, 2]
    assert ask(end_time=MS + HOUR * 2000, limit=2) == [1, 2]
    assert ask(from_allocation_id=2) == [2, 3]
    assert ask(order_id=orders[1]) == [1]
    assert ask(order_id=orders[1], from_allocation_id=2) == []
    with bench.refused(-1128, "Combination of optional parameters invalid."):
        ask(order_id=1, end_time=MS)
    (allocation,) = bench.engine.my_allocations(bench.me, bench.symbol, order_id=orders[0])
    assert list(allocation) == [
        "symbol",
        "allocationId",
        "allocationType",
        "orderId",
        "orderListId",
        "price",
        "qty",
        "quoteQty",
        "commission",
        "commissionAsset",
        "time",
        "isBuyer",
        "isMaker",
        "isAllocator",
    ]


def test_order_lists() -> None:
    bench = Bench()
    bench.trade("100")
    lists = []
    for number in range(4):
        reply = bench.engine.place_oco(bench.me, oco(bench, list_client_order_id=f"list{number}"))
        lists.append(reply["orderListId"])
        bench.clock.step(HOUR)
    bench.engine.cancel_list(bench.me, bench.symbol, order_list_id=lists[0])

    def ask(**options: Any) -> list[int]:
        return [each["orderListId"] for each in bench.engine.all_order_lists(bench.me, **options)]

    assert ask() == lists
    assert ask(limit=2) == lists[-2:]
    assert ask(from_id=lists[1], limit=2) == lists[1:3]
    assert ask(start_time=MS + 1, limit=1) == lists[1:2]
    assert ask(end_time=MS) == lists[:1]
    with bench.refused(-1128, "Combination of optional parameters invalid."):
        ask(from_id=1, start_time=MS)
    with bench.refused(-1127, "More than 24 hours between startTime and endTime."):
        ask(start_time=MS, end_time=MS + 86_400_001)
    assert [each["orderListId"] for each in bench.engine.open_order_lists(bench.me)] == lists[1:]
    done = bench.engine.order_list(bench.me, orig_client_order_id="list0")
    assert list(done) == [
        "orderListId",
        "contingencyType",
        "listStatusType",
        "listOrderStatus",
        "listClientOrderId",
        "transactionTime",
        "symbol",
        "orders",
    ]
    assert done["listOrderStatus"] == "ALL_DONE"
    assert bench.engine.order_list(bench.me, order_list_id=lists[1])["listOrderStatus"] == "EXECUTING"
    with bench.refused(-2013, "Order does not exist."):
        bench.engine.order_list(bench.me, order_list_id=99)
    with bench.refused(-2013, "Order does not exist."):
        bench.engine.order_list(bench.me, order_list_id=lists[1], orig_client_order_id="list0")
    with bench.refused(-1102, "Param 'orderListId' or 'origClientOrderId' must be sent, but both were empty/null!"):
        bench.engine.order_list(bench.me)


def test_the_account() -> None:
    bench = Bench(bare(), bare("ETHUSDT", "ETH", "USDT"))
    bench.buy("1", "10")
    reply = bench.engine.account_information(bench.me)
    assert list(reply) == [
        "makerCommission",
        "takerCommission",
        "buyerCommission",
        "sellerCommission",
        "commissionRates",
        "canTrade",
        "canWithdraw",
        "canDeposit",
        "brokered",
        "requireSelfTradePrevention",
        "preventSor",
        "updateTime",
        "accountType",
        "balances",
        "permissions",
        "uid",
    ]
    assert (reply["makerCommission"], reply["commissionRates"]["maker"]) == (10, "0.00100000")
    assert reply["balances"] == [
        {"asset": "BTC", "free": "1000.00000000", "locked": "0.00000000"},
        {"asset": "ETH", "free": "0.00000000", "locked": "0.00000000"},
        {"asset": "USDT", "free": "999990.00000000", "locked": "10.00000000"},
    ]
    short = bench.engine.account_information(bench.me, omit_zero_balances=True)
    assert [each["asset"] for each in short["balances"]] == ["BTC", "USDT"]
    assert (reply["uid"], reply["updateTime"]) == (bench.me, MS)
    assert bench.engine.account_information(bench.me, micro=True)["updateTime"] == START
    assert bench.engine.account_information(bench.you)["updateTime"] == 0


def test_my_filters() -> None:
    limit = {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 5}
    exchange = {"filterType": "EXCHANGE_MAX_NUM_ORDERS", "maxNumOrders": 10}
    bench = Bench(filters=(limit,), exchange_filters=(exchange,))
    assert bench.engine.my_filters(bench.me, bench.symbol) == {
        "exchangeFilters": [exchange],
        "symbolFilters": [limit],
        "assetFilters": [],
    }


# Memory


def test_finished_orders_are_forgotten_oldest_first() -> None:
    bench = Bench(bounds=Bounds(finished_orders=3), order_limits=())
    orders = []
    for number in range(6):
        orders.append(bench.buy("1", "10", new_client_order_id=f"id{number}")["orderId"])
        bench.engine.cancel(bench.me, bench.symbol, order_id=orders[-1])
    assert [each["orderId"] for each in bench.engine.all_orders(bench.me, bench.symbol)] == orders[3:]
    with bench.refused(-2013, "Order does not exist."):
        bench.status(orders[0])
    with bench.refused(-2013, "Order does not exist."):
        bench.engine.order(bench.me, bench.symbol, orig_client_order_id="id0")
    assert bench.engine.order(bench.me, bench.symbol, orig_client_order_id="id5")["orderId"] == orders[5]


def test_a_reused_name_survives_the_eviction_of_its_first_bearer() -> None:
    bench = Bench(bounds=Bounds(finished_orders=2), order_limits=())
    bench.buy("1", "10", new_client_order_id="name")
    bench.engine.cancel(bench.me, bench.symbol, orig_client_order_id="name")
    second = bench.buy("1", "10", new_client_order_id="name")["orderId"]
    for _ in range(4):
        bench.engine.cancel(bench.me, bench.symbol, order_id=bench.buy("1", "9")["orderId"])
    assert bench.engine.order(bench.me, bench.symbol, orig_client_order_id="name")["orderId"] == second


def test_finished_lists_are_forgotten_too() -> None:
    bench = Bench(bounds=Bounds(finished_orders=2), order_limits=())
    bench.trade("100")
    for number in range(4):
        bench.engine.place_oco(bench.me, oco(bench, list_client_order_id=f"list{number}"))
        bench.engine.cancel_all(bench.me, bench.symbol)
    assert [each["orderListId"] for each in bench.engine.all_order_lists(bench.me)] == [2, 3]
    with bench.refused(-2013, "Order does not exist."):
        bench.engine.order_list(bench.me, orig_client_order_id="list0")


def test_a_house_account_keeps_no_history() -> None:
    bench = Bench()
    house = bench.engine.add_account(balances={"USDT": Decimal(1000), "BTC": Decimal(10)}, house=True)
    order = bench.buy("1", "10", account=house)
    assert order["clientOrderId"] == ""
    bench.sell("1", "10")
    assert bench.engine.all_orders(house, bench.symbol) == []
    assert bench.engine.my_trades(house, bench.symbol) == []
    assert trim(str(bench.money("BTC", house)[0])) == "11"  # no commission
    own = bench.buy("1", "10", account=house, new_client_order_id="own")
    assert own["clientOrderId"] == "own"
    bench.engine.cancel(house, bench.symbol, orig_client_order_id="own")
    with bench.refused(-2013, "Order does not exist."):
        bench.engine.order(house, bench.symbol, orig_client_order_id="own")


@pytest.mark.parametrize("bound", [10, 40])
def test_trades_of_an_account_are_bounded(bound: int) -> None:
    bench = Bench(bounds=Bounds(account_trades=bound), order_limits=())
    for _ in range(3 * bound):
        bench.sell("0.1", "10", account=bench.you)
        bench.market("BUY", "0.1")
    assert bound <= len(bench.engine.my_trades(bench.me, bench.symbol)) <= bound + bound // 4 + 1
