"""The rate budget as a caller meets it: what waits, what is refused, and what the exchange's answers change.

What fits is decided by `core.budget`, which has tests of its own.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from binance_async import Binance
from binance_async.core.budget import Priority
from binance_async.core.endpoint import TRADE, USER_DATA, endpoint_of, loose
from binance_async.errors import BudgetExhausted, IpBanned, NotSent, RateLimited, Rejected
from binance_async.net.seams import Disconnected, NotConnected
from binance_async.session.limits import priority_of
from binance_async.spot import Calls
from binance_async.us import Calls as UsCalls

if TYPE_CHECKING:
    from conftest import Keys, World

LIMIT: dict[str, Any] = {"time_in_force": "GTC", "quantity": "1", "price": "2", "new_order_resp_type": "ACK"}
TOP = 1_700_000_040.0
"""A whole minute; the world begins at :20, forty seconds before."""


async def place(binance: Binance) -> Any:
    return await binance.spot.place_order("BTCUSDT", "BUY", "LIMIT", **LIMIT)


async def time(binance: Binance) -> Any:
    return await binance.spot.time()


def windows(binance: Binance) -> dict[tuple[str, int], dict[str, Any]]:
    rows = binance.diagnostics()["limits"]["spot"]["windows"]
    return {(row["kind"], row["seconds"]): row for row in rows}


def weight(binance: Binance) -> int:
    found: int = windows(binance)["REQUEST_WEIGHT", 60]["used"]
    return found


async def refused(call: Any) -> BudgetExhausted:
    with pytest.raises(BudgetExhausted) as caught:
        await call
    assert isinstance(caught.value, NotSent)
    return caught.value


@pytest.fixture
def easy(world: World) -> World:
    """An exchange that has no objections."""
    world.http.always("/api/v3/time", world.json({"serverTime": 1}))
    world.http.always("/api/v3/order", lambda sent: world.json(world.order(sent)))
    world.http.always("/api/v3/ping", world.json({}))
    return world


# Embargoes


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"retry_after": "30"}, None, 30.0),
        ({"retry_after": "300"}, None, 300.0),
        ({"retry_after": "1700000033000"}, None, 33.0),
        ({}, {"code": -1003, "msg": "Way too much; IP banned until 1700000120000."}, 120.0),
        ({}, {"code": -1003, "msg": "Too much.", "data": {"retryAfter": 1700000090000}}, 90.0),
        ({}, None, 40.0),  # the end of the window, for want of anything better
        ({"retry_after": "soon"}, None, 40.0),
        ({"retry_after": "-5"}, None, 40.0),
        ({"retry_after": "1e300"}, None, 40.0),
    ],
)
def test_nothing_is_sent_before_the_stated_time(
    easy: World, keys: Keys, headers: dict[str, str], body: Any, seconds: float
) -> None:
    async def main(binance: Binance) -> None:
        easy.http.always("/api/v3/time", easy.json(body or {"code": -1003, "msg": "Too much."}, 429, **headers))
        with pytest.raises(RateLimited):
            await time(binance)
        easy.http.always("/api/v3/time", easy.json({"serverTime": 1}))
        sent = len(easy.http.sent)
        while easy.clock.monotonic() < seconds - 11:
            for call in (place(binance), time(binance), binance.spot.cancel_order("BTCUSDT", order_id=1)):
                error = await refused(call)
                assert error.retry_at == pytest.approx(1_700_000_000 + seconds, abs=0.11)
            await easy.clock.sleep(1)
        while easy.clock.monotonic() < seconds - 1:
            await refused(place(binance))
            await easy.clock.sleep(1)
        assert len(easy.http.sent) == sent
        await time(binance)  # near enough to wait for
        assert easy.http.sent[-1].at == pytest.approx(seconds, abs=0.2)
        assert easy.http.sent[-1].at >= seconds
        await place(binance)

    easy.run(main, keys.hmac)


def test_a_ban_without_a_time_is_two_minutes(easy: World) -> None:
    async def main(binance: Binance) -> None:
        easy.http.always("/api/v3/time", easy.raw(b"<html>", 418))
        with pytest.raises(IpBanned):
            await time(binance)
        error = await refused(time(binance))
        assert error.retry_at is not None
        assert error.retry_at >= 1_700_000_120
        assert "banned" in str(error)

    easy.run(main)


@pytest.mark.parametrize("kind", ["read", "write"])
def test_two_calls_side_by_side(easy: World, keys: Keys, kind: str) -> None:
    """Both were under way when the first was refused; neither is followed by a third."""
    call = time if kind == "read" else place
    path = "/api/v3/time" if kind == "read" else "/api/v3/order"

    async def main(binance: Binance) -> None:
        easy.http.always(path, easy.after(1, easy.error(-1003, "Too much.", 429, retry_after="120")))
        found = await asyncio.gather(call(binance), call(binance), return_exceptions=True)
        assert [type(error).__name__ for error in found] == ["TooManyRequests"] * 2
        assert all(isinstance(error, RateLimited) for error in found)
        assert len(easy.http.sent) == 2
        for error in await asyncio.gather(call(binance), place(binance), time(binance), return_exceptions=True):
            assert isinstance(error, BudgetExhausted)
            assert error.retry_at == pytest.approx(1_700_000_121, abs=0.01)
        assert len(easy.http.sent) == 2

    easy.run(main, keys.hmac)


def test_who_waits_when_the_embargo_comes_waits_on_or_is_refused(easy: World) -> None:
    """Ten reads wait for the same moment; the first of them is refused, and the others must not follow it."""

    async def main(binance: Binance) -> None:
        easy.http.always("/api/v3/time", easy.error(-1003, "Too much.", 429, retry_after="5"))
        with pytest.raises(RateLimited):
            await time(binance)
        easy.http.always("/api/v3/time", easy.error(-1003, "Too much.", 429, retry_after="60"))
        found = await asyncio.gather(*(time(binance) for _ in range(10)), return_exceptions=True)
        # In memory an answer comes in the turn of its request: the first is refused before the second is sent.
        assert [type(error) for error in found[1:]] == [BudgetExhausted] * 9
        assert isinstance(found[0], RateLimited)
        assert len(easy.http.sent) == 2

    easy.run(main)


def test_an_order_is_never_kept_waiting(easy: World, keys: Keys) -> None:
    async def main(binance: Binance) -> None:
        easy.http.always("/api/v3/time", easy.error(-1003, "Too much.", 429, retry_after="1"))
        with pytest.raises(RateLimited):
            await time(binance)
        before = easy.clock.monotonic()
        await refused(place(binance))
        assert easy.clock.monotonic() == before

    easy.run(main, keys.hmac)


def test_a_longer_embargo_replaces_a_shorter_one_and_not_the_other_way_round(easy: World) -> None:
    async def main(binance: Binance) -> None:
        answers = [easy.after(1, easy.error(-1003, "", 429, retry_after=s)) for s in ("100", "50")]
        easy.http.then(*answers)
        easy.http.always("/api/v3/time", lambda s: answers.pop(0))
        await asyncio.gather(time(binance), time(binance), return_exceptions=True)
        error = await refused(time(binance))
        assert error.retry_at == pytest.approx(1_700_000_101, abs=0.01)

    easy.run(main)


# Order counts


def order_count(world: World) -> Any:
    return world.error(-1015, "Too many new orders; current limit is 50 orders per TEN_SECONDS.", 429)


def test_a_used_up_order_count_stops_orders_alone(easy: World, keys: Keys) -> None:
    async def main(binance: Binance) -> None:
        easy.http.always("/api/v3/order", order_count(easy))
        with pytest.raises(RateLimited) as caught:
            await place(binance)
        assert caught.value.code == -1015
        error = await refused(place(binance))
        assert error.retry_at is not None
        assert 1_700_000_000 < error.retry_at <= 1_700_000_011
        await time(binance)
        with pytest.raises(RateLimited):  # a cancel goes; it is this exchange that answers everything so
            await binance.spot.cancel_order("BTCUSDT", order_id=1)
        easy.http.always("/api/v3/order", lambda sent: easy.json(easy.order(sent)))
        await easy.clock.sleep(error.retry_at - easy.clock.wall())
        await place(binance)

    easy.run(main, keys.hmac)


def test_the_order_limit_is_learnt_from_exchange_info(easy: World, keys: Keys) -> None:
    limits = [
        {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000},
        {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 3},
    ]
    info = {"timezone": "UTC", "serverTime": 1, "rateLimits": limits, "exchangeFilters": [], "symbols": []}
    easy.http.always("/api/v3/exchangeInfo", easy.json(info))

    async def main(binance: Binance) -> None:
        await easy.clock.sleep(1)
        await binance.spot.exchange_info()
        for _ in range(3):
            await place(binance)
        error = await refused(place(binance))
        assert error.retry_at == pytest.approx(1_700_000_010.1, abs=0.01)
        await easy.clock.sleep(error.retry_at - easy.clock.wall() - 0.01)
        await refused(place(binance))
        await easy.clock.sleep(0.011)
        await place(binance)

    easy.run(main, keys.hmac)


@pytest.mark.parametrize("answer", [{"rateLimits": 5}, {"rateLimits": [1, {"limit": "x"}]}, [], "x", None])
def test_limits_that_cannot_be_read_change_nothing(easy: World, answer: Any) -> None:
    easy.http.always("/api/v3/exchangeInfo", easy.json(answer))

    async def main(binance: Binance) -> None:
        await binance.request("GET", "/api/v3/exchangeInfo")
        assert windows(binance)["REQUEST_WEIGHT", 60]["limit"] == 6000

    easy.run(main)


def test_untyped_calls_teach_as_well(easy: World) -> None:
    limits = [{"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 1200}]
    easy.http.always("/api/v3/exchangeInfo", easy.json({"rateLimits": limits}))

    async def main(binance: Binance) -> None:
        await binance.request("GET", "/api/v3/exchangeInfo")
        assert windows(binance)["REQUEST_WEIGHT", 60]["limit"] == 1200

    easy.run(main)


# Windows


def test_weight_is_what_the_declarations_say(easy: World) -> None:
    easy.http.always("/api/v3/depth", easy.json({"lastUpdateId": 1, "bids": [], "asks": []}))

    async def main(binance: Binance) -> None:
        await binance.spot.depth("BTCUSDT", limit=5000)
        assert weight(binance) == 250
        await binance.request("GET", "/api/v3/ping", weight=7)
        assert weight(binance) == 257

    easy.run(main)


def test_headers_are_the_truth(easy: World) -> None:
    async def main(binance: Binance) -> None:
        easy.http.always("/api/v3/time", easy.json({"serverTime": 1}, x_mbx_used_weight_1m="5000"))
        await time(binance)
        assert weight(binance) == 5000
        assert windows(binance)["REQUEST_WEIGHT", 60]["foreign"] == 4999

    easy.run(main)


def test_headers_of_a_refusal_count_too(easy: World) -> None:
    async def main(binance: Binance) -> None:
        easy.http.always("/api/v3/time", easy.error(-1121, x_mbx_used_weight_1m="700"))
        with pytest.raises(Rejected):
            await time(binance)
        assert weight(binance) == 700

    easy.run(main)


def test_a_read_waits_for_the_next_window_and_a_write_is_refused(easy: World, keys: Keys) -> None:
    async def main(binance: Binance) -> None:
        easy.clock.set_wall(TOP - 5)
        easy.http.always("/api/v3/time", easy.json({"serverTime": 1}, x_mbx_used_weight_1m="6000"))
        await time(binance)
        error = await refused(place(binance))
        assert error.retry_at == pytest.approx(TOP + 0.1, abs=0.01)
        assert "6000 of 5400 (REQUEST_WEIGHT of 1 MINUTE, limit 6000)" in str(error)
        await time(binance)
        assert easy.clock.wall() == pytest.approx(TOP + 0.1, abs=0.01)

    easy.run(main, keys.hmac)


def test_a_read_does_not_wait_too_long(easy: World) -> None:
    async def main(binance: Binance) -> None:
        easy.clock.set_wall(TOP - 20)
        easy.http.always("/api/v3/time", easy.json({"serverTime": 1}, x_mbx_used_weight_1m="6000"))
        await time(binance)
        error = await refused(time(binance))
        assert error.retry_at == pytest.approx(TOP + 0.1, abs=0.01)
        assert easy.clock.wall() == TOP - 20

    easy.run(main)


def test_cancels_and_queries_of_orders_have_a_reserve(easy: World, keys: Keys) -> None:
    canceled = {
        "symbol": "B", "origClientOrderId": "a", "orderId": 4, "orderListId": -1, "clientOrderId": "c", "price": "2",
        "transactTime": 1, "origQty": "1", "executedQty": "0", "cummulativeQuoteQty": "0", "status": "CANCELED",
        "timeInForce": "GTC", "type": "LIMIT", "side": "BUY", "selfTradePreventionMode": "NONE",
        "origQuoteOrderQty": "0",
    }  # fmt: skip

    async def main(binance: Binance) -> None:
        easy.http.always("/api/v3/time", easy.json({"serverTime": 1}, x_mbx_used_weight_1m="5450"))
        await time(binance)
        easy.http.always("/api/v3/order", easy.json(canceled))
        easy.http.always("/api/v3/openOrders", easy.json([]))
        await refused(place(binance))
        await refused(time(binance))
        await binance.spot.cancel_order("BTCUSDT", order_id=1)
        await binance.spot.open_orders()
        await binance.request("GET", "/api/v3/order", {"symbol": "B", "orderId": 1}, security="USER_DATA")

    easy.run(main, keys.hmac)


def test_a_call_that_never_fits_is_told_so(easy: World) -> None:
    async def main(binance: Binance) -> None:
        error = await refused(binance.request("GET", "/api/v3/ping", weight=6001))
        assert error.retry_at is None

    easy.run(main)


def test_what_was_not_sent_costs_nothing(easy: World, keys: Keys) -> None:
    async def main(binance: Binance) -> None:
        easy.http.always("/api/v3/order", NotConnected("no address"))
        with pytest.raises(NotSent):
            await place(binance)
        assert weight(binance) == 0
        easy.http.always("/api/v3/order", Disconnected("reset"))
        with pytest.raises(Exception, match="reset"):
            await place(binance)
        assert weight(binance) == 1
        assert all(row["in_flight"] == 0 for row in windows(binance).values())

    easy.run(main, keys.hmac, resolve_outcomes=False)


def test_a_burst_stays_within_the_window(easy: World) -> None:
    """A thousand reads of weight 20 are 20,000: three minutes and some."""
    taken: list[float] = []

    def answer(sent: Any) -> Any:
        taken.append(easy.clock.wall())
        return easy.after(0.05, easy.json({}))

    easy.http.always("/api/v3/ping", answer)

    async def patiently(binance: Binance) -> None:
        while True:
            try:
                return await binance.request("GET", "/api/v3/ping", weight=20)
            except BudgetExhausted as error:
                await easy.clock.sleep((error.retry_at or 0) - easy.clock.wall())

    async def main(binance: Binance) -> None:
        await asyncio.gather(*(patiently(binance) for _ in range(1000)))

    easy.run(main)
    assert len(taken) == 1000
    minutes = [int(at // 60) for at in taken]
    assert max(minutes.count(minute) for minute in set(minutes)) * 20 <= 6000
    assert taken[-1] - taken[0] < 240


# Priorities


@pytest.mark.parametrize(
    ("endpoint", "priority"),
    [
        (endpoint_of(Calls.place_order), Priority.NORMAL),
        (endpoint_of(Calls.cancel_order), Priority.CANCEL),
        (endpoint_of(Calls.cancel_open_orders), Priority.CANCEL),
        (endpoint_of(Calls.cancel_replace), Priority.NORMAL),
        (endpoint_of(Calls.order), Priority.CANCEL),
        (endpoint_of(Calls.open_orders), Priority.CANCEL),
        (endpoint_of(Calls.order_list), Priority.CANCEL),
        (endpoint_of(UsCalls.order), Priority.CANCEL),
        (endpoint_of(Calls.all_orders), Priority.NORMAL),
        (endpoint_of(Calls.depth), Priority.BULK),
        (endpoint_of(Calls.klines), Priority.BULK),
        (endpoint_of(Calls.account), Priority.NORMAL),
        (endpoint_of(Calls.time), Priority.NORMAL),
        (endpoint_of(Calls.test_order), Priority.NORMAL),
        (loose("spot", "GET", "/api/v3/order", security=USER_DATA, weight=4), Priority.CANCEL),
        (loose("spot", "DELETE", "/api/v3/order", security=TRADE, weight=1), Priority.CANCEL),
        (loose("spot", "POST", "/api/v3/order", security=TRADE, weight=1), Priority.NORMAL),
        (loose("spot", "GET", "/api/v3/account", security=USER_DATA, weight=20), Priority.NORMAL),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_how_much_of_a_window_a_call_may_fill(endpoint: Any, priority: Priority) -> None:
    assert priority_of(endpoint) is priority
