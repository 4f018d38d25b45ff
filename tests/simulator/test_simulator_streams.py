from __future__ import annotations

import asyncio
import itertools
import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from simulator_kit import Rig, virtual

from binance_async import spot, us
from binance_async.core.stream import stream_declarations
from binance_async.simulator.engine import NewOrder
from binance_async.simulator.rules import rules_for
from binance_async.simulator.transport import Refused

SPOT = {d.name.rpartition(".")[2]: d for d in stream_declarations(spot.Streams)}
US = {d.name.rpartition(".")[2]: d for d in stream_declarations(us.Streams)}

NAMES = {
    "agg_trade": "btcusdt@aggTrade",
    "trade": "btcusdt@trade",
    "kline": "btcusdt@kline_1m",
    "kline_utc8": "btcusdt@kline_1d@+08:00",
    "mini_ticker": "btcusdt@miniTicker",
    "all_mini_tickers": "!miniTicker@arr",
    "ticker": "btcusdt@ticker",
    "all_tickers": "!ticker@arr",
    "window_ticker": "btcusdt@ticker_4h",
    "all_window_tickers": "!ticker_1h@arr",
    "book_ticker": "btcusdt@bookTicker",
    "avg_price": "btcusdt@avgPrice",
    "partial_depth": "btcusdt@depth5@100ms",
    "depth": "btcusdt@depth",
}
SILENT = {"block_trade": "btcusdt@blockTrade", "reference_price": "btcusdt@referencePrice"}


def names(client: Any) -> list[str]:
    return [each["stream"] for each in client.take()]


def test_every_declared_stream_has_a_name_here() -> None:
    assert set(NAMES) | set(SILENT) == set(SPOT)
    assert set(US) <= set(NAMES)


@pytest.mark.parametrize("stream", sorted(NAMES))
@virtual
async def test_every_stream_of_spot_tells_what_it_declares(stream: str) -> None:
    rig = Rig()
    client = rig.stream(f"/ws/{NAMES[stream]}")
    rig.trade()
    await asyncio.sleep(3)
    assert client.received
    decode = SPOT[stream].decoder().decode
    for data in client.received:
        assert decode(data) is not None


@pytest.mark.parametrize("stream", sorted(US))
@virtual
async def test_every_stream_of_us_tells_what_it_declares(stream: str) -> None:
    rig = Rig(family="us")
    client = rig.stream(f"/ws/{NAMES[stream]}")
    rig.trade()
    await asyncio.sleep(3)
    assert client.received
    for data in client.received:
        assert US[stream].decoder().decode(data) is not None


@pytest.mark.parametrize("stream", sorted(SILENT))
@virtual
async def test_streams_on_which_nothing_happens_are_acknowledged(stream: str) -> None:
    client = Rig().stream()
    assert client.subscribe(SILENT[stream]) == {"result": None, "id": 1}


@virtual
async def test_raw_and_combined_connections() -> None:
    rig = Rig()
    raw = rig.stream("/ws/btcusdt@trade/ethusdt@trade")
    combined = rig.stream("/stream?streams=btcusdt@trade/ethusdt@trade")
    rig.trade()
    assert [event["s"] for event in raw.take()] == ["BTCUSDT"]
    (event,) = combined.take()
    assert (event["stream"], event["data"]["e"]) == ("btcusdt@trade", "trade")


@virtual
async def test_names_in_the_url_may_be_percent_encoded() -> None:
    rig = Rig()
    for target in (
        "/stream?streams=btcusdt@kline_1d@%2B08:00",
        "/stream?streams=btcusdt@kline_1d@+08:00",
        "/ws/btcusdt%40kline_1d%40%2B08%3A00",
    ):
        client = rig.stream(target)
        rig.trade()
        await asyncio.sleep(3)
        assert client.take()


@virtual
async def test_subscriptions_change_while_the_connection_is_open() -> None:
    rig = Rig()
    client = rig.stream("/stream")
    assert client.subscribe("btcusdt@trade", "ethusdt@trade") == {"result": None, "id": 1}
    rig.trade()
    assert names(client) == ["btcusdt@trade"]
    assert client.say({"method": "LIST_SUBSCRIPTIONS", "id": 2}) == [
        {"result": ["btcusdt@trade", "ethusdt@trade"], "id": 2}
    ]
    client.say({"method": "UNSUBSCRIBE", "params": ["btcusdt@trade", "never@there"], "id": 3})
    rig.trade()
    assert names(client) == []
    assert client.say({"method": "GET_PROPERTY", "params": ["combined"], "id": "a-1"}) == [
        {"result": True, "id": "a-1"}
    ]
    await asyncio.sleep(1)
    client.say({"method": "SET_PROPERTY", "params": ["combined", False], "id": None})
    rig.trade(symbol="ETHUSDT", price="3000", quantity="0.01")
    assert [event["e"] for event in client.take()] == ["trade"]


