from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from binance_async import spot
from binance_async.core.endpoint import Endpoint, endpoints
from binance_async.simulator import params
from binance_async.simulator.engine import ExchangeError

CALLS = {f"{e.method} {e.path}": e for e in endpoints(spot.Calls)}
ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT"}


def call(name: str) -> Endpoint:
    return CALLS[name]


def refused(name: str, texts: dict[str, str]) -> tuple[int, str]:
    with pytest.raises(ExchangeError) as caught:
        params.read(call(name), texts)
    assert caught.value.status == 400
    return caught.value.code, caught.value.message


def test_values_by_the_kind_of_the_parameter() -> None:
    texts = {
        **ORDER,
        "timeInForce": "GTC",
        "quantity": "0.10",
        "strategyId": "7",
        "timestamp": "1",
        "signature": "x",
        "recvWindow": "5000",
    }
    assert params.read(call("POST /api/v3/order"), texts) == {
        "symbol": "BTCUSDT",
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": Decimal("0.10"),
        "strategyId": 7,
    }
    assert params.read(call("GET /api/v3/account"), {"omitZeroBalances": "true"}) == {"omitZeroBalances": True}
    assert params.read(call("GET /api/v3/ticker/price"), {"symbols": '["BTCUSDT","ETHUSDT"]'}) == {
        "symbols": ["BTCUSDT", "ETHUSDT"]
    }
    assert params.read(call("GET /api/v3/exchangeInfo"), {"permissions": "SPOT"}) == {"permissions": ["SPOT"]}


MISSING = "Mandatory parameter '{}' was not sent, was empty/null, or malformed."


@pytest.mark.parametrize(
    ("name", "texts", "code", "message"),
    [
        ("GET /api/v3/depth", {}, -1102, MISSING.format("symbol")),
        ("GET /api/v3/depth", {"symbol": ""}, -1102, MISSING.format("symbol")),
        (
            "GET /api/v3/depth",
            {"symbol": "btcusdt"},
            -1100,
            "Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'.",
        ),
        (
            "GET /api/v3/depth",
            {"symbol": "BTCUSDT", "limit": "ten"},
            -1100,
            "Illegal characters found in parameter 'limit'; legal range is '^[0-9]{1,20}$'.",
        ),
        ("GET /api/v3/depth", {"symbol": "BTCUSDT", "limit": ""}, -1105, "Parameter 'limit' was empty."),
        (
            "GET /api/v3/depth",
            {"symbol": "BTCUSDT", "depth": "5"},
            -1104,
            "Not all sent parameters were read; read '1' parameter(s) but was sent '2'.",
        ),
        ("GET /api/v3/time", {"x": "1"}, -1101, "Too many parameters; expected '0' and received '1'."),
        ("GET /api/v3/klines", {"symbol": "BTCUSDT", "interval": "7m"}, -1120, "Invalid interval."),
        ("GET /api/v3/ticker/24hr", {"type": "BIG"}, -1139, "Invalid ticker type."),
        ("GET /api/v3/exchangeInfo", {"symbolStatus": "GONE"}, -1122, "Invalid symbolStatus."),
        ("POST /api/v3/order", {**ORDER, "timeInForce": "GTX"}, -1115, "Invalid timeInForce."),
        ("POST /api/v3/order", {**ORDER, "type": "GUESS"}, -1116, "Invalid orderType."),
        ("POST /api/v3/order", {**ORDER, "side": "buy"}, -1117, "Invalid side."),
        ("POST /api/v3/order", {**ORDER, "newClientOrderId": ""}, -1118, "New client order ID was empty."),
        (
            "POST /api/v3/order",
            {**ORDER, "quantity": "1e-5"},
            -1100,
            r"Illegal characters found in parameter 'quantity'; legal range is '^([0-9]{1,20})(\.[0-9]{1,20})?$'.",
        ),
        ("POST /api/v3/order", {**ORDER, "strategyId": "9" * 19}, -1108, "Parameter 'strategyId' overflowed."),
        (
            "POST /api/v3/order",
            {**ORDER, "newOrderRespType": "ALL"},
            -1130,
            "Data sent for parameter 'newOrderRespType' is not valid.",
        ),
        (
            "POST /api/v3/order",
            {**ORDER, "pegPriceType": "X"},
            -1210,
            "Invalid pegPriceType.",
        ),
        (
            "DELETE /api/v3/order",
            {"symbol": "BTCUSDT", "origClientOrderId": ""},
            -1119,
            "Original client order ID was empty.",
        ),
        (
            "DELETE /api/v3/order",
            {"symbol": "BTCUSDT", "cancelRestrictions": "NEVER"},
            -1145,
            "cancelRestrictions has to be either ONLY_NEW or ONLY_PARTIALLY_FILLED.",
        ),
        (
            "GET /api/v3/ticker/price",
            {"symbols": '["BTCUSDT"'},
            -1135,
            "JSON sent for parameter 'symbols' is not valid",
        ),
        (
            "GET /api/v3/ticker/price",
            {"symbols": '["BTCUSDT","BTCUSDT"]'},
            -1151,
            "Symbol is present multiple times in the list.",
        ),
        (
            "GET /api/v3/ticker/price",
            {"symbol": "BTCUSDT", "symbols": '["BTCUSDT"]'},
            -1128,
            "Combination of optional parameters invalid.",
        ),
    ],
)
def test_refusals_as_documented(name: str, texts: dict[str, str], code: int, message: str) -> None:
    assert refused(name, texts) == (code, message)


