"""Orders, lists, trades and accounts as the documents spell them: names, order of names, strings and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from binance_async.simulator.engine.amounts import text
from binance_async.simulator.engine.records import AccountTrade

if TYPE_CHECKING:
    from collections.abc import Iterable

    from binance_async.simulator.engine.accounts import Account
    from binance_async.simulator.engine.commission import CommissionSchedule
    from binance_async.simulator.engine.matching import Outcome
    from binance_async.simulator.engine.orders import Order, OrderList
    from binance_async.simulator.engine.records import Allocation, Amendment, PreventedMatch

__all__ = [
    "account_information",
    "account_trade",
    "allocation",
    "amended_order",
    "amendment",
    "canceled_order",
    "commission",
    "commission_for_order",
    "new_order",
    "order_list",
    "order_report",
    "prevented_match",
    "queried_order",
    "stamp",
]

Reply = dict[str, Any]


def stamp(time: int, *, micro: bool) -> int:
    """A time in the unit that the caller wants; -1 stays."""
    return time if micro or time < 0 else time // 1000


# Orders


def new_order(order: Order, response_type: str | None, outcome: Outcome | None, *, micro: bool) -> Reply:
    """The answer to a new order, as its `newOrderRespType` asks."""
    if response_type is None:
        response_type = "FULL" if order.type in ("LIMIT", "MARKET") or order.floor else "ACK"
    reply: Reply = {
        "symbol": order.market.spec.symbol,
        "orderId": order.order_id,
        "orderListId": order.order_list_id,
        "clientOrderId": order.client_order_id,
        "transactTime": stamp(order.update_time, micro=micro),
    }
    if response_type == "ACK":
        return reply
    reply.update(_amounts(order))
    _trigger(reply, order, micro=micro)
    reply["workingTime"] = stamp(order.working_time, micro=micro)
    _iceberg_and_strategy(reply, order)
    if response_type == "FULL" and outcome is not None:
        reply["fills"] = [_fill(fill) for fill in outcome.fills]
    if order.floor:
        reply["workingFloor"] = order.floor
    if outcome is not None and outcome.prevented:
        reply["preventedMatches"] = [_prevented_in_reply(match) for match in outcome.prevented]
    reply["selfTradePreventionMode"] = order.stp
    if order.floor:
        reply["usedSor"] = True
    if outcome is not None and outcome.prevented and order.account.trade_group_id >= 0:
        reply["tradeGroupId"] = order.account.trade_group_id
    _prevented(reply, order)
    return reply


def _amounts(order: Order) -> Reply:
    return {
        "price": text(order.price),
        "origQty": text(order.qty),
        "executedQty": text(order.filled),
        "origQuoteOrderQty": text(order.quote_order_qty),
        "cummulativeQuoteQty": text(order.quote_filled),
        "status": order.status,
        "timeInForce": order.time_in_force,
        "type": order.type,
        "side": order.side,
    }


def _trigger(reply: Reply, order: Order, *, micro: bool) -> None:
    if order.algo:
        reply["stopPrice"] = text(order.stop_price)
    if order.trailing_delta:
        reply["trailingDelta"] = order.trailing_delta
        reply["trailingTime"] = stamp(order.trailing_time, micro=micro)


def _iceberg_and_strategy(reply: Reply, order: Order) -> None:
    if order.iceberg_qty:
        reply["icebergQty"] = text(order.iceberg_qty)
    if order.strategy_id is not None:
        reply["strategyId"] = order.strategy_id
    if order.strategy_type is not None:
        reply["strategyType"] = order.strategy_type


def _prevented(reply: Reply, order: Order) -> None:
    if order.prevented:
        reply["preventedMatchId"] = order.prevented_match_id
        reply["preventedQuantity"] = text(order.prevented)
    if order.expiry_reason:
        reply["expiryReason"] = order.expiry_reason


def _fill(fill: AccountTrade | Allocation) -> Reply:
    if isinstance(fill, AccountTrade):
        trade = fill.trade
        return {
            "price": text(trade.price),
            "qty": text(trade.qty),
            "commission": text(fill.commission),
            "commissionAsset": fill.commission_asset,
            "tradeId": trade.id,
        }
    return {
        "matchType": "ONE_PARTY_TRADE_REPORT",
        "price": text(fill.price),
        "qty": text(fill.qty),
        "commission": text(fill.commission),
        "commissionAsset": fill.commission_asset,
        "tradeId": -1,
        "allocId": fill.id,
    }


def _prevented_in_reply(match: PreventedMatch) -> Reply:
    reply: Reply = {
        "preventedMatchId": match.id,
        "makerOrderId": match.maker_order_id,
        "price": text(match.price),
    }
    if match.taker_qty >= 0:
        reply["takerPreventedQuantity"] = text(match.taker_qty)
    if match.maker_qty >= 0:
        reply["makerPreventedQuantity"] = text(match.maker_qty)
    return reply


def queried_order(order: Order, *, micro: bool) -> Reply:
    """The answer to a query."""
    reply: Reply = {
        "symbol": order.market.spec.symbol,
        "orderId": order.order_id,
        "orderListId": order.order_list_id,
        "clientOrderId": order.client_order_id,
        "price": text(order.price),
        "origQty": text(order.qty),
        "executedQty": text(order.filled),
        "cummulativeQuoteQty": text(order.quote_filled),
        "status": order.status,
        "timeInForce": order.time_in_force,
        "type": order.type,
        "side": order.side,
        "stopPrice": text(order.stop_price),
    }
    if order.trailing_delta:
        reply["trailingDelta"] = order.trailing_delta
        reply["trailingTime"] = stamp(order.trailing_time, micro=micro)
    reply["icebergQty"] = text(order.iceberg_qty)
    reply["time"] = stamp(order.time, micro=micro)
    reply["updateTime"] = stamp(order.update_time, micro=micro)
    reply["isWorking"] = order.working
    reply["workingTime"] = stamp(order.working_time, micro=micro)
    reply["origQuoteOrderQty"] = text(order.quote_order_qty)
    if order.strategy_id is not None:
        reply["strategyId"] = order.strategy_id
    if order.strategy_type is not None:
        reply["strategyType"] = order.strategy_type
    reply["selfTradePreventionMode"] = order.stp
    if order.floor:
        reply["workingFloor"] = order.floor
        reply["usedSor"] = True
    _prevented(reply, order)
    return reply


def canceled_order(order: Order, cancel_id: str, *, micro: bool) -> Reply:
    """One order in the answer to a cancel."""
    reply: Reply = {
        "symbol": order.market.spec.symbol,
        "origClientOrderId": order.client_order_id,
        "orderId": order.order_id,
        "orderListId": order.order_list_id,
        "clientOrderId": cancel_id,
        "transactTime": stamp(order.update_time, micro=micro),
        **_amounts(order),
    }
    _trigger(reply, order, micro=micro)
    _iceberg_and_strategy(reply, order)
    reply["selfTradePreventionMode"] = order.stp
    if order.floor:
        reply["workingFloor"] = order.floor
        reply["usedSor"] = True
    _prevented(reply, order)
    return reply


def amended_order(
    order: Order, orig_client_order_id: str, execution_id: int, orders: OrderList | None, *, micro: bool
) -> Reply:
    """The answer to an amendment."""
    amended: Reply = {
        "symbol": order.market.spec.symbol,
        "orderId": order.order_id,
        "orderListId": order.order_list_id,
        "origClientOrderId": orig_client_order_id,
        "clientOrderId": order.client_order_id,
        "price": text(order.price),
        "qty": text(order.qty),
        "executedQty": text(order.filled),
        "preventedQty": text(order.prevented),
        "quoteOrderQty": text(order.quote_order_qty),
        "cumulativeQuoteQty": text(order.quote_filled),
        "status": order.status,
        "timeInForce": order.time_in_force,
        "type": order.type,
        "side": order.side,
    }
    _trigger(amended, order, micro=micro)
    if order.working_time >= 0:
        amended["workingTime"] = stamp(order.working_time, micro=micro)
    _iceberg_and_strategy(amended, order)
    amended["selfTradePreventionMode"] = order.stp
    reply: Reply = {
        "transactTime": stamp(order.update_time, micro=micro),
        "executionId": execution_id,
        "amendedOrder": amended,
    }
    if orders is not None:
        reply["listStatus"] = {
            "orderListId": orders.order_list_id,
            "contingencyType": orders.contingency_type,
            "listOrderStatus": orders.list_order_status,
            "listClientOrderId": orders.list_client_order_id,
            "symbol": order.market.spec.symbol,
            "orders": _orders_of(orders),
        }
    return reply


# Lists


def _orders_of(orders: OrderList) -> list[Reply]:
    symbol = orders.market.spec.symbol
    return [
        {"symbol": symbol, "orderId": order.order_id, "clientOrderId": order.client_order_id} for order in orders.orders
    ]


def order_list(orders: OrderList, *, micro: bool) -> Reply:
    """A list as queries answer, and as every answer begins."""
    return {
        "orderListId": orders.order_list_id,
        "contingencyType": orders.contingency_type,
        "listStatusType": orders.list_status_type,
        "listOrderStatus": orders.list_order_status,
        "listClientOrderId": orders.list_client_order_id,
        "transactionTime": stamp(orders.transaction_time, micro=micro),
        "symbol": orders.market.spec.symbol,
        "orders": _orders_of(orders),
    }


def order_report(orders: OrderList, reports: list[Reply], *, micro: bool) -> Reply:
    """A list with what became of each order."""
    return order_list(orders, micro=micro) | {"orderReports": reports}


# History


def account_trade(symbol: str, record: AccountTrade, *, micro: bool) -> Reply:
    """One of myTrades."""
    trade = record.trade
    return {
        "symbol": symbol,
        "id": trade.id,
        "orderId": record.order_id,
        "orderListId": record.order_list_id,
        "price": text(trade.price),
        "qty": text(trade.qty),
        "quoteQty": text(trade.quote),
        "commission": text(record.commission),
        "commissionAsset": record.commission_asset,
        "time": stamp(trade.time, micro=micro),
        "isBuyer": record.buy,
        "isMaker": record.is_maker,
        "isBestMatch": True,
    }


def allocation(symbol: str, record: Allocation, *, micro: bool) -> Reply:
    """One of myAllocations."""
    return {
        "symbol": symbol,
        "allocationId": record.id,
        "allocationType": "SOR",
        "orderId": record.order_id,
        "orderListId": record.order_list_id,
        "price": text(record.price),
        "qty": text(record.qty),
        "quoteQty": text(record.quote),
        "commission": text(record.commission),
        "commissionAsset": record.commission_asset,
        "time": stamp(record.time, micro=micro),
        "isBuyer": record.buy,
        "isMaker": False,
        "isAllocator": False,
    }


def prevented_match(symbol: str, match: PreventedMatch, *, micro: bool) -> Reply:
    """One of myPreventedMatches."""
    reply: Reply = {
        "symbol": symbol,
        "preventedMatchId": match.id,
        "takerOrderId": match.taker_order_id,
        "makerSymbol": symbol,
        "makerOrderId": match.maker_order_id,
        "tradeGroupId": match.trade_group_id,
        "selfTradePreventionMode": match.mode,
        "price": text(match.price),
    }
    if match.taker_qty >= 0:
        reply["takerPreventedQuantity"] = text(match.taker_qty)
    if match.maker_qty >= 0:
        reply["makerPreventedQuantity"] = text(match.maker_qty)
    reply["transactTime"] = stamp(match.time, micro=micro)
    return reply


def amendment(record: Amendment, *, micro: bool) -> Reply:
    """One of an order's amendments."""
    return {
        "symbol": record.symbol,
        "orderId": record.order_id,
        "executionId": record.execution_id,
        "origClientOrderId": record.orig_client_order_id,
        "newClientOrderId": record.new_client_order_id,
        "origQty": text(record.orig_qty),
        "newQty": text(record.new_qty),
        "time": stamp(record.time, micro=micro),
    }


