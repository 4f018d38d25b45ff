"""How a call ends: what is repeated, what never is, and what a cancel, a wrong clock or a close leave behind."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Generator
from typing import TYPE_CHECKING, Any

import pytest

from binance_async import BINANCE_US, Binance
from binance_async.errors import (
    BinanceError,
    ClientClosed,
    ConnectFailed,
    CredentialsRequired,
    DecodeFailure,
    InvalidArgument,
    OutcomeUnknown,
    RefusedLocally,
    Rejected,
    Unavailable,
)
from binance_async.net.seams import Disconnected, NotConnected

if TYPE_CHECKING:
    from conftest import Keys, Sent, World

LIMIT: dict[str, Any] = {"time_in_force": "GTC", "quantity": "1", "price": "2", "new_order_resp_type": "ACK"}
LOST = Disconnected("connection lost: reset")
NO_NAME = NotConnected("the name has no address")


def place(binance: Binance, **arguments: Any) -> Awaitable[Any]:
    found: Awaitable[Any] = binance.spot.place_order("BTCUSDT", "BUY", "LIMIT", **{**LIMIT, **arguments})
    return found


class Exchange:
    """As much of an exchange as tells what became of an order. Its clock is `ahead` of the machine's."""

    def __init__(self, world: World, *, ahead: float = 0.0) -> None:
        self.world = world
        self.ahead = ahead
        self.orders: dict[str, dict[str, Any]] = {}
        self.attempts: Counter[str] = Counter()
        """Writes seen, by client order id."""
        self.refusals = 0
        world.http.always("/api/v3/order", self.order)
        world.http.always("/api/v3/time", self.time)

    def now(self) -> float:
        return self.world.clock.monotonic() + 1_700_000_000 + self.ahead

    def time(self, sent: Sent) -> Any:
        return self.world.json({"serverTime": int(self.now() * 1000)})

    def order(self, sent: Sent) -> Any:
        params = sent.params
        behind = self.now() * 1000 - int(params["timestamp"])
        if sent.method != "GET":
            self.attempts[params["newClientOrderId"]] += 1
        if behind > float(params.get("recvWindow", 5000)) or behind <= -1000:
            self.refusals += 1
            return self.world.error(-1021, "Timestamp for this request is outside of the recvWindow.")
        if sent.method == "GET":
            found = self.orders.get(params["origClientOrderId"])
            return self.world.json(found) if found else self.world.error(-2013, "Order does not exist.")
        now = int(self.now() * 1000)
        self.orders[params["newClientOrderId"]] = self.world.order(sent) | {
            "executedQty": "0", "origQty": "1", "cummulativeQuoteQty": "0", "origQuoteOrderQty": "0", "price": "2",
            "status": "NEW", "timeInForce": "GTC", "type": "LIMIT", "side": "BUY", "isWorking": True,
            "time": now, "updateTime": now,
        }  # fmt: skip
        return self.world.json(self.world.order(sent))


# Before anything is sent


@pytest.mark.parametrize(
    ("call", "named", "needs"),
    [
        (place, "spot.place_order", r"a key and its secret \(TRADE\)"),
        (lambda b: b.spot.account(), "spot.account", r"a key and its secret \(USER_DATA\)"),
        (lambda b: b.spot.historical_trades("BTCUSDT"), "spot.historical_trades", None),
        (lambda b: b.spot.start_user_data_stream(), "spot.start_user_data_stream", r"an API key \(USER_STREAM\)"),
        (lambda b: b.request("GET", "/api/v3/x", security="USER_DATA"), "GET /api/v3/x", "a key and its secret"),
        (lambda b: b.request("GET", "/api/v3/x", security="MARKET_DATA"), "GET /api/v3/x", "an API key"),
    ],
)
def test_without_a_key(world: World, call: Any, named: str, needs: str | None) -> None:
    if needs is None:  # free since the documents of 2024; older ones ask for a key
        world.http.then(world.json([]))
        world.run(call)
        return
    with pytest.raises(CredentialsRequired, match=needs) as caught:
        world.run(call)
    assert caught.value.call == named
    assert str(caught.value).startswith(f"{named}: ")
    assert world.http.sent == []


