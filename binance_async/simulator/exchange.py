"""One exchange: the engine and its doors, with no transport of its own.

    exchange.http(method, target, headers, body, ip)     → HttpReply, or raises Broken
    exchange.opening(target, ip)                          → seconds to wait, or raises Refused or Broken
    exchange.accept(target, headers, ip)                  → a session, or raises Refused

Whatever carries bytes (`server.py` over sockets, `memory.py` within the process) calls these and nothing else, so that
both are the same exchange.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

import msgspec

from binance_async.core.endpoint import Endpoint, endpoints
from binance_async.net.seams import HttpReply
from binance_async.simulator import actions
from binance_async.simulator.answers import mutated
from binance_async.simulator.engine import Bounds, Engine, ExchangeError, OrderLimit, SymbolSpec
from binance_async.simulator.faults import Facts, Faults
from binance_async.simulator.history import History
from binance_async.simulator.keys import Key, KeyRing, Keys
from binance_async.simulator.ledger import Ledger
from binance_async.simulator.limits import Limited, Limiter
from binance_async.simulator.rest import RestDoor
from binance_async.simulator.rules import Rules, rules_for
from binance_async.simulator.spot_calls import SPOT_CALLS
from binance_async.simulator.streams import StreamSession
from binance_async.simulator.topics import Topics
from binance_async.simulator.transport import Broken, Refused, Session
from binance_async.simulator.user_data import UserData
from binance_async.simulator.websocket_api import SESSION_CALLS, ApiSession

if TYPE_CHECKING:
    from binance_async.simulator.calls import Handler
    from binance_async.simulator.clock import SimClock
    from binance_async.simulator.sessions import SocketSession

__all__ = ["DEFAULT_BALANCES", "Account", "Exchange"]

DEFAULT_BALANCES: Mapping[str, Decimal] = {
    "USDT": Decimal(1_000_000),
    "USDC": Decimal(1_000_000),
    "BTC": Decimal(100),
    "ETH": Decimal(1_000),
    "BNB": Decimal(10_000),
    "LTC": Decimal(10_000),
}
"""What an account has to begin with."""

_WS_API = re.compile(r"/ws-api/v3/?")
_RAW = re.compile(r"/ws(?:/(.*))?")
_COMBINED = re.compile(r"/stream/?")
_LISTEN_KEYS = re.compile(r"[A-Za-z0-9]{60}")


class Account:
    """An account of the exchange, as its owner sees it."""

    def __init__(self, exchange: Exchange, uid: int) -> None:
        self._exchange = exchange
        self.uid = uid
        self.keys: Keys = exchange.key_ring.of_account(uid)

    def add_key(
        self,
        kind: Any = "hmac",
        *,
        permissions: Iterable[str] | None = None,
        addresses: Iterable[str] | None = None,
    ) -> Key:
        """Another API key, with these permissions (all if none are said) and from these IP addresses (from any)."""
        options: dict[str, Any] = {} if permissions is None else {"permissions": permissions}
        return self._exchange.key_ring.add(self.uid, kind, addresses=addresses, **options)

    @property
    def credentials(self) -> Any:
        """The HMAC key's."""
        return self.keys["hmac"].credentials


