"""Components on disk: parameters and learned attributes as JSON and arrays; a pickle only where the user's code forces it."""

from __future__ import annotations

import functools
import importlib
import json
import re
import shutil
import sys
import sysconfig
import threading
from pathlib import Path
from typing import Any

from litmus.component import Component
from litmus.errors import BundleError, LitmusError
from litmus.values import ValueReader, ValueWriter

__all__ = ["link_files", "load_component", "pickled_by_value", "save_component"]

_RECORD = "component.json"
_STATE = "state"
_BUILT_IN = re.compile(r"litmus(\.[A-Za-z_]\w*)+:[A-Za-z_]\w*")
_PICKLE_SUFFIXES = (".pkl", ".pickle", ".joblib")
_pickling = threading.Lock()  # cloudpickle keeps the list of modules to copy in the process, not in the call


def save_component(component: Any, folder: Path) -> bool:
    """Write a fitted component into `folder`, which exists and is empty.

    Args:
        component: a `Component` (parameters, and learned attributes that end in `_`; or its own `save` and `restore`),
            or any other object, such as a function or a scikit-learn estimator.
        folder: where `component.json` and the files it names are written.

    Returns:
        True when something had to be pickled, so that loading needs trust.

    Raises:
        BundleError: when the component cannot be saved at all.

    Example:
        >>> import tempfile
        >>> from litmus.steps import StandardScale
        >>> save_component(StandardScale(), Path(tempfile.mkdtemp()))
        False
    """
    return _save(component, folder, is_parameter=False)


def load_component(folder: Path, *, trust: bool) -> Any:
    """Read a component that `save_component` wrote.

    Args:
        folder: the component's folder.
        trust: whether pickles may be opened. They can run any code: only for files you made or whose maker you trust.

    Raises:
        BundleError: when the folder is damaged, or needs trust that was not given.

    Example:
        >>> import tempfile
        >>> from litmus.steps import TextTfidf
        >>> folder = Path(tempfile.mkdtemp())
        >>> needs_trust = save_component(TextTfidf(), folder)
        >>> load_component(folder, trust=needs_trust) == TextTfidf()
        True
    """

    def unpickle(path: Path) -> Any:
        return _unpickle(path, trust=trust)

    reader = ValueReader(folder, lambda path: load_component(path, trust=trust), unpickle)
    try:
        record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
        if "value" in record:
            return reader.decode(record["value"])
        if "pickle" in record:
            return unpickle(folder / "component.pkl")
        cls = unpickle(folder / "class.pkl") if "pickled_class" in record else _resolve(record["class"])
        return _restore(cls, record, reader, folder, trust=trust)
    except LitmusError:
        raise
    except Exception as error:  # damage shows as any error of json, numpy, zipfile or a learning library
        raise BundleError(
            f"The component in {folder.name!r} cannot be read ({type(error).__name__}: {error}). "
            "It is damaged, or was saved with other versions of the libraries it uses."
        ) from error


def link_files(source: Path, folder: Path) -> bool:
    """Let `folder` hold what `source` holds, by links where the system has them; True when there is a pickle among it."""
    for path in sorted(source.rglob("*")):
        copy = folder / path.relative_to(source)
        if path.is_dir():
            copy.mkdir(exist_ok=True)
            continue
        try:
            copy.symlink_to(path.resolve())
        except OSError:
            shutil.copyfile(path, copy)
    return _holds_pickle(source)


def _save(component: Any, folder: Path, *, is_parameter: bool) -> bool:
    """Write a component, or one that is a parameter of another and so has learned nothing unless its attributes say so."""
    writer = ValueWriter(folder, functools.partial(_save, is_parameter=False), pickled_by_value)
    parameters = ValueWriter(folder, functools.partial(_save, is_parameter=True), pickled_by_value, prefix="parameter-")
    try:
        if not isinstance(component, Component):
            record: dict[str, Any] = {"value": writer.encode(component)}
        elif _importable(type(component)) or _has_own_files(component):
            record = {"class": _class_name(type(component))}
            if not _importable(type(component)):
                (folder / "class.pkl").write_bytes(pickled_by_value(type(component)))
                writer.pickled, record = True, {"pickled_class": "class.pkl"}
            record["settings"] = parameters.encode(component.settings())
            if not is_parameter or any(map(_is_learned, vars(component))):
                _write_state(component, record, writer, folder)
        else:
            (folder / "component.pkl").write_bytes(pickled_by_value(component))
            writer.pickled, record = True, {"pickle": "component.pkl"}
        text = json.dumps(record, allow_nan=False, indent=1)
    except RecursionError as error:
        raise BundleError(
            f"{type(component).__name__} holds a value that contains itself; it cannot be saved."
        ) from error
    (folder / _RECORD).write_text(text, encoding="utf-8")
    return writer.pickled or parameters.pickled


