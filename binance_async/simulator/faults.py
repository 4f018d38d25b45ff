"""Faults on demand: `exchange.faults`.

    faults.add(LoseReply("reset"), call="place_order", nth=3)          the third order's reply is lost
    faults.add(Mute(), stream="btcusdt@trade")                         that stream falls silent
    faults.add(Mutate(set={"X": "NEW_2030"}), event="executionReport", times=1)
    faults.add(Reset(), control="SUBSCRIBE")                           RST between subscribing and its ack
    faults.now(Close(1012), door="stream")                             close every stream connection
    faults.at(30.0, ClockJump(3600))                                   in 30 s of the exchange's time

A rule has an action, a place and a measure. The place is what it is hung on, by the name of the condition:

    call       a call by its name (`place_order`), `POST /api/v3/order`, `order.place`, or `*`
    event      an event by its `e` (`executionReport`, `depthUpdate`, `bookTicker`), or `*`
    stream     an event by the name of its stream (`btcusdt@depth`), a pattern with `*`, or `user` for user data
    control    a control message by its method (`SUBSCRIBE`)
    opening    a WebSocket about to open (`*`); `opened` one that just has; `closing` one that the client closes

and narrows down by `door` (`rest`, `ws_api`, `stream`), `account`, `connection`, `ip`, `symbol`, `client_order_id`,
`writes`, `longer_than` (bytes of a control message). The measure: `times` at most, only the `nth` match, `every` so
manieth, with a `probability` (from the exchange's seed), `after` and `until` so many seconds of the exchange's time.
All that is given must hold. Each rule counts what it `seen` and what it `hits`; `remove` ends it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, cast

from binance_async.simulator.actions import (
    Action,
    CallAction,
    ControlAction,
    EventAction,
    HandshakeAction,
    NowAction,
    SocketAction,
)

if TYPE_CHECKING:
    from binance_async.simulator.calls import Call
    from binance_async.simulator.clock import SimClock

__all__ = ["Facts", "Faults", "Rule", "Where"]

PLACES = ("call", "event", "stream", "control", "opening", "opened", "closing")

Facts = dict[str, Any]
"""What is known of the thing that a rule may match."""


class Where(TypedDict, total=False):
    """The conditions of a rule."""

    call: str
    event: str
    stream: str
    control: str
    opening: str
    opened: str
    closing: str
    door: str
    account: int
    connection: int
    ip: str
    symbol: str
    client_order_id: str
    writes: bool
    longer_than: int
    times: int
    nth: int
    every: int
    probability: float
    after: float
    until: float


_MEASURES = ("times", "nth", "every", "probability", "after", "until")


@dataclass(slots=True, eq=False)
class Rule:
    """An action and when it happens."""

    action: Action
    place: str
    conditions: Facts
    times: int | None = None
    nth: int | None = None
    every: int = 1
    probability: float = 1.0
    after: float = float("-inf")
    until: float = float("inf")
    seen: int = 0
    """Things that met the conditions."""
    hits: int = 0
    """Times that the action happened."""
    _forget: Callable[[Rule], None] = field(default=lambda _: None, repr=False)

    def remove(self) -> None:
        """No longer."""
        self._forget(self)

    def matches(self, facts: Facts, elapsed: float, chance: random.Random) -> bool:
        """Whether it happens now; counts."""
        if not self.after <= elapsed <= self.until or not all(_meets(self.conditions, facts)):
            return False
        self.seen += 1
        if self.nth is not None and self.seen != self.nth:
            return False
        if self.seen % self.every or (self.times is not None and self.hits >= self.times):
            return False
        if self.probability < 1.0 and chance.random() >= self.probability:
            return False
        self.hits += 1
        return True


def _meets(conditions: Facts, facts: Facts) -> Iterable[bool]:
    for name, wanted in conditions.items():
        known = facts.get(name)
        if name == "longer_than":
            yield facts.get("bytes", 0) > wanted
        elif isinstance(wanted, str):
            names = cast("tuple[str, ...]", known) if isinstance(known, tuple) else (str(known),)
            yield any(fnmatchcase(one, wanted) for one in names)
        else:
            yield known == wanted


class Faults:
    """The rules in force."""

    def __init__(self, clock: SimClock, seed: int, do_now: Callable[[Action, Facts], None]) -> None:
        self._clock = clock
        self._chance = random.Random(f"faults/{seed}")
        self._do_now = do_now
        self._rules: dict[str, list[Rule]] = {place: [] for place in PLACES}
        self.events: bool = False
        """Whether any rule is about events; the hot path looks at nothing else."""

    @property
    def rules(self) -> list[Rule]:
        """Every rule in force."""
        return [rule for rules in self._rules.values() for rule in rules]

    def add(self, action: Action, **where: Unpack[Where]) -> Rule:
        """From now on, where the conditions hold, this happens."""
        measures: Facts = {name: where[name] for name in _MEASURES if name in where}  # type: ignore[literal-required]  # names of Where
        conditions: Facts = {name: value for name, value in where.items() if name not in measures}
        unknown = conditions.keys() - Where.__annotations__.keys()
        if unknown:
            raise ValueError(f"unknown conditions: {', '.join(sorted(unknown))}")
        place = _place(action, conditions)
        rule = Rule(action, place, conditions, **measures, _forget=self._remove)
        if "after" in measures:
            rule.after += self._clock.elapsed()
        if "until" in measures:
            rule.until += self._clock.elapsed()
        self._rules[place].append(rule)
        self._look()
        return rule

    def now(self, action: Action, **where: Unpack[Where]) -> None:
        """At once: to every connection that meets the conditions, or to the exchange."""
        self._do_now(action, dict(where))

    def at(self, seconds: float, action: Action, **where: Unpack[Where]) -> None:
        """`now`, so many seconds of the exchange's time from now."""
        self._clock.call_later(seconds, self._do_now, action, dict(where))

    def script(self, text: str) -> list[Rule]:
        """Rules written as text; see `script`."""
        from binance_async.simulator.script import run

        return run(self, text)

    def clear(self) -> None:
        """End every rule."""
        for rules in self._rules.values():
            rules.clear()
        self._look()

    def _remove(self, rule: Rule) -> None:
        rules = self._rules[rule.place]
        if rule in rules:
            rules.remove(rule)
        self._look()

    def _look(self) -> None:
        self.events = bool(self._rules["event"] or self._rules["stream"])

    # What the doors ask

    def for_call(self, call: Call) -> list[Action]:
        """The faults of a call."""
        rules = self._rules["call"]
        return self._matching(rules, _facts_of(call)) if rules else []

    def match(self, place: str, facts: Facts) -> list[Action]:
        """The faults of anything else."""
        rules = self._rules[place]
        return self._matching(rules, facts) if rules else []

    def for_event(self, facts: Facts) -> list[Action]:
        """The faults of an event."""
        return [*self.match("event", facts), *self.match("stream", facts)]

    def _matching(self, rules: list[Rule], facts: Facts) -> list[Action]:
        elapsed = self._clock.elapsed()
        return [rule.action for rule in rules if rule.matches(facts, elapsed, self._chance)]


