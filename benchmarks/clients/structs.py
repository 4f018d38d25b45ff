"""The floors' own idea of each message: plain msgspec structs with every field, as fast as msgspec can be.

They stand apart from the package on purpose. If its events become slower, the floor does not.
"""

# No `from __future__ import annotations`: msgspec reads the annotations at run time.
from decimal import Decimal
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")
Level = tuple[Decimal, Decimal]


class Combined(msgspec.Struct, Generic[T], gc=False):
    """The combined form; the name is what a consumer of several streams needs."""

    stream: str
    data: T


class Trade(msgspec.Struct, gc=False, tag_field="e", tag="trade"):
    E: int
    s: str
    t: int
    p: Decimal
    q: Decimal
    T: int
    m: bool
    M: bool


class AggTrade(msgspec.Struct, gc=False, tag_field="e", tag="aggTrade"):
    E: int
    s: str
    a: int
    p: Decimal
    q: Decimal
    f: int
    l: int  # noqa: E741 - the exchange's name
    T: int
    m: bool
    M: bool


class BookTicker(msgspec.Struct, gc=False):
    u: int
    s: str
    b: Decimal
    B: Decimal
    a: Decimal
    A: Decimal


class Candle(msgspec.Struct, gc=False):
    t: int
    T: int
    s: str
    i: str
    f: int
    L: int
    o: Decimal
    c: Decimal
    h: Decimal
    l: Decimal  # noqa: E741
    v: Decimal
    n: int
    x: bool
    q: Decimal
    V: Decimal
    Q: Decimal
    B: str


class Kline(msgspec.Struct, gc=False, tag_field="e", tag="kline"):
    E: int
    s: str
    k: Candle


class DepthUpdate(msgspec.Struct, tag_field="e", tag="depthUpdate"):
    E: int
    s: str
    U: int
    u: int
    b: list[Level]
    a: list[Level]


class MiniTicker(msgspec.Struct, gc=False, tag_field="e", tag="24hrMiniTicker"):
    E: int
    s: str
    c: Decimal
    o: Decimal
    h: Decimal
    l: Decimal  # noqa: E741
    v: Decimal
    q: Decimal


class ExecutionReport(msgspec.Struct, gc=False, tag_field="e", tag="executionReport"):
    E: int
    s: str
    c: str
    S: str
    o: str
    f: str
    q: Decimal
    p: Decimal
    P: Decimal
    F: Decimal
    g: int
    C: str
    x: str
    X: str
    r: str
    i: int
    l: Decimal  # noqa: E741
    z: Decimal
    L: Decimal
    n: Decimal
    N: str | None
    T: int
    t: int
    v: int
    I: int  # noqa: E741
    w: bool
    m: bool
    O: int  # noqa: E741
    Z: Decimal
    Y: Decimal
    Q: Decimal
    W: int
    V: str


class UserMessage(msgspec.Struct, gc=False):
    subscriptionId: int  # noqa: N815
    event: ExecutionReport


class Order(msgspec.Struct, rename="camel"):
    """The reply of `order.status`."""

    symbol: str
    order_id: int
    order_list_id: int
    client_order_id: str
    price: Decimal
    orig_qty: Decimal
    executed_qty: Decimal
    cummulative_quote_qty: Decimal
    status: str
    time_in_force: str
    type: str
    side: str
    stop_price: Decimal
    iceberg_qty: Decimal
    time: int
    update_time: int
    is_working: bool
    working_time: int
    orig_quote_order_qty: Decimal
    self_trade_prevention_mode: str


class Price(msgspec.Struct):
    """The reply of `ticker.price`."""

    symbol: str
    price: Decimal


class RateLimit(msgspec.Struct, rename="camel"):
    rate_limit_type: str
    interval: str
    interval_num: int
    limit: int
    count: int


class ApiReply(msgspec.Struct, Generic[T], rename="camel"):
    """A reply of the WebSocket API, in one pass."""

    id: int
    status: int
    result: T
    rate_limits: list[RateLimit]


STREAMED = {
    "trade": Trade,
    "agg_trade": AggTrade,
    "book_ticker": BookTicker,
    "kline": Kline,
    "depth_40": DepthUpdate,
    "depth_1000": DepthUpdate,
    "all_tickers": list[MiniTicker],
}


def decoder_of(payload: str) -> msgspec.json.Decoder[object]:
    """The one decoder that a floor uses."""
    if payload == "execution_report":
        return msgspec.json.Decoder(UserMessage)
    return msgspec.json.Decoder(Combined[STREAMED[payload]])  # type: ignore[valid-type]
