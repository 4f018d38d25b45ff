"""Spot: calls, streams and events."""

from binance_async.spot import events, streams
from binance_async.spot.account import Account
from binance_async.spot.general import General
from binance_async.spot.market import Market
from binance_async.spot.order_lists import OrderLists
from binance_async.spot.session import Session
from binance_async.spot.streams import Streams
from binance_async.spot.trading import Trading
from binance_async.spot.user_stream import UserStream

__all__ = ["Calls", "Streams", "WebsocketCalls", "events", "streams"]


class Calls(General, Market, Trading, OrderLists, Account, UserStream):
    """Every call of spot that REST has."""


class WebsocketCalls(Calls, Session):
    """Every call of spot that the WebSocket API has."""
