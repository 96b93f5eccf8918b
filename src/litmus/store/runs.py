"""Runs and what they tried, as they go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from litmus.errors import ParameterError, UnknownNameError
from litmus.naming import nearest
from litmus.store.place import StorePlace, new_id
from litmus.store.plain import plain
from litmus.store.processes import is_gone, this_process
from litmus.store.records import RunRecord, RunStatus, now

if TYPE_CHECKING:
    from litmus.store.transaction import Transaction

__all__ = ["Runs", "trial_row"]

_ENDED = ("finished", "failed", "killed")


class Runs(StorePlace):
    """The part of a store that keeps runs."""

    def begin_run(
        self,
        run_id: str,
        *,
        name: str = "",
        inputs: Mapping[str, Any] | None = None,
        code: Mapping[str, Any] | None = None,
        environment: Mapping[str, Any] | None = None,
        parent: str | None = None,
    ) -> None:
        """Write down that a run is under way; of a run that is there, fill in what is given.

        Args:
            run_id: its id.
            name: its data sets.
            inputs, code, environment: what it is made from, plain JSON values; what is given is added to what is there.
            parent: the run it is made from.

        Raises:
            StoreError: when the database cannot be written.

        Example:
            >>> import tempfile
            >>> from litmus.store import Store
            >>> store = Store(tempfile.mkdtemp())
            >>> store.begin_run("run-1", name="adult", inputs={"rows": 1000})
            >>> store.log_trial("run-1", {"name": "LightGBM", "status": "complete", "score": 0.9})
            >>> store.finish_run("run-1", status="finished", seconds=3.5)
            >>> store.run("run-1").trials[0]["score"]
            0.9
        """
        given = {
            "inputs": plain(dict(inputs or {})),
            "code": plain(dict(code or {})),
            "environment": plain(dict(environment or {})),
        }
        process = this_process()
        new = {
            "id": run_id,
            "name": plain(name),
            "status": "running",
            "parent": parent,
            "created": now(),
            "process": process,
        }

        def begin(rows: Transaction) -> None:
            if rows.insert("runs", {**new, **given, "summary": {}}):
                return
            held = rows.one("runs", {"id": run_id}, lock=True) or {}
            changed: dict[str, Any] = {
                column: {**(held.get(column) or {}), **facts} for column, facts in given.items() if facts
            }
            changed |= {"name": plain(name)} if name else {}
            changed |= {"parent": parent} if parent else {}
            if changed:
                rows.update("runs", {"id": run_id}, changed)

        self.database.write(begin)

    def resume_run(self, run_id: str) -> None:
        """Write down that a run that was cut off goes on, in this process."""
        process = this_process()
        self.begin_run(run_id)
        values = {"status": "running", "finished": None, "seconds": None, "process": process}
        self.database.write(lambda rows: rows.update("runs", {"id": run_id}, values))

    def finish_run(
        self,
        run_id: str,
        *,
        status: RunStatus,
        seconds: float | None = None,
        summary: Mapping[str, Any] | None = None,
    ) -> None:
        """Write down that a run is over.

        Args:
            run_id: its id.
            status: "finished", "failed" or "killed".
            seconds: how long it took.
            summary: what came of it, added to what is there.

        Raises:
            ParameterError: when there is no such status.
            UnknownNameError: when there is no such run.
            StoreError: when the database cannot be written.
        """
        if status not in _ENDED:
            raise ParameterError(f"status={status!r} is not allowed; a run ends as {', '.join(map(repr, _ENDED))}.")
        added = plain(dict(summary or {}))

        def finish(rows: Transaction) -> bool:
            held = rows.one("runs", {"id": run_id}, lock=True)
            if held is None:
                return False
            values = {
                "status": status,
                "finished": now(),
                "seconds": seconds,
                "summary": {**(held["summary"] or {}), **added},
            }
            return bool(rows.update("runs", {"id": run_id}, values))

        if not self.database.write(finish):
            raise UnknownNameError(
                f"There is no run {run_id!r} in the store {self.home}; begin it first: begin_run({run_id!r})."
            )

    def log_trial(self, run_id: str, trial: Mapping[str, Any]) -> None:
        """Write down what a run tried; raises StoreError when the database cannot be written."""
        self.log_trials([trial_row(run_id, trial)])

    def log_trials(self, rows: Sequence[dict[str, Any]]) -> int:
        """Write rows that `trial_row` made, in one transaction; those that are there already are not written twice.

        Returns:
            How many were new.
        """
        return self.database.write(lambda transaction: transaction.insert("trials", list(rows)))

    def runs(
        self, *, name: str | None = None, status: RunStatus | None = None, last: int | None = None
    ) -> list[RunRecord]:
        """The runs, newest first, without their trials.

        Args:
            name: only those of this name.
            status: only those that are so.
            last: only so many.
        """
        where: dict[str, Any] = {} if name is None else {"name": name}
        if status is not None:  # those that were killed without a word are kept as running
            where["status"] = ["running", "killed"] if status == "killed" else status
        found: list[dict[str, Any]] = self._read(lambda rows: rows.rows("runs", where), [])
        records = [record for row in reversed(found) if status in {None, (record := _record(row)).status}]
        return records[:last]

    def run(self, run_id: str) -> RunRecord:
        """A run with what it tried.

        Raises:
            UnknownNameError: when there is none; the message suggests the nearest.
        """

        def look(rows: Transaction) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
            return rows.one("runs", {"id": run_id}), rows.rows("trials", {"run": run_id}, columns=["facts"])

        nothing: tuple[dict[str, Any] | None, list[dict[str, Any]]] = (None, [])
        row, trials = self._read(look, nothing)
        if row is None:
            known = [record.id for record in self.runs(last=1000)]
            close = nearest(run_id, known)
            hint = f" Did you mean {close!r}?" if close else ""
            raise UnknownNameError(f"There is no run {run_id!r} in the store {self.home}.{hint}")
        return _record(row, [trial["facts"] for trial in trials])


def trial_row(run_id: str, trial: Mapping[str, Any]) -> dict[str, Any]:
    """The row of a trial, with an id of its own: written twice it is still one."""
    facts = plain(dict(trial))
    name, status = facts.get("name"), facts.get("status")
    return {
        "id": new_id(),
        "run": run_id,
        "name": None if name is None else str(name),
        "status": None if status is None else str(status),
        "time": now(),
        "facts": facts,
    }


def _record(row: dict[str, Any], trials: list[dict[str, Any]] | None = None) -> RunRecord:
    facts = {column: row.get(column) or {} for column in ("inputs", "code", "environment", "process", "summary")}
    gone = row["status"] == "running" and is_gone(facts["process"])  # killed so that it could not say so
    return RunRecord(**{**row, **facts, "status": "killed" if gone else row["status"], "trials": trials or []})
