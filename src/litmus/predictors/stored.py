"""Reading and writing a form's state: plain values as JSON, arrays of plain numbers, and never a pickle."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from litmus.errors import BundleError

__all__ = ["checked_array", "damaged", "read_state", "write_state"]

_VALUES, _ARRAYS = "form.json", "arrays.npz"
_BAD_ZIP = (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError)


def write_state(folder: Path, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Write plain values and arrays into `folder`, which exists; arrays are compressed."""
    (folder / _VALUES).write_text(json.dumps(values, indent=1), encoding="utf-8")
    with (folder / _ARRAYS).open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def read_state(folder: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read what `write_state` wrote.

    Raises:
        BundleError: when a file is absent or malformed.
    """
    try:
        values = json.loads((folder / _VALUES).read_text(encoding="utf-8"))
        with (folder / _ARRAYS).open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, KeyError, TypeError, AttributeError, zlib.error, *_BAD_ZIP) as error:
        raise damaged(f"{folder.name}: {error}") from error
    if not isinstance(values, dict):
        raise damaged(f"{folder.name}/{_VALUES} holds no JSON object")
    return values, arrays


def checked_array(arrays: Mapping[str, np.ndarray], name: str, kinds: str, dimensions: int = 1) -> np.ndarray:
    """The array of this name when its numbers are of one of the `kinds` (as `dtype.kind` names them).

    Raises:
        BundleError: when it is absent or of another type or shape.
    """
    array = arrays.get(name)
    if array is None or array.dtype.kind not in kinds or array.ndim != dimensions:
        raise damaged(f"the array {name!r} is absent or has the wrong type or shape")
    return array


def damaged(why: str) -> BundleError:
    """The error to raise for a predictor that cannot be what was saved."""
    return BundleError(f"The saved predictor is damaged ({why}); save the model again.")
