"""The arguments of a run as JSON that people can read, and back: built-in parts by name and values, a user's own by number."""

from __future__ import annotations

import dataclasses
import datetime as dt
import importlib
import math
import re
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any

import numpy as np

from litmus.algorithms.family import Family
from litmus.component import Component
from litmus.domains import Choice
from litmus.errors import BundleError, LitmusError
from litmus.metrics import Metric
from litmus.pipeline import Pipeline
from litmus.recording.own_code import OwnCode

__all__ = ["Reader", "Writer"]

_KIND = "$"
_CLASS = re.compile(r"litmus(\.[A-Za-z_]\w*)+:[A-Za-z_]\w*")
_ESTIMATOR = re.compile(r"sklearn(\.[A-Za-z_]\w*)+:[A-Za-z_]\w*")
_VALUES = (
    "Bar",
    "Column",
    "Deployment",
    "Edit",
    "Float",
    "GroupedSplit",
    "Int",
    "KFoldCV",
    "Markers",
    "NoSplit",
    "OrderedSplit",
    "PredefinedSplit",
    "RandomSplit",
    "Resources",
    "SearchedSteps",
    "StratifiedSplit",
    "When",
)
"""Plain classes of ours that hold values and do nothing when they are made."""
_PIPELINE = ("algorithm", "before", "steps", "postprocessing", "name", "edits", "searched", "estimator_ranges")


class Writer:
    """Turns arguments into JSON; what only code can say goes into `own`.

    Example:
        >>> import litmus
        >>> Writer().encode(litmus.XGBoost().hyperparams(max_depth=5))
        {'$': 'algorithm', 'name': 'XGBoost', 'parameters': {'max_depth': 5}}
    """

    def __init__(self, own: OwnCode | None = None) -> None:
        self.own = OwnCode() if own is None else own

    def encode(self, value: Any) -> Any:
        """The value as JSON."""
        if isinstance(value, np.generic):
            value = value.item()
        kind = type(value)
        if value is None or kind in (bool, int, str):
            return value
        if kind is float:
            return value if math.isfinite(value) else {_KIND: "float", "value": repr(value)}
        if kind is list:
            return [self.encode(item) for item in value]
        if kind in (tuple, set, frozenset):
            items = value if kind is tuple else sorted(value, key=repr)
            return {_KIND: kind.__name__, "items": [self.encode(item) for item in items]}
        if isinstance(value, Mapping) and kind.__module__ in ("builtins", "types"):
            return self._mapping(value)
        if isinstance(value, PurePath):
            return str(value)
        if kind in (dt.datetime, dt.date):
            return {_KIND: kind.__name__, "value": value.isoformat()}
        return self._object(value)

    def _mapping(self, value: Mapping[Any, Any]) -> Any:
        if _KIND not in value and all(type(key) is str for key in value):
            return {key: self.encode(item) for key, item in value.items()}
        return {_KIND: "dict", "items": [[self.encode(key), self.encode(item)] for key, item in value.items()]}

    def _object(self, value: Any) -> Any:
        kind = type(value)
        if kind is Pipeline:
            return {_KIND: "pipeline", **{name: self.encode(getattr(value, name)) for name in _PIPELINE}}
        if isinstance(value, Metric) and value.definition is None:
            return {_KIND: "metric", "label": value.label}
        if isinstance(value, Family) and _is_ours(kind):
            ranges = vars(value).get("_ranges")
            return {
                _KIND: "algorithm",
                "name": kind.__name__,
                "parameters": self._mapping(value.values),
                **({"ranges": self._mapping(ranges)} if ranges else {}),
            }
        if isinstance(value, Component):
            return self._component(value)
        if kind is Choice:
            return {_KIND: "choice", "values": [self.encode(item) for item in value.values]}
        if kind.__name__ in _VALUES and _is_ours(kind):
            fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
            return {_KIND: "value", "class": _name(kind), "fields": self._mapping(fields)}
        if _ESTIMATOR.fullmatch(_name(kind)) and hasattr(value, "get_params"):
            return {_KIND: "estimator", "class": _name(kind), "parameters": self._mapping(value.get_params(deep=False))}
        return self._own(value)

    def _component(self, value: Component) -> Any:
        cls: Any = _name(type(value)) if _is_ours(type(value)) else self._own(type(value))
        changed = {
            name: one
            for name, one in value.settings().items()
            if not isinstance(cls, str) or _has_no_default(value, name) or value.is_changed(name)
        }
        ranges = vars(value).get("_ranges")
        return {
            _KIND: "component",
            "class": cls,
            "parameters": self._mapping(changed),
            **({"ranges": self._mapping(ranges)} if ranges else {}),
        }

    def _own(self, value: Any) -> Any:
        number = self.own.add(value)
        part = self.own.parts[number]
        return {_KIND: "code", "number": number, "name": part.name, "sha256": part.sha256}


