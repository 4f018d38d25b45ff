"""What a symbol allows: amounts on its grid, and which filter would refuse an order, before anything is sent.

Rounding. A quantity is rounded down unless its user says otherwise: never more is bought or sold than was said. A
price has a direction that costs nothing and one that does, so it should be stated: `side="BUY"` rounds down and
`side="SELL"` up, which never makes the order worse for its owner; `rounding=` says it outright. With neither, a price
goes to the nearest tick (halfway up), at most half a tick away. `exact` refuses what is not on the grid. A float
counts by its shortest repr: `0.1 + 0.2` is 0.30000000000000004 and is rounded as that. All arithmetic is exact.

Check. `check` takes an order's arguments as `place_order` does and names every filter that would refuse it, and by how
much. Some filters compare with what only the caller can know: market prices, how much is open, what is held. Where
that is not given, the filter is listed as unchecked; it has not passed (`core.order_filters` says which need what).
An empty verdict is no promise: funds, the book and the time of arrival remain the exchange's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from decimal import Decimal
from typing import Any, Final, TypedDict, Unpack

from binance_async.core.grid import ROUNDINGS, Grid, Rounding, Violation, decimals, exact, field, tag, text
from binance_async.core.order_filters import OpenOrders, OrderFacts, Unchecked, check_filter
from binance_async.core.wire import Number, plain
from binance_async.errors import InvalidArgument, RefusedLocally

__all__ = ["OpenOrders", "OrderArguments", "Rounding", "SymbolRules", "Unchecked", "Verdict", "Violation"]


class Verdict(list[Violation]):
    """The violations, none if all is well, and beside them what could not be checked."""

    def __init__(self, violations: Iterable[Violation] = (), unchecked: Iterable[Unchecked] = ()) -> None:
        super().__init__(violations)
        self.unchecked: list[Unchecked] = list(unchecked)

    def __repr__(self) -> str:
        return f"Verdict({list(self)!r}, unchecked={self.unchecked!r})"


class OrderArguments(TypedDict, total=False):
    """An order's arguments after side and type, as `place_order` takes them, and facts that filters compare with.

    `symbol` may be given so that one dict serves `require` and `place_order`; it must be that of the rules. Prices of
    the market: `average_price` (of the filter's minutes), `last_price`, `reference_price` (of symbols that have one),
    `mark_price` (futures), `best_bid` and `best_ask` (for pegged orders). `position` is what is free, locked and on
    its way by open buys of the base asset.
    """

    symbol: str | None
    quantity: Number | None
    quote_order_qty: Number | None
    price: Number | None
    stop_price: Number | None
    iceberg_qty: Number | None
    trailing_delta: int | None
    time_in_force: str | None
    self_trade_prevention_mode: str | None
    peg_price_type: str | None
    peg_offset_type: str | None
    peg_offset_value: int | None
    new_client_order_id: str | None
    new_order_resp_type: str | None
    strategy_id: int | None
    strategy_type: int | None
    recv_window: Number | None

    average_price: Number | None
    last_price: Number | None
    reference_price: Number | None
    mark_price: Number | None
    best_bid: Number | None
    best_ask: Number | None
    open_orders: OpenOrders | None
    open_on_exchange: OpenOrders | None
    position: Number | None


_BY_SIDE: Final[dict[str, Rounding]] = {"BUY": "down", "SELL": "up"}
_JUDGED: Final = frozenset(f.name for f in fields(OrderFacts))
_NUMBERS: Final = frozenset(
    {
        *("quantity", "quote_order_qty", "price", "stop_price", "iceberg_qty", "position"),
        *("average_price", "last_price", "reference_price", "mark_price", "best_bid", "best_ask"),
    }
)
_INTEGERS: Final = frozenset({"trailing_delta", "peg_offset_value"})


class SymbolRules:
    """The rules of one symbol.

        rules = await binance.spot.symbol_rules("BTCUSDT")
        quantity, price = rules.quantity("0.0123456"), rules.price(60000.004, side="BUY")
        rules.require("BUY", "LIMIT", time_in_force="GTC", quantity=quantity, price=price)

    The attributes `tick_size` to `max_num_algo_orders` tell what the filters say, None where there is no such rule.
    """

    def __init__(
        self,
        symbol: str,
        filters: Iterable[Any],
        *,
        exchange_filters: Iterable[Any] = (),
        base_asset: str = "",
        quote_asset: str = "",
        base_asset_precision: int | None = None,
        quote_asset_precision: int | None = None,
        status: str | None = None,
        order_types: Iterable[str] | None = None,
        iceberg_allowed: bool | None = None,
        quote_order_qty_market_allowed: bool | None = None,
        allow_trailing_stop: bool | None = None,
        peg_instructions_allowed: bool | None = None,
        is_spot_trading_allowed: bool | None = None,
        allowed_self_trade_prevention_modes: Iterable[str] | None = None,
        grid_from_minimum: bool = False,
    ) -> None:
        """The symbol's fields are those of `exchange_info`; what is not given is not checked.

        Args:
            symbol: The symbol.
            filters: Its filters.
            exchange_filters: The exchange's, and any others that bind the account (`my_filters` tells some).
            base_asset: What is bought and sold.
            quote_asset: What it is paid in.
            base_asset_precision: Decimals of the base asset.
            quote_asset_precision: Decimals of the quote asset.
            status: Whether the symbol trades.
            order_types: The types that the symbol takes.
            iceberg_allowed: Whether it takes icebergs.
            quote_order_qty_market_allowed: Whether it takes `quote_order_qty`.
            allow_trailing_stop: Whether it takes trailing stops.
            peg_instructions_allowed: Whether it takes pegged orders.
            is_spot_trading_allowed: Whether it is for spot trading.
            allowed_self_trade_prevention_modes: The modes that it takes.
            grid_from_minimum: Whether steps are counted from a filter's minimum, as on the futures, not from 0.

        """
        self.symbol = symbol
        self.filters: tuple[Any, ...] = (*filters, *exchange_filters)
        self.base_asset = base_asset
        self.quote_asset = quote_asset
        self.base_asset_precision = base_asset_precision
        self.quote_asset_precision = quote_asset_precision
        self.status: str | None = None if status is None else str(status)
        self.order_types: tuple[str, ...] | None = _texts(order_types)
        self.iceberg_allowed = iceberg_allowed
        self.quote_order_qty_market_allowed = quote_order_qty_market_allowed
        self.allow_trailing_stop = allow_trailing_stop
        self.peg_instructions_allowed = peg_instructions_allowed
        self.is_spot_trading_allowed = is_spot_trading_allowed
        modes = _texts(allowed_self_trade_prevention_modes)
        self.allowed_self_trade_prevention_modes: tuple[str, ...] | None = modes
        self.grid_from_minimum = grid_from_minimum
        self._by_tag = {tag(filter_): filter_ for filter_ in self.filters}
        self._read_filters()

    def _read_filters(self) -> None:
        told = self._told
        self.tick_size: Decimal | None = told("PRICE_FILTER", "tick_size")
        self.min_price: Decimal | None = told("PRICE_FILTER", "min_price")
        self.max_price: Decimal | None = told("PRICE_FILTER", "max_price")
        self.step_size: Decimal | None = told("LOT_SIZE", "step_size")
        self.min_qty: Decimal | None = told("LOT_SIZE", "min_qty")
        self.max_qty: Decimal | None = told("LOT_SIZE", "max_qty")
        self.market_step_size: Decimal | None = told("MARKET_LOT_SIZE", "step_size")
        self.market_min_qty: Decimal | None = told("MARKET_LOT_SIZE", "min_qty")
        self.market_max_qty: Decimal | None = told("MARKET_LOT_SIZE", "max_qty")
        least = (told(name, "min_notional", "notional") for name in ("MIN_NOTIONAL", "NOTIONAL"))
        self.min_notional: Decimal | None = max((bound for bound in least if bound is not None), default=None)
        self.max_notional: Decimal | None = told("NOTIONAL", "max_notional")
        self.max_position: Decimal | None = told("MAX_POSITION", "max_position")
        self.max_iceberg_parts: int | None = told("ICEBERG_PARTS", "limit")
        self.max_num_orders: int | None = told("MAX_NUM_ORDERS", "max_num_orders", "limit")
        self.max_num_algo_orders: int | None = told("MAX_NUM_ALGO_ORDERS", "max_num_algo_orders", "limit")

    def _told(self, name: str, *names: str) -> Any:
        return field(self._by_tag.get(name), *names) or None

    @classmethod
    def from_symbol(
        cls, symbol: Any, exchange_filters: Iterable[Any] = (), *, grid_from_minimum: bool = False
    ) -> SymbolRules:
        """The rules of a symbol as `exchange_info` tells it, of any family; fields that it lacks are not checked."""
        names = (
            *("base_asset", "quote_asset", "base_asset_precision", "quote_asset_precision", "status", "order_types"),
            *("iceberg_allowed", "quote_order_qty_market_allowed", "allow_trailing_stop", "peg_instructions_allowed"),
            *("is_spot_trading_allowed", "allowed_self_trade_prevention_modes"),
        )
        told = {name: getattr(symbol, name) for name in names if hasattr(symbol, name)}
        if not told.get("allowed_self_trade_prevention_modes"):  # absent in older replies
            told["allowed_self_trade_prevention_modes"] = None
        return cls(
            symbol.symbol,
            symbol.filters,
            exchange_filters=exchange_filters,
            grid_from_minimum=grid_from_minimum,
            **told,
        )

    def __repr__(self) -> str:
        return f"<SymbolRules of {self.symbol}: tick_size {self.tick_size}, step_size {self.step_size}>"

    # Rounding

    def price(self, price: Number, rounding: Rounding | None = None, *, side: str | None = None) -> Decimal:
        """The price on the tick grid. Raises `InvalidArgument` if there is none, naming filter and bound.

        Args:
            price: What you have.
            rounding: `down`, `up`, `nearest` (halfway up), or `exact`, which refuses what is off the grid.
            side: Instead of `rounding`: `BUY` rounds down and `SELL` up, so that the price is never worse than said.
                With neither, the nearest tick is taken.

        """
        call = "symbol_rules.price"
        if rounding is None:
            rounding = "nearest" if side is None else _BY_SIDE[_checked_side(side, call)]
        return self._on_grid("price", price, rounding, ("PRICE_FILTER",), self.quote_asset_precision, call)

    def quantity(self, quantity: Number, rounding: Rounding = "down", *, market: bool = False) -> Decimal:
        """The quantity on the step grid. Raises `InvalidArgument` if there is none, naming filter and bound.

        Args:
            quantity: What you have.
            rounding: `down`, `up`, `nearest` (halfway up), or `exact`, which refuses what is off the grid.
            market: For a MARKET order, which obeys MARKET_LOT_SIZE as well as LOT_SIZE.

        """
        tags = ("LOT_SIZE", "MARKET_LOT_SIZE") if market else ("LOT_SIZE",)
        return self._on_grid("quantity", quantity, rounding, tags, self.base_asset_precision, "symbol_rules.quantity")

    def _on_grid(
        self, name: str, given: Number, rounding: Rounding, tags: tuple[str, ...], precision: int | None, call: str
    ) -> Decimal:
        if rounding not in ROUNDINGS:
            raise InvalidArgument(f"rounding takes {', '.join(ROUNDINGS)}", call=call, argument="rounding")
        with exact():
            x = _number(name, given, call)
            filters = [self._by_tag[tag_] for tag_ in tags if tag_ in self._by_tag]
            grids = [Grid.of(filter_, from_minimum=self.grid_from_minimum) for filter_ in filters]
            try:
                return _rounded(name, x, rounding, grids, precision)
            except ValueError as error:
                raise InvalidArgument(f"{self.symbol}: {error}", call=call, argument=name) from None

    # Judging

    def check(self, side: str, type: str, **order: Unpack[OrderArguments]) -> Verdict:
        """Every rule that an order breaks, by name and by how much; empty when all is well.

        Takes an order's arguments as `place_order` does, and the facts that some filters need (see `OrderArguments`).
        Filters whose facts are missing are listed in the verdict's `unchecked`.
        """
        judged = self._judged(side, type, order)
        with exact():
            findings = [*self._allowed(judged), *self._precise(judged)]
            unchecked: list[Unchecked] = []
            for finding in (finding for filter_ in self.filters for finding in check_filter(filter_, judged)):
                if isinstance(finding, Unchecked):
                    unchecked.append(finding)
                else:
                    findings.append(finding)
        return Verdict(findings, unchecked)

    def require(self, side: str, type: str, **order: Unpack[OrderArguments]) -> Verdict:
        """The same, but an order that breaks a rule raises `RefusedLocally`; the verdict tells what is unchecked."""
        verdict = self.check(side, type, **order)
        if verdict:
            raise RefusedLocally(f"{self.symbol}: " + "; ".join(map(str, verdict)), call="symbol_rules.require")
        return verdict

    def _judged(self, side: str, type_: str, order: OrderArguments) -> OrderFacts:
        call = "symbol_rules.check"
        facts: dict[str, Any] = {}
        for name, value in order.items():
            if name not in OrderArguments.__annotations__:
                raise InvalidArgument(f"{name} is unknown", call=call, argument=name)
            if value is not None and name in _JUDGED:
                facts[name] = _fact(name, value, call)
        symbol = order.get("symbol") or self.symbol
        if symbol != self.symbol:
            text_ = f"symbol is {symbol}, and these are the rules of {self.symbol}"
            raise InvalidArgument(text_, call=call, argument="symbol")
        return OrderFacts(
            side=_checked_side(side, call),
            type=str(type_),
            base_asset=self.base_asset,
            quote_asset=self.quote_asset,
            grid_from_minimum=self.grid_from_minimum,
            **facts,
        )

    def _allowed(self, order: OrderFacts) -> Iterator[Violation]:
        """What the symbol itself says."""
        if self.status not in (None, "TRADING"):
            yield Violation("status", f"the symbol's status is {self.status}")
        if self.order_types is not None and order.type not in self.order_types:
            yield Violation("orderTypes", f"{order.type} is not among {', '.join(self.order_types)}")
        mode, modes = order.self_trade_prevention_mode, self.allowed_self_trade_prevention_modes
        if mode is not None and modes is not None and mode not in modes:
            yield Violation("allowedSelfTradePreventionModes", f"{mode} is not among {', '.join(modes)}")
        for field_, allowed, asked, what in (
            ("isSpotTradingAllowed", self.is_spot_trading_allowed, True, "spot trading"),
            ("icebergAllowed", self.iceberg_allowed, bool(order.iceberg_qty), "icebergs"),
            (
                "quoteOrderQtyMarketAllowed",
                self.quote_order_qty_market_allowed,
                order.quote_order_qty is not None,
                "quote_order_qty",
            ),
            ("allowTrailingStop", self.allow_trailing_stop, order.trailing_delta is not None, "trailing stops"),
            ("pegInstructionsAllowed", self.peg_instructions_allowed, order.pegged, "pegged orders"),
        ):
            if asked and allowed is False:
                yield Violation(field_, f"the symbol does not allow {what}")

    def _precise(self, order: OrderFacts) -> Iterator[Violation]:
        """Amounts with more decimals than the asset has."""
        base = (order.quantity, order.iceberg_qty)
        quote = (order.price, order.stop_price, order.quote_order_qty)
        yield from _finer("baseAssetPrecision", self.base_asset_precision, ("quantity", "iceberg_qty"), base)
        yield from _finer(
            "quoteAssetPrecision", self.quote_asset_precision, ("price", "stop_price", "quote_order_qty"), quote
        )


def _finer(
    field_: str, precision: int | None, names: tuple[str, ...], values: tuple[Decimal | None, ...]
) -> Iterator[Violation]:
    for name, value in zip(names, values, strict=True):
        if value is not None and precision is not None and decimals(value) > precision:
            more = decimals(value) - precision
            yield Violation(
                field_, f"{name} {text(value)} has {decimals(value)} decimals, {more} above {precision}", Decimal(more)
            )


def _rounded(name: str, x: Decimal, rounding: Rounding, grids: list[Grid], precision: int | None) -> Decimal:
    """On the grid that all filters have in common, or the asset's precision without one. Raises `ValueError`."""
    steps = Grid("")
    for grid in grids:
        shared = steps.common(grid)
        if shared is None:
            raise ValueError(f"{' and '.join(g.filter for g in grids)} have no step in common")
        steps = shared
    if not steps.step and precision is not None:
        steps = Grid("precision", step=Decimal(1).scaleb(-precision))
    for fault in steps.off(name, x) if rounding == "exact" else ():
        raise ValueError(str(fault))
    result = steps.rounded(x, rounding)
    what = name if result == x else f"{name} {text(x)}, rounded {rounding} to"
    for fault in (fault for grid in grids for fault in grid.beyond(what, result)):
        raise ValueError(str(fault))
    if not result:
        raise ValueError(f"{what} 0, which is no {name}")
    return result


def _fact(name: str, value: Any, call: str) -> Any:
    if name in _NUMBERS:
        return _number(name, value, call)
    if name in _INTEGERS and (isinstance(value, bool) or not isinstance(value, int)):
        raise InvalidArgument(f"{name} takes an int", call=call, argument=name)
    if name in ("open_orders", "open_on_exchange") and not isinstance(value, OpenOrders):
        raise InvalidArgument(f"{name} takes OpenOrders", call=call, argument=name)
    return value


def _number(name: str, value: object, call: str) -> Decimal:
    try:
        number = Decimal(plain(value))
    except ValueError as error:
        raise InvalidArgument(f"{name} {error}", call=call, argument=name) from None
    if number < 0:
        raise InvalidArgument(f"{name} takes a number that is not negative", call=call, argument=name)
    return number


def _checked_side(side: str, call: str) -> str:
    if side not in _BY_SIDE:
        raise InvalidArgument("side takes BUY or SELL", call=call, argument="side")
    return str(side)


def _texts(values: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(str(value) for value in values)
