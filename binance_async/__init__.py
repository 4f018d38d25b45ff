"""binance_async: the asyncio SDK for the Binance exchanges.

    async with Binance(Credentials.from_env(), environment=TESTNET) as binance:
        order = await binance.spot.place_order("BTCUSDT", "BUY", "LIMIT", time_in_force="GTC", quantity="0.001",
                                               price="60000")

Names are imported when they are first used, so that `import binance_async` costs next to nothing.
"""

from typing import TYPE_CHECKING, Any

from binance_async._version import __version__

if TYPE_CHECKING:
    from binance_async import codes, errors
    from binance_async.client import Binance
    from binance_async.credentials import Credentials
    from binance_async.declared import Declaration, Param, declarations
    from binance_async.environment import BINANCE_US, DEMO, PRODUCTION, TESTNET, Environment, Hosts
    from binance_async.errors import (
        BinanceError,
        DecodeFailure,
        NotSent,
        OutcomeUnknown,
        PartlyAccepted,
        Rejected,
        StreamError,
        Unavailable,
    )
    from binance_async.timings import Timings

__all__ = [
    "BINANCE_US",
    "DEMO",
    "PRODUCTION",
    "TESTNET",
    "Binance",
    "BinanceError",
    "Credentials",
    "Declaration",
    "DecodeFailure",
    "Environment",
    "Hosts",
    "NotSent",
    "OutcomeUnknown",
    "Param",
    "PartlyAccepted",
    "Rejected",
    "StreamError",
    "Timings",
    "Unavailable",
    "__version__",
    "codes",
    "declarations",
    "errors",
]

_HOMES = {
    "BINANCE_US": "environment",
    "DEMO": "environment",
    "PRODUCTION": "environment",
    "TESTNET": "environment",
    "Environment": "environment",
    "Hosts": "environment",
    "Binance": "client",
    "Credentials": "credentials",
    "Declaration": "declared",
    "Param": "declared",
    "declarations": "declared",
    "Timings": "timings",
    "BinanceError": "errors",
    "DecodeFailure": "errors",
    "NotSent": "errors",
    "OutcomeUnknown": "errors",
    "PartlyAccepted": "errors",
    "Rejected": "errors",
    "StreamError": "errors",
    "Unavailable": "errors",
}
_MODULES = ("codes", "errors")


def __getattr__(name: str) -> Any:
    import importlib

    if name in _HOMES:
        value = getattr(importlib.import_module(f"binance_async.{_HOMES[name]}"), name)
    elif name in _MODULES:
        value = importlib.import_module(f"binance_async.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
