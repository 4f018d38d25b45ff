"""Goals for user data: G2 over every route with everything mixed, the outage of F28, and G14 through the whole session.

Each is a function of a size and a seed that returns figures or raises `Broken`; see `goals`.
"""

from __future__ import annotations

import asyncio
import copy
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from binance_async import Binance, Timings
from binance_async.core.events import Gap, GapCause, RawEvent
from binance_async.simulator import Simulator
from binance_async.simulator.actions import (
    Action,
    Close,
    EndFile,
    EndSubscriptions,
    ExpireListenKeys,
    HalfOpen,
    Lag,
    Push,
    Reset,
    Shutdown,
    Unreachable,
)
from binance_async.simulator.engine import Bounds, NewOrder
from tests.chaos.account_truth import Truth
from tests.chaos.goals import Figures, collect, demand
from tests.chaos.load import PRICE, Load

ROUTES: dict[str, tuple[str, dict[str, Any]]] = {
    "logon": ("ed25519", {}),
    "signature": ("hmac", {}),
    "listen_key": ("hmac", {"edition": 2025}),
    "us": ("hmac", {"families": ("us",)}),
}
"""Each way to user data: the kind of key, and the exchange, that lead there."""

LIVELY = replace(Timings(), rotate_after=60.0, rotate_jitter=20.0, audit=90.0)
"""Real durations, but for hand-overs and audits, which come all the time."""


def user_data(binance: Any, route: str, **options: Any) -> Any:
    """The account of a route."""
    return (binance.us if route == "us" else binance.spot).user_data(symbols=["BTCUSDT"], **options)


# G2, over every route


def losses(route: str) -> list[Action]:
    """How a connection of a route can be lost."""
    common: list[Action] = [
        Reset(),
        EndFile(),
        HalfOpen(),
        Close(1000),
        Close(1001),
        Close(1008, "policy"),
        Close(1011),
    ]
    ended: Action = ExpireListenKeys() if route in ("listen_key", "us") else EndSubscriptions()
    return [*common, ended, ended, Unreachable(3.0)]


def lag(exchange: Simulator, most: float) -> None:
    """Each read sees the ledger of another moment, up to so many seconds ago."""
    for share, probability in ((1.0, 0.25), (0.6, 0.33), (0.2, 0.5)):
        exchange.faults.add(Lag(most * share), call="*", writes=False, probability=probability)


async def route(name: str, size: int, seed: int, *, rate: float = 10.0, most_lag: float = 40.0) -> Figures:
    """G2 on one route: losses, hand-overs and both at once, while REST is behind and events are late."""
    chance = random.Random(f"{name}/{seed}")
    key, options = ROUTES[name]
    bounds = Bounds(finished_orders=1_000_000, account_trades=1_000_000)
    async with Simulator(seed=seed, transport="memory", symbols=["BTCUSDT"], bounds=bounds, **options) as exchange:
        truth = Truth(exchange)
        load = Load(exchange, seed, user_rate=rate)
        load.fill_book(50)
        await asyncio.sleep(120)  # behind the ledger's beginning there is nothing for a read that lags
        credentials = exchange.keys[key].credentials
        async with Binance(credentials, environment=exchange.environment, timings=LIVELY) as binance:
            seen: list[Any] = []
            async with user_data(binance, name) as account:
                truth.begin()
                lag(exchange, most_lag)
                reader = asyncio.ensure_future(collect(account, seen))
                running = asyncio.ensure_future(load.run(1e9))
                lost = 0
                for _ in range(size):
                    await asyncio.sleep(chance.uniform(0.2, 20.0))
                    lost += await disturb(exchange, account, name, chance, seen)
                running.cancel()
                await asyncio.sleep(200)
                figures = truth.check(seen, account, gaps=lost)
                reader.cancel()
                return {
                    **figures,
                    "losses": account.link.losses,
                    "hand-overs": account.link.rotations,
                    "late, found by a later reading": _late(seen),
                }


async def disturb(exchange: Simulator, account: Any, name: str, chance: random.Random, seen: list[Any]) -> int:
    """One thing that goes wrong; how many gaps there are after it that were not there before.

    One is made by an outage and none by a hand-over. Besides, an audit may meanwhile come upon a trade of an earlier
    outage that REST did not know of at the time. It takes the stream for mute then, and makes an outage of its own,
    which may have become one with what is done here.
    """
    gaps, carrier, before = account.gaps, account.link.current, len(seen)
    door = "stream" if name in ("listen_key", "us") else "ws_api"
    what = chance.random()
    if what < 0.3:
        if chance.random() < 0.5:
            account.link.rotate()
        else:
            exchange.faults.now(Shutdown(after=60.0), door=door)
        await until(lambda: account.live and account.link.current is not carrier)
        found = await _found_by_audits(seen, before)
        demand(account.gaps == gaps + found, lambda: f"a planned hand-over made {account.gaps - gaps - found} gaps")
        return found
    if what < 0.5:  # in the middle of a hand-over
        account.link.rotate()
        await asyncio.sleep(chance.uniform(0.0, 0.3))
    loss = chance.choice(losses(name))
    where: dict[str, Any] = {"door": door} if not isinstance(loss, (ExpireListenKeys, EndSubscriptions)) else {}
    exchange.faults.now(loss, **where)
    await until(lambda: account.gaps > gaps and account.live)
    found = await _found_by_audits(seen, before)
    made = account.gaps - gaps - found
    demand(made == 1 or (found and made == 0), lambda: f"{made} gaps for one outage by {loss}")
    return made + found


