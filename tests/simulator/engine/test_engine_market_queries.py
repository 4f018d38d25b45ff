"""What anybody can ask: shapes, rules and refusals."""

from __future__ import annotations

from typing import Any

import pytest
from engine_kit import START, Bench, bare

from binance_async.simulator.engine import SymbolSpec

MS = START // 1000


def traded() -> Bench:
    bench = Bench()
    bench.sell("1", "10", account=bench.you)
    bench.buy("0.5", "10")
    bench.buy("2", "9")
    return bench


def test_depth() -> None:
    bench = Bench()
    for number in range(6):
        bench.buy("1", str(10 - number))
        bench.sell(str(number + 1), str(11 + number))
    reply = bench.engine.depth(bench.symbol, 2)
    assert list(reply) == ["lastUpdateId", "bids", "asks"]
    assert reply["bids"] == [["10.00000000", "1.00000000"], ["9.00000000", "1.00000000"]]
    assert reply["asks"] == [["11.00000000", "1.00000000"], ["12.00000000", "2.00000000"]]
    assert reply["lastUpdateId"] == 12
    assert len(bench.engine.depth(bench.symbol)["bids"]) == 6
    assert len(bench.engine.depth(bench.symbol, 100_000)["asks"]) == 6
    with bench.refused(-1130, "Data sent for parameter 'limit' is not valid."):
        bench.engine.depth(bench.symbol, 0)
    with bench.refused(-1121, "Invalid symbol."):
        bench.engine.depth("NONE")


def test_trades() -> None:
    bench = traded()
    (trade,) = bench.engine.trades(bench.symbol)
    assert trade == {
        "id": 0,
        "price": "10.00000000",
        "qty": "0.50000000",
        "quoteQty": "5.00000000",
        "time": MS,
        "isBuyerMaker": False,
        "isBestMatch": True,
    }
    assert bench.engine.trades(bench.symbol, micro=True)[0]["time"] == START


def test_aggregate_trades_by_id_and_time() -> None:
    bench = Bench(order_limits=())
    for _ in range(6):
        bench.trade("10")
        bench.clock.step(60)

    def ask(**options: Any) -> list[int]:
        return [each["a"] for each in bench.engine.agg_trades(bench.symbol, **options)]

    assert ask() == [0, 1, 2, 3, 4, 5]
    assert ask(limit=2) == [4, 5]
    assert ask(from_id=2, limit=2) == [2, 3]
    assert ask(start_time=MS + 60_000, limit=2) == [1, 2]
    assert ask(end_time=MS + 120_000, limit=2) == [1, 2]
    assert ask(start_time=MS + 60_000, end_time=MS + 120_000) == [1, 2]
    with bench.refused(-1128, "Combination of optional parameters invalid."):
        ask(from_id=1, start_time=MS)
    assert list(bench.engine.agg_trades(bench.symbol, limit=1)[0]) == ["a", "p", "q", "f", "l", "T", "m", "M"]


FULL = [
    "symbol",
    "priceChange",
    "priceChangePercent",
    "weightedAvgPrice",
    "openPrice",
    "highPrice",
    "lowPrice",
    "lastPrice",
    "volume",
    "quoteVolume",
    "openTime",
    "closeTime",
    "firstId",
    "lastId",
    "count",
]
MINI = [name for name in FULL if name not in ("priceChange", "priceChangePercent", "weightedAvgPrice")]


def test_ticker_shapes() -> None:
    bench = traded()
    engine, symbol = bench.engine, bench.symbol
    assert list(engine.ticker_24hr(symbol)) == [
        *FULL[:4],
        "prevClosePrice",
        "lastPrice",
        "lastQty",
        "bidPrice",
        "bidQty",
        "askPrice",
        "askQty",
        "openPrice",
        "highPrice",
        "lowPrice",
        "volume",
        "quoteVolume",
        *FULL[10:],
    ]
    assert list(engine.ticker_rolling(symbol)) == FULL
    assert list(engine.ticker_trading_day(symbol)) == FULL
    for ticker in (engine.ticker_24hr, engine.ticker_rolling, engine.ticker_trading_day):
        assert list(ticker(symbol, type="MINI")) == MINI
        with bench.refused(-1139, "Invalid ticker type."):
            ticker(symbol, type="TINY")
    day = engine.ticker_24hr(symbol)
    assert (day["bidPrice"], day["bidQty"], day["askPrice"], day["askQty"]) == (
        "9.00000000",
        "2.00000000",
        "10.00000000",
        "0.50000000",
    )
    assert (day["openTime"], day["closeTime"]) == (MS - 86_400_000, MS)
    assert engine.ticker_24hr(symbol, micro=True)["closeTime"] == START
    assert engine.ticker_rolling(symbol, micro=True)["openTime"] % 60_000_000 == 0
    assert engine.ticker_price(symbol) == {"symbol": symbol, "price": "10.00000000"}
    assert list(engine.ticker_book(symbol)) == ["symbol", "bidPrice", "bidQty", "askPrice", "askQty"]
    for window in ("60m", "0m", "24h", "8d", "1w", "1d2h", ""):
        with bench.refused(-1130, "Data sent for parameter 'windowSize' is not valid."):
            engine.ticker_rolling(symbol, window_size=window)


def test_percentages_bear_their_sign() -> None:
    bench = Bench()
    bench.trade("30")
    bench.trade("29.99")
    assert bench.engine.ticker_24hr(bench.symbol)["priceChangePercent"] == "-0.033"
    bench.trade("40")
    assert bench.engine.ticker_24hr(bench.symbol)["priceChangePercent"] == "33.333"


