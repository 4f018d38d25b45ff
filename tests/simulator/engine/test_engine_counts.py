"""The unfilled order count, by the examples of the exchange's own page."""

from __future__ import annotations

from engine_kit import Bench, bare, oco

from binance_async.simulator.engine import OrderLimit

LIMITS = (OrderLimit("SECOND", 10, 100), OrderLimit("DAY", 1, 200))


def counts(bench: Bench) -> list[int]:
    return [each["count"] for each in bench.engine.order_counts(bench.me)]


def test_taker_example() -> None:
    bench = Bench(order_limits=LIMITS)
    bench.sell("3", "100", account=bench.you)
    bench.buy("1", "90")
    assert counts(bench) == [1, 1]
    b = bench.buy("4", "100")  # takes 3, rests 1
    assert b["status"] == "PARTIALLY_FILLED"
    assert counts(bench) == [1, 1]
    bench.buy("1", "91")
    assert counts(bench) == [2, 2]
    bench.sell("0.5", "100", account=bench.you)
    bench.sell("0.5", "100", account=bench.you)  # b is filled further: nothing changes
    assert bench.status(b)["status"] == "FILLED"
    assert counts(bench) == [2, 2]
    bench.sell("1", "105", account=bench.you)
    bench.market("BUY", "1")
    assert counts(bench) == [2, 2]


def test_maker_example() -> None:
    bench = Bench(order_limits=LIMITS)
    orders = [bench.buy("2", price) for price in ("100", "99", "98", "97", "96")]
    assert counts(bench) == [5, 5]
    bench.sell("1", "100", account=bench.you)
    assert counts(bench) == [0, 0]
    bench.buy("1", "90")
    bench.buy("1", "89")
    bench.sell("1", "100", account=bench.you)
    assert bench.status(orders[0])["status"] == "FILLED"
    assert counts(bench) == [2, 2]
    bench.sell("1", "99", account=bench.you)  # the first fill of the second
    assert counts(bench) == [0, 0]


def test_cancels_and_expiries_change_nothing() -> None:
    bench = Bench(order_limits=LIMITS)
    order = bench.buy("1", "100")
    bench.engine.cancel(bench.me, bench.symbol, order_id=order["orderId"])
    assert counts(bench) == [1, 1]
    bench.buy("1", "100", "FOK")
    assert counts(bench) == [2, 2]


def test_rejected_orders_do_not_count() -> None:
    bench = Bench(order_limits=LIMITS)
    with bench.refused(-2010, "Account has insufficient balance for requested action."):
        bench.buy("1000", "100000")
    assert counts(bench) == [0, 0]


def test_windows_follow_the_clock() -> None:
    bench = Bench(order_limits=(OrderLimit("SECOND", 10, 2), OrderLimit("DAY", 1, 3)))
    bench.clock.now = 1_700_000_009_999_999
    bench.buy("1", "10")
    bench.buy("1", "10")
    with bench.refused(-1015, "Too many new orders; current limit is 2 orders per 10 SECOND.") as caught:
        bench.buy("1", "10")
    assert caught.value.status == 429
    bench.clock.now = 1_700_000_010_000_000
    bench.buy("1", "10")
    with bench.refused(-1015, "Too many new orders; current limit is 3 orders per 1 DAY."):
        bench.buy("1", "10")
    assert counts(bench) == [1, 3]
    bench.clock.now = 1_700_006_400_000_000  # 00:00 UTC
    assert counts(bench) == [0, 0]
    bench.buy("1", "10")


def test_an_old_fill_counts_against_the_window_of_today() -> None:
    bench = Bench(order_limits=(OrderLimit("DAY", 1, 100),))
    bench.buy("1", "10")
    bench.clock.step(86_400)
    for _ in range(7):
        bench.buy("1", "9")
    bench.sell("1", "10", account=bench.you)
    assert counts(bench) == [2]


def test_lists_count_all_their_orders_or_none() -> None:
    bench = Bench(order_limits=(OrderLimit("DAY", 1, 4),))
    bench.trade("100")
    bench.buy("1", "10")
    bench.engine.place_oco(bench.me, oco(bench))
    assert counts(bench) == [3]
    with bench.refused(-1015, "Too many new orders; current limit is 4 orders per 1 DAY."):
        bench.engine.place_oco(bench.me, oco(bench))
    assert counts(bench) == [3]


def test_every_account_has_its_own() -> None:
    bench = Bench(bare(), order_limits=LIMITS)
    bench.buy("1", "10")
    assert [each["count"] for each in bench.engine.order_counts(bench.you)] == [0, 0]
    assert bench.engine.order_counts(bench.me)[0] == {
        "rateLimitType": "ORDERS",
        "interval": "SECOND",
        "intervalNum": 10,
        "limit": 100,
        "count": 1,
    }
