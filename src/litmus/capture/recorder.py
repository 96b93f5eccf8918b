"""Takes requests and answers down: an append to a queue in memory while a request is answered, all else in a thread."""

from __future__ import annotations

import collections
import contextlib
import json
import logging
import os
import random
import subprocess
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from litmus.capture.masking import Masking
from litmus.capture.places import FOLDER, salt_of
from litmus.capture.spool import Captured, Spool, abandoned, start_conversion
from litmus.errors import ParameterError

__all__ = ["CaptureRecorder"]

_log = logging.getLogger("litmus.capture")
_MAX_WAITING = 10_000
_MAX_WAITING_ROWS = 100_000
_FILE_ROWS = 20_000
_LOOK_SECONDS = 0.5
_FILE_SECONDS = 60.0
_ROWS_AT_ONCE = 100
_BEHIND = 2_000
_PAUSE_SECONDS = 0.02
"""Between some rows and the next: few requests wait for the interpreter, each for less than a millisecond."""
_CONVERSION_SECONDS = 30.0


class CaptureRecorder:
    """Writes a share of the requests into Parquet files, a folder an hour; a `Recorder` of `litmus.serve.hooks`.

    What comes faster than it can be written is not taken, and counted. Requests are on disk after half a second, and in a
    Parquet file after a minute, which another process writes; of a killed process the next one writes it.

    Args:
        folder: the endpoint's folder.
        share: of the requests that are taken, from 0 to 1.
        max_bytes: that all captured files may take; the oldest are removed.
        masked: columns whose values are hashed; "name=drop" leaves a column out.
        seconds: after which a file is written even when it has few rows.

    Attributes:
        recorded: requests taken.
        lost: requests not taken, because too many waited or the disk refused.

    Example:
        >>> recorder = CaptureRecorder(Path("endpoint"), share=0.1, max_bytes=10**9, masked=["email"])   # doctest: +SKIP
    """

    def __init__(
        self,
        folder: Path,
        *,
        share: float,
        max_bytes: int,
        masked: Sequence[str] = (),
        seconds: float = _FILE_SECONDS,
    ) -> None:
        if not 0 <= share <= 1 or max_bytes < 1:
            raise ParameterError(
                f"share={share!r}, max_bytes={max_bytes!r}: give a share from 0 to 1 and bytes above 0."
            )
        self.recorded = 0
        self.lost = 0
        self._folder = folder / FOLDER
        self._share = share
        self._max_bytes = max_bytes
        self._masking = Masking(masked, salt_of(self._folder))
        self._classes: Mapping[str, Sequence[str]] = {}
        self._seconds = seconds
        self._waiting: collections.deque[Captured] = collections.deque()
        self._waiting_rows = 0
        self._random = random.random
        self._spool = Spool(self._folder)
        self._conversion: subprocess.Popen[bytes] | None = None
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def record(
        self,
        request_id: str,
        variant: str,
        version: str,
        *,
        rows: Sequence[Mapping[str, Any]],
        answers: Any,
        seconds: float,
    ) -> None:
        """Take a request down; see `litmus.serve.hooks.Recorder`."""
        if self._random() >= self._share:
            return
        if len(self._waiting) >= _MAX_WAITING or self._waiting_rows + len(rows) > _MAX_WAITING_ROWS:
            self.lost += 1
            return
        self._waiting_rows += len(rows)
        classes = self._classes.get(variant, ())
        labels, scores = answers.labels, answers.probabilities
        self._waiting.append(
            Captured(time.time(), request_id, variant, version, rows, labels, scores, seconds, classes)
        )

    def know(self, *, inputs: Collection[str] | None, classes: Mapping[str, Sequence[str]]) -> None:
        """Say what models there are.

        Args:
            inputs: the columns of their schemas: only these are taken of a row; None: all that it has.
            classes: variant → the names of its probabilities, in order.
        """
        self._masking.inputs = None if inputs is None else frozenset(inputs)
        self._classes = dict(classes)

    def start(self) -> None:
        """Begin to write."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="litmus-capture", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Write what is in memory, as tables, and end."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(timeout=_CONVERSION_SECONDS)
            self._thread = None

    def _run(self) -> None:
        self._convert(abandoned(self._folder))
        while True:
            ending = self._ending.wait(_LOOK_SECONDS)
            while self._waiting:
                self._write_some()
                if self._spool.rows >= _FILE_ROWS and self._is_free():
                    self._finish_file()
                if not ending:
                    time.sleep(_PAUSE_SECONDS)
            spool, now = self._spool, time.time()
            is_old = now - spool.begun > self._seconds or now // 3600 > spool.begun // 3600
            if spool.requests and not ending and is_old and self._is_free():
                self._finish_file()
            if ending:
                self._wait_for_conversion()
                self._finish_file()
                self._wait_for_conversion()
                return

    def _write_some(self) -> None:
        """Move a few requests from memory to disk; what the disk refuses is counted as lost."""
        wanted = _ROWS_AT_ONCE if len(self._waiting) < _BEHIND else 5 * _ROWS_AT_ONCE
        records, rows = [], 0
        while self._waiting and rows < wanted:
            record = self._waiting.popleft()
            rows += len(record.rows)
            records.append(record._replace(rows=self._masking.masked(record.rows)))
        self._waiting_rows -= rows
        try:
            self._spool.write(records)
            self.recorded += len(records)
        except Exception as error:  # what cannot be written must not end the capture
            _log.warning("Requests cannot be captured: %s", error)
            self.lost += len(records)

    def _finish_file(self) -> None:
        file = self._spool.finish()
        if file is not None:
            self._convert([file])
        self._note()

    def _is_free(self) -> bool:
        """Whether no conversion is under way."""
        return self._conversion is None or self._conversion.poll() is not None

    def _convert(self, files: Sequence[Path]) -> None:
        """Have tables made of files by another process."""
        if files:
            try:
                self._conversion = start_conversion(self._folder, files, self._max_bytes)
            except OSError as error:
                _log.warning("Captured requests cannot be made into tables now: %s", error)

    def _wait_for_conversion(self) -> None:
        if self._conversion is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._conversion.wait(timeout=_CONVERSION_SECONDS)

    def _note(self) -> None:
        """Say how many were taken and lost, for all who look into the folder."""
        counts = json.dumps({"recorded": self.recorded, "lost": self.lost})
        try:
            part = self._folder / f".counts-{os.getpid()}"
            part.write_text(counts, encoding="utf-8")
            part.replace(self._folder / f"counts-{os.getpid()}.json")
        except OSError as error:
            _log.warning("The counts of captured requests cannot be written: %s", error)
