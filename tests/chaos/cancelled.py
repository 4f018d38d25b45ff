"""G10 for what is no request: opening, adding, dropping, waiting and closing, cancelled at every turn of the loop.

Each act is begun in a world of its own beside a bystander who has a stream, and cancelled after so many turns. Then the
bystander must go on hearing, the same act must succeed, and of the cancelled one nothing may be left: no task, no
connection, no subscription at the exchange.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from binance_async import Binance
from binance_async.errors import BinanceError
from binance_async.simulator import Simulator
from binance_async.spot import streams
from tests.chaos.goals import Broken, Figures, demand
from tests.chaos.load import Load
from tests.chaos.orders import cancels
from tests.chaos.trader import ROUTES

TURNS = 150
"""More turns than anything takes that does not wait for a timer."""
STEP = 0.02
STEPS = 60
"""What waits for timers is cancelled after so many steps of time."""
SETTLED = 15.0
"""By then everything that was given up is closed: a hand-over's drain takes the longest."""


@dataclass
class Begun:
    """What can be cancelled, and what its user does afterwards."""

    call: Callable[[], Awaitable[Any]]
    end: Callable[[], Awaitable[Any]]
    kept: bool = False
    """Whether the user has something to close also when the call was cancelled."""


@dataclass
class Act:
    """Something that a user does."""

    name: str
    begin: Callable[[Any], Awaitable[Begun]]
    endless: bool = False
    """It waits for what does not come."""
    key: str = "ed25519"
    options: dict[str, Any] = field(default_factory=dict)


def _start(thing: Any) -> Callable[[], Awaitable[Any]]:
    """What `async with` does. (`open` of user data is for its link.)"""
    start: Callable[[], Awaitable[Any]] = getattr(thing, "start", None) or thing.open
    return start


async def _opening(thing: Any) -> Begun:
    return Begun(_start(thing), thing.close)


async def _opened(thing: Any) -> Any:
    await _start(thing)()
    return thing


def _stream(spot: Any, symbol: str = "ETHUSDT") -> Any:
    return spot.stream(streams.trade(symbol))


async def _adding(spot: Any) -> Begun:
    market = await _opened(_stream(spot))
    return Begun(lambda: market.add(streams.book_ticker("ETHUSDT")), market.close, kept=True)


async def _dropping(spot: Any) -> Begun:
    market = await _opened(spot.stream(streams.trade("ETHUSDT"), streams.book_ticker("ETHUSDT")))
    return Begun(lambda: market.drop(streams.book_ticker("ETHUSDT")), market.close, kept=True)


async def _syncing(spot: Any) -> Begun:
    book = await _opened(spot.order_book("ETHUSDT"))
    return Begun(book.synced, book.close, kept=True)


async def _waiting(thing: Any) -> Begun:
    opened = await _opened(thing)
    return Begun(opened.next, opened.close, kept=True)


async def _closing(thing: Any) -> Begun:
    opened = await _opened(thing)
    return Begun(opened.close, opened.close, kept=True)


OLDER: dict[str, Any] = {"key": "hmac", "options": {"edition": 2025}}
ACTS = [
    Act("stream: open", lambda spot: _opening(_stream(spot))),
    Act("stream: open, shared", lambda spot: _opening(_stream(spot, "BTCUSDT"))),
    Act("stream: add", _adding),
    Act("stream: drop", _dropping),
    Act("stream: next", lambda spot: _waiting(_stream(spot)), endless=True),
    Act("stream: close", lambda spot: _closing(_stream(spot))),
    Act("book: open", lambda spot: _opening(spot.order_book("ETHUSDT"))),
    Act("book: synced", _syncing),
    Act("book: close", lambda spot: _closing(spot.order_book("ETHUSDT"))),
    Act("websocket: open, logged on", lambda spot: _opening(spot.websocket())),
    Act("websocket: open, signed", lambda spot: _opening(spot.websocket()), key="hmac"),
    Act("websocket: close", lambda spot: _closing(spot.websocket())),
    Act("user data: open, logged on", lambda spot: _opening(spot.user_data())),
    Act("user data: open, signed", lambda spot: _opening(spot.user_data()), key="hmac"),
    Act("user data: open, by listen key", lambda spot: _opening(spot.user_data()), **OLDER),
    Act("user data: next", lambda spot: _waiting(spot.user_data()), endless=True),
    Act("user data: close", lambda spot: _closing(spot.user_data())),
]


async def acts(size: int, seed: int) -> Figures:
    """G10: every act (or the first so many), cancelled at every turn until it ends first; and the client's close."""
    figures: Counter[str] = Counter()
    for act in ACTS[:size]:
        figures["acts"] += 1
        figures["cancels"] += await _at_every_moment(act, seed)
    figures["acts"] += 1
    figures["cancels"] += await _client_closes(seed)
    return {**figures, "left behind": 0}


