# mypy: disable-error-code="import-not-found, import-untyped"
"""Order books of all kinds, ours and the peers', without any network: the changes are decoded already.

Each book gets levels in the form in which its library hands them to it, applies them the way its library does, and is
read the way its library offers. Those of the peers that live inside a manager are used without it.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from benchmarks import depth
from benchmarks.clients import harness

Levels = Sequence[Any]


def _floats(levels: Sequence[depth.TextLevel]) -> Levels:
    return [(float(price), float(quantity)) for price, quantity in levels]


def _decimals(levels: Sequence[depth.TextLevel]) -> Levels:
    return [(Decimal(price), Decimal(quantity)) for price, quantity in levels]


def _texts(levels: Sequence[depth.TextLevel]) -> Levels:
    return [(price, quantity) for price, quantity in levels]


def _lists(levels: Sequence[depth.TextLevel]) -> Levels:
    return [[price, quantity] for price, quantity in levels]


class Book:
    """What a benchmark does with a book."""

    levels: Callable[[Sequence[depth.TextLevel]], Levels] = staticmethod(_floats)

    def load(self, bids: Levels, asks: Levels) -> None:
        """The snapshot."""
        raise NotImplementedError

    def apply(self, bids: Levels, asks: Levels) -> None:
        """One change."""
        raise NotImplementedError

    def best(self) -> Any:
        """Both best prices."""
        raise NotImplementedError

    def top(self, n: int) -> Any:
        """`n` levels of both sides."""
        raise NotImplementedError


class DictAndList(Book):
    """Floor: for each side a dict and a sorted list of its prices, and nothing checked."""

    def load(self, bids: Levels, asks: Levels) -> None:
        self.sides = [(dict(levels), sorted(price for price, _ in levels)) for levels in (bids, asks)]

    def apply(self, bids: Levels, asks: Levels) -> None:
        for (book, prices), levels in zip(self.sides, (bids, asks), strict=True):
            for price, quantity in levels:
                if quantity:
                    if price not in book:
                        insort(prices, price)
                    book[price] = quantity
                elif book.pop(price, None) is not None:
                    del prices[bisect_left(prices, price)]

    def best(self) -> Any:
        (_, bids), (_, asks) = self.sides
        return bids[-1], asks[0]

    def top(self, n: int) -> Any:
        (bids, bid_prices), (asks, ask_prices) = self.sides
        return [(p, bids[p]) for p in bid_prices[: -n - 1 : -1]], [(p, asks[p]) for p in ask_prices[:n]]


class Sorted(Book):
    """`sortedcontainers.SortedDict`, what most books in Python are made of."""

    def __init__(self) -> None:
        from sortedcontainers import SortedDict

        self.sides = SortedDict(), SortedDict()

    def load(self, bids: Levels, asks: Levels) -> None:
        self.apply(bids, asks)

    def apply(self, bids: Levels, asks: Levels) -> None:
        for book, levels in zip(self.sides, (bids, asks), strict=True):
            for price, quantity in levels:
                if quantity:
                    book[price] = quantity
                else:
                    book.pop(price, None)

    def best(self) -> Any:
        bids, asks = self.sides
        return bids.peekitem(-1)[0], asks.peekitem(0)[0]

    def top(self, n: int) -> Any:
        bids, asks = self.sides
        return list(islice(reversed(bids.items()), n)), list(islice(asks.items(), n))


class Ours(Book):
    """`binance_async.core.order_book.OrderBook` with everything it checks."""

    def __init__(self, numbers: Any = float) -> None:
        from binance_async.core.order_book import OrderBook, SequenceRule

        self.book: Any = OrderBook(SequenceRule.SPOT, numbers, depth=depth.LEVELS)
        self.last_id = 1

    def load(self, bids: Levels, asks: Levels) -> None:
        self.book.snapshot(self.last_id, bids, asks)

    def apply(self, bids: Levels, asks: Levels) -> None:
        self.last_id = last_id = self.last_id + 1
        self.book.apply(last_id, last_id, None, bids, asks)

    def best(self) -> Any:
        return self.book.best_bid, self.book.best_ask

    def top(self, n: int) -> Any:
        return self.book.bids(n), self.book.asks(n)


class OursDecimal(Ours):
    """The default numbers."""

    levels = staticmethod(_decimals)

    def __init__(self) -> None:
        super().__init__(Decimal)


class OursText(Ours):
    """Text, as it came."""

    levels = staticmethod(_texts)

    def __init__(self) -> None:
        super().__init__(str)


class PythonBinance(Book):
    """python-binance's `DepthCache`: dicts by the price's text, sorted when read."""

    levels = staticmethod(_lists)

    def __init__(self) -> None:
        from binance.ws.depthcache import DepthCache

        self.cache = DepthCache("BTCUSDT")

    def load(self, bids: Levels, asks: Levels) -> None:
        self.apply(bids, asks)

    def apply(self, bids: Levels, asks: Levels) -> None:
        for bid in bids:
            self.cache.add_bid(bid)
        for ask in asks:
            self.cache.add_ask(ask)

    def best(self) -> Any:
        return self.cache.get_bids()[0], self.cache.get_asks()[0]

    def top(self, n: int) -> Any:
        return self.cache.get_bids()[:n], self.cache.get_asks()[:n]


class Unicorn(Book):
    """unicorn-binance-local-depth-cache: dicts by the price's text under locks, sorted when read."""

    levels = staticmethod(_lists)

    def __init__(self) -> None:
        from unicorn_binance_local_depth_cache import BinanceLocalDepthCacheManager

        self.manager = BinanceLocalDepthCacheManager.__new__(BinanceLocalDepthCacheManager)
        self.manager.depth_caches = {"btcusdt": {"asks": {}, "bids": {}, "is_synchronized": True}}
        self.manager.threading_lock_ask = {"btcusdt": threading.Lock()}
        self.manager.threading_lock_bid = {"btcusdt": threading.Lock()}
        self.manager.is_stop_request = lambda *_, **__: False
        self.manager.stop_request = False
        self.manager.exchange = "binance.com"

    def load(self, bids: Levels, asks: Levels) -> None:
        self.apply(bids, asks)

    def apply(self, bids: Levels, asks: Levels) -> None:
        self.manager._apply_updates(asks=asks, bids=bids, market="btcusdt")

    def best(self) -> Any:
        manager = self.manager
        return manager.get_bids(market="btcusdt", limit_count=1), manager.get_asks(market="btcusdt", limit_count=1)

    def top(self, n: int) -> Any:
        manager = self.manager
        return manager.get_bids(market="btcusdt", limit_count=n), manager.get_asks(market="btcusdt", limit_count=n)


