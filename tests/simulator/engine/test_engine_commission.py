"""Commissions, by the exchange's own example and beyond it."""

from __future__ import annotations

from decimal import Decimal

from engine_kit import Bench, bare

from binance_async.simulator.engine import CommissionRates, CommissionSchedule

STANDARD = CommissionRates(*(Decimal(each) for each in ("0.0000001", "0.0000002", "0.0000003", "0.0000004")))
TAX = CommissionRates(*(Decimal(each) for each in ("0.00000112", "0.00000114", "0.00000118", "0.00000116")))
SPECS = (bare(), bare("BNBUSDT", "BNB", "USDT"), bare("BNBBTC", "BNB", "BTC"))


def example(*, discount: bool, bnb: str = "0") -> Bench:
    bench = Bench(*SPECS)
    schedule = CommissionSchedule(
        standard=STANDARD, tax=TAX, discount=Decimal("0.25"), discount_enabled_for_account=discount
    )
    bench.engine.set_commission(bench.me, schedule)
    bench.engine.set_commission(bench.you, CommissionSchedule(standard=CommissionRates()))
    if bnb != "0":
        bench.engine.deposit(bench.me, "BNB", Decimal(bnb))
    bench.engine.deposit(bench.you, "BNB", Decimal(1))
    for side in ("SELL", "BUY"):  # 1 BNB = 260 USDT
        bench.limit(side, "1", "260", account=bench.you, symbol="BNBUSDT")
    bench.buy("0.49975", "35000", account=bench.you)
    return bench


def test_example_without_discount() -> None:
    bench = example(discount=False)
    (fill,) = bench.market("SELL", "0.49975")["fills"]
    # 0.01049475 standard + 0.040229875 tax, rounded once
    assert (fill["commission"], fill["commissionAsset"]) == ("0.05072463", "USDT")
    assert bench.money("USDT")[0] == Decimal("1017491.25") - Decimal("0.05072463")
    assert bench.engine.collected_commission("USDT") == Decimal("0.05072463")


def test_example_with_discount() -> None:
    bench = example(discount=True, bnb="1")
    (fill,) = bench.market("SELL", "0.49975")["fills"]
    assert (fill["commission"], fill["commissionAsset"]) == ("0.00016482", "BNB")
    assert bench.money("BNB")[0] == 1 - Decimal("0.00016482")
    assert bench.money("USDT")[0] == Decimal("1017491.25")


def test_too_little_bnb_pays_the_whole() -> None:
    bench = example(discount=True, bnb="0.00016481")
    (fill,) = bench.market("SELL", "0.49975")["fills"]
    assert (fill["commission"], fill["commissionAsset"]) == ("0.05072463", "USDT")


def test_a_buyer_pays_from_the_base() -> None:
    bench = Bench()
    bench.sell("2", "100", account=bench.you)
    (fill,) = bench.buy("2", "100")["fills"]
    assert (fill["commission"], fill["commissionAsset"]) == ("0.00200000", "BTC")
    assert bench.money("BTC")[0] == Decimal("1001.998")
    assert bench.money("USDT", bench.you)[0] == Decimal(1000200) - Decimal("0.2")  # the maker's commission


def test_a_buyer_pays_in_bnb_by_the_value_in_quote() -> None:
    bench = Bench(*SPECS)
    bench.engine.set_commission(bench.me, CommissionSchedule(discount_enabled_for_account=True))
    for account in (bench.me, bench.you):
        bench.engine.deposit(account, "BNB", Decimal(1))
    for side in ("SELL", "BUY"):
        bench.limit(side, "1", "260", account=bench.you, symbol="BNBUSDT")
    bench.sell("0.26", "1000", account=bench.you)
    (fill,) = bench.buy("0.26", "1000")["fills"]
    # 260 USDT are 1 BNB: a tenth of a percent of it, times 0.75
    assert (fill["commission"], fill["commissionAsset"]) == ("0.00075000", "BNB")


def test_bnb_as_the_asset_bought() -> None:
    bench = example(discount=True)
    bench.engine.set_commission(bench.me, CommissionSchedule(discount_enabled_for_account=True))
    bench.limit("SELL", "1", "250", account=bench.you, symbol="BNBUSDT")
    (fill,) = bench.limit("BUY", "1", "250", symbol="BNBUSDT")["fills"]
    # There was no BNB before: what is bought pays, at the price of this trade.
    assert (fill["commission"], fill["commissionAsset"]) == ("0.00075000", "BNB")
    assert bench.money("BNB")[0] == Decimal("0.99925")


