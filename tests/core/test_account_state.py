"""The ledger of an account: every trade once, no step back, and the truth in the end.

The properties compare it with an account whose whole history is known. Its events come over two connections, of which
each loses some and neither waits for the other; between them come REST replies of an earlier time, orders and trades
of different ones. What the ledger says at the end, after one reading of REST that is up to date, is the truth.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from binance_async.core import account_state
from binance_async.core.account_state import FINAL, AccountState
from binance_async.spot import restore
from binance_async.spot.enums import (
    ExecutionType,
    OrderStatus,
    OrderType,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
)
from binance_async.spot.events import (
    AssetBalance,
    BalanceUpdate,
    ExecutionReport,
    OrderRejectReason,
    OutboundAccountPosition,
    RestoredAccountPosition,
)
from binance_async.spot.types.account import AccountTrade
from binance_async.spot.types.trading import Order

ZERO = Decimal(0)
PRICE = Decimal("2.5")
NO_BALANCES: Any = SimpleNamespace(update_time=0, balances=[])
START = 1_700_000_000_000

# An account whose history is known


class Step:
    """One event of the truth: the report of it, and the order and the trade as REST tells them from then on."""

    def __init__(self, report: ExecutionReport, order: Order, trade: AccountTrade | None) -> None:
        self.report = report
        self.order = order
        self.trade = trade

    def __repr__(self) -> str:
        said = f"{self.report.execution_type!s} {self.report.status!s} {self.order.symbol}{self.order.order_id}"
        return f"<{said} z={self.order.executed_qty}{f' t={self.trade.id}' if self.trade else ''}>"


class Account:
    """The truth: what happened, in its order."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.orders: list[Order] = []
        self.trades = 100

    def __repr__(self) -> str:
        return f"<Account {self.steps}>"

    def place(self, symbol: str, quantity: int) -> None:
        now = START + len(self.steps)
        order = Order(
            symbol=symbol,
            order_id=len(self.orders) + 1,
            order_list_id=-1,
            client_order_id=f"c{len(self.orders) + 1}",
            price=PRICE,
            orig_qty=Decimal(quantity),
            executed_qty=ZERO,
            cummulative_quote_qty=ZERO,
            orig_quote_order_qty=ZERO,
            status=OrderStatus.NEW,
            time_in_force=TimeInForce.GTC,
            type=OrderType.LIMIT,
            side=Side.BUY,
            time=now,
            update_time=now,
            is_working=True,
            working_time=now,
            self_trade_prevention_mode=SelfTradePreventionMode.NONE,
        )
        self.orders.append(order)
        self._note(order, "NEW", None)

    def fill(self, index: int, quantity: int, trade_id: int | None = None) -> None:
        order = self.orders[index]
        amount = min(Decimal(quantity), order.orig_qty - order.executed_qty)
        if str(order.status) in FINAL or not amount:
            return
        if trade_id is None:
            self.trades += 1
            trade_id = self.trades
        executed = order.executed_qty + amount
        status = OrderStatus.FILLED if executed == order.orig_qty else OrderStatus.PARTIALLY_FILLED
        trade = AccountTrade(
            symbol=order.symbol,
            id=trade_id,
            order_id=order.order_id,
            order_list_id=-1,
            price=PRICE,
            qty=amount,
            quote_qty=amount * PRICE,
            commission=Decimal("0.001"),
            commission_asset="BNB",
            time=START + len(self.steps),
            is_buyer=True,
            is_maker=True,
            is_best_match=True,
        )
        self._change(
            index, "TRADE", trade, status=status, executed_qty=executed, cummulative_quote_qty=executed * PRICE
        )

    def end(self, index: int, status: str) -> None:
        if str(self.orders[index].status) not in FINAL:
            kind = {"EXPIRED_IN_MATCH": "TRADE_PREVENTION"}.get(status, status)
            self._change(index, kind, None, status=OrderStatus(status), is_working=False)

    def _change(self, index: int, kind: str, trade: AccountTrade | None, **changes: Any) -> None:
        old = self.orders[index]
        values = {name: getattr(old, name) for name in Order.__struct_fields__}
        self.orders[index] = Order(**{**values, **changes, "update_time": START + len(self.steps)})
        self._note(self.orders[index], kind, trade)

    def _note(self, order: Order, kind: str, trade: AccountTrade | None) -> None:
        self.steps.append(Step(report_of(order, kind, trade, len(self.steps)), order, trade))

    # As REST tells it, of an earlier time

    def orders_at(self, count: int) -> list[Order]:
        """Every order as it was after so many steps."""
        found = {step.order.order_id: step.order for step in self.steps[:count]}
        return list(found.values())

    def trades_at(self, count: int) -> list[AccountTrade]:
        """The trades of the first so many steps."""
        return [step.trade for step in self.steps[:count] if step.trade is not None]


