"""Where tasks live: REST calls, WebSocket API sessions, streams, user data, books."""
