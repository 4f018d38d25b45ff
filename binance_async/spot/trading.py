# mypy: disable-error-code="empty-body"
"""Trading calls of spot: single orders. Order lists are in `order_lists`.

What a placed order answers depends on `new_order_resp_type`, and without it on the type: LIMIT and MARKET answer in
FULL, all others by an ACK. The overloads say so; each shows only what decides, and takes the rest of the arguments
from a `TypedDict`, which a wrapper of your own can use likewise.

Which arguments an order of each type needs is the exchange's to say (`symbol_rules` tells much of it beforehand).
"""

from typing import Literal, TypedDict, Unpack, overload

from binance_async.core.endpoint import USER_DATA, Group, delete, get, post, put
from binance_async.core.weight import when_given
from binance_async.core.wire import Number, Time
from binance_async.spot.enums import (
    AckByDefault,
    AckResp,
    CancelReplaceModeLike,
    CancelRestrictionsLike,
    FullByDefault,
    FullResp,
    NewOrderRespTypeLike,
    OrderRateLimitExceededModeLike,
    OrderTypeLike,
    PegOffsetTypeLike,
    PegPriceTypeLike,
    ResultResp,
    SelfTradePreventionModeLike,
    SideLike,
    TimeInForceLike,
)
from binance_async.spot.types.trading import (
    CanceledOrder,
    CanceledOrderList,
    CancelReplaced,
    Order,
    OrderAck,
    OrderAmended,
    OrderCommission,
    OrderFull,
    OrderResult,
    SorOrderFull,
    ValidOrder,
)


class OrderOptions(TypedDict, total=False):
    """The optional arguments of an order, whatever it answers."""

    time_in_force: TimeInForceLike | None
    quantity: Number | None
    quote_order_qty: Number | None
    price: Number | None
    new_client_order_id: str | None
    strategy_id: int | None
    strategy_type: int | None
    stop_price: Number | None
    trailing_delta: int | None
    iceberg_qty: Number | None
    self_trade_prevention_mode: SelfTradePreventionModeLike | None
    peg_price_type: PegPriceTypeLike | None
    peg_offset_value: int | None
    peg_offset_type: PegOffsetTypeLike | None
    recv_window: Number | None


class CancelReplaceOptions(OrderOptions, total=False):
    """The optional arguments of cancel-and-replace: those of the new order, and which order is cancelled."""

    cancel_new_client_order_id: str | None
    cancel_orig_client_order_id: str | None
    cancel_order_id: int | None
    cancel_restrictions: CancelRestrictionsLike | None
    order_rate_limit_exceeded_mode: OrderRateLimitExceededModeLike | None


