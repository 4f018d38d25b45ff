"""Replies of the sub-account calls."""

from decimal import Decimal

from msgspec import Struct, field

from binance_async.us.enums import SubAccountStatus


class SubAccount(Struct, frozen=True, kw_only=True, rename="camel"):
    """A sub-account; `g_auth` is whether it uses two-factor authentication."""

    email: str
    status: SubAccountStatus
    activated: bool
    mobile: str
    g_auth: bool
    create_time: int


class SubAccounts(Struct, frozen=True, kw_only=True, rename="camel"):
    """The sub-accounts asked for."""

    success: bool
    sub_accounts: list[SubAccount]


class SubAccountTransfer(Struct, frozen=True, kw_only=True, rename="camel"):
    """A transfer between accounts. The document's example has `time` in seconds."""

    asset: str
    from_: str
    to: str
    qty: Decimal
    time: int


class SubAccountTransfers(Struct, frozen=True, kw_only=True, rename="camel"):
    """The transfers asked for."""

    msg: str
    success: bool
    transfers: list[SubAccountTransfer]


class SubAccountTransferred(Struct, frozen=True, kw_only=True, rename="camel"):
    """A transfer that was executed."""

    msg: str
    success: bool
    txn_id: str


class SubAccountBalance(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a sub-account holds of an asset. The exchange spells the keys in lower case or with a capital."""

    asset: str
    lower_free: Decimal | None = field(default=None, name="free")
    lower_locked: Decimal | None = field(default=None, name="locked")
    capital_free: Decimal | None = field(default=None, name="Free")
    capital_locked: Decimal | None = field(default=None, name="Locked")

    @property
    def free(self) -> Decimal | None:
        """What is free."""
        return self.lower_free if self.lower_free is not None else self.capital_free

    @property
    def locked(self) -> Decimal | None:
        """What is bound by open orders."""
        return self.lower_locked if self.lower_locked is not None else self.capital_locked


class SubAccountAssets(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a sub-account holds."""

    balances: list[SubAccountBalance]
    success: bool


class SubAccountValue(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a sub-account is worth in USD."""

    email: str
    total_asset: Decimal


class SubAccountSummary(Struct, frozen=True, kw_only=True, rename="camel"):
    """What the master account and its sub-accounts are worth in USD, whatever the name of the list says."""

    total_count: int
    master_account_total_asset: Decimal
    spot_sub_user_asset_btc_vo_list: list[SubAccountValue]


class SubAccountState(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a sub-account may do."""

    email: str
    insert_time: int
    mobile: str
    is_user_active: bool
    is_margin_enabled: bool
    is_sub_user_enabled: bool
    is_future_enabled: bool
