"""What must hold after every command of any flow: nothing is created or lost, nothing is negative, nothing is crossed.

Three symbols, discounts paid in BNB, every kind of order; and a listener that knows the account from its events alone.
"""

from __future__ import annotations

import os
from contextlib import suppress
from decimal import Decimal
from typing import Any

from engine_kit import Clock, bare
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_engine_reference import as_request, pairs, prefixed, terms

from binance_async.simulator.engine import (
    CommissionSchedule,
    Engine,
    ExchangeError,
    NewOco,
    NewOrder,
    NewOto,
    NewOtoco,
)
from binance_async.simulator.engine.orders import Order, need

EXAMPLES = 100 * int(os.environ.get("BINANCE_ASYNC_EXAMPLES", "1"))
SYMBOLS = (bare("XY", "X", "Y"), bare("BNBY", "BNB", "Y"), bare("XBNB", "X", "BNB"))
ASSETS = ("X", "Y", "BNB")
START = {"X": Decimal("0.05"), "Y": Decimal("0.05"), "BNB": Decimal("0.05")}


class World:
    def __init__(self) -> None:
        self.clock = Clock()
        self.engine = Engine(SYMBOLS, now_us=self.clock, order_limits=())
        self.uids = [self.engine.add_account(balances=START) for _ in range(3)]
        for uid in self.uids[:2]:
            self.engine.set_commission(uid, CommissionSchedule(discount_enabled_for_account=True))
        self.views = {uid: View(self.engine, uid) for uid in self.uids}

    def run(self, command: tuple[Any, ...]) -> None:
        name, account, symbol, mode, *rest = command
        uid = self.uids[account]
        self.clock.step(0.25)
        with suppress(ExchangeError):  # a refusal is an outcome like any other: what must hold, holds after it too
            getattr(self, name)(uid, SYMBOLS[symbol].symbol, mode, *rest)

    def single(self, uid: int, symbol: str, mode: str, order: dict[str, Any]) -> None:
        self.engine.place(uid, self._for(symbol, as_request(mode, order)))

    def reverse(self, uid: int, symbol: str, mode: str, buy: bool, budget: Decimal) -> None:
        self.engine.place(uid, self._for(symbol, as_request(mode, {"buy": buy, "type": "MARKET", "budget": budget})))

    def router(self, uid: int, symbol: str, mode: str, order: dict[str, Any]) -> None:
        self.engine.place_sor(uid, self._for(symbol, as_request(mode, order)))

    @staticmethod
    def _for(symbol: str, request: NewOrder) -> NewOrder:
        request.symbol = symbol
        return request

    def oco(self, uid: int, symbol: str, mode: str, pair: list[dict[str, Any]]) -> None:
        stop, other = (as_request(mode, each) for each in pair)
        above, below = (stop, other) if stop.side == "BUY" else (other, stop)
        fields = prefixed("above", above) | prefixed("below", below)
        self.engine.place_oco(uid, NewOco(symbol, stop.side, stop.quantity, **fields))

    def oto(self, uid: int, symbol: str, mode: str, working: dict[str, Any], pending: dict[str, Any]) -> None:
        first, second = as_request(mode, working), as_request(mode, pending)
        fields = prefixed("working", first, quantity=True) | prefixed("pending", second, quantity=True)
        self.engine.place_oto(uid, NewOto(symbol, **fields))

    def otoco(self, uid: int, symbol: str, mode: str, working: dict[str, Any], pair: list[dict[str, Any]]) -> None:
        stop, other = (as_request(mode, each) for each in pair)
        above, below = (stop, other) if stop.side == "BUY" else (other, stop)
        fields = (
            prefixed("working", as_request(mode, working), quantity=True)
            | prefixed("pending_above", above)
            | prefixed("pending_below", below)
            | {"pending_side": stop.side, "pending_quantity": stop.quantity}
        )
        self.engine.place_otoco(uid, NewOtoco(symbol, **fields))

    def cancel(self, uid: int, symbol: str, mode: str, pick: int) -> None:
        orders = self.engine.open_orders(uid, symbol)
        if orders:
            self.engine.cancel(uid, symbol, order_id=orders[pick % len(orders)]["orderId"])

    def replace(self, uid: int, symbol: str, mode: str, pick: int, order: dict[str, Any]) -> None:
        request = self._for(symbol, as_request(mode, order))
        how = ("STOP_ON_FAILURE", "ALLOW_FAILURE")[pick % 2]
        self.engine.cancel_replace(uid, request, how, cancel_order_id=pick)

    def amend(self, uid: int, symbol: str, mode: str, pick: int) -> None:
        orders = self.engine.open_orders(uid, symbol)
        if orders:
            order = orders[pick % len(orders)]
            half = Decimal(order["origQty"]) / 2
            self.engine.amend(uid, symbol, order_id=order["orderId"], new_qty=half.quantize(Decimal("0.00000001")))

    def sweep(self, uid: int, symbol: str, mode: str) -> None:
        self.engine.cancel_all(uid, symbol)

    # What must hold

    def check(self) -> None:
        engine = self.engine
        accounts = engine.accounts.values()
        for asset in ASSETS:
            held = sum(account.balance(asset).free + account.balance(asset).locked for account in accounts)
            assert held + engine.collected.get(asset, 0) == 3 * 5_000_000, asset
        for account in accounts:
            for balance in account.wallet.values():
                assert balance.free >= 0
                assert balance.locked >= 0
            self.check_locks(account)
        for market in engine.markets.values():
            bid, ask = market.book.bids.best(), market.book.asks.best()
            assert bid is None or ask is None or bid.price < ask.price
            desks = [account.desks[market.spec.symbol] for account in accounts if market.spec.symbol in account.desks]
            orders = [order for desk in desks for order in desk.open.values()]
            for order in orders:
                assert order.qty == order.filled + order.prevented + order.rest
                assert order.rest > 0
                assert (order.level is not None) == (order.working and order.status != "PENDING_NEW")
        for view in self.views.values():
            view.check()

    @staticmethod
    def check_locks(account: Any) -> None:
        locked = dict.fromkeys(account.wallet, 0)
        for desk in account.desks.values():
            for order in desk.open.values():
                asset = order.quote.asset if order.buy else order.base.asset
                locked[asset] += order.locked
                World.check_lock(order)
        for asset, balance in account.wallet.items():
            assert balance.locked == locked[asset], asset

    @staticmethod
    def check_lock(order: Order) -> None:
        if order.status == "PENDING_NEW":
            assert order.locked == 0
        elif order.mate is None:
            assert order.locked == need(order)
        else:
            assert order.locked + order.mate.locked == max(need(order), need(order.mate))