class Reader:
    """Turns what `Writer` made back into arguments.

    Args:
        own: opens the user's own parts by number; None refuses them.
        trust: whether they may be opened.
        given: name of an own part → an object to take instead, such as code that was never kept.
    """

    def __init__(
        self, own: OwnCode | None = None, *, trust: bool = False, given: Mapping[str, Any] | None = None
    ) -> None:
        self._own = OwnCode() if own is None else own
        self._trust = trust
        self._given = dict(given or {})

    def decode(self, value: Any) -> Any:
        """The value that was encoded.

        Raises:
            BundleError: when it holds a kind, a class or a parameter that this version does not know, or own code that may
                not be opened.
        """
        if isinstance(value, list):
            return [self.decode(item) for item in value]
        if not isinstance(value, dict):
            return value
        if _KIND not in value:
            return {key: self.decode(item) for key, item in value.items()}
        readers: dict[str, Callable[[dict[str, Any]], Any]] = {
            "float": lambda v: float(v["value"]),
            "tuple": lambda v: tuple(map(self.decode, v["items"])),
            "set": lambda v: set(map(self.decode, v["items"])),
            "frozenset": lambda v: frozenset(map(self.decode, v["items"])),
            "dict": lambda v: {self.decode(key): self.decode(item) for key, item in v["items"]},
            "datetime": lambda v: dt.datetime.fromisoformat(v["value"]),
            "date": lambda v: dt.date.fromisoformat(v["value"]),
            "pipeline": self._pipeline,
            "metric": lambda v: Metric(v["label"]),
            "algorithm": self._algorithm,
            "component": self._component,
            "choice": lambda v: Choice(*map(self.decode, v["values"])),
            "value": self._value,
            "estimator": self._estimator,
            "code": self._code,
        }
        reader = readers.get(value[_KIND])
        if reader is None:
            raise BundleError(f"The record holds a {value[_KIND]!r}, which this version of Litmus does not know.")
        try:
            return reader(value)
        except LitmusError:
            raise
        except Exception as error:
            raise BundleError(
                f"A {value[_KIND]} of the record cannot be read ({type(error).__name__}: {error})."
            ) from error

    def _pipeline(self, value: dict[str, Any]) -> Pipeline:
        parts = {name: self.decode(value[name]) for name in _PIPELINE}
        pipeline = Pipeline(
            parts["algorithm"],
            before=parts["before"],
            steps=parts["steps"],
            postprocessing=parts["postprocessing"],
            name=parts["name"],
        ).with_edits(parts["edits"])
        pipeline.searched, pipeline.estimator_ranges = parts["searched"], parts["estimator_ranges"]
        return pipeline

    def _algorithm(self, value: dict[str, Any]) -> Any:
        from litmus.algorithms.registry import family

        made = family(str(value["name"])).hyperparams(**self.decode(value["parameters"]))
        if "ranges" in value:
            vars(made)["_ranges"] = self.decode(value["ranges"])
        return made

    def _component(self, value: dict[str, Any]) -> Any:
        named = value["class"]
        cls = _found(named, Component) if isinstance(named, str) else self.decode(named)
        if not (isinstance(cls, type) and issubclass(cls, Component)):
            raise BundleError(f"The record says that {named} is a part of a pipeline, which it is not.")
        made = cls(**self.decode(value["parameters"]))
        if "ranges" in value:
            vars(made)["_ranges"] = self.decode(value["ranges"])
        return made

    def _value(self, value: dict[str, Any]) -> Any:
        cls = _found(value["class"], object)
        if cls.__name__ not in _VALUES:
            raise BundleError(f"The record names the class {value['class']!r}, which may not stand there.")
        return cls(**self.decode(value["fields"]))

    def _estimator(self, value: dict[str, Any]) -> Any:
        name = str(value["class"])
        if "__" in name or _ESTIMATOR.fullmatch(name) is None:
            raise BundleError(f"The record names the estimator {name!r}, which is none of scikit-learn.")
        module, _, own = name.partition(":")
        cls = getattr(importlib.import_module(module), own, None)
        from sklearn.base import BaseEstimator

        if not (isinstance(cls, type) and issubclass(cls, BaseEstimator)):
            raise BundleError(f"This version of scikit-learn has no estimator {name}.")
        return cls(**self.decode(value["parameters"]))

    def _code(self, value: dict[str, Any]) -> Any:
        name = str(value["name"])
        for known in (name, name.partition(":")[2]):
            if known in self._given:
                return self._given[known]
        return self._own.open(int(value["number"]), trust=self._trust)


def _name(cls: type) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


def _is_ours(cls: type) -> bool:
    """Whether a class is one of Litmus that its name leads to."""
    return _CLASS.fullmatch(_name(cls)) is not None


def _has_no_default(value: Component, name: str) -> bool:
    field = value.parameters()[name]
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _found(name: Any, base: type) -> type:
    """The class of Litmus of this name; nothing outside the package is ever imported."""
    if not isinstance(name, str) or "__" in name or _CLASS.fullmatch(name) is None:
        raise BundleError(f"The record names the class {name!r}, which is not part of Litmus.")
    module, _, own = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), own, None)
    except ModuleNotFoundError:
        found = None
    if not (isinstance(found, type) and found.__module__ == module and issubclass(found, base)):
        raise BundleError(f"This version of Litmus has no {name}: the run was made by another version.")
    return found
