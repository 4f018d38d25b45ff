"""Matching: what happens when an order starts to work.

**Priority.** The best price first, then who came first. A trade happens at the maker's price. Only the shown part of an
iceberg has a place in the queue; its next part goes to the back.

**Life of an order.** `work` starts it: a market order takes what there is and the rest expires; a limit order takes
down to its limit and then, by its time in force, rests (GTC), expires (IOC), or has not begun unless it could be
filled whole (FOK). `close` ends it: off the book, money unlocked, reported, archived.

**Money.** What an order may have to pay is locked before it works: a buyer's quote at the limit price (a market order:
what the book says it will cost), a seller's base. Each fill pays from the lock, and what a better price saves is freed
at once. So no fill can fail, and nothing goes below zero.

**Self-trades.** The taker's mode decides. EXPIRE_MAKER ends the maker and goes on, EXPIRE_TAKER ends the taker,
EXPIRE_BOTH both, DECREMENT takes the smaller rest off both, which ends the smaller. A fill-or-kill order is checked
against what it could really trade, and if that is not enough it expires before any self-trade could be prevented.

**Stop orders.** A trade triggers them; they start to work after the order that made it, in the order of triggering. A
triggered buy at the market that costs more than was locked takes the difference from the free balance, and expires if
there is not enough.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from binance_async.simulator.engine.amounts import UNIT, notional
from binance_async.simulator.engine.core import Core
from binance_async.simulator.engine.orders import Order, need
from binance_async.simulator.engine.records import AccountTrade, Allocation, DetailedTrade, PreventedMatch, Trade

if TYPE_CHECKING:
    from binance_async.simulator.engine.book import Level, Side
    from binance_async.simulator.engine.market import Market
    from binance_async.simulator.engine.orders import OrderList

__all__ = ["Matching", "Outcome"]

EXPIRY_REASONS_SINCE = 2026
TRADES_WITHOUT_ORDERS_SINCE = 2024


class Outcome:
    """What the answer to a new order tells beside the order: its immediate fills and prevented matches."""

    __slots__ = ("fills", "prevented")

    def __init__(self) -> None:
        self.fills: list[AccountTrade | Allocation] = []
        self.prevented: list[PreventedMatch] = []


class Matching(Core):
    """Orders at work."""

    # What lists add

    def release_mate(self, order: Order) -> None:
        """One order of an OCO pair has begun to act: the other expires."""
        raise NotImplementedError

    def list_order_closed(self, order: Order) -> None:
        """An order of a list has ended."""
        raise NotImplementedError

    def activate_pending(self, orders: OrderList) -> None:
        """The working order of a list is filled: its pending orders begin."""
        raise NotImplementedError

    # Beginning

    def settle(self) -> None:
        """Complete what is due, and what that makes due."""
        due = self.due
        while due:
            item = due.popleft()
            if isinstance(item, Order):
                if item.is_open:
                    self._trigger(item)
            else:
                self.activate_pending(item)

    def work(self, order: Order, outcome: Outcome | None = None) -> None:
        """Start an accepted order whose money is locked."""
        order.working = True
        order.working_time = self.now
        if not order.price:
            self._match(order, 0, outcome)
            if order.is_open:
                self.close(order, "EXPIRED", "EXPIRED", reason="INSUFFICIENT_LIQUIDITY")
        elif order.time_in_force == "FOK" and self.sweep(order, order.price, order.rest)[0] < order.rest:
            self.close(order, "EXPIRED", "EXPIRED", reason="UNFILLED_FOK_ORDER_EXPIRED")
        else:
            self._match(order, order.price, outcome)
            if order.is_open:
                self._remain(order)

    def _remain(self, order: Order) -> None:
        if order.time_in_force == "GTC":
            if order.floor:
                order.floor = "EXCHANGE"
            order.market.book.add(order)
        else:
            self.close(order, "EXPIRED", "EXPIRED", reason="UNFILLED_IOC_QUANTITY_EXPIRED")

    def arm(self, order: Order) -> None:
        """Let an accepted stop order wait."""
        order.market.triggers.arm(order, order.market.data.last_price, self.now)

    def _trigger(self, order: Order) -> None:
        order.triggered = True
        order.update_time = self.now
        if order.mate is not None:
            self.release_mate(order)
        order.working = True
        order.working_time = self.now
        self.report(order, "NEW")
        if order.buy and not order.price and not self._afford(order):
            self.close(order, "EXPIRED", "EXPIRED", reason="EXCHANGE_CANCELED")
            return
        self.work(order)

    def _afford(self, order: Order) -> bool:
        """Lock what a triggered market buy will cost now, if the account can."""
        more = self.sweep(order, 0, order.rest)[1] - order.locked
        if more > 0:
            if not self.can_lock(order, more):
                return False
            self.lock(order, more)
        return True

    # What the book holds

    def sweep(self, order: Order, limit: int, quantity: int) -> tuple[int, int]:
        """How much of the quantity the order would trade, and for how much quote at most."""
        book = order.market.book
        left = quantity
        cost = 0
        taken = 0
        for level in book.asks if order.buy else book.bids:
            price = level.price
            if limit and (price > limit if order.buy else price < limit):
                break
            if order.stp == "NONE":
                got, used, blocked = min(left, level.total), min(left, level.total), False
            else:
                got, used, blocked = _sweep_level(order, level, left)
            taken += got
            left -= used
            cost += notional(price, got)
            if blocked or not left:
                break
        return taken, cost

    def size_reverse(self, order: Order, budget: int) -> tuple[int, bool]:
        """The quantity that a reverse market order's quote amounts to, and whether the book has enough for it."""
        book = order.market.book
        step = order.market.rules.lot[2] or 1
        quantity = price = 0
        for level in book.asks if order.buy else book.bids:
            there = level.total
            if order.stp == "EXPIRE_MAKER":
                there -= sum(each.rest for each in level if each.account.same_owner(order.account))
            price = level.price
            affordable = budget * UNIT // price
            if affordable < there:
                quantity += affordable
                return quantity - quantity % step, True
            quantity += there
            budget -= notional(price, there)
        # What is left may be too little for one more step at the last price: then nothing is missing.
        return quantity - quantity % step, bool(price) and budget * UNIT // price < step

    # Matching

    def _match(self, taker: Order, limit: int, outcome: Outcome | None) -> None:
        market = taker.market
        side: Side = market.book.asks if taker.buy else market.book.bids
        account = taker.account
        prevents = taker.stp != "NONE"
        buy = taker.buy
        first_agg = market.data.next_agg_id
        while taker.rest:
            level = side.best()
            if level is None:
                break
            price = level.price
            if limit and (price > limit if buy else price < limit):
                break
            maker = level.head
            assert maker is not None
            if prevents and maker.account.same_owner(account):
                self._prevent(taker, maker, price, outcome)
            else:
                self._trade(taker, maker, price, outcome)
        self._tell_aggregates(market, first_agg)

    def _tell_aggregates(self, market: Market, first: int) -> None:
        data = market.data
        data.end_taker()
        if market.listeners["aggTrade"] and data.next_agg_id > first:
            for agg in data.aggs.last(data.next_agg_id - first):
                self.tell_market(market, agg)

    def _trade(self, taker: Order, maker: Order, price: int, outcome: Outcome | None) -> None:
        if maker.mate is not None:
            self.release_mate(maker)
        quantity = min(taker.rest, maker.visible)
        quote = price * quantity // UNIT
        market = taker.market
        data = market.data
        buyer, seller = (taker, maker) if taker.buy else (maker, taker)
        trade = Trade(
            market.spec.symbol,
            data.next_trade_id,
            price,
            quantity,
            quote,
            self.now,
            buyer.order_id,
            seller.order_id,
            buyer_maker=buyer is maker,
        )
        data.next_trade_id += 1
        data.record(trade)
        for order in (taker, maker):
            if not order.filled:
                order.account.counts.first_fill(self.now, maker=order is maker)
            order.rest -= quantity
            order.filled += quantity
            order.quote_filled += quote
            order.update_time = self.now
            order.status = "PARTIALLY_FILLED" if order.rest or order.short else "FILLED"
        self._pay(buyer, seller, quantity, quote)
        if market.listeners["trade"]:
            self.tell_market(market, trade if self.edition >= TRADES_WITHOUT_ORDERS_SINCE else DetailedTrade(trade))
        self._filled(taker, trade, outcome, is_maker=False)
        self._filled(maker, trade, None, is_maker=True)
        market.book.take(maker, quantity)
        if not maker.rest:
            self._retire(maker)
        if not taker.rest and not taker.short:
            self._retire(taker)
        if market.triggers:
            self.due.extend(market.triggers.on_trade(price, self.now))

    def _pay(self, buyer: Order, seller: Order, quantity: int, quote: int) -> None:
        # A market buy pays what it pays; a limit buy frees what it locked at its limit for this part.
        freed = buyer.locked - (buyer.price * buyer.rest // UNIT) if buyer.price else quote
        buyer.locked -= freed
        money = buyer.quote
        money.locked -= freed
        money.free += freed - quote
        buyer.base.free += quantity
        seller.locked -= quantity
        seller.base.locked -= quantity
        seller.quote.free += quote
        for order in (buyer, seller):
            self.touch(order.account, order.base)
            self.touch(order.account, order.quote)

    def _filled(self, order: Order, trade: Trade, outcome: Outcome | None, *, is_maker: bool) -> None:
        """Take the commission and tell the owner."""
        commission, asset = self._charge(order, trade, is_maker=is_maker)
        account = order.account
        if order.floor == "SOR" and not is_maker:
            self._allocate(order, trade, commission, asset, outcome)
            return
        record = None
        if not account.house:
            record = AccountTrade(order, trade, commission, asset, is_maker=is_maker)
            order.desk.trades.append(record)
        if outcome is not None:
            record = record or AccountTrade(order, trade, commission, asset, is_maker=is_maker)
            outcome.fills.append(record)
        report = self.report(order, "TRADE")
        if report is not None:
            report.of_trade(trade, commission, asset, is_maker=is_maker)

    def _allocate(self, order: Order, trade: Trade, commission: int, asset: str, outcome: Outcome | None) -> None:
        market = order.market
        allocation = Allocation(order, market.next_allocation_id, trade, commission, asset)
        market.next_allocation_id += 1
        order.desk.allocations.append(allocation)
        if outcome is not None:
            outcome.fills.append(allocation)
        report = self.report(order, "TRADE")
        if report is not None:
            report.of_allocation(allocation)

    def _charge(self, order: Order, trade: Trade, *, is_maker: bool) -> tuple[int, str]:
        received = order.base if order.buy else order.quote
        card = order.card
        if card.free:
            return 0, received.asset
        role = 2 * order.buy + is_maker
        account = order.account
        if card.paid_in is not None:
            price = self._discount_price(order.market, card.paid_in)
            wallet = account.balance(card.paid_in)
            if price:
                amount = card.discounted_amount(trade.quote, role, price)
                if wallet.free >= amount:
                    wallet.free -= amount
                    self.touch(account, wallet)
                    self._collect(card.paid_in, amount)
                    return amount, card.paid_in
        amount = min(card.amount(trade.qty if order.buy else trade.quote, role), received.free)
        received.free -= amount
        self._collect(received.asset, amount)
        return amount, received.asset

    def _collect(self, asset: str, amount: int) -> None:
        self.collected[asset] = self.collected.get(asset, 0) + amount

    def _discount_price(self, market: Market, asset: str) -> int:
        """What one of the discount asset costs in the symbol's quote asset; 0 if nobody knows."""
        quote = market.spec.quote_asset
        if quote == asset:
            return UNIT
        other = self.markets.get(asset + quote)
        return 0 if other is None else other.data.last_price

    # Self-trade prevention

    def _prevent(self, taker: Order, maker: Order, price: int, outcome: Outcome | None) -> None:
        market = taker.market
        mode = taker.stp
        would_trade = min(taker.rest, maker.visible)
        taker_part = maker_part = 0
        if mode == "DECREMENT":
            taker_part = maker_part = min(taker.rest, maker.rest)
        else:
            if mode != "EXPIRE_MAKER":
                taker_part = taker.rest
            if mode != "EXPIRE_TAKER":
                maker_part = maker.rest
        match = PreventedMatch(
            market.next_prevented_match_id, taker, maker, mode, price, taker_part or -1, maker_part or -1, self.now
        )
        market.next_prevented_match_id += 1
        for desk in {id(each.desk): each.desk for each in (taker, maker) if not each.account.house}.values():
            desk.prevented.append(match)
        if outcome is not None:
            outcome.prevented.append(match)
        if maker_part:
            if maker.mate is not None:
                self.release_mate(maker)
            self._reduce(maker, maker_part, match, taker, would_trade)
        if taker_part:
            self._reduce(taker, taker_part, match, maker, would_trade)

    def _reduce(self, order: Order, part: int, match: PreventedMatch, counter: Order, would_trade: int) -> None:
        """Expire a part of an order's rest, and the order with it if nothing is left."""
        order.prevented += part
        order.prevented_match_id = match.id
        order.update_time = self.now
        rest = order.rest - part
        if order.level is not None:
            book = order.market.book
            if rest:
                book.reduce(order, rest)
            else:
                book.remove(order)
        order.rest = rest
        # A market buy's lock is an amount and not a price: it is freed at the end.
        if order.price or not order.buy:
            self.lock(order, need(order) - order.locked)
        if not rest:
            order.status = "EXPIRED_IN_MATCH"
        report = self.report(order, "TRADE_PREVENTION")
        if report is not None:
            report.of_prevention(counter, part, would_trade, match.price, match.trade_group_id)
        if not rest:
            self._retire(order)

    # End

    def close(
        self, order: Order, status: str, execution_type: str, *, reason: str = "", cancel_id: str | None = None
    ) -> None:
        """End an open order other than by its last fill or by a self-trade."""
        if order.level is not None:
            order.market.book.remove(order)
        elif order.waiting or order.tracking:
            order.market.triggers.disarm(order)
        order.status = status
        order.update_time = self.now
        order.expiry_reason = reason if self.edition >= EXPIRY_REASONS_SINCE else ""
        report = self.report(order, execution_type)
        if report is not None and cancel_id is not None:
            report.client_order_id = cancel_id
            report.orig_client_order_id = order.client_order_id
        self._retire(order)

    def _retire(self, order: Order) -> None:
        """An order has ended: free what it still holds, archive it, and let its list act."""
        if order.locked:
            self.lock(order, -order.locked)
        order.account.leave(order)
        if order.list is not None:
            self.list_order_closed(order)


def _sweep_level(order: Order, level: Level, left: int) -> tuple[int, int, bool]:
    """How much of one level an order would trade, how much of its rest that uses up, and whether it ends there.

    The queue is walked as matching would: shown parts in turn, the next part of an iceberg behind the others.
    """
    queue = deque((each, each.visible, each.rest) for each in level)
    got = used = 0
    while queue and used < left:
        maker, visible, rest = queue.popleft()
        if maker.account.same_owner(order.account):
            if order.stp == "EXPIRE_MAKER":
                continue
            if order.stp == "DECREMENT":
                used += min(left - used, rest)
                continue
            return got, used, True
        part = min(left - used, visible)
        got += part
        used += part
        if part == visible and rest > part:
            queue.append((maker, min(maker.iceberg_qty, rest - part), rest - part))
    return got, used, False
