"""A model behind HTTP: the application, and the process that runs it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__all__ = ["create_app", "run_server"]

if TYPE_CHECKING:
    from litmus.serve.app import create_app
    from litmus.serve.server import run_server


def __getattr__(name: str) -> Any:
    """Imported when it is used: what looks after servers needs only their configuration and counters."""
    if name not in __all__:
        raise AttributeError(f"module 'litmus.serve' has no attribute {name!r}")
    return getattr(importlib.import_module("litmus.serve.app" if name == "create_app" else "litmus.serve.server"), name)
