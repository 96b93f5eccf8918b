"""Reaching a Ray cluster: found by its address, checked before Ray is asked, so that a wrong one is said within seconds."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import socket
import threading
import warnings
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from litmus.errors import ResourceError

__all__ = ["connect", "import_ray"]

_ANSWER_SECONDS = 5.0

_JOIN_SECONDS = {"node": 10.0, "client": 60.0}
"""How long joining may take once a server answers: for "ray://" Ray starts a program of its own on the other side first."""

_OPTIONS = {"log_to_driver": False, "logging_level": "ERROR", "configure_logging": False}

_GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
"""What a client of HTTP/2, which Ray's servers speak, says first (RFC 9113, 3.4): the preface and empty settings."""

_QUIET = {
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # what Ray's warning asks for
    "RAY_USAGE_STATS_ENABLED": "0",  # a local cluster tells nobody of itself
    "RAY_SCHEDULER_EVENTS": "0",
}


def import_ray() -> Any:
    """The library.

    Raises:
        ResourceError: when it is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import ray
    except ImportError as error:
        raise ResourceError(
            f"Running on a Ray cluster needs Ray, which cannot be imported ({error}): pip install 'litmus[ray]'. "
            "executor='local' uses this machine alone."
        ) from error
    return ray


def connect(address: str | None, *, cpus: int) -> tuple[bool, tuple[str, ...]]:
    """Connect this program to a cluster: the one it is connected to already, that of `address`, or one started here.

    Args:
        address: "ray://host:port", "host:port", "auto" (the cluster this machine belongs to), "local" (one of our own),
            or None: "auto" where there is one, else "local".
        cpus: cores of a cluster of our own.

    Returns:
        Whether the connection is ours to end, and what the user should know of it.

    Raises:
        ResourceError: when no cluster answers there.
    """
    ray = import_ray()
    if address not in (None, "auto", "local"):
        _check_answer(str(address))
    if ray.is_initialized():
        _check_same(address)
        return False, ()
    if address in (None, "auto") and (known := os.environ.get("RAY_ADDRESS", "")) not in ("", "auto", "local"):
        _check_answer(known)
    with _quietly():
        if address == "local" or (address is None and not _join("auto", needed=False)):
            ray.init(address="local", num_cpus=cpus, include_dashboard=False, **_OPTIONS)
            return True, (f"A Ray cluster of this machine alone was started, with {cpus} cores.",)
        if address is not None:
            _join(address, needed=True)
        return True, ()


def _join(address: str, *, needed: bool) -> bool:
    """Connect to a cluster; whether there is one, where none is needed.

    Ray tries for minutes to reach one that is gone, and cannot be told to give up, so a thread of its own does it.
    """
    answers: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()

    def join() -> None:
        try:
            import_ray().init(address=address, **_OPTIONS)
            answers.put(None)
        except BaseException as error:
            answers.put(error)

    seconds = _JOIN_SECONDS["client" if address.startswith("ray://") else "node"]
    threading.Thread(target=join, daemon=True, name="litmus-ray-connect").start()
    try:
        error = answers.get(timeout=seconds)
    except queue.Empty:
        raise _no_answer(address, f"nothing came of it in {seconds:.0f} s") from None
    if error is None:
        return True
    if not needed and isinstance(error, ConnectionError):
        return False
    raise _no_answer(address, " ".join(str(error).split())) from error


def _check_answer(address: str) -> None:
    """Make sure that a server of the kind that Ray's are answers; Ray itself would try for minutes."""
    parts = urlsplit(address if "://" in address else f"ray-node://{address}")
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not port:
        raise ResourceError(
            f"The address {address!r} of a Ray cluster is not one; write 'ray://host:10001', 'host:6379', 'auto' or 'local'."
        )
    try:
        with socket.create_connection((host, port), timeout=_ANSWER_SECONDS) as connection:
            if os.environ.get("RAY_USE_TLS", "0") in ("", "0"):  # an encrypted one does not answer to plain words
                connection.sendall(_GREETING)
                answer = connection.recv(9)
                if len(answer) < 4 or answer[3] != 4:
                    raise _no_answer(address, "what answers there is no Ray server")
    except OSError as error:
        raise _no_answer(address, str(error) or type(error).__name__) from error


def _check_same(address: str | None) -> None:
    """Make sure that the cluster this program is connected to already is the one that was asked for."""
    ray = import_ray()
    if address in (None, "auto", "local") or str(address).startswith("ray://") or ray.util.client.ray.is_connected():
        return
    connected = ray.get_runtime_context().gcs_address
    if connected != address:
        raise ResourceError(
            f"This program is connected to the Ray cluster at {connected!r}, not to {address!r}; call ray.shutdown() first, "
            "or leave the address out."
        )


def _no_answer(address: str, reason: str) -> ResourceError:
    return ResourceError(
        f"No Ray cluster answers at {address!r} ({reason[:300].rstrip('.')}). Check the address and that the cluster runs "
        "(`ray status` on one of its machines), or leave it out to train on this machine."
    )


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Hold back what Ray prints and warns about while it starts."""
    logger = logging.getLogger("ray")
    level = logger.level
    logger.setLevel(logging.ERROR)
    before = {name: os.environ.get(name) for name in _QUIET}
    os.environ.update({name: value for name, value in _QUIET.items() if before[name] is None})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
