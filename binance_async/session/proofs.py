"""What proves that a write happened, kind by kind.

A proof looks, once each time it is asked to, and answers with the reply that the call would have had, with None (it is
not to be seen), or with the verdict as an error (`Rejected`, `PartlyAccepted`). When the time is over in which the
write could have entered, `missing` says what is known instead. `resolver` decides when to look and when to stop.

    an order          is there, under its client order id, and no older than the write
    a cancel          its order is CANCELED; if it ended otherwise, nothing is left that a cancel could do
    cancel-replace    both of the above, told leg by leg
    an amendment      stands in the order's history; an order that ended with another quantity was not amended
    an order list     is there with all its orders
    a list's cancel   the list is done, and an order of it was cancelled
    cancel all        no order is open that was there before

What is looked up goes over REST, whichever way the write went, since the connection that lost the answer is the last
one to ask. A query that is refused, fails, or answers with something else than its declaration says proves nothing:
it is `Unseen`, and asked again. In particular a refusal of the *query* is never a refusal of the write.

REST may be behind the events, by seconds. So what an event has told of an order counts as well, and of two accounts of
one order the further one is the newer: what was executed does not fall, and an end stays.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from binance_async.core.endpoint import USER_DATA, Endpoint, loose
from binance_async.errors import AbsentAfterFence, BinanceError, OutcomeUnknown, PartlyAccepted, Rejected
from binance_async.session.write import Json, Write, in_ms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from binance_async.session.family import Kit
    from binance_async.session.manager import Manager

NOT_FOUND: Final = frozenset({-2011, -2013, -2018})
ARCHIVED: Final = -2026
"""An order that was cancelled or expired long ago, with nothing executed."""
FINAL: Final = frozenset({"FILLED", "CANCELED", "REJECTED", "EXPIRED", "EXPIRED_IN_MATCH"})
LOOK: Final = 3.0
"""How long one query may take; what is stuck may be quicker on another connection."""
MOST_ROWS: Final = 1_000
_ACK = ("symbol", "orderId", "orderListId", "clientOrderId", "transactTime")


class _Order(msgspec.Struct, rename="camel"):
    """What must be in an order if anything is to be concluded from it."""

    symbol: str
    order_id: int
    order_list_id: int
    client_order_id: str
    type: str
    status: str
    orig_qty: Decimal
    executed_qty: Decimal
    cummulative_quote_qty: Decimal
    orig_quote_order_qty: Decimal
    time: int
    update_time: int


class _Trade(msgspec.Struct, rename="camel"):
    id: int
    qty: Decimal
    price: Decimal
    commission: Decimal
    commission_asset: str


class _Amendment(msgspec.Struct, rename="camel"):
    time: int
    execution_id: int
    orig_client_order_id: str
    new_client_order_id: str
    new_qty: Decimal


class _Listed(msgspec.Struct, rename="camel"):
    symbol: str
    order_id: int


class _OrderList(msgspec.Struct, rename="camel"):
    order_list_id: int
    list_order_status: str
    transaction_time: int
    orders: list[_Listed]


class Unseen(Exception):
    """A look that told nothing: the query failed, or its parts do not fit together yet."""


class Archived(Unseen):
    """The exchange says no more of the order than that it has been over for long."""


class Unknowable(Exception):
    """No look will ever tell."""


class Queries:
    """What is asked of the exchange about one write. Answers are plain JSON: all of it goes into the reply."""

    def __init__(self, manager: Manager, kit: Kit, write: Write) -> None:
        self.manager = manager
        self.kit = kit
        self.write = write

    @property
    def late(self) -> bool:
        """Whether the write can no longer enter."""
        return self.manager.clock.monotonic() >= self.write.fence(self.manager.timings)

    async def _get(self, endpoint: Endpoint | None, params: Json, shape: Any) -> Any:
        """One query; None for what the exchange does not know. Raises `Unseen` for every other failure."""
        if endpoint is None or endpoint.path is None:
            raise Unknowable("this exchange has no query for it")
        query = loose(self.kit.family, "GET", endpoint.path, security=USER_DATA, weight=endpoint.weight.of(params))
        try:
            async with asyncio.timeout(LOOK * self.manager.timings.unit):
                found = await self.manager.rest(self.kit).ask(query, query.bind_loosely(params))
            msgspec.convert(found, shape)
        except BinanceError as error:
            code = error.code if isinstance(error, Rejected) else None
            if code in NOT_FOUND:
                return None
            raise (Archived if code == ARCHIVED else Unseen)(str(error)) from None
        except msgspec.ValidationError as error:
            raise Unseen(f"{endpoint.name}: {error}") from None
        except TimeoutError:
            raise Unseen(f"{endpoint.name}: no answer within {LOOK:g} s") from None
        return found

    async def order(self, symbol: str, *, order_id: Any = None, client_order_id: Any = None) -> Json | None:
        """An order as it is now, by REST or by events, whichever knows more; None if neither knows it."""
        told = self.write.told(symbol, order_id, client_order_id)
        ids = {"orderId": order_id} if order_id is not None else {"origClientOrderId": client_order_id}
        found: Json | None = None
        try:
            found = await self._get(self.kit.order, {"symbol": symbol, **ids}, _Order)
        except Archived:
            if order_id is not None:
                raise self.over("archived") from None
        except Unseen:
            if told is None:
                raise
        return max((each for each in (found, told) if each is not None), key=_progress, default=None)

    async def target(self, symbol: str, order_id: Any, client_order_id: Any) -> Json | None:
        """An order that the write is to change. One of a certain age is found in the list of all orders alone."""
        found = await self.order(symbol, order_id=order_id, client_order_id=client_order_id)
        if found is None and order_id is not None and self.late:
            rows = await self.all_orders(symbol, orderId=order_id, limit=1)
            found = next((row for row in rows if row["orderId"] == order_id), None)
        return found

    async def open_orders(self, symbol: str) -> list[Json]:
        """The open orders on a symbol."""
        return await self._rows(self.kit.open_orders, {"symbol": symbol}, _Order)

    async def all_orders(self, symbol: str, **params: Any) -> list[Json]:
        """Orders of every state, the last thousand if no others are asked for."""
        return await self._rows(self.kit.all_orders, {"symbol": symbol, "limit": MOST_ROWS, **params}, _Order)

    async def amendments(self, order: Json) -> list[Json]:
        """How an order's quantity was reduced, oldest first."""
        params = {"symbol": order["symbol"], "orderId": order["orderId"], "limit": MOST_ROWS}
        return await self._rows(self.kit.amendments, params, _Amendment)

    async def _rows(self, endpoint: Endpoint | None, params: Json, shape: Any) -> list[Json]:
        found: list[Json] | None = await self._get(endpoint, params, list[shape])
        return found or []

    async def order_list(self, **ids: Any) -> Json | None:
        """An order list; None if it is not there."""
        found: Json | None = await self._get(self.kit.order_list, ids, _OrderList)
        return found

    async def with_orders(self, order_list: Json) -> Json:
        """An order list with each of its orders as it is now."""
        reports = [await self.order(order["symbol"], order_id=order["orderId"]) for order in order_list["orders"]]
        if None in reports:
            raise Unseen("not all orders of the list can be seen yet")
        return {**order_list, "orderReports": reports}

    async def canceled_list(self, order_list: Json) -> Json:
        """A cancelled order list as the answer to its cancel tells it."""
        found = await self.with_orders(order_list)
        if not all(report["status"] in FINAL for report in found["orderReports"]):
            raise Unseen("the orders are behind their list")
        canceled = [_canceled(report) for report in found["orderReports"] if report["status"] == "CANCELED"]
        return {**found, "orderReports": canceled}

    async def placed(self, order: Json) -> Json:
        """An order as the answer to its placing tells it, in the form that was asked for."""
        reply = {**_reply_fields(order), "transactTime": order["time"]}
        form = self._form(order)
        if form == "ACK":
            return {name: reply[name] for name in _ACK}
        return {**reply, "fills": await self._fills(order)} if form == "FULL" else reply

    def over(self, how: str, code: int = -2011) -> Rejected:
        """The order is over, so that nothing was left to be changed."""
        return Rejected(f"Unknown order sent. (the order is {how})", call=self.write.endpoint.name, code=code)

    def _form(self, order: Json) -> str:
        bound = self.write.bound
        if "newOrderRespType" in bound:
            return str(bound["newOrderRespType"])
        by_type = "FULL" if order["type"] in ("LIMIT", "MARKET") else "ACK"
        return "FULL" if "listClientOrderId" in bound else by_type

    async def _fills(self, order: Json) -> list[Json]:
        executed = Decimal(str(order["executedQty"]))
        if not executed:
            return []
        params = {"symbol": order["symbol"], "orderId": order["orderId"], "limit": MOST_ROWS}
        try:
            trades = await self._rows(self.kit.my_trades, params, _Trade)
        except Unseen:
            if not self.late:
                raise
            trades = []
        told = sum(Decimal(trade["qty"]) for trade in trades)
        if told != executed and len(trades) < MOST_ROWS and not order.get("usedSor") and not self.late:
            raise Unseen("its trades are not all to be seen yet")
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


