"""Every error that this package raises, by what is known of the call's outcome.

    BinanceError
    ├── NotSent                    nothing reached the exchange; the call had no effect
    │   ├── InvalidArgument            a missing, unknown or ill-typed argument (a TypeError too)
    │   ├── CredentialsRequired        the call needs a key, or one of another kind
    │   ├── InvalidCredentials         a key that cannot be read or used (a ValueError too)
    │   ├── RefusedLocally             a guard of this client: host, money-out, order sanity
    │   ├── BudgetExhausted            the rate budget is used up until `retry_at`
    │   ├── ConnectFailed              no connection: DNS, refused, TLS, proxy
    │   ├── UnsupportedRoute           this environment or route does not speak the call
    │   └── ClientClosed               closed client, other event loop, forked process
    ├── Rejected                   the exchange refused; the call had no effect. One subclass a code in `codes`
    │   ├── RateLimited                429: no request before `retry_at`
    │   │   └── IpBanned               418: the address is banned until `retry_at`
    │   ├── FirewallRefused            403 without a code
    │   └── RegionRefused              451
    ├── PartlyAccepted             cancel-and-replace of which one leg happened (409); each leg is told
    ├── OutcomeUnknown             a write that may or may not have happened
    │   ├── AbsentAfterFence           ... and looked up in vain, twice, after it could no longer have entered
    │   └── UndecodableOutcome         ... because its answer could not be read (a DecodeFailure too)
    ├── Unavailable                a read that got no usable answer; reading has no effect
    │   └── UndecodableAnswer          ... because the exchange failed with something unreadable (a DecodeFailure too)
    ├── DecodeFailure              an answer that is not what the declaration says
    └── StreamError                streams and sessions
        ├── SubscriptionRefused        the exchange refused this stream
        ├── SlowConsumer               the subscription's bound was reached under the policy `fail`
        ├── NotSynced                  a book was read that is not in step with the exchange
        └── StreamClosed               read after the end

A write (everything but GET) ends in a value, `Rejected`, `PartlyAccepted`, `NotSent` or `OutcomeUnknown`, and in
nothing else. A read ends in a value, `Rejected`, `NotSent`, `Unavailable` or `DecodeFailure`.

Messages name the call and the cause. They never hold a key, a signature, a query string or a listen key; errors of
the libraries below are re-raised `from None`, because their reprs do.
"""

from __future__ import annotations

from typing import Any, ClassVar

__all__ = [
    "AbsentAfterFence",
    "BinanceError",
    "BudgetExhausted",
    "ClientClosed",
    "ConnectFailed",
    "CredentialsRequired",
    "DecodeFailure",
    "FirewallRefused",
    "InvalidArgument",
    "InvalidCredentials",
    "IpBanned",
    "NotSent",
    "NotSynced",
    "OutcomeUnknown",
    "PartlyAccepted",
    "RateLimited",
    "RefusedLocally",
    "RegionRefused",
    "Rejected",
    "SlowConsumer",
    "StreamClosed",
    "StreamError",
    "SubscriptionRefused",
    "Unavailable",
    "UndecodableAnswer",
    "UndecodableOutcome",
    "UnsupportedRoute",
    "error_class",
]


