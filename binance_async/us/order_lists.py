# mypy: disable-error-code="empty-body"
"""Order lists of Binance.US: an OCO is two orders of which one cancels the other.

What a placed list tells of its orders depends on `new_order_resp_type`. The WebSocket API's page says that it is FULL
when it is not given, the example beside it and REST's page show RESULT, so that the reply may then be any of the
three. The overloads take the orders from a `TypedDict`, as in `trading`.
"""

from typing import Required, TypedDict, Unpack, overload

from binance_async.core.endpoint import USER_DATA, Group, delete, get, post
from binance_async.core.wire import Number, Time
from binance_async.us.enums import (
    AckResp,
    FullResp,
    NewOrderRespTypeLike,
    ResultResp,
    SelfTradePreventionModeLike,
    SideLike,
    TimeInForceLike,
)
from binance_async.us.types.order_lists import PlacedOrderList
from binance_async.us.types.trading import CanceledOrderList, OrderAck, OrderFull, OrderList, OrderResult


class OcoOrders(TypedDict, total=False):
    """The orders of an OCO."""

    quantity: Required[Number]
    price: Required[Number]
    stop_price: Required[Number]
    list_client_order_id: str | None
    limit_client_order_id: str | None
    limit_iceberg_qty: Number | None
    trailing_delta: int | None
    stop_client_order_id: str | None
    stop_limit_price: Number | None
    stop_iceberg_qty: Number | None
    stop_limit_time_in_force: TimeInForceLike | None
    self_trade_prevention_mode: SelfTradePreventionModeLike | None
    recv_window: Number | None


class OrderLists(Group):
    """Order lists."""

    @overload
    async def place_oco(
        self, symbol: str, side: SideLike, *, new_order_resp_type: AckResp, **orders: Unpack[OcoOrders]
    ) -> PlacedOrderList[OrderAck]: ...
    @overload
    async def place_oco(
        self, symbol: str, side: SideLike, *, new_order_resp_type: ResultResp, **orders: Unpack[OcoOrders]
    ) -> PlacedOrderList[OrderResult]: ...
    @overload
    async def place_oco(
        self, symbol: str, side: SideLike, *, new_order_resp_type: FullResp, **orders: Unpack[OcoOrders]
    ) -> PlacedOrderList[OrderFull]: ...
    @overload
    async def place_oco(
        self,
        symbol: str,
        side: SideLike,
        *,
        new_order_resp_type: NewOrderRespTypeLike | None = None,
        **orders: Unpack[OcoOrders],
    ) -> PlacedOrderList[OrderFull] | PlacedOrderList[OrderResult] | PlacedOrderList[OrderAck]: ...
    @post(
        "/api/v3/order/oco",
        weight=1,
        ws="orderList.place",
        orders=2,
        client_id="listClientOrderId",
        resolve="order_list",
    )
    async def place_oco(
        self,
        symbol: str,
        side: SideLike,
        *,
        quantity: Number,
        price: Number,
        stop_price: Number,
        list_client_order_id: str | None = None,
        limit_client_order_id: str | None = None,
        limit_iceberg_qty: Number | None = None,
        trailing_delta: int | None = None,
        stop_client_order_id: str | None = None,
        stop_limit_price: Number | None = None,
        stop_iceberg_qty: Number | None = None,
        stop_limit_time_in_force: TimeInForceLike | None = None,
        new_order_resp_type: NewOrderRespTypeLike | None = None,
        self_trade_prevention_mode: SelfTradePreventionModeLike | None = None,
        recv_window: Number | None = None,
    ) -> PlacedOrderList[OrderFull] | PlacedOrderList[OrderResult] | PlacedOrderList[OrderAck]:
        """A LIMIT_MAKER at `price` and a stop at `stop_price`, a stop-limit if `stop_limit_price` is given."""
        ...

    @delete("/api/v3/orderList", weight=1, ws="orderList.cancel", resolve="cancel_list")
    async def cancel_order_list(
        self,
        symbol: str,
        *,
        order_list_id: int | None = None,
        list_client_order_id: str | None = None,
        new_client_order_id: str | None = None,
        recv_window: Number | None = None,
    ) -> CanceledOrderList:
        """Cancel an order list, by the exchange's id or your own."""
        ...

    @get("/api/v3/orderList", weight=2, security=USER_DATA, ws="orderList.status")
    async def order_list(
        self,
        *,
        order_list_id: int | None = None,
        orig_client_order_id: str | None = None,
        recv_window: Number | None = None,
    ) -> OrderList:
        """One order list, by the exchange's id or your own (its `list_client_order_id`)."""
        ...

    @get("/api/v3/allOrderList", weight=10, security=USER_DATA, ws="allOrderLists")
    async def all_order_lists(
        self,
        *,
        from_id: int | None = None,
        start_time: Time | None = None,
        end_time: Time | None = None,
        limit: int | None = None,
        recv_window: Number | None = None,
    ) -> list[OrderList]:
        """Order lists of every state: the latest, those from `from_id` on, or those of a time range."""
        ...

    @get("/api/v3/openOrderList", weight=3, security=USER_DATA, ws="openOrderLists.status")
    async def open_order_lists(self, *, recv_window: Number | None = None) -> list[OrderList]:
        """The open order lists."""
        ...
