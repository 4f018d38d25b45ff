"""A call as bytes: what is signed is what is sent, and what is secret does not show."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binance_async.errors import InvalidArgument
from binance_async.session.request import FORM, Request, build, hidden, secrets_of_proxy

if TYPE_CHECKING:
    from conftest import Keys

BASE = "https://api.binance.com"
KINDS = ("hmac", "ed25519", "rsa")

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=12) | st.sampled_from(
    ["币安人生", "😀", "a b", "+&=%", "%2B", "a=b&c=d", "ä\u0301", "\n", "1E-8"]
)
params = st.dictionaries(texts.filter(bool), texts, min_size=1, max_size=5)


def test_a_read_carries_everything_in_its_url() -> None:
    made = build("GET", BASE, "/api/v3/depth", {"symbol": "BTCUSDT", "limit": "5"})
    assert (made.url, made.body, made.headers) == (f"{BASE}/api/v3/depth?symbol=BTCUSDT&limit=5", None, {})


def test_without_parameters_there_is_no_question_mark() -> None:
    assert build("GET", BASE, "/api/v3/time", {}).url == f"{BASE}/api/v3/time"


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_other_writes_carry_a_form(method: str) -> None:
    made = build(method, BASE, "/api/v3/x", {"a": "1", "b": "x y"}, api_key="key")
    assert made.url == f"{BASE}/api/v3/x"
    assert made.body == b"a=1&b=x%20y"
    assert made.headers == {"X-MBX-APIKEY": "key", "Content-Type": FORM}


def test_a_cancel_has_no_body() -> None:
    made = build("DELETE", BASE, "/api/v3/order", {"orderId": "5"}, api_key="key")
    assert (made.url, made.body) == (f"{BASE}/api/v3/order?orderId=5", None)
    assert made.headers == {"X-MBX-APIKEY": "key"}


def test_extra_headers_are_sent_and_left_as_they_were() -> None:
    extra = {"X-MBX-TIME-UNIT": "MICROSECOND"}
    made = build("POST", BASE, "/x", {}, api_key="key", extra_headers=extra)
    assert made.headers["X-MBX-TIME-UNIT"] == "MICROSECOND"
    assert extra == {"X-MBX-TIME-UNIT": "MICROSECOND"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_a_signature_is_over_the_bytes_that_are_sent(keys: Keys, kind: str, method: str) -> None:
    key = keys.of(kind)
    wanted = {"symbol": "币安人生", "newClientOrderId": "+&=% x", "timestamp": "1"}
    made = build(method, BASE, "/x", wanted, api_key=key.api_key, signer=key.credentials.signer)
    text = urlsplit(made.url).query if made.body is None else made.body.decode("ascii")
    payload, _, signature = text.rpartition("&signature=")
    assert dict(parse_qsl(payload, strict_parsing=True)) == wanted
    assert key.verify(payload.encode(), dict(parse_qsl(text))["signature"])
    assert signature == quote(dict(parse_qsl(text))["signature"], safe="")


@given(wanted=params)
def test_any_text_arrives_and_is_signed_as_it_stands(keys: Keys, wanted: dict[str, str]) -> None:
    key = keys.hmac
    made = build("POST", BASE, "/x", wanted, api_key=key.api_key, signer=key.credentials.signer)
    assert made.body is not None
    pairs = parse_qsl(made.body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
    assert pairs[:-1] == list(wanted.items())
    assert pairs[-1][0] == "signature"
    assert key.verify(made.body.rpartition(b"&signature=")[0], pairs[-1][1])


def test_a_signed_call_without_parameters(keys: Keys) -> None:
    key = keys.hmac
    made = build("GET", BASE, "/x", {}, api_key=key.api_key, signer=key.credentials.signer)
    assert key.verify(b"", made.url.removeprefix(f"{BASE}/x?signature="))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_secrets_are_told_in_every_form_that_went_out(keys: Keys, kind: str, method: str) -> None:
    key = keys.of(kind)
    listen_key, token = "listen" * 10, "token+/=="
    wanted = {"listenKey": listen_key, "listenToken": token, "timestamp": "1"}
    made = build(method, BASE, "/x", wanted, api_key=key.api_key, signer=key.credentials.signer)
    text = made.url if made.body is None else made.body.decode()
    plain = dict(parse_qsl(text.rpartition("?")[2]))["signature"]
    assert {key.api_key, plain, quote(plain, safe=""), listen_key, token, quote(token, safe="")} <= set(made.secrets())


def test_a_public_call_has_no_secrets() -> None:
    assert list(build("GET", BASE, "/api/v3/depth", {"symbol": "BTCUSDT"}).secrets()) == []


def test_a_repr_shows_the_call_alone(keys: Keys) -> None:
    key = keys.hmac
    made = build("GET", BASE, "/x", {"a": "1"}, api_key=key.api_key, signer=key.credentials.signer)
    assert repr(made) == f"<Request GET {BASE}/x>"
    assert not hasattr(made, "__dict__")
    assert repr(Request("POST", f"{BASE}/x", b"a=1", {})) == f"<Request POST {BASE}/x>"


def test_hidden_parameters_are_what_they_were_and_do_not_show() -> None:
    found = hidden({"listenKey": "canary", "a": 1})
    assert found == {"listenKey": "canary", "a": 1}
    assert "canary" not in repr(found)
    assert hidden(None) == {}


@pytest.mark.parametrize("wrong", ["symbol=BTCUSDT", b"x", [("a", 1)], 5, {"a"}, {1: "a"}, {"a": 1, None: 2}])
def test_parameters_that_are_no_mapping(wrong: object) -> None:
    refusal = hidden(wrong)
    assert isinstance(refusal, InvalidArgument)
    assert str(refusal).startswith("request: params takes a mapping")
    assert refusal.argument == "params"


def test_the_password_of_a_proxy_in_every_form_that_goes_out() -> None:
    assert secrets_of_proxy("http://user:p%40ss@host:1") == ("p%40ss", "p@ss", "dXNlcjpwQHNz")
    assert secrets_of_proxy("http://:pass@host:1") == ("pass", "pass", "OnBhc3M=")


@pytest.mark.parametrize("proxy", [None, "http://host:1", "http://user@host:1"])
def test_a_proxy_without_a_password_has_no_secrets(proxy: str | None) -> None:
    assert secrets_of_proxy(proxy) == ()
