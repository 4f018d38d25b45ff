"""The events of Binance.US's market streams and of its user data.

The exchange names fields by single letters; the mapping on each struct is the legend, and names are those of the REST
replies that say the same. Market events are generic in their number: `Trade[Decimal]` (also plain `Trade`),
`Trade[float]`, `Trade[str]`. User events are always exact.
"""

from decimal import Decimal
from typing import ClassVar, Generic, TypeAlias

from msgspec import Struct

from binance_async.core.events import Body, EventReader, Gap, GapCause, RawEvent, Source, UserEventBase
from binance_async.core.stream import N
from binance_async.us.enums import (
    ContingencyType,
    ExecutionType,
    ListOrderStatus,
    ListStatusType,
    OrderStatus,
    OrderType,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
)

__all__ = [
    "USER_EVENTS",
    "AggTrade",
    "AssetBalance",
    "BalanceUpdate",
    "BookTicker",
    "DepthUpdate",
    "ExecutionReport",
    "Gap",
    "GapCause",
    "Kline",
    "KlineEvent",
    "ListStatus",
    "ListedOrder",
    "ListenKeyExpired",
    "MarketEvent",
    "MiniTicker",
    "OutboundAccountPosition",
    "PartialDepth",
    "RawEvent",
    "RestoredAccountPosition",
    "RestoredExecutionReport",
    "RestoredListStatus",
    "Ticker",
    "Trade",
    "UserEvent",
    "WindowTicker",
    "read_user_event",
]


class AggTrade(
    Struct,
    Generic[N],
    frozen=True,
    kw_only=True,
    gc=False,
    tag_field="e",
    tag="aggTrade",
    rename={
        "event_time": "E",
        "symbol": "s",
        "agg_trade_id": "a",
        "price": "p",
        "qty": "q",
        "first_trade_id": "f",
        "last_trade_id": "l",
        "time": "T",
        "is_buyer_maker": "m",
        "is_best_match": "M",
    },
):
    """Trades of one taker order at one price, taken together."""

    event_time: int
    symbol: str
    agg_trade_id: int
    price: N
    qty: N
    first_trade_id: int
    last_trade_id: int
    time: int
    is_buyer_maker: bool
    is_best_match: bool = True


class Trade(
    Struct,
    Generic[N],
    frozen=True,
    kw_only=True,
    gc=False,
    tag_field="e",
    tag="trade",
    rename={
        "event_time": "E",
        "symbol": "s",
        "trade_id": "t",
        "price": "p",
        "qty": "q",
        "buyer_order_id": "b",
        "seller_order_id": "a",
        "time": "T",
        "is_buyer_maker": "m",
        "is_best_match": "M",
    },
):
    """A trade of the market."""

    event_time: int
    symbol: str
    trade_id: int
    price: N
    qty: N
    buyer_order_id: int | None = None
    seller_order_id: int | None = None
    time: int
    is_buyer_maker: bool
    is_best_match: bool = True


class Kline(
    Struct,
    Generic[N],
    frozen=True,
    kw_only=True,
    gc=False,
    rename={
        "open_time": "t",
        "close_time": "T",
        "symbol": "s",
        "interval": "i",
        "first_trade_id": "f",
        "last_trade_id": "L",
        "open": "o",
        "close": "c",
        "high": "h",
        "low": "l",
        "volume": "v",
        "trades": "n",
        "is_closed": "x",
        "quote_volume": "q",
        "taker_buy_base_volume": "V",
        "taker_buy_quote_volume": "Q",
        "unused": "B",
    },
):
    """A candle as it stands; `is_closed` tells the last word on it. Without trades its trade ids are -1."""

    open_time: int
    close_time: int
    symbol: str
    interval: str
    first_trade_id: int
    last_trade_id: int
    open: N
    close: N
    high: N
    low: N
    volume: N
    trades: int
    is_closed: bool
    quote_volume: N
    taker_buy_base_volume: N
    taker_buy_quote_volume: N
    unused: str = "0"


