"""What runs on a Ray cluster for an endpoint: replicas that answer, and a keeper of the bundles that they start with."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from litmus.errors import ResourceError
from litmus.serve.config import ServiceConfig, save_config

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from litmus.serve.security import WatchingRecorder

__all__ = ["NAMESPACE", "BundleKeeper", "Replica", "Served", "digest_of", "keeper_name"]

NAMESPACE = "litmus"
"""Of the actors that are ours."""

_KEYS = "keys.json"


class Served(msgspec.Struct, frozen=True):
    """What a replica is given; small, as Ray keeps it with the endpoint.

    Attributes:
        config: what to serve.
        folder: the endpoint's folder on the machine that deployed it; machines that share it read keys and bundles there.
        bundles: path in the folder → SHA-256.
        keys: the content of `keys.json`.
    """

    config: ServiceConfig
    folder: str
    bundles: dict[str, str]
    keys: bytes


def keeper_name(name: str) -> str:
    """What Ray calls the keeper of an endpoint."""
    return f"litmus-bundles-{name}"


def digest_of(content: bytes) -> str:
    """The name of a content."""
    return hashlib.sha256(content).hexdigest()


class BundleKeeper:
    """Holds an endpoint's bundles for replicas on machines that do not share its folder; one actor of the cluster."""

    def __init__(self) -> None:
        self._held: dict[str, bytes] = {}

    def put(self, content: bytes) -> str:
        """Keep a bundle; returns its SHA-256."""
        digest = digest_of(content)
        self._held[digest] = content
        return digest

    def has(self, digest: str) -> bool:
        """Whether it is kept."""
        return digest in self._held

    def get(self, digest: str) -> bytes:
        """A bundle."""
        return self._held[digest]

    def keep_only(self, digests: list[str]) -> None:
        """Let go of the others."""
        self._held = {digest: self._held[digest] for digest in digests if digest in self._held}


class Replica:
    """Answers an endpoint's requests in a process that Ray Serve started; the same application as of every other server.

    Args:
        served: `Served` as JSON.
    """

    def __init__(self, served: bytes) -> None:
        from litmus.serve.answering import Answering
        from litmus.serve.app import application
        from litmus.serve.security import KeyGate, ProbingWatch, WatchingRecorder
        from litmus.serve.service import open_service

        given = msgspec.json.decode(served, type=Served)
        self._home = Path(tempfile.mkdtemp(prefix="litmus-replica-"))
        shared = Path(given.folder)
        for path, digest in given.bundles.items():
            _bring(shared, self._home, path, digest, given.config.name)
        save_config(given.config, self._home)
        keys = shared if _holds(shared / _KEYS, digest_of(given.keys)) else self._home
        if keys == self._home:
            (self._home / _KEYS).write_bytes(given.keys)
        self._gate = KeyGate(keys, given.config.limits) if given.config.require_key else None
        service = open_service(self._home)
        self._watching: WatchingRecorder | None = None
        if service.main is not None:
            watch = ProbingWatch(service.main.model.schema.inputs)
            self._watching = WatchingRecorder(watch, folder=shared if keys == shared else None)
        self._answering = Answering(service, gate=self._gate, recorder=self._watching)
        self._app = application(self._answering)
        self._begun = False

    async def __call__(self, request: Request) -> Response:
        """Answer a request that Serve's proxy took."""
        from starlette.responses import Response

        if not self._begun:
            self._begin()
        scope = dict(request.scope)
        prefix = scope.get("root_path", "")
        scope["path"] = scope["path"].removeprefix(prefix) or "/"
        scope["root_path"] = ""
        started: dict[str, Any] = {}
        body: list[bytes] = []

        async def send(message: Mapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
            else:
                body.append(message.get("body", b""))

        await self._app(scope, request.receive, send)
        response = Response(b"".join(body), started["status"])
        response.raw_headers = list(started["headers"])
        return response

    def _begin(self) -> None:
        """What needs the event loop, which there is by now."""
        self._begun = True
        if self._gate is not None:
            self._gate.start()
        if self._watching is not None:
            self._watching.start()

    async def check_health(self) -> None:
        """What Serve asks every few seconds: a real prediction.

        Raises:
            ResourceError: when it fails; then Serve starts another replica.
        """
        why = await self._answering.why_not_ready()
        if why:
            raise ResourceError(why)

    def __del__(self) -> None:
        shutil.rmtree(getattr(self, "_home", ""), ignore_errors=True)


def _holds(file: Path, digest: str) -> bool:
    try:
        return digest_of(file.read_bytes()) == digest
    except OSError:
        return False


def _bring(shared: Path, home: Path, path: str, digest: str, name: str) -> None:
    """Put a bundle where the replica reads it: from the endpoint's folder where there is one, else from the keeper."""
    target = home / path
    target.parent.mkdir(parents=True, exist_ok=True)
    if _holds(shared / path, digest):
        target.symlink_to(shared / path)
        return
    import ray

    keeper = ray.get_actor(keeper_name(name), namespace=NAMESPACE)
    content = ray.get(keeper.get.remote(digest))
    if digest_of(content) != digest:
        raise ResourceError(f"The bundle {path} of {name} is not what was deployed; deploy it again.")
    target.write_bytes(content)
