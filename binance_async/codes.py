"""The documented error codes of spot and Binance.US, a class each, to be caught by name.

    try:
        await binance.spot.place_order(...)
    except codes.InsufficientBalance: ...
    except codes.FilterFailure as error: print(error.filter)

A class bears the exchange's own name for the code, in camel case: -1111 BAD_PRECISION is `BadPrecision`. Two are named
by the text that people see, and by the exchange's name too: -1121 `InvalidSymbol` (`BadSymbol`) and -2013
`OrderDoesNotExist` (`NoSuchOrder`). An undocumented code arrives as `Rejected`, with its number and text.

* General: -1002 Unauthorized, -1003 TooManyRequests, -1008 ServerBusy, -1010 ErrorMsgReceived, -1013 InvalidMessage,
  -1014 UnknownOrderComposition, -1015 TooManyOrders, -1016 ServiceShuttingDown, -1020 UnsupportedOperation,
  -1021 InvalidTimestamp, -1022 InvalidSignature, -1033 CompIdInUse, -1034 TooManyConnections, -1035 LoggedOut,
  -1099 NotFoundOrUnauthorized.
* Requests: -1100 IllegalChars, -1101 TooManyParameters, -1102 MandatoryParamEmptyOrMalformed, -1103 UnknownParam,
  -1104 UnreadParameters, -1105 ParamEmpty, -1106 ParamNotRequired, -1108 ParamOverflow, -1111 BadPrecision,
  -1112 NoDepth, -1114 TifNotRequired, -1115 InvalidTif, -1116 InvalidOrderType, -1117 InvalidSide,
  -1118 EmptyNewClOrdId, -1119 EmptyOrgClOrdId, -1120 BadInterval, -1121 InvalidSymbol, -1122 InvalidSymbolStatus,
  -1125 InvalidListenKey, -1127 MoreThanXxHours, -1128 OptionalParamsBadCombo, -1130 InvalidParameter,
  -1131 BadRecvWindow, -1134 BadStrategyType, -1135 InvalidJson, -1139 InvalidTickerType,
  -1145 InvalidCancelRestrictions, -1151 DuplicateSymbols, -1152 InvalidSbeHeader, -1153 UnsupportedSchemaId,
  -1155 SbeDisabled, -1158 OcoOrderTypeRejected, -1160 OcoIcebergQtyTimeInForce, -1161 DeprecatedSchema,
  -1165 BuyOcoLimitMustBeBelow, -1166 SellOcoLimitMustBeAbove, -1167 Code1167, -1168 BothOcoOrdersCannotBeLimit,
  -1169 InvalidTagNumber, -1170 TagNotDefinedInMessage, -1171 TagAppearsMoreThanOnce, -1172 TagOutOfOrder,
  -1173 GroupFieldsOutOfOrder, -1174 InvalidComponent, -1175 ResetSeqNumSupport, -1176 AlreadyLoggedIn,
  -1177 GarbledMessage, -1178 BadSenderCompId, -1179 BadSeqNum, -1180 ExpectedLogon, -1181 TooManyMessages,
  -1182 ParamsBadCombo, -1183 NotAllowedInDropCopySessions, -1184 DropCopySessionNotAllowed,
  -1185 DropCopySessionRequired, -1186 NotAllowedInOrderEntrySessions, -1187 NotAllowedInMarketDataSessions,
  -1188 IncorrectNumInGroupCount, -1189 DuplicateEntriesInAGroup, -1190 InvalidRequestId, -1191 TooManySubscriptions,
  -1194 InvalidTimeUnit, -1196 BuyOcoStopLossMustBeAbove, -1197 SellOcoStopLossMustBeBelow,
  -1198 BuyOcoTakeProfitMustBeBelow, -1199 SellOcoTakeProfitMustBeAbove, -1210 InvalidPegPriceType,
  -1211 InvalidPegOffsetType, -1220 SymbolDoesNotMatchStatus, -1221 InvalidSbeMessageField, -1222 OpoWorkingMustBeBuy,
  -1223 OpoPendingMustBeSell, -1224 WorkingParamRequired, -1225 PendingParamNotRequired.
* Orders, accounts and keys: -2010 NewOrderRejected, -2011 CancelRejected, -2013 OrderDoesNotExist,
  -2014 BadApiKeyFmt, -2015 RejectedMbxKey, -2016 NoTradingWindow, -2022 OrderCancelReplaceFailed,
  -2026 OrderArchived, -2035 SubscriptionActive, -2036 SubscriptionInactive, -2038 OrderAmendRejected,
  -2039 ClientOrderIdInvalid, -2042 MaximumSubscriptionIds, -2043 NoReferencePrice.
* Streams of Binance.US: 0 UnknownProperty, 1 InvalidValueType, 2 InvalidRequest, 3 MalformedJson.

Some codes are used for many things. What people want to catch of those has a subclass, chosen by the text:
`FilterFailure` (-1013); `InsufficientBalance`, `WouldMatchImmediately`, `WouldTriggerImmediately`, `MarketClosed`,
`DuplicateOrder` and `InsufficientLiquidity` (-2010); `UnknownOrder` and `CancelRestricted` (-2011); `NothingToAmend`
(-2038). The matching engine's texts may come with -1010 as well.

Codes that mean a rate limit are `RateLimited` too: `TooManyRequests`, `TooManyOrders`, `TooManyConnections`,
`TooManyMessages`.

Five codes are no refusals, and no class of `Rejected` bears them. -1000 UNKNOWN, -1001 DISCONNECTED, -1006
UNEXPECTED_RESP and -1007 TIMEOUT leave the outcome of a write open (`OutcomeUnknown`; a read is `Unavailable`), and
-2021 ORDER_CANCEL_REPLACE_PARTIALLY_FAILED is `PartlyAccepted`. `name_of` names them all.

A class without a family serves every family that has none of its own for the code.
"""

