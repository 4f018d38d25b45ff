"""F28, rule D: what a reconciliation costs, what disturbs it, and what an audit finds when nobody has noticed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest
from account_scene import PRICE, ROUTES, Scene, scene

from binance_async import Timings
from binance_async.core import account_state
from binance_async.core.events import GapCause
from binance_async.session import account_reader
from binance_async.simulator.actions import (
    Delay,
    ForeignWeight,
    HalfOpen,
    Mute,
    Refuse,
    RefuseHandshake,
    ReplaceReply,
    Reset,
    SlowReply,
    Unreachable,
)
from binance_async.simulator.engine import NewOrder

WEIGHT = {"open_orders": 80, "account": 20, "all_orders": 20, "my_trades": 20, "order": 4}
WEIGHT_US = {"open_orders": 40, "account": 10, "all_orders": 10, "my_trades": 10, "order": 2}


def of_the_account(scene: Scene) -> list[str]:
    """The calls that were about the account; the time is asked for whenever it is due."""
    calls = [record.call.rpartition(".")[2] for record in scene.exchange.history.requests()]
    return [call for call in calls if call != "time"]


def weight_since(scene: Scene, count: int) -> int:
    """What they weighed, but for the first so many."""
    table = WEIGHT_US if scene.family == "us" else WEIGHT
    return sum(table.get(call, 0) for call in of_the_account(scene)[count:])


def asked(scene: Scene) -> int:
    """How many there were."""
    return len(of_the_account(scene))


# Disturbances


@pytest.mark.parametrize("call", ["open_orders", "all_orders", "my_trades", "account"])
@scene("logon", "us")
async def test_f28_a_second_outage_during_the_reconciliation(call: str, scene: Scene) -> None:
    """It belongs to the same stretch: one gap from the first loss to the last subscription, and nothing is missing."""
    async with scene.listening():
        scene.live_a_little()
        order = scene.place(price=59_000)
        await asyncio.sleep(1)
        slow = scene.exchange.faults.add(SlowReply(3.0), call=call)
        scene.exchange.faults.now(Reset())
        scene.live_a_little()
        await asyncio.sleep(2)
        scene.live_a_little()
        scene.exchange.faults.now(Reset())
        scene.live_a_little()
        scene.cancel(order)
        await asyncio.sleep(2)
        slow.remove()
        await scene.restored()
        scene.live_a_little()
        await asyncio.sleep(60)
        scene.check(gaps=1)


@pytest.mark.parametrize("pause", [0.5, 2.0, 3.5, 20.0, 46.0, 49.0])
@scene("logon", "us")
async def test_f28_a_second_outage_between_the_readings(pause: float, scene: Scene) -> None:
    async with scene.listening(symbols=["BTCUSDT"]):
        for count in range(1, 4):
            scene.live_a_little()
            scene.exchange.faults.now(Reset())
            scene.live_a_little()
            await scene.restored(count)
            await asyncio.sleep(pause)
        await asyncio.sleep(60)
        scene.check(gaps=3)


@scene(*ROUTES)
async def test_f28_a_shutdown_notice_during_the_reconciliation(scene: Scene) -> None:
    """A planned hand-over in the middle: what both connections say is held, and REST is read anew."""
    async with scene.listening() as account:
        scene.live_a_little()
        await asyncio.sleep(1)
        slow = scene.exchange.faults.add(SlowReply(4.0), call="all_orders")
        scene.exchange.faults.now(Reset())
        scene.live_a_little()
        await asyncio.sleep(2)
        account.link.rotate()
        for _ in range(8):
            scene.live_a_little()
            await asyncio.sleep(1)
        slow.remove()
        await scene.restored()
        await asyncio.sleep(60)
        scene.check(gaps=1)
        assert account.link.rotations == 1


@scene("logon", "us")
async def test_f28_rest_is_out_of_order_meanwhile(scene: Scene) -> None:
    """Whatever passes is waited for, question by question."""
    async with scene.listening():
        scene.live_a_little()
        await asyncio.sleep(1)
        faults = scene.exchange.faults
        faults.add(Refuse(503), call="open_orders", times=5)
        faults.add(ReplaceReply(status=502, body="<html>Bad gateway</html>"), call="all_orders", times=4)
        faults.add(Refuse(429, -1003, "Too many requests.", headers={"retry-after": "7"}), call="my_trades", times=2)
        faults.add(Refuse(403, body="<html>Forbidden</html>"), call="account", times=1)
        faults.now(Reset())
        scene.live_a_little()
        await scene.restored(limit=600)
        await asyncio.sleep(60)
        scene.check(gaps=1)
        assert len(scene.calls_of("open_orders")) == 1 + 6 + 2, "the start, the gap, and two later readings"


@scene("logon", "us")
async def test_f28_one_answer_cannot_be_read(scene: Scene) -> None:
    """It is left out and named; what could be read is restored, and the rest as soon as it can."""
    async with scene.listening():
        scene.live_a_little()
        await asyncio.sleep(1)
        rules = [scene.exchange.faults.add(ReplaceReply(body="[1]"), call=call) for call in ("all_orders", "account")]
        scene.exchange.faults.now(Reset())
        scene.live_a_little()
        await scene.restored()
        for rule in rules:
            rule.remove()
        (gap,) = scene.gaps
        assert gap.reconciled
        assert {"balances", "orders and trades of BTCUSDT"} <= set(gap.missing)
        await asyncio.sleep(60)
        scene.check(gaps=1)


@scene("logon", "us")
async def test_f28_rest_is_out_of_reach_for_an_hour(scene: Scene) -> None:
    async with scene.listening():
        scene.live_a_little()
        await asyncio.sleep(1)
        down = scene.exchange.faults.add(Refuse(500, -1000, "An unknown error"), call="*", door="rest")
        scene.exchange.faults.now(Reset())
        for _ in range(60):
            scene.live_a_little()
            await asyncio.sleep(60)
        assert scene.gaps == []
        before = asked(scene)
        assert before < 60 * 60, "it is not hammered"
        down.remove()
        await scene.restored()
        await asyncio.sleep(60)
        scene.check(gaps=1)


@scene("logon", "us")
async def test_f28_the_clock_of_this_machine_is_behind(scene: Scene) -> None:
    """By as much as the exchange lets pass: the times of the gap are the exchange's all the same."""
    scene.exchange.client_clock.jump(-4.5)
    async with scene.listening():
        scene.live_a_little()
        await asyncio.sleep(1)
        scene.exchange.faults.now(HalfOpen())
        await asyncio.sleep(0.1)
        scene.live_a_little()
        await scene.restored()
        await asyncio.sleep(60)
        scene.check(gaps=1)


