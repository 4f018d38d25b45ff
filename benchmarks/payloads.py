"""What is sent: the documents' examples, filled with numbers of the size that the exchange really sends. Pure.

A payload is the `data` of one stream message. Which one a stream carries follows from its name, as on the exchange,
so the sender needs nothing but the names that a client subscribes to. Every message of a block differs from the next
in its ids, prices and quantities; a block repeats after some hundreds of messages, which no client notices.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

SYMBOLS_OF_ALL_MARKET = 400
"""Symbols in one all-market message: about as many as change within a second."""


@dataclass(frozen=True)
class Payload:
    """A kind of message that is measured."""

    name: str
    stream: str
    """The stream that carries it."""
    title: str
    levels: int = 40
    """Levels in one depth message, both sides together."""
    messages: int = 512
    """Different messages in a block."""


PAYLOADS = {
    payload.name: payload
    for payload in (
        Payload("trade", "btcusdt@trade", "trade"),
        Payload("agg_trade", "btcusdt@aggTrade", "aggTrade"),
        Payload("book_ticker", "btcusdt@bookTicker", "bookTicker"),
        Payload("kline", "btcusdt@kline_1m", "kline"),
        Payload("depth_40", "btcusdt@depth@100ms", "depth, 40 levels", levels=40),
        Payload("depth_1000", "btcusdt@depth@100ms", "depth, 1,000 levels", levels=1000, messages=32),
        Payload("all_tickers", "!miniTicker@arr", f"miniTicker array, {SYMBOLS_OF_ALL_MARKET} symbols", messages=16),
        Payload("execution_report", "", "executionReport (user data)"),
    )
}

TIME = 1_790_000_000_000
FIRST_ID = 5_300_000_000


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _price(index: int) -> str:
    return f"{43_250 + index % 97}.{index % 89:02d}000000"


def _quantity(index: int) -> str:
    return f"0.{1 + index * 7919 % 99_999:05d}000"


def _trade(symbol: str, index: int, levels: int) -> object:
    return {
        "e": "trade",
        "E": TIME + index,
        "s": symbol,
        "t": FIRST_ID + index,
        "p": _price(index),
        "q": _quantity(index),
        "T": TIME + index,
        "m": index % 2 == 0,
        "M": True,
    }


def _agg_trade(symbol: str, index: int, levels: int) -> object:
    return {
        "e": "aggTrade",
        "E": TIME + index,
        "s": symbol,
        "a": FIRST_ID + index,
        "p": _price(index),
        "q": _quantity(index),
        "f": FIRST_ID + 2 * index,
        "l": FIRST_ID + 2 * index + 1,
        "T": TIME + index,
        "m": index % 2 == 0,
        "M": True,
    }


def _book_ticker(symbol: str, index: int, levels: int) -> object:
    return {
        "u": 10 * FIRST_ID + index,
        "s": symbol,
        "b": _price(index),
        "B": _quantity(index),
        "a": _price(index + 1),
        "A": _quantity(index + 1),
    }


def _kline(symbol: str, index: int, levels: int) -> object:
    return {
        "e": "kline",
        "E": TIME + index,
        "s": symbol,
        "k": {
            "t": TIME,
            "T": TIME + 59_999,
            "s": symbol,
            "i": "1m",
            "f": FIRST_ID,
            "L": FIRST_ID + index,
            "o": _price(1),
            "c": _price(index),
            "h": _price(96),
            "l": _price(0),
            "v": f"{index}.{index:05d}000",
            "n": index,
            "x": False,
            "q": f"{43_250 * (index + 1)}.12345600",
            "V": f"{index}.0{index:04d}000",
            "Q": f"{21_625 * (index + 1)}.12345600",
            "B": "0",
        },
    }


def levels_of(index: int, count: int, best: int, step: int) -> list[list[str]]:
    """`count` changed levels of one side, in steps of 1 cent from the best price (in cents)."""
    prices = (best + step * (1 + (index * 13 + 3 * level) % (4 * count)) for level in range(count))
    return [
        [f"{cents // 100}.{cents % 100:02d}000000", "0.00000000" if (index + n) % 5 == 0 else _quantity(index + n)]
        for n, cents in enumerate(dict.fromkeys(prices))
    ]


def _depth(symbol: str, index: int, levels: int) -> object:
    first = 10 * FIRST_ID + index * (levels + 1)
    return {
        "e": "depthUpdate",
        "E": TIME + index,
        "s": symbol,
        "U": first,
        "u": first + levels,
        "b": levels_of(index, levels // 2, 4_325_000, -1),
        "a": levels_of(index, levels // 2, 4_325_001, 1),
    }


def _mini_tickers(symbol: str, index: int, levels: int) -> object:
    return [
        {
            "e": "24hrMiniTicker",
            "E": TIME + index,
            "s": f"COIN{n}USDT",
            "c": _price(index + n),
            "o": _price(index),
            "h": _price(96),
            "l": _price(0),
            "v": f"{10_000 + n}.{index:05d}000",
            "q": f"{432_500_000 + n}.12345600",
        }
        for n in range(SYMBOLS_OF_ALL_MARKET)
    ]


def execution_report(index: int) -> object:
    """A fill as the user stream tells it; the execution id is the index's own."""
    return {
        "e": "executionReport",
        "E": TIME + index,
        "s": "BTCUSDT",
        "c": "x-baqoJxFIILMdfAW5iGSOW",
        "S": "BUY",
        "o": "LIMIT",
        "f": "GTC",
        "q": "1000.00000000",
        "p": _price(0),
        "P": "0.00000000",
        "F": "0.00000000",
        "g": -1,
        "C": "",
        "x": "TRADE",
        "X": "PARTIALLY_FILLED",
        "r": "NONE",
        "i": 4_293_153,
        "l": "0.00100000",
        "z": f"{index // 1000}.{index % 1000:03d}00000",
        "L": _price(0),
        "n": "0.00000100",
        "N": "BTC",
        "T": TIME + index,
        "t": FIRST_ID + index,
        "v": 3,
        "I": 2 * FIRST_ID + index,
        "w": True,
        "m": index % 2 == 0,
        "M": True,
        "O": TIME,
        "Z": f"{43 * index}.25000000",
        "Y": "43.25000000",
        "Q": "0.00000000",
        "W": TIME,
        "V": "NONE",
    }


