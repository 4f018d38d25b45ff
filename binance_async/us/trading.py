# mypy: disable-error-code="empty-body"
"""Trading calls of Binance.US: single orders. Order lists are in `order_lists`.

What a placed order answers depends on `new_order_resp_type`, and without it on the type: LIMIT and MARKET answer in
FULL, all others by an ACK. The overloads say so; each shows only what decides, and takes the rest of the arguments
from a `TypedDict`, which a wrapper of your own can use likewise.

Which arguments an order of each type needs is the exchange's to say. An API partner's ids begin with `<partnerId>-`.
"""

from typing import TypedDict, Unpack, overload

from binance_async.core.endpoint import USER_DATA, Group, delete, get, post
from binance_async.core.weight import when_given
from binance_async.core.wire import Number, Time
from binance_async.us.enums import (
    AckByDefault,
    AckResp,
    CancelReplaceModeLike,
    CancelRestrictionsLike,
    FullByDefault,
    FullResp,
    NewOrderRespTypeLike,
    OrderTypeLike,
    ResultResp,
    SelfTradePreventionModeLike,
    SideLike,
    TimeInForceLike,
)
from binance_async.us.types.trading import (
    CanceledOrder,
    CanceledOrderList,
    CancelReplaced,
    Order,
    OrderAck,
    OrderFull,
    OrderResult,
    ValidOrder,
)


class OrderOptions(TypedDict, total=False):
    """The optional arguments of an order, whatever it answers."""

    time_in_force: TimeInForceLike | None
    quantity: Number | None
    quote_order_qty: Number | None
    price: Number | None
    new_client_order_id: str | None
    stop_price: Number | None
    trailing_delta: int | None
    iceberg_qty: Number | None
    self_trade_prevention_mode: SelfTradePreventionModeLike | None
    recv_window: Number | None


class CancelReplaceOptions(OrderOptions, total=False):
    """The optional arguments of cancel-and-replace: those of the new order, and which order is cancelled."""

    cancel_new_client_order_id: str | None
    cancel_orig_client_order_id: str | None
    cancel_order_id: int | None
    cancel_restrictions: CancelRestrictionsLike | None
    strategy_id: int | None
    strategy_type: int | None


