"""`Binance`: what the user opens.

    async with Binance(Credentials.from_env(), environment=TESTNET) as binance:
        candles = await binance.spot.klines("BTCUSDT", "1m", limit=500)

Each family (`.spot`, `.us`, ...) is imported when it is first used. Nothing connects before the first call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import urlsplit

from binance_async.environment import PRODUCTION, Environment
from binance_async.errors import InvalidArgument, OutcomeUnknown

if TYPE_CHECKING:
    import ssl
    from types import TracebackType

    from binance_async.clients.spot import Spot
    from binance_async.clients.us import Us
    from binance_async.core.endpoint import Security
    from binance_async.core.wire import Number
    from binance_async.credentials import Credentials
    from binance_async.net.seams import Seams
    from binance_async.session.manager import Manager
    from binance_async.timings import Timings

__all__ = ["Binance"]

_FAMILY_OF_PATH = {"fapi": "usdm", "dapi": "coinm", "eapi": "options", "papi": "portfolio"}


def _check_credentials(credentials: Any) -> None:
    if credentials is not None and not hasattr(credentials, "signer"):
        raise InvalidArgument(
            f"credentials takes Credentials.hmac(...) and the like, not {type(credentials).__name__}",
            argument="credentials",
        )


def _check_proxy(proxy: Any) -> None:
    """The message does not repeat the address, which may hold a password."""
    if proxy is None:
        return
    try:
        parts = urlsplit(proxy if isinstance(proxy, str) else "")
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise InvalidArgument("proxy takes an address like http://user:password@host:port", argument="proxy")


def _check_tls(ssl_context: ssl.SSLContext | None) -> None:
    if ssl_context is None:
        return
    from binance_async.net.tls import client_context

    try:
        client_context(ssl_context)
    except (AttributeError, ValueError) as error:
        text = str(error) if isinstance(error, ValueError) else "ssl_context takes an ssl.SSLContext"
        raise InvalidArgument(text, argument="ssl_context") from None


def _check_choices(environment: Any, time_unit: Any) -> None:
    if not isinstance(environment, Environment):
        kind = type(environment).__name__
        raise InvalidArgument(f"environment takes PRODUCTION, TESTNET and the like, not {kind}", argument="environment")
    if time_unit not in ("milliseconds", "microseconds"):
        raise InvalidArgument("time_unit takes milliseconds or microseconds", argument="time_unit")


def _names(allow_transfers: Any) -> frozenset[str]:
    if not isinstance(allow_transfers, (str, bytes)) and isinstance(allow_transfers, Iterable):
        names: list[Any] = [*allow_transfers]
        if all(isinstance(name, str) for name in names):
            return frozenset(names)
    raise InvalidArgument("allow_transfers takes a set of names, not one text", argument="allow_transfers")


def _embargoes(embargoes: Any) -> dict[str, Mapping[str, Any]]:
    """What cannot be read is left out: it comes from a file, and a client must open whatever is in there."""
    if embargoes is None:
        return {}
    if not isinstance(embargoes, Mapping):
        raise InvalidArgument("embargoes takes what embargoes() returned", argument="embargoes")
    found: Mapping[Any, Any] = embargoes  # pyright: ignore[reportUnknownVariableType] - whatever JSON holds
    return {str(scope): value for scope, value in found.items() if isinstance(value, Mapping)}


def _recv_window(milliseconds: Any) -> str | None:
    """As it is sent: plain digits, exactly."""
    if milliseconds is None:
        return None
    from binance_async.core import wire

    try:
        text = wire.plain(milliseconds)
    except ValueError as error:
        raise InvalidArgument(f"recv_window {error}", argument="recv_window") from None
    if not 0 < float(text) <= 60_000:
        raise InvalidArgument("recv_window takes more than 0 and at most 60000 milliseconds", argument="recv_window")
    return text


def _opener(**settings: Any) -> Callable[[], Manager]:
    """A closure, since a proxy's address may hold a password, and attributes are shown by `vars`."""

    def make() -> Manager:
        from binance_async.session.manager import Manager

        return Manager(**settings)

    return make


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
        embargoes: What `embargoes()` of an earlier client returned, so that a ban outlasts a restart.
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
        recv_window: Number | None = None,
        time_unit: Literal["milliseconds", "microseconds"] = "milliseconds",
        allow_transfers: Iterable[str] = (),
        resolve_outcomes: bool = True,
        on_alarm: Callable[[str], None] | None = None,
        embargoes: Mapping[str, Any] | None = None,
        proxy: str | None = None,
        ssl_context: ssl.SSLContext | None = None,
        timings: Timings | None = None,
        seams: Seams | None = None,
    ) -> None:
        try:
            _check_credentials(credentials)
            _check_proxy(proxy)
            _check_tls(ssl_context)
            _check_choices(environment, time_unit)
            allowed, window = _names(allow_transfers), _recv_window(recv_window)
            bans = _embargoes(embargoes)
        except InvalidArgument as error:
            refusal = error.with_traceback(None)
        else:
            self.environment: Environment = environment
            self._open: Callable[[], Manager] = _opener(
                credentials=credentials,
                environment=environment,
                recv_window=window,
                time_unit=time_unit,
                allow_transfers=allowed,
                resolve_outcomes=resolve_outcomes,
                on_alarm=on_alarm,
                embargoes=bans,
                proxy=proxy,
                ssl_context=ssl_context,
                timings=timings,
                seams=seams,
            )
            return
        del credentials, proxy  # a traceback with locals would show what was given for them
        raise refusal

    def __repr__(self) -> str:
        environment = getattr(self, "environment", None)  # not there yet in the traceback of a constructor that refuses
        return f"<Binance {environment.name if environment is not None else ''}>"

    @cached_property
    def _manager(self) -> Manager:
        return self._open()

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
        from binance_async.session.request import hidden

        given = hidden(params)
        del params
        if isinstance(given, InvalidArgument):
            raise given
        if not isinstance(path, str):
            raise InvalidArgument("path takes a plain path such as /api/v3/order", call="request", argument="path")
        hosts = self.environment.hosts
        if family is None:
            fallback = "us" if "us" in hosts and "spot" not in hosts else "spot"
            family = _FAMILY_OF_PATH.get(path.split("/")[1] if path.count("/") > 1 else "", fallback)
        if family not in hosts or not isinstance(getattr(type(self), family, None), cached_property):
            raise InvalidArgument(
                f"{path} is asked of .{family}, and the environment {self.environment.name!r} has "
                f"{', '.join(f'.{name}' for name in hosts)}",
                call="request",
                argument="family",
            )
        return await getattr(self, family).request(method, path, given, security=security, weight=weight)

    def diagnostics(self) -> dict[str, Any]:
        """Counters and states, safe to paste into a public report: no key, no order, no address."""
        return self._manager.diagnostics()

    def embargoes(self) -> dict[str, dict[str, Any]]:
        """Until when the exchange wants no requests (429, 418), for each pool of limits where that is so.

        Plain JSON, to be kept in a file and given to the next client of this address: `Binance(embargoes=...)`.
        """
        return self._manager.embargoes()

    async def close(self) -> list[OutcomeUnknown]:
        """Close all connections. Idempotent; takes less than a second.

        Returns the writes whose answers were still to come or to be found out, each with its `client_order_id`, under
        which it can be looked up later. As a rule there are none.
        """
        return await self._manager.close()

    async def __aenter__(self) -> Self:
        self._manager.check_usable("Binance")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()