def report_of(order: Order, kind: str, trade: AccountTrade | None, execution_id: int) -> ExecutionReport:
    """What the exchange says when an order has become this."""
    return ExecutionReport(
        event_time=order.update_time,
        symbol=order.symbol,
        client_order_id="cancel" if kind == "CANCELED" else order.client_order_id,
        side=order.side,
        type=order.type,
        time_in_force=order.time_in_force,
        orig_qty=order.orig_qty,
        price=order.price,
        stop_price=ZERO,
        iceberg_qty=ZERO,
        order_list_id=-1,
        orig_client_order_id=order.client_order_id if kind == "CANCELED" else "",
        execution_type=ExecutionType(kind),
        status=order.status,
        reject_reason=OrderRejectReason.NONE,
        order_id=order.order_id,
        last_qty=trade.qty if trade else ZERO,
        executed_qty=order.executed_qty,
        last_price=trade.price if trade else ZERO,
        commission=trade.commission if trade else ZERO,
        commission_asset=trade.commission_asset if trade else None,
        transact_time=order.update_time,
        trade_id=trade.id if trade else -1,
        execution_id=execution_id,
        is_on_book=str(order.status) not in FINAL,
        is_maker=bool(trade),
        order_time=order.time,
        cummulative_quote_qty=order.cummulative_quote_qty,
        last_quote_qty=trade.quote_qty if trade else ZERO,
        orig_quote_order_qty=ZERO,
    )


ENDS = ("CANCELED", "EXPIRED", "REJECTED", "EXPIRED_IN_MATCH")


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    """An account with up to five orders in two symbols, some of which meet each other."""
    account = Account()
    for _ in range(draw(st.integers(1, 14))):
        kind = draw(st.sampled_from(["place", "fill", "fill", "fill", "end", "self"]))
        if kind == "place" or not account.orders:
            if len(account.orders) < 5:
                account.place(draw(st.sampled_from(["AAA", "BBB"])), draw(st.integers(1, 5)))
            continue
        index = draw(st.integers(0, len(account.orders) - 1))
        if kind == "end":
            account.end(index, draw(st.sampled_from(ENDS)))
        elif kind == "fill":
            account.fill(index, draw(st.integers(1, 3)))
        else:
            other = draw(st.integers(0, len(account.orders) - 1))
            meet(account, index, other)
    return account


def meet(account: Account, one: int, two: int) -> None:
    """Two orders of the account fill each other: one trade with one id, and a report for each."""
    first, second = account.orders[one], account.orders[two]
    if one == two or first.symbol != second.symbol or {str(first.status), str(second.status)} & FINAL:
        return
    account.trades += 1
    account.fill(one, 1, account.trades)
    account.fill(two, 1, account.trades)


def met() -> Account:
    """Two orders that have met, one of them in part."""
    account = Account()
    account.place("AAA", 1)
    account.place("AAA", 2)
    meet(account, 0, 1)
    return account


# How it is seen


@dataclass(frozen=True)
class Heard:
    """An event on a connection."""

    connection: str
    step: Step


@dataclass(frozen=True)
class Read:
    """A reading of REST: orders and trades as they were after so many steps."""

    orders: int
    trades: int


