"""How much the engine remembers. What falls out is the oldest; what is open never falls out."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Bounds"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The rings of the engine, which hold the newest n and at most n/4 more before they are cut, and the history."""

    trades: int = 10_000
    """Trades, and as many aggregate trades, of a symbol."""

    klines: int = 1_500
    """Klines of a symbol and interval; seconds get five times as many, minutes what seven days need."""

    finished_orders: int = 10_000
    """Orders of an account that are filled, canceled, expired or rejected, all symbols together; also order lists."""

    account_trades: int = 10_000
    """Trades, allocations and prevented matches, each, of an account on one symbol."""

    amendments: int = 1_000
    """Amendments of an account."""

    records: int = 100_000
    """Requests, events of accounts and connections, each, in an exchange's history."""
