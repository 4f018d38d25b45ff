"""A second exchange, slow and obvious: the specification that the engine is compared with.

Nothing is kept that can be looked up: the book is all resting orders, sorted; locked money is summed up from the open
orders; what an order would do is found by doing it on a copy. Numbers are Decimal. It knows one symbol.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

ZERO = Decimal(0)
CENT = Decimal("0.00000001")
STOPS = ("STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT")
INSUFFICIENT = "Account has insufficient balance for requested action."
WOULD_TRIGGER = "Order would trigger immediately."
WOULD_MATCH = "Order would immediately match and take."
BAD_PRICES = "The relationship of the prices for the orders is not correct."
TOO_LITTLE = "Order book liquidity is less than symbol minimum quantity."


def down(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_DOWN)


@dataclass(eq=False)
class RefOrder:
    account: int
    buy: bool
    type: str
    qty: Decimal
    price: Decimal = ZERO
    tif: str = "GTC"
    stop: Decimal = ZERO
    delta: int = 0
    iceberg: Decimal = ZERO
    budget: Decimal = ZERO
    stp: str = "NONE"
    id: int = -1
    status: str = "NEW"
    filled: Decimal = ZERO
    spent: Decimal = ZERO
    prevented: Decimal = ZERO
    visible: Decimal = ZERO
    rank: int = -1  # place in the queue, -1 while not on the book
    armed: int = -1  # order of arming, -1 while not waiting
    tracking: int = -1
    extreme: Decimal = ZERO
    bound: Decimal = ZERO
    mate: RefOrder | None = None
    list: RefList | None = None
    short: bool = False

    @property
    def rest(self) -> Decimal:
        return self.qty - self.filled - self.prevented

    @property
    def open(self) -> bool:
        return self.status in ("NEW", "PARTIALLY_FILLED", "PENDING_NEW")

    @property
    def rises(self) -> bool:
        return self.buy == self.type.startswith("STOP_LOSS")

    @property
    def need(self) -> Decimal:
        if not self.open or self.status == "PENDING_NEW":
            return ZERO
        return down((self.price or self.bound) * self.rest) if self.buy else self.rest


@dataclass(eq=False)
class RefList:
    orders: list[RefOrder]
    working: RefOrder | None = None
    canceled: bool = False

    @property
    def pending(self) -> list[RefOrder]:
        return self.orders[1:] if self.working is not None else []


@dataclass
class Reference:
    rate: Decimal
    step: Decimal
    groups: dict[int, int]  # accounts of one number are one owner
    total: dict[int, dict[str, Decimal]]
    orders: list[RefOrder] = field(default_factory=list)
    trades: list[tuple[Decimal, Decimal, int, int]] = field(default_factory=list)
    taken: dict[str, Decimal] = field(default_factory=lambda: {"BASE": ZERO, "QUOTE": ZERO})
    last: Decimal = ZERO
    counter: int = 0
    due: list[Any] = field(default_factory=list)

    # Money

    def locked(self, account: int, asset: str) -> Decimal:
        amount = ZERO
        for order in self.orders:
            if order.account == account and order.buy == (asset == "QUOTE"):
                if order.mate is None:
                    amount += order.need
                elif order.id < order.mate.id:
                    amount += max(order.need, order.mate.need)
        return amount

    def free(self, account: int, asset: str) -> Decimal:
        return self.total[account][asset] - self.locked(account, asset)

    def free_for(self, order: RefOrder) -> Decimal:
        return self.free(order.account, "QUOTE" if order.buy else "BASE")

    # The book

    def side(self, buy: bool) -> list[RefOrder]:
        resting = [order for order in self.orders if order.rank >= 0 and order.buy == buy]
        return sorted(resting, key=lambda order: (-order.price if buy else order.price, order.rank))

    def depth(self, buy: bool) -> list[tuple[Decimal, Decimal]]:
        levels: dict[Decimal, Decimal] = {}
        for order in self.side(buy):
            levels[order.price] = levels.get(order.price, ZERO) + order.visible
        return list(levels.items())

    def next(self) -> int:
        self.counter += 1
        return self.counter

    def show(self, order: RefOrder) -> None:
        order.visible = min(order.iceberg, order.rest) if order.iceberg else order.rest
        order.rank = self.next()

    # Commands

    def place(self, order: RefOrder) -> str | None:
        if order.budget:
            reason = self.size(order)
            if reason:
                return reason
        self.bind(order)
        reason = self.refusal(order) or self.reserve(order)
        if reason:
            return reason
        self.register([order])
        self.begin(order)
        self.settle()
        return None

    def size(self, order: RefOrder) -> str | None:
        left, qty, price = order.budget, ZERO, ZERO
        makers = [m for m in self.side(not order.buy) if not (order.stp == "EXPIRE_MAKER" and self.same(order, m))]
        for price in dict.fromkeys(maker.price for maker in makers):
            there = sum((maker.rest for maker in makers if maker.price == price), ZERO)
            affordable = down(left / price)
            if affordable < there:
                order.qty = (qty + affordable) // self.step * self.step
                return None if order.qty else "Filter failure: LOT_SIZE"
            qty += there
            left -= down(price * there)
        order.qty = qty // self.step * self.step
        order.short = not price or down(left / price) >= self.step
        return None if order.qty else TOO_LITTLE if order.short else "Filter failure: LOT_SIZE"

    def bind(self, order: RefOrder) -> None:
        if order.buy and order.type in ("STOP_LOSS", "TAKE_PROFIT"):
            order.bound = down((order.stop or self.last) * (10_000 + order.delta) / 10_000)

    def refusal(self, order: RefOrder) -> str | None:
        met = self.last >= order.stop if order.rises else self.last <= order.stop
        if order.type in STOPS and order.stop and self.last and met:
            return WOULD_TRIGGER
        if order.type == "LIMIT_MAKER":
            best = self.side(not order.buy)
            if best and (order.price >= best[0].price if order.buy else order.price <= best[0].price):
                return WOULD_MATCH
        return None

    def reserve(self, order: RefOrder) -> str | None:
        amount = self.cost(order) if order.buy and order.type == "MARKET" else order.need
        return INSUFFICIENT if amount > self.free_for(order) else None

    def outcome(self, order: RefOrder) -> tuple[Decimal, Decimal]:
        """What the order would trade now, and for how much: done on a copy, without what that would set off."""
        world = copy.deepcopy((self, order))
        there, twin = world
        begin = len(there.trades)
        there.match(twin)
        by_price: dict[Decimal, Decimal] = {}
        for price, qty, _, _ in there.trades[begin:]:
            by_price[price] = by_price.get(price, ZERO) + qty
        return sum(by_price.values(), ZERO), sum((down(price * qty) for price, qty in by_price.items()), ZERO)

    def cost(self, order: RefOrder) -> Decimal:
        return self.outcome(order)[1]

    def register(self, orders: list[RefOrder]) -> None:
        for order in orders:
            order.id = len(self.orders) + 1
            self.orders.append(order)

    def begin(self, order: RefOrder) -> None:
        if order.type in STOPS:
            self.arm(order)
        else:
            self.work(order)

    def arm(self, order: RefOrder) -> None:
        if order.stop:
            order.armed = self.next()
        else:
            order.tracking, order.extreme = self.next(), self.last

    def work(self, order: RefOrder) -> None:
        if order.price and order.tif == "FOK" and self.outcome(order)[0] < order.rest:
            self.end(order, "EXPIRED")
            return
        self.match(order)
        if not order.open:
            return
        if order.price and order.tif == "GTC":
            self.show(order)
        else:
            self.end(order, "EXPIRED")

    def match(self, taker: RefOrder) -> None:
        while taker.rest:
            makers = self.side(not taker.buy)
            if not makers:
                return
            maker = makers[0]
            if taker.price and (maker.price > taker.price if taker.buy else maker.price < taker.price):
                return
            if taker.stp != "NONE" and self.same(taker, maker):
                self.prevent(taker, maker)
            else:
                self.trade(taker, maker)

    def same(self, one: RefOrder, two: RefOrder) -> bool:
        return self.groups[one.account] == self.groups[two.account]

    def trade(self, taker: RefOrder, maker: RefOrder) -> None:
        self.release(maker)
        qty, price = min(taker.rest, maker.visible), maker.price
        value = down(price * qty)
        self.trades.append((price, qty, taker.id, maker.id))
        self.last = price
        for order in (taker, maker):
            order.filled += qty
            order.spent += value
            mine = self.total[order.account]
            gains, pays = (("BASE", qty), ("QUOTE", value)) if order.buy else (("QUOTE", value), ("BASE", qty))
            fee = (gains[1] * self.rate).quantize(CENT, ROUND_HALF_UP)
            mine[pays[0]] -= pays[1]
            mine[gains[0]] += gains[1] - fee
            self.taken[gains[0]] += fee
            order.status = "PARTIALLY_FILLED" if order.rest or order.short else "FILLED"
        maker.visible -= qty
        if not maker.rest:
            maker.rank = -1
            self.ended(maker)
        elif not maker.visible:
            self.show(maker)
        if taker.status == "FILLED":
            self.ended(taker)
        self.fire(price)

    def prevent(self, taker: RefOrder, maker: RefOrder) -> None:
        parts = {
            "EXPIRE_MAKER": (ZERO, maker.rest),
            "EXPIRE_TAKER": (taker.rest, ZERO),
            "EXPIRE_BOTH": (taker.rest, maker.rest),
            "DECREMENT": (min(taker.rest, maker.rest),) * 2,
        }[taker.stp]
        if parts[1]:
            self.release(maker)
        for order, part in ((maker, parts[1]), (taker, parts[0])):
            order.prevented += part
            order.visible = min(order.visible, order.rest)
            if part and not order.rest:
                order.status = "EXPIRED_IN_MATCH"
                order.rank = -1
                self.ended(order)

    def fire(self, price: Decimal) -> None:
        fired: list[RefOrder] = []
        for order in sorted((o for o in self.orders if o.tracking >= 0), key=lambda o: o.tracking):
            better = price < order.extreme if order.buy else price > order.extreme
            shift = order.extreme * order.delta / 10_000
            if better or not order.extreme:
                order.extreme = price
            elif price >= order.extreme + shift if order.buy else price <= order.extreme - shift:
                fired.append(order)
                order.tracking = -1
        waiting = [o for o in self.orders if o.armed >= 0]
        rising = sorted((o for o in waiting if o.rises and price >= o.stop), key=lambda o: (o.stop, o.armed))
        falling = sorted((o for o in waiting if not o.rises and price <= o.stop), key=lambda o: (-o.stop, o.armed))
        for order in rising + falling:
            order.armed = -1
            if order.delta:
                order.tracking, order.extreme = self.next(), price
            else:
                fired.append(order)
        self.due.extend(fired)

    def settle(self) -> None:
        while self.due:
            item = self.due.pop(0)
            if isinstance(item, RefList):
                self.activate(item)
            elif item.open:
                self.release(item)
                if item.buy and not item.price:
                    reserved = item.need
                    if self.cost(item) - reserved > self.free_for(item):
                        self.end(item, "EXPIRED")
                        continue
                self.work(item)

    def end(self, order: RefOrder, status: str) -> None:
        order.status = status
        order.rank = order.armed = order.tracking = -1
        self.ended(order)

    # Lists

    def release(self, order: RefOrder) -> None:
        """An order of a live pair acts: the other expires."""
        mate = order.mate
        if mate is not None:
            order.mate = mate.mate = None
            self.end(mate, "EXPIRED")

    def ended(self, order: RefOrder) -> None:
        whole = order.list
        if whole is None or whole.canceled or order is not whole.working:
            return
        if order.status == "FILLED":
            self.due.append(whole)
        else:
            for each in whole.pending:
                each.status = "EXPIRED"

    def pair_refusal(self, first: RefOrder, second: RefOrder) -> str | None:
        for order in (first, second):
            price = order.price if order.type in ("LIMIT_MAKER", "TAKE_PROFIT_LIMIT") else order.stop
            above = order.rises if order.type in STOPS else not order.buy
            if self.last and price and (price <= self.last if above else price >= self.last):
                return BAD_PRICES
        reason = self.refusal(first) or self.refusal(second)
        if reason:
            return reason
        return INSUFFICIENT if max(_raw(first), _raw(second)) > self.free_for(first) else None

    def begin_pair(self, first: RefOrder, second: RefOrder) -> None:
        first.mate, second.mate = second, first
        for order in (first, second):
            if order.type in STOPS:
                self.arm(order)
        for order in (first, second):
            if order.type not in STOPS:
                self.show(order)

    def oco(self, first: RefOrder, second: RefOrder) -> str | None:
        for order in (first, second):
            self.bind(order)
        reason = self.pair_refusal(first, second)
        if reason:
            return reason
        self.register([first, second])
        whole = RefList([first, second])
        first.list = second.list = whole
        self.begin_pair(first, second)
        self.settle()
        return None

    def oto(self, working: RefOrder, pending: list[RefOrder]) -> str | None:
        reason = self.refusal(working) or self.reserve(working)
        if reason:
            return reason
        orders = [working, *pending]
        self.register(orders)
        whole = RefList(orders, working)
        for order in orders:
            order.list = whole
        for order in pending:
            order.status = "PENDING_NEW"
        self.work(working)
        self.settle()
        return None

    def activate(self, whole: RefList) -> None:
        pending = [order for order in whole.pending if order.open]
        for order in pending:
            order.status = "NEW"
            self.bind(order)
        shadow = [copy.copy(order) for order in pending]
        for order in pending:  # judged as if it were not there yet
            order.status = "PENDING_NEW"
        pair = len(pending) == 2
        reason = self.pair_refusal(*shadow) if pair else self.refusal(shadow[0]) or self.reserve(shadow[0])
        for order in pending:
            order.status = "REJECTED" if reason else "NEW"
        if reason:
            return
        if pair:
            self.begin_pair(*pending)
        else:
            self.begin(pending[0])

    def cancel(self, order: RefOrder) -> None:
        whole = order.list
        if whole is None:
            self.end(order, "CANCELED")
            return
        whole.canceled = True
        for each in whole.orders:
            each.mate = None
            if each.open:
                self.end(each, "CANCELED")

    def amend(self, order: RefOrder, qty: Decimal) -> None:
        whole = order.list
        together = [order]
        if order.mate is not None:
            together.append(order.mate)
        elif whole is not None and order in whole.pending and order.status == "PENDING_NEW":
            together = [each for each in whole.pending if each.open]
        for each in together:
            each.qty = qty
            each.visible = min(each.visible, each.rest)


def _raw(order: RefOrder) -> Decimal:
    return down((order.price or order.bound) * order.rest) if order.buy else order.rest
