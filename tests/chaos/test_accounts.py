"""The goals of user data at the size of CI."""

from __future__ import annotations

from typing import Any

import pytest

from binance_async.core.account_state import AccountState
from binance_async.net.virtual import run_virtual
from tests.chaos import accounts
from tests.chaos.goals import Broken

SEED = 1


@pytest.mark.parametrize("name", accounts.ROUTES)
def test_g2_every_route(name: str, record_property: Any) -> None:
    figures = run_virtual(accounts.route(name, 12, SEED))
    record_property("figures", figures)
    print("route", name, "seed", SEED, figures)
    assert figures["gaps"] > 3
    assert figures["hand-overs"] > 3
    assert figures["restored"] > 50


def test_f28_an_outage_with_five_thousand_fills(record_property: Any) -> None:
    figures = run_virtual(accounts.outage(5_000, SEED))
    record_property("figures", figures)
    print("outage", "seed", SEED, figures)
    assert figures["restored"] >= 10_000


@pytest.mark.parametrize("name", accounts.PRODUCTS)
def test_g14_every_user_event_in_six_ways(name: str, record_property: Any) -> None:
    figures = run_virtual(accounts._drift(name, 1, SEED))
    record_property("figures", figures)
    print("drift", name, "seed", SEED, figures)
    assert min(figures["raw"], figures["typed"]) > 50
    assert figures.get("endings", 0) > 10 or name == "us", "its documents name none"


def test_the_goal_sees_a_trade_that_is_told_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger that forgets every trade is found out."""
    monkeypatch.setattr("binance_async.core.account_state.MOST_TRADES", 0)
    monkeypatch.setattr(AccountState, "_is_fresh", lambda *_: True)
    monkeypatch.setattr(AccountState, "_trade_is_new", lambda *_: True)
    with pytest.raises(Broken):
        run_virtual(accounts.route("logon", 5, SEED))


def test_the_goal_sees_a_gap_that_was_not_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AccountState, "missed", lambda *_: [])
    with pytest.raises(Broken):
        run_virtual(accounts.route("logon", 5, SEED))
