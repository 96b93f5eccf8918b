"""Importing a machine learning library when it is needed, and saying how to get it when it is absent."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType

from litmus.errors import ResourceError

__all__ = ["is_installed", "load_library"]

_EXTRAS = {"xgboost": "xgboost", "lightgbm": "lightgbm", "catboost": "catboost", "sklearn": "", "skops": ""}


def is_installed(module: str) -> bool:
    """Whether a library can be imported, found out without importing it."""
    return importlib.util.find_spec(module) is not None


def load_library(module: str) -> ModuleType:
    """Import a library, such as "xgboost".

    Raises:
        ResourceError: when it is not installed, or cannot be loaded; the message has the line that installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        root = module.partition(".")[0]
        extra = _EXTRAS.get(root, "")
        wanted = f'"litmus[{extra}]"' if extra else '"litmus"'
        raise ResourceError(
            f"This algorithm needs the {root} library, which cannot be imported here ({error}); "
            f"install it with: pip install {wanted}"
        ) from error
