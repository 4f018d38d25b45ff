"""F44: overload. F45: the bot dies. F49: the firewall, and regions that are not served."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from orders_scene import ROUTES, AbsentAfterFence, Rejected, Scene, on_stage

from binance_async import Binance
from binance_async.errors import FirewallRefused, OutcomeUnknown, RegionRefused
from binance_async.simulator.actions import LoseReply, Refuse
from tests.chaos.trader import open_desk

OVERLOADS = [
    Refuse(503, -1008, "Server is currently overloaded with other requests. Please try again in a few minutes."),
    Refuse(503, -1008, "Request throttled by system-level protection. Reduce-only/close-position orders are exempt."),
    Refuse(503, -1001, "Internal error; unable to process your request. Please try again."),
    Refuse(503, 0, "Service Unavailable."),
    Refuse(503, 0, "Unknown error, please check your request or try again later."),
    Refuse(503, -1008, "A text of tomorrow."),
    Refuse(500, -9999, "A code of tomorrow."),
    Refuse(520, 0, "A status of tomorrow."),
]
"""On spot every 5xx says that the execution status is unknown, whatever its text."""


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("executed", [False, True])
@pytest.mark.parametrize("fault", OVERLOADS, ids=lambda fault: fault.message[:30])
def test_f44_overload_leaves_an_order_unknown_until_it_is_looked_up(fault: Refuse, executed: bool, route: str) -> None:
    from binance_async.simulator.actions import ReplaceReply

    async def play(scene: Scene) -> None:
        said: Any = fault
        if executed and route == "rest":
            said = ReplaceReply(fault.status, f'{{"code":{fault.code},"msg":"{fault.message}"}}')
        elif executed:
            said = LoseReply("unexpected")
        deed = await scene.market(said)
        assert deed.told == ("value" if executed else "AbsentAfterFence")

    on_stage(play, route=route)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("fault", OVERLOADS, ids=lambda fault: fault.message[:30])
def test_f44_without_resolution_the_caller_is_told_that_it_is_unknown(fault: Refuse, route: str) -> None:
    async def play(scene: Scene) -> None:
        scene.desk.binance._manager.resolve_outcomes = False
        deed = await scene.market(fault)
        assert type(deed.verdict) is OutcomeUnknown
        assert deed.verdict.status == fault.status
        assert fault.message[:20] in str(deed.verdict)

    on_stage(play, route=route, judge=False)


def test_f45_spot_has_no_dead_man_s_switch_and_open_orders_outlive_their_client() -> None:
    """What a client leaves open stays open; whoever comes next finds it over REST, under its client order ids."""

    async def main() -> None:
        async with open_desk(1) as desk:
            exchange = desk.exchange
            async with Binance(exchange.credentials, environment=exchange.environment) as bot:
                assert not [name for name in dir(bot.spot) if "countdown" in name or "dead" in name]
                for number in range(3):
                    await bot.spot.place_order(
                        "BTCUSDT", "BUY", "LIMIT", time_in_force="GTC", quantity="0.01", price=50_000 + number,
                        new_client_order_id=f"left-{number}",
                    )  # fmt: skip
            await asyncio.sleep(86_400)
            assert exchange.history.requests(call="cancel_order") == []
            assert exchange.history.requests(call="cancel_open_orders") == []
            found = await desk.api.open_orders("BTCUSDT")
            assert {order.client_order_id for order in found} == {"left-0", "left-1", "left-2"}

    from binance_async.net.virtual import run_virtual

    run_virtual(main())


# F49

PAGE = "<html><head><title>403 Forbidden</title></head><body><center><h1>403 Forbidden</h1></center></body></html>"


def test_f49_the_firewall_s_page_is_a_definite_refusal() -> None:
    async def play(scene: Scene) -> None:
        deed = await scene.market(Refuse(403, body=PAGE))
        assert type(deed.verdict) is FirewallRefused
        assert deed.took < 1
        assert scene.requests("place_order", deed.key) == 1
        scene.faults.add(Refuse(403, body=PAGE), call="klines", times=1)
        before = scene.requests("klines")
        with pytest.raises(FirewallRefused):
            await scene.rest.klines("BTCUSDT", "1m")
        assert scene.requests("klines") - before == 1, "what the firewall refuses is not asked again"

    on_stage(play)


def test_f49_the_firewall_over_the_websocket_api() -> None:
    """There a page is no reply; the request has none, and is looked up. An error with status 403 is one."""

    async def play(scene: Scene) -> None:
        page = await scene.market(Refuse(403, body=PAGE))
        assert isinstance(page.verdict, AbsentAfterFence)
        told = await scene.market(Refuse(403, -1000, "You have been blocked by the Web Application Firewall."))
        assert isinstance(told.verdict, OutcomeUnknown)  # -1000 tells nothing, whatever its status

    on_stage(play, route="hmac")


@pytest.mark.parametrize("route", ROUTES)
def test_f49_a_region_that_is_not_served(route: str) -> None:
    async def play(scene: Scene) -> None:
        deed = await scene.market(Refuse(451, 0, "Service unavailable from a restricted location."))
        assert type(deed.verdict) is RegionRefused
        assert isinstance(deed.verdict, Rejected)
        assert scene.requests("place_order", deed.key) == 1

    on_stage(play, route=route)
