"""Declarations: the signature is the specification, checked before anything is sent."""
# Annotations are read at run time, as in a module of declarations.

import copy
import datetime as dt
import inspect
import itertools
import subprocess
import sys
import types
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal, get_type_hints, overload

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from binance_async.core import endpoint as endpoint_module
from binance_async.core.endpoint import (
    MARGIN,
    MARKET_DATA,
    NONE,
    TRADE,
    USER_DATA,
    USER_STREAM,
    Bound,
    Endpoint,
    Group,
    camel,
    delete,
    endpoint_of,
    endpoints,
    get,
    loose,
    post,
    put,
    ws_only,
)
from binance_async.core.open_enum import OpenEnum
from binance_async.core.weight import by_limit
from binance_async.core.wire import Number, Time
from binance_async.errors import InvalidArgument, NotSent


class Side(OpenEnum):
    BUY = "BUY"
    SELL = "SELL"


class Order(msgspec.Struct, rename="camel"):
    order_id: int
    price: Decimal


class Ack(msgspec.Struct, rename="camel"):
    order_id: int


class Trading(Group):
    """Calls to test with."""

    @post(
        "/api/v3/order",
        weight=1,
        ws="order.place",
        ws_weight=2,
        orders=1,
        client_id="newClientOrderId",
        resolve="order",
    )
    async def place(
        self,
        symbol: str,
        side: Side | Literal["BUY", "SELL"],
        *,
        quantity: Number | None = None,
        new_client_order_id: str | None = None,
        start_time: Time | None = None,
        reduce_only: bool | None = None,
        symbols: Sequence[str] | None = None,
        type_: Literal["A", "B"] | None = None,
        avg_5m: int | None = None,
        odd: str | None = None,
    ) -> Order | Ack:
        """Place an order."""
        ...

    @get("/api/v3/order", weight=by_limit({100: 5, 500: 25}, default=100), security=USER_DATA, ws="order.status")
    async def order(self, symbol: str, order_id: int | None = None) -> Order:
        """One order."""
        ...

    @overload
    async def ticker(self, symbol: str) -> Order: ...
    @overload
    async def ticker(self) -> list[Order]: ...
    @get("/api/v3/ticker", since="2024-01-01", until="2026-01-01", spelling={"symbol": "pair"})
    async def ticker(self, symbol: str | None = None) -> Order | list[Order]:
        """One or all."""
        ...

    @delete("/api/v3/thing/{thingId}/{part}", weight=3)
    async def remove(self, *, thing_id: int, part: str, force: bool | None = None) -> None:
        """Parameters in the path."""
        ...

    @put("/api/v3/userDataStream", security=USER_STREAM)
    async def keep(self) -> None:
        """A write that is not signed."""
        ...

    @ws_only("session.logon", security=TRADE)
    async def logon(self) -> None:
        """Only the WebSocket API has it."""
        ...

    @ws_only("session.status")
    async def status(self) -> dict[str, Any]:
        """A read that only the WebSocket API has."""
        ...

    async def helper(self) -> int:
        """Not a declaration."""
        return 5


class More(Trading):
    """A group that adds to another."""

    @get("/api/v3/more")
    async def more(self) -> None:
        """More."""
        ...


class Kept:
    """A caller that keeps what it is given."""

    def __init__(self) -> None:
        self.calls: list[tuple[Endpoint, Bound]] = []

    async def call(self, endpoint: Endpoint, bound: Bound) -> Any:
        self.calls.append((endpoint, bound))
        return "answer"


PLACE = endpoint_of(Trading.place)
TAKES = (
    "symbol, side, [quantity], [new_client_order_id], [start_time], [reduce_only], [symbols], [type_], [avg_5m], [odd]"
)


def bind(*args: Any, **kwargs: Any) -> Bound:
    return PLACE.bind(args, kwargs)


# The declaration as data


def test_what_a_declaration_says() -> None:
    assert (PLACE.method, PLACE.path, PLACE.ws) == ("POST", "/api/v3/order", "order.place")
    assert (PLACE.weight.of({}), PLACE.ws_weight.of({})) == (1, 2)
    assert (PLACE.security, PLACE.orders, PLACE.client_id, PLACE.resolve) == (TRADE, 1, "newClientOrderId", "order")
    assert PLACE.name.endswith(".place")
    order = endpoint_of(Trading.order)
    assert order.weight is order.ws_weight
    assert order.weight.of({"limit": 500}) == 25
    ticker = endpoint_of(Trading.ticker)
    assert (ticker.security, ticker.since, ticker.until, ticker.ws) == (NONE, "2024-01-01", "2026-01-01", None)
    assert repr(PLACE) == f"<Endpoint {PLACE.name} POST /api/v3/order order.place>"


