"""What a client says and hears, apart from how bytes travel: each is a generator that yields what is to be done next."""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from collections.abc import Generator, Mapping
from random import Random
from typing import Any
from urllib.parse import quote

from litmus.client.errors import (
    EndpointError,
    KeyRefusedError,
    NotThereError,
    OverloadedError,
    RowsRefusedError,
    ServerFailedError,
    TooLateError,
)
from litmus.client.http1 import Answer, Request
from litmus.client.retries import Command, Outcome, Pause, Retries, Send, answered, sentence_of
from litmus.client.rows import ARROW, JSON, Given, given_rows, joined, plain_json
from litmus.errors import ParameterError, PredictionError

__all__ = ["Conversation", "Told"]

Told = Generator[Command, Outcome, Any]
"""Yields commands, is sent their outcomes, and returns the result."""

_ID = re.compile(r"[A-Za-z0-9._:/+=@-]{1,120}")
_FIRST_POLL, _LONGEST_POLL = 0.05, 2.0


class Conversation:
    """All that a client can ask an endpoint; what it learns of the endpoint is kept.

    Args:
        url: of the endpoint.
        timeout: seconds of one attempt.
        retries: how patient to be.
        max_rows: in one request; more rows go in several.
    """

    def __init__(self, url: str, *, timeout: float, retries: Retries, max_rows: int) -> None:
        for name, value in (("timeout", timeout), ("max_rows", max_rows)):
            if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
                raise ParameterError(f"{name}={value!r} is not allowed; give a number above 0.")
        self.url = url
        self._timeout = timeout
        self._retries = retries
        self._max_rows = int(max_rows)
        self._random = Random()  # noqa: S311 - of pauses
        self._takes_arrow = True
        self._classes: dict[str, dict[str, Any]] = {}

    def predict(self, rows: Any, *, request_id: str | None) -> Told:
        """Labels, as `Model.predict` gives them."""
        given = given_rows(rows)
        labels: list[Any] = []
        for body in (yield from self._bodies(given, _checked_id(request_id))):
            labels += body["predictions"] if "predictions" in body else [body["prediction"]]
        return joined(given, labels)

    def predict_proba(self, rows: Any) -> Told:
        """Probabilities, as `Model.predict_proba` gives them."""
        given = given_rows(rows)
        found: list[dict[Any, float]] = []
        for body in (yield from self._bodies(given)):
            shares = body.get("probabilities")
            if shares is None:
                raise PredictionError("The model predicts a number and has no probabilities; use predict().")
            names = yield from self._class_names(str(body.get("model")))
            found += [{names.get(text, text): share for text, share in row.items()}
                      for row in (shares if isinstance(shares, list) else [shares])]  # fmt: skip
        if given.kind == "one":
            return found[0]
        if given.kind == "list":
            return found
        import pandas as pd

        return pd.DataFrame(found, index=pd.RangeIndex(given.count) if given.index is None else given.index)

    def describe(self) -> Told:
        """What is served."""
        document = yield from self._json(Request("GET", "/openapi.json"))
        return _description(document)

    def ready(self) -> Told:
        """Whether it answers; asks once."""
        for path in ("/v2/health/ready", "/ping"):
            outcome = yield Send(Request("GET", path), self._timeout)
            if not isinstance(outcome, Answer):
                return False
            if outcome.status != 404:
                return outcome.status == 200
        return False

    def feedback(self, request_id: str, label: Any) -> Told:
        """What was right."""
        if not isinstance(request_id, str) or not request_id:
            raise ParameterError("request_id must be the one that predict() was given, or the answer's X-Request-Id.")
        labels = {"labels": list(label)} if isinstance(label, list | tuple) else {"label": label}
        body = plain_json({"request_id": request_id, **labels})
        yield from self._json(Request("POST", "/feedback", body, {"Content-Type": JSON}))
        return None

    def submit(self, rows: Any, *, output: str | None) -> Told:
        """Queue rows, or a place where rows are; the id of the result."""
        if isinstance(rows, str | os.PathLike):
            body = plain_json({"input": os.fspath(rows), **({} if output is None else {"output": output})})
        elif output is not None:
            raise ParameterError("output says where the answers for a file go; give the place of a file as rows too.")
        else:
            given = given_rows(rows)
            (part,) = given.parts(max(given.count, 1), as_arrow=False)
            body = part.body
        headers = {"Content-Type": JSON, "Idempotency-Key": secrets.token_hex(16)}  # sent twice, it is queued once
        answer = yield from self._json(Request("POST", "/async", body, headers))
        return str(answer["id"])

    def result(self, identity: str, *, wait: float) -> Told:
        """The labels of queued rows, when they are there; the place of the answers, where they went to one."""
        if not isinstance(identity, str) or not identity:
            raise ParameterError("Give the id that submit() returned.")
        end, pause = time.monotonic() + wait, _FIRST_POLL
        path = f"/async/{quote(identity, safe='')}"
        while True:
            told = yield from self._json(Request("GET", path))
            if told.get("status") in ("done", "failed", "cancelled", "expired"):
                break
            left = end - time.monotonic()
            if left <= 0:
                raise TooLateError(f"The result {identity} is not there yet; ask again, or wait longer.", status=409)
            yield Pause(min(pause, left))
            pause = min(_LONGEST_POLL, pause * 1.6)
        place = str(told.get("result", ""))
        if told["status"] == "done" and not place.startswith("/async/"):
            return place
        body = yield from self._json(Request("GET", f"{path}/result", headers={"Accept": JSON}))
        return body["predictions"] if "predictions" in body else body["prediction"]

    def _bodies(self, given: Given, request_id: str | None = None) -> Generator[Command, Outcome, list[dict[str, Any]]]:
        """The decoded answers for all rows, in their order."""
        found = []
        for number, part in enumerate(given.parts(self._max_rows, as_arrow=self._takes_arrow)):
            headers = {"Content-Type": part.content_type, "Accept": JSON}
            if request_id is not None:
                headers["X-Request-Id"] = f"{request_id}-{number + 1}" if number else request_id
            answer = yield from self._answer(Request("POST", "/predict", part.body, headers), refused=(413, 415))
            if answer.status == 415 and part.content_type == ARROW:  # a server without Arrow
                self._takes_arrow = False
                return (yield from self._bodies(given, request_id))
            if answer.status == 413 and part.count > 1:  # rows wider than most, or a server that takes fewer
                self._max_rows = part.count // 2
                return (yield from self._bodies(given, request_id))
            found.append(_decoded(_checked(answer)))
        return found

    def _class_names(self, model: str) -> Generator[Command, Outcome, dict[str, Any]]:
        """Class as text → class as it is, of the model that answered."""
        if model not in self._classes:
            described = yield from self.describe()
            names = {_label_text(label): label for label in described["classes"]}
            self._classes = {described["version"]: names, described["name"]: names, model: names}
        return self._classes[model]

    def _json(self, request: Request) -> Generator[Command, Outcome, Any]:
        return _decoded((yield from self._answer(request)))

    def _answer(self, request: Request, refused: tuple[int, ...] = ()) -> Generator[Command, Outcome, Answer]:
        """An answer that is no error, or one of those refused."""
        answer = yield from answered(
            request, self.url, retries=self._retries, timeout=self._timeout, random=self._random
        )
        return answer if answer.status in refused else _checked(answer)


