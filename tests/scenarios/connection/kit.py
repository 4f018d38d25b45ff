"""A stage for scenarios of connections: the embedded exchange and a client, in memory, on virtual time.

A scenario that ends leaves nothing behind: no task, no open socket, nothing for the exception handler of the loop.
"""

from __future__ import annotations

import asyncio
import functools
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

from binance_async import Binance
from binance_async.core.events import Gap
from binance_async.net.virtual import VirtualLoop, run_virtual
from binance_async.session.connection import Link
from binance_async.session.market import Hub, Shard
from binance_async.session.stream_connection import StreamConnection
from binance_async.simulator import Simulator
from binance_async.simulator.engine import ExchangeError, NewOrder

RICH = Decimal(10**12)


def scenario(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run an async test on virtual time, and see to it that nothing is left."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        complaints: list[dict[str, Any]] = []

        async def whole() -> None:
            asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
            await test(*args, **kwargs)
            await asyncio.sleep(0)
            left = {task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()}
            assert not left, f"tasks are left: {left}"

        run_virtual(whole())
        gc.collect()
        assert complaints == []

    return run


class Trader:
    """Two accounts that trade with each other, past the client."""

    def __init__(self, exchange: Any) -> None:
        self.engine = exchange.engine
        wealth = {asset: RICH for spec in self.engine.symbols.values() for asset in _assets(spec)}
        self.maker = self.engine.add_account(balances=wealth, house=True)
        self.taker = self.engine.add_account(balances=wealth, house=True)
        self.trades = 0

    def place(self, symbol: str, side: str, price: str | Decimal, quantity: str = "1", tif: str = "GTC") -> Any:
        """A limit order of the maker's (of the taker's, if it is not to rest)."""
        account = self.maker if tif == "GTC" else self.taker
        order = NewOrder(symbol, side, "LIMIT", tif, Decimal(quantity), price=Decimal(price))
        try:
            return self.engine.place(account, order)
        except ExchangeError:
            return None

    def cancel(self, symbol: str, order_id: int) -> None:
        self.engine.cancel(self.maker, symbol, order_id=order_id)

    def fill(self, symbol: str, price: str | Decimal = "10", levels: int = 5) -> None:
        """Resting orders on both sides of a price."""
        for level in range(1, levels + 1):
            self.place(symbol, "BUY", Decimal(price) - Decimal("0.01") * level)
            self.place(symbol, "SELL", Decimal(price) + Decimal("0.01") * level)

    def trade(self, symbol: str, price: str | Decimal = "10") -> None:
        """One trade."""
        self.place(symbol, "SELL", price)
        self.place(symbol, "BUY", price, tif="IOC")
        self.trades += 1

    async def keep_trading(self, symbols: list[str], every: float, seconds: float = 1e9) -> None:
        """A trade of each symbol every so many seconds."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while loop.time() < end:
            for symbol in symbols:
                self.trade(symbol)
            await asyncio.sleep(every)


def _assets(spec: Any) -> tuple[str, str]:
    return spec.base_asset, spec.quote_asset


class Stage:
    """What a scenario needs at hand."""

    def __init__(self, exchange: Simulator, binance: Binance) -> None:
        self.exchange = exchange
        self.binance = binance
        self.trader = Trader(exchange)
        self._tasks: list[asyncio.Task[Any]] = []
        self._shard: Shard | None = None

    @property
    def family(self) -> Any:
        return self.binance.us if self.exchange.exchange.family == "us" else self.binance.spot

    @property
    def hub(self) -> Hub:
        hub: Hub = self.family._hub
        return hub

    @property
    def shard(self) -> Shard:
        """The first there is, or was: what it counted can be asked for afterwards."""
        if self.hub.shards:
            self._shard = self.hub.shards[0]
        assert self._shard is not None
        return self._shard

    @property
    def link(self) -> Link:
        return self.shard.link

    @property
    def connection(self) -> StreamConnection:
        connection = self.link.current
        assert isinstance(connection, StreamConnection)
        return connection

    def run(self, work: Any) -> asyncio.Task[Any]:
        """In the background, until the scenario ends."""
        task = asyncio.ensure_future(work)
        self._tasks.append(task)
        return task

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        for outcome in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome

    def reader(self, market: Any) -> list[Any]:
        """All that comes of a subscription."""
        assert self.shard
        seen: list[Any] = []
        self.run(collect(market, seen))
        return seen

    def connections(self) -> list[Any]:
        """The records of the stream connections at the exchange."""
        return self.exchange.history.connections("stream")


async def collect(source: Any, into: list[Any]) -> None:
    """Everything that comes."""
    async for event in source:  # not `extend`: what has come must be there when this is cancelled
        into.append(event)  # noqa: PERF401


@asynccontextmanager
async def stage(*symbols: str, client: dict[str, Any] | None = None, **options: Any) -> AsyncIterator[Stage]:
    """An exchange with these symbols and a client."""
    options = {"symbols": list(symbols or ["AAAUSDT"]), "transport": "memory", "seed": 1, **options}
    async with Simulator(**options) as exchange:
        given = {"environment": exchange.environment, **(client or {})}
        async with Binance(given.pop("credentials", None), **given) as binance:
            each = Stage(exchange, binance)
            try:
                yield each
            finally:
                await each.stop()


def gaps(seen: list[Any]) -> list[Gap]:
    """The gaps among the events."""
    return [event for event in seen if isinstance(event, Gap)]


def events(seen: list[Any]) -> list[Any]:
    """What is no gap."""
    return [event for event in seen if not isinstance(event, Gap)]


async def until(condition: Callable[[], Any], *, within: float = 60.0, step: float = 0.01) -> float:
    """Wait until it holds; for how long that took."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    while not condition():
        assert loop.time() - start <= within, f"not within {within:g} s"
        await asyncio.sleep(step)
    return loop.time() - start


def block(seconds: float) -> None:
    """Let the event loop stand still for so long, as a callback that computes would."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop._now += seconds
