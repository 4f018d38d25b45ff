"""Backoff, the connect budget and the retry quota, over simulated time."""

from __future__ import annotations

import os
from collections import Counter
from heapq import heapify, heappop, heappush
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from binance_async.core.backoff import (
    Backoff,
    ConnectBudget,
    Judgement,
    Pace,
    RetryQuota,
    Verdict,
    judge_close,
    judge_error,
)
from binance_async.errors import (
    BudgetExhausted,
    ClientClosed,
    ConnectFailed,
    CredentialsRequired,
    DecodeFailure,
    FirewallRefused,
    InvalidArgument,
    IpBanned,
    OutcomeUnknown,
    RateLimited,
    RegionRefused,
    Rejected,
    SubscriptionRefused,
    Unavailable,
    UnsupportedRoute,
)
from binance_async.net.seams import Disconnected, NotConnected

EXAMPLES = 200 * int(os.environ.get("BINANCE_ASYNC_EXAMPLES", "1"))
PACE = Pace()
AT_ONCE, RETRY, WAIT, FATAL = Verdict.AT_ONCE, Verdict.RETRY, Verdict.WAIT, Verdict.FATAL


def backoff(seed: int = 0, pace: Pace = PACE) -> Backoff:
    return Backoff(Random(seed), pace)


def refused(status: int | None, **headers: str) -> NotConnected:
    return NotConnected(
        "the upgrade was refused", status=status, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


class TestCloses:
    @pytest.mark.parametrize(
        ("code", "reason", "expected"),
        [
            (1000, "", Judgement(AT_ONCE)),
            (1001, "going away", Judgement(AT_ONCE)),
            (1006, "", Judgement(RETRY)),
            (1008, "Pong timeout", Judgement(RETRY)),
            (1008, "Too many requests", Judgement(RETRY, slower=True)),
            (1008, "too many requests queued", Judgement(RETRY, slower=True)),
            (1008, "Illegal request", Judgement(RETRY)),
            (1009, "", Judgement(RETRY)),
            (1011, "internal error", Judgement(RETRY)),
            (1012, "", Judgement(RETRY, spread=5.0)),
            (1013, "", Judgement(WAIT, wait=5.0, spread=5.0)),
            (1002, "", Judgement(RETRY)),
            (4000, "their own", Judgement(RETRY)),
        ],
    )
    def test_table(self, code: int, reason: str, expected: Judgement) -> None:
        assert judge_close(code, reason, PACE) == expected

    @pytest.mark.parametrize(
        ("code", "least", "most"),
        [(1000, 0, 0), (1001, 0, 0), (1006, 0, 0.1), (1011, 0, 0.1), (1012, 0, 5), (1013, 5, 10)],
    )
    def test_the_first_delay_is_in_its_band(self, code: int, least: float, most: float) -> None:
        delays = []
        for seed in range(200):
            link = backoff(seed)
            link.succeeded(0.0)
            link.closed(code, "", 100.0)
            delays.append(link.delay(100.0))
        assert least <= min(delays)
        assert max(delays) <= most
        assert max(delays) - min(delays) >= 0.9 * (most - least)

    def test_a_clean_close_is_retried_at_once_but_only_once_in_a_row(self) -> None:
        link = backoff()
        assert link.closed(1000, "", 0.0) is AT_ONCE
        assert link.delay(0.0) == 0.0
        link.succeeded(0.1)
        link.closed(1000, "", 0.2)
        assert link.delay(0.2) > 0.0
        link.succeeded(1.0)
        link.closed(1001, "", 61.0)  # it has lasted
        assert link.delay(61.0) == 0.0

    def test_a_failure_after_a_clean_close_waits(self) -> None:
        link = backoff()
        link.closed(1000, "", 0.0)
        link.failed(refused(502), 0.0)
        assert 0.0 < link.delay(0.0) <= 0.2

    def test_too_many_slows_the_sender_down_until_a_connection_lasts(self) -> None:
        link = backoff()
        for expected in (2, 4, 8):
            link.succeeded(0.0)
            assert link.closed(1008, "Too many requests", 10.0) is RETRY
            assert link.slowdown == expected
        assert link.policy_closes == 3
        link.succeeded(10.0)
        link.closed(1006, "", 70.0)
        assert (link.slowdown, link.policy_closes) == (1, 0)

    def test_the_second_message_over_our_limit_is_fatal(self) -> None:
        link = backoff()
        assert link.closed(1009, "", 0.0) is RETRY
        link.succeeded(1.0)
        assert link.closed(1009, "", 2.0) is FATAL
        link = backoff()
        assert link.closed(1009, "", 0.0) is RETRY
        link.succeeded(1.0)
        assert link.closed(1009, "", 100.0) is RETRY


class TestErrors:
    @pytest.mark.parametrize(
        ("error", "expected"),
        [
            (NotConnected("no such host"), RETRY),
            (Disconnected("reset"), RETRY),
            (refused(500), RETRY),
            (refused(503), RETRY),
            (refused(400), RETRY),
            (refused(302), RETRY),
            (refused(401), FATAL),
            (refused(404), FATAL),
            (refused(407), FATAL),
            (refused(451), FATAL),
            (refused(403), WAIT),
            (refused(418), WAIT),
            (refused(429), WAIT),
            (TimeoutError(), RETRY),
            (OSError(), RETRY),
            (TypeError("a mistake of ours"), FATAL),
            (ConnectFailed("refused"), RETRY),
            (Unavailable("lost"), RETRY),
            (OutcomeUnknown("lost"), RETRY),
            (DecodeFailure("HTML"), RETRY),
            (SubscriptionRefused("no such stream"), RETRY),
            (Rejected("busy", code=-1008), RETRY),
            (Rejected("ahead", code=-1021), RETRY),
            (Rejected("listen key", code=-1125), RETRY),
            (Rejected("key", code=-2014), FATAL),
            (Rejected("key, IP or permission", code=-2015), FATAL),
            (Rejected("signature", code=-1022), FATAL),
            (Rejected("not found", status=404), FATAL),
            (RegionRefused("restricted location", status=451), FATAL),
            (FirewallRefused("forbidden", status=403), WAIT),
            (RateLimited("too many", status=429), WAIT),
            (IpBanned("banned", status=418), WAIT),
            (BudgetExhausted("full"), WAIT),
            (InvalidArgument("what"), FATAL),
            (CredentialsRequired("no key"), FATAL),
            (UnsupportedRoute("not here"), FATAL),
            (ClientClosed("closed"), FATAL),
        ],
        ids=repr,
    )
    def test_verdict(self, error: Exception, expected: Verdict) -> None:
        assert judge_error(error, PACE).verdict is expected
        assert backoff().failed(error, 0.0) is expected

    @pytest.mark.parametrize(
        ("error", "wait"),
        [
            (refused(403), 300.0),
            (refused(429, retry_after="17"), 17.0),
            (refused(418, retry_after="100000"), 100000.0),
            (refused(429), 60.0),
            (refused(418), 120.0),
            (refused(429, retry_after="soon"), 60.0),
            (refused(429, retry_after="nan"), 60.0),
            (refused(418, retry_after="1e12"), 120.0),
            (refused(418, retry_after="-5"), 120.0),
            (refused(418, retry_after="0"), 120.0),
            (FirewallRefused("forbidden"), 300.0),
            (RateLimited("too many", retry_at=1030.0), 30.0),
            (IpBanned("banned", retry_at=1500.0), 500.0),
            (IpBanned("banned"), 120.0),
            (BudgetExhausted("full", retry_at=1005.0), 5.0),
            (RateLimited("too many", retry_at=990.0), 0.0),
        ],
        ids=repr,
    )
    def test_the_stated_time_is_kept(self, error: Exception, wait: float) -> None:
        for seed in range(20):
            link = backoff(seed)
            link.failed(error, 50.0, server_now=1000.0)
            assert link.delay(50.0) >= wait
            assert link.delay(50.0) <= wait + 30.0 + 0.1
            assert link.delay(50.0 + wait / 2) >= wait / 2

    def test_without_the_exchanges_time_a_stated_time_is_not_understood(self) -> None:
        assert judge_error(IpBanned("banned", retry_at=1500.0), PACE).wait == 120.0


class TestJitter:
    def test_before_any_failure_there_is_no_wait(self) -> None:
        assert backoff().delay(0.0) == 0.0

    def test_full_jitter_doubles_up_to_the_longest(self) -> None:
        for row in (1, 2, 5, 9, 10, 20, 100):
            longest = min(30.0, 0.1 * 2 ** (row - 1))
            delays = []
            for seed in range(100):
                link = backoff(seed)
                for _ in range(row):
                    link.failed(NotConnected("no"), 0.0)
                delays.append(link.delay(0.0))
            assert all(0 <= delay <= longest for delay in delays)
            assert 0.35 * longest < sum(delays) / len(delays) < 0.65 * longest
            assert min(delays) < 0.1 * longest
            assert max(delays) > 0.9 * longest

    def test_a_connection_that_lasted_ends_the_row(self) -> None:
        link = backoff()
        for _ in range(20):
            link.failed(NotConnected("no"), 0.0)
        link.succeeded(0.0)
        link.closed(1006, "", 59.0)
        assert max(link.delay(59.0) for _ in range(100)) > 10
        link.succeeded(59.0)
        link.closed(1006, "", 119.0)
        assert max(link.delay(119.0) for _ in range(100)) <= 0.1

    def test_time_without_a_connection_does_not_end_the_row(self) -> None:
        link = backoff()
        link.succeeded(0.0)
        link.closed(1006, "", 10.0)
        for second in range(10, 100, 10):
            link.failed(NotConnected("no"), float(second))
        assert max(link.delay(100.0) for _ in range(100)) > 10

    def test_a_planned_change_starts_without_a_wait_and_its_failures_grow(self) -> None:
        link = backoff()
        for _ in range(20):
            link.failed(NotConnected("no"), 0.0)
        link.succeeded(0.0)
        assert link.delay(80_000.0) == 0.0
        for row in range(1, 8):  # the connection to be replaced is still there
            link.failed(NotConnected("no"), 80_000.0)
            assert max(link.delay(80_000.0) for _ in range(200)) > 0.09 * 2 ** (row - 1)

    def test_the_same_seed_gives_the_same_waits(self) -> None:
        def waits() -> list[float]:
            link = backoff(7)
            out = []
            for code in (1006, 1012, 1013, 1008, 1011):
                link.closed(code, "", 0.0)
                out.append(link.delay(0.0))
            return out

        assert waits() == waits()

    def test_scaled(self) -> None:
        scaled = PACE.scaled(0.001)
        assert (scaled.first, scaled.most, scaled.stable) == pytest.approx((0.0001, 0.03, 0.06))
        assert (scaled.connects, scaled.tokens, scaled.attempts) == (60, 500, 3)
        assert scaled.connect_period == pytest.approx(0.3)
        link = backoff(pace=scaled)
        link.closed(1013, "", 0.0)
        assert 0.005 <= link.delay(0.0) <= 0.010


class TestConnectBudget:
    def test_sixty_at_once_then_one_as_each_grows_old(self) -> None:
        budget = ConnectBudget()
        assert [budget.reserve(10.0) for _ in range(60)] == [10.0] * 60
        assert [budget.reserve(11.0) for _ in range(60)] == [310.0] * 60
        assert budget.reserve(12.0) == 610.0
        assert budget.used(12.0) == 60
        assert budget.used(311.0) == 60

    def test_a_place_given_back_is_free(self) -> None:
        budget = ConnectBudget(Pace(connects=2))
        budget.reserve(0.0)
        budget.reserve(1.0)
        later = budget.reserve(2.0)
        assert later == 300.0
        budget.cancel(later)
        budget.cancel(later)
        budget.cancel(12345.0)
        assert budget.reserve(3.0) == 300.0
        assert budget.reserve(4.0) == 301.0
        budget.cancel(0.0)
        assert budget.reserve(5.0) >= 301.0  # after the one who asked before

    def test_nobody_is_served_before_one_who_asked_earlier(self) -> None:
        budget = ConnectBudget(Pace(connects=2))
        assert [budget.reserve(0.0) for _ in range(3)] == [0.0, 0.0, 300.0]
        budget.cancel(0.0)
        budget.cancel(0.0)
        assert budget.reserve(5.0) == 300.0

    @settings(max_examples=EXAMPLES, deadline=None)
    @given(
        limit=st.integers(1, 5),
        asks=st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=60),
    )
    def test_never_over_the_limit_and_in_the_order_of_asking(self, limit: int, asks: list[tuple[int, bool]]) -> None:
        budget = ConnectBudget(Pace(connects=limit, connect_period=100.0))
        now, starts = 0.0, []
        for wait, gives_up in asks:
            now += wait
            start = budget.reserve(now)
            assert start >= now
            assert start >= max(starts, default=0.0)
            if gives_up and start > now:
                budget.cancel(start)
            else:
                starts.append(start)
            window = [s for s in starts if now - 100.0 < s <= now]
            assert budget.used(now) == len(window)
        for earlier, later in pairwise([*zip(starts, starts[limit:], strict=False)]):
            assert earlier[1] - earlier[0] >= 100.0
            assert later[1] - later[0] >= 100.0

    @pytest.mark.parametrize("seed", range(3))
    def test_a_hundred_flapping_sockets_share_it_fairly(self, seed: int) -> None:
        """F16: accept, then close, for 50 minutes. Who asks first is served first; once all wait, they take turns."""
        random = Random(seed)
        budget = ConnectBudget()
        links = [Backoff(random) for _ in range(100)]
        events = [(random.random(), index) for index in range(100)]  # when each wants to connect
        connects: list[float] = []
        tries: Counter[int] = Counter()
        heapify(events)
        while events[0][0] < 3000:
            now, index = heappop(events)
            start = budget.reserve(now)
            connects.append(start)
            tries[index] += 600 <= start < 3000
            links[index].succeeded(start)
            links[index].closed(random.choice([1000, 1006, 1008, 1012]), "", start + 0.05)
            heappush(events, (start + 0.05 + links[index].delay(start + 0.05), index))
        for first, after in zip(connects, connects[60:], strict=False):
            assert after - first >= 300.0 - 1e-6
        assert len(tries) == 100
        assert max(tries.values()) - min(tries.values()) <= 2


