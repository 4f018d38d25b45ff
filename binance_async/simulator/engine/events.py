"""What the engine tells: events of an account and of the markets, each with its documented payload.

An event is a snapshot: it holds what was true when it happened, whatever happens afterwards. Its `payload` is built
when asked for, because most events of a busy market are asked for by nobody.

One command tells, in this order: for each order that it touches the executionReports as they happened (NEW before the
first TRADE, an order's TRADE before its end), a listStatus after the reports that it sums up, and once at the end an
outboundAccountPosition with every balance that changed. A deposit, withdrawal or outside lock tells its own event
before that position. In the markets: the trades, then their aggregates, then the best prices if they changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from binance_async.simulator.engine.amounts import notional, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from binance_async.simulator.engine.accounts import Balance
    from binance_async.simulator.engine.orders import Order, OrderList
    from binance_async.simulator.engine.records import Allocation, Trade

__all__ = [
    "AccountEvent",
    "AccountListener",
    "AccountPosition",
    "BalanceUpdate",
    "BookTicker",
    "ExecutionReport",
    "ListStatus",
    "MarketEvent",
    "MarketListener",
]


class AccountEvent(Protocol):
    """One event of a user data stream."""

    @property
    def kind(self) -> str:
        """`executionReport`, `outboundAccountPosition`, `balanceUpdate`, `listStatus` or `externalLockUpdate`."""
        ...

    @property
    def time(self) -> int:
        """When, in microseconds: the event's `E`."""
        ...

    def payload(self, *, micro: bool = False) -> dict[str, Any]:
        """The documented event, without the envelope of the WebSocket API."""
        ...


class MarketEvent(Protocol):
    """One event of a real-time market stream."""

    @property
    def kind(self) -> str:
        """`trade`, `aggTrade` or `bookTicker`."""
        ...

    @property
    def symbol(self) -> str:
        """The symbol, in capitals."""
        ...

    def payload(self, *, micro: bool = False) -> dict[str, Any]:
        """The documented event."""
        ...


class AccountListener(Protocol):
    """Takes the events of one account, in order. Must not raise."""

    def __call__(self, event: AccountEvent, /) -> None:
        """One event."""
        ...


class MarketListener(Protocol):
    """Takes the real-time events of the symbols it was registered for, in order. Must not raise."""

    def __call__(self, event: MarketEvent, /) -> None:
        """One event."""
        ...


def _stamp(time: int, *, micro: bool) -> int:
    return time if micro or time < 0 else time // 1000