def test_the_orders_of_a_list_have_their_own_time_in_force_and_type() -> None:
    texts = {
        "symbol": "BTCUSDT",
        "side": "SELL",
        "quantity": "1",
        "aboveType": "LIMIT_MAKER",
        "belowType": "STOP_LOSS",
        "aboveTimeInForce": "XYZ",
    }
    assert refused("POST /api/v3/orderList/oco", texts)[0] == -1115
    assert refused("POST /api/v3/orderList/oco", {**texts, "aboveTimeInForce": "GTC", "aboveType": "X"})[0] == -1116


@pytest.mark.parametrize("symbol", ["币安USDT", "BTCUSDT", "1000SATSUSDT", "BTC-USDT", "A_B.C"])
def test_symbols_may_hold_letters_of_any_script(symbol: str) -> None:
    assert params.read(call("GET /api/v3/depth"), {"symbol": symbol}) == {"symbol": symbol}


@pytest.mark.parametrize("symbol", ["btcUSDT", "BTC USDT", "BTC/USDT", "BTC,USDT", "BTC'", "X" * 51])
def test_symbols_hold_no_lower_case_and_no_punctuation(symbol: str) -> None:
    assert refused("GET /api/v3/depth", {"symbol": symbol})[0] == -1100


def test_the_query_wins_over_the_body() -> None:
    assert params.texts_of_form("a=1&b=2", "b=3&c=%20x+y") == {"a": "1", "b": "2", "c": " x y"}


def test_a_parameter_twice_in_one_place_is_refused() -> None:
    with pytest.raises(ExchangeError) as caught:
        params.texts_of_form("a=1&a=2", "")
    assert caught.value.payload() == {"code": -1101, "msg": "Duplicate values for a parameter detected."}


def test_numbers_of_json_stay_as_they_were_printed() -> None:
    raw: dict[str, Any] = msgspec.json.decode(
        b'{"a":"x\\u00e9","b":1.50,"c":1e5,"d":true,"e":null,"f":["A", "B"],"g":10000000000000000000000001}',
        type=dict[str, msgspec.Raw],
    )
    assert params.texts_of_json(raw) == {
        "a": "xé",
        "b": "1.50",
        "c": "1e5",
        "d": "true",
        "f": '["A", "B"]',
        "g": "10000000000000000000000001",
    }


def test_more_than_a_hundred_symbols() -> None:
    with pytest.raises(ExchangeError) as caught:
        params.at_most_100({"symbols": [f"S{n}" for n in range(101)]})
    assert caught.value.code == -1101
    params.at_most_100({"symbols": ["A"]})


def test_a_list_may_be_repeated() -> None:
    lists = params.lists_of(call("GET /api/v3/ticker/price"))
    assert lists == {"symbols"}
    texts = params.texts_of_form("symbols=A&symbols=B&x=1", "", lists=lists)
    assert texts == {"symbols": '["A","B"]', "x": "1"}
    assert params.texts_of_form('symbols=%5B"A"%5D', "", lists=lists) == {"symbols": '["A"]'}
