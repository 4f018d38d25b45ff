"""A scene for an account: the embedded exchange in memory on virtual time, a client that listens, and the truth.

    @scene("logon", "us")
    async def test_f28_...(scene: Scene) -> None:
        async with scene.listening() as account:
            scene.trade()
            ...
            scene.check(gaps=1)

What happens on the exchange goes straight into the engine, past the client: it is news that the client has not caused.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest

from binance_async import Binance, Timings
from binance_async.core.events import Gap
from binance_async.net.virtual import run_virtual
from binance_async.simulator import Simulator
from binance_async.simulator.engine import NewOrder, OrderLimit
from tests.chaos.account_truth import Truth

PRICE = Decimal(60_000)
RICH = {asset: Decimal(10**9) for asset in ("USDT", "BTC", "ETH", "BNB", "USDC", "LTC")}
LIMITS = (OrderLimit("SECOND", 10, 10**9), OrderLimit("DAY", 1, 10**9))

ROUTES: dict[str, dict[str, Any]] = {
    "logon": {"key": "ed25519"},
    "signature": {"key": "hmac"},
    "listen_key": {"key": "hmac", "edition": 2025},
    "us": {"key": "hmac", "families": ("us",)},
}
"""Each way to user data: the kind of key and the exchange that lead there."""


class Scene:
    """One exchange, one client, one account."""

    def __init__(self, exchange: Simulator, binance: Binance, family: str) -> None:
        self.exchange = exchange
        self.binance = binance
        self.family = family
        self.engine = exchange.engine
        self.mine = exchange.account.uid
        self.other = exchange.add_account(balances=RICH, watched=False, house=True).uid
        self.truth = Truth(exchange)
        self.seen: list[Any] = []
        self.account: Any = None
        self.reader: asyncio.Task[None] | None = None

    @property
    def calls(self) -> Any:
        """`binance.spot` or `binance.us`."""
        return getattr(self.binance, self.family)

    # What happens

    def place(self, side: str = "BUY", price: Any = PRICE - 100, quantity: Any = "0.01", **more: Any) -> int:
        """An order of ours; its id."""
        symbol = more.pop("symbol", "BTCUSDT")
        type_, tif = more.pop("type", "LIMIT"), more.pop("time_in_force", "GTC")
        order = NewOrder(symbol, side, type_, tif, Decimal(str(quantity)), price=Decimal(str(price)), **more)
        return int(self.engine.place(self.mine, order)["orderId"])

    def cancel(self, order_id: int, symbol: str = "BTCUSDT") -> None:
        self.engine.cancel(self.mine, symbol, order_id=order_id)

    def fill(self, price: Any = PRICE - 100, quantity: Any = "0.01", symbol: str = "BTCUSDT") -> None:
        """Somebody sells to our bid."""
        order = NewOrder(symbol, "SELL", "LIMIT", "IOC", Decimal(str(quantity)), price=Decimal(str(price)))
        self.engine.place(self.other, order)

    def trade(self, quantity: Any = "0.01", symbol: str = "BTCUSDT", price: Any = PRICE - 100) -> int:
        """An order of ours that is filled at once."""
        order_id = self.place(quantity=quantity, symbol=symbol, price=price)
        self.fill(quantity=quantity, symbol=symbol, price=price)
        return order_id

    def expire(self) -> int:
        """An order of ours that ends as EXPIRED at once: nobody is there to take it."""
        return self.place("BUY", PRICE - 1000, time_in_force="IOC")

    def live_a_little(self) -> None:
        """A trade, an order that comes and goes, one that expires, a deposit."""
        self.trade()
        self.cancel(self.place(price=PRICE - 200))
        self.expire()
        self.engine.deposit(self.mine, "USDT", Decimal(5))

    # The client

    @asynccontextmanager
    async def listening(self, *, read: bool = True, **options: Any) -> AsyncIterator[Any]:
        """User data, and a consumer that takes what comes."""
        async with self.calls.user_data(**options) as account:
            self.account = account
            self.truth.begin()
            if read:
                self.read()
            try:
                yield account
            finally:
                if self.reader is not None:
                    self.reader.cancel()
                    await asyncio.gather(self.reader, return_exceptions=True)

    def read(self) -> None:
        """Begin to read."""
        self.reader = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        async for event in self.account:
            self.seen.append(event)

    @property
    def gaps(self) -> list[Gap]:
        return [event for event in self.seen if isinstance(event, Gap)]

    def kinds(self) -> list[str]:
        """What was told, in short: execution and status of reports, names of other events."""
        return [_short(event) for event in self.seen]

    async def until(self, condition: Callable[[], Any], limit: float = 60.0) -> float:
        """Wait; how long it took."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while not condition():
            assert loop.time() - began < limit, f"not within {limit} s"
            await asyncio.sleep(0.01 if loop.time() - began < 3 else 1.0)
        return loop.time() - began

    async def restored(self, gaps: int = 1, limit: float = 60.0) -> float:
        """Wait until so many gaps are told."""
        return await self.until(lambda: len(self.gaps) >= gaps, limit)

    def check(self, gaps: int | None = 0, **more: Any) -> None:
        """What was told is the truth."""
        self.truth.check(self.seen, self.account, gaps=gaps, **more)

    def calls_of(self, name: str) -> list[Any]:
        """The requests of one call."""
        return self.exchange.history.requests(call=name)


def _short(event: Any) -> str:
    if getattr(event, "execution_type", None) is not None:
        return f"{event.execution_type!s} {event.status!s}"
    return type(event).__name__


Test = Callable[..., Coroutine[Any, Any, None]]


def scene(
    *routes: str, timings: Timings | None = None, client: dict[str, Any] | None = None, **options: Any
) -> Callable[[Test], Callable[..., None]]:
    """Run an async test in a scene, once for each route (by log-on if none is named).

    Afterwards nothing may be left: no task, no complaint of the event loop.
    """

    def decorate(test: Test) -> Callable[..., None]:
        def run(*args: Any, route: str, **kwargs: Any) -> None:
            run_virtual(play(test, route, timings, client or {}, options, args, kwargs))

        functools.update_wrapper(run, test)
        del run.__wrapped__  # type: ignore[attr-defined]
        own = [each for each in inspect.signature(test).parameters.values() if each.name != "scene"]
        route = inspect.Parameter("route", inspect.Parameter.KEYWORD_ONLY)
        run.__signature__ = inspect.Signature([*own, route])  # type: ignore[attr-defined]
        return pytest.mark.parametrize("route", routes or ("logon",))(run)

    return decorate


async def play(
    test: Test, route: str, timings: Timings | None, client: dict[str, Any], options: dict[str, Any],
    args: Any, kwargs: Any,
) -> None:  # fmt: skip
    way = dict(ROUTES[route])
    key = way.pop("key")
    settings = {
        "symbols": ["BTCUSDT", "ETHUSDT"],
        "order_limits": LIMITS,
        "balances": RICH,
        "seed": 1,
        **way,
        **options,
    }
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    async with Simulator(transport="memory", **settings) as exchange:
        family = settings.get("families", ("spot",))[0]
        credentials = exchange.keys[key].credentials
        options = {"environment": exchange.environment, "timings": timings, **client}
        async with Binance(credentials, **options) as binance:
            await test(*args, scene=Scene(exchange, binance, family), **kwargs)
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left, f"tasks are left: {left}"
    assert not complaints, complaints
