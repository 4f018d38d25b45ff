"""What is particular in the replies of Binance.US."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from binance_async.core.decoding import decoder_for
from binance_async.core.endpoint import endpoint_of
from binance_async.us import Calls
from binance_async.us.filters import LotSize, UnknownFilter
from binance_async.us.types.staking import Staked, StakingReply
from binance_async.us.types.sub_accounts import SubAccountBalance
from binance_async.us.types.trading import (
    CanceledOrder,
    CanceledOrderList,
    CancelReplaceFailure,
    LegError,
    OrderAck,
    OrderFull,
    OrderResult,
)

ACK = {"symbol": "BTCUSD", "orderId": 2**53 + 1, "orderListId": -1, "clientOrderId": "a", "transactTime": 5}
STATE = {
    "price": "1.10", "origQty": "1", "executedQty": "0", "cummulativeQuoteQty": "0", "status": "NEW",
    "timeInForce": "GTC", "type": "LIMIT", "side": "SELL",
}  # fmt: skip
CANCELED = {k: v for k, v in ACK.items() if k != "transactTime"} | STATE | {"origClientOrderId": "b"}
LIST = {
    "orderListId": 7, "contingencyType": "OCO", "listStatusType": "ALL_DONE", "listOrderStatus": "ALL_DONE",
    "listClientOrderId": "l", "transactionTime": 5, "symbol": "BTCUSD",
    "orders": [{"symbol": "BTCUSD", "orderId": 1, "clientOrderId": "a"}], "orderReports": [CANCELED],
}  # fmt: skip


def read(call: Any, reply: Any) -> Any:
    return endpoint_of(call).decoder.decode(json.dumps(reply).encode())


@pytest.mark.parametrize(
    ("reply", "type_"), [(ACK, OrderAck), (ACK | STATE, OrderResult), (ACK | STATE | {"fills": []}, OrderFull)]
)
def test_a_placed_order_is_as_much_as_was_asked_for(reply: Any, type_: Any) -> None:
    order = read(Calls.place_order, reply)
    assert type(order) is type_
    assert order.order_id == 2**53 + 1


def test_a_cancel_answers_an_order_or_a_list() -> None:
    assert type(read(Calls.cancel_order, CANCELED)) is CanceledOrder
    canceled = read(Calls.cancel_order, LIST)
    assert type(canceled) is CanceledOrderList
    assert canceled.order_reports[0].price == Decimal("1.1")


def test_what_was_cancelled_together_is_told_apart() -> None:
    order, order_list = read(Calls.cancel_open_orders, [CANCELED, LIST])
    assert order == read(Calls.cancel_order, CANCELED)
    assert order_list == read(Calls.cancel_order, LIST)


FAILURE = {"code": -2010, "msg": "Order would immediately match and take."}


@pytest.mark.parametrize(
    ("cancel", "new", "types"),
    [
        (FAILURE, None, (LegError, type(None))),
        (FAILURE, FAILURE, (LegError, LegError)),
        (FAILURE, ACK, (LegError, OrderAck)),
        (FAILURE, ACK | STATE, (LegError, OrderResult)),
        (FAILURE, ACK | STATE | {"fills": []}, (LegError, OrderFull)),
    ],
)
def test_each_way_in_which_cancel_and_replace_fails(cancel: Any, new: Any, types: Any) -> None:
    data = {"cancelResult": "FAILURE", "newOrderResult": "X", "cancelResponse": cancel, "newOrderResponse": new}
    legs = decoder_for(CancelReplaceFailure).decode(json.dumps(data).encode())
    assert (type(legs.cancel_response), type(legs.new_order_response)) == types


def test_a_cancel_whose_replacement_failed() -> None:
    data = {"cancelResult": "SUCCESS", "newOrderResult": "FAILURE", "cancelResponse": CANCELED,
            "newOrderResponse": FAILURE}  # fmt: skip
    legs = decoder_for(CancelReplaceFailure).decode(json.dumps(data).encode())
    assert legs.cancel_response.orig_client_order_id == "b"
    assert legs.new_order_response.code == -2010


@pytest.mark.parametrize("spelling", [{"free": "1", "locked": "0"}, {"Free": 1, "Locked": 0}])
def test_a_sub_accounts_balance_in_either_spelling(spelling: Any) -> None:
    balance = msgspec.convert({"asset": "BTC"} | spelling, SubAccountBalance, strict=False)
    assert (balance.free, balance.locked) == (1, 0)
    assert SubAccountBalance(asset="BTC").free is None


def test_a_listen_key_is_not_shown() -> None:
    key = read(Calls.start_user_data_stream, {"listenKey": "sesame"})
    assert key.listen_key == "sesame"
    assert "sesame" not in repr(key)


def test_a_failure_in_a_staking_envelope_is_read() -> None:
    failed = read(Calls.stake, {"code": "-9000", "message": "no", "data": None, "success": False})
    assert failed == StakingReply[Staked](code="-9000", message="no", success=False)


def test_a_number_of_many_digits_is_exact() -> None:
    body = b"""{"symbol": "S", "ratio": 0.100000000000000001, "inverseRatio": 1.978e-05, "validTimestamp": 1,
                "toAmount": 1, "fromAmount": 2}"""
    quote = endpoint_of(Calls.otc_quote).decoder.decode(body)
    assert (str(quote.ratio), quote.inverse_ratio) == ("0.100000000000000001", Decimal("0.00001978"))


def test_a_filter_of_tomorrow_does_not_hide_the_others() -> None:
    info = endpoint_of(Calls.exchange_info).decoder.decode(EXCHANGE_INFO)
    new, lot = info.symbols[0].filters
    assert new == UnknownFilter(name="MOON_PHASE", fields={"phase": "full", "limit": 3})
    assert lot == LotSize(min_qty=Decimal("0.1"), max_qty=Decimal(9), step_size=Decimal("0.1"))


EXCHANGE_INFO = json.dumps(
    {
        "timezone": "UTC", "serverTime": 1, "rateLimits": [], "exchangeFilters": [],
        "symbols": [
            {
                "symbol": "ETHBTC", "status": "MOON", "baseAsset": "ETH", "baseAssetPrecision": 8,
                "quoteAsset": "BTC", "quotePrecision": 8, "quoteAssetPrecision": 8, "baseCommissionPrecision": 8,
                "quoteCommissionPrecision": 8, "orderTypes": ["LIMIT", "NEWEST"], "icebergAllowed": True,
                "ocoAllowed": True, "quoteOrderQtyMarketAllowed": True, "allowTrailingStop": False,
                "cancelReplaceAllowed": True, "isSpotTradingAllowed": True, "isMarginTradingAllowed": False,
                "filters": [
                    {"filterType": "MOON_PHASE", "phase": "full", "limit": 3},
                    {"filterType": "LOT_SIZE", "minQty": "0.1", "maxQty": "9", "stepSize": "0.1"},
                ],
            }
        ],
    }
).encode()  # fmt: skip
