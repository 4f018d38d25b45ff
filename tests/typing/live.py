"""What a type checker knows of streams, books and user data. Never run; see `calls.py`."""

from __future__ import annotations

from decimal import Decimal
from typing import reveal_type

from binance_async import Binance
from binance_async.spot import events, streams
from binance_async.spot.events import Gap


async def one_stream(binance: Binance) -> None:
    reveal_type(streams.trade("BTCUSDT"))  # -> Stream[Trade[Decimal]]
    async with binance.spot.stream(streams.trade("BTCUSDT")) as market:
        reveal_type(market)  # -> MarketStream[Gap | Trade[Decimal]]
        async for event in market:
            reveal_type(event)  # -> Gap | Trade[Decimal]
            if isinstance(event, Gap):
                reveal_type(event.cause)  # -> GapCause
            else:
                reveal_type(event.price)  # -> Decimal
        reveal_type(await market.next(timeout=1))  # -> Gap | Trade[Decimal]


async def two_streams(binance: Binance) -> None:
    async with binance.spot.stream(streams.trade("BTCUSDT"), streams.depth("BTCUSDT", speed="100ms")) as market:
        reveal_type(market)  # -> MarketStream[DepthUpdate[Decimal] | Gap | Trade[Decimal]]
        async for event in market:
            match event:
                case events.Trade():
                    reveal_type(event)  # -> Trade[Decimal]
                case events.DepthUpdate():
                    reveal_type(event.bids)  # -> list[tuple[Decimal, Decimal]]
                case events.Gap():
                    reveal_type(event)  # -> Gap


async def many_streams(binance: Binance) -> None:
    spot = binance.spot
    trade, depth, best = streams.trade("A"), streams.depth("A"), streams.book_ticker("A")
    candle, mini = streams.kline("A", "1m"), streams.mini_ticker("A")
    three = spot.stream(trade, depth, best)
    reveal_type(three)  # -> MarketStream[BookTicker[Decimal] | DepthUpdate[Decimal] | Gap | Trade[Decimal]]
    four = spot.stream(trade, candle, mini, trade)
    reveal_type(four)  # -> MarketStream[Gap | KlineEvent[Decimal] | MiniTicker[Decimal] | Trade[Decimal]]
    of_a_kind = spot.stream(*[streams.trade(symbol) for symbol in ("A", "B", "C", "D", "E")])
    reveal_type(of_a_kind)  # -> MarketStream[Gap | Trade[Decimal]]
    everyone = spot.stream(streams.all_mini_tickers(), bound=10, policy="conflate")
    reveal_type(everyone)  # -> MarketStream[Gap | list[MiniTicker[Decimal]]]
    named = spot.stream("btcusdt@trade")
    reveal_type(named)  # -> MarketStream[Any]


async def numbers_of_choice(binance: Binance) -> None:
    spot = binance.spot
    reveal_type(streams.as_float.trade("A"))  # -> Stream[Trade[float]]
    reveal_type(streams.as_str.depth("A"))  # -> Stream[DepthUpdate[str]]
    async with spot.stream(streams.as_float.trade("A"), streams.as_str.depth("A")) as market:
        reveal_type(market)  # -> MarketStream[DepthUpdate[str] | Gap | Trade[float]]
        async for event in market:
            match event:
                case events.Trade():
                    reveal_type(event.price)  # -> float
                case events.DepthUpdate():
                    reveal_type(event.bids[0][0])  # -> str
                case events.Gap():
                    pass


async def order_book(binance: Binance) -> None:
    async with binance.spot.order_book("BTCUSDT", depth=1000) as book:
        reveal_type(book)  # -> LiveOrderBook[Decimal]
        await book.synced()
        reveal_type(book.best_bid)  # -> Decimal | None
        reveal_type(book.bids(20))  # -> list[tuple[Decimal, Decimal]]
        reveal_type(book.is_synced)  # -> bool
        async for state in book.changes():
            reveal_type(state)  # -> BookState
    async with binance.spot.order_book("BTCUSDT", numbers=float) as book_of_floats:
        reveal_type(book_of_floats)  # -> LiveOrderBook[float]
        reveal_type(book_of_floats.asks())  # -> list[tuple[float, float]]
    reveal_type(binance.spot.order_book("BTCUSDT", numbers=str).best_ask)  # -> str | None


async def user_data(binance: Binance) -> None:
    async with binance.spot.user_data() as account:
        async for event in account:
            match event:
                case events.ExecutionReport():
                    reveal_type(event.price)  # -> Decimal
                    reveal_type(event.status)  # -> OrderStatus
                    reveal_type(event.source)  # -> Literal['rest', 'stream']
                case events.OutboundAccountPosition():
                    reveal_type(event.balances[0].free)  # -> Decimal
                case events.BalanceUpdate() | events.ListStatus() | events.ExternalLockUpdate():
                    reveal_type(event.event_time)  # -> int
                case events.ListenKeyExpired() | events.EventStreamTerminated() | events.ServerShutdown():
                    reveal_type(event)  # -> EventStreamTerminated | ListenKeyExpired | ServerShutdown
                case events.RawEvent():
                    reveal_type(event.body)  # -> bytes
                case events.Gap():
                    reveal_type(event.reconciled)  # -> bool


def the_number_is_decimal_unless_said(trade: events.Trade) -> Decimal:
    reveal_type(trade.price)  # -> Decimal
    return trade.price
