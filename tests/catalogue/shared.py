"""The catalogue of the exchange's documents, for the tests that hold the declarations to it.

The catalogue is kept beside the repository (`../shared/catalogue`). `data/` is a copy of what these tests read, so
that a clone of the repository alone can run them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from binance_async.core.endpoint import Endpoint, endpoints

HERE = Path(__file__).resolve().parent
ORIGINAL = HERE.parents[2] / "shared" / "catalogue"
COPY = HERE / "data"

CLIENTS_OWN = frozenset({"timestamp", "signature", "apiKey"})
"""Parameters that the client adds and nobody passes."""

Entry = dict[str, Any]


@cache
def catalogue(product: str) -> tuple[Entry, ...]:
    """All entries of one file."""
    folder = ORIGINAL if ORIGINAL.is_dir() else COPY
    return tuple(json.loads((folder / f"{product}.json").read_text()))


def calls(product: str) -> list[Entry]:
    """The calls of one file, without the stream controls (SUBSCRIBE and its kin), which are the session's."""
    return [
        e
        for e in catalogue(product)
        if e["kind"] in ("rest", "ws_api")
        and not e.get("delta_of")
        and not (e["kind"] == "ws_api" and e["method"].isupper())
    ]


def name_of(entry: Entry) -> str:
    """An entry as a test's id."""
    return f"{entry['method']} {entry.get('path') or ''}".strip().replace(" ", ":")


def key_of(entry: Entry) -> tuple[str, ...]:
    """What a declaration is found by."""
    if entry["kind"] == "rest":
        return ("rest", entry["method"], re.sub(r"\{[^}]*\}", "*", entry["path"]))
    return ("ws_api", entry["method"])


def declared(*groups: type[Any]) -> dict[tuple[str, ...], Endpoint]:
    """The declarations of groups by their keys, REST and WebSocket API apart."""
    out: dict[tuple[str, ...], Endpoint] = {}
    for group in groups:
        for endpoint in endpoints(group):
            if endpoint.method is not None and endpoint.path is not None:
                out["rest", endpoint.method, re.sub(r"\{[^}]*\}", "*", endpoint.path)] = endpoint
            if endpoint.ws is not None:
                out["ws_api", endpoint.ws] = endpoint
    return out


def examples(entry: Entry) -> Iterator[Any]:
    """The documented replies, as the part that a decoder is given."""
    for reply in entry.get("responses") or []:
        if entry["kind"] == "ws_api" and isinstance(reply, dict) and "status" in reply:
            if reply["status"] >= 400:
                continue
            reply = reply.get("result", reply.get("response"))
        if not (isinstance(reply, dict) and set(reply) == {"code", "msg"}):
            yield reply


def plain(value: Any) -> Any:
    """A decoded value as JSON holds it."""
    return json.loads(msgspec.json.encode(value, enc_hook=str))


def lost(original: Any, kept: Any, path: str = "$") -> list[str]:
    """Paths of the original that the kept value does not hold, or holds otherwise. Null and absent are the same."""
    if isinstance(original, dict):
        if not isinstance(kept, dict):
            return [path]
        pairs = [(f"{path}.{k}", v, kept.get(k)) for k, v in original.items()]
    elif isinstance(original, list):
        if not isinstance(kept, list) or len(kept) != len(original):
            return [path]
        pairs = [(f"{path}[{i}]", v, kept[i]) for i, v in enumerate(original)]
    else:
        return [] if _same(original, kept) else [f"{path}: {original!r} became {kept!r}"]
    return [gone for where, a, b in pairs for gone in lost(a, b, where)]


def _same(a: Any, b: Any) -> bool:
    if a is None or b is None or isinstance(a, bool) or isinstance(b, bool):
        return a is b
    try:
        return Decimal(str(a)) == Decimal(str(b))
    except InvalidOperation:
        return str(a) == str(b)


def parameters_of(entry: Entry) -> list[Entry]:
    """The parameters that a user passes.

    Of spot's `order.cancelReplace` the catalogue took a second table for parameters; its first column holds no names.
    """
    rows = entry.get("params") or []
    table = next((i for i, p in enumerate(rows) if p["name"] == "Request"), len(rows))
    return [p for p in rows[:table] if p["name"] not in CLIENTS_OWN]


def check_parameters(entry: Entry, endpoint: Endpoint, slips: Collection[tuple[str, str, str]] = ()) -> None:
    """It takes every documented parameter and requires what is required; `slips` are (method, parameter, required)."""
    ours = {p.wire: p for p in endpoint.parameters}
    for parameter in parameters_of(entry):
        name, required = parameter["name"], parameter["required"]
        assert name in ours
        if (entry["method"], name, required) in slips:
            continue
        if required == "yes":
            assert ours[name].required, f"{name} is required"
        elif required == "no":
            assert not ours[name].required, f"{name} is not required"


def check_request(entry: Entry, endpoint: Endpoint) -> None:
    """The documented request can be made, and is sent as documented."""
    wanted = {k: v for k, v in entry["request"].get("params", {}).items() if k not in CLIENTS_OWN}
    by_wire = {p.wire: p for p in endpoint.parameters}
    missing = {p.wire for p in endpoint.parameters if p.required} - set(wanted)
    assert missing <= {"symbol"}  # forgotten in the example of `order.amend.keepPriority`
    wanted |= dict.fromkeys(missing, "BTCUSDT")
    arguments = {by_wire[k].name: int(v) if by_wire[k].kind in ("integer", "time") else v for k, v in wanted.items()}
    bound = endpoint.bind((), arguments)
    assert not lost(wanted, bound)
    assert not lost(bound, wanted)


def check_reply(endpoint: Endpoint, reply: Any, kind: str = "rest") -> None:
    """A documented reply is decoded by the declared type and keeps every field and value."""
    body = json.dumps(reply).encode()
    ws = kind == "ws_api"
    kept = (endpoint.ws_reply_decoder if ws else endpoint.decoder).decode(body)
    if ws:
        assert endpoint.ws_decoder.decode(body) == (kept[0] if endpoint.ws_list else kept)
    if endpoint.reply_type in (None, type(None)):
        assert (kept, reply) == (None, {})
    else:
        assert not lost(reply, plain(kept))


def objects(value: Any) -> Iterator[Entry]:
    """Every object inside of a reply, outermost first."""
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(item)
