"""F62, F64, F66: a loop that stands still, closing in any state, and a thousand reconnects."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from binance_async import Binance, Timings
from binance_async.errors import ClientClosed, StreamClosed
from binance_async.simulator import Simulator
from binance_async.simulator.actions import Close, EndFile, Reset
from binance_async.simulator.rules import SPOT_2026, RateLimit
from binance_async.spot import streams
from tests.chaos import runtime
from tests.scenarios.connection.kit import Trader, block, events, gaps, scenario, stage, until

# F62


@pytest.mark.parametrize("at", [0.5, 9.99, 10.01, 10.3, 12.0])
@pytest.mark.parametrize("seconds", [5.0, 30.0, 100.0])
@scenario
async def test_f62_a_loop_that_stands_still(seconds: float, at: float) -> None:
    async with stage() as s:
        s.exchange.network.link("wss://stream.spot.simulated").latency = 0.2
        s.trader.fill("AAAUSDT")
        async with s.binance.spot.stream(streams.trade("AAAUSDT"), bound=10**6) as market:
            seen = s.reader(market)
            s.run(s.trader.keep_trading(["AAAUSDT"], 0.05))
            await asyncio.sleep(at)
            block(seconds)
            await asyncio.sleep(30)
        assert s.link.losses <= (seconds > 60)  # the exchange does not wait for a pong for longer
        assert len(gaps(seen)) == s.link.losses
        ids = [event.trade_id for event in events(seen)]
        if not s.link.losses:
            assert ids == list(range(ids[0], ids[-1] + 1))


def test_f62_over_real_sockets_with_an_exchange_that_goes_on() -> None:
    """The exchange runs in a thread of its own, so it sends while our loop does nothing."""
    ready, stop = threading.Event(), threading.Event()
    shared: dict[str, Any] = {}

    async def serve() -> None:
        async with Simulator(symbols=["AAAUSDT"]) as exchange:
            trader = Trader(exchange)
            trader.fill("AAAUSDT")
            shared["urls"] = exchange.urls
            ready.set()
            while not stop.is_set():
                trader.trade("AAAUSDT")
                await asyncio.sleep(0.002)

    async def watch() -> tuple[int, list[Any]]:
        from binance_async import Environment

        timings = replace(Timings(), ping_interval=0.2, pong_timeout=0.1)
        environment = Environment.custom("spot", **shared["urls"])
        async with (
            Binance(environment=environment, timings=timings) as binance,
            binance.spot.stream(streams.trade("AAAUSDT"), bound=10**6) as market,
        ):
            seen = [await market.next(timeout=5)]
            link = binance.spot._hub.shards[0].link
            for number in range(1, 4):
                time.sleep(0.5)  # noqa: ASYNC251 - that is the point: five times the time in which a pong is due
                while market.queued or len(seen) < 50 * number:
                    seen.append(await market.next(timeout=5))
            return link.losses, seen

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(10)
        losses, seen = asyncio.run(watch())
    finally:
        stop.set()
        thread.join(10)
    assert losses == 0
    ids = [event.trade_id for event in seen]
    assert ids == list(range(ids[0], ids[-1] + 1))
    assert len(ids) > 100


# F64


@pytest.mark.parametrize("state", sorted(runtime.STATES.keys() - set(runtime.WIRE_STATES)))
@scenario
async def test_f64_close_in_each_state(state: str) -> None:
    assert await runtime.close_in(state) < 1.0


@pytest.mark.parametrize(
    "state",
    [
        *runtime.WIRE_STATES,
        "half open",
        "frozen",
        "many links half open",
        "slow handshake",
        "in a flood that nobody reads",
        "a book waits for its snapshot",
        "resolving an order",
        "the exchange closes too",
    ],
)
def test_f64_close_over_real_sockets(state: str) -> None:
    assert asyncio.run(runtime.close_in(state, sockets=True)) < 1.0
    gc.collect()


@scenario
async def test_f64_what_is_used_after_the_end_says_so() -> None:
    async with stage() as s:
        market = s.binance.spot.stream(streams.trade("AAAUSDT"))
        await market.open()
        late = s.binance.spot.stream(streams.trade("AAAUSDT"))
        book = s.binance.spot.order_book("AAAUSDT")
        await s.binance.close()
        with pytest.raises(StreamClosed):
            await market.next(timeout=1)
        assert [event async for event in market] == []
        for use in (late.open, book.open, lambda: market.add(streams.book_ticker("AAAUSDT")), s.binance.spot.time):
            with pytest.raises(ClientClosed):
                await use()
        await market.close()
        await book.close()


@scenario
async def test_f64_close_that_is_cancelled_goes_on() -> None:
    async with stage() as s:
        await s.binance.spot.stream(streams.trade("AAAUSDT")).open()
        closing = asyncio.ensure_future(s.binance.close())
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.gather(closing, return_exceptions=True)
        await asyncio.sleep(0.6)
        assert not s.exchange.exchange.sessions
        assert not [task for task in asyncio.all_tasks() if "spot" in task.get_name()]


@scenario
async def test_f64_a_start_that_is_cancelled_leaves_nothing() -> None:
    """At every turn of the loop that it takes."""
    async with stage() as s:
        for turns in range(40):
            opening = asyncio.ensure_future(s.binance.spot.stream(streams.trade("AAAUSDT")).open())
            for _ in range(turns):
                await asyncio.sleep(0)
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
            if opening.cancelled() or opening.exception() is not None:
                await asyncio.sleep(0.01)
                assert s.hub.shards == []
                assert not s.exchange.exchange.sessions
            else:
                break
        else:
            pytest.fail("it never came to be")
        assert turns > 3


async def test_f64_keyboard_interrupt() -> None:
    """asyncio turns it into a cancellation of the main task; `async with` closes on the way out."""
    async with Simulator(symbols=["AAAUSDT"]) as exchange:

        async def main() -> None:
            async with (
                Binance(environment=exchange.environment) as binance,
                binance.spot.stream(streams.trade("AAAUSDT")) as market,
            ):
                started.set()
                async for _ in market:
                    pass

        started = asyncio.Event()
        task = asyncio.ensure_future(main())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.05)
        assert not exchange.exchange.sessions


# F66

FAST = replace(Timings(), connect_period=0.001, stable=0.001)
"""Reconnects without end are kept apart by the connect budget; here it is the work of a thousand that counts."""


@pytest.fixture
def _quiet() -> Iterator[None]:
    """pytest keeps what is logged, which is not ours to answer for."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.usefixtures("_quiet")
