"""Floor: aiohttp by itself, its WebSocket reader and its requests, and one msgspec decode."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from urllib.parse import urlencode

import aiohttp
import msgspec

from benchmarks.clients import harness, keys, structs


async def stream(task: harness.Task) -> None:
    decode = structs.decoder_of(task["payload"]).decode
    meter = harness.Meter(task)
    count, due = 0, meter.due
    async with aiohttp.ClientSession() as session, session.ws_connect(task["combined"], max_msg_size=0) as ws:
        if "hello" in task:
            await ws.send_str(task["hello"])
            await ws.receive()
        async for message in ws:
            decode(message.data)
            count += 1
            if count >= due:
                due = meter.mark(count)


async def latency(task: harness.Task) -> None:
    decode = structs.decoder_of("trade").decode
    seen = harness.Latency(task).seen
    async with aiohttp.ClientSession() as session, session.ws_connect(task["combined"]) as ws:
        async for message in ws:
            seen(decode(message.data).data.t)  # type: ignore[attr-defined]


_PARAMS = {"symbol": "BTCUSDT", "orderId": 4_293_153}
_FIXED = f"symbol=BTCUSDT&orderId=4293153&timestamp=1790000000000&signature={'0' * 64}"


def _signature(kind: str | None) -> Callable[[bytes], str]:
    if kind is None:
        return lambda _text: ""
    if kind == "hmac":
        return lambda text: hmac.new(keys.HMAC_SECRET.encode(), text, hashlib.sha256).hexdigest()
    sign = keys.signer(kind)
    return lambda text: urlencode({"signature": sign(text)}).partition("=")[2]


async def rest(task: harness.Task) -> None:
    """`GET` and one decode: of a fixed address or, where the task names a key, signed as the exchange wants it."""
    base = task["rest"]
    decoder = msgspec.json.Decoder(structs.Order if task["call"] == "order" else structs.Price)
    headers = {"X-MBX-APIKEY": keys.API_KEY}
    signature = _signature(task.get("sign"))
    async with aiohttp.ClientSession() as session:
        price, order = f"{base}/api/v3/ticker/price?symbol=BTCUSDT", f"{base}/api/v3/order?{_FIXED}"

        async def public() -> None:
            async with session.get(price) as response:
                decoder.decode(await response.read())

        async def fixed() -> None:
            async with session.get(order, headers=headers) as response:
                decoder.decode(await response.read())

        async def signed() -> None:
            query = urlencode({**_PARAMS, "timestamp": int(time.time() * 1000)})
            url = f"{base}/api/v3/order?{query}&signature={signature(query.encode())}"
            async with session.get(url, headers=headers) as response:
                decoder.decode(await response.read())

        call = public if task["call"] != "order" else signed if "sign" in task else fixed
        await harness.calls(task, call)


if __name__ == "__main__":
    harness.main(stream=stream, latency=latency, rest=rest)
