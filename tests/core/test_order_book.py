"""The order book against a reference exchange, for every product and every fault of a stream.

Hypothesis runs 2,000 histories over the four products here; `BINANCE_ASYNC_EXAMPLES=25` multiplies that (50,000).
"""

from __future__ import annotations

import os
from bisect import bisect_right
from decimal import Decimal
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from binance_async.core.order_book import (
    Applied,
    BookState,
    Buffered,
    Counters,
    Gap,
    Ignored,
    OrderBook,
    SequenceRule,
)
from binance_async.errors import NotSynced

EXAMPLES = 500 * int(os.environ.get("BINANCE_ASYNC_EXAMPLES", "1"))
SPOT, US, FUTURES, OPTIONS = SequenceRule.SPOT, SequenceRule.US, SequenceRule.FUTURES, SequenceRule.OPTIONS
BIDS = [(Decimal(9), Decimal(1)), (Decimal(8), Decimal(2))]
ASKS = [(Decimal(10), Decimal(3)), (Decimal(11), Decimal(4))]


def book(rule: SequenceRule = SPOT, *, depth: int = 1000, max_buffered: int = 10_000) -> OrderBook[Decimal]:
    return OrderBook(rule, Decimal, depth=depth, max_buffered=max_buffered)


def synced(rule: SequenceRule = SPOT, at: int = 100, *, depth: int = 1000) -> OrderBook[Decimal]:
    made = book(rule, depth=depth)
    assert made.snapshot(at, BIDS, ASKS) == Applied()
    return made


def level(price: str, quantity: str) -> tuple[Decimal, Decimal]:
    return Decimal(price), Decimal(quantity)


# The edges, one by one


class TestStates:
    def test_a_new_book_is_empty_and_cannot_be_read(self) -> None:
        new = book()
        assert new.state is BookState.EMPTY
        assert new.last_update_id is None
        reads = [
            lambda: new.best_bid,
            lambda: new.best_ask,
            lambda: new.bid_horizon,
            lambda: new.ask_horizon,
            new.bids,
            new.asks,
        ]
        for read in reads:
            with pytest.raises(NotSynced, match="empty"):
                read()

    def test_a_diff_is_kept_until_the_snapshot_joins_it(self) -> None:
        new = book()
        assert new.apply(101, 103, None, [level("9", "7")], [level("10", "0")]) == Buffered()
        assert new.state is BookState.BUFFERING
        assert new.buffered == 1
        with pytest.raises(NotSynced, match="buffering"):
            new.bids(1)
        assert new.snapshot(100, BIDS, ASKS) == Applied()
        assert new.state is BookState.SYNCED
        assert new.buffered == 0
        assert new.last_update_id == 103
        assert new.bids() == [level("9", "7"), level("8", "2")]
        assert new.asks(1) == [level("11", "4")]
        assert (new.best_bid, new.best_ask) == (Decimal(9), Decimal(11))

    def test_a_gap_ends_reading_at_once_and_keeps_the_diff_that_showed_it(self) -> None:
        known = synced()
        assert known.apply(102, 104, None, [], []) == Gap("missing", 100, 102, 104)
        assert known.state is BookState.BUFFERING
        assert known.buffered == 1
        with pytest.raises(NotSynced):
            known.bids()
        assert known.snapshot(101, BIDS, ASKS) == Applied()
        assert known.last_update_id == 104

    def test_an_old_snapshot_leaves_the_diffs_where_they_are(self) -> None:
        new = book()
        new.apply(105, 106, None, [], [])
        new.apply(107, 108, None, [level("9", "5")], [])
        for _ in range(3):
            assert new.snapshot(103, BIDS, ASKS) == Gap("stale_snapshot", 103, 105, 106)
        assert new.state is BookState.BUFFERING
        assert new.buffered == 2
        assert new.snapshot(106, BIDS, ASKS) == Applied()
        assert new.bids(1) == [level("9", "5")]
        assert new.counters.stale_snapshots == 3

    def test_a_snapshot_newer_than_every_kept_diff_is_the_book(self) -> None:
        new = book()
        for number in range(101, 111):
            new.apply(number, number, None, [level("9", str(number))], [])
        assert new.snapshot(500, BIDS, ASKS) == Applied()
        assert new.last_update_id == 500
        assert new.bids() == BIDS
        assert new.counters == Counters(0, 10, 0, 0, 0, 1, 0)

    def test_a_synced_book_takes_a_newer_snapshot_and_ignores_an_older_one(self) -> None:
        known = synced(depth=2)
        assert known.apply(101, 101, None, [level("9", "0")], []) == Applied()
        assert known.snapshot(101, BIDS, ASKS) == Ignored()
        assert known.bids() == [level("8", "2")]
        assert known.bid_horizon == Decimal(8)
        assert known.snapshot(102, [level("8", "2"), level("7", "1")], ASKS) == Applied()
        assert known.bid_horizon == Decimal(7)
        assert known.last_update_id == 102

    def test_invalidate_forgets_everything(self) -> None:
        known = synced()
        assert known.invalidate("reconnected") == Gap("reconnected", 100)
        assert known.state is BookState.BUFFERING
        known.apply(200, 201, None, [], [])
        assert known.invalidate("reconnected") == Gap("reconnected", None)
        assert known.buffered == 0
        assert known.counters.gaps == 1

    def test_the_buffer_is_bounded_and_keeps_the_latest(self) -> None:
        new = book(max_buffered=3)
        for number in range(1, 6):
            new.apply(number, number, None, [], [])
        assert new.buffered == 3
        assert new.counters.overflowed == 2
        assert new.snapshot(1, BIDS, ASKS) == Gap("stale_snapshot", 1, 3, 3)
        assert new.snapshot(2, BIDS, ASKS) == Applied()
        assert new.last_update_id == 5

    def test_a_hole_between_kept_diffs_drops_what_is_before_it(self) -> None:
        new = book()
        new.apply(101, 102, None, [level("9", "5")], [])
        assert new.apply(105, 106, None, [], []) == Buffered()
        assert new.buffered == 1
        assert new.apply(103, 104, None, [], []) == Ignored()  # swapped: it comes too late
        assert new.snapshot(101, BIDS, ASKS) == Gap("stale_snapshot", 101, 105, 106)
        assert new.snapshot(104, BIDS, ASKS) == Applied()
        assert new.counters.gaps == 1

    @pytest.mark.parametrize("wrong", [{"depth": 0}, {"max_buffered": 0}])
    def test_sizes_are_positive(self, wrong: dict[str, int]) -> None:
        with pytest.raises(ValueError):
            OrderBook(SPOT, float, **wrong)


