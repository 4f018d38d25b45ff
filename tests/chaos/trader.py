"""Writes of every kind, with faults, on an exchange with latency: what the goals about orders are made of."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from binance_async import Binance, Timings
from binance_async.simulator import Simulator
from binance_async.simulator.actions import (
    CallAction,
    CutReply,
    Lag,
    LateCommit,
    LoseReply,
    Refuse,
    ReplaceReply,
    SlowReply,
)
from binance_async.simulator.engine import ExchangeError, NewOrder
from tests.chaos.verdicts import FENCE, Deed, cancel_id

RICH = {"USDT": Decimal(10**10), "BTC": Decimal(10**6), "ETH": Decimal(10**6), "BNB": Decimal(10**6)}
LATEST = FENCE + 5.0
"""By then every caller must know, if the exchange can be asked."""

ROUTES = ("rest", "hmac", "ed25519")
"""REST, the WebSocket API with signed requests, and a session that is logged on."""


# The faults of one write


def _html(status: int) -> str:
    return f"<html><head><title>{status}</title></head><body>nginx</body></html>"


FATES = ("reset", "close", "silence", "timeout", "unexpected")

REFUSED: list[CallAction] = [
    Refuse(503, -1001, "Internal error; unable to process your request. Please try again."),
    Refuse(503, -1008, "Request throttled by system-level protection."),
    Refuse(502, body=_html(502)),
    Refuse(504, -1007, "Timeout waiting for response from backend server."),
    Refuse(500, -1000, "An unknown error occurred while processing the request."),
    Refuse(400, -1013, "Filter failure: PRICE_FILTER"),
    Refuse(403, body=_html(403)),
    Refuse(408, -1007, "Timeout."),
]
"""Nothing happened. Only for some of them can that be known at once."""

LOST: list[CallAction] = [
    *(LoseReply(fate) for fate in FATES),  # type: ignore[arg-type]  # the literals
    CutReply(40),
    CutReply(40, whole=True),
    ReplaceReply(200, _html(200)),
    ReplaceReply(503, _html(503)),
    ReplaceReply(503, '{"code":-1001,"msg":"Internal error."}'),
    ReplaceReply(200, "{}"),
    ReplaceReply(200, ""),
    SlowReply(11.0),
]
"""It happened, and the answer is lost or unreadable."""


def fault(chance: random.Random, *, places: bool) -> CallAction:
    """What becomes of one write. Commits beyond the fence are for new orders: only they can raise an alarm."""
    draw = chance.random()
    if draw < 0.25:
        return chance.choice(REFUSED)
    if draw < 0.60:
        return chance.choice(LOST)
    how: Any = chance.choice(FATES)
    if draw < 0.90:
        return LateCommit(chance.uniform(0, 15.0), how)
    if draw < 0.95 and places:
        return LateCommit(chance.uniform(24.0, 60.0), how)
    return LateCommit(1e9, how)  # never


def trouble_queries(exchange: Simulator) -> None:
    """What reads of orders meet: stale answers, refusals, garbage."""
    for call in ("order", "my_trades", "order_amendments", "order_list"):
        for lag in (0.5, 2.0, 4.0):
            exchange.faults.add(Lag(lag), call=call, probability=0.12)
        exchange.faults.add(LoseReply("reset"), call=call, probability=0.03)
        exchange.faults.add(Refuse(503), call=call, probability=0.03)
        exchange.faults.add(Refuse(403, body=_html(403)), call=call, probability=0.02)
        exchange.faults.add(ReplaceReply(200, _html(200)), call=call, probability=0.03)
        exchange.faults.add(ReplaceReply(200, "null"), call=call, probability=0.02)


# The trader


class Trader:
    """Makes writes of every kind, one at a time on each order, and keeps what it was told."""

    def __init__(self, desk: Desk, chance: random.Random, faulty: float) -> None:
        self.desk = desk
        self.exchange = desk.exchange
        self.api = desk.api
        self.chance = chance
        self.faulty = faulty
        self.uid = desk.exchange.account.uid
        self.deeds: list[Deed] = []
        self.resting: list[int] = []
        self.lists: list[str] = []
        self._number = 0
        self._kinds: list[Callable[[], tuple[Deed, Callable[[], Awaitable[Any]]]]] = [
            *[self._limit] * 6, *[self._market] * 3, *[self._cancel] * 4, *[self._cancel_replace] * 4,
            *[self._amend] * 3, self._oco, *[self._oto] * 2, *[self._cancel_list] * 3,
        ]  # fmt: skip

    def marker(self) -> str:
        """An id that no other write has."""
        self._number += 1
        return f"deed-{self._number}"

    async def one(self) -> None:
        """One write of a kind by chance, perhaps with a fault, perhaps cancelled."""
        deed, call = self.chance.choice(self._kinds)()
        self.deeds.append(deed)
        rule = None
        if self.chance.random() < self.faulty:
            if self.chance.random() < 0.15:
                deed.note = "the caller is cancelled"
            else:
                action = fault(self.chance, places=deed.call.startswith("place") or deed.call == "cancel_replace")
                deed.note = str(action)
                rule = self.exchange.faults.add(action, call=deed.call, client_order_id=deed.key, writes=True, times=1)
        task = asyncio.ensure_future(deed.do(self.exchange, call))
        if deed.note == "the caller is cancelled" or (rule is not None and self.chance.random() < 0.15):
            await self._cancel_at_random(task)
        await asyncio.wait({task})
        if rule is not None:
            rule.remove()
        if task.cancelled():
            await asyncio.sleep(0.1)  # its request may be on the way
            deed.told_us = self.exchange.clock.now_us()
        else:
            task.result()
        self._learn(deed)

    async def _cancel_at_random(self, task: asyncio.Task[Any]) -> None:
        if self.chance.random() < 0.7:
            for _ in range(self.chance.randrange(12)):
                await asyncio.sleep(0)
        else:
            await asyncio.wait({task}, timeout=self.chance.uniform(0, 20.0))
        task.cancel()

    def _learn(self, deed: Deed) -> None:
        """What is there now to be changed, as the exchange has it: the trader is not what is tested."""
        for order in self.exchange.engine.open_orders(self.uid, "BTCUSDT"):
            made = order["clientOrderId"] == deed.key and order["orderListId"] == -1
            if made or order["orderId"] == deed.order_id:
                self.resting.append(order["orderId"])
        lists = self.exchange.engine.open_order_lists(self.uid)
        if deed.list_id is not None and any(each["listClientOrderId"] == deed.list_id for each in lists):
            self.lists.append(deed.list_id)

    # Kinds

    def _price(self) -> Decimal:
        return Decimal(59_999) - Decimal(self.chance.randrange(200_000)) / 100

    def _target(self) -> int | None:
        while self.resting:
            order_id = self.resting.pop(self.chance.randrange(len(self.resting)))
            order = self.exchange.engine.order(self.uid, "BTCUSDT", order_id=order_id)
            if order["status"] == "NEW":
                if self.chance.random() < 0.15:
                    loop = asyncio.get_running_loop()
                    loop.call_later(self.chance.uniform(0, 0.06), self._fill, order_id)
                return order_id
        return None

    def _fill(self, order_id: int) -> None:
        """Somebody fills an order, racing what its owner does: all bids above it are taken as well."""
        order = self.exchange.engine.order(self.uid, "BTCUSDT", order_id=order_id)
        if order["status"] == "NEW":
            self.desk.hit(Decimal(order["price"]), Decimal(order["origQty"]))

    def _limit(self) -> Any:
        key = self.marker()
        return Deed("place_order", key), lambda: self.api.place_order(
            "BTCUSDT", "BUY", "LIMIT", time_in_force="GTC", quantity="0.01", price=self._price(),
            new_client_order_id=key, new_order_resp_type=self.chance.choice([None, "ACK", "RESULT", "FULL"]),
        )  # fmt: skip

    def _market(self) -> Any:
        key = self.marker()
        return Deed("place_order", key), lambda: self.api.place_order(
            "BTCUSDT", self.chance.choice(["BUY", "SELL"]), "MARKET", quantity="0.003", new_client_order_id=key
        )

    def _cancel(self) -> Any:
        order_id = self._target()
        if order_id is None:
            return self._limit()
        key = self.marker()
        if self.chance.random() < 0.5:
            return Deed("cancel_order", key, order_id), lambda: self.api.cancel_order(
                "BTCUSDT", order_id=order_id, new_client_order_id=key
            )
        known = self._client_order_id(order_id)
        return Deed("cancel_order", known, order_id), lambda: self.api.cancel_order(
            "BTCUSDT", orig_client_order_id=known
        )

    def _client_order_id(self, order_id: int) -> str:
        return str(self.exchange.engine.order(self.uid, "BTCUSDT", order_id=order_id)["clientOrderId"])

    def _cancel_replace(self) -> Any:
        order_id = self._target()
        if order_id is None:
            return self._limit()
        key, mode = self.marker(), self.chance.choice(["STOP_ON_FAILURE", "ALLOW_FAILURE"])
        # Sometimes the new order is one that the exchange refuses.
        quantity = "0.01" if self.chance.random() < 0.85 else "8000"
        return Deed("cancel_replace", key, order_id), lambda: self.api.cancel_replace(
            "BTCUSDT", "SELL" if quantity == "8000" else "BUY", "LIMIT_MAKER" if quantity == "8000" else "LIMIT",
            mode, cancel_order_id=order_id, cancel_new_client_order_id=cancel_id(key), new_client_order_id=key,
            quantity="0.01",
            price="59000" if quantity == "8000" else self._price(),
            **({} if quantity == "8000" else {"time_in_force": "GTC"}),
        )  # fmt: skip

    def _amend(self) -> Any:
        order_id = self._target()
        if order_id is None:
            return self._limit()
        order = self.exchange.engine.order(self.uid, "BTCUSDT", order_id=order_id)
        quantity = str(Decimal(order["origQty"]) - Decimal("0.001"))
        if self.chance.random() < 0.5:
            key = self.marker()
            ids = {"order_id": order_id, "new_client_order_id": key}
        else:
            key = order["clientOrderId"]
            ids = {"orig_client_order_id": key}
        return Deed("amend_order", key, order_id, quantity=quantity), lambda: self.api.amend_order(
            "BTCUSDT", new_qty=quantity, **ids
        )

    def _oco(self) -> Any:
        key = self.marker()
        return Deed("place_oco", key, list_id=key), lambda: self.api.place_oco(
            "BTCUSDT", "SELL", quantity="0.01", above_type="LIMIT_MAKER", above_price="70000",
            below_type="STOP_LOSS", below_stop_price="30000", list_client_order_id=key,
        )  # fmt: skip

    def _oto(self) -> Any:
        key = self.marker()
        return Deed("place_oto", key, list_id=key), lambda: self.api.place_oto(
            "BTCUSDT", working_type="LIMIT", working_side="BUY", working_price=self._price(), working_quantity="0.01",
            working_time_in_force="GTC", pending_type="LIMIT_MAKER", pending_side="SELL", pending_quantity="0.01",
            pending_price="80000", list_client_order_id=key,
        )  # fmt: skip

    def _cancel_list(self) -> Any:
        if not self.lists:
            return self._oto()
        key = self.lists.pop(self.chance.randrange(len(self.lists)))
        return Deed("cancel_order_list", key, list_id=key), lambda: self.api.cancel_order_list(
            "BTCUSDT", list_client_order_id=key
        )


@dataclass
class Desk:
    """An exchange, a client of it, and the account that is the other side of every trade."""

    exchange: Simulator
    binance: Binance
    api: Any
    """The client's calls over the route that is meant."""
    house: int
    alarms: list[str]

    @property
    def resolver(self) -> Any:
        """What finds out lost outcomes."""
        return self.binance._manager.resolver(self.binance.spot._kit)

    def hit(self, price: Decimal, quantity: Decimal) -> None:
        """Somebody sells down to a price."""
        while True:
            bids = self.exchange.engine.depth("BTCUSDT", limit=1)["bids"]
            if not bids or Decimal(bids[0][0]) < price:
                return
            amount = max(quantity, Decimal(bids[0][1]))
            order = NewOrder("BTCUSDT", "SELL", "LIMIT", "IOC", amount, price=Decimal(bids[0][0]))
            try:
                self.exchange.engine.place(self.house, order)
            except ExchangeError:
                return


