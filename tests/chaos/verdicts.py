"""The checker: what each caller was told of a write, against what the exchange knows that it did.

A `Deed` is one write and its verdict. `Truth` is read from the exchange when all is over, late commits included: the
requests that came, and the events of the account's ledger. `Truth.judge` compares the two and raises `Broken`.

    told                   must be true
    a reply                the write took effect, once, and the reply shows its work
    Rejected, NotSent      it never took effect
    PartlyAccepted         of cancel-replace exactly that leg happened
    AbsentAfterFence       it never took effect, or so late that no fence could know; then an alarm was raised
    any other unknown      only when the exchange could not be asked, which the caller of `judge` must allow
    nothing (cancelled)    it took effect once at most
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from binance_async.errors import AbsentAfterFence, BinanceError, NotSent, OutcomeUnknown, PartlyAccepted, Rejected
from binance_async.simulator import Simulator
from binance_async.simulator.history import RequestRecord
from tests.chaos.goals import Broken

Report = dict[str, Any]
FENCE = 5.0 + 12.0
"""recvWindow, the exchange's own time-out, and a margin."""
CLOCK_REFUSALS = (-1021,)


@dataclass
class Deed:
    """One write: which call, under which id the exchange's history has it, and what its caller was told."""

    call: str
    key: str
    """The client order id of the request, as the history records it."""
    order_id: int | None = None
    """The order that it changes."""
    list_id: str | None = None
    quantity: str | None = None
    """What an amendment asks for."""
    asked_at: float = 0.0
    told_at: float = 0.0
    asked_us: int = 0
    told_us: int = 0
    verdict: Any = None
    note: str = ""
    """What went wrong with it."""

    async def do(self, exchange: Simulator, call: Callable[[], Awaitable[Any]]) -> Deed:
        """Make the call and keep what it is answered with; an error of ours is an answer, a cancel is none."""
        loop = asyncio.get_running_loop()
        self.asked_at, self.asked_us = loop.time(), exchange.clock.now_us()
        try:
            self.verdict = await call()
        except BinanceError as error:
            self.verdict = error
        finally:
            self.told_at, self.told_us = loop.time(), exchange.clock.now_us()
        return self

    @property
    def told(self) -> str:
        """The verdict's kind."""
        if self.verdict is None:
            return "cancelled"
        for kind in (PartlyAccepted, AbsentAfterFence, OutcomeUnknown, Rejected, NotSent):
            if isinstance(self.verdict, kind):
                return kind.__name__
        return "error" if isinstance(self.verdict, BinanceError) else "value"

    @property
    def took(self) -> float:
        """How long the caller waited."""
        return self.told_at - self.asked_at

    def __str__(self) -> str:
        said = f": {self.verdict}" if isinstance(self.verdict, BaseException) else ""
        return f"{self.call} {self.key} ({self.note or 'no fault'}) told {self.told}{said}"


