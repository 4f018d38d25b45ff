"""An exchange in one process: matching engine, accounts, limits and faults, over real sockets or in memory.

async with Simulator() as exchange:
async with Binance(exchange.credentials, environment=exchange.environment) as binance:
...
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from binance_async.simulator.simulator import Simulator

__all__ = ["Simulator"]


def __getattr__(name: str) -> Any:
    if name == "Simulator":
        from binance_async.simulator.simulator import Simulator

        return Simulator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
