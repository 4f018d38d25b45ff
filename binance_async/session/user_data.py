"""User data: an account's events, without a silent hole.

    socket ─► read ─► (held while a hand-over or a reconciliation runs) ─► AccountState: is it news? ─► consumer
                                                                                     │
                                              resolver: an order of ours was seen ◄──┘

Routes. Which way the events come depends on the environment and the key: `logon` (Ed25519: session.logon, then
userDataStream.subscribe), `signature` (userDataStream.subscribe.signature, any key), `listen_key` (a key made over REST
that must be kept alive, then a stream of its name). The first that fits is taken.

Planned hand-over. The successor subscribes while the old connection carries on. Its events are held until the old one
has given the first of them too; from there on both say the same, and the old one is dropped. What came twice is
recognised by the exchange's own ids (`AccountState`). If the old connection dies first, the change was unplanned.

Unplanned gap. The exchange replays nothing, so what was missed is asked for: subscribe first and hold what comes; then
over REST the open orders, each order that was open here and is not there, the trades since the last known one of every
symbol that the account is known to use, and the balances. What is news goes out as events with `source == "rest"`,
then exactly one `Gap` says from when to when and what could not be restored, then what was held follows. REST may lag
behind the events, so the reading is repeated once after a few seconds; and since silence proves nothing, an undisturbed
stream is compared with REST every quarter of an hour.

A consumer that stops reading is not the end of its events either: at the bound the queue is emptied, counted in a
`Gap`, and what it held is restored from REST when the consumer comes back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from binance_async.core.account_state import AccountState, OrderKey, OrderState
from binance_async.core.endpoint import Bound
from binance_async.core.events import Gap, GapCause, RawEvent, event_name
from binance_async.errors import BinanceError, Rejected, StreamError, UnsupportedRoute
from binance_async.net.seams import Disconnected, NotConnected
from binance_async.session.connection import Connection, Link, first_of
from binance_async.session.subscription import Subscription
from binance_async.session.websocket_api import ApiConnection, WebsocketApi

if TYPE_CHECKING:
    from binance_async.core.endpoint import Endpoint
    from binance_async.session.family import Kit
    from binance_async.session.manager import Manager

log = logging.getLogger("binance_async.user_data")

E = TypeVar("E")

NOT_RESTORED = ("NEW and REPLACED reports of orders that ended meanwhile", "single steps of balances")
MOST_HELD = 200_000
_PAGE = 1000
_MANY = 25
"""Orders that are asked for one by one (4 weight each) before reading pages of all since the first (20 each)."""
_EARLIER_MS = 10_000
"""How much before a gap REST is asked from: clocks and times of orders are not those of events."""
_ENDED = {"eventStreamTerminated", "listenKeyExpired"}


class ListenKeyConnection(Connection):
    """A stream under a listen key."""

    def __init__(self, manager: Manager, name: str, user_data: UserData[Any]) -> None:
        super().__init__(manager, name)
        self._user_data = user_data

    def on_message(self, data: bytes) -> None:
        """Every message is an event."""
        self.frames += 1
        self._user_data.on_event(self, data)


class UserData(Subscription[E]):
    """The events of the account, as an asynchronous iterator."""

    def __init__(self, manager: Manager, kit: Kit, *, symbols: Iterable[str] = (), bound: int = 100_000) -> None:
        super().__init__(bound=bound)
        self.manager = manager
        self.kit = kit
        self.rest = manager.rest(kit)
        self.name = f"{kit.family}.user_data"
        self.state = AccountState(kit.restore)
        self.state.symbols |= set(symbols)
        self.link = Link(manager, self, self.name)
        self.route = self._choose_route()
        self._opened = 0
        self._held: list[tuple[Connection, Any]] | None = None
        self._carrier: Connection | None = None
        self._successor: Connection | None = None
        self._joined: asyncio.Event | None = None
        self._lost_at: int | None = None
        self._cause = GapCause.DISCONNECTED
        self._gap_cause = GapCause.DISCONNECTED
        self._last_event_time: int | None = None
        self._reconciling: asyncio.Task[None] | None = None
        self._chores: set[asyncio.Task[None]] = set()
        self._listen_key: str | None = None
        self._overflowed = False

    def __repr__(self) -> str:
        return f"<UserData of {self.kit.family} by {self.route}, {self.queued} events waiting>"

    def _choose_route(self) -> str:
        credentials = self.manager.credentials
        hosts = self.manager.environment.of(self.kit.family)
        kind = credentials.kind if credentials is not None else None
        for route in hosts.user_data:
            if route == "logon" and kind == "ED25519" and self.kit.subscribe is not None and hosts.ws_api:
                return route
            if route == "signature" and self.kit.subscribe_signature is not None and hosts.ws_api:
                return route
            if route == "listen_key" and self.kit.start_listen_key is not None and hosts.stream:
                return route
        raise UnsupportedRoute(
            f"the environment {self.manager.environment.name!r} offers no user data with this kind of key "
            f"(it speaks {', '.join(hosts.user_data) or 'none'})",
            call=self.name,
        )

    # Life

    async def open(self) -> Connection:
        """A connection that carries the events, subscribed."""
        self._opened += 1
        name = f"{self.name}/{self._opened}"
        connection = await (self._open_stream(name) if self.route == "listen_key" else self._open_api(name))
        if self._carrier is None:
            self._carrier = connection
        else:
            self._successor = connection
        return connection

    async def _open_api(self, name: str) -> Connection:
        api = WebsocketApi(self.manager, self.kit, name=name)
        connection = ApiConnection(self.manager, name, self.on_event)
        self._before_ready(connection)
        await connection.open(api.url)
        try:
            if self.route == "logon":
                await api.set_up(connection)
                assert self.kit.subscribe is not None
                await api.on(connection, self.kit.subscribe, Bound())
            else:
                assert self.kit.subscribe_signature is not None
                await api.on(connection, self.kit.subscribe_signature, Bound())
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _open_stream(self, name: str) -> Connection:
        assert self.kit.start_listen_key is not None
        reply = await self.rest.call(self.kit.start_listen_key, Bound())
        self._listen_key = str(reply.listen_key)
        base = self.manager.environment.of(self.kit.family).stream
        connection = ListenKeyConnection(self.manager, name, self)
        self._before_ready(connection)
        await connection.open(f"{base}/ws/{self._listen_key}")
        return connection

    def _before_ready(self, connection: Connection) -> None:
        """Events may come before the subscription's ack is read, so it must be known whose they are."""
        if self._carrier is not None and self._carrier.closed.done():
            self._carrier = None
        if self._carrier is None:
            self._carrier = connection
        else:
            self._successor = connection
        if self._held is None:
            self._held = []

    async def start(self) -> None:
        """Connect, subscribe, and learn the open orders; `async with` does it."""
        self.manager.check_usable(self.name)
        self.manager.on_close(self)
        try:
            await self.link.start()
            open_orders = await self.rest.call(self.kit.open_orders, Bound())
            self.state.adopt(open_orders, await self.rest.call(self.kit.account, Bound()), self._now_ms())
        except BaseException:
            await self.close()
            raise
        self._release()
        self.manager.resolver(self.kit).listen(self)
        if self.route == "listen_key":
            self._chore(self._keep_alive(), "listen key")
        self._chore(self._audits(), "audit")

    async def close(self) -> None:
        """End the subscription. The listen key is left to expire: another process may use it."""
        self.end()
        self.manager.forget(self)
        self.manager.resolver(self.kit).stop_listening(self)
        for chore in list(self._chores):
            chore.cancel()
        await self.link.close()
        await asyncio.gather(*self._chores, return_exceptions=True)

    async def __aenter__(self) -> UserData[E]:
        await self.start()
        return self

    # Owner of the link

    async def hand_over(self, old: Connection, new: Connection) -> None:
        """Wait until the old connection has given what the new one began with."""
        self._joined = asyncio.Event()
        self._look_for_join()
        joined = asyncio.ensure_future(self._joined.wait())
        try:
            async with asyncio.timeout(self.manager.timings.overlap):
                await first_of(joined, old.closed)
        except TimeoutError:
            pass  # neither gave an event: there is nothing to join
        finally:
            joined.cancel()
        torn = old.closed.done() and not self._joined.is_set()
        self._joined = None
        self._carrier, self._successor = new, None
        if torn:
            self._gap_began(GapCause.ROTATED)
            self._reconcile_soon()
        else:
            self._release()

    def lost(self, cause: str) -> None:
        """Events are missed from now on."""
        log.warning("%s lost: %s", self.name, cause)
        self._carrier = self._successor
        self._successor = None
        self._gap_began(self._cause)
        self._cause = GapCause.DISCONNECTED

    def restored(self, connection: Connection) -> None:
        """Subscribed again: find out what was missed."""
        self._carrier, self._successor = connection, None
        if self._lost_at is not None:
            self._reconcile_soon()

    def failed(self, error: Exception) -> None:
        """The consumer is told why."""
        self.end(error if isinstance(error, BinanceError) else StreamError(str(error)))

    # Events

    def on_event(self, connection: Connection, data: bytes) -> None:
        """One event of one connection."""
        event = self.kit.read_user_event(data)
        name = event.event if isinstance(event, RawEvent) else event_name(type(event))
        if name in _ENDED:
            log.warning("%s: %s", connection.name, name)
            self._cause = GapCause.EXPIRED
            self._pass_on(connection, event)
            connection.abort(f"the exchange ended the stream ({name})")
            return
        if name == "serverShutdown":
            connection.shutdown_notice.set()
            return
        if connection is self._carrier and (self._successor is not None or self._held is None):
            self._pass_on(connection, event)
            if self._joined is not None:
                self._look_for_join()
        elif self._held is not None:
            self._held.append((connection, event))
            if self._joined is not None:
                self._look_for_join()
            if len(self._held) > MOST_HELD:
                connection.abort("too many events were held during a reconciliation")
        else:
            self._pass_on(connection, event)

    def _look_for_join(self) -> None:
        """Whether the old connection has given the first event that the new one held."""
        if self._joined is not None and self._held and self.state.knows(self._held[0][1]):
            self._joined.set()

    def _pass_on(self, connection: Connection, event: Any) -> None:
        if not self.state.is_news(event, connection.name):
            return
        self._last_event_time = getattr(event, "event_time", None) or self._last_event_time
        self.manager.resolver(self.kit).saw(event)
        self._offer(event)

    def _offer(self, event: Any) -> None:
        if self._overflowed:
            self.received += 1
            self.dropped += 1
            return
        if self.queued >= self.bound:
            log.warning("%s: the consumer let %d events wait; they will be restored from REST", self.name, self.bound)
            self._overflowed = True
            self.dropped += self.queued
            self._queue.clear()
            self._dropped_told = self.dropped
            self._gap_began(GapCause.DROPPED)
            self.received += 1
            self.dropped += 1
            return
        self._push(event)

    def _release(self) -> None:
        held, self._held = self._held or [], None
        for connection, event in held:
            self._pass_on(connection, event)

    # Gaps

    def _gap_began(self, cause: GapCause) -> None:
        if self._lost_at is None:
            self._lost_at = self._now_ms()
            self._gap_cause = cause
        if self._held is None:
            self._held = []

    def _now_ms(self) -> int:
        return int(self.manager.server_time(self.kit.family) * 1000)

    def _reconcile_soon(self) -> None:
        if self._reconciling is not None and not self._reconciling.done():
            self._reconciling.cancel()
        self._reconciling = self._chore(self._reconcile_gap(), "reconciliation")

    async def _reconcile_gap(self) -> None:
        since = self._lost_at if self._lost_at is not None else self._now_ms()
        reconciled, wait = False, self.manager.timings.resolve_first
        while not reconciled:
            try:
                await self._read_rest(since)
                reconciled = True
            except (BinanceError, NotConnected, Disconnected) as error:
                if isinstance(error, Rejected) and error.retry_at is None:
                    log.error("%s: REST refuses the reconciliation: %s", self.name, error)
                    break
                log.warning("%s: reconciliation failed, again in %.1f s: %s", self.name, wait, error)
                await self.manager.clock.sleep(wait)
                wait = min(2 * wait, self.manager.timings.resolve_last)
        self.tell(
            Gap(
                streams=(self.name,),
                cause=self._gap_cause,
                from_time=since,
                to_time=self._now_ms(),
                reconciled=reconciled,
                missing=NOT_RESTORED if reconciled else (*NOT_RESTORED, "everything between the two times"),
                connection=self._carrier.name if self._carrier is not None else None,
            )
        )
        self._lost_at = None
        self._release()
        # What REST had not got yet belongs to the gap that was just announced.
        await self.manager.clock.sleep(self.manager.timings.settle)
        await self._read_again(since, "second reading")

    async def _read_rest(self, since: int) -> int:
        """Give what was missed; how many events that were."""
        call, kit = self.rest.call, self.kit
        open_orders = await call(kit.open_orders, Bound())
        orders: dict[OrderKey, Any] = {(order.symbol, order.order_id): order for order in open_orders}
        ended: dict[str, list[int]] = {}
        for state in self.state.missing(open_orders):
            ended.setdefault(state.symbol, []).append(state.order_id)
        symbols = sorted(self.state.symbols | {symbol for symbol, _ in orders})
        for symbol in symbols:  # orders that came and went meanwhile
            await self._add_orders(orders, symbol, {"startTime": since - _EARLIER_MS})
        for symbol, ids in ended.items():
            left = [order_id for order_id in ids if (symbol, order_id) not in orders]
            if len(left) > _MANY:
                await self._add_orders(orders, symbol, {"orderId": min(left)})
            for order_id in left:
                if (symbol, order_id) not in orders:
                    orders[symbol, order_id] = await self._ask_order(OrderState(symbol, order_id, ""))
        trades = [trade for symbol in symbols async for trade in self._trades_since(symbol, since)]
        for key in {(trade.symbol, trade.order_id) for trade in trades} - orders.keys():
            orders[key] = await self._ask_order(OrderState(*key, ""))
        account = await call(kit.account, Bound())
        now = self._now_ms()
        restored = self.state.restore([order for order in orders.values() if order is not None], trades, now)
        self._overflowed = False
        for event in restored:
            self.manager.resolver(kit).saw(event)
            self._push(event)
        position = self.state.position(account, now)
        if position is not None:
            self._push(position)
        return len(restored)

    async def _ask_order(self, state: OrderState) -> Any:
        try:
            return await self.rest.call(self.kit.order, Bound(symbol=state.symbol, orderId=state.order_id))
        except Rejected as error:
            log.warning("%s: an order that was open cannot be found any more: %s", self.name, error)
            return None

    async def _add_orders(self, orders: dict[OrderKey, Any], symbol: str, start: dict[str, int]) -> None:
        async for order in self._pages(self.kit.all_orders, symbol, start, "orderId"):
            orders.setdefault((order.symbol, order.order_id), order)

    def _trades_since(self, symbol: str, since: int) -> AsyncIterator[Any]:
        last = self.state.last_trade.get(symbol)
        start = {"startTime": since - _EARLIER_MS} if last is None else {"fromId": last + 1}
        return self._pages(self.kit.my_trades, symbol, start, "fromId")

    async def _pages(self, endpoint: Endpoint, symbol: str, start: dict[str, int], by: str) -> AsyncIterator[Any]:
        """All of a list that the exchange gives a thousand at a time, oldest first."""
        while True:
            page = await self.rest.call(endpoint, Bound(symbol=symbol, limit=_PAGE, **start))
            for item in page:
                yield item
            if len(page) < _PAGE:
                return
            last = page[-1]
            start = {by: (last.id if by == "fromId" else last.order_id) + 1}

    async def _read_again(self, since: int, why: str) -> int:
        try:
            found = await self._read_rest(since)
        except (BinanceError, NotConnected, Disconnected) as error:
            log.warning("%s: the %s failed: %s", self.name, why, error)
            return 0
        if found:
            log.warning("%s: the %s found %d events that the stream had not told", self.name, why, found)
        return found

    # Chores

    def _chore(self, work: Any, what: str) -> asyncio.Task[None]:
        task: asyncio.Task[None] = self.manager.spawn(work, name=f"{self.name}: {what}")
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)
        return task

    async def _audits(self) -> None:
        while True:
            since = self._now_ms()
            await self.manager.clock.sleep(self.manager.timings.audit)
            if self._lost_at is None and await self._read_again(since, "audit"):
                now = self._now_ms()
                gap = Gap(streams=(self.name,), cause=GapCause.SILENT, from_time=since, to_time=now, reconciled=True)
                self.tell(gap)

    async def _keep_alive(self) -> None:
        assert self.kit.keep_listen_key is not None
        failures = 0
        while True:
            pause = self.manager.timings.listen_key_keep_alive / (1 if not failures else 20)
            await self.manager.clock.sleep(pause)
            try:
                await self.rest.call(self.kit.keep_listen_key, Bound(listenKey=self._listen_key or ""))
                failures = 0
            except Rejected as error:  # the key is gone: the next connection makes another
                log.warning("%s: the listen key is not known any more: %s", self.name, error.code)
                failures = 0
                self.link.rotate()
            except BinanceError as error:
                failures += 1
                log.warning("%s: keep-alive failed: %s", self.name, error)
                if failures >= 2:
                    self.link.rotate()
                    failures = 0

    async def __anext__(self) -> E:
        if self._overflowed and not self.queued and (self._reconciling is None or self._reconciling.done()):
            self._reconcile_soon()  # the consumer is back
        return await super().__anext__()