class TestEdges:
    """A snapshot at 100 and one diff after it; then a diff at 105 and one after that."""

    @pytest.mark.parametrize(
        ("rule", "diff", "outcome"),
        [
            (SPOT, (90, 99, None), Ignored),
            (SPOT, (90, 100, None), Ignored),
            (SPOT, (90, 101, None), Applied),
            (SPOT, (100, 105, None), Applied),
            (SPOT, (101, 105, None), Applied),
            (SPOT, (102, 105, None), Gap),
            (US, (90, 99, None), Ignored),
            (US, (90, 100, None), Ignored),
            (US, (90, 101, None), Applied),
            (US, (101, 101, None), Applied),
            (US, (102, 105, None), Gap),
            (FUTURES, (90, 99, 80), Ignored),
            (FUTURES, (90, 100, 80), Applied),
            (FUTURES, (90, 105, 80), Applied),
            (FUTURES, (100, 105, 95), Applied),
            (FUTURES, (101, 105, 95), Applied),
            (FUTURES, (101, 105, 100), Applied),
            (FUTURES, (103, 105, 101), Gap),
            (FUTURES, (90, 105, None), Applied),
            (FUTURES, (101, 105, None), Gap),
            (OPTIONS, (90, 99, 80), Ignored),
            (OPTIONS, (101, 105, 100), Applied),
            (OPTIONS, (103, 105, 101), Gap),
        ],
    )
    def test_first(self, rule: SequenceRule, diff: tuple[int, int, int | None], outcome: type) -> None:
        assert type(synced(rule).apply(*diff, [], [])) is outcome
        waiting = book(rule)
        waiting.apply(*diff, [], [])
        joined = waiting.snapshot(100, BIDS, ASKS)
        assert type(joined) is (Gap if outcome is Gap else Applied)

    @pytest.mark.parametrize(
        ("rule", "diff", "outcome"),
        [
            (SPOT, (101, 105, None), Ignored),
            (SPOT, (101, 106, None), Applied),
            (SPOT, (106, 107, None), Applied),
            (SPOT, (107, 108, None), Gap),
            (US, (101, 105, None), Ignored),
            (US, (101, 106, None), Gap),
            (US, (106, 107, None), Applied),
            (US, (107, 108, None), Gap),
            (FUTURES, (101, 105, 100), Ignored),
            (FUTURES, (90, 104, 80), Ignored),
            (FUTURES, (106, 107, 105), Applied),
            (FUTURES, (120, 130, 105), Applied),
            (FUTURES, (106, 107, 104), Gap),
            (FUTURES, (106, 107, 106), Gap),
            (FUTURES, (106, 107, None), Gap),
            (OPTIONS, (120, 130, 105), Applied),
            (OPTIONS, (106, 107, 104), Gap),
        ],
    )
    def test_next(self, rule: SequenceRule, diff: tuple[int, int, int | None], outcome: type) -> None:
        known = synced(rule)
        assert known.apply(101, 105, 100, [], []) == Applied()
        assert type(known.apply(*diff, [], [])) is outcome
        assert (known.state is BookState.SYNCED) is (outcome is not Gap)

    def test_the_rule_of_2025_would_restart_on_every_diff(self) -> None:
        known = synced(SPOT)
        for number in range(101, 200):
            assert known.apply(number, number, None, [], []) == Applied()


