"""The ledger as it was a while ago: what a read sees that comes from a database behind the engine.

Each account's events are kept for some time. A lagging read takes what the engine answers now and undoes what has
happened since: an order goes back to its last report before that moment (or does not exist yet), trades and balances
likewise. Reads of anything else are not touched.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from binance_async.simulator.calls import Call, execute
from binance_async.simulator.engine import AccountEvent
from binance_async.simulator.engine import errors as refusals

if TYPE_CHECKING:
    from binance_async.simulator.exchange import Exchange

__all__ = ["Ledger"]

_KEPT = 50_000
"""Events that are remembered of an account."""
_OPEN = frozenset({"NEW", "PARTIALLY_FILLED", "PENDING_NEW", "PENDING_CANCEL"})

Fields = dict[str, Any]


class _Journal:
    """What happened in one account: reports by order, balances by asset, each with its time in microseconds."""

    def __init__(self, balances: list[Fields]) -> None:
        self._order_of: deque[tuple[str, Any]] = deque()
        self.reports: dict[int, list[tuple[int, Fields]]] = {}
        self.complete: set[int] = set()
        """Orders of which the first report is known."""
        self.balances: dict[str, list[tuple[int, str, str]]] = {
            row["asset"]: [(0, row["free"], row["locked"])] for row in balances
        }

    def note(self, event: AccountEvent) -> None:
        """One more event."""
        payload = event.payload(micro=True)
        if event.kind == "executionReport":
            order_id = payload["i"]
            if payload["x"] == "NEW":
                self.complete.add(order_id)
            self.reports.setdefault(order_id, []).append((event.time, payload))
            self._remember("order", order_id)
        elif event.kind == "outboundAccountPosition":
            for row in payload["B"]:
                self.balances.setdefault(row["a"], [(0, "0.00000000", "0.00000000")]).append(
                    (event.time, row["f"], row["l"])
                )
                self._remember("asset", row["a"])

    def _remember(self, kind: str, key: Any) -> None:
        self._order_of.append((kind, key))
        if len(self._order_of) > _KEPT:
            self._forget(*self._order_of.popleft())

    def _forget(self, kind: str, key: Any) -> None:
        if kind == "asset":
            if len(self.balances[key]) > 1:
                del self.balances[key][0]
            return
        reports = self.reports[key]
        self.complete.discard(key)
        if len(reports) > 1 or reports[0][1]["X"] in _OPEN:
            del reports[0]
        if not reports or reports[-1][1]["X"] not in _OPEN:
            self.reports.pop(key, None)

    def order_at(self, order_id: int, time: int) -> tuple[bool, Fields | None]:
        """Whether the order existed, and its last report by then (None: as it is now)."""
        reports = self.reports.get(order_id)
        if not reports or reports[-1][0] <= time:
            return True, None
        index = bisect_right(reports, time, key=lambda pair: pair[0])
        if index:
            return True, reports[index - 1][1]
        return order_id not in self.complete, None


class Ledger:
    """The journals of all accounts."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._journals: dict[int, _Journal] = {}

    def open(self, account: int) -> None:
        """Begin to remember an account."""
        information = self._exchange.engine.account_information(account)
        self._journals[account] = _Journal(information["balances"])

    def note(self, account: int, event: AccountEvent) -> None:
        """Something happened in an account."""
        journal = self._journals.get(account)
        if journal is not None:
            journal.note(event)

    def read(self, exchange: Exchange, call: Call, lag: float) -> Any:
        """What a call answers from the ledger of `lag` seconds ago. Raises `ExchangeError`."""
        reader = _READERS.get(f"{call.endpoint.method} {call.endpoint.path}")
        journal = self._journals.get(call.account)
        if reader is None or journal is None:
            return execute(exchange, call)
        return reader(exchange, call, journal, exchange.clock.now_us() - round(lag * 1_000_000))


Reader = Callable[["Exchange", Call, _Journal, int], Any]


def _rolled_back(order: Fields, report: Fields | None, *, micro: bool) -> Fields:
    """An order as it was when this was its last report."""
    if report is None:
        return order
    time = report["T"] if micro else report["T"] // 1000
    past = {
        **order,
        "clientOrderId": report["C"] or report["c"],
        "origQty": report["q"],
        "executedQty": report["z"],
        "cummulativeQuoteQty": report["Z"],
        "status": report["X"],
        "updateTime": time,
    }
    past.pop("expiryReason", None)
    return past


def _order(exchange: Exchange, call: Call, journal: _Journal, time: int) -> Any:
    order = execute(exchange, call)
    existed, report = journal.order_at(order["orderId"], time)
    if not existed:
        raise refusals.no_such_order()
    return _rolled_back(order, report, micro=call.micro)


def _all_orders(exchange: Exchange, call: Call, journal: _Journal, time: int) -> Any:
    past: list[Fields] = []
    for order in execute(exchange, call):
        existed, report = journal.order_at(order["orderId"], time)
        if existed:
            past.append(_rolled_back(order, report, micro=call.micro))
    return past


def _open_orders(exchange: Exchange, call: Call, journal: _Journal, time: int) -> Any:
    now = {order["orderId"]: order for order in execute(exchange, call)}
    for order_id, reports in journal.reports.items():
        symbol = reports[-1][1]["s"]
        if order_id not in now and call.values.get("symbol", symbol) == symbol:
            existed, report = journal.order_at(order_id, time)
            if existed and report is not None and report["X"] in _OPEN:
                now[order_id] = exchange.engine.order(call.account, symbol, order_id=order_id, micro=call.micro)
    past: list[Fields] = []
    for order_id in sorted(now):
        existed, report = journal.order_at(order_id, time)
        if existed:
            past.append(_rolled_back(now[order_id], report, micro=call.micro))
    return [order for order in past if order["status"] in _OPEN]


def _trades(exchange: Exchange, call: Call, journal: _Journal, time: int) -> Any:  # noqa: ARG001
    limit = time if call.micro else time // 1000
    return [trade for trade in execute(exchange, call) if trade["time"] <= limit]


def _account(exchange: Exchange, call: Call, journal: _Journal, time: int) -> Any:
    account = execute(exchange, call)
    latest = 0
    for row in account["balances"]:
        known = journal.balances.get(row["asset"])
        if known is None:
            continue
        at, free, locked = known[max(0, bisect_right(known, time, key=lambda entry: entry[0]) - 1)]
        row["free"], row["locked"] = free, locked
        latest = max(latest, at)
    if latest:
        account["updateTime"] = latest if call.micro else latest // 1000
    return account


_READERS: dict[str, Reader] = {
    "GET /api/v3/order": _order,
    "GET /api/v3/openOrders": _open_orders,
    "GET /api/v3/allOrders": _all_orders,
    "GET /api/v3/myTrades": _trades,
    "GET /api/v3/account": _account,
}
