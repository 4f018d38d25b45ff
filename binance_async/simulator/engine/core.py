"""The state of the exchange, its clock, and the delivery of events.

Every command begins with `begin`, which reads the time once, and ends with `finish`, which completes what the command
set off (triggered orders, pending orders of lists), notes who must hear of balances and best prices, and only then
delivers: a listener always sees a consistent exchange, and may call it.
"""

from __future__ import annotations

import random
from collections import deque
from typing import TYPE_CHECKING, Any

from binance_async.simulator.engine import errors
from binance_async.simulator.engine.events import AccountPosition, BookTicker, ExecutionReport, ListStatus
from binance_async.simulator.engine.orders import need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from binance_async.simulator.engine.accounts import Account, Balance
    from binance_async.simulator.engine.bounds import Bounds
    from binance_async.simulator.engine.counts import OrderLimit
    from binance_async.simulator.engine.events import AccountEvent
    from binance_async.simulator.engine.filters import ExchangeRules
    from binance_async.simulator.engine.market import Market
    from binance_async.simulator.engine.orders import Order, OrderList

__all__ = ["Core"]

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]


class Core:
    """State and services that all commands share."""

    def __init__(
        self,
        now_us: Callable[[], int],
        seed: int,
        limits: tuple[OrderLimit, ...],
        exchange_rules: ExchangeRules,
        bounds: Bounds,
        edition: int,
    ) -> None:
        self._now_us = now_us
        self._random = random.Random(seed)
        self.limits = limits
        self.exchange_rules = exchange_rules
        self.bounds = bounds
        self.edition = edition
        self.now: int = 0
        self.markets: dict[str, Market] = {}
        self.accounts: dict[int, Account] = {}
        self.collected: dict[str, int] = {}
        """The commissions that the exchange has taken, by asset."""
        self.next_order_list_id: int = 0
        self.due: deque[Order | OrderList] = deque()
        """Triggered orders and lists whose working order is filled, in order."""
        self._touched: list[Account] = []
        self._outbox: deque[tuple[Iterable[Callable[[Any], None]], Any]] = deque()
        self._delivering = False

    # Clock and delivery

    def tick(self) -> int:
        """The time now. It never runs backwards, whatever the clock does."""
        self.now = max(self.now, self._now_us())
        return self.now

    def settle(self) -> None:
        """Complete what is due. Commands on the matching side override this."""

    def finish(self, market: Market | None = None) -> None:
        """End a command: complete what is due, then tell."""
        if self.due:
            self.settle()
        if self._touched:
            self._tell_positions()
        if market is not None and market.book.update_id != market.quiet_since:
            self._tell_best(market)
        if self._outbox and not self._delivering:
            self._deliver()

    def _deliver(self) -> None:
        # A listener that calls the engine lands in `finish` again; its events queue behind those of this command.
        self._delivering = True
        try:
            while self._outbox:
                listeners, event = self._outbox.popleft()
                for listener in tuple(listeners):
                    listener(event)
        finally:
            self._delivering = False

    def _tell_positions(self) -> None:
        for account in self._touched:
            event = AccountPosition(account.touched.values(), self.now, account.update_time)
            account.touched.clear()
            self.tell(account, event)
        self._touched.clear()

    def _tell_best(self, market: Market) -> None:
        market.quiet_since = market.book.update_id
        listeners = market.listeners["bookTicker"]
        if not listeners:
            return
        best = market.best_now()
        if best != market.best:
            market.best = best
            self._outbox.append((listeners, BookTicker(market.spec.symbol, market.book.update_id, best)))

    def tell(self, account: Account, event: AccountEvent) -> None:
        """Queue an event of an account."""
        if account.listeners:
            self._outbox.append((account.listeners, event))

    def tell_market(self, market: Market, event: Any) -> None:
        """Queue a real-time event of a symbol, if anybody listens."""
        listeners = market.listeners[event.kind]
        if listeners:
            self._outbox.append((listeners, event))

    def report(self, order: Order, execution_type: str) -> ExecutionReport | None:
        """Queue an executionReport of the order as it is now, for the caller to complete; None if nobody listens."""
        market = order.market
        market.execution_id += 1
        account = order.account
        if not account.listeners:
            return None
        report = ExecutionReport(order, execution_type, self.now, market.execution_id)
        self._outbox.append((account.listeners, report))
        return report

    def tell_list(self, orders: OrderList, list_status_type: str, reject_reason: str = "NONE") -> None:
        """Queue a listStatus."""
        orders.transaction_time = self.now
        account = orders.account
        if account.listeners:
            event = ListStatus(orders, self.now, list_status_type, reject_reason)
            self._outbox.append((account.listeners, event))

    # Money

    def touch(self, account: Account, balance: Balance) -> None:
        """A balance has changed."""
        account.update_time = self.now
        if account.listeners:
            if not account.touched:
                self._touched.append(account)
            account.touched[balance.asset] = balance

    def lock(self, order: Order, amount: int) -> None:
        """Move so much from free to what the order holds (negative: back)."""
        if amount:
            balance = order.quote if order.buy else order.base
            balance.free -= amount
            balance.locked += amount
            order.locked += amount
            self.touch(order.account, balance)

    @staticmethod
    def can_lock(order: Order, amount: int) -> bool:
        """Whether the account has so much free."""
        return (order.quote if order.buy else order.base).free >= amount

    def lock_pair(self, first: Order, second: Order) -> None:
        """Set what an OCO pair holds: only one of the two can ever be filled, so the larger need covers both."""
        larger, other = (first, second) if need(first) >= need(second) else (second, first)
        balance = first.quote if first.buy else first.base
        change = need(larger) - first.locked - second.locked
        larger.locked = need(larger)
        other.locked = 0
        if change:
            balance.free -= change
            balance.locked += change
            self.touch(first.account, balance)

    # Look-ups

    def market(self, symbol: str) -> Market:
        """A listed symbol, or -1121."""
        market = self.markets.get(symbol)
        if market is None:
            raise errors.ExchangeError(-1121, "Invalid symbol.")
        return market

    def new_client_order_id(self) -> str:
        """Twenty-two letters and digits."""
        bits = self._random.getrandbits(132)
        name = ""
        for _ in range(11):
            name += _PAIRS[(bits & 4095) % 3844]
            bits >>= 12
        return name
