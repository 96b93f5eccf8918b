"""What an endpoint is doing: `state.json` in its folder, written by its supervisor and read by everybody."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal

import msgspec

from litmus.endpoints.atomic import read_json, write_json

__all__ = ["RolloutState", "State", "Status", "WorkerProcess", "now", "read_state", "write_state"]

STATE_FILE = "state.json"
Status = Literal["starting", "running", "updating", "failed", "stopped"]


def now() -> str:
    """The moment, as files have it (ISO 8601, UTC)."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")


class WorkerProcess(msgspec.Struct, frozen=True):
    """One worker process.

    Attributes:
        pid, born: which process it is.
        slot: its place among the workers.
        kind: "http" answers requests; other kinds do other work.
        generation: of the configuration it works by.
        ready: whether it answers.
        restarts: how often the worker in this place was started again after it had died.
    """

    pid: int
    born: str
    slot: int
    kind: str = "http"
    generation: int = 0
    ready: bool = False
    restarts: int = 0


class RolloutState(msgspec.Struct, frozen=True):
    """An update, while it happens and after it.

    Attributes:
        id: of the order that asked for it.
        status: "applying" while workers load a step, "baking" while it is watched, "rolling back", then "finished" or
            "rolled back".
        step, steps: how far it is.
        percent: of the requests that the new model gets.
        versions: of the new models.
        message: what happens, or why it was rolled back.
        until: when the step has been watched long enough (ISO 8601, UTC); "" while that is not known.
    """

    id: str
    status: Literal["applying", "baking", "rolling back", "finished", "rolled back"]
    step: int
    steps: int
    percent: float
    versions: list[str]
    message: str
    until: str = ""


class State(msgspec.Struct, frozen=True):
    """What an endpoint is doing.

    Attributes:
        status: in a word.
        message: in a sentence.
        pid, born: which process the supervisor is.
        url, port: where it answers.
        generation: of the configuration that is served.
        workers: the processes that do the work.
        forkers: the process that starts workers, and the one that is to take its place.
        rollout: the update under way, or the last one.
        since: when the status began (ISO 8601, UTC).
        order: the last order that was dealt with.
        refused: why that order was refused, or "".
    """

    status: Status
    message: str
    pid: int = 0
    born: str = ""
    url: str = ""
    port: int = 0
    generation: int = 0
    workers: list[WorkerProcess] = []
    forkers: list[WorkerProcess] = []
    rollout: RolloutState | None = None
    since: str = ""
    order: str = ""
    refused: str = ""

    @property
    def is_looked_after(self) -> bool:
        """Whether there is a supervisor, which "failed" alone does not say: workers may be on their way back."""
        return self.status not in ("stopped", "failed") or (self.status == "failed" and self.pid > 0)


def read_state(folder: Path) -> State:
    """What `state.json` says, whether or not it still holds; a damaged or absent one says that nothing is known."""
    try:
        state = read_json(folder / STATE_FILE, State)
    except (ValueError, OSError):
        return State("stopped", "Its state could not be read.")
    return state or State("stopped", "It was not started yet.")


def write_state(folder: Path, state: State) -> None:
    """Replace `state.json`."""
    write_json(folder / STATE_FILE, state)