@virtual
async def test_a_stream_twice_comes_once() -> None:
    rig = Rig()
    client = rig.stream("/ws/btcusdt@trade/btcusdt@trade")
    client.subscribe("btcusdt@trade")
    rig.trade()
    assert len(client.take()) == 1


@pytest.mark.parametrize(
    ("message", "code", "text"),
    [
        ({"method": "GET_PROPERTY", "params": ["size"], "id": 1}, 0, "Unknown property"),
        ({"method": "SET_PROPERTY", "params": ["combined", "yes"], "id": 1}, 1, "Invalid value type: expected Boolean"),
        (
            {"method": "SET_PROPERTY", "params": [7, True], "id": 1},
            2,
            "Invalid request: property name must be a string",
        ),
        ({"method": "GET_PROPERTY", "id": 1}, 2, "Invalid request: property name must be a string"),
        ({"method": "SUBSCRIBE", "params": [1], "id": 1}, 2, "Invalid request: property name must be a string"),
        ({"method": "GET_PROPERTY", "params": ["combined", 1], "id": 1}, 2, "Invalid request: too many parameters"),
        (
            {"method": "LIST_SUBSCRIPTIONS", "id": 1.5},
            2,
            "Invalid request: request ID must be an unsigned integer",
        ),
        (
            {"method": "LIST_SUBSCRIPTIONS", "id": "x" * 37},
            2,
            "Invalid request: request ID must be an unsigned integer",
        ),
        ({"params": ["combined"], "id": 1}, 2, "Invalid request: missing field `method` at line 1 column 1"),
        (
            {"method": "LISTEN", "id": 1},
            2,
            (
                "Invalid request: unknown variant `LISTEN`, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, "
                "`LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY` at line 1 column 28"
            ),
        ),
        (b"{", 3, "Invalid JSON: expected value at line 1 column 1"),
        (b"[1]", 3, "Invalid JSON: expected value at line 1 column 1"),
    ],
)
@virtual
async def test_control_errors_as_documented(message: Any, code: int, text: str) -> None:
    (reply,) = Rig().stream().say(message)
    assert reply["error"] == {"code": code, "msg": text}


@pytest.mark.parametrize("name", ["nixusdt@trade", "btcusdt@nothing", "BTCUSDT@trade", "btcusdt@kline_7m", "!all"])
@virtual
async def test_a_stream_that_does_not_exist_is_refused_and_nothing_of_its_message_is_done(name: str) -> None:
    rig = Rig()
    client = rig.stream()
    reply = client.subscribe("btcusdt@trade", name)
    assert reply == {"error": {"code": 2, "msg": f"Invalid request: unknown stream {name}"}, "id": 1}
    rig.trade()
    assert client.take() == []
    lenient = Rig(rules=replace(rules_for("spot"), accept_unknown_streams=True)).stream()
    assert lenient.subscribe(name)["result"] is None


@virtual
async def test_at_most_1024_streams_a_connection() -> None:
    rig = Rig()
    client = rig.stream()
    keys = [f"{n:060d}" for n in range(1_025)]
    assert client.subscribe(*keys)["error"]["msg"] == "Invalid request: too many parameters"
    assert client.subscribe(*keys[:1_024])["result"] is None
    assert "error" in client.subscribe("btcusdt@trade")
    with pytest.raises(Refused):
        rig.stream("/stream?streams=" + "/".join(keys))


@virtual
async def test_more_than_five_messages_a_second_end_the_connection() -> None:
    rig = Rig()
    client = rig.stream()
    for _ in range(5):
        client.say({"method": "LIST_SUBSCRIPTIONS", "id": 1})
        await asyncio.sleep(0.2)
    assert client.closed is None
    client.session.on_ping(b"")
    assert client.closed is None
    client.session.on_pong(b"")
    assert client.closed == (1008, "Too many requests")
    assert rig.exchange.history.connections("stream")[0].fastest == 6


