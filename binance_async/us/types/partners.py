"""Replies of the calls for referrers and API partners."""

from decimal import Decimal

from msgspec import Struct


class ReferralReward(Struct, frozen=True, kw_only=True, rename="camel"):
    """A reward for a referral."""

    user_id: int
    reward_amount: Decimal
    receive_date_time: int
    reward_type: str


class ReferralRewards(Struct, frozen=True, kw_only=True, rename="camel"):
    """A page of rewards, and how many there are in all."""

    total: int
    rows: list[ReferralReward]


class Eligibility(Struct, frozen=True, kw_only=True, rename="camel"):
    """Whether rebates are paid for a user; `referrer_id` is who referred them."""

    is_eligible: bool
    if_new_user: bool
    vip_level: int
    referrer_id: int | None = None


class Rebate(Struct, frozen=True, kw_only=True, rename="camel"):
    """A rebate that was paid."""

    qty: Decimal
    asset: str
    date: int
