import json
from typing import Generic, TypeVar

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from binance_async.core.events import (
    Enveloped,
    EventReader,
    Gap,
    GapCause,
    RawEvent,
    UserEventBase,
    event_name,
    raw_event,
    user_event_declarations,
)

T = TypeVar("T")


class Balance(
    UserEventBase, frozen=True, kw_only=True, tag_field="e", tag="balance", rename={"time": "E", "asset": "a"}
):
    """A balance."""

    time: int
    asset: str | None = None


class Ended(UserEventBase, frozen=True, kw_only=True, tag_field="e", tag="ended", rename={"time": "E"}):
    """The end."""

    time: int


READER = EventReader(Balance | Ended)


@pytest.mark.parametrize(
    "body",
    [
        b'{"e":"balance","E":7,"a":"BTC"}',
        b'{"E":7,"e":"balance","a":"BTC"}',
        b'{ "e": "balance", "E": 7, "a": "BTC" }',
        b'{"e":"balance","E":7,"a":"BTC","new":[{"deep":1}]}',
        b'{"e":"balance","E":"7","a":"BTC"}',
        b'{"event":{"e":"balance","E":7,"a":"BTC"}}',
        b'{"subscriptionId":3,"event":{"e":"balance","E":7,"a":"BTC"}}',
        b'{"subscriptionId":3,"event":{"E":"7","e":"balance","a":"BTC"}}',
        b'{"subscriptionId":"x","event":{"e":"balance","E":7,"a":"BTC"}}',
    ],
)
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_an_event_is_read_bare_or_enveloped(body, kind):
    assert READER.read(kind(body)) == Balance(time=7, asset="BTC")


@pytest.mark.parametrize(
    ("body", "event", "time", "symbol", "reason"),
    [
        (b'{"e":"tomorrow","E":7,"s":"BTCUSDT"}', "tomorrow", 7, "BTCUSDT", "Invalid value 'tomorrow'"),
        (b'{"subscriptionId":1,"event":{"e":"tomorrow","E":7}}', "tomorrow", 7, None, "Invalid value 'tomorrow'"),
        (b'{"e":"balance","E":"soon"}', "balance", None, None, "Expected `int`"),
        (b'{"e":"balance","E":true}', "balance", None, None, "Expected `int`"),
        (b'{"e":"balance"}', "balance", None, None, "missing required field `E`"),
        (b'{"e":5,"E":7,"s":[]}', None, 7, None, "Expected `str`"),
        (b'{"event":5}', None, None, None, "Expected `object`"),
        (b"{}", None, None, None, "missing required field"),
        (b"[]", None, None, None, "Expected `object`"),
        (b"null", None, None, None, "Expected `object`"),
        (b'{"e":"balance"', None, None, None, "truncated"),
        (b"", None, None, None, "truncated"),
        (b'{"e":"balance","E":7,"a":"\xff"}', None, None, None, "decode"),
        (b'{"e":"balance","E":7,"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}", None, None, None, "nested too deeply"),
    ],
)
def test_what_does_not_fit_is_kept(body, event, time, symbol, reason):
    raw = READER.read(body)
    assert isinstance(raw, RawEvent)
    assert (raw.event, raw.time, raw.symbol) == (event, time, symbol)
    assert reason in raw.reason
    assert raw.body == body


@settings(deadline=None)
@given(
    st.binary(max_size=60)
    | st.builds(
        lambda v: json.dumps(v).encode(),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.floats()
            | st.text(max_size=5)
            | st.sampled_from(["balance", "ended"]),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["e", "E", "a", "event", "subscriptionId", "x"]), inner, max_size=4)
            ),
            max_leaves=8,
        ),
    )
)
def test_no_body_stops_the_reader(body):
    event = READER.read(body)
    assert isinstance(event, Balance | Ended) or event.body == body


def test_a_raw_event_of_a_stream_that_nobody_declared():
    raw = raw_event(b'{"e":"x","E":1,"s":"Y","p":"0.1"}', stream="y@x")
    assert raw == RawEvent(event="x", time=1, symbol="Y", stream="y@x", body=b'{"e":"x","E":1,"s":"Y","p":"0.1"}')
    assert raw.fields() == {"e": "x", "E": 1, "s": "Y", "p": "0.1"}
    assert raw_event(b"[1]").fields() == {}


def test_a_raw_event_does_not_show_its_body():
    raw = raw_event(b'{"e":"listenKeyExpired","E":1,"listenKey":"sesame"}', stream="s", reason="why")
    assert "sesame" not in repr(raw)
    assert repr(raw) == "<RawEvent listenKeyExpired of s at 1, 51 bytes, why>"
    assert repr(RawEvent(body=b"")) == "<RawEvent None at None, 0 bytes>"


def test_raw_events_keep_their_own_copy():
    buffer = bytearray(b'{"e":"x"}')
    raw = raw_event(memoryview(buffer))
    buffer[:] = b"y" * len(buffer)
    assert raw.body == b'{"e":"x"}'


class Restored(Balance, frozen=True, kw_only=True):
    source = "rest"


def test_where_an_event_is_from():
    seen, restored = Balance(time=1, asset="A"), Restored(time=1, asset="A")
    assert (seen.source, restored.source, RawEvent(body=b"").source) == ("stream", "rest", "stream")
    assert seen != restored
    match restored:
        case Balance(time=1):
            pass
        case _:
            pytest.fail("a restored event is one of its kind")
    # Nothing of it is on the wire, and nothing on the wire can claim it.
    assert msgspec.json.encode(restored) == msgspec.json.encode(seen) == b'{"e":"balance","E":1,"a":"A"}'
    assert READER.read(b'{"e":"balance","E":1,"source":"rest"}').source == "stream"


def test_a_gap_says_what_is_known():
    gap = Gap(streams=("btcusdt@trade",), cause=GapCause.SEQUENCE, from_id=7, to_id=10)
    assert (gap.reconciled, gap.missing, gap.from_time, gap.dropped, gap.connection) == (False, (), None, None, None)
    assert gap == msgspec.json.decode(msgspec.json.encode(gap), type=Gap)
    later = msgspec.json.decode(b'{"streams":[],"cause":"moonquake"}', type=Gap)
    assert later.cause == "moonquake"
    assert not later.cause.is_known


def test_declarations_of_events():
    balance, ended = user_event_declarations((Balance, Enveloped[Ended]))
    assert (balance.name, balance.event, balance.enveloped) == ("Balance", "balance", False)
    assert (ended.name, ended.event, ended.enveloped, ended.type) == ("Ended", "ended", True, Ended)
    assert balance.decode(b'{"e":"balance","E":1}') == Balance(time=1)
    assert ended.decode(b'{"event":{"e":"ended","E":1}}') == Enveloped(event=Ended(time=1))
    assert msgspec.json.encode(ended.decode(b'{"event":{"e":"ended","E":1}}')) == b'{"event":{"e":"ended","E":1}}'


def test_the_name_of_a_generic_event():
    class Box(Struct, Generic[T], tag_field="e", tag="box"):
        value: T

    assert event_name(Box[int]) == event_name(Box) == "box"
