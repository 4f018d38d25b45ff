"""Print the reference as Markdown: every call, stream and user event, from the declarations themselves.

`python docs/reference.py [spot] [us]`. It is not kept in a file, so that it cannot be out of date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from binance_async.declared import FAMILIES, Declaration, declarations

TITLES = {
    "rest": "Calls over REST",
    "ws_api": "Calls over the WebSocket API",
    "stream": "Streams",
    "user_event": "User events",
}


def where(declaration: Declaration) -> str:
    """What the exchange calls it."""
    if declaration.kind == "rest":
        return f"{declaration.method} {declaration.path}"
    return str(declaration.ws_method or declaration.stream or declaration.event)


def entry(declaration: Declaration) -> Iterator[str]:
    """One call, stream or event."""
    yield f"#### {declaration.name}\n"
    yield f"{declaration.doc}\n"
    facts = [f"`{where(declaration)}`"]
    if declaration.kind in ("rest", "ws_api"):
        facts += [f"security {declaration.security}", f"weight {declaration.weight}"]
    facts += [f"since {declaration.since}"] * bool(declaration.since)
    facts += [f"until {declaration.until}"] * bool(declaration.until)
    yield ", ".join(facts) + "\n"
    for param in declaration.params:
        choices = f": {', '.join(param.choices)}" if param.choices else ""
        yield f"- `{param.name}`{'' if param.required else ' (optional)'}, {param.kind}{choices}"
    if declaration.params:
        yield ""


def undocumented() -> Iterator[str]:
    """Declarations that say nothing of themselves."""
    for declaration in declarations():
        if not declaration.doc:
            yield f"{declaration.name} has no documentation"


def main(families: list[str]) -> int:
    """Print it."""
    unknown = set(families) - set(FAMILIES)
    if unknown:
        print(f"families are {', '.join(FAMILIES)}", file=sys.stderr)
        return 2
    for family in families or FAMILIES:
        print(f"## {family}\n")
        for kind, title in TITLES.items():
            found = [each for each in declarations(family) if each.kind == kind]
            if found:
                print(f"### {title}\n")
                print("\n".join(line for each in found for line in entry(each)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
