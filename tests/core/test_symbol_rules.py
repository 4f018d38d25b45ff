"""A symbol's rules: rounding to the grid, and a verdict that an independent reading of the documents confirms."""

from __future__ import annotations

import json
import os
from decimal import Decimal, localcontext
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from binance_async.core.decoding import decoder_for
from binance_async.core.endpoint import endpoint_of
from binance_async.core.symbol_rules import (
    OpenOrders,
    OrderArguments,
    SymbolRules,
    Unchecked,
    Verdict,
    Violation,
)
from binance_async.errors import InvalidArgument, NotSent, RefusedLocally
from binance_async.spot import Calls as SpotCalls
from binance_async.spot import filters as spot
from binance_async.spot.enums import OrderType, Side
from binance_async.spot.types.general import ExchangeInfo
from binance_async.us import Calls as UsCalls
from binance_async.us import filters as us
from binance_async.us.types.general import Symbol as UsSymbol

D = Decimal
EXAMPLES = 200 * int(os.environ.get("BINANCE_ASYNC_EXAMPLES", "1"))

FILTERS: list[dict[str, Any]] = [
    {"filterType": "PRICE_FILTER", "minPrice": "0.01000000", "maxPrice": "1000000.00000000", "tickSize": "0.01000000"},
    {"filterType": "LOT_SIZE", "minQty": "0.00001000", "maxQty": "9000.00000000", "stepSize": "0.00001000"},
    {"filterType": "ICEBERG_PARTS", "limit": 10},
    {"filterType": "MARKET_LOT_SIZE", "minQty": "0.00000000", "maxQty": "71.06940000", "stepSize": "0.00000000"},
    {
        "filterType": "PERCENT_PRICE_BY_SIDE",
        "bidMultiplierUp": "5",
        "bidMultiplierDown": "0.2",
        "askMultiplierUp": "5",
        "askMultiplierDown": "0.2",
        "avgPriceMins": 5,
    },
    {
        "filterType": "NOTIONAL",
        "minNotional": "5.00000000",
        "applyMinToMarket": True,
        "maxNotional": "9000000.00000000",
        "applyMaxToMarket": False,
        "avgPriceMins": 5,
    },
    {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
    {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 5},
    {"filterType": "NEW_2030", "surprise": [1]},
]
SYMBOL: dict[str, Any] = {
    "symbol": "BTCUSDT",
    "status": "TRADING",
    "baseAsset": "BTC",
    "baseAssetPrecision": 8,
    "quoteAsset": "USDT",
    "quotePrecision": 8,
    "quoteAssetPrecision": 8,
    "baseCommissionPrecision": 8,
    "quoteCommissionPrecision": 8,
    "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"],
    "icebergAllowed": True,
    "ocoAllowed": True,
    "quoteOrderQtyMarketAllowed": True,
    "allowTrailingStop": True,
    "cancelReplaceAllowed": True,
    "isSpotTradingAllowed": True,
    "isMarginTradingAllowed": False,
    "filters": [f for f in FILTERS if f["filterType"] != "NEW_2030"],
    "permissions": [],
    "allowedSelfTradePreventionModes": ["NONE", "EXPIRE_MAKER"],
}


def read(type_: Any, value: Any) -> Any:
    return decoder_for(type_).decode(json.dumps(value).encode())


def rules_of(*filters: dict[str, Any], family: Any = spot, **symbol: Any) -> SymbolRules:
    return SymbolRules("BTCUSDT", read(list[family.Filter], filters), **symbol)


RULES = rules_of(*FILTERS)


# What the filters say


def test_the_attributes_tell_what_the_filters_say() -> None:
    assert (RULES.tick_size, RULES.min_price, RULES.max_price) == (D("0.01"), D("0.01"), D(1000000))
    assert (RULES.step_size, RULES.min_qty, RULES.max_qty) == (D("0.00001"), D("0.00001"), D(9000))
    assert (RULES.market_step_size, RULES.market_min_qty, RULES.market_max_qty) == (None, None, D("71.0694"))
    assert (RULES.min_notional, RULES.max_notional) == (D(5), D(9000000))
    assert (RULES.max_iceberg_parts, RULES.max_num_orders, RULES.max_num_algo_orders) == (10, 200, 5)
    assert RULES.max_position is None
    assert repr(RULES) == "<SymbolRules of BTCUSDT: tick_size 0.01000000, step_size 0.00001000>"


