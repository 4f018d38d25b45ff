"""The exchange's enumerations on spot. All are open: a value of tomorrow is kept (see `core.open_enum`).

Replies carry the enum; parameters take the enum or its text, which the `...Like` aliases let a type checker verify.
"""

from typing import Literal, TypeAlias

from binance_async.core.open_enum import OpenEnum


class SymbolStatus(OpenEnum):
    """Whether a symbol trades."""

    TRADING = "TRADING"
    END_OF_DAY = "END_OF_DAY"
    HALT = "HALT"
    BREAK = "BREAK"
    CANCEL_ONLY = "CANCEL_ONLY"


class OrderStatus(OpenEnum):
    """The life of an order."""

    NEW = "NEW"
    PENDING_NEW = "PENDING_NEW"
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
    UPDATED = "UPDATED"
    ALL_DONE = "ALL_DONE"


class ListOrderStatus(OpenEnum):
    """The life of an order list."""

    EXECUTING = "EXECUTING"
    ALL_DONE = "ALL_DONE"
    REJECT = "REJECT"


class ContingencyType(OpenEnum):
    """How the orders of a list depend on each other."""

    OCO = "OCO"
    OTO = "OTO"
    OPO = "OPO"


class AllocationType(OpenEnum):
    """Where an allocation came from."""

    SOR = "SOR"


class OrderType(OpenEnum):
    """The type of an order."""

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


class WorkingFloor(OpenEnum):
    """Where an order works."""

    EXCHANGE = "EXCHANGE"
    SOR = "SOR"


class SelfTradePreventionMode(OpenEnum):
    """What happens to orders of one trade group that would match."""

    NONE = "NONE"
    EXPIRE_MAKER = "EXPIRE_MAKER"
    EXPIRE_TAKER = "EXPIRE_TAKER"
    EXPIRE_BOTH = "EXPIRE_BOTH"
    DECREMENT = "DECREMENT"
    TRANSFER = "TRANSFER"


class RateLimitType(OpenEnum):
    """What a limit counts."""

    REQUEST_WEIGHT = "REQUEST_WEIGHT"
    ORDERS = "ORDERS"
    RAW_REQUESTS = "RAW_REQUESTS"
    CONNECTIONS = "CONNECTIONS"


class RateLimitInterval(OpenEnum):
    """The unit of a limit's window."""

    SECOND = "SECOND"
    MINUTE = "MINUTE"
    HOUR = "HOUR"
    DAY = "DAY"


class KlineInterval(OpenEnum):
    """The length of a candle."""

    S1 = "1s"
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


class CancelRestrictions(OpenEnum):
    """In which state alone an order is cancelled."""

    ONLY_NEW = "ONLY_NEW"
    ONLY_PARTIALLY_FILLED = "ONLY_PARTIALLY_FILLED"


class CancelReplaceResult(OpenEnum):
    """What became of one leg of cancel-and-replace."""

    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    NOT_ATTEMPTED = "NOT_ATTEMPTED"


class OrderRateLimitExceededMode(OpenEnum):
    """What cancel-and-replace does when the unfilled order count is reached."""

    DO_NOTHING = "DO_NOTHING"
    CANCEL_ONLY = "CANCEL_ONLY"


class PegPriceType(OpenEnum):
    """What a pegged order's price follows."""

    PRIMARY_PEG = "PRIMARY_PEG"
    MARKET_PEG = "MARKET_PEG"


class PegOffsetType(OpenEnum):
    """The unit of a pegged order's offset."""

    PRICE_LEVEL = "PRICE_LEVEL"


class ExecutionType(OpenEnum):
    """What an execution report is about."""

    NEW = "NEW"
    CANCELED = "CANCELED"
    REPLACED = "REPLACED"
    REJECTED = "REJECTED"
    TRADE = "TRADE"
    EXPIRED = "EXPIRED"
    TRADE_PREVENTION = "TRADE_PREVENTION"


class ExpiryReason(OpenEnum):
    """Why an order expired."""

    NONE = "NONE"
    REJECTED = "REJECTED"
    EXCHANGE_CANCELED = "EXCHANGE_CANCELED"
    OCO_TRIGGER = "OCO_TRIGGER"
    OTO_PHASE_ONE_EXPIRED = "OTO_PHASE_ONE_EXPIRED"
    UNFILLED_IOC_QUANTITY_EXPIRED = "UNFILLED_IOC_QUANTITY_EXPIRED"
    UNFILLED_FOK_ORDER_EXPIRED = "UNFILLED_FOK_ORDER_EXPIRED"
    INSUFFICIENT_LIQUIDITY = "INSUFFICIENT_LIQUIDITY"
    EXECUTION_RULE_PRICE_RANGE_EXCEEDED = "EXECUTION_RULE_PRICE_RANGE_EXCEEDED"


class ExecutionRuleType(OpenEnum):
    """A rule that executions of a symbol obey."""

    PRICE_RANGE = "PRICE_RANGE"


class ReferencePriceCalculationType(OpenEnum):
    """How a reference price is made."""

    ARITHMETIC_MEAN = "ARITHMETIC_MEAN"
    EXTERNAL = "EXTERNAL"


class MatchType(OpenEnum):
    """How an allocation was matched."""

    ONE_PARTY_TRADE_REPORT = "ONE_PARTY_TRADE_REPORT"
    AUTO_MATCH = "AUTO_MATCH"


SymbolStatusLike: TypeAlias = SymbolStatus | Literal["TRADING", "END_OF_DAY", "HALT", "BREAK", "CANCEL_ONLY"]
OrderTypeLike: TypeAlias = (
    OrderType
    | Literal["LIMIT", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT", "LIMIT_MAKER"]
)
SideLike: TypeAlias = Side | Literal["BUY", "SELL"]
TimeInForceLike: TypeAlias = TimeInForce | Literal["GTC", "IOC", "FOK"]
NewOrderRespTypeLike: TypeAlias = NewOrderRespType | Literal["ACK", "RESULT", "FULL"]
SelfTradePreventionModeLike: TypeAlias = (
    SelfTradePreventionMode | Literal["NONE", "EXPIRE_MAKER", "EXPIRE_TAKER", "EXPIRE_BOTH", "DECREMENT", "TRANSFER"]
)
KlineIntervalLike: TypeAlias = (
    KlineInterval
    | Literal["1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M"]
)
TickerTypeLike: TypeAlias = TickerType | Literal["FULL", "MINI"]
CancelReplaceModeLike: TypeAlias = CancelReplaceMode | Literal["STOP_ON_FAILURE", "ALLOW_FAILURE"]
CancelRestrictionsLike: TypeAlias = CancelRestrictions | Literal["ONLY_NEW", "ONLY_PARTIALLY_FILLED"]
OrderRateLimitExceededModeLike: TypeAlias = OrderRateLimitExceededMode | Literal["DO_NOTHING", "CANCEL_ONLY"]
PegPriceTypeLike: TypeAlias = PegPriceType | Literal["PRIMARY_PEG", "MARKET_PEG"]
PegOffsetTypeLike: TypeAlias = PegOffsetType | Literal["PRICE_LEVEL"]


class AccountType(OpenEnum):
    """The type of an account."""

    SPOT = "SPOT"


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
