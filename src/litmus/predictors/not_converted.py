"""What an algorithm says when it has no form without its library."""

from __future__ import annotations

from litmus.errors import LitmusError

__all__ = ["NotConvertedError"]


class NotConvertedError(LitmusError):
    """A fitted algorithm cannot be brought into a form that predicts without its library; the message says why."""
