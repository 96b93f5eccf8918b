"""The store's database: one file beside the models, or a PostgreSQL server that several machines share."""

from __future__ import annotations

import os
import random
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from litmus.errors import StoreError

if TYPE_CHECKING:
    import sqlalchemy as sql

    from litmus.store.transaction import Transaction

__all__ = ["Database"]

Answer = TypeVar("Answer")
_PATIENCE_SECONDS = 30.0
_FIRST_PAUSE = 0.01
_LONGEST_PAUSE = 1.0


class Database:
    """Runs transactions, again where another process or a server that restarted was in the way.

    SQLAlchemy is imported when the first transaction begins, so that a store of which only files are wanted opens at once.

    Args:
        url: `sqlite:///path` or `postgresql://user:password@host/database`.
        patience: seconds for which a transaction is tried again.

    Raises:
        StoreError: when the URL is of no database that is known.

    Example:
        >>> import tempfile
        >>> database = Database(f"sqlite:///{tempfile.mkdtemp()}/litmus.db")
        >>> database.exists
        False
        >>> database.write(lambda rows: rows.put("models", {"name": "adult"}, {"created": "2026-01-01", "facts": {}}))
        >>> database.read(lambda rows: rows.count("models"))
        1
    """

    def __init__(self, url: str, *, patience: float = _PATIENCE_SECONDS) -> None:
        scheme, separator, rest = url.partition("://")
        if scheme not in {"sqlite", "postgresql"} or not separator or not rest.strip("/"):
            raise StoreError(
                f"{shown(url)!r} is no database for the store; LITMUS_STORE_URL may be "
                "'postgresql://user:password@host/database' or 'sqlite:////folder/litmus.db'."
            )
        self.url = url
        self.file = Path(rest.removeprefix("/")).expanduser() if scheme == "sqlite" else None
        self.patience = patience
        self._lock = threading.Lock()
        self._engine: sql.Engine | None = None
        self._of_process = 0

    @property
    def exists(self) -> bool:
        """Whether there is something to read: a server is taken to be there, a file is looked for."""
        return self.file is None or self.file.is_file()

    def write(self, function: Callable[[Transaction], Answer]) -> Answer:
        """What a function gives that changes rows; all its changes are kept, or none.

        The function may be called several times, each time in a new transaction.

        Raises:
            StoreError: when the database cannot be written; what was there stays.
        """
        return self._run(function, writes=True)

    def read(self, function: Callable[[Transaction], Answer]) -> Answer:
        """What a function gives that only reads.

        Raises:
            StoreError: when the database cannot be read.
        """
        return self._run(function, writes=False)

    def close(self) -> None:
        """Let go of the connections; the next transaction opens new ones."""
        with self._lock:
            if self._engine is not None and self._of_process == os.getpid():
                self._engine.dispose()
            self._engine = None

    def _run(self, function: Callable[[Transaction], Answer], *, writes: bool) -> Answer:
        from litmus.store.transaction import Transaction
        from litmus.store.turns import turn

        end = time.monotonic() + self.patience
        pause = _FIRST_PAUSE
        while True:
            try:
                engine = self._opened(writes=writes)
                with (
                    turn(self.file if writes else None),
                    engine.connect().execution_options(writes=writes) as connection,
                    connection.begin(),
                ):
                    return function(Transaction(connection))
            except Exception as error:
                from litmus.store.database_errors import may_pass, sentence

                if not _of_database(error):
                    raise
                if not may_pass(error) or time.monotonic() > end:
                    raise StoreError(sentence(error, self.url, self.file)) from error
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - so that those who wait do not wake together
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _opened(self, *, writes: bool) -> sql.Engine:
        """The engine of this process, its tables as this version of the program has them."""
        with self._lock:
            if self._engine is not None and self._of_process == os.getpid():
                return self._engine
            from litmus.store.database_engine import make_engine
            from litmus.store.migrating import bring_up_to_date

            if self._engine is not None:
                self._engine.dispose(close=False)  # the connections are of the process that this one was forked from
            engine = make_engine(self.url, self.file, writes=writes)
            try:
                bring_up_to_date(engine, self.url, self.file)
            except BaseException:
                engine.dispose()
                raise
            self._engine, self._of_process = engine, os.getpid()
            weakref.finalize(self, _dispose, engine, os.getpid())
            return engine


def _dispose(engine: sql.Engine, process: int) -> None:
    engine.dispose(close=process == os.getpid())


def _of_database(error: Exception) -> bool:
    import sqlalchemy.exc

    return isinstance(error, sqlalchemy.exc.SQLAlchemyError | OSError) and not isinstance(error, StoreError)


def shown(url: str) -> str:
    """A URL without the password in it."""
    scheme, separator, rest = url.partition("://")
    account, at, place = rest.rpartition("@")
    user = account.partition(":")[0]
    return f"{scheme}{separator}{user}{':***' if ':' in account else ''}{at}{place}"
