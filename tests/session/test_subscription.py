"""Subscriptions: a bound, a policy, and counters that add up at every moment."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binance_async.core.events import Gap, GapCause
from binance_async.errors import InvalidArgument, SlowConsumer, StreamClosed
from binance_async.net.virtual import run_virtual
from binance_async.session.subscription import Subscription


def adds_up(subscription: Subscription[object]) -> bool:
    s = subscription
    return s.received == s.delivered + s.dropped + s.conflated + s.queued and s.delivered >= 0


async def test_events_come_in_order_and_the_end_after_them() -> None:
    subscription: Subscription[object] = Subscription()
    push = subscription.pusher("a")
    for number in range(3):
        push(number)
    subscription.end()
    assert [event async for event in subscription] == [0, 1, 2]
    assert subscription.delivered == 3
    with pytest.raises(StreamClosed):
        await subscription.next()


async def test_an_error_at_the_end_is_raised_after_what_was_queued() -> None:
    subscription: Subscription[object] = Subscription()
    subscription.pusher("a")(1)
    subscription.end(SlowConsumer("too slow"))
    assert await subscription.next() == 1
    with pytest.raises(SlowConsumer):
        await subscription.next()


async def test_a_waiting_consumer_is_woken() -> None:
    subscription: Subscription[object] = Subscription()
    waiting = asyncio.ensure_future(subscription.next())
    await asyncio.sleep(0)
    subscription.pusher("a")("x")
    assert await waiting == "x"


async def test_a_cancelled_wait_loses_nothing() -> None:
    subscription: Subscription[object] = Subscription()
    waiting = asyncio.ensure_future(subscription.next())
    await asyncio.sleep(0)
    subscription.pusher("a")("x")
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await subscription.next() == "x"


async def test_two_consumers_of_one_subscription_are_told() -> None:
    subscription: Subscription[object] = Subscription()
    waiting = asyncio.ensure_future(subscription.next())
    await asyncio.sleep(0)
    with pytest.raises(StreamClosed, match="two tasks"):
        await subscription.next()
    waiting.cancel()


def test_the_timeout_is_the_loops() -> None:
    async def main() -> None:
        with pytest.raises(TimeoutError):
            await Subscription[object]().next(timeout=3600)

    run_virtual(main())


async def test_drop_oldest_announces_what_it_dropped_before_the_next_event() -> None:
    subscription: Subscription[object] = Subscription(bound=3)
    push = subscription.pusher("a")
    for number in range(10):
        push(number)
    first = await subscription.next()
    assert isinstance(first, Gap)
    assert (first.cause, first.dropped) == (GapCause.DROPPED, 7)
    assert [await subscription.next() for _ in range(3)] == [7, 8, 9]
    assert (subscription.dropped, subscription.delivered) == (7, 3)


async def test_a_gap_outlives_a_full_queue() -> None:
    subscription: Subscription[object] = Subscription(bound=2)
    push = subscription.pusher("a")
    push(0)
    gap = Gap(streams=("a",), cause=GapCause.DISCONNECTED)
    subscription.tell(gap)
    for number in range(5):
        push(number)
    seen = [await subscription.next() for _ in range(subscription.queued + 1)]
    assert gap in seen
    assert seen[-2:] == [3, 4]
    assert adds_up(subscription)


async def test_conflate_keeps_the_newest_of_each_stream() -> None:
    subscription: Subscription[object] = Subscription(policy="conflate")
    a, b = subscription.pusher("a"), subscription.pusher("b")
    a(1)
    b(1)
    a(2)
    a(3)
    assert [await subscription.next(), await subscription.next()] == [3, 1]
    assert (subscription.received, subscription.conflated, subscription.delivered) == (4, 2, 2)


async def test_fail_ends_with_what_it_has() -> None:
    subscription: Subscription[object] = Subscription(bound=2, policy="fail")
    push = subscription.pusher("a")
    for number in range(5):
        push(number)
    delivered = []
    with pytest.raises(SlowConsumer, match="2 events"):
        async for event in subscription:
            delivered.append(event)  # noqa: PERF401 - the iteration itself must raise
    assert delivered[:2] == [0, 1]


async def test_a_consumer_that_is_always_behind_lets_the_loop_turn() -> None:
    subscription: Subscription[object] = Subscription(bound=10**6)
    push = subscription.pusher("a")
    turns = 0

    async def tick() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    ticking = asyncio.ensure_future(tick())
    for number in range(1_000):
        push(number)
    for _ in range(1_000):
        await subscription.next()
    ticking.cancel()
    assert turns >= 1_000 // 64


@pytest.mark.parametrize("arguments", [{"policy": "block"}, {"bound": 0}])
def test_bad_arguments(arguments: dict[str, object]) -> None:
    with pytest.raises(InvalidArgument):
        Subscription(**arguments)  # type: ignore[arg-type]


STEPS = st.lists(st.sampled_from(["push a", "push b", "take", "gap"]), max_size=60)


@given(STEPS, st.integers(1, 5), st.sampled_from(["drop_oldest", "conflate"]))
def test_the_counters_add_up_whatever_happens(steps: list[str], bound: int, policy: str) -> None:
    async def main() -> None:
        subscription: Subscription[object] = Subscription(bound=bound, policy=policy)  # type: ignore[arg-type]
        pushers = {name: subscription.pusher(name) for name in "ab"}
        for step in steps:
            if step.startswith("push"):
                pushers[step[-1]](step)
            elif step == "gap":
                subscription.tell(Gap(streams=(), cause=GapCause.DISCONNECTED))
            elif subscription.queued:
                await subscription.next()
            assert adds_up(subscription)

    run_virtual(main())


@given(st.lists(st.integers(1, 200), max_size=12), st.integers(1, 150), st.lists(st.integers(0, 200), max_size=12))
def test_short_ways_lose_nothing_and_keep_the_order(pushes: list[int], bound: int, takes: list[int]) -> None:
    """Against a plain model: the newest `bound` events are left, and each loss is told before what comes after it."""

    async def main() -> None:
        subscription: Subscription[object] = Subscription(bound=bound)
        push = subscription.pusher("a")
        waiting: list[int] = []
        last = untold = 0
        for count, take in zip(pushes, [*takes, *[0] * len(pushes)], strict=False):
            for _ in range(count):
                last += 1
                push(last)
                waiting.append(last)
                if len(waiting) > bound:
                    waiting.pop(0)
                    untold += 1
                assert subscription.queued == len(waiting)
            for _ in range(min(take, len(waiting))):
                if untold:
                    gap = await subscription.next()
                    assert isinstance(gap, Gap)
                    assert gap.dropped == untold
                    untold = 0
                assert await subscription.next() == waiting.pop(0)
                assert adds_up(subscription)

    run_virtual(main())


async def test_the_wait_of_every_64th_event_is_known_when_it_is_taken() -> None:
    subscription: Subscription[object] = Subscription()
    push = subscription.pusher("a")
    for number in range(200):
        push(number)
    seen = []
    for _ in range(200):
        await subscription.next()
        seen.append(subscription.wait.count)
    assert seen == [*[0] * 63, *[1] * 64, *[2] * 64, *[3] * 9]
