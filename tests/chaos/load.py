"""Traffic for the embedded exchange: a seeded market and an account that trades, straight into the engine.

Going past the client, it makes events that the client under test has not caused and must not lose.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from binance_async.simulator import Simulator
from binance_async.simulator.engine import ExchangeError, NewOrder, OrderLimit
from binance_async.simulator.engine.counts import OrderCounts

TICK = 0.01
PRICE = Decimal(60_000)
QUANTITY = Decimal("0.001")
CENT = Decimal("0.01")


@dataclass
class Load:
    """Orders at a rate; the truth that they make is read from the engine afterwards."""

    exchange: Simulator
    seed: int
    symbol: str = "BTCUSDT"
    market_rate: float = 0.0
    """Pairs of a resting order and one that hits it, a second: each makes a trade and several changes of the book."""
    user_rate: float = 0.0
    """Orders of the watched account a second, of which some rest, some trade and some are cancelled."""
    trades: list[int] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)
    """Every execution report of the watched account; the exchange's own history is bounded."""
    _resting: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        rich = {"USDT": Decimal(10**12), "BTC": Decimal(10**9), "ETH": Decimal(10**9), "BNB": Decimal(10**9)}
        self.maker = self.exchange.add_account(balances=rich, watched=False, house=True).uid
        self.taker = self.exchange.add_account(balances=rich, watched=False, house=True).uid
        self.mine = self.exchange.account.uid
        many = (OrderLimit("SECOND", 10, 10**9), OrderLimit("DAY", 1, 10**9))
        self.exchange.engine.accounts[self.mine].counts = OrderCounts(many)
        for asset, amount in rich.items():
            self.exchange.engine.deposit(self.mine, asset, amount)
        self.exchange.engine.subscribe_market(self._traded, kind="trade", symbol=self.symbol)

        self.exchange.engine.subscribe_account(self.mine, self._reported)

    def _reported(self, event: Any) -> None:
        if event.kind == "executionReport":
            self.reports.append(event.payload())

    def _traded(self, event: Any) -> None:
        self.trades.append(event.payload()["t"])

    def fill_book(self, levels: int) -> None:
        """Resting orders on both sides."""
        for level in range(1, levels + 1):
            for side, sign in (("BUY", -1), ("SELL", 1)):
                self._place(self.maker, side, PRICE + sign * (CENT * 100 * level))

    def _place(self, account: int, side: str, price: Decimal, tif: str = "GTC") -> dict[str, Any] | None:
        order = NewOrder(self.symbol, side, "LIMIT", tif, QUANTITY, price=price)
        try:
            return self.exchange.engine.place(account, order)
        except ExchangeError:
            return None

    def market_step(self) -> None:
        """One trade between the two others."""
        side, other = self.random.choice((("BUY", "SELL"), ("SELL", "BUY")))
        price = PRICE + CENT * self.random.randint(-90, 90)
        self._place(self.maker, side, price)
        self._place(self.taker, other, price, "IOC")

    def user_step(self) -> None:
        """One thing that happens to the watched account."""
        what = self.random.random()
        if what < 0.4 or not self._resting:
            placed = self._place(self.mine, "BUY", PRICE - CENT * self.random.randint(100, 9_000))
            if placed is not None:
                self._resting.append(placed["orderId"])
        elif what < 0.7:
            order_id = self._resting.pop(self.random.randrange(len(self._resting)))
            try:
                self.exchange.engine.cancel(self.mine, self.symbol, order_id=order_id)
            except ExchangeError:
                return
        else:
            price = PRICE + CENT * self.random.randint(-90, 90)
            self._place(self.mine, "BUY", price)
            self._place(self.taker, "SELL", price, "IOC")

    async def run(self, seconds: float) -> None:
        """Keep the rates for so long."""
        loop = asyncio.get_running_loop()
        market = user = 0.0
        end = loop.time() + seconds
        while loop.time() < end:
            market += self.market_rate * TICK
            user += self.user_rate * TICK
            while market >= 1:
                self.market_step()
                market -= 1
            while user >= 1:
                self.user_step()
                user -= 1
            await asyncio.sleep(TICK)
