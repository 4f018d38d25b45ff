"""Replies of the user data stream calls."""

from msgspec import Struct


class ListenKey(Struct, frozen=True, kw_only=True, rename="camel"):
    """The key of a user data stream. It opens the account's stream, so no `repr` shows it."""

    listen_key: str

    def __repr__(self) -> str:
        return "ListenKey(listen_key='***')"
