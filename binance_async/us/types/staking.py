"""Replies of the staking calls.

Most come in an envelope whose `code` is text: `"000000"` is success. What failed has another code and no data.
"""

from decimal import Decimal
from typing import Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")


class StakingReply(Struct, Generic[T], frozen=True, kw_only=True, rename="camel"):
    """The envelope. `status` comes with balances, `total` with rewards."""

    code: str
    message: str | None = None
    data: T | None = None
    status: list[str] | None = None
    total: int | None = None
    success: bool


class StakingAsset(Struct, frozen=True, kw_only=True, rename="camel"):
    """An asset that can be staked; `unstaking_period` is in hours."""

    staking_asset: str
    reward_asset: str
    apr: Decimal
    apy: Decimal
    unstaking_period: int
    min_staking_limit: Decimal
    max_staking_limit: Decimal
    auto_restake: bool


class Staked(Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of a stake."""

    result: str
    purchase_record_id: str


class Unstaked(Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of an unstake."""

    result: str


class StakingBalance(Struct, frozen=True, kw_only=True, rename="camel"):
    """What is staked of an asset."""

    asset: str
    staking_amount: Decimal
    reward_asset: str
    apr: Decimal
    apy: Decimal
    auto_restake: bool


class StakingTransaction(Struct, frozen=True, kw_only=True, rename="camel"):
    """A stake or an unstake, as `type` says."""

    asset: str
    amount: Decimal
    type: str
    initiated_time: int
    status: str


class StakingReward(Struct, frozen=True, kw_only=True, rename="camel"):
    """A reward for what is staked."""

    asset: str
    amount: Decimal
    usd_value: Decimal
    time: int
    tran_id: int
    auto_restaked: bool
