"""Asking REST what an account has done since a mark, and what that is worth.

    open orders ─► for each symbol: orders placed since, trades since ─► orders that are open here and not there
                ─► orders of trades that nobody has told of ─► balances

What it weighs, on spot: 80 for the open orders and 20 for the balances; for each symbol 20 for its orders and 20 for
its trades, and as much again for each further thousand; 4 for an order that is asked for by itself. On Binance.US it is
half of that, of a fifth of the budget. Symbols are read side by side.

A reading is patient. When the budget has no room, when the exchange asks to wait or cannot be reached, the one question
is asked again later and the answers so far are kept; so a reading that is larger than a minute's budget ends all the
same. What is refused for good is another matter: a symbol that the exchange does not know (any more) is left out and
named in `refused`, since the account's other symbols are no worse for it; a key that is refused ends the reading. A
timestamp that is refused says nothing about the question: it was too long under way, on the line or in a loop of ours
that stood still, and is asked again as well.

REST may be behind the events, by seconds and rarely by most of a minute. Nothing here knows by how much: the ledger
takes nothing back for it, and who reads reads again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from binance_async.core.account_state import AccountState, Mark, OrderKey
from binance_async.core.backoff import REFUSED_KEY_CODES
from binance_async.core.endpoint import Bound
from binance_async.errors import (
    BinanceError,
    BudgetExhausted,
    ConnectFailed,
    DecodeFailure,
    FirewallRefused,
    RateLimited,
    Rejected,
    Unavailable,
)

if TYPE_CHECKING:
    from binance_async.core.endpoint import Endpoint
    from binance_async.session.family import Kit
    from binance_async.session.manager import Manager

log: Final = logging.getLogger("binance_async.user_data")

EARLIER_MS = 10_000
"""How much before its mark REST is asked from: the times of orders and the times of events are not one clock's."""
DAY_MS = 86_400_000
PAGE = 1000
AT_ONCE = 8
"""Symbols that are read side by side."""
WORTH_A_PAGE = 5
"""A page of orders weighs as much as so many orders that are asked for one by one."""
FIREWALL_PAUSE = 300.0
CLOCK_REFUSAL = -1021
MOST_CLOCK_REFUSALS = 10
"""After so many of one question, `recvWindow` is shorter than the way to the exchange."""


@dataclass(slots=True)
class Reading:
    """What REST told."""

    orders: dict[OrderKey, Any] = field(default_factory=dict[OrderKey, Any])
    trades: dict[tuple[str, int, int], Any] = field(default_factory=dict[tuple[str, int, int], Any])
    account: Any = None
    refused: list[str] = field(default_factory=list[str])
    """What could not be read, in words."""
    unread: set[str] = field(default_factory=set[str])
    """The symbols among it."""
    found: int = 0
    """Events that were made from it."""

    def add_orders(self, orders: Iterable[Any]) -> None:
        """Of two tellings of an order, that which is further counts."""
        for order in orders:
            key = (order.symbol, order.order_id)
            known = self.orders.get(key)
            if known is None or (order.update_time, order.executed_qty) >= (known.update_time, known.executed_qty):
                self.orders[key] = order

    def add_trades(self, trades: Iterable[Any]) -> None:
        """Each once."""
        for trade in trades:
            self.trades[trade.symbol, trade.id, trade.order_id] = trade

    def mark(self, since: Mark, time: int) -> Mark:
        """Up to where everything is known after this reading since another mark, if REST is complete until `time`."""
        trades = dict(since.trades)
        for symbol, trade_id, _ in self.trades:
            if symbol not in self.unread:
                trades[symbol] = max(trade_id, trades.get(symbol, -1))
        return Mark(time, trades, {symbol: since.earlier.get(symbol, since.time) for symbol in self.unread})


def is_refused_key(error: Exception) -> bool:
    """Whether the exchange does not accept the key, or not from here."""
    return isinstance(error, Rejected) and error.code in REFUSED_KEY_CODES


