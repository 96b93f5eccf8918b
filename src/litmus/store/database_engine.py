"""How connections to the store's database are made, and how their transactions begin."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import sqlalchemy as sql

from litmus.errors import StoreError

__all__ = ["make_engine"]

_BUSY_MILLISECONDS = 5_000


def make_engine(url: str, file: Path | None, *, writes: bool) -> sql.Engine:
    """An engine for a database.

    Args:
        url: as in `Database`.
        file: where it is, of SQLite.
        writes: whether the file is made where there is none.

    Raises:
        StoreError: when the driver of PostgreSQL is not installed.
        OSError: when the file's folder cannot be made.
    """
    if file is None:
        try:
            return sql.create_engine(
                url.replace("postgresql://", "postgresql+pg8000://", 1),
                pool_size=2,
                pool_pre_ping=True,  # a server that restarted is noticed before the transaction begins
                connect_args={"timeout": 30},
            )
        except ModuleNotFoundError as error:
            raise StoreError(
                "The driver for PostgreSQL is not installed; get it with: pip install 'litmus[postgresql]'."
            ) from error
    if writes and not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))  # what it holds is its owner's only
    engine = sql.create_engine("sqlite://", creator=_connector(file), poolclass=sql.pool.QueuePool, pool_size=1)
    sql.event.listen(engine, "begin", _begin)
    return engine


def _connector(file: Path) -> Any:
    """What opens the file: as WAL, which readers and a writer use at once; where nothing can be written, as it lies there."""
    import sqlite3

    def connect() -> sqlite3.Connection:
        writable = os.access(file if file.exists() else file.parent, os.W_OK) and os.access(file.parent, os.W_OK)
        if file.exists() and not stat.S_ISREG(file.stat().st_mode):
            raise StoreError(f"{file} is no file; the store's database cannot be there.")
        place = file.absolute().as_uri()
        connection = sqlite3.connect(
            place if writable else f"{place}?mode=ro&immutable=1",
            uri=True,
            timeout=_BUSY_MILLISECONDS / 1000,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            if writable:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
        except BaseException:
            connection.close()
            raise
        return connection

    return connect


def _begin(connection: sql.Connection) -> None:
    """Those who write say so when they begin: who reads first and then writes would be refused when another one wrote between."""
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
