"""The live parts that families share: streams, books, user data, and calls that nobody declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from binance_async.core.endpoint import Bound
from binance_async.core.events import Gap
from binance_async.core.symbol_rules import SymbolRules
from binance_async.errors import InvalidArgument
from binance_async.session.book_keeper import LiveOrderBook
from binance_async.session.market import Hub, MarketStream
from binance_async.session.request import hidden
from binance_async.session.rest import RestSession
from binance_async.session.subscription import Policy

if TYPE_CHECKING:
    from binance_async.core.endpoint import Security
    from binance_async.core.stream import Stream
    from binance_async.session.family import Kit
    from binance_async.session.manager import Manager

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
N = TypeVar("N", Decimal, float, str)


class Live:
    """A family's streams and books. The family's own client adds its calls, its user data and its WebSocket API."""

    def __init__(self, manager: Manager, kit: Kit) -> None:
        self._manager = manager
        self._kit = kit
        self._rest = RestSession(manager, kit)
        self._hub = Hub(manager, kit)
        self._rules: dict[str, tuple[float, SymbolRules]] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._manager.environment.name}>"

    @overload
    def stream(self, a: Stream[A], /, *, bound: int = ..., policy: Policy = ...) -> MarketStream[A | Gap]: ...
    @overload
    def stream(
        self, a: Stream[A], b: Stream[B], /, *, bound: int = ..., policy: Policy = ...
    ) -> MarketStream[A | B | Gap]: ...
    @overload
    def stream(
        self, a: Stream[A], b: Stream[B], c: Stream[C], /, *, bound: int = ..., policy: Policy = ...
    ) -> MarketStream[A | B | C | Gap]: ...
    @overload
    def stream(
        self, a: Stream[A], b: Stream[B], c: Stream[C], d: Stream[D], /, *, bound: int = ..., policy: Policy = ...
    ) -> MarketStream[A | B | C | D | Gap]: ...
    @overload
    def stream(self, *streams: Stream[E], bound: int = ..., policy: Policy = ...) -> MarketStream[E | Gap]: ...
    @overload
    def stream(self, *streams: Stream[Any] | str, bound: int = ..., policy: Policy = ...) -> MarketStream[Any]: ...
    def stream(
        self, *streams: Stream[Any] | str, bound: int = 10_000, policy: Policy = "drop_oldest"
    ) -> MarketStream[Any]:
        """Events of market streams, typed by the streams that are asked for.

            async with binance.spot.stream(streams.trade("BTCUSDT"), streams.depth("BTCUSDT", speed="100ms")) as market:
                async for event in market:      # Trade | DepthUpdate | Gap
                    ...

        Args:
            streams: Streams of the family's `streams` module; a text is the exchange's own name of one.
            bound: How many events may wait for a slow consumer.
            policy: What happens at the bound: `drop_oldest` (announced by a `Gap`), `conflate` (the newest event of
                each stream is kept) or `fail` (the iteration ends with `SlowConsumer`).

        """
        if not streams:
            raise InvalidArgument("stream takes at least one stream", call=f"{self._kit.family}.stream")
        named = tuple(self._kit.named_stream(s) if isinstance(s, str) else s for s in streams)
        return MarketStream(self._hub, named, bound=bound, policy=policy)

    def _order_book(self, symbol: str, stream: Stream[Any], depth: int, numbers: type[N]) -> LiveOrderBook[N]:
        return LiveOrderBook(self._hub, self._kit, self._rest, symbol, stream, depth=depth, numbers=numbers)

    async def symbol_rules(self, symbol: str, *, refresh: bool = False) -> SymbolRules:
        """What orders on a symbol must keep to: rounds prices and quantities, and says which filter would refuse one.

            rules = await binance.spot.symbol_rules("BTCUSDT")
            price, quantity = rules.price(60000.004, side="BUY"), rules.quantity("0.0012345")
            rules.require("BUY", "LIMIT", time_in_force="GTC", price=price, quantity=quantity)

        The rules are kept for an hour; `refresh` asks for them anew.
        """
        symbol = symbol.upper()
        now = self._manager.clock.monotonic()
        kept = self._rules.get(symbol)
        if kept is not None and not refresh and now - kept[0] < self._manager.timings.rules_cache:
            return kept[1]
        info = await self._rest.call(self._kit.exchange_info, Bound(symbol=symbol))
        rules = SymbolRules.from_symbol(info.symbols[0], exchange_filters=info.exchange_filters)
        self._rules[symbol] = now, rules
        return rules

    async def request(
        self,
        method: Literal["GET", "POST", "PUT", "DELETE"],
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        security: Security | str = "NONE",
        weight: int = 1,
    ) -> Any:
        """Make a call that is not declared: untyped, under the same budget, signing and guards."""
        given = hidden(params)
        del params
        if isinstance(given, InvalidArgument):
            raise given
        return await self._rest.request(method, path, given, security=security, weight=weight)

    @staticmethod
    def _one_of(choices: Mapping[Any, Any], key: Any, argument: str) -> Any:
        if key not in choices:
            names = ", ".join(getattr(choice, "__name__", str(choice)) for choice in choices)
            raise InvalidArgument(f"{argument} takes one of {names}", argument=argument)
        return choices[key]

    def _symbols(self, symbols: Iterable[str]) -> list[str]:
        if isinstance(symbols, str):
            raise InvalidArgument("symbols takes a list, not one text", argument="symbols")
        return [symbol.upper() for symbol in symbols]