class BinanceError(Exception):
    """The root. `call` is the call as its user wrote it, for instance `spot.place_order`."""

    def __init__(self, message: str, *, call: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.call = call

    def __str__(self) -> str:
        return f"{self.call}: {self.message}" if self.call else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        # Keyword-only constructors do not survive the default protocol, and an error must cross processes.
        return _rebuild, (type(self), self.args, self.__dict__)


def _rebuild(cls: type[BinanceError], args: tuple[Any, ...], state: dict[str, Any]) -> BinanceError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class NotSent(BinanceError):
    """Nothing reached the exchange: the call had no effect and may be made again."""


class InvalidArgument(NotSent, TypeError):
    """A missing, unknown or ill-typed argument; the message names it and what it takes."""

    def __init__(self, message: str, *, call: str | None = None, argument: str | None = None) -> None:
        super().__init__(message, call=call)
        self.argument = argument


class CredentialsRequired(NotSent):
    """The call needs a key (or one of another kind) and the client has none."""


class InvalidCredentials(NotSent, ValueError):
    """A key that cannot be read, or is not of the kind that was stated."""


class RefusedLocally(NotSent):
    """A guard of this client refused: a host off the list, a call that moves money out, an order out of bounds."""


class BudgetExhausted(NotSent):
    """The rate budget has no room for this call before `retry_at` (seconds since the epoch, exchange's clock)."""

    def __init__(self, message: str, *, call: str | None = None, retry_at: float | None = None) -> None:
        super().__init__(message, call=call)
        self.retry_at = retry_at


class ConnectFailed(NotSent):
    """No connection could be made: name look-up, refused, TLS, proxy."""


class UnsupportedRoute(NotSent):
    """The call exists, but not on this route or in this environment."""


class ClientClosed(NotSent):
    """The client is closed, belongs to another event loop, or was carried over a fork."""


class Rejected(BinanceError):
    """The exchange refused the call, which had no effect.

    Subclasses in `codes` register themselves by the exchange's code; an unknown code arrives as
    `Rejected` itself, with `code` and `reason` as they came.
    """

    by_code: ClassVar[dict[tuple[str | None, int], type[Rejected]]] = {}

    def __init_subclass__(cls, *, code: int | None = None, family: str | None = None, **kwargs: Any) -> None:
        """Register the class for `code`, in one family or in all."""
        super().__init_subclass__(**kwargs)
        if code is not None:
            if (family, code) in Rejected.by_code:
                raise TypeError(f"{cls.__name__}: code {code} already is {Rejected.by_code[family, code].__name__}")
            Rejected.by_code[family, code] = cls

    def __init__(
        self,
        reason: str,
        *,
        call: str | None = None,
        status: int | None = None,
        code: int | None = None,
        retry_at: float | None = None,
    ) -> None:
        said = f"{code} {reason}" if code is not None else reason
        super().__init__(f"rejected: {said}" + (f" (HTTP {status})" if status else ""), call=call)
        self.reason = reason
        self.status = status
        self.code = code
        self.retry_at = retry_at


class RateLimited(Rejected):
    """Too many requests (429). Nothing may be sent before `retry_at`, where it is stated."""


class IpBanned(RateLimited):
    """The address is banned (418) until `retry_at`, for having gone on after 429."""


class FirewallRefused(Rejected):
    """The web application firewall refused (403): slow down, or look for odd text in the parameters."""


class RegionRefused(Rejected):
    """The exchange does not serve this location (451)."""


class PartlyAccepted(BinanceError):
    """Cancel-and-replace did one leg and not the other (409); `cancel` and `new` hold a value or an error each."""

    def __init__(
        self, message: str, *, call: str | None = None, code: int | None = None, cancel: Any = None, new: Any = None
    ) -> None:
        super().__init__(message, call=call)
        self.code = code
        self.cancel = cancel
        self.new = new


class OutcomeUnknown(BinanceError):
    """A write whose answer was lost: it may or may not have happened.

    Never repeat it blindly. `client_order_id` is the id under which an order can be looked up, where there is one.
    """

    def __init__(
        self,
        message: str,
        *,
        call: str | None = None,
        status: int | None = None,
        code: int | None = None,
        client_order_id: str | None = None,
    ) -> None:
        super().__init__(message, call=call)
        self.status = status
        self.code = code
        self.client_order_id = client_order_id


class AbsentAfterFence(OutcomeUnknown):
    """The write was looked for until it could no longer have entered, and twice after that, and is not there.

    Most likely it never happened. It is not called rejected, because delay inside the matching engine is not covered;
    its id is watched for a day, and an alarm is raised if it appears after all.
    """


class Unavailable(BinanceError):
    """A read got no usable answer: connection lost, time out, or the exchange's own failure. It had no effect."""

    def __init__(
        self, message: str, *, call: str | None = None, status: int | None = None, code: int | None = None
    ) -> None:
        super().__init__(message, call=call)
        self.status = status
        self.code = code


class DecodeFailure(BinanceError):
    """An answer that is not what the declaration says: HTML, empty, cut, or of another shape.

    `body` holds at most its first 1,024 bytes.
    """

    def __init__(self, message: str, *, call: str | None = None, status: int | None = None, body: bytes = b"") -> None:
        super().__init__(message, call=call)
        self.status = status
        self.body: bytes = body[:1024]


class UndecodableOutcome(OutcomeUnknown, DecodeFailure):
    """A write was answered with something unreadable, so whether it happened is not known."""

    def __init__(
        self,
        message: str,
        *,
        call: str | None = None,
        status: int | None = None,
        body: bytes = b"",
        client_order_id: str | None = None,
    ) -> None:
        OutcomeUnknown.__init__(self, message, call=call, status=status, client_order_id=client_order_id)
        self.body: bytes = body[:1024]


class UndecodableAnswer(Unavailable, DecodeFailure):
    """A read failed at the exchange, or on the way to it, and what came back is no error of the exchange's.

    The HTML page of a gateway is one. `body` holds its first bytes, `status` its status.
    """

    def __init__(self, message: str, *, call: str | None = None, status: int | None = None, body: bytes = b"") -> None:
        Unavailable.__init__(self, message, call=call, status=status)
        self.body: bytes = body[:1024]


class StreamError(BinanceError):
    """Streams and sessions."""


class SubscriptionRefused(StreamError):
    """The exchange refused a stream; `code` is its reason."""

    def __init__(self, message: str, *, call: str | None = None, code: int | None = None) -> None:
        super().__init__(message, call=call)
        self.code = code


class SlowConsumer(StreamError):
    """The consumer let its subscription reach the bound under the policy `fail`."""


class NotSynced(StreamError):
    """A book was read while it is not in step with the exchange."""


class StreamClosed(StreamError):
    """Read after the end."""


def error_class(code: int, family: str | None = None) -> type[Rejected]:
    """The class of a documented code: the family's own, the common one, or `Rejected`."""
    import binance_async.codes  # noqa: F401  # pyright: ignore[reportUnusedImport] - registers the codes on first use

    return Rejected.by_code.get((family, code)) or Rejected.by_code.get((None, code)) or Rejected
