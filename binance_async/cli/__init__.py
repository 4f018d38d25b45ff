"""The command line: `python -m binance_async demo | simulate | endpoints`.

Each command is a module with `add(parser)` and `run(arguments) -> int`, imported when it is asked for.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

COMMANDS = {
    "demo": "a tour on the embedded exchange: no key, no network",
    "simulate": "run the embedded exchange for any client",
    "endpoints": "list every call, stream and user event",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m binance_async", description="binance_async at the command line")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    chosen = list(sys.argv[1:] if arguments is None else arguments)
    wanted = next((word for word in chosen if not word.startswith("-")), None)
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        if name == wanted:
            importlib.import_module(f"binance_async.cli.{name}").add(command)
    parsed = parser.parse_args(chosen)
    try:
        code: int = importlib.import_module(f"binance_async.cli.{parsed.command}").run(parsed)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of a pipe has gone
        sys.stderr.close()
        return 0
    return code
