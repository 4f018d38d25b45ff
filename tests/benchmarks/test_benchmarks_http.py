from __future__ import annotations

import pytest

from benchmarks.sender.http import read_request, reply

GET = b"GET /api/v3/order?symbol=BTCUSDT&orderId=1 HTTP/1.1\r\nHost: localhost\r\nX-MBX-APIKEY:  k \r\n\r\n"
POST = b"POST /api/v3/order HTTP/1.1\r\nContent-Length: 5\r\n\r\na=b&c"


def test_a_request_without_a_body() -> None:
    request = read_request(GET + POST)
    assert request is not None
    assert (request.method, request.path, request.query) == ("GET", "/api/v3/order", "symbol=BTCUSDT&orderId=1")
    assert request.headers["x-mbx-apikey"] == "k"
    assert request.end == len(GET)


def test_the_next_one_with_a_body() -> None:
    request = read_request(GET + POST, len(GET))
    assert request is not None
    assert (request.method, request.body, request.end) == ("POST", b"a=b&c", len(GET + POST))


@pytest.mark.parametrize("cut", range(1, len(POST)))
def test_a_part_is_no_request(cut: int) -> None:
    assert read_request(POST[:cut]) is None


def test_an_answer_states_its_length_and_a_weight_that_never_grows() -> None:
    head, _, body = reply(b'{"a":1}').partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "HTTP/1.1 200 OK"
    assert "Content-Length: 7" in lines
    assert "x-mbx-used-weight-1m: 1" in lines
    assert body == b'{"a":1}'
