"""The distributions a bundle needs to be served."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from typing import Any

__all__ = ["requirements_of"]

_DISTRIBUTIONS = {
    "sklearn": ("scikit-learn",),
    "xgboost": ("xgboost", "xgboost-cpu"),
    "imblearn": ("imbalanced-learn",),
}
_SERVING = ("httptools", "msgspec", "starlette", "uvloop")
_NOT_INSTALLED = ("python", "litmus")


def requirements_of(manifest: Mapping[str, Any]) -> list[str]:
    """What has to be installed beside Litmus, as "name==version": the server, and what answering takes.

    A bundle says the latter itself; one of an older format has the versions of its libraries only, and needs all that
    Litmus does.
    """
    named = manifest.get("requirements")
    if isinstance(named, list):
        return [*_SERVING, *map(str, named)]
    wanted = [text for text in importlib.metadata.requires("litmus") or () if "extra ==" not in text]
    for module, version in manifest.get("packages", {}).items():
        if module not in _NOT_INSTALLED:
            wanted.append(f"{_distribution(module)}=={version}")
    return [*_SERVING, *wanted]


def _distribution(module: str) -> str:
    """The distribution that provides a module, among those that are installed."""
    for name in _DISTRIBUTIONS.get(module, (module,)):
        try:
            importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        return name
    return module
