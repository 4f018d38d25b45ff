"""Hosts: a key goes to the exchange's own domains, or to this machine, and nowhere else."""

from __future__ import annotations

import pytest

from binance_async import BINANCE_US, DEMO, PRODUCTION, TESTNET, Environment
from binance_async.environment import check_url, is_loopback
from binance_async.errors import RefusedLocally, UnsupportedRoute


@pytest.mark.parametrize(
    "url",
    [
        "https://api.binance.com",
        "https://binance.com",
        "wss://stream.binance.com:9443",
        "https://testnet.binance.vision",
        "https://api.binance.us",
        "https://testnet.binancefuture.com",
        "http://127.0.0.1:8080",
        "ws://localhost:1",
        "http://[::1]:9",
        "http://127.9.9.9",
    ],
)
def test_the_exchange_and_this_machine_are_allowed(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://api.binance.com", "plain http"),
        ("ws://stream.binance.com", "plain ws"),
        ("https://api.binance.com.evil.example", "none of the exchange's hosts"),
        ("https://evilbinance.com", "none of the exchange's hosts"),
        ("https://binance.com.co", "none of the exchange's hosts"),
        ("https://api.bınance.com", "none of the exchange's hosts"),
        ("https://192.168.1.4", "none of the exchange's hosts"),
        ("https://user:pw@api.binance.com", "no user"),
        ("https://api.binance.com@evil.example", "no user"),
        ("https://api.binance.com?x=1", "no user"),
        ("ftp://api.binance.com", "begins with https"),
        ("api.binance.com", "begins with https"),
        ("https://", "begins with https"),
    ],
)
def test_anything_else_is_refused(url: str, reason: str) -> None:
    with pytest.raises(RefusedLocally, match=reason):
        check_url(url)


def test_a_host_of_ones_own_is_named_and_still_encrypted() -> None:
    environment = Environment.custom("spot", rest="https://gate.example", extra_hosts={"Gate.Example"})
    assert environment.of("spot").rest == "https://gate.example"
    with pytest.raises(RefusedLocally, match="plain http"):
        Environment.custom("spot", rest="http://gate.example", extra_hosts={"gate.example"})
    with pytest.raises(RefusedLocally, match="extra_hosts"):
        Environment.custom("spot", rest="https://gate.example")


def test_every_address_of_an_environment_is_checked() -> None:
    for part in ("ws_api", "stream"):
        with pytest.raises(RefusedLocally):
            Environment.custom("spot", rest="https://api.binance.com", **{part: "wss://evil.example"})  # type: ignore[arg-type]
    with pytest.raises(RefusedLocally):
        PRODUCTION.and_custom("usdm", rest="https://evil.example")


def test_families() -> None:
    assert set(PRODUCTION.hosts) >= {"spot"}
    assert set(TESTNET.hosts) >= {"spot"}
    assert set(DEMO.hosts) >= {"spot"}
    assert set(BINANCE_US.hosts) == {"us"}
    with pytest.raises(UnsupportedRoute, match=r"'binance_us' has \.us, not \.spot"):
        BINANCE_US.of("spot")
    both = Environment.custom("spot", rest="http://127.0.0.1:1").and_custom("us", rest="http://127.0.0.1:2")
    assert both.of("us").rest.endswith(":2")
    assert both.of("spot").rest.endswith(":1")


def test_hosts_cannot_be_changed_afterwards() -> None:
    with pytest.raises(TypeError):
        PRODUCTION.hosts["spot"] = PRODUCTION.hosts["spot"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("host", "expected"), [("localhost", True), ("127.0.0.1", True), ("10.0.0.1", False), ("a", False)]
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
