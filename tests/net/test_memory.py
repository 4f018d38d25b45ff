"""The network in memory: delivery, order, and every fault as both sides of a connection see it."""

from __future__ import annotations

import asyncio
import random
import traceback
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from binance_async.net.memory import MAX_SIZE, HttpFault, Link, MemoryNetwork, MemorySocket
from binance_async.net.seams import Clock, Disconnected, HttpReply, NotConnected, Seams, SocketHandler
from binance_async.net.virtual import VirtualClock, run_virtual

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

WHERE = "stream.example:9443"
URL = f"wss://{WHERE}/ws/btcusdt@trade?x=1"
CANARY = "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1"


def now() -> float:
    return asyncio.get_running_loop().time()


class Recorder:
    """Keeps what it is told and when."""

    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []
        self.times: list[float] = []

    def _hear(self, *what: Any) -> None:
        self.heard.append(what)
        self.times.append(now())

    def on_message(self, data: bytes) -> None:
        self._hear("message", data)

    def on_ping(self, payload: bytes) -> None:
        self._hear("ping", payload)

    def on_pong(self, payload: bytes) -> None:
        self._hear("pong", payload)

    def on_closed(self, code: int, reason: str) -> None:
        self._hear("closed", code, reason)


class Server(Recorder):
    """A server that takes every socket."""

    def __init__(self) -> None:
        super().__init__()
        self.peers: list[MemorySocket] = []
        self.targets: list[str] = []
        self.headers: Mapping[str, str] = {}

    def accept(self, target: str, headers: Mapping[str, str], peer: MemorySocket) -> SocketHandler:
        self.targets.append(target)
        self.headers = headers
        self.peers.append(peer)
        return self


class World:
    """A network with one server, a client's handler, and the way between them."""

    def __init__(self) -> None:
        self.network = MemoryNetwork()
        self.server, self.client = Server(), Recorder()
        self.link = self.network.serve(WHERE, websocket=self.server.accept)

    async def open(self, *, timeout: float = 5.0) -> tuple[Any, MemorySocket]:
        socket = await self.network.connect()(URL, self.client, timeout=timeout)
        return socket, self.server.peers[-1]


def in_memory(test: Callable[[World], Awaitable[None]]) -> Callable[[], None]:
    """Run a test on the virtual loop, in a world of its own, and let nothing unhandled pass."""

    def run() -> None:
        unhandled: list[Any] = []

        async def main() -> None:
            asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))
            await test(World())
            assert asyncio.all_tasks() == {asyncio.current_task()}

        run_virtual(main(), limit=3600.0)
        assert unhandled == []

    run.__name__ = test.__name__
    return run


# Sockets


@in_memory
async def test_messages_go_both_ways_in_order(world: World):
    socket, peer = await world.open()
    for number in range(3):
        socket.send(b"up %d" % number)
        peer.send(b"down %d" % number)
    assert world.client.heard == world.server.heard == []  # never from within the call
    assert socket.buffered == 12
    await asyncio.sleep(1)
    assert world.server.heard == [("message", b"up %d" % number) for number in range(3)]
    assert world.client.heard == [("message", b"down %d" % number) for number in range(3)]
    assert socket.buffered == 0
    assert world.server.targets == ["/ws/btcusdt@trade?x=1"]
    assert world.server.headers["host"] == WHERE


@in_memory
async def test_a_message_is_what_it_was_when_it_was_sent(world: World):
    socket, _ = await world.open()
    data = bytearray(b"before")
    socket.send(data)
    data[:] = b"after!"
    await asyncio.sleep(0.1)
    assert world.server.heard == [("message", b"before")]


@in_memory
async def test_latency_is_kept_and_never_overtaken(world: World):
    delays = iter([0.5, 0.5, 0.3, 0.1, 0.0, 1.0])
    socket, _ = await world.open()
    world.link.latency = lambda: next(delays)
    for number in range(4):
        socket.send(b"%d" % number)
    start = now()
    await asyncio.sleep(2)
    assert world.server.heard == [("message", b"%d" % number) for number in range(4)]
    assert [at - start for at in world.server.times] == [0.5, 0.5, 0.5, 0.5]


