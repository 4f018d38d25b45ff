"""The form of combined messages."""

from __future__ import annotations

import pytest

from binance_async.core.combined import Routes, beginning_of


def taken(_event: bytes) -> None: ...


def test_the_parts_of_a_beginning() -> None:
    beginning = beginning_of("币安usdt@depth")
    assert beginning == '{"stream":"币安usdt@depth","data":'.encode()
    assert beginning[Routes.mark_from :].startswith("币安".encode())
    assert beginning[-Routes.to_event :] == Routes.mark + b',"data":'
    assert bytes([Routes.last]) == b"}"


@pytest.mark.parametrize("name", ["a@trade", "!ticker@arr", "币安usdt@depth", "btcusdt@kline_1d@+08:00"])
@pytest.mark.parametrize("event", [b"{}", b"[]", b'{"e":"}"}', b""])
def test_an_event_is_found(name: str, event: bytes) -> None:
    routes = Routes({beginning_of(name): taken})
    assert routes.find(beginning_of(name) + event + b"}") == (taken, event)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"{}",
        b'{"result":null,"id":1}',
        b'{"stream":"a@trade"',
        b'{"stream":"a@trade","data":',
        b'{"stream":"a@trade","data":{}}\n',
        b'{"stream": "a@trade","data":{}}',
        b'{"stream":"a@trade", "data":{}}',
        b'{"stream":"b@trade","data":{}}',
        b'{"data":{},"stream":"a@trade"}',
    ],
)
def test_what_has_another_form_is_not_found(message: bytes) -> None:
    assert Routes({beginning_of("a@trade"): taken}).find(message) is None
