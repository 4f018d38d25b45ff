"""Signing: what the exchange checks, and over which bytes.

A signature proves two things: that the holder of the key made the request, and that nothing in it was changed. The
exchange checks it over the bytes that it received, so the text must be signed in exactly the form in which it is sent.

REST. The payload is the query string, followed directly by the form body (no `&` between them). Names and values are
percent-encoded first, as UTF-8, and the encoded text is signed and sent unchanged: nothing between here and the
socket may encode or decode again. `signature` is the last parameter: of the body where there is one, of the query
string otherwise. It is not part of the payload. Only the unreserved characters `A-Z a-z 0-9 - . _ ~` stay as they
are. A space is sent as `%20`, which means the same in a URL and in a form; a `+` does not. The older documents sign
the raw text and encode it afterwards; since 2026-01-15 that is refused. The two differ only in text that needs
encoding, which no documented example holds.

WebSocket API. The payload is every parameter but `signature`, `apiKey` included, sorted by name, as `name=value`
joined with `&`. Values are raw UTF-8 and not percent-encoded; numbers and booleans stand as in the JSON, an array as
its compact JSON text.

Keys. HMAC is SHA-256 under the secret, in hexadecimal. Ed25519 signs the payload itself; RSA is PKCS#1 v1.5 with
SHA-256. Both are base64, whose `+ / =` are percent-encoded in a URL or a form and stand plain in JSON.

A signer keeps a key object, not the text of the key. Everything here is pure: the timestamp is a parameter like any
other.
"""

from __future__ import annotations

import hmac
import json
from binascii import b2a_base64
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from binance_async.errors import InvalidArgument
from binance_async.secret import Sealed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256

    from binance_async.secret import Secret

__all__ = [
    "Ed25519Signer",
    "HmacSigner",
    "KeyKind",
    "Params",
    "RsaSigner",
    "Signer",
    "WireValue",
    "encode_query",
    "fingerprint",
    "signed_mixed",
    "signed_params",
    "signed_query",
]

KeyKind = Literal["HMAC", "ED25519", "RSA"]
WireValue = str | int | bool | list[str] | list[int]
Params = Mapping[str, str] | list[tuple[str, str]]
"""Names and values in their order; as a list a name may come twice."""

_UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"


def fingerprint(api_key: str) -> str:
    """Eight hexadecimal digits that tell two api keys apart and give neither away."""
    return sha256(api_key.encode("utf-8", "surrogatepass")).hexdigest()[:8]


