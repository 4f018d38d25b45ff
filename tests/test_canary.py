"""Secrets that sing: whatever goes wrong, no key, signature, passphrase, listen key or proxy password is to be seen.

A client with made-up secrets is led through failures: servers that echo what they were sent (in HTML, JSON, headers,
redirects, cut where it hurts), connections that break, calls that are cancelled, arguments that make no sense. After
each, everything that a person, a log or a crash report could see is searched: the error and what it was caused by,
with the locals of every frame of the package and of the libraries below it; its pickle; all loggers at DEBUG;
warnings; the event loop's complaints; the reprs and attributes of what a user holds.

Left out are the frames of the tests themselves, which hold the secrets as the frames of a user's program would.
`CANARY_FAILURES=10000` makes a long run of it.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import json
import logging
import os
import pickle
import random
import secrets
import traceback
import warnings
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import pytest

from binance_async import Binance, Credentials, Environment, Timings
from binance_async.errors import BinanceError, PartlyAccepted
from binance_async.net.seams import Disconnected, HttpReply, NotConnected, Seams, SystemClock

if TYPE_CHECKING:
    from conftest import Key, Keys, Sent, World

FAILURES = int(os.environ.get("CANARY_FAILURES", "1000"))
BLOCKS = 10
PIECE = 16
"""So much of a secret is a secret: half a key in a text that was cut is one too."""

LISTEN_KEY = secrets.token_urlsafe(48)
PROXY_PASSWORD = secrets.token_urlsafe(24)
LIMIT: dict[str, Any] = {"time_in_force": "GTC", "quantity": "1", "price": "2"}


# Searching


def forms(secret: str) -> set[str]:
    """How a secret may stand in a text."""
    escaped = json.dumps(secret)[1:-1]
    found = {secret, escaped, escaped.replace("/", "\\/"), repr(secret)[1:-1]}
    found |= {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    found |= {base64.b64encode(f"{before}{secret}".encode()).decode() for before in ("", "user:", ":")}
    return found


def pieces(text: str) -> set[str]:
    """Parts of it, overlapping, so that any long enough stretch of it holds one."""
    text = text.lower()
    half = PIECE // 2
    return {text[i : i + half * 2] for i in range(0, max(1, len(text) - PIECE + 1), half)} | {text[-PIECE:]}


class Search:
    """Looks for secrets, and keeps where it found one (but not which)."""

    def __init__(self, known: dict[str, str]) -> None:
        self.wanted: dict[str, str] = {}
        self.hits: list[str] = []
        for name, secret in known.items():
            self.also(name, secret)

    def also(self, name: str, secret: str) -> None:
        for form in forms(secret):
            self.wanted |= dict.fromkeys(pieces(form), name)

    def look(self, where: str, text: str) -> None:
        lower = text.lower()
        for piece, name in self.wanted.items():
            if piece in lower:
                at = lower.index(piece)
                line = lower[max(0, at - 80) : at].rpartition("\n")[2]
                self.hits.append(f"{name} in {where}, after {line!r}")
                return


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error and everything it hangs on to, shown or suppressed."""
    waiting, seen = [error], set[int]()
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [e for e in (each.__cause__, each.__context__, *getattr(each, "exceptions", ())) if e is not None]


OURS = (__file__, str(Path(__file__).with_name("conftest.py")))


def frames(error: BaseException) -> str:
    """Its traceback with locals, but for the frames of the tests."""
    found = traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__), capture_locals=True)
    return "".join(traceback.StackSummary.from_list([f for f in found if f.filename not in OURS]).format())


