"""G3 at the size of CI."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest

from binance_async.net.virtual import run_virtual
from tests.chaos import books

SEED = 1
SIZE = 300


def test_g3_books(record_property: Any) -> None:
    figures = run_virtual(books.books(SIZE, SEED))
    record_property("figures", figures)
    print("books", "seed", SEED, figures)
    for family, numbers in books.VARIANTS:
        of_it = figures[f"{family}, {numbers.__name__}"]
        assert of_it["reads"] > 2_000
        assert of_it["gaps"] > 30


def test_the_goal_sees_a_wrong_book(monkeypatch: pytest.MonkeyPatch) -> None:
    """A keeper that swallows every tenth change is found out."""
    from binance_async.core.order_book import OrderBook

    apply, count = OrderBook.apply, itertools.count()

    def forgetful(self: Any, first: int, last: int, before: Any, bids: Any, asks: Any) -> Any:
        return apply(self, first, last, before, bids, [] if next(count) % 10 == 0 else asks)

    monkeypatch.setattr(OrderBook, "apply", forgetful)
    with pytest.raises(books.Broken):
        run_virtual(books.variant("spot", Decimal, 5, SEED, symbols=3))