class TestLevels:
    def test_zero_removes_and_an_unknown_level_may_be_removed(self) -> None:
        known = synced()
        known.apply(101, 101, None, [level("8.0", "0.000"), level("3", "0")], [level("10.00", "5")])
        assert known.bids() == [level("9", "1")]
        assert known.asks() == [level("10", "5"), level("11", "4")]

    def test_a_level_comes_back(self) -> None:
        known = synced()
        known.apply(101, 101, None, [level("8", "0"), level("9", "0")], [])
        assert known.best_bid is None
        assert known.bids() == []
        known.apply(102, 102, None, [level("8", "6")], [])
        assert known.bids() == [level("8", "6")]

    def test_one_side_may_be_empty_to_its_end(self) -> None:
        known = synced()
        known.apply(101, 101, None, [], [level("10", "0"), level("11", "0")])
        assert known.best_ask is None
        assert known.state is BookState.SYNCED

    @pytest.mark.parametrize("ask", ["9", "8.5"])
    def test_a_bid_that_reaches_an_ask_is_a_gap(self, ask: str) -> None:
        known = synced()
        assert known.apply(101, 101, None, [], [level(ask, "1")]) == Gap("crossed", 101, 101, 101)
        assert known.state is BookState.BUFFERING
        assert known.counters.crossed == 1
        assert known.snapshot(101, BIDS, ASKS) == Applied()

    def test_a_trade_through_is_judged_after_the_whole_diff(self) -> None:
        known = synced()
        bids = [level("10", "1"), level("10.5", "1")]
        assert known.apply(101, 101, None, bids, [level("10", "0")]) == Applied()
        assert (known.best_bid, known.best_ask) == (Decimal("10.5"), Decimal(11))

    def test_a_crossed_snapshot_is_refused(self) -> None:
        new = book()
        new.apply(101, 101, None, [], [])
        assert new.snapshot(100, ASKS, BIDS) == Gap("crossed", 100)
        assert new.buffered == 1
        assert new.snapshot(100, BIDS, ASKS) == Applied()

    def test_a_kept_diff_that_crosses_is_a_gap(self) -> None:
        new = book()
        new.apply(101, 101, None, [level("12", "1")], [])
        assert new.snapshot(100, BIDS, ASKS) == Gap("crossed", 101, 101, 101)
        assert new.state is BookState.BUFFERING

    def test_text_keeps_its_digits_and_sorts_by_size(self) -> None:
        texts: OrderBook[str] = OrderBook(SPOT, str, depth=2)
        texts.snapshot(100, [("9.10", "1.000"), ("10.0", "2.0")], [("100", "3"), ("20.00", "0.0000")])
        assert texts.bids() == [("10.0", "2.0"), ("9.10", "1.000")]
        assert texts.asks() == [("100", "3")]
        texts.apply(101, 101, None, [("9.1", "0.00000000")], [("0100.0", "30.10")])
        assert texts.bids() == [("10.0", "2.0")]
        assert texts.asks(1) == [("0100.0", "30.10")]
        assert (texts.best_bid, texts.best_ask) == ("10.0", "0100.0")
        assert (texts.bid_horizon, texts.ask_horizon) == ("9.10", "100")

    def test_small_text_prices_are_plain_digits(self) -> None:
        texts: OrderBook[str] = OrderBook(SPOT, str)
        texts.snapshot(100, [("0.00000001", "1")], [("0.00000002", "1")])
        assert (texts.best_bid, texts.best_ask) == ("0.00000001", "0.00000002")

    def test_removed_levels_do_not_pile_up(self) -> None:
        quotes: OrderBook[float] = OrderBook(SPOT, float)
        quotes.snapshot(0, [(1000.0 - i, 1.0) for i in range(100)], [(2000.0, 1.0)])
        for number in range(1, 20_000):
            price = number / 1e6  # far below the best: only compaction takes it away
            quotes.apply(number, number, None, [(price, 1.0), ((number - 1) / 1e6, 0.0)], [])
        assert len(quotes._bids.prices) < 1_000
        assert len(quotes._bids.levels) == len(quotes._bids.prices)
        assert len(quotes.bids()) == 101

    @pytest.mark.parametrize(
        "bids",
        [
            [(float("nan"), 1.0)],
            [(1.0, 2.0, 3.0)],
            [(1.0,)],
            [None],
            5,
            [("9", 1.0)],
            [([], 1.0)],
        ],
    )
    def test_malformed_levels_are_a_gap(self, bids: object) -> None:
        quotes: OrderBook[float] = OrderBook(SPOT, float)
        quotes.apply(1, 1, None, [], [])
        assert quotes.snapshot(1, bids, [(2.0, 1.0), (3.0, 1.0)]) == Gap("malformed", None)  # type: ignore[arg-type]
        assert quotes.buffered == 1
        assert quotes.snapshot(1, [(1.0, 1.0)], [(2.0, 1.0)]) == Applied()
        assert quotes.apply(2, 2, None, bids, []) == Gap("malformed", 1, 2, 2)  # type: ignore[arg-type]
        assert quotes.buffered == 0

    @pytest.mark.parametrize("price", [Decimal("NaN"), Decimal("sNaN")])
    def test_a_decimal_that_is_no_number_is_a_gap(self, price: Decimal) -> None:
        assert synced().apply(101, 101, None, [(price, Decimal(1))], []) == Gap("malformed", 100, 101, 101)

    def test_text_that_is_no_number_is_a_gap(self) -> None:
        texts: OrderBook[str] = OrderBook(SPOT, str)
        assert texts.snapshot(1, [("one", "1")], []) == Gap("malformed", None)


