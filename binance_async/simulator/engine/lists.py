"""Order lists: OCO, OTO, OTOCO.

**OCO** (one cancels the other): a stop leg that waits and a second leg, a LIMIT_MAKER on the book or a take profit that
waits too. The moment one of them acts (its first fill, its trigger, a prevented self-trade) the other expires. Until
then the two share one lock, that of the leg that needs more.

**OTO** (one triggers the other): a working order, and a pending one that has no effect and locks nothing until the
working order is filled whole; then it is checked against the market and the balance as a new order is, and either
begins or is REJECTED with the reason in its report. If the working order ends in any other way, it expires. In an
**OTOCO** the pending orders are an OCO pair.

Canceling one order of a list cancels the list. A list is done when all its orders are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from binance_async.simulator.engine import errors
from binance_async.simulator.engine.matching import EXPIRY_REASONS_SINCE, Matching
from binance_async.simulator.engine.orders import need

if TYPE_CHECKING:
    from binance_async.simulator.engine.orders import Order, OrderList

__all__ = ["Lists"]

REJECT_REASONS = {
    errors.INSUFFICIENT_BALANCE: "INSUFFICIENT_BALANCES",
    errors.WOULD_TRIGGER: "STOP_PRICE_WOULD_TRIGGER_IMMEDIATELY",
    errors.WOULD_MATCH: "WOULD_MATCH_IMMEDIATELY",
    errors.BAD_PRICES: "OCO_BAD_PRICES",
}


class Lists(Matching):
    """What binds orders together."""

    # Checks against the market, for new and pending orders alike

    def refuse_at_market(self, order: Order) -> str | None:
        """Why the market does not let this order begin."""
        last = order.market.data.last_price
        if order.algo:
            if order.stop_price and last and (last >= order.stop_price if order.rising else last <= order.stop_price):
                return errors.WOULD_TRIGGER
        elif order.type == "LIMIT_MAKER":
            book = order.market.book
            best = (book.asks if order.buy else book.bids).best()
            if best is not None and (order.price >= best.price if order.buy else order.price <= best.price):
                return errors.WOULD_MATCH
        return None

    def refuse_pair(self, first: Order, second: Order) -> str | None:
        """Why the market does not let this OCO pair begin."""
        last = first.market.data.last_price
        for order in (first, second):
            # The limit price of LIMIT_MAKER and TAKE_PROFIT_LIMIT, the trigger of the others.
            price = order.price if order.type in ("LIMIT_MAKER", "TAKE_PROFIT_LIMIT") else order.stop_price
            above = order.rising if order.algo else not order.buy
            if last and price and (price <= last if above else price >= last):
                return errors.BAD_PRICES
        for order in (first, second):
            reason = self.refuse_at_market(order)
            if reason is not None:
                return reason
        if not self.can_lock(first, max(need(first), need(second))):
            return errors.INSUFFICIENT_BALANCE
        return None

    def reserve(self, order: Order) -> str | None:
        """Lock what a single order must hold before it begins; why not, if it cannot."""
        amount = need(order)
        if order.buy and order.type == "MARKET":
            amount = self.sweep(order, 0, order.rest)[1]
        if not self.can_lock(order, amount):
            return errors.INSUFFICIENT_BALANCE
        self.lock(order, amount)
        return None

    # Beginning

    def begin_pair(self, first: Order, second: Order) -> None:
        """Let a checked OCO pair work: reports, then the legs take their places."""
        first.mate, second.mate = second, first
        self.lock_pair(first, second)
        for order in (first, second):
            order.status = "NEW"
            if not order.algo:
                order.working = True
                order.working_time = self.now
            else:
                self.arm(order)
            self.report(order, "NEW")
        for order in (first, second):
            if not order.algo:
                order.market.book.add(order)

    def activate_pending(self, orders: OrderList) -> None:
        """The working order of a list is filled: its pending orders begin."""
        if len(orders.pending) > 1:
            self._activate_pair(orders, *orders.pending)
        else:
            self._activate_single(orders, *orders.pending)

    def _activate_pair(self, orders: OrderList, first: Order, second: Order) -> None:
        for order in (first, second):
            self.set_bound(order)
        reason = self.refuse_pair(first, second)
        if reason is not None:
            self._reject(orders, [first, second], reason)
            return
        for order in (first, second):
            order.update_time = self.now
        self.begin_pair(first, second)
        self.tell_list(orders, "EXEC_STARTED")

    def _activate_single(self, orders: OrderList, order: Order) -> None:
        self.set_bound(order)
        reason = self.refuse_at_market(order) or self.reserve(order)
        if reason is not None:
            self._reject(orders, [order], reason)
            return
        order.status = "NEW"
        order.update_time = self.now
        if order.algo:
            self.arm(order)
        else:
            order.working = True
            order.working_time = self.now
        self.report(order, "NEW")
        self.tell_list(orders, "EXEC_STARTED")
        if not order.algo:
            self.work(order)

    def _reject(self, orders: OrderList, pending: list[Order], reason: str) -> None:
        orders.closing = True
        for order in pending:
            self.reject(order, reason)
        self.end_list(orders)

    def reject(self, order: Order, reason: str) -> None:
        """End an order that could not begin."""
        order.status = "REJECTED"
        order.update_time = self.now
        order.expiry_reason = "REJECTED" if self.edition >= EXPIRY_REASONS_SINCE else ""
        report = self.report(order, "REJECTED")
        if report is not None:
            report.reject_reason = REJECT_REASONS.get(reason, "NONE")
        self._retire(order)

    def set_bound(self, order: Order) -> None:
        """Set the price at which a waiting buy at the market reserves its money: where it would trigger at most."""
        if order.buy and not order.price and order.algo:
            base = order.stop_price or order.market.data.last_price
            order.bound = base * (10_000 + order.trailing_delta) // 10_000

    # Contingencies

    def release_mate(self, order: Order) -> None:
        """One order of an OCO pair has begun to act: the other expires, and the lock becomes its own."""
        mate = order.mate
        assert mate is not None
        order.mate = mate.mate = None
        order.locked += mate.locked
        mate.locked = 0
        self.lock(order, need(order) - order.locked)
        self.close(mate, "EXPIRED", "EXPIRED", reason="OCO_TRIGGER")

    def list_order_closed(self, order: Order) -> None:
        """An order of a list has ended: let the list act."""
        orders = order.list
        assert orders is not None
        if orders.closing:
            return
        if order is orders.working:
            if order.status == "FILLED":
                self.due.append(orders)
                return
            self._expire_pending(orders)
        if not any(each.is_open for each in orders.orders):
            self.end_list(orders)

    def _expire_pending(self, orders: OrderList) -> None:
        orders.closing = True
        for order in orders.pending:
            self.close(order, "EXPIRED", "EXPIRED", reason="OTO_PHASE_ONE_EXPIRED")
        orders.closing = False

    def end_list(self, orders: OrderList) -> None:
        """All orders of a list have ended."""
        orders.closing = True
        orders.list_status_type = orders.list_order_status = "ALL_DONE"
        orders.account.leave_list(orders)
        self.tell_list(orders, "ALL_DONE")

    def cancel_orders_of(self, orders: OrderList, cancel_id: str) -> list[Order]:
        """Cancel what is open of a list, and the list; the canceled orders."""
        orders.closing = True
        open_orders = [order for order in orders.orders if order.is_open]
        for order in open_orders:
            self.close(order, "CANCELED", "CANCELED", cancel_id=cancel_id)
            order.mate = None
        self.end_list(orders)
        return open_orders
