"""Making the database's tables, and changing those of an earlier version of the program, one process at a time."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sql

from litmus.errors import StoreError
from litmus.store.database import shown
from litmus.store.tables import REVISION, REVISIONS

__all__ = ["bring_up_to_date", "upgrade"]

_LOCK_NUMBER = 7_312_005_481


def bring_up_to_date(engine: sql.Engine, url: str, file: Path | None) -> None:
    """Bring the tables of a database to the version of this program.

    Raises:
        StoreError: when a newer version of the program made them.
    """
    if _checked(_revision(engine), url, file) == REVISION:
        return
    with _alone(file), engine.connect().execution_options(writes=True) as connection, connection.begin():
        if file is None:
            connection.execute(sql.select(sql.func.pg_advisory_xact_lock(_LOCK_NUMBER)))
        revision = _checked(_revision_of(connection), url, file)
        if revision is None and file is not None:
            _make(connection)
        elif revision != REVISION:
            upgrade(connection)


def _make(connection: sql.Connection) -> None:
    """Make the tables of a new file at once, from the script that the migrations gave."""
    for statement in (Path(__file__).parent / "migrations" / "schema.sql").read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            connection.exec_driver_sql(statement)


def upgrade(connection: sql.Connection) -> None:
    """Run the migrations that a database has not had yet, in the transaction of the connection."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, REVISION)


def _checked(revision: str | None, url: str, file: Path | None) -> str | None:
    if revision is not None and revision not in REVISIONS:
        raise StoreError(
            f"The store's database {file or shown(url)} was made by a newer version of Litmus (tables {revision}; this one knows "
            f"up to {REVISION}). Upgrade with: pip install --upgrade litmus. The database was left as it is."
        )
    return revision


def _revision(engine: sql.Engine) -> str | None:
    with engine.connect() as connection:
        return _revision_of(connection)


def _revision_of(connection: sql.Connection) -> str | None:
    """The version of the tables; None when there are none yet."""
    if not sql.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sql.text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


@contextlib.contextmanager
def _alone(file: Path | None) -> Iterator[None]:
    """Keep other processes of this machine out while a file's tables are made; their waiting would time out on a slow disk."""
    if file is None:
        yield
        return
    import fcntl

    number = os.open(file.with_name(f".{file.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)
