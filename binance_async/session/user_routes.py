"""The ways to an account's events, and how each is opened and kept.

    logon        WebSocket API, Ed25519 keys: session.logon, then userDataStream.subscribe
    signature    WebSocket API, any key: userDataStream.subscribe.signature
    listen_key   a key made over REST, then a stream of its name

An environment says which it speaks, the preferred one first; the first that fits the client's key is taken.

Each connection of the WebSocket API subscribes once: the exchange counts subscriptions for as long as a connection
lives, and a new one begins anew.

A listen key lives for an hour from when it was last kept alive, which is done every 25 minutes. Asking for one gives
the key that lives, if there is one; so two connections of a hand-over hear the same key, and if the second has another,
the first had been dead. A stream can outlive its key, open and mute, so its pongs prove nothing; what proves that it
was whole is an event, or that the exchange knew the key. When keeping it alive fails twice, another connection is
opened, and with it a key is asked for again. When the exchange does not know the key any more (-1125), nothing has come
since nobody knows when: that is an outage.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from binance_async.core.endpoint import Bound
from binance_async.errors import BinanceError, Rejected, UnsupportedRoute
from binance_async.session.connection import Connection
from binance_async.session.websocket_api import ApiConnection, WebsocketApi

if TYPE_CHECKING:
    from binance_async.core.endpoint import Endpoint
    from binance_async.session.connection import Link
    from binance_async.session.family import Kit
    from binance_async.session.manager import Manager

log: Final = logging.getLogger("binance_async.user_data")

UNKNOWN_LISTEN_KEY: Final = -1125
SOONER: Final = 20
"""After a failure a key is kept alive again so many times sooner."""

OnEvent = Callable[[Connection, bytes], None]


def choose(manager: Manager, kit: Kit, call: str) -> str:
    """The first way that the environment speaks and the client's key fits. Raises `UnsupportedRoute`."""
    credentials = manager.credentials
    hosts = manager.environment.of(kit.family)
    kind = credentials.kind if credentials is not None else None
    for route in hosts.user_data:
        if route == "logon" and kind == "ED25519" and kit.subscribe is not None and hosts.ws_api:
            return route
        if route == "signature" and kit.subscribe_signature is not None and hosts.ws_api:
            return route
        if route == "listen_key" and kit.start_listen_key is not None and hosts.stream:
            return route
    raise UnsupportedRoute(
        f"the environment {manager.environment.name!r} offers no user data with this kind of key "
        f"(it speaks {', '.join(hosts.user_data) or 'none'})",
        call=call,
    )


class Route:
    """One way, for as long as its user data lasts."""

    def __init__(self, manager: Manager, kit: Kit, name: str, on_event: OnEvent) -> None:
        self.manager = manager
        self.kit = kit
        self.name = name
        self.on_event = on_event

    async def open(self) -> Connection:
        """A connection that is subscribed. What it could not set up, it closes."""
        raise NotImplementedError

    def alive_at(self, connection: Connection) -> int:
        """When the connection surely brought all that there was; milliseconds on the exchange's clock."""
        raise NotImplementedError

    def continues(self, old: Connection) -> bool:
        """Whether the newest connection brings what this one was to bring."""
        return True

    async def keep(self, link: Link) -> None:
        """What must be done from time to time."""

    def now_ms(self) -> int:
        """The exchange's time."""
        return int(self.manager.server_time(self.kit.family) * 1000)


class ApiRoute(Route):
    """Over the WebSocket API, by one of its two subscriptions."""

    def __init__(self, manager: Manager, kit: Kit, name: str, on_event: OnEvent, subscribe: Endpoint | None) -> None:
        super().__init__(manager, kit, name, on_event)
        self._api = WebsocketApi(manager, kit, on_event=on_event, name=name)
        assert subscribe is not None
        self._subscribe: Endpoint = subscribe

    async def open(self) -> Connection:
        """Logged on if the key can, and subscribed."""
        connection = await self._api.open()
        assert isinstance(connection, ApiConnection)
        try:
            await self._api.on(connection, self._subscribe, Bound())
        except BaseException:
            await connection.close()
            raise
        return connection

    def alive_at(self, connection: Connection) -> int:
        """When it last answered."""
        idle = self.manager.clock.monotonic() - connection.alive_at
        return self.now_ms() - int(idle / self.manager.timings.unit * 1000)