def test_what_there_is_no_filter_for_is_none() -> None:
    bare = rules_of()
    told = {
        name: value for name, value in vars(bare).items() if name.startswith(("min", "max", "tick", "step", "market"))
    }
    assert len(told) == 15
    assert set(told.values()) == {None}
    assert bare.check("BUY", "LIMIT", price=1, quantity=1) == []


def test_of_two_least_values_the_greater_counts() -> None:
    minimum = {"filterType": "MIN_NOTIONAL", "minNotional": "7", "applyToMarket": True, "avgPriceMins": 5}
    assert rules_of(*FILTERS, minimum).min_notional == D(7)


def test_the_rules_are_made_from_what_exchange_info_tells() -> None:
    exchange_filters = [{"filterType": "EXCHANGE_MAX_NUM_ORDERS", "maxNumOrders": 1000}]
    info: ExchangeInfo = read(
        ExchangeInfo,
        {
            "timezone": "UTC",
            "serverTime": 1,
            "rateLimits": [],
            "exchangeFilters": exchange_filters,
            "symbols": [{**SYMBOL, "pegInstructionsAllowed": False, "filters": FILTERS}],
        },
    )
    rules = SymbolRules.from_symbol(info.symbols[0], info.exchange_filters)
    assert (rules.symbol, rules.base_asset, rules.quote_asset, rules.status) == ("BTCUSDT", "BTC", "USDT", "TRADING")
    assert rules.order_types is not None
    assert "LIMIT_MAKER" in rules.order_types
    assert rules.allowed_self_trade_prevention_modes == ("NONE", "EXPIRE_MAKER")
    assert rules.filters == (*info.symbols[0].filters, *info.exchange_filters)
    assert [v.filter for v in rules.check("BUY", "LIMIT", peg_price_type="MARKET_PEG", quantity=1)] == [
        "pegInstructionsAllowed"
    ]


def test_the_rules_of_another_family_are_made_alike() -> None:
    rules = SymbolRules.from_symbol(
        read(UsSymbol, {**SYMBOL, "filters": [*SYMBOL["filters"][:6], {"filterType": "MAX_NUM_ORDERS", "limit": 25}]})
    )
    assert (rules.tick_size, rules.max_num_orders) == (D("0.01"), 25)
    assert rules.peg_instructions_allowed is None


def test_a_symbol_without_modes_allows_whatever_the_exchange_does() -> None:
    rules = SymbolRules.from_symbol(SimpleNamespace(symbol="A", filters=[], allowed_self_trade_prevention_modes=[]))
    assert rules.check("BUY", "LIMIT", self_trade_prevention_mode="NONE") == []


# Rounding


def test_a_quantity_goes_down_and_a_price_the_way_that_costs_nothing() -> None:
    assert str(RULES.quantity("0.0123456789")) == "0.01234"
    assert str(RULES.price("60000.019", side="BUY")) == "60000.01"
    assert str(RULES.price("60000.011", side="SELL")) == "60000.02"
    assert str(RULES.price("60000.011", side=Side.SELL)) == "60000.02"
    assert str(RULES.price("60000.014")) == "60000.01"
    assert str(RULES.price("60000.015")) == "60000.02"
    assert str(RULES.price("60000.011", "up", side="BUY")) == "60000.02"  # said outright
    assert str(RULES.price(60000)) == "60000.00"


def test_a_float_counts_by_its_shortest_repr() -> None:
    assert RULES.price(0.1 + 0.2, "up") == D("0.31")
    assert RULES.price(0.3, "up") == D("0.30")
    assert RULES.price(1.005, "nearest") == D("1.01")  # in binary it is a little less than halfway
    assert RULES.quantity(1e-05) == D("0.00001")
    assert RULES.quantity(0.29) == D("0.29")


def test_exact_refuses_what_is_off_the_grid() -> None:
    assert RULES.price("60000.01000", "exact") == D("60000.01")
    with pytest.raises(InvalidArgument) as caught:
        RULES.price("60000.013", "exact")
    assert str(caught.value) == (
        "symbol_rules.price: BTCUSDT: PRICE_FILTER: price 60000.013 is off the steps of 0.01 by 0.003"
    )
    assert caught.value.argument == "price"
    with pytest.raises(
        InvalidArgument, match=r"LOT_SIZE: quantity 0\.000019 is off the steps of 0\.00001 by 0\.000001"
    ):
        RULES.quantity("0.000019", "exact")


