"""F46: 429 and 418. F47: the order count. F48: others on the same address."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import pytest
from orders_scene import Rejected, Scene, on_stage

from binance_async import Binance, Environment, Timings
from binance_async.errors import BudgetExhausted, ConnectFailed, IpBanned, NotSent, RateLimited
from binance_async.net.virtual import run_virtual
from binance_async.simulator.actions import Ban, Close, ForeignWeight, LoseReply, Refuse
from binance_async.simulator.engine import OrderLimit
from tests.chaos.orders import Tap
from tests.chaos.trader import open_desk

# F46


async def hammered(scene: Scene, apis: list[Any], until: float) -> set[type[BaseException]]:
    """Every kind of call over every route, ten times a second; what they ended in."""
    ended: set[type[BaseException]] = set()

    async def one(api: Any, call: str, **arguments: Any) -> None:
        try:
            await getattr(api, call)("BTCUSDT", **arguments)
        except (NotSent, Rejected) as error:
            ended.add(type(error))

    while scene.now < until:
        calls = [("klines", {"interval": "1m"}), ("cancel_order", {"order_id": 1}), ("order", {"order_id": 1})]
        running = [asyncio.ensure_future(one(api, call, **arguments)) for api in apis for call, arguments in calls]
        running.append(asyncio.ensure_future(one(apis[0], "place_order", side="BUY", type="MARKET", quantity="0.001")))
        await asyncio.sleep(0.1)
        for task in running:
            task.cancel()  # reads wait a while when the end is near
        await asyncio.gather(*running, return_exceptions=True)
    return ended


@pytest.mark.parametrize("route", ["rest", "hmac", "ed25519"])
@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (Refuse(429, -1003, "Too many.", headers={"retry-after": "30"}, data={"retryAfter": 1_767_225_632_000}), 30.0),
        (Refuse(418, -1003, "Banned.", headers={"retry-after": "90"}, data={"retryAfter": 1_767_225_692_000}), 90.0),
        (Refuse(418, -1003, "Way too much; IP banned until 1767225722000."), 120.0),
        (Refuse(429, -1003, "Too many."), 55.0),  # the rest of the minute, for want of anything better
        (Refuse(429, -1003, "Too many.", headers={"retry-after": "soon"}, data={"retryAfter": "soon"}), 55.0),
        (Refuse(429, -1003, "Too many.", headers={"retry-after": "-1"}, data={"retryAfter": -1}), 55.0),
    ],
    ids=["429", "418", "418 in words", "429 without", "429 garbage", "429 negative"],
)
def test_f46_nothing_is_sent_before_the_stated_time(fault: Refuse, seconds: float, route: str) -> None:
    async def play(scene: Scene) -> None:
        apis = [scene.rest] if route == "rest" else [scene.api, scene.rest]
        await asyncio.sleep(2.0 - scene.now)
        scene.faults.add(fault, call="time", times=1)
        with pytest.raises(IpBanned if fault.status == 418 else RateLimited):
            await scene.api.time()
        before = dict(scene.exchange.counters)
        told = scene.now
        ended = await hammered(scene, apis, told + seconds - 1)
        assert dict(scene.exchange.counters) == before
        assert ended == {BudgetExhausted}
        error = await _refused(scene.rest.cancel_order("BTCUSDT", order_id=1))
        assert error.retry_at == pytest.approx(1_767_225_600 + told + seconds, abs=3.5)
        await asyncio.sleep(5)
        assert (await scene.rest.time()).server_time > 0

    on_stage(play, route=route, judge=False)


async def _refused(call: Any) -> BudgetExhausted:
    with pytest.raises(BudgetExhausted) as caught:
        await call
    return caught.value


@pytest.mark.parametrize("how", ["told on the session", "told over REST, then the socket closes"])
def test_f46_a_banned_session_makes_no_handshake_before_its_time(how: str) -> None:
    async def play(scene: Scene) -> None:
        scene.faults.now(Ban(100.0))
        with pytest.raises(IpBanned):
            await (scene.api if how == "told on the session" else scene.rest).time()
        if how != "told on the session":
            scene.faults.now(Close(1001), door="ws_api")
        banned = scene.now
        await asyncio.sleep(99)
        link = scene.api._session.link
        assert link.current is None
        assert link.connects > 1
        assert len(scene.history.connections("ws_api")) == 1
        assert scene.exchange.counters["handshakes_refused"] == 0, "not one attempt reached the exchange"
        with pytest.raises(BudgetExhausted):
            async with scene.desk.binance.spot.websocket():
                pytest.fail("a second session opened")
        await asyncio.sleep(10)
        assert link.current is not None
        assert scene.now - banned < 110
        assert scene.exchange.exchange.limiter.banned == 1
        await scene.api.time()

    on_stage(play, route="hmac")


def test_f46_a_lost_order_is_not_looked_for_before_the_time() -> None:
    async def play(scene: Scene) -> None:
        scene.faults.add(Refuse(429, -1003, "Too many.", headers={"retry-after": "30"}), call="order", times=1)
        deed = await scene.market(LoseReply("reset"))
        assert deed.told == "value"
        assert 30 <= deed.took < 40
        assert scene.requests("order") == 2

    on_stage(play)


def test_f46_an_order_under_an_embargo_is_refused_at_once() -> None:
    async def play(scene: Scene) -> None:
        scene.faults.now(Ban(100.0))
        first = await scene.market()
        assert isinstance(first.verdict, IpBanned)
        second = await scene.market()
        assert isinstance(second.verdict, BudgetExhausted)
        assert second.took == 0

    on_stage(play)


@pytest.mark.parametrize("when", ["before", "after"])
def test_f46_a_ban_stops_other_clients_of_the_loop_too(when: str) -> None:
    """The address is banned, not the client: one that was there before, and one that is opened afterwards."""

    async def play(scene: Scene) -> None:
        environment = scene.exchange.environment
        async with Binance(environment=environment) as other:
            if when == "before":
                await other.spot.time()
            scene.faults.now(Ban(100.0))
            with pytest.raises(IpBanned):
                await scene.rest.time()
            before = dict(scene.exchange.counters)
            error = await _refused(other.spot.time())
            assert error.retry_at == pytest.approx(1_767_225_600 + 100, abs=3.5)
            assert dict(scene.exchange.counters) == before
            elsewhere = Environment.custom("spot", rest="https://rest.else", extra_hosts=("rest.else",))
            async with Binance(environment=elsewhere) as third:
                third._manager.check_usable("test")
                assert third.embargoes() == {}
            await asyncio.sleep(110)
            await other.spot.time()

    on_stage(play)


@pytest.mark.parametrize("seconds", [100.0, 3_600.0, 3 * 86_400.0])
def test_f46_a_ban_that_was_saved_holds_after_a_restart(seconds: float) -> None:
    """What one process has learned, the next one is told: it sends nothing, not even to ask for the time."""

    async def play(scene: Scene) -> None:
        scene.faults.now(Ban(seconds))
        with pytest.raises(IpBanned):
            await scene.rest.time()
        saved = json.loads(json.dumps(scene.desk.binance.embargoes()))
        before = dict(scene.exchange.counters)
        environment = scene.exchange.environment
        async with Binance(scene.exchange.credentials, environment=environment, embargoes=saved) as restarted:
            assert restarted.embargoes() == saved
            for call in (restarted.spot.time, lambda: restarted.spot.cancel_order("BTCUSDT", order_id=1)):
                error = await _refused(call())
                assert error.retry_at == pytest.approx(1_767_225_600 + seconds, abs=3.5)
            with pytest.raises(BudgetExhausted):
                await restarted.spot.websocket().open()
            await asyncio.sleep(seconds - 15)  # for so long nobody waits for room
            await _refused(restarted.spot.time())
            assert dict(scene.exchange.counters) == before
            await asyncio.sleep(20)
            assert (await restarted.spot.time()).server_time > 0

    on_stage(play, judge=False)


# F47


def test_f47_the_order_count_stops_orders_until_the_aligned_window() -> None:
    async def play(scene: Scene) -> None:
        await scene.rest.exchange_info()
        await asyncio.sleep(9.0 - scene.now % 10)
        for _ in range(5):
            assert (await resting(scene)).told == "value"
        refused = await resting(scene)
        assert isinstance(refused.verdict, BudgetExhausted)
        assert scene.requests("place_order") == 5
        retry_at = refused.verdict.retry_at
        assert retry_at == pytest.approx(1_767_225_610, abs=0.2)
        order_id = scene.deeds[0].verdict.order_id
        await scene.rest.order("BTCUSDT", order_id=order_id)  # all but orders goes on
        await asyncio.sleep(retry_at - 1_767_225_600 - scene.now - 0.05)
        assert isinstance((await resting(scene)).verdict, BudgetExhausted)
        await asyncio.sleep(0.06)
        assert (await resting(scene)).told == "value"
        assert scene.exchange.counters["refused"] == 0

    on_stage(play, order_limits=[OrderLimit("SECOND", 10, 5), OrderLimit("DAY", 1, 1000)])


async def resting(scene: Scene) -> Any:
    key = f"resting-{len(scene.deeds)}"
    arguments = {
        "side": "BUY", "type": "LIMIT", "time_in_force": "GTC", "quantity": "0.01", "price": "50000",
        "new_client_order_id": key,
    }  # fmt: skip
    return await scene.write("place_order", key, arguments)


@pytest.mark.parametrize("route", ["rest", "ed25519"])
def test_f47_a_limit_that_only_the_refusal_tells(route: str) -> None:
    """Nobody asked exchangeInfo: the first -1015 says so, and the next order waits for the window by itself."""

    async def play(scene: Scene) -> None:
        await asyncio.sleep(1.0)
        told = [(await resting(scene)).verdict for _ in range(6)]
        refusals = [error for error in told if isinstance(error, Exception)]
        assert len(refusals) == 3
        assert isinstance(refusals[0], (RateLimited, BudgetExhausted))
        assert all(isinstance(error, BudgetExhausted) for error in refusals[1:])
        assert scene.requests("place_order") <= 4
        await scene.rest.time()
        await asyncio.sleep(10.2 - scene.now)
        assert (await resting(scene)).told == "value"

    on_stage(play, route=route, order_limits=[OrderLimit("SECOND", 10, 3)])


# F48


def test_f48_cancels_pass_while_others_use_most_of_the_address() -> None:
    async def play(scene: Scene) -> None:
        chance = 0
        for second in range(300):
            load = 4_200 if second % 60 == 0 else 20  # 70 % at the top of the minute, and more from then on
            scene.faults.now(ForeignWeight(load))
            order = await resting(scene)
            if order.told == "value":
                gone = await scene.write(
                    "cancel_order", f"cancel-{second}",
                    {"order_id": order.verdict.order_id, "new_client_order_id": f"cancel-{second}"},
                    order_id=order.verdict.order_id,
                )  # fmt: skip
                assert gone.told == "value", gone
                chance += 1
            await asyncio.sleep(1)
        limiter = scene.exchange.exchange.limiter
        assert (limiter.refused, limiter.banned) == (0, 0)
        assert chance > 250

    on_stage(play)


def test_f48_two_clients_and_a_neighbour_are_never_banned() -> None:
    """The neighbour takes all there is; each client learns it by one 429 and stays quiet until the time."""

    async def main() -> None:
        async with open_desk(3) as desk:
            environment = desk.exchange.environment
            assert environment.seams is not None
            taps = [Tap(environment.seams), Tap(environment.seams)]

            async def consume(tap: Tap) -> None:
                binance = Binance(
                    desk.exchange.credentials, environment=environment, seams=tap.seams, timings=Timings(stable=1.0)
                )
                async with binance, binance.spot.websocket() as spot:
                    while asyncio.get_running_loop().time() < 180:
                        for api in (binance.spot, spot):
                            with contextlib.suppress(RateLimited, BudgetExhausted, ConnectFailed):
                                await api.klines("BTCUSDT", "1m")
                            await asyncio.sleep(0.05)

            async def neighbour() -> None:
                while asyncio.get_running_loop().time() < 180:
                    await asyncio.sleep(15)
                    desk.exchange.faults.now(ForeignWeight(6_000))

            await asyncio.gather(neighbour(), *(consume(tap) for tap in taps))
            assert [tap.violations for tap in taps] == [[], []]
            assert [tap.told[418] for tap in taps] == [0, 0]
            assert all(1 <= tap.told[429] <= 2 * 3 for tap in taps), "one or two a minute"
            assert all(tap.sent > 100 for tap in taps)

    run_virtual(main())
