"""Virtual time: an event loop on which a day passes in the time that its callbacks take.

A `VirtualLoop` runs what is ready, in order; when nothing is ready it does not wait, it moves its clock to the next
timer. Nothing outside can wake it: it has no descriptors and no threads (what is given to an executor runs at once),
so a run depends on nothing but its inputs and replays exactly. Timers that fall due together run in the order in which
they were set, which asyncio's own heap does not promise.

A loop that has nothing ready and no timer would sleep for ever. Here that is an error, `VirtualDeadlock`, which names
the tasks and the lines where they wait: the lost wake-up that hangs a program on a real loop fails a test at once.

`VirtualClock` is the seam `Clock` on such a loop. Its wall clock can be set, jump and drift against the monotonic one,
as clocks of real machines do.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, TypeVarTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextvars import Context

__all__ = ["VirtualClock", "VirtualDeadlock", "VirtualLoop", "VirtualTimeout", "run_virtual"]

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")

_ASYNCIO = Path(asyncio.__file__).parent
YEAR = 366 * 86400.0
_CLEAN_UP = 60.0


class VirtualDeadlock(RuntimeError):
    """Nothing is ready, no timer is set: the tasks named in the text would wait for ever."""


class VirtualTimeout(RuntimeError):
    """The run went past its limit of virtual time. Not a TimeoutError, which the code under test may catch."""


class VirtualLoop(asyncio.BaseEventLoop):
    """An asyncio event loop whose time is a number that it moves itself."""

    def __init__(self, *, start: float = 0.0, limit: float = YEAR) -> None:
        super().__init__()
        self._now = start
        self._end = start + limit
        self._queue: deque[asyncio.Handle] = deque()
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._order = itertools.count()
        self._cancelled = 0
        self._halting = False

    def time(self) -> float:
        """Virtual seconds."""
        return self._now

    def call_soon(
        self, callback: Callable[[*_Ts], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Run `callback` in the next turn."""
        self._check_open()
        handle = asyncio.Handle(callback, args, self, context)
        self._queue.append(handle)
        return handle

    def call_soon_threadsafe(
        self, callback: Callable[[*_Ts], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """As `call_soon`: nothing sleeps here that would have to be woken."""
        return self.call_soon(callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[[*_Ts], object],
        *args: *_Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Run `callback` at a virtual time, after what was set for that time before."""
        self._check_open()
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        heapq.heappush(self._timers, (when, next(self._order), timer))
        return timer

    def run_in_executor(
        self,
        executor: Any,
        func: Callable[[*_Ts], _T],
        *args: *_Ts,
    ) -> asyncio.Future[_T]:
        """Run `func` at once, in this thread: threads would make a run depend on real time."""
        future: asyncio.Future[_T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - it belongs to whoever awaits the future
            future.set_exception(error)
        return future

    async def getaddrinfo(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """There is no network here."""
        raise RuntimeError("the virtual loop has no network; use binance_async.net.memory")

    async def sock_connect(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """There is no network here."""
        raise RuntimeError("the virtual loop has no network; use binance_async.net.memory")

    def run_forever(self) -> None:
        """Run until `stop`."""
        try:
            super().run_forever()
        finally:
            self._halting = False

    def stop(self) -> None:
        """Stop at the end of this turn."""
        self._halting = True
        super().stop()

    def close(self) -> None:
        """Forget everything."""
        super().close()
        self._queue.clear()
        self._timers.clear()

    def _check_open(self) -> None:
        if self.is_closed():
            raise RuntimeError("Event loop is closed")

    def _run_once(self) -> None:
        """One turn, called by `run_forever`."""
        self._drop_cancelled()
        if not self._queue and not self._halting:
            self._advance()
        while self._timers and self._timers[0][0] <= self._now:
            self._queue.append(heapq.heappop(self._timers)[2])
        for _ in range(len(self._queue)):
            handle = self._queue.popleft()
            if not handle.cancelled():
                handle._run()

    def _advance(self) -> None:
        if not self._timers:
            raise VirtualDeadlock(
                f"nothing is ready and no timer is set at {self._now:g} s; waiting: {self._waiting()}"
            )
        when = self._timers[0][0]
        if when > self._end:
            limit, self._end = (
                self._end,
                max(when, self._now) + _CLEAN_UP,
            )  # tasks that are cancelled now may wait a bit
            raise VirtualTimeout(f"the limit of {limit:g} s is reached; waiting: {self._waiting()}")
        self._now = max(self._now, when)

    def _drop_cancelled(self) -> None:
        timers = self._timers
        while timers and timers[0][2].cancelled():
            heapq.heappop(timers)
            self._cancelled -= 1
        if self._cancelled > 100 and self._cancelled * 2 > len(timers):
            timers[:] = [entry for entry in timers if not entry[2].cancelled()]
            heapq.heapify(timers)
            self._cancelled = 0

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        self._cancelled += 1

    def _waiting(self) -> str:
        return "; ".join(sorted(_place(task) for task in asyncio.all_tasks(self))) or "no task"


def _place(task: asyncio.Task[Any]) -> str:
    """The task's name, its coroutine, and the line where it waits, asyncio's own lines left out."""
    outer: Any = task.get_coro()
    at = ""
    inner = outer
    while (frame := getattr(inner, "cr_frame", None)) is not None:
        path = Path(frame.f_code.co_filename)
        if path.parent != _ASYNCIO:
            at = f" at {path.name}:{frame.f_lineno}"
        inner = inner.cr_await
    return f"{task.get_name()} ({getattr(outer, '__qualname__', outer)}{at})"


def run_virtual(main: Coroutine[Any, Any, _T], *, start: float = 0.0, limit: float = YEAR) -> _T:
    """Run a coroutine to its end on a new virtual loop that begins at `start`, as `asyncio.run` does.

    Raises `VirtualDeadlock`, or `VirtualTimeout` after `limit` virtual seconds. All tasks are cancelled at the end.
    """
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(start=start, limit=limit)) as runner:
        return runner.run(main)


class VirtualClock:
    """The seam `Clock` on a virtual loop, with a wall clock that can be wrong."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, epoch: float = 1_700_000_000.0) -> None:
        self._loop = loop
        self._drift = 0.0
        self._since = loop.time()
        self._wall = epoch

    def wall(self) -> float:
        """Seconds since the epoch, as this machine believes them."""
        return self._wall + (self._loop.time() - self._since) * (1 + self._drift)

    def monotonic(self) -> float:
        """The loop's time."""
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        """Wait, in virtual time."""
        await asyncio.sleep(seconds)

    def set_wall(self, seconds: float) -> None:
        """Set the wall clock."""
        self._wall, self._since = seconds, self._loop.time()

    def jump(self, seconds: float) -> None:
        """Move the wall clock, back if negative; monotonic time knows nothing of it."""
        self.set_wall(self.wall() + seconds)

    @property
    def drift(self) -> float:
        """By how much the wall clock runs too fast: 0.0005 is 500 ppm. Setting it moves nothing that has passed."""
        return self._drift

    @drift.setter
    def drift(self, drift: float) -> None:
        self.set_wall(self.wall())
        self._drift = drift
