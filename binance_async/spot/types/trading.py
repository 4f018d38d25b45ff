"""Replies of the trading calls.

What an order's JSON holds depends on the order: an iceberg has an iceberg quantity, a pegged order its peg. Those
fields stand in `ConditionalFields`, None where the order is of another kind. All other fields are always there, or
say why they may not be.
"""

from decimal import Decimal
from typing import Generic, TypeAlias, TypeVar

from msgspec import Struct

from binance_async.spot.enums import (
    CancelReplaceResult,
    ContingencyType,
    ExpiryReason,
    ListOrderStatus,
    ListStatusType,
    MatchType,
    OrderStatus,
    OrderType,
    PegOffsetType,
    PegPriceType,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
    WorkingFloor,
)
from binance_async.spot.types.account import CommissionDiscount

NewOrderT = TypeVar("NewOrderT")
CancelT = TypeVar("CancelT")


class ConditionalFields(Struct, frozen=True, repr_omit_defaults=True, kw_only=True, rename="camel"):
    """What only orders of some kinds have: icebergs, stops, trailing stops, pegs, orders by SOR, prevented matches."""

    iceberg_qty: Decimal | None = None
    prevented_match_id: int | None = None
    prevented_quantity: Decimal | None = None
    stop_price: Decimal | None = None
    strategy_id: int | None = None
    strategy_type: int | None = None
    trailing_delta: int | None = None
    trailing_time: int | None = None
    used_sor: bool | None = None
    working_floor: WorkingFloor | None = None
    peg_price_type: PegPriceType | None = None
    peg_offset_type: PegOffsetType | None = None
    peg_offset_value: int | None = None
    pegged_price: Decimal | None = None


class OrderFields(ConditionalFields, frozen=True, kw_only=True, rename="camel"):
    """What every report of an order has. `order_list_id` is -1 outside of order lists."""

    symbol: str
    order_id: int
    order_list_id: int
    client_order_id: str
    price: Decimal
    executed_qty: Decimal
    status: OrderStatus
    time_in_force: TimeInForce
    type: OrderType
    side: Side


class OrderAck(Struct, frozen=True, kw_only=True, rename="camel"):
    """A placed order, newOrderRespType ACK: it was taken, and nothing is said of what became of it."""

    symbol: str
    order_id: int
    order_list_id: int
    client_order_id: str
    transact_time: int


class PreventedMatch(Struct, frozen=True, kw_only=True, rename="camel"):
    """A match that self-trade prevention kept a new order from."""

    prevented_match_id: int
    maker_order_id: int | None = None
    price: Decimal | None = None
    taker_prevented_quantity: Decimal | None = None
    maker_prevented_quantity: Decimal | None = None
    maker_symbol: str | None = None


class PlacedOrder(OrderFields, frozen=True, kw_only=True, rename="camel"):
    """What RESULT and FULL tell of a placed order. `working_time` is -1 while it is not on the book.

    The last six fields are younger than the oldest documented replies, or conditional.
    """

    transact_time: int
    cummulative_quote_qty: Decimal
    orig_quote_order_qty: Decimal | None = None
    working_time: int | None = None
    self_trade_prevention_mode: SelfTradePreventionMode | None = None
    expiry_reason: ExpiryReason | None = None
    trade_group_id: int | None = None
    prevented_matches: list[PreventedMatch] | None = None


class OrderResult(PlacedOrder, frozen=True, kw_only=True, rename="camel"):
    """A placed order, newOrderRespType RESULT: its state without its fills."""

    orig_qty: Decimal


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


class SorFill(Fill, frozen=True, kw_only=True, rename="camel"):
    """A fill of an order by SOR; one by allocation says so and has a `trade_id` of -1."""

    match_type: MatchType | None = None
    alloc_id: int | None = None


class SorOrderFull(OrderResult, frozen=True, kw_only=True, rename="camel"):
    """An order placed by SOR, newOrderRespType FULL."""

    fills: list[SorFill]


class ValidOrder(Struct, frozen=True, kw_only=True, rename="camel"):
    """A test order would have been sent to the matching engine; nothing more is said."""


class OrderCommissionRates(Struct, frozen=True, kw_only=True, rename="camel"):
    """Commission rates of one order."""

    maker: Decimal
    taker: Decimal


class OrderCommission(Struct, frozen=True, kw_only=True, rename="camel"):
    """What the commission on a test order would have been."""

    standard_commission_for_order: OrderCommissionRates
    special_commission_for_order: OrderCommissionRates | None = None
    tax_commission_for_order: OrderCommissionRates
    discount: CommissionDiscount


class Order(OrderFields, frozen=True, kw_only=True, rename="camel"):
    """An order as the queries tell it. A negative `cummulative_quote_qty` is one that the exchange no longer knows."""

    orig_qty: Decimal
    cummulative_quote_qty: Decimal
    orig_quote_order_qty: Decimal
    time: int
    update_time: int
    is_working: bool
    working_time: int
    self_trade_prevention_mode: SelfTradePreventionMode
    expiry_reason: ExpiryReason | None = None


class CanceledFields(OrderFields, frozen=True, kw_only=True, rename="camel"):
    """What every report of a cancelled order has. `client_order_id` is the cancel's own."""

    orig_qty: Decimal
    cummulative_quote_qty: Decimal
    orig_quote_order_qty: Decimal | None = None
    self_trade_prevention_mode: SelfTradePreventionMode


class CanceledOrder(CanceledFields, frozen=True, kw_only=True, rename="camel"):
    """A cancelled order. `client_order_id` is the cancel's own, the order's is `orig_client_order_id`."""

    orig_client_order_id: str
    transact_time: int


class CanceledReport(CanceledFields, frozen=True, kw_only=True, rename="camel"):
    """An order of a cancelled list, or the cancelled leg of a half-failed cancel-and-replace.

    Some documented replies of these lack one of the two fields.
    """

    orig_client_order_id: str | None = None
    transact_time: int | None = None


class ListedOrder(Struct, frozen=True, kw_only=True, rename="camel"):
    """An order as its list names it."""

    symbol: str
    order_id: int
    client_order_id: str


class CanceledOrderList(Struct, frozen=True, kw_only=True, rename="camel"):
    """A cancelled order list with all its orders."""

    order_list_id: int
    contingency_type: ContingencyType
    list_status_type: ListStatusType
    list_order_status: ListOrderStatus
    list_client_order_id: str
    transaction_time: int
    symbol: str
    orders: list[ListedOrder]
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


class AmendedOrder(OrderFields, frozen=True, kw_only=True, rename="camel"):
    """An order after its quantity was reduced. `working_time` is missing while it is pending in a list."""

    orig_client_order_id: str
    qty: Decimal
    prevented_qty: Decimal
    quote_order_qty: Decimal
    cumulative_quote_qty: Decimal
    working_time: int | None = None
    self_trade_prevention_mode: SelfTradePreventionMode


class AmendedListStatus(Struct, frozen=True, kw_only=True, rename="camel"):
    """The order list of an amended order."""

    order_list_id: int
    contingency_type: ContingencyType
    list_order_status: ListOrderStatus
    list_client_order_id: str
    symbol: str
    orders: list[ListedOrder]


class OrderAmended(Struct, frozen=True, kw_only=True, rename="camel"):
    """An amended order, with its order list if it stands in one."""

    transact_time: int
    execution_id: int
    amended_order: AmendedOrder
    list_status: AmendedListStatus | None = None
