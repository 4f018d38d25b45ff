"""Replies of the order list calls."""

from decimal import Decimal
from typing import Generic, TypeVar

from msgspec import Struct

from binance_async.spot.enums import ContingencyType, ListOrderStatus, ListStatusType
from binance_async.spot.types.trading import Fill, ListedOrder, PlacedOrder

ReportT = TypeVar("ReportT")


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


class PlacedOrderList(OrderList, Generic[ReportT], frozen=True, kw_only=True, rename="camel"):
    """A placed order list; its reports are all of the kind that newOrderRespType asks for."""

    order_reports: list[ReportT]


class OpoOrderResult(PlacedOrder, frozen=True, kw_only=True, rename="camel"):
    """An order of an OPO or OPOCO list, newOrderRespType RESULT.

    A pending order sells what the working order will have bought, so that it has no quantity of its own yet.
    """

    orig_qty: Decimal | None = None


class OpoOrderFull(OpoOrderResult, frozen=True, kw_only=True, rename="camel"):
    """An order of an OPO or OPOCO list, newOrderRespType FULL."""

    fills: list[Fill]
