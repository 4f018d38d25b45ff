"""Reading an account over REST: whole lists, whatever their pages; patience; and what is refused for good."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from binance_async import Timings
from binance_async.core.account_state import AccountState, Mark, OrderState
from binance_async.errors import (
    BudgetExhausted,
    ClientClosed,
    ConnectFailed,
    DecodeFailure,
    FirewallRefused,
    RateLimited,
    Rejected,
    Unavailable,
)
from binance_async.net.virtual import VirtualClock, run_virtual
from binance_async.session import account_reader
from binance_async.session.account_reader import AccountReader, Reading

DAY = 86_400_000
NOW = 1_700_000_000_000
NAMES = ("open_orders", "all_orders", "my_trades", "order", "account")


def order(order_id: int, symbol: str = "AAA", *, time: int = NOW, **more: Any) -> Any:
    told = {"status": "NEW", "update_time": time, "executed_qty": 0, **more}
    return SimpleNamespace(symbol=symbol, order_id=order_id, time=time, **told)


def trade(trade_id: int, order_id: int = 1, symbol: str = "AAA", *, time: int = NOW) -> Any:
    return SimpleNamespace(symbol=symbol, id=trade_id, order_id=order_id, time=time)


class Exchange:
    """The five calls, as documented: pages, and spans of a day at most."""

    def __init__(self) -> None:
        self.orders: list[Any] = []
        self.trades: list[Any] = []
        self.open: list[Any] = []
        self.asked: list[tuple[str, dict[str, Any], float]] = []
        self.at_once = 0
        self.most_at_once = 0
        self.seconds = 0.0
        self.failures: dict[str, list[Exception]] = {}

    async def call(self, endpoint: str, bound: dict[str, Any]) -> Any:
        self.asked.append((endpoint, dict(bound), asyncio.get_running_loop().time()))
        failures = self.failures.get(endpoint)
        if failures:
            raise failures.pop(0)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.at_once -= 1
        return getattr(self, f"_{endpoint}")(**bound)

    def _open_orders(self) -> Any:
        return self.open

    def _account(self) -> Any:
        return SimpleNamespace(update_time=NOW, balances=[])

    def _order(self, symbol: str, orderId: int) -> Any:  # noqa: N803
        found = [o for o in self.orders if (o.symbol, o.order_id) == (symbol, orderId)]
        if not found:
            raise Rejected("Order does not exist.", code=-2013)
        return found[0]

    def _all_orders(self, symbol: str, limit: int, **start: int) -> Any:
        return self._page([o for o in self.orders if o.symbol == symbol], limit, "orderId", lambda o: o.order_id, start)

    def _my_trades(self, symbol: str, limit: int, **start: int) -> Any:
        return self._page([t for t in self.trades if t.symbol == symbol], limit, "fromId", lambda t: t.id, start)

    @staticmethod
    def _page(items: list[Any], limit: int, by: str, id_of: Callable[[Any], int], start: dict[str, int]) -> Any:
        if by in start:
            return [each for each in items if id_of(each) >= start[by]][:limit]
        first = start["startTime"]
        return [each for each in items if first <= each.time < first + DAY][:limit]

    def times(self, endpoint: str) -> int:
        return sum(asked[0] == endpoint for asked in self.asked)


class Scene:
    def __init__(self, exchange: Exchange, *symbols: str, timings: Timings | None = None) -> None:
        self.exchange = exchange
        self.state = AccountState(SimpleNamespace())  # type: ignore[arg-type]  # nothing is restored here
        self.state.symbols |= {*symbols}
        clock = VirtualClock(asyncio.get_running_loop(), epoch=NOW / 1000)
        manager = SimpleNamespace(
            rest=lambda _: exchange, clock=clock, timings=timings or Timings(), server_time=lambda _: clock.wall()
        )
        kit = SimpleNamespace(family="spot", **{name: name for name in NAMES})
        self.reader = AccountReader(manager, kit, self.state, "spot.user_data")  # type: ignore[arg-type]

    async def read(self, ago_ms: int = 1000, trades: dict[str, int] | None = None, **more: Any) -> Reading:
        return await self.reader.read(Mark(NOW - ago_ms, trades or {}, **more))


def run(test: Callable[..., Any], *args: Any) -> Any:
    return run_virtual(test(*args))


# Lists


@pytest.mark.parametrize("page", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("known", [None, 3])
def test_all_of_a_list_is_read_once(page: int, known: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also trades of the account with itself, two of which share an id, wherever a page ends."""
    monkeypatch.setattr(account_reader, "PAGE", page)

    async def test() -> None:
        exchange = Exchange()
        exchange.orders = [order(number) for number in range(1, 8)]
        for trade_id in range(1, 9):
            exchange.trades += [trade(trade_id, 1), trade(trade_id, 2)] if trade_id % 3 == 0 else [trade(trade_id)]
        scene = Scene(exchange, "AAA")
        reading = await scene.read(trades={} if known is None else {"AAA": known})
        assert sorted(reading.orders) == [("AAA", number) for number in range(1, 8)]
        told = {(t.id, t.order_id) for t in exchange.trades if known is None or t.id > known}
        missing = told - {key[1:] for key in reading.trades}
        # A page of one cannot show two trades of one id.
        assert missing == (set() if page > 1 else {(6, 2)} if known else {(3, 2), (6, 2)})

    run(test)


