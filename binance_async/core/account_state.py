"""What is known of an account's orders, trades and balances, and which events are news to it.

The exchange replays nothing: no sequence number, no resume. What can be promised is exactly-once *state*. So every
event passes this ledger, whichever socket or REST reply it came from, and is passed on only if it is news:

* A trade is known by its symbol and trade id, and is given once.
* An order's state never moves backwards: what was executed does not fall, and a final state stays. A REST reply that
  lags behind the events (it may, by seconds) changes nothing.
* Other events are known by their content, counted for each connection: during a hand-over the same event comes on two
  sockets, and two equal events on one socket are two events.

After a gap, `missing` names the orders that must be asked for, and `restore` turns REST replies into the events that
were missed: for each order its trades, in order, with the executed quantity growing as it did; then its final state.
What REST does not tell (that an order was NEW for a moment, each single step of a balance) collapses into the result.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

import msgspec

FINAL = frozenset({"FILLED", "CANCELED", "REJECTED", "EXPIRED", "EXPIRED_IN_MATCH"})
"""States that an order does not leave."""

MOST_CLOSED = 20_000
MOST_TRADES = 50_000
MOST_RECENT = 5_000
ZERO = Decimal(0)

OrderKey = tuple[str, int]


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

    @property
    def final(self) -> bool:
        """Whether it is over."""
        return self.status in FINAL


class Recent:
    """Events by content, how often each came on each connection, and how often it was passed on."""

    def __init__(self) -> None:
        self._counts: OrderedDict[bytes, Counter[str]] = OrderedDict()

    def is_news(self, event: Any, connection: str) -> bool:
        """Whether this connection has now given the event more often than any other before."""
        key = msgspec.json.encode(event, enc_hook=str)
        counts = self._counts.setdefault(key, Counter())
        passed_on = max(counts.values(), default=0)
        counts[connection] += 1
        while len(self._counts) > MOST_RECENT:
            self._counts.popitem(last=False)
        return counts[connection] > passed_on

    def __contains__(self, event: Any) -> bool:
        return msgspec.json.encode(event, enc_hook=str) in self._counts


class AccountState:
    """The ledger of one account on one family."""

    def __init__(self, restore: Restore) -> None:
        self.open: dict[OrderKey, OrderState] = {}
        self.closed: OrderedDict[OrderKey, OrderState] = OrderedDict()
        self.last_trade: dict[str, int] = {}
        self.symbols: set[str] = set()
        self.balances: dict[str, tuple[Decimal, Decimal]] = {}
        self.balances_at = 0
        self.duplicates = 0
        self._restore = restore
        self._trades: OrderedDict[tuple[str, int], None] = OrderedDict()
        self._recent = Recent()

    # Events

    def is_news(self, event: Any, connection: str = "rest") -> bool:
        """Enter an event; whether it says something that was not known."""
        kind = getattr(event, "execution_type", None)
        if kind is not None:
            news = self._report_is_news(event, str(kind), connection)
        elif hasattr(event, "balances"):
            news = self._position_is_news(event, connection)
        else:
            news = self._recent.is_news(event, connection)
        self.duplicates += not news
        return news

    def knows(self, event: Any) -> bool:
        """Whether the event was entered, from whatever connection."""
        if str(getattr(event, "execution_type", "")) == "TRADE":
            return (event.symbol, event.trade_id) in self._trades
        return event in self._recent

    def _report_is_news(self, report: Any, kind: str, connection: str) -> bool:
        self.symbols.add(report.symbol)
        key = (report.symbol, report.order_id)
        state = self.closed.get(key) or self.open.get(key)
        if kind == "TRADE":
            if not self._trade_is_new(report.symbol, report.trade_id):
                return False
        elif state is not None and not self._moves(state, report, kind):
            return False
        elif not self._recent.is_news(report, connection):
            return False
        self._enter(key, state, report)
        return True

    @staticmethod
    def _moves(state: OrderState, report: Any, kind: str) -> bool:
        if state.final or kind == "NEW":
            # Nothing follows the end, and an order that is known is not new; PENDING_NEW becoming NEW is.
            return not state.final and state.status == "PENDING_NEW" and str(report.status) != "PENDING_NEW"
        return bool(report.executed_qty >= state.executed)

    def _trade_is_new(self, symbol: str, trade_id: int) -> bool:
        if (symbol, trade_id) in self._trades:
            return False
        self._trades[symbol, trade_id] = None
        if len(self._trades) > MOST_TRADES:
            self._trades.popitem(last=False)
        self.last_trade[symbol] = max(trade_id, self.last_trade.get(symbol, -1))
        return True

    def _enter(self, key: OrderKey, state: OrderState | None, report: Any) -> None:
        # A cancel's report carries the id of the cancel; the order's own is in the other field.
        client_order_id = getattr(report, "orig_client_order_id", "") or report.client_order_id
        if state is None:
            state = OrderState(report.symbol, report.order_id, client_order_id)
        if report.executed_qty >= state.executed:
            state.executed = report.executed_qty
            state.quote = report.cummulative_quote_qty
            if not state.final:
                state.status = str(report.status)
        self._file(key, state)

    def _file(self, key: OrderKey, state: OrderState) -> None:
        if not state.final:
            self.open[key] = state
            return
        self.open.pop(key, None)
        self.closed[key] = state
        if len(self.closed) > MOST_CLOSED:
            self.closed.popitem(last=False)

    def _position_is_news(self, position: Any, connection: str) -> bool:
        if position.last_account_update < self.balances_at:
            return False
        changed = self._enter_balances(position)
        # REST repeats what is; only what has changed is an event. The stream says each change, even one of nothing.
        return self._recent.is_news(position, connection) if position.source == "stream" else changed

    def _enter_balances(self, position: Any) -> bool:
        self.balances_at = position.last_account_update
        before = {balance.asset: self.balances.get(balance.asset) for balance in position.balances}
        now = {balance.asset: (balance.free, balance.locked) for balance in position.balances}
        self.balances |= now
        return before != now

    # REST

    def adopt(self, open_orders: Iterable[Any], account: Any, time: int) -> None:
        """Take the open orders and the balances as known, without events: where the ledger begins."""
        position = self._restore.position(account, time)
        if position.last_account_update >= self.balances_at:
            self._enter_balances(position)
        for order in open_orders:
            self.symbols.add(order.symbol)
            key = (order.symbol, order.order_id)
            if key not in self.open and key not in self.closed:
                self.open[key] = _state_of(order)

    def missing(self, open_orders: Iterable[Any]) -> list[OrderState]:
        """Orders that are open here and not at the exchange: their end was missed."""
        there = {(order.symbol, order.order_id) for order in open_orders}
        return [state for key, state in self.open.items() if key not in there]

    def restore(self, orders: Sequence[Any], trades: Sequence[Any], time: int) -> list[Any]:
        """The events that were missed, and only those, from the orders as they are now and the trades since."""
        by_order: dict[OrderKey, list[Any]] = {}
        for trade in sorted(trades, key=lambda t: t.id):
            by_order.setdefault((trade.symbol, trade.order_id), []).append(trade)
        out: list[Any] = []
        for order in sorted(orders, key=lambda o: (o.update_time, o.order_id)):
            out += self._restore_order(order, by_order.pop((order.symbol, order.order_id), []), time)
        out.sort(key=lambda event: event.transact_time)  # stable: an order's own events keep their order
        return [event for event in out if self.is_news(event)]

    def _restore_order(self, order: Any, trades: list[Any], time: int) -> list[Any]:
        key = (order.symbol, order.order_id)
        state = self.closed.get(key) or self.open.get(key)
        out: list[Any] = []
        make = self._restore.report
        if state is None and str(order.status) not in FINAL:
            out.append(
                make(order, execution="NEW", status="NEW", executed=ZERO, quote=ZERO, time=order.time)
            )
        executed, quote = (state.executed, state.quote) if state is not None else (ZERO, ZERO)
        fresh = [trade for trade in trades if (trade.symbol, trade.id) not in self._trades]
        for index, trade in enumerate(fresh):
            executed += trade.qty
            quote += trade.quote_qty
            last = index == len(fresh) - 1
            filled = last and str(order.status) == "FILLED"
            out.append(
                make(
                    order,
                    execution="TRADE",
                    status="FILLED" if filled else "PARTIALLY_FILLED",
                    executed=executed,
                    quote=quote,
                    time=trade.time,
                    trade=trade,
                )
            )
        if str(order.status) in FINAL - {"FILLED"} and (state is None or not state.final):
            kind = {"CANCELED": "CANCELED", "REJECTED": "REJECTED"}.get(str(order.status), "EXPIRED")
            if str(order.status) == "EXPIRED_IN_MATCH":
                kind = "TRADE_PREVENTION"
            out.append(
                make(
                    order,
                    execution=kind,
                    status=str(order.status),
                    executed=order.executed_qty,
                    quote=order.cummulative_quote_qty,
                    time=max(order.update_time, trades[-1].time if trades else 0),
                )
            )
        return out

    def position(self, account: Any, time: int) -> Any | None:
        """The balances as an event, if they are newer than what is known."""
        event = self._restore.position(account, time)
        return event if self.is_news(event) else None


def _state_of(order: Any) -> OrderState:
    return OrderState(
        order.symbol,
        order.order_id,
        order.client_order_id,
        str(order.status),
        order.executed_qty,
        order.cummulative_quote_qty,
    )
