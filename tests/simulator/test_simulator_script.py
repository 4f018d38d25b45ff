from __future__ import annotations

import asyncio

import pytest
from simulator_kit import Rig, virtual

from binance_async.simulator import actions
from binance_async.simulator.script import ScriptError


@virtual
async def test_a_script_adds_rules_and_lets_things_happen() -> None:
    rig = Rig()
    client = rig.stream()
    rules = rig.exchange.faults.script(
        """
        # a comment
        FAULT refuse status=500 code=-1000 message="An unknown error occurred" call=ping nth=2

        FAULT mutate set='{"X": "NEW_2030", "n": 1.5}' drop='["r"]' event=executionReport times=1
        FAULT late_commit delay=2.5 how=timeout call=place_order writes=true probability=0.5
        FAULT stray_reply id=null call=ping
        AT 30 clock_jump seconds=-3600
        NOW close code=1012 reason="please come back" door=stream
        """
    )
    assert [type(rule.action).__name__ for rule in rules] == ["Refuse", "Mutate", "LateCommit", "StrayReply"]
    assert rules[0].action == actions.Refuse(500, -1000, "An unknown error occurred")
    assert rules[0].nth == 2
    assert rules[1].action == actions.Mutate(set={"X": "NEW_2030", "n": 1.5}, drop=["r"])
    assert rules[2].conditions == {"call": "place_order", "writes": True}
    assert rules[3].action == actions.StrayReply(None)
    assert client.closed == (1012, "please come back")
    before = rig.now
    await asyncio.sleep(31)
    assert rig.now == before + 31_000 - 3_600_000


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("FAULT explode call=ping", "there is no fault 'explode'"),
        ("BREAK reset call=ping", "begins with FAULT, NOW or AT"),
        ("FAULT refuse colour=red call=ping", "refuse has no 'colour'"),
        ("FAULT refuse status=high call=ping", "line 2"),
        ("FAULT refuse call", "no name=value"),
        ("AT soon reset", "soon"),
        ("FAULT slow_reply call=ping", "delay"),
        ('FAULT refuse message="unfinished call=ping', "quotation"),
    ],
)
@virtual
async def test_a_line_that_says_nothing_is_refused_and_nothing_is_done(line: str, problem: str) -> None:
    faults = Rig().exchange.faults
    with pytest.raises(ScriptError, match=problem):
        faults.script(f"FAULT refuse call=ping\n{line}")
    assert faults.rules == []


@virtual
async def test_every_action_can_be_written() -> None:
    from binance_async.simulator.script import _ACTIONS

    concrete = {name for name in actions.__all__ if hasattr(getattr(actions, name), "__dataclass_fields__")}
    assert concrete <= {kind.__name__ for kind in _ACTIONS.values()}
    assert len(concrete) > 30
