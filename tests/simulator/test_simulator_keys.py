from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from binance_async.simulator.keys import KeyRing, ed25519_verifier, hmac_verifier, rsa_verifier


def test_keys_verify_what_their_credentials_sign_and_nothing_else() -> None:
    ring = KeyRing(1)
    keys = ring.of_account(7)
    for kind in ("hmac", "ed25519", "rsa"):
        key = keys[kind]
        signature = key.credentials.signer.sign(b"payload")
        assert key.verify(b"payload", signature)
        assert not key.verify(b"payloae", signature)
        for wrong in ("", "0", signature[:-1], signature[::-1], "é", "-" + signature):
            assert not key.verify(b"payload", wrong)


def test_keys_are_found_by_name() -> None:
    ring = KeyRing(1)
    key = ring.add(7, permissions=["USER_DATA"], addresses=["192.0.2.1"])
    assert ring.find(key.api_key) is key
    assert ring.find("x") is None
    assert (key.account, key.permissions, key.addresses) == (7, {"USER_DATA"}, {"192.0.2.1"})
    assert ring.all() == [key]


def test_keys_are_made_when_they_are_asked_for_and_once() -> None:
    ring = KeyRing(1)
    keys = ring.of_account(7)
    assert ring.all() == []
    assert keys["ed25519"] is keys["ed25519"]
    assert len(keys) == 3
    assert len(ring.all()) == 1
    with pytest.raises(KeyError):
        keys["dsa"]  # type: ignore[index]


def test_nothing_of_a_key_is_shown() -> None:
    key = KeyRing(1).of_account(7)["ed25519"]
    assert "PRIVATE" not in repr(key)


def test_verifiers_of_known_keys() -> None:
    # RFC 8032, test 2: one byte.
    secret = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    signature = "kqAJqfDUyrhyDoILX2QlQKKye1QWUD+Ps3YiI+vbadoIWsHkPhWZbkWPNhPQ8R2MOHsurrQwKu6wDSkWErsMAA=="
    verify = ed25519_verifier(ed25519.Ed25519PrivateKey.from_private_bytes(secret).public_key())
    assert verify(b"\x72", signature)
    assert not verify(b"\x73", signature)
    # RFC 4231, test 2.
    mac = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert hmac_verifier("Jefe")(b"what do ya want for nothing?", mac)
    assert not rsa_verifier(rsa.generate_private_key(65_537, 2_048).public_key())(b"", "")
