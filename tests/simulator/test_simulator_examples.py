from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest
from simulator_kit import Rig, catalogue, virtual

from binance_async import spot, us
from binance_async.core.endpoint import Endpoint, endpoints
from binance_async.simulator.examples import example_of
from binance_async.simulator.spot_calls import SPOT_CALLS

WITHOUT = [
    endpoint
    for module in (spot, us)
    for endpoint in endpoints(module.Calls)
    if f"{endpoint.method} {endpoint.path}" not in SPOT_CALLS
]


def documented(endpoint: Endpoint) -> Any:
    product = "us" if endpoint.family == "us" else "now_spot"
    path = re.sub(r"\{[^}]*\}", "*", str(endpoint.path))
    return next(
        entry["responses"][0]
        for entry in catalogue(product)
        if entry["kind"] == "rest"
        and entry["method"] == endpoint.method
        and re.sub(r"\{[^}]*\}", "*", entry["path"]) == path
    )


def test_there_are_such_calls() -> None:
    assert len(WITHOUT) > 60


@pytest.mark.parametrize("endpoint", WITHOUT, ids=lambda endpoint: endpoint.name)
def test_an_example_is_the_documented_one_and_decodes(endpoint: Endpoint) -> None:
    example = example_of(endpoint)
    assert example == documented(endpoint)
    assert endpoint.decoder.decode(msgspec.json.encode(example)) is not None


def test_a_call_that_has_a_meaning_has_no_example() -> None:
    assert example_of(next(iter(endpoints(spot.Calls)))) is None


@virtual
async def test_calls_of_us_without_a_meaning() -> None:
    rig = Rig(family="us")
    reply = await rig.signed_reply("GET", "/sapi/v1/otc/orders/10002349")
    assert (reply.status, reply.headers["x-simulated"]) == (200, "example")
    assert json.loads(reply.body)["orderId"] == "10002349"
    dust = await rig.signed_reply("POST", "/sapi/v1/asset/dust", fromAsset=["LTC", "ADA"], toAsset="BTC")
    assert dust.headers["x-simulated"] == "example"
    missing = await rig.signed("POST", "/sapi/v1/capital/withdraw/apply", coin="BTC")
    assert missing["code"] == -1102
    unsigned = await rig.raw("GET", "/sapi/v1/capital/config/getall")
    assert unsigned.status == 401
