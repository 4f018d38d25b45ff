"""A spot exchange as a pure function of its inputs: matching, accounts, filters, market data. No I/O, no clock.

`Engine` is everything. A door (REST, WebSocket API) parses a request, checks its signature, calls one method and
writes the dict that comes back; a refusal is an `ExchangeError`, whose `payload()` and `status` are the answer.

    engine = Engine(now_us=clock)                  # six symbols with realistic filters; `default_symbols(n)` for more
    me = engine.add_account(balances={"USDT": Decimal(100_000)})
    engine.place(me, NewOrder("BTCUSDT", "BUY", "LIMIT", "GTC", Decimal("0.01"), price=Decimal(60_000)))

* **Time** is integer microseconds and comes from `now_us`, read once a command; it never runs backwards inside.
  Every method that answers with times takes `micro=`: False gives milliseconds (the default), True microseconds.
  Time parameters may be either, as the documents allow.
* **Numbers** come in as `Decimal` and go out as strings of eight decimals; inside they are integers of 10^-8.
* **Events** are delivered after the command that caused them, in order, to whoever asked: `subscribe_account` (the
  user data stream), `subscribe_market` (trades, aggregate trades, best prices), and `depth_feed` (changes of the book
  since its last flush). An event's `payload(micro=...)` is the documented dict. A listener may call the engine.
* **Determinism**: the same construction and the same calls at the same times give the same ids, events and
  `checksum()`. Randomness (client order ids) comes from `seed`.
* **Memory** is bounded by `Bounds`: the oldest trades, klines and finished orders fall out. Open orders never do.
* **Not here**: pegged orders, OPO lists and the self-trade mode TRANSFER. exchangeInfo says so and orders that ask for
  them are refused. A peg would set the price in `validation.draft`, an OPO list its pending quantity in
  `lists.activate_pending`, TRANSFER its case in `matching.Matching._prevent`. The router knows one book, the order's.

The modules, from the inside out: `amounts ring bounds errors requests symbols` (values), `orders book triggers bars
market_data commission counts filters validation` (parts that know nothing of each other's events), `core` (clock,
money, delivery), `matching lists trading list_trading` (commands, each a layer on the one before), `queries
market_queries views market_views events depth` (what is told), `exchange` (the whole).
"""

from __future__ import annotations

from binance_async.simulator.engine.bounds import Bounds
from binance_async.simulator.engine.commission import CommissionRates, CommissionSchedule
from binance_async.simulator.engine.counts import OrderLimit
from binance_async.simulator.engine.depth import DepthFeed
from binance_async.simulator.engine.errors import ExchangeError
from binance_async.simulator.engine.events import AccountEvent, AccountListener, MarketEvent, MarketListener
from binance_async.simulator.engine.exchange import Engine
from binance_async.simulator.engine.requests import NewOco, NewOcoDeprecated, NewOrder, NewOto, NewOtoco
from binance_async.simulator.engine.symbols import SymbolSpec, default_symbols

__all__ = [
    "AccountEvent",
    "AccountListener",
    "Bounds",
    "CommissionRates",
    "CommissionSchedule",
    "DepthFeed",
    "Engine",
    "ExchangeError",
    "MarketEvent",
    "MarketListener",
    "NewOco",
    "NewOcoDeprecated",
    "NewOrder",
    "NewOto",
    "NewOtoco",
    "OrderLimit",
    "SymbolSpec",
    "default_symbols",
]