class Ears(logging.Handler):
    """Hears every logger."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(f"{record.name}: {record.getMessage()} {record.args!r}")
        if record.exc_info and record.exc_info[1] is not None:
            self.heard += [f"{each!r} {frames(each)}" for each in chain(record.exc_info[1])]


@contextlib.contextmanager
def listening() -> Iterator[tuple[Ears, list[warnings.WarningMessage]]]:
    """All loggers at DEBUG, and all warnings."""
    ears, root = Ears(), logging.getLogger()
    names = ("asyncio", "aiohttp", "websockets", "binance_async", "aiohttp.client", "concurrent")
    before = [(logger, logger.level) for logger in (root, *map(logging.getLogger, names))]
    root.addHandler(ears)
    for logger, _ in before:
        logger.setLevel(logging.DEBUG)
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            yield ears, warned
    finally:
        root.removeHandler(ears)
        for logger, level in before:
            logger.setLevel(level)


def look_at_error(search: Search, error: BaseException) -> None:
    for each in chain(error):
        search.look("str", str(each))
        search.look("repr", repr(each))
        search.look("args", repr(each.args))
        search.look("attributes", repr(vars(each)))
        search.look("notes", repr(getattr(each, "__notes__", ())))
        search.look("locals of frames", frames(each))
    if isinstance(error, BinanceError):
        search.look("pickle", pickle.dumps(error).decode("latin-1"))


def look_at_client(search: Search, binance: Binance) -> None:
    search.look("repr of the client", repr(binance))
    search.look("attributes of the client", repr(vars(binance)))
    search.look("diagnostics", repr(binance.diagnostics()))
    manager = binance._manager
    for part in (manager, binance.spot, binance.spot.caller, binance.spot._hub, *manager._resolvers.values()):
        search.look("repr of a part", repr(part))
        search.look("attributes of a part", repr(vars(part)))
    for task in asyncio.all_tasks():
        search.look("repr of a task", repr(task))


# What goes wrong: the server


def echoes(rng: random.Random, sent: Sent) -> str:
    """Something of what was sent."""
    key = sent.headers.get("X-MBX-APIKEY", "")
    signature = sent.text.rpartition("signature=")[2]
    choices = [
        sent.url,
        (sent.body or b"").decode(),
        key,
        key.upper(),
        repr(dict(sent.headers)),
        json.dumps(dict(sent.headers)),
        signature,
        sent.signature if "signature=" in sent.text else "",
        sent.text,
        LISTEN_KEY if LISTEN_KEY in sent.text else sent.url,
        f"X-MBX-APIKEY: {key}\r\nsignature: {signature}",
        f"{sent.method} {sent.url} HTTP/1.1 {dict(sent.headers)} {sent.body!r}",
    ]
    return " ".join(rng.sample(choices, rng.randint(1, 4)))


def filler(rng: random.Random) -> str:
    """Enough of anything to bring what follows to where texts are cut."""
    return "x" * rng.choice([0, 0, 5, 440, 460, 490, 500, 960, 1000, 1010, 1024, 4050, 4090])


def page(rng: random.Random, said: str) -> bytes:
    """An answer of any kind that repeats what was said."""
    code = rng.choice([-1000, -1003, -1006, -1007, -1015, -1021, -1022, -1100, -1121, -2010, -2013, -2015, 0, -9999])
    padded = filler(rng) + said
    kinds: list[Callable[[], bytes]] = [
        lambda: f"<html><body>{padded}</body></html>".encode(),
        lambda: padded.encode(),
        lambda: json.dumps({"code": code, "msg": padded}).encode(),
        lambda: json.dumps({"code": code, "msg": "No.", "data": {"echo": padded, "retryAfter": padded}}).encode(),
        lambda: json.dumps({"code": padded, "msg": [padded]}).encode(),
        lambda: json.dumps({padded: padded, "serverTime": padded, "orderId": padded}).encode(),
        lambda: json.dumps([padded]).encode(),
        lambda: json.dumps(padded).encode(),
        lambda: b"\xff\xfe\x00" + padded.encode("utf-16-le"),
        lambda: b"\x80\xff" + json.dumps({"code": code, "msg": padded}).encode(),
        lambda: b"[" * 5000 + padded.encode(),
        lambda: json.dumps({"code": code, "msg": f"banned until {said}"}).encode(),
        lambda: legs(rng, padded),
    ]
    hard: list[Callable[[], bytes]] = [
        lambda: json.dumps({"code": code, "msg": padded}).encode()[: rng.randint(1, 1100)],
        lambda: json.dumps({"code": code, "msg": padded}).replace("=", "\\u003d").encode(),
    ]
    return rng.choice([*kinds, *hard])()


def legs(rng: random.Random, said: str) -> bytes:
    """A cancel-and-replace of which something failed."""
    leg = {"code": rng.choice([-2010, -2011, -1007]), "msg": said}
    told: dict[str, Any] = {
        "cancelResult": rng.choice(["FAILURE", "SUCCESS", said]),
        "newOrderResult": rng.choice(["FAILURE", "NOT_ATTEMPTED", said]),
        "cancelResponse": leg,
        "newOrderResponse": rng.choice([leg, None]),
    }
    return json.dumps({"code": -2021, "msg": said, "data": told}).encode()


STATUSES = [200] * 4 + [201, 204, 301, 302, 307, 308, 400, 400, 401, 403, 404, 408, 409, 418, 429, 451, 500, 502, 503]


def answer(rng: random.Random, sent: Sent) -> Any:
    """What the scripted exchange does."""
    kind = rng.random()
    if kind < 0.06:
        raise Disconnected(rng.choice(["connection lost: reset", "the answer was cut short"]))
    if kind < 0.1:
        raise NotConnected("no connection: refused")
    said = echoes(rng, sent)
    headers = {"location": said, "x-echo": said, "retry-after": rng.choice(["5", "0", said]), "set-cookie": said}
    kept = {name: value for name, value in headers.items() if rng.random() < 0.5}
    return HttpReply(rng.choice(STATUSES), kept, page(rng, said))


# What goes wrong: the program


def calls(rng: random.Random, binance: Binance) -> Awaitable[Any]:
    """A call, or a mistake."""
    spot = binance.spot
    choices: list[Callable[[], Awaitable[Any]]] = [
        lambda: spot.time(),
        lambda: spot.exchange_info(),
        lambda: spot.order("BTCUSDT", order_id=1),
        lambda: spot.account(),
        lambda: spot.open_orders(),
        lambda: spot.my_trades("BTCUSDT"),
        lambda: spot.place_order("BTCUSDT", "BUY", "LIMIT", **LIMIT),
        lambda: spot.cancel_order("BTCUSDT", order_id=1),
        lambda: spot.cancel_open_orders("BTCUSDT"),
        lambda: spot.amend_order("BTCUSDT", new_qty=1, order_id=1),
        lambda: spot.cancel_replace("BTCUSDT", "BUY", "LIMIT", "STOP_ON_FAILURE", cancel_order_id=4, **LIMIT),
        lambda: spot.start_user_data_stream(),
        lambda: spot.keep_alive_user_data_stream(LISTEN_KEY),
        lambda: spot.stop_user_data_stream(listen_key=LISTEN_KEY),
        lambda: spot.keep_alive_user_data_stream(LISTEN_KEY, LISTEN_KEY),  # type: ignore[call-arg]
        lambda: spot.keep_alive_user_data_stream(LISTEN_KEY.encode()),  # type: ignore[arg-type]
        lambda: spot.keep_alive_user_data_stream(listen_key=LISTEN_KEY, key=LISTEN_KEY),  # type: ignore[call-arg]
        lambda: spot.order(LISTEN_KEY, order_id=LISTEN_KEY),  # type: ignore[arg-type]
        lambda: spot.klines("BTCUSDT", LISTEN_KEY),  # type: ignore[arg-type]
        lambda: spot.klines("BTCUSDT", "1m", limit=LISTEN_KEY),  # type: ignore[arg-type]
        lambda: binance.request("PUT", "/api/v3/userDataStream", {"listenKey": LISTEN_KEY}, security="USER_STREAM"),
        lambda: binance.request("POST", "/sapi/v1/x", {"listenToken": LISTEN_KEY}, security="TRADE"),
        lambda: binance.request("GET", "/api/v3/x", {"listenKey": LISTEN_KEY, "a": object()}),
        lambda: binance.request("GET", "/api/v3/x", LISTEN_KEY),  # type: ignore[arg-type]
        lambda: binance.request("FETCH", "/api/v3/x", {"listenKey": LISTEN_KEY}),  # type: ignore[arg-type]
        lambda: binance.request("POST", "/sapi/v1/capital/withdraw/apply", {"listenKey": LISTEN_KEY}, security="TRADE"),
        lambda: binance.request("GET", "/api/v3/x", {"listenKey": LISTEN_KEY}, security="TRADE", family="usdm"),
    ]
    return rng.choice(choices)()


def mistakes(rng: random.Random, key: Key) -> BaseException:
    """What comes of giving a secret where it does not belong."""
    pem = "PRIVATE KEY" in key.secret
    choices: list[Callable[[], Any]] = [
        lambda: Binance(key.secret),  # type: ignore[arg-type]
        lambda: Binance((key.api_key, key.secret)),  # type: ignore[arg-type]
        lambda: Binance(key.credentials, proxy=f"user:{PROXY_PASSWORD}@127.0.0.1:1"),
        lambda: Binance(key.credentials, proxy=f"http://user:{PROXY_PASSWORD}@127.0.0.1:1", recv_window=-1),
        lambda: Binance(key.credentials, proxy=f"http://user:{PROXY_PASSWORD}@127.0.0.1:1", time_unit="s"),  # type: ignore[arg-type]
        lambda: Credentials.ed25519(key.api_key, key.secret, passphrase=PROXY_PASSWORD),
        lambda: Credentials.rsa(key.api_key, key.secret, passphrase=PROXY_PASSWORD),
        lambda: Credentials.ed25519(key.secret, key.api_key),
        lambda: Credentials.hmac(key.secret, key.secret) if pem else Credentials.hmac(f"{key.api_key} ", key.secret),
        lambda: Credentials.hmac(key.api_key, key.secret.encode()),  # type: ignore[arg-type]
        lambda: pickle.dumps(key.credentials),
        lambda: setattr(key.credentials, "signer", key.secret),
        lambda: json.dumps(key.credentials),
        lambda: getattr(key.credentials, "secret"),  # noqa: B009
    ]
    try:
        found = rng.choice(choices)()
    except Exception as error:
        return error
    raise AssertionError(f"that was no mistake: {type(found)}")


async def fail(rng: random.Random, binance: Binance, key: Key) -> BaseException | None:
    """One call, perhaps cancelled; the error it ends in."""
    if rng.random() < 0.05:
        return mistakes(rng, key)
    task = asyncio.ensure_future(calls(rng, binance))
    if rng.random() < 0.15:
        for _ in range(rng.randint(1, 6)):  # what has not begun holds its arguments as the caller's frame does
            await asyncio.sleep(0)
        task.cancel()
    try:
        await asyncio.wait_for(task, rng.choice([1e6, 1e6, 1e6, 0.5]))
    except (Exception, asyncio.CancelledError) as error:
        return error
    return None


def known_secrets(key: Key) -> dict[str, str]:
    body = "".join(line for line in key.secret.splitlines() if "-----" not in line)
    found = {"the api key": key.api_key, "the secret": body, "the listen key": LISTEN_KEY}
    found |= {"the proxy's password": PROXY_PASSWORD}
    return found | ({"the passphrase": key.passphrase} if key.passphrase else {})


# The scripted exchange

EXPECTED = (BinanceError, TimeoutError, asyncio.CancelledError, TypeError, AttributeError)
"""The last two are of mistakes with keys."""


def one_failure(world: World, key: Key, seed: int, ears: Ears) -> tuple[Search, bool]:
    """A client of its own, and a few calls until one fails; what was seen, and whether one failed."""
    rng, search = random.Random(seed), Search(known_secrets(key))

    def exchange(sent: Sent) -> Any:
        if "signature=" in sent.text:
            search.also("a signature", sent.signature)
        return answer(rng, sent)

    world.http.always("*", world.after(0.01, exchange) if rng.random() < 0.5 else exchange)
    proxy = f"http://user:{PROXY_PASSWORD}@127.0.0.1:1"
    outcome = rng.random() < 0.5

    async def main(binance: Binance) -> bool:
        asyncio.get_running_loop().set_debug(rng.random() < 0.1)
        for _ in range(10):
            error = await fail(rng, binance, key)
            if error is not None:
                look_at_error(search, error)
                if not isinstance(error, EXPECTED):
                    raise error
                look_at_client(search, binance)
                return True
        return False

    options: dict[str, Any] = {"proxy": proxy, "resolve_outcomes": outcome}
    failed = world.run(main, key, **options)
    for text in ears.heard:
        search.look("the log", text)
    ears.heard.clear()
    for complaint in world.complaints:
        search.look("the loop's complaints", repr(complaint))
    return search, failed


@pytest.mark.parametrize("block", range(BLOCKS))
def test_no_secret_is_seen(new_world: Callable[[], World], keys: Keys, block: int) -> None:
    failures, seed = 0, block * 10_000_000
    hits: list[str] = []
    with listening() as (ears, warned):
        while failures < FAILURES // BLOCKS:
            seed += 1
            key = keys.of(("hmac", "ed25519", "rsa", "hmac", "ed25519")[seed % 5])
            search, failed = one_failure(new_world(), key, seed, ears)
            failures += failed
            hits += [f"seed {seed}: {hit}" for hit in search.hits]
    everything = Search({k: v for kind in ("hmac", "ed25519", "rsa") for k, v in known_secrets(keys.of(kind)).items()})
    for warning in warned:
        everything.look("a warning", f"{warning.message!r} {warning.source!r}")
    assert hits + everything.hits == []


# The real network


class QuickClock(SystemClock):
    """Nobody waits between two attempts."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


