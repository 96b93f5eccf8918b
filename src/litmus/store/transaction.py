"""What a transaction can do: rows in and out of tables by their names, the same in every database."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sql
from sqlalchemy.dialects import postgresql, sqlite

from litmus.store.tables import METADATA

__all__ = ["Transaction"]

Row = dict[str, Any]
Where = Mapping[str, Any]
"""Column → the value it has, None for no value, a list of values of which it has one, or a pair such as ("<=", 3)."""

_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "!=": operator.ne,
}


class Transaction:
    """Statements that take effect together or not at all.

    Args:
        connection: an open connection with a transaction under way.
    """

    def __init__(self, connection: sql.Connection) -> None:
        self._connection = connection

    def insert(self, table: str, rows: Row | Sequence[Row]) -> int:
        """Add rows; those that a unique column refuses are there already and are left as they are.

        Returns:
            How many were added.
        """
        listed = [rows] if isinstance(rows, dict) else list(rows)
        if not listed:
            return 0
        statement = self._insert(table).on_conflict_do_nothing()
        return int(self._connection.execute(statement, listed).rowcount)

    def put(self, table: str, keys: Row, values: Row) -> None:
        """Add a row, or give the row with the same keys these values; the keys are of a unique constraint."""
        statement = self._insert(table).values({**keys, **values})
        changed = {name: statement.excluded[name] for name in values}
        self._connection.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=changed))

    def update(self, table: str, where: Where, values: Row) -> int:
        """Change the rows that are meant; returns how many there were."""
        statement = sql.update(_table(table)).where(*_conditions(table, where)).values(values)
        return int(self._connection.execute(statement).rowcount)

    def delete(self, table: str, where: Where) -> int:
        """Remove the rows that are meant; returns how many there were."""
        return int(self._connection.execute(sql.delete(_table(table)).where(*_conditions(table, where))).rowcount)

    def rows(
        self,
        table: str,
        where: Where | None = None,
        *,
        last: int | None = None,
        columns: Sequence[str] | None = None,
    ) -> list[Row]:
        """The rows that are meant in the order in which they were added.

        Args:
            table: its name.
            where: which rows.
            last: only so many of the newest.
            columns: only these.
        """
        what = _table(table)
        chosen = what.c if columns is None else [what.c[name] for name in columns]
        statement = sql.select(*chosen).where(*_conditions(table, where or {}))
        if last is None:
            found = self._connection.execute(statement.order_by(what.c.number)).mappings().all()
        else:
            newest = statement.order_by(what.c.number.desc()).limit(last)
            found = self._connection.execute(newest).mappings().all()[::-1]
        return [dict(row) for row in found]

    def one(self, table: str, where: Where, *, lock: bool = False) -> Row | None:
        """The newest row that is meant, or None; `lock` keeps others from changing it until this transaction ends."""
        what = _table(table)
        statement = sql.select(what).where(*_conditions(table, where)).order_by(what.c.number.desc()).limit(1)
        found = self._connection.execute(statement.with_for_update() if lock else statement).mappings().first()
        return None if found is None else dict(found)

    def count(self, table: str, where: Where | None = None) -> int:
        """How many rows are meant."""
        statement = sql.select(sql.func.count()).select_from(_table(table)).where(*_conditions(table, where or {}))
        return int(self._connection.execute(statement).scalar_one())

    def damage(self) -> list[str]:
        """What the database itself finds damaged; a server looks after its own files."""
        if self._connection.dialect.name != "sqlite":
            return []
        lines = self._connection.exec_driver_sql("PRAGMA quick_check(5)").scalars().all()
        return [str(line) for line in lines if line != "ok"]

    def _insert(self, table: str) -> Any:
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        return dialect.insert(_table(table))


def _table(name: str) -> sql.Table:
    return METADATA.tables[name]


def _conditions(table: str, where: Where) -> list[Any]:
    columns = _table(table).c
    return [_condition(columns[name], value) for name, value in where.items()]


def _condition(column: sql.Column, value: Any) -> Any:
    if value is None:
        return column.is_(None)
    if isinstance(value, list):
        return column.in_(value)
    if isinstance(value, tuple):
        return _COMPARISONS[value[0]](column, value[1])
    return column == value
