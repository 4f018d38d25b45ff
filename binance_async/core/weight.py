"""What a call costs, as data: the budget, the embedded exchange and the docs read the same rule.

A rule answers `of(params)` for the wire parameters of one call. The forms are those of the exchange's tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

Params: TypeAlias = Mapping[str, Any]


class WeightRule(Protocol):
    """How many units of REQUEST_WEIGHT a call takes."""

    def of(self, params: Params) -> int:
        """The weight of a call with these wire parameters."""
        ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """The same for every call."""

    weight: int

    def of(self, params: Params) -> int:
        """Always the same."""
        return self.weight

    def __str__(self) -> str:
        return str(self.weight)


@dataclass(frozen=True, slots=True)
class ByLimit:
    """By the `limit` asked for: rows of (up to this limit, weight); `default` is the exchange's own limit."""

    rows: tuple[tuple[int, int], ...]
    default: int

    def of(self, params: Params) -> int:
        """The first row that holds the limit; the last one for any above."""
        limit = int(params.get("limit", self.default))
        return next((weight for most, weight in self.rows if limit <= most), self.rows[-1][1])

    def __str__(self) -> str:
        return "; ".join(f"limit<={most}: {weight}" for most, weight in self.rows)


@dataclass(frozen=True, slots=True)
class BySymbols:
    """By the number of symbols asked for: `one` symbol, rows of (up to this many, weight), and `none` named."""

    one: int
    rows: tuple[tuple[int, int], ...]
    none: int

    def of(self, params: Params) -> int:
        """By `symbol`, else by the length of `symbols`, else as for all."""
        if "symbol" in params:
            return self.one
        if "symbols" not in params:
            return self.none
        count = len(params["symbols"])
        return next((weight for most, weight in self.rows if count <= most), self.none)

    def __str__(self) -> str:
        rows = "".join(f"; up to {most} symbols: {weight}" for most, weight in self.rows)
        return f"one symbol: {self.one}{rows}; all: {self.none}"


@dataclass(frozen=True, slots=True)
class PerSymbol:
    """So much for each symbol, with a cap, which is also the weight of asking for all."""

    each: int
    cap: int

    def of(self, params: Params) -> int:
        """The number of symbols times `each`, never above the cap."""
        if "symbol" in params:
            return self.each
        return min(self.cap, self.each * len(params["symbols"])) if "symbols" in params else self.cap

    def __str__(self) -> str:
        return f"{self.each} a symbol, at most {self.cap}"


@dataclass(frozen=True, slots=True)
class WhenGiven:
    """One weight when a parameter is given (and not false), another when it is not."""

    param: str
    given: int
    absent: int

    def of(self, params: Params) -> int:
        """By the presence of the parameter."""
        value = params.get(self.param)
        said = value is not None and value is not False and value != "false"  # 0 is a value: it may be an order id
        return self.given if said else self.absent

    def __str__(self) -> str:
        return f"with {self.param}: {self.given}; without: {self.absent}"


def rule(weight: int | WeightRule) -> WeightRule:
    """An int is a fixed weight."""
    return Fixed(weight) if isinstance(weight, int) else weight


def by_limit(rows: Mapping[int, int], *, default: int) -> WeightRule:
    """`by_limit({100: 5, 500: 25}, default=100)`."""
    return ByLimit(tuple(sorted(rows.items())), default)


def by_symbols(*, one: int, none: int, rows: Mapping[int, int] | None = None) -> WeightRule:
    """`by_symbols(one=2, none=80, rows={20: 2, 100: 40})`; without rows several symbols cost as all."""
    return BySymbols(one, tuple(sorted((rows or {}).items())), none)


def per_symbol(each: int, *, cap: int) -> WeightRule:
    """`per_symbol(4, cap=200)`."""
    return PerSymbol(each, cap)


def when_given(param: str, given: int, absent: int) -> WeightRule:
    """`when_given("symbol", 6, 80)`: 6 with a symbol, 80 without."""
    return WhenGiven(param, given, absent)
