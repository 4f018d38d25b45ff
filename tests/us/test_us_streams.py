"""The market streams of Binance.US: every documented name and payload."""

from __future__ import annotations

import inspect
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from binance_async.core.stream import stream_declarations
from binance_async.us import streams

CATALOGUE = Path(__file__).resolve().parents[1] / "catalogue" / "data" / "us.json"
DOCUMENTED = {e["name"]: e for e in json.loads(CATALOGUE.read_text()) if e["kind"] == "stream"}

MADE = [
    (streams.agg_trade("BNBBTC"), "bnbbtc@aggTrade", "<symbol>@aggTrade"),
    (streams.trade("BNBBTC"), "bnbbtc@trade", "<symbol>@trade"),
    (streams.kline("BNBBTC", "1M"), "bnbbtc@kline_1M", "<symbol>@kline_<interval>"),
    (streams.window_ticker("BNBBTC", "4h"), "bnbbtc@ticker_4h", "<symbol>@ticker_<window_size>"),
    (streams.all_tickers(), "!ticker@arr", "!ticker@arr"),
    (streams.all_window_tickers("1h"), "!ticker_1h@arr", "!ticker_<window-size>@arr"),
    (streams.ticker("BNBBTC"), "bnbbtc@ticker", "<symbol>@ticker"),
    (streams.mini_ticker("BNBBTC"), "bnbbtc@miniTicker", "<symbol>@miniTicker"),
    (streams.all_mini_tickers(), "!miniTicker@arr", "!miniTicker@arr"),
    (streams.book_ticker("BNBBTC"), "bnbbtc@bookTicker", "<symbol>@bookTicker"),
    (streams.partial_depth("BNBBTC", 10, "100ms"), "bnbbtc@depth10@100ms", "<symbol>@depth<levels>"),
    (streams.depth("BNBBTC"), "bnbbtc@depth", "<symbol>@depth"),
]


def same(original: Any, kept: Any) -> bool:
    if isinstance(original, dict):
        return original.keys() == kept.keys() and all(same(v, kept[k]) for k, v in original.items())
    if isinstance(original, list):
        return len(original) == len(kept) and all(map(same, original, kept))
    return kept == original or (isinstance(original, str) and Decimal(original) == Decimal(str(kept)))


def test_everything_is_declared_and_nothing_else() -> None:
    declared = {d.plain_template for d in stream_declarations(streams.Streams)}
    assert declared == set(DOCUMENTED) == {template for _, _, template in MADE}


@pytest.mark.parametrize("numbers", [Decimal, float, str])
@pytest.mark.parametrize(("made", "name", "template"), MADE)
def test_a_stream_by_its_name_and_payload(made: Any, name: str, template: str, numbers: Any) -> None:
    assert made.name == name
    assert streams.raw(name) == made
    assert made.declaration.plain_template == template
    for payload in DOCUMENTED[template]["payloads"]:
        event = made.declaration.decoder(numbers).decode(json.dumps(payload))
        assert same(payload, json.loads(msgspec.json.encode(event, enc_hook=str)))


def test_the_module_offers_every_stream() -> None:
    own = {name for name, value in vars(streams).items() if inspect.ismethod(value)}
    assert own == {d.fn.__name__ for d in stream_declarations(streams.Streams)} | {"raw"}
    assert own | {"Streams", "decimals", "as_float", "as_str"} == set(streams.__all__)
    assert streams.as_float.trade("BNBBTC").numbers is float
    assert streams.as_str.trade("BNBBTC").numbers is str


def test_a_trade_names_both_orders() -> None:
    [payload] = DOCUMENTED["<symbol>@trade"]["payloads"]
    trade = streams.trade("BNBBTC").declaration.decoder().decode(json.dumps(payload))
    assert (trade.buyer_order_id, trade.seller_order_id, trade.price) == (88, 50, Decimal("0.001"))


def test_what_binance_us_has_not() -> None:
    assert streams.raw("btcusd@kline_1s").declaration is None
    assert streams.raw("btcusd@ticker_1d").declaration is None
    assert streams.raw("btcusd@avgPrice").declaration is None
