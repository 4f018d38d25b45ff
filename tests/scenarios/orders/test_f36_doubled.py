"""F36: a retry doubles the order. Over real sockets, because it was the HTTP library that did it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from binance_async import Binance
from binance_async.simulator import Simulator
from binance_async.simulator.actions import CutReply, EndFile, LoseReply, Reset
from binance_async.simulator.engine import NewOrder
from tests.chaos.trader import open_market
from tests.chaos.verdicts import Deed, Truth, cancel_id

Fault = Any
FAULTS = [LoseReply("close"), LoseReply("reset"), CutReply(0), CutReply(25)]


class Exchange:
    """One exchange over sockets, and a client with a kept connection to it."""

    def __init__(self, simulator: Simulator, binance: Binance) -> None:
        self.simulator = simulator
        self.spot = binance.spot
        self.deeds: list[Deed] = []

    def resting(self) -> int:
        engine, uid = self.simulator.engine, self.simulator.account.uid
        order = NewOrder("BTCUSDT", "BUY", "LIMIT", "GTC", Decimal("0.01"), price=Decimal(59_000))
        return int(engine.place(uid, order)["orderId"])

    async def warm(self, api: Any) -> None:
        """Have a connection that has been used, which a library would think safe to try again on."""
        for _ in range(2):
            await api.order("BTCUSDT", order_id=self.resting())

    def calls(self, number: int) -> dict[str, tuple[Deed, dict[str, Any]]]:
        """A write by each HTTP method, each on an order of its own."""
        resting = self.resting()
        place, cancel, amend, replace = (f"{kind}-{number}" for kind in ("place", "cancel", "amend", "replace"))
        market = {"side": "BUY", "type": "MARKET", "quantity": "0.001"}
        return {
            "POST": (Deed("place_order", place), {**market, "new_client_order_id": place}),
            "POST twofold": (
                Deed("cancel_replace", replace, resting),
                {
                    **market, "cancel_replace_mode": "STOP_ON_FAILURE", "cancel_order_id": resting,
                    "cancel_new_client_order_id": cancel_id(replace), "new_client_order_id": replace,
                },
            ),
            "PUT": (
                Deed("amend_order", amend, resting),
                {"order_id": resting, "new_qty": "0.005", "new_client_order_id": amend},
            ),
            "DELETE": (
                Deed("cancel_order", cancel, resting),
                {"order_id": resting, "new_client_order_id": cancel},
            ),
        }  # fmt: skip

    async def suffer(self, api: Any, deed: Deed, arguments: dict[str, Any], fault: Fault) -> None:
        """Make the call with its fault."""
        self.deeds.append(deed)
        rule = self.simulator.faults.add(fault, call=deed.call, client_order_id=deed.key, times=1)
        await deed.do(self.simulator, lambda: getattr(api, deed.call)("BTCUSDT", **arguments))
        assert rule.hits == 1
        rule.remove()


METHODS = ["POST", "POST twofold", "PUT", "DELETE"]


@pytest.mark.parametrize("method", METHODS)
async def test_f36_no_write_is_sent_twice_on_a_kept_connection(method: str) -> None:
    async with Simulator() as simulator, Binance(simulator.credentials, environment=simulator.environment) as binance:
        open_market(simulator)
        exchange = Exchange(simulator, binance)
        for number, fault in enumerate(FAULTS):
            await exchange.warm(exchange.spot)
            deed, arguments = exchange.calls(number)[method]
            await exchange.suffer(exchange.spot, deed, arguments, fault)
            assert deed.told == "value", deed
            assert len(simulator.history.requests(call=deed.call, client_order_id=deed.key)) == 1
        Truth.of(simulator).judge(exchange.deeds, alarms=[])


@pytest.mark.parametrize("method", METHODS)
async def test_f36_nor_over_the_websocket_api(method: str) -> None:
    async with (
        Simulator() as simulator,
        Binance(simulator.keys["ed25519"].credentials, environment=simulator.environment) as binance,
        binance.spot.websocket() as spot,
    ):
        open_market(simulator)
        exchange = Exchange(simulator, binance)
        for number, fault in enumerate([Reset(), EndFile(), LoseReply("close")]):
            await exchange.warm(spot)  # a read waits until the session is open again
            deed, arguments = exchange.calls(number)[method]
            await exchange.suffer(spot, deed, arguments, fault)
            assert deed.told == "value", deed
            assert len(simulator.history.requests(call=deed.call, client_order_id=deed.key)) == 1
        Truth.of(simulator).judge(exchange.deeds, alarms=[])


async def test_f36_a_read_is_asked_again_and_counted() -> None:
    async with Simulator() as simulator, Binance(simulator.credentials, environment=simulator.environment) as binance:
        exchange = Exchange(simulator, binance)
        await exchange.warm(exchange.spot)
        simulator.faults.add(LoseReply("close"), call="ping", times=1)
        before = len(simulator.history.requests(call="ping"))
        await binance.spot.ping()
        assert len(simulator.history.requests(call="ping")) - before == 2
