"""Expressions that wait for a table: `col("price") * 2`, evaluated where they are given to one."""

from __future__ import annotations

from typing import Any

__all__ = ["col", "evaluated", "is_expression"]


def col(name: Any) -> Any:
    """Give an expression of a column, for `assign`, `[]`, `loc` and `select`: pandas' own `pandas.col`.

    >>> import litsdf
    >>> table = litsdf.DataFrame({"price": [2.0, 3.0]})
    >>> table.assign(twice=litsdf.col("price") * 2)["twice"].tolist()
    [4.0, 6.0]
    """
    import pandas as pd

    return pd.col(name)


def is_expression(value: Any) -> bool:
    """Whether a value waits for a table; tells it without loading pandas."""
    kind = type(value)
    return kind.__name__ == "Expression" and kind.__module__ == "pandas.api.typing"


def evaluated(value: Any, table: Any) -> Any:
    """Give what an expression is of a table, also inside a tuple; other values stay as they are."""
    if type(value) is tuple:
        return tuple(evaluated(item, table) for item in value)
    return value._eval_expression(table) if is_expression(value) else value  # noqa: SLF001 - how pandas evaluates it