from __future__ import annotations

from typing import Final

from binance_async.core.reply import by_text
from binance_async.errors import RateLimited, Rejected, error_class

__all__ = [
    "NAMES",
    "AlreadyLoggedIn",
    "BadApiKeyFmt",
    "BadInterval",
    "BadPrecision",
    "BadRecvWindow",
    "BadSenderCompId",
    "BadSeqNum",
    "BadStrategyType",
    "BadSymbol",
    "BothOcoOrdersCannotBeLimit",
    "BuyOcoLimitMustBeBelow",
    "BuyOcoStopLossMustBeAbove",
    "BuyOcoTakeProfitMustBeBelow",
    "CancelRejected",
    "CancelRestricted",
    "ClientOrderIdInvalid",
    "Code1167",
    "CompIdInUse",
    "DeprecatedSchema",
    "DropCopySessionNotAllowed",
    "DropCopySessionRequired",
    "DuplicateEntriesInAGroup",
    "DuplicateOrder",
    "DuplicateSymbols",
    "EmptyNewClOrdId",
    "EmptyOrgClOrdId",
    "ErrorMsgReceived",
    "ExpectedLogon",
    "FilterFailure",
    "GarbledMessage",
    "GroupFieldsOutOfOrder",
    "IllegalChars",
    "IncorrectNumInGroupCount",
    "InsufficientBalance",
    "InsufficientLiquidity",
    "InvalidCancelRestrictions",
    "InvalidComponent",
    "InvalidJson",
    "InvalidListenKey",
    "InvalidMessage",
    "InvalidOrderType",
    "InvalidParameter",
    "InvalidPegOffsetType",
    "InvalidPegPriceType",
    "InvalidRequest",
    "InvalidRequestId",
    "InvalidSbeHeader",
    "InvalidSbeMessageField",
    "InvalidSide",
    "InvalidSignature",
    "InvalidSymbol",
    "InvalidSymbolStatus",
    "InvalidTagNumber",
    "InvalidTickerType",
    "InvalidTif",
    "InvalidTimeUnit",
    "InvalidTimestamp",
    "InvalidValueType",
    "LoggedOut",
    "MalformedJson",
    "MandatoryParamEmptyOrMalformed",
    "MarketClosed",
    "MaximumSubscriptionIds",
    "MoreThanXxHours",
    "NewOrderRejected",
    "NoDepth",
    "NoReferencePrice",
    "NoSuchOrder",
    "NoTradingWindow",
    "NotAllowedInDropCopySessions",
    "NotAllowedInMarketDataSessions",
    "NotAllowedInOrderEntrySessions",
    "NotFoundOrUnauthorized",
    "NothingToAmend",
    "OcoIcebergQtyTimeInForce",
    "OcoOrderTypeRejected",
    "OpoPendingMustBeSell",
    "OpoWorkingMustBeBuy",
    "OptionalParamsBadCombo",
    "OrderAmendRejected",
    "OrderArchived",
    "OrderCancelReplaceFailed",
    "OrderDoesNotExist",
    "ParamEmpty",
    "ParamNotRequired",
    "ParamOverflow",
    "ParamsBadCombo",
    "PendingParamNotRequired",
    "RejectedMbxKey",
    "ResetSeqNumSupport",
    "SbeDisabled",
    "SellOcoLimitMustBeAbove",
    "SellOcoStopLossMustBeBelow",
    "SellOcoTakeProfitMustBeAbove",
    "ServerBusy",
    "ServiceShuttingDown",
    "SubscriptionActive",
    "SubscriptionInactive",
    "SymbolDoesNotMatchStatus",
    "TagAppearsMoreThanOnce",
    "TagNotDefinedInMessage",
    "TagOutOfOrder",
    "TifNotRequired",
    "TooManyConnections",
    "TooManyMessages",
    "TooManyOrders",
    "TooManyParameters",
    "TooManyRequests",
    "TooManySubscriptions",
    "Unauthorized",
    "UnknownOrder",
    "UnknownOrderComposition",
    "UnknownParam",
    "UnknownProperty",
    "UnreadParameters",
    "UnsupportedOperation",
    "UnsupportedSchemaId",
    "WorkingParamRequired",
    "WouldMatchImmediately",
    "WouldTriggerImmediately",
    "name_of",
]


