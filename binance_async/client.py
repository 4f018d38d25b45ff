"""`Binance`: what the user opens.

    async with Binance(Credentials.from_env(), environment=TESTNET) as binance:
        candles = await binance.spot.klines("BTCUSDT", "1m", limit=500)

Each family (`.spot`, `.us`, ...) is imported when it is first used. Nothing connects before the first call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Self

from binance_async.environment import PRODUCTION, Environment
from binance_async.errors import InvalidArgument

if TYPE_CHECKING:
    import ssl
    from types import TracebackType

    from binance_async.clients.spot import Spot
    from binance_async.clients.us import Us
    from binance_async.core.endpoint import Security
    from binance_async.credentials import Credentials
    from binance_async.net.seams import Seams
    from binance_async.session.manager import Manager
    from binance_async.timings import Timings

__all__ = ["Binance"]

_FAMILY_OF_PATH = {"fapi": "usdm", "dapi": "coinm", "eapi": "options", "papi": "portfolio"}


class Binance:
    """A client of one environment and, for calls that need it, one account.

    Args:
        credentials: The account's key. Public data needs none.
        environment: Where the exchange is: `PRODUCTION`, `TESTNET`, `DEMO`, `BINANCE_US`, an embedded exchange's, or
            `Environment.custom(...)`.
        recv_window: How many milliseconds a signed request may travel before the exchange refuses it; the exchange's
            own default is 5000. Every signed call takes a `recv_window` of its own too.
        time_unit: `"microseconds"` for times in microseconds; the default is milliseconds.
        allow_transfers: Calls that move money out, by name (`"us.withdraw"`); all others are refused before a byte is
            sent.
        resolve_outcomes: Look for writes whose answer was lost before their caller hears of it.
        on_alarm: Called with a text when something happened that a person should look at, for instance when an order
            that was given up as absent appears.
        proxy: `"http://user:password@host:port"`, for REST and WebSockets alike. The environment's variables are not
            read.
        ssl_context: For a private certificate authority. It must verify certificates and host names.
        timings: Every duration of the client.
        seams: Clock, randomness and network, for tests.

    """

    def __init__(
        self,
        credentials: Credentials | None = None,
        *,
        environment: Environment = PRODUCTION,
        recv_window: float | None = None,
        time_unit: Literal["milliseconds", "microseconds"] = "milliseconds",
        allow_transfers: Iterable[str] = (),
        resolve_outcomes: bool = True,
        on_alarm: Callable[[str], None] | None = None,
        proxy: str | None = None,
        ssl_context: ssl.SSLContext | None = None,
        timings: Timings | None = None,
        seams: Seams | None = None,
    ) -> None:
        if isinstance(allow_transfers, str):
            raise InvalidArgument("allow_transfers takes a set of names, not one text", argument="allow_transfers")
        if time_unit not in ("milliseconds", "microseconds"):
            raise InvalidArgument("time_unit takes milliseconds or microseconds", argument="time_unit")
        if recv_window is not None and not 1 <= recv_window <= 60_000:
            raise InvalidArgument(
                "recv_window takes at most 60000 milliseconds, and more than 0", argument="recv_window"
            )
        self.environment = environment
        self._manager_arguments: dict[str, Any] = {
            "credentials": credentials,
            "environment": environment,
            "recv_window": recv_window,
            "time_unit": time_unit,
            "allow_transfers": frozenset(allow_transfers),
            "resolve_outcomes": resolve_outcomes,
            "on_alarm": on_alarm,
            "proxy": proxy,
            "ssl_context": ssl_context,
            "timings": timings,
            "seams": seams,
        }

    def __repr__(self) -> str:
        return f"<Binance {self.environment.name}>"

    @cached_property
    def _manager(self) -> Manager:
        from binance_async.session.manager import Manager

        return Manager(**self._manager_arguments)

    @cached_property
    def spot(self) -> Spot:
        """Spot."""
        from binance_async.clients.spot import Spot

        self.environment.of("spot")
        return Spot(self._manager)

    @cached_property
    def us(self) -> Us:
        """Binance.US."""
        from binance_async.clients.us import Us

        self.environment.of("us")
        return Us(self._manager)

    async def request(
        self,
        method: Literal["GET", "POST", "PUT", "DELETE"],
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        security: Security | str = "NONE",
        weight: int = 1,
        family: str | None = None,
    ) -> Any:
        """Make a call that is not declared: untyped, under the same budget, signing and guards.

        `family` says which host to ask; it is told from the path where it can be (`/api` and `/sapi` are spot's).
        """
        if family is None:
            fallback = "us" if "us" in self.environment.hosts and "spot" not in self.environment.hosts else "spot"
            family = _FAMILY_OF_PATH.get(path.split("/")[1] if path.count("/") > 1 else "", fallback)
        client = getattr(self, family, None)
        if client is None:
            raise InvalidArgument(f"family takes one of {', '.join(self.environment.hosts)}", argument="family")
        return await client.request(method, path, params, security=security, weight=weight)

    def diagnostics(self) -> dict[str, Any]:
        """Counters and states, safe to paste into a public report: no key, no order, no address."""
        return self._manager.diagnostics()

    async def close(self) -> None:
        """Close all connections. Idempotent; takes less than a second."""
        await self._manager.close()

    async def __aenter__(self) -> Self:
        self._manager.check_usable("Binance")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()