@st.composite
def views(draw: st.DrawFn) -> tuple[Account, list[Heard | Read]]:
    """A history, and how it is heard and read. What was heard may be older than what was read, and newer."""
    account = draw(accounts())
    lists = {name: [Heard(name, step) for step in account.steps if draw(st.booleans())] for name in draw(CONNECTIONS)}
    out: list[Heard | Read] = []
    while any(lists.values()):
        name = draw(st.sampled_from(sorted(name for name in lists if lists[name])))
        out.append(lists[name].pop(0))
        if draw(st.integers(0, 4)) == 0:
            most = len(account.steps)
            out.append(Read(draw(st.integers(0, most)), draw(st.integers(0, most))))
    return account, out


CONNECTIONS = st.sampled_from([("a",), ("a", "b"), ("a", "b")])

RANK = {"PENDING_NEW": 0, "NEW": 1, "PARTIALLY_FILLED": 2}


class Watch:
    """Follows a ledger, and objects to every step back and every trade that comes again."""

    def __init__(self, state: AccountState) -> None:
        self.state = state
        self.trades: Counter[tuple[str, int, int]] = Counter()
        self.given: list[ExecutionReport] = []
        self._before: dict[Any, tuple[Decimal, str]] = {}

    def hear(self, heard: Heard) -> None:
        if self.state.is_news(heard.step.report, heard.connection):
            self._give(heard.step.report)
        self._look()

    def read(self, account: Account, read: Read) -> list[Any]:
        return self.restore(account.orders_at(read.orders), account.trades_at(read.trades))

    def restore(self, orders: list[Order], trades: list[AccountTrade]) -> list[Any]:
        out = self.state.restore(orders, trades, START + 1000)
        for event in out:
            assert event.source == "rest"
            self._give(event)
        self._look()
        return out

    def _give(self, event: ExecutionReport) -> None:
        self.given.append(event)
        if str(event.execution_type) == "TRADE":
            key = (event.symbol, event.trade_id, event.order_id)
            self.trades[key] += 1
            assert self.trades[key] == 1, "a trade is given once"

    def _look(self) -> None:
        now = {key: (order.executed, order.status) for key, order in {**self.state.closed, **self.state.open}.items()}
        assert not self.state.closed.keys() & self.state.open.keys()
        for key, (executed, status) in self._before.items():
            assert key in now
            assert now[key][0] >= executed, "what was executed does not fall"
            if status in FINAL:
                assert now[key][1] == status, "a final state stays"
            elif now[key][1] not in FINAL:
                assert RANK[now[key][1]] >= RANK[status], "a state does not go back"
        assert all(order.final for order in self.state.closed.values())
        assert not any(order.final for order in self.state.open.values())
        self._before = now

    def is_the_truth(self, account: Account) -> None:
        known = {**self.state.closed, **self.state.open}
        for order in account.orders:
            found = known.get((order.symbol, order.order_id))
            assert found is not None
            assert (found.status, found.executed) == (str(order.status), order.executed_qty)
            assert found.client_order_id == order.client_order_id
            if order.executed_qty:
                assert found.quote == order.cummulative_quote_qty
        assert len(known) == len(account.orders)
        everything = {(t.symbol, t.id, t.order_id) for t in account.trades_at(len(account.steps))}
        assert self.trades.keys() == everything


@settings(max_examples=400, deadline=None)
@given(view=views())
def test_in_the_end_it_is_the_truth(view: tuple[Account, list[Heard | Read]]) -> None:
    account, seen = view
    watch = Watch(AccountState(restore))
    for each in seen:
        watch.hear(each) if isinstance(each, Heard) else watch.read(account, each)
    everything = Read(len(account.steps), len(account.steps))
    watch.read(account, everything)
    watch.is_the_truth(account)
    assert watch.read(account, everything) == [], "a second reading finds nothing"