_KINDS: tuple[tuple[str, Callable[[str, int, int], object]], ...] = (
    ("@trade", _trade),
    ("@aggTrade", _agg_trade),
    ("@bookTicker", _book_ticker),
    ("@kline", _kline),
    ("@depth", _depth),
    ("!miniTicker@arr", _mini_tickers),
)


def data_of(stream: str, index: int, levels: int = 40) -> bytes:
    """The `data` of the message number `index` of a stream. Raises `ValueError` for a stream that nobody measures."""
    for part, make in _KINDS:
        if part in stream:
            return _json(make(stream.partition("@")[0].upper(), index, levels))
    raise ValueError(f"no payload for the stream {stream}")


def combined(stream: str, data: bytes) -> bytes:
    """A message in the combined form."""
    return b'{"stream":"' + stream.encode() + b'","data":' + data + b"}"


def user_message(index: int) -> bytes:
    """An execution report as the WebSocket API sends it."""
    return b'{"subscriptionId":0,"event":' + _json(execution_report(index)) + b"}"


ORDER = {
    "symbol": "BTCUSDT",
    "orderId": 4_293_153,
    "orderListId": -1,
    "clientOrderId": "x-baqoJxFIILMdfAW5iGSOW",
    "price": "43250.01000000",
    "origQty": "1.00000000",
    "executedQty": "0.00000000",
    "cummulativeQuoteQty": "0.00000000",
    "status": "NEW",
    "timeInForce": "GTC",
    "type": "LIMIT",
    "side": "BUY",
    "stopPrice": "0.00000000",
    "icebergQty": "0.00000000",
    "time": TIME,
    "updateTime": TIME,
    "isWorking": True,
    "workingTime": TIME,
    "origQuoteOrderQty": "0.00000000",
    "selfTradePreventionMode": "NONE",
}
PLACED: dict[str, object] = {
    "symbol": "BTCUSDT",
    "orderId": 4_293_153,
    "orderListId": -1,
    "clientOrderId": "x-baqoJxFIILMdfAW5iGSOW",
    "transactTime": TIME,
    "price": "43250.01000000",
    "origQty": "1.00000000",
    "executedQty": "0.00000000",
    "origQuoteOrderQty": "0.00000000",
    "cummulativeQuoteQty": "0.00000000",
    "status": "NEW",
    "timeInForce": "GTC",
    "type": "LIMIT",
    "side": "BUY",
    "workingTime": TIME,
    "selfTradePreventionMode": "NONE",
    "fills": [],
}
PRICE = {"symbol": "BTCUSDT", "price": "43250.01000000"}
ACCOUNT = {
    "makerCommission": 10,
    "takerCommission": 10,
    "buyerCommission": 0,
    "sellerCommission": 0,
    "commissionRates": {"maker": "0.00100000", "taker": "0.00100000", "buyer": "0.00000000", "seller": "0.00000000"},
    "canTrade": True,
    "canWithdraw": True,
    "canDeposit": True,
    "brokered": False,
    "requireSelfTradePrevention": False,
    "preventSor": False,
    "updateTime": TIME,
    "accountType": "SPOT",
    "balances": [{"asset": asset, "free": "1000.00000000", "locked": "0.00000000"} for asset in ("BTC", "USDT", "BNB")],
    "permissions": ["SPOT"],
    "uid": 354_937_868,
}
SYMBOL: dict[str, object] = {
    "symbol": "BTCUSDT",
    "status": "TRADING",
    "baseAsset": "BTC",
    "baseAssetPrecision": 8,
    "quoteAsset": "USDT",
    "quotePrecision": 8,
    "quoteAssetPrecision": 8,
    "baseCommissionPrecision": 8,
    "quoteCommissionPrecision": 8,
    "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"],
    "icebergAllowed": True,
    "ocoAllowed": True,
    "otoAllowed": True,
    "quoteOrderQtyMarketAllowed": True,
    "allowTrailingStop": True,
    "cancelReplaceAllowed": True,
    "isSpotTradingAllowed": True,
    "isMarginTradingAllowed": True,
    "filters": [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": "0.01000000",
            "maxPrice": "1000000.00000000",
            "tickSize": "0.01000000",
        },
        {"filterType": "LOT_SIZE", "minQty": "0.00001000", "maxQty": "9000.00000000", "stepSize": "0.00001000"},
        {
            "filterType": "NOTIONAL",
            "minNotional": "5.00000000",
            "applyMinToMarket": True,
            "maxNotional": "9000000.00000000",
            "applyMaxToMarket": False,
            "avgPriceMins": 5,
        },
    ],
    "permissions": [],
    "permissionSets": [["SPOT", "MARGIN"]],
    "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
    "allowedSelfTradePreventionModes": ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"],
}


def exchange_info(symbols: int = 1) -> object:
    """What `exchangeInfo` answers: BTCUSDT and as many made-up symbols as are wanted."""
    others = [{**SYMBOL, "symbol": f"COIN{n}USDT", "baseAsset": f"COIN{n}"} for n in range(symbols - 1)]
    return {
        "timezone": "UTC",
        "serverTime": TIME,
        "rateLimits": [
            {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000},
            {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 100},
            {"rateLimitType": "ORDERS", "interval": "DAY", "intervalNum": 1, "limit": 200000},
            {"rateLimitType": "RAW_REQUESTS", "interval": "MINUTE", "intervalNum": 5, "limit": 61000},
        ],
        "exchangeFilters": [],
        "symbols": [SYMBOL, *others],
    }


def snapshot(levels: int) -> object:
    """A book of so many levels a side, as `depth` answers it."""
    return {
        "lastUpdateId": 10 * FIRST_ID - 1,
        "bids": [[f"{(4_325_000 - n) / 100:.2f}000000", _quantity(n)] for n in range(levels)],
        "asks": [[f"{(4_325_001 + n) / 100:.2f}000000", _quantity(n)] for n in range(levels)],
    }