@pytest.mark.parametrize(
    ("what", "arguments", "text"),
    [
        ("price", ("0.004", "down"), "PRICE_FILTER: price 0.004, rounded down to 0 is below 0.01 by 0.01"),
        ("price", ("1000000.005",), "PRICE_FILTER: price 1000000.005, rounded nearest to 1000000.01 is above 1000000"),
        ("quantity", ("9000.5",), "LOT_SIZE: quantity 9000.5 is above 9000 by 0.5"),
        ("quantity", ("0.0000099",), "LOT_SIZE: quantity 0.0000099, rounded down to 0 is below 0.00001 by 0.00001"),
    ],
)
def test_out_of_bounds_names_the_filter_the_bound_and_by_how_much(what: str, arguments: Any, text: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        getattr(RULES, what)(*arguments)
    assert f"BTCUSDT: {text}" in str(caught.value)
    assert isinstance(caught.value, NotSent)
    assert caught.value.argument == what


def test_a_market_quantity_obeys_both_lot_sizes() -> None:
    lot = {"filterType": "LOT_SIZE", "minQty": "0.1", "maxQty": "100", "stepSize": "0.4"}
    market = {"filterType": "MARKET_LOT_SIZE", "minQty": "1.5", "maxQty": "50", "stepSize": "0.6"}
    rules = rules_of(lot, market)
    assert rules.quantity("3.3") == D("3.2")
    assert rules.quantity("3.3", market=True) == D("2.4")
    assert rules.quantity("3.3", "up", market=True) == D("3.6")
    with pytest.raises(
        InvalidArgument, match=r"MARKET_LOT_SIZE: quantity 1\.3, rounded down to 1\.2 is below 1\.5 by 0\.3"
    ):
        rules.quantity("1.3", market=True)
    with pytest.raises(InvalidArgument, match=r"MARKET_LOT_SIZE: .* is above 50 by 2\.8"):
        rules.quantity("53", market=True)
    assert RULES.quantity("0.0123456789", market=True) == D("0.01234")


def test_lot_sizes_that_never_meet_have_no_market_quantity() -> None:
    lot = {"filterType": "LOT_SIZE", "minQty": "0.1", "maxQty": "100", "stepSize": "0.4"}
    market = {"filterType": "MARKET_LOT_SIZE", "minQty": "0.2", "maxQty": "50", "stepSize": "0.4"}
    assert rules_of(lot, market).quantity("3.3", market=True) == D("3.2")
    futures = rules_of(lot, market, grid_from_minimum=True)
    assert futures.quantity("3.3") == D("3.3")
    with pytest.raises(InvalidArgument, match="LOT_SIZE and MARKET_LOT_SIZE have no step in common"):
        futures.quantity("3.3", market=True)


def test_without_a_step_the_precision_of_the_asset_counts() -> None:
    rules = rules_of(base_asset_precision=3, quote_asset_precision=2)
    assert str(rules.quantity("1.23456")) == "1.234"
    assert str(rules.price("1.23456")) == "1.23"
    assert str(rules_of().price("1.23456")) == "1.23456"


def test_an_amount_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"quantity 0\.9, rounded down to 0, which is no quantity"):
        rules_of(base_asset_precision=0).quantity("0.9")
    with pytest.raises(InvalidArgument, match="price 0, which is no price"):
        rules_of().price(0)


@pytest.mark.parametrize("wrong", [True, None, "x", "NaN", float("inf"), b"1", [1], "1e2000"])
def test_what_is_no_number_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidArgument, match="price takes a"):
        RULES.price(wrong)
    if wrong is not None:
        with pytest.raises(InvalidArgument, match="quantity takes a"):
            RULES.check("BUY", "LIMIT", quantity=wrong)


def test_what_no_direction_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="rounding takes down, up, nearest, exact"):
        RULES.price(1, "sideways")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match="side takes BUY or SELL"):
        RULES.price(1, side="buy")
    with pytest.raises(InvalidArgument, match="price takes a number that is not negative"):
        RULES.price(-1)


grids = st.tuples(
    st.integers(0, 500).map(lambda n: D(n) / 100),
    st.integers(0, 9000).map(lambda n: D(n) / 100),
    st.sampled_from(["0", "0.01", "0.05", "0.1", "0.25", "1", "5"]).map(D),
)
amounts = st.decimals("0", "100", places=4) | st.decimals("0", "100", places=2) | st.floats(0, 100)


