"""The resolver: when it looks and when it stops, whom it wakes, and what it keeps of orders that were given up.

What it tells of each kind of write against a real exchange is in `scenarios/orders`; what proves each kind is in
`test_proofs`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from binance_async import Binance, Timings
from binance_async.errors import AbsentAfterFence, OutcomeUnknown, PartlyAccepted, Rejected
from binance_async.net.seams import Disconnected
from binance_async.net.virtual import run_virtual
from binance_async.session import resolver as module
from binance_async.simulator import Simulator
from binance_async.simulator.actions import LateCommit, LoseReply

if TYPE_CHECKING:
    from conftest import Keys, Sent, World

    from binance_async.session.resolver import Resolver

LOST = Disconnected("connection lost: reset")
MARKET: dict[str, Any] = {"quantity": "1", "new_order_resp_type": "ACK"}


class Exchange:
    """Loses every order; the script says when it can be seen."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.there: Callable[[float], bool] = lambda now: False
        self.failing: Callable[[float], Any] = lambda now: None
        self.looks: list[float] = []
        self.made_at: float | None = None
        world.http.always("/api/v3/order", self.order)
        world.http.always("/api/v3/openOrders", world.json([]))

    def order(self, sent: Sent) -> Any:
        if sent.method != "GET":
            return LOST
        now = self.world.clock.monotonic()
        self.looks.append(now)
        failure = self.failing(now)
        if failure is not None:
            return failure
        return self.seen(sent.params["origClientOrderId"]) if self.there(now) else self.world.error(-2013)

    def seen(self, client_order_id: str, **fields: Any) -> Any:
        time = 1_700_000_000_000 + int(1000 * (self.made_at or self.world.clock.monotonic()))
        order = {
            "symbol": "BTCUSDT", "orderId": 28, "orderListId": -1, "clientOrderId": client_order_id, "price": "0",
            "origQty": "1", "executedQty": "0", "cummulativeQuoteQty": "0", "origQuoteOrderQty": "0", "status": "NEW",
            "timeInForce": "GTC", "type": "MARKET", "side": "BUY", "isWorking": True, "workingTime": time,
            "time": time, "updateTime": time, "selfTradePreventionMode": "NONE",
        }  # fmt: skip
        return self.world.json(order | fields)


@pytest.fixture
def exchange(world: World) -> Exchange:
    return Exchange(world)


def resolver_of(binance: Binance) -> Resolver:
    return binance._manager.resolver(binance.spot._kit)


async def place(binance: Binance, client_order_id: str = "mine", **arguments: Any) -> Any:
    options: dict[str, Any] = {**MARKET, "new_client_order_id": client_order_id, **arguments}
    return await binance.spot.place_order("BTCUSDT", "BUY", "MARKET", **options)


# When it looks


def test_looks_come_less_and_less_often_and_then_at_the_fence(exchange: Exchange, keys: Keys) -> None:
    async def main(binance: Binance) -> None:
        with pytest.raises(AbsentAfterFence):
            await place(binance)

    exchange.world.run(main, keys.hmac)
    expected = [0, 0.2, 0.6, 1.4, 3.0, 6.2, 12.6, 17.01, 18.01, 19.01, 20.01]
    assert exchange.looks == pytest.approx(expected, abs=0.02)


def test_the_first_look_that_sees_it_is_the_last(exchange: Exchange, keys: Keys) -> None:
    exchange.there = lambda now: now >= 1.0
    assert exchange.world.run(place, keys.hmac).order_id == 28
    assert exchange.looks == pytest.approx([0, 0.2, 0.6, 1.4], abs=0.01)


def test_a_look_just_before_the_fence_is_followed_by_one_just_after_it(exchange: Exchange, keys: Keys) -> None:
    exchange.failing = lambda now: exchange.world.after(2.9, exchange.world.error(-2013)) if 12 < now < 15 else None
    exchange.there = lambda now: now >= 17.0

    async def main(binance: Binance) -> None:
        await place(binance)
        assert binance._manager.clock.monotonic() < 17.1

    exchange.world.run(main, keys.hmac)


def test_it_takes_two_misses_after_the_fence(exchange: Exchange, keys: Keys) -> None:
    """Until 30 s nobody answers: one look that finds nothing then is not enough."""
    exchange.failing = lambda now: LOST if now < 30 else None

    async def main(binance: Binance) -> None:
        with pytest.raises(AbsentAfterFence):
            await place(binance)

    exchange.world.run(main, keys.hmac)
    answered = [at for at in exchange.looks if at >= 30]
    assert len(answered) == 2
    assert answered[1] - answered[0] >= 1.0