@settings(max_examples=200, deadline=None)
@given(view=views())
@example(view=(met(), []))
def test_what_is_heard_after_rest_has_told_it_is_no_news(view: tuple[Account, list[Heard | Read]]) -> None:
    account, seen = view
    watch = Watch(AccountState(restore))
    watch.read(account, Read(len(account.steps), len(account.steps)))
    trades = dict(watch.trades)
    for each in seen:
        watch.hear(each) if isinstance(each, Heard) else watch.read(account, each)
    assert watch.trades == trades
    watch.is_the_truth(account)


@settings(max_examples=200, deadline=None)
@given(account=accounts(), data=st.data())
def test_a_hand_over_without_loss_needs_no_rest(account: Account, data: st.DataObject) -> None:
    """Both connections give everything, the one being behind the other: each event is given once, in order."""
    watch = Watch(AccountState(restore))
    waiting = {"a": list(account.steps), "b": list(account.steps)}
    while any(waiting.values()):
        name = data.draw(st.sampled_from(sorted(name for name in waiting if waiting[name])))
        watch.hear(Heard(name, waiting[name].pop(0)))
    assert watch.given == [step.report for step in account.steps]
    watch.is_the_truth(account)


@settings(max_examples=200, deadline=None)
@given(account=accounts(), data=st.data())
def test_after_a_gap_the_executed_quantity_grows_as_it_did(account: Account, data: st.DataObject) -> None:
    """Heard up to some step, then nothing, then REST, up to date: the trades that were missed come as they were."""
    heard = data.draw(st.integers(0, len(account.steps)))
    watch = Watch(AccountState(restore))
    for step in account.steps[:heard]:
        watch.hear(Heard("a", step))
    restored = watch.read(account, Read(len(account.steps), len(account.steps)))
    watch.is_the_truth(account)
    truth = {(s.report.trade_id, s.report.order_id): s.report for s in account.steps[heard:] if s.trade is not None}
    trades = [event for event in restored if str(event.execution_type) == "TRADE"]
    assert {(event.trade_id, event.order_id) for event in trades} == truth.keys()
    for event in trades:
        was = truth[event.trade_id, event.order_id]
        assert (event.executed_qty, event.cummulative_quote_qty) == (was.executed_qty, was.cummulative_quote_qty)
        assert (event.last_qty, event.last_price, event.status) == (was.last_qty, was.last_price, was.status)
    assert [event.transact_time for event in restored] == sorted(event.transact_time for event in restored)
    ends = {s.report.order_id for s in account.steps[heard:] if str(s.report.status) in FINAL}
    assert {event.order_id for event in restored if str(event.status) in FINAL} == ends


@settings(max_examples=200, deadline=None)
@given(account=accounts(), data=st.data())
def test_an_account_that_was_found_as_it_is(account: Account, data: st.DataObject) -> None:
    """`adopt` takes what was open at the start; what had been executed by then is not told, even if REST tells it."""
    begun = data.draw(st.integers(0, len(account.steps)))
    state = AccountState(restore)
    watch = Watch(state)
    found = [order for order in account.orders_at(begun) if str(order.status) not in FINAL]
    state.adopt(found, NO_BALANCES, START)
    assert watch.given == []
    for step in account.steps[begun:]:
        if data.draw(st.booleans()):
            watch.hear(Heard("a", step))
    later = {step.order.order_id for step in account.steps[begun:]}
    orders = [order for order in account.orders if order.order_id in later]
    trades = [trade for trade in account.trades_at(len(account.steps)) if trade.order_id in later]
    watch.restore(orders, trades)
    for order in orders:
        known = state.closed.get((order.symbol, order.order_id)) or state.open[order.symbol, order.order_id]
        assert (known.status, known.executed) == (str(order.status), order.executed_qty)
    since = [step.trade for step in account.steps[begun:] if step.trade is not None]
    assert watch.trades.keys() == {(t.symbol, t.id, t.order_id) for t in since}


# One thing at a time


def two_trades() -> Account:
    """An order that was filled in two steps."""
    account = Account()
    account.place("AAA", 3)
    account.fill(0, 1)
    account.fill(0, 2)
    return account


