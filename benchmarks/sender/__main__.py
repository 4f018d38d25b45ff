"""`python -m benchmarks.sender PLAN`: prints its addresses as one line of JSON, and serves until it is killed."""

from __future__ import annotations

import json
import sys
from typing import Any

from benchmarks.sender.feed import Plan
from benchmarks.sender.server import Sender

if __name__ == "__main__":
    options: dict[str, Any] = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}
    sender = Sender(Plan(**options))
    print(json.dumps(sender.addresses), flush=True)
    sender.run()
