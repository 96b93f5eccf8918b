"""The page in a packaged model's folder: how it is built, run and asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from litmus.deployment import Deployment
from litmus.package.dockerfile import Image
from litmus.package.kserve import IMAGE_PLACEHOLDER, service_name

__all__ = ["readme"]

_HARDENED = "--read-only --tmpfs /tmp --cap-drop ALL"


def readme(image: Image, sample: Mapping[str, Any], deployment: Deployment, notes: tuple[str, ...]) -> str:
    """The text of README.md."""
    name = service_name(image.model)
    return "\n".join(
        [
            f"# {image.model}: a model in a container",
            "",
            "Everything needed is in this folder; the build fetches the base image and the pinned packages. Nothing of the",
            "model is on an index: Litmus itself is the wheel beside this page.",
            "",
            "```bash",
            f"docker build -t {name} .",
            "```",
            "",
            *_RUN[image.place.name](name, image, deployment),
            "",
            "Ask it:",
            "",
            "```bash",
            *_ask(image, sample),
            "```",
            "",
            "| variable | what it says |",
            "|---|---|",
            "| `LITMUS_KEY` | the key that callers send as `Authorization: Bearer KEY` |",
            "| `LITMUS_KEY_FILE` | a file that holds the key, such as a secret that is mounted |",
            "| `LITMUS_OPEN=yes` | lets everyone in who reaches the port, where something before it checks callers |",
            f"| `LITMUS_MODEL` | the bundle, or a folder with one bundle (`{image.place.model_folder}`) |",
            "| `PORT` | the port (8080) |",
            "",
            "The process runs as user 10001, writes nothing but temporary files, stops on SIGTERM when the requests under way",
            "are answered (within 30 s), and is asked at `/ping` whether it is healthy.",
            "",
            *(["Notes:", "", *(f"- {note}" for note in notes), ""] if notes else []),
        ]
    )


def _plain(name: str, _image: Image, deployment: Deployment) -> list[str]:
    memory = "" if deployment.memory is None else f" --memory {int(deployment.memory)}"
    return [
        "```bash",
        "export KEY=$(openssl rand -hex 32)",
        f"docker run --rm -p 8080:8080 --cpus {deployment.cpus}{memory} {_HARDENED} -e LITMUS_KEY=$KEY {name}",
        "```",
    ]


def _sagemaker(name: str, image: Image, _deployment: Deployment) -> list[str]:
    return [
        "SageMaker starts the image with the argument `serve`, asks `GET /ping` on port 8080 and sends requests to",
        "`POST /invocations`. Callers are checked by AWS, so this image asks for no key: never put it on a public port.",
        "Push the image to ECR and name it in `CreateModel`. The model is in the image, at /opt/ml/model; with a",
        f"`ModelDataUrl`, what its model.tar.gz holds takes its place: `tar -czf model.tar.gz {image.bundle}`.",
        "",
        "```bash",
        f"docker run --rm -p 127.0.0.1:8080:8080 {_HARDENED} {name} serve   # the same, on this machine",
        "```",
    ]


def _kserve(name: str, _image: Image, _deployment: Deployment) -> list[str]:
    return [
        f"Push the image to a registry and write its address into inference-service.yaml, where `{IMAGE_PLACEHOLDER}`",
        "stands now. Then:",
        "",
        "```bash",
        "export KEY=$(openssl rand -hex 32)",
        f"kubectl create secret generic {name}-key --from-literal=key=$KEY",
        "kubectl apply -f inference-service.yaml",
        f"docker run --rm -p 8080:8080 {_HARDENED} -e LITMUS_KEY=$KEY {name}   # the same, on this machine",
        "```",
    ]


_RUN = {"plain": _plain, "sagemaker": _sagemaker, "kserve": _kserve}


def _ask(image: Image, sample: Mapping[str, Any]) -> list[str]:
    body = json.dumps(dict(sample), ensure_ascii=False).replace("'", "'\\''")
    path = "/invocations" if image.place.name == "sagemaker" else "/predict"
    key = "" if image.place.name == "sagemaker" else ' -H "Authorization: Bearer $KEY"'
    return [f"curl http://127.0.0.1:8080{path}{key} \\", f"     -H 'Content-Type: application/json' -d '{body}'"]
