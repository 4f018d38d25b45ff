"""The clock offset in simulated worlds: asymmetric delays, drift, a wall clock that is set, a machine that sleeps."""

from __future__ import annotations

import math
import os
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from binance_async.core.clock_offset import ClockOffset

EXAMPLES = 300 * int(os.environ.get("BINANCE_ASYNC_EXAMPLES", "1"))
EPOCH = 1_700_000_000.0


def exact(offset: ClockOffset, at: float, *, server: float = EPOCH, back: float = 0.010, there: float = 0.010) -> bool:
    """A question that leaves at `at`, when the exchange's clock shows `server` more than ours."""
    return offset.sample(at, at + there + back, server + at + there, wall=EPOCH + at + there + back)


class TestBeforeAndAfter:
    def test_without_any_clock_there_is_no_time(self) -> None:
        with pytest.raises(ValueError, match="has been seen yet"):
            ClockOffset().at(5.0)

    def test_before_the_first_sample_the_wall_clock_must_do(self) -> None:
        offset = ClockOffset()
        assert offset.now(EPOCH, 100.0) == EPOCH
        assert offset.timestamp_ms(101.5) == int(EPOCH * 1000) + 1500
        assert not offset.trusted
        assert offset.needs_sample(100.0)
        assert offset.state(100.0).offset is None

    def test_a_sample_leaves_open_its_round_trip(self) -> None:
        offset = ClockOffset()
        assert exact(offset, 100.0, there=0.010, back=0.010)
        state = offset.state(100.02)
        assert state.offset == pytest.approx(EPOCH - 0.010 + 0.021 / 4, abs=1e-6)
        assert state.uncertainty == pytest.approx(0.75 * 0.021 + 0.02 * 500e-6, abs=1e-6)
        assert state.round_trip == pytest.approx(0.020, abs=1e-6)
        assert state.wall_error == pytest.approx(0.005, abs=0.001)
        assert offset.trusted

    def test_a_slow_sample_is_not_much_ahead_of_the_truth(self) -> None:
        offset = ClockOffset()
        exact(offset, 100.0, there=0.0, back=10.0)
        assert offset.at(110.0) - (EPOCH + 110.0) == pytest.approx(-9.75)
        offset = ClockOffset()
        exact(offset, 100.0, there=10.0, back=0.0)
        assert offset.at(110.0) - (EPOCH + 110.0) == pytest.approx(0.25)

    def test_the_timestamp_is_cut_not_rounded(self) -> None:
        offset = ClockOffset()
        offset.observe(1000.0, 0.0)
        assert offset.timestamp_ms(0.0009) == 1_000_000

    def test_the_wall_clocks_error_is_told(self) -> None:
        offset = ClockOffset()
        exact(offset, 100.0, there=0.0, back=0.0)
        offset.observe(EPOCH + 103.5, 101.0)
        assert offset.state(101.0).wall_error == pytest.approx(2.5, abs=0.01)


