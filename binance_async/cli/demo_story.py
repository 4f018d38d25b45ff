"""What happens in the demo, step by step. Everything is real: sockets, signatures, matching, and the faults too.

Three consumers run all the time: the tape (a trade stream), an order book, and the account's user data. The story
places orders, loses a reply, cuts every connection and lets the exchange announce its shutdown, and says what the
consumers saw. At the end it compares that with the exchange's own history: what was promised must hold.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from binance_async import Binance
from binance_async.cli.demo_scene import Scene, amount, milliseconds, money, percentile, sparkline
from binance_async.errors import NotSynced, Rejected
from binance_async.simulator import Simulator
from binance_async.simulator.actions import LoseReply, Shutdown, Unreachable
from binance_async.simulator.engine import NewOrder
from binance_async.spot import events, streams

if TYPE_CHECKING:
    from binance_async.clients.spot import Spot

__all__ = ["STEPS", "Story", "perform"]

STEPS = 8
RATE = 300.0
"""Events a second of the market: enough to see something happen."""
SYMBOL = "BTCUSDT"
BLIND = 0.4
"""Seconds for which nothing gets through."""
NOTICE = 10.0
"""Seconds between the announcement of a shutdown and the shutdown."""


async def perform(scene: Scene, pace: float = 1.0) -> bool:
    """Play the demo into a scene; whether all that was promised held."""
    async with Simulator(rate=RATE) as exchange:
        # Times in microseconds, to measure with; Ed25519, so that sessions log on.
        credentials = exchange.keys["ed25519"].credentials
        async with Binance(credentials, environment=exchange.environment, time_unit="microseconds") as binance:
            story = Story(scene, exchange, binance.spot, pace)
            async with story.consumers():
                await story.play()
            story.compare()
    return all(holds for holds, _ in scene.checks)


class Story:
    """The demo under way."""

    def __init__(self, scene: Scene, exchange: Simulator, spot: Spot, pace: float) -> None:
        self.scene = scene
        self.exchange = exchange
        self.spot = spot
        self.pace = pace
        self.seen: list[int] = []
        """The ids of the trades on the tape."""
        self.holes: list[tuple[int, int]] = []
        """Ids before and after each place where the tape says that it missed something."""
        self.placed: list[str] = []
        """The client order ids of all orders."""
        self.filled: dict[int, Decimal] = {}
        """How much of each order the user data told to be filled, trade by trade."""
        self.gaps: dict[str, int] = {"tape": 0, "account": 0}
        self.restored: int = 0
        self._hole_from: int | None = None

    def say(self, text: str) -> None:
        """A line of the story."""
        self.scene.tell("say", text)

    async def pause(self, seconds: float) -> None:
        """Let the reader look."""
        await self.scene.clock.sleep(seconds * self.pace)

    async def until(self, condition: Callable[[], bool], seconds: float = 10.0) -> bool:
        """Wait until something is so; whether it was in time."""
        end = self.scene.clock.monotonic() + seconds
        while not condition():
            if self.scene.clock.monotonic() > end:
                return False
            await self.scene.clock.sleep(0.02)
        return True

    # The consumers

    @contextlib.asynccontextmanager
    async def consumers(self) -> AsyncGenerator[None]:
        """The three that run all the time."""
        spot = self.spot
        self.scene.step("An exchange in this process: no key, no network")
        self.say(f"it listens on {self.exchange.urls['rest']}, with books, candles and people who trade")
        async with contextlib.AsyncExitStack() as stack:
            read = contextlib.ExitStack()
            stack.callback(read.close)
            tape = await stack.enter_async_context(spot.stream(streams.trade(SYMBOL)))
            read.callback(asyncio.ensure_future(self._read_tape(tape)).cancel)
            account = await stack.enter_async_context(spot.user_data(symbols=[SYMBOL]))
            read.callback(asyncio.ensure_future(self._read_account(account)).cancel)
            book = self.scene.book = await stack.enter_async_context(spot.order_book(SYMBOL, depth=1000))
            await book.synced(10)
            yield
            self.scene.counts["book changes"] = book.counters.applied

    async def _read_tape(self, tape: Any) -> None:
        async for event in tape:
            if isinstance(event, events.Gap):
                self.gaps["tape"] += 1
                self._hole_from = self.seen[-1] if self.seen else None
                lasted = milliseconds(((event.to_time or 0) - (event.from_time or 0)) / 1000)
                self.scene.tell("gap", f"trades: Gap after trade {event.from_id}, {event.cause} for {lasted}")
            elif isinstance(event, events.Trade):
                if self._hole_from is not None:
                    self.holes.append((self._hole_from, event.trade_id))
                    self._hole_from = None
                self.seen.append(event.trade_id)
                self.scene.trade(event)

    async def _read_account(self, account: Any) -> None:
        async for event in account:
            match event:
                case events.ExecutionReport():
                    self._report(event)
                case events.Gap():
                    self.gaps["account"] += 1
                    state = "state reconciled with REST" if event.reconciled else "not reconciled"
                    self.scene.tell("gap", f"account: Gap, {event.cause}, {state}")
                case _:
                    self.scene.counts["balance events"] += 1

    def _report(self, event: Any) -> None:
        self.scene.counts["reports"] += 1
        side, origin = event.side.lower(), "" if event.source == "stream" else "   ◄ from REST"
        self.restored += event.source == "rest"
        what = f"{event.status} {side} {amount(event.orig_qty)} {_at(event.price)}"
        if event.execution_type == "TRADE":
            self.filled[event.order_id] = self.filled.get(event.order_id, Decimal(0)) + event.last_qty
            done = f"{amount(event.executed_qty)} of {amount(event.orig_qty)}"
            what = f"{event.status} {side} {amount(event.last_qty)} at {money(event.last_price)}, {done}"
        self.scene.tell("account", what + origin)

    # The story

    async def play(self) -> None:
        """All of it."""
        await self._look_around()
        await self._refused_before_it_is_sent()
        await self._over_rest()
        await self._over_the_websocket_api()
        await self._a_reply_is_lost()
        await self._everything_is_cut()
        await self._the_exchange_shuts_down()

    async def _look_around(self) -> None:
        self.scene.step("A market: candles, trades, a book in step with the exchange")
        candles = await self.spot.klines(SYMBOL, "1h", limit=48)
        line = sparkline([float(candle.close) for candle in candles])
        self.say(f"48 hours of {SYMBOL}  {line}  {money(candles[0].open)} to {money(candles[-1].close)}")
        await self.pause(1.8)
        book = self._book()
        waits = milliseconds(percentile(self.scene.waits, 0.5))
        self.say(f"{len(self.seen)} trades so far, {waits} after they happened; {len(book.bids())} bids in the book")

    def _book(self) -> Any:
        assert self.scene.book is not None
        return self.scene.book

    async def _refused_before_it_is_sent(self) -> None:
        self.scene.step("An order that the exchange would refuse is not sent")
        rules = await self.spot.symbol_rules(SYMBOL)
        price = self._book().best_ask + Decimal("0.001")
        verdict = rules.check("BUY", "LIMIT", time_in_force="GTC", quantity="0.00002", price=price)
        for violation in verdict:
            self.say(f"{violation.filter}: {violation.message}")
        self.scene.counts["refused"] += 1
        right = rules.price(price, side="BUY"), rules.quantity("0.0123456")
        self.say(f"on the grid: {money(right[0])} for {amount(right[1])}, never worse than was said")
        await self.pause(1.6)

    async def _order(self, via: Any, how: str, **order: Any) -> Any:
        clock = self.scene.clock
        sent = clock.monotonic()
        placed = await via.place_order(SYMBOL, **order)
        took = milliseconds(clock.monotonic() - sent)
        self.placed.append(placed.client_order_id)
        self.scene.counts["orders"] += 1
        what = f"{placed.side.lower()} {amount(placed.orig_qty)} {_at(placed.price)}"
        self.say(f"{how}: {what} is {placed.status} after {took}")
        return placed

    async def _over_rest(self) -> None:
        self.scene.step("An order over REST; its fills arrive on the user stream")
        order = {"side": "BUY", "type": "LIMIT", "time_in_force": "GTC", "quantity": "0.05"}
        placed = await self._order(self.spot, "REST", **order, price=self._book().best_ask)
        if not await self.until(lambda: self.filled.get(placed.order_id) == placed.orig_qty, 1.4 * self.pace):
            with contextlib.suppress(Rejected):  # it was filled just now
                await self.spot.cancel_order(SYMBOL, order_id=placed.order_id)
        await self.pause(0.4)

    async def _over_the_websocket_api(self) -> None:
        self.scene.step("The same call over the WebSocket API, logged on with an Ed25519 key")
        async with self.spot.websocket() as websocket:
            await self._order(websocket, "WebSocket API", side="SELL", type="MARKET", quantity="0.02")
            await self.pause(0.8)

    async def _a_reply_is_lost(self) -> None:
        self.scene.step("The reply to an order is lost: was it placed?")
        self.exchange.faults.add(LoseReply("reset"), call="place_order", door="rest", times=1)
        self.say("the exchange takes the order, and the connection breaks before its answer")
        order = {"side": "BUY", "type": "LIMIT", "time_in_force": "GTC", "quantity": "0.01"}
        placed = await self._order(self.spot, "looked up by its id", **order, price=self._book().best_bid - 500)
        times = self.exchange.history.side_effects(placed.client_order_id)
        self.say(f"it was asked for until it was found, and never sent again: the exchange has it {_times(times)}")
        self.scene.counts["lost replies"] += 1
        await self.pause(1.8)

    async def _everything_is_cut(self) -> None:
        self.scene.step("Every connection is cut, and an order is filled while we are blind")
        order = {"side": "BUY", "type": "LIMIT", "time_in_force": "GTC", "quantity": "0.03"}
        placed = await self._order(self.spot, "REST", **order, price=self._book().best_bid - 20)
        await self.until(lambda: self.scene.lines[-1].kind == "account", 0.3)
        before, cut = dict(self.gaps), self.scene.clock.monotonic()
        self.scene.tell("bad", f"✂ cut; nothing gets through for {BLIND} s")
        self.exchange.faults.now(Unreachable(BLIND))
        self._somebody_sells(placed.price)
        await self.until(lambda: not self._book().is_synced, 1.0)
        try:
            self.say(f"the best bid is {money(self._book().best_bid)}")
        except NotSynced as error:
            self.say(f"the book is not read meanwhile: {type(error).__name__}, {error}")
        back: dict[str, float] = {}
        looks: dict[str, Callable[[], bool]] = {
            "tape": lambda: self.gaps["tape"] > before["tape"],
            "book": lambda: self._book().is_synced,
            "account": lambda: self.gaps["account"] > before["account"],
        }
        async with asyncio.timeout(15):
            while len(back) < len(looks):
                await self.scene.clock.sleep(0.01)
                for name, look in looks.items():
                    if name not in back and look():
                        back[name] = self.scene.clock.monotonic() - cut
        parts = ", ".join(f"{name} after {milliseconds(seconds)}" for name, seconds in back.items())
        self.scene.tell("good", f"all back: {parts}")
        self.scene.check(max(back.values()) < 10.0, f"back {max(back.values()):.1f} s after the cut")
        await self.pause(1.8)

    def _somebody_sells(self, price: Decimal) -> None:
        """A stranger takes all bids down to a price."""
        engine = self.exchange.engine
        stranger = engine.add_account(balances={"BTC": Decimal(100)})
        engine.place(stranger, NewOrder(SYMBOL, "SELL", "LIMIT", "IOC", Decimal(100), price=price))

    async def _the_exchange_shuts_down(self) -> None:
        self.scene.step("The exchange announces a restart: hand over first, then let go")
        gaps, known = dict(self.gaps), {record.number for record in self.exchange.history.connections()}
        old = [each for each in self.exchange.history.connections() if each.closed_us is None]
        self.exchange.faults.now(Shutdown(after=NOTICE))
        self.say(f"serverShutdown in {NOTICE:g} s, on {len(old)} connections")
        moved = await self.until(lambda: len(self.exchange.history.connections()) >= len(known) + len(old), 3.0)
        # The account's successor takes over when both connections have told the same event.
        order = {"side": "BUY", "type": "LIMIT", "time_in_force": "GTC", "quantity": "0.01"}
        placed = await self._order(self.spot, "REST", **order, price=self._book().best_bid - 800)
        await self.spot.cancel_order(SYMBOL, order_id=placed.order_id)
        moved &= await self.until(lambda: all(each.closed_us is not None for each in old), NOTICE)
        kept = moved and gaps == self.gaps
        self.scene.check(kept, "handed over before the shutdown without a gap")
        if kept:
            self.scene.tell("good", "new connections took over, the old ones are closed: nothing lost, no Gap")
        await self.pause(1.0)
        # What is still open could be filled between the last look and the comparison.
        canceled = await self.spot.cancel_open_orders(SYMBOL)
        self.scene.counts["canceled"] += len(canceled)
        await self.pause(0.3)

    # The truth

    def compare(self) -> None:
        """What was seen, beside what happened."""
        scene, exchange = self.scene, self.exchange
        scene.step("What was promised, beside the exchange's own history")
        missing = _missing(self.seen)
        explained = {number for before, after in self.holes for number in range(before + 1, after)}
        scene.check(set(missing) <= explained, f"{len(missing)} trades missed, all of them within an announced Gap")
        scene.check(len(set(self.seen)) == len(self.seen), "no trade came twice")
        doubled = [name for name in self.placed if exchange.history.side_effects(name) != 1]
        scene.check(not doubled, f"{len(self.placed)} orders placed, each exactly once")
        wrong = [order_id for order_id, quantity in self.filled.items() if self._truth(order_id) != quantity]
        scene.check(not wrong, f"every fill was told: {self.restored} from REST after the cut, the others as they came")
        scene.check(self.restored > 0, "what happened while blind was recovered")
        for holds, claim in scene.checks:
            scene.tell("good" if holds else "bad", f"{'✓' if holds else '✗'} {claim}")
        self._summary()

    def _truth(self, order_id: int) -> Decimal:
        found = self.exchange.engine.order(self.exchange.account.uid, SYMBOL, order_id=order_id)
        return Decimal(found["executedQty"])

    def _summary(self) -> None:
        counts, waits = self.scene.counts, self.scene.waits
        half, most = (milliseconds(percentile(waits, part)) for part in (0.5, 0.99))
        told = f"{counts['reports']} order reports, {counts['balance events']} of balances"
        done = f"{counts['refused']} not sent, {counts['lost replies']} reply lost, {counts['canceled']} canceled"
        self.scene.summary = [
            ("events", f"{counts['trades']} trades, {counts['book changes']} changes of the book, {told}"),
            ("orders", f"{counts['orders']} placed, {done}"),
            ("gaps", f"{self.gaps['tape']} of trades, {self.gaps['account']} of the account: one for the one cut"),
            ("latency", f"a trade reaches the program after {half} (median), {most} (99 %)"),
            ("time", f"{self.scene.elapsed:.1f} s"),
        ]


def _missing(ids: list[int]) -> list[int]:
    known = set(ids)
    return [number for number in range(ids[0], ids[-1]) if number not in known] if ids else []


def _at(price: Decimal) -> str:
    return f"at {money(price)}" if price else "at the market"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
