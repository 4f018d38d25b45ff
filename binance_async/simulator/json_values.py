"""Values of JSON, narrowed once for the type checkers."""

from __future__ import annotations

from typing import Any

__all__ = ["as_list", "as_object"]


def as_list(value: object) -> list[Any] | None:
    """The value if it is a list."""
    return value if isinstance(value, list) else None  # pyright: ignore[reportUnknownVariableType] - whatever JSON holds


def as_object(value: object) -> dict[str, Any] | None:
    """The value if it is an object."""
    return value if isinstance(value, dict) else None  # pyright: ignore[reportUnknownVariableType] - whatever JSON holds
