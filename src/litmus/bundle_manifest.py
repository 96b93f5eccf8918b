"""The manifest of a bundle: what the model is, what it was made with, and the hash of every file beside it."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import math
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

import litmus
from litmus.bundle_format import FORMAT, FORMAT_VERSION, python_version

if TYPE_CHECKING:
    from litmus.compiling import Compiled
    from litmus.model import Model

__all__ = ["new_manifest", "requirements_of", "version_notes"]

_LIBRARIES = {"xgboost", "lightgbm", "catboost", "imblearn", "torch"}


def new_manifest(model: Model, compiled: Compiled | None, *, needs_trust: bool, created: dt.datetime) -> dict[str, Any]:
    """All of a manifest but the hashes and the signature."""
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "needs_litmus": litmus.__version__,
        "name": model.name,
        "version": model.version,
        "created": created.isoformat(timespec="seconds"),
        "needs_trust": needs_trust,
        "python": python_version(),
        "packages": _versions(_modules(model)),
        "requirements": None if compiled is None else requirements_of(compiled),
        "runtime": None if compiled is None else plain(compiled.facts()),
        "task": model.task,
        "schema": plain(model.schema.to_json()),
        "target": plain(model.target.to_json()),
        "metrics": plain(model.metrics),
        "lineage": plain(model.lineage),
        "sample": plain(model.sample),
        "pipelines": len(model.pipelines),
        "postprocessing": len(model.postprocessing),
        "model_members": _members(model),
        "stacker": model.stacker is not None,
    }


def _members(model: Model) -> list[dict[str, Any]]:
    """What the model is made of: each member's share, and the numbers of its pipelines."""
    described, start = [], 0
    for member in model.members:
        numbers = list(range(start, start := start + len(member.pipelines)))
        described.append(
            {
                "name": member.name,
                "weight": member.weight,
                "pipelines": numbers,
                "postprocessing": len(member.postprocessing),
            }
        )
    return described


def plain(value: Any) -> Any:
    """The value as JSON has it: NaN and infinities as null, what JSON does not know as text."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return str(value)


def version_notes(packages: Mapping[str, str]) -> list[str]:
    """A sentence for each package whose version here is not the one the bundle was made with."""
    here = _versions(packages)
    return [
        f"The model was made with {name} {version}, and "
        + (
            f"here is {name} {here[name]}: its answers may differ."
            if name in here
            else f"{name} is not installed here."
        )
        for name, version in packages.items()
        if here.get(name) != version
    ]


def requirements_of(compiled: Compiled) -> list[str]:
    """The distributions that answering takes, such as "numpy==2.4.6": few, unless parts could not be compiled."""
    modules = ["litmus", "numpy"]
    if compiled.uses_onnx:
        modules.append("onnxruntime")
    if compiled.native_components:
        core = ["pandas", "pyarrow", "sklearn", "scipy"]
        modules += [*core, *sorted(_libraries(compiled.native_components) - {*core, *modules})]
    return [f"{distribution}=={version}" for distribution, version in _distributions(modules)]


def _distributions(modules: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The installed distributions of some modules, with their versions."""
    for module in modules:
        for distribution in _NAMES.get(module, (module,)):
            try:
                yield distribution, importlib.metadata.version(distribution)
                break
            except importlib.metadata.PackageNotFoundError:
                continue


def _modules(model: Model) -> list[str]:
    """The packages a model needs: the core ones, and those that its algorithms and steps are built on."""
    components: list[Any] = [
        *model.postprocessing,
        *(part for member in model.members for part in member.postprocessing),
    ]
    if model.stacker is not None:
        components.append(model.stacker.algorithm)
    for pipeline in model.pipelines:
        components += [getattr(pipeline, "algorithm", None), *getattr(pipeline, "steps", ())]
    core = ["python", "litmus", "numpy", "pandas", "sklearn"]
    return [*core, *sorted(_libraries(components) - set(core))]


def _libraries(components: Iterable[Any]) -> set[str]:
    """The packages that components are built on, and those that users' own code uses."""
    from litmus.compiling.own_code import modules_used

    found = set()
    for component in components:
        for cls in type(component).__mro__:
            parts = cls.__module__.split(".")
            found.add(parts[-1] if parts[0] == "litmus" else parts[0])
        found |= modules_used(component) - {"litmus"}
    return {name for name in found if name in _LIBRARIES or _distribution(name)}


def _distribution(module: str) -> bool:
    """Whether a loaded module is an installed package with a version, rather than the standard library or a script."""
    return module not in sys.stdlib_module_names and isinstance(
        getattr(sys.modules.get(module), "__version__", None), str
    )


def _versions(modules: Iterable[str]) -> dict[str, str]:
    """Module → version, for those that are here."""
    found = {}
    for module in modules:
        if module == "python":
            found[module] = platform.python_version()
        elif module == "litmus":
            found[module] = litmus.__version__
        elif isinstance(version := getattr(sys.modules.get(module), "__version__", None), str):
            found[module] = version
        else:
            for distribution in _NAMES.get(module, (module,)):
                try:
                    found[module] = importlib.metadata.version(distribution)
                    break
                except importlib.metadata.PackageNotFoundError:
                    continue
    return found


_NAMES = {"sklearn": ("scikit-learn",), "xgboost": ("xgboost", "xgboost-cpu"), "imblearn": ("imbalanced-learn",)}
"""Modules whose distribution has another name."""
