"""Writing and reading fitted state as JSON and plain arrays: formats that cannot run code on whoever opens them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from litmus.errors import BundleError

__all__ = ["read_arrays", "read_json", "write_arrays", "write_json"]


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write plain values."""
    path.write_text(json.dumps(values, indent=1), encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """Read what `write_json` wrote; raises BundleError when the file is absent or malformed."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BundleError(
            f"The model file {path.name} is absent or damaged ({error}); save the model again."
        ) from error
    if not isinstance(values, dict):
        raise BundleError(f"The model file {path.name} holds no JSON object; save the model again.")
    return values


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays of plain numbers into one `.npz` file."""
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read what `write_arrays` wrote; raises BundleError when the file is absent or malformed."""
    import zipfile

    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (
        OSError,
        ValueError,
        EOFError,
        KeyError,
        AttributeError,
        TypeError,
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
    ) as error:
        raise BundleError(
            f"The model file {path.name} is absent or damaged ({error}); save the model again."
        ) from error
