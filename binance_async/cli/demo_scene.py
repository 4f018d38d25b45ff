"""What the demo has to show: the market as it is, and what has been told so far. Views read it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from binance_async.net.seams import SystemClock

if TYPE_CHECKING:
    from binance_async.net.seams import Clock
    from binance_async.session.book_keeper import LiveOrderBook

__all__ = ["Line", "Scene", "amount", "milliseconds", "money", "percentile", "sparkline"]

Kind = Literal["step", "say", "good", "bad", "account", "gap", "tape"]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was told."""

    at: float
    """Seconds since the demo began."""
    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Print:
    """One trade on the tape."""

    price: Decimal
    quantity: Decimal
    sold: bool
    """Whether the taker sold."""


@dataclass
class Scene:
    """All that a view shows."""

    symbol: str
    steps: int
    """How many there will be."""
    clock: Clock = field(default_factory=SystemClock)
    lines: list[Line] = field(default_factory=list[Line])
    tape: deque[Print] = field(default_factory=lambda: deque[Print](maxlen=40))
    book: LiveOrderBook[Decimal] | None = None
    counts: Counter[str] = field(default_factory=Counter[str])
    waits: list[float] = field(default_factory=list[float])
    """Seconds from a trade's event time to its arrival here."""
    summary: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    checks: list[tuple[bool, str]] = field(default_factory=list[tuple[bool, str]])
    on_line: Callable[[Line], None] = lambda _: None

    def __post_init__(self) -> None:
        self._began = self.clock.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the demo began."""
        return self.clock.monotonic() - self._began

    def tell(self, kind: Kind, text: str) -> None:
        """Say something."""
        line = Line(self.elapsed, kind, text)
        self.lines.append(line)
        self.on_line(line)

    def step(self, title: str) -> None:
        """Begin the next step."""
        self.counts["steps"] += 1
        self.tell("step", title)

    def check(self, holds: bool, claim: str) -> None:
        """Something that was promised, and whether it held."""
        self.checks.append((holds, claim))

    def trade(self, event: Any) -> None:
        """A trade has arrived; its times are microseconds."""
        self.counts["trades"] += 1
        self.tape.append(Print(event.price, event.qty, event.is_buyer_maker))
        self.waits.append(max(self.clock.wall() - event.event_time / 1e6, 0.0))


def money(value: Decimal) -> str:
    """A price, to be read."""
    return f"{value:,.2f}"


def amount(value: Decimal) -> str:
    """A quantity without trailing zeros."""
    return f"{value.normalize():f}"


def milliseconds(seconds: float) -> str:
    """A short time."""
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds * 1000:.0f} ms"


def percentile(values: list[float], part: float) -> float:
    """The value below which this part of them lies; 0 of none."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)] if ordered else 0.0


def sparkline(values: list[float]) -> str:
    """Numbers as a line of blocks."""
    low, high = min(values), max(values)
    blocks = "▁▂▃▄▅▆▇█"
    return "".join(blocks[min(int((value - low) / ((high - low) or 1.0) * 8), 7)] for value in values)
