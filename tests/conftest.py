"""A world for a client to live in: virtual time, an exchange that answers by script, and keys made on the spot.

    def test_the_time(world: World) -> None:
        world.http.then(world.json({"serverTime": 1}))
        assert world.run(lambda binance: binance.spot.time()).server_time == 1
        assert world.http.sent[0].path == "/api/v3/time"

Tests take it as fixtures. The name `conftest` belongs to several files, so nothing is imported from here but for
annotations.
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import hmac
import inspect
import json
import random
import secrets
from base64 import b64decode
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from hypothesis import HealthCheck, settings

from binance_async import TESTNET, Binance, Credentials
from binance_async.net.seams import Disconnected, HttpReply, NotConnected, Seams
from binance_async.net.virtual import VirtualClock, run_virtual

# The run

# How long an example takes says how busy the machine is, and nothing of what is tested.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("here")


def pytest_collection_finish() -> None:
    """Put what stays to the end out of the collector's sight.

    Many tests collect garbage to see that nothing is left open, and each of them would look through the thousands of
    tests that were found; the memory of a worker is several hundred MiB.
    """
    gc.collect()
    gc.freeze()


# Keys


@dataclass(frozen=True)
class Key:
    """A key of nobody's, its texts, and the exchange's way to check what it signed."""

    credentials: Credentials
    api_key: str
    secret: str
    """The HMAC secret, or the PEM."""
    passphrase: str
    verify: Callable[[bytes, str], bool]
    """Whether this signature (as it stands decoded) belongs to these bytes."""


def _api_key() -> str:
    return secrets.token_hex(32)


def _hmac_key() -> Key:
    api_key, secret = _api_key(), secrets.token_hex(32)

    def verify(payload: bytes, signature: str) -> bool:
        return hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest() == signature

    return Key(Credentials.hmac(api_key, secret), api_key, secret, "", verify)


def _checks(check: Callable[[bytes, bytes], None]) -> Callable[[bytes, str], bool]:
    def verify(payload: bytes, signature: str) -> bool:
        try:
            check(b64decode(signature, validate=True), payload)
        except (InvalidSignature, ValueError):
            return False
        return True

    return verify


def _pem(private: Any, passphrase: str) -> str:
    encryption: Any = serialization.NoEncryption()
    if passphrase:
        encryption = serialization.BestAvailableEncryption(passphrase.encode())
    text: bytes = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    return text.decode()


def _ed25519_key() -> Key:
    private, api_key, passphrase = ed25519.Ed25519PrivateKey.generate(), _api_key(), secrets.token_hex(16)
    pem = _pem(private, passphrase)
    credentials = Credentials.ed25519(api_key, pem, passphrase)
    return Key(credentials, api_key, pem, passphrase, _checks(private.public_key().verify))


def _rsa_key() -> Key:
    private, api_key = rsa.generate_private_key(65537, 2048), _api_key()
    public = private.public_key()
    pem = _pem(private, "")

    def check(signature: bytes, payload: bytes) -> None:
        public.verify(signature, payload, padding.PKCS1v15(), hashes.SHA256())

    return Key(Credentials.rsa(api_key, pem), api_key, pem, "", _checks(check))


class Keys:
    """One key of each kind."""

    @cached_property
    def hmac(self) -> Key:
        return _hmac_key()

    @cached_property
    def ed25519(self) -> Key:
        """Its PEM is encrypted."""
        return _ed25519_key()

    @cached_property
    def rsa(self) -> Key:
        return _rsa_key()

    def of(self, kind: str) -> Key:
        """By its name."""
        found: Key = getattr(self, kind)
        return found


@pytest.fixture(scope="session")
def keys() -> Keys:
    """Throw-away keys: `keys.hmac`, `keys.ed25519`, `keys.rsa`."""
    return Keys()


# The exchange


@dataclass(frozen=True)
class Sent:
    """One request as the exchange got it."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    timeout: float
    at: float
    """When it was sent, in virtual seconds."""

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def query(self) -> str:
        return urlsplit(self.url).query

    @property
    def text(self) -> str:
        """Query string and form body, which is what a signature is about."""
        return self.query + (self.body or b"").decode()

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """The parameters in their order, decoded."""
        return parse_qsl(self.text, keep_blank_values=True, strict_parsing=bool(self.text))

    @cached_property
    def params(self) -> dict[str, str]:
        """The parameters; a name that comes twice is a mistake."""
        found = dict(self.pairs)
        assert len(found) == len(self.pairs)
        return found

    @property
    def payload(self) -> bytes:
        """The bytes that the signature is over."""
        return self.text.rpartition("&signature=")[0].encode()

    @property
    def signature(self) -> str:
        return unquote(self.text.rpartition("&signature=")[2])


Answer = HttpReply | BaseException | Callable[[Sent], Any]
"""What a request meets: a reply, an exception, or a function (perhaps async) of the request that answers with one."""


