"""Binance.US: calls, streams and events."""

from binance_async.us import events, streams
from binance_async.us.account import Account
from binance_async.us.credit_line import CreditLines
from binance_async.us.custodial import Custodial
from binance_async.us.general import General
from binance_async.us.market import Market
from binance_async.us.order_lists import OrderLists
from binance_async.us.otc import Otc
from binance_async.us.partners import Partners
from binance_async.us.staking import Staking
from binance_async.us.status import Status
from binance_async.us.streams import Streams
from binance_async.us.sub_accounts import SubAccountCalls
from binance_async.us.trading import Trading
from binance_async.us.user_stream import UserStream
from binance_async.us.wallet import Wallet

__all__ = ["Calls", "Streams", "WebsocketCalls", "events", "streams"]


class Calls(
    General,
    Market,
    Trading,
    OrderLists,
    Account,
    UserStream,
    Status,
    SubAccountCalls,
    Wallet,
    Otc,
    Staking,
    Custodial,
    CreditLines,
    Partners,
):
    """Every call of Binance.US that REST has."""


class WebsocketCalls(General, Market, Trading, OrderLists, Account, UserStream):
    """Every call of Binance.US that the WebSocket API has."""
