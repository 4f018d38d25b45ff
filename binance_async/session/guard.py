"""Calls that move money out of the account are refused until they are opted in by name.

A stolen or mistaken program does most harm where funds leave the account. So every call that transfers, withdraws,
redeems, repays or converts is refused before a byte is sent, unless `Binance(allow_transfers={...})` names the call
(`"us.withdraw"`) or its path (`"/sapi/v1/capital/withdraw/apply"`). The rule is on the path, so that a raw `request()`
and a declaration of tomorrow are caught too: anything but a read whose path holds one of the words below.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from functools import lru_cache
from urllib.parse import unquote

from binance_async.errors import InvalidArgument, RefusedLocally

MONEY_OUT = re.compile(
    r"withdraw|transfer|redeem|repay|mint|otc/orders|asset/dust|acceptquote|asset-collection|auto-collection"
)
"""Words of paths that move assets away or convert them."""

_PATH = re.compile(r"(/[A-Za-z0-9_.~%-]+)+/?")


def check_path(path: str) -> str:
    """A path as it may be sent. Raises `InvalidArgument` for one that a server could read as another."""
    plain = unquote(path)
    if not _PATH.fullmatch(path) or plain != unquote(plain) or ".." in plain or "//" in plain or "\\" in plain:
        raise InvalidArgument("path takes a plain path such as /api/v3/order", argument="path")
    return path


@lru_cache(maxsize=1024)
def moves_money(method: str, path: str) -> bool:
    """Whether a call moves assets away from the account or converts them."""
    return method != "GET" and MONEY_OUT.search(unquote(path).lower()) is not None


def check_money_out(call: str, method: str, path: str, allowed: AbstractSet[str]) -> None:
    """Refuse a call that moves money out and was not opted in."""
    if moves_money(method, path) and call not in allowed and path not in allowed:
        raise RefusedLocally(
            f"{method} {path} moves money out and was not opted in; "
            f"if it is meant, open the client with allow_transfers={{{call!r}}}",
            call=call,
        )
