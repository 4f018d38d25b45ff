"""The engine's face: symbols and accounts, listeners, and the state's digest. The requests are in its base classes."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from binance_async.simulator.engine import errors
from binance_async.simulator.engine.accounts import Account
from binance_async.simulator.engine.amounts import UNIT, notional, units
from binance_async.simulator.engine.bars import Bar
from binance_async.simulator.engine.bounds import Bounds
from binance_async.simulator.engine.commission import CommissionRates, CommissionSchedule, RateCard
from binance_async.simulator.engine.counts import DEFAULT_LIMITS
from binance_async.simulator.engine.depth import BookFeed
from binance_async.simulator.engine.events import BalanceUpdate
from binance_async.simulator.engine.filters import ExchangeRules
from binance_async.simulator.engine.list_trading import ListTrading
from binance_async.simulator.engine.market import Market
from binance_async.simulator.engine.market_queries import MarketQueries
from binance_async.simulator.engine.queries import AccountQueries
from binance_async.simulator.engine.records import Trade
from binance_async.simulator.engine.symbols import default_symbols

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from binance_async.simulator.engine.book import Side
    from binance_async.simulator.engine.counts import OrderLimit
    from binance_async.simulator.engine.depth import DepthFeed
    from binance_async.simulator.engine.events import AccountListener, MarketListener
    from binance_async.simulator.engine.symbols import SymbolSpec

__all__ = ["Engine"]

_FIRST_UID = 100_000_001
_FREE = CommissionSchedule(standard=CommissionRates())
_STATUSES = ("TRADING", "END_OF_DAY", "HALT", "BREAK", "CANCEL_ONLY")


class Engine(ListTrading, AccountQueries, MarketQueries):
    """A spot exchange. See the package for the rules that hold for every method.

    `account` is always the account's uid. Times (`start_time`, `end_time`) are milliseconds or microseconds.
    Whatever refuses, refuses with `ExchangeError`.
    """

    def __init__(
        self,
        symbols: Sequence[SymbolSpec] | None = None,
        *,
        now_us: Callable[[], int],
        seed: int = 0,
        order_limits: Sequence[OrderLimit] | None = None,
        exchange_filters: Sequence[Mapping[str, Any]] = (),
        bounds: Bounds | None = None,
        edition: int = 2026,
    ) -> None:
        """An exchange of these symbols (six by default), without accounts.

        `edition` 2026 answers as the exchange does today (expiryReason, specialCommission, ...), 2025 as the
        documents of that year do, 2023 as Binance.US does (order ids in the trade stream).
        """
        limits = DEFAULT_LIMITS if order_limits is None else tuple(order_limits)
        super().__init__(now_us, seed, limits, ExchangeRules(exchange_filters), bounds or Bounds(), edition)
        self._next_uid = _FIRST_UID
        for spec in default_symbols() if symbols is None else symbols:
            self.add_symbol(spec)

    # Markets

    def add_symbol(self, spec: SymbolSpec) -> None:
        """List a symbol."""
        if spec.symbol in self.markets:
            raise ValueError(f"{spec.symbol} is listed already")
        self.markets[spec.symbol] = Market(spec, self.bounds)

    def set_status(self, symbol: str, status: str) -> None:
        """TRADING, HALT, BREAK, END_OF_DAY or CANCEL_ONLY. Only TRADING takes orders; CANCEL_ONLY takes cancels."""
        if status not in _STATUSES:
            raise ValueError(f"no such status: {status}")
        self.market(symbol).status = status

    @property
    def symbols(self) -> Mapping[str, SymbolSpec]:
        """The listed symbols by name, in the order of listing."""
        return {name: market.spec for name, market in self.markets.items()}

    def status(self, symbol: str) -> str:
        """The symbol's trading status now."""
        return self.market(symbol).status

    def load_trades(self, symbol: str, trades: Iterable[tuple[int, Decimal, Decimal, bool]]) -> None:
        """A history before the first order: (microseconds, price, quantity, buyer is maker), oldest first."""
        data = self.market(symbol).data
        for time, price, qty, buyer_maker in trades:
            if time < data.last_time:
                raise ValueError("trades must come oldest first")
            cost, size = units(price, "price"), units(qty, "quantity")
            value = notional(cost, size)
            trade = Trade(symbol, data.next_trade_id, cost, size, value, time, -1, -1, buyer_maker=buyer_maker)
            data.next_trade_id += 1
            data.record(trade)
            data.end_taker()

    def load_klines(
        self, symbol: str, klines: Iterable[tuple[int, Decimal, Decimal, Decimal, Decimal, Decimal, int]]
    ) -> None:
        """One-minute bars before the first trade: (open microseconds, open, high, low, close, volume, trades).

        Half of the volume counts as bought by takers, and the quote volume is that of the mean of open and close.
        """
        data = self.market(symbol).data
        if data.next_trade_id:
            raise ValueError("klines can only be loaded before the first trade")
        for time, opened, high, low, close, volume, count in klines:
            second = time // 1_000_000
            if second % 60 or time < data.last_time:
                raise ValueError("klines must open on the minute and come oldest first")
            bar = Bar(second, units(opened, "open"))
            bar.high, bar.low, bar.close = units(high, "high"), units(low, "low"), units(close, "close")
            bar.volume = units(volume, "volume")
            bar.quote = notional((bar.open + bar.close) // 2, bar.volume)
            bar.buy_volume, bar.buy_quote = bar.volume // 2, bar.quote // 2
            bar.count = count
            data.load(bar)

    # Accounts

    def add_account(
        self,
        uid: int | None = None,
        *,
        balances: Mapping[str, Decimal] | None = None,
        commission: CommissionSchedule | None = None,
        permissions: Sequence[str] = ("SPOT",),
        trade_group_id: int = -1,
        can_trade: bool = True,
        can_withdraw: bool = True,
        can_deposit: bool = True,
        house: bool = False,
    ) -> int:
        """Open an account and return its uid.

        A `house` account (a simulated maker) pays no commission unless told so, has no limits on the number of
        orders, and keeps no history of what is finished; its orders have no client order ids unless sent.
        """
        number = self._next_uid if uid is None else uid
        if number in self.accounts:
            raise ValueError(f"account {number} exists already")
        self._next_uid = max(self._next_uid, number + 1)
        schedule = commission or (_FREE if house else CommissionSchedule())
        account = Account(number, self.bounds, self.limits, schedule, house=house)
        account.permissions = tuple(permissions)
        account.trade_group_id = trade_group_id
        account.can_trade, account.can_withdraw, account.can_deposit = can_trade, can_withdraw, can_deposit
        for asset, amount in (balances or {}).items():
            account.balance(asset).free = units(amount, asset)
        self.accounts[number] = account
        return number

    def set_commission(self, account: int, schedule: CommissionSchedule, symbol: str | None = None) -> None:
        """Change the rates, of one symbol or of all. Orders already placed keep theirs."""
        owner = self.accounts[account]
        card = RateCard(schedule)
        if symbol is None:
            owner.default_card = card
            owner.cards.clear()
        else:
            owner.cards[self.market(symbol).spec.symbol] = card
        for name, desk in owner.desks.items():
            desk.card = owner.cards.get(name, owner.default_card)

    def set_permissions(
        self,
        account: int,
        *,
        can_trade: bool | None = None,
        can_withdraw: bool | None = None,
        can_deposit: bool | None = None,
        trade_group_id: int | None = None,
    ) -> None:
        """Change what an account may do."""
        owner = self.accounts[account]
        owner.can_trade = owner.can_trade if can_trade is None else can_trade
        owner.can_withdraw = owner.can_withdraw if can_withdraw is None else can_withdraw
        owner.can_deposit = owner.can_deposit if can_deposit is None else can_deposit
        owner.trade_group_id = owner.trade_group_id if trade_group_id is None else trade_group_id

    def balance(self, account: int, asset: str) -> tuple[Decimal, Decimal]:
        """What is free and what is locked of an asset."""
        balance = self.accounts[account].balance(asset)
        return Decimal(balance.free) / UNIT, Decimal(balance.locked) / UNIT

    def collected_commission(self, asset: str) -> Decimal:
        """What the exchange has taken of an asset since the start."""
        return Decimal(self.collected.get(asset, 0)) / UNIT

    def deposit(self, account: int, asset: str, amount: Decimal) -> None:
        """Credit the account: `balanceUpdate` and `outboundAccountPosition`."""
        self._move(account, asset, units(amount, "amount"))

    def withdraw(self, account: int, asset: str, amount: Decimal) -> None:
        """Debit the free balance: `balanceUpdate` and `outboundAccountPosition`."""
        self._move(account, asset, -units(amount, "amount"))

    def _move(self, uid: int, asset: str, delta: int) -> None:
        self.tick()
        account = self.accounts[uid]
        if not (account.can_deposit if delta >= 0 else account.can_withdraw):
            raise errors.rejected("This action is disabled on this account.")
        balance = account.balance(asset)
        if balance.free + delta < 0:
            raise errors.rejected(errors.INSUFFICIENT_BALANCE)
        balance.free += delta
        self.touch(account, balance)
        self.tell(account, BalanceUpdate("balanceUpdate", asset, delta, self.now))
        self.finish()

    def external_lock(self, account: int, asset: str, delta: Decimal) -> None:
        """Lock (or with a negative delta unlock) as an outside system does: `externalLockUpdate`."""
        self.tick()
        change = units(abs(delta), "delta") * (1 if delta >= 0 else -1)
        owner = self.accounts[account]
        balance = owner.balance(asset)
        if balance.free < change or balance.external + change < 0:
            raise errors.rejected(errors.INSUFFICIENT_BALANCE)
        balance.free -= change
        balance.locked += change
        balance.external += change
        self.touch(owner, balance)
        self.tell(owner, BalanceUpdate("externalLockUpdate", asset, change, self.now))
        self.finish()

    # Streams

    def subscribe_account(self, account: int, listener: AccountListener) -> Callable[[], None]:
        """Hear the account's events; the returned function ends it."""
        return _join(self.accounts[account].listeners, listener)

    def subscribe_market(self, listener: MarketListener, *, kind: str, symbol: str | None = None) -> Callable[[], None]:
        """Hear `trade`, `aggTrade` or `bookTicker` of one symbol or of all now listed; the returned call ends it."""
        markets = list(self.markets.values()) if symbol is None else [self.market(symbol)]
        leaves = [_join(market.listeners[kind], listener) for market in markets]
        for market in markets:
            market.best = market.best_now()

        def leave() -> None:
            for each in leaves:
                each()

        return leave

    def depth_feed(self, symbol: str) -> DepthFeed:
        """The diff. depth stream of a symbol, at the reader's pace."""
        return BookFeed(symbol, self.market(symbol).book, self.tick)

    # State

    def checksum(self) -> str:
        """A digest of books, orders, balances, counters and trades: equal states have equal ones."""
        digest = hashlib.blake2b(digest_size=16)
        for part in self._state():
            digest.update(repr(part).encode())
        return digest.hexdigest()

    def _state(self) -> Iterator[object]:
        yield self.next_order_list_id, sorted(self.collected.items())
        for name, market in self.markets.items():
            data, book = market.data, market.book
            yield name, market.status, market.next_order_id, market.execution_id, market.next_prevented_match_id
            yield data.next_trade_id, data.next_agg_id, data.last_price, data.last_qty, data.last_time, book.update_id
            yield from (_levels(side) for side in (book.bids, book.asks))
            yield [(each.id, each.price, each.qty, each.time, each.buyer_maker) for each in data.trades.items]
        for uid, account in self.accounts.items():
            balances = sorted((each.asset, each.free, each.locked) for each in account.wallet.values())
            yield uid, [each for each in balances if each[1] or each[2]]
            for symbol, desk in account.desks.items():
                orders = [*desk.open.values(), *desk.finished.values()]
                if orders:
                    yield symbol, [(each.order_id, each.client_order_id, each.status, each.filled) for each in orders]


def _levels(side: Side) -> list[tuple[int, list[tuple[int, int, int]]]]:
    return [(level.price, [(each.order_id, each.rest, each.visible) for each in level]) for level in side]


def _join(listeners: list[Any], listener: Callable[[Any], None]) -> Callable[[], None]:
    """Add a listener; the returned function takes it away, once."""
    listeners.append(listener)
    member = True

    def leave() -> None:
        nonlocal member
        if member:
            member = False
            listeners.remove(listener)

    return leave
