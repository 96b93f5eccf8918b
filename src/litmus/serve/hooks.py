"""What may be added to a service without changing it: small protocols that other packages fulfil."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from starlette.routing import Route

    from litmus.serve.service import Service, Variant

__all__ = ["Chooser", "Extension", "Gate", "Recorder"]


class Recorder(Protocol):
    """Keeps requests and their answers."""

    def record(
        self,
        request_id: str,
        variant: str,
        version: str,
        *,
        rows: Sequence[Mapping[str, Any]],
        answers: Any,
        seconds: float,
    ) -> None:
        """Take a request down; called in the event loop when the answer is written, so it must take microseconds.

        Args:
            request_id: what the answer carries as X-Request-Id.
            variant, version: which model answered.
            rows: as they came.
            answers: `litmus.serve.served.Answers` of the rows.
            seconds: that the model took.
        """


class Gate(Protocol):
    """Decides who may ask."""

    def check(self, authorization: bytes | None, client: str) -> None:
        """Let a request pass; takes microseconds.

        Args:
            authorization: the value of the header, or None.
            client: the address it comes from.

        Raises:
            Refusal: 401, 403 or 429.
        """


class Chooser(Protocol):
    """Finds the model that a request names; for services whose models are not all loaded from the start."""

    def choose(self, target: str | None) -> Variant | None:
        """The variant, or None when it has to be loaded first; takes microseconds.

        Raises:
            Refusal: 404 when there is no such model, 400 when none is named.
        """

    def load(self, target: str | None) -> Variant:
        """Load it; called in a thread after `choose` gave None.

        Raises:
            Refusal: when it cannot be loaded.
        """

    def targets(self) -> Sequence[str]:
        """The names that requests may give."""


class Extension(Protocol):
    """Something that runs in every worker and may answer requests of its own."""

    def routes(self, service: Service) -> Sequence[Route]:
        """Starlette routes; they stand behind the gate."""

    def start(self) -> None:
        """Called when the worker starts to answer."""

    def stop(self) -> None:
        """Called when it has drained; writes what is still in memory."""
