"""Endpoints as applications of Ray Serve, on the cluster that this machine belongs to or that `RAY_ADDRESS` names."""

from __future__ import annotations

import contextlib
import os
import socket
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from litmus.endpoints.ray_replica import NAMESPACE, BundleKeeper, Replica, Served, digest_of, keeper_name
from litmus.endpoints.scaling import Scaling
from litmus.endpoints.settings import Settings, read_settings, write_settings
from litmus.endpoints.state import State, Status, now, read_state, write_state
from litmus.errors import LitmusError, ResourceError
from litmus.executors.ray_connection import connect
from litmus.serve.config import ServiceConfig, load_config, save_config

__all__ = ["RayEngine", "serve_options"]

_DRAIN_SECONDS = 30.0
_LOOK_SECONDS = 0.2
_WORDS: dict[str, Status] = {
    "DEPLOYING": "starting",
    "RUNNING": "running",
    "UNHEALTHY": "failed",
    "DEPLOY_FAILED": "failed",
    "DELETING": "stopped",
    "NOT_STARTED": "stopped",
}


class RayEngine:
    """Runs endpoints with Ray Serve.

    Serve's proxies listen on one port for all endpoints of a cluster, and an endpoint is a path there: `http://…/NAME`.

    Raises:
        ImportError: when Ray Serve is not installed.
    """

    steps = False

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import ray.serve  # noqa: F401 - so that what is missing is said before anything is made

    def start(self, folder: Path, *, wait: bool = True, seconds: float = 120.0) -> State:
        """Deploy the endpoint as an application of Serve.

        Args:
            folder: the endpoint's folder.
            wait: whether to return only when it answers.
            seconds: to wait.

        Raises:
            ResourceError: when there is no cluster, it is deployed already, asks for what this engine lacks, or does not come up.
        """
        settings, config = read_settings(folder), load_config(folder)
        _check_supported(config)
        _join()
        if _application(folder.name) is not None:
            raise ResourceError(f"{folder.name} is running already at {read_state(folder).url}.")
        url = _start_serve(folder, settings)
        before = read_state(folder)
        starting = State(
            "starting", "Ray Serve is starting its replicas.", url=url, since=now(), rollout=before.rollout
        )
        write_state(folder, starting)
        try:
            _deploy(folder, settings, config)
            if wait:
                _until_running(folder.name, seconds)
        except BaseException as error:
            with contextlib.suppress(Exception):
                _remove(folder.name)
            write_state(
                folder, msgspec.structs.replace(starting, status="failed", message=_sentence(error), since=now())
            )
            raise
        running = msgspec.structs.replace(starting, generation=config.generation, since=now())
        write_state(folder, msgspec.structs.replace(running, status="running", message="Ray Serve runs it."))
        return self.describe(folder)

    def stop(self, folder: Path) -> None:
        """Delete the application; requests under way are answered for up to 30 seconds. What does not run is left as it is."""
        state = read_state(folder)
        if state.status == "stopped" and not state.url:
            return
        try:
            _join()
            _remove(folder.name)
            message = "It was stopped."
        except ResourceError as error:
            message = f"Its cluster is gone. {error}"
        write_state(folder, msgspec.structs.replace(state, status="stopped", message=message, since=now()))

    def describe(self, folder: Path) -> State:
        """What it is doing now, as Serve says."""
        state = read_state(folder)
        if state.status in ("stopped", "failed"):
            return state
        try:
            _join()
            found = _application(folder.name)
        except ResourceError as error:
            return msgspec.structs.replace(state, status="stopped", message=f"Its cluster does not answer. {error}")
        if found is None:
            return msgspec.structs.replace(state, status="stopped", message="The cluster does not run it any more.")
        replicas = sum(sum(each.replica_states.values()) for each in found.deployments.values())
        ready = sum(each.replica_states.get("RUNNING", 0) for each in found.deployments.values())
        word = _WORDS.get(str(getattr(found.status, "value", found.status)), "running")
        message = f"{ready} of {replicas} replicas on the Ray cluster answer."
        if word == "failed":
            message = _words(found.message) or message
        return msgspec.structs.replace(state, status=word, message=message)

    def apply(self, folder: Path, config: ServiceConfig) -> None:
        """Serve another configuration: Serve starts replicas of it, and ends the old ones when these answer.

        Raises:
            ResourceError: when the new replicas do not come up; then the configuration of before is deployed again.
        """
        _check_supported(config)
        _join()
        before, settings = load_config(folder), read_settings(folder)
        changed = msgspec.structs.replace(config, generation=before.generation + 1)
        try:
            _deploy(folder, settings, changed)
            _until_running(folder.name, 120.0)
        except BaseException:
            _deploy(folder, settings, before)
            raise
        save_config(changed, folder)
        state = msgspec.structs.replace(read_state(folder), generation=changed.generation)
        write_state(folder, state)