class ExecutionReport:
    """What happened to an order. The slots bear the documented names of the fields, spelt out."""

    kind = "executionReport"

    __slots__ = (
        "client_order_id",
        "commission",
        "commission_asset",
        "conditional",
        "execution_id",
        "execution_type",
        "expiry_reason",
        "filled",
        "iceberg_qty",
        "is_maker",
        "is_working",
        "last_price",
        "last_qty",
        "last_quote",
        "order_creation_time",
        "order_id",
        "order_list_id",
        "order_type",
        "orig_client_order_id",
        "price",
        "qty",
        "quote_filled",
        "quote_order_qty",
        "reject_reason",
        "side",
        "status",
        "stop_price",
        "stp",
        "symbol",
        "time",
        "time_in_force",
        "trade_id",
        "trailing_time",
        "working_time",
    )

    def __init__(self, order: Order, execution_type: str, time: int, execution_id: int) -> None:
        self.time: int = time
        self.symbol: str = order.market.spec.symbol
        self.client_order_id: str = order.client_order_id
        self.side: str = order.side
        self.order_type: str = order.type
        self.time_in_force: str = order.time_in_force
        self.qty: int = order.qty
        self.price: int = order.price
        self.stop_price: int = order.stop_price
        self.iceberg_qty: int = order.iceberg_qty
        self.order_list_id: int = order.order_list_id
        self.orig_client_order_id: str = ""
        self.execution_type: str = execution_type
        self.status: str = order.status
        self.reject_reason: str = "NONE"
        self.order_id: int = order.order_id
        self.last_qty: int = 0
        self.filled: int = order.filled
        self.last_price: int = 0
        self.commission: int = 0
        self.commission_asset: str | None = None
        self.trade_id: int = -1
        self.execution_id: int = execution_id
        self.is_working: bool = order.working and order.status in ("NEW", "PARTIALLY_FILLED")
        self.is_maker: bool = False
        self.order_creation_time: int = order.time
        self.quote_filled: int = order.quote_filled
        self.last_quote: int = 0
        self.quote_order_qty: int = order.quote_order_qty
        self.working_time: int = order.working_time
        self.stp: str = order.stp
        self.trailing_time: int = order.trailing_time
        self.expiry_reason: str = order.expiry_reason
        self.conditional: dict[str, Any] = _conditional(order)

    def of_trade(self, trade: Trade, commission: int, commission_asset: str, *, is_maker: bool) -> None:
        """The fill that is reported."""
        self.last_qty = trade.qty
        self.last_price = trade.price
        self.last_quote = trade.quote
        self.trade_id = trade.id
        self.commission = commission
        self.commission_asset = commission_asset
        self.is_maker = is_maker

    def of_allocation(self, allocation: Allocation) -> None:
        """The router's fill that is reported."""
        self.last_qty = allocation.qty
        self.last_price = allocation.price
        self.last_quote = allocation.quote
        self.commission = allocation.commission
        self.commission_asset = allocation.commission_asset
        self.conditional["b"] = "ONE_PARTY_TRADE_REPORT"
        self.conditional["a"] = allocation.id

    def of_prevention(self, counter: Order, prevented: int, qty: int, price: int, trade_group_id: int) -> None:
        """The self-trade that was prevented: `prevented` expired now, `qty` at `price` would have traded."""
        self.conditional["B"] = text(prevented)
        if trade_group_id >= 0:
            self.conditional["u"] = trade_group_id
        self.conditional["U"] = counter.order_id
        self.conditional["Cs"] = self.symbol
        self.conditional["pl"] = text(qty)
        self.conditional["pL"] = text(price)
        self.conditional["pY"] = text(notional(price, qty))

    def payload(self, *, micro: bool = False) -> dict[str, Any]:
        """The `executionReport`."""
        time = _stamp(self.time, micro=micro)
        report = {
            "e": self.kind,
            "E": time,
            "s": self.symbol,
            "c": self.client_order_id,
            "S": self.side,
            "o": self.order_type,
            "f": self.time_in_force,
            "q": text(self.qty),
            "p": text(self.price),
            "P": text(self.stop_price),
            "F": text(self.iceberg_qty),
            "g": self.order_list_id,
            "C": self.orig_client_order_id,
            "x": self.execution_type,
            "X": self.status,
            "r": self.reject_reason,
            "i": self.order_id,
            "l": text(self.last_qty),
            "z": text(self.filled),
            "L": text(self.last_price),
            "n": text(self.commission) if self.commission_asset else "0",
            "N": self.commission_asset,
            "T": time,
            "t": self.trade_id,
            "I": self.execution_id,
            "w": self.is_working,
            "m": self.is_maker,
            "M": False,
            "O": _stamp(self.order_creation_time, micro=micro),
            "Z": text(self.quote_filled),
            "Y": text(self.last_quote),
            "Q": text(self.quote_order_qty),
        }
        if self.working_time >= 0:
            report["W"] = _stamp(self.working_time, micro=micro)
        report["V"] = self.stp
        report.update(self.conditional)
        if self.trailing_time >= 0:
            report["D"] = _stamp(self.trailing_time, micro=micro)
        if self.expiry_reason:
            report["eR"] = self.expiry_reason
        return report