class TestHorizon:
    def test_a_side_shorter_than_the_depth_is_known_to_its_end(self) -> None:
        known = synced(depth=3)
        assert known.bid_horizon is None
        assert known.ask_horizon is None
        known.apply(101, 101, None, [level("1", "5")], [level("99", "5")])
        assert known.bids()[-1] == level("1", "5")
        assert known.asks()[-1] == level("99", "5")

    def test_what_is_beyond_is_not_reported_as_known(self) -> None:
        known = synced(depth=2)
        assert (known.bid_horizon, known.ask_horizon) == (Decimal(8), Decimal(11))
        assert known.apply(101, 101, None, [level("7", "5")], [level("12", "5")]) == Applied()
        assert known.bids() == BIDS
        assert known.asks() == ASKS
        assert known.apply(102, 102, None, [level("8.5", "5")], [level("10.5", "5")]) == Applied()
        assert [price for price, _ in known.bids(9)] == [Decimal(9), Decimal("8.5"), Decimal(8)]

    @pytest.mark.parametrize("beyond", [[], [level("7", "5")]])
    def test_bids_that_fall_past_it_are_a_gap(self, beyond: list[tuple[Decimal, Decimal]]) -> None:
        known = synced(depth=2)
        gone = [level("9", "0"), level("8", "0"), *beyond]
        assert known.apply(101, 101, None, gone, []) == Gap("horizon", 101, 101, 101)

    @pytest.mark.parametrize("beyond", [[], [level("12", "5")]])
    def test_asks_that_rise_past_it_are_a_gap(self, beyond: list[tuple[Decimal, Decimal]]) -> None:
        known = synced(depth=2)
        gone = [level("10", "0"), level("11", "0"), *beyond]
        assert known.apply(101, 101, None, [], gone) == Gap("horizon", 101, 101, 101)
        assert known.buffered == 1