_PLACES_OF: tuple[tuple[type[Action], tuple[str, ...]], ...] = (
    (SocketAction, PLACES),
    (ControlAction, ("control",)),
    (HandshakeAction, ("opening",)),
)


def _place(action: Action, conditions: Facts) -> str:
    """What the rule is hung on: the first of its conditions that names a place where its action can happen."""
    allowed: tuple[str, ...] = ()
    for kind, places in _PLACES_OF:
        if isinstance(action, kind):
            allowed += places
    if isinstance(action, CallAction):
        allowed += ("call",)
    if isinstance(action, EventAction):
        allowed += ("event", "stream")
    if isinstance(action, NowAction):
        raise ValueError(f"{type(action).__name__} happens at once: faults.now or faults.at")
    for place in allowed:
        if place in conditions:
            return place
    raise ValueError(f"{type(action).__name__} needs one of the conditions {', '.join(allowed)}")


def _facts_of(call: Call) -> Facts:
    endpoint = call.endpoint
    names = [call.name, endpoint.name]
    if endpoint.method is not None and endpoint.path is not None:
        names.append(f"{endpoint.method} {endpoint.path}")
    if endpoint.ws is not None:
        names.append(endpoint.ws)
    return {
        "call": tuple(names),
        "door": call.door,
        "account": call.account,
        "connection": call.connection,
        "ip": call.ip,
        "symbol": call.texts.get("symbol"),
        "client_order_id": call.client_order_id,
        "writes": endpoint.writes,
    }
