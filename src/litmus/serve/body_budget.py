"""How much memory the bodies of all requests may take together."""

from __future__ import annotations

from typing import Self

from litmus.serve.refusal import Refusal

__all__ = ["BodyBudget", "HeldBody"]

_LEAST = 256 * 1024 * 1024


class BodyBudget:
    """Bytes of bodies that are being received or worked on; beyond it, requests get 503.

    Args:
        max_body_bytes: of one request; at least four such bodies fit.
    """

    def __init__(self, max_body_bytes: int) -> None:
        self.allowed = max(_LEAST, 4 * max_body_bytes)
        self.held = 0


class HeldBody:
    """One request's part of the budget; a context manager that gives it back."""

    def __init__(self, budget: BodyBudget) -> None:
        self._budget = budget
        self._size = 0

    def take(self, size: int) -> None:
        """Hold so many bytes more.

        Raises:
            Refusal: 503 when the bodies of all requests are too large together.
        """
        if self._budget.held + size > self._budget.allowed:
            raise Refusal(503, "Too many large bodies arrive at once; send it again in a second.", {"Retry-After": "1"})
        self._budget.held += size
        self._size += size

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._budget.held -= self._size
        self._size = 0