class ScriptedHttp:
    """The seam `Http` that remembers what it got and answers by script; what nobody scripted fails the test."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.closed = 0
        self.in_flight = 0
        self._next: deque[Answer] = deque()
        self._always: dict[str, Answer] = {}
        self._end: asyncio.Future[None] | None = None

    def then(self, *answers: Answer) -> None:
        """The answers to the next requests, in turn."""
        self._next.extend(answers)

    def always(self, path: str, answer: Answer) -> None:
        """The answer to every request of this path; `*` for any other."""
        self._always[path] = answer

    def to(self, path: str) -> list[Sent]:
        """The requests of this path."""
        return [sent for sent in self.sent if sent.path == path]

    @property
    def left(self) -> int:
        """How many scripted answers nobody has asked for."""
        return len(self._next)

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, timeout: float
    ) -> HttpReply:
        """As `net.http` does it: a reply, `NotConnected`, or `Disconnected`."""
        if self.closed:
            raise NotConnected("the HTTP connections are closed")
        loop = asyncio.get_running_loop()
        sent = Sent(method, url, dict(headers), body, timeout, loop.time())
        self.sent.append(sent)
        answer: Any = self._always.get(sent.path)
        if answer is None and self._next:
            answer = self._next.popleft()
        answer = answer if answer is not None else self._always.get("*")
        assert answer is not None, f"nobody scripted an answer to {method} {sent.path}"
        while callable(answer) and not isinstance(answer, BaseException):
            answer = answer(sent)
            if inspect.isawaitable(answer):
                answer = await self._in_time(answer, timeout)
        if isinstance(answer, BaseException):
            raise answer
        assert isinstance(answer, HttpReply)
        return answer

    async def _in_time(self, answer: Awaitable[Any], timeout: float) -> Any:
        if self._end is None:
            self._end = asyncio.get_running_loop().create_future()
        task = asyncio.ensure_future(answer)
        self.in_flight += 1
        try:
            await asyncio.wait({task, self._end}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError as cancelled:
            cancelled.sent = getattr(task, "sent", True)  # type: ignore[attr-defined]
            raise
        finally:
            self.in_flight -= 1
            if not task.done():
                task.cancel()
        if task.done() and not task.cancelled():
            return task.result()
        raise Disconnected("the HTTP connections were closed" if self.closed else f"no answer within {timeout:g} s")

    async def close(self) -> None:
        """Calls under way end."""
        self.closed += 1
        if self._end is not None and not self._end.done():
            self._end.set_result(None)
        await asyncio.sleep(0)


class World:
    """Everything around one client that is not the client."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self.http = ScriptedHttp()
        self.opened: list[dict[str, Any]] = []
        """With which proxy and TLS context the client asked for its HTTP adapter."""
        self.complaints: list[dict[str, Any]] = []
        """What reached the exception handler of the event loop."""
        self.clock: VirtualClock
        """Virtual; its wall clock can be set."""

    # Answers

    @staticmethod
    def json(value: Any, status: int = 200, **headers: str) -> HttpReply:
        """A JSON reply; `x_mbx_used_weight_1m="5"` is a header."""
        return World.raw(json.dumps(value).encode(), status, **headers)

    @staticmethod
    def raw(body: bytes, status: int = 200, **headers: str) -> HttpReply:
        """A reply of any bytes."""
        return HttpReply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)

    @staticmethod
    def error(code: int, msg: str = "No.", status: int = 400, **headers: str) -> HttpReply:
        """An error of the exchange's."""
        return World.json({"code": code, "msg": msg}, status, **headers)

    @staticmethod
    def after(seconds: float, answer: Any) -> Callable[[Sent], Awaitable[Any]]:
        """The same answer, later."""

        async def wait(sent: Sent) -> Any:
            await asyncio.sleep(seconds)
            found = answer(sent) if callable(answer) else answer
            return await found if inspect.isawaitable(found) else found

        return wait

    @staticmethod
    def order(sent: Sent, **fields: Any) -> dict[str, Any]:
        """The ACK of an order as it was asked for."""
        told = {
            "symbol": sent.params["symbol"],
            "orderId": 28,
            "orderListId": -1,
            "clientOrderId": sent.params["newClientOrderId"],
            "transactTime": 1507725176595,
        }
        return told | fields

    # Life

    def seams(self) -> Seams:
        """Seams for a client; the event loop must run."""

        def http(**options: Any) -> ScriptedHttp:
            self.opened.append(options)
            return self.http

        return Seams(clock=self.clock, random=random.Random(7), http=http, connect=_no_sockets)

    def client(self, key: Key | None = None, *, keeps_time: bool = False, **options: Any) -> Binance:
        """A client of this world; the event loop must run, and the caller closes it.

        With `keeps_time` it asks for the exchange's time by itself, and a script must answer that too.
        """
        options = {"environment": TESTNET, "seams": self.seams(), **options}
        client = Binance(key.credentials if key is not None else None, **options)
        if not keeps_time:
            client._manager.keep_time = lambda kit: None  # type: ignore[method-assign]
        return client

    def run_loop(self, main: Callable[[], Awaitable[Any]], *, limit: float = 366 * 86_400.0) -> Any:
        """Run something on a new virtual loop. No task and no complaint may be left."""

        async def whole() -> Any:
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(lambda _, context: self.complaints.append(context))
            self.clock = VirtualClock(loop)
            result = await main()
            assert asyncio.all_tasks() == {asyncio.current_task()}
            return result

        result = run_virtual(whole(), limit=limit)
        assert self.complaints == []
        return result

    def run(self, main: Callable[[Binance], Awaitable[Any]], key: Key | None = None, **options: Any) -> Any:
        """Run something with a client, which is closed afterwards."""

        async def whole() -> Any:
            async with self.client(key, **options) as binance:
                result = await main(binance)
            assert self.http.in_flight == 0
            return result

        return self.run_loop(whole)


def _no_sockets(**options: Any) -> Any:
    raise AssertionError("nobody scripted a WebSocket")


@pytest.fixture
def world(keys: Keys) -> World:
    """A world of its own for each test."""
    return World(keys)


@pytest.fixture(scope="session")
def new_world(keys: Keys) -> Callable[[], World]:
    """Makes worlds, for tests that need one for each example."""
    return lambda: World(keys)
