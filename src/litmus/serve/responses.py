"""From a model's answers to the bytes a client gets."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from litmus.serve.media_types import Form
from litmus.serve.reply import Reply
from litmus.serve.served import Answers

if TYPE_CHECKING:
    from litmus.serve.service import Variant

__all__ = ["answers_reply", "csv_reply", "json_bytes", "label_text", "many_answers", "one_answer"]


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


def json_bytes(value: Any) -> bytes:
    """JSON in UTF-8; NaN becomes null."""
    return _encoder.encode(value)


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


def answers_reply(form: Form, answers: Answers, variant: Variant, *, one: bool) -> Reply:
    """The reply in the form that the client wants.

    Args:
        form: of the body.
        answers: of the model.
        variant: which gave them.
        one: whether a single row was asked for, not as a list.
    """
    if form == "csv":
        return csv_reply(answers, variant.keys)
    if form == "lines":
        many = many_answers(answers, variant.keys, variant.version)
        probabilities = many.get("probabilities") or [None] * len(many["predictions"])
        lines = [
            {"prediction": label, "model": variant.version}
            if row is None
            else {"prediction": label, "probabilities": row, "model": variant.version}
            for label, row in zip(many["predictions"], probabilities, strict=True)
        ]
        return Reply(200, _encoder.encode_lines(lines), "application/jsonlines")
    if form == "json":
        body = (one_answer if one else many_answers)(answers, variant.keys, variant.version)
        return Reply(200, _encoder.encode(body))
    from litmus.serve.table_bodies import table_reply

    return table_reply(form, answers, variant)


def csv_reply(answers: Answers, keys: list[str]) -> Reply:
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
    return Reply(200, text.getvalue().encode("utf-8"), "text/csv; charset=utf-8")


def _cell(label: Any) -> str:
    """A label in a CSV cell; the sets of labels of a multi-label model as JSON."""
    if isinstance(label, list | tuple | dict | np.ndarray):
        return _encoder.encode(label).decode("utf-8")
    return label_text(label)
