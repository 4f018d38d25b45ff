"""Matching by example: priority, times in force, market orders, icebergs, self-trades, the router, money."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from engine_kit import Bench, bare, trim

# Priority


def test_best_price_first_then_first_come() -> None:
    bench = Bench()
    late = bench.sell("1", "101", account=bench.you)
    first = bench.sell("1", "100", account=bench.you)
    second = bench.sell("1", "100", account=bench.you)
    reply = bench.buy("2.5", "101")
    assert [(trim(fill["price"]), trim(fill["qty"])) for fill in reply["fills"]] == [
        ("100", "1"),
        ("100", "1"),
        ("101", "0.5"),
    ]
    assert [bench.status(order, bench.you)["status"] for order in (first, second, late)] == [
        "FILLED",
        "FILLED",
        "PARTIALLY_FILLED",
    ]
    assert bench.levels() == ([], [("101", "0.5")])


def test_a_trade_happens_at_the_makers_price() -> None:
    bench = Bench()
    bench.buy("1", "105", account=bench.you)
    reply = bench.sell("1", "95")
    assert trim(reply["cummulativeQuoteQty"]) == "105"
    assert bench.engine.trades(bench.symbol)[-1]["isBuyerMaker"] is True


def test_what_a_better_price_saves_is_free_at_once() -> None:
    bench = Bench()
    bench.sell("1", "90", account=bench.you)
    bench.buy("3", "100")
    free, locked = bench.money("USDT")
    assert locked == 200
    assert free == 1_000_000 - 90 - 200


def test_a_resting_order_locks_what_it_needs() -> None:
    bench = Bench()
    bench.buy("2", "100")
    bench.sell("3", "200")
    assert bench.money("USDT") == (Decimal(999_800), Decimal(200))
    assert bench.money("BTC") == (Decimal(997), Decimal(3))


@pytest.mark.parametrize(("side", "quantity"), [("BUY", "10001"), ("SELL", "1000.00000001")])
def test_what_cannot_be_paid_is_refused(side: str, quantity: str) -> None:
    bench = Bench()
    with bench.refused(-2010, "Account has insufficient balance for requested action."):
        bench.limit(side, quantity, "100")
    assert bench.money("USDT") == (Decimal(1_000_000), 0)


# Times in force


def test_good_til_canceled_rests() -> None:
    bench = Bench()
    bench.sell("1", "100", account=bench.you)
    reply = bench.buy("3", "100")
    assert (reply["status"], trim(reply["executedQty"])) == ("PARTIALLY_FILLED", "1")
    assert bench.levels() == ([("100", "2")], [])


def test_immediate_or_cancel_expires_its_rest() -> None:
    bench = Bench()
    bench.sell("1", "100", account=bench.you)
    reply = bench.buy("3", "100", "IOC")
    assert (reply["status"], trim(reply["executedQty"])) == ("EXPIRED", "1")
    assert reply["expiryReason"] == "UNFILLED_IOC_QUANTITY_EXPIRED"
    assert bench.levels() == ([], [])
    assert bench.money("USDT") == (Decimal(999_900), 0)


@pytest.mark.parametrize(("quantity", "status"), [("3", "FILLED"), ("3.00000001", "EXPIRED")])
def test_fill_or_kill(quantity: str, status: str) -> None:
    bench = Bench()
    bench.sell("1", "99", account=bench.you)
    bench.sell("2", "100", account=bench.you, iceberg_qty="0.1")  # the hidden part counts
    bench.sell("5", "101", account=bench.you)
    reply = bench.buy(quantity, "100", "FOK")
    assert reply["status"] == status
    assert reply["fills"] == [] if status == "EXPIRED" else len(reply["fills"]) == 21
    assert reply.get("expiryReason") == ("UNFILLED_FOK_ORDER_EXPIRED" if status == "EXPIRED" else None)


def test_expiry_reasons_are_not_in_the_documents_of_2025() -> None:
    bench = Bench(edition=2025)
    assert "expiryReason" not in bench.buy("3", "100", "IOC")


@pytest.mark.parametrize(
    ("side", "price", "refused"),
    [("BUY", "100", True), ("BUY", "99", False), ("SELL", "98", True), ("SELL", "99", False)],
)
def test_limit_maker_never_takes(side: str, price: str, refused: bool) -> None:
    bench = Bench()
    bench.sell("1", "100", account=bench.you)
    bench.buy("1", "98", account=bench.you)
    if refused:
        with bench.refused(-2010, "Order would immediately match and take."):
            bench.place(side, "LIMIT_MAKER", quantity="1", price=price)
    else:
        reply = bench.place(side, "LIMIT_MAKER", quantity="1", price=price, new_order_resp_type=None)
        assert list(reply) == ["symbol", "orderId", "orderListId", "clientOrderId", "transactTime"]


# Market orders


def test_a_market_order_takes_what_there_is() -> None:
    bench = Bench()
    bench.sell("1", "100", account=bench.you)
    bench.sell("1", "200", account=bench.you)
    reply = bench.market("BUY", "5")
    assert (reply["status"], trim(reply["executedQty"]), trim(reply["cummulativeQuoteQty"])) == ("EXPIRED", "2", "300")
    assert reply["expiryReason"] == "INSUFFICIENT_LIQUIDITY"
    assert trim(reply["price"]) == "0"
    assert bench.money("USDT") == (Decimal(999_700), 0)


def test_a_market_order_on_an_empty_book_expires() -> None:
    bench = Bench()
    assert bench.market("SELL", "1")["status"] == "EXPIRED"
    assert bench.money("BTC") == (Decimal(1000), 0)


def test_a_market_buy_must_afford_what_the_book_asks() -> None:
    bench = Bench()
    bench.engine.withdraw(bench.me, "USDT", Decimal(999_700))
    bench.sell("2", "100", account=bench.you)
    bench.sell("1", "101", account=bench.you)
    with bench.refused(-2010, "Account has insufficient balance for requested action."):
        bench.market("BUY", "3")
    assert bench.market("BUY", "2.99")["status"] == "FILLED"


def test_own_orders_that_will_expire_cost_nothing() -> None:
    bench = Bench()
    bench.engine.withdraw(bench.me, "USDT", Decimal(999_900))
    bench.sell("5", "90")
    bench.sell("1", "100", account=bench.you)
    reply = bench.market("BUY", "1", self_trade_prevention_mode="EXPIRE_MAKER")
    assert (reply["status"], trim(reply["cummulativeQuoteQty"])) == ("FILLED", "100")
    assert bench.money("USDT") == (0, 0)


LOT = {"filterType": "LOT_SIZE", "minQty": "0.01", "maxQty": "1000", "stepSize": "0.01"}


@pytest.mark.parametrize(
    ("budget", "quantity", "spent"),
    [("150", "1.33", "149.5"), ("100", "1", "100"), ("1", "0.01", "1"), ("400", "3", "400"), ("400.5", "3", "400")],
)
def test_reverse_market_orders_buy_what_the_quote_buys(budget: str, quantity: str, spent: str) -> None:
    bench = Bench(filters=(LOT,))
    bench.sell("1", "100", account=bench.you)
    bench.sell("2", "150", account=bench.you)
    reply = bench.market("BUY", quote_order_qty=budget)
    assert (trim(reply["origQty"]), trim(reply["executedQty"]), trim(reply["cummulativeQuoteQty"])) == (
        quantity,
        quantity,
        spent,
    )
    assert (reply["status"], trim(reply["origQuoteOrderQty"])) == ("FILLED", budget)


def test_reverse_market_sell() -> None:
    bench = Bench(filters=(LOT,))
    bench.buy("5", "30", account=bench.you)
    reply = bench.market("SELL", quote_order_qty="100")
    assert (trim(reply["executedQty"]), trim(reply["cummulativeQuoteQty"])) == ("3.33", "99.9")


def test_reverse_market_order_short_of_liquidity_expires() -> None:
    bench = Bench(filters=(LOT,))
    bench.listen()
    bench.sell("1", "100", account=bench.you)
    reply = bench.market("BUY", quote_order_qty="150")
    assert (reply["status"], trim(reply["executedQty"])) == ("EXPIRED", "1")
    reports = [(each["x"], each["X"]) for each in bench.events if each["e"] == "executionReport"]
    assert reports == [("NEW", "NEW"), ("TRADE", "PARTIALLY_FILLED"), ("EXPIRED", "EXPIRED")]


def test_reverse_market_orders_need_a_minimum() -> None:
    bench = Bench(filters=(LOT,))
    with bench.refused(-2010, "Order book liquidity is less than LOT_SIZE filter minimum quantity."):
        bench.market("BUY", quote_order_qty="10")
    bench.sell("1", "100", account=bench.you)
    with bench.refused(-1013, "Filter failure: LOT_SIZE"):
        bench.market("BUY", quote_order_qty="0.99")
    bare_bench = Bench()
    with bare_bench.refused(-2010, "Order book liquidity is less than symbol minimum quantity."):
        bare_bench.market("BUY", quote_order_qty="10")
    market_lot = {"filterType": "MARKET_LOT_SIZE", "minQty": "2", "maxQty": "100", "stepSize": "0"}
    bench = Bench(filters=(LOT, market_lot))
    bench.sell("1", "100", account=bench.you)
    with bench.refused(-2010, "Order book liquidity is less than MARKET_LOT_SIZE filter minimum quantity."):
        bench.market("BUY", quote_order_qty="500")


# Icebergs


def test_an_iceberg_shows_a_part_and_loses_its_place_with_each() -> None:
    bench = Bench()
    ice = bench.sell("3", "100", account=bench.you, iceberg_qty="1")
    other = bench.sell("1", "100", account=bench.you)
    assert bench.levels() == ([], [("100", "2")])
    bench.buy("1", "100")
    assert bench.levels() == ([], [("100", "2")])
    assert bench.status(other, bench.you)["status"] == "NEW"
    bench.buy("1", "100")  # the next in the queue is the other
    assert bench.status(other, bench.you)["status"] == "FILLED"
    assert trim(bench.status(ice, bench.you)["executedQty"]) == "1"
    reply = bench.market("BUY", "2")
    assert (reply["status"], len(reply["fills"])) == ("FILLED", 2)
    assert bench.status(ice, bench.you)["status"] == "FILLED"
    assert bench.levels() == ([], [])


# Self-trade prevention: the scenarios of the exchange's page


def prevented(reply: dict[str, Any]) -> list[dict[str, Any]]:
    return reply.get("preventedMatches", [])


def maker_orders(bench: Bench) -> list[int]:
    orders = [("1.2", "1.2"), ("1.3", "1.1"), ("8.1", "1")]
    return [bench.buy(quantity, price)["orderId"] for quantity, price in orders]


def test_scenario_a_none() -> None:
    bench = Bench()
    maker = bench.buy("1", "1")
    taker = bench.sell("1", "1", self_trade_prevention_mode="NONE")
    assert (taker["status"], bench.status(maker)["status"]) == ("FILLED", "FILLED")
    assert prevented(taker) == []


def test_scenario_b_expire_maker() -> None:
    bench = Bench()
    makers = maker_orders(bench)
    taker = bench.sell("3", "1", self_trade_prevention_mode="EXPIRE_MAKER")
    assert taker["status"] == "NEW"
    assert prevented(taker) == [
        {
            "preventedMatchId": number,
            "makerOrderId": maker,
            "price": price + "0000000",
            "makerPreventedQuantity": quantity + "0000000",
        }
        for number, (maker, price, quantity) in enumerate(
            zip(makers, ("1.2", "1.1", "1.0"), ("1.2", "1.3", "8.1"), strict=True)
        )
    ]
    for number, maker in enumerate(makers):
        status = bench.status(maker)
        assert (status["status"], status["preventedMatchId"]) == ("EXPIRED_IN_MATCH", number)
    assert trim(bench.status(makers[2])["preventedQuantity"]) == "8.1"
    assert "preventedQuantity" not in taker
    assert bench.levels() == ([], [("1", "3")])
    assert bench.money("USDT") == (Decimal(1_000_000), 0)


def test_scenario_c_expire_taker() -> None:
    bench = Bench()
    makers = maker_orders(bench)
    taker = bench.sell("3", "1", self_trade_prevention_mode="EXPIRE_TAKER")
    assert taker["status"] == "EXPIRED_IN_MATCH"
    assert (taker["preventedMatchId"], trim(taker["preventedQuantity"])) == (0, "3")
    assert [bench.status(maker)["status"] for maker in makers] == ["NEW"] * 3
    assert bench.money("BTC") == (Decimal(1000), 0)


def test_scenario_d_expire_both() -> None:
    bench = Bench()
    bench.engine.set_permissions(bench.me, trade_group_id=1)
    maker = bench.buy("1", "1")
    taker = bench.sell("3", "1", self_trade_prevention_mode="EXPIRE_BOTH")
    assert (taker["status"], bench.status(maker)["status"]) == ("EXPIRED_IN_MATCH", "EXPIRED_IN_MATCH")
    assert prevented(taker) == [
        {
            "preventedMatchId": 0,
            "makerOrderId": maker["orderId"],
            "price": "1.00000000",
            "takerPreventedQuantity": "3.00000000",
            "makerPreventedQuantity": "1.00000000",
        }
    ]
    assert taker["tradeGroupId"] == 1


def test_scenario_e_the_mode_of_the_taker_decides() -> None:
    bench = Bench()
    maker = bench.buy("1", "1", self_trade_prevention_mode="EXPIRE_MAKER")
    taker = bench.sell("1", "1", self_trade_prevention_mode="EXPIRE_TAKER")
    assert (bench.status(maker)["status"], taker["status"]) == ("NEW", "EXPIRED_IN_MATCH")


def test_scenario_f_a_market_order() -> None:
    bench = Bench()
    maker = bench.buy("1", "1")
    taker = bench.market("SELL", "1", self_trade_prevention_mode="EXPIRE_MAKER")
    assert (bench.status(maker)["status"], taker["status"]) == ("EXPIRED_IN_MATCH", "EXPIRED")


def test_scenario_g_decrement() -> None:
    bench = Bench()
    maker = bench.buy("6", "2")
    taker = bench.sell("2", "2", self_trade_prevention_mode="DECREMENT")
    status = bench.status(maker)
    assert (status["status"], trim(status["preventedQuantity"]), status["preventedMatchId"]) == ("NEW", "2", 0)
    assert (taker["status"], trim(taker["preventedQuantity"])) == ("EXPIRED_IN_MATCH", "2")
    assert bench.levels() == ([("2", "4")], [])
    assert bench.money("USDT")[1] == 8


def test_decrement_of_equal_orders_ends_both() -> None:
    bench = Bench()
    maker = bench.buy("2", "2")
    taker = bench.sell("2", "2", self_trade_prevention_mode="DECREMENT")
    assert (bench.status(maker)["status"], taker["status"]) == ("EXPIRED_IN_MATCH", "EXPIRED_IN_MATCH")


def test_a_fill_before_the_prevention_stays() -> None:
    bench = Bench()
    bench.sell("1", "99", account=bench.you)
    bench.sell("1", "100")
    reply = bench.buy("3", "100", self_trade_prevention_mode="EXPIRE_TAKER")
    assert (reply["status"], trim(reply["executedQty"]), trim(reply["preventedQuantity"])) == (
        "EXPIRED_IN_MATCH",
        "1",
        "2",
    )


def test_one_trade_group_is_one_owner() -> None:
    bench = Bench()
    for account in (bench.me, bench.you):
        bench.engine.set_permissions(account, trade_group_id=5)
    bench.sell("1", "100", account=bench.you)
    assert bench.buy("1", "100", self_trade_prevention_mode="EXPIRE_TAKER")["status"] == "EXPIRED_IN_MATCH"
    (match,) = bench.engine.my_prevented_matches(bench.you, bench.symbol, prevented_match_id=0)
    assert match["tradeGroupId"] == 5


def test_fill_or_kill_does_not_prevent_what_it_could_not_fill() -> None:
    bench = Bench()
    own = bench.sell("1", "100")
    bench.sell("1", "100", account=bench.you)
    for mode in ("EXPIRE_TAKER", "EXPIRE_BOTH", "DECREMENT"):
        assert bench.buy("2", "100", "FOK", self_trade_prevention_mode=mode)["status"] == "EXPIRED"
        assert bench.status(own)["status"] == "NEW"
    reply = bench.buy("1", "100", "FOK", self_trade_prevention_mode="EXPIRE_MAKER")
    assert (reply["status"], bench.status(own)["status"]) == ("FILLED", "EXPIRED_IN_MATCH")


def test_nothing_beyond_an_own_order_that_ends_the_taker_counts() -> None:
    bench = Bench()
    own = bench.sell("1", "100")
    bench.sell("5", "101", account=bench.you)
    for mode in ("EXPIRE_TAKER", "EXPIRE_BOTH"):
        reply = bench.buy("1", "101", "FOK", self_trade_prevention_mode=mode)
        assert (reply["status"], bench.status(own)["status"]) == ("EXPIRED", "NEW")
    bench.engine.withdraw(bench.me, "USDT", Decimal(999_999))
    reply = bench.market("BUY", "5", self_trade_prevention_mode="EXPIRE_TAKER")  # it will not have to pay
    assert reply["status"] == "EXPIRED_IN_MATCH"


def test_fill_or_kill_sees_the_hidden_part_in_every_mode() -> None:
    bench = Bench()
    bench.sell("3", "100", account=bench.you, iceberg_qty="1")
    own = bench.sell("1", "100")
    reply = bench.buy("3.5", "100", "FOK", self_trade_prevention_mode="EXPIRE_MAKER")
    assert (reply["status"], bench.status(own)["status"]) == ("EXPIRED", "NEW")
    reply = bench.buy("3", "100", "FOK", self_trade_prevention_mode="EXPIRE_MAKER")
    assert (reply["status"], bench.status(own)["status"]) == ("FILLED", "EXPIRED_IN_MATCH")


# The smart order router, on one symbol


def test_the_routers_fills_are_allocations() -> None:
    bench = Bench()
    bench.sell("1", "100", account=bench.you)
    reply = bench.engine.place_sor(
        bench.me, bench.request("BUY", "LIMIT", time_in_force="GTC", quantity="3", price="100")
    )
    assert reply["fills"] == [
        {
            "matchType": "ONE_PARTY_TRADE_REPORT",
            "price": "100.00000000",
            "qty": "1.00000000",
            "commission": "0.00100000",
            "commissionAsset": "BTC",
            "tradeId": -1,
            "allocId": 0,
        }
    ]
    assert (reply["usedSor"], reply["workingFloor"]) == (True, "EXCHANGE")  # its last act was to rest
    bench.sell("1", "100", account=bench.you)
    (trade,) = bench.engine.my_trades(bench.me, bench.symbol)
    assert (trade["orderId"], trade["isMaker"]) == (reply["orderId"], True)
    (allocation,) = bench.engine.my_allocations(bench.me, bench.symbol)
    assert (allocation["allocationId"], allocation["orderId"], trim(allocation["qty"])) == (0, reply["orderId"], "1")


def test_what_the_router_does_not_take() -> None:
    bench = Bench()
    with bench.refused(-1106, "Parameter 'quoteOrderQty' sent when not required."):
        bench.engine.place_sor(bench.me, bench.request("BUY", "MARKET", quote_order_qty="1"))
    with bench.refused(-2010, "Unsupported order combination"):
        bench.engine.place_sor(bench.me, bench.request("BUY", "LIMIT_MAKER", quantity="1", price="1"))
    other = Bench(bare(sor_allowed=False))
    with other.refused(-1020, "This operation is not supported."):
        other.engine.test_sor(other.me, other.request("BUY", "MARKET", quantity="1"))
    assert bench.engine.test_sor(bench.me, bench.request("BUY", "MARKET", quantity="1")) == {}
