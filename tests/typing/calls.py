"""What a type checker knows of calls. Never run: `test_typing` has mypy and pyright read it.

After `# ->` stands the type that both must reveal, without its modules.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, reveal_type

from binance_async import TESTNET, Binance, Credentials
from binance_async.core.symbol_rules import SymbolRules
from binance_async.spot.enums import NewOrderRespType, OrderStatus, OrderType, Side, TickerType
from binance_async.spot.filters import LotSize, UnknownFilter
from binance_async.spot.trading import OrderOptions


async def client() -> None:
    reveal_type(Credentials.from_env())  # -> Credentials
    async with Binance(Credentials.from_env(), environment=TESTNET) as binance:
        reveal_type(binance)  # -> Binance
        reveal_type(binance.spot)  # -> Spot
        reveal_type(binance.us)  # -> Us
        reveal_type(await binance.request("GET", "/api/v3/new", {"a": 1}))  # -> Any


async def market(binance: Binance) -> None:
    spot = binance.spot
    candles = await spot.klines("BTCUSDT", "1m", limit=500)
    reveal_type(candles)  # -> list[Kline]
    reveal_type(candles[0].close)  # -> Decimal
    book = await spot.depth("BTCUSDT")
    reveal_type(book)  # -> OrderBook
    reveal_type(await spot.time())  # -> ServerTime
    reveal_type(await spot.avg_price("BTCUSDT"))  # -> AvgPrice
    reveal_type(await spot.agg_trades("BTCUSDT", from_id=1))  # -> list[AggTrade]


async def one_or_many(binance: Binance) -> None:
    spot = binance.spot
    reveal_type(await spot.ticker_price("BTCUSDT"))  # -> PriceTicker
    reveal_type(await spot.ticker_price(symbol="BTCUSDT"))  # -> PriceTicker
    reveal_type(await spot.ticker_price(symbols=["BTCUSDT", "BNBUSDT"]))  # -> list[PriceTicker]
    reveal_type(await spot.ticker_price())  # -> list[PriceTicker]
    reveal_type((await spot.ticker_price("BTCUSDT")).price)  # -> Decimal
    reveal_type(await spot.ticker_book("BTCUSDT"))  # -> BookTicker
    reveal_type(await spot.ticker_book())  # -> list[BookTicker]


async def full_or_mini(binance: Binance) -> None:
    spot = binance.spot
    reveal_type(await spot.ticker_24h("BTCUSDT"))  # -> Ticker24h
    reveal_type(await spot.ticker_24h("BTCUSDT", type="FULL"))  # -> Ticker24h
    reveal_type(await spot.ticker_24h("BTCUSDT", type=TickerType.MINI))  # -> MiniTicker
    reveal_type(await spot.ticker_24h())  # -> list[Ticker24h]
    reveal_type(await spot.ticker_24h(symbols=["BTCUSDT"], type="MINI"))  # -> list[MiniTicker]
    reveal_type(await spot.ticker("BTCUSDT", window_size="1h"))  # -> WindowTicker
    reveal_type(await spot.ticker("BTCUSDT", type="MINI"))  # -> MiniTicker
    reveal_type(await spot.ticker(symbols=["BTCUSDT"]))  # -> list[WindowTicker]
    reveal_type(await spot.ticker_trading_day(symbols=["BTCUSDT"], type="MINI"))  # -> list[MiniTicker]


async def general(binance: Binance) -> None:
    info = await binance.spot.exchange_info()
    reveal_type(info)  # -> ExchangeInfo
    symbol = info.symbols[0]
    reveal_type(symbol.order_types)  # -> list[OrderType]
    for filter_ in symbol.filters:
        match filter_:
            case LotSize():
                reveal_type(filter_.step_size)  # -> Decimal
            case UnknownFilter():
                reveal_type(filter_.name)  # -> str
            case _:
                pass


async def place(binance: Binance) -> None:
    spot = binance.spot
    options: OrderOptions = {"time_in_force": "GTC", "quantity": Decimal("0.001"), "price": "60000"}
    reveal_type(await spot.place_order("BTCUSDT", "BUY", "LIMIT", **options))  # -> OrderFull
    reveal_type(await spot.place_order("BTCUSDT", Side.BUY, OrderType.MARKET, quantity=0.1))  # -> OrderFull
    reveal_type(await spot.place_order("BTCUSDT", "BUY", "LIMIT_MAKER", quantity=1, price=1))  # -> OrderAck
    reveal_type(await spot.place_order("BTCUSDT", "BUY", OrderType.STOP_LOSS, quantity=1))  # -> OrderAck
    reveal_type(await spot.place_order("BTCUSDT", "BUY", "LIMIT", new_order_resp_type="ACK"))  # -> OrderAck
    reveal_type(await spot.place_order("BTCUSDT", "BUY", "LIMIT", new_order_resp_type="RESULT"))  # -> OrderResult
    reveal_type(await spot.place_order("BTCUSDT", "BUY", "STOP_LOSS", new_order_resp_type="FULL"))  # -> OrderFull
    full: Final = NewOrderRespType.FULL
    reveal_type(await spot.place_order("BTCUSDT", "BUY", "LIMIT", new_order_resp_type=full))  # -> OrderFull


async def place_what_is_not_known_before(binance: Binance, side: Side, type: OrderType) -> None:
    order = await binance.spot.place_order("BTCUSDT", side, type, quantity=1)
    reveal_type(order)  # -> OrderAck | OrderFull | OrderResult
    reveal_type(order.order_id)  # -> int


async def query_and_cancel(binance: Binance) -> None:
    spot = binance.spot
    order = await spot.order("BTCUSDT", order_id=1)
    reveal_type(order)  # -> Order
    reveal_type(order.status)  # -> OrderStatus
    reveal_type(order.status is OrderStatus.FILLED)  # -> bool
    reveal_type(order.price)  # -> Decimal
    reveal_type(order.iceberg_qty)  # -> Decimal | None
    reveal_type(await spot.open_orders())  # -> list[Order]
    reveal_type(await spot.cancel_order("BTCUSDT", order_id=1))  # -> CanceledOrder | CanceledOrderList
    reveal_type(await spot.cancel_open_orders("BTCUSDT"))  # -> list[CanceledOrder | CanceledOrderList]
    reveal_type(await spot.amend_order("BTCUSDT", new_qty="1", order_id=1))  # -> OrderAmended


async def other_orders(binance: Binance) -> None:
    spot = binance.spot
    reveal_type(await spot.test_order("BTCUSDT", "BUY", "MARKET", quantity=1))  # -> ValidOrder
    rates = await spot.test_order("BTCUSDT", "BUY", "MARKET", quantity=1, compute_commission_rates=True)
    reveal_type(rates)  # -> OrderCommission
    both = await spot.cancel_replace("BTCUSDT", "BUY", "LIMIT", "STOP_ON_FAILURE", cancel_order_id=1)
    reveal_type(both)  # -> CancelReplaced[OrderFull]
    reveal_type(both.new_order_response)  # -> OrderFull
    reveal_type(await spot.place_sor_order("BTCUSDT", "BUY", "LIMIT", quantity=1))  # -> SorOrderFull
    sor = await spot.place_sor_order("BTCUSDT", "BUY", "LIMIT", quantity=1, new_order_resp_type="ACK")
    reveal_type(sor)  # -> OrderAck


async def account(binance: Binance) -> None:
    info = await binance.spot.account()
    reveal_type(info)  # -> AccountInfo
    reveal_type(info.balances[0].free)  # -> Decimal
    reveal_type(await binance.spot.my_trades("BTCUSDT"))  # -> list[AccountTrade]


async def websocket_api(binance: Binance) -> None:
    async with binance.spot.websocket() as spot:
        reveal_type(spot)  # -> SpotWebsocket
        reveal_type(await spot.order("BTCUSDT", order_id=1))  # -> Order
        reveal_type(await spot.place_order("BTCUSDT", "BUY", "LIMIT", quantity=1))  # -> OrderFull
        reveal_type(await spot.place_sor_order("BTCUSDT", "BUY", "LIMIT", quantity=1))  # -> SorOrderFull
        reveal_type(await spot.ticker_price("BTCUSDT"))  # -> PriceTicker
        reveal_type(await spot.session_status())  # -> SessionStatus


def rules(rules: SymbolRules) -> None:
    reveal_type(rules.price(60000.004, side="BUY"))  # -> Decimal
    reveal_type(rules.price("60000", "up"))  # -> Decimal
    reveal_type(rules.quantity(Decimal(1), market=True))  # -> Decimal
    reveal_type(rules.tick_size)  # -> Decimal | None
    verdict = rules.check("BUY", "LIMIT", quantity="1", price=1, average_price=1.5)
    reveal_type(verdict)  # -> Verdict
    reveal_type(verdict[0].by)  # -> Decimal | None
    reveal_type(verdict.unchecked)  # -> list[Unchecked]


async def of_binance_us(binance: Binance) -> None:
    us = binance.us
    reveal_type(await us.klines("BTCUSD", "1m"))  # -> list[Kline]
    reveal_type(await us.ticker_price("BTCUSD"))  # -> PriceTicker
    reveal_type(await us.ticker_price())  # -> list[PriceTicker]
