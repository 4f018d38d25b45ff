# mypy: disable-error-code="empty-body"
"""Sub-account calls of Binance.US. The document states no security type; its examples sign them."""

from binance_async.core.endpoint import USER_DATA, Group, get, post
from binance_async.core.wire import Number, Time
from binance_async.us.enums import SubAccountStatusLike
from binance_async.us.types.sub_accounts import (
    SubAccountAssets,
    SubAccounts,
    SubAccountState,
    SubAccountSummary,
    SubAccountTransferred,
    SubAccountTransfers,
)


class SubAccountCalls(Group):
    """Sub-accounts, for the master account."""

    @get("/sapi/v3/sub-account/list", weight=1, security=USER_DATA)
    async def sub_accounts(
        self,
        *,
        email: str | None = None,
        status: SubAccountStatusLike | None = None,
        page: int | None = None,
        limit: int | None = None,
        recv_window: Number | None = None,
    ) -> SubAccounts:
        """The sub-accounts: 500 a page, or `limit`."""
        ...

    @get("/sapi/v3/sub-account/transfer/history", weight=1, security=USER_DATA)
    async def sub_account_transfers(
        self,
        *,
        email: str | None = None,
        start_time: Time | None = None,
        end_time: Time | None = None,
        page: int | None = None,
        limit: int | None = None,
        recv_window: Number | None = None,
    ) -> SubAccountTransfers:
        """Transfers between the accounts: at most 500 a page."""
        ...

    @post("/sapi/v3/sub-account/transfer", weight=1, security=USER_DATA)
    async def transfer_sub_account(
        self, *, from_email: str, to_email: str, asset: str, amount: Number, recv_window: Number | None = None
    ) -> SubAccountTransferred:
        """Transfer an asset between the master account and a sub-account."""
        ...

    @get("/sapi/v3/sub-account/assets", weight=1, security=USER_DATA)
    async def sub_account_assets(self, email: str, *, recv_window: Number | None = None) -> SubAccountAssets:
        """What a sub-account holds."""
        ...

    @get("/sapi/v1/sub-account/spotSummary", weight=1, security=USER_DATA)
    async def sub_account_summary(
        self,
        *,
        email: str | None = None,
        page: int | None = None,
        size: int | None = None,
        recv_window: Number | None = None,
    ) -> SubAccountSummary:
        """What the master account and its sub-accounts are worth in USD."""
        ...

    @get("/sapi/v1/sub-account/status", weight=1, security=USER_DATA)
    async def sub_account_status(self, email: str, *, recv_window: Number | None = None) -> list[SubAccountState]:
        """What a sub-account may do."""
        ...