def test_a_look_that_fails_after_the_fence_is_repeated_soon(exchange: Exchange, keys: Keys) -> None:
    exchange.failing = lambda now: LOST if 17 <= now < 18.3 else None
    exchange.there = lambda now: now >= 18.3
    exchange.world.run(place, keys.hmac)
    assert 18.3 <= exchange.looks[-1] <= 19.3
    pauses = [b - a for a, b in zip(exchange.looks, exchange.looks[1:], strict=False) if a >= 17]
    assert max(pauses) <= 1.01


def test_who_does_not_answer_for_a_minute_after_the_fence_leaves_it_unknown(exchange: Exchange, keys: Keys) -> None:
    exchange.failing = lambda now: LOST

    async def main(binance: Binance) -> None:
        with pytest.raises(OutcomeUnknown, match="could not be looked up either") as caught:
            await place(binance)
        assert type(caught.value) is OutcomeUnknown
        assert (caught.value.client_order_id, caught.value.call) == ("mine", "spot.place_order")
        assert 77 <= binance._manager.clock.monotonic() < 80
        assert (resolver_of(binance).unresolved, resolver_of(binance).unknown) == (1, 1)

    exchange.world.run(main, keys.hmac)


def test_a_query_that_hangs_is_given_up_for_another(exchange: Exchange, keys: Keys) -> None:
    slow = iter([True, True])
    exchange.failing = lambda now: exchange.world.after(99, None) if next(slow, False) else None
    exchange.there = lambda now: True

    async def main(binance: Binance) -> None:
        await place(binance)
        assert 6 < binance._manager.clock.monotonic() < 7

    exchange.world.run(main, keys.hmac)


def test_queries_are_not_repeated_below_the_looks(exchange: Exchange, keys: Keys) -> None:
    """A look is one attempt: its repeats are the next looks, and cost no token of the retry quota."""
    exchange.failing = lambda now: LOST

    async def main(binance: Binance) -> None:
        with pytest.raises(OutcomeUnknown):
            await place(binance)
        assert binance._manager.retry_quota.tokens == 500

    exchange.world.run(main, keys.hmac)


def test_a_query_whose_timestamp_is_refused_is_signed_anew(exchange: Exchange, keys: Keys) -> None:
    refused = iter([exchange.world.error(-1021)])
    exchange.failing = lambda now: next(refused, None)
    exchange.there = lambda now: True
    exchange.world.http.always("/api/v3/time", exchange.world.json({"serverTime": 1_700_000_000_000}))
    assert exchange.world.run(place, keys.hmac).order_id == 28
    assert exchange.looks == [0.0, 0.0]


def test_durations_scale(exchange: Exchange, keys: Keys) -> None:
    async def main(binance: Binance) -> None:
        with pytest.raises(AbsentAfterFence):
            await place(binance)
        assert binance._manager.clock.monotonic() == pytest.approx(0.2, abs=0.01)

    exchange.world.run(main, keys.hmac, timings=Timings().scaled(0.01))


# Whose answer


def test_a_write_that_nobody_can_look_up_is_unknown_at_once(world: World, keys: Keys) -> None:
    world.http.then(LOST)

    async def main(binance: Binance) -> None:
        with pytest.raises(OutcomeUnknown):
            await binance.spot.test_order("BTCUSDT", "BUY", "MARKET", quantity=1)
        found = resolver_of(binance)
        assert (found.unknown, found.unresolved) == (1, 1)
        assert binance._manager.clock.monotonic() == 0

    world.run(main, keys.hmac)


