"""What can go wrong with an endpoint, seen from a program that asks it."""

from __future__ import annotations

from litmus.errors import LitmusError, PredictionError

__all__ = [
    "EndpointError",
    "KeyRefusedError",
    "NotThereError",
    "OverloadedError",
    "RowsRefusedError",
    "ServerFailedError",
    "TooLateError",
    "UnreachableError",
]


class EndpointError(LitmusError):
    """An endpoint gave no prediction; the message is its own sentence, where it gave one.

    Args:
        sentence: the message.
        status: the HTTP status, or None when there was no answer.
        request_id: what the endpoint's log calls the request, if it said so.
    """

    def __init__(self, sentence: str, *, status: int | None = None, request_id: str | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.request_id = request_id


class UnreachableError(EndpointError):
    """Nothing answers at the address, or the connection broke."""


class TooLateError(EndpointError):
    """The answer did not come within the time that was given."""


class KeyRefusedError(EndpointError):
    """The key is missing, wrong, expired, or not for this."""


class RowsRefusedError(EndpointError, PredictionError):
    """The rows do not fit the model, or there are too many."""


class NotThereError(EndpointError):
    """The endpoint has nothing of that name."""


class OverloadedError(EndpointError):
    """The endpoint turned the request down for now, each time it was tried."""


class ServerFailedError(EndpointError):
    """The endpoint failed; its log has the reason."""