def _conditional(order: Order) -> dict[str, Any]:
    """The fields that only some orders have."""
    fields: dict[str, Any] = {}
    if order.trailing_delta:
        fields["d"] = order.trailing_delta
    if order.strategy_id is not None:
        fields["j"] = order.strategy_id
    if order.strategy_type is not None:
        fields["J"] = order.strategy_type
    if order.prevented:
        fields["v"] = order.prevented_match_id
        fields["A"] = text(order.prevented)
    if order.floor:
        fields["k"] = order.floor
        fields["uS"] = True
    return fields


class AccountPosition:
    """The balances that a command has changed."""

    kind = "outboundAccountPosition"

    __slots__ = ("balances", "time", "update_time")

    def __init__(self, balances: Iterable[Balance], time: int, update_time: int) -> None:
        self.time: int = time
        self.update_time: int = update_time
        self.balances: list[tuple[str, int, int]] = [(each.asset, each.free, each.locked) for each in balances]

    def payload(self, *, micro: bool = False) -> dict[str, Any]:
        """The `outboundAccountPosition`."""
        return {
            "e": self.kind,
            "E": _stamp(self.time, micro=micro),
            "u": _stamp(self.update_time, micro=micro),
            "B": [{"a": asset, "f": text(free), "l": text(locked)} for asset, free, locked in self.balances],
        }


class BalanceUpdate:
    """A deposit or withdrawal (`balanceUpdate`), or an outside lock (`externalLockUpdate`)."""

    __slots__ = ("asset", "delta", "kind", "time")

    def __init__(self, kind: str, asset: str, delta: int, time: int) -> None:
        self.kind: str = kind
        self.asset: str = asset
        self.delta: int = delta
        self.time: int = time

    def payload(self, *, micro: bool = False) -> dict[str, Any]:
        """The event."""
        time = _stamp(self.time, micro=micro)
        return {"e": self.kind, "E": time, "a": self.asset, "d": text(self.delta), "T": time}


class ListStatus:
    """What happened to an order list."""

    kind = "listStatus"

    __slots__ = ("client_order_id", "contingency_type", "list_id", "list_order_status", "list_status_type", "orders",
                 "reject_reason", "symbol", "time")  # fmt: skip

    def __init__(self, orders: OrderList, time: int, list_status_type: str, reject_reason: str = "NONE") -> None:
        self.time: int = time
        self.symbol: str = orders.market.spec.symbol
        self.list_id: int = orders.order_list_id
        self.contingency_type: str = orders.contingency_type
        self.list_status_type: str = list_status_type
        self.list_order_status: str = orders.list_order_status
        self.reject_reason: str = reject_reason
        self.client_order_id: str = orders.list_client_order_id
        self.orders: list[tuple[int, str]] = [(order.order_id, order.client_order_id) for order in orders.orders]

    def payload(self, *, micro: bool = False) -> dict[str, Any]:
        """The `listStatus`."""
        time = _stamp(self.time, micro=micro)
        return {
            "e": self.kind,
            "E": time,
            "s": self.symbol,
            "g": self.list_id,
            "c": self.contingency_type,
            "l": self.list_status_type,
            "L": self.list_order_status,
            "r": self.reject_reason,
            "C": self.client_order_id,
            "T": time,
            "O": [{"s": self.symbol, "i": order_id, "c": client_id} for order_id, client_id in self.orders],
        }


class BookTicker:
    """The best prices have changed."""

    kind = "bookTicker"

    __slots__ = ("best", "symbol", "update_id")

    def __init__(self, symbol: str, update_id: int, best: tuple[int, int, int, int]) -> None:
        self.symbol: str = symbol
        self.update_id: int = update_id
        self.best: tuple[int, int, int, int] = best

    def payload(self, *, micro: bool = False) -> dict[str, Any]:
        """The `bookTicker` event, which bears no time."""
        bid, bid_qty, ask, ask_qty = self.best
        return {
            "u": self.update_id,
            "s": self.symbol,
            "b": text(bid),
            "B": text(bid_qty),
            "a": text(ask),
            "A": text(ask_qty),
        }
