from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from binance_async.simulator.engine.ring import Ring


@given(st.integers(1, 20), st.integers(0, 200), st.integers(0, 220), st.integers(1, 30))
def test_a_ring_is_the_end_of_a_list(bound: int, size: int, start: int, limit: int) -> None:
    ring: Ring[int] = Ring(bound)
    for number in range(size):
        ring.append(number)
    kept = list(range(size))[ring.first :]
    assert ring.items == kept
    assert min(bound, size) <= len(ring) <= bound + bound // 4 + 1
    assert ring.since(start, limit) == kept[max(start - ring.first, 0) :][:limit]
    assert ring.last(limit) == kept[-limit:]
    assert ring.last(0) == []
