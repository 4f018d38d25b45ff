"""Placing, and canceling, order lists.

The parameters of a list are those of its orders under prefixed names; each order is taken apart into a request of its
own and passes the same checks, with the names that its sender knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from binance_async.simulator.engine import errors, views
from binance_async.simulator.engine.errors import ExchangeError
from binance_async.simulator.engine.matching import Outcome
from binance_async.simulator.engine.orders import OrderList
from binance_async.simulator.engine.requests import NewOrder
from binance_async.simulator.engine.trading import Trading, check_cancelable
from binance_async.simulator.engine.validation import check_allowed, check_client_id, draft, names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from binance_async.simulator.engine.accounts import Account
    from binance_async.simulator.engine.market import Market
    from binance_async.simulator.engine.orders import Order
    from binance_async.simulator.engine.requests import NewOco, NewOcoDeprecated, NewOto, NewOtoco

__all__ = ["ListTrading"]

Reply = dict[str, Any]

_ABOVE = names("above", quantity="quantity")
_BELOW = names("below", quantity="quantity")
_WORKING = names("working")
_PENDING = names("pending")
_PENDING_ABOVE = names("pendingAbove", quantity="pendingQuantity")
_PENDING_BELOW = names("pendingBelow", quantity="pendingQuantity")
_LIMIT_LEG = names("limit", quantity="quantity", price="price")
_STOP_LEG = names(
    "stop",
    quantity="quantity",
    price="stopLimitPrice",
    time_in_force="stopLimitTimeInForce",
    stop_price="stopPrice",
    trailing_delta="trailingDelta",
)
_PAIR = frozenset({"LIMIT_MAKER", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT", "STOP_LOSS", "STOP_LOSS_LIMIT"})

Leg = tuple[NewOrder, "Mapping[str, str]"]


class ListTrading(Trading):
    """Commands on order lists."""

    next_order_list_id: int

    def place_oco(self, account: int, request: NewOco, *, micro: bool = False) -> Reply:
        """`POST /api/v3/orderList/oco`, `orderList.place.oco`."""
        legs = self._pair(
            (_leg(request, "above", request.side, request.quantity), _ABOVE),
            (_leg(request, "below", request.side, request.quantity), _BELOW),
        )
        return self._place_oco(account, request, legs, micro=micro)

    def place_oco_deprecated(self, account: int, request: NewOcoDeprecated, *, micro: bool = False) -> Reply:
        """`POST /api/v3/order/oco`, `orderList.place`."""
        if request.price is None:
            raise errors.missing("price")
        if request.stop_limit_price is not None and request.stop_limit_time_in_force is None:
            raise errors.missing("stopLimitTimeInForce")
        limit = NewOrder(
            request.symbol,
            request.side,
            "LIMIT_MAKER",
            quantity=request.quantity,
            price=request.price,
            new_client_order_id=request.limit_client_order_id,
            strategy_id=request.limit_strategy_id,
            strategy_type=request.limit_strategy_type,
            iceberg_qty=request.limit_iceberg_qty,
            new_order_resp_type=request.new_order_resp_type,
            self_trade_prevention_mode=request.self_trade_prevention_mode,
        )
        stop = NewOrder(
            request.symbol,
            request.side,
            "STOP_LOSS" if request.stop_limit_price is None else "STOP_LOSS_LIMIT",
            request.stop_limit_time_in_force,
            request.quantity,
            price=request.stop_limit_price,
            new_client_order_id=request.stop_client_order_id,
            strategy_id=request.stop_strategy_id,
            strategy_type=request.stop_strategy_type,
            stop_price=request.stop_price,
            trailing_delta=request.trailing_delta,
            iceberg_qty=request.stop_iceberg_qty,
            new_order_resp_type=request.new_order_resp_type,
            self_trade_prevention_mode=request.self_trade_prevention_mode,
        )
        return self._place_oco(account, request, [(stop, _STOP_LEG), (limit, _LIMIT_LEG)], micro=micro)

    def place_oto(self, account: int, request: NewOto, *, micro: bool = False) -> Reply:
        """`POST /api/v3/orderList/oto`, `orderList.place.oto`."""
        pending = _leg(request, "pending", request.pending_side, request.pending_quantity)
        return self._place_oto(account, request, [(pending, _PENDING)], micro=micro)

    def place_otoco(self, account: int, request: NewOtoco, *, micro: bool = False) -> Reply:
        """`POST /api/v3/orderList/otoco`, `orderList.place.otoco`."""
        if request.pending_below_type is None:
            raise errors.missing("pendingBelowType")
        side, quantity = request.pending_side, request.pending_quantity
        pending = self._pair(
            (_leg(request, "pending_above", side, quantity), _PENDING_ABOVE),
            (_leg(request, "pending_below", side, quantity), _PENDING_BELOW),
        )
        return self._place_oto(account, request, pending, micro=micro)

    # Shared

    @staticmethod
    def _pair(above: Leg, below: Leg) -> list[Leg]:
        """Check which types may stand where; the stop leg comes first."""
        upper, lower = above[0].type, below[0].type
        if upper not in _PAIR or lower not in _PAIR:
            raise ExchangeError(-1158, "Order type not supported in OCO.")
        if upper == lower == "LIMIT_MAKER":
            raise ExchangeError(-1168, "At least one OCO order must be contingent.")
        buy = above[0].side == "BUY"
        for kind, is_above in ((upper, True), (lower, False)):
            _check_place(kind, buy=buy, is_above=is_above)
        # A stop loss lies above the market for a buyer and below it for a seller; the other leg opposite.
        return [above, below] if buy else [below, above]

    def _place_oco(self, uid: int, request: NewOco | NewOcoDeprecated, legs: Sequence[Leg], *, micro: bool) -> Reply:
        market, account = self._open_request(uid, request.symbol)
        first, second = self._drafts(market, account, legs)
        if not market.spec.oco_allowed:
            raise errors.rejected("OCO orders are not supported for this symbol")
        orders = OrderList(market, account, "OCO", request.list_client_order_id or "", [first, second])
        self._check_list(orders)
        for order in (first, second):
            self.set_bound(order)
        reason = self.refuse_pair(first, second)
        if reason is not None:
            raise errors.rejected(reason)
        self._register_list(orders)
        self.begin_pair(first, second)
        self.tell_list(orders, "EXEC_STARTED")
        reports = [views.new_order(each, _response(request), Outcome(), micro=micro) for each in orders.orders]
        reply = views.order_report(orders, reports, micro=micro)
        self.finish(market)
        return reply

    def _place_oto(self, uid: int, request: NewOto | NewOtoco, pending: Sequence[Leg], *, micro: bool) -> Reply:
        market, account = self._open_request(uid, request.symbol)
        if request.working_type not in ("LIMIT", "LIMIT_MAKER"):
            raise ExchangeError(-1116, "Invalid orderType.")
        if request.working_price is None:
            raise errors.missing("workingPrice")
        working = _leg(request, "working", request.working_side, request.working_quantity)
        drafts = self._drafts(market, account, [(working, _WORKING), *pending])
        if not market.spec.oto_allowed or (len(drafts) > 2 and not market.spec.oco_allowed):
            raise errors.rejected(errors.UNSUPPORTED_COMBINATION)
        orders = OrderList(market, account, "OTO", request.list_client_order_id or "", drafts)
        self._check_list(orders)
        first = drafts[0]
        reason = self.refuse_at_market(first) or self.reserve(first)
        if reason is not None:
            raise errors.rejected(reason)
        self._register_list(orders)
        outcome = Outcome()
        self._begin_oto(orders, first, outcome)
        reports = [
            views.new_order(each, _response(request), outcome if each is first else Outcome(), micro=micro)
            for each in drafts
        ]
        reply = views.order_report(orders, reports, micro=micro)
        self.finish(market)
        return reply

    def _begin_oto(self, orders: OrderList, first: Order, outcome: Outcome) -> None:
        first.working = True
        first.working_time = self.now
        self.report(first, "NEW")
        for order in orders.pending:
            order.status = "PENDING_NEW"
            self.report(order, "NEW")
        self.tell_list(orders, "EXEC_STARTED")
        self.work(first, outcome)

    def _open_request(self, uid: int, symbol: str) -> tuple[Market, Account]:
        self.tick()
        return self.market(symbol), self.accounts[uid]

    def _drafts(self, market: Market, account: Account, legs: Sequence[Leg]) -> list[Order]:
        drafts = [draft(market, account, request, called, in_list=True) for request, called in legs]
        for order in drafts:
            check_allowed(order)
        self.check_filters(drafts)
        return drafts

    def _check_list(self, orders: OrderList) -> None:
        """Names in use, the number of lists and of orders."""
        account = orders.account
        check_client_id(orders.list_client_order_id or None, "listClientOrderId")
        other = account.lists_by_client_id.get(orders.list_client_order_id)
        names_sent = [order.client_order_id for order in orders.orders if order.client_order_id]
        if (other is not None and other.is_open) or len(set(names_sent)) < len(names_sent):
            raise errors.rejected(errors.DUPLICATE_ORDER)
        for order in orders.orders:
            self.refuse_values(order)
        if not account.house:
            self._check_number_of_lists(orders)
        account.counts.check(self.now, len(orders.orders))

    def _check_number_of_lists(self, orders: OrderList) -> None:
        account = orders.account
        most = orders.market.rules.max_lists
        mine = account.open_lists.values()
        if most and sum(1 for each in mine if each.market is orders.market) >= most:
            raise errors.filter_failure("MAX_NUM_ORDER_LISTS")
        if self.exchange_rules.max_lists and len(mine) >= self.exchange_rules.max_lists:
            raise errors.filter_failure("EXCHANGE_MAX_NUM_ORDER_LISTS")

    def _register_list(self, orders: OrderList) -> None:
        orders.order_list_id = self.next_order_list_id
        self.next_order_list_id += 1
        if not orders.list_client_order_id:
            orders.list_client_order_id = self.new_client_order_id()
        orders.time = self.now
        for order in orders.orders:
            order.list = orders
            self.register(order)
        orders.account.enter_list(orders)
        orders.account.counts.add(self.now, len(orders.orders))

    def cancel_list(
        self,
        account: int,
        symbol: str,
        *,
        order_list_id: int | None = None,
        list_client_order_id: str | None = None,
        new_client_order_id: str | None = None,
        micro: bool = False,
    ) -> Reply:
        """`DELETE /api/v3/orderList`, `orderList.cancel`."""
        market, owner = self._open_request(account, symbol)
        if order_list_id is None and list_client_order_id is None:
            raise errors.missing_either("orderListId", "listClientOrderId")
        check_client_id(new_client_order_id, "newClientOrderId")
        check_cancelable(market, owner)
        if order_list_id is not None:
            orders = owner.open_lists.get(order_list_id)
        else:
            orders = owner.lists_by_client_id.get(list_client_order_id or "")
        if (
            orders is None
            or not orders.is_open
            or orders.market is not market
            or list_client_order_id not in (None, orders.list_client_order_id)
        ):
            raise errors.cancel_rejected(errors.UNKNOWN_ORDER)
        cancel_id = new_client_order_id or self.new_client_order_id()
        canceled = self.cancel_orders_of(orders, cancel_id)
        reports = [views.canceled_order(each, cancel_id, micro=micro) for each in canceled]
        reply = views.order_report(orders, reports, micro=micro)
        self.finish(market)
        return reply


def _leg(request: NewOco | NewOto | NewOtoco, prefix: str, side: str, quantity: Decimal | None) -> NewOrder:
    """The request of one order of a list."""

    def sent(name: str) -> Any:
        return getattr(request, f"{prefix}_{name}", None)

    return NewOrder(
        request.symbol,
        side,
        sent("type"),
        sent("time_in_force"),
        quantity,
        price=sent("price"),
        new_client_order_id=sent("client_order_id"),
        strategy_id=sent("strategy_id"),
        strategy_type=sent("strategy_type"),
        stop_price=sent("stop_price"),
        trailing_delta=sent("trailing_delta"),
        iceberg_qty=sent("iceberg_qty"),
        new_order_resp_type=request.new_order_resp_type,
        self_trade_prevention_mode=request.self_trade_prevention_mode,
    )


def _response(request: NewOco | NewOcoDeprecated | NewOto | NewOtoco) -> str:
    return request.new_order_resp_type or "RESULT"


def _check_place(kind: str, *, buy: bool, is_above: bool) -> None:
    """A buyer's stop loss must be above and the rest below; a seller's the other way round."""
    if kind.startswith("STOP_LOSS"):
        if buy and not is_above:
            raise ExchangeError(-1196, "A stop loss order in a buy OCO must be above.")
        if not buy and is_above:
            raise ExchangeError(-1197, "A stop loss order in a sell OCO must be below.")
    elif buy and is_above:
        if kind == "LIMIT_MAKER":
            raise ExchangeError(-1165, "A limit order in a buy OCO must be below.")
        raise ExchangeError(-1198, "A take profit order in a buy OCO must be below.")
    elif not buy and not is_above:
        if kind == "LIMIT_MAKER":
            raise ExchangeError(-1166, "A limit order in a sell OCO must be above.")
        raise ExchangeError(-1199, "A take profit order in a sell OCO must be above.")
