"""What has happened, kept for queries: trades, allocations, prevented matches, amendments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from binance_async.simulator.engine.amounts import text

if TYPE_CHECKING:
    from binance_async.simulator.engine.orders import Order

__all__ = ["AccountTrade", "AggTrade", "Allocation", "Amendment", "DetailedTrade", "PreventedMatch", "Trade"]


class Trade:
    """One trade of a symbol. Also the event of the trade stream."""

    __slots__ = ("buyer_maker", "buyer_order_id", "id", "price", "qty", "quote", "seller_order_id", "symbol", "time")

    kind = "trade"

    def __init__(
        self,
        symbol: str,
        id: int,
        price: int,
        qty: int,
        quote: int,
        time: int,
        buyer_order_id: int,
        seller_order_id: int,
        *,
        buyer_maker: bool,
    ) -> None:
        self.symbol: str = symbol
        self.id: int = id
        self.price: int = price
        self.qty: int = qty
        self.quote: int = quote
        self.time: int = time
        self.buyer_order_id: int = buyer_order_id
        self.seller_order_id: int = seller_order_id
        self.buyer_maker: bool = buyer_maker

    def payload(self, *, micro: bool = False) -> dict[str, Any]:
        """The `trade` event."""
        time = self.time if micro else self.time // 1000
        return {
            "e": "trade",
            "E": time,
            "s": self.symbol,
            "t": self.id,
            "p": text(self.price),
            "q": text(self.qty),
            "T": time,
            "m": self.buyer_maker,
            "M": True,
        }


class DetailedTrade:
    """The event of the trade stream as Binance.US documents it: with the ids of both orders."""

    __slots__ = ("symbol", "trade")

    kind = "trade"

    def __init__(self, trade: Trade) -> None:
        self.symbol: str = trade.symbol
        self.trade: Trade = trade

    def payload(self, *, micro: bool = False) -> dict[str, Any]:
        """The `trade` event, with `b` and `a`."""
        plain = self.trade.payload(micro=micro)
        head = {name: plain[name] for name in ("e", "E", "s", "t", "p", "q")}
        ids = {"b": self.trade.buyer_order_id, "a": self.trade.seller_order_id}
        return head | ids | {name: plain[name] for name in ("T", "m", "M")}


class AggTrade:
    """Trades of one taker order at one price and time, as one. Also the event of its stream."""

    __slots__ = ("buyer_maker", "first", "id", "last", "price", "qty", "symbol", "time")

    kind = "aggTrade"

    def __init__(self, id: int, trade: Trade) -> None:
        self.symbol: str = trade.symbol
        self.id: int = id
        self.price: int = trade.price
        self.qty: int = trade.qty
        self.first: int = trade.id
        self.last: int = trade.id
        self.time: int = trade.time
        self.buyer_maker: bool = trade.buyer_maker

    def payload(self, *, micro: bool = False) -> dict[str, Any]:
        """The `aggTrade` event."""
        time = self.time if micro else self.time // 1000
        return {"e": "aggTrade", "E": time, "s": self.symbol, **self.fields(time)}

    def fields(self, time: int) -> dict[str, Any]:
        """What the event and the query have in common."""
        return {
            "a": self.id,
            "p": text(self.price),
            "q": text(self.qty),
            "f": self.first,
            "l": self.last,
            "T": time,
            "m": self.buyer_maker,
            "M": True,
        }


class AccountTrade:
    """One side of a trade, with what it cost."""

    __slots__ = ("buy", "commission", "commission_asset", "is_maker", "order_id", "order_list_id", "trade")

    def __init__(self, order: Order, trade: Trade, commission: int, commission_asset: str, *, is_maker: bool) -> None:
        # Ids and not the order: a trade must not keep an order in memory that has fallen out of its own ring.
        self.order_id: int = order.order_id
        self.order_list_id: int = order.order_list_id
        self.buy: bool = order.buy
        self.trade: Trade = trade
        self.commission: int = commission
        self.commission_asset: str = commission_asset
        self.is_maker: bool = is_maker


class Allocation:
    """A fill by the smart order router: not a trade of the account's own."""

    __slots__ = ("buy", "commission", "commission_asset", "id", "order_id", "order_list_id", "price", "qty", "quote",
                 "time")  # fmt: skip

    def __init__(self, order: Order, id: int, trade: Trade, commission: int, commission_asset: str) -> None:
        self.id: int = id
        self.order_id: int = order.order_id
        self.order_list_id: int = order.order_list_id
        self.buy: bool = order.buy
        self.price: int = trade.price
        self.qty: int = trade.qty
        self.quote: int = trade.quote
        self.time: int = trade.time
        self.commission: int = commission
        self.commission_asset: str = commission_asset


class PreventedMatch:
    """A self-trade that did not happen. A quantity of -1 is not shown."""

    __slots__ = ("id", "maker_order_id", "maker_qty", "mode", "price", "taker_order_id", "taker_qty", "time",
                 "trade_group_id")  # fmt: skip

    def __init__(
        self, id: int, taker: Order, maker: Order, mode: str, price: int, taker_qty: int, maker_qty: int, time: int
    ) -> None:
        self.id: int = id
        self.taker_order_id: int = taker.order_id
        self.maker_order_id: int = maker.order_id
        self.mode: str = mode
        self.price: int = price
        self.taker_qty: int = taker_qty
        self.maker_qty: int = maker_qty
        self.time: int = time
        self.trade_group_id: int = taker.account.trade_group_id


class Amendment:
    """One reduction of an order's quantity."""

    __slots__ = (
        "execution_id",
        "new_client_order_id",
        "new_qty",
        "order_id",
        "orig_client_order_id",
        "orig_qty",
        "symbol",
        "time",
    )

    def __init__(
        self,
        order: Order,
        execution_id: int,
        orig_client_order_id: str,
        new_client_order_id: str,
        orig_qty: int,
        new_qty: int,
        time: int,
    ) -> None:
        self.symbol: str = order.market.spec.symbol
        self.order_id: int = order.order_id
        self.execution_id: int = execution_id
        self.orig_client_order_id: str = orig_client_order_id
        self.new_client_order_id: str = new_client_order_id
        self.orig_qty: int = orig_qty
        self.new_qty: int = new_qty
        self.time: int = time
