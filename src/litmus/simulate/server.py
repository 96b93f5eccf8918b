"""The real server of a bundle, started in a clean environment."""

from __future__ import annotations

import dataclasses
import http.client
import os
import time
import urllib.parse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import litmus.errors
from litmus.errors import LitmusError, ResourceError
from litmus.simulate.keeper import Ended, Keeper, isolated_python

__all__ = ["NAME", "Place", "Running", "clean_variables", "divided", "reached", "start_server"]

NAME = "server"
"""What the keeper calls the server."""

_PROGRAM = Path(__file__).with_name("_serving_process.py")
_START_SECONDS = 120.0
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "LANG", "TZ", "SYSTEMROOT")


@dataclasses.dataclass(frozen=True)
class Place:
    """What a server is started with.

    Attributes:
        packages: the folder of installed packages.
        bundle: the model.
        cpus: the cores it may use.
        memory: bytes it may take, or None.
        port: where it listens; 0 for any free port.
        trust: whether the bundle may run code of its maker's own.
    """

    packages: Path
    bundle: Path
    cpus: tuple[int, ...]
    memory: int | None
    port: int
    trust: bool


@dataclasses.dataclass(frozen=True)
class Running:
    """A server that answers.

    Attributes:
        host, port, key: where it is, and what it wants to be sent.
        cold_start: seconds from the start of its process to its first answer.
    """

    host: str
    port: int
    key: str | None
    cold_start: float


def start_server(keeper: Keeper, place: Place, first_body: bytes) -> Running | Ended:
    """Start the server and send it one request; how it ended, when it did so before it answered.

    Raises:
        LitmusError: what the server refused to start for, such as a port in use.
        ResourceError: when it gives no answer within two minutes.
    """
    trust = "trust" if place.trust else ""
    command = [*isolated_python(), str(_PROGRAM), str(place.packages), str(place.bundle), str(place.port), trust]
    variables = clean_variables(keeper.folder, len(place.cpus))
    keeper.start(NAME, command, cpus=place.cpus, env=variables, memory=place.memory)
    told = keeper.told(NAME, _START_SECONDS)
    if isinstance(told, Ended):
        return told
    if told is None:
        raise ResourceError(
            f"The server did not start within {_START_SECONDS:.0f} s; see whether the bundle loads: litmus.load(…)."
        )
    if "refused" in told:
        keeper.wait(NAME, 10.0)
        kind = getattr(litmus.errors, str(told["refused"]), LitmusError)
        raise kind(told["sentence"])
    running = reached(told)
    try:
        _first_answer(running, first_body)
    except OSError as error:
        ended = keeper.wait(NAME, 2.0)
        if ended is None:
            raise ResourceError(f"The server gave no answer to its first request ({error}).") from error
        return ended
    return dataclasses.replace(running, cold_start=time.monotonic() - keeper.started[NAME])


def reached(told: Mapping[str, Any]) -> Running:
    """Where a server is that has told its address and key."""
    url = urllib.parse.urlsplit(told["url"])
    return Running(str(url.hostname), int(url.port or 0), told["key"], 0.0)


def _first_answer(running: Running, body: bytes) -> None:
    """Wait for an answer of any status: a row that is refused is counted later, with the others."""
    headers = {"Content-Type": "application/json"}
    if running.key:
        headers["Authorization"] = f"Bearer {running.key}"
    connection = http.client.HTTPConnection(running.host, running.port, timeout=60.0)
    try:
        connection.request("POST", "/predict", body, headers)
        connection.getresponse().read()
    except http.client.HTTPException as error:
        raise OSError(str(error) or type(error).__name__) from error
    finally:
        connection.close()


def clean_variables(folder: Path, cpus: int) -> dict[str, str]:
    """The environment variables of a process in the clean environment."""
    temporary = folder / "temporary"
    temporary.mkdir(exist_ok=True)
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(cpus))
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**kept, **threads, "HOME": str(temporary), "TMPDIR": str(temporary)}


def divided(order: Sequence[int], count: int) -> tuple[tuple[int, ...], tuple[int, ...], bool]:
    """The cores of the server, those of the one who measures, and whether these are apart.

    Raises:
        ResourceError: when there are fewer than `count`.
    """
    if count > len(order):
        raise ResourceError(
            f"The deployment has {count} cpus and this machine lends {len(order)}; simulate at most {len(order)} here, "
            "or use a larger machine."
        )
    server = tuple(order[:count])
    others = tuple(order[count:])
    return server, others or tuple(order), bool(others)
