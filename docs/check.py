"""Are the documents true? Every Python example compiles, whole programs run, and every link leads somewhere.

A block that imports asyncio is a program and is run against the embedded exchange; others are parts of one, and are
compiled as the body of a coroutine.
"""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)#]+)(?:#[^)]*)?\)")
DECLARATION = re.compile(r"^@(get|post|put|delete|ws_only|stream)\(", re.MULTILINE)


def examples(document: Path) -> list[str]:
    """What is wrong with the document's examples."""
    wrong: list[str] = []
    for number, block in enumerate(BLOCK.findall(document.read_text(encoding="utf-8")), 1):
        name = f"{document.name}, example {number}"
        if "import asyncio" in block:
            command = [sys.executable, "-c", block]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
            print(f"{name}: ran")
            if done.returncode:
                wrong.append(f"{name}: {done.stderr}")
            continue
        source = block if DECLARATION.search(block) else "async def part():\n" + textwrap.indent(block, "    ")
        try:
            compile(source, name, "exec")
        except SyntaxError as error:
            wrong.append(f"{name}: {error}")
    return wrong


def links(document: Path) -> list[str]:
    """Links to files that are not there."""
    targets = LINK.findall(document.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target and not target.startswith("mailto:")]
    return [f"{document.name}: {target} leads nowhere" for target in local if not (document.parent / target).exists()]


def main() -> int:
    """Look at all of them; 1 if something is wrong."""
    wrong = [text for document in DOCUMENTS for text in (*links(document), *examples(document))]
    print("\n".join(wrong) or f"{len(DOCUMENTS)} documents are right")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
