"""Replies of the trading calls.

What an order's JSON holds depends on the order: an iceberg has an iceberg quantity, a trailing stop its delta. Those
fields stand in `ConditionalFields`, None where the order is of another kind. Fields that some of the documented
replies of one call lack are None where they are missing, so that no reply to an order is lost for want of them.
"""

from decimal import Decimal
from typing import Generic, TypeAlias, TypeVar

from msgspec import Struct

from binance_async.us.enums import (
    CancelReplaceResult,
    ContingencyType,
    ListOrderStatus,
    ListStatusType,
    OrderStatus,
    OrderType,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
)

NewOrderT = TypeVar("NewOrderT")
CancelT = TypeVar("CancelT")


class ConditionalFields(Struct, frozen=True, repr_omit_defaults=True, kw_only=True, rename="camel"):
    """What only orders of some kinds have: icebergs, stops, trailing stops, strategies, prevented matches."""

    iceberg_qty: Decimal | None = None
    prevented_match_id: int | None = None
    prevented_quantity: Decimal | None = None
    stop_price: Decimal | None = None
    strategy_id: int | None = None
    strategy_type: int | None = None
    trailing_delta: int | None = None
    trailing_time: int | None = None


class OrderFields(ConditionalFields, frozen=True, kw_only=True, rename="camel"):
    """What every report of an order has. `order_list_id` is -1 outside of order lists."""

    symbol: str
    order_id: int
    order_list_id: int
    client_order_id: str
    price: Decimal
    orig_qty: Decimal
    executed_qty: Decimal
    cummulative_quote_qty: Decimal
    status: OrderStatus
    time_in_force: TimeInForce
    type: OrderType
    side: Side
    self_trade_prevention_mode: SelfTradePreventionMode | None = None


class OrderAck(Struct, frozen=True, kw_only=True, rename="camel"):
    """A placed order, newOrderRespType ACK: it was taken, and nothing is said of what became of it."""

    symbol: str
    order_id: int
    order_list_id: int
    client_order_id: str
    transact_time: int


class OrderResult(OrderFields, frozen=True, kw_only=True, rename="camel"):
    """A placed order, newOrderRespType RESULT: its state without its fills.

    `working_time` is -1 while it is not on the book.
    """

    transact_time: int
    working_time: int | None = None


class Fill(Struct, frozen=True, kw_only=True, rename="camel"):
    """A trade that filled a placed order at once."""

    price: Decimal
    qty: Decimal
    commission: Decimal
    commission_asset: str
    trade_id: int


class OrderFull(OrderResult, frozen=True, kw_only=True, rename="camel"):
    """A placed order, newOrderRespType FULL: its state and the fills that it met."""

    fills: list[Fill]


class ValidOrder(Struct, frozen=True, kw_only=True, rename="camel"):
    """A test order would have been sent to the matching engine; nothing more is said."""


class Order(OrderFields, frozen=True, kw_only=True, rename="camel"):
    """An order as the queries tell it. A negative `cummulative_quote_qty` is one that the exchange no longer knows."""

    orig_quote_order_qty: Decimal
    time: int
    update_time: int
    is_working: bool
    working_time: int | None = None


class CanceledOrder(OrderFields, frozen=True, kw_only=True, rename="camel"):
    """A cancelled order. `client_order_id` is the cancel's own, the order's is `orig_client_order_id`."""

    orig_client_order_id: str
    transact_time: int | None = None


class CanceledReport(OrderFields, frozen=True, kw_only=True, rename="camel"):
    """An order of a cancelled list. The document shows either the order's own id or the time, hardly ever both."""

    orig_client_order_id: str | None = None
    transact_time: int | None = None


class ListedOrder(Struct, frozen=True, kw_only=True, rename="camel"):
    """An order as its list names it."""

    symbol: str
    order_id: int
    client_order_id: str


class OrderList(Struct, frozen=True, kw_only=True, rename="camel"):
    """An order list as the queries tell it."""

    order_list_id: int
    contingency_type: ContingencyType
    list_status_type: ListStatusType
    list_order_status: ListOrderStatus
    list_client_order_id: str
    transaction_time: int
    symbol: str
    orders: list[ListedOrder]


class CanceledOrderList(OrderList, frozen=True, kw_only=True, rename="camel"):
    """A cancelled order list with all its orders."""

    order_reports: list[CanceledReport]


class CancelReplaced(Struct, Generic[NewOrderT], frozen=True, kw_only=True, rename="camel"):
    """Cancelled and replaced, both with success."""

    cancel_result: CancelReplaceResult
    new_order_result: CancelReplaceResult
    cancel_response: CanceledOrder
    new_order_response: NewOrderT


class LegError(Struct, frozen=True, kw_only=True, rename="camel"):
    """Why one leg of cancel-and-replace failed."""

    code: int
    msg: str


class CancelReplaceLegs(Struct, Generic[CancelT, NewOrderT], frozen=True, kw_only=True, rename="camel"):
    """The `data` of a cancel-and-replace that failed in part (-2021) or whole (-2022): what became of each leg.

    `new_order_response` is None when the new order was not attempted.
    """

    cancel_result: CancelReplaceResult
    new_order_result: CancelReplaceResult
    cancel_response: CancelT
    new_order_response: NewOrderT


CancelReplaceFailure: TypeAlias = (
    CancelReplaceLegs[LegError, None]
    | CancelReplaceLegs[LegError, LegError]
    | CancelReplaceLegs[CanceledReport, LegError]
    | CancelReplaceLegs[LegError, OrderFull]
    | CancelReplaceLegs[LegError, OrderResult]
    | CancelReplaceLegs[LegError, OrderAck]
)
"""Every way in which cancel-and-replace can fail; `decoding.decoder_for(CancelReplaceFailure)` reads its `data`."""
