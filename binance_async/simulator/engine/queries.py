"""What an account can ask: its orders, lists, trades, and itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from binance_async.simulator.engine import errors, views
from binance_async.simulator.engine.core import Core
from binance_async.simulator.engine.ranges import cut, limited, select, span
from binance_async.simulator.engine.trading import SPECIAL_COMMISSION_SINCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from binance_async.simulator.engine.accounts import Account, Desk
    from binance_async.simulator.engine.orders import Order, OrderList
    from binance_async.simulator.engine.records import AccountTrade, Allocation

__all__ = ["AccountQueries"]

Reply = dict[str, Any]
Replies = list[dict[str, Any]]

_ARCHIVED_AFTER = 90 * 86_400_000_000


class AccountQueries(Core):
    """Queries of one account. None of them has an effect."""

    def _desk(self, uid: int, symbol: str) -> Desk:
        market = self.market(symbol)
        return self.accounts[uid].desk(market)

    # Orders

    def order(
        self,
        account: int,
        symbol: str,
        *,
        order_id: int | None = None,
        orig_client_order_id: str | None = None,
        micro: bool = False,
    ) -> Reply:
        """`GET /api/v3/order`, `order.status`."""
        desk = self._desk(account, symbol)
        if order_id is not None:
            order = desk.open.get(order_id) or desk.finished.get(order_id)
        elif orig_client_order_id is not None:
            order = desk.by_client_id.get(orig_client_order_id)
        else:
            raise errors.missing_either("origClientOrderId", "orderId")
        if order is None:
            raise errors.no_such_order()
        if orig_client_order_id not in (None, order.client_order_id):
            raise errors.ExchangeError(-2039, "Client order ID is not correct for this order ID.")
        if not order.is_open and not order.filled and self.tick() - order.update_time > _ARCHIVED_AFTER:
            text = "Order was canceled or expired with no executed qty over 90 days ago and has been archived."
            raise errors.ExchangeError(-2026, text)
        return views.queried_order(order, micro=micro)

    def open_orders(self, account: int, symbol: str | None = None, *, micro: bool = False) -> Replies:
        """`GET /api/v3/openOrders`, `openOrders.status`."""
        owner = self.accounts[account]
        desks = owner.desks.values() if symbol is None else [self._desk(account, symbol)]
        return [views.queried_order(order, micro=micro) for desk in desks for order in desk.open.values()]

    def all_orders(
        self,
        account: int,
        symbol: str,
        *,
        order_id: int | None = None,
        start_time: int | None = None,
        end_time: int | None = None,
        limit: int | None = None,
        micro: bool = False,
    ) -> Replies:
        """`GET /api/v3/allOrders`, `allOrders`."""
        desk = self._desk(account, symbol)
        number = limited(limit)
        start, end = span(start_time, end_time)
        orders = sorted([*desk.open.values(), *desk.finished.values()], key=_id_of)
        if order_id is not None:
            orders = [order for order in orders if order.order_id >= order_id]
        found = (
            cut(orders, number, from_start=True)
            if order_id is not None and start is None and end is None
            else select(orders, _created, start, end, number)
        )
        return [views.queried_order(order, micro=micro) for order in found]

    # Lists

    def order_list(
        self,
        account: int,
        *,
        order_list_id: int | None = None,
        orig_client_order_id: str | None = None,
        micro: bool = False,
    ) -> Reply:
        """`GET /api/v3/orderList`, `orderList.status`."""
        owner = self.accounts[account]
        orders: OrderList | None
        if order_list_id is not None:
            found = [each for each in _lists(owner) if each.order_list_id == order_list_id]
            orders = found[0] if found else None
        elif orig_client_order_id is not None:
            orders = owner.lists_by_client_id.get(orig_client_order_id)
        else:
            raise errors.missing_either("orderListId", "origClientOrderId")
        if orders is None or orig_client_order_id not in (None, orders.list_client_order_id):
            raise errors.no_such_order()
        return views.order_list(orders, micro=micro)

    def all_order_lists(
        self,
        account: int,
        *,
        from_id: int | None = None,
        start_time: int | None = None,
        end_time: int | None = None,
        limit: int | None = None,
        micro: bool = False,
    ) -> Replies:
        """`GET /api/v3/allOrderList`, `allOrderLists`."""
        number = limited(limit)
        start, end = span(start_time, end_time)
        lists = sorted(_lists(self.accounts[account]), key=_list_id_of)
        if from_id is not None:
            if start is not None or end is not None:
                raise errors.bad_combination()
            found = cut([each for each in lists if each.order_list_id >= from_id], number, from_start=True)
        else:
            found = select(lists, _list_created, start, end, number)
        return [views.order_list(each, micro=micro) for each in found]

    def open_order_lists(self, account: int, *, micro: bool = False) -> Replies:
        """`GET /api/v3/openOrderList`, `openOrderLists.status`."""
        return [views.order_list(each, micro=micro) for each in self.accounts[account].open_lists.values()]

    # History

    def my_trades(
        self,
        account: int,
        symbol: str,
        *,
        order_id: int | None = None,
        start_time: int | None = None,
        end_time: int | None = None,
        from_id: int | None = None,
        limit: int | None = None,
        micro: bool = False,
    ) -> Replies:
        """`GET /api/v3/myTrades`, `myTrades`."""
        desk = self._desk(account, symbol)
        number = limited(limit)
        timed = start_time is not None or end_time is not None
        if timed and (order_id is not None or from_id is not None):
            raise errors.bad_combination()
        start, end = span(start_time, end_time)
        trades: Sequence[AccountTrade] = desk.trades.items
        if order_id is not None:
            trades = [each for each in trades if each.order_id == order_id]
        if from_id is not None:
            trades = [each for each in trades if each.trade.id >= from_id]
        if order_id is not None or from_id is not None:
            trades = cut(trades, number, from_start=True)
        else:
            trades = select(trades, _traded, start, end, number)
        return [views.account_trade(symbol, each, micro=micro) for each in trades]

    def my_prevented_matches(
        self,
        account: int,
        symbol: str,
        *,
        prevented_match_id: int | None = None,
        order_id: int | None = None,
        from_prevented_match_id: int | None = None,
        limit: int | None = None,
        micro: bool = False,
    ) -> Replies:
        """`GET /api/v3/myPreventedMatches`, `myPreventedMatches`."""
        desk = self._desk(account, symbol)
        number = limited(limit)
        if prevented_match_id is not None:
            if order_id is not None or from_prevented_match_id is not None:
                raise errors.bad_combination()
            found = [each for each in desk.prevented.items if each.id == prevented_match_id]
        elif order_id is not None:
            least = from_prevented_match_id or 0
            mine = [each for each in desk.prevented.items if order_id in (each.taker_order_id, each.maker_order_id)]
            found = [each for each in mine if each.id >= least][:number]
        else:
            raise errors.missing_either("preventedMatchId", "orderId")
        return [views.prevented_match(symbol, each, micro=micro) for each in found]

    def my_allocations(
        self,
        account: int,
        symbol: str,
        *,
        start_time: int | None = None,
        end_time: int | None = None,
        from_allocation_id: int | None = None,
        limit: int | None = None,
        order_id: int | None = None,
        micro: bool = False,
    ) -> Replies:
        """`GET /api/v3/myAllocations`, `myAllocations`."""
        desk = self._desk(account, symbol)
        number = limited(limit)
        timed = start_time is not None or end_time is not None
        if timed and (order_id is not None or from_allocation_id is not None):
            raise errors.bad_combination()
        start, end = span(start_time, end_time)
        found: Sequence[Allocation] = desk.allocations.items
        if order_id is not None:
            found = [each for each in found if each.order_id == order_id]
        if from_allocation_id is not None:
            found = [each for each in found if each.id >= from_allocation_id]
        found = select(found, _allocated, start, end, number) if timed else cut(found, number, from_start=True)
        return [views.allocation(symbol, each, micro=micro) for each in found]

    def order_amendments(
        self,
        account: int,
        symbol: str,
        order_id: int,
        *,
        from_execution_id: int | None = None,
        limit: int | None = None,
        micro: bool = False,
    ) -> Replies:
        """`GET /api/v3/order/amendments`, `order.amendments`."""
        self.market(symbol)
        number = limited(limit)
        found = [
            each
            for each in self.accounts[account].amendments.items
            if each.symbol == symbol and each.order_id == order_id and each.execution_id >= (from_execution_id or 0)
        ]
        return [views.amendment(each, micro=micro) for each in found[:number]]

    # The account

    def account_information(self, account: int, *, omit_zero_balances: bool = False, micro: bool = False) -> Reply:
        """`GET /api/v3/account`, `account.status`."""
        assets = {
            asset for market in self.markets.values() for asset in (market.spec.base_asset, market.spec.quote_asset)
        }
        owner = self.accounts[account]
        return views.account_information(owner, assets, omit_zero=omit_zero_balances, micro=micro)

    def commission(self, account: int, symbol: str) -> Reply:
        """`GET /api/v3/account/commission`, `account.commission`."""
        schedule = self._desk(account, symbol).card.schedule
        return views.commission(symbol, schedule, special=self.edition >= SPECIAL_COMMISSION_SINCE)

    def order_counts(self, account: int) -> Replies:
        """`GET /api/v3/rateLimit/order`, `account.rateLimits.orders`; also for the headers of an order's answer."""
        return self.accounts[account].counts.payload(self.tick())

    def my_filters(self, account: int, symbol: str) -> Reply:
        """`GET /api/v3/myFilters`, `myFilters`."""
        market = self._desk(account, symbol).market
        return {
            "exchangeFilters": [dict(entry) for entry in self.exchange_rules.filters],
            "symbolFilters": [dict(entry) for entry in market.spec.filters],
            "assetFilters": [],
        }


def _lists(account: Account) -> list[OrderList]:
    return [*account.finished_lists, *account.open_lists.values()]


def _id_of(order: Order) -> int:
    return order.order_id


def _created(order: Order) -> int:
    return order.time


def _list_id_of(orders: OrderList) -> int:
    return orders.order_list_id


def _list_created(orders: OrderList) -> int:
    return orders.time


def _traded(record: AccountTrade) -> int:
    return record.trade.time


def _allocated(record: Allocation) -> int:
    return record.time
