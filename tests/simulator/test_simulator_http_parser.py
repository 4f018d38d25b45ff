from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binance_async.net.seams import HttpReply
from binance_async.simulator.http_parser import BadRequest, HttpRequest, RequestParser, written

BYTES = (
    b"POST /api/v3/order?a=1 HTTP/1.1\r\nHost: x\r\nX-MBX-APIKEY:  key \r\nContent-Length: 7\r\n\r\nb=2&c=3"
    b"GET /ping HTTP/1.0\r\n\r\n"
    b"PUT /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    b"3\r\nabc\r\n4;ext=1\r\ndefg\r\n0\r\n\r\n"
)


@given(st.lists(st.integers(1, 40), min_size=1))
def test_requests_come_out_however_their_bytes_come_in(sizes: list[int]) -> None:
    parser, requests, rest, turn = RequestParser(), list[HttpRequest](), BYTES, 0
    while rest:
        size = sizes[turn % len(sizes)]
        parser.feed(rest[:size])
        rest, turn = rest[size:], turn + 1
        while (request := parser.next()) is not None:
            requests.append(request)
    assert [(r.method, r.target, r.body, r.keep_alive) for r in requests] == [
        ("POST", "/api/v3/order?a=1", b"b=2&c=3", True),
        ("GET", "/ping", b"", False),
        ("PUT", "/x", b"abcdefg", False),
    ]
    assert requests[0].headers == {"host": "x", "x-mbx-apikey": "key", "content-length": "7"}
    assert parser.rest() == b""


@pytest.mark.parametrize(
    "data",
    [
        b"GET /\r\n\r\n",
        b"GET / HTTP/2\r\n\r\n",
        b"GET / HTTP/1.1\r\nbad\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
        b"x" * 70_000,
    ],
)
def test_what_is_no_request(data: bytes) -> None:
    parser = RequestParser()
    parser.feed(data)
    with pytest.raises(BadRequest):
        parser.next()


def test_bytes_behind_an_upgrade_are_kept() -> None:
    parser = RequestParser()
    parser.feed(b"GET /ws HTTP/1.1\r\nUpgrade: WebSocket\r\n\r\n\x81\x80")
    request = parser.next()
    assert request is not None
    assert request.upgrade
    assert parser.rest() == b"\x81\x80"


def test_targets_are_utf8() -> None:
    parser = RequestParser()
    parser.feed("GET /x?symbol=币 HTTP/1.1\r\n\r\n".encode())
    request = parser.next()
    assert request is not None
    assert request.target == "/x?symbol=币"


def test_replies_as_bytes() -> None:
    head, body = written(HttpReply(418, {"x": "y"}, b"tea"))
    assert head.decode() == ("HTTP/1.1 418 I'm a Teapot\r\nx: y\r\ncontent-length: 3\r\nconnection: keep-alive\r\n\r\n")
    assert body == b"tea"
    head, _ = written(HttpReply(599, {"content-length": "9"}, b""), keep_alive=False)
    assert head.decode() == "HTTP/1.1 599 Unknown\r\ncontent-length: 9\r\nconnection: close\r\n\r\n"
