"""Answers to calls that the engine has no meaning for: the example of the exchange's documents, and nothing happens.

Such an answer carries the header `x-simulated: example`. `examples.json` holds the documented replies by family and
call.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from binance_async.core.endpoint import Endpoint

__all__ = ["example_of"]

_FILE = Path(__file__).with_name("examples.json")


@cache
def _examples() -> dict[str, dict[str, msgspec.Raw]]:
    return msgspec.json.decode(_FILE.read_bytes(), type=dict[str, dict[str, msgspec.Raw]])


def example_of(endpoint: Endpoint) -> Any | None:
    """The documented reply of a call; None if the documents have none."""
    family = _examples().get(endpoint.family, {})
    example = family.get(f"{endpoint.method} {endpoint.path}" if endpoint.path is not None else str(endpoint.ws))
    return None if example is None else msgspec.json.decode(example)