# Accounts


def account_information(account: Account, assets: Iterable[str], *, omit_zero: bool, micro: bool) -> Reply:
    """An account with its balances; `assets` are those that the exchange lists."""
    rates = account.default_card.schedule.standard.payload()
    names = sorted({*assets, *account.wallet})
    balances = [(name, account.wallet.get(name)) for name in names]
    return {
        "makerCommission": _basis_points(rates["maker"]),
        "takerCommission": _basis_points(rates["taker"]),
        "buyerCommission": _basis_points(rates["buyer"]),
        "sellerCommission": _basis_points(rates["seller"]),
        "commissionRates": rates,
        "canTrade": account.can_trade,
        "canWithdraw": account.can_withdraw,
        "canDeposit": account.can_deposit,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": stamp(max(account.update_time, 0), micro=micro),
        "accountType": "SPOT",
        "balances": [
            {"asset": name, "free": text(balance.free), "locked": text(balance.locked)}
            if balance is not None
            else {"asset": name, "free": text(0), "locked": text(0)}
            for name, balance in balances
            if not omit_zero or (balance is not None and (balance.free or balance.locked))
        ],
        "permissions": list(account.permissions),
        "uid": account.uid,
    }


def _basis_points(rate: str) -> int:
    return round(float(rate) * 10_000)


def commission(symbol: str, schedule: CommissionSchedule, *, special: bool) -> Reply:
    """The rates of an account on a symbol."""
    reply: Reply = {"symbol": symbol, "standardCommission": schedule.standard.payload()}
    if special:
        reply["specialCommission"] = schedule.special.payload()
    reply["taxCommission"] = schedule.tax.payload()
    reply["discount"] = schedule.discount_payload()
    return reply


def commission_for_order(schedule: CommissionSchedule, *, buy: bool, special: bool) -> Reply:
    """The rates that a test order would pay."""
    reply: Reply = {"standardCommissionForOrder": schedule.standard.for_order(buy)}
    if special:
        reply["specialCommissionForOrder"] = schedule.special.for_order(buy)
    reply["taxCommissionForOrder"] = schedule.tax.for_order(buy)
    reply["discount"] = schedule.discount_payload()
    return reply
