import copy
import json
from decimal import Decimal

import msgspec
import pytest

from binance_async.core.events import Enveloped, RawEvent, user_event_declarations
from binance_async.spot import events
from binance_async.spot.events import read_user_event

# The documented payloads, as printed.
EXECUTION = {"e": "executionReport", "E": 1499405658658, "s": "ETHBTC", "c": "mUvoqJxFIILMdfAW5iGSOW", "S": "BUY",
             "o": "LIMIT", "f": "GTC", "q": "1.00000000", "p": "0.10264410", "P": "0.00000000", "F": "0.00000000",
             "g": -1, "C": "", "x": "NEW", "X": "NEW", "r": "NONE", "i": 4293153, "l": "0.00000000", "z": "0.00000000",
             "L": "0.00000000", "n": "0", "N": None, "T": 1499405658657, "t": -1, "v": 3, "I": 8641984, "w": True,
             "m": False, "M": False, "O": 1499405658657, "Z": "0.00000000", "Y": "0.00000000", "Q": "0.00000000",
             "W": 1499405658657, "V": "NONE"}  # fmt: skip
CONDITIONAL = {"d": 4, "D": 1668680518494, "j": 1, "J": 1000000, "v": 3, "A": "3.000000", "B": "3.000000", "u": 1,
               "U": 37, "Cs": "BTCUSDT", "pl": "2.123456", "pL": "0.10000001", "pY": "0.21234562", "W": 1668683798379,
               "b": "ONE_PARTY_TRADE_REPORT", "a": 1234, "k": "SOR", "uS": True, "gP": "PRIMARY_PEG",
               "gOT": "PRICE_LEVEL", "gOV": 5, "gp": "1.00000000", "eR": "INSUFFICIENT_LIQUIDITY"}  # fmt: skip
POSITION = {"e": "outboundAccountPosition", "E": 1564034571105, "u": 1564034571073,
            "B": [{"a": "ETH", "f": "10000.000000", "l": "0.000000"}]}  # fmt: skip
BALANCE = {"e": "balanceUpdate", "E": 1573200697110, "a": "BTC", "d": "100.00000000", "T": 1573200697068}
LIST_STATUS = {"e": "listStatus", "E": 1564035303637, "s": "ETHBTC", "g": 2, "c": "OCO", "l": "EXEC_STARTED",
               "L": "EXECUTING", "r": "NONE", "C": "F4QN4G8DlFATFlIUQ0cjdD", "T": 1564035303625,
               "O": [{"s": "ETHBTC", "i": 17, "c": "AJYsMjErWJesZvqlJCTUgL"},
                     {"s": "ETHBTC", "i": 18, "c": "bfYPSQdLoqAJeNrOr9adzq"}]}  # fmt: skip
LOCK = {"e": "externalLockUpdate", "E": 1581557507324, "a": "NEO", "d": "10.00000000", "T": 1581557507268}
KEY_EXPIRED = {"e": "listenKeyExpired", "E": 1699596037418,
               "listenKey": "OfYGbUzi3PraNagEkdKuFwUHn48brFsItTdsuiIXrucEvD0rhRXZ7I6URWfE8YE8"}  # fmt: skip
TERMINATED = {"e": "eventStreamTerminated", "E": 1728973001334}
SHUTDOWN = {"e": "serverShutdown", "E": 1770123456789}

DOCUMENTED = [
    (events.ExecutionReport, EXECUTION),
    (events.ExecutionReport, EXECUTION | CONDITIONAL),
    (events.OutboundAccountPosition, POSITION),
    (events.BalanceUpdate, BALANCE),
    (events.ListStatus, LIST_STATUS),
    (events.ExternalLockUpdate, LOCK),
    (events.ListenKeyExpired, KEY_EXPIRED),
    (events.EventStreamTerminated, TERMINATED),
    (events.ServerShutdown, SHUTDOWN),
]


def body(value):
    return json.dumps(value).encode()


def plain(event):
    """The event as the exchange would write it."""

    def text(value):
        if isinstance(value, dict):
            return {key: text(item) for key, item in value.items()}
        if isinstance(value, list):
            return [text(item) for item in value]
        return format(value, "f") if isinstance(value, Decimal) else value

    return text(msgspec.to_builtins(event, builtin_types=(Decimal,)))


