"""The virtual loop against what asyncio promises, and what it adds: no waiting, fixed order, deadlocks found."""

from __future__ import annotations

import asyncio
import itertools
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binance_async.net.virtual import VirtualClock, VirtualDeadlock, VirtualLoop, VirtualTimeout, run_virtual


def now() -> float:
    return asyncio.get_running_loop().time()


async def beat(seconds: float) -> None:
    for _ in itertools.count():
        await asyncio.sleep(seconds)


def test_a_day_takes_no_time(monkeypatch: pytest.MonkeyPatch):
    turns, turn = 0, VirtualLoop._run_once

    def counted(loop: VirtualLoop) -> None:
        nonlocal turns
        turns += 1
        turn(loop)

    async def main() -> float:
        for _ in range(1000):
            await asyncio.sleep(86.4)
        return now()

    monkeypatch.setattr(VirtualLoop, "_run_once", counted)
    assert run_virtual(main()) == pytest.approx(86_400)
    assert turns < 3_000  # and none of them waits, or this would be over tomorrow


@pytest.mark.parametrize("start", [0.0, 1234.5678, 1_700_000_000.0])
def test_time_moves_to_the_timers_exactly(start: float):
    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        seen: list[float] = []
        for seconds in (3.0, 1.0, 2.0, 0.1):
            loop.call_later(seconds, lambda: seen.append(now()))
        await asyncio.sleep(5)
        return [*seen, now()]

    assert run_virtual(main(), start=start) == [start + seconds for seconds in (0.1, 1.0, 2.0, 3.0, 5.0)]


def test_timers_that_fall_due_together_run_in_the_order_in_which_they_were_set():
    async def main() -> list[int]:
        loop = asyncio.get_running_loop()
        seen: list[int] = []
        for number in range(100):
            loop.call_at(7.0 if number % 3 else 6.0, seen.append, number)
        await asyncio.sleep(8)
        return seen

    assert run_virtual(main()) == sorted(range(100), key=lambda number: (7.0 if number % 3 else 6.0, number))


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans()), max_size=60))
def test_timers_run_by_time_then_order_and_never_when_cancelled(timers: list[tuple[float, bool]]):
    async def main() -> list[int]:
        loop = asyncio.get_running_loop()
        seen: list[int] = []
        handles = [loop.call_at(when, seen.append, number) for number, (when, _) in enumerate(timers)]
        for handle, (_, cancelled) in zip(handles, timers, strict=True):
            if cancelled:
                handle.cancel()
                handle.cancel()
        await asyncio.sleep(101)
        return seen

    kept = [number for number, (_, cancelled) in enumerate(timers) if not cancelled]
    assert run_virtual(main()) == sorted(kept, key=lambda number: (timers[number][0], number))


def test_callbacks_take_turns():
    async def main() -> list[str]:
        loop = asyncio.get_running_loop()
        seen: list[str] = []

        def first() -> None:
            seen.append("first")
            loop.call_soon(seen.append, "next turn")

        loop.call_soon(first)
        loop.call_soon(seen.append, "second")
        loop.call_soon_threadsafe(seen.append, "third")
        loop.call_soon(seen.append, "never").cancel()
        await asyncio.sleep(1)
        return seen

    assert run_virtual(main()) == ["first", "second", "third", "next turn"]


def test_timers_that_were_cancelled_are_forgotten():
    async def main() -> int:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        for _ in range(10_000):
            async with asyncio.timeout(3600):
                await asyncio.sleep(0)
        return len(loop._timers)

    assert run_virtual(main()) < 300


def test_timeouts_tasks_and_groups_work_as_on_any_loop():
    async def slow(result: int) -> int:
        await asyncio.sleep(result)
        return result

    async def main() -> tuple[Any, ...]:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(10):
                await slow(11)
        assert now() == 10
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(slow(seconds)) for seconds in (3, 1, 2)]
        assert now() == 13
        queue: asyncio.Queue[int] = asyncio.Queue(1)

        async def fill() -> None:
            for number in range(5):
                await queue.put(number)

        filling = asyncio.create_task(fill())
        got = [await queue.get() for _ in range(5)]
        await filling
        return [task.result() for task in tasks], got, await asyncio.wait_for(slow(1), 2)

    assert run_virtual(main()) == ([3, 1, 2], [0, 1, 2, 3, 4], 1)


def test_a_run_replays():
    async def main(seed: int) -> list[tuple[float, int]]:
        chance, seen = random.Random(seed), []

        async def worker(number: int) -> None:
            for _ in range(20):
                await asyncio.sleep(chance.choice([0, 0.5, 0.5, 1.25]))
                seen.append((now(), number))

        await asyncio.gather(*(worker(number) for number in range(10)))
        return seen

    assert run_virtual(main(1)) == run_virtual(main(1))
    assert run_virtual(main(1)) != run_virtual(main(2))


