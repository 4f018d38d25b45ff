"""Stop and trailing orders. The trailing scenarios are those of the exchange's page."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from engine_kit import Bench, trim


def working(bench: Bench, order: dict[str, Any]) -> bool:
    return bench.status(order)["isWorking"]


@pytest.mark.parametrize(
    ("side", "kind", "stop", "before", "at"),
    [
        ("BUY", "STOP_LOSS_LIMIT", "110", "109.99", "110"),
        ("SELL", "TAKE_PROFIT_LIMIT", "110", "109.99", "110"),
        ("SELL", "STOP_LOSS_LIMIT", "90", "90.01", "90"),
        ("BUY", "TAKE_PROFIT_LIMIT", "90", "90.01", "90"),
    ],
)
def test_a_trade_at_the_stop_price_triggers(side: str, kind: str, stop: str, before: str, at: str) -> None:
    bench = Bench()
    bench.trade("100")
    price = "50" if side == "BUY" else "500"
    order = bench.place(side, kind, quantity="1", price=price, stop_price=stop, time_in_force="GTC")
    assert (order["workingTime"], trim(order["stopPrice"])) == (-1, stop)
    assert bench.levels() == ([], [])
    bench.trade(before)
    assert not working(bench, order)
    bench.clock.step(1)
    bench.trade(at)
    status = bench.status(order)
    assert (status["isWorking"], status["workingTime"]) == (True, bench.clock.now // 1000)
    assert bench.levels() == (([(price, "1")], []) if side == "BUY" else ([], [(price, "1")]))


@pytest.mark.parametrize(
    ("side", "kind", "stop"),
    [
        ("BUY", "STOP_LOSS", "100"),
        ("SELL", "TAKE_PROFIT", "100"),
        ("SELL", "STOP_LOSS", "100"),
        ("BUY", "TAKE_PROFIT", "100"),
        ("BUY", "STOP_LOSS", "99"),
        ("SELL", "STOP_LOSS", "101"),
    ],
)
def test_a_stop_price_on_the_wrong_side_is_refused(side: str, kind: str, stop: str) -> None:
    bench = Bench()
    bench.place(side, kind, quantity="1", stop_price=stop)  # nothing has traded yet
    bench.engine.cancel_all(bench.me, bench.symbol)
    bench.trade("100")
    with bench.refused(-2010, "Order would trigger immediately."):
        bench.place(side, kind, quantity="1", stop_price=stop)


def test_a_stop_at_the_market_takes_what_there_is() -> None:
    bench = Bench()
    bench.trade("100")
    bench.buy("1", "80", account=bench.you)
    order = bench.place("SELL", "STOP_LOSS", quantity="3", stop_price="90")
    bench.listen()
    bench.trade("90")
    status = bench.status(order)
    assert (status["status"], trim(status["executedQty"])) == ("EXPIRED", "1")
    reports = [(each["x"], each["X"], each["w"]) for each in bench.events if each["e"] == "executionReport"]
    assert reports == [("NEW", "NEW", True), ("TRADE", "PARTIALLY_FILLED", True), ("EXPIRED", "EXPIRED", False)]


def test_triggered_orders_follow_the_order_that_made_the_trade() -> None:
    bench = Bench()
    bench.trade("100")
    near = bench.place("SELL", "STOP_LOSS_LIMIT", quantity="1", price="70", stop_price="95", time_in_force="GTC")
    far = bench.place("SELL", "STOP_LOSS_LIMIT", quantity="1", price="70", stop_price="90", time_in_force="GTC")
    for price in ("90", "85", "80"):
        bench.buy("1", price, account=bench.you)
    bench.listen()
    taker = bench.market("SELL", "1")
    trades = [(each["i"], trim(each["L"])) for each in bench.events if each.get("x") == "TRADE"]
    # The seller trades at 90, which triggers both; the nearer stop takes the better price.
    assert trades == [(taker["orderId"], "90"), (near["orderId"], "85"), (far["orderId"], "80")]


def test_one_trigger_sets_off_the_next() -> None:
    bench = Bench()
    bench.trade("100")
    for price in ("95", "90", "85"):
        bench.buy("1", price, account=bench.you)
    orders = [bench.place("SELL", "STOP_LOSS", quantity="1", stop_price=stop) for stop in ("95", "90", "84")]
    bench.sell("1", "95", account=bench.you)
    assert [bench.status(order)["status"] for order in orders] == ["FILLED", "FILLED", "NEW"]


def test_what_a_waiting_order_locks() -> None:
    bench = Bench()
    bench.trade("100")
    bench.place("SELL", "STOP_LOSS", quantity="2", stop_price="90")
    assert bench.money("BTC")[1] == 2
    bench.place("BUY", "STOP_LOSS_LIMIT", quantity="2", price="120", stop_price="110", time_in_force="GTC")
    assert bench.money("USDT")[1] == 240
    bench.place("BUY", "STOP_LOSS", quantity="2", stop_price="110")
    assert bench.money("USDT")[1] == 460
    bench.place("BUY", "STOP_LOSS", quantity="2", trailing_delta=1000)
    assert bench.money("USDT")[1] == 680
    bench.engine.cancel_all(bench.me, bench.symbol)
    assert bench.money("USDT") == (Decimal(1_000_000), 0)
    assert bench.money("BTC") == (Decimal(1000), 0)


def test_a_triggered_buy_pays_more_from_the_free_balance_or_expires() -> None:
    bench = Bench()
    bench.engine.withdraw(bench.me, "USDT", Decimal(999_700))
    bench.trade("100")
    first = bench.place("BUY", "STOP_LOSS", quantity="1", stop_price="110")
    bench.sell("1", "150", account=bench.you)
    bench.trade("110")
    assert bench.status(first)["status"] == "FILLED"
    bench.trade("100")
    second = bench.place("BUY", "STOP_LOSS", quantity="1", stop_price="110")
    bench.sell("1", "151", account=bench.you)
    bench.trade("110")
    status = bench.status(second)
    assert (status["status"], status["expiryReason"]) == ("EXPIRED", "EXCHANGE_CANCELED")
    assert bench.money("USDT") == (Decimal(150), 0)


# Trailing stops


class Trail:
    """An order and a series of trades."""

    def __init__(self, last: str, side: str, kind: str, price: str, delta: int, stop: str | None = None) -> None:
        self.bench = Bench()
        self.bench.trade(last)
        self.order = self.bench.place(
            side, kind, quantity="0.1", price=price, time_in_force="GTC", trailing_delta=delta, stop_price=stop
        )

    def trade(self, *prices: str) -> bool:
        """Whether the order has triggered after these trades."""
        for price in prices:
            self.bench.clock.step(1)
            self.bench.trade(price)
        return self.bench.status(self.order)["isWorking"]

    @property
    def tracks(self) -> bool:
        return self.bench.status(self.order)["trailingTime"] != -1


def test_scenario_a_stop_loss_limit_buy() -> None:
    trail = Trail("40000", "BUY", "STOP_LOSS_LIMIT", "45000", 500, "44000")
    assert trail.order["trailingTime"] == -1
    assert not trail.trade("38000", "37000", "40000", "43999")
    assert not trail.tracks
    assert not trail.trade("44000")
    assert trail.tracks
    assert not trail.trade("45000", "46000", "42000", "44099.99")
    assert trail.trade("44100")


def test_scenario_b_stop_loss_limit_sell() -> None:
    trail = Trail("40000", "SELL", "STOP_LOSS_LIMIT", "38000", 1000, "39000")
    assert not trail.trade("41500", "39000", "37000", "41000", "36900.01")
    assert trail.trade("36900")


def test_scenario_c_take_profit_limit_buy() -> None:
    trail = Trail("40000", "BUY", "TAKE_PROFIT_LIMIT", "38500", 850, "38000")
    assert not trail.trade("42000", "38000", "37000", "39000", "38000", "40144.99")
    assert trail.trade("40145")


def test_scenario_d_take_profit_limit_sell() -> None:
    trail = Trail("40000", "SELL", "TAKE_PROFIT_LIMIT", "41000", 750, "42000")
    assert not trail.trade("41500", "39000", "42000", "45000", "44000", "46500", "43012.51")
    assert trail.trade("43012.5")


def test_scenario_e_without_a_stop_price() -> None:
    trail = Trail("40000", "SELL", "STOP_LOSS_LIMIT", "39000", 700)
    assert trail.order["trailingTime"] == trail.order["transactTime"]
    assert not trail.trade("42000", "39500", "45500", "42315.01")
    assert trail.trade("42315")


def test_tracking_begins_at_the_last_price_or_the_first_trade() -> None:
    trail = Trail("40000", "SELL", "STOP_LOSS_LIMIT", "30000", 1000)
    assert not trail.trade("36000.01")
    assert trail.trade("36000")
    bench = Bench()
    order = bench.place("BUY", "STOP_LOSS_LIMIT", quantity="0.1", price="200", time_in_force="GTC", trailing_delta=1000)
    bench.trade("100")
    bench.trade("109.99")
    assert not working(bench, order)
    bench.trade("110")
    assert working(bench, order)


def test_a_canceled_trailing_order_tracks_no_more() -> None:
    trail = Trail("40000", "SELL", "STOP_LOSS_LIMIT", "39000", 700)
    trail.bench.engine.cancel(trail.bench.me, trail.bench.symbol, order_id=trail.order["orderId"])
    assert not trail.trade("30000")
    assert not trail.bench.engine.markets[trail.bench.symbol].triggers
