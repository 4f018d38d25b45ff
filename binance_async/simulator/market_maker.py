"""A living market: makers who quote, takers who trade, and what was before they came.

    Simulator(rate=200)                                    200 events a second, in all markets together
    Simulator(market=LivingMarket(rate=5_000, levels=2_000))
    Simulator(rate=0)                                      full books and a past, and nothing happens
    Simulator(market=None)                                 an empty exchange

Each symbol is a `Pit`. Its fair price wanders as prices do (a random walk, gently pulled back to where it began). One
event is one thing that somebody does:

    quote    a maker adds a limit order, mostly near the fair price, at times far from it
    cancel   a maker takes one away, mostly near the best price, at times the farthest
    take     a taker hits the other side, more often towards the fair price; if the book has stayed behind, at once
             down to it

Makers keep about as many orders as the book began with: whoever empties it sees it fill again. They and the takers
are accounts like any other, so all that happens goes through the engine, and a user's orders stand in the same queues.

Which symbol is busy, what is done and when come from the seed and the exchange's clock alone: under virtual time two
runs are the same to the byte. An event costs the engine some 30 µs. If the machine cannot keep the rate, events are
left out, and the loop stays free for those who trade.
"""

from __future__ import annotations

import logging
import math
import random
from bisect import bisect_left
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from binance_async.simulator import past
from binance_async.simulator.engine import ExchangeError, NewOrder
from binance_async.simulator.engine.amounts import UNIT
from binance_async.simulator.engine.orders import Order

if TYPE_CHECKING:
    from binance_async.simulator.engine import Engine
    from binance_async.simulator.engine.book import Level, Side
    from binance_async.simulator.engine.market import Market
    from binance_async.simulator.exchange import Exchange

__all__ = ["GENTLE", "LivingMarket", "Pit"]

log: Final = logging.getLogger("binance_async.simulator.market")

GENTLE = 100.0
"""Events a second of a market that nobody said a rate for."""
LEVELS = 1_200
MOST_LEVELS = 20_000
"""Of all symbols together, if the number of levels is not said: a thousand symbols have shallower books."""
GRAIN = 0.002
"""Seconds of the loop that pass at least between two batches of events."""
BATCH = 100

TAKES, CANCELS = 0.15, 0.40
"""Of all events; the others are quotes."""
TRADES_OF_A_TAKE = 1.3
NEAR = 0.75
"""Of quotes and cancels: those near the best price."""
DEPTH = 0.008
"""How far from the best price the book reaches, as a fraction of it."""
CLOSE = 0.0002
"""How far from the fair price makers usually quote, at most, as a fraction of it."""
LOWEST = 0.25
"""No bid is lower than this part of the opening price: the exchange's own filters would refuse it."""
FASTEST = 600.0
"""Trades a minute in the past at most: what is looked at is made on the spot."""
PULL = 1 / (5 * 86_400)
"""How much of its distance from the opening price the fair price loses a second."""
_PLENTY = 10**20


class LivingMarket:
    """Keeps the books, trades and candles of an exchange moving. Give it to `Simulator(market=...)`."""

    def __init__(
        self,
        rate: float = GENTLE,
        *,
        levels: int | None = None,
        volatility: float = 0.6,
        history: bool = True,
    ) -> None:
        """A market that has not opened.

        Args:
            rate: Events a second of the exchange's time, all symbols together; the first symbols get the most.
            levels: Price levels on each side of each book: 1,200, and fewer for more than sixteen symbols.
            volatility: How much a price usually changes in a year, as a fraction of it.
            history: Whether there are candles and trades of the years before.

        """
        if rate < 0:
            raise ValueError("rate is 0 or more events a second")
        if levels is not None and levels < 1:
            raise ValueError("levels is 1 or more")
        self.rate = rate
        self.levels = levels
        self.volatility = volatility
        self.history = history
        self._floors: WeakKeyDictionary[Exchange, _Floor] = WeakKeyDictionary()

    def __repr__(self) -> str:
        return f"<LivingMarket of {self.rate:g} events a second>"

    def prepare(self, exchange: Exchange) -> None:
        """Fill the books and begin the past, before the doors open."""
        self._floors[exchange] = _Floor(exchange, self)

    async def __call__(self, exchange: Exchange) -> None:
        """Keep it moving until cancelled."""
        if exchange not in self._floors:
            self.prepare(exchange)
        await self._floors[exchange].run()

    def counters(self, exchange: Exchange) -> Counter[str]:
        """How often things were done on an exchange: `quotes`, `cancels`, `takes`, `refused`, `left_out`."""
        return self._floors[exchange].counters


