"""Asking an endpoint from Python: `litmus.Client` waits for answers, `litmus.AsyncClient` is awaited."""

from litmus.client.asynchronous import AsyncClient
from litmus.client.errors import (
    EndpointError,
    KeyRefusedError,
    NotThereError,
    OverloadedError,
    RowsRefusedError,
    ServerFailedError,
    TooLateError,
    UnreachableError,
)
from litmus.client.retries import Retries
from litmus.client.synchronous import Client

__all__ = [
    "AsyncClient",
    "Client",
    "EndpointError",
    "KeyRefusedError",
    "NotThereError",
    "OverloadedError",
    "Retries",
    "RowsRefusedError",
    "ServerFailedError",
    "TooLateError",
    "UnreachableError",
]
