"""How much one request may ask of the server."""

from __future__ import annotations

import dataclasses

from litmus.errors import ParameterError

__all__ = ["Limits"]


@dataclasses.dataclass(frozen=True)
class Limits:
    """Bounds of one request.

    Attributes:
        max_rows: rows in one request.
        max_body_bytes: bytes of a request's body.
        timeout_seconds: seconds a client may take to send its request, and seconds a prediction may take.
    """

    max_rows: int = 10_000
    max_body_bytes: int = 16 * 1024 * 1024
    timeout_seconds: float = 30.0

    def __post_init__(self) -> None:
        for name in ("max_rows", "max_body_bytes", "timeout_seconds"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
                raise ParameterError(f"{name}={value!r} is not allowed; give a number above 0.")
