"""The first tables: runs and their trials, versions and their aliases, decisions, files, alarms, reviews."""

from __future__ import annotations

import sqlalchemy as sql
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    table(
        "runs",
        *texts("id!", "name", "status*", "parent?", "created", "finished?"),
        sql.Column("seconds", sql.Float),
        *facts("inputs", "code", "environment", "process", "summary"),
    )
    table("trials", *texts("id!", "run*", "name?", "status?", "time"), *facts("facts"))
    table("models", *texts("name!", "created"), *facts("facts"))
    table(
        "versions",
        *texts("version!", "name*"),
        sql.Column("place", sql.Integer, nullable=False),
        *texts("run*?", "created", "approval", "artifact?"),
        sql.Column("bytes", sql.BigInteger),
        *facts("metrics", "facts"),
    )
    table(
        "aliases",
        *texts("name", "alias", "version*", "decision", "changed"),
        sql.UniqueConstraint("name", "alias", name="aliases_of_a_name"),
    )
    table(
        "decisions",
        *texts("id!", "time", "who", "what*", "subject*", "reason", "undone_by?"),
        *facts("before", "after", "facts"),
    )
    table("artifacts", *texts("hash!", "created"), sql.Column("bytes", sql.BigInteger, nullable=False))
    table(
        "attachments",
        *texts("subject", "role", "hash*", "created"),
        sql.UniqueConstraint("subject", "role", name="attachments_of_a_subject"),
    )
    table("endpoints", *texts("name!", "changed"), *facts("versions", "facts"))
    table(
        "monitor_results",
        *texts("id!", "endpoint*", "kind", "time", "start?", "end?", "verdict", "sentence", "version?"),
        *facts("result"),
    )
    table(
        "alarms",
        *texts("id!", "rule", "subject", "status*", "message", "first", "last", "recovered?"),
        sql.Column("count", sql.Integer, nullable=False),
        *facts("facts"),
    )
    is_open = sql.text("status = 'open'")
    op.create_index(
        "one_open_alarm",
        "alarms",
        ["rule", "subject"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    table(
        "deliveries",
        *texts("id!", "alarm*?", "status*", "created", "due", "finished?", "error?"),
        sql.Column("attempts", sql.Integer, nullable=False),
        *facts("channel", "payload"),
    )
    table(
        "reviews",
        *texts("id!", "endpoint*", "request", "status*", "reason", "created", "answered?", "who?"),
        *facts("row", "prediction", "label", "facts"),
        sql.UniqueConstraint("endpoint", "request", name="reviews_of_a_request"),
    )
    table("events", *texts("id!", "time", "kind*", "subject*", "message"), *facts("facts"))


def table(name: str, *columns: sql.Column | sql.Constraint) -> None:
    """Make a table whose rows are numbered in the order in which they come."""
    op.create_table(name, sql.Column("number", sql.Integer, primary_key=True, autoincrement=True), *columns)
    for column in columns:
        if isinstance(column, sql.Column) and column.info.get("searched"):
            op.create_index(f"ix_{name}_{column.name}", name, [column.name])


def texts(*names: str) -> list[sql.Column]:
    """Columns of text: `!` no two rows have the same, `*` searched by, `?` may be left out."""
    return [
        sql.Column(
            name.rstrip("!*?"),
            sql.Text,
            unique="!" in name or None,
            nullable="?" in name,
            info={"searched": "*" in name},
        )
        for name in names
    ]


def facts(*names: str) -> list[sql.Column]:
    """Columns of JSON."""
    return [sql.Column(name, sql.JSON) for name in names]
