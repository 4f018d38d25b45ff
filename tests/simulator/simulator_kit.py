"""What the tests of the simulator share: a client of the doors that signs by itself, on virtual time."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Coroutine
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from binance_async.net.seams import HttpReply
from binance_async.net.virtual import run_virtual
from binance_async.simulator.clock import SimClock
from binance_async.simulator.engine import NewOrder, default_symbols
from binance_async.simulator.exchange import Account, Exchange
from binance_async.simulator.keys import Key
from binance_async.simulator.rules import Rules, rules_for
from binance_async.simulator.transport import Message

START = 1_767_225_600.0
CATALOGUE = Path(__file__).resolve().parents[1] / "catalogue" / "data"


def catalogue(product: str) -> list[dict[str, Any]]:
    """The entries of one file of the catalogue."""
    entries: list[dict[str, Any]] = json.loads((CATALOGUE / f"{product}.json").read_text())
    return entries


def virtual(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run an async test on virtual time."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        run_virtual(test(*args, **kwargs))

    return run


class Rig:
    """An exchange without a transport, and requests to it."""

    def __init__(
        self, *, family: str = "spot", edition: int = 2026, rules: Rules | None = None, **options: Any
    ) -> None:
        self.clock = SimClock(START)
        rules = rules or rules_for(family, edition)
        options.setdefault("symbols", default_symbols(3))
        self.exchange = Exchange(self.clock, family=family, rules=rules, **options)
        self.account: Account = self.exchange.account
        self.key: Key = self.account.keys["hmac"]

    @property
    def now(self) -> int:
        return self.clock.now_ms()

    async def raw(
        self, method: str, target: str, body: str = "", headers: dict[str, str] | None = None, ip: str = "127.0.0.1"
    ) -> HttpReply:
        return await self.exchange.http(method, target, headers or {}, body.encode(), ip)

    async def rest(self, method: str, path: str, *, ip: str = "127.0.0.1", **params: Any) -> Any:
        """An unsigned request; the decoded body."""
        reply = await self.raw(method, _target(path, query_of(params)), ip=ip)
        return json.loads(reply.body)

    async def signed_reply(
        self, method: str, path: str, *, key: Key | None = None, ip: str = "127.0.0.1", **params: Any
    ) -> HttpReply:
        key = key or self.key
        params.setdefault("timestamp", self.now)
        query = query_of(params)
        query += "&signature=" + quote(key_signs(key, query.encode()), safe="")
        return await self.raw(method, _target(path, query), headers={"x-mbx-apikey": key.api_key}, ip=ip)

    async def signed(self, method: str, path: str, **params: Any) -> Any:
        """A signed request; the decoded body."""
        return json.loads((await self.signed_reply(method, path, **params)).body)

    async def buy(self, price: str = "50000", quantity: str = "0.01", **params: Any) -> Any:
        """A resting order of the first account."""
        return await self.signed("POST", "/api/v3/order", **{**limit("BUY", price, quantity), **params})

    def trade(self, quantity: str = "0.001", price: str = "60000", symbol: str = "BTCUSDT") -> None:
        """A trade between two strangers."""
        engine = self.exchange.engine
        if not hasattr(self, "_strangers"):
            rich = {
                asset: Decimal(10**9)
                for spec in engine.symbols.values()
                for asset in (spec.base_asset, spec.quote_asset)
            }
            self._strangers = [engine.add_account(balances=rich, house=True) for _ in range(2)]
        maker, taker = self._strangers
        amount = Decimal(quantity)
        engine.place(maker, NewOrder(symbol, "SELL", "LIMIT", "GTC", amount, price=Decimal(price)))
        engine.place(taker, NewOrder(symbol, "BUY", "LIMIT", "IOC", amount, price=Decimal(price)))

    def api(self, query: str = "", ip: str = "127.0.0.1") -> ApiClient:
        """A connection to the WebSocket API."""
        return ApiClient(self, "/ws-api/v3" + query, ip)

    def stream(self, target: str = "/ws", ip: str = "127.0.0.1") -> Client:
        """A stream connection."""
        return Client(self, target, ip)


def limit(side: str, price: str, quantity: str, symbol: str = "BTCUSDT") -> dict[str, str]:
    return {
        "symbol": symbol,
        "side": side,
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": quantity,
        "price": price,
    }


def query_of(params: dict[str, Any]) -> str:
    texts = {
        name: json.dumps(value, separators=(",", ":"))
        if isinstance(value, list)
        else str(value).lower()
        if isinstance(value, bool)
        else value
        for name, value in params.items()
    }
    return urlencode(texts, quote_via=quote)


def _target(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path


def key_signs(key: Key, payload: bytes) -> str:
    return key.credentials.signer.sign(payload)


class FakeWire:
    """Keeps what a session sends."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.did: list[Any] = []
        self.buffered = 0
        self.closed: tuple[int, str] | None = None

    def send(self, message: Message) -> None:
        if self.closed is None:
            self._client.received.append(message.data)

    def ping(self, payload: bytes) -> None:
        self._client.pings.append(payload)
        if self._client.answers_pings:
            self._client.session.on_pong(payload)

    def close(self, code: int, reason: str) -> None:
        self._gone(code, reason)

    def abort(self) -> None:
        self.did.append("abort")
        self._gone(1006, "reset")

    def end(self) -> None:
        self.did.append("end")
        self._gone(1006, "end")

    def _gone(self, code: int, reason: str) -> None:
        if self.closed is None:
            self.closed = (code, reason)
            self._client.session.on_closed(code, reason)

    def freeze(self) -> None:
        self.did.append("freeze")

    def thaw(self) -> None:
        self.did.append("thaw")

    def half_open(self) -> None:
        self.did.append("half_open")


