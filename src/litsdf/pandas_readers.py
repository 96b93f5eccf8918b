"""Reading what pandas reads: JSON, Excel, SQL, HTML and other formats, by pandas' own readers and with their options.

The table is held in the layout that is asked for, or that the number of rows chooses. Readers that give several tables (all
sheets of a workbook, the tables of a page, portions of `chunksize` rows) give them in the form in which pandas does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Self

__all__ = [
    "json_normalize", "read_excel", "read_feather", "read_fwf", "read_hdf", "read_html", "read_json", "read_orc", "read_pickle",
    "read_sas", "read_spss", "read_sql", "read_sql_query", "read_sql_table", "read_stata", "read_table", "read_xml", "tables",
]  # fmt: skip


def tables(found: Any, layout: str | None) -> Any:
    """Hold what a reader of pandas gave: a table, a column, or several of them in a dict, a list or an iterator."""
    import pandas as pd

    from litsdf.frame import DataFrame
    from litsdf.series import Series

    if isinstance(found, pd.DataFrame):
        return DataFrame(found, layout=layout)
    if isinstance(found, pd.Series):
        return Series(found, layout=layout)
    if isinstance(found, dict):
        return {name: tables(one, layout) for name, one in found.items()}
    if isinstance(found, list):
        return [tables(one, layout) for one in found]
    return _Portions(found, layout) if hasattr(found, "__next__") else found


class _Portions:
    """An iterator over portions of a file; what pandas' own iterator has besides (`close`, `get_chunk`) it has too."""

    def __init__(self, portions: Any, layout: str | None) -> None:
        self._portions = portions
        self._layout = layout

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return tables(next(self._portions), self._layout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get_chunk(self, size: int | None = None) -> Any:
        """Read the next portion, or so many rows."""
        return tables(self._portions.get_chunk(size), self._layout)

    def close(self) -> None:
        """Close the file."""
        getattr(self._portions, "close", lambda: None)()


def _reader(name: str, reads: str, *, module: str = "pandas") -> Callable[..., Any]:
    def read(source: Any, *args: Any, layout: str | None = None, **options: Any) -> Any:
        from importlib import import_module

        from litsdf.passing import to_pandas

        function = getattr(import_module(module), name)
        return tables(function(to_pandas(source), *to_pandas(args), **to_pandas(options)), layout)

    read.__name__ = read.__qualname__ = name
    read.__doc__ = f"{reads} See `pandas.{name}` for its options; `layout` says where to hold the table, None chooses by the number of rows."
    return read


json_normalize = _reader("json_normalize", "Flatten nested dicts and lists into a table.")
read_excel = _reader("read_excel", "Read a sheet of a workbook, or a dict of several.")
read_feather = _reader("read_feather", "Read a Feather file.")
read_fwf = _reader("read_fwf", "Read text whose columns have fixed widths.")
read_hdf = _reader("read_hdf", "Read a table of an HDF5 file.")
read_html = _reader("read_html", "Read the tables of a page, as a list.")
read_json = _reader("read_json", "Read JSON; `read_json_lines` reads one object a line, lazily too.")
read_orc = _reader("read_orc", "Read an ORC file.")
read_pickle = _reader(
    "read_pickle", "Read a pickled table or column; only from sources that are trusted, because pickles run code."
)
read_sas = _reader("read_sas", "Read a file of SAS.")
read_spss = _reader("read_spss", "Read a file of SPSS.")
read_sql = _reader("read_sql", "Read a query's result, or a table of a database.")
read_sql_query = _reader("read_sql_query", "Read a query's result.")
read_sql_table = _reader("read_sql_table", "Read a table of a database.")
read_stata = _reader("read_stata", "Read a file of Stata.")
read_table = _reader("read_table", "Read text whose values stand between tabulators.")
read_xml = _reader("read_xml", "Read XML.")