def known(state: AccountState) -> list[tuple[str, Decimal]]:
    return [(order.status, order.executed) for order in (*state.open.values(), *state.closed.values())]


def test_a_trade_that_was_missed_before_one_that_was_heard() -> None:
    account, state = two_trades(), AccountState(restore)
    watch = Watch(state)
    watch.hear(Heard("a", account.steps[0]))
    watch.hear(Heard("a", account.steps[2]))
    (restored,) = watch.read(account, Read(3, 3))
    assert (restored.trade_id, restored.last_qty) == (101, 1)
    assert (restored.executed_qty, str(restored.status)) == (3, "FILLED"), "an order that is filled does not reopen"
    assert known(state) == [("FILLED", Decimal(3))]


def test_trades_that_rest_tells_later_than_the_end_of_their_order() -> None:
    account, state = Account(), AccountState(restore)
    account.place("AAA", 5)
    account.fill(0, 2)
    account.end(0, "CANCELED")
    watch = Watch(state)
    watch.hear(Heard("a", account.steps[0]))
    assert [str(event.status) for event in watch.read(account, Read(3, 0))] == ["CANCELED"]
    (restored,) = watch.read(account, Read(3, 3))
    assert (restored.trade_id, restored.executed_qty) == (101, 2)
    assert known(state) == [("CANCELED", Decimal(2))]


def test_trades_that_rest_tells_earlier_than_what_became_of_their_order() -> None:
    account, state = two_trades(), AccountState(restore)
    watch = Watch(state)
    events = watch.read(account, Read(1, 3))
    assert [(str(event.status), event.executed_qty) for event in events] == [
        ("NEW", 0), ("PARTIALLY_FILLED", 1), ("FILLED", 3)
    ]  # fmt: skip
    assert known(state) == [("FILLED", Decimal(3))]


def test_two_orders_of_the_account_that_meet() -> None:
    account, state = met(), AccountState(restore)
    watch = Watch(state)
    for step in account.steps:
        watch.hear(Heard("a", step))
    assert len(watch.trades) == 2
    assert known(state) == [("PARTIALLY_FILLED", Decimal(1)), ("FILLED", Decimal(1))]


def test_orders_whose_end_was_missed() -> None:
    account, state = two_trades(), AccountState(restore)
    account.place("BBB", 1)
    for step in account.steps:
        if step.order.order_id == 2 or step.trade is None:
            state.is_news(step.report, "a")
    assert {order.order_id for order in state.open.values()} == {1, 2}
    assert [order.order_id for order in state.missing(account.orders[1:])] == [1]
    assert state.symbols == {"AAA", "BBB"}


def test_a_cancel_belongs_to_the_order_it_cancelled() -> None:
    account, state = Account(), AccountState(restore)
    account.place("AAA", 1)
    account.end(0, "CANCELED")
    state.is_news(account.steps[1].report, "a")
    assert state.closed["AAA", 1].client_order_id == "c1"


def test_an_order_that_waits_becomes_new() -> None:
    """PENDING_NEW (the second leg of a list) and NEW come as two reports of one kind."""
    account, state = Account(), AccountState(restore)
    account.place("AAA", 1)
    new = account.steps[0].report
    fields = {name: getattr(new, name) for name in ExecutionReport.__struct_fields__}
    pending = ExecutionReport(**{**fields, "status": OrderStatus.PENDING_NEW, "execution_id": 99})
    assert state.is_news(pending, "a")
    assert state.is_news(new, "a")
    assert not state.is_news(pending, "b")
    assert not state.is_news(new, "b")
    assert (known(state), state.duplicates) == ([("NEW", ZERO)], 2)


@pytest.mark.parametrize("number", range(3))
def test_an_event_is_known_from_whatever_connection(number: int) -> None:
    account, state = two_trades(), AccountState(restore)
    report = account.steps[number].report
    assert not state.knows(report)
    state.is_news(report, "a")
    assert state.knows(report)


