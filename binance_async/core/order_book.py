"""A copy of the exchange's order book, kept from one snapshot and the stream of changes after it.

The exchange sends no book over a stream. It sends *diffs*: for each price that changed the new, absolute quantity
(zero removes the level), numbered so that a reader can tell whether it has seen all of them. To follow the book one
listens first, keeps the diffs, asks for a snapshot, drops the diffs which it already contains, and applies the rest.

    EMPTY ──diff──▶ BUFFERING ──snapshot──▶ SYNCED ──gap──▶ BUFFERING ──▶ ...
      └───────────────snapshot────────────────▲

Only a SYNCED book can be read; otherwise reading raises `NotSynced`. So no reader ever sees a book that is known to be
wrong, and whoever keeps it sees at once that a new snapshot is needed.

Which diff comes next
    A diff carries `U` and `u`, the first and last update id in it, and on futures and options `pu`, the `u` of the diff
    before. A snapshot carries `lastUpdateId`; with `id` as the number that the book has reached, the products differ:

    product                  old, ignored   first after a snapshot           each next
    spot                     u <= id        U <= id + 1                      U <= id + 1
    Binance.US (US10639)     u <= id        U <= id + 1 and u >= id + 1      U == id + 1
    futures (S20886, S225)   u < id         U <= id <= u, or pu <= id        pu == id (and u <= id is old)
    options                  as futures

    Anything else is a gap. Some of these lines are not what the exchange's pages say word for word:
    * The spot page of 2025 (S47344) restarts on `U > id`. That holds for every normal diff, whose `U` is `id + 1`. The
      exchange corrected it on 2025-11-12 to `U > id + 1`.
    * Futures ids are not dense: `U` of a diff may be far above `pu`, with nothing of this symbol in between. A snapshot
      whose number falls there misses nothing although no diff holds it. The page has no word for this case, and who
      insists on `U <= id` may fetch snapshots of a quiet symbol for ever. `pu <= id` is the same promise ("no change
      was missed") and holds wherever `U <= id` does.
    * The pages on options say only that `u` and `pu` exist (S13913; `U` too since 2026), so the futures rule is used.

    Numbers order one stream. A diff that arrives after a later one of its stream was lost as far as the book is
    concerned: the later one has already told of the gap.

What the book cannot know
    A snapshot ends at `depth` levels a side (5,000 on spot, 1,000 on futures). Levels farther away are unknown until
    they change, so what the diffs told about that region is true but not complete. The deepest price of a full snapshot
    is the side's *horizon*. Reads stop there, and when the last level on the near side of it is gone the best price is
    unknown: that is a gap too, with the cause `horizon`.
    A book whose bid reaches its ask after a whole diff is wrong whatever the numbers say: cause `crossed`.

How it is fast
    Most changes hit a level that exists. So each side is a dict from price to quantity, which takes the whole diff in
    one `dict.update`, and a sorted list of the same prices. A dict keeps the order of insertion, hence after an update
    that made it grow by k, the k prices to sort in are its last k: no level that exists is looked at from Python. A
    removed level stays as a price with a false value. It is dropped when it comes to be the best price, and all of them
    when they outnumber the levels. Reading skips them.
    The keys are floats, also of a book of Decimal or str, whose values are then the pairs as they came: to hash a fresh
    Decimal takes longer than all the rest. Nothing is lost by it. Doubles tell all decimals of 15 digits apart, and
    beyond that all multiples of a tick below 2**52 ticks; no price filter of the exchange reaches that far.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from binance_async.errors import NotSynced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = [
    "Applied",
    "BookState",
    "Buffered",
    "Counters",
    "Gap",
    "Ignored",
    "OrderBook",
    "SequenceRule",
]

N = TypeVar("N", Decimal, float, str)
Level = tuple[N, N]


class BookState(Enum):
    """What the book can be used for."""

    EMPTY = "empty"
    """Nothing has arrived."""
    BUFFERING = "buffering"
    """Diffs are kept until a snapshot joins them. Not readable."""
    SYNCED = "synced"
    """In step with the exchange up to `last_update_id`."""


class SequenceRule(Enum):
    """How a product numbers its diffs; see the module."""

    SPOT = "spot"
    US = "us"
    FUTURES = "futures"
    OPTIONS = "options"


@dataclass(frozen=True, slots=True)
class Applied:
    """The book has taken it in; it is SYNCED."""


@dataclass(frozen=True, slots=True)
class Buffered:
    """Kept until a snapshot comes."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """The book contains it already."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The book cannot go on: a new snapshot is needed.

    `cause` is `missing` (a diff was lost), `stale_snapshot` (it is older than the first diff kept), `crossed`,
    `horizon`, `malformed`, or the word given to `invalidate`. `last_update_id` is what the book (or the snapshot) had
    reached, and `first_id` and `last_id` are those of the diff that showed it.
    """

    cause: str
    last_update_id: int | None = None
    first_id: int | None = None
    last_id: int | None = None


@dataclass(frozen=True, slots=True)
class Counters:
    """What has happened to a book since it was made."""

    applied: int
    """Diffs taken in."""
    duplicates: int
    """Diffs or snapshots ignored because the book contains them."""
    gaps: int
    """Times that a synced book, or a run of kept diffs, was broken off; `crossed` among them."""
    crossed: int
    """Gaps because the bid reached the ask."""
    stale_snapshots: int
    """Snapshots older than the first diff kept."""
    snapshots: int
    """Snapshots that the book was built from."""
    overflowed: int
    """Kept diffs dropped because the buffer was full."""


_APPLIED, _BUFFERED, _IGNORED = Applied(), Buffered(), Ignored()

# What a rule says of a diff. `_NEXT` must stay the false one.
_NEXT, _OLD, _MISSING = 0, 1, 2
_Judge: TypeAlias = "Callable[[int, int, int, int | None], int]"


def _spot(reached: int, first_id: int, last_id: int, _prev_id: int | None) -> int:
    if last_id <= reached:
        return _OLD
    return _MISSING if first_id > reached + 1 else _NEXT


def _us_next(reached: int, first_id: int, last_id: int, _prev_id: int | None) -> int:
    if last_id <= reached:
        return _OLD
    return _NEXT if first_id == reached + 1 else _MISSING


def _futures_first(reached: int, first_id: int, last_id: int, prev_id: int | None) -> int:
    if last_id < reached:
        return _OLD
    return _NEXT if first_id <= reached or (prev_id is not None and prev_id <= reached) else _MISSING


def _futures_next(reached: int, _first_id: int, last_id: int, prev_id: int | None) -> int:
    if last_id <= reached:
        return _OLD
    return _NEXT if prev_id == reached else _MISSING


_JUDGES: dict[SequenceRule, tuple[_Judge, _Judge]] = {
    SequenceRule.SPOT: (_spot, _spot),
    SequenceRule.US: (_spot, _us_next),
    SequenceRule.FUTURES: (_futures_first, _futures_next),
    SequenceRule.OPTIONS: (_futures_first, _futures_next),
}

_SPARE_PRICES = 512
_NOT_A_NUMBER = "a price is not a number"
# What levels that are no pairs, prices that are no numbers and numbers out of all range raise.
_MALFORMED = (ArithmeticError, LookupError, TypeError, ValueError)


def _from_decimal(levels: Iterable[tuple[Decimal, Decimal]]) -> list[tuple[float, tuple[Decimal, Decimal] | None]]:
    return [(float(price), (price, quantity) if quantity else None) for price, quantity in levels]


def _from_text(levels: Iterable[tuple[str, str]]) -> list[tuple[float, tuple[str, str] | None]]:
    return [(float(price), (price, quantity) if quantity.strip("0.") else None) for price, quantity in levels]


_Keyed: TypeAlias = "Callable[[Iterable[Any]], list[tuple[float, Any]]]"
_KEYED: dict[type, _Keyed | None] = {float: None, Decimal: _from_decimal, str: _from_text}


class _Side:
    """One side: what is at each price (false where the level is gone), and the same prices ascending."""

    __slots__ = ("_compact_at", "_keyed", "_top", "best", "horizon", "horizon_price", "levels", "prices")

    def __init__(self, top: int, keyed: _Keyed | None) -> None:
        self._top = top  # where in `prices` the best one stands: -1 for bids, 0 for asks
        self._keyed = keyed
        self.levels: dict[float, Any] = {}
        self.prices: list[float] = []
        self.best: float | None = None
        self.horizon: float | None = None
        self.horizon_price: Any = None
        self._compact_at = _SPARE_PRICES

    def load(self, levels: Sequence[tuple[Any, Any]], depth: int) -> None:
        """Replace everything by a snapshot's levels, of which `depth` were asked for."""
        self.levels = dict(levels if self._keyed is None else self._keyed(levels))
        if any(price != price for price in self.levels):
            raise ValueError(_NOT_A_NUMBER)
        self._compact()
        self.best = self.prices[self._top] if self.prices else None
        self.horizon = self.prices[-1 - self._top] if len(levels) >= depth else None
        self.horizon_price = self.as_read(self.horizon)

    def update(self, changes: Iterable[tuple[Any, Any]]) -> None:
        """Take in new quantities and find the best price. Raises what odd numbers raise."""
        levels = self.levels
        before = len(levels)
        levels.update(changes if self._keyed is None else self._keyed(changes))
        added = len(levels) - before
        prices = self.prices
        if added:
            for price in islice(reversed(levels), added):
                if price != price:
                    raise ValueError(_NOT_A_NUMBER)
                insort(prices, price)
            if len(prices) > self._compact_at:
                self._compact()
                prices = self.prices
        try:
            best = prices[self._top]
            self.best = best if self.levels[best] else self._next_best()
        except IndexError:
            self.best = None

    def _next_best(self) -> float | None:
        # The best price was removed: forget it, and the removed ones behind it.
        levels, prices, top = self.levels, self.prices, self._top
        live = (index for index, price in enumerate(prices if top == 0 else reversed(prices)) if levels[price])
        dead = next(live, len(prices))
        gone = slice(0, dead) if top == 0 else slice(len(prices) - dead, None)
        for price in prices[gone]:
            del levels[price]
        del prices[gone]
        return prices[top] if prices else None

    def _compact(self) -> None:
        self.levels = {price: level for price, level in self.levels.items() if level}
        self.prices = sorted(self.levels)
        self._compact_at = 2 * len(self.prices) + _SPARE_PRICES

    def as_read(self, price: float | None) -> Any:
        """A price of this side in the book's own numbers."""
        return price if self._keyed is None or price is None else self.levels[price][0]

    def known(self) -> Iterator[tuple[Any, Any]]:
        """Price and quantity from the best level to the horizon."""
        levels, horizon, plain = self.levels, self.horizon, self._keyed is None
        for price in reversed(self.prices) if self._top else self.prices:
            if horizon is not None and (price < horizon if self._top else price > horizon):
                return
            level = levels[price]
            if level:
                yield (price, level) if plain else level