async def everything(size: int, seed: int) -> Figures:
    """G10: the calls of REST and of the WebSocket API, signed and logged on, and all that is no call."""
    of_routes = {route: await cancels(size, seed, route=route) for route in ROUTES}
    return {**of_routes, "no calls": await acts(size, seed)}


async def _at_every_moment(act: Act, seed: int) -> int:
    """How often it was cancelled."""
    if act.endless:
        for turns in range(10):
            demand(not await _cancelled(act, seed, turns, 0.0), f"{act.name}: nothing can have come")
        return 10
    for turns in range(TURNS):
        if await _cancelled(act, seed, turns, 0.0):
            return turns
    for step in range(1, STEPS):
        if await _cancelled(act, seed, 0, step * STEP):
            return TURNS + step
    raise Broken(f"{act.name} has no end")


async def _cancelled(act: Act, seed: int, turns: int, seconds: float) -> bool:
    """Whether the act ended before it was cancelled."""
    what = f"{act.name} after {turns} turns, {seconds:g} s"
    complaints: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    async with Simulator(seed=seed, transport="memory", symbols=["BTCUSDT", "ETHUSDT"], **act.options) as exchange:
        load = Load(exchange, seed)
        load.fill_book(5)
        credentials = exchange.keys[act.key].credentials  # type: ignore[index]  # one of the three
        async with (
            Binance(credentials, environment=exchange.environment) as binance,
            binance.spot.stream(streams.trade("BTCUSDT"), bound=10**6) as bystander,
        ):
            await binance.spot.time()  # so that the clock is kept, which is nobody's act
            await asyncio.sleep(1)
            before = _state(exchange)
            ended = await _begin_and_cancel(act, binance.spot, turns, seconds, what)
            await asyncio.sleep(1)
            load.market_step()
            heard = await bystander.next(1)
            demand(heard.symbol == "BTCUSDT", f"{what}: the bystander heard {heard}")
            again = await act.begin(binance.spot)
            if not act.endless:
                await asyncio.wait_for(_awaited(again.call), 20)
            await again.end()
            await asyncio.sleep(SETTLED)
            after = _state(exchange)
            demand(after == before, lambda: f"{what}: left behind {after} where there was {before}")
            demand(bystander.gaps == 0, f"{what}: the bystander had a gap")
    demand(not complaints, lambda: f"{what}: {complaints}")
    return ended


async def _awaited(call: Callable[[], Awaitable[Any]]) -> Any:
    return await call()


async def _begin_and_cancel(act: Act, spot: Any, turns: int, seconds: float, what: str) -> bool:
    begun = await act.begin(spot)
    task = asyncio.ensure_future(_awaited(begun.call))
    for _ in range(turns):
        await asyncio.sleep(0)
    if seconds:
        await asyncio.sleep(seconds)
    ended = task.done()
    task.cancel()
    await asyncio.wait({task})
    error = None if task.cancelled() else task.exception()
    demand(error is None or isinstance(error, BinanceError), lambda: f"{what}: {error!r}")
    if begun.kept or (error is None and not task.cancelled()):
        await begun.end()
    return ended


def _state(exchange: Simulator) -> dict[str, Any]:
    """What is there, apart from the network and the exchange themselves."""
    from tests.chaos.runtime import _is_clients

    tasks = Counter(_kind(task) for task in asyncio.all_tasks() if _is_clients(task))
    sessions = list(exchange.exchange.sessions.values())
    names = sorted(name for session in sessions for name in getattr(session, "names", ()))
    return {"tasks": dict(tasks), "connections": len(sessions), "streams": names}


def _kind(task: asyncio.Task[Any]) -> str:
    """Its name without the numbers of connections."""
    return "".join(each for each in task.get_name() if not each.isdigit())


async def _client_closes(seed: int) -> int:
    """`Binance.close`, cancelled: it goes on, and a second close waits for its end."""
    from tests.chaos.runtime import _is_clients

    for turns in range(TURNS):
        async with Simulator(seed=seed, transport="memory", symbols=["BTCUSDT", "ETHUSDT"]) as exchange:
            binance = Binance(exchange.keys["ed25519"].credentials, environment=exchange.environment)
            await _opened(_stream(binance.spot))
            await _opened(binance.spot.user_data())
            await _opened(binance.spot.websocket())
            closing = asyncio.ensure_future(binance.close())
            for _ in range(turns):
                await asyncio.sleep(0)
            ended = closing.done()
            closing.cancel()
            await asyncio.wait({closing})
            await binance.close()
            await asyncio.sleep(0)
            left = [task.get_name() for task in asyncio.all_tasks() if _is_clients(task)]
            demand(not left, f"close after {turns} turns: left behind {left}")
            await asyncio.sleep(1)
            demand(not exchange.exchange.sessions, f"close after {turns} turns: connections are left")
        if ended:
            return turns
    raise Broken("closing has no end")
