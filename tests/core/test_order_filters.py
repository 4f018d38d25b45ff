"""Each filter as the documents describe it, in the forms of every family."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from binance_async.core import grid
from binance_async.core.grid import Violation
from binance_async.core.order_filters import OpenOrders, OrderFacts, Unchecked, check_filter
from binance_async.spot import filters as spot
from binance_async.us import filters as us

D = Decimal


def order(type: str = "LIMIT", side: str = "BUY", **facts: Any) -> OrderFacts:
    numbers = {n: D(v) if isinstance(v, str) and v[0].isdigit() else v for n, v in facts.items()}
    return OrderFacts(side=side, type=type, **numbers)


def found(filter_: Any, facts: OrderFacts) -> list[Any]:
    """`by` of a violation, `needs` of what is unchecked."""
    with grid.exact():
        findings = list(check_filter(filter_, facts))
    assert all(f.filter == grid.tag(filter_) for f in findings)
    return [f.by if isinstance(f, Violation) else f.needs for f in findings]


PRICE = spot.PriceFilter(min_price=D("0.5"), max_price=D("100"), tick_size=D("0.01"))
LOT = spot.LotSize(min_qty=D("0.1"), max_qty=D("10"), step_size=D("0.01"))
MARKET_LOT = spot.MarketLotSize(min_qty=D("0.2"), max_qty=D("5"), step_size=D("0"))


# PRICE_FILTER


@pytest.mark.parametrize(
    ("price", "by"),
    [
        ("0.5", []),
        ("100", []),
        ("0.49", [D("0.01")]),
        ("100.01", [D("0.01")]),
        ("1.003", [D("0.003")]),
        ("1.008", [D("0.002")]),
        ("0.495", [D("0.005"), D("0.005")]),
    ],
)
def test_prices_lie_on_the_grid(price: str, by: list[D]) -> None:
    assert found(PRICE, order(price=price)) == by
    assert found(PRICE, order("STOP_LOSS", stop_price=price)) == by


def test_a_price_is_needed_only_by_types_that_have_one() -> None:
    assert found(PRICE, order("LIMIT")) == ["price"]
    assert found(PRICE, order("MARKET")) == []
    assert found(PRICE, order("LIMIT", peg_price_type="PRIMARY_PEG")) == []


def test_on_the_futures_steps_count_from_the_minimum() -> None:
    filter_ = spot.PriceFilter(min_price=D("0.505"), max_price=D("0"), tick_size=D("0.01"))
    assert found(filter_, order(price="0.515", grid_from_minimum=True)) == []
    assert found(filter_, order(price="0.515")) == [D("0.005")]


# PERCENT_PRICE


PERCENT = spot.PercentPrice(multiplier_up=D("1.2"), multiplier_down=D("0.8"), avg_price_mins=5)
BY_SIDE = spot.PercentPriceBySide(
    bid_multiplier_up=D("1.1"),
    bid_multiplier_down=D("0.5"),
    ask_multiplier_up=D("2"),
    ask_multiplier_down=D("0.9"),
    avg_price_mins=0,
)


@pytest.mark.parametrize(("price", "by"), [("120", []), ("80", []), ("120.5", [D("0.5")]), ("79.99", [D("0.01")])])
def test_prices_stay_near_the_average(price: str, by: list[D]) -> None:
    for side in ("BUY", "SELL"):
        assert found(PERCENT, order(side=side, price=price, average_price="100")) == by


@pytest.mark.parametrize(
    ("side", "price", "by"),
    [
        ("BUY", "110", []),
        ("BUY", "111", [D(1)]),
        ("BUY", "49", [D(1)]),
        ("SELL", "111", []),
        ("SELL", "201", [D(1)]),
        ("SELL", "89", [D(1)]),
    ],
)
def test_each_side_has_bounds_of_its_own(side: str, price: str, by: list[D]) -> None:
    assert found(BY_SIDE, order(side=side, price=price, last_price="100")) == by


def test_the_reference_price_takes_the_place_of_the_average() -> None:
    assert found(PERCENT, order(price="120.5", average_price="100", reference_price="101")) == []
    assert found(BY_SIDE, order(price="120", last_price="120", reference_price="100")) == [D(10)]


def test_the_market_price_that_is_needed_is_named() -> None:
    assert found(PERCENT, order(price="100", last_price="100")) == ["average_price"]
    assert found(BY_SIDE, order(price="100", average_price="100")) == ["last_price"]
    assert found(PERCENT, order("MARKET")) == []
    assert found(PERCENT, order("LIMIT", average_price="100")) == ["price"]


class FuturesPercentPrice(msgspec.Struct, tag_field="filterType", tag="PERCENT_PRICE"):
    multiplier_up: D = D("1.05")
    multiplier_down: D = D("0.95")
    multiplier_decimal: int = 4


class FuturesMinNotional(msgspec.Struct, tag_field="filterType", tag="MIN_NOTIONAL"):
    notional: D = D(5)


def test_the_futures_compare_with_the_mark_price_on_one_side() -> None:
    filter_ = FuturesPercentPrice()
    assert found(filter_, order(price="106", mark_price="100")) == [D(1)]
    assert found(filter_, order(price="10", mark_price="100")) == []
    assert found(filter_, order(side="SELL", price="94", mark_price="100")) == [D(1)]
    assert found(filter_, order(side="SELL", price="940", mark_price="100")) == []
    assert found(filter_, order(price="106", average_price="100")) == ["mark_price"]
    assert found(FuturesMinNotional(), order("MARKET", quantity="1", mark_price="4")) == [D(1)]
    assert found(FuturesMinNotional(), order("MARKET", quantity="1", mark_price="6")) == []


@pytest.mark.parametrize(
    ("side", "peg", "by"),
    [
        ("BUY", "PRIMARY_PEG", []),
        ("BUY", "MARKET_PEG", [D(30)]),
        ("SELL", "PRIMARY_PEG", [D(30)]),
        ("SELL", "MARKET_PEG", []),
    ],
)
def test_a_pegged_price_is_the_best_one(side: str, peg: str, by: list[D]) -> None:
    facts = {"average_price": "100", "best_bid": "100", "best_ask": "150"}
    assert found(PERCENT, order(side=side, peg_price_type=peg, **facts)) == by


def test_a_pegged_price_that_is_not_known_is_needed() -> None:
    pegged = {"peg_price_type": "PRIMARY_PEG", "average_price": "100"}
    book = "the price that the exchange finds in its book"
    assert found(PERCENT, order(**pegged)) == ["best_bid"]
    assert found(PERCENT, order(side="SELL", **pegged)) == ["best_ask"]
    assert found(PERCENT, order(peg_offset_value=3, best_bid="100", **pegged)) == [book]
    assert found(PERCENT, order("STOP_LOSS_LIMIT", best_bid="100", **pegged)) == [book]


# LOT_SIZE and MARKET_LOT_SIZE


@pytest.mark.parametrize(
    ("quantity", "by"),
    [("0.1", []), ("10", []), ("0.09", [D("0.01")]), ("10.01", [D("0.01")]), ("1.004", [D("0.004")])],
)
def test_quantities_lie_on_the_grid(quantity: str, by: list[D]) -> None:
    assert found(LOT, order(quantity=quantity)) == by
    assert found(LOT, order(quantity="10", iceberg_qty=quantity)) == by


def test_market_orders_have_a_grid_of_their_own() -> None:
    assert found(MARKET_LOT, order("MARKET", quantity="0.1")) == [D("0.1")]
    assert found(MARKET_LOT, order("MARKET", quantity="6")) == [D(1)]
    assert found(MARKET_LOT, order("MARKET", quantity="0.123456789")) == [D("0.076543211")]
    assert found(MARKET_LOT, order("LIMIT", quantity="6")) == []


def test_the_quantity_of_a_reverse_market_order_is_the_exchanges_to_find() -> None:
    reverse = order("MARKET", quote_order_qty="1")
    for filter_ in (LOT, MARKET_LOT, spot.MaxPosition(max_position=D(1))):
        assert found(filter_, reverse) == ["the quantity that the exchange finds in its book for quote_order_qty"]
    assert found(LOT, order("MARKET")) == ["quantity"]


def test_an_iceberg_of_0_is_none() -> None:
    assert found(LOT, order(quantity="1", iceberg_qty="0")) == []
    assert found(spot.IcebergParts(limit=1), order(quantity="1", iceberg_qty="0")) == []


@pytest.mark.parametrize(("quantity", "by"), [("10", []), ("10.01", [D(1)]), ("12", [D(2)])])
def test_an_iceberg_has_so_many_parts(quantity: str, by: list[D]) -> None:
    assert found(spot.IcebergParts(limit=10), order(quantity=quantity, iceberg_qty="1")) == by


def test_the_parts_of_an_iceberg_need_its_quantity() -> None:
    assert found(spot.IcebergParts(limit=10), order(iceberg_qty="1")) == ["quantity"]


# MAX_POSITION and MAX_ASSET


def test_a_position_may_not_overflow() -> None:
    filter_ = spot.MaxPosition(max_position=D(10))
    assert found(filter_, order(quantity="1", position="9")) == []
    assert found(filter_, order(quantity="1.5", position="9")) == [D("0.5")]
    assert found(filter_, order(side="SELL", quantity="1.5", position="9")) == []
    assert found(filter_, order(quantity="1")) == ["position"]
    assert found(filter_, order(quantity="11")) == [D(1)]  # whatever is held


def test_an_order_moves_at_most_so_much_of_an_asset() -> None:
    pair = {"base_asset": "BTC", "quote_asset": "USDC"}
    base, quote, other = (spot.MaxAsset(asset=asset, limit=D(42)) for asset in ("BTC", "USDC", "ETH"))
    assert found(base, order(quantity="43", price="1", **pair)) == [D(1)]
    assert found(base, order(quantity="42", price="9", **pair)) == []
    assert found(quote, order(quantity="42", price="2", **pair)) == [D(42)]
    assert found(quote, order(quantity="42", price="1", **pair)) == []
    assert found(quote, order("MARKET", quote_order_qty="43", **pair)) == [D(1)]
    assert found(quote, order("MARKET", quantity="1", **pair)) == ["the price at which the order executes"]
    assert found(quote, order("LIMIT", price="1", **pair)) == ["quantity"]
    assert found(base, order("LIMIT", price="1", **pair)) == ["quantity"]
    assert found(other, order(quantity="43", price="99", **pair)) == []
    assert found(base, order(quantity="43", price="99")) == ["the symbol's base_asset and quote_asset"]


# MIN_NOTIONAL and NOTIONAL


MIN = spot.MinNotional(min_notional=D(10), apply_to_market=True, avg_price_mins=5)
RANGE = spot.Notional(
    min_notional=D(10), apply_min_to_market=False, max_notional=D(100), apply_max_to_market=True, avg_price_mins=0
)


@pytest.mark.parametrize(
    ("price", "min_by", "range_by"), [("5", [], []), ("4.9", [D("0.2")], [D("0.2")]), ("51", [], [D(2)])]
)
def test_an_order_is_worth_so_much(price: str, min_by: list[D], range_by: list[D]) -> None:
    assert found(MIN, order(quantity="2", price=price)) == min_by
    assert found(RANGE, order(quantity="2", price=price)) == range_by


@pytest.mark.parametrize("type", ["MARKET", "STOP_LOSS", "TAKE_PROFIT"])
def test_orders_without_a_price_are_valued_at_the_market_if_the_filter_applies(type: str) -> None:
    assert found(MIN, order(type, quantity="2", average_price="4")) == [D(2)]
    assert found(MIN, order(type, quantity="2")) == ["average_price"]
    assert found(RANGE, order(type, quantity="2", last_price="4")) == []
    assert found(RANGE, order(type, quantity="2", last_price="60")) == [D(20)]
    assert found(RANGE, order(type, quantity="2")) == ["last_price"]
    off = spot.MinNotional(min_notional=D(10), apply_to_market=False, avg_price_mins=5)
    assert found(off, order(type, quantity="2")) == []


def test_a_reverse_market_order_is_worth_what_it_says() -> None:
    assert found(MIN, order("MARKET", quote_order_qty="9")) == [D(1)]
    assert found(MIN, order("MARKET", quote_order_qty="10")) == []


def test_what_a_value_needs_is_named() -> None:
    assert found(MIN, order(price="1")) == ["quantity"]
    assert found(MIN, order(quantity="1")) == ["price"]
    assert found(MIN, order(quantity="1", peg_price_type="MARKET_PEG")) == ["best_ask"]


# TRAILING_DELTA


@pytest.mark.parametrize(
    ("side", "type", "above"),
    [
        ("BUY", "STOP_LOSS", True),
        ("BUY", "STOP_LOSS_LIMIT", True),
        ("SELL", "TAKE_PROFIT", True),
        ("SELL", "TAKE_PROFIT_LIMIT", True),
        ("SELL", "STOP_LOSS", False),
        ("SELL", "STOP_LOSS_LIMIT", False),
        ("BUY", "TAKE_PROFIT", False),
        ("BUY", "TAKE_PROFIT_LIMIT", False),
    ],
)
def test_a_trailing_delta_is_bounded_by_its_direction(side: str, type: str, above: bool) -> None:
    filter_ = spot.TrailingDelta(
        min_trailing_above_delta=10,
        max_trailing_above_delta=20,
        min_trailing_below_delta=100,
        max_trailing_below_delta=200,
    )
    low, high = (10, 20) if above else (100, 200)
    for delta, by in ((low, []), (high, []), (low - 3, [D(3)]), (high + 4, [D(4)])):
        assert found(filter_, order(type, side, trailing_delta=delta)) == by
    assert found(filter_, order(type, side)) == []


# Counts


OPEN = OpenOrders(orders=5, algo_orders=2, iceberg_orders=1)
COUNTS: list[tuple[Any, Any, str, dict[str, Any]]] = [
    (spot.MaxNumOrders(max_num_orders=5), spot.MaxNumOrders(max_num_orders=6), "open_orders", {}),
    (us.MaxNumOrders(limit=5), us.MaxNumOrders(max_num_orders=6), "open_orders", {}),
    (
        spot.MaxNumAlgoOrders(max_num_algo_orders=2),
        spot.MaxNumAlgoOrders(max_num_algo_orders=3),
        "open_orders",
        {"type": "STOP_LOSS_LIMIT"},
    ),
    (
        spot.MaxNumIcebergOrders(max_num_iceberg_orders=1),
        spot.MaxNumIcebergOrders(max_num_iceberg_orders=2),
        "open_orders",
        {"iceberg_qty": "1"},
    ),
    (spot.ExchangeMaxNumOrders(max_num_orders=5), spot.ExchangeMaxNumOrders(max_num_orders=6), "open_on_exchange", {}),
    (
        spot.ExchangeMaxNumAlgoOrders(max_num_algo_orders=2),
        spot.ExchangeMaxNumAlgoOrders(max_num_algo_orders=3),
        "open_on_exchange",
        {"type": "TAKE_PROFIT"},
    ),
    (
        us.ExchangeMaxAlgoOrders(max_num_algo_orders=2),
        us.ExchangeMaxAlgoOrders(max_num_algo_orders=3),
        "open_on_exchange",
        {"type": "TAKE_PROFIT"},
    ),
    (
        spot.ExchangeMaxNumIcebergOrders(max_num_iceberg_orders=1),
        spot.ExchangeMaxNumIcebergOrders(max_num_iceberg_orders=2),
        "open_on_exchange",
        {"iceberg_qty": "1"},
    ),
]


@pytest.mark.parametrize(
    ("full", "free", "fact", "what"), COUNTS, ids=lambda value: getattr(value, "__class__", value).__name__
)
def test_only_so_many_orders_may_be_open(full: Any, free: Any, fact: str, what: dict[str, Any]) -> None:
    assert found(full, order(**what, **{fact: OPEN})) == [D(1)]
    assert found(free, order(**what, **{fact: OPEN})) == []
    assert found(full, order(**what)) == [fact]
    if what:  # not of the kind that is counted
        assert found(full, order(**{fact: OPEN})) == []


def test_it_is_not_known_whether_an_order_that_never_stays_open_counts() -> None:
    word = "to be known whether an order that never stays open counts"
    assert found(spot.MaxNumOrders(max_num_orders=5), order("MARKET", open_orders=OPEN)) == [word]
    assert found(spot.MaxNumOrders(max_num_orders=6), order("MARKET", open_orders=OPEN)) == []


def test_a_limit_that_did_not_come_is_unchecked() -> None:
    missing = "its limit, which the exchange did not tell"
    assert found(us.MaxNumOrders(), order(open_orders=OPEN)) == [missing]


def test_open_orders_are_counted_from_what_the_exchange_lists() -> None:
    def listed(type: str, iceberg_qty: D | None = None) -> Any:
        return SimpleNamespace(type=type, iceberg_qty=iceberg_qty)

    orders = [listed("LIMIT", D(1)), listed("LIMIT", D(0)), listed("STOP_LOSS"), listed("TAKE_PROFIT_LIMIT", D(2))]
    assert OpenOrders.of(orders) == OpenOrders(4, 2, 2)
    assert OpenOrders.of([]) == OpenOrders()


# Others


def test_filters_of_lists_and_amendments_do_not_look_at_orders() -> None:
    for filter_ in (
        spot.MaxNumOrderLists(max_num_order_lists=0),
        spot.ExchangeMaxNumOrderLists(max_num_order_lists=0),
        spot.MaxNumOrderAmends(max_num_order_amends=0),
    ):
        assert found(filter_, order()) == []


def test_a_filter_that_is_not_known_is_unchecked_under_its_name() -> None:
    with grid.exact():
        [finding] = check_filter(spot.UnknownFilter(name="NEW_2030", fields={}), order())
    assert finding == Unchecked("NEW_2030", "a version of this package that knows it")
    assert str(finding) == "NEW_2030 needs a version of this package that knows it"


def test_every_known_filter_is_dealt_with() -> None:
    from binance_async.core.order_filters import _CHECKS, _NOT_OF_ORDERS
    from binance_async.core.wire import members

    for family in (spot, us):
        tags = {grid.tag(filter_) for filter_ in members(family.KnownFilter)}
        assert tags <= _CHECKS.keys() | _NOT_OF_ORDERS