@pytest.mark.parametrize("days", [0, 1, 3, 40])
def test_a_span_of_many_days_is_read_day_by_day_until_something_is_found(days: int) -> None:
    async def test() -> None:
        exchange = Exchange()
        exchange.orders = [order(5, time=NOW - 2000), order(6, time=NOW - 1000)]
        exchange.trades = [trade(9, 5, time=NOW - 1000)]
        if days > 30:
            exchange.orders.insert(0, order(4, time=NOW - 30 * DAY))
        reading = await Scene(exchange, "AAA").read(ago_ms=days * DAY + 5_000)
        assert sorted(reading.orders) == [("AAA", each.order_id) for each in exchange.orders]
        assert sorted(reading.trades) == [("AAA", 9, 5)]
        assert exchange.times("my_trades") == days + 1
        assert exchange.times("all_orders") <= days + 2

    run(test)


def test_a_symbol_of_which_less_is_known_is_read_from_earlier() -> None:
    async def test() -> None:
        exchange = Exchange()
        await Scene(exchange, "AAA", "BBB").read(ago_ms=1000, earlier={"BBB": NOW - 70_000})
        starts = {bound["symbol"]: bound["startTime"] for name, bound, _ in exchange.asked if name == "all_orders"}
        assert starts == {"AAA": NOW - 11_000, "BBB": NOW - 80_000}

    run(test)


def test_of_two_tellings_of_an_order_the_further_counts() -> None:
    reading = Reading()
    reading.add_orders([order(1, time=5, executed_qty=1), order(1, time=9, executed_qty=2)])
    reading.add_orders([order(1, time=7, executed_qty=1), order(1, time=9, executed_qty=1)])
    assert (reading.orders["AAA", 1].update_time, reading.orders["AAA", 1].executed_qty) == (9, 2)


def test_a_mark_moves_only_for_what_was_read() -> None:
    reading = Reading(unread={"BBB", "CCC"})
    reading.add_trades([trade(7), trade(5), trade(3, symbol="BBB")])
    mark = reading.mark(Mark(100, {"AAA": 6, "BBB": 1, "DDD": 4}, {"CCC": 50}), 200)
    assert mark == Mark(200, {"AAA": 7, "BBB": 1, "DDD": 4}, {"BBB": 100, "CCC": 50})


# Orders that are open here and not there


def test_orders_that_ended_are_asked_by_the_page_or_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_reader, "PAGE", 100)

    async def test(ids: list[int], pages: int, single: int) -> None:
        exchange = Exchange()
        exchange.orders = [order(number, time=NOW - 9 * DAY) for number in range(1, 2001)]
        scene = Scene(exchange, "AAA")
        scene.state.open = {("AAA", order_id): OrderState("AAA", order_id, "") for order_id in ids}
        reading = await scene.read()
        assert sorted(order_id for _, order_id in reading.orders if order_id in ids) == ids
        assert (exchange.times("all_orders") - 1, exchange.times("order")) == (pages, single)

    run(test, list(range(1, 301)), 3, 0)
    run(test, [1, 2, 3], 0, 3)
    run(test, [1, 500, 1000, 1500, 1600, 1700, 1800], 1, 6)
    run(test, [*range(1, 60), 1900, 1901], 1, 2)


def test_an_order_that_cannot_be_found_is_left_out() -> None:
    async def test() -> None:
        scene = Scene(Exchange(), "AAA")
        scene.state.open = {("AAA", 5): OrderState("AAA", 5, "")}
        reading = await scene.read()
        assert reading.orders == {}
        assert reading.refused == []

    run(test)


def test_the_orders_of_trades_that_nobody_told_of_are_asked_for() -> None:
    async def test() -> None:
        exchange = Exchange()
        exchange.orders = [order(3, time=NOW - 9 * DAY)]
        exchange.trades = [trade(9, 3)]
        reading = await Scene(exchange, "AAA").read()
        assert list(reading.orders) == [("AAA", 3)]
        assert exchange.times("order") == 1

    run(test)


# Patience


@pytest.mark.parametrize(
    ("error", "least", "most"),
    [
        (Unavailable("no answer"), 0.2, 0.3),
        (ConnectFailed("refused"), 0.2, 0.3),
        (BudgetExhausted("no room", retry_at=NOW / 1000 + 42), 42, 43),
        (RateLimited("too many", status=429, retry_at=NOW / 1000 + 7), 7, 8),
        (RateLimited("too many", status=429), 0.2, 0.3),
        (FirewallRefused("no", status=403), 300, 301),
        (BudgetExhausted("no room", retry_at=NOW / 1000 - 5), 0.2, 0.3),
        (Rejected("Timestamp for this request is outside of the recvWindow.", code=-1021), 0.2, 0.3),
    ],
)
@pytest.mark.parametrize("call", NAMES)
def test_what_passes_is_waited_for(error: Exception, least: float, most: float, call: str) -> None:
    async def test() -> None:
        exchange = Exchange()
        exchange.orders = [order(5, time=NOW - DAY)]
        exchange.failures[call] = [error]
        scene = Scene(exchange, "AAA")
        scene.state.open = {("AAA", 5): OrderState("AAA", 5, "")}
        reading = await scene.read()
        assert list(reading.orders) == [("AAA", 5)]
        times = [at for name, _, at in exchange.asked if name == call]
        assert least <= times[1] - times[0] <= most
        assert len(exchange.asked) == 6, "only the one question is asked again"

    run(test)


