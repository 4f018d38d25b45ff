"""Placing, canceling, replacing and amending single orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from binance_async.simulator.engine import errors, views
from binance_async.simulator.engine.amounts import UNIT, units
from binance_async.simulator.engine.errors import ExchangeError
from binance_async.simulator.engine.lists import Lists
from binance_async.simulator.engine.matching import Outcome
from binance_async.simulator.engine.orders import AT_MARKET, need
from binance_async.simulator.engine.records import Amendment
from binance_async.simulator.engine.validation import PLAIN, check_allowed, check_client_id, draft

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from binance_async.simulator.engine.accounts import Account
    from binance_async.simulator.engine.market import Market
    from binance_async.simulator.engine.orders import Order
    from binance_async.simulator.engine.requests import NewOrder

__all__ = ["Trading"]

Reply = dict[str, Any]
Replies = list[dict[str, Any]]

_RESTRICTIONS = {"ONLY_NEW": "NEW", "ONLY_PARTIALLY_FILLED": "PARTIALLY_FILLED"}
SPECIAL_COMMISSION_SINCE = 2026


class Trading(Lists):
    """Commands on single orders."""

    # New orders: prepare (parameters, permissions, filters), accept (market, money), start

    def prepare(self, market: Market, account: Account, request: NewOrder, called: Mapping[str, str] = PLAIN) -> Order:
        """A draft that passes every check for which no matching engine is needed."""
        order = draft(market, account, request, called)
        check_allowed(order)
        self.check_filters([order])
        return order

    def check_filters(self, orders: list[Order]) -> None:
        """All filters; `orders` are those of one request."""
        first = orders[0]
        rules = first.market.rules
        for order in orders:
            rules.check(order, first.market.data, self.now)
        if not first.account.house:
            rules.check_room(orders)
            self.exchange_rules.check_room(first.account, orders)

    def refuse_values(self, order: Order) -> None:
        """-2010 for values that no filter caught, and for a client order id that is in use."""
        client_id = order.client_order_id
        if client_id:
            other = order.desk.by_client_id.get(client_id)
            if other is not None and other.is_open:
                raise errors.rejected(errors.DUPLICATE_ORDER)
        if not order.qty or (order.type not in AT_MARKET and order.price * order.qty < UNIT):
            raise errors.rejected("Price * QTY is zero or less.")
        if order.iceberg_qty > order.qty:
            raise errors.rejected("IcebergQty exceeds QTY.")

    def accept(self, order: Order) -> None:
        """Let the market and the account's money decide; afterwards the order is open."""
        if order.quote_order_qty:
            self._size(order)
        self.refuse_values(order)
        self.set_bound(order)
        reason = self.refuse_at_market(order) or self.reserve(order)
        if reason is not None:
            raise errors.rejected(reason)
        self.register(order)

    def _size(self, order: Order) -> None:
        """Give a reverse market order its quantity."""
        order.qty, enough = self.size_reverse(order, order.quote_order_qty)
        order.rest = order.qty
        order.short = not enough
        rules = order.market.rules
        if order.qty < max(rules.lot[0], 1):
            if enough:
                raise errors.filter_failure("LOT_SIZE")
            whose = "LOT_SIZE filter" if rules.lot[0] else "symbol"
            raise errors.rejected(f"Order book liquidity is less than {whose} minimum quantity.")
        if order.short and order.qty < rules.market_lot[0]:
            raise errors.rejected("Order book liquidity is less than MARKET_LOT_SIZE filter minimum quantity.")
        rules.check_market_lot(order.qty)

    def register(self, order: Order) -> None:
        """Give an accepted order its ids and times, and open it."""
        market = order.market
        order.order_id = market.next_order_id
        market.next_order_id += 1
        if not order.client_order_id and not order.account.house:
            order.client_order_id = self.new_client_order_id()
        order.time = order.update_time = self.now
        order.account.enter(order)

    def start(self, order: Order, outcome: Outcome | None) -> None:
        """Begin a registered order: wait for its trigger, or work at once."""
        if order.algo:
            self.arm(order)
            self.report(order, "NEW")
        else:
            order.working = True
            order.working_time = self.now
            self.report(order, "NEW")
            self.work(order, outcome)

    def _place(self, uid: int, request: NewOrder, outcome: Outcome | None, floor: str = "") -> Order:
        now = self.tick()
        account = self.accounts[uid]
        market = self.market(request.symbol)
        if floor:
            self._check_sor(market, request)
        order = self.prepare(market, account, request)
        order.floor = floor
        account.counts.check(now, 1)
        self.accept(order)
        account.counts.add(now, 1)
        self.start(order, outcome)
        return order

    @staticmethod
    def _check_sor(market: Market, request: NewOrder) -> None:
        if request.type not in ("LIMIT", "MARKET"):
            raise errors.rejected(errors.UNSUPPORTED_COMBINATION)
        if request.quote_order_qty is not None:
            raise errors.not_required("quoteOrderQty")
        if not market.spec.sor_allowed:
            raise ExchangeError(-1020, "This operation is not supported.")

    def place(self, account: int, request: NewOrder, *, micro: bool = False) -> Reply:
        """`POST /api/v3/order`, `order.place`."""
        return self._place_and_answer(account, request, "", micro=micro)

    def place_sor(self, account: int, request: NewOrder, *, micro: bool = False) -> Reply:
        """`POST /api/v3/sor/order`, `sor.order.place`: the taker's fills are allocations."""
        return self._place_and_answer(account, request, "SOR", micro=micro)

    def _place_and_answer(self, account: int, request: NewOrder, floor: str, *, micro: bool) -> Reply:
        outcome = Outcome()
        order = self._place(account, request, outcome, floor)
        # Before `finish`: what the order sets off (stops, pending orders) is not part of its answer.
        reply = views.new_order(order, request.new_order_resp_type, outcome, micro=micro)
        self.finish(order.market)
        return reply

    def submit(self, account: int, request: NewOrder) -> int:
        """As `place`, and answers with the order id alone."""
        order = self._place(account, request, None)
        self.finish(order.market)
        return order.order_id

    def test_order(self, account: int, request: NewOrder, *, compute_commission_rates: bool = False) -> Reply:
        """`POST /api/v3/order/test`, `order.test`: every check that needs no matching, and no effect."""
        self.tick()
        market = self.market(request.symbol)
        order = self.prepare(market, self.accounts[account], request)
        if not compute_commission_rates:
            return {}
        special = self.edition >= SPECIAL_COMMISSION_SINCE
        return views.commission_for_order(order.card.schedule, buy=order.buy, special=special)

    def test_sor(self, account: int, request: NewOrder, *, compute_commission_rates: bool = False) -> Reply:
        """`POST /api/v3/sor/order/test`, `sor.order.test`."""
        self._check_sor(self.market(request.symbol), request)
        return self.test_order(account, request, compute_commission_rates=compute_commission_rates)

    # Cancels

    def cancel(
        self,
        account: int,
        symbol: str,
        *,
        order_id: int | None = None,
        orig_client_order_id: str | None = None,
        new_client_order_id: str | None = None,
        cancel_restrictions: str | None = None,
        micro: bool = False,
    ) -> Reply:
        """`DELETE /api/v3/order`, `order.cancel`. An order of a list cancels the list and answers as it does."""
        self.tick()
        market = self.market(symbol)
        if order_id is None and orig_client_order_id is None:
            raise errors.missing_either("origClientOrderId", "orderId")
        check_restrictions(cancel_restrictions)
        check_client_id(new_client_order_id, "newClientOrderId")
        reply = self._cancel(
            market,
            self.accounts[account],
            order_id,
            orig_client_order_id,
            new_client_order_id,
            cancel_restrictions,
            micro=micro,
        )
        self.finish(market)
        return reply

    def _cancel(
        self,
        market: Market,
        account: Account,
        order_id: int | None,
        client_id: str | None,
        new_client_id: str | None,
        restrictions: str | None,
        *,
        micro: bool,
    ) -> Reply:
        check_cancelable(market, account)
        order = find_open(market, account, order_id, client_id)
        if order is None:
            raise errors.cancel_rejected(errors.UNKNOWN_ORDER)
        if restrictions is not None and order.status != _RESTRICTIONS[restrictions]:
            raise errors.cancel_rejected(errors.CANCEL_RESTRICTIONS)
        cancel_id = new_client_id or self.new_client_order_id()
        return self.cancel_and_answer(order, cancel_id, micro=micro)

    def cancel_and_answer(self, order: Order, cancel_id: str, *, micro: bool) -> Reply:
        """Cancel an order, or the list that it is in."""
        orders = order.list
        if orders is None:
            self.close(order, "CANCELED", "CANCELED", cancel_id=cancel_id)
            return views.canceled_order(order, cancel_id, micro=micro)
        canceled = self.cancel_orders_of(orders, cancel_id)
        reports = [views.canceled_order(each, cancel_id, micro=micro) for each in canceled]
        return views.order_report(orders, reports, micro=micro)

    def cancel_all(self, account: int, symbol: str, *, micro: bool = False) -> Replies:
        """`DELETE /api/v3/openOrders`, `openOrders.cancelAll`."""
        self.tick()
        market = self.market(symbol)
        owner = self.accounts[account]
        check_cancelable(market, owner)
        orders = list(owner.desk(market).open.values())
        if not orders:
            raise errors.cancel_rejected(errors.UNKNOWN_ORDER)
        cancel_id = self.new_client_order_id()
        single = [order for order in orders if order.list is None]
        lists = {order.list: order for order in orders if order.list is not None}
        replies = [self.cancel_and_answer(order, cancel_id, micro=micro) for order in [*single, *lists.values()]]
        self.finish(market)
        return replies

    def withdraw_order(self, account: int, symbol: str, order_id: int) -> bool:
        """As `cancel`, and answers with whether there was such an open order."""
        self.tick()
        market = self.market(symbol)
        order = find_open(market, self.accounts[account], order_id, None)
        if order is None:
            return False
        if order.list is None:
            self.close(order, "CANCELED", "CANCELED", cancel_id="")
        else:
            self.cancel_orders_of(order.list, "")
        self.finish(market)
        return True

    # Cancel and replace

    def cancel_replace(
        self,
        account: int,
        request: NewOrder,
        cancel_replace_mode: str,
        *,
        cancel_order_id: int | None = None,
        cancel_orig_client_order_id: str | None = None,
        cancel_new_client_order_id: str | None = None,
        cancel_restrictions: str | None = None,
        order_rate_limit_exceeded_mode: str | None = None,
        micro: bool = False,
    ) -> Reply:
        """`POST /api/v3/order/cancelReplace`, `order.cancelReplace`. Partial success is -2021 with `data`."""
        now = self.tick()
        market = self.market(request.symbol)
        owner = self.accounts[account]
        if cancel_replace_mode not in ("STOP_ON_FAILURE", "ALLOW_FAILURE"):
            raise errors.invalid("cancelReplaceMode")
        if order_rate_limit_exceeded_mode not in (None, "DO_NOTHING", "CANCEL_ONLY"):
            raise errors.invalid("orderRateLimitExceededMode")
        if cancel_order_id is None and cancel_orig_client_order_id is None:
            raise errors.missing_either("cancelOrigClientOrderId", "cancelOrderId")
        check_restrictions(cancel_restrictions)
        check_client_id(cancel_new_client_order_id, "cancelNewClientOrderId")
        if not market.spec.cancel_replace_allowed:
            raise errors.rejected("Order cancel-replace is not supported for this symbol.")
        order = self.prepare(market, owner, request)
        too_many: ExchangeError | None = None
        try:
            owner.counts.check(now, 1)
        except ExchangeError as error:
            if order_rate_limit_exceeded_mode != "CANCEL_ONLY":
                raise
            too_many = error
        try:
            canceled: Reply | ExchangeError = self._cancel(
                market,
                owner,
                cancel_order_id,
                cancel_orig_client_order_id,
                cancel_new_client_order_id,
                cancel_restrictions,
                micro=micro,
            )
        except ExchangeError as error:
            canceled = error
        stop = cancel_replace_mode == "STOP_ON_FAILURE"
        if stop and isinstance(canceled, ExchangeError):
            if too_many is None:
                owner.counts.add(now, 1)
            raise _replace_error(canceled, None, status=429 if too_many else 400)
        placed = too_many or self._replace(order, request, canceled, micro=micro)
        self.finish(market)
        if isinstance(canceled, ExchangeError) or isinstance(placed, ExchangeError):
            raise _replace_error(canceled, placed, status=429 if too_many and stop else None)
        return {
            "cancelResult": "SUCCESS",
            "newOrderResult": "SUCCESS",
            "cancelResponse": canceled,
            "newOrderResponse": placed,
        }

    def _replace(
        self, order: Order, request: NewOrder, canceled: Reply | ExchangeError, *, micro: bool
    ) -> Reply | ExchangeError:
        outcome = Outcome()
        try:
            self.accept(order)
        except ExchangeError as error:
            if not isinstance(canceled, ExchangeError):
                self._report_rejected(order, error.message)
            return error
        order.account.counts.add(self.now, 1)
        self.start(order, outcome)
        return views.new_order(order, request.new_order_resp_type, outcome, micro=micro)

    def _report_rejected(self, order: Order, reason: str) -> None:
        """The cancel has happened, so the user stream must hear what became of the new order."""
        names = order.desk.by_client_id
        rightful = names.get(order.client_order_id)
        self.register(order)
        self.reject(order, reason)
        if rightful is not None and rightful.is_open:
            names[order.client_order_id] = rightful

    # Amendments

    def amend(
        self,
        account: int,
        symbol: str,
        *,
        new_qty: Decimal,
        order_id: int | None = None,
        orig_client_order_id: str | None = None,
        new_client_order_id: str | None = None,
        micro: bool = False,
    ) -> Reply:
        """`PUT /api/v3/order/amend/keepPriority`, `order.amend.keepPriority`."""
        self.tick()
        market = self.market(symbol)
        owner = self.accounts[account]
        if order_id is None and orig_client_order_id is None:
            raise errors.missing_either("origClientOrderId", "orderId")
        check_client_id(new_client_order_id, "newClientOrderId")
        quantity = units(new_qty, "newQty")
        if not market.spec.amend_allowed:
            raise errors.amend_rejected("Order amend is not supported for this symbol.")
        if market.status != "TRADING":
            raise errors.amend_rejected(errors.MARKET_CLOSED)
        order = find_open(market, owner, order_id, orig_client_order_id)
        if order is None:
            raise errors.amend_rejected(errors.UNKNOWN_ORDER)
        partner = _partner(order)
        for each in (order,) if partner is None else (order, partner):
            self._check_amendment(each, quantity)
        old_id = order.client_order_id
        new_id = self._amended_id(order, new_client_order_id)
        self._reduce_to(order, quantity, new_id)
        execution_id = market.execution_id
        if partner is not None:
            self._reduce_to(partner, quantity, partner.client_order_id)
            if order.mate is partner:
                self.lock_pair(order, partner)
        orders = order.list
        if orders is not None and new_id != old_id:
            self.tell_list(orders, "UPDATED")
        reply = views.amended_order(order, old_id, execution_id, orders, micro=micro)
        self.finish(market)
        return reply

    def _check_amendment(self, order: Order, quantity: int) -> None:
        if quantity > order.qty:
            raise errors.amend_rejected("Order amend (quantity increase) is not supported.")
        if quantity == order.qty:
            raise errors.amend_rejected("The requested action would change no state; rejecting")
        if quantity <= order.filled + order.prevented:
            raise errors.amend_rejected(errors.UNSUPPORTED_COMBINATION)
        rules = order.market.rules
        if rules.max_amends and order.amends >= rules.max_amends:
            raise errors.filter_failure("MAX_NUM_ORDER_AMENDS")
        before, order.qty = order.qty, quantity
        try:
            rules.check_quantities(order, order.market.data, self.now)
        finally:
            order.qty = before

    def _amended_id(self, order: Order, wanted: str | None) -> str:
        if wanted is None:
            return self.new_client_order_id()
        other = order.desk.by_client_id.get(wanted)
        if other is not None and other is not order and other.is_open:
            raise errors.amend_rejected(errors.DUPLICATE_ORDER)
        return wanted

    def _reduce_to(self, order: Order, quantity: int, new_id: str) -> None:
        desk = order.desk
        old_qty, old_id = order.qty, order.client_order_id
        rest = order.rest - (old_qty - quantity)
        if order.level is not None:
            order.market.book.reduce(order, rest)
        order.rest = rest
        order.qty = quantity
        order.update_time = self.now
        order.amends += 1
        if new_id != old_id:
            if desk.by_client_id.get(old_id) is order:
                del desk.by_client_id[old_id]
            desk.by_client_id[new_id] = order
            order.client_order_id = new_id
        if order.mate is None and order.status != "PENDING_NEW":
            self.lock(order, need(order) - order.locked)
        report = self.report(order, "REPLACED")
        if report is not None:
            report.orig_client_order_id = old_id
        execution_id = order.market.execution_id
        order.account.amendments.append(Amendment(order, execution_id, old_id, new_id, old_qty, quantity, self.now))


