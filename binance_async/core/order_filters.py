"""Which filters would refuse an order.

Every filter is a function that is given the filter and the order and yields `Violation`s, or `Unchecked` where it
compares with something that was not told. Filters are read by their tag and field names, so that those of any family
fit; what the families spell or rule differently is told apart by the fields that are there.

    PERCENT_PRICE(_BY_SIDE)             the price against the symbol's reference price if it has one, else the average
    (MIN_)NOTIONAL without a price      price of `avgPriceMins`, or (0) the last price; the futures: the mark price
    MAX_NUM_..., EXCHANGE_MAX_NUM_...   how many orders are open on the symbol, on the exchange
    MAX_POSITION (buys)                 free + locked + open buys of the base asset
    LOT_SIZE with `quote_order_qty`     the quantity, which the exchange finds in its book

The documents value orders without a price at the average for MARKET alone; STOP_LOSS and TAKE_PROFIT are taken alike.
They do not say whether an order that never stays open counts among the open ones, so that it is left unchecked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeAlias

from binance_async.core.grid import Grid, Violation, above, below, field, tag, text

__all__ = ["OpenOrders", "OrderFacts", "Unchecked", "check_filter"]

_ALGO: Final = frozenset(
    {
        *("STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"),
        *("STOP", "STOP_MARKET", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"),  # the futures'
    }
)
_PRICED: Final = frozenset({"LIMIT", "LIMIT_MAKER", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT", "STOP"})
"""Types that must have a price; the others execute at the market's unless they are given one."""


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A filter that could not be checked, and what would be needed for it."""

    filter: str
    needs: str

    def __str__(self) -> str:
        return f"{self.filter} needs {self.needs}"


Findings: TypeAlias = Iterator[Violation | Unchecked]


@dataclass(frozen=True, slots=True)
class OpenOrders:
    """How many orders are open, on a symbol or on the whole exchange."""

    orders: int = 0
    algo_orders: int = 0
    iceberg_orders: int = 0

    @classmethod
    def of(cls, orders: Iterable[Any]) -> OpenOrders:
        """Counted from what `open_orders()` answers."""
        listed = list(orders)
        algo = sum(str(order.type) in _ALGO for order in listed)
        return cls(len(listed), algo, sum(bool(getattr(order, "iceberg_qty", None)) for order in listed))


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """An order in exact numbers, and what is known beside it."""

    side: str
    type: str
    quantity: Decimal | None = None
    quote_order_qty: Decimal | None = None
    price: Decimal | None = None
    stop_price: Decimal | None = None
    iceberg_qty: Decimal | None = None
    trailing_delta: int | None = None
    self_trade_prevention_mode: str | None = None
    peg_price_type: str | None = None
    peg_offset_value: int | None = None

    average_price: Decimal | None = None
    last_price: Decimal | None = None
    reference_price: Decimal | None = None
    mark_price: Decimal | None = None
    best_bid: Decimal | None = None
    best_ask: Decimal | None = None
    open_orders: OpenOrders | None = None
    open_on_exchange: OpenOrders | None = None
    position: Decimal | None = None

    base_asset: str = ""
    quote_asset: str = ""
    grid_from_minimum: bool = False

    @property
    def buy(self) -> bool:
        """Whether it buys."""
        return self.side == "BUY"

    @property
    def pegged(self) -> bool:
        """Whether its price follows the book."""
        return self.peg_price_type is not None

    @property
    def at_market(self) -> bool:
        """Whether it executes at the market's price, not at one of its own."""
        return self.price is None and not self.pegged and self.type not in _PRICED

    @property
    def own_price(self) -> Decimal | None:
        """Its price: stated, or the best price that it is pegged to."""
        if self.price is not None or not self.pegged or self.type in _ALGO or self.peg_offset_value:
            return self.price  # a stop is pegged when it is triggered, and an offset counts levels of the book
        return self.best_bid if (self.peg_price_type == "PRIMARY_PEG") == self.buy else self.best_ask

    @property
    def needs_for_price(self) -> str:
        """What its price takes, if it is not known."""
        if not self.pegged:
            return "price"
        if self.type in _ALGO or self.peg_offset_value:
            return "the price that the exchange finds in its book"
        return "best_bid" if (self.peg_price_type == "PRIMARY_PEG") == self.buy else "best_ask"


def check_filter(filter_: Any, order: OrderFacts) -> Findings:
    """What a filter finds at an order; exact inside of `grid.exact()`."""
    name = tag(filter_)
    if name in _NOT_OF_ORDERS:
        return
    check = _CHECKS.get(name)
    if check is None:
        yield Unchecked(str(field(filter_, "name") or name), "a version of this package that knows it")
    else:
        yield from check(filter_, order)


# Prices


