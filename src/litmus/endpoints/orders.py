"""What an endpoint's supervisor is asked to do: `order.json` in its folder, one at a time.

An order is a file, so that it is not lost when the supervisor is killed before it is done; who gives one waits until
`state.json` says that it was taken up or refused.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from litmus.endpoints.atomic import read_json, write_json
from litmus.endpoints.lock import is_held
from litmus.endpoints.scaling import Scaling
from litmus.endpoints.state import read_state
from litmus.errors import ResourceError
from litmus.serve.config import ServiceConfig

__all__ = ["Order", "give_order", "new_id", "order_mark", "read_order"]

_FILE = "order.json"
_PATIENCE_SECONDS = 15.0


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to do.

    Attributes:
        id: tells it from all others.
        kind: "update" to serve `config`, in steps; "cancel" to take an update under way back; "scale" to run `scaling`.
        config: what to serve in the end; its generation is not looked at.
        expected: the generation that it was made from: an order that came too late is refused.
        shares: of the requests that the new models get, a step each.
        seconds: to watch each step.
        alarms: `Alarm.to_json` of each.
        judges: the file with the alarms' own functions, in the endpoint's folder, or "".
        how: the rollout in words.
        scaling: how many workers.
    """

    id: str
    kind: Literal["update", "cancel", "scale"]
    config: ServiceConfig | None = None
    expected: int = 0
    shares: tuple[float, ...] = (1.0,)
    seconds: float = 0.0
    alarms: list[dict[str, Any]] = []
    judges: str = ""
    how: str = "all at once"
    scaling: Scaling | None = None


def new_id() -> str:
    """An id for an order."""
    return secrets.token_hex(6)


def read_order(folder: Path) -> Order | None:
    """The newest order; None when there is none, or it is damaged."""
    try:
        order: Order | None = read_json(folder / _FILE, Order)
    except (ValueError, OSError):
        return None
    return order


def order_mark(folder: Path) -> tuple[int, int] | None:
    """What changes with every order, and costs less to look at than the order; None when there is none."""
    try:
        found = (folder / _FILE).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def give_order(folder: Path, order: Order) -> None:
    """Give an order and wait until it is taken up.

    Raises:
        ResourceError: when the endpoint does not run, refuses the order, or does not react.
    """
    with _alone(folder):
        if not is_held(folder):
            raise ResourceError(f"{folder.name} is not running; start it with: litmus endpoints start {folder.name}")
        try:
            write_json(folder / _FILE, order, durable=True)
        except OSError as error:
            raise ResourceError(f"{folder} cannot be written ({error.strerror}); nothing was changed.") from error
        end = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < end:
            state = read_state(folder)
            if state.order == order.id:
                if state.refused:
                    raise ResourceError(state.refused)
                return
            if not is_held(folder):
                break
            time.sleep(0.03)
    raise ResourceError(
        f"{folder.name} did not take the order up within {_PATIENCE_SECONDS:g} seconds; see: litmus endpoints logs {folder.name}"
    )


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Only one process gives orders at a time."""
    try:
        number = os.open(folder / "orders.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ResourceError(f"{folder} cannot be written ({error.strerror}).") from error
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)
