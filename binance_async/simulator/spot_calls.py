"""What each declared call of spot does to the engine. A call that is not here answers with an example.

Handlers are found by method and path, or by the WebSocket API's method where a call has no path. Most of them hand
their parameters to the engine's method as they are: the engine's names are the exchange's in snake case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import MISSING, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from binance_async.simulator import params
from binance_async.simulator.engine import (
    Engine,
    ExchangeError,
    NewOco,
    NewOcoDeprecated,
    NewOrder,
    NewOto,
    NewOtoco,
)

if TYPE_CHECKING:
    from binance_async.simulator.calls import Call, Handler
    from binance_async.simulator.exchange import Exchange

__all__ = ["SPOT_CALLS"]

_CAPITALS = re.compile(r"(?<!^)([A-Z])")
_DOOR_ONLY = frozenset({"symbolStatus"})


@lru_cache(maxsize=1_024)
def snake(name: str) -> str:
    """`newClientOrderId` as Python spells it."""
    return _CAPITALS.sub(r"_\1", name).lower()


def arguments(call: Call, *without: str) -> dict[str, Any]:
    """The call's parameters by the engine's names."""
    return {snake(name): value for name, value in call.values.items() if name not in _DOOR_ONLY and name not in without}


def _known_symbol(exchange: Exchange, call: Call) -> str | None:
    """The call's symbol, of the status that it asks for."""
    symbol: str | None = call.values.get("symbol")
    status = call.values.get("symbolStatus")
    if symbol is None or status is None:
        return symbol
    if symbol in exchange.engine.symbols and exchange.engine.status(symbol) != status:
        raise ExchangeError(-1220, "The symbol's status does not match the requested symbolStatus.")
    return symbol


# Market data


def ping(exchange: Exchange, call: Call) -> Any:  # noqa: ARG001
    """An empty object."""
    return {}


