"""G3: order books under faults. While a book is synced, every read equals the exchange's own book at that update id.

Changes of the exchange's books happen in bursts, one for each beat of the depth streams, and after each burst the whole
book is written down under its update id. So whatever id a book has come to, by changes or by a snapshot, what it must
say is known.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import msgspec

from binance_async import Binance, Timings
from binance_async.errors import NotSynced
from binance_async.simulator import Simulator
from binance_async.simulator.actions import (
    Action,
    Close,
    Delay,
    Double,
    EndFile,
    LoseReply,
    Mutate,
    Mute,
    Refuse,
    ReplaceReply,
    Reset,
    SlowReply,
    Swap,
)
from binance_async.simulator.engine import ExchangeError, NewOrder
from binance_async.simulator.faults import Rule
from tests.chaos.goals import Broken, Figures, demand

BEAT = 0.1
DEPTH = 20
KEPT = 300
"""Bursts that are remembered of each symbol."""
CENT = Decimal("0.01")
WALLS = Decimal("0.1"), Decimal(100)
"""Where each side ends; nobody comes so far, so that neither side is ever empty."""

Levels = list[tuple[Decimal, Decimal]]


@dataclass
class Market:
    """One symbol at the exchange: its changes, and its book after each of them."""

    exchange: Simulator
    symbol: str
    maker: int
    chance: random.Random
    books: dict[int, tuple[Levels, Levels]] = field(default_factory=dict)
    middle: int = 1000
    """The middle of the book in cents; it walks."""
    _orders: list[int] = field(default_factory=list)

    def build_walls(self) -> None:
        """The ends of the book."""
        for side, price in zip(("BUY", "SELL"), WALLS, strict=True):
            wall = NewOrder(self.symbol, side, "LIMIT", "GTC", Decimal(10_000), price=price)
            self.exchange.engine.place(self.maker, wall)

    def burst(self, changes: int) -> None:
        """Some changes, and the book after them."""
        self.middle = min(5_000, max(200, self.middle + self.chance.choice((-2, -1, 0, 0, 1, 2))))
        for _ in range(changes):
            if len(self._orders) > 60 or (self._orders and self.chance.random() < 0.3):
                self._cancel(self._orders.pop(self.chance.randrange(len(self._orders))))
            else:
                self._place()
        self.write_down()

    def _place(self) -> None:
        buy = self.chance.random() < 0.5
        away = int(self.chance.expovariate(0.05)) - 1  # now and then it crosses, and trades
        price = CENT * (self.middle - away if buy else self.middle + 1 + away)
        quantity = Decimal(self.chance.randint(1_000, 1_500)) / 100
        order = NewOrder(self.symbol, "BUY" if buy else "SELL", "LIMIT", "GTC", quantity, price=max(price, CENT * 50))
        try:
            self._orders.append(self.exchange.engine.place(self.maker, order)["orderId"])
        except ExchangeError:
            return

    def _cancel(self, order_id: int) -> None:
        try:
            self.exchange.engine.cancel(self.maker, self.symbol, order_id=order_id)
        except ExchangeError:
            return  # it was filled

    def write_down(self) -> None:
        """The book as it is now."""
        now = self.exchange.engine.depth(self.symbol, 5000)
        self.books[now["lastUpdateId"]] = (_levels(now["bids"]), _levels(now["asks"]))
        if len(self.books) > KEPT:
            del self.books[next(iter(self.books))]

    def stale_snapshot(self) -> str:
        """What REST would have said some bursts ago."""
        update_id = list(self.books)[-min(len(self.books), 5)]
        bids, asks = self.books[update_id]
        text = {"lastUpdateId": update_id, "bids": _texts(bids[:DEPTH]), "asks": _texts(asks[:DEPTH])}
        return msgspec.json.encode(text).decode()


def _levels(side: list[list[str]]) -> Levels:
    return [(Decimal(price), Decimal(quantity)) for price, quantity in side]


def _texts(levels: Levels) -> list[list[str]]:
    return [[str(price), str(quantity)] for price, quantity in levels]


FAULTS = (
    "lose a change", "lose some changes", "double", "repeat later", "swap", "late", "malformed", "crossed",
    "stale snapshot", "lose the snapshot's reply", "refuse the snapshot", "slow snapshot",
    "reset", "end", "close", "rotate", "mute",
)  # fmt: skip
LASTING = {"mute": 3.0, "slow snapshot": 0.3, "late": 0.25, "repeat later": 0.35, "lose some changes": 0.3}
"""Seconds after which a fault is over."""
APART = 1.5
"""Seconds between two faults of a book, where there are others: it asks for snapshots more slowly when it has many."""
RARE = {"reset": 0.1, "end": 0.1, "close": 0.1, "rotate": 0.3, "mute": 0.1}


class Run:
    """One exchange with its markets, one client with its books, and the checks."""

    def __init__(self, exchange: Simulator, family: Any, numbers: Any, seed: int) -> None:
        self.exchange = exchange
        self.family = family
        self.numbers = numbers
        self.chance = random.Random(f"books/{seed}")
        wealth = {spec.base_asset: Decimal(10**9) for spec in exchange.engine.symbols.values()}
        maker = exchange.engine.add_account(balances={**wealth, "USDT": Decimal(10**9)}, house=True)
        self.markets = [
            Market(exchange, name, maker, random.Random(f"{name}/{seed}")) for name in list(exchange.engine.symbols)
        ]
        self.books: list[Any] = []
        self.reads = 0
        self.faults: Counter[str] = Counter()
        self.resyncs: list[float] = []
        """How long books took to come back after the last fault that concerned them, the connection being there."""
        self._disturbed: dict[str, float] = {}
        self._armed: list[tuple[Rule, Market, float]] = []
        """Faults that have not happened yet, and how long they last."""
        self._astray: dict[str, float] = {}
        self._read: dict[str, tuple[int, int]] = {}
        """The state in which each book was read last."""

    async def open(self) -> None:
        """Books of all symbols, in step."""
        for market in self.markets:
            market.build_walls()
            for _ in range(5):
                market.burst(20)
        depth = {"depth": DEPTH, "numbers": self.numbers}
        self.books = [self.family.order_book(market.symbol, **depth) for market in self.markets]
        await asyncio.gather(*(book.open() for book in self.books))
        await asyncio.gather(*(book.synced(timeout=60) for book in self.books))

    async def close(self) -> None:
        """The end of the books."""
        await asyncio.gather(*(book.close() for book in self.books))

    async def beat(self, least: int = 0) -> None:
        """One burst, and what the clients make of it."""
        for market in self.markets:
            market.burst(self.chance.randint(least, 6))
        for _ in range(2):
            await asyncio.sleep(BEAT / 2)
            self.check()

    def check(self) -> None:
        """Read every book."""
        now = asyncio.get_running_loop().time()
        if self.family._hub.shards[0].link.current is None:
            self._disturb(self.markets)
        for rule, market, lasting in self._armed:
            if rule.hits:
                self._disturb([market], lasting)
        self._armed = [each for each in self._armed if not each[0].hits]
        for market, book in zip(self.markets, self.books, strict=True):
            if not book.is_synced:
                self._astray.setdefault(market.symbol, now)
                self._cannot_be_read(book)
                continue
            if market.symbol in self._astray:
                since = max(self._astray.pop(market.symbol), self._disturbed.get(market.symbol, 0.0))
                self.resyncs.append(max(0.0, now - since))
            if self._read.get(market.symbol) != (book.last_update_id, book.counters.snapshots):
                self._read[market.symbol] = book.last_update_id, book.counters.snapshots
                self.reads += 1
                self._compare(market, book)

    def _disturb(self, markets: list[Market], until: float = 0.0) -> None:
        now = asyncio.get_running_loop().time()
        self._disturbed |= {market.symbol: now + until for market in markets}

    @staticmethod
    def _cannot_be_read(book: Any) -> None:
        try:
            book.bids(1)
        except NotSynced:
            return
        raise Broken(f"{book!r} was read")

    def _compare(self, market: Market, book: Any) -> None:
        truth = market.books.get(book.last_update_id)
        demand(truth is not None, lambda: f"{market.symbol} is at {book.last_update_id}, which never was")
        assert truth is not None
        for read, side, horizon, best, sign in (
            (book.bids(), truth[0], book.bid_horizon, book.best_bid, -1),
            (book.asks(), truth[1], book.ask_horizon, book.best_ask, 1),
        ):
            known = [(p, q) for p, q in side if horizon is None or (float(p) - float(horizon)) * sign <= 0]
            expected = [(self.numbers(p), self.numbers(q)) for p, q in known]
            demand(read == expected, lambda: f"{market.symbol}: {_first_difference(read, expected)}")  # noqa: B023
            demand(best == (expected[0][0] if expected else None), f"{market.symbol}: the best price is {best}")

    # Faults

    def fault(self) -> None:
        """Let one thing go wrong."""
        kind = self.chance.choices(FAULTS, [RARE.get(name, 1.0) for name in FAULTS])[0]
        self.faults[kind] += 1
        if len(self._armed) > len(self.markets) // 2:  # those that wait for a snapshot which nobody needs now
            self._armed.pop(0)[0].remove()
        now = asyncio.get_running_loop().time()
        busy = {market.symbol for _, market, _ in self._armed}
        busy |= {symbol for symbol, since in self._disturbed.items() if now - since < APART}
        free = [market for market in self.markets if market.symbol not in busy]
        market = self.chance.choice(free or self.markets)
        door: dict[str, Any] = {"door": "stream"}
        whole = kind in ("reset", "end", "close", "rotate")
        self._disturb(self.markets if whole else [market], LASTING.get(kind, 0.0))
        match kind:
            case "reset":
                self.exchange.faults.now(Reset(), **door)
            case "end":
                self.exchange.faults.now(EndFile(), **door)
            case "close":
                self.exchange.faults.now(Close(1001), **door)
            case "rotate":
                self.family._hub.shards[0].link.rotate()
            case "mute":
                until = self.exchange.clock.elapsed() + LASTING[kind]
                self.exchange.faults.add(Mute(), stream=f"{market.symbol.lower()}@depth*", until=until)
            case _:
                self._of_one(kind, market)

    def _of_one(self, kind: str, market: Market) -> None:
        symbol = market.symbol
        of_events: dict[str, tuple[Action, int]] = {
            "lose a change": (Mute(), 1),
            "lose some changes": (Mute(), 3),
            "double": (Double(), 1),
            "repeat later": (Double(after=0.35), 1),
            "swap": (Swap(), 1),
            "late": (Delay(0.25), 1),
            "malformed": (Mutate(set={"b": "nonsense"}), 1),
            "crossed": (Mutate(set={"b": [[str(WALLS[1] + 1), "7"]]}), 1),
        }
        of_snapshots: dict[str, Action] = {
            "stale snapshot": ReplaceReply(body=market.stale_snapshot()),
            "lose the snapshot's reply": LoseReply(),
            "refuse the snapshot": Refuse(),
            "slow snapshot": SlowReply(0.3),
        }
        if kind in of_events:
            action, times = of_events[kind]
            rule = self.exchange.faults.add(action, event="depthUpdate", symbol=symbol, times=times)
        else:
            rule = self.exchange.faults.add(of_snapshots[kind], call="depth", symbol=symbol, times=1)
            self.exchange.faults.add(Mute(), event="depthUpdate", symbol=symbol, times=1)
        self._armed.append((rule, market, LASTING.get(kind, 0.0)))


def _first_difference(read: list[Any], expected: list[Any]) -> str:
    for index, (is_there, should) in enumerate(zip(read, expected, strict=False)):
        if is_there != should:
            return f"level {index} is {is_there} and should be {should}"
    return f"{len(read)} levels are read and there are {len(expected)}"


async def variant(family: str, numbers: Any, size: int, seed: int, symbols: int = 20) -> Figures:
    """One product and kind of number."""
    names = [f"B{index:02}USDT" for index in range(symbols)]
    async with Simulator(seed=seed, transport="memory", symbols=names, families=(family,)) as exchange:
        timings = replace(Timings(), stable=1.0, connect_period=10.0)
        async with Binance(environment=exchange.environment, timings=timings) as binance:
            run = Run(exchange, getattr(binance, family), numbers, seed)
            await run.open()
            for _ in range(size):
                run.fault()
                await run.beat()
                await run.beat()  # more faults would need more snapshots than the exchange's limits have room for
            exchange.faults.clear()
            for _ in range(300):
                await run.beat()
                if all(book.is_synced for book in run.books):
                    break
            for _ in range(5):  # a change that nothing follows could be lost without a sign
                await run.beat(least=3)
            demand(all(book.is_synced for book in run.books), "a book does not come back")
            behind = [
                f"{market.symbol} at {book.last_update_id} of {list(market.books)[-1]}"
                for market, book in zip(run.markets, run.books, strict=True)
                if book.last_update_id != list(market.books)[-1]
            ]
            demand(not behind, f"books have fallen behind: {behind}")
            refused = [record for record in exchange.history.requests() if record.status in (418, 429)]
            demand(not refused, "the exchange had to refuse requests")
            figures = {
                "faults": sum(run.faults.values()),
                "reads": run.reads,
                "gaps": sum(book.counters.gaps for book in run.books),
                "snapshots": sum(book.counters.snapshots for book in run.books),
                "resyncs": run.resyncs,
                "wrong": 0,
            }
            await run.close()
            return figures


VARIANTS = (("spot", Decimal), ("spot", float), ("us", Decimal), ("us", float))


async def books(size: int, seed: int) -> Figures:
    """G3: spot and Binance.US, exact and fast numbers."""
    figures: Figures = {}
    resyncs: list[float] = []
    for index, (family, numbers) in enumerate(VARIANTS):
        share = size // len(VARIANTS) + (index < size % len(VARIANTS))
        of_it = await variant(family, numbers, share, seed * len(VARIANTS) + index)
        resyncs += of_it.pop("resyncs")
        figures[f"{family}, {numbers.__name__}"] = of_it
    p99 = sorted(resyncs)[int(0.99 * len(resyncs))]
    demand(p99 <= 1.0, f"books took {p99:.2f} s to come back (p99 of {len(resyncs)})")
    return figures | {"resyncs": len(resyncs), "resync p99, s": round(p99, 2)}