class Ccxt(Book):
    """ccxt.pro's `OrderBook`: sorted lists."""

    levels = staticmethod(lambda levels: [list(level) for level in _floats(levels)])

    def __init__(self) -> None:
        from ccxt.async_support.base.ws.order_book import OrderBook

        self.book = OrderBook({}, depth.LEVELS)

    def load(self, bids: Levels, asks: Levels) -> None:
        self.apply(bids, asks)

    def apply(self, bids: Levels, asks: Levels) -> None:
        for side, levels in ((self.book["bids"], bids), (self.book["asks"], asks)):
            for level in levels:
                side.storeArray(list(level))  # it keeps the list that it is given

    def best(self) -> Any:
        return self.book["bids"][0], self.book["asks"][0]

    def top(self, n: int) -> Any:
        return self.book["bids"][:n], self.book["asks"][:n]


class Cryptofeed(Book):
    """The `order_book` package in C that cryptofeed uses, with its `Decimal`."""

    levels = staticmethod(_decimals)

    def __init__(self) -> None:
        from order_book import OrderBook

        self.book = OrderBook()

    def load(self, bids: Levels, asks: Levels) -> None:
        self.book.bids, self.book.asks = dict(bids), dict(asks)

    def apply(self, bids: Levels, asks: Levels) -> None:
        for side, levels in ((self.book.bids, bids), (self.book.asks, asks)):
            for price, quantity in levels:
                if not quantity:
                    if price in side:
                        del side[price]
                else:
                    side[price] = quantity

    def best(self) -> Any:
        return self.book.bids.index(0), self.book.asks.index(0)

    def top(self, n: int) -> Any:
        return self.book.bids.to_dict(), self.book.asks.to_dict()


KINDS: dict[str, Callable[[], Book]] = {
    "dict": DictAndList,
    "sorted": Sorted,
    "float": Ours,
    "decimal": OursDecimal,
    "str": OursText,
    "python_binance": PythonBinance,
    "unicorn": Unicorn,
    "ccxt": Ccxt,
    "cryptofeed": Cryptofeed,
}


def _loaded(kind: str, seed: int = 1) -> Book:
    book = KINDS[kind]()
    first = depth.snapshot(seed)
    book.load(book.levels(first.bids), book.levels(first.asks))
    return book


def book(task: harness.Task) -> None:
    book = _loaded(task["kind"])
    changes = [(book.levels(d.bids), book.levels(d.asks)) for d in depth.diffs(task.get("levels", 20))]
    for bids, asks in changes:
        book.apply(bids, asks)
    best, top, apply = book.best, book.top, book.apply

    def apply_and_look(times: int) -> None:
        for _ in range(times):
            for bids, asks in changes:
                apply(bids, asks)
                best()

    def apply_and_read(times: int) -> None:
        for _ in range(times):
            for bids, asks in changes:
                apply(bids, asks)
                top(20)

    def read(times: int) -> None:
        for _ in range(times):
            for _ in range(100):
                top(20)

    if task["what"] == "apply":
        harness.timed(task, apply_and_look, len(changes))
    if task["what"] == "both":
        harness.timed(task, apply_and_read, len(changes))
    harness.timed(task, read, 100)


def memory(task: harness.Task) -> None:
    """What so many books add to the resident memory."""
    _loaded(task["kind"])  # imports and what is shared
    before = harness.resident()
    books = []
    for seed in range(task["books"]):
        text = depth.snapshot(seed)  # made anew for each book, as it is when it comes from the wire
        one = KINDS[task["kind"]]()
        one.load(one.levels(text.bids), one.levels(text.asks))
        books.append(one)
        del text
    harness.finish({"books": len(books), "bytes": harness.resident() - before})


if __name__ == "__main__":
    harness.main(book=book, memory=memory)
