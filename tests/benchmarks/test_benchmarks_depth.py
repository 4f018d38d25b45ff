from __future__ import annotations

from decimal import Decimal

import pytest

from benchmarks import depth
from benchmarks.clients.books import KINDS

OWN = ("dict", "sorted", "float", "decimal", "str")


def test_the_snapshot_has_its_levels_in_order() -> None:
    book = depth.snapshot()
    bids, asks = [Decimal(p) for p, _ in book.bids], [Decimal(p) for p, _ in book.asks]
    assert len(bids) == len(asks) == depth.LEVELS
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert bids[0] < asks[0]


@pytest.mark.parametrize("levels", [20, 1000])
def test_changes_never_cross_and_never_name_a_price_twice(levels: int) -> None:
    middle = Decimal(depth.price(depth.MIDDLE))
    for diff in depth.diffs(levels):
        assert len(dict(diff.bids)) == len(dict(diff.asks)) == levels // 2
        assert all(Decimal(price) < middle for price, _ in diff.bids)
        assert all(Decimal(price) >= middle for price, _ in diff.asks)


def test_changes_hit_remove_and_add() -> None:
    known = {price for price, _ in depth.snapshot().bids}
    changes = [level for diff in depth.diffs(20) for level in diff.bids]
    removed = sum(quantity == "0.00000000" for _, quantity in changes) / len(changes)
    existing = sum(price in known for price, _ in changes) / len(changes)
    assert 0.05 < removed < 0.25
    assert 0.8 < existing < 0.95


def test_all_is_the_same_in_every_process() -> None:
    assert list(depth.diffs(20)) == list(depth.diffs(20))
    assert depth.snapshot(3) == depth.snapshot(3) != depth.snapshot(4)


@pytest.mark.parametrize("levels", [20, 1000])
def test_books_of_every_kind_agree(levels: int) -> None:
    tops = []
    for kind in OWN:
        book = KINDS[kind]()
        first = depth.snapshot()
        book.load(book.levels(first.bids), book.levels(first.asks))
        for _ in range(2):
            for diff in depth.diffs(levels):
                book.apply(book.levels(diff.bids), book.levels(diff.asks))
        tops.append([[(float(p), float(q)) for p, q in side] for side in book.top(20)])
        assert [float(price) for price in book.best()] == [tops[-1][0][0][0], tops[-1][1][0][0]]
    assert all(top == tops[0] for top in tops)
