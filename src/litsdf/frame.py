# ruff: noqa: SLF001, FBT001, FBT002  (friends read one another's values; pandas' own positional flags)
"""The table facade: what pandas users type on a DataFrame, in any layout."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self

from litsdf import convert
from litsdf.changing import ChangingFrame, attributes
from litsdf.contract import NotNative
from litsdf.deferred import evaluated, is_expression
from litsdf.frame_methods import FrameMethods
from litsdf.frame_rest import FrameRest
from litsdf.indexing import Indexer
from litsdf.layouts.columnar import ColumnarFrame, apart
from litsdf.layouts.pandas import PandasFrame
from litsdf.making import FrameMaking
from litsdf.own_labels import held_with_names, hold, shown
from litsdf.passing import NOT_MOVED, Fallbacks, Passing, to_pandas
from litsdf.piping import Piping
from litsdf.querying import Querying
from litsdf.series import Series
from litsdf.writers import Writing

if TYPE_CHECKING:
    import pandas as pd


__all__ = ["DataFrame"]

_ABSENT: Any = NOT_MOVED


class DataFrame(FrameMaking, Piping, Writing, Querying, FrameMethods, FrameRest, ChangingFrame):
    """A table held in a layout; methods have pandas' names and meaning.

    Args:
        data: a dict of columns, a list of dicts, an array, a pandas, Polars or Arrow table, a litsdf DataFrame.
        index: row labels.
        columns: column names, to choose or to order.
        dtype: one dtype for all columns.
        layout: where to hold the table; None chooses by the number of rows.

    >>> df = DataFrame([{"price": 2.0, "quantity": 3}])
    >>> df["total"] = df["price"] * df["quantity"]
    >>> df.layout, df["total"].item()
    ('record', 6.0)
    """

    __slots__ = ("__weakref__", "_fallbacks", "_named", "_shown", "_table")
    __pandas_priority__ = 4500
    """Anything of pandas leaves an operator with one of our tables to us."""

    def __init__(
        self, data: Any = None, index: Any = None, columns: Any = None, dtype: Any = None, *, layout: str | None = None
    ) -> None:
        object.__setattr__(self, "_table", convert.build_frame(data, index, columns, dtype, layout))
        self._fallbacks: Fallbacks | None = None

    @classmethod
    def _of(cls, table: Any, fallbacks: Fallbacks | None) -> Self:
        frame = cls.__new__(cls)
        object.__setattr__(frame, "_table", table)
        object.__setattr__(frame, "_fallbacks", fallbacks)
        return frame

    def _new(self, table: Any) -> DataFrame:
        return DataFrame._of(table, self.fallbacks)

    def _replace_by(self, held: Any) -> None:
        self._table = convert.hold_frame(held, self.layout)

    @property
    def layout(self) -> str:
        """Name of the layout that holds the table."""
        return str(self._table.layout)

    def to_layout(self, layout: str) -> DataFrame:
        """Give the same table in another layout.

        Raises:
            LayoutError: there is no such layout, it is not installed, or it cannot hold the table.
        """
        if layout == self.layout:
            return self.copy()
        return self._new(convert.frame_to(self._table, layout))

    def _held(self) -> pd.DataFrame:
        if isinstance(self._table, PandasFrame):
            return self._table.frame
        held = self._table.to_pandas()
        if getattr(self._table, "detours", 0):  # a lazy table that only pandas could compute exactly
            self.fallbacks.note("computing", self.layout)
        return held

    def to_pandas(self) -> pd.DataFrame:
        """Give a pandas DataFrame, to keep and to change."""
        table = self._table
        return table.to_pandas() if isinstance(table, PandasFrame) and table.layout != "pandas" else self._changeable()

    def to_polars(self) -> Any:
        """Give a Polars DataFrame; row labels are left out."""
        return convert.frame_to(self._table, "polars").to_polars()

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and columns."""
        return (len(self._table), len(self._table.names))

    @property
    def size(self) -> int:
        """Number of values."""
        return len(self._table) * len(self._table.names)

    @property
    def ndim(self) -> int:
        """Number of dimensions: 2."""
        return 2

    @property
    def empty(self) -> bool:
        """Whether there are no rows or no columns."""
        return self.size == 0

    @property
    def index(self) -> pd.Index:
        """Row labels."""
        table = self._table
        if isinstance(table, PandasFrame) and table.layout == "pandas":
            return table.labels
        return shown(self, "_table", "index", convert.labels_of)

    @property
    def columns(self) -> pd.Index:
        """Column names."""
        table = self._table
        if isinstance(table, PandasFrame) and table.layout == "pandas":
            return table.plain_columns
        return shown(self, "_table", "columns", convert.header_of)

    @property
    def dtypes(self) -> pd.Series:
        """The dtype of each column, as a pandas Series."""
        if isinstance(self._table, PandasFrame):
            return self._table.plain_dtypes
        import pandas as pd

        if getattr(self._table, "header", None) is None:
            return pd.Series({name: self[name].dtype for name in self._table.names}, dtype=object)
        dtypes = [Series._of(column, None).dtype for column in self._table.columns]
        return pd.Series(dtypes, index=self._table.header, dtype=object)

    @property
    def values(self) -> Any:
        """The values as pandas gives them."""
        return self.to_numpy()

    @property
    def attrs(self) -> Any:
        """A dict of the user's own; a table that has one is held by the pandas layout."""
        return attributes(self)

    def __round__(self, decimals: int = 0) -> Any:
        return self.round(decimals)

    def __matmul__(self, other: Any) -> Any:
        return self.dot(other)

    def __rmatmul__(self, other: Any) -> Any:
        return self._through_pandas("dot", lambda held: to_pandas(other) @ held)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        from litsdf.universal import applied

        return applied(self, ufunc, method, inputs, options)

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._table.names)

    def __contains__(self, name: object) -> bool:
        return name in self._table.names

    def __repr__(self) -> str:
        return repr(self._held())

    def _repr_html_(self) -> str | None:
        html: Any = getattr(self._held(), "_repr_html_")  # noqa: B009  (the stubs take it for a column)
        return html()

    def __reduce__(self) -> Any:
        return convert.unpickle_frame, (self.to_pandas(), self.layout)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return self._table.to_pandas().__array__(dtype, copy)

    def __dataframe__(self, nan_as_null: bool = False, allow_copy: bool = True) -> Any:
        held: Any = self._table.to_pandas()
        return held.__dataframe__(nan_as_null, allow_copy)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        held: Any = self._table.to_pandas()
        return held.__arrow_c_stream__(requested_schema)

    def __narwhals_dataframe__(self) -> Any:
        """The table as narwhals sees it, over pandas' form: scikit-learn and others know names and dtypes by it."""
        import narwhals

        return getattr(narwhals.from_native(self.to_pandas()), "_compliant_frame")  # noqa: B009  (no public way)

    def __bool__(self) -> bool:
        raise ValueError(
            "The truth value of a DataFrame is ambiguous. Use a.empty, a.bool(), a.item(), a.any() or a.all()."
        )

    def __copy__(self) -> DataFrame:
        return self.copy()

    def copy(self, deep: bool = True) -> DataFrame:
        """Give a table of its own with the same values."""
        table = self._table.copied()
        if deep and table.layout == "pandas":
            table = type(table)(table.frame.copy())
        if deep and table.layout in {"numpy", "polars"} and isinstance(table, ColumnarFrame):
            table.columns = {name: apart(column) for name, column in table.columns.items()}
        return self._new(table)

    def __getitem__(self, key: Any) -> Any:
        table = self._table
        if isinstance(table, ColumnarFrame):
            if type(key) is str:
                return Series._of(table.columns[key], self.fallbacks)
            try:
                return self._selected(table, key)
            except NotNative:
                pass
        if callable(key) and not isinstance(key, Passing):
            return self[evaluated(key, self) if is_expression(key) else key(self)]
        if self._lazy():
            from litsdf.gathered import gathered, in_memory

            return gathered(self, lambda computed: computed[in_memory(key)])
        if self.layout in {"record", "numpy", "polars"}:
            from litsdf.structure.selecting import select

            try:
                return select(self, key)
            except NotNative:
                pass
        held_key = to_pandas(key)
        return self._through_pandas("[]", lambda held: held[held_key])

    def _selected(self, table: ColumnarFrame, key: Any) -> DataFrame:
        if type(key) is list and key and all(type(name) is str for name in key):
            if missing := [name for name in key if name not in table.columns]:
                raise KeyError(f"{missing} not in index")
            return self._new(table.selected(key))
        if isinstance(key, Series) and key.layout != "pandas":
            return self._new(table.filtered(key._column))
        raise NotNative("[]")

    def __setitem__(self, key: Any, value: Any) -> None:
        table = self._table
        if isinstance(table, ColumnarFrame) and not callable(value):
            try:
                table.set_column(key, value._column if isinstance(value, Series) else value)
            except NotNative:
                pass
            else:
                return
        if self._lazy():
            from litsdf.gathered import gathered, in_memory

            gathered(self, lambda computed: computed.__setitem__(in_memory(key), in_memory(value)))
            return
        if self.layout in {"record", "numpy", "polars"} and not callable(key):
            from litsdf.structure.setting_columns import assign_columns

            try:
                assign_columns(self, key, value)
            except (NotNative, TypeError, ValueError):  # pandas says what is wrong
                pass
            else:
                return
        held = self._changeable()
        held[to_pandas(key)] = to_pandas(value)
        if self.layout != "pandas":
            self.fallbacks.note("[]=", self.layout)
        self._replace_by(held)

    def __delitem__(self, key: Any) -> None:
        if key not in self.columns:
            raise KeyError(key)
        self._table = self.drop(columns=[key])._table

    def __getattr__(self, name: str) -> Any:
        if name == "_table":
            return held_with_names(self, name)
        if not name.startswith("_") and name in self._table.names:
            return self[name]
        raise AttributeError(f"'DataFrame' object has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "_table":
            hold(self, name, value)
        elif name.startswith("_"):
            object.__setattr__(self, name, value)
        elif name in {"columns", "index"} and self.layout in {"record", "numpy", "polars", "dask", "trace"}:
            self._table = self.set_axis(value, axis=name)._table
        elif name in {"columns", "index"}:
            held = self._changeable()
            setattr(held, name, to_pandas(value))
            self._replace_by(held)
        elif name == "attrs":
            held = self._changeable()
            held.attrs = to_pandas(value)
            self._replace_by(held)
        elif name in self._table.names:
            self[name] = value
        else:
            raise AttributeError(f"A column is made with df[{name!r}] = …, not as an attribute.")

    @property
    def loc(self) -> Indexer:
        """Select and set by label."""
        return Indexer(self, "loc")

    @property
    def iloc(self) -> Indexer:
        """Select and set by position."""
        return Indexer(self, "iloc")

    @property
    def at(self) -> Indexer:
        """One value by labels."""
        return Indexer(self, "at")

    @property
    def iat(self) -> Indexer:
        """One value by positions."""
        return Indexer(self, "iat")

    def _located(self, kind: str, key: Any) -> Any:
        """`df.loc[mask]` and `df.loc[mask, columns]` without leaving the layout."""
        if kind != "loc" or isinstance(self._table, PandasFrame):
            raise NotNative(kind)
        rows, names = key if type(key) is tuple and len(key) == 2 else (key, None)
        if not isinstance(rows, Series) or not (names is None or type(names) in {list, str}):
            raise NotNative(kind)
        if type(names) is str and names not in self._table.names:
            raise KeyError(names)
        wanted = self if names is None else self._selected(self._table, [names] if type(names) is str else names)
        kept = wanted._selected(wanted._table, rows)
        return kept[names] if type(names) is str else kept

    def assign(self, **columns: Any) -> DataFrame:
        """Give a table with more, or other, columns; a function is called with the table."""
        result = self.copy(deep=False)
        for name, value in columns.items():
            result[name] = _computed(value, result)
        return result

    def select(self, *columns: Any, **made: Any) -> DataFrame:
        """Give a table of some columns, by label or as expressions, and of new ones made by expressions or functions.

        >>> table = DataFrame({"a": [1, 2], "b": [3, 4]})
        >>> table.select("b", total=lambda df: df["a"] + df["b"]).to_dict("list")
        {'b': [3, 4], 'total': [4, 6]}
        """
        names = list(columns[0]) if len(columns) == 1 and type(columns[0]) is list else list(columns)
        plain = all(type(name) is str for name in names) and len({*names, *made}) == len(names) + len(made)
        if not plain or not isinstance(self._table, ColumnarFrame):
            return self._through_pandas("select", lambda held: held.select(*columns, **self._in_pandas(made)))
        if missing := [name for name in names if name not in self._table.names]:
            raise KeyError(f"{missing} not in index")
        if not made:
            return self[names]
        values = {name: _computed(value, self) for name, value in made.items()}
        return self.assign(**values)[[*names, *values]]

    def _in_pandas(self, made: dict[str, Any]) -> dict[str, Any]:
        """Values of new columns as pandas takes them; a function gets this table."""
        return {name: to_pandas(_computed(value, self)) for name, value in made.items()}


def _computed(value: Any, table: DataFrame) -> Any:
    """What a function or an expression is of a table; other values stay as they are."""
    if is_expression(value):
        return evaluated(value, table)
    return value(table) if callable(value) else value