@virtual
async def test_depth_streams_read_gapless_at_their_own_speed() -> None:
    rig = Rig()
    slow, fast = rig.stream("/ws/btcusdt@depth"), rig.stream("/ws/btcusdt@depth@100ms")
    await asyncio.sleep(0.95)
    for step in range(30):
        await rig.buy(price=str(50_000 + step), quantity="0.001")
        await asyncio.sleep(0.05)
    await asyncio.sleep(1)
    for client, least in ((slow, 2), (fast, 14)):
        events = client.take()
        assert len(events) >= least
        assert all(second["U"] == first["u"] + 1 for first, second in itertools.pairwise(events))
    book = await rig.rest("GET", "/api/v3/depth", symbol="BTCUSDT")
    assert book["lastUpdateId"] == events[-1]["u"]


@virtual
async def test_beats_are_aligned_to_the_clock_and_silent_without_news() -> None:
    rig = Rig()
    client = rig.stream("/ws/btcusdt@depth@100ms")
    await asyncio.sleep(0.033)
    await rig.buy()
    await asyncio.sleep(10)
    (event,) = client.take()
    assert event["E"] % 100 == 0


@virtual
async def test_a_candle_comes_as_it_changes_and_when_it_closes() -> None:
    rig = Rig()
    client = rig.stream("/ws/btcusdt@kline_1m")
    await asyncio.sleep(10)
    rig.trade(price="60000")
    await asyncio.sleep(60)
    rig.trade(price="61000")
    await asyncio.sleep(4)
    candles = [(event["k"]["x"], event["k"]["c"], event["k"]["n"]) for event in client.take()]
    assert (False, "60000.00000000", 1) in candles
    assert (True, "60000.00000000", 1) in candles
    assert candles[-1] == (False, "61000.00000000", 1)


@virtual
async def test_seconds_come_every_second_and_other_candles_every_two() -> None:
    rig = Rig()
    seconds, minutes = rig.stream("/ws/btcusdt@kline_1s"), rig.stream("/ws/btcusdt@kline_1m")
    for _ in range(10):
        rig.trade()
        await asyncio.sleep(1)
    assert sum(not event["k"]["x"] for event in seconds.take()) >= 9
    assert 4 <= len(minutes.take()) <= 6


@virtual
async def test_all_market_streams_tell_only_what_has_changed() -> None:
    rig = Rig()
    client = rig.stream("/ws/!miniTicker@arr")
    await asyncio.sleep(1.5)
    client.take()
    rig.trade(symbol="ETHUSDT", price="3000", quantity="0.01")
    await asyncio.sleep(3)
    assert [[row["s"] for row in rows] for rows in client.take()] == [["ETHUSDT"]]


@virtual
async def test_microseconds_are_asked_for_in_the_url() -> None:
    rig = Rig()
    milli, micro = rig.stream("/ws/btcusdt@trade"), rig.stream("/ws/btcusdt@trade?timeUnit=MICROSECOND")
    combined = rig.stream("/stream?streams=btcusdt@trade&timeUnit=microsecond")
    rig.trade()
    assert milli.take()[0]["T"] == rig.now
    assert micro.take()[0]["T"] == combined.take()[0]["data"]["T"] == rig.clock.now_us()


@virtual
async def test_a_stream_that_nobody_reads_is_forgotten() -> None:
    rig = Rig()
    one, two = rig.stream("/ws/btcusdt@depth@100ms"), rig.stream("/ws/btcusdt@depth@100ms")
    topics = rig.exchange.topics
    assert len(topics._topics) == 1
    one.session.on_closed(1000, "")
    assert len(topics._topics) == 1
    two.say({"method": "UNSUBSCRIBE", "params": ["btcusdt@depth@100ms"], "id": 1})
    assert len(topics._topics) == 0
    await asyncio.sleep(1)


@virtual
async def test_one_consumer_cannot_disturb_another() -> None:
    rig = Rig()
    reader, stalled = rig.stream("/ws/btcusdt@trade"), rig.stream("/ws/btcusdt@trade")
    stalled.wire.buffered = rig.exchange.rules.most_buffered + 1
    rig.trade()
    rig.trade()
    assert len(reader.take()) == 2
    assert stalled.closed == (1008, "slow consumer")
    assert rig.exchange.history.counters["slow_readers"] == 1


@virtual
async def test_paths_that_are_no_door() -> None:
    for target in ("/", "/nothing", "/ws-api/v2", "/wss"):
        with pytest.raises(Refused) as refused:
            Rig().stream(target)
        assert refused.value.reply.status == 404


# Life of a connection


