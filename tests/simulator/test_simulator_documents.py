"""The exchange's documents as the measure: every documented request is accepted, and answered in the documented shape.

The requests are those of the catalogue with their own names, prices and quantities; only what refers to something (an
order, a listen key, a time) is made to refer to something that exists here. A shape is the same if the same fields
are there with values of the same kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from simulator_kit import Rig, catalogue, limit, virtual

from binance_async.simulator.engine import SymbolSpec

Entry = dict[str, Any]

PAIRS = [
    ("BTC", "USDT"),
    ("BNB", "BTC"),
    ("LTC", "BTC"),
    ("ETH", "BTC"),
    ("LTC", "BNB"),
    ("ETH", "USDT"),
    ("BAZ", "USD"),
]
SYMBOLS = [SymbolSpec(base + quote, base, quote, sor_allowed=True) for base, quote in PAIRS]
RICH = {asset: Decimal(10**6) for pair in PAIRS for asset in pair}
LAST = {"BTCUSDT": "23415", "LTCBNB": "1.5"}
"""Last prices that the documented order lists make sense around; 1 for all other symbols."""
OF_THE_REQUEST = {"apiKey", "signature", "timestamp", "recvWindow"}
NOT_HERE = {
    "userDataStream.subscribe": "a session has to be logged on; see test_simulator_websocket_api",
    "userDataStream.unsubscribe": "likewise",
    "session.logon": "likewise",
}

# Fields that the documents show only where something special happened, or show in one place and forget in another.
SOMETIMES = {
    "preventedMatchId", "preventedQuantity", "preventedMatches", "tradeGroupId", "strategyId", "strategyType",
    "trailingDelta", "trailingTime", "icebergQty", "stopPrice", "usedSor", "workingFloor", "allocId", "matchType",
    "origQuoteOrderQty", "workingTime", "pegPriceType", "pegOffsetType", "pegOffsetValue", "peggedPrice",
    "expiryReason", "specialCommission", "specialCommissionForOrder", "selfTradePreventionMode", "isIsolated",
    "listStatus", "sors", "fills", "origClientOrderId",
}  # fmt: skip
# Of a symbol or an account, added over the years; each edition and each exchange shows some of them.
ADDED = {
    "allowAmend", "amendAllowed", "cancelReplaceAllowed", "opoAllowed", "otoAllowed", "pegInstructionsAllowed",
    "permissions", "permissionSets", "quoteAssetPrecision", "allowedSelfTradePreventionModes",
    "defaultSelfTradePreventionMode", "allowTrailingStop", "baseCommissionPrecision", "quoteCommissionPrecision",
    "closeTime", "transactTime", "preventSor", "requireSelfTradePrevention", "commissionRates", "brokered", "uid",
}  # fmt: skip
NO_REFERENCE_PRICE = {"code": -2043, "msg": "This symbol doesn't have a reference price."}


def entries(product: str, kind: str) -> list[Any]:
    chosen = [
        entry
        for entry in catalogue(product)
        if entry["kind"] == kind
        and entry.get("responses")
        and entry.get("change") != "removed"
        and "/sapi/" not in entry.get("path", "")
        and (kind == "rest" or not entry["method"].isupper())
        and entry["method"] not in NOT_HERE
        and not entry.get("delta_of")
    ]
    return [pytest.param(entry, id=f"{product}:{name_of(entry)}") for entry in chosen]


def name_of(entry: Entry) -> str:
    return f"{entry['method']} {entry['path']}" if entry["kind"] == "rest" else str(entry["method"])


def results(entry: Entry) -> Iterator[Any]:
    """The documented results, without the envelope of the WebSocket API and without failures."""
    for reply in entry["responses"]:
        if entry["kind"] == "ws_api" and "status" in reply:
            if reply["status"] == 200:
                yield reply.get("result", reply.get("response"))
        elif not (isinstance(reply, dict) and {"code", "msg"} <= set(reply)):
            yield reply


class World(Rig):
    """An exchange on which everything has happened once."""

    def __init__(self, family: str, edition: int) -> None:
        super().__init__(family=family, edition=edition, symbols=SYMBOLS, balances=RICH)
        self.other = self.exchange.add_account(balances=RICH)

    async def live(self) -> None:
        """Books with liquidity, a last price of each symbol, and an order of ours that is filled in part."""
        for spec in SYMBOLS:
            last = LAST.get(spec.symbol, "1.0")
            for side, price in (("BUY", "0.00001"), ("SELL", "1000000")):
                await self.theirs(**limit(side, price, "500", spec.symbol))
            await self.signed("POST", "/api/v3/order", **limit("BUY", last, "2", spec.symbol))
            await self.theirs(**{**limit("SELL", last, "1", spec.symbol), "timeInForce": "IOC"})

    async def theirs(self, **params: Any) -> Any:
        """An order of somebody else."""
        return await self.signed("POST", "/api/v3/order", key=self.other.keys["hmac"], **params)

    async def order(self, symbol: str, **params: Any) -> int:
        """An open order."""
        placed = await self.signed("POST", "/api/v3/order", **limit("BUY", "0.5", "10", symbol), **params)
        return int(placed["orderId"])

    async def order_list(self, symbol: str = "BTCUSDT", **params: Any) -> int:
        """An open OCO."""
        prices = {"price": "30000", "stopPrice": "20000"} if symbol in LAST else {"price": "2.0", "stopPrice": "0.9"}
        oco = {"symbol": symbol, "side": "SELL", "quantity": "1", **prices, **params}
        return int((await self.signed("POST", "/api/v3/order/oco", **oco))["orderListId"])

    async def referring(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """The parameters, referring to what exists here."""
        params = {
            name: value for name, value in params.items() if name not in OF_THE_REQUEST | {"startTime", "endTime"}
        }
        symbol = str(params.get("symbol", "BTCUSDT"))
        if method in ("orderList.status", "orderList.cancel"):
            own = params.get("listClientOrderId") or params.get("origClientOrderId")
            made = await self.order_list(symbol, **({"listClientOrderId": own} if own else {}))
            params |= {"orderListId": made} if "orderListId" in params else {}
        else:
            for number, own_name in (("orderId", "origClientOrderId"), ("cancelOrderId", "cancelOrigClientOrderId")):
                if number in params or own_name in params:
                    own = params.get(own_name)
                    made = await self.order(symbol, **({"newClientOrderId": own} if own else {}))
                    params |= {number: made} if number in params else {}
        if "fromId" in params:
            params["fromId"] = 0
        if method == "orderList.place.otoco":  # the example has its legs the wrong way round
            params |= {"pendingAboveType": "LIMIT_MAKER", "pendingAbovePrice": 5, "pendingBelowType": "STOP_LOSS"}
            params |= {"pendingBelowStopPrice": params.pop("pendingAboveStopPrice")}
            del params["pendingBelowPrice"]
        return params


def differences(documented: Any, ours: Any, path: str = "$") -> list[str]:
    """Where our reply has another shape than the documented one."""
    if documented == {} and path != "$":  # left open by the document
        return []
    if isinstance(documented, dict) and isinstance(ours, dict):
        missing = documented.keys() - ours.keys() - SOMETIMES - ADDED
        extra = ours.keys() - documented.keys() - SOMETIMES - ADDED
        found = [f"{path}.{key} is missing" for key in missing] + [f"{path}.{key} is not documented" for key in extra]
        for key in documented.keys() & ours.keys():
            found += differences(documented[key], ours[key], f"{path}.{key}")
        return found
    if isinstance(documented, list) and isinstance(ours, list):
        if not documented or not ours:
            return []
        return differences(documented[0], ours[0], f"{path}[0]")
    return (
        []
        if kind_of(documented) == kind_of(ours) or None in (documented, ours)
        else [f"{path}: {documented!r} {ours!r}"]
    )


def kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, (int, float)) else type(value).__name__


def best(entry: Entry, ours: Any) -> list[str]:
    """The differences from the documented result that is nearest."""
    return min((differences(documented, ours) for documented in results(entry)), key=len, default=[])


WORLDS = {"spot": ("spot", 2025), "now_spot": ("spot", 2026), "us": ("us", 2025)}
WS_ENTRIES = [(product, entry) for product in WORLDS for entry in entries(product, "ws_api")]


@pytest.mark.parametrize(
    ("product", "entry"), [pytest.param(product, *entry.values, id=entry.id) for product, entry in WS_ENTRIES]
)
@virtual
async def test_requests_of_the_websocket_api(product: str, entry: Entry) -> None:
    world = World(*WORLDS[product])
    await world.live()
    client = world.api()
    name = entry["method"]
    documented = entry["request"].get("params", {})
    params = await world.referring(name, documented)
    if name in ("userDataStream.ping", "userDataStream.stop"):
        params["listenKey"] = world.exchange.user_data.start(world.account.uid)
    if "signature" in documented:
        reply = client.signed(name, **params)
    else:
        keyed = {"apiKey": world.key.api_key} if "apiKey" in documented else {}
        reply = client.ask(name, **params, **keyed)
    if reply.get("error") == NO_REFERENCE_PRICE:
        assert "eferencePrice" in name
        return
    assert reply["status"] == 200, reply
    assert best(entry, reply["result"]) == []


async def requests(world: World) -> dict[str, Any]:
    """One request for each call of REST, by which everything that its reply can tell is told."""
    buy = limit("BUY", "0.5", "10")
    placed = await world.order("BTCUSDT")
    oto = {
        "symbol": "BTCUSDT",
        "workingType": "LIMIT",
        "workingSide": "BUY",
        "workingPrice": "0.5",
        "workingQuantity": "1",
        "workingTimeInForce": "GTC",
        "pendingSide": "SELL",
        "pendingQuantity": "1",
    }
    oco = {"symbol": "BTCUSDT", "side": "SELL", "quantity": "1"}
    no_params = dict[str, Any]
    return {
        "GET /api/v3/ping": no_params(),
        "GET /api/v3/time": no_params(),
        "GET /api/v3/exchangeInfo": no_params(),
        "GET /api/v3/executionRules": {"symbol": "BAZUSD"},
        "GET /api/v3/historicalBlockTrades": {"symbol": "BTCUSDT", "fromId": 0},
        "GET /api/v3/referencePrice": {"symbol": "BAZUSD"},
        "GET /api/v3/referencePrice/calculation": {"symbol": "BAZUSD"},
        **{
            f"GET /api/v3/{path}": {"symbol": "BTCUSDT"}
            for path in (
                "depth",
                "trades",
                "historicalTrades",
                "aggTrades",
                "avgPrice",
                "ticker/24hr",
                "ticker/tradingDay",
                "ticker/price",
                "ticker/bookTicker",
                "ticker",
                "openOrders",
                "allOrders",
                "myTrades",
                "myAllocations",
                "account/commission",
                "myFilters",
            )
        },
        "GET /api/v3/klines": {"symbol": "BTCUSDT", "interval": "1m"},
        "GET /api/v3/uiKlines": {"symbol": "BTCUSDT", "interval": "1m"},
        "POST /api/v3/order": buy,
        "POST /api/v3/order/test": {**buy, "computeCommissionRates": True},
        "GET /api/v3/order": {"symbol": "BTCUSDT", "orderId": placed},
        "DELETE /api/v3/order": {"symbol": "BTCUSDT", "orderId": placed},
        "DELETE /api/v3/openOrders": {"symbol": "BTCUSDT"},
        "POST /api/v3/order/cancelReplace": {**buy, "cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrderId": placed},
        "PUT /api/v3/order/amend/keepPriority": {"symbol": "BTCUSDT", "orderId": placed, "newQty": "5"},
        "GET /api/v3/order/amendments": {"symbol": "BTCUSDT", "orderId": placed},
        "POST /api/v3/order/oco": {**oco, "price": "30000", "stopPrice": "20000", "newOrderRespType": "RESULT"},
        "POST /api/v3/orderList/oco": {
            **oco,
            "aboveType": "LIMIT_MAKER",
            "abovePrice": "30000",
            "belowType": "STOP_LOSS_LIMIT",
            "belowStopPrice": "20000",
            "belowPrice": "19000",
            "belowTimeInForce": "GTC",
        },
        "POST /api/v3/orderList/oto": {**oto, "pendingType": "MARKET"},
        "POST /api/v3/orderList/otoco": {
            **oto,
            "pendingAboveType": "LIMIT_MAKER",
            "pendingAbovePrice": "5",
            "pendingBelowType": "STOP_LOSS",
            "pendingBelowStopPrice": "0.4",
        },
        "POST /api/v3/orderList/opo": {
            **{name: value for name, value in oto.items() if name != "pendingQuantity"},
            "pendingType": "MARKET",
        },
        "POST /api/v3/orderList/opoco": {
            **{name: value for name, value in oto.items() if name != "pendingQuantity"},
            "pendingAboveType": "LIMIT_MAKER",
        },
        "DELETE /api/v3/orderList": {"symbol": "BTCUSDT", "orderListId": await world.order_list()},
        "GET /api/v3/orderList": {"orderListId": await world.order_list()},
        "GET /api/v3/allOrderList": no_params(),
        "GET /api/v3/openOrderList": no_params(),
        "POST /api/v3/sor/order": buy,
        "POST /api/v3/sor/order/test": {**buy, "computeCommissionRates": True},
        "GET /api/v3/account": no_params(),
        "GET /api/v3/rateLimit/order": no_params(),
        "GET /api/v3/myPreventedMatches": {"symbol": "BTCUSDT", "orderId": placed},
        "POST /api/v3/userDataStream": no_params(),
        "PUT /api/v3/userDataStream": {"listenKey": world.exchange.user_data.start(world.account.uid)},
        "DELETE /api/v3/userDataStream": {"listenKey": world.exchange.user_data.start(world.account.uid)},
    }


REST_ENTRIES = [(product, entry) for product in WORLDS for entry in entries(product, "rest")]


@pytest.mark.parametrize(
    ("product", "entry"), [pytest.param(product, *entry.values, id=entry.id) for product, entry in REST_ENTRIES]
)
@virtual
async def test_replies_of_rest(product: str, entry: Entry) -> None:
    world = World(*WORLDS[product])
    await world.live()
    params = (await requests(world))[name_of(entry)]
    if entry["path"].endswith("amendments"):
        await world.signed(
            "PUT", "/api/v3/order/amend/keepPriority", symbol="BTCUSDT", orderId=params["orderId"], newQty="5"
        )
    declared = {f"{each.method} {each.path}": each for each in world.exchange.rest_endpoints}[name_of(entry)]
    params = {name: value for name, value in params.items() if name in {each.wire for each in declared.parameters}}
    if not declared.security.keyed:
        reply = await world.rest(entry["method"], entry["path"], **params)
    else:
        reply = await world.signed(entry["method"], entry["path"], **params)
    if reply == NO_REFERENCE_PRICE:
        assert "referencePrice" in entry["path"]
        return
    assert "code" not in reply, reply
    assert best(entry, reply) == []


def test_every_documented_call_is_here() -> None:
    assert len(WS_ENTRIES) > 80
    assert len(REST_ENTRIES) > 80
