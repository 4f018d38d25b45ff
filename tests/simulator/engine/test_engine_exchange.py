"""Symbols, accounts, the clock, and the digest of the state."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

import pytest
from engine_kit import START, Bench, Clock, bare

from binance_async.simulator.engine import Engine, NewOrder, default_symbols


def test_the_default_exchange() -> None:
    engine = Engine(now_us=Clock())
    assert list(engine.symbols) == ["BTCUSDT", "ETHUSDT", "BNBUSDT", "ETHBTC", "LTCBTC", "BNBBTC"]
    assert engine.status("BTCUSDT") == "TRADING"
    account = engine.add_account(balances={"USDT": Decimal(100_000)})
    reply = engine.place(account, NewOrder("BTCUSDT", "BUY", "LIMIT", "GTC", Decimal("0.01"), price=Decimal(60_000)))
    assert reply["status"] == "NEW"
    assert engine.symbols["BTCUSDT"].start_price == 60_000


def test_as_many_symbols_as_wanted() -> None:
    assert len(Engine(default_symbols(100), now_us=Clock()).symbols) == 100


def test_symbols_are_listed_once() -> None:
    bench = Bench()
    with pytest.raises(ValueError, match="listed already"):
        bench.engine.add_symbol(bare())
    bench.engine.add_symbol(bare("ETHUSDT", "ETH", "USDT"))
    assert list(bench.engine.symbols) == ["BTCUSDT", "ETHUSDT"]


def test_accounts() -> None:
    bench = Bench()
    first = bench.engine.add_account()
    assert bench.engine.add_account(uid=first + 10) == first + 10
    assert bench.engine.add_account() == first + 11
    with pytest.raises(ValueError, match="exists already"):
        bench.engine.add_account(uid=first)
    with pytest.raises(KeyError):
        bench.buy("1", "10", account=12345)


def test_money_in_and_out() -> None:
    bench = Bench()
    bench.engine.deposit(bench.me, "ETH", Decimal(5))
    bench.engine.withdraw(bench.me, "ETH", Decimal(5))
    with bench.refused(-2010, "Account has insufficient balance for requested action."):
        bench.engine.withdraw(bench.me, "ETH", Decimal("0.00000001"))
    bench.engine.set_permissions(bench.me, can_withdraw=False, can_deposit=False)
    for move in (bench.engine.deposit, bench.engine.withdraw):
        with bench.refused(-2010, "This action is disabled on this account."):
            move(bench.me, "USDT", Decimal(1))


def test_what_others_lock_cannot_be_traded() -> None:
    bench = Bench()
    bench.engine.external_lock(bench.me, "BTC", Decimal(900))
    with bench.refused(-2010, "Account has insufficient balance for requested action."):
        bench.sell("101", "10")
    bench.sell("100", "10")
    with bench.refused(-2010, "Account has insufficient balance for requested action."):
        bench.engine.external_lock(bench.me, "BTC", Decimal(1))
    with bench.refused(-2010, "Account has insufficient balance for requested action."):
        bench.engine.external_lock(bench.me, "BTC", Decimal("-900.1"))
    bench.engine.external_lock(bench.me, "BTC", Decimal(-900))
    assert bench.money("BTC") == (Decimal(900), Decimal(100))


def test_time_never_runs_backwards() -> None:
    bench = Bench()
    bench.clock.now = START + 5_000_000
    first = bench.buy("1", "10")
    bench.clock.now = START
    second = bench.buy("1", "10")
    assert first["transactTime"] == second["transactTime"] == START // 1000 + 5000


def play(seed: int) -> tuple[str, list[Any]]:
    """A little of everything, and all that is told of it."""
    bench = Bench(seed=seed, order_limits=())
    told: list[Any] = []
    bench.engine.subscribe_account(bench.me, lambda event: told.append(event.payload(micro=True)))
    bench.engine.subscribe_market(lambda event: told.append(event.payload(micro=True)), kind="trade")
    dice = Random(1)
    for _ in range(300):
        bench.clock.now += dice.randrange(1_000_000)
        side, account = dice.choice(("BUY", "SELL")), dice.choice((bench.me, bench.you))
        bench.limit(side, str(dice.randrange(1, 9)), str(dice.randrange(95, 106)), account=account)
    return bench.engine.checksum(), told


def test_equal_runs_are_equal() -> None:
    assert play(1) == play(1)
    assert play(1)[0] != play(2)[0]  # other client order ids


def test_the_checksum_sees_every_change() -> None:
    bench = Bench()
    seen = {bench.engine.checksum()}

    def changed() -> bool:
        digest = bench.engine.checksum()
        fresh = digest not in seen
        seen.add(digest)
        return fresh

    bench.clock.step(1)
    assert not changed()
    bench.buy("1", "10")
    assert changed()
    bench.sell("0.5", "10", account=bench.you)
    assert changed()
    bench.engine.cancel(bench.me, bench.symbol, order_id=1)
    assert changed()
    bench.engine.deposit(bench.me, "ETH", Decimal(1))
    assert changed()
    bench.engine.set_status(bench.symbol, "HALT")
    assert changed()