def _price_filter(filter_: Any, order: OrderFacts) -> Findings:
    grid = Grid.of(filter_, from_minimum=order.grid_from_minimum)
    if order.price is not None:
        yield from _faults(grid, "price", order.price)
    elif order.type in _PRICED and not order.pegged:
        yield Unchecked(grid.filter, "price")
    if order.stop_price is not None:
        yield from _faults(grid, "stop_price", order.stop_price)


def _faults(grid: Grid, name: str, x: Decimal) -> Iterator[Violation]:
    yield from grid.beyond(name, x)
    yield from grid.off(name, x)


def _market_price(filter_: Any, order: OrderFacts) -> tuple[str, Decimal | None]:
    """The market price that a filter compares with, and its name."""
    minutes = field(filter_, "avg_price_mins")
    if minutes is None:
        return "mark_price", order.mark_price
    if order.reference_price is not None:
        return "reference_price", order.reference_price
    return ("average_price", order.average_price) if minutes else ("last_price", order.last_price)


def _percent_price(filter_: Any, order: OrderFacts) -> Findings:
    if order.at_market:
        return
    side = "bid" if order.buy else "ask"
    up = field(filter_, "multiplier_up", f"{side}_multiplier_up")
    down = field(filter_, "multiplier_down", f"{side}_multiplier_down")
    name, market = _market_price(filter_, order)
    if name == "mark_price":  # the futures bound a price only where it is too good for the other side
        up, down = (up, None) if order.buy else (None, down)
    price = order.own_price
    if price is None or market is None:
        yield Unchecked(tag(filter_), order.needs_for_price if price is None else name)
    elif down is not None and price < market * down:
        what = f"price {text(price)}, at {text(down)} x {name} {text(market)},"
        yield below(tag(filter_), what, price, market * down)
    elif up is not None and price > market * up:
        what = f"price {text(price)}, at {text(up)} x {name} {text(market)},"
        yield above(tag(filter_), what, price, market * up)


# Quantities


def _quantity(name: str, order: OrderFacts) -> Decimal | Unchecked:
    if order.quantity is not None:
        return order.quantity
    found = "the quantity that the exchange finds in its book for quote_order_qty"
    return Unchecked(name, "quantity" if order.quote_order_qty is None else found)


def _lot_size(filter_: Any, order: OrderFacts) -> Findings:
    grid = Grid.of(filter_, from_minimum=order.grid_from_minimum)
    quantity = _quantity(grid.filter, order)
    if isinstance(quantity, Unchecked):
        yield quantity
    else:
        yield from _faults(grid, "quantity", quantity)
    if order.iceberg_qty and grid.filter == "LOT_SIZE":
        yield from _faults(grid, "iceberg_qty", order.iceberg_qty)


def _market_lot_size(filter_: Any, order: OrderFacts) -> Findings:
    if order.type == "MARKET":
        yield from _lot_size(filter_, order)


def _iceberg_parts(filter_: Any, order: OrderFacts) -> Findings:
    if not order.iceberg_qty:
        return
    quantity = _quantity(tag(filter_), order)
    if isinstance(quantity, Unchecked):
        yield quantity
        return
    parts = quantity // order.iceberg_qty + bool(quantity % order.iceberg_qty)
    if parts > filter_.limit:
        yield above(tag(filter_), f"the number of iceberg parts, {text(parts)},", parts, Decimal(filter_.limit))


def _max_position(filter_: Any, order: OrderFacts) -> Findings:
    if not order.buy:
        return
    quantity = _quantity(tag(filter_), order)
    if isinstance(quantity, Unchecked):
        yield quantity
        return
    after = (order.position or 0) + quantity
    if after > filter_.max_position:
        yield above(tag(filter_), f"the position with this order, {text(after)},", after, filter_.max_position)
    elif order.position is None:
        yield Unchecked(tag(filter_), "position")


# Values


def _value(filter_: Any, order: OrderFacts) -> tuple[str, Decimal | None]:
    """What an order is worth in the quote asset and how that is reckoned, or what it would take to reckon it."""
    if order.at_market and order.quote_order_qty is not None:
        return "quote_order_qty", order.quote_order_qty
    name, price = _market_price(filter_, order) if order.at_market else ("price", order.own_price)
    if order.quantity is None:
        return "quantity", None
    if price is None:
        return name if order.at_market else order.needs_for_price, None
    return f"{name} x quantity", price * order.quantity


def _notional(filter_: Any, order: OrderFacts) -> Findings:
    low, high = field(filter_, "min_notional", "notional"), field(filter_, "max_notional")
    if order.at_market:
        if field(filter_, "apply_to_market", "apply_min_to_market") is False:
            low = None
        if field(filter_, "apply_max_to_market") is False:
            high = None
    if not low and not high:
        return
    name, value = _value(filter_, order)
    if value is None:
        yield Unchecked(tag(filter_), name)
    elif low and value < low:
        yield below(tag(filter_), f"{name} {text(value)}", value, low)
    elif high and value > high:
        yield above(tag(filter_), f"{name} {text(value)}", value, high)


