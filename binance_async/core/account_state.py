"""What is known of an account's orders, trades and balances, and which events are news to it.

The exchange replays nothing: no sequence number, no resume. What can be promised is exactly-once *state*. So every
event passes this ledger, whichever socket or REST reply it came from, and is passed on only if it is news:

* A trade of an order is given once. (Two orders of one account that meet have one trade id: it is two events.)
* An order never moves backwards: what was executed does not fall, a final state stays, a working order does not become
  new again. A REST reply that lags behind the events (it may, by seconds) changes nothing.
* A report is known by the exchange's own id of it. Other events are known by their content, counted for each
  connection: during a hand-over the same event comes on two sockets, and two equal events on one socket are two events.
* Balances do not go back in time.

After a gap, `missing` names the orders that must be asked for, and `restore` turns REST replies into the events that
were missed. How much of an order was executed after each of its trades follows from the trades alone: they make up all
of it, so what is not accounted for by the trades that are known are those that are new. That holds whether REST tells
of the trade sooner than of the order or later, and for a trade that was missed between two that were heard: such a one
is given late, and tells the order's state as it is by now. What REST does not tell (that an order was NEW for a moment,
each single step of a balance) collapses into the result.

Nothing from before the ledger began is given: what was open then is taken as it was found (`adopt`).

Memory has an end. What was heard longest ago is forgotten, and what is as old as that is not taken for news.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Protocol

import msgspec

FINAL = frozenset({"FILLED", "CANCELED", "REJECTED", "EXPIRED", "EXPIRED_IN_MATCH"})
"""States that an order does not leave."""

MOST_CLOSED = 20_000
MOST_TRADES = 50_000
MOST_RECENT = 20_000
SETTLED_MS = 60_000
"""After so long a trade is there, or is not going to be."""
ZERO = Decimal(0)
NOTHING = (ZERO, ZERO)

_RANK = {"PENDING_NEW": 0, "NEW": 1}
_WORKING = 2
_EXECUTIONS = {"CANCELED": "CANCELED", "REJECTED": "REJECTED", "EXPIRED_IN_MATCH": "TRADE_PREVENTION"}
_MICROSECONDS_FROM = 10**14
"""Milliseconds reach it in the year 5138, microseconds did in 1973."""

OrderKey = tuple[str, int]


def milliseconds(time: int) -> int:
    """A time of the exchange's, whichever unit it came in."""
    return time // 1000 if time >= _MICROSECONDS_FROM else time


def _microseconds(time: int) -> int:
    return time if time >= _MICROSECONDS_FROM else time * 1000


def _in_unit_of(other: int, time: int) -> int:
    return _microseconds(time) if other >= _MICROSECONDS_FROM else time


class Restore(Protocol):
    """A family's way to make events from REST replies."""

    def report(
        self,
        order: Any,
        *,
        execution: str,
        status: str,
        executed: Decimal,
        quote: Decimal,
        time: int,
        trade: Any = None,
    ) -> Any:
        """An execution report of an order, restored."""
        ...

    def position(self, account: Any, time: int) -> Any:
        """The balances, restored."""
        ...


@dataclass(slots=True)
class OrderState:
    """As much of an order as tells whether an event of it is news."""

    symbol: str
    order_id: int
    client_order_id: str
    status: str = "NEW"
    executed: Decimal = ZERO
    quote: Decimal = ZERO
    """What was paid for it so far."""
    quantity: Decimal = ZERO
    traded: Decimal = ZERO
    """The part of `executed` whose trades are known, or were done when the order was adopted."""
    traded_quote: Decimal = ZERO
    adopted_at: int = -1
    """The order's last change before it was adopted: its trades up to then are not told. -1 if it was not adopted."""
    changed_at: int = -1
    """Its last change that is known. Both in milliseconds."""
    restored: bool = False
    """REST told of it first."""

    @property
    def final(self) -> bool:
        """Whether it is over."""
        return self.status in FINAL


@dataclass(frozen=True, slots=True)
class Mark:
    """A point up to which everything is known."""

    time: int
    """By the exchange's clock, in milliseconds."""
    trades: dict[str, int]
    """The last trade of each symbol, where one is known."""
    earlier: dict[str, int] = field(default_factory=dict[str, int])
    """Symbols of which less is known: up to this time."""


