# mypy: disable-error-code="empty-body"
"""Calls of Binance.US for referrers and API partners. The document's examples sign them."""

from binance_async.core.endpoint import USER_DATA, Group, get
from binance_async.core.wire import Number, Time
from binance_async.us.types.partners import Eligibility, Rebate, ReferralRewards


class Partners(Group):
    """Referrals and API partners."""

    @get("/sapi/v1/marketing/referral/reward/history", weight=1, security=USER_DATA)
    async def referral_rewards(
        self, user_biz_type: int, *, page: int, rows: int, recv_window: Number | None = None
    ) -> ReferralRewards:
        """Rewards for referrals; `user_biz_type` is 0 for the referrer's, 1 for the referee's, `rows` at most 200."""
        ...

    @get("/sapi/v1/apipartner/checkEligibility", weight=1, security=USER_DATA)
    async def partner_eligibility(self, partner_id: str, *, recv_window: Number | None = None) -> Eligibility:
        """Whether a partner is paid rebates for this user."""
        ...

    @get("/sapi/v1/apipartner/rebateHistory", weight=1, security=USER_DATA)
    async def partner_rebates(
        self,
        partner_id: str,
        *,
        start_time: Time | None = None,
        end_time: Time | None = None,
        limit: int | None = None,
        page: int | None = None,
        recv_window: Number | None = None,
    ) -> list[Rebate]:
        """Rebates of the last 7 days or of a time range: 100, or `limit` of them up to 1,000."""
        ...