def test_a_deadlock_names_who_waits_and_where():
    async def inner() -> None:
        await asyncio.Event().wait()

    async def outer() -> None:
        await inner()

    async def main() -> None:
        await asyncio.sleep(2)
        await asyncio.create_task(outer(), name="the stuck one")

    with pytest.raises(VirtualDeadlock) as caught:
        run_virtual(main())
    text = str(caught.value)
    assert "at 2 s" in text
    line = inner.__code__.co_firstlineno + 1
    assert f"the stuck one (test_a_deadlock_names_who_waits_and_where.<locals>.outer at test_virtual.py:{line})" in text
    assert "<locals>.main at test_virtual.py" in text


def test_tasks_are_cancelled_after_a_deadlock_and_may_clean_up():
    cleaned: list[float] = []

    async def main() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await asyncio.sleep(3)
            cleaned.append(now())

    with pytest.raises(VirtualDeadlock):
        run_virtual(main())
    assert cleaned == [3.0]


def test_a_run_without_end_meets_its_limit():
    seen: list[float] = []

    async def main() -> None:
        try:
            await beat(60)
        except asyncio.CancelledError:
            await asyncio.sleep(5)
            seen.append(now())
            raise

    with pytest.raises(VirtualTimeout, match="limit of 3610 s"):
        run_virtual(main(), start=10.0, limit=3600.0)
    assert seen == [3615.0]


def test_a_task_that_will_not_end_after_the_limit_fails_the_run_again():
    async def main() -> None:
        while True:
            try:
                await beat(10)
            except asyncio.CancelledError:
                continue

    loop = VirtualLoop(limit=100)
    task = loop.create_task(main())
    for _ in range(2):
        with pytest.raises(VirtualTimeout):
            loop.run_until_complete(task)
        task.cancel()
    task.get_coro().close()
    loop.close()


def test_errors_of_callbacks_and_of_the_main_coroutine_come_out():
    unhandled: list[Any] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: unhandled.append(context["exception"]))
        loop.call_later(1, lambda: {}["missing"])
        await asyncio.sleep(2)
        raise OSError("the end")

    with pytest.raises(OSError, match="the end"):
        run_virtual(main())
    assert [repr(error) for error in unhandled] == ["KeyError('missing')"]


def test_what_is_given_to_a_thread_runs_at_once():
    def fails() -> None:
        raise ValueError("in the thread")

    async def main() -> int:
        with pytest.raises(ValueError, match="in the thread"):
            await asyncio.to_thread(fails)
        return await asyncio.get_running_loop().run_in_executor(None, int, "7")

    assert run_virtual(main()) == 7


def test_there_is_no_network():
    async def main() -> None:
        loop = asyncio.get_running_loop()
        for host in ("127.0.0.1", "stream.example"):
            with pytest.raises(RuntimeError, match="no network"):
                await loop.create_connection(asyncio.Protocol, host, 80)

    run_virtual(main())


def test_a_loop_can_be_stopped_and_closed():
    loop = VirtualLoop(start=5)
    loop.stop()
    loop.run_forever()  # nothing is ready, and that is no deadlock: it was told to stop
    loop.call_later(1, loop.stop)
    loop.run_forever()
    assert loop.time() == 6
    loop.close()
    with pytest.raises(RuntimeError, match="closed"):
        loop.call_soon(print)
    with pytest.raises(RuntimeError, match="closed"):
        loop.call_later(1, print)


def test_a_clock_follows_the_loop():
    async def main() -> None:
        clock = VirtualClock(asyncio.get_running_loop(), epoch=1000.0)
        assert (clock.monotonic(), clock.wall()) == (50, 1000)
        await clock.sleep(10)
        assert (clock.monotonic(), clock.wall()) == (60, 1010)
        clock.jump(-3600)
        assert (clock.monotonic(), clock.wall()) == (60, -2590)
        clock.set_wall(2000)
        await clock.sleep(1)
        assert clock.wall() == 2001
        assert clock.monotonic() == now() == 61

    run_virtual(main(), start=50.0)


def test_a_clock_drifts_from_where_it_is():
    async def main() -> None:
        clock = VirtualClock(asyncio.get_running_loop(), epoch=0.0)
        await clock.sleep(1000)
        clock.drift = 500e-6
        assert clock.drift == 500e-6
        assert clock.wall() == 1000
        await clock.sleep(1000)
        assert clock.wall() == pytest.approx(2000.5)
        clock.jump(1)
        await clock.sleep(1000)
        assert clock.wall() == pytest.approx(3002.0)
        clock.drift = 0.0
        await clock.sleep(1000)
        assert clock.wall() == pytest.approx(4002.0)

    run_virtual(main())
