"""The stream door: connections that subscribe, and the control messages with which they do.

A connection opens on `/ws`, `/ws/<name>/<name>` (raw events) or `/stream?streams=<name>/<name>` (events in the
envelope `{stream, data}`), and changes its subscriptions by SUBSCRIBE and UNSUBSCRIBE. What it sends is limited to
five messages a second, pings and pongs included.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from binance_async.simulator import actions
from binance_async.simulator.json_values import as_list, as_object
from binance_async.simulator.sessions import SocketSession
from binance_async.simulator.transport import Message

if TYPE_CHECKING:
    from binance_async.simulator.exchange import Exchange

__all__ = ["StreamSession"]

METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")

_LISTEN_KEY = re.compile(r"[A-Za-z0-9]{60}", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9_-]{1,36}", re.ASCII)


class ControlError(Exception):
    """A control message that is refused. `told` is whether the answer repeats the id."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class StreamSession(SocketSession):
    """One stream connection."""

    door = "stream"
    limited = True

    def __init__(
        self, exchange: Exchange, target: str, ip: str, *, micro: bool, names: list[str], combined: bool
    ) -> None:
        super().__init__(exchange, target, ip, micro=micro)
        self.combined: bool = combined
        self.names: dict[str, None] = dict.fromkeys(names)

    def opened(self, wire: Any) -> None:
        """Subscribe to what the URL named."""
        super().opened(wire)
        if self.open:
            for name in self.names:
                self.exchange.topics.join(self, name)

    def ended(self) -> None:
        """Unsubscribe from everything."""
        for name in self.names:
            self.exchange.topics.leave(self, name)
        self.names.clear()

    # Control messages

    def received(self, data: bytes) -> None:
        """One control message."""
        request_id: Any = None
        try:
            request = _decoded(data)
            request_id = _id_of(request)
            method = _method_of(request)
            facts = {**self.facts, "control": method, "bytes": len(data)}
            faults = self.exchange.faults.match("control", facts)
            if not self._refused(faults, request_id):
                self._obey(method, request, request_id, faults)
        except ControlError as error:
            self._say({"error": {"code": error.code, "msg": error.message}, "id": request_id})

    def _refused(self, faults: list[actions.Action], id: Any) -> bool:
        for action in faults:
            if isinstance(action, actions.RefuseControl):
                self._say({"error": {"code": action.code, "msg": action.message}, "id": id})
                return True
            if isinstance(action, actions.DropAck) and not action.obey:
                return True
        return False

    def _obey(self, method: str, request: dict[str, Any], id: Any, faults: list[actions.Action]) -> None:
        answer = {"result": self._result(method, request), "id": id}
        delay = sum(action.seconds for action in faults if isinstance(action, actions.DelayAck))
        for action in faults:
            self.suffer(action)
        if any(isinstance(action, actions.DropAck) for action in faults):
            return
        if delay:
            self._later(delay, self._say, answer)
        else:
            self._say(answer)

    def _result(self, method: str, request: dict[str, Any]) -> Any:
        if method == "SUBSCRIBE":
            return self._subscribe(_names(request))
        if method == "UNSUBSCRIBE":
            return self._unsubscribe(_names(request))
        if method == "LIST_SUBSCRIPTIONS":
            return list(self.names)
        return self._property(method, request.get("params"))

    def _subscribe(self, names: list[str]) -> None:
        unknown = [name for name in names if not self._subscribable(name)]
        if unknown:
            raise ControlError(2, f"Invalid request: unknown stream {unknown[0]}")
        wanted = self.names | dict.fromkeys(names)
        if len(wanted) > self.exchange.rules.streams_per_connection:
            raise ControlError(2, "Invalid request: too many parameters")
        for name in names:
            if name not in self.names:
                self.names[name] = None
                self.exchange.topics.join(self, name)

    def _subscribable(self, name: str) -> bool:
        """Whether SUBSCRIBE acknowledges a name: a stream, or what may once have been a listen key."""
        if self.exchange.rules.accept_unknown_streams or _LISTEN_KEY.fullmatch(name):
            return True
        return self.exchange.topics.exists(name)

    def _unsubscribe(self, names: list[str]) -> None:
        for name in names:
            if name in self.names:
                del self.names[name]
                self.exchange.topics.leave(self, name)

    def _property(self, method: str, given: Any) -> Any:
        values = as_list(given) or []
        if not values or not isinstance(values[0], str):
            raise ControlError(2, "Invalid request: property name must be a string")
        if len(values) > (2 if method == "SET_PROPERTY" else 1):
            raise ControlError(2, "Invalid request: too many parameters")
        if values[0] != "combined":
            raise ControlError(0, "Unknown property")
        if method == "GET_PROPERTY":
            return self.combined
        if len(values) < 2 or not isinstance(values[1], bool):
            raise ControlError(1, "Invalid value type: expected Boolean")
        self.combined = values[1]
        for name in self.names:
            self.exchange.topics.join(self, name)
        return None

    def _say(self, answer: dict[str, Any]) -> None:
        self.send(Message(msgspec.json.encode(answer)))


def _decoded(data: bytes) -> dict[str, Any]:
    try:
        value: Any = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ControlError(3, "Invalid JSON: expected value at line 1 column 1") from None
    request = as_object(value)
    if request is None:
        raise ControlError(3, "Invalid JSON: expected value at line 1 column 1")
    return request


def _id_of(request: dict[str, Any]) -> Any:
    """The id: a 64-bit int, a short text of letters and digits, or null."""
    given = request.get("id")
    if isinstance(given, str) and _ID.fullmatch(given):
        return given
    if given is None or (isinstance(given, int) and not isinstance(given, bool) and -(2**63) <= given < 2**63):
        return given
    raise ControlError(2, "Invalid request: request ID must be an unsigned integer")


def _method_of(request: dict[str, Any]) -> str:
    method = request.get("method")
    if method is None:
        raise ControlError(2, "Invalid request: missing field `method` at line 1 column 1")
    if method not in METHODS:
        known = ", ".join(f"`{each}`" for each in METHODS)
        raise ControlError(
            2, f"Invalid request: unknown variant `{method}`, expected one of {known} at line 1 column 28"
        )
    return str(method)


def _names(request: dict[str, Any]) -> list[str]:
    names = as_list(request.get("params"))
    if names is None or not all(isinstance(name, str) for name in names):
        raise ControlError(2, "Invalid request: property name must be a string")
    return names
