"""The book as a structure: levels stay sorted, queues stay queues, sums stay sums."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from binance_async.simulator.engine.book import Book, Side


class Piece:
    """As much of an order as a book looks at."""

    def __init__(self, buy: bool, price: int, rest: int, iceberg: int) -> None:
        self.buy = buy
        self.price = price
        self.rest = rest
        self.iceberg_qty = iceberg
        self.visible = 0
        self.level: Any = None
        self.prev: Any = None
        self.next: Any = None


steps = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "remove", "take", "reduce"]),
        st.booleans(),
        st.integers(1, 6),
        st.integers(1, 20),
        st.integers(0, 30),
    ),
    max_size=80,
)


def check(side: Side, queue: list[Piece]) -> None:
    """`queue` holds the side's orders, in the order in which they should trade at one price."""
    prices = sorted({piece.price for piece in queue}, reverse=side.buy)
    assert [level.price for level in side] == prices
    assert len(side) == len(prices)
    best = side.best()
    assert (best.price if best else None) == (prices[0] if prices else None)
    for level in side:
        mine = [piece for piece in queue if piece.price == level.price]
        assert list(level) == mine
        assert level.visible == sum(piece.visible for piece in mine)
        assert level.total == sum(piece.rest for piece in mine)
        assert all(0 < piece.visible <= piece.rest for piece in mine)


@given(steps)
def test_levels_queues_and_sums(flow: list[tuple[str, bool, int, int, int]]) -> None:
    book = Book()
    queues: dict[bool, list[Piece]] = {True: [], False: []}
    for name, buy, price, size, pick in flow:
        queue = queues[buy]
        before = book.update_id
        if name == "add":
            piece: Any = Piece(buy, price, size, pick % 4)
            book.add(piece)
            queue.append(piece)
        elif not queue:
            continue
        else:
            piece = queue[pick % len(queue)]
            change(book, queue, piece, name, size)
        assert book.update_id - before <= 1
        check(book.bids, queues[True])
        check(book.asks, queues[False])


def change(book: Book, queue: list[Piece], piece: Any, name: str, size: int) -> None:
    if name == "remove":
        book.remove(piece)
        queue.remove(piece)
    elif name == "take":
        quantity = min(size, piece.visible)
        spent = quantity == piece.visible
        piece.rest -= quantity
        book.take(piece, quantity)
        if not piece.rest:
            queue.remove(piece)
        elif spent:  # the next part of an iceberg goes to the back
            queue.remove(piece)
            queue.append(piece)
    elif piece.rest > 1:
        book.reduce(piece, max(piece.rest - size, 1))
