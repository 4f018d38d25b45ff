"""A call as the bytes that are sent: URL, body and headers. Pure; signing happens over exactly these bytes.

Reads and cancels carry their parameters in the query string, other writes in a form body, as the exchange advises.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote

from binance_async.core.signing import Signer, encode_query, signed_query

FORM = "application/x-www-form-urlencoded"


class Request(NamedTuple):
    """What goes on the wire."""

    method: str
    url: str
    body: bytes | None
    headers: dict[str, str]


def build(
    method: str,
    base: str,
    path: str,
    params: Mapping[str, str],
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


def secrets_of(prepared: Request) -> tuple[str, ...]:
    """What a server that echoes a request would give away: its signature."""
    text = prepared.url if prepared.body is None else prepared.body.decode("ascii")
    _, found, signature = text.rpartition("signature=")
    return (signature, unquote(signature)) if found else ()