class AccountReader:
    """Reads an account for its ledger."""

    def __init__(self, manager: Manager, kit: Kit, state: AccountState, name: str) -> None:
        self._manager = manager
        self._kit = kit
        self._state = state
        self._name = name
        self._rest = manager.rest(kit)

    async def read(self, since: Mark) -> Reading:
        """Everything since the mark. Raises `BinanceError` when REST refuses it for good."""
        reading = Reading()
        open_orders = await self._ask(self._kit.open_orders)
        reading.add_orders(open_orders)
        symbols = sorted(self._state.symbols | {order.symbol for order in open_orders})
        await _together(partial(self._symbol, reading, symbol, since) for symbol in symbols)
        ended: dict[str, set[int]] = {}
        for state in self._state.missing(open_orders):
            ended.setdefault(state.symbol, set()).add(state.order_id)
        for trade in self._state.fresh(reading.trades.values()):
            ended.setdefault(trade.symbol, set()).add(trade.order_id)
        await _together(partial(self._orders, reading, *each) for each in sorted(ended.items()))
        await self._balances(reading)
        return reading

    async def _balances(self, reading: Reading) -> None:
        try:
            reading.account = await self._ask(self._kit.account)
        except DecodeFailure as error:
            reading.refused.append("balances")
            log.error("%s: the balances cannot be read: %s", self._name, error)

    async def _symbol(self, reading: Reading, symbol: str, since: Mark) -> None:
        kit, time = self._kit, since.earlier.get(symbol, since.time) - EARLIER_MS
        last = since.trades.get(symbol)
        try:
            async for orders in self._pages(kit.all_orders, symbol, {"startTime": time}):
                reading.add_orders(orders)
            start = {"startTime": time} if last is None else {"fromId": last + 1}
            async for trades in self._pages(kit.my_trades, symbol, start):
                reading.add_trades(trades)
        except (Rejected, DecodeFailure) as error:
            if is_refused_key(error):
                raise
            reading.unread.add(symbol)
            reading.refused.append(f"orders and trades of {symbol}")
            log.warning("%s: %s cannot be read: %s", self._name, symbol, error)

    async def _pages(self, endpoint: Endpoint, symbol: str, start: dict[str, int]) -> AsyncIterator[list[Any]]:
        """All of a list that the exchange gives a thousand at a time, oldest first.

        The span that a start time covers is a day at most, so after it the list is followed by its ids.
        """
        trades = endpoint is self._kit.my_trades
        now = self._now_ms()
        while True:
            page = await self._ask(endpoint, symbol=symbol, limit=PAGE, **start)
            yield page
            day_is_over = start.get("startTime", now) + DAY_MS < now
            if len(page) < PAGE and not day_is_over:
                return
            if not page:
                start = {"startTime": start["startTime"] + DAY_MS}
            elif trades:  # two orders of the account that met have one trade id, and a page may end between them
                start = {"fromId": page[-1].id + (page[-1].id == page[0].id)}
            else:
                start = {"orderId": page[-1].order_id + 1}

    async def _orders(self, reading: Reading, symbol: str, ids: set[int]) -> None:
        """Orders by their ids: by the page while they lie close together, then one by one."""
        kit = self._kit
        left = sorted(order_id for order_id in ids if (symbol, order_id) not in reading.orders)
        while len(left) > WORTH_A_PAGE:
            page = await self._ask_if_told(kit.all_orders, symbol=symbol, orderId=left[0], limit=PAGE)
            found = {order.order_id for order in page or ()}
            reading.add_orders(page or ())
            before, left = len(left), [order_id for order_id in left if order_id not in found]
            if before - len(left) < WORTH_A_PAGE:
                break
        for order_id in left:
            order = await self._ask_if_told(kit.order, symbol=symbol, orderId=order_id)
            reading.add_orders([order] if order is not None else [])

    async def _ask_if_told(self, endpoint: Endpoint, **params: Any) -> Any:
        try:
            return await self._ask(endpoint, **params)
        except (Rejected, DecodeFailure) as error:
            if is_refused_key(error):
                raise
            log.warning("%s: an order that was open cannot be found any more: %s", self._name, error)
            return None

    async def _ask(self, endpoint: Endpoint, **params: Any) -> Any:
        """Ask until there is an answer, or a refusal that time does not mend."""
        timings = self._manager.timings
        pause, late = timings.resolve_first, 0
        while True:
            try:
                return await self._rest.call(endpoint, Bound(params))
            except BinanceError as error:
                late += getattr(error, "code", None) == CLOCK_REFUSAL
                if not _passes(error) or late > MOST_CLOCK_REFUSALS:
                    raise
                wait = max(pause, self._stated(error))
                log.warning("%s: %s; asked again in %.1f s", self._name, error, wait)
            await self._manager.clock.sleep(wait)
            pause = min(2 * pause, timings.resolve_last)

    def _stated(self, error: BinanceError) -> float:
        """How long the exchange, or our own budget, wants us to wait."""
        retry_at: float | None = getattr(error, "retry_at", None)
        unit = self._manager.timings.unit
        if retry_at is None:
            return FIREWALL_PAUSE * unit if isinstance(error, FirewallRefused) else 0.0
        return (retry_at - self._manager.server_time(self._kit.family)) * unit

    def _now_ms(self) -> int:
        return int(self._manager.server_time(self._kit.family) * 1000)


def _passes(error: BinanceError) -> bool:
    """Whether the same question may have an answer later."""
    passing = (Unavailable, BudgetExhausted, ConnectFailed, RateLimited, FirewallRefused)
    late = getattr(error, "code", None) == CLOCK_REFUSAL
    return late or isinstance(error, passing) or getattr(error, "retry_at", None) is not None


async def _together(works: Iterable[Callable[[], Awaitable[None]]]) -> None:
    """Do all, some at a time; the first that fails ends the others."""
    places = asyncio.Semaphore(AT_ONCE)

    async def in_turn(work: Callable[[], Awaitable[None]]) -> None:
        async with places:
            await work()

    tasks = [asyncio.ensure_future(in_turn(work)) for work in works]
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
