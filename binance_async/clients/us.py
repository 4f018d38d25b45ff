"""`binance.us`."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from binance_async.clients.live import Live
from binance_async.core.endpoint import endpoint_of
from binance_async.core.order_book import SequenceRule
from binance_async.session.family import Kit
from binance_async.session.user_data import UserData
from binance_async.session.websocket_api import WebsocketApi
from binance_async.us import Calls, WebsocketCalls, restore, streams
from binance_async.us.events import Gap, RawEvent, UserEvent, read_user_event

if TYPE_CHECKING:
    from types import TracebackType

    from binance_async.session.book_keeper import LiveOrderBook
    from binance_async.session.manager import Manager

__all__ = ["Us", "UsWebsocket"]

N = TypeVar("N", Decimal, float, str)

KIT = Kit(
    family="us",
    time=endpoint_of(Calls.time),
    exchange_info=endpoint_of(Calls.exchange_info),
    order=endpoint_of(Calls.order),
    open_orders=endpoint_of(Calls.open_orders),
    all_orders=endpoint_of(Calls.all_orders),
    my_trades=endpoint_of(Calls.my_trades),
    account=endpoint_of(Calls.account),
    depth=endpoint_of(Calls.depth),
    agg_trades=endpoint_of(Calls.agg_trades),
    order_list=endpoint_of(Calls.order_list),
    start_listen_key=endpoint_of(Calls.start_user_data_stream),
    keep_listen_key=endpoint_of(Calls.keep_alive_user_data_stream),
    read_user_event=read_user_event,
    restore=restore,
    named_stream=streams.raw,
    sequence_rule=SequenceRule.US,
)

_STREAMS: dict[Any, Any] = {Decimal: streams.decimals, float: streams.as_float, str: streams.as_str}


class Us(Live, Calls):
    """Binance.US: every call over REST, its WebSocket API, streams, user data and order books."""

    def __init__(self, manager: Manager) -> None:
        Live.__init__(self, manager, KIT)
        Calls.__init__(self, self._rest)

    def websocket(self) -> UsWebsocket:
        """The same calls over a lasting WebSocket API session: open it with `async with`."""
        return UsWebsocket(self._manager)

    def user_data(self, *, symbols: Iterable[str] = (), bound: int = 100_000) -> UserData[UserEvent | RawEvent | Gap]:
        """The account's events. After an unplanned gap the state is restored from REST and the gap is announced.

        Args:
            symbols: Symbols that the account trades, beside those with open orders and those that events name.
            bound: How many events may wait; above it they are dropped, announced, and restored from REST.

        """
        return UserData(self._manager, KIT, symbols=self._symbols(symbols), bound=bound)

    @overload
    def order_book(
        self, symbol: str, depth: int = ..., *, speed: Literal["100ms"] | None = ...
    ) -> LiveOrderBook[Decimal]: ...
    @overload
    def order_book(
        self, symbol: str, depth: int = ..., *, speed: Literal["100ms"] | None = ..., numbers: type[N]
    ) -> LiveOrderBook[N]: ...
    def order_book(
        self,
        symbol: str,
        depth: int = 1000,
        *,
        speed: Literal["100ms"] | None = "100ms",
        numbers: type[Any] = Decimal,
    ) -> LiveOrderBook[Any]:
        """A local order book that is kept in step with the exchange, or says that it is not."""
        stream = self._one_of(_STREAMS, numbers, "numbers").depth(symbol, speed)
        return self._order_book(symbol, stream, depth, numbers)


class UsWebsocket(WebsocketCalls):
    """The calls of Binance.US over the WebSocket API."""

    def __init__(self, manager: Manager) -> None:
        self._session = WebsocketApi(manager, KIT)
        super().__init__(self._session)

    def __repr__(self) -> str:
        return f"<UsWebsocket {self._session.name}>"

    async def open(self) -> None:
        """Connect."""
        await self._session.start()

    async def close(self) -> None:
        """End the session. Idempotent."""
        await self._session.close()

    async def __aenter__(self) -> UsWebsocket:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()