def _progress(order: Json) -> tuple[Decimal, bool, int]:
    """Of two accounts of one order the greater is the newer."""
    return Decimal(str(order["executedQty"])), str(order["status"]) in FINAL, in_ms(order["updateTime"])


def _reply_fields(order: Json) -> Json:
    """An order's fields without those that only queries show of every order, zero where the order has none of it."""
    return {
        name: value for name, value in order.items() if name not in ("stopPrice", "icebergQty") or Decimal(str(value))
    }


class Proof(ABC):
    """Looks for the work of one write."""

    def __init__(self, queries: Queries) -> None:
        self.queries = queries
        self.write: Write = queries.write
        self.bound: Mapping[str, Any] = queries.write.bound

    @abstractmethod
    async def look(self) -> Json | list[Json] | None:
        """What the call would have answered; None if its work is not to be seen. Raises the verdict, or `Unseen`."""

    @abstractmethod
    def missing(self) -> BinanceError:
        """What is known when it is not to be seen although it can no longer enter."""

    def late_comer(self) -> Proof | None:
        """What to look for from then on, in case that it enters after all; None if that would not show."""
        return None

    def absent(self, text: str) -> AbsentAfterFence:
        """Looked for in vain."""
        return AbsentAfterFence(text, call=self.write.endpoint.name, client_order_id=self.write.client_order_id)

    def unknown(self, text: str) -> OutcomeUnknown:
        """Not to be told."""
        return OutcomeUnknown(text, call=self.write.endpoint.name, client_order_id=self.write.client_order_id)

    def rejected(self, reason: str, code: int) -> Rejected:
        """Known to have had no effect."""
        return Rejected(reason, call=self.write.endpoint.name, code=code)


