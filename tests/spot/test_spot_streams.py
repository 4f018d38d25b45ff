import inspect
import json
from decimal import Decimal

import msgspec
import pytest

from binance_async.core.stream import stream_declarations
from binance_async.spot import events, streams
from binance_async.spot.enums import KlineInterval

# The documented payloads, as printed.
AGG_TRADE = {"e": "aggTrade", "E": 1672515782136, "s": "BNBBTC", "a": 12345, "p": "0.001", "q": "100", "f": 100,
             "l": 105, "T": 1672515782136, "m": True, "M": True}  # fmt: skip
TRADE = {"e": "trade", "E": 1672515782136, "s": "BNBBTC", "t": 12345, "p": "0.001", "q": "100", "T": 1672515782136,
         "m": True, "M": True}  # fmt: skip
BLOCK_TRADE = {"e": "blockTrade", "E": 1772506983582, "s": "BNBBTC", "t": 582, "p": "0.052", "q": "5838",
               "T": 1772506983321, "m": True}  # fmt: skip
KLINE = {"e": "kline", "E": 1672515782136, "s": "BNBBTC",
         "k": {"t": 1672515780000, "T": 1672515839999, "s": "BNBBTC", "i": "1m", "f": 100, "L": 200, "o": "0.0010",
               "c": "0.0020", "h": "0.0025", "l": "0.0015", "v": "1000", "n": 100, "x": False, "q": "1.0000",
               "V": "500", "Q": "0.500", "B": "123456"}}  # fmt: skip
MINI_TICKER = {"e": "24hrMiniTicker", "E": 1672515782136, "s": "BNBBTC", "c": "0.0025", "o": "0.0010", "h": "0.0025",
               "l": "0.0010", "v": "10000", "q": "18"}  # fmt: skip
TICKER = {"e": "24hrTicker", "E": 1672515782136, "s": "BNBBTC", "p": "0.0015", "P": "250.00", "w": "0.0018",
          "x": "0.0009", "c": "0.0025", "Q": "10", "b": "0.0024", "B": "10", "a": "0.0026", "A": "100", "o": "0.0010",
          "h": "0.0025", "l": "0.0010", "v": "10000", "q": "18", "O": 0, "C": 86400000, "F": 0, "L": 18150,
          "n": 18151}  # fmt: skip
WINDOW_TICKER = {"e": "1hTicker", "E": 1672515782136, "s": "BNBBTC", "p": "0.0015", "P": "250.00", "o": "0.0010",
                 "h": "0.0025", "l": "0.0010", "c": "0.0025", "w": "0.0018", "v": "10000", "q": "18", "O": 0,
                 "C": 1675216573749, "F": 0, "L": 18150, "n": 18151}  # fmt: skip
BOOK_TICKER = {"u": 400900217, "s": "BNBUSDT", "b": "25.35190000", "B": "31.21000000", "a": "25.36520000",
               "A": "40.66000000"}  # fmt: skip
AVG_PRICE = {"e": "avgPrice", "E": 1693907033000, "s": "BTCUSDT", "i": "5m", "w": "25776.86000000",
             "T": 1693907032213}  # fmt: skip
PARTIAL_DEPTH = {"lastUpdateId": 160, "bids": [["0.0024", "10"]], "asks": [["0.0026", "100"]]}
DEPTH = {"e": "depthUpdate", "E": 1672515782136, "s": "BNBBTC", "U": 157, "u": 160, "b": [["0.0024", "10"]],
         "a": [["0.0026", "100"]]}  # fmt: skip
REFERENCE_PRICE = {"e": "referencePrice", "s": "BAZUSD", "r": "1.00", "t": 1770313263917}

DOCUMENTED = [
    (streams.agg_trade("BNBBTC"), "bnbbtc@aggTrade", AGG_TRADE),
    (streams.trade("BNBBTC"), "bnbbtc@trade", TRADE),
    (streams.block_trade("BNBBTC"), "bnbbtc@blockTrade", BLOCK_TRADE),
    (streams.kline("BNBBTC", "1M"), "bnbbtc@kline_1M", KLINE),
    (streams.kline_utc8("BNBBTC", KlineInterval.D1), "bnbbtc@kline_1d@+08:00", KLINE),
    (streams.mini_ticker("BNBBTC"), "bnbbtc@miniTicker", MINI_TICKER),
    (streams.all_mini_tickers(), "!miniTicker@arr", [MINI_TICKER, MINI_TICKER]),
    (streams.ticker("BNBBTC"), "bnbbtc@ticker", TICKER),
    (streams.all_tickers(), "!ticker@arr", [TICKER]),
    (streams.window_ticker("BNBBTC", "4h"), "bnbbtc@ticker_4h", WINDOW_TICKER),
    (streams.all_window_tickers("1d"), "!ticker_1d@arr", [WINDOW_TICKER]),
    (streams.book_ticker("BNBUSDT"), "bnbusdt@bookTicker", BOOK_TICKER),
    (streams.avg_price("BTCUSDT"), "btcusdt@avgPrice", AVG_PRICE),
    (streams.partial_depth("BTCUSDT", 5), "btcusdt@depth5", PARTIAL_DEPTH),
    (streams.partial_depth("BTCUSDT", 20, speed="100ms"), "btcusdt@depth20@100ms", PARTIAL_DEPTH),
    (streams.depth("BNBBTC"), "bnbbtc@depth", DEPTH),
    (streams.depth("BNBBTC", "100ms"), "bnbbtc@depth@100ms", DEPTH),
    (streams.reference_price("BAZUSD"), "bazusd@referencePrice", REFERENCE_PRICE),
]
IDS = [name for _, name, _ in DOCUMENTED]


