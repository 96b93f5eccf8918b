"""The one click: from a model to a running endpoint."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from litmus.endpoints.deployed import Endpoint
from litmus.endpoints.engine import engine_named
from litmus.endpoints.keys import add_key, check_key, new_key
from litmus.endpoints.models import Source, served
from litmus.endpoints.names import check_name
from litmus.endpoints.places import folder_of, remove, staging
from litmus.endpoints.scaling import Scaling
from litmus.endpoints.settings import Settings, write_settings
from litmus.endpoints.state import now, read_state
from litmus.errors import ParameterError, ResourceError
from litmus.quantities import parse_bytes
from litmus.serve.config import (
    AsynchronousConfig,
    BatchingConfig,
    CaptureConfig,
    LimitsConfig,
    ServiceConfig,
    TlsConfig,
    save_config,
)

__all__ = ["deploy"]

_CAPTURE_BYTES = 1 << 30
_LOAD_SECONDS = 600.0


def deploy(
    model: Source | Sequence[Source] | Mapping[str, tuple[Source, float]],
    name: str,
    *,
    workers: int | tuple[int, int] | Scaling | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    key: str | None = None,
    trust: bool = False,
    capture: float | CaptureConfig | None = None,
    asynchronous: AsynchronousConfig | None = None,
    limits: LimitsConfig | None = None,
    batching: BatchingConfig | None = None,
    tls: TlsConfig | None = None,
    memory: int | str = "1GiB",
    mapping: Sequence[Mapping[str, str | None]] = (),
    engine: str = "local",
    wait: bool = True,
) -> Endpoint:
    """Put a model behind an address of its own, where it stays when this program and its terminal are gone.

    Args:
        model: a model; or a version or name in the store, or the path of a bundle. It is copied. A list is a chain of 2 to
            5, where each one's answer is the next one's row; a dict `{"a": (model, 0.9), "b": (model, 0.1)}` shares the
            requests between models; a folder of bundles serves them all behind one address, and is not copied.
        name: of the endpoint: 1 to 63 letters, digits, '.', '_' and '-'.
        workers: processes that answer: a number, (minimum, maximum) to follow the load between them, or a `Scaling` that
            says how; by default two, and up to one for each core when they are busy.
        host: the address to listen on; the default lets in only programs on this machine.
        port: the port; 0 takes a free one, which the endpoint keeps from then on.
        key: what callers must send; made when left out.
        trust: whether a bundle may run code of its maker's own. A model that is at hand as an object may.
        capture: the share of requests whose rows and answers are kept, 0 to 1, or a `CaptureConfig`.
        asynchronous: for requests that are queued and answered later.
        limits, batching, tls: as in `litmus.serve.config`.
        memory: what the loaded models of a folder may take together in one worker.
        mapping: of a chain: for each model but the last, what its answers are called in the next one's row:
            `{"prediction": "risk"}`.
        engine: "local", or "ray" for a cluster.
        wait: whether to return only when it answers.

    Returns:
        The endpoint, with its `url`, its `key` (shown only now: the folder keeps a hash) and a `curl` line that works.

    Raises:
        LitmusError: one sentence about what is wrong; then nothing was deployed.

    Example:
        >>> endpoint = litmus.deploy("income-3", "income")    # doctest: +SKIP
        >>> endpoint.predict({"age": 39})                     # doctest: +SKIP
        '<=50K'
    """
    check_name(name)
    scaling = scaling_of(workers)
    used_key = new_key() if key is None else check_key(key)
    runs = engine_named(engine)
    folder = folder_of(name)
    _refuse_existing(folder)
    with staging(name) as part:
        config = ServiceConfig(
            name,
            1,
            capture=_capture(capture),
            asynchronous=asynchronous,
            limits=limits or LimitsConfig(),
            batching=batching,
            tls=tls,
            **served(model, part, trust=trust, memory=parse_bytes(memory, name="memory"), mapping=mapping),
        )
        try:
            save_config(config, part)
            write_settings(part, Settings(host, _port(port), engine.lower(), scaling, now()))
            add_key(part, used_key)
            part.rename(folder)
        except OSError as error:
            _refuse_existing(folder)  # another process was faster
            raise ResourceError(f"{folder} cannot be made: {error.strerror or error}.") from error
    try:
        runs.start(folder, wait=wait, seconds=_LOAD_SECONDS)
    except BaseException:
        runs.stop(folder)
        remove(folder)
        raise
    return Endpoint(name, key=used_key)


def scaling_of(workers: Any) -> Scaling:
    """How many workers, from what a user gave; raises ParameterError."""
    if isinstance(workers, Scaling):
        return workers
    if workers is None:
        from litmus.resources import available_cpus

        most = max(1, available_cpus())
        return Scaling(min(2, most), most)  # of two, one answers while the other is started again
    if isinstance(workers, int) and not isinstance(workers, bool):
        return Scaling(workers, workers)
    if isinstance(workers, tuple | list) and len(workers) == 2:
        return Scaling(*workers)
    raise ParameterError(f"workers={workers!r} is not allowed; give a number, (minimum, maximum), or a Scaling.")


def _capture(given: float | CaptureConfig | None) -> CaptureConfig | None:
    if given is None or isinstance(given, CaptureConfig):
        return given
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise ParameterError(f"capture={given!r} is no share of the requests; give a number from 0 to 1.")
    return CaptureConfig(float(given), _CAPTURE_BYTES)


def _port(port: Any) -> int:
    if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port <= 65_535:
        raise ParameterError(
            f"port={port!r} is not a port; give a whole number from 1 to 65535, or 0 for any free one."
        )
    return port


def _refuse_existing(folder: Path) -> None:
    if not os.path.lexists(folder):
        return
    state = read_state(folder)
    at = f" at {state.url}" if state.url else ""
    raise ResourceError(
        f"There is an endpoint named {folder.name!r} already{at}. Put another model behind it with: litmus endpoints update "
        f"{folder.name} MODEL; or delete it first: litmus endpoints delete {folder.name}"
    )
