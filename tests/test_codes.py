"""Every documented error code has its class, under a name that can be guessed from the documents."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest

from binance_async import codes
from binance_async.core.reply import UNKNOWN_OUTCOMES, Answer, error_of, refusal, rejected_class
from binance_async.errors import RateLimited, Rejected, error_class

DATA = Path(__file__).parent / "catalogue" / "data"
OURS = {
    n: c
    for n, c in vars(codes).items()
    if inspect.isclass(c) and issubclass(c, Rejected) and c.__module__ == codes.__name__
}


def documented(kind: str) -> list[tuple[str, dict[str, Any]]]:
    entries = [
        (family, entry)
        for name, family in (("spot", "spot"), ("now_spot", "spot"), ("us", "us"))
        for entry in json.loads((DATA / f"{name}.json").read_text())
        if entry["kind"] == kind
    ]
    assert entries
    return entries


ERRORS = documented("error")


def test_the_catalogue_is_not_empty() -> None:
    assert len({e["code"] for _, e in ERRORS}) > 100


@pytest.mark.parametrize(("family", "entry"), ERRORS, ids=[f"{f} {e['code']}" for f, e in ERRORS])
def test_every_documented_code_has_a_class_or_a_name(family: str, entry: dict[str, Any]) -> None:
    code, name = entry["code"], entry.get("name")
    refused = error_class(code, family)
    if code in codes.NAMES:
        assert refused is Rejected  # nothing may call it a refusal
        assert codes.name_of(code, family) == codes.NAMES[code]
    else:
        assert refused is not Rejected
        assert codes.name_of(code, family) == refused.__name__
    if name:
        guess = name.replace("_", "").lower()
        public = {n.lower(): n for n in (*codes.__all__, *codes.NAMES.values())}
        assert guess in public
        if code not in codes.NAMES:
            assert vars(codes)[public[guess]] is refused


def test_nothing_is_registered_that_the_documents_do_not_have() -> None:
    known = {e["code"] for _, e in ERRORS}
    assert {code for (_, code), c in Rejected.by_code.items() if c.__module__ == codes.__name__} <= known
    assert set(codes.NAMES) <= known


def test_codes_that_leave_the_outcome_open_are_no_refusals() -> None:
    assert set(codes.NAMES) == UNKNOWN_OUTCOMES | {-2021}


def test_an_undocumented_code_keeps_its_number_and_text() -> None:
    error = error_of(Answer(400, -7777, "Something new."), endpoint_name="x", family="spot", writes=True)
    assert type(error) is Rejected
    assert (error.code, error.reason) == (-7777, "Something new.")
    assert codes.name_of(-7777) is None


def test_the_limits_are_rate_limits() -> None:
    limited = {c.__name__ for c in OURS.values() if issubclass(c, RateLimited)}
    assert limited == {"TooManyRequests", "TooManyOrders", "TooManyConnections", "TooManyMessages"}


def test_all_names_are_public_and_said_in_the_docstring() -> None:
    assert set(codes.__all__) == {*OURS, "NAMES", "name_of"}
    doc = codes.__doc__ or ""
    for name, refused in OURS.items():
        assert re.search(rf"\b{name}\b", doc), name
        assert refused.__doc__, name
    for (_, code), refused in Rejected.by_code.items():
        if refused.__module__ == codes.__name__:
            assert re.search(rf"(?<![-\d]){code} {refused.__name__}\b", doc), refused


# By text

TEXTS = [
    (-2010, "Account has insufficient balance for requested action.", codes.InsufficientBalance),
    (-1010, "Account has insufficient balance for requested action.", codes.InsufficientBalance),
    (-2010, "Account has insufficient balance for requested action", codes.InsufficientBalance),
    (-2010, "Order would immediately match and take.", codes.WouldMatchImmediately),
    (-2010, "Order would trigger immediately.", codes.WouldTriggerImmediately),
    (-2010, "Stop price would trigger immediately.", codes.WouldTriggerImmediately),
    (-2010, "Market is closed.", codes.MarketClosed),
    (-2010, "Duplicate order sent.", codes.DuplicateOrder),
    (-2010, "Order book liquidity is less than LOT_SIZE filter minimum quantity.", codes.InsufficientLiquidity),
    (-2010, "Order book liquidity is too low for this pegged order.", codes.InsufficientLiquidity),
    (-2010, "This symbol is restricted for this account.", codes.NewOrderRejected),
    (-2010, "A text of tomorrow.", codes.NewOrderRejected),
    (-2010, "", codes.NewOrderRejected),
    (-2011, "Unknown order sent.", codes.UnknownOrder),
    (-1010, "Unknown order sent", codes.UnknownOrder),
    (-2011, "Order was not canceled due to cancel restrictions.", codes.CancelRestricted),
    (-2011, "Cancel order is invalid. Check origClOrdId and orderId.", codes.CancelRejected),
    (-2013, "Order does not exist.", codes.OrderDoesNotExist),
    (-2038, "The requested action would change no state; rejecting", codes.NothingToAmend),
    (-2038, "Order amend (quantity increase) is not supported.", codes.OrderAmendRejected),
    (-1013, "Filter failure: LOT_SIZE", codes.FilterFailure),
    (-1013, "Invalid quantity.", codes.InvalidMessage),
    (-1121, "Market is closed.", codes.InvalidSymbol),  # another code's text does not count
]


@pytest.mark.parametrize(("code", "text", "refused"), TEXTS)
def test_the_class_by_text(code: int, text: str, refused: type[Rejected]) -> None:
    assert rejected_class(code, text, "spot") is refused
    assert refusal(Answer(400, code, text), "us") is refused


def test_a_class_by_text_is_one_of_its_code_too() -> None:
    for code, _, refused in TEXTS:
        if code != -1010:
            assert issubclass(refused, error_class(code))


def test_a_filter_failure_names_the_filter() -> None:
    named = 0
    for _, entry in (*documented("error_message"), *ERRORS):
        message = entry["message"] or ""
        if not message.startswith("Filter failure"):
            continue
        error = error_of(Answer(400, -1013, message), endpoint_name="x", family="spot", writes=True)
        assert isinstance(error, codes.FilterFailure)
        assert isinstance(error, codes.InvalidMessage)
        assert message == f"Filter failure: {error.filter}"
        named += 1
    assert named >= 15
    assert codes.FilterFailure("Filter failure: LOT_SIZE.").filter == "LOT_SIZE"


def test_every_documented_text_of_the_engine_is_a_refusal() -> None:
    for _, entry in documented("error_message"):
        for code in entry["codes"]:
            refused = refusal(Answer(400, code, entry["message"]), "spot")
            assert refused is not None
            assert issubclass(refused, Rejected)
            assert refused is not Rejected
