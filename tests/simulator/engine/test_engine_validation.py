"""Which parameters an order type needs and takes, and what their values may be."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from engine_kit import Bench, bare

FULL: dict[str, dict[str, Any]] = {
    "LIMIT": {"time_in_force": "GTC", "quantity": "1", "price": "10"},
    "LIMIT_MAKER": {"quantity": "1", "price": "10"},
    "MARKET": {"quantity": "1"},
    "STOP_LOSS": {"quantity": "1", "stop_price": "10"},
    "STOP_LOSS_LIMIT": {"time_in_force": "GTC", "quantity": "1", "price": "10", "stop_price": "10"},
    "TAKE_PROFIT": {"quantity": "1", "stop_price": "10"},
    "TAKE_PROFIT_LIMIT": {"time_in_force": "GTC", "quantity": "1", "price": "10", "stop_price": "10"},
}
WIRE = {
    "time_in_force": "timeInForce",
    "quantity": "quantity",
    "quote_order_qty": "quoteOrderQty",
    "price": "price",
    "stop_price": "stopPrice",
    "trailing_delta": "trailingDelta",
    "iceberg_qty": "icebergQty",
}
VALUES: dict[str, Any] = {
    "time_in_force": "GTC",
    "quote_order_qty": "10",
    "price": "10",
    "stop_price": "10",
    "trailing_delta": 100,
    "iceberg_qty": "0.5",
}
ALSO = {  # optional, beside what is mandatory
    "LIMIT": {"iceberg_qty"},
    "LIMIT_MAKER": {"iceberg_qty"},
    "MARKET": {"quote_order_qty"},
    "STOP_LOSS": {"trailing_delta"},
    "STOP_LOSS_LIMIT": {"trailing_delta", "iceberg_qty"},
    "TAKE_PROFIT": {"trailing_delta"},
    "TAKE_PROFIT_LIMIT": {"trailing_delta", "iceberg_qty"},
}


def expected_refusal(kind: str, name: str) -> tuple[int, str]:
    if name == "quantity" and kind == "MARKET":
        return -1102, "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!"
    if name == "stop_price":
        return -1102, "Param 'stopPrice' or 'trailingDelta' must be sent, but both were empty/null!"
    return -1102, f"Mandatory parameter '{WIRE[name]}' was not sent, was empty/null, or malformed."


@pytest.mark.parametrize("kind", FULL)
def test_what_is_mandatory(kind: str) -> None:
    bench = Bench()
    assert bench.engine.test_order(bench.me, bench.request("BUY", kind, **FULL[kind])) == {}
    for name in FULL[kind]:
        fields = {key: value for key, value in FULL[kind].items() if key != name}
        with bench.refused(*expected_refusal(kind, name)):
            bench.engine.test_order(bench.me, bench.request("BUY", kind, **fields))


@pytest.mark.parametrize("kind", FULL)
def test_what_is_not_required(kind: str) -> None:
    bench = Bench()
    for name, value in VALUES.items():
        if name in FULL[kind] or name in ALSO[kind]:
            continue
        refusal = (-1106, f"Parameter '{WIRE[name]}' sent when not required.")
        if name == "time_in_force":
            refusal = (-1114, "TimeInForce parameter sent when not required.")
        with bench.refused(*refusal):
            bench.engine.test_order(bench.me, bench.request("BUY", kind, **FULL[kind], **{name: value}))


def test_a_trailing_delta_stands_for_a_stop_price() -> None:
    bench = Bench()
    for kind in ("STOP_LOSS", "TAKE_PROFIT", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"):
        fields = FULL[kind] | {"stop_price": None, "trailing_delta": 100}
        assert bench.engine.test_order(bench.me, bench.request("BUY", kind, **fields)) == {}


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({"side": "HOLD"}, -1117, "Invalid side."),
        ({"type": "MAYBE"}, -1116, "Invalid orderType."),
        ({"time_in_force": "GTD"}, -1115, "Invalid timeInForce."),
        ({"new_order_resp_type": "SHORT"}, -1130, "Data sent for parameter 'newOrderRespType' is not valid."),
        (
            {"self_trade_prevention_mode": "PERHAPS"},
            -1130,
            "Data sent for parameter 'selfTradePreventionMode' is not valid.",
        ),
        (
            {"self_trade_prevention_mode": "TRANSFER"},
            -1013,
            "This symbol does not allow the specified self-trade prevention mode.",
        ),
        ({"strategy_type": 999_999}, -1134, "strategyType was less than 1000000."),
        (
            {"new_client_order_id": "no spaces"},
            -1100,
            "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.",
        ),
        (
            {"new_client_order_id": "x" * 37},
            -1100,
            "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.",
        ),
        ({"price": "1.000000001"}, -1111, "Parameter 'price' has too much precision."),
        ({"quantity": "1.000000001"}, -1111, "Parameter 'quantity' has too much precision."),
        ({"iceberg_qty": "2"}, -2010, "IcebergQty exceeds QTY."),
        ({"iceberg_qty": "1", "time_in_force": "IOC"}, -2010, "Unsupported order combination"),
        ({"quantity": "0"}, -2010, "Price * QTY is zero or less."),
        ({"price": "0"}, -2010, "Price * QTY is zero or less."),
        ({"symbol": "NOTHERE"}, -1121, "Invalid symbol."),
    ],
)
def test_values_that_are_refused(fields: dict[str, Any], code: int, message: str) -> None:
    bench = Bench()
    terms = {"side": "BUY", "type": "LIMIT", **FULL["LIMIT"]} | fields
    with bench.refused(code, message):
        bench.place(terms.pop("side"), terms.pop("type"), **terms)


def test_quantity_and_quote_quantity_exclude_one_another() -> None:
    bench = Bench()
    with bench.refused(-1128, "Combination of optional parameters invalid."):
        bench.market("BUY", "1", quote_order_qty="10")


@pytest.mark.parametrize("delta", [0, -5, 10_000])
def test_impossible_trailing_deltas(delta: int) -> None:
    bench = Bench()
    with bench.refused(-1130, "Data sent for parameter 'trailingDelta' is not valid."):
        bench.place("BUY", "STOP_LOSS", quantity="1", trailing_delta=delta)


def test_a_stop_price_of_zero_is_no_price() -> None:
    bench = Bench()
    with bench.refused(-1013, "Filter failure: PRICE_FILTER"):
        bench.place("BUY", "STOP_LOSS", quantity="1", stop_price="0")


def test_symbols_choose_their_self_trade_modes() -> None:
    bench = Bench(bare(allowed_self_trade_prevention_modes=("NONE", "EXPIRE_TAKER")))
    assert bench.buy("1", "10")["selfTradePreventionMode"] == "NONE"
    assert bench.buy("1", "10", self_trade_prevention_mode="EXPIRE_TAKER")["selfTradePreventionMode"] == "EXPIRE_TAKER"
    with bench.refused(-1013, "This symbol does not allow the specified self-trade prevention mode."):
        bench.buy("1", "10", self_trade_prevention_mode="EXPIRE_MAKER")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("MARKET", "Market orders are not supported for this symbol."),
        ("STOP_LOSS", "Stop loss orders are not supported for this symbol."),
        ("STOP_LOSS_LIMIT", "Stop loss limit orders are not supported for this symbol."),
        ("TAKE_PROFIT", "Take profit orders are not supported for this symbol."),
        ("TAKE_PROFIT_LIMIT", "Take profit limit orders are not supported for this symbol."),
        ("LIMIT_MAKER", "Unsupported order combination"),
    ],
)
def test_types_that_a_symbol_does_not_support(kind: str, message: str) -> None:
    bench = Bench(bare(order_types=("LIMIT",)))
    with bench.refused(-2010, message):
        bench.place("BUY", kind, **FULL[kind])


@pytest.mark.parametrize(
    ("flags", "order", "message"),
    [
        (
            {"allow_trailing_stop": False},
            {"type": "STOP_LOSS", "quantity": "1", "trailing_delta": 100},
            "Trailing stop orders are not supported for this symbol.",
        ),
        (
            {"quote_order_qty_market_allowed": False},
            {"type": "MARKET", "quote_order_qty": "10"},
            "Quote order qty market orders are not support for this symbol.",
        ),
        (
            {"iceberg_allowed": False},
            {"type": "LIMIT", **FULL["LIMIT"], "iceberg_qty": "0.5"},
            "Iceberg orders are not supported for this symbol.",
        ),
    ],
)
def test_flags_of_a_symbol(flags: dict[str, Any], order: dict[str, Any], message: str) -> None:
    bench = Bench(bare(**flags))
    with bench.refused(-2010, message):
        bench.place("BUY", **order)


def test_permissions_are_sets_of_alternatives() -> None:
    bench = Bench(bare(permission_sets=(("SPOT", "MARGIN"), ("TRD_GRP_004", "TRD_GRP_005"))))
    with bench.refused(-2010, "This symbol is not permitted for this account."):
        bench.buy("1", "10")
    both = bench.engine.add_account(permissions=("MARGIN", "TRD_GRP_005"), balances={"USDT": Decimal(100)})
    bench.buy("1", "10", account=both)


def test_accounts_that_may_not_trade() -> None:
    bench = Bench()
    order = bench.buy("1", "10")
    bench.engine.set_permissions(bench.me, can_trade=False)
    with bench.refused(-2010, "This account may not place or cancel orders."):
        bench.buy("1", "10")
    with bench.refused(-2011, "This account may not place or cancel orders."):
        bench.engine.cancel(bench.me, bench.symbol, order_id=order["orderId"])


@pytest.mark.parametrize("status", ["HALT", "BREAK", "END_OF_DAY", "CANCEL_ONLY"])
def test_a_symbol_that_is_not_trading(status: str) -> None:
    bench = Bench()
    order = bench.buy("1", "10")
    bench.engine.set_status(bench.symbol, status)
    assert bench.engine.status(bench.symbol) == status
    with bench.refused(-2010, "Market is closed."):
        bench.buy("1", "10")
    if status == "CANCEL_ONLY":
        bench.engine.cancel(bench.me, bench.symbol, order_id=order["orderId"])
    else:
        with bench.refused(-2011, "Market is closed."):
            bench.engine.cancel(bench.me, bench.symbol, order_id=order["orderId"])
    with bench.refused(-2038, "Market is closed."):
        bench.engine.amend(bench.me, bench.symbol, order_id=order["orderId"], new_qty=Decimal("0.5"))
    with pytest.raises(ValueError, match="no such status"):
        bench.engine.set_status(bench.symbol, "ASLEEP")


def test_client_order_ids_are_unique_among_open_orders() -> None:
    bench = Bench()
    bench.buy("1", "10", new_client_order_id="mine")
    with bench.refused(-2010, "Duplicate order sent."):
        bench.buy("1", "10", new_client_order_id="mine")
    bench.buy("1", "10", new_client_order_id="mine", account=bench.you)
    bench.engine.cancel(bench.me, bench.symbol, orig_client_order_id="mine")
    again = bench.buy("1", "10", new_client_order_id="mine")
    found = bench.engine.order(bench.me, bench.symbol, orig_client_order_id="mine")
    assert found["orderId"] == again["orderId"]