class PlacedOrder(Proof):
    """A new order."""

    async def look(self) -> Json | None:
        """The order, if it is this write's."""
        order = await self.queries.order(self.write.symbol, client_order_id=self.write.client_order_id)
        if order is None or not self.write.made(order["time"]):
            return None
        if order["status"] == "REJECTED":
            raise self.rejected("the order was rejected by the matching engine", -2010)
        return await self.queries.placed(order)

    def missing(self) -> BinanceError:
        """It is not there."""
        return self.absent("the order is not there")

    def late_comer(self) -> Proof | None:
        """The same."""
        return self


class CanceledOrder(Proof):
    """A cancel of one order."""

    order_id = "orderId"
    client_id = "origClientOrderId"
    cancel_id = "newClientOrderId"
    found: bool = False

    async def look(self) -> Json | None:
        """The order, if it is over; a refusal if it ended otherwise than by a cancel."""
        bound = self.bound
        order = await self.queries.target(self.write.symbol, bound.get(self.order_id), bound.get(self.client_id))
        self.found = self.found or order is not None
        if order is None or order["status"] not in FINAL:
            return None
        if order["status"] != "CANCELED":
            raise self.queries.over(order["status"])
        if order["orderListId"] != -1 and self.write.endpoint.resolve == "cancel":
            found = await self.queries.order_list(orderListId=order["orderListId"])
            return None if found is None else await self.queries.canceled_list(found)
        cancel_id = bound.get(self.cancel_id, order["clientOrderId"])
        return _canceled(order) | {"clientOrderId": cancel_id}

    def missing(self) -> BinanceError:
        """The order is still open, or nobody can say."""
        if not self.found:
            return self.unknown("the order cannot be found; the exchange forgets old ones")
        return self.absent("the cancel did not happen: the order is still open")