@pytest.mark.parametrize(("type_", "payload"), DOCUMENTED)
@pytest.mark.parametrize(
    "sent",
    [
        lambda e: e,
        lambda e: {"event": e},
        lambda e: {"subscriptionId": 0, "event": e},
        lambda e: dict(reversed(e.items())),
    ],
    ids=["bare", "event", "subscription", "reversed"],
)
def test_each_documented_payload_keeps_every_field(type_, payload, sent):
    event = read_user_event(body(sent(payload)))
    assert type(event) is type_
    assert event.source == "stream"
    kept = {key: value for key, value in plain(event).items() if value is not None or key in payload}
    assert kept == payload


def test_the_catalogue_is_whole():
    declared = {d.event: d for d in user_event_declarations(events.USER_EVENTS)}
    assert set(declared) == {payload["e"] for _, payload in DOCUMENTED}
    for _, payload in DOCUMENTED:
        found = declared[payload["e"]]
        if found.enveloped:
            assert plain(found.decode(body({"subscriptionId": 4, "event": payload}))) == {
                "subscriptionId": 4,
                "event": payload,
            }
        else:
            assert found.decode(body(payload)) == read_user_event(body(payload))


def test_the_testnet_writes_a_time_as_text():
    assert read_user_event(body(KEY_EXPIRED | {"E": "1699596037418"})) == read_user_event(body(KEY_EXPIRED))


def test_a_report_by_names():
    report = read_user_event(body(EXECUTION | CONDITIONAL))
    assert isinstance(report, events.ExecutionReport)
    assert (report.order_id, report.client_order_id, report.trade_id, report.execution_id) == (
        4293153,
        "mUvoqJxFIILMdfAW5iGSOW",
        -1,
        8641984,
    )
    assert (report.side, report.type, report.time_in_force, report.status) == ("BUY", "LIMIT", "GTC", "NEW")
    assert (report.orig_qty, report.price, report.commission_asset) == (Decimal(1), Decimal("0.1026441"), None)
    assert (report.trailing_delta, report.strategy_type, report.counter_symbol) == (4, 1000000, "BTCUSDT")
    assert (report.prevented_execution_qty, report.prevented_execution_price, report.prevented_execution_quote_qty) == (
        Decimal("2.123456"),
        Decimal("0.10000001"),
        Decimal("0.21234562"),
    )
    assert (report.peg_price_type, report.peg_offset_value, report.pegged_price) == ("PRIMARY_PEG", 5, Decimal(1))
    assert report.expiry_reason == "INSUFFICIENT_LIQUIDITY"


def test_ids_are_exact():
    report = read_user_event(body(EXECUTION | {"i": 2**63 - 1, "t": 2**53 + 1}))
    assert isinstance(report, events.ExecutionReport)
    assert (report.order_id, report.trade_id) == (2**63 - 1, 2**53 + 1)


@pytest.mark.parametrize("name", sorted(CONDITIONAL.keys() | {"N", "I", "M", "V"}))
def test_conditional_fields_may_be_left_out_or_null(name):
    whole = EXECUTION | CONDITIONAL
    without = {key: value for key, value in whole.items() if key != name}
    assert type(read_user_event(body(without))) is events.ExecutionReport
    if name != "V":
        assert type(read_user_event(body(whole | {name: None}))) is events.ExecutionReport


def places(payload, path=()):
    """Every field of a payload, by its path."""
    items = payload.items() if isinstance(payload, dict) else enumerate(payload)
    for key, value in items:
        yield (*path, key)
        if isinstance(value, (dict, list)):
            yield from places(value, (*path, key))


def changed(payload, path, change):
    payload = copy.deepcopy(payload)
    inner = payload
    for key in path[:-1]:
        inner = inner[key]
    change(inner, path[-1])
    return payload


def assign(value):
    def change(inner, key):
        inner[key] = value

    return change


def drop(inner, key):
    del inner[key]


def add(inner, key):
    if isinstance(inner, dict):
        inner["zz"] = [{"new": inner[key]}]
    else:
        inner.append(copy.deepcopy(inner[key]))


