"""Replies of the account calls."""

from decimal import Decimal

from msgspec import Struct

from binance_async.us.enums import (
    AccountType,
    RateLimitInterval,
    RateLimitType,
    SelfTradePreventionMode,
    TradingStatusIndicator,
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


class AccountStatus(Struct, frozen=True, kw_only=True, rename="camel"):
    """Whether the account is in order; `msg` says why not, and `objs` is there only when it is restricted."""

    msg: str
    success: bool
    objs: list[str] | None = None


class TriggerCondition(
    Struct,
    frozen=True,
    kw_only=True,
    rename={
        "unfilled_ratio": "UFR",
        "expired_ratio": "IFER",
        "canceled_ratio": "GCR",
    },
):
    """After how many orders each ratio counts."""

    unfilled_ratio: int
    expired_ratio: int
    canceled_ratio: int


class Indicator(
    Struct, frozen=True, kw_only=True, rename={"indicator": "i", "count": "c", "value": "v", "trigger": "t"}
):
    """One ratio of the account's orders on a symbol, and the value that triggers a ban."""

    indicator: TradingStatusIndicator
    count: int
    value: Decimal
    trigger: Decimal


class ApiTradingStatus(Struct, frozen=True, kw_only=True, rename="camel"):
    """Whether the account may trade by API, and how near its orders are to a ban, by symbol."""

    is_locked: bool
    planned_recover_time: int
    trigger_condition: TriggerCondition
    indicators: dict[str, list[Indicator]]
    update_time: int


class ApiTradingStatusReply(Struct, frozen=True, kw_only=True, rename="camel"):
    """The trading status in its envelope."""

    success: bool
    status: ApiTradingStatus


class AssetDistribution(Struct, frozen=True, kw_only=True, rename="camel"):
    """An asset that was distributed to the account, for instance a rebate or an airdrop."""

    amount: Decimal
    asset: str
    div_time: int
    category: str
    tran_id: int


class AssetDistributions(Struct, frozen=True, kw_only=True, rename="camel"):
    """Distributions, and how many there are in all."""

    rows: list[AssetDistribution]
    total: int


class TradeFee(Struct, frozen=True, kw_only=True, rename="camel"):
    """The commission on a symbol, without the discount for paying in BNB."""

    symbol: str
    maker_commission: Decimal
    taker_commission: Decimal


class TradeVolume(Struct, frozen=True, kw_only=True, rename={"past_30_days": "past30DaysTradingVolume"}):
    """The volume traded in the past 30 days, renewed at 0:00 UTC."""

    past_30_days: Decimal