class CanceledLeg(CanceledOrder):
    """The cancel of a cancel-replace."""

    order_id = "cancelOrderId"
    client_id = "cancelOrigClientOrderId"
    cancel_id = "cancelNewClientOrderId"


class Replaced(Proof):
    """Cancel-and-replace: no transaction, so each leg has its own proof."""

    def __init__(self, queries: Queries) -> None:
        super().__init__(queries)
        self._legs = CanceledLeg(queries), PlacedOrder(queries)
        self._cancel: Any = None
        self._new: Any = None

    async def look(self) -> Json | None:
        """Both legs, once both are known. What is known of one stays."""
        cancel, new = self._legs
        self._cancel = self._cancel or await _look_at(cancel)
        self._new = self._new or await _look_at(new)
        stops = self.bound["cancelReplaceMode"] == "STOP_ON_FAILURE"
        if isinstance(self._cancel, Rejected) and self._new is None and stops:
            self._new = self.rejected("not attempted", -2022)  # nothing is left to be cancelled, whenever it enters
        if self._cancel is None or self._new is None:
            return None
        return self._verdict()

    def _verdict(self) -> Json:
        cancel, new = self._cancel, self._new
        if isinstance(cancel, BinanceError) and isinstance(new, BinanceError):
            raise self.rejected(f"Order cancel-replace failed. Cancel: {cancel.message}. New: {new.message}.", -2022)
        if isinstance(cancel, BinanceError) or isinstance(new, BinanceError):
            raise self._partly()
        return {
            "cancelResult": "SUCCESS",
            "newOrderResult": "SUCCESS",
            "cancelResponse": cancel,
            "newOrderResponse": new,
        }

    def _partly(self) -> PartlyAccepted:
        happened = "the new order is there" if isinstance(self._cancel, BinanceError) else "the order was cancelled"
        return PartlyAccepted(
            f"one leg happened and the answer was lost: {happened}",
            call=self.write.endpoint.name,
            cancel=self._cancel,
            new=self._new,
        )

    def missing(self) -> BinanceError:
        """One leg, or none of them."""
        cancel, new = self._legs
        done = [leg for leg in (self._cancel, self._new) if leg is not None and not isinstance(leg, BinanceError)]
        if not done:
            return self.absent("neither the cancel nor the new order happened")
        self._cancel = self._cancel or cancel.missing()
        self._new = self._new or new.missing()
        return self._partly()

    def late_comer(self) -> Proof | None:
        """The new order."""
        return self._legs[1] if self._new is None or isinstance(self._new, OutcomeUnknown) else None


async def _look_at(leg: Proof) -> Any:
    """What a leg's look tells: a value, None, or its verdict as a value."""
    try:
        return await leg.look()
    except Rejected as verdict:
        return verdict


class Amended(Proof):
    """A reduced quantity."""

    found: bool = False

    async def look(self) -> Json | None:
        """The amendment of this write, in the order's history."""
        bound, symbol = self.bound, self.write.symbol
        order = await self.queries.target(symbol, bound.get("orderId"), bound.get("origClientOrderId"))
        if order is None and "newClientOrderId" in bound:
            order = await self.queries.target(symbol, None, bound["newClientOrderId"])
        if order is None:
            return None
        self.found = True
        amendment = await self._amendment(order)
        if amendment is not None:
            return await self._reply(order, amendment)
        if order["status"] in FINAL and self._quantity(order["origQty"]):
            raise self.queries.over(order["status"], -2038)
        return None

    async def _amendment(self, order: Json) -> Json | None:
        history = await self.queries.amendments(order)
        mine = [each for each in history if self.write.made(each["time"]) and not self._quantity(each["newQty"])]
        return mine[-1] if mine else None

    def _quantity(self, quantity: Any) -> Decimal:
        """By how much it differs from what was asked for."""
        return Decimal(str(quantity)) - Decimal(str(self.bound["newQty"]))

    async def _reply(self, order: Json, amendment: Json) -> Json:
        reply = {
            "transactTime": amendment["time"],
            "executionId": amendment["executionId"],
            "amendedOrder": {
                **_reply_fields(order),
                "clientOrderId": amendment["newClientOrderId"],
                "origClientOrderId": amendment["origClientOrderId"],
                "qty": amendment["newQty"],
                "preventedQty": order.get("preventedQuantity", "0.00000000"),
                "quoteOrderQty": order["origQuoteOrderQty"],
                "cumulativeQuoteQty": order["cummulativeQuoteQty"],
            },
        }
        if order["orderListId"] != -1:
            reply["listStatus"] = await self.queries.order_list(orderListId=order["orderListId"])
        return reply

    def missing(self) -> BinanceError:
        """The quantity is what it was, or nobody can say."""
        if not self.found:
            return self.unknown("the order cannot be found; the exchange forgets old ones")
        return self.absent("the amendment did not happen")


