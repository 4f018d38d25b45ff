"""Mistakes that a type checker finds before the exchange does. Never run; see `calls.py`.

In each line that ends with `# wrong`, and in no other, both checkers must find fault.
"""

from __future__ import annotations

from decimal import Decimal

from binance_async import Binance, Credentials
from binance_async.core.symbol_rules import SymbolRules
from binance_async.spot import events, streams


async def calls(binance: Binance) -> None:
    spot = binance.spot
    await spot.klines("BTCUSDT", "1m", limit=5)
    await spot.klines("BTCUSDT", "7m")  # wrong
    await spot.klines("BTCUSDT")  # wrong
    await spot.klines("BTCUSDT", "1m", limit="5")  # wrong
    await spot.klines("BTCUSDT", "1m", 500)  # wrong
    await spot.klines("BTCUSDT", "1m", lmit=5)  # wrong
    await spot.klines(5, "1m")  # wrong
    await spot.ticker_price("BTCUSDT", symbols=["BNBUSDT"])  # wrong
    await spot.ticker(type="MINI")  # wrong
    await spot.ticker_24h("BTCUSDT", type="SMALL")  # wrong
    await spot.no_such_call("BTCUSDT")  # wrong
    await binance.request("PATCH", "/api/v3/order")  # wrong


async def orders(binance: Binance) -> None:
    spot = binance.spot
    await spot.place_order("BTCUSDT", "BUY", "LIMIT", time_in_force="GTC", quantity=1, price=Decimal(1))
    await spot.place_order("BTCUSDT", "LONG", "LIMIT", quantity=1)  # wrong
    await spot.place_order("BTCUSDT", "BUY", "LIMITED", quantity=1)  # wrong
    await spot.place_order("BTCUSDT", "BUY", "LIMIT", quantity=[1])  # wrong
    await spot.place_order("BTCUSDT", "BUY", "LIMIT", qauntity=1)  # wrong
    await spot.place_order("BTCUSDT", "BUY", "LIMIT", time_in_force="GTX")  # wrong
    await spot.place_order("BTCUSDT", "BUY", "LIMIT", new_order_resp_type="SOME")  # wrong
    await spot.place_order("BTCUSDT", "BUY")  # wrong
    await spot.amend_order("BTCUSDT", order_id=1)  # wrong
    await spot.place_sor_order("BTCUSDT", "BUY", "MARKET", quote_order_qty=1, quantity=1)  # wrong
    ack = await spot.place_order("BTCUSDT", "BUY", "LIMIT", new_order_resp_type="ACK")
    print(ack.order_id)
    print(ack.fills)  # wrong
    order = await spot.order("BTCUSDT", order_id=1)
    print(order.price + Decimal(1))
    print(order.price + 1.5)  # wrong
    print(order.orderId)  # wrong
    order.price = Decimal(1)  # wrong
    canceled = await spot.cancel_open_orders("BTCUSDT")
    print(canceled[0].symbol)
    print(canceled[0].order_id)  # wrong


async def live(binance: Binance) -> None:
    spot = binance.spot
    spot.stream(streams.trade("BTCUSDT"), bound=10)
    spot.stream(streams.trade("BTCUSDT"), policy="forget")  # wrong
    spot.stream(streams.depth("BTCUSDT", speed="250ms"))  # wrong
    spot.stream(streams.partial_depth("BTCUSDT", 7))  # wrong
    spot.stream(streams.kline("BTCUSDT", "7m"))  # wrong
    spot.stream(5)  # wrong
    async with spot.stream(streams.as_float.trade("BTCUSDT")) as market:
        async for event in market:
            print(event.price)  # wrong
            if isinstance(event, events.Trade):
                print(event.price + 1.5)
                print(event.price + Decimal(1))  # wrong
    spot.order_book("BTCUSDT", speed="1s")  # wrong
    async with spot.user_data(symbols=["BTCUSDT"]) as account:
        async for report in account:
            print(report.price)  # wrong


def rules(rules: SymbolRules) -> None:
    rules.price(1, "up")
    rules.price(1, "sideways")  # wrong
    rules.price([1])  # wrong
    rules.check("BUY", "LIMIT", qauntity=1)  # wrong
    rules.check("BUY", "LIMIT", open_orders=5)  # wrong


def client(credentials: Credentials) -> None:
    Binance(credentials, time_unit="microseconds")
    Binance(credentials, time_unit="hours")  # wrong
    Binance("key", "secret")  # wrong
    Binance(credentials, recv_window=[5])  # wrong
