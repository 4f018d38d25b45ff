"""Random order flow of every type: engine and slow reference must agree on trades, orders, balances and book."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import Any

from engine_kit import Clock, bare, trim
from engine_reference import CENT, STOPS, Reference, RefOrder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from binance_async.simulator.engine import Engine, ExchangeError, NewOco, NewOrder, NewOto, NewOtoco

EXAMPLES = 100 * int(os.environ.get("BINANCE_ASYNC_EXAMPLES", "1"))
TICK = Decimal("0.01001")
STEP = Decimal("0.0003")
RATE = Decimal("0.001")
ACCOUNTS = 4
GROUPS = {0: 0, 1: 1, 2: 2, 3: 2}  # the last two trade as one owner
MODES = ("NONE", "NONE", "EXPIRE_MAKER", "EXPIRE_TAKER", "EXPIRE_BOTH", "DECREMENT")

prices = st.integers(95, 105).map(lambda n: n * TICK)
quantities = st.integers(1, 20).map(lambda n: n * STEP)
accounts = st.integers(0, ACCOUNTS - 1)
modes = st.sampled_from(MODES)


@st.composite
def terms(draw: Any, kind: str, buy: bool, qty: Decimal | None = None) -> dict[str, Any]:
    """The terms of one order, as both sides understand them."""
    terms: dict[str, Any] = {"buy": buy, "type": kind, "qty": draw(quantities) if qty is None else qty}
    if kind in ("LIMIT", "LIMIT_MAKER", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"):
        terms["price"] = draw(prices)
        terms["tif"] = "GTC" if kind == "LIMIT_MAKER" else draw(st.sampled_from(("GTC", "GTC", "GTC", "IOC", "FOK")))
        if terms["tif"] == "GTC" and draw(st.integers(0, 3)) == 0:
            part = terms["qty"] * draw(st.integers(2, 9)) / 10 // STEP * STEP
            terms["iceberg"] = part or STEP
    if kind in STOPS:
        trails = draw(st.sampled_from(("no", "no", "with", "alone")))
        if trails != "alone":
            terms["stop"] = draw(prices)
        if trails != "no":
            terms["delta"] = draw(st.sampled_from((10, 100, 250, 500)))
    return terms


@st.composite
def commands(draw: Any) -> tuple[Any, ...]:
    name = draw(
        st.sampled_from(
            ("limit", "limit", "limit", "single", "single", "reverse", "oco", "oto", "otoco", "cancel", "amend")
        )
    )
    account, buy, mode = draw(accounts), draw(st.booleans()), draw(modes)
    if name == "limit":
        return "single", account, mode, draw(terms("LIMIT", buy))
    if name == "single":
        return name, account, mode, draw(terms(draw(st.sampled_from(("MARKET", "LIMIT_MAKER", *STOPS))), buy))
    if name == "reverse":
        return name, account, mode, buy, draw(st.integers(1, 2_000_000)) * CENT
    if name == "oco":
        return name, account, mode, draw(pairs(buy))
    if name in ("oto", "otoco"):
        working = draw(terms(draw(st.sampled_from(("LIMIT", "LIMIT", "LIMIT_MAKER"))), buy))
        if name == "otoco":
            return name, account, mode, working, draw(pairs(draw(st.booleans())))
        kind = draw(st.sampled_from(("LIMIT", "MARKET", "LIMIT_MAKER", *STOPS)))
        return name, account, mode, working, [draw(terms(kind, draw(st.booleans())))]
    return name, draw(st.integers(0, 30)), draw(st.integers(1, 9))


@st.composite
def pairs(draw: Any, buy: bool) -> list[dict[str, Any]]:
    qty = draw(quantities)
    stop = draw(terms(draw(st.sampled_from(("STOP_LOSS", "STOP_LOSS_LIMIT"))), buy, qty))
    other = draw(
        terms(draw(st.sampled_from(("LIMIT_MAKER", "LIMIT_MAKER", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"))), buy, qty)
    )
    return [stop, other]


def as_reference(account: int, mode: str, terms: dict[str, Any]) -> RefOrder:
    return RefOrder(account, stp=mode, **terms)


def as_request(mode: str, terms: dict[str, Any]) -> NewOrder:
    timed = terms["type"] in ("LIMIT", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT")
    return NewOrder(
        "XY",
        "BUY" if terms["buy"] else "SELL",
        terms["type"],
        terms["tif"] if timed else None,
        terms.get("qty"),
        terms.get("budget"),
        terms.get("price"),
        stop_price=terms.get("stop"),
        trailing_delta=terms.get("delta"),
        iceberg_qty=terms.get("iceberg"),
        self_trade_prevention_mode=mode,
    )


def prefixed(prefix: str, request: NewOrder, *, quantity: bool = False) -> dict[str, Any]:
    names = ["type", "time_in_force", "price", "stop_price", "trailing_delta", "iceberg_qty"]
    fields = {f"{prefix}_{name}": getattr(request, name) for name in names if getattr(request, name) is not None}
    return fields | ({f"{prefix}_quantity": request.quantity, f"{prefix}_side": request.side} if quantity else {})


class Both:
    """The two exchanges, driven together."""

    def __init__(self) -> None:
        self.engine = Engine([bare("XY", "X", "Y")], now_us=Clock(), order_limits=())
        money = {"X": Decimal("0.02"), "Y": Decimal("0.02")}
        self.uids = [
            self.engine.add_account(balances=money, trade_group_id=7 if GROUPS[n] == 2 else -1) for n in range(ACCOUNTS)
        ]
        total = {n: {"BASE": money["X"], "QUOTE": money["Y"]} for n in range(ACCOUNTS)}
        self.reference = Reference(RATE, CENT, GROUPS, total)
        self.market = self.engine.markets["XY"]

    def run(self, command: tuple[Any, ...]) -> None:
        name = command[0]
        if name in ("cancel", "amend"):
            self.on_open_order(*command)
            return
        account, mode = command[1:3]
        uid = self.uids[account]
        try:
            expected = getattr(self, f"refer_{name}")(account, mode, *command[3:])
            getattr(self, f"order_{name}")(uid, mode, *command[3:])
            got = None
        except ExchangeError as error:
            got = error.message
        assert got == expected

    def refer_single(self, account: int, mode: str, terms: dict[str, Any]) -> str | None:
        return self.reference.place(as_reference(account, mode, terms))

    def order_single(self, uid: int, mode: str, terms: dict[str, Any]) -> None:
        self.engine.place(uid, as_request(mode, terms))

    def refer_reverse(self, account: int, mode: str, buy: bool, budget: Decimal) -> str | None:
        return self.reference.place(RefOrder(account, buy, "MARKET", Decimal(0), budget=budget, stp=mode))

    def order_reverse(self, uid: int, mode: str, buy: bool, budget: Decimal) -> None:
        self.engine.place(uid, as_request(mode, {"buy": buy, "type": "MARKET", "budget": budget}))

    def refer_oco(self, account: int, mode: str, pair: list[dict[str, Any]]) -> str | None:
        return self.reference.oco(*(as_reference(account, mode, each) for each in pair))

    def order_oco(self, uid: int, mode: str, pair: list[dict[str, Any]]) -> None:
        stop, other = (as_request(mode, each) for each in pair)
        above, below = (stop, other) if stop.side == "BUY" else (other, stop)
        request = NewOco(
            "XY",
            stop.side,
            stop.quantity,
            **prefixed("above", above),
            **prefixed("below", below),
            self_trade_prevention_mode=mode,
        )
        self.engine.place_oco(uid, request)

    def refer_oto(self, account: int, mode: str, working: dict[str, Any], pending: list[dict[str, Any]]) -> str | None:
        return self.reference.oto(
            as_reference(account, mode, working), [as_reference(account, mode, each) for each in pending]
        )

    refer_otoco = refer_oto

    def order_oto(self, uid: int, mode: str, working: dict[str, Any], pending: list[dict[str, Any]]) -> None:
        first, second = as_request(mode, working), as_request(mode, pending[0])
        fields = prefixed("working", first, quantity=True) | prefixed("pending", second, quantity=True)
        self.engine.place_oto(uid, NewOto("XY", **fields, self_trade_prevention_mode=mode))

    def order_otoco(self, uid: int, mode: str, working: dict[str, Any], pending: list[dict[str, Any]]) -> None:
        stop, other = (as_request(mode, each) for each in pending)
        above, below = (stop, other) if stop.side == "BUY" else (other, stop)
        fields = (
            prefixed("working", as_request(mode, working), quantity=True)
            | prefixed("pending_above", above)
            | prefixed("pending_below", below)
            | {"pending_side": stop.side, "pending_quantity": stop.quantity}
        )
        self.engine.place_otoco(uid, NewOtoco("XY", **fields, self_trade_prevention_mode=mode))

    def on_open_order(self, name: str, index: int, tenths: int) -> None:
        orders = [order for order in self.reference.orders if order.open]
        if not orders:
            return
        order = orders[index % len(orders)]
        uid = self.uids[order.account]
        if name == "cancel":
            self.engine.cancel(uid, "XY", order_id=order.id)
            self.reference.cancel(order)
            return
        qty = order.qty * tenths / 10 // STEP * STEP
        if order.filled + order.prevented < qty < order.qty and qty >= order.iceberg:
            self.engine.amend(uid, "XY", order_id=order.id, new_qty=qty)
            self.reference.amend(order, qty)

    # Comparison

    def agree(self) -> None:
        units = Decimal(100_000_000)
        trades = [(trade.price / units, trade.qty / units) for trade in self.market.data.trades.items]
        assert trades == [(price, qty) for price, qty, _, _ in self.reference.trades]
        ids = [{trade.buyer_order_id, trade.seller_order_id} for trade in self.market.data.trades.items]
        assert ids == [{taker, maker} for _, _, taker, maker in self.reference.trades]
        for order in self.reference.orders:
            self.agree_on(order)
        for buy, side in ((True, "bids"), (False, "asks")):
            shown = [tuple(map(Decimal, level)) for level in self.engine.depth("XY", 5000)[side]]
            assert shown == self.reference.depth(buy)
        for account, uid in enumerate(self.uids):
            for asset, name in (("X", "BASE"), ("Y", "QUOTE")):
                mine = (self.reference.free(account, name), self.reference.locked(account, name))
                assert self.engine.balance(uid, asset) == mine, (account, asset)
        for asset, name in (("X", "BASE"), ("Y", "QUOTE")):
            assert self.engine.collected_commission(asset) == self.reference.taken[name]

    def agree_on(self, order: RefOrder) -> None:
        got = self.engine.order(self.uids[order.account], "XY", order_id=order.id)
        assert got["status"] == order.status, order
        assert Decimal(got["origQty"]) == order.qty
        assert Decimal(got["executedQty"]) == order.filled
        assert Decimal(got["cummulativeQuoteQty"]) == order.spent
        assert Decimal(got.get("preventedQuantity", "0")) == order.prevented
        if order.list is not None:
            done = not any(each.open for each in order.list.orders)
            status = self.engine.order_list(self.uids[order.account], order_list_id=got["orderListId"])
            assert (status["listOrderStatus"] == "ALL_DONE") == done


def seed_book(both: Both) -> None:
    """A few orders and a last price, so that every command finds something."""
    for account, buy, steps in ((0, True, 97), (1, True, 98), (2, False, 102), (3, False, 103)):
        both.run(
            (
                "single",
                account,
                "NONE",
                {"buy": buy, "type": "LIMIT", "qty": 5 * STEP, "price": steps * TICK, "tif": "GTC"},
            )
        )
    both.run(("single", 0, "NONE", {"buy": False, "type": "LIMIT", "qty": STEP, "price": 100 * TICK, "tif": "GTC"}))
    both.run(("single", 1, "NONE", {"buy": True, "type": "MARKET", "qty": STEP}))


@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(st.lists(commands(), min_size=15, max_size=45))
def test_the_engine_does_what_the_reference_does(flow: list[tuple[Any, ...]]) -> None:
    both = Both()
    seed_book(both)
    for command in flow:
        both.run(command)
        both.agree()


def test_trim_is_plain() -> None:
    assert trim("0.00100000") == "0.001"
