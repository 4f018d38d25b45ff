"""What all sessions of one client share: credentials, seams, budgets, clocks, tasks, and the order of closing.

One `Manager` stands behind a `Binance`. It belongs to the event loop and the process in which it was first used:
sockets and futures do not survive a fork and may not be touched from another loop, so both are checked at each call
and answered with a clear error rather than a hang.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
from collections.abc import Callable, Coroutine, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from threading import get_ident
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar
from weakref import WeakKeyDictionary, WeakSet

import msgspec

from binance_async.core.backoff import Backoff, ConnectBudget, Pace, RetryQuota
from binance_async.core.budget import Priority
from binance_async.core.clock_offset import ClockOffset
from binance_async.core.endpoint import Bound
from binance_async.core.open_enum import unknown_values
from binance_async.errors import BinanceError, ClientClosed, CredentialsRequired, OutcomeUnknown
from binance_async.net.seams import Connect, Http, Seams
from binance_async.session import request
from binance_async.session.limits import Limits
from binance_async.session.resolver import Resolver
from binance_async.timings import Timings

if TYPE_CHECKING:
    import ssl

    from binance_async.core.endpoint import Endpoint, Security
    from binance_async.core.reply import Answer
    from binance_async.core.signing import Signer
    from binance_async.credentials import Credentials
    from binance_async.environment import Environment
    from binance_async.session.family import Kit
    from binance_async.session.rest import RestSession

T = TypeVar("T")

log: Final = logging.getLogger("binance_async")

SCOPES = {"usdm": "futures", "coinm": "futures"}
"""Families that share one request-weight pool; any other has its own."""

MEASURE_AGAIN: Final = 30.0
"""How long to wait before the exchange is asked for its time again when it did not tell it."""

_connect_budgets: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Pace, ConnectBudget]] = WeakKeyDictionary()
"""All clients of a loop share one: the exchange counts connections by address, not by client."""


_managers: WeakKeyDictionary[asyncio.AbstractEventLoop, WeakSet[Manager]] = WeakKeyDictionary()
"""The clients of a loop: what the exchange forbids an address, it forbids them all."""


class Process:
    """Whether this is still the process that it was. Asking the kernel at each call would take longer."""

    def __init__(self) -> None:
        self.forks: int = 0
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.forked)

    def forked(self) -> None:
        """Called in a child."""
        self.forks += 1


process: Process = Process()


def _connect_budget(manager: Manager) -> ConnectBudget:
    budgets = _connect_budgets.setdefault(asyncio.get_running_loop(), {})
    return budgets.setdefault(manager.pace, ConnectBudget(manager.pace))


def _described(closable: Closable) -> dict[str, Any]:
    """What is open, with its counters where it has any."""
    counters: Any = getattr(closable, "diagnostics", None)
    return {"what": repr(closable), **(counters() if counters is not None else {})}


class Closable(Protocol):
    """What is open and wants to be closed with the client."""

    async def close(self) -> None:
        """Close. Idempotent."""
        ...


class Manager:
    """The shared part of a client's sessions."""

    def __init__(
        self,
        *,
        credentials: Credentials | None,
        environment: Environment,
        seams: Seams | None = None,
        timings: Timings | None = None,
        proxy: str | None = None,
        ssl_context: ssl.SSLContext | None = None,
        allow_transfers: AbstractSet[str] = frozenset(),
        recv_window: str | None = None,
        time_unit: str = "milliseconds",
        resolve_outcomes: bool = True,
        on_alarm: Callable[[str], None] | None = None,
        embargoes: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self.credentials = credentials
        self.environment = environment
        self.seams: Seams = seams or environment.seams or Seams()
        self.timings: Timings = timings or environment.timings or Timings()
        self.clock: Final = self.seams.clock
        # In closures, since a proxy's address may hold a password, and attributes are shown by `vars`.
        self.proxy_secrets: Callable[[], tuple[str, ...]] = lambda: request.secrets_of_proxy(proxy)
        """What a proxy that echoes a request would give away. Read when it is needed."""
        self._open_http: Callable[[], Http] = lambda: self.seams.http(proxy=proxy, ssl_context=ssl_context)
        self._open_connect: Callable[[], Connect] = lambda: self.seams.connect(proxy=proxy, ssl_context=ssl_context)
        self.allow_transfers: frozenset[str] = frozenset(allow_transfers)
        self.recv_window = recv_window
        self.time_unit = time_unit
        self.resolve_outcomes = resolve_outcomes
        self.on_alarm = on_alarm
        self.pace: Pace = replace(
            Pace().scaled(self.timings.unit), connect_period=self.timings.connect_period, stable=self.timings.stable
        )
        self.retry_quota: RetryQuota = RetryQuota(self.pace)
        self.closed: bool = False
        self.alarms: int = 0
        self._closing: asyncio.Task[list[OutcomeUnknown]] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        """In which the loop ran at first."""
        self._forks = process.forks
        self._http: Http | None = None
        self._connect: Connect | None = None
        self._limits: dict[str, Limits] = {}
        self._embargoes = dict(embargoes or {})
        """Those of before, until their pool is used."""
        self._offsets: dict[str, ClockOffset] = {}
        self._resolvers: dict[str, Resolver] = {}
        self._rests: dict[str, RestSession] = {}
        self._measuring: dict[str, asyncio.Task[None]] = {}
        self._measure_again_at: dict[str, float] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closables: dict[int, Closable] = {}

    def __repr__(self) -> str:
        return f"<Manager of {self.environment.name}{', closed' if self.closed else ''}>"

    # Use

    def check_usable(self, call: str) -> None:
        """Refuse to work when closed, in another event loop, or after a fork."""
        if self._forks != process.forks:  # asked first: in the child no loop is running, not even where we are now
            raise ClientClosed("this client was carried over a fork; open a new one in the child", call=call)
        # A thread runs one loop at a time. To be told which takes a call of the kernel on Python 3.11.
        if self._loop is None or get_ident() != self._thread or not self._loop.is_running():
            self._check_loop(call)
        if self.closed:
            raise ClientClosed("this client is closed", call=call)

    def _check_loop(self, call: str) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return
        if self._loop is not None:
            raise ClientClosed("this client belongs to another event loop; open one client a loop", call=call)
        self._loop, self._thread = loop, get_ident()
        self._meet_others(loop)

    def signer_for(self, call: str, security: Security) -> Signer:
        """The signer of this client's key. Raises `CredentialsRequired`."""
        if self.credentials is None:
            needs = "a key and its secret" if security.signed else "an API key"
            raise CredentialsRequired(f"needs {needs} ({security.value}), and the client has no credentials", call=call)
        return self.credentials.signer

    def new_client_id(self) -> str:
        """A client order id that no other call has."""
        return f"x-ba{self.seams.random.getrandbits(112):028x}"

    @property
    def http(self) -> Http:
        """The HTTP adapter, made on first use."""
        if self._http is None:
            self._http = self._open_http()
        return self._http

    @property
    def connect(self) -> Connect:
        """The WebSocket adapter, made on first use."""
        if self._connect is None:
            self._connect = self._open_connect()
        return self._connect

    def alarm(self, text: str) -> None:
        """Something that a person should look at."""
        self.alarms += 1
        log.critical("alarm: %s", text)
        if self.on_alarm is not None:
            try:
                self.on_alarm(text)
            except Exception:
                log.exception("on_alarm raised")

    # Per family

    def rest(self, kit: Kit) -> RestSession:
        """The REST session of the client's own queries: what became of an order, what was missed in a gap.

        They may use the part of the budget that is kept back from other calls.
        """
        if kit.family not in self._rests:
            from binance_async.session.rest import RestSession

            self._rests[kit.family] = RestSession(self, kit, priority=Priority.CANCEL)
        return self._rests[kit.family]

    def resolver(self, kit: Kit) -> Resolver:
        """The resolver of a family's lost outcomes."""
        if kit.family not in self._resolvers:
            self._resolvers[kit.family] = Resolver(self, kit)
        return self._resolvers[kit.family]

    def limits(self, family: str) -> Limits:
        """The rate limits of the pool that a family belongs to."""
        scope = SCOPES.get(family, family)
        if scope not in self._limits:
            limits = self._limits[scope] = Limits(scope, self.pause, self.timings, self.clock, self.offset(family))
            limits.budget.import_embargo(self._embargoes.pop(scope, {}), limits.now())
        return self._limits[scope]

    def refused(self, family: str, endpoint: Endpoint, answer: Answer) -> None:
        """Tell the budget of a refusal, and other clients of the loop if it stops the whole address."""
        self.limits(family).refused(endpoint, answer)
        if answer.stops_traffic and self._loop is not None:
            for other in self._others(self._loop):
                other.take_embargoes(self.embargoes())

    def take_embargoes(self, embargoes: Mapping[str, Mapping[str, Any]]) -> None:
        """What another client of this address has been told."""
        for scope, embargo in embargoes.items():
            if scope in self._limits:
                limits = self._limits[scope]
                limits.budget.import_embargo(embargo, limits.now())
            else:
                self._embargoes[scope] = embargo

    def _others(self, loop: asyncio.AbstractEventLoop) -> list[Manager]:
        """Other clients of the same exchange."""
        environment = self.environment
        return [
            other
            for other in _managers.get(loop, ())
            if other is not self and other.environment == environment and other.environment.seams is environment.seams
        ]

    def _meet_others(self, loop: asyncio.AbstractEventLoop) -> None:
        for other in self._others(loop):
            self.take_embargoes(other.embargoes())
        _managers.setdefault(loop, WeakSet()).add(self)

    def embargoes(self) -> dict[str, dict[str, Any]]:
        """Those that are in force, by their pool; of one that was not used, as it was given."""
        found = {scope: dict(embargo) for scope, embargo in self._embargoes.items()}
        for scope, limits in self._limits.items():
            until = limits.budget.embargo_until
            if until is not None and until > limits.now():
                found[scope] = limits.budget.export_embargo()
        return found

    # The exchange's clock

    def offset(self, family: str) -> ClockOffset:
        """What is known of the clock of a family's hosts."""
        if family not in self._offsets:
            self._offsets[family] = ClockOffset(refresh=self.timings.clock_refresh)
        return self._offsets[family]

    def server_time(self, family: str) -> float:
        """The exchange's time in seconds since the epoch, as well as it is known."""
        return self.offset(family).now(self.clock.wall(), self.clock.monotonic())

    def keep_time(self, kit: Kit) -> None:
        """See to it that the exchange's time is known: at first, after a jump of our clocks, and when it gets old.

        Nobody waits for it. Until it is there the best guess is used, and if that is wrong the exchange says so.
        """
        now = self.clock.monotonic()
        if (
            self.closed
            or not self.offset(kit.family).needs_sample(now)
            or now < self._measure_again_at.get(kit.family, -math.inf)
        ):
            return
        running = self._measuring.get(kit.family)
        if running is None or running.done():
            self._measuring[kit.family] = self.spawn(self._measure(kit), name=f"{kit.family}: clock")

    async def measure_clock(self, kit: Kit) -> None:
        """The exchange refused a timestamp: ask for its time. Callers who want it at once share the answer.

        It takes no longer than a call may, because an order waits for it, and an order that is late is another order.
        """
        running = self._measuring.get(kit.family)
        if running is None or running.done():
            self.offset(kit.family).rejected(self.clock.monotonic())
            running = self._measuring[kit.family] = self.spawn(self._measure(kit), name=f"{kit.family}: clock")
        await asyncio.wait({running}, timeout=self.timings.request)  # who is cancelled leaves it to the others

    async def _measure(self, kit: Kit) -> None:
        rest = self.rest(kit)
        try:
            for _ in range(3):  # the fastest of three tells most
                sent = self.clock.monotonic()
                reply = await rest.call(kit.time, Bound())
                received = self.clock.monotonic()
                server_time = reply.server_time / (1e6 if reply.server_time > 10**14 else 1e3)
                self.offset(kit.family).sample(sent, received, server_time, wall=self.clock.wall())
        except BinanceError as error:
            self._measure_again_at[kit.family] = self.clock.monotonic() + MEASURE_AGAIN * self.timings.unit
            log.warning("the exchange's clock could not be measured: %s", error)

    # Connections

    def new_backoff(self) -> Backoff:
        """The memory of one link: how often it failed, and when it may try again."""
        return Backoff(self.seams.random, self.pace)

    async def connect_slot(self, delay: float) -> None:
        """Wait `delay`, and then for a place in the connect budget of the process."""
        await self.clock.sleep(delay)
        budget = _connect_budget(self)
        now = self.clock.monotonic()
        start = budget.reserve(now)
        try:
            await self.clock.sleep(start - now)
        except asyncio.CancelledError:
            budget.cancel(start)
            raise

    # Tasks and closing

    async def pause(self, seconds: float, call: str) -> None:
        """Wait within a call; raises `ClientClosed` when the client is closed meanwhile."""
        self.check_usable(call)
        nap = self.spawn(self.clock.sleep(seconds), name=f"{call}: waiting")
        try:
            await asyncio.wait({nap})
        finally:
            nap.cancel()
        self.check_usable(call)

    def spawn(self, work: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
        """Run a task that ends with the client."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def on_close(self, closable: Closable) -> None:
        """Close it with the client."""
        self._closables[id(closable)] = closable

    def forget(self, closable: Closable) -> None:
        """It was closed by its own user."""
        self._closables.pop(id(closable), None)

    async def close(self) -> list[OutcomeUnknown]:
        """Close everything, and say which writes are left unknown.

        Idempotent; quick from every state; goes on to its end if who waits for it is cancelled.
        """
        if self._forks != process.forks:
            self.closed = True
            return []  # the descriptors are the parent's, and so are its orders
        if self._closing is None:
            loop = asyncio.get_running_loop()
            if self._loop is not None and self._loop is not loop:
                raise ClientClosed("this client belongs to another event loop; close it there", call="close")
            self.closed = True
            self._closing = loop.create_task(self._close(), name="closing")
        if self._closing.get_loop() is asyncio.get_running_loop():
            return list(await asyncio.shield(self._closing))
        return []

    async def _close(self) -> list[OutcomeUnknown]:
        closables, self._closables = list(self._closables.values()), {}
        await asyncio.gather(*(closable.close() for closable in closables), return_exceptions=True)
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.close()
        left = [error for resolver in self._resolvers.values() for error in await resolver.leave()]
        for error in left:
            log.warning("closed with an unknown outcome: %s (client order id %s)", error, error.client_order_id)
        return left

    def diagnostics(self) -> dict[str, Any]:
        """Counters and states, without anything that must not be shown."""
        return {
            "environment": self.environment.name,
            "closed": self.closed,
            "alarms": self.alarms,
            "tasks": len(self._tasks),
            "unknown_values": dict(unknown_values),
            "limits": {
                scope: msgspec.to_builtins(limits.budget.state(limits.now())) for scope, limits in self._limits.items()
            },
            "outcomes": {
                family: {
                    "unknown": resolver.unknown,
                    "resolved": resolver.resolved,
                    "absent": resolver.absent,
                    "alarms": resolver.alarms,
                }
                for family, resolver in self._resolvers.items()
            },
            "open": [repr(closable) for closable in self._closables.values()],
            "counters": [_described(closable) for closable in self._closables.values()],
        }