@dataclass
class Truth:
    """What an account's orders and requests came to."""

    requests: dict[tuple[str, str], list[RequestRecord]] = field(default_factory=lambda: defaultdict(list))
    """The writes, by call and client order id."""
    orders: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    """The orders that were taken, by the client order id under which they were placed, each with its time in us."""
    last: dict[int, Report] = field(default_factory=dict)
    """The last report of each order."""
    cancels: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    """The orders that were cancelled, by the id of the cancel."""
    quantities: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Every quantity that an order has had."""
    lists: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, exchange: Simulator) -> Truth:
        """Of the first account."""
        truth, uid = cls(), exchange.account.uid
        if exchange.history.dropped:
            raise Broken("the history is not whole")
        for record in exchange.history.requests(account=uid, writes=True):
            truth.requests[record.call.rpartition(".")[2], str(record.client_order_id)].append(record)
        for entry in exchange.history.ledger(uid):
            event = entry.event.payload()
            if event["e"] == "executionReport":
                truth._report(event, entry.event.time)
            elif event["e"] == "listStatus":
                truth.lists[event["C"]].add(event["g"])
        return truth

    def _report(self, report: Report, time: int) -> None:
        order_id = report["i"]
        if report["x"] == "NEW":
            self.orders[report["c"]].setdefault(order_id, time)
        if report["x"] == "CANCELED":
            self.cancels[report["c"]][order_id] = time
        self.quantities[order_id].add(report["q"])
        self.last[order_id] = report

    def status(self, order_id: int | None) -> str:
        """How an order ended, or is."""
        return str(self.last[order_id]["X"]) if order_id in self.last else "unknown"

    # Judging

    def judge(
        self, deeds: list[Deed], *, alarms: list[str], unknown_allowed: bool = False, fence: float = 17.0
    ) -> None:
        """Every verdict. Raises `Broken`."""
        for what, found in (("order", self.orders), ("list", self.lists)):
            for client_order_id, ids in found.items():
                if len(ids) > 1:
                    raise Broken(f"{what} {client_order_id} was placed {len(ids)} times")
        known: set[int] = set()
        for deed in deeds:
            records = self._requests_of(deed)
            known |= {record.number for record in records}
            problem = self._problem(deed, records, alarms, fence=fence, unknown_allowed=unknown_allowed)
            if problem:
                told = [
                    (r.door, r.status, r.code, r.fate, r.refusal, r.faults, r.time_us, r.commit_us) for r in records
                ]
                raise Broken(f"{deed}: {problem}; the exchange had {told}")
        stray = [r for records in self.requests.values() for r in records if r.number not in known]
        if stray:
            raise Broken(f"{len(stray)} writes that nobody asked for: {stray[0]}")

    def _requests_of(self, deed: Deed) -> list[RequestRecord]:
        return [r for r in self.requests[deed.call, deed.key] if deed.asked_us <= r.time_us <= deed.told_us]

    def attempts(self, deed: Deed) -> int:
        """How many requests of it came; one whose timestamp was refused was none."""
        return sum(record.code not in CLOCK_REFUSALS for record in self._requests_of(deed))

    def effects(self, deed: Deed) -> dict[str, int]:
        """What a write did, and when (in us)."""
        if deed.call == "cancel_replace":
            found = {
                "new": next(iter(self.orders.get(deed.key, {}).values()), None),
                "cancel": self.cancels.get(cancel_id(deed.key), {}).get(deed.order_id or -1),
            }
            return {what: time for what, time in found.items() if time is not None}
        times = [record.commit_us for record in self._requests_of(deed) if record.commit_us is not None]
        return {deed.call: times[0]} if times else {}

    def _problem(
        self, deed: Deed, records: list[RequestRecord], alarms: list[str], *, fence: float, unknown_allowed: bool
    ) -> str:
        if self.attempts(deed) > 1:
            return f"{self.attempts(deed)} requests"
        effects = self.effects(deed)
        match deed.told:
            case "value":
                return self._shows(deed, effects)
            case "Rejected" | "NotSent":
                return f"it happened: {effects}" if effects else ""
            case "PartlyAccepted":
                return self._parts(deed, effects)
            case "AbsentAfterFence":
                return self._absent(deed, effects, records, alarms, fence)
            case "OutcomeUnknown":
                return "" if unknown_allowed else "the exchange could be asked"
            case "cancelled":
                return ""
        return "no write ends so"

    def _parts(self, deed: Deed, effects: dict[str, int]) -> str:
        error: PartlyAccepted = deed.verdict
        told = {"new"} if isinstance(error.cancel, BinanceError) else set()
        told = {"cancel"} if isinstance(error.new, BinanceError) else told
        done = {*effects, *(("cancel",) if self.status(deed.order_id) == "CANCELED" else ())}
        return "" if told == done else f"told {told}, happened {done}"

    def _absent(
        self, deed: Deed, effects: dict[str, int], records: list[RequestRecord], alarms: list[str], fence: float
    ) -> str:
        """It may have come later than any fence can know. A new order that does so raises an alarm."""
        for what, time in effects.items():
            if time <= records[0].time_us + fence * 1e6:
                return f"{what} happened before the fence"
            placed = deed.call.startswith("place") or what == "new"
            if placed and not any(deed.key in alarm for alarm in alarms):
                return "it came late, and no alarm was raised"
        return ""

    def _shows(self, deed: Deed, effects: dict[str, int]) -> str:
        """What is wrong with a reply."""
        check: dict[str, Any] = {
            "place_order": self._shows_order,
            "cancel_replace": self._shows_replaced,
            "cancel_order": self._shows_cancel,
            "amend_order": self._shows_amendment,
        }
        return str(check.get(deed.call, self._shows_list)(deed, deed.verdict, effects))

    def _shows_order(self, deed: Deed, order: Any, effects: dict[str, int]) -> str:
        if not effects or [order.order_id] != [*self.orders.get(deed.key, ())] or order.client_order_id != deed.key:
            return f"the reply shows order {order.order_id}, placed was {self.orders.get(deed.key)}"
        fills = getattr(order, "fills", [])
        executed = getattr(order, "executed_qty", None)
        return "its fills are not what it executed" if fills and sum(f.qty for f in fills) != executed else ""

    def _shows_replaced(self, deed: Deed, reply: Any, effects: dict[str, int]) -> str:
        if self.status(deed.order_id) != "CANCELED" or reply.cancel_response.order_id != deed.order_id:
            return "the order was not cancelled"
        return self._shows_order(deed, reply.new_order_response, effects if "new" in effects else {})

    def _shows_cancel(self, deed: Deed, reply: Any, effects: dict[str, int]) -> str:
        ids = {report.order_id for report in getattr(reply, "order_reports", [reply])}
        states = {order_id: self.status(order_id) for order_id in ids}
        return f"cancelled was {states}" if set(states.values()) != {"CANCELED"} or deed.order_id not in ids else ""

    def _shows_amendment(self, deed: Deed, reply: Any, effects: dict[str, int]) -> str:
        order = reply.amended_order
        right = effects and order.order_id == deed.order_id and f"{order.qty:.8f}" in self.quantities[order.order_id]
        return "" if right else "the order was not amended so"

    def _shows_list(self, deed: Deed, reply: Any, effects: dict[str, int]) -> str:
        found = {reply.order_list_id} if reply.list_client_order_id == deed.list_id else set()
        if found != self.lists.get(str(deed.list_id)):
            return f"the reply shows list {found}, there is {self.lists.get(str(deed.list_id))}"
        if deed.call == "cancel_order_list":
            states = {self.status(report.order_id) for report in reply.order_reports}
            return f"its orders are {states}" if states != {"CANCELED"} else ""
        return "" if effects else "it never happened"


def cancel_id(key: str) -> str:
    """The id of the cancel in a cancel-replace."""
    return f"{key}-c"
