"""The one exception of the engine: a refusal, with the exchange's own code and message.

Texts are those of the exchange's error page. Where a page has only a pattern (`'%s'`), a function here fills it.
"""

from __future__ import annotations

from typing import Any

__all__ = ["ExchangeError"]


class ExchangeError(Exception):
    """A request that the exchange refuses.

    `code` and `message` are what the answer's `code` and `msg` hold, `data` what its `data` holds (cancel-replace
    only). `status` is the HTTP status, which the WebSocket API repeats: 400, 409 or 429.
    """

    def __init__(self, code: int, message: str, data: dict[str, Any] | None = None, *, status: int = 400) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.data = data
        self.status = status

    def payload(self) -> dict[str, Any]:
        """The body of the answer: `{"code", "msg"}` and `data` if there is any."""
        body: dict[str, Any] = {"code": self.code, "msg": self.message}
        if self.data is not None:
            body["data"] = self.data
        return body

    def __str__(self) -> str:
        return f"{self.code} {self.message}"


# Parameters


def missing(name: str) -> ExchangeError:
    """A parameter that this order type needs."""
    return ExchangeError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def missing_either(first: str, second: str) -> ExchangeError:
    """One of two parameters is needed and neither came."""
    return ExchangeError(-1102, f"Param '{first}' or '{second}' must be sent, but both were empty/null!")


def not_required(name: str) -> ExchangeError:
    """A parameter that this order type does not take."""
    return ExchangeError(-1106, f"Parameter '{name}' sent when not required.")


def too_precise(name: str) -> ExchangeError:
    """More decimals than the asset has."""
    return ExchangeError(-1111, f"Parameter '{name}' has too much precision.")


def overflowed(name: str) -> ExchangeError:
    """A number that no order can hold."""
    return ExchangeError(-1108, f"Parameter '{name}' overflowed.")


def illegal(name: str, legal: str) -> ExchangeError:
    """Characters outside of the legal range."""
    return ExchangeError(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'.")


def invalid(name: str) -> ExchangeError:
    """A value that is none of those documented."""
    return ExchangeError(-1130, f"Data sent for parameter '{name}' is not valid.")


def bad_combination() -> ExchangeError:
    """Optional parameters that exclude one another, or that make sense only together."""
    return ExchangeError(-1128, "Combination of optional parameters invalid.")


def too_long(hours: int) -> ExchangeError:
    """A time range wider than the query allows."""
    return ExchangeError(-1127, f"More than {hours} hours between startTime and endTime.")


# Orders


def filter_failure(name: str) -> ExchangeError:
    """A filter of the symbol or of the exchange."""
    return ExchangeError(-1013, f"Filter failure: {name}")


def rejected(message: str) -> ExchangeError:
    """The matching engine's refusal of a new order."""
    return ExchangeError(-2010, message)


def cancel_rejected(message: str) -> ExchangeError:
    """The matching engine's refusal of a cancel."""
    return ExchangeError(-2011, message)


def amend_rejected(message: str) -> ExchangeError:
    """The matching engine's refusal of an amendment."""
    return ExchangeError(-2038, message)


def no_such_order() -> ExchangeError:
    """A query found nothing."""
    return ExchangeError(-2013, "Order does not exist.")


def too_many_orders(limit: int, interval_num: int, interval: str) -> ExchangeError:
    """The unfilled order count would pass its limit."""
    message = f"Too many new orders; current limit is {limit} orders per {interval_num} {interval}."
    return ExchangeError(-1015, message, status=429)


UNKNOWN_ORDER = "Unknown order sent."
DUPLICATE_ORDER = "Duplicate order sent."
MARKET_CLOSED = "Market is closed."
INSUFFICIENT_BALANCE = "Account has insufficient balance for requested action."
WOULD_TRIGGER = "Order would trigger immediately."
WOULD_MATCH = "Order would immediately match and take."
BAD_PRICES = "The relationship of the prices for the orders is not correct."
UNSUPPORTED_COMBINATION = "Unsupported order combination"
MAY_NOT_TRADE = "This account may not place or cancel orders."
NOT_PERMITTED = "This symbol is not permitted for this account."
CANCEL_RESTRICTIONS = "Order was not canceled due to cancel restrictions."