async def _found_by_audits(seen: list[Any], before: int) -> int:
    """How many gaps audits have made; when there are any, after all that hangs together with them."""
    await asyncio.sleep(1)  # until the gaps have been read
    for _ in range(2):
        found = sum(isinstance(event, Gap) and event.cause is GapCause.SILENT for event in seen[before:])
        if not found:
            break
        await asyncio.sleep(100)
    return found


def _late(seen: list[Any]) -> int:
    """Restored events that came when the stream was told from again."""
    late, restoring = 0, False
    for event in reversed(seen):
        restoring = isinstance(event, Gap) or (restoring and event.source == "rest")
        late += event.source == "rest" and not restoring
    return late


async def until(condition: Callable[[], Any], limit: float = 90.0) -> float:
    """Wait; how long it took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while not condition():
        demand(loop.time() - began < limit, f"not within {limit} s")
        await asyncio.sleep(0.1)
    return loop.time() - began


async def routes(size: int, seed: int) -> Figures:
    """G2 on all routes, so many disturbances each."""
    return {name: await route(name, size, seed) for name in ROUTES}


# F28


async def outage(size: int, seed: int) -> Figures:
    """Down for 30 s with so many fills, and half as many cancels and expiries; each trade once, all states equal."""
    chance = random.Random(seed)
    bounds = Bounds(finished_orders=10**6, account_trades=10**6)
    async with Simulator(seed=seed, transport="memory", symbols=["BTCUSDT"], bounds=bounds) as exchange:
        truth, load = Truth(exchange), Load(exchange, seed)
        credentials = exchange.keys["ed25519"].credentials
        async with Binance(credentials, environment=exchange.environment) as binance:
            seen: list[Any] = []
            async with binance.spot.user_data(bound=1_000) as account:
                truth.begin()
                reader = asyncio.ensure_future(collect(account, seen))
                resting = [_rest(exchange, load) for _ in range(100)]
                await asyncio.sleep(1)
                exchange.faults.now(Unreachable(30.0))
                before = len(exchange.history.requests())
                for step in range(300):
                    await asyncio.sleep(0.1)
                    _happen(exchange, load, resting, chance, size * (step + 1) // 300 - size * step // 300)
                took = await until(lambda: account.gaps)
                await asyncio.sleep(1)
                weight = _weight(exchange, before)
                await asyncio.sleep(100)
                figures = truth.check(seen, account, gaps=1)
                reader.cancel()
                demand(figures["trades"] == size, lambda: f"{figures['trades']} trades for {size}")
                return {**figures, "recovery, s": round(took, 2), "weight": weight}


def _rest(exchange: Simulator, load: Load) -> int:
    order = NewOrder("BTCUSDT", "BUY", "LIMIT", "GTC", Decimal("0.001"), price=PRICE - 5_000)
    return int(exchange.engine.place(load.mine, order)["orderId"])


def _happen(exchange: Simulator, load: Load, resting: list[int], chance: random.Random, fills: int) -> None:
    for number in range(fills):
        price = PRICE + chance.randint(-90, 90)
        for account, side, tif in ((load.mine, "BUY", "GTC"), (load.taker, "SELL", "IOC")):
            order = NewOrder("BTCUSDT", side, "LIMIT", tif, Decimal("0.001"), price=price)
            exchange.engine.place(account, order)
        if number % 2 == 0:
            order_id = resting.pop(chance.randrange(len(resting)))
            exchange.engine.cancel(load.mine, "BTCUSDT", order_id=order_id)
            resting.append(_rest(exchange, load))
            expired = NewOrder("BTCUSDT", "BUY", "LIMIT", "IOC", Decimal("0.001"), price=PRICE - 6_000)
            exchange.engine.place(load.mine, expired)


WEIGHTS = {"open_orders": 80, "account": 20, "all_orders": 20, "my_trades": 20, "order": 4}


def _weight(exchange: Simulator, before: int) -> int:
    requests = exchange.history.requests()[before:]
    return sum(WEIGHTS.get(request.call.rpartition(".")[2], 0) for request in requests)


# G14


CATALOGUE = Path(__file__).resolve().parents[1] / "catalogue" / "data"
PRODUCTS = {"logon": "now_spot", "listen_key": "spot", "us": "us"}
ENDINGS = ("listenKeyExpired", "eventStreamTerminated", "serverShutdown")


def documented(product: str) -> Iterator[dict[str, Any]]:
    """Every user event of a catalogue, bare."""
    for entry in json.loads((CATALOGUE / f"{product}.json").read_text()):
        if entry["kind"] == "user_event":
            for payload in entry["payloads"]:
                yield payload.get("event", payload)


CONDITIONAL = {
    "d": 4, "D": 1668680518494, "j": 1, "J": 1000000, "v": 3, "A": "3.000000", "B": "3.000000", "u": 1, "U": 37,
    "Cs": "BTCUSDT", "pl": "2.123456", "pL": "0.10000001", "pY": "0.21234562", "b": "ONE_PARTY_TRADE_REPORT",
    "a": 1234, "k": "SOR", "uS": True, "W": 1668683798379, "gP": "PRIMARY_PEG", "gOT": "PRICE_LEVEL", "gOV": 5,
    "gp": "1.00000000", "eR": "OCO_TRIGGER",
}  # fmt: skip
"""What an executionReport may hold beside, under some condition."""


def whole(event: dict[str, Any]) -> dict[str, Any]:
    """With all that it may ever hold."""
    return {**event, **CONDITIONAL} if event["e"] == "executionReport" else event


def mutations(event: dict[str, Any], field: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The six: a field that is gone, new, null, of another type, an object, a value of tomorrow."""
    value = event[field]
    other: Any = str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 20_300
    changes: dict[str, Any] = {"null": None, "retyped": other, "nested": {"value": value}, "of tomorrow": "NEW_2030"}
    yield "dropped", {name: each for name, each in event.items() if name != field}
    yield "added", {**event, f"{field}_2030": {"is": [value]}}
    for name, change in changes.items():
        yield name, {**event, field: change}


