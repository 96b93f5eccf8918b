"""What came true: labels that arrive after the answers, by the id of their request."""

from __future__ import annotations

import errno
import json
import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from litmus.capture.places import FOLDER, hour_folder, keep_within
from litmus.errors import ParameterError

__all__ = ["Feedback"]

_MAX_ID = 200
_MAX_LABEL = 10_000
_MAX_LABELS = 10_000


class Feedback:
    """Keeps labels, each with its time; late ones and second ones for the same request are kept too.

    Args:
        folder: the endpoint's folder.
        max_bytes: that all captured files may take.

    Example:
        >>> import tempfile
        >>> Feedback(Path(tempfile.mkdtemp()), max_bytes=10**6).add({"request_id": "a1", "label": "yes"})
        1
    """

    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        self._folder = folder / FOLDER
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._checked = 0.0

    def add(self, given: Any) -> int:
        """Keep labels; when this returns they are on disk.

        Args:
            given: `{"request_id": …, "label": …}`, for many rows `"labels": […]`, for one of many `"row": n`; or a list of
                such objects.

        Returns:
            The number of labels.

        Raises:
            ParameterError: when it is none of these.
            OSError: when the disk takes no more; then none is kept.
        """
        entries = given if isinstance(given, list) else [given]
        if not 0 < len(entries) <= _MAX_LABELS:
            raise ParameterError(f"{len(entries):,} entries were sent; send 1 to {_MAX_LABELS:,} at once.")
        now = time.time()
        lines = [line for number, entry in enumerate(entries) for line in _lines(entry, number, now)]
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        with self._lock:
            file = hour_folder(self._folder, now) / f"feedback-{os.getpid()}.jsonl"
            _append(file, text.encode("utf-8", "replace"))
            if now - self._checked > 10:
                self._checked = now
                keep_within(self._folder, self._max_bytes)
        return len(lines)


def _append(file: Path, lines: bytes) -> None:
    """Write lines through to the disk, all of them or none."""
    with file.open("ab", buffering=0) as out:
        before = out.tell()
        try:
            if out.write(lines) != len(lines):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(out.fileno())
        except OSError:
            out.truncate(before)
            raise


def _lines(entry: Any, number: int, now: float) -> Sequence[dict[str, Any]]:
    """What is kept of one entry."""
    where = f"Entry {number}" if number else "The entry"
    if not isinstance(entry, dict) or not entry.keys() <= {"request_id", "label", "labels", "row"}:
        raise ParameterError(f'{where} must be {{"request_id": …, "label": …}}, or have "labels", and may have "row".')
    identity, row = entry.get("request_id"), entry.get("row", 0)
    if not isinstance(identity, str) or not 0 < len(identity) <= _MAX_ID:
        raise ParameterError(f"{where} needs the request_id that the answer carried as X-Request-Id.")
    if ("label" in entry) == ("labels" in entry) or ("labels" in entry and "row" in entry):
        raise ParameterError(f'{where} needs either "label" (with "row" for one row of many) or "labels".')
    if isinstance(row, bool) or not isinstance(row, int) or row < 0:
        raise ParameterError(f"{where} has row {str(row)[:50]!r}; rows are counted from 0.")
    labels = entry["labels"] if "labels" in entry else [entry["label"]]
    if not isinstance(labels, list) or len(labels) > _MAX_LABELS or not all(map(_is_label, labels)):
        raise ParameterError(f"{where} has a label that is no text, number, truth or null, or too many or long ones.")
    return [
        {"request_id": identity, "row": row + place, "label": label, "time": now} for place, label in enumerate(labels)
    ]


def _is_label(value: Any) -> bool:
    if isinstance(value, dict):
        return len(value) <= 1000 and all(isinstance(each, str | int | float | None) for each in value.values())
    return value is None or isinstance(value, int | float) or (isinstance(value, str) and len(value) <= _MAX_LABEL)
