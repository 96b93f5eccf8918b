"""The tables of the store's database, as the program of this version works with them.

The tables are made and changed by the migrations in `litmus.store.migrations`; a test compares both. `number` is the order
in which rows came to be, which the time of a clock is not.
"""

from __future__ import annotations

import sqlalchemy as sql

__all__ = ["METADATA", "REVISION", "REVISIONS"]

REVISIONS = ("0001",)
"""The migrations that this version of the program knows, oldest first."""
REVISION = REVISIONS[-1]

METADATA = sql.MetaData()


def _number() -> sql.Column:
    return sql.Column("number", sql.Integer, primary_key=True, autoincrement=True)


def _text(name: str, *, unique: bool = False, index: bool = False, required: bool = True) -> sql.Column:
    return sql.Column(name, sql.Text, unique=unique or None, index=index or None, nullable=not required)


def _facts(*names: str) -> list[sql.Column]:
    return [sql.Column(name, sql.JSON(none_as_null=True)) for name in names]


sql.Table(
    "runs",
    METADATA,
    _number(),
    _text("id", unique=True),
    _text("name"),
    _text("status", index=True),
    _text("parent", required=False),
    _text("created"),
    _text("finished", required=False),
    sql.Column("seconds", sql.Float),
    *_facts("inputs", "code", "environment", "process", "summary"),
)
sql.Table(
    "trials",
    METADATA,
    _number(),
    _text("id", unique=True),
    _text("run", index=True),
    _text("name", required=False),
    _text("status", required=False),
    _text("time"),
    *_facts("facts"),
)
sql.Table("models", METADATA, _number(), _text("name", unique=True), _text("created"), *_facts("facts"))
sql.Table(
    "versions",
    METADATA,
    _number(),
    _text("version", unique=True),
    _text("name", index=True),
    sql.Column("place", sql.Integer, nullable=False),
    _text("run", index=True, required=False),
    _text("created"),
    _text("approval"),
    _text("artifact", required=False),
    sql.Column("bytes", sql.BigInteger),
    *_facts("metrics", "facts"),
)
sql.Table(
    "aliases",
    METADATA,
    _number(),
    _text("name"),
    _text("alias"),
    _text("version", index=True),
    _text("decision"),
    _text("changed"),
    sql.UniqueConstraint("name", "alias", name="aliases_of_a_name"),
)
sql.Table(
    "decisions",
    METADATA,
    _number(),
    _text("id", unique=True),
    _text("time"),
    _text("who"),
    _text("what", index=True),
    _text("subject", index=True),
    *_facts("before", "after"),
    _text("reason"),
    *_facts("facts"),
    _text("undone_by", required=False),
)
sql.Table(
    "artifacts",
    METADATA,
    _number(),
    _text("hash", unique=True),
    sql.Column("bytes", sql.BigInteger, nullable=False),
    _text("created"),
)
sql.Table(
    "attachments",
    METADATA,
    _number(),
    _text("subject"),
    _text("role"),
    _text("hash", index=True),
    _text("created"),
    sql.UniqueConstraint("subject", "role", name="attachments_of_a_subject"),
)
sql.Table(
    "endpoints",
    METADATA,
    _number(),
    _text("name", unique=True),
    _text("changed"),
    *_facts("versions", "facts"),
)
sql.Table(
    "monitor_results",
    METADATA,
    _number(),
    _text("id", unique=True),
    _text("endpoint", index=True),
    _text("kind"),
    _text("time"),
    _text("start", required=False),
    _text("end", required=False),
    _text("verdict"),
    _text("sentence"),
    _text("version", required=False),
    *_facts("result"),
)
sql.Table(
    "alarms",
    METADATA,
    _number(),
    _text("id", unique=True),
    _text("rule"),
    _text("subject"),
    _text("status", index=True),
    _text("message"),
    *_facts("facts"),
    _text("first"),
    _text("last"),
    sql.Column("count", sql.Integer, nullable=False),
    _text("recovered", required=False),
)
sql.Index(
    "one_open_alarm",
    METADATA.tables["alarms"].c.rule,
    METADATA.tables["alarms"].c.subject,
    unique=True,
    sqlite_where=sql.text("status = 'open'"),
    postgresql_where=sql.text("status = 'open'"),
)
sql.Table(
    "deliveries",
    METADATA,
    _number(),
    _text("id", unique=True),
    _text("alarm", index=True, required=False),
    _text("status", index=True),
    _text("created"),
    _text("due"),
    sql.Column("attempts", sql.Integer, nullable=False),
    _text("finished", required=False),
    _text("error", required=False),
    *_facts("channel", "payload"),
)
sql.Table(
    "reviews",
    METADATA,
    _number(),
    _text("id", unique=True),
    _text("endpoint", index=True),
    _text("request"),
    _text("status", index=True),
    _text("reason"),
    _text("created"),
    _text("answered", required=False),
    _text("who", required=False),
    *_facts("row", "prediction", "label", "facts"),
    sql.UniqueConstraint("endpoint", "request", name="reviews_of_a_request"),
)
sql.Table(
    "events",
    METADATA,
    _number(),
    _text("id", unique=True),
    _text("time"),
    _text("kind", index=True),
    _text("subject", index=True),
    _text("message"),
    *_facts("facts"),
)