@in_memory
async def test_connecting_takes_a_round_trip(world: World):
    world.link.latency = 0.1
    await world.open()
    assert now() == pytest.approx(0.2)


@in_memory
async def test_what_is_due_together_arrives_in_one_turn(world: World):
    socket, _ = await world.open()
    turns: list[int] = []

    def count(turn: int = 0) -> None:
        turns.append(len(world.server.heard))
        if turn < 3:
            asyncio.get_running_loop().call_soon(count, turn + 1)

    for _ in range(5):
        socket.send(b"x")
    asyncio.get_running_loop().call_soon(count)
    await asyncio.sleep(1)
    assert turns == [5, 5, 5, 5]


@in_memory
async def test_an_answer_from_within_a_handler_comes_in_another_turn(world: World):
    depth, deepest = 0, 0

    class Echo(Recorder):
        peer: MemorySocket

        def on_message(self, data: bytes) -> None:
            nonlocal depth, deepest
            depth += 1
            deepest = max(deepest, depth)
            super().on_message(data)
            if len(self.heard) < 50:
                self.peer.send(data)
            depth -= 1

    ends = Echo(), Echo()

    def accept(_target: str, _headers: Mapping[str, str], peer: MemorySocket) -> SocketHandler:
        ends[1].peer = peer
        return ends[1]

    world.network.serve("echo.example:443", websocket=accept)
    ends[0].peer = await world.network.connect()("wss://echo.example", ends[0], timeout=1)  # type: ignore[assignment]
    ends[0].peer.send(b"ball")
    await asyncio.sleep(1)
    assert len(ends[0].heard) == 49
    assert deepest == 1


@in_memory
async def test_a_server_may_send_while_it_accepts(world: World):
    def accept(_target: str, _headers: Mapping[str, str], peer: MemorySocket) -> SocketHandler:
        peer.send(b"welcome")
        peer.send_close(1001, "full")
        return world.server

    world.network.serve(WHERE, websocket=accept)
    socket = await world.network.connect()(URL, world.client, timeout=1)
    await asyncio.sleep(1)
    assert world.client.heard == [("message", b"welcome"), ("closed", 1001, "full")]
    with pytest.raises(Disconnected):
        socket.send(b"x")


@in_memory
async def test_pings_are_answered_by_the_other_end_itself(world: World):
    socket, peer = await world.open()
    socket.ping(b"a")
    peer.ping(b"b")
    await asyncio.sleep(1)
    assert sorted(world.client.heard) == [("ping", b"b"), ("pong", b"a")]
    assert sorted(world.server.heard) == [("ping", b"a"), ("pong", b"b")]
    with pytest.raises(ValueError, match="125"):
        socket.ping(bytes(126))


@pytest.mark.parametrize("side", [0, 1])
def test_a_close_is_a_handshake(side: int):
    @in_memory
    async def check(world: World) -> None:
        world.link.latency = 0.1
        ends = await world.open()
        start = now()
        await asyncio.gather(ends[side].close(4000, "enough"), ends[side].close())
        assert now() - start == pytest.approx(0.2)
        await ends[side].close()
        await ends[1 - side].close()
        assert world.client.heard == world.server.heard == [("closed", 4000, "enough")]
        assert world.link.sockets == []
        for end in ends:
            with pytest.raises(Disconnected):
                end.send(b"x")
            with pytest.raises(Disconnected):
                end.ping()

    check()


@in_memory
async def test_what_was_sent_before_a_close_still_arrives_and_nothing_after(world: World):
    socket, peer = await world.open()
    peer.send(b"last")
    peer.send_close(1012, "restart")
    peer.send_close(1000)
    socket.send(b"on its way")
    await asyncio.sleep(1)
    assert world.client.heard == [("message", b"last"), ("closed", 1012, "restart")]
    assert world.server.heard == [("message", b"on its way"), ("closed", 1012, "restart")]


