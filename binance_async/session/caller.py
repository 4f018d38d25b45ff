"""What REST and the WebSocket API have in common: how a call ends.

    guard → credentials → client order id → attempt ─┬─ value
                                                     ├─ Rejected, NotSent: no effect, told at once
                                                     ├─ -1021: no effect; measure the clock, sign anew, once
                                                     ├─ read failed: again, within the retry quota
                                                     └─ OutcomeUnknown: the resolver, where the call has one

A write is attempted once. If its outcome was lost, the resolver finds it out in the session, so that a caller who is
cancelled meanwhile loses the answer and not the resolution. A read has no effect, so a failure that may pass is
repeated; the quota sees to it that a broken exchange is not hammered.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

from binance_async.core.endpoint import Bound
from binance_async.errors import (
    BinanceError,
    ConnectFailed,
    DecodeFailure,
    OutcomeUnknown,
    Rejected,
    Unavailable,
)
from binance_async.session import guard
from binance_async.session.write import Write

if TYPE_CHECKING:
    from binance_async.core.endpoint import Endpoint
    from binance_async.core.signing import Signer
    from binance_async.session.family import Kit
    from binance_async.session.limits import Limits
    from binance_async.session.manager import Manager

log: Final = logging.getLogger("binance_async.calls")

_CLOCK_REFUSAL: Final = -1021
_PASSING: Final = (Unavailable, ConnectFailed, DecodeFailure)
"""Failures of a read that may pass."""
_OWN_IDS = {"amend": "newClientOrderId"}
"""What the exchange would fill in by chance, and the client fills in by itself, to know the order by it afterwards."""


def _is_about_time(endpoint: Endpoint, error: Rejected) -> bool:
    """Whether the timestamp was refused."""
    return error.code == _CLOCK_REFUSAL and endpoint.signed


class FamilyCaller(ABC):
    """Carries the calls of one family."""

    def __init__(self, manager: Manager, kit: Kit) -> None:
        self.manager = manager
        self.kit = kit
        self.family: str = kit.family
        self.limits: Limits = manager.limits(kit.family)

    @abstractmethod
    async def attempt(self, endpoint: Endpoint, bound: Bound, signer: Signer | None) -> Any:
        """Make the call once; a decoded reply, or an error of `errors`."""

    def check(self, endpoint: Endpoint) -> None:
        """Refuse what this route does not carry."""

    def call(self, endpoint: Endpoint, bound: Bound) -> Coroutine[Any, Any, Any]:
        """Make the call. What `core.endpoint` calls a caller."""
        manager = self.manager
        manager.check_usable(endpoint.name)
        self.check(endpoint)
        writes = endpoint.writes
        if writes and endpoint.method is not None and endpoint.path is not None:
            guard.check_money_out(endpoint.name, endpoint.method, endpoint.path, manager.allow_transfers)
        signer = manager.signer_for(endpoint.name, endpoint.security) if endpoint.keyed else None
        if not writes:
            return self._read(endpoint, bound, signer)
        own_id = endpoint.client_id or _OWN_IDS.get(str(endpoint.resolve))
        if own_id is not None and own_id not in bound:
            bound[own_id] = manager.new_client_id()
        return self._write(endpoint, bound, signer)

    async def ask(self, endpoint: Endpoint, bound: Bound) -> Any:
        """One attempt of a signed read, for who asks again by himself."""
        self.manager.check_usable(endpoint.name)
        signer = self.manager.signer_for(endpoint.name, endpoint.security)
        return await self._timely(endpoint, lambda: self.attempt(endpoint, bound, signer))

    async def _read(self, endpoint: Endpoint, bound: Bound, signer: Signer | None) -> Any:
        quota = self.manager.retry_quota
        started = self.manager.clock.monotonic()
        failure: Exception
        try:
            value = await self.attempt(endpoint, bound, signer)
        except (*_PASSING, Rejected) as error:
            if isinstance(error, Rejected) and not _is_about_time(endpoint, error):
                raise
            failure = error
        else:
            quota.succeeded()
            return value
        try:
            return await self._read_again(endpoint, lambda: self.attempt(endpoint, bound, signer), failure, started)
        finally:
            del failure  # its traceback holds this frame

    async def _read_again(
        self, endpoint: Endpoint, attempt: Callable[[], Awaitable[Any]], failure: Exception | None, started: float
    ) -> Any:
        """The first attempt has failed, in a way that may pass."""
        manager, timed_out = self.manager, False
        quota = manager.retry_quota
        for number in itertools.count(1):
            try:
                if isinstance(failure, Rejected):
                    await self._measure_clock(endpoint)
                    failure, value = None, await attempt()
                elif failure is not None:
                    raise failure
                else:
                    value = await self._timely(endpoint, attempt)
            except _PASSING:
                failure = None
                timed_out = manager.clock.monotonic() - started >= manager.timings.request
                delay = quota.retry_after(number, manager.seams.random, timed_out=timed_out)
                if delay is None:
                    raise
                log.info("%s: attempt %d failed, again in %.2f s", endpoint.name, number, delay)
                await manager.pause(delay, endpoint.name)
                started = manager.clock.monotonic()
            else:
                quota.succeeded(attempts=number, timed_out=timed_out)
                return value
        raise AssertionError("unreachable")

    async def _write(self, endpoint: Endpoint, bound: Bound, signer: Signer | None) -> Any:
        resolver = self.manager.resolver(self.kit)
        write = Write(endpoint, bound)

        def attempt() -> Awaitable[Any]:
            write.begins(self.manager.clock.monotonic())
            return self.attempt(endpoint, bound, signer)

        resolver.begin(write)
        try:
            try:
                return await self._timely(endpoint, attempt)
            except OutcomeUnknown as error:
                unknown = error
            except asyncio.CancelledError as cancelled:
                if getattr(cancelled, "sent", True):
                    resolver.abandoned(write)
                raise
            if not self.manager.closed:
                try:
                    return await resolver.resolve(write, unknown)
                except asyncio.CancelledError:
                    if not self._ended_by_close():
                        raise
            resolver.left.append(unknown)  # the client is closed
            raise unknown
        finally:
            resolver.end(write)

    def _ended_by_close(self) -> bool:
        """Whether it was the resolution that was cancelled, by the closing of the client, and not its caller."""
        task = asyncio.current_task()
        return self.manager.closed and task is not None and not task.cancelling()

    async def _timely(self, endpoint: Endpoint, attempt: Callable[[], Awaitable[Any]]) -> Any:
        """Attempt it, and once more if the timestamp was refused."""
        try:
            return await attempt()
        except Rejected as error:
            if not _is_about_time(endpoint, error):
                raise
        await self._measure_clock(endpoint)
        return await attempt()

    async def _measure_clock(self, endpoint: Endpoint) -> None:
        """A timestamp was refused."""
        log.warning("%s: the exchange refused the timestamp; measuring its clock", endpoint.name)
        try:
            await self.manager.measure_clock(self.kit)
        except asyncio.CancelledError as cancelled:
            # One attempt was refused and the other is not begun. (See `net.http` on this attribute.)
            cancelled.sent = False  # type: ignore[attr-defined]  # the class allows it
            raise
        self.manager.check_usable(endpoint.name)

    def timestamped(self, endpoint: Endpoint, bound: Bound, now: float) -> Bound:
        """The parameters with the timestamp of `now`, and the client's recvWindow where the call has none of its own.

        They are entered in place, so that whoever made the call knows what was sent.
        """
        if self.manager.recv_window is not None and "recvWindow" not in bound and endpoint.takes("recvWindow"):
            bound["recvWindow"] = self.manager.recv_window
        bound["timestamp"] = int(now * 1000)
        self.manager.keep_time(self.kit)
        return bound

    def client_order_id(self, endpoint: Endpoint, bound: Bound) -> str | None:
        """Under which id the effect of a call can be looked up."""
        value = bound.get(endpoint.client_id) if endpoint.client_id else None
        return str(value) if value is not None else None

    def unanswered(self, endpoint: Endpoint, bound: Bound, cause: str) -> BinanceError:
        """The error of a request that was sent and not answered."""
        if not endpoint.writes:
            return Unavailable(cause, call=endpoint.name)
        return OutcomeUnknown(cause, call=endpoint.name, client_order_id=self.client_order_id(endpoint, bound))