@given(grid=grids, amount=amounts, rounding=st.sampled_from(["down", "up", "nearest"]))
def test_what_is_rounded_is_on_the_grid_within_bounds_and_stays(grid: Any, amount: Any, rounding: Any) -> None:
    low, high, step = grid
    rules = rules_of({"filterType": "PRICE_FILTER", "minPrice": str(low), "maxPrice": str(high), "tickSize": str(step)})
    given_ = Fraction(repr(amount) if isinstance(amount, float) else amount)
    tick = Fraction(step)
    inside = max(Fraction(low), tick) + tick <= given_ and given_ and (not high or given_ <= Fraction(high) - tick)
    try:
        price = rules.price(amount, rounding)
    except InvalidArgument:
        assert not inside
        return
    assert price >= low
    assert not high or price <= high
    assert not step or Fraction(price) % Fraction(step) == 0
    moved = Fraction(price) - given_
    assert abs(moved) <= Fraction(step) * (Fraction(1, 2) if rounding == "nearest" else 1)
    assert {"down": moved <= 0, "up": moved >= 0, "nearest": True}[rounding]
    assert rules.price(price, "exact") == rules.price(price, rounding) == price
    assert rules.check("BUY", "LIMIT", price=price) == []


@given(amount=st.decimals("0.00001", "71", places=12))
def test_a_rounded_order_passes(amount: D) -> None:
    with localcontext() as mine:
        mine.prec = 2  # the caller's own context decides nothing
        quantity = RULES.quantity(amount, "up", market=True)
        price = RULES.price(D(300_000) / 1, side="BUY")
        verdict = RULES.check("BUY", "LIMIT", quantity=quantity, price=price, average_price=price)
    assert [v for v in verdict if v.filter != "NOTIONAL"] == []


# Judging


def test_a_verdict_names_the_filter_and_by_how_much() -> None:
    verdict = RULES.check("BUY", "LIMIT", time_in_force="GTC", quantity="0.0000123", price="100.005")
    assert verdict == [
        Violation("PRICE_FILTER", "price 100.005 is off the steps of 0.01 by 0.005", D("0.005")),
        Violation("LOT_SIZE", "quantity 0.0000123 is off the steps of 0.00001 by 0.0000023", D("0.0000023")),
        Violation("NOTIONAL", "price x quantity 0.0012300615 is below 5 by 4.9987699385", D("4.9987699385")),
    ]
    assert verdict.unchecked == [
        Unchecked("PERCENT_PRICE_BY_SIDE", "average_price"),
        Unchecked("MAX_NUM_ORDERS", "open_orders"),
        Unchecked("NEW_2030", "a version of this package that knows it"),
    ]
    assert str(verdict[0]) == "PRICE_FILTER: price 100.005 is off the steps of 0.01 by 0.005"
    assert "unchecked=[Unchecked(filter='PERCENT_PRICE_BY_SIDE'" in repr(verdict)


def test_an_order_that_is_fine_has_an_empty_verdict() -> None:
    rules = rules_of(*FILTERS[:-1])
    facts: OrderArguments = {"average_price": 60000.0, "open_orders": OpenOrders(orders=3)}
    verdict = rules.check("BUY", "LIMIT", quantity="0.001", price=60000, **facts)
    assert verdict == []
    assert not verdict
    assert verdict.unchecked == []
    assert verdict == rules.check(Side.BUY, OrderType.LIMIT, quantity="0.001", price=60000, **facts)


def test_required_rules_refuse_before_anything_is_sent() -> None:
    with pytest.raises(RefusedLocally) as caught:
        RULES.require("BUY", "MARKET", quantity="100", average_price="0.01")
    assert isinstance(caught.value, NotSent)
    assert str(caught.value) == (
        "symbol_rules.require: BTCUSDT: MARKET_LOT_SIZE: quantity 100 is above 71.0694 by 28.9306; "
        "NOTIONAL: average_price x quantity 1 is below 5 by 4"
    )
    verdict = RULES.require("BUY", "MARKET", quantity="1", average_price="60000")
    assert verdict == []
    assert [u.filter for u in verdict.unchecked] == ["MAX_NUM_ORDERS", "NEW_2030"]


