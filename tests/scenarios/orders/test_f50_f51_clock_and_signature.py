"""F50: clocks that jump, drift and sleep. F51: signatures over any text."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orders_scene import ROUTES, Rejected, Scene, on_stage

from binance_async import Binance
from binance_async.errors import InvalidArgument
from binance_async.net.virtual import VirtualLoop
from binance_async.simulator import Simulator
from binance_async.simulator.actions import LateCommit, LoseReply, SlowReply


def refused_timestamps(scene: Scene) -> int:
    return sum(record.code == -1021 for record in scene.history.requests())


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("seconds", [3_600.0, -3_600.0, 2.0, -30.0])
def test_f50_a_jump_costs_one_refused_timestamp_at_most(seconds: float, route: str) -> None:
    async def play(scene: Scene) -> None:
        assert (await scene.market()).told == "value"
        for _ in range(3):
            before = refused_timestamps(scene)
            scene.exchange.client_clock.jump(seconds)
            for _ in range(5):
                assert (await scene.market()).told == "value"
                await asyncio.sleep(1)
            assert refused_timestamps(scene) - before <= 1

    on_stage(play, route=route)


@pytest.mark.parametrize("route", ROUTES)
def test_f50_a_machine_that_slept(route: str) -> None:
    """The exchange's time and the machine's have gone on, its monotonic clock has stood still."""

    async def play(scene: Scene) -> None:
        assert (await scene.market()).told == "value"
        for _ in range(3):
            scene.exchange.clock.jump(600)
            scene.exchange.client_clock.jump(600)
            before = refused_timestamps(scene)
            for _ in range(3):
                assert (await scene.market()).told == "value"
            assert refused_timestamps(scene) - before <= 1

    on_stage(play, route=route)


@pytest.mark.parametrize("ppm", [500.0, -500.0])
def test_f50_a_clock_that_drifts_for_a_day(ppm: float) -> None:
    async def play(scene: Scene) -> None:
        scene.exchange.clock.drift(ppm)
        for _ in range(24 * 12):
            assert (await scene.market()).told == "value"
            await asyncio.sleep(300)
        # Five seconds behind, or one ahead, are allowed: so it is measured again each 2,000 s at most.
        assert refused_timestamps(scene) <= 24 * 3_600 * 500e-6

    on_stage(play)


@pytest.mark.parametrize("seconds", [3_600.0, -3_600.0])
def test_f50_a_session_logs_on_with_a_clock_that_is_wrong(seconds: float) -> None:
    async def play(scene: Scene) -> None:
        scene.exchange.client_clock.jump(seconds)
        credentials = scene.exchange.keys["ed25519"].credentials
        async with (
            Binance(credentials, environment=scene.exchange.environment) as binance,
            binance.spot.websocket() as spot,
        ):
            assert (await scene.market(api=spot)).told == "value"
            assert binance.spot.websocket is not None
        assert refused_timestamps(scene) == 1
        assert len(scene.history.connections("ws_api")) == 1

    on_stage(play)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("seconds", [3_600.0, -3_600.0])
def test_f50_a_jump_while_an_order_is_looked_for(seconds: float, route: str) -> None:
    """The order must not look older than the write that made it, nor the fence be passed before its time."""

    async def play(scene: Scene) -> None:
        for fault in (LoseReply("reset"), LateCommit(12.0, "silence"), LateCommit(14.0)):
            await asyncio.sleep(30)
            asyncio.get_running_loop().call_later(0.03, scene.exchange.client_clock.jump, seconds)
            assert (await scene.market(fault)).told == "value"

    on_stage(play, route=route)


def test_f50_the_fence_counts_from_the_attempt_that_was_accepted() -> None:
    """Measuring the clock took nine seconds after the first timestamp was refused; the second attempt commits late."""

    async def play(scene: Scene) -> None:
        scene.exchange.client_clock.jump(-3_600)
        scene.faults.add(SlowReply(3.0), call="time", times=3)
        scene.faults.add(LateCommit(14.9), call="place_order", nth=2)
        deed = await scene.market()
        assert deed.told == "value"
        assert scene.requests("place_order", deed.key) == 2
        assert 9 + 14.9 < deed.took < 9 + 22

    on_stage(play)


# F51

TEXTS = st.text(min_size=1, max_size=40) | st.sampled_from(
    ["币安人生USDT", "🚀", "+ & = %", "a+b", "%41", "é", "a b", "&signature=x"]
)


EXAMPLES = 30 * int(os.environ.get("BINANCE_ASYNC_EXAMPLES", "1"))
"""Of five calls each, with each of three keys."""


class Worlds:
    """One exchange for all examples, and a client with each key."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner(loop_factory=VirtualLoop)
        self.runner.run(self._open())

    async def _open(self) -> None:
        from tests.chaos.orders import EASY

        self.exchange = Simulator(transport="memory", symbols=["BTCUSDT"], rules=EASY)
        await self.exchange.open()
        self.clients: dict[str, Any] = {}
        kinds: Any = ("hmac", "ed25519", "rsa")
        for kind in kinds:
            binance = Binance(self.exchange.keys[kind].credentials, environment=self.exchange.environment)
            session = binance.spot.websocket()
            await session.open()
            await session.exchange_info()
            self.clients[kind] = (binance, session)

    def close(self) -> None:
        async def end() -> None:
            for binance, _ in self.clients.values():
                await binance.close()
            await self.exchange.close()

        self.runner.run(end())
        self.runner.close()


@pytest.fixture(scope="module")
def worlds() -> Any:
    found = Worlds()
    yield found
    found.close()


@pytest.mark.parametrize("kind", ["hmac", "ed25519", "rsa"])
@settings(max_examples=EXAMPLES, deadline=None)
@given(symbol=TEXTS, name=TEXTS)
def test_f51_any_text_is_signed_as_it_is_sent(worlds: Worlds, kind: str, symbol: str, name: str) -> None:
    """Whatever the exchange thinks of the text, it never finds the signature wrong."""
    binance, session = worlds.clients[kind]

    async def main() -> None:
        calls = [
            binance.spot.order(symbol, orig_client_order_id=name),
            binance.spot.cancel_order(symbol, orig_client_order_id=name),
            binance.spot.place_order(symbol, "BUY", "MARKET", quantity="0.001", new_client_order_id=name),
            session.order(symbol, orig_client_order_id=name),
            session.cancel_order(symbol, orig_client_order_id=name),
        ]
        for ended in await asyncio.gather(*calls, return_exceptions=True):
            assert isinstance(ended, (Rejected, InvalidArgument)) or not isinstance(ended, BaseException), ended
            assert getattr(ended, "code", None) != -1022, ended

    worlds.runner.run(main())


def test_f51_a_wrong_signature_is_found_by_the_exchange(worlds: Worlds) -> None:
    """Else the test above would prove nothing."""
    from binance_async import Credentials

    wrong = Credentials.hmac(worlds.exchange.keys["hmac"].api_key, "0" * 64)

    async def main() -> None:
        async with (
            Binance(wrong, environment=worlds.exchange.environment) as binance,
            binance.spot.websocket() as session,
        ):
            for api in (binance.spot, session):
                with pytest.raises(Rejected) as caught:
                    await api.order("BTCUSDT", order_id=1)
                assert caught.value.code == -1022

    worlds.runner.run(main())
