"""The filters, checked as documented, with `-1013 Filter failure: NAME`.

A symbol's filters are compiled once into numbers; 0 (or None) means that there is no such rule. They are checked in
the order of the documents. The order's price filters look at the average price of some minutes (0: the last price);
while a symbol has never traded there is no such price and they let everything pass. Orders that execute at the
market price (MARKET, STOP_LOSS, TAKE_PROFIT) are valued at that average too, and only if the filter says so.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from binance_async.simulator.engine import errors
from binance_async.simulator.engine.amounts import UNIT
from binance_async.simulator.engine.orders import AT_MARKET

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from binance_async.simulator.engine.accounts import Account
    from binance_async.simulator.engine.market_data import MarketData
    from binance_async.simulator.engine.orders import Order

__all__ = ["ExchangeRules", "Rules"]


def _units(entry: Mapping[str, Any], name: str) -> int:
    return int(Decimal(str(entry.get(name, 0))) * UNIT)


class _PriceBand:
    """PERCENT_PRICE, of one side."""

    __slots__ = ("down", "minutes", "name", "up")

    def __init__(self, name: str, up: int, down: int, minutes: int) -> None:
        self.name = name
        self.up = up
        self.down = down
        self.minutes = minutes

    def check(self, price: int, data: MarketData, now: int) -> None:
        qty, quote = data.sums(self.minutes, now)
        if not qty:
            return
        # price <= quote / qty * up, in units, without a division that would round
        ratio = price * qty
        if ratio > quote * self.up or ratio < quote * self.down:
            raise errors.filter_failure(self.name)


class _Notional:
    """MIN_NOTIONAL or NOTIONAL."""

    __slots__ = ("highest", "lowest", "market_highest", "market_lowest", "minutes", "name")

    def __init__(self, entry: Mapping[str, Any]) -> None:
        self.name = str(entry["filterType"])
        self.lowest = _units(entry, "minNotional") * UNIT
        self.highest = _units(entry, "maxNotional") * UNIT
        simple = self.name == "MIN_NOTIONAL"
        self.market_lowest = bool(entry.get("applyToMarket" if simple else "applyMinToMarket", False))
        self.market_highest = bool(entry.get("applyMaxToMarket", False))
        self.minutes = int(entry.get("avgPriceMins", 0))

    def check(self, order: Order, data: MarketData, now: int) -> None:
        if order.type not in AT_MARKET:
            value, low, high = order.price * order.qty, True, True
        elif order.quote_order_qty:
            value, low, high = order.quote_order_qty * UNIT, self.market_lowest, self.market_highest
        else:
            qty, quote = data.sums(self.minutes, now)
            if not qty:
                return
            value = quote * order.qty * UNIT // qty
            low, high = self.market_lowest, self.market_highest
        if (low and value < self.lowest) or (high and self.highest and value > self.highest):
            raise errors.filter_failure(self.name)


class Rules:
    """The filters of one symbol."""

    __slots__ = (
        "_band_buy",
        "_band_sell",
        "_iceberg_parts",
        "_max_algo",
        "_max_icebergs",
        "_max_orders",
        "_max_position",
        "_notionals",
        "_price",
        "_trailing",
        "lot",
        "market_lot",
        "max_amends",
        "max_lists",
    )

    def __init__(self, filters: Iterable[Mapping[str, Any]]) -> None:
        by_name = {str(entry["filterType"]): entry for entry in filters}
        self._price = _three(by_name.get("PRICE_FILTER"), "minPrice", "maxPrice", "tickSize")
        self.lot: tuple[int, int, int] = _three(by_name.get("LOT_SIZE"), "minQty", "maxQty", "stepSize")
        self.market_lot: tuple[int, int, int] = _three(by_name.get("MARKET_LOT_SIZE"), "minQty", "maxQty", "stepSize")
        self._band_buy, self._band_sell = _bands(by_name)
        self._notionals = [_Notional(by_name[name]) for name in ("MIN_NOTIONAL", "NOTIONAL") if name in by_name]
        self._iceberg_parts = _limit(by_name, "ICEBERG_PARTS", "limit")
        self._max_orders = _limit(by_name, "MAX_NUM_ORDERS", "maxNumOrders")
        self._max_algo = _limit(by_name, "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders")
        self._max_icebergs = _limit(by_name, "MAX_NUM_ICEBERG_ORDERS", "maxNumIcebergOrders")
        self.max_lists: int = _limit(by_name, "MAX_NUM_ORDER_LISTS", "maxNumOrderLists")
        self.max_amends: int = _limit(by_name, "MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends")
        position = by_name.get("MAX_POSITION")
        self._max_position = None if position is None else _units(position, "maxPosition")
        self._trailing = by_name.get("TRAILING_DELTA")

    def check(self, order: Order, data: MarketData, now: int) -> None:
        """What concerns the order alone."""
        price = order.price
        if price or order.type not in AT_MARKET:
            self._check_price(price)
        if order.stop_price:
            self._check_price(order.stop_price)
        band = self._band_buy if order.buy else self._band_sell
        if price:
            for rule in band:
                rule.check(price, data, now)
        self.check_quantities(order, data, now)
        if order.trailing_delta and self._trailing is not None:
            self._check_trailing(order, self._trailing)

    def check_quantities(self, order: Order, data: MarketData, now: int) -> None:
        """What depends on the quantity: all that an amendment can break."""
        if order.qty or not order.quote_order_qty:
            _check_lot("LOT_SIZE", self.lot, order.qty)
        if order.iceberg_qty:
            _check_lot("LOT_SIZE", self.lot, order.iceberg_qty)
        for notional in self._notionals:
            notional.check(order, data, now)
        if order.iceberg_qty and self._iceberg_parts and -(-order.qty // order.iceberg_qty) > self._iceberg_parts:
            raise errors.filter_failure("ICEBERG_PARTS")
        if order.type == "MARKET" and (order.qty or not order.quote_order_qty):
            self.check_market_lot(order.qty)

    def check_market_lot(self, qty: int) -> None:
        """The quantity of a market order, given or found."""
        _check_lot("MARKET_LOT_SIZE", self.market_lot, qty)

    def check_room(self, orders: list[Order]) -> None:
        """What concerns all open orders of the account on the symbol, with these added."""
        order = orders[0]
        desk = order.desk
        if self._max_orders and len(desk.open) + len(orders) > self._max_orders:
            raise errors.filter_failure("MAX_NUM_ORDERS")
        if self._max_algo:
            algo = sum(each.algo for each in orders)
            if algo and desk.algo + algo > self._max_algo:
                raise errors.filter_failure("MAX_NUM_ALGO_ORDERS")
        if self._max_icebergs:
            icebergs = sum(1 for each in orders if each.iceberg_qty)
            if icebergs and desk.icebergs + icebergs > self._max_icebergs:
                raise errors.filter_failure("MAX_NUM_ICEBERG_ORDERS")
        if self._max_position is not None:
            self._check_position(orders, self._max_position)

    @staticmethod
    def _check_position(orders: list[Order], most: int) -> None:
        buys = [order.qty for order in orders if order.buy]
        if not buys:
            return
        order = orders[0]
        base = order.base
        asset = base.asset
        desks = order.account.desks.values()
        mine = [each for desk in desks if desk.base.asset == asset for each in desk.open.values()]
        # Only one order of a pair can ever be filled.
        position = base.free + base.locked + sum(each.rest for each in mine if each.buy) + max(buys)
        if position > most:
            raise errors.filter_failure("MAX_POSITION")

    def _check_price(self, price: int) -> None:
        low, high, tick = self._price
        if price < low or (high and price > high) or (tick and price % tick):
            raise errors.filter_failure("PRICE_FILTER")

    @staticmethod
    def _check_trailing(order: Order, entry: Mapping[str, Any]) -> None:
        where = "Above" if order.rising else "Below"
        if not int(entry[f"minTrailing{where}Delta"]) <= order.trailing_delta <= int(entry[f"maxTrailing{where}Delta"]):
            raise errors.filter_failure("TRAILING_DELTA")


class ExchangeRules:
    """The exchange filters."""

    __slots__ = ("_max_algo", "_max_icebergs", "_max_orders", "filters", "max_lists")

    def __init__(self, filters: Iterable[Mapping[str, Any]]) -> None:
        self.filters: tuple[Mapping[str, Any], ...] = tuple(filters)
        by_name = {str(entry["filterType"]): entry for entry in self.filters}
        self._max_orders = _limit(by_name, "EXCHANGE_MAX_NUM_ORDERS", "maxNumOrders")
        self._max_algo = _limit(by_name, "EXCHANGE_MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders")
        self._max_icebergs = _limit(by_name, "EXCHANGE_MAX_NUM_ICEBERG_ORDERS", "maxNumIcebergOrders")
        self.max_lists: int = _limit(by_name, "EXCHANGE_MAX_NUM_ORDER_LISTS", "maxNumOrderLists")

    def check_room(self, account: Account, orders: list[Order]) -> None:
        """All open orders of the account, with these added."""
        if self._max_orders and account.open_count + len(orders) > self._max_orders:
            raise errors.filter_failure("EXCHANGE_MAX_NUM_ORDERS")
        algo = sum(each.algo for each in orders)
        if self._max_algo and algo and account.algo + algo > self._max_algo:
            raise errors.filter_failure("EXCHANGE_MAX_NUM_ALGO_ORDERS")
        icebergs = sum(1 for each in orders if each.iceberg_qty)
        if self._max_icebergs and icebergs and account.icebergs + icebergs > self._max_icebergs:
            raise errors.filter_failure("EXCHANGE_MAX_NUM_ICEBERG_ORDERS")


def _three(entry: Mapping[str, Any] | None, *names: str) -> tuple[int, int, int]:
    if entry is None:
        return 0, 0, 0
    low, high, step = (_units(entry, name) for name in names)
    return low, high, step


def _limit(by_name: Mapping[str, Mapping[str, Any]], name: str, field: str) -> int:
    return int(by_name[name][field]) if name in by_name else 0


def _bands(by_name: Mapping[str, Mapping[str, Any]]) -> tuple[list[_PriceBand], list[_PriceBand]]:
    buy: list[_PriceBand] = []
    sell: list[_PriceBand] = []
    both = by_name.get("PERCENT_PRICE")
    if both is not None:
        band = _PriceBand(
            "PERCENT_PRICE", _units(both, "multiplierUp"), _units(both, "multiplierDown"), int(both["avgPriceMins"])
        )
        buy.append(band)
        sell.append(band)
    sides = by_name.get("PERCENT_PRICE_BY_SIDE")
    if sides is not None:
        minutes = int(sides["avgPriceMins"])
        for side, bands in (("bid", buy), ("ask", sell)):
            up, down = _units(sides, f"{side}MultiplierUp"), _units(sides, f"{side}MultiplierDown")
            bands.append(_PriceBand("PERCENT_PRICE_BY_SIDE", up, down, minutes))
    return buy, sell


def _check_lot(name: str, lot: tuple[int, int, int], qty: int) -> None:
    low, high, step = lot
    if qty < low or (high and qty > high) or (step and qty % step):
        raise errors.filter_failure(name)
