"""G7, G8, G9, G11, G19: how often we connect, what we hold in memory, how we close, and what a standstill costs.

All on virtual time and in memory; `tests/scenarios` does over real sockets what needs the wire.
"""

from __future__ import annotations

import asyncio
import bisect
import gc
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from binance_async import Binance, Environment
from binance_async.core.events import Gap, RawEvent
from binance_async.errors import BinanceError, SlowConsumer
from binance_async.net.memory import MAX_SIZE, MemoryNetwork
from binance_async.net.seams import Seams
from binance_async.net.virtual import VirtualClock, VirtualLoop
from binance_async.simulator import Simulator
from binance_async.simulator.actions import (
    Close,
    DropAck,
    EndFile,
    Freeze,
    HalfOpen,
    LoseReply,
    Push,
    RefuseHandshake,
    Reset,
    Shutdown,
    SlowHandshake,
    SlowReply,
    Unreachable,
)
from binance_async.spot import streams
from tests.chaos.goals import Figures, collect, demand
from tests.chaos.load import Load

MIB = 2**20
FLAPS = (Close(1000), Close(1001), Close(1008, "policy"), Reset(), EndFile())


def most_within(times: list[float], period: float) -> int:
    """The most that fall into any stretch of this length."""
    return max((bisect.bisect_left(times, at + period) - index for index, at in enumerate(times)), default=0)


# G7


async def connects(size: int, seed: int) -> Figures:
    """G7: 100 sockets that flap for `size` minutes: connects, and messages a second, as the exchange counts them."""
    chance = random.Random(seed)
    symbols = [f"C{index:02}USDT" for index in range(100)]
    async with Simulator(seed=seed, transport="memory", symbols=symbols) as exchange:
        async with Binance(environment=exchange.environment) as binance:
            binance.spot._hub.max_streams = 1
            tried: list[float] = []
            connect, loop = binance._manager.connect, asyncio.get_running_loop()

            async def spy(*args: Any, **options: Any) -> Any:
                tried.append(loop.time())
                return await connect(*args, **options)

            binance._manager._connect = spy
            for flap in FLAPS:
                exchange.faults.add(flap, opened="*", probability=1 / len(FLAPS))
            exchange.faults.add(RefuseHandshake(503), opening="*", probability=0.2)
            opening = [asyncio.ensure_future(binance.spot.stream(streams.trade(symbol)).open()) for symbol in symbols]
            for _ in range(size * 60):
                await asyncio.sleep(chance.uniform(0.5, 1.5))
                sessions = list(exchange.exchange.sessions.values())
                if sessions:
                    chance.choice(sessions).suffer(chance.choice(FLAPS))
            for each in opening:
                each.cancel()
            await asyncio.gather(*opening, return_exceptions=True)
            exchange.faults.clear()
            binance.spot._hub.max_streams = 1_000
            await _churn(binance, symbols, chance)
        most = most_within(tried, 300.0)
        fastest = max(record.fastest for record in exchange.history.connections())
        demand(most <= 60, f"{most} connects within 5 minutes")
        demand(fastest <= 4, f"{fastest} messages within a second")
        return {"connects": len(tried), "most in 5 min": most, "most messages a second": fastest}


async def _churn(binance: Binance, symbols: list[str], chance: random.Random) -> None:
    """Streams come and go as fast as anyone can want them to, on a link that stays."""
    async with binance.spot.stream(streams.trade(symbols[0])) as market:
        for _ in range(200):
            some = [streams.book_ticker(symbol) for symbol in chance.sample(symbols, 5)]
            adding = asyncio.ensure_future(market.add(*some))
            await asyncio.sleep(chance.uniform(0.0, 0.4))
            await market.drop(*some[:3])
            adding.cancel()
            await asyncio.gather(adding, return_exceptions=True)


# G8


