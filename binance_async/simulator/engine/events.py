"""What the engine tells: events of an account and of the markets, each with its documented payload.

An event is a snapshot: it holds what was true when it happened, whatever happens afterwards. Its `payload` is built
when asked for, because most events of a busy market are asked for by nobody.
"""

from __future__ import annotations

from typing import Any, Protocol

__all__ = ["AccountEvent", "AccountListener", "MarketEvent", "MarketListener"]


class AccountEvent(Protocol):
    """One event of a user data stream."""

    @property
    def kind(self) -> str:
        """`executionReport`, `outboundAccountPosition`, `balanceUpdate`, `listStatus` or `externalLockUpdate`."""
        ...

    @property
    def time(self) -> int:
        """When, in microseconds: the event's `E`."""
        ...

    def payload(self, *, micro: bool = False) -> dict[str, Any]:
        """The documented event, without the envelope of the WebSocket API."""
        ...


class MarketEvent(Protocol):
    """One event of a real-time market stream."""

    @property
    def kind(self) -> str:
        """`trade`, `aggTrade` or `bookTicker`."""
        ...

    @property
    def symbol(self) -> str:
        """The symbol, in capitals."""
        ...

    def payload(self, *, micro: bool = False) -> dict[str, Any]:
        """The documented event."""
        ...


class AccountListener(Protocol):
    """Takes the events of one account, in order. Must not raise."""

    def __call__(self, event: AccountEvent, /) -> None:
        """One event."""
        ...


class MarketListener(Protocol):
    """Takes the real-time events of the symbols it was registered for, in order. Must not raise."""

    def __call__(self, event: MarketEvent, /) -> None:
        """One event."""
        ...
