"""The tables are what the migrations make, in a file and in PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sql
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import litmus.store
from litmus.store.database import Database
from litmus.store.migrating import upgrade
from litmus.store.migrations.schema import SCRIPT, schema_script
from litmus.store.tables import METADATA, REVISION, REVISIONS
from postgresql_server import PostgresqlServer


def test_the_revisions_are_the_migrations() -> None:
    folder = Path(litmus.store.__file__).parent / "migrations"
    config = Config()
    config.set_main_option("script_location", str(folder))
    scripts = ScriptDirectory.from_config(config)
    assert [script.revision for script in scripts.walk_revisions()][::-1] == list(REVISIONS)
    assert scripts.get_current_head() == REVISION


def test_the_script_of_new_files_is_what_the_migrations_make() -> None:
    assert SCRIPT.read_text() == schema_script()


def test_migrations_make_the_tables_the_program_knows(tmp_path: Path, postgresql: PostgresqlServer) -> None:
    Database(f"sqlite:///{tmp_path}/new.db").write(lambda rows: rows.count("runs"))
    Database(postgresql.url).write(lambda rows: rows.count("runs"))
    for url in (f"sqlite:///{tmp_path}/new.db", postgresql.url.replace("postgresql:", "postgresql+pg8000:")):
        engine = sql.create_engine(url)
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        engine.dispose()


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    engine = sql.create_engine(f"sqlite:///{tmp_path}/new.db")
    for _ in range(2):
        with engine.connect() as connection, connection.begin():
            upgrade(connection)
    with engine.connect() as connection:
        assert connection.execute(sql.text("SELECT count(*) FROM alembic_version")).scalar() == 1
    engine.dispose()
