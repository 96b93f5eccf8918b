"""What runs endpoints: processes on this machine, or a cluster."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Protocol

from litmus.endpoints.state import State
from litmus.errors import ResourceError
from litmus.naming import find_name
from litmus.serve.config import ServiceConfig

__all__ = ["ENGINES", "Engine", "engine_named"]


class Engine(Protocol):
    """Runs what the folders of endpoints say. An engine keeps nothing itself: another process may stop what one started.

    Attributes:
        steps: whether it carries rollouts out itself, by orders (`litmus.endpoints.orders`); without, updates are applied at
            once.
    """

    steps: bool

    def start(self, folder: Path, *, wait: bool = True, seconds: float = 120.0) -> State:
        """Serve what `config.json` says, as `endpoint.json` says, and write `state.json`.

        Args:
            folder: the endpoint's folder.
            wait: whether to return only when it answers.
            seconds: to wait.

        Raises:
            LitmusError: when it runs already, or cannot be started; then nothing of it runs.
        """

    def stop(self, folder: Path) -> None:
        """End it; returns when nothing of it runs. What does not run is left as it is."""

    def describe(self, folder: Path) -> State:
        """What it is doing now."""

    def apply(self, folder: Path, config: ServiceConfig) -> None:
        """Serve another configuration, without losing a request; returns when it is served.

        Raises:
            LitmusError: when it cannot be served; then what was served before still is.
        """


ENGINES = {
    "local": ("litmus.endpoints.local_engine", "LocalEngine"),
    "ray": ("litmus.endpoints.ray_engine", "RayEngine"),
}
"""Engine name → the module and class that defines it."""


def engine_named(name: str) -> Engine:
    """The engine of that name.

    Raises:
        UnknownNameError: when there is none.
        ResourceError: when what it needs is not installed.
    """
    module, kind = ENGINES[find_name("engine", name, ENGINES)]
    try:
        engine: Engine = getattr(importlib.import_module(module), kind)()
    except ImportError as error:
        raise ResourceError(
            f"The engine {name!r} needs the package {error.name!r}; install it with: pip install 'litmus[{name}]'"
        ) from error
    return engine
