"""Keys for signed calls, made on the spot: each process makes its own, since the sender believes any signature."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import cache

API_KEY = "benchmark" * 7
HMAC_SECRET = "secret" * 10


@cache
def pem(kind: str) -> str:
    """A private key of this kind, as text."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    key = ed25519.Ed25519PrivateKey.generate() if kind == "ed25519" else rsa.generate_private_key(65537, 2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def signer(kind: str) -> Callable[[bytes], str]:
    """Signs as the exchange wants it, with nothing around the library's own call."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

    key = serialization.load_pem_private_key(pem(kind).encode(), None)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return lambda text: base64.b64encode(key.sign(text)).decode()
    assert isinstance(key, rsa.RSAPrivateKey)
    scheme, digest = padding.PKCS1v15(), hashes.SHA256()
    return lambda text: base64.b64encode(key.sign(text, scheme, digest)).decode()
