"""REST calls through the public client: the bytes that go out, and what each way to end proves."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from binance_async import BINANCE_US, TESTNET, Binance, Environment, Timings
from binance_async.core.endpoint import Bound, endpoint_of
from binance_async.errors import (
    BinanceError,
    ConnectFailed,
    DecodeFailure,
    FirewallRefused,
    InvalidArgument,
    IpBanned,
    NotSent,
    OutcomeUnknown,
    PartlyAccepted,
    RateLimited,
    RegionRefused,
    Rejected,
    Unavailable,
    UndecodableAnswer,
    UndecodableOutcome,
    UnsupportedRoute,
)
from binance_async.net.seams import Disconnected, HttpReply, NotConnected
from binance_async.spot import WebsocketCalls

if TYPE_CHECKING:
    from conftest import Keys, World

KINDS = ("hmac", "ed25519", "rsa")
LIMIT = {"time_in_force": "GTC", "quantity": "0.001", "price": "60000", "new_order_resp_type": "ACK"}
CANCELED = {
    "symbol": "BTCUSDT", "origClientOrderId": "mine", "orderId": 4, "orderListId": -1, "clientOrderId": "c",
    "transactTime": 1, "price": "2", "origQty": "1", "executedQty": "0", "cummulativeQuoteQty": "0",
    "status": "CANCELED", "timeInForce": "GTC", "type": "LIMIT", "side": "BUY", "selfTradePreventionMode": "NONE",
    "origQuoteOrderQty": "0",
}  # fmt: skip
ORDER = {
    "symbol": "BTCUSDT", "orderId": 9007199254740993, "orderListId": -1, "clientOrderId": "mine", "price": "0.1",
    "origQty": "1.0", "executedQty": "0.0", "origQuoteOrderQty": "0.0", "cummulativeQuoteQty": "0.0", "status": "NEW",
    "timeInForce": "GTC", "type": "LIMIT", "side": "BUY", "stopPrice": "0.0", "icebergQty": "0.0",
    "time": 1499827319559, "updateTime": 1499827319559, "isWorking": True, "workingTime": 1499827319559,
    "selfTradePreventionMode": "NONE",
}  # fmt: skip


async def place(binance: Binance, **arguments: Any) -> Any:
    return await binance.spot.place_order("BTCUSDT", "BUY", "LIMIT", **{**LIMIT, **arguments})  # type: ignore[call-overload]


# What goes out


def test_a_public_read(world: World) -> None:
    world.http.then(world.json([]))
    world.run(lambda binance: binance.spot.klines("BTCUSDT", "1m", limit=500, start_time=1_499_827_319_559))
    (sent,) = world.http.sent
    assert sent.method == "GET"
    assert (
        sent.url
        == "https://testnet.binance.vision/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=500&startTime=1499827319559"
    )
    assert (sent.body, sent.headers, sent.timeout) == (None, {}, 10.0)


def test_a_public_read_carries_no_key_even_if_there_is_one(world: World, keys: Keys) -> None:
    world.http.then(world.json({"serverTime": 1}))
    world.run(lambda binance: binance.spot.time(), keys.hmac)
    assert world.http.sent[0].headers == {}
    assert keys.hmac.api_key not in world.http.sent[0].url


@pytest.mark.parametrize("kind", KINDS)
def test_a_signed_read(world: World, keys: Keys, kind: str) -> None:
    key = keys.of(kind)
    world.http.then(world.json(ORDER))
    order = world.run(lambda binance: binance.spot.order("BTCUSDT", order_id=9007199254740993), key)
    (sent,) = world.http.sent
    assert (sent.method, sent.path, sent.body) == ("GET", "/api/v3/order", None)
    assert sent.headers == {"X-MBX-APIKEY": key.api_key}
    assert [name for name, _ in sent.pairs] == ["symbol", "orderId", "timestamp", "signature"]
    assert sent.params["orderId"] == "9007199254740993"
    assert sent.params["timestamp"] == "1700000000000"
    assert key.verify(sent.payload, sent.signature)
    assert (order.order_id, order.price) == (9007199254740993, Decimal("0.1"))


@pytest.mark.parametrize("kind", KINDS)
def test_an_order(world: World, keys: Keys, kind: str) -> None:
    key = keys.of(kind)
    world.http.then(lambda sent: world.json(world.order(sent)))
    placed = world.run(lambda binance: place(binance, price=1e-05, quantity=Decimal("1E-8")), key)
    (sent,) = world.http.sent
    assert (sent.method, sent.url) == ("POST", "https://testnet.binance.vision/api/v3/order")
    assert sent.headers == {"X-MBX-APIKEY": key.api_key, "Content-Type": "application/x-www-form-urlencoded"}
    assert [name for name, _ in sent.pairs] == [
        *("symbol", "side", "type", "timeInForce", "quantity", "price", "newOrderRespType", "newClientOrderId"),
        *("timestamp", "signature"),
    ]
    assert (sent.params["price"], sent.params["quantity"]) == ("0.00001", "0.00000001")
    assert key.verify(sent.payload, sent.signature)
    assert placed.client_order_id == sent.params["newClientOrderId"]


def test_a_cancel_is_signed_in_its_url(world: World, keys: Keys) -> None:
    world.http.then(world.json(CANCELED))
    world.run(lambda binance: binance.spot.cancel_order("BTCUSDT", order_id=4), keys.hmac)
    (sent,) = world.http.sent
    assert (sent.method, sent.path, sent.body) == ("DELETE", "/api/v3/order", None)
    assert keys.hmac.verify(sent.payload, sent.signature)
    assert "Content-Type" not in sent.headers


def test_an_amendment_is_put_in_a_form(world: World, keys: Keys) -> None:
    world.http.then(world.error(-2038))
    with pytest.raises(Rejected):
        world.run(lambda binance: binance.spot.amend_order("BTCUSDT", new_qty="5", order_id=4), keys.hmac)
    (sent,) = world.http.sent
    assert (sent.method, sent.path, sent.query) == ("PUT", "/api/v3/order/amend/keepPriority", "")
    assert keys.hmac.verify(sent.payload, sent.signature)


def test_a_call_that_needs_the_key_alone_is_not_signed(world: World, keys: Keys) -> None:
    world.http.then(world.json({"listenKey": "x"}), world.json({}))

    async def main(binance: Binance) -> None:
        await binance.spot.start_user_data_stream()
        await binance.spot.keep_alive_user_data_stream("x")

    world.run(main, keys.hmac)
    start, keep = world.http.sent
    assert (start.method, start.text, start.headers["X-MBX-APIKEY"]) == ("POST", "", keys.hmac.api_key)
    assert (keep.method, keep.text) == ("PUT", "listenKey=x")


def test_a_list_that_repeats_its_name_is_signed_as_it_is_sent(world: World, keys: Keys) -> None:
    world.http.then(world.json({"totalTransferred": "0.1", "totalServiceCharge": "0.0", "transferResult": []}))

    async def main(binance: Binance) -> Any:
        return await binance.us.convert_dust(from_asset=["LTC", "ÄDA"], to_asset="BTC")

    told = world.run(main, keys.hmac, environment=BINANCE_US, allow_transfers={"/sapi/v1/asset/dust"})
    assert told.total_transferred == Decimal("0.1")
    [sent] = world.http.sent
    assert sent.text.startswith("fromAsset=LTC&fromAsset=%C3%84DA&toAsset=BTC&timestamp=")
    assert keys.hmac.verify(sent.payload, sent.signature)


def test_a_path_takes_its_parameters(world: World, keys: Keys) -> None:
    world.http.then(world.error(-1))
    with pytest.raises(Rejected):
        world.run(lambda binance: binance.us.otc_order("a/b ?ä"), keys.hmac, environment=BINANCE_US)
    (sent,) = world.http.sent
    assert sent.url.startswith("https://api.binance.us/sapi/v1/otc/orders/a%2Fb%20%3F%C3%A4?timestamp=")
    assert "orderId" not in sent.params


def test_text_of_any_script_is_encoded_before_it_is_signed(world: World, keys: Keys) -> None:
    world.http.then(world.error(-1121))
    with pytest.raises(Rejected):
        world.run(lambda binance: binance.spot.order("币安人生USDT", orig_client_order_id="a+b&c=d %"), keys.ed25519)
    (sent,) = world.http.sent
    assert sent.url.isascii()
    assert sent.params["symbol"] == "币安人生USDT"
    assert sent.params["origClientOrderId"] == "a+b&c=d %"
    assert keys.ed25519.verify(sent.payload, sent.signature)


# What the client adds


def test_recv_window_of_the_client_goes_to_every_signed_call(world: World, keys: Keys) -> None:
    world.http.then(world.json(ORDER), lambda sent: world.json(world.order(sent)), world.json({"serverTime": 1}))

    async def main(binance: Binance) -> None:
        await binance.spot.order("BTCUSDT", order_id=1)
        await place(binance)
        await binance.spot.time()

    world.run(main, keys.hmac, recv_window=1234.567)
    read, write, public = world.http.sent
    assert read.params["recvWindow"] == write.params["recvWindow"] == "1234.567"
    assert public.text == ""
    assert keys.hmac.verify(read.payload, read.signature)


def test_recv_window_of_the_call_comes_first(world: World, keys: Keys) -> None:
    world.http.then(world.json(ORDER))
    world.run(lambda binance: binance.spot.order("BTCUSDT", order_id=1, recv_window=5), keys.hmac, recv_window=60_000)
    assert world.http.sent[0].params["recvWindow"] == "5"


def test_without_one_the_exchange_takes_its_own(world: World, keys: Keys) -> None:
    world.http.then(world.json(ORDER))
    world.run(lambda binance: binance.spot.order("BTCUSDT", order_id=1), keys.hmac)
    assert "recvWindow" not in world.http.sent[0].params


@pytest.mark.parametrize("time_unit", ["milliseconds", "microseconds"])
def test_the_time_unit_is_a_header_of_every_call(world: World, keys: Keys, time_unit: Any) -> None:
    world.http.then(world.json({"serverTime": 1}), world.json(ORDER))

    async def main(binance: Binance) -> None:
        await binance.spot.time()
        await binance.spot.order("BTCUSDT", order_id=1)

    world.run(main, keys.hmac, time_unit=time_unit)
    expected = "MICROSECOND" if time_unit == "microseconds" else None
    assert [sent.headers.get("X-MBX-TIME-UNIT") for sent in world.http.sent] == [expected, expected]


def test_an_order_has_a_client_order_id_of_its_own_and_the_user_s_is_kept(world: World, keys: Keys) -> None:
    world.http.always("/api/v3/order", lambda sent: world.json(world.order(sent)))

    async def main(binance: Binance) -> None:
        for _ in range(20):
            await place(binance)
        await place(binance, new_client_order_id="mine")

    world.run(main, keys.hmac)
    ids = [sent.params["newClientOrderId"] for sent in world.http.sent]
    assert len(set(ids)) == 21
    assert ids[-1] == "mine"


def test_a_custom_address_is_asked(world: World) -> None:
    world.http.then(world.json({"serverTime": 1}))
    environment = Environment.custom("spot", rest="http://127.0.0.1:8080/base")
    world.run(lambda binance: binance.spot.time(), environment=environment)
    assert world.http.sent[0].url == "http://127.0.0.1:8080/base/api/v3/time"


# How a write ends


def refusals(world: World) -> list[tuple[Any, type[BinanceError]]]:
    """What proves that a write had no effect."""
    return [
        (world.error(-1121), Rejected),
        (world.error(-2010, "Account has insufficient balance for requested action."), Rejected),
        (world.error(-1022), Rejected),
        (world.error(-9999, "a code of tomorrow"), Rejected),
        (world.error(-2015, status=401), Rejected),
        (world.raw(b"<html>blocked</html>", 403), FirewallRefused),
        (world.error(-1003, status=429), RateLimited),
        (world.raw(b"", 429), RateLimited),
        (world.error(-1003, status=418), IpBanned),
        (world.raw(b"<html>", 418), IpBanned),
        (world.error(0, "Service unavailable from a restricted location", 451), RegionRefused),
    ]


def losses(world: World) -> list[tuple[Any, type[BinanceError]]]:
    """What proves nothing."""
    return [
        (Disconnected("connection lost: reset"), OutcomeUnknown),
        (world.after(99, None), OutcomeUnknown),
        (world.error(-1006, status=400), OutcomeUnknown),
        (world.error(-1007, status=400), OutcomeUnknown),
        (world.error(-1000, status=400), OutcomeUnknown),
        (world.error(-1001, status=400), OutcomeUnknown),
        (world.error(-1121, status=500), OutcomeUnknown),
        (world.error(-1003, status=503), OutcomeUnknown),
        (world.error(-1008, "Server is currently overloaded", 503), OutcomeUnknown),
        (world.raw(b"", 408), UndecodableOutcome),
        (world.error(-1007, status=408), OutcomeUnknown),
        (world.raw(b"<html>bad gateway</html>", 502), UndecodableOutcome),
        (world.raw(b"<html>welcome</html>", 200), UndecodableOutcome),
        (world.raw(b"", 200), UndecodableOutcome),
        (world.raw(b"null", 200), UndecodableOutcome),
        (world.raw(b"[]", 200), UndecodableOutcome),
        (world.raw(b"\x00\xff\xfe", 200), UndecodableOutcome),
        (world.raw(b"\xef\xbb\xbf{}", 200), UndecodableOutcome),
        (world.raw(b'{"symbol":"BTCUSDT","orderId":', 200), UndecodableOutcome),
        (world.raw(b"[" * 100_000, 200), UndecodableOutcome),
        (world.raw(b"", 302, location="https://evil.example/"), UndecodableOutcome),
        (world.raw(b"", 307, location="https://evil.example/"), UndecodableOutcome),
    ]


@pytest.mark.parametrize("number", range(11))
def test_a_refused_order_is_sent_once(world: World, keys: Keys, number: int) -> None:
    answer, expected = refusals(world)[number]
    world.http.then(answer)
    with pytest.raises(expected) as caught:
        world.run(place, keys.hmac)
    assert not isinstance(caught.value, OutcomeUnknown)
    assert caught.value.call == "spot.place_order"
    assert len(world.http.sent) == 1


@pytest.mark.parametrize("number", range(22))
def test_an_order_whose_answer_is_lost_is_sent_once(world: World, keys: Keys, number: int) -> None:
    answer, expected = losses(world)[number]
    world.http.then(answer)
    with pytest.raises(OutcomeUnknown) as caught:
        world.run(lambda binance: place(binance, new_client_order_id="mine"), keys.hmac, resolve_outcomes=False)
    assert type(caught.value) is expected
    assert caught.value.client_order_id == "mine"
    assert caught.value.call == "spot.place_order"
    assert len(world.http.sent) == 1
    if isinstance(answer, HttpReply):
        assert caught.value.status == answer.status


def test_every_row_of_both_tables_was_tried(world: World) -> None:
    assert (len(refusals(world)), len(losses(world))) == (11, 22)


WRITES = {
    "POST": lambda binance: place(binance),
    "DELETE": lambda binance: binance.spot.cancel_order("BTCUSDT", order_id=4),
    "PUT": lambda binance: binance.spot.amend_order("BTCUSDT", new_qty="5", order_id=4),
    "untyped": lambda binance: binance.request("DELETE", "/api/v3/x", {}, security="TRADE"),
    "unsigned": lambda binance: binance.spot.keep_alive_user_data_stream("x"),
}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("number", range(22))
def test_no_write_is_repeated(world: World, keys: Keys, write: str, number: int) -> None:
    answer, _ = losses(world)[number]
    if isinstance(answer, HttpReply) and answer.body in (b"null", b"[]"):
        answer = world.raw(b"nothing", answer.status)  # either is a value for a call of which nothing is known
    world.http.then(answer)
    with pytest.raises(OutcomeUnknown):
        world.run(WRITES[write], keys.hmac, resolve_outcomes=False)
    assert len(world.http.sent) == 1


@pytest.mark.parametrize("write", WRITES)
def test_a_write_that_no_byte_of_left_was_not_sent(world: World, keys: Keys, write: str) -> None:
    world.http.then(NotConnected("the name testnet.binance.vision has no address"))
    with pytest.raises(ConnectFailed, match="has no address") as caught:
        world.run(WRITES[write], keys.hmac)
    assert isinstance(caught.value, NotSent)
    assert len(world.http.sent) == 1


def test_cancel_and_replace_is_told_by_its_legs(world: World, keys: Keys) -> None:
    legs = {
        "cancelResult": "SUCCESS",
        "newOrderResult": "FAILURE",
        "cancelResponse": CANCELED,
        "newOrderResponse": {"code": -2010, "msg": "Account has insufficient balance for requested action."},
    }
    world.http.then(world.json({"code": -2021, "msg": "Order cancel-replace partially failed.", "data": legs}, 409))

    async def main(binance: Binance) -> None:
        await binance.spot.cancel_replace(
            "BTCUSDT",
            "BUY",
            "LIMIT",
            "STOP_ON_FAILURE",
            cancel_order_id=4,
            **LIMIT,  # type: ignore[arg-type]
        )

    with pytest.raises(PartlyAccepted) as caught:
        world.run(main, keys.hmac)
    assert caught.value.cancel["orderId"] == 4
    assert caught.value.new.code == -2010
    assert len(world.http.sent) == 1


# How a read ends


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"<html>", DecodeFailure),
        (200, b"", DecodeFailure),
        (200, b"null", DecodeFailure),
        (200, b"[]", DecodeFailure),
        (200, b'{"serverTime":', DecodeFailure),
        (200, b'{"serverTime":"soon"}', DecodeFailure),
        (502, b"<html>", UndecodableAnswer),
        (502, b"", UndecodableAnswer),
        (302, b"", UndecodableAnswer),
        (500, b'{"code":-1000,"msg":"An unknown error occured while processing the request."}', Unavailable),
        (400, b'{"code":-1007,"msg":"Timeout"}', Unavailable),
    ],
)
def test_a_read_that_fails(world: World, status: int, body: bytes, expected: type[BinanceError]) -> None:
    world.http.always("*", world.raw(body, status))
    with pytest.raises(expected) as caught:
        world.run(lambda binance: binance.spot.time())
    assert type(caught.value) is expected
    assert not isinstance(caught.value, OutcomeUnknown)
    assert caught.value.status == status  # type: ignore[attr-defined]


def test_a_long_body_is_kept_in_part(world: World) -> None:
    world.http.always("*", world.raw(b"<html>" + b"x" * 5000))
    with pytest.raises(DecodeFailure) as caught:
        world.run(lambda binance: binance.spot.time())
    assert len(caught.value.body) == 1024
    assert caught.value.body.startswith(b"<html>x")


def test_a_nest_too_deep_is_a_decode_failure(world: World) -> None:
    world.http.always("*", world.raw(b'{"serverTime":' + b"[" * 100_000))
    with pytest.raises(DecodeFailure):
        world.run(lambda binance: binance.spot.time())


def test_a_call_may_take_as_long_as_the_timings_say(world: World) -> None:
    world.http.then(world.after(11.9, world.json({"serverTime": 5})))
    assert world.run(lambda binance: binance.spot.time(), timings=Timings(request=12.0)).server_time == 5
    assert world.http.sent[0].timeout == 12.0


def test_an_answer_that_is_late_is_an_answer_that_is_lost(world: World, keys: Keys) -> None:
    world.http.then(world.after(10.1, world.json(CANCELED)))
    with pytest.raises(OutcomeUnknown, match="no answer within 10 s"):
        world.run(WRITES["DELETE"], keys.hmac, resolve_outcomes=False)


# Calls that nobody declared


def test_an_untyped_read_keeps_every_digit(world: World) -> None:
    world.http.then(world.raw(b'{"a":12345678901234567890123,"b":"0.10"}'))
    found = world.run(lambda binance: binance.request("GET", "/api/v3/new", {"x": 1e-05, "y": [1, "a"], "z": None}))
    assert found == {"a": 12345678901234567890123, "b": "0.10"}
    (sent,) = world.http.sent
    assert (sent.path, sent.params, sent.headers) == ("/api/v3/new", {"x": "0.00001", "y": '[1,"a"]'}, {})


@pytest.mark.parametrize("kind", KINDS)
def test_an_untyped_write_is_signed_as_any_other(world: World, keys: Keys, kind: str) -> None:
    key = keys.of(kind)
    world.http.then(world.json({"ok": True}))

    async def main(binance: Binance) -> Any:
        return await binance.request("POST", "/sapi/v1/new", {"a": Decimal("1E-8"), "b": True}, security="TRADE")

    assert world.run(main, key, recv_window=7) == {"ok": True}
    (sent,) = world.http.sent
    assert (sent.method, sent.query) == ("POST", "")
    assert [name for name, _ in sent.pairs] == ["a", "b", "recvWindow", "timestamp", "signature"]
    assert (sent.params["a"], sent.params["b"], sent.params["recvWindow"]) == ("0.00000001", "true", "7")
    assert key.verify(sent.payload, sent.signature)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("PATCH", "/api/v3/x"), "method"),
        (("get", "/api/v3/x"), "method"),
        (("GET", "api/v3/x"), "path"),
        (("GET", "https://evil.example/x"), "path"),
        (("GET", "/api/../x"), "path"),
        (("GET", "/api/v3/x?a=1"), "path"),
        (("GET", None), "path"),
        (("GET", "/api/v3/x", {"a": object()}), "a"),
        (("GET", "/api/v3/x", {"a": float("nan")}), "a"),
        (("GET", "/api/v3/x", "a=1"), "params"),
    ],
)
def test_an_untyped_call_that_makes_no_sense(world: World, arguments: tuple[Any, ...], named: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        world.run(lambda binance: binance.request(*arguments))
    assert caught.value.argument == named
    assert world.http.sent == []


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"security": "TRADER"}, "security"),
        ({"security": None}, "security"),
        ({"weight": -1}, "weight"),
        ({"weight": "1"}, "weight"),
        ({"weight": True}, "weight"),
        ({"family": "usdm"}, "family"),
        ({"family": "close"}, "family"),
        ({"family": "environment"}, "family"),
        ({"family": 5}, "family"),
    ],
)
def test_options_that_make_no_sense(world: World, options: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        world.run(lambda binance: binance.request("GET", "/api/v3/x", {}, **options))
    assert caught.value.argument == named
    assert world.http.sent == []


@pytest.mark.parametrize("name", ["timestamp", "signature", "apiKey"])
def test_what_the_client_adds_is_not_the_user_s(world: World, keys: Keys, name: str) -> None:
    with pytest.raises(InvalidArgument, match=f"{name} is added by the client"):
        world.run(lambda binance: binance.request("GET", "/api/v3/x", {name: "1"}, security="USER_DATA"), keys.hmac)
    assert world.http.sent == []


def test_what_a_public_call_takes_is_anyone_s(world: World) -> None:
    world.http.then(world.json([]))
    world.run(lambda binance: binance.request("GET", "/api/v3/x", {"timestamp": 5}))
    assert world.http.sent[0].text == "timestamp=5"


@pytest.mark.parametrize(
    ("environment", "path", "host"),
    [
        (TESTNET, "/api/v3/x", "testnet.binance.vision"),
        (TESTNET, "/sapi/v1/x", "testnet.binance.vision"),
        (BINANCE_US, "/api/v3/x", "api.binance.us"),
        (BINANCE_US, "/sapi/v1/x", "api.binance.us"),
    ],
)
def test_the_family_is_told_from_the_path(world: World, environment: Environment, path: str, host: str) -> None:
    world.http.then(world.json([]))
    world.run(lambda binance: binance.request("GET", path), environment=environment)
    assert world.http.sent[0].url == f"https://{host}{path}"


def test_a_family_that_the_environment_has_not(world: World) -> None:
    with pytest.raises(InvalidArgument, match=r"\.usdm.*'testnet' has \.spot"):
        world.run(lambda binance: binance.request("GET", "/fapi/v1/time"))


def test_a_call_of_the_websocket_api_alone(world: World) -> None:
    async def main(binance: Binance) -> None:
        await binance.spot.caller.call(endpoint_of(WebsocketCalls.session_status), Bound())

    with pytest.raises(UnsupportedRoute, match=r"spot\.session_status: only the WebSocket API"):
        world.run(main)


# Side by side


def test_answers_go_to_the_calls_they_belong_to(world: World, keys: Keys) -> None:
    def answer(sent: Any) -> Any:
        number = int(sent.params["orderId"])
        return world.after((number * 7 % 50) / 10, world.json({**ORDER, "orderId": number}))

    world.http.always("/api/v3/order", answer)

    async def main(binance: Binance) -> list[int]:
        orders = await asyncio.gather(*(binance.spot.order("BTCUSDT", order_id=n) for n in range(100)))
        return [order.order_id for order in orders]

    assert world.run(main, keys.hmac) == list(range(100))
