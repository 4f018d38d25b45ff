"""The embedded exchange as a user opens it.

    async with Simulator() as exchange:
        async with Binance(exchange.credentials, environment=exchange.environment) as binance:
            ...

With `transport="sockets"` it listens on a port of this machine and serves any client; with `transport="memory"` it has
no port, and its environment carries the seams with which a client reaches it. `speed` makes all of its time pass
faster, and its environment scales the client's durations likewise.

Over sockets the market lives: books a thousand levels deep, trades, candles of the years before (`market_maker`). In
memory, where runs are to replay, the exchange is empty and nothing happens but what its users do, unless a `rate` or a
`market` is given.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, Self

from binance_async.environment import Environment
from binance_async.net.seams import Seams, SystemClock
from binance_async.simulator.clock import ClientClock, SimClock
from binance_async.simulator.engine import Bounds, OrderLimit, SymbolSpec, default_symbols
from binance_async.simulator.engine.symbols import standard_filters
from binance_async.simulator.exchange import DEFAULT_BALANCES, Account, Exchange
from binance_async.simulator.market_maker import GENTLE, LivingMarket
from binance_async.simulator.rules import Rules, rules_for
from binance_async.timings import Timings

if TYPE_CHECKING:
    import ssl
    from collections import Counter

    from binance_async.credentials import Credentials
    from binance_async.net.memory import MemoryNetwork
    from binance_async.simulator.certificates import CertificateKind
    from binance_async.simulator.engine import Engine
    from binance_async.simulator.faults import Faults
    from binance_async.simulator.history import History
    from binance_async.simulator.keys import Keys
    from binance_async.simulator.memory import MemoryDoors
    from binance_async.simulator.server import Server

__all__ = ["Simulator"]

Market = Callable[[Exchange], Awaitable[None]]
"""What keeps a market moving: run as a task while the exchange is open, and cancelled when it closes."""

_MEMORY_START = 1_767_225_600.0
"""The wall clock of an exchange in memory begins at 2026-01-01, so that two runs are the same."""
_QUOTES = ("USDT", "USDC", "FDUSD", "TUSD", "BUSD", "USD", "EUR", "TRY", "BTC", "ETH", "BNB")


class Simulator:
    """A simulated exchange; open it with `async with`."""

    def __init__(
        self,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        symbols: int | Sequence[str | SymbolSpec] | None = None,
        seed: int = 1,
        speed: float = 1.0,
        transport: Literal["sockets", "memory"] = "sockets",
        tls: bool | CertificateKind = False,
        families: Sequence[str] = ("spot",),
        edition: int = 2026,
        rules: Rules | None = None,
        start: float | None = None,
        balances: Mapping[str, Decimal] = DEFAULT_BALANCES,
        bounds: Bounds | None = None,
        order_limits: Sequence[OrderLimit] | None = None,
        user_data: Sequence[str] | None = None,
        rate: float | None = None,
        market: Market | Literal["default"] | None = "default",
        network: MemoryNetwork | None = None,
    ) -> None:
        """An exchange that is not open yet.

        `port` is that of the first family, others take any that is free. `symbols` is a number, or names, or specs.
        `tls` may name a kind of certificate, also a wrong one. `start` is the wall clock at the opening, in seconds
        since the epoch. `rules` replaces those of the edition. `user_data` are the routes that the environment names.
        `rate` is how many things a second happen in a living market; 0 leaves its books as they are. `market` is what
        keeps the market moving otherwise, None for an empty exchange.
        """
        self._options: dict[str, Any] = {
            "seed": seed,
            "bounds": bounds,
            "order_limits": order_limits,
            "balances": balances,
        }
        self._port = port
        self._host = host
        self._specs = _specs(symbols)
        self._speed = speed
        self._transport = transport
        self._tls: CertificateKind | None = "good" if tls is True else tls or None
        self._families = tuple(families)
        self._edition = edition
        self._rules = rules
        self._start = start
        self._user_data = None if user_data is None else tuple(user_data)
        self._market = self._market_of(rate, market)
        self._network = network
        self._own_network = network is None
        self._exchanges: dict[str, Exchange] = {}
        self._servers: list[Server] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._environment: Environment | None = None
        self._clock: SimClock | None = None
        self._client_clock: ClientClock | None = None
        self._client_ssl: ssl.SSLContext | None = None

    def _market_of(self, rate: float | None, market: Market | Literal["default"] | None) -> Market | None:
        if market != "default":
            if rate is not None:
                raise ValueError("either rate or market; LivingMarket(rate=...) takes both")
            return market
        if rate is not None:
            return LivingMarket(rate)
        return LivingMarket(GENTLE / max(self._speed, 1.0)) if self._transport == "sockets" else None

    # Life

    async def open(self) -> Self:
        """Open the exchange."""
        in_memory = self._transport == "memory"
        start = self._start if self._start is not None else _MEMORY_START if in_memory else SystemClock().wall()
        self._clock = SimClock(start, speed=self._speed)
        self._client_clock = ClientClock(self._clock)
        for family in self._families:
            rules = self._rules or rules_for(family, self._edition)
            self._exchanges[family] = Exchange(
                self._clock, family=family, symbols=self._specs, rules=rules, **self._options
            )
        if isinstance(self._market, LivingMarket):
            for exchange in self._exchanges.values():
                self._market.prepare(exchange)
        try:
            self._environment = self._open_memory() if in_memory else await self._open_sockets()
        except BaseException:
            await self.close()
            raise
        if self._market is not None:
            for exchange in self._exchanges.values():
                self._tasks.append(asyncio.ensure_future(_run(self._market, exchange)))
        return self

    async def close(self) -> None:
        """Close every connection and stop. Idempotent."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        for exchange in self._exchanges.values():
            exchange.close()
        for server in self._servers:
            await server.close()
        self._servers.clear()
        if self._network is not None and self._own_network:
            await asyncio.sleep(0)  # the close frames arrive
            await self._network.close()

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    def _open_memory(self) -> Environment:
        from binance_async.net.memory import MemoryNetwork
        from binance_async.simulator.memory import MemoryDoors, MemoryTransport

        self._network = self._network or MemoryNetwork()
        doors = {family: MemoryDoors(exchange, self._network) for family, exchange in self._exchanges.items()}
        by_host = {host: self._exchanges[family] for family, each in doors.items() for host in each.hosts}
        transport = MemoryTransport(self._network, by_host)
        # Chance is the client's own, and from the seed too, so that a run with a client in it replays.
        chance = random.Random(f"clients/{self._options['seed']}")
        seams = Seams(clock=self.client_clock, random=chance, http=transport.http, connect=transport.connect)
        return self._environment_of({family: _urls(each) for family, each in doors.items()}, by_host, seams)

    async def _open_sockets(self) -> Environment:
        from binance_async.simulator.server import Server

        server_ssl = None
        if self._tls is not None:
            from binance_async.simulator.certificates import Certificate

            certificate = Certificate.make(self._tls, now=SystemClock().wall())
            server_ssl, self._client_ssl = certificate.server_context(), certificate.client_context()
        urls: dict[str, dict[str, str]] = {}
        for index, (family, exchange) in enumerate(self._exchanges.items()):
            server = Server(exchange, host=self._host, ssl_context=server_ssl)
            self._servers.append(server)
            await server.open(0 if index else self._port)
            secure, place = "s" if server_ssl else "", f"{self._host}:{server.port}"
            urls[family] = {
                "rest": f"http{secure}://{place}",
                "ws_api": f"ws{secure}://{place}/ws-api/v3",
                "stream": f"ws{secure}://{place}",
            }
        own_time = self._speed != 1.0 or self._start is not None
        return self._environment_of(urls, (), Seams(clock=self.client_clock) if own_time else None)

    def _environment_of(self, urls: Mapping[str, dict[str, str]], hosts: Any, seams: Seams | None) -> Environment:
        timings = Timings().scaled(1 / self._speed) if self._speed != 1.0 else None
        environment: Environment | None = None
        for family, each in urls.items():
            routes = self._user_data or _routes(family, self._edition)
            if environment is None:
                environment = Environment.custom(
                    family, **each, user_data=routes, extra_hosts=hosts, seams=seams, timings=timings
                )
            else:
                environment = environment.and_custom(family, **each, user_data=routes)
        if environment is None:
            raise ValueError("families names at least one family")
        return replace(environment, name="simulated")

    # What a client needs

    @property
    def environment(self) -> Environment:
        """Where the exchange is."""
        environment: Environment = self._opened(self._environment)
        return environment

    @property
    def credentials(self) -> Credentials:
        """The HMAC key of the first account."""
        return self.keys["hmac"].credentials

    @property
    def keys(self) -> Keys:
        """The keys of the first account by kind: `hmac`, `ed25519`, `rsa`."""
        return self.exchange.account.keys

    @property
    def account(self) -> Account:
        """The first account."""
        return self.exchange.account

    def add_account(self, *, balances: Mapping[str, Decimal] = DEFAULT_BALANCES, **options: Any) -> Account:
        """Another account of the first family, with keys of its own."""
        return self.exchange.add_account(balances=balances, **options)

    @property
    def ssl_context(self) -> ssl.SSLContext | None:
        """What a client verifies the certificate with; None without TLS."""
        return self._client_ssl

    @property
    def port(self) -> int:
        """The port of the first family."""
        return self._servers[0].port

    @property
    def urls(self) -> dict[str, str]:
        """The addresses of the first family: `rest`, `ws_api`, `stream`."""
        hosts = self.environment.of(self._families[0])
        return {"rest": hosts.rest, "ws_api": str(hosts.ws_api), "stream": str(hosts.stream)}

    # The exchange

    def _opened(self, value: Any) -> Any:
        if value is None:
            raise RuntimeError("the simulator is not open; use `async with`")
        return value

    def family(self, name: str) -> Exchange:
        """The exchange of a family."""
        return self._exchanges[name]

    @property
    def exchange(self) -> Exchange:
        """The exchange of the first family."""
        exchange: Exchange = self._opened(self._exchanges.get(self._families[0]))
        return exchange

    @property
    def engine(self) -> Engine:
        """Its matching engine."""
        return self.exchange.engine

    @property
    def clock(self) -> SimClock:
        """The exchange's time."""
        clock: SimClock = self._opened(self._clock)
        return clock

    @property
    def client_clock(self) -> ClientClock:
        """The clock that the environment gives to clients, where it gives them one."""
        clock: ClientClock = self._opened(self._client_clock)
        return clock

    @property
    def faults(self) -> Faults:
        """What is made to go wrong."""
        return self.exchange.faults

    @property
    def history(self) -> History:
        """What has happened."""
        return self.exchange.history

    @property
    def counters(self) -> Counter[str]:
        """How often things happened."""
        return self.exchange.history.counters

    @property
    def network(self) -> MemoryNetwork | None:
        """The network in memory; None over sockets."""
        return self._network


