"""What a run was made with: the versions and the machine, for its report and its lineage."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import sys
from pathlib import Path
from typing import Any

from litmus.resources import available_cpus

__all__ = ["COMPUTING", "describe_environment", "describe_machine", "installed_packages"]

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

COMPUTING = (*_PACKAGES, "scipy", "polars", "optuna", "joblib", "threadpoolctl", "narwhals", "skops", "onnxruntime")
"""The packages whose version can change what is trained, the most likely first."""

_FOLDER = re.compile(r"(?P<name>[A-Za-z0-9][\w.]*?)-(?P<version>[^-]+)(?:-[^-]+)*\.(?:dist-info|egg-info)")


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


def installed_packages() -> dict[str, str]:
    """Every installed distribution and its version, by the names of their folders: a few milliseconds for hundreds.

    Example:
        >>> "numpy" in installed_packages()
        True
    """
    found: dict[str, str] = {}
    for place in sys.path:
        try:
            entries = os.scandir(place or ".")
        except OSError:  # a zip file, or a folder that is not there
            continue
        with entries:
            for entry in entries:
                match = _FOLDER.fullmatch(entry.name)
                if match is not None:  # the first one on the path is the one that is imported
                    found.setdefault(re.sub(r"[-_.]+", "-", match["name"]).lower(), match["version"])
    return dict(sorted(found.items()))


def describe_machine() -> dict[str, Any]:
    """The processor, its cores, the memory and the system; nothing that names the machine or its user.

    Example:
        >>> describe_machine()["cores"] >= 1
        True
    """
    import psutil

    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "usable_cores": available_cpus(),
        "memory_bytes": int(psutil.virtual_memory().total),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "threads_allowed": {name: os.environ[name] for name in _THREAD_LIMITS if name in os.environ},
    }


_THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS")


def _processor() -> str:
    """The processor's name, where the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