class Client:
    """A client of a stream connection."""

    def __init__(self, rig: Rig, target: str, ip: str) -> None:
        self.rig = rig
        self.received: list[bytes] = []
        self.pings: list[bytes] = []
        self.answers_pings = True
        self.wire = FakeWire(self)
        self.session: Any = rig.exchange.accept(target, {}, ip)
        self.session.opened(self.wire)

    @property
    def closed(self) -> tuple[int, str] | None:
        return self.wire.closed

    def take(self) -> list[Any]:
        """What came since the last look."""
        taken, self.received[:] = [json.loads(each) for each in self.received], []
        return taken

    def say(self, message: Any) -> list[Any]:
        """Send a control message; what came at once."""
        self.session.on_message(message if isinstance(message, bytes) else json.dumps(message).encode())
        return self.take()

    def subscribe(self, *names: str) -> Any:
        return self.say({"method": "SUBSCRIBE", "params": list(names), "id": 1})[-1]


class ApiClient(Client):
    """A client of the WebSocket API."""

    def __init__(self, rig: Rig, target: str, ip: str) -> None:
        super().__init__(rig, target, ip)
        self.events: list[Any] = []
        self._id = 0

    def ask(self, method: str, **params: Any) -> Any:
        """Make a request; its reply."""
        self._id += 1
        answers = self.say({"id": self._id, "method": method, "params": params})
        self.events += [each for each in answers if "event" in each]
        replies = [each for each in answers if "event" not in each]
        return replies[0] if replies else None

    def signed(self, method: str, key: Key | None = None, **params: Any) -> Any:
        """Make a signed request."""
        key = key or self.rig.key
        full = {"timestamp": self.rig.now, **params, "apiKey": key.api_key}
        payload = "&".join(f"{name}={_text(full[name])}" for name in sorted(full))
        return self.ask(method, **full, signature=key_signs(key, payload.encode()))

    def log_on(self, key: Key | None = None) -> Any:
        return self.signed("session.logon", key or self.rig.account.keys["ed25519"])


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":")) if not isinstance(value, str) else value
