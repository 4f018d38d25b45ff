"""Changes of a book between two looks at it: the diff. depth stream.

Every change of a price level takes one update id. A feed remembers which levels changed since its last flush, and a
flush tells their quantities as they are now: `U` is the id after the last flush's `u`, so that feeds of any speed
read gapless.
"""

from __future__ import annotations

from typing import Any, Protocol

__all__ = ["DepthFeed"]


class DepthFeed(Protocol):
    """One reader of a symbol's changes, at its own pace."""

    @property
    def symbol(self) -> str:
        """The symbol, in capitals."""
        ...

    def flush(self, *, micro: bool = False) -> dict[str, Any] | None:
        """The `depthUpdate` since the last flush; None if nothing changed."""
        ...

    def close(self) -> None:
        """Stop remembering. Idempotent."""
        ...
