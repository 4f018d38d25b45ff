"""Latencies in buckets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from binance_async.session.latency import Latency

DURATIONS = st.lists(st.floats(0, 100), min_size=1, max_size=200)


def test_without_samples_there_is_no_percentile() -> None:
    assert Latency().percentile(0.5) is None
    assert Latency().as_dict() == {"samples": 0, "p50_ms": None, "p99_ms": None, "largest_ms": 0.0}


def test_a_clock_that_is_off_counts_as_no_delay() -> None:
    latency = Latency()
    latency.add(-5)
    assert (latency.percentile(1), latency.largest) == (0.0, 0.0)


@given(DURATIONS, st.sampled_from([0.5, 0.9, 0.99, 1.0]))
def test_a_percentile_is_within_its_bucket(durations: list[float], share: float) -> None:
    latency = Latency()
    for duration in durations:
        latency.add(duration)
    ordered = sorted(durations)
    exact = next(d for i, d in enumerate(ordered, 1) if i >= share * len(ordered))
    told = latency.percentile(share)
    assert told is not None
    assert told >= exact or exact > 62.5e-6 * 2**20
    assert told <= max(62.5e-6, 2 * exact)
    assert latency.largest == max(durations)