@scenario
async def test_f66_a_thousand_reconnects_leave_tasks_and_memory_as_they_were() -> None:
    rules = replace(SPOT_2026, connections=RateLimit("CONNECTIONS", "MINUTE", 5, 10**6))
    async with stage("AAAUSDT", "BBBUSDT", rules=rules, client={"timings": FAST}) as s:
        market = s.binance.spot.stream(streams.trade("AAAUSDT"), streams.depth("BBBUSDT"), policy="conflate")
        async with market, s.binance.spot.order_book("AAAUSDT") as book:
            seen: Counter[str] = Counter()

            async def count() -> None:
                async for event in market:
                    seen[type(event).__name__] += 1

            s.run(count())
            tasks: list[int] = []
            objects: list[int] = []
            for number in range(1, 1001):
                s.exchange.faults.now((Reset(), EndFile(), Close(1001))[number % 3], door="stream")
                await until(lambda number=number: s.link.losses == number and s.link.current is not None, step=0.05)
                if number % 100 == 0:
                    s.link.rotate()
                    await asyncio.sleep(6)
                if number in (200, 600, 1000):
                    await book.synced(timeout=60)
                    await asyncio.sleep(10)
                    s.exchange.history._connections.items.clear()
                    s.exchange.history._requests.items.clear()
                    gc.collect()
                    tasks.append(len(asyncio.all_tasks()))
                    objects.append(len(gc.get_objects()))
        assert (s.link.losses, s.link.rotations) == (1000, 10)
        assert len(set(tasks)) == 1, tasks
        assert max(objects) <= 1.01 * min(objects), objects
        assert seen["Gap"] >= 900


@scenario
async def test_f66_subscriptions_that_come_and_go_leave_nothing() -> None:
    async with stage("AAAUSDT", "BBBUSDT", "CCCUSDT") as s, s.binance.spot.stream(streams.trade("AAAUSDT")):
        sizes = []
        for _ in range(3):
            for _ in range(100):
                async with s.binance.spot.stream(streams.trade("BBBUSDT"), streams.as_float.trade("AAAUSDT")):
                    pass
                async with s.binance.spot.order_book("CCCUSDT") as book:
                    await book.synced(5)
            await until(lambda: s.connection.acked == {"aaausdt@trade"}, within=10)
            await asyncio.sleep(1)
            s.exchange.history._requests.items.clear()
            gc.collect()
            sizes.append(len(gc.get_objects()))
        [slot] = s.shard.slots.values()
        assert len(slot.subscriptions) == 1
        assert len(slot.feeds) == 1
        assert slot.route == next(iter(slot.feeds.values())).deliver
        assert s.connection.routes.keys() == {b'{"stream":"aaausdt@trade","data":'}
        assert sizes[2] - sizes[1] < 100, sizes
