"""F12 to F15: the ways in which a connection does not come to be."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace
from typing import Any

import pytest

from binance_async import Binance, Timings
from binance_async.errors import BinanceError, ConnectFailed, NotSent, RegionRefused
from binance_async.net.seams import NotConnected
from binance_async.simulator import Simulator
from binance_async.simulator.actions import RefuseHandshake, Reset
from binance_async.simulator.certificates import CERTIFICATE_KINDS
from binance_async.spot import streams
from tests.scenarios.connection.kit import Trader, events, gaps, scenario, stage, until

# F12


@pytest.mark.parametrize("kind", CERTIFICATE_KINDS)
async def test_f12_a_wrong_certificate_is_refused(kind: Any) -> None:
    async with Simulator(symbols=["AAAUSDT"], tls=kind) as exchange:
        options = {"environment": exchange.environment, "ssl_context": exchange.ssl_context}
        async with Binance(exchange.credentials, **options) as binance:
            market = binance.spot.stream(streams.trade("AAAUSDT"))
            if kind == "good":
                async with market:
                    Trader(exchange).trade("AAAUSDT")
                    await market.next(timeout=5)
                return
            with pytest.raises(NotSent, match="TLS"):
                await market.open()
            assert exchange.history.connections() == []
            assert exchange.counters["rest"] == 0


async def test_f12_the_end_in_the_middle_of_the_handshake() -> None:
    """The peer hangs up as soon as it was greeted."""
    greeted: list[bytes] = []

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        greeted.append(await reader.read(1024))
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with Simulator(symbols=["AAAUSDT"]) as exchange:
        hosts = exchange.environment.of("spot")
        environment = replace(exchange.environment, hosts={"spot": replace(hosts, stream=f"wss://127.0.0.1:{port}")})
        async with Binance(environment=environment) as binance:
            with pytest.raises(ConnectFailed):
                await binance.spot.stream(streams.trade("AAAUSDT")).open()
    server.close()
    assert len(greeted) == 3  # as often as a start tries
    assert all(text[:2] == b"\x16\x03" for text in greeted)  # nothing but TLS


# F13


@scenario
async def test_f13_a_name_that_is_not_found_for_a_minute_and_then_leads_elsewhere() -> None:
    """Each try looks the name up again, and the first one after the outage finds the new address."""
    async with stage() as s:
        s.trader.fill("AAAUSDT")
        connect = s.binance._manager.connect
        lookups: list[float] = []
        loop = asyncio.get_running_loop()
        out_until = 0.0

        async def resolve_and_connect(url: str, handler: Any, *, timeout: float) -> Any:
            lookups.append(loop.time())
            if loop.time() < out_until:
                raise NotConnected("name look-up failed: Temporary failure in name resolution")
            return await connect(url, handler, timeout=timeout)

        s.binance._manager._connect = resolve_and_connect
        async with s.binance.spot.stream(streams.trade("AAAUSDT")) as market:
            seen = s.reader(market)
            s.run(s.trader.keep_trading(["AAAUSDT"], 0.1))
            await asyncio.sleep(1)
            out_until = loop.time() + 60
            s.exchange.faults.now(Reset(), door="stream")
            await until(lambda: gaps(seen), within=100)
            assert loop.time() - out_until <= 30.1  # rule G: the longest pause
            await asyncio.sleep(1)
        assert 8 <= len(lookups) <= 40
        assert len(gaps(seen)) == 1
        assert s.link.losses == 1


@pytest.mark.parametrize("seed", range(10))
@scenario
async def test_f13_a_short_outage_is_over_soon_after_it_ends(seed: int) -> None:
    async with stage(seed=seed) as s, s.binance.spot.stream(streams.trade("AAAUSDT")) as market:
        seen = s.reader(market)
        await asyncio.sleep(1)
        link = s.exchange.network.link("wss://stream.spot.simulated")
        link.refuse = True
        link.reset()
        await asyncio.sleep(1)
        link.refuse = False
        assert await until(lambda: gaps(seen)) <= 2.0


# F14


class Proxy:
    """CONNECT and plain forwarding, or a refusal."""

    def __init__(self, refusal: bytes = b"") -> None:
        self.refusal = refusal
        self.asked: list[bytes] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Proxy:
        self.server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            self.asked.append(head)
            if self.refusal:
                writer.write(self.refusal)
                writer.close()
                return
            method, target, _ = head.split(b" ", 2)
            where = target.split(b"/")[2] if b"//" in target else target
            host, _, port = where.decode().partition(":")
            up_reader, up_writer = await asyncio.open_connection(host, int(port))
            if method == b"CONNECT":
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            else:
                up_writer.write(head.replace(b"http://" + where, b"", 1))
            await asyncio.gather(_pump(reader, up_writer), _pump(up_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
    finally:
        writer.close()


async def test_f14_an_explicit_proxy_carries_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Proxy() as proxy, Proxy() as unwanted, Simulator(symbols=["AAAUSDT"]) as exchange:
        for name in ("http_proxy", "https_proxy", "all_proxy", "ws_proxy", "HTTP_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{unwanted.port}")
        address = f"http://user:s3cret@127.0.0.1:{proxy.port}"
        async with Binance(environment=exchange.environment, proxy=address) as binance:
            await binance.spot.ping()
            async with binance.spot.stream(streams.trade("AAAUSDT")) as market:
                Trader(exchange).trade("AAAUSDT")
                await market.next(timeout=5)
        assert len(proxy.asked) == 2
        assert all(b"Proxy-Authorization: Basic" in head for head in proxy.asked)
        assert unwanted.asked == []


async def test_f14_the_environments_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Proxy() as unwanted, Simulator(symbols=["AAAUSDT"]) as exchange:
        for name in ("http_proxy", "https_proxy", "all_proxy", "ws_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{unwanted.port}")
        async with Binance(environment=exchange.environment) as binance:
            await binance.spot.ping()
            async with binance.spot.stream(streams.trade("AAAUSDT")):
                pass
        assert unwanted.asked == []


async def test_f14_a_proxy_that_refuses_does_not_give_its_password_away(caplog: pytest.LogCaptureFixture) -> None:
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    caplog.set_level(0)
    async with Proxy(refusal) as proxy, Simulator(symbols=["AAAUSDT"]) as exchange:
        address = f"http://user:s3cret@127.0.0.1:{proxy.port}"
        async with Binance(environment=exchange.environment, proxy=address) as binance:
            with pytest.raises(ConnectFailed, match="407") as caught:
                await binance.spot.stream(streams.trade("AAAUSDT")).open()
        assert "s3cret" not in repr(caught.value) + str(caught.value) + caplog.text
        assert caught.value.__cause__ is None


# F15

HANDSHAKES: list[tuple[int, dict[str, str], float, float]] = [
    (400, {}, 0.0, 0.2),
    (403, {}, 300.0, 330.1),
    (418, {}, 120.0, 120.2),
    (418, {"retry-after": "600"}, 600.0, 600.2),
    (429, {}, 60.0, 60.2),
    (429, {"retry-after": "7"}, 7.0, 7.2),
    (429, {"retry-after": "garbage"}, 60.0, 60.2),
    (429, {"retry-after": "-5"}, 60.0, 60.2),
    (429, {"retry-after": "99999999999"}, 60.0, 60.2),
    (500, {}, 0.0, 0.2),
    (502, {}, 0.0, 0.2),
    (503, {}, 0.0, 0.2),
    (301, {"Location": "https://elsewhere.example"}, 0.0, 0.2),
]


@pytest.mark.parametrize(("status", "headers", "least", "most"), HANDSHAKES)
@pytest.mark.parametrize("when", ["start", "reconnect"])
@scenario
async def test_f15_each_status_has_its_wait(
    status: int, headers: dict[str, str], least: float, most: float, when: str
) -> None:
    html = "<html>no\x00\x1b[31m</html>" * 1000
    async with stage() as s:
        market = s.binance.spot.stream(streams.trade("AAAUSDT"))
        loop = asyncio.get_running_loop()
        refuse = RefuseHandshake(status, html, headers)
        if when == "start":
            rule = s.exchange.faults.add(refuse, opening="*", times=1)
            start = loop.time()
            async with market:
                pass
        else:
            async with market:
                await asyncio.sleep(1)
                assert s.link
                rule = s.exchange.faults.add(refuse, opening="*", times=1)
                s.exchange.faults.now(Reset(), door="stream")
                await until(lambda: rule.hits)
                start = loop.time()
                await market.next(timeout=1000)  # the gap
        assert least <= loop.time() - start <= most
        assert rule.seen == 2 or rule.hits == 1  # not one attempt before its time
        assert s.exchange.counters["handshakes_refused"] == 1


@pytest.mark.parametrize("status", [401, 404, 407, 451])
@scenario
async def test_f15_what_time_does_not_mend_is_told_at_once(status: int) -> None:
    expected: type[BinanceError] = RegionRefused if status == 451 else ConnectFailed
    async with stage("AAAUSDT", "BBBUSDT") as s:
        rule = s.exchange.faults.add(RefuseHandshake(status, "<html>"), opening="*")
        with pytest.raises(expected, match=str(status)):
            await s.binance.spot.stream(streams.trade("AAAUSDT")).open()
        assert rule.seen == 1
        s.exchange.faults.clear()
        one, two = s.binance.spot.stream(streams.trade("AAAUSDT")), s.binance.spot.stream(streams.trade("BBBUSDT"))
        async with one, two:
            s.exchange.faults.add(RefuseHandshake(status, "<html>"), opening="*")
            s.exchange.faults.now(Reset(), door="stream")
            for market in (one, two):
                with pytest.raises(expected):
                    await market.next(timeout=5)
            await asyncio.sleep(0.1)
            tasks = {task.get_name() for task in asyncio.all_tasks()}
            assert not [name for name in tasks if "spot.streams" in name]


@scenario
async def test_f15_redirects_are_not_followed() -> None:
    async with stage() as s:
        hosts: list[str] = []
        connect = s.binance._manager.connect

        async def spy(url: str, handler: Any, *, timeout: float) -> Any:
            hosts.append(url.split("/")[2])
            return await connect(url, handler, timeout=timeout)

        s.binance._manager._connect = spy
        s.exchange.faults.add(RefuseHandshake(302, "", {"Location": "wss://evil.example/stream"}), opening="*")
        with pytest.raises(ConnectFailed):
            await s.binance.spot.stream(streams.trade("AAAUSDT")).open()
        assert set(hosts) == {"stream.spot.simulated"}


async def test_f06_reset_over_real_sockets() -> None:
    """The same as in memory: noticed at once, one gap, and on it goes."""
    async with Simulator(symbols=["AAAUSDT"]) as exchange:
        trader = Trader(exchange)
        async with (
            Binance(environment=exchange.environment, timings=Timings()) as binance,
            binance.spot.stream(streams.trade("AAAUSDT")) as market,
        ):
            trading = asyncio.ensure_future(trader.keep_trading(["AAAUSDT"], 0.005))
            seen: list[Any] = [await market.next(timeout=5)]
            start = time.perf_counter()
            exchange.faults.now(Reset(), door="stream")
            while not gaps(seen) or len(seen) < 20:
                seen.append(await market.next(timeout=5))
            assert time.perf_counter() - start < Timings().ping_interval, "not only because no pong came"
            trading.cancel()
        assert len(gaps(seen)) == 1
        ids = [event.trade_id for event in events(seen)]
        assert ids == sorted(set(ids))