class View:
    """An account as its own events tell it."""

    def __init__(self, engine: Engine, uid: int) -> None:
        self.engine = engine
        self.uid = uid
        self.balances = {asset: (amount, Decimal(0)) for asset, amount in START.items()}
        self.orders: dict[tuple[str, int], dict[str, Any]] = {}
        self.lists: dict[int, str] = {}
        self.executions: dict[str, int] = {}
        engine.subscribe_account(uid, lambda event: self.hear(event.payload()))

    def hear(self, event: dict[str, Any]) -> None:
        if event["e"] == "outboundAccountPosition":
            for each in event["B"]:
                self.balances[each["a"]] = (Decimal(each["f"]), Decimal(each["l"]))
        elif event["e"] == "listStatus":
            self.lists[event["g"]] = event["L"]
        else:
            self.hear_report(event)

    def hear_report(self, event: dict[str, Any]) -> None:
        key = (event["s"], event["i"])
        before = self.orders.get(key)
        assert event["I"] > self.executions.get(event["s"], 0)
        self.executions[event["s"]] = event["I"]
        if before is None:
            assert event["x"] in ("NEW", "REJECTED"), "an order's first report is its acceptance"
            filled = Decimal(0)
        else:
            assert before["X"] in ("NEW", "PARTIALLY_FILLED", "PENDING_NEW"), "nothing follows the end"
            filled = Decimal(before["z"])
        assert Decimal(event["z"]) == filled + Decimal(event["l"])
        if event["x"] == "CANCELED":
            event = event | {"c": event["C"]}
        self.orders[key] = event

    def check(self) -> None:
        for asset in ASSETS:
            assert self.engine.balance(self.uid, asset) == self.balances[asset]
        for (symbol, number), report in self.orders.items():
            order = self.engine.order(self.uid, symbol, order_id=number)
            told = (report["X"], report["z"], report["Z"], report["q"], report["c"])
            names = ("status", "executedQty", "cummulativeQuoteQty", "origQty", "clientOrderId")
            assert told == tuple(order[name] for name in names)
        open_lists = {each["orderListId"] for each in self.engine.open_order_lists(self.uid)}
        assert open_lists == {number for number, status in self.lists.items() if status == "EXECUTING"}


@st.composite
def commands(draw: Any) -> tuple[Any, ...]:
    name = draw(
        st.sampled_from(
            (
                "single",
                "single",
                "single",
                "single",
                "reverse",
                "router",
                "oco",
                "oto",
                "otoco",
                "cancel",
                "replace",
                "amend",
                "sweep",
            )
        )
    )
    mode = draw(st.sampled_from(("NONE", "NONE", "EXPIRE_MAKER", "EXPIRE_TAKER", "EXPIRE_BOTH", "DECREMENT")))
    head = (name, draw(st.integers(0, 2)), draw(st.sampled_from((0, 0, 0, 1, 2))), mode)
    buy = draw(st.booleans())
    kinds = st.sampled_from(("LIMIT", "LIMIT", "LIMIT", "MARKET", "STOP_LOSS", "TAKE_PROFIT_LIMIT", "LIMIT_MAKER"))
    if name == "single":
        return (*head, draw(terms(draw(kinds), buy)))
    if name == "reverse":
        return (*head, buy, Decimal(draw(st.integers(1, 2_000_000))) / 100_000_000)
    if name == "router":
        return (*head, draw(terms("LIMIT", buy)))
    if name == "oco":
        return (*head, draw(pairs(buy)))
    if name == "oto":
        return (*head, draw(terms("LIMIT", buy)), draw(terms(draw(kinds), not buy)))
    if name == "otoco":
        return (*head, draw(terms("LIMIT", buy)), draw(pairs(not buy)))
    if name == "replace":
        return (*head, draw(st.integers(1, 20)), draw(terms("LIMIT", buy)))
    if name == "sweep":
        return head
    return (*head, draw(st.integers(0, 20)))


@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(st.lists(commands(), min_size=15, max_size=50))
def test_nothing_is_created_and_nothing_is_lost(flow: list[tuple[Any, ...]]) -> None:
    world = World()
    for command in flow:
        world.run(command)
        world.check()
    for uid in world.uids:
        for spec in SYMBOLS:
            world.run(("sweep", world.uids.index(uid), SYMBOLS.index(spec), "NONE"))
    world.check()
    assert all(balance.locked == 0 for account in world.engine.accounts.values() for balance in account.wallet.values())
    assert not any(market.book.bids.keys or market.book.asks.keys for market in world.engine.markets.values())
    assert not any(market.triggers for market in world.engine.markets.values())
