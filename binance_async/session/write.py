"""A write under way: what was asked, when, and what events have told of it since.

Two questions are put to it when its answer is lost. *From when on can it no longer enter?* A request carries a
timestamp and a recvWindow, and the exchange checks both again just before the matching engine; so `fence` is the time
of sending, plus the window, plus what the exchange may take for itself. *Is this order made by it, or by an earlier
write under the same id?* The exchange accepts no timestamp that is a second ahead of its clock, so whatever the write
has made is no older than a second before its timestamp, however wrong our own clock was.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import msgspec

from binance_async.core.endpoint import camel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from binance_async.core.endpoint import Bound, Endpoint
    from binance_async.timings import Timings

DEFAULT_RECV_WINDOW: Final = 5000.0
AHEAD_MS: Final = 1_000
"""A timestamp that is this much ahead of the exchange's clock is refused."""
MOST_REPORTS: Final = 1_000

_IDS = ("newClientOrderId", "origClientOrderId", "listClientOrderId", "cancelOrigClientOrderId")
_NUMBERS = ("orderId", "cancelOrderId")

Json = dict[str, Any]


class Write:
    """One write, from before its first byte until its outcome is known."""

    __slots__ = ("bound", "endpoint", "reports", "seen", "started", "watched")

    def __init__(self, endpoint: Endpoint, bound: Bound) -> None:
        self.endpoint: Endpoint = endpoint
        self.bound: Bound = bound
        """The arguments as they were sent, so with the timestamp of the last attempt."""
        self.started: float = 0.0
        """When the last attempt began, by the monotonic clock."""
        self.seen: Final = asyncio.Event()
        """Set when an event is about this write."""
        self.reports: list[Any] = []
        self.watched: tuple[Any, ...] = ()
        """The keys under which the resolver knows of it."""

    def begins(self, monotonic: float) -> None:
        """An attempt begins. One before it was refused."""
        self.started = monotonic

    @property
    def symbol(self) -> str:
        """Its symbol."""
        return str(self.bound["symbol"])

    @property
    def client_order_id(self) -> str | None:
        """The client's id of what it makes, if it makes something."""
        name = self.endpoint.client_id
        return str(self.bound[name]) if name is not None and name in self.bound else None

    def fence(self, timings: Timings) -> float:
        """When it can no longer enter, by the monotonic clock."""
        window = float(str(self.bound.get("recvWindow") or DEFAULT_RECV_WINDOW)) / 1000
        return self.started + window * timings.unit + timings.fence_margin

    def made(self, time: int) -> bool:
        """Whether what was made at this time (of the exchange's, ms or us) can be its work."""
        return in_ms(time) > int(str(self.bound.get("timestamp", 0))) - AHEAD_MS

    # Events

    def keys(self) -> Iterator[Any]:
        """By what events name the orders that it is about: client order ids, and numbers with their symbol."""
        bound = self.bound
        for name in _IDS:
            if name in bound:
                yield bound[name]
        for name in _NUMBERS:
            if name in bound:
                yield bound.get("symbol"), bound[name]

    def note(self, event: Any) -> None:
        """An event about it."""
        if hasattr(event, "execution_type") and len(self.reports) < MOST_REPORTS:
            self.reports.append(event)
        self.seen.set()

    def told(self, symbol: str, order_id: Any, client_order_id: Any) -> Json | None:
        """An order as the newest event tells it, in the words of a query; None if no event was about it."""
        for report in reversed(self.reports):
            same = report.order_id == order_id if order_id is not None else own_id(report) == client_order_id
            if same and report.symbol == symbol:
                return _as_queried(report)
        return None


def event_keys(event: Any) -> Iterator[Any]:
    """By what an event names its order or list. Those of `Write.keys` that are among them mean the same thing."""
    for name in ("client_order_id", "orig_client_order_id", "list_client_order_id"):
        known = getattr(event, name, None)
        if known:
            yield known
    order_id = getattr(event, "order_id", None)
    if order_id is not None:
        yield event.symbol, order_id


def own_id(report: Any) -> str:
    """The client order id of a report's order: that of a cancel is the cancel's, and the order's stands beside it."""
    other = report.orig_client_order_id
    return str(other if other and str(report.execution_type) != "REPLACED" else report.client_order_id)


def in_ms(time: int) -> int:
    """A time of the exchange's in milliseconds, whichever unit it came in."""
    return time // 1000 if time > 10**14 else time


def _as_queried(report: Any) -> Json:
    told = {camel(name): value for name, value in msgspec.structs.asdict(report).items() if value is not None}
    return told | {
        "clientOrderId": own_id(report),
        "time": report.order_time,
        "updateTime": report.transact_time,
        "isWorking": report.is_on_book,
        "workingTime": report.working_time or -1,
    }