@pytest.mark.parametrize(
    "call",
    [
        lambda b: b.us.withdraw(coin="BTC", network="BTC", address="address", amount="1"),
        lambda b: b.request("POST", "/sapi/v1/capital/withdraw/apply", {"coin": "BTC"}, security="USER_DATA"),
        lambda b: b.request("POST", "/sapi/v9/brand-new/%74ransfer", security="USER_DATA"),
    ],
)
def test_money_does_not_leave_unasked(world: World, keys: Keys, call: Any) -> None:
    async def main(binance: Binance) -> None:
        try:
            await call(binance)
        except InvalidArgument:
            pytest.fail("the call itself is wrong")

    with pytest.raises(RefusedLocally, match="moves money out"):
        world.run(main, keys.hmac, environment=BINANCE_US)
    assert world.http.sent == []


@pytest.mark.parametrize("allowed", ["POST /sapi/v1/capital/withdraw/apply", "/sapi/v1/capital/withdraw/apply"])
def test_money_leaves_when_it_is_meant(world: World, keys: Keys, allowed: str) -> None:
    world.http.then(world.json({"id": "1"}))

    async def main(binance: Binance) -> Any:
        return await binance.request("POST", "/sapi/v1/capital/withdraw/apply", {"coin": "BTC"}, security="USER_DATA")

    assert world.run(main, keys.hmac, environment=BINANCE_US, allow_transfers={allowed}) == {"id": "1"}


def test_a_guard_comes_before_the_key(world: World) -> None:
    with pytest.raises(RefusedLocally):
        world.run(lambda b: b.request("POST", "/sapi/v1/asset/dust", security="USER_DATA"))


# Repeating


FAILURES: list[Any] = [LOST, NO_NAME, 502, 500, b"<html>", b""]


def failure(world: World, kind: Any) -> Any:
    if isinstance(kind, int):
        return world.error(-1000, status=kind)
    return world.raw(kind) if isinstance(kind, bytes) else kind


@pytest.mark.parametrize("kind", FAILURES)
def test_a_read_is_asked_again(world: World, kind: Any) -> None:
    world.http.then(failure(world, kind), world.json({"serverTime": 5}))
    assert world.run(lambda binance: binance.spot.time()).server_time == 5
    assert len(world.http.sent) == 2


@pytest.mark.parametrize("kind", FAILURES)
def test_a_read_is_not_asked_for_ever(world: World, kind: Any) -> None:
    world.http.always("*", failure(world, kind))
    with pytest.raises((Unavailable, ConnectFailed, DecodeFailure)):
        world.run(lambda binance: binance.spot.time())
    assert 2 <= len(world.http.sent) <= 5
    assert world.http.sent[-1].at < 60.0


def test_a_signed_read_is_signed_anew_each_time(world: World, keys: Keys) -> None:
    world.http.then(world.after(3, LOST), world.error(-2013))
    with pytest.raises(Rejected):
        world.run(lambda binance: binance.spot.order("BTCUSDT", order_id=1), keys.hmac)
    first, second = world.http.sent
    assert int(second.params["timestamp"]) - int(first.params["timestamp"]) >= 3000
    assert keys.hmac.verify(second.payload, second.signature)


@pytest.mark.parametrize("status", [400, 401, 403, 418, 429, 451])
def test_a_refused_read_is_not_asked_again(world: World, status: int) -> None:
    world.http.then(world.error(-1121, status=status))
    with pytest.raises(Rejected):
        world.run(lambda binance: binance.spot.time())
    assert len(world.http.sent) == 1


def test_a_broken_exchange_is_not_hammered(world: World) -> None:
    """The retries of all calls come from one quota."""
    world.http.always("*", LOST)

    async def main(binance: Binance) -> None:
        for _ in range(400):
            with pytest.raises(Unavailable):
                await binance.spot.time()

    world.run(main)
    sent = len(world.http.sent)
    assert 400 < sent < 600
    assert [s.path for s in world.http.sent[-50:]] == ["/api/v3/time"] * 50


