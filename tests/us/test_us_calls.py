"""The calls of Binance.US as a user makes them."""

from __future__ import annotations

import inspect
from typing import Any, get_overloads

import pytest

from binance_async.core.endpoint import Bound, Endpoint, Parameter, endpoint_of, endpoints
from binance_async.errors import InvalidArgument
from binance_async.us import Calls, WebsocketCalls, enums

ALL = [e.fn.__name__ for e in endpoints(Calls)]


class Recorder:
    """Keeps what is called."""

    def __init__(self) -> None:
        self.calls: list[tuple[Endpoint, Bound]] = []

    async def call(self, endpoint: Endpoint, bound: Bound) -> str:
        self.calls.append((endpoint, bound))
        return "answered"


def some(parameter: Parameter) -> Any:
    """An argument that the parameter takes."""
    if parameter.choices:
        return parameter.choices[0]
    return {"integer": 7, "time": 7, "number": "0.5", "boolean": True, "list": ["A"], "text": "A"}[parameter.kind]


@pytest.mark.parametrize("name", ALL)
async def test_a_call_is_made_with_what_it_requires_and_with_all_that_it_takes(name: str) -> None:
    recorder = Recorder()
    method = getattr(Calls(recorder), name)
    endpoint = endpoint_of(method)
    required = {p.name: some(p) for p in endpoint.parameters if p.required}
    everything = {p.name: some(p) for p in endpoint.parameters}
    assert await method(**required) == await method(**everything) == "answered"
    assert [called for called, _ in recorder.calls] == [endpoint, endpoint]
    assert recorder.calls[0][1] == {p.wire: some(p) for p in endpoint.parameters if p.required}
    assert recorder.calls[1][1] == {p.wire: some(p) for p in endpoint.parameters}


@pytest.mark.parametrize("name", ALL)
def test_a_call_explains_itself(name: str) -> None:
    method = getattr(Calls, name)
    assert inspect.getdoc(method)
    assert endpoint_of(method).name == f"us.{name}"


def test_calls_that_move_assets_take_named_arguments_only() -> None:
    for name in ("withdraw", "withdraw_fiat", "convert_dust", "transfer_sub_account", "transfer_credit_line"):
        assert not any(p.positional for p in endpoint_of(getattr(Calls, name)).parameters), name


async def test_the_id_of_an_otc_order_is_part_of_the_path() -> None:
    recorder = Recorder()
    await Calls(recorder).otc_order("10/2?3")
    [(endpoint, bound)] = recorder.calls
    assert endpoint.route(bound) == "/sapi/v1/otc/orders/10%2F2%3F3"
    assert bound == {}


async def test_an_order_is_sent_as_it_was_given() -> None:
    recorder = Recorder()
    await WebsocketCalls(recorder).place_order(
        "BTCUSD", enums.Side.BUY, "LIMIT", time_in_force="GTC", quantity=0.00001, price="60000.10"
    )
    [(endpoint, bound)] = recorder.calls
    assert (endpoint.ws, endpoint.path) == ("order.place", "/api/v3/order")
    assert bound == {
        "symbol": "BTCUSD",
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "0.00001",
        "price": "60000.10",
    }


@pytest.mark.parametrize(
    ("name", "arguments", "argument"),
    [
        ("place_order", {"symbol": "BTCUSD", "side": "HOLD", "type": "LIMIT"}, "side"),
        ("klines", {"symbol": "BTCUSD", "interval": "1s"}, "interval"),  # spot's only
        ("withdraw", {"coin": "BTC", "address": "x", "amount": 1}, "network"),
        ("place_oco", {"symbol": "BTCUSD", "side": "BUY", "quantity": 1, "price": 1}, "stop_price"),
        ("convert_dust", {"from_asset": "BTC", "to_asset": "BNB"}, "from_asset"),
    ],
)
async def test_bad_arguments_are_refused(name: str, arguments: dict[str, Any], argument: str) -> None:
    recorder = Recorder()
    with pytest.raises(InvalidArgument) as caught:
        await getattr(Calls(recorder), name)(**arguments)
    assert caught.value.argument == argument
    assert recorder.calls == []


def test_an_overload_takes_nothing_that_its_call_does_not() -> None:
    assert len(get_overloads(Calls.place_order)) == 6
    for name in ALL:
        method = getattr(Calls, name)
        takes = set(inspect.signature(method).parameters)
        for overload in get_overloads(method):
            own = {p.name for p in inspect.signature(overload).parameters.values() if p.kind is not p.VAR_KEYWORD}
            assert own <= takes, name


def test_the_options_of_orders_are_arguments_of_their_calls() -> None:
    from binance_async.us.order_lists import OcoOrders
    from binance_async.us.trading import CancelReplaceOptions, OrderOptions

    for options, method, own in (
        (OrderOptions, Calls.place_order, {"symbol", "side", "type"}),
        (CancelReplaceOptions, Calls.cancel_replace, {"symbol", "side", "type", "cancel_replace_mode"}),
        (OcoOrders, Calls.place_oco, {"symbol", "side"}),
    ):
        names = {p.name for p in endpoint_of(method).parameters}
        assert set(options.__annotations__) == names - own - {"new_order_resp_type"}