# General


class Unauthorized(Rejected, code=-1002):
    """You are not authorized to execute this request."""


class TooManyRequests(RateLimited, code=-1003):
    """Too much request weight used, too many requests queued, or an address banned for it."""


class ServerBusy(Rejected, code=-1008):
    """Server is currently overloaded with other requests. With a 5xx of spot the outcome is unknown instead."""


class ErrorMsgReceived(Rejected, code=-1010):
    """The matching engine refused; its text says why."""


class InvalidMessage(Rejected, code=-1013):
    """Refused before the matching engine. What an order breaks is told by `FilterFailure`."""


@by_text(r"Filter failure: ", -1013)
class FilterFailure(InvalidMessage):
    """Filter failure: the order breaks the filter that `filter` names, for instance `LOT_SIZE`."""

    @property
    def filter(self) -> str:
        """The filter's name."""
        return self.reason.partition(":")[2].strip().rstrip(".")


class UnknownOrderComposition(Rejected, code=-1014):
    """Unsupported order combination."""


class TooManyOrders(RateLimited, code=-1015):
    """Too many new orders: the account's order count is used up. No time is stated, and other calls may go on."""


class ServiceShuttingDown(Rejected, code=-1016):
    """The service is no longer available."""


class UnsupportedOperation(Rejected, code=-1020):
    """The operation is not supported."""


class InvalidTimestamp(Rejected, code=-1021):
    """Timestamp for this request is outside of the recvWindow, or more than 1000 ms ahead of the server's time."""


class InvalidSignature(Rejected, code=-1022):
    """Signature for this request is not valid."""


class CompIdInUse(Rejected, code=-1033):
    """SenderCompId(49) is currently in use."""


class TooManyConnections(RateLimited, code=-1034):
    """Too many concurrent connections, or attempts to connect, for an account or address."""


class LoggedOut(Rejected, code=-1035):
    """Please send Logout <5> message to close the session."""


class NotFoundOrUnauthorized(Rejected, code=-1099):
    """Not found, authenticated, or authorized."""


# Requests


class IllegalChars(Rejected, code=-1100):
    """Illegal characters found in a parameter."""


class TooManyParameters(Rejected, code=-1101):
    """Too many parameters sent for this endpoint."""