def resident() -> float:
    """What this process has in memory, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / MIB


class _Source:
    """A server in memory that sends frames as fast as it can, pings in between, and acknowledges what it is asked."""

    def __init__(self, network: MemoryNetwork) -> None:
        self.sent = 0
        self.pinged: dict[bytes, float] = {}
        self.pongs: list[float] = []
        self._network = network
        self.environment: Any = None
        network.serve("wss://stream.source", websocket=self._accept)

    def _accept(self, target: str, headers: Any, peer: Any) -> Any:
        self._peer = peer
        return self

    def on_message(self, data: bytes) -> None:
        request_id = data.partition(b'"id":')[2].partition(b",")[0].rstrip(b"}")
        self._peer.send(b'{"result":null,"id":' + request_id + b"}")

    def on_ping(self, payload: bytes) -> None: ...

    def on_pong(self, payload: bytes) -> None:
        if payload in self.pinged:
            self.pongs.append(asyncio.get_running_loop().time() - self.pinged.pop(payload))

    def on_closed(self, code: int, reason: str) -> None: ...

    async def flood(self, messages: int) -> None:
        """That many trades, 50 in each millisecond."""
        loop = asyncio.get_running_loop()
        head = b'{"stream":"btcusdt@trade","data":{"e":"trade","E":1700000000000,"s":"BTCUSDT","t":'
        tail = b',"p":"60000.00","q":"0.00100000","T":1700000000000,"m":true,"M":true}}'
        for _ in range(messages // 50):
            for _ in range(50):
                self.sent += 1
                self._peer.send(head + b"%d" % self.sent + tail)
            if self.sent % 5_000 == 0:
                payload = b"%d" % self.sent
                self.pinged[payload] = loop.time()
                self._peer.ping(payload)
            await asyncio.sleep(0.001)


@asynccontextmanager
async def _source() -> AsyncIterator[tuple[_Source, Binance]]:
    network = MemoryNetwork()
    source = _Source(network)
    seams = Seams(clock=VirtualClock(asyncio.get_running_loop()), http=network.http, connect=network.connect)
    environment = Environment.custom(
        "spot", rest="https://rest.source", stream="wss://stream.source", extra_hosts=("rest.source", "stream.source"),
        seams=seams,
    )  # fmt: skip
    async with Binance(environment=environment) as binance:
        yield source, binance
    await network.close()


async def memory(size: int, seed: int) -> Figures:
    """G8: `size` messages to consumers that stall, under each policy, and as many to one that does not."""
    async with _source() as (source, binance):
        names = streams.as_float.trade("BTCUSDT")
        stalled = {
            policy: binance.spot.stream(names, bound=10_000, policy=policy)  # type: ignore[arg-type]
            for policy in ("drop_oldest", "conflate", "fail")
        }
        for market in stalled.values():
            await market.open()
        gc.collect()
        before = resident()
        await source.flood(size)
        await asyncio.sleep(0.1)
        gc.collect()
        growth = resident() - before
        demand(growth <= 64, f"{growth:.0f} MiB more with stalled consumers")
        for policy, market in stalled.items():
            total = market.delivered + market.dropped + market.conflated + market.queued
            demand(total == market.received, f"{policy}: {total} accounted for of {market.received}")
            expected = 10_001 if policy == "fail" else source.sent
            demand(market.received == expected, f"{policy}: {market.received} received of {source.sent}")
        await _end_of_stall(stalled, source.sent)
        slope = await _with_a_consumer(source, binance, names, size)
        demand(max(source.pongs) <= 1.0, "a pong was late")
        demand(not source.pinged, "a ping was not answered")
        return {
            "messages": source.sent,
            "growth with stalled consumers, MiB": round(growth, 1),
            "growth with a consumer, MiB per M messages": round(slope, 2),
            "slowest pong, s": max(source.pongs),
        }


async def _end_of_stall(stalled: dict[str, Any], sent: int) -> None:
    """The consumers come back."""
    first = await stalled["drop_oldest"].next(1)
    demand(isinstance(first, Gap) and first.dropped == sent - 10_000, f"told of {first}, {sent} were sent")
    second = await stalled["drop_oldest"].next(1)
    demand(second.trade_id == sent - 9_999, f"goes on with {second.trade_id}")
    latest = await stalled["conflate"].next(1)
    demand(latest.trade_id == sent and stalled["conflate"].queued == 0, f"the newest is {latest.trade_id}")
    seen: list[Any] = []
    try:
        await collect(stalled["fail"], seen)
    except SlowConsumer:
        demand(len(seen) == 10_001, f"{len(seen)} before the failure")
    else:
        demand(False, "a slow consumer did not fail")
    for market in stalled.values():
        await market.close()


async def _with_a_consumer(source: _Source, binance: Binance, names: Any, size: int) -> float:
    count = 0

    async def consume(market: Any) -> None:
        nonlocal count
        async for _ in market:
            count += 1

    async with binance.spot.stream(names) as market:
        reader = asyncio.ensure_future(consume(market))
        await source.flood(max(50, size // 10))  # what is made once
        gc.collect()
        before = resident()
        await source.flood(size)
        await asyncio.sleep(0.1)
        gc.collect()
        slope = max(0.0, resident() - before) / (size / 1e6)
        demand(count == market.received == size + max(50, size // 10), f"{count} consumed of {market.received}")
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
    demand(slope <= 1.0 or size < 10**6, f"{slope:.2f} MiB more for each million messages")
    return slope


# G9


@dataclass
class Life:
    """A client in some state, and what its user is waiting for meanwhile."""

    exchange: Simulator
    binance: Binance
    pace: float = 1.0
    """How long a second is: over real sockets nobody wants to wait."""
    waiting: dict[str, asyncio.Task[Any]] = field(default_factory=dict)

    def user(self, name: str, work: Awaitable[Any]) -> asyncio.Task[Any]:
        """Something that a user waits for; it must end with the client."""
        self.waiting[name] = asyncio.ensure_future(work)
        return self.waiting[name]

    async def some_time(self, seconds: float = 1.0) -> None:
        """Let things get under way."""
        await asyncio.sleep(seconds * self.pace)

    def market(self, *symbols: str) -> Any:
        """A subscription."""
        return self.binance.spot.stream(*(streams.trade(symbol) for symbol in symbols or ("BTCUSDT",)))

    async def reading(self, *symbols: str) -> Any:
        """An open subscription that somebody reads."""
        market = self.market(*symbols)
        await market.open()
        self.user("reader", collect(market, []))
        return market

    async def placing(self) -> None:
        """An order that is on its way."""
        order = ("BTCUSDT", "BUY", "LIMIT")
        more = {"time_in_force": "GTC", "quantity": "0.001", "price": "30000"}
        self.user("order", self.binance.spot.place_order(*order, **more))  # type: ignore[arg-type]
        await asyncio.sleep(0)


State = Callable[[Life], Awaitable[None]]
STATES: dict[str, State] = {}
WIRE_STATES = ("a request is under way", "waiting for the answer to an order")
"""Those in which HTTP requests are under way. The network in memory does not end them when its adapter is closed."""


def _state(make: State) -> State:
    STATES[make.__name__.replace("_", " ")] = make
    return make


@_state
async def never_used(life: Life) -> None: ...


@_state
async def closed_already(life: Life) -> None:
    await life.reading()
    await life.binance.close()


@_state
async def no_answer_to_the_connect(life: Life) -> None:
    life.exchange.faults.add(HalfOpen(), opening="*")
    life.user("open", life.market().open())
    await life.some_time()


@_state
async def slow_handshake(life: Life) -> None:
    life.exchange.faults.add(SlowHandshake(5), opening="*")
    life.user("open", life.market().open())
    await life.some_time()


@_state
async def between_two_tries(life: Life) -> None:
    life.exchange.faults.add(RefuseHandshake(429, headers={"retry-after": "100"}), opening="*")
    life.user("open", life.market().open())
    await life.some_time()


@_state
async def waiting_for_a_place_to_connect(life: Life) -> None:
    life.exchange.faults.add(RefuseHandshake(503), opening="*", times=59)
    manager = life.binance._manager
    await asyncio.gather(*(manager.connect_slot(0.0) for _ in range(60)))
    life.user("open", life.market().open())
    await life.some_time()


@_state
async def subscribing(life: Life) -> None:
    life.exchange.faults.add(DropAck(), control="*")
    life.user("open", life.market().open())
    await life.some_time()


@_state
async def steady(life: Life) -> None:
    await life.reading()
    await life.some_time()


@_state
async def in_a_flood_that_nobody_reads(life: Life) -> None:
    market = life.market()
    await market.open()
    load = Load(life.exchange, 1, market_rate=2_000)
    load.fill_book(10)
    await load.run(0.5)
    for _ in range(100):
        load.market_step()


@_state
async def adding_a_stream(life: Life) -> None:
    market = await life.reading()
    life.exchange.faults.add(DropAck(), control="*")
    life.user("add", market.add(streams.trade("ETHUSDT")))
    await life.some_time()


@_state
async def out_of_reach(life: Life) -> None:
    await life.reading()
    life.exchange.faults.now(Unreachable(1000))
    await asyncio.sleep(30)


@_state
async def connecting_again(life: Life) -> None:
    await life.reading()
    life.exchange.faults.add(HalfOpen(), opening="*")
    life.exchange.faults.now(Reset(), door="stream")
    await life.some_time()


@_state
async def subscribing_again(life: Life) -> None:
    await life.reading()
    life.exchange.faults.add(DropAck(), control="*")
    life.exchange.faults.now(Reset(), door="stream")
    await life.some_time()


@_state
async def a_successor_is_connecting(life: Life) -> None:
    await life.reading()
    life.exchange.faults.add(HalfOpen(), opening="*")
    life.exchange.faults.now(Shutdown(60), door="stream")
    await life.some_time()


@_state
async def a_successor_is_subscribing(life: Life) -> None:
    await life.reading()
    life.exchange.faults.add(DropAck(), control="*")
    life.exchange.faults.now(Shutdown(60), door="stream")
    await life.some_time()


@_state
async def handing_over(life: Life) -> None:
    await life.reading()  # nothing happens on the stream, so the connections overlap for five seconds
    life.exchange.faults.now(Shutdown(60), door="stream")
    await asyncio.sleep(2)


@_state
async def draining(life: Life) -> None:
    async def ask(api: Any) -> None:
        await api.open_orders()

    api = life.binance.spot.websocket()
    await api.open()
    life.exchange.faults.add(SlowReply(8), call="open_orders")
    life.user("request", ask(api))
    await asyncio.sleep(0.1)
    life.exchange.faults.now(Shutdown(60), door="ws_api")
    await asyncio.sleep(2)


@_state
async def half_open(life: Life) -> None:
    await life.reading()
    life.exchange.faults.now(HalfOpen())
    await life.some_time()


@_state
async def frozen(life: Life) -> None:
    await life.reading()
    life.exchange.faults.now(Freeze())
    await life.some_time()


@_state
async def the_exchange_closes_too(life: Life) -> None:
    await life.reading()
    life.exchange.faults.now(Close(1001))


@_state
async def many_links_half_open(life: Life) -> None:
    life.binance.spot._hub.max_streams = 1
    await life.reading("BTCUSDT", "ETHUSDT", "BNBUSDT", "LTCUSDT")
    life.exchange.faults.now(HalfOpen())
    await life.some_time()


@_state
async def a_book_waits_for_its_snapshot(life: Life) -> None:
    life.exchange.faults.add(SlowReply(8), call="depth")
    book = life.binance.spot.order_book("BTCUSDT")
    await book.open()
    life.user("synced", book.synced())
    life.user("changes", collect(book.changes(), []))
    await life.some_time()


@_state
async def a_book_in_step(life: Life) -> None:
    book = life.binance.spot.order_book("BTCUSDT")
    await book.open()
    await book.synced(10)
    life.user("changes", collect(book.changes(), []))


@_state
async def a_request_is_under_way(life: Life) -> None:
    life.exchange.faults.add(SlowReply(8), call="time")
    life.user("request", life.binance.spot.time())
    await life.some_time()


@_state
async def waiting_for_the_answer_to_an_order(life: Life) -> None:
    life.exchange.faults.add(SlowReply(8), call="place_order")
    await life.placing()
    await life.some_time()


@_state
async def resolving_an_order(life: Life) -> None:
    life.exchange.faults.add(LoseReply(), call="place_order")
    life.exchange.faults.add(SlowReply(8), call="order")
    await life.placing()
    await life.some_time()


@_state
async def logging_on(life: Life) -> None:
    life.exchange.faults.add(SlowReply(8), call="session_logon")
    life.user("open", life.binance.spot.websocket().open())
    await life.some_time()


@_state
async def user_data_steady(life: Life) -> None:
    account = life.binance.spot.user_data()
    await account.start()
    life.user("reader", collect(account, []))


@_state
async def user_data_reconciling(life: Life) -> None:
    await user_data_steady(life)
    life.exchange.faults.add(SlowReply(8), call="open_orders")
    life.exchange.faults.now(Reset(), door="ws_api")
    await asyncio.sleep(1)


async def close_in(state: str, seed: int = 1, *, sockets: bool = False) -> float:
    """How long it takes to close a client in this state; raises if it leaves anything behind."""
    complaints: list[Any] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    symbols = ["BTCUSDT", "ETHUSDT", "BNBUSDT", "LTCUSDT"]
    transport: Any = "sockets" if sockets else "memory"
    async with Simulator(seed=seed, transport=transport, symbols=symbols) as exchange:
        binance = Binance(exchange.keys["ed25519"].credentials, environment=exchange.environment)
        life = Life(exchange, binance, 0.1 if sockets else 1.0)
        await STATES[state](life)
        start = loop.time()
        await life.binance.close()
        took = loop.time() - start
        demand(took < 1.0, f"{state}: closing took {took:.2f} s")
        await _users_are_told(state, life)
        await life.binance.close()  # once more
        left = [task.get_name() for task in asyncio.all_tasks() if _is_clients(task)]
        demand(not left, f"{state}: left behind {left}")
        exchange.faults.clear()
    await asyncio.sleep(0)
    demand(not complaints, lambda: f"{state}: {complaints}")
    return took


def _is_clients(task: asyncio.Task[Any]) -> bool:
    """Whether the package's own code runs in it, the embedded exchange's aside."""
    code = getattr(task.get_coro(), "cr_code", None)
    where = code.co_filename if code is not None else ""
    return "binance_async" in where and "simulator" not in where and "memory.py" not in where


async def _users_are_told(state: str, life: Life) -> None:
    """Whoever waits for something hears of the end, in the words of the package."""
    await asyncio.sleep(0.01)
    for name, task in life.waiting.items():
        demand(task.done(), f"{state}: {name} is still waiting")
        error = task.exception()
        demand(error is None or isinstance(error, BinanceError), f"{state}: {name} ended with {error!r}")
        demand(error is not None or name in ("reader", "changes"), f"{state}: {name} ended as if it had succeeded")


async def close(size: int, seed: int) -> Figures:
    """G9: closing from every state, `size` times."""
    slowest: dict[str, float] = {}
    for again in range(size):
        for state in STATES.keys() - set(WIRE_STATES):
            slowest[state] = max(slowest.get(state, 0.0), await close_in(state, seed + again))
    worst = max(slowest, key=lambda state: slowest[state])
    gc.collect()  # what was not closed warns now, and warnings are errors
    return {"states": len(slowest), "times": size, "slowest, s": round(slowest[worst], 3), "in": worst, "left": 0}


# G11


def block(seconds: float) -> None:
    """Let the event loop stand still, as a callback that computes for so long would."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop._now += seconds


