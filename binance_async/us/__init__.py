"""Binance.US: calls, streams and events."""

from binance_async.us import events, streams
from binance_async.us.account import Account
from binance_async.us.general import General
from binance_async.us.market import Market
from binance_async.us.order_lists import OrderLists
from binance_async.us.streams import Streams
from binance_async.us.trading import Trading
from binance_async.us.user_stream import UserStream

__all__ = ["Calls", "Streams", "WebsocketCalls", "events", "streams"]


class Calls(General, Market, Trading, OrderLists, Account, UserStream):
    """Every call of Binance.US that REST has."""


class WebsocketCalls(Calls):
    """Every call of Binance.US that the WebSocket API has."""
