"""The enumerations of Binance.US. All are open: a value of tomorrow is kept (see `core.open_enum`).

Replies carry the enum; parameters take the enum or its text, which the `...Like` aliases let a type checker verify.
"""

from typing import Literal, TypeAlias

from binance_async.core.open_enum import OpenEnum


class SymbolStatus(OpenEnum):
    """Whether a symbol trades."""

    PRE_TRADING = "PRE_TRADING"
    TRADING = "TRADING"
    POST_TRADING = "POST_TRADING"
    END_OF_DAY = "END_OF_DAY"
    HALT = "HALT"
    AUCTION_MATCH = "AUCTION_MATCH"
    BREAK = "BREAK"


class OrderStatus(OpenEnum):
    """The life of an order."""

    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    PENDING_CANCEL = "PENDING_CANCEL"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    EXPIRED_IN_MATCH = "EXPIRED_IN_MATCH"


class ListStatusType(OpenEnum):
    """What an order-list report is about."""

    RESPONSE = "RESPONSE"
    EXEC_STARTED = "EXEC_STARTED"
    ALL_DONE = "ALL_DONE"


class ListOrderStatus(OpenEnum):
    """The life of an order list."""

    EXECUTING = "EXECUTING"
    ALL_DONE = "ALL_DONE"
    REJECT = "REJECT"


class ContingencyType(OpenEnum):
    """How the orders of a list depend on each other."""

    OCO = "OCO"


class OrderType(OpenEnum):
    """The type of an order. STOP_LOSS and TAKE_PROFIT are known to the WebSocket API and to custodial accounts."""

    LIMIT = "LIMIT"
    MARKET = "MARKET"
    STOP_LOSS = "STOP_LOSS"
    STOP_LOSS_LIMIT = "STOP_LOSS_LIMIT"
    TAKE_PROFIT = "TAKE_PROFIT"
    TAKE_PROFIT_LIMIT = "TAKE_PROFIT_LIMIT"
    LIMIT_MAKER = "LIMIT_MAKER"


class Side(OpenEnum):
    """The side of an order."""

    BUY = "BUY"
    SELL = "SELL"


class TimeInForce(OpenEnum):
    """How long an order stays."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"


class NewOrderRespType(OpenEnum):
    """How much a placed order's reply tells."""

    ACK = "ACK"
    RESULT = "RESULT"
    FULL = "FULL"


class SelfTradePreventionMode(OpenEnum):
    """What happens to orders of one trade group that would match."""

    NONE = "NONE"
    EXPIRE_TAKER = "EXPIRE_TAKER"
    EXPIRE_MAKER = "EXPIRE_MAKER"
    EXPIRE_BOTH = "EXPIRE_BOTH"


class RateLimitType(OpenEnum):
    """What a limit counts."""

    REQUEST_WEIGHT = "REQUEST_WEIGHT"
    ORDERS = "ORDERS"
    RAW_REQUESTS = "RAW_REQUESTS"


class RateLimitInterval(OpenEnum):
    """The unit of a limit's window."""

    SECOND = "SECOND"
    MINUTE = "MINUTE"
    HOUR = "HOUR"
    DAY = "DAY"


class KlineInterval(OpenEnum):
    """The length of a candle."""

    M1 = "1m"
    M3 = "3m"
    M5 = "5m"
    M15 = "15m"
    M30 = "30m"
    H1 = "1h"
    H2 = "2h"
    H4 = "4h"
    H6 = "6h"
    H8 = "8h"
    H12 = "12h"
    D1 = "1d"
    D3 = "3d"
    W1 = "1w"
    MONTH = "1M"


class TickerType(OpenEnum):
    """How much a ticker tells."""

    FULL = "FULL"
    MINI = "MINI"


class CancelReplaceMode(OpenEnum):
    """Whether the new order is placed when the cancel fails."""

    STOP_ON_FAILURE = "STOP_ON_FAILURE"
    ALLOW_FAILURE = "ALLOW_FAILURE"


class CancelReplaceResult(OpenEnum):
    """What became of one leg of cancel-and-replace."""

    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    NOT_ATTEMPTED = "NOT_ATTEMPTED"


class CancelRestrictions(OpenEnum):
    """In which state alone an order is cancelled."""

    ONLY_NEW = "ONLY_NEW"
    ONLY_PARTIALLY_FILLED = "ONLY_PARTIALLY_FILLED"


