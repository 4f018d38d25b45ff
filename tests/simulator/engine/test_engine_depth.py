"""The diff. depth stream: whoever follows the documents' procedure holds the exchange's book."""

from __future__ import annotations

from typing import Any

from engine_kit import START, Bench
from hypothesis import given, settings
from hypothesis import strategies as st


class Follower:
    """A local book, kept by the documented procedure."""

    def __init__(self, snapshot: dict[str, Any]) -> None:
        self.last = snapshot["lastUpdateId"]
        self.sides = {side: dict(map(tuple, snapshot[side])) for side in ("bids", "asks")}

    def apply(self, event: dict[str, Any]) -> None:
        if event["u"] < self.last:
            return
        assert event["U"] <= self.last + 1, "something went wrong"
        for side, changes in (("bids", event["b"]), ("asks", event["a"])):
            for price, quantity in changes:
                if quantity == "0.00000000":
                    self.sides[side].pop(price, None)
                else:
                    self.sides[side][price] = quantity
        self.last = event["u"]


def act(bench: Bench, step: tuple[str, int, int]) -> None:
    kind, price, size = step
    if kind == "cancel":
        orders = bench.engine.open_orders(bench.me)
        if orders:
            bench.engine.cancel(bench.me, bench.symbol, order_id=orders[size % len(orders)]["orderId"])
    else:
        bench.limit(kind, str(size), str(price), account=bench.me)


flows = st.lists(
    st.tuples(st.sampled_from(["BUY", "SELL", "cancel"]), st.integers(95, 105), st.integers(1, 9)),
    min_size=1,
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(flows, st.integers(1, 9), st.integers(1, 9), st.integers(0, 30))
def test_followers_of_any_speed_hold_the_book(
    flow: list[tuple[str, int, int]], fast: int, slow: int, join: int
) -> None:
    bench = Bench(order_limits=())
    feeds = {pace: bench.engine.depth_feed(bench.symbol) for pace in {fast, slow}}
    followers: dict[int, Follower] = {}
    pending: dict[int, list[dict[str, Any]]] = {pace: [] for pace in feeds}
    for number, step in enumerate(flow):
        act(bench, step)
        for pace, feed in feeds.items():
            event = feed.flush() if number % pace == 0 else None
            if event is None:
                continue
            if pace in followers:
                followers[pace].apply(event)
            else:
                pending[pace].append(event)
        if number == join:
            for pace in feeds:
                followers[pace] = Follower(bench.engine.depth(bench.symbol, 5000))
                for event in pending[pace]:
                    followers[pace].apply(event)
    for pace, feed in feeds.items():
        event = feed.flush()
        if pace in followers:
            if event is not None:
                followers[pace].apply(event)
            assert Follower(bench.engine.depth(bench.symbol, 5000)).sides == followers[pace].sides
        assert feed.flush() is None


def test_the_event() -> None:
    bench = Bench()
    feed = bench.engine.depth_feed(bench.symbol)
    assert feed.flush() is None
    bench.buy("1", "10")
    bench.buy("1", "9")
    bench.sell("2", "11")
    bench.engine.cancel(bench.me, bench.symbol, order_id=2)
    assert feed.flush() == {
        "e": "depthUpdate",
        "E": START // 1000,
        "s": "BTCUSDT",
        "U": 1,
        "u": 4,
        "b": [["10.00000000", "1.00000000"], ["9.00000000", "0.00000000"]],
        "a": [["11.00000000", "2.00000000"]],
    }
    bench.buy("1", "10")
    event = feed.flush(micro=True)
    assert event is not None
    assert (event["E"], event["U"], event["u"]) == (START, 5, 5)


def test_a_closed_feed_remembers_nothing() -> None:
    bench = Bench()
    feed = bench.engine.depth_feed(bench.symbol)
    feed.close()
    feed.close()
    bench.buy("1", "10")
    assert bench.engine.markets[bench.symbol].book.feeds == []