@pytest.mark.parametrize("calls", [SpotCalls, UsCalls], ids=["spot", "us"])
def test_the_arguments_are_those_of_place_order(calls: Any) -> None:
    names = [p.name for p in endpoint_of(calls.place_order).parameters]
    assert names[:3] == ["symbol", "side", "type"]
    assert set(names[3:]) <= set(OrderArguments.__annotations__)
    assert names[0] in OrderArguments.__annotations__


def test_one_dict_serves_the_rules_and_the_call() -> None:
    order: dict[str, Any] = {
        "symbol": "BTCUSDT",
        "side": "BUY",
        "type": "LIMIT",
        "time_in_force": "GTC",
        "quantity": "1",
        "price": "100",
        "stop_price": None,
        "new_client_order_id": "mine",
        "recv_window": 5000,
    }
    assert RULES.require(**order) == []
    assert endpoint_of(SpotCalls.place_order).bind((), order)["quantity"] == "1"
    with pytest.raises(InvalidArgument, match="symbol is ETHUSDT, and these are the rules of BTCUSDT"):
        RULES.check(**{**order, "symbol": "ETHUSDT"})


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("qauntity", "1", "qauntity is unknown"),
        ("quantity", "-1", "quantity takes a number that is not negative"),
        ("trailing_delta", "10", "trailing_delta takes an int"),
        ("trailing_delta", True, "trailing_delta takes an int"),
        ("open_orders", 3, "open_orders takes OpenOrders"),
        ("position", "all", "position takes a number"),
    ],
)
def test_arguments_that_are_none_are_refused(name: str, value: Any, text: str) -> None:
    with pytest.raises(InvalidArgument, match=f"symbol_rules.check: {text}") as caught:
        RULES.check("BUY", "LIMIT", **{name: value})
    assert caught.value.argument == name


def test_a_side_is_buy_or_sell() -> None:
    with pytest.raises(InvalidArgument, match="side takes BUY or SELL"):
        RULES.check("HOLD", "LIMIT")


@pytest.mark.parametrize(
    ("symbol", "order", "filter_"),
    [
        ({"status": "BREAK"}, {}, "status"),
        ({"is_spot_trading_allowed": False}, {}, "isSpotTradingAllowed"),
        ({"order_types": ["MARKET"]}, {}, "orderTypes"),
        ({"iceberg_allowed": False}, {"iceberg_qty": "1"}, "icebergAllowed"),
        ({"quote_order_qty_market_allowed": False}, {"quote_order_qty": "1"}, "quoteOrderQtyMarketAllowed"),
        ({"allow_trailing_stop": False}, {"trailing_delta": 10}, "allowTrailingStop"),
        ({"peg_instructions_allowed": False}, {"peg_price_type": "PRIMARY_PEG"}, "pegInstructionsAllowed"),
        (
            {"allowed_self_trade_prevention_modes": ["NONE"]},
            {"self_trade_prevention_mode": "DECREMENT"},
            "allowedSelfTradePreventionModes",
        ),
        ({"base_asset_precision": 2}, {"quantity": "0.123"}, "baseAssetPrecision"),
        ({"base_asset_precision": 2}, {"iceberg_qty": "0.123"}, "baseAssetPrecision"),
        ({"quote_asset_precision": 2}, {"price": "0.123"}, "quoteAssetPrecision"),
        ({"quote_asset_precision": 2}, {"stop_price": "0.123"}, "quoteAssetPrecision"),
        ({"quote_asset_precision": 2}, {"quote_order_qty": "0.123"}, "quoteAssetPrecision"),
    ],
    ids=lambda value: None,
)
def test_the_symbol_itself_refuses(symbol: Any, order: Any, filter_: str) -> None:
    [violation] = rules_of(**symbol).check("BUY", "LIMIT", **order)
    assert violation.filter == filter_
    assert violation.by == (D(1) if "Precision" in filter_ else None)
    allowed: dict[str, Any] = {name: True if value is False else None for name, value in symbol.items()}
    assert rules_of(**allowed).check("BUY", "LIMIT", **order) == []


def test_zeros_at_the_end_are_no_precision() -> None:
    rules = rules_of(base_asset_precision=2, quote_asset_precision=0)
    assert rules.check("BUY", "LIMIT", quantity="0.1200000", price="10.000") == []


def test_a_verdict_is_a_list() -> None:
    verdict = Verdict([Violation("A", "b")])
    assert verdict == [Violation("A", "b")]
    assert verdict.unchecked == []


# The reference: the documents' sentences, one filter after the other, in fractions and on the JSON as it comes


