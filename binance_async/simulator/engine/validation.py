"""From request to draft: which parameters an order type needs, takes and refuses, and whether their values are sound.

What is checked here needs neither the market nor the account's money; all of it gives -1xxx codes, but for symbols
and accounts that do not allow an order, which the matching engine refuses with -2010.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from binance_async.simulator.engine import errors
from binance_async.simulator.engine.amounts import optional_units, units
from binance_async.simulator.engine.orders import Order
from binance_async.simulator.engine.triggers import waits_for_rise

if TYPE_CHECKING:
    from collections.abc import Mapping

    from binance_async.simulator.engine.accounts import Account
    from binance_async.simulator.engine.market import Market
    from binance_async.simulator.engine.requests import NewOrder

__all__ = ["PLAIN", "check_allowed", "check_client_id", "draft", "names"]

_STP = frozenset({"NONE", "EXPIRE_MAKER", "EXPIRE_TAKER", "EXPIRE_BOTH", "DECREMENT", "TRANSFER"})
_TIMES_IN_FORCE = frozenset({"GTC", "IOC", "FOK"})
_RESPONSE_TYPES = frozenset({None, "ACK", "RESULT", "FULL"})
_CLIENT_ID = re.compile(r"[a-zA-Z0-9-_]{1,36}")
_LEGAL_CLIENT_ID = "^[a-zA-Z0-9-_]{1,36}$"
_LEAST_STRATEGY_TYPE = 1_000_000
_MOST_TRAILING = 10_000


@dataclass(frozen=True, slots=True)
class _Type:
    priced: bool = False
    timed: bool = False
    triggered: bool = False
    iceberg: bool = False
    quote: bool = False


_TYPES = {
    "LIMIT": _Type(priced=True, timed=True, iceberg=True),
    "LIMIT_MAKER": _Type(priced=True, iceberg=True),
    "MARKET": _Type(quote=True),
    "STOP_LOSS": _Type(triggered=True),
    "STOP_LOSS_LIMIT": _Type(priced=True, timed=True, triggered=True, iceberg=True),
    "TAKE_PROFIT": _Type(triggered=True),
    "TAKE_PROFIT_LIMIT": _Type(priced=True, timed=True, triggered=True, iceberg=True),
}
_UNSUPPORTED = {
    "MARKET": "Market orders are not supported for this symbol.",
    "STOP_LOSS": "Stop loss orders are not supported for this symbol.",
    "STOP_LOSS_LIMIT": "Stop loss limit orders are not supported for this symbol.",
    "TAKE_PROFIT": "Take profit orders are not supported for this symbol.",
    "TAKE_PROFIT_LIMIT": "Take profit limit orders are not supported for this symbol.",
}
PLAIN = {
    "time_in_force": "timeInForce",
    "quantity": "quantity",
    "quote_order_qty": "quoteOrderQty",
    "price": "price",
    "new_client_order_id": "newClientOrderId",
    "strategy_type": "strategyType",
    "stop_price": "stopPrice",
    "trailing_delta": "trailingDelta",
    "iceberg_qty": "icebergQty",
}
"""How an error calls a parameter."""


def names(prefix: str, **others: str) -> dict[str, str]:
    """The names of a list's leg: `price` is `abovePrice`, and so on."""
    prefixed = {key: prefix + name[0].upper() + name[1:] for key, name in PLAIN.items()}
    return prefixed | {"new_client_order_id": prefix + "ClientOrderId"} | others


def draft(
    market: Market, account: Account, request: NewOrder, called: Mapping[str, str] = PLAIN, *, in_list: bool = False
) -> Order:
    """An order that has not been accepted yet."""
    kind = _TYPES.get(request.type)
    if request.side not in ("BUY", "SELL"):
        raise errors.ExchangeError(-1117, "Invalid side.")
    if kind is None:
        raise errors.ExchangeError(-1116, "Invalid orderType.")
    if request.new_order_resp_type not in _RESPONSE_TYPES:
        raise errors.invalid("newOrderRespType")
    stp = _stp(market, request.self_trade_prevention_mode)
    order = Order(market, account, account.desk(market), buy=request.side == "BUY", type=request.type, stp=stp)
    _time_in_force(order, request, kind, called)
    _quantities(order, request, kind, called)
    _price(order, request, kind, called)
    _trigger(order, request, kind, called)
    _iceberg(order, request, kind, called, in_list=in_list)
    _labels(order, request, called)
    order.rest = order.qty
    return order


def _stp(market: Market, mode: str | None) -> str:
    spec = market.spec
    if mode is None:
        return spec.default_self_trade_prevention_mode
    if mode not in _STP:
        raise errors.invalid("selfTradePreventionMode")
    if mode not in spec.allowed_self_trade_prevention_modes:
        raise errors.ExchangeError(-1013, "This symbol does not allow the specified self-trade prevention mode.")
    return mode


