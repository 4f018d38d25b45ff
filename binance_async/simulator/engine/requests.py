"""What the doors hand in: the exchange's parameters, parsed, under their own names in snake case.

Numbers are `Decimal` (the text that came, exact), ids are int, enums are the exchange's words. Nothing is checked
here; the engine checks, so that every door refuses alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

__all__ = ["NewOco", "NewOcoDeprecated", "NewOrder", "NewOto", "NewOtoco"]


@dataclass(slots=True)
class NewOrder:
    """The parameters of `POST /api/v3/order` (also of its test, of cancel-replace and of SOR)."""

    symbol: str
    side: str
    type: str
    time_in_force: str | None = None
    quantity: Decimal | None = None
    quote_order_qty: Decimal | None = None
    price: Decimal | None = None
    new_client_order_id: str | None = None
    strategy_id: int | None = None
    strategy_type: int | None = None
    stop_price: Decimal | None = None
    trailing_delta: int | None = None
    iceberg_qty: Decimal | None = None
    new_order_resp_type: str | None = None
    self_trade_prevention_mode: str | None = None


@dataclass(slots=True)
class NewOco:
    """The parameters of `POST /api/v3/orderList/oco`."""

    symbol: str
    side: str
    quantity: Decimal | None
    above_type: str
    below_type: str
    list_client_order_id: str | None = None
    above_client_order_id: str | None = None
    above_iceberg_qty: Decimal | None = None
    above_price: Decimal | None = None
    above_stop_price: Decimal | None = None
    above_trailing_delta: int | None = None
    above_time_in_force: str | None = None
    above_strategy_id: int | None = None
    above_strategy_type: int | None = None
    below_client_order_id: str | None = None
    below_iceberg_qty: Decimal | None = None
    below_price: Decimal | None = None
    below_stop_price: Decimal | None = None
    below_trailing_delta: int | None = None
    below_time_in_force: str | None = None
    below_strategy_id: int | None = None
    below_strategy_type: int | None = None
    new_order_resp_type: str | None = None
    self_trade_prevention_mode: str | None = None


@dataclass(slots=True)
class NewOcoDeprecated:
    """The parameters of `POST /api/v3/order/oco` (`orderList.place`): a LIMIT_MAKER and a STOP_LOSS(_LIMIT)."""

    symbol: str
    side: str
    quantity: Decimal | None
    price: Decimal | None
    stop_price: Decimal | None = None
    list_client_order_id: str | None = None
    limit_client_order_id: str | None = None
    limit_strategy_id: int | None = None
    limit_strategy_type: int | None = None
    limit_iceberg_qty: Decimal | None = None
    trailing_delta: int | None = None
    stop_client_order_id: str | None = None
    stop_strategy_id: int | None = None
    stop_strategy_type: int | None = None
    stop_limit_price: Decimal | None = None
    stop_iceberg_qty: Decimal | None = None
    stop_limit_time_in_force: str | None = None
    new_order_resp_type: str | None = None
    self_trade_prevention_mode: str | None = None


@dataclass(slots=True)
class NewOto:
    """The parameters of `POST /api/v3/orderList/oto`."""

    symbol: str
    working_type: str
    working_side: str
    working_price: Decimal | None
    working_quantity: Decimal | None
    pending_type: str
    pending_side: str
    pending_quantity: Decimal | None
    list_client_order_id: str | None = None
    new_order_resp_type: str | None = None
    self_trade_prevention_mode: str | None = None
    working_client_order_id: str | None = None
    working_iceberg_qty: Decimal | None = None
    working_time_in_force: str | None = None
    working_strategy_id: int | None = None
    working_strategy_type: int | None = None
    pending_client_order_id: str | None = None
    pending_price: Decimal | None = None
    pending_stop_price: Decimal | None = None
    pending_trailing_delta: int | None = None
    pending_iceberg_qty: Decimal | None = None
    pending_time_in_force: str | None = None
    pending_strategy_id: int | None = None
    pending_strategy_type: int | None = None


@dataclass(slots=True)
class NewOtoco:
    """The parameters of `POST /api/v3/orderList/otoco`."""

    symbol: str
    working_type: str
    working_side: str
    working_price: Decimal | None
    working_quantity: Decimal | None
    pending_side: str
    pending_quantity: Decimal | None
    pending_above_type: str
    pending_below_type: str | None = None
    list_client_order_id: str | None = None
    new_order_resp_type: str | None = None
    self_trade_prevention_mode: str | None = None
    working_client_order_id: str | None = None
    working_iceberg_qty: Decimal | None = None
    working_time_in_force: str | None = None
    working_strategy_id: int | None = None
    working_strategy_type: int | None = None
    pending_above_client_order_id: str | None = None
    pending_above_price: Decimal | None = None
    pending_above_stop_price: Decimal | None = None
    pending_above_trailing_delta: int | None = None
    pending_above_iceberg_qty: Decimal | None = None
    pending_above_time_in_force: str | None = None
    pending_above_strategy_id: int | None = None
    pending_above_strategy_type: int | None = None
    pending_below_client_order_id: str | None = None
    pending_below_price: Decimal | None = None
    pending_below_stop_price: Decimal | None = None
    pending_below_trailing_delta: int | None = None
    pending_below_iceberg_qty: Decimal | None = None
    pending_below_time_in_force: str | None = None
    pending_below_strategy_id: int | None = None
    pending_below_strategy_type: int | None = None
