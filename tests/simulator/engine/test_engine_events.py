"""The events: their fields as documented, their order, and that they tell the whole story."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine_kit import START, Bench, bare, oco

from binance_async.simulator.engine import AccountEvent, MarketEvent

MS = START // 1000
REPORT = [*"eEscSofqpPFgCxXrilzLnNTtIwmMOZYQWV"]


def reports(bench: Bench) -> list[dict[str, Any]]:
    return [event for event in bench.events if event["e"] == "executionReport"]


def test_an_execution_report_has_the_documented_fields() -> None:
    bench = Bench()
    bench.listen()
    order = bench.buy("1", "0.1", new_client_order_id="mine")
    (report,) = reports(bench)
    assert list(report) == REPORT
    assert report == {
        "e": "executionReport",
        "E": MS,
        "s": "BTCUSDT",
        "c": "mine",
        "S": "BUY",
        "o": "LIMIT",
        "f": "GTC",
        "q": "1.00000000",
        "p": "0.10000000",
        "P": "0.00000000",
        "F": "0.00000000",
        "g": -1,
        "C": "",
        "x": "NEW",
        "X": "NEW",
        "r": "NONE",
        "i": order["orderId"],
        "l": "0.00000000",
        "z": "0.00000000",
        "L": "0.00000000",
        "n": "0",
        "N": None,
        "T": MS,
        "t": -1,
        "I": 1,
        "w": True,
        "m": False,
        "M": False,
        "O": MS,
        "Z": "0.00000000",
        "Y": "0.00000000",
        "Q": "0.00000000",
        "W": MS,
        "V": "NONE",
    }


def test_a_fill() -> None:
    bench = Bench()
    bench.listen()
    bench.buy("2", "10")
    bench.clock.step(1)
    bench.sell("1.5", "10", account=bench.you)
    fill = reports(bench)[-1]
    assert {key: fill[key] for key in "xXlLYzZnNtmwTOW"} == {
        "x": "TRADE",
        "X": "PARTIALLY_FILLED",
        "l": "1.50000000",
        "L": "10.00000000",
        "Y": "15.00000000",
        "z": "1.50000000",
        "Z": "15.00000000",
        "n": "0.00150000",
        "N": "BTC",
        "t": 0,
        "m": True,
        "w": True,
        "T": MS + 1000,
        "O": MS,
        "W": MS,
    }


def test_a_cancel() -> None:
    bench = Bench()
    bench.buy("2", "10", new_client_order_id="mine")
    bench.listen()
    bench.engine.cancel(bench.me, bench.symbol, orig_client_order_id="mine", new_client_order_id="bye")
    (report,) = reports(bench)
    assert {key: report[key] for key in "xXcCw"} == {
        "x": "CANCELED",
        "X": "CANCELED",
        "c": "bye",
        "C": "mine",
        "w": False,
    }


def test_conditional_fields() -> None:
    bench = Bench()
    bench.trade("100")
    bench.listen()
    bench.place("SELL", "STOP_LOSS", quantity="1", trailing_delta=50, strategy_id=1, strategy_type=1_000_000)
    (report,) = reports(bench)
    assert {key: report[key] for key in "dDjJ"} == {"d": 50, "D": MS, "j": 1, "J": 1_000_000}
    assert "W" not in report
    bench.events.clear()
    bench.place("SELL", "STOP_LOSS", quantity="1", stop_price="90", trailing_delta=50)
    assert "D" not in reports(bench)[0]  # it does not track yet


def test_prevented_self_trades() -> None:
    bench = Bench()
    bench.engine.set_permissions(bench.me, trade_group_id=3)
    maker = bench.buy("6", "2")["orderId"]
    bench.listen()
    taker = bench.sell("2", "2", self_trade_prevention_mode="DECREMENT")["orderId"]
    new, of_maker, of_taker = reports(bench)
    assert (new["x"], of_maker["x"], of_taker["x"]) == ("NEW", "TRADE_PREVENTION", "TRADE_PREVENTION")
    assert (of_maker["i"], of_maker["X"], of_taker["i"], of_taker["X"]) == (maker, "NEW", taker, "EXPIRED_IN_MATCH")
    names = ["v", "A", "B", "u", "U", "Cs", "pl", "pL", "pY"]
    assert {key: of_maker[key] for key in names} == {
        "v": 0,
        "A": "2.00000000",
        "B": "2.00000000",
        "u": 3,
        "U": taker,
        "Cs": "BTCUSDT",
        "pl": "2.00000000",
        "pL": "2.00000000",
        "pY": "4.00000000",
    }
    assert (of_maker["l"], of_maker["L"], of_maker["Y"]) == ("0.00000000",) * 3
    assert list(of_taker) == [*REPORT, *names]


def test_the_prevented_execution_is_what_would_have_traded() -> None:
    bench = Bench()
    bench.buy("6", "2")
    bench.listen()
    bench.sell("10", "2", self_trade_prevention_mode="EXPIRE_BOTH")
    _, maker, taker = reports(bench)
    assert (maker["B"], maker["pl"], taker["B"], taker["pl"]) == (
        "6.00000000",
        "6.00000000",
        "10.00000000",
        "6.00000000",
    )
    assert "u" not in maker


def test_router_fields() -> None:
    bench = Bench()
    bench.sell("1", "10", account=bench.you)
    bench.listen()
    bench.engine.place_sor(bench.me, bench.request("BUY", "LIMIT", time_in_force="GTC", quantity="2", price="10"))
    new, fill = reports(bench)
    assert (new["k"], new["uS"]) == ("SOR", True)
    assert (fill["b"], fill["a"], fill["t"], fill["l"]) == ("ONE_PARTY_TRADE_REPORT", 0, -1, "1.00000000")


def test_expiry_reasons() -> None:
    bench = Bench()
    bench.listen()
    bench.buy("1", "10", "IOC")
    assert [report.get("eR") for report in reports(bench)] == [None, "UNFILLED_IOC_QUANTITY_EXPIRED"]
    old = Bench(edition=2025)
    old.listen()
    old.buy("1", "10", "IOC")
    assert all("eR" not in report for report in reports(old))


def test_account_position() -> None:
    bench = Bench()
    bench.sell("1", "10", account=bench.you)
    bench.listen()
    bench.buy("2", "10")
    *_, position = bench.events
    assert position == {
        "e": "outboundAccountPosition",
        "E": MS,
        "u": MS,
        "B": [
            {"a": "USDT", "f": "999980.00000000", "l": "10.00000000"},
            {"a": "BTC", "f": "1000.99900000", "l": "0.00000000"},
        ],
    }
    assert [event["e"] for event in bench.events] == ["executionReport", "executionReport", "outboundAccountPosition"]


def test_deposits_withdrawals_and_outside_locks() -> None:
    bench = Bench()
    bench.listen()
    bench.engine.deposit(bench.me, "ETH", Decimal(5))
    bench.engine.withdraw(bench.me, "ETH", Decimal(2))
    bench.engine.external_lock(bench.me, "ETH", Decimal(1))
    bench.engine.external_lock(bench.me, "ETH", Decimal("-0.5"))
    told = [(event["e"], event.get("d")) for event in bench.events]
    assert told[::2] == [
        ("balanceUpdate", "5.00000000"),
        ("balanceUpdate", "-2.00000000"),
        ("externalLockUpdate", "1.00000000"),
        ("externalLockUpdate", "-0.50000000"),
    ]
    assert bench.events[0] == {"e": "balanceUpdate", "E": MS, "a": "ETH", "d": "5.00000000", "T": MS}
    assert bench.events[-1]["B"] == [{"a": "ETH", "f": "2.50000000", "l": "0.50000000"}]


def test_list_status() -> None:
    bench = Bench()
    bench.trade("100")
    bench.listen()
    reply = bench.engine.place_oco(bench.me, oco(bench, list_client_order_id="mine"))
    (status,) = [event for event in bench.events if event["e"] == "listStatus"]
    assert status == {
        "e": "listStatus",
        "E": MS,
        "s": "BTCUSDT",
        "g": reply["orderListId"],
        "c": "OCO",
        "l": "EXEC_STARTED",
        "L": "EXECUTING",
        "r": "NONE",
        "C": "mine",
        "T": MS,
        "O": [{"s": "BTCUSDT", "i": each["orderId"], "c": each["clientOrderId"]} for each in reply["orders"]],
    }


def test_market_events() -> None:
    bench = Bench()
    events: list[dict[str, Any]] = []
    for kind in ("trade", "aggTrade", "bookTicker"):
        bench.engine.subscribe_market(lambda event: events.append(event.payload()), kind=kind, symbol=bench.symbol)
    bench.sell("1", "10", account=bench.you)
    bench.sell("1", "10", account=bench.you)
    bench.sell("1", "11", account=bench.you)
    events.clear()
    bench.buy("2.5", "11")
    assert [event.get("e", "bookTicker") for event in events] == ["trade"] * 3 + ["aggTrade"] * 2 + ["bookTicker"]
    assert events[0] == {
        "e": "trade",
        "E": MS,
        "s": "BTCUSDT",
        "t": 0,
        "p": "10.00000000",
        "q": "1.00000000",
        "T": MS,
        "m": False,
        "M": True,
    }
    assert events[3] == {
        "e": "aggTrade",
        "E": MS,
        "s": "BTCUSDT",
        "a": 0,
        "p": "10.00000000",
        "q": "2.00000000",
        "f": 0,
        "l": 1,
        "T": MS,
        "m": False,
        "M": True,
    }
    assert events[5] == {
        "u": 6,
        "s": "BTCUSDT",
        "b": "0.00000000",
        "B": "0.00000000",
        "a": "11.00000000",
        "A": "0.50000000",
    }


def test_trades_of_binance_us_name_their_orders() -> None:
    bench = Bench(edition=2023)
    events: list[dict[str, Any]] = []
    bench.engine.subscribe_market(lambda event: events.append(event.payload()), kind="trade")
    bench.sell("1", "10", account=bench.you)
    bench.buy("1", "10")
    assert list(events[0]) == [*"eEstpqbaTmM"]
    assert (events[0]["b"], events[0]["a"], events[0]["s"]) == (2, 1, "BTCUSDT")


def test_the_best_prices_are_told_only_when_they_change() -> None:
    bench = Bench()
    events: list[MarketEvent] = []
    bench.buy("1", "10")
    leave = bench.engine.subscribe_market(events.append, kind="bookTicker")
    bench.buy("1", "9")
    assert events == []
    bench.buy("1", "10")
    assert len(events) == 1
    bench.engine.cancel(bench.me, bench.symbol, order_id=2)
    assert len(events) == 1
    leave()
    leave()
    bench.buy("1", "10")
    assert len(events) == 1


def test_events_of_all_symbols() -> None:
    bench = Bench(bare(), bare("ETHUSDT", "ETH", "USDT"))
    events: list[MarketEvent] = []
    bench.engine.subscribe_market(events.append, kind="bookTicker")
    for symbol in ("ETHUSDT", "BTCUSDT"):
        bench.buy("1", "10", symbol=symbol)
    assert [event.symbol for event in events] == ["ETHUSDT", "BTCUSDT"]


def test_events_bear_their_kind_and_time() -> None:
    bench = Bench()
    events: list[AccountEvent] = []
    bench.engine.subscribe_account(bench.me, events.append)
    bench.buy("1", "10")
    assert [(event.kind, event.time) for event in events] == [
        ("executionReport", START),
        ("outboundAccountPosition", START),
    ]
    assert events[0].payload(micro=True)["T"] == START


def test_an_event_is_a_snapshot() -> None:
    bench = Bench()
    events: list[AccountEvent] = []
    bench.engine.subscribe_account(bench.me, events.append)
    bench.buy("1", "10")
    bench.engine.cancel(bench.me, bench.symbol, order_id=1)
    assert [event.payload().get("X") for event in events] == ["NEW", None, "CANCELED", None]


def test_a_listener_may_call_the_engine() -> None:
    bench = Bench()
    heard: list[tuple[str, int]] = []

    def repeat(event: AccountEvent) -> None:
        payload = event.payload()
        if payload["e"] != "executionReport":
            return
        heard.append((payload["x"], payload["i"]))
        if payload["x"] == "TRADE" and payload["i"] < 3:
            bench.buy("1", "10")  # at once, from within the delivery

    bench.engine.subscribe_account(bench.me, repeat)
    bench.buy("1", "10")
    bench.sell("3", "10", account=bench.you)
    assert heard == [("NEW", 1), ("TRADE", 1), ("NEW", 3), ("TRADE", 3)]


def test_a_refusal_reads_as_it_answers() -> None:
    bench = Bench()
    with bench.refused(-1121, "Invalid symbol.") as caught:
        bench.buy("1", "10", symbol="NONE")
    assert str(caught.value) == "-1121 Invalid symbol."
    assert (caught.value.payload(), caught.value.status) == ({"code": -1121, "msg": "Invalid symbol."}, 400)


def test_who_has_left_hears_nothing() -> None:
    bench = Bench()
    heard: list[AccountEvent] = []
    leave = bench.engine.subscribe_account(bench.me, heard.append)
    other: list[AccountEvent] = []
    bench.engine.subscribe_account(bench.me, other.append)
    leave()
    bench.buy("1", "10")
    assert (len(heard), len(other)) == (0, 2)
