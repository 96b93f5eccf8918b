# ruff: noqa: FBT001, FBT002, PLR0917  (pandas' own positional arguments)
"""Making tables and columns from other things: `DataFrame.from_dict`, `from_records`, `from_arrow`."""

from __future__ import annotations

from typing import Any, Self

__all__ = ["ColumnMaking", "FrameMaking"]


class FrameMaking:
    """The ways to make a table that have a name of their own; `layout` says which holds it, else the number of rows does."""

    __slots__ = ()

    @classmethod
    def from_dict(
        cls,
        data: Any,
        orient: str = "columns",
        dtype: Any = None,
        columns: Any = None,
        *,
        layout: str | None = None,
    ) -> Self:
        """Give a table from a dict of columns, or of rows (`orient="index"` or `"tight"`).

        >>> import litsdf
        >>> litsdf.DataFrame.from_dict({"x": [1, 2], "y": [3, 4]}, orient="index", columns=["a", "b"]).to_dict("list")
        {'a': [1, 3], 'b': [2, 4]}
        """
        import pandas as pd

        from litsdf.passing import to_pandas

        made = pd.DataFrame.from_dict(to_pandas(data), orient, dtype, columns)  # type: ignore[call-overload]
        return cls(made, layout=layout)  # type: ignore[call-arg]

    @classmethod
    def from_records(
        cls,
        data: Any,
        index: Any = None,
        exclude: Any = None,
        columns: Any = None,
        coerce_float: bool = False,
        nrows: int | None = None,
        *,
        layout: str | None = None,
    ) -> Self:
        """Give a table from rows: tuples, dicts, or a structured array.

        >>> import litsdf
        >>> litsdf.DataFrame.from_records([(1, "a"), (2, "b")], columns=["n", "t"]).to_dict("list")
        {'n': [1, 2], 't': ['a', 'b']}
        """
        import pandas as pd

        from litsdf.passing import to_pandas

        made = pd.DataFrame.from_records(to_pandas(data), index, exclude, columns, coerce_float, nrows)
        return cls(made, layout=layout)  # type: ignore[call-arg]

    @classmethod
    def from_arrow(cls, data: Any, *, layout: str | None = None) -> Self:
        """Give a table from anything with the Arrow interface: a pyarrow or Polars table, a record batch, a stream."""
        import pandas as pd

        made: Any = pd.DataFrame
        return cls(made.from_arrow(data), layout=layout)  # type: ignore[call-arg]


class ColumnMaking:
    """The ways to make a column that have a name of their own."""

    __slots__ = ()

    @classmethod
    def from_arrow(cls, data: Any, *, layout: str | None = None) -> Self:
        """Give a column from anything with the Arrow interface: a pyarrow or Polars array, a stream."""
        import pandas as pd

        made: Any = pd.Series
        return cls(made.from_arrow(data), layout=layout)  # type: ignore[call-arg]
