"""A client that is not ours works against the exchange: python-binance, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest

from binance_async.simulator import Simulator
from binance_async.simulator.engine import NewOrder

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture(autouse=True)
def _quick_to_close(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its reader looks every ten seconds whether it is to end."""
    from binance.ws.reconnecting_websocket import ReconnectingWebsocket

    monkeypatch.setattr(ReconnectingWebsocket, "TIMEOUT", 0.1)


@asynccontextmanager
async def python_binance(exchange: Simulator) -> AsyncIterator[Any]:
    from binance import AsyncClient

    class Client(AsyncClient):
        API_URL = exchange.urls["rest"] + "/api"
        WS_API_URL = exchange.urls["ws_api"]

    key = exchange.keys["hmac"]
    client = await Client.create(key.api_key, key.secret)
    try:
        yield client
    finally:
        await client.close_connection()


def manager(client: Any, exchange: Simulator) -> Any:
    from binance import BinanceSocketManager

    class Manager(BinanceSocketManager):
        STREAM_URL = exchange.urls["stream"] + "/"

    return Manager(client)


def fill(exchange: Simulator, quantity: str = "0.004") -> None:
    """Somebody sells at the best bid."""
    stranger = exchange.add_account(balances={"BTC": Decimal(1)})
    order = NewOrder("BTCUSDT", "SELL", "MARKET", quantity=Decimal(quantity))
    exchange.engine.place(stranger.uid, order)


async def test_markets_orders_account_and_trades() -> None:
    async with Simulator(market=None) as exchange, python_binance(exchange) as client:
        assert "symbols" in await client.get_exchange_info()
        assert abs((await client.get_server_time())["serverTime"] - exchange.clock.now_ms()) < 5_000
        placed = await client.order_limit_buy(symbol="BTCUSDT", quantity="0.01", price="50000")
        assert placed["status"] == "NEW"
        fill(exchange)
        order = await client.get_order(symbol="BTCUSDT", orderId=placed["orderId"])
        assert (order["status"], order["executedQty"]) == ("PARTIALLY_FILLED", "0.00400000")
        assert len(await client.get_open_orders(symbol="BTCUSDT")) == 1
        (trade,) = await client.get_my_trades(symbol="BTCUSDT")
        assert (trade["orderId"], trade["isMaker"]) == (placed["orderId"], True)
        balance = await client.get_asset_balance(asset="BTC")
        assert Decimal(balance["free"]) > 100
        canceled = await client.cancel_order(symbol="BTCUSDT", orderId=placed["orderId"])
        assert canceled["status"] == "CANCELED"
        assert len(await client.get_all_orders(symbol="BTCUSDT")) == 1
        assert len(await client.get_klines(symbol="BTCUSDT", interval="1m")) == 1
        book = await client.get_order_book(symbol="BTCUSDT")
        assert book["bids"] == []
        assert (await client.get_symbol_ticker(symbol="BTCUSDT"))["price"] == "50000.00000000"
        assert len(await client.get_recent_trades(symbol="BTCUSDT")) == 1
        assert (await client.get_ticker(symbol="BTCUSDT"))["count"] == 1
        assert (
            await client.create_test_order(
                symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01", price="50000"
            )
            == {}
        )


async def test_its_errors_are_the_exchanges() -> None:
    from binance.exceptions import BinanceAPIException

    async with Simulator(market=None) as exchange, python_binance(exchange) as client:
        with pytest.raises(BinanceAPIException) as refused:
            await client.order_limit_buy(symbol="BTCUSDT", quantity="0.0000001", price="50000")
        assert refused.value.code == -1013
        with pytest.raises(BinanceAPIException) as refused:
            await client.get_order_book(symbol="NIXUSDT")
        assert refused.value.code == -1121


async def test_streams_and_user_events() -> None:
    async with Simulator(market=None) as exchange, python_binance(exchange) as client:
        sockets = manager(client, exchange)
        async with (
            sockets.trade_socket("BTCUSDT") as trades,
            sockets.multiplex_socket(["btcusdt@depth@100ms", "btcusdt@kline_1s"]) as many,
            sockets.user_socket() as user,
        ):
            await client.order_limit_buy(symbol="BTCUSDT", quantity="0.01", price="50000")
            fill(exchange)
            async with asyncio.timeout(10):
                assert (await trades.recv())["p"] == "50000.00000000"
                kinds = {(await many.recv())["data"]["e"] for _ in range(2)}
                assert kinds <= {"depthUpdate", "kline"}
                events = [await user.recv() for _ in range(4)]
        assert [(event["e"], event.get("X")) for event in events] == [
            ("executionReport", "NEW"),
            ("outboundAccountPosition", None),
            ("executionReport", "PARTIALLY_FILLED"),
            ("outboundAccountPosition", None),
        ]


async def test_calls_over_the_websocket_api() -> None:
    async with Simulator(market=None) as exchange, python_binance(exchange) as client:
        placed = await client.ws_create_order(
            symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01", price="50000"
        )
        found = await client.ws_get_order(symbol="BTCUSDT", orderId=placed["orderId"])
        assert found["status"] == "NEW"
        assert (await client.ws_cancel_order(symbol="BTCUSDT", orderId=placed["orderId"]))["status"] == "CANCELED"


async def test_listen_keys_of_the_older_edition() -> None:
    async with Simulator(market=None, edition=2025) as exchange, python_binance(exchange) as client:
        key = await client._post("userDataStream", False, data={})
        assert len(key["listenKey"]) == 60