def _time_in_force(order: Order, request: NewOrder, kind: _Type, called: Mapping[str, str]) -> None:
    sent = request.time_in_force
    if not kind.timed:
        if sent is not None:
            raise errors.ExchangeError(-1114, "TimeInForce parameter sent when not required.")
    elif sent is None:
        raise errors.missing(called["time_in_force"])
    elif sent not in _TIMES_IN_FORCE:
        raise errors.ExchangeError(-1115, "Invalid timeInForce.")
    else:
        order.time_in_force = sent


def _quantities(order: Order, request: NewOrder, kind: _Type, called: Mapping[str, str]) -> None:
    if request.quote_order_qty is not None:
        if not kind.quote:
            raise errors.not_required(called["quote_order_qty"])
        if request.quantity is not None:
            raise errors.bad_combination()
        order.quote_order_qty = units(request.quote_order_qty, called["quote_order_qty"])
    elif request.quantity is not None:
        order.qty = units(request.quantity, called["quantity"])
    elif kind.quote:
        raise errors.missing_either(called["quantity"], called["quote_order_qty"])
    else:
        raise errors.missing(called["quantity"])


def _price(order: Order, request: NewOrder, kind: _Type, called: Mapping[str, str]) -> None:
    if kind.priced:
        if request.price is None:
            raise errors.missing(called["price"])
        order.price = units(request.price, called["price"])
    elif request.price is not None:
        raise errors.not_required(called["price"])


def _trigger(order: Order, request: NewOrder, kind: _Type, called: Mapping[str, str]) -> None:
    if not kind.triggered:
        if request.stop_price is not None:
            raise errors.not_required(called["stop_price"])
        if request.trailing_delta is not None:
            raise errors.not_required(called["trailing_delta"])
        return
    if request.stop_price is None and request.trailing_delta is None:
        raise errors.missing_either(called["stop_price"], called["trailing_delta"])
    order.stop_price = optional_units(request.stop_price, called["stop_price"])
    if request.trailing_delta is not None:
        if not 0 < request.trailing_delta < _MOST_TRAILING:
            raise errors.invalid(called["trailing_delta"])
        order.trailing_delta = request.trailing_delta
    elif not order.stop_price:
        raise errors.filter_failure("PRICE_FILTER")
    order.rising = waits_for_rise(order)


def _iceberg(order: Order, request: NewOrder, kind: _Type, called: Mapping[str, str], *, in_list: bool) -> None:
    if request.iceberg_qty is None:
        return
    if not kind.iceberg:
        raise errors.not_required(called["iceberg_qty"])
    order.iceberg_qty = units(request.iceberg_qty, called["iceberg_qty"])
    if order.time_in_force == "GTC" or not order.iceberg_qty:
        return
    if in_list:
        text = "is not supported if aboveTimeInForce/ belowTimeInForce is not GTC."
        raise errors.ExchangeError(-1160, f"Parameter '{called['iceberg_qty']}' {text}")
    raise errors.rejected(errors.UNSUPPORTED_COMBINATION)


def _labels(order: Order, request: NewOrder, called: Mapping[str, str]) -> None:
    order.strategy_id = request.strategy_id
    order.strategy_type = request.strategy_type
    if request.strategy_type is not None and request.strategy_type < _LEAST_STRATEGY_TYPE:
        raise errors.ExchangeError(-1134, "strategyType was less than 1000000.")
    if request.new_client_order_id is not None:
        check_client_id(request.new_client_order_id, called["new_client_order_id"])
        order.client_order_id = request.new_client_order_id


def check_client_id(client_id: str | None, name: str) -> None:
    """-1100 for characters (or a length) that a client order id may not have."""
    if client_id is not None and _CLIENT_ID.fullmatch(client_id) is None:
        raise errors.illegal(name, _LEGAL_CLIENT_ID)


def check_allowed(order: Order) -> None:
    """Whether account and symbol let each other trade, and the symbol such an order: -2010."""
    market, account = order.market, order.account
    spec = market.spec
    if not account.can_trade:
        raise errors.rejected(errors.MAY_NOT_TRADE)
    permissions = account.permissions
    if not all(any(one in permissions for one in group) for group in spec.permission_sets):
        raise errors.rejected(errors.NOT_PERMITTED)
    if market.status != "TRADING":
        raise errors.rejected(errors.MARKET_CLOSED)
    if order.type not in spec.order_types:
        raise errors.rejected(_UNSUPPORTED.get(order.type, errors.UNSUPPORTED_COMBINATION))
    if order.trailing_delta and not spec.allow_trailing_stop:
        raise errors.rejected("Trailing stop orders are not supported for this symbol.")
    if order.quote_order_qty and not spec.quote_order_qty_market_allowed:
        raise errors.rejected("Quote order qty market orders are not support for this symbol.")
    if order.iceberg_qty and not spec.iceberg_allowed:
        raise errors.rejected("Iceberg orders are not supported for this symbol.")
