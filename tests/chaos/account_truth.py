"""What an account's events must be, whatever happened to the connections: compared with the engine's own.

`Truth` hears the engine. `Truth.check` compares what a consumer was given with it: every trade once, every order and
balance as it is in the end, no order ever going backwards, and every event that was not given by the stream within a
`Gap` that was announced.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from binance_async.core.account_state import FINAL, milliseconds
from binance_async.core.events import Gap
from binance_async.simulator import Simulator
from tests.chaos.goals import Broken, Figures, demand

RANK = {"PENDING_NEW": 0, "NEW": 1, "PARTIALLY_FILLED": 2}


class Truth:
    """Everything that the engine says of one account."""

    def __init__(self, exchange: Simulator, family: str | None = None) -> None:
        self.engine = (exchange.family(family) if family else exchange.exchange).engine
        self.account = (exchange.family(family) if family else exchange).account.uid
        self.events: list[dict[str, Any]] = []
        self.begun = 0
        self.engine.subscribe_account(self.account, lambda event: self.events.append(event.payload()))

    def begin(self) -> None:
        """What came before is not the client's to tell."""
        self.begun = len(self.events)

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The events of one kind since the beginning."""
        return [event for event in self.events[self.begun :] if event["e"] == kind]

    @property
    def trades(self) -> list[tuple[str, int, int]]:
        """Symbol, trade and order."""
        return [(r["s"], r["t"], r["i"]) for r in self.of("executionReport") if r["x"] == "TRADE" and r["t"] >= 0]

    def check(
        self, seen: list[Any], account: Any, *, gaps: int | None = 0, whole: bool = True, told_whole: bool = True
    ) -> Figures:
        """Raise `Broken` unless all is as it should be.

        `whole` unless a reconciliation was refused; `told_whole` unless the exchange swallowed an event for good: a
        NEW that was not sent cannot be missed when the order's other events came.
        """
        announced = [event for event in seen if isinstance(event, Gap)]
        demand(gaps is None or len(announced) == gaps, lambda: f"{len(announced)} gaps for {gaps}: {announced}")
        demand(not whole or all(gap.reconciled for gap in announced), lambda: f"not reconciled: {announced}")
        reports = [event for event in seen if getattr(event, "execution_type", None) is not None]
        self._trades_are_told(reports)
        self._orders_end_right(reports, account)
        never_backwards(reports)
        if told_whole:
            self._rest_is_within(announced, seen)
        self._balances(account)
        return {
            "events": len(self.events) - self.begun,
            "trades": len(self.trades),
            "gaps": len(announced),
            "restored": sum(event.source == "rest" for event in reports),
        }

    def _trades_are_told(self, reports: list[Any]) -> None:
        told = Counter((r.symbol, r.trade_id, r.order_id) for r in reports if _is_trade(r))
        doubled = [trade for trade, count in told.items() if count > 1]
        demand(not doubled, lambda: f"{len(doubled)} trades were told twice: {doubled[:3]}")
        truth = set(self.trades)
        missing, invented = sorted(truth - told.keys()), sorted(told.keys() - truth)
        demand(not missing, lambda: f"{len(missing)} of {len(truth)} trades are missing: {missing[:3]}")
        demand(not invented, lambda: f"{len(invented)} trades were invented: {invented[:3]}")

    def _orders_end_right(self, reports: list[Any], account: Any) -> None:
        truth = {(r["s"], r["i"]): (r["X"], Decimal(r["z"])) for r in self.of("executionReport")}
        told = {(r.symbol, r.order_id): (str(r.status), r.executed_qty) for r in reports}
        wrong = {key: (told.get(key), end) for key, end in truth.items() if told.get(key) != end}
        demand(not wrong, lambda: f"{len(wrong)} orders end otherwise: {list(wrong.items())[:3]}")
        known = {**account.state.open, **account.state.closed}
        other = [
            (key, end, known[key]) for key, end in truth.items()
            if key in known and (known[key].status, known[key].executed) != end
        ]  # fmt: skip
        demand(not other, lambda: f"the ledger has {len(other)} orders otherwise: {other[:3]}")

    def _rest_is_within(self, gaps: list[Gap], seen: list[Any]) -> None:
        """What the stream did not give lies between the times of a gap."""
        ids = Counter((r.symbol, r.execution_id) for r in seen if getattr(r, "execution_id", None) is not None)
        twice = [each for each, count in ids.items() if count > 1]
        demand(not twice, lambda: f"{len(twice)} reports came twice: {twice[:3]}")
        for report in self.of("executionReport"):
            if (report["s"], report["I"]) not in ids:
                demand(_within(report["T"], gaps), lambda: f"not told, and in no gap: {report} {gaps}")  # noqa: B023
        for kind in ("balanceUpdate", "externalLockUpdate"):
            truth = Counter((e["a"], Decimal(e["d"]), e["T"]) for e in self.of(kind))
            told = Counter(
                (e.asset, e.delta, milliseconds(getattr(e, "clear_time", None) or e.transaction_time))
                for e in seen if type(e).__struct_config__.tag == kind
            )  # fmt: skip
            demand(not told - truth, lambda: f"{kind} was told too often: {told - truth}")  # noqa: B023
            for asset, delta, time in truth - told:
                demand(_within(time, gaps), lambda: f"not told, and in no gap: {kind} {asset} {delta}")  # noqa: B023

    def _balances(self, account: Any) -> None:
        for asset in self.engine.accounts[self.account].wallet:
            told = account.state.balances.get(asset, (Decimal(0), Decimal(0)))
            truth = self.engine.balance(self.account, asset)
            demand(told == truth, lambda: f"{asset}: told {told}, is {truth}")  # noqa: B023


def _is_trade(report: Any) -> bool:
    return str(report.execution_type) == "TRADE" and report.trade_id >= 0


def _within(time: int, gaps: list[Gap]) -> bool:
    return any(
        gap.from_time is not None and gap.to_time is not None and gap.from_time <= time <= gap.to_time for gap in gaps
    )


def never_backwards(reports: list[Any]) -> None:
    """Of no order is less said than before."""
    known: dict[tuple[str, int], tuple[int, Decimal, str]] = {}
    for report in reports:
        key, status = (report.symbol, report.order_id), str(report.status)
        rank = 3 if status in FINAL else RANK.get(status, 2)
        before = known.get(key, (0, Decimal(0), ""))
        if rank < before[0] or report.executed_qty < before[1] or (before[0] == 3 and status != before[2]):
            raise Broken(f"an order goes back from {before[2]}, {before[1]} to {status}, {report.executed_qty}: {key}")
        known[key] = rank, report.executed_qty, status
