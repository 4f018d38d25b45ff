"""What a trade costs.

The received amount is multiplied by the sum of the rates of role (maker or taker) and side (buyer or seller). There
are standard, special and tax rates; all three are summed. If the discount is on for the account and the symbol, and
the account has enough of the discount asset, the commission is paid in it: the standard part times `discount`, the
others whole, converted at the last price. Otherwise the whole is taken from what was received. Amounts are rounded
half up.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from binance_async.simulator.engine.amounts import UNIT, text

__all__ = ["CommissionRates", "CommissionSchedule", "RateCard"]

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class CommissionRates:
    """Rates as fractions: 0.001 is a tenth of a percent."""

    maker: Decimal = _ZERO
    taker: Decimal = _ZERO
    buyer: Decimal = _ZERO
    seller: Decimal = _ZERO

    def payload(self) -> dict[str, str]:
        """As the account answers write them."""
        return {name: text(_units(getattr(self, name))) for name in ("maker", "taker", "buyer", "seller")}

    def for_order(self, buy: bool) -> dict[str, str]:
        """Maker and taker rate of an order of this side, as the test order answers."""
        side = _units(self.buyer if buy else self.seller)
        return {"maker": text(_units(self.maker) + side), "taker": text(_units(self.taker) + side)}

    def rate(self, *, buy: bool, maker: bool) -> int:
        """The summed rate of one fill."""
        return _units(self.maker if maker else self.taker) + _units(self.buyer if buy else self.seller)


def _units(rate: Decimal) -> int:
    return int(rate * UNIT)


@dataclass(frozen=True, slots=True)
class CommissionSchedule:
    """All rates of an account on a symbol. The default is what a new account pays: a tenth of a percent."""

    standard: CommissionRates = CommissionRates(maker=Decimal("0.001"), taker=Decimal("0.001"))
    special: CommissionRates = CommissionRates()
    tax: CommissionRates = CommissionRates()
    discount_asset: str = "BNB"
    discount: Decimal = Decimal("0.75")
    """The standard part that remains to be paid, when paid in the discount asset."""
    discount_enabled_for_account: bool = False
    discount_enabled_for_symbol: bool = True

    def discount_payload(self) -> dict[str, object]:
        """The `discount` block of the answers."""
        return {
            "enabledForAccount": self.discount_enabled_for_account,
            "enabledForSymbol": self.discount_enabled_for_symbol,
            "discountAsset": self.discount_asset,
            "discount": text(_units(self.discount)),
        }


class RateCard:
    """A schedule ready for arithmetic: whole and discounted rate by side and role."""

    __slots__ = ("discounted", "free", "paid_in", "schedule", "whole")

    def __init__(self, schedule: CommissionSchedule) -> None:
        self.schedule: CommissionSchedule = schedule
        roles = [(buy, maker) for buy in (False, True) for maker in (False, True)]
        parts = (schedule.standard, schedule.special, schedule.tax)
        # Indexed by 2 * buy + maker.
        self.whole: list[int] = [sum(part.rate(buy=buy, maker=maker) for part in parts) for buy, maker in roles]
        standard = [schedule.standard.rate(buy=buy, maker=maker) for buy, maker in roles]
        factor = _units(schedule.discount)
        # Scaled by UNIT twice, so that the product of rate and discount stays exact.
        self.discounted: list[int] = [(w - s) * UNIT + s * factor for w, s in zip(self.whole, standard, strict=True)]
        self.free: bool = not any(self.whole)
        enabled = schedule.discount_enabled_for_account and schedule.discount_enabled_for_symbol
        self.paid_in: str | None = schedule.discount_asset if enabled else None

    def amount(self, received: int, role: int) -> int:
        """The whole commission, in what was received."""
        return (received * self.whole[role] + UNIT // 2) // UNIT

    def discounted_amount(self, value: int, role: int, price: int) -> int:
        """The commission in the discount asset; `value` in an asset in which one of it costs `price`."""
        divisor = UNIT * price
        return (value * self.discounted[role] + divisor // 2) // divisor
