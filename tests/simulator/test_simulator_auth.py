from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulator_kit import CATALOGUE, Rig, key_signs, virtual

from binance_async.core import signing
from binance_async.credentials import Credentials
from binance_async.simulator import auth, params
from binance_async.simulator.keys import hmac_verifier

VECTORS = [rule for rule in json.loads((CATALOGUE / "spot_rules.json").read_text()) if rule["kind"] == "vector"]

INVALID_KEY = {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}


@virtual
async def test_all_kinds_of_keys_sign() -> None:
    rig = Rig()
    for kind in ("hmac", "ed25519", "rsa"):
        account = await rig.signed("GET", "/api/v3/account", key=rig.account.keys[kind])
        assert account["uid"] == rig.account.uid


@virtual
async def test_keys_are_refused_before_anything_else_is_looked_at() -> None:
    rig = Rig()
    for headers in ({}, {"x-mbx-apikey": ""}, {"x-mbx-apikey": "a b"}):
        reply = await rig.raw("GET", "/api/v3/account", headers=headers)
        assert (reply.status, json.loads(reply.body)) == (401, {"code": -2014, "msg": "API-key format invalid."})
    reply = await rig.raw("GET", "/api/v3/account", headers={"x-mbx-apikey": "x" * 64})
    assert (reply.status, json.loads(reply.body)) == (401, INVALID_KEY)


@virtual
async def test_permissions_addresses_and_revocation_have_one_answer() -> None:
    rig = Rig()
    reads = rig.account.add_key("hmac", permissions=["USER_DATA"])
    home = rig.account.add_key("hmac", addresses=["192.0.2.7"])
    assert "uid" in await rig.signed("GET", "/api/v3/account", key=reads)
    assert await rig.signed("DELETE", "/api/v3/openOrders", key=reads, symbol="BTCUSDT") == INVALID_KEY
    assert await rig.signed("GET", "/api/v3/account", key=home) == INVALID_KEY
    assert "uid" in await rig.signed("GET", "/api/v3/account", key=home, ip="192.0.2.7")
    reads.revoked = True
    assert await rig.signed("GET", "/api/v3/account", key=reads) == INVALID_KEY


@virtual
async def test_timestamp_and_signature_must_be_there() -> None:
    rig = Rig()
    headers = {"x-mbx-apikey": rig.key.api_key}
    without = json.loads((await rig.raw("GET", "/api/v3/account", headers=headers)).body)
    assert without["code"] == -1102
    assert "'timestamp'" in without["msg"]
    stamped = await rig.raw("GET", f"/api/v3/account?timestamp={rig.now}", headers=headers)
    assert "'signature'" in json.loads(stamped.body)["msg"]


AHEAD = {"code": -1021, "msg": "Timestamp for this request was 1000ms ahead of the server's time."}
BEHIND = {"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."}


@virtual
async def test_the_window_of_timestamps() -> None:
    rig = Rig()

    async def at(offset: float, unit: int = 1, **params: Any) -> Any:
        return await rig.signed("GET", "/api/v3/account", timestamp=int((rig.now + offset) * unit), **params)

    assert "uid" in await at(999)
    assert await at(1000) == AHEAD
    assert "uid" in await at(-5000)
    assert await at(-5001) == BEHIND
    assert "uid" in await at(-60_000, recvWindow=60_000)
    assert await at(-11, recvWindow=10) == BEHIND
    assert "uid" in await at(-1.5, 1000, recvWindow="1.5")
    assert await at(-1.6, 1000, recvWindow="1.5") == BEHIND
    assert await at(0, recvWindow=60_001) == {"code": -1131, "msg": "recvWindow must be less than 60000"}
    assert (await at(0, recvWindow="1.2345"))["code"] == -1111
    assert (await at(0, recvWindow="wide"))["code"] == -1100
    assert await rig.signed("GET", "/api/v3/account", timestamp=1_400_000_000_000, recvWindow=60_000) == BEHIND
    assert (await rig.signed("GET", "/api/v3/account", timestamp="now"))["code"] == -1100


