"""What the exchange would make of the bytes that are sent, checked without a line of the code under test."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
import sys
import traceback
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

import orjson
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st

from binance_async.core.signing import (
    Ed25519Signer,
    HmacSigner,
    RsaSigner,
    Signer,
    encode_query,
    fingerprint,
    signed_mixed,
    signed_params,
    signed_query,
)
from binance_async.errors import InvalidArgument
from binance_async.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

API_KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
ED25519 = ed25519.Ed25519PrivateKey.generate()
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SIGNERS: dict[str, Signer] = {
    "HMAC": HmacSigner(API_KEY, Secret(SECRET)),
    "ED25519": Ed25519Signer(API_KEY, ED25519),
    "RSA": RsaSigner(API_KEY, RSA),
}


def hmac_holds(payload: bytes, signature: str) -> bool:
    # RFC 2104 by hand, so that nothing is shared with the signer.
    inner, outer = (bytes(byte ^ pad for byte in SECRET.encode().ljust(64, b"\0")) for pad in (0x36, 0x5C))
    expected = hashlib.sha256(outer + hashlib.sha256(inner + payload).digest()).hexdigest()
    return hmac.compare_digest(expected, signature)


def ed25519_holds(payload: bytes, signature: str) -> bool:
    try:
        ED25519.public_key().verify(base64.b64decode(signature, validate=True), payload)
    except InvalidSignature:
        return False
    return True


def rsa_holds(payload: bytes, signature: str) -> bool:
    try:
        RSA.public_key().verify(base64.b64decode(signature, validate=True), payload, padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


HOLDS: dict[str, Callable[[bytes, str], bool]] = {"HMAC": hmac_holds, "ED25519": ed25519_holds, "RSA": rsa_holds}
UNRESERVED = set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

nasty = st.sampled_from([
    "币安人生USDT", "😀", "👩\u200d👩\u200d👧", "é", "e\u0301", "a b", "a+b", "&", "=", "a=b&c=d", "100%", "%2B", "%",
    "'", '"', "\\", "#?/;:@", '["BTCUSDT","BNBBTC"]', "a+tag@example.com", "&signature=00", "\x00", "\r\n", "\x7f",
    "\U0010ffff", " ", "",
])  # fmt: skip
text = st.text(alphabet=st.characters(codec="utf-8"), max_size=20) | nasty
plain = st.text(alphabet="ABCabc0189-._~", max_size=20)
params = st.dictionaries(text.filter(lambda name: name != "signature"), text | plain, max_size=8)
kinds = pytest.mark.parametrize("kind", SIGNERS)


def split_signature(sent: bytes) -> tuple[bytes, str]:
    """What a server does first: the bytes before the last parameter, and that parameter, which is the signature."""
    payload, separator, last = sent.rpartition(b"&")
    name, _, value = last.partition(b"=")
    assert name == b"signature"
    assert separator or not payload
    return payload, unquote(value.decode("ascii"), errors="strict")


def parsed(sent: bytes) -> dict[str, str]:
    if not sent:
        return {}
    fields = parse_qsl(sent.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
    assert len(dict(fields)) == len(fields)
    return dict(fields)


@kinds
@settings(deadline=None)
@given(meant=params)
def test_what_arrives_in_a_query_is_what_was_meant(kind: str, meant: dict[str, str]) -> None:
    sent = signed_query(meant, SIGNERS[kind]).encode("ascii")
    assert set(sent) <= UNRESERVED | set(b"%&=")
    payload, signature = split_signature(sent)
    assert HOLDS[kind](payload, signature)
    assert parsed(payload) == meant
    assert list(parsed(payload)) == list(meant)


@kinds
@settings(deadline=None)
@given(in_query=params, in_body=params)
def test_what_arrives_in_query_and_body_is_what_was_meant(
    kind: str, in_query: dict[str, str], in_body: dict[str, str]
) -> None:
    query, body = (part.encode("ascii") for part in signed_mixed(in_query, in_body, SIGNERS[kind]))
    if in_body:
        body, signature = split_signature(body)
    else:
        query, signature = split_signature(query)
    assert HOLDS[kind](query + body, signature)
    assert parsed(query) == in_query
    assert parsed(body) == in_body


wire_values = (
    text | plain | st.integers(min_value=0, max_value=2**63 - 1) | st.booleans() | st.lists(text, max_size=4)
    | st.lists(st.integers(min_value=0, max_value=2**53), max_size=4)
)  # fmt: skip
ws_params = st.dictionaries(text.filter(lambda name: name not in ("signature", "apiKey")), wire_values, max_size=8)


def payload_of_frame(received: dict[str, Any]) -> tuple[bytes, str]:
    """What a server rebuilds from the parsed JSON of a WebSocket API request."""
    signature = received.pop("signature")
    texts = {
        name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in received.items()
    }
    return b"&".join(f"{name}={texts[name]}".encode() for name in sorted(texts)), signature


@kinds
@settings(deadline=None)
@given(meant=ws_params)
def test_what_arrives_over_the_websocket_api_is_what_was_meant(kind: str, meant: dict[str, Any]) -> None:
    before = json.dumps(meant)
    received = orjson.loads(orjson.dumps(signed_params(meant, SIGNERS[kind])))
    assert json.dumps(meant) == before
    payload, signature = payload_of_frame(received)
    assert HOLDS[kind](payload, signature)
    assert received.pop("apiKey") == API_KEY
    assert received == meant
    assert [type(value) for value in received.values()] == [type(value) for value in meant.values()]


@kinds
def test_a_changed_byte_is_noticed(kind: str) -> None:
    """The checks above can fail."""
    payload, signature = split_signature(signed_query({"symbol": "BTCUSDT", "side": "BUY"}, SIGNERS[kind]).encode())
    assert HOLDS[kind](payload, signature)
    assert not HOLDS[kind](payload.replace(b"BUY", b"SEL"), signature)


def test_encoding() -> None:
    assert encode_query({}) == ""
    assert encode_query({"symbol": "BTCUSDT", "price": "0.1"}) == "symbol=BTCUSDT&price=0.1"
    assert encode_query({"a": "-._~"}) == "a=-._~"
    assert encode_query({"note": "a b+c"}) == "note=a%20b%2Bc"
    assert encode_query({"symbols": '["BTCUSDT","BNBBTC"]'}) == "symbols=%5B%22BTCUSDT%22%2C%22BNBBTC%22%5D"
    assert encode_query({"symbol": "币安人生USDT"}) == "symbol=%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT"
    assert encode_query({"a": "", "b": "1"}) == "a=&b=1"


def test_separators_in_values_do_not_pass_for_separators() -> None:
    """The quick way counts them: the same number in other places must not slip through."""
    assert encode_query({"a=b": "c"}) == "a%3Db=c"
    assert encode_query({"a": "b&c", "d": "e"}) == "a=b%26c&d=e"
    assert encode_query({"a": "=&"}) == "a=%3D%26"
    assert encode_query({"": "&=", "b": "c"}) == "=%26%3D&b=c"


def test_signature_is_last_and_encoded() -> None:
    class Fixed(Signer):
        __slots__ = ()

        def sign(self, payload: bytes) -> str:
            return "a+b/c=="

    signer = Fixed(API_KEY, "RSA")
    assert signed_query({"a": "1"}, signer) == "a=1&signature=a%2Bb%2Fc%3D%3D"
    assert signed_query({}, signer) == "signature=a%2Bb%2Fc%3D%3D"
    assert signed_mixed({"a": "1"}, {"b": "2"}, signer) == ("a=1", "b=2&signature=a%2Bb%2Fc%3D%3D")
    assert signed_mixed({"a": "1"}, {}, signer) == ("a=1&signature=a%2Bb%2Fc%3D%3D", "")
    assert signed_mixed({}, {"b": "2"}, signer) == ("", "b=2&signature=a%2Bb%2Fc%3D%3D")
    assert signed_params({"a": 1}, signer) == {"a": 1, "apiKey": API_KEY, "signature": "a+b/c=="}


def test_websocket_payload() -> None:
    signed: list[bytes] = []

    class Recorder(Signer):
        __slots__ = ()

        def sign(self, payload: bytes) -> str:
            signed.append(payload)
            return "new"

    meant = {"symbol": "币安", "flag": True, "off": False, "limit": 5, "symbols": ["A", "é"], "signature": "old"}
    sent = signed_params(meant, Recorder("key", "RSA"))
    assert signed == ['apiKey=key&flag=true&limit=5&off=false&symbol=币安&symbols=["A","é"]'.encode()]
    assert sent == {**meant, "apiKey": "key", "signature": "new"}


@pytest.mark.parametrize("value", [0.5, None, {"a": 1}])
def test_values_that_have_no_one_text_are_refused(value: Any) -> None:
    with pytest.raises(InvalidArgument, match="price") as refusal:
        signed_params({"price": value}, SIGNERS["HMAC"])
    assert refusal.value.argument == "price"


@pytest.mark.parametrize(
    "sign",
    [
        lambda bad: encode_query({"ok": "1", "note": bad}),
        lambda bad: signed_query({"note": bad}, SIGNERS["HMAC"]),
        lambda bad: signed_mixed({"ok": "1"}, {"note": bad}, SIGNERS["HMAC"]),
        lambda bad: signed_params({"note": bad}, SIGNERS["HMAC"]),
        lambda bad: signed_params({"note": ["fine", bad]}, SIGNERS["HMAC"]),
    ],
)
def test_lone_surrogates_are_refused_by_name(sign: Callable[[str], object]) -> None:
    with pytest.raises(InvalidArgument, match="'note' is not valid Unicode text") as refusal:
        sign("x\ud800y")
    assert refusal.value.__context__ is None
    shown = "".join(traceback.TracebackException.from_exception(refusal.value, capture_locals=True).format())
    assert API_KEY not in shown


def test_a_lone_surrogate_in_a_name_is_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"'\\udfff'"):
        encode_query({"\udfff": "1"})
    with pytest.raises(InvalidArgument, match=r"'\\udfff'"):
        signed_params({"\udfff": "1"}, SIGNERS["HMAC"])


def test_a_lone_surrogate_in_the_api_key_is_refused_without_it() -> None:
    with pytest.raises(InvalidArgument, match=r"^a parameter is not valid Unicode text"):
        signed_params({"a": 1}, HmacSigner("key\ud800", Secret(SECRET)))


def test_refusals_of_websocket_values_do_not_show_the_key() -> None:
    with pytest.raises(InvalidArgument) as refusal:
        signed_params({"symbol": "BTCUSDT", "price": 0.5}, SIGNERS["HMAC"])  # type: ignore[dict-item]
    shown = "".join(traceback.TracebackException.from_exception(refusal.value, capture_locals=True).format())
    assert "BTCUSDT" in shown
    assert API_KEY not in shown


def test_one_signer_signs_many_times() -> None:
    """The keyed state is copied, not used up."""
    signer = SIGNERS["HMAC"]
    assert [signer.sign(b"a"), signer.sign(b"b"), signer.sign(b"a")] == [
        hmac.new(SECRET.encode(), payload, "sha256").hexdigest() for payload in (b"a", b"b", b"a")
    ]


def test_a_secret_longer_than_a_block() -> None:
    long = "s" * 200
    assert HmacSigner("k", Secret(long)).sign(b"x") == hmac.new(long.encode(), b"x", "sha256").hexdigest()


@kinds
def test_repr_of_a_signer(kind: str) -> None:
    signer = SIGNERS[kind]
    assert signer.kind == kind
    assert repr(signer).endswith(f"Signer of key {fingerprint(API_KEY)}>")
    assert API_KEY not in repr(signer)


def test_fingerprint() -> None:
    assert fingerprint(API_KEY) == hashlib.sha256(API_KEY.encode()).hexdigest()[:8]
    assert fingerprint("\ud800") != fingerprint("\ud801")


def test_the_base_signs_nothing() -> None:
    with pytest.raises(NotImplementedError):
        Signer("k", "RSA").sign(b"")


def test_cryptography_is_loaded_for_private_keys_alone() -> None:
    program = (
        "import sys; from binance_async.credentials import Credentials;"
        "from binance_async.core.signing import signed_query;"
        "signed_query({'a': '1'}, Credentials.hmac('k', 's').signer);"
        "sys.exit('cryptography' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