class Recent:
    """What came lately: events that have an id, and others by their content, counted for each connection."""

    def __init__(self) -> None:
        self._counts: OrderedDict[Hashable, dict[str, int] | None] = OrderedDict()

    def is_first(self, key: Hashable) -> bool:
        """Whether nothing came under this id before."""
        if key in self._counts:
            return False
        self._counts[key] = None
        self._trim()
        return True

    def is_news(self, event: Any, connection: str) -> bool:
        """Whether this connection has now given the event more often than any other before."""
        key = content(event)
        counts = self._counts.get(key)
        if counts is None:
            self._counts[key] = {connection: 1}
            self._trim()
            return True
        passed_on = max(counts.values())
        count = counts[connection] = counts.get(connection, 0) + 1
        return count > passed_on

    def _trim(self) -> None:
        if len(self._counts) > MOST_RECENT:
            self._counts.popitem(last=False)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._counts


def content(event: Any) -> bytes:
    """An event's content, in short."""
    return blake2b(msgspec.json.encode(event, enc_hook=str), digest_size=16).digest()


class AccountState:
    """The ledger of one account on one family."""

    def __init__(self, restore: Restore) -> None:
        self.open: dict[OrderKey, OrderState] = {}
        self.closed: OrderedDict[OrderKey, OrderState] = OrderedDict()
        self.last_trade: dict[str, int] = {}
        self.symbols: set[str] = set()
        self.balances: dict[str, tuple[Decimal, Decimal]] = {}
        self.balances_at: int = 0
        self.duplicates: int = 0
        self.began: int = 0
        """Nothing from before this time is told; milliseconds, by the exchange's clock."""
        self._restore = restore
        self._trades: OrderedDict[tuple[str, int, int], None] = OrderedDict()
        self._recent = Recent()
        self._forgotten_trades: dict[str, int] = {}
        self._forgotten_orders: dict[str, int] = {}

    def mark(self, time: int) -> Mark:
        """What is known now, for a reading of REST from here on."""
        return Mark(time, dict(self.last_trade))

    # Events

    def is_news(self, event: Any, connection: str = "rest") -> bool:
        """Enter an event; whether it says something that was not known."""
        kind = getattr(event, "execution_type", None)
        if kind is not None:
            news = self._report_is_news(event, str(kind))
        elif hasattr(event, "balances"):
            news = self._position_is_news(event, connection)
        else:
            news = self._recent.is_news(event, connection)
        self.duplicates += not news
        return news

    def knows(self, event: Any) -> bool:
        """Whether the event was entered, from whatever connection."""
        if getattr(event, "execution_type", None) is not None:
            return _trade_key(event) in self._trades or _report_key(event) in self._recent
        return content(event) in self._recent

    def _report_is_news(self, report: Any, kind: str) -> bool:
        self.symbols.add(report.symbol)
        key = (report.symbol, report.order_id)
        state = self.closed.get(key) or self.open.get(key)
        if kind == "TRADE" and report.trade_id >= 0:
            news = self._trade_is_new(report)
        else:  # asked both, so that what comes again is known whatever became of it
            first = self._recent.is_first(_report_key(report))
            news = first and (state is None or not _is_superseded(state, report, kind))
        if news:
            self._enter(key, state, report, kind)
        return news

    def _trade_is_new(self, report: Any) -> bool:
        key = _trade_key(report)
        symbol, trade_id, _ = key
        if key in self._trades or trade_id <= self._forgotten_trades.get(symbol, -1):
            return False
        self._trades[key] = None
        if len(self._trades) > MOST_TRADES:
            (old, old_id, _), _ = self._trades.popitem(last=False)
            self._forgotten_trades[old] = max(old_id, self._forgotten_trades.get(old, -1))
        if trade_id > self.last_trade.get(symbol, -1):
            self.last_trade[symbol] = trade_id
        return True

    def _enter(self, key: OrderKey, state: OrderState | None, report: Any, kind: str) -> None:
        time = milliseconds(report.transact_time)
        if state is None:
            # A cancel's report carries the id of the cancel; the order's own is in the other field.
            client_order_id = getattr(report, "orig_client_order_id", "") or report.client_order_id
            state = OrderState(*key, client_order_id, quantity=report.orig_qty, restored=report.source == "rest")
        if kind == "TRADE" and time > state.adopted_at:
            state.traded += report.last_qty
            state.traded_quote += report.last_quote_qty
        if report.executed_qty >= state.executed:
            state.executed = report.executed_qty
            state.quote = report.cummulative_quote_qty
            if not state.final:
                state.status = str(report.status)
        if time >= state.changed_at:
            state.changed_at = time
            state.quantity = report.orig_qty
        self._file(key, state)

    def _file(self, key: OrderKey, state: OrderState) -> None:
        if not state.final:
            self.open[key] = state
            return
        self.open.pop(key, None)
        self.closed[key] = state
        if len(self.closed) > MOST_CLOSED:
            (symbol, order_id), _ = self.closed.popitem(last=False)
            self._forgotten_orders[symbol] = max(order_id, self._forgotten_orders.get(symbol, -1))

    def _position_is_news(self, position: Any, connection: str) -> bool:
        # By content and connection: within a millisecond a balance can change and change back.
        again = not self._recent.is_news(position, connection)
        time = _microseconds(position.last_account_update)
        if again or time < self.balances_at:
            return False
        self.balances_at = time
        for balance in position.balances:
            self.balances[balance.asset] = (balance.free, balance.locked)
        return True

    # REST

    def adopt(self, open_orders: Iterable[Any], account: Any, time: int) -> None:
        """Take the open orders and the balances as known, without events: where the ledger begins."""
        self.position(account, time)
        for order in open_orders:
            self.symbols.add(order.symbol)
            key = (order.symbol, order.order_id)
            if key not in self.open and key not in self.closed:
                self.open[key] = _adopted(order)

    def missing(self, open_orders: Iterable[Any]) -> list[OrderState]:
        """Orders that are open here and not at the exchange: their end was missed."""
        there = {(order.symbol, order.order_id) for order in open_orders}
        return [state for key, state in self.open.items() if key not in there]

    def fresh(self, trades: Iterable[Any]) -> list[Any]:
        """Those of REST's trades that were not given."""
        return [trade for trade in trades if self._is_fresh(trade)]

    def _is_fresh(self, trade: Any) -> bool:
        key = (trade.symbol, trade.order_id)
        state = self.open.get(key) or self.closed.get(key)
        time = milliseconds(trade.time)
        return (
            time >= self.began
            and (state is None or time > state.adopted_at)
            and (trade.symbol, trade.id, trade.order_id) not in self._trades
            and trade.id > self._forgotten_trades.get(trade.symbol, -1)
        )

    def restore(self, orders: Sequence[Any], trades: Sequence[Any], time: int) -> list[Any]:
        """The events that were missed, and only those, from the orders as they are now and the trades since."""
        return [event for event in self.missed(orders, trades, time) if self.is_news(event)]

    def missed(self, orders: Sequence[Any], trades: Sequence[Any], time: int) -> list[Any]:
        """The same, not yet entered."""
        by_order: dict[OrderKey, list[Any]] = {}
        for trade in sorted(self.fresh(trades), key=lambda t: t.id):
            by_order.setdefault((trade.symbol, trade.order_id), []).append(trade)
        out: list[Any] = []
        for order in sorted(orders, key=lambda o: (o.update_time, o.order_id)):
            key = (order.symbol, order.order_id)
            state = self.closed.get(key) or self.open.get(key)
            if state is None and str(order.status) in FINAL and self._is_history(order):
                continue
            fresh = by_order.get(key, [])
            settled = milliseconds(time) - milliseconds(order.update_time) > SETTLED_MS
            out += _Restored(self._restore, order, state, fresh, began=self.began, settled=settled).events()
        out.sort(key=lambda event: event.transact_time)  # stable: an order's own events keep their order
        return out

    def _is_history(self, order: Any) -> bool:
        """Whether an order that ended was over before the ledger began, or is one that was forgotten."""
        before = milliseconds(order.update_time) < self.began
        return before or order.order_id <= self._forgotten_orders.get(order.symbol, -1)

    def position(self, account: Any, time: int) -> Any | None:
        """The balances that have changed, as an event, unless they are older than what is known."""
        event = self._restore.position(account, _in_unit_of(account.update_time, time))
        if _microseconds(event.last_account_update) < self.balances_at:
            return None
        changed = [b for b in event.balances if self.balances.get(b.asset, NOTHING) != (b.free, b.locked)]
        self.balances_at = _microseconds(event.last_account_update)
        if not changed:
            return None
        news = msgspec.structs.replace(event, balances=changed)
        return news if self.is_news(news) else None