class MandatoryParamEmptyOrMalformed(Rejected, code=-1102):
    """A mandatory parameter was not sent, was empty/null, or malformed."""


class UnknownParam(Rejected, code=-1103):
    """An unknown parameter was sent."""


class UnreadParameters(Rejected, code=-1104):
    """Not all sent parameters were read."""


class ParamEmpty(Rejected, code=-1105):
    """A parameter was empty."""


class ParamNotRequired(Rejected, code=-1106):
    """A parameter was sent when not required."""


class ParamOverflow(Rejected, code=-1108):
    """A parameter overflowed."""


class BadPrecision(Rejected, code=-1111):
    """A parameter has too much precision."""


class NoDepth(Rejected, code=-1112):
    """No orders on book for symbol."""


class TifNotRequired(Rejected, code=-1114):
    """TimeInForce parameter sent when not required."""


class InvalidTif(Rejected, code=-1115):
    """Invalid timeInForce."""


class InvalidOrderType(Rejected, code=-1116):
    """Invalid orderType."""


class InvalidSide(Rejected, code=-1117):
    """Invalid side."""


class EmptyNewClOrdId(Rejected, code=-1118):
    """New client order ID was empty."""


class EmptyOrgClOrdId(Rejected, code=-1119):
    """Original client order ID was empty."""


class BadInterval(Rejected, code=-1120):
    """Invalid interval."""


class InvalidSymbol(Rejected, code=-1121):
    """Invalid symbol. The exchange calls it BAD_SYMBOL."""


class InvalidSymbolStatus(Rejected, code=-1122):
    """Invalid symbolStatus."""


class InvalidListenKey(Rejected, code=-1125):
    """The listenKey does not exist."""


class MoreThanXxHours(Rejected, code=-1127):
    """Lookup interval is too big."""


class OptionalParamsBadCombo(Rejected, code=-1128):
    """Combination of optional parameters invalid."""


class InvalidParameter(Rejected, code=-1130):
    """Invalid data sent for a parameter."""


class BadRecvWindow(Rejected, code=-1131):
    """recvWindow must be less than 60000."""


class BadStrategyType(Rejected, code=-1134):
    """strategyType was less than 1000000."""


class InvalidJson(Rejected, code=-1135):
    """Invalid JSON Request."""


class InvalidTickerType(Rejected, code=-1139):
    """Invalid ticker type."""


class InvalidCancelRestrictions(Rejected, code=-1145):
    """cancelRestrictions has to be either ONLY_NEW or ONLY_PARTIALLY_FILLED."""


class DuplicateSymbols(Rejected, code=-1151):
    """Symbol is present multiple times in the list."""


class InvalidSbeHeader(Rejected, code=-1152):
    """Invalid X-MBX-SBE header; expected <SCHEMA_ID>:<VERSION>."""


class UnsupportedSchemaId(Rejected, code=-1153):
    """Unsupported SBE schema ID or version specified in the X-MBX-SBE header."""


class SbeDisabled(Rejected, code=-1155):
    """SBE is not enabled."""


class OcoOrderTypeRejected(Rejected, code=-1158):
    """Order type not supported in OCO."""


class OcoIcebergQtyTimeInForce(Rejected, code=-1160):
    """A parameter is not supported if aboveTimeInForce/belowTimeInForce is not GTC."""


class DeprecatedSchema(Rejected, code=-1161):
    """Unable to encode the response in this SBE schema; use a newer one."""


class BuyOcoLimitMustBeBelow(Rejected, code=-1165):
    """A limit order in a buy OCO must be below."""


class SellOcoLimitMustBeAbove(Rejected, code=-1166):
    """A limit order in a sell OCO must be above."""


class Code1167(Rejected, code=-1167):
    """Obsolete since 2024-12; the documents give it neither a name nor a text."""


class BothOcoOrdersCannotBeLimit(Rejected, code=-1168):
    """At least one OCO order must be contingent."""


class InvalidTagNumber(Rejected, code=-1169):
    """Invalid tag number."""


class TagNotDefinedInMessage(Rejected, code=-1170):
    """A tag is not defined for this message type."""


