"""Finding out what became of a write whose answer was lost.

The exchange gives no way to send an order safely twice: `newClientOrderId` is unique among open orders only, so a
repeated MARKET order buys twice. What can be done is to look. But looking too early lies: "order does not exist"
(-2013) while the order is still on its way is no answer. So the resolver waits for one of two proofs.

* The order is seen: by a query under its client order id, or by an event of the user stream (which makes the next query
  come at once). Then its fate is known. An order of an earlier time under the same id is not taken for it.
* The fence has passed. A request carries a timestamp and a recvWindow, and the exchange checks both again just before
  the matching engine. After `timestamp + recvWindow + 10 s (the exchange's own time-out) + 2 s` it should no longer
  enter. Two looks at least a second apart after the fence that both find nothing end in `AbsentAfterFence`.

Absent is not rejected: delay inside the matching engine is not covered. The id is kept as a tombstone for a day, and if
the order appears after all, an alarm is raised. Nothing is ever sent again by itself.

Other writes have proofs of their own: a cancel is known from the order's state, an amendment from the order's history,
a list from the list. Queries go over REST whichever way the write went, since the connection that lost the answer is
the last one to ask. What cannot be proved ends in the `OutcomeUnknown` that it began with.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Generator
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from binance_async.core import decoding
from binance_async.core.endpoint import USER_DATA, Bound, loose
from binance_async.errors import (
    AbsentAfterFence,
    BinanceError,
    OutcomeUnknown,
    PartlyAccepted,
    RateLimited,
    Rejected,
)

if TYPE_CHECKING:
    from binance_async.core.endpoint import Endpoint
    from binance_async.session.family import Kit
    from binance_async.session.manager import Manager

log = logging.getLogger("binance_async.resolver")

NOT_FOUND: Final = (-2013, -2018, -2011)
DEFAULT_RECV_WINDOW: Final = 5000.0
TOMBSTONE: Final = 86_400.0
MOST_TOMBSTONES: Final = 10_000
CLOCK_TOLERANCE_MS: Final = 2_000
FINAL: Final = frozenset({"FILLED", "CANCELED", "REJECTED", "EXPIRED", "EXPIRED_IN_MATCH"})

Json: TypeAlias = dict[str, Any]
Probe: TypeAlias = Callable[[], Awaitable[Any | None]]


class Lost:
    """A write whose outcome was lost, and the time from which it can no longer enter."""

    def __init__(self, endpoint: Endpoint, bound: Bound, started_ms: int, fence: float) -> None:
        self.endpoint = endpoint
        self.bound = bound
        self.started_ms = started_ms
        self.fence = fence

    @property
    def symbol(self) -> str:
        """Its symbol."""
        return str(self.bound["symbol"])


class Resolver:
    """Resolves the lost outcomes of one family, for the whole client."""

    def __init__(self, manager: Manager, kit: Kit) -> None:
        self.manager = manager
        self.kit = kit
        self.unknown = 0
        self.resolved = 0
        self.absent = 0
        self.alarms = 0
        self._watches: dict[str, asyncio.Event] = {}
        self._listeners: dict[int, Any] = {}
        self._tombstones: OrderedDict[str, float] = OrderedDict()
        self._running: set[asyncio.Task[Any]] = set()
        self._ways: dict[str, Callable[[Lost], Awaitable[Any]]] = {
            "order": self._order,
            "cancel": self._cancel,
            "cancel_replace": self._cancel_replace,
            "amend": self._amend,
            "order_list": self._order_list,
            "cancel_list": self._cancel_list,
        }

    # What the user stream tells

    def listen(self, user_data: Any) -> None:
        """User data that wants to know which symbols this client trades."""
        self._listeners[id(user_data)] = user_data

    def stop_listening(self, user_data: Any) -> None:
        """No longer."""
        self._listeners.pop(id(user_data), None)

    def saw(self, event: Any) -> None:
        """An event of the account: perhaps of an order that is being looked for, or of one that was given up."""
        for name in ("client_order_id", "orig_client_order_id", "list_client_order_id"):
            known = getattr(event, name, None)
            if not known:
                continue
            watch = self._watches.get(known)
            if watch is not None:
                watch.set()
            if known in self._tombstones:
                self._raise_alarm(known)

    def _raise_alarm(self, client_order_id: str) -> None:
        del self._tombstones[client_order_id]
        self.alarms += 1
        self.manager.alarm(f"an order that was given up as absent has appeared: {client_order_id}")

    @contextlib.contextmanager
    def watching(self, endpoint: Endpoint, bound: Bound) -> Generator[None, None, None]:
        """Know of the order before its first byte is sent, for events may come before the reply."""
        symbol = bound.get("symbol")
        if isinstance(symbol, str):
            for user_data in self._listeners.values():
                user_data.state.symbols.add(symbol)
        key = self._key(endpoint, bound)
        if key is not None:
            self._watches.setdefault(key, asyncio.Event())
        try:
            yield
        finally:
            if key is not None:
                self._watches.pop(key, None)

    @staticmethod
    def _key(endpoint: Endpoint, bound: Bound) -> str | None:
        for name in (endpoint.client_id, "origClientOrderId", "listClientOrderId"):
            if name is not None and isinstance(bound.get(name), str):
                return str(bound[name])
        return None

    # Resolving

    async def resolve(self, endpoint: Endpoint, bound: Bound, error: OutcomeUnknown, started: float) -> Any:
        """What the call would have answered, or an error that says what is known. Outlives a cancelled caller."""
        self.unknown += 1
        if endpoint.resolve not in self._ways or not self.manager.resolve_outcomes:
            raise error
        log.warning("%s: the outcome is unknown (%s); looking for it", endpoint.name, error.message)
        return await asyncio.shield(self._start(endpoint, bound, error, started))

    def abandoned(self, endpoint: Endpoint, bound: Bound, started: float) -> None:
        """The caller was cancelled while its write was under way: find out all the same, for the log and the events."""
        if endpoint.resolve not in self._ways or self.manager.closed or not self.manager.resolve_outcomes:
            return
        self.unknown += 1
        error = OutcomeUnknown("the caller was cancelled", call=endpoint.name)
        self._start(endpoint, bound, error, started).add_done_callback(_consume)

    def _start(self, endpoint: Endpoint, bound: Bound, error: OutcomeUnknown, started: float) -> asyncio.Task[Any]:
        task = self.manager.spawn(self._run(endpoint, Bound(bound), error, started), name=f"{endpoint.name}: resolving")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _run(self, endpoint: Endpoint, bound: Bound, error: OutcomeUnknown, started: float) -> Any:
        timings = self.manager.timings
        window = float(str(bound.get("recvWindow") or self.manager.recv_window or DEFAULT_RECV_WINDOW)) / 1000
        fence = started + window * timings.unit + timings.fence_margin
        elapsed = (self.manager.clock.monotonic() - started) / timings.unit
        started_ms = int((self.manager.server_time(self.kit.family) - elapsed) * 1000)
        assert endpoint.resolve is not None
        with self.watching(endpoint, bound):
            try:
                value = await self._ways[endpoint.resolve](Lost(endpoint, bound, started_ms, fence))
            except (Rejected, PartlyAccepted):
                self.resolved += 1
                raise
            except _OutOfReach as last:
                raise OutcomeUnknown(
                    f"{error.message}; it could not be looked up either: {last}",
                    call=endpoint.name,
                    status=error.status,
                    code=error.code,
                    client_order_id=error.client_order_id,
                ) from None
        self.resolved += 1
        log.info("%s: the lost outcome was found", endpoint.name)
        return value

    def _absent(self, lost: Lost, text: str) -> AbsentAfterFence:
        self.absent += 1
        key = self._key(lost.endpoint, lost.bound)
        if key is not None and lost.endpoint.client_id is not None:
            self._tombstones[key] = self.manager.clock.monotonic() + TOMBSTONE * self.manager.timings.unit
            if len(self._tombstones) > MOST_TOMBSTONES:
                self._tombstones.popitem(last=False)
        return AbsentAfterFence(text, call=lost.endpoint.name, client_order_id=key)

    async def _poll(self, lost: Lost, probe: Probe) -> Any | None:
        """Look until something is found; None if the fence is behind us and two looks found nothing."""
        timings, clock = self.manager.timings, self.manager.clock
        pause, misses = timings.resolve_first, 0
        while True:
            asked_at = clock.monotonic()
            try:
                found = await probe()
            except BinanceError as error:
                if isinstance(error, (Rejected, PartlyAccepted)) and not isinstance(error, RateLimited):
                    raise
                if asked_at > lost.fence + timings.resolve_give_up:
                    raise _OutOfReach(str(error)) from None
                log.info("%s: could not be looked up yet: %s", lost.endpoint.name, error)
            else:
                if found is not None:
                    return found
                if asked_at >= lost.fence:
                    misses += 1
                    if misses == 2:
                        return None
            await self._pause(lost, pause if asked_at < lost.fence else timings.unit)
            pause = min(2 * pause, timings.resolve_last)

    async def _pause(self, lost: Lost, seconds: float) -> None:
        to_fence = lost.fence - self.manager.clock.monotonic()
        if to_fence > 0:
            seconds = min(seconds, to_fence + 0.01 * self.manager.timings.unit)
        key = self._key(lost.endpoint, lost.bound)
        watch = self._watches.get(key) if key is not None else None
        if watch is None or watch.is_set():
            await self.manager.clock.sleep(seconds)
            if watch is not None:
                watch.clear()
            return
        seen = asyncio.ensure_future(watch.wait())
        slept = asyncio.ensure_future(self.manager.clock.sleep(seconds))
        try:
            await asyncio.wait({seen, slept}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            seen.cancel()
            slept.cancel()

    # Queries, as plain JSON: the answer is built from what the exchange says, field by field

    async def _get(self, endpoint: Endpoint | None, params: Json) -> Any:
        if endpoint is None or endpoint.path is None:
            raise _OutOfReach("the family has no call for it")
        query = loose(self.kit.family, "GET", endpoint.path, security=USER_DATA, weight=endpoint.weight.of(params))
        return await self.manager.rest(self.kit).call(query, query.bind_loosely(params))

    async def _find(self, endpoint: Endpoint | None, params: Json) -> Any | None:
        try:
            return await self._get(endpoint, params)
        except Rejected as error:
            if error.code in NOT_FOUND:
                return None
            raise

    async def _query_order(self, symbol: str, order_id: Any = None, client_order_id: Any = None) -> Json | None:
        found: Json | None = await self._find(
            self.kit.order, {"symbol": symbol, "orderId": order_id, "origClientOrderId": client_order_id}
        )
        return found

    async def _fills(self, order: Json) -> list[Json]:
        if not float(order["executedQty"]):
            return []
        trades = await self._get(self.kit.my_trades, {"symbol": order["symbol"], "orderId": order["orderId"]})
        return [
            {
                "price": trade["price"],
                "qty": trade["qty"],
                "commission": trade["commission"],
                "commissionAsset": trade["commissionAsset"],
                "tradeId": trade["id"],
            }
            for trade in trades
        ]

    def _is_newer(self, lost: Lost, order: Json) -> bool:
        """Whether an order was made by this attempt, and not by an earlier one under the same id."""
        made = int(order["time"])
        return (made // 1000 if made > 10**14 else made) >= lost.started_ms - CLOCK_TOLERANCE_MS

    # The ways

    async def _placed(self, lost: Lost, client_order_id: Any) -> Json | None:
        """The order of this attempt, with its fills."""
        order = await self._query_order(lost.symbol, client_order_id=client_order_id)
        if order is None or not self._is_newer(lost, order):
            return None
        return {**order, "transactTime": order["time"], "fills": await self._fills(order)}

    async def _order(self, lost: Lost) -> Any:
        client_order_id = lost.bound[str(lost.endpoint.client_id)]
        found = await self._poll(lost, lambda: self._placed(lost, client_order_id))
        if found is None:
            raise self._absent(lost, "the order is not there")
        if found["status"] == "REJECTED":
            raise Rejected("the order was rejected by the matching engine", call=lost.endpoint.name)
        return _decoded(lost.endpoint, found)

    async def _cancelled(self, lost: Lost, order_id: Any, client_order_id: Any) -> Json | None:
        """The order, if it is over; an error if it ended otherwise than by a cancel."""
        order = await self._query_order(lost.symbol, order_id, client_order_id)
        if order is None or order["status"] not in FINAL:
            return None
        if order["status"] != "CANCELED":
            raise Rejected(f"Unknown order sent. (the order is {order['status']})", call=lost.endpoint.name, code=-2011)
        return {
            **order,
            "origClientOrderId": order["clientOrderId"],
            "clientOrderId": lost.bound.get("newClientOrderId", order["clientOrderId"]),
            "transactTime": order["updateTime"],
        }

    async def _cancel(self, lost: Lost) -> Any:
        order_id, client_order_id = lost.bound.get("orderId"), lost.bound.get("origClientOrderId")
        found = await self._poll(lost, lambda: self._cancelled(lost, order_id, client_order_id))
        if found is None:
            raise self._absent(lost, "the cancel did not happen: the order is still open, or unknown")
        return _decoded(lost.endpoint, found)

    async def _cancel_replace(self, lost: Lost) -> Any:
        bound = lost.bound
        old_id, old_client_id = bound.get("cancelOrderId"), bound.get("cancelOrigClientOrderId")
        new = await self._poll(lost, lambda: self._placed(lost, bound[str(lost.endpoint.client_id)]))
        try:
            old = await self._cancelled(lost, old_id, old_client_id)
            cancel: Any = old or Rejected("the order is still open", call=lost.endpoint.name)
        except Rejected as error:
            old, cancel = None, error
        if new is None and old is None:
            raise self._absent(lost, "neither the cancel nor the new order happened")
        if new is None or old is None:
            raise PartlyAccepted(
                "one leg happened and its answer was lost: "
                + ("the order was cancelled, the new one is not there" if new is None else "the new order is there"),
                call=lost.endpoint.name,
                cancel=cancel,
                new=new if new is not None else self._absent(lost, "the new order is not there"),
            )
        reply = {"cancelResult": "SUCCESS", "newOrderResult": "SUCCESS", "cancelResponse": old, "newOrderResponse": new}
        return _decoded(lost.endpoint, reply)

    async def _amend(self, lost: Lost) -> Any:
        bound = lost.bound

        async def amended() -> Json | None:
            order = await self._query_order(lost.symbol, bound.get("orderId"), bound.get("origClientOrderId"))
            if order is None and bound.get("newClientOrderId"):
                order = await self._query_order(lost.symbol, client_order_id=bound["newClientOrderId"])
            if order is None or float(order["origQty"]) != float(str(bound["newQty"])):
                return None
            history = await self._get(self.kit.amendments, {"symbol": lost.symbol, "orderId": order["orderId"]})
            last = history[-1] if history else None
            if last is None or float(last["newQty"]) != float(str(bound["newQty"])):
                return None
            return {
                "transactTime": last["time"],
                "executionId": last["executionId"],
                "amendedOrder": {
                    **order,
                    "origClientOrderId": last["origClientOrderId"],
                    "qty": order["origQty"],
                    "preventedQty": order.get("preventedQuantity", "0.00000000"),
                    "quoteOrderQty": order["origQuoteOrderQty"],
                    "cumulativeQuoteQty": order["cummulativeQuoteQty"],
                },
            }

        found = await self._poll(lost, amended)
        if found is None:
            raise self._absent(lost, "the amendment did not happen")
        return _decoded(lost.endpoint, found)

    async def _list(self, params: Json) -> Json | None:
        found: Json | None = await self._find(self.kit.order_list, params)
        if found is None:
            return None
        orders = [await self._query_order(o["symbol"], o["orderId"]) for o in found["orders"]]
        reports: list[Json] = [
            {**order, "transactTime": order["time"], "fills": []} for order in orders if order is not None
        ]
        return {**found, "orderReports": reports}

    async def _order_list(self, lost: Lost) -> Any:
        client_id = lost.bound[str(lost.endpoint.client_id)]

        async def placed() -> Json | None:
            found = await self._list({"origClientOrderId": client_id})
            return found if found is not None and self._is_newer(lost, {"time": found["transactionTime"]}) else None

        found = await self._poll(lost, placed)
        if found is None:
            raise self._absent(lost, "the order list is not there")
        return _decoded(lost.endpoint, found)

    async def _cancel_list(self, lost: Lost) -> Any:
        params = {
            "orderListId": lost.bound.get("orderListId"),
            "origClientOrderId": lost.bound.get("listClientOrderId"),
        }

        async def cancelled() -> Json | None:
            found = await self._list(params)
            if found is None or found["listOrderStatus"] != "ALL_DONE":
                return None
            if not any(report["status"] == "CANCELED" for report in found["orderReports"]):
                raise Rejected("Unknown order list sent. (the list is done)", call=lost.endpoint.name, code=-2011)
            for report in found["orderReports"]:
                report["origClientOrderId"] = report["clientOrderId"]
            return found

        found = await self._poll(lost, cancelled)
        if found is None:
            raise self._absent(lost, "the cancel did not happen: the list is still open, or unknown")
        return _decoded(lost.endpoint, found)


class _OutOfReach(Exception):
    """The exchange could not be asked for so long that the outcome stays unknown."""


def _decoded(endpoint: Endpoint, reply: Json) -> Any:
    """The reply that the call would have had."""
    return endpoint.decoder.decode(decoding.encode(reply))


def _consume(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("an abandoned call ended: %s", error)
