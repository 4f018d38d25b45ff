"""A call as the bytes that are sent: URL, body and headers. Pure; signing happens over exactly these bytes.

Reads and cancels carry their parameters in the query string, other writes in a form body, as the exchange advises.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from binance_async.core.endpoint import Bound
from binance_async.core.signing import Params, Signer, encode_query, signed_query
from binance_async.errors import InvalidArgument

FORM = "application/x-www-form-urlencoded"

_SECRETS = re.compile(r"(?:signature|listenKey|listenToken)=([^&]+)")


def hidden(params: Any) -> Bound | InvalidArgument:
    """The user's parameters as a traceback with locals does not show them, or the refusal of what are none.

    It is for the caller to raise, who has hidden them by then.
    """
    if params is None:
        return Bound()
    wrong = f"not {type(params).__name__}"
    if isinstance(params, Mapping):
        found = Bound(cast("Mapping[str, Any]", params))
        if all(isinstance(name, str) for name in found):
            return found
        wrong = "and its names are text"
    return InvalidArgument(f"params takes a mapping, {wrong}", call="request", argument="params")


def secrets_of_proxy(proxy: str | None) -> tuple[str, ...]:
    """The password of a proxy's address, as it stands there and as it is sent."""
    parts = urlsplit(proxy or "")
    if not parts.password:
        return ()
    password = unquote(parts.password)
    sent = b64encode(f"{unquote(parts.username or '')}:{password}".encode("latin-1", "replace"))
    return parts.password, password, sent.decode()


class Request:
    """What goes on the wire. It holds the key and the signature, so its repr holds neither."""

    __slots__ = ("body", "headers", "method", "url")

    def __init__(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> None:
        self.method: str = method
        self.url: str = url
        self.body: bytes | None = body
        self.headers: dict[str, str] = headers

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.url.partition('?')[0]}>"

    def secrets(self) -> Iterator[str]:
        """What a server that echoes the request would give away: the key, the signature, a listen key."""
        if "X-MBX-APIKEY" in self.headers:
            yield self.headers["X-MBX-APIKEY"]
        text = self.url if self.body is None else self.body.decode("ascii")
        for value in _SECRETS.findall(text):
            yield value
            yield unquote(value)


def build(
    method: str,
    base: str,
    path: str,
    params: Params,
    *,
    api_key: str | None = None,
    signer: Signer | None = None,
    extra_headers: Mapping[str, str] | None = None,
) -> Request:
    """The request of a call; signed when there is a signer (`params` then hold the timestamp)."""
    headers = dict(extra_headers) if extra_headers else {}
    if api_key is not None:
        headers["X-MBX-APIKEY"] = api_key
    text = signed_query(params, signer) if signer is not None else encode_query(params)
    if method in ("GET", "DELETE"):
        return Request(method, f"{base}{path}?{text}" if text else f"{base}{path}", None, headers)
    headers["Content-Type"] = FORM
    return Request(method, base + path, text.encode("ascii"), headers)
