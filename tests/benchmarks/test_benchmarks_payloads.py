from __future__ import annotations

import json
from decimal import Decimal

import msgspec
import pytest

from benchmarks import payloads
from benchmarks.clients import structs
from benchmarks.sender import replies
from binance_async.core.endpoint import endpoint_of
from binance_async.spot import Calls, events, streams

MARKET = [name for name in payloads.PAYLOADS if name != "execution_report"]


@pytest.mark.parametrize("name", MARKET)
def test_the_floor_and_the_package_read_each_message_whole(name: str) -> None:
    payload = payloads.PAYLOADS[name]
    for index in (0, 1, 500):
        data = payloads.data_of(payload.stream, index, payload.levels)
        message = payloads.combined(payload.stream, data)
        floor = structs.decoder_of(name).decode(message)
        assert floor.stream == payload.stream
        declaration = streams.raw(payload.stream).declaration
        assert declaration is not None
        event = declaration.decoder(Decimal).decode(data)
        assert not isinstance(event, events.RawEvent)
        read = msgspec.to_builtins(floor.data, builtin_types=(Decimal,))
        assert json.loads(json.dumps(read, default=lambda number: format(number, "f"))) == json.loads(data)


@pytest.mark.parametrize("name", MARKET)
def test_no_two_neighbours_are_alike(name: str) -> None:
    payload = payloads.PAYLOADS[name]
    made = {payloads.data_of(payload.stream, index, payload.levels) for index in range(payload.messages)}
    assert len(made) == payload.messages


@pytest.mark.parametrize(("levels", "least"), [(40, 36), (1000, 900)])
def test_a_depth_message_has_about_its_levels_and_no_price_twice(levels: int, least: int) -> None:
    for index in range(20):
        update = json.loads(payloads.data_of("btcusdt@depth", index, levels))
        bids, asks = [price for price, _ in update["b"]], [price for price, _ in update["a"]]
        assert least <= len(bids) + len(asks) <= levels
        assert len(set(bids)) == len(bids)
        assert max(map(Decimal, bids)) < min(map(Decimal, asks))


def test_depth_messages_follow_one_another() -> None:
    first, second = (json.loads(payloads.data_of("btcusdt@depth", index)) for index in (0, 1))
    assert second["U"] == first["u"] + 1


def test_an_unknown_stream_is_refused() -> None:
    with pytest.raises(ValueError, match="no payload"):
        payloads.data_of("btcusdt@nothing", 0)


def test_execution_reports_differ_by_their_execution_id() -> None:
    made = [json.loads(payloads.user_message(index))["event"] for index in range(50)]
    assert len({report["I"] for report in made}) == 50
    event = events.read_user_event(payloads.user_message(3))
    assert not isinstance(event, events.RawEvent)
    assert made[3]["I"] == structs.decoder_of("execution_report").decode(payloads.user_message(3)).event.I


@pytest.mark.parametrize(
    ("call", "declared"),
    [
        ("GET /api/v3/order", Calls.order),
        ("POST /api/v3/order", Calls.place_order),
        ("GET /api/v3/ticker/price", Calls.ticker_price),
        ("GET /api/v3/exchangeInfo", Calls.exchange_info),
        ("GET /api/v3/depth", Calls.depth),
        ("GET /api/v3/account", Calls.account),
        ("GET /api/v3/time", Calls.time),
    ],
)
def test_replies_are_the_exchange_s(call: str, declared: object) -> None:
    _, _, body = replies.rest_replies()[call].partition(b"\r\n\r\n")
    assert endpoint_of(declared).decoder.decode(body) is not None  # type: ignore[arg-type]


def test_the_websocket_api_answers_with_the_id_first() -> None:
    for tail in replies.api_replies().values():
        reply = json.loads(b'{"id":7' + tail)
        assert (reply["id"], reply["status"]) == (7, 200)
        assert reply["rateLimits"][0]["limit"] == replies.LIMIT