class ExecutionType(OpenEnum):
    """What an execution report is about."""

    NEW = "NEW"
    CANCELED = "CANCELED"
    REPLACED = "REPLACED"
    REJECTED = "REJECTED"
    TRADE = "TRADE"
    EXPIRED = "EXPIRED"
    TRADE_PREVENTION = "TRADE_PREVENTION"


class AccountType(OpenEnum):
    """The type of an account."""

    SPOT = "SPOT"


class SubAccountStatus(OpenEnum):
    """Whether a sub-account may be used."""

    ENABLED = "enabled"
    DISABLED = "disabled"


class TradingStatusIndicator(OpenEnum):
    """What the exchange watches of an account's orders."""

    UFR = "UFR"
    """Unfilled ratio."""
    IFER = "IFER"
    """Ratio of expired IOC and FOK orders."""
    GCR = "GCR"
    """Ratio of cancelled GTC orders."""


class OtcOrderStatus(OpenEnum):
    """The life of an OTC order."""

    PROCESS = "PROCESS"
    ACCEPT_SUCCESS = "ACCEPT_SUCCESS"
    SUCCESS = "SUCCESS"
    FAIL = "FAIL"


class DustToAsset(OpenEnum):
    """What dust may be converted to."""

    BNB = "BNB"
    BTC = "BTC"
    ETH = "ETH"
    USDT = "USDT"


class CreditTransferType(OpenEnum):
    """The direction of a credit line transfer."""

    TRANSFER_IN = "TRANSFER_IN"
    TRANSFER_OUT = "TRANSFER_OUT"


class CreditAlertType(OpenEnum):
    """What a credit line alert is about."""

    LIQUIDATION_CALL = "LIQUIDATION_CALL"
    MARGIN_CALL = "MARGIN_CALL"


class SettlementStatus(OpenEnum):
    """What became of a settlement."""

    PROCESS = "PROCESS"
    FAILURE = "FAILURE"


OrderTypeLike: TypeAlias = (
    OrderType
    | Literal["LIMIT", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT", "LIMIT_MAKER"]
)
SideLike: TypeAlias = Side | Literal["BUY", "SELL"]
TimeInForceLike: TypeAlias = TimeInForce | Literal["GTC", "IOC", "FOK"]
NewOrderRespTypeLike: TypeAlias = NewOrderRespType | Literal["ACK", "RESULT", "FULL"]
SelfTradePreventionModeLike: TypeAlias = (
    SelfTradePreventionMode | Literal["NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"]
)
KlineIntervalLike: TypeAlias = (
    KlineInterval | Literal["1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M"]
)
TickerTypeLike: TypeAlias = TickerType | Literal["FULL", "MINI"]
CancelReplaceModeLike: TypeAlias = CancelReplaceMode | Literal["STOP_ON_FAILURE", "ALLOW_FAILURE"]
CancelRestrictionsLike: TypeAlias = CancelRestrictions | Literal["ONLY_NEW", "ONLY_PARTIALLY_FILLED"]
SubAccountStatusLike: TypeAlias = SubAccountStatus | Literal["enabled", "disabled"]
DustToAssetLike: TypeAlias = DustToAsset | Literal["BNB", "BTC", "ETH", "USDT"]
CreditTransferTypeLike: TypeAlias = CreditTransferType | Literal["TRANSFER_IN", "TRANSFER_OUT"]
CreditAlertTypeLike: TypeAlias = CreditAlertType | Literal["LIQUIDATION_CALL", "MARGIN_CALL"]

AckResp: TypeAlias = Literal["ACK", NewOrderRespType.ACK]
ResultResp: TypeAlias = Literal["RESULT", NewOrderRespType.RESULT]
FullResp: TypeAlias = Literal["FULL", NewOrderRespType.FULL]
FullByDefault: TypeAlias = Literal["LIMIT", "MARKET", OrderType.LIMIT, OrderType.MARKET]
"""Orders that are answered in FULL when nothing else is asked for."""
AckByDefault: TypeAlias = Literal[
    "STOP_LOSS",
    "STOP_LOSS_LIMIT",
    "TAKE_PROFIT",
    "TAKE_PROFIT_LIMIT",
    "LIMIT_MAKER",
    OrderType.STOP_LOSS,
    OrderType.STOP_LOSS_LIMIT,
    OrderType.TAKE_PROFIT,
    OrderType.TAKE_PROFIT_LIMIT,
    OrderType.LIMIT_MAKER,
]
"""Orders that are answered by an ACK when nothing else is asked for."""
