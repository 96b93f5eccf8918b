"""A PostgreSQL server for the tests of the store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from postgresql_server import PostgresqlServer


@pytest.fixture(scope="session")
def started_postgresql() -> Iterator[PostgresqlServer]:
    server = PostgresqlServer()
    yield server
    server.remove()


@pytest.fixture
def postgresql(started_postgresql: PostgresqlServer) -> PostgresqlServer:
    """A real server whose database is empty."""
    started_postgresql.empty()
    return started_postgresql