async def _run(market: Market, exchange: Exchange) -> None:
    await market(exchange)


def _urls(doors: MemoryDoors) -> dict[str, str]:
    return {"rest": doors.rest, "ws_api": doors.ws_api, "stream": doors.stream}


def _routes(family: str, edition: int) -> tuple[str, ...]:
    if family == "us":
        return ("listen_key",)
    return ("logon", "signature") if edition >= 2026 else ("logon", "listen_key")


def _specs(symbols: int | Sequence[str | SymbolSpec] | None) -> tuple[SymbolSpec, ...] | None:
    if symbols is None:
        return None
    if isinstance(symbols, int):
        return default_symbols(symbols)
    known = {spec.symbol: spec for spec in default_symbols(24)}
    return tuple(each if isinstance(each, SymbolSpec) else known.get(each) or _invented(each) for each in symbols)


def _invented(symbol: str) -> SymbolSpec:
    """A symbol of which nothing is known but its name."""
    quote = next((q for q in _QUOTES if symbol.endswith(q) and len(symbol) > len(q)), None)
    if quote is None:
        raise ValueError(f"{symbol!r}: give a SymbolSpec, or a name that ends with one of {', '.join(_QUOTES)}")
    filters = standard_filters("0.001", "0.01", "5", max_price="10000", max_qty="900000")
    return SymbolSpec(symbol, symbol[: -len(quote)], quote, filters, start_price=Decimal(10))