class TagAppearsMoreThanOnce(Rejected, code=-1171):
    """A tag appears more than once."""


class TagOutOfOrder(Rejected, code=-1172):
    """A tag is specified out of required order."""


class GroupFieldsOutOfOrder(Rejected, code=-1173):
    """The fields of a repeating group are out of order."""


class InvalidComponent(Rejected, code=-1174):
    """A component is incorrectly populated on an order."""


class ResetSeqNumSupport(Rejected, code=-1175):
    """Sequence numbers must be reset for each new session."""


class AlreadyLoggedIn(Rejected, code=-1176):
    """Logon <A> should only be sent once."""


class GarbledMessage(Rejected, code=-1177):
    """CheckSum(10) contains an incorrect value."""


class BadSenderCompId(Rejected, code=-1178):
    """SenderCompId(49) contains an incorrect value, or changed within a session."""


class BadSeqNum(Rejected, code=-1179):
    """MsgSeqNum(34) contains an unexpected value."""


class ExpectedLogon(Rejected, code=-1180):
    """Logon <A> must be the first message in the session."""


class TooManyMessages(RateLimited, code=-1181):
    """Too many messages on a FIX session."""


class ParamsBadCombo(Rejected, code=-1182):
    """Conflicting fields."""


class NotAllowedInDropCopySessions(Rejected, code=-1183):
    """Requested operation is not allowed in DropCopy sessions."""


class DropCopySessionNotAllowed(Rejected, code=-1184):
    """DropCopy sessions are not supported on this server."""


class DropCopySessionRequired(Rejected, code=-1185):
    """Only DropCopy sessions are supported on this server."""


class NotAllowedInOrderEntrySessions(Rejected, code=-1186):
    """Requested operation is not allowed in order entry sessions."""


class NotAllowedInMarketDataSessions(Rejected, code=-1187):
    """Requested operation is not allowed in market data sessions."""


class IncorrectNumInGroupCount(Rejected, code=-1188):
    """Incorrect NumInGroup count for a repeating group."""


class DuplicateEntriesInAGroup(Rejected, code=-1189):
    """A group contains duplicate entries."""


class InvalidRequestId(Rejected, code=-1190):
    """MDReqID (262) contains a subscription request id that is already in use on this connection."""


class TooManySubscriptions(Rejected, code=-1191):
    """Too many subscriptions. A connection may have only so many at a time."""


class InvalidTimeUnit(Rejected, code=-1194):
    """Invalid value for time unit; expected either MICROSECOND or MILLISECOND."""


class BuyOcoStopLossMustBeAbove(Rejected, code=-1196):
    """A stop loss order in a buy OCO must be above."""


class SellOcoStopLossMustBeBelow(Rejected, code=-1197):
    """A stop loss order in a sell OCO must be below."""


class BuyOcoTakeProfitMustBeBelow(Rejected, code=-1198):
    """A take profit order in a buy OCO must be below."""


class SellOcoTakeProfitMustBeAbove(Rejected, code=-1199):
    """A take profit order in a sell OCO must be above."""


class InvalidPegPriceType(Rejected, code=-1210):
    """Invalid pegPriceType."""


class InvalidPegOffsetType(Rejected, code=-1211):
    """Invalid pegOffsetType."""


class SymbolDoesNotMatchStatus(Rejected, code=-1220):
    """The symbol's status does not match the requested symbolStatus."""


class InvalidSbeMessageField(Rejected, code=-1221):
    """Invalid/missing field(s) in SBE message."""


class OpoWorkingMustBeBuy(Rejected, code=-1222):
    """Working order in an OPO list must be a bid."""


class OpoPendingMustBeSell(Rejected, code=-1223):
    """Pending orders in an OPO list must be asks."""


class WorkingParamRequired(Rejected, code=-1224):
    """Working order must include a tag."""


class PendingParamNotRequired(Rejected, code=-1225):
    """Pending orders should not include a tag."""


# Orders, accounts and keys


class NewOrderRejected(Rejected, code=-2010):
    """The matching engine refused a new order; its text says why."""


@by_text(r"Account has insufficient balance for requested action", -2010, -1010)
class InsufficientBalance(NewOrderRejected):
    """Account has insufficient balance for requested action."""


