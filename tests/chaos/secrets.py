"""G16: no secret is seen, whatever goes wrong. The failures and the search are those of `tests/test_canary.py`."""

from __future__ import annotations

import asyncio
from collections import Counter

from tests import test_canary as canary
from tests.chaos.goals import Figures, demand
from tests.conftest import Keys, World

KINDS = ("hmac", "ed25519", "rsa", "hmac", "ed25519")
OVER_THE_NETWORK = 10
"""One of so many failures is one over real sockets."""


def secrets(size: int, seed: int) -> Figures:
    """So many failures; after each, all that a person, a log or a crash report could see is searched."""
    keys, figures, hits = Keys(), Counter[str](), list[str]()
    number = seed * 10_000_000
    with canary.listening() as (ears, warned):
        while figures["failures"] < size:
            number += 1
            key = keys.of(KINDS[number % len(KINDS)])
            search, failed = canary.one_failure(World(keys), key, number, ears)
            figures["failures"] += failed
            hits += [f"{number}: {hit}" for hit in search.hits]
            if number % OVER_THE_NETWORK == 0:
                search, failed = asyncio.run(canary.over_the_network(key, number))
                figures["failures over real sockets"] += failed
                for text in ears.heard:
                    search.look("the log", text)
                ears.heard.clear()
                hits += [f"{number}: {hit}" for hit in search.hits]
        everything = canary.Search({})
        for kind in set(KINDS):
            for name, secret in canary.known_secrets(keys.of(kind)).items():
                everything.also(name, secret)
        for warning in warned:
            everything.look("a warning", f"{warning.message!r} {warning.source!r}")
    found = [*hits, *everything.hits]
    demand(not found, lambda: f"{len(found)} secrets were seen: {found[:3]}")
    return {**figures, "secrets seen": 0}