def _write_state(component: Component, record: dict[str, Any], writer: ValueWriter, folder: Path) -> None:
    """Add the learned part to the record: the component's own files, or its attributes that end in `_`."""
    own = getattr(component, "save", None)
    if callable(own) and callable(getattr(component, "restore", None)):
        state = folder / _STATE
        state.mkdir()
        own(state)
        record["own_files"] = True
        if not _holds_pickle(state):
            return
        writer.pickled = True
        if _importable(type(component)):  # a part of it is no code of ours, so that one pickle of the whole is surest
            shutil.rmtree(state)
            record["own_files"], record["pickle"] = False, "component.pkl"
            (folder / "component.pkl").write_bytes(pickled_by_value(component))
        return
    learned = {name: value for name, value in vars(component).items() if _is_learned(name)}
    for name in component.parameters():
        learned.pop(name, None)
    record["learned"] = writer.encode(learned)


def _restore(cls: type[Component], record: dict[str, Any], reader: ValueReader, folder: Path, *, trust: bool) -> Any:
    component = cls(**reader.decode(record["settings"]))
    if record.get("own_files"):
        state = folder / _STATE
        if not trust and _holds_pickle(state):
            raise BundleError(_needs_trust(cls.__name__))
        component.restore(state)  # type: ignore[attr-defined]
        return component
    for name, value in reader.decode(record.get("learned", {})).items():
        if not _is_learned(name):
            raise BundleError(
                f"{cls.__name__} has a saved attribute {name!r}, which fit never sets: the file was altered."
            )
        setattr(component, name, value)
    return component


def _is_learned(name: str) -> bool:
    return name.isidentifier() and name.endswith("_") and not name.startswith("__")


def _class_name(cls: type) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


def _importable(cls: type) -> bool:
    """Whether this is a class of Litmus that can be found again by its name: not one made inside a function."""
    return _BUILT_IN.fullmatch(_class_name(cls)) is not None


def _resolve(name: Any) -> type[Component]:
    """The built-in component class of this name; nothing outside the package is ever imported."""
    if not isinstance(name, str) or "__" in name or _BUILT_IN.fullmatch(name) is None:
        raise BundleError(
            f"The saved component names the class {name!r}, which is not part of Litmus: it was not loaded."
        )
    module, _, qualified = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), qualified, None)
    except ModuleNotFoundError as error:
        missing = error.name or module
        if missing.startswith("litmus"):
            found = None
        else:
            raise BundleError(
                f"{qualified} needs the package {missing!r}, which is not installed here; install it."
            ) from error
    if not isinstance(found, type) or not issubclass(found, Component) or found.__module__ != module:
        raise BundleError(f"This version of Litmus has no component {name}: the model was saved by another version.")
    return found


def _has_own_files(component: Component) -> bool:
    """Whether the class writes its own files; `Algorithm.save` itself only pickles the object."""
    save = getattr(type(component), "save", None)
    return save is not None and hasattr(component, "restore") and save.__qualname__ != "Algorithm.save"


def _holds_pickle(folder: Path) -> bool:
    return any(path.suffix in _PICKLE_SUFFIXES for path in folder.rglob("*"))


def _needs_trust(what: str) -> str:
    return (
        f"{what} was saved as a pickle, because it contains code that is not part of Litmus, and opening a pickle can run "
        "any code. If you made this model or trust who did, load it with trust=True."
    )


def pickled_by_value(value: Any) -> bytes:
    """The value as a pickle that also works where the user's own modules are not installed."""
    import cloudpickle

    try:
        with _pickling:
            modules = [
                module for module in _own_modules(value) if module not in cloudpickle.list_registry_pickle_by_value()
            ]
            for name in modules:
                cloudpickle.register_pickle_by_value(sys.modules[name])
            try:
                return cloudpickle.dumps(value)
            except Exception:
                if not modules:
                    raise
            finally:
                for name in modules:
                    cloudpickle.unregister_pickle_by_value(sys.modules[name])
            return cloudpickle.dumps(value)  # the module cannot be copied: name it, and it must be importable later
    except Exception as error:
        name = getattr(value, "__name__", type(value).__name__)
        raise BundleError(
            f"{name} cannot be saved: {error}. Keep what cannot be pickled (open files, locks, connections) out of it, "
            "or give its class save(folder) and restore(folder)."
        ) from error


def _own_modules(value: Any) -> list[str]:
    """The module that defines the value, when it is the user's own file rather than an installed package."""
    name = getattr(value, "__module__", None) or type(value).__module__
    module = sys.modules.get(name)
    file = getattr(module, "__file__", None)
    if module is None or file is None or name == "__main__" or name.partition(".")[0] == "litmus":
        return []
    paths = sysconfig.get_paths()
    installed = [Path(paths[key]).resolve() for key in ("stdlib", "platstdlib", "purelib", "platlib")]
    return [] if any(Path(file).resolve().is_relative_to(path) for path in installed) else [name]


def _unpickle(path: Path, *, trust: bool) -> Any:
    if not trust:
        raise BundleError(_needs_trust("A part of this model"))
    import pickle

    try:
        return pickle.loads(path.read_bytes())
    except ModuleNotFoundError as error:
        raise BundleError(
            f"This model needs the Python module {error.name!r}, which cannot be imported here; install it or add its "
            "folder to PYTHONPATH."
        ) from error
    except Exception as error:
        raise BundleError(
            f"{path.name} cannot be unpickled ({type(error).__name__}: {error}). It is damaged, or was saved with other "
            "versions of the libraries it uses."
        ) from error
