"""A WebSocket API session: logging on, requests in flight, limits, losses and hand-overs, and how it ends.

What becomes of orders when things go wrong is in `scenarios/orders`.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from binance_async import Binance, Timings
from binance_async.core.endpoint import Bound, endpoint_of
from binance_async.errors import (
    BudgetExhausted,
    ClientClosed,
    ConnectFailed,
    CredentialsRequired,
    DecodeFailure,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
    UnsupportedRoute,
)
from binance_async.net.virtual import run_virtual
from binance_async.session.connection import State
from binance_async.session.websocket_api import ApiConnection, WebsocketApi
from binance_async.simulator import Simulator
from binance_async.simulator.actions import (
    Ban,
    Close,
    ForeignWeight,
    LoseReply,
    Push,
    Refuse,
    RefuseHandshake,
    ReplaceReply,
    Reset,
    Revoke,
    SlowReply,
    Unreachable,
)
from binance_async.spot import Calls, WebsocketCalls
from tests.chaos.trader import Desk, open_desk

SIGNED = ["hmac", "rsa"]


def play(
    story: Callable[[Desk], Awaitable[Any]], route: str = "hmac", *, latency: tuple[float, float] = (0.01, 0.01),
    **options: Any,
) -> Any:  # fmt: skip
    """A story on a desk; nothing may be left when it is over."""

    async def main() -> Any:
        before = asyncio.all_tasks()
        async with open_desk(1, route, latency=latency, **options) as desk:
            result = await story(desk)
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == before
        return result

    return run_virtual(main())


def session(desk: Desk) -> WebsocketApi:
    found: WebsocketApi = desk.api._session
    return found


def current(desk: Desk) -> ApiConnection:
    connection = session(desk).link.current
    assert isinstance(connection, ApiConnection)
    return connection


def frames(desk: Desk) -> list[dict[str, Any]]:
    """What the client will have sent from now on."""
    sent: list[dict[str, Any]] = []
    socket: Any = current(desk)._socket
    original = socket.send

    def send(data: bytes) -> None:
        sent.append(json.loads(data))
        original(data)

    current(desk)._socket = _Spy(socket, send)  # type: ignore[assignment]
    return sent


class _Spy:
    def __init__(self, socket: Any, send: Any) -> None:
        self._socket = socket
        self.send = send

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)


async def market(desk: Desk, key: str = "mine") -> Any:
    return await desk.api.place_order("BTCUSDT", "BUY", "MARKET", quantity="0.001", new_client_order_id=key)


# Frames


def test_a_public_call_is_method_and_parameters() -> None:
    async def story(desk: Desk) -> None:
        sent = frames(desk)
        await desk.api.klines("BTCUSDT", "1m", limit=2)
        await desk.api.time()
        assert [frame["method"] for frame in sent] == ["klines", "time"]
        assert sent[0]["params"] == {"symbol": "BTCUSDT", "interval": "1m", "limit": 2}
        assert sent[1].keys() == {"id", "method"}
        assert sent[1]["id"] > sent[0]["id"]

    play(story)


@pytest.mark.parametrize("route", ["hmac", "ed25519"])
def test_a_signed_call_is_signed_unless_the_session_is_logged_on(route: str) -> None:
    async def story(desk: Desk) -> None:
        sent = frames(desk)
        await market(desk)
        await desk.api.account()
        for frame in sent:
            assert "timestamp" in frame["params"]
            assert ("signature" in frame["params"]) == ("apiKey" in frame["params"]) == (route == "hmac")
        logons = desk.exchange.history.requests(call="session_logon")
        assert len(logons) == (1 if route == "ed25519" else 0)

    play(story, route)


@pytest.mark.parametrize("route", ["hmac", "ed25519"])
def test_a_call_that_needs_the_key_alone(route: str) -> None:
    async def story(desk: Desk) -> None:
        sent = frames(desk)
        await desk.api.start_user_data_stream()
        params = sent[0].get("params", {})
        assert params.keys() == (set() if route == "ed25519" else {"apiKey"})

    play(story, route, edition=2025)


def test_rsa_keys_sign_each_request() -> None:
    async def main() -> None:
        async with (
            Simulator(transport="memory") as exchange,
            Binance(exchange.keys["rsa"].credentials, environment=exchange.environment) as binance,
            binance.spot.websocket() as spot,
        ):
            assert (await spot.account()).uid
            assert exchange.history.requests(call="session_logon") == []

    run_virtual(main())


def test_the_client_s_recv_window_goes_with_every_signed_call() -> None:
    async def story(desk: Desk) -> None:
        desk.binance._manager.recv_window = "1234.5"
        sent = frames(desk)
        await desk.api.account()
        await desk.api.account(recv_window=50)
        await desk.api.time()
        assert [frame.get("params", {}).get("recvWindow") for frame in sent] == ["1234.5", "50", None]

    play(story)


def test_the_time_unit_is_asked_for_in_the_address() -> None:
    async def main() -> None:
        async with (
            Simulator(transport="memory") as exchange,
            Binance(environment=exchange.environment, time_unit="microseconds") as binance,
            binance.spot.websocket() as spot,
        ):
            assert (await spot.time()).server_time > 10**15
            assert exchange.history.connections()[0].target == "/ws-api/v3?timeUnit=MICROSECOND"

    run_virtual(main())


def test_a_call_that_only_rest_has() -> None:
    rest_only = endpoint_of(Calls.time)

    async def story(desk: Desk) -> None:
        api = session(desk)
        ws, rest_only.ws = rest_only.ws, None
        try:
            with pytest.raises(UnsupportedRoute, match="REST does"):
                await desk.api.time()
        finally:
            rest_only.ws = ws
        assert api.late_replies == 0

    play(story)


def test_without_a_key_public_calls_work_and_others_say_what_they_need() -> None:
    async def main() -> None:
        async with (
            Simulator(transport="memory") as exchange,
            Binance(environment=exchange.environment) as binance,
            binance.spot.websocket() as spot,
        ):
            assert (await spot.time()).server_time
            with pytest.raises(CredentialsRequired):
                await spot.account()

    run_virtual(main())


def test_an_environment_without_a_websocket_api() -> None:
    from binance_async import Environment

    async def main() -> None:
        async with Simulator(transport="memory") as exchange:
            seams = exchange.environment.seams
            without = Environment.custom(
                "spot", rest=exchange.urls["rest"], extra_hosts=["api.spot.simulated"], seams=seams
            )
            async with Binance(environment=without) as binance:
                with pytest.raises(UnsupportedRoute):
                    await binance.spot.websocket().open()

    run_virtual(main())


def test_replies_side_by_side_come_in_any_order() -> None:
    async def story(desk: Desk) -> None:
        for nth, delay in enumerate((0.3, 0.1, 0.2), 1):
            desk.exchange.faults.add(SlowReply(delay), call="trades", nth=nth)
        for number in range(3):
            await market(desk, f"trade-{number}")
        limits = [1, 2, 3]
        order: list[int] = []

        async def ask(limit: int) -> None:
            assert len(await desk.api.trades("BTCUSDT", limit=limit)) == limit
            order.append(limit)

        asked = [asyncio.ensure_future(ask(limit)) for limit in limits]
        await asyncio.sleep(0.05)
        assert len(current(desk).pending) == 3
        await asyncio.gather(*asked)
        assert order == [2, 3, 1]
        assert current(desk).pending == {}

    play(story)


# Answers


ANSWERS: list[tuple[Any, Any, Any]] = [
    (Refuse(400, -1121, "Invalid symbol."), Rejected, Rejected),
    (Refuse(500, -1000, "Unknown."), Unavailable, OutcomeUnknown),
    (Refuse(504, -1007, "Timeout."), Unavailable, OutcomeUnknown),
    (ReplaceReply(200, '{"unexpected": true}'), DecodeFailure, OutcomeUnknown),
    (ReplaceReply(200, "null"), DecodeFailure, OutcomeUnknown),
    (ReplaceReply(200, "17"), DecodeFailure, OutcomeUnknown),
    (ReplaceReply(200, "<html>"), Unavailable, OutcomeUnknown),  # which is no reply at all
    (ReplaceReply(0), Unavailable, OutcomeUnknown),
    (ReplaceReply(301), Unavailable, OutcomeUnknown),
]


@pytest.mark.parametrize(("answer", "read", "write"), ANSWERS, ids=[str(answer)[:60] for answer, _, _ in ANSWERS])
def test_what_an_answer_proves(answer: Any, read: type[BaseException], write: type[BaseException]) -> None:
    async def story(desk: Desk) -> None:
        desk.binance._manager.resolve_outcomes = False
        desk.exchange.faults.add(answer, call="account")
        desk.exchange.faults.add(answer, call="place_order")
        with pytest.raises(read):
            await desk.api.account()
        with pytest.raises(write) as caught:
            await market(desk)
        assert getattr(caught.value, "client_order_id", "mine") == "mine"

    play(story)


def test_a_read_that_got_no_answer_is_asked_again_on_the_same_socket() -> None:
    async def story(desk: Desk) -> None:
        desk.exchange.faults.add(LoseReply("silence"), call="time", times=1)
        loop = asyncio.get_running_loop()
        started = loop.time()
        assert (await desk.api.time()).server_time
        assert 10 < loop.time() - started < 11.1
        assert session(desk).link.connects == 1

    play(story)


def test_a_reply_in_the_turn_in_which_time_is_up_counts() -> None:
    """Our own loop stood still: the reply and the end of the time are found in one turn."""

    async def story(desk: Desk) -> None:
        desk.exchange.faults.add(LoseReply("silence"), call="time")
        task = asyncio.ensure_future(desk.api.time())
        await asyncio.sleep(0.1)
        loop: Any = asyncio.get_running_loop()
        connection, (request_id,) = current(desk), current(desk).pending
        reply = f'{{"id":{request_id},"status":200,"result":{{"serverTime":5}}}}'.encode()
        loop.call_later(9.8, connection.on_message, reply)
        loop._now += 60
        assert (await task).server_time == 5
        assert session(desk).late_replies == 0

    play(story)


# Logging on


def test_each_connection_logs_on() -> None:
    async def story(desk: Desk) -> None:
        for number in range(1, 4):
            assert (await desk.api.session_status()).api_key == desk.exchange.keys["ed25519"].api_key
            assert len(desk.exchange.history.requests(call="session_logon")) == number
            if number == 1:
                session(desk).link.rotate()
            else:
                desk.exchange.faults.now(Reset(), door="ws_api")
            await asyncio.sleep(1)
        assert (await desk.api.account()).uid

    play(story, "ed25519")


def test_a_connection_is_not_ready_before_it_is_logged_on() -> None:
    async def story(desk: Desk) -> None:
        desk.exchange.faults.add(SlowReply(2.0), call="session_logon")
        desk.exchange.faults.now(Reset(), door="ws_api")
        await asyncio.sleep(0.5)
        assert session(desk).link.current is None
        with pytest.raises(ConnectFailed):
            await market(desk)
        read = asyncio.ensure_future(desk.api.account())
        await asyncio.sleep(0.5)
        assert not read.done()
        await read

    play(story, "ed25519")


def test_a_kill_during_the_log_on_is_followed_by_another_try() -> None:
    async def story(desk: Desk) -> None:
        desk.exchange.faults.add(Reset(), call="session_logon", times=2)
        desk.exchange.faults.now(Reset(), door="ws_api")
        await asyncio.sleep(5)
        assert (await desk.api.account()).uid
        assert session(desk).link.connects == 4

    play(story, "ed25519")


@pytest.mark.parametrize("seconds", [3600.0, -3600.0])
def test_a_wrong_clock_is_measured_before_the_log_on_is_tried_again(seconds: float) -> None:
    async def main() -> None:
        async with Simulator(transport="memory") as exchange:
            exchange.client_clock.jump(seconds)
            credentials = exchange.keys["ed25519"].credentials
            async with (
                Binance(credentials, environment=exchange.environment) as binance,
                binance.spot.websocket() as spot,
            ):
                assert (await spot.account()).uid
            assert [r.status for r in exchange.history.requests(call="session_logon")] == [400, 200]
            assert len(exchange.history.connections()) == 1

    run_virtual(main())


def test_a_key_that_is_refused_ends_the_opening_at_once() -> None:
    async def story(desk: Desk) -> None:
        desk.exchange.faults.now(Revoke())
        before = len(desk.exchange.history.connections("ws_api"))
        with pytest.raises(Rejected) as caught:
            await desk.binance.spot.websocket().open()
        assert caught.value.code == -2015
        assert len(desk.exchange.history.connections("ws_api")) == before + 1
        assert desk.binance.diagnostics()["tasks"] == 2  # those of the first session

    play(story, "ed25519")


@pytest.mark.parametrize("pending", [0, 50])
def test_a_key_that_is_revoked_ends_the_session_for_good(pending: int) -> None:
    async def story(desk: Desk) -> None:
        loop = asyncio.get_running_loop()
        desk.exchange.faults.add(SlowReply(8.0), call="klines")
        reads = [asyncio.ensure_future(desk.api.klines("BTCUSDT", "1m")) for _ in range(pending)]
        await asyncio.sleep(0.1)
        desk.exchange.faults.now(Revoke())
        started = loop.time()
        with pytest.raises(ClientClosed, match=r"this session has ended: .*-2015"):
            await desk.api.account()
        for read in reads:
            with pytest.raises(ClientClosed, match="-2015"):
                await read
        assert loop.time() - started < 1.0
        assert session(desk).late_replies == 1
        for call in (desk.api.time, lambda: market(desk)):
            with pytest.raises(ClientClosed, match="has ended"):
                await call()
        await asyncio.sleep(3600)
        assert len(desk.exchange.history.connections("ws_api")) == 2, "nothing is tried in vain"

    play(story, "ed25519")


def test_an_order_that_was_pending_when_the_key_was_revoked_is_unknown() -> None:
    async def story(desk: Desk) -> None:
        desk.exchange.faults.add(SlowReply(8.0), call="place_order")
        order = asyncio.ensure_future(market(desk))
        await asyncio.sleep(0.1)
        desk.exchange.faults.now(Revoke())
        with pytest.raises(ClientClosed):
            await desk.api.account()
        with pytest.raises(OutcomeUnknown, match="could not be looked up"):
            await order

    play(story, "ed25519")


def test_a_message_without_an_id_means_nothing_where_nobody_is_logged_on() -> None:
    async def story(desk: Desk) -> None:
        desk.exchange.faults.now(Push('{"id":null,"status":401,"error":{"code":-2015,"msg":"No."}}'), door="ws_api")
        assert (await desk.api.account()).uid
        assert (session(desk).late_replies, session(desk).link.losses) == (1, 0)

    play(story, "hmac")


def test_a_log_on_that_was_ended_and_can_be_renewed_is_renewed() -> None:
    async def story(desk: Desk) -> None:
        desk.exchange.faults.now(Push('{"id":null,"status":401,"error":{"code":-2015,"msg":"No."}}'), door="ws_api")
        await asyncio.sleep(1)
        assert (await desk.api.account()).uid
        assert (session(desk).late_replies, session(desk).link.losses) == (1, 1)

    play(story, "ed25519")


def test_who_logs_off_by_hand_signs_from_then_on() -> None:
    async def story(desk: Desk) -> None:
        sent = frames(desk)
        await desk.api.session_logout()
        assert (await desk.api.account()).uid
        assert "signature" in sent[-1]["params"]
        await desk.api.session_logon()
        assert (await desk.api.account()).uid
        assert "signature" not in sent[-1]["params"]

    play(story, "ed25519")


# Limits


def weight(desk: Desk) -> int:
    rows = desk.binance.diagnostics()["limits"]["spot"]["windows"]
    found: int = next(row["used"] for row in rows if row["kind"] == "REQUEST_WEIGHT")
    return found


def test_rate_limits_of_replies_feed_the_budget_that_rest_shares() -> None:
    async def story(desk: Desk) -> None:
        await asyncio.sleep(1)  # a count told at the very edge of a window could be of the one before
        desk.exchange.faults.now(ForeignWeight(1_000))
        await desk.api.time()
        assert 1_000 <= weight(desk) < 1_010
        await desk.binance.spot.account()
        assert 1_020 <= weight(desk) < 1_040
        desk.exchange.faults.now(ForeignWeight(4_500))
        await desk.api.time()
        with pytest.raises(BudgetExhausted):
            await desk.binance.spot.depth("BTCUSDT", limit=5000)

    play(story)


@pytest.mark.parametrize("rows", ["[]", "null", "17", '[{"rateLimitType": 5}]', '"x"'])
def test_rate_limits_that_make_no_sense_are_left(rows: str) -> None:
    async def story(desk: Desk) -> None:
        desk.exchange.faults.add(LoseReply("silence"), call="time")
        task = asyncio.ensure_future(desk.api.time())
        await asyncio.sleep(0.1)
        request_id = next(iter(current(desk).pending))
        body = f'{{"id":{request_id},"status":200,"result":{{"serverTime":5}},"rateLimits":{rows}}}'
        desk.exchange.faults.now(Push(body), door="ws_api")
        assert (await task).server_time == 5

    play(story)


@pytest.mark.parametrize("status", [429, 418])
def test_a_refusal_for_the_limit_stops_everything_until_its_time(status: int) -> None:
    async def story(desk: Desk) -> None:
        until = desk.exchange.clock.now_ms() + 30_000
        refusal = Refuse(status, -1003, "Too much.", data={"retryAfter": until})
        desk.exchange.faults.add(refusal, call="time", times=1)
        with pytest.raises(RateLimited) as caught:
            await desk.api.time()
        assert caught.value.retry_at == until / 1000
        requests = len(desk.exchange.history.requests())
        for call in (desk.api.time, desk.binance.spot.time, lambda: market(desk)):
            with pytest.raises(BudgetExhausted):
                await call()
        assert len(desk.exchange.history.requests()) == requests
        await asyncio.sleep(30.2)
        assert (await desk.api.time()).server_time

    play(story)


def test_a_session_cannot_be_opened_during_an_embargo_and_is_not_kept_waiting() -> None:
    async def story(desk: Desk) -> None:
        desk.exchange.faults.now(Ban(600.0))
        with pytest.raises(RateLimited):
            await desk.binance.spot.time()
        with pytest.raises(BudgetExhausted) as caught:
            await desk.binance.spot.websocket().open()
        assert caught.value.retry_at == pytest.approx(desk.exchange.clock.now_ms() / 1000 + 600, abs=1)

    play(story, "rest")


def test_a_read_that_waits_for_room_while_its_socket_is_lost_is_asked_on_the_next_one() -> None:
    async def story(desk: Desk) -> None:
        await asyncio.sleep(55 - asyncio.get_running_loop().time())
        desk.exchange.faults.now(ForeignWeight(5_500))
        await desk.binance.spot.time()
        waiting = asyncio.ensure_future(desk.api.klines("BTCUSDT", "1m"))
        await asyncio.sleep(0.5)
        assert current(desk).pending == {}
        desk.exchange.faults.now(Close(1001), door="ws_api")
        assert isinstance(await waiting, list)
        assert 60 <= asyncio.get_running_loop().time() < 63
        assert session(desk).link.losses == 1

    play(story)


# Losses


def test_a_read_waits_for_the_next_connection_and_a_write_does_not() -> None:
    async def story(desk: Desk) -> None:
        loop = asyncio.get_running_loop()
        desk.exchange.faults.now(Unreachable(4.0))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        started = loop.time()
        with pytest.raises(ConnectFailed, match="no connection now"):
            await market(desk)
        assert loop.time() == started
        assert (await desk.api.time()).server_time
        assert 4 <= loop.time() - started < 10
        assert desk.exchange.history.requests(call="place_order") == []

    play(story)


def test_a_read_does_not_wait_for_ever() -> None:
    async def story(desk: Desk) -> None:
        desk.exchange.faults.now(Unreachable(600.0))
        await asyncio.sleep(0.1)
        with pytest.raises(ConnectFailed):
            await desk.api.time()
        assert asyncio.get_running_loop().time() < 40

    play(story)


def test_all_that_is_pending_ends_in_the_turn_in_which_the_socket_dies() -> None:
    async def story(desk: Desk) -> None:
        desk.exchange.faults.add(LoseReply("silence"), call="*")
        asked = [asyncio.ensure_future(desk.api.time()) for _ in range(100)]
        asked += [asyncio.ensure_future(market(desk, f"order-{n}")) for n in range(100)]
        await asyncio.sleep(0.5)
        dying = current(desk)
        futures = list(dying.pending.values())
        assert len(futures) == 200
        dying.on_closed(1006, "gone")
        assert dying.pending == {}
        assert all(future.done() for future in futures)
        assert dying.state is State.CLOSED
        dying.on_closed(1000, "again")
        for task in asked:
            task.cancel()
        await asyncio.wait(asked)

    play(story)


def test_two_hundred_reads_are_asked_again_whatever_the_quota() -> None:
    async def story(desk: Desk) -> None:
        tokens = desk.binance._manager.retry_quota.tokens
        desk.exchange.faults.add(SlowReply(5.0), call="time", times=200)
        asked = [asyncio.ensure_future(desk.api.time()) for _ in range(200)]
        await asyncio.sleep(0.5)
        desk.exchange.faults.now(Reset(), door="ws_api")
        told = await asyncio.gather(*asked)
        assert len(told) == 200
        assert len(desk.exchange.history.requests(call="time")) == 400
        assert desk.binance._manager.retry_quota.tokens == tokens

    play(story)


def test_a_read_that_kills_every_socket_is_not_asked_for_ever() -> None:
    async def story(desk: Desk) -> None:
        desk.exchange.faults.add(Reset(), call="klines")
        with pytest.raises((Unavailable, ConnectFailed)):
            await desk.api.klines("BTCUSDT", "1m")
        assert len(desk.exchange.history.requests(call="klines")) == 6  # two each of three attempts

    play(story)


@pytest.mark.parametrize("status", [401, 404, 451])
def test_a_refusal_that_time_does_not_mend_ends_the_session(status: int) -> None:
    async def story(desk: Desk) -> None:
        desk.exchange.faults.add(RefuseHandshake(status), opening="*", door="ws_api")
        desk.exchange.faults.now(Reset(), door="ws_api")
        await asyncio.sleep(1)
        for call in (desk.api.time, lambda: market(desk)):
            with pytest.raises(ClientClosed, match=f"this session has ended: .*{status}"):
                await call()
        assert session(desk).link.connects == 2

    play(story)


def test_who_waits_for_a_connection_is_told_when_there_will_be_none() -> None:
    async def story(desk: Desk) -> None:
        loop = asyncio.get_running_loop()
        desk.exchange.faults.now(Unreachable(2.0))
        await asyncio.sleep(0.1)
        waiting = asyncio.ensure_future(desk.api.time())
        closing = asyncio.ensure_future(desk.api.time())
        await asyncio.sleep(0.1)
        desk.exchange.faults.add(RefuseHandshake(451), opening="*", door="ws_api")
        with pytest.raises(ClientClosed, match="has ended"):
            await waiting
        assert loop.time() < 10
        with pytest.raises(ClientClosed):
            await closing

    play(story)


def test_closing_tells_who_waits() -> None:
    async def story(desk: Desk) -> None:
        loop = asyncio.get_running_loop()
        desk.exchange.faults.now(Unreachable(60.0))
        await asyncio.sleep(0.1)
        waiting = asyncio.ensure_future(desk.api.time())
        await asyncio.sleep(0.1)
        started = loop.time()
        await desk.api.close()
        with pytest.raises(ClientClosed, match="this session is closed"):
            await waiting
        assert loop.time() == started

    play(story)


def test_an_opening_that_fails_leaves_nothing() -> None:
    async def story(desk: Desk) -> None:
        desk.exchange.faults.add(RefuseHandshake(503), opening="*", door="ws_api")
        spot = desk.binance.spot.websocket()
        with pytest.raises(ConnectFailed):
            await spot.open()
        assert desk.binance.diagnostics()["open"] == []
        with pytest.raises(ClientClosed):
            await spot.time()
        desk.exchange.faults.clear()
        await spot.open()
        assert (await spot.time()).server_time
        await spot.close()

    play(story, "rest")


# Hand-overs


@pytest.mark.parametrize("route", ["hmac", "ed25519"])
def test_a_hand_over_moves_new_requests_and_lets_the_old_end(route: str) -> None:
    async def story(desk: Desk) -> None:
        desk.exchange.faults.add(SlowReply(3.0), call="time", times=1)
        old = current(desk)
        slow = asyncio.ensure_future(desk.api.time())
        await asyncio.sleep(0.1)
        session(desk).link.rotate()
        await asyncio.sleep(0.5)
        new = current(desk)
        assert new is not old
        assert (old.state, new.state) == (State.DRAINING, State.READY)
        before = asyncio.get_running_loop().time()
        await desk.api.account()
        assert asyncio.get_running_loop().time() - before < 0.1
        await slow
        await asyncio.sleep(0.1)
        assert old.state is State.CLOSED
        assert [record.by_client for record in desk.exchange.history.connections("ws_api")] == [True, False]

    play(story, route)


def test_a_shutdown_notice_is_followed_and_events_are_handed_on() -> None:
    seen: list[bytes] = []

    async def main() -> None:
        async with (
            Simulator(transport="memory") as exchange,
            Binance(exchange.keys["ed25519"].credentials, environment=exchange.environment) as binance,
        ):
            api = WebsocketApi(binance._manager, binance.spot._kit, on_event=lambda _, data: seen.append(data))
            await api.start()
            connection = api.link.current
            assert isinstance(connection, ApiConnection)
            await api.on(connection, endpoint_of(WebsocketCalls.subscribe_user_data), Bound())
            await binance.spot.place_order("BTCUSDT", "BUY", "LIMIT", time_in_force="GTC", quantity=1, price=50_000)
            await asyncio.sleep(0.1)
            assert any(b"executionReport" in data for data in seen)
            seen.clear()
            exchange.faults.now(Push('{"event":{"e":"serverShutdown","E":1}}'), door="ws_api")
            await asyncio.sleep(2)
            assert seen == []
            assert api.link.rotations == 1

    run_virtual(main())


# Odds and ends


def test_unreadable_messages_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    async def story(desk: Desk) -> None:
        for text in ("<html>", "", "{", "[]", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")):
            desk.exchange.faults.now(Push(text), door="ws_api")
        assert (await desk.api.time()).server_time
        assert current(desk).unreadable == 5

    with caplog.at_level(logging.WARNING, "binance_async.websocket_api"):
        play(story)
    assert "unreadable message of 6 bytes" in caplog.text


def test_late_replies_are_counted_over_all_connections() -> None:
    async def story(desk: Desk) -> None:
        for _ in range(3):
            desk.exchange.faults.now(Push('{"id":-5,"status":200,"result":{}}'), door="ws_api")
            await asyncio.sleep(0.1)
            desk.exchange.faults.now(Reset(), door="ws_api")
            await asyncio.sleep(1)
        assert session(desk).late_replies == 3
        assert "3 late replies, 4 connects, 0 rotations, 3 losses" in repr(session(desk))
        assert repr(session(desk)) in desk.binance.diagnostics()["open"]

    play(story)


@pytest.mark.parametrize("route", ["hmac", "ed25519"])
def test_no_secret_shows(route: str, caplog: pytest.LogCaptureFixture) -> None:
    async def story(desk: Desk) -> list[str]:
        kind: Any = route
        key = desk.exchange.keys[kind]
        desk.exchange.faults.add(
            Refuse(400, -1100, f"Illegal characters: apiKey={key.api_key} and signature=abcdef"), call="account"
        )
        with pytest.raises(Rejected) as caught:
            await desk.api.account()
        shown = [repr(caught.value), str(caught.value), repr(session(desk)), repr(current(desk)), repr(desk.api)]
        return [*shown, key.api_key]

    with caplog.at_level(logging.DEBUG):
        *shown, secret = play(story, route)
    assert secret not in "".join(shown)
    assert secret not in caplog.text


def test_timings_are_the_client_s() -> None:
    async def story(desk: Desk) -> None:
        loop = asyncio.get_running_loop()
        desk.exchange.faults.add(LoseReply("silence"), call="time")
        started = loop.time()
        with pytest.raises(Unavailable):
            await desk.api.time()
        assert loop.time() - started < 1

    play(story, timings=Timings().scaled(0.01), latency=(0.0, 0.0))
