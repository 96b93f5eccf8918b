"""The queue: jobs in an SQLite file, long bodies and results in files beside it. It survives any end of any process."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from litmus.asynchronous.full_disk import said_of_queue
from litmus.errors import LitmusError

__all__ = ["QUEUE_FILE", "Job", "Queue", "QueueFullError"]

QUEUE_FILE = "queue.sqlite"
_INLINE_BYTES = 64 * 1024
_TRIES = 3
_LEASE_SECONDS = 30.0
_TABLE = """
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    same_as TEXT UNIQUE,
    status TEXT NOT NULL,
    content_type TEXT NOT NULL,
    body BLOB,
    input TEXT,
    output TEXT,
    keep INTEGER NOT NULL,
    created REAL NOT NULL,
    expires REAL NOT NULL,
    started REAL,
    finished REAL,
    lease REAL,
    owner TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    stop INTEGER NOT NULL DEFAULT 0,
    rows INTEGER,
    model TEXT,
    error TEXT
);
CREATE INDEX IF NOT EXISTS by_status ON jobs (status, number);
CREATE INDEX IF NOT EXISTS by_expiry ON jobs (expires);
"""


class QueueFullError(LitmusError):
    """As many jobs wait as may."""


@dataclasses.dataclass(frozen=True)
class Job:
    """A request that is answered later.

    Attributes:
        id: names it; nobody can guess it.
        status: "waiting", "running", "done", "failed", "cancelled" or "expired".
        content_type: of the body or input.
        input: the URI of the rows; None when they came as a body.
        output: the URI for the result; None when it stays here.
        keep: whether the columns of the input stand beside the answers.
        created, expires, started, finished: seconds since 1970.
        tries: how often it was begun, which tells a late process that the job is no longer its own.
        rows: rows answered.
        model: the version that answered.
        error: why it failed, a sentence.
    """

    id: str
    status: str
    content_type: str
    input: str | None
    output: str | None
    keep: bool
    created: float
    expires: float
    started: float | None
    finished: float | None
    tries: int
    rows: int | None
    model: str | None
    error: str | None


_FIELDS = ", ".join(field.name for field in dataclasses.fields(Job))


class Queue:
    """The queue of an endpoint; any number of threads and processes may use it at once.

    Args:
        folder: the endpoint's folder.
        max_waiting: jobs that may wait.
        keep_seconds: how long a job and its result are kept.
        lease_seconds: after this long without a sign of life a job that runs goes back to those that wait.

    Example:
        >>> import tempfile
        >>> queue = Queue(Path(tempfile.mkdtemp()))
        >>> job = queue.submit(b'{"size": 50}', content_type="application/json")
        >>> queue.waiting(), queue.take("me").id == job.id, queue.get(job.id).status
        (1, True, 'running')
    """

    def __init__(
        self,
        folder: Path,
        *,
        max_waiting: int = 10_000,
        keep_seconds: float = 86_400.0,
        lease_seconds: float = _LEASE_SECONDS,
    ) -> None:
        self.folder = folder
        self.max_waiting = max_waiting
        self.keep_seconds = keep_seconds
        self.lease_seconds = lease_seconds
        self.results = folder / "results"
        self._bodies = folder / "bodies"
        for each in (self.results, self._bodies):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._database = sqlite3.connect(folder / QUEUE_FILE, timeout=30, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")  # what was acknowledged survives a power failure
        self._database.executescript(_TABLE)

    @contextlib.contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """A transaction that holds other writers off from its beginning.

        Raises:
            QueueDiskError: when the disk takes no more; then nothing was changed.
        """
        with self._lock, said_of_queue(self.folder):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:  # SQLite ends it by itself when the disk is full
                    self._database.execute("ROLLBACK")
                raise

    def submit(
        self,
        body: bytes | None,
        *,
        content_type: str,
        input: str | None = None,
        output: str | None = None,
        keep: bool = False,
        same_as: str | None = None,
    ) -> Job:
        """Put a job into the queue; when this returns, it is on disk.

        Args:
            body: the rows, or None where `input` names them.
            content_type: of the rows.
            input, output: URIs, which the caller has checked.
            keep: whether the columns of the input stand beside the answers.
            same_as: the caller's own name for the job: given again, the job of the first time is answered.

        Raises:
            QueueFullError: when as many wait as may.
            QueueDiskError: when the disk takes no more; then the job was not accepted.
        """
        identity, now = secrets.token_urlsafe(18), time.time()
        file = self._bodies / identity if body is not None and len(body) > _INLINE_BYTES else None
        try:
            if file is not None and body is not None:
                with said_of_queue(self.folder):
                    _write(file, body)
            with self._change() as database:
                known = database.execute("SELECT id FROM jobs WHERE same_as = ?", (same_as,)).fetchone()
                if same_as is not None and known is not None:
                    return self._job(database, known[0])
                (held,) = database.execute("SELECT count(*) FROM jobs WHERE status = 'waiting'").fetchone()
                if held >= self.max_waiting:
                    raise QueueFullError(f"{held:,} requests wait already, as many as may; try again later.")
                database.execute(
                    "INSERT INTO jobs (id, same_as, status, content_type, body, input, output, keep, created, expires)"
                    " VALUES (?, ?, 'waiting', ?, ?, ?, ?, ?, ?, ?)",
                    (
                        identity,
                        same_as,
                        content_type,
                        None if file else body,
                        input,
                        output,
                        keep,
                        now,
                        now + self.keep_seconds,
                    ),
                )
                file = None
                return self._job(database, identity)
        finally:
            if file is not None:
                file.unlink(missing_ok=True)

    def get(self, identity: str) -> Job | None:
        """A job by its id, or None."""
        with self._lock:
            row = self._database.execute(f"SELECT {_FIELDS} FROM jobs WHERE id = ?", (identity,)).fetchone()  # noqa: S608
        return None if row is None else _job_of(row)

    def _job(self, database: sqlite3.Connection, identity: str) -> Job:
        return _job_of(database.execute(f"SELECT {_FIELDS} FROM jobs WHERE id = ?", (identity,)).fetchone())  # noqa: S608

    def body(self, job: Job) -> bytes:
        """The rows of a job that came as a body."""
        with self._lock:
            (inline,) = self._database.execute("SELECT body FROM jobs WHERE id = ?", (job.id,)).fetchone()
        return bytes(inline) if inline is not None else (self._bodies / job.id).read_bytes()

    def result(self, job: Job) -> Path:
        """The file of a job's result."""
        return self.results / job.id

    def working(self, job: Job, number: int | None = None) -> Path:
        """The file of a result that is being written, for a try of the job (by default this one)."""
        return self.results / f".{job.id}.{number or job.tries}"

    def waiting(self) -> int:
        """How many jobs wait, those included whose process is gone."""
        with self._lock:
            (count,) = self._database.execute(
                "SELECT count(*) FROM jobs WHERE status = 'waiting' OR (status = 'running' AND lease < ?)",
                (time.time(),),
            ).fetchone()
        return int(count)

    def take(self, owner: str) -> Job | None:
        """The oldest job that waits, which is now the caller's until its lease ends; None when there is none.

        A job whose process ended three times fails: it is likely to be the reason.
        """
        if not self.waiting():
            return None
        now = time.time()
        with self._change() as database:
            while True:
                found = database.execute(
                    "SELECT id, tries, expires, stop FROM jobs WHERE status = 'waiting' OR (status = 'running' AND lease < ?)"
                    " ORDER BY number LIMIT 1",
                    (now,),
                ).fetchone()
                if found is None:
                    return None
                identity, tries, expires, stop = found
                if stop:
                    self._end(database, identity, "cancelled", None)
                elif expires < now:
                    self._end(database, identity, "expired", "It waited longer than requests are kept.")
                elif tries >= _TRIES:
                    reason = f"The process that answered it ended {tries} times before it was done."
                    self._end(database, identity, "failed", reason)
                else:
                    database.execute(
                        "UPDATE jobs SET status = 'running', tries = tries + 1, owner = ?, started = ?, lease = ? WHERE id = ?",
                        (owner, now, now + self.lease_seconds, identity),
                    )
                    return self._job(database, identity)

    def renew(self, job: Job) -> bool:
        """Say that a job is still worked on; False when it is to be stopped, or is another process's by now."""
        with self._change() as database:
            changed = database.execute(
                "UPDATE jobs SET lease = ? WHERE id = ? AND status = 'running' AND tries = ? AND stop = 0",
                (time.time() + self.lease_seconds, job.id, job.tries),
            )
            return changed.rowcount == 1

    def finish(self, job: Job, working: Path | None, *, rows: int, model: str) -> bool:
        """Give a result its name and mark the job as done, if it still is the caller's.

        Args:
            job: the job as `take` gave it.
            working: the file with the result; None when it was written to the job's output.
            rows: rows answered.
            model: the version that answered.
        """
        with self._change() as database:
            if not self._is_own(database, job):
                if working is not None:
                    working.unlink(missing_ok=True)
                return False
            if working is not None:
                working.replace(self.result(job))  # done again after a kill right here, it is replaced by its equal
            database.execute(
                "UPDATE jobs SET status = 'done', finished = ?, rows = ?, model = ?, body = NULL WHERE id = ?",
                (time.time(), rows, model, job.id),
            )
        (self._bodies / job.id).unlink(missing_ok=True)
        for number in range(1, job.tries):  # what killed processes left of it
            self.working(job, number).unlink(missing_ok=True)
        return True

    def fail(self, job: Job, reason: str) -> None:
        """Mark a job as failed, or as cancelled where that was asked for, if it still is the caller's."""
        with self._change() as database:
            if self._is_own(database, job):
                (stop,) = database.execute("SELECT stop FROM jobs WHERE id = ?", (job.id,)).fetchone()
                self._end(database, job.id, "cancelled" if stop else "failed", None if stop else reason)

    def release(self, job: Job) -> None:
        """Give a job back that was begun; this is no try."""
        with self._change() as database:
            if self._is_own(database, job):
                database.execute(
                    "UPDATE jobs SET status = 'waiting', tries = tries - 1, owner = NULL WHERE id = ?", (job.id,)
                )

    def cancel(self, identity: str) -> Job | None:
        """Cancel a job that waits, at once, or one that runs, soon; one that is finished stays as it is."""
        with self._change() as database:
            database.execute("UPDATE jobs SET stop = 1 WHERE id = ? AND status = 'running'", (identity,))
            if database.execute("SELECT 1 FROM jobs WHERE id = ? AND status = 'waiting'", (identity,)).fetchone():
                self._end(database, identity, "cancelled", None)
            known = database.execute("SELECT 1 FROM jobs WHERE id = ?", (identity,)).fetchone()
            return self._job(database, identity) if known else None

    def recover(self) -> int:
        """Give back the jobs of processes of this machine that ended; returns how many.

        Their leases would end too, later.
        """
        with self._change() as database:
            owners = [
                owner for (owner,) in database.execute("SELECT DISTINCT owner FROM jobs WHERE status = 'running'")
            ]
            gone = [owner for owner in owners if owner and not _lives(owner)]
            count = 0
            for owner in gone:
                changed = database.execute("UPDATE jobs SET lease = 0 WHERE status = 'running' AND owner = ?", (owner,))
                count += changed.rowcount
            return count

    def sweep(self) -> int:
        """Forget jobs that are kept no longer, with their results; returns how many."""
        now = time.time()
        with self._change() as database:
            old = [
                identity
                for (identity,) in database.execute(
                    "SELECT id FROM jobs WHERE expires < ? AND NOT (status = 'running' AND lease > ?)", (now, now)
                )
            ]
            database.executemany("DELETE FROM jobs WHERE id = ?", [(identity,) for identity in old])
        for identity in old:
            (self.results / identity).unlink(missing_ok=True)
            (self._bodies / identity).unlink(missing_ok=True)
            for number in range(1, _TRIES + 1):
                (self.results / f".{identity}.{number}").unlink(missing_ok=True)
        return len(old)

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            self._database.close()

    def _is_own(self, database: sqlite3.Connection, job: Job) -> bool:
        row = database.execute(
            "SELECT 1 FROM jobs WHERE id = ? AND status = 'running' AND tries = ?", (job.id, job.tries)
        ).fetchone()
        return row is not None

    def _end(self, database: sqlite3.Connection, identity: str, status: str, reason: str | None) -> None:
        database.execute(
            "UPDATE jobs SET status = ?, finished = ?, error = ?, body = NULL WHERE id = ?",
            (status, time.time(), reason, identity),
        )
        (self._bodies / identity).unlink(missing_ok=True)


def _job_of(row: tuple[Any, ...]) -> Job:
    names = [field.name for field in dataclasses.fields(Job)]
    facts = dict(zip(names, row, strict=True))
    return Job(**{**facts, "keep": bool(facts["keep"])})


def _lives(owner: str) -> bool:
    """Whether the process that calls itself `pid:time of its start` still runs here."""
    import psutil

    pid, _, started = owner.partition(":")
    try:
        process = psutil.Process(int(pid))
        return process.status() != psutil.STATUS_ZOMBIE and f"{process.create_time():.2f}" == started
    except (psutil.Error, ValueError):
        return False


def _write(file: Path, body: bytes) -> None:
    with file.open("xb") as out:
        out.write(body)
        out.flush()
        os.fsync(out.fileno())