def test_the_family_is_the_package_that_declares_it() -> None:
    from binance_async.spot.market import Market

    assert (endpoint_of(Market.klines).family, endpoint_of(Market.klines).name) == ("spot", "spot.klines")


def test_the_parameters() -> None:
    said = [(p.name, p.wire, p.required, p.kind, p.choices, p.positional) for p in PLACE.parameters]
    assert said == [
        ("symbol", "symbol", True, "text", (), True),
        ("side", "side", True, "choice", ("BUY", "SELL"), True),
        ("quantity", "quantity", False, "number", (), False),
        ("new_client_order_id", "newClientOrderId", False, "text", (), False),
        ("start_time", "startTime", False, "time", (), False),
        ("reduce_only", "reduceOnly", False, "boolean", (), False),
        ("symbols", "symbols", False, "list", (), False),
        ("type_", "type", False, "choice", ("A", "B"), False),
        ("avg_5m", "avg5m", False, "integer", (), False),
        ("odd", "odd", False, "text", (), False),
    ]
    assert [p.wire for p in endpoint_of(Trading.ticker).parameters] == ["pair"]
    assert endpoint_of(Trading.keep).parameters == ()


@pytest.mark.parametrize(
    ("name", "wire"),
    [("symbol", "symbol"), ("new_client_order_id", "newClientOrderId"), ("type_", "type"), ("a_b_c", "aBC")],
)
def test_camel(name: str, wire: str) -> None:
    assert camel(name) == wire


@pytest.mark.parametrize(
    ("method", "writes", "security", "keyed", "signed"),
    [
        (Trading.place, True, TRADE, True, True),
        (Trading.order, False, USER_DATA, True, True),
        (Trading.ticker, False, NONE, False, False),
        (Trading.remove, True, TRADE, True, True),
        (Trading.keep, True, USER_STREAM, True, False),
        (Trading.logon, True, TRADE, True, True),
        (Trading.status, False, NONE, False, False),
    ],
)
def test_what_writes_and_what_is_signed(method: Any, writes: bool, security: Any, keyed: bool, signed: bool) -> None:
    declared = endpoint_of(method)
    assert (declared.writes, declared.security, security.keyed, security.signed) == (writes, security, keyed, signed)


def test_market_data_needs_a_key_and_margin_a_signature() -> None:
    assert (MARKET_DATA.keyed, MARKET_DATA.signed) == (True, False)
    assert (MARGIN.keyed, MARGIN.signed) == (True, True)


def test_the_declarations_of_a_group_in_the_order_of_the_source() -> None:
    names = [e.name.split(".")[-1] for e in endpoints(Trading)]
    assert names == ["place", "order", "ticker", "remove", "keep", "logon", "status"]
    assert [e.name.split(".")[-1] for e in endpoints(More)] == [*names, "more"]
    assert endpoint_of(Trading(Kept()).place) is PLACE
    with pytest.raises(KeyError):
        endpoint_of(Trading.helper)


def test_the_signature_stays_as_it_was_written() -> None:
    assert list(inspect.signature(Trading.place).parameters)[:3] == ["self", "symbol", "side"]
    assert get_type_hints(Trading.place)["return"] == Order | Ack
    assert Trading.place.__doc__ == "Place an order."
    assert Trading.place.__name__ == "place"
    assert inspect.iscoroutinefunction(Trading.place)


# Binding


def test_arguments_by_their_wire_names() -> None:
    assert bind("BTCUSDT", "BUY") == {"symbol": "BTCUSDT", "side": "BUY"}
    assert bind(side=Side.SELL, symbol="BTCUSDT") == {"side": "SELL", "symbol": "BTCUSDT"}
    assert bind(
        "BTCUSDT",
        Side("NEITHER"),
        quantity=1e-5,
        new_client_order_id="x",
        start_time=dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
        reduce_only=False,
        symbols=("A", "B"),
        type_="A",
        avg_5m=2**70,
    ) == {
        "symbol": "BTCUSDT",
        "side": "NEITHER",
        "quantity": "0.00001",
        "newClientOrderId": "x",
        "startTime": 1_704_067_200_000,
        "reduceOnly": False,
        "symbols": ["A", "B"],
        "type": "A",
        "avg5m": 2**70,
    }


def test_none_is_not_given() -> None:
    assert bind("BTCUSDT", "BUY", quantity=None, odd=None) == {"symbol": "BTCUSDT", "side": "BUY"}
    assert endpoint_of(Trading.order).bind(("BTCUSDT", None), {}) == {"symbol": "BTCUSDT"}
    assert endpoint_of(Trading.ticker).bind((), {}) == {}


