from decimal import Decimal
from typing import Generic, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from binance_async.core.open_enum import OpenEnum
from binance_async.core.stream import N, Stream, StreamGroup, stream, stream_declarations
from binance_async.errors import InvalidArgument


class Interval(OpenEnum):
    M1 = "1m"
    MONTH = "1M"


class Price(Struct, Generic[N], frozen=True, tag_field="e", tag="price", rename={"price": "p"}):
    price: N


class Streams(StreamGroup[N]):
    @stream("<symbol>@price")
    def price(self, symbol: str) -> Stream[Price[N]]:
        """A price."""
        ...

    @stream("<symbol>@kline_<interval>", since="2020-01-01")
    def kline(self, symbol: str, interval: Interval | Literal["1m", "1M"]) -> Stream[Price[N]]:
        """A candle."""
        ...

    @stream("<symbol>@depth<levels>[@<speed>]")
    def partial(
        self, symbol: str, levels: Literal[5, 10, 20], speed: Literal["100ms"] | None = None
    ) -> Stream[list[Price[N]]]:
        """Levels."""
        ...

    @stream("<symbol>@depth[@<speed>]")
    def depth(self, symbol: str, speed: Literal["100ms"] | None = None) -> Stream[Price[N]]:
        """Changes."""
        ...

    @stream("<pair>_<contract-type>@all", until="2026-01-01")
    def contract(self, pair: str, contract_type: str) -> Stream[Price[N]]:
        """A contract."""
        ...

    @stream("!price@arr")
    def all_prices(self) -> Stream[list[Price[N]]]:
        """All."""
        ...


decimals = Streams(Decimal)
DECLARED = {d.fn.__name__: d for d in stream_declarations(Streams)}


def test_declarations_in_the_order_of_the_source():
    assert list(DECLARED) == ["price", "kline", "partial", "depth", "contract", "all_prices"]
    assert (DECLARED["kline"].since, DECLARED["kline"].until) == ("2020-01-01", None)
    assert DECLARED["contract"].until == "2026-01-01"
    assert DECLARED["price"].name.endswith(".streams.price")
    assert repr(DECLARED["price"]).endswith("<symbol>@price>")


class Later(Streams[N]):
    @stream("!later@arr")
    def later(self) -> Stream[Price[N]]:
        """More."""
        ...


def test_a_group_inherits_streams():
    assert [d.fn.__name__ for d in stream_declarations(Later)] == [*DECLARED, "later"]


def test_what_is_no_stream_is_no_declaration():
    class Plain(StreamGroup[N]):
        def helper(self) -> int:
            return 1

    assert list(stream_declarations(Plain)) == []


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (decimals.price("BTCUSDT"), "btcusdt@price"),
        (decimals.price(symbol="btcUSDT"), "btcusdt@price"),
        (decimals.kline("BTCUSDT", "1M"), "btcusdt@kline_1M"),
        (decimals.kline("BTCUSDT", Interval.M1), "btcusdt@kline_1m"),
        (decimals.partial("BTCUSDT", 5), "btcusdt@depth5"),
        (decimals.partial("BTCUSDT", "20", speed="100ms"), "btcusdt@depth20@100ms"),
        (decimals.depth("BTCUSDT"), "btcusdt@depth"),
        (decimals.depth("BTCUSDT", None), "btcusdt@depth"),
        (decimals.depth("BTCUSDT", "100ms"), "btcusdt@depth@100ms"),
        (decimals.contract("BTCUSD", "PERPETUAL"), "btcusd_PERPETUAL@all"),
        (decimals.all_prices(), "!price@arr"),
    ],
)
def test_the_name_of_a_stream(made, name):
    assert made.name == str(made) == name
    assert made.numbers is Decimal
    assert made.declaration.pattern.fullmatch(name)


def test_a_choice_of_tomorrow_can_be_made_by_hand():
    made = decimals.kline("BTCUSDT", Interval("7m"))
    assert made.name == "btcusdt@kline_7m"
    assert made.declaration is DECLARED["kline"]


def test_streams_are_values():
    assert decimals.price("BTCUSDT") == decimals.price("btcusdt")
    assert len({decimals.price("BTCUSDT"), decimals.price("btcusdt"), Streams(float).price("BTCUSDT")}) == 2