def test_a_cancelled_caller_leaves_the_search_to_itself(
    exchange: Exchange, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    async def main(binance: Binance) -> None:
        task = asyncio.ensure_future(place(binance))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(30)
        found = resolver_of(binance)
        assert (found.unknown, found.absent) == (1, 1)

    with caplog.at_level(logging.INFO, "binance_async.resolver"):
        exchange.world.run(main, keys.hmac)
    assert exchange.looks[-1] > 17


def test_who_is_cancelled_before_anything_was_lost_is_looked_for_too(
    exchange: Exchange, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    order = exchange.order
    exchange.world.http.always("/api/v3/order", exchange.world.after(0.5, order))
    exchange.there = lambda now: False

    async def main(binance: Binance) -> None:
        task = asyncio.ensure_future(place(binance))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait({task})
        await asyncio.sleep(30)

    exchange.world.run(main, keys.hmac)
    assert "an abandoned call ended: spot.place_order: the order is not there" in caplog.text


def test_nothing_is_looked_for_after_closing(exchange: Exchange, keys: Keys) -> None:
    async def main() -> None:
        binance = exchange.world.client(keys.hmac)
        task = asyncio.ensure_future(place(binance))
        await asyncio.sleep(1)
        await binance.close()
        with pytest.raises(OutcomeUnknown):
            await task
        looks = len(exchange.looks)
        await asyncio.sleep(60)
        assert len(exchange.looks) == looks

    exchange.world.run_loop(main)


def test_it_can_be_switched_off(exchange: Exchange, keys: Keys) -> None:
    async def main(binance: Binance) -> None:
        with pytest.raises(OutcomeUnknown):
            await place(binance)
        task = asyncio.ensure_future(place(binance, "cancelled"))
        task.cancel()
        await asyncio.wait({task})
        await asyncio.sleep(60)

    exchange.world.run(main, keys.hmac, resolve_outcomes=False)
    assert exchange.looks == []


def test_an_order_that_the_engine_rejected(exchange: Exchange, keys: Keys) -> None:
    exchange.failing = lambda now: exchange.seen("mine", status="REJECTED")

    async def main(binance: Binance) -> None:
        with pytest.raises(Rejected, match="matching engine") as caught:
            await place(binance)
        assert (caught.value.code, caught.value.call) == (-2010, "spot.place_order")
        assert resolver_of(binance).resolved == 1

    exchange.world.run(main, keys.hmac)


# Events


class Event:
    """As much of an event as names an order."""

    def __init__(self, client_order_id: str = "", symbol: str = "BTCUSDT", order_id: int | None = None) -> None:
        self.client_order_id = client_order_id
        self.symbol = symbol
        if order_id is not None:
            self.order_id = order_id


def test_an_event_makes_the_next_look_come_at_once(exchange: Exchange, keys: Keys) -> None:
    exchange.there = lambda now: now >= 8.0

    async def main(binance: Binance) -> None:
        task = asyncio.ensure_future(place(binance))
        await asyncio.sleep(8.0)
        resolver_of(binance).saw(Event("another"))
        await asyncio.sleep(0.5)
        assert not task.done()
        resolver_of(binance).saw(Event("mine"))
        await task
        assert binance._manager.clock.monotonic() == 8.5

    exchange.world.run(main, keys.hmac)


def test_so_it_does_when_the_caller_is_gone(exchange: Exchange, keys: Keys) -> None:
    exchange.there = lambda now: now >= 8.0

    async def main(binance: Binance) -> None:
        task = asyncio.ensure_future(place(binance))
        await asyncio.sleep(7.0)
        task.cancel()
        await asyncio.sleep(1.0)
        resolver_of(binance).saw(Event("mine"))
        await asyncio.sleep(0.1)
        assert resolver_of(binance).resolved == 1

    exchange.world.run(main, keys.hmac)


def test_a_storm_of_events_is_no_storm_of_looks(exchange: Exchange, keys: Keys) -> None:
    async def main(binance: Binance) -> None:
        task = asyncio.ensure_future(place(binance))
        for _ in range(1_000):
            resolver_of(binance).saw(Event("mine"))
            await asyncio.sleep(0.01)
        task.cancel()

    exchange.world.run(main, keys.hmac)
    assert len([at for at in exchange.looks if at < 10]) <= 60


def test_two_writes_on_one_order_are_both_woken(exchange: Exchange, keys: Keys) -> None:
    async def main(binance: Binance) -> None:
        spot = binance.spot
        one = asyncio.ensure_future(spot.cancel_order("BTCUSDT", order_id=7))
        two = asyncio.ensure_future(spot.amend_order("BTCUSDT", order_id=7, new_qty=1))
        await asyncio.sleep(8.0)
        before = len(exchange.looks)
        resolver_of(binance).saw(Event(symbol="BTCUSDT", order_id=7))
        await asyncio.sleep(0)
        await asyncio.sleep(0.001)
        assert len(exchange.looks) == before + 3  # that of the amendment looks under both its ids
        one.cancel()
        two.cancel()

    world = exchange.world
    world.http.always("/api/v3/order/amend/keepPriority", LOST)
    exchange.failing = lambda now: world.error(-2013)
    world.run(main, keys.hmac)


def test_what_is_over_is_watched_no_more(exchange: Exchange, keys: Keys) -> None:
    exchange.there = lambda now: True

    async def main(binance: Binance) -> None:
        await asyncio.gather(*(place(binance, f"order-{n}") for n in range(20)))
        with pytest.raises(OutcomeUnknown):
            await binance.request("POST", "/api/v3/anything", {"newClientOrderId": "x"}, security="TRADE")
        assert resolver_of(binance)._watched == {}

    exchange.world.http.always("/api/v3/anything", LOST)
    exchange.world.run(main, keys.hmac)


# Tombstones


def test_an_event_of_a_buried_order_raises_the_alarm_once(exchange: Exchange, keys: Keys) -> None:
    alarms: list[str] = []

    async def main(binance: Binance) -> None:
        with pytest.raises(AbsentAfterFence):
            await place(binance)
        found = resolver_of(binance)
        found.saw(Event("another"))
        assert alarms == []
        for _ in range(3):
            found.saw(Event("mine"))
        assert alarms == ["an order that was given up as absent has appeared: mine"]
        assert (found.alarms, binance.diagnostics()["alarms"]) == (1, 1)
        await asyncio.sleep(0.1)

    exchange.world.run(main, keys.hmac, on_alarm=alarms.append)


def test_an_event_of_an_older_order_of_that_id_raises_none(exchange: Exchange, keys: Keys) -> None:
    alarms: list[str] = []

    async def main(binance: Binance) -> None:
        await asyncio.sleep(100)
        with pytest.raises(AbsentAfterFence):
            await place(binance)
        older = Event("mine")
        older.order_time = 1_700_000_000_000 + 50_000  # type: ignore[attr-defined]
        resolver_of(binance).saw(older)
        assert alarms == []
        newer = Event("mine")
        newer.order_time = 1_700_000_000_000 + 150_000  # type: ignore[attr-defined]
        resolver_of(binance).saw(newer)
        assert len(alarms) == 1

    exchange.world.run(main, keys.hmac, on_alarm=alarms.append)


def test_visits_come_ever_less_often_for_a_day(exchange: Exchange, keys: Keys) -> None:
    async def main(binance: Binance) -> None:
        with pytest.raises(AbsentAfterFence):
            await place(binance)
        buried = binance._manager.clock.monotonic()
        exchange.looks.clear()
        await asyncio.sleep(3 * 86_400)
        ages = [at - buried for at in exchange.looks]
        assert ages[:5] == pytest.approx([8, 16, 32, 64, 128], abs=0.1)
        assert ages[-1] == pytest.approx(86_400, abs=1)
        assert len(ages) == 15
        assert resolver_of(binance)._tombstones == {}

    exchange.world.run(main, keys.hmac)


def test_a_visit_that_tells_nothing_is_repeated_soon(exchange: Exchange, keys: Keys) -> None:
    alarms: list[str] = []

    async def main(binance: Binance) -> None:
        with pytest.raises(AbsentAfterFence):
            await place(binance)
        exchange.failing = lambda now: LOST if now < 100 else None
        exchange.there = lambda now: True
        exchange.made_at = 90.0
        await asyncio.sleep(100)
        assert len(alarms) == 1

    exchange.world.run(main, keys.hmac, on_alarm=alarms.append)
    assert 100 <= exchange.looks[-1] <= 108.1


def test_a_late_order_that_was_rejected_is_forgotten(exchange: Exchange, keys: Keys) -> None:
    alarms: list[str] = []

    async def main(binance: Binance) -> None:
        with pytest.raises(AbsentAfterFence):
            await place(binance)
        exchange.failing = lambda now: exchange.seen("mine", status="REJECTED")
        await asyncio.sleep(10)
        assert resolver_of(binance)._tombstones == {}

    exchange.world.run(main, keys.hmac, on_alarm=alarms.append)
    assert alarms == []


def test_tombstones_are_bounded(exchange: Exchange, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_TOMBSTONES", 5)

    async def main(binance: Binance) -> None:
        told = await asyncio.gather(*(place(binance, f"order-{n}") for n in range(12)), return_exceptions=True)
        assert all(isinstance(each, AbsentAfterFence) for each in told)
        assert len(resolver_of(binance)._tombstones) == 5
        assert binance.diagnostics()["tasks"] == 1

    exchange.world.run(main, keys.hmac)


def test_who_uses_the_id_again_takes_the_tombstone_away(exchange: Exchange, keys: Keys) -> None:
    async def main(binance: Binance) -> None:
        with pytest.raises(AbsentAfterFence):
            await place(binance)
        assert list(resolver_of(binance)._tombstones) == ["mine"]
        exchange.there = lambda now: True
        await place(binance)
        assert list(resolver_of(binance)._tombstones) == []

    exchange.world.run(main, keys.hmac)


def test_an_event_that_comes_while_a_visit_looks_raises_one_alarm(exchange: Exchange, keys: Keys) -> None:
    alarms: list[str] = []

    async def main(binance: Binance) -> None:
        with pytest.raises(AbsentAfterFence):
            await place(binance)
        exchange.failing = lambda now: exchange.world.after(1.0, exchange.seen("mine"))
        await asyncio.sleep(8.5)
        resolver_of(binance).saw(Event("mine"))
        await asyncio.sleep(10)
        assert len(alarms) == 1

    exchange.world.run(main, keys.hmac, on_alarm=alarms.append)


def test_half_a_cancel_replace_counts_as_resolved_and_its_new_order_is_watched(exchange: Exchange, keys: Keys) -> None:
    world = exchange.world

    def answer(sent: Sent) -> Any:
        return exchange.seen("old", status="CANCELED") if "orderId" in sent.params else world.error(-2013)

    async def main(binance: Binance) -> None:
        with pytest.raises(PartlyAccepted) as caught:
            await binance.spot.cancel_replace(
                "BTCUSDT", "BUY", "MARKET", "STOP_ON_FAILURE", cancel_order_id=28, new_client_order_id="new", quantity=1
            )
        assert isinstance(caught.value.new, AbsentAfterFence)
        found = resolver_of(binance)
        assert (found.resolved, found.absent, found.unresolved) == (1, 0, 0)
        assert list(found._tombstones) == ["new"]

    world.http.always("/api/v3/order", answer)
    world.http.always("/api/v3/order/cancelReplace", LOST)
    world.run(main, keys.hmac)


def test_a_family_without_the_query_leaves_it_unknown_at_once(exchange: Exchange, keys: Keys) -> None:
    async def main(binance: Binance) -> None:
        found = resolver_of(binance)
        found.kit = replace(found.kit, order_list=None)
        with pytest.raises(OutcomeUnknown, match="no query for it"):
            await binance.spot.cancel_order_list("BTCUSDT", order_list_id=1)
        assert found.unresolved == 1

    exchange.world.http.always("/api/v3/orderList", LOST)
    exchange.world.run(main, keys.hmac)


# Binance.US, whose orders and lists are types of their own

US_OCO = {"quantity": "0.01", "price": "70000", "stop_price": "30000"}


@pytest.mark.parametrize("fault", [LoseReply("reset"), LateCommit(9.0), LateCommit(1e9)], ids=str)
@pytest.mark.parametrize("call", ["place_order", "cancel_order", "cancel_replace", "cancel_open_orders", "lists"])
def test_binance_us(call: str, fault: Any) -> None:
    async def main() -> None:
        async with (
            Simulator(transport="memory", families=("us",)) as exchange,
            Binance(exchange.credentials, environment=exchange.environment) as binance,
        ):
            us = binance.us
            limit: dict[str, Any] = {"time_in_force": "GTC", "quantity": "0.01", "price": "50000"}
            resting = await us.place_order("BTCUSDT", "BUY", "LIMIT", **limit)
            listed = next(name for name in dir(us) if name.startswith("place_oco"))
            await asyncio.sleep(2)

            async def act() -> Any:
                if call == "place_order":
                    return await us.place_order("BTCUSDT", "BUY", "LIMIT", **limit)
                if call == "cancel_order":
                    return await us.cancel_order("BTCUSDT", order_id=resting.order_id)
                if call == "cancel_open_orders":
                    return await us.cancel_open_orders("BTCUSDT")
                if call == "lists":
                    return await getattr(us, listed)("BTCUSDT", "SELL", **US_OCO)
                return await us.cancel_replace(
                    "BTCUSDT", "BUY", "LIMIT", "STOP_ON_FAILURE", cancel_order_id=resting.order_id, **limit
                )

            exchange.faults.add(fault, call=listed if call == "lists" else call, times=1)
            if fault == LateCommit(1e9):
                with pytest.raises(AbsentAfterFence):
                    await act()
                return
            reply = await act()
            if call == "lists":
                gone = await us.cancel_order_list("BTCUSDT", order_list_id=reply.order_list_id)
                assert gone.order_list_id == reply.order_list_id
            elif call == "cancel_open_orders":
                assert [each.order_id for each in reply] == [resting.order_id]

    run_virtual(main())