def test_the_quota_comes_back_with_success(world: World) -> None:
    world.http.always("*", LOST)

    async def attempts(binance: Binance) -> int:
        before = len(world.http.sent)
        with pytest.raises(Unavailable):
            await binance.spot.time()
        return len(world.http.sent) - before

    async def main(binance: Binance) -> None:
        while await attempts(binance) > 1:
            pass
        assert await attempts(binance) == 1
        world.http.always("*", world.json({"serverTime": 1}))
        for _ in range(100):
            await binance.spot.time()
        world.http.always("*", LOST)
        assert await attempts(binance) > 1

    world.run(main)


# The clock


@pytest.mark.parametrize("ahead", [-3600.0, -31.5, 30.0, 3600.0])
@pytest.mark.parametrize("kind", ["read", "order"])
def test_a_wrong_clock_is_measured_and_the_call_signed_anew_once(
    world: World, keys: Keys, ahead: float, kind: str
) -> None:
    exchange = Exchange(world, ahead=ahead)

    async def main(binance: Binance) -> None:
        if kind == "order":
            await place(binance, new_client_order_id="mine")
        else:
            with pytest.raises(Rejected, match="-2013"):
                await binance.spot.order("BTCUSDT", orig_client_order_id="mine")
        first, second = world.http.to("/api/v3/order")
        assert abs(int(second.params["timestamp"]) - exchange.now() * 1000) < 500
        assert first.params["timestamp"] != second.params["timestamp"]
        assert keys.hmac.verify(second.payload, second.signature)
        changed = {"timestamp", "signature"}
        assert {name: value for name, value in first.pairs if name not in changed} == {
            name: value for name, value in second.pairs if name not in changed
        }

    world.run(main, keys.hmac)
    assert exchange.refusals == 1
    assert len(exchange.orders) == (1 if kind == "order" else 0)
    assert 1 <= len(world.http.to("/api/v3/time")) <= 5


def test_what_was_measured_is_kept(world: World, keys: Keys) -> None:
    exchange = Exchange(world, ahead=3600.0)

    async def main(binance: Binance) -> None:
        await place(binance)
        measured = len(world.http.to("/api/v3/time"))
        for _ in range(20):
            await place(binance)
            await world.clock.sleep(10)
        assert len(world.http.to("/api/v3/time")) == measured

    world.run(main, keys.hmac)
    assert exchange.refusals == 1


@pytest.mark.parametrize("kind", ["read", "order"])
def test_a_second_refusal_is_told(world: World, keys: Keys, kind: str) -> None:
    world.http.always("/api/v3/order", world.error(-1021))
    world.http.always("/api/v3/time", lambda _: world.json({"serverTime": int(world.clock.wall() * 1000)}))

    async def main(binance: Binance) -> None:
        await (place(binance) if kind == "order" else binance.spot.order("BTCUSDT", order_id=1))

    with pytest.raises(Rejected) as caught:
        world.run(main, keys.hmac)
    assert caught.value.code == -1021
    assert len(world.http.to("/api/v3/order")) == 2


@pytest.mark.parametrize("answer", [LOST, NO_NAME, b"<html>", "hang"])
def test_an_order_is_signed_anew_even_if_the_clock_cannot_be_asked(world: World, keys: Keys, answer: Any) -> None:
    orders = iter([world.error(-1021), None])
    world.http.always("/api/v3/order", lambda sent: next(orders) or world.json(world.order(sent)))
    world.http.always("/api/v3/time", world.after(99, None) if answer == "hang" else failure(world, answer))
    world.run(place, keys.hmac)
    first, second = world.http.to("/api/v3/order")
    assert second.at - first.at <= 10.0, "an order that is late is another order"
    assert int(second.params["timestamp"]) - int(first.params["timestamp"]) == int((second.at - first.at) * 1000)


def test_the_second_attempt_may_be_lost_like_any_other(world: World, keys: Keys) -> None:
    orders = iter([world.error(-1021), LOST])
    world.http.always("/api/v3/order", lambda sent: next(orders))
    world.http.always("/api/v3/time", world.json({"serverTime": 1_700_000_000_000}))
    with pytest.raises(OutcomeUnknown):
        world.run(place, keys.hmac, resolve_outcomes=False)
    assert len(world.http.to("/api/v3/order")) == 2