class TestChoice:
    def test_the_fastest_counts(self) -> None:
        offset = ClockOffset()
        exact(offset, 100.0, there=0.3, back=0.3)
        exact(offset, 101.0, there=0.001, back=0.001)
        exact(offset, 102.0, there=0.3, back=0.3)
        assert offset.state(102.0).round_trip == pytest.approx(0.002, abs=1e-6)

    def test_until_it_is_old(self) -> None:
        offset = ClockOffset()
        exact(offset, 100.0, there=0.001, back=0.001)
        exact(offset, 130.0, there=0.020, back=0.020)
        assert offset.state(130.0).round_trip == pytest.approx(0.002, abs=1e-6)
        exact(offset, 140.0, there=0.020, back=0.020)  # by now 40 ms may have drifted
        assert offset.state(140.0).round_trip == pytest.approx(0.040, abs=1e-6)

    def test_a_sample_that_contradicts_begins_anew(self) -> None:
        offset = ClockOffset()
        exact(offset, 100.0)
        exact(offset, 101.0, server=EPOCH + 5)
        assert offset.at(101.0) == pytest.approx(EPOCH + 106, abs=0.02)
        assert offset.state(101.0).jumps == 1
        exact(offset, 102.0, server=EPOCH)
        assert offset.at(102.0) == pytest.approx(EPOCH + 102, abs=0.02)
        assert offset.state(101.0).jumps == 2

    @pytest.mark.parametrize(
        ("sent", "received", "server"),
        [
            (101.0, 100.0, EPOCH),
            (100.0, math.inf, EPOCH),
            (100.0, math.nan, EPOCH),
            (math.nan, 100.0, EPOCH),
            (100.0, 100.1, math.nan),
            (100.0, 100.1, math.inf),
        ],
    )
    def test_a_sample_that_makes_no_sense_does_not_count(self, sent: float, received: float, server: float) -> None:
        offset = ClockOffset()
        assert not offset.sample(sent, received, server, wall=EPOCH)
        assert not offset.trusted
        assert offset.state(100.0).samples == 0

    def test_drift_is_measured(self) -> None:
        offset = ClockOffset()
        for minute in range(11):
            at = 60.0 * minute
            exact(offset, at, server=EPOCH + at * 40e-6, there=0.0, back=0.0)
            drift = offset.state(at).drift_ppm
            assert (drift is None) == (minute == 0)
        assert drift == pytest.approx(40, abs=2)


class TestSampling:
    def test_at_first_three_then_when_old(self) -> None:
        offset = ClockOffset()
        for at in (100.0, 101.0, 102.0):
            assert offset.needs_sample(at)
            exact(offset, at)
        assert not offset.needs_sample(102.1)
        assert not offset.needs_sample(282.0)
        assert offset.needs_sample(282.1)
        exact(offset, 283.0)
        assert not offset.needs_sample(283.1)

    def test_after_a_rejection(self) -> None:
        offset = ClockOffset()
        for at in (100.0, 101.0, 102.0):
            exact(offset, at)
        offset.rejected(103.0)
        assert not offset.trusted
        assert offset.needs_sample(103.0)
        assert offset.state(103.0).uncertainty is None
        assert offset.state(103.0).rejections == 1
        assert offset.at(103.0) == pytest.approx(EPOCH + 103, abs=0.02)
        for at in (104.0, 105.0, 106.0):
            assert offset.needs_sample(at)
            exact(offset, at, server=EPOCH + 40, there=0.5, back=0.5)  # slower, but the old ones count no more
        assert not offset.needs_sample(106.1)
        assert offset.at(106.0) == pytest.approx(EPOCH + 146, abs=0.3)

    def test_after_a_rejection_any_sample_is_better_than_those_before(self) -> None:
        offset = ClockOffset()
        exact(offset, 100.0)
        offset.rejected(101.0)
        exact(offset, 101.0, there=0.5, back=0.5)
        assert offset.state(102.0).round_trip == pytest.approx(1.0, abs=1e-6)

    def test_a_sample_from_before_a_jump_does_not_count(self) -> None:
        offset = ClockOffset()
        offset.observe(EPOCH + 100, 100.0)
        assert not offset.sample(101.0, 101.02, EPOCH + 101, wall=EPOCH + 700)  # it slept while it waited
        assert not offset.sample(101.01, 101.03, EPOCH + 701, wall=EPOCH + 700.01)
        assert offset.sample(101.02, 101.04, EPOCH + 701, wall=EPOCH + 700.02)

    @pytest.mark.parametrize(("step", "jumps"), [(0.19, 0), (-0.19, 0), (0.21, 1), (-0.21, 1), (3600, 1), (-3600, 1)])
    def test_a_jump_is_seen_at_once(self, step: float, jumps: int) -> None:
        offset = ClockOffset(burst=1)
        offset.observe(EPOCH + 100, 100.0)
        exact(offset, 100.0)
        assert not offset.observe(EPOCH + 101, 101.0)
        assert offset.observe(EPOCH + 102 + step, 102.0) is bool(jumps)
        assert offset.needs_sample(102.0) is bool(jumps)
        assert offset.trusted is not bool(jumps)
        assert not offset.observe(EPOCH + 103 + step, 103.0)
        assert offset.state(103.0).jumps == jumps
        assert offset.at(103.0) == pytest.approx(EPOCH + 103, abs=0.02)

    def test_slow_slewing_is_no_jump(self) -> None:
        offset = ClockOffset()
        for second in range(3600):
            assert not offset.observe(EPOCH + second * (1 + 500e-6), float(second))