@pytest.mark.parametrize(
    ("call", "argument", "says"),
    [
        (lambda: decimals.price(), None, "missing a required argument: 'symbol'"),
        (lambda: decimals.price("BTCUSDT", "1m"), None, "too many positional arguments"),
        (lambda: decimals.price("BTCUSDT", speed="1"), None, "unexpected keyword argument 'speed'"),
        (lambda: decimals.price(None), "symbol", "symbol is missing"),
        (lambda: decimals.price(7), "symbol", "symbol takes a str"),
        (lambda: decimals.price(""), "symbol", "takes a part of a stream's name"),
        (lambda: decimals.price("BTC/USDT"), "symbol", "takes a part of a stream's name"),
        (lambda: decimals.price("BTCUSDT@trade"), "symbol", "takes a part of a stream's name"),
        (lambda: decimals.kline("BTCUSDT", "2m"), "interval", "interval takes one of 1m, 1M"),
        (lambda: decimals.partial("BTCUSDT", 7), "levels", "levels takes one of 5, 10, 20"),
        (lambda: decimals.partial("BTCUSDT", True), "levels", "levels takes one of 5, 10, 20"),
        (lambda: decimals.partial("BTCUSDT", 5.0), "levels", "levels takes one of 5, 10, 20"),
        (lambda: decimals.depth("BTCUSDT", speed="1ms"), "speed", "speed takes one of 100ms"),
    ],
)
def test_bad_arguments_are_named(call, argument, says):
    with pytest.raises(InvalidArgument, match=says) as caught:
        call()
    assert caught.value.argument == argument


@settings(deadline=None)
@given(st.text(max_size=12))
def test_a_name_never_holds_a_part_that_could_be_taken_for_another(symbol):
    try:
        name = decimals.price(symbol).name
    except InvalidArgument:
        return
    assert name == symbol.lower() + "@price"
    assert not set("@/?&#, \n\t") & set(name.removesuffix("@price"))


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("btcusdt@price", "price"),
        ("btcusdt@kline_1M", "kline"),
        ("btcusdt@depth", "depth"),
        ("btcusdt@depth@100ms", "depth"),
        ("btcusdt@depth10", "partial"),
        ("btcusdt@depth10@100ms", "partial"),
        ("btcusd_PERPETUAL@all", "contract"),
        ("!price@arr", "all_prices"),
        ("btcusdt@depth7", None),
        ("btcusdt@kline_2m", None),
        ("btcusdt@depth@200ms", None),
        ("xbtcusdt@price@more", None),
        ("!newest@arr", None),
    ],
)
def test_any_name_finds_its_declaration(name, method):
    made = Streams(float).named(name)
    assert made.name == name
    assert made.numbers is float
    assert made.declaration is (DECLARED[method] if method else None)


@pytest.mark.parametrize("name", ["", "a@trade/b@trade", "a@trade b@trade", "x?streams=y", 'x"', "a,b"])
def test_a_name_is_that_of_one_stream(name):
    with pytest.raises(InvalidArgument, match="the name of one stream"):
        decimals.named(name)


@pytest.mark.parametrize(("numbers", "value"), [(Decimal, Decimal("1.10")), (float, 1.1), (str, "1.10")])
def test_the_numbers_of_events(numbers, value):
    declared = DECLARED["price"]
    assert declared.event_type(numbers) == Price[numbers]
    event = declared.decoder(numbers).decode(b'{"e":"price","p":"1.10"}')
    assert event == Price(price=value)
    assert type(event.price) is numbers
    assert declared.decoder(numbers) is declared.decoder(numbers)


def test_array_streams():
    declared = DECLARED["all_prices"]
    assert declared.event_type() == list[Price[Decimal]]
    assert declared.decoder().decode(b'[{"e":"price","p":"1"}]') == [Price(price=Decimal(1))]


def test_exact_numbers_are_strict():
    with pytest.raises(msgspec.ValidationError):
        DECLARED["price"].decoder(str).decode(b'{"e":"price","p":1.1}')


def test_parameters_describe_the_name():
    levels = DECLARED["partial"].parameters[1]
    assert (levels.name, levels.required, levels.kind, levels.choices) == ("levels", True, "choice", ("5", "10", "20"))
    assert not DECLARED["partial"].parameters[2].required
    assert DECLARED["partial"].plain_template == "<symbol>@depth<levels>"
