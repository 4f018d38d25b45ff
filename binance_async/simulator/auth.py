"""Who asks, and whether they may: keys, signatures over the bytes that came, timestamps.

In the order in which the exchange refuses: no key or one that cannot be one (-2014), a key that does not exist, was
revoked, comes from another address or may not do this (-2015), a missing timestamp or signature (-1102), a recvWindow
beyond a minute (-1131), a timestamp outside of the window (-1021, two texts), a wrong signature (-1022).

The signed text is taken from the request as it was received. REST: the query string followed directly by the body,
without the `signature` parameter wherever it stands. WebSocket API: all parameters but `signature`, sorted by name,
each value as it stands in the JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from binance_async.core.endpoint import Security
from binance_async.simulator.engine import ExchangeError
from binance_async.simulator.engine import errors as refusals
from binance_async.simulator.keys import Key, KeyRing
from binance_async.simulator.rules import Rules

__all__ = ["check_key", "check_signature", "check_time", "json_payload", "raw_payload"]

_KEY_FORM = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
_AHEAD_US = 1_000_000
_MICROSECONDS_FROM = 10**14
"""Numbers of this size are microseconds: as milliseconds they would be in the year 5138."""
_OLDEST_US = 1_483_228_800_000_000
"""2017-01-01. What is older is no timestamp."""


def check_key(ring: KeyRing, api_key: str | None, ip: str, security: Security) -> Key:
    """The key behind a request, if it may do this from there. Raises `ExchangeError`."""
    if not api_key or not _KEY_FORM.fullmatch(api_key):
        raise ExchangeError(-2014, "API-key format invalid.", status=401)
    key = ring.find(api_key)
    if key is None or not permitted(key, ip, security):
        raise no_permission()
    return key


def permitted(key: Key, ip: str, security: Security) -> bool:
    """Whether the key still works, from there, for this."""
    return not key.revoked and (key.addresses is None or ip in key.addresses) and security.value in key.permissions


def no_permission() -> ExchangeError:
    """The one answer for a wrong key, a wrong address and a missing permission."""
    return ExchangeError(-2015, "Invalid API-key, IP, or permissions for action.", status=401)


def raw_payload(query: str, body: str) -> tuple[bytes, str | None]:
    """The signed bytes of a REST request and its signature, still percent-encoded (None if there is none)."""
    rest: list[str] = []
    signature = None
    for part in (query, body):
        kept: list[str] = []
        for segment in part.split("&") if part else ():
            name, _, value = segment.partition("=")
            if name == "signature":
                signature = signature or value
            else:
                kept.append(segment)
        rest.append("&".join(kept))
    return "".join(rest).encode("utf-8", "surrogateescape"), signature


def json_payload(texts: Mapping[str, str]) -> bytes:
    """The signed bytes of a WebSocket API request."""
    return "&".join(f"{name}={texts[name]}" for name in sorted(texts) if name != "signature").encode()


def check_time(rules: Rules, texts: Mapping[str, str], now_us: int) -> None:
    """Refuse a timestamp that is missing, malformed or outside of the window."""
    stamp = _timestamp_us(texts.get("timestamp", ""))
    window_us = int(_recv_window(rules, texts.get("recvWindow")) * 1_000)
    if stamp >= now_us + _AHEAD_US:
        raise ExchangeError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if now_us - stamp > window_us:
        raise ExchangeError(-1021, "Timestamp for this request is outside of the recvWindow.")


def _timestamp_us(text: str) -> int:
    if text == "":
        raise refusals.missing("timestamp")
    if not text.isascii() or not text.isdigit() or len(text) > 20:
        raise refusals.illegal("timestamp", "^[0-9]{1,20}$")
    value = int(text)
    stamp = value if value >= _MICROSECONDS_FROM else value * 1_000
    if stamp < _OLDEST_US:
        raise ExchangeError(-1021, "Timestamp for this request is outside of the recvWindow.")
    return stamp


def _recv_window(rules: Rules, text: str | None) -> Decimal:
    if text is None:
        return Decimal(str(rules.recv_window))
    try:
        window = Decimal(text)
    except InvalidOperation:
        raise refusals.illegal("recvWindow", r"^([0-9]{1,5})(\.[0-9]{1,3})?$") from None
    if not window.is_finite() or window < 0:
        raise refusals.illegal("recvWindow", r"^([0-9]{1,5})(\.[0-9]{1,3})?$")
    if window > Decimal(str(rules.longest_recv_window)):
        raise ExchangeError(-1131, f"recvWindow must be less than {rules.longest_recv_window:.0f}")
    if -int(window.as_tuple().exponent) > 3:
        raise refusals.too_precise("recvWindow")
    return window


def check_signature(key: Key, payload: bytes, signature: str | None) -> None:
    """Refuse a missing or wrong signature."""
    if not signature:
        raise refusals.missing("signature")
    if not key.verify(payload, signature):
        raise ExchangeError(-1022, "Signature for this request is not valid.")
