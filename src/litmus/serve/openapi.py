"""The description of a served model in OpenAPI 3.1: its columns, its answers, and a request that works."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from litmus.data.schema import Column
from litmus.serve.config import LimitsConfig
from litmus.serve.explaining import MAX_EXPLAINED_ROWS, explanation_schema
from litmus.serve.openapi_v2 import v2_paths, v2_schemas
from litmus.serve.refusal import Refusal
from litmus.serve.responses import json_bytes, label_text
from litmus.serve.served import Served
from litmus.serve.service import Service

__all__ = ["openapi_document"]

_TYPES: Mapping[str, list[str]] = {
    "numeric": ["number", "null"],
    "boolean": ["boolean", "null"],
    "text": ["string", "null"],
    "datetime": ["string", "null"],
    "categorical": ["string", "number", "boolean", "null"],
    "identifier": ["string", "number", "null"],
}
_TEXT_FORMS: Mapping[str, str] = {
    "text/csv": "A first line that names the columns, then a line for each row.",
    "application/jsonlines": "A row as a JSON object in each line.",
}
_BINARY_FORMS: Mapping[str, str] = {
    "application/vnd.apache.arrow.stream": "A table in Arrow's stream format, not compressed.",
    "application/vnd.apache.arrow.file": "A table in Arrow's file format, not compressed.",
    "application/vnd.apache.parquet": "A table as a Parquet file.",
}
_HEADERS: Mapping[str, str] = {
    "X-Litmus-Model": "The version of the model that answered.",
    "X-Litmus-Variant": "The variant that answered.",
    "X-Request-Id": "The id that the request gave, or that was made for it.",
}
_REFUSALS: Mapping[str, str] = {
    "400": "The body is not valid.",
    "401": "The key is missing or wrong.",
    "403": "The key is not for predictions.",
    "404": "There is no model of that name.",
    "408": "The request arrived too slowly.",
    "413": "Too many bytes or rows in one request.",
    "415": "The body is in a form that is not known.",
    "422": "The rows do not fit the model's columns; the sentence names the column and the row.",
    "429": "The key asks too often.",
    "431": "Too many headers.",
    "500": "The server failed; its log has the reason under the id.",
    "503": "Too many requests wait for their turn, or the prediction took too long; Retry-After says when to ask again.",
}


def openapi_document(service: Service, *, needs_key: bool) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the application around `service`, as JSON values.

    Raises:
        Refusal: 404 when requests name their model, and so there is none to describe.
    """
    if service.main is None:
        raise Refusal(404, "This server has many models; GET /v2/models lists them, and /v2/models/NAME describes one.")
    model, limits = service.main.model, service.config.limits
    security: list[dict[str, list[str]]] = [{"key": []}] if needs_key else []
    refusals = _refusals(needs_key=needs_key)
    predict = _predict_operation(model, limits, refusals)
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": model.name,
            "version": model.version or "unversioned",
            "description": f"A {model.task} model. Send one row as a JSON object, many rows as a list, or a table.",
        },
        "paths": {
            "/predict": {"post": {"operationId": "predict", "summary": "Predict one row or many", **predict}},
            "/invocations": {"post": {"operationId": "invocations", "summary": "The same as /predict", **predict}},
            "/ping": {"get": {"operationId": "ping", "summary": "Whether a prediction works", **_ping(refusals)}},
            "/health": {"get": {"operationId": "health", "summary": "The same as /ping", **_ping(refusals)}},
            "/metrics": {"get": _metrics_operation(refusals)},
            **v2_paths(service.main, service.config.name, refusals),
        },
        "components": {"schemas": {**_schemas(model, limits), **v2_schemas(service.main)}},
        "security": security,
    }
    if needs_key:
        document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    return document


def _refusals(*, needs_key: bool) -> dict[str, Any]:
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    told = {code: text for code, text in _REFUSALS.items() if needs_key or code not in ("401", "403", "429")}
    return {code: {"description": text, "content": error} for code, text in told.items()}