def same(original, kept):
    """Whether every field is there, numbers by value."""
    if isinstance(original, dict):
        return original.keys() == kept.keys() and all(same(v, kept[k]) for k, v in original.items())
    if isinstance(original, list):
        return len(original) == len(kept) and all(map(same, original, kept))
    return kept == original or (isinstance(original, str) and Decimal(original) == Decimal(str(kept)))


@pytest.mark.parametrize(("made", "name", "payload"), DOCUMENTED, ids=IDS)
def test_the_name_of_each_stream(made, name, payload):
    assert made.name == name
    assert streams.raw(name) == made


@pytest.mark.parametrize("numbers", [Decimal, float, str])
@pytest.mark.parametrize(("made", "name", "payload"), DOCUMENTED, ids=IDS)
def test_each_documented_payload_keeps_every_field(made, name, payload, numbers):
    event = made.declaration.decoder(numbers).decode(json.dumps(payload).encode())
    kept = json.loads(msgspec.json.encode(event, enc_hook=str))
    assert same(payload, kept)


@pytest.mark.parametrize(
    ("group", "numbers"), [(streams.decimals, Decimal), (streams.as_float, float), (streams.as_str, str)]
)
def test_each_kind_of_number(group, numbers):
    made = group.trade("BNBBTC")
    assert made.numbers is numbers
    trade = made.declaration.decoder(made.numbers).decode(json.dumps(TRADE))
    assert type(trade.price) is type(trade.qty) is numbers
    depth = group.depth("BNBBTC").declaration.decoder(numbers).decode(json.dumps(DEPTH))
    assert [type(value) for level in depth.bids + depth.asks for value in level] == [numbers] * 4


def test_the_module_offers_every_stream():
    for declared in stream_declarations(streams.Streams):
        name = declared.fn.__name__
        assert name in streams.__all__
        assert getattr(streams, name).__self__ is streams.decimals
    own = {name for name, value in vars(streams).items() if inspect.ismethod(value)}
    assert own | {"Streams", "decimals", "as_float", "as_str"} == set(streams.__all__)
    assert list(streams.__all__) == sorted(streams.__all__, key=lambda name: (name.islower(), name))


def test_the_catalogue_is_whole():
    declared = {d.plain_template: (d.since, d.until) for d in stream_declarations(streams.Streams)}
    assert declared == {
        "<symbol>@aggTrade": (None, None),
        "<symbol>@trade": (None, None),
        "<symbol>@blockTrade": ("2026-05-12", None),
        "<symbol>@kline_<interval>": (None, None),
        "<symbol>@kline_<interval>@+08:00": (None, None),
        "<symbol>@miniTicker": (None, None),
        "!miniTicker@arr": (None, None),
        "<symbol>@ticker": (None, None),
        "!ticker@arr": (None, "2026-03-26"),
        "<symbol>@ticker_<window_size>": (None, None),
        "!ticker_<window-size>@arr": (None, None),
        "<symbol>@bookTicker": (None, None),
        "<symbol>@avgPrice": (None, None),
        "<symbol>@depth<levels>": (None, None),
        "<symbol>@depth": (None, None),
        "<symbol>@referencePrice": ("2026-03-09", None),
    }


def test_a_name_that_nobody_declared():
    made = streams.raw("!serverShutdown")
    assert made.declaration is None
    assert streams.as_float.raw("btcusdt@trade") == streams.as_float.trade("BTCUSDT")


def test_a_reference_price_may_be_none():
    decode = streams.reference_price("BAZUSD").declaration.decoder().decode
    assert decode(json.dumps(REFERENCE_PRICE | {"r": None})).reference_price is None


def test_fields_by_name():
    trade = streams.trade("BNBBTC").declaration.decoder().decode(json.dumps(TRADE))
    assert trade == events.Trade(
        event_time=1672515782136,
        symbol="BNBBTC",
        trade_id=12345,
        price=Decimal("0.001"),
        qty=Decimal(100),
        time=1672515782136,
        is_buyer_maker=True,
        is_best_match=True,
    )
    depth = streams.depth("BNBBTC").declaration.decoder().decode(json.dumps(DEPTH))
    assert (depth.first_update_id, depth.final_update_id) == (157, 160)
    assert (depth.bids, depth.asks) == ([(Decimal("0.0024"), Decimal(10))], [(Decimal("0.0026"), Decimal(100))])
    kline = streams.kline("BNBBTC", "1m").declaration.decoder().decode(json.dumps(KLINE)).kline
    assert (kline.open, kline.high, kline.low, kline.close) == tuple(
        map(Decimal, ("0.0010", "0.0025", "0.0015", "0.002"))
    )
    assert (kline.volume, kline.taker_buy_base_volume, kline.is_closed) == (1000, 500, False)
    book = streams.book_ticker("BNBUSDT").declaration.decoder().decode(json.dumps(BOOK_TICKER))
    assert (book.bid_price, book.bid_qty) == (Decimal("25.3519"), Decimal("31.21"))
    assert (book.ask_price, book.ask_qty) == (Decimal("25.3652"), Decimal("40.66"))


@pytest.mark.parametrize(("made", "name", "payload"), DOCUMENTED, ids=IDS)
def test_a_new_field_is_no_matter_and_a_wrong_one_is_told(made, name, payload):
    decode = made.declaration.decoder().decode
    for event in payload if isinstance(payload, list) else [payload]:
        wrap = (lambda e: [e]) if isinstance(payload, list) else (lambda e: e)
        decode(json.dumps(wrap({**event, "zz": {"new": [1]}})))
        for field in event:
            for wrong in ({}, None, True):
                try:
                    decode(json.dumps(wrap(event | {field: wrong})))
                except msgspec.ValidationError:
                    continue
                assert type(event[field]) is type(wrong) or (field, wrong) == ("r", None)
