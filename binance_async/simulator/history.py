"""What happened, for a checker to compare with what a client saw. Bounded: the oldest entries fall out, counted.

    requests     every call: who, which, when, its client order id, whether it took effect, how it was answered
    ledger       every event of every account, as the engine told it
    connections  every WebSocket: when opened, how it ended, what went over it

`side_effects(client_order_id)` tells how often an order was placed under an id: more than once is what a client must
never cause. `dump()` writes all of it as lines of JSON; with one seed under the virtual clock two runs write the same
bytes. Keys and signatures are never kept.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from binance_async.simulator.engine import AccountEvent, ExchangeError

if TYPE_CHECKING:
    from binance_async.simulator.calls import Call
    from binance_async.simulator.clock import SimClock

__all__ = ["ConnectionRecord", "History", "LedgerRecord", "RequestRecord"]


@dataclass(slots=True)
class RequestRecord:
    """One request."""

    number: int
    time_us: int
    door: str
    connection: int
    ip: str
    call: str
    client_order_id: str | None
    symbol: str | None
    writes: bool
    account: int = -1
    status: int = 0
    code: int | None = None
    commit_us: int | None = None
    """When it took effect; None if it never did."""
    refusal: str = ""
    order_id: int | None = None
    fate: str = ""
    """What became of the reply if it was not sent whole: reset, close, silence, cut."""
    faults: tuple[str, ...] = ()

    @property
    def took_effect(self) -> bool:
        """Whether it was executed (a read: answered)."""
        return self.commit_us is not None

    def committed(self, now_us: int, body: Any) -> None:
        """The engine did it."""
        self.commit_us = now_us
        if self.writes and isinstance(body, dict):
            order_id: Any = body.get("orderId")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            self.order_id = order_id if isinstance(order_id, int) else None

    def refused(self, now_us: int, error: ExchangeError) -> None:
        """The engine refused it."""
        self.refusal = f"{error.code} {error.message}"


@dataclass(slots=True)
class LedgerRecord:
    """One event of an account."""

    account: int
    event: AccountEvent

    def as_dict(self) -> dict[str, Any]:
        """The event with its account."""
        return {"account": self.account, **self.event.payload(micro=True)}


@dataclass(slots=True)
class ConnectionRecord:
    """One WebSocket."""

    number: int
    door: str
    ip: str
    target: str
    opened_us: int
    closed_us: int | None = None
    code: int | None = None
    reason: str = ""
    by_client: bool = False
    received: int = 0
    sent: int = 0
    pings: int = 0
    pongs: int = 0
    fastest: int = 0
    """The most messages that it sent within one second."""


@dataclass(slots=True)
class _Bounded:
    """The newest records."""

    limit: int
    dropped: int = 0
    items: deque[Any] = field(default_factory=deque[Any])

    def add(self, item: Any) -> None:
        if len(self.items) >= self.limit:
            self.items.popleft()
            self.dropped += 1
        self.items.append(item)


class History:
    """The exchange's own account of what happened."""

    def __init__(self, clock: SimClock, *, limit: int = 100_000) -> None:
        self._clock = clock
        self._requests = _Bounded(limit)
        self._ledger = _Bounded(limit)
        self._connections = _Bounded(limit)
        self._numbers = 0
        self.counters: Counter[str] = Counter()
        """How often things happened: `rest`, `ws_api`, `orders`, `refused`, `connections`, `handshakes_refused`, ..."""

    # Writing

    def request(self, call: Call) -> RequestRecord:
        """A request came in."""
        self._numbers += 1
        record = RequestRecord(
            number=self._numbers,
            time_us=self._clock.now_us(),
            door=call.door,
            connection=call.connection,
            ip=call.ip,
            call=call.endpoint.name,
            client_order_id=call.client_order_id,
            symbol=call.texts.get("symbol"),
            writes=call.endpoint.writes,
        )
        self._requests.add(record)
        self.counters[call.door] += 1
        return record

    def ledger_event(self, account: int, event: AccountEvent) -> None:
        """Something changed in an account."""
        self._ledger.add(LedgerRecord(account, event))

    def connection(self, record: ConnectionRecord) -> None:
        """A WebSocket opened."""
        self._connections.add(record)
        self.counters["connections"] += 1

    # Reading

    def requests(
        self,
        *,
        client_order_id: str | None = None,
        call: str | None = None,
        door: str | None = None,
        writes: bool | None = None,
        account: int | None = None,
    ) -> list[RequestRecord]:
        """The requests that fit, oldest first. `call` with or without its family."""
        wanted: dict[str, Any] = {
            "client_order_id": client_order_id,
            "door": door,
            "writes": writes,
            "account": account,
        }
        fitting = {name: value for name, value in wanted.items() if value is not None}
        return [
            record
            for record in self._requests.items
            if all(getattr(record, name) == value for name, value in fitting.items())
            and (call is None or call in (record.call, record.call.rpartition(".")[2]))
        ]

    def side_effects(self, client_order_id: str) -> int:
        """How many requests to place an order under this id took effect."""
        return sum(
            record.writes and record.took_effect and "place" in record.call
            for record in self.requests(client_order_id=client_order_id)
        )

    def ledger(self, account: int | None = None, kind: str | None = None) -> list[LedgerRecord]:
        """The events of an account (or of all), of one kind (or of all), oldest first."""
        return [
            record
            for record in self._ledger.items
            if (account is None or record.account == account) and (kind is None or record.event.kind == kind)
        ]

    def connections(self, door: str | None = None) -> list[ConnectionRecord]:
        """The WebSockets, oldest first."""
        return [record for record in self._connections.items if door is None or record.door == door]

    @property
    def dropped(self) -> int:
        """Records that fell out."""
        return self._requests.dropped + self._ledger.dropped + self._connections.dropped

    def lines(self) -> Iterator[bytes]:
        """Everything as JSON, one record a line."""
        for record in self._requests.items:
            yield msgspec.json.encode({"request": asdict(record)})
        for record in self._ledger.items:
            yield msgspec.json.encode({"ledger": record.as_dict()})
        for record in self._connections.items:
            yield msgspec.json.encode({"connection": asdict(record)})
        yield msgspec.json.encode({"counters": dict(sorted(self.counters.items())), "dropped": self.dropped})

    def dump(self) -> bytes:
        """`lines` as one text."""
        return b"\n".join(self.lines()) + b"\n"
