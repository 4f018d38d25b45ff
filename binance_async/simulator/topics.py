"""The market streams: who is told what, and how often.

A `Topic` is one stream name in one time unit. It lives while somebody is subscribed. Real-time topics hear the
engine's events; timed ones are looked at by a `Pulse`, whose beats are aligned to the exchange's clock, and send what
has changed since. An event is encoded once and its frames are made once, however many connections read it.

    real time        trade, aggTrade, bookTicker
    100 ms           depth@100ms, depth<levels>@100ms
    1 s              depth, depth<levels>, tickers, avgPrice, kline_1s
    2 s              klines of all other intervals
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from binance_async.core.stream import StreamDeclaration, stream_declarations
from binance_async.simulator.engine import DepthFeed, MarketEvent
from binance_async.simulator.json_values import as_object
from binance_async.simulator.transport import Message

if TYPE_CHECKING:
    import asyncio

    from binance_async.simulator.exchange import Exchange
    from binance_async.simulator.streams import StreamSession
    from binance_async.simulator.user_data import ListenKey

__all__ = ["Topic", "Topics"]

_encode = msgspec.json.Encoder().encode


class Topic:
    """One stream and its readers."""

    def __init__(self, exchange: Exchange, name: str, *, micro: bool) -> None:
        self.exchange = exchange
        self.name = name
        self.micro = micro
        self._head = b'{"stream":"' + name.encode() + b'","data":'
        # Tuples: a reader may go, or come, while an event is sent.
        self._raw: tuple[StreamSession, ...] = ()
        self._combined: tuple[StreamSession, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nobody reads it."""
        return not self._raw and not self._combined

    def join(self, session: StreamSession) -> None:
        """Deliver to this connection too, in the form that it reads."""
        self.leave(session)
        if session.combined:
            self._combined = (*self._combined, session)
        else:
            self._raw = (*self._raw, session)

    def leave(self, session: StreamSession) -> None:
        """No longer."""
        self._raw = tuple(each for each in self._raw if each is not session)
        self._combined = tuple(each for each in self._combined if each is not session)

    def readers(self) -> list[StreamSession]:
        """Who reads it."""
        return [*self._raw, *self._combined]

    def start(self) -> None:
        """Somebody reads it now."""

    def stop(self) -> None:
        """Nobody does any more."""

    def publish(self, payload: Any) -> None:
        """Send an event to all readers."""
        if self.exchange.faults.events:
            fields = as_object(payload) or {}
            self.deliver(str(fields.get("e", self._kind)), _encode(payload))
            return
        data = _encode(payload)
        if self._raw:
            message = Message(data)
            for session in self._raw:
                session.send(message)
        if self._combined:
            message = Message(self._head + data + b"}")
            for session in self._combined:
                session.send(message)

    _kind = "array"

    def deliver(self, kind: str, data: bytes) -> None:
        """Send an event that is encoded already, past the faults."""
        for session in self.readers():
            if self.exchange.faults.events:
                facts = {"event": kind, "stream": self.name, **session.facts, **self._facts()}
                self.exchange.sieve(session, facts, data, self._writer(session))
            else:
                self._writer(session)(data)

    def _facts(self) -> dict[str, Any]:
        return {"symbol": self.name.partition("@")[0].upper()}

    def _writer(self, session: StreamSession) -> Callable[[bytes], None]:
        def write(data: bytes) -> None:
            session.send(Message(self._head + data + b"}" if session.combined else data))

        return write