def test_calls_side_by_side_share_one_measurement(world: World, keys: Keys) -> None:
    exchange = Exchange(world, ahead=100.0)
    order = exchange.order
    world.http.always("/api/v3/order", world.after(0.05, order))
    world.http.always("/api/v3/time", world.after(0.05, exchange.time))

    async def main(binance: Binance) -> None:
        await asyncio.gather(*(place(binance) for _ in range(50)))

    world.run(main, keys.hmac)
    assert len(exchange.orders) == 50
    assert max(exchange.attempts.values()) == 2
    assert len(world.http.to("/api/v3/time")) <= 5


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
def test_one_refusal_a_jump_of_the_machine_s_clock_at_most(world: World, keys: Keys, jump: float) -> None:
    exchange = Exchange(world)

    async def main(binance: Binance) -> None:
        for _ in range(5):
            await place(binance)
            world.clock.jump(jump)
            await world.clock.sleep(1)

    world.run(main, keys.hmac)
    assert exchange.refusals <= 1
    assert len(exchange.orders) == 5


def test_after_a_refusal_what_was_measured_before_counts_no_more(world: World, keys: Keys) -> None:
    """The old measurement was quick and is wrong now; the new one is slow, and leaves room for the old one."""
    exchange = Exchange(world, ahead=100.0)

    async def main(binance: Binance) -> None:
        await place(binance)
        exchange.ahead = 98.0
        world.http.always("/api/v3/time", world.after(2.0, lambda s: world.after(2.0, exchange.time(s))))
        await place(binance)

    world.run(main, keys.hmac)
    assert exchange.refusals == 2
    assert len(exchange.orders) == 2


@pytest.mark.parametrize("code", [-1022, -2015, -1003])
def test_other_refusals_are_not_tried_again(world: World, keys: Keys, code: int) -> None:
    world.http.then(world.error(code))
    with pytest.raises(Rejected):
        world.run(place, keys.hmac)
    assert len(world.http.sent) == 1


def test_a_call_that_is_not_signed_has_no_timestamp_to_mend(world: World, keys: Keys) -> None:
    world.http.then(world.error(-1021))
    with pytest.raises(Rejected):
        world.run(lambda binance: binance.spot.start_user_data_stream(), keys.hmac)
    assert len(world.http.sent) == 1


# Lost outcomes


@pytest.mark.parametrize("happened", [True, False])
def test_a_lost_order_is_looked_up_and_never_sent_again(world: World, keys: Keys, happened: bool) -> None:
    exchange = Exchange(world)

    def lose(sent: Sent) -> Any:
        if sent.method == "GET":
            return exchange.order(sent)
        if happened:
            exchange.order(sent)
        else:
            exchange.attempts[sent.params["newClientOrderId"]] += 1
        return LOST

    world.http.always("/api/v3/order", lose)

    async def main(binance: Binance) -> Any:
        try:
            return await place(binance, new_client_order_id="mine")
        except OutcomeUnknown as error:
            return error

    found = world.run(main, keys.hmac)
    assert exchange.attempts == {"mine": 1}
    if happened:
        assert (found.order_id, found.client_order_id) == (28, "mine")
    else:
        assert type(found).__name__ == "AbsentAfterFence"


def test_without_resolution_the_caller_is_told_at_once(world: World, keys: Keys) -> None:
    world.http.then(LOST)
    with pytest.raises(OutcomeUnknown, match=r"connection lost: reset") as caught:
        world.run(place, keys.hmac, resolve_outcomes=False)
    assert caught.value.client_order_id == world.http.sent[0].params["newClientOrderId"]
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


# Cancelling


class CancelAt:
    """Awaits something, and cancels the task when that suspends for the n-th time."""

    def __init__(self, work: Awaitable[Any], at: int) -> None:
        self.work = work
        self.at = at
        self.suspensions = 0

    def __await__(self) -> Generator[Any, Any, Any]:
        inner = self.work.__await__()
        step: Callable[[], Any] = lambda: next(inner)  # noqa: E731
        while True:
            try:
                waited_for = step()
            except StopIteration as stop:
                return stop.value
            self.suspensions += 1
            if self.suspensions == self.at:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            try:
                yield waited_for
            except BaseException as error:
                thrown = error
                step = lambda: inner.throw(thrown)  # type: ignore[attr-defined] # noqa: B023, E731
            else:
                step = lambda: next(inner)  # noqa: E731


