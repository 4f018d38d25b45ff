from __future__ import annotations

import asyncio

import pytest
from simulator_kit import START, virtual

from binance_async.simulator.clock import ClientClock, SimClock


@virtual
async def test_the_wall_counts_from_the_start_at_the_speed() -> None:
    clock = SimClock(START, speed=1000.0)
    await asyncio.sleep(0.5)
    assert clock.elapsed() == pytest.approx(500.0)
    assert clock.now_us() == pytest.approx((START + 500) * 1e6, abs=2)
    assert clock.now_ms() == clock.now_us() // 1000


@virtual
async def test_timers_and_sleeps_are_of_the_exchanges_time() -> None:
    clock = SimClock(START, speed=3600.0)
    loop = asyncio.get_running_loop()
    rung: list[float] = []
    clock.call_later(86_400, lambda: rung.append(loop.time()))
    await clock.sleep(2 * 86_400)
    assert rung == pytest.approx([24.0])
    assert loop.time() == pytest.approx(48.0)


@virtual
async def test_a_jump_moves_the_wall_and_no_duration() -> None:
    clock = SimClock(START)
    before = clock.now_us()
    clock.jump(-3600.0)
    assert clock.now_us() - before == -3_600_000_000
    assert clock.elapsed() == 0.0


@virtual
async def test_a_drift_counts_from_when_it_was_set() -> None:
    clock = SimClock(START)
    await asyncio.sleep(1000)
    clock.drift(500)
    await asyncio.sleep(1000)
    assert clock.now_us() - round((START + 2000) * 1e6) == pytest.approx(500_000, abs=2)
    clock.drift(0)
    await asyncio.sleep(1000)
    assert clock.now_us() - round((START + 3000) * 1e6) == pytest.approx(500_000, abs=2)


@virtual
async def test_the_clients_clock_can_be_wrong_for_itself() -> None:
    clock = SimClock(START, speed=10.0)
    await asyncio.sleep(1)
    client = ClientClock(clock)
    assert client.wall() == pytest.approx(START + 10)
    client.jump(-100)
    await client.sleep(1)
    assert client.wall() == pytest.approx(START + 20 - 100)
    client.drift(1_000_000)
    await asyncio.sleep(1)
    assert client.wall() == pytest.approx(START + 30 - 100 + 10)
    assert client.monotonic() == asyncio.get_running_loop().time()
    assert clock.now_us() == pytest.approx((START + 30) * 1e6, abs=2)


@virtual
async def test_no_speed_is_refused() -> None:
    with pytest.raises(ValueError, match="speed"):
        SimClock(START, speed=0)