async def blocked(size: int, seed: int) -> Figures:
    """G11: the loop stands still for 5 s and for 30 s, `size` times each, at any moment, under load."""
    chance = random.Random(seed)
    figures: Figures = {}
    for seconds, allowed in ((5.0, 0), (30.0, 1)):
        worst = 0
        for _ in range(size):
            losses = await _one_block(seconds, chance)
            demand(losses <= allowed, f"{losses} reconnects after a block of {seconds:g} s")
            worst = max(worst, losses)
        figures[f"reconnects after {seconds:g} s"] = worst
    return figures | {"times": size}


async def _one_block(seconds: float, chance: random.Random) -> int:
    async with Simulator(seed=chance.randrange(10**6), transport="memory", symbols=["BTCUSDT"]) as exchange:
        link = exchange.network.link("wss://stream.spot.simulated")  # type: ignore[union-attr]
        link.latency = lambda: chance.uniform(0.0, 0.2)
        load = Load(exchange, 1, market_rate=100)
        load.fill_book(20)
        seen: list[Any] = []
        async with Binance(environment=exchange.environment) as binance:
            market = binance.spot.stream(streams.trade("BTCUSDT"), bound=10**6)
            book = binance.spot.order_book("BTCUSDT")
            async with market, book:
                await book.synced(10)
                reader = asyncio.ensure_future(collect(market, seen))
                await load.run(chance.uniform(0.1, 15.2))  # a whole round of pings
                block(seconds)
                for _ in range(int(100 * seconds)):  # the exchange did not stand still
                    load.market_step()
                await load.run(20)
                await asyncio.sleep(2)
                shard = binance.spot._hub.shards[0]
                truth = exchange.engine.depth("BTCUSDT", 1000)
                demand(book.is_synced and book.last_update_id == truth["lastUpdateId"], "the book is behind")
                bids = [(Decimal(price), Decimal(quantity)) for price, quantity in truth["bids"]]
                demand(book.bids() == bids, "the book differs")
                trades = [event.trade_id for event in seen if not isinstance(event, Gap)]
                gaps = sum(isinstance(event, Gap) for event in seen)
                demand(gaps == shard.link.losses, f"{gaps} gaps for {shard.link.losses} losses")
                doubled = [trade for trade, count in Counter(trades).items() if count > 1]
                demand(not doubled, f"doubled: {doubled[:3]}")
                if not gaps:
                    demand(trades == load.trades[-len(trades) :], "trades were lost")
                reader.cancel()
                await asyncio.gather(reader, return_exceptions=True)
                return shard.link.losses


