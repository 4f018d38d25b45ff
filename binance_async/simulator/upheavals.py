"""Faults that change the exchange itself, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from binance_async.simulator import actions
from binance_async.simulator.streams import StreamSession
from binance_async.simulator.transport import Message
from binance_async.simulator.websocket_api import ApiSession

if TYPE_CHECKING:
    from binance_async.simulator.exchange import Exchange
    from binance_async.simulator.faults import Facts
    from binance_async.simulator.sessions import SocketSession

__all__ = ["happen"]


def happen(exchange: Exchange, action: actions.Action, where: Facts) -> None:
    """Let it happen."""
    match action:
        case actions.Shutdown():
            _shut_down(exchange, action, where)
        case actions.Unreachable(seconds):
            exchange.cut_off(seconds)
        case actions.ExpireListenKeys(account, silent):
            exchange.user_data.expire(account, silent=silent)
        case actions.EndSubscriptions(account):
            exchange.user_data.end_subscriptions(account)
        case actions.Revoke():
            _revoke(exchange, action)
        case actions.Push():
            _push(exchange, action, where)
        case actions.ClockJump(seconds):
            exchange.clock.jump(seconds)
        case actions.ClockDrift(ppm):
            exchange.clock.drift(ppm)
        case actions.ForeignWeight():
            _use_weight(exchange, action, action.times)
        case actions.Ban(seconds, ip):
            exchange.limiter.ban(ip, seconds)
        case _:
            raise ValueError(f"{type(action).__name__} does not happen by itself: faults.add")


def _shut_down(exchange: Exchange, action: actions.Shutdown, where: Facts) -> None:
    for session in exchange.meant(where):
        session.send(Message(_shutdown_notice(exchange, session)))
        exchange.clock.call_later(action.after, session.close, action.code, "server shutdown")


def _shutdown_notice(exchange: Exchange, session: SocketSession) -> bytes:
    now = exchange.clock.now_us()
    event = msgspec.json.encode({"e": "serverShutdown", "E": now if session.micro else now // 1000})
    if isinstance(session, ApiSession):
        return b'{"event":' + event + b"}"
    if isinstance(session, StreamSession) and session.combined:
        return b'{"stream":"!serverShutdown","data":' + event + b"}"
    return event


def _revoke(exchange: Exchange, action: actions.Revoke) -> None:
    for key in exchange.key_ring.all():
        if action.api_key in (None, key.api_key) and action.account in (None, key.account):
            key.revoked = True


def _push(exchange: Exchange, action: actions.Push, where: Facts) -> None:
    data = action.payload.encode()
    if action.stream is not None:
        exchange.topics.push(action.stream, data)
    elif action.account is not None:
        exchange.user_data.watch(action.account).push(data)
    else:
        for session in exchange.meant(where):
            session.send(Message(data))


def _use_weight(exchange: Exchange, action: actions.ForeignWeight, left: int) -> None:
    exchange.limiter.charge(action.ip, action.weight)
    if action.every > 0 and left > 1:
        exchange.clock.call_later(action.every, _use_weight, exchange, action, left - 1)
