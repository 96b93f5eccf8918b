"""The tables of a new SQLite file as one script, which the migrations give: making them step by step takes half a second.

`python -m litmus.store.migrations.schema` writes the script anew after a migration was added; a test compares both.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import sqlalchemy as sql

from litmus.store.migrating import upgrade

__all__ = ["SCRIPT", "schema_script"]

SCRIPT = Path(__file__).with_name("schema.sql")


def schema_script() -> str:
    """What a database that the migrations made is made of."""
    with tempfile.TemporaryDirectory() as folder:
        engine = sql.create_engine(f"sqlite:///{folder}/new.db")
        try:
            with engine.connect() as connection, connection.begin():
                upgrade(connection)
                made = connection.execute(
                    sql.text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
                ).scalars()
                statements = [f"{statement};" for statement in made]
                (revision,) = connection.execute(sql.text("SELECT version_num FROM alembic_version")).scalars()
        finally:
            engine.dispose()
    statements.append(f"INSERT INTO alembic_version VALUES ('{revision}');")  # noqa: S608 - a name of ours
    return "\n".join(line.rstrip() for line in "\n".join(statements).splitlines()) + "\n"


if __name__ == "__main__":
    SCRIPT.write_text(schema_script(), encoding="utf-8")
    sys.stdout.write(f"{SCRIPT} is written.\n")