def naive(filters: list[dict[str, Any]], order: dict[str, Any]) -> tuple[set[str], set[str]]:
    refuses: set[str] = set()
    unchecked: set[str] = set()

    def number(name: str) -> Fraction | None:
        return None if order.get(name) is None else Fraction(str(order[name]))

    type_, buy = order["type"], order["side"] == "BUY"
    limit = type_ in ("LIMIT", "LIMIT_MAKER", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT")
    algo = "STOP_LOSS" in type_ or "TAKE_PROFIT" in type_
    quantity, price, stop = number("quantity"), number("price"), number("stop_price")
    iceberg, quote = number("iceberg_qty"), number("quote_order_qty")

    def outside(x: Fraction, f: dict[str, Any], low: str, high: str, step: str) -> bool:
        lo, hi, by = Fraction(f[low]), Fraction(f[high]), Fraction(f[step])
        return x < lo or (hi != 0 and x > hi) or (by != 0 and (x / by).denominator != 1)

    for f in filters:
        name = f["filterType"]
        market = number("reference_price")
        if market is None and "avgPriceMins" in f:
            market = number("average_price" if f["avgPriceMins"] else "last_price")
        if name == "PRICE_FILTER":
            for x in (price, stop):
                if x is not None and outside(x, f, "minPrice", "maxPrice", "tickSize"):
                    refuses.add(name)
            if price is None and limit:
                unchecked.add(name)
        elif name in ("LOT_SIZE", "MARKET_LOT_SIZE"):
            if name == "MARKET_LOT_SIZE" and type_ != "MARKET":
                continue
            if quantity is None:
                unchecked.add(name)
            elif outside(quantity, f, "minQty", "maxQty", "stepSize"):
                refuses.add(name)
            if name == "LOT_SIZE" and iceberg and outside(iceberg, f, "minQty", "maxQty", "stepSize"):
                refuses.add(name)
        elif name.startswith("PERCENT_PRICE"):
            side = "" if name == "PERCENT_PRICE" else "bid" if buy else "ask"
            up, down = (f[side + ("M" if side else "m") + "ultiplier" + way] for way in ("Up", "Down"))
            if price is None and not limit:
                continue
            if price is None or market is None:
                unchecked.add(name)
            elif price > market * Fraction(up) or price < market * Fraction(down):
                refuses.add(name)
        elif name in ("MIN_NOTIONAL", "NOTIONAL"):
            at_market = price is None and not limit
            low, high = Fraction(f["minNotional"]), Fraction(f.get("maxNotional", 0))
            if at_market and not f.get("applyToMarket", f.get("applyMinToMarket")):
                low = Fraction(0)
            if at_market and not f.get("applyMaxToMarket"):
                high = Fraction(0)
            if not low and not high:
                continue
            each = market if at_market else price
            value = None if each is None or quantity is None else each * quantity
            if at_market and quote is not None:
                value = quote
            if value is None:
                unchecked.add(name)
            elif value < low or (high and value > high):
                refuses.add(name)
        elif name == "ICEBERG_PARTS" and iceberg:
            if quantity is None:
                unchecked.add(name)
            elif -(-quantity // iceberg) > f["limit"]:
                refuses.add(name)
        elif name == "TRAILING_DELTA" and order.get("trailing_delta") is not None:
            above = (type_ in ("STOP_LOSS", "STOP_LOSS_LIMIT") and buy) or (
                type_ not in ("STOP_LOSS", "STOP_LOSS_LIMIT") and not buy
            )
            low, high = (f[f"{m}Trailing{'Above' if above else 'Below'}Delta"] for m in ("min", "max"))
            if not low <= order["trailing_delta"] <= high:
                refuses.add(name)
        elif name == "MAX_POSITION" and buy:
            most = Fraction(f["maxPosition"])
            if quantity is None:
                unchecked.add(name)
            elif (number("position") or 0) + quantity > most:
                refuses.add(name)
            elif number("position") is None:
                unchecked.add(name)
        elif "MAX_NUM" in name:
            kind = "algo_orders" if "ALGO" in name else "iceberg_orders" if "ICEBERG" in name else "orders"
            if (kind == "algo_orders" and not algo) or (kind == "iceberg_orders" and not iceberg):
                continue
            now = order.get("open_on_exchange" if name.startswith("EXCHANGE") else "open_orders")
            most = next(value for key, value in f.items() if key.startswith("maxNum"))
            if now is None or (getattr(now, kind) >= most and type_ == "MARKET"):
                unchecked.add(name)
            elif getattr(now, kind) >= most:
                refuses.add(name)
    return refuses, unchecked


def text(low: int, high: int, scale: int = 100) -> st.SearchStrategy[str]:
    return st.integers(low, high).map(lambda n: str(D(n) / scale))


def bounds(low: str, high: str, step: str) -> dict[str, Any]:
    return {low: text(0, 300), high: text(0, 900), step: st.sampled_from(["0", "0.01", "0.03", "0.25", "1"])}


flag, few, mins = st.booleans(), st.integers(0, 4), st.sampled_from([0, 5])
SHAPES: dict[str, dict[str, Any]] = {
    "PRICE_FILTER": bounds("minPrice", "maxPrice", "tickSize"),
    "LOT_SIZE": bounds("minQty", "maxQty", "stepSize"),
    "MARKET_LOT_SIZE": bounds("minQty", "maxQty", "stepSize"),
    "PERCENT_PRICE": {"multiplierUp": text(100, 300), "multiplierDown": text(0, 100), "avgPriceMins": mins},
    "PERCENT_PRICE_BY_SIDE": {
        "bidMultiplierUp": text(100, 300),
        "bidMultiplierDown": text(0, 100),
        "askMultiplierUp": text(100, 300),
        "askMultiplierDown": text(0, 100),
        "avgPriceMins": mins,
    },
    "MIN_NOTIONAL": {"minNotional": text(0, 2000), "applyToMarket": flag, "avgPriceMins": mins},
    "NOTIONAL": {
        "minNotional": text(0, 1000),
        "applyMinToMarket": flag,
        "maxNotional": text(0, 5000),
        "applyMaxToMarket": flag,
        "avgPriceMins": mins,
    },
    "ICEBERG_PARTS": {"limit": st.integers(1, 10)},
    "TRAILING_DELTA": {
        "minTrailingAboveDelta": st.integers(0, 20),
        "maxTrailingAboveDelta": st.integers(10, 50),
        "minTrailingBelowDelta": st.integers(0, 20),
        "maxTrailingBelowDelta": st.integers(10, 50),
    },
    "MAX_POSITION": {"maxPosition": text(0, 1500)},
    "MAX_NUM_ORDERS": {"maxNumOrders": few},
    "MAX_NUM_ALGO_ORDERS": {"maxNumAlgoOrders": few},
    "MAX_NUM_ICEBERG_ORDERS": {"maxNumIcebergOrders": few},
    "EXCHANGE_MAX_NUM_ORDERS": {"maxNumOrders": few},
    "EXCHANGE_MAX_NUM_ICEBERG_ORDERS": {"maxNumIcebergOrders": few},
}
a_filter = st.sampled_from(sorted(SHAPES)).flatmap(
    lambda name: st.fixed_dictionaries({"filterType": st.just(name), **SHAPES[name]})
)
some_filters = st.lists(a_filter, max_size=6, unique_by=lambda f: f["filterType"])
counts = st.builds(OpenOrders, few, few, few)
an_amount = text(0, 1000) | st.integers(0, 10) | st.integers(0, 1000).map(lambda n: n / 100)
an_order = st.fixed_dictionaries(
    {
        "side": st.sampled_from(["BUY", "SELL"]),
        "type": st.sampled_from(
            ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"]
        ),
    },
    optional={
        "quantity": an_amount,
        "quote_order_qty": an_amount,
        "price": an_amount,
        "stop_price": an_amount,
        "iceberg_qty": an_amount,
        "trailing_delta": st.integers(0, 60),
        "average_price": an_amount,
        "last_price": an_amount,
        "reference_price": an_amount,
        "open_orders": counts,
        "open_on_exchange": counts,
        "position": an_amount,
    },
)


@settings(max_examples=EXAMPLES)
@given(filters=some_filters, order=an_order, family=st.sampled_from([spot, us]))
def test_the_verdict_is_that_of_the_documents(
    filters: list[dict[str, Any]], order: dict[str, Any], family: Any
) -> None:
    verdict = rules_of(*filters, family=family).check(**order)
    refuses, unchecked = naive(filters, order)
    assert {v.filter for v in verdict} == refuses
    assert {u.filter for u in verdict.unchecked} == unchecked
    assert all(v.by is not None and v.by > 0 for v in verdict)
