"""Certificates made on the spot: a right one, and all kinds of wrong ones for clients that must refuse them."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

__all__ = ["CERTIFICATE_KINDS", "Certificate", "CertificateKind"]

CertificateKind = Literal[
    "good", "self_signed", "unknown_ca", "expired", "not_yet_valid", "wrong_host", "not_a_ca", "for_clients"
]
CERTIFICATE_KINDS: tuple[CertificateKind, ...] = (
    "good",
    "self_signed",
    "unknown_ca",
    "expired",
    "not_yet_valid",
    "wrong_host",
    "not_a_ca",
    "for_clients",
)

_DAY = dt.timedelta(days=1)


@dataclass(slots=True)
class _Issued:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


@dataclass(slots=True)
class Certificate:
    """A server's certificate with its key, and the authority that a client is to trust."""

    chain: bytes
    private_key: bytes = field(repr=False)
    authority: bytes
    """The authority's certificate as PEM."""

    @classmethod
    def make(cls, kind: CertificateKind = "good", *, now: float) -> Certificate:
        """For 127.0.0.1, ::1 and localhost, or one that has this wrong with it. `now` is the wall time."""
        at = dt.datetime.fromtimestamp(now, dt.UTC)
        trusted = _issue("simulated authority", at, None, authority=kind != "not_a_ca")
        issuer = _issue("another authority", at, None, authority=True) if kind == "unknown_ca" else trusted
        begins, ends = {
            "expired": (at - 30 * _DAY, at - _DAY),
            "not_yet_valid": (at + 30 * _DAY, at + 60 * _DAY),
        }.get(kind, (at - _DAY, at + 30 * _DAY))
        leaf = _issue(
            "localhost",
            at,
            None if kind == "self_signed" else issuer,
            authority=False,
            begins=begins,
            ends=ends,
            elsewhere=kind == "wrong_host",
            usage=ExtendedKeyUsageOID.CLIENT_AUTH if kind == "for_clients" else ExtendedKeyUsageOID.SERVER_AUTH,
        )
        key = leaf.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return cls(leaf.pem, key, trusted.pem)

    def server_context(self) -> ssl.SSLContext:
        """For the server."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        with tempfile.TemporaryDirectory() as folder:
            chain, key = Path(folder, "chain.pem"), Path(folder, "key.pem")
            chain.write_bytes(self.chain)
            key.touch(mode=0o600)
            key.write_bytes(self.private_key)
            context.load_cert_chain(chain, key)
        return context

    def client_context(self) -> ssl.SSLContext:
        """For a client that trusts the simulated authority."""
        return ssl.create_default_context(cadata=self.authority.decode())


def _issue(
    name: str,
    at: dt.datetime,
    issuer: _Issued | None,
    *,
    authority: bool,
    begins: dt.datetime | None = None,
    ends: dt.datetime | None = None,
    elsewhere: bool = False,
    usage: x509.ObjectIdentifier | None = None,
) -> _Issued:
    """One certificate: self-signed if there is no issuer."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins or at - _DAY)
        .not_valid_after(ends or at + 30 * _DAY)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    signer = key if issuer is None else issuer.key
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
    )
    if authority:
        builder = builder.add_extension(_key_usage(), critical=True)
    if usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        builder = builder.add_extension(x509.SubjectAlternativeName(_names(elsewhere)), critical=False)
    return _Issued(key, builder.sign(signer, hashes.SHA256()))


def _key_usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )


def _names(elsewhere: bool) -> list[x509.GeneralName]:
    if elsewhere:
        return [x509.DNSName("elsewhere.example"), x509.IPAddress(ipaddress.ip_address("192.0.2.1"))]
    return [
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        x509.IPAddress(ipaddress.ip_address("::1")),
    ]