def _max_asset(filter_: Any, order: OrderFacts) -> Findings:
    """At most so much of an asset in one order: of the base asset its quantity, of the quote asset its value."""
    if not order.base_asset or not order.quote_asset:
        yield Unchecked(tag(filter_), "the symbol's base_asset and quote_asset")
    elif filter_.asset == order.base_asset:
        quantity = _quantity(tag(filter_), order)
        if isinstance(quantity, Unchecked):
            yield quantity
        elif quantity > filter_.limit:
            yield above(tag(filter_), f"quantity {text(quantity)}", quantity, filter_.limit)
    elif filter_.asset == order.quote_asset:
        if order.at_market and order.quote_order_qty is None:
            yield Unchecked(tag(filter_), "the price at which the order executes")
            return
        name, value = _value(filter_, order)
        if value is None:
            yield Unchecked(tag(filter_), name)
        elif value > filter_.limit:
            yield above(tag(filter_), f"{name} {text(value)}", value, filter_.limit)


# Triggers and counts


def _trailing_delta(filter_: Any, order: OrderFacts) -> Findings:
    if order.trailing_delta is None:
        return
    where = "above" if order.type.startswith("STOP_LOSS") == order.buy else "below"
    low, high = (Decimal(getattr(filter_, f"{bound}_trailing_{where}_delta")) for bound in ("min", "max"))
    delta, what = Decimal(order.trailing_delta), f"trailing_delta {order.trailing_delta}"
    if delta < low:
        yield below(tag(filter_), what, delta, low)
    elif delta > high:
        yield above(tag(filter_), what, delta, high)


_Check: TypeAlias = Callable[[Any, OrderFacts], Findings]


def _most_open(count: str, fact: str, where: str) -> _Check:
    """A filter on how many orders of a kind are open, the new one being among them."""
    words = count.replace("_", " ")

    def check(filter_: Any, order: OrderFacts) -> Findings:
        if (count == "algo_orders" and order.type not in _ALGO) or (
            count == "iceberg_orders" and not order.iceberg_qty
        ):
            return
        limit, now = field(filter_, f"max_num_{count}", "limit"), getattr(order, fact)
        if limit is None or now is None:
            yield Unchecked(tag(filter_), fact if now is None else "its limit, which the exchange did not tell")
            return
        after = getattr(now, count) + 1
        if after > limit and order.type == "MARKET":
            yield Unchecked(tag(filter_), "to be known whether an order that never stays open counts")
        elif after > limit:
            what = f"the number of {words} open on the {where} with this one, {after},"
            yield above(tag(filter_), what, Decimal(after), Decimal(limit))

    return check


_CHECKS: Final[Mapping[str, _Check]] = {
    "PRICE_FILTER": _price_filter,
    "PERCENT_PRICE": _percent_price,
    "PERCENT_PRICE_BY_SIDE": _percent_price,
    "LOT_SIZE": _lot_size,
    "MARKET_LOT_SIZE": _market_lot_size,
    "MIN_NOTIONAL": _notional,
    "NOTIONAL": _notional,
    "ICEBERG_PARTS": _iceberg_parts,
    "TRAILING_DELTA": _trailing_delta,
    "MAX_POSITION": _max_position,
    "MAX_ASSET": _max_asset,
    "MAX_NUM_ORDERS": _most_open("orders", "open_orders", "symbol"),
    "MAX_NUM_ALGO_ORDERS": _most_open("algo_orders", "open_orders", "symbol"),
    "MAX_NUM_ICEBERG_ORDERS": _most_open("iceberg_orders", "open_orders", "symbol"),
    "EXCHANGE_MAX_NUM_ORDERS": _most_open("orders", "open_on_exchange", "exchange"),
    "EXCHANGE_MAX_NUM_ALGO_ORDERS": _most_open("algo_orders", "open_on_exchange", "exchange"),
    "EXCHANGE_MAX_ALGO_ORDERS": _most_open("algo_orders", "open_on_exchange", "exchange"),
    "EXCHANGE_MAX_NUM_ICEBERG_ORDERS": _most_open("iceberg_orders", "open_on_exchange", "exchange"),
}
_NOT_OF_ORDERS: Final = frozenset({"MAX_NUM_ORDER_LISTS", "MAX_NUM_ORDER_AMENDS", "EXCHANGE_MAX_NUM_ORDER_LISTS"})
"""Filters of order lists and of amendments, which a single order cannot break."""