class _Restored:
    """The events of one order that were missed. `trades` are those that were not given, oldest first."""

    def __init__(
        self, make: Restore, order: Any, state: OrderState | None, trades: list[Any], *, began: int, settled: bool
    ) -> None:
        self._make = make.report
        self._order = order
        self._known = state is not None
        self._state = state = state or OrderState(order.symbol, order.order_id, "")
        self._began = began
        self._settled = settled
        self._fresh = trades
        self._status = str(order.status)
        # What was executed is what any source tells most of: none of them can be ahead of the truth.
        fresh, paid = sum((trade.qty for trade in trades), ZERO), sum((trade.quote_qty for trade in trades), ZERO)
        self._executed = max(state.executed, state.traded + fresh, order.executed_qty)
        self._quote = max(state.quote, state.traded_quote + paid, order.cummulative_quote_qty)
        self._before = self._executed - fresh, self._quote - paid
        self._untold = order.executed_qty > state.traded + fresh

    def events(self) -> list[Any]:
        """In their order."""
        return [*self._beginning(), *self._trades(), *self._end()]

    def _tell(self, execution: str, status: str, time: int, done: Decimal, paid: Decimal, trade: Any = None) -> Any:
        return self._make(
            self._order, execution=execution, status=status, executed=done, quote=paid, time=time, trade=trade
        )

    def _beginning(self) -> Iterable[Any]:
        order, state, status = self._order, self._state, self._status
        if status in FINAL:
            return
        if not self._known:
            done, paid = self._before if milliseconds(order.time) < self._began else NOTHING
            yield self._tell("NEW", "NEW" if status not in _RANK else status, order.time, done, paid)
        elif state.status == "PENDING_NEW" != status:
            yield self._tell("NEW", "NEW", order.update_time, ZERO, ZERO)
        elif milliseconds(order.update_time) > state.changed_at and order.orig_qty != state.quantity:
            yield self._tell("REPLACED", state.status, order.update_time, state.executed, state.quote)

    def _trades(self) -> Iterable[Any]:
        """What is executed after each is all of it, less what the trades behind make; but no step back."""
        state = self._state
        done, paid = self._before
        for trade in self._fresh:
            done, paid = done + trade.qty, paid + trade.quote_qty
            told = max(done, state.executed)
            status = state.status if state.final else self._status_at(told)
            yield self._tell("TRADE", status, trade.time, told, max(paid, state.quote), trade)

    def _status_at(self, executed: Decimal) -> str:
        whole = self._order.executed_qty if self._status == "FILLED" else self._order.orig_qty
        return "FILLED" if ZERO < whole <= executed else "PARTIALLY_FILLED"

    def _end(self) -> Iterable[Any]:
        order = self._order
        if self._status not in FINAL or self._state.final:
            return
        execution = _EXECUTIONS.get(self._status, "EXPIRED")
        if self._status == "FILLED":
            # The last trade fills the order, and may only not be there yet. What the router fills is no trade at all.
            in_vain = self._settled or getattr(order, "used_sor", None)
            if not (in_vain or milliseconds(order.update_time) < self._began) or not self._untold:
                return
            execution = "TRADE"
        time = max(order.update_time, *(trade.time for trade in self._fresh), 0)
        yield self._tell(execution, self._status, time, self._executed, self._quote)


