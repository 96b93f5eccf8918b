"""How much memory a loaded model takes."""

from __future__ import annotations

import gc
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["memory_of"]

_SHARED = (type, types.ModuleType, types.BuiltinFunctionType, types.CodeType, types.FrameType)
_BESIDE = 1.15
"""What allocators take beside what objects ask for, as measured for boosted trees."""
_SESSION = "InferenceSession"
_SESSION_FACTOR = 3
"""A session of ONNX Runtime holds its file, the graph made of it, and what it is optimised to."""


def memory_of(model: Any, bundle: Path) -> int:
    """Bytes of all that a model alone refers to; of a session of ONNX Runtime, estimated by what is in the bundle.

    Args:
        model: the model.
        bundle: its file.

    Example:
        >>> import numpy as np
        >>> 8_000 < memory_of({"weights": np.zeros(1_000)}, Path()) < 10_000
        True
    """
    seen: set[int] = set()
    total, sessions = 0, 0
    waiting = [model]
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, _SHARED):
            continue
        seen.add(id(each))
        if isinstance(each, np.ndarray) and each.base is not None:
            waiting.append(each.base)
        sessions += type(each).__name__ == _SESSION
        total += sys.getsizeof(each, 64)
        if isinstance(each, types.FunctionType):  # its module's names are others' too
            waiting += [each.__closure__, each.__defaults__, each.__kwdefaults__]
            total += len(each.__code__.co_code) * 4  # generated code belongs to the model
            if each.__module__ is None or each.__module__ not in sys.modules:
                waiting.append(each.__globals__)
        else:
            waiting += gc.get_referents(each)
    return int(_BESIDE * total) + (_SESSION_FACTOR * _unpacked(bundle) if sessions else 0)


def _unpacked(bundle: Path) -> int:
    """Bytes of the compiled parts of a bundle."""
    from litmus.bundle_reader import read_manifest

    members = read_manifest(bundle)["members"]
    return sum(int(facts["bytes"]) for name, facts in members.items() if name.startswith("runtime/"))
