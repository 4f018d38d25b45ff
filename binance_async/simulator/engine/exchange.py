"""The engine's face: one method a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from decimal import Decimal

    from binance_async.simulator.engine.bounds import Bounds
    from binance_async.simulator.engine.commission import CommissionSchedule
    from binance_async.simulator.engine.counts import OrderLimit
    from binance_async.simulator.engine.depth import DepthFeed
    from binance_async.simulator.engine.events import AccountListener, MarketListener
    from binance_async.simulator.engine.requests import NewOco, NewOcoDeprecated, NewOrder, NewOto, NewOtoco
    from binance_async.simulator.engine.symbols import SymbolSpec

__all__ = ["Engine"]

Reply = dict[str, Any]
Replies = list[dict[str, Any]]


class Engine:
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
        documents of that year do.
        """
        raise NotImplementedError

    # Markets

    def add_symbol(self, spec: SymbolSpec) -> None:
        """List a symbol."""
        raise NotImplementedError

    def set_status(self, symbol: str, status: str) -> None:
        """TRADING, HALT, BREAK, END_OF_DAY or CANCEL_ONLY. Only TRADING takes orders; CANCEL_ONLY takes cancels."""
        raise NotImplementedError

    @property
    def symbols(self) -> Mapping[str, SymbolSpec]:
        """The listed symbols by name, in the order of listing; `status` is as now."""
        raise NotImplementedError

    def load_trades(self, symbol: str, trades: Iterable[tuple[int, Decimal, Decimal, bool]]) -> None:
        """A history before the first order: (microseconds, price, quantity, buyer is maker), oldest first."""
        raise NotImplementedError

    def load_klines(
        self, symbol: str, klines: Iterable[tuple[int, Decimal, Decimal, Decimal, Decimal, Decimal, int]]
    ) -> None:
        """One-minute bars before the first trade: (open microseconds, open, high, low, close, volume, trades)."""
        raise NotImplementedError

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
        raise NotImplementedError

    def set_commission(self, account: int, schedule: CommissionSchedule, symbol: str | None = None) -> None:
        """Change the rates, of one symbol or of all. Orders already placed keep theirs."""
        raise NotImplementedError

    def deposit(self, account: int, asset: str, amount: Decimal) -> None:
        """Credit the account: `balanceUpdate` and `outboundAccountPosition`."""
        raise NotImplementedError

    def withdraw(self, account: int, asset: str, amount: Decimal) -> None:
        """Debit the free balance: `balanceUpdate` and `outboundAccountPosition`."""
        raise NotImplementedError

    def external_lock(self, account: int, asset: str, delta: Decimal) -> None:
        """Lock (or with a negative delta unlock) as an outside system does: `externalLockUpdate`."""
        raise NotImplementedError

    # Trading

    def place(self, account: int, request: NewOrder, *, micro: bool = False) -> Reply:
        """`POST /api/v3/order`, `order.place`."""
        raise NotImplementedError

    def test_order(self, account: int, request: NewOrder, *, compute_commission_rates: bool = False) -> Reply:
        """`POST /api/v3/order/test`, `order.test`: every check that needs no matching, and no effect."""
        raise NotImplementedError

    def cancel(
        self,
        account: int,
        symbol: str,
        *,
        order_id: int | None = None,
        orig_client_order_id: str | None = None,
        new_client_order_id: str | None = None,
        cancel_restrictions: str | None = None,
        micro: bool = False,
    ) -> Reply:
        """`DELETE /api/v3/order`, `order.cancel`. An order of a list cancels the list and answers as it does."""
        raise NotImplementedError

    def cancel_all(self, account: int, symbol: str, *, micro: bool = False) -> Replies:
        """`DELETE /api/v3/openOrders`, `openOrders.cancelAll`."""
        raise NotImplementedError

    def cancel_replace(
        self,
        account: int,
        request: NewOrder,
        cancel_replace_mode: str,
        *,
        cancel_order_id: int | None = None,
        cancel_orig_client_order_id: str | None = None,
        cancel_new_client_order_id: str | None = None,
        cancel_restrictions: str | None = None,
        order_rate_limit_exceeded_mode: str | None = None,
        micro: bool = False,
    ) -> Reply:
        """`POST /api/v3/order/cancelReplace`, `order.cancelReplace`. Partial success is -2021 with `data`."""
        raise NotImplementedError

    def amend(
        self,
        account: int,
        symbol: str,
        *,
        new_qty: Decimal,
        order_id: int | None = None,
        orig_client_order_id: str | None = None,
        new_client_order_id: str | None = None,
        micro: bool = False,
    ) -> Reply:
        """`PUT /api/v3/order/amend/keepPriority`, `order.amend.keepPriority`."""
        raise NotImplementedError

    def place_sor(self, account: int, request: NewOrder, *, micro: bool = False) -> Reply:
        """`POST /api/v3/sor/order`, `sor.order.place`."""
        raise NotImplementedError

    def test_sor(self, account: int, request: NewOrder, *, compute_commission_rates: bool = False) -> Reply:
        """`POST /api/v3/sor/order/test`, `sor.order.test`."""
        raise NotImplementedError

    def place_oco(self, account: int, request: NewOco, *, micro: bool = False) -> Reply:
        """`POST /api/v3/orderList/oco`, `orderList.place.oco`."""
        raise NotImplementedError

    def place_oco_deprecated(self, account: int, request: NewOcoDeprecated, *, micro: bool = False) -> Reply:
        """`POST /api/v3/order/oco`, `orderList.place`."""
        raise NotImplementedError

    def place_oto(self, account: int, request: NewOto, *, micro: bool = False) -> Reply:
        """`POST /api/v3/orderList/oto`, `orderList.place.oto`."""
        raise NotImplementedError

    def place_otoco(self, account: int, request: NewOtoco, *, micro: bool = False) -> Reply:
        """`POST /api/v3/orderList/otoco`, `orderList.place.otoco`."""
        raise NotImplementedError

    def cancel_list(
        self,
        account: int,
        symbol: str,
        *,
        order_list_id: int | None = None,
        list_client_order_id: str | None = None,
        new_client_order_id: str | None = None,
        micro: bool = False,
    ) -> Reply:
        """`DELETE /api/v3/orderList`, `orderList.cancel`."""
        raise NotImplementedError

    # Trading without answers, for simulated makers and takers

    def submit(self, account: int, request: NewOrder) -> int:
        """As `place`, and answers with the order id alone."""
        raise NotImplementedError

    def withdraw_order(self, account: int, symbol: str, order_id: int) -> bool:
        """As `cancel`, and answers with whether there was such an open order."""
        raise NotImplementedError

    # Orders

    def order(
        self,
        account: int,
        symbol: str,
        *,
        order_id: int | None = None,
        orig_client_order_id: str | None = None,
        micro: bool = False,
    ) -> Reply:
        """`GET /api/v3/order`, `order.status`."""
        raise NotImplementedError

    def open_orders(self, account: int, symbol: str | None = None, *, micro: bool = False) -> Replies:
        """`GET /api/v3/openOrders`, `openOrders.status`."""
        raise NotImplementedError

    def all_orders(
        self,
        account: int,
        symbol: str,
        *,
        order_id: int | None = None,
        start_time: int | None = None,
        end_time: int | None = None,
        limit: int | None = None,
        micro: bool = False,
    ) -> Replies:
        """`GET /api/v3/allOrders`, `allOrders`."""
        raise NotImplementedError

    def order_list(
        self,
        account: int,
        *,
        order_list_id: int | None = None,
        orig_client_order_id: str | None = None,
        micro: bool = False,
    ) -> Reply:
        """`GET /api/v3/orderList`, `orderList.status`."""
        raise NotImplementedError

    def all_order_lists(
        self,
        account: int,
        *,
        from_id: int | None = None,
        start_time: int | None = None,
        end_time: int | None = None,
        limit: int | None = None,
        micro: bool = False,
    ) -> Replies:
        """`GET /api/v3/allOrderList`, `allOrderLists`."""
        raise NotImplementedError

    def open_order_lists(self, account: int, *, micro: bool = False) -> Replies:
        """`GET /api/v3/openOrderList`, `openOrderLists.status`."""
        raise NotImplementedError

    def my_trades(
        self,
        account: int,
        symbol: str,
        *,
        order_id: int | None = None,
        start_time: int | None = None,
        end_time: int | None = None,
        from_id: int | None = None,
        limit: int | None = None,
        micro: bool = False,
    ) -> Replies:
        """`GET /api/v3/myTrades`, `myTrades`."""
        raise NotImplementedError

    def my_prevented_matches(
        self,
        account: int,
        symbol: str,
        *,
        prevented_match_id: int | None = None,
        order_id: int | None = None,
        from_prevented_match_id: int | None = None,
        limit: int | None = None,
        micro: bool = False,
    ) -> Replies:
        """`GET /api/v3/myPreventedMatches`, `myPreventedMatches`."""
        raise NotImplementedError

    def my_allocations(
        self,
        account: int,
        symbol: str,
        *,
        start_time: int | None = None,
        end_time: int | None = None,
        from_allocation_id: int | None = None,
        limit: int | None = None,
        order_id: int | None = None,
        micro: bool = False,
    ) -> Replies:
        """`GET /api/v3/myAllocations`, `myAllocations`."""
        raise NotImplementedError

    def order_amendments(
        self,
        account: int,
        symbol: str,
        order_id: int,
        *,
        from_execution_id: int | None = None,
        limit: int | None = None,
        micro: bool = False,
    ) -> Replies:
        """`GET /api/v3/order/amendments`, `order.amendments`."""
        raise NotImplementedError

    def account_information(self, account: int, *, omit_zero_balances: bool = False, micro: bool = False) -> Reply:
        """`GET /api/v3/account`, `account.status`."""
        raise NotImplementedError

    def commission(self, account: int, symbol: str) -> Reply:
        """`GET /api/v3/account/commission`, `account.commission`."""
        raise NotImplementedError

    def order_counts(self, account: int) -> Replies:
        """`GET /api/v3/rateLimit/order`, `account.rateLimits.orders`; also for the headers of an order's answer."""
        raise NotImplementedError

    def my_filters(self, account: int, symbol: str) -> Reply:
        """`GET /api/v3/myFilters`, `myFilters`."""
        raise NotImplementedError

    # Market data

    def exchange_info(
        self,
        *,
        symbol: str | None = None,
        symbols: Sequence[str] | None = None,
        permissions: Sequence[str] | None = None,
        show_permission_sets: bool = True,
        symbol_status: str | None = None,
        rate_limits: Sequence[Mapping[str, Any]] = (),
        micro: bool = False,
    ) -> Reply:
        """`GET /api/v3/exchangeInfo`. `rate_limits` are the door's own; the ORDERS limits are added to them."""
        raise NotImplementedError

    def depth(self, symbol: str, limit: int | None = None) -> Reply:
        """`GET /api/v3/depth`, and the partial book depth streams."""
        raise NotImplementedError

    def trades(self, symbol: str, limit: int | None = None, *, micro: bool = False) -> Replies:
        """`GET /api/v3/trades`, `trades.recent`."""
        raise NotImplementedError

    def historical_trades(
        self, symbol: str, *, from_id: int | None = None, limit: int | None = None, micro: bool = False
    ) -> Replies:
        """`GET /api/v3/historicalTrades`, `trades.historical`."""
        raise NotImplementedError

    def agg_trades(
        self,
        symbol: str,
        *,
        from_id: int | None = None,
        start_time: int | None = None,
        end_time: int | None = None,
        limit: int | None = None,
        micro: bool = False,
    ) -> Replies:
        """`GET /api/v3/aggTrades`, `trades.aggregate`."""
        raise NotImplementedError

    def klines(
        self,
        symbol: str,
        interval: str,
        *,
        start_time: int | None = None,
        end_time: int | None = None,
        time_zone: str | None = None,
        limit: int | None = None,
        micro: bool = False,
    ) -> list[list[Any]]:
        """`GET /api/v3/klines` and `uiKlines`."""
        raise NotImplementedError

    def avg_price(self, symbol: str, *, micro: bool = False) -> Reply:
        """`GET /api/v3/avgPrice`."""
        raise NotImplementedError

    def ticker_24hr(self, symbol: str, *, type: str = "FULL", micro: bool = False) -> Reply:
        """`GET /api/v3/ticker/24hr` of one symbol."""
        raise NotImplementedError

    def ticker_trading_day(
        self, symbol: str, *, time_zone: str | None = None, type: str = "FULL", micro: bool = False
    ) -> Reply:
        """`GET /api/v3/ticker/tradingDay` of one symbol."""
        raise NotImplementedError

    def ticker_rolling(self, symbol: str, *, window_size: str = "1d", type: str = "FULL", micro: bool = False) -> Reply:
        """`GET /api/v3/ticker` of one symbol."""
        raise NotImplementedError

    def ticker_price(self, symbol: str) -> Reply:
        """`GET /api/v3/ticker/price` of one symbol."""
        raise NotImplementedError

    def ticker_book(self, symbol: str) -> Reply:
        """`GET /api/v3/ticker/bookTicker` of one symbol."""
        raise NotImplementedError

    # Streams

    def subscribe_account(self, account: int, listener: AccountListener) -> Callable[[], None]:
        """Hear the account's events; the returned function ends it."""
        raise NotImplementedError

    def subscribe_market(self, listener: MarketListener, *, kind: str, symbol: str | None = None) -> Callable[[], None]:
        """Hear `trade`, `aggTrade` or `bookTicker` of one symbol or of all; the returned function ends it."""
        raise NotImplementedError

    def depth_feed(self, symbol: str) -> DepthFeed:
        """The diff. depth stream of a symbol, at the reader's pace."""
        raise NotImplementedError

    def last_trade_id(self, symbol: str) -> int:
        """-1 before the first trade. Tells a door whether a ticker or kline has changed."""
        raise NotImplementedError

    def kline_event(self, symbol: str, interval: str, *, time_zone: str | None = None, micro: bool = False) -> Reply:
        """The `kline` event of the kline that is open now (flat, if nothing traded in it)."""
        raise NotImplementedError

    def closed_kline_event(
        self, symbol: str, interval: str, *, time_zone: str | None = None, micro: bool = False
    ) -> Reply:
        """The `kline` event, with `x` true, of the kline before the one that is open now."""
        raise NotImplementedError

    def mini_ticker_event(self, symbol: str, *, micro: bool = False) -> Reply:
        """The `24hrMiniTicker` event."""
        raise NotImplementedError

    def ticker_event(self, symbol: str, *, micro: bool = False) -> Reply:
        """The `24hrTicker` event."""
        raise NotImplementedError

    def rolling_ticker_event(self, symbol: str, window_size: str, *, micro: bool = False) -> Reply:
        """The `1hTicker`, `4hTicker` or `1dTicker` event."""
        raise NotImplementedError

    def avg_price_event(self, symbol: str, *, micro: bool = False) -> Reply:
        """The `avgPrice` event."""
        raise NotImplementedError

    # State

    def checksum(self) -> str:
        """A digest of books, orders, balances, counters and trades: equal states have equal ones."""
        raise NotImplementedError
