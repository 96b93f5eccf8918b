"""Programs on disk: nodes as JSON, arrays beside them; what is read is checked as if a stranger had written it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from litmus.errors import BundleError
from litmus.program.graph import Graph, LoweredFeatures, Node, in_order
from litmus.program.operations import operation_named, require

if TYPE_CHECKING:
    from litmus.program.program import Program

__all__ = ["load", "save"]

_NODES, _ARRAYS, _FORMAT = "program.json", "arrays.npz", 1
_DAMAGE = (
    OSError,
    ValueError,  # also json's and numpy's own
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    EOFError,
    OverflowError,
    MemoryError,
    RecursionError,
    NotImplementedError,
    zipfile.BadZipFile,
)


def save(pipelines: Sequence[LoweredFeatures], folder: Path) -> None:
    """Write the nodes that the features of some pipelines need."""
    folder.mkdir(parents=True, exist_ok=True)
    nodes = in_order(node for lowered in pipelines for node in lowered.features)
    numbers = {node: number for number, node in enumerate(nodes)}
    arrays: dict[str, np.ndarray] = {}
    written = [
        {
            "operation": node.operation,
            "operands": [numbers[operand] for operand in node.operands],
            "constants": {name: _encoded(value, arrays) for name, value in node.constants.items()},
        }
        for node in nodes
    ]
    held = {
        "format": _FORMAT,
        "nodes": written,
        "pipelines": [[numbers[node] for node in lowered.features] for lowered in pipelines],
    }
    (folder / _NODES).write_text(json.dumps(held, allow_nan=False), encoding="utf-8")
    with (folder / _ARRAYS).open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def load(folder: Path) -> Program:
    """Read what `save` wrote.

    Raises:
        BundleError: when it is missing, damaged, altered or of a newer version.
    """
    from litmus.program.program import Program

    try:
        held = json.loads((folder / _NODES).read_text(encoding="utf-8"))
        if held["format"] != _FORMAT:
            raise BundleError(
                f"The compiled steps in {folder.name!r} have format {held['format']!r}, and this version of Litmus reads "
                f"{_FORMAT}; update Litmus, or save the model again."
            )
        with (folder / _ARRAYS).open("rb") as file, np.load(file, allow_pickle=False) as held_arrays:
            arrays = {name: held_arrays[name] for name in held_arrays.files}
        return Program(_pipelines(held, arrays))
    except _DAMAGE as error:
        raise BundleError(
            f"The compiled steps in {folder.name!r} are missing or damaged ({type(error).__name__}: {error}); "
            "save the model again."
        ) from error


def _pipelines(held: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> list[LoweredFeatures]:
    graph = Graph()
    nodes: list[Node] = []
    for entry in held["nodes"]:
        operands = [_at(nodes, number) for number in entry["operands"]]
        constants = {name: _decoded(value, arrays) for name, value in entry["constants"].items()}
        require(set(constants) == set(operation_named(entry["operation"]).constants), "constants of another operation")
        nodes.append(graph.node(entry["operation"], *operands, **constants))
    pipelines = [LoweredFeatures(graph, tuple(_at(nodes, number) for number in row)) for row in held["pipelines"]]
    for lowered in pipelines:
        require(all(node.kind in ("number", "vector", "sparse") for node in lowered.features), "a feature of no number")
    return pipelines


def _at(nodes: Sequence[Node], number: Any) -> Node:
    require(type(number) is int and 0 <= number < len(nodes), f"there is no node {number!r} here")
    return nodes[number]


def _encoded(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    """A constant as JSON has it; its arrays go to `arrays`."""
    if isinstance(value, np.ndarray):
        name = f"a{len(arrays)}"
        arrays[name] = value
        return {"array": name}
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, Mapping):
        return {"dict": {name: _encoded(item, arrays) for name, item in value.items()}}
    if isinstance(value, list | tuple):
        plain = all(type(item) is str for item in value)
        return list(value) if plain else {"list": [_encoded(item, arrays) for item in value]}
    return value


def _decoded(value: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    if isinstance(value, list):
        require(all(type(item) is str for item in value), "a list of something but texts")
        return value
    if not isinstance(value, dict):
        return value
    ((kind, held),) = value.items()
    if kind == "array":
        return arrays[held]
    if kind == "float":
        return float(held)
    if kind == "dict":
        return {name: _decoded(item, arrays) for name, item in held.items()}
    require(kind == "list", f"a constant of the kind {kind!r}")
    return [_decoded(item, arrays) for item in held]
