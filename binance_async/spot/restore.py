"""Events of a gap, made again from REST replies."""

from decimal import Decimal

from binance_async.spot.enums import ExecutionType, OrderStatus, WorkingFloor
from binance_async.spot.events import (
    AssetBalance,
    OrderRejectReason,
    RestoredAccountPosition,
    RestoredExecutionReport,
)
from binance_async.spot.types.account import AccountInfo, AccountTrade
from binance_async.spot.types.trading import Order

ZERO = Decimal(0)


def report(
    order: Order,
    *,
    execution: str,
    status: str,
    executed: Decimal,
    quote: Decimal,
    time: int,
    trade: AccountTrade | None = None,
) -> RestoredExecutionReport:
    """An execution report as the exchange would have sent it, without what REST does not know."""
    return RestoredExecutionReport(
        event_time=time,
        symbol=order.symbol,
        client_order_id=order.client_order_id,
        side=order.side,
        type=order.type,
        time_in_force=order.time_in_force,
        orig_qty=order.orig_qty,
        price=order.price,
        stop_price=order.stop_price or ZERO,
        iceberg_qty=order.iceberg_qty or ZERO,
        order_list_id=order.order_list_id,
        orig_client_order_id="",
        execution_type=ExecutionType(execution),
        status=OrderStatus(status),
        reject_reason=OrderRejectReason.NONE,
        order_id=order.order_id,
        last_qty=trade.qty if trade else ZERO,
        executed_qty=executed,
        last_price=trade.price if trade else ZERO,
        commission=trade.commission if trade else ZERO,
        commission_asset=trade.commission_asset if trade else None,
        transact_time=time,
        trade_id=trade.id if trade else -1,
        is_on_book=order.is_working and status in ("NEW", "PARTIALLY_FILLED"),
        is_maker=trade.is_maker if trade else False,
        order_time=order.time,
        cummulative_quote_qty=quote,
        last_quote_qty=trade.quote_qty if trade else ZERO,
        orig_quote_order_qty=order.orig_quote_order_qty,
        working_time=order.working_time,
        self_trade_prevention_mode=order.self_trade_prevention_mode,
        trailing_delta=order.trailing_delta,
        trailing_time=order.trailing_time,
        strategy_id=order.strategy_id,
        strategy_type=order.strategy_type,
        prevented_match_id=order.prevented_match_id,
        prevented_quantity=order.prevented_quantity,
        working_floor=WorkingFloor(order.working_floor) if order.working_floor else None,
        used_sor=order.used_sor,
        peg_price_type=order.peg_price_type,
        peg_offset_type=order.peg_offset_type,
        peg_offset_value=order.peg_offset_value,
        pegged_price=order.pegged_price,
        expiry_reason=order.expiry_reason,
    )


def position(account: AccountInfo, time: int) -> RestoredAccountPosition:
    """All balances of the account."""
    return RestoredAccountPosition(
        event_time=time,
        last_account_update=account.update_time,
        balances=[AssetBalance(asset=b.asset, free=b.free, locked=b.locked) for b in account.balances],
    )
