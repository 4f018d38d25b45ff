"""An order and a list of orders: data, and the little arithmetic that belongs to one order alone.

Quantities: `qty = filled + prevented + rest`. Only `rest` can still trade. `visible` is the part of it that the book
shows (all of it, but for an iceberg). `locked` is what the order holds of its owner's money.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from binance_async.simulator.engine.amounts import UNIT

if TYPE_CHECKING:
    from binance_async.simulator.engine.accounts import Account, Balance, Desk
    from binance_async.simulator.engine.book import Level
    from binance_async.simulator.engine.commission import RateCard
    from binance_async.simulator.engine.market import Market

__all__ = ["ALGO", "AT_MARKET", "Order", "OrderList", "need"]

ALGO = frozenset({"STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"})
AT_MARKET = frozenset({"MARKET", "STOP_LOSS", "TAKE_PROFIT"})
BASIS_POINTS = 10_000


class Order:
    """One order, from draft to archive. Numbers are units; times microseconds, -1 for never."""

    __slots__ = (
        "account",
        "algo",
        "amends",
        "base",
        "bound",
        "buy",
        "card",
        "client_order_id",
        "desk",
        "expiry_reason",
        "extreme",
        "filled",
        "floor",
        "iceberg_qty",
        "is_open",
        "level",
        "list",
        "locked",
        "market",
        "mate",
        "next",
        "order_id",
        "prev",
        "prevented",
        "prevented_match_id",
        "price",
        "qty",
        "quote",
        "quote_filled",
        "quote_order_qty",
        "rest",
        "rising",
        "short",
        "status",
        "stop_price",
        "stp",
        "strategy_id",
        "strategy_type",
        "time",
        "time_in_force",
        "tracking",
        "trailing_delta",
        "trailing_time",
        "triggered",
        "type",
        "update_time",
        "visible",
        "waiting",
        "working",
        "working_time",
    )

    def __init__(self, market: Market, account: Account, desk: Desk, *, buy: bool, type: str, stp: str) -> None:
        self.market: Market = market
        self.account: Account = account
        self.desk: Desk = desk
        self.base: Balance = desk.base
        self.quote: Balance = desk.quote
        self.card: RateCard = desk.card
        self.buy: bool = buy
        self.type: str = type
        self.algo: bool = type in ALGO
        self.stp: str = stp
        self.order_id: int = -1
        self.client_order_id: str = ""
        self.time_in_force: str = "GTC"
        self.price: int = 0
        self.qty: int = 0
        self.quote_order_qty: int = 0
        self.stop_price: int = 0
        self.trailing_delta: int = 0
        self.iceberg_qty: int = 0
        self.strategy_id: int | None = None
        self.strategy_type: int | None = None
        self.status: str = "NEW"
        self.is_open: bool = False
        self.rest: int = 0
        self.filled: int = 0
        self.quote_filled: int = 0
        self.prevented: int = 0
        self.prevented_match_id: int = -1
        self.time: int = -1
        self.update_time: int = -1
        # Trigger: waits in an index by stop price, then perhaps tracks an extreme, then has triggered.
        self.bound: int = 0
        """The price for which a market order's money is reserved while it waits for its trigger."""
        self.rising: bool = False
        self.waiting: bool = False
        self.tracking: bool = False
        self.triggered: bool = False
        self.extreme: int = 0
        self.trailing_time: int = -1
        # Book
        self.working: bool = False
        self.working_time: int = -1
        self.visible: int = 0
        self.level: Level | None = None
        self.prev: Order | None = None
        self.next: Order | None = None
        self.locked: int = 0
        self.short: bool = False
        """A reverse market order that the book could not fill whole: it ends EXPIRED."""
        # Lists, amendments, SOR
        self.list: OrderList | None = None
        self.mate: Order | None = None
        """The other order of a live OCO pair."""
        self.amends: int = 0
        self.floor: str = ""
        self.expiry_reason: str = ""

    @property
    def side(self) -> str:
        """BUY or SELL."""
        return "BUY" if self.buy else "SELL"

    @property
    def order_list_id(self) -> int:
        """-1 outside of a list."""
        return -1 if self.list is None else self.list.order_list_id


def need(order: Order) -> int:
    """What an order that waits or rests must have locked: quote for a buyer, base for a seller."""
    if not order.buy:
        return order.rest
    return (order.price or order.bound) * order.rest // UNIT


class OrderList:
    """OCO, OTO or OTOCO. `orders` in the documents' order: working first, then stop leg, then the other leg."""

    __slots__ = (
        "account",
        "closing",
        "contingency_type",
        "list_client_order_id",
        "list_order_status",
        "list_status_type",
        "market",
        "order_list_id",
        "orders",
        "pending",
        "time",
        "transaction_time",
        "working",
    )

    def __init__(
        self, market: Market, account: Account, contingency_type: str, list_client_order_id: str, orders: list[Order]
    ) -> None:
        self.market: Market = market
        self.account: Account = account
        self.contingency_type: str = contingency_type
        self.list_client_order_id: str = list_client_order_id
        self.orders: list[Order] = orders
        self.order_list_id: int = -1
        self.list_status_type: str = "EXEC_STARTED"
        self.list_order_status: str = "EXECUTING"
        self.time: int = -1
        self.transaction_time: int = -1
        self.working: Order | None = orders[0] if contingency_type == "OTO" else None
        self.pending: list[Order] = orders[1:] if contingency_type == "OTO" else []
        self.closing: bool = False
        """Being canceled as a whole: the end of one order must not act on the others."""

    @property
    def is_open(self) -> bool:
        """Whether an order of it still is."""
        return self.list_order_status == "EXECUTING"