def serve_options(scaling: Scaling, config: ServiceConfig) -> dict[str, Any]:
    """Options of a Serve deployment: a number of replicas, or what follows the load.

    A replica works on one prediction at a time, so the share of its time that it is busy is the number of requests it has
    under way, on average, as long as none waits.

    Example:
        >>> from litmus.serve.config import VariantConfig
        >>> config = ServiceConfig("income", 1, variants=[VariantConfig("main", "a.litmus", "income-1")])
        >>> serve_options(Scaling(1, 4, busy=0.6), config)["autoscaling_config"]["target_ongoing_requests"]
        0.6
    """
    options: dict[str, Any] = {
        "ray_actor_options": {"num_cpus": 1},
        "max_ongoing_requests": config.limits.max_waiting,
        "graceful_shutdown_timeout_s": _DRAIN_SECONDS,
        "health_check_period_s": 5.0,
    }
    if scaling.is_fixed:
        return {**options, "num_replicas": scaling.minimum}
    target = scaling.in_flight if scaling.in_flight is not None else scaling.busy
    return {
        **options,
        "autoscaling_config": {
            "min_replicas": scaling.minimum,
            "max_replicas": scaling.maximum,
            "target_ongoing_requests": target,
            "look_back_period_s": scaling.window,
            "metrics_interval_s": min(10.0, scaling.window / 2),
            "upscale_delay_s": scaling.out_cooldown,
            "downscale_delay_s": scaling.in_cooldown,
        },
    }


def _check_supported(config: ServiceConfig) -> None:
    lacking = {
        "many models": config.many_models,
        "a chain": config.chain,
        "capture": config.capture,
        "asynchronous requests": config.asynchronous,
        "TLS of its own": config.tls,
    }
    asked = [name for name, value in lacking.items() if value is not None]
    if asked:
        raise ResourceError(
            f"An endpoint on Ray Serve has no {' and no '.join(asked)}; leave it out, or deploy with engine='local'."
        )


def _join() -> None:
    """Connect this program to the cluster, once; it stays connected.

    Raises:
        ResourceError: when there is none.
    """
    import ray

    if not ray.is_initialized():
        connect(os.environ.get("RAY_ADDRESS") or "auto", cpus=1)


def _start_serve(folder: Path, settings: Settings) -> str:
    """See that Serve runs on the cluster; the URL of the endpoint."""
    from ray import serve

    port = settings.port or _free_port(settings.host)
    with _quietly():
        serve.start(http_options={"host": settings.host, "port": port})  # of a Serve that runs already, its own count
        from ray.serve.context import _get_global_client

        http: Any = _get_global_client().http_config
    host = "127.0.0.1" if http.host == "0.0.0.0" else http.host  # noqa: S104 - compared, not bound
    if settings.port != http.port:
        write_settings(folder, msgspec.structs.replace(settings, port=http.port))
    return f"http://{f'[{host}]' if ':' in host else host}:{http.port}/{folder.name}"


def _free_port(host: str) -> int:
    with socket.create_server((host, 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def _deploy(folder: Path, settings: Settings, config: ServiceConfig) -> None:
    """Give Serve the application, with bundles and keys; returns when it has taken it."""
    import ray.serve

    contents = {variant.path: (folder / variant.path).read_bytes() for variant in config.variants}
    served = Served(
        config=config,
        folder=str(folder),
        bundles={path: digest_of(content) for path, content in contents.items()},
        keys=(folder / "keys.json").read_bytes() if config.require_key else b"[]",
    )
    with _quietly():
        actor = ray.remote(BundleKeeper).options(
            name=keeper_name(config.name), namespace=NAMESPACE, lifetime="detached", num_cpus=0, get_if_exists=True
        )
        keeper = actor.remote()
        for path, content in contents.items():
            if not ray.get(keeper.has.remote(served.bundles[path])):
                ray.get(keeper.put.remote(content))
        deployment = ray.serve.deployment(Replica).options(name=config.name, **serve_options(settings.scaling, config))
        application = deployment.bind(msgspec.json.encode(served))
        ray.serve.run(application, name=_app_name(config.name), route_prefix=f"/{config.name}", blocking=False)


def _app_name(name: str) -> str:
    return f"litmus-{name}"


def _application(name: str) -> Any:
    """What Serve says of the endpoint's application, or None."""
    from ray import serve

    with _quietly():
        try:
            return serve.status().applications.get(_app_name(name))
        except Exception as error:  # Serve's controller is not there, or has just ended
            if "Serve" in str(error) or isinstance(error, RuntimeError | ValueError):
                return None
            raise


def _until_running(name: str, seconds: float) -> None:
    end = time.monotonic() + seconds
    while True:
        found = _application(name)
        word = "NOT_STARTED" if found is None else str(getattr(found.status, "value", found.status))
        if word == "RUNNING":
            return
        if word == "DEPLOY_FAILED":
            raise ResourceError(f"{name} did not come up on the Ray cluster: {_words(found.message)}")
        if time.monotonic() > end:
            raise ResourceError(
                f"{name} does not answer after {seconds:g} seconds: {_words(found.message) if found else ''} A replica takes "
                "one core; see `serve status` and `ray status`."
            )
        time.sleep(_LOOK_SECONDS)


def _remove(name: str) -> None:
    import ray
    from ray import serve

    with _quietly():
        if _application(name) is not None:
            serve.delete(_app_name(name))
        with contextlib.suppress(ValueError):
            ray.kill(ray.get_actor(keeper_name(name), namespace=NAMESPACE))


def _sentence(error: BaseException) -> str:
    return _words(str(error)) if isinstance(error, LitmusError) else f"{type(error).__name__}: {_words(str(error))}"


def _words(message: str) -> str:
    return " ".join(str(message).split())[:500]


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Hold back what Serve warns about while it is asked."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