REFUSED: list[tuple[str, tuple[Any, ...], dict[str, Any], str | None, str]] = [
    ("nothing", (), {}, "symbol", f"symbol is missing; the call takes {TAKES}"),
    ("one is missing", ("BTCUSDT",), {}, "side", f"side is missing; the call takes {TAKES}"),
    ("None for a required one", (None, "BUY"), {}, "symbol", f"symbol is missing; the call takes {TAKES}"),
    ("None by name", (), {"symbol": "A", "side": None}, "side", f"side is missing; the call takes {TAKES}"),
    ("unknown", ("A", "BUY"), {"typ": "A"}, "typ", f"typ is unknown; the call takes {TAKES}"),
    ("unknown and None", ("A", "BUY"), {"typ": None}, "typ", f"typ is unknown; the call takes {TAKES}"),
    ("the wire name", ("A", "BUY"), {"startTime": 5}, "startTime", f"startTime is unknown; the call takes {TAKES}"),
    ("self", ("A", "BUY"), {"self": 5}, "self", f"self is unknown; the call takes {TAKES}"),
    ("twice", ("A", "BUY"), {"symbol": "B"}, "symbol", "symbol is given twice"),
    ("too many", ("A", "BUY", 5), {}, None, "takes at most 2 positional arguments, not 3"),
    ("ill-typed text", (5, "BUY"), {}, "symbol", "symbol takes a str"),
    ("ill-typed by name", ("A", "BUY"), {"odd": b"x"}, "odd", "odd takes a str"),
    ("a choice", ("A", "buy"), {}, "side", "side takes one of BUY, SELL"),
    ("a number", ("A", "BUY"), {"quantity": "a lot"}, "quantity", "quantity takes a number, and this text is none"),
    ("not finite", ("A", "BUY"), {"quantity": float("nan")}, "quantity", "quantity takes a finite number"),
    ("a boolean", ("A", "BUY"), {"quantity": True}, "quantity", "quantity takes a number: Decimal, str, int or float"),
    ("an integer", ("A", "BUY"), {"avg_5m": 1.0}, "avg_5m", "avg_5m takes an int"),
    ("true or false", ("A", "BUY"), {"reduce_only": "yes"}, "reduce_only", "reduce_only takes True or False"),
    ("a list", ("A", "BUY"), {"symbols": "A"}, "symbols", "symbols takes a list, not a single value"),
    ("an item", ("A", "BUY"), {"symbols": [1]}, "symbols", "symbols takes a str"),
]