def test_the_pauses_grow() -> None:
    async def test() -> None:
        exchange = Exchange()
        exchange.failures["open_orders"] = [Unavailable("no answer") for _ in range(9)]
        await Scene(exchange).read()
        times = [at for name, _, at in exchange.asked if name == "open_orders"]
        pauses = [round(after - before, 3) for before, after in itertools.pairwise(times)]
        assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 8.0, 8.0, 8.0]

    run(test)


def test_waiting_keeps_to_the_unit_of_time() -> None:
    async def test() -> None:
        exchange = Exchange()
        exchange.failures["open_orders"] = [BudgetExhausted("no room", retry_at=NOW / 1000 + 60)]
        await Scene(exchange, timings=Timings().scaled(0.01)).read()
        assert round(exchange.asked[1][2], 3) == 0.6

    run(test)


def test_timestamps_that_are_refused_again_and_again_end_the_reading() -> None:
    """`recvWindow` is shorter than the way: no patience mends that."""

    async def test() -> None:
        exchange = Exchange()
        exchange.failures["open_orders"] = [Rejected("Too late.", code=-1021) for _ in range(100)]
        with pytest.raises(Rejected, match="-1021"):
            await Scene(exchange).read()
        assert exchange.times("open_orders") == account_reader.MOST_CLOCK_REFUSALS + 1

    run(test)


@pytest.mark.parametrize("error", [Rejected("Illegal", code=-1100), DecodeFailure("no JSON"), ClientClosed("closed")])
def test_a_refusal_for_good_ends_the_reading(error: Exception) -> None:
    async def test() -> None:
        exchange = Exchange()
        exchange.failures["open_orders"] = [error]
        with pytest.raises(type(error)):
            await Scene(exchange, "AAA").read()
        assert len(exchange.asked) == 1

    run(test)


@pytest.mark.parametrize("call", ["all_orders", "my_trades"])
@pytest.mark.parametrize("error", [Rejected("Invalid symbol.", code=-1121), DecodeFailure("no JSON")])
def test_a_symbol_that_is_refused_is_left_out_and_named(call: str, error: Exception) -> None:
    async def test() -> None:
        exchange = Exchange()
        exchange.failures[call] = [error]
        exchange.orders = [order(1), order(2, "BBB")]
        reading = await Scene(exchange, "AAA", "BBB").read()
        assert reading.unread == {"AAA"}
        assert reading.refused == ["orders and trades of AAA"]
        assert ("BBB", 2) in reading.orders

    run(test)


@pytest.mark.parametrize("call", ["open_orders", "all_orders", "my_trades", "order", "account"])
def test_a_key_that_is_refused_ends_the_reading_wherever(call: str) -> None:
    async def test() -> None:
        exchange = Exchange()
        exchange.failures[call] = [Rejected("Invalid API-key.", code=-2015)]
        scene = Scene(exchange, *(f"S{number}" for number in range(20)))
        scene.state.open = {("S1", 5): OrderState("S1", 5, "")}
        with pytest.raises(Rejected, match="-2015"):
            await scene.read()
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}, "the other symbols' questions have ended too"

    run(test)


def test_balances_that_cannot_be_read_are_named() -> None:
    async def test() -> None:
        exchange = Exchange()
        exchange.failures["account"] = [DecodeFailure("no JSON")]
        reading = await Scene(exchange).read()
        assert reading.account is None
        assert reading.refused == ["balances"]

    run(test)


def test_symbols_are_read_side_by_side_but_not_all_at_once() -> None:
    async def test() -> None:
        exchange = Exchange()
        exchange.seconds = 0.1
        await Scene(exchange, *(f"S{number}" for number in range(40))).read()
        assert exchange.most_at_once == account_reader.AT_ONCE
        assert asyncio.get_running_loop().time() == pytest.approx(0.1 + 5 * 0.2 + 0.1)

    run(test)


def test_a_reading_that_is_cancelled_leaves_nothing() -> None:
    async def test() -> None:
        exchange = Exchange()
        exchange.seconds = 1.0
        scene = Scene(exchange, *(f"S{number}" for number in range(40)))
        for seconds in (0.5, 1.5, 2.5):
            reading = asyncio.ensure_future(scene.read())
            await asyncio.sleep(seconds)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            assert asyncio.all_tasks() == {asyncio.current_task()}
        assert exchange.at_once == 0

    run(test)
