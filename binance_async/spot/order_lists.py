# mypy: disable-error-code="empty-body"
"""Order lists of spot: orders that depend on each other, and are placed and cancelled together.

    OCO     two orders, of which one cancels the other
    OTO     a working order, and a pending one that is placed once the first is filled whole
    OTOCO   a working order, and a pending OCO
    OPO     as OTO, where the pending order sells what the working one bought
    OPOCO   as OTOCO, likewise

What a placed list tells of its orders depends on `new_order_resp_type`. The exchange does not say what that is when it
is not given, so that the reply may then be any of the three. The overloads take the orders from a `TypedDict`, as in
`trading`.
"""

from typing import Required, TypedDict, Unpack, overload

from binance_async.core.endpoint import USER_DATA, Group, delete, get, post
from binance_async.core.wire import Number, Time
from binance_async.spot.enums import (
    AckResp,
    FullResp,
    NewOrderRespTypeLike,
    OrderTypeLike,
    PegOffsetTypeLike,
    PegPriceTypeLike,
    ResultResp,
    SelfTradePreventionModeLike,
    SideLike,
    TimeInForceLike,
)
from binance_async.spot.types.order_lists import OpoOrderFull, OpoOrderResult, OrderList, PlacedOrderList
from binance_async.spot.types.trading import CanceledOrderList, OrderAck, OrderFull, OrderResult


class ListOptions(TypedDict, total=False):
    """The optional arguments of every order list, whatever it answers."""

    list_client_order_id: str | None
    self_trade_prevention_mode: SelfTradePreventionModeLike | None
    recv_window: Number | None


class OcoDeprecatedOrders(ListOptions, total=False):
    """The orders of an OCO in its older form."""

    quantity: Required[Number]
    price: Required[Number]
    stop_price: Required[Number]
    limit_client_order_id: str | None
    limit_strategy_id: int | None
    limit_strategy_type: int | None
    limit_iceberg_qty: Number | None
    trailing_delta: int | None
    stop_client_order_id: str | None
    stop_strategy_id: int | None
    stop_strategy_type: int | None
    stop_limit_price: Number | None
    stop_iceberg_qty: Number | None
    stop_limit_time_in_force: TimeInForceLike | None


class OcoOrders(ListOptions, total=False):
    """The two orders of an OCO: one above the price and one below."""

    quantity: Required[Number]
    above_type: Required[OrderTypeLike]
    below_type: Required[OrderTypeLike]
    above_client_order_id: str | None
    above_price: Number | None
    above_stop_price: Number | None
    above_trailing_delta: int | None
    above_iceberg_qty: Number | None
    above_time_in_force: TimeInForceLike | None
    above_strategy_id: int | None
    above_strategy_type: int | None
    above_peg_price_type: PegPriceTypeLike | None
    above_peg_offset_type: PegOffsetTypeLike | None
    above_peg_offset_value: int | None
    below_client_order_id: str | None
    below_price: Number | None
    below_stop_price: Number | None
    below_trailing_delta: int | None
    below_iceberg_qty: Number | None
    below_time_in_force: TimeInForceLike | None
    below_strategy_id: int | None
    below_strategy_type: int | None
    below_peg_price_type: PegPriceTypeLike | None
    below_peg_offset_type: PegOffsetTypeLike | None
    below_peg_offset_value: int | None


class WorkingOrder(ListOptions, total=False):
    """The order that works first."""

    working_type: Required[OrderTypeLike]
    working_side: Required[SideLike]
    working_price: Required[Number]
    working_quantity: Required[Number]
    working_client_order_id: str | None
    working_iceberg_qty: Number | None
    working_time_in_force: TimeInForceLike | None
    working_strategy_id: int | None
    working_strategy_type: int | None
    working_peg_price_type: PegPriceTypeLike | None
    working_peg_offset_type: PegOffsetTypeLike | None
    working_peg_offset_value: int | None


