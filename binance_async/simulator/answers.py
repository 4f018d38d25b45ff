"""How a call is answered, faults included: what is sent, when, and what becomes of the connection.

    call → prepare (limits, key, signature) → faults → commit or not, now or late → answer → door

Without a rule for the call this is one straight line. The order in which faults apply: what refuses comes first and
nothing else happens; what delays the commit is next; everything else changes an answer that has been made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from binance_async.simulator import actions
from binance_async.simulator.calls import Call, admit, authenticate, execute
from binance_async.simulator.engine import ExchangeError
from binance_async.simulator.json_values import as_list, as_object
from binance_async.simulator.limits import Limited
from binance_async.simulator.transport import Fate

if TYPE_CHECKING:
    from binance_async.simulator.exchange import Exchange
    from binance_async.simulator.history import RequestRecord

__all__ = ["Answer", "answer_to", "mutated"]

_BACKEND_TIMEOUT = 10.0


@dataclass(slots=True)
class Answer:
    """What a door writes, and how."""

    status: int = 200
    body: Any = None
    """The result, or the payload of the error."""
    error: ExchangeError | None = None
    text: str | None = None
    """Sent instead of the body, as it is."""
    gzip: bool = False
    headers: dict[str, str] = field(default_factory=dict[str, str])
    fate: Fate | None = None
    """What becomes of the connection instead of a whole reply."""
    at: int = 0
    whole: bool = False
    delay: float = 0.0
    doubled: float | None = None
    """Seconds after which the reply comes again."""
    strays: list[str | None] = field(default_factory=list[str | None])
    """Ids of replies that come before and that nobody asked for."""
    socket: list[actions.SocketAction] = field(default_factory=list[actions.SocketAction])

    @property
    def encoded(self) -> bytes:
        """The body as bytes."""
        return self.text.encode() if self.text is not None else msgspec.json.encode(self.body)


def _of_error(error: ExchangeError) -> Answer:
    return Answer(error.status, error.payload(), error)


def answer_to(exchange: Exchange, call: Call) -> Answer:
    """Make the call and say how it is answered."""
    record = exchange.history.request(call)
    refusal: ExchangeError | None = None
    try:
        admit(exchange, call)
        authenticate(exchange, call)
    except ExchangeError as error:
        refusal = error
    record.account = call.account
    faults = exchange.faults.for_call(call)
    answer = _refused_by_fault(faults)
    if answer is None:
        answer = _of_error(refusal) if refusal is not None else _committed(exchange, call, faults, record)
    record.status = answer.status
    record.code = None if answer.error is None else answer.error.code
    for action in faults:
        _change(answer, action)
    record.fate = answer.fate or ""
    record.faults = tuple(type(action).__name__ for action in faults)
    return answer


def _refused_by_fault(faults: list[actions.Action]) -> Answer | None:
    for action in faults:
        if isinstance(action, actions.Refuse):
            data = None if action.data is None else dict(action.data)
            answer = _of_error(ExchangeError(action.code, action.message, data, status=action.status))
            answer.text, answer.headers = action.body, dict(action.headers)
            return answer
    return None


def _committed(exchange: Exchange, call: Call, faults: list[actions.Action], record: RequestRecord) -> Answer:
    for action in faults:
        if isinstance(action, actions.LateCommit):
            exchange.clock.call_later(action.delay, _commit, exchange, call, record, None)
            return Answer(200, {})
    lag = next((action.seconds for action in faults if isinstance(action, actions.Lag)), None)
    return _commit(exchange, call, record, lag)


def _commit(exchange: Exchange, call: Call, record: RequestRecord, lag: float | None) -> Answer:
    try:
        body = execute(exchange, call) if lag is None else exchange.ledger.read(exchange, call, lag)
    except Limited as error:
        return _of_error(error)
    except ExchangeError as error:
        record.refused(exchange.clock.now_us(), error)
        return _of_error(error)
    record.committed(exchange.clock.now_us(), body)
    answer = Answer(200, body)
    if call.simulated:
        answer.headers["x-simulated"] = "example"
    return answer


def _change(answer: Answer, action: actions.Action) -> None:
    """Apply one fault to an answer that has been made."""
    match action:
        case actions.LoseReply(how, delay):
            _lose(answer, how, delay)
        case actions.LateCommit(_, how, reply_delay):
            _lose(answer, how, reply_delay)
        case actions.CutReply(at, whole):
            answer.fate, answer.at, answer.whole = "cut", at, whole
        case actions.ReplaceReply(status, body, headers):
            answer.status = answer.status if status is None else status
            answer.text = answer.text if body is None else body
            answer.headers.update(headers)
        case actions.GzipReply(at):
            answer.gzip = True
            if at is not None:
                answer.fate, answer.at, answer.whole = "cut", at, True
        case actions.SlowReply(delay):
            answer.delay += delay
        case actions.DoubleReply(after):
            answer.doubled = after
        case actions.StrayReply(id):
            answer.strays.append(id)
        case actions.Mutate():
            answer.text = mutated(answer.encoded, action).decode()
        case actions.SocketAction():
            answer.socket.append(action)
        case _:
            pass


def _lose(answer: Answer, how: str, delay: float) -> None:
    if how == "timeout":
        text = "Timeout waiting for response from backend server. Send status unknown; execution status unknown."
        _become(answer, ExchangeError(-1007, text, status=504), delay or _BACKEND_TIMEOUT)
    elif how == "unexpected":
        text = "An unexpected response was received from the message bus. Execution status unknown."
        _become(answer, ExchangeError(-1006, text, status=500), delay)
    else:
        answer.fate = how  # type: ignore[assignment]  # the rest of the literals
        answer.delay += delay


def _become(answer: Answer, error: ExchangeError, delay: float) -> None:
    answer.status, answer.body, answer.error, answer.text = error.status, error.payload(), error, None
    answer.delay += delay


def mutated(data: bytes, action: actions.Mutate) -> bytes:
    """JSON with fields set and dropped by their paths. What is no JSON stays as it is."""
    if action.text is not None:
        return action.text.encode()
    try:
        value: Any = msgspec.json.decode(data)
    except msgspec.DecodeError:
        return data
    for path, new in action.set.items():
        _at(value, path, new)
    for path in action.drop:
        _at(value, path, _DROPPED)
    if action.microseconds:
        value = _in_microseconds(value)
    return msgspec.json.encode(value)


def _in_microseconds(value: Any) -> Any:
    """The same with its times, told by their size, in microseconds."""
    items, fields = as_list(value), as_object(value)
    if items is not None:
        return [_in_microseconds(item) for item in items]
    if fields is not None:
        return {name: _in_microseconds(item) for name, item in fields.items()}
    return value * 1_000 if isinstance(value, int) and 10**12 <= value < 10**13 else value


_DROPPED = object()


def _at(value: Any, path: str, new: Any) -> None:
    """Set (or drop) the field at a path; a list takes an index. A path that leads nowhere changes nothing."""
    *steps, last = path.split(".")
    for step in steps:
        value = _step(value, step)
    items, fields = as_list(value), as_object(value)
    if items is not None and last.isdigit() and int(last) < len(items):
        items[int(last) : int(last) + 1] = [] if new is _DROPPED else [new]
    elif fields is not None and new is _DROPPED:
        fields.pop(last, None)
    elif fields is not None:
        fields[last] = new


def _step(value: Any, step: str) -> Any:
    items, fields = as_list(value), as_object(value)
    if fields is not None:
        return fields.get(step)
    if items is not None and step.isdigit():
        return items[int(step)] if int(step) < len(items) else None
    return None
