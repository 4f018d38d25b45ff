"""The guard of money: whatever could leave the account is refused until it is named."""

from __future__ import annotations

import pytest

from binance_async import declarations
from binance_async.errors import InvalidArgument, RefusedLocally
from binance_async.session.guard import check_money_out, check_path, moves_money

WORDS = ("withdraw", "transfer", "redeem", "repay", "otc/orders", "asset/dust", "acceptQuote", "mint")
CALLS = [d for d in declarations() if d.kind == "rest" and d.method != "GET"]


@pytest.mark.parametrize("declaration", CALLS, ids=lambda d: d.name)
def test_every_declared_call_whose_path_says_so_is_guarded(declaration: object) -> None:
    path: str = declaration.path  # type: ignore[attr-defined]
    expected = any(word.lower() in path.lower() for word in WORDS)
    assert moves_money(declaration.method, path) is expected  # type: ignore[attr-defined]


def test_the_documented_ways_out_are_among_them() -> None:
    guarded = {d.path for d in CALLS if moves_money(str(d.method), str(d.path))}
    assert {
        "/sapi/v1/capital/withdraw/apply",
        "/sapi/v1/fiatpayment/withdraw/apply",
        "/sapi/v1/otc/orders",
        "/sapi/v1/asset/dust",
        "/sapi/v1/cl/transfer",
        "/sapi/v1/custodian/custodianTransfer",
        "/sapi/v3/sub-account/transfer",
    } <= guarded


@pytest.mark.parametrize(
    "path",
    ["/sapi/v9/brand-new/transfer", "/sapi/v1/x/REDEEM", "/sapi/v1/%74ransfer", "/papi/v1/repay-futures-switch-x"],
)
def test_what_nobody_has_declared_is_guarded_too(path: str) -> None:
    with pytest.raises(RefusedLocally, match="moves money out"):
        check_money_out("request", "POST", path, frozenset())


def test_reading_is_free() -> None:
    check_money_out("us.withdraw_history", "GET", "/sapi/v1/capital/withdraw/history", frozenset())


@pytest.mark.parametrize("allowed", ["us.withdraw", "/sapi/v1/capital/withdraw/apply"])
def test_named_by_call_or_path_it_passes(allowed: str) -> None:
    check_money_out("us.withdraw", "POST", "/sapi/v1/capital/withdraw/apply", {allowed})
    with pytest.raises(RefusedLocally):
        check_money_out("us.transfer", "POST", "/sapi/v3/sub-account/transfer", {allowed})


@pytest.mark.parametrize("path", ["/api/v3/order", "/sapi/v1/a-b/c_d.e", "/api/v3/x/"])
def test_plain_paths(path: str) -> None:
    assert check_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "", "api/v3/order", "//evil.example/x", "/api/../sapi/x", "/api/%2e%2e/x", "/api/v3/order?x=1", "/a#b",
        "https://evil.example/api", "/a\\b", "/a b", "/a\nb", "/%2574ransfer", "/a@b", "/ä",
    ],
)  # fmt: skip
def test_paths_that_a_server_could_read_otherwise_are_refused(path: str) -> None:
    with pytest.raises(InvalidArgument):
        check_path(path)