def test_counters_are_exact_under_duplicates_and_replays() -> None:
    known = synced()
    for number in range(101, 1101):
        known.apply(number, number, None, [level("9", str(number))], [])
    for number in range(101, 1101):
        assert known.apply(number, number, None, [level("9", "1")], []) == Ignored()
    assert known.bids(1) == [level("9", "1100")]
    assert known.counters == Counters(
        applied=1000, duplicates=1000, gaps=0, crossed=0, stale_snapshots=0, snapshots=1, overflowed=0
    )


# Against a reference exchange


class Exchange:
    """A book of whole-number prices, and every state that it has been in, by update id."""

    def __init__(self, rule: SequenceRule, random: Random) -> None:
        self.dense = rule in (SPOT, US)
        self.random = random
        self.sides: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self.id = self.sent = random.randrange(1, 50)
        self.ids: list[int] = [self.id]
        self.states: list[tuple[dict[int, int], dict[int, int]]] = [({}, {})]
        self.changed: list[tuple[int, int, int]] = []
        for _ in range(random.randrange(12)):
            self.change()
        self.changed.clear()
        self.sent = self.id

    def change(self) -> None:
        bids, asks = self.sides
        side = self.random.randrange(2)
        own, other = self.sides[side], self.sides[1 - side]
        price = self.random.randrange(40)
        if side == 0 and other and price >= min(other):
            price = min(other) - 1 - self.random.randrange(6)
        if side == 1 and other and price <= max(other):
            price = max(other) + 1 + self.random.randrange(6)
        if self.random.random() < 0.4 and own:
            price = self.random.choice(sorted(own))
            del own[price]
        else:
            own[price] = self.random.randrange(1, 100)
        self.id += 1 if self.dense else self.random.randrange(1, 4)
        self.changed.append((self.id, side, price))
        self.ids.append(self.id)
        self.states.append((dict(bids), dict(asks)))

    def diff(self) -> tuple[int, int, int | None, list[tuple[int, int]], list[tuple[int, int]]]:
        """What has changed since the diff before, as the product numbers it."""
        while not self.changed or self.random.random() < 0.5:
            self.change()
        first, last, previous = self.changed[0][0], self.id, self.sent
        if not self.dense and self.random.random() < 0.5:
            first = self.random.randint(previous + 1, first)
        levels = [
            [(price, self.sides[side].get(price, 0)) for price in {p: None for _, s, p in self.changed if s == side}]
            for side in (0, 1)
        ]
        self.changed.clear()
        self.sent = last
        return first, last, None if self.dense else previous, levels[0], levels[1]

    def snapshot(self, depth: int) -> tuple[int, list[tuple[int, int]], list[tuple[int, int]]]:
        """The book as it is, which can be in the middle of what the next diff will tell."""
        if self.random.random() < 0.3:
            self.change()
        bids, asks = self.sides
        if not self.dense and self.random.random() < 0.3:
            self.id += self.random.randrange(3)  # another symbol's changes move the number too
        best = sorted(bids.items(), reverse=True)[:depth], sorted(asks.items())[:depth]
        return self.id, *best

    def at(self, update_id: int) -> tuple[dict[int, int], dict[int, int]]:
        return self.states[bisect_right(self.ids, update_id) - 1]


