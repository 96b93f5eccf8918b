"""Predictions with what each column added to them, for requests that ask for it."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

from litmus.errors import ParameterError
from litmus.runtime.attributions import Attributions, TooSlowError
from litmus.serve.media_types import body_form
from litmus.serve.refusal import Refusal
from litmus.serve.reply import JSON, Reply
from litmus.serve.request_rows import parse_rows
from litmus.serve.responses import json_bytes, label_text, many_answers, one_answer

if TYPE_CHECKING:
    from litmus.serve.answering import Answering, Asked, Rows
    from litmus.serve.service import Variant

__all__ = ["MAX_EXPLAINED_ROWS", "Explaining", "attribution_tensors", "explanation_schema", "is_asked_for"]

MAX_EXPLAINED_ROWS = 50
"""Rows of one request; each costs as much as thousands of predictions."""
_AT_ONCE = 2
_SHARE_OF_TIME = 0.9
_YES, _NO = ("true", "1", "yes"), ("", "false", "0", "no")


def is_asked_for(value: Any) -> bool:
    """Whether the option `explain` of a request says yes.

    Raises:
        Refusal: 422 when it says something else.
    """
    text = str(value if value is not None else "").strip().lower()
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise Refusal(422, f"explain={text[:40]!r} is neither true nor false; give one of them.")


class Explaining:
    """Explains what is predicted; few requests at once, so that others are answered meanwhile.

    Args:
        answering: what predicts.
    """

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._under_way = 0

    async def reply(self, asked: Asked, body: bytes) -> Reply:
        """The reply to a request of any form: JSON with `explanation`, or `explanations`, one a row.

        Raises:
            Refusal, PredictionError, DataError: as `refused` takes them.
        """
        form, limits = body_form(asked.content_type), self._answering.service.config.limits

        def rows() -> Rows:
            return checked(parse_rows(form, body, limits))

        given, variant, answers = await self._answering.predicted(asked, rows)
        found = await self.attributions(variant, given)
        one = isinstance(given, dict) and len(found) == 1 and not any(isinstance(v, list) for v in given.values())
        made = (one_answer if one else many_answers)(answers, variant.keys, variant.version)
        explained = explanations(found)
        made |= {"explanation": explained[0]} if one else {"explanations": explained}
        return Reply(200, json_bytes(made), JSON, variant.headers)

    async def attributions(self, variant: Variant, rows: Rows) -> Attributions:
        """What each column adds to the predictions of rows.

        Raises:
            Refusal: 422 when the model cannot explain, 503 when too many ask for it, or it takes too long.
        """
        explain = getattr(variant.model, "explain", None)
        if explain is None:
            raise Refusal(422, "This model does not explain its predictions; leave out explain.")
        if self._under_way >= _AT_ONCE:
            raise Refusal(503, "Other predictions are being explained; ask again in a second.", {"Retry-After": "1"})
        seconds = _SHARE_OF_TIME * self._answering.service.config.limits.timeout_seconds
        self._under_way += 1
        try:
            work = functools.partial(explain, rows, time_limit=seconds)
            found: Attributions = await self._answering.in_thread(work)
        except TooSlowError as error:
            raise Refusal(503, str(error), {"Retry-After": "1"}) from error
        except ParameterError as error:
            raise Refusal(422, str(error)) from error
        finally:
            self._under_way -= 1
        return found


def checked(rows: Rows) -> Rows:
    """The rows, when there are not too many to be explained.

    Raises:
        Refusal: 413 when there are.
    """
    longest = (
        max((len(value) for value in rows.values() if isinstance(value, list)), default=1)
        if isinstance(rows, dict)
        else len(rows)
    )
    if longest > MAX_EXPLAINED_ROWS:
        raise Refusal(413, f"At most {MAX_EXPLAINED_ROWS} rows are explained in one request; send them in parts.")
    return rows


def explanations(found: Attributions) -> list[dict[str, Any]]:
    """What was found, one object a row."""
    facts = found.to_json()
    shared = {"space": facts["space"], "method": facts["method"], "labels": list(map(label_text, found.labels))}
    return [{**shared, "base": facts["base"], **row} for row in facts["rows"]]


def attribution_tensors(found: Attributions) -> list[dict[str, Any]]:
    """What was found as tensors of the Open Inference Protocol: `attributions` [rows, columns, labels] and `base` [labels]."""
    named = {
        "columns": json.dumps(list(found.columns)),
        "labels": json.dumps(list(map(label_text, found.labels))),
        "space": found.space,
        "method": found.method,
    }
    return [
        {
            "name": "attributions",
            "datatype": "FP64",
            "shape": list(found.values.shape),
            "parameters": named,
            "data": found.values.ravel().tolist(),
        },
        {"name": "base", "datatype": "FP64", "shape": [len(found.base)], "data": found.base.tolist()},
    ]


def explanation_schema() -> dict[str, Any]:
    """One explanation, in the words of OpenAPI."""
    numbers = {"type": "array", "items": {"type": "number"}}
    return {
        "type": "object",
        "description": "What each column adds to the prediction: base and attributions add up to output, for each of labels.",
        "properties": {
            "space": {"enum": ["probability", "log_odds", "value"]},
            "method": {"enum": ["exact", "sampled"]},
            "labels": {"type": "array", "items": {"type": "string"}},
            "base": {**numbers, "description": "What is predicted on average over the model's background rows."},
            "output": numbers,
            "attributions": {"type": "object", "additionalProperties": numbers},
        },
        "required": ["space", "method", "labels", "base", "output", "attributions"],
    }
