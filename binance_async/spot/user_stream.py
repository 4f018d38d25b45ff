# mypy: disable-error-code="empty-body"
"""Listen keys: how spot's user data was opened until 2026-02-20.

Since then it is subscribed to on the WebSocket API (`session`). Exchanges of the older edition still speak these calls.
A key lives for 60 minutes from its start or the last time it was kept alive.
"""

from binance_async.core.endpoint import USER_STREAM, Group, delete, post, put
from binance_async.spot.types.session import ListenKey


class UserStream(Group):
    """Listen keys."""

    @post("/api/v3/userDataStream", weight=2, security=USER_STREAM, ws="userDataStream.start", until="2026-02-20")
    async def start_user_data_stream(self) -> ListenKey:
        """A listen key; the one that is alive, if there is one."""
        ...

    @put("/api/v3/userDataStream", weight=2, security=USER_STREAM, ws="userDataStream.ping", until="2026-02-20")
    async def keep_alive_user_data_stream(self, listen_key: str) -> None:
        """Let a listen key live for another 60 minutes."""
        ...

    @delete("/api/v3/userDataStream", weight=2, security=USER_STREAM, ws="userDataStream.stop", until="2026-02-20")
    async def stop_user_data_stream(self, listen_key: str) -> None:
        """Close the stream of a listen key."""
        ...