class PlacedList(Proof):
    """A new order list."""

    async def look(self) -> Json | None:
        """The list, if it is this write's."""
        order_list = await self.queries.order_list(origClientOrderId=self.write.client_order_id)
        if order_list is None or not self.write.made(order_list["transactionTime"]):
            return None
        if order_list["listOrderStatus"] == "REJECT":
            raise self.rejected("the order list was rejected by the matching engine", -2010)
        found = await self.queries.with_orders(order_list)
        if not all(self.write.made(report["time"]) for report in found["orderReports"]):
            return None
        return {**found, "orderReports": [await self.queries.placed(report) for report in found["orderReports"]]}

    def missing(self) -> BinanceError:
        """It is not there."""
        return self.absent("the order list is not there")

    def late_comer(self) -> Proof | None:
        """The same."""
        return self


class CanceledList(Proof):
    """A cancel of an order list."""

    found: bool = False

    async def look(self) -> Json | None:
        """The list, if it is done; a refusal if no order of it was cancelled."""
        number, client_id = self.bound.get("orderListId"), self.bound.get("listClientOrderId")
        order_list = await self.queries.order_list(
            **({"orderListId": number} if number is not None else {"origClientOrderId": client_id})
        )
        self.found = self.found or order_list is not None
        if order_list is None or order_list["listOrderStatus"] != "ALL_DONE":
            return None
        reply = await self.queries.canceled_list(order_list)
        if not reply["orderReports"]:
            raise self.rejected("Unknown order list sent. (the list is done)", -2011)
        return reply

    def missing(self) -> BinanceError:
        """The list is still open, or nobody can say."""
        if not self.found:
            return self.unknown("the order list cannot be found; the exchange forgets old ones")
        return self.absent("the cancel did not happen: the list is still open")


class CanceledAll(Proof):
    """A cancel of all orders on a symbol. Its answer names what it finds among the last thousand orders."""

    async def look(self) -> list[Json] | None:
        """What was cancelled since, once nothing is open that was there before."""
        symbol = self.write.symbol
        still_open = await self.queries.open_orders(symbol)
        if any(not self.write.made(order["time"]) for order in still_open):
            return None
        orders = await self.queries.all_orders(symbol)
        if any(order["status"] not in FINAL and not self.write.made(order["time"]) for order in orders):
            raise Unseen("the list of all orders is behind that of the open ones")
        canceled = [o for o in orders if o["status"] == "CANCELED" and self.write.made(o["updateTime"])]
        if not canceled and len(orders) < MOST_ROWS:
            raise self.rejected("Unknown order sent. (no order is open)", -2011)
        lists = {order["orderListId"]: None for order in canceled if order["orderListId"] != -1}
        found = [await self.queries.order_list(orderListId=number) for number in lists]
        single = [_canceled(order) for order in canceled if order["orderListId"] == -1]
        return [*single, *[await self.queries.canceled_list(each) for each in found if each is not None]]

    def missing(self) -> BinanceError:
        """Some are still open."""
        return self.absent("the cancel did not happen: orders are still open")


def _canceled(order: Json) -> Json:
    """A cancelled order as the answer to its cancel tells it."""
    return {
        **_reply_fields(order),
        "origClientOrderId": order["clientOrderId"],
        "transactTime": order["updateTime"],
    }


PROOFS: Final[Mapping[str, type[Proof]]] = {
    "order": PlacedOrder,
    "cancel": CanceledOrder,
    "cancel_all": CanceledAll,
    "cancel_replace": Replaced,
    "amend": Amended,
    "order_list": PlacedList,
    "cancel_list": CanceledList,
}
"""By what the declaration of a call says under `resolve`."""
