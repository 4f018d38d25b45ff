"""Bounds and steps of prices and quantities.

Prices are multiples of the tick and quantities multiples of the step, counted from 0 on spot and Binance.US
(`price % tickSize == 0`) and from the filter's minimum on the futures (`(price - minPrice) % tickSize == 0`). A step
or a bound of 0 is off. An order that obeys two filters lies on the grid that both have in common: with steps p and q
that are counted from a and b, its numbers are x = a mod p and x = b mod q, which the Chinese remainder theorem makes
one grid of step lcm(p, q), or none.

The arithmetic is exact inside of `exact()`; whoever calls these functions opens it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from typing import Any, Final, Literal, TypeAlias, cast

__all__ = ["ROUNDINGS", "Grid", "Rounding", "Violation", "above", "below", "decimals", "exact", "field", "tag", "text"]

Rounding: TypeAlias = Literal["down", "up", "nearest", "exact"]
ROUNDINGS: Final = ("down", "up", "nearest", "exact")

_EXACT: Final = Context(prec=5_000)
"""`wire.plain` allows 1,000 digits on each side of the point, so that products and remainders need no rounding."""


def exact() -> AbstractContextManager[Context]:
    """Arithmetic that rounds nothing, whatever the caller's own decimal context is."""
    return localcontext(_EXACT)


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that an order breaks."""

    filter: str
    """The filter's name, or the field of the symbol that says so (`orderTypes`, `baseAssetPrecision`, ...)."""
    message: str
    by: Decimal | None = None
    """By how much: beyond a bound, or off the nearest step. None where it is not a matter of amount."""

    def __str__(self) -> str:
        return f"{self.filter}: {self.message}"


def below(filter: str, what: str, x: Decimal, low: Decimal) -> Violation:
    """`x` is too small."""
    return Violation(filter, f"{what} is below {text(low)} by {text(low - x)}", low - x)


def above(filter: str, what: str, x: Decimal, high: Decimal) -> Violation:
    """`x` is too large."""
    return Violation(filter, f"{what} is above {text(high)} by {text(x - high)}", x - high)


def text(number: Decimal) -> str:
    """In plain digits, without zeros at the end."""
    return format(number.normalize(), "f")


def decimals(number: Decimal) -> int:
    """How many digits it has after the point; negative for tens and hundreds."""
    return -cast("int", number.normalize().as_tuple().exponent)  # that of a finite number is an int


def tag(filter_: Any) -> str:
    """The exchange's name of a filter."""
    return str(filter_.__struct_config__.tag)


def field(filter_: Any, *names: str) -> Any:
    """A field that the families spell differently; None if it is missing."""
    return next((v for v in (getattr(filter_, name, None) for name in names) if v is not None), None)


@dataclass(frozen=True, slots=True)
class Grid:
    """Numbers from `low` to `high` that are a whole count of steps away from `origin`."""

    filter: str
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(0)
    step: Decimal = Decimal(0)
    origin: Decimal = Decimal(0)

    @classmethod
    def of(cls, filter_: Any, *, from_minimum: bool = False) -> Grid:
        """That of PRICE_FILTER, LOT_SIZE or MARKET_LOT_SIZE."""
        low, high, step = (
            Decimal(field(filter_, *names) or 0)
            for names in (("min_price", "min_qty"), ("max_price", "max_qty"), ("tick_size", "step_size"))
        )
        return cls(tag(filter_), low, high, step, low if from_minimum else Decimal(0))

    def rest(self, x: Decimal) -> Decimal:
        """How far `x` is above the step below it."""
        if not self.step:
            return Decimal(0)
        rest = (x - self.origin) % self.step
        return rest + self.step if rest < 0 else rest

    def rounded(self, x: Decimal, rounding: Rounding) -> Decimal:
        """`x` on the grid, whatever the bounds; `nearest` goes up from halfway."""
        if not self.step:
            return x
        rest = self.rest(x)
        up = rest and (rounding == "up" or (rounding == "nearest" and rest * 2 >= self.step))
        digits = max(0, decimals(self.step), decimals(self.origin))
        return (x - rest + (self.step if up else 0)).quantize(Decimal(1).scaleb(-digits))

    def beyond(self, name: str, x: Decimal) -> Iterator[Violation]:
        """Whether `x` is out of bounds."""
        if x < self.low:
            yield below(self.filter, f"{name} {text(x)}", x, self.low)
        if self.high and x > self.high:
            yield above(self.filter, f"{name} {text(x)}", x, self.high)

    def off(self, name: str, x: Decimal) -> Iterator[Violation]:
        """Whether `x` is between two steps."""
        rest = self.rest(x)
        if rest:
            by = min(rest, self.step - rest)
            steps = f"{text(self.step)} from {text(self.origin)}" if self.origin % self.step else text(self.step)
            yield Violation(self.filter, f"{name} {text(x)} is off the steps of {steps} by {text(by)}", by)

    def common(self, other: Grid) -> Grid | None:
        """The steps that both have, without bounds; None if they never meet."""
        if not self.step or not other.step:
            return other if other.step else self
        digits = max(decimals(n) for grid in (self, other) for n in (grid.step, grid.origin))
        a, p, b, q = (int(n.scaleb(digits)) for grid in (self, other) for n in (grid.origin, grid.step))
        shared = math.gcd(p, q)
        if (b - a) % shared:
            return None
        step = math.lcm(p, q)
        origin = (a + p * ((b - a) // shared * pow(p // shared, -1, q // shared))) % step
        scaled = (Decimal(n).scaleb(-digits) for n in (step, origin))
        return Grid(f"{self.filter} and {other.filter}", Decimal(0), Decimal(0), *scaled)
