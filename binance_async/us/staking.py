# mypy: disable-error-code="empty-body"
"""Staking calls of Binance.US. The document's examples sign them."""

from binance_async.core.endpoint import USER_DATA, Group, get, post
from binance_async.core.wire import Number, Time
from binance_async.us.types.staking import (
    Staked,
    StakingAsset,
    StakingBalance,
    StakingReply,
    StakingReward,
    StakingTransaction,
    Unstaked,
)


class Staking(Group):
    """Staking."""

    @get("/sapi/v1/staking/asset", weight=1, security=USER_DATA)
    async def staking_assets(
        self, staking_asset: str | None = None, *, recv_window: Number | None = None
    ) -> list[StakingAsset]:
        """The assets that can be staked, or one of them."""
        ...

    @post("/sapi/v1/staking/stake", weight=1, security=USER_DATA)
    async def stake(
        self,
        staking_asset: str,
        amount: Number,
        *,
        auto_restake: bool | None = None,
        recv_window: Number | None = None,
    ) -> StakingReply[Staked]:
        """Stake an amount of an asset; its rewards are staked too unless `auto_restake` is False."""
        ...

    @post("/sapi/v1/staking/unstake", weight=1, security=USER_DATA)
    async def unstake(
        self, staking_asset: str, amount: Number, *, recv_window: Number | None = None
    ) -> StakingReply[Unstaked]:
        """Unstake an amount of an asset."""
        ...

    @get("/sapi/v1/staking/stakingBalance", weight=1, security=USER_DATA)
    async def staking_balance(
        self, asset: str | None = None, *, recv_window: Number | None = None
    ) -> StakingReply[list[StakingBalance]]:
        """What is staked, of one asset or of all."""
        ...

    @get("/sapi/v1/staking/history", weight=1, security=USER_DATA)
    async def staking_history(
        self,
        *,
        asset: str | None = None,
        start_time: Time | None = None,
        end_time: Time | None = None,
        page: int | None = None,
        limit: int | None = None,
        recv_window: Number | None = None,
    ) -> list[StakingTransaction]:
        """Stakes and unstakes: 500 a page, or `limit`."""
        ...

    @get("/sapi/v1/staking/stakingRewardsHistory", weight=1, security=USER_DATA)
    async def staking_rewards(
        self,
        *,
        asset: str | None = None,
        start_time: Time | None = None,
        end_time: Time | None = None,
        page: int | None = None,
        limit: int | None = None,
        recv_window: Number | None = None,
    ) -> StakingReply[list[StakingReward]]:
        """Rewards for what is staked: at most 500 a page."""
        ...
