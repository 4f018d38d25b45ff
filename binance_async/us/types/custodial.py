"""Replies of the custodial solution's calls."""

from decimal import Decimal

from msgspec import Struct

from binance_async.us.enums import SettlementStatus
from binance_async.us.types.trading import CanceledOrderList, Order, OrderFields, OrderList


class CustodialBalance(Struct, frozen=True, kw_only=True, rename="camel"):
    """What an account holds of an asset; `in_settlement` is told of those that are being settled."""

    asset: str
    free: Decimal
    locked: Decimal
    in_settlement: Decimal | None = None
    last_updated_time: int


class CustodialBalances(Struct, frozen=True, kw_only=True, rename="camel"):
    """The balances in the exchange wallet and at the custodial partner."""

    exchange_wallet_balance: list[CustodialBalance]
    custodial_acct_balance: list[CustodialBalance]


class CustodialAsset(Struct, frozen=True, kw_only=True, rename="camel"):
    """An asset, the decimals of its amounts and its networks."""

    asset: str
    precision: int
    network: list[str]


class CustodialAssets(Struct, frozen=True, kw_only=True, rename="camel"):
    """The assets that can be transferred from the partner, and those that can be settled to it."""

    transfer_eligible: list[CustodialAsset]
    settlement_eligible: list[CustodialAsset]


class ExchangeTransfer(Struct, frozen=True, kw_only=True, rename="camel"):
    """A transfer from the exchange wallet to the custodial sub-account."""

    asset: str
    amount: Decimal
    client_order_id: str
    transfer_id: str
    status: str
    create_time: int


class PartnerTransfer(ExchangeTransfer, frozen=True, kw_only=True, rename="camel"):
    """A transfer from the partner's account to the custodial sub-account."""

    custody_account_id: str
    custody_account_name: str


class UndoneTransfer(Struct, frozen=True, kw_only=True, rename="camel"):
    """A transfer that was undone, by the id of the one that undoes it."""

    transfer_id: str
    asset: str
    amount: Decimal


class PastTransfer(ExchangeTransfer, frozen=True, kw_only=True, rename="camel"):
    """A transfer as the history tells it; `express_trade` is told of transfers from the partner."""

    update_time: int
    express_trade: bool | None = None


class PastTransfers(Struct, frozen=True, kw_only=True, rename="camel"):
    """A page of transfers, and how many there are in all."""

    data: list[PastTransfer]
    total: int


class CustodialOrderPlaced(OrderFields, frozen=True, kw_only=True, rename="camel"):
    """A placed order; `express_trade_flag` is whether the amount was moved from the partner."""

    express_trade_flag: bool


class CustodialReport(OrderFields, frozen=True, kw_only=True, rename="camel"):
    """An order of a placed order list."""

    transact_time: int


class CustodialOrderListPlaced(OrderList, frozen=True, kw_only=True, rename="camel"):
    """A placed OCO."""

    express_trade_flag: bool
    order_reports: list[CustodialReport]


class CustodialOrder(Order, frozen=True, kw_only=True, rename="camel"):
    """An order as the queries tell it."""

    express_trade_flag: bool


class CustodialTrade(Struct, frozen=True, kw_only=True, rename="camel"):
    """A trade of the custodial account. The document shows no id of it."""

    symbol: str
    id: int | None = None
    price: Decimal
    qty: Decimal
    quote_qty: Decimal
    time: int
    is_buyer: bool
    is_maker: bool
    is_best_match: bool
    order_id: int
    order_list_id: int
    commission: Decimal
    commission_asset: str


class CustodialCanceledOrder(OrderFields, frozen=True, kw_only=True, rename="camel"):
    """A cancelled order. `client_order_id` is the cancel's own, the order's is `orig_client_order_id`."""

    orig_client_order_id: str


class CustodialCanceledOrderList(CanceledOrderList, frozen=True, kw_only=True, rename="camel"):
    """A cancelled OCO with its orders."""


class SettlementSettings(Struct, frozen=True, kw_only=True, rename="camel"):
    """Whether and when balances are settled to the partner."""

    settlement_active: bool
    frequency_in_hours: int
    next_trigger_time: int


class SettledAsset(Struct, frozen=True, kw_only=True, rename="camel"):
    """An asset of a settlement."""

    asset: str
    settle_to: str
    network: str
    amount: Decimal


class Settlement(Struct, frozen=True, kw_only=True, rename="camel"):
    """A settlement."""

    status: SettlementStatus
    trigger_time: int
    settlement_id: str
    settlement_assets: list[SettledAsset]


class Settlements(Struct, frozen=True, kw_only=True, rename="camel"):
    """A page of settlements, and how many there are in all."""

    records: list[Settlement]
    total: int
