"""`python -m binance_async demo`: fifteen seconds on the embedded exchange, with no key and no network.

Streams and a book, orders over REST and the WebSocket API, an order whose reply is lost, every connection cut, a
planned hand-over; at the end what was seen is compared with the exchange's own history. In a terminal (with the extra
`cli`) it is a live view, in a pipe plain lines.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib.util
import io
import logging
import os
import shutil
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from binance_async.cli.demo_lines import Lines
    from binance_async.cli.demo_scene import Scene
    from binance_async.cli.demo_screen import Screen

    View = Lines | Screen

FRAMES = 6
"""A second, of the live view."""
LONGEST = 60.0
"""Seconds after which something is wrong."""
SMALLEST = (100, 30)
"""Columns and rows of a terminal that has room for the live view."""


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.add_argument("--plain", action="store_true", help="plain lines, also in a terminal")
    parser.add_argument("--verbose", action="store_true", help="the client's own log as well, on standard error")
    parser.add_argument("--pace", type=float, default=1.0, metavar="X", help="how long the pauses are (default: 1)")


def run(arguments: argparse.Namespace) -> int:
    """Show it; 0 if all that was promised held."""
    from binance_async.cli.demo_lines import Lines, summary
    from binance_async.cli.demo_scene import Scene
    from binance_async.cli.demo_story import STEPS, SYMBOL

    _log(verbose=arguments.verbose)
    out: object = sys.stdout
    if isinstance(out, io.TextIOWrapper):
        out.reconfigure(errors="replace")  # not every terminal has a ✓
    scene = Scene(SYMBOL, STEPS + 1)
    view: View
    if _has_screen() and not arguments.plain:
        from binance_async.cli.demo_screen import Screen

        view = Screen(scene)
    else:
        view = Lines(scene)
    try:
        with view:
            held = asyncio.run(_perform(scene, view, arguments.pace))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("interrupted; every connection is closed", file=sys.stderr)
        return 130
    except TimeoutError:
        print(f"demo: something took longer than {LONGEST:g} s", file=sys.stderr)
        return 1
    summary(scene)
    return 0 if held else 1


async def _perform(scene: Scene, view: View, pace: float) -> bool:
    from binance_async.cli.demo_story import perform

    async def draw() -> None:
        while True:
            view.refresh()
            await scene.clock.sleep(1 / FRAMES)

    task = asyncio.current_task()
    assert task is not None
    with contextlib.suppress(NotImplementedError):  # the loops of Windows leave it to a KeyboardInterrupt
        for each in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(each, task.cancel)
    drawing = asyncio.ensure_future(draw())
    try:
        async with asyncio.timeout(LONGEST):
            return await perform(scene, pace)
    finally:
        drawing.cancel()


def _has_screen() -> bool:
    if (
        not sys.stdout.isatty()
        or os.environ.get("TERM", "") in ("", "dumb")
        or importlib.util.find_spec("rich") is None
    ):
        return False
    columns, rows = shutil.get_terminal_size()
    return columns >= SMALLEST[0] and rows >= SMALLEST[1]


def _log(*, verbose: bool) -> None:
    """The client warns of lost connections; here that is part of the show."""
    logger = logging.getLogger("binance_async")
    if verbose:
        logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    else:
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
