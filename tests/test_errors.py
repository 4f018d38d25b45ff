"""The tree of errors: its drawing is true, and its members survive pickling, copying and printing."""

from __future__ import annotations

import copy
import pickle
import re
import subprocess
import sys
from typing import Any

import pytest

from binance_async import errors
from binance_async.errors import (
    BinanceError,
    BudgetExhausted,
    DecodeFailure,
    InvalidArgument,
    InvalidCredentials,
    NotSent,
    OutcomeUnknown,
    PartlyAccepted,
    RateLimited,
    Rejected,
    SubscriptionRefused,
    Unavailable,
    UndecodableAnswer,
    UndecodableOutcome,
    error_class,
)

CLASSES = [vars(errors)[name] for name in errors.__all__ if name != "error_class"]


def drawn() -> dict[str, str | None]:
    """Each class of the docstring's drawing with its parent."""
    parents: dict[str, str | None] = {}
    path: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"^    ([│ ]*)([├└]── )?([A-Z]\w+)(?:\s{2,}.*)?$", line)
        if found is None:
            continue
        depth = len(found[1]) + len(found[2] or "")
        while path and path[-1][0] >= depth:
            path.pop()
        parents[found[3]] = path[-1][1] if path else None
        path.append((depth, found[3]))
    return parents


def test_the_drawing_shows_every_class_under_its_base() -> None:
    parents = drawn()
    assert parents.pop("BinanceError") is None
    assert set(parents) | {"BinanceError"} == {c.__name__ for c in CLASSES}
    for name, parent in parents.items():
        assert parent in [base.__name__ for base in vars(errors)[name].__bases__], name


def test_all_is_everything_public() -> None:
    public = {
        n for n, v in vars(errors).items() if not n.startswith("_") and getattr(v, "__module__", "") == errors.__name__
    }
    assert set(errors.__all__) == public
    assert list(errors.__all__) == sorted(errors.__all__, key=lambda n: (n[0].islower(), n))


MADE: list[tuple[BinanceError, dict[str, Any]]] = [
    (BinanceError("m", call="c"), {}),
    (InvalidArgument("m", call="c", argument="a"), {"argument": "a"}),
    (BudgetExhausted("m", call="c", retry_at=1.5), {"retry_at": 1.5}),
    (
        Rejected("no", call="c", status=400, code=-1, retry_at=2.5),
        {"reason": "no", "status": 400, "code": -1, "retry_at": 2.5},
    ),
    (RateLimited("no", call="c", status=429, retry_at=2.5), {"reason": "no", "status": 429, "retry_at": 2.5}),
    (
        PartlyAccepted("m", call="c", code=-2021, cancel={"orderId": 1}, new={"orderId": 2}),
        {"code": -2021, "cancel": {"orderId": 1}, "new": {"orderId": 2}},
    ),
    (
        OutcomeUnknown("m", call="c", status=503, code=-1007, client_order_id="x-1"),
        {"status": 503, "code": -1007, "client_order_id": "x-1"},
    ),
    (Unavailable("m", call="c", status=503, code=-1001), {"status": 503, "code": -1001}),
    (DecodeFailure("m", call="c", status=200, body=b"<"), {"status": 200, "body": b"<"}),
    (UndecodableAnswer("m", call="c", status=502, body=b"<"), {"status": 502, "code": None, "body": b"<"}),
    (
        UndecodableOutcome("m", call="c", status=200, body=b"<", client_order_id="x-1"),
        {"status": 200, "body": b"<", "client_order_id": "x-1", "code": None},
    ),
    (SubscriptionRefused("m", call="c", code=2), {"code": 2}),
    *((c("m", call="c"), {}) for c in CLASSES),
]


@pytest.mark.parametrize(("error", "facts"), MADE, ids=lambda v: type(v).__name__ if isinstance(v, Exception) else "")
def test_an_error_keeps_its_facts_over_pickle_and_copy(error: BinanceError, facts: dict[str, Any]) -> None:
    error.add_note("seen by a test")
    for other in (error, copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))):
        assert type(other) is type(error)
        assert str(other) == str(error)
        assert repr(other) == repr(error)
        assert vars(other) == vars(error)
        assert other.call == "c"
        assert {name: getattr(other, name) for name in facts} == facts


def test_the_message_begins_with_the_call() -> None:
    assert str(NotSent("no key", call="spot.account")) == "spot.account: no key"
    assert str(NotSent("no key")) == "no key"
    assert str(Rejected("Unknown order sent.", call="spot.order", status=400, code=-2011)) == (
        "spot.order: rejected: -2011 Unknown order sent. (HTTP 400)"
    )
    assert str(Rejected("the firewall refused")) == "rejected: the firewall refused"


def test_a_body_is_kept_up_to_1024_bytes() -> None:
    for class_ in (DecodeFailure, UndecodableAnswer, UndecodableOutcome):
        assert class_("m", body=b"x" * 5000).body == b"x" * 1024


def test_errors_are_what_python_programs_expect_too() -> None:
    assert issubclass(InvalidArgument, TypeError)
    assert issubclass(InvalidCredentials, ValueError)


def test_a_legs_error_survives_in_its_error() -> None:
    partly = PartlyAccepted("m", cancel={"orderId": 1}, new=Rejected("no", code=-2010))
    other = pickle.loads(pickle.dumps(partly))
    assert (type(other.new), other.new.code, other.new.reason) == (Rejected, -2010, "no")


def test_classes_register_themselves_by_code_and_family() -> None:
    before = dict(Rejected.by_code)
    try:

        class Common(Rejected, code=-99_001):
            pass

        class Own(Rejected, code=-99_001, family="usdm"):
            pass

        class Kind(Common):
            pass

        assert error_class(-99_001) is Common
        assert error_class(-99_001, "spot") is Common
        assert error_class(-99_001, "usdm") is Own
        assert issubclass(Kind, Common)
        with pytest.raises(TypeError, match="Second: code -99001 already is Common"):

            class Second(Rejected, code=-99_001):
                pass

    finally:
        Rejected.by_code.clear()
        Rejected.by_code.update(before)
    assert error_class(-99_001, "spot") is Rejected


def test_codes_are_loaded_on_first_use() -> None:
    script = (
        "import sys; from binance_async.errors import error_class; assert 'binance_async.codes' not in sys.modules; "
        "print(error_class(-1121).__name__)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "InvalidSymbol"