def test_before_the_first_trade() -> None:
    bench = Bench()
    day = bench.engine.ticker_24hr(bench.symbol)
    assert (day["lastPrice"], day["priceChangePercent"], day["firstId"], day["count"]) == ("0.00000000", "0.000", -1, 0)
    assert bench.engine.avg_price(bench.symbol) == {"mins": 5, "price": "0.00000000", "closeTime": 0}
    assert bench.engine.last_trade_id(bench.symbol) == -1
    bench.trade("10")
    assert bench.engine.last_trade_id(bench.symbol) == 0


def test_timed_stream_events() -> None:
    bench = traded()
    engine, symbol = bench.engine, bench.symbol
    assert list(engine.mini_ticker_event(symbol)) == ["e", "E", "s", "c", "o", "h", "l", "v", "q"]
    assert list(engine.ticker_event(symbol)) == [*"eEspPwxcQbBaAohlvqOCFLn"]
    rolling = engine.rolling_ticker_event(symbol, "4h")
    assert list(rolling) == [*"eEspPohlcwvqOCFLn"]
    assert (rolling["e"], engine.ticker_event(symbol)["e"], engine.mini_ticker_event(symbol)["e"]) == (
        "4hTicker",
        "24hrTicker",
        "24hrMiniTicker",
    )
    assert engine.avg_price_event(symbol) == {
        "e": "avgPrice",
        "E": MS,
        "s": symbol,
        "i": "5m",
        "w": "10.00000000",
        "T": MS,
    }
    event = engine.kline_event(symbol, "1m")
    assert list(event) == ["e", "E", "s", "k"]
    assert list(event["k"]) == [*"tTsifLochlvnxqVQB"]
    assert engine.ticker_event(symbol, micro=True)["C"] == START


# exchangeInfo


def test_exchange_info() -> None:
    limit = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000}
    raw = {"rateLimitType": "RAW_REQUESTS", "interval": "MINUTE", "intervalNum": 5, "limit": 61000}
    bench = Bench(filters=({"filterType": "ICEBERG_PARTS", "limit": 10},))
    info = bench.engine.exchange_info(rate_limits=[raw, limit])
    assert list(info) == ["timezone", "serverTime", "rateLimits", "exchangeFilters", "symbols", "sors"]
    assert [each["rateLimitType"] for each in info["rateLimits"]] == [
        "REQUEST_WEIGHT",
        "ORDERS",
        "ORDERS",
        "RAW_REQUESTS",
    ]
    (entry,) = info["symbols"]
    assert entry["filters"] == [{"filterType": "ICEBERG_PARTS", "limit": 10}]
    assert (entry["permissionSets"], entry["amendAllowed"], entry["pegInstructionsAllowed"]) == (
        [["SPOT"]],
        True,
        False,
    )
    assert info["sors"] == [{"baseAsset": "BTC", "symbols": ["BTCUSDT"]}]
    hidden = bench.engine.exchange_info(show_permission_sets=False)["symbols"][0]
    assert hidden["permissionSets"] == []
    assert bench.engine.exchange_info(micro=True)["serverTime"] == START


def test_exchange_info_of_2025() -> None:
    documented = [
        "symbol",
        "status",
        "baseAsset",
        "baseAssetPrecision",
        "quoteAsset",
        "quotePrecision",
        "quoteAssetPrecision",
        "baseCommissionPrecision",
        "quoteCommissionPrecision",
        "orderTypes",
        "icebergAllowed",
        "ocoAllowed",
        "otoAllowed",
        "quoteOrderQtyMarketAllowed",
        "allowTrailingStop",
        "cancelReplaceAllowed",
        "amendAllowed",
        "allowAmend",
        "isSpotTradingAllowed",
        "isMarginTradingAllowed",
        "filters",
        "permissions",
        "permissionSets",
        "defaultSelfTradePreventionMode",
        "allowedSelfTradePreventionModes",
    ]
    bench = Bench(bare(sor_allowed=False), edition=2025)
    info = bench.engine.exchange_info()
    assert list(info["symbols"][0]) == documented
    assert "sors" not in info


def chosen(bench: Bench, **options: Any) -> list[str]:
    return [each["symbol"] for each in bench.engine.exchange_info(**options)["symbols"]]


def test_which_symbols_are_shown() -> None:
    def spec(name: str, *groups: tuple[str, ...]) -> SymbolSpec:
        return bare(name, name[0], "Y", permission_sets=groups)

    bench = Bench(spec("AY", ("SPOT",)), spec("BY", ("MARGIN", "TRD_GRP_004")), spec("CY", ("TRD_GRP_005",)))
    bench.engine.set_status("BY", "HALT")
    assert chosen(bench) == ["AY", "BY"]
    assert chosen(bench, symbol="CY") == ["CY"]
    assert chosen(bench, symbols=["CY", "AY"]) == ["CY", "AY"]
    assert chosen(bench, permissions=["TRD_GRP_004", "TRD_GRP_005"]) == ["BY", "CY"]
    assert chosen(bench, symbol_status="HALT") == ["BY"]
    with bench.refused(-1151, "Symbol is present multiple times in the list."):
        chosen(bench, symbols=["AY", "AY"])
    with bench.refused(-1121, "Invalid symbol."):
        chosen(bench, symbols=["AY", "ZZ"])


@pytest.mark.parametrize(
    "options",
    [
        {"symbol": "BTCUSDT", "symbols": ["BTCUSDT"]},
        {"symbol": "BTCUSDT", "permissions": ["SPOT"]},
        {"symbols": ["BTCUSDT"], "symbol_status": "TRADING"},
    ],
)
def test_what_excludes_one_another(options: dict[str, Any]) -> None:
    bench = Bench()
    with bench.refused(-1128, "Combination of optional parameters invalid."):
        chosen(bench, **options)
