"""The source of a user's own code in a model, so that who is asked to trust a bundle can read what it would run."""

from __future__ import annotations

import inspect
import re
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from litmus.model import Model

__all__ = ["own_sources"]


def own_sources(model: Model) -> dict[str, str]:
    """File name → source text of each class and function of the user's that the model runs, where the source is at hand."""
    found: dict[str, str] = {}
    for part in _parts(model):
        held = vars(part).values() if hasattr(part, "__dict__") else ()
        for code in (type(part), *(value for value in held if isinstance(value, FunctionType | type))):
            if not _is_own(code):
                continue
            try:
                source = inspect.getsource(code)
            except (OSError, TypeError):  # typed into a console, or made by a program
                continue
            name = re.sub(r"[^\w.]+", "_", f"{code.__module__}.{code.__qualname__}").strip("._")[:80] or "code"
            found[f"{name}.py"] = source
    return found


def _parts(model: Model) -> Iterator[Any]:
    for pipeline in model.pipelines:
        yield from pipeline.steps
        yield pipeline.algorithm
    yield from model.postprocessing
    for member in model.members:
        yield from member.postprocessing
    if model.stacker is not None:
        yield model.stacker.algorithm


def _is_own(code: type | FunctionType) -> bool:
    """Whether a class or function is the user's: neither ours, nor of an installed package or of Python itself."""
    top = code.__module__.partition(".")[0]
    if top in ("litmus", "litsdf", "builtins") or top in sys.stdlib_module_names:
        return False
    file = getattr(sys.modules.get(code.__module__), "__file__", None)
    if file is None:
        return True
    paths = sysconfig.get_paths()
    installed = [Path(paths[key]).resolve() for key in ("purelib", "platlib")]
    return not any(Path(file).resolve().is_relative_to(path) for path in installed)
