# mypy: disable-error-code="empty-body"
"""Over-the-counter trades of Binance.US: ask for a quote, then take it. The document's examples sign all calls."""

from binance_async.core.endpoint import TRADE, USER_DATA, Group, get, post
from binance_async.core.wire import Number, Time
from binance_async.us.types.otc import CoinPair, OcbsOrders, OtcOrder, OtcOrderPlaced, OtcOrders, OtcQuote


class Otc(Group):
    """OTC trades."""

    @get("/sapi/v1/otc/coinPairs", weight=1, security=USER_DATA)
    async def otc_coin_pairs(
        self, *, from_coin: str | None = None, to_coin: str | None = None, recv_window: Number | None = None
    ) -> list[CoinPair]:
        """The pairs of coins that are exchanged over the counter."""
        ...

    @post("/sapi/v1/otc/quotes", weight=1, security=USER_DATA)
    async def otc_quote(
        self,
        from_coin: str,
        to_coin: str,
        *,
        request_coin: str,
        request_amount: Number,
        recv_window: Number | None = None,
    ) -> OtcQuote:
        """Ask for a quote; `request_coin` is the one of the two in which `request_amount` is meant."""
        ...

    @post("/sapi/v1/otc/orders", weight=1, security=TRADE)
    async def place_otc_order(self, quote_id: str, *, recv_window: Number | None = None) -> OtcOrderPlaced:
        """Take a quote."""
        ...

    @get("/sapi/v1/otc/orders/{orderId}", weight=1, security=USER_DATA)
    async def otc_order(self, order_id: str, *, recv_window: Number | None = None) -> OtcOrder:
        """One OTC order."""
        ...

    @get("/sapi/v1/otc/orders", weight=1, security=USER_DATA)
    async def otc_orders(
        self,
        *,
        order_id: str | None = None,
        from_coin: str | None = None,
        to_coin: str | None = None,
        start_time: Time | None = None,
        end_time: Time | None = None,
        page: int | None = None,
        limit: int | None = None,
        recv_window: Number | None = None,
    ) -> OtcOrders:
        """OTC orders: 10 a page, or `limit` up to 100."""
        ...

    @get("/sapi/v1/ocbs/orders", weight=1, security=USER_DATA)
    async def ocbs_orders(
        self,
        *,
        order_id: str | None = None,
        start_time: Time | None = None,
        end_time: Time | None = None,
        page: int | None = None,
        limit: int | None = None,
        recv_window: Number | None = None,
    ) -> OcbsOrders:
        """Orders of "one click buy and sell": 10 a page, or `limit` up to 100."""
        ...