@in_memory
async def test_an_abort_is_1006_for_both(world: World):
    socket, peer = await world.open()
    peer.send(b"not read any more")
    socket.abort()
    socket.abort()
    assert world.client.heard == []
    await asyncio.sleep(1)
    assert world.client.heard == [("closed", 1006, "aborted by this side")]
    assert world.server.heard == [("closed", 1006, "connection closed without a close frame")]
    assert world.link.sockets == []
    await peer.close()


@in_memory
async def test_the_longest_message_and_a_longer_one(world: World):
    _, peer = await world.open()
    peer.send(bytes(MAX_SIZE))
    peer.send(bytes(MAX_SIZE + 1))
    peer.send(b"not told")
    await asyncio.sleep(1)
    assert [what[0] for what in world.client.heard] == ["message", "closed"]
    assert world.client.heard[1][1] == 1009
    assert world.server.heard == [("closed", 1009, "")]


@pytest.mark.parametrize("where", ["on_message", "on_ping", "on_pong", "on_closed"])
def test_a_handler_that_raises_ends_its_socket_and_is_seen(where: str):
    async def main() -> None:
        unhandled: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context["exception"]))
        world = World()
        real = getattr(world.client, where)

        def fails(*args: Any) -> None:
            real(*args)
            raise KeyError("the bug")

        setattr(world.client, where, fails)
        socket, peer = await world.open()
        if where == "on_pong":
            socket.ping()
        elif where == "on_closed":
            peer.send_close(1000)
        else:
            (peer.send if where == "on_message" else peer.ping)(b"")
        peer_sends = partial(peer.send, b"not told") if where != "on_closed" else (lambda: None)
        peer_sends()
        await asyncio.sleep(1)
        assert [repr(error) for error in unhandled] == ["KeyError('the bug')"]
        closed = ("closed", 1000, "") if where == "on_closed" else ("closed", 1011, "the handler raised KeyError")
        assert [what for what in world.client.heard if what[0] == "closed"] == [closed]

    run_virtual(main())


# Faults of a link


@in_memory
async def test_nobody_listens(world: World):
    connect = world.network.connect()
    for url in ("wss://elsewhere.example/", "wss://stream.example/", "ws://stream.example:9444/"):
        with pytest.raises(NotConnected, match="connection refused by"):
            await connect(url, world.client, timeout=1)
    world.link.refuse = True
    with pytest.raises(NotConnected, match=r"connection refused by stream\.example:9443"):
        await world.open()
    world.link.refuse = False
    world.network.remove(WHERE)
    with pytest.raises(NotConnected):
        await connect(URL, world.client, timeout=1)
    assert world.server.peers == []


@in_memory
async def test_a_slow_handshake(world: World):
    world.link.handshake_delay = 3.0
    with pytest.raises(NotConnected, match="timed out after 2 s"):
        await world.open(timeout=2)
    assert now() == 2
    assert world.server.peers == []
    await world.open(timeout=4)
    assert now() == 5


@in_memory
async def test_an_upgrade_answered_by_a_status(world: World):
    world.link.upgrade_reply = HttpReply(418, {"Retry-After": "60"}, b"x" * 2000)
    with pytest.raises(NotConnected, match="HTTP 418") as caught:
        await world.open()
    assert (caught.value.status, caught.value.headers, caught.value.body) == (418, {"retry-after": "60"}, b"x" * 1024)
    assert world.server.peers == []


@in_memory
async def test_an_upgrade_refused_by_the_server(world: World):
    def refuse(target: str, _headers: Mapping[str, str], peer: MemorySocket) -> HttpReply:
        peer.send(b"lost")
        return HttpReply(404, {}, target.encode())

    world.network.serve(WHERE, websocket=refuse)
    with pytest.raises(NotConnected) as caught:
        await world.network.connect()(URL, world.client, timeout=1)
    assert (caught.value.status, caught.value.body) == (404, b"/ws/btcusdt@trade?x=1")
    await asyncio.sleep(1)
    assert world.client.heard == []