class OpoOrders(WorkingOrder, total=False):
    """A working order, and the pending one that sells what it bought."""

    pending_type: Required[OrderTypeLike]
    pending_side: Required[SideLike]
    pending_client_order_id: str | None
    pending_price: Number | None
    pending_stop_price: Number | None
    pending_trailing_delta: int | None
    pending_iceberg_qty: Number | None
    pending_time_in_force: TimeInForceLike | None
    pending_strategy_id: int | None
    pending_strategy_type: int | None
    pending_peg_price_type: PegPriceTypeLike | None
    pending_peg_offset_type: PegOffsetTypeLike | None
    pending_peg_offset_value: int | None


class OtoOrders(OpoOrders, total=False):
    """A working order, and the pending one that is placed once it is filled."""

    pending_quantity: Required[Number]


class OpocoOrders(WorkingOrder, total=False):
    """A working order, and the pending pair that sells what it bought."""

    pending_side: Required[SideLike]
    pending_above_type: Required[OrderTypeLike]
    pending_above_client_order_id: str | None
    pending_above_price: Number | None
    pending_above_stop_price: Number | None
    pending_above_trailing_delta: int | None
    pending_above_iceberg_qty: Number | None
    pending_above_time_in_force: TimeInForceLike | None
    pending_above_strategy_id: int | None
    pending_above_strategy_type: int | None
    pending_above_peg_price_type: PegPriceTypeLike | None
    pending_above_peg_offset_type: PegOffsetTypeLike | None
    pending_above_peg_offset_value: int | None
    pending_below_type: OrderTypeLike | None
    pending_below_client_order_id: str | None
    pending_below_price: Number | None
    pending_below_stop_price: Number | None
    pending_below_trailing_delta: int | None
    pending_below_iceberg_qty: Number | None
    pending_below_time_in_force: TimeInForceLike | None
    pending_below_strategy_id: int | None
    pending_below_strategy_type: int | None
    pending_below_peg_price_type: PegPriceTypeLike | None
    pending_below_peg_offset_type: PegOffsetTypeLike | None
    pending_below_peg_offset_value: int | None


