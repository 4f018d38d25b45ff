# mypy: disable-error-code="empty-body"
"""Credit line calls of Binance.US. They need a key of their own kind; the document's examples sign them."""

from binance_async.core.endpoint import USER_DATA, Group, get, post
from binance_async.core.wire import Number, Time
from binance_async.us.enums import CreditAlertTypeLike, CreditTransferTypeLike
from binance_async.us.types.credit_line import CreditAlert, CreditLine, CreditTransfer, CreditTransferred


class CreditLines(Group):
    """The credit line account."""

    @get("/sapi/v2/cl/account", weight=10, security=USER_DATA)
    async def credit_line(self, *, recv_window: Number | None = None) -> CreditLine:
        """The account: its loans, balances and how near it is to a margin call."""
        ...

    @get("/sapi/v2/cl/alertHistory", weight=1, security=USER_DATA)
    async def credit_line_alerts(
        self,
        *,
        start_time: Time | None = None,
        end_time: Time | None = None,
        limit: int | None = None,
        alert_type: CreditAlertTypeLike | None = None,
        recv_window: Number | None = None,
    ) -> list[CreditAlert]:
        """Margin calls and liquidations: 200, or `limit` of them."""
        ...

    @get("/sapi/v1/cl/transferHistory", weight=1, security=USER_DATA)
    async def credit_line_transfers(
        self,
        *,
        start_time: Time | None = None,
        end_time: Time | None = None,
        limit: int | None = None,
        transfer_type: CreditTransferTypeLike | None = None,
        asset: str | None = None,
        recv_window: Number | None = None,
    ) -> list[CreditTransfer]:
        """Transfers into and out of the account: 20, or `limit` of them up to 100."""
        ...

    @post("/sapi/v1/cl/transfer", weight=1, security=USER_DATA)
    async def transfer_credit_line(
        self,
        *,
        transfer_type: CreditTransferTypeLike,
        transfer_asset_type: str,
        quantity: Number,
        recv_window: Number | None = None,
    ) -> CreditTransferred:
        """Transfer an asset into or out of the account."""
        ...