def test_an_acceptor_that_raises_is_seen_and_answers_500():
    async def main() -> None:
        unhandled: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context["exception"]))
        network = MemoryNetwork()

        def fails(*_args: Any) -> SocketHandler:
            raise KeyError("the bug")

        network.serve(WHERE, websocket=fails)
        with pytest.raises(NotConnected) as caught:
            await network.connect()(URL, Recorder(), timeout=1)
        assert caught.value.status == 500
        assert [repr(error) for error in unhandled] == ["KeyError('the bug')"]

    run_virtual(main())


@in_memory
async def test_a_reset_is_1006_for_both_and_loses_what_was_under_way(world: World):
    world.link.latency = 0.1
    socket, peer = await world.open()
    socket.send(b"lost")
    peer.send(b"lost")
    world.link.reset()
    assert world.client.heard == world.server.heard == []
    await asyncio.sleep(1)
    assert world.client.heard == world.server.heard == [("closed", 1006, "connection reset by peer")]
    assert world.link.sockets == []
    with pytest.raises(Disconnected):
        socket.send(b"x")
    world.link.reset()
    await world.open()


@in_memory
async def test_a_half_open_socket_loses_everything_and_nobody_is_told(world: World):
    socket, peer = await world.open()
    socket.send(b"lost")
    world.link.half_open()
    peer.send(b"lost")
    socket.ping(b"lost")
    await asyncio.sleep(1000)
    assert world.client.heard == world.server.heard == []
    start = now()
    await socket.close(timeout=0.5)
    assert now() - start == 0.5
    assert world.client.heard == [("closed", 1006, "no answer to the close frame within 0.5 s")]
    assert world.server.heard == []
    world.client = Recorder()
    fresh, peer = await world.open()
    fresh.send(b"a new one works")
    await asyncio.sleep(1)
    assert world.server.heard == [("message", b"a new one works")]


@in_memory
async def test_what_a_frozen_link_holds_back_arrives_when_it_thaws(world: World):
    socket, peer = await world.open()
    socket.send(b"0")
    world.link.freeze()
    world.link.freeze()
    assert world.link.frozen
    for number in (1, 2):
        socket.send(b"%d" % number)
    peer.send_close(1001, "later")
    await asyncio.sleep(100)
    assert world.client.heard == world.server.heard == []
    assert socket.buffered == 3
    with pytest.raises(NotConnected, match="timed out"):
        await world.network.connect()(URL, Recorder(), timeout=3)
    world.link.unfreeze()
    await asyncio.sleep(1)
    assert world.server.heard == [*(("message", b"%d" % number) for number in range(3)), ("closed", 1001, "later")]
    assert world.client.heard == [("closed", 1001, "later")]
    assert world.link.sockets == []


@in_memory
async def test_a_connect_waits_for_the_thaw(world: World):
    world.link.freeze()
    asyncio.get_running_loop().call_later(2, world.link.unfreeze)
    await world.open()
    assert now() == 2


@in_memory
async def test_a_client_gives_up_on_a_frozen_link_and_the_server_hears_of_it_later(world: World):
    socket, _ = await world.open()
    world.link.freeze()
    await socket.close(timeout=0.5)
    assert world.client.heard == [("closed", 1006, "no answer to the close frame within 0.5 s")]
    assert world.server.heard == []
    world.link.unfreeze()
    await asyncio.sleep(1)
    assert world.server.heard == [("closed", 1000, "")]


