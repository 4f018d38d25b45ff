"""Replies of the order list calls."""

from typing import Generic, TypeVar

from binance_async.us.types.trading import OrderList

ReportT = TypeVar("ReportT")


class PlacedOrderList(OrderList, Generic[ReportT], frozen=True, kw_only=True, rename="camel"):
    """A placed order list; its reports are all of the kind that newOrderRespType asks for."""

    order_reports: list[ReportT]