def test_what_was_restored_is_known_when_it_is_heard() -> None:
    account, state = two_trades(), AccountState(restore)
    Watch(state).read(account, Read(3, 3))
    assert [state.knows(step.report) for step in account.steps[1:]] == [True, True]
    assert not any(state.is_news(step.report, "a") for step in account.steps)


# Events without a state of their own


def update(delta: int) -> BalanceUpdate:
    return BalanceUpdate(event_time=START, asset="BTC", delta=Decimal(delta), clear_time=START)


def test_equal_events_are_counted_for_each_connection() -> None:
    """Two deposits of the same amount in the same millisecond are two, and each comes on both connections."""
    state = AccountState(restore)
    heard = [("a", 1), ("b", 1), ("a", 1), ("b", 1), ("b", 2), ("a", 2), ("b", 1)]
    assert [state.is_news(update(delta), name) for name, delta in heard] == [
        True, False, True, False, True, False, True
    ]  # fmt: skip
    assert state.duplicates == 3


@given(st.lists(st.integers(1, 3)), st.data())
def test_of_equal_events_as_many_are_given_as_one_connection_had(deltas: list[int], data: st.DataObject) -> None:
    state = AccountState(restore)
    waiting = {"a": list(deltas), "b": list(deltas)}
    given: Counter[int] = Counter()
    while any(waiting.values()):
        name = data.draw(st.sampled_from(sorted(name for name in waiting if waiting[name])))
        delta = waiting[name].pop(0)
        given[delta] += state.is_news(update(delta), name)
    assert given == Counter(deltas)


def position(at: int, free: int, *, rest: bool = False) -> Any:
    make = RestoredAccountPosition if rest else OutboundAccountPosition
    balance = AssetBalance(asset="BTC", free=Decimal(free), locked=ZERO)
    return make(event_time=at, last_account_update=at, balances=[balance])


def test_balances_do_not_go_back() -> None:
    state = AccountState(restore)
    assert state.is_news(position(5, 1), "a")
    assert not state.is_news(position(4, 2), "b")
    assert not state.is_news(position(5, 1), "b")
    assert state.is_news(position(6, 1), "a"), "the stream says each change, even one of nothing"
    assert state.balances == {"BTC": (Decimal(1), ZERO)}


def account_of(at: int, free: int) -> Any:
    balance = SimpleNamespace(asset="BTC", free=Decimal(free), locked=ZERO)
    return SimpleNamespace(update_time=at, balances=[balance])


def test_rest_tells_balances_only_if_they_have_changed() -> None:
    state = AccountState(restore)
    state.adopt([], account_of(5, 1), START)
    assert state.position(account_of(5, 1), START) is None
    assert state.position(account_of(4, 2), START) is None
    assert state.position(account_of(6, 2), 6) == position(6, 2, rest=True)
    assert state.position(account_of(6, 2), START) is None
    assert state.balances == {"BTC": (Decimal(2), ZERO)}


def test_adopting_again_changes_nothing_that_is_known() -> None:
    account, state = two_trades(), AccountState(restore)
    for step in account.steps[:2]:
        state.is_news(step.report, "a")
    state.adopt([account.steps[0].order], NO_BALANCES, START)
    assert known(state) == [("PARTIALLY_FILLED", Decimal(1))]


# Months


def test_memory_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_state, "MOST_CLOSED", 20)
    monkeypatch.setattr(account_state, "MOST_TRADES", 30)
    monkeypatch.setattr(account_state, "MOST_RECENT", 40)
    account, state = Account(), AccountState(restore)
    for index in range(100):
        account.place("AAA", 1)
        account.fill(index, 1)
    for step in account.steps:
        assert state.is_news(step.report, "a")
    for delta in range(100):
        assert state.is_news(update(delta), "a")
    assert len(state.closed) == 20
    assert len(state._trades) == 30
    assert len(state._recent._counts) == 40
    assert state.open == {}
    assert state.last_trade == {"AAA": 200}
