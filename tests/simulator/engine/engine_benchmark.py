"""Orders a second through the engine, in one process, without sockets.

Run it: `python tests/simulator/engine/engine_benchmark.py [ORDERS]`.

Not a test: its numbers depend on the machine. Makers keep a book of 1,000 levels a side, takers trade into it.
"""

from __future__ import annotations

import random
import sys
import time
from decimal import Decimal

from binance_async.simulator.engine import Engine, NewOrder


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000_000_000

    def __call__(self) -> int:
        self.now += 50
        return self.now


def build(*, house: bool, listen: bool) -> tuple[Engine, int]:
    engine = Engine(now_us=Clock(), order_limits=())
    wealth = {"BTC": Decimal(1_000_000), "USDT": Decimal(10_000_000_000)}
    maker = engine.add_account(balances=wealth, house=True)
    me = engine.add_account(balances=wealth, house=house)
    for level in range(1_000):
        for side, price in (("BUY", 60_000 - level), ("SELL", 60_001 + level)):
            engine.submit(maker, NewOrder("BTCUSDT", side, "LIMIT", "GTC", Decimal(100), price=Decimal(price)))
    if listen:
        engine.subscribe_account(me, lambda event: None)
        for kind in ("trade", "aggTrade", "bookTicker"):
            engine.subscribe_market(lambda event: None, kind=kind)
        engine.depth_feed("BTCUSDT")
    return engine, me


def run(number: int, *, account: str, listen: bool, answers: bool) -> float:
    """Half of the orders rest and are canceled later, a quarter take, a quarter are market orders."""
    engine, who = build(house=account == "house", listen=listen)
    dice = random.Random(1)
    requests = []
    for index in range(number):
        side = dice.choice(("BUY", "SELL"))
        kind = index % 4
        if kind == 3:
            request = NewOrder("BTCUSDT", side, "MARKET", quantity=Decimal("0.05"))
        else:
            away = 0 if kind == 2 else dice.randrange(1, 900)
            price = 60_001 + away if (side == "SELL") == (kind != 2) else 60_000 - away
            request = NewOrder("BTCUSDT", side, "LIMIT", "GTC", Decimal("0.05"), price=Decimal(price))
        requests.append(request)
    resting: list[int] = []
    begin = time.perf_counter()
    for request in requests:
        order_id = engine.place(who, request)["orderId"] if answers else engine.submit(who, request)
        resting.append(order_id)
        if len(resting) > 100:
            engine.withdraw_order(who, "BTCUSDT", resting.pop(0))
    return number / (time.perf_counter() - begin)


def main(number: int = 40_000) -> None:
    for account in ("house", "user"):
        for listen in (False, True):
            rate = run(number, account=account, listen=listen, answers=account == "user")
            print(f"{account:6} listeners={listen!s:5} {rate:10,.0f} orders/s (and as many cancels of those that rest)")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