class KlineEvent(
    Struct,
    Generic[N],
    frozen=True,
    kw_only=True,
    gc=False,
    tag_field="e",
    tag="kline",
    rename={"event_time": "E", "symbol": "s", "kline": "k"},
):
    """A candle changed."""

    event_time: int
    symbol: str
    kline: Kline[N]


class MiniTicker(
    Struct,
    Generic[N],
    frozen=True,
    kw_only=True,
    gc=False,
    tag_field="e",
    tag="24hrMiniTicker",
    rename={
        "event_time": "E",
        "symbol": "s",
        "last_price": "c",
        "open_price": "o",
        "high_price": "h",
        "low_price": "l",
        "volume": "v",
        "quote_volume": "q",
    },
):
    """The statistics of the last 24 hours, in short."""

    event_time: int
    symbol: str
    last_price: N
    open_price: N
    high_price: N
    low_price: N
    volume: N
    quote_volume: N


class Ticker(
    Struct,
    Generic[N],
    frozen=True,
    kw_only=True,
    gc=False,
    tag_field="e",
    tag="24hrTicker",
    rename={
        "event_time": "E",
        "symbol": "s",
        "price_change": "p",
        "price_change_percent": "P",
        "weighted_avg_price": "w",
        "prev_close_price": "x",
        "last_price": "c",
        "last_qty": "Q",
        "bid_price": "b",
        "bid_qty": "B",
        "ask_price": "a",
        "ask_qty": "A",
        "open_price": "o",
        "high_price": "h",
        "low_price": "l",
        "volume": "v",
        "quote_volume": "q",
        "open_time": "O",
        "close_time": "C",
        "first_id": "F",
        "last_id": "L",
        "count": "n",
    },
):
    """The statistics of the last 24 hours. `prev_close_price` is that of the trade before the first one."""

    event_time: int
    symbol: str
    price_change: N
    price_change_percent: N
    weighted_avg_price: N
    prev_close_price: N
    last_price: N
    last_qty: N
    bid_price: N
    bid_qty: N
    ask_price: N
    ask_qty: N
    open_price: N
    high_price: N
    low_price: N
    volume: N
    quote_volume: N
    open_time: int
    close_time: int
    first_id: int
    last_id: int
    count: int


class WindowTicker(
    Struct,
    Generic[N],
    frozen=True,
    kw_only=True,
    gc=False,
    rename={
        "event": "e",
        "event_time": "E",
        "symbol": "s",
        "price_change": "p",
        "price_change_percent": "P",
        "open_price": "o",
        "high_price": "h",
        "low_price": "l",
        "last_price": "c",
        "weighted_avg_price": "w",
        "volume": "v",
        "quote_volume": "q",
        "open_time": "O",
        "close_time": "C",
        "first_id": "F",
        "last_id": "L",
        "count": "n",
    },
):
    """The statistics of a rolling window, whose length `event` names (`1hTicker`, `4hTicker`)."""

    event: str
    event_time: int
    symbol: str
    price_change: N
    price_change_percent: N
    open_price: N
    high_price: N
    low_price: N
    last_price: N
    weighted_avg_price: N
    volume: N
    quote_volume: N
    open_time: int
    close_time: int
    first_id: int
    last_id: int
    count: int


class BookTicker(
    Struct,
    Generic[N],
    frozen=True,
    kw_only=True,
    gc=False,
    rename={
        "update_id": "u",
        "symbol": "s",
        "bid_price": "b",
        "bid_qty": "B",
        "ask_price": "a",
        "ask_qty": "A",
    },
):
    """The best bid and ask. It has no event time."""

    update_id: int
    symbol: str
    bid_price: N
    bid_qty: N
    ask_price: N
    ask_qty: N


class PartialDepth(Struct, Generic[N], frozen=True, kw_only=True, rename="camel"):
    """The best levels of the book, best prices first. It has neither symbol nor event time: the stream names it."""

    last_update_id: int
    bids: list[tuple[N, N]]
    asks: list[tuple[N, N]]


