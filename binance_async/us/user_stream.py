# mypy: disable-error-code="empty-body"
"""Listen keys: how the user data of Binance.US is opened, by REST or the WebSocket API.

A key lives for 60 minutes from its start or the last time it was kept alive. Its events come on a stream connection of
their own (`/ws/<listenKey>`), also when the key was started over the WebSocket API.
"""

from binance_async.core.endpoint import USER_STREAM, Group, delete, post, put
from binance_async.us.types.user_stream import ListenKey


class UserStream(Group):
    """Listen keys."""

    @post("/api/v3/userDataStream", weight=1, security=USER_STREAM, ws="userDataStream.start")
    async def start_user_data_stream(self) -> ListenKey:
        """A listen key; the one that is alive, if there is one, for another 60 minutes."""
        ...

    @put("/api/v3/userDataStream", weight=1, security=USER_STREAM, ws="userDataStream.ping")
    async def keep_alive_user_data_stream(self, listen_key: str) -> None:
        """Let a listen key live for another 60 minutes. The WebSocket API answers this in `response`."""
        ...

    @delete("/api/v3/userDataStream", weight=1, security=USER_STREAM, ws="userDataStream.stop")
    async def stop_user_data_stream(self, listen_key: str) -> None:
        """Close the stream of a listen key. The WebSocket API answers this in `response`."""
        ...
