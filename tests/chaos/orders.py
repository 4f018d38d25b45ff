"""The goals about orders and requests: G4, G5, G6, G10 and G12, in the manner of `goals`.

Each is a function of a size and a seed that returns figures or raises `Broken`, on the virtual clock and the in-memory
network, so that a failed run replays from its seed.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import replace
from decimal import Decimal
from typing import Any

from binance_async import Binance, Timings
from binance_async.core.endpoint import Endpoint, endpoints
from binance_async.errors import BinanceError, BudgetExhausted, ConnectFailed, RateLimited, Unavailable
from binance_async.net.seams import Connect, Http, HttpReply, Seams, SocketHandler
from binance_async.simulator.actions import DoubleReply, ForeignWeight, SlowReply, StrayReply
from binance_async.simulator.engine import NewOrder
from binance_async.simulator.faults import Rule
from binance_async.simulator.rules import RateLimit, rules_for
from binance_async.spot import Calls, WebsocketCalls
from tests.chaos.goals import Broken, Figures, demand
from tests.chaos.trader import FENCE, LATEST, Desk, Trader, open_desk, trouble_queries
from tests.chaos.verdicts import Deed, Truth


async def outcomes(size: int, seed: int, *, route: str = "rest", user_stream: bool = True) -> Figures:
    """G4 and G5: orders of every kind, 30 % of them faulty; no wrong verdict, nothing doubled, all resolved in time."""
    chance = random.Random(f"orders/{seed}")
    async with open_desk(seed, route, user_stream=user_stream) as desk:
        exchange, resolver = desk.exchange, desk.resolver
        trouble_queries(exchange)
        if route != "rest":
            exchange.faults.add(DoubleReply(0.1), door="ws_api", call="*", probability=0.05)
            exchange.faults.add(StrayReply(), door="ws_api", call="*", probability=0.05)
        trader = Trader(desk, chance, faulty=0.3)
        running: set[asyncio.Task[None]] = set()
        for _ in range(size):
            task = asyncio.ensure_future(trader.one())
            running.add(task)
            await asyncio.sleep(chance.expovariate(3.0))
        await asyncio.gather(*running)
        await asyncio.sleep(LATEST)
        ended = resolver.resolved + resolver.absent + resolver.unresolved
        demand(resolver.unknown == ended, f"{resolver.unknown} outcomes were lost, {ended} found out in time")
        await asyncio.sleep(300)  # what comes late comes by now, and what should raise an alarm has raised it
        truth = Truth.of(exchange)
        truth.judge(trader.deeds, alarms=desk.alarms, fence=FENCE)
        slowest = max((deed.took for deed in trader.deeds), default=0.0)
        demand(slowest <= LATEST, lambda: f"resolved after {slowest:.1f} s: {max(trader.deeds, key=lambda d: d.took)}")
        counters = exchange.counters
        demand(not exchange.exchange.limiter.refused, f"{exchange.exchange.limiter.refused} answers were 429")
        return {
            "route": route,
            "user stream": user_stream,
            "orders": len(trader.deeds),
            "faulty": sum(bool(deed.note) for deed in trader.deeds),
            "told": dict(Counter(deed.told for deed in trader.deeds)),
            "lost outcomes": resolver.unknown,
            "resolved": resolver.resolved,
            "absent": resolver.absent,
            "alarms": len(desk.alarms),
            "slowest, s": round(slowest, 2),
            "requests": counters["rest"] + counters["ws_api"],
            "most requests a write": max(map(truth.attempts, trader.deeds), default=0),
            "wrong": 0,
            "doubled": 0,
        }


async def every_route(size: int, seed: int) -> Figures:
    """G4 and G5 over REST and the WebSocket API, with events and without."""
    ways = [("rest", True), ("rest", False), ("hmac", False), ("ed25519", True)]
    return {
        f"{route}, {'with' if user_stream else 'without'} events": await outcomes(
            size, seed, route=route, user_stream=user_stream
        )
        for route, user_stream in ways
    }


# G6: limits


class Tap:
    """Watches what one client sends and is told, for requests during an embargo."""

    def __init__(self, seams: Seams) -> None:
        self.clock = seams.clock
        self.seams = replace(seams, http=self._open_http, connect=self._open_connect)
        self.until = float("-inf")
        """No request before, on the machine's clock, which here is the exchange's."""
        self.sent = 0
        self.told: Counter[int] = Counter()
        self.violations: list[str] = []
        self._under = seams

    def _open_http(self, **options: Any) -> Http:
        return TappedHttp(self, self._under.http(**options))

    def _open_connect(self, **options: Any) -> Connect:
        connect = self._under.connect(**options)

        async def tapped(url: str, handler: SocketHandler, *, timeout: float) -> Any:
            self.sends("a handshake")
            return TappedSocket(self, await connect(url, TappedHandler(self, handler), timeout=timeout))

        return tapped

    def sends(self, what: str) -> None:
        """A request leaves."""
        self.sent += 1
        if self.clock.wall() < self.until:
            self.violations.append(f"{what} {self.until - self.clock.wall():.2f} s too early")

    def hears(self, status: int, code: int | None, retry_at: float) -> None:
        """An answer comes."""
        if status in (418, 429) and code != -1015:
            self.told[status] += 1
            self.until = max(self.until, retry_at)


class TappedHttp:
    """The seam `Http`."""

    def __init__(self, tap: Tap, inner: Http) -> None:
        self._tap, self._inner = tap, inner

    async def request(self, method: str, url: str, **options: Any) -> HttpReply:
        self._tap.sends(f"{method} {url.partition('?')[0]}")
        reply = await self._inner.request(method, url, **options)
        if reply.status in (418, 429):
            code = json.loads(reply.body)["code"]
            self._tap.hears(reply.status, code, self._tap.clock.wall() + float(reply.headers["retry-after"]))
        return reply

    async def close(self) -> None:
        await self._inner.close()


class TappedSocket:
    """The seam `Socket`."""

    def __init__(self, tap: Tap, inner: Any) -> None:
        self._tap, self._inner = tap, inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def send(self, data: bytes) -> None:
        self._tap.sends(json.loads(data)["method"])
        self._inner.send(data)


class TappedHandler:
    """The seam `SocketHandler`."""

    def __init__(self, tap: Tap, inner: Any) -> None:
        self._tap, self._inner = tap, inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def on_message(self, data: bytes) -> None:
        told = json.loads(data)
        if told.get("status") in (418, 429):
            error = told["error"]
            self._tap.hears(told["status"], error["code"], error["data"]["retryAfter"] / 1000)
        self._inner.on_message(data)


async def embargoes(size: int, seed: int) -> Figures:
    """G6: two clients (REST, WebSocket API) and a moving foreign load on one address, for so many minutes."""
    chance = random.Random(f"limits/{seed}")
    async with open_desk(seed) as desk, AsyncExitStack() as stack:
        exchange = desk.exchange
        environment = exchange.environment
        assert environment.seams is not None
        taps = [Tap(environment.seams), Tap(environment.seams)]
        clients = [
            await stack.enter_async_context(
                Binance(exchange.credentials, environment=environment, seams=tap.seams, timings=Timings(stable=1.0))
            )
            for tap in taps
        ]
        session = await stack.enter_async_context(clients[1].spot.websocket())
        told: Counter[str] = Counter()
        loop = asyncio.get_running_loop()
        end = loop.time() + 60 * size

        async def consume(api: Any) -> None:
            while loop.time() < end:
                kind = chance.choice(["depth", "depth", "klines", "account", "orders", "orders"])
                try:
                    if kind == "depth":
                        await api.depth("BTCUSDT", limit=5000)
                    elif kind == "klines":
                        await api.klines("BTCUSDT", "1m")
                    elif kind == "account":
                        await api.account()
                    else:
                        await _place_and_cancel(api)
                except RateLimited:
                    told["429"] += 1
                except BudgetExhausted:
                    told["no room"] += 1
                except (ConnectFailed, Unavailable):
                    told["no connection"] += 1
                else:
                    told[kind] += 1
                await asyncio.sleep(chance.uniform(0.0, 0.3))

        async def neighbours() -> None:
            while loop.time() < end:
                share = 0.6 + 0.35 * math.sin(loop.time() / 40)
                burst = 6000 if chance.random() < 0.05 else 0
                exchange.faults.now(ForeignWeight(int(6000 / 60 * share) + burst))
                await asyncio.sleep(1)

        apis = [clients[0].spot, clients[0].spot, session, session]
        await asyncio.gather(neighbours(), *(consume(api) for api in apis))
        limiter = exchange.exchange.limiter
        violations = [each for tap in taps for each in tap.violations]
        demand(limiter.banned == 0, f"{limiter.banned} answers were 418")
        demand(not violations, lambda: f"{len(violations)} requests in an embargo: {violations[:3]}")
        demand(told["429"] > 0, "the limit was never reached")
        return {
            "minutes": size,
            "sent": [tap.sent for tap in taps],
            "answers 429": sum(tap.told[429] for tap in taps),
            "answers 418": 0,
            "requests in an embargo": 0,
            "calls": dict(told),
        }


async def _place_and_cancel(api: Any) -> None:
    order = await api.place_order(
        "BTCUSDT", "BUY", "LIMIT", time_in_force="GTC", quantity="0.001", price="50000", new_order_resp_type="ACK"
    )
    while True:
        try:
            await api.cancel_order("BTCUSDT", order_id=order.order_id)
        except (BudgetExhausted, RateLimited, ConnectFailed):
            await asyncio.sleep(1)
        else:
            return


# G10: cancelling


EASY = replace(rules_for("spot"), weight=RateLimit("REQUEST_WEIGHT", "MINUTE", 1, 10**9))
"""An exchange that nobody reaches the limits of."""

ARGUMENTS: dict[str, Any] = {
    "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "0.01", "price": "50000", "interval": "1m",
    "above_type": "LIMIT_MAKER", "below_type": "STOP_LOSS", "stop_price": "30000", "working_type": "LIMIT",
    "working_side": "BUY", "working_price": "50000", "working_quantity": "0.01", "pending_type": "LIMIT_MAKER",
    "pending_side": "SELL", "pending_quantity": "0.01", "pending_above_type": "LIMIT_MAKER", "listen_key": "x" * 60,
    "new_qty": "0.009", "cancel_replace_mode": "STOP_ON_FAILURE", "from_id": 1, "order_id": 1,
}  # fmt: skip
"""What required parameters are given."""

MORE: dict[str, dict[str, Any]] = {
    "place_order": {"time_in_force": "GTC", "quantity": "0.01", "price": "50000"},
    "test_order": {"time_in_force": "GTC", "quantity": "0.01", "price": "50000"},
    "place_oco": {"side": "SELL", "above_price": "70000", "below_stop_price": "30000"},
    "place_oco_deprecated": {"side": "SELL", "price": "70000"},
    "place_oto": {"working_time_in_force": "GTC", "pending_price": "80000"},
    "place_sor_order": {"time_in_force": "GTC", "price": "50000"},
    "test_sor_order": {"time_in_force": "GTC", "price": "50000"},
    "cancel_replace": {"time_in_force": "GTC", "quantity": "0.01", "price": "50000"},
    "ticker_24h": {"symbol": "BTCUSDT"},
    "ticker_trading_day": {"symbol": "BTCUSDT"},
    "ticker": {"symbol": "BTCUSDT"},
    "exchange_info": {"symbol": "BTCUSDT"},
}
"""And what else some calls need."""

CORE = ("place_order", "cancel_order", "cancel_replace", "amend_order", "order", "klines")


def arguments_of(endpoint: Endpoint, order_id: int) -> dict[str, Any]:
    """Arguments with which a call can succeed."""
    name = endpoint.name.rpartition(".")[2]
    given = {p.name: ARGUMENTS[p.name] for p in endpoint.parameters if p.required} | MORE.get(name, {})
    if name in ("order", "cancel_order", "amend_order", "order_amendments"):
        given["order_id"] = order_id
    elif name == "cancel_replace":
        given["cancel_order_id"] = order_id
    elif name in ("order_list", "cancel_order_list"):
        given["order_list_id"] = 0
    return given


async def cancels(size: int, seed: int, *, route: str = "rest") -> Figures:
    """G10: calls (all, or the first so many) cancelled after each number of turns of the loop, until they end first."""
    calls = [
        e for e in endpoints(Calls if route == "rest" else WebsocketCalls) if not e.name.endswith("session_logout")
    ]
    calls.sort(key=lambda e: e.name.rpartition(".")[2] not in CORE)
    figures: Counter[str] = Counter()
    async with open_desk(seed, route, latency=(0.0, 0.0), rules=EASY) as desk:
        await desk.api.exchange_info()
        for endpoint in calls[:size]:
            for turns in range(200):
                ended = await _cancelled_after(desk, endpoint, turns)
                figures["cancels"] += not ended
                if ended:
                    break
            else:
                demand(False, f"{endpoint.name} has no end")
            figures["most turns"] = max(figures["most turns"], turns)
        resolver = desk.resolver
        ended = resolver.resolved + resolver.absent + resolver.unresolved
        demand(resolver.unknown == ended, f"{resolver.unknown} outcomes were lost, {ended} found out")
        demand(resolver.unresolved == 0, f"{resolver.unresolved} outcomes are left unknown")
        figures["resolved"] = resolver.unknown
    return {"route": route, "calls": len(calls[:size]), **figures, "left behind": 0, "crossed": 0}


async def _cancelled_after(desk: Desk, endpoint: Endpoint, turns: int) -> bool:
    """Whether the call ended before it was cancelled."""
    exchange, api = desk.exchange, desk.api
    price = Decimal(50_000) + turns
    order = NewOrder("BTCUSDT", "BUY", "LIMIT", "GTC", Decimal("0.01"), price=price)
    order_id = exchange.engine.place(exchange.account.uid, order)["orderId"]
    before = asyncio.all_tasks()
    call = getattr(api, endpoint.name.rpartition(".")[2])
    task = asyncio.ensure_future(call(**arguments_of(endpoint, order_id)))
    for _ in range(turns):
        await asyncio.sleep(0)
    ended = task.done()
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled() and not isinstance(task.exception(), (BinanceError, type(None))):
        raise Broken(f"{endpoint.name}: {task.exception()!r}")
    # The next call on the same connections gets its own answer.
    asked = await api.order("BTCUSDT", order_id=order_id)
    demand(asked.order_id == order_id and asked.price == price, f"{endpoint.name}: a reply went to another call")
    await asyncio.sleep(LATEST if endpoint.writes else 0.01)
    _nothing_left(desk, f"{endpoint.name} after {turns} turns", before)
    if exchange.engine.open_orders(exchange.account.uid, "BTCUSDT"):
        exchange.engine.cancel_all(exchange.account.uid, "BTCUSDT")
    return ended


def _nothing_left(desk: Desk, what: str, before: set[asyncio.Task[Any]]) -> None:
    watchman = {t for t in asyncio.all_tasks() if t.get_name().endswith("absent orders")}
    network = {t for t in asyncio.all_tasks() if "net.memory" in str(getattr(t.get_coro(), "cr_code", ""))}
    left = asyncio.all_tasks() - before - watchman - network
    demand(not left, lambda: f"{what}: {len(left)} tasks are left: {left}")
    windows = desk.binance.diagnostics()["limits"]["spot"]["windows"]
    demand(all(window["in_flight"] == 0 for window in windows), f"{what}: room in the budget is still reserved")
    session = getattr(desk.api, "_session", None)
    pending = session.link.current.pending if session is not None and session.link.current is not None else {}
    demand(not pending, f"{what}: {len(pending)} requests are still pending")


async def crossed(size: int, seed: int) -> Figures:
    """G10: replies that are late, doubled, or nobody's, between those of so many calls side by side."""
    chance = random.Random(f"crossed/{seed}")
    async with open_desk(seed, "hmac", rules=EASY) as desk:
        await desk.api.exchange_info()
        place = desk.exchange.engine.place
        uid = desk.exchange.account.uid
        orders = {}
        for number in range(50):
            order = NewOrder("BTCUSDT", "BUY", "LIMIT", "GTC", Decimal("0.01"), price=Decimal(50_000 + number))
            orders[place(uid, order)["orderId"]] = Decimal(50_000 + number)
        add = desk.exchange.faults.add
        strange: list[Rule] = [add(DoubleReply(0.03), call="order", probability=0.1)]
        strange += [add(StrayReply(name), call="order", probability=0.03) for name in (None, "no one's", "17")]
        for delay in (0.05, 0.2, 1.0):
            add(SlowReply(delay), call="order", probability=0.1)
        strange.append(add(SlowReply(10.5), call="order", probability=0.001))

        async def ask() -> None:
            order_id = chance.choice(list(orders))
            found = await desk.api.order("BTCUSDT", order_id=order_id)
            demand(
                (found.order_id, found.price) == (order_id, orders[order_id]),
                f"asked for order {order_id} and was told of {found.order_id}",
            )

        done = 0
        while done < size:
            batch = min(50, size - done)
            await asyncio.gather(*(ask() for _ in range(batch)))
            done += batch
        await asyncio.sleep(15)
        session = desk.api._session
        nobodys = sum(rule.hits for rule in strange)
        demand(session.late_replies == nobodys, f"{session.late_replies} of {nobodys} replies were counted")
        demand(not session.link.current.pending, "requests are still pending")
        demand(session.link.losses == 0, "the connection was lost")
        return {"calls": size, "replies that were nobody's": session.late_replies, "crossed": 0}