class DepthUpdate(
    Struct,
    Generic[N],
    frozen=True,
    kw_only=True,
    tag_field="e",
    tag="depthUpdate",
    rename={
        "event_time": "E",
        "symbol": "s",
        "first_update_id": "U",
        "final_update_id": "u",
        "bids": "b",
        "asks": "a",
    },
):
    """The levels that changed between two update ids. Quantities are absolute; a quantity of 0 removes the level."""

    event_time: int
    symbol: str
    first_update_id: int
    final_update_id: int
    bids: list[tuple[N, N]]
    asks: list[tuple[N, N]]


MarketEvent: TypeAlias = (
    AggTrade[N]
    | Trade[N]
    | KlineEvent[N]
    | MiniTicker[N]
    | Ticker[N]
    | WindowTicker[N]
    | BookTicker[N]
    | PartialDepth[N]
    | DepthUpdate[N]
    | list[MiniTicker[N]]
    | list[Ticker[N]]
    | list[WindowTicker[N]]
)
"""Whatever a market stream may bring."""


class ExecutionReport(
    UserEventBase,
    frozen=True,
    repr_omit_defaults=True,
    kw_only=True,
    tag_field="e",
    tag="executionReport",
    rename={
        "event_time": "E",
        "symbol": "s",
        "client_order_id": "c",
        "side": "S",
        "type": "o",
        "time_in_force": "f",
        "orig_qty": "q",
        "price": "p",
        "stop_price": "P",
        "iceberg_qty": "F",
        "order_list_id": "g",
        "orig_client_order_id": "C",
        "execution_type": "x",
        "status": "X",
        "reject_reason": "r",
        "order_id": "i",
        "last_qty": "l",
        "executed_qty": "z",
        "last_price": "L",
        "commission": "n",
        "commission_asset": "N",
        "transact_time": "T",
        "trade_id": "t",
        "execution_id": "I",
        "is_on_book": "w",
        "is_maker": "m",
        "unused": "M",
        "order_time": "O",
        "cummulative_quote_qty": "Z",
        "last_quote_qty": "Y",
        "orig_quote_order_qty": "Q",
        "working_time": "W",
        "self_trade_prevention_mode": "V",
        "trailing_delta": "d",
        "trailing_time": "D",
        "strategy_id": "j",
        "strategy_type": "J",
        "prevented_match_id": "v",
        "prevented_quantity": "A",
        "last_prevented_quantity": "B",
        "trade_group_id": "u",
        "counter_order_id": "U",
    },
):
    """An order changed. The average price so far is `cummulative_quote_qty / executed_qty`.

    Fields that the exchange sends only under some condition are None without it. `orig_client_order_id` is the id of
    the order that was cancelled, empty otherwise; `trade_id` is -1 unless this is a trade. `reject_reason` is an error
    code or NONE. The document prints words where `working_time` and `trailing_time` have milliseconds, so both may be.
    """

    event_time: int
    symbol: str
    client_order_id: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    orig_qty: Decimal
    price: Decimal
    stop_price: Decimal
    iceberg_qty: Decimal
    order_list_id: int
    orig_client_order_id: str
    execution_type: ExecutionType
    status: OrderStatus
    reject_reason: str
    order_id: int
    last_qty: Decimal
    executed_qty: Decimal
    last_price: Decimal
    commission: Decimal
    commission_asset: str | None = None
    transact_time: int
    trade_id: int
    execution_id: int | None = None
    """Unique together with the symbol; None if the report was restored from REST."""
    is_on_book: bool
    is_maker: bool
    unused: bool | None = None
    order_time: int
    cummulative_quote_qty: Decimal
    last_quote_qty: Decimal
    orig_quote_order_qty: Decimal
    working_time: int | str | None = None
    """When it came onto the book."""
    self_trade_prevention_mode: SelfTradePreventionMode = SelfTradePreventionMode.NONE
    trailing_delta: int | None = None
    trailing_time: int | str | None = None
    strategy_id: int | None = None
    strategy_type: int | None = None
    prevented_match_id: int | None = None
    prevented_quantity: Decimal | None = None
    last_prevented_quantity: Decimal | None = None
    trade_group_id: int | None = None
    counter_order_id: int | None = None


