"""What the sessions themselves need of a family, since they import none.

A family's client hands over a `Kit`: the declarations behind the session's own calls (look up an order, take a
snapshot, log on) and the readers of its events. One that a family does not have is None, and what needs it says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from binance_async.core.endpoint import Endpoint

if TYPE_CHECKING:
    from binance_async.core.account_state import Restore
    from binance_async.core.order_book import SequenceRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """The declarations and readers that sessions use."""

    family: str
    time: Endpoint
    exchange_info: Endpoint
    order: Endpoint
    open_orders: Endpoint
    all_orders: Endpoint
    my_trades: Endpoint
    account: Endpoint
    depth: Endpoint
    agg_trades: Endpoint
    order_list: Endpoint | None = None
    amendments: Endpoint | None = None
    start_listen_key: Endpoint | None = None
    keep_listen_key: Endpoint | None = None
    logon: Endpoint | None = None
    subscribe: Endpoint | None = None
    subscribe_signature: Endpoint | None = None
    read_user_event: Callable[[bytes], Any]
    restore: Restore
    named_stream: Callable[[str], Any]
    sequence_rule: SequenceRule