@by_text(r"Order would immediately match and take", -2010, -1010)
class WouldMatchImmediately(NewOrderRejected):
    """Order would immediately match and take (LIMIT_MAKER)."""


@by_text(r"(Order|Stop price) would trigger immediately", -2010, -1010)
class WouldTriggerImmediately(NewOrderRejected):
    """Order would trigger immediately: the stop price is on the wrong side of the last price."""


@by_text(r"Market is closed", -2010, -1010)
class MarketClosed(NewOrderRejected):
    """Market is closed."""


@by_text(r"Duplicate order sent", -2010, -1010)
class DuplicateOrder(NewOrderRejected):
    """Duplicate order sent: an open order has this client order id, so an earlier attempt was accepted."""


@by_text(r"Order book liquidity is (less than|too low)", -2010, -1010)
class InsufficientLiquidity(NewOrderRejected):
    """Order book liquidity is less than the smallest quantity, or too low for a pegged order."""


class CancelRejected(Rejected, code=-2011):
    """The matching engine refused a cancel; its text says why."""


@by_text(r"Unknown order sent", -2011, -1010)
class UnknownOrder(CancelRejected):
    """Unknown order sent: no open order has this id. It may have been filled; look before you conclude."""


@by_text(r"Order was not canceled due to cancel restrictions", -2011, -1010)
class CancelRestricted(CancelRejected):
    """Order was not canceled due to cancel restrictions: it is open, in a state that the call excluded."""


class OrderDoesNotExist(Rejected, code=-2013):
    """Order does not exist. The exchange calls it NO_SUCH_ORDER."""


class BadApiKeyFmt(Rejected, code=-2014):
    """API-key format invalid."""


class RejectedMbxKey(Rejected, code=-2015):
    """Invalid API-key, IP, or permissions for action."""


class NoTradingWindow(Rejected, code=-2016):
    """No trading window could be found for the symbol. Try ticker/24hrs instead."""


class OrderCancelReplaceFailed(Rejected, code=-2022):
    """Order cancel-replace failed: nothing happened, and the text tells both reasons."""


class OrderArchived(Rejected, code=-2026):
    """Order was canceled or expired with no executed qty over 90 days ago and has been archived."""


class SubscriptionActive(Rejected, code=-2035):
    """User Data Stream subscription already active."""


class SubscriptionInactive(Rejected, code=-2036):
    """User Data Stream subscription not active."""


class OrderAmendRejected(Rejected, code=-2038):
    """The matching engine refused to amend an order; its text says why."""


@by_text(r"The requested action would change no state", -2038, -1010)
class NothingToAmend(OrderAmendRejected):
    """The requested action would change no state."""


class ClientOrderIdInvalid(Rejected, code=-2039):
    """Client order ID is not correct for this order ID."""


class MaximumSubscriptionIds(Rejected, code=-2042):
    """Maximum subscription ID reached for this connection."""


class NoReferencePrice(Rejected, code=-2043):
    """The symbol does not have a reference price."""


# Streams of Binance.US


class UnknownProperty(Rejected, code=0, family="us"):
    """Unknown property."""


class InvalidValueType(Rejected, code=1, family="us"):
    """Invalid value type: expected Boolean."""


class InvalidRequest(Rejected, code=2, family="us"):
    """A subscription request that is none: its method, its id, or the number or type of its parameters."""


class MalformedJson(Rejected, code=3, family="us"):
    """Invalid JSON in a subscription request."""


BadSymbol = InvalidSymbol
NoSuchOrder = OrderDoesNotExist

NAMES: Final = {
    -1000: "Unknown",
    -1001: "Disconnected",
    -1006: "UnexpectedResp",
    -1007: "Timeout",
    -2021: "OrderCancelReplacePartiallyFailed",
}
"""The codes that are no refusals, so that no class of `Rejected` bears them."""


def name_of(code: int, family: str | None = None) -> str | None:
    """The name of a documented code, whether it is a class of this module or not."""
    refused = error_class(code, family)
    return NAMES.get(code) if refused is Rejected else refused.__name__