# What it costs


@scene("logon", "us")
async def test_f28_what_a_reconciliation_weighs(scene: Scene) -> None:
    """One symbol, three readings: at once, after 3 s, after most of a minute."""
    async with scene.listening():
        scene.live_a_little()
        await asyncio.sleep(1)
        before = asked(scene)
        scene.exchange.faults.now(Reset())
        scene.live_a_little()
        await scene.restored()
        one = weight_since(scene, before)
        assert one == (70 if scene.family == "us" else 140)
        await asyncio.sleep(100)
        assert weight_since(scene, before) == 3 * one


@scene("logon", "us", symbols=24)
async def test_f28_it_fits_a_budget_that_is_half_used(scene: Scene) -> None:
    """24 symbols, and somebody else on the address: what does not fit this minute is asked in the next."""
    symbols = list(scene.engine.symbols)
    half = 3_000 if scene.family == "spot" else 600
    async with scene.listening(symbols=symbols):
        scene.live_a_little()
        await asyncio.sleep(1)
        scene.exchange.faults.now(ForeignWeight(half, every=60.0, times=30))
        before = asked(scene)
        scene.exchange.faults.now(Reset())
        scene.live_a_little()
        took = await scene.restored(limit=200)
        assert scene.gaps[0].reconciled
        assert took < 2.0 if scene.family == "spot" else took < 90
        assert asked(scene) - before <= 2 + 2 * len(symbols) + 3, "no question is asked twice"
        await asyncio.sleep(300)
        scene.check(gaps=1)
        assert scene.exchange.counters["limited"] == 0


@scene("logon", "us", symbols=24)
async def test_f28_it_is_larger_than_what_is_left_of_many_minutes(scene: Scene) -> None:
    """Nearly all is used by others, minute after minute: the reading goes on where it stopped."""
    symbols = list(scene.engine.symbols)
    most = 5_600 if scene.family == "spot" else 1_000
    async with scene.listening(symbols=symbols):
        scene.live_a_little()
        await asyncio.sleep(1)
        scene.exchange.faults.now(ForeignWeight(most, every=60.0, times=100))
        before = asked(scene)
        scene.exchange.faults.now(Reset())
        scene.live_a_little()
        await scene.restored(limit=1200)
        assert asked(scene) - before <= 2 + 2 * len(symbols) + 12
        await asyncio.sleep(1200)
        scene.check(gaps=1)


@scene("logon", "us", symbols=6)
async def test_f28_a_thousand_open_orders_are_cancelled(scene: Scene) -> None:
    """Read by the page, while they lie together."""
    async with scene.listening():
        orders = []
        for symbol in scene.engine.symbols:
            price = Decimal(f"{scene.engine.symbols[symbol].start_price * Decimal('0.9'):.2g}")
            orders += [(symbol, scene.place(price=price, quantity="1", symbol=symbol)) for _ in range(166)]
        await asyncio.sleep(60)
        before = asked(scene)
        scene.exchange.faults.now(Reset())
        for symbol, order in orders[:-2]:
            scene.cancel(order, symbol)
        await scene.restored()
        assert asked(scene) - before <= 30
        await asyncio.sleep(60)
        scene.check(gaps=1)
        assert len(scene.account.state.open) == 2