# G12: clocks


async def clocks(size: int, seed: int) -> Figures:
    """G12: so many jumps, drifts and suspends; at most one refused timestamp each, nothing doubled."""
    chance = random.Random(f"clocks/{seed}")
    figures: Counter[str] = Counter()
    async with open_desk(seed, "ed25519", user_stream=True) as desk:
        exchange = desk.exchange
        deeds: list[Deed] = []

        def refusals() -> int:
            return sum(record.code == -1021 for record in exchange.history.requests())

        async def trade() -> None:
            for api in (desk.api, desk.binance.spot):
                deed = Deed("place_order", f"deed-{len(deeds)}")
                deeds.append(deed)
                await deed.do(
                    exchange,
                    lambda api=api, deed=deed: api.place_order(  # type: ignore[misc]
                        "BTCUSDT", "BUY", "MARKET", quantity="0.001", new_client_order_id=deed.key
                    ),
                )
                demand(deed.told == "value", f"{deed}")
                await asyncio.sleep(chance.uniform(0, 2))

        async def wall(seconds: float) -> None:
            exchange.client_clock.jump(seconds)

        async def suspended(seconds: float) -> None:
            exchange.clock.jump(seconds)
            exchange.client_clock.jump(seconds)

        async def drift(ppm: float) -> None:
            exchange.clock.drift(ppm)
            for _ in range(18):
                await asyncio.sleep(100)
                await trade()
            exchange.clock.drift(0)

        events: list[tuple[str, Any, float]] = [
            ("this machine's clock jumps", wall, 3600.0), ("this machine's clock jumps", wall, -3600.0),
            ("the machine sleeps", suspended, 600.0), ("the clocks drift", drift, 500.0),
            ("the clocks drift", drift, -500.0),
        ]  # fmt: skip
        await trade()
        for number in range(size):
            name, happen, amount = events[number % len(events)]
            before = refusals()
            await happen(amount)
            for _ in range(3):
                await trade()
            refused = refusals() - before
            demand(refused <= 1, f"{name} by {amount}: {refused} timestamps were refused")
            figures[name] += 1
            figures["refused timestamps"] += refused
        await asyncio.sleep(LATEST)
        Truth.of(exchange).judge(deeds, alarms=desk.alarms)
        demand(desk.resolver.unknown == 0, f"{desk.resolver.unknown} outcomes were lost")
        return {**figures, "orders": len(deeds), "doubled": 0}