class OrderBook(Generic[N]):
    """One symbol's book. `numbers` is what prices and quantities are, both as they come and as they are read.

    `depth` is the limit that snapshots are asked with (not more than the exchange serves): a side with fewer levels is
    known to its end. While BUFFERING at most `max_buffered` diffs are kept, the latest.
    """

    __slots__ = (
        "_applied",
        "_asks",
        "_bids",
        "_buffer",
        "_crossed",
        "_depth",
        "_duplicates",
        "_first",
        "_gaps",
        "_judge",
        "_keyed",
        "_last_update_id",
        "_max_buffered",
        "_next",
        "_overflowed",
        "_snapshots",
        "_stale_snapshots",
        "_state",
        "rule",
    )

    def __init__(self, rule: SequenceRule, numbers: type[N], *, depth: int = 1000, max_buffered: int = 10_000) -> None:
        if depth < 1 or max_buffered < 1:
            raise ValueError("depth and max_buffered are at least 1")
        self.rule: SequenceRule = rule
        self._keyed = _KEYED[numbers]
        self._depth = depth
        self._max_buffered = max_buffered
        self._first, self._next = _JUDGES[rule]
        self._judge = self._first
        self._state = BookState.EMPTY
        self._last_update_id: int | None = None
        self._bids, self._asks = _Side(-1, self._keyed), _Side(0, self._keyed)
        self._buffer: deque[tuple[int, int, int | None, Sequence[Level[N]], Sequence[Level[N]]]] = deque()
        self._applied = self._duplicates = self._gaps = self._crossed = 0
        self._snapshots = self._stale_snapshots = self._overflowed = 0

    @property
    def state(self) -> BookState:
        """Whether the book can be read."""
        return self._state

    @property
    def counters(self) -> Counters:
        """What has happened so far."""
        return Counters(
            applied=self._applied,
            duplicates=self._duplicates,
            gaps=self._gaps,
            crossed=self._crossed,
            stale_snapshots=self._stale_snapshots,
            snapshots=self._snapshots,
            overflowed=self._overflowed,
        )

    @property
    def buffered(self) -> int:
        """Diffs that wait for a snapshot."""
        return len(self._buffer)

    @property
    def last_update_id(self) -> int | None:
        """The id that a synced book has reached, else None."""
        return self._last_update_id

    @property
    def best_bid(self) -> N | None:
        """The highest price bid; None on an empty side. Raises `NotSynced`."""
        self._require_synced()
        price: N | None = self._bids.as_read(self._bids.best)
        return price

    @property
    def best_ask(self) -> N | None:
        """The lowest price asked; None on an empty side. Raises `NotSynced`."""
        self._require_synced()
        price: N | None = self._asks.as_read(self._asks.best)
        return price

    @property
    def bid_horizon(self) -> N | None:
        """The lowest bid that is known for sure; None when the side is known to its end. Raises `NotSynced`."""
        self._require_synced()
        price: N | None = self._bids.horizon_price
        return price

    @property
    def ask_horizon(self) -> N | None:
        """The highest ask that is known for sure; None when the side is known to its end. Raises `NotSynced`."""
        self._require_synced()
        price: N | None = self._asks.horizon_price
        return price

    def bids(self, n: int | None = None) -> list[tuple[N, N]]:
        """Price and quantity of the `n` best bids (all that are known), best first. Raises `NotSynced`."""
        self._require_synced()
        return list(islice(self._bids.known(), n))

    def asks(self, n: int | None = None) -> list[tuple[N, N]]:
        """Price and quantity of the `n` best asks (all that are known), best first. Raises `NotSynced`."""
        self._require_synced()
        return list(islice(self._asks.known(), n))

    def apply(
        self, first_id: int, last_id: int, prev_id: int | None, bids: Sequence[Level[N]], asks: Sequence[Level[N]]
    ) -> Applied | Buffered | Ignored | Gap:
        """Take in one diff: its `U`, `u`, `pu` (None where there is none) and changed levels.

        The levels are kept while the book is BUFFERING, so they must not change afterwards.
        """
        if self._last_update_id is None:
            return self._hold(first_id, last_id, prev_id, bids, asks)
        verdict = self._judge(self._last_update_id, first_id, last_id, prev_id)
        if verdict == _OLD:
            self._duplicates += 1
            return _IGNORED
        cause = "missing" if verdict else self._change(last_id, bids, asks)
        if cause is None:
            return _APPLIED
        gap = self._break(cause, first_id, last_id)
        if cause != "malformed":
            self._hold(first_id, last_id, prev_id, bids, asks)
        return gap

    def snapshot(
        self, last_update_id: int, bids: Sequence[Level[N]], asks: Sequence[Level[N]]
    ) -> Applied | Ignored | Gap:
        """Build the book from a snapshot and the diffs kept so far.

        A synced book takes a newer snapshot (which moves its horizon) and ignores an older one. When the snapshot is
        too old for the diffs that are kept, the gap's cause is `stale_snapshot`: ask for another one; they stay.
        """
        if self._last_update_id is not None and last_update_id <= self._last_update_id:
            self._duplicates += 1
            return _IGNORED
        contained = self._contained(last_update_id)
        if contained is None:
            self._stale_snapshots += 1
            first_id, last_id = self._buffer[0][:2]
            return Gap("stale_snapshot", last_update_id, first_id, last_id)
        cause = self._load(last_update_id, bids, asks)
        if cause is not None:
            return self._break(cause)
        for first_id, last_id, _, changed_bids, changed_asks in islice(self._buffer, contained, None):
            cause = self._change(last_id, changed_bids, changed_asks)
            if cause is not None:
                return self._break(cause, first_id, last_id)
        self._duplicates += contained
        self._buffer.clear()
        return _APPLIED

    def invalidate(self, cause: str) -> Gap:
        """Give up the book and the diffs kept, for instance because the stream was interrupted; it is BUFFERING.

        A snapshot that was asked for before must not be used after this.
        """
        gap = self._break(cause)
        self._buffer.clear()
        return gap

    def _require_synced(self) -> None:
        if self._last_update_id is None:
            raise NotSynced(f"the order book is {self._state.value}, not synced")

    def _hold(
        self, first_id: int, last_id: int, prev_id: int | None, bids: Sequence[Level[N]], asks: Sequence[Level[N]]
    ) -> Buffered | Ignored:
        # What is kept never has a hole: any snapshot that joins its first diff joins all of it.
        buffer = self._buffer
        if buffer:
            verdict = self._next(buffer[-1][1], first_id, last_id, prev_id)
            if verdict == _OLD:
                self._duplicates += 1
                return _IGNORED
            if verdict == _MISSING:
                buffer.clear()
                self._gaps += 1
            elif len(buffer) == self._max_buffered:
                buffer.popleft()
                self._overflowed += 1
        buffer.append((first_id, last_id, prev_id, bids, asks))
        self._state = BookState.BUFFERING
        return _BUFFERED

    def _contained(self, last_update_id: int) -> int | None:
        # How many of the kept diffs a snapshot contains; None if it is too old to join the others.
        for index, (first_id, last_id, prev_id, _, _) in enumerate(self._buffer):
            verdict = self._first(last_update_id, first_id, last_id, prev_id)
            if verdict != _OLD:
                return None if verdict == _MISSING else index
        return len(self._buffer)

    def _load(self, last_update_id: int, bids: Sequence[Level[N]], asks: Sequence[Level[N]]) -> str | None:
        try:
            self._bids.load(bids, self._depth)
            self._asks.load(asks, self._depth)
            fault = self._fault()
        except _MALFORMED:
            return "malformed"
        self._last_update_id = last_update_id
        self._judge = self._first
        self._state = BookState.SYNCED
        self._snapshots += 1
        return fault

    def _change(self, last_id: int, bids: Sequence[Level[N]], asks: Sequence[Level[N]]) -> str | None:
        try:
            self._bids.update(bids)
            self._asks.update(asks)
            fault = self._fault()
        except _MALFORMED:
            return "malformed"
        self._last_update_id = last_id
        self._judge = self._next
        self._applied += 1
        return fault

    def _fault(self) -> str | None:
        bids, asks = self._bids, self._asks
        bid, ask = bids.best, asks.best
        if bid is not None and ask is not None and bid >= ask:
            self._crossed += 1
            return "crossed"
        if bids.horizon is not None and (bid is None or bid < bids.horizon):
            return "horizon"
        if asks.horizon is not None and (ask is None or ask > asks.horizon):
            return "horizon"
        return None

    def _break(self, cause: str, first_id: int | None = None, last_id: int | None = None) -> Gap:
        gap = Gap(cause, self._last_update_id, first_id, last_id)
        if self._last_update_id is not None:
            self._gaps += 1
        self._state = BookState.BUFFERING
        self._last_update_id = None
        self._bids, self._asks = _Side(-1, self._keyed), _Side(0, self._keyed)
        return gap