class AssetBalance(Struct, frozen=True, kw_only=True, gc=False, rename={"asset": "a", "free": "f", "locked": "l"}):
    """What an account has of an asset."""

    asset: str
    free: Decimal
    locked: Decimal


class OutboundAccountPosition(
    UserEventBase,
    frozen=True,
    kw_only=True,
    tag_field="e",
    tag="outboundAccountPosition",
    rename={"event_time": "E", "last_account_update": "u", "balances": "B"},
):
    """The balances of the assets that may have changed."""

    event_time: int
    last_account_update: int
    balances: list[AssetBalance]


class BalanceUpdate(
    UserEventBase,
    frozen=True,
    kw_only=True,
    gc=False,
    tag_field="e",
    tag="balanceUpdate",
    rename={"event_time": "E", "asset": "a", "delta": "d", "clear_time": "T"},
):
    """A deposit, a withdrawal, or a transfer between accounts."""

    event_time: int
    asset: str
    delta: Decimal
    clear_time: int


class ListedOrder(
    Struct, frozen=True, kw_only=True, gc=False, rename={"symbol": "s", "order_id": "i", "client_order_id": "c"}
):
    """An order of a list."""

    symbol: str
    order_id: int
    client_order_id: str


class ListStatus(
    UserEventBase,
    frozen=True,
    kw_only=True,
    tag_field="e",
    tag="listStatus",
    rename={
        "event_time": "E",
        "symbol": "s",
        "order_list_id": "g",
        "contingency_type": "c",
        "list_status_type": "l",
        "list_order_status": "L",
        "list_reject_reason": "r",
        "list_client_order_id": "C",
        "transaction_time": "T",
        "orders": "O",
    },
):
    """An order list changed. Its orders' own reports come beside it."""

    event_time: int
    symbol: str
    order_list_id: int
    contingency_type: ContingencyType
    list_status_type: ListStatusType
    list_order_status: ListOrderStatus
    list_reject_reason: str
    list_client_order_id: str
    transaction_time: int
    orders: list[ListedOrder]


class ListenKeyExpired(
    UserEventBase,
    frozen=True,
    kw_only=True,
    gc=False,
    tag_field="e",
    tag="listenKeyExpired",
    rename={"event_time": "E", "listen_key": "listenKey"},
):
    """The listen key is at its end: no event follows. The document of Binance.US does not show it; spot's does."""

    event_time: int
    listen_key: str

    def __repr__(self) -> str:
        return f"ListenKeyExpired(event_time={self.event_time}, listen_key=...)"


class RestoredExecutionReport(ExecutionReport, frozen=True, kw_only=True):
    """A report of what was missed in a gap, made from REST."""

    source: ClassVar[Source] = "rest"


class RestoredAccountPosition(OutboundAccountPosition, frozen=True, kw_only=True):
    """The balances after a gap, made from REST."""

    source: ClassVar[Source] = "rest"


class RestoredListStatus(ListStatus, frozen=True, kw_only=True):
    """The state of an order list after a gap, made from REST."""

    source: ClassVar[Source] = "rest"


UserEvent: TypeAlias = ExecutionReport | OutboundAccountPosition | BalanceUpdate | ListStatus | ListenKeyExpired
"""Whatever the exchange tells of an account."""

USER_EVENTS = (
    ExecutionReport,
    OutboundAccountPosition,
    BalanceUpdate,
    ListStatus,
    ListenKeyExpired,
)
"""The user events as they are declared."""

_reader: EventReader[UserEvent] = EventReader(UserEvent)


def read_user_event(body: Body) -> UserEvent | RawEvent:
    """One event of user data. It never raises: what does not decode is a `RawEvent`."""
    return _reader.read(body)
