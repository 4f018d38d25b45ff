"""Each filter by example, with the bounds on both sides."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from engine_kit import Bench, bare, oco

from binance_async.simulator.engine import default_symbols
from binance_async.simulator.engine.filters import Rules
from binance_async.simulator.engine.market_data import MarketData

PRICE = {"filterType": "PRICE_FILTER", "minPrice": "10.00", "maxPrice": "1000.00", "tickSize": "0.05"}
LOT = {"filterType": "LOT_SIZE", "minQty": "0.10", "maxQty": "50", "stepSize": "0.10"}


def fails(bench: Bench, name: str) -> Any:
    return bench.refused(-1013, f"Filter failure: {name}")


def test_price_filter() -> None:
    bench = Bench(filters=(PRICE,))
    for price in ("10", "10.05", "1000"):
        bench.buy("1", price)
    for price in ("9.95", "1000.05", "10.01", "0"):
        with fails(bench, "PRICE_FILTER"):
            bench.buy("1", price)


def test_price_filter_looks_at_the_stop_price() -> None:
    bench = Bench(filters=(PRICE,))
    with fails(bench, "PRICE_FILTER"):
        bench.place("SELL", "STOP_LOSS", quantity="1", stop_price="50.01")
    bench.place("SELL", "STOP_LOSS", quantity="1", stop_price="50.05")


def test_zero_switches_a_rule_off() -> None:
    bench = Bench(filters=(PRICE | {"minPrice": "0", "maxPrice": "0", "tickSize": "0"},))
    for price in ("0.00000001", "99999.99999999"):
        bench.buy("1", price)


def test_percent_price_with_the_last_price() -> None:
    rule = {"filterType": "PERCENT_PRICE", "multiplierUp": "1.3", "multiplierDown": "0.7", "avgPriceMins": 0}
    bench = Bench(filters=(rule,))
    bench.buy("0.01", "1")  # never traded: there is nothing to compare with
    bench.trade("100")
    for price in ("70", "130"):
        bench.buy("0.01", price, "IOC")
    for price in ("69.99999999", "130.00000001"):
        with fails(bench, "PERCENT_PRICE"):
            bench.buy("0.01", price)


def test_percent_price_with_the_average() -> None:
    rule = {"filterType": "PERCENT_PRICE", "multiplierUp": "1.5", "multiplierDown": "0.5", "avgPriceMins": 5}
    bench = Bench(filters=(rule,))
    bench.trade("100", "1")
    bench.clock.step(60)
    bench.trade("110", "3")  # the average is 107.5
    bench.buy("0.01", "161.25", "IOC")
    with fails(bench, "PERCENT_PRICE"):
        bench.buy("0.01", "161.26")
    bench.clock.step(241)  # five minutes and a second after the first: it is out
    bench.buy("0.01", "165", "IOC")
    bench.clock.step(60)  # both are out: the last price
    with fails(bench, "PERCENT_PRICE"):
        bench.buy("0.01", "165.01")


def test_percent_price_by_side() -> None:
    rule = {
        "filterType": "PERCENT_PRICE_BY_SIDE",
        "bidMultiplierUp": "1.2",
        "bidMultiplierDown": "0.2",
        "askMultiplierUp": "5",
        "askMultiplierDown": "0.8",
        "avgPriceMins": 1,
    }
    bench = Bench(filters=(rule,))
    bench.trade("100")
    bench.buy("0.01", "20")
    bench.sell("0.01", "500")
    bench.buy("0.01", "120", "IOC")
    bench.sell("0.01", "80", "IOC")
    for side, price in (("BUY", "19.99"), ("BUY", "120.01"), ("SELL", "79.99"), ("SELL", "500.01")):
        with fails(bench, "PERCENT_PRICE_BY_SIDE"):
            bench.limit(side, "0.01", price)


def test_lot_size() -> None:
    bench = Bench(filters=(LOT,))
    for quantity in ("0.1", "50"):
        bench.buy(quantity, "1")
    for quantity in ("0", "0.05", "50.1", "0.15"):
        with fails(bench, "LOT_SIZE"):
            bench.buy(quantity, "1")
        with fails(bench, "LOT_SIZE"):
            bench.market("BUY", quantity)
    with fails(bench, "LOT_SIZE"):
        bench.buy("1", "1", iceberg_qty="0.15")


def test_min_notional() -> None:
    rule = {"filterType": "MIN_NOTIONAL", "minNotional": "10", "applyToMarket": True, "avgPriceMins": 0}
    bench = Bench(filters=(rule,))
    bench.buy("2", "5")
    with fails(bench, "MIN_NOTIONAL"):
        bench.buy("2", "4.99999999")
    bench.sell("0.2", "100", account=bench.you)
    bench.market("BUY", "0.01")  # never traded: nothing to value it at
    with fails(bench, "MIN_NOTIONAL"):
        bench.market("BUY", "0.09")
    bench.market("BUY", "0.1")


def test_min_notional_not_for_market_orders() -> None:
    rule = {"filterType": "MIN_NOTIONAL", "minNotional": "10", "applyToMarket": False, "avgPriceMins": 0}
    bench = Bench(filters=(rule,))
    bench.trade("100", "1")
    bench.sell("1", "100", account=bench.you)
    bench.market("BUY", "0.01")
    with fails(bench, "MIN_NOTIONAL"):
        bench.buy("0.01", "100")


def test_notional() -> None:
    rule = {
        "filterType": "NOTIONAL",
        "minNotional": "10",
        "applyMinToMarket": True,
        "maxNotional": "1000",
        "applyMaxToMarket": False,
        "avgPriceMins": 5,
    }
    bench = Bench(filters=(rule,))
    bench.trade("100", "1")
    bench.sell("200", "5", account=bench.you)
    for quantity, price in (("2", "5"), ("200", "5")):
        bench.buy(quantity, price, "IOC")
    for quantity, price in (("2", "4.99"), ("200", "5.01")):
        with fails(bench, "NOTIONAL"):
            bench.buy(quantity, price)
    with fails(bench, "NOTIONAL"):
        bench.market("BUY", "0.01")
    bench.market("BUY", "150")
    with fails(bench, "NOTIONAL"):
        bench.market("BUY", quote_order_qty="9.99")
    bench.place("SELL", "STOP_LOSS", quantity="10", stop_price="1")
    with fails(bench, "NOTIONAL"):
        bench.place("SELL", "STOP_LOSS", quantity="0.01", stop_price="1")


def test_iceberg_parts() -> None:
    bench = Bench(filters=({"filterType": "ICEBERG_PARTS", "limit": 4},))
    bench.buy("1", "10", iceberg_qty="0.25")
    with fails(bench, "ICEBERG_PARTS"):
        bench.buy("1", "10", iceberg_qty="0.24")


def test_market_lot_size() -> None:
    rule = {"filterType": "MARKET_LOT_SIZE", "minQty": "0.5", "maxQty": "5", "stepSize": "0.5"}
    bench = Bench(filters=(rule,))
    bench.sell("100", "10", account=bench.you)
    bench.market("BUY", "0.5")
    bench.buy("0.1", "10")
    for quantity in ("0.4", "5.5", "0.7"):
        with fails(bench, "MARKET_LOT_SIZE"):
            bench.market("BUY", quantity)
    with fails(bench, "MARKET_LOT_SIZE"):
        bench.market("BUY", quote_order_qty="55")  # would be 5.5


def test_max_num_orders() -> None:
    bench = Bench(filters=({"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 3},))
    bench.trade("100")
    bench.buy("1", "10")
    bench.place("SELL", "STOP_LOSS", quantity="1", stop_price="50")
    with fails(bench, "MAX_NUM_ORDERS"):  # two more would be four
        bench.engine.place_oco(bench.me, oco(bench))
    last = bench.buy("1", "10")
    with fails(bench, "MAX_NUM_ORDERS"):
        bench.buy("1", "10")
    bench.engine.cancel(bench.me, bench.symbol, order_id=last["orderId"])
    bench.buy("1", "10")


def test_max_num_algo_orders() -> None:
    bench = Bench(filters=({"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 1},))
    bench.trade("100")
    bench.place("SELL", "TAKE_PROFIT", quantity="1", stop_price="150")
    with fails(bench, "MAX_NUM_ALGO_ORDERS"):
        bench.place("SELL", "STOP_LOSS_LIMIT", quantity="1", stop_price="50", price="49", time_in_force="GTC")
    with fails(bench, "MAX_NUM_ALGO_ORDERS"):
        bench.engine.place_oco(bench.me, oco(bench))
    bench.buy("1", "10")


def test_max_num_iceberg_orders() -> None:
    bench = Bench(filters=({"filterType": "MAX_NUM_ICEBERG_ORDERS", "maxNumIcebergOrders": 1},))
    first = bench.buy("1", "10", iceberg_qty="0.5")
    with fails(bench, "MAX_NUM_ICEBERG_ORDERS"):
        bench.buy("1", "10", iceberg_qty="0.5")
    bench.buy("1", "10")
    bench.engine.cancel(bench.me, bench.symbol, order_id=first["orderId"])
    bench.buy("1", "10", iceberg_qty="0.5")


def test_max_position() -> None:
    bench = Bench(filters=({"filterType": "MAX_POSITION", "maxPosition": "1010"},))
    bench.sell("500", "1000")  # locked base counts as well
    bench.buy("6", "10")
    with fails(bench, "MAX_POSITION"):
        bench.buy("4.00000001", "10")
    bench.buy("4", "10")
    bench.sell("100", "1000")
    with fails(bench, "MAX_POSITION"):
        bench.market("BUY", "0.00000001")


def test_trailing_delta() -> None:
    rule = {
        "filterType": "TRAILING_DELTA",
        "minTrailingAboveDelta": 10,
        "maxTrailingAboveDelta": 200,
        "minTrailingBelowDelta": 20,
        "maxTrailingBelowDelta": 400,
    }
    bench = Bench(filters=(rule,))
    bench.trade("100")
    above = (("BUY", "STOP_LOSS"), ("SELL", "TAKE_PROFIT"))
    below = (("SELL", "STOP_LOSS"), ("BUY", "TAKE_PROFIT"))
    for pairs, low, high in ((above, 10, 200), (below, 20, 400)):
        for side, kind in pairs:
            bench.place(side, kind, quantity="1", trailing_delta=low)
            bench.place(side, kind, quantity="1", trailing_delta=high)
            for delta in (low - 1, high + 1):
                with fails(bench, "TRAILING_DELTA"):
                    bench.place(side, kind, quantity="1", trailing_delta=delta)


@pytest.mark.parametrize(
    ("name", "field", "order"),
    [
        ("EXCHANGE_MAX_NUM_ORDERS", "maxNumOrders", {"type": "LIMIT", "price": "10", "time_in_force": "GTC"}),
        ("EXCHANGE_MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders", {"type": "STOP_LOSS", "stop_price": "10"}),
        (
            "EXCHANGE_MAX_NUM_ICEBERG_ORDERS",
            "maxNumIcebergOrders",
            {"type": "LIMIT", "price": "10", "iceberg_qty": "0.5", "time_in_force": "GTC"},
        ),
    ],
)
def test_exchange_filters_count_all_symbols(name: str, field: str, order: dict[str, Any]) -> None:
    specs = (bare(), bare("ETHUSDT", "ETH", "USDT"))
    bench = Bench(*specs, exchange_filters=({"filterType": name, field: 2},))
    for symbol in ("BTCUSDT", "ETHUSDT"):
        bench.place("BUY", quantity="1", symbol=symbol, **order)
    with fails(bench, name):
        bench.place("BUY", quantity="1", **order)


def test_numbers_of_lists() -> None:
    limit = {"filterType": "MAX_NUM_ORDER_LISTS", "maxNumOrderLists": 1}
    bench = Bench(filters=(limit,))
    bench.trade("100")
    bench.engine.place_oco(bench.me, oco(bench))
    with fails(bench, "MAX_NUM_ORDER_LISTS"):
        bench.engine.place_oco(bench.me, oco(bench))
    bench = Bench(exchange_filters=({"filterType": "EXCHANGE_MAX_NUM_ORDER_LISTS", "maxNumOrderLists": 1},))
    bench.trade("100")
    bench.engine.place_oco(bench.me, oco(bench))
    with fails(bench, "EXCHANGE_MAX_NUM_ORDER_LISTS"):
        bench.engine.place_oco(bench.me, oco(bench))


def test_number_of_amendments() -> None:
    bench = Bench(filters=({"filterType": "MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends": 2},))
    order = bench.buy("10", "10")["orderId"]
    for quantity in ("9", "8"):
        bench.engine.amend(bench.me, bench.symbol, order_id=order, new_qty=Decimal(quantity))
    with fails(bench, "MAX_NUM_ORDER_AMENDS"):
        bench.engine.amend(bench.me, bench.symbol, order_id=order, new_qty=Decimal(7))


def test_a_house_account_may_have_any_number() -> None:
    bench = Bench(
        filters=({"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 1},),
        exchange_filters=({"filterType": "EXCHANGE_MAX_NUM_ORDERS", "maxNumOrders": 1},),
        order_limits=(),
    )
    house = bench.engine.add_account(balances={"USDT": Decimal(1000)}, house=True)
    for _ in range(5):
        bench.buy("1", "10", account=house)


def test_the_default_symbols_can_be_traded() -> None:
    for spec in default_symbols(40):
        rules = Rules(spec.filters)
        low, _, step = rules.lot
        assert low == step > 0
        assert MarketData  # the filters read nothing else
        assert spec.symbol == spec.base_asset + spec.quote_asset
    assert len({spec.symbol for spec in default_symbols(40)}) == 40
