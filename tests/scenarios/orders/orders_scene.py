"""What the scenarios about orders share: a desk, one write with its fault, and the checker at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from binance_async.errors import AbsentAfterFence, BinanceError, NotSent, OutcomeUnknown, PartlyAccepted, Rejected
from binance_async.net.virtual import run_virtual
from binance_async.simulator.engine import NewOrder
from tests.chaos.trader import ROUTES, Desk, open_desk
from tests.chaos.verdicts import Deed, Truth

__all__ = [
    "ROUTES",
    "AbsentAfterFence",
    "BinanceError",
    "Deed",
    "Desk",
    "NotSent",
    "OutcomeUnknown",
    "PartlyAccepted",
    "Rejected",
    "Scene",
    "Truth",
    "on_stage",
]


class Scene:
    """One story on a desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.exchange = desk.exchange
        self.faults = desk.exchange.faults
        self.history = desk.exchange.history
        self.api = desk.api
        self.rest = desk.binance.spot
        self.deeds: list[Deed] = []

    @property
    def now(self) -> float:
        """Virtual seconds."""
        return asyncio.get_running_loop().time()

    async def write(
        self, call: str, key: str, arguments: dict[str, Any], fault: Any = None, *, api: Any = None, **deed: Any
    ) -> Deed:
        """A write and what its caller is told. `key` is the client order id that the exchange's history has it by."""
        done = Deed(call, key, note=str(fault or ""), **deed)
        self.deeds.append(done)
        rule = None
        if fault is not None:
            rule = self.faults.add(fault, call=call, client_order_id=key, writes=True, times=1)
        try:
            return await done.do(self.exchange, lambda: getattr(api or self.api, call)("BTCUSDT", **arguments))
        finally:
            if rule is not None:
                rule.remove()

    async def market(self, fault: Any = None, key: str = "", **options: Any) -> Deed:
        """A MARKET order."""
        key = key or f"deed-{len(self.deeds)}"
        arguments = {"side": "BUY", "type": "MARKET", "quantity": "0.001", "new_client_order_id": key}
        return await self.write("place_order", key, arguments, fault, **options)

    def resting(self, price: str = "59000", quantity: str = "0.01", client_order_id: str | None = None) -> int:
        """An order of the account that is on the book, made beside the client; its id."""
        order = NewOrder(
            "BTCUSDT", "BUY", "LIMIT", "GTC", _decimal(quantity), price=_decimal(price),
            new_client_order_id=client_order_id,
        )  # fmt: skip
        return int(self.exchange.engine.place(self.exchange.account.uid, order)["orderId"])

    def fill(self, order_id: int) -> None:
        """Somebody fills a resting order, and all above it."""
        order = self.exchange.engine.order(self.exchange.account.uid, "BTCUSDT", order_id=order_id)
        self.desk.hit(_decimal(order["price"]), _decimal(order["origQty"]))
        assert self.status(order_id) == "FILLED"

    def status(self, order_id: int) -> str:
        """What the exchange says of an order."""
        return str(self.exchange.engine.order(self.exchange.account.uid, "BTCUSDT", order_id=order_id)["status"])

    def requests(self, call: str, key: str | None = None) -> int:
        """How many requests of a call the exchange has seen."""
        return len(self.history.requests(call=call, client_order_id=key))

    def judge(self, **options: Any) -> None:
        """Every verdict against the exchange's history."""
        Truth.of(self.exchange).judge(self.deeds, alarms=self.desk.alarms, **options)


def _decimal(text: str) -> Any:
    from decimal import Decimal

    return Decimal(text)


def on_stage(
    play: Callable[[Scene], Awaitable[Any]],
    *,
    route: str = "rest",
    judge: bool = True,
    limit: float = 400 * 86_400.0,
    **options: Any,
) -> Any:
    """Play a story on virtual time, and let the checker have the last word."""

    async def whole() -> Any:
        async with open_desk(1, route, **options) as desk:
            scene = Scene(desk)
            result = await play(scene)
            if judge:
                scene.judge()
            return result

    coroutine: Coroutine[Any, Any, Any] = whole()
    return run_virtual(coroutine, limit=limit)