@virtual
async def test_a_signature_of_something_else_is_refused() -> None:
    rig = Rig()
    for kind in ("hmac", "ed25519", "rsa"):
        key = rig.account.keys[kind]
        for signature in (key_signs(key, b"timestamp=1"), "00", "not base64!", "é"):
            reply = await rig.raw(
                "GET",
                f"/api/v3/account?timestamp={rig.now}&signature={quote(signature, safe='')}",
                headers={"x-mbx-apikey": key.api_key},
            )
            assert json.loads(reply.body) == {"code": -1022, "msg": "Signature for this request is not valid."}


@virtual
async def test_what_is_malformed_is_told_only_to_the_owner_of_the_key() -> None:
    rig = Rig()
    query = f"symbol=btc&timestamp={rig.now}&signature="
    stranger = await rig.raw("GET", f"/api/v3/order?{query}00", headers={"x-mbx-apikey": rig.key.api_key})
    assert json.loads(stranger.body)["code"] == -1022
    assert (await rig.signed("GET", "/api/v3/order", symbol="btc"))["code"] == -1100


@virtual
async def test_query_and_body_are_signed_without_an_ampersand_between() -> None:
    rig = Rig()
    query = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC"
    body = f"quantity=0.01&price=50000&timestamp={rig.now}"
    headers = {"x-mbx-apikey": rig.key.api_key}
    signature = key_signs(rig.key, (query + body).encode())
    done = await rig.raw("POST", f"/api/v3/order?{query}", f"{body}&signature={signature}", headers)
    assert done.status == 200
    wrong = key_signs(rig.key, f"{query}&{body}".encode())
    reply = await rig.raw("POST", f"/api/v3/order?{query}", f"{body}&signature={wrong}", headers)
    assert json.loads(reply.body)["code"] == -1022


@virtual
async def test_a_signature_may_stand_anywhere() -> None:
    rig = Rig()
    payload = f"timestamp={rig.now}&recvWindow=5000"
    signature = key_signs(rig.key, payload.encode())
    for query in (f"signature={signature}&{payload}", payload.replace("&", f"&signature={signature}&")):
        reply = await rig.raw("GET", f"/api/v3/account?{query}", headers={"x-mbx-apikey": rig.key.api_key})
        assert reply.status == 200


@virtual
async def test_hmac_signatures_in_capitals_are_taken() -> None:
    rig = Rig()
    query = f"timestamp={rig.now}"
    signature = key_signs(rig.key, query.encode()).upper()
    reply = await rig.raw(
        "GET", f"/api/v3/account?{query}&signature={signature}", headers={"x-mbx-apikey": rig.key.api_key}
    )
    assert reply.status == 200


TEXTS = st.dictionaries(
    st.text("abcdefghijklmnop", min_size=1, max_size=8).filter(lambda name: name != "signature"),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20),
    max_size=5,
)


@given(TEXTS)
def test_what_the_client_signs_is_what_is_verified(texts: dict[str, str]) -> None:
    signer = Credentials.hmac("k" * 64, "s" * 64).signer
    query = signing.signed_query(texts, signer)
    payload, signature = auth.raw_payload(query, "")
    assert hmac.new(b"s" * 64, payload, hashlib.sha256).hexdigest() == signature
    signed = signing.signed_params(texts, signer)
    payload = auth.json_payload({name: str(value) for name, value in signed.items()})
    assert hmac.new(b"s" * 64, payload, hashlib.sha256).hexdigest() == signed["signature"]


HMAC = [v for v in VECTORS if v["algorithm"] == "HMAC-SHA256"]


def test_there_are_documented_vectors() -> None:
    assert len(HMAC) >= 15


@pytest.mark.parametrize("vector", HMAC, ids=lambda v: v["name"].replace(" ", "_"))
def test_documented_hmac_vectors(vector: dict[str, Any]) -> None:
    verify = hmac_verifier(vector["key"])
    if vector["area"] == "ws_api":
        raw = msgspec.json.decode(json.dumps(vector["params"]).encode(), type=dict[str, msgspec.Raw])
        payload = auth.json_payload(params.texts_of_json(raw))
    else:
        query = f"{vector.get('query', vector['payload'])}&signature={vector['signature']}"
        payload, signature = auth.raw_payload(query, vector.get("body", ""))
        assert signature == vector["signature"]
    assert payload.decode() == vector["payload"]
    assert verify(payload, vector["signature"])
    assert not verify(payload + b"0", vector["signature"])
