"""User data: every event of an account, to whoever listens, by listen key or by subscription.

A listen key lives for an hour from its making or the last time it was kept alive. An account has one at a time. When
it expires, whoever reads its stream is told (`listenKeyExpired`) and hears no more; when it is closed, nobody is told.
"""

from __future__ import annotations

import random
import string
from typing import TYPE_CHECKING

import msgspec

from binance_async.simulator.engine import AccountEvent, ExchangeError
from binance_async.simulator.transport import Message

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from binance_async.simulator.exchange import Exchange
    from binance_async.simulator.topics import Topic
    from binance_async.simulator.websocket_api import ApiSession

__all__ = ["ListenKey", "Subscription", "UserData"]

_ALPHABET = string.ascii_letters + string.digits


class Subscription:
    """The user data of one account on one WebSocket API connection."""

    def __init__(self, session: ApiSession, account: int, id: int, *, signed: bool, feed: AccountFeed) -> None:
        self.session = session
        self.account = account
        self.id = id
        self.signed = signed
        """Made by signature and not by the log-on."""
        self._feed = feed
        feed.listen(self)

    @property
    def micro(self) -> bool:
        """Whether times are microseconds."""
        return self.session.micro

    def deliver(self, kind: str, data: bytes) -> None:
        """One event."""
        session = self.session
        if session.exchange.faults.events:
            facts = {"event": kind, "stream": "user", **session.facts, "account": self.account}
            session.exchange.sieve(session, facts, data, self._write)
        else:
            self._write(data)

    def _write(self, data: bytes) -> None:
        if self.session.exchange.rules.edition >= 2026:
            head = b'{"subscriptionId":%d,"event":' % self.id
        else:
            head = b'{"event":'
        self.session.send(Message(head + data + b"}"))

    def terminate(self) -> None:
        """End it, and say so."""
        now = self.session.exchange.clock.now_us()
        event = {"e": "eventStreamTerminated", "E": now if self.micro else now // 1000}
        self._write(msgspec.json.encode(event))
        self.cancel()

    def cancel(self) -> None:
        """End it."""
        self._feed.forget(self)


class AccountFeed:
    """The events of one account."""

    def __init__(self, exchange: Exchange, account: int) -> None:
        self._exchange = exchange
        self._listeners: list[Subscription | Topic] = []
        self.account = account
        self._unsubscribe = exchange.engine.subscribe_account(account, self._on_event)

    def listen(self, listener: Subscription | Topic) -> None:
        """Deliver to this one too."""
        self._listeners.append(listener)

    def forget(self, listener: Subscription | Topic) -> None:
        """No longer."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def _on_event(self, event: AccountEvent) -> None:
        self._exchange.history.ledger_event(self.account, event)
        self._exchange.ledger.note(self.account, event)
        encoded: dict[bool, bytes] = {}
        for listener in list(self._listeners):
            micro = listener.micro
            if micro not in encoded:
                encoded[micro] = msgspec.json.encode(event.payload(micro=micro))
            listener.deliver(event.kind, encoded[micro])

    def push(self, data: bytes) -> None:
        """Send this to all listeners, as if it were an event."""
        for listener in list(self._listeners):
            listener.deliver("pushed", data)

    def close(self) -> None:
        """Hear no more."""
        self._unsubscribe()


class ListenKey:
    """One listen key."""

    def __init__(self, text: str, account: int) -> None:
        self.text = text
        self.account = account
        self.expires: float = 0.0
        self.timer: asyncio.TimerHandle | None = None
        self.on_expiry: list[Callable[[], None]] = []


class UserData:
    """The listen keys and feeds of an exchange."""

    def __init__(self, exchange: Exchange, seed: int) -> None:
        self._exchange = exchange
        self._chance = random.Random(f"listen keys/{seed}")
        self._feeds: dict[int, AccountFeed] = {}
        self._keys: dict[str, ListenKey] = {}
        self._of_account: dict[int, ListenKey] = {}

    def watch(self, account: int) -> AccountFeed:
        """The events of an account."""
        if account not in self._feeds:
            self._feeds[account] = AccountFeed(self._exchange, account)
        return self._feeds[account]

    def subscribe(self, session: ApiSession, account: int, id: int, *, signed: bool) -> Subscription:
        """Have an account's events come on a WebSocket API connection."""
        return Subscription(session, account, id, signed=signed, feed=self.watch(account))

    # Listen keys

    def find(self, text: str) -> ListenKey | None:
        """The living listen key of this text."""
        return self._keys.get(text)

    def start(self, account: int) -> str:
        """The account's listen key: the living one, kept alive, or a new one."""
        key = self._of_account.get(account)
        if key is None:
            key = ListenKey("".join(self._chance.choices(_ALPHABET, k=60)), account)
            self._keys[key.text] = key
            self._of_account[account] = key
        self._extend(key)
        return key.text

    def keep(self, account: int, text: str) -> None:
        """Let a key live for another hour."""
        self._extend(self._own(account, text))

    def stop(self, account: int, text: str) -> None:
        """Close a key. Nobody is told."""
        self._forget(self._own(account, text))

    def expire(self, account: int | None = None, *, silent: bool = False) -> None:
        """Let the key of an account, or all keys, expire now."""
        for key in list(self._keys.values()):
            if account is None or key.account == account:
                self._expire(key, silent=silent)

    def end_subscriptions(self, account: int | None = None) -> None:
        """End the WebSocket API's subscriptions to an account, or all of them."""
        from binance_async.simulator.websocket_api import ApiSession

        for session in list(self._exchange.sessions.values()):
            if isinstance(session, ApiSession):
                for subscription in list(session.subscriptions.values()):
                    if account is None or subscription.account == account:
                        session.unsubscribe(subscription.id)

    def _own(self, account: int, text: str) -> ListenKey:
        key = self._keys.get(text)
        if key is None or key.account != account:
            raise ExchangeError(-1125, "This listenKey does not exist.")
        return key

    def _extend(self, key: ListenKey) -> None:
        clock, life = self._exchange.clock, self._exchange.rules.listen_key_life
        key.expires = clock.elapsed() + life
        if key.timer is not None:
            key.timer.cancel()
        key.timer = clock.call_later(life, self._expire, key)

    def _expire(self, key: ListenKey, *, silent: bool = False) -> None:
        if self._keys.get(key.text) is not key:
            return
        if not silent:
            self._exchange.topics.listen_key_expired(key)
        self._forget(key)
        self._exchange.history.counters["listen_keys_expired"] += 1

    def _forget(self, key: ListenKey) -> None:
        self._keys.pop(key.text, None)
        self._of_account.pop(key.account, None)
        if key.timer is not None:
            key.timer.cancel()
        self._exchange.topics.listen_key_gone(key)

    def close(self) -> None:
        """End everything."""
        for key in self._keys.values():
            if key.timer is not None:
                key.timer.cancel()
        for feed in self._feeds.values():
            feed.close()
