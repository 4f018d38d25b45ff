"""Replies of the account calls."""

from decimal import Decimal

from msgspec import Struct

from binance_async.spot.enums import (
    AccountType,
    AllocationType,
    RateLimitInterval,
    RateLimitType,
    SelfTradePreventionMode,
)
from binance_async.spot.filters import Filter


class Balance(Struct, frozen=True, kw_only=True, rename="camel"):
    """What the account holds of an asset; `locked` is bound by open orders."""

    asset: str
    free: Decimal
    locked: Decimal


class CommissionRates(Struct, frozen=True, kw_only=True, rename="camel"):
    """Commission rates, as fractions."""

    maker: Decimal
    taker: Decimal
    buyer: Decimal
    seller: Decimal


class CommissionDiscount(Struct, frozen=True, kw_only=True, rename="camel"):
    """The discount on standard commission when it is paid in `discount_asset`."""

    enabled_for_account: bool
    enabled_for_symbol: bool
    discount_asset: str | None = None
    discount: Decimal


class AccountInfo(Struct, frozen=True, kw_only=True, rename="camel"):
    """The account. The four commissions are in basis points; `commission_rates` has the same as fractions."""

    maker_commission: int
    taker_commission: int
    buyer_commission: int
    seller_commission: int
    commission_rates: CommissionRates
    can_trade: bool
    can_withdraw: bool
    can_deposit: bool
    brokered: bool
    require_self_trade_prevention: bool
    prevent_sor: bool
    update_time: int
    account_type: AccountType
    balances: list[Balance]
    permissions: list[str]
    uid: int
    trade_group_id: int | None = None
    reduce_only_assets: list[str] | None = None


class AccountTrade(Struct, frozen=True, kw_only=True, rename="camel"):
    """A trade of the account. `order_list_id` is -1 outside of order lists."""

    symbol: str
    id: int
    order_id: int
    order_list_id: int
    price: Decimal
    qty: Decimal
    quote_qty: Decimal
    commission: Decimal
    commission_asset: str
    time: int
    is_buyer: bool
    is_maker: bool
    is_best_match: bool


class UnfilledOrderCount(Struct, frozen=True, kw_only=True, rename="camel"):
    """How much of a limit on orders is used: `count` of `limit` in a window of `interval_num` x `interval`."""

    rate_limit_type: RateLimitType
    interval: RateLimitInterval
    interval_num: int
    limit: int
    count: int


class AccountPreventedMatch(Struct, frozen=True, kw_only=True, rename="camel"):
    """A match that self-trade prevention kept orders of the account from.

    The prevented quantity is told of those sides that the mode expires or decrements.
    """

    symbol: str
    prevented_match_id: int
    taker_order_id: int
    maker_symbol: str | None = None
    maker_order_id: int
    trade_group_id: int
    self_trade_prevention_mode: SelfTradePreventionMode
    price: Decimal
    taker_prevented_quantity: Decimal | None = None
    maker_prevented_quantity: Decimal | None = None
    transact_time: int


class Allocation(Struct, frozen=True, kw_only=True, rename="camel"):
    """What SOR allotted to an order."""

    symbol: str
    allocation_id: int
    allocation_type: AllocationType
    order_id: int
    order_list_id: int
    price: Decimal
    qty: Decimal
    quote_qty: Decimal
    commission: Decimal
    commission_asset: str
    time: int
    is_buyer: bool
    is_maker: bool
    is_allocator: bool


class AccountCommission(Struct, frozen=True, kw_only=True, rename="camel"):
    """The account's commission rates on a symbol."""

    symbol: str
    standard_commission: CommissionRates
    special_commission: CommissionRates | None = None
    tax_commission: CommissionRates
    discount: CommissionDiscount


class OrderAmendment(Struct, frozen=True, kw_only=True, rename="camel"):
    """One reduction of an order's quantity."""

    symbol: str
    order_id: int
    execution_id: int
    orig_client_order_id: str
    new_client_order_id: str
    orig_qty: Decimal
    new_qty: Decimal
    time: int


class MyFilters(Struct, frozen=True, kw_only=True, rename="camel"):
    """The filters that bound the account on a symbol."""

    exchange_filters: list[Filter]
    symbol_filters: list[Filter]
    asset_filters: list[Filter]