class Signer(Sealed):
    """Signs with one key. `Credentials` makes the right one."""

    __slots__ = ("api_key", "kind")
    api_key: str
    kind: KeyKind

    def __init__(self, api_key: str, kind: KeyKind) -> None:
        object.__setattr__(self, "api_key", api_key)
        object.__setattr__(self, "kind", kind)

    def sign(self, payload: bytes) -> str:
        """The signature of these bytes: hexadecimal or base64, not percent-encoded."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of key {fingerprint(self.api_key)}>"


class HmacSigner(Signer):
    """HMAC-SHA256. The exchange calls this kind deprecated, and `session.logon` does not take it."""

    __slots__ = ("_keyed",)
    _keyed: hmac.HMAC

    def __init__(self, api_key: str, secret: Secret) -> None:
        super().__init__(api_key, "HMAC")
        object.__setattr__(self, "_keyed", hmac.new(secret.reveal().encode(), None, "sha256"))

    def sign(self, payload: bytes) -> str:
        """The signature, in hexadecimal."""
        # A copy of the keyed state takes two thirds of the time of `hmac.digest`, which schedules the key each time.
        state = self._keyed.copy()
        state.update(payload)
        return state.hexdigest()


class Ed25519Signer(Signer):
    """Ed25519, the kind that the exchange recommends."""

    __slots__ = ("_key",)
    _key: Ed25519PrivateKey

    def __init__(self, api_key: str, key: Ed25519PrivateKey) -> None:
        super().__init__(api_key, "ED25519")
        object.__setattr__(self, "_key", key)

    def sign(self, payload: bytes) -> str:
        """The signature, in base64."""
        return b2a_base64(self._key.sign(payload), newline=False).decode()


class RsaSigner(Signer):
    """RSASSA-PKCS1-v1_5 with SHA-256. Slow: 0.2 ms at 2048 bits and 1.4 ms at 4096, where Ed25519 takes 0.03."""

    __slots__ = ("_hash", "_key", "_padding")
    _hash: SHA256
    _key: RSAPrivateKey
    _padding: PKCS1v15

    def __init__(self, api_key: str, key: RSAPrivateKey) -> None:
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        super().__init__(api_key, "RSA")
        object.__setattr__(self, "_key", key)
        object.__setattr__(self, "_padding", PKCS1v15())
        object.__setattr__(self, "_hash", SHA256())

    def sign(self, payload: bytes) -> str:
        """The signature, in base64."""
        return b2a_base64(self._key.sign(payload, self._padding, self._hash), newline=False).decode()


def encode_query(params: Params) -> str:
    """`name=value` joined with `&`, percent-encoded, in the order of `params`. For a query string or a form body."""
    return _encode(params).decode("ascii")


def signed_query(params: Params, signer: Signer) -> str:
    """The whole text for the URL or the form body, `signature` last."""
    payload = _encode(params)
    return _with_signature(payload, signer.sign(payload))


def signed_mixed(query_params: Params, body_params: Params, signer: Signer) -> tuple[str, str]:
    """Query string and form body under one signature, which ends the body (the query string, if the body is empty)."""
    query, body = _encode(query_params), _encode(body_params)
    signature = signer.sign(query + body)
    if body:
        return query.decode("ascii"), _with_signature(body, signature)
    return _with_signature(query, signature), ""


def signed_params(params: Mapping[str, WireValue], signer: Signer) -> dict[str, WireValue]:
    """The parameters of a WebSocket API request, with `apiKey` and `signature`. Values keep their JSON types."""
    texts = {name: _text(name, value) for name, value in params.items() if name != "signature"}
    texts["apiKey"] = signer.api_key
    payload = "&".join(map("=".join, sorted(texts.items())))
    try:
        signature = signer.sign(payload.encode())
    except UnicodeEncodeError:
        del texts["apiKey"], payload  # the key must not show in a traceback with locals
        refusal = _not_unicode(list(texts.items()))
    else:
        return {**params, "apiKey": signer.api_key, "signature": signature}
    raise refusal


def _encode(params: Params) -> bytes:
    pairs = params if isinstance(params, list) else list(params.items())
    plain = "&".join(map("=".join, pairs))
    try:
        encoded = plain.encode()
    except UnicodeEncodeError:
        refusal = _not_unicode(pairs)
    else:
        # What is left without the unreserved characters is just the separators, unless something needs encoding.
        if encoded.translate(None, _UNRESERVED) == (b"=&" * len(pairs))[:-1]:
            return encoded
        return "&".join([f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs]).encode()
    raise refusal


def _with_signature(payload: bytes, signature: str) -> str:
    encoded = signature
    if not signature.isalnum():  # not hexadecimal; of base64's alphabet these three are reserved
        encoded = signature.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    return f"{payload.decode('ascii')}&signature={encoded}" if payload else f"signature={encoded}"


def _text(name: str, value: WireValue) -> str:
    """How the value stands in the JSON that is sent, a string without its quotes."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if _is_list(value):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    raise InvalidArgument(f"{name}: {type(value).__name__} is sent as text, not as itself", argument=name)


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _not_unicode(pairs: list[tuple[str, str]]) -> InvalidArgument:
    """A lone surrogate has no UTF-8 form; the codec's own error would quote the text."""
    for name, value in pairs:
        if not (_is_unicode(name) and _is_unicode(value)):
            shown = ascii(name)
            return InvalidArgument(f"{shown} is not valid Unicode text: it holds a lone surrogate", argument=shown)
    return InvalidArgument("a parameter is not valid Unicode text: it holds a lone surrogate")


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)