@in_memory
async def test_a_server_closes_all_its_sockets(world: World):
    clients = [Recorder() for _ in range(3)]
    for client in clients:
        await world.network.connect()(URL, client, timeout=1)
    assert len(world.link.sockets) == 3
    world.link.close(1012, "restart")
    await asyncio.sleep(1)
    assert [client.heard for client in clients] == [[("closed", 1012, "restart")]] * 3


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), steps=st.lists(st.integers(0, 9), max_size=60))
def test_whatever_happens_order_is_kept_and_each_end_ends_once(seed: int, steps: list[int]):
    async def main() -> None:
        chance, world = random.Random(seed), World()
        world.link.latency = lambda: chance.choice([0.0, 0.1, 1.0])
        socket, peer = await world.open()
        sent: tuple[list[bytes], list[bytes]] = ([], [])
        for number, step in enumerate(steps):
            for end, log in zip((socket, peer), sent, strict=True):
                if step < 6:
                    try:
                        end.send(b"%d" % number)
                    except Disconnected:
                        continue
                    log.append(b"%d" % number)
            if step == 6:
                await asyncio.sleep(chance.random() * 2)
            elif step == 7:
                chance.choice([world.link.freeze, world.link.unfreeze])()
            elif step == 8:
                chance.choice([socket, peer]).ping(b"") if socket._open and peer._open else None
            elif step == 9 and number > 30:
                chance.choice([world.link.reset, socket.abort, partial(peer.send_close, 1001)])()
        world.link.unfreeze()
        await asyncio.sleep(5)
        await socket.close()
        await peer.close()
        for heard, log in ((world.server.heard, sent[0]), (world.client.heard, sent[1])):
            messages = [what[1] for what in heard if what[0] == "message"]
            assert messages == log[: len(messages)]
            assert [what[0] for what in heard].count("closed") == 1
            assert heard[-1][0] == "closed"
        assert world.link.sockets == []

    run_virtual(main())


# HTTP


