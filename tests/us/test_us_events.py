"""The user events of Binance.US: every documented payload, whole and mutated."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from binance_async.core.events import RawEvent, user_event_declarations
from binance_async.us import events
from binance_async.us.events import read_user_event

CATALOGUE = Path(__file__).resolve().parents[1] / "catalogue" / "data" / "us.json"
DOCUMENTED = {e["event"]: e["payloads"][0] for e in json.loads(CATALOGUE.read_text()) if e["kind"] == "user_event"}
KEY_EXPIRED = {"e": "listenKeyExpired", "E": 1699596037418, "listenKey": "sesame"}
TYPES = {d.event: d.type for d in user_event_declarations(events.USER_EVENTS)}
EVENTS = [*DOCUMENTED.values(), KEY_EXPIRED]


def body(value: Any) -> bytes:
    return json.dumps(value).encode()


def text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [text(item) for item in value]
    return format(value, "f") if isinstance(value, Decimal) else value


def plain(event: Any) -> Any:
    return text(msgspec.to_builtins(event, builtin_types=(Decimal,)))


def test_everything_is_declared() -> None:
    assert set(TYPES) == {e["e"] for e in EVENTS}


@pytest.mark.parametrize("payload", EVENTS, ids=lambda e: e["e"])
def test_each_documented_payload_keeps_every_field(payload: Any) -> None:
    event = read_user_event(body(payload))
    assert type(event) is TYPES[payload["e"]]
    assert event.source == "stream"
    kept = {key: value for key, value in plain(event).items() if value is not None or key in payload}
    assert kept == payload


def places(payload: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, value in payload.items() if isinstance(payload, dict) else enumerate(payload):
        yield (*path, key)
        if isinstance(value, (dict, list)):
            yield from places(value, (*path, key))


GONE = object()


@pytest.mark.parametrize(
    "value",
    [GONE, None, 7, 0.5, "TOMORROW", "", True, [1], {"a": {}}, 10**40],
    ids=lambda v: "gone" if v is GONE else repr(v),
)
@pytest.mark.parametrize("payload", EVENTS, ids=lambda e: e["e"])
def test_no_mutation_stops_the_reader_or_loses_an_event(payload: Any, value: Any) -> None:
    for path in places(payload):
        mutant = copy.deepcopy(payload)
        inner = mutant
        for key in path[:-1]:
            inner = inner[key]
        if value is GONE:
            del inner[path[-1]]
        else:
            inner[path[-1]] = value
        event = read_user_event(body(mutant))
        if isinstance(event, RawEvent):
            assert (event.body, bool(event.reason)) == (body(mutant), True)
        else:
            assert type(event) is TYPES[payload["e"]]


@pytest.mark.parametrize("name", ["S", "o", "f", "x", "X", "r", "V"])
def test_an_enum_value_of_tomorrow_is_kept(name: str) -> None:
    event = read_user_event(body(DOCUMENTED["executionReport"] | {name: "TOMORROW"}))
    assert isinstance(event, events.ExecutionReport)
    assert plain(event)[name] == "TOMORROW"


@pytest.mark.parametrize("name", ["d", "D", "W", "u", "v", "U", "A", "B", "N", "I", "M", "V"])
def test_conditional_fields_may_be_left_out(name: str) -> None:
    payload = {key: value for key, value in DOCUMENTED["executionReport"].items() if key != name}
    assert type(read_user_event(body(payload))) is events.ExecutionReport


def test_times_are_numbers_outside_of_the_document() -> None:
    event = read_user_event(body(DOCUMENTED["executionReport"] | {"W": 1668683798379, "D": 1668680518494}))
    assert isinstance(event, events.ExecutionReport)
    assert (event.working_time, event.trailing_time) == (1668683798379, 1668680518494)


@pytest.mark.parametrize(
    ("restored", "payload"),
    [
        (events.RestoredExecutionReport, DOCUMENTED["executionReport"]),
        (events.RestoredAccountPosition, DOCUMENTED["outboundAccountPosition"]),
        (events.RestoredListStatus, DOCUMENTED["listStatus"]),
    ],
)
def test_an_event_restored_from_rest_is_one_of_its_kind(restored: Any, payload: Any) -> None:
    streamed = read_user_event(body(payload))
    from_rest = restored(**msgspec.structs.asdict(streamed))  # type: ignore[arg-type]
    assert isinstance(from_rest, type(streamed))
    assert (from_rest.source, plain(from_rest)) == ("rest", plain(streamed))


def test_a_listen_key_is_not_shown() -> None:
    assert "sesame" not in repr(read_user_event(body(KEY_EXPIRED)))


def test_events_are_exported() -> None:
    assert all(hasattr(events, name) for name in events.__all__)