# G19


async def huge(size: int, seed: int) -> Figures:
    """G19: a message of 32 MiB is taken; a longer one ends its own socket and no other."""
    async with (
        Simulator(seed=seed, transport="memory", symbols=["BTCUSDT", "ETHUSDT"]) as exchange,
        Binance(environment=exchange.environment) as binance,
    ):
        binance.spot._hub.max_streams = 1
        big, other = (binance.spot.stream(streams.trade(symbol)) for symbol in ("BTCUSDT", "ETHUSDT"))
        async with big, other:
            room = MAX_SIZE - len('{"stream":"btcusdt@trade","data":{"x":""}}')
            for _ in range(size):
                exchange.faults.now(Push(f'{{"x":"{"x" * room}"}}', stream="btcusdt@trade"))
                event = await big.next(5)
                demand(isinstance(event, RawEvent) and len(event.body) == room + 8, "32 MiB were not taken")
                del event
            losses = [shard.link.losses for shard in binance.spot._hub.shards]
            demand(losses == [0, 0], f"losses: {losses}")
            exchange.faults.now(Push(f'{{"x":"{"x" * (room + 1)}"}}', stream="btcusdt@trade"))
            gap = await big.next(5)
            demand(isinstance(gap, Gap), f"{gap!r} after a message that is too long")
            losses = [shard.link.losses for shard in binance.spot._hub.shards]
            demand(losses == [1, 0], f"losses: {losses}")
            demand(other.queued == 0, "the other was disturbed")
    return {"messages of 32 MiB": size, "python": sys.version.split()[0]}
