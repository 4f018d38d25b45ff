"""Replies of the calls about status, fees and distributions."""

from decimal import Decimal

from msgspec import Struct

from binance_async.us.enums import TradingStatusIndicator


class SystemStatus(Struct, frozen=True, kw_only=True, rename="camel"):
    """Whether the exchange works: 0 normal, 1 maintenance."""

    status: int


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
