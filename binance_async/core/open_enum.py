"""Enums that the exchange may extend: an unknown value is kept as it came and counted, never refused.

A closed enum turns each new order status into a lost order event. An `OpenEnum` member compares equal to its text,
so `order.status == "FILLED"` and `match` on members work, and a value of tomorrow arrives as a member that is not in
`list(OrderStatus)`; `is_known` tells.
"""

from __future__ import annotations

import enum
from collections import Counter
from typing import Self

_MOST_COUNTED = 1_000

unknown_values: Counter[str] = Counter()
"""How often each unknown value was seen, as `Class.VALUE`; the first 1,000 different ones."""


class OpenEnum(enum.StrEnum):
    """A string enum that keeps values it does not know."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        name = f"{cls.__name__}.{value[:64]}"
        if name in unknown_values or len(unknown_values) < _MOST_COUNTED:
            unknown_values[name] += 1
        member = str.__new__(cls, value)
        # Not entered into the class: whatever a peer sends would stay in memory for ever.
        member._name_ = value
        member._value_ = value
        return member

    @property
    def is_known(self) -> bool:
        """Whether this package knows the value."""
        return self._value_ in type(self)._value2member_map_

    def __repr__(self) -> str:
        name = f".{self._name_}" if self.is_known else ""  # the name of an unknown member is the peer's text, raw
        return f"<{type(self).__name__}{name}: {self._value_!r}>"

    def __reduce_ex__(self, protocol: object) -> tuple[type[Self], tuple[str]]:
        return type(self), (self._value_,)
