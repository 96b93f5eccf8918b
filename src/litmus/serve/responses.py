"""From a model's answers to the bytes a client gets: JSON or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from starlette.responses import Response

from litmus.serve.served import Answers

__all__ = ["csv_response", "json_response", "label_text", "many_answers", "one_answer"]

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def _plain(value: Any) -> Any:
    """Types that JSON does not know: NumPy's numbers, pandas' times, missing values."""
    if isinstance(value, np.generic):
        if value.dtype.kind in "Mm":
            return None if np.isnat(value) else str(value)
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, str | int | float):
        return next(kind(value) for kind in (str, int, float) if isinstance(value, kind))  # subclasses of these
    if isinstance(value, Mapping):
        return dict(value)
    return None if str(value) in ("<NA>", "NaT") else str(value)


_encoder = msgspec.json.Encoder(enc_hook=_plain)


def json_response(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON response; NaN becomes null."""
    return Response(_encoder.encode(value), status, {**_HEADERS, **(headers or {})}, "application/json")


def label_text(label: Any) -> str:
    """A label as a JSON key or CSV heading: text as it is, `true` and `false`, numbers as JSON writes them."""
    if isinstance(label, bool | np.bool_):
        return "true" if label else "false"
    return str(label.item() if isinstance(label, np.generic) else label)


def one_answer(answers: Answers, keys: list[str], model: str) -> dict[str, Any]:
    """The body for one row: `prediction`, `probabilities` by label (unless regression), `model`."""
    body: dict[str, Any] = {"prediction": answers.labels[0]}
    if answers.probabilities is not None:
        body["probabilities"] = dict(zip(keys, answers.probabilities[0].tolist(), strict=True))
    body["model"] = model
    return body


def many_answers(answers: Answers, keys: list[str], model: str) -> dict[str, Any]:
    """The body for a list of rows: `predictions`, `probabilities` (one object a row), `model`."""
    labels = answers.labels
    body: dict[str, Any] = {"predictions": labels.tolist() if isinstance(labels, np.ndarray) else list(labels)}
    if answers.probabilities is not None:
        body["probabilities"] = [dict(zip(keys, row, strict=True)) for row in answers.probabilities.tolist()]
    body["model"] = model
    return body


def csv_response(answers: Answers, keys: list[str], model: str) -> Response:
    """A heading and a line for each row: the prediction, then the probability of each label."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    labels = answers.labels.tolist() if isinstance(answers.labels, np.ndarray) else list(answers.labels)
    shown = [label if isinstance(label, float) else _cell(label) for label in labels]
    if answers.probabilities is None:
        writer.writerow(["prediction"])
        writer.writerows(zip(shown, strict=True))
    else:
        writer.writerow(["prediction", *(f"probability_{key}" for key in keys)])
        writer.writerows([label, *row] for label, row in zip(shown, answers.probabilities.tolist(), strict=True))
    headers = {**_HEADERS, "X-Litmus-Model": model.encode("ascii", "replace").decode("ascii")}
    return Response(text.getvalue(), 200, headers, "text/csv; charset=utf-8")


def _cell(label: Any) -> str:
    """A label in a CSV cell; the sets of labels of a multi-label model as JSON."""
    if isinstance(label, list | tuple | dict | np.ndarray):
        return _encoder.encode(label).decode("utf-8")
    return label_text(label)