class Counting:
    """An HTTP server that counts what it executes."""

    def __init__(self) -> None:
        self.executed: list[tuple[str, str, dict[str, str], bytes]] = []
        self.takes = 0.0

    async def __call__(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> HttpReply:
        await asyncio.sleep(self.takes)
        self.executed.append((method, target, dict(headers), body))
        return HttpReply(200, {"X-MBX-USED-WEIGHT-1M": "5"}, b'{"orderId":28}')


class Rest:
    """A network with one HTTP server."""

    def __init__(self) -> None:
        self.network, self.server = MemoryNetwork(), Counting()
        self.link: Link = self.network.serve("api.example:443", http=self.server)
        self.http = self.network.http()

    async def post(self, *, timeout: float = 5.0, body: bytes | None = b"symbol=BTCUSDT") -> HttpReply:
        headers = {"X-MBX-APIKEY": CANARY}
        url = f"https://api.example/api/v3/order?signature={CANARY}"
        return await self.http.request("POST", url, headers=headers, body=body, timeout=timeout)


def rest(test: Callable[[Rest], Awaitable[None]]) -> Callable[[], None]:
    @in_memory
    async def run(_world: World) -> None:
        made = Rest()
        await test(made)
        await made.network.close()

    run.__name__ = test.__name__
    return run


@rest
async def test_a_request_and_its_reply(made: Rest):
    made.link.latency = 0.1
    reply = await made.post()
    assert now() == pytest.approx(0.2)
    assert reply == HttpReply(200, {"x-mbx-used-weight-1m": "5"}, b'{"orderId":28}')
    target = f"/api/v3/order?signature={CANARY}"
    assert made.server.executed == [("POST", target, {"x-mbx-apikey": CANARY}, b"symbol=BTCUSDT")]
    await made.post(body=None)
    assert made.server.executed[1][3] == b""


@rest
async def test_requests_run_side_by_side(made: Rest):
    made.server.takes = 1.0
    await asyncio.gather(*(made.post() for _ in range(100)))
    assert now() == 1


@pytest.mark.parametrize(
    ("fault", "error", "executed"),
    [
        (HttpFault(refuse=True), NotConnected, 0),
        (HttpFault(execute=False, drop=True), Disconnected, 0),
        (HttpFault(drop=True), Disconnected, 1),
        (HttpFault(cut=3), Disconnected, 1),
        (HttpFault(execute=False), Disconnected, 0),
        (HttpFault(delay=6), Disconnected, 0),
        (HttpFault(delay_reply=6), Disconnected, 1),
    ],
)
def test_a_fault_of_one_request(fault: HttpFault, error: type[Exception], executed: int):
    @rest
    async def check(made: Rest) -> None:
        made.link.http_faults.append(fault)
        with pytest.raises(error) as caught:
            await made.post(timeout=5)
        assert len(made.server.executed) == executed
        assert CANARY not in str(caught.value) + repr(caught.value)
        assert (await made.post()).status == 200  # the next one is well

    check()


@rest
async def test_another_answer_than_the_servers(made: Rest):
    html = HttpReply(502, {"Content-Type": "text/html"}, b"<html>")
    made.link.http_faults.extend([HttpFault(reply=html), HttpFault(reply=html, execute=False)])
    assert (await made.post()) == HttpReply(502, {"content-type": "text/html"}, b"<html>")
    assert len(made.server.executed) == 1
    assert (await made.post()).status == 502
    assert len(made.server.executed) == 1


@rest
async def test_a_cut_that_nobody_notices(made: Rest):
    made.link.http_faults.append(HttpFault(cut=5, cut_noticed=False))
    assert (await made.post()).body == b'{"ord'


@rest
async def test_the_server_goes_on_when_the_client_has_given_up(made: Rest):
    made.link.http_faults.append(HttpFault(delay=10))
    with pytest.raises(Disconnected, match="timed out after 2 s"):
        await made.post(timeout=2)
    assert made.server.executed == []
    await asyncio.sleep(10)
    assert len(made.server.executed) == 1


@rest
async def test_the_server_goes_on_when_the_client_is_cancelled(made: Rest):
    made.server.takes = 1.0
    task = asyncio.create_task(made.post())
    await asyncio.sleep(0.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(1)
    assert len(made.server.executed) == 1


@rest
async def test_a_request_that_never_left_is_not_executed_later(made: Rest):
    made.link.freeze()
    with pytest.raises(NotConnected, match="timed out"):
        await made.post(timeout=2)
    made.link.unfreeze()
    await asyncio.sleep(10)
    assert made.server.executed == []


@rest
async def test_a_reply_on_a_frozen_link_comes_late(made: Rest):
    made.server.takes = 1.0
    loop = asyncio.get_running_loop()
    loop.call_later(0.5, made.link.freeze)
    loop.call_later(3, made.link.unfreeze)
    assert (await made.post(timeout=5)).status == 200
    assert now() == 3


@rest
async def test_a_reset_breaks_requests_under_way(made: Rest):
    made.server.takes = 1.0
    asyncio.get_running_loop().call_later(0.5, made.link.reset)
    with pytest.raises(Disconnected, match="reset"):
        await made.post()
    assert now() == 0.5
    await asyncio.sleep(1)
    assert len(made.server.executed) == 1


@rest
async def test_faults_can_be_chosen_by_request(made: Rest):
    asked: list[tuple[str, str]] = []

    def choose(method: str, target: str) -> HttpFault | None:
        asked.append((method, target.split("?")[0]))
        return HttpFault(refuse=True) if len(asked) == 2 else None

    made.link.choose_fault = choose
    await made.post()
    with pytest.raises(NotConnected):
        await made.post()
    await made.post()
    assert asked == [("POST", "/api/v3/order")] * 3


@rest
async def test_a_refusing_link_and_a_closed_adapter(made: Rest):
    made.link.refuse = True
    with pytest.raises(NotConnected, match=r"refused by api\.example:443"):
        await made.post()
    made.link.refuse = False
    await made.http.close()
    await made.http.close()
    with pytest.raises(NotConnected, match="closed"):
        await made.post()
    assert made.server.executed == []


def test_a_server_that_raises_is_seen_and_breaks_the_connection():
    async def main() -> None:
        unhandled: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context["exception"]))
        made = Rest()

        async def fails(*_args: Any) -> HttpReply:
            raise KeyError("the bug")

        made.network.serve("api.example:443", http=fails)
        with pytest.raises(Disconnected):
            await made.post()
        assert [repr(error) for error in unhandled] == ["KeyError('the bug')"]

    run_virtual(main())


@rest
async def test_closing_the_network_ends_the_servers_work(made: Rest):
    made.server.takes = 1000.0
    with pytest.raises(Disconnected):
        await made.post(timeout=1)
    await made.network.close()
    await asyncio.sleep(2000)
    assert made.server.executed == []


