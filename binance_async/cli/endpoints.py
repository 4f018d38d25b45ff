"""`python -m binance_async endpoints [--json] [--family F] [--kind K] [WORD ...]`."""

from __future__ import annotations

import argparse
import sys

import msgspec

from binance_async.declared import FAMILIES, Declaration, declarations

KINDS = ("rest", "ws_api", "stream", "user_event")


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.add_argument("--json", action="store_true", help="as JSON, one array")
    parser.add_argument("--family", choices=FAMILIES, help="only this family")
    parser.add_argument("--kind", choices=KINDS, help="only this kind")
    parser.add_argument("words", nargs="*", metavar="WORD", help="only those in whose line all of these words occur")


def run(arguments: argparse.Namespace) -> int:
    """Print them."""
    families = [arguments.family] if arguments.family else []
    found = [d for d in declarations(*families) if _wanted(d, arguments.kind, arguments.words)]
    if arguments.json:
        rows = msgspec.json.encode([d.as_dict() for d in found])
        sys.stdout.write(msgspec.json.format(rows, indent=1).decode() + "\n")
        return 0
    for declaration in found:
        print(_line(declaration))
    print(f"{len(found)} declarations", file=sys.stderr)
    return 0


def _wanted(d: Declaration, kind: str | None, words: list[str]) -> bool:
    line = _line(d).lower()
    return (kind is None or d.kind == kind) and all(word.lower() in line for word in words)


def _line(d: Declaration) -> str:
    where = {
        "rest": f"{d.method} {d.path}",
        "ws_api": d.ws_method,
        "stream": d.stream,
        "user_event": d.event,
    }[d.kind]
    edition = f"  since {d.since}" * bool(d.since) + f"  until {d.until}" * bool(d.until)
    return f"{d.kind:10} {d.name:45} {where!s:45} {d.security:12} {d.doc}{edition}"