class _Floor:
    """All pits of an exchange."""

    def __init__(self, exchange: Exchange, market: LivingMarket) -> None:
        engine = exchange.engine
        engine.tick()
        self.clock = exchange.clock
        self.rate = market.rate
        self.counters: Counter[str] = Counter()
        self.chance = random.Random(f"market/{exchange.seed}")
        maker, taker = (engine.add_account(house=True) for _ in range(2))
        for account in (maker, taker):
            for spec in engine.symbols.values():
                for asset in (spec.base_asset, spec.quote_asset):
                    engine.accounts[account].balance(asset).free = _PLENTY
        specs = list(engine.symbols.values())
        levels = market.levels or min(LEVELS, max(MOST_LEVELS // max(len(specs), 1), 20))
        shares = [(index + 1) ** -0.5 for index in range(len(specs))]
        self.pits: list[Pit] = []
        self.upto: list[float] = []
        for spec, share in zip(specs, shares, strict=True):
            trades = self.rate * share / sum(shares) * TAKES * TRADES_OF_A_TAKE * 60
            if market.history:
                self._begin_past(exchange, spec.symbol, min(trades or 60.0, FASTEST), market.volatility)
            self.pits.append(Pit(exchange, spec.symbol, (maker, taker), levels, market.volatility, self.counters))
            self.upto.append((self.upto[-1] if self.upto else 0.0) + share)

    def _begin_past(self, exchange: Exchange, symbol: str, pace: float, volatility: float) -> None:
        market = exchange.engine.market(symbol)
        end = exchange.clock.now_us() // 1_000_000
        if market.data.next_trade_id == 0 and end > 2 * past.DAY:
            what_was = past.Past(market.spec, end, seed=exchange.seed, pace=pace, volatility=volatility)
            past.begin(market, what_was, exchange.engine.bounds.trades)

    async def run(self) -> None:
        """Let things happen, at random times."""
        if not self.rate or not self.pits:
            return
        clock, chance = self.clock, self.chance
        due = clock.elapsed() + chance.expovariate(self.rate)
        while True:
            await clock.sleep(max(due - clock.elapsed(), GRAIN * clock.speed))
            now = clock.elapsed()
            for _ in range(BATCH):
                if due > now:
                    break
                chance.choices(self.pits, cum_weights=self.upto)[0].step(due)
                due += chance.expovariate(self.rate)
            else:
                if due < now:
                    self.counters["left_out"] += int((now - due) * self.rate)
                    due = now


class Pit:
    """One symbol: its fair price, its makers and its takers."""

    def __init__(
        self,
        exchange: Exchange,
        symbol: str,
        accounts: tuple[int, int],
        levels: int,
        volatility: float,
        counters: Counter[str],
    ) -> None:
        self.symbol = symbol
        self._engine: Engine = exchange.engine
        self._market: Market = self._engine.market(symbol)
        self._maker, self._taker = accounts
        self._desk = self._engine.accounts[self._maker].desk(self._market)
        self._counters = counters
        self._chance = random.Random(f"pit/{exchange.seed}/{symbol}")
        self._scale = past.Scale.of(self._market.spec)
        self._sigma = volatility / math.sqrt(past.YEAR)
        self._time = exchange.clock.elapsed()
        self._home = math.log(self._scale.start)
        last = self._market.data.last_price // self._scale.tick or self._scale.start
        self.fair: float = math.log(last)
        """The logarithm of the fair price in ticks."""
        self._distances = _distances(levels, round(last * DEPTH))
        self._near = max(min(self._distances[min(14, levels - 1)], round(last * CLOSE)), 1)
        """How many ticks from the fair price is usual."""
        self._lowest = max(int(self._scale.start * LOWEST), 1)
        self._fill(last)
        self._levels = len(self._desk.open)

    # The book at the opening

    def _fill(self, last: int) -> None:
        """Rest a maker's order on each level, the farthest first: then each is the new best, and nothing moves."""
        for buy in (True, False):
            for rank in range(len(self._distances) - 1, -1, -1):
                price = last - 1 - self._distances[rank] if buy else last + self._distances[rank]
                if price >= self._lowest:
                    self._rest(buy, price, self._lots(rank))

    def _rest(self, buy: bool, price: int, lots: int) -> None:
        """An order as it is after it was accepted; thousands of them past all checks take a tenth of the time."""
        engine, market = self._engine, self._market
        order = Order(market, engine.accounts[self._maker], self._desk, buy=buy, type="LIMIT", stp="NONE")
        order.price, order.qty = price * self._scale.tick, lots * self._scale.step
        order.rest = order.qty
        order.time = order.update_time = order.working_time = engine.now
        order.working = True
        order.order_id = market.next_order_id
        market.next_order_id += 1
        order.account.enter(order)
        engine.lock(order, order.price * order.rest // UNIT if buy else order.rest)
        market.book.add(order)

    def _lots(self, rank: int) -> int:
        """What a maker shows at so many levels from the best price."""
        lots = self._scale.usual * (2.0 + rank**0.5) * self._chance.lognormvariate(0.0, 0.6)
        return max(int(lots), 1)

    # Events

    def step(self, now: float) -> None:
        """One event, at this second of the exchange's time."""
        if self._market.status != "TRADING":
            return
        self._drift(now)
        book, what = self._market.book, self._chance.random()
        missing = self._levels - len(book.bids) - len(book.asks)
        crowded = len(self._desk.open) > 1.4 * self._levels
        if what < TAKES:
            self._take()
        elif crowded:
            self._cancel(crowded=True)
        elif missing < -0.02 * self._levels or (what < TAKES + CANCELS and missing < 0.02 * self._levels):
            self._cancel()
        else:
            for _ in range(1 + min(max(missing, 0) // 50, 7)):
                self._quote(NEAR if missing < 0.02 * self._levels else NEAR / 2)

    def _drift(self, now: float) -> None:
        passed, self._time = max(now - self._time, 0.0), now
        kept = math.exp(-PULL * passed)
        # The price does not run away from those who make it, however rarely they act.
        usual = min(self._sigma * math.sqrt(passed), 4 * self._near / math.exp(self._home))
        noise = self._chance.gauss(0.0, usual)
        self.fair = self._home + (self.fair - self._home) * kept + noise

    def _best(self, side: Side) -> int | None:
        level = side.best()
        return None if level is None else level.price // self._scale.tick

    def _take(self) -> None:
        book, chance, fair = self._market.book, self._chance, math.exp(self.fair)
        bid, ask = self._best(book.bids), self._best(book.asks)
        if bid is None or ask is None:
            self._quote()
            return
        gap, near = fair - (bid + ask) / 2, self._near
        if abs(gap) > 3 * near + 1:
            buy, limit = gap > 0, round(fair)
            lots = self._up_to(book.asks if buy else book.bids, limit)
        else:
            buy = chance.random() < 0.5 + min(max(gap / (4 * near + 2), -0.45), 0.45)
            limit = ask + 2 * near if buy else max(bid - 2 * near, 1)
            lots = int(self._scale.usual * chance.lognormvariate(-0.7, 1.0))
        self._place(self._taker, buy, limit, max(lots, self._scale.usual // 20, 1), "IOC")
        self._counters["takes"] += 1

    def _up_to(self, side: Side, limit: int) -> int:
        """The lots of the first levels down to a limit."""
        lots = 0
        for _, level in zip(range(40), side, strict=False):
            price = level.price // self._scale.tick
            if price < limit if side.buy else price > limit:
                break
            lots += level.visible // self._scale.step
        return lots

    def _quote(self, near: float = NEAR) -> None:
        book, chance, fair = self._market.book, self._chance, math.exp(self.fair)
        fewer = len(book.bids) < len(book.asks)
        buy = fewer if chance.random() < 0.7 else chance.random() < 0.5
        side, other = (book.bids, book.asks) if buy else (book.asks, book.bids)
        best, sign = self._best(other), -1 if buy else 1
        anchor = math.floor(fair) if buy else math.ceil(fair)
        if best is not None:
            anchor = min(anchor, best - 1) if buy else max(anchor, best + 1)
        distance = int(chance.expovariate(1 / self._near))
        if chance.random() >= near:
            distance = self._gap(side, anchor, sign)
        price = anchor + sign * distance
        if self._lowest <= price <= 4 * self._scale.start:
            self._place(self._maker, buy, price, self._lots(bisect_left(self._distances, distance)), "GTC")
            self._counters["quotes"] += 1

    def _gap(self, side: Side, anchor: int, sign: int) -> int:
        """Somewhere in the depth of the book, if possible where there is nothing yet."""
        distance = 0
        for _ in range(4):
            distance = self._distances[int(len(self._distances) * self._chance.random() ** 2)]
            if (anchor + sign * distance) * self._scale.tick not in side.levels:
                break
        return distance

    def _cancel(self, *, crowded: bool = False) -> None:
        book = self._market.book
        side = book.bids if len(book.bids) > len(book.asks) else book.asks
        if not side.keys:
            return
        level = self._some_level(side)
        for _ in range(4 if crowded else 0):
            if level.head is not level.tail:
                break
            level = self._some_level(side)
        for order in level:
            if order.account.uid == self._maker:
                self._engine.cancel(self._maker, self.symbol, order_id=order.order_id)
                self._counters["cancels"] += 1
                return

    def _some_level(self, side: Side) -> Level:
        """Mostly near the best price; else the last, if it is too far away, or any."""
        chance, worst = self._chance, len(side) - 1
        if chance.random() < NEAR:
            rank = min(int(chance.expovariate(1 / 30)), worst)
        else:
            far = abs(side.keys[0] - side.keys[-1]) > 1.1 * self._distances[-1] * self._scale.tick
            rank = worst if far else chance.randint(0, worst)
        return side.levels[abs(side.keys[-1 - rank])]

    def _place(self, account: int, buy: bool, price: int, lots: int, time_in_force: str) -> None:
        order = NewOrder(
            self.symbol,
            "BUY" if buy else "SELL",
            "LIMIT",
            time_in_force,
            Decimal(lots * self._scale.step).scaleb(-8),
            price=Decimal(price * self._scale.tick).scaleb(-8),
            new_order_resp_type="ACK",
        )
        try:
            self._engine.place(account, order)
        except ExchangeError as error:  # a filter of a symbol that somebody made up
            self._counters["refused"] += 1
            log.debug("%s: a market maker's order was refused: %s", self.symbol, error)


def _distances(levels: int, reach: int) -> list[int]:
    """Ticks from the best price to each level: close together at first, then wider, up to about `reach`."""
    wide = max(reach - levels, 0)
    return [rank + int(wide * (rank / levels) ** 1.8) for rank in range(levels)]