def open_market(exchange: Simulator) -> int:
    """Deep resting orders on both sides, and a rich account to trade against them; whose the orders are."""
    house = exchange.add_account(balances=RICH, watched=False, house=True).uid
    for asset, amount in RICH.items():
        exchange.engine.deposit(exchange.account.uid, asset, amount)
    for side, price in (("BUY", 57_000), ("SELL", 60_001)):
        for _ in range(20):
            exchange.engine.place(house, NewOrder("BTCUSDT", side, "LIMIT", "GTC", Decimal(100), price=Decimal(price)))
    return house


@asynccontextmanager
async def open_desk(
    seed: int,
    route: str = "rest",
    *,
    user_stream: bool = False,
    timings: Timings | None = None,
    latency: tuple[float, float] = (0.005, 0.04),
    **options: Any,
) -> AsyncIterator[Desk]:
    """An exchange with latency, and a client with its calls over a route."""
    chance = random.Random(f"network/{seed}")
    alarms: list[str] = []
    async with AsyncExitStack() as stack:
        options = {"seed": seed, "transport": "memory", "symbols": ["BTCUSDT"], **options}
        exchange = await stack.enter_async_context(Simulator(**options))
        assert exchange.network is not None
        for link in exchange.network.links.values():
            link.latency = lambda: chance.uniform(*latency)
        house = open_market(exchange)
        key: Any = "ed25519" if route == "ed25519" else "hmac"
        binance = await stack.enter_async_context(
            Binance(
                exchange.keys[key].credentials,
                environment=exchange.environment,
                timings=timings or Timings(connect_period=60.0, stable=1.0),
                on_alarm=alarms.append,
            )
        )
        if user_stream:
            account = await stack.enter_async_context(binance.spot.user_data())
            reader = asyncio.ensure_future(_drain(account))
            stack.callback(reader.cancel)
        api: Any = binance.spot
        if route != "rest":
            api = await stack.enter_async_context(binance.spot.websocket())
        yield Desk(exchange, binance, api, house, alarms)


async def _drain(source: Any) -> None:
    async for _ in source:
        pass