class World:
    """True time, and what the clocks of a machine and an exchange make of it."""

    def __init__(self, random: Random, ppm: float) -> None:
        self.random = random
        self.true = 0.0
        self.awake = 0.0  # the monotonic clock stands still while the machine sleeps
        self.rate = 1 + ppm * 1e-6
        self.wall_error = random.uniform(-3600, 3600)
        self.slowest = random.choice([0.001, 0.02, 0.3, 2.0])
        self.offset = ClockOffset(drift=510e-6)  # 500 ppm of the faster clock are a little more of the slower one
        self.asked = 0
        self.refused = 0

    def mono(self) -> float:
        return 5000.0 + self.awake * self.rate

    def wall(self) -> float:
        return EPOCH + self.true * self.rate + self.wall_error

    def server(self) -> float:
        return EPOCH + self.true

    def pass_time(self, seconds: float) -> None:
        self.true += seconds
        self.awake += seconds

    def sleep(self, seconds: float) -> None:
        self.true += seconds

    def delay(self) -> float:
        """Either way, and each for itself."""
        return self.random.random() ** 2 * self.slowest

    def ask(self) -> None:
        self.asked += 1
        sent = self.mono()
        self.pass_time(self.delay())
        told = math.floor(self.server() * 1000) / 1000
        self.pass_time(self.delay())
        self.offset.sample(sent, self.mono(), told, wall=self.wall())

    def sign(self, recv_window: float = 5.0) -> None:
        """A signed call, as the session makes it: look, measure if need be, stamp, send."""
        self.offset.observe(self.wall(), self.mono())
        while not self.offset.trusted:
            self.ask()
        stamp = self.offset.timestamp_ms(self.mono()) / 1000
        assert stamp - self.server() <= 0.25 + 0.001 + 510e-6 * 400  # a step is up to 300 s
        self.pass_time(self.delay())
        if not (stamp < self.server() + 1.0 and self.server() - stamp <= recv_window):
            self.refused += 1
            self.offset.rejected(self.mono())

    def check(self) -> None:
        state = self.offset.state(self.mono())
        if state.trusted:
            assert state.uncertainty is not None
            assert abs(self.offset.at(self.mono()) - self.server()) <= state.uncertainty + 1e-6


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    ppm=st.sampled_from([-500.0, -40.0, 0.0, 40.0, 500.0]),
    steps=st.lists(st.tuples(st.integers(0, 9), st.floats(0.01, 300)), max_size=60),
)
def test_no_timestamp_is_refused(seed: int, ppm: float, steps: list[tuple[int, float]]) -> None:
    """F50 and G12: whatever the clocks do, a signed call is accepted, and the offset knows how good it is."""
    world = World(Random(seed), ppm)
    for kind, amount in steps:
        if kind <= 3:
            world.pass_time(amount)
            if world.offset.needs_sample(world.mono()):
                world.ask()
                world.check()
        elif kind == 4:
            world.wall_error += 3600 if amount < 150 else -3600
        elif kind == 5:
            world.sleep(0.21 + 2 * amount)  # what is shorter is not noticed, and no harm
            world.offset.observe(world.wall(), world.mono())
        else:
            world.sign()
            world.check()
    assert world.refused == 0


def test_an_hour_at_full_drift_costs_few_questions() -> None:
    world = World(Random(1), 500.0)
    for _ in range(3600):
        world.pass_time(1.0)
        if world.offset.needs_sample(world.mono()):
            world.ask()
        world.sign(recv_window=0.5 + world.slowest)
    assert world.refused == 0
    assert world.asked <= 24
    assert world.offset.state(world.mono()).jumps == 0
