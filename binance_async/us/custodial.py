# mypy: disable-error-code="empty-body"
"""The custodial solution of Binance.US: trading with assets that a partner keeps.

Its calls need a key of their own kind and name the partner in `rail`, in capitals. The document's examples sign them.
An order's client id cannot be chosen, so that an order whose reply was lost has to be looked for in
`custodial_open_orders` and `custodial_orders`.
"""

from binance_async.core.endpoint import TRADE, USER_DATA, Group, delete, get, post
from binance_async.core.wire import Number, Time
from binance_async.us.enums import OrderTypeLike, SideLike, TimeInForceLike
from binance_async.us.types.custodial import (
    CustodialAssets,
    CustodialBalances,
    CustodialCanceledOrder,
    CustodialCanceledOrderList,
    CustodialOrder,
    CustodialOrderListPlaced,
    CustodialOrderPlaced,
    CustodialTrade,
    ExchangeTransfer,
    PartnerTransfer,
    PastTransfers,
    Settlements,
    SettlementSettings,
    UndoneTransfer,
)


class Custodial(Group):
    """The custodial account."""

    @get("/sapi/v1/custodian/balance", weight=1, security=USER_DATA)
    async def custodial_balance(self, rail: str, *, recv_window: Number | None = None) -> CustodialBalances:
        """The balances in the exchange wallet and at the partner."""
        ...

    @get("/sapi/v1/custodian/supportedAssetList", weight=1, security=USER_DATA)
    async def custodial_assets(self, rail: str, *, recv_window: Number | None = None) -> CustodialAssets:
        """The assets that can be transferred from the partner, and those that can be settled to it."""
        ...

    @post("/sapi/v1/custodian/walletTransfer", weight=1, security=USER_DATA, client_id="clientOrderId")
    async def custodial_transfer_from_exchange(
        self,
        rail: str,
        *,
        asset: str,
        amount: Number,
        client_order_id: str | None = None,
        recv_window: Number | None = None,
    ) -> ExchangeTransfer:
        """Transfer an asset from the exchange wallet to the custodial sub-account."""
        ...

    @post("/sapi/v1/custodian/custodianTransfer", weight=1, security=USER_DATA, client_id="clientOrderId")
    async def custodial_transfer_from_partner(
        self,
        rail: str,
        *,
        asset: str,
        amount: Number,
        client_order_id: str | None = None,
        recv_window: Number | None = None,
    ) -> PartnerTransfer:
        """Transfer an asset from the partner's account to the custodial sub-account."""
        ...

    @post("/sapi/v1/custodian/undoTransfer", weight=1, security=USER_DATA)
    async def undo_custodial_transfer(
        self, rail: str, *, origin_transfer_id: str, recv_window: Number | None = None
    ) -> UndoneTransfer:
        """Undo a transfer from the partner."""
        ...

    @get("/sapi/v1/custodian/walletTransferHistory", weight=1, security=USER_DATA)
    async def custodial_transfers_from_exchange(
        self,
        rail: str,
        *,
        transfer_id: str | None = None,
        client_order_id: str | None = None,
        asset: str | None = None,
        start_time: Time | None = None,
        end_time: Time | None = None,
        page: int | None = None,
        limit: int | None = None,
        recv_window: Number | None = None,
    ) -> PastTransfers:
        """Transfers from the exchange wallet, of the last 90 days or of a time range: 20 a page, or up to 100."""
        ...

    @get("/sapi/v1/custodian/custodianTransferHistory", weight=1, security=USER_DATA)
    async def custodial_transfers_from_partner(
        self,
        rail: str,
        *,
        transfer_id: str | None = None,
        client_order_id: str | None = None,
        express_trade_transfer: bool | None = None,
        asset: str | None = None,
        start_time: Time | None = None,
        end_time: Time | None = None,
        page: int | None = None,
        limit: int | None = None,
        recv_window: Number | None = None,
    ) -> PastTransfers:
        """Transfers from the partner, those of express trades and undone ones too, likewise."""
        ...

    @post("/sapi/v1/custodian/order", weight=1, security=TRADE, orders=1)
    async def place_custodial_order(
        self,
        rail: str,
        symbol: str,
        side: SideLike,
        type: OrderTypeLike,
        *,
        time_in_force: TimeInForceLike | None = None,
        quantity: Number | None = None,
        quote_order_qty: Number | None = None,
        price: Number | None = None,
        stop_price: Number | None = None,
        iceberg_qty: Number | None = None,
        asset: str | None = None,
        allow_express_trade: bool | None = None,
        recv_window: Number | None = None,
    ) -> CustodialOrderPlaced:
        """A new order; `allow_express_trade` moves the `asset` sold from the partner if the balance is short."""
        ...

    @post("/sapi/v1/custodian/ocoOrder", weight=1, security=TRADE, orders=2)
    async def place_custodial_oco(
        self,
        rail: str,
        symbol: str,
        side: SideLike,
        *,
        quantity: Number,
        price: Number,
        stop_price: Number,
        limit_client_order_id: str | None = None,
        limit_iceberg_qty: Number | None = None,
        stop_client_order_id: str | None = None,
        stop_limit_price: Number | None = None,
        stop_iceberg_qty: Number | None = None,
        stop_limit_time_in_force: TimeInForceLike | None = None,
        asset: str | None = None,
        allow_express_trade: bool | None = None,
        recv_window: Number | None = None,
    ) -> CustodialOrderListPlaced:
        """A LIMIT_MAKER at `price` and a stop at `stop_price`, of which one cancels the other."""
        ...

    @get("/sapi/v1/custodian/openOrders", weight=1, security=USER_DATA)
    async def custodial_open_orders(
        self, rail: str, symbol: str | None = None, *, recv_window: Number | None = None
    ) -> list[CustodialOrder]:
        """The open orders on a symbol, or on all."""
        ...

    @get("/sapi/v1/custodian/order", weight=1, security=USER_DATA)
    async def custodial_order(
        self, rail: str, symbol: str, order_id: int, *, recv_window: Number | None = None
    ) -> CustodialOrder:
        """One order."""
        ...

    @get("/sapi/v1/custodian/orderHistory", weight=1, security=USER_DATA)
    async def custodial_orders(
        self,
        rail: str,
        symbol: str | None = None,
        *,
        start_time: Time | None = None,
        end_time: Time | None = None,
        from_id: int | None = None,
        limit: int | None = None,
        recv_window: Number | None = None,
    ) -> list[CustodialOrder]:
        """Orders of every state: 200, or `limit` of them."""
        ...

    @get("/sapi/v1/custodian/tradeHistory", weight=1, security=USER_DATA)
    async def custodial_trades(
        self,
        rail: str,
        symbol: str | None = None,
        *,
        order_id: int | None = None,
        start_time: Time | None = None,
        end_time: Time | None = None,
        from_id: int | None = None,
        limit: int | None = None,
        recv_window: Number | None = None,
    ) -> list[CustodialTrade]:
        """Trades: the latest 200, or `limit` of them, or those from `from_id` on."""
        ...

    @delete("/sapi/v1/custodian/cancelOrder", weight=1, security=TRADE)
    async def cancel_custodial_order(
        self,
        rail: str,
        symbol: str,
        *,
        order_id: int | None = None,
        orig_client_order_id: str | None = None,
        new_client_order_id: str | None = None,
        recv_window: Number | None = None,
    ) -> CustodialCanceledOrder:
        """Cancel one order, by the exchange's id or its client id."""
        ...

    @delete("/sapi/v1/custodian/cancelOrdersBySymbol", weight=1, security=TRADE)
    async def cancel_custodial_open_orders(
        self, rail: str, symbol: str, *, recv_window: Number | None = None
    ) -> list[CustodialCanceledOrder]:
        """Cancel all open orders on a symbol, the legs of OCOs too."""
        ...

    @delete("/sapi/v1/custodian/cancelOcoOrder", weight=1, security=TRADE)
    async def cancel_custodial_order_list(
        self,
        rail: str,
        symbol: str,
        order_list_id: int,
        *,
        list_client_order_id: str | None = None,
        new_client_order_id: str | None = None,
        recv_window: Number | None = None,
    ) -> CustodialCanceledOrderList:
        """Cancel an OCO."""
        ...

    @get("/sapi/v1/custodian/settlementSetting", weight=1, security=USER_DATA)
    async def custodial_settlement_settings(
        self, rail: str, *, recv_window: Number | None = None
    ) -> SettlementSettings:
        """Whether and when balances are settled to the partner."""
        ...

    @get("/sapi/v1/custodian/settlementHistory", weight=1, security=USER_DATA)
    async def custodial_settlements(
        self,
        rail: str,
        *,
        start_time: Time | None = None,
        end_time: Time | None = None,
        limit: int | None = None,
        page: int | None = None,
        recv_window: Number | None = None,
    ) -> Settlements:
        """Settlements: 5 a page, or `limit` up to 100."""
        ...