class Trading(Group):
    """Orders."""

    @overload
    async def place_order(
        self,
        symbol: str,
        side: SideLike,
        type: OrderTypeLike,
        *,
        new_order_resp_type: AckResp,
        **order: Unpack[OrderOptions],
    ) -> OrderAck: ...
    @overload
    async def place_order(
        self,
        symbol: str,
        side: SideLike,
        type: OrderTypeLike,
        *,
        new_order_resp_type: ResultResp,
        **order: Unpack[OrderOptions],
    ) -> OrderResult: ...
    @overload
    async def place_order(
        self,
        symbol: str,
        side: SideLike,
        type: OrderTypeLike,
        *,
        new_order_resp_type: FullResp,
        **order: Unpack[OrderOptions],
    ) -> OrderFull: ...
    @overload
    async def place_order(
        self,
        symbol: str,
        side: SideLike,
        type: FullByDefault,
        *,
        new_order_resp_type: None = None,
        **order: Unpack[OrderOptions],
    ) -> OrderFull: ...
    @overload
    async def place_order(
        self,
        symbol: str,
        side: SideLike,
        type: AckByDefault,
        *,
        new_order_resp_type: None = None,
        **order: Unpack[OrderOptions],
    ) -> OrderAck: ...
    @overload
    async def place_order(
        self,
        symbol: str,
        side: SideLike,
        type: OrderTypeLike,
        *,
        new_order_resp_type: NewOrderRespTypeLike | None = None,
        **order: Unpack[OrderOptions],
    ) -> OrderFull | OrderResult | OrderAck: ...
    @post("/api/v3/order", weight=1, ws="order.place", orders=1, client_id="newClientOrderId", resolve="order")
    async def place_order(
        self,
        symbol: str,
        side: SideLike,
        type: OrderTypeLike,
        *,
        time_in_force: TimeInForceLike | None = None,
        quantity: Number | None = None,
        quote_order_qty: Number | None = None,
        price: Number | None = None,
        new_client_order_id: str | None = None,
        stop_price: Number | None = None,
        trailing_delta: int | None = None,
        iceberg_qty: Number | None = None,
        new_order_resp_type: NewOrderRespTypeLike | None = None,
        self_trade_prevention_mode: SelfTradePreventionModeLike | None = None,
        recv_window: Number | None = None,
    ) -> OrderFull | OrderResult | OrderAck:
        """A new order. `quantity` is in the base asset; MARKET takes `quote_order_qty` instead if you like."""
        ...

    @post("/api/v3/order/test", weight=1, ws="order.test")
    async def test_order(
        self,
        symbol: str,
        side: SideLike,
        type: OrderTypeLike,
        *,
        time_in_force: TimeInForceLike | None = None,
        quantity: Number | None = None,
        quote_order_qty: Number | None = None,
        price: Number | None = None,
        new_client_order_id: str | None = None,
        stop_price: Number | None = None,
        trailing_delta: int | None = None,
        iceberg_qty: Number | None = None,
        new_order_resp_type: NewOrderRespTypeLike | None = None,
        self_trade_prevention_mode: SelfTradePreventionModeLike | None = None,
        recv_window: Number | None = None,
    ) -> ValidOrder:
        """Check an order and its signature without placing it."""
        ...

    @get("/api/v3/order", weight=2, security=USER_DATA, ws="order.status")
    async def order(
        self,
        symbol: str,
        *,
        order_id: int | None = None,
        orig_client_order_id: str | None = None,
        recv_window: Number | None = None,
    ) -> Order:
        """One order, by the exchange's id or your own; with both the first counts."""
        ...

    @delete("/api/v3/order", weight=1, ws="order.cancel", resolve="cancel")
    async def cancel_order(
        self,
        symbol: str,
        *,
        order_id: int | None = None,
        orig_client_order_id: str | None = None,
        new_client_order_id: str | None = None,
        cancel_restrictions: CancelRestrictionsLike | None = None,
        recv_window: Number | None = None,
    ) -> CanceledOrder | CanceledOrderList:
        """Cancel one order, by the exchange's id (the fastest) or your own. One of a list takes the list with it."""
        ...

    @delete("/api/v3/openOrders", weight=1, ws="openOrders.cancelAll", resolve="cancel_all")
    async def cancel_open_orders(
        self, symbol: str, *, recv_window: Number | None = None
    ) -> list[CanceledOrder | CanceledOrderList]:
        """Cancel all open orders on a symbol, those of order lists too."""
        ...

    @overload
    async def cancel_replace(
        self,
        symbol: str,
        side: SideLike,
        type: OrderTypeLike,
        cancel_replace_mode: CancelReplaceModeLike,
        *,
        new_order_resp_type: AckResp,
        **order: Unpack[CancelReplaceOptions],
    ) -> CancelReplaced[OrderAck]: ...
    @overload
    async def cancel_replace(
        self,
        symbol: str,
        side: SideLike,
        type: OrderTypeLike,
        cancel_replace_mode: CancelReplaceModeLike,
        *,
        new_order_resp_type: ResultResp,
        **order: Unpack[CancelReplaceOptions],
    ) -> CancelReplaced[OrderResult]: ...
    @overload
    async def cancel_replace(
        self,
        symbol: str,
        side: SideLike,
        type: OrderTypeLike,
        cancel_replace_mode: CancelReplaceModeLike,
        *,
        new_order_resp_type: FullResp,
        **order: Unpack[CancelReplaceOptions],
    ) -> CancelReplaced[OrderFull]: ...
    @overload
    async def cancel_replace(
        self,
        symbol: str,
        side: SideLike,
        type: FullByDefault,
        cancel_replace_mode: CancelReplaceModeLike,
        *,
        new_order_resp_type: None = None,
        **order: Unpack[CancelReplaceOptions],
    ) -> CancelReplaced[OrderFull]: ...
    @overload
    async def cancel_replace(
        self,
        symbol: str,
        side: SideLike,
        type: AckByDefault,
        cancel_replace_mode: CancelReplaceModeLike,
        *,
        new_order_resp_type: None = None,
        **order: Unpack[CancelReplaceOptions],
    ) -> CancelReplaced[OrderAck]: ...
    @overload
    async def cancel_replace(
        self,
        symbol: str,
        side: SideLike,
        type: OrderTypeLike,
        cancel_replace_mode: CancelReplaceModeLike,
        *,
        new_order_resp_type: NewOrderRespTypeLike | None = None,
        **order: Unpack[CancelReplaceOptions],
    ) -> CancelReplaced[OrderFull] | CancelReplaced[OrderResult] | CancelReplaced[OrderAck]: ...
    @post(
        "/api/v3/order/cancelReplace",
        weight=1,
        ws="order.cancelReplace",
        orders=1,
        client_id="newClientOrderId",
        resolve="cancel_replace",
    )
    async def cancel_replace(
        self,
        symbol: str,
        side: SideLike,
        type: OrderTypeLike,
        cancel_replace_mode: CancelReplaceModeLike,
        *,
        time_in_force: TimeInForceLike | None = None,
        quantity: Number | None = None,
        quote_order_qty: Number | None = None,
        price: Number | None = None,
        cancel_new_client_order_id: str | None = None,
        cancel_orig_client_order_id: str | None = None,
        cancel_order_id: int | None = None,
        new_client_order_id: str | None = None,
        strategy_id: int | None = None,
        strategy_type: int | None = None,
        stop_price: Number | None = None,
        trailing_delta: int | None = None,
        iceberg_qty: Number | None = None,
        new_order_resp_type: NewOrderRespTypeLike | None = None,
        self_trade_prevention_mode: SelfTradePreventionModeLike | None = None,
        cancel_restrictions: CancelRestrictionsLike | None = None,
        recv_window: Number | None = None,
    ) -> CancelReplaced[OrderFull] | CancelReplaced[OrderResult] | CancelReplaced[OrderAck]:
        """Cancel an order and place another. It is no transaction: either half may fail alone, which raises."""
        ...

    @get("/api/v3/openOrders", weight=when_given("symbol", 3, 40), security=USER_DATA, ws="openOrders.status")
    async def open_orders(self, symbol: str | None = None, *, recv_window: Number | None = None) -> list[Order]:
        """The open orders on a symbol, or on all (which costs much more)."""
        ...

    @get("/api/v3/allOrders", weight=10, security=USER_DATA, ws="allOrders")
    async def all_orders(
        self,
        symbol: str,
        *,
        order_id: int | None = None,
        start_time: Time | None = None,
        end_time: Time | None = None,
        limit: int | None = None,
        recv_window: Number | None = None,
    ) -> list[Order]:
        """Orders of every state: the latest, those from `order_id` on, or those of a time range."""
        ...