@virtual
async def test_pings_come_every_20_seconds_and_want_an_answer_within_a_minute() -> None:
    rig = Rig()
    answering, silent = rig.stream(), rig.stream()
    silent.answers_pings = False
    await asyncio.sleep(79)
    assert len(answering.pings) == len(silent.pings) == 3
    assert all(payload.isdigit() for payload in answering.pings)
    assert silent.closed is None
    await asyncio.sleep(2)
    assert silent.closed == (1008, "Pong timeout")
    await asyncio.sleep(3600)
    assert answering.closed is None


@virtual
async def test_a_pong_that_nobody_asked_for_is_no_sign_of_life() -> None:
    rig = Rig()
    client = rig.stream()
    client.answers_pings = False
    for _ in range(100):
        client.session.on_pong(b"")
        await asyncio.sleep(1)
    assert client.closed == (1008, "Pong timeout")


@virtual
async def test_a_late_pong_with_the_payload_counts() -> None:
    rig = Rig()
    client = rig.stream()
    client.answers_pings = False
    for _ in range(20):
        await asyncio.sleep(30)
        client.session.on_pong(client.pings[-1])
    assert client.closed is None


@virtual
async def test_a_connection_lives_for_24_hours() -> None:
    rig = Rig()
    client, api = rig.stream(), rig.api()
    await asyncio.sleep(86_399)
    assert client.closed is None
    await asyncio.sleep(2)
    assert client.closed == api.closed == (1001, "connection lifetime reached")
    record = rig.exchange.history.connections()[0]
    assert (record.code, record.by_client) == (1001, False)
    assert record.closed_us is not None
    assert record.closed_us - record.opened_us == pytest.approx(86_400e6, abs=2)


@virtual
async def test_us_pings_every_three_minutes() -> None:
    rig = Rig(family="us")
    client = rig.stream()
    await asyncio.sleep(600)
    assert len(client.pings) == 3


# User data on the stream host


@virtual
async def test_user_data_by_listen_key() -> None:
    rig = Rig()
    key = rig.exchange.user_data.start(rig.account.uid)
    raw, combined, later = rig.stream(f"/ws/{key}"), rig.stream(f"/stream?streams={key}"), rig.stream()
    assert later.subscribe(key) == {"result": None, "id": 1}
    await rig.buy()
    kinds = ["executionReport", "outboundAccountPosition"]
    assert [event["e"] for event in raw.take()] == kinds
    assert [(event["stream"], event["data"]["e"]) for event in combined.take()] == [(key, kind) for kind in kinds]
    assert [event["e"] for event in later.take()] == kinds
    assert key not in json.dumps([record.target for record in rig.exchange.history.connections()])


@virtual
async def test_a_listen_key_lives_an_hour_from_its_last_keeping() -> None:
    rig = Rig()
    key = rig.exchange.user_data.start(rig.account.uid)
    client = rig.stream(f"/ws/{key}")
    await asyncio.sleep(3_000)
    rig.exchange.user_data.keep(rig.account.uid, key)
    await asyncio.sleep(3_599)
    assert client.take() == []
    await asyncio.sleep(2)
    (event,) = client.take()
    assert (event["e"], event["listenKey"]) == ("listenKeyExpired", key)
    assert isinstance(event["E"], int)
    await rig.buy()
    assert client.take() == []
    assert client.closed is None
    assert rig.exchange.user_data.start(rig.account.uid) != key


@virtual
async def test_a_listen_key_that_was_closed_says_nothing() -> None:
    rig = Rig()
    key = rig.exchange.user_data.start(rig.account.uid)
    client = rig.stream(f"/ws/{key}")
    rig.exchange.user_data.stop(rig.account.uid, key)
    await rig.buy()
    assert client.take() == []


@virtual
async def test_every_account_hears_its_own_events() -> None:
    rig = Rig()
    other = rig.exchange.add_account(balances={"BTC": Decimal(1)})
    mine = rig.stream(f"/ws/{rig.exchange.user_data.start(rig.account.uid)}")
    theirs = rig.stream(f"/ws/{rig.exchange.user_data.start(other.uid)}")
    await rig.buy(price="50000", quantity="0.01")
    mine.take()
    rig.exchange.engine.place(other.uid, NewOrder("BTCUSDT", "SELL", "MARKET", quantity=Decimal("0.004")))
    assert [event["X"] for event in mine.take() if event["e"] == "executionReport"] == ["PARTIALLY_FILLED"]
    assert [event["X"] for event in theirs.take() if event["e"] == "executionReport"] == ["NEW", "FILLED"]
