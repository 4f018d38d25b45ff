# mypy: disable-error-code="empty-body"
"""Calls about the WebSocket API connection itself: who is logged on, and which user data it carries.

The client makes these calls by itself. They are here for those who open a connection of their own.
"""

from binance_async.core.endpoint import NONE, USER_DATA, USER_STREAM, Group, ws_only
from binance_async.core.wire import Number
from binance_async.spot.types.session import SessionLogon, SessionStatus, Subscribed, Subscription


class Session(Group):
    """The connection."""

    @ws_only("session.logon", weight=2, security=USER_DATA)
    async def session_logon(self, *, recv_window: Number | None = None) -> SessionLogon:
        """Log this connection on with an Ed25519 key; calls on it then need no signature. Again: another key."""
        ...

    @ws_only("session.status", weight=2, security=NONE)
    async def session_status(self) -> SessionStatus:
        """Whether this connection is logged on, and since when."""
        ...

    @ws_only("session.logout", weight=2, security=NONE)
    async def session_logout(self) -> SessionStatus:
        """Log this connection off; it stays open. User data that was subscribed to by the log-on ends."""
        ...

    @ws_only("session.subscriptions", weight=2, security=NONE, since="2025-08-12")
    async def session_subscriptions(self) -> list[Subscription]:
        """The subscriptions to user data on this connection."""
        ...

    @ws_only("userDataStream.subscribe", weight=2, security=USER_STREAM)
    async def subscribe_user_data(self) -> Subscribed:
        """Have the user data of the key that is logged on come on this connection."""
        ...

    # The documents call it USER_STREAM, yet it is signed like USER_DATA.
    @ws_only("userDataStream.subscribe.signature", weight=2, security=USER_DATA, since="2025-08-12")
    async def subscribe_user_data_signature(self, *, recv_window: Number | None = None) -> Subscription:
        """Have the user data of any key, which need not be logged on, come on this connection."""
        ...

    @ws_only("userDataStream.unsubscribe", weight=2, security=NONE)
    async def unsubscribe_user_data(self, subscription_id: int | None = None) -> None:
        """End a subscription to user data; all of this connection if none is named."""
        ...