class Exchange:
    """An exchange of one family."""

    def __init__(
        self,
        clock: SimClock,
        *,
        family: str = "spot",
        symbols: Sequence[SymbolSpec] | None = None,
        seed: int = 1,
        rules: Rules | None = None,
        bounds: Bounds | None = None,
        order_limits: Sequence[OrderLimit] | None = None,
        balances: Mapping[str, Decimal] = DEFAULT_BALANCES,
    ) -> None:
        self.clock = clock
        self.family = family
        self.seed = seed
        self.rules: Rules = rules or rules_for(family)
        self.engine: Engine = Engine(
            symbols,
            now_us=clock.now_us,
            seed=seed,
            order_limits=order_limits,
            bounds=bounds,
            edition=self.rules.edition,
        )
        self.key_ring: KeyRing = KeyRing(seed)
        self.history: History = History(clock, limit=self.engine.bounds.records)
        self.limiter: Limiter = Limiter(self.rules, clock)
        self.faults: Faults = Faults(clock, seed, self._do)
        self.ledger: Ledger = Ledger(self)
        self.user_data: UserData = UserData(self, seed)
        self.sessions: dict[int, SocketSession] = {}
        self._connections = 0
        self._held: dict[tuple[int, str], list[tuple[Callable[[bytes], None], bytes]]] = {}
        self._unreachable_until = float("-inf")
        module = importlib.import_module(f"binance_async.{family}")
        self._declare(module)
        self.topics: Topics = Topics.of_family(self, module)
        self._rest = RestDoor(self)
        self.accounts: dict[int, Account] = {}
        self.account: Account = self.add_account(balances=balances)

    def _declare(self, module: Any) -> None:
        self.rest_endpoints: list[Endpoint] = [
            e for e in endpoints(module.Calls) if e.path is not None and self._speaks(e)
        ]
        over_sockets = endpoints(module.WebsocketCalls)
        self.ws_endpoints: dict[str, Endpoint] = {e.ws: e for e in over_sockets if e.ws is not None and self._speaks(e)}
        self._handlers: dict[str, Handler] = {**SPOT_CALLS, **SESSION_CALLS}

    def _speaks(self, endpoint: Endpoint) -> bool:
        """Whether this edition has the call."""
        if endpoint.until is not None and not self.rules.retired:
            return False
        return endpoint.since is None or endpoint.since <= self.rules.as_of

    # Accounts

    def add_account(
        self, *, balances: Mapping[str, Decimal] | None = None, watched: bool = True, **options: Any
    ) -> Account:
        """Another account with keys of its own. `options` are those of `Engine.add_account`."""
        uid = self.engine.add_account(balances=balances, **options)
        account = Account(self, uid)
        self.accounts[uid] = account
        if watched:
            self.user_data.watch(uid)
            self.ledger.open(uid)
        return account

    # What the doors ask

    def handler_of(self, endpoint: Endpoint) -> Handler | None:
        """What does a call; None if the engine has no meaning for it."""
        if endpoint.path is not None:
            return self._handlers.get(f"{endpoint.method} {endpoint.path}")
        return self._handlers.get(str(endpoint.ws))

    def next_connection(self) -> int:
        """The number of a new connection."""
        self._connections += 1
        return self._connections

    def shown(self, target: str) -> str:
        """A target as it may be kept: without listen keys."""
        return _LISTEN_KEYS.sub("<listenKey>", target)

    @property
    def reachable(self) -> bool:
        """Whether connections get through."""
        return self.clock.elapsed() >= self._unreachable_until

    # The two doors

    async def http(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, ip: str = "127.0.0.1"
    ) -> HttpReply:
        """Answer an HTTP request. Header names are lower case. Raises `Broken`."""
        if not self.reachable:
            raise Broken("reset")
        return await self._rest.handle(method, target, headers, body, ip)

    def opening(self, target: str, ip: str = "127.0.0.1") -> float:
        """Seconds until a WebSocket may be accepted. Raises `Refused` or `Broken` where a fault wants it."""
        if not self.reachable:
            raise Broken("reset")
        path = target.partition("?")[0]
        delay = 0.0
        for action in self.faults.match("opening", {"opening": path, "door": _door(path), "ip": ip}):
            delay += self._suffer_opening(action)
        return delay

    def accept(self, target: str, headers: Mapping[str, str], ip: str = "127.0.0.1") -> Session:
        """Accept a WebSocket, after `opening`. Raises `Refused` with the HTTP reply to its handshake."""
        path, _, query = target.partition("?")
        door = _door(path)
        try:
            self.limiter.connect(ip, self.rules.websocket_api_weight if door == "ws_api" else 0)
            return self._session(path, dict(parse_qsl(query.replace("+", "%2B"))), target, ip)
        except Limited as error:
            self.history.counters["handshakes_refused"] += 1
            raise Refused(_refusal(error, {"retry-after": str(error.retry_after)})) from None
        except ExchangeError as error:
            raise Refused(_refusal(error, {})) from None

    def _suffer_opening(self, action: actions.Action) -> float:
        match action:
            case actions.SlowHandshake(seconds):
                return seconds
            case actions.RefuseHandshake(status, body, headers):
                self.history.counters["handshakes_refused"] += 1
                raise Refused(HttpReply(status, dict(headers), body.encode()))
            case actions.Reset():
                raise Broken("reset")
            case actions.EndFile() | actions.Close():
                raise Broken("close")
            case actions.HalfOpen() | actions.Freeze():
                raise Broken("silence")
            case _:
                return 0.0

    def _session(self, path: str, query: Mapping[str, str], target: str, ip: str) -> Session:
        micro = _micro(query.get("timeUnit"))
        if _WS_API.fullmatch(path):
            show = query.get("returnRateLimits", "true") != "false"
            return ApiSession(self, target, ip, micro=micro, show_limits=show)
        raw = _RAW.fullmatch(path)
        combined = _COMBINED.fullmatch(path)
        if raw is None and combined is None:
            raise ExchangeError(-1000, "Not found.", status=404)
        text = unquote(raw[1] or "") if raw is not None else query.get("streams", "")
        names = [name for name in text.split("/") if name]
        if len(names) > self.rules.streams_per_connection:
            raise ExchangeError(-1000, "Too many streams.", status=400)
        return StreamSession(self, target, ip, micro=micro, names=names, combined=combined is not None)

    # Faults

    def sieve(self, session: SocketSession, facts: Facts, data: bytes, write: Callable[[bytes], None]) -> None:
        """Send an event as the faults want it."""
        held = self._held.pop((session.number, str(facts["stream"])), [])
        copies, swapped, wait = 1, False, 0.0
        for action in self.faults.for_event(facts):
            match action:
                case actions.Mute():
                    copies = 0
                case actions.Double(after) if after > 0:
                    self.clock.call_later(after, write, data)
                case actions.Double():
                    copies *= 2
                case actions.Swap():
                    swapped = True
                case actions.Delay(seconds):
                    wait += seconds
                case actions.Mutate():
                    data = mutated(data, action)
                case _:
                    session.suffer(action)
        for _ in range(copies):
            if swapped:
                self._held.setdefault((session.number, str(facts["stream"])), []).append((write, data))
            elif wait:
                self.clock.call_later(wait, write, data)
            else:
                write(data)
        for late, old in held:
            late(old)

    def _do(self, action: actions.Action, where: Facts) -> None:
        """A fault that happens now."""
        if isinstance(action, actions.SocketAction):
            for session in self._meant(where):
                session.suffer(action)
            return
        from binance_async.simulator.upheavals import happen

        happen(self, action, where)

    def _meant(self, where: Facts) -> list[SocketSession]:
        """The open connections that meet the conditions."""
        wanted = dict(where)
        stream = wanted.pop("stream", None)
        return [
            session
            for session in list(self.sessions.values())
            if all(session.facts.get(name) == value for name, value in wanted.items())
            and (stream is None or (isinstance(session, StreamSession) and stream in session.names))
        ]

    def meant(self, where: Facts) -> list[SocketSession]:
        """The open connections that meet the conditions."""
        return self._meant(where)

    def cut_off(self, seconds: float) -> None:
        """Nothing gets through for so long; what is open is reset."""
        self._unreachable_until = self.clock.elapsed() + seconds
        for session in list(self.sessions.values()):
            session.suffer(actions.Reset())

    def close(self) -> None:
        """Close every connection and stop every timer."""
        for session in list(self.sessions.values()):
            session.close(1001, "the simulator closes")
            session.on_closed(1001, "the simulator closes")
        self.topics.close()
        self.user_data.close()


def _door(path: str) -> str:
    return "ws_api" if _WS_API.fullmatch(path) else "stream"


def _refusal(error: ExchangeError, headers: Mapping[str, str]) -> HttpReply:
    body = msgspec.json.encode(error.payload())
    return HttpReply(error.status, {"content-type": "application/json", **headers}, body)


def _micro(unit: str | None) -> bool:
    if unit is None or unit in ("MILLISECOND", "millisecond"):
        return False
    if unit in ("MICROSECOND", "microsecond"):
        return True
    raise ExchangeError(-1194, "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.")