class Peer:
    """A server, or a proxy, on loopback that has something to say to every request, seldom what was asked."""

    def __init__(self, rng: random.Random, search: Search) -> None:
        self.rng = rng
        self.search = search
        self.requests = 0
        self._server: asyncio.Server
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Peer:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0.01)

    @property
    def port(self) -> int:
        found: int = self._server.sockets[0].getsockname()[1]
        return found

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while (request := await self._request(reader)) and await self._answer(writer, request):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _request(self, reader: asyncio.StreamReader) -> str:
        head = await reader.readuntil(b"\r\n")
        if not head.split(b" ")[0].isalpha():
            return "a TLS handshake"
        head += await reader.readuntil(b"\r\n\r\n")
        length = [int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        found = (head + (await reader.readexactly(length[0]) if length else b"")).decode("latin-1")
        self.requests += 1
        if "signature=" in found:
            self.search.also("a signature", found.rpartition("signature=")[2].split(" ")[0])
        return found

    async def _answer(self, writer: asyncio.StreamWriter, request: str) -> bool:
        """Say something; whether the connection is kept."""
        rng = self.rng
        said = rng.choice([request, request.partition("\r\n")[0], "".join(request.split("\r\n")[1:])])
        flat = said.replace("\r\n", " ")
        body = page(rng, said)
        kind = rng.randrange(12)
        if kind == 0:
            return False
        if kind == 1:
            writer.write(said.encode("latin-1"))
            return False
        if kind == 2:
            await asyncio.sleep(0.3)
        if kind == 3:
            writer.write(b"HTTP/1.1 200 OK\r\nX-Long: " + (flat * 40).encode("latin-1") + b"\r\n\r\n")
            return False
        headers = [f"X-Echo: {flat}", f"Location: http://127.0.0.1:{self.port}/{quote(flat)}", f"Set-Cookie: a={flat}"]
        headers = [header for header in headers if rng.random() < 0.5]
        if kind in (4, 5):
            body = gzip.compress(body)
            body = body if kind == 4 else body[: len(body) // 2]
            headers.append("Content-Encoding: gzip")
        length = len(body) + (10 if kind == 6 else 0)
        if kind == 7:
            headers += ["Transfer-Encoding: chunked"]
            body = b"%x\r\n%s\r\n%s" % (len(body), body, rng.choice([b"", b"0\r\n\r\n", said.encode("latin-1")]))
        else:
            headers += [f"Content-Length: {length}"]
        reason = rng.choice(["OK", flat[:200]])
        head = f"HTTP/1.1 {rng.choice([*STATUSES, 407])} {reason}\r\n" + "".join(f"{each}\r\n" for each in headers)
        writer.write(head.encode("latin-1") + b"\r\n" + body)
        await writer.drain()
        return kind not in (6, 7)


def addresses(rng: random.Random, port: int) -> tuple[str, str | None]:
    """Where the client is told the exchange is, and through which proxy."""
    proxy = f"http://user:{PROXY_PASSWORD}@127.0.0.1:{port}"
    return rng.choice(
        [
            (f"http://127.0.0.1:{port}", None),
            (f"http://127.0.0.1:{port}", None),
            (f"http://127.0.0.1:{port}", proxy),
            ("http://127.0.0.1:1", proxy),
            ("https://127.0.0.1:1", proxy),
            (f"https://127.0.0.1:{port}", None),
            ("http://127.0.0.1:1", None),
        ]
    )


async def over_the_network(key: Key, seed: int) -> tuple[Search, bool]:
    """As `one_failure`, with the adapter that programs use."""
    rng, search, complaints = random.Random(seed), Search(known_secrets(key)), list[Any]()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    loop.set_debug(seed % 4 == 0)
    loop.slow_callback_duration = 0.0 if seed % 8 == 0 else 1e6
    async with Peer(rng, search) as peer:
        rest, proxy = addresses(rng, peer.port)
        environment = Environment.custom("spot", rest=rest, timings=Timings(request=0.2))
        seams = Seams(clock=QuickClock(), random=random.Random(seed))
        async with Binance(
            key.credentials, environment=environment, proxy=proxy, seams=seams, resolve_outcomes=False
        ) as binance:
            for _ in range(10):
                error = await fail(rng, binance, key)
                if error is None:
                    continue
                look_at_error(search, error)
                # The client asks for the time meanwhile. A failure is in aiohttp's own future, which the repr of the
                # task that waits for it shows, until the next turn of the loop gives it to the adapter to be cleaned.
                await asyncio.sleep(0)
                look_at_client(search, binance)
                if not isinstance(error, EXPECTED):
                    raise error
                break
    search.look("the loop's complaints", repr(complaints))
    return search, error is not None


@pytest.mark.parametrize("kind", ["hmac", "ed25519"])
def test_no_secret_is_seen_over_the_network(keys: Keys, kind: str) -> None:
    key, failures, hits = keys.of(kind), 0, list[str]()
    for seed in range(FAILURES // 10):
        with listening() as (ears, warned):
            search, failed = asyncio.run(over_the_network(key, seed))
        failures += failed
        for text in ears.heard:
            search.look("the log", text)
        for warning in warned:
            search.look("a warning", f"{warning.message!r} {warning.source!r}")
        hits += [f"seed {seed}: {hit}" for hit in search.hits]
    assert hits == []
    assert failures > FAILURES // 20


# Once seen


def seen_in(world: World, key: Key, body: Callable[[Sent], bytes]) -> list[str]:
    """What is seen of an order that was answered so."""
    search = Search(known_secrets(key))

    def exchange(sent: Sent) -> HttpReply:
        search.also("a signature", sent.signature)
        return HttpReply(400, {}, body(sent))

    world.http.always("*", exchange)

    async def main(binance: Binance) -> None:
        with pytest.raises(BinanceError) as caught:
            await binance.spot.place_order("BTCUSDT", "BUY", "LIMIT", **LIMIT)
        look_at_error(search, caught.value)

    world.run(main, key, resolve_outcomes=False)
    return search.hits


def test_an_answer_that_ends_within_a_secret(world: World, keys: Keys) -> None:
    assert seen_in(world, keys.hmac, lambda sent: f"your key is {keys.hmac.api_key[:40]}".encode()) == []


def test_an_answer_that_is_cut_within_a_secret(world: World, keys: Keys) -> None:
    assert seen_in(world, keys.rsa, lambda sent: f"<html>{' '.join([sent.signature] * 20)}".encode()) == []


def test_an_answer_whose_json_escapes_what_is_reserved(world: World, keys: Keys) -> None:
    assert seen_in(world, keys.rsa, lambda sent: b"<%s>" % sent.signature.replace("=", "\\u003d").encode()) == []


def test_a_leg_that_was_done_is_told_without_secrets(world: World, keys: Keys) -> None:
    def exchange(sent: Sent) -> Any:
        done = {"orderId": 1, "clientOrderId": f"of {sent.headers['X-MBX-APIKEY']}"}
        failed = {"code": -2010, "msg": "No."}
        told = {"cancelResult": "SUCCESS", "cancelResponse": done, "newOrderResult": "FAILURE"}
        return world.json({"code": -2021, "msg": "", "data": {**told, "newOrderResponse": failed}}, 409)

    world.http.always("*", exchange)
    search = Search(known_secrets(keys.hmac))

    async def main(binance: Binance) -> None:
        with pytest.raises(PartlyAccepted) as caught:
            await binance.spot.cancel_replace("BTCUSDT", "BUY", "LIMIT", "STOP_ON_FAILURE", cancel_order_id=4, **LIMIT)
        look_at_error(search, caught.value)

    world.run(main, keys.hmac)
    assert search.hits == []


def test_the_parameters_of_a_family_s_own_request(world: World, keys: Keys) -> None:
    world.http.always("*", world.error(-1121))
    search = Search(known_secrets(keys.hmac))

    async def main(binance: Binance) -> None:
        with pytest.raises(BinanceError) as caught:
            await binance.spot.request("POST", "/api/v3/x", {"listenKey": LISTEN_KEY}, security="USER_STREAM")
        look_at_error(search, caught.value)

    world.run(main, keys.hmac)
    assert search.hits == []


# The search itself: what it would not find would not be there

PLANTED = "planted" + secrets.token_urlsafe(32) + "+/="


def raised(error: BaseException, **local: Any) -> BaseException:
    """The error, out of a frame of another file whose locals are these."""
    namespace: dict[str, Any] = {"error": error, **local}
    source = "def fail(error, local):\n    try:\n        raise error\n    finally:\n        del error\n"
    exec(compile(source, "elsewhere.py", "exec"), namespace)
    try:
        namespace["fail"](error, local)
    except BaseException as caught:
        return caught
    raise AssertionError("unreachable")


def nested(kind: str) -> BaseException:
    outer = BinanceError("outer")
    inner = BinanceError(PLANTED)
    if kind == "cause":
        outer.__cause__ = inner
    elif kind == "context":
        outer.__context__ = inner
        outer.__suppress_context__ = True
    else:
        return ExceptionGroup("several", [outer, inner])
    return outer


def with_attribute() -> BaseException:
    error = BinanceError("x")
    error.body = PLANTED.encode()  # type: ignore[attr-defined]
    return error


def with_note() -> BaseException:
    error = BinanceError("x")
    error.add_note(f"see {PLANTED}")
    return error


@pytest.mark.parametrize(
    "error",
    [
        BinanceError(f"the key {PLANTED} is wrong"),
        BinanceError(f"GET /x?signature={quote(PLANTED, safe='')}"),
        BinanceError(json.dumps({"a": PLANTED})),
        BinanceError(PLANTED[:20]),
        BinanceError(PLANTED[-20:].upper()),
        BinanceError(base64.b64encode(f"user:{PLANTED}".encode()).decode()),
        BinanceError("x", call=PLANTED),
        with_attribute(),
        with_note(),
        nested("cause"),
        nested("context"),
        nested("group"),
        raised(BinanceError("x"), key=PLANTED),
        raised(BinanceError("x"), headers={"X-MBX-APIKEY": PLANTED.encode()}),
    ],
)
def test_a_planted_secret_is_found(error: BaseException) -> None:
    search = Search({"it": PLANTED})
    look_at_error(search, error)
    assert search.hits
    assert PLANTED not in str(search.hits)


def test_a_secret_in_a_log_is_found() -> None:
    search = Search({"it": PLANTED})
    with listening() as (ears, warned):
        logging.getLogger("aiohttp.anything").debug("sent %s", PLANTED)
        try:
            raise ValueError(PLANTED)
        except ValueError:
            logging.getLogger("a.b").exception("no")
        warnings.warn(PLANTED, stacklevel=1)
    for text in [*ears.heard, *(str(warning.message) for warning in warned)]:
        search.look("here", text)
    assert len(search.hits) == 3


def test_what_is_no_secret_is_not_found() -> None:
    search = Search({"it": PLANTED})
    look_at_error(search, raised(BinanceError("spot.order: rejected: -2013 Order does not exist. (HTTP 400)"), a=1))
    assert search.hits == []