def _predict_operation(model: Served, limits: LimitsConfig, refusals: Mapping[str, Any]) -> dict[str, Any]:
    row, rows = {"$ref": "#/components/schemas/Row"}, {"$ref": "#/components/schemas/Rows"}
    one, many = {"$ref": "#/components/schemas/Prediction"}, {"$ref": "#/components/schemas/Predictions"}
    sample = dict(model.sample)
    examples = {"one": {"summary": "One row", "value": sample}, "many": {"summary": "Rows", "value": [sample, sample]}}
    text = {name: {"schema": {"type": "string", "description": told}} for name, told in _TEXT_FORMS.items()}
    asked = {
        "text/csv": {**text["text/csv"], "examples": {"rows": {"summary": "Rows", "value": _csv_of(sample)}}},
        "application/jsonlines": {
            **text["application/jsonlines"],
            "examples": {"rows": {"summary": "Rows", "value": 2 * (json_bytes(sample).decode("utf-8") + "\n")}},
        },
        **{name: {"schema": {"description": told}} for name, told in _BINARY_FORMS.items()},
    }
    explain = {
        "name": "explain",
        "in": "query",
        "required": False,
        "description": f"Whether the answer, in JSON, says what each column adds to it; at most {MAX_EXPLAINED_ROWS} rows.",
        "schema": {"type": "boolean", "default": False},
    }
    return {
        "parameters": [explain],
        "requestBody": {
            "required": True,
            "description": f"At most {limits.max_rows:,} rows and {limits.max_body_bytes:,} bytes.",
            "content": {"application/json": {"schema": {"oneOf": [row, rows]}, "examples": examples}, **asked},
        },
        "responses": {
            "200": {
                "description": "The prediction for one row, or the predictions in the order of the rows, in the form that "
                "Accept names, else in that of the request.",
                "headers": {
                    name: {"schema": {"type": "string"}, "description": told} for name, told in _HEADERS.items()
                },
                "content": {
                    "application/json": {"schema": {"oneOf": [one, many]}},
                    **{name: {"schema": {"type": "string"}} for name in _TEXT_FORMS},
                    **{name: {"schema": {}} for name in _BINARY_FORMS},
                },
            },
            **refusals,
        },
    }


def _csv_of(sample: Mapping[str, Any]) -> str:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(sample)
    line = ["" if value is None else label_text(value) for value in sample.values()]
    writer.writerows([line, line])
    return written.getvalue()


def _metrics_operation(refusals: Mapping[str, Any]) -> dict[str, Any]:
    guarded = {code: refusals[code] for code in ("401", "403", "429", "500", "503") if code in refusals}
    answer = {
        "description": "Counts and times of all workers.",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
    return {
        "operationId": "metrics",
        "summary": "What was counted, as Prometheus reads it",
        "responses": {"200": answer, **guarded},
    }


def _ping(refusals: Mapping[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"status": {"const": "ok"}}, "required": ["status"]}
    answer = {"description": "A prediction works.", "content": {"application/json": {"schema": schema}}}
    return {"security": [], "responses": {"200": answer, "503": refusals["503"]}}


def _schemas(model: Served, limits: LimitsConfig) -> dict[str, Any]:
    schema = model.schema
    columns = [schema[name] for name in schema.inputs]
    label, probabilities = _label_schema(model), _probabilities_schema(model)
    one: dict[str, Any] = {"prediction": label}
    many: dict[str, Any] = {"predictions": {"type": "array", "items": label}}
    if probabilities is not None:
        one["probabilities"] = probabilities
        many["probabilities"] = {"type": "array", "items": probabilities}
    version = {"type": "string", "description": "The version of the model that answered."}
    explained = {"$ref": "#/components/schemas/Explanation"}
    told = {"explanation": explained}, {"explanations": {"type": "array", "items": explained}}
    return {
        "Row": {
            "type": "object",
            "description": "Columns may stand in any order; unknown ones are ignored.",
            "properties": {column.name: _column_schema(column) for column in columns},
            "required": [column.name for column in columns if column.required],
        },
        "Rows": {"type": "array", "items": {"$ref": "#/components/schemas/Row"}, "maxItems": limits.max_rows},
        "Prediction": {
            "type": "object",
            "properties": {**one, "model": version, **told[0]},
            "required": [*one, "model"],
        },
        "Predictions": {
            "type": "object",
            "properties": {**many, "model": version, **told[1]},
            "required": [*many, "model"],
        },
        "Explanation": explanation_schema(),
        "Error": {
            "type": "object",
            "properties": {"error": {"type": "string"}, "id": {"type": "string"}},
            "required": ["error"],
        },
    }


def _column_schema(column: Column) -> dict[str, Any]:
    described: dict[str, Any] = {"type": _TYPES.get(column.kind, ["string", "null"]), "description": column.kind}
    if column.example is not None:
        described["examples"] = [column.example]
    return described


def _label_schema(model: Served) -> dict[str, Any]:
    if model.task == "regression":
        return {"type": "number"}
    if model.task == "multilabel":
        return {"description": "The labels of the row."}
    return {"enum": list(model.classes)} if model.classes else {}


def _probabilities_schema(model: Served) -> dict[str, Any] | None:
    if model.task == "regression":
        return None
    keys = [label_text(label) for label in model.classes]
    share = {"type": "number", "minimum": 0, "maximum": 1}
    return {"type": "object", "properties": dict.fromkeys(keys, share), "required": keys}
