"""A peer to talk to over loopback, certificates made on the spot, and aioresponses fit for the aiohttp of today.

Tests take all of it as fixtures. The name `conftest` belongs to several files, so nothing is imported from here but
for annotations.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import inspect
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import aiohttp
import aioresponses.core
import pytest
from aiohttp.abc import AbstractResolver
from aioresponses import aioresponses as Aioresponses  # noqa: N812 - it is a class
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from binance_async.net.http import AiohttpHttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


class Authority:
    """A certificate authority, and the certificates it was asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of the tests")])
        certificate = (
            _builder(self._name, self._name, self._key, (-1, 1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .add_extension(_usage(authority=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.pem = certificate.public_bytes(serialization.Encoding.PEM).decode()

    def client(self) -> ssl.SSLContext:
        """What a client of this authority's servers connects with."""
        return ssl.create_default_context(cadata=self.pem)

    def server(self, host: str = "127.0.0.1", *, days: tuple[int, int] = (-1, 1)) -> ssl.SSLContext:
        """What a server at `host` listens with; its certificate is valid from `days[0]` to `days[1]` from now."""
        return self._server(host, self._name, self._key, days)

    def self_signed(self, host: str = "127.0.0.1") -> ssl.SSLContext:
        """What a server at `host` listens with, whom nobody vouches for."""
        return self._server(host, None, None, (-1, 1))

    def _server(self, host: str, issuer: Any, issuer_key: Any, days: tuple[int, int]) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
        signer = issuer_key or key
        certificate = (
            _builder(subject, issuer or subject, key, days)
            .add_extension(x509.SubjectAlternativeName([_general_name(host)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
                critical=False,
            )
            .sign(signer, hashes.SHA256())
        )
        file = self._folder / f"{len(list(self._folder.iterdir()))}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def _builder(subject: Any, issuer: Any, key: Any, days: tuple[int, int]) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days=days[0]))
        .not_valid_after(now + dt.timedelta(days=days[1]))
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority."""
    return Authority(tmp_path_factory.mktemp("certificates"))


class Talk:
    """One connection as the peer sees it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.received = b""
        self.ended = False

    async def request(self) -> bytes:
        """The next whole request: head and, by its Content-Length, body. Empty when the client has gone."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = [int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            body = await self.reader.readexactly(length[0]) if length else b""
        except (asyncio.IncompleteReadError, ConnectionError):
            self.ended = True
            return b""
        self.received += head + body
        return head + body

    async def drain_all(self) -> None:
        """Read, and keep, what comes until the client goes."""
        try:
            while data := await self.reader.read(65536):
                self.received += data
        except ConnectionError:
            pass
        self.ended = True

    def answer(self, body: bytes = b"{}", status: str = "200 OK", headers: str = "") -> None:
        """Write a whole answer."""
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        self.writer.write(head.encode() + body)

    def close(self) -> None:
        """Close in order: what was written goes out, then the end."""
        self.writer.close()

    def reset(self) -> None:
        """Close with a reset instead of an end."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self.writer.transport.abort()


Script = Callable[[Talk], Awaitable[None]]


class Peer:
    """A server that follows a script with each connection, and remembers what it was told."""

    def __init__(self, server: asyncio.Server, *, tls: bool) -> None:
        self.talks: list[Talk] = []
        self._server = server
        self._tasks: list[asyncio.Task[None]] = []
        self.port: int = server.sockets[0].getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def received(self) -> bytes:
        """Everything that clients said, over TLS only once that was agreed."""
        return b"".join(talk.received for talk in self.talks)

    async def close(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        ends = await asyncio.gather(*self._tasks, return_exceptions=True)
        for talk in self.talks:
            talk.writer.transport.abort()
        await asyncio.sleep(0)
        for end in ends:
            if isinstance(end, Exception) and not isinstance(end, ConnectionError):
                raise end  # a mistake of the script, which the test must not survive


async def serve(script: Script, *, tls: ssl.SSLContext | None = None) -> Peer:
    """A peer on a free port of loopback."""
    peer: Peer

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = Talk(reader, writer)
        peer.talks.append(talk)
        peer._tasks.append(asyncio.ensure_future(script(talk)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    peer = Peer(server, tls=tls is not None)
    return peer


MakePeer = Callable[..., Awaitable[Peer]]
MakeHttp = Callable[..., AiohttpHttp]


@pytest.fixture
async def peer() -> AsyncIterator[MakePeer]:
    """`await peer(script, tls=None)` starts a peer that follows `script`; it is gone after the test."""
    peers: list[Peer] = []

    async def make(script: Script, *, tls: ssl.SSLContext | None = None) -> Peer:
        peers.append(await serve(script, tls=tls))
        return peers[-1]

    yield make
    for each in peers:
        await each.close()


@pytest.fixture
async def http() -> AsyncIterator[MakeHttp]:
    """`http(...)` makes an adapter, which is closed after the test and must leave nothing behind."""
    adapters: list[AiohttpHttp] = []

    def make(**options: Any) -> AiohttpHttp:
        adapters.append(AiohttpHttp(**{"proxy": None, "ssl_context": None, **options}))
        return adapters[-1]

    yield make
    for each in adapters:
        await each.close()
    adapters.clear()
    await asyncio.sleep(0)
    gc.collect()  # what was not closed warns now, and a warning fails the test


class Names(AbstractResolver):
    """A resolver that says what it is told to: the addresses of each name, or a failure."""

    def __init__(self, **names: str | OSError) -> None:
        self.names: dict[str, str | OSError] = dict(names)
        self.asked = 0

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[Any]:
        self.asked += 1
        found = self.names[host]
        if isinstance(found, OSError):
            raise found
        common = {"hostname": host, "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}
        return [{"host": address, **common} for address in found.split()]

    async def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def names() -> type[Names]:
    """The resolver for tests."""
    return Names


@pytest.fixture
def serve_peer() -> Callable[..., Awaitable[Peer]]:
    """Like `peer`, for a test that has an event loop of its own and closes what it started."""
    return serve


def _response(method: str, url: Any, **options: Any) -> aiohttp.ClientResponse:
    """aioresponses 0.7.9 does not know the argument that aiohttp 3.14 added; from it only the size is read."""
    if "stream_writer" in inspect.signature(aiohttp.ClientResponse.__init__).parameters:
        options["stream_writer"] = Mock(output_size=0)
    return aiohttp.ClientResponse(method, url, **options)


@pytest.fixture
def mocked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aioresponses]:
    """aioresponses, at work."""
    monkeypatch.setattr(aioresponses.core, "ClientResponse", _response)
    with Aioresponses() as mock:
        yield mock
