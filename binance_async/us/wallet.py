# mypy: disable-error-code="empty-body"
"""The wallet of Binance.US: coins, withdrawals, deposits, dust. The document's examples sign all calls.

Withdrawals and conversions move assets away: the client refuses them until they are opted in by name. Their arguments
have to be named, so that none can be taken for another.
"""

from binance_async.core.endpoint import USER_DATA, Group, get, post
from binance_async.core.wire import Number, RepeatedText, Time
from binance_async.us.enums import DustToAssetLike
from binance_async.us.types.wallet import (
    Coin,
    ConvertibleAssets,
    Deposit,
    DepositAddress,
    DustConversion,
    DustHistory,
    FiatHistory,
    FiatWithdrawal,
    Withdrawal,
    WithdrawalId,
)


class Wallet(Group):
    """The wallet."""

    @get("/sapi/v1/capital/config/getall", weight=1, security=USER_DATA)
    async def coins(self, *, recv_window: Number | None = None) -> list[Coin]:
        """All coins: what the wallet holds, the networks, their fees and whether they work."""
        ...

    @post("/sapi/v1/fiatpayment/withdraw/apply", weight=1, security=USER_DATA)
    async def withdraw_fiat(
        self,
        *,
        payment_method: str,
        payment_account: str,
        amount: Number,
        fiat_currency: str | None = None,
        recv_window: Number | None = None,
    ) -> FiatWithdrawal:
        """Withdraw fiat (USD) over a payment method, which is BITGO."""
        ...

    @post("/sapi/v1/capital/withdraw/apply", weight=1, security=USER_DATA, client_id="withdrawOrderId")
    async def withdraw(
        self,
        *,
        coin: str,
        network: str,
        address: str,
        amount: Number,
        address_tag: str | None = None,
        withdraw_order_id: str | None = None,
        recv_window: Number | None = None,
    ) -> WithdrawalId:
        """Withdraw crypto. `address_tag` is the memo that some networks need, `withdraw_order_id` an id of yours."""
        ...

    @get("/sapi/v1/capital/withdraw/history", weight=1, security=USER_DATA)
    async def withdrawals(
        self,
        coin: str,
        *,
        withdraw_order_id: str | None = None,
        status: int | None = None,
        start_time: Time | None = None,
        end_time: Time | None = None,
        offset: int | None = None,
        limit: int | None = None,
        recv_window: Number | None = None,
    ) -> list[Withdrawal]:
        """Crypto withdrawals of the last 90 days or of a time range, up to 1,000."""
        ...

    @get("/sapi/v1/fiatpayment/query/withdraw/history", weight=1, security=USER_DATA)
    async def fiat_withdrawals(
        self,
        *,
        fiat_currency: str | None = None,
        order_id: str | None = None,
        offset: int | None = None,
        payment_channel: str | None = None,
        payment_method: str | None = None,
        start_time: Time | None = None,
        end_time: Time | None = None,
        recv_window: Number | None = None,
    ) -> FiatHistory:
        """Fiat withdrawals of the last 90 days or of a time range shorter than that."""
        ...

    @get("/sapi/v1/capital/deposit/address", weight=1, security=USER_DATA)
    async def deposit_address(
        self, coin: str, *, network: str | None = None, recv_window: Number | None = None
    ) -> DepositAddress:
        """Where to send a coin, over a network or its default one."""
        ...

    @get("/sapi/v1/capital/deposit/hisrec", weight=1, security=USER_DATA)
    async def deposits(
        self,
        coin: str,
        *,
        status: int | None = None,
        start_time: Time | None = None,
        end_time: Time | None = None,
        offset: int | None = None,
        limit: int | None = None,
        recv_window: Number | None = None,
    ) -> list[Deposit]:
        """Crypto deposits of the last 90 days or of a time range, up to 1,000."""
        ...

    @get("/sapi/v1/fiatpayment/query/deposit/history", weight=1, security=USER_DATA)
    async def fiat_deposits(
        self,
        *,
        fiat_currency: str | None = None,
        order_id: str | None = None,
        offset: int | None = None,
        payment_channel: str | None = None,
        payment_method: str | None = None,
        start_time: Time | None = None,
        end_time: Time | None = None,
        recv_window: Number | None = None,
    ) -> FiatHistory:
        """Fiat deposits of the last 90 days or of a time range shorter than that."""
        ...

    @get("/sapi/v1/capital/sub-account/deposit/address", weight=1, security=USER_DATA)
    async def sub_account_deposit_address(
        self, email: str, coin: str, *, network: str | None = None, recv_window: Number | None = None
    ) -> DepositAddress:
        """Where to send a coin to a sub-account, over a network or its default one."""
        ...

    @get("/sapi/v1/capital/sub-account/deposit/history", weight=1, security=USER_DATA)
    async def sub_account_deposits(
        self,
        email: str,
        *,
        coin: str | None = None,
        status: int | None = None,
        start_time: Time | None = None,
        end_time: Time | None = None,
        limit: int | None = None,
        offset: int | None = None,
        recv_window: Number | None = None,
    ) -> list[Deposit]:
        """Crypto deposits of a sub-account."""
        ...

    @post("/sapi/v1/asset/dust", weight=10, security=USER_DATA)
    async def convert_dust(
        self, *, from_asset: RepeatedText, to_asset: DustToAssetLike, recv_window: Number | None = None
    ) -> DustConversion:
        """Convert small balances to BNB, BTC, ETH or USDT."""
        ...

    @get("/sapi/v1/asset/query/dust-logs", weight=1, security=USER_DATA)
    async def dust_history(self, start_time: Time, end_time: Time, *, recv_window: Number | None = None) -> DustHistory:
        """Past conversions of dust."""
        ...

    @get("/sapi/v1/asset/query/dust-assets", weight=1, security=USER_DATA)
    async def dust_assets(self, to_asset: DustToAssetLike, *, recv_window: Number | None = None) -> ConvertibleAssets:
        """The assets that may be converted as dust, and what they would bring."""
        ...
