"""Where the exchange is: the hosts of every family, and which routes an environment speaks.

    Binance(environment=TESTNET)
    Binance(environment=Environment.custom("spot", rest="http://127.0.0.1:8080", ws_api=..., stream=...))

A key must never be sent to a host that merely looks like the exchange. Hosts are checked when an environment is made:
https and wss only, and only names under the exchange's own domains, unless the caller names another in `extra_hosts`.
Loopback addresses may be plain http and ws, for the embedded exchange and for tests.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from binance_async.errors import RefusedLocally, UnsupportedRoute
from binance_async.timings import Timings

if TYPE_CHECKING:
    from binance_async.net.seams import Seams

__all__ = ["BINANCE_US", "DEMO", "PRODUCTION", "TESTNET", "Environment", "Hosts", "UserDataRoute"]

DOMAINS = ("binance.com", "binance.us", "binance.vision", "binancefuture.com")
"""The exchange's domains. A host is one of them or a name under one."""

UserDataRoute = str
"""`logon` (session.logon, then userDataStream.subscribe), `signature` (userDataStream.subscribe.signature) or
`listen_key` (a key made over REST or the WebSocket API, then a stream of its name)."""


@dataclass(frozen=True, slots=True)
class Hosts:
    """The addresses of one family."""

    rest: str
    ws_api: str | None = None
    """The whole URL of the WebSocket API."""
    stream: str | None = None
    """The base of the market streams: `/ws` and `/stream` come below it."""
    market_rest: str | None = None
    """A host for market data alone, which needs no key."""
    market_stream: str | None = None
    user_data: tuple[UserDataRoute, ...] = ("logon", "signature")
    """The ways to user data that the environment speaks, the preferred one first."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A set of hosts, by family. `seams` and `timings` are those of an embedded exchange."""

    name: str
    hosts: Mapping[str, Hosts]
    extra_hosts: frozenset[str] = frozenset()
    seams: Seams | None = field(default=None, compare=False, repr=False)
    timings: Timings | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hosts", MappingProxyType(dict(self.hosts)))
        for hosts in self.hosts.values():
            for url in (hosts.rest, hosts.ws_api, hosts.stream, hosts.market_rest, hosts.market_stream):
                if url is not None:
                    check_url(url, self.extra_hosts)

    def of(self, family: str) -> Hosts:
        """The hosts of a family. Raises `UnsupportedRoute` when the environment has none."""
        try:
            return self.hosts[family]
        except KeyError:
            known = ", ".join(f".{name}" for name in self.hosts) or "nothing"
            raise UnsupportedRoute(f"the environment {self.name!r} has {known}, not .{family}") from None

    @classmethod
    def custom(
        cls,
        family: str,
        *,
        rest: str,
        ws_api: str | None = None,
        stream: str | None = None,
        user_data: tuple[UserDataRoute, ...] = ("logon", "signature"),
        extra_hosts: Iterable[str] = (),
        timings: Timings | None = None,
        seams: Seams | None = None,
    ) -> Self:
        """One family at these addresses. Add others with `and_custom`."""
        hosts = Hosts(rest=rest, ws_api=ws_api, stream=stream, user_data=user_data)
        return cls("custom", {family: hosts}, frozenset(extra_hosts), seams=seams, timings=timings)

    def and_custom(
        self,
        family: str,
        *,
        rest: str,
        ws_api: str | None = None,
        stream: str | None = None,
        user_data: tuple[UserDataRoute, ...] = ("logon", "signature"),
    ) -> Self:
        """The same environment with a family at these addresses."""
        hosts = Hosts(rest=rest, ws_api=ws_api, stream=stream, user_data=user_data)
        return replace(self, hosts={**self.hosts, family: hosts})


def check_url(url: str, extra_hosts: Iterable[str] = ()) -> None:
    """Refuse an address to which a key must not be sent."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").lower()
    if parts.username or parts.password or parts.query or parts.fragment:
        raise RefusedLocally("an address takes no user, password, query or fragment")
    if parts.scheme not in ("https", "wss", "http", "ws") or not host:
        raise RefusedLocally(f"an address begins with https:// or wss://, not {parts.scheme or 'nothing'}://")
    loopback = is_loopback(host)
    if parts.scheme in ("http", "ws") and not loopback:
        raise RefusedLocally(f"{host}: plain {parts.scheme} is for loopback addresses only")
    if loopback or host in {extra.lower() for extra in extra_hosts}:
        return
    if not any(host == domain or host.endswith("." + domain) for domain in DOMAINS):
        raise RefusedLocally(f"{host} is none of the exchange's hosts; name it in extra_hosts if it is yours")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


PRODUCTION = Environment(
    "production",
    {
        "spot": Hosts(
            rest="https://api.binance.com",
            ws_api="wss://ws-api.binance.com:443/ws-api/v3",
            stream="wss://stream.binance.com:9443",
            market_rest="https://data-api.binance.vision",
            market_stream="wss://data-stream.binance.vision",
        ),
    },
)
"""binance.com."""

TESTNET = Environment(
    "testnet",
    {
        "spot": Hosts(
            rest="https://testnet.binance.vision",
            ws_api="wss://ws-api.testnet.binance.vision/ws-api/v3",
            stream="wss://stream.testnet.binance.vision",
        ),
    },
)
"""The exchange's test network: its own keys, its own money."""

DEMO = Environment(
    "demo",
    {
        "spot": Hosts(
            rest="https://demo-api.binance.com",
            ws_api="wss://demo-ws-api.binance.com/ws-api/v3",
            stream="wss://demo-stream.binance.com:9443",
        ),
    },
)
"""Demo trading: real market data, play money."""

BINANCE_US = Environment(
    "binance_us",
    {
        "us": Hosts(
            rest="https://api.binance.us",
            ws_api="wss://ws-api.binance.us:443/ws-api/v3",
            stream="wss://stream.binance.us:9443",
            user_data=("listen_key",),
        ),
    },
)
"""Binance.US."""
