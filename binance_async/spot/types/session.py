"""Replies of the session and user data stream calls.

API keys and listen keys are in these replies. They open accounts and streams, so no `repr` shows them.
"""

from msgspec import Struct
from msgspec.structs import asdict


def _shown(reply: Struct, hidden: str) -> str:
    """The `repr` of a reply without the one field."""
    fields = asdict(reply)
    if fields[hidden] is not None:
        fields[hidden] = "***"
    return f"{type(reply).__name__}({', '.join(f'{name}={value!r}' for name, value in fields.items())})"


class ListenKey(Struct, frozen=True, kw_only=True, rename="camel"):
    """The key of a user data stream."""

    listen_key: str

    def __repr__(self) -> str:
        return _shown(self, "listen_key")


class SessionLogon(Struct, frozen=True, kw_only=True, rename="camel"):
    """A session that is logged on."""

    api_key: str
    authorized_since: int
    connected_since: int
    return_rate_limits: bool
    server_time: int
    user_data_stream: bool | None = None

    def __repr__(self) -> str:
        return _shown(self, "api_key")


class SessionStatus(Struct, frozen=True, kw_only=True, rename="camel"):
    """A session; `api_key` and `authorized_since` are None while it is not logged on."""

    api_key: str | None
    authorized_since: int | None
    connected_since: int
    return_rate_limits: bool
    server_time: int
    user_data_stream: bool | None = None

    def __repr__(self) -> str:
        return _shown(self, "api_key")


class Subscription(Struct, frozen=True, kw_only=True, rename="camel"):
    """A subscription to user data on this connection."""

    subscription_id: int


class Subscribed(Struct, frozen=True, kw_only=True, rename="camel"):
    """User data is subscribed to; before 2025-08-12 the exchange did not say under which id."""

    subscription_id: int | None = None
