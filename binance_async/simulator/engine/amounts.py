"""Money as integers of 10^-8, the precision that the exchange gives every asset.

A price times a quantity is cut (not rounded) to that precision: buyer and seller of a trade see the same amount,
and what was locked for a whole order always covers the sum of its parts, since cut parts never exceed the cut whole.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from binance_async.simulator.engine import errors

__all__ = ["UNIT", "notional", "optional_units", "text", "units"]

UNIT = 100_000_000
DECIMALS = 8
_LARGEST = 10**13 * UNIT
_LEGAL = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"


def units(value: Decimal | int, name: str) -> int:
    """The integer of a parameter. -1100 for a negative or infinite one, -1108 too large, -1111 too fine."""
    try:
        scaled = value * UNIT
        number = int(scaled)
    except (InvalidOperation, ValueError, OverflowError):
        raise errors.illegal(name, _LEGAL) from None
    if number < 0 or scaled < 0:
        raise errors.illegal(name, _LEGAL)
    if number > _LARGEST:
        raise errors.overflowed(name)
    # The product was rounded if the value has more digits than the decimal context; then it is not what came either.
    if number != scaled or Decimal(number) / UNIT != value:
        raise errors.too_precise(name)
    return number


def optional_units(value: Decimal | int | None, name: str) -> int:
    """As `units`; 0 for a parameter that was not sent."""
    return 0 if value is None else units(value, name)


def notional(price: int, quantity: int) -> int:
    """Price times quantity, cut to the precision of the quote asset."""
    return price * quantity // UNIT


def text(number: int) -> str:
    """As the exchange writes it: eight decimals, always."""
    if number < 0:
        return "-" + text(-number)
    digits = str(number)  # to cut it takes half the time of a division
    if len(digits) <= DECIMALS:
        return "0." + digits.zfill(DECIMALS)
    return f"{digits[:-DECIMALS]}.{digits[-DECIMALS:]}"