class Follower:
    """A book fed through a bad line, compared with the exchange after every step."""

    def __init__(self, rule: SequenceRule, number: type, seed: int, depth: int) -> None:
        self.exchange = Exchange(rule, Random(seed))
        self.book: OrderBook = OrderBook(rule, number, depth=depth, max_buffered=8)
        self.number = number
        self.depth = depth
        self.held: tuple | None = None  # a diff that will arrive after its successor
        self.seen: list[tuple] = []
        self.snapshots: list[tuple] = []  # under way
        self.horizons: tuple[int | None, int | None] = (None, None)
        self.lost: list[int] = []  # where the diffs ended that did not arrive in their turn

    def levels(self, levels: list[tuple[int, int]]) -> list[tuple]:
        if self.number is str:
            return [(f"{price}.50", f"{quantity}.000") for price, quantity in levels]
        return [(self.number(price), self.number(quantity)) for price, quantity in levels]

    def deliver(self, diff: tuple) -> None:
        first, last, previous, bids, asks = diff
        reached = self.book.last_update_id
        outcome = self.book.apply(first, last, previous, self.levels(bids), self.levels(asks))
        self.seen.append(diff)
        if reached is None:
            assert not isinstance(outcome, Gap)
        elif any(reached < lost < last for lost in self.lost):
            assert isinstance(outcome, Gap), "a lost diff must end reading at once"
            assert outcome.cause == "missing"
        elif isinstance(outcome, Gap):
            assert outcome.cause == "horizon"

    def take_snapshot(self, snapshot: tuple) -> None:
        number, bids, asks = snapshot
        outcome = self.book.snapshot(number, self.levels(bids), self.levels(asks))
        if isinstance(outcome, Applied):
            self.horizons = (
                bids[-1][0] if len(bids) == self.depth else None,
                asks[-1][0] if len(asks) == self.depth else None,
            )
        elif isinstance(outcome, Gap):
            assert outcome.cause in ("stale_snapshot", "horizon")

    def step(self, choice: int) -> None:
        kind, pick = choice % 16, choice // 16
        if kind < 7:
            self.deliver(self.exchange.diff())
            if self.held is not None:
                self.deliver(self.held)
                self.held = None
        elif kind == 7:
            self.lost.append(self.exchange.diff()[1])
        elif kind == 8 and self.seen:
            self.deliver(self.seen[pick % len(self.seen)])
        elif kind == 9 and self.held is None:
            self.held = self.exchange.diff()
            self.lost.append(self.held[1])
        elif kind == 10:
            self.snapshots.append(self.exchange.snapshot(self.depth))
        elif kind in (11, 12) and self.snapshots:
            self.take_snapshot(self.snapshots.pop(pick % len(self.snapshots)))
        elif kind in (13, 14):
            self.take_snapshot(self.exchange.snapshot(self.depth))
        elif kind == 15 and pick % 4 == 0:
            self.book.invalidate("told so")
            self.snapshots.clear()  # those asked for before must not be used
        self.check()

    def check(self) -> None:
        if self.book.state is not BookState.SYNCED:
            with pytest.raises(NotSynced):
                self.book.bids()
            return
        assert self.book.last_update_id is not None
        bids, asks = self.exchange.at(self.book.last_update_id)
        low, high = self.horizons
        known_bids = sorted(((p, q) for p, q in bids.items() if low is None or p >= low), reverse=True)
        known_asks = sorted((p, q) for p, q in asks.items() if high is None or p <= high)
        assert self.book.bids() == self.levels(known_bids)
        assert self.book.asks() == self.levels(known_asks)
        assert self.book.bids(2) == self.levels(known_bids[:2])
        best_bid, best_ask = self.levels(known_bids[:1]), self.levels(known_asks[:1])
        assert self.book.best_bid == (best_bid[0][0] if best_bid else None)
        assert self.book.best_ask == (best_ask[0][0] if best_ask else None)
        self.check_inside()

    def check_inside(self) -> None:
        for side in (self.book._bids, self.book._asks):
            assert side.prices == sorted(side.levels)

    def recover(self) -> None:
        """Once the line is good again, one fresh snapshot is enough."""
        self.held = None
        self.depth = self.book._depth = 1000
        for _ in range(3):
            self.deliver(self.exchange.diff())
            if self.book.state is not BookState.SYNCED:
                self.take_snapshot(self.exchange.snapshot(1000))
            assert self.book.state is BookState.SYNCED
            self.check()
        self.deliver(self.exchange.diff())
        if self.book.state is BookState.SYNCED:
            assert self.book.last_update_id == self.exchange.sent
        else:
            assert self.horizons != (None, None), "only a horizon of before may end it"


@pytest.mark.parametrize("rule", list(SequenceRule))
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**32),
    number=st.sampled_from([Decimal, float, str]),
    depth=st.sampled_from([1, 3, 6, 1000]),
    choices=st.lists(st.integers(0, 16 * 64 - 1), max_size=60),
)
def test_while_synced_the_book_is_the_exchanges(
    rule: SequenceRule, seed: int, number: type, depth: int, choices: list[int]
) -> None:
    follower = Follower(rule, number, seed, depth)
    follower.take_snapshot(follower.exchange.snapshot(depth))
    for choice in choices:
        follower.step(choice)
    follower.recover()