async def cancelled_at(work: Awaitable[Any], at: int) -> bool:
    """Whether the work was cancelled there; false if it ended before."""

    async def run() -> None:
        await CancelAt(work, at)

    task = asyncio.ensure_future(run())
    await asyncio.wait({task})
    if task.cancelled():
        return True
    if (error := task.exception()) is not None and not isinstance(error, BinanceError):
        raise error
    return False


def scene(world: World, name: str) -> tuple[Exchange, Callable[[Binance], Awaitable[Any]]]:
    """An exchange with a fault, and a call that meets it."""
    exchange = Exchange(world, ahead=100.0 if name == "wrong clock" else 0.0)
    order, fails = exchange.order, iter([True])
    if name == "failing read":
        world.http.always("/api/v3/time", world.after(0.1, lambda s: LOST if next(fails, False) else exchange.time(s)))
        return exchange, lambda binance: binance.spot.time()

    def answer(sent: Sent) -> Any:
        found = order(sent)  # at once: the exchange does what it is told, whoever still waits for the answer
        return world.after(0.1, LOST if name == "lost order" and sent.method == "POST" else found)

    world.http.always("/api/v3/order", answer)
    world.http.always("/api/v3/time", world.after(0.1, exchange.time))
    return exchange, lambda binance: place(binance, new_client_order_id="mine")


@pytest.mark.parametrize("name", ["slow order", "lost order", "wrong clock", "failing read"])
def test_a_cancel_at_any_point_leaves_nothing_behind(new_world: Callable[[], World], keys: Keys, name: str) -> None:
    points = 0
    for at in range(1, 50):
        world = new_world()
        exchange, call = scene(world, name)

        async def main(binance: Binance, at: int = at, call: Any = call, world: World = world) -> bool:
            was_cancelled = await cancelled_at(call(binance), at)
            await world.clock.sleep(60)  # what goes on by itself comes to its end
            found = binance.diagnostics()
            assert found["tasks"] == min(1, found["outcomes"].get("spot", {}).get("absent", 0))  # who looks for it
            assert world.http.in_flight == 0
            assert all(w["in_flight"] == 0 for s in found["limits"].values() for w in s["windows"])
            return was_cancelled

        was_cancelled = world.run(main, keys.hmac)
        most = 2 if name == "wrong clock" else 1
        assert exchange.attempts["mine"] <= most
        assert len([s for s in world.http.sent if s.method == "POST"]) == exchange.attempts["mine"]
        if not was_cancelled:
            break
        points += 1
    else:
        pytest.fail("the call has no end")
    assert points >= 1


def test_a_cancelled_order_is_looked_up_all_the_same(world: World, keys: Keys) -> None:
    _, call = scene(world, "slow order")

    async def main(binance: Binance) -> None:
        assert await cancelled_at(call(binance), 1)
        await world.clock.sleep(60)
        assert binance.diagnostics()["outcomes"]["spot"] == {"unknown": 1, "resolved": 1, "absent": 0, "alarms": 0}

    world.run(main, keys.hmac)
    assert [sent.method for sent in world.http.to("/api/v3/order")] == ["POST", "GET"]


def test_a_cancel_before_the_first_byte_starts_no_search(world: World, keys: Keys) -> None:
    """The adapter says so of a request that was still connecting."""
    cancelled = asyncio.CancelledError()
    cancelled.sent = False  # type: ignore[attr-defined]
    world.http.then(cancelled)

    async def main(binance: Binance) -> None:
        with pytest.raises(asyncio.CancelledError):
            await place(binance)
        await world.clock.sleep(60)
        found = binance.diagnostics()
        assert found["outcomes"]["spot"]["unknown"] == 0
        assert all(window["used"] == 0 for window in found["limits"]["spot"]["windows"])

    world.run(main, keys.hmac)
    assert len(world.http.sent) == 1


