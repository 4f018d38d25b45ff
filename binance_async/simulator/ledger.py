"""The ledger as it was a while ago: what a read sees that comes from a database behind the engine.

Each account's events are kept for some time. A lagging read takes what the engine answers now and undoes what has
happened since: an order goes back to its last report before that moment (or does not exist yet), trades and balances
likewise. Reads of anything else are not touched.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from binance_async.simulator.calls import Call, execute
from binance_async.simulator.engine import AccountEvent
from binance_async.simulator.engine import errors as refusals
from binance_async.simulator.engine.amounts import text
from binance_async.simulator.engine.events import AccountPosition, ExecutionReport

if TYPE_CHECKING:
    from binance_async.simulator.engine.accounts import Balance
    from binance_async.simulator.exchange import Exchange

__all__ = ["Ledger"]

_KEPT = 20_000
"""Events that are remembered of an account, at most; no more than the history's records."""
_OPEN = frozenset({"NEW", "PARTIALLY_FILLED", "PENDING_NEW", "PENDING_CANCEL"})

Fields = dict[str, Any]


class _Journal:
    """What happened in one account: reports by order, balances by asset, each with its time in microseconds."""

    def __init__(self, balances: Iterable[Balance], most: int) -> None:
        self._most = most
        self._kept: deque[int | str] = deque()
        """What each remembered event was of: an order's id or an asset."""
        self.reports: dict[int, list[ExecutionReport]] = {}
        self.complete: set[int] = set()
        """Orders of which the first report is known."""
        self.balances: dict[str, list[tuple[int, int, int]]] = {
            each.asset: [(0, each.free, each.locked)] for each in balances
        }

    def note(self, event: AccountEvent) -> None:
        """One more event."""
        if isinstance(event, ExecutionReport):
            if event.execution_type == "NEW":
                self.complete.add(event.order_id)
            self.reports.setdefault(event.order_id, []).append(event)
            self._remember(event.order_id)
        elif isinstance(event, AccountPosition):
            for asset, free, locked in event.balances:
                known = self.balances.setdefault(asset, [(0, 0, 0)])
                known.append((event.time, free, locked))
                self._remember(asset)

    def _remember(self, what: int | str) -> None:
        self._kept.append(what)
        if len(self._kept) > self._most:
            oldest = self._kept.popleft()
            if isinstance(oldest, int):
                self._forget_report(oldest)
            elif len(self.balances[oldest]) > 1:
                del self.balances[oldest][0]

    def _forget_report(self, order_id: int) -> None:
        reports = self.reports.get(order_id, [])
        self.complete.discard(order_id)
        del reports[:1]
        if not reports:
            self.reports.pop(order_id, None)

    def order_at(self, order_id: int, time: int) -> tuple[bool, Fields | None]:
        """Whether the order existed, and its last report by then (None: as it is now)."""
        reports = self.reports.get(order_id)
        if not reports or reports[-1].time <= time:
            return True, None
        index = bisect_right(reports, time, key=lambda report: report.time)
        if index:
            return True, reports[index - 1].payload(micro=True)
        return order_id not in self.complete, None


class Ledger:
    """The journals of all accounts."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._journals: dict[int, _Journal] = {}

    def open(self, account: int) -> None:
        """Begin to remember an account."""
        engine = self._exchange.engine
        most = min(_KEPT, engine.bounds.records)
        self._journals[account] = _Journal(engine.accounts[account].wallet.values(), most)

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
        symbol = reports[-1].symbol
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
        row["free"], row["locked"] = text(free), text(locked)
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
