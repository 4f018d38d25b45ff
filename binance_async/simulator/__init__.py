"""An exchange in one process: matching engine, accounts, limits and faults, over real sockets or in memory.

async with Simulator() as exchange:
    async with Binance(exchange.credentials, environment=exchange.environment) as binance:
        ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from binance_async.simulator.market_maker import LivingMarket
    from binance_async.simulator.simulator import Simulator

__all__ = ["LivingMarket", "Simulator"]


def __getattr__(name: str) -> Any:
    if name == "Simulator":
        from binance_async.simulator.simulator import Simulator

        return Simulator
    if name == "LivingMarket":
        from binance_async.simulator.market_maker import LivingMarket

        return LivingMarket
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