def test_a_cancel_between_two_signatures_starts_no_search(world: World, keys: Keys) -> None:
    exchange = Exchange(world, ahead=100.0)
    world.http.always("/api/v3/time", world.after(5, exchange.time))

    async def main(binance: Binance) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await place(binance)
        await world.clock.sleep(60)
        assert binance.diagnostics()["outcomes"]["spot"]["unknown"] == 0

    world.run(main, keys.hmac)
    assert len(world.http.to("/api/v3/order")) == 1


def test_a_cancelled_call_does_not_stop_the_measurement_for_others(world: World, keys: Keys) -> None:
    exchange = Exchange(world, ahead=100.0)
    world.http.always("/api/v3/time", world.after(1, exchange.time))

    async def main(binance: Binance) -> None:
        hasty = asyncio.ensure_future(place(binance))
        await asyncio.sleep(0.1)
        patient = asyncio.ensure_future(place(binance))
        await asyncio.sleep(0.1)
        hasty.cancel()
        await patient
        with pytest.raises(asyncio.CancelledError):
            await hasty

    world.run(main, keys.hmac)
    assert len(exchange.orders) == 1


# Closing


CLOSINGS = [
    *("sent read", "sent order", "waiting to retry", "waiting for room", "looking for an order"),
    "measuring the clock",
]


async def after_it(binance: Binance) -> None:
    """A read that finds the window full, seconds before the next one."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await binance.spot.time()


@pytest.mark.parametrize("name", CLOSINGS)
def test_closing_ends_what_is_under_way(world: World, keys: Keys, name: str) -> None:
    exchange = Exchange(world, ahead=100.0 if name == "measuring the clock" else 0.0)
    hang = world.after(9999, None)
    call: Callable[[Binance], Awaitable[Any]] = place
    if name == "sent read":
        world.http.always("/api/v3/time", hang)
        call = lambda b: b.spot.time()  # noqa: E731
    elif name == "waiting to retry":
        world.http.always("/api/v3/time", LOST)
        call = lambda b: b.spot.time()  # noqa: E731
    elif name == "waiting for room":
        world.http.always("/api/v3/time", world.json({"serverTime": 1}, x_mbx_used_weight_1m="6000"))
        call = lambda b: asyncio.gather(b.spot.time(), after_it(b))  # noqa: E731
    elif name == "sent order":
        world.http.always("/api/v3/order", hang)
    elif name == "looking for an order":
        world.http.always("/api/v3/order", lambda s: LOST if s.method == "POST" else world.error(-2013))
    else:
        world.http.always("/api/v3/time", hang)
    expected: type[BinanceError] = OutcomeUnknown if name in ("sent order", "looking for an order") else ClientClosed

    async def main() -> None:
        loop = asyncio.get_running_loop()
        binance = world.client(keys.hmac)
        if name == "waiting for room":
            world.clock.set_wall(1_700_000_035.0)  # five seconds before a minute begins
        task = asyncio.ensure_future(call(binance))
        await asyncio.sleep(0.01)
        assert world.http.sent
        assert not task.done()
        started = loop.time()
        await binance.close()
        await asyncio.wait({task}, timeout=0.5)
        assert loop.time() - started < 1.0
        assert task.done()
        assert not task.cancelled(), "nobody has cancelled the caller"
        assert type(task.exception()) is expected
        sent = len(world.http.sent)
        await asyncio.sleep(3600)
        assert len(world.http.sent) == sent
        assert binance.diagnostics()["tasks"] == 0

    world.run_loop(main)
    assert world.http.closed == 1
    assert len(exchange.orders) == 0


def test_a_caller_who_is_cancelled_while_the_client_closes_is_cancelled(world: World, keys: Keys) -> None:
    world.http.always("/api/v3/order", lambda s: LOST if s.method == "POST" else world.error(-2013))

    async def main() -> None:
        binance = world.client(keys.hmac)
        task = asyncio.ensure_future(place(binance))
        await asyncio.sleep(0.01)
        closing = asyncio.ensure_future(binance.close())
        task.cancel()
        await closing
        await asyncio.wait({task})
        assert task.cancelled()

    world.run_loop(main)