class TestRetryQuota:
    def test_three_attempts_with_jitter(self) -> None:
        quota, random = RetryQuota(), Random(1)
        first = [quota.retry_after(1, random) for _ in range(20)]
        second = [quota.retry_after(2, random) for _ in range(20)]
        assert all(wait is not None and 0 <= wait <= 1 for wait in first)
        assert all(wait is not None and 0 <= wait <= 2 for wait in second)
        assert max(wait or 0 for wait in second) > 1
        before = quota.tokens
        assert quota.retry_after(3, random) is None
        assert quota.tokens == before

    def test_waits_have_a_longest(self) -> None:
        quota = RetryQuota(Pace(attempts=50, tokens=10**6))
        waits = [quota.retry_after(40, Random(seed)) for seed in range(100)]
        assert all(wait is not None and wait <= 20.0 for wait in waits)

    def test_a_broken_exchange_empties_it(self) -> None:
        quota, random = RetryQuota(), Random(1)
        waits = [quota.retry_after(1, random) for _ in range(200)]
        assert sum(wait is not None for wait in waits) == 100
        assert quota.tokens == 0
        for _ in range(4):
            quota.succeeded()
        assert quota.retry_after(1, random) is None
        quota.succeeded()
        assert quota.retry_after(1, random) is not None

    def test_time_outs_cost_more(self) -> None:
        quota, random = RetryQuota(), Random(1)
        waits = [quota.retry_after(1, random, timed_out=True) for _ in range(200)]
        assert sum(wait is not None for wait in waits) == 50

    def test_a_retry_that_succeeds_puts_its_cost_back(self) -> None:
        quota, random = RetryQuota(), Random(1)
        for timed_out in (False, True):
            quota.retry_after(1, random)
            quota.retry_after(1, random, timed_out=timed_out)
            before = quota.tokens
            quota.succeeded(attempts=2, timed_out=timed_out)
            assert quota.tokens - before == (10 if timed_out else 5)

    def test_it_never_holds_more_than_at_first(self) -> None:
        quota = RetryQuota()
        quota.succeeded()
        quota.succeeded(attempts=2)
        assert quota.tokens == 500
