"""What a run was made with: the versions and the machine, for its report and its lineage."""

from __future__ import annotations

import importlib.metadata
import os
import platform

from litmus.resources import available_cpus

__all__ = ["describe_environment"]

_PACKAGES = (
    "litmus",
    "numpy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "xgboost",
    "xgboost-cpu",
    "lightgbm",
    "catboost",
    "imbalanced-learn",
)


def describe_environment() -> dict[str, str]:
    """Names and versions of what matters to a result; no user names, paths or host names."""
    facts = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": f"{available_cpus()} of {os.cpu_count()}",
    }
    for package in _PACKAGES:
        try:
            facts[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return facts
