"""The Open Inference Protocol's paths in the OpenAPI description of a served model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litmus.serve.service import Variant
from litmus.serve.v2_tensors import datatype_of

__all__ = ["infer_example", "v2_paths", "v2_schemas"]

_JSON_TYPES: Mapping[str, list[str]] = {
    "FP64": ["number", "null"],
    "BOOL": ["boolean", "null"],
    "BYTES": ["string", "null"],
}


def infer_example(variant: Variant) -> dict[str, Any]:
    """A request that works: the model's sample, a tensor for each column."""
    schema, sample = variant.model.schema, variant.model.sample
    tensors = []
    for name in schema.inputs:
        if name not in sample:
            continue
        datatype = datatype_of(schema[name].kind)
        value = sample[name]
        if value is not None and datatype == "BYTES":
            value = value if isinstance(value, str) else str(value)
        tensors.append({"name": name, "shape": [1], "datatype": datatype, "data": [value]})
    return {"id": "1", "inputs": tensors}


def v2_paths(variant: Variant, name: str, refusals: Mapping[str, Any]) -> dict[str, Any]:
    """The paths.

    Args:
        variant: what is described.
        name: what the model is called in paths.
        refusals: the answers 4xx and 5xx of a prediction, as OpenAPI responses.
    """
    model = {"name": "model", "in": "path", "required": True, "schema": {"type": "string", "enum": [name]}}
    infer = {
        "operationId": "infer",
        "summary": "Predict the rows of tensors (Open Inference Protocol, version 2)",
        "parameters": [model],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/InferRequest"},
                    "examples": {"one": {"summary": "One row", "value": infer_example(variant)}},
                }
            },
        },
        "responses": {"200": _ok("The outputs, a tensor each.", "InferResponse"), **refusals},
    }
    open_ready = {code: refusals[code] for code in ("503",) if code in refusals}
    guarded = {code: refusals[code] for code in ("401", "403", "404", "429", "500", "503") if code in refusals}
    return {
        "/v2": {"get": _get("server", "What this server is", guarded)},
        "/v2/health/live": {"get": {**_get("live", "Whether the server is up", {}), "security": []}},
        "/v2/health/ready": {"get": {**_get("ready", "Whether a real prediction works", open_ready), "security": []}},
        "/v2/models/{model}": {
            "get": {**_get("model", "The model's inputs and outputs", guarded), "parameters": [model]}
        },
        "/v2/models/{model}/ready": {
            "get": {**_get("model_ready", "Whether the model answers", guarded), "parameters": [model]}
        },
        "/v2/models/{model}/infer": {"post": infer},
    }


def _get(operation: str, summary: str, refusals: Mapping[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object"}}}
    return {
        "operationId": operation,
        "summary": summary,
        "responses": {"200": {"description": summary + ".", "content": content}, **refusals},
    }


def _ok(description: str, schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": description, "content": content}


def v2_schemas(variant: Variant) -> dict[str, Any]:
    """The bodies."""
    schema = variant.model.schema
    inputs = [schema[name] for name in schema.inputs]
    tensors = [
        _tensor({"const": column.name}, datatype_of(column.kind), _JSON_TYPES[datatype_of(column.kind)])
        for column in inputs
    ]
    output = _tensor({"type": "string"}, None, ["number", "string", "boolean", "null"])
    required = [column.name for column in inputs if column.required]
    return {
        "InferRequest": {
            "type": "object",
            "description": "A tensor for each column, all with the same number of rows."
            + (f" These must be there: {', '.join(required)}." if required else ""),
            "properties": {
                "id": {"type": "string"},
                "parameters": {
                    "type": "object",
                    "properties": {
                        "explain": {
                            "type": "boolean",
                            "description": "Whether the outputs `attributions` [rows, columns, labels] and `base` [labels] are wanted.",
                        }
                    },
                },
                "inputs": {"type": "array", "items": {"oneOf": tensors}, "minItems": 1},
                "outputs": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"name": {"enum": ["prediction", "probabilities"]}},
                        "required": ["name"],
                    },
                },
            },
            "required": ["inputs"],
        },
        "InferResponse": {
            "type": "object",
            "properties": {
                "model_name": {"type": "string"},
                "model_version": {"type": "string"},
                "id": {"type": "string"},
                "parameters": {"type": "object"},
                "outputs": {"type": "array", "items": output},
            },
            "required": ["model_name", "model_version", "outputs"],
        },
    }


def _tensor(name: dict[str, Any], datatype: str | None, types: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "name": name,
            "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1, "maxItems": 2},
            "datatype": {"type": "string"} if datatype is None else {"const": datatype},
            "data": {"type": "array", "items": {"type": types}},
        },
        "required": ["name", "shape", "datatype", "data"],
    }
