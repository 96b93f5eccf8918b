"""The kinds of workers that an endpoint can have, and how many of each it wants."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from litmus.serve.config import ServiceConfig

if TYPE_CHECKING:
    from litmus.serve.service import Service

__all__ = ["KINDS", "AsynchronousWorkers", "HttpWorkers", "WorkerKind", "kind_named"]


class WorkerKind(Protocol):
    """Processes that do one kind of an endpoint's work; there may be none of them while there is nothing to do.

    Attributes:
        name: of the kind.
        first_slot: the number of its first process; kinds are a thousand apart.
        ends_by_itself: whether a process ends when it has nothing to do, and is not told to because fewer are wanted.
    """

    name: str
    first_slot: int
    ends_by_itself: bool

    def wanted(self, folder: Path, config: ServiceConfig, running: int) -> int | None:
        """How many processes there should be now; called in the supervisor once a second, must take milliseconds.

        Args:
            folder: the endpoint's.
            config: what it serves.
            running: how many there are.

        Returns:
            The number; None leaves it to the endpoint's scaling.
        """

    def run(self, folder: Path, slot: int, listener: socket.socket, service: Service) -> None:
        """Work until SIGTERM, in a process of its own that was forked from one that had loaded `service`."""


class HttpWorkers:
    """Workers that answer requests."""

    name = "http"
    first_slot = 0
    ends_by_itself = False

    def wanted(self, folder: Path, config: ServiceConfig, running: int) -> int | None:
        """As many as the endpoint's scaling says."""
        del folder, config, running
        return None

    def run(self, folder: Path, slot: int, listener: socket.socket, service: Service) -> None:
        """Answer requests until SIGTERM."""
        from litmus.serve.worker import run_worker

        run_worker(folder, slot, listener, service=service)


class AsynchronousWorkers:
    """Workers that answer queued requests; there are none while the queue is empty, unless the configuration says so."""

    name = "asynchronous"
    first_slot = 1000
    ends_by_itself = True

    def wanted(self, folder: Path, config: ServiceConfig, running: int) -> int | None:
        """One more for each request that waits, within the configuration's bounds."""
        if config.asynchronous is None:
            return 0
        from litmus.asynchronous import waiting

        return max(config.asynchronous.minimum, min(config.asynchronous.workers, running + waiting(folder)))

    def run(self, folder: Path, slot: int, listener: socket.socket, service: Service) -> None:
        """Answer queued requests until SIGTERM."""
        del service  # it follows the configuration by itself
        listener.close()
        from litmus.asynchronous import run_asynchronous

        run_asynchronous(folder, slot - self.first_slot)


KINDS: tuple[WorkerKind, ...] = (HttpWorkers(), AsynchronousWorkers())


def kind_named(name: str) -> WorkerKind:
    """The kind of that name."""
    return next(kind for kind in KINDS if kind.name == name)
