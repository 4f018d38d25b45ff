"""Faults as text, one a line, for scenarios that are read by people and run by machines.

    # comments and empty lines are skipped
    FAULT lose_reply how=reset call=place_order nth=3
    FAULT mutate set='{"X": "NEW_2030"}' event=executionReport times=1
    FAULT mute stream=btcusdt@* after=10 until=12.5
    NOW close code=1012 door=stream
    AT 30 clock_jump seconds=3600

`FAULT` adds a rule, `NOW` and `AT seconds` let something happen. The fault is the snake-case name of an action of
`actions`; what follows are its arguments and the conditions of `faults`, in any order, quoted as in a shell. Objects
and lists are JSON.
"""

from __future__ import annotations

import inspect
import re
import shlex
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import msgspec

from binance_async.simulator import actions
from binance_async.simulator.faults import Where

if TYPE_CHECKING:
    from binance_async.simulator.faults import Faults, Rule

__all__ = ["ScriptError", "run"]


class ScriptError(ValueError):
    """A line that says nothing that can be done."""

    def __init__(self, number: int, line: str, problem: str) -> None:
        super().__init__(f"line {number}: {problem}: {line}")


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


_ACTIONS: dict[str, type[actions.Action]] = {
    _snake(name): getattr(actions, name) for name in actions.__all__ if inspect.isclass(getattr(actions, name))
}
_CONDITIONS = get_type_hints(Where)


def run(faults: Faults, text: str) -> list[Rule]:
    """Do what the script says; the rules that it added. Raises `ScriptError`, and then nothing was done."""
    steps = [_step(number, line) for number, line in enumerate(text.splitlines(), 1) if _says_something(line)]
    rules: list[Rule] = []
    for verb, seconds, action, where in steps:
        if verb == "FAULT":
            rules.append(faults.add(action, **where))
        elif verb == "NOW":
            faults.now(action, **where)
        else:
            faults.at(seconds, action, **where)
    return rules


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _step(number: int, line: str) -> tuple[str, float, actions.Action, Any]:
    try:
        verb, *words = shlex.split(line, comments=True)
        seconds = float(words.pop(0)) if verb == "AT" else 0.0
        if verb not in ("FAULT", "NOW", "AT"):
            raise ValueError("a line begins with FAULT, NOW or AT")
        name, *rest = words
        if name not in _ACTIONS:
            raise ValueError(f"there is no fault {name!r}")
        return verb, seconds, *_parsed(_ACTIONS[name], rest)
    except (ValueError, TypeError, msgspec.DecodeError) as error:
        raise ScriptError(number, line, str(error)) from None


def _parsed(kind: type[actions.Action], words: list[str]) -> tuple[actions.Action, dict[str, Any]]:
    """The action and its conditions. A name that is both is the action's."""
    hints = get_type_hints(kind)
    arguments: dict[str, Any] = {}
    where: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise ValueError(f"{word!r} is no name=value")
        if name in hints:
            arguments[name] = _value(hints[name], value)
        elif name in _CONDITIONS:
            where[name] = _value(_CONDITIONS[name], value)
        else:
            raise ValueError(f"{_snake(kind.__name__)} has no {name!r}")
    return kind(**arguments), where


def _value(hint: Any, text: str) -> Any:
    """A word as what the argument takes."""
    if text == "null" and type(None) in get_args(hint):
        return None
    try:
        return msgspec.convert(text, hint, strict=False)
    except msgspec.ValidationError:
        return msgspec.json.decode(text, type=hint)
