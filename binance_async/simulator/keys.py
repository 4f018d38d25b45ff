"""API keys of the embedded exchange: three kinds, made on the spot, with what each may do and from where.

The exchange keeps what it needs to verify (the HMAC secret, the public keys). The client's half is handed out as
ready `Credentials`, and as text where a program outside needs it (`Key.secret`). Verification is written here and not
taken from the client, so that a mistake in the one does not hide in the other.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import random
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from binance_async.credentials import Credentials

__all__ = ["ALL_PERMISSIONS", "Key", "KeyKind", "KeyRing", "Keys", "ed25519_verifier", "hmac_verifier", "rsa_verifier"]

KeyKind = Literal["hmac", "ed25519", "rsa"]
KINDS: tuple[KeyKind, ...] = ("hmac", "ed25519", "rsa")

ALL_PERMISSIONS = frozenset({"TRADE", "USER_DATA", "USER_STREAM", "MARKET_DATA", "MARGIN"})
"""What a key may be allowed: the security types of calls."""

Verify = Callable[[bytes, str], bool]
"""Whether a text is the signature of these bytes."""

_ALPHABET = string.ascii_letters + string.digits


@dataclass(slots=True, eq=False)
class Key:
    """One API key of an account."""

    api_key: str
    kind: KeyKind
    account: int
    verify: Verify = field(repr=False)
    secret: str = field(repr=False)
    """The HMAC secret, or the private key as PEM: what the exchange shows its owner once."""
    permissions: frozenset[str] = ALL_PERMISSIONS
    addresses: frozenset[str] | None = None
    """The IP addresses it works from; None for any."""
    revoked: bool = False

    @property
    def credentials(self) -> Credentials:
        """What a client signs with."""
        if self.kind == "hmac":
            return Credentials.hmac(self.api_key, self.secret)
        make = Credentials.ed25519 if self.kind == "ed25519" else Credentials.rsa
        return make(self.api_key, self.secret)

    def as_dict(self) -> dict[str, str]:
        """The key as a program outside reads it: `api_key` and `secret` or `private_key`."""
        return {"api_key": self.api_key, ("secret" if self.kind == "hmac" else "private_key"): self.secret}


class Keys(Mapping[KeyKind, Key]):
    """The keys of an account by kind, made when first asked for (an RSA key takes a tenth of a second)."""

    def __init__(self, make: Callable[[KeyKind], Key]) -> None:
        self._make = make
        self._made: dict[KeyKind, Key] = {}

    def __getitem__(self, kind: KeyKind) -> Key:
        if kind not in KINDS:
            raise KeyError(kind)
        if kind not in self._made:
            self._made[kind] = self._make(kind)
        return self._made[kind]

    def __iter__(self) -> Iterator[KeyKind]:
        return iter(KINDS)

    def __len__(self) -> int:
        return len(KINDS)


class KeyRing:
    """All keys of the exchange."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._keys: dict[str, Key] = {}

    def find(self, api_key: str) -> Key | None:
        """The key of this name, revoked or not."""
        return self._keys.get(api_key)

    def all(self) -> list[Key]:
        """Every key that was made."""
        return list(self._keys.values())

    def of_account(self, account: int) -> Keys:
        """The default keys of an account."""
        return Keys(lambda kind: self.add(account, kind))

    def add(
        self,
        account: int,
        kind: KeyKind = "hmac",
        *,
        permissions: Iterable[str] = ALL_PERMISSIONS,
        addresses: Iterable[str] | None = None,
    ) -> Key:
        """Make another key for an account."""
        taken = sum(key.account == account and key.kind == kind for key in self._keys.values())
        chance = random.Random(f"{self._seed}/{account}/{kind}/{taken}")
        api_key = "".join(chance.choices(_ALPHABET, k=64))
        secret, verify = _MAKERS[kind](chance)
        allowed = None if addresses is None else frozenset(addresses)
        key = Key(api_key, kind, account, verify, secret, frozenset(permissions), allowed)
        self._keys[api_key] = key
        return key


def hmac_verifier(secret: str) -> Verify:
    """Verifies HMAC-SHA256 signatures in hexadecimal, of either case."""

    def verify(payload: bytes, signature: str) -> bool:
        expected = hmac.digest(secret.encode(), payload, hashlib.sha256).hex()
        return hmac.compare_digest(expected.encode(), signature.lower().encode())

    return verify


def ed25519_verifier(public: ed25519.Ed25519PublicKey) -> Verify:
    """Verifies Ed25519 signatures in base64."""

    def verify(payload: bytes, signature: str) -> bool:
        try:
            public.verify(_from_base64(signature), payload)
        except InvalidSignature:
            return False
        return True

    return verify


def rsa_verifier(public: rsa.RSAPublicKey) -> Verify:
    """Verifies RSASSA-PKCS1-v1_5 signatures with SHA-256 in base64."""

    def verify(payload: bytes, signature: str) -> bool:
        try:
            public.verify(_from_base64(signature), payload, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True

    return verify


def _from_base64(signature: str) -> bytes:
    """The bytes of a signature; none for what is no base64, which no key verifies."""
    try:
        return base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _hmac(chance: random.Random) -> tuple[str, Verify]:
    secret = "".join(chance.choices(_ALPHABET, k=64))
    return secret, hmac_verifier(secret)


def _ed25519(chance: random.Random) -> tuple[str, Verify]:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
    return _pem(key), ed25519_verifier(key.public_key())


def _rsa(chance: random.Random) -> tuple[str, Verify]:  # noqa: ARG001 - RSA keys cannot be made from a seed
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    return _pem(key), rsa_verifier(key.public_key())


def _pem(key: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


_MAKERS: dict[KeyKind, Callable[[random.Random], tuple[str, Verify]]] = {
    "hmac": _hmac,
    "ed25519": _ed25519,
    "rsa": _rsa,
}