MUTATIONS = {
    "drop": drop,
    "add": add,
    "null": assign(None),
    "number": assign(7),
    "fraction": assign(0.5),
    "text": assign("A_VALUE_OF_TOMORROW"),
    "empty": assign(""),
    "boolean": assign(True),
    "list": assign([1, [2]]),
    "object": assign({"a": {}}),
    "huge": assign(10**40),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize(("type_", "payload"), DOCUMENTED)
def test_no_mutation_stops_the_reader_or_loses_an_event(type_, payload, mutation):
    typed = 0
    for path in places(payload):
        mutant = changed(payload, path, MUTATIONS[mutation])
        for sent in (mutant, {"subscriptionId": 1, "event": mutant}):
            event = read_user_event(body(sent))
            if isinstance(event, type_):
                typed += 1
                continue
            assert isinstance(event, RawEvent)
            assert event.reason
            assert event.body == body(sent)
            assert event.event == (mutant.get("e") if isinstance(mutant.get("e"), str) else None)
            if isinstance(mutant.get("E"), int) and not isinstance(mutant["E"], bool):
                assert event.time == mutant["E"]
    if mutation == "add":
        assert typed == 2 * len(list(places(payload)))


ENUMS = ["S", "o", "f", "x", "X", "r", "V", "b", "k", "gP", "gOT", "eR"]


@pytest.mark.parametrize("name", ENUMS)
def test_an_enum_value_of_tomorrow_is_kept(name):
    event = read_user_event(body(EXECUTION | CONDITIONAL | {name: "TOMORROW"}))
    assert isinstance(event, events.ExecutionReport)
    assert plain(event)[name] == "TOMORROW"


@pytest.mark.parametrize("name", ["c", "l", "L", "r"])
def test_an_enum_value_of_tomorrow_in_a_list_status_is_kept(name):
    event = read_user_event(body(LIST_STATUS | {name: "TOMORROW"}))
    assert isinstance(event, events.ListStatus)
    assert plain(event)[name] == "TOMORROW"


def test_an_event_of_tomorrow_is_kept():
    sent = body({"subscriptionId": 0, "event": {"e": "moonLanding", "E": 5, "s": "MOONUSDT", "x": [1]}})
    assert read_user_event(sent) == RawEvent(
        event="moonLanding", time=5, symbol="MOONUSDT", reason="Invalid value 'moonLanding' - at `$.e`", body=sent
    )


@pytest.mark.parametrize(
    ("restored", "seen", "payload"),
    [
        (events.RestoredExecutionReport, events.ExecutionReport, EXECUTION | CONDITIONAL),
        (events.RestoredAccountPosition, events.OutboundAccountPosition, POSITION),
        (events.RestoredListStatus, events.ListStatus, LIST_STATUS),
    ],
)
def test_an_event_restored_from_rest_is_one_of_its_kind(restored, seen, payload):
    streamed = read_user_event(body(payload))
    from_rest = restored(**msgspec.structs.asdict(streamed))
    assert isinstance(from_rest, seen)
    assert (streamed.source, from_rest.source) == ("stream", "rest")
    assert plain(from_rest) == plain(streamed)
    assert type(read_user_event(msgspec.json.encode(from_rest, enc_hook=str))) is seen


def test_a_restored_report_needs_nothing_that_rest_cannot_tell():
    optional = {f.name for f in msgspec.structs.fields(events.ExecutionReport) if not f.required}
    assert {"execution_id", "unused", "working_time"} <= optional


def test_a_listen_key_is_not_shown():
    event = read_user_event(body(KEY_EXPIRED))
    assert KEY_EXPIRED["listenKey"] not in repr(event)
    assert event.listen_key == KEY_EXPIRED["listenKey"]


def test_the_envelope():
    enveloped = msgspec.json.decode(body({"subscriptionId": 2, "event": SHUTDOWN}), type=Enveloped[events.UserEvent])
    assert (enveloped.subscription_id, enveloped.event) == (2, events.ServerShutdown(event_time=1770123456789))


def test_events_are_exported():
    assert list(events.__all__) == sorted(events.__all__, key=lambda n: (n.islower(), not n.isupper(), n))
    assert all(hasattr(events, name) for name in events.__all__)
