"""Where an example runs: on the embedded exchange, or with `--testnet` on the exchange's test network.

On the test network the key comes from the environment: BINANCE_API_KEY with BINANCE_API_SECRET, or with
BINANCE_PRIVATE_KEY_FILE (see docs/how-to/keys.md).
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator

from binance_async import TESTNET, Binance, Credentials
from binance_async.errors import InvalidCredentials
from binance_async.simulator import Simulator

ON_TESTNET = "--testnet" in sys.argv


@contextlib.asynccontextmanager
async def connected() -> AsyncIterator[Binance]:
    """A client of the one or the other."""
    if ON_TESTNET:
        try:
            credentials = Credentials.from_env()
        except InvalidCredentials as error:
            sys.exit(str(error))
        async with Binance(credentials, environment=TESTNET) as binance:
            yield binance
        return
    async with (
        Simulator(rate=300) as exchange,
        Binance(exchange.keys["ed25519"].credentials, environment=exchange.environment) as binance,
    ):
        yield binance
