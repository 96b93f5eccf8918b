"""The paths of the Open Inference Protocol, version 2, which KServe, Triton and MLServer speak too."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

import litmus
from litmus.serve.answering import Answering, Rows
from litmus.serve.app_support import StarletteAsked, answered, guarded, response_of
from litmus.serve.body_budget import HeldBody
from litmus.serve.explaining import Explaining, attribution_tensors, checked, is_asked_for
from litmus.serve.media_types import body_form
from litmus.serve.refusal import Refusal
from litmus.serve.reply import Reply, error_reply
from litmus.serve.request_rows import read_body
from litmus.serve.responses import json_bytes
from litmus.serve.service import Service, Variant
from litmus.serve.v2_tensors import InferRequest, datatype_of, output_tensors, outputs_of, rows_of

__all__ = ["v2_routes"]

_decoder = msgspec.json.Decoder(InferRequest)
_MODEL = "/v2/models/{model}"
_VERSION = "/v2/models/{model}/versions/{version}"


def v2_routes(answering: Answering) -> list[BaseRoute]:
    """The routes: server and model metadata, health, readiness, inference."""
    v2 = _V2(answering)
    open_paths = [("/v2/health/live", v2.live), ("/v2/health/ready", v2.ready)]
    gets: list[tuple[str, Callable[[Request], Awaitable[Response]]]] = [("/v2", v2.server), ("/v2/models", v2.models)]
    gets += [
        (start + end, call)
        for start in (_MODEL, _VERSION)
        for end, call in (("", v2.model), ("/ready", v2.model_ready))
    ]
    infer = guarded(answering, v2.infer)
    return [
        *(Route(path, answered(answering, call), methods=["GET"]) for path, call in open_paths),
        *(Route(path, guarded(answering, call), methods=["GET"]) for path, call in gets),
        *(Route(f"{start}/infer", infer, methods=["POST"]) for start in (_MODEL, _VERSION)),
    ]


class _V2:
    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._explaining = Explaining(answering)

    async def live(self, _: Request) -> Response:
        """The process is up."""
        return _json({"live": True})

    async def ready(self, _: Request) -> Response:
        """A real prediction works."""
        return await self._readiness({})

    async def _readiness(self, more: dict[str, Any]) -> Response:
        why = await self._answering.why_not_ready()
        if why:
            return response_of(error_reply(503, why, {"Retry-After": "1"}))
        return _json({**more, "ready": True})

    async def server(self, _: Request) -> Response:
        """What this server is."""
        return _json({"name": "litmus", "version": litmus.__version__, "extensions": []})

    async def models(self, _: Request) -> Response:
        """The names that requests may give."""
        service = self._answering.service
        names = list(dict.fromkeys([service.config.name, *service.targets()]))
        return _json(
            {"models": [{"name": name} for name in (names if service.main is not None else service.targets())]}
        )

    async def model(self, request: Request) -> Response:
        """The inputs and outputs of a model."""
        variant = await self._variant(request)
        schema, model = variant.model.schema, variant.model
        inputs = [{"name": name, "datatype": datatype_of(schema[name].kind), "shape": [-1]} for name in schema.inputs]
        name, service = request.path_params["model"], self._answering.service
        versions = [each.version for each in _fitting(service, name)] if service.main is not None else [variant.version]
        described = {"name": name, "versions": versions, "platform": "litmus", "inputs": inputs}
        return _json({**described, "outputs": outputs_of(model)})

    async def model_ready(self, request: Request) -> Response:
        """Whether a model answers."""
        await self._variant(request)
        return await self._readiness({"name": request.path_params["model"]})

    async def infer(self, request: Request) -> Response:
        """Predict the rows that the tensors hold."""
        answering = self._answering
        target = _target(answering.service, request.path_params["model"], request.path_params.get("version"))
        asked = StarletteAsked(request, answering, target)
        if "inference-header-content-length" in request.headers or body_form(asked.content_type) != "json":
            raise Refusal(415, "Tensors in binary are not supported; send them as JSON.")
        described = await self._variant(request)
        limits = answering.service.config.limits
        with HeldBody(answering.budget) as held:
            body = await read_body(request, limits, held)
            parsed: list[InferRequest] = []

            def rows() -> Rows:
                parsed.append(_parsed(body))
                rows = rows_of(parsed[0], described.model.schema, limits.max_rows)
                return checked(rows) if _explains(parsed[0]) else rows

            given, variant, answers = await answering.predicted(asked, rows)
        asked_for = parsed[0]
        answer: dict[str, Any] = {"model_name": request.path_params["model"], "model_version": variant.version}
        if asked_for.id is not None:
            answer["id"] = asked_for.id
        answer["parameters"] = {"variant": variant.name}
        answer["outputs"] = output_tensors(answers, variant.model, variant.keys, asked_for.outputs)
        if _explains(asked_for):
            answer["outputs"] += attribution_tensors(await self._explaining.attributions(variant, given))
        return response_of(Reply(200, json_bytes(answer), headers=variant.headers), asked.request_id)

    async def _variant(self, request: Request) -> Variant:
        """The variant that a path names, which describes it."""
        service = self._answering.service
        target = _target(service, request.path_params["model"], request.path_params.get("version"))
        if target is None and service.main is not None:
            return service.main
        variant = service.choose(target)
        return variant or await self._answering.in_thread(functools.partial(service.load, target))


def _target(service: Service, name: str, version: str | None) -> str | None:
    """The variant that a model's name and version mean; None leaves the choice to the weights.

    Raises:
        Refusal: 404 when there is no such model or version.
    """
    if service.main is None:
        return name
    fitting = _fitting(service, name)
    if version is not None:
        fitting = [each for each in fitting if version in (each.version, each.version.rpartition("-")[2])]
        if not fitting:
            raise Refusal(404, "There is no such version of the model here; GET /v2/models/NAME lists those there are.")
        return fitting[0].name
    return None if _is_own_name(service, name) else fitting[0].name


def _is_own_name(service: Service, name: str) -> bool:
    """Whether this is the name of the endpoint or its model, for which the weights decide."""
    return service.main is not None and name in (service.config.name, service.main.model.name)


def _fitting(service: Service, name: str) -> list[Variant]:
    own = _is_own_name(service, name)
    found = [each for each in service.variants if own or name in (each.name, each.version)]
    if not found:
        raise Refusal(404, "There is no model of that name here; GET /v2/models lists those there are.")
    return found


def _explains(request: InferRequest) -> bool:
    return is_asked_for((request.parameters or {}).get("explain"))


def _parsed(body: bytes) -> InferRequest:
    try:
        return _decoder.decode(body)
    except RecursionError:
        raise Refusal(400, "The body is nested too deeply; send a list of inputs.") from None
    except UnicodeDecodeError:
        raise Refusal(400, "The body is not UTF-8 text; send UTF-8.") from None
    except msgspec.ValidationError as error:
        raise Refusal(422, f"The body is no inference request: {error}.") from None
    except msgspec.DecodeError as error:
        raise Refusal(
            400, f"The body is not valid JSON: {error}. Numbers must be finite: send null for missing."
        ) from None


def _json(value: Any) -> Response:
    return response_of(Reply(200, json_bytes(value)))
