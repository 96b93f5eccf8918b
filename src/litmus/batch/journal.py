"""What an interrupted transform had finished, so that the same call goes on from there."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import IO, Any

from litmus.batch.inputs import InputFile
from litmus.errors import ParameterError

__all__ = ["Journal"]


class Journal:
    """Keeps which files of a transform are finished, and where parts of the others are; one process has it at a time.

    Args:
        home: the folder for transforms.
        meaning: all that decides about the content of the outputs; a transform goes on from one of the same meaning.

    Raises:
        ParameterError: when another process does the same transform now.
    """

    def __init__(self, home: Path, meaning: Any) -> None:
        text = json.dumps(meaning, sort_keys=True, default=str)
        self._key = hashlib.sha256(text.encode()).hexdigest()[:16]
        self._home = home / self._key
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._parts: set[Path] = set()
        self._file: IO[str] = (self._home / "journal.jsonl").open("a+", encoding="utf-8")
        try:
            _lock(self._file)
        except OSError as error:
            self._file.close()
            raise ParameterError(
                "Another process does the same transform now; wait for it, or end it and start this one again."
            ) from error
        self._file.seek(0)
        self._done: dict[str, dict[str, Any]] = {}
        for line in self._file:
            with contextlib.suppress(ValueError):  # the last line may be cut short
                fact = json.loads(line)
                self._done[fact["output"]] = fact

    def finished(self, entry: InputFile) -> dict[str, Any] | None:
        """What is known of a file that is finished and has not changed since, and whose output is still there."""
        fact = self._done.get(entry.output)
        if fact is None or fact["fingerprint"] != entry.fingerprint or fact["wrote"] != _written(entry):
            return None
        return fact

    def finish(self, entry: InputFile, rows: int, bad_rows: int) -> None:
        """Note that a file is finished, and forget its parts."""
        fact = {
            "output": entry.output,
            "fingerprint": entry.fingerprint,
            "wrote": _written(entry),
            "rows": rows,
            "bad_rows": bad_rows,
        }
        self._file.write(json.dumps(fact) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        shutil.rmtree(self._folder(entry), ignore_errors=True)

    def parts(self, entry: InputFile) -> Path:
        """The folder for a file's parts, made when it is not there: beside the output, or here when that is elsewhere."""
        folder = self._folder(entry)
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise ParameterError(f"{folder.parent} cannot be written to: {error.strerror or error}.") from error
        self._parts.add(folder)
        return folder

    def forget(self, entry: InputFile) -> None:
        """Remove the parts of a file that failed."""
        shutil.rmtree(self._folder(entry), ignore_errors=True)

    def _folder(self, entry: InputFile) -> Path:
        """A changed input or other part sizes have another folder: parts of one cut never join those of another."""
        tag = hashlib.sha256(f"{self._key} {entry.output} {entry.fingerprint}".encode()).hexdigest()[:12]
        if entry.is_remote:
            return self._home / tag
        place = Path(entry.output)
        return place.with_name(f".{place.name[:100]}-{tag}.parts")

    def close(self, *, complete: bool) -> None:
        """Let go of it; a transform that is complete leaves nothing behind."""
        self._file.close()
        if complete:
            shutil.rmtree(self._home, ignore_errors=True)


def _lock(file: IO[str]) -> None:
    try:
        import fcntl
    except ImportError:  # a system without it has no second process guarded against
        return
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _written(entry: InputFile) -> str:
    """What changes when the output does."""
    import fsspec

    system, path = fsspec.core.url_to_fs(entry.output)
    try:
        system.invalidate_cache()
        facts = system.info(path)
    except (FileNotFoundError, OSError):
        return "nothing"
    return f"{facts.get('size')}:{facts.get('ETag') or facts.get('mtime') or facts.get('created') or ''}"
