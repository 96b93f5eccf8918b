"""The description of a served model in OpenAPI 3.1: its columns, its answers, and a request that works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litmus.data.schema import Column
from litmus.serve.config import LimitsConfig
from litmus.serve.refusal import Refusal
from litmus.serve.responses import label_text
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
_REFUSALS: Mapping[str, str] = {
    "400": "The body is not valid JSON or CSV.",
    "401": "The key is missing or wrong.",
    "408": "The body arrived too slowly.",
    "413": "Too many bytes or rows in one request.",
    "415": "The body is neither JSON nor CSV.",
    "422": "The rows do not fit the model's columns; the sentence names the column and the row.",
    "500": "The server failed; its log has the reason under the id.",
    "503": "The prediction took too long.",
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
    predict = _predict_operation(model, limits, needs_key=needs_key)
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": model.name,
            "version": model.version or "unversioned",
            "description": f"A {model.task} model. Send one row as a JSON object, many rows as a list, or CSV.",
        },
        "paths": {
            "/predict": {"post": {"operationId": "predict", "summary": "Predict one row or many", **predict}},
            "/invocations": {"post": {"operationId": "invocations", "summary": "The same as /predict", **predict}},
            "/ping": {"get": {"operationId": "ping", "summary": "Whether the server is up", **_ping_operation()}},
            "/health": {"get": {"operationId": "health", "summary": "The same as /ping", **_ping_operation()}},
        },
        "components": {"schemas": _schemas(model, limits)},
        "security": security,
    }
    if needs_key:
        document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    return document


def _predict_operation(model: Served, limits: LimitsConfig, *, needs_key: bool) -> dict[str, Any]:
    row, rows = {"$ref": "#/components/schemas/Row"}, {"$ref": "#/components/schemas/Rows"}
    one, many = {"$ref": "#/components/schemas/Prediction"}, {"$ref": "#/components/schemas/Predictions"}
    sample = dict(model.sample)
    examples = {"one": {"summary": "One row", "value": sample}, "many": {"summary": "Rows", "value": [sample, sample]}}
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    refusals = {code: text for code, text in _REFUSALS.items() if code != "401" or needs_key}
    return {
        "requestBody": {
            "required": True,
            "description": f"At most {limits.max_rows:,} rows and {limits.max_body_bytes:,} bytes.",
            "content": {
                "application/json": {"schema": {"oneOf": [row, rows]}, "examples": examples},
                "text/csv": {"schema": {"type": "string", "description": "A first line that names the columns."}},
            },
        },
        "responses": {
            "200": {
                "description": "The prediction for one row, or the predictions in the order of the rows.",
                "content": {
                    "application/json": {"schema": {"oneOf": [one, many]}},
                    "text/csv": {"schema": {"type": "string"}},
                },
            },
            **{code: {"description": text, "content": error} for code, text in refusals.items()},
        },
    }


def _ping_operation() -> dict[str, Any]:
    schema = {"type": "object", "properties": {"status": {"const": "ok"}}, "required": ["status"]}
    content = {"application/json": {"schema": schema}}
    return {"security": [], "responses": {"200": {"description": "The server is up.", "content": content}}}


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
    return {
        "Row": {
            "type": "object",
            "description": "Columns may stand in any order; unknown ones are ignored.",
            "properties": {column.name: _column_schema(column) for column in columns},
            "required": [column.name for column in columns if column.required],
        },
        "Rows": {"type": "array", "items": {"$ref": "#/components/schemas/Row"}, "maxItems": limits.max_rows},
        "Prediction": {"type": "object", "properties": {**one, "model": version}, "required": [*one, "model"]},
        "Predictions": {"type": "object", "properties": {**many, "model": version}, "required": [*many, "model"]},
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