@pytest.mark.parametrize(("args", "kwargs", "argument", "said"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_a_refusal_names_the_call_the_argument_and_what_it_takes(
    args: tuple[Any, ...], kwargs: dict[str, Any], argument: str | None, said: str
) -> None:
    with pytest.raises(InvalidArgument) as caught:
        PLACE.bind(args, kwargs)
    assert str(caught.value) == f"{PLACE.name}: {said}"
    assert (caught.value.call, caught.value.argument) == (PLACE.name, argument)
    assert caught.value.__cause__ is None
    assert isinstance(caught.value, NotSent)
    assert isinstance(caught.value, TypeError)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"start_time takes milliseconds .* no time zone"):
        bind("A", "BUY", start_time=dt.datetime(2024, 1, 1))  # noqa: DTZ001 - the point


def test_a_call_without_parameters_says_so() -> None:
    with pytest.raises(InvalidArgument, match="symbol is unknown; the call takes no arguments"):
        endpoint_of(Trading.keep).bind((), {"symbol": "A"})


@given(
    st.dictionaries(
        st.sampled_from(["symbol", "side", "quantity", "typ", "odd", "symbols"]), st.none() | st.text() | st.integers()
    ),
    st.lists(st.none() | st.text() | st.integers(), max_size=3),
)
def test_binding_ends_in_wire_values_or_in_its_one_error(kwargs: dict[str, Any], args: list[Any]) -> None:
    try:
        bound = PLACE.bind(tuple(args), kwargs)
    except InvalidArgument:
        return  # any other error is a fault
    assert {"symbol", "side"} <= bound.keys() <= {p.wire for p in PLACE.parameters}
    assert all(isinstance(v, (str, int, bool, list)) for v in bound.values())


async def test_a_method_hands_its_arguments_to_the_caller() -> None:
    caller = Kept()
    group = Trading(caller)
    assert await group.place("BTCUSDT", "BUY", quantity="0.10") == "answer"
    assert await group.helper() == 5
    assert caller.calls == [(PLACE, {"symbol": "BTCUSDT", "side": "BUY", "quantity": "0.10"})]


async def test_a_refused_call_never_reaches_the_caller() -> None:
    caller = Kept()
    with pytest.raises(InvalidArgument):
        await Trading(caller).place("BTCUSDT", "LONG")  # type: ignore[arg-type] - the point
    assert caller.calls == []


# Paths


def test_parameters_in_the_path_are_taken_out_and_escaped() -> None:
    remove = endpoint_of(Trading.remove)
    bound = remove.bind((), {"thing_id": 5, "part": "a/b ?ü", "force": True})
    assert remove.route(bound) == "/api/v3/thing/5/a%2Fb%20%3F%C3%BC"
    assert bound == {"force": True}
    assert PLACE.route({"symbol": "A"}) == "/api/v3/order"


# Replies


def test_what_a_call_answers() -> None:
    assert endpoint_of(Trading.order).reply_type is Order
    assert endpoint_of(Trading.order).decoder.decode(b'{"orderId":1,"price":"0.10"}') == Order(1, Decimal("0.10"))
    assert PLACE.reply_type.__args__ == (Order, Ack)
    assert PLACE.decoder.decode(b'{"orderId":1}') == Ack(1)
    ticker = endpoint_of(Trading.ticker)
    assert ticker.reply_type == Order | list[Order]
    assert ticker.decoder.decode(b"[]") == []
    keep = endpoint_of(Trading.keep)
    assert keep.reply_type in (None, type(None))
    assert keep.decoder.decode(b"{}") is None


def test_the_websocket_api_answers_the_same_or_a_list_of_it() -> None:
    order = endpoint_of(Trading.order)
    assert (order.ws_reply_type, order.ws_decoder, order.ws_reply_decoder) == (Order, order.decoder, order.decoder)

    class Listed(Group):
        @post("/api/v3/listed", ws="listed", ws_list=True)
        async def listed(self) -> Order | Ack:
            """One thing over REST, a list of one over the WebSocket API."""
            ...

        @get("/api/v3/mixed")
        async def mixed(self) -> list[Order | Ack]:
            """Things of several shapes."""
            ...

    listed = endpoint_of(Listed.listed)
    assert listed.reply_type == types.GenericAlias(tuple, (Order, Ack))
    assert listed.ws_reply_type == types.GenericAlias(list, (listed.reply_type,))
    assert listed.decoder.decode(b'{"orderId":1}') == listed.ws_decoder.decode(b'[{"orderId":1}]') == Ack(1)
    assert listed.ws_reply_decoder.decode(b'[{"orderId":1}]') == [Ack(1)]
    mixed = endpoint_of(Listed.mixed)
    assert mixed.reply_type == types.GenericAlias(list, (types.GenericAlias(tuple, (Order, Ack)),))
    assert mixed.ws_reply_type == mixed.reply_type
    msgspec.inspect.type_info(mixed.reply_type)  # whoever reads declarations can look into it


# When it is built


def test_nothing_is_built_at_import() -> None:
    built = {"parameters", "decoder", "_writers", "_hints", "reply_type"}

    class Fresh(Group):
        @get("/api/v3/fresh")
        async def fresh(self, symbol: str) -> None:
            """Nobody calls it."""
            ...

    declared = endpoint_of(Fresh.fresh)
    assert not built & vars(declared).keys()
    declared.bind(("A",), {})
    assert "decoder" not in vars(declared)


def test_a_parameter_without_a_writer_is_named() -> None:
    class Odd(Group):
        @get("/api/v3/odd")
        async def odd(self, payload: dict[str, str]) -> None:
            """No writer for this."""
            ...

    with pytest.raises(TypeError, match=r"\.odd: payload: no writer for"):
        _ = endpoint_of(Odd.odd).parameters


def test_importing_the_core_loads_no_adapter() -> None:
    script = (
        "import sys, binance_async.core.endpoint; "
        "print([m for m in ('aiohttp', 'websockets', 'asyncio', 'cryptography') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


# Calls that nobody declared


def test_a_loose_call() -> None:
    call = loose("spot", "POST", "/api/v3/new", security=TRADE, weight=7)
    assert (call.family, call.name, call.writes, call.weight.of({})) == ("spot", "POST /api/v3/new", True, 7)
    assert call.reply_type is Any
    assert call.takes("anything")
    assert not PLACE.takes("anything")
    assert PLACE.takes("newClientOrderId")
    assert call.bind_loosely({"a": 1e-5, "b": None, "c": [True, "x"], "d": Decimal("1E-8")}) == {
        "a": "0.00001",
        "c": [True, "x"],
        "d": "0.00000001",
    }
    assert call.decoder.decode(b'[{"id":18446744073709551617}]') == [{"id": 2**64 + 1}]
    with pytest.raises(InvalidArgument, match=r"POST /api/v3/new: a takes a str"):
        call.bind_loosely({"a": object()})


def test_loose_calls_are_not_declarations() -> None:
    before = len(endpoint_module._endpoints)
    for family, method in itertools.product(("spot", "us"), ("GET", "DELETE")):
        loose(family, method, "/x", security=NONE, weight=1)
    assert len(endpoint_module._endpoints) == before
    assert copy.copy(PLACE).name == PLACE.name
