"""Values that must never be seen by accident.

An accident is whatever shows an object without being asked for its value: a log line, a repr, a crash report that
prints the locals of every frame, a pickle in a cache, `vars`, `asdict`. A `Secret` survives all of these, because its
value stands in the closure of a function and not in an attribute. It does not survive someone who looks for it:
Python cannot wipe memory, and any code in the process can reach any object. The aim is that nobody leaks a key
without meaning to.

`Secret.reveal` is called by the signer alone; a test over the syntax trees holds every other module to that.
"""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING, Any, NoReturn, Self, final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Sealed", "Secret"]


class Sealed:
    """An immutable object that is not pickled, and is its own copy (so that `dataclasses.asdict` may meet it)."""

    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        del value  # a refused assignment must not show in a traceback with locals
        raise AttributeError(f"{type(self).__name__}.{name} cannot be set: the object is immutable")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be deleted: the object is immutable")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} cannot be pickled: a key must not leave its process unnoticed")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        self.__reduce__()

    def __getstate__(self) -> NoReturn:
        self.__reduce__()


@final
class Secret(Sealed):
    """A text that shows itself to nobody who does not call `reveal`.

    Two secrets compare in a time that does not depend on where they differ. A secret is unhashable.
    """

    __slots__ = ("_reveal",)
    _reveal: Callable[[], str]

    def __init__(self, value: str) -> None:
        if not _is_text(value):
            kind = type(value).__name__
            del value  # as above: it may be the secret in another shape
            raise TypeError(f"Secret takes str, not {kind}")

        def tell() -> str:
            return value

        object.__setattr__(self, "_reveal", tell)

    def reveal(self) -> str:
        """The value. For the signer alone."""
        return self._reveal()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return compare_digest(_encoded(self._reveal()), _encoded(other._reveal()))

    def __repr__(self) -> str:
        return "Secret(...)"

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _encoded(value: str) -> bytes:
    # Lone surrogates are no UTF-8; comparing must not fail on them, because the failure would quote the value.
    return value.encode("utf-8", "surrogatepass")
