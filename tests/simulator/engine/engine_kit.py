"""What the engine's tests share: a clock that they hold, an exchange with two rich accounts, short ways to order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from binance_async.simulator.engine import Engine, ExchangeError, NewOco, NewOrder, NewOto, NewOtoco, SymbolSpec

START = 1_700_000_000_000_000  # a Tuesday, 22:13:20 UTC


class Clock:
    def __init__(self, now: int = START) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def step(self, seconds: float) -> None:
        self.now += round(seconds * 1_000_000)


def bare(symbol: str = "BTCUSDT", base: str = "BTC", quote: str = "USDT", **changes: Any) -> SymbolSpec:
    """A symbol without filters, where a self-trade is a trade unless an order says otherwise."""
    return SymbolSpec(
        symbol, base, quote, **{"default_self_trade_prevention_mode": "NONE", "sor_allowed": True} | changes
    )


class Bench:
    """An exchange under test. Numbers are written as strings; `me` is the account that is looked at."""

    def __init__(self, *specs: SymbolSpec, filters: tuple[dict[str, Any], ...] = (), **options: Any) -> None:
        self.clock = Clock()
        self.engine = Engine(specs or (bare(filters=filters),), now_us=self.clock, **options)
        self.symbol = next(iter(self.engine.symbols))
        wealth = {"BTC": Decimal(1000), "USDT": Decimal(1_000_000)}
        self.me = self.engine.add_account(balances=wealth)
        self.you = self.engine.add_account(balances=wealth)
        self.events: list[dict[str, Any]] = []

    def listen(self, account: int | None = None) -> list[dict[str, Any]]:
        """Collect an account's events from now on."""
        events: list[dict[str, Any]] = []
        self.engine.subscribe_account(account or self.me, lambda event: events.append(event.payload()))
        self.events = events
        return events

    def request(self, side: str, type: str, **fields: Any) -> NewOrder:
        return NewOrder(
            fields.pop("symbol", self.symbol), side, type, **{key: number(key, value) for key, value in fields.items()}
        )

    def place(self, side: str, type: str, account: int | None = None, **fields: Any) -> dict[str, Any]:
        fields.setdefault("new_order_resp_type", "FULL")
        return self.engine.place(account or self.me, self.request(side, type, **fields))

    def limit(
        self, side: str, quantity: str, price: str, tif: str = "GTC", account: int | None = None, **fields: Any
    ) -> dict[str, Any]:
        return self.place(side, "LIMIT", account, time_in_force=tif, quantity=quantity, price=price, **fields)

    def buy(
        self, quantity: str, price: str, tif: str = "GTC", account: int | None = None, **fields: Any
    ) -> dict[str, Any]:
        return self.limit("BUY", quantity, price, tif, account, **fields)

    def sell(
        self, quantity: str, price: str, tif: str = "GTC", account: int | None = None, **fields: Any
    ) -> dict[str, Any]:
        return self.limit("SELL", quantity, price, tif, account, **fields)

    def market(
        self, side: str, quantity: str | None = None, account: int | None = None, **fields: Any
    ) -> dict[str, Any]:
        return self.place(side, "MARKET", account, quantity=quantity, **fields)

    def trade(self, price: str, quantity: str = "0.001") -> None:
        """Make the last price: two orders of the other account meet between the best prices."""
        self.sell(quantity, price, account=self.you)
        self.buy(quantity, price, account=self.you)

    def status(self, order: dict[str, Any] | int, account: int | None = None) -> dict[str, Any]:
        order_id = order if isinstance(order, int) else order["orderId"]
        return self.engine.order(account or self.me, self.symbol, order_id=order_id)

    def levels(self, limit: int = 100) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        book = self.engine.depth(self.symbol, limit)
        return _plain(book["bids"]), _plain(book["asks"])

    def money(self, asset: str, account: int | None = None) -> tuple[Decimal, Decimal]:
        return self.engine.balance(account or self.me, asset)

    def refused(self, code: int, message: str) -> Any:
        """The block must be refused with exactly this."""
        return Refused(code, message)


class Refused:
    def __init__(self, code: int, message: str) -> None:
        self.expected = (code, message)
        self._raises = pytest.raises(ExchangeError)

    def __enter__(self) -> Any:
        self._info = self._raises.__enter__()
        return self._info

    def __exit__(self, *exc: Any) -> bool:
        done = self._raises.__exit__(*exc)
        assert (self._info.value.code, self._info.value.message) == self.expected
        return bool(done)


def number(key: str, value: Any) -> Any:
    """Quantities and prices are written as strings."""
    decimals = {"quantity", "quote_order_qty", "price", "stop_price", "iceberg_qty", "new_qty"}
    known = key in decimals or key.endswith(("_price", "_quantity", "_qty"))
    return Decimal(value) if known and value is not None else value


def _plain(levels: list[list[str]]) -> list[tuple[str, str]]:
    return [(trim(price), trim(quantity)) for price, quantity in levels]


def trim(value: str) -> str:
    """Without trailing zeros."""
    return f"{Decimal(value).normalize():f}"


def oco(
    bench: Bench, side: str = "SELL", quantity: str = "1", price: str = "110", stop: str = "90", **fields: Any
) -> NewOco:
    """A LIMIT_MAKER and a STOP_LOSS around 100; for a buy the prices are the other way round."""
    sell = side == "SELL"
    limit, trigger = ("above", "below") if sell else ("below", "above")
    terms: dict[str, Any] = {
        f"{limit}_type": "LIMIT_MAKER",
        f"{limit}_price": price if sell else stop,
        f"{trigger}_type": "STOP_LOSS",
        f"{trigger}_stop_price": stop if sell else price,
    } | fields
    parsed = {key: number(key, value) for key, value in terms.items()}
    return NewOco(bench.symbol, side, Decimal(quantity), **parsed)


def oto(bench: Bench, price: str = "95", quantity: str = "1", **fields: Any) -> NewOto:
    """A LIMIT BUY that, when filled, sells with a LIMIT at 120."""
    terms: dict[str, Any] = {
        "working_type": "LIMIT",
        "working_side": "BUY",
        "working_price": price,
        "working_quantity": quantity,
        "working_time_in_force": "GTC",
        "pending_type": "LIMIT",
        "pending_side": "SELL",
        "pending_quantity": quantity,
        "pending_price": "120",
        "pending_time_in_force": "GTC",
    } | fields
    return NewOto(bench.symbol, **{key: number(key, value) for key, value in terms.items() if value is not None})


def otoco(bench: Bench, price: str = "95", quantity: str = "1", **fields: Any) -> NewOtoco:
    """A LIMIT BUY that, when filled, sells with a LIMIT_MAKER at 120 or a STOP_LOSS at 80."""
    terms: dict[str, Any] = {
        "working_type": "LIMIT",
        "working_side": "BUY",
        "working_price": price,
        "working_quantity": quantity,
        "working_time_in_force": "GTC",
        "pending_side": "SELL",
        "pending_quantity": quantity,
        "pending_above_type": "LIMIT_MAKER",
        "pending_above_price": "120",
        "pending_below_type": "STOP_LOSS",
        "pending_below_stop_price": "80",
    } | fields
    return NewOtoco(bench.symbol, **{key: number(key, value) for key, value in terms.items() if value is not None})