class SorOrderOptions(TypedDict, total=False):
    """The optional arguments of an order by SOR, whatever it answers."""

    time_in_force: TimeInForceLike | None
    price: Number | None
    new_client_order_id: str | None
    strategy_id: int | None
    strategy_type: int | None
    iceberg_qty: Number | None
    self_trade_prevention_mode: SelfTradePreventionModeLike | None
    recv_window: Number | None


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
        strategy_id: int | None = None,
        strategy_type: int | None = None,
        stop_price: Number | None = None,
        trailing_delta: int | None = None,
        iceberg_qty: Number | None = None,
        new_order_resp_type: NewOrderRespTypeLike | None = None,
        self_trade_prevention_mode: SelfTradePreventionModeLike | None = None,
        peg_price_type: PegPriceTypeLike | None = None,
        peg_offset_value: int | None = None,
        peg_offset_type: PegOffsetTypeLike | None = None,
        recv_window: Number | None = None,
    ) -> OrderFull | OrderResult | OrderAck:
        """A new order. `quantity` is in the base asset; MARKET takes `quote_order_qty` instead if you like."""
        ...

    @overload
    async def test_order(
        self,
        symbol: str,
        side: SideLike,
        type: OrderTypeLike,
        *,
        compute_commission_rates: Literal[True],
        new_order_resp_type: NewOrderRespTypeLike | None = None,
        **order: Unpack[OrderOptions],
    ) -> OrderCommission: ...
    @overload
    async def test_order(
        self,
        symbol: str,
        side: SideLike,
        type: OrderTypeLike,
        *,
        compute_commission_rates: Literal[False] | None = None,
        new_order_resp_type: NewOrderRespTypeLike | None = None,
        **order: Unpack[OrderOptions],
    ) -> ValidOrder: ...
    @overload
    async def test_order(
        self,
        symbol: str,
        side: SideLike,
        type: OrderTypeLike,
        *,
        compute_commission_rates: bool | None = None,
        new_order_resp_type: NewOrderRespTypeLike | None = None,
        **order: Unpack[OrderOptions],
    ) -> OrderCommission | ValidOrder: ...
    @post("/api/v3/order/test", weight=when_given("computeCommissionRates", 20, 1), ws="order.test")
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
        strategy_id: int | None = None,
        strategy_type: int | None = None,
        stop_price: Number | None = None,
        trailing_delta: int | None = None,
        iceberg_qty: Number | None = None,
        new_order_resp_type: NewOrderRespTypeLike | None = None,
        self_trade_prevention_mode: SelfTradePreventionModeLike | None = None,
        peg_price_type: PegPriceTypeLike | None = None,
        peg_offset_value: int | None = None,
        peg_offset_type: PegOffsetTypeLike | None = None,
        compute_commission_rates: bool | None = None,
        recv_window: Number | None = None,
    ) -> OrderCommission | ValidOrder:
        """Check an order and its signature without placing it; with its commission rates if asked for."""
        ...

    @get("/api/v3/order", weight=4, security=USER_DATA, ws="order.status")
    async def order(
        self,
        symbol: str,
        *,
        order_id: int | None = None,
        orig_client_order_id: str | None = None,
        recv_window: Number | None = None,
    ) -> Order:
        """One order, by the exchange's id or your own; with both the first finds it and the second must fit."""
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
        """Cancel all open orders on a symbol. Those of order lists come as their lists, between the others."""
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
        order_rate_limit_exceeded_mode: OrderRateLimitExceededModeLike | None = None,
        peg_price_type: PegPriceTypeLike | None = None,
        peg_offset_value: int | None = None,
        peg_offset_type: PegOffsetTypeLike | None = None,
        recv_window: Number | None = None,
    ) -> CancelReplaced[OrderFull] | CancelReplaced[OrderResult] | CancelReplaced[OrderAck]:
        """Cancel an order and place another. It is no transaction: either half may fail alone, which raises."""
        ...

    @put("/api/v3/order/amend/keepPriority", weight=4, ws="order.amend.keepPriority", resolve="amend")
    async def amend_order(
        self,
        symbol: str,
        *,
        new_qty: Number,
        order_id: int | None = None,
        orig_client_order_id: str | None = None,
        new_client_order_id: str | None = None,
        recv_window: Number | None = None,
    ) -> OrderAmended:
        """Reduce an order's quantity to `new_qty`; it keeps its id and its place in the queue."""
        ...

    @get("/api/v3/openOrders", weight=when_given("symbol", 6, 80), security=USER_DATA, ws="openOrders.status")
    async def open_orders(self, symbol: str | None = None, *, recv_window: Number | None = None) -> list[Order]:
        """The open orders on a symbol, or on all (which costs much more)."""
        ...

    @get("/api/v3/allOrders", weight=20, security=USER_DATA, ws="allOrders")
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
        """Orders of every state: the latest, those from `order_id` on, or those of at most 24 hours."""
        ...

    @overload
    async def place_sor_order(
        self,
        symbol: str,
        side: SideLike,
        type: FullByDefault,
        *,
        quantity: Number,
        new_order_resp_type: AckResp,
        **order: Unpack[SorOrderOptions],
    ) -> OrderAck: ...
    @overload
    async def place_sor_order(
        self,
        symbol: str,
        side: SideLike,
        type: FullByDefault,
        *,
        quantity: Number,
        new_order_resp_type: ResultResp,
        **order: Unpack[SorOrderOptions],
    ) -> OrderResult: ...
    @overload
    async def place_sor_order(
        self,
        symbol: str,
        side: SideLike,
        type: FullByDefault,
        *,
        quantity: Number,
        new_order_resp_type: FullResp | None = None,
        **order: Unpack[SorOrderOptions],
    ) -> SorOrderFull: ...
    @overload
    async def place_sor_order(
        self,
        symbol: str,
        side: SideLike,
        type: OrderTypeLike,
        *,
        quantity: Number,
        new_order_resp_type: NewOrderRespTypeLike | None = None,
        **order: Unpack[SorOrderOptions],
    ) -> SorOrderFull | OrderResult | OrderAck: ...
    @post(
        "/api/v3/sor/order",
        weight=1,
        ws="sor.order.place",
        ws_list=True,
        orders=1,
        client_id="newClientOrderId",
        resolve="order",
    )
    async def place_sor_order(
        self,
        symbol: str,
        side: SideLike,
        type: OrderTypeLike,
        *,
        quantity: Number,
        time_in_force: TimeInForceLike | None = None,
        price: Number | None = None,
        new_client_order_id: str | None = None,
        strategy_id: int | None = None,
        strategy_type: int | None = None,
        iceberg_qty: Number | None = None,
        new_order_resp_type: NewOrderRespTypeLike | None = None,
        self_trade_prevention_mode: SelfTradePreventionModeLike | None = None,
        recv_window: Number | None = None,
    ) -> SorOrderFull | OrderResult | OrderAck:
        """A new LIMIT or MARKET order by smart order routing."""
        ...

    @overload
    async def test_sor_order(
        self,
        symbol: str,
        side: SideLike,
        type: OrderTypeLike,
        *,
        quantity: Number,
        compute_commission_rates: Literal[True],
        new_order_resp_type: NewOrderRespTypeLike | None = None,
        **order: Unpack[SorOrderOptions],
    ) -> OrderCommission: ...
    @overload
    async def test_sor_order(
        self,
        symbol: str,
        side: SideLike,
        type: OrderTypeLike,
        *,
        quantity: Number,
        compute_commission_rates: Literal[False] | None = None,
        new_order_resp_type: NewOrderRespTypeLike | None = None,
        **order: Unpack[SorOrderOptions],
    ) -> ValidOrder: ...
    @overload
    async def test_sor_order(
        self,
        symbol: str,
        side: SideLike,
        type: OrderTypeLike,
        *,
        quantity: Number,
        compute_commission_rates: bool | None = None,
        new_order_resp_type: NewOrderRespTypeLike | None = None,
        **order: Unpack[SorOrderOptions],
    ) -> OrderCommission | ValidOrder: ...
    @post("/api/v3/sor/order/test", weight=when_given("computeCommissionRates", 20, 1), ws="sor.order.test")
    async def test_sor_order(
        self,
        symbol: str,
        side: SideLike,
        type: OrderTypeLike,
        *,
        quantity: Number,
        time_in_force: TimeInForceLike | None = None,
        price: Number | None = None,
        new_client_order_id: str | None = None,
        strategy_id: int | None = None,
        strategy_type: int | None = None,
        iceberg_qty: Number | None = None,
        new_order_resp_type: NewOrderRespTypeLike | None = None,
        self_trade_prevention_mode: SelfTradePreventionModeLike | None = None,
        compute_commission_rates: bool | None = None,
        recv_window: Number | None = None,
    ) -> OrderCommission | ValidOrder:
        """Check an order by smart order routing without placing it; with its commission rates if asked for."""
        ...
