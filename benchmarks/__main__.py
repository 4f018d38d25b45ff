"""`python -m benchmarks [--only NAME ...] [--quick] [--json FILE] [--check] [--list]`."""

from __future__ import annotations

import sys

from benchmarks.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