def _trade_key(report: Any) -> tuple[str, int, int]:
    return (report.symbol, report.trade_id, report.order_id)


def _report_key(report: Any) -> Hashable:
    """The exchange's id of a report, unique for a symbol; what is made from REST has none."""
    if report.execution_id is None:
        return content(report)
    return (report.symbol, report.execution_id)


def _is_superseded(state: OrderState, report: Any, kind: str) -> bool:
    """Whether more is known of the order than the report says."""
    if state.final or report.executed_qty < state.executed:
        return True
    if kind != "NEW":
        return False
    rank, known = (_RANK.get(status, _WORKING) for status in (str(report.status), state.status))
    if rank != known:
        return rank < known
    # A stop order that is triggered is NEW a second time. What REST told already comes once more.
    return state.restored and milliseconds(report.transact_time) <= state.changed_at


def _adopted(order: Any) -> OrderState:
    changed_at = milliseconds(order.update_time)
    return OrderState(
        order.symbol,
        order.order_id,
        order.client_order_id,
        str(order.status),
        executed=order.executed_qty,
        quote=order.cummulative_quote_qty,
        quantity=order.orig_qty,
        traded=order.executed_qty,
        traded_quote=order.cummulative_quote_qty,
        adopted_at=changed_at,
        changed_at=changed_at,
    )
