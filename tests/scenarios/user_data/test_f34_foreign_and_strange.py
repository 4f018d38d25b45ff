"""F34, F55-F59: events of orders that nobody here placed, of symbols that nobody knows, of shapes that nobody saw."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from typing import Any

import pytest
from account_scene import ROUTES, Scene, scene

from binance_async.core.events import RawEvent
from binance_async.simulator.actions import Mutate, Push, Reset
from binance_async.simulator.engine import NewOco, NewOto

REPORT: dict[str, Any] = {
    "e": "executionReport", "E": 1767225600000, "s": "NEWLISTUSDT", "c": "adl_autoclose", "S": "SELL", "o": "MARKET",
    "f": "GTC", "q": "1", "p": "0", "P": "0", "F": "0", "g": -1, "C": "", "x": "TRADE", "X": "FILLED", "r": "NONE",
    "i": 77, "l": "1", "z": "1", "L": "2", "n": "0", "N": None, "T": 1767225600000, "t": 5, "I": 9, "w": False,
    "m": False, "M": False, "O": 1767225600000, "Z": "2", "Y": "2", "Q": "0", "V": "NONE",
}  # fmt: skip


@scene(*ROUTES)
async def test_f34_orders_of_others(scene: Scene) -> None:
    """A liquidation's order, an order of the exchange's app, one of another program."""
    async with scene.listening():
        for name in ("adl_autoclose", "autoclose-1767225600000", "web_123", "x-other"):
            scene.cancel(scene.place(new_client_order_id=name))
        await asyncio.sleep(1)
        told = {event.client_order_id for event in scene.seen if str(getattr(event, "status", "")) == "NEW"}
        assert told == {"adl_autoclose", "autoclose-1767225600000", "web_123", "x-other"}
        scene.check()


@scene("logon", "us")
async def test_f34_a_symbol_that_nobody_knows(scene: Scene) -> None:
    """It is delivered; and a reconciliation that cannot ask for it restores the others, and says so."""
    async with scene.listening(symbols=["BTCUSDT"]) as account:
        scene.exchange.faults.now(Push(json.dumps(REPORT), account=scene.mine))
        await asyncio.sleep(1)
        (report,) = scene.seen
        assert (report.symbol, report.trade_id, report.executed_qty) == ("NEWLISTUSDT", 5, Decimal(1))
        scene.seen.clear()
        scene.exchange.faults.now(Reset())
        scene.live_a_little()
        await scene.restored()
        await asyncio.sleep(60)
        (gap,) = scene.gaps
        assert gap.reconciled
        assert "orders and trades of NEWLISTUSDT" in gap.missing
        assert "NEWLISTUSDT" in account.state.symbols
        scene.check(gaps=1)


@scene("logon", "us")
async def test_f34_an_amendment_and_the_activation_of_an_order_are_restored(scene: Scene) -> None:
    async with scene.listening():
        order = scene.place(quantity="0.03")
        working, quantity = Decimal(59_800), Decimal("0.01")
        oto = NewOto("BTCUSDT", "LIMIT", "BUY", working, quantity, "LIMIT_MAKER", "SELL", quantity,
                     working_time_in_force="GTC", pending_price=Decimal(70_000))  # fmt: skip
        scene.engine.place_oto(scene.mine, oto)
        await asyncio.sleep(1)
        seen = len(scene.seen)
        scene.exchange.faults.now(Reset())
        scene.engine.amend(scene.mine, "BTCUSDT", new_qty=Decimal("0.02"), order_id=order)
        scene.fill("59800", quantity="0.03")
        await scene.restored()
        restored = [
            (str(e.execution_type), str(e.status), e.order_id) for e in scene.seen[seen:] if hasattr(e, "status")
        ]
        assert ("NEW", "NEW", order + 2) in restored, "the pending order works now"
        await asyncio.sleep(60)
        scene.check(gaps=1)


@scene("logon", "us")
async def test_f34_only_amended(scene: Scene) -> None:
    async with scene.listening():
        order = scene.place(quantity="0.03")
        await asyncio.sleep(1)
        scene.exchange.faults.now(Reset())
        scene.engine.amend(scene.mine, "BTCUSDT", new_qty=Decimal("0.02"), order_id=order)
        await scene.restored()
        (restored,) = [event for event in scene.seen if getattr(event, "source", "") == "rest"
                       and hasattr(event, "status")]  # fmt: skip
        assert (str(restored.execution_type), restored.orig_qty) == ("REPLACED", Decimal("0.02"))
        await asyncio.sleep(60)
        scene.check(gaps=1)


@scene(*ROUTES)
async def test_f34_a_stop_order_is_new_a_second_time_when_it_is_triggered(scene: Scene) -> None:
    async with scene.listening():
        scene.trade()
        stop = scene.place("SELL", 58_000, type="STOP_LOSS_LIMIT", stop_price=Decimal(58_500))
        await asyncio.sleep(1)
        scene.place("BUY", 58_400, quantity="0.01")
        scene.fill(58_400)
        await asyncio.sleep(1)
        told = [str(e.execution_type) for e in scene.seen if getattr(e, "order_id", 0) == stop]
        assert told == ["NEW", "NEW"]
        scene.check()


@scene(*ROUTES)
async def test_f34_two_orders_of_the_account_that_meet(scene: Scene) -> None:
    """One trade with one id, and a report for each; also when both were missed."""
    async with scene.listening():
        for gap in (False, True):
            if gap:
                scene.exchange.faults.now(Reset())
            scene.place("BUY", 59_900, self_trade_prevention_mode="NONE")
            scene.place("SELL", 59_900, self_trade_prevention_mode="NONE")
            await asyncio.sleep(60)
        assert len(scene.truth.trades) == 4
        assert len({trade for _, trade, _ in scene.truth.trades}) == 2
        scene.check(gaps=1)


@scene(*ROUTES)
async def test_f34_an_order_list(scene: Scene) -> None:
    async with scene.listening():
        scene.trade()
        for above in (61_000, 62_000):
            if above == 62_000:
                scene.exchange.faults.now(Reset())
            oco = NewOco("BTCUSDT", "SELL", Decimal("0.01"), "LIMIT_MAKER", "STOP_LOSS", above_price=Decimal(above),
                         below_stop_price=Decimal(59_000))  # fmt: skip
            scene.engine.place_oco(scene.mine, oco)
            scene.engine.place(scene.other, order_at(above))
            await asyncio.sleep(60)
        scene.check(gaps=1)


def order_at(price: int) -> Any:
    from binance_async.simulator.engine import NewOrder

    return NewOrder("BTCUSDT", "BUY", "LIMIT", "IOC", Decimal("0.01"), price=Decimal(price))


# Shapes


@pytest.mark.parametrize(
    "changes", [{"X": "NEW_2030"}, {"x": "SPLIT"}, {"o": "ICEBERG_2"}, {"V": "SOMETHING"}, {"x_future": {"a": [1]}}]
)
@scene("logon", "us")
async def test_f55_a_value_of_tomorrow(changes: dict[str, Any], scene: Scene) -> None:
    scene.exchange.faults.add(Mutate(set=changes), event="executionReport", times=1)
    async with scene.listening():
        order = scene.place()
        await asyncio.sleep(1)
        assert [event.order_id for event in scene.seen if hasattr(event, "order_id")] == [order]
        scene.cancel(order)
        await asyncio.sleep(1)
        assert scene.kinds()[-2:] == ["CANCELED CANCELED", "OutboundAccountPosition"]
        assert not scene.account.state.open


@pytest.mark.parametrize("z", ['"NaN"', '"-Infinity"', '"1e999999"', '""', "null", "[]", '{"a":1}', "1.5", "true"])
@scene("logon", "us")
async def test_f56_a_number_that_is_none(z: str, scene: Scene) -> None:
    """The reader goes on and the event is not lost: as it is, or raw."""
    scene.exchange.faults.add(Mutate(set={"z": json.loads(z)}), event="executionReport", nth=2)
    async with scene.listening() as account:
        scene.trade()
        scene.cancel(scene.place())
        await asyncio.sleep(1)
        reports = [event for event in scene.seen if isinstance(event, RawEvent) or hasattr(event, "execution_type")]
        assert len(reports) == 4
        assert account.link.connects == 1
        scene.exchange.faults.now(Reset())
        await scene.restored()
        assert scene.gaps[0].reconciled


@scene(*ROUTES)
async def test_f57_an_event_of_tomorrow(scene: Scene) -> None:
    event = {"e": "marginCallSpot", "E": 1767225600000, "s": "BTCUSDT", "detail": {"level": "1.1"}}
    async with scene.listening():
        scene.exchange.faults.now(Push(json.dumps(event), account=scene.mine))
        scene.live_a_little()
        await asyncio.sleep(1)
        raw = scene.seen[0]
        assert isinstance(raw, RawEvent)
        detail = raw.fields().get("event", raw.fields())["detail"]
        assert (raw.event, raw.symbol, detail) == ("marginCallSpot", "BTCUSDT", {"level": "1.1"})
        scene.seen.remove(raw)
        scene.check()


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", "7", "{", "\x00", "[" * 100_000, '{"event":null}', '{"e":7}'])
@scene(*ROUTES)
async def test_f57_no_event_at_all(text: str, scene: Scene) -> None:
    async with scene.listening() as account:
        scene.exchange.faults.now(Push(text))
        scene.exchange.faults.now(Push(text, account=scene.mine))
        scene.live_a_little()
        await asyncio.sleep(1)
        scene.seen = [event for event in scene.seen if not isinstance(event, RawEvent)]
        scene.check()
        assert account.link.connects == 1


# Times


@scene("logon", "signature", "listen_key", client={"time_unit": "microseconds"})
async def test_f59_microseconds(scene: Scene) -> None:
    """On the stream and over REST alike; a gap's times are milliseconds."""
    async with scene.listening() as account:
        order = scene.place(price=59_000)
        scene.live_a_little()
        await asyncio.sleep(1)
        account.link.rotate()
        scene.live_a_little()
        await asyncio.sleep(10)
        scene.exchange.faults.now(Reset())
        scene.live_a_little()
        scene.cancel(order)
        await scene.restored()
        scene.live_a_little()
        await asyncio.sleep(60)
        times = {event.event_time for event in scene.seen if hasattr(event, "event_time")}
        assert min(times) > 10**15
        assert scene.gaps[0].from_time < 10**13
        scene.check(gaps=1)


@scene(*ROUTES)
async def test_f59_a_stream_in_another_unit_than_rest(scene: Scene) -> None:
    """The unit is taken from the number: nothing is taken for older or newer than it is."""
    scene.exchange.faults.add(Mutate(microseconds=True), event="*", stream="user")
    async with scene.listening():
        order = scene.place(price=59_000)
        scene.live_a_little()
        await asyncio.sleep(1)
        scene.exchange.faults.now(Reset())
        scene.live_a_little()
        scene.cancel(order)
        await scene.restored()
        scene.live_a_little()
        await asyncio.sleep(20 * 60)
        scene.check(gaps=1)


@scene("us", client={"time_unit": "microseconds"})
async def test_f59_microseconds_asked_of_an_exchange_that_has_none(scene: Scene) -> None:
    """Binance.US documents no unit: whatever comes, the state is right."""
    scene.exchange.faults.add(Mutate(microseconds=True), call="*", door="rest", writes=False)
    async with scene.listening():
        scene.live_a_little()
        await asyncio.sleep(1)
        scene.exchange.faults.now(Reset())
        scene.live_a_little()
        await scene.restored()
        scene.live_a_little()
        await asyncio.sleep(60)
        scene.check(gaps=1)
