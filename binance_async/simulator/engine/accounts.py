"""Accounts: balances, and what an account has on each symbol.

Money is either free or locked. Open orders lock what they may have to pay; an outside system can lock too. A `Desk`
is an account's place at one symbol: its open orders, the newest finished ones, its trades. A house account (a
simulated maker) keeps nothing that is finished.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from binance_async.simulator.engine.commission import CommissionSchedule, RateCard
from binance_async.simulator.engine.counts import OrderCounts
from binance_async.simulator.engine.ring import Ring

if TYPE_CHECKING:
    from collections.abc import Sequence

    from binance_async.simulator.engine.bounds import Bounds
    from binance_async.simulator.engine.counts import OrderLimit
    from binance_async.simulator.engine.events import AccountListener
    from binance_async.simulator.engine.market import Market
    from binance_async.simulator.engine.orders import Order, OrderList
    from binance_async.simulator.engine.records import AccountTrade, Allocation, Amendment, PreventedMatch

__all__ = ["Account", "Balance", "Desk"]


class Balance:
    """One asset of one account."""

    __slots__ = ("asset", "external", "free", "locked")

    def __init__(self, asset: str) -> None:
        self.asset: str = asset
        self.free: int = 0
        self.locked: int = 0
        """All that is locked, by orders and by others."""
        self.external: int = 0
        """The part of `locked` that an outside system holds."""


class Desk:
    """What an account has on one symbol."""

    __slots__ = ("algo", "allocations", "base", "by_client_id", "card", "finished", "icebergs", "market", "open",
                 "prevented", "quote", "trades")  # fmt: skip

    def __init__(self, market: Market, base: Balance, quote: Balance, card: RateCard, bounds: Bounds) -> None:
        self.market: Market = market
        self.base: Balance = base
        self.quote: Balance = quote
        self.card: RateCard = card
        self.open: dict[int, Order] = {}
        self.finished: dict[int, Order] = {}
        self.by_client_id: dict[str, Order] = {}
        """The newest order of each client order id, open or finished."""
        self.algo: int = 0
        self.icebergs: int = 0
        self.trades: Ring[AccountTrade] = Ring(bounds.account_trades)
        self.prevented: Ring[PreventedMatch] = Ring(bounds.account_trades)
        self.allocations: Ring[Allocation] = Ring(bounds.account_trades)


class Account:
    """One (sub)account."""

    __slots__ = (
        "algo",
        "amendments",
        "bounds",
        "can_deposit",
        "can_trade",
        "can_withdraw",
        "cards",
        "counts",
        "default_card",
        "desks",
        "finished",
        "finished_lists",
        "house",
        "icebergs",
        "listeners",
        "lists_by_client_id",
        "open_count",
        "open_lists",
        "permissions",
        "touched",
        "trade_group_id",
        "uid",
        "update_time",
        "wallet",
    )

    def __init__(
        self, uid: int, bounds: Bounds, limits: tuple[OrderLimit, ...], schedule: CommissionSchedule, *, house: bool
    ) -> None:
        self.uid: int = uid
        self.bounds: Bounds = bounds
        self.house: bool = house
        self.permissions: Sequence[str] = ("SPOT",)
        self.trade_group_id: int = -1
        self.can_trade: bool = True
        self.can_withdraw: bool = True
        self.can_deposit: bool = True
        self.wallet: dict[str, Balance] = {}
        self.desks: dict[str, Desk] = {}
        self.default_card: RateCard = RateCard(schedule)
        self.cards: dict[str, RateCard] = {}
        self.counts: OrderCounts = OrderCounts(() if house else limits)
        self.open_count: int = 0
        self.algo: int = 0
        self.icebergs: int = 0
        self.finished: deque[Order] = deque()
        self.open_lists: dict[int, OrderList] = {}
        self.finished_lists: deque[OrderList] = deque(maxlen=bounds.finished_orders)
        self.lists_by_client_id: dict[str, OrderList] = {}
        self.amendments: Ring[Amendment] = Ring(bounds.amendments)
        self.listeners: list[AccountListener] = []
        self.touched: dict[str, Balance] = {}
        """The balances that the current command has changed, if anybody listens."""
        self.update_time: int = -1

    def balance(self, asset: str) -> Balance:
        """The balance of an asset, made if need be."""
        balance = self.wallet.get(asset)
        if balance is None:
            balance = self.wallet[asset] = Balance(asset)
        return balance

    def desk(self, market: Market) -> Desk:
        """The account's place at a symbol, made if need be."""
        spec = market.spec
        desk = self.desks.get(spec.symbol)
        if desk is None:
            base, quote = self.balance(spec.base_asset), self.balance(spec.quote_asset)
            card = self.cards.get(spec.symbol, self.default_card)
            desk = self.desks[spec.symbol] = Desk(market, base, quote, card, self.bounds)
        return desk

    def same_owner(self, other: Account) -> bool:
        """Whether a trade between the two would be a self-trade."""
        return self is other or self.trade_group_id == other.trade_group_id != -1

    def enter(self, order: Order) -> None:
        """An order becomes open."""
        order.is_open = True
        desk = order.desk
        desk.open[order.order_id] = order
        if order.client_order_id:
            desk.by_client_id[order.client_order_id] = order
        self.open_count += 1
        self._count(order, 1)

    def leave(self, order: Order) -> None:
        """An order is no longer open. The oldest finished order is forgotten if there are too many."""
        order.is_open = False
        desk = order.desk
        del desk.open[order.order_id]
        self.open_count -= 1
        self._count(order, -1)
        if self.house:
            self._forget_client_id(order)
            return
        desk.finished[order.order_id] = order
        self.finished.append(order)
        if len(self.finished) > self.bounds.finished_orders:
            oldest = self.finished.popleft()
            del oldest.desk.finished[oldest.order_id]
            self._forget_client_id(oldest)

    def _count(self, order: Order, by: int) -> None:
        if order.algo:
            order.desk.algo += by
            self.algo += by
        if order.iceberg_qty:
            order.desk.icebergs += by
            self.icebergs += by

    @staticmethod
    def _forget_client_id(order: Order) -> None:
        names = order.desk.by_client_id
        if order.client_order_id and names.get(order.client_order_id) is order:
            del names[order.client_order_id]

    def enter_list(self, orders: OrderList) -> None:
        """A list becomes open."""
        self.open_lists[orders.order_list_id] = orders
        self.lists_by_client_id[orders.list_client_order_id] = orders

    def leave_list(self, orders: OrderList) -> None:
        """A list is done."""
        del self.open_lists[orders.order_list_id]
        finished = self.finished_lists
        if len(finished) == finished.maxlen:
            oldest = finished[0]
            if self.lists_by_client_id.get(oldest.list_client_order_id) is oldest:
                del self.lists_by_client_id[oldest.list_client_order_id]
        finished.append(orders)