def everything_said_by(error: BaseException) -> str:
    """All that a careless program could print of an error: its chain, with the local variables of our frames."""
    said = ""
    seen: BaseException | None = error
    while seen is not None:
        said += repr(seen) + str(seen) + repr(vars(seen))
        for line in traceback.TracebackException.from_exception(seen, capture_locals=True).stack:
            if "binance_async" in line.filename:
                said += f"{line.line} {line.locals}"
        seen = seen.__cause__ or seen.__context__
    return said


@rest
async def test_no_failure_shows_a_key_a_signature_or_a_path(made: Rest):
    faults = [HttpFault(refuse=True), HttpFault(drop=True), HttpFault(cut=1), HttpFault(execute=False)]
    for fault in faults:
        made.link.http_faults.append(fault)
        with pytest.raises((NotConnected, Disconnected)) as caught:
            await made.post(timeout=1)
        assert CANARY not in everything_said_by(caught.value)
    await made.http.close()
    with pytest.raises(NotConnected) as caught:
        await made.post()
    assert CANARY not in everything_said_by(caught.value)
    made.link.handshake_delay = 2.0
    for url in (f"wss://api.example/ws/{CANARY}", f"wss://nobody.example/ws/{CANARY}?{CANARY}"):
        with pytest.raises(NotConnected) as caught:
            await made.network.connect()(url, Recorder(), timeout=1)
        assert CANARY not in everything_said_by(caught.value)


# Addresses


@pytest.mark.parametrize(
    ("url", "answers"),
    [
        ("https://a.example/api/v3/order?x=1", "a /api"),
        ("https://a.example:443/api", "a /api"),
        ("https://A.example/apiary", "a"),
        ("https://a.example", "a"),
        ("http://a.example/api/", "a 80"),
        ("https://a.example:8443/x", "a 8443"),
        ("https://b.example/", None),
    ],
)
def test_the_longest_prefix_wins(url: str, answers: str | None):
    @in_memory
    async def check(_world: World) -> None:
        network = MemoryNetwork()

        def serving(name: str) -> Any:
            async def answer(*_args: Any) -> HttpReply:
                return HttpReply(200, {}, name.encode())

            return answer

        network.serve("a.example", http=serving("a"))
        network.serve("https://a.example/api", http=serving("a /api"))
        network.serve("http://a.example", http=serving("a 80"))
        network.serve("a.example:8443", http=serving("a 8443"))
        network.serve("b.example:1", websocket=Server().accept)
        request = network.http().request("GET", url, headers={}, body=None, timeout=1)
        if answers is None:
            with pytest.raises(NotConnected):
                await request
        else:
            assert (await request).body == answers.encode()
        assert set(network.links) >= {"a.example:443", "a.example:80", "a.example:8443"}
        assert network.link("https://a.example/x") is network.link("a.example:443")

    check()


def test_the_seams_are_fulfilled():
    async def main() -> None:
        network = MemoryNetwork()
        clock: Clock = VirtualClock(asyncio.get_running_loop())
        seams = Seams(clock=clock, http=network.http, connect=network.connect)
        network.serve(WHERE, websocket=Server().accept)
        socket = await seams.connect(proxy=None, ssl_context=None)(URL, Recorder(), timeout=1)
        await socket.close()
        await seams.http(proxy=None, ssl_context=None).close()

    run_virtual(main())


def test_a_network_serves_in_several_runs():
    network = MemoryNetwork()
    server = Counting()
    link = network.serve("api.example", http=server)

    async def main() -> None:
        await network.http().request("GET", "https://api.example/", headers={}, body=None, timeout=1)
        link.reset()

    async def without_a_reset() -> None:
        await network.http().request("GET", "https://api.example/", headers={}, body=None, timeout=1)

    for _ in range(2):
        run_virtual(without_a_reset())
        run_virtual(main())
    asyncio.run(main())  # and on a real loop
    assert len(server.executed) == 5