class RealTimeTopic(Topic):
    """Trades, aggregate trades and best prices, as they happen."""

    def __init__(self, exchange: Exchange, name: str, *, micro: bool, symbol: str, kind: str) -> None:
        super().__init__(exchange, name, micro=micro)
        self._symbol = symbol
        self._kind = kind
        self._unsubscribe: Callable[[], None] | None = None

    def start(self) -> None:
        """Hear the engine."""
        self._unsubscribe = self.exchange.engine.subscribe_market(self._on_event, kind=self._kind, symbol=self._symbol)

    def stop(self) -> None:
        """Hear it no more."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def _on_event(self, event: MarketEvent) -> None:
        self.publish(event.payload(micro=self.micro))


class TimedTopic(Topic):
    """A stream that is looked at with every beat of its pulse."""

    def __init__(
        self, exchange: Exchange, name: str, *, micro: bool, period: float, look: Callable[[], list[Any]], kind: str
    ) -> None:
        super().__init__(exchange, name, micro=micro)
        self._period = period
        self._look = look
        self._kind = kind

    def start(self) -> None:
        """Join the pulse."""
        self.exchange.topics.pulse(self._period).add(self)

    def stop(self) -> None:
        """Leave it."""
        self.exchange.topics.pulse(self._period).remove(self)

    def beat(self) -> None:
        """Send what there is to tell."""
        for payload in self._look():
            self.publish(payload)


class DepthTopic(TimedTopic):
    """The changes of a book since the last beat."""

    def __init__(self, exchange: Exchange, name: str, *, micro: bool, period: float, symbol: str) -> None:
        super().__init__(exchange, name, micro=micro, period=period, look=self._changes, kind="depthUpdate")
        self._symbol = symbol
        self._feed: DepthFeed | None = None

    def start(self) -> None:
        """Remember the changes from now on."""
        self._feed = self.exchange.engine.depth_feed(self._symbol)
        super().start()

    def stop(self) -> None:
        """Remember no more."""
        super().stop()
        if self._feed is not None:
            self._feed.close()
            self._feed = None

    def _changes(self) -> list[Any]:
        update = None if self._feed is None else self._feed.flush(micro=self.micro)
        return [] if update is None else [update]


class UserTopic(Topic):
    """User data by a listen key, on the stream host."""

    def __init__(self, exchange: Exchange, key: ListenKey, *, micro: bool) -> None:
        super().__init__(exchange, key.text, micro=micro)
        self._key = key

    def start(self) -> None:
        """Hear the account."""
        self.exchange.user_data.watch(self._key.account).listen(self)

    def stop(self) -> None:
        """Hear it no more."""
        self.exchange.user_data.watch(self._key.account).forget(self)

    def _facts(self) -> dict[str, Any]:
        return {"account": self._key.account, "stream": "user"}


class Pulse:
    """A beat every so many seconds of the exchange's time, while anybody listens."""

    def __init__(self, exchange: Exchange, period: float) -> None:
        self._exchange = exchange
        self._period = period
        self._members: dict[int, TimedTopic] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, topic: TimedTopic) -> None:
        """One more listens."""
        self._members[id(topic)] = topic
        if self._timer is None:
            self._schedule()

    def remove(self, topic: TimedTopic) -> None:
        """One less."""
        self._members.pop(id(topic), None)

    def _schedule(self) -> None:
        clock, length = self._exchange.clock, round(self._period * 1_000_000)
        wait = (length - clock.now_us() % length) / 1_000_000
        # A beat that fell a microsecond short of its time by rounding would be followed by another at once.
        self._timer = clock.call_later(wait + 1e-6, self._beat)

    def _beat(self) -> None:
        self._timer = None
        if not self._members:
            return
        self._schedule()
        for topic in list(self._members.values()):
            if not topic.empty:
                topic.beat()

    def stop(self) -> None:
        """No more beats."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._members.clear()


class Topics:
    """The topics of an exchange, made when they are first read and forgotten when nobody reads them."""

    def __init__(self, exchange: Exchange, declarations: list[StreamDeclaration]) -> None:
        self._exchange = exchange
        self._declarations = declarations
        self._topics: dict[tuple[str, bool], Topic] = {}
        self._pulses: dict[float, Pulse] = {}

    @classmethod
    def of_family(cls, exchange: Exchange, module: Any) -> Topics:
        """The topics that a family declares."""
        return cls(exchange, list(stream_declarations(module.Streams)))

    def pulse(self, period: float) -> Pulse:
        """The beat of this length."""
        if period not in self._pulses:
            self._pulses[period] = Pulse(self._exchange, period)
        return self._pulses[period]

    def exists(self, name: str) -> bool:
        """Whether there is such a stream."""
        return (
            (name, False) in self._topics or (name, True) in self._topics or self._make(name, micro=False) is not None
        )

    def join(self, session: StreamSession, name: str) -> None:
        """Subscribe a connection. A stream that does not exist is silent."""
        key = (name, session.micro)
        topic = self._topics.get(key)
        if topic is None:
            topic = self._make(name, micro=session.micro)
            if topic is None:
                return
            self._topics[key] = topic
            topic.start()
        topic.join(session)

    def leave(self, session: StreamSession, name: str) -> None:
        """Unsubscribe a connection."""
        topic = self._topics.get((name, session.micro))
        if topic is None:
            return
        topic.leave(session)
        if topic.empty:
            topic.stop()
            del self._topics[name, session.micro]

    def push(self, name: str, data: bytes) -> None:
        """Send this as an event of a stream."""
        for micro in (False, True):
            topic = self._topics.get((name, micro))
            if topic is not None:
                topic.deliver("pushed", data)

    def listen_key_expired(self, key: ListenKey) -> None:
        """Tell the readers of a listen key's stream."""
        for topic in self._of_key(key):
            now = self._exchange.clock.now_us()
            event = {"e": "listenKeyExpired", "E": now if topic.micro else now // 1000, "listenKey": key.text}
            topic.deliver("listenKeyExpired", _encode(event))

    def listen_key_gone(self, key: ListenKey) -> None:
        """Its readers hear no more. They stay subscribed to silence."""
        for topic in self._of_key(key):
            topic.stop()
            del self._topics[topic.name, topic.micro]

    def _of_key(self, key: ListenKey) -> list[Topic]:
        found = (self._topics.get((key.text, micro)) for micro in (False, True))
        return [topic for topic in found if topic is not None]

    def close(self) -> None:
        """Stop everything."""
        for topic in self._topics.values():
            topic.stop()
        self._topics.clear()
        for pulse in self._pulses.values():
            pulse.stop()

    # Making

    def _make(self, name: str, *, micro: bool) -> Topic | None:
        key = self._exchange.user_data.find(name)
        if key is not None:
            return UserTopic(self._exchange, key, micro=micro)
        for declaration in self._declarations:
            match = declaration.pattern.fullmatch(name)
            if match is not None and self._served(declaration):
                from binance_async.simulator.spot_streams import MAKERS

                parts = {part: text for part, text in match.groupdict().items() if text is not None}
                return self._of_maker(MAKERS.get(declaration.name.rpartition(".")[2]), name, parts, micro=micro)
        return None

    def _served(self, declaration: StreamDeclaration) -> bool:
        rules = self._exchange.rules
        new_enough = declaration.since is None or declaration.since <= rules.as_of
        return new_enough and (declaration.until is None or rules.retired)

    def _of_maker(self, maker: Any, name: str, parts: dict[str, str], *, micro: bool) -> Topic | None:
        symbol = parts.get("symbol")
        if symbol is not None:
            # Names are lower case; only ASCII letters have another case on this exchange.
            listed = {each.lower(): each for each in self._exchange.engine.symbols}
            if symbol not in listed:
                return None
            parts["symbol"] = listed[symbol]
        if maker is None:
            return Topic(self._exchange, name, micro=micro)  # declared, and nothing ever happens on it
        made: Topic = maker(self._exchange, name, parts, micro)
        return made
