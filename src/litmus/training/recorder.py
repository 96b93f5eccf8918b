"""Keeping what a run is made from in the store while it works; a record that fails is a note, never a lost run."""

from __future__ import annotations

import contextlib
import gzip
import json
import threading
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from litmus.recording import OwnCode
from litmus.recording.origin import Origin, find_origin

if TYPE_CHECKING:
    from litmus.store import Store
    from litmus.store.trial_log import TrialLog

__all__ = ["CODE_ROLE", "JOURNAL_ROLE", "RunRecorder", "journal_bytes", "journal_lines"]

CODE_ROLE = "own-code.zip"
"""The role, in the store, of a run's own code."""
JOURNAL_ROLE = "journal.jsonl.gz"
"""The role of the lines that tell which trials were opened, and how."""
_LINES = ("data", "trial", "ended")


class RunRecorder:
    """Writes down a run: what it is made from when it begins, what came of it when it ends.

    What is looked at (git, packages, the machine) takes a thread of its own, beside the reading of data.

    Args:
        run_id: the run.
        inputs: what it is asked to do, as `write_inputs` gives it.
        own: its own code.
        parent: the run it is made from.
        log: what writes to the store; None writes nothing.
    """

    def __init__(
        self, run_id: str, *, inputs: Mapping[str, Any], own: OwnCode, parent: str | None, log: TrialLog | None
    ) -> None:
        self.run_id = run_id
        self.inputs = dict(inputs)
        self.own = own
        self.parent = parent
        self._log = log
        self._found: Origin | None = None
        self._thread = threading.Thread(target=self._look, name="litmus-recorder", daemon=True)
        self._thread.start()

    @property
    def origin(self) -> Origin:
        """Where the run comes from; waits until that is known."""
        self._thread.join()
        if self._found is None:
            return Origin(self.own, {"own": self.own.facts()}, {}, {})
        return self._found

    def end(self, summary: Mapping[str, Any], *, killed: bool = False) -> None:
        """Write down what came of the run; before the log is closed.

        Args:
            summary: what came of it.
            killed: whether it was told to stop.
        """
        code = {**self.origin.code, "own": self.own.facts()}
        if self._log is not None:
            self._log.add(summary=dict(summary), code=code, **({"status": "killed"} if killed else {}))

    def attach(self, store: Store, lines: Sequence[Mapping[str, Any]], versions: Collection[str] = ()) -> str:
        """Keep the files of the run with it and its versions, once the log is closed; returns why that failed, or nothing.

        Args:
            store: the store.
            lines: the lines of its journal.
            versions: its models in the store, which may go to other stores with these files.
        """
        kept = [line for line in lines if line.get("kind") in _LINES]
        files = {CODE_ROLE: self.own.to_bytes()} if self.own else {}
        files |= {JOURNAL_ROLE: journal_bytes(kept)} if kept else {}
        try:
            for role, content in files.items():
                for subject in (self.run_id, *versions):
                    store.attach(subject, role, content)
        except Exception as error:
            return f"What the run was made from was not kept whole in the store: {error}"
        return ""

    def _look(self) -> None:
        with contextlib.suppress(Exception):  # a record that cannot be made is no reason to lose a run
            self._found = find_origin(self.own)
        if self._log is not None:
            found = self._found
            facts = {} if found is None else {"code": found.code, "environment": found.environment()}
            self._log.add(inputs=self.inputs, parent=self.parent, **facts)


def journal_bytes(lines: Sequence[Mapping[str, Any]]) -> bytes:
    """Lines of a journal as one compressed file."""
    text = "".join(json.dumps(line, default=str) + "\n" for line in lines)
    return gzip.compress(text.encode(), mtime=0)


def journal_lines(content: bytes) -> list[dict[str, Any]]:
    """The lines that `journal_bytes` wrote."""
    return [json.loads(line) for line in gzip.decompress(content).decode().splitlines() if line]
