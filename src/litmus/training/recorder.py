"""Keeping what a run is made from in the store while it works; a record that fails is a note, never a lost run."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from litmus.recording import OwnCode
from litmus.recording.origin import Origin, find_origin

if TYPE_CHECKING:
    from litmus.store import Store

__all__ = ["CODE_ROLE", "JOURNAL_ROLE", "RunRecorder", "journal_bytes", "journal_lines"]

CODE_ROLE = "own-code.zip"
"""The role, in the store, of a run's own code."""
JOURNAL_ROLE = "journal.jsonl.gz"
"""The role of the lines that tell which trials were opened, and how."""
_LINES = ("data", "trial", "ended")


class RunRecorder:
    """Writes down a run: what it is made from when it begins, what came of it when it ends.

    What is looked at (git, packages, the machine) and the writing take a thread of their own, beside the reading of data.

    Args:
        run_id: the run.
        name: its data sets.
        inputs: what it is asked to do, as `write_inputs` gives it.
        own: its own code.
        parent: the run it is made from.
        resumed: whether it goes on from where it was cut off.
        store: makes the store to write to; None writes nothing.
    """

    def __init__(
        self,
        run_id: str,
        *,
        name: str,
        inputs: Mapping[str, Any],
        own: OwnCode,
        parent: str | None,
        resumed: bool,
        store: Callable[[], Store] | None,
    ) -> None:
        self.run_id = run_id
        self.name = name
        self.inputs = dict(inputs)
        self.own = own
        self.parent = parent
        self.resumed = resumed
        self.problems: list[str] = []
        self._store = store
        self._found: Origin | None = None
        self._attached = 0
        self._thread = threading.Thread(target=self._begin, name="litmus-recorder", daemon=True)
        self._thread.start()

    @property
    def origin(self) -> Origin:
        """Where the run comes from; waits until that is known."""
        self._thread.join()
        if self._found is None:
            return Origin(self.own, {"own": self.own.facts()}, {}, {})
        return self._found

    def finish(
        self, status: str, *, seconds: float, summary: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]
    ) -> None:
        """Write down how the run ended.

        Args:
            status: "finished", "failed" or "killed".
            seconds: how long it took.
            summary: what came of it.
            lines: the lines of its journal.
        """
        self._thread.join()
        if self._store is None:
            return
        try:
            store = self._store()
            store.begin_run(self.run_id, name=self.name)  # it is not there where it could not be written at first
            self._attach_code(store)
            kept = [line for line in lines if line.get("kind") in _LINES]
            if kept:
                store.attach(self.run_id, JOURNAL_ROLE, journal_bytes(kept))
            store.finish_run(self.run_id, status=status, seconds=seconds, summary=summary)  # type: ignore[arg-type]
        except Exception as error:
            self._note(error)

    def _begin(self) -> None:
        try:
            self._found = origin = find_origin(self.own)
            if self._store is None:
                return
            store = self._store()
            if self.resumed:
                store.resume_run(self.run_id)
            store.begin_run(
                self.run_id,
                name=self.name,
                inputs=self.inputs,
                code=origin.code,
                environment=origin.environment(),
                parent=self.parent,
            )
            self._attach_code(store)
        except Exception as error:
            self._note(error)

    def _attach_code(self, store: Store) -> None:
        """Keep the user's own code; again where parts were added since."""
        if len(self.own.parts) > self._attached:
            store.attach(self.run_id, CODE_ROLE, self.own.to_bytes())
            self._attached = len(self.own.parts)

    def _note(self, error: Exception) -> None:
        sentence = f"The run was not written down in the store: {error}"
        if sentence not in self.problems:
            self.problems.append(sentence)


def journal_bytes(lines: Sequence[Mapping[str, Any]]) -> bytes:
    """Lines of a journal as one compressed file."""
    text = "".join(json.dumps(line, default=str) + "\n" for line in lines)
    return gzip.compress(text.encode(), mtime=0)


def journal_lines(content: bytes) -> list[dict[str, Any]]:
    """The lines that `journal_bytes` wrote."""
    return [json.loads(line) for line in gzip.decompress(content).decode().splitlines() if line]