def _checked_id(request_id: str | None) -> str | None:
    if request_id is not None and (not isinstance(request_id, str) or not _ID.fullmatch(request_id)):
        raise ParameterError(
            f"request_id={request_id!r} is not allowed; give at most 120 letters, digits and signs of '._:/+=@-'."
        )
    return request_id


def _checked(answer: Answer) -> Answer:
    """The answer, unless it is an error.

    Raises:
        EndpointError: with the endpoint's own sentence.
    """
    status = answer.status
    if 200 <= status < 300:
        return answer
    kind: type[EndpointError] = ServerFailedError
    if status in (401, 403):
        kind = KeyRefusedError
    elif status in (404, 405, 410):
        kind = NotThereError
    elif status in (429, 503):
        kind = OverloadedError
    elif 400 <= status < 500:
        kind = RowsRefusedError
    sentence = (
        sentence_of(answer)
        or f"The endpoint answered with status {status} and no reason; see that the address is right."
    )
    raise kind(sentence, status=status, request_id=answer.headers.get("x-request-id"))


def _decoded(answer: Answer) -> Any:
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ServerFailedError(
            "The answer is none of a Litmus endpoint; see that the address is right.",
            status=answer.status,
            request_id=answer.headers.get("x-request-id"),
        )
    return found


def _label_text(label: Any) -> str:
    return ("true" if label else "false") if isinstance(label, bool) else str(label)


def _description(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the OpenAPI document of an endpoint says of its model."""
    try:
        schemas = document["components"]["schemas"]
        row, prediction = schemas["Row"], schemas["Prediction"]["properties"]
        examples = document["paths"]["/predict"]["post"]["requestBody"]["content"][JSON]["examples"]
        columns = {
            name: {"kind": facts.get("description"), "required": name in row.get("required", ()), "example": example}
            for name, facts in row["properties"].items()
            for example in [(facts.get("examples") or [None])[0]]
        }
        return {
            "name": document["info"]["title"],
            "version": document["info"]["version"],
            "classes": prediction["prediction"].get("enum")
            or list(prediction.get("probabilities", {}).get("required", ())),
            "columns": columns,
            "sample": examples["one"]["value"],
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise ServerFailedError(
            "The description is none of a Litmus endpoint; see that the address is right."
        ) from error
