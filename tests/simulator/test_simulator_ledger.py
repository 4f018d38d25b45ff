"""How the journal forgets; what lagging reads see is in test_simulator_faults."""

from __future__ import annotations

import asyncio

import pytest
from simulator_kit import Rig, virtual

from binance_async.simulator import ledger
from binance_async.simulator.actions import Lag
from binance_async.simulator.engine import Bounds


@pytest.mark.parametrize(("most", "records"), [(8, 100), (100, 8)])
@virtual
async def test_what_is_forgotten_is_read_as_it_is_now(most: int, records: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "_KEPT", most)
        rig = Rig(bounds=Bounds(records=records))
        first = await rig.buy(quantity="0.001")
        await asyncio.sleep(1)
        for _ in range(10):
            await rig.buy(quantity="0.001")
        rig.exchange.faults.add(Lag(0.5), call="*")
        seen = await rig.signed("GET", "/api/v3/openOrders")
        # The newest four are known not to have existed half a second ago; of the older ones nothing is known any more.
        assert [order["orderId"] for order in seen] == list(range(first["orderId"], first["orderId"] + 7))
        journal = rig.exchange.ledger._journals[rig.account.uid]
        assert len(journal.reports) == 4
        assert all(len(known) <= 9 for known in journal.balances.values())


@virtual
async def test_orders_of_before_the_journal() -> None:
    rig = Rig()
    order = await rig.buy()
    rig.exchange.ledger.open(rig.account.uid)
    await asyncio.sleep(10)
    await rig.signed("DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=order["orderId"])
    rig.exchange.faults.add(Lag(5.0), call="*")
    found = await rig.signed("GET", "/api/v3/order", symbol="BTCUSDT", orderId=order["orderId"])
    assert found["status"] == "CANCELED"