class OtocoOrders(OpocoOrders, total=False):
    """A working order, and the pending pair that is placed once it is filled."""

    pending_quantity: Required[Number]


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
        "/api/v3/orderList/oco",
        weight=1,
        ws="orderList.place.oco",
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
        above_type: OrderTypeLike,
        below_type: OrderTypeLike,
        list_client_order_id: str | None = None,
        above_client_order_id: str | None = None,
        above_price: Number | None = None,
        above_stop_price: Number | None = None,
        above_trailing_delta: int | None = None,
        above_iceberg_qty: Number | None = None,
        above_time_in_force: TimeInForceLike | None = None,
        above_strategy_id: int | None = None,
        above_strategy_type: int | None = None,
        above_peg_price_type: PegPriceTypeLike | None = None,
        above_peg_offset_type: PegOffsetTypeLike | None = None,
        above_peg_offset_value: int | None = None,
        below_client_order_id: str | None = None,
        below_price: Number | None = None,
        below_stop_price: Number | None = None,
        below_trailing_delta: int | None = None,
        below_iceberg_qty: Number | None = None,
        below_time_in_force: TimeInForceLike | None = None,
        below_strategy_id: int | None = None,
        below_strategy_type: int | None = None,
        below_peg_price_type: PegPriceTypeLike | None = None,
        below_peg_offset_type: PegOffsetTypeLike | None = None,
        below_peg_offset_value: int | None = None,
        new_order_resp_type: NewOrderRespTypeLike | None = None,
        self_trade_prevention_mode: SelfTradePreventionModeLike | None = None,
        recv_window: Number | None = None,
    ) -> PlacedOrderList[OrderFull] | PlacedOrderList[OrderResult] | PlacedOrderList[OrderAck]:
        """Two orders of which one cancels the other: a stop on one side of the price, a limit on the other."""
        ...

    @overload
    async def place_oco_deprecated(
        self, symbol: str, side: SideLike, *, new_order_resp_type: AckResp, **orders: Unpack[OcoDeprecatedOrders]
    ) -> PlacedOrderList[OrderAck]: ...
    @overload
    async def place_oco_deprecated(
        self, symbol: str, side: SideLike, *, new_order_resp_type: ResultResp, **orders: Unpack[OcoDeprecatedOrders]
    ) -> PlacedOrderList[OrderResult]: ...
    @overload
    async def place_oco_deprecated(
        self, symbol: str, side: SideLike, *, new_order_resp_type: FullResp, **orders: Unpack[OcoDeprecatedOrders]
    ) -> PlacedOrderList[OrderFull]: ...
    @overload
    async def place_oco_deprecated(
        self,
        symbol: str,
        side: SideLike,
        *,
        new_order_resp_type: NewOrderRespTypeLike | None = None,
        **orders: Unpack[OcoDeprecatedOrders],
    ) -> PlacedOrderList[OrderFull] | PlacedOrderList[OrderResult] | PlacedOrderList[OrderAck]: ...
    @post(
        "/api/v3/order/oco",
        weight=1,
        ws="orderList.place",
        orders=2,
        client_id="listClientOrderId",
        resolve="order_list",
    )
    async def place_oco_deprecated(
        self,
        symbol: str,
        side: SideLike,
        *,
        quantity: Number,
        price: Number,
        stop_price: Number,
        list_client_order_id: str | None = None,
        limit_client_order_id: str | None = None,
        limit_strategy_id: int | None = None,
        limit_strategy_type: int | None = None,
        limit_iceberg_qty: Number | None = None,
        trailing_delta: int | None = None,
        stop_client_order_id: str | None = None,
        stop_strategy_id: int | None = None,
        stop_strategy_type: int | None = None,
        stop_limit_price: Number | None = None,
        stop_iceberg_qty: Number | None = None,
        stop_limit_time_in_force: TimeInForceLike | None = None,
        new_order_resp_type: NewOrderRespTypeLike | None = None,
        self_trade_prevention_mode: SelfTradePreventionModeLike | None = None,
        recv_window: Number | None = None,
    ) -> PlacedOrderList[OrderFull] | PlacedOrderList[OrderResult] | PlacedOrderList[OrderAck]:
        """An OCO in its older form: a LIMIT_MAKER at `price` and a stop at `stop_price`. Use `place_oco`."""
        ...

    @overload
    async def place_oto(
        self, symbol: str, *, new_order_resp_type: AckResp, **orders: Unpack[OtoOrders]
    ) -> PlacedOrderList[OrderAck]: ...
    @overload
    async def place_oto(
        self, symbol: str, *, new_order_resp_type: ResultResp, **orders: Unpack[OtoOrders]
    ) -> PlacedOrderList[OrderResult]: ...
    @overload
    async def place_oto(
        self, symbol: str, *, new_order_resp_type: FullResp, **orders: Unpack[OtoOrders]
    ) -> PlacedOrderList[OrderFull]: ...
    @overload
    async def place_oto(
        self, symbol: str, *, new_order_resp_type: NewOrderRespTypeLike | None = None, **orders: Unpack[OtoOrders]
    ) -> PlacedOrderList[OrderFull] | PlacedOrderList[OrderResult] | PlacedOrderList[OrderAck]: ...
    @post(
        "/api/v3/orderList/oto",
        weight=1,
        ws="orderList.place.oto",
        orders=2,
        client_id="listClientOrderId",
        resolve="order_list",
    )
    async def place_oto(
        self,
        symbol: str,
        *,
        working_type: OrderTypeLike,
        working_side: SideLike,
        working_price: Number,
        working_quantity: Number,
        pending_type: OrderTypeLike,
        pending_side: SideLike,
        pending_quantity: Number,
        list_client_order_id: str | None = None,
        working_client_order_id: str | None = None,
        working_iceberg_qty: Number | None = None,
        working_time_in_force: TimeInForceLike | None = None,
        working_strategy_id: int | None = None,
        working_strategy_type: int | None = None,
        working_peg_price_type: PegPriceTypeLike | None = None,
        working_peg_offset_type: PegOffsetTypeLike | None = None,
        working_peg_offset_value: int | None = None,
        pending_client_order_id: str | None = None,
        pending_price: Number | None = None,
        pending_stop_price: Number | None = None,
        pending_trailing_delta: int | None = None,
        pending_iceberg_qty: Number | None = None,
        pending_time_in_force: TimeInForceLike | None = None,
        pending_strategy_id: int | None = None,
        pending_strategy_type: int | None = None,
        pending_peg_price_type: PegPriceTypeLike | None = None,
        pending_peg_offset_type: PegOffsetTypeLike | None = None,
        pending_peg_offset_value: int | None = None,
        new_order_resp_type: NewOrderRespTypeLike | None = None,
        self_trade_prevention_mode: SelfTradePreventionModeLike | None = None,
        recv_window: Number | None = None,
    ) -> PlacedOrderList[OrderFull] | PlacedOrderList[OrderResult] | PlacedOrderList[OrderAck]:
        """One order triggers the other: the pending order is placed once the working one is filled whole."""
        ...

    @overload
    async def place_otoco(
        self, symbol: str, *, new_order_resp_type: AckResp, **orders: Unpack[OtocoOrders]
    ) -> PlacedOrderList[OrderAck]: ...
    @overload
    async def place_otoco(
        self, symbol: str, *, new_order_resp_type: ResultResp, **orders: Unpack[OtocoOrders]
    ) -> PlacedOrderList[OrderResult]: ...
    @overload
    async def place_otoco(
        self, symbol: str, *, new_order_resp_type: FullResp, **orders: Unpack[OtocoOrders]
    ) -> PlacedOrderList[OrderFull]: ...
    @overload
    async def place_otoco(
        self, symbol: str, *, new_order_resp_type: NewOrderRespTypeLike | None = None, **orders: Unpack[OtocoOrders]
    ) -> PlacedOrderList[OrderFull] | PlacedOrderList[OrderResult] | PlacedOrderList[OrderAck]: ...
    @post(
        "/api/v3/orderList/otoco",
        weight=1,
        ws="orderList.place.otoco",
        orders=3,
        client_id="listClientOrderId",
        resolve="order_list",
    )
    async def place_otoco(
        self,
        symbol: str,
        *,
        working_type: OrderTypeLike,
        working_side: SideLike,
        working_price: Number,
        working_quantity: Number,
        pending_side: SideLike,
        pending_above_type: OrderTypeLike,
        pending_quantity: Number,
        list_client_order_id: str | None = None,
        working_client_order_id: str | None = None,
        working_iceberg_qty: Number | None = None,
        working_time_in_force: TimeInForceLike | None = None,
        working_strategy_id: int | None = None,
        working_strategy_type: int | None = None,
        working_peg_price_type: PegPriceTypeLike | None = None,
        working_peg_offset_type: PegOffsetTypeLike | None = None,
        working_peg_offset_value: int | None = None,
        pending_above_client_order_id: str | None = None,
        pending_above_price: Number | None = None,
        pending_above_stop_price: Number | None = None,
        pending_above_trailing_delta: int | None = None,
        pending_above_iceberg_qty: Number | None = None,
        pending_above_time_in_force: TimeInForceLike | None = None,
        pending_above_strategy_id: int | None = None,
        pending_above_strategy_type: int | None = None,
        pending_above_peg_price_type: PegPriceTypeLike | None = None,
        pending_above_peg_offset_type: PegOffsetTypeLike | None = None,
        pending_above_peg_offset_value: int | None = None,
        pending_below_type: OrderTypeLike | None = None,
        pending_below_client_order_id: str | None = None,
        pending_below_price: Number | None = None,
        pending_below_stop_price: Number | None = None,
        pending_below_trailing_delta: int | None = None,
        pending_below_iceberg_qty: Number | None = None,
        pending_below_time_in_force: TimeInForceLike | None = None,
        pending_below_strategy_id: int | None = None,
        pending_below_strategy_type: int | None = None,
        pending_below_peg_price_type: PegPriceTypeLike | None = None,
        pending_below_peg_offset_type: PegOffsetTypeLike | None = None,
        pending_below_peg_offset_value: int | None = None,
        new_order_resp_type: NewOrderRespTypeLike | None = None,
        self_trade_prevention_mode: SelfTradePreventionModeLike | None = None,
        recv_window: Number | None = None,
    ) -> PlacedOrderList[OrderFull] | PlacedOrderList[OrderResult] | PlacedOrderList[OrderAck]:
        """One order triggers an OCO: the pending pair is placed once the working order is filled whole."""
        ...

    @overload
    async def place_opo(
        self, symbol: str, *, new_order_resp_type: AckResp, **orders: Unpack[OpoOrders]
    ) -> PlacedOrderList[OrderAck]: ...
    @overload
    async def place_opo(
        self, symbol: str, *, new_order_resp_type: ResultResp, **orders: Unpack[OpoOrders]
    ) -> PlacedOrderList[OpoOrderResult]: ...
    @overload
    async def place_opo(
        self, symbol: str, *, new_order_resp_type: FullResp, **orders: Unpack[OpoOrders]
    ) -> PlacedOrderList[OpoOrderFull]: ...
    @overload
    async def place_opo(
        self, symbol: str, *, new_order_resp_type: NewOrderRespTypeLike | None = None, **orders: Unpack[OpoOrders]
    ) -> PlacedOrderList[OpoOrderFull] | PlacedOrderList[OpoOrderResult] | PlacedOrderList[OrderAck]: ...
    @post(
        "/api/v3/orderList/opo",
        weight=1,
        ws="orderList.place.opo",
        orders=2,
        client_id="listClientOrderId",
        resolve="order_list",
        since="2025-12-18",
    )
    async def place_opo(
        self,
        symbol: str,
        *,
        working_type: OrderTypeLike,
        working_side: SideLike,
        working_price: Number,
        working_quantity: Number,
        pending_type: OrderTypeLike,
        pending_side: SideLike,
        list_client_order_id: str | None = None,
        working_client_order_id: str | None = None,
        working_iceberg_qty: Number | None = None,
        working_time_in_force: TimeInForceLike | None = None,
        working_strategy_id: int | None = None,
        working_strategy_type: int | None = None,
        working_peg_price_type: PegPriceTypeLike | None = None,
        working_peg_offset_type: PegOffsetTypeLike | None = None,
        working_peg_offset_value: int | None = None,
        pending_client_order_id: str | None = None,
        pending_price: Number | None = None,
        pending_stop_price: Number | None = None,
        pending_trailing_delta: int | None = None,
        pending_iceberg_qty: Number | None = None,
        pending_time_in_force: TimeInForceLike | None = None,
        pending_strategy_id: int | None = None,
        pending_strategy_type: int | None = None,
        pending_peg_price_type: PegPriceTypeLike | None = None,
        pending_peg_offset_type: PegOffsetTypeLike | None = None,
        pending_peg_offset_value: int | None = None,
        new_order_resp_type: NewOrderRespTypeLike | None = None,
        self_trade_prevention_mode: SelfTradePreventionModeLike | None = None,
        recv_window: Number | None = None,
    ) -> PlacedOrderList[OpoOrderFull] | PlacedOrderList[OpoOrderResult] | PlacedOrderList[OrderAck]:
        """One order pays the other: the pending order sells what the working one bought."""
        ...

    @overload
    async def place_opoco(
        self, symbol: str, *, new_order_resp_type: AckResp, **orders: Unpack[OpocoOrders]
    ) -> PlacedOrderList[OrderAck]: ...
    @overload
    async def place_opoco(
        self, symbol: str, *, new_order_resp_type: ResultResp, **orders: Unpack[OpocoOrders]
    ) -> PlacedOrderList[OpoOrderResult]: ...
    @overload
    async def place_opoco(
        self, symbol: str, *, new_order_resp_type: FullResp, **orders: Unpack[OpocoOrders]
    ) -> PlacedOrderList[OpoOrderFull]: ...
    @overload
    async def place_opoco(
        self, symbol: str, *, new_order_resp_type: NewOrderRespTypeLike | None = None, **orders: Unpack[OpocoOrders]
    ) -> PlacedOrderList[OpoOrderFull] | PlacedOrderList[OpoOrderResult] | PlacedOrderList[OrderAck]: ...
    @post(
        "/api/v3/orderList/opoco",
        weight=1,
        ws="orderList.place.opoco",
        orders=3,
        client_id="listClientOrderId",
        resolve="order_list",
        since="2025-12-18",
    )
    async def place_opoco(
        self,
        symbol: str,
        *,
        working_type: OrderTypeLike,
        working_side: SideLike,
        working_price: Number,
        working_quantity: Number,
        pending_side: SideLike,
        pending_above_type: OrderTypeLike,
        list_client_order_id: str | None = None,
        working_client_order_id: str | None = None,
        working_iceberg_qty: Number | None = None,
        working_time_in_force: TimeInForceLike | None = None,
        working_strategy_id: int | None = None,
        working_strategy_type: int | None = None,
        working_peg_price_type: PegPriceTypeLike | None = None,
        working_peg_offset_type: PegOffsetTypeLike | None = None,
        working_peg_offset_value: int | None = None,
        pending_above_client_order_id: str | None = None,
        pending_above_price: Number | None = None,
        pending_above_stop_price: Number | None = None,
        pending_above_trailing_delta: int | None = None,
        pending_above_iceberg_qty: Number | None = None,
        pending_above_time_in_force: TimeInForceLike | None = None,
        pending_above_strategy_id: int | None = None,
        pending_above_strategy_type: int | None = None,
        pending_above_peg_price_type: PegPriceTypeLike | None = None,
        pending_above_peg_offset_type: PegOffsetTypeLike | None = None,
        pending_above_peg_offset_value: int | None = None,
        pending_below_type: OrderTypeLike | None = None,
        pending_below_client_order_id: str | None = None,
        pending_below_price: Number | None = None,
        pending_below_stop_price: Number | None = None,
        pending_below_trailing_delta: int | None = None,
        pending_below_iceberg_qty: Number | None = None,
        pending_below_time_in_force: TimeInForceLike | None = None,
        pending_below_strategy_id: int | None = None,
        pending_below_strategy_type: int | None = None,
        pending_below_peg_price_type: PegPriceTypeLike | None = None,
        pending_below_peg_offset_type: PegOffsetTypeLike | None = None,
        pending_below_peg_offset_value: int | None = None,
        new_order_resp_type: NewOrderRespTypeLike | None = None,
        self_trade_prevention_mode: SelfTradePreventionModeLike | None = None,
        recv_window: Number | None = None,
    ) -> PlacedOrderList[OpoOrderFull] | PlacedOrderList[OpoOrderResult] | PlacedOrderList[OrderAck]:
        """One order pays an OCO: the pending pair sells what the working order bought."""
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

    @get("/api/v3/orderList", weight=4, security=USER_DATA, ws="orderList.status")
    async def order_list(
        self,
        *,
        order_list_id: int | None = None,
        orig_client_order_id: str | None = None,
        recv_window: Number | None = None,
    ) -> OrderList:
        """One order list, by the exchange's id or your own (its `list_client_order_id`)."""
        ...

    @get("/api/v3/allOrderList", weight=20, security=USER_DATA, ws="allOrderLists")
    async def all_order_lists(
        self,
        *,
        from_id: int | None = None,
        start_time: Time | None = None,
        end_time: Time | None = None,
        limit: int | None = None,
        recv_window: Number | None = None,
    ) -> list[OrderList]:
        """Order lists of every state: the latest, those from `from_id` on, or those of at most 24 hours."""
        ...

    @get("/api/v3/openOrderList", weight=6, security=USER_DATA, ws="openOrderLists.status")
    async def open_order_lists(self, *, recv_window: Number | None = None) -> list[OrderList]:
        """The open order lists."""
        ...
