"""Replies of the OTC calls. The document's examples have the times in seconds."""

from decimal import Decimal

from msgspec import Struct

from binance_async.us.enums import OtcOrderStatus


class CoinPair(Struct, frozen=True, kw_only=True, rename="camel"):
    """Two coins that are exchanged over the counter, and between what amounts."""

    from_coin: str
    to_coin: str
    from_coin_min_amount: Decimal
    from_coin_max_amount: Decimal
    to_coin_min_amount: Decimal
    to_coin_max_amount: Decimal


class OtcQuote(Struct, frozen=True, kw_only=True, rename="camel"):
    """A quote, good until `valid_timestamp`. The document's example has no `quote_id`, which an order needs."""

    quote_id: str | None = None
    symbol: str
    ratio: Decimal
    inverse_ratio: Decimal
    valid_timestamp: int
    to_amount: Decimal
    from_amount: Decimal


class OtcOrderPlaced(Struct, frozen=True, kw_only=True, rename="camel"):
    """An OTC order that was placed."""

    order_id: str
    create_time: int
    order_status: OtcOrderStatus


class OtcOrder(Struct, frozen=True, kw_only=True, rename="camel"):
    """An OTC order."""

    quote_id: str
    order_id: str
    order_status: OtcOrderStatus
    from_coin: str
    from_amount: Decimal
    to_coin: str
    to_amount: Decimal
    ratio: Decimal
    inverse_ratio: Decimal
    create_time: int


class OtcOrders(Struct, frozen=True, kw_only=True, rename="camel"):
    """A page of OTC orders, and how many there are in all."""

    total: int
    rows: list[OtcOrder]


class OcbsOrder(Struct, frozen=True, kw_only=True, rename="camel"):
    """An order of "one click buy and sell"."""

    quote_id: str
    order_id: str
    order_status: OtcOrderStatus
    from_coin: str
    from_amount: Decimal
    to_coin: str
    to_amount: Decimal
    fee_coin: str
    fee_amount: Decimal
    ratio: Decimal
    create_time: int


class OcbsOrders(Struct, frozen=True, kw_only=True, rename="camel"):
    """A page of OCBS orders, and how many there are in all."""

    total: int
    data_list: list[OcbsOrder]
