"""Replies of the account calls."""

from decimal import Decimal

from msgspec import Struct

from binance_async.us.enums import (
    AccountType,
    RateLimitInterval,
    RateLimitType,
    SelfTradePreventionMode,
)


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
    update_time: int
    account_type: AccountType
    balances: list[Balance]
    permissions: list[str]


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

    The prevented quantity is told of those sides that the mode expires.
    """

    symbol: str
    prevented_match_id: int
    taker_order_id: int
    maker_order_id: int
    trade_group_id: int
    self_trade_prevention_mode: SelfTradePreventionMode
    price: Decimal
    taker_prevented_quantity: Decimal | None = None
    maker_prevented_quantity: Decimal | None = None
    transact_time: int