def test_bnb_as_quote_asset() -> None:
    bench = Bench(bare("XBNB", "X", "BNB"))
    bench.engine.set_commission(bench.me, CommissionSchedule(discount_enabled_for_account=True))
    bench.engine.deposit(bench.me, "X", Decimal(10))
    bench.engine.deposit(bench.you, "BNB", Decimal(10))
    bench.buy("10", "0.5", account=bench.you)
    (fill,) = bench.market("SELL", "10")["fills"]
    assert (fill["commission"], fill["commissionAsset"]) == ("0.00375000", "BNB")


def test_no_price_for_bnb_pays_in_kind() -> None:
    bench = Bench(*SPECS)
    bench.engine.set_commission(bench.me, CommissionSchedule(discount_enabled_for_account=True))
    bench.engine.deposit(bench.me, "BNB", Decimal(1))
    bench.sell("1", "100", account=bench.you)
    (fill,) = bench.buy("1", "100")["fills"]
    assert fill["commissionAsset"] == "BTC"


def test_the_rates_of_every_role_and_side() -> None:
    bench = Bench()
    rates = CommissionRates(*(Decimal(each) for each in ("0.001", "0.002", "0.0001", "0.0004")))
    bench.engine.set_commission(bench.me, CommissionSchedule(standard=rates))
    bench.buy("1", "100")
    bench.sell("1", "100", account=bench.you)
    bench.sell("1", "100")
    bench.buy("1", "100", account=bench.you)
    bench.sell("1", "100", account=bench.you)
    bench.buy("1", "100")
    bench.buy("1", "100", account=bench.you)
    bench.sell("1", "100")
    paid = [
        (each["isMaker"], each["isBuyer"], each["commission"]) for each in bench.engine.my_trades(bench.me, "BTCUSDT")
    ]
    assert paid == [
        (True, True, "0.00110000"),
        (True, False, "0.14000000"),
        (False, True, "0.00210000"),
        (False, False, "0.24000000"),
    ]


def test_rates_by_symbol_and_the_answers() -> None:
    bench = Bench(*SPECS)
    bench.engine.set_commission(bench.me, CommissionSchedule(standard=STANDARD, tax=TAX), "BTCUSDT")
    reply = bench.engine.commission(bench.me, "BTCUSDT")
    assert list(reply) == ["symbol", "standardCommission", "specialCommission", "taxCommission", "discount"]
    assert reply["standardCommission"] == {
        "maker": "0.00000010",
        "taker": "0.00000020",
        "buyer": "0.00000030",
        "seller": "0.00000040",
    }
    assert reply["discount"] == {
        "enabledForAccount": False,
        "enabledForSymbol": True,
        "discountAsset": "BNB",
        "discount": "0.75000000",
    }
    other = bench.engine.commission(bench.me, "BNBUSDT")["standardCommission"]
    assert other["maker"] == "0.00100000"
    test = bench.engine.test_order(
        bench.me, bench.request("BUY", "MARKET", quantity="1"), compute_commission_rates=True
    )
    assert test["standardCommissionForOrder"] == {"maker": "0.00000040", "taker": "0.00000050"}
    assert test["taxCommissionForOrder"] == {"maker": "0.00000230", "taker": "0.00000232"}


def test_the_documents_of_2025_have_no_special_commission() -> None:
    bench = Bench(edition=2025)
    assert list(bench.engine.commission(bench.me, "BTCUSDT")) == [
        "symbol",
        "standardCommission",
        "taxCommission",
        "discount",
    ]
    request = bench.request("BUY", "MARKET", quantity="1")
    test = bench.engine.test_order(bench.me, request, compute_commission_rates=True)
    assert list(test) == ["standardCommissionForOrder", "taxCommissionForOrder", "discount"]


def test_rates_change_for_new_orders_only() -> None:
    bench = Bench()
    bench.buy("1", "100")
    bench.engine.set_commission(bench.me, CommissionSchedule(standard=CommissionRates()))
    bench.sell("1", "100", account=bench.you)
    (trade,) = bench.engine.my_trades(bench.me, "BTCUSDT")
    assert trade["commission"] == "0.00100000"
