"""All calls of spot as a user has them: flat, each under one name, and each of them makes its own call."""

from __future__ import annotations

import inspect
from collections import Counter
from typing import Any

import pytest

from binance_async.core.endpoint import Bound, Endpoint, Parameter, Security, endpoint_of, endpoints
from binance_async.spot import Calls, WebsocketCalls
from binance_async.spot.session import Session
from binance_async.spot.user_stream import UserStream

ALL = [e.fn.__name__ for e in endpoints(WebsocketCalls)]


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


def test_every_name_is_used_once() -> None:
    assert [name for name, count in Counter(ALL).items() if count > 1] == []


def test_only_the_session_is_the_websocket_apis_alone() -> None:
    rest = {e.fn.__name__ for e in endpoints(Calls)}
    assert all(e.method is not None for e in endpoints(Calls))
    assert {e.fn.__name__ for e in endpoints(Session)} == set(ALL) - rest
    assert all(e.method is None for e in endpoints(Session))


@pytest.mark.parametrize("name", ALL)
async def test_a_call_is_made_with_what_it_requires_and_with_all_that_it_takes(name: str) -> None:
    recorder = Recorder()
    method = getattr(WebsocketCalls(recorder), name)
    endpoint = endpoint_of(method)
    required = {p.name: some(p) for p in endpoint.parameters if p.required}
    everything = {p.name: some(p) for p in endpoint.parameters}
    assert await method(**required) == "answered"
    assert await method(**everything) == "answered"
    assert [called for called, _ in recorder.calls] == [endpoint, endpoint]
    assert recorder.calls[0][1] == {p.wire: some(p) for p in endpoint.parameters if p.required}
    assert recorder.calls[1][1] == {p.wire: some(p) for p in endpoint.parameters}


@pytest.mark.parametrize("name", ALL)
def test_a_call_explains_itself(name: str) -> None:
    method = getattr(WebsocketCalls, name)
    assert inspect.getdoc(method)
    assert inspect.signature(method).return_annotation is not inspect.Signature.empty
    assert endpoint_of(method).name == f"spot.{name}"


def test_a_call_that_writes_is_not_called_a_reading_one() -> None:
    writing = {e.fn.__name__ for e in endpoints(WebsocketCalls) if e.writes}
    verbs = ("place_", "cancel_", "amend_", "test_", "start_", "keep_alive_", "stop_")
    assert writing == {name for name in ALL if name.startswith(verbs)}


def test_listen_keys_ended_on_one_day_and_cost_a_key_but_no_signature() -> None:
    for endpoint in endpoints(UserStream):
        assert (endpoint.security, endpoint.until) == (Security.USER_STREAM, "2026-02-20")
        assert endpoint.resolve is None


def test_of_the_session_only_log_on_and_subscription_by_signature_are_signed() -> None:
    signed = {e.fn.__name__ for e in endpoints(Session) if e.security.signed}
    assert signed == {"session_logon", "subscribe_user_data_signature"}
    assert not any(e.writes for e in endpoints(Session))
