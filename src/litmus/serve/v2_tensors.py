"""Rows and answers as the tensors of the Open Inference Protocol: one tensor for each column."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from litmus.data.schema import Schema
from litmus.serve.refusal import Refusal
from litmus.serve.responses import json_bytes, label_text
from litmus.serve.served import Answers, Served

__all__ = ["InferRequest", "datatype_of", "output_tensors", "outputs_of", "rows_of"]

_DATATYPES: Mapping[str, str] = {"numeric": "FP64", "boolean": "BOOL"}
_WHOLE = frozenset(f"{sign}INT{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64))
_REAL = frozenset({"FP16", "FP32", "FP64", "BF16"})
_KNOWN = _WHOLE | _REAL | {"BOOL", "BYTES"}


class Tensor(msgspec.Struct):
    """A named array; `data` in row order, flat or nested."""

    name: str
    shape: list[int]
    datatype: str
    data: list[Any]
    parameters: dict[str, Any] | None = None


class WantedOutput(msgspec.Struct):
    """An output that the client wants."""

    name: str
    parameters: dict[str, Any] | None = None


class InferRequest(msgspec.Struct):
    """The body of a request for an inference."""

    inputs: list[Tensor]
    id: str | None = None
    parameters: dict[str, Any] | None = None
    outputs: list[WantedOutput] | None = None


def datatype_of(kind: str) -> str:
    """The datatype that a column of a kind is described with."""
    return _DATATYPES.get(kind, "BYTES")


def rows_of(request: InferRequest, schema: Schema, max_rows: int) -> list[dict[str, Any]]:
    """The rows of a request: a tensor of shape [rows] or [rows, 1] for each column, or one of [rows, columns].

    Raises:
        Refusal: 422 when shapes, datatypes and data do not fit each other, 413 when there are too many rows.
    """
    tensors = request.inputs
    if not tensors:
        raise Refusal(422, "The request has no inputs; send a tensor for each column of the model.")
    if len(tensors) == 1 and len(tensors[0].shape) == 2 and tensors[0].name not in schema.inputs:
        return _of_table(tensors[0], schema, max_rows)
    columns: dict[str, list[Any]] = {}
    for tensor in tensors:
        if tensor.name in columns:
            raise Refusal(422, f"Two inputs are named {tensor.name[:80]!r}; give each column once.")
        shape = tensor.shape
        if len(shape) not in (1, 2) or (len(shape) == 2 and shape[1] != 1):
            raise Refusal(
                422, f"Input {tensor.name[:80]!r} has shape {shape[:8]}; give [rows] or [rows, 1] for each column."
            )
        columns[tensor.name] = _values(tensor, max_rows)
    lengths = {len(values) for values in columns.values()}
    if len(lengths) > 1:
        raise Refusal(
            422, f"The inputs have {' and '.join(map(str, sorted(lengths)[:3]))} rows; give each the same number."
        )
    names = list(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _of_table(tensor: Tensor, schema: Schema, max_rows: int) -> list[dict[str, Any]]:
    n_rows, width = tensor.shape
    names = list(schema.inputs)
    if width != len(names):
        raise Refusal(
            422, f"The input has {width} columns and the model takes {len(names)}; send a tensor for each column."
        )
    if n_rows > max_rows:
        raise _too_many(max_rows)
    values = _values(tensor, max_rows * width)
    return [dict(zip(names, values[at : at + width], strict=True)) for at in range(0, n_rows * width, width)]


def _values(tensor: Tensor, most: int) -> list[Any]:
    """The flat values, of the tensor's datatype."""
    name = tensor.name[:80]
    if tensor.datatype not in _KNOWN:
        raise Refusal(422, f"Input {name!r} has datatype {tensor.datatype[:20]!r}; give BOOL, BYTES, FP64 or INT64.")
    if any(size < 0 for size in tensor.shape):
        raise Refusal(422, f"Input {name!r} has a shape with a negative number; give how many values there are.")
    expected = math.prod(tensor.shape)
    if expected > most:
        raise _too_many(most)
    values = tensor.data
    if len(tensor.shape) == 2 and values and isinstance(values[0], list):
        if not all(isinstance(row, list) for row in values):
            raise Refusal(422, f"Input {name!r} mixes lists and values; give a flat list, or a list for each row.")
        values = list(itertools.islice(itertools.chain.from_iterable(values), expected + 1))
    if len(values) != expected:
        raise Refusal(
            422, f"Input {name!r} has {len(values):,} values and its shape says {expected:,}; make them agree."
        )
    wrong = next((value for value in values if not _fits(value, tensor.datatype)), None)
    if wrong is not None:
        raise Refusal(
            422, f"Input {name!r} has a value that is no {tensor.datatype}: {str(wrong)[:40]!r}; send null for missing."
        )
    return values


def _fits(value: Any, datatype: str) -> bool:
    if value is None:
        return True
    if datatype == "BYTES":
        return isinstance(value, str)
    if datatype == "BOOL":
        return isinstance(value, bool) or value in (0, 1)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return datatype in _REAL or isinstance(value, int)


def _too_many(most: int) -> Refusal:
    return Refusal(413, f"The request has more than the {most:,} rows this server takes; send them in parts.")


def outputs_of(model: Served) -> list[dict[str, Any]]:
    """The description of a model's outputs."""
    labels = list(model.classes)
    found = [{"name": "prediction", "datatype": _label_datatype(labels, model.task), "shape": [-1]}]
    if model.task != "regression":
        found.append({"name": "probabilities", "datatype": "FP64", "shape": [-1, len(labels)]})
    return found


def _label_datatype(labels: list[Any], task: str) -> str:
    if task == "regression":
        return "FP64"
    if labels and task != "multilabel":
        if all(isinstance(label, bool | np.bool_) for label in labels):
            return "BOOL"
        if all(isinstance(label, int | np.integer) and not isinstance(label, bool) for label in labels):
            return "INT64"
        if all(isinstance(label, int | float | np.number) and not isinstance(label, bool) for label in labels):
            return "FP64"
    return "BYTES"


def output_tensors(
    answers: Answers, model: Served, keys: list[str], wanted: list[WantedOutput] | None
) -> list[dict[str, Any]]:
    """The answers as tensors `prediction` [rows] and, unless regression, `probabilities` [rows, classes].

    Raises:
        Refusal: 422 when an output is wanted that there is not.
    """
    labels = answers.labels.tolist() if isinstance(answers.labels, np.ndarray) else list(answers.labels)
    datatype = _label_datatype(list(model.classes), model.task)
    if datatype == "BYTES":
        labels = [label if isinstance(label, str) else _as_text(label) for label in labels]
    found: dict[str, dict[str, Any]] = {
        "prediction": {"name": "prediction", "datatype": datatype, "shape": [len(labels)], "data": labels}
    }
    if answers.probabilities is not None:
        found["probabilities"] = {
            "name": "probabilities",
            "datatype": "FP64",
            "shape": list(answers.probabilities.shape),
            "data": answers.probabilities.ravel().tolist(),
            "parameters": {"labels": json_bytes(keys).decode("utf-8")},
        }
    if not wanted:
        return list(found.values())
    missing = next((each.name for each in wanted if each.name not in found), None)
    if missing is not None:
        raise Refusal(422, f"There is no output {missing[:80]!r}; the model has {' and '.join(found)}.")
    return [found[each.name] for each in wanted]


def _as_text(label: Any) -> str:
    if isinstance(label, dict | list | tuple | np.ndarray):
        return json_bytes(label).decode("utf-8")
    return label_text(label)