class ListenKeyConnection(Connection):
    """A stream under a listen key."""

    frames: int

    def __init__(self, manager: Manager, name: str, on_event: OnEvent, listen_key: str) -> None:
        super().__init__(manager, name)
        self._on_event = on_event
        # In a closure: attributes are shown by `vars`.
        self.has_key: Callable[[str], bool] = lambda other: other == listen_key
        """Whether this is the stream of that key."""
        self.key_alive_at: int = 0
        """When the exchange last said that its key lives."""

    def on_message(self, data: bytes) -> None:
        """Every message is an event."""
        self.frames += 1
        self._on_event(self, data)


class ListenKeyRoute(Route):
    """By a listen key."""

    def __init__(self, manager: Manager, kit: Kit, name: str, on_event: OnEvent) -> None:
        super().__init__(manager, kit, name, on_event)
        self.listen_key: Callable[[], str] = lambda: ""
        """The newest. In a closure, as above."""
        self._opened = 0
        self._newest: ListenKeyConnection | None = None

    async def open(self) -> Connection:
        """A stream of the key that lives, or of a new one."""
        manager = self.manager
        assert self.kit.start_listen_key is not None
        reply = await manager.rest(self.kit).call(self.kit.start_listen_key, Bound())
        listen_key = str(reply.listen_key)
        self.listen_key = lambda: listen_key
        self._key_lives()
        self._opened += 1
        connection = ListenKeyConnection(manager, f"{self.name}/{self._opened}", self.on_event, listen_key)
        connection.key_alive_at = self.now_ms()
        base = manager.environment.of(self.kit.family).stream
        unit = "?timeUnit=MICROSECOND" if manager.time_unit == "microseconds" else ""
        await connection.open(f"{base}/ws/{listen_key}{unit}")
        self._newest = connection
        return connection

    def alive_at(self, connection: Connection) -> int:
        """When the exchange last knew its key."""
        assert isinstance(connection, ListenKeyConnection)
        return connection.key_alive_at

    def continues(self, old: Connection) -> bool:
        """If they have one key."""
        return isinstance(old, ListenKeyConnection) and old.has_key(self.listen_key())

    def _key_lives(self) -> None:
        newest = self._newest
        if newest is not None and newest.has_key(self.listen_key()):
            newest.key_alive_at = self.now_ms()

    async def keep(self, link: Link) -> None:
        """Keep the key alive."""
        assert self.kit.keep_listen_key is not None
        failures = 0
        while True:
            pause = self.manager.timings.listen_key_keep_alive / (SOONER if failures else 1)
            await self.manager.clock.sleep(pause)
            try:
                await self.manager.rest(self.kit).call(self.kit.keep_listen_key, Bound(listenKey=self.listen_key()))
            except BinanceError as error:
                log.warning("%s: keep-alive failed: %s", self.name, error)
                failures += 1
                if isinstance(error, Rejected) and error.code == UNKNOWN_LISTEN_KEY:
                    failures = 0
                    if link.current is not None:
                        link.current.abort(KEY_IS_GONE)
                elif failures > 1:
                    failures = 0
                    link.rotate()
            else:
                failures = 0
                self._key_lives()


KEY_IS_GONE: Final = "the listen key is not known any more"


def route_of(route: str, manager: Manager, kit: Kit, name: str, on_event: OnEvent) -> Route:
    """The way of this name."""
    if route == "listen_key":
        return ListenKeyRoute(manager, kit, name, on_event)
    return ApiRoute(manager, kit, name, on_event, kit.subscribe if route == "logon" else kit.subscribe_signature)
