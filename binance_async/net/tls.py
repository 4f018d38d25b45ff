"""TLS: what every connection of this package is made with, HTTP and WebSocket alike.

Verification cannot be switched off. A context of the user's own is for another set of certificate authorities or for a
client certificate; one that would accept any peer, or a version of TLS that is broken, is refused when it is given
rather than when it is used. The default context is made once a process, because reading the authorities takes
some 20 ms, and it is never handed out.
"""

from __future__ import annotations

import functools
import ssl

__all__ = ["client_context"]


def client_context(ssl_context: ssl.SSLContext | None) -> ssl.SSLContext:
    """The context to connect with: the safe default, or the given one if it is as strict. Raises `ValueError`."""
    if ssl_context is None:
        return _default()
    _check(ssl_context)
    return ssl_context


@functools.cache
def _default() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _check(context: ssl.SSLContext) -> None:
    if context.protocol is ssl.PROTOCOL_TLS_SERVER:
        raise ValueError("ssl_context is a server's; make it with ssl.create_default_context()")
    if context.verify_mode is not ssl.CERT_REQUIRED:
        raise ValueError("ssl_context accepts a peer without a certificate; verify_mode must be ssl.CERT_REQUIRED")
    if not context.check_hostname:
        raise ValueError("ssl_context accepts anybody's certificate; check_hostname must be true")
    # MINIMUM_SUPPORTED is a negative number here, and as low as the library goes, so the comparison refuses it.
    if context.minimum_version < ssl.TLSVersion.TLSv1_2:
        raise ValueError("ssl_context allows less than TLS 1.2; set minimum_version to ssl.TLSVersion.TLSv1_2")
