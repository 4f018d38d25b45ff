"""`python -m binance_async simulate`: the embedded exchange as a process of its own, for any client in any language.

When it is ready it writes one line of JSON to standard output (addresses, keys, symbols); logs go to standard error.
SIGINT or SIGTERM end it.
"""

from __future__ import annotations

import argparse
import asyncio
import errno
import json
import logging
import signal
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from types import FrameType

    from binance_async.simulator import Simulator

log: Final = logging.getLogger("binance_async.simulate")

FAMILIES = ("spot", "us")
EPILOG = """\
One line of JSON on standard output says when it is ready and where:

  {"rest": "http://127.0.0.1:PORT", "ws_api": "ws://127.0.0.1:PORT/ws-api/v3", "stream": "ws://127.0.0.1:PORT",
   "keys": {"hmac": {"api_key": ..., "secret": ...}, "ed25519": {"api_key": ..., "private_key": PEM}, "rsa": {...}},
   "symbols": [...]}

The paths below are the exchange's own: /api/v3/..., /ws/<stream>, /stream?streams=<a>/<b>.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    parser.add_argument("--port", type=_port, default=0, metavar="N", help="the port (default: any that is free)")
    parser.add_argument(
        "--symbols",
        nargs="+",
        metavar="NAME",
        help="which symbols, or how many (default: BTCUSDT and five others)",
    )
    parser.add_argument(
        "--rate",
        type=_not_negative,
        metavar="EVENTS",
        help="orders and cancels of the simulated market a second, all symbols together; "
        "with 0 the books are full and stand still (default: 100)",
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="makes prices and keys (default: %(default)s)")
    parser.add_argument(
        "--speed", type=_positive, default=1.0, metavar="X", help="how much faster than life time passes (default: 1)"
    )
    parser.add_argument(
        "--families",
        type=_families,
        default=("spot",),
        metavar="spot,us",
        help="which exchanges; the first gets the port (default: spot)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to end."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        return asyncio.run(_serve(arguments))
    except ValueError as error:
        print(f"simulate: {error}", file=sys.stderr)
    except BrokenPipeError:  # nobody reads: `main` knows
        raise
    except OSError as error:
        why = "it is in use" if error.errno == errno.EADDRINUSE else error.strerror or str(error)
        print(f"simulate: cannot listen on port {arguments.port} of 127.0.0.1: {why}", file=sys.stderr)
    return 2


async def _serve(arguments: argparse.Namespace) -> int:
    from binance_async.simulator import Simulator

    ended = asyncio.Event()
    _on_signals(ended)
    async with Simulator(
        port=arguments.port,
        symbols=_symbols(arguments.symbols),
        rate=arguments.rate,
        seed=arguments.seed,
        speed=arguments.speed,
        families=arguments.families,
    ) as exchange:
        print(json.dumps(_ready(exchange, arguments.families)), flush=True)
        log.info("serving %s on %s", " and ".join(arguments.families), exchange.urls["rest"])
        await ended.wait()
        counters = ", ".join(f"{name} {count}" for name, count in sorted(exchange.counters.items()))
        log.info("ending: %s", counters or "nobody came")
    return 0


def _on_signals(ended: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def end(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(ended.set)

    for each in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(each, ended.set)
        except NotImplementedError:  # the loops of Windows
            signal.signal(each, end)


def _ready(exchange: Simulator, families: tuple[str, ...]) -> dict[str, Any]:
    """What a client needs to know; the first family at the top."""
    first = _of_family(exchange, families[0])
    if len(families) == 1:
        return first
    return {**first, "families": {name: _of_family(exchange, name) for name in families}}


def _of_family(exchange: Simulator, family: str) -> dict[str, Any]:
    hosts, inside = exchange.environment.of(family), exchange.family(family)
    keys = {kind: key.as_dict() for kind, key in inside.account.keys.items()}
    addresses = {"rest": hosts.rest, "ws_api": hosts.ws_api, "stream": hosts.stream}
    return {**addresses, "keys": keys, "symbols": list(inside.engine.symbols)}


# What arguments mean


def _symbols(words: list[str] | None) -> int | list[str] | None:
    names = [name for word in words or () for name in word.split(",") if name]
    if len(names) == 1 and names[0].isdecimal():
        number = int(names[0])
        if not number:
            raise ValueError("--symbols takes at least one symbol")
        return number
    return [name.upper() for name in names] or None


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError("a port is 0 to 65535")
    return port


def _not_negative(text: str) -> float:
    number = float(text)
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError("0 or more")
    return number


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError("more than 0")
    return number


def _families(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name for name in text.split(",") if name))
    if not names or any(name not in FAMILIES for name in names):
        raise argparse.ArgumentTypeError(f"some of {','.join(FAMILIES)}")
    return names
