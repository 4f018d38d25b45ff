"""From the text of an event to those who want it."""

from __future__ import annotations

from typing import Any

import pytest

from binance_async.core.events import RawEvent
from binance_async.core.stream import Stream
from binance_async.session.feed import Feed, event_in
from binance_async.session.subscription import Subscription
from binance_async.spot import events, streams

TRADE = b'{"e":"trade","E":1790000000000,"s":"BTCUSDT","t":7,"p":"43250.01","q":"0.001","T":1,"m":true,"M":true}'


def feed(stream: Stream[Any] | None = None) -> Feed:
    stream = stream or streams.trade("BTCUSDT")
    return Feed(stream, stream.numbers)


async def test_each_subscription_gets_the_same_event() -> None:
    fed = feed()
    several: list[Subscription[Any]] = [Subscription() for _ in range(3)]
    for count, subscription in enumerate(several, 1):
        fed.attach(subscription)
        fed.deliver(TRADE)
        assert [each.received for each in several] == [*range(count, 0, -1), *[0] * (3 - count)]
    first = [await each.next() for each in several][-1]
    assert isinstance(first, events.Trade)
    for subscription in several:
        fed.detach(subscription)
        fed.deliver(TRADE)
    assert [each.received for each in several] == [3, 3, 3]
    assert fed.received == 6


@pytest.mark.parametrize("behind", [b',"x":1', b' , "more":{"data":[]} ', b" "])
def test_what_stands_behind_the_event_is_cut_off(behind: bytes) -> None:
    fed = feed()
    fed.deliver(TRADE + behind)
    assert isinstance(fed.last, events.Trade)
    assert fed.undecoded == 0
    assert fed.read(TRADE + behind) == fed.last
    assert event_in(TRADE + behind) == TRADE


@pytest.mark.parametrize("text", [b"", b"{", b"{}", TRADE + b"}", TRADE + b',"x"', b'"\xff"', b"[" * 2_000])
def test_what_cannot_be_read_arrives_as_it_came(text: bytes) -> None:
    fed = feed()
    subscription: Subscription[Any] = Subscription()
    fed.attach(subscription)
    fed.deliver(text)
    event = fed.last
    assert isinstance(event, RawEvent)
    assert (event.body, event.stream, subscription.received, fed.undecoded) == (text, "btcusdt@trade", 1, 1)
    assert event.reason


def test_a_stream_that_nobody_declared_is_raw_and_not_counted_as_undecoded() -> None:
    fed = feed(Stream("btcusdt@tomorrow"))
    fed.deliver(b'{"e":"tomorrow","E":5},"x":1')
    assert (fed.last.event, fed.last.time, fed.last.body) == ("tomorrow", 5, b'{"e":"tomorrow","E":5}')
    assert (fed.last.stream, fed.last.reason, fed.undecoded) == ("btcusdt@tomorrow", "", 0)
