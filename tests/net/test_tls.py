"""What a TLS context must be before anything connects with it."""

from __future__ import annotations

import ssl

import pytest

from binance_async.net.tls import client_context


def strict() -> ssl.SSLContext:
    return ssl.create_default_context()


def test_the_default_is_strict_and_made_once():
    context = client_context(None)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert client_context(None) is context


def test_a_given_one_is_taken_as_it_is():
    context = strict()
    assert client_context(context) is context


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_new_enough(version: ssl.TLSVersion):
    context = strict()
    context.minimum_version = version
    assert client_context(context) is context


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize("version", [ssl.TLSVersion.MINIMUM_SUPPORTED, ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_too_old(version: ssl.TLSVersion):
    context = strict()
    context.minimum_version = version
    with pytest.raises(ValueError, match=r"TLS 1\.2"):
        client_context(context)


@pytest.mark.parametrize("mode", [ssl.CERT_NONE, ssl.CERT_OPTIONAL])
def test_no_certificate_asked_for(mode: ssl.VerifyMode):
    context = strict()
    context.check_hostname = False
    context.verify_mode = mode
    with pytest.raises(ValueError, match="CERT_REQUIRED"):
        client_context(context)


def test_nobodys_name_checked():
    context = strict()
    context.check_hostname = False
    with pytest.raises(ValueError, match="check_hostname"):
        client_context(context)


def test_a_servers_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with pytest.raises(ValueError, match="server's"):
        client_context(context)
