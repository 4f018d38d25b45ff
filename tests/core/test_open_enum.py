"""Open enums: what is not known is kept, equal to its text, and counted within a bound."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from binance_async.core import open_enum
from binance_async.core.open_enum import OpenEnum, unknown_values


class Status(OpenEnum):
    NEW = "NEW"
    M1 = "1m"


class Other(OpenEnum):
    NEW = "NEW"


class Event(msgspec.Struct):
    status: Status


@pytest.fixture(autouse=True)
def _own_counter() -> Iterator[None]:
    before = dict(unknown_values)
    unknown_values.clear()
    yield
    unknown_values.clear()
    unknown_values.update(before)


def test_a_known_value() -> None:
    assert Status("NEW") is Status.NEW
    assert Status.NEW.is_known
    assert Status.M1 == "1m"
    assert {Status.M1: 1}["1m"] == 1  # the hash is the text's, not the name's
    assert repr(Status.M1) == "<Status.M1: '1m'>"
    assert not unknown_values


def test_an_unknown_value_is_kept_and_counted() -> None:
    status = Status("NEW_2030")
    assert type(status) is Status
    assert not status.is_known
    assert status == "NEW_2030" == status.value == status.name == str(status) == f"{status}"
    assert status == Status("NEW_2030")
    assert status != Status.NEW
    assert hash(status) == hash("NEW_2030")
    assert {status: 1}["NEW_2030"] == 1
    assert status not in list(Status)
    assert unknown_values == {"Status.NEW_2030": 2}


def test_match_works_on_both() -> None:
    def name(status: Status) -> str:
        match status:
            case Status.NEW:
                return "new"
            case "NEW_2030":
                return "2030"
            case _:
                return "other"

    assert [name(Status(v)) for v in ("NEW", "NEW_2030", "X")] == ["new", "2030", "other"]


@pytest.mark.parametrize("value", ["NEW", "1m", "NEW_2030", "", "a\nb"])
def test_copies(value: str) -> None:
    status = Status(value)
    others = [copy.copy(status), copy.deepcopy(status), copy.deepcopy([status])[0]]
    others += [pickle.loads(pickle.dumps(status, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    for other in others:
        assert type(other) is Status
        assert (other, other.is_known) == (status, status.is_known)
        assert (other is status) or not status.is_known


def test_msgspec_reads_and_writes_it() -> None:
    event = msgspec.json.decode(b'{"status":"NEW_2030"}', type=Event)
    assert event.status == "NEW_2030"
    assert not event.status.is_known
    assert msgspec.json.encode(event) == b'{"status":"NEW_2030"}'
    assert msgspec.to_builtins(event) == {"status": "NEW_2030"}
    assert msgspec.convert({"status": "1m"}, Event).status is Status.M1
    assert json.dumps([event.status]) == '["NEW_2030"]'
    for bad in (b'{"status":5}', b'{"status":null}', b'{"status":["NEW"]}'):
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(bad, type=Event)


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(ValueError, match="5 is not a valid Status"):
        Status(5)


def test_the_class_stays_as_it_was() -> None:
    for n in range(100):
        Status(f"V{n}")
    assert list(Status) == ["NEW", "1m"]
    assert set(Status._value2member_map_) == {"NEW", "1m"}
    assert Other("V1") == Status("V1")
    assert repr(Other("V1")) == "<Other: 'V1'>"


def test_the_counter_has_a_bound() -> None:
    for n in range(open_enum._MOST_COUNTED + 500):
        Status(f"V{n}")
    assert len(unknown_values) == open_enum._MOST_COUNTED
    Status("V7")
    Status("V1400")
    assert unknown_values["Status.V7"] == 2
    assert "Status.V1400" not in unknown_values
    assert Status("V1400") == "V1400"  # kept all the same


def test_the_counter_does_not_keep_long_values() -> None:
    status = Status("x" * 100_000)
    assert len(status) == 100_000
    assert list(unknown_values) == ["Status." + "x" * 64]


@given(st.text())
def test_any_text_is_a_value_and_prints_in_one_line(value: str) -> None:
    status = Status(value)
    assert status == value
    assert str(status) == value
    assert "\n" not in repr(status)
    assert pickle.loads(pickle.dumps(status)) == value