def unique(event: dict[str, Any], number: int) -> dict[str, Any]:
    """The same event, of another order and trade and time: no two are one."""
    event = copy.deepcopy(event)
    for name in ("I", "i", "t", "g"):
        if isinstance(event.get(name), int) and event[name] >= 0:
            event[name] = 10**9 + number
    for name in ("E", "T", "u"):
        if isinstance(event.get(name), int) and event[name] > 10**12:
            event[name] = 1_767_225_600_000 + number
    return event


async def drift(size: int, seed: int) -> Figures:
    """G14 for user events: all documented ones, each field by itself in six ways; every `size`-th, by each route."""
    return {name: await _drift(name, size, seed) for name in PRODUCTS}


async def _drift(name: str, every: int, seed: int) -> Figures:
    key, options = ROUTES[name]
    async with Simulator(seed=seed, transport="memory", symbols=["BTCUSDT", "ETHBTC"], **options) as exchange:
        truth = Truth(exchange)
        async with Binance(exchange.keys[key].credentials, environment=exchange.environment) as binance:
            seen: list[Any] = []
            async with user_data(binance, name) as account:
                truth.begin()
                reader = asyncio.ensure_future(collect(account, seen))
                counts: Counter[str] = Counter()
                for number, (kind, event) in enumerate(_all_mutations(name)):
                    if number % every == seed % every:
                        counts += await _push(exchange, account, seen, kind, event)
                await _still_right(exchange, account, seen)
                demand(not reader.done(), "the iteration has ended")
                reader.cancel()
                return dict(counts)


def _all_mutations(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    number = 0
    for event in documented(PRODUCTS[name]):
        for field in whole(event):
            for way in range(6):
                number += 1
                yield list(mutations(unique(whole(event), number), field))[way]


async def _push(exchange: Simulator, account: Any, seen: list[Any], kind: str, event: dict[str, Any]) -> Counter[str]:
    told, losses = len(seen), account.link.losses
    carrier = account.link.current
    exchange.faults.now(Push(json.dumps(event), account=exchange.account.uid))
    await asyncio.sleep(0.01)
    notice = account.route == "logon" and "serverShutdown" in str(event.get("e"))  # looked for in the text there
    if event.get("e") in ENDINGS or notice:
        account.state.symbols &= {"BTCUSDT", "ETHBTC"}  # the invented ones would be asked for each time
        await until(lambda: account.live and account.link.current is not carrier, limit=400.0)
        return Counter({"endings": 1})
    news = seen[told:]
    demand(len(news) == 1, lambda: f"{len(news)} events came of one that was {kind}: {event}")
    demand(account.link.losses == losses, lambda: f"the connection ended over one that was {kind}: {event}")
    return Counter({"raw" if isinstance(news[0], RawEvent) else "typed": 1})


async def _still_right(exchange: Simulator, account: Any, seen: list[Any]) -> None:
    """Afterwards an order is told, and an outage is restored."""
    for lose in (False, True):
        if lose:
            exchange.faults.now(Reset())
        order = NewOrder("BTCUSDT", "BUY", "LIMIT", "IOC", Decimal("0.001"), price=PRICE)
        order_id = exchange.engine.place(exchange.account.uid, order)["orderId"]
        await asyncio.sleep(120)
        ends = [str(event.status) for event in seen if getattr(event, "order_id", None) == order_id]
        demand(ends[-1:] == ["EXPIRED"], lambda: f"an order ends as {ends}")  # noqa: B023
    gaps = [event for event in seen if isinstance(event, Gap)]
    demand(gaps[-1].reconciled, lambda: f"not reconciled: {gaps[-1]}")
    demand(account.live, "not live at the end")