def time(exchange: Exchange, call: Call) -> Any:
    """The exchange's clock."""
    now = exchange.clock.now_us()
    return {"serverTime": now if call.micro else now // 1000}


def exchange_info(exchange: Exchange, call: Call) -> Any:
    """Limits and symbols."""
    return exchange.engine.exchange_info(
        **_selection(call), rate_limits=exchange.limiter.exchange_rows(), micro=call.micro
    )


def _selection(call: Call) -> dict[str, Any]:
    return {snake(name): value for name, value in call.values.items()}


def market(method: Callable[..., Any], *, micro: bool = True) -> Handler:
    """A query of one symbol, as the engine answers it."""

    def handle(exchange: Exchange, call: Call) -> Any:
        _known_symbol(exchange, call)
        kwargs = arguments(call)
        if micro:
            kwargs["micro"] = call.micro
        return method(exchange.engine, **kwargs)

    return handle


def ticker(method: Callable[..., Any], *, micro: bool = True, all_symbols: bool = True, many: int = 0) -> Handler:
    """A query of one symbol, of several, or of all."""

    def handle(exchange: Exchange, call: Call) -> Any:
        kwargs = arguments(call, "symbol", "symbols")
        if micro:
            kwargs["micro"] = call.micro
        if "symbol" in call.values:
            return method(exchange.engine, _known_symbol(exchange, call), **kwargs)
        if "symbols" not in call.values and not all_symbols:
            raise ExchangeError(-1102, "Param 'symbol' or 'symbols' must be sent, but both were empty/null!")
        if many:
            params.at_most_100(call.values)
        return [method(exchange.engine, symbol, **kwargs) for symbol in _chosen(exchange, call)]

    return handle


def _chosen(exchange: Exchange, call: Call) -> Iterable[str]:
    symbols: Iterable[str] = call.values.get("symbols", exchange.engine.symbols)
    status = call.values.get("symbolStatus")
    if status is None:
        return symbols
    listed = exchange.engine.symbols
    return [symbol for symbol in symbols if symbol not in listed or exchange.engine.status(symbol) == status]


def execution_rules(exchange: Exchange, call: Call) -> Any:
    """The simulated exchange has no price ranges."""
    _known_symbol(exchange, call)
    for symbol in (call.values.get("symbol"), *call.values.get("symbols", ())):
        if symbol is not None and symbol not in exchange.engine.symbols:
            raise ExchangeError(-1121, "Invalid symbol.")
    return {"symbolRules": []}


def no_reference_price(exchange: Exchange, call: Call) -> Any:
    """The simulated exchange sets no reference prices."""
    if call.values["symbol"] not in exchange.engine.symbols:
        raise ExchangeError(-1121, "Invalid symbol.")
    _known_symbol(exchange, call)
    raise ExchangeError(-2043, "This symbol doesn't have a reference price.")


def no_block_trades(exchange: Exchange, call: Call) -> Any:
    """There are no block trades."""
    if call.values["symbol"] not in exchange.engine.symbols:
        raise ExchangeError(-1121, "Invalid symbol.")
    return []


# Orders


def request_of(type_: type[Any], call: Call) -> Any:
    """The engine's request with the call's parameters."""
    names = {field.name for field in fields(type_)}
    given = {snake(name): value for name, value in call.values.items()}
    if any("peg" in name for name in given):
        raise ExchangeError(-2010, "Pegged orders are not supported for this symbol.")
    return type_(**{name: value for name, value in given.items() if name in names}, **_absent(type_, given))


def _absent(type_: type[Any], given: dict[str, Any]) -> dict[str, None]:
    """None for what the request needs and the call leaves to the exchange to complain about."""
    return {name: None for name in ("quantity", "price") if name in _needed(type_) and name not in given}


def _needed(type_: type[Any]) -> frozenset[str]:
    return frozenset(field.name for field in fields(type_) if field.default is MISSING)


def placing(method: Callable[..., Any], type_: type[Any], *, listed: bool = False) -> Handler:
    """A new order or order list. `listed`: the WebSocket API answers a list of one."""

    def handle(exchange: Exchange, call: Call) -> Any:
        result = method(exchange.engine, call.account, request_of(type_, call), micro=call.micro)
        return [result] if listed and call.door == "ws_api" else result

    return handle


def testing(method: Callable[..., Any]) -> Handler:
    """A test of a new order."""

    def handle(exchange: Exchange, call: Call) -> Any:
        rates = call.values.get("computeCommissionRates", False)
        return method(exchange.engine, call.account, request_of(NewOrder, call), compute_commission_rates=rates)

    return handle


_CANCELLING = ("cancelReplaceMode", "cancelOrderId", "cancelOrigClientOrderId", "cancelNewClientOrderId",
               "cancelRestrictions", "orderRateLimitExceededMode")  # fmt: skip


def cancel_replace(exchange: Exchange, call: Call) -> Any:
    """Cancel one order and place another."""
    cancelling = {snake(name): call.values[name] for name in _CANCELLING if name in call.values}
    mode = cancelling.pop("cancel_replace_mode")
    order = request_of(NewOrder, call)
    return exchange.engine.cancel_replace(call.account, order, mode, **cancelling, micro=call.micro)


def account(method: Callable[..., Any], *, micro: bool = True) -> Handler:
    """A query or command of the account, as the engine answers it."""

    def handle(exchange: Exchange, call: Call) -> Any:
        kwargs = arguments(call)
        if micro:
            kwargs["micro"] = call.micro
        return method(exchange.engine, call.account, **kwargs)

    return handle


def start_listen_key(exchange: Exchange, call: Call) -> Any:
    """The listen key of the account, made or kept alive."""
    return {"listenKey": exchange.user_data.start(call.account)}


def keep_listen_key(exchange: Exchange, call: Call) -> Any:
    """Let a listen key live on."""
    exchange.user_data.keep(call.account, call.values["listenKey"])
    return {}


def stop_listen_key(exchange: Exchange, call: Call) -> Any:
    """Close a listen key."""
    exchange.user_data.stop(call.account, call.values["listenKey"])
    return {}


SPOT_CALLS: dict[str, Handler] = {
    "GET /api/v3/ping": ping,
    "GET /api/v3/time": time,
    "GET /api/v3/exchangeInfo": exchange_info,
    "GET /api/v3/executionRules": execution_rules,
    "GET /api/v3/depth": market(Engine.depth, micro=False),
    "GET /api/v3/trades": market(Engine.trades),
    "GET /api/v3/historicalTrades": market(Engine.historical_trades),
    "GET /api/v3/aggTrades": market(Engine.agg_trades),
    "GET /api/v3/historicalBlockTrades": no_block_trades,
    "GET /api/v3/klines": market(Engine.klines),
    "GET /api/v3/uiKlines": market(Engine.klines),
    "GET /api/v3/avgPrice": market(Engine.avg_price),
    "GET /api/v3/ticker/24hr": ticker(Engine.ticker_24hr),
    "GET /api/v3/ticker/tradingDay": ticker(Engine.ticker_trading_day, all_symbols=False, many=100),
    "GET /api/v3/ticker": ticker(Engine.ticker_rolling, all_symbols=False, many=100),
    "GET /api/v3/ticker/price": ticker(Engine.ticker_price, micro=False),
    "GET /api/v3/ticker/bookTicker": ticker(Engine.ticker_book, micro=False),
    "GET /api/v3/referencePrice": no_reference_price,
    "GET /api/v3/referencePrice/calculation": no_reference_price,
    "POST /api/v3/order": placing(Engine.place, NewOrder),
    "POST /api/v3/order/test": testing(Engine.test_order),
    "GET /api/v3/order": account(Engine.order),
    "DELETE /api/v3/order": account(Engine.cancel),
    "DELETE /api/v3/openOrders": account(Engine.cancel_all),
    "POST /api/v3/order/cancelReplace": cancel_replace,
    "PUT /api/v3/order/amend/keepPriority": account(Engine.amend),
    "GET /api/v3/order/amendments": account(Engine.order_amendments),
    "GET /api/v3/openOrders": account(Engine.open_orders),
    "GET /api/v3/allOrders": account(Engine.all_orders),
    "POST /api/v3/order/oco": placing(Engine.place_oco_deprecated, NewOcoDeprecated),
    "POST /api/v3/orderList/oco": placing(Engine.place_oco, NewOco),
    "POST /api/v3/orderList/oto": placing(Engine.place_oto, NewOto),
    "POST /api/v3/orderList/otoco": placing(Engine.place_otoco, NewOtoco),
    "DELETE /api/v3/orderList": account(Engine.cancel_list),
    "GET /api/v3/orderList": account(Engine.order_list),
    "GET /api/v3/allOrderList": account(Engine.all_order_lists),
    "GET /api/v3/openOrderList": account(Engine.open_order_lists),
    "POST /api/v3/sor/order": placing(Engine.place_sor, NewOrder, listed=True),
    "POST /api/v3/sor/order/test": testing(Engine.test_sor),
    "GET /api/v3/account": account(Engine.account_information),
    "GET /api/v3/account/commission": account(Engine.commission, micro=False),
    "GET /api/v3/rateLimit/order": account(Engine.order_counts, micro=False),
    "GET /api/v3/myTrades": account(Engine.my_trades),
    "GET /api/v3/myPreventedMatches": account(Engine.my_prevented_matches),
    "GET /api/v3/myAllocations": account(Engine.my_allocations),
    "GET /api/v3/myFilters": account(Engine.my_filters, micro=False),
    "POST /api/v3/userDataStream": start_listen_key,
    "PUT /api/v3/userDataStream": keep_listen_key,
    "DELETE /api/v3/userDataStream": stop_listen_key,
}