@scene("logon", "us")
async def test_f28_old_orders_among_many_new_ones(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies far apart is asked one by one: an order of last year does not cost all of its successors."""
    monkeypatch.setattr(account_reader, "PAGE", 50)
    async with scene.listening():
        old = []
        for _ in range(8):
            old.append(scene.place(price=59_000))
            for _ in range(110):
                scene.expire()
            await asyncio.sleep(30)
        await asyncio.sleep(16 * 60)
        before = asked(scene)
        scene.exchange.faults.now(Reset())
        for order in old:
            scene.cancel(order)
        await scene.restored()
        assert asked(scene) - before <= 5 + len(old) + 2
        await asyncio.sleep(60)
        scene.check(gaps=1)


# Long lists and long times


@scene("logon", "us")
async def test_f28_more_than_two_pages_of_trades(scene: Scene) -> None:
    """Among them some of the account with itself, whose two records share an id, wherever the page ends."""
    async with scene.listening():
        scene.live_a_little()
        await asyncio.sleep(1)
        scene.exchange.faults.now(Unreachable(5.0))
        for _ in range(700):
            scene.trade()
            scene.place("BUY", 59_900, self_trade_prevention_mode="NONE")
            scene.place("SELL", 59_900, self_trade_prevention_mode="NONE")
        await scene.restored()
        await asyncio.sleep(60)
        assert len(scene.truth.trades) > 2000
        scene.check(gaps=1)


@scene("logon", "us")
async def test_f28_an_outage_of_two_days(scene: Scene) -> None:
    """A span by time covers a day at most. In one symbol nothing was known before, and the first day was quiet."""
    async with scene.listening(symbols=["BTCUSDT", "ETHUSDT"]):
        scene.live_a_little()
        await asyncio.sleep(1)
        firewall = scene.exchange.faults.add(RefuseHandshake(403), opening="*")
        scene.exchange.faults.now(Reset())
        await asyncio.sleep(2 * 86_400)
        scene.live_a_little()
        scene.trade(symbol="ETHUSDT", price=3000)
        await asyncio.sleep(86_400 / 2)
        firewall.remove()
        await scene.restored(limit=3600)
        await asyncio.sleep(60)
        scene.check(gaps=1)


@scene("logon", "us")
async def test_f28_pages_of_one(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """However short the pages are, all is read and the reading ends."""
    monkeypatch.setattr(account_reader, "PAGE", 2)
    async with scene.listening():
        scene.live_a_little()
        await asyncio.sleep(1)
        scene.exchange.faults.now(Reset())
        for _ in range(5):
            scene.live_a_little()
        scene.place("BUY", 59_900, self_trade_prevention_mode="NONE")
        scene.place("SELL", 59_900, self_trade_prevention_mode="NONE")
        await scene.restored()
        await asyncio.sleep(60)
        scene.check(gaps=1)


@scene("logon", "us", timings=replace(Timings(), audit=60.0))
async def test_f28_what_was_forgotten_is_not_told_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Far more happens between two audits than is remembered."""
    for name in ("MOST_CLOSED", "MOST_TRADES", "MOST_RECENT"):
        monkeypatch.setattr(account_state, name, 20)
    async with scene.listening():
        for _ in range(30):
            for _ in range(10):
                scene.live_a_little()
            await asyncio.sleep(10)
        scene.exchange.faults.now(Reset())
        scene.live_a_little()
        await scene.restored()
        await asyncio.sleep(300)
        scene.check(gaps=1)


# Audits


@scene(*ROUTES)
async def test_f28_audits_of_a_quiet_account_say_nothing(scene: Scene) -> None:
    """A quarter of a day. They cost what two calls and one symbol cost."""
    async with scene.listening():
        scene.live_a_little()
        scene.place(price=59_000)
        await asyncio.sleep(1)
        told, before = len(scene.seen), asked(scene)
        await asyncio.sleep(6 * 3600)
        assert len(scene.seen) == told
        scene.check(gaps=0)
        assert scene.account.link.losses == 0
        one = 70 if scene.family == "us" else 140
        assert weight_since(scene, before) == 23 * one


@scene(*ROUTES)
async def test_f28_balances_that_are_nothing_are_no_news(scene: Scene) -> None:
    """REST tells every asset there is, also those of which the account never had anything."""
    async with scene.listening() as account:
        scene.live_a_little()
        await asyncio.sleep(1)
        account.state.balances = {a: b for a, b in account.state.balances.items() if any(b)}
        scene.engine.accounts[scene.mine].balance("NEWCOIN")
        told = len(scene.seen)
        scene.exchange.faults.now(Reset())
        await scene.restored()
        await asyncio.sleep(20 * 60)
        assert [type(event).__name__ for event in scene.seen[told:]] == ["Gap"]
        scene.check(gaps=1)


@pytest.mark.parametrize("behind", [0.1, 2.0])
@scene("logon", "us", timings=replace(Timings(), audit=20.0))
async def test_f28_an_audit_of_a_busy_account_is_no_false_alarm(behind: float, scene: Scene) -> None:
    """REST may know of events that are still on their way."""
    scene.exchange.faults.add(Delay(behind), stream="user")
    async with scene.listening() as account:
        for _ in range(200):
            scene.live_a_little()
            await asyncio.sleep(0.9)
        await asyncio.sleep(30)
        scene.check(gaps=0)
        assert account.link.connects == 1
        assert {event.source for event in scene.seen} == {"stream"}


@pytest.mark.parametrize("kind", ["executionReport", "outboundAccountPosition"])
@scene(*ROUTES)
async def test_f28_an_audit_finds_what_was_not_told(kind: str, scene: Scene) -> None:
    """The stream left something out: one gap for the time since the audit before, and another connection."""
    async with scene.listening() as account:
        scene.live_a_little()
        await asyncio.sleep(60)
        mute = scene.exchange.faults.add(Mute(), event=kind)
        scene.trade()
        mute.remove()
        await scene.restored(limit=16 * 60)
        assert scene.gaps[0].cause is GapCause.SILENT
        scene.live_a_little()
        await asyncio.sleep(30 * 60)
        scene.check(gaps=1)
        assert account.link.losses == 1


@scene("logon", "signature")
async def test_f28_a_stream_that_falls_silent_for_good(scene: Scene) -> None:
    async with scene.listening():
        scene.live_a_little()
        await asyncio.sleep(60)
        scene.exchange.faults.add(Mute(), stream="user", connection=1)
        for _ in range(16):
            scene.live_a_little()
            await asyncio.sleep(60)
        await scene.restored()
        for _ in range(40):
            scene.live_a_little()
            await asyncio.sleep(60)
        scene.check(gaps=1)


@scene("logon", "us", timings=replace(Timings(), audit=60.0))
async def test_f28_an_audit_that_fails_is_made_up_for(scene: Scene) -> None:
    """What it would have found, the next one finds."""
    async with scene.listening():
        scene.live_a_little()
        await asyncio.sleep(50)
        refusal = scene.exchange.faults.add(Refuse(400, -1100, "Illegal characters."), call="open_orders")
        mute = scene.exchange.faults.add(Mute(), event="*", stream="user")
        scene.trade()
        mute.remove()
        await asyncio.sleep(200)
        assert scene.gaps == []
        refusal.remove()
        await scene.restored()
        await asyncio.sleep(120)
        scene.check(gaps=1)


@scene("logon", "signature")
async def test_f28_the_router_s_fills_are_no_trades(scene: Scene) -> None:
    """Allocations: several reports of one order without a trade id; missed ones collapse into the end."""
    async with scene.listening():
        scene.live_a_little()
        for gap in (False, True):
            if gap:
                scene.exchange.faults.now(Reset())
            for price in (PRICE, PRICE + 1):
                scene.engine.place(scene.other, order_of("SELL", price))
            order = NewOrder("BTCUSDT", "BUY", "LIMIT", "GTC", Decimal("0.02"), price=PRICE + 5)
            scene.engine.place_sor(scene.mine, order)
            await asyncio.sleep(60)
        scene.check(gaps=1)
        told = [event for event in scene.seen if getattr(event, "allocation_id", None) is not None]
        assert len(told) == 2


def order_of(side: str, price: Decimal) -> NewOrder:
    return NewOrder("BTCUSDT", side, "LIMIT", "GTC", Decimal("0.01"), price=price)


@scene("logon", "us")
async def test_f28_an_order_that_is_filled_by_trades_that_cannot_be_had(scene: Scene) -> None:
    """REST refuses the trades: the order's end is told all the same, when nothing more can be expected."""
    async with scene.listening():
        order = scene.place(quantity="0.01")
        await asyncio.sleep(1)
        refusal = scene.exchange.faults.add(Refuse(400, -1100, "Illegal characters."), call="my_trades")
        scene.exchange.faults.now(Reset())
        scene.fill(quantity="0.01")
        await scene.restored()
        assert "orders and trades of BTCUSDT" in scene.gaps[0].missing
        await asyncio.sleep(30 * 60)
        state = scene.account.state.closed["BTCUSDT", order]
        assert (state.status, str(state.executed)) == ("FILLED", "0.01000000")
        refusal.remove()
        await asyncio.sleep(30 * 60)
        scene.check(gaps=None)