def check_restrictions(restrictions: str | None) -> None:
    """-1145 for an unknown `cancelRestrictions`."""
    if restrictions is not None and restrictions not in _RESTRICTIONS:
        text = "cancelRestrictions has to be either ONLY_NEW or ONLY_PARTIALLY_FILLED."
        raise ExchangeError(-1145, text)


def check_cancelable(market: Market, account: Account) -> None:
    """Whether orders may be canceled at all: -2011."""
    if not account.can_trade:
        raise errors.cancel_rejected(errors.MAY_NOT_TRADE)
    if market.status not in ("TRADING", "CANCEL_ONLY"):
        raise errors.cancel_rejected(errors.MARKET_CLOSED)


def find_open(market: Market, account: Account, order_id: int | None, client_id: str | None) -> Order | None:
    """The open order with these ids. With both, the order id is looked up and the client order id must be its own."""
    desk = account.desks.get(market.spec.symbol)
    if desk is None:
        return None
    if order_id is not None:
        order = desk.open.get(order_id)
        return order if order is None or client_id in (None, order.client_order_id) else None
    order = desk.by_client_id.get(client_id or "")
    return order if order is not None and order.is_open else None


def _partner(order: Order) -> Order | None:
    """The order that must keep the same quantity: the other of an OCO pair, live or pending."""
    if order.mate is not None:
        return order.mate
    orders = order.list
    if orders is not None and order in orders.pending:
        others = [each for each in orders.pending if each is not order and each.is_open]
        return others[0] if others else None
    return None


def _replace_error(
    canceled: Reply | ExchangeError, placed: Reply | ExchangeError | None, *, status: int | None
) -> ExchangeError:
    cancel_failed, place_failed = isinstance(canceled, ExchangeError), isinstance(placed, ExchangeError)
    data = {
        "cancelResult": "FAILURE" if cancel_failed else "SUCCESS",
        "newOrderResult": "NOT_ATTEMPTED" if placed is None else "FAILURE" if place_failed else "SUCCESS",
        "cancelResponse": canceled.payload() if isinstance(canceled, ExchangeError) else canceled,
        "newOrderResponse": placed.payload() if isinstance(placed, ExchangeError) else placed,
    }
    if cancel_failed and (place_failed or placed is None):
        return ExchangeError(-2022, "Order cancel-replace failed.", data, status=status or 400)
    return ExchangeError(-2021, "Order cancel-replace partially failed.", data, status=status or 409)
