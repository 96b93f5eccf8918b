"""What a run tries, in the store while it goes on: written by a thread of its own, so that training waits for nothing."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from litmus.errors import LitmusError, StoreError
from litmus.store.database import Database
from litmus.store.models import version_row
from litmus.store.plain import plain
from litmus.store.processes import this_process
from litmus.store.records import now
from litmus.store.runs import trial_row
from litmus.store.spool import Spool, Written, apply

if TYPE_CHECKING:
    from litmus.events import Event
    from litmus.store.store import Store

__all__ = ["TrialLog"]

_PATIENCE_SECONDS = 2.0
"""For a database that does not answer; then rows are put aside until it does."""
_AGAIN_SECONDS = 5.0
_CLOSING_SECONDS = 20.0
_FIRST_SECONDS = 1.5
"""Until the first rows are written: a run's first seconds are for importing what trains."""
_MOST_AT_ONCE = 500
_NOT_LOGGED = ("total", "complete", "stopped", "failed", "under_way", "seconds_left")
"""What events of trials say of the run as a whole."""


class TrialLog:
    """Writes the events of a run into the store; it is a subscriber of `litmus.events.Events`.

    Rows go through a queue to a thread, which writes all that wait in one transaction. Where the database does not answer they
    are put aside in the folder `spool` of the store, and written when it answers again, by this run or a later one.

    Args:
        store: the store.
        run_id: the run's id.
        resumed: whether the run was begun before, and goes on.

    Attributes:
        problem: why rows wait in the folder, or could not be put there either; empty when all went well.

    Example:
        >>> import tempfile
        >>> from litmus.events import Events
        >>> from litmus.store import Store
        >>> store = Store(tempfile.mkdtemp())
        >>> log = TrialLog(store, "run-1")
        >>> events = Events((log,))
        >>> events.emit("trial.finished", "LightGBM: accuracy 0.9", trial="LightGBM", status="complete", score=0.9)
        >>> events.emit("run.finished", "adult: best is LightGBM", seconds=3.0)
        >>> log.close()
        >>> [trial["name"] for trial in store.run("run-1").trials], store.run("run-1").status
        (['LightGBM'], 'finished')
    """

    def __init__(self, store: Store, run_id: str, *, resumed: bool = False) -> None:
        self.problem = ""
        self._store = store
        self._run = run_id
        self._names: list[str] = []
        self._killed = False
        self._ended = False
        self._rows: queue.SimpleQueue[Written | None] = queue.SimpleQueue()
        self._database = Database(store.database.url, patience=_PATIENCE_SECONDS)
        self._spool = Spool(store.home / "spool")
        self._spooled_at = -_AGAIN_SECONDS
        begun = {"id": run_id, "name": "", "status": "running", "created": now(), "process": this_process()}
        self._closing = threading.Event()
        self._put("begin", {**begun, "inputs": {}, "code": {}, "environment": {}, "summary": {}})
        if resumed:
            self._change({"status": "running", "finished": None, "seconds": None, "process": this_process()})
        self._thread = threading.Thread(target=self._write, name="litmus-trial-log", daemon=True)
        self._thread.start()

    def __call__(self, event: Event) -> None:
        """Take an event; what it says is written later."""
        values = event.values
        if event.kind == "trial.finished":
            facts = {name: value for name, value in values.items() if name not in _NOT_LOGGED}
            self._put("trial", trial_row(self._run, {"name": values.get("trial"), "message": event.message, **facts}))
        elif event.kind == "data.loaded":
            self._names.append(str(values.get("data")))
            self._change({"name": ", ".join(self._names)})
        elif event.kind == "run.interrupted":
            self._killed = True
        elif event.kind == "run.failed":
            self._end("killed" if self._killed else "failed", event, {"message": event.message})
        elif event.kind == "run.finished":
            versions = values.get("versions") or {}
            for version in versions.values():
                self._put("version", {"version": version})
            summary = {"message": event.message, "best": values.get("best"), "versions": versions}
            self._end("finished", event, summary)

    def add(self, **values: Any) -> None:
        """Write columns of the run, such as `inputs`, `code`, `environment`, `parent`; `inputs` and `summary` are added to."""
        self._change(plain(values))

    def close(self) -> None:
        """Wait until all is written, or put aside."""
        if not self._ended:
            self._change({"status": "failed", "finished": now()})
        self._rows.put(None)
        self._closing.set()
        self._thread.join(_CLOSING_SECONDS)
        if self._thread.is_alive():
            self.problem = self.problem or "the database takes too long to answer"

    def _end(self, status: str, event: Event, summary: Mapping[str, Any]) -> None:
        self._ended = True
        seconds = event.values.get("seconds")
        self._change({"status": status, "finished": now(), "seconds": seconds, "summary": plain(dict(summary))})

    def _change(self, values: dict[str, Any]) -> None:
        self._put("change", {"where": {"id": self._run}, "values": values})

    def _put(self, kind: str, row: dict[str, Any]) -> None:
        self._rows.put((kind, row))

    def _write(self) -> None:
        """What the thread does: write what waits until it is told that there is no more."""
        self._closing.wait(_FIRST_SECONDS)
        try:
            ended = False
            while not ended:
                rows, ended = self._waiting()
                self._write_all([whole for row in rows if (whole := self._complete(row)) is not None], last=ended)
        finally:
            self._database.close()

    def _waiting(self) -> tuple[list[Written], bool]:
        """All rows that wait by now, at least one, and whether no more will come."""
        rows: list[Written] = []
        row = self._rows.get()
        while row is not None:
            rows.append(row)
            if len(rows) == _MOST_AT_ONCE:
                return rows, False
            try:
                row = self._rows.get_nowait()
            except queue.Empty:
                return rows, False
        return rows, True

    def _complete(self, written: Written) -> Written | None:
        """The whole row of a version, which its record has; None when that is gone by now."""
        kind, row = written
        if kind != "version":
            return written
        try:
            return kind, version_row(self._store.find(row["version"]))
        except LitmusError:
            return None

    def _write_all(self, rows: list[Written], *, last: bool) -> None:
        try:
            if time.monotonic() - self._spooled_at < _AGAIN_SECONDS and not last:
                self._spool.keep(rows)
                return
            if self._spool.waiting:
                self._spool.replay(self._database)
            self._database.write(lambda transaction: apply(transaction, rows))
            self.problem = ""
        except StoreError as error:
            self._spooled_at = time.monotonic()
            self.problem = str(error)
            self._put_aside(rows)
        except OSError as error:
            self.problem = f"{self._spool.folder} cannot be written: {error.strerror or error}"
        except Exception as error:  # the thread must go on, or all that comes later would be lost
            self.problem = f"{type(error).__name__}: {error}"
            self._put_aside(rows)

    def _put_aside(self, rows: list[Written]) -> None:
        try:
            self._spool.keep(rows)
        except OSError as error:
            self.problem += f" They could not be put into {self._spool.folder} either: {error.strerror or error}."
